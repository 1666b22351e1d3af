r"""Factor levels as one text: how a row of a table says which levels it is of, written and read in this file alone.

``rally.gap_min=60; rally.venue_pair=selatan_stadion``: a level without a key is a name. A ``;`` or ``\`` within a level
stands behind a ``\``, so that reading gives back what was written, whatever a street is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

Levels = tuple[tuple[str, str], ...]  # configuration key, or "" before a name; level


def write_levels(levels: Iterable[tuple[str, object]]) -> str:
    r"""Write levels as one line of text.

    >>> write_levels([("rally.gap_min", 60), ("", "hari lain")])
    'rally.gap_min=60; hari lain'
    """
    return "; ".join((f"{key}=" if key else "") + re.sub(r"([\\;])", r"\\\1", str(level)) for key, level in levels)


def read_levels(text: str) -> Levels:
    r"""Read what `write_levels` wrote.

    >>> read_levels("rally.gap_min=60; hari lain")
    (('rally.gap_min', '60'), ('', 'hari lain'))
    """
    levels = []
    for part in re.findall(r"(?:\\.|[^\\;])+", text):
        key, equals, level = part.removeprefix(" ").partition("=")
        key, level = (key, level) if equals else ("", key)
        levels.append((key, re.sub(r"\\(.)", r"\1", level)))
    return tuple(levels)
