"""W on konvoi's engine: CPU time per replication, split in movement and contacts, and the answer for the cross-check.

    python -m tests.benchmarks.konvoi --vehicles 4000 [--nodes 2035] [--idle-hours 24] [--repetitions 5] [--answer FILE]

prints one JSON object. A replication is what a sweep pays for each: build the model, run it, find the contacts and
compute every metric (`konvoi.replication.summarise`). The town (network, cells) and the plan are prepared once.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from konvoi.config.settings import ContactRule
from konvoi.contacts import search
from konvoi.contacts.rows import ContactLimits
from konvoi.contacts.segments import build_cells
from konvoi.contacts.stretches import build_stretches
from konvoi.engine.crossings import build_crossings
from konvoi.engine.model import RallyModel
from konvoi.network.junctions import Junctions
from konvoi.plan.day_plan import DayPlan
from konvoi.replication import build_grade_limits, summarise
from konvoi.town import Town
from tests.benchmarks.answers import Answer, Contacts, Sample, find_sampled_contacts
from tests.benchmarks.workload import (
    CONTACT_M,
    CONVOY_HEADWAY_S,
    CONVOY_VEHICLES,
    HORIZON_S,
    HOUR_S,
    JAM_DENSITY_PER_M,
    MERGE_S,
    MIN_CONTACT_S,
    MIN_PEOPLE,
    N_TOWN_NODES,
    PEOPLE_PER_VEHICLE,
    ROAD_FACTOR,
    TIME_GAP_S,
    Workload,
    build_workload,
)
from tests.support.towns import Unit, build_plan_by_hand

CELL_M = 250.0  # as in configs/
LIMITS = ContactLimits(MERGE_S, MIN_CONTACT_S, MIN_PEOPLE, build_grade_limits(ContactRule()))


def build_plan(workload: Workload) -> DayPlan:
    """Build the plan of W: every convoy one unit; venue gates that hinder nobody, since no other simulator has any."""
    release_s = CONVOY_HEADWAY_S * np.arange(CONVOY_VEHICLES)
    units = [
        Unit(
            side=int(workload.convoy_side[convoy]),
            out=workload.get_route(2 * convoy).tolist(),
            home=workload.get_route(2 * convoy + 1).tolist(),
            depart_s=float(workload.depart_s[convoy, 0]),
            home_s=float(workload.depart_s[convoy, 1]),
            n=CONVOY_VEHICLES,
            people=PEOPLE_PER_VEHICLE,
            release_s=release_s.tolist(),
        )
        for convoy in range(workload.n_convoys)
    ]
    return build_plan_by_hand(units, gate_pcu_s=100.0)


def build_town(workload: Workload) -> Town:
    """Prepare W's town."""
    network = workload.network
    cells = build_cells(network, CELL_M, CONTACT_M, ROAD_FACTOR * CONTACT_M)
    stretches = build_stretches(network, cells, ContactRule().place_m)
    return Town(network, cells, build_crossings(network), Junctions(network), {}, {}, stretches=stretches)


def build_model(town: Town, plan: DayPlan, horizon_h: float = HORIZON_S / HOUR_S) -> RallyModel:
    """Build one replication of W, cut at its horizon."""
    return RallyModel(town.network, town.cells, town.crossings, plan, LIMITS, max_day_h=horizon_h)


def find_contacts(model: RallyModel) -> Any:
    """Return the engine's contacts: one tuple of arrays, which older engines return with sums per pair of trips."""
    found = search.find_contacts(model)
    return found if hasattr(found, "begin_s") else found[0]


def answer(workload: Workload, model: RallyModel) -> Answer:
    """Say who arrived when (at the end of the last link) and which contacts there were."""
    vehicle, trip, link, _, end_s = get_rides(workload, model)
    last = workload.route_link[workload.route_offset[1:] - 1]
    is_last = (link == last[trip]) & np.isfinite(end_s)
    arrival_s = np.full((2 * workload.n_convoys, CONVOY_VEHICLES), -np.inf)
    np.maximum.at(arrival_s, (trip[is_last], vehicle[is_last] % CONVOY_VEHICLES), end_s[is_last])
    arrival_s[np.isinf(arrival_s)] = np.nan
    contacts = find_contacts(model)
    return Answer(
        arrival_s,
        Contacts(contacts.trip_1.astype(np.int64), contacts.trip_2.astype(np.int64), contacts.begin_s, contacts.end_s),
    )


def get_rides(workload: Workload, model: RallyModel) -> tuple[np.ndarray, ...]:
    """Return vehicle, trip, link, begin and end (s, NaN while riding) of all rides of real links."""
    rows = model.list_rides()
    is_real = rows.link < len(workload.network.link_from)
    columns = rows.vehicle, model.state.roads.step_trip[rows.step], rows.link, rows.begin_s, rows.end_s
    return tuple(column[is_real] for column in columns)


