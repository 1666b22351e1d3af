"""Who leaves when and with whom: gathering, patience, early leavers, riding home alone, and the tour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from konvoi.arrays import NONE
from konvoi.config.reading import LoadedScenario, build_config, load_scenario
from konvoi.config.settings import Behaviour, RunConfig
from konvoi.engine.model import RallyModel
from konvoi.plan.build import build_plan
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND, DayPlan, UnitRoutes
from konvoi.plan.ways_home import compute_departure_s, compute_gathering_s
from konvoi.replication import build_model, prepare_routes, summarise
from konvoi.town import Town, prepare_town
from tests.support.crossroads import SCENARIOS
from tests.support.towns import check_rows, get_times

WAYS_HOME = {"early_leaver_share": 0.2, "return_alone_share": 0.3, "tour_share": 0.4}


def prepare(behaviour: dict[str, Any] | None = None, **changes: Any) -> tuple[RunConfig, Town, UnitRoutes]:
    """The crossroads, with a tour of side 1 to the north of the town."""
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    convoys = {key: dict(convoy) for key, convoy in loaded.content["convoys"].items()}
    convoys["p1-barat"]["tour"] = ["taman"]
    waypoints = {"taman": {"name": "Taman", "lon_deg": 117.5, "lat_deg": 0.52}}
    content = {**loaded.content, "convoys": convoys, "waypoints": waypoints, **changes}
    config = build_config({"seed": 11, "behaviour": behaviour or {}}, LoadedScenario(content, loaded.path))
    town = prepare_town(config, loaded.path)
    return config, town, prepare_routes(config, town)


def build(behaviour: dict[str, Any] | None = None) -> DayPlan:
    config, _, routes = prepare(behaviour)
    return build_plan(config, routes, 5)


def get_unit(plan: DayPlan, name: str) -> slice:
    unit = plan.routes.unit_name.index(name)
    return slice(int(plan.vehicle_offset[unit]), int(plan.vehicle_offset[unit + 1]))


def test_supporters_gather_evenly_and_the_last_one_when_the_column_is_ready() -> None:
    assert compute_gathering_s(4, 100.0, 500.0).tolist() == [200.0, 300.0, 400.0, 500.0]
    assert compute_gathering_s(0, 100.0, 500.0).tolist() == []


@pytest.mark.parametrize(
    ("settings", "expected_s"),
    [
        ({}, 500.0),  # waits for everybody, though 350 s late
        ({"patience_min": 3.0}, 150.0 + 180.0),
        ({"patience_min": 60.0}, 500.0),
        ({"patience_min": 0.0}, 200.0),  # nobody leaves before the first has come
        ({"departure_share": 0.5}, 300.0),
        ({"departure_share": 0.51}, 400.0),
        ({"departure_share": 0.5, "patience_min": 1.0}, 210.0),
    ],
)
def test_a_column_leaves_when_enough_are_there_or_patience_ends(settings: dict[str, float], expected_s: float) -> None:
    gathering_s = np.array([200.0, 300.0, 400.0, 500.0])
    behaviour = Behaviour.model_validate(settings)
    assert compute_departure_s(behaviour, gathering_s, planned_s=150.0, ready_s=500.0) == pytest.approx(expected_s)


def test_those_who_come_after_the_departure_follow_the_column() -> None:
    """With half of the column there it leaves; vehicle k of the others enters the road when it comes, behind those."""
    config, town, routes = prepare({"departure_share": 0.5, "gathering_min": 120.0})
    model = build_model(config, town, routes, 5)
    model.run()
    check_rows(model)
    plan = model.plan
    assert plan.vehicle_gather_s is not None
    for unit in np.flatnonzero(routes.unit_is_organised):
        gather_s = plan.vehicle_gather_s[plan.vehicle_offset[unit] : plan.vehicle_offset[unit + 1]]
        leave_s = plan.unit_depart_s[unit, OUTBOUND]
        assert leave_s == gather_s[(len(gather_s) + 1) // 2 - 1]
        source = len(town.network.link_from) + int(unit)
        _, released_s, _ = get_times(model, source)
        assert np.array_equal(released_s, np.maximum(gather_s, leave_s))


def test_by_default_a_column_leaves_as_one_and_goes_home_as_one() -> None:
    plan = build()
    assert plan.vehicle_gather_s is not None
    assert plan.vehicle_successor is not None
    assert np.all(plan.vehicle_successor == NONE)
    for name in ("p1-barat", "p2-utara"):
        rows = get_unit(plan, name)
        depart_s = plan.unit_depart_s[plan.routes.unit_name.index(name), OUTBOUND]
        assert plan.vehicle_gather_s[rows].max() == depart_s
        assert depart_s - plan.vehicle_gather_s[rows].min() >= 29.0 * 60.0  # evenly from 30 min before the plan
    assert "p1-barat (tur)" not in plan.routes.unit_name


@pytest.mark.parametrize("setting", WAYS_HOME)
def test_turning_one_thing_on_moves_no_draw_of_the_others(setting: str) -> None:
    """V16: own vehicles, hours and ways of everybody else stay; a larger share adds vehicles to those that were there."""
    off = build({key: value for key, value in WAYS_HOME.items() if key != setting})
    on, more = build(WAYS_HOME), build({**WAYS_HOME, setting: 0.5})
    assert np.array_equal(off.side_lateness_s, on.side_lateness_s)
    for unit, name in enumerate(off.routes.unit_name):
        a, b = get_unit(off, name), get_unit(on, name)
        n = int(off.count_vehicles()[unit, OUTBOUND])
        assert n == on.count_vehicles()[on.routes.unit_name.index(name), OUTBOUND]
        for column in ("vehicle_class", "vehicle_people", "vehicle_speed_factor"):
            assert np.array_equal(getattr(off, column)[a][:n], getattr(on, column)[b][:n])
        assert np.array_equal(off.vehicle_release_s[a][:n, OUTBOUND], on.vehicle_release_s[b][:n, OUTBOUND])
    assert on.vehicle_successor is not None
    assert more.vehicle_successor is not None
    for name in ("p1-barat", "p2-utara"):
        goes, still = on.vehicle_successor[get_unit(on, name)], more.vehicle_successor[get_unit(more, name)]
        assert np.all((still != NONE)[goes != NONE])
    assert np.count_nonzero(more.vehicle_successor != NONE) >= np.count_nonzero(on.vehicle_successor != NONE)


def test_shares_are_kept_and_everybody_goes_home_once() -> None:
    """Early leavers first, then the tour, then alone: of side 1's column 0.2, 0.8 · 0.4 and 0.8 · 0.6 · 0.3."""
    config, town, routes = prepare({**WAYS_HOME, "turnout": 4.0})
    model = build_model(config, town, routes, 5)
    model.run()
    check_rows(model)
    plan = model.plan
    assert model.n_stranded == 0
    counts = plan.count_vehicles()
    unit = {name: index for index, name in enumerate(routes.unit_name)}
    column, tour = counts[unit["p1-barat"]], counts[unit["p1-barat (tur)"]]
    assert tour[OUTBOUND] == 0
    assert tour[HOMEBOUND] / column[OUTBOUND] == pytest.approx(0.32, abs=0.08)
    assert column[HOMEBOUND] / column[OUTBOUND] == pytest.approx(0.8 * 0.6 * 0.7, abs=0.08)
    assert counts[:, OUTBOUND].sum() == counts[:, HOMEBOUND].sum()
    row = summarise(model, town, 0).row
    assert row["vehicles_1"] + row["vehicles_2"] == counts[:, OUTBOUND].sum()
    # Each is home once, in the unit it rides home with, and nobody is in two places: its second row begins later.
    assert np.array_equal(model.state.units.n_arrived, counts)
    assert plan.vehicle_successor is not None
    first = np.flatnonzero(plan.vehicle_successor != NONE)
    rows = model.list_rides()
    came_s, left_s = np.full(plan.n_vehicles, -np.inf), np.full(plan.n_vehicles, np.inf)
    for k in range(len(rows.vehicle)):
        came_s[rows.vehicle[k]] = max(came_s[rows.vehicle[k]], rows.end_s[k])
        left_s[rows.vehicle[k]] = min(left_s[rows.vehicle[k]], rows.begin_s[k])
    assert np.all(left_s[plan.vehicle_successor[first]] >= came_s[first])
    assert np.array_equal(plan.vehicle_people[first], plan.vehicle_people[plan.vehicle_successor[first]])
    _check_tour(model, town)
    _check_early_leavers(model)


