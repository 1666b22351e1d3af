"""The answer of a sweep in a few sentences: what slides, the page and the permit conditions all say alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from konvoi import words
from konvoi.gap import Gap
from konvoi.report.contact_map import Spot, build_spots
from konvoi.report.day_pack import (
    list_day_conditions,
    list_day_numbers,
    write_day_caveat,
    write_day_headline,
    write_day_judgement,
    write_day_plan,
    write_day_recommendation,
)
from konvoi.report.sweep_tables import SweepTables
from konvoi.report.verdict import Verdict
from konvoi.report.verdict_text import write_absences
from konvoi.report.wording import (
    describe_map,
    format_days,
    format_gap,
    format_interval,
    format_level,
    format_mean,
    format_minutes,
    format_percent,
    format_percent_interval,
    say,
)
from konvoi.study.day_answer import DayAnswer
from konvoi.study.intervals import compute_needed_replications
from konvoi.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE
from konvoi.words.formats import format_clock, format_number

GREEN, AMBER, RED, GREY = "green", "amber", "red", "grey"
ROUND_S = 300.0  # clear-by times are told to the next five minutes
N_TRIGGERS = 5


@dataclass(frozen=True)
class Number:
    """A number of the answer with its interval."""

    label: str
    value: str
    interval: str


@dataclass(frozen=True)
class Trigger:
    """A junction that the earlier side must have left before the later side comes."""

    junction: str
    early: int
    late: int
    clear_s: float  # the earlier side has left, 95 % quantile, rounded up
    first_s: float  # the later side arrives, 5 % quantile

    @property
    def slack_min(self) -> float:
        """Time between the two, min; negative when both use the junction at once."""
        return (self.first_s - self.clear_s) / SECONDS_PER_MINUTE


@dataclass(frozen=True)
class Answer:
    """The answer in words."""

    light: str
    word: str
    headline: str
    judgement: str
    plan: str
    numbers: list[Number]
    recommendation: str
    conditions: list[str]
    caveat: str
    footer: str
    spots: list[Spot]
    triggers: list[Trigger]


def build_answer(tables: SweepTables, lang: str) -> Answer:
    """Build the answer from a sweep's tables."""
    verdict, shown = tables.verdict, tables.shown
    spots = find_spots(tables)
    triggers = find_triggers(tables, spots)
    if verdict.day is not None:
        return _build_day_answer(tables, verdict.day, spots, triggers, lang)
    light = _choose_light(verdict)
    return Answer(
        light=light,
        word=say(f"light_{light}", lang),
        headline=_write_headline(verdict, lang),
        judgement=say(f"judgement_{light}", lang, threshold=format_level(verdict.threshold, lang)),
        plan=_write_plan(verdict, shown, lang),
        numbers=_build_numbers(verdict, lang) if verdict.p_contact is not None else [],
        recommendation=_write_recommendation(tables, lang),
        conditions=_write_conditions(tables, spots, triggers, lang),
        caveat=_write_caveat(tables, lang),
        footer=write_footer(tables, lang),
        spots=spots,
        triggers=triggers,
    )


def _build_day_answer(
    tables: SweepTables, day: DayAnswer, spots: list[Spot], triggers: list[Trigger], lang: str
) -> Answer:
    """Build the answer of a whole day from its own facts: the plan it recommends, and no other."""
    plan = day.notified
    absent = tables.verdict.absent_sides
    return Answer(
        light={"enough": GREEN, "unsure": AMBER, "change": RED}[day.word],
        word=words.say(f"screen.{day.word}", lang),
        headline=write_day_headline(day, lang),
        judgement=write_day_judgement(day, lang),
        plan=write_day_plan(plan, lang),
        numbers=[Number(label, value, interval) for label, value, interval in list_day_numbers(day, lang)],
        recommendation=write_day_recommendation(day, lang),
        conditions=list_day_conditions(day, lang),
        caveat=" ".join(write_absences(absent, lang)) if absent else write_day_caveat(day, lang),
        footer=write_footer(tables, lang),
        spots=spots,
        # Where one side rides while the other stands, the earlier one has not gone home when the later one comes.
        triggers=[trigger for trigger in triggers if trigger.slack_min > 0.0],
    )


def find_spots(tables: SweepTables) -> list[Spot]:
    """Gather the contacts of the shown point by junction, the largest exposure first."""
    shown = tables.shown
    if shown is None:
        return []
    return build_spots(tables.choose_side_contacts(int(shown["point"])), int(shown["replications"]))


