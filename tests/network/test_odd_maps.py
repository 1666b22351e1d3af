"""Maps from everywhere: other hemispheres, other sides of the road, drawn twice, packed as PBF, large, or hostile."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from konvoi.errors import NetworkError
from konvoi.network import build_network, project
from konvoi.network.checks import inspect_graph
from konvoi.network.graph import read_graph
from tests.support.road_files import CROSS, MANUAL, ROOT, Way, write_osm

WAYS: list[Way] = [
    ([2, 1, 3], {"highway": "secondary", "name": "Jl. Timur"}),
    ([4, 1, 5], {"highway": "tertiary", "name": "Jl. Utara"}),
]


def shift(lon: float, lat: float) -> dict[int, tuple[float, float]]:
    """Move the cross so that its middle is somewhere else."""
    return {key: ((x - 117.5 + lon + 180.0) % 360.0 - 180.0, y - 0.5 + lat) for key, (x, y) in CROSS.items()}


@pytest.mark.parametrize(
    ("lon", "lat", "crs"),
    [
        (116.19, -1.908, "EPSG:32750"),
        (117.5, 2.15, "EPSG:32650"),
        (180.0, -16.5, None),
        (-179.995, -16.5, None),
        (179.995, 51.9, None),
    ],
)
def test_a_town_is_the_same_town_wherever_it_lies(tmp_path: Path, lon: float, lat: float, crs: str | None) -> None:
    network = build_network(write_osm(tmp_path / "kota.osm", WAYS, shift(lon, lat)), MANUAL)
    expected_m = np.array([1112.0, 1112.0, 1112.0 * np.cos(np.radians(lat)), 1112.0 * np.cos(np.radians(lat))])
    lengths_m = np.sort(network.link_length_m[network.link_twin > np.arange(8)])
    np.testing.assert_allclose(lengths_m, np.sort(expected_m), rtol=0.005)
    straight_m = np.hypot(
        network.node_x_m[network.link_from] - network.node_x_m[network.link_to],
        network.node_y_m[network.link_from] - network.node_y_m[network.link_to],
    )
    np.testing.assert_allclose(straight_m, network.link_length_m, rtol=0.008)
    # Lengths are those of a sphere, the projection of an ellipsoid: 0.6 % apart at the equator.
    if crs:
        assert network.crs == crs
    # A place written with either sign of the longitude falls on its node.
    for written in (lon, lon - 360.0 if lon > 0 else lon + 360.0):
        x_m, y_m = project(network, np.array([written]), np.array([lat]))
        assert np.hypot(network.node_x_m - x_m[0], network.node_y_m - y_m[0]).min() < 1.0
    assert inspect_graph(read_graph(tmp_path / "kota.osm")[0]).faults == []


def test_bends_across_the_antimeridian_keep_their_lines(tmp_path: Path) -> None:
    """A simplified graph carries lines of its own; here each arm has a bend, and two lie on the other side."""
    import osmnx

    nodes = shift(180.0, -16.5)
    nodes |= {6: (179.9975, -16.499), 7: (-179.9975, -16.501)}
    ways: list[Way] = [([2, 6, 1, 7, 3], {"highway": "secondary"}), ([4, 1, 5], {"highway": "tertiary"})]
    path = write_osm(tmp_path / "kota.osm", ways, nodes)
    expected = build_network(path, MANUAL)
    osmnx.save_graphml(osmnx.graph_from_xml(path, retain_all=True), tmp_path / "kota.graphml")
    network = build_network(tmp_path / "kota.graphml", MANUAL)
    np.testing.assert_allclose(np.sort(network.link_length_m), np.sort(expected.link_length_m), rtol=1e-6)
    np.testing.assert_allclose(np.ptp(network.shape_x_m), np.ptp(expected.shape_x_m), atol=1.0)
    np.testing.assert_allclose(np.ptp(network.shape_y_m), np.ptp(expected.shape_y_m), atol=1.0)
    assert np.ptp(network.shape_x_m) < 2500.0


def test_ways_drawn_twice_count_once(tmp_path: Path) -> None:
    doubled: list[Way] = [
        *WAYS,
        ([2, 1, 3], {"highway": "residential"}),  # the same way, of a lower class
        ([3, 1], {"highway": "secondary", "name": "Jl. Timur"}),  # half of it, backwards
    ]
    once = build_network(write_osm(tmp_path / "once.osm", WAYS), MANUAL)
    twice = build_network(write_osm(tmp_path / "twice.osm", doubled), MANUAL)
    assert twice.quality.duplicate_pieces == 6
    assert set(twice.link_highway) == {"secondary", "tertiary"}
    assert twice.hash == once.hash


def test_ways_without_any_tag_but_their_class_are_rated_by_it(tmp_path: Path) -> None:
    ways: list[Way] = [([2, 1, 3], {"highway": "road"}), ([4, 1, 5], {"highway": "trunk_link"})]
    network = build_network(write_osm(tmp_path / "kota.osm", ways), MANUAL)
    quality = network.quality
    assert quality.share_lanes_assumed == quality.share_width_assumed == quality.share_names_missing == 1.0
    assert np.all(network.link_capacity_pcu_s > 0)
    assert np.all(network.link_free_speed_mps > 0)


def test_left_and_right_hand_traffic_are_mirror_images(tmp_path: Path) -> None:
    """A one-way ring with four arms, clockwise as in Indonesia, and its mirror image: the same town from behind."""
    ring = {1: (0.001, 0.0), 2: (0.0, -0.001), 3: (-0.001, 0.0), 4: (0.0, 0.001)}
    arms = {5: (0.01, 0.0), 6: (0.0, -0.01), 7: (-0.01, 0.0), 8: (0.0, 0.01)}
    ways: list[Way] = [([1, 2, 3, 4, 1], {"highway": "primary", "junction": "roundabout"})]
    ways += [([key, key + 4], {"highway": "primary"}) for key in ring]
    sides = []
    for sign in (1.0, -1.0):
        nodes = {key: (117.5 + sign * x, 0.5 + y) for key, (x, y) in {**ring, **arms}.items()}
        path = write_osm(tmp_path / f"side{sign:+.0f}.osm", ways, nodes)
        network = build_network(path, MANUAL)
        turns = network.link_twin == np.arange(len(network.link_twin))
        assert np.count_nonzero(turns) == 4
        a, b = network.link_from[turns], network.link_to[turns]
        x, y = network.node_x_m - network.node_x_m.mean(), network.node_y_m - network.node_y_m.mean()
        turning = x[a] * y[b] - y[a] * x[b]
        assert np.all(np.sign(turning) == -sign)
        sides.append((np.sort(network.link_length_m), np.sort(network.link_capacity_pcu_s)))
    np.testing.assert_allclose(sides[0][0], sides[1][0], rtol=1e-6)
    np.testing.assert_allclose(sides[0][1], sides[1][1])


def test_a_pbf_file_gives_the_network_of_the_xml_it_was_made_of(tmp_path: Path) -> None:
    osmium = pytest.importorskip("osmium")
    source = write_osm(tmp_path / "kota.osm", WAYS, names={1: "Simpang Empat"})
    writer = osmium.SimpleWriter(str(tmp_path / "kota.osm.pbf"))
    for item in osmium.FileProcessor(str(source)):
        writer.add(item)
    writer.close()
    assert build_network(tmp_path / "kota.osm.pbf", MANUAL).hash == build_network(source, MANUAL).hash
    content = (tmp_path / "kota.osm.pbf").read_bytes()
    for name, damaged in (("cut", content[: len(content) // 2]), ("garbage", b"\xff" * 5000), ("empty", b"")):
        path = tmp_path / f"{name}.osm.pbf"
        path.write_bytes(damaged)
        with pytest.raises(NetworkError) as fault:
            build_network(path, MANUAL)
        assert str(path) in str(fault.value)
        assert "\n" not in str(fault.value)


def test_without_osmium_it_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "osmium", None)
    (tmp_path / "kota.osm.pbf").write_bytes(b"x")
    with pytest.raises(NetworkError, match="pip install osmium"):
        build_network(tmp_path / "kota.osm.pbf", MANUAL)


def pack(begin: bytes, middle: bytes, end: bytes, megabytes: int) -> bytes:
    """Pack a file that is large when unpacked, without ever having it in memory: gzip members follow one another."""
    part = gzip.compress(middle * (1_000_000 // len(middle)), compresslevel=1)
    return gzip.compress(begin) + part * megabytes + gzip.compress(end)


HOSTILE = {
    "attribute.osm.gz": (pack(b'<osm version="', b"a", b'"></osm>', 1000), "tag of more than"),
    "text.osm.gz": (pack(b"<osm>", b"a", b"</osm>", 60), "no drivable road"),
    "nested.osm.gz": (pack(b"<osm>", b"<way>", b"</osm>", 1000), "nested more than"),
    "nodes.osm.gz": (pack(b"<osm><way>", b'<nd ref="123"/>', b"</way></osm>", 1000), "way of more than"),
    "tags.osm.gz": (pack(b'<osm><way><tag k="highway" v="primary"/>', b'<tag k="x" v="y"/>', b"</way></osm>", 5), "no drivable road"),
    "laughs.osm": (b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><osm>&b;</osm>', "document type"),
    "outside.osm": (b'<!DOCTYPE l SYSTEM "file:///etc/passwd"><osm/>', "document type"),
    "laughs.graphml": (b'<!DOCTYPE l [<!ENTITY a "ha">]><graphml>&a;</graphml>', "document type"),
    "nested.graphml": (b"<graphml>" * 5000, "nested more than"),
    "truncated.osm.gz": (gzip.compress(b"<osm>" + bytes(range(32, 127)) * 999)[:300], "damaged"),
}  # fmt: skip


def test_hostile_files_are_refused_in_little_memory(tmp_path: Path) -> None:
    """All of them in one fresh process, which tells how much memory it needed more than at its start."""
    for name, (content, _) in HOSTILE.items():
        (tmp_path / name).write_bytes(content)
    code = """
