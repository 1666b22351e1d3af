"""The scenarios that come along: all valid, told what they need, and telling what they should."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from konvoi.commands.roads import roads
from konvoi.config.settings import RunConfig
from konvoi.data import find_data
from konvoi.errors import NetworkError, RallyError
from konvoi.network import Request, fetch_network
from konvoi.options import compose_settings
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND
from konvoi.replication import build_model, prepare_routes
from konvoi.town import Town, prepare_town
from tests.support.road_files import Way, write_osm

SCENARIOS = sorted(path.stem for path in find_data("scenarios").glob("*.yaml"))
AWAY = {"berau_kampanye_akbar": (117.503, 2.15), "paser_kampanye_akbar": (116.191, -1.908)}


def load(name: str, *words: str) -> tuple[RunConfig, Path]:
    settings = compose_settings([f"scenario={name}", *words])
    return settings.build_config(), settings.scenario.path


def prepare(name: str, cache_dir: Path, *words: str) -> tuple[RunConfig, Town]:
    config, path = load(name, *words)
    return config, prepare_town(config, path, cache_dir=cache_dir)


def write_grid(path: Path, lon: float, lat: float) -> Path:
    """A town of a few streets around a place, 500 m apart."""
    side = range(-7, 8)
    nodes = {100 * (i + 7) + j + 7: (lon + 0.0045 * i, lat + 0.0045 * j) for i in side for j in side}
    ways: list[Way] = [([100 * (i + 7) + j + 7 for j in side], {"highway": "secondary", "name": f"Jl. U{i}"}) for i in side]  # fmt: skip
    ways += [([100 * (i + 7) + j + 7 for i in side], {"highway": "secondary", "name": f"Jl. T{j}"}) for j in side]
    return write_osm(path, ways, nodes)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_is_valid_and_says_where_its_day_is(name: str) -> None:
    config, path = load(name)
    assert config.scenario.title
    assert config.scenario.date
    text = path.read_text(encoding="utf-8")
    if name != "crossroads":
        assert "assumption" in text
        assert "facts" in text


def test_the_plan_to_judge_is_the_scenarios_unless_another_is_given() -> None:
    words = ["scenario.rally.planned_gap_min=120", "scenario.rally.planned_first_side=2"]
    config, _ = load("crossroads", *words)
    assert (config.rally.gap_min, config.rally.first_side) == (120, 2)
    config, _ = load("crossroads", *words, "rally.gap_min=30", "rally.first_side=1")
    assert (config.rally.gap_min, config.rally.first_side) == (30, 1)
    swept = compose_settings(["scenario=crossroads", *words, "rally.gap_min=0,planned,another_day"])
    assert swept.door.design.factors["rally.gap_min"] == [0, "another_day", 120]
    swept = compose_settings(["scenario=crossroads", "experiment=gap"])
    assert swept.door.design.factors["rally.gap_min"] == [0, 60, 120, 180, 240, 300, "another_day"]
    with pytest.raises(RallyError, match=r"rally\.planned_gap_min: -5 given"):
        load("crossroads", "scenario.rally.planned_gap_min=-5")


@pytest.mark.parametrize("name", AWAY)
def test_without_a_fetched_map_a_scenario_says_the_command_that_makes_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NetworkError, match="konvoi roads fetch out=") as fault:
        prepare(name, tmp_path, f"scenario.network.file={name.split('_')[0]}.graphml")
    command = str(fault.value).splitlines()[-1].split()
    assert command[:3] == ["konvoi", "roads", "fetch"]
    # The command is one that konvoi takes: only the server is not there.
    with pytest.raises(NetworkError, match="cannot be reached"):
        roads(["fetch", *command[3:], "overpass_url=http://127.0.0.1:9", "progress=false"])


@pytest.mark.parametrize("name", AWAY)
def test_with_a_fetched_map_a_scenario_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lon, lat = AWAY[name]
    source = write_grid(tmp_path / "kota.osm", lon, lat)
    road_file = name.split("_")[0] + ".graphml"
    fetch_network(tmp_path / road_file, Request(point=(lat, lon), radius_m=8000.0), extract=source)
    config, town = prepare(name, tmp_path, "behaviour.turnout=0.05", f"scenario.network.file={road_file}")
    assert max(town.place_snap_m.values()) < 400.0
    model = build_model(config, town, prepare_routes(config, town), seed=1)
    model.run()
    assert model.n_stranded == 0
    assert model.plan.n_vehicles > 100


def test_the_registration_convoy_takes_as_long_to_pass_as_its_road_lets_it(tmp_path: Path) -> None:
    """Newell: at the head's speed v the column passes with spacing δ + τ·v per pcu; nothing on the way lets more by."""
    words = ["behaviour.turnout_sd=0", "behaviour.convoy_departure_sd_min=0"]
    config, town = prepare("kutim_pendaftaran", tmp_path, *words)
    routes = prepare_routes(config, town)
    model = build_model(config, town, routes, seed=5)
    plan, network = model.plan, town.network
    assert np.bincount(plan.vehicle_class).tolist() == [5135, 1278]
    assert plan.vehicle_people.sum() == pytest.approx(10_552, rel=0.01)
    model.run()
    out = routes.route_link[routes.route_offset[0] : routes.route_offset[1]]
    names = {network.link_name[link] for link in out}
    assert {"Jl. Poros Sangatta - Bontang", "Jl. Yos Sudarso II", "Jl. Yos Sudarso III", "Jl. A.W. Syahranie"} <= names
    speed = np.minimum(network.link_free_speed_mps[out], config.behaviour.organised_speed_kmh / 3.6)
    capacity, jam = network.link_capacity_pcu_s[out], network.link_jam_density_pcu_m[out]
    per_pcu_m = 1.0 / jam + (1.0 / capacity - 1.0 / (jam * network.link_free_speed_mps[out])) * speed
    expected_s = float(plan.vehicle_pcu.sum() * np.max(per_pcu_m / speed))
    _, arrival_s = model.compute_trip_times()
    passing_s = arrival_s[0, OUTBOUND, 1] - arrival_s[0, OUTBOUND, 0]
    # Between two junctions of Jl. Yos Sudarso III 25 m apart there is room for 3.75 pcu: three cars, now and then a gap.
    assert expected_s <= passing_s <= 1.05 * expected_s
    # At capacity alone, as the pocket theory has it, it would take 106 min: one and a half to two hours (MODEL §3).
    assert passing_s > plan.vehicle_pcu.sum() / capacity.min() > 5400.0
    assert np.isfinite(arrival_s[0, HOMEBOUND, 1])


