"""What happens on the way: halts, columns that are joined, closed roads, and where crowds stand.

All of it is fixed by the scenario and the map; it holds no chance and is shared by all replications (`sim.plan`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.config import Closure, Hold, Scenario
from sim.errors import RouteError
from sim.network import RoadNetwork
from sim.routing import find_route, match_street
from sim.units import SECONDS_PER_DAY, clock_to_s, minutes_to_s

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

AT_ASSEMBLY, AT_HALT, AT_RALLY = 0, 1, 2  # kinds of crowds


@dataclass(frozen=True)
class Halt:
    """Where a column leaves the carriageway and waits.

    It goes on when the clock of its day has come, when all of it has closed up (if it waits for that) and when the
    awaited columns have passed; at the latest when its patience ends, counted from its first vehicle's coming.
    """

    trip: int  # 2·unit + phase
    name: str
    node: int
    after: int  # links of the trip ridden before
    clock_s: float  # of day; 0 for none
    is_closing_up: bool
    watches: tuple[int, ...]  # all vehicles of each must have passed
    patience_s: float


@dataclass(frozen=True)
class Join:
    """A column that waits at its assembly point for another one and falls in with it."""

    unit: int
    watch: int
    is_behind_tail: bool
    patience_s: float  # after its own planned hour


@dataclass(frozen=True)
class Watch:
    """A place where the passing of a column is noticed: the begin of a link of its trip."""

    trip: int
    after: int  # links of the trip ridden before


@dataclass(frozen=True)
class Crowd:
    """People of one side who stand at a place: at an assembly point, a hold point or the venue."""

    name: str
    side: int
    node: int
    kind: int  # AT_ASSEMBLY, AT_HALT or AT_RALLY
    members: tuple[int, ...]  # units that gather there, or halts; none for a venue


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


def find_passing(network: RoadNetwork, links: IntArray, nodes: Sequence[int], first: int = 0) -> int | None:
    """Find how many links of a route are ridden before it first comes to one of some nodes, from ``first`` on."""
    ends = np.concatenate([network.link_from[links[:1]], network.link_to[links]])
    found = np.flatnonzero(np.isin(ends[first:], nodes))
    return first + int(found[0]) if len(found) else None


def find_nodes(network: RoadNetwork, place_node: Mapping[str, int], word: str, path: str) -> list[int]:
    """Find the nodes a word means: the key of a place, or the name of a junction, which may have several nodes.

    Raises
    ------
    RouteError
        When it is neither.
    """
    if word in place_node:
        return [place_node[word]]
    wanted = word.casefold()
    nodes = [node for node, name in enumerate(network.node_name) if name.casefold() == wanted]
    if not nodes:
        import difflib

        close = difflib.get_close_matches(word, sorted({*place_node, *network.node_name} - {""}), n=1)
        raise RouteError(
            f"{path}: {word!r} is neither the key of a place nor the name of a junction of the map"
            f"{f'; did you mean {close[0]!r}?' if close else ''}"
        )
    return nodes


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
                raise RouteError(f"{path}.street: no street of the map is called {closure.street!r}")
        if closure.between is None:
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
        closed += [ClosedLink(int(link), begin_s, end_s) for link in links]
    return tuple(closed)


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
        raise RouteError(f"{path}: no way of the map leads from the first to the second; name two ends of one road")
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


def build_halt(
    network: RoadNetwork,
    scenario: Scenario,
    place_node: Mapping[str, int],
    links: IntArray,
    hold: Hold,
    trip: int,
    first: int,
    watches: tuple[int, ...],
    path: str,
) -> Halt:
    """Build the halt of a trip at the first passing of its place from a link on.

    Raises
    ------
    RouteError
        When the trip does not pass there.
    """
    after = find_passing(network, links, [place_node[hold.at]], first)
    if after is None:
        raise RouteError(
            f"{path}.at: the route does not pass {scenario.places[hold.at].name} (in this order); "
            "give the holds in riding order, on the declared streets"
        )
    return Halt(
        trip=trip,
        name=scenario.places[hold.at].name,
        node=place_node[hold.at],
        after=after,
        clock_s=0.0 if hold.until is None else clock_to_s(hold.until),
        is_closing_up=hold.until_closed_up,
        watches=watches,
        patience_s=minutes_to_s(hold.patience_min),
    )


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
