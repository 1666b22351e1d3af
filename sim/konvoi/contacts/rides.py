"""Timed rides: every ride along a link with the times at the bounds of the link's cells, ready to be searched.

Movement knows when a vehicle entered and left each link (`konvoi.engine.movement`). Newell's rule tells the rest: how it
went between, cell by cell.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import NONE, FloatArray, IntArray
from konvoi.contacts.segments import Cells
from konvoi.engine.following import compute_headway, compute_passing_speed
from konvoi.engine.records import Flag, Index, Number, Records, make_room
from konvoi.engine.state import State
from konvoi.kernels import allocating_kernel, allocating_part, inlined

N_WORDS = 16  # of 64 bits: the run in 1,024 parts, 20 to 40 s each
ALL_PARTS = np.uint64(0xFFFFFFFFFFFFFFFF)
STANDING_MPS = 0.5
SKIPPED, LEADS, SHOWN = np.int8(0), np.int8(1), np.int8(2)


class TimedRide:
    """One vehicle's ride along one link, as it is searched."""

    begin_s: Number
    end_s: Number
    people: Number
    times: Index  # the times at the bounds of the link's cells begin at ``time_s[times]``
    trip: Index  # 2·unit + phase
    link: Index
    next_link: Index  # ridden next; NONE at the end of the trip
    top_mps: Number  # its highest speed on the link
    is_slow: Flag  # it stands somewhere on the link


class TimedRides(NamedTuple):
    """Rides along links: by link, then by side, then in their order on the link.

    Side s (0 or 1) has the rides ``offset[2·l + s]:offset[2·l + s + 1]`` of link l; those of trip t are
    ``member[m]`` with m in ``group_offset[g]:group_offset[g + 1]``, where g is one of the groups
    ``present_offset[2·l + s]:present_offset[2·l + s + 1]`` and ``group_trip[g]`` is t.
    """

    offset: IntArray  # (2·n_links + 1,)
    rides: Records[TimedRide]
    time_s: FloatArray
    present_offset: IntArray  # (2·n_links + 1,) groups: the trips of a side on a link
    group_trip: IntArray
    group_offset: IntArray  # (n_groups + 1,)
    member: IntArray
    run_last: IntArray  # per member: the last of its group's members that follow it closely, as an index of members
    until_s: FloatArray  # (1,) the run is known up to this moment


class Looks(NamedTuple):
    """Times during which the rides of a side on a link are looked at, whoever rides there besides."""

    link: IntArray
    side: IntArray  # 0 or 1
    begin_s: FloatArray
    end_s: FloatArray


class Choice(NamedTuple):
    """Which rides are shown, in order, and where."""

    order: IntArray  # of the rides, see `sort_rides`
    kind: NDArray[np.int8]  # (n_rides,) SKIPPED, LEADS or SHOWN
    offset: IntArray  # (2·n_links + 1,) where the rides of each link and side that are shown begin
    n_times: int  # how many bounds they pass


class Leader(NamedTuple):
    """Whom the next ride on a link follows; nobody at first: ``Leader(-1, 1.0, -inf)``."""

    times: int  # its times at the bounds of the link's cells begin at ``time_s[times]``
    mps: float  # its speed when it left
    exit_s: float


NO_LOOKS = Looks(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0), np.empty(0))


