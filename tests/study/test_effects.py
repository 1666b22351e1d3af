"""Comparisons decide by how often and how much: a reduction of 99 % is clearly lower although contact stays certain."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.study.effects import PlanDays, compare_effects, compute_ratio_interval


def build_days(is_any: np.ndarray, exposure: np.ndarray, is_large: np.ndarray | None = None) -> PlanDays:
    return PlanDays({"large": is_any if is_large is None else is_large, "any": is_any}, exposure)


def test_99_percent_less_exposure_is_clearly_lower_although_contact_happens_on_every_day() -> None:
    generator = np.random.default_rng(1)
    always = np.ones(100, bool)
    reference = build_days(always, generator.lognormal(12.0, 0.3, 100))
    # Another day is among the plans: P below 95 % somewhere must not switch exposure off for the others.
    plans = {
        "180 min": build_days(always, generator.lognormal(7.4, 0.3, 100)),
        "another day": build_days(~always, np.zeros(100)),
    }
    lower, none = compare_effects(reference, plans)
    assert lower.outcome == "lower"
    assert lower.exposure.high < 0.02
    assert lower.exposure.low <= lower.exposure.ratio <= lower.exposure.high
    assert [share.p_value for share in lower.shares] == [1.0, 1.0]
    assert none.outcome == "lower"
    assert 0.0 <= none.exposure.ratio == 0.0 < none.exposure.high < 0.1  # none seen is not none


def test_plans_alike_are_told_apart_at_most_at_the_stated_rate() -> None:
    # Five plans drawn like the reference: anything but "unclear" is false; Holm over 15 tests keeps it at 5 %.
    generator = np.random.default_rng(2)
    false = 0
    for _ in range(100):
        days = [build_days(generator.random(60) < 0.5, generator.lognormal(3.0, 1.0, 60)) for _ in range(6)]
        effects = compare_effects(days[0], {str(k): plan for k, plan in enumerate(days[1:])}, seed=3)
        false += any(effect.outcome != "unclear" for effect in effects)
    assert false <= 5 + 3 * np.sqrt(100 * 0.05 * 0.95)


def test_more_often_but_less_is_neither_lower_nor_higher() -> None:
    n = 200
    reference = build_days(np.arange(n) < 60, np.where(np.arange(n) < 60, 5000.0, 0.0))
    plan = build_days(np.arange(n) < 160, np.where(np.arange(n) < 160, 10.0, 0.0))
    (effect,) = compare_effects(reference, {"plan": plan})
    assert effect.outcome == "mixed"


def test_the_ratio_covers_the_truth_about_as_often_as_stated() -> None:
    # Exponential exposures with means 100 and 50 on 80 days: the ratio is 0.5.
    generator = np.random.default_rng(4)
    covered = 0
    for seed in range(200):
        common = generator.exponential(1.0, 80)
        a, b = 50.0 * common * generator.uniform(0.5, 1.5, 80), 100.0 * common
        _, low, high = compute_ratio_interval(a, b, 0.95, seed, samples=500)
        covered += low <= 0.5 <= high
    assert 0.95 * 200 - 3.5 * np.sqrt(200 * 0.95 * 0.05) <= covered


def test_of_no_exposure_there_is_no_ratio() -> None:
    assert np.isnan(compute_ratio_interval(np.ones(5), np.zeros(5))).all()
    assert np.isnan(compute_ratio_interval(np.zeros(0), np.zeros(0))).all()


def test_plans_must_have_the_same_days_and_outcomes() -> None:
    days = build_days(np.ones(5, bool), np.ones(5))
    with pytest.raises(ValueError, match="other: paired plans"):
        compare_effects(days, {"other": build_days(np.ones(4, bool), np.ones(4))})
    with pytest.raises(ValueError, match="one value a day"):
        compute_ratio_interval(np.ones(4), np.ones(5))
