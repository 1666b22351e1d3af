"""Roads, places and odd cases to draw, and how to tell whether texts stay inside a picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from konvoi.report import style
from konvoi.tables.sweep import PLACES, POINTS, ROADS
from tests.support.results import ANOTHER_DAY, PAIRS, build_points

LONG = "Lapangan Serbaguna Pemerintah Kabupaten Kutai Timur $Bukit$ Pelangi Nomor Seratus"


def list_texts(figure: Figure) -> list[str]:
    """List every visible text of a figure."""
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text().strip()]


def list_escapes(figure: Figure) -> Iterator[str]:
    """List the texts that leave the slide."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    with style.use_style():
        canvas.draw()
    width, height = canvas.get_width_height()
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_text().strip():
            box = text.get_window_extent(canvas.get_renderer())
            if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height:
                yield text.get_text()


def build_roads() -> pd.DataFrame:
    """Build a cross of two roads of 6 km."""
    rows = []
    for link, highway in enumerate(("primary", "residential")):
        for vertex, at_m in enumerate((-3000.0, 0.0, 3000.0)):
            x_m, y_m = (at_m, 0.0) if link == 0 else (0.0, at_m)
            rows.append(
                {"link": link, "name": f"Jl. {link}", "highway": highway, "vertex": vertex, "x_m": x_m, "y_m": y_m}
            )
    return ROADS.check(pd.DataFrame(rows), "roads")


def build_places(*, suffix: str = "", far_m: float = 1000.0) -> pd.DataFrame:
    """Build the venues of the planned pair, a candidate and an assembly point of each side."""
    rows = [
        ("v1", PAIRS["km10"][0] + suffix, "venue", 1, -2500.0, 0.0),
        ("v2", PAIRS["km10"][1] + suffix, "venue", 2, 2500.0, 0.0),
        ("v3", "Bukit Pelangi" + suffix, "venue", 1, 0.0, 500.0),
        ("a1", "Jl. Karya Etam", "assembly", 1, 0.0, far_m),
        ("a2", "Jl. Inpres", "assembly", 2, 0.0, -far_m),
    ]
    frame = pd.DataFrame(rows, columns=["key", "name", "kind", "side", "x_m", "y_m"])
    return PLACES.check(frame.assign(accuracy_m=50.0, snap_m=0.0), "places")


HEAT_CASES: dict[str, pd.DataFrame] = {
    "usual": build_points(),
    "all one": build_points(lambda gap_min, road_km: 1.0),
    "all zero": build_points(lambda gap_min, road_km: 0.0),
    "failed": build_points(n=0),
    "one cell": build_points(gaps=(0.0,), pairs={"km10": PAIRS["km10"]}),
    "another day": build_points(gaps=(ANOTHER_DAY,)),
    "variants": build_points(variants=("behaviour.turnout=1", "behaviour.turnout=2")),
    "many": build_points(
        gaps=[*np.arange(0.0, 400.0, 30.0), ANOTHER_DAY],
        pairs={f"km{i:02d}": (LONG, LONG, 1.0 + i, 1.0 + 0.5 * i, 30.0) for i in range(16)},
    ),
    "empty": POINTS.build_empty(),
}
