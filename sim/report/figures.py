"""The two pictures of a sweep: gap × venue pair, and where contacts begin. Tables in, figure out; nothing is saved."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10, sqrt
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from sim.comparison import SATURATED
from sim.report import style
from sim.report.contours import Contours
from sim.report.settings_words import describe_settings
from sim.report.verdict import PairRow, split_rows
from sim.report.wording import (
    describe_map,
    format_clock,
    format_gap,
    format_level,
    format_mean,
    format_minutes,
    format_number,
    format_percent,
    format_percent_interval,
    say,
    shorten,
    wrap_name,
)
from sim.stats import compute_needed_replications
from sim.units import SECONDS_PER_DAY

POINTS_PER_INCH = 72.0
MARGIN_IN = 0.45
TOP = 10  # junctions in the list
LARGEST_SPOT_IN = 0.32  # radius of the junction with the largest exposure


# ---------------------------------------------------------------------------------------------------------------------
# Gap × venue pair


@dataclass(frozen=True)
class _Grid:
    """The cells of the heat map: rows are venue pairs, columns gaps, the last column another day."""

    rows: list[PairRow]
    gaps: list[float | None]  # None: another day
    cell: list[list[dict[str, Any] | None]]  # None: not simulated
    left: list[float]  # left edge of each column, in cells; another day stands apart

    @property
    def width(self) -> float:
        """Width of the grid, in cells."""
        return self.left[-1] + 1.0


def draw_heat_map(
    points: pd.DataFrame, verdict: Mapping[str, Any], lang: str, contours: Contours | None = None
) -> Figure:
    """Draw P(contact) by gap (columns) and venue pair (rows, by distance along roads).

    Parameters
    ----------
    points
        `sim.tables.POINTS`.
    verdict
        What `sim.report.verdict.build_verdict` returned for them.
    lang
        "id" or "en".
    contours
        Safe gaps with their intervals, drawn at the foot of each row when given.
    """
    with style.use_style():
        figure = _build_figure()
        rows = split_rows(points)
        grid = _build_grid(rows)
        title, subtitle = write_heat_title(rows, verdict, lang)
        _draw_titles(figure, title, subtitle)
        _draw_footer(figure, points, verdict, lang)
        if rows:
            _draw_grid(figure, grid, verdict, lang, contours)
        return figure


def _build_grid(rows: list[PairRow]) -> _Grid:
    """Lay out rows and columns."""
    days = any(row.points["is_another_day"].any() for row in rows)
    numbers = sorted({float(gap) for row in rows for gap in row.points.loc[~row.points["is_another_day"], "gap_min"]})
    gaps: list[float | None] = [*numbers, *([None] if days else [])]
    cell = [[row.find(gap, gap is None) for gap in gaps] for row in rows]
    left = [column + (0.22 if gap is None and numbers else 0.0) for column, gap in enumerate(gaps)]
    return _Grid(rows, gaps, cell, left)


def _draw_grid(
    figure: Figure, grid: _Grid, verdict: Mapping[str, Any], lang: str, contours: Contours | None = None
) -> None:
    """Draw cells, borders, labels and legend."""
    label_in, legend_in, top_in = 2.95, 2.30, 1.55
    bottom_in = 1.35
    legend_left_in = style.WIDTH_IN - MARGIN_IN - legend_in
    room_w = legend_left_in - 0.35 - label_in - MARGIN_IN
    room_h = style.HEIGHT_IN - top_in - bottom_in
    n = len(grid.rows)
    cell_w, cell_h = min(room_w / grid.width, 1.7), min(room_h / n, 1.15)
    width_in, height_in = cell_w * grid.width, cell_h * n
    left_in = MARGIN_IN + label_in + 0.35 * (room_w - width_in)
    low_in = bottom_in + 0.75 * (room_h - height_in)
    axes = figure.add_axes(
        (
            left_in / style.WIDTH_IN,
            low_in / style.HEIGHT_IN,
            width_in / style.WIDTH_IN,
            height_in / style.HEIGHT_IN,
        )
    )
    axes.set_xlim(0.0, grid.width)
    axes.set_ylim(n, 0.0)
    axes.axis("off")
    planned: list[tuple[float, float]] = []
    for y, row in enumerate(grid.rows):
        for x, cell in zip(grid.left, grid.cell[y], strict=True):
            _draw_cell(axes, x, y, cell, (cell_w, cell_h), lang)
            if cell is not None and cell["point"] == verdict["point"]:
                planned.append((x, y))
        _draw_row_label(axes, row, float(y), (label_in, cell_h), cell_w, lang)
    _draw_columns(axes, grid, cell_w, lang)
    has_border = _draw_border(axes, grid, float(verdict["threshold"]))
    for place in planned:
        _draw_plan_frame(axes, *place, (cell_w, cell_h), lang)
    has_contour = contours is not None and _draw_safe_gaps(axes, grid, contours)
    shown = {
        "plan": bool(planned),
        "border": has_border,
        "contour": has_contour,
        "gaps": any(cell is None or not cell["replications"] > 0 for line in grid.cell for cell in line),
    }
    _draw_heat_legend(figure, legend_left_in, style.HEIGHT_IN - top_in, shown, verdict, lang)


def _draw_cell(
    axes: Axes, x: float, y: float, cell: dict[str, Any] | None, size_in: tuple[float, float], lang: str
) -> None:
    """Draw one cell: P large, its interval small, contacts per day where P is near 1."""
    width_in, height_in = size_in
    pixels = min(width_in / 5.4, height_in / 4.0) * POINTS_PER_INCH  # a point size that fits the widest text
    middle = (x + 0.5, y + 0.5)
    if cell is None or not cell["replications"] > 0:
        axes.add_patch(
            Rectangle((x, y), 1, 1, facecolor="#f2f2f2", edgecolor="#c4c4ca", hatch="////", linewidth=0.0, zorder=1)
        )
        size = min(8.5, width_in / 8.8 * POINTS_PER_INCH, height_in / 3.4 * POINTS_PER_INCH)
        if size >= 5.0:
            key = "heat_not_simulated" if cell is None else "heat_without_result"
            box = {"facecolor": "#f2f2f2", "edgecolor": "none", "boxstyle": "square,pad=0.15"}
            axes.text(
                *middle, say(key, lang), ha="center", va="center", fontsize=size, color=style.GREY, bbox=box, zorder=2
            )
        return
    p = float(cell["p_contact"])
    ink = style.choose_ink(p)
    axes.add_patch(
        Rectangle((x, y), 1, 1, facecolor=style.PROBABILITY(p), edgecolor=style.PAPER, linewidth=1.0, zorder=1)
    )
    small = [format_percent_interval(cell["p_contact_low"], cell["p_contact_high"], lang)]
    if p >= SATURATED:
        small.append(say("heat_contacts", lang, contacts=format_mean(cell["contacts_mean"], lang)))
    big_pt = min(18.0, pixels * 1.18)
    widest = max(len(text) for text in small)
    small_pt = min(9.0, pixels * 0.68, (width_in * POINTS_PER_INCH - 9.0) / (0.60 * widest))
    step = small_pt * 1.35 / (height_in * POINTS_PER_INCH)
    if small_pt < 4.0:
        small = []
    y_big = y + 0.5 - 0.5 * step * len(small)
    axes.text(
        x + 0.5,
        y_big,
        format_percent(p, lang),
        ha="center",
        va="center",
        fontsize=big_pt,
        fontweight="bold",
        color=ink,
        zorder=3,
    )
    down = 0.62 * big_pt / (height_in * POINTS_PER_INCH) + 0.5 * step
    for line, text in enumerate(small):
        axes.text(
            x + 0.5, y_big + down + line * step, text, ha="center", va="center", fontsize=small_pt, color=ink, zorder=3
        )


def _draw_row_label(axes: Axes, row: PairRow, y: float, size_in: tuple[float, float], cell_w: float, lang: str) -> None:
    """Name a venue pair at the left of its row: venues, then distances."""
    label_in, height_in = size_in
    height_pt = height_in * POINTS_PER_INCH
    is_low = height_pt < 44.0
    small = [
        say("heat_row", lang, road=format_number(row.road_km, lang, 1), shared=format_number(row.shared_km, lang, 1))
    ]
    if row.variant and is_low:
        small[0] = f"{format_number(row.road_km, lang, 1)} km · {shorten(describe_settings(row.variant, lang), 40)}"
    elif row.variant:
        small.append(shorten(describe_settings(row.variant, lang), 44))
    name_pt = min(9.6, height_pt / (1.45 * ((1 if is_low else 2) + 0.9 * len(small))))
    width = int(label_in * POINTS_PER_INCH / (name_pt * 0.66))
    pair = f"{row.venue_1} – {row.venue_2}"
    if len(pair) <= width:
        text = pair
    elif is_low:
        first, second = shorten(row.venue_1, (width - 3) // 2), shorten(row.venue_2, (width - 3) // 2)
        text = f"{first} – {second}"
    else:
        text = f"{shorten(row.venue_1, width - 2)} –\n{shorten(row.venue_2, width)}"
    lines = text.count("\n") + 1 + 0.9 * len(small)
    pitch = name_pt * 1.3 / height_pt
    x = -0.16 / cell_w
    top = y + 0.5 - 0.5 * pitch * lines
    axes.text(
        x,
        top,
        text,
        ha="right",
        va="top",
        fontsize=name_pt,
        fontweight="bold",
        linespacing=1.15,
        multialignment="right",
    )
    axes.text(
        x,
        top + pitch * (text.count("\n") + 1),
        "\n".join(small),
        ha="right",
        va="top",
        fontsize=name_pt * 0.88,
        color=style.GREY,
        linespacing=1.15,
        multialignment="right",
    )


def _draw_columns(axes: Axes, grid: _Grid, cell_w: float, lang: str) -> None:
    """Write the gaps under the columns."""
    size = min(12.0, cell_w * POINTS_PER_INCH / 3.4)
    for x, gap in zip(grid.left, grid.gaps, strict=True):
        text = say("another_day", lang).replace(" ", "\n") if gap is None else format_minutes(gap, lang)
        axes.annotate(
            text,
            (x + 0.5, len(grid.rows)),
            (0, -6),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=size if gap is not None else min(size, 11.0),
            linespacing=1.05,
            annotation_clip=False,
        )
    numbers = sum(gap is not None for gap in grid.gaps)
    if numbers:
        axes.annotate(
            say("heat_x", lang),
            (0.5 * numbers, len(grid.rows)),
            (0, -26),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=style.TEXT_PT,
            color=style.GREY,
            annotation_clip=False,
        )


def _draw_border(axes: Axes, grid: _Grid, threshold: float) -> bool:
    """Draw the border of the cells whose upper end is below the threshold; only between simulated cells."""
    lines: list[list[tuple[float, float]]] = []
    below = [
        [
            None if cell is None or not cell["replications"] > 0 else bool(cell["p_contact_high"] < threshold)
            for cell in row
        ]
        for row in grid.cell
    ]
    joints = set()  # ends of the borders between the last gap and another day, which stands apart
    for y, row in enumerate(below):
        for column, (own, right) in enumerate(itertools.pairwise(row)):
            if own is not None and right is not None and own != right:
                middle = 0.5 * (grid.left[column] + 1.0 + grid.left[column + 1])
                lines.append([(middle, y), (middle, y + 1.0)])
                joints |= {(middle, y), (middle, y + 1)}
    for y, (row, following) in enumerate(itertools.pairwise(below), start=1):
        for x, own, under in zip(grid.left, row, following, strict=True):
            if own is not None and under is not None and own != under:
                before = [joint for joint, at in joints if at == y and x - 0.5 < joint < x]
                after = [joint for joint, at in joints if at == y and x + 1.0 < joint < x + 1.5]
                lines.append([(min([x, *before]), y), (max([x + 1.0, *after]), y)])
    if lines:
        for colour, width in ((style.PAPER, 5.5), (style.THRESHOLD, 3.2)):
            axes.add_collection(
                LineCollection(lines, colors=colour, linewidths=width, capstyle="projecting", zorder=5, clip_on=False)
            )
    return bool(lines)


def _draw_safe_gaps(axes: Axes, grid: _Grid, contours: Contours) -> bool:
    """Draw each row's safe gap and its interval between the columns' middles; only where they were simulated."""
    numbers = [gap for gap in grid.gaps if gap is not None]
    middle = [left + 0.5 for left, gap in zip(grid.left, grid.gaps, strict=True) if gap is not None]
    is_drawn = False
    for y, row in enumerate(grid.rows, start=1):
        safe_gap = contours.find_safe_gap(row.points["point"])
        if safe_gap is None or np.isnan(safe_gap["safe_gap_low_min"]):
            continue
        longest = float(safe_gap["longest_gap_min"])
        low, at, high = (
            float(np.interp(longest if np.isnan(value) else value, numbers, middle))
            for value in (safe_gap["safe_gap_low_min"], safe_gap["safe_gap_min"], safe_gap["safe_gap_high_min"])
        )
        is_open = bool(np.isnan(safe_gap["safe_gap_high_min"]))
        foot = y - 0.07
        for colour, width in ((style.PAPER, 5.0), (style.THRESHOLD, 2.4)):
            axes.plot([low, high], [foot, foot], color=colour, linewidth=width, solid_capstyle="butt", zorder=6)
        if is_open:  # the interval goes on beyond the longest simulated gap
            axes.plot([high], [foot], ">", color=style.THRESHOLD, markersize=6.0, markeredgecolor=style.PAPER, zorder=7)
        if not np.isnan(safe_gap["safe_gap_min"]):
            axes.plot([at], [foot], "D", color=style.THRESHOLD, markersize=6.5, markeredgecolor=style.PAPER, zorder=7)
        is_drawn = True
    return is_drawn


def _draw_plan_frame(axes: Axes, x: float, y: float, size_in: tuple[float, float], lang: str) -> None:
    """Frame the planned layout and name it."""
    inset_x, inset_y = 0.025 / size_in[0], 0.025 / size_in[1]
    box = ((x + inset_x, y + inset_y), 1 - 2 * inset_x, 1 - 2 * inset_y)
    axes.add_patch(Rectangle(*box, fill=False, edgecolor=style.PAPER, linewidth=5.0, zorder=6, clip_on=False))
    axes.add_patch(Rectangle(*box, fill=False, edgecolor=style.FRAME, linewidth=2.8, zorder=7, clip_on=False))
    size = min(7.5, size_in[0] * POINTS_PER_INCH / 7.5, size_in[1] * POINTS_PER_INCH / 5.0)
    if size >= 4.5 and size_in[1] >= 0.75:
        axes.annotate(
            say("heat_planned", lang),
            (x, y),
            (2.5, -2.5),
            textcoords="offset points",
            ha="left",
            va="top",
            fontsize=size,
            fontweight="bold",
            color=style.PAPER,
            bbox={"facecolor": style.FRAME, "edgecolor": "none", "boxstyle": "square,pad=0.25"},
            zorder=8,
        )


def _draw_heat_legend(
    figure: Figure,
    left_in: float,
    top_in: float,
    shown: Mapping[str, bool],
    verdict: Mapping[str, Any],
    lang: str,
) -> None:
    """Draw the colour bar and what the marks mean that are shown: the plan, the border, safe gaps, gaps in the design."""
    left, width_in = left_in / style.WIDTH_IN, 1.85
    bar = figure.add_axes((left, (top_in - 0.5) / style.HEIGHT_IN, width_in / style.WIDTH_IN, 0.17 / style.HEIGHT_IN))
    colours = figure.colorbar(
        ScalarMappable(Normalize(0.0, 1.0), style.PROBABILITY), cax=bar, orientation="horizontal", ticks=[0.0, 0.5, 1.0]
    )
    colours.ax.set_xticklabels([format_percent(share, lang) for share in (0.0, 0.5, 1.0)], fontsize=style.SMALL_PT)
    colours.ax.tick_params(length=2.0, pad=2.0)
    first, _, last = colours.ax.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    bar.set_title(say("legend_colour", lang), fontsize=style.TEXT_PT, fontweight="bold", loc="left", pad=5)
    axes = figure.add_axes((left, (top_in - 4.55) / style.HEIGHT_IN, 2.3 / style.WIDTH_IN, 3.6 / style.HEIGHT_IN))
    axes.set_xlim(0.0, 2.3)
    axes.set_ylim(-3.6, 0.0)
    axes.axis("off")
    y = -0.1
    axes.text(0.0, y, say("legend_cell", lang), fontsize=style.TEXT_PT, fontweight="bold", va="center")
    texts = [
        ("97" + _say_percent(lang), 12.0, "bold", say("legend_big", lang)),
        (
            "92–99" + _say_percent(lang),
            7.0,
            "normal",
            say("legend_small", lang, confidence=format_level(verdict["confidence"], lang)),
        ),
        (say("heat_contacts", lang, contacts="12"), 7.0, "normal", say("legend_contacts", lang)),
    ]
    for sample, size, weight, meaning in texts:
        y -= 0.30
        axes.text(0.32, y, sample, fontsize=size, fontweight=weight, ha="center", va="center")
        axes.text(0.72, y, wrap_name(meaning, 22, 2), fontsize=8.5, va="center", linespacing=1.1)
        y -= 0.08 if len(meaning) > 22 else 0.0
    y -= 0.12
    threshold = format_level(verdict["threshold"], lang)
    if shown["plan"]:
        y -= 0.36
        axes.add_patch(Rectangle((0.08, y - 0.11), 0.48, 0.22, fill=False, edgecolor=style.FRAME, linewidth=3.0))
        axes.text(0.72, y, say("legend_planned", lang), fontsize=8.5, va="center")
    y -= 0.42
    if shown["border"]:
        axes.plot([0.32, 0.32], [y - 0.15, y + 0.15], color=style.THRESHOLD, linewidth=3.2)
    key = "legend_threshold" if shown["border"] else "legend_no_border"
    axes.text(0.72, y, say(key, lang, threshold=threshold), fontsize=8.5, va="center", linespacing=1.15)
    if shown["contour"]:
        y -= 0.44
        axes.plot([0.08, 0.56], [y, y], color=style.THRESHOLD, linewidth=2.4)
        axes.plot([0.32], [y], "D", color=style.THRESHOLD, markersize=6.5, markeredgecolor=style.PAPER)
        axes.text(0.72, y, say("legend_contour", lang), fontsize=8.5, va="center", linespacing=1.15)
    if shown["gaps"]:
        y -= 0.44
        axes.add_patch(
            Rectangle(
                (0.08, y - 0.11), 0.48, 0.22, facecolor="#f2f2f2", edgecolor="#c4c4ca", hatch="////", linewidth=0.0
            )
        )
        axes.text(0.72, y, say("legend_not_simulated", lang), fontsize=8.5, va="center")


def _say_percent(lang: str) -> str:
    """Return the sign of percent as the language spaces it."""
    return " %" if lang == "id" else "%"


def write_heat_title(rows: list[PairRow], verdict: Mapping[str, Any], lang: str) -> tuple[str, str]:
    """Write the finding, computed from the table."""
    gaps = verdict["safe_gap_by_pair"]
    found = [float(gaps[row.key]) for row in rows if gaps.get(row.key) is not None]
    numbers = [float(gap) for row in rows for gap in row.points["gap_min"].dropna()]
    threshold = format_level(verdict["threshold"], lang)
    needed = compute_needed_replications(float(verdict["threshold"]), float(verdict["confidence"]))
    days = [row.find(None, is_another_day=True) for row in rows]
    if not rows or not any((row.points["replications"] > 0).any() for row in rows):
        title = say("heat_no_result", lang)
    elif not numbers:
        title = say("heat_day_only", lang)
    elif len(found) == len(rows) and max(found) == 0.0:
        title = say("heat_no_gap_needed", lang, threshold=threshold)
    elif len(found) == len(rows) and min(found) == max(found):
        title = say("heat_one" if len(rows) == 1 else "heat_all_same", lang, gap=format_minutes(found[0], lang))
    elif len(found) == len(rows):
        title = say("heat_all", lang, low=format_minutes(min(found), lang), high=format_minutes(max(found), lang))
    elif found:
        key = "heat_some_variants" if any(row.variant for row in rows) else "heat_some"
        title = say(key, lang, found=len(found), n=len(rows), low=format_minutes(min(found), lang))
    elif (n := max(int(row.points["replications"].max()) for row in rows)) < needed and any(
        (row.points.loc[~row.points["is_another_day"], "contact_replications"] == 0).any() for row in rows
    ):
        # Cells without any contact exist, but no interval of so few replications can be below the threshold.
        title = say(
            "heat_too_few", lang, n=format_number(n, lang), threshold=threshold, needed=format_number(needed, lang)
        )
    elif max(numbers) == 0.0:
        title = say("heat_start_only", lang, threshold=threshold)
    else:
        is_day_enough = all(day is not None and day["p_contact_high"] < verdict["threshold"] for day in days)
        key = "heat_none_but_day" if is_day_enough else "heat_none"
        title = say(key, lang, longest=format_minutes(max(numbers), lang))
    confidence = format_level(verdict["confidence"], lang)
    return title, say("heat_subtitle", lang, confidence=confidence, threshold=threshold)


# ---------------------------------------------------------------------------------------------------------------------
# Where contacts begin


@dataclass(frozen=True)
class Spot:
    """Contacts around one junction, per replication."""

    junction: str
    x_m: float
    y_m: float
    contacts: float
    exposure_person_min: float
    early_s: float  # shortest span with half of the begins, s after local midnight
    late_s: float
    kind: str  # the type with the largest exposure


def draw_contact_map(
    contacts: pd.DataFrame,
    roads: pd.DataFrame,
    places: pd.DataFrame,
    verdict: Mapping[str, Any],
    lang: str,
    water: pd.DataFrame | None = None,
    point: Mapping[str, Any] | None = None,
) -> Figure:
    """Draw where contacts begin: a circle per junction, its area in proportion to the exposure per day.

    Parameters
    ----------
    contacts, roads, places, water
        `sim.tables` CONTACTS, ROADS, PLACES, WATER.
    point
        A row of POINTS to draw; default the planned layout of the verdict.
    """
    with style.use_style():
        figure = _build_figure()
        shown: Mapping[str, Any] = verdict if point is None else point
        n = int(shown["replications"] or 0)
        own = contacts[contacts["point"] == shown["point"]] if shown["point"] is not None else contacts.iloc[:0]
        spots = build_spots(own, n)
        title, subtitle = write_map_title(spots, shown, n, lang)
        _draw_titles(figure, title, subtitle)
        _draw_footer(figure, None, verdict, lang)
        box_in = (MARGIN_IN, 0.75, 8.05, style.HEIGHT_IN - 0.75 - 1.42)
        window = choose_window(spots, own, roads, places, shown, box_in[2] / box_in[3])
        axes = build_map_axes(figure, box_in, window)
        draw_roads(axes, roads, water)
        labels = Labels(figure, axes, roads)
        outside, has_candidates = draw_places(axes, labels, places, shown, window)
        draw_spots(axes, labels, spots)
        labels.place_waiting()
        draw_scale(axes, labels, window, box_in[2], lang)
        _draw_list(figure, spots, shown if n > 0 else None, verdict, outside, has_candidates, lang)
        return figure


def build_spots(contacts: pd.DataFrame, replications: int) -> list[Spot]:
    """Gather contacts by junction, the largest exposure first."""
    spots: list[Spot] = []
    if replications <= 0:
        return spots
    for junction, group in contacts.groupby("junction", sort=True):
        exposure = group["exposure_person_min"].to_numpy(np.float64)
        weight = exposure + 1e-9
        x_m, y_m = group["x_m"].to_numpy(np.float64), group["y_m"].to_numpy(np.float64)
        centre = np.average(x_m, weights=weight), np.average(y_m, weights=weight)
        nearest = int(np.argmin(np.hypot(x_m - centre[0], y_m - centre[1])))  # a real contact, hence on a road
        early_s, late_s = _find_busiest(group["begin_s"].to_numpy(np.float64))
        kinds = group.groupby("type", sort=True)["exposure_person_min"].sum()
        spots.append(
            Spot(
                junction=str(junction),
                x_m=float(x_m[nearest]),
                y_m=float(y_m[nearest]),
                contacts=len(group) / replications,
                exposure_person_min=float(exposure.sum()) / replications,
                early_s=float(early_s),
                late_s=float(late_s),
                kind=str(kinds.index[int(np.argmax(kinds.to_numpy()))]),
            )
        )
    return sorted(spots, key=lambda spot: (-spot.exposure_person_min, -spot.contacts, spot.junction))


def _find_busiest(begin_s: NDArray[np.float64]) -> tuple[float, float]:
    """Find the shortest span of the clock with at least half of the begins; two days fall together."""
    clock_s = np.sort(begin_s % SECONDS_PER_DAY)
    half = (len(clock_s) + 1) // 2
    first = int(np.argmin(clock_s[half - 1 :] - clock_s[: len(clock_s) - half + 1]))
    return float(clock_s[first]), float(clock_s[first + half - 1])


def write_map_title(spots: list[Spot], shown: Mapping[str, Any], n: int, lang: str) -> tuple[str, str]:
    """Write the finding: how few junctions bear most of the exposure."""
    if n <= 0:
        return say("heat_no_result", lang), ""
    total = sum(spot.exposure_person_min for spot in spots)
    subtitle = say(
        "map_subtitle",
        lang,
        gap=format_gap(_known(shown["gap_min"]), bool(shown["is_another_day"]), lang),
        venue_1=shorten(str(shown["venue_1"] or "–"), 34),
        venue_2=shorten(str(shown["venue_2"] or "–"), 34),
        contacts=format_mean(sum(spot.contacts for spot in spots), lang),
        exposure=format_mean(total, lang),
    )
    if not spots or total <= 0.0:
        return say(
            "map_title_none" if not spots else "list_title", lang, **({} if spots else {"n": format_number(n, lang)})
        ), subtitle
    first = spots[0].exposure_person_min / total
    if first >= 0.5 or len(spots) == 1:
        name = shorten(spots[0].junction or say("junction_unnamed", lang), 48)
        return say("map_title_one", lang, share=format_percent(first, lang), junction=name), subtitle
    shares = np.cumsum([spot.exposure_person_min for spot in spots]) / total
    count = min(int(np.searchsorted(shares, 0.5)) + 1, len(spots))
    return say(
        "map_title_many", lang, n=count, total=len(spots), share=format_percent(float(shares[count - 1]), lang)
    ), subtitle


def choose_window(
    spots: list[Spot],
    contacts: pd.DataFrame,
    roads: pd.DataFrame,
    places: pd.DataFrame,
    shown: Mapping[str, Any],
    ratio: float,
) -> Bbox:
    """Choose the part of the map that holds the venues and the contacts, of the axes' shape."""
    venues = places[(places["kind"] == "venue") & places["name"].isin([shown["venue_1"], shown["venue_2"]])]
    x = [*venues["x_m"], *(spot.x_m for spot in spots[:TOP])]
    y = [*venues["y_m"], *(spot.y_m for spot in spots[:TOP])]
    if len(contacts):
        for quantile in (0.02, 0.98):
            x.append(float(contacts["x_m"].quantile(quantile)))
            y.append(float(contacts["y_m"].quantile(quantile)))
    if not x:
        source = places if len(places) else roads
        x, y = list(source["x_m"]), list(source["y_m"])
    if not x:
        x, y = [0.0], [0.0]
    width, height = max(x) - min(x), max(y) - min(y)
    width, height = max(1.3 * width, 800.0), max(1.3 * height, 800.0)  # room for circles and names at the edge
    width, height = max(width, height * ratio), max(height, width / ratio)
    middle_x, middle_y = 0.5 * (min(x) + max(x)), 0.5 * (min(y) + max(y))
    return Bbox.from_bounds(middle_x - 0.5 * width, middle_y - 0.5 * height, width, height)


