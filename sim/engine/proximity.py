"""Kernels that find when the two sides are near each other, and make contacts of it (MODEL §6).

1. `compute_passages`: when each vehicle passed each bound of the cells of its links, by Newell's rule.
2. `find_coverages`: for each vehicle of one side, exactly when anyone of each unit of the other side was near.
3. `find_contacts`: per pair of units, those times merged to contacts, with people, exposure, place and type.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.engine.cells import Cells
from sim.engine.following import compute_speed, inlined, kernel
from sim.engine.state import NONE, State

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

HEAD_ON, CROSSING, MERGING, TAILING, QUEUE_BESIDE = 0, 1, 2, 3, 4
N_TYPES = 5
NEVER_S = 1e12  # a vehicle that is still on its link leaves it then
STANDING_MPS = 0.5
TOUCH_S = 1e-6  # two near times that touch are one
EXACT_LEAST_M = 5.0  # a pair of units known to have come this near is not searched for its least distance any more
LONGEST_BIN_S = 5.0
MAX_WAYS = 4  # along the road between two cells: one per pair of link ends


class Passages(NamedTuple):
    """Traversals by link and trip, in their order, with the times at the bounds of the link's cells.

    Trip t on link l has the entries ``offset[l · n_trips + t]:offset[l · n_trips + t + 1]``; side s has the trips
    ``present[s, l, 0:n_present[s, l]]`` there.
    """

    offset: IntArray  # (n_links · n_trips + 1,)
    n_present: IntArray  # (2, n_links)
    present: IntArray  # (2, n_links, largest number)
    people: FloatArray
    next_link: IntArray  # link ridden next; NONE at the end of the trip
    times: NDArray[np.int64]  # index of the first of the entry's times in time_s
    time_s: FloatArray


class Coverages(NamedTuple):
    """Times during which a vehicle of one side was near a unit of the other: one row each."""

    trip_1: IntArray  # 2·unit + phase of side 1
    trip_2: IntArray
    begin_s: FloatArray
    end_s: FloatArray
    people: FloatArray  # in the vehicle
    kind: NDArray[np.int8]  # contact type at the begin
    link: IntArray  # of the vehicle at the begin
    offset_m: FloatArray
    closing_mps: FloatArray  # at the begin


class PairSums(NamedTuple):
    """What is kept per pair of trips: (n_trips, n_trips), side 1 first."""

    least_m: FloatArray
    is_standing: NDArray[np.bool_]


class Spans(NamedTuple):
    """For one vehicle: the open near time with each trip of the other side."""

    n: NDArray[np.int64]  # (1,) number of trips listed
    listed: IntArray
    is_open: NDArray[np.bool_]
    begin_s: FloatArray
    end_s: FloatArray
    kind: NDArray[np.int8]
    link: IntArray
    offset_m: FloatArray
    closing_mps: FloatArray


class Scratch(NamedTuple):
    """Working memory of `find_coverages`, which allocates nothing."""

    spans: Spans  # near times that go on from cell to cell
    visits: Spans  # near times in the cell at hand
    pointer: NDArray[
        np.int64
    ]  # per pair of cells of a link and trip there: first opponent that may still be in its cell
    ahead_s: FloatArray  # when that one enters its cell
    any_ahead_s: FloatArray  # per pair of cells of a link: no opponent of any trip enters before
    done: NDArray[np.int64]  # per trip: latest visit it can tell nothing new about
    visit: NDArray[np.int64]  # (1,) number of the visit at hand
    found: FloatArray  # (2 · MAX_WAYS,)
    extra_trip: IntArray  # near times in the cell at hand that do not touch the first one of their trip
    extra: FloatArray  # (n, 2)


def build_scratch(passages: Passages, cells: Cells, n_trips: int) -> Scratch:
    """Build the working memory for either side."""

    def spans() -> Spans:
        return Spans(
            np.zeros(1, np.int64),
            np.empty(n_trips, np.int32),
            np.zeros(n_trips, np.bool_),
            np.empty(n_trips),
            np.empty(n_trips),
            np.empty(n_trips, np.int8),
            np.empty(n_trips, np.int32),
            np.empty(n_trips),
            np.empty(n_trips),
        )

    n_extra = MAX_WAYS * len(passages.people) + 1  # at most one per way and opponent
    most_pairs = int(np.diff(cells.near_offset[cells.offset]).max())
    return Scratch(
        spans(),
        spans(),
        np.empty(most_pairs * passages.present.shape[2], np.int64),
        np.empty(most_pairs * passages.present.shape[2]),
        np.empty(most_pairs),
        np.zeros(n_trips, np.int64),
        np.zeros(1, np.int64),
        np.empty(2 * MAX_WAYS),
        np.empty(n_extra, np.int32),
        np.empty((n_extra, 2)),
    )


class Contacts(NamedTuple):
    """One row per contact."""

    trip_1: IntArray
    trip_2: IntArray
    begin_s: FloatArray
    end_s: FloatArray
    kind: NDArray[np.int8]
    link: IntArray
    offset_m: FloatArray
    closing_mps: FloatArray
    people_1: FloatArray
    people_2: FloatArray
    exposure_person_s: FloatArray


@njit(cache=True)
def compute_passages(state: State, cells: Cells, unit_side: np.ndarray, vehicle_people: np.ndarray) -> Passages:
    """Compute when each vehicle passed each bound of the cells of its links.

    T_i(x) = max(T_i(x − Δx) + Δx/u_i, T_{i−1}(x + δ_i) + τ_i): free, or behind the leader in the same link (Newell
    2002). Begin and end of the link are known from `movement.advance`.

    Parameters
    ----------
    unit_side
        (n_units,) 1 or 2.
    vehicle_people
        (n_vehicles,) people in each vehicle.
    """
    roads, fleet, links, rows = state.roads, state.fleet, state.links, state.traversals
    n_links = len(cells.offset) - 1
    n_trips = 2 * len(unit_side)
    offset = np.zeros(n_links * n_trips + 1, np.int32)
    n_times = 0
    for row in range(rows.n[0]):
        link = rows.link[row]
        if link < n_links:
            unit = fleet.unit[rows.vehicle[row]]
            phase = 0 if rows.step[row] < roads.route_offset[2 * unit + 1] else 1
            offset[link * n_trips + 2 * unit + phase + 1] += 1
            n_times += cells.offset[link + 1] - cells.offset[link] + 1
    n_present = np.zeros((2, n_links), np.int32)
    for link in range(n_links):
        for trip in range(n_trips):
            if offset[link * n_trips + trip + 1] > 0:
                n_present[unit_side[trip // 2] - 1, link] += 1
    present = np.empty((2, n_links, max(1, n_present.max())), np.int32)
    n_present[:] = 0
    for link in range(n_links):
        for trip in range(n_trips):
            if offset[link * n_trips + trip + 1] > 0:
                side = unit_side[trip // 2] - 1
                present[side, link, n_present[side, link]] = trip
                n_present[side, link] += 1
    for place in range(n_links * n_trips):
        offset[place + 1] += offset[place]
    n_entries = offset[n_links * n_trips]
    people = np.empty(n_entries)
    next_link = np.empty(n_entries, np.int32)
    times = np.empty(n_entries, np.int64)
    time_s = np.empty(n_times)
    filled = offset.copy()
    used = 0
    for link in range(n_links):
        n_cells = cells.offset[link + 1] - cells.offset[link]
        bounds = cells.bound_m[cells.offset[link] + link : cells.offset[link + 1] + link + 1]
        row = links.first[link]
        leader = -1
        leader_mps = 1.0
        while row != NONE:
            vehicle = rows.vehicle[row]
            unit = fleet.unit[vehicle]
            speed = compute_speed(roads, fleet, vehicle, link)
            delta = fleet.pcu[vehicle] / roads.jam_density_pcu_m[link]
            tau = max(0.0, fleet.pcu[vehicle] / roads.capacity_pcu_s[link] - delta / roads.free_speed_mps[link])
            begin_s = rows.begin_s[row]
            end_s = rows.end_s[row] if not np.isnan(rows.end_s[row]) else NEVER_S
            time_s[used] = begin_s
            ahead = 0
            for k in range(1, n_cells):
                passed_s = time_s[used + k - 1] + (bounds[k] - bounds[k - 1]) / speed
                if leader >= 0:
                    x = bounds[k] + delta
                    if x >= bounds[n_cells]:
                        behind_s = time_s[leader + n_cells] + (x - bounds[n_cells]) / leader_mps + tau
                    else:
                        while bounds[ahead + 1] <= x:
                            ahead += 1
                        before_s = time_s[leader + ahead]
                        share = (x - bounds[ahead]) / (bounds[ahead + 1] - bounds[ahead])
                        behind_s = before_s + share * (time_s[leader + ahead + 1] - before_s) + tau
                    passed_s = max(passed_s, behind_s)
                # A slow vehicle let go behind a fast one leaves with it (`movement`): it makes up at v_f at most.
                latest_s = end_s - (bounds[n_cells] - bounds[k]) / roads.free_speed_mps[link]
                time_s[used + k] = min(passed_s, latest_s)
            time_s[used + n_cells] = end_s
            step = rows.step[row]
            phase = 0 if step < roads.route_offset[2 * unit + 1] else 1
            place = link * n_trips + 2 * unit + phase
            entry = filled[place]
            filled[place] = entry + 1
            people[entry] = vehicle_people[vehicle]
            following = step + 1
            is_last = following >= roads.route_offset[2 * unit + phase + 1]
            next_link[entry] = NONE if is_last else roads.route_link[following]
            times[entry] = used
            leader = used
            leader_mps = speed
            used += n_cells + 1
            row = rows.following[row]
    return Passages(offset, n_present, present, people, next_link, times, time_s)


@kernel
def find_coverages(
    passages: Passages,
    cells: Cells,
    link_twin: np.ndarray,
    sums: PairSums,
    side: int,
    room: Coverages,
    scratch: Scratch,
) -> int:
    """Find when vehicles of one side were near units of the other, exactly.

    Parameters
    ----------
    side
        0 or 1: whose vehicles.
    sums
        Brought up to date.
    room
        Filled from the first row on; rows that do not fit are counted, not written.

    Returns
    -------
    Number of rows needed.
    """
    other = 1 - side
    n_trips = sums.least_m.shape[0]
    spans = scratch.spans
    n_rows = 0
    for link in range(len(cells.offset) - 1):
        if passages.n_present[side, link] == 0:
            continue
        for own in range(passages.n_present[side, link]):
            trip = passages.present[side, link, own]
            first, last = passages.offset[link * n_trips + trip], passages.offset[link * n_trips + trip + 1]
            if not _has_opponents(passages, cells, n_trips, link, other, first, last):
                continue
            _reset_pointers(
                passages, cells, n_trips, link, other, scratch.pointer, scratch.ahead_s, scratch.any_ahead_s
            )
            for entry in range(first, last):
                people = passages.people[entry]
                for c in range(cells.offset[link], cells.offset[link + 1]):
                    k = c - cells.offset[link]
                    t0, t1 = passages.time_s[passages.times[entry] + k], passages.time_s[passages.times[entry] + k + 1]
                    if t1 > t0:
                        n_rows = _visit(
                            passages,
                            cells,
                            link_twin,
                            sums,
                            side,
                            room,
                            scratch,
                            n_rows,
                            trip,
                            entry,
                            c,
                            t0,
                            t1,
                            people,
                        )
                for v in range(spans.n[0]):
                    met = spans.listed[v]
                    n_rows = _emit(spans, met, room, n_rows, trip, people, side)
                    spans.is_open[met] = False
                spans.n[0] = 0
    return n_rows


@inlined
def _reset_pointers(
    passages: Passages,
    cells: Cells,
    n_trips: int,
    link: int,
    other: int,
    pointer: np.ndarray,
    ahead_s: np.ndarray,
    any_ahead_s: np.ndarray,
) -> None:
    """Point at the first opponent of each trip for each pair of cells of a link."""
    stride = passages.present.shape[2]
    base = cells.near_offset[cells.offset[link]]
    for p in range(base, cells.near_offset[cells.offset[link + 1]]):
        seen_link = cells.link[cells.near[p]]
        any_ahead_s[p - base] = -np.inf
        for index in range(passages.n_present[other, seen_link]):
            seen_trip = passages.present[other, seen_link, index]
            pointer[(p - base) * stride + index] = passages.offset[seen_link * n_trips + seen_trip]
            ahead_s[(p - base) * stride + index] = -np.inf


@inlined
def _visit(
    passages: Passages,
    cells: Cells,
    link_twin: np.ndarray,
    sums: PairSums,
    side: int,
    room: Coverages,
    scratch: Scratch,
    n_rows: int,
    trip: int,
    entry: int,
    c: int,
    t0: float,
    t1: float,
    people: float,
) -> int:
    """Find the near times of one vehicle while it is in one cell, and add them to its open ones."""
    visits = scratch.visits
    time_s, times = passages.time_s, passages.times
    other, n_trips, link = 1 - side, sums.least_m.shape[0], cells.link[c]
    stride, base = passages.present.shape[2], cells.near_offset[cells.offset[link]]
    own_m = cells.bound_m[c + link + 1] - cells.bound_m[c + link]
    is_slow = own_m < STANDING_MPS * (t1 - t0)
    n_extra = 0
    scratch.visit[0] += 1
    visit = scratch.visit[0]
    for p in range(cells.near_offset[c], cells.near_offset[c + 1]):
        if scratch.any_ahead_s[p - base] >= t1:
            continue
        seen = cells.near[p]
        seen_link = cells.link[seen]
        j = seen - cells.offset[seen_link]
        any_ahead_s = np.inf
        for index in range(passages.n_present[other, seen_link]):
            place = (p - base) * stride + index
            if scratch.ahead_s[place] >= t1:
                any_ahead_s = min(any_ahead_s, scratch.ahead_s[place])
                continue
            seen_trip = passages.present[other, seen_link, index]
            # A trip can tell nothing new when the whole visit is covered, and least distance and standing are known.
            if scratch.done[seen_trip] == visit:
                any_ahead_s = -np.inf
                continue
            i, h = (trip, seen_trip) if side == 0 else (seen_trip, trip)
            is_told = sums.least_m[i, h] <= EXACT_LEAST_M and (not is_slow or sums.is_standing[i, h])
            stop = passages.offset[seen_link * n_trips + seen_trip + 1]
            candidate = scratch.pointer[place]
            while candidate < stop and time_s[times[candidate] + j + 1] <= t0:
                candidate += 1
            scratch.pointer[place] = candidate
            scratch.ahead_s[place] = time_s[times[candidate] + j] if candidate < stop else np.inf
            any_ahead_s = min(any_ahead_s, scratch.ahead_s[place])
            while candidate < stop:
                s0 = time_s[times[candidate] + j]
                if s0 >= t1:
                    break
                s1 = time_s[times[candidate] + j + 1]
                begin_s, end_s = max(t0, s0), min(t1, s1)
                if is_told and visits.is_open[seen_trip]:
                    if visits.begin_s[seen_trip] <= t0 and visits.end_s[seen_trip] >= t1:
                        scratch.done[seen_trip] = visit
                        break
                    if visits.begin_s[seen_trip] <= begin_s and visits.end_s[seen_trip] >= end_s:
                        candidate += 1
                        continue
                if end_s > begin_s:
                    n_found = _find_near_times(
                        cells, p, c, seen, t0, t1, s0, s1, begin_s, end_s, sums, i, h, scratch.found
                    )
                    for f in range(n_found):
                        a, b = scratch.found[2 * f], scratch.found[2 * f + 1]
                        if not visits.is_open[seen_trip]:
                            kind, closing = _classify(
                                cells, link_twin, c, seen, t0, t1, s0, s1, a,
                                passages.next_link[entry], passages.next_link[candidate],
                            )  # fmt: skip
                            _open(visits, seen_trip, a, b, kind, link, 0.0, closing)
                        elif a <= visits.end_s[seen_trip] + TOUCH_S and b >= visits.begin_s[seen_trip] - TOUCH_S:
                            visits.begin_s[seen_trip] = min(a, visits.begin_s[seen_trip])
                            visits.end_s[seen_trip] = max(b, visits.end_s[seen_trip])
                        else:
                            scratch.extra_trip[n_extra] = seen_trip
                            scratch.extra[n_extra, 0], scratch.extra[n_extra, 1] = a, b
                            n_extra += 1
                    is_told = sums.least_m[i, h] <= EXACT_LEAST_M and (not is_slow or sums.is_standing[i, h])
                candidate += 1
        scratch.any_ahead_s[p - base] = any_ahead_s
    # What was near in this cell continues what was near in the one before, or ends it.
    _sort_extra(scratch.extra_trip, scratch.extra, n_extra)
    bounds = cells.bound_m[c + link], cells.bound_m[c + link + 1]
    for v in range(visits.n[0]):
        met = visits.listed[v]
        n_rows = _merge(
            scratch.spans, visits, met, scratch.extra_trip, scratch.extra, n_extra, link, t0, t1, bounds, room, n_rows,
            trip, people, side,
        )  # fmt: skip
        visits.is_open[met] = False
    visits.n[0] = 0
    return n_rows


@inlined
def _open(
    spans: Spans, trip: int, begin_s: float, end_s: float, kind: int, link: int, offset_m: float, closing: float
) -> None:
    """Begin a near time with a trip of the other side."""
    if not spans.is_open[trip]:
        spans.is_open[trip] = True
        spans.listed[spans.n[0]] = trip
        spans.n[0] += 1
    spans.begin_s[trip] = begin_s
    spans.end_s[trip] = end_s
    spans.kind[trip] = kind
    spans.link[trip] = link
    spans.offset_m[trip] = offset_m
    spans.closing_mps[trip] = closing


@inlined
def _has_opponents(
    passages: Passages, cells: Cells, n_trips: int, link: int, other: int, first: int, last: int
) -> bool:
    """Whether the other side was near any cell of a link in the hours a trip was on it."""
    n_cells = cells.offset[link + 1] - cells.offset[link]
    begin_s = passages.time_s[passages.times[first]]
    end_s = passages.time_s[passages.times[last - 1] + n_cells]
    before = -1
    for p in range(cells.near_offset[cells.offset[link]], cells.near_offset[cells.offset[link + 1]]):
        seen = cells.link[cells.near[p]]
        if seen == before:
            continue
        before = seen
        n_seen = cells.offset[seen + 1] - cells.offset[seen]
        for index in range(passages.n_present[other, seen]):
            place = seen * n_trips + passages.present[other, seen, index]
            a, b = passages.offset[place], passages.offset[place + 1]
            if passages.time_s[passages.times[a]] < end_s and passages.time_s[passages.times[b - 1] + n_seen] > begin_s:
                return True
    return False


@inlined
def _find_near_times(
    cells: Cells,
    pair: int,
    c: int,
    seen: int,
    t0: float,
    t1: float,
    s0: float,
    s1: float,
    begin_s: float,
    end_s: float,
    sums: PairSums,
    i: int,
    h: int,
    found: np.ndarray,
) -> int:
    """Find when two vehicles, each at constant speed in its cell, are within both contact distances.

    |r + v·t|² ≤ d² for the straight line, |c + v_r·t| ≤ d_r for each way along the road.

    Parameters
    ----------
    i, h
        Trips of side 1 and side 2.
    found
        (2 · MAX_WAYS,) begins and ends, s.

    Returns
    -------
    Number of intervals found.
    """
    own_share, own_rate = (begin_s - t0) / (t1 - t0), 1.0 / (t1 - t0)
    seen_share, seen_rate = (begin_s - s0) / (s1 - s0), 1.0 / (s1 - s0)
    own_dx, own_dy = cells.x1_m[c] - cells.x0_m[c], cells.y1_m[c] - cells.y0_m[c]
    seen_dx, seen_dy = cells.x1_m[seen] - cells.x0_m[seen], cells.y1_m[seen] - cells.y0_m[seen]
    rx = cells.x0_m[c] + own_dx * own_share - cells.x0_m[seen] - seen_dx * seen_share
    ry = cells.y0_m[c] + own_dy * own_share - cells.y0_m[seen] - seen_dy * seen_share
    vx, vy = own_dx * own_rate - seen_dx * seen_rate, own_dy * own_rate - seen_dy * seen_rate
    duration_s = end_s - begin_s
    square, half, rest = vx * vx + vy * vy, rx * vx + ry * vy, rx * rx + ry * ry
    distance_m = cells.distance_m[0]
    low, high = 0.0, duration_s
    if square > 1e-12:
        discriminant = half * half - square * (rest - distance_m * distance_m)
        if discriminant <= 0.0:
            return 0
        root = np.sqrt(discriminant)
        low, high = max(low, (-half - root) / square), min(high, (-half + root) / square)
    elif rest > distance_m * distance_m:
        return 0
    if high <= low:
        return 0
    own_link, seen_link = cells.link[c], cells.link[seen]
    own_from, own_to = cells.bound_m[c + own_link], cells.bound_m[c + own_link + 1]
    seen_from, seen_to = cells.bound_m[seen + seen_link], cells.bound_m[seen + seen_link + 1]
    own_at, own_mps = own_from + (own_to - own_from) * own_share, (own_to - own_from) * own_rate
    seen_at, seen_mps = seen_from + (seen_to - seen_from) * seen_share, (seen_to - seen_from) * seen_rate
    n_found = 0
    for way in range(cells.way_offset[pair], cells.way_offset[pair + 1]):
        at = cells.way_constant_m[way] + cells.way_sign_a[way] * own_at + cells.way_sign_b[way] * seen_at
        rate = cells.way_sign_a[way] * own_mps + cells.way_sign_b[way] * seen_mps
        a, b = low, high
        limit = cells.road_distance_m[0]
        if abs(rate) > 1e-9:
            one, two = (-limit - at) / rate, (limit - at) / rate
            a, b = max(a, min(one, two)), min(b, max(one, two))
        elif abs(at) > limit:
            continue
        if b > a:
            found[2 * n_found], found[2 * n_found + 1] = begin_s + a, begin_s + b
            n_found += 1
            nearest = a if square <= 1e-12 else min(max(-half / square, a), b)
            least = np.sqrt(max(0.0, rest + 2.0 * half * nearest + square * nearest * nearest))
            sums.least_m[i, h] = min(sums.least_m[i, h], least)
            if own_mps < STANDING_MPS and seen_mps < STANDING_MPS:
                sums.is_standing[i, h] = True
    return n_found


@inlined
def _classify(
    cells: Cells,
    link_twin: np.ndarray,
    c: int,
    seen: int,
    t0: float,
    t1: float,
    s0: float,
    s1: float,
    time_s: float,
    next_link: int,
    seen_next: int,
) -> tuple[int, float]:
    """Tell the type of a meeting from where the two are and ride next, and their closing speed (m/s)."""
    link, seen_link = cells.link[c], cells.link[seen]
    ox, oy = (cells.x1_m[c] - cells.x0_m[c]) / (t1 - t0), (cells.y1_m[c] - cells.y0_m[c]) / (t1 - t0)
    px, py = (cells.x1_m[seen] - cells.x0_m[seen]) / (s1 - s0), (cells.y1_m[seen] - cells.y0_m[seen]) / (s1 - s0)
    dx = cells.x0_m[seen] + px * (time_s - s0) - cells.x0_m[c] - ox * (time_s - t0)
    dy = cells.y0_m[seen] + py * (time_s - s0) - cells.y0_m[c] - oy * (time_s - t0)
    apart = np.hypot(dx, dy)
    closing = -(dx * (px - ox) + dy * (py - oy)) / apart if apart > 0.0 else np.hypot(px - ox, py - oy)
    own_mps, seen_mps = np.hypot(ox, oy), np.hypot(px, py)
    is_beside = (own_mps < STANDING_MPS) != (seen_mps < STANDING_MPS)
    if seen_link == link or next_link == seen_link or seen_next == link:
        return TAILING, closing
    twin = link_twin[link]
    is_opposite = (
        (twin == seen_link and twin != link)
        or (next_link < len(link_twin) and link_twin[next_link] == seen_link)
        or (seen_next < len(link_twin) and link_twin[seen_next] == link)
    )
    if not is_opposite and next_link == seen_next and next_link != NONE:
        return MERGING, closing
    cosine = (ox * px + oy * py) / max(own_mps * seen_mps, 1e-12)
    if is_opposite or cosine < -0.7:
        return (QUEUE_BESIDE if is_beside else HEAD_ON), closing
    return (TAILING if cosine > 0.7 else CROSSING), closing


@inlined
def _sort_extra(trip: np.ndarray, extra: np.ndarray, n: int) -> None:
    """Sort the near times that did not touch the first one of their trip, by begin (few: insertion sort)."""
    for k in range(1, n):
        t, a, b = trip[k], extra[k, 0], extra[k, 1]
        j = k - 1
        while j >= 0 and extra[j, 0] > a:
            trip[j + 1], extra[j + 1, 0], extra[j + 1, 1] = trip[j], extra[j, 0], extra[j, 1]
            j -= 1
        trip[j + 1], extra[j + 1, 0], extra[j + 1, 1] = t, a, b


@inlined
def _merge(
    spans: Spans,
    visits: Spans,
    met: int,
    extra_trip: np.ndarray,
    extra: np.ndarray,
    n_extra: int,
    link: int,
    t0: float,
    t1: float,
    bounds: tuple[float, float],
    room: Coverages,
    n_rows: int,
    trip: int,
    people: float,
    side: int,
) -> int:
    """Add one cell's near times with a trip, in the order of time, to the vehicle's open one; write what ended."""
    first_s, first_end_s = visits.begin_s[met], visits.end_s[met]
    is_first_done = False
    k = 0
    while True:
        while k < n_extra and extra_trip[k] != met:
            k += 1
        if k == n_extra and is_first_done:
            return n_rows
        if not is_first_done and (k == n_extra or first_s <= extra[k, 0]):
            a, b = first_s, first_end_s
            is_first_done = True
        else:
            a, b = extra[k, 0], extra[k, 1]
            k += 1
        if spans.is_open[met] and a <= spans.end_s[met] + TOUCH_S:
            spans.end_s[met] = max(spans.end_s[met], b)
            continue
        if spans.is_open[met]:
            n_rows = _emit(spans, met, room, n_rows, trip, people, side)
        at = bounds[0] + (bounds[1] - bounds[0]) * (a - t0) / (t1 - t0)
        _open(spans, met, a, b, visits.kind[met], link, at, visits.closing_mps[met])


@inlined
def _emit(spans: Spans, met: int, room: Coverages, n_rows: int, trip: int, people: float, side: int) -> int:
    """Write a finished near time, if there is room, and count it."""
    if n_rows < len(room.begin_s):
        room.trip_1[n_rows] = trip if side == 0 else met
        room.trip_2[n_rows] = met if side == 0 else trip
        room.begin_s[n_rows] = spans.begin_s[met]
        room.end_s[n_rows] = spans.end_s[met]
        room.people[n_rows] = people
        room.kind[n_rows] = spans.kind[met]
        room.link[n_rows] = spans.link[met]
        room.offset_m[n_rows] = spans.offset_m[met]
        room.closing_mps[n_rows] = spans.closing_mps[met]
    return n_rows + 1


@njit(cache=True)
def find_contacts(
    first: Coverages,
    n_first: int,
    second: Coverages,
    n_second: int,
    n_trips: int,
    merge_s: float,
    min_duration_s: float,
    min_people: float,
) -> Contacts:
    """Merge near times of each pair of units to contacts.

    Near times interrupted for less than ``merge_s`` are one contact; it counts when it lasts ``min_duration_s`` with
    ``min_people`` on each side. Begin and end are exact. People are means over bins of at most 5 s; exposure is the
    sum over bins of the smaller side's people × time, so it does not depend on how the run was stepped.

    Parameters
    ----------
    first, second
        Coverages of side 1's and side 2's vehicles.
    """
    order_1, offset_1 = _sort_by_pair(first, n_first, n_trips)
    order_2, offset_2 = _sort_by_pair(second, n_second, n_trips)
    size = n_first + 1
    out = Contacts(
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.empty(size),
        np.empty(size),
        np.empty(size, np.int8),
        np.empty(size, np.int32),
        np.empty(size),
        np.empty(size),
        np.empty(size),
        np.empty(size),
        np.empty(size),
    )
    bin_s = min(LONGEST_BIN_S, max(0.25, merge_s / 4.0))
    n_out = 0
    for pair in range(n_trips * n_trips):
        mine = order_1[offset_1[pair] : offset_1[pair + 1]]
        theirs = order_2[offset_2[pair] : offset_2[pair + 1]]
        if len(mine) > 0:
            n_out = _find_contacts_of_pair(
                first, mine, second, theirs, bin_s, merge_s, min_duration_s, min_people, out, n_out
            )
    return Contacts(
        out.trip_1[:n_out].copy(),
        out.trip_2[:n_out].copy(),
        out.begin_s[:n_out].copy(),
        out.end_s[:n_out].copy(),
        out.kind[:n_out].copy(),
        out.link[:n_out].copy(),
        out.offset_m[:n_out].copy(),
        out.closing_mps[:n_out].copy(),
        out.people_1[:n_out].copy(),
        out.people_2[:n_out].copy(),
        out.exposure_person_s[:n_out].copy(),
    )


@njit(cache=True)
def _sort_by_pair(coverages: Coverages, n: int, n_trips: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort rows by pair of trips (counting sort, stable)."""
    offset = np.zeros(n_trips * n_trips + 1, np.int64)
    for row in range(n):
        offset[coverages.trip_1[row] * n_trips + coverages.trip_2[row] + 1] += 1
    for pair in range(n_trips * n_trips):
        offset[pair + 1] += offset[pair]
    filled = offset.copy()
    order = np.empty(n, np.int64)
    for row in range(n):
        pair = coverages.trip_1[row] * n_trips + coverages.trip_2[row]
        order[filled[pair]] = row
        filled[pair] += 1
    return order, offset


