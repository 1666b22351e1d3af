"""Labels placed beside what they name, without covering each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from konvoi.report import style
from konvoi.report.canvas import POINTS_PER_INCH, get_renderer
from konvoi.report.polylines import densify, read_lines

LEADER_PT = 16.0  # a label further from what it names is led to by a line
ROADS = 20  # points of roads that hide a label's whole background: more are no worse


class Labels:
    """Puts labels where nothing else is: numbers first, then venues, then what there is room for."""

    def __init__(self, figure: Figure, axes: Axes, roads: pd.DataFrame) -> None:
        self.axes = axes
        # Points of the roads in pixels, close enough that no label lies between two of them.
        lines = [axes.transData.transform(line) for line in read_lines(roads, "link")] if len(roads) else []
        self.roads = np.concatenate([densify(line, 12.0) for line in lines]) if lines else np.empty((0, 2))
        self.renderer = get_renderer(figure)
        self.pixel_per_point = figure.dpi / POINTS_PER_INCH
        self.taken: list[Bbox] = []
        self.waiting: list[tuple[float, float, str, float, str, str, float, bool]] = []

    def occupy_circle(self, x: float, y: float, radius_pt: float) -> None:
        """Keep labels off a circle."""
        centre = self.axes.transData.transform((x, y))
        radius = radius_pt * self.pixel_per_point
        self.taken.append(Bbox.from_bounds(centre[0] - radius, centre[1] - radius, 2 * radius, 2 * radius))

    def wait(
        self, x: float, y: float, text: str, size: float, weight: str, colour: str, away_pt: float, *, is_needed: bool
    ) -> None:
        """Remember a label to be placed after the numbers."""
        self.waiting.append((x, y, text, size, weight, colour, away_pt, is_needed))

    def place_waiting(self) -> None:
        """Place what waited, the needed labels first; leave out others that find no room."""
        for x, y, text, size, weight, colour, away_pt, is_needed in sorted(
            self.waiting, key=lambda label: not label[-1]
        ):
            artist = self.axes.annotate(
                text,
                (x, y),
                (0.0, 0.0),
                textcoords="offset points",
                fontsize=size,
                fontweight=weight,
                color=colour,
                ha="center",
                va="center",
                linespacing=1.1,
                zorder=14,
                bbox={"facecolor": "#ffffffd8", "edgecolor": "none", "boxstyle": "round,pad=0.18"},
            )
            if not self._settle(artist, x, y, away_pt, (0.0, 8.0, 18.0, 34.0, 60.0), is_needed):
                artist.remove()
            else:
                self._lead(artist, x, y, colour)

    def place_rank(self, x: float, y: float, text: str, radius_pt: float) -> None:
        """Place a number in its circle, or beside it with a leader where another number or a marker is."""
        artist = self.axes.annotate(
            text,
            (x, y),
            (0.0, 0.0),
            textcoords="offset points",
            fontsize=8.5 if len(text) == 1 else 7.0,
            fontweight="bold",
            color=style.PAPER,
            ha="center",
            va="center",
            zorder=13,
            bbox={"facecolor": style.INK, "edgecolor": style.PAPER, "boxstyle": "circle,pad=0.22", "linewidth": 0.8},
        )
        self._settle(artist, x, y, 9.0, (-9.0, 2.0, 9.0, 18.0, 30.0, 44.0, 60.0), True)
        if np.hypot(*artist.xyann) > max(radius_pt, 6.0):
            self._draw_leader(x, y, np.asarray(artist.xyann, dtype=float), style.INK, 12.5)

    def _lead(self, artist: Any, x: float, y: float, colour: str) -> None:
        """Draw a line from what is named to a label that does not lie beside it."""
        box = self._measure(artist)
        at = self.axes.transData.transform((x, y))
        near = np.clip(at, box.min, box.max)
        if np.hypot(*(near - at)) > LEADER_PT * self.pixel_per_point:
            self._draw_leader(x, y, (near - at) / self.pixel_per_point, colour, 6.5)

    def _draw_leader(self, x: float, y: float, offset_pt: Any, colour: str, zorder: float) -> None:
        at = self.axes.transData.transform((x, y)) + np.asarray(offset_pt) * self.pixel_per_point
        end = self.axes.transData.inverted().transform(at)
        self.axes.plot([x, end[0]], [y, end[1]], color=colour, linewidth=0.9, zorder=zorder)

    def _settle(
        self, artist: Any, x: float, y: float, away_pt: float, distances_pt: Sequence[float], is_needed: bool
    ) -> bool:
        """Move a label to the first free place around its anchor; the last resort is the place with least overlap."""
        inside = self.axes.get_window_extent(self.renderer)
        extent = self._measure(artist)
        half_x, half_y = (0.5 * side / self.pixel_per_point for side in (extent.width, extent.height))
        best: tuple[float, float, tuple[float, float]] | None = None
        for distance in distances_pt:
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)):
                reach = away_pt + distance
                scale = 0.75 if dx and dy else 1.0
                offset = (dx * (reach * scale + half_x), dy * (reach * scale + half_y)) if reach else (0.0, 0.0)
                artist.xyann = offset
                box = self._measure(artist)
                covered = sum(overlap(box, other) for other in self.taken)
                hard = covered + 3.0 * (box.width * box.height - overlap(box, inside))
                soft = 0.0 if reach == 0.0 else min(self._count_roads(box), ROADS) * 40.0 + 20.0 * distance
                if best is None or 10.0 * hard + soft < best[0] - 1e-6:
                    best = (10.0 * hard + soft, hard, offset)
                if reach == 0.0:
                    break
            if best is not None and best[1] < 1.0 and best[0] < 40.0 + 6.0 * distance:
                break
        assert best is not None
        artist.xyann = best[2]
        if best[1] >= 1.0 and not is_needed:
            return False
        self.taken.append(self._measure(artist))
        return True

    def _count_roads(self, box: Bbox) -> int:
        """Count how many points of roads a label would hide."""
        x, y = self.roads[:, 0], self.roads[:, 1]
        return int(np.count_nonzero((x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)))

    def _measure(self, artist: Any) -> Bbox:
        """Return the pixels of a label with its box."""
        artist.update_positions(self.renderer)
        box = Text.get_window_extent(artist, self.renderer)
        pad = 2.5 * self.pixel_per_point
        return Bbox.from_extents(box.x0 - pad, box.y0 - pad, box.x1 + pad, box.y1 + pad)


def overlap(a: Bbox, b: Bbox) -> float:
    """Return the common area of two boxes, pixels²."""
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return width * height if width > 0.0 and height > 0.0 else 0.0
