"""The day as the page gets it: exact rides, small messages, choices, words, and the same events as `konvoi run`."""

from __future__ import annotations

import gzip
import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from konvoi.config.reading import LoadedScenario, load_scenario
from konvoi.contacts.search import time_rides_of
from konvoi.engine.model import RallyModel
from konvoi.errors import ScenarioError
from konvoi.network import RoadNetwork
from konvoi.replication import prepare_routes, run_once
from konvoi.report import style
from konvoi.tables.day import EVENTS
from konvoi.tables.files import write_table
from konvoi.town import prepare_town
from konvoi.view.choices import (
    CONTROLS,
    ChoiceError,
    Desk,
    apply_choices,
    describe_controls,
    open_preset,
    read_choices,
)
from konvoi.view.ground import fit_globe
from konvoi.view.packing import pack_message, pack_numbers, pack_signed
from konvoi.view.page_words import build_page_words
from konvoi.view.replay import SCRIPTS, build_replay, read_script, read_style
from konvoi.view.session import Session
from konvoi.view.trips import TIME_STEP_S, TOLERANCE_M, WAY_STEP_M, Trips, build_trips
from konvoi.words import LANGUAGES, find_words
from tests.support.crossroads import SCENARIOS
from tests.support.detours import build_way_around, run_around
from tests.support.scenario_days import ALL, WAYS_HOME, build
from tests.support.towns import Unit, build_corridor, build_town_model

RUN: dict[str, Any] = {"rally": {"gap_min": 0, "first_side": 1, "venue_pair": "planned", "hold_back_min": 0},
                       "behaviour": {}, "contact": {}, "engine": {}, "seed": 20241123}  # fmt: skip


def build_desk(name: str = "crossroads", **settings: Any) -> Desk:
    return Desk({**RUN, **settings}, load_scenario(SCENARIOS / f"{name}.yaml"))


@pytest.fixture(scope="module")
def session() -> Session:
    return Session(build_desk())


# ---------- trips


def find_way_m(trips: Trips, ride: int, time_s: np.ndarray) -> np.ndarray:
    corners = slice(trips.offset[ride], trips.offset[ride + 1])
    return np.interp(time_s, trips.time[corners] * TIME_STEP_S, trips.way[corners] * WAY_STEP_M)


def check_rides(model: RallyModel) -> None:
    """Every vehicle's ride passes every bound of every link's cells when the engine says so."""
    trips, rows, roads = build_trips(model), model.list_rides(), model.state.links
    n_links = len(model.network.link_length_m)
    timed = time_rides_of(model, is_everywhere=True)
    kept = np.flatnonzero(rows.link < n_links)
    by_place = kept[
        np.argsort(
            2 * rows.link[kept] + model.plan.routes.unit_side[model.plan.vehicle_unit[rows.vehicle[kept]]],
            kind="stable",
        )
    ]
    np.testing.assert_array_equal(timed.rides.link, rows.link[by_place])
    np.testing.assert_allclose(timed.time_s[timed.rides.times], rows.begin_s[by_place])
    ride_of = {
        (int(vehicle), int(trip)): k
        for k, (vehicle, trip) in enumerate(zip(trips.vehicle, trips.line_trip[trips.line], strict=True))
    }
    assert len(ride_of) == len(trips.line)
    ridden_m = dict.fromkeys(ride_of, 0.0)
    fastest = float(roads.motorcycle_mps[:n_links].max())
    entry_of = {int(row): entry for entry, row in enumerate(by_place)}
    ridden = dict.fromkeys(ride_of, 0)
    for row in sorted(entry_of):  # as they began
        entry = entry_of[row]
        link, trip = int(rows.link[row]), int(timed.rides.trip[entry])
        key = int(rows.vehicle[row]), trip
        line = trips.line[ride_of[key]]
        assert trips.line_link[trips.line_offset[line] + ridden[key]] == link
        base_m = ridden_m[key]
        ridden[key] += 1
        ridden_m[key] += float(roads.length_m[link])
        bounds = model.cells.bound_m[model.cells.offset[link] + link : model.cells.offset[link + 1] + link + 1]
        times_s = timed.time_s[timed.rides.times[entry] :][: len(bounds)]
        found_m = find_way_m(trips, ride_of[key], times_s)
        off_m = np.abs(found_m - base_m - bounds)
        assert off_m.max() <= TOLERANCE_M + WAY_STEP_M + fastest * TIME_STEP_S


