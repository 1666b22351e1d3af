"""Traces: where a side's riders are at every moment of a fixed clock, slot by slot.

The contact of the two sides is counted at the moments 0, Δ, 2Δ … after midnight. A trace lists, for each of them, the
occupied slots (`konvoi.contacts.stretches`) and who is in each. It knows one side only, so a side's day, simulated once,
serves for any start that is a whole number of moments earlier or later.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import IntArray
from konvoi.contacts.crowds import Sights
from konvoi.contacts.rides import TimedRides
from konvoi.contacts.segments import Cells
from konvoi.contacts.stretches import Stretches
from konvoi.engine.records import Index, Records, make_room
from konvoi.kernels import allocating_kernel, allocating_part, inlined, kernel

ShortArray = NDArray[np.float32]

Short = Annotated[float, np.float32]


class Entry:
    """Riders of one side in one slot at one moment, ordered by speed.

    Speeds are positive in the direction of the slot's road, negative against it.
    """

    first: Index  # its riders begin here, and end where those of the next entry begin
    people: Short
    home: Short  # of them on their way home
    low_mps: Short  # least speed …
    high_mps: Short  # … and highest
    low_m: Short  # least offset on the slot's road …
    high_m: Short  # … and greatest


class Rider:
    """A vehicle at one moment."""

    ride: Index  # on one link
    people: Short
    at_m: Short  # offset on the slot's road
    mps: Short


class Traces(NamedTuple):
    """One side's riders: those of moment m are in the entries ``offset[m − first[0]]:offset[m − first[0] + 1]``."""

    first: NDArray[np.int64]  # (1,) moment, in steps after midnight
    offset: IntArray  # (n_moments + 1,)
    slot: IntArray  # (n_entries,) by itself, since of most entries nothing else is asked
    entries: Records[Entry]  # and one more
    riders: Records[Rider]
    is_home: NDArray[np.bool_]  # per ride
    link: IntArray
    next_link: IntArray  # ridden next


class Sightings(NamedTuple):
    """Riders of one side within the contact distance of places, at moments when there are any, by place and time."""

    offset: IntArray  # (n_places + 1,)
    moment: IntArray
    people: ShortArray
    home: ShortArray  # of them on their way home
    slow: ShortArray  # of them hardly faster than who stands


class Sample:
    """A rider at a moment, before riders are grouped."""

    slot: Index
    ride: Index
    at_m: Short
    mps: Short
    following: Index  # another one in the same slot


def trace_side(timed: TimedRides, cells: Cells, stretches: Stretches, side: int, step_s: float) -> Traces:
    """Trace the riders of a side (0 or 1) along the rides at hand.

    Parameters
    ----------
    step_s
        Δ, s.
    """
    trips_1, trips_2 = timed.offset[side:-1:2], timed.offset[side + 1 :: 2]
    own = np.repeat(trips_1 - np.cumsum(trips_2 - trips_1) + (trips_2 - trips_1), trips_2 - trips_1)
    own = own + np.arange(len(own))
    rides = timed.rides
    begin = np.ceil(rides.begin_s[own] / step_s).astype(np.int64)
    end = np.ceil(np.minimum(rides.end_s[own], timed.until_s[0]) / step_s).astype(np.int64)
    first = int(begin.min(initial=1 << 40)) if len(own) else 0
    n_moments = max(int(end.max(initial=first)) - first, 0)
    change = np.zeros(n_moments + 1, np.int64)
    is_there = begin < end
    np.add.at(change, begin[is_there] - first, 1)
    np.add.at(change, end[is_there] - first, -1)
    counts = np.cumsum(change)[:-1]
    begins = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    n = int(begins[-1])
    samples, riders = make_room(Sample, n), make_room(Rider, n)
    write_samples(timed, cells, stretches, side, step_s, first, begins.copy(), samples)
    offset = np.empty(n_moments + 1, np.int32)
    n_slots = len(stretches.slot_road)
    n_entries = count_entries(begins, samples, np.full(n_slots, -1, np.int32), offset)
    entries = make_room(Entry, n_entries + 1)
    traces = Traces(
        first=np.array([first]),
        offset=offset,
        slot=np.empty(n_entries, np.int32),
        entries=entries,
        riders=riders,
        is_home=rides.trip[own] % 2 == 1,
        link=np.ascontiguousarray(rides.link[own]),
        next_link=np.ascontiguousarray(rides.next_link[own]),
    )
    people = np.ascontiguousarray(rides.people[own])
    group_by_slot(begins, samples, people, np.full(n_slots, -1, np.int32), np.empty(n_slots, np.int32), traces)
    return traces