def sample_positions(workload: Workload, model: RallyModel, period_s: float) -> Iterator[Sample]:
    """Sample positions from when vehicles entered and left links, by Newell's rule, apart from the engine's own code.

    A vehicle rides freely until the k-th vehicle before it on the link holds it up: that one stands at the end of the
    link until it leaves and rides on at free speed, and what it does is done k·δ behind it k·τ later:
    x(t) = min(v·(t − B), min over k of L − k·δ + v·max(0, t − E_k − k·τ)).
    """
    network = workload.network
    vehicle, trip, link, begin_s, end_s = get_rides(workload, model)
    end_s = np.where(np.isfinite(end_s), end_s, HORIZON_S)
    order = np.lexsort((begin_s, link))
    vehicle, trip, link, begin_s, end_s = (column[order] for column in (vehicle, trip, link, begin_s, end_s))
    length_m, speed_mps = network.link_length_m[link], network.link_free_speed_mps[link]
    delta_m = 1.0 / (JAM_DENSITY_PER_M * network.link_lanes[link])
    tau_s = TIME_GAP_S / network.link_lanes[link]
    first = np.ceil(begin_s / period_s).astype(np.int64)
    counts = np.maximum(0, np.ceil(end_s / period_s).astype(np.int64) - first)
    row = np.repeat(np.arange(len(link)), counts)
    tick = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts) + first[row]
    time_s = period_s * tick
    x_m = np.minimum(speed_mps[row] * (time_s - begin_s[row]), length_m[row])
    is_late = (end_s - begin_s - length_m / speed_mps > 1e-6)[row]
    k = 0
    held = np.flatnonzero(is_late)
    while len(held):
        k += 1
        own = row[held]
        ahead = own - k
        is_held = (ahead >= 0) & (link[ahead] == link[own])
        # Who left (with its wave) before the vehicle came holds up neither it nor do those before.
        is_held &= end_s[ahead] + k * tau_s[own] > begin_s[own]
        held, own, ahead = held[is_held], own[is_held], ahead[is_held]
        since_s = np.maximum(0.0, time_s[held] - end_s[ahead] - k * tau_s[own])
        bound_m = length_m[own] - k * delta_m[own] + speed_mps[own] * since_s
        x_m[held] = np.minimum(x_m[held], np.maximum(bound_m, 0.0))
    share = x_m / length_m[row]
    start, end = network.link_from[link[row]], network.link_to[link[row]]
    at_x = network.node_x_m[start] + share * (network.node_x_m[end] - network.node_x_m[start])
    at_y = network.node_y_m[start] + share * (network.node_y_m[end] - network.node_y_m[start])
    rider = trip[row].astype(np.int64) * CONVOY_VEHICLES + vehicle[row] % CONVOY_VEHICLES
    order = np.argsort(tick, kind="stable")
    bounds = np.flatnonzero(np.diff(tick[order], prepend=-1, append=-1))
    for a, b in pairwise(bounds):
        chosen = order[a:b]
        yield Sample(float(time_s[chosen[0]]), rider[chosen], at_x[chosen], at_y[chosen])


def measure(
    n_vehicles: int, n_nodes: int, repetitions: int, answer_path: Path | None = None, idle_h: float = 0.0
) -> dict[str, Any]:
    """Measure replications of W after a warm-up: medians of CPU seconds of this process.

    Parameters
    ----------
    answer_path
        Where to write the answer, and beside it the one with contacts found in sampled positions.
    idle_h
        Hours more without anybody on the road before the way home.
    """
    summarise_small()
    memory_before_mb = get_peak_memory_mb()
    workload = build_workload(n_vehicles, n_nodes)
    workload = replace(workload, depart_s=workload.depart_s + np.array([0.0, idle_h * HOUR_S]))
    town, plan = build_town(workload), build_plan(workload)
    movement_s, contacts_s = [], []
    for _ in range(repetitions):
        gc.collect()
        start_s = time.process_time()
        model = build_model(town, plan, HORIZON_S / HOUR_S + idle_h)
        model.run()
        moved_s = time.process_time()
        outcome = summarise(model, town, 0)
        contacts_s.append(time.process_time() - moved_s)
        movement_s.append(moved_s - start_s)
    peak_memory_mb = get_peak_memory_mb()
    if answer_path is not None:
        exact = answer(workload, model)
        exact.save(answer_path)
        sampled = find_sampled_contacts(workload, sample_positions(workload, model, 1.0), 1.0)
        exact._replace(contacts=sampled).save(answer_path.with_name(f"{answer_path.stem}_sampled.npz"))
    rides = get_rides(workload, model)
    ridden_s = float(np.nansum(rides[4] - rides[3]))
    cpu_s = [a + b for a, b in zip(movement_s, contacts_s, strict=True)]
    return {
        "cpu_s": statistics.median(cpu_s),
        "cpu_min_s": min(cpu_s),
        "cpu_max_s": max(cpu_s),
        "movement_s": statistics.median(movement_s),
        "contacts_s": statistics.median(contacts_s),
        "vehicle_s": ridden_s,
        "ns_per_vehicle_step": 1e9 * statistics.median(cpu_s) / ridden_s,
        "rides": len(rides[0]),
        "events": model.n_events,
        "contacts": outcome.row["contacts"],
        "stranded": model.n_stranded,
        "nodes": len(town.network.node_x_m),
        "links": len(town.network.link_from),
        "vehicles": n_vehicles,
        "memory_before_mb": memory_before_mb,
        "peak_memory_mb": peak_memory_mb,
    }


def get_peak_memory_mb() -> float:
    """Return the most memory this process has held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def summarise_small() -> None:
    """Warm up: compile (or load) every kernel on a W of 200 vehicles."""
    workload = build_workload(2 * CONVOY_VEHICLES)
    town = build_town(workload)
    model = build_model(town, build_plan(workload))
    model.run()
    summarise(model, town, 0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vehicles", type=int, default=4000)
    parser.add_argument("--nodes", type=int, default=N_TOWN_NODES)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--idle-hours", type=float, default=0.0)
    parser.add_argument("--answer", type=Path)
    given = parser.parse_args()
    print(json.dumps(measure(given.vehicles, given.nodes, given.repetitions, given.answer, given.idle_hours)))


if __name__ == "__main__":
    main()
