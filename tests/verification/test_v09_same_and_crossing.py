"""V9: same direction at equal speed, and crossing at one junction (MODEL §2)."""

from __future__ import annotations

import numpy as np
import pytest

from tests.towns import Unit, build_corridor, build_cross, build_town_model

N, HEADWAY, D = 31, 2.0, 50.0
PASSING_S = (N - 1) * HEADWAY


@pytest.mark.parametrize("delta_s", [-70.0, -60.0, 0.0, 60.0, 70.0])
def test_columns_in_the_same_direction_meet_iff_their_passing_times_overlap(delta_s: float) -> None:
    """−D_B ≤ δ ≤ D_A with D = 60 s, wider by d/v = 5 s."""
    units = [
        Unit(1, [0], [1], depart_s=1000.0, n=N),
        Unit(2, [0], [1], depart_s=1000.0 + delta_s, n=N, home_s=90_000.0),
    ]
    model = build_town_model(build_corridor(6000.0), units)
    model.run()
    contacts = model.find_contacts()
    outbound = (contacts.trip_1 % 2 == 0) & (contacts.trip_2 % 2 == 0)
    assert bool(np.any(outbound)) == (abs(delta_s) <= PASSING_S + D / 10.0)


@pytest.mark.parametrize("delta_s", [-80.0, -60.0, 0.0, 60.0, 80.0])
def test_columns_that_cross_meet_iff_their_times_at_the_junction_overlap(delta_s: float) -> None:
    """West–east and north–south at 10 m/s: heads are within 50 m of each other iff |δ| ≤ √2·50/10 s of overlapping."""
    units = [
        Unit(1, [0, 3], [2, 1], depart_s=1000.0, n=N),
        Unit(2, [4, 7], [6, 5], depart_s=1000.0 + delta_s, n=N, home_s=90_000.0),
    ]
    model = build_town_model(build_cross(), units)
    model.run()
    contacts = model.find_contacts()
    outbound = (contacts.trip_1 % 2 == 0) & (contacts.trip_2 % 2 == 0)
    assert bool(np.any(outbound)) == (abs(delta_s) <= PASSING_S + np.sqrt(2.0) * D / 10.0)
