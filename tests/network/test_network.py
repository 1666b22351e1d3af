"""Road files in, arrays out: what is read, what is assumed, what is refused, and how places come onto the roads."""

from __future__ import annotations

import bz2
import gzip
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from konvoi.errors import NetworkError
from konvoi.network import (
    LinkDraft,
    MapQuality,
    RoadNetwork,
    build_network,
    build_synthetic,
    insert_places_xy,
    load_network,
    project,
    read_compiled,
    write_compiled,
)
from konvoi.network.extract import find_licence
from tests.support.road_files import CROSS, MANUAL, ROOT, Way, write_osm


def build(tmp_path: Path, ways: Sequence[Way], **more: Mapping[int, str]) -> RoadNetwork:
    """Build the network of a few ways on the cross."""
    return build_network(write_osm(tmp_path / "roads.osm", ways, names=more.get("names")), MANUAL)


def build_one(tmp_path: Path, **tags: str) -> RoadNetwork:
    """Build the network of one way between two nodes."""
    return build(tmp_path, [([2, 1], {"highway": "secondary", **tags})])


def chord_m(network: RoadNetwork, link: int) -> float:
    """Length of a link's drawn line."""
    section = slice(network.shape_offset[link], network.shape_offset[link + 1])
    return float(np.hypot(np.diff(network.shape_x_m[section]), np.diff(network.shape_y_m[section])).sum())


def check_laws(network: RoadNetwork) -> None:
    """What holds of every network, whatever it was made of."""
    links = np.arange(len(network.link_from))
    twin = network.link_twin
    paired = twin != links
    assert np.all(network.link_length_m > 0)
    assert np.all(twin[twin] == links)
    assert np.all(network.link_from[twin[paired]] == network.link_to[paired])
    np.testing.assert_allclose(network.link_length_m[twin], network.link_length_m, rtol=1e-12)
    for link in links:
        section = slice(network.shape_offset[link], network.shape_offset[link + 1])
        x, y = network.shape_x_m[section], network.shape_y_m[section]
        start, end = network.link_from[link], network.link_to[link]
        np.testing.assert_allclose((x[0], y[0]), (network.node_x_m[start], network.node_y_m[start]), atol=1e-6)
        np.testing.assert_allclose((x[-1], y[-1]), (network.node_x_m[end], network.node_y_m[end]), atol=1e-6)
        mirrored = slice(network.shape_offset[twin[link]], network.shape_offset[twin[link] + 1])
        if twin[link] != link:
            np.testing.assert_allclose(x, network.shape_x_m[mirrored][::-1], atol=1e-6)
    for one in fields(network):
        value = getattr(network, one.name)
        if isinstance(value, np.ndarray):
            assert not value.flags.writeable, one.name


def test_signals_belong_to_the_junction_at_which_they_or_their_stop_lines_stand(tmp_path: Path) -> None:
    """Node 6 is a stop line 22 m west of the junction, node 7 a crossing of pedestrians 550 m east of it."""
    nodes = {**CROSS, 6: (117.4998, 0.50), 7: (117.505, 0.50)}
    ways = [([2, 6, 1, 7, 3], {"highway": "secondary"}), ([4, 1, 5], {"highway": "tertiary"})]
    for signals, expected in (([1], 1), ([6, 7], 1), ([7], 0)):
        path = write_osm(tmp_path / "roads.osm", ways, nodes, signals=signals)
        network = build_network(path, MANUAL)
        assert np.count_nonzero(network.node_has_signal) == expected
        if expected:
            assert np.count_nonzero(network.link_to == np.flatnonzero(network.node_has_signal)[0]) == 4
        write_compiled(network, tmp_path / "roads.npz")
        held = read_compiled(tmp_path / "roads.npz")
        assert np.array_equal(held.node_has_signal, network.node_has_signal)


