"""What a whole day's answer asks beside the day itself."""

import pandas as pd

from konvoi.study.day_answer import Promising
from konvoi.sweeping.answer_day import find_promising


def test_the_most_promising_start_is_lawful_and_at_the_planned_venues() -> None:
    rows = [
        ("plan", 0.0, True, 10, 10, 900.0),
        ("plan", 120.0, True, 0, 0, 3.0),
        ("plan", 135.0, True, 0, 0, 1.0),
        ("plan", 150.0, False, 0, 0, 0.0),
        ("other", 135.0, True, 0, 0, 0.0),
    ]
    profile = pd.DataFrame(
        rows,
        columns=["venue_choice", "shift_min", "is_lawful", "large_days", "any_riders_days", "exposure_person_min_mean"],
    ).assign(days=10)
    profile["start_1_s"], profile["start_2_s"] = 32_400.0, 32_400.0 + 60.0 * profile["shift_min"]
    assert find_promising(profile, "plan") == Promising((32_400.0, 40_500.0), 0, 10)
    assert find_promising(profile[~profile["is_lawful"]], "plan") is None
