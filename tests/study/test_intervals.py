"""Intervals, thresholds and the pocket theory, against published and hand-worked numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konvoi.study.intervals import (
    compute_mean_interval,
    compute_needed_replications,
    compute_paired_difference,
    compute_wilson_interval,
    find_safe_gaps,
)
from konvoi.theory.window import (
    compute_meeting_probability,
    compute_meeting_window_s,
    compute_theory_gap_s,
)

# MODEL §2: 6 km at 20 km/h, 20 min to pass a point.
LENGTH_M, SPEED_MPS, PASSING_S = 6000.0, 20.0 / 3.6, 1200.0
MINUTE = 60.0


def test_the_wilson_interval_agrees_with_worked_numbers() -> None:
    # 81 of 263: Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
    low, high = compute_wilson_interval([81, 15, 0, 1], [263, 148, 20, 29])
    assert np.round(low, 4).tolist() == [0.2553, 0.0624, 0.0, 0.0061]
    assert np.round(high, 4).tolist() == [0.3662, 0.1605, 0.1611, 0.1718]


def test_the_wilson_interval_is_exact_at_both_ends_and_unknown_without_replications() -> None:
    low, high = compute_wilson_interval(np.array([0, 100, 0]), np.array([100, 100, 0]))
    assert low[0] == 0.0
    assert high[1] == 1.0
    assert high[0] == pytest.approx(1.959964**2 / (100 + 1.959964**2), abs=1e-7)
    assert np.isnan([low[2], high[2]]).all()
    one_low, one_high = compute_wilson_interval(3, 10)
    assert float(one_low) < 0.3 < float(one_high)


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3)])
def test_the_wilson_interval_refuses_impossible_counts(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="between 0 and n"):
        compute_wilson_interval(successes, n)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_wilson_interval_holds_the_share_and_mirrors(successes: int, n: int) -> None:
    hits = min(successes, n)
    low, high = compute_wilson_interval(hits, n)
    assert 0.0 <= low <= hits / n <= high <= 1.0
    other_low, other_high = compute_wilson_interval(n - hits, n)
    assert (1.0 - other_high, 1.0 - other_low) == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))


@pytest.mark.parametrize(("threshold", "confidence"), [(0.05, 0.95), (0.01, 0.95), (0.2, 0.9), (0.5, 0.99)])
def test_the_needed_replications_are_the_least(threshold: float, confidence: float) -> None:
    n = compute_needed_replications(threshold, confidence)
    assert compute_wilson_interval(0, n, confidence)[1] < threshold
    assert compute_wilson_interval(0, n - 1, confidence)[1] >= threshold


def test_a_threshold_of_five_percent_needs_73_replications() -> None:
    assert compute_needed_replications(0.05) == 73


def test_the_mean_interval_is_students() -> None:
    # Mean 3, standard error sqrt(2.5 / 5), t of 4 degrees of freedom 2.776445.
    low, high = compute_mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (low, high) == (pytest.approx(3.0 - 2.776445 * 0.5**0.5, abs=1e-5), pytest.approx(4.963243, abs=1e-5))


def test_the_mean_interval_of_too_few_values_is_unknown_and_of_equal_values_has_no_width() -> None:
    assert np.isnan(compute_mean_interval([])).all()
    assert np.isnan(compute_mean_interval([4.0])).all()
    assert compute_mean_interval([4.0, 4.0, 4.0]) == (4.0, 4.0)


def test_a_paired_difference_loses_what_both_share() -> None:
    shared = np.random.default_rng(1).normal(0.0, 100.0, 50)
    mean, low, high = compute_paired_difference(shared + 3.0 + np.tile([0.5, -0.5], 25), shared)
    assert mean == pytest.approx(3.0)
    assert 2.8 < low < 3.0 < high < 3.2


def test_a_paired_difference_refuses_unequal_lengths_and_knows_when_it_knows_nothing() -> None:
    with pytest.raises(ValueError, match="one value per replication each"):
        compute_paired_difference([1.0, 2.0], [1.0])
    assert np.isnan(compute_paired_difference([], [])).all()


def build_gaps(high: dict[float, float], another_day: float | None = 0.0) -> pd.DataFrame:
    rows = [(gap, False, value) for gap, value in high.items()]
    rows += [] if another_day is None else [(float("nan"), True, another_day)]
    return pd.DataFrame(rows, columns=["gap_min", "is_another_day", "p_contact_high"])


def test_safe_gaps_are_runs_of_neighbours_and_a_longer_gap_may_be_worse_again() -> None:
    assert find_safe_gaps(build_gaps({0.0: 1.0, 60.0: 0.04, 120.0: 0.06, 180.0: 0.03, 240.0: 0.01}), 0.05) == (
        (60.0, 60.0),
        (180.0, 240.0),
    )
    assert find_safe_gaps(build_gaps({240.0: 0.01, 0.0: 0.04, 120.0: 0.049}), 0.05) == ((0.0, 240.0),)


def test_another_day_is_no_gap_and_the_threshold_itself_is_not_below() -> None:
    assert find_safe_gaps(build_gaps({0.0: 1.0, 390.0: 0.05}), 0.05) == ()
    assert find_safe_gaps(build_gaps({}), 0.05) == ()


def test_an_unknown_upper_end_is_not_below_the_threshold() -> None:
    assert find_safe_gaps(build_gaps({0.0: 0.01, 60.0: float("nan"), 120.0: 0.01}), 0.05) == (
        (0.0, 0.0),
        (120.0, 120.0),
    )


def test_the_meeting_window_of_opposite_columns() -> None:
    window = compute_meeting_window_s(600.0, 900.0, LENGTH_M, [SPEED_MPS, 2 * SPEED_MPS])
    assert window == (pytest.approx(-(900.0 + 540.0)), pytest.approx(600.0 + 1080.0))


def test_the_meeting_window_in_the_same_direction_and_at_a_crossing() -> None:
    assert compute_meeting_window_s(600.0, 900.0, LENGTH_M, SPEED_MPS, "same") == (-900.0, 600.0)
    assert compute_meeting_window_s(600.0, 900.0, LENGTH_M, SPEED_MPS, "crossing") == (-900.0, 600.0)
    # A faster second column catches up within the shared road: 1080 s against 540 s.
    catching = compute_meeting_window_s(600.0, 900.0, LENGTH_M, [SPEED_MPS, 2 * SPEED_MPS], "same")
    assert catching == (-900.0, pytest.approx(600.0 + 540.0))


@pytest.mark.parametrize(("sd_min", "gap_min"), [(5.0, 50.0), (15.0, 73.0), (30.0, 108.0)])
def test_the_gaps_for_five_percent_are_those_of_the_model(sd_min: float, gap_min: float) -> None:
    gap_s = compute_theory_gap_s(0.05, PASSING_S, LENGTH_M, SPEED_MPS, sd_min * MINUTE)
    assert round(gap_s / MINUTE) == gap_min
    p = compute_meeting_probability(gap_s, PASSING_S, PASSING_S, LENGTH_M, SPEED_MPS, sd_min * MINUTE)
    assert float(p) == pytest.approx(0.05, abs=1e-3)


def test_the_probabilities_are_those_of_the_model() -> None:
    gaps_s = np.array([0.0, 30.0, 60.0, 75.0, 90.0]) * MINUTE
    p = compute_meeting_probability(gaps_s, PASSING_S, PASSING_S, LENGTH_M, SPEED_MPS, 15.0 * MINUTE)
    assert np.round(p, 2).tolist() == [0.93, 0.65, 0.15, 0.04, 0.01]


def test_a_late_first_side_eats_the_gap() -> None:
    # 75 min planned, side 1 is 40 min late on average: δ has the mean 35 min.
    p = compute_meeting_probability(35.0 * MINUTE, PASSING_S, PASSING_S, LENGTH_M, SPEED_MPS, [15.0 * MINUTE] * 2)
    assert round(float(p), 2) == 0.56


def test_without_chance_the_window_decides() -> None:
    gaps_s = np.array([-2281.0, -2280.0, 0.0, 2280.0, 2281.0])
    p = compute_meeting_probability(gaps_s, PASSING_S, PASSING_S, LENGTH_M, SPEED_MPS, 0.0)
    assert p.tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]
