"""What a day looks like on the road: columns along the shared road, junctions clear again, vehicles per minute.

Everything is read from the rides of a finished run: who was on which link from when to when.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from konvoi.arrays import FloatArray, IntArray
from konvoi.measures.contacts import compute_positions_m
from konvoi.network import RoadNetwork
from konvoi.plan.day_plan import DayPlan, UnitRoutes
from konvoi.tables.day import COLUMNS, ROUTES, SPINE, TRAFFIC
from konvoi.units import SECONDS_PER_MINUTE

TRIPS = ("out", "home")
PICTURE_CELL_M = 60.0  # vehicles of one side this close together are one dot of the animation
SPINE_SHARE = 0.95  # of the exposure on the route lies between the ends of the spine


class RoadColumns(Protocol):
    """The routes of the engine, with the virtual links behind the real ones."""

    @property
    def route_offset(self) -> IntArray: ...
    @property
    def route_link(self) -> IntArray: ...


class RideColumns(Protocol):
    """All rides of a run along links: one row per vehicle and link."""

    @property
    def vehicle(self) -> IntArray: ...
    @property
    def step(self) -> IntArray: ...
    @property
    def link(self) -> IntArray: ...
    @property
    def begin_s(self) -> FloatArray: ...
    @property
    def end_s(self) -> FloatArray: ...


@dataclass(frozen=True)
class StepTimes:
    """When each step of every trip's route was used: one entry per step, NaN where nobody did."""

    trip: IntArray
    link: IntArray
    head_in_s: FloatArray  # first vehicle enters the link
    tail_in_s: FloatArray  # last vehicle enters
    head_out_s: FloatArray
    tail_out_s: FloatArray
    vehicles: IntArray


def compute_step_times(roads: RoadColumns, rides: RideColumns) -> StepTimes:
    """Compute first and last entry and exit (s) of each step of every route."""
    n_steps, step = len(roads.route_link), rides.step
    head_in_s, tail_in_s, head_out_s, tail_out_s = (np.full(n_steps, np.nan) for _ in range(4))
    np.fmin.at(head_in_s, step, rides.begin_s)
    np.fmax.at(tail_in_s, step, rides.begin_s)
    np.fmin.at(head_out_s, step, rides.end_s)
    np.fmax.at(tail_out_s, step, rides.end_s)
    return StepTimes(
        trip=(np.searchsorted(roads.route_offset, np.arange(n_steps), side="right") - 1).astype(np.int32),
        link=roads.route_link,
        head_in_s=head_in_s,
        tail_in_s=tail_in_s,
        head_out_s=head_out_s,
        tail_out_s=tail_out_s,
        vehicles=np.bincount(step, minlength=n_steps).astype(np.int32),
    )


def find_spine(network: RoadNetwork, routes: UnitRoutes, contact_link: IntArray, exposure: FloatArray) -> IntArray:
    """Find the road along which most exposure begins: the nodes of a stretch of one trip's route, in order.

    The trip with the most exposure on its route wins, the shorter of equals; the stretch holds nearly all of it. Without contacts it is the whole route with the longest way shared by both sides.
    """
    piece = np.minimum(np.arange(len(network.link_twin)), network.link_twin)
    weight = np.zeros(len(piece))
    np.add.at(weight, piece[contact_link], exposure)
    if weight.sum() <= 0.0:
        by_side = []
        for side in (1, 2):
            used = np.zeros(len(piece), np.bool_)
            for unit in np.flatnonzero(routes.unit_side == side):
                used[piece[_get_links(routes, 2 * int(unit))]] = True
            by_side.append(used)
        weight = np.where(by_side[0] & by_side[1], network.link_length_m, 0.0)
    best: tuple[float, float, IntArray] | None = None
    for trip in range(2 * routes.n_units):
        links = _get_links(routes, trip)
        total = float(weight[np.unique(piece[links])].sum())
        length_m = float(network.link_length_m[links].sum())
        if best is None or (total, -length_m) > (best[0] + 1e-9, best[1]):
            best = (total, -length_m, links)
    assert best is not None
    links = best[2]
    _, first_use = np.unique(piece[links], return_index=True)
    own = np.zeros(len(links))
    own[first_use] = weight[piece[links[first_use]]]
    if best[0] > 0.0:
        share = np.cumsum(own) / own.sum()
        first = int(np.searchsorted(share, 0.5 * (1.0 - SPINE_SHARE), side="right"))
        last = min(int(np.searchsorted(share, 0.5 * (1.0 + SPINE_SHARE))), len(links) - 1)
        beside = 1 if last - first < 2 else 0  # a lone junction is shown with the roads at both sides of it
        links = links[max(0, first - beside) : last + beside + 1]
    nodes = np.concatenate([network.link_from[links[:1]], network.link_to[links]])
    # A route that comes back to a node makes a loop: the spine ends before it.
    _, seen = np.unique(nodes, return_index=True)
    repeated = np.setdiff1d(np.arange(len(nodes)), seen)
    return np.asarray(nodes[: repeated[0]] if len(repeated) else nodes, np.int32)


