"""The answer on the screen: ten lines at most. Everything else is in files."""

from __future__ import annotations

from math import isinf

from konvoi import words
from konvoi.report.wording import format_level, format_mean, shorten
from konvoi.study.day_answer import CaseFacts, DayAnswer, Option, PlaceFacts, PlanFacts, Promising, RuleHit
from konvoi.study.rounding import round_distance_km, round_interval, round_percent_up, round_to_interval
from konvoi.words.formats import format_clock, format_date, format_number

MAX_LINES = 10
WIDTH = 140  # columns; what is longer is cut at a word
CONDITION = "closure"  # the group of what-ifs that are conditions, no forecasts
NOTED = 1.5  # a what-if that changes exposure by less than this factor is not told


def format_screen(answer: DayAnswer, path: str, lang: str) -> str:
    """Write the answer for the screen.

    Parameters
    ----------
    path
        The file to open.
    """
    lines = [_write_heading(answer, lang), _write_plan(answer, lang), _write_why(answer, lang)]
    if answer.option is not None and is_lengthened(answer):
        lines += [write_longer(answer, lang), write_option(answer, answer.option, lang)]
    elif answer.option is not None:
        lines += [write_option(answer, answer.option, lang), *write_rules(answer.option, lang)]
    elif answer.word != "enough":
        more = "" if answer.needed_days is None else _say("more_days", lang, needed=answer.needed_days)
        promising = "" if answer.promising is None else _write_promising(answer.promising, lang)
        lines.append(_say("no_option", lang, promising=promising, more=more))
    if answer.word != "enough":
        lines.append(write_other_day(answer, lang))
    if answer.trap is not None:
        lines.append(write_trap(answer, lang))
    lines += [write_places(answer.places, lang), *write_limits(answer, lang), _say("open", lang, path=path)]
    return "\n".join(line if line.endswith(path) else shorten(line, WIDTH) for line in lines[:MAX_LINES])


def _write_promising(found: Promising, lang: str) -> str:
    """Write which start looks best though nothing was confirmed."""
    return _say("promising", lang, hours=write_hours(found.start_s, lang), hits=found.hit_days, days=found.days)


def write_hours(plan: PlanFacts | tuple[float, float], lang: str) -> str:
    """Write the hours of both rallies: start and end of each, or their starts only."""
    starts = plan.start_s if isinstance(plan, PlanFacts) else plan
    if isinstance(plan, PlanFacts) and starts[0] != starts[1]:
        one, two = (
            f"{format_clock(begin, lang)}–{format_clock(end, lang)}"
            for begin, end in zip(plan.start_s, plan.end_s, strict=True)
        )
    elif starts[0] == starts[1]:
        return _say("together", lang, clock=format_clock(starts[0], lang))
    else:
        one, two = (format_clock(start, lang) for start in starts)
    return _say("apart", lang, one=one, two=two)


def write_days(hits: int, days: int, confidence: float, lang: str) -> str:
    """Write on how many days a large contact happened; none as an upper bound, never as an interval from 0 to 0."""
    if hits == 0 and days > 0:
        # Exact one-sided bound of 0 of n at the confidence's tail: 1 − (1 − c)^(1/n), told two-sided as elsewhere.
        upper = 1.0 - (0.5 * (1.0 - confidence)) ** (1.0 / days)
        return _say("large_none", lang, days=format_number(days, lang), upper=write_upper(upper, lang))
    return _say("large_days", lang, hits=format_number(hits, lang), days=format_number(days, lang))


def write_upper(share: float, lang: str, threshold: float | None = None) -> str:
    """Write an upper bound of a share, rounded up."""
    percent = round_percent_up(share, threshold)
    digits = 0 if percent == int(percent) else 1 if round(10 * percent) == 10 * percent else 2
    return format_number(percent, lang, digits) + (" %" if lang == "id" else "%")


def write_exposure(plan: PlanFacts, lang: str) -> str:
    """Write exposure with the digits its interval carries, and the interval."""
    high = plan.exposure_high_person_min
    if high is None:
        return format_number(plan.exposure_person_min, lang)
    low, top = round_interval(plan.exposure_low_person_min, high)
    value = round_to_interval(plan.exposure_person_min, plan.exposure_low_person_min, high)
    digits = 0 if top >= 10.0 else 1
    interval = f"{format_number(low, lang, digits)}–{format_number(top, lang, digits)}"
    return f"{format_number(value, lang, digits)} ({interval})" if low != top else format_number(value, lang, digits)


def write_place(place: PlaceFacts, lang: str) -> str:
    """Write where a place is: a landmark, or how far from it in which direction."""
    if place.direction is None:
        return place.landmark
    return _say(
        "place_off",
        lang,
        distance=format_number(max(100.0, round(place.distance_m / 100.0) * 100.0), lang),
        direction=_say(f"direction_{place.direction}", lang),
        landmark=place.landmark,
    )


