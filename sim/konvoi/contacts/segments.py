"""Cells: the straight pieces of road between two of which nearness is decided.

Vehicles move at constant speed along a cell, so two vehicles' distance is a quadratic in time while both stay in
theirs, and proximity begins and ends at its roots: exact, whatever the length of the cells. Which cells of different
roads can see each other is a property of the map and is found once.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from konvoi.arrays import FloatArray, IntArray
from konvoi.kernels import allocating_kernel, allocating_part
from konvoi.network import RoadNetwork

STOP_LINE_M = 20.0  # queues at a junction stand in a short cell of their own: position error of a waiting vehicle
BISECTIONS = 40  # of a share of a cell: far below a millimetre
PADDING = 1e-9  # of a share of a cell, to either side


class Zones(NamedTuple):
    """Parts of links: from a share of one cell to a share of another, cells counted from the start of the link."""

    first: IntArray
    from_share: FloatArray
    last: IntArray
    to_share: FloatArray


class Cells(NamedTuple):
    """Cells of all links, and the pairs of cells of different roads that can be near.

    Link l has cells ``offset[l]:offset[l + 1]`` and the bounds ``offset[l] + l … offset[l + 1] + l`` in ``bound_m``.
    The two directions of a road have the same cells in reversed order. Link l sees the links ``group_link[g]`` with
    g in ``group_offset[l]:group_offset[l + 1]``, through the pairs ``pair_offset[g]:pair_offset[g + 1]``, all within a zone of
    both: from one cell, counted on its link, and a share of it to another. The distance
    along the road between offset a on the link of a pair's own cell and b on that of its seen one is the least
    |constant + sign_a·a + sign_b·b| of the pair's ways.
    """

    offset: IntArray  # (n_links + 1,)
    bound_m: FloatArray  # offsets from the start of the link
    link: IntArray  # (n_cells,)
    x0_m: FloatArray
    y0_m: FloatArray
    dx: FloatArray  # metres of map per metre of road, eastwards …
    dy: FloatArray  # … and northwards
    sure_m: FloatArray  # (n_links,) who is this near along the link is near in a straight line too
    is_gentle: NDArray[np.bool_]  # (n_links,) whoever gets out of reach along the link stays out of it
    group_offset: IntArray  # (n_links + 1,)
    group_link: IntArray
    own_zone: Zones  # per group
    seen_zone: Zones
    pair_offset: IntArray  # (n_groups + 1,)
    pair_own: IntArray  # cells
    pair_seen: IntArray
    own_from: FloatArray  # share of the own cell from which on the seen one can be near …
    own_to: FloatArray  # … and up to which
    seen_from: FloatArray
    seen_to: FloatArray
    pair_cosine: FloatArray  # of the angle between the directions of both
    way_offset: IntArray  # (n_pairs + 1,)
    way_constant_m: FloatArray
    way_sign_a: FloatArray
    way_sign_b: FloatArray
    near_offset: IntArray  # (n_cells + 1,) the cells of other roads that a cell can see: `near`, as …
    near: IntArray
    near_pair: IntArray  # … pairs
    distance_m: FloatArray  # (1,) contact distance in a straight line
    road_distance_m: FloatArray  # (1,) contact distance along the road


def build_cells(network: RoadNetwork, max_length_m: float, distance_m: float, road_distance_m: float) -> Cells:
    """Cut every link at its vertices, at the stop lines and every ``max_length_m``, and find who can see whom."""
    n_links = len(network.link_length_m)
    parts = _cut_links(network, max_length_m)
    offset = np.concatenate([[0], np.cumsum([len(bound) - 1 for bound, _, _ in parts])]).astype(np.int32)
    lines = Lines(
        link=np.repeat(np.arange(n_links, dtype=np.int32), np.diff(offset)),
        bound_m=np.concatenate([bound for bound, _, _ in parts]),
        start_m=np.concatenate([np.column_stack([x[:-1], y[:-1]]) for _, x, y in parts]),
        end_m=np.concatenate([np.column_stack([x[1:], y[1:]]) for _, x, y in parts]),
    )
    piece_m = np.hypot(*(lines.end_m - lines.start_m).T)
    cell_m = np.diff(lines.bound_m)[_is_inner(offset)]
    # Lengths are measured on the globe, positions on the map: a metre of road is `stretch` metres of map, at most.
    stretch = np.maximum.reduceat(piece_m / np.maximum(cell_m, 1e-9), offset[:-1])
    slope = (lines.end_m - lines.start_m) / np.maximum(cell_m, 1e-9)[:, None]
    direction = (lines.end_m - lines.start_m) / np.maximum(piece_m, 1e-9)[:, None]
    own, seen, shares, n_ways, ways = _find_pairs(network, lines, distance_m, road_distance_m)
    by_cell = np.argsort(own, kind="stable").astype(np.int32)
    between = np.column_stack([lines.link[own], lines.link[seen]])
    is_new = np.concatenate([[True], np.any(np.diff(between, axis=0) != 0, axis=1)]) if len(own) else np.empty(0, bool)
    group_first = np.flatnonzero(is_new).astype(np.int32)
    return Cells(
        offset=offset,
        bound_m=lines.bound_m,
        link=lines.link,
        x0_m=np.ascontiguousarray(lines.start_m[:, 0]),
        y0_m=np.ascontiguousarray(lines.start_m[:, 1]),
        dx=np.ascontiguousarray(slope[:, 0]),
        dy=np.ascontiguousarray(slope[:, 1]),
        sure_m=np.minimum(distance_m / np.maximum(stretch, 1e-9), road_distance_m),
        is_gentle=_find_gentle_links(parts, road_distance_m),
        group_offset=np.searchsorted(between[group_first, 0], np.arange(n_links + 1)).astype(np.int32),
        group_link=np.ascontiguousarray(between[group_first, 1]),
        own_zone=_build_zones(own - offset[lines.link[own]], shares[:, 0], shares[:, 1], group_first),
        seen_zone=_build_zones(seen - offset[lines.link[seen]], shares[:, 2], shares[:, 3], group_first),
        pair_offset=np.concatenate([group_first, [len(own)]]).astype(np.int32),
        pair_own=own,
        pair_seen=seen,
        own_from=np.ascontiguousarray(shares[:, 0]),
        own_to=np.ascontiguousarray(shares[:, 1]),
        seen_from=np.ascontiguousarray(shares[:, 2]),
        seen_to=np.ascontiguousarray(shares[:, 3]),
        pair_cosine=np.sum(direction[own] * direction[seen], axis=1),
        way_offset=np.concatenate([[0], np.cumsum(n_ways)]).astype(np.int32),
        way_constant_m=ways.constant_m,
        way_sign_a=ways.sign_a,
        way_sign_b=ways.sign_b,
        near_offset=np.searchsorted(own[by_cell], np.arange(len(lines.link) + 1)).astype(np.int32),
        near=np.ascontiguousarray(seen[by_cell]),
        near_pair=by_cell,
        distance_m=np.array([distance_m]),
        road_distance_m=np.array([road_distance_m]),
    )


def _cut_links(network: RoadNetwork, max_length_m: float) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
    """Cut all links; both directions of a road are cut at the same places."""
    parts: list[tuple[FloatArray, FloatArray, FloatArray]] = []
    for link, twin in enumerate(network.link_twin.tolist()):
        if twin < link:
            bound, x, y = parts[twin]
            length_m = float(network.link_length_m[link])
            parts.append((length_m * (1.0 - bound[::-1] / bound[-1]), x[::-1], y[::-1]))
        else:
            parts.append(_cut_link(network, link, max_length_m))
    return parts


def _find_pairs(network: RoadNetwork, lines: Lines, distance_m: float, road_distance_m: float) -> Pairs:
    """Find the pairs of cells of different roads that can be near, by links."""
    link_of = lines.link
    first, second = _find_close_cells(lines.start_m, lines.end_m, distance_m)
    order = np.lexsort((second, first, link_of[second], link_of[first]))
    ends = Ends(network.link_from, network.link_to, network.link_twin, network.link_length_m)
    near = _find_near_nodes(network, road_distance_m)
    found = _find_ways(first[order], second[order], lines, ends, near, distance_m, road_distance_m)
    own, seen = found.own, found.seen
    is_other = (link_of[own] != link_of[seen]) & (network.link_twin[link_of[own]] != link_of[seen])
    is_other_way = np.repeat(is_other, found.n_ways)
    ways = Ways(*(column[is_other_way] for column in found.ways))
    return Pairs(own[is_other], seen[is_other], found.shares[is_other], found.n_ways[is_other], ways)


def _cut_link(network: RoadNetwork, link: int, max_length_m: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cut one link; return the bounds of its cells as offsets (m) and coordinates (m)."""
    section = slice(network.shape_offset[link], network.shape_offset[link + 1])
    x, y = network.shape_x_m[section], network.shape_y_m[section]
    chord = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    length = float(network.link_length_m[link])
    along = chord * (length / chord[-1]) if chord[-1] > 0 else np.linspace(0.0, length, len(chord))
    cuts = set(along.tolist())
    if length > 3 * STOP_LINE_M:
        cuts |= {STOP_LINE_M, length - STOP_LINE_M}
    ordered = np.array(sorted(cuts))
    ordered = ordered[np.concatenate([[True], np.diff(ordered) > 1e-6])]
    ordered[-1] = length
    bounds = [0.0]
    for a, b in itertools.pairwise(ordered):
        pieces = max(1, int(np.ceil((b - a) / max_length_m - 1e-9)))
        bounds += [float(a + (b - a) * (k + 1) / pieces) for k in range(pieces)]
    return np.array(bounds), np.interp(bounds, along, x), np.interp(bounds, along, y)


