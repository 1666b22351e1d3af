"""Plans that no other plan beats on exposure, burden and fairness together, and how sure that is.

Burden and fairness follow from the plan; exposure is known from days both plans were simulated on. A plan *beats*
another one when it is at least as good in all three and better in one.

- *beaten*: some plan costs no more, is no less fair, and has clearly less exposure; or the same exposure on every day at
  a lower burden;
- *certain*: every plan that costs no more and is no less fair has clearly more exposure;
- *cannot be excluded*: all others.

"Clearly" is a paired t test on the same days, corrected by Holm for all pairs that were compared.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from konvoi.study.comparison import compute_paired_t_p, correct_holm

Mark = Literal["certain", "cannot_be_excluded", "beaten"]


def mark_front(
    exposure_person_min: ArrayLike,
    burden: ArrayLike,
    ratio: ArrayLike,
    error: float = 0.05,
) -> list[Mark]:
    """Mark each plan.

    Parameters
    ----------
    exposure_person_min
        (k, n) of each plan, on the same n days.
    burden, ratio
        (k,) total burden, and the ratio of the sides' burdens (1: alike).
    error
        Probability that any difference called clear is none.
    """
    exposure = np.asarray(exposure_person_min, np.float64)
    cost, unfair = np.asarray(burden, np.float64), np.asarray(ratio, np.float64)
    k = len(cost)
    if exposure.shape[0] != k or len(unfair) != k:
        raise ValueError(f"{k} plans need exposures and ratios of {k} plans; got {exposure.shape} and {len(unfair)}")
    # rivals[a, b]: a costs no more than b and is no less fair
    rivals = (cost[:, None] <= cost[None, :]) & (unfair[:, None] <= unfair[None, :]) & ~np.eye(k, dtype=bool)
    pairs = [(int(a), int(b)) for a, b in np.argwhere(rivals | rivals.T) if a < b]
    p = correct_holm([compute_paired_t_p(exposure[a], exposure[b]) for a, b in pairs]) if pairs else np.empty(0)
    mean = exposure.mean(axis=1)
    is_lower = np.zeros((k, k), bool)  # a's exposure is clearly lower than b's
    is_same = np.zeros((k, k), bool)
    for (a, b), value in zip(pairs, p, strict=True):
        is_same[a, b] = is_same[b, a] = bool(np.array_equal(exposure[a], exposure[b]))
        if value < error:
            is_lower[a, b], is_lower[b, a] = bool(mean[a] < mean[b]), bool(mean[b] < mean[a])
    is_cheaper = rivals & ((cost[:, None] < cost[None, :]) | (unfair[:, None] < unfair[None, :]))
    beats = (rivals & is_lower) | (is_cheaper & is_same)
    marks: list[Mark] = []
    for plan in range(k):
        if beats[:, plan].any():
            marks.append("beaten")
        elif is_lower[plan, rivals[:, plan]].all():
            marks.append("certain")
        else:
            marks.append("cannot_be_excluded")
    return marks
