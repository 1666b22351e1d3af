"""Numbers with no more digits than their intervals carry."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10


def find_step(low: float, high: float) -> float:
    """Find the power of ten of half an interval's width: digits below it are noise.

    Returns
    -------
    The step; 0 for an interval without width or without ends, of which nothing is known.
    """
    half = 0.5 * (high - low)
    return 10.0 ** floor(log10(half)) if isfinite(half) and half > 0.0 else 0.0


def round_to_interval(value: float, low: float, high: float) -> float:
    """Round a value to the step its interval carries: 163,412 (155,020–171,804) is 163,000."""
    step = find_step(low, high)
    return round(value / step) * step if step > 0.0 else value


def round_interval(low: float, high: float) -> tuple[float, float]:
    """Round an interval outwards to its step, so that rounding never claims more."""
    step = find_step(low, high)
    if step == 0.0:
        return low, high
    return floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step


def round_percent_up(share: float, threshold: float | None = None) -> float:
    """Round an upper end of a share up, in percent: to whole ones, or to tenths below 10 %.

    Rounding up keeps the order with a threshold: 5.04 % reads 5.1 %, never 5 %. With a threshold given, what lies below
    it never reads as the threshold itself: 4.96 % keeps its hundredths.
    """
    percent = 100.0 * share
    if percent >= 10.0:
        return float(ceil(percent - 1e-9))
    tenths = ceil(10.0 * percent - 1e-9) / 10.0
    if threshold is not None and share < threshold <= tenths / 100.0:
        return ceil(100.0 * percent - 1e-9) / 100.0
    return tenths


def round_percent_down(share: float) -> float:
    """Round a lower end of a share down, in percent: to whole ones, or to tenths below 10 %."""
    percent = 100.0 * share
    return float(floor(percent + 1e-9)) if percent >= 10.0 else floor(10.0 * percent + 1e-9) / 10.0


def round_distance_km(distance_km: float, accuracy_m: float) -> float:
    """Round a distance to what the accuracy of its places carries: to 100 m, 500 m, then whole kilometres."""
    step_km = next((step for limit_m, step in ((100.0, 0.1), (500.0, 0.5)) if accuracy_m <= limit_m), 1.0)
    return round(distance_km / step_km) * step_km