import json, resource, sys
from pathlib import Path
from konvoi.errors import NetworkError
from konvoi.network.extract import check_xml, read_extract
def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
answers, before = {}, peak_mb()
for name in sys.argv[2:]:
    path = Path(sys.argv[1]) / name
    try:
        (check_xml if name.endswith('.graphml') else read_extract)(path)
    except NetworkError as fault:
        answers[name] = str(fault)
print(json.dumps([answers, peak_mb() - before]))
"""
    pytest.importorskip("resource")  # not on Windows
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), *HOSTILE],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    answers, more_mb = json.loads(done.stdout)
    for name, (_, expected) in HOSTILE.items():
        assert expected in answers.get(name, "accepted"), name
        assert str(tmp_path / name) in answers[name]
    assert more_mb < 100.0


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("POSITION", "nan", "without position"),
        ("LENGTH", "nan", "without length"),
        ("LENGTH", "inf", "without length"),
        ("LENGTH", "-5", "without length"),
        ("LATITUDE", "99.5", "not a valid longitude"),
        ("LATITUDE", "x", "not a GraphML file of OSMnx"),
        ('edgedefault="directed"', 'edgedefault="undirected"', "no direction"),
    ],
)
def test_a_graph_whose_numbers_are_none_or_without_directions_is_refused(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    """Cases found by mutating files at random."""
    import osmnx

    graph = osmnx.graph_from_xml(write_osm(tmp_path / "kota.osm", WAYS), simplify=False, retain_all=True)
    osmnx.save_graphml(graph, tmp_path / "kota.graphml")
    text = (tmp_path / "kota.graphml").read_text(encoding="utf-8")
    key = {"LENGTH": ("edge", "length"), "LATITUDE": ("node", "y")}.get(old, ("node", "x"))
    number = re.search(rf'<key id="(d\d+)" for="{key[0]}" attr.name="{key[1]}"', text)
    assert number
    pattern = re.escape(old) if old in text else rf'(?<=<data key="{number[1]}">)[^<]+'
    changed = re.sub(pattern, new, text, count=1)
    assert changed != text
    (tmp_path / "kota.graphml").write_text(changed, encoding="utf-8")
    with pytest.raises(NetworkError, match=expected):
        build_network(tmp_path / "kota.graphml", MANUAL)
