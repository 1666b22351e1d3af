"""Moments of contacts are sorted by their own sort: as any other would, equal ones as they come."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from numpy.typing import NDArray

from konvoi.contacts.merge import sort_moments

spread = st.lists(st.floats(0.0, 86_400.0), max_size=200)
crowded = st.lists(st.sampled_from([1.0, 1.0 + 1e-12, 2.0, 50_000.0]), max_size=200)


@njit
def sort(moment_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """Reach what only kernels call."""
    return sort_moments(moment_s)


@settings(deadline=None)  # the first call compiles
@given(spread | crowded)
def test_moments_are_in_order_and_equal_ones_as_they_came(moments_s: list[float]) -> None:
    given_s = np.array(moments_s, np.float64)
    assert np.array_equal(sort(given_s), np.argsort(given_s, kind="stable"))
