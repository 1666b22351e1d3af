"""The proposal on the screen and in sentences: what changes, what it brings, why, and what it does not stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from konvoi import words
from konvoi.report.wording import format_mean, shorten, wrap
from konvoi.words.formats import format_number

MAX_LINES = 25
WIDTH = 110
MAX_WORLDS = 4  # what-ifs that are named one by one


@dataclass(frozen=True)
class ProposalFacts:
    """What the sentences need beside the tables.

    ``place_name``: of each convoy's assembly point as notified, and of each assembly point, by key; ``venues``: names of
    both venues of each venue pair; ``side``: of each convoy; ``impossible``: what-ifs nothing can be learnt from, with the
    sides that could not be at their rallies (none where it cannot be simulated at all).
    """

    title: str
    day: str
    threshold: float
    bound: float | None
    place_name: Mapping[str, str]
    convoy_name: Mapping[str, str]
    side: Mapping[str, int]
    venues: Mapping[str, tuple[str, str]]
    n_plans: int
    is_whole: bool
    n_days: int
    seconds: float
    excluded: Mapping[str, int]
    impossible: Mapping[str, frozenset[int]]
    lang: str


def say_proposal(key: str, lang: str, **values: object) -> str:
    """Return a sentence of the proposal in a language."""
    return words.say(f"proposal.{key}", lang, **values)


def describe_world(world: str, lang: str) -> str:
    """Return a what-if, ``group:label``, in words."""
    group, _, label = world.partition(":")
    return say_proposal(
        f"world_{group}", lang, label=label.replace(".", ",") if lang == "id" and group == "turnout" else label
    )


def write_hours(row: Mapping[str, object], lang: str) -> str:
    """Write both rallies' clock hours."""
    values = {
        key: str(row[key]).replace(":", "." if lang == "id" else ":")
        for key in ("begin_1", "end_1", "begin_2", "end_2")
    }
    return say_proposal("hours", lang, **values)


def describe_step(
    row: Mapping[str, object], facts: ProposalFacts, orders: Mapping[str, tuple[str | None, bool]]
) -> str:
    """Return what a rung changes, in words.

    Parameters
    ----------
    orders
        By convoy: its assembly point where it is another one, and whether all ride in one column.
    """
    lang = facts.lang
    match str(row["step"]):
        case "":
            return say_proposal("notified", lang, hours=write_hours(row, lang))
        case "starts":
            return say_proposal("step_starts", lang, hours=write_hours(row, lang))
        case "length":
            minutes = _count_minutes(str(row["begin_1"]), str(row["end_1"]))
            return say_proposal("step_length", lang, minutes=f"{minutes:g}", hours=write_hours(row, lang))
        case "venues":
            venue_1, venue_2 = facts.venues[str(row["venue_pair"])]
            return say_proposal("step_venues", lang, venue_1=venue_1, venue_2=venue_2)
        case "hold_back":
            if not row["hold_back_min"]:
                return say_proposal("step_no_hold_back", lang)
            who = _name_sides(str(row["hold_back_side"]), lang)
            return say_proposal("step_hold_back", lang, who=who, minutes=f"{row['hold_back_min']:g}")
        case "escort":
            if row["escort"] == "none":
                return say_proposal("step_no_escort", lang)
            return say_proposal("step_escort", lang, who=_name_sides(str(row["escort"]).removeprefix("side_"), lang))
        case _:
            convoy = str(row["convoy"])
            point, in_one_column = orders.get(convoy, (None, False))
            parts = [] if point is None else [say_proposal("order_point", lang, point=facts.place_name[point])]
            parts += [say_proposal("order_column", lang)] if in_one_column else []
            order = say_proposal("order_and", lang).join(parts) or say_proposal("order_none", lang)
            return say_proposal(
                "step_order", lang, name=facts.convoy_name[convoy], side=facts.side[convoy], order=order
            )


def explain_step(row: Mapping[str, object], facts: ProposalFacts) -> str:
    """Return why a step is taken, from the contact it removes most of; empty where it removes none."""
    lang = facts.lang
    if not row["removed_type"]:
        return ""
    text = _explain_contact(row, facts)
    if row["removed_world"] == "assumed":
        return text
    return say_proposal("why_in_world", lang, world=describe_world(str(row["removed_world"]), lang), why=text)


