"""Quantiles one can promise: an upper confidence bound from the days themselves, whatever their distribution."""

from __future__ import annotations

from math import ceil, floor

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

STEP_MIN = 10.0  # what clocks on a paper carry


def compute_quantile_bound(values: ArrayLike, share: float, confidence: float = 0.95) -> float:
    """Compute an upper confidence bound of a quantile, in the unit of the values.

    The k-th smallest of n values lies at or above the quantile with probability P(X ≤ k − 1), X ~ Binomial(n, share); the
    least such k is taken. Needs n ≥ ln(1 − confidence)/ln(share): 59 days for 95 % at 95 %.

    Returns
    -------
    The bound; NaN where there are too few values to give one.
    """
    ordered = np.sort(np.asarray(values, np.float64))
    n = len(ordered)
    if n == 0:
        return float("nan")
    reached = special.bdtr(np.arange(n), n, share)  # P(X ≤ k − 1) for k = 1 … n
    is_enough = reached >= confidence
    return float(ordered[int(is_enough.argmax())]) if is_enough.any() else float("nan")


def compute_low_quantile_bound(values: ArrayLike, share: float, confidence: float = 0.95) -> float:
    """Compute a lower confidence bound of a quantile: the mirror image of the upper one."""
    return -compute_quantile_bound(-np.asarray(values, np.float64), 1.0 - share, confidence)


def round_up_s(time_s: float) -> float:
    """Round a time up to the next 10 minutes, s: nobody is told to be earlier than the days allow."""
    return ceil(time_s / (60.0 * STEP_MIN) - 1e-9) * 60.0 * STEP_MIN


def round_down_s(time_s: float) -> float:
    """Round a time down to the last 10 minutes, s."""
    return floor(time_s / (60.0 * STEP_MIN) + 1e-9) * 60.0 * STEP_MIN
