"""Whatever is wrong with what a planner gives konvoi: one message that names the place and the mend, and exit code 2."""

from __future__ import annotations

import csv
import gzip
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import konvoi.network.edits
import konvoi.network.manual
from konvoi.config.reading import LoadedScenario, build_config, load_scenario
from konvoi.config.section import Section
from konvoi.config.settings import RunConfig
from konvoi.errors import RallyError
from konvoi.network import RoadNetwork, load_network
from konvoi.notice.reading import build_plan_of_notice
from konvoi.options import DesignSettings, DoorSettings, compose_settings
from konvoi.replication import prepare_routes
from konvoi.study.design import build_design, set_key
from konvoi.town import load_water, prepare_town
from tests.support.commands import call_konvoi
from tests.support.road_files import MANUAL, ROOT

SCENARIOS = ROOT / "scenarios"
CROSSROADS = SCENARIOS / "crossroads.yaml"
LIMIT_S = 20.0
LONG = "a" * 3000


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def refuse(act: Callable[[], object], *expected: str) -> str:
    """Make sure that the act is refused in our words, in both languages and in time, and that the message says all."""
    began_s = time.monotonic()
    with pytest.raises(RallyError) as fault:
        act()
    message = f"{fault.value}\n{fault.value.say('id')}"
    for pattern in expected:
        assert re.search(pattern, message), f"{pattern!r} is not in {message!r}"
    assert "Traceback" not in message
    assert len(message) < 8000
    assert time.monotonic() - began_s < LIMIT_S
    return message


