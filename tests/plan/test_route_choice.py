"""Independent riders choose among reasonable routes: shares derived by hand, and no other draw moves."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from konvoi.engine.state import list_rides
from konvoi.network import LinkDraft, RoadNetwork, build_synthetic
from konvoi.plan.build import build_plan, draw_ways
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND, Way
from konvoi.replication import build_model
from konvoi.routing import compute_route_shares, find_alternatives, find_route
from konvoi.units import kmh_to_mps
from tests.support.crossroads import load_crossroads

SPEED_MPS = kmh_to_mps(36.0)  # 10 m/s


def build_town(*detours_m: float, trunk_m: float = 0.0) -> RoadNetwork:
    """Roads side by side from node 1 to node 2, each over a node of its own; a trunk of all leads to node 1."""
    nodes = [(-trunk_m, 0.0), (0.0, 0.0), (1000.0, 0.0), *((500.0, 100.0 * k) for k in range(len(detours_m)))]
    roads = [LinkDraft(0, 1, speed_kmh=36.0)] if trunk_m else []
    for k, length_m in enumerate(detours_m):
        roads += [LinkDraft(a, b, speed_kmh=36.0, length_m=length_m / 2) for a, b in ((1, 3 + k), (3 + k, 2))]
    return build_synthetic(nodes, roads)


def find_all(network: RoadNetwork, start: int = 1, **limits: float) -> list[np.ndarray]:
    cost_s = network.link_length_m / network.link_free_speed_mps
    usual = find_route(network, [start, 2], cost_s)
    rule = {"most": 5, "longest": 2.0, "overlap_share": 0.7, **limits}
    return [usual, *find_alternatives(network, usual, cost_s, **rule)]  # type: ignore[arg-type]


def share(network: RoadNetwork, routes: list[np.ndarray], spread_s: float) -> list[float]:
    cost_s = network.link_length_m / network.link_free_speed_mps
    return [round(float(part), 9) for part in compute_route_shares(network, routes, cost_s, spread_s)]


def test_two_equal_roads_are_taken_by_half_of_the_riders_each() -> None:
    network = build_town(1000.0, 1000.0)
    assert share(network, find_all(network), 60.0) == [0.5, 0.5]


def test_a_road_that_takes_a_spread_longer_is_e_times_as_rare() -> None:
    network = build_town(1000.0, 1600.0)  # 100 s and 160 s
    routes = find_all(network)
    assert share(network, routes, 60.0) == pytest.approx([np.e / (1 + np.e), 1 / (1 + np.e)])
    assert share(network, routes, 1.0)[0] == pytest.approx(1.0)


def test_roads_that_overlap_share_what_they_have_in_common() -> None:
    """Of three equal routes, two use one first half: by the path size 1 : 3/4 : 3/4, so 0.4, 0.3 and 0.3 of the riders."""
    nodes = [(0.0, 0.0), (500.0, -100.0), (1000.0, 0.0), (500.0, 100.0), (750.0, 50.0), (750.0, 150.0)]
    halves = [(0, 1), (1, 2), (0, 3)]
    quarters = [(3, 4), (4, 2), (3, 5), (5, 2)]
    network = build_synthetic(
        nodes,
        [LinkDraft(a, b, speed_kmh=36.0, length_m=500.0) for a, b in halves]
        + [LinkDraft(a, b, speed_kmh=36.0, length_m=250.0) for a, b in quarters],
    )
    cost_s = network.link_length_m / network.link_free_speed_mps
    usual = find_route(network, [0, 2], cost_s)
    routes = [usual, *find_alternatives(network, usual, cost_s, most=5, longest=1.5, overlap_share=0.7)]
    assert len(routes) == 3
    assert sorted(share(network, routes, 60.0)) == pytest.approx([0.3, 0.3, 0.4])
    alone = find_alternatives(network, usual, cost_s, most=5, longest=1.5, overlap_share=0.4)
    assert len(alone) == 1  # of the two that overlap by half, one


def test_routes_are_few_reasonable_and_pass_no_node_twice() -> None:
    network = build_town(1000.0, 1100.0, 1200.0, 1900.0, 2100.0)
    routes = find_all(network)
    lengths = [float(network.link_length_m[route].sum()) for route in routes]
    assert lengths == [1000.0, 1100.0, 1200.0, 1900.0]  # one is longer than twice the shortest
    assert [float(network.link_length_m[route].sum()) for route in find_all(network, most=2)] == [1000.0, 1100.0]
    assert len(find_all(network, longest=1.0)) == 1
    for route in routes:
        passed = [*network.link_from[route].tolist(), 2]
        assert len(set(passed)) == len(passed)


def test_a_trunk_that_all_must_ride_makes_routes_alike() -> None:
    # 1,000 m of 2,000 m in common is half; a trunk of 3,000 m is three quarters of either route.
    assert len(find_all(build_town(1000.0, 1000.0, trunk_m=1000.0), start=0)) == 2
    assert len(find_all(build_town(1000.0, 1000.0, trunk_m=3000.0), start=0)) == 1


CHOICE = {"spread_min": 2.0, "most": 3, "longest": 3.0, "overlap_share": 1.0}


def test_nobody_but_independent_riders_chooses_and_no_other_draw_moves() -> None:
    config, _, routes = load_crossroads()
    plain = build_plan(config, routes, seed=5)
    assert routes.ways == ()
    assert plain.vehicle_way is None
    links = routes.route_link[routes.route_offset[2] : routes.route_offset[3]]
    group = int(np.flatnonzero(~routes.unit_is_organised)[0])
    chosen = dataclasses.replace(routes, ways=(Way(2 * group + OUTBOUND, links, 0.25),))
    plan = build_plan(config, chosen, seed=5)
    for field in dataclasses.fields(plan):
        if field.name not in {"routes", "vehicle_way"}:
            np.testing.assert_array_equal(getattr(plan, field.name), getattr(plain, field.name))
    assert plan.vehicle_way is not None
    rows = slice(plan.vehicle_offset[group], plan.vehicle_offset[group + 1])
    n = rows.stop - rows.start
    assert (
        plan.vehicle_way[rows, OUTBOUND].sum()
        == plan.vehicle_way.sum()
        == pytest.approx(n / 4, abs=4 * np.sqrt(n * 3 / 16))
    )


def test_more_people_move_nobody_to_another_route() -> None:
    _, _, routes = load_crossroads()
    group = int(np.flatnonzero(~routes.unit_is_organised)[0])
    way = Way(2 * group + HOMEBOUND, routes.route_link[:1], 0.5)
    routes = dataclasses.replace(routes, ways=(way,))
    few, many = ([100] * routes.n_units, [150] * routes.n_units)
    first, more = draw_ways(routes, few, few, 3), draw_ways(routes, many, many, 3)
    begin = 100 * group, 150 * group
    np.testing.assert_array_equal(first[begin[0] : begin[0] + 100], more[begin[1] : begin[1] + 100])
    joined = draw_ways(routes, few, [count + 20 for count in few], 3)
    np.testing.assert_array_equal(joined[120 * group : 120 * group + 100], first[begin[0] : begin[0] + 100])


def test_riders_arrive_by_the_way_they_chose() -> None:
    """Half of a group ride round the block: as many rides on its first link as chose it, and all come home."""
    config, town, routes = load_crossroads(behaviour={"route_choice": CHOICE})
    assert routes.ways == ()  # a crossroads has one way only
    group = int(np.flatnonzero(~routes.unit_is_organised)[0])
    trip = 2 * group + OUTBOUND
    usual = routes.route_link[routes.route_offset[trip] : routes.route_offset[trip + 1]]
    there_and_back = np.array([usual[0], town.network.link_twin[usual[0]]], np.int32)
    longer = np.concatenate([there_and_back, usual]).astype(np.int32)
    model = build_model(config, town, dataclasses.replace(routes, ways=(Way(trip, longer, 0.5),)), seed=5)
    model.run()
    assert model.n_stranded == 0
    rides = list_rides(model.state)
    plan = model.plan
    assert plan.vehicle_way is not None
    n_chose = int(plan.vehicle_way[:, OUTBOUND].sum())
    own = plan.vehicle_unit[rides.vehicle] == group
    turned = own & (model.state.roads.route_link[rides.step] == there_and_back[1]) & np.isfinite(rides.end_s)
    # The way home passes there too.
    home = model.state.roads.step_trip[rides.step] == 2 * group + HOMEBOUND
    assert np.count_nonzero(turned & ~home) == n_chose > 0
