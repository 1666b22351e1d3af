"""The verdict: the planned layout against the threshold, what gap would do, and whether distance helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.comparison import SATURATED
from sim.report.contours import Contours, format_safe_gap
from sim.report.settings_words import describe_settings
from sim.report.wording import (
    describe_map,
    format_clock,
    format_days,
    format_gap,
    format_interval,
    format_level,
    format_mean,
    format_minutes,
    format_number,
    format_percent,
    format_percent_interval,
    say,
    shorten,
    wrap,
)
from sim.stats import compute_needed_replications, find_safe_gap_min

WIDTH = 100  # columns of a screen
MAX_ROWS = 8  # venue pairs on the screen; all of them are in points.csv
SAME_SHARE = 0.05  # a smaller relative change of the shared road counts as none

# Factors that have an axis of their own; any other factor of a design makes rows of its own.
AXES = ("rally.gap_min", "rally.venue_pair")


@dataclass(frozen=True)
class PairRow:
    """All gaps of one venue pair, at the same levels of any other factor."""

    key: str  # venue pair, and the other levels where they vary
    venue_pair: str
    venue_1: str
    venue_2: str
    variant: str  # levels of the other factors; empty when nothing else varies
    euclid_km: float
    road_km: float
    shared_km: float
    points: pd.DataFrame  # by gap, another day last; each gap once

    def find(self, gap_min: float | None, is_another_day: bool = False) -> dict[str, Any] | None:
        """Return the design point at a gap as a mapping, None when it was not simulated."""
        if is_another_day:
            chosen = self.points[self.points["is_another_day"]]
        else:
            chosen = self.points[~self.points["is_another_day"] & (self.points["gap_min"] == gap_min)]
        return {str(name): value for name, value in chosen.iloc[0].items()} if len(chosen) else None


def split_rows(points: pd.DataFrame) -> list[PairRow]:
    """Split design points into rows of one venue pair each, by distance along roads."""
    if not len(points):
        return []
    ordered = points.assign(
        is_another_day=points["is_another_day"].astype(bool),
        variant=[_drop_axes(str(text)) for text in points["settings"]],
    ).sort_values(["is_another_day", "gap_min", "point"], kind="stable")
    varies = len(set(ordered["variant"])) > 1
    rows = []
    for (venue_pair, variant), group in ordered.groupby(["venue_pair", "variant"], sort=True):
        first = group.iloc[0]
        rows.append(
            PairRow(
                key=f"{venue_pair}; {variant}" if varies else str(venue_pair),
                venue_pair=str(venue_pair),
                venue_1=str(first["venue_1"]),
                venue_2=str(first["venue_2"]),
                variant=str(variant) if varies else "",
                euclid_km=float(first["euclid_km"]),
                road_km=float(first["road_km"]),
                shared_km=float(first["shared_km"]),
                points=group.drop_duplicates(["is_another_day", "gap_min"]).reset_index(drop=True),
            )
        )
    return sorted(rows, key=lambda row: (row.road_km, row.key))


def build_verdict(
    points: pd.DataFrame,
    *,
    threshold: float,
    seed: int,
    version: str,
    scenario_title: str,
    map_quality: Mapping[str, Any],
    confidence: float = 0.95,
    timezone_label: str = "WITA",
) -> dict[str, Any]:
    """Build the verdict on the planned layout as plain values for JSON; unknown numbers are None.

    Parameters
    ----------
    points
        `sim.tables.POINTS`. When several rows are the planned layout (another factor varies), the first is judged.
    threshold
        Largest acceptable P(contact).
    map_quality
        `sim.network.MapQuality` as plain values.

    Returns
    -------
    ``is_below_threshold`` is None when the interval holds the threshold or nothing is known; ``safe_gap_min`` is that
    of the planned venue pair; ``…_by_pair`` are by the key of the pair (and the levels of other factors where they
    vary). Lower ends of contacts and exposure are cut at 0.
    """
    rows = split_rows(points)
    planned_points = points[points["is_planned"].astype(bool)].sort_values("point")
    planned = planned_points.iloc[0].to_dict() if len(planned_points) else {}
    own = next((row for row in rows if (row.points["point"] == planned.get("point")).any()), None)
    low, high = _plain(planned.get("p_contact_low")), _plain(planned.get("p_contact_high"))
    is_another_day = bool(planned.get("is_another_day", False))
    another_day = own.find(None, is_another_day=True) if own else None
    means = {
        f"{name}_{end}": _cut(planned.get(f"{name}_{end}"))
        for name in ("contacts", "exposure_person_min")
        for end in ("mean", "low", "high")
    }
    return {
        "scenario_title": scenario_title,
        "point": _plain(planned.get("point")),
        "gap_min": _plain(planned.get("gap_min")),
        "is_another_day": is_another_day,
        "venue_pair": planned.get("venue_pair"),
        "venue_1": planned.get("venue_1"),
        "venue_2": planned.get("venue_2"),
        "variant": own.variant if own else "",
        "euclid_km": _plain(planned.get("euclid_km")),
        "road_km": _plain(planned.get("road_km")),
        "shared_km": _plain(planned.get("shared_km")),
        "p_contact": _plain(planned.get("p_contact")),
        "low": low,
        "high": high,
        "p_riders": _plain(planned.get("p_riders")),
        "riders_low": _plain(planned.get("p_riders_low")),
        "riders_high": _plain(planned.get("p_riders_high")),
        "replications": _plain(planned.get("replications", 0)),
        "contact_replications": _plain(planned.get("contact_replications", 0)),
        "confidence": confidence,
        "threshold": threshold,
        "is_below_threshold": _judge(low, high, threshold),
        **means,
        **{f"p_{phase}": _plain(planned.get(f"p_{phase}")) for phase in ("out_out", "out_home", "home_home")},
        "p_theory": _plain(planned.get("p_theory")),
        "safe_gap_min": find_safe_gap_min(own.points, threshold) if own else None,
        "safe_gap_by_pair": {row.key: find_safe_gap_min(row.points, threshold) for row in rows},
        "theory_gap_by_pair": {row.key: find_safe_gap_min(row.points, threshold, "p_theory") for row in rows},
        "shared_km_by_pair": {row.key: row.shared_km for row in rows},
        "another_day_p": _plain(another_day["p_contact"]) if another_day else None,
        "another_day_low": _plain(another_day["p_contact_low"]) if another_day else None,
        "another_day_high": _plain(another_day["p_contact_high"]) if another_day else None,
        "map_quality": {key: _plain(value) for key, value in map_quality.items()},
        "timezone_label": timezone_label,
        "seed": seed,
        "version": version,
    }


def format_verdict(
    verdict: Mapping[str, Any], points: pd.DataFrame, lang: str, contours: Contours | None = None
) -> str:
    """Write the verdict for the screen: the answer first, then gap, distance, map.

    Parameters
    ----------
    contours
        Safe gaps with their intervals, and slack; left out when not given.
    """
    rows = split_rows(points)
    lines = wrap(say("verdict_heading", lang, title=str(verdict["scenario_title"])), WIDTH)
    lines += _write_plan(verdict, lang)
    if verdict["venue_pair"] is not None:
        lines += ["", *_write_answer(verdict, lang), "", *_write_gap(verdict, rows, lang, contours)]
    if rows:
        # The plan's own levels of other factors first, so that its distances are compared like with like.
        shown = [row for row in rows if row.variant == verdict["variant"]] or rows
        shown += [row for row in rows if row not in shown]
        lines += ["", *_write_table(verdict, shown, lang, contours)]
        alike = [row for row in rows if row.variant == shown[0].variant]
        lines += wrap(describe_distance(alike, float(verdict["threshold"]), lang), WIDTH)
    counts = sorted({int(n) for n in points["replications"]}) if len(points) else [0]
    n_text = format_number(counts[0], lang) if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    provenance = say("provenance", lang, version=str(verdict["version"]), seed=str(verdict["seed"]), n=n_text)
    lines += ["", *wrap(f"{describe_map(dict(verdict['map_quality']), lang)} {say('not_clash', lang)}", WIDTH)]
    lines += wrap(provenance, WIDTH)
    return "\n".join(line.rstrip() for line in lines)


def describe_distance(rows: list[PairRow], threshold: float, lang: str) -> str:
    """Say in one sentence, from the simulated numbers, whether moving the venues apart helps (MODEL §2).

    Venue pairs are compared at the shortest simulated gap, by P(contact) or, where that is near 1 throughout, by
    contacts per day. Two pairs differ when their intervals do not overlap. Distance lowers the measure when the farthest
    pair lies below the nearest and no farther pair above a nearer one; raises it the other way round.
    """
    gap_min = find_reference_gap_min(rows)
    compared = [
        (row, point) for row in rows if (point := row.find(gap_min, gap_min is None)) and point["replications"] > 0
    ]
    if len({row.road_km for row, _ in compared}) < 2:
        return say("distance_single", lang)
    found = [point for _, point in compared]
    by_contacts = gap_min is not None and all(point["p_contact"] >= SATURATED for point in found)
    name = "contacts" if by_contacts else "p_contact"
    low = [_known(point[f"{name}_low"], -np.inf) for point in found]
    high = [_known(point[f"{name}_high"], np.inf) for point in found]
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
        format_mean(point["contacts_mean"], lang) if by_contacts else format_percent(point["p_contact"], lang)
        for point in (near[1], far[1])
    )
    change = far[0].shared_km - near[0].shared_km
    tolerance = SAME_SHARE * max(near[0].shared_km, far[0].shared_km)
    shared = "same" if abs(change) <= tolerance else "rises" if change > 0 else "falls"
    measure = "measure_contacts" if by_contacts else "measure_p"
    is_enough = any(point["p_contact_high"] < threshold for point in found)
    return (
        say(
            f"distance_{trend}",
            lang,
            near=format_number(near[0].road_km, lang, 1),
            far=format_number(far[0].road_km, lang, 1),
            measure=say("measure_p_another_day", lang)
            if gap_min is None
            else say(measure, lang, gap=format_minutes(gap_min, lang)),
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


def find_reference_gap_min(rows: list[PairRow]) -> float | None:
    """Find the gap (min) at which venue pairs are compared, the shortest; None when only another day was simulated."""
    gaps = [float(gap) for row in rows for gap in row.points.loc[~row.points["is_another_day"], "gap_min"]]
    return min(gaps) if gaps else None


def format_run(summary: Mapping[str, Any], contacts: pd.DataFrame, lang: str) -> str:
    """Write the outcome of one replication for the screen.

    Parameters
    ----------
    summary
        A row of `sim.tables.REPLICATIONS` with the scenario's title, the layout, the map's quality and the version.
    contacts
        `sim.tables.CONTACTS` of the replication; may be empty.
    """
    zone = str(summary.get("timezone_label", "WITA"))
    gap = summary["gap_min"]
    is_another_day = isinstance(gap, str)
    first_s = summary["first_contact_s"]

    def number(key: str, digits: int = 0) -> str:
        return format_number(summary[key], lang, digits)

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
                **{phase: number(f"contacts_{phase}") for phase in ("out_out", "out_home", "home_home")},
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
    layout = say(
        "run_layout",
        lang,
        gap=format_gap(None if is_another_day else float(gap), is_another_day, lang),
        venue_1=str(summary["venue_1"]),
        venue_2=str(summary["venue_2"]),
        road=number("road_km", 1),
        shared=number("shared_km", 1),
    )
    lines = wrap(
        say("run_heading", lang, title=str(summary["scenario_title"]), replication=summary["replication"]), WIDTH
    )
    lines += [
        *wrap(layout[:1].upper() + layout[1:] + ".", WIDTH),
        "",
        *_align([(say(key, lang), text) for key, text in entries]),
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
    lines += ["", *wrap(describe_map(dict(summary["map_quality"]), lang), WIDTH), *wrap(say("not_clash", lang), WIDTH)]
    lines += wrap(say("run_seed", lang, version=str(summary["version"]), seed=str(summary["seed"])), WIDTH)
    return "\n".join(line.rstrip() for line in lines)


def _rank_junctions(contacts: pd.DataFrame, top: int = 5) -> list[tuple[str, pd.DataFrame]]:
    """Return the junctions with the largest exposure and their contacts."""
    groups = [(str(name), group) for name, group in contacts.groupby("junction", sort=True)]
    return sorted(groups, key=lambda entry: (-float(entry[1]["exposure_person_min"].sum()), entry[0]))[:top]


def _write_plan(verdict: Mapping[str, Any], lang: str) -> list[str]:
    """Say which layout is judged."""
    if verdict["venue_pair"] is None:
        return wrap(say("plan_missing", lang), WIDTH)
    plan = say(
        "plan",
        lang,
        gap=format_gap(verdict["gap_min"], verdict["is_another_day"], lang),
        venue_1=str(verdict["venue_1"]),
        venue_2=str(verdict["venue_2"]),
        road=format_number(verdict["road_km"], lang, 1),
    )
    variant = (
        say("plan_variant", lang, variant=describe_settings(verdict["variant"], lang)) if verdict["variant"] else ""
    )
    return wrap(f"{plan} {variant}".rstrip(), WIDTH)


def _write_answer(verdict: Mapping[str, Any], lang: str) -> list[str]:
    """Say whether the plan is below the threshold, and the numbers; where P is near 1 contacts and exposure lead."""
    if verdict["venue_pair"] is None:
        return []
    if verdict["p_contact"] is None:
        return wrap(say("plan_without_result", lang), WIDTH)
    key = {True: "below", False: "above", None: "straddles"}[verdict["is_below_threshold"]]
    days = format_days(int(verdict["contact_replications"]), int(verdict["replications"]), lang)
    probability = (
        say("label_probability", lang),
        say(
            "value_probability",
            lang,
            value=format_percent(verdict["p_contact"], lang),
            interval=format_percent_interval(verdict["low"], verdict["high"], lang),
            n=format_number(verdict["replications"], lang),
            confidence=format_level(verdict["confidence"], lang),
        ),
    )
    contacts, exposure = (
        (
            say(label, lang),
            say(
                value,
                lang,
                value=format_mean(verdict[f"{name}_mean"], lang),
                interval=format_interval(verdict[f"{name}_low"], verdict[f"{name}_high"], lang),
            ),
        )
        for label, value, name in (
            ("label_contacts", "value_interval", "contacts"),
            ("label_exposure", "value_exposure", "exposure_person_min"),
        )
    )
    phases = (
        say("label_phases", lang),
        say(
            "value_phases",
            lang,
            **{name: format_percent(verdict[f"p_{name}"], lang) for name in ("out_out", "out_home", "home_home")},
        ),
    )
    riders = (
        []
        if verdict["p_riders"] == verdict["p_contact"]
        else [
            (
                say("label_riders", lang),
                say(
                    "value_riders",
                    lang,
                    value=format_percent(verdict["p_riders"], lang),
                    interval=format_percent_interval(verdict["riders_low"], verdict["riders_high"], lang),
                ),
            )
        ]
    )
    is_saturated = verdict["p_contact"] >= SATURATED
    entries = (
        [contacts, exposure, probability, *riders, phases]
        if is_saturated
        else [probability, *riders, phases, contacts, exposure]
    )
    lines = wrap(say(key, lang, threshold=format_level(verdict["threshold"], lang), days=days), WIDTH)
    lines += _align(entries)
    if is_saturated:
        lines += wrap("  " + say("saturated", lang), WIDTH, "  ")
    return lines


def _write_gap(
    verdict: Mapping[str, Any], rows: list[PairRow], lang: str, contours: Contours | None = None
) -> list[str]:
    """Say which gap is enough at the planned venues, and what another day does."""
    own = next(row for row in rows if (row.points["point"] == verdict["point"]).any())
    threshold = format_level(verdict["threshold"], lang)
    gaps_min = own.points.loc[~own.points["is_another_day"], "gap_min"]
    sentences = []
    if verdict["safe_gap_min"] is not None:
        sentences.append(say("gap_found", lang, gap=format_minutes(verdict["safe_gap_min"], lang), threshold=threshold))
    elif len(gaps_min):
        sentences.append(
            say("gap_none", lang, longest=format_minutes(float(gaps_min.max()), lang), threshold=threshold)
        )
        needed = compute_needed_replications(verdict["threshold"], verdict["confidence"])
        n = int(own.points["replications"].max())
        if 0 < n < needed:
            sentences.append(
                say("too_few", lang, n=format_number(n, lang), threshold=threshold, needed=format_number(needed, lang))
            )
    sentences += _write_contour(verdict, own, contours, lang)
    if verdict["another_day_p"] is not None and not verdict["is_another_day"]:
        sentences.append(
            say(
                "another_day_result",
                lang,
                value=format_percent(verdict["another_day_p"], lang),
                interval=format_percent_interval(verdict["another_day_low"], verdict["another_day_high"], lang),
            )
        )
    return wrap(" ".join(sentences), WIDTH)


def _write_contour(verdict: Mapping[str, Any], own: PairRow, contours: Contours | None, lang: str) -> list[str]:
    """Say where the planned venues' contour is, and what lateness the plan or its sufficient gap survives."""
    safe_gap = contours.find_safe_gap(own.points["point"]) if contours else None
    if contours is None or safe_gap is None:
        return []
    interval = format_safe_gap(safe_gap, lang)
    sentences = []
    if not pd.isna(safe_gap["safe_gap_low_min"]):
        key = "contour_beyond" if pd.isna(safe_gap["safe_gap_min"]) else "contour"
        confidence, threshold = format_level(safe_gap["confidence"], lang), format_level(safe_gap["threshold"], lang)
        sentences.append(say(key, lang, interval=interval, confidence=confidence, threshold=threshold))
    for gap_min in (verdict["gap_min"], verdict["safe_gap_min"]):
        slack = None if gap_min is None else contours.find_slack(own.points["point"], gap_min)
        if slack is not None:
            minutes = (format_minutes(round(slack[f"earlier_{end}min"]), lang) for end in ("", "low_", "high_"))
            at, low, high = minutes
            sentences.append(say("slack", lang, gap=format_minutes(gap_min, lang), at=at, low=low, high=high))
            break
    return sentences


