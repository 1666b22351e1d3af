"""The rule behind a window: worked by hand for punctual sides, and its edges against the definition."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.study.inequalities import (
    SideTimes,
    compute_broken_share,
    compute_edges,
    compute_inequalities,
    explain_gap,
)


def be_punctual(n: int = 20) -> SideTimes:
    # Sets out 90 min before its start, has arrived 20 min before it, rallies for 150 min, is home 60 min after.
    return SideTimes(*(np.full(n, minutes) for minutes in (-90.0, -20.0, 150.0, 210.0)))


def test_of_punctual_sides_the_window_runs_from_travel_and_gathering_to_the_rallys_length() -> None:
    edges = compute_edges(be_punctual(), be_punctual(), 150.0, 0.95)
    # out: −20 < δ − 90; standing: δ − 20 < 150; home: 210 < δ + 150
    assert (edges.low_min, edges.high_min, edges.low_name) == (70.0, 170.0, "out")
    assert edges.width_min == 100.0
    assert edges.needed_length_min == 50.0  # a rally 100 min shorter closes the window


def test_a_long_way_home_binds_where_it_takes_longer_than_the_way_out() -> None:
    slow = SideTimes(*(np.full(5, minutes) for minutes in (-90.0, -20.0, 150.0, 300.0)))
    edges = compute_edges(slow, be_punctual(5), 150.0, 0.95)
    assert (edges.low_min, edges.low_name) == (150.0, "home")


def test_an_edge_hangs_on_the_conditions_that_are_needed_there() -> None:
    # Convoys that gather 145 min before a rally break the way out at every gap of the window, on a road of their own.
    early = SideTimes(*(np.full(5, minutes) for minutes in (-145.0, 25.0, 155.0, 280.0)))
    assert [rule.holds for rule in explain_gap(early, early, 127.0, 1, 0.95)] == [False, True, True]
    both, home = (compute_edges(early, early, 150.0, 0.95, near) for near in (("out", "home"), ("home",)))
    assert (both.low_min, both.high_min) == (170.0, 130.0)  # no gap at all
    assert (home.low_min, home.high_min, home.needed_length_min) == (125.0, 130.0, 145.0)


def test_hours_are_those_of_the_median_day_and_the_slack_that_of_a_bad_one() -> None:
    spread = np.linspace(-20.0, 20.0, 21)
    punctual, loose = be_punctual(21), SideTimes(-90.0 + spread, -20.0 + spread, 150.0 + spread, 210.0 + spread)
    _, standing, _ = compute_inequalities(punctual, loose, 160.0, 1, 0.95)
    assert (standing.over_min, standing.begin_min, standing.slack_min) == (140.0, 150.0, -8.0)
    assert standing.held_share == pytest.approx(15 / 21)
    assert not standing.holds


def test_each_inequality_is_told_with_its_two_hours_and_its_slack() -> None:
    out, standing, home = compute_inequalities(be_punctual(), be_punctual(), 120.0, 2, 0.95)
    assert (out.name, out.first_side, out.over_min, out.begin_min, out.slack_min) == ("out", 2, -20.0, 30.0, 50.0)
    assert (standing.first_side, standing.over_min, standing.begin_min, standing.slack_min) == (1, 100.0, 150.0, 50.0)
    assert (home.first_side, home.over_min, home.begin_min, home.slack_min) == (2, 210.0, 270.0, 60.0)
    assert out.held_share == standing.held_share == home.held_share == 1.0
    early, *_ = compute_inequalities(be_punctual(), be_punctual(), 60.0, 1, 0.95)
    assert (early.slack_min, early.held_share) == (-10.0, 0.0)


def test_the_edges_are_where_few_enough_days_break_a_condition() -> None:
    generator = np.random.default_rng(1)
    late = [generator.lognormal(3.0, 0.5, 2000) for _ in range(2)]
    sides = [SideTimes(-90.0 + hours, -20.0 + hours, 150.0 + hours, 210.0 + hours) for hours in late]
    edges = compute_edges(sides[0], sides[1], 150.0, 0.95)
    gaps = np.array([edges.low_min - 1.0, edges.low_min + 1.0, edges.high_min - 1.0, edges.high_min + 1.0])
    before, inside, still, after = compute_broken_share(sides[0], sides[1], gaps)
    assert before > 0.05
    assert after > 0.05
    # At an edge one condition is broken on 5 % of days; the others add at most as much again.
    assert max(inside, still) <= 0.10


def test_a_day_needs_all_four_times_of_both_sides() -> None:
    with pytest.raises(ValueError, match="one value a day"):
        SideTimes(np.zeros(3), np.zeros(3), np.zeros(2), np.zeros(3))


def test_a_gap_is_explained_by_the_rule_that_holds_there_and_by_none_where_none_does() -> None:
    sides = be_punctual(), be_punctual()
    assert [rule.name for rule in explain_gap(*sides, 120.0, 1, 0.95)] == ["out", "standing", "home"]
    # Side 1 goes home while side 2 rides out: where nobody meets, that condition is not what keeps the sides apart.
    assert [rule.name for rule in explain_gap(*sides, 200.0, 1, 0.95) if not rule.holds] == ["standing"]
    never = SideTimes(*(np.full(20, minutes) for minutes in (-90.0, 160.0, 150.0, 400.0)))
    assert explain_gap(never, never, 120.0, 1, 0.95) == []
    (apart,) = explain_gap(*sides, 310.0, 1, 0.95)
    assert (apart.name, apart.over_min, apart.begin_min, apart.slack_min) == ("apart", 210.0, 220.0, 10.0)
