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
        (2000.0, 0.0, EAST, "Jl. Raya"),  # far from both
        (0.0, 700.0, SIDE, "Jl. Kecil"),
    ],
)
def test_a_place_on_the_road_is_called_by_its_junction_its_venue_or_its_street(
    x_m: float, y_m: float, link: int, name: str
) -> None:
    names = build_names()
    assert names.find_names(np.array([x_m]), np.array([y_m]), np.array([link], np.int32)).tolist() == [name]


def test_a_nameless_street_leaves_the_nearest_junction() -> None:
    town = build_synthetic([(0.0, 0.0), (4000.0, 0.0)], [LinkDraft(0, 1)])
    names = Junctions(town)
    assert names.find_names(np.array([2900.0]), np.zeros(1), np.zeros(1, np.int32)).tolist() == ["simpul 1"]
    assert len(names.find_names(np.empty(0), np.empty(0), np.empty(0, np.int32))) == 0


def test_a_town_names_its_junctions_and_venues_but_no_assembly_point() -> None:
    _, town, _ = load_crossroads()
    assert {"Simpang Empat", "Lapangan Timur", "Lapangan Selatan"} <= set(town.junctions.name)
    assert not any("Titik kumpul" in name for name in (*town.junctions.name, *town.junctions.node_name))
