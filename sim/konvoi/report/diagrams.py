"""Pictures of the pack: the space–time diagram of the shared road, and the map of hot spots at the size of a slide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from konvoi.report import style
from konvoi.report.answer import Answer
from konvoi.report.contact_map import Spot, build_map_axes, choose_window, draw_places, draw_roads, draw_scale
from konvoi.report.contact_map import draw_spots as draw_circles
from konvoi.report.fit import cut_to_lines, wrap_to_width
from konvoi.report.labels import Labels
from konvoi.report.sweep_tables import SweepTables
from konvoi.report.wording import format_minutes, format_percent, say
from konvoi.units import SECONDS_PER_MINUTE
from konvoi.words.formats import format_clock

NEAR_SPINE_M = 150.0  # contacts this near are drawn on the spine
MAP_SCALE = 1.75  # the map is drawn small and shown large, so that its labels can be read from afar
N_LISTED = 6


@dataclass(frozen=True)
class Slack:
    """The narrowest time between the two sides at one junction."""

    junction: str
    at_m: float
    from_s: float  # one side has left
    until_s: float  # the other side comes; earlier than from_s when they overlap

    @property
    def minutes(self) -> float:
        """Length, min; negative for an overlap."""
        return (self.until_s - self.from_s) / SECONDS_PER_MINUTE


def find_slack(columns: pd.DataFrame, spine: pd.DataFrame, spots: Sequence[Spot]) -> Slack | None:
    """Find the narrowest time between trips of the two sides at the junction with the largest exposure.

    Without a contact, the junction where that time is shortest.

    Parameters
    ----------
    columns
        `konvoi.tables.day.COLUMNS` of one example day.
    """
    hulls: dict[tuple[int, int, str], tuple[float, float]] = {}
    for _, row in columns.iterrows():
        key = int(row["order"]), int(row["side"]), str(row["trip"])
        head_s, tail_s = hulls.get(key, (np.inf, -np.inf))
        hulls[key] = min(head_s, float(row["head_s"])), max(tail_s, float(row["tail_s"]))
    found: list[Slack] = []
    for _, node in spine[spine["junction"] != ""].iterrows():
        best: tuple[float, float] | None = None
        for first in ("out", "home"):
            for second in ("out", "home"):
                keys = (int(node["order"]), 1, first), (int(node["order"]), 2, second)
                if any(key not in hulls for key in keys):
                    continue
                (head_1, tail_1), (head_2, tail_2) = (hulls[key] for key in keys)
                pair = max(((tail_1, head_2), (tail_2, head_1)), key=lambda ends: ends[1] - ends[0])
                if best is None or pair[1] - pair[0] < best[1] - best[0]:
                    best = pair
        if best is not None:
            found.append(Slack(str(node["junction"]), float(node["at_m"]), *best))
    rank = {spot.junction: index for index, spot in enumerate(spots)}
    return min(found, key=lambda slack: (rank.get(slack.junction, len(rank)), slack.minutes), default=None)


def draw_space_time(
    columns: pd.DataFrame,
    spine: pd.DataFrame,
    contacts: pd.DataFrame,
    spots: Sequence[Spot],
    lang: str,
    zone: str,
    size_in: tuple[float, float] = (12.4, 5.3),
    text_pt: float = 18.0,
    title: str = "",
    footer: str = "",
) -> Figure:
    """Draw when the columns of both sides are where along the shared road.

    A column is the area between its head and its tail. Dots are contacts; the arrow is the slack, or the overlap.

    Parameters
    ----------
    columns, contacts
        `konvoi.tables.sweep` COLUMNS and CONTACTS of one example day.
    spots
        Of the design point, the largest exposure first: they choose which junctions are named.
    """
    with style.use_style():
        figure = Figure(figsize=size_in)
        FigureCanvasAgg(figure)
        label_in = min(3.6 * text_pt / 18.0, 0.32 * size_in[0])
        head_in, foot_in = (1.0, 0.6) if title else (0.0, 0.0)
        bottom_in, top_in = 3.0 * text_pt / 72.0 + foot_in, 2.0 * text_pt / 72.0 + head_in
        axes = figure.add_axes(
            (
                label_in / size_in[0],
                bottom_in / size_in[1],
                1 - (label_in + 2.0 * text_pt / 72.0) / size_in[0],
                1 - (bottom_in + top_in) / size_in[1],
            )
        )
        low_s, high_s = float(columns["head_s"].min()), float(columns["tail_s"].max())
        low_km, high_km = _find_stretch_km(contacts, spine)
        pad_s, pad_km = 0.02 * (high_s - low_s) + 60.0, 0.04 * (high_km - low_km) + 0.02
        axes.set_xlim(low_s - pad_s, high_s + pad_s)
        axes.set_ylim(high_km + pad_km, low_km - pad_km)
        _draw_clock(axes, lang, zone, text_pt)
        _draw_columns(axes, columns)
        _draw_contacts(axes, contacts, spine, text_pt)
        slack = find_slack(columns, spine, spots)
        _name_junctions(axes, spine, spots, slack, label_in, text_pt)
        if slack is not None:
            _draw_slack(axes, slack, lang, text_pt)
        _draw_sides(figure, columns, len(contacts) > 0, lang, text_pt, size_in, head_in)
        if title:
            figure.text(0.03, 1 - 0.4 / size_in[1], title, fontsize=style.TITLE_PT, fontweight="bold", va="top")
            text = "\n".join(wrap_to_width(footer, style.FOOTER_PT, 0.9 * size_in[0]))
            figure.text(0.03, 0.2 / size_in[1], text, fontsize=style.FOOTER_PT, color=style.GREY, va="bottom")
        return figure


def _find_stretch_km(contacts: pd.DataFrame, spine: pd.DataFrame) -> tuple[float, float]:
    """Find the stretch (km) to draw: where contacts lie with a kilometre beside them; all of it when there are few."""
    at_km = spine["at_m"].to_numpy(np.float64) / 1000.0
    whole = float(at_km.min()), float(at_km.max())
    if len(contacts) < 10 or len(spine) < 2:
        return whole
    at_m, distance_m = project_to_spine(contacts, spine)
    near = at_m[distance_m <= NEAR_SPINE_M]
    if len(near) < 10:
        return whole
    low, high = np.quantile(near, [0.02, 0.98]) / 1000.0
    return max(whole[0], float(low) - 1.0), min(whole[1], float(high) + 1.0)


def _draw_clock(axes: Axes, lang: str, zone: str, text_pt: float) -> None:
    """Write the hours under the axis; fewer where they would touch."""
    low_s, high_s = axes.get_xlim()
    width_pt = axes.get_position().width * axes.figure.get_size_inches()[0] * 72.0  # type: ignore[union-attr]
    most = max(2.0, width_pt / (3.6 * text_pt))
    step_s = next(
        step
        for step in (900.0, 1800.0, 3600.0, 7200.0, 10800.0, 21600.0, 43200.0, 86400.0 * 30)
        if (high_s - low_s) / step <= most
    )
    ticks = np.arange(np.ceil(low_s / step_s) * step_s, high_s, step_s)
    axes.set_xticks(ticks, [format_clock(float(tick), lang) for tick in ticks], fontsize=text_pt)
    axes.set_xlabel(say("axis_time", lang, zone=zone), fontsize=text_pt, color=style.GREY)
    axes.tick_params(length=0.0, pad=4.0)
    axes.grid(axis="x", color="#e3e3e7", linewidth=0.8)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")


def _draw_columns(axes: Axes, columns: pd.DataFrame) -> None:
    """Draw each run along the spine as an area, a crossing as a bar; dispersed groups paler than convoys."""
    for is_organised, alpha in ((False, 0.10), (True, 0.24)):
        own = columns[columns["is_organised"] == is_organised]
        # By the time of their heads, so that neither side lies on top of the other.
        runs = sorted((run.sort_values("order") for _, run in own.groupby("run")), key=lambda run: run["head_s"].min())
        for run in runs:
            side = int(run["side"].iloc[0])
            km = run["at_m"].to_numpy(np.float64) / 1000.0
            head_s, tail_s = (run[name].to_numpy(np.float64) for name in ("head_s", "tail_s"))
            colour = style.SIDE_COLOUR[side]
            if len(run) == 1:
                width = 7.0 if is_organised else 3.5
                axes.plot([head_s[0], tail_s[0]], [km[0]] * 2, color=colour, alpha=0.4 + alpha, linewidth=width,
                          solid_capstyle="butt", zorder=2 + is_organised)  # fmt: skip
                continue
            axes.add_collection(
                PolyCollection(
                    [np.column_stack([np.concatenate([head_s, tail_s[::-1]]), np.concatenate([km, km[::-1]])])],
                    facecolor=colour,
                    alpha=alpha,
                    edgecolor=colour,
                    linewidth=0.5,
                    hatch="////" if side == 2 and is_organised else None,
                    zorder=2 + is_organised,
                )
            )


def _draw_contacts(axes: Axes, contacts: pd.DataFrame, spine: pd.DataFrame, text_pt: float) -> None:
    """Draw where and when contacts begin, those near the spine."""
    if not len(contacts) or len(spine) < 2:
        return
    at_m, distance_m = project_to_spine(contacts, spine)
    near = distance_m <= NEAR_SPINE_M
    many = int(near.sum())
    axes.scatter(
        contacts["begin_s"].to_numpy(np.float64)[near],
        at_m[near] / 1000.0,
        s=(34.0 if many <= 60 else 14.0) * (text_pt / 18.0) ** 2,
        color=style.INK,
        edgecolor=style.PAPER,
        linewidth=0.5,
        zorder=6,
    )


def project_to_spine(frame: pd.DataFrame, spine: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each point's distance along the spine and from it (m), on the straight lines between its nodes."""
    x, y = frame["x_m"].to_numpy(np.float64), frame["y_m"].to_numpy(np.float64)
    node_x, node_y, node_at = (spine[name].to_numpy(np.float64) for name in ("x_m", "y_m", "at_m"))
    best_at, best = np.zeros(len(x)), np.full(len(x), np.inf)
    for k in range(len(node_at) - 1):
        dx, dy = node_x[k + 1] - node_x[k], node_y[k + 1] - node_y[k]
        square = dx * dx + dy * dy
        share = np.clip(((x - node_x[k]) * dx + (y - node_y[k]) * dy) / square, 0.0, 1.0) if square > 0 else 0.0 * x
        distance = np.hypot(x - node_x[k] - share * dx, y - node_y[k] - share * dy)
        nearer = distance < best
        best[nearer] = distance[nearer]
        best_at[nearer] = (node_at[k] + share * (node_at[k + 1] - node_at[k]))[nearer]
    return best_at, best


