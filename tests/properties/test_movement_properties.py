"""The movement kernel on random small towns: against its plain twin, and against laws that hold whatever the rules."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings

from sim.engine.model import RallyModel
from tests.naive_movement import run_day
from tests.random_towns import Recipe, build_model, build_town, draw_recipes

SETTINGS = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

# SWITCH: the kernel lets who follows a slow rider leave as if it had ridden at its own speed, so the two are compared
# where all have one speed. True compares all (the rule is in tests/naive_movement.py).
IS_MIXED = False


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
    network, plan = build_town(recipe)
    model = build_model(network, plan)
    model.run()
    theirs = run_day(network, plan, model.stop_s).list_rides()
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
@given(recipe=draw_recipes(is_mixed=IS_MIXED))
def test_the_kernel_moves_everybody_as_its_plain_twin_does(recipe: Recipe) -> None:
    compare_with_twin(recipe)
