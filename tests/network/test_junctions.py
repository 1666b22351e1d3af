"""Where a contact is, in words people use on the road."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.network import LinkDraft, build_synthetic, insert_places_xy
from konvoi.network.junctions import Junctions
from tests.support.crossroads import load_crossroads

WEST, EAST, SIDE = 0, 2, 4  # links towards the junction


def build_names() -> Junctions:
    """Name a long road with a junction at its middle, an assembly point at 600 m and a venue at 3,600 m of it."""
    roads = [LinkDraft(1, 0, name="Jl. Raya"), LinkDraft(2, 0, name="Jl. Raya"), LinkDraft(3, 0, name="Jl. Kecil")]
    town = build_synthetic([(0.0, 0.0), (-5000.0, 0.0), (5000.0, 0.0), (0.0, 900.0)], roads)
    town, node, _ = insert_places_xy(
        town, np.array([600.0, 3600.0]), np.array([0.0, 0.0]), ["Jl. Raya (1)", "Lapangan Timur"]
    )
    return Junctions(town, places=node.tolist(), venues=[int(node[1])])


@pytest.mark.parametrize(
    ("x_m", "y_m", "link", "name"),
    [
        (-300.0, 0.0, WEST, "Jl. Kecil – Jl. Raya"),
        (450.0, 0.0, EAST, "Jl. Kecil – Jl. Raya"),  # nearer to an assembly point, which nobody calls anything
        (3500.0, 0.0, EAST, "Lapangan Timur"),
        (2000.0, 0.0, EAST, "Jl. Raya (1.500 m di barat Lapangan Timur)"),  # far from both
        (-4100.0, 0.0, WEST, "Jl. Raya (4.000 m di barat Jl. Kecil – Jl. Raya)"),
        (0.0, 700.0, SIDE, "Jl. Kecil (500 m di utara Jl. Kecil – Jl. Raya)"),
    ],
)
def test_a_place_on_the_road_is_called_by_its_junction_its_venue_or_its_street(
    x_m: float, y_m: float, link: int, name: str
) -> None:
    names = build_names()
    assert names.find_names(np.array([x_m]), np.array([y_m]), np.array([link], np.int32)).tolist() == [name]


def test_side_streets_without_names_are_places_of_their_own() -> None:
    """A main street of 4 km with a nameless side street every 400 m, one named one, and a divided crossing."""
    nodes = [(400.0 * k, 0.0) for k in range(11)] + [(400.0 * k, 300.0) for k in range(1, 10)] + [(1210.0, 0.0)]
    main = [(0, 1), (1, 2), (2, 3), (3, 20), (20, 4), *((k, k + 1) for k in range(4, 10))]
    roads = [LinkDraft(a, b, name="Jl. Raya") for a, b in main]
    roads += [LinkDraft(k, k + 10, name="Jl. Kecil" if k == 1 else "") for k in range(1, 10)]
    roads.append(LinkDraft(20, 13))
    names = Junctions(build_synthetic(nodes, roads))
    at_m = np.array([410.0, 795.0, 1190.0, 1215.0, 1590.0])
    found = names.find_names(at_m, np.zeros(5), np.zeros(5, np.int32)).tolist()
    assert found == [
        "Jl. Kecil – Jl. Raya",
        "Jl. Raya (400 m di timur Jl. Kecil – Jl. Raya)",
        "Jl. Raya (800 m di timur Jl. Kecil – Jl. Raya)",
        "Jl. Raya (800 m di timur Jl. Kecil – Jl. Raya)",
        "Jl. Raya (1.200 m di timur Jl. Kecil – Jl. Raya)",
    ]
    assert names.is_landmark.sum() == 1
    shown = [name for name in names.node_name if name]
    assert len(shown) - len(set(shown)) == 1  # both nodes of the divided crossing


def test_a_street_without_any_landmark_still_has_places_of_their_own() -> None:
    nodes = [(400.0 * k, 0.0) for k in range(5)] + [(400.0 * k, 300.0) for k in range(1, 4)]
    roads = [LinkDraft(k, k + 1, name="Jl. Raya") for k in range(4)] + [LinkDraft(k, k + 4) for k in range(1, 4)]
    names = Junctions(build_synthetic(nodes, roads))
    assert sorted(names.name.tolist()) == ["Jl. Raya (1)", "Jl. Raya (2)", "Jl. Raya (3)"]


def test_a_nameless_street_leaves_the_nearest_junction() -> None:
    town = build_synthetic([(0.0, 0.0), (4000.0, 0.0)], [LinkDraft(0, 1)])
    names = Junctions(town)
    assert names.find_names(np.array([2900.0]), np.zeros(1), np.zeros(1, np.int32)).tolist() == ["simpul 1"]
    assert len(names.find_names(np.empty(0), np.empty(0), np.empty(0, np.int32))) == 0


def test_a_town_names_its_junctions_and_venues_but_no_assembly_point() -> None:
    _, town, _ = load_crossroads()
    assert {"Simpang Empat", "Lapangan Timur", "Lapangan Selatan"} <= set(town.junctions.name)
    assert not any("Titik kumpul" in name for name in (*town.junctions.name, *town.junctions.node_name))