def _name_junctions(
    axes: Axes, spine: pd.DataFrame, spots: Sequence[Spot], slack: Slack | None, label_in: float, text_pt: float
) -> None:
    """Name junctions at the left, those with the largest exposure first, as many as do not touch."""
    rank = {spot.junction: index for index, spot in enumerate(spots)}
    if slack is not None:
        rank[slack.junction] = -1
    high_km, low_km = axes.get_ylim()
    inside = (spine["at_m"] / 1000.0 >= low_km) & (spine["at_m"] / 1000.0 <= high_km)
    named = spine[(spine["junction"] != "") & inside]
    order = sorted(named.index, key=lambda k: (rank.get(str(named.loc[k, "junction"]), len(rank)), k))
    height_in = axes.get_position().height * axes.figure.get_size_inches()[1]  # type: ignore[union-attr]
    least_km = 1.25 * text_pt / 72.0 / height_in * (high_km - low_km)
    taken: list[float] = []
    labels: list[str] = []
    for k in order:
        km = float(named.loc[k, "at_m"]) / 1000.0
        if all(abs(km - other) >= least_km for other in taken):
            taken.append(km)
            labels.append(cut_to_lines(str(named.loc[k, "junction"]), 1, text_pt, label_in - 0.12))
    axes.set_yticks(taken, labels, fontsize=text_pt)
    for km in taken:
        axes.axhline(km, color="#e3e3e7", linewidth=0.8, zorder=0)