def test_a_ride_passes_every_place_when_the_engine_says_so(session: Session) -> None:
    check_rides(session.model)


def test_a_ride_through_a_queue_and_over_a_link_twice_is_true_too() -> None:
    network: RoadNetwork = build_corridor(1500.0, pieces=3, capacity_pcu_h=900.0)
    units = [
        Unit(1, [0, 2, 4], [5, 3, 1], n=40, home_s=4000.0),
        Unit(2, [0, 1, 0, 2], [3, 1], n=25, depart_s=30.0, home_s=4000.0),
    ]
    model = build_town_model(network, units, gate_pcu_s=0.2)
    model.run()
    check_rides(model)
    trips = build_trips(model)
    assert len(trips.line) == 2 * 65
    assert (np.diff(trips.time[trips.offset[:-1]]) >= 0).all()


def test_a_ride_around_a_closed_road_has_a_line_of_its_own() -> None:
    model = run_around(build_way_around(), 1120.0)
    check_rides(model)
    trips = build_trips(model)
    lines = [tuple(trips.line_link[a:b]) for a, b in itertools.pairwise(trips.line_offset)]
    assert sorted(lines) == [(0, 2, 4), (0, 6, 8, 4), (5, 3, 1)]
    ridden = np.bincount(trips.line, minlength=3)
    assert {line: int(n) for line, n in zip(lines, ridden, strict=True)}[(5, 3, 1)] == 30
    assert ridden.sum() == 60


def test_holds_joins_and_tours_are_ridden_as_the_engine_says() -> None:
    model = build(ALL, WAYS_HOME)
    model.run()
    check_rides(model)


def test_a_straight_ride_keeps_its_two_ends_only() -> None:
    model = build_town_model(build_corridor(6000.0, pieces=5), [Unit(1, [0, 2, 4, 6, 8], [9, 7, 5, 3, 1])])
    model.run()
    trips = build_trips(model)
    assert np.diff(trips.offset).tolist() == [2, 2]
    assert trips.way.tolist() == [0, 6000, 0, 6000]
    assert (np.diff(trips.time) * TIME_STEP_S).tolist()[::2] == pytest.approx([600.0, 600.0])


# ---------- the same events


@pytest.mark.parametrize("settings", [{}, {"engine": {"max_day_h": 9.5}}, {"engine": {"decision_interval_s": 7.0}}])
def test_the_event_log_is_that_of_konvoi_run_byte_for_byte(settings: dict[str, Any], tmp_path: Path) -> None:
    desk = build_desk(**settings)
    config = desk.build_config()
    town = prepare_town(config, desk.scenario.path)
    outcome, log = run_once(config, town, prepare_routes(config, town), 0, lambda _: None)
    day = Session(desk).day
    for name, events in (("run", log), ("view", day.log)):
        write_table(events.build_table(), tmp_path / f"{name}.parquet", EVENTS)
    assert (tmp_path / "view.parquet").read_bytes() == (tmp_path / "run.parquet").read_bytes()
    assert day.outcome.row == pytest.approx(outcome.row, nan_ok=True)
    assert ("stranded" in log.build_table()["code"].tolist()) == ("max_day_h" in settings.get("engine", {}))


# ---------- messages


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    raw = gzip.decompress(message)
    length = int.from_bytes(raw[:4], "little")
    head = json.loads(raw[4 : 4 + length])
    blocks, at = {}, 4 + length
    for name, size in head["blocks"].items():
        blocks[name] = raw[at : at + size]
        at += size
    return head, blocks


def read_numbers(block: bytes) -> list[int]:
    values, value, shift = [], 0, 0
    for byte in block:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            values.append(value)
            value, shift = 0, 0
    return values


def test_numbers_come_out_as_they_went_in() -> None:
    values = np.array([0, 1, 127, 128, 16383, 16384, 2_097_151, 2_097_152, 268_435_456, 2**32 - 1, 2**49, 2**53 - 1])
    assert read_numbers(pack_numbers(values)) == values.tolist()
    assert len(pack_numbers(values[:3])) == 3
    signed = np.array([0, -1, 1, -64, 64, -70_000, 70_000])
    assert [(k >> 1) ^ -(k & 1) for k in read_numbers(pack_signed(signed))] == signed.tolist()
    assert pack_numbers(np.empty(0, np.int64)) == b""
    for wrong in ([-1], [2**53]):
        with pytest.raises(ValueError, match="can be packed"):
            pack_numbers(np.array(wrong))


