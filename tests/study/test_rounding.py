"""Numbers say no more than their intervals carry, and rounding never claims safety."""

from __future__ import annotations

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konvoi.study.rounding import (
    round_distance_km,
    round_interval,
    round_percent_down,
    round_percent_up,
    round_to_interval,
)


def test_a_value_keeps_the_digits_its_interval_carries() -> None:
    assert round_to_interval(163_412.0, 155_020.0, 171_804.0) == 163_000.0
    assert round_to_interval(163_412.0, 100_000.0, 220_000.0) == 160_000.0
    assert round_to_interval(0.0304, 0.0, 0.09) == pytest.approx(0.03)
    assert round_to_interval(445.2, 445.2, 445.2) == 445.2  # no width: nothing is known of the noise
    assert round_to_interval(445.2, nan, nan) == 445.2
    assert round_interval(155_020.0, 171_804.0) == (155_000.0, 172_000.0)


def test_five_point_four_percent_is_not_told_as_five() -> None:
    assert round_percent_up(0.0537) == 5.4
    assert round_percent_up(0.0501, 0.05) == 5.1
    assert round_percent_up(0.0496, 0.05) == 4.96  # below the threshold: must not read as 5
    assert round_percent_up(0.0366) == 3.7
    assert round_percent_up(0.371) == 38.0
    assert round_percent_down(0.0027) == 0.2
    assert round_percent_down(0.379) == 37.0


@given(st.floats(0.0, 1.0), st.floats(0.001, 0.5))
def test_rounding_keeps_the_order_with_the_threshold(share: float, threshold: float) -> None:
    if threshold * 100.0 == round(threshold * 100.0, 1):
        assert (round_percent_up(share, threshold) >= 100.0 * threshold) == (share >= threshold) or (
            abs(share - threshold) < 1e-4  # closer than the hundredths of a percent that are shown
        )
    assert round_percent_up(share) >= 100.0 * share - 1e-6
    assert round_percent_down(share) <= 100.0 * share + 1e-6


@pytest.mark.parametrize(("accuracy_m", "rounded"), [(50.0, 10.1), (400.0, 10.0), (2500.0, 10.0), (600.0, 10.0)])
def test_a_distance_is_as_exact_as_its_places(accuracy_m: float, rounded: float) -> None:
    assert round_distance_km(10.13, accuracy_m) == pytest.approx(rounded)
