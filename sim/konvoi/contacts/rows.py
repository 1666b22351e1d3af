"""Rows of contacts, and what makes near times a contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import FloatArray, IntArray


class Contacts(NamedTuple):
    """One row per contact."""

    trip_1: IntArray  # 2·unit + phase of side 1
    trip_2: IntArray
    begin_s: FloatArray
    end_s: FloatArray
    kind: NDArray[np.int8]
    link: IntArray  # of side 1's first vehicle in the contact
    offset_m: FloatArray
    closing_mps: FloatArray  # of the first two vehicles
    least_m: FloatArray
    people_1: FloatArray  # most at a time
    people_2: FloatArray
    exposure_person_s: FloatArray
    is_standing: NDArray[np.bool_]


@dataclass(frozen=True)
class GradeLimits:
    """What makes a contact of the two sides at a place any, large and massed (MODEL §6).

    Attributes
    ----------
    people
        Of each side, at least: any, large, massed, and together, which is massed, too.
    duration_s
        For so long on end, at least.
    """

    people: tuple[float, float, float, float]
    duration_s: tuple[float, float, float, float]
    together_mps: float  # highest relative speed of who is together
    merge_s: float
    step_s: float  # time between two counts


@dataclass(frozen=True)
class ContactLimits:
    """What makes near times a contact (MODEL §6); the distances are in the cells."""

    merge_s: float
    min_duration_s: float
    min_people: float
    grades: GradeLimits | None = None  # of the contact of the two sides at places; without them it is not looked at
