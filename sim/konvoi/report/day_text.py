"""verdict.txt of the day: the screen's ten lines, and below them everything they rest on."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from konvoi import words
from konvoi.report.day_profile import describe_windows
from konvoi.report.screen import format_screen, write_case, write_exposure, write_hit, write_hours, write_upper
from konvoi.report.wording import format_level, format_mean, shorten, wrap
from konvoi.study.day_answer import DayAnswer, Longer, Option, PlanFacts
from konvoi.study.distance import DistanceAnswer
from konvoi.study.rounding import round_distance_km
from konvoi.words.formats import format_clock, format_number

WIDTH = 118


def format_day(answer: DayAnswer, profile: pd.DataFrame, windows: pd.DataFrame, path: str, lang: str) -> str:
    """Write the whole answer.

    Parameters
    ----------
    path
        The file to open.
    """
    lines = [format_screen(answer, path, lang)]

    def add(title: str, rows: Sequence[str], **values: object) -> None:
        lines.extend(["", _say(title, lang, **values)])
        lines.extend(line for row in rows for line in wrap(f"  {row}", WIDTH, "    "))

    plans = [_write_plan("notified", answer.notified, lang)]
    if answer.option is not None:
        plans.append(_write_plan("option", answer.option.plan, lang))
    if answer.longer is not None:
        plans.append(_write_longer(answer.longer, answer.threshold, lang))
    add("plans", plans)
    add("law", _list_law(answer, lang))
    rows = _list_windows(profile, windows, answer, lang) or [_say("no_windows", lang)]
    counts = {"screening": answer.screening_days, "confirming": answer.confirming_days}
    add("windows", rows, **counts, level=format_level(1.0 - answer.confidence, lang))
    if answer.option is not None:
        add("rules", _list_rules(answer.option, lang), level=format_level(answer.confidence, lang))
    if answer.distance is not None:
        add("venues", _list_venues(answer.distance, profile, lang))
    if answer.cases:
        add("cases", _list_cases(answer, lang))
    people, seconds = (format_number(value, lang) for value in (answer.large_people, answer.large_s))
    lines += ["", *wrap(_say("method", lang, people=people, seconds=seconds), WIDTH)]
    lines += [line for what in answer.skipped for line in wrap(_say("skipped", lang, what=what), WIDTH)]
    return "\n".join(lines)


def _write_plan(name: str, plan: PlanFacts, lang: str) -> str:
    hours = write_hours(plan, lang)
    return _say(
        "plan_row",
        lang,
        name=_say(name, lang),
        hours=f"{hours}, {' – '.join(plan.venues)}",
        days=format_number(plan.days, lang),
        large=format_number(plan.large_days, lang),
        riders=format_number(plan.any_riders_days, lang),
        any=format_number(plan.any_days, lang),
        exposure=write_exposure(plan, lang),
    )


def _write_longer(longer: Longer, threshold: float, lang: str) -> str:
    """Write what became of the longer rallies that were tried."""
    if longer.upper is None:
        proof = _say("longer_unproven", lang)
    else:
        proof = _say("longer_proven", lang, upper=write_upper(longer.upper, lang, threshold))
    return _say(
        "longer_tried",
        lang,
        minutes=format_number(longer.length_min, lang),
        hours=write_hours(longer.start_s, lang),
        hits=format_number(longer.hit_days, lang),
        days=format_number(longer.days, lang),
        proof=proof,
    )


def _list_law(answer: DayAnswer, lang: str) -> list[str]:
    rows = [write_hit(hit, lang) for hit in answer.notified_hits if hit.is_hard]
    rows = rows or [_say("law_kept", lang)]
    for hit in () if answer.option is None else answer.option.hits:
        if hit.worship is not None and hit.worship_s is not None:
            begin, end = (format_clock(time_s, lang) for time_s in hit.worship_s)
            rows.append(_say("law_pause", lang, side=hit.side, name=hit.worship[lang], begin=begin, end=end))
    return rows


def _list_windows(profile: pd.DataFrame, windows: pd.DataFrame, answer: DayAnswer, lang: str) -> list[str]:
    rows = []
    first_s = min(answer.notified.start_s)
    for _, window in windows.iterrows():
        own = profile[profile["venue_choice"] == window["venue_choice"]].iloc[0]
        before, after = (
            _say(
                f"bound_{window[end]}",
                lang,
                n="" if pd.isna(window[f"{end}_days"]) else format_number(float(window[f"{end}_days"]), lang),
                days="" if pd.isna(window[f"{end}_of"]) else format_number(float(window[f"{end}_of"]), lang),
            )
            for end in ("before", "after")
        )
        rows.append(
            _say(
                "window_row",
                lang,
                venues=f"{shorten(str(own['venue_1']), 30)} – {shorten(str(own['venue_2']), 30)}",
                hours=" / ".join(describe_windows(windows.loc[[window.name]], first_s, lang)),
                width=format_number(float(window["last_min"] - window["first_min"]), lang),
                upper=write_upper(float(window["upper_most"]), lang, answer.threshold),
                before=before,
                after=after,
            )
        )
    return rows


def _list_rules(option: Option, lang: str) -> list[str]:
    base_s = min(option.plan.start_s)
    rows = []
    for rule in option.inequalities:
        text = _say(
            f"rule_{rule.name}",
            lang,
            side=rule.first_side,
            other=3 - rule.first_side,
            over=format_clock(base_s + 60.0 * rule.over_min, lang),
            begin=format_clock(base_s + 60.0 * rule.begin_min, lang),
        )
        slack = format_number(rule.slack_min, lang)
        share = format_level(round(rule.held_share, 2), lang)
        if rule.holds:
            rows.append(_say("rule_row", lang, text=text[:1].upper() + text[1:], slack=slack, share=share))
        else:
            rows.append(_say("rule_not_needed", lang, text=text, share=share))
    if option.theory_min is not None and option.needed_length_min is not None:
        low, high = sorted(abs(shift) for shift in option.theory_min)
        first, last = sorted(abs(shift) for shift in option.window_min)
        values = {"low": low, "high": high, "first": first, "last": last, "needed": option.needed_length_min}
        rows.append(_say("edges", lang, **{name: format_number(value, lang) for name, value in values.items()}))
    return rows or [_say("unexplained", lang)]


def _list_venues(distance: DistanceAnswer, profile: pd.DataFrame, lang: str) -> list[str]:
    rows = []
    for row in distance.rows:
        own = profile[profile["venue_choice"] == row.venue_choice]
        best = own[own["shift_min"] == row.best_shift_min].iloc[0]
        kilometres = round_distance_km(row.road_km, row.accuracy_m)
        rows.append(
            _say(
                "venue_row",
                lang,
                km=format_number(kilometres, lang, 0 if kilometres == round(kilometres) else 1),
                venues=f"{own['venue_1'].iloc[0]} – {own['venue_2'].iloc[0]}",
                large=_say("days_of", lang, n=row.notified_large_days, days=row.notified_days),
                exposure=format_mean(row.notified_exposure_person_min, lang),
                clock=write_hours((float(best["start_1_s"]), float(best["start_2_s"])), lang),
                best_large=_say("days_of", lang, n=row.best_large_days, days=row.best_days),
                best_exposure=format_mean(row.best_exposure_person_min, lang),
            )
        )
    return rows


def _list_cases(answer: DayAnswer, lang: str) -> list[str]:
    rows = []
    for case in answer.cases:
        effects = []
        if case.exposure_factor is not None:
            effects.append(_say("case_factor", lang, factor=format_number(case.exposure_factor, lang, 2)))
        if case.option_days:
            key = "case_failed" if case.option_hit_days else "case_kept"
            effects.append(_say(key, lang, n=case.option_hit_days, days=case.option_days))
        if effects:
            rows.append(_say("case_row", lang, case=write_case(case, lang), effects="; ".join(effects)))
    return rows


def _say(key: str, lang: str, **values: object) -> str:
    return words.say(f"day_text.{key}", lang, **values)
