"""The one entry to the search for contacts of the two sides at places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from konvoi.contacts.crowds import Crowds, Sights, build_crowds
from konvoi.contacts.rides import NO_LOOKS, Looks, TimedRides
from konvoi.contacts.rows import GradeLimits
from konvoi.contacts.search import time_rides_of
from konvoi.contacts.segments import Cells
from konvoi.contacts.sides import Grades, SideContacts, meet_sides
from konvoi.contacts.stretches import Stretches
from konvoi.contacts.traces import Sightings, Traces, find_sightings, trace_side
from konvoi.engine.model import RallyModel


class SideDay(NamedTuple):
    """All that one side does to the contact of the two: where it rides, which places it passes, where it stands."""

    traces: Traces
    sightings: Sightings
    crowds: Crowds


def follow_side(
    model: RallyModel, timed: TimedRides, crowds: Crowds, stretches: Stretches, limits: GradeLimits, side: int
) -> SideDay:
    """Follow a side (1 or 2) through a run, along the rides at hand."""
    sights = _get_sights(model)
    return SideDay(
        trace_side(timed, model.cells, stretches, side - 1, limits.step_s),
        find_sightings(timed, model.cells, sights, side - 1, limits.step_s, limits.together_mps),
        choose_crowds(crowds, side),
    )


def _get_sights(model: RallyModel) -> Sights:
    """Return what places see; nothing where the model has none."""
    if model.sights is not None:
        return model.sights
    nothing, no_index = np.empty(0), np.empty(0, np.int32)
    zero = np.zeros(1, np.int32)
    return Sights(no_index, nothing, nothing, zero, no_index, zero, no_index, nothing, nothing)


def _look_at(crowds: Crowds, sights: Sights) -> Looks:
    """Look at the other side's rides within sight of each crowd, while somebody stands there."""
    link, side, begin_s, end_s = [], [], [], []
    for crowd, place in enumerate(crowds.place.tolist()):
        rows = slice(crowds.offset[crowd], crowds.offset[crowd + 1])
        if rows.start == rows.stop:
            continue
        seen = sights.link[sights.offset[place] : sights.offset[place + 1]]
        link.append(seen)
        side.append(np.full(len(seen), 2 - crowds.side[crowd], np.int32))
        begin_s.append(np.full(len(seen), crowds.time_s[rows][0]))
        is_over = crowds.people[rows][-1] <= 0.0
        end_s.append(np.full(len(seen), crowds.time_s[rows][-1] if is_over else np.inf))
    if not link:
        return NO_LOOKS
    return Looks(np.concatenate(link), np.concatenate(side), np.concatenate(begin_s), np.concatenate(end_s))


def choose_crowds(crowds: Crowds, side: int) -> Crowds:
    """Choose the crowds of a side."""
    own = np.flatnonzero(crowds.side == side)
    count = np.diff(crowds.offset)[own]
    row = np.repeat(crowds.offset[own] - np.cumsum(count) + count, count) + np.arange(count.sum())
    return Crowds(
        side=crowds.side[own],
        place=crowds.place[own],
        offset=np.concatenate([[0], np.cumsum(count)]).astype(np.int32),
        time_s=crowds.time_s[row],
        people=crowds.people[row],
    )


def find_side_contacts(model: RallyModel, stretches: Stretches, limits: GradeLimits) -> SideContacts:
    """Find the contacts of the two sides of a run so far.

    Crowds are numbered behind the stretches, those of side 1 first, in the order of the plan.
    """
    crowds = build_crowds(model.state, _get_sights(model), model.plan)
    timed = time_rides_of(model, is_everywhere=False, looks=_look_at(crowds, _get_sights(model)))
    days = [follow_side(model, timed, crowds, stretches, limits, side) for side in (1, 2)]
    return meet_days(days[0], days[1], 0, 0, model.cells, stretches, limits)


def meet_days(
    first: SideDay,
    second: SideDay,
    shift_1: int,
    shift_2: int,
    cells: Cells,
    stretches: Stretches,
    limits: GradeLimits,
) -> SideContacts:
    """Find the contacts of two sides, each so many moments later than on its own day."""
    return meet_sides(
        (first.traces, second.traces),
        (first.sightings, second.sightings),
        (first.crowds, second.crowds),
        (shift_1, shift_2),
        cells,
        stretches,
        build_grades(limits),
    )


def build_grades(limits: GradeLimits) -> Grades:
    """Count the limits of duration in moments."""
    step_s = limits.step_s
    return Grades(
        people=np.array(limits.people),
        moments=np.maximum(np.ceil(np.array(limits.duration_s) / step_s - 1e-9), 1).astype(np.int64),
        merge=np.array([int(np.ceil(limits.merge_s / step_s - 1e-9))]),
        together_mps=np.array([limits.together_mps]),
        step_s=np.array([step_s]),
    )
