"""The verdict on a sweep, as plain values: made once, read by every report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from konvoi.study.chosen import find_recommended_point
from konvoi.study.intervals import find_safe_gap_min
from konvoi.study.rows import PairRow, split_rows

SAME_SHARE = 0.05  # a smaller relative change of the shared road counts as none


def build_verdict(
    points: pd.DataFrame,
    *,
    threshold: float,
    seed: int,
    version: str,
    scenario_title: str,
    map_quality: Mapping[str, Any],
    confidence: float = 0.95,
    timezone_label: str = "WITA",
    attendance_share: float = 0.0,
) -> dict[str, Any]:
    """Build the verdict on the planned layout as plain values for JSON; unknown numbers are None.

    Parameters
    ----------
    points
        `konvoi.tables.sweep.POINTS`. When several rows are the planned layout (another factor varies), the first is judged.
    threshold
        Largest acceptable P(contact).
    map_quality
        `konvoi.network.MapQuality` as plain values.
    attendance_share
        With fewer of its people there at the beginning a side misses its rally: few contacts then say nothing.

    Returns
    -------
    ``is_below_threshold`` is None when the interval holds the threshold, nothing is known or a side misses its rally; ``safe_gap_min`` is that
    of the planned venue pair; ``…_by_pair`` are by the key of the pair (and the levels of other factors where they
    vary). Lower ends of contacts and exposure are cut at 0.
    """
    rows = split_rows(points)
    planned_points = points[points["is_planned"].astype(bool)].sort_values("point")
    planned = planned_points.iloc[0].to_dict() if len(planned_points) else {}
    own = next((row for row in rows if (row.points["point"] == planned.get("point")).any()), None)
    low, high = make_plain(planned.get("p_contact_low")), make_plain(planned.get("p_contact_high"))
    is_another_day = bool(planned.get("is_another_day", False))
    another_day = own.find(None, is_another_day=True) if own else None
    means = {
        f"{name}_{end}": _cut(planned.get(f"{name}_{end}"))
        for name in ("contacts", "exposure_person_min")
        for end in ("mean", "low", "high")
    }
    at_rally = {str(side): make_plain(planned.get(f"at_rally_share_{side}_mean")) for side in (1, 2)}
    absent = {side: share for side, share in at_rally.items() if share is not None and share < attendance_share}
    is_below = _judge(low, high, threshold)
    return {
        "scenario_title": scenario_title,
        "point": make_plain(planned.get("point")),
        "gap_min": make_plain(planned.get("gap_min")),
        "is_another_day": is_another_day,
        "venue_pair": planned.get("venue_pair"),
        "venue_1": planned.get("venue_1"),
        "venue_2": planned.get("venue_2"),
        "variant": own.variant if own else "",
        "euclid_km": make_plain(planned.get("euclid_km")),
        "road_km": make_plain(planned.get("road_km")),
        "shared_km": make_plain(planned.get("shared_km")),
        "p_contact": make_plain(planned.get("p_contact")),
        "low": low,
        "high": high,
        "p_riders": make_plain(planned.get("p_riders")),
        "riders_low": make_plain(planned.get("p_riders_low")),
        "riders_high": make_plain(planned.get("p_riders_high")),
        "replications": make_plain(planned.get("replications", 0)),
        "contact_replications": make_plain(planned.get("contact_replications", 0)),
        "confidence": confidence,
        "threshold": threshold,
        "is_below_threshold": None if absent and is_below else is_below,
        "absent_sides": absent,
        **means,
        **{f"p_{phase}": make_plain(planned.get(f"p_{phase}")) for phase in ("out_out", "out_home", "home_home")},
        "p_theory": make_plain(planned.get("p_theory")),
        "safe_gap_min": find_safe_gap_min(own.points, threshold) if own else None,
        "safe_gap_by_pair": {row.key: find_safe_gap_min(row.points, threshold) for row in rows},
        "theory_gap_by_pair": {row.key: find_safe_gap_min(row.points, threshold, "p_theory") for row in rows},
        "shared_km_by_pair": {row.key: row.shared_km for row in rows},
        "another_day_p": make_plain(another_day["p_contact"]) if another_day else None,
        "another_day_low": make_plain(another_day["p_contact_low"]) if another_day else None,
        "another_day_high": make_plain(another_day["p_contact_high"]) if another_day else None,
        "recommended_point": find_recommended_point(points, threshold),
        "map_quality": {key: make_plain(value) for key, value in map_quality.items()},
        "timezone_label": timezone_label,
        "seed": seed,
        "version": version,
    }


def find_reference_gap_min(rows: list[PairRow]) -> float | None:
    """Find the gap (min) at which venue pairs are compared, the shortest; None when only another day was simulated."""
    gaps = [float(gap) for row in rows for gap in row.points.loc[~row.points["is_another_day"], "gap_min"]]
    return min(gaps) if gaps else None


def _judge(low: float | None, high: float | None, threshold: float) -> bool | None:
    """Return whether an interval lies below the threshold; None when it holds it or is unknown."""
    if low is None or high is None:
        return None
    return True if high < threshold else False if low >= threshold else None


def _cut(value: Any) -> float | None:
    """Return a value that cannot be negative; a t interval can be."""
    plain = make_plain(value)
    return None if plain is None else max(0.0, float(plain))


def make_plain(value: Any) -> Any:
    """Return a value JSON can hold: Python's own types, None for NaN."""
    if value is None or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
