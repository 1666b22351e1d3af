"""Common random numbers: what is drawn for one convoy depends on nothing but the seed and its name."""

from __future__ import annotations

import numpy as np

from konvoi.config.reading import LoadedScenario, build_config, load_scenario
from konvoi.config.scenario import VehicleCounts
from konvoi.plan.build import build_plan
from konvoi.plan.draws import draw_declared_vehicles
from konvoi.replication import prepare_routes
from tests.support.crossroads import SCENARIOS, load_crossroads


def test_a_factor_moves_no_draw() -> None:
    config, _, routes = load_crossroads()
    other, _, other_routes = load_crossroads(rally={"gap_min": 90, "hold_back_min": 30})
    one, two = build_plan(config, routes, 5), build_plan(other, other_routes, 5)
    assert np.array_equal(one.vehicle_class, two.vehicle_class)
    assert np.array_equal(one.vehicle_people, two.vehicle_people)
    assert np.array_equal(one.vehicle_speed_factor, two.vehicle_speed_factor)
    assert np.array_equal(one.side_lateness_s, two.side_lateness_s)


def test_another_convoy_moves_no_draw_of_the_others() -> None:
    config, town, routes = load_crossroads()
    scenario = load_scenario(SCENARIOS / "crossroads.yaml")
    convoys = {"p0-baru": {"side": 1, "assembly_point": "puncak", "people": 100}, **scenario.content["convoys"]}
    more = build_config({"seed": 11}, LoadedScenario({**scenario.content, "convoys": convoys}, scenario.path))
    one, two = build_plan(config, routes, 5), build_plan(more, prepare_routes(more, town), 5)
    shift = len(two.vehicle_class) - len(one.vehicle_class)
    assert shift > 0
    assert np.array_equal(one.vehicle_class, two.vehicle_class[shift:])
    assert np.array_equal(one.unit_depart_s, two.unit_depart_s[2:])


def test_another_seed_moves_every_draw() -> None:
    """The negative control: were nothing random, the tests above could not fail."""
    config, _, routes = load_crossroads()
    one, two = build_plan(config, routes, 5), build_plan(config, routes, 6)
    assert not np.array_equal(one.vehicle_class[:50], two.vehicle_class[:50])
    assert not np.any(one.side_lateness_s == two.side_lateness_s)
    assert not np.any(one.unit_depart_s[0::2, 0] == two.unit_depart_s[0::2, 0])


def test_more_people_are_the_same_vehicles_and_some_more() -> None:
    config, _, routes = load_crossroads()
    more, _, more_routes = load_crossroads(behaviour={"turnout": 2.0})
    one, two = build_plan(config, routes, 5), build_plan(more, more_routes, 5)
    for unit in range(routes.n_units):
        a = one.vehicle_class[one.vehicle_offset[unit] : one.vehicle_offset[unit + 1]]
        b = two.vehicle_class[two.vehicle_offset[unit] : two.vehicle_offset[unit + 1]]
        assert len(b) > 1.7 * len(a)
        assert np.array_equal(a, b[: len(a) - 1]) or np.array_equal(a, b[: len(a)])


def test_declared_vehicles_are_as_many_and_carry_as_many_as_declared() -> None:
    config, _, _ = load_crossroads()
    declared = VehicleCounts(motorcycle=500, car=120, truck=4)
    classes, people = draw_declared_vehicles(config.behaviour, declared, 1300, 1.0, 5, "a")
    assert np.bincount(classes).tolist() == [500, 120, 4]
    assert people.min() >= 1.0
    means = [draw_declared_vehicles(config.behaviour, declared, 1300, 1.0, seed, "a")[1].sum() for seed in range(40)]
    assert abs(np.mean(means) - 1300.0) < 4.0 * np.std(means) / np.sqrt(40.0)
    alone, _ = draw_declared_vehicles(config.behaviour, VehicleCounts(car=3), 3, 1.0, 5, "b")
    assert len(alone) == 3


def test_more_turnout_adds_declared_vehicles_between_those_that_were_there() -> None:
    config, _, _ = load_crossroads()
    declared = VehicleCounts(motorcycle=50, car=20)
    few, _ = draw_declared_vehicles(config.behaviour, declared, 150, 0.5, 5, "a")
    many, _ = draw_declared_vehicles(config.behaviour, declared, 150, 1.0, 5, "a")
    assert (np.bincount(few).tolist(), np.bincount(many).tolist()) == ([25, 10], [50, 20])
    rest = iter(many.tolist())
    assert all(any(other == kind for other in rest) for kind in few.tolist())  # in the same order