def _is_inner(offset: IntArray) -> NDArray[np.bool_]:
    """Tell which differences of neighbouring bounds are lengths of cells, not steps from one link to the next."""
    inner = np.ones(offset[-1] + len(offset) - 2, np.bool_)
    inner[offset[1:-1] + np.arange(len(offset) - 2)] = False
    return inner


def _find_gentle_links(parts: list[tuple[FloatArray, FloatArray, FloatArray]], window_m: float) -> NDArray[np.bool_]:
    """Find the links that nowhere turn by a right angle or more within a window.

    Two vehicles that part on such a link each ride away from the other, so their straight distance only grows.
    """
    gentle = np.ones(len(parts), np.bool_)
    for link, (bound, x, y) in enumerate(parts):
        heading = np.unwrap(np.arctan2(np.diff(y), np.diff(x)))
        turned = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(heading)))])
        # Cell j begins at bound j; all cells that begin less than a window behind the end of a cell are compared with it.
        reach = np.searchsorted(bound[:-1], bound[1:] + window_m, side="left") - 1
        gentle[link] = bool(np.all(turned[reach] - turned < np.pi / 2))
    return gentle


def _build_zones(cell: IntArray, share_from: FloatArray, share_to: FloatArray, group_first: IntArray) -> Zones:
    """Build the zones that hold all cells of each group of pairs."""
    if len(cell) == 0:
        return Zones(np.empty(0, np.int32), np.empty(0), np.empty(0, np.int32), np.empty(0))
    begin = np.minimum.reduceat(cell + share_from * (1.0 - PADDING), group_first)
    end = np.maximum.reduceat(cell + share_to, group_first)
    first = np.floor(begin).astype(np.int32)
    last = np.maximum(np.ceil(end).astype(np.int32) - 1, first)
    return Zones(first, np.maximum(begin - first - PADDING, 0.0), last, np.minimum(end - last + PADDING, 1.0))