def _explain_contact(row: Mapping[str, object], facts: ProposalFacts) -> str:
    lang = facts.lang
    units = [str(row["removed_unit_1"]), str(row["removed_unit_2"])]
    values = {
        "phase": say_proposal(f"phase_{row['removed_phase']}", lang),
        "before": format_mean(float(str(row["removed_before_person_min"])), lang),
        "after": format_mean(float(str(row["removed_after_person_min"])), lang),
    }
    rider = next((index for index, unit in enumerate(units) if unit.split(" (")[0] in facts.convoy_name), 0)
    if row["removed_type"] == "passing_place":
        place = units[1 - rider]
        return say_proposal(
            "why_passing", lang, who=_name_unit(units[rider], facts), place=place, other=2 - rider, **values
        )
    kind = say_proposal(f"type_{row['removed_type']}", lang)
    return say_proposal(
        "why_meeting",
        lang,
        who=_name_unit(units[0], facts),
        whom=_name_unit(units[1], facts),
        type=kind,
        junction=str(row["removed_junction"]),
        **values,
    )


def format_proposal(
    ladder: pd.DataFrame,
    robustness: pd.DataFrame,
    triggers: pd.DataFrame,
    facts: ProposalFacts,
    orders: Mapping[str, tuple[str | None, bool]],
) -> str:
    """Write the proposal for the screen, in at most `MAX_LINES` lines."""
    lang = facts.lang
    day = say_proposal("day", lang, day=facts.day) if facts.day else ""
    lines = [shorten(say_proposal("heading", lang, title=facts.title, day=day), WIDTH)]
    if facts.bound is None:
        lines += wrap(say_proposal("not_enough", lang, threshold=_percent(facts.threshold, lang)), WIDTH)
    else:
        lines += wrap(say_proposal("enough", lang, bound=_percent(facts.bound, lang)), WIDTH)
    rows = [{str(key): value for key, value in row.items()} for _, row in ladder.iterrows()]
    for row in rows:
        step = describe_step(row, facts, orders)
        lines.append(shorten(say_proposal("rung", lang, number=row["rung"], step=step), WIDTH))
        lines += ["   " + part for part in wrap(write_result(row, lang), WIDTH - 3)]
        reason = explain_step(row, facts)
        if reason:
            lines += ["   " + part for part in wrap(reason, WIDTH - 3)]
    lines += wrap(write_costs(rows[-1], lang), WIDTH, "  ")
    lines += wrap(write_robustness(robustness, facts), WIDTH, "  ")
    for world, sides in facts.impossible.items():
        lines += wrap(write_impossible(world, sides, lang), WIDTH, "  ")
    for _, trigger in triggers.iterrows():
        lines += wrap(write_trigger({str(key): value for key, value in trigger.items()}, lang), WIDTH, "  ")
    names = [f"{say_proposal(f'rule_{rule}', lang)} {format_number(n, lang)}" for rule, n in facts.excluded.items()]
    considered = say_proposal(
        "considered",
        lang,
        plans=format_number(facts.n_plans, lang),
        whole=say_proposal("whole", lang) if facts.is_whole else "",
        days=format_number(facts.n_days, lang),
        seconds=format_number(round(facts.seconds), lang),
        excluded=", ".join(names) or say_proposal("nothing_excluded", lang),
    )
    last = wrap(considered, WIDTH, "  ")
    return "\n".join([*lines[: MAX_LINES - len(last)], *last])


def write_result(row: Mapping[str, object], lang: str) -> str:
    """Write what came of a rung: days with contact, with a large one, and exposure."""

    def count(name: str) -> str:
        return say_proposal("days", lang, hits=row[f"{name}_days"], n=row["days"])

    text = say_proposal(
        "rung_result",
        lang,
        any=say_proposal("met_any", lang, days=count("any")),
        large=say_proposal("met_large", lang, days=f"{row['large_days']}"),
        exposure=say_proposal("exposure", lang, value=format_mean(float(str(row["exposure_person_min"])), lang)),
    )
    if row["what_ifs"]:
        text += say_proposal("rung_stands", lang, met=row["what_ifs_stood"], n=row["what_ifs"])
    return text


