"""What a whole day's answer asks beside the day itself."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from konvoi.options import Settings, compose_settings
from konvoi.study.choice import Plan
from konvoi.study.day_answer import Promising
from konvoi.study.windows import Window
from konvoi.sweeping import answer_day
from konvoi.sweeping.answer_day import find_promising, prepare_day, try_longer
from konvoi.sweeping.starts import StartsStudy
from konvoi.tables.starts import OUTCOMES
from tests.support.crossroads import SCENARIOS


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


def meet_on(study: StartsStudy, met_days: dict[float, int]) -> pd.DataFrame:
    """Days of which the riders meet on the first few at some starts."""
    rows = [
        {
            **dict.fromkeys(OUTCOMES, False),
            "venue_choice": study.venue_choices[0],
            "shift_min": shift,
            "replication": study.first + number,
            "any_riders": number < met_days.get(shift, 0),
            "exposure_person_min": 0.0,
            "error": "",
        }
        for shift in study.shifts_min[0]
        for number in range(study.days)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("met_days", "is_confirmed", "slack_min"),
    [
        ({}, True, (30.0, 30.0)),
        ({75.0: 1, 105.0: 2, 135.0: 1}, True, (30.0, 30.0)),  # so many of 150 at levels of 1.25, 2.5 and 1.25 %
        ({135.0: 2}, False, (30.0, 0.0)),
        ({105.0: 3}, False, (0.0, 0.0)),
    ],
)
def test_longer_rallies_are_told_once_the_start_and_both_late_ones_are_confirmed_on_days_of_their_own(
    met_days: dict[float, int],
    is_confirmed: bool,
    slack_min: tuple[float, float],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    asked: list[StartsStudy] = []

    def run(settings: Settings, study: StartsStudy, *places: object) -> pd.DataFrame:
        asked.append(study)
        return meet_on(study, met_days)

    monkeypatch.setattr(answer_day, "run_starts", run)
    settings = compose_settings([f"scenario={SCENARIOS / 'crossroads.yaml'}", "executor=serial", "progress=false"])
    day = prepare_day(settings, date(2024, 10, 30), tmp_path, [])
    window = Window(
        day.planned, np.array([60.0, 75.0, 90.0]), 200, np.zeros((2, 3), np.int64), np.full((2, 3), 0.02), np.zeros(3),
        "contact", "contact",
    )  # fmt: skip
    longer = try_longer(day, Plan(day.planned, 75.0, 0.0, (15.0, 15.0), window), 0.025)
    assert longer is not None
    (study,) = asked
    assert study.first == day.starts.screening_days + day.starts.confirming_days  # no day that chose anything
    assert study.config.scenario.rally.length_min == longer.length_min == 120.0  # 60 min, and what is missing
    assert study.shifts_min == ((75.0, 105.0, 135.0),)
    assert (longer.start_s, longer.end_s) == ((32_400.0, 38_700.0), (39_600.0, 45_900.0))
    assert (longer.upper is not None, longer.slack_min) == (is_confirmed, slack_min)
    assert (longer.hit_days, longer.days) == (met_days.get(105.0, 0), 150)
