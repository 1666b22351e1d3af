"""Contact of the two sides in sampled positions, found apart from konvoi's own search.

At each sample a rider is near the other side when any of its riders is within the contact distance in a straight line
(the limit along the road is left out: more counts as near, not less). A place is a square of 200 m, or a crowd: people who
stand, and the riders of the other side within the contact distance of where they stand. N is the smaller of the two
sides' people at a place; grades ask for N for some time, as MODEL §6 has it. Squares are laid four times, shifted by
half their size, so that no contact is cut by their edges: a grade counts in any of the four, exposure is their mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from konvoi.arrays import FloatArray
from konvoi.config.settings import ContactRule
from konvoi.plan.day_plan import DayPlan
from konvoi.units import SECONDS_PER_MINUTE
from tests.benchmarks.movements import Positions

SHIFTS = ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5))
MOST_SQUARES = 1 << 20  # along a line: squares are numbered row by row


class Standing(NamedTuple):
    """A crowd: who stands at a point from when on."""

    side: int  # 1 or 2
    x_m: float
    y_m: float
    time_s: FloatArray  # ascending
    people: FloatArray  # from then on


class SidesDay(NamedTuple):
    """The contact of the two sides on one day."""

    places_any: int  # places with contact, and with large contact, squares of the first of the four layings
    places_large: int
    has_any: bool
    has_any_riders: bool
    has_large: bool
    exposure_person_min: float
    exposure_riders_person_min: float
    first_any_s: float  # NaN for never


def stand(side: int, x_m: float, y_m: float, come_s: FloatArray, go_s: FloatArray, people: FloatArray) -> Standing:
    """Tell how many people stand at a point from when each vehicle's people come and go (NaN: never)."""
    time_s = np.concatenate([come_s, go_s])
    change = np.concatenate([people, -people])
    order = np.argsort(time_s, kind="stable")
    order = order[np.isfinite(time_s[order])]
    return Standing(side, x_m, y_m, time_s[order], np.cumsum(change[order]))


def find_sides_contacts(
    samples: Iterable[Positions], period_s: float, plan: DayPlan, crowds: Sequence[Standing], rule: ContactRule
) -> SidesDay:
    """Find the contact of the two sides of a day.

    Parameters
    ----------
    samples
        In the order of time, every ``period_s``; moments without riders may be left out.
    """
    side, people = plan.routes.unit_side[plan.vehicle_unit], plan.vehicle_people
    rows: list[tuple[int, NDArray[np.int64], FloatArray]] = []
    for sample in samples:
        moment = round(sample.time_s / period_s)
        at_m = np.column_stack([sample.x_m, sample.y_m])
        of_side = [np.flatnonzero(side[sample.vehicle] == one) for one in (1, 2)]
        near = find_near(at_m, of_side, rule.distance_m)
        if min(map(len, near)) > 0:
            place, n = count_in_squares(at_m, near, people[sample.vehicle], rule.place_m)
            rows.append((moment, place, n))
        for index, crowd in enumerate(crowds):
            standing = get_people(crowd, sample.time_s)
            if standing > 0.0:
                others = of_side[2 - crowd.side]
                is_by = np.hypot(at_m[others, 0] - crowd.x_m, at_m[others, 1] - crowd.y_m) <= rule.distance_m
                passing = people[sample.vehicle[others[is_by]]].sum()
                if passing > 0.0:
                    rows.append((moment, np.array([-1 - index]), np.array([min(standing, passing)])))
    return _measure(rows, period_s, rule)