# --- values of a scenario: key path, value, what the message says beside the key path ---------------------------------
PLACE = {"name": "Lapangan", "lon_deg": 117.5, "lat_deg": 0.5}
VALUES: list[tuple[str, Any, str]] = [
    ("title", None, "valid string"),
    ("title", "", "at least 1 character"),
    ("title", 5, "valid string"),
    ("title", LONG, "at most 120"),
    ("title", ["a"], "valid string"),
    ("title", True, "not values here"),
    ("date", LONG, "at most 40"),
    ("date", 20241123, "valid string"),
    ("timezone_label", "WITA WITA WITA", "at most 10"),
    ("network", None, "valid dictionary"),
    ("network", [], "valid dictionary"),
    ("network.file", 5, "valid string"),
    ("network.file", "", "at least 1 character"),
    ("network.file", LONG, "at most 400"),
    ("network.fetch", "; rm -rf /", "match pattern"),
    ("network.fetch", "$(reboot)", "match pattern"),
    ("network.manual", LONG, "at most 400"),
    ("network.water", ["sungai.geojson"], "valid string"),
    ("network.snap_limit_m", 0, "greater than 0"),
    ("network.snap_limit_m", -5, "greater than 0"),
    ("network.snap_limit_m", 1e9, "less than or equal to 5000"),
    ("network.snap_limit_m", float("inf"), "finite number"),
    ("network.fille", "a.osm", "did you mean 'file'"),
    ("network._target_", "os.system", "no such key"),
    ("rally", "09:00", "valid dictionary"),
    ("rally.window_start", "9 pagi", "write HH:MM"),
    ("rally.window_start", "", "write HH:MM"),
    ("rally.window_start", 540, "valid string"),
    ("rally.window_start", "-9:00", "write HH:MM"),
    ("rally.window_end", "24:00", "write HH:MM"),
    ("rally.window_end", "25:30", "write HH:MM"),
    ("rally.window_end", "18:60", "write HH:MM"),
    ("rally.window_end", "18.00", "write HH:MM"),
    ("rally.window_end", "18:00:00", "write HH:MM"),
    ("rally.window_end", "08:00", "later than rally.window_start"),
    ("rally.window_end", "09:00", "later than rally.window_start"),
    ("rally.first_start", "08:59", "outside the window of rallies, 09:00 to 18:00"),
    ("rally.first_start", "18:00", "outside the window of rallies, 09:00 to 18:00"),
    ("rally.first_start", "24:10", "write HH:MM"),
    ("rally.length_min", 0, "greater than or equal to 10"),
    ("rally.length_min", -60, "greater than or equal to 10"),
    ("rally.length_min", 601, "less than or equal to 600"),
    ("rally.length_min", float("nan"), "finite number"),
    ("rally.length_min", "satu jam", "valid number"),
    ("rally.length_min", True, "not values here"),
    ("rally.length_min", 590, "ends after rally.window_end, 18:00"),
    ("rally.lenght_min", 60, "did you mean 'length_min'"),
    ("venues", None, "valid dictionary"),
    ("venues", {}, "at least 1 item"),
    ("venues", [PLACE], "valid dictionary"),
    ("venues.timur", None, "valid dictionary"),
    ("venues.timur", "Lapangan", "valid dictionary"),
    ("venues.timur", {"lon_deg": 117.5, "lat_deg": 0.5}, "name: is missing"),
    ("venues.timur", {"name": "Lapangan"}, "lon_deg and lat_deg or as x_m and y_m"),
    ("venues.timur", {"name": "Lapangan", "lon_deg": 117.5}, "lon_deg and lat_deg or as x_m and y_m"),
    ("venues.timur", {**PLACE, "x_m": 1, "y_m": 1}, "lon_deg and lat_deg or as x_m and y_m"),
    ("venues.timur", {"name": "Lapangan", "x_m": 1e12, "y_m": 0}, "less than or equal to"),
    ("venues.timur.name", "", "at least 1 character"),
    ("venues.timur.name", LONG, "at most 80"),
    ("venues.timur.lon_deg", 181, "less than or equal to 180"),
    ("venues.timur.lon_deg", -180.5, "greater than or equal to -180"),
    ("venues.timur.lon_deg", float("nan"), "finite number"),
    ("venues.timur.lon_deg", "117,5", "valid number"),
    ("venues.timur.lon_deg", [117.5], "valid number"),
    ("venues.timur.lat_deg", 117.5, "less than or equal to 85"),
    ("venues.timur.lat_deg", -86, "greater than or equal to -85"),
    ("venues.timur.lat_deg", float("-inf"), "finite number"),
    ("venues.timur.lat_deg", "0°30'", "valid number"),
    ("venues.timur.accuracy_m", -1, "greater than or equal to 0"),
    ("venues.timur.accuracy_m", 1e9, "less than or equal to 5000"),
    ("venues.timur.source", LONG, "at most 500"),
    ("venues.timur.lat", 0.5, "did you mean 'lat_deg'"),
    ("venues.timur._target_", "os.system", "no such key"),
    ("venues.timur.capacity", 5000, "no such key"),
    ("venues", {"_target_": PLACE}, "match pattern"),
    ("venues", {"a b": PLACE}, "match pattern"),
    ("venues", {"../etc": PLACE}, "match pattern"),
    ("venues", {"": PLACE}, "match pattern"),
    ("venues", {LONG: PLACE}, "match pattern"),
    ("venues", {"timur\n": PLACE}, "match pattern"),
    ("venues", {5: PLACE}, "valid string"),
    ("venues", {f"v{k}": PLACE for k in range(300)}, "at most 200"),
    ("venue_pairs", {}, "at least 1 item"),
    ("venue_pairs", None, "valid dictionary"),
    ("venue_pairs.bersilangan", {"side_1": "timur"}, "side_2: is missing"),
    ("venue_pairs.bersilangan", ["timur", "selatan"], "valid dictionary"),
    ("venue_pairs.bersilangan.side_1", "timor", "did you mean 'timur'"),
    ("venue_pairs.bersilangan.side_1", "", "not defined"),
    ("venue_pairs.bersilangan.side_1", "barat", "not defined"),
    ("venue_pairs.bersilangan.side_2", None, "valid string"),
    ("venue_pairs.bersilangan.side_3", "timur", "no such key"),
    ("planned_venue_pair", "bersilang", "did you mean 'bersilangan'"),
    ("planned_venue_pair", "timur", "not defined"),
    ("planned_venue_pair", None, "valid string"),
    ("planned_venue_pair", LONG, "at most 61"),
    ("assembly_points", {}, "at least 1 item"),
    ("assembly_points", "barat", "valid dictionary"),
    ("assembly_points.timur", PLACE, "the key is used for a venue too; rename one"),
    ("assembly_points.barat.lon_deg", 999, "less than or equal to 180"),
    ("assembly_points.barat.nama", "x", "did you mean 'name'"),
    ("convoys", {}, "at least 1 item"),
    ("convoys", None, "valid dictionary"),
    ("convoys", [], "valid dictionary"),
    ("convoys.p1-barat", {}, "people: is missing"),
    ("convoys.p1-barat.side", 3, "1 or 2"),
    ("convoys.p1-barat.side", 0, "1 or 2"),
    ("convoys.p1-barat.side", "satu", "1 or 2"),
    ("convoys.p1-barat.side", True, "not values here"),
    ("convoys.p1-barat.side", None, "1 or 2"),
    ("convoys.p1-barat.assembly_point", "barad", "did you mean 'barat'"),
    ("convoys.p1-barat.assembly_point", "timur", "not defined"),
    ("convoys.p1-barat.assembly_point", ["barat"], "valid string"),
    ("convoys.p1-barat.people", -1, "greater than or equal to 0"),
    ("convoys.p1-barat.people", 200_001, "less than or equal to 200000"),
    ("convoys.p1-barat.people", 10**30, "less than or equal to 200000|valid integer"),
    ("convoys.p1-barat.people", 1.5, "without a point"),
    ("convoys.p1-barat.people", 1.000, "1.000 is read as 1"),
    ("convoys.p1-barat.people", float("nan"), "without a point"),
    ("convoys.p1-barat.people", float("inf"), "without a point"),
    ("convoys.p1-barat.people", True, "not values here"),
    ("convoys.p1-barat.people", "banyak", "valid integer"),
    ("convoys.p1-barat.people", None, "valid integer"),
    ("convoys.p1-barat.people", {"a": 1}, "valid integer"),
    ("convoys.p1-barat.via", "puncak", "valid tuple"),
    ("convoys.p1-barat.via", ["punca"], "did you mean 'puncak'"),
    ("convoys.p1-barat.via", ["puncak"] * 21, "at most 20"),
    ("convoys.p1-barat.via", [5], "valid string"),
    ("convoys.p1-barat.streets_out", ["Jl. A"] * 41, "at most 40"),
    ("convoys.p1-barat.streets_home", "Jl. A", "valid tuple"),
    ("convoys.p1-barat.vehicles", {}, "0 vehicles for 400 people"),
    ("convoys.p1-barat.vehicles", {"motorcycle": 401}, "401 vehicles for 400 people"),
    ("convoys.p1-barat.vehicles", {"motorcycle": -1}, "greater than or equal to 0"),
    ("convoys.p1-barat.vehicles", {"bicycle": 1}, "no such key"),
    ("convoys.p1-barat.vehicles", {"motorcycle": 1.250}, "without a point"),
    ("convoys.p1-barat.vehicles", [1, 2, 3], "valid dictionary"),
    ("convoys.p1-barat.organised_share", 1.01, "less than or equal to 1"),
    ("convoys.p1-barat.organised_share", -0.1, "greater than or equal to 0"),
    ("convoys.p1-barat.organised_share", "50 %", "valid number"),
    ("convoys.p1-barat.peopel", 5, "did you mean 'people'"),
    ("convoys.p1-barat.holds", "puncak", "valid tuple"),
    ("convoys.p1-barat.holds", [{"until": "08:00"}], "holds.0.at: is missing"),
    ("convoys.p1-barat.holds", [{"at": "puncak"}], "at least one of until, until_closed_up: true, until_passed"),
    ("convoys.p1-barat.holds", [{"at": "punca", "until": "08:00"}], "did you mean 'puncak'"),
    ("convoys.p1-barat.holds", [{"at": "puncak", "until": "8 pagi"}], "write HH:MM"),
    ("convoys.p1-barat.holds", [{"at": "puncak", "until": "08:00", "trip": "pulang"}], "'outbound' or 'homebound'"),
    ("convoys.p1-barat.holds", [{"at": "puncak", "until": "08:00", "patience_min": -1}], "greater than or equal to 0"),
    ("convoys.p1-barat.holds", [{"at": "puncak", "until_closed": True}], "did you mean 'until_closed_up'"),
    ("convoys.p1-barat.holds", [{"at": "puncak", "until": "08:00"}] * 21, "at most 20"),
    ("convoys.p1-barat.joins", "p1-barad", "did you mean 'p1-barat'"),
    ("convoys.p1-barat.joins", "p2-utara", "a convoy of the other side"),
    ("convoys.p1-barat.joins", "p1-barat", "joins a convoy itself"),
    ("convoys.p1-barat.joins_at", "middle", "'tail' or 'head'"),
    ("convoys.p1-barat", {"side": 1, "assembly_point": "barat", "people": 9, "joins": "p2-utara", "via": ["puncak"]},
     "joins: it takes the route of the convoy it joins"),
    ("convoys.p1-barat.tour", ["punca"], "did you mean 'puncak'"),
    ("waypoints.timur", PLACE, "the key is used for a venue or an assembly point too; rename one"),
    ("waypoints.baru", {"name": "Taman"}, "lon_deg and lat_deg or as x_m and y_m"),
    ("parking.timor", {"places_pcu": 100}, "did you mean 'timur'"),
    ("parking.timur", {"further_off_pcu": 100}, "places_pcu: is missing"),
    ("parking.timur.places_pcu", -1, "greater than or equal to 0"),
    ("closures", [{"begin": "08:00", "end": "09:00"}], "street: is missing; give street, between, both, or area"),
    ("closures", [{"street": "Jl. Barat", "begin": "08:00"}], "end: is missing"),
    ("closures", [{"street": "Jl. Barat", "begin": "09:00", "end": "09:00"}], "end: is the same hour as begin"),
    ("closures", [{"area": [[117.5, 0.5], [117.6, 0.5]], "begin": "08:00", "end": "09:00"}], "three different corners"),
    ("closures", [{"street": "A", "area": [[117.5, 0.5], [117.6, 0.5], [117.6, 0.6]], "begin": "08:00", "end": "09:00"}],
     "leave out street and between"),
    ("closures", [{"street": "A", "classes": ["residential"], "begin": "08:00", "end": "09:00"}], "classes: needs area"),
    ("closures", [{"street": "Jl. Barat", "direction": "forward", "begin": "08:00", "end": "09:00"}],
     "forward needs between"),
    ("closures", [{"between": ["barat"], "begin": "08:00", "end": "09:00"}], "between"),
    ("closure", [], "did you mean 'closures'"),
    ("_target_", "os.system", "no such key"),
    ("__class__", "x", "no such key"),
    ("defaults", ["a"], "no such key"),
    ("hydra", {"run": {"dir": "/"}}, "no such key"),
    ("venue", {}, "did you mean 'venues'"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "expected"), VALUES)