def test_a_message_is_the_same_bytes_for_the_same_content() -> None:
    message = pack_message({"name": "Jl. Ujung – Timur"}, {"a": b"12", "b": b""})
    assert message == pack_message({"name": "Jl. Ujung – Timur"}, {"a": b"12", "b": b""})
    head, blocks = unpack(message)
    assert head["name"] == "Jl. Ujung – Timur"
    assert blocks == {"a": b"12", "b": b""}


def test_the_day_tells_the_contacts_and_counts_of_the_tables(session: Session) -> None:
    head, blocks = unpack(session.day.message)
    contacts = session.day.outcome.contacts
    assert len(contacts["contact"]) > 0
    for name, values in head["contacts"].items():
        assert values == np.asarray(contacts[name]).tolist()
    assert head["outcome"]["contacts"] == len(contacts["contact"])
    trips = session.day.trips
    kinds = np.array(read_numbers(blocks["ride_kind"]))
    assert (kinds // 4 == trips.line).all()
    assert (kinds % 4 == session.model.plan.vehicle_class[trips.vehicle]).all()
    assert sum(read_numbers(blocks["ride_count"])) == len(trips.time)
    assert len(read_numbers(blocks["ride_time"])) == len(trips.time) - len(trips.line)
    riders = [head["sides"][side - 1]["vehicles"] for side in (1, 2)]
    assert riders == [session.day.outcome.row[f"vehicles_{side}"] for side in (1, 2)]
    assert len(trips.line) == 2 * sum(riders)


def test_a_day_without_anybody_on_the_road_can_be_packed() -> None:
    values = {"turnout": 0.1}
    desk = apply_choices(build_desk(behaviour={"turnout_sd": 0.0}), values)
    content = json.loads(json.dumps(desk.scenario.content))
    content["convoys"] = {"p1-barat": {"side": 1, "assembly_point": "barat", "people": 2}}
    lone = Session(Desk(desk.run, LoadedScenario(content, desk.scenario.path)))
    head, _ = unpack(lone.day.message)
    assert head["sides"][1]["out_s"] == [None, None]
    assert head["contacts"]["contact"] == []


def test_longitude_and_latitude_are_found_on_the_map(session: Session) -> None:
    town = session.model.network
    row = fit_globe(town)
    assert row is not None
    from konvoi.network import project

    lon, lat = np.array([117.51]), np.array([0.497])
    terms = np.array([1.0, lon[0], lat[0], lon[0] * lat[0], lon[0] ** 2, lat[0] ** 2])
    x_m, y_m = project(town, lon, lat)
    assert terms @ np.array(row[0]) == pytest.approx(x_m[0], abs=1.0)
    assert terms @ np.array(row[1]) == pytest.approx(y_m[0], abs=1.0)
    assert fit_globe(build_corridor()) is None


# ---------- choices


def test_choices_that_are_read_and_applied_change_nothing() -> None:
    for desk in (build_desk(), build_desk("kutim_kampanye_akbar", seed=3)):
        values = read_choices(desk)
        assert apply_choices(desk, values).build_config() == desk.build_config()
        assert set(values) == {*(control.name for control in CONTROLS), "start_1", "start_2", "another_day",
                               "first_side", "venue_pair", "escort"}  # fmt: skip
        for control in CONTROLS:
            assert control.low <= float(values[control.name]) <= control.high


def test_two_starts_become_the_start_of_the_earlier_rally_and_the_gap() -> None:
    desk = apply_choices(build_desk(), {"start_1": "12:30", "start_2": "10:00", "first_side": 1})
    config = desk.build_config()
    assert config.rally.first_side == 2
    assert config.rally.gap_min == 150
    assert config.scenario.rally.first_start == "10:00"
    assert read_choices(desk)["start_1"] == "12:30"
    other = apply_choices(desk, {"start_1": "10:00", "start_2": "10:00", "first_side": 2, "another_day": True})
    assert other.build_config().rally.gap_min == "another_day"
    assert other.build_config().rally.first_side == 2
    assert read_choices(other)["start_2"] == "10:00"


def test_every_choice_reaches_the_configuration() -> None:
    values = {"hold_back_min": 20, "late_1_min": 40, "late_2_min": -5, "turnout": 1.5, "speed_kmh": 15,
              "distance_m": 100, "escort": "both", "seed": "9007199254740993", "replication": 3, "venue_pair": "terpisah"}  # fmt: skip
    desk = apply_choices(build_desk(), values)
    config = desk.build_config()
    assert config.rally.hold_back_min == 20
    assert config.rally.escort == "both"
    assert config.behaviour.extra_lateness.side_1_min == 40
    assert config.behaviour.extra_lateness.side_2_min == -5
    assert config.behaviour.turnout == 1.5
    assert config.behaviour.organised_speed_kmh == 15
    assert config.contact.distance_m == 100
    assert (config.seed, desk.replication, config.venue_pair_key) == (9007199254740993, 3, "terpisah")


def test_added_lateness_moves_one_side_and_nothing_else(session: Session) -> None:
    late = Session(apply_choices(session.desk, {"late_2_min": 40}))
    before, after = session.model.plan, late.model.plan
    assert after.side_lateness_s - before.side_lateness_s == pytest.approx([0.0, 2400.0])
    assert (before.vehicle_people == after.vehicle_people).all()
    side = before.routes.unit_side
    organised = before.routes.unit_is_organised
    moved_s = (after.unit_depart_s - before.unit_depart_s)[:, 0]
    assert moved_s[organised & (side == 2)] == pytest.approx(2400.0)
    assert moved_s[side == 1] == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"turnout": "banyak"}, "Turnout: not a number"),
        ({"turnout": 99}, "Turnout: 99 is outside 0.1 to 3"),
        ({"seed": 1.5}, "Seed: 1.5 is not a whole number"),
        ({"turnout": True}, "Turnout: not a number"),
        ({"turnout": float("nan")}, "Turnout: not a number"),
        ({"start_1": "25:99", "start_2": "09:00"}, "Start of the rally of pair 1: “25:99” is not a time"),
        ({"start_1": "17:30", "start_2": "09:00"}, "a rally of 60 min must start between 09:00 and 17:00"),
        ({"venue_pair": "bulan"}, "this scenario has no “bulan”"),
        ({"escort": "army"}, "Police escort: “army” is unknown"),
        ({"first_side": 3}, "choose pair 1 or pair 2"),
    ],
)
def test_a_choice_that_cannot_be_is_told_in_both_languages(values: dict[str, Any], said: str) -> None:
    desk = build_desk()
    with pytest.raises(ChoiceError) as caught:
        apply_choices(desk, values)
    assert said in caught.value.say("en")
    assert caught.value.say("id") != caught.value.say("en")
    assert desk == build_desk()