def find_triggers(tables: SweepTables, spots: list[Spot]) -> list[Trigger]:
    """Find where the recommended plan needs the earlier side to be gone before the later side comes.

    Junctions with the largest exposure come first, then those with the most vehicles.
    """
    recommended = tables.recommended
    if recommended is None or tables.clear_by is None or tables.timetable is None:
        return []
    point = recommended["point"]
    starts = tables.timetable[tables.timetable["point"] == point].groupby("side")["rally_start_s"].min()
    if len(starts) < 2 or starts[1] == starts[2] or abs(starts[1] - starts[2]) >= SECONDS_PER_DAY:
        return []
    early = 1 if starts[1] < starts[2] else 2
    own = tables.clear_by[tables.clear_by["point"] == point]
    left = own[(own["side"] == early) & (own["trip"] == "home")].set_index("node")
    comes = own[(own["side"] == 3 - early) & (own["trip"] == "out")].set_index("node")
    both = left.merge(comes, left_index=True, right_index=True, suffixes=("_left", "_comes"))
    both = both[both["junction_left"] != ""]
    exposure = {spot.junction: spot.exposure_person_min for spot in spots}
    order = sorted(
        (
            (
                -exposure.get(str(row["junction_left"]), 0.0),
                -float(row["vehicles_left"]) - float(row["vehicles_comes"]),
                str(row["junction_left"]),
                int(str(node)),
            )
            for node, row in both.iterrows()
        ),
    )
    return [
        Trigger(
            junction=name,
            early=early,
            late=3 - early,
            clear_s=ceil(float(left["clear_high_s"].loc[node]) / ROUND_S) * ROUND_S,
            first_s=float(comes["first_low_s"].loc[node]),
        )
        for _, _, name, node in order[:N_TRIGGERS]
    ]


def write_footer(tables: SweepTables, lang: str) -> str:
    """Write where numbers come from: version, scenario, replications, seed, map."""
    verdict = tables.verdict
    counts = sorted({int(n) for n in tables.points["replications"]})
    n = f"{counts[0]}–{counts[-1]}" if len(counts) > 1 else format_number(counts[0] if counts else 0, lang)
    text = say(
        "footer", lang, version=verdict.version, title=verdict.scenario_title, n=n,
        seed=str(verdict.seed),
    )  # fmt: skip
    return f"{text} · {describe_map(verdict.map_quality, lang)}"


def write_time(time_s: float, zone: str, lang: str) -> str:
    """Write a time of day with its zone."""
    return f"{format_clock(time_s, lang)} {zone}"


def write_trigger(trigger: Trigger, zone: str, lang: str) -> str:
    """Write when the later side is held at its assembly points."""
    return say(
        "trigger",
        lang,
        early=trigger.early,
        late=trigger.late,
        junction=trigger.junction,
        time=write_time(trigger.clear_s, zone, lang),
    )


def _choose_light(verdict: Verdict) -> str:
    """Return the colour of the verdict: amber where the interval holds the threshold, grey where nothing is known."""
    if verdict.p_contact is None:
        return GREY
    return {True: GREEN, False: RED, None: AMBER}[verdict.is_below_threshold]


def _write_headline(verdict: Verdict, lang: str) -> str:
    if verdict.p_contact is None:
        return say("plan_missing" if verdict.venue_pair is None else "plan_without_result", lang)
    days = format_days(verdict.contact_replications, verdict.replications, lang)
    return say("answer_headline", lang, days=days)


def _write_plan(verdict: Verdict, shown: Mapping[str, Any] | None, lang: str) -> str:
    layout = verdict.layout if verdict.venue_pair is not None else shown
    if layout is None:
        return say("map_no_plan", lang)
    return say(
        "answer_plan",
        lang,
        gap=format_gap(Gap.from_columns(layout), lang),
        venue_1=str(layout["venue_1"]),
        venue_2=str(layout["venue_2"]),
    )


def _build_numbers(verdict: Verdict, lang: str) -> list[Number]:
    """Build the three numbers: days with contact, contacts and exposure per day."""
    return [
        Number(
            say("number_days", lang),
            format_percent(verdict.p_contact, lang),
            format_percent_interval(verdict.low, verdict.high, lang),
        ),
        Number(
            say("number_contacts", lang),
            format_mean(verdict.places_mean, lang),
            format_interval(verdict.places_low, verdict.places_high, lang),
        ),
        Number(
            say("number_exposure", lang),
            format_mean(verdict.exposure_person_min_mean, lang),
            format_interval(verdict.exposure_person_min_low, verdict.exposure_person_min_high, lang),
        ),
    ]


