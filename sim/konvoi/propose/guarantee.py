"""When "contact on at most 5 % of days" may be said of a plan, whatever the search that led to it.

Every plan that enters is watched on *fresh* days, which chose nothing. With k plans entered and an error of α over the
whole search, each plan has the level α/k. A plan is declared to stay within a threshold p at day n_j when it has had at
most j days with contact until then. The days n_0 < n_1 < … are the least for which

    P(some j: X(n_j) ≤ j)  ≤  α/k    at a true share of p,

hence for every larger share too, since X grows with it. Without a hit that is (1 − p)ⁿ ≤ α/k: for 5 % and α = 5 % after
59 days alone, 107 among 12 plans, 149 among 100, 194 among 1,000. What n_0 has left is spent on later days, half of the
rest at each, so that a plan with a few hits can still be declared. When half of α/k is kept for them, a plan among two
whose true share is 1.3 % is declared by day 220 with a probability of 0.76 instead of 0.44.

Several thresholds are watched at once without a further correction: a smaller one never has an earlier day n_j, so
whoever is declared for 1 % was declared for 5 % before. A wrong declaration at any threshold is then one at the largest
threshold below the truth, which has the level α/k.

Sources: Wald (1945), Annals of Mathematical Statistics 16:117–186 (sequential tests); Armitage, McPherson and Rowe
(1969), JRSS A 132:235–244 (their error by recursion); Bonferroni for the plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from konvoi.arrays import LongArray

THRESHOLDS = (0.01, 0.05, 0.10)  # officials may choose among them afterwards
MAX_HITS = 60  # more days with contact end the watching: no plan of interest has so many


@dataclass(frozen=True)
class Guarantee:
    """The test all plans of one search enter.

    ``n_entered`` is fixed before the first fresh day; ``error`` is the probability that anything declared is wrong;
    ``first_share`` is the share of it that is spent on plans without a single hit. All of it declares those soonest;
    half of it costs them some 14 days, and lets a plan with a hit or two be declared long before.
    """

    n_entered: int
    error: float = 0.05
    thresholds: tuple[float, ...] = THRESHOLDS
    first_share: float = 1.0

    def __post_init__(self) -> None:
        if self.n_entered < 1:
            raise ValueError("at least one plan must enter")
        if not 0.0 < self.error < 1.0:
            raise ValueError("the error lies between 0 and 1")
        if not 0.0 < self.first_share <= 1.0:
            raise ValueError("the share spent first lies above 0 and is at most 1")
        if not self.thresholds or not all(0.0 < threshold < 1.0 for threshold in self.thresholds):
            raise ValueError("thresholds lie between 0 and 1")

    def compute_days(self, threshold: float) -> LongArray:
        """Compute the days n_j at which a plan with at most j hits is declared, (MAX_HITS + 1,)."""
        if threshold not in self.thresholds:
            raise ValueError(f"a threshold of {threshold:g} was not agreed on before: {self.thresholds}")
        return _compute_nested_days(self.thresholds, self.error / self.n_entered, self.first_share)[threshold]

    def find_declared_day(self, has_contact: ArrayLike, threshold: float) -> int | None:
        """Find the day after which a plan is declared to stay within a threshold; None while it is not.

        Parameters
        ----------
        has_contact
            (n,) truth per fresh day, in the order of the days.
        """
        hits = np.concatenate([[0], np.cumsum(np.asarray(has_contact, np.bool_))])
        days = self.compute_days(threshold)
        reached = days[days < len(hits)]
        declared = np.flatnonzero(hits[reached] <= np.arange(len(reached)))
        return int(reached[declared[0]]) if len(declared) else None

    def find_bound(self, has_contact: ArrayLike) -> float | None:
        """Find the smallest threshold a plan is declared to stay within; None without one.

        It is an upper bound of the plan's share of days with contact, valid for all plans at once.
        """
        declared = [one for one in self.thresholds if self.find_declared_day(has_contact, one) is not None]
        return min(declared) if declared else None

    def can_be_declared(self, has_contact: ArrayLike, threshold: float, n_days: int) -> bool:
        """Tell whether a plan is declared, or would be by ``n_days`` if no further hit came."""
        known = np.asarray(has_contact, np.bool_)
        further = np.zeros(max(0, n_days - len(known)), np.bool_)
        return self.find_declared_day(np.concatenate([known, further]), threshold) is not None


def compute_needed_days(threshold: float, level: float) -> int:
    """Compute the least n with (1 − threshold)ⁿ ≤ level: days without a hit until a plan is declared."""
    return max(1, ceil(log(level) / log(1.0 - threshold) - 1e-9))


@lru_cache(maxsize=64)
def _compute_nested_days(thresholds: Sequence[float], level: float, first_share: float) -> dict[float, LongArray]:
    """Compute the days of each threshold, none earlier than those of a larger one."""
    days: dict[float, LongArray] = {}
    floor = np.zeros(MAX_HITS + 1, np.int64)
    for threshold in sorted(thresholds, reverse=True):
        days[threshold] = floor = _compute_days(threshold, level, first_share, floor)
    return days


def _compute_days(threshold: float, level: float, first_share: float, floor: LongArray) -> LongArray:
    """Compute the days of one threshold, none before ``floor``.

    Who is not declared at n_j has more than j hits. Of those, only the ones with exactly j + 1 can be declared next;
    their probability falls by 1 − p with each day without a hit.
    """
    days = np.zeros(MAX_HITS + 1, np.int64)
    days[0] = max(compute_needed_days(threshold, first_share * level), int(floor[0]))
    counts = np.arange(MAX_HITS + 2)
    mass = stats.binom.pmf(counts, days[0], threshold)  # of each number of hits, among those not declared
    rest = level - float(mass[0])
    mass[0] = 0.0
    for hits in range(1, MAX_HITS + 1):
        spent = 0.5 * rest
        wait = max(1, ceil(log(spent / mass[hits]) / log(1.0 - threshold))) if mass[hits] > spent else 1
        days[hits] = max(days[hits - 1] + wait, int(floor[hits]))
        more = stats.binom.pmf(counts, days[hits] - days[hits - 1], threshold)
        mass = np.convolve(mass, more)[: MAX_HITS + 2]
        rest -= float(mass[hits])
        mass[hits] = 0.0
    return days
