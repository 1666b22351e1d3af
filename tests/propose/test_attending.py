"""No plan is proposed whose side cannot be at its rally, and no what-if in which it cannot counts as stood."""

from __future__ import annotations

from typing import Any

from konvoi.config.reading import LoadedScenario, build_config, load_scenario
from konvoi.propose.attending import Attendance, find_impossible_worlds
from konvoi.propose.outcomes import ASSUMED
from konvoi.propose.plans import OfficialPlan
from konvoi.propose.simulator import Ground, Setup, World
from konvoi.propose.space import ATTENDANCE
from konvoi.propose.worlds import build_space, read_plan
from konvoi.replication import prepare_routes
from konvoi.town import prepare_town
from tests.support.crossroads import SCENARIOS

WEST = {"street": "Jl. Barat", "begin": "05:00", "end": "11:00"}  # the only road of side 1
ALL_DAY = {**WEST, "end": "23:59"}


def read(closures: list[dict[str, Any]], *worlds: World) -> tuple[Ground, Setup, OfficialPlan]:
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    scenario = LoadedScenario({**loaded.content, "closures": closures}, loaded.path)
    config = build_config({"seed": 11}, scenario)
    settings = config.model_dump(exclude={"scenario"}, mode="json")
    town = prepare_town(config, loaded.path)
    ground = Ground(scenario, settings, {ASSUMED: World(ASSUMED, {}), **{world.name: world for world in worlds}})
    return ground, Setup(config, town, prepare_routes(config, town)), read_plan(config)


def test_starts_before_the_only_road_opens_are_left_out_for_both_orders() -> None:
    ground, setup, _ = read([WEST])
    space = build_space(setup.config, setup.town, None, Attendance(ground, setup).is_missed)
    starts_1_s = {one.plan.starts_s[0] for one in space.place(space.notified.ride)}
    assert starts_1_s
    assert min(starts_1_s) > 11 * 3600.0
    assert space.excluded[ATTENDANCE] > 0


def test_without_closed_roads_nobody_is_kept_away() -> None:
    ground, setup, plan = read([])
    assert not Attendance(ground, setup).is_missed(plan)


def test_a_what_if_that_keeps_a_side_away_is_told_and_not_counted_as_stood() -> None:
    closed = World("closure:Jl. Barat", {"scenario.closures": [ALL_DAY]})
    nowhere = World("closure:nowhere", {"scenario.closures": [{**ALL_DAY, "street": "Jl. Tidak Ada"}]})
    rain = World("rain:heavy", {"weather.rain": "heavy"})
    ground, _, plan = read([], closed, nowhere, rain)
    assert find_impossible_worlds(ground, plan) == {closed.name: frozenset({1}), nowhere.name: frozenset()}
