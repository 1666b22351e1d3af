"""Pictures of a road map itself: its faults, and routes to be confirmed. Tables and plain numbers in, Figure out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from konvoi.arrays import FloatArray
from konvoi.report import style
from konvoi.report.wording import say

LOST = style.THRESHOLD  # a part konvoi would not use
NUMBER_PT = 13.0  # across the circle of a number
PANEL_SHARE = 0.36  # of the width, for the list beside the map


@dataclass(frozen=True)
class Marker:
    """A numbered spot on a map, with what is said of it."""

    x_m: float
    y_m: float
    text: str
    is_mended: bool = False  # drawn hollow: a safe correction is offered


def draw_road_check(
    lines_m: Sequence[FloatArray],
    is_kept: Sequence[bool],
    markers: Sequence[Marker],
    title: str,
    footer: str,
    lang: str,
) -> Figure:
    """Draw the roads of a map, the parts that would be dropped, and its faults by number.

    Parameters
    ----------
    lines_m
        One array of vertices (n, 2) per road, m.
    """
    with style.use_style():
        figure, axes, panel = _open_page(title, footer)
        kept = [line for line, good in zip(lines_m, is_kept, strict=True) if good]
        lost = [line for line, good in zip(lines_m, is_kept, strict=True) if not good]
        axes.add_collection(LineCollection(kept, colors=style.ROAD, linewidths=1.0, zorder=2))
        axes.add_collection(LineCollection(lost, colors=LOST, linewidths=1.8, zorder=3))
        _fit(axes, lines_m)
        for number, (marker, offset) in enumerate(zip(markers, _spread(axes, markers), strict=True), start=1):
            axes.annotate(
                str(number), (marker.x_m, marker.y_m), xytext=offset, textcoords="offset points", ha="center", va="center",
                fontsize=6.5, zorder=6, color=style.INK if marker.is_mended else style.PAPER,
                bbox={"boxstyle": "circle,pad=0.25", "fc": style.PAPER if marker.is_mended else style.INK, "ec": style.INK, "lw": 1.0},
                arrowprops={"arrowstyle": "-", "color": style.INK, "lw": 0.8} if any(offset) else None,
            )  # fmt: skip
        axes.plot([], [], color=style.ROAD, lw=1.5, label=say("roads_used", lang))
        if lost:
            axes.plot([], [], color=LOST, lw=2.0, label=say("roads_lost", lang))
        axes.legend(loc="lower left", frameon=True, framealpha=0.9, edgecolor="none", fontsize=style.SMALL_PT)
        _write_list(panel, [marker.text for marker in markers], lang)
    return figure


def draw_routes(
    lines_m: Sequence[FloatArray],
    routes: Sequence[tuple[int, str, FloatArray]],
    markers: Sequence[Marker],
    title: str,
    footer: str,
    lang: str,
) -> Figure:
    """Draw routes over the roads, for somebody who knows the town to confirm.

    Parameters
    ----------
    routes
        Side (1, 2), words for the list, vertices (n, 2) in the order they are ridden, m.
    markers
        Venues and assembly points.
    """
    with style.use_style():
        figure, axes, panel = _open_page(title, footer)
        axes.add_collection(LineCollection(lines_m, colors=style.ROAD, linewidths=0.9, zorder=2))
        for number, (side, _, line) in enumerate(routes, start=1):
            colour = style.SIDE_COLOUR[side]
            axes.plot(line[:, 0], line[:, 1], color=colour, lw=3.0, alpha=0.55, zorder=3, solid_capstyle="round")
            _draw_arrows(axes, line, colour, f"R{number}", number, len(routes))
        _fit(axes, [line for _, _, line in routes] or lines_m)
        _name_places(axes, markers)
        colours = [style.SIDE_COLOUR[side] for side, _, _ in routes]
        _write_list(panel, [text for _, text, _ in routes], lang, letter="R", colours=colours)
    return figure


def _spread(axes: Axes, markers: Sequence[Marker]) -> list[tuple[float, float]]:
    """Find where each number is drawn (points from its spot): on it, else the nearest place beside numbers before it."""
    points_per_m = axes.bbox.width * 72.0 / axes.figure.dpi / np.ptp(axes.get_xlim())
    ring = [(0.0, 0.0)] + [
        (radius * float(np.cos(angle)), radius * float(np.sin(angle)))
        for radius in (NUMBER_PT, 1.6 * NUMBER_PT, 2.4 * NUMBER_PT, 3.4 * NUMBER_PT)
        for angle in np.arange(0.25, 2.0, 0.25) * np.pi
    ]
    taken: list[tuple[float, float]] = []
    offsets = []
    for marker in markers:
        x, y = marker.x_m * points_per_m, marker.y_m * points_per_m
        offset = next(
            (way for way in ring if all(np.hypot(x + way[0] - a, y + way[1] - b) >= NUMBER_PT for a, b in taken)),
            ring[0],
        )
        taken.append((x + offset[0], y + offset[1]))
        offsets.append(offset)
    return offsets


def save_picture(figure: Figure, path: Path) -> None:
    """Write a picture as PNG, whole or not at all."""
    temporary = path.with_name(f".{path.name}")
    try:
        with style.use_style():
            figure.savefig(temporary, dpi=style.PNG_DPI, format="png")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _open_page(title: str, footer: str) -> tuple[Figure, Axes, Axes]:
    figure = Figure(figsize=(style.WIDTH_IN, style.HEIGHT_IN))
    figure.text(0.03, 0.94, title, fontsize=style.TITLE_PT, fontweight="bold", va="center")
    figure.text(0.03, 0.025, footer, fontsize=style.FOOTER_PT, color=style.GREY, va="center")
    axes = figure.add_axes((0.03, 0.06, 0.94 - PANEL_SHARE, 0.83))
    axes.set_facecolor(style.LAND)
    axes.set_aspect("equal", adjustable="box", anchor="C")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(style.LIGHT)
    panel = figure.add_axes((0.99 - PANEL_SHARE, 0.06, PANEL_SHARE - 0.01, 0.83))
    panel.axis("off")
    panel.set_xlim(0, 1)
    panel.set_ylim(0, 1)
    return figure, axes, panel


def _fit(axes: Axes, lines_m: Sequence[FloatArray]) -> None:
    """Show what the lines span, in the shape of the window, so that no space is left empty; add a scale bar."""
    points = np.concatenate(list(lines_m))
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2.0, np.maximum((high - low) / 2.0 * 1.06, 100.0)
    box = axes.get_position(original=True)
    shape = (box.width * style.WIDTH_IN) / (box.height * style.HEIGHT_IN)
    half = np.array([max(half[0], half[1] * shape), max(half[1], half[0] / shape)])
    axes.set_xlim(middle[0] - half[0], middle[0] + half[0])
    axes.set_ylim(middle[1] - half[1], middle[1] + half[1])
    width_m = 2.0 * half[0]
    bar_m = max(step * 10.0**power for power in range(1, 6) for step in (1, 2, 5) if step * 10.0**power <= width_m / 5)
    right, bottom = middle[0] + half[0] * 0.96, middle[1] - half[1] * 0.94
    axes.plot([right - bar_m, right], [bottom, bottom], color=style.INK, lw=2.5, zorder=7, solid_capstyle="butt")
    text = f"{bar_m / 1000:g} km" if bar_m >= 1000 else f"{bar_m:g} m"
    axes.annotate(
        text, (right - bar_m / 2, bottom), xytext=(0, 4), textcoords="offset points", ha="center",
        fontsize=style.SMALL_PT, zorder=7, bbox={"boxstyle": "round,pad=0.1", "fc": style.LAND, "ec": "none", "alpha": 0.85},
    )  # fmt: skip


def _draw_arrows(axes: Axes, line: FloatArray, colour: str, label: str, number: int, n_routes: int) -> None:
    """Draw arrows along a route, and its number once, each route's at another share of its way."""
    chord = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    if chord[-1] <= 0.0:
        return
    for share in (0.2, 0.5, 0.8):
        begin, end = (
            (float(np.interp(at, chord, line[:, 0])), float(np.interp(at, chord, line[:, 1])))
            for at in ((share - 0.004) * chord[-1], (share + 0.004) * chord[-1])
        )
        axes.annotate("", end, begin, arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.8}, zorder=4)
    share = 0.3 + 0.4 * (number - 0.5) / n_routes
    x_m, y_m = (float(np.interp(share * chord[-1], chord, line[:, axis])) for axis in (0, 1))
    axes.annotate(
        label, (x_m, y_m), ha="center", va="center", fontsize=7.5, color=style.PAPER, zorder=5,
        bbox={"boxstyle": "round,pad=0.2", "fc": colour, "ec": style.PAPER, "lw": 0.8},
    )  # fmt: skip