@njit(cache=True)
def _find_contacts_of_pair(
    first: Coverages,
    mine: np.ndarray,
    second: Coverages,
    theirs: np.ndarray,
    bin_s: float,
    merge_s: float,
    min_duration_s: float,
    min_people: float,
    out: Contacts,
    n_out: int,
) -> int:
    """Find the contacts of one pair of units; being near is mutual, so side 1's near times tell begin and end."""
    start_s, stop_s = np.inf, -np.inf
    for row in mine:
        start_s, stop_s = (
            min(start_s, first.begin_s[row]),
            max(stop_s, min(first.end_s[row], first.begin_s[row] + 86_400.0)),
        )
    n_bins = int((stop_s - start_s) / bin_s) + 2
    touched = np.zeros(n_bins + 1, np.int32)
    begins, ends = np.full(n_bins, np.inf), np.full(n_bins, -np.inf)
    people_1, people_2 = np.zeros(n_bins + 1), np.zeros(n_bins + 1)
    for row in mine:
        a, b = first.begin_s[row] - start_s, min(first.end_s[row], stop_s) - start_s
        i, j = int(a / bin_s), int(b / bin_s)
        touched[i] += 1
        touched[j + 1] -= 1
        begins[i], ends[j] = min(begins[i], a), max(ends[j], b)
        _add_people(people_1, a, b, bin_s, first.people[row])
    for row in theirs:
        a, b = max(second.begin_s[row] - start_s, 0.0), min(second.end_s[row], stop_s) - start_s
        if b > a:
            _add_people(people_2, a, b, bin_s, second.people[row])
    depth = 0
    k = 0
    while k < n_bins:
        depth += touched[k]
        if depth == 0:
            k += 1
            continue
        # A run of bins with nearness; it goes on over empty bins while the exact interruption is shorter than merge_s.
        begin = k
        latest = ends[k]
        while True:
            while k + 1 < n_bins and depth + touched[k + 1] > 0:
                k += 1
                depth += touched[k]
                latest = max(latest, ends[k])
            ahead = k + 1
            while ahead < n_bins and touched[ahead] <= 0:
                ahead += 1
            if ahead >= n_bins or begins[ahead] - latest >= merge_s:
                break
            depth = 0
            k = ahead
            depth += touched[k]
            latest = max(latest, ends[k])
        begin_s, end_s = begins[begin], latest
        peak_1, peak_2, exposure = 0.0, 0.0, 0.0
        for b in range(begin, k + 1):
            peak_1, peak_2 = max(peak_1, people_1[b]), max(peak_2, people_2[b])
            exposure += min(people_1[b], people_2[b]) * bin_s
        if end_s - begin_s >= min_duration_s and peak_1 >= min_people and peak_2 >= min_people:
            _write_contact(first, mine, start_s, begin_s, end_s, peak_1, peak_2, exposure, out, n_out)
            n_out += 1
        k += 1
    return n_out