def test_all_faults_are_told_together() -> None:
    with pytest.raises(ChoiceError) as caught:
        apply_choices(build_desk(), {"turnout": 99, "distance_m": 0, "venue_pair": "bulan"})
    assert len(caught.value.say("id").splitlines()) == 3


def test_presets_are_the_scenarios_whose_roads_are_there() -> None:
    desk = build_desk()
    controls = describe_controls(desk)
    titles = [preset["title"] for preset in controls["presets"]]
    assert "Kampanye akbar Kutai Timur, Sangatta" in titles
    assert len(titles) == len(set(titles))
    assert any("Berau" in title for title in titles)
    sangatta = next(preset["path"] for preset in controls["presets"] if "kutim_kampanye_akbar" in preset["path"])
    assert open_preset(desk, sangatta).build_config().venue_pair_key == "selatan_stadion"
    with pytest.raises(ScenarioError, match="not in the list"):
        open_preset(desk, "/etc/passwd")


# ---------- words and looks


def test_the_page_says_only_words_of_its_table() -> None:
    assert set(re.findall(r'say\("([a-z0-9_]+)"', read_script())) <= set(build_page_words())


def test_the_page_and_the_report_name_the_types_of_contact_alike() -> None:
    for key in ("type_head_on", "type_crossing", "type_merging", "type_tailing", "type_queue_beside"):
        for lang in LANGUAGES:
            assert find_words(f"view.{key}", lang) == find_words(f"report.{key}", lang)


def test_the_page_has_the_colours_of_the_pictures() -> None:
    for text in (read_script(), read_style()):
        for side in (1, 2):
            assert style.SIDE_COLOUR[side] in text
        assert style.HOT_SPOT in text


def test_nothing_of_the_page_lies_elsewhere(session: Session) -> None:
    text = build_replay(session.ground, session.day.message, "id")
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert all(name.endswith(".js") for name in SCRIPTS)


def test_a_name_cannot_end_the_replays_script(session: Session) -> None:
    text = build_replay(session.ground, session.day.message, "id", {"id": "</script><b>", "en": "x"})
    assert "</script><b>" not in text
    assert text.count("</script>") == 1
