"""Whether a plan keeps the campaign's rules: which it breaks, which conditions it brings, and which other date would do.

A *hard* hit makes a plan unlawful: it may be shown as judged, never recommended. A *condition* is something the plan needs:
a pause for a daily prayer can be kept at the venue; Friday prayer and Sunday service gather people elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from konvoi.config.reading import is_file, load_scenario
from konvoi.config.settings import RunConfig
from konvoi.data import find_data
from konvoi.errors import ScenarioError
from konvoi.plan.hours import compute_rally_starts_s
from konvoi.units import SECONDS_PER_DAY, clock_to_s, minutes_to_s
from konvoi.words import Sentence

NO_RULES = "none"  # of a scenario that is no campaign rally

RuleName = Literal["hours", "quiet", "vote", "outside", "worship", "notice", "prayer"]
FURTHEST_DAYS = 120  # how far from the planned date another one is looked for


@dataclass(frozen=True)
class Worship:
    """Hours of worship: of every day, or of one day of the week (0 is Monday)."""

    name: Mapping[str, str]  # by language
    begin_s: float
    end_s: float
    weekday: int | None
    source: str


@dataclass(frozen=True)
class Rules:
    """The rules of one campaign; their file: scenarios/rules."""

    begin_s: float  # of a rally, after local midnight
    end_s: float
    campaign: tuple[date, date]
    quiet: tuple[date, date]
    vote: date
    notice_days: int  # before the rally, to the police
    worship: tuple[Worship, ...]
    source: Mapping[RuleName, str]


@dataclass(frozen=True)
class Hit:
    """One rule a side's rally touches."""

    rule: RuleName
    is_hard: bool
    side: int
    day: date
    begin_s: float  # of the rally
    end_s: float
    worship: Worship | None
    deadline: date | None  # of the notice
    source: str


@dataclass(frozen=True)
class RallyTime:
    """When a side's rally is planned."""

    day: date
    begin_s: float  # after local midnight
    end_s: float


def read_rules(content: Mapping[str, Any]) -> Rules:
    """Read the rules from the content of their file.

    Raises
    ------
    KeyError, TypeError, ValueError
        When it is no whole file of rules.
    """
    hours = content["hours"]
    worship = tuple(
        Worship(
            {"id": str(entry["name_id"]), "en": str(entry["name_en"])},
            clock_to_s(str(entry["begin"])),
            clock_to_s(str(entry["end"])),
            None if entry.get("weekday") is None else int(entry["weekday"]),
            str(entry["source"]),
        )
        for entry in content["worship"]
    )
    return Rules(
        clock_to_s(str(hours["begin"])),
        clock_to_s(str(hours["end"])),
        _read_days(content["campaign"]),
        _read_days(content["quiet"]),
        _read_day(content["vote"]["day"]),
        int(content["notice"]["days"]),
        worship,
        {
            "hours": str(hours["source"]),
            "quiet": str(content["quiet"]["source"]),
            "vote": str(content["vote"]["source"]),
            "outside": str(content["campaign"]["source"]),
            "notice": str(content["notice"]["source"]),
        },
    )


def load_rules(name: str, scenario_path: Path) -> Rules | None:
    """Load the rules a scenario names: from a file beside it or an embedded one; None for ``none``.

    Raises
    ------
    ScenarioError
        When there is no such file, or it is no whole file of rules.
    """
    if name == NO_RULES:
        return None
    places = [scenario_path.parent / name, find_data("scenarios") / "rules" / f"{name}.yaml"]
    path = next((place for place in places if is_file(place)), None)
    if path is None:
        raise ScenarioError(str(scenario_path), [Sentence("faults.rules_missing", name=name)])
    try:
        return read_rules(load_scenario(path).content)
    except (KeyError, TypeError, ValueError) as fault:
        raise ScenarioError(str(path), [Sentence("faults.rules_incomplete", fault=fault)]) from None


