"""Local corrections: each does what it says, on plain and on simplified graphs, and taking it out takes it back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from konvoi.errors import NetworkError
from konvoi.network import RoadNetwork, build_network, load_edits, load_network
from tests.support.road_files import CROSS, MANUAL, Way, write_osm

# The cross with a vertex (6) in the middle of its eastern arm, and a street nearby that is not joined with it.
NODES = {**CROSS, 6: (117.505, 0.50), 7: (117.505, 0.5001), 8: (117.505, 0.508)}
WAYS: list[Way] = [
    ([2, 1, 6, 3], {"highway": "secondary", "name": "Jl. Timur"}),
    ([4, 1, 5], {"highway": "tertiary", "name": "Jl. Utara"}),
    ([7, 8], {"highway": "residential", "name": "Gg. Lepas"}),
]
JOIN = "{kind: join_roads, lon_deg: 117.505, lat_deg: 0.5001, to_lon_deg: 117.505, to_lat_deg: 0.5}"


def build(folder: Path, *edits: str, ways: list[Way] | None = None, is_simplified: bool = False) -> RoadNetwork:
    """Build the town with corrections beside it."""
    path = write_osm(folder / "kota.osm", ways or WAYS, NODES)
    if is_simplified:
        import osmnx

        graph = osmnx.graph_from_xml(path, simplify=True, retain_all=True)
        path = folder / "kota.graphml"
        osmnx.save_graphml(graph, path)
    (folder / "kota.edits.yaml").write_text("\n".join(["edits:", *(f"- {edit}" for edit in edits)]), encoding="utf-8")
    return build_network(path, MANUAL, load_edits(path))


def select(network: RoadNetwork, name: str) -> np.ndarray:
    return np.flatnonzero(np.array(network.link_name) == name)


both_forms = pytest.mark.parametrize("is_simplified", [False, True])


@both_forms
def test_a_closed_road_is_gone_from_junction_to_junction(tmp_path: Path, is_simplified: bool) -> None:
    network = build(tmp_path, "{kind: close_road, lon_deg: 117.507, lat_deg: 0.5}", is_simplified=is_simplified)
    assert network.quality.road_km == pytest.approx(3.33, abs=0.03)  # of 4.45 km; both pieces of the eastern arm
    assert network.node_x_m.max() - network.node_x_m.min() < 1200.0
    assert network.quality.edits == 1


@both_forms
def test_lanes_and_width_are_those_of_the_correction(tmp_path: Path, is_simplified: bool) -> None:
    edit = "{kind: set_lanes, lon_deg: 117.507, lat_deg: 0.5, lanes: 4, width_m: 13}"
    network = build(tmp_path, edit, is_simplified=is_simplified)
    east = select(network, "Jl. Timur")
    assert set(network.link_lanes[select(network, "Jl. Utara")]) == {1.0}
    assert 2.0 in network.link_lanes[east]
    wide = east[network.link_lanes[east] == 2.0]
    np.testing.assert_allclose(network.link_capacity_pcu_s[wide] * 3600, 3000.0 * 0.96)  # 3.25 m a lane


def test_lanes_reach_as_far_as_the_road_does_between_junctions(tmp_path: Path) -> None:
    network = build(tmp_path, "{kind: set_lanes, lon_deg: 117.507, lat_deg: 0.5, lanes: 4}")
    assert sorted(network.link_lanes[select(network, "Jl. Timur")]) == [1.0, 1.0, 2.0, 2.0]
    assert network.quality.n_nodes == 5  # no node where the file had a vertex


@both_forms
def test_a_road_and_a_junction_get_their_names(tmp_path: Path, is_simplified: bool) -> None:
    network = build(
        tmp_path,
        "{kind: name_road, lon_deg: 117.5, lat_deg: 0.507, name: Jl. Merdeka}",
        "{kind: name_junction, lon_deg: 117.5004, lat_deg: 0.5004, name: Simpang Lima}",
        is_simplified=is_simplified,
    )
    assert "Simpang Lima" in network.node_name
    assert "Jl. Merdeka" in network.link_name


@both_forms
def test_a_one_way_road_is_opened_in_both_directions(tmp_path: Path, is_simplified: bool) -> None:
    ways: list[Way] = [*WAYS[1:], ([1, 6, 3], {"highway": "secondary", "oneway": "yes", "name": "Jl. Timur"})]
    assert not len(select(build(tmp_path, ways=ways), "Jl. Timur"))  # a way out and none back is no network
    opened = build(
        tmp_path, "{kind: both_ways, lon_deg: 117.507, lat_deg: 0.5}", ways=ways, is_simplified=is_simplified
    )
    links = select(opened, "Jl. Timur")
    assert len(links) == 2
    assert opened.link_twin[links[0]] == links[1]
    np.testing.assert_allclose(opened.link_capacity_pcu_s[links] * 3600, 1450.0)


@both_forms
def test_two_roads_are_joined_where_one_has_no_node(tmp_path: Path, is_simplified: bool) -> None:
    assert "Gg. Lepas" not in build(tmp_path, is_simplified=is_simplified).link_name
    network = build(tmp_path, JOIN, is_simplified=is_simplified)
    assert network.quality.road_km == pytest.approx(4.45 + 0.89, abs=0.03)
    assert "Jl. Timur – Gg. Lepas" in network.node_name
    if not is_simplified:
        assert network.link_length_m.min() > 400.0  # the short joining piece is part of the street


def test_crossing_roads_are_joined_in_mid_line(tmp_path: Path) -> None:
    nodes = {1: (117.49, 0.5), 2: (117.51, 0.5), 3: (117.5, 0.49), 4: (117.5, 0.51)}
    path = write_osm(tmp_path / "kota.osm", [([1, 2], {"highway": "primary"}), ([3, 4], {"highway": "primary"})], nodes)
    assert build_network(path, MANUAL).quality.n_nodes == 2
    edit = "{kind: join_roads, lon_deg: 117.5, lat_deg: 0.5, to_lon_deg: 117.5, to_lat_deg: 0.5}"
    (tmp_path / "kota.edits.yaml").write_text(f"edits: [{edit}]", encoding="utf-8")
    network = build_network(path, MANUAL, load_edits(path))
    assert network.quality.road_km == pytest.approx(4.45, abs=0.03)
    assert network.quality.dropped_nodes == 0


@both_forms
def test_a_split_junction_becomes_one(tmp_path: Path, is_simplified: bool) -> None:
    nodes = {**CROSS, 9: (117.5001, 0.5), 10: (117.5002, 0.51)}
    ways: list[Way] = [([2, 1, 9, 3], {"highway": "secondary"}), ([4, 1, 5], {"highway": "tertiary"}), ([9, 10], {"highway": "tertiary"})]  # fmt: skip
    path = write_osm(tmp_path / "kota.osm", ways, nodes)
    if is_simplified:
        import osmnx

        osmnx.save_graphml(osmnx.graph_from_xml(path, retain_all=True), tmp_path / "kota.graphml")
        path = tmp_path / "kota.graphml"
    before = build_network(path, MANUAL)
    (tmp_path / "kota.edits.yaml").write_text(
        "edits: [{kind: merge_junction, lon_deg: 117.50005, lat_deg: 0.5, radius_m: 12}]", encoding="utf-8"
    )
    after = build_network(path, MANUAL, load_edits(path))
    assert after.quality.n_nodes == before.quality.n_nodes - 1
    assert before.link_length_m.min() < 15.0 < 1000.0 < after.link_length_m.min()
    assert after.quality.road_km == pytest.approx(before.quality.road_km, abs=0.02)


def test_corrections_are_part_of_the_compiled_copy_and_can_be_taken_back(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "kota.osm", WAYS, NODES)
    plain = load_network(path, MANUAL, cache_dir=tmp_path / "cache")
    (tmp_path / "kota.edits.yaml").write_text(f"edits:\n- {JOIN}\n", encoding="utf-8")
    joined = load_network(path, MANUAL, cache_dir=tmp_path / "cache")
    assert joined.quality.edits == 1
    assert joined.hash != plain.hash
    (tmp_path / "kota.edits.yaml").write_text("edits:\n# all taken out\n", encoding="utf-8")
    assert load_network(path, MANUAL, cache_dir=tmp_path / "cache").hash == plain.hash


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("{kind: close_road, lon_deg: 118.5, lat_deg: 0.5}", r"edits\.0 \(close_road\): the nearest road is"),
        ("{kind: name_junction, lon_deg: 117.52, lat_deg: 0.5, name: X}", "no junction within 150 m"),
        (
            "{kind: join_roads, lon_deg: 117.5, lat_deg: 0.5, to_lon_deg: 117.6, to_lat_deg: 0.6}",
            "no other road within",
        ),
        ("{kind: merge_junction, lon_deg: 117.5, lat_deg: 0.5, radius_m: 5}", "fewer than two nodes"),
        ("{kind: fly, lon_deg: 117.5, lat_deg: 0.5}", "fly"),
        ("{kind: set_lanes, lon_deg: 117.5, lat_deg: 0.5, lanes: 99}", "lanes"),
        ("{kind: close_road, lon_deg: .nan, lat_deg: 0.5}", "lon_deg"),
        ("{kind: close_road, lon_deg: 117.5}", "lat_deg: is missing"),
        ("{kind: close_road, lon_deg: 117.5, lat_deg: 0.5, _target_: os.system}", "_target_"),
        ("[1, 2]", "edits.0"),
        ("{[kind]: close_road}", "a key must be a word"),
    ],
)
def test_a_correction_that_cannot_be_made_names_its_line_and_the_file(tmp_path: Path, edit: str, expected: str) -> None:
    with pytest.raises(NetworkError, match=expected) as fault:
        build(tmp_path, edit)
    assert "kota.edits.yaml" in str(fault.value)