def build_map_axes(
    figure: Figure,
    box_in: tuple[float, float, float, float],
    window: Bbox,
    size_in: tuple[float, float] = (style.WIDTH_IN, style.HEIGHT_IN),
) -> Axes:
    """Build the axes of the map; its shape is that of the window, so one metre is as long both ways."""
    left, bottom, width, height = box_in
    axes = figure.add_axes((left / size_in[0], bottom / size_in[1], width / size_in[0], height / size_in[1]))
    axes.set_facecolor(style.LAND)
    axes.set_xlim(window.x0, window.x1)
    axes.set_ylim(window.y0, window.y1)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect("equal", adjustable="box")
    for spine in axes.spines.values():
        spine.set_color(style.LIGHT)
    return axes


def draw_roads(axes: Axes, roads: pd.DataFrame, water: pd.DataFrame | None) -> None:
    """Draw rivers under roads; main classes thicker."""
    if water is not None and len(water):
        axes.add_collection(
            LineCollection(read_lines(water, "line"), colors=style.WATER, linewidths=5.0, capstyle="round", zorder=1)
        )
    if not len(roads):
        return
    classes = roads.groupby("link", sort=True)["highway"].first()
    lines = read_lines(roads, "link")
    width = np.array([_choose_road_width(str(highway)) for highway in classes])
    axes.add_collection(
        LineCollection(lines, colors=style.ROAD_CASING, linewidths=list(width + 1.8), capstyle="round", zorder=2)
    )
    axes.add_collection(LineCollection(lines, colors=style.ROAD, linewidths=list(width), capstyle="round", zorder=3))


