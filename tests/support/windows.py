"""Days of starts drawn with a known P, and the windows a sweep finds in them."""

from __future__ import annotations

import numpy as np
from scipy import special

from konvoi.study.windows import Starts, Window, choose_candidates, confirm_windows, find_candidates

THRESHOLD, LEVEL = 0.05, 0.05
SHIFTS = np.arange(-390.0, 391.0, 15.0)


def draw_starts(p_large: np.ndarray, p_met: np.ndarray, n: int, generator: np.random.Generator, tie: float) -> Starts:
    """Draw days whose starts are tied: a normal per start, autoregressive along the day, below the quantile of P."""
    k = len(p_large)

    def draw(p: np.ndarray) -> np.ndarray:
        normal = generator.standard_normal((n, k))
        for start in range(1, k):
            normal[:, start] = tie * normal[:, start - 1] + np.sqrt(1.0 - tie**2) * normal[:, start]
        return normal < special.ndtri(p)

    is_large, is_met = draw(p_large), draw(p_met)
    return Starts(SHIFTS[:k], is_large, is_met, is_large * 1000.0 + is_met * 10.0)


def find_windows(starts: Starts, screening: int, level: float = LEVEL, most: int = 6) -> list[Window]:
    """Find and confirm the windows of one venue choice, as a sweep does."""
    first, rest = starts.choose_days(slice(0, screening)), starts.choose_days(slice(screening, None))
    candidates = choose_candidates(find_candidates("a", first, THRESHOLD), {"a": first}, most, "a")
    return confirm_windows(candidates, {"a": rest}, THRESHOLD, level, screened={"a": first})
