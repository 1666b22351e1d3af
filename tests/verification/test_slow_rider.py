"""Who follows a slow rider rides at its speed: Newell's trajectories are parallel, on every link and inside of it."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.contacts.search import time_rides_of
from tests.support.towns import Unit, build_corridor, build_town_model, get_times

N = 20
HEADWAY_S = (2.0 - 1.0 / 0.15 / 10.0) + 1.0 / 0.15 / 5.0  # τ + δ/u: 1,800 pcu/h, 10 m/s, 150 pcu/km, u = 5 m/s


def test_a_column_behind_a_slow_rider_keeps_its_speed_and_distance_on_every_link() -> None:
    """The head rides at half speed: it is at x after x/5 s, and number k as much later everywhere as k·(τ + δ/u)."""
    unit = Unit(1, [0, 2, 4], [5, 3, 1], n=N, factor=[0.5] + [1.0] * (N - 1))
    model = build_town_model(build_corridor(1200.0, 3), [unit], cell_m=50.0)
    model.run()
    for piece in range(3):
        _, begin_s, end_s = get_times(model, 2 * piece)
        assert begin_s == pytest.approx(80.0 * piece + HEADWAY_S * np.arange(N))
        assert end_s == pytest.approx(80.0 * (piece + 1) + HEADWAY_S * np.arange(N))
    timed = time_rides_of(model)
    for link in (0, 2, 4):
        chosen = timed.rides.times[timed.offset[2 * link] : timed.offset[2 * link + 1]]
        n_bounds = int(np.diff(model.cells.offset)[link]) + 1
        at_s = timed.time_s[chosen[:, None] + np.arange(n_bounds)]
        assert np.diff(at_s, axis=0) == pytest.approx(HEADWAY_S)


def test_a_queue_that_has_stood_starts_at_its_own_speed() -> None:
    """A gate of 0.1 pcu/s holds everybody from 120 s on, 10 s apart; the slow number 18 is there at 276 s, before its turn."""
    unit = Unit(1, [0, 2, 4], [5, 3, 1], n=N, factor=[1.0] * 18 + [0.5, 1.0])
    model = build_town_model(build_corridor(1200.0, 3), [unit], gate_pcu_s=0.1)
    model.run()
    _, _, end_s = get_times(model, 4)
    assert np.diff(end_s) == pytest.approx(10.0)
