"""Safe gaps with their intervals, and slack, as the verdict and the heat map show them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from konvoi.report.wording import format_minutes
from konvoi.tables.files import read_table
from konvoi.tables.sweep import SAFE_GAPS, SLACK


@dataclass(frozen=True)
class Contours:
    """The tables `konvoi.tables.sweep.SAFE_GAPS` and `konvoi.tables.sweep.SLACK` of one sweep."""

    safe_gaps: pd.DataFrame
    slack: pd.DataFrame

    def find_safe_gap(self, points: Collection[int]) -> dict[str, Any] | None:
        """Return the safe gap of the row that points belong to; None when there is no contour of them."""
        own = self.slack[self.slack["point"].isin(list(points))]
        chosen = self.safe_gaps[self.safe_gaps["row"].isin(own["row"])]
        return {str(key): value for key, value in chosen.iloc[0].items()} if len(chosen) else None

    def find_slack(self, points: Collection[int], gap_min: float) -> dict[str, Any] | None:
        """Return the slack of a row at a gap; None when it is not below the threshold there."""
        own = self.slack[self.slack["point"].isin(list(points)) & (self.slack["gap_min"] == gap_min)]
        own = own.dropna(subset=["earlier_min"])
        return {str(key): value for key, value in own.iloc[0].items()} if len(own) else None


def read_contours(folder: Path) -> Contours | None:
    """Read the contours of a sweep folder; None when it has none."""
    paths = (folder / "safe_gaps.csv", folder / "slack.csv")
    if not all(path.is_file() for path in paths):
        return None
    return Contours(read_table(paths[0], SAFE_GAPS), read_table(paths[1], SLACK))


def format_safe_gap(safe_gap: dict[str, Any], lang: str) -> str:
    """Write a safe gap with its interval, e.g. "370 (363–379)"; what lies beyond the longest simulated gap as ">390"."""
    at, low, high = (
        f">{format_minutes(safe_gap['longest_gap_min'], lang)}"
        if pd.isna(value)
        else format_minutes(round(value), lang)
        for value in (safe_gap[f"safe_gap_{end}min"] for end in ("", "low_", "high_"))
    )
    return f"{at} ({low}–{high})" if low != high else at
