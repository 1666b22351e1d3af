"""V3: when a queue is let go, its room travels back at the wave speed w = q/(k_j − q/v_f)."""

from __future__ import annotations

import pytest

from konvoi.network import LinkDraft, build_synthetic
from tests.support.towns import Unit, build_town_model, get_times


def test_a_full_link_takes_the_next_vehicle_when_the_wave_has_come_back() -> None:
    """L = 300 m, k_j = 0.15 pcu/m: 45 vehicles fit. Once full, entry k comes L/w after exit k − 45, behind a bottleneck."""
    network = build_synthetic(
        [(0.0, 0.0), (2000.0, 0.0), (2300.0, 0.0), (2600.0, 0.0)],
        [
            LinkDraft(0, 1, capacity_pcu_h=1800.0, speed_kmh=36.0),
            LinkDraft(1, 2, capacity_pcu_h=1800.0, speed_kmh=36.0),
            LinkDraft(2, 3, capacity_pcu_h=180.0, speed_kmh=36.0),
        ],
    )
    model = build_town_model(network, [Unit(1, [0, 2, 4], [5, 3, 1], n=150)])
    model.run()
    _, begin_s, end_s = get_times(model, 2)
    q, v_f, k_j = 0.5, 10.0, 0.15
    wave_s = 300.0 / (q / (k_j - q / v_f))
    for k in range(80, 150):
        assert begin_s[k] - end_s[k - 45] == pytest.approx(wave_s, abs=1e-9)