def write_costs(row: Mapping[str, object], lang: str) -> str:
    """Write what a plan costs whom."""

    def wait(side: int) -> str:
        hours, km = float(str(row[f"waited_{side}_people_h"])), float(str(row[f"detour_{side}_people_km"]))
        text = say_proposal("wait", lang, hours=format_mean(hours, lang)) if hours > 0.0 else ""
        return text + (say_proposal("detour", lang, km=format_mean(km, lang)) if km > 0.0 else "")

    text = say_proposal(
        "cost",
        lang,
        moved_1=f"{row['moved_1_min']:g}",
        wait_1=wait(1),
        moved_2=f"{row['moved_2_min']:g}",
        wait_2=wait(2),
        instructions=row["instructions"],
        officers=row["officers"],
    )
    if row["prayers"]:
        text += " " + say_proposal("prayers", lang, n=row["prayers"])
    return text


def write_robustness(robustness: pd.DataFrame, facts: ProposalFacts) -> str:
    """Write which what-ifs the proposal stands, and which not."""
    lang = facts.lang
    cases = robustness[robustness["world"] != "assumed"]
    if not len(cases):
        return say_proposal("robust_none", lang)
    failing = cases[cases["is_met"] == "no"].sort_values("any_days", ascending=False, kind="stable")
    lost = cases[cases["is_met"] == "lost"]
    n_met = len(cases) - len(failing) - len(lost)
    if n_met == len(cases):
        return say_proposal("robust_all", lang, n=n_met, threshold=_percent(facts.threshold, lang))
    text = say_proposal("robust_some", lang, met=n_met, n=len(cases), threshold=_percent(facts.threshold, lang))
    if len(failing):
        text += " " + say_proposal("robust_failing", lang, failing=_name_worlds(failing, lang))
    if len(lost):
        text += " " + say_proposal("robust_lost", lang, failing=_name_worlds(lost, lang))
    return text


def write_impossible(world: str, sides: frozenset[int], lang: str) -> str:
    """Write why a what-if was not tried."""
    if not sides:
        return say_proposal("not_tried", lang, world=describe_world(world, lang))
    who = _name_sides("both" if len(sides) > 1 else str(min(sides)), lang)
    return say_proposal("not_tried_absent", lang, world=describe_world(world, lang), who=who)


def _name_worlds(cases: pd.DataFrame, lang: str) -> str:
    """Name what-ifs with their days with contact; the first few where there are many."""
    named = [
        say_proposal(
            "failing",
            lang,
            world=describe_world(str(row["world"]), lang),
            days=say_proposal("days", lang, hits=row["any_days"], n=row["days"]),
        )
        for _, row in cases.head(MAX_WORLDS).iterrows()
    ]
    return ", ".join([*named, *(["…"] if len(cases) > MAX_WORLDS else [])])


def write_trigger(row: Mapping[str, object], lang: str) -> str:
    """Write what to do on the day when a what-if comes true."""
    later = [(side, float(str(row[f"later_{side}_min"]))) for side in (1, 2)]
    put_off = [(side, minutes) for side, minutes in later if minutes > 0.0]
    if put_off:
        action = say_proposal("action_later", lang, side=put_off[0][0], minutes=f"{put_off[0][1]:g}")
    else:
        who = _name_sides(str(row["hold_back_side"]), lang)
        action = say_proposal("action_hold", lang, who=who, minutes=f"{row['hold_back_min']:g}")
    clock = str(row["decide_by"])
    group, _, label = str(row["world"]).partition(":")
    return say_proposal(
        f"trigger_{row['part']}",
        lang,
        watch=say_proposal(f"watch_{group}", lang, label=label),
        world=describe_world(str(row["world"]), lang),
        clock=clock.replace(":", ".") if lang == "id" else clock,
        action=action,
        before=row["any_days_before"],
        after=row["any_days_after"],
        n=row["days"],
    )


def _name_sides(which: str, lang: str) -> str:
    return say_proposal("both", lang) if which == "both" else say_proposal("one", lang, side=which)


def _name_unit(unit: str, facts: ProposalFacts) -> str:
    """Name a unit by its assembly point; a place by itself."""
    convoy, _, kind = unit.partition(" (")
    if convoy not in facts.convoy_name:
        return unit
    key = "unit_alone" if kind.startswith("perorangan") else "unit_column"
    return say_proposal(key, facts.lang, name=facts.convoy_name[convoy])


def _percent(share: float, lang: str) -> str:
    text = f"{100.0 * share:g}"
    return f"{text.replace('.', ',')} %" if lang == "id" else f"{text}%"


def _count_minutes(begin: str, end: str) -> float:
    hours = [60.0 * int(clock[:2]) + int(clock[3:]) for clock in (begin, end)]
    return (hours[1] - hours[0]) % 1440.0
