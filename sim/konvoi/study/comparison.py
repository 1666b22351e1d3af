"""Plans compared on the same simulated days: paired differences, and when two plans cannot be told apart.

Replication r has the same seed at every design point (common random numbers), so two plans are compared day by day, in how
often they have contact and in how much of it, exposure. Both count: a plan with 99 % less exposure is clearly lower though
contact happens on every day, and plans are alike only where neither differs. Intervals and p-values of both are corrected
together.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from konvoi.arrays import FloatArray
from konvoi.study.intervals import compute_mean_interval, compute_paired_difference, compute_wilson_interval
from konvoi.tables.sweep import COMPARISON, ROBUSTNESS, TORNADO, WHAT_IF

SATURATED = 0.95  # P(contact) from which contacts and exposure lead, as P cannot tell plans apart
P_CONTACT, EXPOSURE = "p_contact", "exposure_person_min"


def compute_mcnemar_p(first_only: int, second_only: int) -> float:
    """Compute the exact two-sided p-value of McNemar's test of two plans on the same days.

    Days on which both plans or neither had a contact say nothing. Without a difference, each of the others falls to
    either plan with probability ½: p = 2·P(Binomial(b + c, ½) ≤ min(b, c)), at most 1.

    Parameters
    ----------
    first_only, second_only
        Days b with a contact under the first plan only, and c under the second only.

    Notes
    -----
    McNemar (1947), Psychometrika 12:153–157, in its exact form.
    """
    n = first_only + second_only
    return float(min(1.0, 2.0 * special.bdtr(min(first_only, second_only), n, 0.5))) if n else 1.0


def compute_paired_share_interval(
    first: ArrayLike, second: ArrayLike, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Compute the difference of two shares over the same days, with Newcombe's score interval.

    The Wilson intervals of both shares are squared and added, less twice their product times the correlation φ of the
    days. It says something at 0 of n and n of n, where the normal interval has no width.

    Parameters
    ----------
    first, second
        (n,) truths of the same days in the same order.

    Returns
    -------
    Share of the first − share of the second, lower end, upper end; NaN for no days.

    Notes
    -----
    Newcombe (1998), Improved confidence intervals for the difference between binomial proportions based on paired
    data, Statistics in Medicine 17:2635–2650, method 10.
    """
    a, b = np.asarray(first, bool), np.asarray(second, bool)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"paired outcomes need one value per replication each; got {a.shape} and {b.shape}")
    n = a.size
    if n == 0:
        return float("nan"), float("nan"), float("nan")
    both, neither = int(np.sum(a & b)), int(np.sum(~a & ~b))
    a_only, b_only = int(np.sum(a & ~b)), int(np.sum(~a & b))
    share_a, share_b = (both + a_only) / n, (both + b_only) / n
    low, high = compute_wilson_interval([both + a_only, both + b_only], n, confidence)
    margins = (both + a_only) * (b_only + neither) * (both + b_only) * (a_only + neither)
    product = float(both * neither - a_only * b_only)
    if product > 0.0:  # a correction for continuity, so that few days do not claim too much likeness
        product = max(product - n / 2.0, 0.0)
    phi = product / np.sqrt(margins) if margins > 0 else 0.0

    def spread(of_first: float, of_second: float) -> float:
        return float(np.sqrt(max(0.0, of_first**2 - 2.0 * phi * of_first * of_second + of_second**2)))

    difference = share_a - share_b
    below = spread(share_a - float(low[0]), float(high[1]) - share_b)
    above = spread(float(high[0]) - share_a, share_b - float(low[1]))
    return difference, difference - below, difference + above


def compute_paired_t_p(first: ArrayLike, second: ArrayLike) -> float:
    """Compute the two-sided p-value of the paired t test of no difference of means; 1 for fewer than two days."""
    difference = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    if difference.size < 2:
        return 1.0
    error = float(difference.std(ddof=1)) / np.sqrt(difference.size)
    mean = abs(float(difference.mean()))
    if error == 0.0:
        return 1.0 if mean == 0.0 else 0.0
    return float(2.0 * special.stdtr(difference.size - 1, -mean / error))


