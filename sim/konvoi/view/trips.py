"""Trips: how every vehicle went along its trip's route, as few straight pieces of time and way as tell it.

The engine knows each vehicle's times at the bounds of the cells of its links (`konvoi.contacts.rides`). Along the links it
rode that is one line of time and way, mostly straight over many links. A trip keeps the corners only, so that a whole
day is smaller than a picture and any moment of it can be drawn at once, forwards and backwards.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import IntArray
from konvoi.contacts.search import time_rides_of
from konvoi.engine.model import RallyModel
from konvoi.kernels import allocating_kernel

TOLERANCE_M = 1.0  # between a trip's line and the engine's, before rounding
TIME_STEP_S = 0.1  # times are told in tenths of a second …
WAY_STEP_M = 1.0  # … and ways in metres: no screen shows less


class Trips(NamedTuple):
    """Trips by their start. Trip r has the corners ``offset[r]:offset[r + 1]``.

    A line is a sequence of links that somebody rode on one trip: ``line_link[line_offset[k]:line_offset[k + 1]]``.
    Most trips have one; those with ways around closed roads have more.
    """

    line: IntArray  # (n,)
    vehicle: IntArray  # (n,)
    offset: IntArray  # (n + 1,)
    time: IntArray  # per corner, in TIME_STEP_S after local midnight of the first day
    way: IntArray  # per corner, in WAY_STEP_M from the start of the line
    line_trip: IntArray  # (n_lines,) 2·unit + phase
    line_offset: IntArray  # (n_lines + 1,)
    line_link: IntArray


def build_trips(model: RallyModel) -> Trips:
    """Build the trips of all vehicles so far; who waits to get onto the road is on none.

    Timed rides are ordered by link, side and entry. So are the engine's once sorted, which know the vehicle: they
    are written down as they begin.
    """
    timed = time_rides_of(model, is_everywhere=True)
    rows = model.list_rides()
    kept = np.flatnonzero(rows.link < len(model.network.link_length_m))
    vehicle = rows.vehicle[kept]
    side = model.plan.routes.unit_side[model.plan.vehicle_unit[vehicle]]
    row = np.argsort(2 * rows.link[kept] + side, kind="stable")
    number = 2 * vehicle[row].astype(np.int64) + timed.rides.trip % 2
    order = np.lexsort((row, number))  # of rides: by trip, as it went
    first = np.flatnonzero(np.diff(number[order], prepend=-1))
    count = np.diff(first, append=len(order))
    # Way from the start of the trip to that of each link.
    length_m = model.network.link_length_m[timed.rides.link[order]]
    begin_m = np.cumsum(length_m) - length_m
    base_m = np.empty(len(order))
    base_m[order] = begin_m - np.repeat(begin_m[first], count)

    n_corners, time, way, offset = find_corners(
        np.append(first, len(order)),
        order,
        timed.rides.times,
        timed.time_s,
        timed.rides.link.astype(np.int64),
        base_m,
        model.cells.offset.astype(np.int64),
        model.cells.bound_m,
    )
    line, example = find_lines(timed.rides.link[order], timed.rides.trip[order], first, count)
    begin = np.lexsort((number[order[first]], time[offset[:-1]]))
    line_offset = np.concatenate([[0], np.cumsum(count[example])])
    sorted_offset = np.concatenate([[0], np.cumsum(np.diff(offset)[begin])])
    corner = list_ranges(offset[:-1][begin], sorted_offset)
    return Trips(
        line=line[begin].astype(np.int32),
        vehicle=(number[order[first]][begin] // 2).astype(np.int32),
        offset=sorted_offset.astype(np.int32),
        time=time[:n_corners][corner],
        way=way[:n_corners][corner],
        line_trip=timed.rides.trip[order[first[example]]].astype(np.int32),
        line_offset=line_offset.astype(np.int32),
        line_link=timed.rides.link[order][list_ranges(first[example], line_offset)].astype(np.int32),
    )


def list_ranges(begin: NDArray[np.int64] | IntArray, offset: NDArray[np.int64]) -> NDArray[np.int64]:
    """List the numbers from each start on, as many as the offsets of the list say."""
    return np.arange(offset[-1]) + np.repeat(begin - offset[:-1], np.diff(offset))


def find_lines(
    link: IntArray, trip: IntArray, first: NDArray[np.int64], count: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the lines of trips: the number of each trip's, and one trip of each line.

    Those of one trip ride one line when their links and the order of these are the same: told by their number and a sum
    of 64 bits over links and places.
    """
    if len(first) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    place = np.arange(len(link)) - np.repeat(first, count)
    mixed = (link.astype(np.uint64) + np.uint64(1)) * (2 * place.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15))
    mixed ^= mixed >> np.uint64(29)
    total = np.add.reduceat(mixed * np.uint64(0xBF58476D1CE4E5B9), first)
    key = np.column_stack([trip[first].astype(np.uint64), count.astype(np.uint64), total])
    _, example, line = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return line.ravel(), example


@allocating_kernel
def find_corners(
    trip_offset: np.ndarray,
    order: np.ndarray,
    times: np.ndarray,
    time_s: np.ndarray,
    link: np.ndarray,
    base_m: np.ndarray,
    cell_offset: np.ndarray,
    bound_m: np.ndarray,
) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """Find the corners of each trip's line of time and way, rounded.

    A swinging door: from the latest corner, all speeds are kept that pass every moment since within the tolerance; when
    none is left, the moment before is the next corner.

    Returns
    -------
    Number of corners, their times and ways (with room behind), and where each trip's begin.
    """
    n_trips = len(trip_offset) - 1
    time, way = np.empty(len(time_s), np.int32), np.empty(len(time_s), np.int32)
    offset = np.zeros(n_trips + 1, np.int32)
    n = 0
    for trip in range(n_trips):
        from_s, from_m, last_s, last_m = 0.0, 0.0, 0.0, 0.0
        slowest, fastest = -np.inf, np.inf
        is_begin = True
        for place in range(trip_offset[trip], trip_offset[trip + 1]):
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
        offset[trip + 1] = n
    return n, time, way, offset
