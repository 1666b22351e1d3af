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

    A street is used when at least one of its links is ridden before the next one; links of neither the last street nor
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
    found = _search(
        np.concatenate(start_node),
        np.concatenate(end_node),
        np.concatenate(cost),
        np.concatenate(link),
        n * (n_streets + 1),
        start,
        end + n_streets * n,
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


def match_street(network: RoadNetwork, street: str) -> NDArray[np.bool_]:
    """Return which links (L,) are of a street; a link of several names is of each."""
    wanted = street.casefold()
    return np.array([wanted == name.casefold() or wanted in name.casefold().split(" / ") for name in network.link_name])


def _search(
    start_node: AnyIntArray, end_node: AnyIntArray, cost: FloatArray, link: AnyIntArray, n: int, start: int, end: int
) -> list[int] | None:
    """Return the cheapest links from one node to another; None when there is no way."""
    # A sparse matrix adds up parallel links: keep the cheapest of each pair of nodes, the first of equals.
    order = np.lexsort((np.arange(len(cost)), cost))
    unique, position = np.unique(start_node[order].astype(np.int64) * n + end_node[order], return_index=True)
    cheapest = order[position]
    graph = csr_matrix((cost[cheapest], (start_node[cheapest], end_node[cheapest])), shape=(n, n))
    distances, predecessors = dijkstra(graph, indices=np.array([start]), return_predecessors=True)
    if not np.isfinite(distances[0, end]):
        return None
    found, node = [], end
    while node != start:
        previous = int(predecessors[0, node])
        found.append(int(link[cheapest[np.searchsorted(unique, previous * n + node)]]))
        node = previous
    return found[::-1]


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
