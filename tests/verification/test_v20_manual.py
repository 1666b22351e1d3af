"""V20: what a road carries is what MKJI 1997 says of it: C = C_0 · FC_W · FC_SP · FC_SF · FC_CS.

Read from OpenStreetMap tags, with FC_SP = FC_SF = FC_CS = 1 (directions 50–50, little side friction, a city of 1–3
million people), which is what the model takes; then ridden, so that the flow at the end of the road is the capacity.
"""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.network import RoadNetwork, build_network
from tests.support.road_files import MANUAL, write_osm
from tests.support.towns import Unit, build_town_model, get_times

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
HUB = {0: (117.50, 0.50)}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> RoadNetwork:
    """All roads of the table as arms of one junction, named as there; the one-way one leads to the end of the first."""
    nodes, ways = dict(HUB), []
    for k, (name, (tags, *_)) in enumerate(WORKED.items(), start=1):
        angle = 2.0 * np.pi * k / len(WORKED)
        nodes[k] = (117.50 + 0.005 * np.cos(angle), 0.50 + 0.005 * np.sin(angle))
        ways.append(([0, k, 1] if "oneway" in tags else [k, 0], {**tags, "name": name}))
    return build_network(write_osm(tmp_path_factory.mktemp("roads") / "roads.osm", ways, nodes), MANUAL)


@pytest.mark.parametrize("road", WORKED)
def test_the_capacity_of_a_road_is_that_of_the_worked_example(road: str, network: RoadNetwork) -> None:
    """For instance 2/2 UD of 6 m: 2,900 · 0.87 = 2,523 pcu/h in both directions, 1,261.5 in each."""
    tags, base_pcu_h, width_factor, n_directions = WORKED[road]
    links = [link for link, name in enumerate(network.link_name) if name == road]
    assert len(links) == (1 if "oneway" in tags else 2)
    expected_pcu_h = base_pcu_h * width_factor / n_directions
    assert network.link_capacity_pcu_s[links] * 3600.0 == pytest.approx(expected_pcu_h, rel=1e-12)


@pytest.mark.parametrize("pcu", [1.0, 0.25])
def test_a_saturated_road_discharges_the_capacity_of_the_manual(pcu: float, network: RoadNetwork) -> None:
    """60 vehicles on 2/2 UD of 6 m: 1 pcu needs 3,600/1,261.5 = 2.854 s, and 59 headways lie between first and last."""
    link = network.link_name.index("2/2 UD, 6 m")
    model = build_town_model(network, [Unit(1, [link], [int(network.link_twin[link])], n=60, pcu=pcu)])
    model.run()
    _, _, end_s = get_times(model, link)
    assert 59.0 * pcu / (end_s[59] - end_s[0]) * 3600.0 == pytest.approx(1261.5, rel=1e-10)
