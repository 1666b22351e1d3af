"""When two rallies let their people meet: the window of hours in which both are on the road."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from konvoi.arrays import FloatArray

Direction = Literal["opposite", "same", "crossing"]


def compute_meeting_window_s(
    passing_1_s: float,
    passing_2_s: float,
    shared_length_m: float,
    speed_mps: float | Sequence[float],
    direction: Direction = "opposite",
) -> tuple[float, float]:
    """Compute the window (s) of δ = entry of column 2 − entry of column 1 in which two columns meet (MODEL §2).

    ======== ======================================================================
    opposite −(D₂ + L/v₂) ≤ δ ≤ D₁ + L/v₁, from the two ends of the shared road
    same     −D₂ + min(0, c) ≤ δ ≤ D₁ + max(0, c) with c = L/v₁ − L/v₂; c = 0 at one speed
    crossing −D₂ ≤ δ ≤ D₁, δ taken at the junction
    ======== ======================================================================

    For the same direction: at distance x the columns are there at once iff δ − x(1/v₁ − 1/v₂) lies in −D₂ … D₁; the
    union over 0 ≤ x ≤ L is the window.

    Parameters
    ----------
    passing_1_s, passing_2_s
        Time each column needs to pass a point, D₁ and D₂.
    shared_length_m
        Length L of the shared road; not used for a crossing.
    speed_mps
        Head speed, one for both or one each.
    """
    if direction == "crossing":
        return -passing_2_s, passing_1_s
    speed_1_mps, speed_2_mps = _pair(speed_mps)
    ride_1_s, ride_2_s = shared_length_m / speed_1_mps, shared_length_m / speed_2_mps
    if direction == "same":
        catch_up_s = ride_1_s - ride_2_s
        return -passing_2_s + min(0.0, catch_up_s), passing_1_s + max(0.0, catch_up_s)
    return -(passing_2_s + ride_2_s), passing_1_s + ride_1_s


def compute_meeting_probability(
    gap_s: ArrayLike,
    passing_1_s: float,
    passing_2_s: float,
    shared_length_m: float,
    speed_mps: float | Sequence[float],
    lateness_sd_s: float | Sequence[float],
    direction: Direction = "opposite",
) -> FloatArray:
    """Compute the probability that two columns with normal lateness meet (MODEL §2).

    δ ~ Normal(gap, σ²) with σ² = σ₁² + σ₂²; P = Φ((high − gap)/σ) − Φ((low − gap)/σ) over the meeting window.

    Parameters
    ----------
    gap_s
        Mean of δ: planned gap plus what column 2 is later on average; any shape.
    lateness_sd_s
        Standard deviation of a column's lateness, one for both or one each. Nobody is late by chance at 0.

    Returns
    -------
    Probability, in the shape of ``gap_s``.
    """
    low_s, high_s = compute_meeting_window_s(passing_1_s, passing_2_s, shared_length_m, speed_mps, direction)
    gap = np.asarray(gap_s, np.float64)
    sd_s = float(np.hypot(*_pair(lateness_sd_s)))
    if sd_s == 0.0:
        return ((gap >= low_s) & (gap <= high_s)).astype(np.float64)
    return np.asarray(special.ndtr((high_s - gap) / sd_s) - special.ndtr((low_s - gap) / sd_s), np.float64)


def compute_theory_gap_s(
    probability: float,
    passing_1_s: float,
    shared_length_m: float,
    speed_mps: float,
    lateness_sd_s: float | Sequence[float],
) -> float:
    """Compute the gap (s) at which the pocket theory's probability has fallen to a value (MODEL §2).

    D + L/v + z_{1−p}·σ: passing time + time on the shared road + allowance for lateness. The distance between the
    venues is not in it. The chance that column 2 is so early that it leaves before column 1 comes is left out.
    """
    sd_s = float(np.hypot(*_pair(lateness_sd_s)))
    return passing_1_s + shared_length_m / speed_mps + float(special.ndtri(1.0 - probability)) * sd_s


def _pair(value: float | Sequence[float]) -> tuple[float, float]:
    """Return one number for each side."""
    if isinstance(value, Sequence):
        first, second = value
        return float(first), float(second)
    return float(value), float(value)
