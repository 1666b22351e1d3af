"""RoadNetwork → routes: links in order, through given nodes, cheapest first."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from konvoi.arrays import FloatArray, IntArray
from konvoi.errors import RouteError, find_meant
from konvoi.network import RoadNetwork
from konvoi.words import Sentence

AnyIntArray = NDArray[np.signedinteger[Any]]

DETOUR_FACTOR = 3.0  # assumption: a named street is kept to unless leaving it is three times shorter
# assumption: nobody evades a forbidden turn by turning round where another way is at most so long
TURN_ROUND_FACTOR = 3.0


class _Ways(NamedTuple):
    """What a search goes by: E edges between points, each along a link."""

    start: AnyIntArray  # (E,)
    end: AnyIntArray
    link: AnyIntArray
    factor: FloatArray  # on the cost of the link
    n_points: int
    first_arrival: int  # a node is the point of its own number, and as the end of a route this much later


def _list_ways(network: RoadNetwork) -> _Ways:
    """List the ways through a network: from node to node, or where turns are forbidden from link to link.

    There the end of each link is a point from which only permitted turns lead (Caldwell 1961, doi 10.1145/366199.366246).
    A route begins with any link, and may end after any.
    """
    n, n_links = len(network.node_x_m), len(network.link_from)
    every = np.arange(n_links)
    if not len(network.forbidden_turns):
        return _Ways(network.link_from, network.link_to, every, np.ones(n_links), n, 0)
    # Pairs of links that follow each other: those that leave a node are consecutive in the order of their nodes.
    order = np.argsort(network.link_from, kind="stable")
    n_leaving = np.bincount(network.link_from, minlength=n)
    n_next = n_leaving[network.link_to]
    before = np.repeat(every, n_next)
    rank = np.arange(len(before)) - np.repeat(np.cumsum(n_next) - n_next, n_next)
    behind = order[(np.cumsum(n_leaving) - n_leaving)[network.link_to[before]] + rank]
    banned = network.forbidden_turns.astype(np.int64) @ (n_links, 1)
    is_open = ~np.isin(before * n_links + behind, banned)
    before, behind = before[is_open], behind[is_open]
    is_turned_round = (network.link_twin[before] == behind) & (before != behind)
    start = np.concatenate([network.link_from, n + before])
    link = np.concatenate([every, behind])
    factor = np.concatenate([np.ones(n_links), np.where(is_turned_round, TURN_ROUND_FACTOR, 1.0)])
    first_arrival = n + n_links
    return _Ways(
        start=np.concatenate([start, start]),
        end=np.concatenate([n + link, first_arrival + network.link_to[link]]),
        link=np.concatenate([link, link]),
        factor=np.concatenate([factor, factor]),
        n_points=first_arrival + n,
        first_arrival=first_arrival,
    )


def find_route(network: RoadNetwork, nodes: Sequence[int], link_cost: FloatArray) -> IntArray:
    """Find the cheapest links through nodes in their order; a route may repeat links.

    It takes no forbidden turn, except at the nodes it is led through.

    Parameters
    ----------
    nodes
        Start, via points, end.
    link_cost
        (L,) positive, e.g. s or m.

    Raises
    ------
    RouteError
        When there is no way, or start and end are the same place.
    """
    ways = _list_ways(network)
    cost = ways.factor * link_cost[ways.link]
    links: list[int] = []
    for start, end in itertools.pairwise(nodes):
        section = (
            _search(ways.start, ways.end, cost, ways.link, ways.n_points, start, ways.first_arrival + end)
            if start != end
            else []
        )
        if section is None:
            kind = "route_none_turns" if len(network.forbidden_turns) else "route_none"
            raise RouteError(Sentence(f"faults.{kind}", start=_name(network, start), end=_name(network, end)))
        links += section
    if not links:
        raise RouteError(Sentence("faults.route_same_place", place=_name(network, nodes[0])))
    return np.array(links, np.int32)


def find_route_along(
    network: RoadNetwork, start: int, end: int, streets: Sequence[str], link_cost: FloatArray
) -> IntArray:
    """Find the cheapest links from start to end that use the named streets in their order.

    A street is used when at least one of its links is ridden before the next one, the first and the last one also when
    the route starts or ends on it; links of neither the last street nor the next one cost `DETOUR_FACTOR` times as much,
    so that the route keeps to what was named. It is Dijkstra's search on one copy of the network per street.

    Parameters
    ----------
    streets
        Names as on the map; capitals do not matter.
    link_cost
        (L,) positive, e.g. s or m.

    Raises
    ------
    RouteError
        When a street is not on the map, or there is no such way.
    """
    ways, n_streets = _list_ways(network), len(streets)
    n = ways.n_points
    is_of = [match_street(network, street) for street in streets]
    names = {part for name in set(network.link_name) for part in name.split(" / ")}
    for street, has in zip(streets, is_of, strict=True):
        if not has.any():
            meant = find_meant(street, sorted(names - {""}))
            raise RouteError(Sentence("faults.street_unknown", street=street, meant=meant))
    way_cost = ways.factor * link_cost[ways.link]
    start_point, end_point, cost, link = [], [], [], []
    for layer in range(n_streets + 1):
        is_named = np.zeros(len(link_cost), bool)
        for near in (layer - 1, layer):
            if 0 <= near < n_streets:
                is_named |= is_of[near]
        start_point.append(ways.start + layer * n)
        end_point.append(ways.end + layer * n)
        cost.append(np.where(is_named[ways.link], 1.0, DETOUR_FACTOR) * way_cost)
        link.append(ways.link)
        if layer < n_streets:
            onto = is_of[layer][ways.link]
            start_point.append(ways.start[onto] + layer * n)
            end_point.append(ways.end[onto] + (layer + 1) * n)
            cost.append(way_cost[onto])
            link.append(ways.link[onto])
    # Who starts or ends on the first or last street has used it: an assembly point on it needs no detour along it.
    is_way = n_streets > 0 and start != end
    first_layer = int(is_way and _touches(network, is_of[0], start))
    last_layer = max(first_layer, n_streets - int(is_way and _touches(network, is_of[-1], end)))
    found = _search(
        np.concatenate(start_point),
        np.concatenate(end_point),
        np.concatenate(cost),
        np.concatenate(link),
        n * (n_streets + 1),
        start + first_layer * n,
        ways.first_arrival + end + last_layer * n,
    )
    if found is None:
        raise RouteError(
            Sentence(
                "faults.route_streets", start=_name(network, start), end=_name(network, end), streets=", ".join(streets)
            )
        )
    if not found:
        raise RouteError(Sentence("faults.route_same_place", place=_name(network, start)))
    return np.array(found, np.int32)


def find_alternatives(
    network: RoadNetwork,
    usual: AnyIntArray,
    link_cost: FloatArray,
    *,
    most: int,
    longest: float,
    overlap_share: float,
) -> list[IntArray]:
    """Find reasonable other routes between the ends of the cheapest one, cheapest first.

    Every link gives a candidate, each turn onto it where some are forbidden: the cheapest route over it (single-via
    routes: Abraham et al. 2013, doi 10.1145/2444016.2444019). In the order of their costs those are taken that pass no
    node twice and share little with each route taken before (k shortest with limited overlap: Chondrogiannis et al. 2020,
    doi 10.1007/s00778-020-00604-x).

    Parameters
    ----------
    usual
        Links of the cheapest route.
    link_cost
        (L,) positive, e.g. s.
    most
        So many routes at most, the usual one included.
    longest
        None costs more than so many times the usual one.
    overlap_share
        None shares more than this share of its length with another one.
    """
    if most < 2:
        return []
    ways = _list_ways(network)
    start, end = int(network.link_from[usual[0]]), int(network.link_to[usual[-1]])
    way_cost, arrival = ways.factor * link_cost[ways.link], ways.first_arrival + end
    from_start, entry = _grow_tree(ways.start, ways.end, way_cost, ways.n_points, start)
    to_end, leaving = _grow_tree(ways.end, ways.start, way_cost, ways.n_points, arrival)
    cost = from_start[ways.start] + way_cost + to_end[ways.end]
    limit = longest * float(link_cost[usual].sum())
    taken = [np.asarray(usual, np.int32)]
    is_examined = np.isin(ways.link, usual)
    for edge in np.argsort(cost, kind="stable").tolist():
        if not cost[edge] <= limit or len(taken) == most:
            break
        if is_examined[edge]:
            continue
        before = _walk(entry, ways.start, int(ways.start[edge]), start)[::-1]
        behind = _walk(leaving, ways.end, int(ways.end[edge]), arrival)
        edges = np.array([*before, edge, *behind])
        # Edges on it whose own candidates cost as much have the same one.
        is_examined[edges[cost[edges] <= cost[edge] * (1.0 + 1e-12)]] = True
        route = ways.link[edges].astype(np.int32)
        passed = np.append(network.link_from[route], end)
        if len(np.unique(passed)) < len(passed):
            continue
        length_m = compute_route_length_m(network, route)
        shared_m = [float(network.link_length_m[np.intersect1d(route, other)].sum()) for other in taken]
        if max(shared_m) <= overlap_share * length_m:
            taken.append(route)
    return taken[1:]


def compute_route_shares(
    network: RoadNetwork, routes: Sequence[AnyIntArray], link_cost_s: FloatArray, spread_s: float
) -> FloatArray:
    """Compute the share of riders on each of several routes: the path-size logit.

    P_k ∝ S_k · exp(−t_k/μ), with t the free ride and μ the spread; S_k = Σ_a (l_a/L_k) / n_a, where a runs over the links
    of route k and n_a counts the routes that use a (Ben-Akiva & Bierlaire 1999, doi 10.1007/978-1-4615-5203-1_2).
    """
    time_s = np.array([link_cost_s[route].sum() for route in routes])
    n_routes = np.bincount(np.concatenate(routes), minlength=len(link_cost_s))
    length_m = network.link_length_m
    size = np.array([(length_m[route] / n_routes[route]).sum() / length_m[route].sum() for route in routes])
    weight = size * np.exp(-(time_s - time_s.min()) / spread_s)
    return np.asarray(weight / weight.sum())


def match_street(network: RoadNetwork, street: str) -> NDArray[np.bool_]:
    """Return which links (L,) are of a street; a link of several names is of each."""
    wanted = street.casefold()
    return np.array([wanted == name.casefold() or wanted in name.casefold().split(" / ") for name in network.link_name])


def _touches(network: RoadNetwork, is_chosen: NDArray[np.bool_], node: int) -> bool:
    """Return whether a node is an end of one of the chosen links."""
    return bool(((network.link_from[is_chosen] == node) | (network.link_to[is_chosen] == node)).any())


def _search(
    start_point: AnyIntArray, end_point: AnyIntArray, cost: FloatArray, link: AnyIntArray, n: int, start: int, end: int
) -> list[int] | None:
    """Return the cheapest links from one point to another; None when there is no way."""
    distance, entry = _grow_tree(start_point, end_point, cost, n, start)
    if not np.isfinite(distance[end]):
        return None
    return [int(link[edge]) for edge in _walk(entry, start_point, end, start)[::-1]]


def _grow_tree(
    start_point: AnyIntArray, end_point: AnyIntArray, cost: FloatArray, n: int, root: int
) -> tuple[FloatArray, AnyIntArray]:
    """Return the cost from a root to each of n points, and the edge by which each is reached (−1 where none is)."""
    # A sparse matrix adds up parallel links: keep the cheapest of each pair of points, the first of equals.
    order = np.lexsort((np.arange(len(cost)), cost))
    unique, position = np.unique(start_point[order].astype(np.int64) * n + end_point[order], return_index=True)
    cheapest = order[position]
    graph = csr_matrix((cost[cheapest], (start_point[cheapest], end_point[cheapest])), shape=(n, n))
    distances, predecessors = dijkstra(graph, indices=np.array([root]), return_predecessors=True)
    previous = predecessors[0].astype(np.int64)
    entry = np.full(n, -1, np.int64)
    reached = np.flatnonzero(previous >= 0)
    entry[reached] = cheapest[np.searchsorted(unique, previous[reached] * n + reached)]
    return np.asarray(distances[0]), entry


def _walk(entry: AnyIntArray, start_point: AnyIntArray, point: int, root: int) -> list[int]:
    """Return the edges from a point back to the root of a tree."""
    edges = []
    while point != root:
        edges.append(int(entry[point]))
        point = int(start_point[edges[-1]])
    return edges


def compute_route_length_m(network: RoadNetwork, links: IntArray) -> float:
    """Compute the length of a route (m)."""
    return float(network.link_length_m[links].sum())


def compute_shared_length_m(network: RoadNetwork, links_a: IntArray, links_b: IntArray) -> float:
    """Compute the length (m) of the roads two sets of links both use, in whatever direction, each road once."""
    piece = np.minimum(np.arange(len(network.link_twin)), network.link_twin)
    shared = np.intersect1d(piece[links_a], piece[links_b])
    return float(network.link_length_m[shared].sum())


def _name(network: RoadNetwork, node: int) -> str:
    return network.node_name[node] or f"({network.node_x_m[node]:.0f} m, {network.node_y_m[node]:.0f} m)"
