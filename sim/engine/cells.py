"""Cells: the straight pieces of road between two of which nearness is decided.

Vehicles move at constant speed along a cell, so two vehicles' distance is a quadratic in time while both stay in
theirs, and proximity begins and ends at its roots: exact, whatever the length of the cells. Which cells can see each
other at all is a property of the map and is found once.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from sim.network import RoadNetwork

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

STOP_LINE_M = 20.0  # queues at a junction stand in a short cell of their own: position error of a waiting vehicle


class Cells(NamedTuple):
    """Cells of all links, and the pairs that can be near.

    Link l has cells ``offset[l]:offset[l + 1]`` and the bounds ``offset[l] + l … offset[l + 1] + l`` in ``bound_m``.
    Cell c sees the cells ``near[near_offset[c]:near_offset[c + 1]]``; the distance along the road between offset a on
    the link of c and b on the link of the p-th pair is the least |constant + sign_a·a + sign_b·b| of the pair's ways.
    """

    offset: IntArray  # (n_links + 1,)
    bound_m: FloatArray  # offsets from the begin of the link
    link: IntArray  # (n_cells,)
    x0_m: FloatArray
    y0_m: FloatArray
    x1_m: FloatArray
    y1_m: FloatArray
    near_offset: IntArray  # (n_cells + 1,)
    near: IntArray
    way_offset: IntArray  # (n_pairs + 1,)
    way_constant_m: FloatArray
    way_sign_a: FloatArray
    way_sign_b: FloatArray
    distance_m: FloatArray  # (1,) contact distance in a straight line
    road_distance_m: FloatArray  # (1,) contact distance along the road


def build_cells(network: RoadNetwork, max_length_m: float, distance_m: float, road_distance_m: float) -> Cells:
    """Cut every link at its vertices, at the stop line and every ``max_length_m``, and find who can see whom."""
    offset, bound, link_of, start, end = [0], [], [], [], []
    for link in range(len(network.link_length_m)):
        section = slice(network.shape_offset[link], network.shape_offset[link + 1])
        x, y = network.shape_x_m[section], network.shape_y_m[section]
        chord = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
        length = float(network.link_length_m[link])
        along = chord * (length / chord[-1]) if chord[-1] > 0 else np.linspace(0.0, length, len(chord))
        cuts = set(along.tolist())
        if length > 3 * STOP_LINE_M:
            cuts.add(length - STOP_LINE_M)
        ordered = np.array(sorted(cuts))
        ordered = ordered[np.concatenate([[True], np.diff(ordered) > 1e-6])]
        ordered[-1] = length
        bounds = [0.0]
        for a, b in itertools.pairwise(ordered):
            pieces = max(1, int(np.ceil((b - a) / max_length_m - 1e-9)))
            bounds += [float(a + (b - a) * (k + 1) / pieces) for k in range(pieces)]
        bx, by = np.interp(bounds, along, x), np.interp(bounds, along, y)
        bound += bounds
        start += list(zip(bx[:-1], by[:-1], strict=True))
        end += list(zip(bx[1:], by[1:], strict=True))
        link_of += [link] * (len(bounds) - 1)
        offset.append(len(link_of))
    start_m, end_m = np.array(start), np.array(end)
    cell_link, cell_offset, bound_m = np.array(link_of, np.int32), np.array(offset, np.int32), np.array(bound)

    middle = (start_m + end_m) / 2
    reach = np.hypot(*(end_m - start_m).T) / 2
    pairs = cKDTree(middle).query_pairs(2 * float(reach.max()) + distance_m, output_type="ndarray")
    pairs = pairs[np.hypot(*(middle[pairs[:, 0]] - middle[pairs[:, 1]]).T) <= reach[pairs].sum(axis=1) + distance_m]
    own = np.arange(len(cell_link))
    first = np.concatenate([own, pairs[:, 0], pairs[:, 1]])
    second = np.concatenate([own, pairs[:, 1], pairs[:, 0]])
    order = np.lexsort((second, first))
    near_nodes = _find_near_nodes(network, road_distance_m)
    kept_a, kept_b, way_count, constant, sign_a, sign_b = _find_ways(
        first[order],
        second[order],
        cell_link,
        bound_m,
        cell_offset,
        start_m,
        end_m,
        network.link_from,
        network.link_to,
        network.link_twin,
        network.link_length_m,
        *near_nodes,
        distance_m,
        road_distance_m,
    )
    return Cells(
        offset=cell_offset,
        bound_m=bound_m,
        link=cell_link,
        x0_m=np.ascontiguousarray(start_m[:, 0]),
        y0_m=np.ascontiguousarray(start_m[:, 1]),
        x1_m=np.ascontiguousarray(end_m[:, 0]),
        y1_m=np.ascontiguousarray(end_m[:, 1]),
        near_offset=np.searchsorted(kept_a, np.arange(len(cell_link) + 1)).astype(np.int32),
        near=kept_b,
        way_offset=np.concatenate([[0], np.cumsum(way_count)]).astype(np.int32),
        way_constant_m=constant,
        way_sign_a=sign_a,
        way_sign_b=sign_b,
        distance_m=np.array([distance_m]),
        road_distance_m=np.array([road_distance_m]),
    )


def _find_near_nodes(network: RoadNetwork, limit_m: float) -> tuple[IntArray, IntArray, FloatArray]:
    """Find the nodes within a distance along the road of each node, in any direction of travel (CSR)."""
    n = len(network.node_x_m)
    # A sparse matrix adds up parallel links: take the shortest first.
    order = np.argsort(network.link_length_m, kind="stable")
    key = network.link_from[order].astype(np.int64) * n + network.link_to[order]
    _, shortest = np.unique(key, return_index=True)
    chosen = order[shortest]
    graph = csr_matrix(
        (network.link_length_m[chosen], (network.link_from[chosen], network.link_to[chosen])), shape=(n, n)
    )
    offset, node, distance = [0], [], []
    for begin in range(0, n, 500):
        block = dijkstra(graph, directed=False, indices=np.arange(begin, min(begin + 500, n)), limit=limit_m)
        for row in np.atleast_2d(block):
            reached = np.flatnonzero(np.isfinite(row))
            node.append(reached)
            distance.append(row[reached])
            offset.append(offset[-1] + len(reached))
    return np.array(offset, np.int32), np.concatenate(node).astype(np.int32), np.concatenate(distance)


@njit(cache=True)
def _find_ways(
    first: np.ndarray,
    second: np.ndarray,
    cell_link: np.ndarray,
    bound_m: np.ndarray,
    cell_offset: np.ndarray,
    start_m: np.ndarray,
    end_m: np.ndarray,
    link_from: np.ndarray,
    link_to: np.ndarray,
    link_twin: np.ndarray,
    link_length_m: np.ndarray,
    near_offset: np.ndarray,
    near_node: np.ndarray,
    near_m: np.ndarray,
    distance_m: float,
    road_distance_m: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Keep the pairs of cells that can be near both in a straight line and along a road, with the ways between them."""
    n = len(first)
    kept_a, kept_b, way_count = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    constant, sign_a, sign_b = np.empty(4 * n), np.empty(4 * n), np.empty(4 * n)
    n_kept = 0
    n_ways = 0
    for pair in range(n):
        a, b = first[pair], second[pair]
        if _compute_segment_distance_m(start_m[a], end_m[a], start_m[b], end_m[b]) > distance_m:
            continue
        link_a, link_b = cell_link[a], cell_link[b]
        a0, a1 = bound_m[a + link_a], bound_m[a + link_a + 1]
        b0, b1 = bound_m[b + link_b], bound_m[b + link_b + 1]
        before = n_ways
        if link_a == link_b or link_twin[link_a] == link_b:
            constant[n_ways] = 0.0 if link_a == link_b else -link_length_m[link_a]
            sign_a[n_ways] = 1.0
            sign_b[n_ways] = -1.0 if link_a == link_b else 1.0
            n_ways += 1
        else:
            for end_a in range(2):
                node_a = link_from[link_a] if end_a == 0 else link_to[link_a]
                to_a = a0 if end_a == 0 else link_length_m[link_a] - a1
                for end_b in range(2):
                    node_b = link_from[link_b] if end_b == 0 else link_to[link_b]
                    to_b = b0 if end_b == 0 else link_length_m[link_b] - b1
                    for k in range(near_offset[node_a], near_offset[node_a + 1]):
                        if near_node[k] == node_b and to_a + to_b + near_m[k] <= road_distance_m:
                            constant[n_ways] = near_m[k]
                            constant[n_ways] += 0.0 if end_a == 0 else link_length_m[link_a]
                            constant[n_ways] += 0.0 if end_b == 0 else link_length_m[link_b]
                            sign_a[n_ways] = 1.0 if end_a == 0 else -1.0
                            sign_b[n_ways] = 1.0 if end_b == 0 else -1.0
                            n_ways += 1
        if n_ways > before:
            kept_a[n_kept], kept_b[n_kept], way_count[n_kept] = a, b, n_ways - before
            n_kept += 1
    return (
        kept_a[:n_kept].copy(),
        kept_b[:n_kept].copy(),
        way_count[:n_kept].copy(),
        constant[:n_ways].copy(),
        sign_a[:n_ways].copy(),
        sign_b[:n_ways].copy(),
    )


@njit(cache=True)
def _compute_segment_distance_m(p0: np.ndarray, p1: np.ndarray, q0: np.ndarray, q1: np.ndarray) -> float:
    """Compute the least distance of two straight segments in the plane."""
    if _turns(p0, p1, q0) * _turns(p0, p1, q1) < 0.0 and _turns(q0, q1, p0) * _turns(q0, q1, p1) < 0.0:
        return 0.0
    return min(
        min(_compute_point_distance_m(p0, q0, q1), _compute_point_distance_m(p1, q0, q1)),
        min(_compute_point_distance_m(q0, p0, p1), _compute_point_distance_m(q1, p0, p1)),
    )


@njit(cache=True)
def _turns(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    """Return twice the signed area of a triangle: on which side of the line a–b the point c lies."""
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


@njit(cache=True)
def _compute_point_distance_m(p: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """Compute the distance of a point from a segment."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    share = 0.0
    if square > 0.0:
        share = min(1.0, max(0.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square))
    return float(np.hypot(p[0] - a[0] - share * dx, p[1] - a[1] - share * dy))
