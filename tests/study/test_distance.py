"""Is the distance enough? Told from the table; that distance has no role only where no start says otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from konvoi.study.distance import find_role, judge_distance
from konvoi.study.intervals import compute_wilson_interval

ROAD_KM = {"near": 3.4, "plan": 10.1, "far": 13.0}
SHIFTS = [0.0, 60.0, 120.0]


def build_profile(large_days: dict[str, list[int]], days: int = 100) -> pd.DataFrame:
    frames = []
    for choice, hits in large_days.items():
        low, high = compute_wilson_interval(hits, days)
        frames.append(
            pd.DataFrame(
                {
                    "venue_choice": choice,
                    "shift_min": SHIFTS,
                    "is_planned": [choice == "plan" and shift == 0.0 for shift in SHIFTS],
                    "days": days,
                    "large_days": hits,
                    "large_low": low,
                    "large_high": high,
                    "exposure_person_min_mean": np.array(hits) * 10.0,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def judge(large_days: dict[str, list[int]]):  # type: ignore[no-untyped-def]
    accuracy = dict.fromkeys(ROAD_KM, 2500.0)
    return judge_distance(build_profile(large_days), ROAD_KM, accuracy, 0.0, 0.05)


def test_distance_has_no_role_only_where_all_starts_say_so() -> None:
    answer = judge({"near": [100, 100, 0], "plan": [100, 100, 0], "far": [100, 99, 0]})
    assert (answer.role, answer.is_enough, answer.is_enough_at_best) == ("none", False, True)
    assert [row.venue_choice for row in answer.rows] == ["near", "plan", "far"]
    assert answer.own.best_shift_min == 120.0


def test_distance_that_helps_at_one_start_and_harms_at_another_is_told_as_turning_round() -> None:
    assert judge({"near": [100, 0, 100], "plan": [100, 100, 100], "far": [100, 100, 0]}).role == "reverses"
    assert judge({"near": [100, 100, 0], "plan": [100, 100, 0], "far": [0, 100, 0]}).role == "further_better"
    assert judge({"near": [0, 100, 0], "plan": [100, 100, 0], "far": [100, 100, 0]}).role == "nearer_better"


def test_further_is_better_only_where_every_distance_lies_in_that_order() -> None:
    assert judge({"near": [60, 100, 0], "plan": [100, 100, 0], "far": [0, 100, 0]}).role == "mixed"


def test_what_is_not_sure_decides_nothing() -> None:
    answer = judge({"near": [3, 100, 0], "plan": [6, 100, 0], "far": [4, 100, 0]})  # all intervals hold 5 %
    assert (answer.role, answer.is_enough) == ("unseen", None)


def test_few_days_are_no_proof_that_distance_has_no_role() -> None:
    # 0 of 6 (at most 39 %) lies below 6 of 6 (at least 61 %), yet 0 of 3 (56 %) not below 3 of 3 (44 %).
    profile = build_profile({"near": [6, 6, 0], "plan": [6, 6, 0], "far": [0, 6, 0]}, 6)
    assert find_role(profile, ROAD_KM, 0.0, 0.05) == "further_better"
    profile = build_profile({"near": [3, 3, 0], "plan": [3, 3, 0], "far": [0, 3, 0]}, 3)
    assert find_role(profile, ROAD_KM, 0.0, 0.05) == "unseen"


def test_a_plan_that_was_not_simulated_has_no_answer() -> None:
    profile = build_profile({"near": [0, 0, 0], "plan": [0, 0, 0]}).assign(is_planned=False)
    assert judge_distance(profile, ROAD_KM, dict.fromkeys(ROAD_KM, 50.0), 0.0, 0.05) is None
