"""The picture of gap × venue pair. Tables in, figure out; nothing is saved."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from konvoi.gap import DAY_APART, Gap
from konvoi.report import style
from konvoi.report.canvas import MARGIN_IN, POINTS_PER_INCH, build_figure, draw_footer, draw_titles
from konvoi.report.settings_words import describe_settings
from konvoi.report.verdict import Verdict
from konvoi.report.wording import (
    format_gap_briefly,
    format_level,
    format_mean,
    format_minutes,
    format_percent,
    format_percent_interval,
    format_runs,
    say,
    shorten,
    wrap_name,
)
from konvoi.study.intervals import compute_needed_replications
from konvoi.study.pair_rows import PairRow, list_gaps, split_rows
from konvoi.words.formats import format_number

# ---------------------------------------------------------------------------------------------------------------------
# Gap × venue pair


@dataclass(frozen=True)
class _Grid:
    """The cells of the heat map: rows are venue pairs, columns gaps, the last column another day."""

    rows: list[PairRow]
    gaps: list[Gap]
    cell: list[list[dict[str, Any] | None]]  # None: not simulated
    left: list[float]  # left edge of each column, in cells; another day stands apart

    @property
    def width(self) -> float:
        """Width of the grid, in cells."""
        return self.left[-1] + 1.0

    def find_largest_exposure(self) -> float:
        """Find the largest exposure of a cell, person-min a day; at least 10, so that a few person-minutes stay light."""
        cells = [cell for row in self.cell for cell in row if cell is not None and cell["replications"] > 0]
        return max([10.0, *(float(cell["side_exposure_person_min_mean"]) for cell in cells)])


def draw_heat_map(points: pd.DataFrame, verdict: Verdict, lang: str) -> Figure:
    """Draw how much and how often the sides meet, by gap (columns) and venue pair (rows, by distance along roads).

    The colour is exposure, on a log scale: where contact is near certain it still tells bad from worse.

    Parameters
    ----------
    points
        `konvoi.tables.sweep.POINTS`.
    verdict
        What `konvoi.report.verdict.build_verdict` made of them.
    lang
        "id" or "en".
    """
    with style.use_style():
        figure = build_figure()
        rows = split_rows(points)
        grid = _build_grid(rows)
        title, subtitle = write_heat_title(rows, verdict, lang)
        draw_titles(figure, title, subtitle)
        draw_footer(figure, [int(n) for n in points["replications"]], verdict, lang)
        if rows:
            _draw_grid(figure, grid, verdict, lang)
        return figure


def _build_grid(rows: list[PairRow]) -> _Grid:
    """Lay out rows and columns."""
    gaps = list_gaps(rows)
    cell = [[row.find(gap) for gap in gaps] for row in rows]
    left = [column + (0.22 if gap.is_another_day and column else 0.0) for column, gap in enumerate(gaps)]
    return _Grid(rows, gaps, cell, left)


def _draw_grid(figure: Figure, grid: _Grid, verdict: Verdict, lang: str) -> None:
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
    largest = grid.find_largest_exposure()
    planned: list[tuple[float, float]] = []
    for y, row in enumerate(grid.rows):
        for x, cell in zip(grid.left, grid.cell[y], strict=True):
            _draw_cell(axes, x, y, cell, largest, (cell_w, cell_h), lang)
            if cell is not None and cell["point"] == verdict.point:
                planned.append((x, y))
        _draw_row_label(axes, row, float(y), (label_in, cell_h), cell_w, lang)
    _draw_columns(axes, grid, cell_w, lang)
    has_border = _draw_border(axes, grid, verdict.threshold)
    for place in planned:
        _draw_plan_frame(axes, *place, (cell_w, cell_h), lang)
    shown = {
        "plan": bool(planned),
        "border": has_border,
        "gaps": any(cell is None or not cell["replications"] > 0 for line in grid.cell for cell in line),
    }
    _draw_heat_legend(figure, legend_left_in, style.HEIGHT_IN - top_in, largest, shown, verdict, lang)


def _draw_cell(
    axes: Axes,
    x: float,
    y: float,
    cell: dict[str, Any] | None,
    largest: float,
    size_in: tuple[float, float],
    lang: str,
) -> None:
    """Draw one cell: P in big figures; its interval, P of a large contact and exposure small."""
    width_in, height_in = size_in
    pixels = min(width_in / 5.4, height_in / 4.6) * POINTS_PER_INCH  # a point size that fits the widest text
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
    exposure = float(cell["side_exposure_person_min_mean"])
    shade = shade_exposure(exposure, largest)
    ink = style.choose_ink(shade)
    axes.add_patch(
        Rectangle((x, y), 1, 1, facecolor=style.PROBABILITY(shade), edgecolor=style.PAPER, linewidth=1.0, zorder=1)
    )
    small = [
        format_percent_interval(cell["p_contact_low"], cell["p_contact_high"], lang),
        say("heat_large", lang, p=format_percent(float(cell["p_large"]), lang)),
        say("heat_exposure", lang, exposure=format_mean(exposure, lang)),
    ]
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
        text = format_gap_briefly(gap, lang).replace(" ", "\n")
        axes.annotate(
            text,
            (x + 0.5, len(grid.rows)),
            (0, -6),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=min(size, 11.0) if gap.is_another_day else size,
            linespacing=1.05,
            annotation_clip=False,
        )
    numbers = sum(not gap.is_another_day for gap in grid.gaps)
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
    largest: float,
    shown: Mapping[str, bool],
    verdict: Verdict,
    lang: str,
) -> None:
    """Draw the colour bar and what the marks mean that are shown: the plan, the border, gaps in the design."""
    values = [0.0, *(10.0**power for power in (1, 3, 5) if 10.0**power <= 0.3 * largest), largest]
    left, width_in = left_in / style.WIDTH_IN, 1.85
    bar = figure.add_axes((left, (top_in - 0.5) / style.HEIGHT_IN, width_in / style.WIDTH_IN, 0.17 / style.HEIGHT_IN))
    colours = figure.colorbar(
        ScalarMappable(Normalize(0.0, 1.0), style.PROBABILITY),
        cax=bar,
        orientation="horizontal",
        ticks=[shade_exposure(value, largest) for value in values],
    )
    ticks = [*(format_number(value, lang) for value in values[:-1]), format_mean(values[-1], lang)]
    colours.ax.set_xticklabels(ticks, fontsize=style.SMALL_PT)
    colours.ax.tick_params(length=2.0, pad=2.0)
    first, *_, last = colours.ax.get_xticklabels()
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
            say("legend_small", lang, confidence=format_level(verdict.confidence, lang)),
        ),
        (say("heat_large", lang, p="12" + _say_percent(lang)), 7.0, "normal", say("legend_large", lang)),
        (say("heat_exposure", lang, exposure="350"), 7.0, "normal", say("legend_exposure", lang)),
    ]
    for sample, size, weight, meaning in texts:
        y -= 0.30
        axes.text(0.32, y, sample, fontsize=size, fontweight=weight, ha="center", va="center")
        axes.text(0.72, y, wrap_name(meaning, 22, 2), fontsize=8.5, va="center", linespacing=1.1)
        y -= 0.08 if len(meaning) > 22 else 0.0
    y -= 0.12
    threshold = format_level(verdict.threshold, lang)
    if shown["plan"]:
        y -= 0.36
        axes.add_patch(Rectangle((0.08, y - 0.11), 0.48, 0.22, fill=False, edgecolor=style.FRAME, linewidth=3.0))
        axes.text(0.72, y, say("legend_planned", lang), fontsize=8.5, va="center")
    y -= 0.42
    if shown["border"]:
        axes.plot([0.32, 0.32], [y - 0.15, y + 0.15], color=style.THRESHOLD, linewidth=3.2)
    key = "legend_threshold" if shown["border"] else "legend_no_border"
    axes.text(0.72, y, say(key, lang, threshold=threshold), fontsize=8.5, va="center", linespacing=1.15)
    if shown["gaps"]:
        y -= 0.44
        axes.add_patch(
            Rectangle(
                (0.08, y - 0.11), 0.48, 0.22, facecolor="#f2f2f2", edgecolor="#c4c4ca", hatch="////", linewidth=0.0
            )
        )
        axes.text(0.72, y, say("legend_not_simulated", lang), fontsize=8.5, va="center")


def shade_exposure(exposure_person_min: float, largest_person_min: float) -> float:
    """Return how dark an exposure is drawn, from 0 to 1: log(1 + E) of that of the largest."""
    return float(np.log1p(exposure_person_min) / np.log1p(largest_person_min))


def _say_percent(lang: str) -> str:
    """Return the sign of percent as the language spaces it."""
    return " %" if lang == "id" else "%"


def write_heat_title(rows: list[PairRow], verdict: Verdict, lang: str) -> tuple[str, str]:
    """Write the finding, computed from the table."""
    runs = {row.key: verdict.safe_gaps_by_pair.get(row.key, ()) for row in rows}
    found = [row for row in rows if runs[row.key]]
    numbers = [float(gap) for row in rows for gap in row.points["gap_min"].dropna()]
    threshold = format_level(verdict.threshold, lang)
    needed = compute_needed_replications(verdict.threshold, verdict.confidence)
    days = [row.find(DAY_APART) for row in rows]
    if not rows or not any((row.points["replications"] > 0).any() for row in rows):
        title = say("heat_no_result", lang)
    elif not numbers:
        title = say("heat_day_only", lang)
    elif all(runs[row.key][:1] == ((0.0, float(row.points["gap_min"].max())),) for row in rows):
        title = say("heat_no_gap_needed", lang, threshold=threshold)
    elif found and len(rows) == 1:
        is_worse_again = max(numbers) > runs[rows[0].key][-1][1]
        key = "heat_one_not_longer" if is_worse_again else "heat_one"
        title = say(key, lang, gaps=format_runs(runs[rows[0].key], lang))
    elif len(found) == len(rows):
        title = say("heat_all", lang)
    elif found:
        key = "heat_some_variants" if any(row.variant for row in rows) else "heat_some"
        title = say(key, lang, found=len(found), n=len(rows))
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
        is_day_enough = all(day is not None and day["p_contact_high"] < verdict.threshold for day in days)
        key = "heat_none_but_day" if is_day_enough else "heat_none"
        shortest, longest = (format_minutes(gap, lang) for gap in (min(numbers), max(numbers)))
        title = say(key, lang, shortest=shortest, longest=longest)
    confidence = format_level(verdict.confidence, lang)
    return title, say("heat_subtitle", lang, confidence=confidence, threshold=threshold)
