"""RoadNetwork → routes: links in order, through given nodes, cheapest first."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from sim.errors import RouteError
from sim.network import RoadNetwork

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


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
    # A sparse matrix adds up parallel links: keep the cheapest of each pair of nodes, the first of equals.
    order = np.lexsort((np.arange(len(link_cost)), link_cost))
    key = network.link_from[order].astype(np.int64) * n + network.link_to[order]
    unique, position = np.unique(key, return_index=True)
    cheapest = order[position]
    graph = csr_matrix((link_cost[cheapest], (network.link_from[cheapest], network.link_to[cheapest])), shape=(n, n))
    links: list[int] = []
    for start, end in itertools.pairwise(nodes):
        if start == end:
            continue
        distances, predecessors = dijkstra(graph, indices=np.array([start]), return_predecessors=True)
        distance, before = distances[0], predecessors[0]
        if not np.isfinite(distance[end]):
            raise RouteError(f"there is no route from {_name(network, start)} to {_name(network, end)}")
        section = []
        node = end
        while node != start:
            previous = int(before[node])
            section.append(int(cheapest[np.searchsorted(unique, previous * n + node)]))
            node = previous
        links += reversed(section)
    if not links:
        raise RouteError(f"a route starts and ends at the same place: {_name(network, nodes[0])}")
    return np.array(links, np.int32)


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
