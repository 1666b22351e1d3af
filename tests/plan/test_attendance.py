"""Closed roads that keep a side from its rally: told before the day, measured after it; areas and hours over midnight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from konvoi.config.reading import LoadedScenario, build_config, load_scenario
from konvoi.config.settings import RunConfig
from konvoi.errors import RouteError
from konvoi.measures.attendance import measure_attendance, measure_wait_s
from konvoi.plan.attendance import compute_planned_arrivals_s, find_absences
from konvoi.plan.day_plan import UnitRoutes
from konvoi.replication import prepare_routes
from konvoi.town import Town, prepare_town
from tests.support.commands import call_konvoi
from tests.support.crossroads import SCENARIOS
from tests.support.scenario_days import build

WEST = {"street": "Jl. Barat", "begin": "05:00", "end": "20:00"}
ACROSS_WEST = [[117.485, 0.499], [117.486, 0.499], [117.486, 0.501], [117.485, 0.501]]


def prepare(closures: list[dict[str, Any]]) -> tuple[RunConfig, Town, UnitRoutes]:
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    config = build_config({"seed": 11}, LoadedScenario({**loaded.content, "closures": closures}, loaded.path))
    town = prepare_town(config, loaded.path)
    return config, town, prepare_routes(config, town)


def test_without_closed_roads_everybody_arrives_a_margin_before_the_rally() -> None:
    config, town, routes = prepare([])
    arrive_s = compute_planned_arrivals_s(config, town.network, routes)
    margin_min = np.where(routes.unit_is_organised, 45.0, 40.0)
    assert arrive_s == pytest.approx(9 * 3600.0 - 60.0 * margin_min, abs=1e-6)
    assert find_absences(config, town.network, routes) == []


def test_a_side_whose_only_road_is_closed_misses_its_rally() -> None:
    """Who waits for 20:00 arrives a ride later; nobody of the other side is touched."""
    config, town, routes = prepare([WEST])
    (absence,) = find_absences(config, town.network, routes)
    assert (absence.side, absence.share, absence.start_s) == (1, 0.0, 9 * 3600.0)
    for name, arrive_s in absence.late:
        free_s = routes.free_time_s[2 * routes.unit_name.index(name)]
        assert arrive_s == pytest.approx(20 * 3600.0 + free_s, abs=1e-6)


def test_a_closure_over_midnight_is_the_two_it_touches() -> None:
    over, two = (
        prepare(closures)[2].closed
        for closures in (
            [{"street": "Jl. Barat", "begin": "22:00", "end": "02:00"}],
            [
                {"street": "Jl. Barat", "begin": "22:00", "end": "00:00"},
                {"street": "Jl. Barat", "begin": "00:00", "end": "02:00"},
            ],
        )
    )
    assert sorted(over, key=repr) == sorted(two, key=repr)
    assert {(one.begin_s, one.end_s) for one in over} == {(79_200.0, 86_400.0), (0.0, 7_200.0)}
    config, town, routes = prepare([{"street": "Jl. Barat", "begin": "22:00", "end": "10:00"}])
    (absence,) = find_absences(config, town.network, routes)
    assert min(arrive_s for _, arrive_s in absence.late) > 10 * 3600.0


def test_an_area_closes_the_roads_that_touch_it_also_where_no_corner_of_theirs_lies_in_it() -> None:
    _, town, routes = prepare([{"area": ACROSS_WEST, "begin": "05:00", "end": "06:00"}])
    closed = {one.link for one in routes.closed}
    assert {town.network.link_name[link] for link in closed} == {"Jl. Barat"}
    assert closed == {int(town.network.link_twin[link]) for link in closed}
    _, _, none = prepare([{"area": ACROSS_WEST, "classes": ["secondary"], "begin": "05:00", "end": "06:00"}])
    assert {one.link for one in none.closed} == closed


@pytest.mark.parametrize(
    "closure",
    [
        {"area": [[0.5, 11.0], [0.5, 11.1], [0.6, 11.1]]},
        {"area": ACROSS_WEST, "classes": ["residential"]},
    ],
)
def test_an_area_without_such_roads_is_refused(closure: dict[str, Any]) -> None:
    with pytest.raises(RouteError, match=r"closures\.0\.area: no road"):
        prepare([{**closure, "begin": "05:00", "end": "06:00"}])


def test_who_waits_for_a_road_to_open_is_delayed_and_not_at_the_rally() -> None:
    """Each vehicle of side 1 waits from its release until 20:00."""
    free, closed = build({}), build({"closures": [WEST]})
    free.run()
    closed.run()
    assert measure_attendance(free) == (1.0, 1.0)
    assert measure_attendance(closed) == (0.0, 1.0)
    assert measure_wait_s(free) == 0.0
    n_1 = np.count_nonzero(closed.plan.routes.unit_side[closed.plan.vehicle_unit] == 1)
    assert n_1 * 11.0 * 3600.0 < measure_wait_s(closed) < n_1 * 13.0 * 3600.0


def test_check_refuses_and_run_warns(tmp_path: Path) -> None:
    content = yaml.safe_load((SCENARIOS / "crossroads.yaml").read_text(encoding="utf-8").replace("09:00", "'09:00'"))
    content["rally"] = {"length_min": 60}
    path = tmp_path / "rencana.yaml"
    path.write_text(yaml.safe_dump({**content, "closures": [WEST]}), encoding="utf-8")
    checked = call_konvoi("check", f"scenario={path}", "lang=en", cwd=tmp_path)
    assert checked.returncode == 2
    assert "candidate pair 1: only 0% of its people can be at the venue" in checked.stderr
    assert "p1-barat 20." in checked.stderr
    ran = call_konvoi("run", f"scenario={path}", "lang=en", "progress=false", cwd=tmp_path)
    assert ran.returncode == 0
    assert "the pair misses its rally" in " ".join(ran.stdout.split())
