"""Design points laid out as rows of gaps, one per venue pair and variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from konvoi.gap import Gap
from konvoi.study.levels import read_levels, write_levels

# Factors that have an axis of their own; any other factor of a design makes rows of its own.
AXES = ("rally.gap_min", "rally.venue_pair")


@dataclass(frozen=True)
class PairRow:
    """All gaps of one venue pair, at the same levels of any other factor."""

    key: str  # venue pair, and the other levels where they vary
    venue_pair: str
    venue_1: str
    venue_2: str
    variant: str  # levels of the other factors; empty when nothing else varies
    euclid_km: float
    road_km: float
    shared_km: float
    points: pd.DataFrame  # by gap, another day last; each gap once

    @property
    def gaps(self) -> list[Gap]:
        """The gaps that were simulated, another day last."""
        return [Gap(None if day else float(gap)) for gap, day in self.points[["gap_min", "is_another_day"]].to_numpy()]

    def find(self, gap: Gap | None) -> dict[str, Any] | None:
        """Return the design point at a gap as a mapping, None when it was not simulated."""
        if gap is None:
            return None
        if gap.is_another_day:
            chosen = self.points[self.points["is_another_day"]]
        else:
            chosen = self.points[~self.points["is_another_day"] & (self.points["gap_min"] == gap.minutes)]
        return {str(name): value for name, value in chosen.iloc[0].items()} if len(chosen) else None


def split_rows(points: pd.DataFrame) -> list[PairRow]:
    """Split design points into rows of one venue pair each, by distance along roads."""
    if not len(points):
        return []
    ordered = points.assign(
        is_another_day=points["is_another_day"].astype(bool),
        variant=[_drop_axes(str(text)) for text in points["settings"]],
    ).sort_values(["is_another_day", "gap_min", "point"], kind="stable")
    varies = len(set(ordered["variant"])) > 1
    rows = []
    for (venue_pair, variant), group in ordered.groupby(["venue_pair", "variant"], sort=True):
        first = group.iloc[0]
        rows.append(
            PairRow(
                key=f"{venue_pair}; {variant}" if varies else str(venue_pair),
                venue_pair=str(venue_pair),
                venue_1=str(first["venue_1"]),
                venue_2=str(first["venue_2"]),
                variant=str(variant) if varies else "",
                euclid_km=float(first["euclid_km"]),
                road_km=float(first["road_km"]),
                shared_km=float(first["shared_km"]),
                points=group.drop_duplicates(["is_another_day", "gap_min"]).reset_index(drop=True),
            )
        )
    return sorted(rows, key=lambda row: (row.road_km, row.key))


def list_gaps(rows: Sequence[PairRow]) -> list[Gap]:
    """List the gaps of all rows, each once, ascending, another day last."""
    return sorted({gap for row in rows for gap in row.gaps}, key=lambda gap: gap.seconds)


def _drop_axes(settings: str) -> str:
    """Return a point's factor levels without those that have an axis of their own."""
    return write_levels((key, level) for key, level in read_levels(settings) if key not in AXES)


def get_known(value: float, otherwise: float) -> float:
    """Return a value, or another where it is NaN."""
    return otherwise if np.isnan(value) else float(value)
