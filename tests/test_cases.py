"""The standard what-ifs of a town are one list for the answer of a day and for proposals."""

from __future__ import annotations

import pytest

from konvoi.cases import list_cases, list_other_candidates, move_place
from konvoi.config.reading import build_config, load_scenario
from konvoi.config.scenario import Place
from konvoi.propose.outcomes import ASSUMED
from konvoi.propose.worlds import build_worlds
from konvoi.replication import prepare_routes
from konvoi.town import prepare_town
from tests.support.crossroads import SCENARIOS


def test_a_proposal_is_tried_in_the_what_ifs_of_the_answer_but_for_homes() -> None:
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    config = build_config({"seed": 11}, loaded)
    town = prepare_town(config, loaded.path)
    routes = prepare_routes(config, town)
    cases = list_cases(config, loaded.content, town, routes)
    worlds = build_worlds(config, loaded.content, town, routes)
    assert {"turnout", "speed", "lateness", "late_side", "rain", "home"} <= {case.group for case in cases}
    assert list(worlds) == [ASSUMED, *(f"{case.group}:{case.label}" for case in cases if case.group != "home")]
    assert all(worlds[f"{case.group}:{case.label}"].changes == case.changes for case in cases if case.group != "home")


def test_an_uncertain_place_is_moved_towards_the_other_one_and_away_from_it() -> None:
    place = Place.model_validate({"name": "Lapangan", "x_m": 0.0, "y_m": 0.0, "accuracy_m": 800.0})
    moved = move_place(place, (0.0, 0.0), (4000.0, 0.0))
    assert [position["x_m"] for _, position in moved] == pytest.approx([800.0, -800.0])
    near = move_place(place, (0.0, 0.0), (1000.0, 0.0))
    assert near[0][1]["x_m"] == pytest.approx(500.0)  # never past the middle


def test_a_place_of_unknown_position_is_tried_at_all_candidates_but_its_own() -> None:
    spots = [("utara", 117.55, 0.54), ("selatan", 117.54, 0.53), ("timur", 117.56, 0.53)]
    candidates = [{"name": name, "lon_deg": lon_deg, "lat_deg": lat_deg} for name, lon_deg, lat_deg in spots]
    place = Place.model_validate({"name": "Stadion", "candidates": candidates})
    assert [label for label, _ in list_other_candidates(place)] == ["selatan", "timur"]
    chosen = Place.model_validate({"name": "Stadion", "candidates": candidates, "lon_deg": 117.56, "lat_deg": 0.53})
    assert [label for label, _ in list_other_candidates(chosen)] == ["utara", "selatan"]
    known = Place.model_validate({"name": "Stadion", "candidates": candidates, "lon_deg": 117.5, "lat_deg": 0.5})
    assert list_other_candidates(known) == []
