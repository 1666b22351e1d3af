"""Passages: every ride along a link with the times at the bounds of the link's cells, ready to be searched.

Movement knows when a vehicle entered and left each link (`sim.engine.movement`). Newell's rule tells the rest: how it
went between, cell by cell.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.engine.cells import Cells
from sim.engine.following import compute_headway, compute_passing_speed, compute_speed, inlined
from sim.engine.state import NONE, State

ALL_PARTS = np.uint64(0xFFFFFFFFFFFFFFFF)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


class Passages(NamedTuple):
    """Rides along links: by link, then by side, then in their order on the link.

    Side s (0 or 1) has the passages ``offset[2·l + s]:offset[2·l + s + 1]`` of link l; those of trip t are
    ``member[m]`` with m in ``group_offset[g]:group_offset[g + 1]``, where g is one of the groups
    ``present_offset[2·l + s]:present_offset[2·l + s + 1]`` and ``group_trip[g]`` is t. The times at the bounds of the
    link's cells begin at ``time_s[times[p]]``.
    """

    offset: IntArray  # (2·n_links + 1,)
    trip: IntArray  # 2·unit + phase
    link: IntArray
    next_link: IntArray  # ridden next; NONE at the end of the trip
    people: FloatArray
    times: NDArray[np.int64]
    time_s: FloatArray
    present_offset: IntArray  # (2·n_links + 1,) groups: the trips of a side on a link
    group_trip: IntArray
    group_offset: IntArray  # (n_groups + 1,)
    member: IntArray
    run_last: IntArray  # per member: the last of its group's members that follow it closely, as an index of members
    until_s: FloatArray  # (1,) the run is known up to this moment


@njit(cache=True)
def compute_passages(
    state: State,
    cells: Cells,
    link_twin: np.ndarray,
    unit_side: np.ndarray,
    vehicle_people: np.ndarray,
    until_s: float,
    is_everywhere: bool,
) -> Passages:
    """Compute when each vehicle passed each bound of the cells of its links.

    T_i(x) = max(T_i(x − Δx) + Δx/u_i, T_{i−1}(x + δ_i) + τ_i): free, or behind the leader in the same link (Newell
    2002). Begin and end of the link are known from `movement.advance`.

    Parameters
    ----------
    unit_side
        (n_units,) 1 or 2.
    vehicle_people
        (n_vehicles,) people in each vehicle.
    until_s
        The run's clock, s; who is still on a link then is taken to ride on as Newell's rule allows.
    is_everywhere
        Whether to compute all passages, or only those during which the other side rides within sight.
    """
    rows = state.traversals
    n_links, n_trips = len(cells.offset) - 1, 2 * len(unit_side)
    row_trip = _find_trips(state)
    link_offset, order = _sort_by_link(rows.link[: rows.n[0]], n_links)
    is_wanted = np.ones(len(order), np.bool_)
    if not is_everywhere:
        _choose_rows(state, cells, link_twin, unit_side, row_trip, link_offset, order, is_wanted)
    offset = np.zeros(2 * n_links + 1, np.int32)
    n_times = 0
    for link in range(n_links):
        for k in range(link_offset[link], link_offset[link + 1]):
            if is_wanted[k]:
                offset[2 * link + unit_side[row_trip[order[k]] // 2]] += 1
                n_times += cells.offset[link + 1] - cells.offset[link] + 1
    for place in range(2 * n_links):
        offset[place + 1] += offset[place]
    n = offset[2 * n_links]
    trip, link_of, next_link = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    people, times, time_s = np.empty(n), np.empty(n, np.int64), np.empty(n_times)
    filled = offset[:-1].copy()
    used = 0
    for link in range(n_links):
        n_cells = cells.offset[link + 1] - cells.offset[link]
        bounds = cells.bound_m[cells.offset[link] + link : cells.offset[link + 1] + link + 1]
        leader, leader_mps, exit_s = -1, 1.0, -np.inf
        for k in range(link_offset[link], link_offset[link + 1]):
            if not is_wanted[k]:  # nor is any other of those that were on the link without a break
                leader, exit_s = -1, -np.inf
                continue
            row = order[k]
            speed = compute_speed(state.roads, state.fleet, rows.vehicle[row], link)
            time_cells(state, row, link, bounds, speed, leader, leader_mps, time_s, used)
            if np.isnan(rows.end_s[row]):
                time_s[used + n_cells] = max(time_s[used + n_cells], until_s)
            place = 2 * link + unit_side[row_trip[row] // 2] - 1
            entry = filled[place]
            filled[place] = entry + 1
            trip[entry], link_of[entry] = row_trip[row], link
            next_link[entry] = state.roads.route_link[rows.step[row] + 1]
            if next_link[entry] >= n_links:  # a gate or a halt, or the end of the trip
                next_link[entry] = NONE
            people[entry] = vehicle_people[rows.vehicle[row]]
            times[entry] = used
            behind_s = exit_s + compute_headway(state.roads, link, rows.pcu[row], leader_mps)
            exit_s = time_s[used + n_cells]
            leader, leader_mps = used, compute_passing_speed(speed, leader_mps, exit_s, behind_s)
            used += n_cells + 1
    present_offset, group_trip, group_offset, member = _group_by_trip(offset, trip, n_trips)
    run_last = _find_runs(cells, link_twin, offset, times, time_s, present_offset, group_offset, member)
    return Passages(
        offset,
        trip,
        link_of,
        next_link,
        people,
        times,
        time_s,
        present_offset,
        group_trip,
        group_offset,
        member,
        run_last,
        np.array([until_s]),
    )


@njit(cache=True)
def _sort_by_link(link: np.ndarray, n_links: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort traversals by link, each link's in the order in which they began: that of their numbers, on real links.

    Following the chain of a link instead would wait for memory at every step.
    """
    offset = np.zeros(n_links + 1, np.int64)
    for row in range(len(link)):
        if link[row] < n_links:
            offset[link[row] + 1] += 1
    for one in range(n_links):
        offset[one + 1] += offset[one]
    filled, order = offset[:-1].copy(), np.empty(offset[n_links], np.int32)
    for row in range(len(link)):
        if link[row] < n_links:
            order[filled[link[row]]] = row
            filled[link[row]] += 1
    return offset, order