def test_a_value_that_cannot_be_is_named_with_its_key_and_what_is_allowed(key: str, value: Any, expected: str) -> None:
    scenario = load_scenario(CROSSROADS)
    broken = LoadedScenario(set_key(scenario.content, key, value), scenario.path)
    message = refuse(lambda: build_config({}, broken), re.escape(str(CROSSROADS)), expected)
    # The key path is written out, or its last key stands behind the section it belongs to.
    section, _, last = key.rpartition(".")
    assert key in message or (section in message and last in message)


@pytest.mark.parametrize(
    "key", ["title", "network", "venues", "venue_pairs", "planned_venue_pair", "assembly_points", "convoys"]
)
def test_what_a_scenario_must_have_is_asked_for_with_its_meaning(key: str) -> None:
    content = {name: value for name, value in load_scenario(CROSSROADS).content.items() if name != key}
    refuse(lambda: build_config({}, LoadedScenario(content, CROSSROADS)), rf"{key}: is missing \(")


def test_a_day_on_which_nobody_rides_is_refused() -> None:
    content = load_scenario(CROSSROADS).content
    for name in content["convoys"]:
        content = set_key(content, f"convoys.{name}.people", 0)
    refuse(lambda: build_config({}, LoadedScenario(content, CROSSROADS)), "convoys: nobody takes part")


