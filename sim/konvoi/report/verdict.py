"""The verdict on a sweep: made once, kept in verdict.json, read by every report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from konvoi.gap import DAY_APART, Gap
from konvoi.study.chosen import find_recommended_point
from konvoi.study.day_answer import DayAnswer
from konvoi.study.intervals import find_safe_gaps
from konvoi.study.pair_rows import PairRow, list_gaps, split_rows

SAME_SHARE = 0.05  # a smaller relative change of the shared road counts as none
Runs = tuple[tuple[float, float], ...]  # of neighbouring gaps below the threshold: shortest and longest, min


@dataclass(frozen=True)
class Verdict:
    """The planned layout against the threshold, and what else the points say; unknown numbers are None.

    Fields up to ``p_theory`` are of the planned layout, all of them unknown where it was not simulated. Those that end in
    ``_by_pair`` are by the key of the venue pair (and the levels of other factors where they vary).
    """

    scenario_title: str
    point: int | None
    gap_min: float | None
    is_another_day: bool
    venue_pair: str | None
    venue_1: str | None
    venue_2: str | None
    variant: str  # levels of other factors, "key=level; key=level"
    euclid_km: float | None
    road_km: float | None
    shared_km: float | None
    p_contact: float | None
    low: float | None
    high: float | None
    p_riders: float | None
    riders_low: float | None
    riders_high: float | None
    replications: int
    contact_replications: int
    confidence: float
    threshold: float  # largest acceptable P(contact)
    is_below_threshold: bool | None  # None when the interval holds the threshold, nothing is known or a side is absent
    absent_sides: dict[str, float]  # sides that miss their rally, with the share of their people there when it begins
    p_large: float | None
    large_low: float | None
    large_high: float | None
    places_mean: float | None  # at which the two sides meet
    places_low: float | None  # lower ends of places and exposure are cut at 0
    places_high: float | None
    exposure_person_min_mean: float | None  # of the two sides, however convoys are cut
    exposure_person_min_low: float | None
    exposure_person_min_high: float | None
    p_out_out: float | None
    p_out_home: float | None
    p_home_home: float | None
    p_theory: float | None
    safe_gaps_by_pair: dict[str, Runs]
    theory_gaps_by_pair: dict[str, Runs]
    shared_km_by_pair: dict[str, float | None]
    another_day_p: float | None
    another_day_low: float | None
    another_day_high: float | None
    recommended_point: int | None
    map_quality: dict[str, Any]  # `konvoi.network.MapQuality` as plain values
    timezone_label: str
    seed: int
    version: str
    stopping: dict[str, Any] | None = None  # how many replications were run, and what a fixed number would have cost
    day: DayAnswer | None = None  # where the sweep answered a whole day

    @property
    def gap(self) -> Gap | None:
        """The gap of the planned layout."""
        return Gap.from_columns({"gap_min": self.gap_min, "is_another_day": self.is_another_day})

    @property
    def layout(self) -> dict[str, Any]:
        """The planned layout under the names of `konvoi.tables.sweep.POINTS`, for what draws either."""
        names = ("point", "gap_min", "is_another_day", "venue_1", "venue_2", "road_km", "replications")
        return {**{name: getattr(self, name) for name in names}, "p_contact_high": self.high}

    def to_json(self) -> str:
        """Write it as JSON, one key a line; what a sweep has not asked for (``stopping``, ``day``) is left out."""
        content = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.day is not None:
            content["day"] = self.day.to_plain()
        for name in ("stopping", "day"):
            if content[name] is None:
                del content[name]
        return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Verdict:
        """Build it from what `to_json` wrote; keys it does not know are left aside.

        Raises
        ------
        KeyError, TypeError, ValueError, AttributeError
            When the text is not one of this version.
        """
        content = json.loads(text)
        known = {field.name: content[field.name] for field in fields(cls) if field.name in content}
        for name in ("safe_gaps_by_pair", "theory_gaps_by_pair"):
            known[name] = {key: tuple((low, high) for low, high in runs) for key, runs in known[name].items()}
        if known.get("day") is not None:
            known["day"] = DayAnswer.from_plain(known["day"])
        return cls(**known)


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
) -> Verdict:
    """Build the verdict on the planned layout from a sweep's points.

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
    """
    rows = split_rows(points)
    planned_points = points[points["is_planned"].astype(bool)].sort_values("point")
    planned = planned_points.iloc[0].to_dict() if len(planned_points) else {}
    known = {name: make_plain(value) for name, value in planned.items()}
    own = next((row for row in rows if (row.points["point"] == planned.get("point")).any()), None)
    another_day = own.find(DAY_APART) if own else None
    at_rally = {str(side): known.get(f"at_rally_share_{side}_mean") for side in (1, 2)}
    absent = {side: share for side, share in at_rally.items() if share is not None and share < attendance_share}
    is_below = _judge(known.get("p_contact_low"), known.get("p_contact_high"), threshold)
    return Verdict(
        scenario_title=scenario_title,
        point=known.get("point"),
        gap_min=known.get("gap_min"),
        is_another_day=bool(known.get("is_another_day", False)),
        venue_pair=known.get("venue_pair"),
        venue_1=known.get("venue_1"),
        venue_2=known.get("venue_2"),
        variant=own.variant if own else "",
        euclid_km=known.get("euclid_km"),
        road_km=known.get("road_km"),
        shared_km=known.get("shared_km"),
        p_contact=known.get("p_contact"),
        low=known.get("p_contact_low"),
        high=known.get("p_contact_high"),
        p_riders=known.get("p_riders"),
        riders_low=known.get("p_riders_low"),
        riders_high=known.get("p_riders_high"),
        replications=known.get("replications", 0),
        contact_replications=known.get("contact_replications", 0),
        confidence=confidence,
        threshold=threshold,
        is_below_threshold=None if absent and is_below else is_below,
        absent_sides=absent,
        p_large=known.get("p_large"),
        large_low=known.get("p_large_low"),
        large_high=known.get("p_large_high"),
        places_mean=known.get("places_any_mean"),
        places_low=_cut(known.get("places_any_low")),
        places_high=_cut(known.get("places_any_high")),
        exposure_person_min_mean=known.get("side_exposure_person_min_mean"),
        exposure_person_min_low=_cut(known.get("side_exposure_person_min_low")),
        exposure_person_min_high=_cut(known.get("side_exposure_person_min_high")),
        p_out_out=known.get("p_out_out"),
        p_out_home=known.get("p_out_home"),
        p_home_home=known.get("p_home_home"),
        p_theory=known.get("p_theory"),
        safe_gaps_by_pair={row.key: find_safe_gaps(row.points, threshold) for row in rows},
        theory_gaps_by_pair={row.key: find_safe_gaps(row.points, threshold, "p_theory") for row in rows},
        shared_km_by_pair={row.key: make_plain(row.shared_km) for row in rows},
        another_day_p=make_plain(another_day["p_contact"]) if another_day else None,
        another_day_low=make_plain(another_day["p_contact_low"]) if another_day else None,
        another_day_high=make_plain(another_day["p_contact_high"]) if another_day else None,
        recommended_point=find_recommended_point(points, threshold),
        map_quality={key: make_plain(value) for key, value in map_quality.items()},
        timezone_label=timezone_label,
        seed=seed,
        version=version,
    )


def find_reference_gap(rows: list[PairRow]) -> Gap:
    """Find the gap at which venue pairs are compared, the shortest; another day when nothing else was simulated."""
    return next(iter(list_gaps(rows)), DAY_APART)


def _judge(low: float | None, high: float | None, threshold: float) -> bool | None:
    """Return whether an interval lies below the threshold; None when it holds it or is unknown."""
    if low is None or high is None:
        return None
    return True if high < threshold else False if low >= threshold else None


def _cut(value: float | None) -> float | None:
    """Return a value that cannot be negative; a t interval can be."""
    return None if value is None else max(0.0, value)


def make_plain(value: Any) -> Any:
    """Return a value JSON can hold: Python's own types, None for NaN."""
    if value is None or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