def _find_close_cells(start_m: FloatArray, end_m: FloatArray, distance_m: float) -> tuple[IntArray, IntArray]:
    """Find the ordered pairs of cells whose surroundings overlap; who is really near is seen later."""
    middle = (start_m + end_m) / 2
    reach = np.hypot(*(end_m - start_m).T) / 2
    pairs = cKDTree(middle).query_pairs(2 * float(reach.max()) + distance_m, output_type="ndarray")
    apart = np.hypot(*(middle[pairs[:, 0]] - middle[pairs[:, 1]]).T)
    pairs = pairs[apart <= reach[pairs].sum(axis=1) + distance_m]
    own = np.arange(len(middle))
    return np.concatenate([own, pairs[:, 0], pairs[:, 1]]), np.concatenate([own, pairs[:, 1], pairs[:, 0]])


def _find_near_nodes(network: RoadNetwork, limit_m: float) -> Near:
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
    return Near(np.array(offset, np.int32), np.concatenate(node).astype(np.int32), np.concatenate(distance))


class Ends(NamedTuple):
    """Where links begin and end, (n_links,) each."""

    link_from: IntArray
    link_to: IntArray
    link_twin: IntArray
    link_length_m: FloatArray


class Near(NamedTuple):
    """Nodes within a distance along the road of each node: ``node[k]`` with k in ``offset[n]:offset[n + 1]``."""

    offset: IntArray  # (n_nodes + 1,)
    node: IntArray
    distance_m: FloatArray


