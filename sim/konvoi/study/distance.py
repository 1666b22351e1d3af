"""Is the distance enough? From the table of venue choices at the notified start, at the best one, and at all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

# What distance does, over all starts: nothing that could be told; further is better or worse throughout; now this, now that.
Role = Literal["none", "further_better", "nearer_better", "reverses"]


@dataclass(frozen=True)
class ChoiceRow:
    """One venue choice at the notified start and at its best one."""

    venue_choice: str
    road_km: float
    accuracy_m: float  # of its worst placed venue
    notified_large_share: float
    notified_exposure_person_min: float
    best_shift_min: float
    best_large_share: float
    best_exposure_person_min: float


@dataclass(frozen=True)
class DistanceAnswer:
    """What the venue choices say about distance."""

    rows: tuple[ChoiceRow, ...]  # by distance
    planned: str
    is_enough: bool | None  # P(large) at the notified start: below the threshold, above, or not sure
    is_enough_at_best: bool | None
    role: Role
    days: int

    @property
    def own(self) -> ChoiceRow:
        """The planned venues."""
        return next(row for row in self.rows if row.venue_choice == self.planned)


def judge_distance(
    profile: pd.DataFrame,
    road_km: Mapping[str, float],
    accuracy_m: Mapping[str, float],
    notified_shift_min: float,
    threshold: float,
) -> DistanceAnswer | None:
    """Judge what distance does.

    Parameters
    ----------
    profile
        `konvoi.tables.starts.PROFILE`, with the planned venue choice marked.
    road_km, accuracy_m
        By venue choice: the distance of the venues along roads, and how far the worse of the two may be misplaced.

    Returns
    -------
    None when the plan's start was not simulated.
    """
    planned = profile.loc[profile["is_planned"], "venue_choice"].astype(str).tolist()
    if not planned:
        return None
    rows = []
    for choice, own in profile.groupby("venue_choice", sort=False):
        at = own[own["shift_min"] == notified_shift_min].iloc[0]
        best = own.sort_values(["large_days", "exposure_person_min_mean", "shift_min"], kind="stable").iloc[0]
        rows.append(
            ChoiceRow(
                str(choice),
                road_km[str(choice)],
                accuracy_m[str(choice)],
                _share(at),
                float(at["exposure_person_min_mean"]),
                float(best["shift_min"]),
                _share(best),
                float(best["exposure_person_min_mean"]),
            )
        )
    own = profile[profile["venue_choice"] == planned[0]]
    at_notified = own[own["shift_min"] == notified_shift_min].iloc[0]
    best_row = next(row for row in rows if row.venue_choice == planned[0])
    at_best = own[own["shift_min"] == best_row.best_shift_min].iloc[0]
    return DistanceAnswer(
        tuple(sorted(rows, key=lambda row: (row.road_km, row.venue_choice))),
        planned[0],
        _judge(at_notified, threshold),
        _judge(at_best, threshold),
        find_role(profile, road_km, threshold),
        int(at_notified["days"]),
    )


def find_role(profile: pd.DataFrame, road_km: Mapping[str, float], threshold: float) -> Role:
    """Find what distance does to large contacts over all starts.

    At each start two venue choices differ when one lies below the threshold and the other above, both with their whole
    intervals: only then would an official decide otherwise. Distance has no role when no start has such a pair.
    """
    signs = set()
    for _, rows in profile.groupby("shift_min"):
        below = [road_km[str(row["venue_choice"])] for _, row in rows.iterrows() if row["large_high"] < threshold]
        above = [road_km[str(row["venue_choice"])] for _, row in rows.iterrows() if row["large_low"] >= threshold]
        signs |= {float(np.sign(near_safe - far_bad)) for near_safe in below for far_bad in above}
    signs.discard(0.0)
    if not signs:
        return "none"
    return "reverses" if len(signs) > 1 else "further_better" if signs == {1.0} else "nearer_better"


def _share(row: pd.Series[float]) -> float:
    return float(row["large_days"]) / float(row["days"]) if row["days"] > 0 else float("nan")


def _judge(row: pd.Series[float], threshold: float) -> bool | None:
    return True if row["large_high"] < threshold else False if row["large_low"] >= threshold else None
