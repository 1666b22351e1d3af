"""The kernels said again in plain Python, as slowly and plainly as can be."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from konvoi.contacts.rows import Contacts
from konvoi.contacts.search import time_rides_of
from konvoi.engine.model import RallyModel
from konvoi.plan.stops import Crowd


def find_near_union(model: RallyModel, unit_1: int, unit_2: int, step_s: float) -> list[float]:
    """Return the sampled moments at which any two outbound vehicles of two units are within the contact distances.

    For a network of one straight road from x = 0 eastwards, where straight line and road are the same. Positions are
    interpolated between begin and end of each ride, which is right for vehicles that nobody hinders.
    """
    rows = model.list_rides()
    network = model.network
    tracks: dict[int, list[tuple[float, float, float, float]]] = {unit_1: [], unit_2: []}
    for k in range(len(rows.vehicle)):
        link = int(rows.link[k])
        unit = int(model.state.fleet.unit[rows.vehicle[k]])
        first_home = int(model.state.roads.route_offset[2 * unit + 1])
        if link < len(network.link_from) and unit in tracks and rows.step[k] < first_home:
            x0, x1 = network.node_x_m[network.link_from[link]], network.node_x_m[network.link_to[link]]
            tracks[unit].append((rows.begin_s[k], rows.end_s[k], x0, x1))
    distance = float(model.cells.distance_m[0])
    start = min(track[0] for both in tracks.values() for track in both)
    stop = max(track[1] for both in tracks.values() for track in both)
    near = []
    for time_s in np.arange(start, stop, step_s):
        positions = []
        for unit in (unit_1, unit_2):
            positions.append(
                [x0 + (x1 - x0) * (time_s - a) / (b - a) for a, b, x0, x1 in tracks[unit] if a <= time_s < b]
            )
        if positions[0] and positions[1]:
            gaps = np.abs(np.subtract.outer(positions[0], positions[1]))
            if gaps.min() <= distance:
                near.append(float(time_s))
    return near


def count_people(model: RallyModel, contacts: Contacts, row: int, step_s: float) -> tuple[float, float, float]:
    """Return the most people of each side near the other trip during one contact, and its exposure (person-s).

    Every ``step_s`` each vehicle of the one trip is compared with each of the other: straight line and road.
    """
    network, timed = model.network, time_rides_of(model)
    n_nodes = len(network.node_x_m)
    between = np.full((n_nodes, n_nodes), np.inf)
    for a, b, length in zip(network.link_from, network.link_to, network.link_length_m, strict=True):
        between[a, b] = between[b, a] = min(between[a, b], length)
    between = dijkstra(csr_matrix(np.where(np.isfinite(between), between, 0.0)), directed=False)

    def measure_road(link_1: int, at_1: float, link_2: int, at_2: float) -> float:
        length = network.link_length_m
        if link_1 == link_2:
            return abs(at_1 - at_2)
        if network.link_twin[link_1] == link_2:
            return abs(float(length[link_1]) - at_1 - at_2)
        ends_1 = ((network.link_from[link_1], at_1), (network.link_to[link_1], length[link_1] - at_1))
        ends_2 = ((network.link_from[link_2], at_2), (network.link_to[link_2], length[link_2] - at_2))
        return min(a + between[p, q] + b for p, a in ends_1 for q, b in ends_2)

    def find_vehicles(trip: int, moment_s: float) -> list[tuple[float, int, float, float, float]]:
        cells, found = model.cells, []
        for ride in np.flatnonzero(timed.rides.trip == trip):
            link = int(timed.rides.link[ride])
            first, n = int(cells.offset[link]), int(cells.offset[link + 1] - cells.offset[link])
            times = timed.time_s[timed.rides.times[ride] :][: n + 1]
            if times[0] <= moment_s < times[-1]:
                bounds = cells.bound_m[first + link :][: n + 1]
                at = float(np.interp(moment_s, times, bounds))
                k = int(np.searchsorted(times, moment_s, side="right")) - 1
                x = cells.x0_m[first + k] + (at - bounds[k]) * cells.dx[first + k]
                y = cells.y0_m[first + k] + (at - bounds[k]) * cells.dy[first + k]
                found.append((float(timed.rides.people[ride]), link, at, float(x), float(y)))
        return found

    d, road = float(model.cells.distance_m[0]), float(model.cells.road_distance_m[0])
    peak_1 = peak_2 = exposure = 0.0
    for moment_s in np.arange(contacts.begin_s[row] + step_s / 2, contacts.end_s[row], step_s):
        first = find_vehicles(int(contacts.trip_1[row]), float(moment_s))
        second = find_vehicles(int(contacts.trip_2[row]), float(moment_s))
        near = np.array(
            [
                [
                    np.hypot(a[3] - b[3], a[4] - b[4]) <= d and measure_road(a[1], a[2], b[1], b[2]) <= road
                    for b in second
                ]
                for a in first
            ]
        ).reshape(len(first), len(second))
        people_1 = sum(vehicle[0] for vehicle, is_near in zip(first, near.any(axis=1), strict=True) if is_near)
        people_2 = sum(vehicle[0] for vehicle, is_near in zip(second, near.any(axis=0), strict=True) if is_near)
        peak_1, peak_2 = max(peak_1, people_1), max(peak_2, people_2)
        exposure += min(people_1, people_2) * step_s
    return peak_1, peak_2, exposure


def count_at_place(
    model: RallyModel, crowd: Crowd, contacts: Contacts, row: int, step_s: float
) -> tuple[float, float, float]:
    """Return the most people who stand at a venue and ride past it during one contact, and its exposure (person-s).

    Every ``step_s`` the people at the venue are counted: come, and not yet on the first road home.
    """
    network, timed, plan = model.network, time_rides_of(model), model.plan
    rows, offset = model.list_rides(), model.state.roads.route_offset
    stays: dict[int, list[float]] = {}
    for k in range(len(rows.vehicle)):
        vehicle = int(rows.vehicle[k])
        unit = int(plan.vehicle_unit[vehicle])
        if plan.routes.unit_side[unit] == crowd.side:
            stay = stays.setdefault(vehicle, [np.inf, np.inf])
            if rows.step[k] == offset[2 * unit + 1] - 2:  # the gate, before the end of the trip
                stay[0] = float(rows.end_s[k])
            elif rows.step[k] == offset[2 * unit + 1] + 2:  # behind the source and the gate
                stay[1] = float(rows.begin_s[k])
    trip = int(contacts.trip_2[row] if crowd.side == 1 else contacts.trip_1[row])
    cells = model.cells
    peak_standing = peak_riders = exposure = 0.0
    for moment_s in np.arange(contacts.begin_s[row] + step_s / 2, contacts.end_s[row], step_s):
        standing = sum(plan.vehicle_people[v] for v, (begin, end) in stays.items() if begin <= moment_s < end)
        riders = 0.0
        for ride in np.flatnonzero(timed.rides.trip == trip):
            link = int(timed.rides.link[ride])
            first, n = int(cells.offset[link]), int(cells.offset[link + 1] - cells.offset[link])
            times = timed.time_s[timed.rides.times[ride] :][: n + 1]
            if times[0] <= moment_s < times[-1]:
                at = float(np.interp(moment_s, times, cells.bound_m[first + link :][: n + 1]))
                k = int(np.searchsorted(times, moment_s, side="right")) - 1
                into = at - cells.bound_m[first + link + k]
                x = cells.x0_m[first + k] + into * cells.dx[first + k] - network.node_x_m[crowd.node]
                y = cells.y0_m[first + k] + into * cells.dy[first + k] - network.node_y_m[crowd.node]
                riders += float(timed.rides.people[ride]) * (np.hypot(x, y) <= cells.distance_m[0])
        if riders > 0.0:
            peak_standing, peak_riders = max(peak_standing, standing), max(peak_riders, riders)
        exposure += min(standing, riders) * step_s
    return float(peak_standing), peak_riders, exposure