def read_lines(frame: pd.DataFrame, key: str) -> list[NDArray[np.float64]]:
    """Return polylines (vertices, 2) by key, in the order of the keys."""
    ordered = frame.sort_values([key, "vertex"], kind="stable")
    keys = ordered[key].to_numpy()
    xy = ordered[["x_m", "y_m"]].to_numpy(np.float64)
    return np.split(xy, np.flatnonzero(keys[1:] != keys[:-1]) + 1)


def _densify(line: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Return points along a polyline (vertices, 2), at most a step apart."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(0.0, along[-1], int(along[-1] / step) + 2)
    return np.column_stack([np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])])


def _choose_road_width(highway: str) -> float:
    """Return a line width (points) by OSM class."""
    for width, names in ((3.2, ("motorway", "trunk", "primary")), (2.3, ("secondary",)), (1.6, ("tertiary",))):
        if highway.startswith(names):
            return width
    return 0.8


def draw_places(
    axes: Axes, labels: Labels, places: pd.DataFrame, shown: Mapping[str, Any], window: Bbox
) -> tuple[int, bool]:
    """Draw venues and assembly points by side; return how many of the latter lie beyond, and if other venues show."""
    outside, has_candidates = 0, False
    arrows: list[tuple[float, float]] = []
    for _, place in places[places["kind"] == "assembly"].iterrows():
        x, y, side = float(place["x_m"]), float(place["y_m"]), int(place["side"])
        if not window.contains(x, y):
            outside += 1
            _draw_arrow(axes, x, y, side, window, arrows)
            continue
        draw_badge(axes, x, y, str(side or ""), style.SIDE_COLOUR.get(side, style.GREY), 44.0, "o", 6.0, 6)
        labels.occupy_circle(x, y, 4.5)
    names = {1: shown["venue_1"], 2: shown["venue_2"]}
    venues = places[places["kind"] == "venue"]
    for _, place in venues.iterrows():
        x, y, name = float(place["x_m"]), float(place["y_m"]), str(place["name"])
        sides = [side for side, wanted in names.items() if wanted == name]
        if not window.contains(x, y):
            continue
        if sides:
            colour = style.SIDE_COLOUR[sides[0] if len(sides) == 1 else 0]
            mark = "/".join(str(side) for side in sides)
            draw_badge(axes, x, y, mark, colour, 250.0, "s", 11.0 if len(sides) == 1 else 8.0, 12)
            labels.occupy_circle(x, y, 10.0)
            labels.wait(x, y, wrap_name(name, 24, 2), 9.5, "bold", style.INK, 12.0, is_needed=True)
        else:
            has_candidates = True
            axes.scatter(
                [x], [y], s=70.0, marker="s", facecolor=style.PAPER, edgecolor=style.GREY, linewidth=1.2, zorder=7
            )
            labels.occupy_circle(x, y, 6.0)
            labels.wait(x, y, wrap_name(name, 22, 2), 7.5, "normal", style.GREY, 8.0, is_needed=False)
    return outside, has_candidates


