"""Is the distance enough? From the table of venue choices at the notified start, at the best one, and at all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

# What distance does, over all starts: nothing, and at the notified start that is sure; nothing that was seen; further is
# better or worse throughout; not in one direction; now this, now that, by the start.
Role = Literal["none", "unseen", "further_better", "nearer_better", "mixed", "reverses"]


@dataclass(frozen=True)
class ChoiceRow:
    """One venue choice at the notified start and at its best one."""

    venue_choice: str
    road_km: float
    accuracy_m: float  # of its worst placed venue
    notified_large_days: int  # of …
    notified_days: int
    notified_exposure_person_min: float
    best_shift_min: float
    best_large_days: int  # of …
    best_days: int
    best_exposure_person_min: float

    @property
    def notified_large_share(self) -> float:
        """Share of days with a large contact at the notified start; NaN without days."""
        return self.notified_large_days / self.notified_days if self.notified_days else float("nan")


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
        best = min((row for _, row in own.iterrows()), key=_rank)
        rows.append(
            ChoiceRow(
                str(choice),
                road_km[str(choice)],
                accuracy_m[str(choice)],
                int(at["large_days"]),
                int(at["days"]),
                float(at["exposure_person_min_mean"]),
                float(best["shift_min"]),
                int(best["large_days"]),
                int(best["days"]),
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
        find_role(profile, road_km, notified_shift_min, threshold),
        int(at_notified["days"]),
    )


def find_role(profile: pd.DataFrame, road_km: Mapping[str, float], notified_shift_min: float, threshold: float) -> Role:
    """Find what distance does to large contacts over all starts.

    At each start two venue choices differ when one lies above the threshold with its whole interval, and the other below
    it with an interval that does not reach the first one's: only then would an official decide otherwise. Where no start
    has such a pair, distance has no role if every choice is surely above, or every one surely below, at the notified
    start; else none was seen. That further, or nearer, is better needs more than such pairs all of one direction: the
    choices' exposure at the notified start must be in the order of their distances, too.
    """
    signs = set()
    for _, rows in profile.groupby("shift_min"):
        own = [row for _, row in rows.iterrows() if row["days"] > 0]
        above = [row for row in own if row["large_low"] >= threshold]
        below = [row for row in own if _share(row) < threshold]
        signs |= {
            float(np.sign(road_km[str(safe["venue_choice"])] - road_km[str(bad["venue_choice"])]))
            for safe in below
            for bad in above
            if safe["large_high"] < bad["large_low"]
        }
    signs.discard(0.0)
    if not signs:
        judged = {_judge(row, threshold) for _, row in profile[profile["shift_min"] == notified_shift_min].iterrows()}
        return "none" if judged in ({True}, {False}) else "unseen"
    if len(signs) > 1:
        return "reverses"
    at_notified = profile[(profile["shift_min"] == notified_shift_min) & (profile["days"] > 0)]
    km = at_notified["venue_choice"].map(lambda choice: road_km[str(choice)]).to_numpy(np.float64)
    exposure = at_notified["exposure_person_min_mean"].to_numpy(np.float64)[np.argsort(km, kind="stable")]
    (sign,) = signs
    if (np.diff(exposure) * sign > 0.0).any():
        return "mixed"
    return "further_better" if sign > 0.0 else "nearer_better"


def _rank(row: pd.Series[float]) -> tuple[float, float, float]:
    """Rank a start: by large contacts, then exposure, then the earlier one; without days last."""
    share = _share(row)
    return (share if share == share else 2.0), float(row["exposure_person_min_mean"]), float(row["shift_min"])


def _share(row: pd.Series[float]) -> float:
    return float(row["large_days"]) / float(row["days"]) if row["days"] > 0 else float("nan")


def _judge(row: pd.Series[float], threshold: float) -> bool | None:
    return True if row["large_high"] < threshold else False if row["large_low"] >= threshold else None