# --- capacity and speed by the manual ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "capacity_pcu_h", "lanes", "car_kmh"),
    [
        ({"highway": "secondary"}, 1450.0, 1.0, 44.0),
        ({"highway": "primary"}, 1450.0, 1.0, 44.0),
        ({"highway": "tertiary"}, 1450.0 * 0.87, 1.0, 41.0),
        ({"highway": "residential"}, 1450.0 * 0.56, 1.0, 34.5),
        ({"highway": "unclassified"}, 1450.0 * 0.56, 1.0, 34.5),
        ({"highway": "primary", "lanes": "4"}, 3300.0, 2.0, 57.0),
        ({"highway": "trunk", "lanes": "4"}, 3300.0, 2.0, 57.0),
        ({"highway": "secondary", "lanes": "4"}, 3000.0, 2.0, 53.0),
        ({"highway": "primary", "lanes": "4", "width": "13"}, 3300.0 * 0.96, 2.0, 55.0),  # 3.25 m a lane
        ({"highway": "secondary", "lanes": "2", "width": "6 m"}, 1450.0 * 0.87, 1.0, 41.0),
        ({"highway": "secondary", "width": "5,5"}, 1450.0 * (0.56 + 0.87) / 2, 1.0, 44.0 - 6.25),  # linear between rows
        ({"highway": "residential", "width": "7"}, 1450.0, 1.0, 44.0),  # a tagged width wins over the class
    ],
)
def test_a_road_is_rated_by_its_class_unless_its_tags_say_otherwise(
    tmp_path: Path, tags: dict[str, str], capacity_pcu_h: float, lanes: float, car_kmh: float
) -> None:
    network = build_one(tmp_path, **tags)
    np.testing.assert_allclose(network.link_capacity_pcu_s * 3600, capacity_pcu_h)
    np.testing.assert_allclose(network.link_lanes, lanes)
    np.testing.assert_allclose(network.link_jam_density_pcu_m, 0.150 * lanes)
    np.testing.assert_allclose(network.link_free_speed_mps * 3.6, car_kmh)
    np.testing.assert_array_equal(network.link_class_speed_mps[:, 1], network.link_free_speed_mps)


def test_a_one_way_road_has_the_capacity_of_its_lanes_and_no_twin(tmp_path: Path) -> None:
    one_way = {"highway": "primary", "oneway": "yes", "lanes": "2"}
    ways = [
        ([1, 3], one_way),
        ([3, 4], one_way),
        ([4, 1], one_way),
        ([1, 2], one_way),
        ([1, 5], {"highway": "tertiary"}),
    ]
    network = build(tmp_path, ways)
    links = np.arange(len(network.link_twin))
    is_primary = np.array(network.link_highway) == "primary"
    np.testing.assert_array_equal(network.link_twin == links, is_primary)
    np.testing.assert_allclose(network.link_capacity_pcu_s[is_primary] * 3600, 2 * 1650.0)
    np.testing.assert_allclose(network.link_free_speed_mps[is_primary] * 3.6, 57.0)
    # The way from 1 to 2 leads out and never back.
    assert network.quality.dropped_nodes == 1
    assert network.quality.dropped_km == pytest.approx(1.11, abs=0.02)


def test_a_road_one_way_against_its_line_is_ridden_backwards(tmp_path: Path) -> None:
    ways = [
        ([1, 4], {"highway": "primary"}),
        ([4, 3], {"highway": "primary"}),
        ([1, 3], {"highway": "primary", "oneway": "-1"}),
    ]
    network = build(tmp_path, ways)
    single = np.flatnonzero(network.link_twin == np.arange(len(network.link_twin)))
    assert len(single) == 1
    assert network.node_x_m[network.link_from[single[0]]] > network.node_x_m[network.link_to[single[0]]]


@pytest.mark.parametrize(
    ("maxspeed", "car_kmh", "is_assumed"),
    [
        ("30", 30.0, False),
        ("30 km/h", 30.0, False),
        ("20 mph", 20 * 1.609344, False),
        ("60;30", 30.0, False),
        ("100", 44.0, False),  # a limit above the free speed changes nothing
        ("none", 44.0, True),
        ("ID:urban", 44.0, True),
        ("", 44.0, True),
        ("1e999", 44.0, True),
        ("-5", 44.0, True),
    ],
)
def test_a_speed_limit_caps_the_free_speed_and_nonsense_counts_as_not_tagged(
    tmp_path: Path, maxspeed: str, car_kmh: float, is_assumed: bool
) -> None:
    network = build_one(tmp_path, maxspeed=maxspeed)
    np.testing.assert_allclose(network.link_free_speed_mps * 3.6, car_kmh)
    assert network.quality.share_speed_assumed == float(is_assumed)