def draw_badge(
    axes: Axes, x: float, y: float, text: str, colour: str, area: float, marker: str, size: float, zorder: int
) -> None:
    """Draw a marker with a digit in it, so that the side is told without colour too."""
    axes.scatter([x], [y], s=area, marker=marker, facecolor=colour, edgecolor=style.PAPER, linewidth=1.0, zorder=zorder)
    axes.annotate(
        text,
        (x, y),
        ha="center",
        va="center_baseline",
        fontsize=size,
        fontweight="bold",
        color=style.PAPER,
        zorder=zorder + 0.1,
    )


def _draw_arrow(axes: Axes, x: float, y: float, side: int, window: Bbox, taken: list[tuple[float, float]]) -> None:
    """Draw at the edge that a place lies beyond it; arrows do not lie on each other."""
    middle = np.array([0.5 * (window.x0 + window.x1), 0.5 * (window.y0 + window.y1)])
    half = 0.5 * np.array([window.width, window.height])
    toward = np.array([x, y]) - middle
    with np.errstate(divide="ignore"):
        reach = half / np.abs(toward)
    edge = middle + 0.992 * float(reach.min()) * toward
    along = np.array([1.0, 0.0]) if reach[1] <= reach[0] else np.array([0.0, 1.0])
    edge = find_free_place(edge, along, middle, half, 0.022 * window.height, taken)
    taken.append((float(edge[0]), float(edge[1])))
    back = -15.0 * toward / np.hypot(*toward)
    axes.annotate(
        "",
        (float(edge[0]), float(edge[1])),
        (float(back[0]), float(back[1])),
        textcoords="offset points",
        arrowprops={
            "arrowstyle": "-|>,head_length=0.5,head_width=0.28",
            "color": style.SIDE_COLOUR.get(side, style.GREY),
            "linewidth": 2.2,
            "shrinkA": 0.0,
            "shrinkB": 0.0,
        },
        zorder=6,
    )


