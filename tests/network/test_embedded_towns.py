"""The embedded towns: built from the road lists, whole, as long as the lists say, and joined where people know junctions."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scenarios.networks import build_towns
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from konvoi.network import RoadNetwork, insert_places_xy, load_network, project, unproject
from konvoi.network.extract import Extract, read_extract
from konvoi.network.roads import get_shape
from konvoi.routing import compute_route_length_m, find_route, match_street

NETWORKS = Path(__file__).resolve().parents[2] / "scenarios" / "networks"
MANUAL = NETWORKS.parent / "manuals" / "mkji1997.yaml"
TOWNS = ("sangatta", "tanjung_redeb", "tana_paser")
CAMPAIGN_DAY = "2024-11-23"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of compiled networks."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def sangatta(cache: Path) -> RoadNetwork:
    """Sangatta as the default scenario loads it."""
    return load_network(NETWORKS / "sangatta.osm", MANUAL, cache, CAMPAIGN_DAY)


@pytest.fixture(scope="module")
def sangatta_2026(cache: Path) -> RoadNetwork:
    """Sangatta with every road of the lists open."""
    return load_network(NETWORKS / "sangatta.osm", MANUAL, cache, "2026-01-01")


def read_facts(name: str) -> list[dict[str, str]]:
    lines = (NETWORKS / "facts" / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def read_joins(town: str) -> list[dict[str, str]]:
    lines = (NETWORKS / f"{town}.joins.csv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def measure_roads_m(extract: Extract) -> dict[str, float]:
    """Length of each road by the number of the list: haversine, as OSMnx measures."""
    lengths: dict[str, float] = {}
    for refs, tags in extract.ways:
        lon, lat = np.radians([extract.nodes[ref][:2] for ref in refs]).T
        half = np.sin(np.diff(lat) / 2) ** 2 + np.cos(lat[1:]) * np.cos(lat[:-1]) * np.sin(np.diff(lon) / 2) ** 2
        metres = float(2 * 6_371_009.0 * np.arcsin(np.sqrt(half)).sum())
        lengths[tags.get("ref", "")] = lengths.get(tags.get("ref", ""), 0.0) + metres
    return lengths


def road_m(network: RoadNetwork, start: str, end: str) -> float:
    """Length of the shortest way between two named nodes."""
    nodes = [network.node_name.index(start), network.node_name.index(end)]
    return compute_route_length_m(network, find_route(network, nodes, network.link_length_m))


def count_parts(network: RoadNetwork, kept: np.ndarray | None = None) -> np.ndarray:
    """Part of each node when only the kept links are there."""
    kept = np.ones(len(network.link_from), bool) if kept is None else kept
    n = len(network.node_x_m)
    graph = csr_matrix((np.ones(kept.sum()), (network.link_from[kept], network.link_to[kept])), shape=(n, n))
    return np.asarray(connected_components(graph, connection="strong")[1])


@pytest.mark.parametrize("town", TOWNS)
def test_the_files_are_what_the_script_makes_of_the_facts(town: str) -> None:
    wanted = next(each for each in build_towns.TOWNS if each.key == town)
    for name, content in build_towns.build(wanted).items():
        assert content == (NETWORKS / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("town", TOWNS)
def test_every_road_is_as_long_as_the_list_draws_it(town: str) -> None:
    built = measure_roads_m(read_extract(NETWORKS / f"{town}.osm"))
    dropped = {row["ref"] for row in read_joins(town) if row["kind"] == "dropped"}
    facts = {row["ref"]: 1000.0 * float(row["length_km"]) for row in read_facts(f"{town}_roads.csv")}
    assert built.keys() - {""} == facts.keys() - dropped
    for ref in facts.keys() - dropped:
        assert built[ref] == pytest.approx(facts[ref], rel=0.01, abs=1.0), ref  # lengths are given to 1 m


@pytest.mark.parametrize("town", TOWNS)
def test_a_town_is_one_network_of_which_nothing_more_is_dropped(cache: Path, town: str) -> None:
    network = load_network(NETWORKS / f"{town}.osm", MANUAL, cache)
    assert network.quality.dropped_nodes == 0
    assert network.quality.dropped_km == 0.0
    assert set(count_parts(network)) == {0}


def test_what_hangs_on_nothing_is_named(sangatta: RoadNetwork) -> None:
    dropped = {row["other"] for row in read_joins("sangatta") if row["kind"] == "dropped"}
    assert dropped == {"Jl. Menuju Desa Teluk Singkama", "Jl. Ponpes Hajar Abdiat"}
    assert not dropped & set(sangatta.link_name)


@pytest.mark.parametrize("town", TOWNS)
def test_roads_are_joined_within_thirty_metres_only(town: str) -> None:
    moves = [row for row in read_joins(town) if row["kind"] not in ("dropped", "crossing")]
    assert all(float(row["distance_m"]) <= 30.0 for row in moves)


def test_every_official_junction_is_a_junction_of_the_map(sangatta: RoadNetwork) -> None:
    junctions = read_facts("sangatta_junctions.csv")
    lon, lat = (np.array([float(row[key]) for row in junctions]) for key in ("lon_deg", "lat_deg"))
    x_m, y_m = project(sangatta, lon, lat)
    n_arms = np.bincount(sangatta.link_from, minlength=len(sangatta.node_x_m))
    for row, x, y in zip(junctions, x_m, y_m, strict=True):
        node = sangatta.node_name.index(row["name"])
        assert np.hypot(sangatta.node_x_m[node] - x, sangatta.node_y_m[node] - y) <= 30.0, row["name"]
        is_end = row["name"].startswith(("Arah", "Pelabuhan", "Simpang Adm"))  # there one road goes on as another
        assert n_arms[node] >= 3 or is_end, row["name"]


def test_it_says_where_it_is_from_and_how_far_it_may_be_off(sangatta: RoadNetwork) -> None:
    quality = sangatta.quality
    assert quality.kind == "road_list"
    assert quality.place == "Sangatta, Kutai Timur"
    assert "daftar jalan" in quality.licence
    assert (quality.position_error_median_m, quality.position_error_max_m) == (15.0, 50.0)
    assert quality.share_official + quality.share_inferred == pytest.approx(1.0)
    assert 0.03 < quality.share_inferred < 0.05  # A.W. Syahranie 7.9 km, two short pieces
    assert 0.9 < quality.share_lanes_assumed < 1.0
    assert quality.share_speed_assumed == 1.0
    assert quality.share_names_missing == 0.0


def test_a_road_that_opens_later_is_missing_on_the_day(sangatta: RoadNetwork, sangatta_2026: RoadNetwork) -> None:
    # Ring Road II between H. Abdullah and A.W. Syahranie opened on 26 June 2025.
    assert sangatta.quality.not_yet_open == "Jl. Ring Road II (2025-06-26)"
    assert sangatta_2026.quality.not_yet_open == ""

    def ring_m(network: RoadNetwork) -> float:
        return float(network.link_length_m[match_street(network, "Jl. Ring Road II")].sum()) / 2.0

    assert ring_m(sangatta_2026) == pytest.approx(5981.0, rel=0.01)
    assert ring_m(sangatta_2026) - ring_m(sangatta) == pytest.approx(2030.0, abs=100.0)
    north, south = "Simpang A.W. Syahranie – Ring Road II", "Simpang Ring Road II – APT Pranoto"
    assert road_m(sangatta_2026, south, north) < 4000.0 < 6000.0 < road_m(sangatta, south, north)


def test_a_day_in_words_or_none_opens_every_road(cache: Path, sangatta_2026: RoadNetwork) -> None:
    assert load_network(NETWORKS / "sangatta.osm", MANUAL, cache).hash == sangatta_2026.hash
    assert load_network(NETWORKS / "sangatta.osm", MANUAL, cache, "hari tenang").hash == sangatta_2026.hash


def test_the_river_is_crossed_on_three_bridges_only(sangatta_2026: RoadNetwork) -> None:
    import shapely

    river = json.loads((NETWORKS / "sangatta_water.geojson").read_text(encoding="utf-8"))["features"]
    lines = [np.array(feature["geometry"]["coordinates"]) for feature in river]
    water = shapely.MultiLineString([np.column_stack(project(sangatta_2026, line[:, 0], line[:, 1])) for line in lines])
    network = sangatta_2026
    crossing = [
        link
        for link in range(len(network.link_from))
        if link <= network.link_twin[link] and shapely.LineString(get_shape(network, link)).intersects(water)
    ]
    assert sorted(network.link_name[link] for link in crossing) == [
        "Jembatan Sangatta Lama", "Jl. APT Pranoto", "Jl. Poros Sangatta - Bontang",
    ]  # fmt: skip
    assert network.quality.bridges == 3
    # The river goes through: without the bridges the south is cut off, but for the way round by Poros Bontang.
    kept = ~np.isin(np.arange(len(network.link_from)), [*crossing, *network.link_twin[crossing]])
    part = count_parts(network, kept)
    north, south = (network.node_name.index(name) for name in ("Patung Singa", "Simpang Masabang"))
    assert part[north] != part[south]
    assert set(part) == {part[north], part[south]}


def test_the_two_carriageways_of_diponegoro_are_one_way_and_keep_left(sangatta: RoadNetwork) -> None:
    one_way = np.flatnonzero(sangatta.link_twin == np.arange(len(sangatta.link_twin)))
    assert {sangatta.link_name[link] for link in one_way} == {"Jl. Diponegoro (Sangatta Selatan)"}
    assert sangatta.link_length_m[one_way].sum() == pytest.approx(2 * 147.0, abs=10.0)
    middle = np.array([get_shape(sangatta, link).mean(axis=0) for link in one_way])
    goes_north = sangatta.node_y_m[sangatta.link_to[one_way]] > sangatta.node_y_m[sangatta.link_from[one_way]]
    assert set(goes_north.tolist()) == {True, False}
    assert middle[goes_north, 0].mean() < middle[~goes_north, 0].mean()  # who rides north rides in the west


def test_lanes_and_widths_are_those_known(sangatta: RoadNetwork) -> None:
    four = {sangatta.link_name[link] for link in np.flatnonzero(sangatta.link_lanes == 2.0)}
    assert "Jl. Ring Road II" in four
    assert {name for name in four if "Yos Sudarso" not in name} == {"Jl. Ring Road II"}
    spine = (sangatta.link_lanes == 2.0) & (np.array(sangatta.link_highway) == "primary")
    _, lat = unproject(
        sangatta, sangatta.node_x_m[sangatta.link_from[spine]], sangatta.node_y_m[sangatta.link_from[spine]]
    )
    assert lat.min() == pytest.approx(0.51375, abs=1e-4)  # Simpang Tiga
    assert lat.max() == pytest.approx(0.52861, abs=1e-4)  # Simpang Munthe


@pytest.mark.parametrize(
    ("street", "south", "north"),
    [
        ("Jl. Yos Sudarso II", "Patung Singa", "Simpang Sepakat"),
        ("Jl. Yos Sudarso III", "Simpang Karya Etam", None),
        ("Jl. Yos Sudarso IV", "Simpang Tiga", "Simpang Soekarno-Hatta"),
        ("Jl. Pendidikan", "Simpang Tiga", "Simpang A.W. Syahranie – Hidayatullah"),
    ],
)
def test_a_street_whose_end_is_not_known_keeps_both_names_there(
    sangatta: RoadNetwork, street: str, south: str, north: str | None
) -> None:
    links = match_street(sangatta, street)
    nodes = set(sangatta.link_from[links].tolist())
    assert sangatta.node_name.index(south) in nodes
    assert north is None or sangatta.node_name.index(north) in nodes


@pytest.mark.parametrize(
    ("junction", "arms"),
    [
        ("Patung Singa", 4),  # Yos Sudarso I and II, Wolter Monginsidi, Poros Bontang
        ("Simpang APT Pranoto – Sudirman – Diponegoro", 4),
        ("Simpang Empat Karya Etam – Inpres", 4),
        ("Simpang Santai – Ring Road I", 4),
        ("Simpang Tiga", 3),
        ("Simpang Karya Etam", 3),
        ("Simpang Soekarno-Hatta", 3),
        ("Simpang Soewandi", 3),
        ("Simpang Kabo", 3),
        ("Simpang Masabang", 4),  # Diponegoro over the bridge, Pasar Lama, Masabang, Diponegoro (south)
        ("Simpang Bukit Pelangi", 4),  # A.W. Syahranie, Wirjono, Bhayangkara, Bukit Pelangi
    ],
)
def test_a_junction_joins_the_roads_that_meet_there(sangatta: RoadNetwork, junction: str, arms: int) -> None:
    assert np.count_nonzero(sangatta.link_from == sangatta.node_name.index(junction)) == arms


def test_distances_are_those_of_the_lists(sangatta: RoadNetwork) -> None:
    assert road_m(sangatta, "Patung Singa", "Simpang Soekarno-Hatta") == pytest.approx(6100.0, rel=0.01)
    assert road_m(sangatta, "Simpang Soekarno-Hatta", "Simpang Soewandi") == pytest.approx(6520.0, rel=0.01)
    assert road_m(sangatta, "Simpang Tiga", "Simpang Bukit Pelangi") == pytest.approx(7850.0, rel=0.01)


@pytest.mark.parametrize("town", TOWNS)
def test_a_place_with_a_position_lies_within_its_accuracy_of_a_road(cache: Path, town: str) -> None:
    network = load_network(NETWORKS / f"{town}.osm", MANUAL, cache)
    table, start = ("sangatta_places.csv", "") if town == "sangatta" else ("berau_paser_places.csv", town)
    county = {"sangatta": "", "tanjung_redeb": "Berau", "tana_paser": "Paser"}[town]
    rows = [row for row in read_facts(table) if row["lon_deg"] and row["name"].startswith(county)]
    assert rows, start
    lon, lat = (np.array([float(row[key]) for row in rows]) for key in ("lon_deg", "lat_deg"))
    _, _, snap_m = insert_places_xy(network, *project(network, lon, lat), [row["name"] for row in rows])
    for row, distance_m in zip(rows, snap_m, strict=True):
        assert distance_m < max(300.0, float(row["accuracy_m"])), row["name"]