def write_places(places: tuple[PlaceFacts, ...], lang: str) -> str:
    """Write the three places with most exposure, and their shares."""
    if not places:
        return _say("no_places", lang)
    texts = [
        f"{shorten(write_place(place, lang), 44)} ({format_level(round(place.share, 2), lang)})" for place in places[:3]
    ]
    return _say("places", lang, places=", ".join(texts))


def write_hit(hit: RuleHit, lang: str) -> str:
    """Write the rule a plan breaks, with its source."""
    text = _say(
        f"hit_{hit.rule}",
        lang,
        side=hit.side,
        day=format_date(hit.day.isoformat(), lang),
        name="" if hit.worship is None else hit.worship[lang],
        deadline="" if hit.deadline is None else format_date(hit.deadline.isoformat(), lang),
    )
    return f"{text} [{hit.source}]"


def write_case(case: CaseFacts, lang: str) -> str:
    """Name a what-if."""
    key = f"case_{case.group}" if case.group != "home" else f"case_home_{case.label}"
    label = case.label.replace(".", ",") if lang == "id" and case.group == "turnout" else case.label
    return _say(key, lang, label=label)


def _write_heading(answer: DayAnswer, lang: str) -> str:
    day = "" if answer.day is None else f" · {format_date(answer.day.isoformat(), lang)}"
    return _say("heading", lang, word=_say(answer.word, lang), title=shorten(answer.scenario_title, 50), day=day)


def _write_plan(answer: DayAnswer, lang: str) -> str:
    plan = answer.notified
    minutes = plan.exposure_person_min / plan.people if plan.people > 0.0 else 0.0
    each = _say("each", lang, minutes=format_number(round(minutes), lang)) if minutes >= 1.0 else ""
    return _say(
        "plan",
        lang,
        hours=write_hours(plan, lang),
        large=write_days(plan.large_days, plan.days, answer.confidence, lang),
        exposure=write_exposure(plan, lang),
        each=each,
    )


def _write_why(answer: DayAnswer, lang: str) -> str:
    """Say which rule is broken, else what distance does."""
    hard = [hit for hit in answer.notified_hits if hit.is_hard]
    if hard:
        return _say("unlawful", lang, rules="; ".join(write_hit(hit, lang) for hit in hard[:2]))
    return write_distance(answer, lang)


def write_distance(answer: DayAnswer, lang: str) -> str:
    """Answer in one sentence whether the distance is enough."""
    found = answer.distance
    if found is None:
        return ""
    others = [row for row in found.rows if row.venue_choice != found.planned]

    def kilometres(row_km: float, accuracy_m: float) -> str:
        value = round_distance_km(row_km, accuracy_m)
        return format_number(value, lang, 0 if value == round(value) else 1)

    key = {True: "distance_enough", False: "distance_not_enough", None: "distance_unsure"}[found.is_enough]
    text = ""
    if others:
        shares = sorted(row.notified_large_share for row in others)
        ends = dict.fromkeys(kilometres(row.road_km, row.accuracy_m) for row in (others[0], others[-1]))
        text = _say("distance_others", lang, range="–".join(ends), worst=_write_range(shares, lang))
    is_same = answer.notified.start_s[0] == answer.notified.start_s[1]
    return _say(
        key,
        lang,
        km=kilometres(found.own.road_km, found.own.accuracy_m),
        hours=_say("hours_same" if is_same else "hours_apart", lang),
        others=text,
        role=_say(f"role_{found.role}", lang) if len(found.rows) > 1 else ".",
    )


def _write_range(shares: list[float], lang: str) -> str:
    """Write the least and the largest of ordered shares in percent, once where they are the same."""
    ends = dict.fromkeys(format_number(100.0 * share, lang) for share in (shares[0], shares[-1]))
    return "–".join(ends)


def is_lengthened(answer: DayAnswer) -> bool:
    """Tell whether longer rallies were shown to have the slack that the option lacks: they come first then."""
    return answer.longer is not None and answer.longer.upper is not None


def write_longer(answer: DayAnswer, lang: str) -> str:
    """Write the longer rallies that have the slack: hours, length, bound of both P, slack, pauses."""
    longer = answer.longer
    assert longer is not None
    assert longer.upper is not None
    one, two = (
        f"{format_clock(begin, lang)}–{format_clock(end, lang)}"
        for begin, end in zip(longer.start_s, longer.end_s, strict=True)
    )
    return _say(
        "longer",
        lang,
        hours=_say("apart", lang, one=one, two=two),
        minutes=format_number(longer.length_min, lang),
        upper=write_upper(longer.upper, lang, answer.threshold),
        slack=_write_slack(longer.slack_min, lang),
        pause=_write_pause(longer.hits, lang),
    )


def _write_slack(slack_min: tuple[float, float], lang: str) -> str:
    one, two = (_say("any_lateness", lang) if isinf(slack) else format_number(slack, lang) for slack in slack_min)
    return _say("slack", lang, one=one, two=two)