def find_free_place(
    edge: NDArray[np.float64],
    along: NDArray[np.float64],
    middle: NDArray[np.float64],
    half: NDArray[np.float64],
    step: float,
    taken: Sequence[tuple[float, float]],
) -> NDArray[np.float64]:
    """Return the place on an edge nearest to the wanted one that no other mark takes; the wanted one where all are full.

    Parameters
    ----------
    edge, along
        (2,) the wanted place and the edge's direction.
    middle, half
        (2,) the window's middle and half its extent.
    step
        Least distance between two marks, in the window's units.
    taken
        Places of the marks drawn so far.
    """
    room, at = float(half @ along), float((edge - middle) @ along)
    slots = at + step * np.arange(-np.floor((room + at) / step), np.floor((room - at) / step) + 1.0)
    places = edge + np.outer(slots - at, along)
    others = np.reshape(taken, (-1, 2))
    apart = np.hypot(*(places[:, None] - others).transpose(2, 0, 1)).min(axis=1, initial=np.inf)
    is_free = apart >= 0.999 * step
    if not is_free.any():
        return edge
    return np.asarray(places[np.argmin(np.where(is_free, np.abs(slots - at), np.inf))])


def spot_area(exposure: float, largest: float) -> float:
    """Return a marker area (points²) in proportion to the exposure; the smallest stay just visible."""
    full = 4.0 * (LARGEST_SPOT_IN * POINTS_PER_INCH) ** 2  # scatter's s is the square of the diameter
    return max(9.0, full * exposure / largest) if largest > 0.0 else 9.0