def build_spine(network: RoadNetwork, nodes: IntArray, node_name: Sequence[str]) -> pd.DataFrame:
    """Build the table of the spine's nodes (`konvoi.tables.day.SPINE`), named by one entry per node of the network."""
    length_m: dict[tuple[int, int], float] = {}
    for link in range(len(network.link_from)):
        ends = int(network.link_from[link]), int(network.link_to[link])
        length_m[ends] = min(float(network.link_length_m[link]), length_m.get(ends, np.inf))
    steps = [length_m[int(a), int(b)] for a, b in itertools.pairwise(nodes)]
    return SPINE.check(
        pd.DataFrame(
            {
                "order": np.arange(len(nodes)),
                "at_m": np.concatenate([[0.0], np.cumsum(steps)]),
                "x_m": network.node_x_m[nodes],
                "y_m": network.node_y_m[nodes],
                "junction": [node_name[node] for node in nodes],
            }
        ),
        "spine",
    )


def build_columns(
    network: RoadNetwork, routes: UnitRoutes, times: StepTimes, nodes: IntArray, at_m: FloatArray
) -> pd.DataFrame:
    """Build the table of columns along the spine but for ``example`` (`konvoi.tables.day.COLUMNS`).

    A trip that follows the spine gives one run of nodes in its order; one that only crosses it, a run of one node.
    """
    place = {int(node): order for order, node in enumerate(nodes)}
    n_links = len(network.link_from)
    rows = []
    run = 0
    for trip in range(2 * routes.n_units):
        own = np.flatnonzero((times.trip == trip) & (times.link < n_links) & (times.vehicles > 0))
        before: int | None = None
        for k, step in enumerate(own):
            link = times.link[step]
            moments = [(int(network.link_from[link]), times.head_in_s[step], times.tail_in_s[step])]
            if k == len(own) - 1:
                moments.append((int(network.link_to[link]), times.head_out_s[step], times.tail_out_s[step]))
            for node, head_s, tail_s in moments:
                order = place.get(node)
                if order is None or not np.isfinite(tail_s):
                    before = None
                    continue
                if before is None or abs(order - before) != 1:
                    run += 1
                before = order
                rows.append((trip, run, order, at_m[order], head_s, tail_s, times.vehicles[step]))
    frame = pd.DataFrame(rows, columns=["trip", "run", "order", "at_m", "head_s", "tail_s", "vehicles"])
    number = frame["trip"].to_numpy(np.int64)
    return frame.drop(columns="trip").assign(
        unit=np.array(routes.unit_name, dtype=object)[number // 2],
        side=routes.unit_side[number // 2],
        is_organised=routes.unit_is_organised[number // 2],
        trip=np.array(TRIPS, dtype=object)[number % 2],
    )[[name for name in COLUMNS.columns if name != "example"]]


def measure_junctions(
    network: RoadNetwork, routes: UnitRoutes, times: StepTimes, junction_node: IntArray
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Measure when each side first reaches and last leaves every junction.

    Returns
    -------
    First arrival and clear-by time (s) and vehicles, each (junctions, sides, trips); NaN and 0 where nobody passes.
    """
    place = np.full(len(network.node_x_m), -1)
    place[junction_node] = np.arange(len(junction_node))
    shape = (len(junction_node), 2, 2)
    first_s, clear_s, vehicles = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, np.int32)
    used = np.flatnonzero((times.link < len(network.link_from)) & (times.vehicles > 0))
    side, trip = routes.unit_side[times.trip[used] // 2] - 1, times.trip[used] % 2
    for node, early_s, late_s, is_counted in (
        (network.link_from[times.link[used]], times.head_in_s[used], times.tail_in_s[used], True),
        (network.link_to[times.link[used]], times.head_out_s[used], times.tail_out_s[used], False),
    ):
        at = place[node]
        chosen = at >= 0
        where = (at[chosen], side[chosen], trip[chosen])
        np.fmin.at(first_s, where, early_s[chosen])
        np.fmax.at(clear_s, where, late_s[chosen])
        if is_counted:
            np.add.at(vehicles, where, times.vehicles[used][chosen])
    return first_s, clear_s, vehicles


def build_traffic(network: RoadNetwork, plan: DayPlan, rides: RideColumns) -> pd.DataFrame:
    """Build the table of vehicles on the road at each full minute but for ``example`` (`konvoi.tables.day.TRAFFIC`).

    Positions between a link's ends are interpolated in time; vehicles of one side in one cell of road are one row.
    """
    keep = (rides.link < len(network.link_from)) & np.isfinite(rides.end_s)
    link, vehicle = rides.link[keep], rides.vehicle[keep]
    begin_s, end_s = rides.begin_s[keep], rides.end_s[keep]
    first = np.ceil(begin_s / SECONDS_PER_MINUTE).astype(np.int64)
    count = np.maximum(np.ceil(end_s / SECONDS_PER_MINUTE).astype(np.int64) - first, 0)
    row = np.repeat(np.arange(len(link)), count)
    minute = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    time_s = minute * SECONDS_PER_MINUTE
    share = (time_s - begin_s[row]) / (end_s[row] - begin_s[row])
    cell = np.floor(share * network.link_length_m[link[row]] / PICTURE_CELL_M).astype(np.int64)
    frame = pd.DataFrame(
        {
            "time_s": time_s,
            "side": plan.routes.unit_side[plan.vehicle_unit[vehicle[row]]],
            "link": link[row],
            "cell": cell,
            "people": plan.vehicle_people[vehicle[row]],
        }
    )
    grouped = frame.groupby(["time_s", "side", "link", "cell"], sort=True)["people"].agg(["size", "sum"]).reset_index()
    chosen = grouped["link"].to_numpy(np.int32)
    offset_m = np.minimum((grouped["cell"].to_numpy() + 0.5) * PICTURE_CELL_M, network.link_length_m[chosen])
    x_m, y_m = compute_positions_m(network, chosen, offset_m)
    return grouped.rename(columns={"size": "vehicles", "sum": "people"}).assign(
        x_m=np.round(x_m, 1), y_m=np.round(y_m, 1)
    )[[name for name in TRAFFIC.columns if name != "example"]]


def build_route_lines(network: RoadNetwork, routes: UnitRoutes) -> pd.DataFrame:
    """Build the table of the organised convoys' routes as lines but for ``point`` (`konvoi.tables.day.ROUTES`)."""
    frames = []
    for unit in np.flatnonzero(routes.unit_is_organised):
        for trip, name in enumerate(TRIPS):
            x_m, y_m = _trace(network, _get_links(routes, 2 * int(unit) + trip))
            frames.append(
                pd.DataFrame(
                    {
                        "unit": routes.unit_name[unit],
                        "side": int(routes.unit_side[unit]),
                        "trip": name,
                        "vertex": np.arange(len(x_m)),
                        "x_m": x_m,
                        "y_m": y_m,
                    }
                )
            )
    empty = ROUTES.build_empty().drop(columns="point")
    return pd.concat(frames, ignore_index=True) if frames else empty


def list_streets(network: RoadNetwork, routes: UnitRoutes, unit: int, trip: int) -> str:
    """List the streets of a trip in their order, each name once in a row."""
    streets: list[str] = []
    for link in _get_links(routes, 2 * unit + trip):
        name = network.link_name[link]
        if name and name not in streets:
            streets.append(name)
    return " → ".join(streets)


def _get_links(routes: UnitRoutes, trip: int) -> IntArray:
    """Return the links of a trip."""
    return routes.route_link[routes.route_offset[trip] : routes.route_offset[trip + 1]]


def _trace(network: RoadNetwork, links: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the vertices of links one after the other, joints once."""
    parts = [
        slice(network.shape_offset[link] + (k > 0), network.shape_offset[link + 1]) for k, link in enumerate(links)
    ]
    return (
        np.concatenate([network.shape_x_m[part] for part in parts]),
        np.concatenate([network.shape_y_m[part] for part in parts]),
    )
