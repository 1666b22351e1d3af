"""The movement kernel on random small towns: against its plain twin, and against laws that hold whatever the rules."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings

from sim.engine.model import RallyModel
from tests.naive_movement import run_day
from tests.random_towns import Recipe, build_junctions, build_model, draw_recipes

SETTINGS = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

# SWITCH: whether the kernel remembers the platoons ahead, or only the speed of the one ahead (tests/naive_movement.py).
REMEMBERS_PLATOONS = False
# SWITCH: whether the kernel wakes those who wait for a gate when an escorted column has left the junction before it.
WAKES_GATES = False


def list_rides(model: RallyModel) -> dict[int, list[tuple[int, float, float]]]:
    """List every vehicle's rides as the kernel has them: road, begin, end (s; NaN while on it)."""
    rows = model.state.traversals
    rides: dict[int, list[tuple[int, float, float]]] = {}
    for k in range(int(rows.n[0])):
        rides.setdefault(int(rows.vehicle[k]), []).append(
            (int(rows.link[k]), float(rows.begin_s[k]), float(rows.end_s[k]))
        )
    return rides


def compare_with_twin(recipe: Recipe) -> None:
    """Let a day happen twice and compare it ride by ride, to 1e-9 s."""
    model = build_model(recipe)
    model.run()
    junctions = build_junctions(recipe, model.network)
    day = run_day(model.network, model.plan, junctions, stop_s=model.stop_s, remembers_platoons=REMEMBERS_PLATOONS)
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


@SETTINGS
@given(recipe=draw_recipes(has_escorts=WAKES_GATES))
def test_the_kernel_moves_everybody_as_its_plain_twin_does(recipe: Recipe) -> None:
    compare_with_twin(recipe)
