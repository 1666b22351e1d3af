"""V4: a saturated merge of two roads shares the capacity behind it in proportion to the roads' own."""

from __future__ import annotations

import numpy as np
import pytest

from sim.network import LinkDraft, build_synthetic
from tests.towns import Unit, build_town_model, get_times


@pytest.mark.parametrize(("major", "expected"), [(1800.0, 0.5), (3600.0, 2.0 / 3.0)])
def test_a_saturated_merge_is_shared_by_capacity(major: float, expected: float) -> None:
    """Roads of 1,800 or 3,600 and 1,800 pcu/h merge into 1,800 pcu/h: 1:1 or 2:1, and nobody is lost."""
    network = build_synthetic(
        [(0.0, 0.0), (-1000.0, 500.0), (-1000.0, -500.0), (1000.0, 0.0)],
        [
            LinkDraft(1, 0, capacity_pcu_h=major, speed_kmh=36.0, lanes=major / 1800.0),
            LinkDraft(2, 0, capacity_pcu_h=1800.0, speed_kmh=36.0),
            LinkDraft(0, 3, capacity_pcu_h=1800.0, speed_kmh=36.0),
        ],
    )
    model = build_town_model(network, [Unit(1, [0, 4], [5, 1], n=400), Unit(1, [2, 4], [5, 3], n=400)])
    model.run()
    vehicle, begin_s, _ = get_times(model, 4)
    assert np.all(np.diff(begin_s) >= 2.0 - 1e-9)
    both = vehicle[50:350]
    assert np.mean(both < 400) == pytest.approx(expected, abs=0.01)
    assert model.n_stranded == 0
