"""How much room text needs, so that nothing overflows on a slide nobody has looked at yet.

Measured with DejaVu Sans, which travels with matplotlib and is wider than the fonts of usual slide templates: text
fits even where a viewer lacks the template's font and takes another.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import matplotlib
from PIL import ImageFont

from konvoi.report.wording import glue

LINE = 1.2  # line pitch over font size
_MEASURED_PT = 100.0
POINTS_PER_INCH = 72.0


class Text(NamedTuple):
    """A paragraph to be measured; its lines hang so far behind a list's mark."""

    text: str
    bold: bool = False
    hang_em: float = 0.0


@lru_cache(maxsize=2)
def load_font(bold: bool) -> ImageFont.FreeTypeFont:
    """Load the font that travels with matplotlib."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name), int(_MEASURED_PT))


@lru_cache(maxsize=65536)
def measure_width_in(text: str, size_pt: float, bold: bool = False) -> float:
    """Return the width (in) of one line of text."""
    return load_font(bold).getlength(text) * size_pt / _MEASURED_PT / POINTS_PER_INCH


def wrap_to_width(text: str, size_pt: float, width_in: float, bold: bool = False) -> list[str]:
    """Break text into lines that fit a width: numbers stay with units, a word too long alone is broken inside."""
    lines: list[str] = []
    for paragraph in glue(text).split("\n"):
        line = ""
        for given in paragraph.split(" "):
            word = given
            longer = f"{line} {word}" if line else word
            if measure_width_in(longer, size_pt, bold) <= width_in:
                line = longer
                continue
            if line:
                lines.append(line)
            while measure_width_in(word, size_pt, bold) > width_in and len(word) > 1:
                cut = len(word) - 1
                while cut > 1 and measure_width_in(word[:cut], size_pt, bold) > width_in:
                    cut -= 1
                lines.append(word[:cut])
                word = word[cut:]
            line = word
        lines.append(line)
    return lines


def measure_height_in(text: str, size_pt: float, width_in: float, bold: bool = False) -> float:
    """Return the height (in) text needs in a column of a width."""
    return len(wrap_to_width(text, size_pt, width_in, bold)) * size_pt * LINE / POINTS_PER_INCH


def cut_to_lines(text: str, lines: int, size_pt: float, width_in: float, bold: bool = False) -> str:
    """Shorten text until it takes at most so many lines; what was cut is told by an ellipsis."""
    if len(wrap_to_width(text, size_pt, width_in, bold)) <= lines:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if len(wrap_to_width(text[:middle].rstrip(" –-,;/(") + "…", size_pt, width_in, bold)) <= lines:
            low = middle
        else:
            high = middle - 1
    cut = text[:low]
    at_word = cut.rsplit(" ", 1)[0]
    return (at_word if len(at_word) >= 0.7 * len(cut) else cut).rstrip(" –-,;/(") + "…"


def measure_paragraphs_in(paragraphs: Sequence[Text], size_pt: float, width_in: float, space_pt: float = 0.0) -> float:
    """Return the height (in) of paragraphs with a space between them."""
    heights = [
        measure_height_in(text, size_pt, width_in - hang_em * size_pt / POINTS_PER_INCH, bold)
        for text, bold, hang_em in paragraphs
    ]
    return sum(heights) + max(0, len(paragraphs) - 1) * space_pt / POINTS_PER_INCH


def choose_size(
    paragraphs: Sequence[Text],
    width_in: float,
    height_in: float,
    largest_pt: float,
    smallest_pt: float,
    space_pt: float = 0.0,
) -> float:
    """Choose the largest size at which paragraphs fit a box; the smallest when none does."""
    size_pt = largest_pt
    while size_pt > smallest_pt and measure_paragraphs_in(paragraphs, size_pt, width_in, space_pt) > height_in:
        size_pt = max(size_pt - 1.0, smallest_pt)
    return size_pt


def cut_to_height(
    paragraphs: Sequence[Text], size_pt: float, width_in: float, height_in: float, space_pt: float = 0.0
) -> list[Text]:
    """Shorten the longest paragraphs line by line, then leave out the last ones, until they fit a box."""
    kept = list(paragraphs)
    while measure_paragraphs_in(kept, size_pt, width_in, space_pt) > height_in + 1e-6:
        widths = [width_in - paragraph.hang_em * size_pt / POINTS_PER_INCH for paragraph in kept]
        lines = [
            len(wrap_to_width(text, size_pt, width, bold)) for (text, bold, _), width in zip(kept, widths, strict=True)
        ]
        longest = max(range(len(kept)), key=lambda k: (lines[k], k))
        if lines[longest] > 1:
            text, bold, hang_em = kept[longest]
            kept[longest] = Text(cut_to_lines(text, lines[longest] - 1, size_pt, widths[longest], bold), bold, hang_em)
        elif len(kept) > 1:
            kept.pop()
        else:
            break
    return kept