def list_rallies(first_day: date, starts_s: Sequence[float], length_s: float) -> dict[int, RallyTime]:
    """List when both sides' rallies are, from their starts (s after midnight of the first day), side 1 first."""
    rallies = {}
    for side, start_s in enumerate(starts_s, start=1):
        days_later, begin_s = divmod(start_s, SECONDS_PER_DAY)
        rallies[side] = RallyTime(first_day + timedelta(days=int(days_later)), begin_s, begin_s + length_s)
    return rallies


def read_day(text: str) -> date | None:
    """Read an ISO date; None for any other text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def judge_config(config: RunConfig, rules: Rules | None, today: date) -> list[Hit]:
    """List the rules a configuration's plan touches; none where there are no rules, or the scenario has no ISO date."""
    day = read_day(config.scenario.date)
    if rules is None or day is None:
        return []
    length_s = minutes_to_s(config.scenario.rally.length_min)
    rallies = list_rallies(day, compute_rally_starts_s(config).tolist(), length_s)
    return judge_plan(rules, rallies, read_day(config.scenario.planning_date) or today)


def judge_plan(rules: Rules, rallies: Mapping[int, RallyTime], planning_date: date) -> list[Hit]:
    """List the rules a plan touches, hard ones first.

    Parameters
    ----------
    rallies
        By side.
    planning_date
        The day on which the plan is made: a notice whose deadline is past cannot be given any more.
    """
    hits = [hit for side, rally in sorted(rallies.items()) for hit in _judge_rally(rules, side, rally, planning_date)]
    return sorted(hits, key=lambda hit: not hit.is_hard)


def is_lawful(hits: Sequence[Hit]) -> bool:
    """Return whether no hit is hard."""
    return not any(hit.is_hard for hit in hits)


def find_other_date(
    rules: Rules, rallies: Mapping[int, RallyTime], moved_side: int, planning_date: date
) -> date | None:
    """Find the nearest other day on which one side may hold its rally at the same hours; of two, the earlier.

    Returns
    -------
    The day, never that of the other side; None where there is none within the campaign.
    """
    rally = rallies[moved_side]
    taken = {other.day for side, other in rallies.items() if side != moved_side}
    for distance in range(1, FURTHEST_DAYS + 1):
        for day in (rally.day - timedelta(days=distance), rally.day + timedelta(days=distance)):
            moved = {moved_side: RallyTime(day, rally.begin_s, rally.end_s)}
            if day not in taken and is_lawful(judge_plan(rules, moved, planning_date)):
                return day
    return None


def _judge_rally(rules: Rules, side: int, rally: RallyTime, planning_date: date) -> list[Hit]:
    day, begin_s, end_s = rally.day, rally.begin_s, rally.end_s
    hits: list[Hit] = []

    def add(rule: RuleName, is_hard: bool = True, worship: Worship | None = None, deadline: date | None = None) -> None:
        source = worship.source if worship is not None else rules.source[rule]
        hits.append(Hit(rule, is_hard, side, day, begin_s, end_s, worship, deadline, source))

    if begin_s < rules.begin_s or end_s > rules.end_s:
        add("hours")
    if rules.quiet[0] <= day <= rules.quiet[1]:
        add("quiet")
    elif day == rules.vote:
        add("vote")
    elif not rules.campaign[0] <= day <= rules.campaign[1]:
        add("outside")
    deadline = day - timedelta(days=rules.notice_days)
    if planning_date > deadline:
        add("notice", deadline=deadline)
    for worship in rules.worship:
        if not (begin_s < worship.end_s and worship.begin_s < end_s):
            continue
        if worship.weekday is None:
            # The Friday prayer takes the place of the daily one at its hour.
            if not any(
                other.weekday == day.weekday() and other.begin_s <= worship.begin_s and worship.end_s <= other.end_s
                for other in rules.worship
            ):
                add("prayer", is_hard=False, worship=worship)
        elif worship.weekday == day.weekday():
            add("worship", worship=worship)
    return hits


def _read_day(value: object) -> date:
    return date.fromisoformat(str(value))


def _read_days(span: Mapping[str, Any]) -> tuple[date, date]:
    return _read_day(span["begin"]), _read_day(span["end"])
