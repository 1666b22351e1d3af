"""How many replications each design point is to have: in rounds, until its answer is precise or its side is known.

A sweep looks at its results after each round. Looking often and stopping when it suits loses coverage: a 95 % interval
drawn at such a moment covers a P(contact) at the threshold in 86 % of sweeps only. The interval is therefore drawn at
a higher confidence, chosen so that the stated one holds under this very rule; that is computed, not approximated, for
whether a point goes on depends on two counts alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from konvoi.arrays import FloatArray, LongArray
from konvoi.study.intervals import compute_wilson_interval

GROWTH = 1.5  # of a point's replications per round: few looks, and at most a third of the work beyond what was needed
MAX_CAP = 20_000  # of a rule that looks more than once; bounds the working memory of the exact coverage
# Shares of 1 − confidence that are tried for the interval, from one look's to very cautious.
_SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05, 0.02)


@dataclass(frozen=True)
class StoppingRule:
    """When a design point has enough replications.

    It ends when its Wilson interval, at ``interval_confidence``, has at most the half-width or lies wholly on one side
    of the threshold, or when the cap is reached.
    """

    first: int = 100  # replications of every point before the first look
    batch: int = 50  # totals grow to multiples of it
    cap: int = 1000  # replications no point exceeds
    half_width: float = 0.02  # of P(contact)
    threshold: float = 0.05  # largest acceptable P(contact)
    confidence: float = 0.95  # the coverage that is stated

    def __post_init__(self) -> None:
        faults = []
        if not 1 <= self.first <= self.cap:
            faults.append(f"first: {self.first} given; allowed from 1 to the cap, {self.cap}")
        if self.batch < 1:
            faults.append(f"batch: {self.batch} given; at least 1 is allowed")
        if self.first < self.cap > MAX_CAP:
            faults.append(
                f"cap: {self.cap} given; at most {MAX_CAP} is allowed, or first equal to the cap for one look"
            )
        for name in ("half_width", "threshold", "confidence"):
            if not 0.0 < getattr(self, name) < 1.0:
                faults.append(f"{name}: {getattr(self, name)} given; allowed between 0 and 1")
        if faults:
            raise ValueError("stopping rule: " + "; ".join(faults))

    @classmethod
    def fixed(cls, replications: int, threshold: float = 0.05, confidence: float = 0.95) -> StoppingRule:
        """Return the rule that gives every point the same number and looks once, at the end (also for a quick answer)."""
        return cls(first=replications, batch=replications, cap=replications, threshold=threshold, confidence=confidence)

    @property
    def interval_confidence(self) -> float:
        """Confidence at which intervals are drawn so that ``confidence`` holds; equal to it when there is one look."""
        return _calibrate(self)


def allocate(
    replications: LongArray, with_contact: LongArray, rule: StoppingRule, failed: LongArray | None = None
) -> LongArray:
    """Return how many replications each design point is to have after the next round, in total.

    Each point's total depends on its own counts alone. A sweep that is continued, on any number of workers, comes to
    the same totals when it takes the rounds in order: first ``rule.first`` of each point, then of every round only the
    replications with a number below the point's total.

    Parameters
    ----------
    replications
        (points,) replications that each point has, those that failed included.
    with_contact
        (points,) those of them with at least one contact.
    failed
        (points,) those that ended with an error: they count towards the cap and tell nothing; none if not given.

    Returns
    -------
    (points,) new totals; equal to ``replications`` where the point has ended.

    Raises
    ------
    ValueError
        When counts are negative or do not fit each other.
    """
    total = np.asarray(replications, np.int64)
    usable = total - (np.zeros_like(total) if failed is None else np.asarray(failed, np.int64))
    if total.shape != np.shape(with_contact) or np.any(usable < 0) or np.any(usable > total):
        raise ValueError("replications, with_contact and failed need one fitting count per design point")
    grown = np.minimum(_grow(total, rule), rule.cap)
    return np.where(has_ended(total, with_contact, rule, failed), total, np.maximum(grown, total)).astype(np.int64)


def has_ended(
    replications: ArrayLike, with_contact: ArrayLike, rule: StoppingRule, failed: ArrayLike | None = None
) -> NDArray[np.bool_]:
    """Say which design points need no further replication; arguments as of `allocate`."""
    total = np.asarray(replications, np.int64)
    usable = total - (0 if failed is None else np.asarray(failed, np.int64))
    is_answered = _is_answered(usable, np.asarray(with_contact, np.int64), rule, rule.interval_confidence)
    return np.asarray(((total >= rule.first) & is_answered) | (total >= rule.cap), np.bool_)


def compute_coverage(rule: StoppingRule, p: ArrayLike, interval_confidence: float | None = None) -> FloatArray:
    """Compute the probability that the interval drawn when a point ends holds its true P(contact), exactly.

    Whether a point with k contacts in n replications has come that far does not depend on P given (n, k), since k is
    sufficient: A(m, k') = Σ A(n, k)·H(k), over the k at which it goes on, with H the hypergeometric chance of k
    contacts among the first n of m replications with k' contacts. Then P(ends at n with k) = A(n, k)·Bin(k; n, P).

    Parameters
    ----------
    p
        True probabilities of contact, of any shape.
    interval_confidence
        Confidence of the Wilson interval, for stopping and for stating; the rule's own if not given.

    Returns
    -------
    Coverage, in the shape of ``p``.
    """
    return _follow(rule, p, _or_own(rule, interval_confidence))[0]


def compute_expected_replications(
    rule: StoppingRule, p: ArrayLike, interval_confidence: float | None = None
) -> FloatArray:
    """Compute the mean number of replications of a point with a true P(contact), exactly; see `compute_coverage`."""
    return _follow(rule, p, _or_own(rule, interval_confidence))[1]


def _or_own(rule: StoppingRule, interval_confidence: float | None) -> float:
    """Return a given confidence, or the rule's own."""
    return rule.interval_confidence if interval_confidence is None else interval_confidence


def _grow(total: LongArray, rule: StoppingRule) -> LongArray:
    """Return the totals of the round after these totals, before the cap."""
    batches = np.maximum(np.ceil(total * GROWTH / rule.batch), total // rule.batch + 1)
    return np.asarray(np.maximum(batches * rule.batch, rule.first), np.int64)


def _is_answered(
    n: LongArray, with_contact: LongArray, rule: StoppingRule, interval_confidence: float
) -> NDArray[np.bool_]:
    """Say whether the interval is narrow enough or on one side of the threshold."""
    low, high = compute_wilson_interval(with_contact, n, interval_confidence)
    is_narrow = (high - low) / 2.0 <= rule.half_width
    return np.asarray(is_narrow | (high < rule.threshold) | (low > rule.threshold), np.bool_)


@lru_cache(maxsize=64)
def _calibrate(rule: StoppingRule) -> float:
    """Find the confidence of the interval at which the stated confidence holds for every P from 2 % to 98 %.

    The grid is dense about the threshold, where looking often costs most.
    """
    if rule.first >= rule.cap:
        return rule.confidence
    near = rule.threshold * np.linspace(0.4, 2.5, 85)
    grid = np.concatenate([near[(near >= 0.02) & (near <= 0.98)], np.linspace(0.02, 0.98, 97)])
    for share in _SHARES:
        level = 1.0 - share * (1.0 - rule.confidence)
        if compute_coverage(rule, grid, level).min() >= rule.confidence:
            break
    return level


def _follow(rule: StoppingRule, p: ArrayLike, interval_confidence: float) -> tuple[FloatArray, FloatArray]:
    """Follow a point through all rounds: its coverage and its mean number of replications, in the shape of P."""
    shape, p = np.shape(p), np.ravel(np.asarray(p, np.float64))
    covered, expected = np.zeros_like(p), np.zeros_like(p)
    n, going_on = rule.first, np.ones(rule.first + 1)
    first_k = 0  # number of contacts that going_on begins with
    while True:
        k = first_k + np.arange(len(going_on), dtype=np.int64)
        low, high = compute_wilson_interval(k, n, interval_confidence)
        is_end = _is_answered(np.full_like(k, n), k, rule, interval_confidence) | (n >= rule.cap)
        ends = is_end & (going_on > 0.0)
        chance = going_on[ends, None] * _compute_binomial(k[ends, None], n, p)
        is_in = (low[ends, None] <= p) & (p <= high[ends, None])
        covered += (chance * is_in).sum(axis=0)
        expected += n * chance.sum(axis=0)
        stays = np.flatnonzero(~is_end & (going_on > 0.0))
        if len(stays) == 0:
            return covered.reshape(shape), expected.reshape(shape)
        m = int(min(_grow(np.array([n], np.int64), rule)[0], rule.cap))
        first_k, last_k = int(k[stays[0]]), int(k[stays[-1]]) + m - n
        new = np.arange(first_k, last_k + 1)
        chance = _compute_hypergeometric(k[stays, None], n, new, m)
        going_on = going_on[stays] @ chance
        n = m


def _compute_binomial(k: LongArray, n: int, p: FloatArray) -> FloatArray:
    """Compute the binomial probability of k of n."""
    log_p = _log_choose(n, k) + special.xlogy(k, p) + special.xlog1py(n - k, -p)
    return np.asarray(np.exp(log_p), np.float64)


def _compute_hypergeometric(k: LongArray, n: int, of: LongArray, m: int) -> FloatArray:
    """Compute the probability of k contacts among the first n of m replications with a number of contacts."""
    rest = of - k
    is_possible = (rest >= 0) & (rest <= m - n)
    log_p = _log_choose(n, k) + _log_choose(m - n, np.clip(rest, 0, m - n)) - _log_choose(m, of)
    return np.where(is_possible, np.exp(log_p), 0.0)


def _log_choose(n: int, k: LongArray) -> FloatArray:
    """Compute the logarithm of n over k."""
    return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1), np.float64)
