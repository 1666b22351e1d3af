"""Intervals, thresholds and the pocket theory: how sure an answer is, and what it should be where one can derive it."""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from konvoi.arrays import FloatArray


def compute_wilson_interval(
    successes: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Compute the Wilson score interval of a share.

    With p = k/n and z the normal quantile of the confidence, the interval is
    (p + z²/2n ± z·sqrt(p(1 − p)/n + z²/4n²)) / (1 + z²/n). It never leaves 0 … 1 and says something at 0 of n.

    Parameters
    ----------
    successes, n
        Counts; arrays are broadcast against each other.
    confidence
        Between 0 and 1.

    Returns
    -------
    Lower and upper ends: exactly 0 below for 0 of n, exactly 1 above for n of n, NaN both for n = 0.

    Raises
    ------
    ValueError
        When a count is negative or more than n.

    Notes
    -----
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22:209–212.
    """
    k, total = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(n, np.float64))
    if np.any(k < 0) or np.any(k > total):
        raise ValueError("successes must lie between 0 and n")
    z = _compute_normal_quantile(confidence)
    counted = np.where(total > 0, total, np.nan)
    share = k / counted
    scale = 1.0 + z * z / counted
    centre = (share + z * z / (2.0 * counted)) / scale
    half = z * np.sqrt(share * (1.0 - share) / counted + (z / (2.0 * counted)) ** 2) / scale
    # In exact arithmetic the ends are 0 and 1 here; rounding would leave ±1e-17.
    low = np.where((k == 0) & (total > 0), 0.0, centre - half)
    high = np.where((k == total) & (total > 0), 1.0, centre + half)
    return low, high


def compute_stratified_interval(
    has_contact: ArrayLike, strata: ArrayLike, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Compute the interval of a share from stratified replications, and how many plain ones it is worth.

    All replications weigh the same, since each stratum comes up in proportion to its probability. With p̂ the share,
    n_k replications and x_k contacts in stratum k, the variance is Σ n_k p_k(1 − p_k)/n² with p_k = (x_k + p̂)/(n_k + 1):
    a stratum's share drawn towards the whole by one replication's weight, so that few replications in a stratum,
    all of them with contact, do not pass for certainty. The smaller variance of the two sides' strata counts. The
    effective number is p̂(1 − p̂) over that variance, at least n; the interval is Wilson's with that number.

    Parameters
    ----------
    has_contact
        (n,) truth per replication.
    strata
        (n, 2) stratum of each side's lateness (`konvoi.plan.strata`).

    Returns
    -------
    Lower end, upper end, effective number of replications; NaN, NaN, 0 for no replication.
    """
    hit, stratum = np.asarray(has_contact, np.float64), np.asarray(strata, np.int64)
    n = len(hit)
    if stratum.shape != (n, 2):
        raise ValueError(f"strata of {n} replications have the shape ({n}, 2); got {stratum.shape}")
    if n == 0:
        return float("nan"), float("nan"), 0.0
    share, worth = float(hit.mean()), float(n)
    if 0.0 < share < 1.0:
        for side in (0, 1):
            in_stratum = np.bincount(stratum[:, side])
            p = (np.bincount(stratum[:, side], hit) + share) / (in_stratum + 1.0)
            variance = float((in_stratum * p * (1.0 - p)).sum()) / n**2
            worth = max(worth, share * (1.0 - share) / variance)
    low, high = compute_wilson_interval(share * worth, worth, confidence)
    return float(low), float(high), worth


def compute_needed_replications(threshold: float, confidence: float = 0.95) -> int:
    """Compute how many replications without contact it takes for the Wilson upper end to fall below a threshold.

    0 of n has the upper end z²/(n + z²), hence n > z²(1 − threshold)/threshold.
    """
    z = _compute_normal_quantile(confidence)
    n = ceil(z * z * (1.0 - threshold) / threshold)
    return n if z * z / (n + z * z) < threshold else n + 1


def compute_mean_interval(values: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Compute Student's t interval of a mean, in the unit of the values.

    Returns
    -------
    Lower and upper end; NaN both for fewer than two values. Values that are all equal give an interval of no width.
    """
    sample = np.asarray(values, np.float64)
    if sample.size < 2:
        return float("nan"), float("nan")
    mean = float(sample.mean())
    error = float(sample.std(ddof=1)) / np.sqrt(sample.size)
    half = float(special.stdtrit(sample.size - 1, 0.5 + confidence / 2.0)) * float(error)
    return mean - half, mean + half


def compute_paired_difference(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> tuple[float, float, float]:
    """Compute the mean of a − b over replications with the same seed, with its t interval.

    Parameters
    ----------
    a, b
        (n,) outcomes of the same replications in the same order, in one unit.

    Returns
    -------
    Mean difference, lower end, upper end; NaN where there are too few values.

    Raises
    ------
    ValueError
        When the two do not have one value per replication each.
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"paired outcomes need one value per replication each; got {first.shape} and {second.shape}")
    difference = first - second
    low, high = compute_mean_interval(difference, confidence)
    return float(difference.mean()) if difference.size else float("nan"), low, high


def find_safe_gaps(
    points: pd.DataFrame, threshold: float, column: str = "p_contact_high"
) -> tuple[tuple[float, float], ...]:
    """Find the simulated gaps below the threshold, as runs of neighbours: a longer gap may be worse again.

    Parameters
    ----------
    points
        Rows of `konvoi.tables.sweep.POINTS` that differ in nothing but the gap. Another day does not count as a gap.
    column
        What is compared; the upper end of the interval, so that luck in few replications is no safety. A missing
        value is not below.

    Returns
    -------
    Shortest and longest gap of each run, min, ascending; what lies between two simulated gaps of a run was not simulated.
    """
    same_day = points.loc[~points["is_another_day"].astype(bool)].sort_values("gap_min")
    runs: list[tuple[float, float]] = []
    follows = False
    for gap_min, value in zip(same_day["gap_min"], same_day[column].astype(np.float64), strict=True):
        if value < threshold:
            runs.append((runs.pop()[0] if follows else float(gap_min), float(gap_min)))
        follows = bool(value < threshold)
    return tuple(runs)


def _compute_normal_quantile(confidence: float) -> float:
    """Return z of a two-sided interval."""
    return float(special.ndtri(0.5 + confidence / 2.0))
