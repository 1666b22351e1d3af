"""V12: both sides are treated alike: swapping them, or mirroring the map, mirrors the results."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.config.reading import LoadedScenario, build_config, load_scenario
from konvoi.contacts.search import find_contacts
from konvoi.network import LinkDraft, build_synthetic
from konvoi.replication import prepare_routes, run_replication
from konvoi.town import prepare_town
from tests.support.crossroads import SCENARIOS
from tests.support.towns import Unit, build_corridor, build_town_model


def _swap(units: list[Unit]) -> list[Unit]:
    return [Unit(**{**vars(unit), "side": 3 - unit.side}) for unit in units]


def test_swapping_the_sides_swaps_the_contacts() -> None:
    units = [
        Unit(1, [0, 2], [3, 1], depart_s=1000.0, n=35, people=1.4),
        Unit(2, [3, 1], [0, 2], depart_s=1100.0, n=25, pcu=0.25, people=2.6, home_s=3000.0),
        Unit(2, [3], [2], depart_s=1050.0, n=5, people=3.0, home_s=5000.0),
    ]
    results = []
    for chosen in (units, _swap(units)):
        model = build_town_model(build_corridor(5000.0, 2), chosen)
        model.run()
        results.append(find_contacts(model))
    one, two = results
    order_1 = np.lexsort((one.trip_2, one.trip_1))
    order_2 = np.lexsort((two.trip_1, two.trip_2))
    assert len(one.begin_s) == len(two.begin_s) >= 2
    assert np.array_equal(one.trip_1[order_1], two.trip_2[order_2])
    for first, second in (
        ("begin_s", "begin_s"),
        ("end_s", "end_s"),
        ("people_1", "people_2"),
        ("people_2", "people_1"),
    ):
        assert getattr(one, first)[order_1] == pytest.approx(getattr(two, second)[order_2], abs=1e-6)
    assert one.exposure_person_s[order_1] == pytest.approx(two.exposure_person_s[order_2], rel=1e-9)


def test_mirroring_the_map_changes_nothing_but_the_sign_of_x() -> None:
    results = []
    for sign in (1.0, -1.0):
        nodes = [(0.0, 0.0), (sign * 1500.0, 100.0), (sign * 3000.0, 0.0), (sign * 1500.0, 900.0)]
        network = build_synthetic(
            nodes, [LinkDraft(a, b, capacity_pcu_h=1800.0, speed_kmh=36.0) for a, b in ((0, 1), (1, 2), (1, 3))]
        )
        units = [
            Unit(1, [0, 2], [3, 1], depart_s=500.0, n=30, people=2.0),
            Unit(2, [5, 1], [0, 4], depart_s=520.0, n=30, people=2.0, home_s=6000.0),
        ]
        model = build_town_model(network, units)
        model.run()
        results.append(find_contacts(model))
    for name in ("begin_s", "end_s", "people_1", "exposure_person_s", "offset_m"):
        assert getattr(results[0], name) == pytest.approx(getattr(results[1], name), abs=1e-6)


def test_swapping_the_sides_of_a_whole_scenario_mirrors_its_contacts() -> None:
    """Everybody else keeps name, place, vehicles and hour; lateness and turnout, drawn by side, are fixed."""
    fixed = {"lateness": {"earliest_min": -10, "median_min": 20, "sd_min": 0, "max_min": 120}, "turnout_sd": 0.0}
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    pairs = {
        key: {"side_1": pair["side_2"], "side_2": pair["side_1"]} for key, pair in loaded.content["venue_pairs"].items()
    }
    convoys = {key: {**convoy, "side": 3 - convoy["side"]} for key, convoy in loaded.content["convoys"].items()}
    swapped = LoadedScenario({**loaded.content, "venue_pairs": pairs, "convoys": convoys}, loaded.path)
    rows = []
    for scenario, first_side in ((loaded, 1), (swapped, 2)):
        settings = {"seed": 11, "behaviour": fixed, "rally": {"gap_min": 5, "first_side": first_side}}
        config = build_config(settings, scenario)
        town = prepare_town(config, scenario.path)
        routes = prepare_routes(config, town)
        rows.append([run_replication(config, town, routes, k) for k in range(4)])
    assert sum(outcome.row["contacts"] for outcome in rows[0]) > 0
    for one, two in zip(*rows, strict=True):
        assert one.row["contacts"] == two.row["contacts"]
        assert one.row["exposure_person_min"] == pytest.approx(two.row["exposure_person_min"], rel=1e-9)
        assert one.row["delay_vehicle_h"] == pytest.approx(two.row["delay_vehicle_h"], rel=1e-9)
        mine = sorted(zip(one.contacts["begin_s"], one.contacts["unit_1"], one.contacts["unit_2"], strict=True))
        theirs = sorted(zip(two.contacts["begin_s"], two.contacts["unit_2"], two.contacts["unit_1"], strict=True))
        assert [row[1:] for row in mine] == [row[1:] for row in theirs]
        assert [row[0] for row in mine] == pytest.approx([row[0] for row in theirs], abs=1e-6)
