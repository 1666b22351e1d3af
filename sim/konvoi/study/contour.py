"""Where P(contact) crosses the threshold along a factor, with a band: contours, safe gaps and slack.

The band is a Bayesian bootstrap over replication numbers (Rubin 1981): a sample gives every number a random weight, the
same at every design point, so that common random numbers keep what they have in common. Two half pseudo-replications,
one with contact everywhere and one with none (Jeffreys' prior), keep "0 of 100" from passing for certainty. Between two
simulated levels P is taken linear; outside them nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from konvoi.arrays import FloatArray
from konvoi.streams import BOOTSTRAP, build_generator

SAMPLES = 2000  # bootstrap samples; the ends of a 95 % band then rest on 50 samples each
PRIOR = 0.5  # weight of each pseudo-replication
_BLOCK = 4096  # patterns of contact weighted at a time, to bound memory


@dataclass(frozen=True)
class Curve:
    """P(contact) along one factor, the other factors at one level each."""

    x: FloatArray  # (k,) simulated levels, ascending
    p: FloatArray  # (k,) shares, monotone where the curve was made so
    samples: FloatArray  # (SAMPLES, k) bootstrap samples of them

    def interpolate(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return P and its samples (SAMPLES, m) at places between the simulated levels.

        Raises
        ------
        ValueError
            When a place is outside the simulated levels.
        """
        if len(x) and (x.min() < self.x[0] or x.max() > self.x[-1]):
            raise ValueError(f"only {self.x[0]:g} … {self.x[-1]:g} was simulated")
        left = np.clip(np.searchsorted(self.x, x, side="right") - 1, 0, max(0, len(self.x) - 2))
        right = np.minimum(left + 1, len(self.x) - 1)
        width = np.where(right > left, self.x[right] - self.x[left], 1.0)
        share = (x - self.x[left]) / width
        samples = self.samples[:, left] * (1.0 - share) + self.samples[:, right] * share
        return np.interp(x, self.x, self.p), samples


@dataclass(frozen=True)
class Crossing:
    """From where on a curve stays below the threshold; infinite beyond the longest simulated level."""

    at: float
    low: float
    high: float


def build_curve(
    x: FloatArray, has_contact: FloatArray, seed: int, monotone_from: float | None = None, samples: int = SAMPLES
) -> Curve:
    """Build the curve of P(contact) along a factor.

    Parameters
    ----------
    x
        (k,) simulated levels, ascending.
    has_contact
        (replications, k) 1 or 0 by number of the replication; NaN where it was not run or failed.
    seed
        Of the bootstrap.
    monotone_from
        From this level on P cannot rise, by theory: there the curve is the isotonic fit. None: nowhere.

    Raises
    ------
    ValueError
        When levels are not ascending, or one has no replication.
    """
    known = np.isfinite(has_contact)
    if has_contact.ndim != 2 or has_contact.shape[1] != len(x) or np.any(np.diff(x) <= 0):
        raise ValueError("a curve needs ascending levels and one column of replications for each")
    if not known.any(axis=0).all():
        raise ValueError("a curve needs at least one replication at every level")
    # Replications alike at every level share what they weigh: a sum of m exponential weights is Gamma(m).
    pattern, count = np.unique(np.where(known, has_contact, -1.0), axis=0, return_counts=True)
    rng = build_generator(seed, BOOTSTRAP)
    weight = rng.standard_gamma(PRIOR, (samples, 2))
    hits = np.repeat(weight[:, :1], len(x), axis=1)
    total = np.repeat(weight.sum(axis=1, keepdims=True), len(x), axis=1)
    for begin in range(0, len(pattern), _BLOCK):
        part = pattern[begin : begin + _BLOCK]
        weight = rng.standard_gamma(count[begin : begin + _BLOCK], (samples, len(part)))
        hits += weight @ (part == 1.0)
        total += weight @ (part >= 0.0)
    n = known.sum(axis=0).astype(np.float64)
    p = np.nansum(has_contact, axis=0) / n
    drawn = hits / total
    if monotone_from is not None:
        falling = x >= monotone_from
        p[falling] = _make_falling(p[falling], n[falling])
        for sample, weight_of in zip(drawn, total, strict=True):
            sample[falling] = _make_falling(sample[falling], weight_of[falling])
    return Curve(np.asarray(x, np.float64), p, drawn)


