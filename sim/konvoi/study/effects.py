"""What a plan changes: how often and how much, each with its interval, corrected together.

Plans are compared over the same days in every outcome at once: shares of days (any contact, a large one) by McNemar's
exact test with Newcombe's interval, exposure by the paired t test with the interval of the ratio of means by a Bayesian
bootstrap. All p-values of all plans and outcomes are corrected together by Holm. A plan is lower where at least one
outcome is and none is higher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from konvoi.streams import build_generator
from konvoi.study.comparison import (
    compute_mcnemar_p,
    compute_paired_share_interval,
    compute_paired_t_p,
    correct_holm,
)

FloatArray = NDArray[np.float64]

SAMPLES = 4000
PRIOR = 0.5  # weight of a pseudo-day without any change where a plan has 0 on all days, so that it is not "exactly 0"

Outcome = Literal["lower", "higher", "mixed", "unclear"]


@dataclass(frozen=True)
class ShareEffect:
    """Difference of a share of days, plan − reference; the interval holds jointly with all others."""

    name: str
    difference: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class ExposureEffect:
    """Exposure of the plan over that of the reference; NaN where the reference has none."""

    ratio: float
    low: float
    high: float
    p_value: float
    difference_person_min: float


@dataclass(frozen=True)
class Effect:
    """A plan against its reference."""

    plan: str
    shares: tuple[ShareEffect, ...]
    exposure: ExposureEffect
    outcome: Outcome


@dataclass(frozen=True)
class PlanDays:
    """Outcomes of one plan on n days: shares by name (n,) and exposure (n,), person-min."""

    is_hit: Mapping[str, NDArray[np.bool_]]
    exposure_person_min: FloatArray


def compare_effects(
    reference: PlanDays, plans: Mapping[str, PlanDays], confidence: float = 0.95, seed: int = 1
) -> list[Effect]:
    """Compare plans with a reference over the same days.

    Parameters
    ----------
    reference, plans
        With the same days in the same order, and the same names of shares.
    seed
        Of the bootstrap.

    Raises
    ------
    ValueError
        When a plan has other days or other outcomes than the reference.
    """
    names = list(reference.is_hit)
    n = len(reference.exposure_person_min)
    for plan, days in plans.items():
        if list(days.is_hit) != names or len(days.exposure_person_min) != n:
            raise ValueError(f"{plan}: paired plans need the same outcomes of the same days")
    n_tests = max(1, len(plans) * (len(names) + 1))
    joint = 1.0 - (1.0 - confidence) / n_tests
    raw: list[float] = []
    for days in plans.values():
        for name in names:
            a, b = days.is_hit[name], reference.is_hit[name]
            raw.append(compute_mcnemar_p(int(np.sum(a & ~b)), int(np.sum(~a & b))))
        raw.append(compute_paired_t_p(days.exposure_person_min, reference.exposure_person_min))
    corrected = iter(correct_holm(raw).tolist())
    effects = []
    for plan, days in plans.items():
        shares = tuple(
            ShareEffect(
                name, *compute_paired_share_interval(days.is_hit[name], reference.is_hit[name], joint), next(corrected)
            )
            for name in names
        )
        ratio, low, high = compute_ratio_interval(days.exposure_person_min, reference.exposure_person_min, joint, seed)
        difference = float(np.mean(days.exposure_person_min - reference.exposure_person_min)) if n else float("nan")
        exposure = ExposureEffect(ratio, low, high, next(corrected), difference)
        changes = [(share.difference, share.p_value) for share in shares] + [(difference, exposure.p_value)]
        effects.append(Effect(plan, shares, exposure, _judge(changes, 1.0 - confidence)))
    return effects


def compute_ratio_interval(
    first: ArrayLike, second: ArrayLike, confidence: float = 0.95, seed: int = 1, samples: int = SAMPLES
) -> tuple[float, float, float]:
    """Compute the ratio of two means over the same days, with its Bayesian bootstrap interval (Rubin 1981).

    Each day weighs Gamma(1) in a sample. Where the first is 0 on all days, a pseudo-day without change, both at the
    reference's mean, weighs Gamma(½), so that the upper end says something.

    Returns
    -------
    Ratio, lower and upper end; NaN without days or where the second is 0 throughout.
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"paired outcomes need one value a day each; got {a.shape} and {b.shape}")
    if a.size == 0 or not b.sum() > 0.0:
        return float("nan"), float("nan"), float("nan")
    generator = build_generator(seed, "bootstrap", "ratio")
    weight = generator.standard_gamma(1.0, (samples, a.size))
    pseudo = generator.standard_gamma(PRIOR, samples) * (0.0 if a.any() else b.mean())
    ratios = (weight @ a + pseudo) / (weight @ b + pseudo)
    outside = 0.5 * (1.0 - confidence)
    low, high = np.quantile(ratios, [outside, 1.0 - outside])
    ratio = float(a.mean() / b.mean())
    return ratio, min(float(low), ratio), max(float(high), ratio)


def _judge(changes: Sequence[tuple[float, float]], level: float) -> Outcome:
    """Judge by all outcomes: (difference, corrected p-value) each."""
    sure = [difference for difference, p_value in changes if p_value < level]
    is_lower, is_higher = any(value < 0.0 for value in sure), any(value > 0.0 for value in sure)
    if is_lower and is_higher:
        return "mixed"
    return "lower" if is_lower else "higher" if is_higher else "unclear"
