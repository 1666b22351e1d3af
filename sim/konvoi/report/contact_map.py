"""The two pictures of a sweep: gap × venue pair, and where contacts begin. Tables in, figure out; nothing is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10, sqrt
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from konvoi.gap import Gap
from konvoi.report import style
from konvoi.report.canvas import MARGIN_IN, POINTS_PER_INCH, TOP, build_figure, draw_footer, draw_titles
from konvoi.report.labels import Labels, overlap
from konvoi.report.polylines import read_lines
from konvoi.report.verdict import Verdict
from konvoi.report.wording import format_gap, format_mean, format_percent, say, shorten, wrap_name
from konvoi.units import SECONDS_PER_DAY
from konvoi.words.formats import format_clock, format_number

LARGEST_SPOT_IN = 0.32  # radius of the junction with the largest exposure


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
    early_s: float  # shortest span in which half of them start, s after local midnight
    late_s: float
    kind: str  # the type with the largest exposure


def draw_contact_map(
    contacts: pd.DataFrame,
    roads: pd.DataFrame,
    places: pd.DataFrame,
    verdict: Verdict,
    lang: str,
    water: pd.DataFrame | None = None,
    point: Mapping[str, Any] | None = None,
) -> Figure:
    """Draw where contacts begin: a circle per junction, its area in proportion to the exposure per day.

    Parameters
    ----------
    contacts, roads, places, water
        `konvoi.tables.sides.SIDE_CONTACTS`, `konvoi.tables.sweep` ROADS, PLACES, WATER.
    point
        A row of POINTS to draw; default the planned layout of the verdict.
    """
    with style.use_style():
        figure = build_figure()
        shown = verdict.layout if point is None else point
        n = int(shown["replications"] or 0)
        own = contacts[contacts["point"] == shown["point"]] if shown["point"] is not None else contacts.iloc[:0]
        spots = build_spots(own, n)
        title, subtitle = write_map_title(spots, shown, n, lang)
        draw_titles(figure, title, subtitle)
        draw_footer(figure, [n], verdict, lang)
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
    """Find the shortest span of the clock in which at least half of the contacts start; two days fall together."""
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
        gap=format_gap(Gap.from_columns(shown), lang),
        venue_1=shorten(str(shown["venue_1"] or "–"), 34),
        venue_2=shorten(str(shown["venue_2"] or "–"), 34),
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
        return sum(overlap(box, other) for other in labels.taken)

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
    verdict: Verdict,
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
            "hours": say("list_hours", lang, zone=verdict.timezone_label),
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
        high = _known(shown["p_contact_high"])
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


def _known(value: Any) -> float | None:
    """Return a number, None when it is unknown."""
    return None if value is None or pd.isna(value) else float(value)
