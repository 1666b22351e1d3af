"""What tags say of a road: who may ride it, how fast, how wide; what a file marks as removed or broken off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from konvoi.errors import NetworkError
from konvoi.network import build_network
from konvoi.network.extract import is_drivable
from konvoi.network.graph import read_graph
from konvoi.network.manual import rate_link, read_manual
from tests.support.road_files import MANUAL, write_osm

RULES = read_manual(MANUAL)
HOUR_S = 3600.0


def rate(**tags: Any) -> tuple[float, float]:
    """Return the capacity of a direction (pcu/h) and the free speed of motorcycles (km/h)."""
    row = rate_link(tags, RULES)
    return row["capacity_pcu_s"] * HOUR_S, row["speed_mps"][0] * 3.6


# MKJI 1997: FV = FV_0 + FV_W with FV_W = −9.5 km/h at 5 m, −3 at 6 m, 0 at 7 m, 3 at 8 m; lanes −4 at 3 m, 2 at 3.75 m.
@pytest.mark.parametrize(
    ("tags", "capacity_pcu_h", "motorcycle_kmh"),
    [
        ({"highway": "secondary"}, 1450.0, 40.0),
        ({"highway": "tertiary"}, 1450.0 * 0.87, 37.0),
        ({"highway": "residential"}, 1450.0 * 0.56, 30.5),
        ({"highway": "residential", "width": "8"}, 1450.0 * 1.14, 43.0),
        ({"highway": "living_street"}, 1450.0 * 0.56, 20.0),
        ({"highway": "primary", "lanes": "4", "width": "12"}, 2 * 1650.0 * 0.92, 43.0),
        ({"highway": "residential", "maxspeed": "25"}, 1450.0 * 0.56, 25.0),
        ({"highway": "secondary", "surface": "mud"}, 0.5 * 150.0 * 10.0, 10.0),
        ({"highway": "residential", "lanes": "1", "width": ""}, 1450.0 * 0.56, 30.5),
        ({"highway": "secondary", "lanes:forward": "2", "lanes:backward": "2"}, 2 * 1500.0, 43.0),
        ({"highway": "tertiary", "maxspeed:forward": "30"}, 1450.0 * 0.87, 30.0),
        ({"highway": "tertiary", "maxspeed:forward": "30", "reversed": True}, 1450.0 * 0.87, 37.0),
    ],
)
def test_width_class_and_surface_correct_the_free_speed(
    tags: dict[str, Any], capacity_pcu_h: float, motorcycle_kmh: float
) -> None:
    assert rate(**tags) == pytest.approx((capacity_pcu_h, motorcycle_kmh), rel=1e-12)


def test_an_alley_of_one_way_is_no_faster_than_one_of_two_ways() -> None:
    assert rate(highway="residential", oneway="yes")[1] == rate(highway="residential")[1] < rate(highway="secondary")[1]


def test_a_road_of_three_lanes_has_its_own_in_each_direction() -> None:
    lanes = {"highway": "secondary", "lanes:forward": "2", "lanes:backward": "1"}
    there, back = rate(**lanes)[0], rate(**lanes, reversed=True)[0]
    assert there == pytest.approx(2 * 1500.0)
    assert back < there


@pytest.mark.parametrize(
    ("tags", "is_open"),
    [
        ({}, True),
        ({"access": "no"}, False),
        ({"access": "private", "motor_vehicle": "yes"}, True),
        ({"access": "no", "motorcycle": "yes"}, True),
        ({"motor_vehicle": "yes", "motorcycle": "no"}, False),
        ({"vehicle": "no"}, False),
        ({"toll": "yes"}, False),
        ({"toll": "yes", "motorcycle": "designated"}, True),
        ({"motorroad": "yes"}, False),
        ({"highway": "busway"}, False),
        ({"highway": "footway"}, False),
        ({"area": "yes"}, False),
    ],
)
def test_the_most_special_access_tag_decides(tags: dict[str, str], is_open: bool) -> None:
    assert is_drivable({"highway": "primary", **tags}) == is_open


NODES = {1: (117.50, 0.0), 2: (117.51, 0.0), 3: (117.52, 0.0), 4: (117.51, 0.01)}
WAYS: list[tuple[list[int], dict[str, str]]] = [
    ([1, 2, 3], {"highway": "secondary", "name": "Jalan Uji"}),
    ([2, 4], {"highway": "residential", "name": "Jalan Utara"}),
]


def test_what_an_editor_has_marked_as_removed_is_left_out(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "roads.osm", [*WAYS, ([3, 4], {"highway": "tertiary", "name": "Jalan Hapus"})], NODES)
    text = path.read_text(encoding="utf-8")
    way = text.index("<way", text.rindex("<way"))
    path.write_text(text[:way] + text[way:].replace("<way", '<way action="delete"', 1), encoding="utf-8")
    assert "Jalan Hapus" not in build_network(path, MANUAL).link_name


def test_an_answer_that_was_broken_off_is_refused(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "roads.osm", WAYS, NODES)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("</osm>", "<remark>runtime error: Query timed out</remark></osm>"), encoding="utf-8")
    with pytest.raises(NetworkError, match="remark"):
        build_network(path, MANUAL)


def test_footways_of_a_graphml_file_are_left_out_and_told(tmp_path: Path) -> None:
    import osmnx

    graph, _ = read_graph(write_osm(tmp_path / "roads.osm", WAYS, NODES))
    a, b = next((u, v) for u, v, edge in graph.edges(data=True) if edge["name"] == "Jalan Utara")
    for one, other in ((a, b), (b, a)):
        graph.edges[one, other, 0]["highway"] = "footway"
    osmnx.save_graphml(graph, tmp_path / "roads.graphml")
    network = build_network(tmp_path / "roads.graphml", MANUAL)
    assert set(network.link_name) == {"Jalan Uji"}
    assert network.quality.left_out == "footway 1.1 km"