def _draw_slack(axes: Axes, slack: Slack, lang: str, text_pt: float) -> None:
    """Draw the slack or the overlap as an arrow with its minutes."""
    km = slack.at_m / 1000.0
    colour = style.INK if slack.minutes > 0 else style.THRESHOLD
    key = "slack_free" if slack.minutes > 0 else "slack_overlap"
    text = say(key, lang, minutes=format_minutes(float(round(abs(slack.minutes))), lang))
    axes.annotate(
        "",
        (slack.until_s, km),
        (slack.from_s, km),
        arrowprops={
            "arrowstyle": "<|-|>,head_length=0.6,head_width=0.35",
            "color": colour,
            "linewidth": text_pt / 6.0,
            "mutation_scale": 0.6 * text_pt,
            "shrinkA": 0.0,
            "shrinkB": 0.0,
        },
        zorder=9,
    )
    low_s, high_s = axes.get_xlim()
    middle_s = 0.5 * (slack.from_s + slack.until_s)
    side = "left" if middle_s - low_s < 0.3 * (high_s - low_s) else (
        "right" if high_s - middle_s < 0.3 * (high_s - low_s) else "center"
    )  # fmt: skip
    is_low = km > 0.5 * sum(axes.get_ylim())
    axes.annotate(
        text,
        (middle_s, km),
        (0.0, 0.75 * text_pt * (1.0 if is_low else -1.0)),
        textcoords="offset points",
        ha=side,
        va="bottom" if is_low else "top",
        fontsize=text_pt,
        fontweight="bold",
        color=colour,
        bbox={"facecolor": "#ffffffe6", "edgecolor": "none", "boxstyle": "round,pad=0.15"},
        zorder=10,
    )