def find_near(
    at_m: FloatArray, of_side: Sequence[NDArray[np.int64]], distance_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the riders of each side who are near one of the other."""
    if min(map(len, of_side)) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    trees = [cKDTree(at_m[one]) for one in of_side]
    near = []
    for own, other in ((0, 1), (1, 0)):
        apart_m, _ = trees[other].query(at_m[of_side[own]], distance_upper_bound=distance_m * (1.0 + 1e-12))
        near.append(of_side[own][np.isfinite(apart_m)])
    return near[0], near[1]


def count_in_squares(
    at_m: FloatArray, near: tuple[NDArray[np.int64], NDArray[np.int64]], people: FloatArray, place_m: float
) -> tuple[NDArray[np.int64], FloatArray]:
    """Count N of every square that has one: its number (four layings), and the people of the smaller side near in it."""
    places, counts = [np.empty(0, np.int64)], [np.empty(0)]
    for laying, shift in enumerate(SHIFTS):
        keys = []
        for one in near:
            column, line = np.floor(at_m[one] / place_m + shift).astype(np.int64).T + MOST_SQUARES // 2
            keys.append((column * MOST_SQUARES + line) * len(SHIFTS) + laying)
        used, inverse = np.unique(np.concatenate(keys), return_inverse=True)
        n = [
            np.bincount(inverse[: len(keys[0])], people[near[0]], len(used)),
            np.bincount(inverse[len(keys[0]) :], people[near[1]], len(used)),
        ]
        least = np.minimum(*n)
        places.append(used[least > 0.0])
        counts.append(least[least > 0.0])
    return np.concatenate(places), np.concatenate(counts)


def get_people(crowd: Standing, time_s: float) -> float:
    """Return how many people stand at a moment."""
    after = int(np.searchsorted(crowd.time_s, time_s, side="right"))
    return float(crowd.people[after - 1]) if after else 0.0


def _measure(rows: Sequence[tuple[int, NDArray[np.int64], FloatArray]], period_s: float, rule: ContactRule) -> SidesDay:
    """Measure a day from N by moment and place; crowds have numbers below 0."""
    moment = np.repeat([row[0] for row in rows], [len(row[1]) for row in rows]).astype(np.int64)
    place = np.concatenate([np.empty(0, np.int64), *(row[1] for row in rows)])
    n = np.concatenate([np.empty(0), *(row[2] for row in rows)])
    is_crowd = place < 0
    weight_min = np.where(is_crowd, 1.0, 1.0 / len(SHIFTS)) * period_s / SECONDS_PER_MINUTE
    any_place, any_moment = find_graded(
        place, moment, n, rule.grades.any.min_people, rule.grades.any.min_duration_s, period_s
    )
    large_place, _ = find_graded(
        place, moment, n, rule.grades.large.min_people, rule.grades.large.min_duration_s, period_s
    )
    return SidesDay(
        places_any=count_places(any_place),
        places_large=count_places(large_place),
        has_any=len(any_place) > 0,
        has_any_riders=bool((any_place >= 0).any()),
        has_large=len(large_place) > 0,
        exposure_person_min=float((n * weight_min).sum()),
        exposure_riders_person_min=float((n * weight_min)[~is_crowd].sum()),
        first_any_s=float(any_moment.min() * period_s) if len(any_moment) else np.nan,
    )


def find_graded(
    place: NDArray[np.int64],
    moment: NDArray[np.int64],
    n: FloatArray,
    min_people: float,
    min_duration_s: float,
    period_s: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the places at which N held for as long as a grade asks, once for each time, and the moments it began."""
    chosen = np.flatnonzero(n >= min_people)
    chosen = chosen[np.lexsort((moment[chosen], place[chosen]))]
    if len(chosen) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    is_new = (np.diff(place[chosen], prepend=place[chosen[0]] - 1) != 0) | (np.diff(moment[chosen], prepend=-1) != 1)
    first = np.flatnonzero(is_new)
    length = np.diff(np.append(first, len(chosen)))
    kept = chosen[first[length >= max(1, np.ceil(min_duration_s / period_s - 1e-9))]]
    return place[kept], moment[kept]


def count_places(place: NDArray[np.int64]) -> int:
    """Count the different places: crowds, and squares as they are laid first."""
    return len(np.unique(place[(place < 0) | (place % len(SHIFTS) == 0)]))