@inlined
def _add_people(people: np.ndarray, a: float, b: float, bin_s: float, number: float) -> None:
    """Add people present from a to b (s) to the means of the bins."""
    for k in range(int(a / bin_s), int(b / bin_s) + 1):
        people[k] += number * max(0.0, min(b, (k + 1) * bin_s) - max(a, k * bin_s)) / bin_s


@njit(cache=True)
def _write_contact(
    first: Coverages,
    mine: np.ndarray,
    start_s: float,
    begin_s: float,
    end_s: float,
    peak_1: float,
    peak_2: float,
    exposure: float,
    out: Contacts,
    n_out: int,
) -> None:
    """Write one contact: its type is the one with most people × time, its place where it began."""
    weight = np.zeros(N_TYPES)
    earliest = mine[0]
    earliest_s = np.inf
    for row in mine:
        a = first.begin_s[row] - start_s
        if begin_s - TOUCH_S <= a <= end_s:
            weight[first.kind[row]] += (min(first.end_s[row] - start_s, end_s) - a) * first.people[row]
            if a < earliest_s:
                earliest_s, earliest = a, row
    out.trip_1[n_out], out.trip_2[n_out] = first.trip_1[earliest], first.trip_2[earliest]
    out.begin_s[n_out], out.end_s[n_out] = start_s + begin_s, start_s + end_s
    out.kind[n_out] = np.argmax(weight)
    out.link[n_out], out.offset_m[n_out] = first.link[earliest], first.offset_m[earliest]
    out.closing_mps[n_out] = first.closing_mps[earliest]
    out.people_1[n_out], out.people_2[n_out] = peak_1, peak_2
    out.exposure_person_s[n_out] = exposure