def find_crossing(curve: Curve, threshold: float, confidence: float = 0.95) -> Crossing:
    """Find from which level on P stays below the threshold, to the longest simulated one, with its interval.

    Every longer level must be below, too: a dip between two high levels is none (the verdict's rule). Where P is below
    throughout, it is the shortest simulated level; nothing is said of shorter ones.
    """
    outside = 0.5 * (1.0 - confidence)
    at = _cross(curve.x, curve.p[None, :], threshold)[0]
    # Infinite samples are ordered last, so the ends are order statistics, not interpolated between inf and a number.
    ends = np.quantile(_cross(curve.x, curve.samples, threshold), [outside, 1.0 - outside], method="inverted_cdf")
    return Crossing(float(at), float(ends[0]), float(ends[1]))


def compute_band(
    curve: Curve, x: FloatArray, threshold: float, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Compute P, the lower and upper end of its band, and how sure P is below the threshold, at places of the factor.

    Returns
    -------
    Four (m,) arrays; the last is the share of bootstrap samples below. The threshold's contour is where P crosses it,
    its band where that share lies between the two tails of the confidence.
    """
    outside = 0.5 * (1.0 - confidence)
    p, samples = curve.interpolate(x)
    low, high = np.quantile(samples, [outside, 1.0 - outside], axis=0)
    return p, low, high, np.asarray((samples < threshold).mean(axis=0), np.float64)


def compute_slack(curve: Curve, level: int, threshold: float, confidence: float = 0.95) -> tuple[Crossing, Crossing]:
    """Compute how much the level may fall, and how much it may rise, with P still below the threshold all the way.

    Of a gap this is slack against lateness. A side that is later than drawn brings its organised convoys, its rally and
    its way home later, its independent riders come as planned: m minutes of the earlier side are at most as bad as a
    gap m minutes shorter, m minutes of the later side at most as bad as one m minutes longer.

    Parameters
    ----------
    level
        Index of the simulated level.

    Returns
    -------
    Downwards and upwards, cut at the shortest and the longest simulated level; NaN where P is not below at the level.
    A sample that is not below counts as no slack.
    """
    if curve.p[level] >= threshold:
        none = Crossing(np.nan, np.nan, np.nan)
        return none, none
    outside = 0.5 * (1.0 - confidence)
    found = []
    for step in (-1, 1):
        x = curve.x[level::step] * step  # from the level outwards, ascending
        room = _walk(x, np.vstack([curve.p, curve.samples])[:, level::step], threshold)
        low, high = np.quantile(room[1:], [outside, 1.0 - outside], method="inverted_cdf")
        found.append(Crossing(float(room[0]), float(low), float(high)))
    return found[0], found[1]


def _walk(x: FloatArray, p: FloatArray, threshold: float) -> FloatArray:
    """Return how far each row of p (rows, k) stays below the threshold, from the first level on."""
    is_above = p >= threshold
    first = np.where(is_above.any(axis=1), is_above.argmax(axis=1), len(x))
    row, before = np.arange(len(p)), np.maximum(first - 1, 0)
    at = np.minimum(first, len(x) - 1)
    rise = np.where(at > before, p[row, at] - p[row, before], 1.0)
    place = x[before] + (threshold - p[row, before]) / rise * (x[at] - x[before])
    return np.where(first == 0, 0.0, np.where(first == len(x), x[-1], place) - x[0])


def _cross(x: FloatArray, p: FloatArray, threshold: float) -> FloatArray:
    """Return from where on each row of p (samples, k) stays below the threshold."""
    stays = np.logical_and.accumulate(p[:, ::-1] < threshold, axis=1)[:, ::-1]
    first = stays.argmax(axis=1)  # of the levels that stay below
    row = np.arange(len(p))
    before = np.maximum(first - 1, 0)
    above, below = p[row, before], p[row, first]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (above - threshold) / (above - below)
        between = x[before] + share * (x[first] - x[before])
    return np.where(~stays[:, -1], np.inf, np.where(first == 0, x[0], between))


def _make_falling(p: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the weighted least-squares fit that never rises (pool adjacent violators)."""
    if len(p) < 2 or np.all(np.diff(p) <= 0.0):
        return p
    return np.asarray(isotonic_regression(p, weights=weight, increasing=False).x, np.float64)