def test_on_the_night_of_the_count_nobody_rides_in_a_convoy(tmp_path: Path) -> None:
    config, town = prepare("kutim_malam_hasil", tmp_path)
    routes = prepare_routes(config, town)
    plan = build_model(config, town, routes, seed=5).plan
    assert plan.n_vehicles > 500
    assert not routes.unit_is_organised[plan.vehicle_unit].any()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("scenario.convoys.p1-pendaftaran.vehicles.motorcycle=20000", "21278 vehicles for 10552 people"),
        ("scenario.convoys.p1-pendaftaran.vehicles={motorcycle: 0}", "there must be one"),
        ("scenario.convoys.p1-pendaftaran.via=[kpu]", "give one of the two"),
        ("scenario.convoys.p1-pendaftaran.organised_share=2", "organised_share"),
        ("scenario.network.fetch='; rm -rf'", "network.fetch"),
    ],
)
def test_what_contradicts_itself_is_refused(change: str, expected: str) -> None:
    with pytest.raises(RallyError, match=expected):
        load("kutim_pendaftaran", change)


def test_a_street_that_is_not_on_the_map_is_told_with_the_one_meant(tmp_path: Path) -> None:
    config, town = prepare(
        "kutim_pendaftaran", tmp_path, "scenario.convoys.p1-pendaftaran.streets_out=[Jl. Pendidikann]"
    )
    with pytest.raises(RallyError, match=r"did you mean 'Jl\. Pendidikan'"):
        prepare_routes(config, town)
