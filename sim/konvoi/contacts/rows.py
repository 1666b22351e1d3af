"""Rows of contacts, and what makes near times a contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import BoolArray, FloatArray, IntArray
from konvoi.kernels import allocating_part


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
    is_standing: BoolArray


@allocating_part
def make_contacts(n: int) -> Contacts:
    """Make room for n contacts."""
    return Contacts(
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n),
        np.empty(n),
        np.empty(n, np.int8),
        np.empty(n, np.int32),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n, np.bool_),
    )


@allocating_part
def copy_contacts(source: Contacts, out: Contacts, n: int) -> Contacts:
    """Copy the first n contacts to where there is room for them; return that."""
    out.trip_1[:n], out.trip_2[:n] = source.trip_1[:n], source.trip_2[:n]
    out.begin_s[:n], out.end_s[:n] = source.begin_s[:n], source.end_s[:n]
    out.kind[:n], out.link[:n] = source.kind[:n], source.link[:n]
    out.offset_m[:n], out.closing_mps[:n] = source.offset_m[:n], source.closing_mps[:n]
    out.least_m[:n], out.exposure_person_s[:n] = source.least_m[:n], source.exposure_person_s[:n]
    out.people_1[:n], out.people_2[:n] = source.people_1[:n], source.people_2[:n]
    out.is_standing[:n] = source.is_standing[:n]
    return out


class MergeRule(NamedTuple):
    """Which near times are one contact, and which contacts count; whole in the kernels."""

    merge_s: float
    min_duration_s: float
    min_people: float  # of each side


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

    @property
    def rule(self) -> MergeRule:
        """What the kernels need of it."""
        return MergeRule(self.merge_s, self.min_duration_s, self.min_people)
