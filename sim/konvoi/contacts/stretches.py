"""Places of a town's roads: where the contact of the two sides is told (MODEL §6).

Roads are cut into *slots*, so short that all who are in one see each other, and slots make *stretches*:

    a road of L > 100 m      |-50-|---≤ 100---|---≤ 100---|-50-|
    whose stretch is it       node      one        one     node

The first and the last 50 m of a road belong to the stretch of their node, so those who come to a junction on different
roads are at one place. People are counted in the *window* of a stretch: in it, and up to 50 m beyond, so in at most
200 m of road through it. Windows overlap by half, hence no meeting is lost on the border of two stretches; exposure is
divided by where people are, hence none is counted twice. Nothing depends on where a map begins: turned round or
mirrored it has the same places. Both directions of a road share its slots.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from konvoi.arrays import FloatArray, IntArray
from konvoi.contacts.segments import Cells, Ends, Near, Ways, add_ways
from konvoi.kernels import allocating_kernel
from konvoi.network import RoadNetwork

N_POINTS = 9  # on a slot, to measure how far slots are apart
SAFETY = 0.97  # between two of them a road may bend


class Stretches(NamedTuple):
    """Slots of all roads, the stretches they make, and who can see whom.

    Link l has slots ``link_slot[k]`` with k in ``link_offset[l]:link_offset[l + 1]``, in the direction of the link, that
    begin at ``link_begin_m[k]``. Positions in a slot are offsets on its ``road``, the direction of lower number.
    """

    road: IntArray  # (n_links,) the link itself, or the other direction of its road if that has the lower number
    twin: IntArray  # (n_links,) other direction of a link's road; the link itself where there is none
    length_m: FloatArray  # (n_links,)
    link_offset: IntArray  # (n_links + 1,)
    link_slot: IntArray
    link_begin_m: FloatArray
    slot_road: IntArray  # (n_slots,)
    slot_cell: IntArray  # (n_slots,) cell of the road in which the slot begins
    slot_stretch: IntArray  # (n_slots,) whose it is
    window_offset: IntArray  # (n_slots + 1,) stretches in whose windows a slot lies: `window`
    window: IntArray
    near_offset: IntArray  # (n_stretches + 1,) stretches in the window of one: `near`
    near: IntArray
    reach_offset: IntArray  # (n_slots + 1,) other slots from which a slot can be seen: `reach`
    reach: IntArray
    straight: FloatArray  # (n_reaches,) straight distance per distance along the road, at least, of who is hardly near
    cosine: FloatArray  # (n_reaches,) of the angle between the roads of both slots
    way_offset: IntArray  # (n_reaches + 1,) ways between two slots, as in `Cells`
    way_constant_m: FloatArray
    way_sign_a: FloatArray
    way_sign_b: FloatArray
    link: IntArray  # (n_stretches,) where the middle of each is: link …
    offset_m: FloatArray  # … and its offset there
    distance_m: FloatArray  # (1,) contact distance in a straight line
    road_distance_m: FloatArray  # (1,) contact distance along the road
    sure_m: FloatArray  # (1,) who is this near along a road is near in a straight line too


def build_stretches(network: RoadNetwork, cells: Cells, place_m: float) -> Stretches:
    """Cut the roads of a town into stretches.

    Parameters
    ----------
    place_m
        At most so much road is one place, m: the length of the windows.
    """
    # Long: half of it names the columns of the table.
    n_links, n_nodes = len(network.link_length_m), len(network.node_x_m)
    length_m = network.link_length_m
    road = np.minimum(np.arange(n_links), network.link_twin).astype(np.int32)
    arm_m = place_m / 4.0
    slots = _cut_roads(network, cells, road, arm_m)
    link_slot, link_begin, link_offset = [], [], [0]
    for link in range(n_links):
        one = int(road[link])
        bounds = slots.bounds[one]
        numbers = slots.first[one] + np.arange(len(bounds) - 1)
        link_slot.append(numbers if one == link else numbers[::-1])
        link_begin.append(bounds[:-1] if one == link else length_m[link] - bounds[:0:-1])
        link_offset.append(link_offset[-1] + len(numbers))
    of_slot, stretch, middles = slots.road, slots.stretch, slots.middles
    slot_cell = np.array(
        [
            int(cells.offset[one])
            + int(
                np.searchsorted(
                    cells.bound_m[cells.offset[one] + one : cells.offset[one + 1] + one], begin + 1e-9, side="right"
                )
            )
            - 1
            for one, begin in zip(of_slot.tolist(), slots.begin_m.tolist(), strict=True)
        ],
        np.int32,
    )
    n_stretches = n_nodes + len(middles)
    window_offset, window = _find_windows(slots, arm_m)
    reach_offset, reach, straight, cosine, ways = _find_reaches(
        network, cells, of_slot, slots.begin_m, slots.end_m, slot_cell
    )
    near_offset, near = _find_near_stretches(stretch, window_offset, window, n_stretches)
    stretch_link, offset_m = np.zeros(n_stretches, np.int32), np.zeros(n_stretches)
    stretch_link[network.link_to], offset_m[network.link_to] = np.arange(n_links), length_m
    stretch_link[network.link_from], offset_m[network.link_from] = np.arange(n_links), 0.0
    for k, (one, at_m) in enumerate(middles):
        stretch_link[n_nodes + k], offset_m[n_nodes + k] = one, at_m
    return Stretches(
        road=road,
        twin=np.array(network.link_twin, np.int32),
        length_m=np.array(length_m, np.float64),
        link_offset=np.array(link_offset, np.int32),
        link_slot=np.concatenate(link_slot).astype(np.int32),
        link_begin_m=np.concatenate(link_begin),
        slot_road=of_slot,
        slot_cell=slot_cell,
        slot_stretch=stretch,
        window_offset=window_offset,
        window=window,
        near_offset=near_offset,
        near=near,
        reach_offset=reach_offset,
        reach=reach,
        straight=straight,
        cosine=cosine,
        way_offset=ways[0],
        way_constant_m=ways[1],
        way_sign_a=ways[2],
        way_sign_b=ways[3],
        link=stretch_link,
        offset_m=offset_m,
        distance_m=np.array(cells.distance_m),
        road_distance_m=np.array(cells.road_distance_m),
        sure_m=np.array([cells.sure_m.min(initial=float(cells.distance_m[0]))]),
    )


class _Slots(NamedTuple):
    """All roads, cut: slots road by road, and the points at their ends; nodes are the first points."""

    bounds: dict[int, FloatArray]  # of the slots of each road, m
    first: NDArray[np.int64]  # (n_links,) first slot of each road
    road: IntArray  # of each slot
    begin_m: FloatArray
    end_m: FloatArray
    stretch: IntArray
    point_from: NDArray[np.int64]
    point_to: NDArray[np.int64]
    n_points: int
    middles: list[tuple[int, float]]  # road and offset (m) of the middle of each stretch between nodes


def _cut_roads(network: RoadNetwork, cells: Cells, road: IntArray, arm_m: float) -> _Slots:
    """Cut all roads, one after the other."""
    n_links, n_nodes = len(road), len(network.node_x_m)
    n_points, n_slots = n_nodes, 0
    bounds_of: dict[int, FloatArray] = {}
    first = np.zeros(n_links, np.int64)
    slot_road, slot_begin, slot_end, slot_stretch = [], [], [], []
    point_from, point_to = [], []
    middles: list[tuple[int, float]] = []
    for one in np.flatnonzero(road == np.arange(n_links)).tolist():
        bounds, owners = _cut_road(float(network.link_length_m[one]), arm_m, float(cells.sure_m[one]))
        ends = int(network.link_from[one]), int(network.link_to[one])
        n, base = len(owners), n_nodes + len(middles)
        first[one], bounds_of[one] = n_slots, bounds
        for k in range(1, max(owners) + 1):
            members = [j for j, owner in enumerate(owners) if owner == k]
            middles.append((one, float(bounds[members[0]] + bounds[members[-1] + 1]) / 2.0))
        slot_stretch += [ends[0] if owner == 0 else ends[1] if owner < 0 else base + owner - 1 for owner in owners]
        slot_road += [one] * n
        slot_begin += bounds[:-1].tolist()
        slot_end += bounds[1:].tolist()
        points = [ends[0], *range(n_points, n_points + n - 1), ends[1]]
        n_points += n - 1
        point_from += points[:-1]
        point_to += points[1:]
        n_slots += n
    return _Slots(
        bounds_of,
        first,
        np.array(slot_road, np.int32),
        np.array(slot_begin),
        np.array(slot_end),
        np.array(slot_stretch, np.int32),
        np.array(point_from),
        np.array(point_to),
        n_points,
        middles,
    )


def _cut_road(length_m: float, arm_m: float, sure_m: float) -> tuple[FloatArray, list[int]]:
    """Cut one road; return the borders of its slots (m), and whose each is.

    Returns
    -------
    Borders, and per slot 0 for the first node's, −1 for the last node's, else the number of a stretch between, from 1 on.
    """
    arm = min(arm_m, length_m / 2.0)
    between = length_m - 2.0 * arm
    n_between = int(np.ceil(between / (2.0 * arm_m) - 1e-9)) if between > 1e-6 else 0
    pieces = [(arm, 0)]
    pieces += [(between / n_between / 2.0, k + 1) for k in range(n_between) for _ in range(2)]
    pieces += [(arm, -1)]
    bounds, owners = [0.0], []
    for piece_m, owner in pieces:
        n = max(1, int(np.ceil(piece_m / sure_m - 1e-9)))
        bounds += [bounds[-1] + piece_m / n * (j + 1) for j in range(n)]
        owners += [owner] * n
    bounds[-1] = length_m
    return np.array(bounds), owners


def _find_windows(slots: _Slots, reach_m: float) -> tuple[IntArray, IntArray]:
    """Find in whose windows each slot lies: its own, and those whose stretch is so near that its middle is in reach."""
    length_m, stretch = slots.end_m - slots.begin_m, slots.stretch
    point_from, point_to, n_points = slots.point_from, slots.point_to, slots.n_points
    offset, near, far_m = _find_near_points(point_from, point_to, n_points, length_m, reach_m)
    ends = np.concatenate([point_from, point_to])
    slot_of_end = np.tile(np.arange(len(stretch)), 2)
    # From an end of a slot of the stretch over the points in reach of it to the slots that begin there.
    by_end = np.argsort(ends, kind="stable")
    first = np.searchsorted(ends[by_end], np.arange(n_points + 1))
    pairs = [np.column_stack([np.arange(len(stretch)), stretch])]
    for end, slot in zip(ends.tolist(), slot_of_end.tolist(), strict=True):
        for k in range(offset[end], offset[end + 1]):
            point = near[k]
            for other in slot_of_end[by_end[first[point] : first[point + 1]]].tolist():
                if far_m[k] + length_m[other] / 2.0 <= reach_m:
                    pairs.append(np.array([[other, stretch[slot]]]))
    unique = np.unique(np.concatenate(pairs), axis=0)
    return (
        np.searchsorted(unique[:, 0], np.arange(len(stretch) + 1)).astype(np.int32),
        np.ascontiguousarray(unique[:, 1], np.int32),
    )


def _find_near_points(
    point_from: NDArray[np.int64], point_to: NDArray[np.int64], n_points: int, length_m: FloatArray, limit_m: float
) -> Near:
    """Find the points within a distance along the road of each point, in any direction of travel (CSR)."""
    order = np.argsort(length_m, kind="stable")
    low, high = np.minimum(point_from, point_to)[order], np.maximum(point_from, point_to)[order]
    # A sparse matrix adds up parallel edges: take the shortest. An explicit zero is an edge, too, if tiny.
    _, shortest = np.unique(low * n_points + high, return_index=True)
    weight = np.maximum(length_m[order][shortest], 1e-9)
    graph = csr_matrix((weight, (low[shortest], high[shortest])), shape=(n_points, n_points))
    offset, near, far_m = [0], [], []
    for begin in range(0, n_points, 500):
        block = dijkstra(graph, directed=False, indices=np.arange(begin, min(begin + 500, n_points)), limit=limit_m)
        for row in np.atleast_2d(block):
            reached = np.flatnonzero(np.isfinite(row))
            near.append(reached)
            far_m.append(row[reached])
            offset.append(offset[-1] + len(reached))
    return Near(np.array(offset, np.int32), np.concatenate(near).astype(np.int32), np.concatenate(far_m))


def _find_near_stretches(
    stretch: IntArray, window_offset: IntArray, window: IntArray, n_stretches: int
) -> tuple[IntArray, IntArray]:
    """Find the other stretches of which a slot lies in the window of each."""
    owner = np.repeat(stretch, np.diff(window_offset))
    pairs = np.unique(np.column_stack([window, owner])[window != owner], axis=0).reshape(-1, 2)
    return (
        np.searchsorted(pairs[:, 0], np.arange(n_stretches + 1)).astype(np.int32),
        np.ascontiguousarray(pairs[:, 1], np.int32),
    )


def _find_reaches(
    network: RoadNetwork, cells: Cells, road: IntArray, begin_m: FloatArray, end_m: FloatArray, slot_cell: IntArray
) -> tuple[IntArray, IntArray, FloatArray, FloatArray, tuple[IntArray, FloatArray, FloatArray, FloatArray]]:
    """Find from which other slots each can be seen, within both contact distances, and the ways between them."""
    x, y = _find_points(cells, road, begin_m, end_m, slot_cell)
    middle_x, middle_y = x.mean(axis=1), y.mean(axis=1)
    radius = np.hypot(x - middle_x[:, None], y - middle_y[:, None]).max(axis=1) + (end_m - begin_m) / (N_POINTS - 1)
    distance_m, road_distance_m = float(cells.distance_m[0]), float(cells.road_distance_m[0])
    found = cKDTree(np.column_stack([middle_x, middle_y])).query_pairs(
        distance_m + 2.0 * float(radius.max()), output_type="ndarray"
    )
    apart = np.hypot(middle_x[found[:, 0]] - middle_x[found[:, 1]], middle_y[found[:, 0]] - middle_y[found[:, 1]])
    found = found[apart <= distance_m + radius[found].sum(axis=1)]
    own = np.concatenate([found[:, 0], found[:, 1]]).astype(np.int32)
    seen = np.concatenate([found[:, 1], found[:, 0]]).astype(np.int32)
    order = np.lexsort((seen, own))
    near = _find_near_points(
        network.link_from.astype(np.int64),
        network.link_to.astype(np.int64),
        len(network.node_x_m),
        network.link_length_m,
        road_distance_m,
    )
    ends = Ends(network.link_from, network.link_to, network.link_twin, network.link_length_m)
    kept, count, ways = _find_ways(own[order], seen[order], road, begin_m, end_m, ends, near, road_distance_m)
    constant, sign_a, sign_b = ways
    own, seen = own[order][kept], seen[order][kept]
    way_offset = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
    way = way_offset[:-1]
    at = np.linspace(begin_m, end_m, N_POINTS, axis=1)
    straight = np.ones(len(own))
    for begin in range(0, len(own), 4096):
        part = slice(begin, begin + 4096)
        a, b, k = own[part], seen[part], way[part]
        along = constant[k][:, None, None] + sign_a[k][:, None, None] * at[a][:, :, None]
        along = along + sign_b[k][:, None, None] * at[b][:, None, :]
        apart = np.hypot(x[a][:, :, None] - x[b][:, None, :], y[a][:, :, None] - y[b][:, None, :])
        share = np.where(along >= 0.9 * distance_m, apart / np.maximum(along, 1e-9), 1.0)
        straight[part] = share.min(axis=(1, 2)) * SAFETY
    east, north = x[:, -1] - x[:, 0], y[:, -1] - y[:, 0]
    length = np.maximum(np.hypot(east, north), 1e-9)
    east, north = east / length, north / length
    cosine = np.clip(east[own] * east[seen] + north[own] * north[seen], -1.0, 1.0)
    offset = np.searchsorted(own, np.arange(len(road) + 1)).astype(np.int32)
    return (
        offset,
        np.ascontiguousarray(seen),
        np.minimum(straight, 1.0),
        cosine,
        (way_offset, constant, sign_a, sign_b),
    )


@allocating_kernel
def _find_points(
    cells: Cells, road: np.ndarray, begin_m: np.ndarray, end_m: np.ndarray, slot_cell: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find the coordinates (m) of points on slots, from start to end."""
    n = len(road)
    x, y = np.empty((n, N_POINTS)), np.empty((n, N_POINTS))
    for slot in range(n):
        cell, last = slot_cell[slot], cells.offset[road[slot] + 1] - 1
        for k in range(N_POINTS):
            at_m = begin_m[slot] + (end_m[slot] - begin_m[slot]) * k / (N_POINTS - 1)
            while cell < last and cells.bound_m[cell + road[slot] + 1] <= at_m:
                cell += 1
            on_m = at_m - cells.bound_m[cell + road[slot]]
            x[slot, k], y[slot, k] = cells.x0_m[cell] + on_m * cells.dx[cell], cells.y0_m[cell] + on_m * cells.dy[cell]
    return x, y