def test_a_speed_limit_caps_every_class_of_vehicle(tmp_path: Path) -> None:
    network = build_one(tmp_path, maxspeed="42")
    np.testing.assert_allclose(network.link_class_speed_mps[0] * 3.6, [40.0, 42.0, 40.0])


@pytest.mark.parametrize("lanes", ["many", "0", "-2", "500", "nan"])
def test_impossible_lanes_count_as_not_tagged(tmp_path: Path, lanes: str) -> None:
    network = build_one(tmp_path, lanes=lanes)
    assert network.quality.share_lanes_assumed == 1.0
    np.testing.assert_allclose(network.link_lanes, 1.0)


def test_what_is_assumed_is_counted_by_length(tmp_path: Path) -> None:
    ways = [
        ([2, 1], {"highway": "secondary", "lanes": "2", "width": "7", "maxspeed": "40", "name": "Jl. Barat"}),
        ([1, 3], {"highway": "secondary", "lanes": "2", "width": "7"}),
        ([1, 4], {"highway": "secondary", "lanes": "2"}),
        ([1, 5], {"highway": "secondary"}),
    ]
    quality = build(tmp_path, ways).quality
    assert quality.share_lanes_assumed == pytest.approx(0.25, abs=0.01)
    assert quality.share_width_assumed == pytest.approx(0.50, abs=0.01)
    assert quality.share_speed_assumed == pytest.approx(0.75, abs=0.01)
    assert quality.share_names_missing == pytest.approx(0.75, abs=0.01)
    assert (quality.n_nodes, quality.n_links) == (5, 8)
    assert quality.road_km == pytest.approx(4.45, abs=0.05)
    assert quality.kind == "openstreetmap"
    assert np.isnan(quality.position_error_median_m)


# --- which roads, which nodes ---------------------------------------------------------------------------------------


def test_only_roads_for_vehicles_become_links(tmp_path: Path) -> None:
    others: list[dict[str, str]] = [
        {"building": "yes"}, {"highway": "footway"}, {"highway": "construction"}, {"waterway": "river"},
        {"highway": "residential", "area": "yes"},
    ]  # fmt: skip
    ways: list[Way] = [([2, 1], {"highway": "secondary"}), *(([1, 3, 4], tags) for tags in others)]
    network = build(tmp_path, ways)
    assert set(network.link_highway) == {"secondary"}
    assert network.quality.road_km == pytest.approx(1.11, abs=0.02)


def test_a_dead_end_stays_and_the_smaller_of_two_parts_goes(tmp_path: Path) -> None:
    nodes = {**CROSS, 8: (117.6, 0.5), 9: (117.61, 0.5)}
    ways: list[Way] = [
        ([2, 1, 3], {"highway": "secondary"}),
        ([1, 4], {"highway": "tertiary"}),
        ([8, 9], {"highway": "primary"}),
    ]
    network = build_network(write_osm(tmp_path / "roads.osm", ways, nodes), MANUAL)
    assert network.quality.n_nodes == 4
    assert network.quality.dropped_nodes == 2
    assert network.quality.dropped_km == pytest.approx(1.11, abs=0.02)
    check_laws(network)


def test_a_node_between_two_pieces_of_the_same_road_is_no_node(tmp_path: Path) -> None:
    network = build(tmp_path, [([2, 1, 3], {"highway": "secondary"})])
    assert (network.quality.n_nodes, network.quality.n_links) == (2, 2)


def test_a_node_stays_where_the_road_changes_or_has_a_name(tmp_path: Path) -> None:
    changed = build(tmp_path, [([2, 1], {"highway": "secondary"}), ([1, 3], {"highway": "tertiary"})])
    assert changed.quality.n_nodes == 3
    named = build(tmp_path, [([2, 1, 3], {"highway": "secondary"})], names={1: "Jembatan"})
    assert sorted(named.node_name) == ["", "", "Jembatan"]