def test_all_faults_are_told_at_once() -> None:
    content = set_key(set_key(load_scenario(CROSSROADS).content, "title", 5), "convoys.p1-barat.people", -1)
    message = refuse(lambda: build_config({}, LoadedScenario(content, CROSSROADS)), "has 2 faults")
    assert "title" in message
    assert "people" in message


# --- settings: what is set, what the message says ----------------------------------------------------------------------
SETTINGS: list[tuple[str, Any, str]] = [
    ("rally.gap_min", -1, "outside 0 to 720 min; for separate days write another_day"),
    ("rally.gap_min", 721, "outside 0 to 720"),
    ("rally.gap_min", 500, "at most 480, or another_day"),
    ("rally.gap_min", float("nan"), "finite number"),
    ("rally.gap_min", float("inf"), "finite number"),
    ("rally.gap_min", "besok", "another_day"),
    ("rally.gap_min", None, "another_day"),
    ("rally.gap_min", True, "not values here"),
    ("rally.first_side", 3, "1 or 2"),
    ("rally.venue_pair", "tak-ada", "planned, bersilangan, terpisah"),
    ("rally.hold_back_min", 241, "less than or equal to 240"),
    ("rally.gap", 5, "did you mean 'gap_min'"),
    ("behaviour.turnout", 11, "less than or equal to 10"),
    ("behaviour.turnout", -0.1, "greater than or equal to 0"),
    ("behaviour.organised_share", 2, "less than or equal to 1"),
    ("behaviour.vehicle_mix", {"motorcycle": 0.5, "car": 0.5, "truck": 0.5}, "must add up to 1"),
    ("behaviour.vehicle_mix", {"motorcycle": 1.0}, "car: is missing"),
    ("behaviour.people_per_vehicle", {"motorcycle": 0, "car": 1, "truck": 1}, "greater than 0"),
    ("behaviour.pcu", {"motorcycle": float("nan"), "car": 1, "truck": 1}, "finite number"),
    ("behaviour.lateness", {"median_min": -20}, "earliest_min < median_min <= max_min"),
    ("behaviour.lateness", {"median_min": 100, "max_min": 50}, "earliest_min < median_min <= max_min"),
    ("behaviour.gathering_min", -1, "greater than or equal to 0"),
    ("behaviour.patience_min", 1000, "less than or equal to 480"),
    ("behaviour.departure_share", 0, "greater than 0"),
    ("behaviour.join_patience_min", -5, "greater than or equal to 0"),
    ("behaviour.early_leaver_share", 1.5, "less than or equal to 1"),
    ("behaviour.early_leave_min", 0, "greater than or equal to 1"),
    ("behaviour.return_alone_share", -0.1, "greater than or equal to 0"),
    ("behaviour.tour_share", "semua", "valid number"),
    ("behaviour.organised_speed_kmh", 0, "greater than or equal to 3"),
    ("behaviour.venue_gate_pcu_h", 0, "greater than or equal to 60"),
    ("behaviour.turnaround_s", 1e9, "less than or equal to 3600"),
    ("contact.distance_m", 0, "greater than or equal to 1"),
    ("contact.distance_m", 501, "less than or equal to 500"),
    ("contact.road_factor", 0.5, "greater than or equal to 1"),
    ("contact.min_people", -1, "greater than or equal to 0"),
    ("engine.cell_length_m", 1e-9, "greater than or equal to 20"),
    ("engine.max_day_h", 1e9, "less than or equal to 240"),
    ("engine.decision_interval_s", 0, "greater than or equal to 0.1"),
    ("engine.cell_lenght_m", 100, "did you mean 'cell_length_m'"),
    ("seed", -1, "greater than or equal to 0"),
    ("seed", 2**64, "less than or equal to"),
    ("seed", 1.5, "without a point"),
    ("seed", "tujuh", "valid integer"),
    ("contacts", {}, "did you mean 'contact'"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "expected"), SETTINGS)
