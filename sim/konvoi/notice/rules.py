"""Hints of the campaign's rules about a plan: warnings, never silent changes. The rules are data with sources."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from konvoi.config.reading import load_scenario
from konvoi.config.settings import RunConfig
from konvoi.data import find_data
from konvoi.errors import ScenarioError
from konvoi.units import clock_to_s
from konvoi.words import Sentence, say
from konvoi.words.formats import format_clock, format_day


def check_rules(config: RunConfig, lang: str, rules_file: Path | None = None) -> list[str]:
    """List what the rules say about a configuration, each hint with its source.

    Parameters
    ----------
    lang
        ``"id"`` or ``"en"``; Indonesian clock times are written with a point.
    rules_file
        YAML file of rules; default the embedded ones of 2024.

    Raises
    ------
    ScenarioError
        When the file is no whole file of rules.
    """
    path = rules_file or find_data("scenarios") / "rules" / "pilkada2024.yaml"
    rules = load_scenario(path).content
    try:
        return _list_hints(config, rules, lang)
    except (KeyError, TypeError, ValueError) as fault:
        raise ScenarioError(str(path), [Sentence("faults.rules_incomplete", fault=fault)]) from None


def _list_hints(config: RunConfig, rules: Mapping[str, Any], lang: str) -> list[str]:
    hints: list[str] = []

    def add(key: str, source: str, **values: object) -> None:
        hints.append(f"{say(f'rules.{key}', lang, **values)} [{source}]")

    try:
        first_day = date.fromisoformat(config.scenario.date)
    except ValueError:
        first_day = None
        hints.append(say("rules.no_date", lang))
    for side, (begin_s, end_s, days_later) in _plan_rallies(config).items():
        planned = {"side": side, "begin": format_clock(begin_s, lang), "end": format_clock(end_s, lang)}
        hours = rules["hours"]
        if begin_s < clock_to_s(hours["begin"]) or end_s > clock_to_s(hours["end"]):
            add("hours", hours["source"], **planned, **_write_span(hours, lang))
        if first_day is None:
            continue
        day = first_day + timedelta(days=days_later)
        bounds = {key: (_day(rules[key]["begin"]), _day(rules[key]["end"])) for key in ("campaign", "quiet")}
        if bounds["quiet"][0] <= day <= bounds["quiet"][1]:
            add("quiet", rules["quiet"]["source"], side=side, day=format_day(day, lang))
        elif day == _day(rules["vote"]["day"]):
            add("vote", rules["vote"]["source"], side=side, day=format_day(day, lang))
        elif not bounds["campaign"][0] <= day <= bounds["campaign"][1]:
            first, last = (format_day(bound, lang) for bound in bounds["campaign"])
            add("outside", rules["campaign"]["source"], side=side, day=format_day(day, lang), first=first, last=last)
        for worship in rules["worship"]:
            is_day = worship.get("weekday", day.weekday()) == day.weekday()
            if is_day and begin_s < clock_to_s(worship["end"]) and clock_to_s(worship["begin"]) < end_s:
                name = worship[f"name_{lang}"]
                add("worship", worship["source"], **planned, **_write_span(worship, lang), name=name)
        notice, receipt = (day - timedelta(days=int(rules[key]["days"])) for key in ("notice", "receipt"))
        add("notice", rules["notice"]["source"], side=side, notice=format_day(notice, lang), receipt=format_day(receipt, lang))  # fmt: skip
    add("parade_ban", rules["parade_ban"]["source"])
    for name, convoy in config.scenario.convoys.items():
        if convoy.tour and config.behaviour.tour_share > 0.0:
            add("tour", rules["parade_ban"]["source"], convoy=name)
    return hints


def _plan_rallies(config: RunConfig) -> dict[int, tuple[float, float, int]]:
    """Return each side's planned rally: start and end (s after local midnight), and how many days after the first."""
    rally, gap = config.scenario.rally, config.rally.gap
    plan = {}
    for side in (1, 2):
        is_later = side != config.rally.first_side
        is_next_day = is_later and gap.is_another_day
        shift_s = gap.seconds if is_later and not is_next_day else 0.0
        begin_s = clock_to_s(rally.first_start) + shift_s
        plan[side] = (begin_s, begin_s + rally.length_min * 60.0, int(is_next_day))
    return plan


def _day(value: object) -> date:
    return date.fromisoformat(str(value))


def _write_span(rule: Mapping[str, Any], lang: str) -> dict[str, str]:
    return {f"rule_{key}": format_clock(clock_to_s(rule[key]), lang) for key in ("begin", "end")}