def _draw_sides(
    figure: Figure,
    columns: pd.DataFrame,
    has_contacts: bool,
    lang: str,
    text_pt: float,
    size_in: tuple[float, float],
    head_in: float,
) -> None:
    """Say above the diagram which colour is whose, and what the dots are."""
    height = 1.7 * text_pt / 72.0 / size_in[1]
    axes = figure.add_axes((0.03 if head_in else 0.0, 1 - head_in / size_in[1] - height, 0.97, height))
    axes.set_xlim(0.0, size_in[0])
    axes.set_ylim(0.0, 1.0)
    axes.axis("off")
    x, unit = 0.1, text_pt / 18.0
    for side in (1, 2):
        axes.add_collection(
            PolyCollection(
                [np.array([[x, 0.25], [x + 0.5 * unit, 0.25], [x + 0.5 * unit, 0.8], [x, 0.8]])],
                facecolor=style.SIDE_COLOUR[side],
                alpha=0.6,
                hatch="////" if side == 2 else None,
                edgecolor=style.SIDE_COLOUR[side],
            )
        )
        axes.text(x + 0.62 * unit, 0.5, say("side", lang, side=side), fontsize=text_pt, va="center")
        x += 2.35 * unit
    if has_contacts:
        axes.scatter([x + 0.1], [0.5], s=40.0 * unit**2, color=style.INK)
        axes.text(x + 0.3 * unit, 0.5, say("dots_contacts", lang), fontsize=text_pt, va="center")