def draw_spots(axes: Axes, labels: Labels, spots: list[Spot]) -> None:
    """Draw a circle per junction, the largest below; number the first ones."""
    largest = spots[0].exposure_person_min if spots else 0.0
    for rank, spot in enumerate(spots, start=1):
        area = spot_area(spot.exposure_person_min, largest)
        axes.scatter(
            [spot.x_m],
            [spot.y_m],
            s=area,
            facecolor=style.HOT_SPOT,
            alpha=0.62 if rank <= TOP else 0.4,
            edgecolor=style.PAPER,
            linewidth=0.9,
            zorder=4.0 + 0.5 * rank / (len(spots) + 1),
        )
        if rank <= TOP:
            labels.place_rank(spot.x_m, spot.y_m, str(rank), 0.5 * sqrt(area))


class Labels:
    """Puts labels where nothing else is: numbers first, then venues, then what there is room for."""

    def __init__(self, figure: Figure, axes: Axes, roads: pd.DataFrame) -> None:
        self.axes = axes
        # Points of the roads in pixels, close enough that no label lies between two of them.
        lines = [axes.transData.transform(line) for line in read_lines(roads, "link")] if len(roads) else []
        self.roads = np.concatenate([_densify(line, 12.0) for line in lines]) if lines else np.empty((0, 2))
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
        offset = np.asarray(artist.xyann, dtype=float)
        if np.hypot(*offset) > max(radius_pt, 6.0):
            end = self.axes.transData.inverted().transform(
                self.axes.transData.transform((x, y)) + offset * self.pixel_per_point
            )
            self.axes.plot([x, end[0]], [y, end[1]], color=style.INK, linewidth=0.9, zorder=12.5)

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
                covered = sum(_overlap(box, other) for other in self.taken)
                hard = covered + 3.0 * (box.width * box.height - _overlap(box, inside))
                soft = 0.0 if reach == 0.0 else self._count_roads(box) * 40.0 + 6.0 * distance
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