class Ways(NamedTuple):
    """Ways between pairs of pieces of road: the distance is |constant + sign_a · a + sign_b · b|, see `Cells`."""

    constant_m: FloatArray
    sign_a: FloatArray
    sign_b: FloatArray


class Lines(NamedTuple):
    """The cells as lines on the map: link of each, bounds on the links (m), first and last points (m)."""

    link: IntArray
    bound_m: FloatArray
    start_m: FloatArray  # (n_cells, 2)
    end_m: FloatArray


class Pairs(NamedTuple):
    """Pairs of cells that can be near, and the ways between them."""

    own: IntArray
    seen: IntArray
    shares: FloatArray  # (n, 4) of the own cell from and to, of the seen one from and to
    n_ways: IntArray
    ways: Ways


@allocating_part
def add_ways(
    one: tuple[int, float, float],
    other: tuple[int, float, float],
    ends: Ends,
    near: Near,
    limit_m: float,
    ways: Ways,
    n: int,
) -> int:
    """Add the ways over nodes between two pieces of different roads, each link, start and end (m); return their number."""
    (link_a, a0, a1), (link_b, b0, b1) = one, other
    for end_a in range(2):
        node_a = ends.link_from[link_a] if end_a == 0 else ends.link_to[link_a]
        to_a = a0 if end_a == 0 else ends.link_length_m[link_a] - a1
        for end_b in range(2):
            node_b = ends.link_from[link_b] if end_b == 0 else ends.link_to[link_b]
            to_b = b0 if end_b == 0 else ends.link_length_m[link_b] - b1
            for k in range(near.offset[node_a], near.offset[node_a + 1]):
                if near.node[k] == node_b and to_a + to_b + near.distance_m[k] <= limit_m:
                    ways.constant_m[n] = near.distance_m[k]
                    ways.constant_m[n] += 0.0 if end_a == 0 else ends.link_length_m[link_a]
                    ways.constant_m[n] += 0.0 if end_b == 0 else ends.link_length_m[link_b]
                    ways.sign_a[n] = 1.0 if end_a == 0 else -1.0
                    ways.sign_b[n] = 1.0 if end_b == 0 else -1.0
                    n += 1
    return n


