"""The profile's table tells every start with its intervals, windows, law and plan."""

from __future__ import annotations

import numpy as np

from konvoi.study.profile import ChoiceDays, build_profile, build_windows, compute_bootstrap_interval
from konvoi.study.windows import confirm_windows, find_candidates
from konvoi.tables.starts import OUTCOMES

SHIFTS = np.array([-60.0, -30.0, 0.0, 30.0, 60.0])
NINE_S = 9 * 3600.0


def build_choice(n: int = 100) -> ChoiceDays:
    hits = np.tile(np.array([False, True, True, True, False]), (n, 1))
    outcomes = dict.fromkeys(OUTCOMES, hits)
    return ChoiceDays("planned", ("Lapangan A", "Lapangan B"), SHIFTS, outcomes, hits * 1000.0, np.ones_like(hits))


def test_the_profile_holds_each_start_with_its_clock_hours_its_window_and_the_plan() -> None:
    choice = build_choice()
    windows = confirm_windows(find_candidates("planned", choice.starts, 0.05), {"planned": choice.starts}, 0.05, 0.05)
    lawful = dict.fromkeys(SHIFTS.tolist(), True) | {60.0: False}
    frame = build_profile([choice], NINE_S, ("planned", 0.0), lawful, windows, 0.95, 1)
    assert frame["start_1_s"].tolist() == [NINE_S + 3600.0, NINE_S + 1800.0, NINE_S, NINE_S, NINE_S]
    assert frame["start_2_s"].tolist() == [NINE_S, NINE_S, NINE_S, NINE_S + 1800.0, NINE_S + 3600.0]
    assert frame["is_planned"].tolist() == [False, False, True, False, False]
    assert frame["is_lawful"].tolist() == [True, True, True, True, False]
    assert frame["window"].tolist() == [1, 0, 0, 0, 2]
    assert frame["large_days"].tolist() == [0, 100, 100, 100, 0]
    assert frame["exposure_person_min_mean"].tolist() == [0.0, 1000.0, 1000.0, 1000.0, 0.0]
    table = build_windows(windows)
    assert table["window"].tolist() == [1, 2]
    assert table["before"].tolist() == ["hours", "contact"]
    assert table["after_days"].isna().tolist() == [False, True]


def test_the_interval_of_a_mean_stays_above_zero_and_says_nothing_above_where_nothing_was() -> None:
    # The trap: a t interval of exposure of which 1 day in 20 has 1,000 reaches below 0.
    values = np.zeros((60, 3))
    values[::20, 0] = 1000.0
    values[:, 2] = 7.0
    low, high = compute_bootstrap_interval(values, 0.95, 1)
    assert 0.0 < low[0] < 50.0 < high[0]
    assert low[1] == 0.0
    assert np.isnan(high[1])
    assert (low[2], high[2]) == (7.0, 7.0) or np.allclose([low[2], high[2]], 7.0)
