"""W is what it says, and its runners can be trusted; nothing here depends on how fast the machine is."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from konvoi.engine.model import RallyModel
from konvoi.network import RoadNetwork
from tests.benchmarks import konvoi
from tests.benchmarks.answers import CONVOY_VEHICLES, Answer, Contacts, Sample, find_sampled_contacts, load_answer
from tests.benchmarks.compare import compare
from tests.benchmarks.workload import (
    ARTERIAL_LANES,
    COLUMNS,
    CONTACT_M,
    N_TOWN_NODES,
    PEOPLE_PER_VEHICLE,
    RIVER_AFTER_COLUMN,
    ROAD_FACTOR,
    VENUES,
    Workload,
    build_workload,
    load_workload,
)

pytestmark = pytest.mark.slow


@lru_cache
def build_small() -> Workload:
    return build_workload(n_vehicles=1000)


@lru_cache
def run_small() -> RallyModel:
    model = konvoi.build_model(konvoi.build_town(build_small()), konvoi.build_plan(build_small()))
    model.run()
    return model


def is_connected(network: RoadNetwork) -> bool:
    n = len(network.node_x_m)
    graph = csr_matrix((np.ones(len(network.link_from)), (network.link_from, network.link_to)), shape=(n, n))
    return int(connected_components(graph, connection="strong")[0]) == 1


def get_coordinates_m(workload: Workload) -> list[list[tuple[float, float]]]:
    """Where the nodes of each trip are."""
    network = workload.network
    routes = [workload.get_route(trip) for trip in range(2 * workload.n_convoys)]
    nodes = [[*network.link_from[route], network.link_to[route[-1]]] for route in routes]
    return [[(float(network.node_x_m[node]), float(network.node_y_m[node])) for node in one] for one in nodes]


def test_the_town_has_2000_nodes_and_5000_links_on_12_by_8_km() -> None:
    network = build_small().network
    assert len(network.node_x_m) == N_TOWN_NODES == 2035
    assert len(network.link_from) == 5000
    assert np.ptp(network.node_x_m) == pytest.approx(12_000.0)
    assert np.ptp(network.node_y_m) == pytest.approx(8_000.0)
    assert is_connected(network)


def test_arterials_and_streets_carry_what_the_one_driver_makes_of_them() -> None:
    network = build_small().network
    is_arterial = network.link_lanes == ARTERIAL_LANES
    assert 500 < np.count_nonzero(is_arterial) < 1000
    assert np.unique(network.link_free_speed_mps[is_arterial]) == pytest.approx([60.0 / 3.6])
    assert np.unique(network.link_free_speed_mps[~is_arterial]) == pytest.approx([30.0 / 3.6])
    assert np.unique(network.link_capacity_pcu_s[is_arterial]) == pytest.approx([2 * 2250.0 / 3600.0])
    assert np.unique(network.link_capacity_pcu_s[~is_arterial]) == pytest.approx([0.5])


def test_two_bridges_of_one_lane_per_direction_cross_the_river() -> None:
    network = build_small().network
    is_east = np.arange(len(network.node_x_m)) % COLUMNS > RIVER_AFTER_COLUMN
    crossing = is_east[network.link_from] != is_east[network.link_to]
    assert np.count_nonzero(crossing) == 4  # both directions of both
    assert np.unique(network.link_lanes[crossing]) == [1.0]
    assert {network.link_name[link] for link in np.flatnonzero(crossing)} == {"Jembatan"}


@pytest.mark.parametrize("n_vehicles", [1000, 4000, 16_000])
def test_convoys_of_100_ride_from_ten_assembly_points_to_venues_10_km_apart_and_home(n_vehicles: int) -> None:
    workload = build_workload(n_vehicles)
    assert workload.n_vehicles == n_vehicles
    assert workload.compute_departures_s().size == 2 * n_vehicles
    assert np.count_nonzero(workload.convoy_side == 1) * 2 == workload.n_convoys
    network = workload.network
    venue = [row * COLUMNS + column for column, row in VENUES]
    apart_m = np.hypot(np.diff(network.node_x_m[venue]), np.diff(network.node_y_m[venue]))
    assert apart_m == pytest.approx(10_000.0)
    origins: set[tuple[int, int]] = set()
    for convoy, side in enumerate(workload.convoy_side):
        out, home = workload.get_route(2 * convoy), workload.get_route(2 * convoy + 1)
        for route in (out, home):
            assert np.array_equal(network.link_to[route[:-1]], network.link_from[route[1:]])
        origin = int(network.link_from[out[0]])
        assert network.link_to[out[-1]] == network.link_from[home[0]] == venue[side - 1]
        assert network.link_to[home[-1]] == origin
        origins.add((int(side), origin))
    assert len(origins) == min(workload.n_convoys, 20)


@pytest.mark.parametrize("n_vehicles", [1000, 4000, 16_000])
def test_everybody_leaves_inside_an_hour_at_headways_of_2_s(n_vehicles: int) -> None:
    workload = build_workload(n_vehicles)
    departures_s = workload.compute_departures_s()
    assert np.diff(departures_s, axis=1) == pytest.approx(2.0)
    out, home = departures_s[0::2], departures_s[1::2]
    assert out.min() >= 0.0
    assert out.max() <= 3600.0
    assert home.min() >= 3 * 3600.0
    assert home.max() <= 4 * 3600.0
    # Two convoys never leave one assembly point at the same time.
    first_link = workload.route_link[workload.route_offset[:-1:2]]
    for link in np.unique(first_link):
        starts_s = np.sort(out[first_link == link, 0])
        assert np.all(np.diff(starts_s) >= 200.0)


def test_the_same_seed_builds_the_same_workload_and_another_one_another() -> None:
    first, second, other = build_workload(1000), build_workload(1000), build_workload(1000, seed=2)
    assert first.network.hash == second.network.hash != other.network.hash
    assert np.array_equal(first.route_link, second.route_link)
    assert np.array_equal(first.depart_s, second.depart_s)
    assert not np.array_equal(first.depart_s, other.depart_s)


@pytest.mark.parametrize("n_nodes", [1000, 5000, 20_000])
def test_another_number_of_nodes_changes_the_map_and_nobody_s_ride(n_nodes: int) -> None:
    workload = build_workload(1000, n_nodes)
    assert len(workload.network.node_x_m) == n_nodes
    assert 2.4 < len(workload.network.link_from) / n_nodes < 2.6
    assert is_connected(workload.network)
    assert get_coordinates_m(workload) == get_coordinates_m(build_small())
    assert np.array_equal(workload.depart_s, build_small().depart_s)


@pytest.mark.parametrize(("n_vehicles", "n_nodes"), [(300, 2035), (0, 2035), (1000, 100), (80_000, 2035)])
def test_what_does_not_fit_is_refused(n_vehicles: int, n_nodes: int) -> None:
    with pytest.raises(ValueError, match=r"given|cannot leave"):
        build_workload(n_vehicles, n_nodes)


def test_a_saved_workload_is_read_back(tmp_path: Path) -> None:
    build_small().save(tmp_path)
    again = load_workload(tmp_path)
    assert again.network.hash == build_small().network.hash
    assert np.array_equal(again.compute_departures_s(), build_small().compute_departures_s())
    assert np.array_equal(again.route_link, build_small().route_link)


def test_streets_meet_at_right_angles_so_that_the_limit_along_the_road_never_decides() -> None:
    network = build_small().network
    dx = network.node_x_m[network.link_to] - network.node_x_m[network.link_from]
    dy = network.node_y_m[network.link_to] - network.node_y_m[network.link_from]
    assert np.all(np.minimum(np.abs(dx), np.abs(dy)) < 1e-6)
    assert np.sqrt(2.0) * CONTACT_M < ROAD_FACTOR * CONTACT_M
    assert network.link_length_m.min() > 4 * CONTACT_M


def test_konvoi_is_measured_on_a_tiny_workload(tmp_path: Path) -> None:
    figures = konvoi.measure(200, N_TOWN_NODES, repetitions=1, answer_path=tmp_path / "konvoi.npz")
    workload = build_workload(200)
    free_s = workload.compute_free_time_s().sum() * CONVOY_VEHICLES
    assert figures["vehicle_s"] == pytest.approx(free_s, rel=0.01)
    assert figures["stranded"] == 0
    assert figures["rides"] == CONVOY_VEHICLES * len(workload.route_link)
    assert figures["cpu_s"] > 0.0
    trip_s = load_answer(tmp_path / "konvoi.npz").arrival_s - workload.compute_departures_s()
    assert np.all(trip_s >= workload.compute_free_time_s()[:, None] - 1e-6)


def test_contacts_sampled_every_second_are_the_engine_s_to_the_second() -> None:
    workload, model = build_small(), run_small()
    exact = konvoi.answer(workload, model)
    samples = konvoi.sample_positions(workload, model, 1.0)
    sampled = exact._replace(contacts=find_sampled_contacts(workload, samples, 1.0))
    agreement = compare(workload, exact, sampled)
    assert agreement.contacts[0] == agreement.contacts[1] == agreement.contacts_in_common > 0
    assert agreement.begin_p95_s < 1.0
    assert agreement.contact_time_s[0] == pytest.approx(agreement.contact_time_s[1], abs=agreement.contacts[0])
    assert agreement.find_differences() == []


def test_sampled_positions_are_between_the_moments_the_engine_knows() -> None:
    workload, model = build_small(), run_small()
    _, _, _, begin_s, end_s = konvoi.get_rides(workload, model)
    counted = sum(len(sample.rider) for sample in konvoi.sample_positions(workload, model, 1.0))
    assert counted == pytest.approx(float(np.sum(end_s - begin_s)), rel=0.002)


def pass_each_other(n: int, seconds: float) -> list[Sample]:
    """The first n riders of the first trip of either side within 50 m of each other for some seconds, from 0 on."""
    workload = build_small()
    other = 2 * int(np.argmax(workload.convoy_side == 2)) * CONVOY_VEHICLES
    rider = np.concatenate([np.arange(n), other + np.arange(n)])
    x_m = np.repeat([0.0, 49.0], n)
    return [Sample(float(t), rider, x_m, np.zeros(2 * n)) for t in np.arange(0.0, seconds)]


@pytest.mark.parametrize(("n", "seconds", "found"), [(5, 10, 1), (4, 10, 0), (5, 9, 0), (50, 30, 1)])
def test_a_sampled_contact_needs_ten_seconds_and_ten_people(n: int, seconds: float, found: int) -> None:
    assert PEOPLE_PER_VEHICLE == 2.0
    assert len(find_sampled_contacts(build_small(), pass_each_other(n, seconds), 1.0).begin_s) == found


@pytest.mark.parametrize(("pause_s", "found"), [(59.0, 1), (60.0, 2)])
def test_sampled_near_times_are_merged_over_less_than_a_minute(pause_s: float, found: int) -> None:
    first = pass_each_other(10, 20)
    second = [sample._replace(time_s=sample.time_s + 20.0 + pause_s) for sample in first]
    contacts = find_sampled_contacts(build_small(), [*first, *second], 1.0)
    assert len(contacts.begin_s) == found
    assert contacts.begin_s[0] == -0.5
    assert contacts.end_s[-1] == pytest.approx(39.5 + pause_s)


def test_the_comparison_marks_what_differs_by_more_than_a_tenth() -> None:
    workload = build_small()
    ours = konvoi.answer(workload, run_small())
    departures_s = workload.compute_departures_s()
    late = Answer(departures_s + 1.2 * (ours.arrival_s - departures_s), ours.contacts)
    none = ours._replace(contacts=Contacts(*(column[:0] for column in ours.contacts)))
    assert [word.rsplit(" ", 1)[0] for word in compare(workload, ours, late).find_differences()] == [
        "trips out",
        "trips home",
        "arrivals",
    ]
    assert compare(workload, ours, none).find_differences() == ["contacts -100%", "contacts in common -100%"]
