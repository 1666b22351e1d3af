"""Rides: how every vehicle went along its trip's route, as few straight pieces of time and way as tell it.

The engine knows each vehicle's times at the bounds of the cells of its links (`sim.engine.passages`). Along its route
that is one line of time and way, mostly straight over many links. A ride keeps the corners only, so that a whole day
is smaller than a picture and any moment of it can be drawn at once, forwards and backwards.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.engine.model import RallyModel

TOLERANCE_M = 1.0  # between a ride's line and the engine's, before rounding
TIME_STEP_S = 0.1  # times are told in tenths of a second …
WAY_STEP_M = 1.0  # … and ways in metres: no screen shows less

IntArray = NDArray[np.int32]


class Rides(NamedTuple):
    """Rides by their begin. Ride r has the corners ``offset[r]:offset[r + 1]``."""

    trip: IntArray  # (n,) 2·unit + phase
    vehicle: IntArray  # (n,)
    offset: IntArray  # (n + 1,)
    time: IntArray  # per corner, in TIME_STEP_S after local midnight of the first day
    way: IntArray  # per corner, in WAY_STEP_M from the begin of the trip's route


def build_rides(model: RallyModel) -> Rides:
    """Build the rides of all vehicles so far; who waits to get onto the road is on none.

    Passages are ordered by link, side and entry. So are traversals once sorted, which know the vehicle and the step of
    its route.
    """
    passages = model.compute_passages(is_everywhere=True)
    roads, rows = model.state.roads, model.state.traversals
    n_links = len(model.network.link_length_m)
    kept = np.flatnonzero(rows.link[: rows.n[0]] < n_links)
    vehicle, step = rows.vehicle[kept], rows.step[kept]
    side = model.plan.routes.unit_side[model.plan.vehicle_unit[vehicle]]
    # Traversals of a link are written down as they begin, so their order on the link is that of the rows.
    row = np.argsort(2 * rows.link[kept] + side, kind="stable")
    vehicle, step = vehicle[row], step[row]
    ride = 2 * vehicle + passages.trip % 2
    order = np.lexsort((step, ride))
    is_first = np.concatenate([[True], np.diff(ride[order]) != 0]) if len(order) else np.empty(0, np.bool_)
    first = np.flatnonzero(is_first)
    # Way from the begin of the route to that of each step's link.
    end_m = np.cumsum(roads.length_m[roads.route_link])
    begin_m = end_m - roads.length_m[roads.route_link]
    trip_begin_m = begin_m[roads.route_offset[passages.trip]]
    base_m = begin_m[step] - trip_begin_m

    ride_offset = np.concatenate([first, [len(order)]]).astype(np.int64)
    room = len(passages.time_s)
    n_corners, time, way, offset = find_corners(
        ride_offset,
        order,
        passages.times,
        passages.time_s,
        passages.link.astype(np.int64),
        base_m,
        model.cells.offset.astype(np.int64),
        model.cells.bound_m,
        room,
    )
    time, way = time[:n_corners], way[:n_corners]
    begin = np.lexsort((ride[order[first]], time[offset[:-1]])) if len(first) else np.empty(0, np.int64)
    count = np.diff(offset)[begin]
    sorted_offset = np.concatenate([[0], np.cumsum(count)])
    chosen = np.repeat(offset[:-1][begin] - sorted_offset[:-1], count) + np.arange(sorted_offset[-1])
    entry = order[first][begin]
    return Rides(
        trip=passages.trip[entry].astype(np.int32),
        vehicle=vehicle[entry].astype(np.int32),
        offset=sorted_offset.astype(np.int32),
        time=time[chosen],
        way=way[chosen],
    )


@njit(cache=True)
def find_corners(
    ride_offset: np.ndarray,
    order: np.ndarray,
    times: np.ndarray,
    time_s: np.ndarray,
    link: np.ndarray,
    base_m: np.ndarray,
    cell_offset: np.ndarray,
    bound_m: np.ndarray,
    room: int,
) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """Find the corners of each ride's line of time and way, rounded.

    A swinging door: from the latest corner, all speeds are kept that pass every moment since within the tolerance; when
    none is left, the moment before is the next corner.

    Returns
    -------
    Number of corners, their times and ways (with room behind), and where each ride's begin.
    """
    n_rides = len(ride_offset) - 1
    time, way = np.empty(room, np.int32), np.empty(room, np.int32)
    offset = np.zeros(n_rides + 1, np.int32)
    n = 0
    for ride in range(n_rides):
        from_s, from_m, last_s, last_m = 0.0, 0.0, 0.0, 0.0
        slowest, fastest = -np.inf, np.inf
        is_begin = True
        for place in range(ride_offset[ride], ride_offset[ride + 1]):
            entry = order[place]
            bounds = cell_offset[link[entry]] + link[entry]
            n_bounds = cell_offset[link[entry] + 1] - cell_offset[link[entry]] + 1
            for k in range(n_bounds):
                now_s, now_m = time_s[times[entry] + k], base_m[entry] + bound_m[bounds + k]
                if is_begin:
                    time[n], way[n] = np.int32(np.rint(now_s / TIME_STEP_S)), np.int32(np.rint(now_m / WAY_STEP_M))
                    n += 1
                    from_s, from_m, is_begin = now_s, now_m, False
                elif now_s > from_s:
                    speed = (now_m - from_m) / (now_s - from_s)
                    if speed < slowest or speed > fastest:
                        time[n] = np.int32(np.rint(last_s / TIME_STEP_S))
                        way[n] = np.int32(np.rint(last_m / WAY_STEP_M))
                        n += 1
                        from_s, from_m = last_s, last_m
                        slowest, fastest = -np.inf, np.inf
                    if now_s > from_s:
                        slowest = max(slowest, (now_m - TOLERANCE_M - from_m) / (now_s - from_s))
                        fastest = min(fastest, (now_m + TOLERANCE_M - from_m) / (now_s - from_s))
                last_s, last_m = now_s, now_m
        if not is_begin:
            time[n], way[n] = np.int32(np.rint(last_s / TIME_STEP_S)), np.int32(np.rint(last_m / WAY_STEP_M))
            n += 1
        offset[ride + 1] = n
    return n, time, way, offset