def _overlap(a: Bbox, b: Bbox) -> float:
    """Return the common area of two boxes, pixels²."""
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return width * height if width > 0.0 and height > 0.0 else 0.0


def draw_scale(axes: Axes, labels: Labels, window: Bbox, width_in: float, lang: str) -> None:
    """Draw the scale bar and the north arrow in the corners that are freest."""
    metre = round_down(0.2 * window.width)
    inset = 0.022 * window.width
    corners = {
        "left": (window.x0 + inset, window.y0 + inset),
        "right": (window.x1 - inset - metre, window.y0 + inset),
    }
    to_pixel = axes.transData.transform

    def compute_cost(corner: str) -> float:
        x, y = corners[corner]
        box = Bbox([to_pixel((x, y)), to_pixel((x + metre, y + 0.045 * window.height))])
        return sum(_overlap(box, other) for other in labels.taken)

    x, y = corners[min(corners, key=compute_cost)]
    text = f"{format_number(metre / 1000.0, lang)} km" if metre >= 1000.0 else f"{format_number(metre, lang)} m"
    axes.plot([x, x + metre], [y, y], color=style.INK, linewidth=2.4, solid_capstyle="butt", zorder=15)
    halo = {"facecolor": "#ffffffc0", "edgecolor": "none", "boxstyle": "round,pad=0.15"}
    axes.annotate(
        text,
        (x + 0.5 * metre, y),
        (0, 4),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=8.5,
        bbox=halo,
        zorder=15,
    )
    head = (window.x0 + 1.4 * inset, window.y1 - 0.8 * inset)
    axes.annotate(
        "",
        head,
        (0, -26),
        textcoords="offset points",
        arrowprops={"arrowstyle": "-|>", "color": style.INK, "linewidth": 1.6},
        zorder=15,
    )
    axes.annotate(
        say("north", lang),
        head,
        (0, -27),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=9,
        fontweight="bold",
        zorder=15,
    )


def round_down(value: float) -> float:
    """Return the largest 1, 2 or 5 times a power of ten that is not more than a value."""
    power = 10.0 ** floor(log10(value))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= value * (1 + 1e-9))


def _draw_list(
    figure: Figure,
    spots: list[Spot],
    shown: Mapping[str, Any] | None,
    verdict: Mapping[str, Any],
    outside: int,
    has_candidates: bool,
    lang: str,
) -> None:
    """Draw the list of junctions and the key beside the map."""
    left_in, bottom_in, width_in = MARGIN_IN + 8.05 + 0.28, 0.75, 4.15
    height_in = style.HEIGHT_IN - 0.75 - 1.42
    axes = figure.add_axes(
        (left_in / style.WIDTH_IN, bottom_in / style.HEIGHT_IN, width_in / style.WIDTH_IN, height_in / style.HEIGHT_IN)
    )
    axes.set_xlim(0.0, width_in)
    axes.set_ylim(0.0, height_in)
    axes.axis("off")
    y = height_in
    if spots:
        axes.text(0.0, y, say("list_title", lang), fontsize=11, fontweight="bold", va="top")
    right = {"contacts": 2.58, "exposure": 3.27, "hours": width_in}
    y -= 0.55
    if spots:
        headings = {
            "contacts": say("list_contacts", lang),
            "exposure": say("list_exposure", lang),
            "hours": say("list_hours", lang, zone=str(verdict.get("timezone_label", "WITA"))),
        }
        for name, text in headings.items():
            axes.text(right[name], y, text, fontsize=7.5, color=style.GREY, ha="right", va="bottom", linespacing=1.1)
        axes.plot([0.0, width_in], [y - 0.04, y - 0.04], color=style.LIGHT, linewidth=0.8)
        y -= 0.04
        for rank, spot in enumerate(spots[:TOP], start=1):
            y = _draw_list_row(axes, rank, spot, y, right, lang)
        rest = spots[TOP:]
        if rest:
            total = sum(spot.exposure_person_min for spot in spots)
            share = sum(spot.exposure_person_min for spot in rest) / total if total else 0.0
            text = say("list_more", lang, n=format_number(len(rest), lang), share=format_percent(share, lang))
            axes.text(0.30, y - 0.13, text, fontsize=8, color=style.GREY, va="center")
    elif shown is not None:
        high = _known(shown.get("p_contact_high", shown.get("high")))
        empty = (
            say("list_empty_plain", lang) if high is None else say("list_empty", lang, high=format_percent(high, lang))
        )
        axes.text(0.0, height_in, empty, fontsize=style.TEXT_PT, va="top", linespacing=1.5)
    _draw_map_key(axes, spots, outside, has_candidates, lang)


