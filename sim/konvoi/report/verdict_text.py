"""The verdict: the planned layout against the threshold, what gap would do, and whether distance helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from konvoi.gap import Gap
from konvoi.report.settings_words import describe_settings
from konvoi.report.verdict import SAME_SHARE, Verdict, find_reference_gap, make_plain
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
    format_runs,
    say,
    shorten,
    wrap,
)
from konvoi.study.comparison import SATURATED
from konvoi.study.intervals import compute_needed_replications
from konvoi.study.pair_rows import PairRow, get_known, split_rows
from konvoi.words.formats import format_clock, format_number

WIDTH = 100  # columns of a screen
MAX_ROWS = 8  # venue pairs on the screen; all of them are in points.csv


def format_verdict(verdict: Verdict, points: pd.DataFrame, lang: str, slack: pd.DataFrame | None = None) -> str:
    """Write the verdict for the screen: the answer first, then gap, distance, map.

    Parameters
    ----------
    slack
        `konvoi.tables.sweep.SLACK`; left out when not given.
    """
    rows = split_rows(points)
    lines = wrap(say("verdict_heading", lang, title=verdict.scenario_title), WIDTH)
    lines += _write_plan(verdict, lang)
    if verdict.venue_pair is not None:
        lines += ["", *_write_answer(verdict, lang), "", *_write_gap(verdict, rows, lang, slack)]
    if rows:
        # The plan's own levels of other factors first, so that its distances are compared like with like.
        shown = [row for row in rows if row.variant == verdict.variant] or rows
        shown += [row for row in rows if row not in shown]
        lines += ["", *_write_table(verdict, shown, lang)]
        alike = [row for row in rows if row.variant == shown[0].variant]
        lines += wrap(describe_distance(alike, verdict.threshold, lang), WIDTH)
    counts = sorted({int(n) for n in points["replications"]}) if len(points) else [0]
    n_text = format_number(counts[0], lang) if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    provenance = say("provenance", lang, version=verdict.version, seed=str(verdict.seed), n=n_text)
    lines += ["", *wrap(f"{describe_map(verdict.map_quality, lang)} {say('not_clash', lang)}", WIDTH)]
    lines += wrap(provenance, WIDTH)
    return "\n".join(line.rstrip() for line in lines)


def describe_distance(rows: list[PairRow], threshold: float, lang: str) -> str:
    """Say in one sentence, from the simulated numbers, whether moving the venues apart helps (MODEL §2).

    Venue pairs are compared at the shortest simulated gap, by P(contact) or, where that is near 1 throughout, by
    exposure per day. Two pairs differ when their intervals do not overlap. Distance lowers the measure when the farthest
    pair lies below the nearest and no farther pair above a nearer one; raises it the other way round.
    """
    gap = find_reference_gap(rows)
    compared = [(row, point) for row in rows if (point := row.find(gap)) and point["replications"] > 0]
    if len({row.road_km for row, _ in compared}) < 2:
        return say("distance_single", lang)
    found = [point for _, point in compared]
    by_exposure = not gap.is_another_day and all(point["p_contact"] >= SATURATED for point in found)
    name = "side_exposure_person_min" if by_exposure else "p_contact"
    low = [get_known(point[f"{name}_low"], -np.inf) for point in found]
    high = [get_known(point[f"{name}_high"], np.inf) for point in found]
    pairs = [
        (i, j)
        for i in range(len(found))
        for j in range(i + 1, len(found))
        if compared[i][0].road_km < compared[j][0].road_km
    ]
    falls, rises = any(high[j] < low[i] for i, j in pairs), any(low[j] > high[i] for i, j in pairs)
    if not falls and not rises:
        trend = "moot" if all(point["p_contact_high"] < threshold for point in found) else "flat"
    elif falls and not rises and high[-1] < low[0]:
        trend = "falls"
    elif rises and not falls and low[-1] > high[0]:
        trend = "rises"
    else:
        trend = "mixed"
    near, far = compared[0], compared[-1]
    first, last = (
        format_mean(point["side_exposure_person_min_mean"], lang)
        if by_exposure
        else format_percent(point["p_contact"], lang)
        for point in (near[1], far[1])
    )
    change = far[0].shared_km - near[0].shared_km
    tolerance = SAME_SHARE * max(near[0].shared_km, far[0].shared_km)
    shared = "same" if abs(change) <= tolerance else "rises" if change > 0 else "falls"
    measure = "measure_exposure" if by_exposure else "measure_p"
    is_enough = any(point["p_contact_high"] < threshold for point in found)
    return (
        say(
            f"distance_{trend}",
            lang,
            near=format_number(near[0].road_km, lang, 1),
            far=format_number(far[0].road_km, lang, 1),
            measure=say("measure_p_another_day", lang)
            if gap.is_another_day
            else say(measure, lang, gap=format_minutes(gap.minutes, lang)),
            first=first,
            last=last,
            shared=say(
                f"shared_{shared}",
                lang,
                first=format_number(near[0].shared_km, lang, 1),
                last=format_number(far[0].shared_km, lang, 1),
            ),
        )
        + (say("distance_not_enough", lang) if trend == "falls" and not is_enough else "")
        + say("distance_theory", lang)
    )


def format_run(summary: Mapping[str, Any], contacts: pd.DataFrame, lang: str) -> str:
    """Write the outcome of one replication for the screen.

    Parameters
    ----------
    summary
        A row of `konvoi.tables.sweep.REPLICATIONS` with the scenario's title, the layout, the map's quality and the version.
    contacts
        `konvoi.tables.sweep.CONTACTS` of the replication; may be empty.
    """
    zone = str(summary.get("timezone_label", "WITA"))
    layout = say(
        "run_layout",
        lang,
        gap=format_gap(Gap.from_level(summary["gap_min"]), lang),
        venue_1=str(summary["venue_1"]),
        venue_2=str(summary["venue_2"]),
        road=format_number(summary["road_km"], lang, 1),
        shared=format_number(summary["shared_km"], lang, 1),
    )
    lines = wrap(
        say("run_heading", lang, title=str(summary["scenario_title"]), replication=summary["replication"]), WIDTH
    )
    lines += [
        *wrap(layout[:1].upper() + layout[1:] + ".", WIDTH),
        "",
        *_align([(say(key, lang), text) for key, text in _list_outcomes(summary, zone, lang)]),
    ]
    if len(contacts):
        lines += ["", say("run_table", lang)]
        for rank, (junction, group) in enumerate(_rank_junctions(contacts), start=1):
            begin = group["begin_s"].to_numpy(np.float64)
            text = say(
                "run_row",
                lang,
                junction=shorten(str(junction) or say("junction_unnamed", lang), 48),
                contacts=format_number(len(group), lang),
                exposure=format_mean(float(group["exposure_person_min"].sum()), lang),
                hours=f"{format_clock(float(begin.min()), lang)}–{format_clock(float(begin.max()), lang)}",
                zone=zone,
            )
            lines += wrap(f"  {rank}. {text}", WIDTH, "     ")
    for text in write_absences(summary["absent_sides"], lang):
        lines += ["", *wrap(text, WIDTH)]
    lines += ["", *wrap(describe_map(dict(summary["map_quality"]), lang), WIDTH), *wrap(say("not_clash", lang), WIDTH)]
    lines += wrap(say("run_seed", lang, version=str(summary["version"]), seed=str(summary["seed"])), WIDTH)
    return "\n".join(line.rstrip() for line in lines)


def write_absences(absent: Mapping[str, float], lang: str) -> list[str]:
    """Say which sides miss their rally, by the share of their people there when it begins."""
    return [say("absent", lang, side=side, share=format_percent(share, lang)) for side, share in sorted(absent.items())]


def _list_outcomes(summary: Mapping[str, Any], zone: str, lang: str) -> list[tuple[str, str]]:
    """List what came of one replication, each with the word that names it."""
    first_s = summary["first_contact_s"]

    def number(key: str) -> str:
        return format_number(summary[key], lang)

    entries = [
        (
            "run_people",
            say(
                "run_sides", lang, **{key: number(key) for key in ("people_1", "vehicles_1", "people_2", "vehicles_2")}
            ),
        ),
        (
            "run_lateness",
            say("run_lateness_value", lang, first=number("lateness_1_min"), second=number("lateness_2_min")),
        ),
        (
            "run_contacts",
            say(
                "run_contacts_value",
                lang,
                n=number("contacts"),
                **{phase: number(f"contacts_{phase}") for phase in ("out_out", "out_home", "home_home", "passing")},
            ),
        ),
        ("run_exposure", say("run_exposure_value", lang, value=format_mean(summary["exposure_person_min"], lang))),
    ]
    if first_s is not None:
        entries.append(("run_first", say("run_first_value", lang, clock=format_clock(first_s, lang), zone=zone)))
        entries.append(("run_peak", say("run_peak_value", lang, value=number("peak_people"))))
    entries.append(
        (
            "run_delay",
            say(
                "run_delay_value",
                lang,
                value=format_mean(summary["delay_vehicle_h"], lang),
                stranded=number("stranded"),
            ),
        )
    )
    if summary["gridlock"]:
        entries.append(("run_gridlock", str(summary["gridlock"])))
    return entries


def _rank_junctions(contacts: pd.DataFrame, top: int = 5) -> list[tuple[str, pd.DataFrame]]:
    """Return the junctions with the largest exposure and their contacts."""
    groups = [(str(name), group) for name, group in contacts.groupby("junction", sort=True)]
    return sorted(groups, key=lambda entry: (-float(entry[1]["exposure_person_min"].sum()), entry[0]))[:top]


def _write_plan(verdict: Verdict, lang: str) -> list[str]:
    """Say which layout is judged."""
    if verdict.venue_pair is None:
        return wrap(say("plan_missing", lang), WIDTH)
    plan = say(
        "plan",
        lang,
        gap=format_gap(verdict.gap, lang),
        venue_1=str(verdict.venue_1),
        venue_2=str(verdict.venue_2),
        road=format_number(verdict.road_km, lang, 1),
    )
    variant = say("plan_variant", lang, variant=describe_settings(verdict.variant, lang)) if verdict.variant else ""
    return wrap(f"{plan} {variant}".rstrip(), WIDTH)


def _write_answer(verdict: Verdict, lang: str) -> list[str]:
    """Say whether the plan is below the threshold, and the numbers; where P is near 1 exposure and places lead."""
    if verdict.venue_pair is None:
        return []
    if verdict.p_contact is None:
        return wrap(say("plan_without_result", lang), WIDTH)
    key = {True: "below", False: "above", None: "straddles"}[verdict.is_below_threshold]
    days = format_days(verdict.contact_replications, verdict.replications, lang)
    is_saturated = verdict.p_contact >= SATURATED
    chances, amounts = _list_chances(verdict, lang), _list_amounts(verdict, lang)
    entries = [*reversed(amounts), *chances] if is_saturated else [*chances, *amounts]
    lines = [line for text in write_absences(verdict.absent_sides, lang) for line in wrap(text, WIDTH)]
    lines += wrap(say(key, lang, threshold=format_level(verdict.threshold, lang), days=days), WIDTH)
    lines += _align(entries)
    if is_saturated:
        lines += wrap("  " + say("saturated", lang), WIDTH, "  ")
    return lines


def _list_chances(verdict: Verdict, lang: str) -> list[tuple[str, str]]:
    """List P(contact), that of riders only where it differs, P(large), each with its interval, and pairs of trips."""
    probability = say(
        "value_probability",
        lang,
        value=format_percent(verdict.p_contact, lang),
        interval=format_percent_interval(verdict.low, verdict.high, lang),
        n=format_number(verdict.replications, lang),
        confidence=format_level(verdict.confidence, lang),
    )
    riders = say(
        "value_riders",
        lang,
        value=format_percent(verdict.p_riders, lang),
        interval=format_percent_interval(verdict.riders_low, verdict.riders_high, lang),
    )
    large = say(
        "value_interval",
        lang,
        value=format_percent(verdict.p_large, lang),
        interval=format_percent_interval(verdict.large_low, verdict.large_high, lang),
    )
    phases = say(
        "value_phases",
        lang,
        out_out=format_percent(verdict.p_out_out, lang),
        out_home=format_percent(verdict.p_out_home, lang),
        home_home=format_percent(verdict.p_home_home, lang),
    )
    entries = [("label_probability", probability), ("label_riders", riders)]
    if verdict.p_riders == verdict.p_contact:
        del entries[1]
    entries += [("label_large", large), ("label_phases", phases)]
    return [(say(label, lang), text) for label, text in entries]


def _list_amounts(verdict: Verdict, lang: str) -> list[tuple[str, str]]:
    """List places of contact and exposure with their intervals."""
    places = verdict.places_mean, verdict.places_low, verdict.places_high
    exposure = (
        verdict.exposure_person_min_mean, verdict.exposure_person_min_low, verdict.exposure_person_min_high,
    )  # fmt: skip
    return [
        (say(label, lang), say(text, lang, value=format_mean(mean, lang), interval=format_interval(low, high, lang)))
        for label, text, (mean, low, high) in (
            ("label_places", "value_interval", places),
            ("label_exposure", "value_exposure", exposure),
        )
    ]


def _write_gap(verdict: Verdict, rows: list[PairRow], lang: str, slack: pd.DataFrame | None = None) -> list[str]:
    """Say which gap is enough at the planned venues, and what another day does."""
    own = next(row for row in rows if (row.points["point"] == verdict.point).any())
    threshold = format_level(verdict.threshold, lang)
    gaps_min = own.points.loc[~own.points["is_another_day"], "gap_min"]
    runs = verdict.safe_gaps_by_pair[own.key]
    sentences = []
    if runs:
        sentences.append(say("gap_found", lang, gaps=format_runs(runs, lang), threshold=threshold))
        if gaps_min.max() > runs[-1][1]:
            sentences.append(say("gap_longer_is_worse", lang, gap=format_minutes(runs[-1][1], lang)))
    elif len(gaps_min):
        key = "gap_none" if len(gaps_min) > 1 else "gap_only_one"
        shortest, longest = (format_minutes(float(gap), lang) for gap in (gaps_min.min(), gaps_min.max()))
        sentences.append(say(key, lang, shortest=shortest, longest=longest, threshold=threshold))
        needed = compute_needed_replications(verdict.threshold, verdict.confidence)
        n = int(own.points["replications"].max())
        if 0 < n < needed:
            sentences.append(
                say("too_few", lang, n=format_number(n, lang), threshold=threshold, needed=format_number(needed, lang))
            )
    sentences += _write_slack(verdict, own, slack, lang)
    if verdict.another_day_p is not None and not verdict.is_another_day:
        sentences.append(
            say(
                "another_day_result",
                lang,
                value=format_percent(verdict.another_day_p, lang),
                interval=format_percent_interval(verdict.another_day_low, verdict.another_day_high, lang),
            )
        )
    return wrap(" ".join(sentences), WIDTH)


def _write_slack(verdict: Verdict, own: PairRow, slack: pd.DataFrame | None, lang: str) -> list[str]:
    """Say what lateness the plan survives, or else the recommended gap."""
    recommended = own.points.loc[own.points["point"] == verdict.recommended_point, "gap_min"].dropna().tolist()
    for gap_min in (verdict.gap_min, *recommended):
        if slack is None or gap_min is None:
            continue
        at_gap = slack[slack["point"].isin(own.points["point"]) & (slack["gap_min"] == gap_min)]
        for _, known in at_gap.dropna(subset=["earlier_min"]).head(1).iterrows():
            at, low, high = (format_minutes(round(known[f"earlier_{end}min"]), lang) for end in ("", "low_", "high_"))
            return [say("slack", lang, gap=format_minutes(gap_min, lang), at=at, low=low, high=high)]
    return []


def _write_table(verdict: Verdict, rows: list[PairRow], lang: str) -> list[str]:
    """Write the table of venue pairs; the planned one is marked."""
    gap = find_reference_gap(rows)
    title = (
        say("table_title_another_day", lang)
        if gap.is_another_day
        else say("table_title", lang, gap=format_minutes(gap.minutes, lang))
    )
    columns = ("road", "euclid", "shared", "p", "exposure", "gap", "theory", "pair")
    cells = [[say(f"column_{column}", lang) for column in columns]]
    for row in rows[:MAX_ROWS]:
        point = row.find(gap) or {}
        is_own = bool((row.points["point"] == verdict.point).any())
        pair = f"{shorten(row.venue_1, 26)} – {shorten(row.venue_2, 26)}"
        if row.variant:
            pair = f"{shorten(describe_settings(row.variant, lang), 30)}; {shorten(row.venue_1, 14)} – {shorten(row.venue_2, 14)}"
        cells.append(
            [
                ("» " if is_own else "") + format_number(row.road_km, lang, 1),
                format_number(row.euclid_km, lang, 1),
                format_number(row.shared_km, lang, 1),
                format_percent(make_plain(point.get("p_contact")), lang),
                format_mean(make_plain(point.get("side_exposure_person_min_mean")), lang),
                format_runs(verdict.safe_gaps_by_pair[row.key], lang),
                format_runs(verdict.theory_gaps_by_pair[row.key], lang),
                pair,
            ]
        )
    widths = [max(len(line[column]) for line in cells) for column in range(len(columns))]
    lines = wrap(title, WIDTH)
    for line in cells:
        numbers = "  ".join(text.rjust(width) for text, width in zip(line[:-1], widths, strict=False))
        lines.append(f" {numbers}  {line[-1]}"[:WIDTH])
    if len(rows) > MAX_ROWS:
        lines.append("  " + say("more_rows", lang, n=len(rows) - MAX_ROWS))
    return lines


def _align(entries: list[tuple[str, str]]) -> list[str]:
    """Write labels and values in two columns."""
    width = max(len(label) for label, _ in entries) + 2
    return [
        line
        for label, text in entries
        for line in wrap(f"  {label.ljust(width, chr(160))}{text}", WIDTH, " " * (width + 2))
    ]
