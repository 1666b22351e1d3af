"""Turns that the map forbids: read from relations, kept through cuts and places, and never taken by a route."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from konvoi.errors import RouteError
from konvoi.network import LinkDraft, Request, RoadNetwork, build_synthetic, fetch_network, insert_places_xy
from konvoi.network.graph import build_network
from konvoi.network.roads import allow_all_turns
from konvoi.network.turns import read_restriction
from konvoi.routing import find_alternatives, find_route, find_route_along
from tests.support.road_files import MANUAL, ROOT

MAP = ROOT / "tests" / "fuzz" / "corpus" / "turn_restriction.osm"  # nobody may ride straight on from Jalan Barat
TEXT = MAP.read_text(encoding="utf-8")


def write_map(folder: Path, old: str = "", new: str = "") -> Path:
    path = folder / "kota.osm"
    assert old in TEXT
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    return path


def find_node(network: RoadNetwork, streets: set[str]) -> int:
    """The node that exactly these streets meet at."""
    for node in range(len(network.node_x_m)):
        is_here = (network.link_from == node) | (network.link_to == node)
        if {network.link_name[k] for k in np.flatnonzero(is_here)} == streets:
            return node
    raise AssertionError(streets)


def ride_east(network: RoadNetwork) -> list[str]:
    """Streets from the western end to the eastern one."""
    ends = find_node(network, {"Jalan Barat"}), find_node(network, {"Jalan Timur"})
    return [network.link_name[k] for k in find_route(network, ends, network.link_length_m)]


STRAIGHT = ["Jalan Barat", "Jalan Uji", "Jalan Timur"]


def test_a_forbidden_turn_is_not_taken_and_costs_its_detour(tmp_path: Path) -> None:
    """Straight on is 3.3 km; round the block, both ways being as long, 5.6 km."""
    network = build_network(MAP, MANUAL)
    assert (network.quality.forbidden_turns, network.quality.restrictions_left) == (1, 0)
    assert ride_east(network) == ["Jalan Barat", "Jalan Utara", "Gang Atas", "Jalan Selatan", "Jalan Timur"]
    allowed = allow_all_turns(network)
    assert ride_east(allowed) == STRAIGHT
    assert (allowed.quality.forbidden_turns, allowed.quality.restrictions_left) == (0, 1)
    # The other way round nothing is forbidden.
    back = find_route(
        network, [find_node(network, {"Jalan Timur"}), find_node(network, {"Jalan Barat"})], network.link_length_m
    )
    assert [network.link_name[k] for k in back] == STRAIGHT[::-1]


@pytest.mark.parametrize(
    ("old", "new", "forbidden", "left", "is_straight"),
    [
        ("no_straight_on", "only_straight_on", 3, 0, True),  # left, right and back are forbidden
        ('ref="11" role="to"', 'ref="12" role="to"', 0, 1, True),  # not beside its junction
        ('k="restriction" v="no', 'k="restriction:conditional" v="no', 0, 1, True),
        ('k="restriction" v="no', 'k="restriction:hgv" v="no', 0, 0, True),
        ('k="restriction" v="no', 'k="restriction:motorcycle" v="no', 1, 0, False),
        ("</relation>", '<tag k="except" v="bicycle;motorcycle"/></relation>', 0, 0, True),
        ("</relation>", '<tag k="except" v="bus"/></relation>', 1, 0, False),
        ('type="node" ref="2" role="via"', 'type="way" ref="11" role="via"', 0, 1, True),
        ('ref="11" role="to"', 'ref="99" role="to"', 0, 0, True),  # onto no road of ours
        ('ref="10" role="from"', 'ref="13" role="from"', 0, 1, True),  # from which side of its junction?
        ('ref="2" role="via"', 'ref="3" role="via"', 0, 1, True),
    ],
)
def test_restrictions_are_obeyed_or_counted(
    tmp_path: Path, old: str, new: str, forbidden: int, left: int, is_straight: bool
) -> None:
    network = build_network(write_map(tmp_path, old, new), MANUAL)
    assert (network.quality.forbidden_turns, network.quality.restrictions_left) == (forbidden, left)
    assert (ride_east(network) == STRAIGHT) == is_straight


def test_what_is_no_restriction_is_none() -> None:
    assert read_restriction({"type": "route"}, []) is None
    assert read_restriction({"type": "restriction"}, []) is None


def test_packed_maps_and_cuts_keep_the_forbidden_turns(tmp_path: Path) -> None:
    osmium = pytest.importorskip("osmium")
    writer = osmium.SimpleWriter(str(tmp_path / "kota.osm.pbf"))
    for entry in osmium.FileProcessor(str(MAP)):
        writer.add(entry)
    writer.close()
    cut = fetch_network(tmp_path / "kota.graphml", Request(box=(117.4, -0.1, 117.6, 0.1)), extract=MAP)
    for path in (tmp_path / "kota.osm.pbf", cut):
        network = build_network(path, MANUAL)
        assert (network.quality.forbidden_turns, network.quality.knows_turns) == (1, True)
        assert "Gang Atas" in ride_east(network)
    assert build_network(cut, MANUAL).quality.source == "turn_restriction.osm"  # provenance names what it was cut from


def test_a_place_on_the_way_into_a_forbidden_turn_changes_nothing() -> None:
    network = build_network(MAP, MANUAL)
    link = int(network.forbidden_turns[0, 0])
    middle_m = [
        (at[network.link_from[link]] + at[network.link_to[link]]) / 2.0 for at in (network.node_x_m, network.node_y_m)
    ]
    twice = [np.array([middle, middle + 100.0 * (axis == 0)]) for axis, middle in enumerate(middle_m)]
    placed, nodes, _ = insert_places_xy(network, twice[0], twice[1], ["A", "B"])
    before, behind = placed.forbidden_turns[0]
    assert placed.link_to[before] == placed.link_from[behind] == network.link_to[link]
    ends = [int(nodes[0]), find_node(placed, {"Jalan Timur"})]
    names = [placed.link_name[k] for k in find_route(placed, ends, placed.link_length_m)]
    assert "Gang Atas" in names
    assert "Jalan Uji" not in names


# A square 0-1-2-3 of 100 m sides with a tail 4 before 0: nobody may turn from the tail towards 1.
DRAFT = build_synthetic(
    [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (-100.0, 0.0)],
    [LinkDraft(0, 1, name="Bawah"), LinkDraft(1, 2), LinkDraft(2, 3), LinkDraft(3, 0, name="Kiri"), LinkDraft(4, 0)],
)
TAIL = int(np.flatnonzero((DRAFT.link_from == 4) & (DRAFT.link_to == 0))[0])
SQUARE = dataclasses.replace(DRAFT, forbidden_turns=np.array([[TAIL, 0]], np.int32))


def list_nodes(links: np.ndarray) -> list[int]:
    return [int(SQUARE.link_from[links[0]]), *(int(node) for node in SQUARE.link_to[links])]


def test_declared_streets_and_other_routes_take_no_forbidden_turn_either() -> None:
    """From the tail to node 1 only round the square; declared streets may lead back to the one that is forbidden."""
    cost = SQUARE.link_length_m
    assert list_nodes(find_route(SQUARE, [4, 1], cost)) == [4, 0, 3, 2, 1]
    along = find_route_along(SQUARE, 4, 1, ["Bawah"], cost)
    pairs = set(zip(along[:-1].tolist(), along[1:].tolist(), strict=True))
    assert (TAIL, 0) not in pairs
    usual = find_route(SQUARE, [4, 2], cost)
    assert list_nodes(usual) == [4, 0, 3, 2]
    for network, expected in ((DRAFT, [[4, 0, 1, 2]]), (SQUARE, [])):
        others = find_alternatives(network, usual, cost, most=5, longest=2.0, overlap_share=0.9)
        assert [list_nodes(route) for route in others] == expected


def test_a_place_that_only_forbidden_turns_lead_to_is_told_with_what_to_do() -> None:
    line = build_synthetic([(0.0, 0.0), (100.0, 0.0), (200.0, 0.0)], [LinkDraft(0, 1), LinkDraft(1, 2)])
    closed = dataclasses.replace(line, forbidden_turns=np.array([[0, 2]], np.int32))
    with pytest.raises(RouteError, match="obeys_turns"):
        find_route(closed, [0, 2], closed.link_length_m)


def test_nobody_evades_a_forbidden_turn_by_turning_round_a_little_farther() -> None:
    """Over 60 m to a dead end and back is 220 m with the street behind it, the way back at its price 340; round the square 300."""
    stub = build_synthetic(
        [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (-100.0, 0.0), (0.0, -60.0)],
        [LinkDraft(0, 1), LinkDraft(1, 2), LinkDraft(2, 3), LinkDraft(3, 0), LinkDraft(4, 0), LinkDraft(0, 5)],
    )
    tail = int(np.flatnonzero((stub.link_from == 4) & (stub.link_to == 0))[0])
    network = dataclasses.replace(stub, forbidden_turns=np.array([[tail, 0]], np.int32))
    route = find_route(network, [4, 1], network.link_length_m)
    assert [int(network.link_to[k]) for k in route] == [0, 3, 2, 1]