def draw_hot_spots(
    contacts: pd.DataFrame,
    spots: list[Spot],
    roads: pd.DataFrame,
    places: pd.DataFrame,
    shown: Mapping[str, Any],
    lang: str,
    zone: str,
    water: pd.DataFrame | None = None,
    size_in: tuple[float, float] = (12.4, 5.3),
) -> Figure:
    """Draw the hot spots with their names and busiest hours, readable at the size of a slide.

    Parameters
    ----------
    contacts
        `konvoi.tables.sweep.CONTACTS` of the design point shown.
    size_in
        Of the place on the slide; the figure itself is `MAP_SCALE` times smaller.
    """
    width, height = size_in[0] / MAP_SCALE, size_in[1] / MAP_SCALE
    list_in = 0.37 * width
    with style.use_style():
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        box_in = (0.02, 0.02, width - list_in - 0.04, height - 0.04)
        window = choose_window(spots, contacts, roads, places, shown, box_in[2] / box_in[3])
        axes = build_map_axes(figure, box_in, window, (width, height))
        draw_roads(axes, roads, water)
        labels = Labels(figure, axes, roads)
        draw_places(axes, labels, places, shown, window)
        draw_circles(axes, labels, spots[:N_LISTED])
        labels.place_waiting()
        draw_scale(axes, labels, window, box_in[2], lang)
        side = figure.add_axes(((width - list_in) / width, 0.0, list_in / width, 1.0))
        side.set_xlim(0.0, list_in)
        side.set_ylim(height, 0.0)
        side.axis("off")
        _list_hot_spots(side, spots, list_in, height, lang, zone)
        return figure


def _list_hot_spots(axes: Axes, spots: list[Spot], width_in: float, height_in: float, lang: str, zone: str) -> None:
    """List the names, hours and shares of the hot spots beside the map."""
    size = 18.0 / MAP_SCALE
    if not spots:
        axes.text(0.1, 0.3, say("list_empty_plain", lang), fontsize=size, va="top")
        return
    total = sum(spot.exposure_person_min for spot in spots)
    axes.text(0.42, 0.02, say("spot_heading", lang, zone=zone), fontsize=size, color=style.GREY, va="top")
    head_in = 1.7 * size / 72.0
    row_in = (height_in - head_in) / N_LISTED
    for rank, spot in enumerate(spots[:N_LISTED]):
        top = head_in + rank * row_in
        axes.text(
            0.20, top + 0.10, str(rank + 1), fontsize=size, fontweight="bold", color=style.PAPER, ha="center",
            va="center",
            bbox={"facecolor": style.INK, "edgecolor": "none", "boxstyle": "circle,pad=0.22"},
        )  # fmt: skip
        name = cut_to_lines(spot.junction or say("junction_unnamed", lang), 1, size, width_in - 0.47, True)
        axes.text(0.42, top + 0.02, name, fontsize=size, fontweight="bold", va="top")
        first, last = format_clock(spot.early_s, lang), format_clock(spot.late_s, lang)
        hours = first if first == last else f"{first}–{last}"
        share = format_percent(spot.exposure_person_min / total, lang) if total > 0 else "–"
        axes.text(
            0.42,
            top + 0.02 + 1.25 * size / 72.0,
            f"{hours} · {share}",
            fontsize=size,
            va="top",
            color=style.GREY,
        )


def choose_example(examples: pd.DataFrame | None, wanted: str = "typical") -> pd.Series[Any] | None:
    """Return the row of an example day; None when there is none."""
    chosen = examples[examples["example"] == wanted] if examples is not None else None
    return chosen.iloc[0] if chosen is not None and len(chosen) else None


def draw_example(
    tables: SweepTables,
    answer: Answer,
    lang: str,
    size_in: tuple[float, float] = (12.4, 5.3),
    text_pt: float = 18.0,
    *,
    wanted: str = "typical",
    is_framed: bool = False,
) -> Figure | None:
    """Draw the space–time diagram of an example day, framed with title and source; None when the folder has none."""
    example = choose_example(tables.examples, wanted)
    if example is None or tables.columns is None or tables.spine is None or len(tables.spine) < 2:
        return None
    columns = tables.columns[tables.columns["example"] == wanted]
    if not len(columns):
        return None
    contacts = tables.contacts[
        (tables.contacts["point"] == example["point"]) & (tables.contacts["replication"] == example["replication"])
    ]
    title = (
        say(
            "example_title",
            lang,
            day=say(f"example_{wanted}", lang),
            replication=int(example["replication"]),
            quantile=format_percent(float(example["quantile"]), lang),
        )
        if is_framed
        else ""
    )
    return draw_space_time(
        columns, tables.spine, contacts, answer.spots, lang, tables.zone, size_in, text_pt, title, answer.footer
    )
