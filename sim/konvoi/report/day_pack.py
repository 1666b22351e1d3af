"""The answer of a whole day for slides, page and permit conditions: the screen's own sentences, so that none says other."""

from __future__ import annotations

from konvoi import words
from konvoi.report.screen import (
    is_lengthened,
    write_days,
    write_distance,
    write_exposure,
    write_hit,
    write_hours,
    write_limits,
    write_longer,
    write_option,
    write_other_day,
    write_places,
    write_rules,
    write_trap,
)
from konvoi.report.wording import format_level, say
from konvoi.study.day_answer import DayAnswer, PlanFacts
from konvoi.study.intervals import compute_wilson_interval
from konvoi.words.formats import format_clock, format_number


def write_day_headline(day: DayAnswer, lang: str) -> str:
    """Write the headline: is the distance enough, or which rule the plan breaks."""
    hard = [hit for hit in day.notified_hits if hit.is_hard]
    if hard:
        return words.say("screen.unlawful", lang, rules=write_hit(hard[0], lang)).rstrip(".")
    text = write_distance(day, lang) if day.distance is not None else ""
    plan = day.notified
    return text.rstrip(".") or write_days(plan.large_days, plan.days, day.confidence, lang)


def write_day_judgement(day: DayAnswer, lang: str) -> str:
    """Write on how many days of the notified plan a large contact happened."""
    text = write_days(day.notified.large_days, day.notified.days, day.confidence, lang)
    return text[:1].upper() + text[1:]


def write_day_plan(plan: PlanFacts, lang: str) -> str:
    """Write hours and venues of a plan."""
    hours = write_hours(plan, lang)
    return f"{hours[:1].upper()}{hours[1:]}, {' – '.join(plan.venues)}"


def list_day_numbers(day: DayAnswer, lang: str) -> list[tuple[str, str, str]]:
    """List the notified plan's numbers: what it is, its value, its interval."""
    plan = day.notified
    if plan.days == 0:
        return []
    numbers = []
    for key, hits in (("large", plan.large_days), ("riders", plan.any_riders_days)):
        low, high = compute_wilson_interval(hits, plan.days, day.confidence)
        ends = "–".join(format_number(100.0 * float(end), lang) for end in (low, high))
        value = _say("of_days", lang, hits=format_number(hits, lang), days=format_number(plan.days, lang))
        numbers.append((_say(f"number_{key}", lang), value, f"{ends} %" if lang == "id" else f"{ends}%"))
    value, _, interval = write_exposure(plan, lang).partition(" (")
    numbers.append((say("number_exposure", lang), value, interval.rstrip(")") or value))
    return numbers


def write_day_recommendation(day: DayAnswer, lang: str) -> str:
    """Write the option of one date, longer rallies first; where there is none, that none was found."""
    if is_lengthened(day):
        return write_longer(day, lang)
    if day.option is not None:
        return write_option(day, day.option, lang)
    if day.word == "enough":
        return _say("plan_enough", lang)
    return words.say("screen.no_option", lang, promising="", more="")


def list_day_conditions(day: DayAnswer, lang: str) -> list[str]:
    """List what the option hangs on, the other date, and the start that only looks safer."""
    texts = []
    if day.option is not None and is_lengthened(day):
        texts.append(write_option(day, day.option, lang))
    elif day.option is not None:
        texts += [text.strip() for text in write_rules(day.option, lang)]
    if day.word != "enough":
        texts.append(write_other_day(day, lang))
    if day.trap is not None:
        texts.append(write_trap(day, lang))
    texts.append(write_places(day.places, lang))
    return [text[:1].upper() + text[1:] for text in texts]


def write_day_caveat(day: DayAnswer, lang: str) -> str:
    """Write what dominates; empty where no what-if was simulated."""
    return " ".join(write_limits(day, lang))


def list_pauses(day: DayAnswer | None, side: int, lang: str) -> list[str]:
    """List the prayers inside a side's rally in the plan to recommend, as conditions of its permit."""
    if day is None or day.option is None:
        return []
    return [
        _say(
            "pause",
            lang,
            name=hit.worship[lang],
            begin=format_clock(hit.worship_s[0], lang),
            end=format_clock(hit.worship_s[1], lang),
        )
        for hit in day.option.hits
        if hit.side == side and hit.worship is not None and hit.worship_s is not None
    ]


def write_basis(day: DayAnswer, lang: str) -> str:
    """Write on what the permit conditions rest."""
    option = day.option
    if option is None:
        return _say("basis_none", lang, threshold=format_level(day.threshold, lang))
    return _say("basis", lang, option=write_option(day, option, lang))


def _say(key: str, lang: str, **values: object) -> str:
    return words.say(f"day_pack.{key}", lang, **values)