def test_a_setting_that_cannot_be_is_named_with_what_is_allowed(key: str, value: Any, expected: str) -> None:
    settings = set_key({}, key, value)
    message = refuse(lambda: build_config(settings, load_scenario(CROSSROADS)), expected)
    assert key in message or key.rpartition(".")[2] in message


def test_more_people_than_a_computer_holds_are_refused() -> None:
    content = load_scenario(CROSSROADS).content
    for k in range(20):
        convoy = {"side": 1, "assembly_point": "barat", "people": 200_000}
        content = set_key(content, f"convoys.besar-{k}", convoy)
    refuse(lambda: build_config({}, LoadedScenario(content, CROSSROADS)), "at most 2,000,000")


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        ({"rally.gap_min": []}, "rally.gap_min.*at least one level"),
        ({"rally.gap_min": 5}, "rally.gap_min.*a list"),
        ({"rally.gap_min": ["besok"]}, "rally.gap_min.*another_day"),
        ({"rally.venue_pair": ["km03"]}, "km03.*experiment=gap"),
        ({"scenario.title.x": [1]}, "holds no keys"),
        ({"rally.gap_min": list(range(400)), "seed": list(range(400))}, "160,000 combinations.*at most 10,000"),
    ],
)
def test_a_design_that_cannot_be_is_refused(factors: Any, expected: str) -> None:
    refuse(lambda: build_design({}, load_scenario(CROSSROADS), factors), expected)