def test_a_junction_is_called_by_its_name_or_by_the_streets_that_meet(tmp_path: Path) -> None:
    ways = [
        ([2, 1], {"highway": "tertiary", "name": "Jl. Kecil"}),
        ([1, 3], {"highway": "primary", "name": "Jl. Raya"}),
        ([1, 4], {"highway": "residential", "name": "Gg. Buntu"}),
    ]
    assert sorted(build(tmp_path, ways).node_name) == ["", "", "", "Jl. Raya – Jl. Kecil"]
    assert sorted(build(tmp_path, ways, names={1: "Simpang Tiga"}).node_name) == ["", "", "", "Simpang Tiga"]


def test_a_bent_road_keeps_its_length_and_loses_vertices_that_do_not_show(tmp_path: Path) -> None:
    lons = np.linspace(117.50, 117.51, 41)
    lats = 0.5 + 1e-5 * (np.arange(41) % 2) + 0.002 * np.sin(np.pi * np.linspace(0.0, 1.0, 41))  # 1 m of wobble
    nodes = {k + 1: (float(lon), float(lat)) for k, (lon, lat) in enumerate(zip(lons, lats, strict=True))}
    network = build_network(write_osm(tmp_path / "bend.osm", [(list(nodes), {"highway": "secondary"})], nodes), MANUAL)
    check_laws(network)
    assert np.diff(network.shape_offset).max() < 20
    assert network.link_length_m[0] == pytest.approx(chord_m(network, 0), rel=0.02)
    assert network.link_length_m[0] > 1150.0  # straight across it would be 1,112 m


def test_lengths_are_metres_on_the_ground(tmp_path: Path) -> None:
    network = build_one(tmp_path)
    assert network.crs == "EPSG:32650"
    assert network.link_length_m[0] == pytest.approx(1113.2, rel=0.005)  # 0.01° of the equator
    assert chord_m(network, 0) == pytest.approx(1113.2, rel=0.005)


# --- forms of road files --------------------------------------------------------------------------------------------


def test_a_packed_file_gives_the_same_network_as_a_plain_one(tmp_path: Path) -> None:
    plain = write_osm(tmp_path / "a.osm", [([2, 1, 3], {"highway": "secondary"}), ([1, 4], {"highway": "primary"})])
    expected = build_network(plain, MANUAL).hash
    (tmp_path / "b.osm.gz").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "c.osm.bz2").write_bytes(bz2.compress(plain.read_bytes()))
    for name in ("b.osm.gz", "c.osm.bz2"):
        assert build_network(tmp_path / name, MANUAL).hash == expected


def test_a_graph_saved_by_osmnx_gives_the_same_roads_as_its_source(tmp_path: Path) -> None:
    import osmnx

    ways: list[Way] = [
        ([2, 1, 3], {"highway": "secondary", "name": "Jl. Raya"}),
        ([1, 4], {"highway": "primary", "lanes": "4"}),
    ]
    source = write_osm(tmp_path / "a.osm", ways)
    osmnx.save_graphml(osmnx.graph_from_xml(source), tmp_path / "a.graphml")
    ours, theirs = build_network(source, MANUAL), build_network(tmp_path / "a.graphml", MANUAL)
    check_laws(theirs)
    np.testing.assert_allclose(np.sort(theirs.link_length_m), np.sort(ours.link_length_m))
    np.testing.assert_allclose(np.sort(theirs.link_capacity_pcu_s), np.sort(ours.link_capacity_pcu_s))
    assert sorted(theirs.link_name) == sorted(ours.link_name)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("empty.osm", b"", "no element found"),
        ("garbage.osm", b"\x00\x01\x02garbage", "not XML"),
        ("page.osm", b"<html><body>504 Gateway Timeout</body></html>", "no drivable road"),
        ("cut.osm", b'<osm version="0.6"><node id="1" lat="0.5" lon="117.5"/><way id="1"><nd', "damaged"),
        ("none.osm", b'<osm version="0.6"><node id="1" lat="0.5" lon="117.5"/></osm>', "no drivable road"),
        ("bomb.osm", f'{BOMB}<osm version="0.6">&b;</osm>'.encode(), "document type"),
        ("bomb.graphml", f"{BOMB}<graphml>&b;</graphml>".encode(), "document type"),
        ("page.graphml", b"<html></html>", "GraphML"),
        ("cut.osm.gz", gzip.compress(b"<osm>" + bytes(range(256)) * 40)[:200], "damaged"),
        ("plain.osm.gz", b"<osm></osm>", "damaged"),
        ("plain.osm.bz2", b"<osm></osm>", "damaged"),
        ("roads.pbf", b"\x00\x00\x00\x0d", ".osm.pbf or .graphml"),
        ("encoding.osm", b'<?xml version="1.0" encoding="utf-99999"?><osm/>', "unknown encoding"),
        ("roads.txt", b"hello", ".osm.pbf or .graphml"),
    ],
)
def test_an_unusable_road_file_is_refused_in_one_line_that_names_it(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NetworkError) as fault:
        build_network(path, MANUAL)
    message = str(fault.value)
    assert str(path) in message
    assert expected in message
    assert "\n" not in message