def correct_holm(p_values: ArrayLike) -> FloatArray:
    """Correct p-values for how many were computed, by Holm's step-down rule; same order, at most 1.

    The k-th smallest of m is multiplied by m − k + 1 and is at least as large as the one before.

    Notes
    -----
    Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6:65–70.
    """
    given = np.asarray(p_values, np.float64)
    order = np.argsort(given, kind="stable")
    stepped = given[order] * (given.size - np.arange(given.size))
    corrected = np.empty_like(given)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(stepped)) if given.size else stepped
    return corrected


def choose_measure(shares: ArrayLike) -> str:
    """Choose what cases are drawn by: P(contact), or exposure where P is near 1 for all and cannot tell them apart."""
    known = np.asarray(shares, np.float64)
    return EXPOSURE if known.size and bool(np.all(known >= SATURATED)) else P_CONTACT


def is_sure(row: Mapping[Any, Any], measure: str, confidence: float) -> bool:
    """Return whether a plan surely differs from its reference in a measure.

    Its corrected p-value is below 1 − confidence, and its joint interval does not hold 0, so that words and intervals
    never contradict each other.
    """
    name, p_name = ("exposure_difference", "exposure_p_value") if measure == EXPOSURE else ("difference", "p_value")
    is_apart = not float(row[f"{name}_low"]) <= 0.0 <= float(row[f"{name}_high"])
    return bool(float(row[p_name]) < 1.0 - confidence and is_apart)


def choose_deciding_measure(row: Mapping[Any, Any], reference_share: float, confidence: float) -> str:
    """Choose the measure that tells a plan from its reference: P(contact) where it does, else exposure where that does.

    Where neither does, exposure when P is near 1 for both.
    """
    for measure in (P_CONTACT, EXPOSURE):
        if is_sure(row, measure, confidence):
            return measure
    return choose_measure([float(row["p_contact"]), reference_share])


def build_comparison(
    replications: pd.DataFrame, groups: Sequence[Sequence[int]], names: Mapping[int, str], confidence: float
) -> pd.DataFrame:
    """Compare plans with the reference of their group (`konvoi.tables.sweep.COMPARISON`).

    Only days that ended without error at every point are used. Intervals of differences hold jointly: each has the
    confidence 1 − (1 − confidence)/2m for m plans in two measures (Bonferroni). p-values are corrected by Holm, those of
    both measures together. A best plan is marked when there is one group, and it is surely better than every other plan
    in one measure and in neither surely worse, corrected for all pairs.

    Parameters
    ----------
    replications
        `konvoi.tables.sweep.REPLICATIONS`.
    groups
        Design points that are compared with each other, the reference first.
    names
        Design point → name of the plan.
    """
    points = list(dict.fromkeys(point for group in groups for point in group))
    contact, exposure = _pair_days(replications, points)
    n_differences = sum(len(group) - 1 for group in groups)
    joint = 1.0 - (1.0 - confidence) / max(1, 2 * n_differences)
    rows: list[dict[str, Any]] = []
    for group in groups:
        reference = group[0]
        for point in group:
            hits = int(contact[point].sum())
            low, high = compute_wilson_interval(hits, len(contact), confidence)
            exposure_low, exposure_high = compute_mean_interval(exposure[point], confidence)
            row: dict[str, Any] = {
                "plan": names[point],
                "is_reference": point == reference,
                "reference": reference,
                "point": point,
                "replications": len(contact),
                "contact_replications": hits,
                "p_contact": hits / len(contact) if len(contact) else np.nan,
                "p_contact_low": float(low),
                "p_contact_high": float(high),
                "exposure_person_min_mean": float(exposure[point].mean()),
                "exposure_person_min_low": exposure_low,
                "exposure_person_min_high": exposure_high,
            }
            if point != reference:
                row |= _compare(contact, exposure, point, reference, joint)
            rows.append(row)
    frame = pd.DataFrame(rows, columns=[*COMPARISON.columns, "reference", "point"])
    _correct_p_values(frame, ~frame["is_reference"].astype(bool))
    share_of = dict(zip(frame["point"], frame["p_contact"], strict=True))
    frame["measure"] = [
        choose_measure([row["p_contact"]])
        if row["is_reference"]
        else choose_deciding_measure(row.to_dict(), share_of[row["reference"]], confidence)
        for _, row in frame.iterrows()
    ]
    frame = frame.drop(columns=["reference", "point"])
    frame["is_best"] = False
    if len(groups) == 1:
        best = _find_best(contact, exposure, groups[0], 1.0 - confidence)
        if best is not None:
            frame["is_best"] = [point == best for point in groups[0]]
    return COMPARISON.check(frame, "comparison")