def _check_tour(model: RallyModel, town: Town) -> None:
    """All of the tour, and nobody else of side 1, rides to the park north of the junction."""
    network, plan = town.network, model.plan
    into_park = np.flatnonzero(network.link_to == town.place_node["taman"])
    rows = model.list_rides()
    visitors = np.unique(rows.vehicle[np.isin(rows.link, into_park)])
    of_side_1 = visitors[plan.routes.unit_side[plan.vehicle_unit[visitors]] == 1]
    tour = get_unit(plan, "p1-barat (tur)")
    assert np.array_equal(of_side_1, np.arange(tour.start, tour.stop))


def _check_early_leavers(model: RallyModel) -> None:
    """A fifth of those at a venue leave it in the last 30 min, evenly; the others not before the end."""
    plan = model.plan
    rows = get_unit(plan, "p2-utara (perorangan)")
    n = int(plan.count_vehicles()[plan.routes.unit_name.index("p2-utara (perorangan)"), OUTBOUND])
    depart_s = plan.unit_depart_s[plan.vehicle_unit[rows.start], HOMEBOUND]
    leave_s = depart_s + plan.vehicle_release_s[rows][:n, HOMEBOUND] - plan.rally_end_s[1]
    is_early = leave_s < 0.0
    assert leave_s.min() >= -1800.0
    assert np.mean(is_early) == pytest.approx(0.2, abs=0.08)
    assert np.mean(leave_s[is_early]) == pytest.approx(-900.0, abs=200.0)