def _write_pause(hits: tuple[RuleHit, ...], lang: str) -> str:
    names = list(dict.fromkeys(hit.worship[lang] for hit in hits if hit.worship is not None))
    return _say("pause", lang, names=", ".join(names)) if names else ""


def write_option(answer: DayAnswer, option: Option, lang: str) -> str:
    """Write the plan to recommend as long as the rallies are: hours, venues, bound of both P, slack, pauses."""
    venues = ""
    if option.plan.venue_choice != answer.notified.venue_choice:
        venues = _say("option_venues", lang, venues=" – ".join(shorten(name, 22) for name in option.plan.venues))
    slack_text = _write_slack(option.slack_min, lang)
    if not option.covers_lateness:
        slack_text += _say("slack_short", lang, wanted=format_number(option.lateness_min, lang))
    return _say(
        "option_as_long" if is_lengthened(answer) else "option",
        lang,
        hours=write_hours(option.plan, lang),
        venues=venues,
        upper=write_upper(option.upper, lang, answer.threshold),
        slack=slack_text,
        pause=_write_pause(option.hits, lang),
        minutes=format_number(answer.length_min, lang),
    )


def write_rules(option: Option, lang: str) -> list[str]:
    """Write the inequalities that keep the sides apart, in clock hours: the way out first, two at most."""
    base_s = min(option.plan.start_s)
    texts = [
        _say(
            f"rule_{rule.name}",
            lang,
            side=rule.first_side,
            other=3 - rule.first_side,
            over=format_clock(base_s + 60.0 * rule.over_min, lang),
            begin=format_clock(base_s + 60.0 * rule.begin_min, lang),
        )
        for rule in option.inequalities
        if rule.holds
    ][:2]
    return [_say("because", lang, rules=_say("and", lang).join(texts))] if texts else []


def write_other_day(answer: DayAnswer, lang: str) -> str:
    """Write to which date one side may move."""
    if answer.other_day is None:
        return _say("no_other_day", lang)
    quiet = ""
    if answer.quiet is not None:
        quiet = _say("quiet", lang, first=answer.quiet[0].day, last=answer.quiet[1].day)
    return _say("other_day", lang, day=format_date(answer.other_day.isoformat(), lang), quiet=quiet)


def write_trap(answer: DayAnswer, lang: str) -> str:
    """Write which start only looks safer than the recommended one."""
    trap = answer.trap
    assert trap is not None
    later = 1 if trap.start_s[0] > trap.start_s[1] else 2
    return _say(
        "trap",
        lang,
        later=later,
        clock=format_clock(max(trap.start_s), lang),
        hits=format_number(max(trap.large_days, trap.riders_days), lang),
        days=format_number(trap.days, lang),
        exposure=format_mean(trap.exposure_person_min, lang),
        before=format_clock(max(trap.before_s), lang),
        better=_say("below_one", lang)
        if trap.before_exposure_person_min < 1.0
        else format_mean(trap.before_exposure_person_min, lang),
    )


def write_limits(answer: DayAnswer, lang: str) -> list[str]:
    """Write what dominates: what changes exposure most, and which what-ifs the option does not survive.

    First what can be measured or watched: turnout, speed, lateness, places. A closed road is no forecast; where the option
    does not survive it, that the road stays open is told as a condition.
    """
    if not answer.cases:
        return []
    known = [case for case in answer.cases if case.exposure_factor is not None and case.group != CONDITION]

    def change(case: CaseFacts) -> float:
        factor = case.exposure_factor
        return 0.0 if factor is None else max(factor, 1.0 / max(factor, 1e-3))

    tested = [case for case in answer.cases if case.option_days]
    lost = [case for case in tested if (case.option_hit_days or 0) > answer.threshold * (case.option_days or 1)]
    texts: list[str] = []
    watched = [case for case in lost if case.group != CONDITION]
    for case in sorted(watched, key=lambda case: -(case.option_hit_days or 0) / (case.option_days or 1))[:1]:
        hits, days = case.option_hit_days, case.option_days
        texts.append(_say("effect_lost", lang, case=write_case(case, lang), hits=hits, days=days))
    texts += [_say("must_be_open", lang, street=case.label) for case in lost if case.group == CONDITION]
    if tested:
        texts.append(_say("holds", lang, n=len(tested) - len(lost), total=len(tested)))
    first: list[str] = []
    for case in sorted(known, key=lambda case: -change(case)):
        factor = case.exposure_factor
        if factor is not None and change(case) >= NOTED:
            written = format_number(factor, lang, 0 if factor < 0.05 or factor >= 9.5 else 1)
            added = _say("effect_factor", lang, case=write_case(case, lang), factor=written)
            if len(_say("limits", lang, limits="; ".join([*first, added, *texts]))) <= WIDTH:
                first.append(added)
    texts = [*first, *texts]
    return [_say("limits", lang, limits="; ".join(texts))] if texts else []


def _say(key: str, lang: str, **values: object) -> str:
    return words.say(f"screen.{key}", lang, **values)
