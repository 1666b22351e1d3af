"""RoadNetwork → routes: links in order, through given nodes, cheapest first."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from konvoi.arrays import FloatArray, IntArray
from konvoi.errors import RouteError
from konvoi.network import RoadNetwork
from konvoi.words import Sentence

AnyIntArray = NDArray[np.signedinteger[Any]]

DETOUR_FACTOR = 3.0  # assumption: a named street is kept to unless leaving it is three times shorter


def find_route(network: RoadNetwork, nodes: Sequence[int], link_cost: FloatArray) -> IntArray:
    """Find the cheapest links through nodes in their order; a route may repeat links.

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
    n = len(network.node_x_m)
    every = np.arange(len(link_cost))
    links: list[int] = []
    for start, end in itertools.pairwise(nodes):
        section = _search(network.link_from, network.link_to, link_cost, every, n, start, end) if start != end else []
        if section is None:
            raise RouteError(Sentence("faults.route_none", start=_name(network, start), end=_name(network, end)))
        links += section
    if not links:
        raise RouteError(Sentence("faults.route_same_place", place=_name(network, nodes[0])))
    return np.array(links, np.int32)


def find_route_along(
    network: RoadNetwork, start: int, end: int, streets: Sequence[str], link_cost: FloatArray
) -> IntArray:
    """Find the cheapest links from start to end that use the named streets in their order.

    A street is used when at least one of its links is ridden before the next one, the first and the last one also when
    the route starts or ends on it; links of neither the last street nor
    the next one cost `DETOUR_FACTOR` times as much, so that the route keeps to what was named. It is Dijkstra's search
    on one copy of the network per street.

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
    n, n_streets = len(network.node_x_m), len(streets)
    is_of = [match_street(network, street) for street in streets]
    names = {part for name in set(network.link_name) for part in name.split(" / ")}
    for street, has in zip(streets, is_of, strict=True):
        if not has.any():
            close = difflib.get_close_matches(street, names - {""}, n=1)
            meant = Sentence("faults.did_you_mean", word=close[0]) if close else ""
            raise RouteError(Sentence("faults.street_unknown", street=street, meant=meant))
    links = np.arange(len(link_cost))
    start_node, end_node, cost, link = [], [], [], []
    for layer in range(n_streets + 1):
        is_named = np.zeros(len(links), bool)
        for near in (layer - 1, layer):
            if 0 <= near < n_streets:
                is_named |= is_of[near]
        start_node.append(network.link_from + layer * n)
        end_node.append(network.link_to + layer * n)
        cost.append(np.where(is_named, 1.0, DETOUR_FACTOR) * link_cost)
        link.append(links)
        if layer < n_streets:
            first = links[is_of[layer]]
            start_node.append(network.link_from[first] + layer * n)
            end_node.append(network.link_to[first] + (layer + 1) * n)
            cost.append(link_cost[first])
            link.append(first)
    # Who starts or ends on the first or last street has used it: an assembly point on it needs no detour along it.
    is_way = n_streets > 0 and start != end
    first_layer = int(is_way and _touches(network, is_of[0], start))
    last_layer = max(first_layer, n_streets - int(is_way and _touches(network, is_of[-1], end)))
    found = _search(
        np.concatenate(start_node),
        np.concatenate(end_node),
        np.concatenate(cost),
        np.concatenate(link),
        n * (n_streets + 1),
        start + first_layer * n,
        end + last_layer * n,
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

    Every link gives a candidate: the cheapest route over it (single-via routes: Abraham et al. 2013, doi
    10.1145/2444016.2444019). In the order of their costs those are taken that pass no node twice and share little with
    each route taken before (k shortest with limited overlap: Chondrogiannis et al. 2020, doi 10.1007/s00778-020-00604-x).

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
    n, end = len(network.node_x_m), int(network.link_to[usual[-1]])
    start = int(network.link_from[usual[0]])
    from_start, entry = _grow_tree(network.link_from, network.link_to, link_cost, n, start)
    to_end, leaving = _grow_tree(network.link_to, network.link_from, link_cost, n, end)
    cost = from_start[network.link_from] + link_cost + to_end[network.link_to]
    limit = longest * float(link_cost[usual].sum())
    taken = [np.asarray(usual, np.int32)]
    is_examined = np.isin(np.arange(len(cost)), usual)
    for link in np.argsort(cost, kind="stable").tolist():
        if not cost[link] <= limit or len(taken) == most:
            break
        if is_examined[link]:
            continue
        before = _walk(entry, network.link_from, int(network.link_from[link]), start)[::-1]
        behind = _walk(leaving, network.link_to, int(network.link_to[link]), end)
        route = np.array([*before, link, *behind], np.int32)
        # Links on it whose own candidates cost as much have the same one.
        is_examined[route[cost[route] <= cost[link] * (1.0 + 1e-12)]] = True
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
    start_node: AnyIntArray, end_node: AnyIntArray, cost: FloatArray, link: AnyIntArray, n: int, start: int, end: int
) -> list[int] | None:
    """Return the cheapest links from one node to another; None when there is no way."""
    distance, entry = _grow_tree(start_node, end_node, cost, n, start)
    if not np.isfinite(distance[end]):
        return None
    return [int(link[edge]) for edge in _walk(entry, start_node, end, start)[::-1]]


def _grow_tree(
    start_node: AnyIntArray, end_node: AnyIntArray, cost: FloatArray, n: int, root: int
) -> tuple[FloatArray, AnyIntArray]:
    """Return the cost from a root to each of n nodes, and the edge by which each is reached (−1 where none is)."""
    # A sparse matrix adds up parallel links: keep the cheapest of each pair of nodes, the first of equals.
    order = np.lexsort((np.arange(len(cost)), cost))
    unique, position = np.unique(start_node[order].astype(np.int64) * n + end_node[order], return_index=True)
    cheapest = order[position]
    graph = csr_matrix((cost[cheapest], (start_node[cheapest], end_node[cheapest])), shape=(n, n))
    distances, predecessors = dijkstra(graph, indices=np.array([root]), return_predecessors=True)
    previous = predecessors[0].astype(np.int64)
    entry = np.full(n, -1, np.int64)
    reached = np.flatnonzero(previous >= 0)
    entry[reached] = cheapest[np.searchsorted(unique, previous[reached] * n + reached)]
    return np.asarray(distances[0]), entry


def _walk(entry: AnyIntArray, start_node: AnyIntArray, node: int, root: int) -> list[int]:
    """Return the edges from a node back to the root of a tree."""
    edges = []
    while node != root:
        edges.append(int(entry[node]))
        node = int(start_node[edges[-1]])
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