def test_a_missing_road_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"nowhere\.osm: there is no such road file"):
        load_network(tmp_path / "nowhere.osm", MANUAL, cache_dir=tmp_path)


def test_roads_nobody_can_come_back_from_are_no_network(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="both directions"):
        build_one(tmp_path, oneway="yes")


def test_a_file_too_large_when_unpacked_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("konvoi.network.extract.MAX_XML_BYTES", 100_000)
    path = tmp_path / "large.osm.gz"
    path.write_bytes(gzip.compress(b"<osm>" + b'<node id="1" lat="0" lon="0"/>' * 10_000 + b"</osm>"))
    assert path.stat().st_size < 10_000
    with pytest.raises(NetworkError, match="100,000 bytes when unpacked"):
        build_network(path, MANUAL)


# --- compiled copies ------------------------------------------------------------------------------------------------


@pytest.fixture
def road_file(tmp_path: Path) -> Path:
    """A small road file."""
    return write_osm(
        tmp_path / "roads.osm",
        [([2, 1, 3], {"highway": "secondary", "name": "Jl. Raya"}), ([1, 4], {"highway": "primary"})],
    )


def test_a_compiled_network_is_the_network(road_file: Path, tmp_path: Path) -> None:
    network = build_network(road_file, MANUAL)
    write_compiled(network, tmp_path / "copy.npz")
    copy = read_compiled(tmp_path / "copy.npz")
    assert copy.hash == network.hash
    assert copy.node_name == network.node_name
    assert copy.quality.to_dict() == network.quality.to_dict()
    assert list(tmp_path.glob(".*")) == []
    check_laws(copy)