@allocating_kernel
def _find_ways(
    first: np.ndarray,
    second: np.ndarray,
    lines: Lines,
    ends: Ends,
    near: Near,
    distance_m: float,
    road_distance_m: float,
) -> Pairs:
    """Keep the pairs of cells that can be near both in a straight line and along a road, with the ways between them."""
    n, start_m, end_m = len(first), lines.start_m, lines.end_m
    own, seen, count = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    shares, ways = np.empty((n, 4)), Ways(np.empty(4 * n), np.empty(4 * n), np.empty(4 * n))
    n_kept, n_ways = 0, 0
    for pair in range(n):
        a, b = first[pair], second[pair]
        if _compute_segment_distance_m(start_m[a], end_m[a], start_m[b], end_m[b]) > distance_m:
            continue
        link_a, link_b = lines.link[a], lines.link[b]
        a0, a1 = lines.bound_m[a + link_a], lines.bound_m[a + link_a + 1]
        b0, b1 = lines.bound_m[b + link_b], lines.bound_m[b + link_b + 1]
        before = n_ways
        if link_a == link_b or ends.link_twin[link_a] == link_b:
            # On the same road the way is the road: apart from a to b, or from a to where b is on the other direction.
            is_same = link_a == link_b
            length = ends.link_length_m[link_a]
            least = max(a0 - b1, b0 - a1) if is_same else max(a0 - (length - b0), (length - b1) - a1)
            if least <= road_distance_m:
                ways.constant_m[n_ways] = 0.0 if is_same else -length
                ways.sign_a[n_ways], ways.sign_b[n_ways] = 1.0, -1.0 if is_same else 1.0
                n_ways += 1
        else:
            n_ways = add_ways((link_a, a0, a1), (link_b, b0, b1), ends, near, road_distance_m, ways, n_ways)
        if n_ways > before:
            own[n_kept], seen[n_kept], count[n_kept] = a, b, n_ways - before
            shares[n_kept, 0], shares[n_kept, 1] = _find_share(start_m[a], end_m[a], start_m[b], end_m[b], distance_m)
            shares[n_kept, 2], shares[n_kept, 3] = _find_share(start_m[b], end_m[b], start_m[a], end_m[a], distance_m)
            n_kept += 1
    kept = Ways(ways.constant_m[:n_ways].copy(), ways.sign_a[:n_ways].copy(), ways.sign_b[:n_ways].copy())
    return Pairs(own[:n_kept].copy(), seen[:n_kept].copy(), shares[:n_kept].copy(), count[:n_kept].copy(), kept)


@allocating_part
def _find_share(p0: np.ndarray, p1: np.ndarray, q0: np.ndarray, q1: np.ndarray, limit_m: float) -> tuple[float, float]:
    """Find which share of the segment p is within a distance of the segment q, a little more rather than less.

    The distance from a convex set is convex along a line, so the share is an interval.
    """
    ends = np.array([0.0, 1.0])
    is_out = np.array(
        [_compute_point_distance_m(p0, q0, q1) > limit_m, _compute_point_distance_m(p1, q0, q1) > limit_m]
    )
    inside = 0.0 if not is_out[0] else 1.0
    if is_out[0] and is_out[1]:
        low, high = 0.0, 1.0
        for _ in range(BISECTIONS):
            a, b = low + (high - low) / 3.0, high - (high - low) / 3.0
            at_a = _compute_point_distance_m(p0 + (p1 - p0) * a, q0, q1)
            at_b = _compute_point_distance_m(p0 + (p1 - p0) * b, q0, q1)
            if at_a <= at_b:
                high = b
            else:
                low = a
        inside = (low + high) / 2.0
    for k in range(2):
        if is_out[k]:
            near, far = inside, ends[k]
            for _ in range(BISECTIONS):
                middle = (near + far) / 2.0
                if _compute_point_distance_m(p0 + (p1 - p0) * middle, q0, q1) <= limit_m:
                    near = middle
                else:
                    far = middle
            ends[k] = far
    return max(0.0, ends[0] - PADDING), min(1.0, ends[1] + PADDING)


@allocating_part
def _compute_segment_distance_m(p0: np.ndarray, p1: np.ndarray, q0: np.ndarray, q1: np.ndarray) -> float:
    """Compute the least distance of two straight segments in the plane."""
    if _turns(p0, p1, q0) * _turns(p0, p1, q1) < 0.0 and _turns(q0, q1, p0) * _turns(q0, q1, p1) < 0.0:
        return 0.0
    return min(
        min(_compute_point_distance_m(p0, q0, q1), _compute_point_distance_m(p1, q0, q1)),
        min(_compute_point_distance_m(q0, p0, p1), _compute_point_distance_m(q1, p0, p1)),
    )


@allocating_part
def _turns(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    """Return twice the signed area of a triangle: on which side of the line a–b the point c lies."""
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


@allocating_part
def _compute_point_distance_m(p: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """Compute the distance of a point from a segment."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    share = 0.0
    if square > 0.0:
        share = min(1.0, max(0.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square))
    return float(np.hypot(p[0] - a[0] - share * dx, p[1] - a[1] - share * dy))