def _draw_list_row(axes: Axes, rank: int, spot: Spot, y: float, right: Mapping[str, float], lang: str) -> float:
    """Draw one junction of the list; return the bottom of its row."""
    row_in = 0.345
    name = spot.junction or say("junction_unnamed", lang)
    lines = name if len(name) <= 26 else wrap_name(name, 30, 2)
    kind = say("mainly", lang, type=say(f"type_{spot.kind}", lang))
    middle = y - 0.5 * row_in
    axes.add_patch(Circle((0.11, middle), 0.095, facecolor=style.INK, edgecolor="none"))
    axes.text(
        0.11, middle, str(rank), fontsize=7.5, fontweight="bold", color=style.PAPER, ha="center", va="center_baseline"
    )
    is_long = "\n" in lines
    axes.text(
        0.30,
        middle + (0.05 if is_long else 0.065),
        lines,
        fontsize=7.3 if is_long else 8.2,
        va="center",
        linespacing=1.02,
    )
    if is_long:
        axes.text(0.30, middle - 0.135, shorten(kind, 34), fontsize=6.0, color=style.GREY, va="center")
    else:
        axes.text(0.30, middle - 0.085, shorten(kind, 34), fontsize=6.6, color=style.GREY, va="center")
    first, last = format_clock(spot.early_s, lang), format_clock(spot.late_s, lang)
    hours = first if first == last else f"{first}–{last}"
    values = {
        "contacts": format_mean(spot.contacts, lang),
        "exposure": format_mean(spot.exposure_person_min, lang),
        "hours": hours,
    }
    for column, text in values.items():
        weight = "bold" if column == "exposure" else "normal"
        axes.text(right[column], middle, text, fontsize=8.5, fontweight=weight, ha="right", va="center")
    axes.plot([0.0, right["hours"]], [y - row_in, y - row_in], color="#e6e6ea", linewidth=0.6)
    return y - row_in


def _draw_map_key(axes: Axes, spots: list[Spot], outside: int, has_candidates: bool, lang: str) -> None:
    """Draw what the marks mean, at the bottom of the list."""
    y, size = 0.08, 7.5
    if outside:
        axes.annotate(
            "",
            (0.21, y),
            (0.01, y),
            arrowprops={"arrowstyle": "-|>,head_length=0.4,head_width=0.22", "color": style.GREY, "linewidth": 1.8},
        )
        axes.text(0.30, y, say("key_outside", lang, n=outside), fontsize=size, va="center")
        y += 0.165
    entries: list[tuple[str, str, str, float, str, float]] = []
    for side in (2, 1):
        entries.append(("o", style.SIDE_COLOUR[side], str(side), 44.0, say("key_assembly", lang, side=side), 6.0))
    for side in (2, 1):
        entries.append(("s", style.SIDE_COLOUR[side], str(side), 110.0, say("key_venue", lang, side=side), 7.5))
    if has_candidates:
        axes.scatter([0.11], [y], s=50.0, marker="s", facecolor=style.PAPER, edgecolor=style.GREY, linewidth=1.1)
        axes.text(0.30, y, say("key_candidate", lang), fontsize=size, va="center")
        y += 0.165
    for marker, colour, mark, area, text, text_pt in entries:
        draw_badge(axes, 0.11, y, mark, colour, area, marker, text_pt, 3)
        axes.text(0.30, y, text, fontsize=size, va="center")
        y += 0.165
    if spots and spots[0].exposure_person_min > 0.0:
        largest = spots[0].exposure_person_min
        reference = round_down(0.35 * largest)
        area = spot_area(reference, largest)
        radius_in = 0.5 * sqrt(area) / POINTS_PER_INCH
        x = axes.get_xlim()[1] - radius_in - 0.35
        axes.scatter([x], [0.42], s=area, facecolor=style.HOT_SPOT, alpha=0.62, edgecolor=style.PAPER)
        axes.text(
            x,
            0.42 - radius_in - 0.05,
            wrap_name(
                say("key_exposure", lang, value=format_number(reference, lang, 0 if reference >= 1.0 else 2)), 18, 2
            ),
            fontsize=6.8,
            ha="center",
            va="top",
            linespacing=1.05,
        )


# ---------------------------------------------------------------------------------------------------------------------
# Frame of both pictures


def _build_figure() -> Figure:
    """Build an empty slide without any global state of pyplot."""
    figure = Figure(figsize=(style.WIDTH_IN, style.HEIGHT_IN))
    FigureCanvasAgg(figure)
    return figure


def _draw_titles(figure: Figure, title: str, subtitle: str) -> None:
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


def _draw_footer(figure: Figure, points: pd.DataFrame | None, verdict: Mapping[str, Any], lang: str) -> None:
    """Write where the picture comes from: version, scenario, replications, seed; source and quality of the map."""
    counts = (
        sorted({int(n) for n in points["replications"]}) if points is not None else [int(verdict["replications"] or 0)]
    )
    n = f"{counts[0]}–{counts[-1]}" if len(counts) > 1 else format_number(counts[0] if counts else 0, lang)
    title = shorten(str(verdict["scenario_title"]), 70)
    text = say("footer", lang, version=str(verdict["version"]), title=title, n=n, seed=str(verdict["seed"]))
    lines = [text, shorten(describe_map(dict(verdict["map_quality"]), lang), 190)]
    figure.text(
        MARGIN_IN / style.WIDTH_IN,
        0.20 / style.HEIGHT_IN,
        "\n".join(lines),
        fontsize=style.FOOTER_PT,
        color=style.GREY,
        va="bottom",
        linespacing=1.3,
    )


def _known(value: Any) -> float | None:
    """Return a number, None when it is unknown."""
    return None if value is None or pd.isna(value) else float(value)