def build_what_if(
    replications: pd.DataFrame, cases: Mapping[str, int], settings: Mapping[int, str], confidence: float
) -> pd.DataFrame:
    """Build the table of cases (`konvoi.tables.sweep.WHAT_IF`).

    Parameters
    ----------
    cases
        Name → design point, the unchanged plan first.
    settings
        Design point → what was changed.
    """
    rows = []
    for case, point in cases.items():
        own = replications[(replications["point"] == point) & (replications["error"] == "")]
        rows.append({"case": case, "settings": settings[point], **_summarise(own, confidence)})
    return WHAT_IF.check(pd.DataFrame(rows), "what_if")


def build_robustness(
    replications: pd.DataFrame,
    base: int,
    changes: Mapping[int, tuple[str, str]],
    base_levels: Mapping[str, str],
    confidence: float,
) -> pd.DataFrame:
    """Build the answer with one key changed at a time, against the unchanged plan (`konvoi.tables.sweep.ROBUSTNESS`).

    Parameters
    ----------
    base
        Design point of the unchanged plan.
    changes
        Design point → key and level.
    base_levels
        Key → level of the unchanged plan.
    """
    contact, exposure = _pair_days(replications, [base, *changes])
    joint = 1.0 - (1.0 - confidence) / max(1, 2 * len(changes))
    own = replications[replications["error"] == ""]
    rows: list[dict[str, Any]] = []
    for key in dict.fromkeys(key for key, _ in changes.values()):
        known = {
            base: base_levels[key],
            **{point: level for point, (own_key, level) in changes.items() if own_key == key},
        }
        for point, level in sorted(known.items(), key=lambda item: _order_level(item[1], list(known.values()))):
            row: dict[str, Any] = {"factor": key, "level": level, "is_base": point == base}
            row |= _summarise(own[own["point"] == point], confidence)
            if point != base:
                row |= _compare(contact, exposure, point, base, joint)
            rows.append(row)
    frame = pd.DataFrame(rows).reindex(columns=list(ROBUSTNESS.columns))
    _correct_p_values(frame, ~frame["is_base"].astype(bool))
    of_base = float(frame.loc[frame["is_base"].astype(bool), "p_contact"].iloc[0])
    frame["measure"] = [
        choose_measure([of_base]) if row["is_base"] else choose_deciding_measure(row.to_dict(), of_base, confidence)
        for _, row in frame.iterrows()
    ]
    return ROBUSTNESS.check(frame, "robustness")


def build_tornado(robustness: pd.DataFrame, plan: str) -> pd.DataFrame:
    """Build the lowest and highest level of every factor (`konvoi.tables.sweep.TORNADO`), the outcome that tells most first.

    Parameters
    ----------
    plan
        Gap and venues of the unchanged plan.
    """
    measures = robustness.groupby("factor", sort=False)["measure"].first()
    saturated = bool((measures == EXPOSURE).mean() > 0.5)
    outcomes = [EXPOSURE, "contacts", P_CONTACT] if saturated else [P_CONTACT, EXPOSURE, "contacts"]
    rows = []
    for outcome, (key, levels) in itertools.product(outcomes, robustness.groupby("factor", sort=False)):
        column = P_CONTACT if outcome == P_CONTACT else f"{outcome}_mean"
        low, high = levels.iloc[0], levels.iloc[-1]
        rows.append(
            {
                "factor": str(key),
                "low_level": low["level"],
                "high_level": high["level"],
                "outcome": outcome,
                "plan": plan,
                "base": levels.loc[levels["is_base"], column].iloc[0],
                "at_low": low[column],
                "at_high": high[column],
                "replications": int(levels["replications"].min()),
            }
        )
    return TORNADO.check(pd.DataFrame(rows), "tornado")


