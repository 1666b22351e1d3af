"""The frame of a picture: size, titles, footer."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from konvoi.report import style
from konvoi.report.verdict import Verdict
from konvoi.report.wording import describe_map, say, shorten, wrap_name
from konvoi.words.formats import format_number

POINTS_PER_INCH = 72.0
MARGIN_IN = 0.45
TOP = 10  # junctions in the list
FOOTER_SIGNS = 205  # of a line as wide as the picture


# ---------------------------------------------------------------------------------------------------------------------
# Frame of both pictures


def build_figure() -> Figure:
    """Build an empty slide without any global state of pyplot."""
    figure = Figure(figsize=(style.WIDTH_IN, style.HEIGHT_IN))
    FigureCanvasAgg(figure)
    return figure


def draw_titles(figure: Figure, title: str, subtitle: str) -> None:
    """Write the finding and what is shown; long ones are made smaller, then broken."""
    room_in = style.WIDTH_IN - 2 * MARGIN_IN
    left = MARGIN_IN / style.WIDTH_IN
    size = fit(figure, title, style.TITLE_PT, 12.0, room_in, "bold")
    figure.text(left, 1 - 0.40 / style.HEIGHT_IN, title, fontsize=size, fontweight="bold", va="top")
    size = fit(figure, subtitle, style.SUBTITLE_PT, 10.0, room_in, "normal")
    width = int(room_in * POINTS_PER_INCH / (size * 0.60))
    text = subtitle if size > 10.0 else wrap_name(subtitle, width, 2)
    figure.text(left, 1 - 0.86 / style.HEIGHT_IN, text, fontsize=size, color=style.GREY, va="top", linespacing=1.2)


def get_renderer(figure: Figure) -> Any:
    """Return what measures text."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    return canvas.get_renderer()  # type: ignore[no-untyped-call]


def fit(figure: Figure, text: str, size: float, smallest: float, room_in: float, weight: str) -> float:
    """Return the largest font size (points) at which a line fits the room."""
    artist = figure.text(0, 0, text, fontsize=size, fontweight=weight)
    width_in = artist.get_window_extent(get_renderer(figure)).width / figure.dpi
    artist.remove()
    return max(smallest, min(size, floor(size * room_in / width_in * 4.0) / 4.0)) if width_in > 0 else size


def draw_footer(figure: Figure, replications: Sequence[int], verdict: Verdict, lang: str) -> None:
    """Write where the picture comes from: version, scenario, replications, seed; source and quality of the map.

    Parameters
    ----------
    replications
        Of each plan that is shown.
    """
    counts = sorted(set(replications))
    n = f"{counts[0]}–{counts[-1]}" if len(counts) > 1 else format_number(counts[0] if counts else 0, lang)
    title = shorten(verdict.scenario_title, 70)
    text = say("footer", lang, version=verdict.version, title=title, n=n, seed=str(verdict.seed))
    lines = [text, wrap_name(describe_map(verdict.map_quality, lang), FOOTER_SIGNS, 2)]
    figure.text(
        MARGIN_IN / style.WIDTH_IN,
        0.20 / style.HEIGHT_IN,
        "\n".join(lines),
        fontsize=style.FOOTER_PT,
        color=style.GREY,
        va="bottom",
        linespacing=1.3,
    )
