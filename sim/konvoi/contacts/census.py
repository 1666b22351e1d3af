"""Kernels that count, every few seconds, who of the two sides is near whom.

People near, and with them exposure, change from second to second as vehicles pass; a count at fixed moments gives their
course at a cost that grows with vehicles only, however many trips meet. When contacts begin and end is not left to it:
`konvoi.contacts.proximity` looks exactly, wherever the census cannot know.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import NONE, FloatArray, IntArray
from konvoi.contacts.proximity import HEAD_ON, N_TYPES, QUEUE_BESIDE, TAILING, classify
from konvoi.contacts.rides import STANDING_MPS, TimedRides
from konvoi.contacts.segments import Cells
from konvoi.engine.records import Flag, Index, Number, Records, make_room
from konvoi.kernels import allocating_kernel, inlined, kernel

CENSUS_S = 20.0  # what is small or short is found exactly (`konvoi.contacts.proximity`); crowds change within minutes
LEAST_EPISODE_S = 240.0  # twelve counts: their sum is within a few per cent of the true exposure
WORD_BITS = 64


class Sides(NamedTuple):
    """The trips of each side, numbered from 0 on; pair p is trip p // n_2 of side 1 with trip p % n_2 of side 2."""

    number: IntArray  # (n_trips,) of a trip on its side
    trip_1: IntArray
    trip_2: IntArray


class Counts(NamedTuple):
    """One row per pair of trips and moment of the census at which they were near, in the order of time."""

    pair: IntArray
    moment: IntArray  # in units of CENSUS_S after midnight
    people_1: FloatArray
    people_2: FloatArray
    kind: NDArray[np.int8]  # contact type of most of side 1 who came near since the count before
    coming: FloatArray  # their people
    least_m: FloatArray
    is_standing: NDArray[np.bool_]


class Census(NamedTuple):
    """The rows of the census by pair of trips: those of pair p are ``order[offset[p]:offset[p + 1]]``."""

    counts: Counts
    order: IntArray
    offset: IntArray  # (n_pairs + 1,)


class Spot:
    """Where the vehicle of a ride is now."""

    offset_m: Number
    x_m: Number
    y_m: Number
    number: Index  # of its trip on its side
    cell: Index  # counted on its link
    behind: Index  # another one in the same cell; NONE when there is none
    is_slow: Flag


class Tally(NamedTuple):
    """Working memory of `count_people`, which allocates nothing."""

    live: IntArray  # links with rides
    busy: IntArray  # those of them with vehicles of a side now, as 2·link + side; side 1 comes last
    entered: IntArray  # (2·n_links,) first ride that has not begun
    left: IntArray  # first ride that has not ended
    spots: Records[Spot]  # one per ride
    head: IntArray  # (n_cells, 2) a vehicle of a side in a cell; NONE when there is none
    inside: NDArray[np.uint64]  # (n_cells, 2, n_words) a bit per trip of a side in a cell
    met: NDArray[np.uint64]  # (n_rides, n_words) a bit per trip of the other side that is near
    now: NDArray[np.uint64]  # (n_words,) the same for the vehicle at hand, of this moment
    kind: NDArray[np.int8]  # per trip of the other side: contact type with the vehicle at hand
    line: Window  # opponents near on the same link, and …
    oncoming: Window  # … on its other direction
    vehicles: IntArray  # (2, n_pairs) of each side near the other trip, now
    people: FloatArray  # (2, n_pairs) in them
    weight: FloatArray  # (n_pairs, N_TYPES) people of side 1 who came near since the last count
    least_m: FloatArray
    is_standing: NDArray[np.bool_]
    near: IntArray  # pairs near now, and …
    place: IntArray  # … where each of them stands there
    n_near: NDArray[np.int64]  # (1,)


class Window(NamedTuple):
    """Opponents on one road near the vehicle at hand; it moves along with it, so each comes and goes once."""

    span: NDArray[np.int64]  # (3,) first ride in it, first one behind it, in the order they come; the nearest
    n: IntArray  # per trip of the other side
    bits: NDArray[np.uint64]  # (n_words,) trips that have any