def _write_table(
    verdict: Mapping[str, Any], rows: list[PairRow], lang: str, contours: Contours | None = None
) -> list[str]:
    """Write the table of venue pairs; the planned one is marked."""
    gap_min = find_reference_gap_min(rows)
    title = (
        say("table_title_another_day", lang)
        if gap_min is None
        else say("table_title", lang, gap=format_minutes(gap_min, lang))
    )
    columns: tuple[str, ...] = ("road", "euclid", "shared", "p", "contacts", "gap", "theory", "pair")
    safe_gaps = [contours.find_safe_gap(row.points["point"]) if contours else None for row in rows]
    if any(safe_gaps):
        columns = (*columns[:6], "contour", *columns[6:])
    cells = [[say(f"column_{column}", lang) for column in columns]]
    for row, safe_gap in zip(rows[:MAX_ROWS], safe_gaps, strict=False):
        point = row.find(gap_min, gap_min is None) or {}
        is_own = bool((row.points["point"] == verdict["point"]).any())
        pair = f"{shorten(row.venue_1, 26)} – {shorten(row.venue_2, 26)}"
        if row.variant:
            pair = f"{shorten(describe_settings(row.variant, lang), 30)}; {shorten(row.venue_1, 14)} – {shorten(row.venue_2, 14)}"
        cells.append(
            [
                ("» " if is_own else "") + format_number(row.road_km, lang, 1),
                format_number(row.euclid_km, lang, 1),
                format_number(row.shared_km, lang, 1),
                format_percent(_plain(point.get("p_contact")), lang),
                format_mean(_plain(point.get("contacts_mean")), lang),
                "–" if gap_min is None else _write_gap_cell(row, verdict["safe_gap_by_pair"].get(row.key), lang),
                *([format_safe_gap(safe_gap, lang) if safe_gap else "–"] if "contour" in columns else []),
                "–"
                if row.points["p_theory"].isna().all() or gap_min is None
                else _write_gap_cell(row, verdict["theory_gap_by_pair"].get(row.key), lang),
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


def _write_gap_cell(row: PairRow, gap_min: float | None, lang: str) -> str:
    """Write a sufficient gap; where none was found, that it is longer than the longest simulated one."""
    if gap_min is not None:
        return format_minutes(gap_min, lang)
    return ">" + format_minutes(float(row.points["gap_min"].max()), lang)


def _align(entries: list[tuple[str, str]]) -> list[str]:
    """Write labels and values in two columns."""
    width = max(len(label) for label, _ in entries) + 2
    return [
        line
        for label, text in entries
        for line in wrap(f"  {label.ljust(width, chr(160))}{text}", WIDTH, " " * (width + 2))
    ]


def _judge(low: float | None, high: float | None, threshold: float) -> bool | None:
    """Return whether an interval lies below the threshold; None when it holds it or is unknown."""
    if low is None or high is None:
        return None
    return True if high < threshold else False if low >= threshold else None


def _drop_axes(settings: str) -> str:
    """Return a point's factor levels without those that have an axis of their own."""
    return "; ".join(part for part in settings.split("; ") if part and part.partition("=")[0] not in AXES)


def _known(value: float, otherwise: float) -> float:
    """Return a value, or another where it is NaN."""
    return otherwise if np.isnan(value) else float(value)


def _cut(value: Any) -> float | None:
    """Return a value that cannot be negative; a t interval can be."""
    plain = _plain(value)
    return None if plain is None else max(0.0, float(plain))


def _plain(value: Any) -> Any:
    """Return a value JSON can hold: Python's own types, None for NaN."""
    if value is None or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
