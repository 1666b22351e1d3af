"""The embedded skeleton of Sangatta: built from its facts, whole, and as long as people know its roads to be."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from konvoi.network import RoadNetwork, insert_places_xy, load_network, project
from konvoi.routing import compute_route_length_m, find_route

NETWORKS = Path(__file__).resolve().parents[2] / "scenarios" / "networks"
MANUAL = NETWORKS.parent / "manuals" / "mkji1997.yaml"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script that builds the road file."""
    specification = importlib.util.spec_from_file_location("build_sangatta", NETWORKS / "build_sangatta.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sangatta(tmp_path_factory: pytest.TempPathFactory) -> RoadNetwork:
    """The network as every command loads it."""
    return load_network(NETWORKS / "sangatta.osm", MANUAL, cache_dir=tmp_path_factory.mktemp("cache"))


def road_m(network: RoadNetwork, start: str, end: str) -> float:
    """Length of the shortest way between two named nodes."""
    nodes = [network.node_name.index(start), network.node_name.index(end)]
    return compute_route_length_m(network, find_route(network, nodes, network.link_length_m))


def test_the_road_file_is_what_its_script_makes_of_the_facts(script: ModuleType) -> None:
    assert script.build() == (NETWORKS / "sangatta.osm").read_text(encoding="utf-8")


def test_it_says_that_it_is_a_skeleton(sangatta: RoadNetwork) -> None:
    quality = sangatta.quality
    assert quality.kind == "skeleton"
    assert "Sangatta" in quality.place
    assert "wilayah_boundaries" in quality.licence
    assert quality.position_error_max_m == 600.0
    assert 40.0 <= quality.position_error_median_m <= 600.0
    assert quality.share_lanes_assumed > 0.9
    assert quality.share_width_assumed == quality.share_speed_assumed == 1.0
    assert quality.share_names_missing == 0.0


def test_nothing_is_dropped_and_every_place_is_reached_from_every_other(sangatta: RoadNetwork) -> None:
    assert sangatta.quality.dropped_nodes == 0
    assert sangatta.quality.dropped_km == 0.0
    n = len(sangatta.node_x_m)
    graph = csr_matrix((np.ones(len(sangatta.link_from)), (sangatta.link_from, sangatta.link_to)), shape=(n, n))
    assert connected_components(graph, connection="strong")[0] == 1


def test_every_road_runs_both_ways(sangatta: RoadNetwork) -> None:
    links = np.arange(len(sangatta.link_twin))
    assert np.all(sangatta.link_twin != links)
    np.testing.assert_array_equal(sangatta.link_twin[sangatta.link_twin], links)


def test_its_roads_are_those_of_the_facts_without_the_ring_road(sangatta: RoadNetwork, script: ModuleType) -> None:
    roads = json.loads((NETWORKS / "facts" / "sangatta_arterials.geojson").read_text(encoding="utf-8"))["features"]
    names = {road["properties"]["name"] for road in roads if not road["properties"]["name"].startswith("Ring Road B")}
    assert set(sangatta.link_name) == {script.RENAMED.get(name, name) for name in names}
    assert set(script.RENAMED) <= names
    assert sangatta.quality.road_km == pytest.approx(55.3, abs=0.5)


def test_no_dead_end_is_lost(sangatta: RoadNetwork) -> None:
    ends = {name for node, name in enumerate(sangatta.node_name) if np.count_nonzero(sangatta.link_from == node) == 1}
    assert ends == {
        "Arah Bengalon", "Arah Teluk Pandan", "Arah Rantau Pulung", "Ujung Kenyamukan", "Ujung Sangatta Selatan",
        "Sangatta Selatan (Jembatan Lama)", "Ujung Jl. Dayung", "Ujung Jl. Munthe",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("junction", "arms"),
    [
        ("Patung Singa", 5),  # Yos Sudarso I and II, APT Pranoto, Wolter Monginsidi, Poros Bontang
        ("Simpang Karya Etam", 3),
        ("Simpang Tiga", 3),
        ("Simpang Dayung", 3),
        ("Simpang Munthe", 3),
        ("Simpang Kabo", 3),
        ("Simpang Diponegoro", 3),  # the link to Kantor Camat leaves in mid-line
        ("Simpang APT Pranoto – Sudirman", 4),
        ("Simpang Sudirman – Karya Etam", 3),  # its end lies 3 m beside Jl. Karya Etam
        ("Simpang Inpres – Pendidikan", 3),
        ("Simpang Sangatta Lama", 3),
        ("Putaran Town Hall", 2),
        ("Tikungan Soekarno-Hatta", 2),
    ],
)
def test_a_junction_joins_the_roads_that_meet_there(sangatta: RoadNetwork, junction: str, arms: int) -> None:
    assert np.count_nonzero(sangatta.link_from == sangatta.node_name.index(junction)) == arms


def test_yos_sudarso_is_divided_in_teluk_lingga_only(sangatta: RoadNetwork) -> None:
    divided = {sangatta.link_name[link] for link in np.flatnonzero(sangatta.link_lanes == 2.0)}
    assert divided == {"Jl. Yos Sudarso III-IV"}
    np.testing.assert_allclose(sangatta.link_capacity_pcu_s[sangatta.link_lanes == 2.0] * 3600, 3300.0)


def test_distances_along_the_spine_are_those_people_know(sangatta: RoadNetwork) -> None:
    assert road_m(sangatta, "Patung Singa", "Tikungan Soekarno-Hatta") == pytest.approx(5400.0, abs=50.0)
    assert road_m(sangatta, "Patung Singa", "Simpang Karya Etam") == pytest.approx(362.0, abs=10.0)
    assert road_m(sangatta, "Tikungan Soekarno-Hatta", "Patung Singa") == pytest.approx(
        road_m(sangatta, "Patung Singa", "Tikungan Soekarno-Hatta")
    )


def test_the_south_is_reached_over_bridges_only(sangatta: RoadNetwork) -> None:
    # Without the roads that carry the three bridges, nothing south of the river is reached.
    bridges = {
        "Jembatan Sangatta Lama", "Jl. APT Pranoto - Jembatan Kajang - Sangatta Selatan", "Jl. Poros Sangatta-Bontang",
    }  # fmt: skip
    kept = np.array([name not in bridges for name in sangatta.link_name])
    n = len(sangatta.node_x_m)
    graph = csr_matrix((np.ones(kept.sum()), (sangatta.link_from[kept], sangatta.link_to[kept])), shape=(n, n))
    part = connected_components(graph, connection="strong")[1]
    north = part[sangatta.node_name.index("Patung Singa")]
    south = ("Ujung Sangatta Selatan", "Sangatta Selatan (Jembatan Lama)", "Arah Teluk Pandan")
    assert all(part[sangatta.node_name.index(name)] != north for name in south)
    assert np.count_nonzero(part == north) == n - len(south)


@pytest.mark.parametrize(
    ("name", "lon_deg", "lat_deg", "limit_m"),
    [
        ("Stadion Kudungga", 117.55, 0.545, 2500.0),
        ("Town Hall", 117.5262, 0.5375, 600.0),
        ("Polder Ilham Maulana", 117.5445, 0.5141, 100.0),
        ("Bukit Pelangi", 117.596, 0.516, 1200.0),
        ("Kenyamukan", 117.6155, 0.5122, 300.0),
    ],
)
def test_a_candidate_venue_lies_within_its_accuracy_of_a_road(
    sangatta: RoadNetwork, name: str, lon_deg: float, lat_deg: float, limit_m: float
) -> None:
    x_m, y_m = project(sangatta, np.array([lon_deg]), np.array([lat_deg]))
    _, _, snap_m = insert_places_xy(sangatta, x_m, y_m, [name])
    assert snap_m[0] < limit_m
