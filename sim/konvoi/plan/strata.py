"""Stratified sampling of both sides' lateness: which strata a replication has, the same at every design point.

Each side's lateness is a function of a standard normal number, hence of a uniform one. The unit interval of each side is
cut into 25 strata of probability 1/25. In every block of 25 replications each side meets each of its strata once, and
each of the 5 × 5 coarse cells of both sides together once: the strata of either side's lateness, of their difference
and of their sum all come up as often as they should (an orthogonal array; Owen 1992, Tang 1993). Every replication has
the same weight, and over all replications each side's lateness keeps its own distribution exactly.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

from konvoi.arrays import LongArray
from konvoi.streams import STRATA as STRATA_STREAM
from konvoi.streams import build_generator

COARSE = 5  # coarse strata per side
STRATA = COARSE * COARSE  # strata per side, and replications per block


def choose_strata(seed: int, replication: int) -> tuple[int, int]:
    """Choose the strata of side 1 and side 2 in a replication, each from 0 to 24.

    Parameters
    ----------
    seed
        That of the whole study, not of the replication.
    """
    block, place = divmod(replication, STRATA)
    first, second = _draw_block(seed, block)[:, place]
    return int(first), int(second)


def stratify_normal(normal: float, stratum: int) -> float:
    """Move a standard normal number into a stratum: Φ⁻¹((stratum + Φ(normal))/25), infinite at most by rounding."""
    return float(special.ndtri((stratum + special.ndtr(normal)) / STRATA))


@lru_cache(maxsize=256)
def _draw_block(seed: int, block: int) -> LongArray:
    """Draw the strata (2, 25) of a block: every cell once, in an order of chance.

    The order makes a block that is not finished a simple random sample of the cells, so that means stay unbiased.
    """
    rng = build_generator(seed, STRATA_STREAM, f"block {block}")
    cell = rng.permutation(STRATA)
    coarse_1, coarse_2 = np.divmod(cell, COARSE)
    fine_1 = np.array([rng.permutation(COARSE) for _ in range(COARSE)])
    fine_2 = np.array([rng.permutation(COARSE) for _ in range(COARSE)])
    strata = np.stack([COARSE * coarse_1 + fine_1[coarse_1, coarse_2], COARSE * coarse_2 + fine_2[coarse_2, coarse_1]])
    strata.setflags(write=False)
    return strata
