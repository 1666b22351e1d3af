"""The front: which plans no other plan beats, and how sure that is."""

from __future__ import annotations

import numpy as np

from konvoi.propose.front import mark_front


def test_a_plan_with_clearly_more_exposure_at_no_lower_cost_is_beaten() -> None:
    generator = np.random.default_rng(1)
    days = generator.gamma(2.0, 10.0, 60)
    exposure = np.stack([days + 100.0, days + 50.0 + generator.normal(0.0, 5.0, 60), days])
    assert mark_front(exposure, [10.0, 20.0, 15.0], [1.0, 1.0, 1.0]) == ["certain", "beaten", "certain"]


def test_a_plan_that_only_seems_better_cannot_be_excluded() -> None:
    generator = np.random.default_rng(2)
    exposure = generator.gamma(1.0, 10.0, (2, 20))
    assert mark_front(exposure, [10.0, 10.0], [1.0, 1.0]) == ["cannot_be_excluded"] * 2


def test_the_same_exposure_on_every_day_at_a_lower_burden_beats() -> None:
    exposure = np.zeros((3, 40))
    marks = mark_front(exposure, [5.0, 10.0, 5.0], [2.0, 2.0, 1.0])
    assert marks == ["beaten", "beaten", "certain"]


def test_fairness_alone_keeps_a_plan_on_the_front() -> None:
    generator = np.random.default_rng(3)
    low = generator.normal(10.0, 1.0, 50)
    assert mark_front(np.stack([low, low + 50.0]), [10.0, 10.0], [3.0, 1.0]) == ["certain", "certain"]


def test_when_all_plans_are_equal_none_is_called_better() -> None:
    # 200 repeats of 6 equal plans of skewed exposure with many days of none, 40 shared days.
    generator = np.random.default_rng(4)
    called = 0
    for _ in range(200):
        exposure = generator.gamma(0.5, 40.0, (6, 40)) * (generator.random((6, 40)) < 0.4)
        called += "beaten" in mark_front(exposure, [1.0] * 6, [1.0] * 6)
    assert called <= 10


def test_mirrored_sides_have_the_mirrored_front() -> None:
    # Exposure, burden and ratio do not know the sides: the same plans in another order have the same marks.
    generator = np.random.default_rng(5)
    exposure = generator.gamma(1.0, 10.0, (5, 30)) + 20.0 * np.arange(5)[:, None]
    burden, ratio = np.array([5.0, 4.0, 3.0, 2.0, 1.0]), np.array([1.0, 2.0, 1.0, 2.0, 1.0])
    marks = mark_front(exposure, burden, ratio)
    assert mark_front(exposure[::-1], burden[::-1], ratio[::-1]) == marks[::-1]
