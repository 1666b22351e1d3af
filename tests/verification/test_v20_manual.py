"""V20: what a road carries is what MKJI 1997 says of it: C = C_0 · FC_W · FC_SP · FC_SF · FC_CS.

Read from OpenStreetMap tags, with FC_SP = FC_SF = FC_CS = 1 (directions 50–50, little side friction, a city of 1–3
million people), which is what the model takes; then ridden, so that the flow at the end of the road is the capacity.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.network import RoadNetwork, build_network
from tests.road_files import MANUAL, write_osm
from tests.towns import Unit, build_town_model, get_times

# tags, C_0 (pcu/h of the carriageway, one direction of a divided or one-way road), FC_W, directions that share it
WORKED = {
    "2/2 UD, 5 m": ({"highway": "residential", "width": "5"}, 2900.0, 0.56, 2),
    "2/2 UD, 6 m": ({"highway": "tertiary", "width": "6"}, 2900.0, 0.87, 2),
    "2/2 UD, 6.5 m, between two rows": ({"highway": "tertiary", "width": "6.5"}, 2900.0, 0.935, 2),
    "2/2 UD, 7 m": ({"highway": "secondary", "width": "7"}, 2900.0, 1.00, 2),
    "4/2 UD, lanes of 3.5 m": ({"highway": "secondary", "lanes": "4", "width": "14"}, 4 * 1500.0, 1.00, 2),
    "4/2 D, lanes of 3.25 m": ({"highway": "primary", "lanes": "4", "width": "13"}, 2 * 1650.0, 0.96, 1),
    "4/2 D, lanes of 3.75 m": ({"highway": "primary", "lanes": "4", "width": "15"}, 2 * 1650.0, 1.04, 1),
    "one-way, 2 lanes of 3 m": (
        {"highway": "primary", "oneway": "yes", "lanes": "2", "width": "6"},
        2 * 1650.0,
        0.92,
        1,
    ),
}
RETURN = {"highway": "primary", "oneway": "yes", "lanes": "1"}  # home from a one-way road


def build_road(tmp_path: Path, tags: dict[str, str]) -> tuple[RoadNetwork, int]:
    """Build the network of a road of about 1.1 km, and say which link leads east on it."""
    ways = [([2, 1], tags)] + ([([1, 4, 2], RETURN)] if "oneway" in tags else [])
    network = build_network(write_osm(tmp_path / "roads.osm", ways), MANUAL)
    dx = network.node_x_m[network.link_to] - network.node_x_m[network.link_from]
    return network, int(np.argmax(np.where(network.link_length_m < 1200.0, dx, -np.inf)))


@pytest.mark.parametrize("road", WORKED)
def test_the_capacity_of_a_road_is_that_of_the_worked_example(road: str, tmp_path: Path) -> None:
    """For instance 2/2 UD of 6 m: 2,900 · 0.87 = 2,523 pcu/h in both directions, 1,261.5 in each."""
    tags, base_pcu_h, width_factor, n_directions = WORKED[road]
    network, link = build_road(tmp_path, tags)
    expected_pcu_h = base_pcu_h * width_factor / n_directions
    assert network.link_capacity_pcu_s[link] * 3600.0 == pytest.approx(expected_pcu_h, rel=1e-12)
    if "oneway" not in tags:
        assert network.link_capacity_pcu_s[network.link_twin[link]] == network.link_capacity_pcu_s[link]


@pytest.mark.parametrize("pcu", [1.0, 0.25])
def test_a_saturated_road_discharges_the_capacity_of_the_manual(pcu: float, tmp_path: Path) -> None:
    """60 vehicles on 2/2 UD of 6 m: 1 pcu needs 3,600/1,261.5 = 2.854 s, and 59 headways lie between first and last."""
    network, east = build_road(tmp_path, WORKED["2/2 UD, 6 m"][0])
    west = int(network.link_twin[east])
    model = build_town_model(network, [Unit(1, [east], [west], n=60, pcu=pcu)])
    model.run()
    _, _, end_s = get_times(model, east)
    assert 59.0 * pcu / (end_s[59] - end_s[0]) * 3600.0 == pytest.approx(1261.5, rel=1e-9)
