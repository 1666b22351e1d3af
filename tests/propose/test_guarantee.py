"""The guarantee of a proposal: known numbers of days, and no wrong declaration beyond the stated error."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.propose.guarantee import THRESHOLDS, Guarantee, compute_needed_days


@pytest.mark.parametrize(("n_entered", "days"), [(1, 59), (12, 107), (100, 149), (1000, 194)])
def test_a_plan_without_contact_is_declared_after_the_days_of_the_formula(n_entered: int, days: int) -> None:
    # (1 − 0.05)^n ≤ 0.05/k
    guarantee = Guarantee(n_entered)
    assert compute_needed_days(0.05, 0.05 / n_entered) == days
    assert guarantee.find_declared_day(np.zeros(days, bool), 0.05) == days
    assert guarantee.find_declared_day(np.zeros(days - 1, bool), 0.05) is None


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("n_entered", [1, 12])
@pytest.mark.parametrize("first_share", [1.0, 0.5])
def test_the_error_at_the_threshold_is_within_its_level_by_exact_recursion(
    threshold: float, n_entered: int, first_share: float
) -> None:
    # Day by day: the probability of each number of hits among those not declared, at a true share of the threshold.
    days = Guarantee(n_entered, first_share=first_share).compute_days(threshold)[:12]
    mass, declared = np.array([1.0]), 0.0
    for day in range(1, int(days[-1]) + 1):
        mass = np.append(mass, 0.0) * (1.0 - threshold) + np.insert(mass, 0, 0.0) * threshold
        for hits in np.flatnonzero(days == day):
            declared += float(mass[: hits + 1].sum())
            mass[: hits + 1] = 0.0
    assert 0.9 * 0.05 / n_entered < declared <= 0.05 / n_entered


@pytest.mark.parametrize("first_share", [1.0, 0.5])
def test_wrong_declarations_are_at_most_5_percent_over_the_whole_search(first_share: float) -> None:
    # 1,000 searches of 12 plans, all just beyond the threshold: any declaration is wrong.
    generator = np.random.default_rng(11)
    guarantee = Guarantee(12, first_share=first_share)
    wrong = 0
    for _ in range(1000):
        days = generator.random((12, 400)) < 0.0501
        wrong += any(guarantee.find_declared_day(plan, 0.05) is not None for plan in days)
    # At a true error of 5 %, more than 66 of 1,000 come with a probability below 1 %.
    assert 20 <= wrong <= 66


def test_thresholds_are_watched_at_once_without_more_error() -> None:
    # True shares just beyond each threshold: wrong is whoever is declared for any threshold below the own share.
    generator = np.random.default_rng(12)
    guarantee = Guarantee(1)
    for truth in THRESHOLDS:
        wrong = 0
        for _ in range(1000):
            bound = guarantee.find_bound(generator.random(700) < truth * 1.002)
            wrong += bound is not None and bound <= truth
        assert wrong <= 66, truth


def test_a_smaller_threshold_is_never_declared_before_a_larger_one() -> None:
    for n_entered in (1, 2, 3, 12, 57, 100, 333):
        guarantee = Guarantee(n_entered)
        small, middle, large = (guarantee.compute_days(threshold) for threshold in THRESHOLDS)
        assert np.all(small >= middle)
        assert np.all(middle >= large)
        assert np.all(np.diff(middle) > 0)


def test_a_plan_with_a_few_hits_is_declared_later_and_a_bad_one_never() -> None:
    guarantee = Guarantee(3)
    one_hit = np.zeros(400, bool)
    one_hit[30] = True
    first = guarantee.find_declared_day(np.zeros(400, bool), 0.05)
    second = guarantee.find_declared_day(one_hit, 0.05)
    assert first == 80
    assert second is not None
    assert first < second < 250
    assert guarantee.find_declared_day(np.arange(400) % 10 == 0, 0.05) is None
    assert guarantee.find_bound(np.arange(400) % 10 == 0) is None
    assert not guarantee.can_be_declared(np.ones(50, bool), 0.05, 400)
    assert guarantee.can_be_declared(one_hit[:40], 0.05, 400)


def test_the_days_that_chose_a_lucky_plan_would_deceive_where_fresh_days_do_not() -> None:
    # Of 200 plans with contact on 6 % of days the luckiest looks safe on the days that chose it.
    generator = np.random.default_rng(13)
    deceived_by_old, deceived_by_fresh = 0, 0
    for _ in range(100):
        lucky = int(np.argmin((generator.random((200, 59)) < 0.06).sum(axis=1)))
        old = generator.random((200, 59)) < 0.06
        luckiest = old[int(np.argmin(old.sum(axis=1)))]
        fresh = generator.random((200, 59)) < 0.06
        deceived_by_old += Guarantee(1).find_declared_day(luckiest, 0.05) is not None
        deceived_by_fresh += Guarantee(1).find_declared_day(fresh[lucky], 0.05) is not None
    assert deceived_by_old > 90
    assert deceived_by_fresh <= 12


def test_a_threshold_must_be_agreed_on_before() -> None:
    with pytest.raises(ValueError, match="not agreed on"):
        Guarantee(1).compute_days(0.02)
    with pytest.raises(ValueError, match="at least one"):
        Guarantee(0)


def test_error_kept_for_plans_with_hits_declares_them_sooner() -> None:
    all_first, half_first = Guarantee(2), Guarantee(2, first_share=0.5)
    days, later = all_first.compute_days(0.05), half_first.compute_days(0.05)
    assert (int(days[0]), int(later[0])) == (72, 86)
    assert all(later[1:6] < days[1:6])