def _find_longest_gap_min(tables: SweepTables) -> float | None:
    shown = tables.shown
    if shown is None:
        return None
    own = tables.points[(tables.points["venue_pair"] == shown["venue_pair"]) & ~tables.points["is_another_day"]]
    return float(own["gap_min"].max()) if len(own) else None


def _write_recommendation(tables: SweepTables, lang: str) -> str:
    """Say which gap is enough, or that none is, and what is missing to know."""
    verdict, recommended = tables.verdict, tables.recommended
    threshold = format_level(verdict.threshold, lang)
    longest = _find_longest_gap_min(tables)
    if recommended is not None:
        days = format_days(int(recommended["contact_replications"]), int(recommended["replications"]), lang)
        high = format_percent(float(recommended["p_contact_high"]), lang)
        if recommended["is_another_day"]:
            key = "recommend_day" if longest is not None else "recommend_day_only"
            return say(key, lang, longest=format_minutes(longest, lang), days=days, high=high)
        gap = format_gap(Gap.from_columns(recommended), lang)
        return say("recommend_gap", lang, gap=gap, days=days, high=high)
    needed = compute_needed_replications(verdict.threshold, verdict.confidence)
    n = int(tables.points["replications"].max()) if len(tables.points) else 0
    none = (
        say("recommend_none", lang, longest=format_minutes(longest, lang), threshold=threshold)
        if longest is not None
        else say("recommend_none_day", lang, threshold=threshold)
    )
    if 0 < n < needed:
        none += " " + say("recommend_more", lang, n=format_number(n, lang), needed=format_number(needed, lang))
    return none


def _write_conditions(tables: SweepTables, spots: list[Spot], triggers: list[Trigger], lang: str) -> list[str]:
    """Write three conditions: the gap, who waits for whom, and the junctions to be held by officers."""
    recommended = tables.recommended
    starts = find_rally_starts(tables, None if recommended is None else int(recommended["point"]))
    if recommended is None:
        first = say("condition_none", lang)
    elif recommended["is_another_day"]:
        first = say("condition_day", lang)
    elif recommended["gap_min"] == 0.0:
        first = say("condition_same_start", lang)
    elif len(starts) == 2:
        first = say(
            "condition_gap",
            lang,
            gap=format_minutes(float(recommended["gap_min"]), lang),
            time=write_time(max(starts.values()), tables.zone, lang),
        )
    else:
        first = say("condition_gap_plain", lang, gap=format_minutes(float(recommended["gap_min"]), lang))
    clear = [trigger for trigger in triggers if trigger.slack_min > 0.0]
    second = (
        say(
            "condition_wait",
            lang,
            early=clear[0].early,
            late=clear[0].late,
            junction=clear[0].junction,
            time=write_time(clear[0].clear_s, tables.zone, lang),
        )
        if clear
        else say("condition_on_time", lang)
    )
    total = sum(spot.exposure_person_min for spot in spots)
    if total > 0.0:
        top = spots[:3]
        third = say(
            "condition_officers",
            lang,
            junctions=", ".join(spot.junction or say("junction_unnamed", lang) for spot in top),
            share=format_percent(sum(spot.exposure_person_min for spot in top) / total, lang),
        )
    else:
        third = say("condition_watch", lang)
    return [first, second, third]


def find_rally_starts(tables: SweepTables, point: int | None) -> dict[int, float]:
    """Return the planned start of each side's rally (s) at a design point, as far as the timetable knows."""
    if tables.timetable is None or point is None:
        return {}
    own = tables.timetable[tables.timetable["point"] == point]
    return {int(str(side)): float(group["rally_start_s"].min()) for side, group in own.groupby("side")}


def _write_caveat(tables: SweepTables, lang: str) -> str:
    """Name the weakness that matters most: an absent side, few replications, the map, then what nobody has measured."""
    verdict = tables.verdict
    if verdict.absent_sides:
        return " ".join(write_absences(verdict.absent_sides, lang))
    needed = compute_needed_replications(verdict.threshold, verdict.confidence)
    n = verdict.replications
    if 0 < n < needed:
        return say("caveat_few", lang, n=format_number(n, lang), needed=format_number(needed, lang))
    if verdict.map_quality.get("kind") in ("skeleton", "road_list"):
        return say("caveat_map", lang)
    return say("caveat_assumptions", lang)