def time_rides(
    state: State,
    cells: Cells,
    link_twin: IntArray,
    unit_side: IntArray,
    vehicle_people: FloatArray,
    until_s: float,
    is_everywhere: bool,
    looks: Looks = NO_LOOKS,
) -> TimedRides:
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
        Whether to compute all rides, or only those during which the other side rides within sight.
    looks
        When else to compute them.
    """
    trip_side = np.repeat(unit_side - 1, 2).astype(np.int8)
    order = sort_rides(state, len(cells.offset) - 1)
    choice = choose_rides(state, cells, link_twin, trip_side, order, is_everywhere, looks)
    offset = choice.offset
    rides = make_room(TimedRide, int(offset[-1]))
    time_s = np.empty(choice.n_times + 2 * (int(np.diff(cells.offset).max(initial=0)) + 1))
    write_rides(state, cells, trip_side, vehicle_people, until_s, choice, rides, time_s)
    present_offset, group_trip, group_offset, member = _group_by_trip(offset, rides, len(trip_side))
    run_last = _find_runs(cells, link_twin, offset, rides, time_s, present_offset, group_offset, member)
    shown_s = time_s[: choice.n_times]  # without the room of those that only lead, which nobody need have written
    return TimedRides(
        offset, rides, shown_s, present_offset, group_trip, group_offset, member, run_last, np.array([until_s])
    )


@allocating_kernel
def sort_rides(state: State, n_links: int) -> np.ndarray:
    """List the rides of links, each link's in the order in which they began.

    That is how they lie, and the list is empty, unless motorcycles pass others (`movement`).
    """
    links, rows = state.links, state.rides
    if state.roads.pass_m[0] <= 0.0:
        return np.empty(0, np.int32)
    order = np.arange(links[n_links].first_row).astype(np.int32)
    for link in range(n_links):
        first = links[link].first_row
        for row in range(first + 1, links[link].next_row):
            place = row
            while place > first and rows[order[place - 1]].begin_s > rows[row].begin_s:
                order[place] = order[place - 1]
                place -= 1
            order[place] = row
    return order


@inlined
def get_row(order: np.ndarray, k: int) -> int:
    """Return the k-th ride in the order of `sort_rides`."""
    row: int = order[k] if len(order) > 0 else k
    return row


@allocating_kernel
def choose_rides(
    state: State,
    cells: Cells,
    link_twin: np.ndarray,
    trip_side: np.ndarray,
    order: np.ndarray,
    is_everywhere: bool,
    looks: Looks,
) -> Choice:
    """Choose the rides during which the other side is on the link or within sight of it, and their leaders.

    Times are compared by parts of the run, a bit each. Leaders are all that were on the link before, without a break.
    """
    links, rows, step_trip = state.links, state.rides, state.roads.step_trip
    n_links = len(cells.offset) - 1
    first_s, parts_per_s = _divide_run(state, n_links, order)
    choice = np.full(links[n_links].first_row, SKIPPED)
    offset, n_times = np.zeros(2 * n_links + 1, np.int32), 0
    group_offset, group_first, group_end_s, is_there = _find_groups(
        state, trip_side, n_links, order, first_s, parts_per_s
    )
    looked_at = _mark_looks(looks, n_links, first_s, parts_per_s)
    in_sight = np.empty((2, N_WORDS), np.uint64)
    for link in range(n_links):
        if links[link].first_row == links[link].next_row:
            continue
        for side in range(2):
            for word in range(N_WORDS):
                in_sight[side, word] = is_there[link, 1 - side, word] | is_there[link_twin[link], 1 - side, word]
                if len(looks.link) > 0:
                    in_sight[side, word] |= looked_at[link, side, word]
            for sight in range(cells.group_offset[link], cells.group_offset[link + 1]):
                for word in range(N_WORDS):
                    in_sight[side, word] |= is_there[cells.group_link[sight], 1 - side, word]
        for group in range(group_offset[link], group_offset[link + 1]):
            begin, end = group_first[group], min(group_first[group + 1], links[link].next_row)
            first, last = _find_parts(rows[get_row(order, begin)].begin_s, group_end_s[group], first_s, parts_per_s)
            if not (is_everywhere or _is_in_sight(in_sight, 0, first, last) or _is_in_sight(in_sight, 1, first, last)):
                continue
            leads = begin
            for k in range(begin, end):
                ride = rows[get_row(order, k)]
                side = trip_side[step_trip[ride.step]]
                first, last = _find_parts(ride.begin_s, ride.end_s, first_s, parts_per_s)
                if is_everywhere or _is_in_sight(in_sight, side, first, last):
                    choice[leads:k], choice[k] = LEADS, SHOWN
                    leads = k + 1
                    offset[2 * link + side + 1] += 1
                    n_times += int(cells.offset[link + 1] - cells.offset[link]) + 1
    for place in range(2 * n_links):
        offset[place + 1] += offset[place]
    return Choice(order, choice, offset, n_times)


@allocating_part
def _mark_looks(looks: Looks, n_links: int, first_s: float, parts_per_s: float) -> np.ndarray:
    """Note in which parts of the run rides are looked at, (n_links, 2, N_WORDS); nothing when there are no looks."""
    looked_at = np.zeros((n_links if len(looks.link) > 0 else 1, 2, N_WORDS), np.uint64)
    for k in range(len(looks.link)):
        begin_s, end_s = max(looks.begin_s[k], first_s), min(looks.end_s[k], first_s + (64 * N_WORDS - 1) / parts_per_s)
        if begin_s <= end_s:
            _mark(looked_at, looks.link[k], looks.side[k], begin_s, end_s, first_s, parts_per_s)
    return looked_at


@allocating_part
def _divide_run(state: State, n_links: int, order: np.ndarray) -> tuple[float, float]:
    """Divide the time from the first entry into a link to the last exit: its start (s) and parts a second."""
    links = state.links
    first_s, last_s = np.inf, -np.inf
    for link in range(n_links):
        if links[link].first_row < links[link].next_row:
            first_s = min(first_s, state.rides[get_row(order, links[link].first_row)].begin_s)
            last_s = max(last_s, links[link].entry_s, links[link].exit_s)
    return first_s, (64 * N_WORDS - 1) / max(last_s - first_s, 1.0)


@allocating_part
def _find_groups(
    state: State, trip_side: np.ndarray, n_links: int, order: np.ndarray, first_s: float, parts_per_s: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Find the groups of rides that are on a link without a break, and when each side is there.

    Returns
    -------
    Where the groups of each link begin; the first ride of each, and the end of the last one; when each is over (s,
    infinite for never); and (n_links, 2, N_WORDS) the parts of the run in which a side is on a link.
    """
    links, rows, step_trip = state.links, state.rides, state.roads.step_trip
    is_there = np.zeros((n_links, 2, N_WORDS), np.uint64)
    offset, n = np.zeros(n_links + 1, np.int32), 0
    first_of = np.empty(links[n_links].first_row + 1, np.int32)
    end_s = np.empty(links[n_links].first_row)
    since_s, until_s = np.empty(2), np.empty(2)  # of each side's stay without a break
    for link in range(n_links):
        busy_s = -np.inf
        until_s[:] = -np.inf
        for k in range(links[link].first_row, links[link].next_row):
            ride = rows[get_row(order, k)]
            leaves_s = np.inf if np.isnan(ride.end_s) else ride.end_s
            if ride.begin_s >= busy_s:
                first_of[n], end_s[n] = k, leaves_s
                n += 1
            busy_s = max(busy_s, leaves_s)
            end_s[n - 1] = busy_s
            side = trip_side[step_trip[ride.step]]
            if ride.begin_s > until_s[side]:
                _mark(is_there, link, side, since_s[side], until_s[side], first_s, parts_per_s)
                since_s[side] = ride.begin_s
            until_s[side] = max(until_s[side], leaves_s)
        for side in range(2):
            _mark(is_there, link, side, since_s[side], until_s[side], first_s, parts_per_s)
        offset[link + 1] = n
    first_of[n] = links[n_links].first_row
    return offset, first_of, end_s, is_there


