"""Departures and company: gathering before the departure, and the ways home after the rally.

Like `konvoi.plan.routes` it spends chance by named streams: what is off draws nothing, and what is on moves no other draw.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import FloatArray, IntArray
from konvoi.config.settings import Behaviour
from konvoi.streams import (
    EARLY_LEAVER,
    EARLY_LEAVER_OF_COLUMN,
    EARLY_LEAVING,
    RETURN_ALONE,
    RIDING_HOME_ALONE,
    TOUR,
    build_generator,
)
from konvoi.units import minutes_to_s

STAYS, EARLY, TOURS, ALONE = 0, 1, 2, 3  # how a vehicle of a column goes home


class Column(NamedTuple):
    """Vehicles of one unit, one entry each."""

    vehicle_class: NDArray[np.int8]
    people: FloatArray
    factor: FloatArray  # on the class speed
    release_s: FloatArray  # (n, 2) after the unit's own departure, outbound and homebound


class Successor(NamedTuple):
    """Vehicles that end the day of their unit at the venue and go home as vehicles of another unit."""

    unit: int
    rows: NDArray[np.int64]  # in the unit's column
    other: int
    first: int  # the first one's row in the other unit's column; the others follow


def compute_gathering_s(n: int, begin_s: float, end_s: float) -> FloatArray:
    """Compute when each of n vehicles of a column comes to the assembly point (s): evenly, the last one at the end."""
    return np.asarray(end_s - (end_s - begin_s) * np.arange(n - 1, -1, -1) / max(n, 1), np.float64)


def compute_departure_s(behaviour: Behaviour, gathering_s: FloatArray, planned_s: float, ready_s: float) -> float:
    """Compute when a column leaves (s): when all are there, or enough of them, or when its patience ends.

    Parameters
    ----------
    gathering_s
        When each vehicle comes.
    planned_s
        Its planned departure.
    ready_s
        When everybody is there.
    """
    leave_s = ready_s
    if behaviour.departure_share < 1.0 and len(gathering_s):
        enough = max(1, int(np.ceil(behaviour.departure_share * len(gathering_s) - 1e-9)))
        leave_s = min(leave_s, float(gathering_s[enough - 1]))
    if behaviour.patience_min is not None:
        leave_s = min(leave_s, max(planned_s + minutes_to_s(behaviour.patience_min), float(gathering_s[:1].sum())))
    return leave_s


def leave_early(behaviour: Behaviour, column: Column, seed: int, unit: str) -> Column:
    """Let some of a dispersed group leave before the end; its homebound departure is `early_leave_min` earlier."""
    span_s = minutes_to_s(behaviour.early_leave_min)
    early = build_generator(seed, EARLY_LEAVER, unit).random((len(column.people), 2))
    home_s = np.where(early[:, 0] < behaviour.early_leaver_share, early[:, 1] * span_s, span_s + column.release_s[:, 1])
    return column._replace(release_s=np.column_stack([column.release_s[:, 0], home_s]))


def draw_ways_home(behaviour: Behaviour, n: int, seed: int, unit: str, *, has_tour: bool) -> NDArray[np.int8]:
    """Draw how each of n vehicles of a column goes home: early, on the tour, alone, or in the column.

    A larger share adds vehicles to those that were there (common random numbers).
    """
    way = np.full(n, STAYS, np.int8)
    for kind, stream, share in (
        (ALONE, RETURN_ALONE, behaviour.return_alone_share),
        (TOURS, TOUR, behaviour.tour_share if has_tour else 0.0),
        (EARLY, EARLY_LEAVER_OF_COLUMN, behaviour.early_leaver_share),
    ):
        if share > 0.0:
            way[build_generator(seed, stream, unit).random(n) < share] = kind
    return way


def go_on_in_other_units(
    behaviour: Behaviour, columns: list[Column], unit_name: tuple[str, ...], unit_area: IntArray, seed: int
) -> tuple[list[Column], list[Successor]]:
    """Move those who do not go home in their column to the units they go home with.

    Parameters
    ----------
    columns
        Of all units; those of one area stand together: organised, independent, and the tour where there is one.

    Returns
    -------
    The columns, with further vehicles at their ends, and who becomes whom.
    """
    columns, successors = list(columns), []
    if max(behaviour.early_leaver_share, behaviour.return_alone_share, behaviour.tour_share) == 0.0:
        return columns, []
    span_s = minutes_to_s(behaviour.early_leave_min) if behaviour.early_leaver_share > 0.0 else 0.0
    for unit in np.flatnonzero(np.diff(unit_area, prepend=-1)):
        has_tour = unit + 2 < len(unit_area) and unit_area[unit + 2] == unit_area[unit]
        name, column = unit_name[unit], columns[unit]
        way = draw_ways_home(behaviour, len(column.people), seed, name, has_tour=bool(has_tour))
        for other, kinds in ((int(unit) + 1, (EARLY, ALONE)), (int(unit) + 2, (TOURS,))):
            rows = np.flatnonzero(np.isin(way, kinds))
            if not len(rows):
                continue
            # One number per vehicle of the column, whoever goes: a larger share moves nobody's.
            draw = build_generator(seed, RIDING_HOME_ALONE, name).standard_normal((len(way), 2))[rows]
            early_s = build_generator(seed, EARLY_LEAVING, name).random(len(way))[rows] * span_s
            if other == unit + 1:
                factor = np.clip(1.0 + behaviour.independent_speed_sd * draw[:, 0], 0.5, 1.5)
                later_s = span_s + minutes_to_s(behaviour.dispersal_sd_min) * np.abs(draw[:, 1])
                home_s = np.where(way[rows] == EARLY, early_s, later_s)
            else:
                factor, home_s = np.ones(len(rows)), np.zeros(len(rows))
            more = Column(
                column.vehicle_class[rows],
                column.people[rows],
                factor,
                np.column_stack([np.zeros(len(rows)), home_s]),
            )
            successors.append(Successor(int(unit), rows, other, len(columns[other].people)))
            columns[other] = Column(
                *(np.concatenate([own, added]) for own, added in zip(columns[other], more, strict=True))
            )
    return columns, successors
