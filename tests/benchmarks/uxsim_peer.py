"""W on UXsim's C++ engine, with single vehicles or platoons: run, contacts from its log.

python -m tests.benchmarks.uxsim_peer FOLDER --platoon 1 --answer FILE.npz          (FOLDER holds a saved workload)
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from uxsim import World

from tests.benchmarks.answers import Answer, Sample, find_sampled_contacts
from tests.benchmarks.workload import (
    CONVOY_VEHICLES,
    HORIZON_S,
    JAM_DENSITY_PER_M,
    TIME_GAP_S,
    Workload,
    load_workload,
)

RUNNING = 2  # UXsim's code in its log


def run(workload: Workload, platoon: int) -> Answer:
    """Run UXsim; it moves ``platoon`` vehicles as one and steps by the reaction time of as many."""
    world = build_world(workload, platoon)
    riders, vehicles = add_vehicles(workload, world, platoon)
    # Short of the horizon by a step: at the very end UXsim copies its log and computes statistics nobody asked for.
    world.exec_simulation(until_t=HORIZON_S - 2.0 * world.DELTAT)
    arrival_s = np.array([vehicle._cpp_vehicle.arrival_time for vehicle in vehicles])
    per_convoy = CONVOY_VEHICLES // platoon
    arrival_s = np.repeat(np.where(arrival_s < 0.0, np.nan, arrival_s).reshape(-1, per_convoy), platoon, axis=1)
    samples = sample_positions(workload, world, riders)
    return Answer(arrival_s, find_sampled_contacts(workload, samples, world.DELTAT, platoon))


def build_world(workload: Workload, platoon: int) -> World:
    """Build the town; routes are given, so that choosing them anew is put off beyond the horizon."""
    world = World(
        deltan=platoon, reaction_time=TIME_GAP_S, tmax=HORIZON_S, duo_update_time=10 * HORIZON_S, random_seed=1,
        print_mode=0, save_mode=0, show_progress=0, cpp=True,
    )  # fmt: skip
    network = workload.network
    for node, (x_m, y_m) in enumerate(zip(network.node_x_m.tolist(), network.node_y_m.tolist(), strict=True)):
        world.addNode(str(node), x_m, y_m)
    for link in range(len(network.link_from)):
        world.addLink(
            str(link),
            str(network.link_from[link]),
            str(network.link_to[link]),
            float(network.link_length_m[link]),
            free_flow_speed=float(network.link_free_speed_mps[link]),
            jam_density_per_lane=JAM_DENSITY_PER_M,
            number_of_lanes=int(network.link_lanes[link]),
            merge_priority=float(network.link_capacity_pcu_s[link]),
        )
    return world


def add_vehicles(workload: Workload, world: World, platoon: int) -> tuple[np.ndarray, list]:
    """Add the vehicles by departure; return each one's (first) rider, and the vehicles in the order of riders."""
    departures_s = workload.compute_departures_s().reshape(-1, platoon).mean(axis=1)
    network = workload.network
    routes = [[world.LINKS[link] for link in workload.get_route(trip)] for trip in range(2 * workload.n_convoys)]
    order = np.argsort(departures_s, kind="stable")
    vehicles = [None] * len(order)
    for index in order:
        trip = int(index) * platoon // CONVOY_VEHICLES
        links = workload.get_route(trip)
        start, end = str(network.link_from[links[0]]), str(network.link_to[links[-1]])
        vehicles[index] = world.addVehicle(start, end, float(departures_s[index]))
        vehicles[index].enforce_route(routes[trip])
    return order * platoon, vehicles


def sample_positions(workload: Workload, world: World, riders: np.ndarray) -> Iterator[Sample]:
    """Read UXsim's log, which has one row per running vehicle and step."""
    log = world._cpp_world.build_all_vehicle_logs_flat_compact()
    rider = np.repeat(riders, np.diff(log["offsets"]))
    is_running = np.asarray(log["log_state"]) == RUNNING
    rider, time_s = rider[is_running], np.asarray(log["log_t"])[is_running]
    link, offset_m = np.asarray(log["log_link"])[is_running], np.asarray(log["log_x"])[is_running]
    network = workload.network
    share = offset_m / network.link_length_m[link]
    start, end = network.link_from[link], network.link_to[link]
    x_m = network.node_x_m[start] + share * (network.node_x_m[end] - network.node_x_m[start])
    y_m = network.node_y_m[start] + share * (network.node_y_m[end] - network.node_y_m[start])
    order = np.argsort(time_s, kind="stable")
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(time_s[order]) > 1e-6) + 1, [len(order)]])
    for a, b in pairwise(bounds):
        chosen = order[a:b]
        yield Sample(float(time_s[chosen[0]]), rider[chosen], x_m[chosen], y_m[chosen])


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--platoon", type=int, default=1)
    parser.add_argument("--answer", type=Path, required=True)
    given = parser.parse_args()
    run(load_workload(given.folder), given.platoon).save(given.answer)


if __name__ == "__main__":
    main()