# --- files that are no scenario ----------------------------------------------------------------------------------------
FILES: list[tuple[str, bytes, str]] = [
    ("empty", b"", "NoneType"),
    ("a list", b"- a\n- b\n", "list"),
    ("a word", b"halo\n", "str"),
    ("a number", b"5\n", "int"),
    ("tabs", b"title: a\nnetwork:\n\tfile: b\n", "line 3, column 1"),
    ("latin encoding", "title: Caf\xe9\n".encode("latin-1"), "byte 10: not UTF-8"),
    ("UTF-16", "title: a\n".encode("utf-16"), "byte 0: not UTF-8"),
    ("binary", bytes(range(256)), "not UTF-8"),
    ("zero bytes", b"title: a\x00b\n", "not valid YAML"),
    ("open bracket", b"title: [a, b\n", "line"),
    ("open quote", b"title: 'a\n", "line"),
    ("bad indent", b"title: a\n  date: b\n", "line 2"),
    ("key twice", b"title: a\ntitle: b\n", "line 2, column 1: key 'title' occurs twice"),
    ("key twice below", b"network: {file: a, file: b}\n", "key 'file' occurs twice"),
    ("alias", b"title: &a x\ndate: *a\n", "aliases .* are not allowed; write the value out"),
    ("endless alias", b"a: &a [*a]\n", "aliases"),
    ("merge key", b"a: &a {b: 1}\nc: {<<: *a}\n", "aliases"),
    ("entity bomb", b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "aliases"),
    ("python tag", b"title: !!python/object/apply:os.system ['id']\n", "line 1, column 8.*tag"),
    ("python name", b"title: !!python/name:os.system\n", "tag"),
    ("unknown tag", b"title: !include rahasia.yaml\n", "tag"),
    ("wrong binary", b"title: !!binary '%%%'\n", "network: is missing"),
    ("wrong float", b"title: !!float abc\n", "YAML"),
    ("wrong int", b"title: !!int abc\n", "YAML"),
    ("key that is a list", b"? [a, b]\n: c\n", "a key must be a word"),
    ("two documents", b"a: 1\n---\nb: 2\n", "line 2|document"),
    ("deep", b"a: " + b"[" * 5000, "YAML|line"),
    ("huge", b"# " + b"x" * 1_100_000, "bytes; a scenario has at most 1,000,000"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_a_file_that_is_no_scenario_is_refused_with_the_place(content: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "rapat.yaml"
    path.write_bytes(content)
    refuse(lambda: build_config({}, load_scenario(path)), re.escape(str(path)), expected)


def test_a_file_of_100_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "rapat.yaml"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    began_s = time.monotonic()
    refuse(lambda: load_scenario(path), "100,000,000 bytes")
    assert time.monotonic() - began_s < 1.0


@pytest.mark.parametrize("name", ["tak-ada.yaml", ".", "a" * 300 + ".yaml", "a\x00b.yaml"])
def test_a_scenario_that_is_not_there_is_told(name: str, tmp_path: Path) -> None:
    refuse(lambda: load_scenario(tmp_path / name), "no such file; give a name")


# --- the command line --------------------------------------------------------------------------------------------------
WORDS: list[tuple[str, str]] = [
    ("_target_=os.system", "_target_.*lists the keys"),
    ("+rally.x=1", "only KEY=VALUE"),
    ("~rally", "only KEY=VALUE"),
    ("rally.gap=5", "rally.gap"),
    ("rally=null", "rally: None given"),
    ("behaviour=null", "lists the keys"),
    ("=5", "lists the keys"),
    (f"behaviour={LONG}", "behaviour"),
    (f"scenario={LONG}", "there are: .*crossroads"),
    ("engine=none", "engine=none: no such choice; there are: default"),
    ("contact=/etc/passwd", "contact"),
    ("design=null", "design.factors"),
    ("design.factors=null", "design.factors"),
    ("design.replications=0", "greater than or equal to 1"),
    ("design.threshold=2", "less than 1"),
    ("seed=${seed}", "seed"),
    ("seed=${oc.env:HOME}", "seed"),
    ("rally.gap_min", "rally.gap_min: cannot be read; settings are written KEY=VALUE"),
    ("rally.gap_min='", "rally.gap_min"),
    ("rally.gap_min=range(0,1000000000)", "rally.gap_min: more than 1000 levels"),
    ("rally.gap_min=interval(0,1)", "rally.gap_min=A,B,C"),
    ("rally.gap_min=glob(*)", "rally.gap_min=A,B,C"),
    ("lang=fr", "lang: 'fr' given; input should be 'id' or 'en'"),
    ("workers=0", "workers: 0 given"),
    ("replication=-1", "replication: -1 given"),
    ("progress=maybe", "progress: 'maybe' given"),
    ("scenario=Crossroads", "there are: .*crossroads"),
    ("scenario=null", "there are: .*crossroads"),
    ("scenario=../tak-ada-di-sini/rapat.yaml", "no such file"),
    ("scenario.title.x=1", "title.x: 'title' holds no keys"),
    ("scenario.venues=null", "venues: None given"),
]


@pytest.mark.parametrize(("word", "expected"), WORDS)
def test_a_word_that_cannot_be_understood_is_told(word: str, expected: str) -> None:
    words = [word] if word.startswith("scenario=") else ["scenario=crossroads", word]
    message = refuse(lambda: compose_settings(words).build_config(), expected)
    assert "use +" not in message


# --- places, routes and files of a scenario ----------------------------------------------------------------------------
FAR: list[tuple[str, Any, str]] = [
    ("venues.timur.lat_deg", 0.52, r"venues\.timur: [\d,]+ m from the nearest road \(limit 300 m\); check lon_deg"),
    ("venues.timur.lon_deg", -117.5, r"venues\.timur: .* from the nearest road"),
    ("assembly_points.barat.lat_deg", 84.0, r"assembly_points\.barat: .* from the nearest road"),
    ("network.file", "tak-ada.osm", "tak-ada.osm.*give its path"),
    ("network.file", "..", "give its path"),
    ("network.file", "/etc/passwd", "/etc/passwd"),
    ("network.file", None, "network.file: is missing; 'konvoi roads fetch'"),
    ("network.manual", "tak-ada", "tak-ada"),
    ("network.manual", "crossroads.yaml", "manual"),
    ("convoys.p1-barat.streets_out", ["Jl. Tak Ada"], "Jl. Tak Ada"),
    ("convoys.p1-barat.streets_home", [""], "street"),
]


@pytest.mark.parametrize(("key", "value", "expected"), FAR)
def test_a_place_road_or_street_that_is_not_on_the_map_is_told(
    key: str, value: Any, expected: str, cache: Path
) -> None:
    scenario = load_scenario(CROSSROADS)

    def prepare() -> object:
        config = build_config({}, LoadedScenario(set_key(scenario.content, key, value), scenario.path))
        return prepare_routes(config, prepare_town(config, scenario.path, cache_dir=cache))

    refuse(prepare, expected)


def copy_town(folder: Path) -> RunConfig:
    folder.joinpath("kota.osm").write_bytes((SCENARIOS / "networks" / "crossroads.osm").read_bytes())
    content = set_key(load_scenario(CROSSROADS).content, "network.file", "kota.osm")
    return build_config({}, LoadedScenario(content, folder / "rapat.yaml"))


ROADS: list[tuple[str, bytes]] = [
    ("empty", b""),
    ("words", b"bukan peta"),
    ("no road", b'<osm version="0.6"></osm>'),
    ("cut off", (SCENARIOS / "networks" / "crossroads.osm").read_bytes()[:700]),
    ("entity", b'<!DOCTYPE o [<!ENTITY a "b">]><osm>&a;</osm>'),
    ("wrong root", b"<html></html>"),
    ("gzip under another name", gzip.compress(b"<osm/>")),
]


@pytest.mark.parametrize("content", [case[1] for case in ROADS], ids=[case[0] for case in ROADS])
def test_a_damaged_road_file_is_refused_by_its_name(content: bytes, tmp_path: Path) -> None:
    config = copy_town(tmp_path)
    (tmp_path / "kota.osm").write_bytes(content)
    refuse(lambda: prepare_town(config, tmp_path / "rapat.yaml", cache_dir=tmp_path), re.escape("kota.osm"))


EDITS: list[tuple[str, str]] = [
    ("edits: 5", "edits: 5 given"),
    ("edit: []", "did you mean 'edits'"),
    ("edits: [{kind: blow_up, SPOT}]", "edits.0.*close_road"),
    ("edits: [{SPOT}]", "edits.0.*kind"),
    ("edits: [{kind: close_road}]", "edits.0.*lon_deg: is missing"),
    ("edits: [{kind: close_road, lon_deg: 117.51, lat_deg: 5}]", "kota.edits.yaml.*edits.0"),
    ("edits: [{kind: set_lanes, SPOT, lanes: 0}]", "lanes: 0 given"),
    ("edits: [{kind: set_lanes, SPOT, lanes: true}]", "lanes: true given"),
    ("edits: [{kind: name_road, SPOT, name: ''}]", "name"),
    ("edits: [{kind: merge_junction, SPOT, radius_m: .nan}]", "radius_m: nan given"),
    ("edits: [{kind: move_place, SPOT, place: 'a b'}]", "place: 'a b' given"),
    ("edits: [\t]", "line 1"),
]


@pytest.mark.parametrize(("text", "expected"), EDITS)
def test_a_fault_in_the_corrections_of_a_map_is_named_with_its_line(text: str, expected: str, tmp_path: Path) -> None:
    config = copy_town(tmp_path)
    (tmp_path / "kota.edits.yaml").write_text(text.replace("SPOT", "lon_deg: 117.51, lat_deg: 0.5"), encoding="utf-8")
    refuse(lambda: prepare_town(config, tmp_path / "rapat.yaml", cache_dir=tmp_path), "kota.edits.yaml", expected)


MANUALS: list[tuple[str, Any, str]] = [
    ("types.divided.car_kmh", 0, "types.divided.car_kmh: 0 given"),
    ("types.divided.capacity_pcu_h_lane", float("nan"), "finite number"),
    ("types.two_lane", None, "types.two_lane"),
    ("jam_density_pcu_km_lane", -5, "jam_density_pcu_km_lane: -5 given"),
    ("width_m", {}, "width_m.*other: is missing"),
    ("one_way_lanes", {"other": 100}, "one_way_lanes.other: 100 given"),
    ("lane_width_factor", [], "lane_width_factor"),
    ("lane_width_factor", [[3.5, 1.0], [3.0, 0.9]], "the widths must rise"),
    ("two_lane_width_factor", [[5.0]], "two_lane_width_factor"),
    ("capacity", 5, "capacity: there is no such key"),
]


@pytest.mark.parametrize(("key", "value", "expected"), MANUALS)
def test_a_capacity_manual_that_is_not_whole_is_refused(key: str, value: Any, expected: str, tmp_path: Path) -> None:
    import yaml

    path = tmp_path / "manual.yaml"
    path.write_text(yaml.safe_dump(set_key(load_scenario(MANUAL).content, key, value)), encoding="utf-8")
    refuse(lambda: konvoi.network.manual.read_manual(path), re.escape(str(path)), expected, "mkji1997.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "not a GeoJSON file"),
        ("[]", "not a GeoJSON file"),
        ('{"features": 5}', "not a GeoJSON file"),
        ('{"features": [{"geometry": null}]}', "not a GeoJSON file"),
        ('{"features": [{"geometry": {"type": "LineString", "coordinates": [1, 2]}}]}', "not a GeoJSON file"),
        (
            '{"features": [{"geometry": {"type": "LineString", "coordinates": [[1, 900]]}}]}',
            "features.0: not a valid longitude",
        ),
        (
            '{"features": [{"geometry": {"type": "LineString", "coordinates": [[NaN, 1]]}}]}',
            "features.0: not a valid longitude",
        ),
    ],
)
def test_a_river_file_that_cannot_be_read_is_told_with_the_mend(
    text: str, expected: str, tmp_path: Path, cache: Path
) -> None:
    (tmp_path / "sungai.geojson").write_text(text, encoding="utf-8")
    content = set_key(load_scenario(CROSSROADS).content, "network.water", "sungai.geojson")
    scenario = LoadedScenario(content, tmp_path / "rapat.yaml")
    config = build_config({}, scenario)
    town = prepare_town(config, scenario.path, cache_dir=cache)
    refuse(lambda: load_water(config, scenario.path, town.network), "sungai.geojson", expected, "remove network.water")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_road_file_hidden_behind_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    config = copy_town(tmp_path)
    away = tmp_path.parent / f"{tmp_path.name}-lain.osm"
    (tmp_path / "kota.osm").rename(away)
    (tmp_path / "kota.osm").symlink_to(away)
    refuse(lambda: prepare_town(config, tmp_path / "rapat.yaml", cache_dir=tmp_path), "symbolic link", "name that file")
    (tmp_path / "kota.osm").unlink()
    away.rename(tmp_path / "asli.osm")
    (tmp_path / "kota.osm").symlink_to("asli.osm")  # within the folder it may be
    assert prepare_town(config, tmp_path / "rapat.yaml", cache_dir=tmp_path).place_node


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_in_a_circle_are_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("b.yaml")
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    refuse(lambda: load_scenario(tmp_path / "a.yaml"), "no such file")


# --- the form of a notice ----------------------------------------------------------------------------------------------
FORM: list[tuple[str, str, str]] = [
    ("B5", "31 Februari 2024", "B5: .*bukan tanggal"),
    ("C5", "besok", "C5: .*bukan tanggal"),
    ("C5", "", "C5: "),
    ("B6", "", "B6: .*belum diisi"),
    ("B7", "", "B7: .*belum diisi"),
    ("B7", "117.5445, 0.5141", "B7: .*lintang lebih dahulu"),
    ("B7", "0.9000, 117.0000", "B7: .*dari jalan terdekat"),
    ("B7", "Jl. Tak Dikenal", "B7: .*tidak ada di peta"),
    ("B8", "25.00", "B8: .*bukan jam"),
    ("B8", "-9.00", "B8: .*bukan jam"),
    ("B9", "08.00", "B9: .*tidak sesudah"),
    ("A12", "3", "A12: .*tulis 1 atau 2"),
    ("A12", "", "A12: .*tulis 1 atau 2"),
    ("E12", "", "E12: "),
    ("E12", "-5", "E12: .*bukan jumlah"),
    ("E12", "banyak", "E12: .*bukan jumlah"),
    ("E12", "1", "E12: .*orang untuk .* kendaraan"),
    ("F12", "1,5", "F12: .*bukan jumlah"),
    ("F12", "99999999", "F12: .*bukan jumlah"),
    ("I12", "Jl. Antah Berantah", "I12: .*tidak ada di peta"),
    ("A11", "Sisi", "baris judul"),
    ("A5", "Tgl", "Tanggal"),
]


@pytest.fixture(scope="module")
def sangatta(cache: Path) -> RoadNetwork:
    return load_network(SCENARIOS / "networks" / "sangatta.osm", MANUAL, cache)


@pytest.mark.parametrize(("cell", "value", "expected"), FORM)
def test_a_cell_of_a_form_that_cannot_be_understood_is_named(
    cell: str, value: str, expected: str, tmp_path: Path, sangatta: RoadNetwork
) -> None:
    with (SCENARIOS / "notices" / "contoh_sangatta.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter=";"))
    rows[int(cell[1:]) - 1][ord(cell[0]) - ord("A")] = value
    path = tmp_path / "surat.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(rows)
    refuse(lambda: build_plan_of_notice(path, sangatta, "sangatta.osm"), "surat.csv", expected)


# --- the commands themselves -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "scenario=crossroads", "scenario.convoys.p1-barat.people=-1"], "convoys.p1-barat.people"),
        (["check", "scenario=crossroads", "scenario.venues.timur.lat_deg=0.52"], "venues.timur"),
        (["sweep", "scenario=crossroads", "rally.gap_min=9999"], "gap_min"),
        (["init", "tak-ada.csv", "roads=crossroads.osm"], "tak-ada.csv"),
    ],
)
def test_a_command_refuses_with_exit_code_2_and_one_message(words: list[str], expected: str, tmp_path: Path) -> None:
    done = call_konvoi(*words, cwd=tmp_path)  # anything but our own message would be raised here
    assert done.returncode == 2
    assert done.stderr.startswith(f"konvoi {words[0]}: ")
    assert expected in done.stderr
    assert not list(tmp_path.iterdir())  # nothing written half


# --- every field -------------------------------------------------------------------------------------------------------
def list_sections() -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    waiting: list[type[BaseModel]] = [Section]
    while waiting:
        section = waiting.pop()
        waiting += section.__subclasses__()
        if section is not Section and section.__module__.startswith("konvoi."):
            found.append(section)
    return found


UNITLESS = {
    "people", "turnout", "turnout_sd", "organised_share", "attendance_share", "motorcycle", "car", "truck", "independent_speed_sd",
    "road_factor", "departure_share", "early_leaver_share", "return_alone_share", "tour_share", "min_people", "replications", "threshold", "confidence", "lanes", "replication", "workers", "seed",
    "half_width", "cap", "batches_per_job", "candidates", "most", "longest", "overlap_share",
    "moved_factor", "longer_factor", "waited_factor", "largest_ratio", "officers_per_escort", "officers_per_hold",
    "capacity_factor", "speed_factor", "trajectories", "survivors", "sobol_samples", "resamples", "low", "high",
}  # fmt: skip
UNITS = re.compile(r"_(deg|days|m|min|s|h|gb|kmh|mps|pcu|pcu_h|pcu_h_lane|pcu_km_lane|min_km)$")


def test_every_field_has_a_sentence_of_help_a_unit_and_a_range() -> None:
    assert {RunConfig, DoorSettings, DesignSettings, konvoi.network.edits.SetLanes} <= set(list_sections())
    for section in list_sections():
        schema = section.model_json_schema()
        for name, field in section.model_fields.items():
            label = f"{section.__name__}.{name}"
            if name == "kind":  # the word that tells corrections apart
                continue
            assert field.description, label
            shape = schema["properties"][name]
            kinds = shape.get("anyOf", [shape])
            for kind in kinds:
                if kind.get("type") in {"number", "integer"} and "enum" not in kind and "const" not in kind:
                    assert name in UNITLESS or UNITS.search(name), f"{label} has no unit"
                    limits = {"minimum", "exclusiveMinimum"} & set(kind), {"maximum", "exclusiveMaximum"} & set(kind)
                    # replication has no end; the gap's range depends on the words beside it and is checked with them
                    assert all(limits) or label in {"DoorSettings.replication", "RallyPlan.gap_min"}, label