def _name_places(axes: Axes, markers: Sequence[Marker]) -> None:
    """Draw places with their names, each on the side of its spot where no other name is yet."""
    points_per_m = axes.bbox.width * 72.0 / axes.figure.dpi / np.ptp(axes.get_xlim())
    (left_m, right_m), (bottom_m, top_m) = axes.get_xlim(), axes.get_ylim()
    frame = tuple(edge_m * points_per_m for edge_m in (left_m, bottom_m, right_m, top_m))
    taken: list[tuple[float, float, float, float]] = []
    for marker in markers:
        axes.plot(marker.x_m, marker.y_m, "o", ms=6, mfc=style.PAPER, mec=style.INK, mew=1.4, zorder=5)
        x, y = marker.x_m * points_per_m, marker.y_m * points_per_m
        width, height = 0.62 * style.SMALL_PT * len(marker.text), 1.5 * style.SMALL_PT
        choices = [
            (8.0, 5.0, "left"),
            (8.0, -14.0, "left"),
            (-8.0, 5.0, "right"),
            (-8.0, -14.0, "right"),
            (8.0, 20.0, "left"),
        ]
        for dx, dy, align in choices:
            left = x + dx - (width if align == "right" else 0.0)
            box = (left, y + dy, left + width, y + dy + height)
            is_inside = frame[0] <= box[0] and frame[1] <= box[1] and box[2] <= frame[2] and box[3] <= frame[3]
            if is_inside and not any(
                box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken
            ):
                break
        taken.append(box)
        axes.annotate(
            marker.text, (marker.x_m, marker.y_m), xytext=(dx, dy), textcoords="offset points", fontsize=style.SMALL_PT,
            ha=align, zorder=6, bbox={"boxstyle": "round,pad=0.12", "fc": style.PAPER, "ec": "none", "alpha": 0.85},
        )  # fmt: skip


def _write_list(
    panel: Axes, texts: Sequence[str], lang: str, *, letter: str = "", colours: Sequence[str] | None = None
) -> None:
    """Write numbered lines, wrapped; what does not fit is counted."""
    size_pt, width = style.SMALL_PT, 58
    line_height = size_pt * 1.35 / 72.0 / (style.HEIGHT_IN * 0.83)
    y = 1.0
    for index, text in enumerate(texts):
        wrapped = textwrap.wrap(text, width) or [""]
        rest = len(texts) - index
        if y - line_height * (len(wrapped) + 1) < 0.0 and rest > 1:
            panel.text(0.0, y, say("more_in_table", lang, n=rest), fontsize=size_pt, va="top", color=style.GREY)
            return
        colour = colours[index] if colours else style.INK
        panel.text(
            0.055, y, f"{letter}{index + 1}", fontsize=size_pt, va="top", ha="right", color=colour, fontweight="bold"
        )
        panel.text(0.075, y, "\n".join(wrapped), fontsize=size_pt, va="top", linespacing=1.25)
        y -= line_height * (len(wrapped) + 0.25)
