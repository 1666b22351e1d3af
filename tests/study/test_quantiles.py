"""Bounds of quantiles hold as often as stated, whatever the distribution, and clocks are rounded to the safe side."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from konvoi.study.quantiles import (
    compute_low_quantile_bound,
    compute_quantile_bound,
    round_down_s,
    round_up_s,
)


def test_the_bound_is_the_order_statistic_of_the_textbook() -> None:
    # 95 % of 59 values: the largest, since 0.95⁵⁹ = 0.0485; of 58 nothing can be promised.
    assert compute_quantile_bound(np.arange(1.0, 60.0), 0.95) == 59.0
    assert np.isnan(compute_quantile_bound(np.arange(58.0), 0.95))
    assert np.isnan(compute_quantile_bound([], 0.95))
    # 400 days: P(X ≤ 387) is the first to reach 95 % for X ~ Binomial(400, 0.95), so the 388th value.
    assert stats.binom.cdf(386, 400, 0.95) < 0.95 <= stats.binom.cdf(387, 400, 0.95)
    assert compute_quantile_bound(np.arange(1.0, 401.0), 0.95) == 388.0
    assert compute_low_quantile_bound(np.arange(1.0, 401.0), 0.05) == 13.0


def test_the_bound_lies_above_the_quantile_as_often_as_stated_where_40_days_did_not() -> None:
    # The trap: q95 of lateness from 40 draws lay below the true one most of the time.
    generator = np.random.default_rng(1)
    scale = 15.0
    truth = -scale * np.log(0.05)
    draws = generator.exponential(scale, (500, 400))
    kept = np.mean([compute_quantile_bound(day, 0.95) >= truth for day in draws])
    assert kept >= 0.95 - 3.0 * np.sqrt(0.95 * 0.05 / 500)
    assert np.mean(np.quantile(draws[:, :40], 0.95, axis=1) >= truth) < 0.6


@pytest.mark.parametrize(("time_s", "up_s", "down_s"), [(4800.0, 4800.0, 4800.0), (4801.0, 5400.0, 4800.0)])
def test_clocks_are_rounded_to_ten_minutes_on_the_safe_side(time_s: float, up_s: float, down_s: float) -> None:
    assert (round_up_s(time_s), round_down_s(time_s)) == (up_s, down_s)
