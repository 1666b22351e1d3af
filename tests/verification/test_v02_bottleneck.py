"""V2: a column through a bottleneck discharges at its capacity; N vehicles of e pcu need N·e/q to pass."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.network import LinkDraft, build_synthetic
from tests.support.towns import Unit, build_town_model, get_times


@pytest.mark.parametrize("pcu", [1.0, 0.25])
def test_a_column_passes_a_bottleneck_at_its_capacity(pcu: float) -> None:
    """q = 900 pcu/h = 0.25 pcu/s: vehicles leave it e/q apart, the last (N − 1)·e/q after the first."""
    network = build_synthetic(
        [(0.0, 0.0), (2000.0, 0.0), (3000.0, 0.0)],
        [LinkDraft(0, 1, capacity_pcu_h=1800.0, speed_kmh=36.0), LinkDraft(1, 2, capacity_pcu_h=900.0, speed_kmh=36.0)],
    )
    n = 200
    model = build_town_model(network, [Unit(1, [0, 2], [3, 1], n=n, pcu=pcu)])
    model.run()
    _, begin_s, end_s = get_times(model, 2)
    headway = pcu / 0.25
    assert np.diff(begin_s)[20:] == pytest.approx(headway, abs=1e-9)
    assert np.diff(end_s) == pytest.approx(headway, abs=1e-9)
    assert end_s[-1] - end_s[0] == pytest.approx((n - 1) * headway, abs=1e-6)
