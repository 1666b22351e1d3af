"""The kernel beside its twin in plain Python, ride by ride."""

from __future__ import annotations

import numpy as np

from konvoi.engine.model import RallyModel
from tests.support.naive_movement import run_day
from tests.support.random_towns import Recipe, build_junctions, build_model, build_town
from tests.support.towns import check_rows

# SWITCH: whether the kernel remembers the platoons ahead, or only the speed of the one ahead (tests/support/naive_movement.py).
REMEMBERS_PLATOONS = False


def list_rides(model: RallyModel) -> dict[int, list[tuple[int, float, float, float]]]:
    """List every vehicle's rides as the kernel has them: road, begin, end (s; NaN while on it) and pcu there."""
    rows = model.list_rides()
    rides: dict[int, list[tuple[int, float, float, float]]] = {}
    for k in range(len(rows.vehicle)):
        rides.setdefault(int(rows.vehicle[k]), []).append(
            (int(rows.link[k]), float(rows.begin_s[k]), float(rows.end_s[k]), float(rows.pcu[k]))
        )
    return rides


def compare_with_twin(recipe: Recipe) -> None:
    """Let a day happen twice and compare it ride by ride, to 1e-9 s."""
    model = build_model(recipe)
    model.run()
    check_rows(model)
    network, plan = build_town(recipe)
    junctions = build_junctions(recipe, network)
    day = run_day(network, plan, junctions, stop_s=model.stop_s, remembers_platoons=REMEMBERS_PLATOONS)
    theirs = day.list_rides()
    mine = list_rides(model)
    assert mine.keys() == theirs.keys()
    for vehicle, rides in mine.items():
        assert [ride[0] for ride in rides] == [ride[0] for ride in theirs[vehicle]]
        for column in (1, 2):
            one = np.array([ride[column] for ride in rides], float)
            two = np.array([ride[column] for ride in theirs[vehicle]], float)
            assert np.array_equal(np.isnan(one), np.isnan(two))
            assert np.all(np.isnan(one) | (np.abs(one - two) <= 1e-9)), (vehicle, one, two)