@kernel
def write_samples(
    timed: TimedRides,
    cells: Cells,
    stretches: Stretches,
    side: int,
    step_s: float,
    first: int,
    filled: np.ndarray,
    samples: Records[Sample],
) -> None:
    """Write where every rider of a side is at each moment."""
    number = 0
    for link in range(len(cells.offset) - 1):
        for one in range(timed.offset[2 * link + side], timed.offset[2 * link + side + 1]):
            _write_ride(timed, cells, stretches, link, one, number, step_s, first, filled, samples)
            number += 1


@inlined
def _write_ride(
    timed: TimedRides,
    cells: Cells,
    stretches: Stretches,
    link: int,
    one: int,
    number: int,
    step_s: float,
    first: int,
    filled: np.ndarray,
    samples: Records[Sample],
) -> None:
    """Write where one rider is at each moment on a link."""
    # Many arguments: one ride, and where its samples go.
    time_s, times = timed.time_s, timed.rides[one].times
    n_cells, bounds = cells.offset[link + 1] - cells.offset[link], cells.offset[link] + link
    moment = int(np.ceil(timed.rides[one].begin_s / step_s))
    end = int(np.ceil(min(timed.rides[one].end_s, timed.until_s[0]) / step_s))
    cell, place, last = -1, stretches.link_offset[link], stretches.link_offset[link + 1] - 1
    is_forth, length_m = stretches.road[link] == link, stretches.length_m[link]
    cell_end_s, speed, at_m, since_s = -np.inf, 0.0, 0.0, 0.0
    while moment < end:
        moment_s = moment * step_s
        if moment_s >= cell_end_s:
            while cell < 0 or (cell < n_cells - 1 and time_s[times + cell + 1] <= moment_s):
                cell += 1
            since_s, cell_end_s = time_s[times + cell], time_s[times + cell + 1]
            at_m = cells.bound_m[bounds + cell]
            speed = (cells.bound_m[bounds + cell + 1] - at_m) / max(cell_end_s - since_s, 1e-12)
        offset_m = min(at_m + (moment_s - since_s) * speed, length_m)
        while place < last and stretches.link_begin_m[place + 1] <= offset_m:
            place += 1
        sample = samples[filled[moment - first]]
        filled[moment - first] += 1
        sample.slot, sample.ride = stretches.link_slot[place], number
        sample.at_m, sample.mps = (offset_m, speed) if is_forth else (length_m - offset_m, -speed)
        moment += 1


@kernel
def count_entries(begins: np.ndarray, samples: Records[Sample], latest: np.ndarray, offset: np.ndarray) -> int:
    """Count the occupied slots of all moments, and note where those of each begin.

    Parameters
    ----------
    begins
        Where the samples of each moment begin.
    latest
        (n_slots,) −1 everywhere.
    """
    n, offset[0] = 0, 0
    for moment in range(len(offset) - 1):
        for k in range(begins[moment], begins[moment + 1]):
            slot = samples[k].slot
            if latest[slot] != moment:
                latest[slot] = moment
                n += 1
        offset[moment + 1] = n
    return n


@inlined
def _insert(riders: Records[Rider], first: int, behind: int, sample: Sample, people: float) -> None:
    """Insert a rider among those of a slot, from the slowest to the fastest."""
    place = behind
    while place > first and riders[place - 1].mps > sample.mps:
        rider, before = riders[place], riders[place - 1]
        rider.ride, rider.people, rider.at_m, rider.mps = before.ride, before.people, before.at_m, before.mps
        place -= 1
    rider = riders[place]
    rider.ride, rider.people, rider.at_m, rider.mps = sample.ride, people, sample.at_m, sample.mps


