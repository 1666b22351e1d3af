"""Kernels that find when the two sides are near each other (MODEL §6).

Link by link, and on each vehicle by vehicle of one side, three kinds of opponents are looked at, each by the law that
makes it quick: those in the same line (order never changes, so only neighbours count), those that come towards one on
the same road (whom one must meet exactly once), and those on other roads within sight (through the pairs of cells that
can be near). What is found is exact: positions are linear in time between the moments at which either of two vehicles
passes a bound of a cell. `konvoi.contacts.merge` makes contacts of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import NONE, FloatArray, IntArray
from konvoi.contacts.rides import STANDING_MPS, TimedRides
from konvoi.contacts.segments import Cells
from konvoi.kernels import inlined, kernel

HEAD_ON, CROSSING, MERGING, TAILING, QUEUE_BESIDE = 0, 1, 2, 3, 4
N_TYPES = 5
TOUCH_S = 1e-6  # two near times that touch are one


class Coverages(NamedTuple):
    """Times during which a vehicle of one side, on one link, was near a trip of the other side: one row each."""

    trip: IntArray  # 2·unit + phase, of the vehicle
    met: IntArray  # of the others
    begin_s: FloatArray
    end_s: FloatArray
    people: FloatArray  # in the vehicle
    own: IntArray  # ride of the vehicle
    seen: IntArray  # ride of the first one it met
    kind: NDArray[np.int8]  # contact type at the start
    least_m: FloatArray
    is_standing: NDArray[np.bool_]


class Known(NamedTuple):
    """Times of each pair of trips that are known to belong to one contact; nothing in them needs to be looked at.

    The trip at hand and a trip met are the pair ``base + number[met] · stride``.
    """

    number: IntArray  # (n_trips,) of a trip on its side
    n_2: NDArray[np.int64]  # (1,) number of trips of side 2
    base: NDArray[np.int64]  # (1,)
    stride: NDArray[np.int64]  # (1,)
    offset: IntArray  # (n_pairs + 1,)
    begin_s: FloatArray
    end_s: FloatArray


class Pointers(NamedTuple):
    """Where to look first, for the link at hand: opponents come and go in order, so nobody is looked at twice."""

    window_s: FloatArray  # (2,) when opponents are on the link or within sight of it
    in_line: NDArray[np.int64]  # (1,) first opponent on the link that entered it later
    oncoming: NDArray[np.int64]  # per group on the other direction: first member that is still there
    oncoming_s: FloatArray  # when that one comes
    oncoming_end: NDArray[np.int64]  # first member that comes too late
    live: NDArray[np.int64]  # (2,) first group that is not over; number of links within sight with opponents
    sight: NDArray[np.int64]  # per such link: its group of pairs of cells
    across: NDArray[np.int64]  # … first opponent that may still be in the zone
    across_s: FloatArray  # … when that one comes into it


class Pieces(NamedTuple):
    """Near times of the vehicle at hand on the link at hand, chained by the trip met; touching ones are joined."""

    n: NDArray[np.int64]  # (2,) number of pieces, of trips met
    begin_s: FloatArray
    end_s: FloatArray
    seen: IntArray
    kind: NDArray[np.int8]
    least_m: FloatArray
    is_standing: NDArray[np.bool_]
    following: IntArray  # next piece of the same trip
    order: IntArray  # for sorting them
    head: IntArray  # (n_trips,) first piece of a trip; NONE before there is one
    tail: IntArray  # … and its latest
    met: IntArray  # trips met


def build_pointers(timed: TimedRides, cells: Cells) -> Pointers:
    """Build the pointers for any link."""
    most_groups = int(np.diff(timed.present_offset).max(initial=0))
    most_sights = int(np.diff(cells.group_offset).max(initial=0))
    return Pointers(
        window_s=np.empty(2),
        in_line=np.empty(1, np.int64),
        oncoming=np.empty(most_groups, np.int64),
        oncoming_s=np.empty(most_groups),
        oncoming_end=np.empty(most_groups, np.int64),
        live=np.empty(2, np.int64),
        sight=np.empty(most_sights, np.int64),
        across=np.empty(most_sights, np.int64),
        across_s=np.empty(most_sights),
    )


def build_pieces(n: int, n_trips: int) -> Pieces:
    """Make room for n near times of one vehicle on one link."""
    return Pieces(
        n=np.zeros(2, np.int64),
        begin_s=np.empty(n),
        end_s=np.empty(n),
        seen=np.empty(n, np.int32),
        kind=np.empty(n, np.int8),
        least_m=np.empty(n),
        is_standing=np.empty(n, np.bool_),
        following=np.empty(n, np.int32),
        order=np.empty(n, np.int32),
        head=np.full(n_trips, NONE, np.int32),
        tail=np.empty(n_trips, np.int32),
        met=np.empty(n_trips, np.int32),
    )


@kernel
def find_coverages(
    timed: TimedRides,
    cells: Cells,
    link_twin: np.ndarray,
    side: int,
    known: Known,
    room: Coverages,
    pointers: Pointers,
    pieces: Pieces,
) -> int:
    """Find when vehicles of one side were near trips of the other, exactly, where it is not known anyway.

    Parameters
    ----------
    side
        0 or 1: whose vehicles.
    room
        Filled from the first row on; rows that do not fit are counted, not written.

    Returns
    -------
    Number of rows needed; −1 when there is no room for the near times of one vehicle.
    """
    n_rows = 0
    for link in range(len(cells.offset) - 1):
        first, last = timed.offset[2 * link + side], timed.offset[2 * link + side + 1]
        if first == last:
            continue
        _reset_pointers(timed, cells, link_twin, link, 1 - side, pointers)
        n_cells = cells.offset[link + 1] - cells.offset[link]
        for own in range(first, last):
            mine = timed.rides[own].times
            if timed.time_s[mine + n_cells] <= pointers.window_s[0]:
                continue
            if timed.time_s[mine] >= pointers.window_s[1]:
                break
            number = known.number[timed.rides[own].trip]
            known.base[0] = number * known.n_2[0] if side == 0 else number
            known.stride[0] = 1 if side == 0 else known.n_2[0]
            if link_twin[link] != link:
                _find_oncoming(timed, cells, link_twin, link, 1 - side, own, known, pointers, pieces)
            _find_in_line(timed, cells, link, 1 - side, own, known, pointers, pieces)
            _find_across(timed, cells, link_twin, link, 1 - side, own, known, pointers, pieces)
            if pieces.n[0] > len(pieces.begin_s):
                return -1
            if pieces.n[0] > 0:
                n_rows = _write_coverages(timed, own, room, n_rows, pieces)
    return n_rows


@inlined
def _reset_pointers(
    timed: TimedRides, cells: Cells, link_twin: np.ndarray, link: int, other: int, pointers: Pointers
) -> None:
    """Point at the first opponents of everybody on a link."""
    pointers.window_s[0], pointers.window_s[1] = np.inf, -np.inf
    _widen_window(timed, link, other, pointers)
    _widen_window(timed, link_twin[link], other, pointers)
    pointers.in_line[0] = timed.offset[2 * link + other]
    place = 2 * link_twin[link] + other
    base = timed.present_offset[place]
    for group in range(base, timed.present_offset[place + 1]):
        pointers.oncoming[group - base] = timed.group_offset[group]
        pointers.oncoming_end[group - base] = timed.group_offset[group]
        pointers.oncoming_s[group - base] = -np.inf
    pointers.live[:] = 0
    for sight in range(cells.group_offset[link], cells.group_offset[link + 1]):
        place = 2 * cells.group_link[sight] + other
        if timed.offset[place] < timed.offset[place + 1]:
            _widen_window(timed, cells.group_link[sight], other, pointers)
            k = pointers.live[1]
            pointers.live[1] = k + 1
            pointers.sight[k], pointers.across[k], pointers.across_s[k] = sight, timed.offset[place], -np.inf


@inlined
def _widen_window(timed: TimedRides, link: int, other: int, pointers: Pointers) -> None:
    """Let the window hold the time during which opponents are on a link."""
    first, last = timed.offset[2 * link + other], timed.offset[2 * link + other + 1]
    if first < last:
        begin_s = timed.rides[first].begin_s
        end_s = timed.rides[last - 1].end_s
        pointers.window_s[0] = min(pointers.window_s[0], begin_s)
        pointers.window_s[1] = max(pointers.window_s[1], end_s)


@inlined
def _find_in_line(
    timed: TimedRides,
    cells: Cells,
    link: int,
    other: int,
    own: int,
    known: Known,
    pointers: Pointers,
    pieces: Pieces,
) -> None:
    """Find the near times with opponents on the same link.

    Nobody overtakes in a link, so the search ahead and behind ends at the first one who is never near enough.
    """
    first, last = timed.offset[2 * link + other], timed.offset[2 * link + other + 1]
    if first == last:
        return
    begin_s = timed.rides[own].begin_s
    end_s = timed.rides[own].end_s
    pointer = pointers.in_line[0]
    while pointer < last and timed.rides[pointer].begin_s < begin_s:
        pointer += 1
    pointers.in_line[0] = pointer
    way = -1
    seen = pointer - 1
    while True:
        if way < 0 and (seen < first or timed.rides[seen].end_s <= begin_s):
            way, seen = 1, pointer
        if way > 0 and (seen >= last or timed.rides[seen].begin_s >= end_s):
            return
        behind, ahead = (own, seen) if way < 0 else (seen, own)
        from_s, to_s = timed.rides[behind].begin_s, timed.rides[ahead].end_s
        if _is_known(known, timed.rides[seen].trip, from_s, to_s) or _follow(
            timed, cells, link, behind, ahead, seen, pieces
        ):
            seen += way
        elif way < 0:
            way, seen = 1, pointer
        else:
            return


@inlined
def _follow(timed: TimedRides, cells: Cells, link: int, behind: int, ahead: int, seen: int, pieces: Pieces) -> bool:
    """Note when two vehicles in one line were near; tell whether they ever came near enough to look further."""
    # Long: two vehicles' times are walked side by side; every part would need all of its pointers.
    time_s = timed.time_s
    back, front = timed.rides[behind].times, timed.rides[ahead].times
    base, bounds = cells.offset[link], cells.offset[link] + link
    n_cells = cells.offset[link + 1] - base
    stop_s = min(time_s[front + n_cells], timed.until_s[0])
    moment_s = time_s[back]
    i, j = 0, 0
    while j < n_cells - 1 and time_s[front + j + 1] <= moment_s:
        j += 1
    i_mps = cells.bound_m[bounds + 1] / max(time_s[back + 1] - moment_s, 1e-12)
    j_length = cells.bound_m[bounds + j + 1] - cells.bound_m[bounds + j]
    j_mps = j_length / max(time_s[front + j + 1] - time_s[front + j], 1e-12)
    j_at = (moment_s - time_s[front + j]) * j_mps
    apart = cells.bound_m[bounds + j] + j_at
    rx = cells.x0_m[base + j] + j_at * cells.dx[base + j] - cells.x0_m[base]
    ry = cells.y0_m[base + j] + j_at * cells.dy[base + j] - cells.y0_m[base]
    limit_m = cells.road_distance_m[0]
    nearest = apart
    while moment_s < stop_s:
        i_end_s, j_end_s = time_s[back + i + 1], time_s[front + j + 1]
        next_s = min(i_end_s, j_end_s, stop_s)
        span_s = next_s - moment_s
        vx = j_mps * cells.dx[base + j] - i_mps * cells.dx[base + i]
        vy = j_mps * cells.dy[base + j] - i_mps * cells.dy[base + i]
        after = apart + (j_mps - i_mps) * span_s
        least = min(apart, after)
        nearest = min(nearest, least)
        if least <= limit_m:
            begin, end = _find_near_part(rx, ry, vx, vy, span_s, cells.distance_m[0])
            if max(apart, after) > limit_m:
                low, high = _find_part_within(apart, after, span_s, limit_m)
                begin, end = max(begin, low), min(end, high)
            if end > begin:
                is_standing = i_mps < STANDING_MPS and j_mps < STANDING_MPS
                from_s, to_s = moment_s + begin, moment_s + end
                _note(pieces, timed.rides[seen].trip, from_s, to_s, seen, TAILING, least, is_standing)
        moment_s, apart = next_s, after
        rx, ry = rx + vx * span_s, ry + vy * span_s
        if i_end_s <= next_s and i < n_cells - 1:
            i += 1
            i_length = cells.bound_m[bounds + i + 1] - cells.bound_m[bounds + i]
            i_mps = i_length / max(time_s[back + i + 1] - time_s[back + i], 1e-12)
        if j_end_s <= next_s and j < n_cells - 1:
            j += 1
            j_length = cells.bound_m[bounds + j + 1] - cells.bound_m[bounds + j]
            j_mps = j_length / max(time_s[front + j + 1] - time_s[front + j], 1e-12)
    return bool(nearest <= limit_m)


@inlined
def _find_near_part(
    rx: float, ry: float, vx: float, vy: float, span_s: float, distance_m: float
) -> tuple[float, float]:
    """Find the part of a time span (s) in which |r + v·t| ≤ d: from root to root; (1, 0) when there is none."""
    limit = distance_m * distance_m
    start = rx * rx + ry * ry - limit
    stop = (rx + vx * span_s) ** 2 + (ry + vy * span_s) ** 2 - limit
    if start <= 0.0 and stop <= 0.0:
        return 0.0, span_s
    square, half = vx * vx + vy * vy, rx * vx + ry * vy
    discriminant = half * half - square * start
    if discriminant <= 0.0 or square <= 1e-18:
        return 1.0, 0.0
    root = np.sqrt(discriminant)
    return max(0.0, (-half - root) / square), min(span_s, (-half + root) / square)


@inlined
def _find_part_within(start: float, stop: float, span_s: float, limit: float) -> tuple[float, float]:
    """Find the part of a time span (s) in which a value that goes linearly from start to stop is at most a limit in size."""
    change = stop - start
    if abs(change) <= 1e-12:
        return (0.0, span_s) if abs(start) <= limit else (1.0, 0.0)
    pace = span_s / change
    one, two = (-limit - start) * pace, (limit - start) * pace
    return max(0.0, min(one, two)), min(span_s, max(one, two))


@inlined
def _find_oncoming(
    timed: TimedRides,
    cells: Cells,
    link_twin: np.ndarray,
    link: int,
    other: int,
    own: int,
    known: Known,
    pointers: Pointers,
    pieces: Pieces,
) -> None:
    """Find the near times with opponents on the other direction of the same road.

    Who is on the two directions at the same time meets exactly once. A run of close opponents is near from when its
    first one comes near to when its last one is out of reach.
    """
    # Long, many arguments: one walk along a group; parts would hand its eight local times to and fro.
    twin = link_twin[link]
    n_cells = cells.offset[link + 1] - cells.offset[link]
    mine = timed.rides[own].times
    begin_s, end_s = timed.time_s[mine], timed.time_s[mine + n_cells]
    first_group = timed.present_offset[2 * twin + other]
    for group in range(first_group + pointers.live[0], timed.present_offset[2 * twin + other + 1]):
        pointer = group - first_group
        if pointers.oncoming_s[pointer] == np.inf:
            pointers.live[0] += pointer == pointers.live[0]
            continue
        if timed.rides[timed.member[timed.group_offset[group]]].begin_s >= end_s:
            break  # and so do those behind it
        if pointers.oncoming_s[pointer] >= end_s or _is_known(known, timed.group_trip[group], begin_s, end_s):
            continue
        stop = timed.group_offset[group + 1]
        m = pointers.oncoming[pointer]
        while m < stop and timed.rides[timed.member[m]].end_s <= begin_s:
            m += 1
        pointers.oncoming[pointer] = m
        pointers.oncoming_s[pointer] = np.inf if m == stop else timed.rides[timed.member[m]].begin_s
        end = max(pointers.oncoming_end[pointer], m)
        while end < stop and timed.rides[timed.member[end]].begin_s < end_s:
            end += 1
        pointers.oncoming_end[pointer] = end
        cell = 0
        while m < end:
            last = min(timed.run_last[m], end - 1)
            first_s = max(begin_s, timed.rides[timed.member[m]].begin_s)
            last_s = min(end_s, timed.rides[timed.member[last]].end_s)
            if _is_known(known, timed.group_trip[group], first_s, last_s):
                m = last + 1
                continue
            # Towards the past with the first of the run, towards the future with its last.
            from_s, to_s = np.inf, -np.inf
            is_beside, is_standing = False, False
            for way in (-1, 1):
                seen = timed.member[m if way < 0 else last]
                cell = _find_meeting_cell(timed, mine, timed.rides[seen].times, n_cells, cell)
                moment_s, is_one, is_both = _walk_apart(timed, cells, link, twin, mine, seen, cell, way)
                is_standing |= is_both
                if way < 0:
                    from_s, is_beside = moment_s, is_one
                else:
                    to_s = min(moment_s, timed.until_s[0])
            if to_s > from_s:
                kind = QUEUE_BESIDE if is_beside else HEAD_ON
                _note(pieces, timed.group_trip[group], from_s, to_s, timed.member[m], kind, 0.0, is_standing)
            m = last + 1


@inlined
def _find_meeting_cell(timed: TimedRides, mine: int, theirs: int, n_cells: int, cell: int) -> int:
    """Find the cell of one's own link in which one meets an oncoming vehicle, from a cell before it on.

    The other one's cells are the same ones backwards: it is at one's own bound k at its bound n − k.
    """
    while cell < n_cells - 1 and timed.time_s[mine + cell + 1] <= timed.time_s[theirs + n_cells - cell - 1]:
        cell += 1
    return cell


@inlined
def _walk_apart(
    timed: TimedRides, cells: Cells, link: int, twin: int, mine: int, seen: int, cell: int, way: int
) -> tuple[float, bool, bool]:
    """Walk from where two oncoming vehicles meet to where they are out of reach, back (−1) or forth (1) in time.

    Returns
    -------
    The moment (s) at which they are out of reach, or one enters or leaves the road; whether just one of them, and
    whether both stood still there.
    """
    # Long: one walk over the bounds of two links, which changes all of its local variables at every bound.
    time_s = timed.time_s
    base, twin_base, bounds = cells.offset[link], cells.offset[twin], cells.offset[link] + link
    n_cells = cells.offset[link + 1] - base
    theirs = timed.rides[seen].times
    i, j = cell, n_cells - 1 - cell
    # Both are in the cell at hand; they meet where the distances from their own ends add up to the cell.
    length = cells.bound_m[bounds + cell + 1] - cells.bound_m[bounds + cell]
    i_mps = length / (time_s[mine + i + 1] - time_s[mine + i])
    j_mps = length / (time_s[theirs + j + 1] - time_s[theirs + j])
    moment_s = (length + i_mps * time_s[mine + i] + j_mps * time_s[theirs + j]) / (i_mps + j_mps)
    near_s = moment_s
    apart, rx, ry = 0.0, 0.0, 0.0
    distance_m, limit_m = cells.distance_m[0], cells.road_distance_m[0]
    while True:
        if way < 0:
            i_next_s, j_next_s = time_s[mine + i], time_s[theirs + j]
            next_s = max(i_next_s, j_next_s)
        else:
            i_next_s, j_next_s = time_s[mine + i + 1], time_s[theirs + j + 1]
            next_s = min(i_next_s, j_next_s)
        span_s = abs(next_s - moment_s)
        vx = way * (j_mps * cells.dx[twin_base + j] - i_mps * cells.dx[base + i])
        vy = way * (j_mps * cells.dy[twin_base + j] - i_mps * cells.dy[base + i])
        after = apart + (i_mps + j_mps) * span_s
        begin, end = _find_near_part(rx, ry, vx, vy, span_s, distance_m)
        if after > limit_m:
            end = min(end, (limit_m - apart) / (i_mps + j_mps))
        if end > begin:
            near_s = moment_s + way * end
        if after > limit_m or (end < span_s and cells.is_gentle[link]):
            break
        rx, ry = rx + vx * span_s, ry + vy * span_s
        moment_s, apart = next_s, after
        if i_next_s == next_s:
            i += way
            if i < 0 or i == n_cells:
                break
            length = cells.bound_m[bounds + i + 1] - cells.bound_m[bounds + i]
            i_mps = length / max(time_s[mine + i + 1] - time_s[mine + i], 1e-12)
        else:
            j += way
            if j < 0 or j == n_cells:
                break
            bound = bounds + n_cells - 1 - j
            length = cells.bound_m[bound + 1] - cells.bound_m[bound]
            j_mps = length / max(time_s[theirs + j + 1] - time_s[theirs + j], 1e-12)
    is_slow, is_seen_slow = i_mps < STANDING_MPS, j_mps < STANDING_MPS
    return near_s, is_slow != is_seen_slow, is_slow and is_seen_slow


@inlined
def _find_across(
    timed: TimedRides,
    cells: Cells,
    link_twin: np.ndarray,
    link: int,
    other: int,
    own: int,
    known: Known,
    pointers: Pointers,
    pieces: Pieces,
) -> None:
    """Find the near times with opponents on other roads, through the pairs of cells within sight of each other."""
    # Long, many arguments: the loops over zones, rides and pairs share what is known of the ride.
    time_s = timed.time_s
    mine, base = timed.rides[own].times, cells.offset[link]
    end_s = time_s[mine + cells.offset[link + 1] - base]
    for pointer in range(pointers.live[1]):
        if pointers.across_s[pointer] >= end_s:
            continue
        sight = pointers.sight[pointer]
        out_s = _get_zone_s(time_s, mine, cells.own_zone.last[sight], cells.own_zone.to_share[sight])
        if pointers.across_s[pointer] >= out_s:
            continue
        in_s = _get_zone_s(time_s, mine, cells.own_zone.first[sight], cells.own_zone.from_share[sight])
        seen_link = cells.group_link[sight]
        seen_base = cells.offset[seen_link]
        last = timed.offset[2 * seen_link + other + 1]
        zone_last, zone_to = cells.seen_zone.last[sight], cells.seen_zone.to_share[sight]
        zone_first, zone_from = cells.seen_zone.first[sight], cells.seen_zone.from_share[sight]
        seen = pointers.across[pointer]
        while seen < last and _get_zone_s(time_s, timed.rides[seen].times, zone_last, zone_to) <= in_s:
            seen += 1
        pointers.across[pointer] = seen
        pointers.across_s[pointer] = np.inf
        told = int(NONE)  # a trip of which the whole time in the zone can tell nothing new
        for candidate in range(seen, last):
            ride = timed.rides[candidate]
            if ride.trip == told and candidate > seen and ride.begin_s < out_s:
                continue
            theirs = ride.times
            seen_in_s = _get_zone_s(time_s, theirs, zone_first, zone_from)
            if candidate == seen:
                pointers.across_s[pointer] = seen_in_s
            if seen_in_s >= out_s:
                break
            is_slow = timed.rides[own].is_slow and ride.is_slow
            if _tells_nothing(known, pieces, ride.trip, is_slow, in_s, out_s):
                if not timed.rides[own].is_slow:
                    told = ride.trip
                continue
            first_s = max(in_s, seen_in_s)
            last_s = min(out_s, _get_zone_s(time_s, theirs, zone_last, zone_to))
            if _tells_nothing(known, pieces, ride.trip, is_slow, first_s, last_s):
                continue
            for pair in range(cells.pair_offset[sight], cells.pair_offset[sight + 1]):
                k, j = cells.pair_own[pair] - base, cells.pair_seen[pair] - seen_base
                t0, t1 = time_s[mine + k], time_s[mine + k + 1]
                s0, s1 = time_s[theirs + j], time_s[theirs + j + 1]
                from_s = max(t0 + cells.own_from[pair] * (t1 - t0), s0 + cells.seen_from[pair] * (s1 - s0))
                to_s = min(t0 + cells.own_to[pair] * (t1 - t0), s0 + cells.seen_to[pair] * (s1 - s0))
                to_s = min(to_s, timed.until_s[0])
                if to_s > from_s:
                    _see(timed, cells, link_twin, pair, own, candidate, t0, t1, s0, s1, from_s, to_s, pieces)


@inlined
def _get_zone_s(time_s: np.ndarray, times: int, cell: int, share: float) -> float:
    """Return when a vehicle is at a share of a cell of its link."""
    begin_s, end_s = time_s[times + cell], time_s[times + cell + 1]
    return float(begin_s + share * (end_s - begin_s))


@inlined
def _see(
    timed: TimedRides,
    cells: Cells,
    link_twin: np.ndarray,
    pair: int,
    own: int,
    seen: int,
    t0: float,
    t1: float,
    s0: float,
    s1: float,
    from_s: float,
    to_s: float,
    pieces: Pieces,
) -> None:
    """Note when two vehicles in a pair of cells are within both contact distances.

    |r + v·t| ≤ d in a straight line, and |c + v_r·t| ≤ d_r for one of the ways along the road.
    """
    # Many arguments: the times of two pieces of two rides, which are numbers and not yet rows of anything.
    c, other = cells.pair_own[pair], cells.pair_seen[pair]
    own_bound, seen_bound = c + cells.link[c], other + cells.link[other]
    own_mps = (cells.bound_m[own_bound + 1] - cells.bound_m[own_bound]) / (t1 - t0)
    seen_mps = (cells.bound_m[seen_bound + 1] - cells.bound_m[seen_bound]) / (s1 - s0)
    own_at, seen_at = (from_s - t0) * own_mps, (from_s - s0) * seen_mps
    rx = cells.x0_m[other] + seen_at * cells.dx[other] - cells.x0_m[c] - own_at * cells.dx[c]
    ry = cells.y0_m[other] + seen_at * cells.dy[other] - cells.y0_m[c] - own_at * cells.dy[c]
    vx = seen_mps * cells.dx[other] - own_mps * cells.dx[c]
    vy = seen_mps * cells.dy[other] - own_mps * cells.dy[c]
    span_s = to_s - from_s
    begin, end = _find_near_part(rx, ry, vx, vy, span_s, cells.distance_m[0])
    if end <= begin:
        return
    own_at, seen_at = own_at + cells.bound_m[own_bound], seen_at + cells.bound_m[seen_bound]
    is_slow, is_seen_slow = own_mps < STANDING_MPS, seen_mps < STANDING_MPS
    for way in range(cells.way_offset[pair], cells.way_offset[pair + 1]):
        a, b = cells.way_sign_a[way], cells.way_sign_b[way]
        start = cells.way_constant_m[way] + a * own_at + b * seen_at
        stop = start + (a * own_mps + b * seen_mps) * span_s
        low, high = _find_part_within(start, stop, span_s, cells.road_distance_m[0])
        low, high = max(low, begin), min(high, end)
        if high > low:
            kind = classify(timed, cells, link_twin, pair, own, seen, is_slow != is_seen_slow)
            square = vx * vx + vy * vy
            nearest = low if square <= 1e-18 else min(max(-(rx * vx + ry * vy) / square, low), high)
            least = np.sqrt((rx + nearest * vx) ** 2 + (ry + nearest * vy) ** 2)
            is_standing = is_slow and is_seen_slow
            trip = timed.rides[seen].trip
            _note(pieces, trip, from_s + low, from_s + high, seen, kind, least, is_standing)


@inlined
def classify(
    timed: TimedRides, cells: Cells, link_twin: np.ndarray, pair: int, own: int, seen: int, is_beside: bool
) -> int:
    """Tell the type of a meeting on different roads, from where the two are and ride next."""
    link, seen_link = timed.rides[own].link, timed.rides[seen].link
    next_link, seen_next = timed.rides[own].next_link, timed.rides[seen].next_link
    if next_link == seen_link or seen_next == link:
        return TAILING
    is_opposite = (next_link != NONE and link_twin[next_link] == seen_link) or (
        seen_next != NONE and link_twin[seen_next] == link
    )
    if not is_opposite and next_link == seen_next and next_link != NONE:
        return MERGING
    if is_opposite or cells.pair_cosine[pair] < -0.7:
        return QUEUE_BESIDE if is_beside else HEAD_ON
    return TAILING if cells.pair_cosine[pair] > 0.7 else CROSSING


@inlined
def _is_known(known: Known, met: int, from_s: float, to_s: float) -> bool:
    """Whether a time can tell nothing new about a pair of trips: all of it belongs to one contact anyway."""
    pair = known.base[0] + known.number[met] * known.stride[0]
    for episode in range(known.offset[pair], known.offset[pair + 1]):
        if known.begin_s[episode] <= from_s and to_s <= known.end_s[episode]:
            return True
    return False


@inlined
def _tells_nothing(known: Known, pieces: Pieces, met: int, is_slow: bool, from_s: float, to_s: float) -> bool:
    """Whether a time of nearness would tell nothing new about the trip met.

    All of it belongs to one contact anyway, or to a near time in which somebody passes, and both stand in that if they may
    in this one.
    """
    if _is_known(known, met, from_s, to_s):
        return True
    if pieces.head[met] == NONE:
        return False
    tail = pieces.tail[met]
    return bool(
        pieces.begin_s[tail] <= from_s
        and to_s <= pieces.end_s[tail]
        and pieces.least_m[tail] == 0.0
        and (pieces.is_standing[tail] or not is_slow)
    )


@inlined
def _note(
    pieces: Pieces,
    trip: int,
    begin_s: float,
    end_s: float,
    seen: int,
    kind: int,
    least_m: float,
    is_standing: bool,
) -> None:
    """Keep a near time of the vehicle at hand with a trip, joined to the latest one if they touch.

    One for which there is no room is counted.
    """
    is_first = pieces.head[trip] == NONE
    if not is_first:
        tail = pieces.tail[trip]
        if begin_s <= pieces.end_s[tail] + TOUCH_S and end_s >= pieces.begin_s[tail] - TOUCH_S:
            if begin_s < pieces.begin_s[tail]:
                pieces.begin_s[tail], pieces.seen[tail], pieces.kind[tail] = begin_s, seen, kind
            pieces.end_s[tail] = max(pieces.end_s[tail], end_s)
            pieces.least_m[tail] = min(pieces.least_m[tail], least_m)
            pieces.is_standing[tail] |= is_standing
            return
    piece = pieces.n[0]
    pieces.n[0] = piece + 1
    if piece >= len(pieces.begin_s):
        return
    pieces.begin_s[piece], pieces.end_s[piece] = begin_s, end_s
    pieces.seen[piece], pieces.kind[piece] = seen, kind
    pieces.least_m[piece], pieces.is_standing[piece] = least_m, is_standing
    pieces.following[piece] = NONE
    if is_first:
        pieces.head[trip] = piece
        pieces.met[pieces.n[1]] = trip
        pieces.n[1] += 1
    else:
        pieces.following[pieces.tail[trip]] = piece
    pieces.tail[trip] = piece


@inlined
def _write_coverages(timed: TimedRides, own: int, room: Coverages, n_rows: int, pieces: Pieces) -> int:
    """Join the near times of the vehicle at hand, trip by trip, where they touch; write them if there is room."""
    for k in range(pieces.n[1]):
        met = pieces.met[k]
        n = 0
        piece = pieces.head[met]
        pieces.head[met] = NONE
        while piece != NONE:  # insertion sort by begin: they are few, and mostly in order
            place = n
            while place > 0 and pieces.begin_s[pieces.order[place - 1]] > pieces.begin_s[piece]:
                pieces.order[place] = pieces.order[place - 1]
                place -= 1
            pieces.order[place] = piece
            n += 1
            piece = pieces.following[piece]
        begin = 0
        while begin < n:
            first = pieces.order[begin]
            end_s, least_m, is_standing = pieces.end_s[first], pieces.least_m[first], pieces.is_standing[first]
            begin += 1
            while begin < n and pieces.begin_s[pieces.order[begin]] <= end_s + TOUCH_S:
                piece = pieces.order[begin]
                end_s, least_m = max(end_s, pieces.end_s[piece]), min(least_m, pieces.least_m[piece])
                is_standing |= pieces.is_standing[piece]
                begin += 1
            if n_rows < len(room.begin_s):
                room.trip[n_rows], room.met[n_rows] = timed.rides[own].trip, met
                room.begin_s[n_rows], room.end_s[n_rows] = pieces.begin_s[first], end_s
                room.people[n_rows] = timed.rides[own].people
                room.own[n_rows], room.seen[n_rows] = own, pieces.seen[first]
                room.kind[n_rows] = pieces.kind[first]
                room.least_m[n_rows], room.is_standing[n_rows] = least_m, is_standing
            n_rows += 1
    pieces.n[0], pieces.n[1] = 0, 0
    return n_rows
