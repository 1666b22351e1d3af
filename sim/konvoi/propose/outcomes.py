"""What came of one plan on some days, in one world: the assumed one, or a what-if."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from konvoi.arrays import FloatArray

ASSUMED = "assumed"  # the world as it is configured
Grade = Literal["any_riders", "large_riders", "any", "large"]
GRADES: tuple[Grade, ...] = ("any_riders", "large_riders", "any", "large")


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of days 0, 1, … or of fresh days, in their order; the same days for every plan.

    ``grades`` (n, 4): whether a contact of each of `GRADES` happened; ``exposure_person_min`` (n,): of the two sides.
    """

    grades: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    exposure_person_min: FloatArray

    def __post_init__(self) -> None:
        if self.grades.shape != (len(self.exposure_person_min), len(GRADES)):
            raise ValueError(f"grades of {len(self.exposure_person_min)} days; got {self.grades.shape}")

    @property
    def n_days(self) -> int:
        """Number of days."""
        return len(self.exposure_person_min)

    def find(self, grade: Grade) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return whether a contact of a grade happened, per day."""
        return self.grades[:, GRADES.index(grade)]

    def count(self, grade: Grade) -> int:
        """Count the days with a contact of a grade."""
        return int(self.find(grade).sum())

    def compute_share(self, grade: Grade) -> float:
        """Compute the share of days with a contact of a grade; NaN for no days."""
        return self.count(grade) / self.n_days if self.n_days else float("nan")

    @property
    def mean_exposure(self) -> float:
        """Mean exposure of a day, person-min; NaN for no days."""
        return float(self.exposure_person_min.mean()) if self.n_days else float("nan")

    def take(self, n_days: int) -> Outcomes:
        """Return the outcomes of the first days."""
        return Outcomes(self.grades[:n_days], self.exposure_person_min[:n_days])


@dataclass(frozen=True, order=True)
class Meeting:
    """The parties of a contact and its place: a pair of units, or a unit and the other side's people at a place."""

    unit_1: str
    unit_2: str
    phase: str
    type: str
    junction: str

    def list_convoys(self, known: Collection[str]) -> list[str]:
        """List the convoys that took part: a unit is a convoy, its independent riders or its tour."""
        convoys = (unit.split(" (")[0] for unit in (self.unit_1, self.unit_2))
        return [convoy for convoy in convoys if convoy in known]


def join_outcomes(parts: Sequence[Outcomes]) -> Outcomes:
    """Put outcomes of successive days together."""
    return Outcomes(
        np.concatenate([np.empty((0, len(GRADES)), np.bool_), *(part.grades for part in parts)]),
        np.concatenate([np.empty(0), *(part.exposure_person_min for part in parts)]),
    )


def compute_harm(outcomes: Outcomes, day_person_min: float) -> float:
    """Compute the harm of a plan: mean exposure, and for each day with any contact as much as ``day_person_min``.

    Exposure alone sees no difference between no contact and a single one of a few riders; shares alone none between
    plans with contact on every day.
    """
    return outcomes.mean_exposure + day_person_min * outcomes.compute_share("any")
