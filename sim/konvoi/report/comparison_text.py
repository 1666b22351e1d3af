"""Compared plans, cases and single changes, written for the screen."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor
from typing import Any

import pandas as pd

from konvoi.report.settings_words import describe_factor, describe_level, describe_settings
from konvoi.report.wording import (
    format_interval,
    format_level,
    format_mean,
    format_percent,
    format_percent_interval,
    say,
    wrap,
)
from konvoi.study.comparison import EXPOSURE, P_CONTACT, is_sure
from konvoi.words.formats import format_number

WIDTH = 100
KNOWN_CASES = ("base", "late_40", "rain", "turnout_double", "road_closed")


def format_comparison(comparison: pd.DataFrame, lang: str, confidence: float) -> str:
    """Write the comparison of plans (`konvoi.tables.sweep.COMPARISON`)."""
    n = format_number(int(comparison["replications"].min()), lang)
    lines = [say("comparison_heading", lang, n=n)]
    for _, plan in comparison.iterrows():
        row = {str(name): value for name, value in plan.items()}
        measure = str(row["measure"])
        name = describe_settings(str(row["plan"]), lang)
        value = write_value(row, measure, lang)
        if row["is_reference"]:
            lines += wrap("  " + say("comparison_reference", lang, plan=name, value=value), WIDTH, "    ")
        else:
            text = say(
                "comparison_row",
                lang,
                plan=name,
                value=value,
                difference=write_difference(row, measure, lang),
                judgement=judge_difference(row, measure, confidence, lang),
            )
            lines += wrap("  " + text, WIDTH, "    ")
    if (comparison["measure"] == EXPOSURE).any():
        lines += wrap(say("comparison_by_exposure", lang), WIDTH)
    if int(comparison["is_reference"].sum()) == 1:
        best = comparison[comparison["is_best"]]
        if len(best):
            lines += wrap(say("comparison_best", lang, plan=describe_settings(str(best["plan"].iloc[0]), lang)), WIDTH)
        else:
            lines += wrap(say("comparison_no_best", lang), WIDTH)
    lines += wrap(_write_key(int((~comparison["is_reference"]).sum()), lang, confidence), WIDTH)
    return "\n".join(lines)


def format_what_if(what_if: pd.DataFrame, lang: str, confidence: float) -> str:
    """Write the cases (`konvoi.tables.sweep.WHAT_IF`)."""
    lines = [say("what_if_heading", lang, n=format_number(int(what_if["replications"].min()), lang))]
    for _, case in what_if.iterrows():
        row = {str(name): value for name, value in case.items()}
        text = say(
            "what_if_row",
            lang,
            case=name_case(str(row["case"]), lang),
            p=write_value(row, "p_contact", lang),
            exposure=write_value(row, EXPOSURE, lang),
        )
        lines += wrap("  " + text, WIDTH, "    ")
    return "\n".join(lines)


def format_robustness(robustness: pd.DataFrame, lang: str, confidence: float) -> str:
    """Write the table of single changes (`konvoi.tables.sweep.ROBUSTNESS`)."""
    lines = wrap(say("robustness_heading", lang, n=format_number(int(robustness["replications"].min()), lang)), WIDTH)
    for factor, levels in robustness.groupby("factor", sort=False):
        lines.append(f"  {describe_factor(str(factor), lang)}")
        for _, entry in levels.iterrows():
            row = {str(name): value for name, value in entry.items()}
            measure = str(row["measure"])
            text = f"    {describe_level(str(factor), str(row['level']), lang)}: {write_value(row, measure, lang)}; "
            if row["is_base"]:
                text += say("robustness_base", lang)
            else:
                difference = write_difference(row, measure, lang)
                text += f"{difference}: {judge_difference(row, measure, confidence, lang)}"
            lines += wrap(text, WIDTH, "      ")
    if (robustness["measure"] == EXPOSURE).any():
        lines += wrap(say("comparison_by_exposure", lang), WIDTH)
    lines += wrap(_write_key(int((~robustness["is_base"]).sum()), lang, confidence), WIDTH)
    return "\n".join(lines)


def format_sensitivity(morris: pd.DataFrame, sobol: pd.DataFrame, outcome: str, lang: str, confidence: float) -> str:
    """Write the tables of a sensitivity analysis (`konvoi.tables.sweep.MORRIS`, `SOBOL`), the largest effects first."""
    level = format_level(confidence, lang)
    lines = [say("sensitivity_heading", lang, outcome=say(f"outcome_{outcome}", lang)).upper()]
    lines += wrap(
        say("sensitivity_morris", lang, n=format_number(int(morris["replications"].max()), lang), confidence=level),
        WIDTH,
    )
    for _, row in morris.iterrows():
        interval = format_interval(row["mu_star_low"], row["mu_star_high"], lang)
        lines += wrap(
            f"  {describe_factor(str(row['factor']), lang)}: {format_mean(row['mu_star'], lang)} ({interval})",
            WIDTH,
            "    ",
        )
    lines += wrap(
        say("sensitivity_sobol", lang, n=format_number(int(sobol["replications"].max()), lang), confidence=level), WIDTH
    )
    for _, row in sobol.iterrows():
        parts = [
            f"{name} {format_number(row[f'{key}'], lang, 2)} ({format_number(row[f'{key}_low'], lang, 2)} … "
            f"{format_number(row[f'{key}_high'], lang, 2)})"
            for name, key in (("ST", "total"), ("S1", "first"))
        ]
        lines += wrap(f"  {describe_factor(str(row['factor']), lang)}: {', '.join(parts)}", WIDTH, "    ")
    lines += wrap(say("sensitivity_chance", lang), WIDTH)
    return "\n".join(lines)


def name_case(case: str, lang: str) -> str:
    """Name a case: those konvoi knows in words, any other as it was named."""
    return say(f"case_{case}", lang) if case in KNOWN_CASES else case


def write_value(row: Mapping[str, Any], measure: str, lang: str) -> str:
    """Write P(contact) or exposure with its interval."""
    if measure == EXPOSURE:
        low = max(0.0, float(row["exposure_person_min_low"]))
        return say(
            "comparison_exposure",
            lang,
            value=format_mean(float(row["exposure_person_min_mean"]), lang),
            interval=format_interval(low, float(row["exposure_person_min_high"]), lang),
        )
    return say(
        "comparison_p",
        lang,
        value=format_percent(float(row["p_contact"]), lang),
        interval=format_percent_interval(float(row["p_contact_low"]), float(row["p_contact_high"]), lang),
    )


def write_difference(row: Mapping[str, Any], measure: str, lang: str) -> str:
    """Write the paired difference with its interval."""
    key, name = (
        ("comparison_person_min", "exposure_difference") if measure == EXPOSURE else ("comparison_points", "difference")
    )
    value, low, high = (write_signed(float(row[f"{name}{end}"]), measure, lang) for end in ("", "_low", "_high"))
    return say(key, lang, value=value, low=low, high=high)


def write_signed(value: float, measure: str, lang: str) -> str:
    """Write a difference with its sign, of shares in percentage points."""
    text = format_mean(value, lang) if measure == EXPOSURE else format_number(100.0 * value, lang, 1)
    return f"+{text}" if value > 0 else text


def judge_difference(row: Mapping[str, Any], measure: str, confidence: float, lang: str) -> str:
    """Say whether a plan is clearly lower or higher than its reference, or not distinguishable, and by how much.

    A plan that is lower in one measure and higher in the other is told as both.
    """
    words = []
    for own in (P_CONTACT, EXPOSURE):
        if is_sure(row, own, confidence):
            name = "exposure_difference" if own == EXPOSURE else "difference"
            words.append((own, say("compare_better" if float(row[name]) < 0 else "compare_worse", lang)))
    if not words:
        return say("compare_same", lang)
    effect = _write_effect(row, lang) if any(own == EXPOSURE for own, _ in words) else ""
    if len({word for _, word in words}) > 1:
        return say("compare_mixed", lang, p=words[0][1], exposure=words[1][1]) + effect
    return words[0][1] + effect


def _write_effect(row: Mapping[str, Any], lang: str) -> str:
    """Write by which share exposure fell or rose, rounded away from certainty."""
    before = float(row["exposure_person_min_mean"]) - float(row["exposure_difference"])
    if not before > 0.0:
        return ""
    change = float(row["exposure_difference"]) / before
    percent = floor(100.0 * abs(change))
    if percent < 1:
        return ""
    key = "compare_fell" if change < 0.0 else "compare_rose"
    return say(key, lang, percent=format_level(percent / 100.0, lang))


def _write_key(n_differences: int, lang: str, confidence: float) -> str:
    return say("comparison_key", lang, confidence=format_level(confidence, lang), m=format_number(n_differences, lang))