@kernel
def group_by_slot(
    begins: np.ndarray,
    samples: Records[Sample],
    people: np.ndarray,
    head: np.ndarray,
    occupied: np.ndarray,
    traces: Traces,
) -> None:
    """Group the riders of each moment by slot, and order those in one by speed.

    Parameters
    ----------
    people
        Per ride.
    head
        (n_slots,) −1 everywhere.
    """
    riders, used, number = traces.riders, 0, 0
    for moment in range(len(traces.offset) - 1):
        n_here = 0
        for k in range(begins[moment], begins[moment + 1]):
            slot = samples[k].slot
            if head[slot] < 0:
                occupied[n_here] = slot
                n_here += 1
            samples[k].following = head[slot]
            head[slot] = k
        for j in range(n_here):
            slot = occupied[j]
            entry = traces.entries[number]
            traces.slot[number], entry.first = slot, used
            low_m, high_m, total, home = np.inf, -np.inf, 0.0, 0.0
            k = head[slot]
            head[slot] = -1
            while k >= 0:
                sample = samples[k]
                _insert(riders, entry.first, used, sample, people[sample.ride])
                low_m, high_m = min(low_m, sample.at_m), max(high_m, sample.at_m)
                total += people[sample.ride]
                if traces.is_home[sample.ride]:
                    home += people[sample.ride]
                used += 1
                k = sample.following
            entry.people, entry.home = total, home
            entry.low_m, entry.high_m = low_m, high_m
            entry.low_mps, entry.high_mps = riders[entry.first].mps, riders[used - 1].mps
            number += 1
    traces.entries[number].first = used


@allocating_part
def _find_moments(begin_s: float, end_s: float, step_s: float) -> tuple[int, int]:
    """Find the first moment from a time on, and the first one from another time on."""
    return int(np.ceil(begin_s / step_s)), int(np.ceil(end_s / step_s))


@allocating_part
def _find_span(timed: TimedRides, sights: Sights, side: int, step_s: float) -> tuple[int, int, int]:
    """Find the first moment of any ride on a link in sight, the first one behind all, and how many the rides last."""
    first, last, n = 1 << 40, -(1 << 40), 0
    for seen in range(len(sights.link)):
        place = 2 * sights.link[seen] + side
        for one in range(timed.offset[place], timed.offset[place + 1]):
            ride = timed.rides[one]
            begin, end = _find_moments(ride.begin_s, min(ride.end_s, timed.until_s[0]), step_s)
            first, last = min(first, begin), max(last, end)
            n += end - begin
    return (first, last, n) if n > 0 else (0, 0, 0)


@allocating_kernel
def find_sightings(
    timed: TimedRides, cells: Cells, sights: Sights, side: int, step_s: float, slow_mps: float
) -> Sightings:
    """Count the riders of a side (0 or 1) within the contact distance of every place of a town, moment by moment.

    Parameters
    ----------
    slow_mps
        Who rides at most so fast stays with those who stand, m/s.
    """
    rides, time_s = timed.rides, timed.time_s
    n_places = len(sights.node)
    first, last, n = _find_span(timed, sights, side, step_s)
    people, home = np.zeros(last - first, np.float32), np.zeros(last - first, np.float32)
    slow = np.zeros(last - first, np.float32)
    offset = np.zeros(n_places + 1, np.int32)
    out_moment, out_people = np.empty(n, np.int32), np.empty(n, np.float32)
    out_home, out_slow = np.empty(n, np.float32), np.empty(n, np.float32)
    n = 0
    for spot in range(n_places):
        low, high = last, first
        for seen in range(sights.offset[spot], sights.offset[spot + 1]):
            link = sights.link[seen]
            bounds = cells.offset[link] + link
            for one in range(timed.offset[2 * link + side], timed.offset[2 * link + side + 1]):
                times = rides[one].times
                for c in range(sights.cell_offset[seen], sights.cell_offset[seen + 1]):
                    k = sights.cell[c]
                    spent_s = time_s[times + k + 1] - time_s[times + k]
                    begin_s = time_s[times + k] + sights.share_from[c] * spent_s
                    end_s = time_s[times + k] + sights.share_to[c] * spent_s
                    begin, end = _find_moments(begin_s, min(end_s, timed.until_s[0]), step_s)
                    is_slow = cells.bound_m[bounds + k + 1] - cells.bound_m[bounds + k] <= slow_mps * spent_s
                    for moment in range(begin, end):
                        people[moment - first] += rides[one].people
                        if rides[one].trip % 2 == 1:
                            home[moment - first] += rides[one].people
                        if is_slow:
                            slow[moment - first] += rides[one].people
                    if begin < end:
                        low, high = min(low, begin), max(high, end)
        for moment in range(low, high):
            k = moment - first
            if people[k] > 0.0:
                out_moment[n], out_people[n], out_home[n], out_slow[n] = moment, people[k], home[k], slow[k]
                n += 1
            people[k], home[k], slow[k] = 0.0, 0.0, 0.0
        offset[spot + 1] = n
    return Sightings(offset, out_moment[:n].copy(), out_people[:n].copy(), out_home[:n].copy(), out_slow[:n].copy())
