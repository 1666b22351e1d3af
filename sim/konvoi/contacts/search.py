"""The one entry to the search for contacts of a run."""

from __future__ import annotations

import numpy as np

from konvoi.contacts.census import (
    Census,
    Counts,
    Episodes,
    Sides,
    build_sides,
    build_tally,
    count_people,
    find_episodes,
    sort_counts,
)
from konvoi.contacts.crowds import find_place_contacts
from konvoi.contacts.merge import merge_contacts
from konvoi.contacts.proximity import Coverages, Known, build_pieces, build_pointers, find_coverages
from konvoi.contacts.rides import NO_LOOKS, Looks, TimedRides, time_rides
from konvoi.contacts.rows import Contacts
from konvoi.engine.model import RallyModel


def time_rides_of(model: RallyModel, *, is_everywhere: bool = True, looks: Looks = NO_LOOKS) -> TimedRides:
    """Compute how everybody rode along the links so far; or just where the sides could see each other."""
    plan = model.plan
    return time_rides(
        model.state,
        model.cells,
        model.link_twin,
        plan.routes.unit_side,
        plan.vehicle_people,
        model.clock_s,
        is_everywhere,
        looks,
    )


def find_contacts(model: RallyModel) -> Contacts:
    """Find all contacts of the run so far."""
    timed = time_rides_of(model, is_everywhere=False)
    sides = build_sides(np.repeat(model.plan.routes.unit_side - 1, 2))
    counts = _count_people(model, timed, sides)
    census = Census(counts, *sort_counts(counts.pair, len(sides.trip_1) * len(sides.trip_2)))
    rule = model.limits.rule
    episodes = find_episodes(counts, census.order, census.offset, rule.merge_s, rule.min_people)
    first, second = (_find_coverages(model, timed, sides, episodes, side) for side in (0, 1))
    on_road = merge_contacts(timed, model.cells, sides, census, episodes, first, second, rule)
    if model.sights is None:
        return on_road
    at_places = find_place_contacts(model.state, model.cells, model.sights, model.plan, rule, model.clock_s)
    return Contacts(*(np.concatenate([one, other]) for one, other in zip(on_road, at_places, strict=True)))


def _count_people(model: RallyModel, timed: TimedRides, sides: Sides) -> Counts:
    """Count who is near whom, every few seconds; room is made where the first guess was too small."""
    n_room = len(timed.rides) + 1024
    while True:
        room = _build_counts(n_room)
        tally = build_tally(timed, model.cells, sides)
        n = count_people(timed, model.cells, model.link_twin, sides, room, tally)
        if n <= n_room:
            return Counts._make(column[:n] for column in room)
        n_room = n


def _find_coverages(model: RallyModel, timed: TimedRides, sides: Sides, episodes: Episodes, side: int) -> Coverages:
    """Find one side's near times where the census does not tell; room is made where it was too small."""
    n_room, n_pieces = 4 * len(timed.rides) + 1024, 1 << 14
    pointers = build_pointers(timed, model.cells)
    known = Known(
        number=sides.number,
        n_2=np.array([len(sides.trip_2)]),
        base=np.zeros(1, np.int64),
        stride=np.ones(1, np.int64),
        offset=episodes.offset,
        begin_s=episodes.begin_s,
        end_s=episodes.end_s,
    )
    while True:
        room, pieces = _build_coverages(n_room), build_pieces(n_pieces, len(sides.number))
        n = find_coverages(timed, model.cells, model.link_twin, side, known, room, pointers, pieces)
        if 0 <= n <= n_room:
            return Coverages._make(column[:n] for column in room)
        n_room, n_pieces = max(n, n_room), n_pieces * (8 if n < 0 else 1)


def _build_coverages(n: int) -> Coverages:
    """Make room for n near times; memory that is not written costs nothing."""
    return Coverages(
        trip=np.empty(n, np.int32),
        met=np.empty(n, np.int32),
        begin_s=np.empty(n),
        end_s=np.empty(n),
        people=np.empty(n),
        own=np.empty(n, np.int32),
        seen=np.empty(n, np.int32),
        kind=np.empty(n, np.int8),
        least_m=np.empty(n),
        is_standing=np.empty(n, np.bool_),
    )


def _build_counts(n: int) -> Counts:
    """Make room for n rows of the census."""
    return Counts(
        pair=np.empty(n, np.int32),
        moment=np.empty(n, np.int32),
        people_1=np.empty(n),
        people_2=np.empty(n),
        kind=np.empty(n, np.int8),
        coming=np.empty(n),
        least_m=np.empty(n),
        is_standing=np.empty(n, np.bool_),
    )