@allocating_kernel
def _find_ways(
    own: np.ndarray,
    seen: np.ndarray,
    road: np.ndarray,
    begin_m: np.ndarray,
    end_m: np.ndarray,
    ends: Ends,
    near: Near,
    limit_m: float,
) -> tuple[np.ndarray, np.ndarray, Ways]:
    """Keep the pairs of slots that can be within a distance along the road, with the ways between them."""
    kept, count, n_kept, n = np.empty(len(own), np.int64), np.empty(len(own), np.int32), 0, 0
    ways = Ways(np.empty(1024), np.empty(1024), np.empty(1024))
    for pair in range(len(own)):
        a, b = own[pair], seen[pair]
        before = n
        if n + 64 > len(ways.constant_m):
            room = np.empty(n + 64)
            ways = Ways(
                np.concatenate((ways.constant_m, room)),
                np.concatenate((ways.sign_a, room)),
                np.concatenate((ways.sign_b, room)),
            )
        if road[a] == road[b]:
            is_ahead = begin_m[b] >= begin_m[a]
            if max(begin_m[a] - end_m[b], begin_m[b] - end_m[a]) <= limit_m:
                ways.constant_m[n] = 0.0
                ways.sign_a[n], ways.sign_b[n] = (-1.0 if is_ahead else 1.0), (1.0 if is_ahead else -1.0)
                n += 1
        else:
            one, other = (road[a], begin_m[a], end_m[a]), (road[b], begin_m[b], end_m[b])
            n = add_ways(one, other, ends, near, limit_m, ways, n)
        if n > before:
            kept[n_kept], count[n_kept] = pair, n - before
            n_kept += 1
    found = Ways(ways.constant_m[:n].copy(), ways.sign_a[:n].copy(), ways.sign_b[:n].copy())
    return kept[:n_kept].copy(), count[:n_kept].copy(), found
