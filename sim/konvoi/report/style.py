"""One small design for all pictures: readable on a projector, fair to both sides, safe for colour-blind readers."""

from __future__ import annotations

from contextlib import AbstractContextManager

import matplotlib
from matplotlib.colors import LinearSegmentedColormap

# A slide of 16:9.
WIDTH_IN, HEIGHT_IN = 13.333, 7.5
PNG_DPI = 160

INK = "#1d1d24"
GREY = "#62626c"
LIGHT = "#b9b9c0"
PAPER = "#ffffff"
LAND = "#f7f6f3"
WATER = "#c3d9e8"
ROAD_CASING = "#ffffff"
ROAD = "#a3a3aa"

# Two hues of nearly the same lightness (L* 50 and 52), told apart by all kinds of colour vision; no colour of a party's
# warning or permission (red, green). A digit in each marker says the side without colour.
SIDE_COLOUR = {1: "#1f7fb4", 2: "#b06c08", 0: "#6d6d76"}

# Threshold line: vermilion of Okabe and Ito (2008), against a violet scale which no colour vision confuses with it.
THRESHOLD = "#d55e00"
FRAME = "#111114"

# One hue, light to dark: prints well in grey, and no side of the scale is anybody's colour.
PROBABILITY = LinearSegmentedColormap.from_list(
    "konvoi_probability", ["#f0edf6", "#dad2ea", "#b7a8d6", "#8a76b8", "#5d4693", "#35215f"]
)
HOT_SPOT = "#5d4693"

TITLE_PT, SUBTITLE_PT, TEXT_PT, SMALL_PT, FOOTER_PT = 19.0, 12.0, 10.5, 9.0, 8.0

_SETTINGS = {
    "font.family": ["DejaVu Sans"],  # travels with matplotlib
    "font.size": TEXT_PT,
    "text.color": INK,
    "text.usetex": False,
    "text.parse_math": False,  # a name with two dollar signs is a name
    "axes.edgecolor": LIGHT,
    "axes.labelcolor": INK,
    "axes.unicode_minus": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.dpi": 100.0,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "savefig.bbox": None,
    "hatch.linewidth": 0.8,
    "path.simplify": True,
    "svg.hashsalt": "konvoi",  # otherwise identifiers differ from run to run
    "svg.fonttype": "path",
}


def use_style() -> AbstractContextManager[None]:
    """Return a context in which pictures are drawn and saved alike, whatever the reader's own matplotlib settings."""
    return matplotlib.rc_context(_SETTINGS)  # type: ignore[arg-type]


def choose_ink(probability: float) -> str:
    """Return the colour of text that is readable on the colour of a probability."""
    red, green, blue = (channel**2.2 for channel in PROBABILITY(probability)[:3])
    return INK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.24 else PAPER