class Episodes(NamedTuple):
    """Per pair of trips: times known to belong to one contact, from the first to the last moment they were counted."""

    offset: IntArray  # (n_pairs + 1,)
    begin_s: FloatArray
    end_s: FloatArray


def build_sides(trip_side: NDArray[np.integer]) -> Sides:
    """Give the trips of each side (0 or 1) numbers."""
    number = np.zeros(len(trip_side), np.int32)
    trips = [np.flatnonzero(trip_side == side).astype(np.int32) for side in (0, 1)]
    for own in trips:
        number[own] = np.arange(len(own))
    return Sides(number, trips[0], trips[1])


def build_tally(timed: TimedRides, cells: Cells, sides: Sides) -> Tally:
    """Build the working memory."""
    n, n_pairs = len(timed.rides), len(sides.trip_1) * len(sides.trip_2)
    most_trips = max(len(sides.trip_1), len(sides.trip_2))
    n_words = most_trips // WORD_BITS + 1
    spots = make_room(Spot, n)
    spots.cell[:] = 0
    spots.number[:] = sides.number[timed.rides.trip]
    live = np.flatnonzero(np.diff(timed.offset).reshape(-1, 2).any(axis=1)).astype(np.int32)

    def window() -> Window:
        return Window(np.zeros(3, np.int64), np.zeros(most_trips, np.int32), np.zeros(n_words, np.uint64))

    return Tally(
        live=live,
        busy=np.empty(2 * len(live), np.int32),
        entered=timed.offset[:-1].copy(),
        left=timed.offset[:-1].copy(),
        spots=spots,
        head=np.full((len(cells.link), 2), NONE, np.int32),
        inside=np.zeros((len(cells.link), 2, n_words), np.uint64),
        met=np.zeros((n, n_words), np.uint64),
        now=np.zeros(n_words, np.uint64),
        kind=np.zeros(most_trips, np.int8),
        line=window(),
        oncoming=window(),
        vehicles=np.zeros((2, n_pairs), np.int32),
        people=np.zeros((2, n_pairs)),
        weight=np.zeros((n_pairs, N_TYPES)),
        least_m=np.full(n_pairs, np.inf),
        is_standing=np.zeros(n_pairs, np.bool_),
        near=np.empty(n_pairs, np.int32),
        place=np.empty(n_pairs, np.int32),
        n_near=np.zeros(1, np.int64),
    )


