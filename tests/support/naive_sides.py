"""The contact of the two sides at places, said again in plain Python: every rider with every other, moment by moment."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from konvoi.contacts.rides import TimedRides
from konvoi.contacts.rows import GradeLimits
from konvoi.contacts.search import time_rides_of
from konvoi.contacts.stretches import Stretches
from konvoi.engine.model import RallyModel


@dataclass(frozen=True)
class Rider:
    """Somebody at a moment."""

    people: float
    is_home: bool
    link: int
    at_m: float  # offset on the link
    x_m: float
    y_m: float
    slot: int
    mps: float  # along the slot's road


@dataclass
class Place:
    """What happened at a place: all its moments, one after the other."""

    smaller: dict[int, float] = field(default_factory=dict)  # N by moment
    together: dict[int, float] = field(default_factory=dict)
    exposure: float = 0.0
    exposure_together: float = 0.0
    phases: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])


def find_riders(model: RallyModel, timed: TimedRides, stretches: Stretches, side: int, moment_s: float) -> list[Rider]:
    """Find all riders of a side (0 or 1) at a moment."""
    cells, found = model.cells, []
    sides = model.plan.routes.unit_side[timed.rides.trip // 2] - 1
    is_there = (timed.rides.begin_s <= moment_s) & (moment_s < timed.rides.end_s)
    for k in np.flatnonzero((sides == side) & is_there).tolist():
        ride = timed.rides[k]
        link = int(ride.link)
        first, n = int(cells.offset[link]), int(cells.offset[link + 1] - cells.offset[link])
        times = timed.time_s[ride.times :][: n + 1]
        if not times[0] <= moment_s < min(times[-1], model.clock_s):
            continue
        bounds = cells.bound_m[first + link :][: n + 1]
        cell = int(np.searchsorted(times, moment_s, side="right")) - 1
        mps = (bounds[cell + 1] - bounds[cell]) / (times[cell + 1] - times[cell])
        at = min(bounds[cell] + (moment_s - times[cell]) * mps, bounds[-1])
        on_m = at - bounds[cell]
        begin = slice(stretches.link_offset[link], stretches.link_offset[link + 1])
        slot = stretches.link_slot[begin][np.searchsorted(stretches.link_begin_m[begin], at, side="right") - 1]
        found.append(
            Rider(
                float(ride.people),
                bool(ride.trip % 2),
                link,
                float(at),
                float(cells.x0_m[first + cell] + on_m * cells.dx[first + cell]),
                float(cells.y0_m[first + cell] + on_m * cells.dy[first + cell]),
                int(slot),
                float(mps if stretches.road[link] == link else -mps),
            )
        )
    return found


def measure_nodes(model: RallyModel) -> np.ndarray:
    """Measure the distances of all nodes along the roads, in any direction of travel."""
    network = model.network
    n = len(network.node_x_m)
    between = np.full((n, n), np.inf)
    for a, b, length in zip(network.link_from, network.link_to, network.link_length_m, strict=True):
        between[a, b] = between[b, a] = min(between[a, b], length)
    np.fill_diagonal(between, 0.0)
    return np.asarray(dijkstra(csr_matrix(np.where(np.isfinite(between), between, 0.0)), directed=False))


def measure_road(model: RallyModel, between: np.ndarray, one: Rider, other: Rider) -> float:
    """Measure how far two riders are apart along the road; on the same road that is the road."""
    network = model.network
    length = network.link_length_m
    if one.link == other.link:
        return abs(one.at_m - other.at_m)
    if network.link_twin[one.link] == other.link:
        return float(abs(length[one.link] - one.at_m - other.at_m))
    ends = [
        ((network.link_from[r.link], r.at_m), (network.link_to[r.link], length[r.link] - r.at_m)) for r in (one, other)
    ]
    return float(min(a + between[p, q] + b for p, a in ends[0] for q, b in ends[1]))


def compare_velocities(stretches: Stretches, one: Rider, other: Rider) -> float:
    """Compute the relative speed of two riders: in the directions of their slots."""
    cosine = 1.0
    if one.slot != other.slot:
        reach = range(stretches.reach_offset[one.slot], stretches.reach_offset[one.slot + 1])
        cosine = next(stretches.cosine[k] for k in reach if stretches.reach[k] == other.slot)
    return float(np.sqrt(max(one.mps**2 + other.mps**2 - 2.0 * one.mps * other.mps * cosine, 0.0)))


def watch_places(model: RallyModel, stretches: Stretches, limits: GradeLimits, moments: range) -> dict[int, Place]:
    """Watch every stretch at every moment."""
    between, timed = measure_nodes(model), time_rides_of(model)
    distance_m, road_m = float(model.cells.distance_m[0]), float(model.cells.road_distance_m[0])
    places: dict[int, Place] = defaultdict(Place)
    for moment in moments:
        sides = [find_riders(model, timed, stretches, side, moment * limits.step_s) for side in (0, 1)]
        if not sides[0] or not sides[1]:
            continue
        near: tuple[set[int], set[int]] = (set(), set())
        together: tuple[set[int], set[int]] = (set(), set())
        for i, one in enumerate(sides[0]):
            for j, other in enumerate(sides[1]):
                if np.hypot(one.x_m - other.x_m, one.y_m - other.y_m) <= distance_m and (
                    measure_road(model, between, one, other) <= road_m
                ):
                    near[0].add(i)
                    near[1].add(j)
                    if compare_velocities(stretches, one, other) <= limits.together_mps:
                        together[0].add(i)
                        together[1].add(j)
        for place in range(len(stretches.link) if near[0] else 0):
            people, home, alike, inside = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], 0.0
            for side in (0, 1):
                for k in near[side]:
                    rider = sides[side][k]
                    window = stretches.window[
                        stretches.window_offset[rider.slot] : stretches.window_offset[rider.slot + 1]
                    ]
                    if place in window:
                        people[side] += rider.people
                        home[side] += rider.people * rider.is_home
                        alike[side] += rider.people * (k in together[side])
                        inside += rider.people * (stretches.slot_stretch[rider.slot] == place)
            smaller = min(people)
            if smaller > 0.0 and inside > 0.0:
                own = places[place]
                share = inside / sum(people)
                own.smaller[moment], own.together[moment] = smaller, min(alike)
                own.exposure += smaller * share * limits.step_s
                own.exposure_together += min(alike) * share * limits.step_s
                h_1, h_2 = home[0] / people[0], home[1] / people[1]
                weight = smaller * share * limits.step_s
                own.phases[0] += weight * (1 - h_1) * (1 - h_2)
                own.phases[1] += weight * (h_1 * (1 - h_2) + h_2 * (1 - h_1))
                own.phases[2] += weight * h_1 * h_2
    return dict(places)


def grade_place(place: Place, limits: GradeLimits, grade: int) -> float:
    """Add up how long (s) a place had so many people for so long on end; of `together` only those it had itself."""
    series = place.together if grade == 3 else place.smaller
    total, run = 0, 0
    moments = sorted(series)
    for k, moment in enumerate(moments):
        is_on = series[moment] >= limits.people[grade]
        follows = k > 0 and moments[k - 1] == moment - 1
        run = (run if follows else 0) + 1 if is_on else 0
        goes_on = (
            k + 1 < len(moments) and moments[k + 1] == moment + 1 and series[moments[k + 1]] >= limits.people[grade]
        )
        if run and not goes_on and run * limits.step_s >= limits.duration_s[grade] - 1e-9:
            total += run
    return total * limits.step_s
