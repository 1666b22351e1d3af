"""A plan is lawful or it is not; an unlawful one has another date, never in the quiet period."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from konvoi.config.reading import load_scenario
from konvoi.data import find_data
from konvoi.notice.lawfulness import RallyTime, Rules, find_other_date, is_lawful, judge_plan, read_rules

HOUR = 3600.0
PLANNING = date(2024, 10, 30)
SATURDAY = date(2024, 11, 23)


@pytest.fixture(scope="module")
def rules() -> Rules:
    path = find_data("scenarios") / "rules" / "pilkada2024.yaml"
    return read_rules(load_scenario(path).content)


def plan(day: date, begin_h: float = 9.0, end_h: float = 11.5) -> dict[int, RallyTime]:
    return {1: RallyTime(day, begin_h * HOUR, end_h * HOUR)}


@pytest.mark.parametrize(
    ("day", "begin_h", "end_h", "rule"),
    [
        (date(2024, 11, 24), 9.0, 11.5, "quiet"),
        (date(2024, 11, 25), 12.0, 14.0, "quiet"),
        (date(2024, 11, 27), 12.0, 14.0, "vote"),
        (date(2024, 9, 20), 12.0, 14.0, "outside"),
        (date(2024, 11, 22), 10.0, 12.0, "worship"),  # Friday prayer
        (date(2024, 11, 17), 9.0, 11.5, "worship"),  # Sunday service
        (SATURDAY, 8.5, 11.0, "hours"),
        (SATURDAY, 16.0, 18.5, "hours"),
        (date(2024, 11, 5), 12.75, 14.0, "notice"),  # seven days before is 29 October, the day before the planning
    ],
)
def test_each_rule_makes_a_plan_unlawful(rules: Rules, day: date, begin_h: float, end_h: float, rule: str) -> None:
    hits = judge_plan(rules, plan(day, begin_h, end_h), PLANNING)
    assert not is_lawful(hits)
    assert rule in [hit.rule for hit in hits if hit.is_hard]
    assert all(hit.source for hit in hits)


def test_the_notified_day_is_lawful_and_a_rally_over_noon_asks_for_a_pause(rules: Rules) -> None:
    assert judge_plan(rules, plan(SATURDAY), PLANNING) == []
    hits = judge_plan(rules, plan(SATURDAY, 11.0, 13.5), PLANNING)
    assert is_lawful(hits)
    assert [(hit.rule, hit.worship.name["id"]) for hit in hits if hit.worship] == [("prayer", "salat Zuhur")]


def test_on_friday_the_friday_prayer_stands_for_the_noon_prayer(rules: Rules) -> None:
    hits = judge_plan(rules, plan(date(2024, 11, 22), 11.0, 12.5), PLANNING)
    assert [hit.rule for hit in hits] == ["worship"]
    assert is_lawful(judge_plan(rules, plan(date(2024, 11, 22)), PLANNING))  # over by 11:30


def test_a_deadline_counts_from_the_day_of_planning(rules: Rules) -> None:
    assert is_lawful(judge_plan(rules, plan(SATURDAY), date(2024, 11, 16)))
    late = judge_plan(rules, plan(SATURDAY), date(2024, 11, 17))
    assert [(hit.rule, hit.deadline) for hit in late] == [("notice", date(2024, 11, 16))]


def test_both_sides_are_judged_and_told_apart(rules: Rules) -> None:
    rallies = {1: RallyTime(SATURDAY, 9 * HOUR, 11 * HOUR), 2: RallyTime(date(2024, 11, 24), 9 * HOUR, 11 * HOUR)}
    hits = judge_plan(rules, rallies, PLANNING)
    assert {hit.side for hit in hits} == {2}


def test_the_other_date_is_the_nearest_lawful_one_and_never_in_the_quiet_period(rules: Rules) -> None:
    both = {1: RallyTime(SATURDAY, 9 * HOUR, 11.5 * HOUR), 2: RallyTime(SATURDAY, 9 * HOUR, 11.5 * HOUR)}
    assert find_other_date(rules, both, 2, PLANNING) == date(2024, 11, 22)
    noon = {side: RallyTime(SATURDAY, 11 * HOUR, 13 * HOUR) for side in (1, 2)}
    assert find_other_date(rules, noon, 2, PLANNING) == date(2024, 11, 21)  # not over Friday prayer
    taken = {1: RallyTime(date(2024, 11, 22), 9 * HOUR, 11.5 * HOUR), 2: both[2]}
    assert find_other_date(rules, taken, 2, PLANNING) == date(2024, 11, 21)


def test_for_every_day_of_the_campaign_the_other_date_breaks_no_rule(rules: Rules) -> None:
    day = rules.campaign[0] - timedelta(days=3)
    while day <= rules.vote + timedelta(days=3):
        rallies = plan(day)
        other = find_other_date(rules, rallies, 1, PLANNING)
        assert other is not None
        assert not rules.quiet[0] <= other <= rules.quiet[1]
        assert is_lawful(judge_plan(rules, plan(other), PLANNING))
        day += timedelta(days=1)


def test_there_is_no_other_date_when_every_deadline_is_past(rules: Rules) -> None:
    assert find_other_date(rules, plan(SATURDAY), 1, date(2024, 11, 20)) is None
