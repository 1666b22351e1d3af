"""Kernels that make contacts of near times (MODEL §6): per pair of trips, with people, exposure, place and type."""

from __future__ import annotations

import numpy as np

from konvoi.contacts.census import CENSUS_S, Census, Counts, Episodes, Sides, sort_counts
from konvoi.contacts.proximity import N_TYPES, TOUCH_S, Coverages
from konvoi.contacts.rides import TimedRides
from konvoi.contacts.rows import Contacts, MergeRule, copy_contacts, make_contacts
from konvoi.contacts.segments import Cells
from konvoi.kernels import allocating_kernel, allocating_part, inlined

MOST_TOGETHER = 32  # moments in one part of their time


@allocating_kernel
def merge_contacts(
    timed: TimedRides,
    cells: Cells,
    sides: Sides,
    census: Census,
    episodes: Episodes,
    first: Coverages,
    second: Coverages,
    rule: MergeRule,
) -> Contacts:
    """Merge near times of each pair of trips to contacts.

    Near times interrupted for less than ``rule.merge_s`` are one contact; it counts when it lasts ``min_duration_s``
    with ``min_people`` on each side. Begin and end are exact. Exposure is the smaller side's people × time. In small contacts
    people are exact at every moment; in those in which the census has counted enough of them it is the census that
    tells, and who was near for a shorter time between two counts adds its share of the time.

    Parameters
    ----------
    census
        Who was near whom every few seconds, by pair of trips.
    episodes
        What the census knows to be one contact.
    first, second
        Near times of side 1's and side 2's vehicles, wherever the episodes do not tell.
    """
    n_2 = len(sides.trip_2)
    n_pairs = len(census.offset) - 1
    order_1, offset_1 = _sort_by_pair(sides, first.trip, first.met, n_pairs, n_2)
    order_2, offset_2 = _sort_by_pair(sides, second.met, second.trip, n_pairs, n_2)
    out = make_contacts(len(first.trip) + len(episodes.begin_s) + 1)
    n_out = 0
    for pair in range(n_pairs):
        mine = order_1[offset_1[pair] : offset_1[pair + 1]]
        if len(mine) == 0:  # an episode begins with a near time that began before it
            continue
        theirs = order_2[offset_2[pair] : offset_2[pair + 1]]
        begins, ends, earliest, is_known = _merge(first, mine, episodes, pair, rule.merge_s)
        here = census.order[census.offset[pair] : census.offset[pair + 1]]
        for k in range(len(begins)):
            if ends[k] - begins[k] < rule.min_duration_s:
                continue
            out.trip_1[n_out], out.trip_2[n_out] = sides.trip_1[pair // n_2], sides.trip_2[pair % n_2]
            out.begin_s[n_out], out.end_s[n_out] = begins[k], ends[k]
            if is_known[k]:
                _count(census.counts, here, first, mine, second, theirs, out, n_out)
            else:
                _sweep(first, mine, second, theirs, out, n_out)
            if out.people_1[n_out] >= rule.min_people and out.people_2[n_out] >= rule.min_people:
                _locate_begin(timed, cells, first, earliest[k], out, n_out)
                n_out += 1
    return copy_contacts(out, make_contacts(n_out), n_out)


@allocating_part
def _sort_by_pair(
    sides: Sides, trip_1: np.ndarray, trip_2: np.ndarray, n_pairs: int, n_2: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sort near times by pair of trips."""
    pair = np.empty(len(trip_1), np.int32)
    for row in range(len(trip_1)):
        pair[row] = sides.number[trip_1[row]] * n_2 + sides.number[trip_2[row]]
    return sort_counts(pair, n_pairs)


@allocating_part
def _merge(
    first: Coverages, mine: np.ndarray, episodes: Episodes, pair: int, merge_s: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Merge one pair's near times and episodes where they are less than ``merge_s`` apart.

    Returns
    -------
    Begins and ends (s), the row of the near time that begins each, and whether it holds an episode.
    """
    n_rows, n_known = len(mine), episodes.offset[pair + 1] - episodes.offset[pair]
    known = episodes.offset[pair]
    begin_s, end_s = np.empty(n_rows + n_known), np.empty(n_rows + n_known)
    for k in range(n_rows):
        begin_s[k], end_s[k] = first.begin_s[mine[k]], first.end_s[mine[k]]
    for k in range(n_known):
        begin_s[n_rows + k], end_s[n_rows + k] = episodes.begin_s[known + k], episodes.end_s[known + k]
    by_begin = sort_moments(begin_s)
    begins, ends = np.empty(len(begin_s)), np.empty(len(begin_s))
    earliest, is_known = np.empty(len(begin_s), np.int64), np.zeros(len(begin_s), np.bool_)
    n = 0
    for k in by_begin:
        if n > 0 and (begin_s[k] - ends[n - 1] < merge_s or begin_s[k] <= ends[n - 1]):
            ends[n - 1] = max(ends[n - 1], end_s[k])
        else:
            begins[n], ends[n] = begin_s[k], end_s[k]
            earliest[n] = mine[min(k, n_rows - 1)]
            n += 1
        is_known[n - 1] |= k >= n_rows
    return begins[:n], ends[:n], earliest[:n], is_known[:n]


@allocating_part
def _count(
    counts: Counts,
    here: np.ndarray,
    first: Coverages,
    mine: np.ndarray,
    second: Coverages,
    theirs: np.ndarray,
    out: Contacts,
    n_out: int,
) -> None:
    """Count the people of one contact, their exposure, its type (that in which most people came near) and least distance."""
    begin_s, end_s = out.begin_s[n_out], out.end_s[n_out]
    base = int(np.floor(begin_s / CENSUS_S))
    n = int(np.ceil(end_s / CENSUS_S)) - base + 1
    people_1, people_2 = np.zeros(n), np.zeros(n)
    weight = np.zeros(N_TYPES)
    least, is_standing = np.inf, False
    for row in here:
        k = counts.moment[row] - base
        if begin_s <= counts.moment[row] * CENSUS_S <= end_s:
            people_1[k] += counts.people_1[row]
            people_2[k] += counts.people_2[row]
            weight[counts.kind[row]] += counts.coming[row]
            least = min(least, counts.least_m[row])
            is_standing |= counts.is_standing[row]
    for row in mine:
        if begin_s <= first.begin_s[row] <= end_s:
            share = _find_uncounted_share(first.begin_s[row], first.end_s[row])
            people_1[int(first.begin_s[row] / CENSUS_S) - base] += share * first.people[row]
            weight[first.kind[row]] += first.people[row] if share > 0.0 else 0.0
            least = min(least, first.least_m[row])
            is_standing |= first.is_standing[row]
    for row in theirs:
        if begin_s <= second.begin_s[row] <= end_s:
            share = _find_uncounted_share(second.begin_s[row], second.end_s[row])
            people_2[int(second.begin_s[row] / CENSUS_S) - base] += share * second.people[row]
    exposure = 0.0
    for k in range(n):
        exposure += min(people_1[k], people_2[k]) * CENSUS_S
    out.people_1[n_out], out.people_2[n_out] = people_1.max(), people_2.max()
    out.exposure_person_s[n_out] = exposure
    out.kind[n_out] = np.argmax(weight)
    out.least_m[n_out], out.is_standing[n_out] = least, is_standing


@allocating_part
def _sweep(
    first: Coverages, mine: np.ndarray, second: Coverages, theirs: np.ndarray, out: Contacts, n_out: int
) -> None:
    """Do the same for a contact whose near times are all known: people and exposure are exact at every moment."""
    begin_s, end_s = out.begin_s[n_out], out.end_s[n_out]
    weight = np.zeros(N_TYPES)
    least, is_standing = np.inf, False
    n = 2 * (len(mine) + len(theirs))
    moment_s, change, side = np.empty(n), np.empty(n), np.empty(n, np.int8)
    used = 0
    for row in mine:
        if begin_s <= first.begin_s[row] <= end_s and first.end_s[row] - first.begin_s[row] > 2.0 * TOUCH_S:
            # Who is handed on from one link to the next at a moment does not count twice then: ends come first.
            moment_s[used], moment_s[used + 1] = first.begin_s[row] + TOUCH_S, first.end_s[row] - TOUCH_S
            change[used], change[used + 1] = first.people[row], -first.people[row]
            side[used], side[used + 1] = 0, 0
            used += 2
            weight[first.kind[row]] += first.people[row]
            least = min(least, first.least_m[row])
            is_standing |= first.is_standing[row]
    for row in theirs:
        if (
            begin_s - TOUCH_S <= second.begin_s[row] <= end_s + TOUCH_S
            and second.end_s[row] - second.begin_s[row] > 2.0 * TOUCH_S
        ):
            moment_s[used], moment_s[used + 1] = second.begin_s[row] + TOUCH_S, second.end_s[row] - TOUCH_S
            change[used], change[used + 1] = second.people[row], -second.people[row]
            side[used], side[used + 1] = 1, 1
            used += 2
    people, peak = np.zeros(2), np.zeros(2)
    exposure, before_s = 0.0, begin_s
    for k in sort_moments(moment_s[:used]):
        exposure += min(people[0], people[1]) * (moment_s[k] - before_s)
        before_s = moment_s[k]
        people[side[k]] += change[k]
        peak[side[k]] = max(peak[side[k]], people[side[k]])
    out.people_1[n_out], out.people_2[n_out] = peak[0], peak[1]
    out.exposure_person_s[n_out] = exposure
    out.kind[n_out] = np.argmax(weight)
    out.least_m[n_out], out.is_standing[n_out] = least, is_standing


@allocating_part
def sort_moments(moment_s: np.ndarray) -> np.ndarray:
    """Return the order of moments, equal ones as they come.

    Each goes to its part of the whole time, one part a moment, and from there to its place: moments spread over their time
    are soon in order. Where they crowd, they are sorted by merging.
    """
    n = len(moment_s)
    if n == 0:
        return np.empty(0, np.int64)
    first_s = moment_s.min()
    parts_per_s = (n - 1) / max(moment_s.max() - first_s, 1e-9)
    part, offset = np.empty(n, np.int32), np.zeros(n + 1, np.int32)
    for k in range(n):
        part[k] = int((moment_s[k] - first_s) * parts_per_s)
        offset[part[k] + 1] += 1
    if offset.max() > MOST_TOGETHER:
        return np.argsort(moment_s, kind="mergesort")
    order = np.empty(n, np.int64)
    for k in range(n):
        offset[k + 1] += offset[k]
    for k in range(n):
        order[offset[part[k]]] = k
        offset[part[k]] += 1
    for k in range(1, n):
        one, place = order[k], k
        while place > 0 and moment_s[order[place - 1]] > moment_s[one]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = one
    return order


@inlined
def _find_uncounted_share(begin_s: float, end_s: float) -> float:
    """Find the share of a census interval a near time lasts, if no moment of the census lies in it; else nothing."""
    if np.ceil(begin_s / CENSUS_S) * CENSUS_S <= end_s:
        return 0.0
    return (end_s - begin_s) / CENSUS_S


@allocating_part
def _locate_begin(timed: TimedRides, cells: Cells, first: Coverages, row: int, out: Contacts, n_out: int) -> None:
    """Write where a contact begins, and how fast its first two vehicles close in."""
    moment_s = first.begin_s[row] + TOUCH_S
    own = _locate(timed, cells, first.own[row], moment_s)
    seen = _locate(timed, cells, first.seen[row], moment_s)
    out.link[n_out], out.offset_m[n_out] = np.int32(own[0]), own[1]
    dx, dy = seen[2] - own[2], seen[3] - own[3]
    vx, vy = seen[4] - own[4], seen[5] - own[5]
    apart = np.hypot(dx, dy)
    out.closing_mps[n_out] = -(dx * vx + dy * vy) / apart if apart > 0.0 else np.hypot(vx, vy)


@allocating_part
def _locate(
    timed: TimedRides, cells: Cells, ride: int, moment_s: float
) -> tuple[float, float, float, float, float, float]:
    """Find the link, offset, position and velocity (m, m/s) of a vehicle on its ride at a moment."""
    link = timed.rides[ride].link
    n_cells = cells.offset[link + 1] - cells.offset[link]
    times = timed.time_s[timed.rides[ride].times : timed.rides[ride].times + n_cells + 1]
    k = min(max(np.searchsorted(times, moment_s, side="right") - 1, 0), n_cells - 1)
    spent_s = max(times[k + 1] - times[k], 1e-12)
    share = min(max((moment_s - times[k]) / spent_s, 0.0), 1.0)
    cell = cells.offset[link] + k
    bound = cell + link
    offset_m = cells.bound_m[bound] + share * (cells.bound_m[bound + 1] - cells.bound_m[bound])
    at_m, mps = offset_m - cells.bound_m[bound], (cells.bound_m[bound + 1] - cells.bound_m[bound]) / spent_s
    return (
        float(link),
        offset_m,
        cells.x0_m[cell] + at_m * cells.dx[cell],
        cells.y0_m[cell] + at_m * cells.dy[cell],
        mps * cells.dx[cell],
        mps * cells.dy[cell],
    )
