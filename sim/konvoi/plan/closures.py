"""Closed roads: which links they close, and the ways around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from konvoi.arrays import FloatArray, IntArray
from konvoi.config.scenario import Closure
from konvoi.errors import RouteError
from konvoi.network import RoadNetwork, project
from konvoi.plan.stops import Halt, find_nodes, find_passing
from konvoi.routing import find_route, match_street
from konvoi.units import SECONDS_PER_DAY, clock_to_s
from konvoi.words import Sentence


@dataclass(frozen=True)
class ClosedLink:
    """A link nobody may enter between two times of every day."""

    link: int
    begin_s: float  # of day
    end_s: float


@dataclass(frozen=True)
class Detour:
    """Another way to the end of a trip for those who find one of its links closed."""

    trip: int
    after: int  # links of the trip ridden before the closed one
    links: IntArray
    halts: tuple[tuple[int, int], ...]  # halts still to come, each with the links of the detour ridden before


def find_closed_links(
    network: RoadNetwork, place_node: Mapping[str, int], closures: Sequence[Closure]
) -> tuple[ClosedLink, ...]:
    """Find the links that are closed, each with its hours.

    Raises
    ------
    RouteError
        When a street or junction is not on the map, or no way joins the two.
    """
    closed: list[ClosedLink] = []
    links: IntArray
    for index, closure in enumerate(closures):
        path = f"closures.{index}"
        is_street = np.ones(len(network.link_from), np.bool_)
        if closure.street is not None:
            is_street = match_street(network, closure.street)
            if not is_street.any():
                raise RouteError(Sentence("faults.closure_street_unknown", path=path, street=closure.street))
        if closure.area:
            links = _find_within(network, closure.area, closure.classes, path)
        elif closure.between is None:
            links = np.flatnonzero(is_street).astype(np.int32)
        else:
            # The other direction of a divided road is a way of its own, hence both are searched.
            ends = [find_nodes(network, place_node, word, f"{path}.between") for word in closure.between]
            cost_m = np.where(is_street, network.link_length_m, np.inf)
            links = _find_shortest(network, ends[0], ends[1], cost_m, f"{path}.between")
            if closure.direction == "both":
                twins = network.link_twin[links]
                links = np.concatenate([links, twins[twins != links]])
                try:
                    back = _find_shortest(network, ends[1], ends[0], cost_m, f"{path}.between")
                except RouteError:  # a one-way street
                    back = links[:0]
                links = np.unique(np.concatenate([links, back]))
        begin_s, end_s = clock_to_s(closure.begin), clock_to_s(closure.end)
        hours = [(begin_s, end_s)] if begin_s < end_s else [(begin_s, SECONDS_PER_DAY), (0.0, end_s)]
        closed += [ClosedLink(int(link), *span) for link in links for span in hours if span[0] < span[1]]
    return tuple(closed)


def _find_within(
    network: RoadNetwork, corners: Sequence[tuple[float, float]], classes: Sequence[str], path: str
) -> IntArray:
    """Find the links that touch an area (corners in degrees).

    Raises
    ------
    RouteError
        When no road does.
    """
    import shapely

    lon_lat = np.array(corners, np.float64)
    area = shapely.Polygon(np.column_stack(project(network, lon_lat[:, 0], lon_lat[:, 1])))
    owner = np.repeat(np.arange(len(network.link_from)), np.diff(network.shape_offset))
    lines = shapely.linestrings(np.column_stack([network.shape_x_m, network.shape_y_m]), indices=owner)
    links = np.flatnonzero(shapely.intersects(shapely.make_valid(area), lines))
    if classes:
        links = links[[network.link_highway[link] in classes for link in links]]
    if not len(links):
        raise RouteError(Sentence("faults.closure_area_empty", path=path))
    return links.astype(np.int32)


def _find_shortest(
    network: RoadNetwork, starts: Sequence[int], ends: Sequence[int], cost_m: FloatArray, path: str
) -> IntArray:
    """Find the shortest links from any of some nodes to any of others."""
    found: list[IntArray] = []
    for start in starts:
        for end in ends:
            try:
                found.append(find_route(network, [start, end], cost_m))
            except RouteError:
                continue
    if not found:
        raise RouteError(Sentence("faults.closure_unjoined", path=path))
    return min(found, key=lambda links: float(cost_m[links].sum()))


def find_open_route(
    find: Callable[[FloatArray], IntArray],
    cost_s: FloatArray,
    compute_entry_s: Callable[[IntArray], FloatArray],
    closed: Sequence[ClosedLink],
) -> IntArray:
    """Find the fastest route that is open when it is ridden as planned; without one, the fastest: its riders wait.

    Parameters
    ----------
    find
        Returns the fastest route for given costs (s) of the links; raises RouteError when there is none.
    compute_entry_s
        Returns when each link of a route is entered as planned, s after local midnight.
    """
    fastest = route = find(cost_s)
    own_cost_s = cost_s.copy()
    while closed:
        entry_s = dict(zip(route.tolist(), compute_entry_s(route).tolist(), strict=True))
        blocked = [
            one.link
            for one in closed
            if one.link in entry_s and one.begin_s <= entry_s[one.link] % SECONDS_PER_DAY < one.end_s
        ]
        if not blocked:
            break
        own_cost_s[blocked] = np.inf
        try:
            route = find(own_cost_s)
        except RouteError:
            return fastest
    return route


def find_detours(
    network: RoadNetwork,
    trips: Sequence[IntArray],
    halts: Sequence[Halt],
    closed: Sequence[ClosedLink],
    cost_s: FloatArray,
) -> tuple[Detour, ...]:
    """Find the fastest way around for each closed link of each trip, from the junction before it, by no closed link.

    It passes the halts that are still to come, but not the via points or streets of the trip. Where there is none, who
    finds the link closed waits.
    """
    is_closed = np.zeros(len(network.link_from), np.bool_)
    is_closed[[one.link for one in closed]] = True
    open_cost_s = np.where(is_closed, np.inf, cost_s)
    detours = []
    for trip, links in enumerate(trips):
        for after in np.flatnonzero(is_closed[links]).tolist():
            coming = [
                (index, halt.node) for index, halt in enumerate(halts) if halt.trip == trip and halt.after > after
            ]
            nodes = [
                int(network.link_from[links[after]]),
                *(node for _, node in coming),
                int(network.link_to[links[-1]]),
            ]
            try:
                around = find_route(network, nodes, open_cost_s)
            except RouteError:
                continue
            stops, first = [], 0
            for index, node in coming:
                passing = find_passing(network, around, [node], first)
                assert passing is not None  # the way leads there
                stops.append((index, first := passing))
            detours.append(Detour(trip, after, around, tuple(stops)))
    return tuple(detours)