@inlined
def _mark(
    is_there: np.ndarray, link: int, side: int, begin_s: float, end_s: float, first_s: float, parts_per_s: float
) -> None:
    """Note that a side is on a link from one moment to another; nothing when it has not been there yet."""
    if end_s == -np.inf:
        return
    first, last = _find_parts(begin_s, end_s, first_s, parts_per_s)
    for word in range(first // 64, last // 64 + 1):
        is_there[link, side, word] |= _get_parts(first, last, word)


@inlined
def _is_in_sight(in_sight: np.ndarray, side: int, first: int, last: int) -> bool:
    """Whether a side has opponents in sight in any part of the run from the first to the last."""
    is_seen = False
    for word in range(first // 64, last // 64 + 1):
        is_seen |= _get_parts(first, last, word) & in_sight[side, word] != 0
    return is_seen


@inlined
def _find_parts(begin_s: float, end_s: float, first_s: float, parts_per_s: float) -> tuple[int, int]:
    """Find the first and last part of the run during which a vehicle is on a link."""
    first = int((begin_s - first_s) * parts_per_s)
    return first, int((end_s - first_s) * parts_per_s) if end_s < np.inf else 64 * N_WORDS - 1


@inlined
def _get_parts(first: int, last: int, word: int) -> np.uint64:
    """Return a word of the bits of all parts from the first to the last."""
    low, high = max(first - 64 * word, 0), min(last - 64 * word, 63)
    return (ALL_PARTS << np.uint64(low)) & (ALL_PARTS >> np.uint64(63 - high))


@allocating_kernel
def write_rides(
    state: State,
    cells: Cells,
    trip_side: np.ndarray,
    vehicle_people: np.ndarray,
    until_s: float,
    choice: Choice,
    rides: Records[TimedRide],
    time_s: np.ndarray,
) -> None:
    """Write the rides that are shown; behind their times there is room for two that only lead."""
    links, rows, roads, n_times = state.links, state.rides, state.roads, choice.n_times
    n_links = len(cells.offset) - 1
    room = (len(time_s) - n_times) // 2
    filled = choice.offset[:-1].copy()
    used = 0
    for link in range(n_links):
        n_cells = cells.offset[link + 1] - cells.offset[link]
        bounds = cells.bound_m[cells.offset[link] + link : cells.offset[link + 1] + link + 1]
        leader = Leader(-1, 1.0, -np.inf)
        for k in range(links[link].first_row, links[link].next_row):
            if choice.kind[k] == SKIPPED:
                leader = Leader(-1, 1.0, -np.inf)
                continue
            row = get_row(choice.order, k)
            times = used
            if choice.kind[k] == LEADS:
                times = n_times + room if leader.times == n_times else n_times
            leader = time_ride(state, row, link, bounds, leader, until_s, time_s, times)
            if choice.kind[k] == SHOWN:
                ride = rows[row]
                trip = roads.step_trip[ride.step]
                place = 2 * link + trip_side[trip]
                timed = rides[filled[place]]
                filled[place] += 1
                timed.begin_s, timed.end_s, timed.times = ride.begin_s, leader.exit_s, times
                timed.people, timed.trip, timed.link = vehicle_people[ride.vehicle], trip, link
                next_link = roads.route_link[ride.step + 1]
                # A gate or a halt, or the end of the trip, is no road.
                timed.next_link = next_link if next_link < n_links else NONE
                least_mps, timed.top_mps = _find_speeds(bounds, time_s, times)
                timed.is_slow = least_mps < STANDING_MPS
                used += n_cells + 1


@inlined
def _find_speeds(bounds: np.ndarray, time_s: np.ndarray, times: int) -> tuple[float, float]:
    """Find the lowest and the highest speed (m/s) of a ride, cell by cell."""
    least_mps, top_mps = np.inf, 0.0
    for cell in range(len(bounds) - 1):
        spent_s = max(time_s[times + cell + 1] - time_s[times + cell], 1e-12)
        mps = (bounds[cell + 1] - bounds[cell]) / spent_s
        least_mps, top_mps = min(least_mps, mps), max(top_mps, mps)
    return least_mps, top_mps


@inlined
def time_ride(
    state: State,
    row: int,
    link: int,
    bounds: np.ndarray,
    leader: Leader,
    until_s: float,
    time_s: np.ndarray,
    used: int,
) -> Leader:
    """Time a ride behind its leader, from ``time_s[used]`` on; return it as the leader of the next one."""
    n_cells = len(bounds) - 1
    ride = state.rides[row]
    time_cells(state, row, link, bounds, leader, time_s, used)
    if np.isnan(ride.end_s):
        time_s[used + n_cells] = max(time_s[used + n_cells], until_s)
    behind_s = leader.exit_s + ride.pcu * compute_headway(state.links, link, leader.mps)
    exit_s = time_s[used + n_cells]
    return Leader(used, compute_passing_speed(ride.speed_mps, leader.mps, exit_s, behind_s), exit_s)


@inlined
def time_cells(
    state: State,
    row: int,
    link: int,
    bounds: np.ndarray,
    leader: Leader,
    time_s: np.ndarray,
    used: int,
) -> None:
    """Compute one vehicle's times at the bounds of a link's cells, from ``time_s[used]`` on."""
    n_cells, speed, ahead_of = len(bounds) - 1, state.rides[row].speed_mps, leader.times
    begin_s, end_s = state.rides[row].begin_s, state.rides[row].end_s
    time_s[used] = begin_s
    if abs(end_s - begin_s - bounds[n_cells] / speed) < 1e-9:  # nobody was in its way
        pace = 1.0 / speed
        is_free = True
        for k in range(1, n_cells):
            time_s[used + k] = begin_s + bounds[k] * pace
            is_free &= ahead_of < 0 or time_s[used + k] >= time_s[ahead_of + k]
        time_s[used + n_cells] = end_s
        if is_free:
            return
    road, pcu = state.links[link], state.rides[row].pcu
    free_mps = road.free_speed_mps
    delta, tau = pcu * road.spacing_m_pcu, pcu * max(0.0, road.reaction_s_pcu)
    latest_s = np.inf if np.isnan(end_s) else end_s
    ahead = 0
    for k in range(1, n_cells + 1):
        passed_s = time_s[used + k - 1] + (bounds[k] - bounds[k - 1]) / speed
        if ahead_of >= 0:
            x = bounds[k] + delta
            if x >= bounds[n_cells]:
                behind_s = time_s[ahead_of + n_cells] + (x - bounds[n_cells]) / leader.mps + tau
            else:
                while bounds[ahead + 1] <= x:
                    ahead += 1
                before_s = time_s[ahead_of + ahead]
                share = (x - bounds[ahead]) / (bounds[ahead + 1] - bounds[ahead])
                behind_s = before_s + share * (time_s[ahead_of + ahead + 1] - before_s) + tau
            passed_s = max(passed_s, behind_s)
        # A slow vehicle let go behind a fast one leaves with it (`movement`): it makes up at v_f at most.
        time_s[used + k] = min(passed_s, latest_s - (bounds[n_cells] - bounds[k]) / free_mps)
    if not np.isnan(end_s):
        time_s[used + n_cells] = end_s


@allocating_kernel
def _group_by_trip(
    offset: np.ndarray, rides: Records[TimedRide], n_trips: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Group the rides of each link and side by trip, in their order."""
    n_places = len(offset) - 1
    n = len(rides)
    present_offset = np.zeros(n_places + 1, np.int32)
    group_trip, group_offset = np.empty(n, np.int32), np.zeros(n + 1, np.int32)
    member = np.empty(n, np.int32)
    count = np.zeros(n_trips, np.int32)
    n_groups = 0
    for place in range(n_places):
        for entry in range(offset[place], offset[place + 1]):
            count[rides[entry].trip] += 1
        begin = offset[place]
        for entry in range(offset[place], offset[place + 1]):
            t = rides[entry].trip
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


@allocating_kernel
def _find_runs(
    cells: Cells,
    link_twin: np.ndarray,
    offset: np.ndarray,
    rides: Records[TimedRide],
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
        begin_s, end_s = rides[offset[opposite]].begin_s, rides[offset[opposite + 1] - 1].end_s
        for group in range(present_offset[place], present_offset[place + 1]):
            for m in range(group_offset[group + 1] - 2, group_offset[group] - 1, -1):
                front, back = rides[member[m]], rides[member[m + 1]]
                if back.end_s <= begin_s or front.begin_s >= end_s:
                    continue
                lag_s = 0.0
                for k in range(n_cells + 1):
                    lag_s = max(lag_s, time_s[back.times + k] - time_s[front.times + k])
                # Nobody is farther ahead than it can have come since it was where the other one is.
                is_close = back.begin_s < front.end_s and lag_s * front.top_mps <= limit_m
                if is_close or _is_close(time_s, front.times, back.times, bounds, n_cells, limit_m):
                    run_last[m] = run_last[m + 1]
    return run_last


@allocating_part
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