def _pair_days(replications: pd.DataFrame, points: Sequence[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return contact and exposure by day (rows) and point (columns), of days known at every point."""
    own = replications[replications["point"].isin(points) & (replications["error"] == "")]
    tables = [
        own.pivot_table(index="replication", columns="point", values=name, aggfunc="first").reindex(
            columns=list(points)
        )
        for name in ("has_contact", "side_exposure_person_min")
    ]
    is_known = tables[0].notna().all(axis=1) & tables[1].notna().all(axis=1)
    return tables[0][is_known].astype(bool), tables[1][is_known].astype(float)


def _correct_p_values(frame: pd.DataFrame, others: pd.Series[bool]) -> None:
    """Correct the p-values of all but the references, those of both measures together, in place."""
    names = ["p_value", "exposure_p_value"]
    given = frame.loc[others, names].to_numpy(np.float64)
    frame.loc[others, names] = correct_holm(given.ravel()).reshape(given.shape)


def _compare(
    contact: pd.DataFrame, exposure: pd.DataFrame, point: int, reference: int, confidence: float
) -> dict[str, float]:
    """Compare a point with its reference in both measures."""
    a, b = contact[point].to_numpy(), contact[reference].to_numpy()
    difference, low, high = compute_paired_share_interval(a, b, confidence)
    x, y = exposure[point].to_numpy(), exposure[reference].to_numpy()
    exposure_difference, exposure_low, exposure_high = compute_paired_difference(x, y, confidence)
    return {
        "difference": difference,
        "difference_low": low,
        "difference_high": high,
        "p_value": compute_mcnemar_p(int(np.sum(a & ~b)), int(np.sum(~a & b))),
        "exposure_difference": exposure_difference,
        "exposure_difference_low": exposure_low,
        "exposure_difference_high": exposure_high,
        "exposure_p_value": compute_paired_t_p(x, y),
    }


def _find_best(contact: pd.DataFrame, exposure: pd.DataFrame, points: Sequence[int], level: float) -> int | None:
    """Find the plan that is surely better than every other one, all pairs in both measures corrected for."""
    pairs = list(itertools.combinations(points, 2))
    if not pairs or not len(contact):
        return None
    raw, signs = [], []
    for a, b in pairs:
        first, second = contact[a].to_numpy(), contact[b].to_numpy()
        raw.append(compute_mcnemar_p(int(np.sum(first & ~second)), int(np.sum(~first & second))))
        raw.append(compute_paired_t_p(exposure[a], exposure[b]))
        signs += [float(first.mean() - second.mean()), float((exposure[a] - exposure[b]).mean())]
    is_sure_of = correct_holm(raw) < level
    wins: dict[int, int] = dict.fromkeys(points, 0)
    for number, (a, b) in enumerate(pairs):
        changes = {np.sign(signs[k]) for k in (2 * number, 2 * number + 1) if is_sure_of[k]}
        if len(changes) == 1:
            wins[a if changes == {-1.0} else b] += 1
    return next((point for point in points if wins[point] == len(points) - 1), None)


def _summarise(own: pd.DataFrame, confidence: float) -> dict[str, Any]:
    """Summarise the replications of a point."""
    n, hits = len(own), int(own["has_contact"].sum())
    low, high = compute_wilson_interval(hits, n, confidence)
    row: dict[str, Any] = {
        "replications": n,
        "contact_replications": hits,
        "p_contact": hits / n if n else np.nan,
        "p_contact_low": float(low),
        "p_contact_high": float(high),
    }
    for name, column in (("contacts", "places_any"), ("exposure_person_min", "side_exposure_person_min")):
        values = own[column].to_numpy(np.float64)
        row[f"{name}_mean"] = float(values.mean()) if n else np.nan
        row[f"{name}_low"], row[f"{name}_high"] = compute_mean_interval(values, confidence)
    return row


def _find_points(changes: Mapping[int, tuple[str, str]], key: str) -> list[int]:
    return [point for point, (own_key, _) in changes.items() if own_key == key]


def _order_level(level: str, known: list[str]) -> tuple[float, int]:
    """Return where a level stands: by its number, or in the order given."""
    try:
        numbers = [float(text) for text in known]
    except ValueError:
        return 0.0, known.index(level)
    return numbers[known.index(level)], 0
