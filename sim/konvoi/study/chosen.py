"""Which design points a report speaks of: the layout to judge, and the layout to recommend in its place."""

from __future__ import annotations

from typing import Any

import pandas as pd

from konvoi.study.pair_rows import split_rows


def find_planned_point(points: pd.DataFrame) -> int | None:
    """Find the design point of the layout to judge; without one, the point with the largest exposure."""
    planned = points[points["is_planned"].astype(bool)].sort_values("point")
    if len(planned):
        return int(planned["point"].iloc[0])
    known = points.dropna(subset=["side_exposure_person_min_mean"])
    if not len(known):
        return None
    worst = known.sort_values(["side_exposure_person_min_mean", "point"], ascending=[False, True], kind="stable")
    return int(worst["point"].iloc[0])


def find_recommended_point(points: pd.DataFrame, threshold: float) -> int | None:
    """Find the gap below the threshold with least exposure at the planned venues, the shortest of equals; else another day.

    None when neither is below the threshold.
    """
    planned = find_planned_point(points)
    own = next((row for row in split_rows(points) if (row.points["point"] == planned).any()), None)
    if own is None:
        return None
    order = ["is_another_day", "side_exposure_person_min_mean", "gap_min", "point"]
    safe = own.points[own.points["p_contact_high"] < threshold].sort_values(order, kind="stable")
    return int(safe["point"].iloc[0]) if len(safe) else None


def find_plan_points(points: pd.DataFrame, threshold: float) -> list[int]:
    """Find the point to judge and the point to recommend, each once."""
    found = [find_planned_point(points), find_recommended_point(points, threshold)]
    return list(dict.fromkeys(point for point in found if point is not None))


def get_point(points: pd.DataFrame, point: int | None) -> dict[str, Any] | None:
    """Return a row of the design points as a mapping."""
    chosen = points[points["point"] == point] if point is not None else points.iloc[:0]
    return {str(name): value for name, value in chosen.iloc[0].items()} if len(chosen) else None