@njit(cache=True)
def _find_trips(state: State) -> np.ndarray:
    """Find the trip of every traversal."""
    rows, route_offset = state.traversals, state.roads.route_offset
    trip = np.empty(rows.n[0], np.int32)
    for row in range(rows.n[0]):
        unit = state.fleet.unit[rows.vehicle[row]]
        trip[row] = 2 * unit + (0 if rows.step[row] < route_offset[2 * unit + 1] else 1)
    return trip


@njit(cache=True)
def _choose_rows(
    state: State,
    cells: Cells,
    link_twin: np.ndarray,
    unit_side: np.ndarray,
    row_trip: np.ndarray,
    link_offset: np.ndarray,
    order: np.ndarray,
    is_wanted: np.ndarray,
) -> None:
    """Choose the traversals during which the other side is on the link or within sight of it.

    Times are compared by 64 parts of the run, a bit each. With each traversal come all others that were on the link
    without a break, since they are each other's leaders.
    """
    rows, n_links = state.traversals, len(link_offset) - 1
    first_s, last_s = np.inf, -np.inf
    for row in range(rows.n[0]):
        first_s = min(first_s, rows.begin_s[row])
        last_s = max(last_s, rows.begin_s[row] if np.isnan(rows.end_s[row]) else rows.end_s[row])
    part_s = max(last_s - first_s, 1.0) / 63.0
    parts, is_break = np.empty(len(order), np.uint64), np.empty(len(order), np.bool_)
    is_there = np.zeros((n_links, 2), np.uint64)
    for link in range(n_links):
        busy_s = -np.inf
        for k in range(link_offset[link], link_offset[link + 1]):
            begin_s, end_s = rows.begin_s[order[k]], rows.end_s[order[k]]
            is_break[k] = begin_s >= busy_s
            busy_s = np.inf if np.isnan(end_s) else max(busy_s, end_s)
            first = np.uint64((begin_s - first_s) / part_s)
            last = np.uint64(63 if np.isnan(end_s) else (end_s - first_s) / part_s)
            parts[k] = (ALL_PARTS << first) & (ALL_PARTS >> (np.uint64(63) - last))
            is_there[link, unit_side[row_trip[order[k]] // 2] - 1] |= parts[k]
    in_sight = np.zeros(2, np.uint64)
    for link in range(n_links):
        for side in range(2):
            in_sight[side] = is_there[link, 1 - side] | is_there[link_twin[link], 1 - side]
            for sight in range(cells.group_offset[link], cells.group_offset[link + 1]):
                in_sight[side] |= is_there[cells.group_link[sight], 1 - side]
        is_seen, group = False, link_offset[link]
        for k in range(link_offset[link], link_offset[link + 1]):
            if is_break[k]:
                is_wanted[group:k] = is_seen
                is_seen, group = False, k
            is_seen |= (parts[k] & in_sight[unit_side[row_trip[order[k]] // 2] - 1]) != 0
        is_wanted[group : link_offset[link + 1]] = is_seen


@inlined
def time_cells(
    state: State,
    row: int,
    link: int,
    bounds: np.ndarray,
    speed: float,
    leader: int,
    leader_mps: float,
    time_s: np.ndarray,
    used: int,
) -> None:
    """Compute one vehicle's times at the bounds of a link's cells, from ``time_s[used]`` on."""
    n_cells = len(bounds) - 1
    begin_s, end_s = state.traversals.begin_s[row], state.traversals.end_s[row]
    time_s[used] = begin_s
    if abs(end_s - begin_s - bounds[n_cells] / speed) < 1e-9:  # nobody was in its way
        pace = 1.0 / speed
        is_free = True
        for k in range(1, n_cells):
            time_s[used + k] = begin_s + bounds[k] * pace
            is_free &= leader < 0 or time_s[used + k] >= time_s[leader + k]
        time_s[used + n_cells] = end_s
        if is_free:
            return
    free_mps = state.roads.free_speed_mps[link]
    pcu = state.traversals.pcu[row]
    delta = pcu / state.roads.jam_density_pcu_m[link]
    tau = max(0.0, pcu / state.roads.capacity_pcu_s[link] - delta / free_mps)
    latest_s = np.inf if np.isnan(end_s) else end_s
    ahead = 0
    for k in range(1, n_cells + 1):
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
        time_s[used + k] = min(passed_s, latest_s - (bounds[n_cells] - bounds[k]) / free_mps)
    if not np.isnan(end_s):
        time_s[used + n_cells] = end_s


@njit(cache=True)
def _group_by_trip(
    offset: np.ndarray, trip: np.ndarray, n_trips: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Group the passages of each link and side by trip, in their order."""
    n_places = len(offset) - 1
    n = len(trip)
    present_offset = np.zeros(n_places + 1, np.int32)
    group_trip, group_offset = np.empty(n, np.int32), np.zeros(n + 1, np.int32)
    member = np.empty(n, np.int32)
    count = np.zeros(n_trips, np.int32)
    n_groups = 0
    for place in range(n_places):
        for entry in range(offset[place], offset[place + 1]):
            count[trip[entry]] += 1
        begin = offset[place]
        for entry in range(offset[place], offset[place + 1]):
            t = trip[entry]
            if count[t] > 0:  # the first of its trip here: make its group, and keep in `count` where it is filled
                group_trip[n_groups] = t
                group_offset[n_groups] = begin
                n_groups += 1
                begin, count[t] = begin + count[t], -begin - 1
            member[-count[t] - 1] = entry
            count[t] -= 1
        for group in range(present_offset[place], n_groups):
            count[group_trip[group]] = 0
        present_offset[place + 1] = n_groups
    group_offset[n_groups] = n
    return present_offset, group_trip[:n_groups].copy(), group_offset[: n_groups + 1].copy(), member


@njit(cache=True)
def _find_runs(
    cells: Cells,
    link_twin: np.ndarray,
    offset: np.ndarray,
    times: np.ndarray,
    time_s: np.ndarray,
    present_offset: np.ndarray,
    group_offset: np.ndarray,
    member: np.ndarray,
) -> np.ndarray:
    """Find how far each group stays close: who comes towards it is near it from its first vehicle to its last.

    Close are neighbours that are nowhere on the link farther apart than twice the least distance that is near for
    sure; the next has then come near before the last is out of reach.
    """
    run_last = np.arange(len(member)).astype(np.int32)
    for place in range(len(offset) - 1):
        link = place // 2
        n_cells = cells.offset[link + 1] - cells.offset[link]
        bounds = cells.bound_m[cells.offset[link] + link : cells.offset[link + 1] + link + 1]
        limit_m = 2.0 * cells.sure_m[link]
        opposite = 2 * link_twin[link] + 1 - place % 2
        if offset[opposite] == offset[opposite + 1]:
            continue
        begin_s = time_s[times[offset[opposite]]]
        end_s = time_s[times[offset[opposite + 1] - 1] + n_cells]
        for group in range(present_offset[place], present_offset[place + 1]):
            for m in range(group_offset[group + 1] - 2, group_offset[group] - 1, -1):
                if time_s[times[member[m + 1]] + n_cells] <= begin_s or time_s[times[member[m]]] >= end_s:
                    continue
                if _is_close(time_s, times[member[m]], times[member[m + 1]], bounds, n_cells, limit_m):
                    run_last[m] = run_last[m + 1]
    return run_last


@njit(cache=True)
def _is_close(time_s: np.ndarray, front: int, back: int, bounds: np.ndarray, n_cells: int, limit_m: float) -> bool:
    """Whether two vehicles in a row are at most a distance apart while both are on the link.

    Their spacing is linear between the moments at which either passes a bound, so these are looked at.
    """
    if time_s[back] >= time_s[front + n_cells]:
        return False
    j = 0
    for i in range(n_cells):
        moment_s = time_s[back + i]
        while j < n_cells and time_s[front + j + 1] <= moment_s:
            j += 1
        if j == n_cells:
            break
        share = (moment_s - time_s[front + j]) / (time_s[front + j + 1] - time_s[front + j])
        if bounds[j] + share * (bounds[j + 1] - bounds[j]) - bounds[i] > limit_m:
            return False
    i = 0
    for j in range(1, n_cells + 1):
        moment_s = time_s[front + j]
        if moment_s <= time_s[back]:
            continue
        while i < n_cells and time_s[back + i + 1] <= moment_s:
            i += 1
        if i == n_cells:
            break
        share = (moment_s - time_s[back + i]) / (time_s[back + i + 1] - time_s[back + i])
        if bounds[j] - bounds[i] - share * (bounds[i + 1] - bounds[i]) > limit_m:
            return False
    return True