def test_a_second_load_reads_the_compiled_copy(
    road_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_network(road_file, MANUAL, cache_dir=tmp_path / "cache")
    assert len(first.quality.file_hash) == 32

    def refuse(*_: object) -> RoadNetwork:
        raise AssertionError("built again")

    monkeypatch.setattr("konvoi.network.compiled.build_network", refuse)
    assert load_network(road_file, MANUAL, cache_dir=tmp_path / "cache").hash == first.hash


def test_a_cached_network_is_loaded_without_osmnx(road_file: Path, tmp_path: Path) -> None:
    load_network(road_file, MANUAL, cache_dir=tmp_path / "cache")
    code = (
        "import sys; from pathlib import Path; from konvoi.network import load_network; "
        f"load_network(Path({str(road_file)!r}), Path({str(MANUAL)!r}), cache_dir=Path({str(tmp_path / 'cache')!r})); "
        "raise SystemExit(bool({'osmnx', 'networkx', 'geopandas', 'pyproj'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("damage", [b"garbage" * 100, b""])
def test_a_damaged_copy_is_built_again(road_file: Path, tmp_path: Path, damage: bytes) -> None:
    first = load_network(road_file, MANUAL, cache_dir=tmp_path / "cache")
    (copy,) = (tmp_path / "cache").glob("*.npz")
    copy.write_bytes(damage)
    assert load_network(road_file, MANUAL, cache_dir=tmp_path / "cache").hash == first.hash
    assert read_compiled(copy).hash == first.hash


def test_another_manual_or_another_file_gives_another_network(road_file: Path, tmp_path: Path) -> None:
    first = load_network(road_file, MANUAL, cache_dir=tmp_path / "cache")
    rules = yaml.safe_load(MANUAL.read_text(encoding="utf-8"))
    rules["types"]["two_lane"]["capacity_pcu_h_lane"] = 1000
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump(rules), encoding="utf-8")
    slower = load_network(road_file, other, cache_dir=tmp_path / "cache")
    np.testing.assert_allclose(slower.link_capacity_pcu_s * 3600, 1000.0)
    write_osm(road_file, [([2, 1], {"highway": "secondary"})])
    assert load_network(road_file, MANUAL, cache_dir=tmp_path / "cache").hash != first.hash


def test_a_cache_that_cannot_be_written_is_done_without(road_file: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be", encoding="utf-8")
    assert load_network(road_file, MANUAL, cache_dir=blocked / "cache").quality.n_links == 6


def test_map_quality_survives_its_plain_form() -> None:
    quality = MapQuality(kind="skeleton", n_nodes=3, position_error_max_m=600.0)
    plain = quality.to_dict()
    assert plain["position_error_median_m"] is None
    assert MapQuality.from_dict(plain).to_dict() == plain


def test_the_fingerprint_follows_what_the_arrays_say() -> None:
    nodes = [(0.0, 0.0), (100.0, 0.0)]
    base = build_synthetic(nodes, [LinkDraft(0, 1)]).hash
    assert build_synthetic(nodes, [LinkDraft(0, 1)]).hash == base
    assert len(base) == 32
    for other in (LinkDraft(0, 1, speed_kmh=41.0), LinkDraft(0, 1, is_two_way=False), LinkDraft(0, 1, name="Jl. Raya")):
        assert build_synthetic(nodes, [other]).hash != base


# --- synthetic networks and places ----------------------------------------------------------------------------------


def test_a_synthetic_network_is_what_was_drawn() -> None:
    network = build_synthetic(
        [(0.0, 0.0), (300.0, 400.0), (300.0, 0.0)],
        [
            LinkDraft(0, 1, capacity_pcu_h=1800.0, speed_kmh=36.0, lanes=2.0),
            LinkDraft(1, 2, is_two_way=False, length_m=900.0),
        ],
    )
    check_laws(network)
    np.testing.assert_allclose(network.link_length_m, [500.0, 500.0, 900.0])
    np.testing.assert_allclose(network.link_capacity_pcu_s, [0.5, 0.5, 1450.0 / 3600.0])
    np.testing.assert_allclose(network.link_free_speed_mps[:2], 10.0)
    np.testing.assert_allclose(network.link_jam_density_pcu_m, [0.3, 0.3, 0.15])
    np.testing.assert_array_equal(network.link_twin, [1, 0, 2])
    assert network.quality.kind == "synthetic"


def test_geographic_places_on_a_synthetic_network_are_refused() -> None:
    network = build_synthetic([(0.0, 0.0), (100.0, 0.0)], [LinkDraft(0, 1)])
    with pytest.raises(NetworkError, match="synthetic"):
        project(network, np.array([117.5]), np.array([0.5]))


def test_projected_coordinates_fall_on_the_nodes(tmp_path: Path) -> None:
    network = build(tmp_path, [([2, 1, 3], {"highway": "secondary"})], names={1: "Tengah"})
    x_m, y_m = project(network, np.array([CROSS[1][0]]), np.array([CROSS[1][1]]))
    node = network.node_name.index("Tengah")
    np.testing.assert_allclose((x_m[0], y_m[0]), (network.node_x_m[node], network.node_y_m[node]), atol=0.01)


LINE = build_synthetic(
    [(0.0, 0.0), (1000.0, 0.0), (1000.0, 600.0)], [LinkDraft(0, 1), LinkDraft(1, 2, is_two_way=False)]
)


def test_a_place_splits_both_directions_where_it_is_nearest() -> None:
    network, node, snap_m = insert_places_xy(LINE, np.array([300.0]), np.array([40.0]), ["Titik"])
    check_laws(network)
    assert snap_m[0] == pytest.approx(40.0)
    assert network.node_name[node[0]] == "Titik"
    np.testing.assert_allclose((network.node_x_m[node[0]], network.node_y_m[node[0]]), (300.0, 0.0))
    np.testing.assert_allclose(sorted(network.link_length_m), [300.0, 300.0, 600.0, 700.0, 700.0])
    np.testing.assert_allclose(LINE.link_length_m, [1000.0, 1000.0, 600.0])


def test_a_place_splits_a_one_way_road_too() -> None:
    network, node, snap_m = insert_places_xy(LINE, np.array([990.0]), np.array([250.0]), ["Titik"])
    check_laws(network)
    assert snap_m[0] == pytest.approx(10.0)
    assert np.count_nonzero(network.link_from == node[0]) == np.count_nonzero(network.link_to == node[0]) == 1
    assert len(network.link_from) == 4


def test_several_places_on_one_link_each_have_a_node() -> None:
    network, node, _ = insert_places_xy(LINE, np.array([800.0, 200.0, 500.0]), np.zeros(3), ["a", "b", "c"])
    check_laws(network)
    np.testing.assert_allclose(network.node_x_m[node], [800.0, 200.0, 500.0])
    assert [network.node_name[k] for k in node] == ["a", "b", "c"]
    np.testing.assert_allclose(sorted(network.link_length_m), [200.0] * 4 + [300.0] * 4 + [600.0])


def test_a_place_close_to_a_node_takes_it() -> None:
    x_m = np.array([8.0, 995.0, 500.0, 505.0, -50.0])
    network, node, snap_m = insert_places_xy(LINE, x_m, np.zeros(5), ["a", "b", "c", "d", "e"])
    check_laws(network)
    assert node[0] == node[4] == 0
    assert node[1] == 1
    assert node[2] == node[3] == 3
    assert len(network.node_x_m) == 4
    assert snap_m[4] == pytest.approx(50.0)


def test_no_places_change_nothing() -> None:
    network, node, snap_m = insert_places_xy(LINE, np.empty(0), np.empty(0), [])
    assert network.hash == LINE.hash
    assert len(node) == len(snap_m) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-200, 1200), st.floats(-200, 800)), min_size=1, max_size=12))