@kernel
def count_people(
    timed: TimedRides, cells: Cells, link_twin: np.ndarray, sides: Sides, room: Counts, tally: Tally
) -> int:
    """Count the people of each pair of trips who are near each other, at every moment of the census.

    Parameters
    ----------
    room
        Filled from the first row on; rows that do not fit are counted, not written.

    Returns
    -------
    Number of rows needed.
    """
    n_rows = 0
    first_s, last_s = _find_common_time(timed, tally.live)
    for moment in range(int(np.ceil(first_s / CENSUS_S)), int(np.floor(last_s / CENSUS_S)) + 1):
        moment_s = moment * CENSUS_S
        n_first = _place_side(timed, cells, sides, 0, moment_s, 0, tally)
        n_busy = _place_side(timed, cells, sides, 1, moment_s, n_first, tally)
        if 0 < n_first < n_busy or tally.n_near[0] > 0:
            for k in range(n_busy):
                place = tally.busy[k]
                _count_link(timed, cells, link_twin, sides, place // 2, place % 2, tally)
        _clear_cells(cells, n_busy, tally)
        for k in range(tally.n_near[0]):
            _write_count(tally.near[k], moment, room, n_rows, tally)
            n_rows += 1
    return n_rows


@inlined
def _find_common_time(timed: TimedRides, live: np.ndarray) -> tuple[float, float]:
    """Find from when to when both sides can be on the roads."""
    first_s, last_s = -np.inf, np.inf
    for side in range(2):
        begin_s, end_s = np.inf, -np.inf
        for link in live:
            a, b = timed.offset[2 * link + side], timed.offset[2 * link + side + 1]
            if a < b:
                begin_s = min(begin_s, timed.rides[a].begin_s)
                end_s = max(end_s, timed.rides[b - 1].end_s)
        first_s, last_s = max(first_s, begin_s), min(last_s, end_s)
    last_s = min(last_s, timed.until_s[0])
    return (first_s, last_s) if first_s <= last_s else (1.0, 0.0)


@inlined
def _place_side(
    timed: TimedRides, cells: Cells, sides: Sides, side: int, moment_s: float, n_busy: int, tally: Tally
) -> int:
    """Find where the vehicles of one side are now; add to the busy links and return their number."""
    time_s = timed.time_s
    for link in tally.live:
        place = 2 * link + side
        last = timed.offset[place + 1]
        if tally.left[place] == last:
            continue
        base, bounds = cells.offset[link], cells.offset[link] + link
        n_cells = cells.offset[link + 1] - base
        entered, left = tally.entered[place], tally.left[place]
        while entered < last and timed.rides[entered].begin_s <= moment_s:
            entered += 1
        while left < entered and timed.rides[left].end_s <= moment_s:
            for word in range(len(tally.now)):
                _change_count(timed, sides, side, left, word, tally.met[left, word], -1, tally)
            left += 1
        tally.entered[place], tally.left[place] = entered, left
        if left < entered:
            tally.busy[n_busy] = place
            n_busy += 1
        for ride in range(left, entered):
            times, spot = timed.rides[ride].times, tally.spots[ride]
            k = spot.cell
            while k < n_cells - 1 and time_s[times + k + 1] <= moment_s:
                k += 1
            spot.cell = k
            length = cells.bound_m[bounds + k + 1] - cells.bound_m[bounds + k]
            mps = length / max(time_s[times + k + 1] - time_s[times + k], 1e-12)
            at_m = (moment_s - time_s[times + k]) * mps
            spot.offset_m = cells.bound_m[bounds + k] + at_m
            spot.x_m = cells.x0_m[base + k] + at_m * cells.dx[base + k]
            spot.y_m = cells.y0_m[base + k] + at_m * cells.dy[base + k]
            spot.is_slow = mps < STANDING_MPS
            spot.behind = tally.head[base + k, side]
            tally.head[base + k, side] = ride
            tally.inside[base + k, side, spot.number // WORD_BITS] |= _get_bit(spot.number)
    return n_busy


@inlined
def _get_bit(number: int) -> np.uint64:
    """Return the bit of a trip in its word."""
    return np.uint64(1) << np.uint64(number % WORD_BITS)


@inlined
def _clear_cells(cells: Cells, n_busy: int, tally: Tally) -> None:
    """Take all vehicles out of the cells."""
    for k in range(n_busy):
        place = tally.busy[k]
        for ride in range(tally.left[place], tally.entered[place]):
            cell = cells.offset[place // 2] + tally.spots[ride].cell
            tally.head[cell, place % 2] = NONE
            for word in range(len(tally.now)):
                tally.inside[cell, place % 2, word] = 0


@inlined
def _count_link(
    timed: TimedRides, cells: Cells, link_twin: np.ndarray, sides: Sides, link: int, side: int, tally: Tally
) -> None:
    """Find whom each vehicle of one side on a link is near now; it counts once with each trip.

    From the first vehicle on the link to the last, so that opponents come into its windows, and leave them, in order.
    """
    other = 1 - side
    twin = link_twin[link]
    line, oncoming = 2 * link + other, 2 * twin + other
    has_line = tally.left[line] < tally.entered[line]
    has_oncoming = twin != link and tally.left[oncoming] < tally.entered[oncoming]
    # On the other direction the one who has come farthest is met last.
    tally.line.span[:] = tally.left[line]
    tally.oncoming.span[0], tally.oncoming.span[1] = tally.entered[oncoming] - 1, tally.entered[oncoming] - 1
    for own in range(tally.left[2 * link + side], tally.entered[2 * link + side]):
        for word in range(len(tally.now)):
            tally.now[word] = 0
        if has_line:
            _slide(cells, link, own, 0.0, 1.0, tally.entered[line], 1, tally.line, tally)
            seen = _find_nearest(own, tally) if side == 0 else NONE
            _see_window(sides, own, seen, TAILING, tally.line, tally)
        if has_oncoming:
            length = cells.bound_m[cells.offset[link + 1] + link]
            _slide(cells, link, own, length, -1.0, tally.left[oncoming] - 1, -1, tally.oncoming, tally)
            if tally.oncoming.span[0] != tally.oncoming.span[1]:
                seen = tally.oncoming.span[0]
                kind = QUEUE_BESIDE if tally.spots[own].is_slow != tally.spots[seen].is_slow else HEAD_ON
                _see_window(sides, own, seen if side == 0 else NONE, kind, tally.oncoming, tally)
        _see_across(timed, cells, link_twin, sides, link, side, own, tally)
        for word in range(len(tally.now)):
            before, now = tally.met[own, word], tally.now[word]
            if before != now:
                _change_count(timed, sides, side, own, word, before & ~now, -1, tally)
                _change_count(timed, sides, side, own, word, now & ~before, 1, tally)
                tally.met[own, word] = now
    _empty(tally.line, 1, tally)
    _empty(tally.oncoming, -1, tally)


@inlined
def _slide(
    cells: Cells,
    link: int,
    own: int,
    constant: float,
    sign: float,
    stop: int,
    way: int,
    window: Window,
    tally: Tally,
) -> None:
    """Move a window along with a vehicle: who is far ahead leaves it, who is not far behind comes.

    An opponent at offset b of its own direction is at constant + sign · b of the link. On a gentle link whoever is
    farther along the road is farther in a straight line; on others only those near for sure are counted.
    """
    # Many arguments: a plain loop over one window, inlined; its bounds are the caller's locals.
    spot = tally.spots[own]
    offset_m, x, y = spot.offset_m, spot.x_m, spot.y_m
    is_gentle, sure_m, road_m = cells.is_gentle[link], cells.sure_m[link], cells.road_distance_m[0]
    limit = cells.distance_m[0] ** 2
    for end in (1, 0):
        seen = window.span[end]
        while seen != stop:
            other = tally.spots[seen]
            ahead = constant + sign * other.offset_m - offset_m
            apart = abs(ahead)
            is_near = apart <= sure_m
            if not is_near and is_gentle and apart <= road_m:
                is_near = (other.x_m - x) ** 2 + (other.y_m - y) ** 2 <= limit
            if end == 1:
                if not is_near and ahead < 0.0:
                    break
                _change(other.number, 1, window)
            else:
                if is_near or ahead <= 0.0 or seen == window.span[1]:
                    break
                _change(other.number, -1, window)
            seen += way
        window.span[end] = seen


@inlined
def _change(number: int, by: int, window: Window) -> None:
    """Take an opponent of a trip into a window, or out of it."""
    window.n[number] += by
    if window.n[number] == 0:
        window.bits[number // WORD_BITS] &= ~_get_bit(number)
    else:
        window.bits[number // WORD_BITS] |= _get_bit(number)


@inlined
def _empty(window: Window, way: int, tally: Tally) -> None:
    """Take everybody out of a window."""
    seen = window.span[0]
    while seen != window.span[1]:
        _change(tally.spots[seen].number, -1, window)
        seen += way


@inlined
def _find_nearest(own: int, tally: Tally) -> int:
    """Find the nearest opponent in one's line; NONE when there is none near."""
    span, spots, at_m = tally.line.span, tally.spots, tally.spots[own].offset_m
    if span[0] == span[1]:
        return int(NONE)
    nearest: int = max(span[0], span[2])
    while nearest < span[1] - 1 and abs(spots[nearest + 1].offset_m - at_m) <= abs(spots[nearest].offset_m - at_m):
        nearest += 1
    span[2] = nearest
    return nearest


@inlined
def _see_window(sides: Sides, own: int, seen: int, kind: int, window: Window, tally: Tally) -> None:
    """Note every trip in a window as near; one of the opponents stands for how near they are, and stand."""
    for word in range(len(tally.now)):
        bits = window.bits[word] & ~tally.now[word]
        tally.now[word] |= bits
        bits &= ~tally.met[own, word]
        number = word * WORD_BITS - 1
        while bits != 0:
            bits, number = _skip_to_bit(bits, number + 1)
            bits = bits >> np.uint64(1)
            tally.kind[number] = kind
    if seen != NONE:
        one, other = tally.spots[own], tally.spots[seen]
        pair = one.number * len(sides.trip_2) + other.number
        # Who comes towards one passes, or has passed.
        least = abs(other.offset_m - one.offset_m) if kind == TAILING else 0.0
        tally.least_m[pair] = min(tally.least_m[pair], least)
        tally.is_standing[pair] |= one.is_slow and other.is_slow


@inlined
def _skip_to_bit(bits: np.uint64, number: int) -> tuple[np.uint64, int]:
    """Shift a word until its lowest bit is set; return it, and the number the lowest bit stands for."""
    while bits & np.uint64(255) == 0:
        bits, number = bits >> np.uint64(8), number + 8
    while bits & np.uint64(1) == 0:
        bits, number = bits >> np.uint64(1), number + 1
    return bits, number


@inlined
def _see_across(
    timed: TimedRides,
    cells: Cells,
    link_twin: np.ndarray,
    sides: Sides,
    link: int,
    side: int,
    own: int,
    tally: Tally,
) -> None:
    """Note the trips near on other roads, cell by cell one can see."""
    spot, now = tally.spots[own], tally.now
    c = cells.offset[link] + spot.cell
    limit, road_m = cells.distance_m[0] ** 2, cells.road_distance_m[0]
    for near in range(cells.near_offset[c], cells.near_offset[c + 1]):
        pair = cells.near_pair[near]
        seen = tally.head[cells.near[near], 1 - side]
        if seen == NONE or not _is_news(cells.near[near], 1 - side, tally):
            continue
        while seen != NONE:
            other = tally.spots[seen]
            if now[other.number // WORD_BITS] & _get_bit(other.number) == 0:
                square = (other.x_m - spot.x_m) ** 2 + (other.y_m - spot.y_m) ** 2
                if square <= limit and _is_near_by_road(cells, pair, spot.offset_m, other.offset_m, road_m):
                    now[other.number // WORD_BITS] |= _get_bit(other.number)
                    is_beside = spot.is_slow != other.is_slow
                    tally.kind[other.number] = classify(timed, cells, link_twin, pair, own, seen, is_beside)
                    if side == 0:
                        both = spot.number * len(sides.trip_2) + other.number
                        tally.least_m[both] = min(tally.least_m[both], np.sqrt(square))
                        tally.is_standing[both] |= spot.is_slow and other.is_slow
            seen = other.behind


@inlined
def _change_count(
    timed: TimedRides, sides: Sides, side: int, own: int, word: int, bits: np.uint64, by: int, tally: Tally
) -> None:
    """Count a vehicle with trips it has come near (1), or no longer (−1)."""
    if bits == 0:
        return
    own_number = tally.spots[own].number
    people = timed.rides[own].people
    n_2 = len(sides.trip_2)
    number = word * WORD_BITS - 1
    while bits != 0:
        bits, number = _skip_to_bit(bits, number + 1)
        bits = bits >> np.uint64(1)
        pair = own_number * n_2 + number if side == 0 else number * n_2 + own_number
        vehicles = tally.vehicles[side, pair] + by
        tally.vehicles[side, pair] = vehicles
        # Nobody is exactly no people, whatever the rounding of sums.
        tally.people[side, pair] = tally.people[side, pair] + by * people if vehicles > 0 else 0.0
        if side == 1:
            continue
        if by > 0:
            tally.weight[pair, tally.kind[number]] += people
            if vehicles == 1:
                tally.place[pair] = tally.n_near[0]
                tally.near[tally.n_near[0]] = pair
                tally.n_near[0] += 1
        elif vehicles == 0:
            tally.n_near[0] -= 1
            last = tally.near[tally.n_near[0]]
            tally.near[tally.place[pair]] = last
            tally.place[last] = tally.place[pair]


@inlined
def _is_news(cell: int, side: int, tally: Tally) -> bool:
    """Whether a trip is in a cell that the vehicle at hand is not known to be near."""
    is_news = False
    for word in range(len(tally.now)):
        is_news |= tally.inside[cell, side, word] & ~tally.now[word] != 0
    return is_news


@inlined
def _is_near_by_road(cells: Cells, pair: int, own_m: float, seen_m: float, limit_m: float) -> bool:
    """Whether two vehicles in a pair of cells are within the contact distance along a road."""
    for way in range(cells.way_offset[pair], cells.way_offset[pair + 1]):
        apart = cells.way_constant_m[way] + cells.way_sign_a[way] * own_m + cells.way_sign_b[way] * seen_m
        if abs(apart) <= limit_m:
            return True
    return False


@inlined
def _write_count(pair: int, moment: int, room: Counts, row: int, tally: Tally) -> None:
    """Write what was counted of a pair, if there is room, and begin anew."""
    if row < len(room.pair):
        room.pair[row], room.moment[row] = pair, moment
        room.people_1[row], room.people_2[row] = tally.people[0, pair], tally.people[1, pair]
        kind = 0
        for k in range(1, N_TYPES):
            if tally.weight[pair, k] > tally.weight[pair, kind]:
                kind = k
        room.kind[row], room.coming[row] = kind, tally.weight[pair, kind]
        room.least_m[row], room.is_standing[row] = tally.least_m[pair], tally.is_standing[pair]
    for k in range(N_TYPES):
        tally.weight[pair, k] = 0.0
    tally.least_m[pair], tally.is_standing[pair] = np.inf, False


@allocating_kernel
def sort_counts(pair: np.ndarray, n_pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort rows by pair of trips (counting sort, stable); return their order, and where each pair begins in it."""
    offset = np.zeros(n_pairs + 1, np.int32)
    for row in range(len(pair)):
        offset[pair[row] + 1] += 1
    for k in range(n_pairs):
        offset[k + 1] += offset[k]
    filled = offset.copy()
    order = np.empty(len(pair), np.int32)
    for row in range(len(pair)):
        order[filled[pair[row]]] = row
        filled[pair[row]] += 1
    return order, offset


@allocating_kernel
def find_episodes(counts: Counts, order: np.ndarray, offset: np.ndarray, merge_s: float, min_people: float) -> Episodes:
    """Find the times whose every moment belongs to one contact: counted again within less than ``merge_s``.

    Short ones, and those in which too few people were counted, are left out: they are found exactly.
    """
    n_pairs = len(offset) - 1
    begin_s, end_s = np.empty(len(order)), np.empty(len(order))
    of_pair = np.zeros(n_pairs + 1, np.int32)
    n = 0
    for pair in range(n_pairs):
        k = offset[pair]
        while k < offset[pair + 1]:
            begin_s[n] = end_s[n] = counts.moment[order[k]] * CENSUS_S
            people_1, people_2 = 0.0, 0.0
            while k < offset[pair + 1]:
                moment_s = counts.moment[order[k]] * CENSUS_S
                if moment_s > end_s[n] and moment_s - end_s[n] >= merge_s:
                    break
                end_s[n] = moment_s
                people_1 = max(people_1, counts.people_1[order[k]])
                people_2 = max(people_2, counts.people_2[order[k]])
                k += 1
            is_long = end_s[n] - begin_s[n] >= LEAST_EPISODE_S
            if is_long and people_1 >= min_people and people_2 >= min_people:
                n += 1
        of_pair[pair + 1] = n
    return Episodes(of_pair, begin_s[:n].copy(), end_s[:n].copy())
