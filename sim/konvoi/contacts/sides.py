"""Contact of the two sides at places (MODEL §6): at each moment, the people of the smaller side who are near the other.

At a moment, who is near whom is told by `konvoi.contacts.traces`: riders of side 1 and side 2 are near each other within the
contact distance d in a straight line and within d times the road factor along the road. With A_s the people of side s
who are near the other side, and in the window of a stretch of road,

    N = min(A_1, A_2),    exposure = ∫ N · w dt,    w = (of A_1 + A_2, the people in the stretch itself) / (A_1 + A_2)

so windows overlap and yet nobody is exposed twice. At a crowd A_s are the people who stand, and the other side's riders
within d of where they stand. A person counts once at a place, however many of the other side are near: it does not matter
into how many convoys a side is cut. Who has somebody of the other side near at a relative speed of at most 2 m/s is
*together* with it, and takes the time so spent along from place to place.

Moments are Δ apart. A run of k moments has lasted (k − 1)Δ to (k + 1)Δ; it is taken as kΔ, so what has lasted as long as a
grade asks for is never missed, and what is up to Δ shorter may be counted. Exposure is summed with the midpoint rule.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import NONE, FloatArray, IntArray, LongArray
from konvoi.contacts.crowds import PASSING_PLACE, Crowds
from konvoi.contacts.proximity import CROSSING, HEAD_ON, MERGING, N_TYPES, QUEUE_BESIDE, TAILING
from konvoi.contacts.rides import STANDING_MPS
from konvoi.contacts.segments import Cells
from konvoi.contacts.stretches import Stretches
from konvoi.contacts.traces import Sightings, Traces
from konvoi.kernels import inlined, kernel, part

ANY, LARGE, MASSED, TOGETHER = 0, 1, 2, 3  # grades; the last one is another way to be massed
N_GRADES = 3
OUT_OUT, OUT_HOME, HOME_HOME, OUT_PAST_PLACE, HOME_PAST_PLACE = 0, 1, 2, 3, 4
N_PHASES = 5
N_KINDS = N_TYPES + 1
BIN_S = 600.0
LONG_AGO = -(1 << 40)


class Grades(NamedTuple):
    """What makes a contact of the two sides any, large, massed, and together: people of each side, and for how long."""

    people: FloatArray  # (4,)
    moments: LongArray  # (4,) at least so many on end
    merge: LongArray  # (1,) a contact interrupted for fewer moments is one
    together_mps: FloatArray  # (1,)
    step_s: FloatArray  # (1,)


class SideContacts(NamedTuple):
    """One row per place and episode, by place and time; places are stretches of road, and behind them crowds."""

    place: IntArray
    begin_s: FloatArray
    end_s: FloatArray
    peak_people: FloatArray  # largest N
    people_1: FloatArray  # most of each side near the other, at a time
    people_2: FloatArray
    exposure_person_s: FloatArray
    together_person_s: FloatArray  # of which with each other: standing, or riding alike
    grade_s: FloatArray  # (n, 3) for how long it was any, large, massed; 0: never
    phase_person_s: FloatArray  # (n, 5) exposure by phase
    kind: NDArray[np.int8]  # contact type of most of it
    first_any_s: FloatArray  # when it first was one of grade any; NaN for never
    bins: FloatArray  # (n_bins, 3) of the day, ten minutes each: exposure of riders, at crowds (person-s), largest N


class Bench(NamedTuple):
    """Working memory of `meet`, which allocates nothing. Rows of two are for side 1 and side 2."""

    entry: IntArray  # (n_slots, 2) a side's latest entry in a slot: of this moment, or older and of a lower number
    met: LongArray  # (n_slots,) moment at which somebody in a slot was near somebody last
    slots: IntArray  # those of this moment
    near: FloatArray  # (n_slots, 6) people near the other side in a slot; on their way home; together: side 1, side 2
    weight: FloatArray  # (n_slots, N_TYPES) people who meet, by type
    is_near: NDArray[np.bool_]  # (2, most) riders of this moment
    is_together: NDArray[np.bool_]
    stretch_met: LongArray  # (n_places,) moment at which a place was counted last
    stretches: IntArray  # those of this moment
    window: FloatArray  # (n_places, 7) as `near`; people in the stretch itself
    new_begin: LongArray  # (n_places,) since when people have been together, of this moment
    begin: LongArray  # (n_places,) episode: first moment; LONG_AGO before there is one …
    end: LongArray  # … and last one
    sums: FloatArray  # (n_places, 5) peak N; most of side 1, 2; exposure; together
    by_phase: FloatArray  # (n_places, N_PHASES)
    by_kind: FloatArray  # (n_places, N_KINDS)
    run_begin: LongArray  # (n_places, 4) since when a grade's people have been there …
    run_end: LongArray  # … up to when
    told: LongArray  # (n_places, 3) up to when a grade has been counted …
    graded: LongArray  # … and for how many moments
    first_any: LongArray  # (n_places,)
    bins: FloatArray  # (n_bins, 3)


class Rows(NamedTuple):
    """Room for the rows of `SideContacts`, times in moments."""

    place: IntArray
    begin: LongArray
    end: LongArray
    sums: FloatArray
    graded: LongArray
    by_phase: FloatArray
    kind: NDArray[np.int8]
    first_any: LongArray
    n: LongArray  # (1,) rows needed so far


def meet_sides(
    traces: tuple[Traces, Traces],
    sightings: tuple[Sightings, Sightings],
    crowds: tuple[Crowds, Crowds],
    shift: tuple[int, int],
    cells: Cells,
    stretches: Stretches,
    grades: Grades,
) -> SideContacts:
    """Find the contacts of the two sides at all places.

    Parameters
    ----------
    traces, sightings
        Of each side's riders.
    crowds
        Of each side: who stands where.
    shift
        By how many moments each side rides later than its traces say.
    """
    n_crowds = len(crowds[0].side) + len(crowds[1].side)
    n_places = len(stretches.link) + n_crowds
    most = max(_count_most(one) for one in traces)
    last_s = max((len(one.offset) + int(one.first[0]) + by for one, by in zip(traces, shift, strict=True)), default=0)
    step_s = float(grades.step_s[0])
    last_s = max(
        last_s * step_s,
        *(one.moment.max(initial=0) * step_s + by * step_s for one, by in zip(sightings, shift, strict=True)),
    )
    bench = build_bench(len(stretches.slot_road), n_places, most, int(last_s / BIN_S) + 2)
    n_room = 8 * n_places  # memory that is not written costs nothing; once more from the start costs all
    while True:
        rows = _build_rows(n_room)
        meet(traces[0], traces[1], shift[0], shift[1], cells, stretches, grades, bench, rows)
        first = len(stretches.link)
        for side in (0, 1):
            pass_crowds(crowds[side], sightings[1 - side], shift[side], shift[1 - side], first, grades, bench, rows)
            first += len(crowds[side].side)
        finish(bench, rows)
        n = int(rows.n[0])
        if n <= n_room:
            return _build_contacts(rows, n, bench, step_s)
        n_room = n
        bench = build_bench(len(stretches.slot_road), n_places, most, len(bench.bins))


def _count_most(traces: Traces) -> int:
    """Count the most riders of a side at a moment."""
    return int(np.diff(traces.entries.first[traces.offset]).max(initial=0))


def build_bench(n_slots: int, n_places: int, most: int, n_bins: int) -> Bench:
    """Make the working memory."""
    return Bench(
        entry=np.full((n_slots, 2), -1, np.int32),
        met=np.full(n_slots, LONG_AGO),
        slots=np.empty(n_slots, np.int32),
        near=np.empty((n_slots, 6)),
        weight=np.zeros((n_slots, N_TYPES)),
        is_near=np.zeros((2, most), np.bool_),
        is_together=np.zeros((2, most), np.bool_),
        stretch_met=np.full(n_places, LONG_AGO),
        stretches=np.empty(n_places, np.int32),
        window=np.empty((n_places, 7)),
        new_begin=np.empty(n_places, np.int64),
        begin=np.full(n_places, LONG_AGO),
        end=np.full(n_places, LONG_AGO),
        sums=np.empty((n_places, 5)),
        by_phase=np.empty((n_places, N_PHASES)),
        by_kind=np.zeros((n_places, N_KINDS)),
        run_begin=np.full((n_places, 4), LONG_AGO),
        run_end=np.full((n_places, 4), LONG_AGO),
        told=np.full((n_places, 3), LONG_AGO),
        graded=np.empty((n_places, 3), np.int64),
        first_any=np.empty(n_places, np.int64),
        bins=np.zeros((n_bins, 3)),
    )


def _build_rows(n: int) -> Rows:
    return Rows(
        place=np.empty(n, np.int32),
        begin=np.empty(n, np.int64),
        end=np.empty(n, np.int64),
        sums=np.empty((n, 5)),
        graded=np.empty((n, 3), np.int64),
        by_phase=np.empty((n, N_PHASES)),
        kind=np.empty(n, np.int8),
        first_any=np.empty(n, np.int64),
        n=np.zeros(1, np.int64),
    )


def _build_contacts(rows: Rows, n: int, bench: Bench, step_s: float) -> SideContacts:
    """Put rows into the order of places and times, moments into seconds."""
    order = np.lexsort((rows.begin[:n], rows.place[:n]))
    sums, first_any = rows.sums[order], rows.first_any[order]
    return SideContacts(
        place=rows.place[order],
        begin_s=(rows.begin[order].astype(np.float64) - 0.5) * step_s,
        end_s=(rows.end[order].astype(np.float64) + 0.5) * step_s,
        peak_people=sums[:, 0],
        people_1=sums[:, 1],
        people_2=sums[:, 2],
        exposure_person_s=sums[:, 3] * step_s,
        together_person_s=sums[:, 4] * step_s,
        grade_s=rows.graded[order].astype(np.float64) * step_s,
        phase_person_s=rows.by_phase[order] * step_s,
        kind=rows.kind[order],
        first_any_s=np.where(first_any == LONG_AGO, np.nan, first_any * step_s - step_s / 2.0),
        bins=bench.bins * np.array([step_s, step_s, 1.0]),
    )


@kernel
def meet(
    first: Traces,
    second: Traces,
    shift_1: int,
    shift_2: int,
    cells: Cells,
    stretches: Stretches,
    grades: Grades,
    bench: Bench,
    rows: Rows,
) -> None:
    """Count at every moment who of the two sides is near whom on the roads."""
    # Many arguments: everything that is counted with, once a run.
    base_1, base_2 = first.first[0] + shift_1, second.first[0] + shift_2
    begin = max(base_1, base_2)
    end = min(base_1 + len(first.offset), base_2 + len(second.offset)) - 1
    for moment in range(begin, end):
        k_1, k_2 = moment - base_1, moment - base_2
        from_1, to_1, from_2, to_2 = (
            first.offset[k_1],
            first.offset[k_1 + 1],
            second.offset[k_2],
            second.offset[k_2 + 1],
        )
        if from_1 == to_1 or from_2 == to_2:
            continue
        n_slots = _find_near(first, second, from_1, to_1, from_2, to_2, moment, cells, stretches, grades, bench)
        if n_slots > 0:
            n_places = _gather(stretches, n_slots, moment, bench)
            _count_time_together(stretches, n_places, moment, grades, bench)
            for k in range(n_places):
                _tell_stretch(bench.stretches[k], moment, grades, bench, rows)


@inlined
def _find_near(
    first: Traces,
    second: Traces,
    from_1: int,
    to_1: int,
    from_2: int,
    to_2: int,
    moment: int,
    cells: Cells,
    stretches: Stretches,
    grades: Grades,
    bench: Bench,
) -> int:
    """Find the slots with people near the other side; return their number."""
    # Long, many arguments: one moment of both sides; its parts would need nearly all that is known of it.
    for e in range(from_1, to_1):
        bench.entry[first.slot[e], 0] = e
    for e in range(from_2, to_2):
        bench.entry[second.slot[e], 1] = e
    base_1, base_2 = first.entries[from_1].first, second.entries[from_2].first
    n_slots, is_clear = 0, False
    for e in range(from_1, to_1):
        slot = first.slot[e]
        if bench.entry[slot, 1] >= from_2:
            n_slots = _touch(slot, moment, n_slots, bench)
            is_clear = _meet_in_slot(
                first, second, e, bench.entry[slot, 1], base_1, base_2, slot, is_clear, grades, bench
            )
    if not is_clear:
        _clear_riders(0, first.entries[to_1].first - base_1, bench)
        _clear_riders(1, second.entries[to_2].first - base_2, bench)
    for e in range(from_1, to_1):
        slot = first.slot[e]
        is_full = bench.entry[slot, 1] >= from_2
        for k in range(stretches.reach_offset[slot], stretches.reach_offset[slot + 1]):
            seen = stretches.reach[k]
            f = bench.entry[seen, 1]
            if f < from_2:
                continue
            is_seen_full = bench.entry[seen, 0] >= from_1
            is_known = is_full and is_seen_full
            if is_known and bench.near[slot, 4] >= bench.near[slot, 0] and bench.near[seen, 5] >= bench.near[seen, 1]:
                continue
            if not _can_be_near(first, second, e, f, k, stretches):
                continue
            can_be_together = _can_be_together(first, second, e, f, stretches.cosine[k], grades)
            if is_known and not can_be_together:
                continue
            n_slots = _touch(slot, moment, n_slots, bench)
            n_slots = _touch(seen, moment, n_slots, bench)
            if not is_known:
                near_1 = _see(first, second, e, f, base_1, 0, slot, seen, k, is_full, cells, stretches, bench)
                near_2 = _see(second, first, f, e, base_2, 1, seen, slot, k, is_seen_full, cells, stretches, bench)
                kind = _classify(first, second, e, f, slot, seen, k, stretches)
                bench.weight[slot, kind] += min(near_1, near_2) / 2.0
                bench.weight[seen, kind] += min(near_1, near_2) / 2.0
            if can_be_together:
                _match_across(first, second, e, f, base_1, base_2, slot, seen, k, cells, stretches, grades, bench)
    return n_slots


@inlined
def _clear_riders(side: int, n: int, bench: Bench) -> None:
    """Forget who was near whom a moment ago."""
    for k in range(n):
        bench.is_near[side, k], bench.is_together[side, k] = False, False


@inlined
def _touch(slot: int, moment: int, n_slots: int, bench: Bench) -> int:
    """Begin to count in a slot at a moment, if that has not begun; return the number of slots counted."""
    if bench.met[slot] == moment:
        return n_slots
    bench.met[slot] = moment
    bench.slots[n_slots] = slot
    for column in range(6):
        bench.near[slot, column] = 0.0
    return n_slots + 1


@part
def _meet_in_slot(
    first: Traces,
    second: Traces,
    e: int,
    f: int,
    base_1: int,
    base_2: int,
    slot: int,
    is_clear: bool,
    grades: Grades,
    bench: Bench,
) -> bool:
    """Count in one slot, where all are near each other; tell whether riders have been cleared."""
    # Many arguments: the numbers of one slot's riders on both sides.
    one, other, near = first.entries[e], second.entries[f], bench.near
    near[slot, 0], near[slot, 1], near[slot, 2], near[slot, 3] = one.people, other.people, one.home, other.home
    limit = grades.together_mps[0]
    if max(one.high_mps, other.high_mps) - min(one.low_mps, other.low_mps) <= limit:
        near[slot, 4], near[slot, 5] = one.people, other.people
    elif one.low_mps - other.high_mps <= limit and other.low_mps - one.high_mps <= limit:
        if not is_clear:
            _clear_riders(0, bench.is_near.shape[1], bench)
            _clear_riders(1, bench.is_near.shape[1], bench)
            is_clear = True
        near[slot, 4] = _match(first, second, e, f, base_1, 0, limit, bench)
        near[slot, 5] = _match(second, first, f, e, base_2, 1, limit, bench)
    # Who rides the same way follows; who rides the other way is met, or passes a queue.
    if (one.low_mps >= STANDING_MPS and other.high_mps <= -STANDING_MPS) or (
        one.high_mps <= -STANDING_MPS and other.low_mps >= STANDING_MPS
    ):
        bench.weight[slot, HEAD_ON] += min(one.people, other.people)
    else:
        _weigh(first, second, e, f, slot, bench)
    return is_clear


@inlined
def _match(own: Traces, other: Traces, e: int, f: int, base: int, side: int, limit: float, bench: Bench) -> float:
    """Note who in a slot has somebody of the other side with about the same velocity, and count them. Both are sorted."""
    people = 0.0
    j, last = other.entries[f].first, other.entries[f + 1].first - 1
    for i in range(own.entries[e].first, own.entries[e + 1].first):
        mps = own.riders[i].mps
        while j < last and other.riders[j].mps < mps - limit:
            j += 1
        if abs(other.riders[j].mps - mps) <= limit:
            bench.is_together[side, i - base] = True
            people += own.riders[i].people
    return people


@part
def _weigh(first: Traces, second: Traces, e: int, f: int, slot: int, bench: Bench) -> None:
    """Add to the types of a slot in which people ride both ways, or stand."""
    forth_1, slow_forth_1, back_1, slow_back_1 = _divide(first, e)
    forth_2, slow_forth_2, back_2, slow_back_2 = _divide(second, f)
    same = min(forth_1 + slow_forth_1, forth_2 + slow_forth_2) + min(back_1 + slow_back_1, back_2 + slow_back_2)
    beside = (
        min(forth_1, slow_back_2) + min(slow_forth_1, back_2) + min(back_1, slow_forth_2) + min(slow_back_1, forth_2)
    )
    opposite = min(forth_1, back_2) + min(back_1, forth_2)
    opposite += min(slow_forth_1, slow_back_2) + min(slow_back_1, slow_forth_2)
    bench.weight[slot, TAILING] += same
    bench.weight[slot, QUEUE_BESIDE] += beside
    bench.weight[slot, HEAD_ON] += opposite


@inlined
def _divide(traces: Traces, e: int) -> tuple[float, float, float, float]:
    """Divide the people in a slot: riding forth, standing headed forth, riding back, standing headed back."""
    entry = traces.entries[e]
    people = float(entry.people)
    if entry.low_mps >= STANDING_MPS:
        return people, 0.0, 0.0, 0.0
    if entry.high_mps <= -STANDING_MPS:
        return 0.0, 0.0, people, 0.0
    forth, slow_forth, back, slow_back = 0.0, 0.0, 0.0, 0.0
    for i in range(entry.first, traces.entries[e + 1].first):
        mps, one = traces.riders[i].mps, float(traces.riders[i].people)
        if mps >= STANDING_MPS:
            forth += one
        elif mps > 0.0:
            slow_forth += one
        elif mps <= -STANDING_MPS:
            back += one
        else:
            slow_back += one
    return forth, slow_forth, back, slow_back


@inlined
def _can_be_near(first: Traces, second: Traces, e: int, f: int, reach: int, stretches: Stretches) -> bool:
    """Whether those of two slots who are nearest along the road can be near in a straight line."""
    way = stretches.way_offset[reach]
    if stretches.way_offset[reach + 1] - way > 1:
        return True
    apart = stretches.way_constant_m[way]
    apart += _find_least(stretches.way_sign_a[way], first, e) + _find_least(stretches.way_sign_b[way], second, f)
    return bool(apart * stretches.straight[reach] <= stretches.distance_m[0] and apart <= stretches.road_distance_m[0])


@inlined
def _find_least(sign: float, traces: Traces, e: int) -> float:
    """Find the least signed offset in a slot."""
    return float(traces.entries[e].low_m if sign > 0.0 else -traces.entries[e].high_m)


@inlined
def _can_be_together(first: Traces, second: Traces, e: int, f: int, cosine: float, grades: Grades) -> bool:
    """Whether somebody in two slots can have about the velocity of somebody of the other side.

    |v_1 − v_2|² = v_1² + v_2² − 2·v_1·v_2·cos θ, at least (|v_1| − |v_2|)², and v_1² + v_2² when the last term adds.
    """
    one, other, limit = first.entries[e], second.entries[f], grades.together_mps[0]
    least_1, most_1 = _find_range(one.low_mps, one.high_mps)
    least_2, most_2 = _find_range(other.low_mps, other.high_mps)
    if least_1 - most_2 > limit or least_2 - most_1 > limit:
        return False
    is_opposite = (one.low_mps > 0.0 and other.high_mps < 0.0) or (one.high_mps < 0.0 and other.low_mps > 0.0)
    is_same = (one.low_mps > 0.0 and other.low_mps > 0.0) or (one.high_mps < 0.0 and other.high_mps < 0.0)
    if (is_opposite and cosine >= 0.0) or (is_same and cosine <= 0.0):
        return bool(max(least_1, least_2) <= limit)
    return True


@inlined
def _find_range(low: float, high: float) -> tuple[float, float]:
    """Find the least and the greatest amount of velocities between two."""
    most = max(abs(low), abs(high))
    return (0.0 if low <= 0.0 <= high else min(abs(low), abs(high))), most


@part
def _see(
    own: Traces,
    other: Traces,
    e: int,
    f: int,
    base: int,
    side: int,
    slot: int,
    seen: int,
    reach: int,
    is_full: bool,
    cells: Cells,
    stretches: Stretches,
    bench: Bench,
) -> float:
    """Note who in a slot is near somebody of the other side in another one; return how many people they are.

    The ways of a reach are told from side 1's slot. Nobody is nearer in a straight line than straight times the way.
    """
    # Many arguments: the numbers of two slots and of the riders in them, of either side first.
    way, last = stretches.way_offset[reach], stretches.way_offset[reach + 1]
    sign = stretches.way_sign_a[way] if side == 0 else stretches.way_sign_b[way]
    sign_seen = stretches.way_sign_b[way] if side == 0 else stretches.way_sign_a[way]
    nearest_m = stretches.way_constant_m[way] + _find_least(sign_seen, other, f)
    straight, d, road_m = stretches.straight[reach], stretches.distance_m[0], stretches.road_distance_m[0]
    people = 0.0
    for i in range(own.entries[e].first, own.entries[e + 1].first):
        rider = own.riders[i]
        apart = nearest_m + sign * rider.at_m
        is_near = apart <= stretches.sure_m[0]
        if not is_near and (last - way > 1 or (apart <= road_m and apart * straight <= d)):
            for j in range(other.entries[f].first, other.entries[f + 1].first):
                if side == 0:
                    is_near = _is_near(slot, seen, reach, rider.at_m, other.riders[j].at_m, cells, stretches)
                else:
                    is_near = _is_near(seen, slot, reach, other.riders[j].at_m, rider.at_m, cells, stretches)
                if is_near:
                    break
        if is_near:
            people += rider.people
            if not is_full and not bench.is_near[side, i - base]:
                bench.is_near[side, i - base] = True
                bench.near[slot, side] += rider.people
                if own.is_home[rider.ride]:
                    bench.near[slot, 2 + side] += rider.people
    return people


@part
def _is_near(slot: int, seen: int, reach: int, at_m: float, seen_m: float, cells: Cells, stretches: Stretches) -> bool:
    """Whether two riders in different slots are within both contact distances."""
    apart = np.inf
    for way in range(stretches.way_offset[reach], stretches.way_offset[reach + 1]):
        length = stretches.way_constant_m[way]
        length += stretches.way_sign_a[way] * at_m + stretches.way_sign_b[way] * seen_m
        apart = min(apart, abs(length))
    if apart <= stretches.sure_m[0] or apart > stretches.road_distance_m[0]:
        return bool(apart <= stretches.sure_m[0])
    x, y = _locate(slot, at_m, cells, stretches)
    seen_x, seen_y = _locate(seen, seen_m, cells, stretches)
    return bool((x - seen_x) ** 2 + (y - seen_y) ** 2 <= stretches.distance_m[0] ** 2)


@inlined
def _locate(slot: int, at_m: float, cells: Cells, stretches: Stretches) -> tuple[float, float]:
    """Find the coordinates (m) of a place in a slot."""
    road, cell = stretches.slot_road[slot], stretches.slot_cell[slot]
    while cell < cells.offset[road + 1] - 1 and cells.bound_m[cell + road + 1] <= at_m:
        cell += 1
    on_m = at_m - cells.bound_m[cell + road]
    return cells.x0_m[cell] + on_m * cells.dx[cell], cells.y0_m[cell] + on_m * cells.dy[cell]


@part
def _match_across(
    first: Traces,
    second: Traces,
    e: int,
    f: int,
    base_1: int,
    base_2: int,
    slot: int,
    seen: int,
    reach: int,
    cells: Cells,
    stretches: Stretches,
    grades: Grades,
    bench: Bench,
) -> None:
    """Note who in two slots is near somebody of the other side with about the same velocity."""
    # Many arguments: as `_see`, for both sides at once.
    limit, cosine, near = grades.together_mps[0] ** 2, stretches.cosine[reach], bench.near
    is_done_1, is_done_2 = near[slot, 4] >= first.entries[e].people, near[seen, 5] >= second.entries[f].people
    for i in range(first.entries[e].first, first.entries[e + 1].first):
        one, a = first.riders[i], i - base_1
        for j in range(second.entries[f].first, second.entries[f + 1].first):
            b = j - base_2
            if (is_done_1 or bench.is_together[0, a]) and (is_done_2 or bench.is_together[1, b]):
                continue
            other = second.riders[j]
            square = one.mps * one.mps + other.mps * other.mps - 2.0 * one.mps * other.mps * cosine
            if square > limit or not _is_near(slot, seen, reach, one.at_m, other.at_m, cells, stretches):
                continue
            if not is_done_1 and not bench.is_together[0, a]:
                bench.is_together[0, a] = True
                near[slot, 4] += one.people
            if not is_done_2 and not bench.is_together[1, b]:
                bench.is_together[1, b] = True
                near[seen, 5] += other.people


@part
def _classify(
    first: Traces, second: Traces, e: int, f: int, slot: int, seen: int, reach: int, stretches: Stretches
) -> int:
    """Tell the type of a meeting in different slots from those nearest along the road, as `konvoi.contacts.proximity` does."""
    way = stretches.way_offset[reach]
    i, j = _find_nearest(stretches.way_sign_a[way], first, e), _find_nearest(stretches.way_sign_b[way], second, f)
    one, other = first.riders[i], second.riders[j]
    is_beside = (abs(one.mps) < STANDING_MPS) != (abs(other.mps) < STANDING_MPS)
    if stretches.slot_road[slot] == stretches.slot_road[seen]:
        if one.mps * other.mps > 0.0:
            return TAILING
        return QUEUE_BESIDE if is_beside else HEAD_ON
    cosine = stretches.cosine[reach] if one.mps * other.mps > 0.0 else -stretches.cosine[reach]
    link, seen_link = first.link[one.ride], second.link[other.ride]
    next_link, seen_next = first.next_link[one.ride], second.next_link[other.ride]
    if next_link == seen_link or seen_next == link:
        return TAILING
    is_opposite = (next_link != NONE and stretches.twin[next_link] == seen_link) or (
        seen_next != NONE and stretches.twin[seen_next] == link
    )
    if not is_opposite and next_link == seen_next and next_link != NONE:
        return MERGING
    if is_opposite or cosine < -0.7:
        return QUEUE_BESIDE if is_beside else HEAD_ON
    return TAILING if cosine > 0.7 else CROSSING


@inlined
def _find_nearest(sign: float, traces: Traces, e: int) -> int:
    """Find the rider with the least signed offset in a slot."""
    best = traces.entries[e].first
    for i in range(best + 1, traces.entries[e + 1].first):
        if sign * traces.riders[i].at_m < sign * traces.riders[best].at_m:
            best = i
    return best


@part
def _gather(stretches: Stretches, n_slots: int, moment: int, bench: Bench) -> int:
    """Add up who is near in the windows of stretches; return the number of stretches."""
    n_places, near, windows = 0, bench.near, bench.window
    for k in range(n_slots):
        slot = bench.slots[k]
        people = near[slot, 0] + near[slot, 1]
        if people <= 0.0:
            continue
        own = stretches.slot_stretch[slot]
        for w in range(stretches.window_offset[slot], stretches.window_offset[slot + 1]):
            place = stretches.window[w]
            if bench.stretch_met[place] != moment:
                bench.stretch_met[place] = moment
                bench.stretches[n_places] = place
                n_places += 1
                for column in range(7):
                    windows[place, column] = 0.0
            for column in range(6):
                windows[place, column] += near[slot, column]
        windows[own, 6] += people
        for kind in range(N_TYPES):
            bench.by_kind[own, kind] += bench.weight[slot, kind]
            bench.weight[slot, kind] = 0.0
    return n_places


@part
def _count_time_together(stretches: Stretches, n_places: int, moment: int, grades: Grades, bench: Bench) -> None:
    """Find since when people have been together at each place, or at the one next to it that they come from."""
    for k in range(n_places):
        place = bench.stretches[k]
        begin = moment
        if (
            min(bench.window[place, 4], bench.window[place, 5]) >= grades.people[TOGETHER]
            and bench.window[place, 6] > 0.0
        ):
            if bench.run_end[place, TOGETHER] == moment - 1:
                begin = bench.run_begin[place, TOGETHER]
            for n in range(stretches.near_offset[place], stretches.near_offset[place + 1]):
                near = stretches.near[n]
                if bench.run_end[near, TOGETHER] == moment - 1:
                    begin = min(begin, bench.run_begin[near, TOGETHER])
        bench.new_begin[place] = begin


@part
def _tell_stretch(place: int, moment: int, grades: Grades, bench: Bench, rows: Rows) -> None:
    """Add what happens in the window of a stretch at a moment to its episode."""
    window = bench.window
    near_1, near_2, inside = window[place, 0], window[place, 1], window[place, 6]
    smaller = min(near_1, near_2)
    if inside <= 0.0 or smaller <= 0.0:
        return
    share = inside / (near_1 + near_2)
    together, exposed = min(window[place, 4], window[place, 5]), smaller * share
    _tell(place, moment, near_1, near_2, exposed, together, together * share, grades, bench, rows)
    home_1, home_2 = window[place, 2] / near_1, window[place, 3] / near_2
    bench.by_phase[place, OUT_OUT] += exposed * (1.0 - home_1) * (1.0 - home_2)
    bench.by_phase[place, OUT_HOME] += exposed * (home_1 * (1.0 - home_2) + home_2 * (1.0 - home_1))
    bench.by_phase[place, HOME_HOME] += exposed * home_1 * home_2
    _bin(0, moment, smaller, exposed, grades, bench)


@inlined
def _bin(column: int, moment: int, smaller: float, exposed: float, grades: Grades, bench: Bench) -> None:
    """Add to the ten minutes of the day; what is before midnight belongs to the first ones."""
    number = max(int(moment * grades.step_s[0] / BIN_S), 0)
    bench.bins[number, column] += exposed
    bench.bins[number, 2] = max(bench.bins[number, 2], smaller)


@inlined
def _tell(
    place: int,
    moment: int,
    near_1: float,
    near_2: float,
    exposed: float,
    together: float,
    exposed_together: float,
    grades: Grades,
    bench: Bench,
    rows: Rows,
) -> None:
    """Go on with the episode of a place, or begin one when the latest is over; count the grades."""
    # Many arguments: one moment of a place, told to whoever counts it.
    if bench.begin[place] != LONG_AGO and moment - bench.end[place] > grades.merge[0]:
        _close(place, bench, rows)
    if bench.begin[place] == LONG_AGO:
        bench.begin[place], bench.first_any[place] = moment, LONG_AGO
        for column in range(5):
            bench.sums[place, column] = 0.0
        for phase in range(N_PHASES):
            bench.by_phase[place, phase] = 0.0
        for grade in range(N_GRADES):
            bench.graded[place, grade] = 0
    bench.end[place] = moment
    sums = bench.sums
    smaller = min(near_1, near_2)
    sums[place, 0] = max(sums[place, 0], smaller)
    sums[place, 1], sums[place, 2] = max(sums[place, 1], near_1), max(sums[place, 2], near_2)
    sums[place, 3] += exposed
    sums[place, 4] += exposed_together
    for grade in range(4):
        if (together if grade == TOGETHER else smaller) < grades.people[grade]:
            continue
        if grade == TOGETHER:
            bench.run_begin[place, grade] = bench.new_begin[place]
        elif bench.run_end[place, grade] != moment - 1:
            bench.run_begin[place, grade] = moment
        bench.run_end[place, grade] = moment
        run = bench.run_begin[place, grade]
        if moment - run + 1 >= grades.moments[grade]:
            if grade == TOGETHER:  # who has been together elsewhere before has not been here
                run = max(run, bench.begin[place])
            for reached in range(min(grade, MASSED) + 1):  # what is massed is large, too
                since = max(run, bench.told[place, reached] + 1)
                bench.graded[place, reached] += moment - since + 1
                bench.told[place, reached] = moment
                if reached == ANY and bench.first_any[place] == LONG_AGO:
                    bench.first_any[place] = run


@inlined
def _close(place: int, bench: Bench, rows: Rows) -> None:
    """Write an episode, if there is room; one for which there is none is counted."""
    row = rows.n[0]
    rows.n[0] = row + 1
    if row < len(rows.place):
        rows.place[row], rows.begin[row], rows.end[row] = place, bench.begin[place], bench.end[place]
        for column in range(5):
            rows.sums[row, column] = bench.sums[place, column]
        for grade in range(N_GRADES):
            rows.graded[row, grade] = bench.graded[place, grade]
        for phase in range(N_PHASES):
            rows.by_phase[row, phase] = bench.by_phase[place, phase]
        most = 0
        for kind in range(1, N_KINDS):
            if bench.by_kind[place, kind] > bench.by_kind[place, most]:
                most = kind
        rows.kind[row], rows.first_any[row] = most, bench.first_any[place]
    for kind in range(N_KINDS):
        bench.by_kind[place, kind] = 0.0
    bench.begin[place] = LONG_AGO


@kernel
def pass_crowds(
    crowds: Crowds,
    sightings: Sightings,
    shift: int,
    rider_shift: int,
    first_place: int,
    grades: Grades,
    bench: Bench,
    rows: Rows,
) -> None:
    """Count at every moment who rides past the other side's crowds.

    Parameters
    ----------
    crowds
        Of one side, which is in them ``shift`` moments later.
    sightings
        Of the other side, which rides ``rider_shift`` moments later.
    first_place
        Number of the first crowd among all places.
    """
    for crowd in range(len(crowds.side)):
        spot, place = crowds.place[crowd], first_place + crowd
        change, last = crowds.offset[crowd], crowds.offset[crowd + 1]
        standing = 0.0
        for k in range(sightings.offset[spot], sightings.offset[spot + 1]):
            moment = sightings.moment[k] + rider_shift
            while change < last and crowds.time_s[change] <= (moment - shift) * grades.step_s[0]:
                standing = crowds.people[change]
                change += 1
            if standing <= 0.0:
                continue
            riders, slow = float(sightings.people[k]), float(sightings.slow[k])
            exposed, together = min(riders, standing), min(slow, standing)
            is_going_on = bench.run_end[place, TOGETHER] == moment - 1
            bench.new_begin[place] = bench.run_begin[place, TOGETHER] if is_going_on else moment
            near_1, near_2 = (standing, riders) if crowds.side[crowd] == 1 else (riders, standing)
            _tell(place, moment, near_1, near_2, exposed, together, together, grades, bench, rows)
            home = sightings.home[k] / riders
            bench.by_phase[place, OUT_PAST_PLACE] += exposed * (1.0 - home)
            bench.by_phase[place, HOME_PAST_PLACE] += exposed * home
            bench.by_kind[place, PASSING_PLACE] += exposed
            _bin(1, moment, exposed, exposed, grades, bench)


@kernel
def finish(bench: Bench, rows: Rows) -> None:
    """Write the episodes that are not over."""
    for place in range(len(bench.begin)):
        if bench.begin[place] != LONG_AGO:
            _close(place, bench, rows)