def test_places_never_change_how_much_road_there_is(points: list[tuple[float, float]]) -> None:
    places = np.array(points, dtype=np.float64)
    network, node, snap_m = insert_places_xy(LINE, places[:, 0], places[:, 1], [str(k) for k in range(len(points))])
    check_laws(network)
    assert network.link_length_m.sum() == pytest.approx(LINE.link_length_m.sum(), rel=1e-12)
    assert network.link_length_m.min() >= 20.0 - 1e-9
    assert np.all((node >= 0) & (node < len(network.node_x_m)))
    assert np.all(snap_m >= 0)
    # What is carried per metre and per second stays that of the road that was split.
    assert set(network.link_capacity_pcu_s) == set(LINE.link_capacity_pcu_s)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ({}, ""),
        ({"generator": "JOSM"}, ""),  # may have drawn anything
        ({"generator": "JOSM", "origin": "CGImap 0.3.1 (thorn-02.openstreetmap.org)"}, "ODbL"),
        ({"generator": "Overpass API 0.7.62"}, "ODbL"),
        ({"generator": "osmium/1.16.0"}, "ODbL"),
        ({"attribution": "http://www.openstreetmap.org/copyright"}, "ODbL"),
        ({"generator": "Overpass API", "licence": "daftar jalan"}, "daftar jalan"),
    ],
)
def test_a_licence_is_the_one_the_file_states_or_none(head: dict[str, str], expected: str) -> None:
    licence = find_licence(head)
    assert expected in licence
    assert bool(licence) == bool(expected)
