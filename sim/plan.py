"""Scenario + network + streams → Plan: who rides, in which unit, on which route, when, with what traits.

All chance of a replication is spent here; the engine is a deterministic function of what this room hands over.
A *unit* is what makes contact as one: an organised convoy, or the dispersed group of independent riders of the same
assembly point. Every unit makes two trips, outbound and homebound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.config import ANOTHER_DAY, Behaviour, Lateness, RunConfig, VehicleCounts
from sim.network import RoadNetwork
from sim.routing import compute_route_length_m, compute_shared_length_m, find_route, find_route_along, find_streets
from sim.streams import build_generator
from sim.units import SECONDS_PER_DAY, clock_to_s, kmh_to_mps, minutes_to_s, per_hour_to_per_s

OUTBOUND, HOMEBOUND = 0, 1
MOTORCYCLE, CAR, TRUCK = 0, 1, 2
N_CLASSES = 3
ESCORTED_SIDES = {"none": (), "side_1": (1,), "side_2": (2,), "both": (1, 2)}

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


@dataclass(frozen=True)
class UnitRoutes:
    """Routes of all units for one venue pair; they hold no chance and are shared by all replications.

    ``route_offset`` has one entry per trip and one more; trip ``2·unit + phase`` rides
    ``route_link[route_offset[trip]:route_offset[trip + 1]]``, at least one link.
    """

    unit_name: tuple[str, ...]
    unit_side: IntArray  # 1 or 2
    unit_is_organised: NDArray[np.bool_]
    unit_area: IntArray  # index of the scenario's convoy
    route_offset: IntArray
    route_link: IntArray
    free_time_s: FloatArray  # per trip: at the unit's own speed, cars for dispersed groups
    venue_name: tuple[str, str]
    euclid_m: float
    road_m: float
    shared_m: float  # road pieces used by both sides on their outbound trips, each once

    @property
    def n_units(self) -> int:
        """Number of units of both sides."""
        return len(self.unit_name)


@dataclass(frozen=True)
class Plan:
    """One replication's day before it happens.

    Vehicles of a unit are contiguous: ``vehicle_offset[unit]:vehicle_offset[unit + 1]``.
    """

    routes: UnitRoutes
    seed: int
    vehicle_offset: IntArray
    vehicle_unit: IntArray
    vehicle_class: NDArray[np.int8]
    vehicle_people: FloatArray
    vehicle_pcu: FloatArray
    vehicle_speed_factor: FloatArray  # on the class speed of a link; 1 for organised vehicles
    vehicle_release_s: FloatArray  # (n, 2): after the unit's own departure, outbound and homebound
    unit_speed_cap_mps: FloatArray  # head speed of organised convoys; infinite for dispersed groups
    unit_is_escorted: NDArray[np.bool_]  # police hold the cross streets for it
    unit_takes_both_lanes: NDArray[
        np.bool_
    ]  # rides two abreast, in the oncoming lane too, on roads of one lane each way
    unit_depart_s: FloatArray  # (n_units, 2): after local midnight of the first day
    side_lateness_s: FloatArray  # (2,)
    rally_start_s: FloatArray  # (2,) planned
    rally_end_s: FloatArray  # (2,) with the side's lateness
    gate_capacity_pcu_s: float
    turnaround_s: float

    @property
    def n_vehicles(self) -> int:
        """Number of vehicles of both sides."""
        return len(self.vehicle_unit)


def build_routes(config: RunConfig, network: RoadNetwork, place_node: dict[str, int]) -> UnitRoutes:
    """Build the routes of every unit for the configured venue pair.

    Organised convoys and independent riders take the fastest route at the speeds of cars, convoys through their
    declared via points on the way out, or along declared streets both ways; nobody takes a detour because of a queue.

    Parameters
    ----------
    network
        With every place of the scenario inserted as a node.
    place_node
        Node of each venue and assembly point by its key.

    Raises
    ------
    RouteError
        When a place cannot be reached, or a closed street is not on the map.
    """
    scenario = config.scenario
    pair = scenario.venue_pairs[config.venue_pair_key]
    venue_key = (pair.side_1, pair.side_2)
    cost_s = network.link_length_m / network.link_free_speed_mps
    cost_s[find_streets(network, scenario.network.closed_streets)] = np.inf
    names, sides, organised, areas, links, times = [], [], [], [], [], []
    for area_index, (name, area) in enumerate(scenario.convoys.items()):
        origin = place_node[area.assembly_point]
        venue = place_node[venue_key[area.side - 1]]
        via = [place_node[key] for key in area.via]
        for is_organised in (True, False):
            if is_organised and area.streets_out:
                out = find_route_along(network, origin, venue, area.streets_out, cost_s)
            else:
                out = find_route(network, [origin, *(via if is_organised else []), venue], cost_s)
            if is_organised and area.streets_home:
                home = find_route_along(network, venue, origin, area.streets_home, cost_s)
            else:
                home = find_route(network, [venue, origin], cost_s)
            names.append(name if is_organised else f"{name} (perorangan)")
            sides.append(area.side)
            organised.append(is_organised)
            areas.append(area_index)
            links += [out, home]
            cap_mps = kmh_to_mps(config.behaviour.organised_speed_kmh) if is_organised else np.inf
            for route in (out, home):
                speed = np.minimum(network.link_free_speed_mps[route], cap_mps)
                times.append(float(np.sum(network.link_length_m[route] / speed)))
    first, second = (place_node[key] for key in venue_key)
    road = find_route(network, [first, second], network.link_length_m) if first != second else np.empty(0, np.int32)
    out_links = [
        np.unique(
            np.concatenate(
                [links[2 * unit] for unit, side in enumerate(sides) if side == wanted] or [np.empty(0, np.int32)]
            )
        )
        for wanted in (1, 2)
    ]
    return UnitRoutes(
        unit_name=tuple(names),
        unit_side=np.array(sides, np.int32),
        unit_is_organised=np.array(organised),
        unit_area=np.array(areas, np.int32),
        route_offset=np.concatenate([[0], np.cumsum([len(route) for route in links])]).astype(np.int32),
        route_link=np.concatenate(links).astype(np.int32),
        free_time_s=np.array(times),
        venue_name=(scenario.venues[venue_key[0]].name, scenario.venues[venue_key[1]].name),
        euclid_m=float(
            np.hypot(
                network.node_x_m[first] - network.node_x_m[second], network.node_y_m[first] - network.node_y_m[second]
            )
        ),
        road_m=compute_route_length_m(network, road),
        shared_m=compute_shared_length_m(network, out_links[0], out_links[1]),
    )


def build_plan(config: RunConfig, routes: UnitRoutes, seed: int) -> Plan:
    """Spend all chance of one replication.

    Parameters
    ----------
    seed
        The replication's seed (`sim.streams.compute_replication_seed`).
    """
    behaviour = config.behaviour
    areas = list(config.scenario.convoys.values())
    rally_start_s = compute_rally_starts_s(config)
    lateness_s = np.array([draw_lateness_s(behaviour.lateness, seed, side) for side in (1, 2)])
    lateness_s += minutes_to_s(1.0) * np.array(
        [behaviour.extra_lateness.side_1_min, behaviour.extra_lateness.side_2_min]
    )
    turnout = [draw_turnout(behaviour, seed, side) for side in (1, 2)]
    # A late side begins its rally late; the hours of rallies end it all the same. Every rally keeps its own day.
    day_start_s = np.floor(rally_start_s / SECONDS_PER_DAY) * SECONDS_PER_DAY
    window_end_s = day_start_s + clock_to_s(config.scenario.rally.window_end)
    length_s = minutes_to_s(config.scenario.rally.length_min)
    rally_end_s = np.minimum(rally_start_s + np.maximum(lateness_s, 0.0) + length_s, window_end_s)

    columns: list[tuple[NDArray[np.int8], FloatArray, FloatArray, FloatArray]] = []
    depart_s = np.empty((routes.n_units, 2))
    for unit, name in enumerate(routes.unit_name):
        area = areas[routes.unit_area[unit]]
        side = area.side - 1
        is_organised = bool(routes.unit_is_organised[unit])
        organised = behaviour.organised_share if area.organised_share is None else area.organised_share
        share = organised if is_organised else 1.0 - organised
        if area.vehicles is None:
            classes, people = draw_vehicles(behaviour, area.people * turnout[side] * share, seed, name)
        else:
            classes, people = draw_declared_vehicles(
                behaviour, area.vehicles, area.people, turnout[side] * share, seed, name
            )
        n = len(classes)
        free_out_s = routes.free_time_s[2 * unit + OUTBOUND]
        if is_organised:
            spread_s = minutes_to_s(behaviour.convoy_departure_sd_min) * draw_normals(seed, "departure", name, 2)
            depart_s[unit, OUTBOUND] = (
                rally_start_s[side]
                - minutes_to_s(behaviour.organised_margin_min)
                - free_out_s
                + lateness_s[side]
                + spread_s[0]
            )
            held_min = config.rally.hold_back_min if config.rally.hold_back_side in ("both", area.side) else 0.0
            depart_s[unit, HOMEBOUND] = rally_end_s[side] + minutes_to_s(held_min) + abs(spread_s[1])
            release_s = np.zeros((n, 2))
            factor = np.ones(n)
        else:
            margin_s = minutes_to_s(behaviour.independent_margin_min)
            normals = draw_normals(seed, "departure", name, 2 * n)
            release_s = np.column_stack(
                [
                    minutes_to_s(behaviour.independent_margin_sd_min) * np.clip(normals[:n], -2.0, 2.0),
                    minutes_to_s(behaviour.dispersal_sd_min) * np.abs(normals[n:]),
                ]
            )
            earliest_s = release_s[:, OUTBOUND].min() if n else 0.0
            release_s[:, OUTBOUND] -= earliest_s
            depart_s[unit, OUTBOUND] = rally_start_s[side] - margin_s - free_out_s + earliest_s
            depart_s[unit, HOMEBOUND] = rally_end_s[side]
            factor = np.clip(1.0 + behaviour.independent_speed_sd * draw_normals(seed, "speed", name, n), 0.5, 1.5)
        columns.append((classes, people, factor, release_s))

    counts = [len(column[0]) for column in columns]
    is_escorted = routes.unit_is_organised & np.isin(routes.unit_side, ESCORTED_SIDES[config.rally.escort])
    vehicle_class = np.concatenate([column[0] for column in columns])
    pcu = np.array([behaviour.pcu.motorcycle, behaviour.pcu.car, behaviour.pcu.truck])
    return Plan(
        routes=routes,
        seed=seed,
        vehicle_offset=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        vehicle_unit=np.repeat(np.arange(routes.n_units, dtype=np.int32), counts),
        vehicle_class=vehicle_class,
        vehicle_people=np.concatenate([column[1] for column in columns]),
        vehicle_pcu=pcu[vehicle_class],
        vehicle_speed_factor=np.concatenate([column[2] for column in columns]),
        vehicle_release_s=np.concatenate([column[3] for column in columns]),
        unit_speed_cap_mps=np.where(routes.unit_is_organised, kmh_to_mps(behaviour.organised_speed_kmh), np.inf),
        unit_is_escorted=is_escorted,
        unit_takes_both_lanes=is_escorted & config.rally.escort_takes_both_lanes,
        unit_depart_s=depart_s,
        side_lateness_s=lateness_s,
        rally_start_s=rally_start_s,
        rally_end_s=rally_end_s,
        gate_capacity_pcu_s=per_hour_to_per_s(behaviour.venue_gate_pcu_h),
        turnaround_s=behaviour.turnaround_s,
    )


def compute_rally_starts_s(config: RunConfig) -> FloatArray:
    """Return the planned starts of both rallies, side 1 first, s after local midnight of the first day."""
    first_s = clock_to_s(config.scenario.rally.first_start)
    gap = config.rally.gap_min
    gap_s = SECONDS_PER_DAY if gap == ANOTHER_DAY else minutes_to_s(float(gap))
    later = 2 - config.rally.first_side
    return first_s + gap_s * np.array([later == 0, later == 1], dtype=np.float64)


def draw_lateness_s(lateness: Lateness, seed: int, side: int) -> float:
    """Draw one side's lateness: shift + lognormal with the given median and standard deviation, cut at the maximum.

    With m = median − shift and s the standard deviation, the lognormal's σ² = ln y solves y(y − 1) = (s/m)².
    """
    scale = lateness.median_min - lateness.earliest_min
    ratio = lateness.sd_min / scale
    sigma = np.sqrt(np.log((1.0 + np.sqrt(1.0 + 4.0 * ratio * ratio)) / 2.0))
    normal = build_generator(seed, "lateness", f"side {side}").standard_normal()
    lateness_min = lateness.earliest_min + scale * np.exp(sigma * normal)
    return minutes_to_s(float(min(lateness_min, lateness.max_min)))


def draw_turnout(behaviour: Behaviour, seed: int, side: int) -> float:
    """Draw one side's turnout factor: Normal(turnout, turnout · sd), at least a fifth of the mean."""
    normal = build_generator(seed, "turnout", f"side {side}").standard_normal()
    return behaviour.turnout * max(0.2, 1.0 + behaviour.turnout_sd * float(normal))


@lru_cache(maxsize=8192)
def draw_normals(seed: int, stream: str, unit: str, n: int) -> FloatArray:
    """Draw standard normal numbers of a unit; cached, since the same replication of another design point does it again."""
    normals = build_generator(seed, stream, unit).standard_normal(n)
    normals.setflags(write=False)
    return normals


@lru_cache(maxsize=8192)
def draw_vehicles(behaviour: Behaviour, people: float, seed: int, unit: str) -> tuple[NDArray[np.int8], FloatArray]:
    """Draw vehicles one after the other until they carry the people.

    More people therefore means the same vehicles and some more (common random numbers over turnout). Riders beyond
    the driver are binomial: of 1 more on a motorcycle, 4 in a car, 28 on a truck, with the configured means.

    Cached, since the same replication of another design point draws the same.

    Returns
    -------
    Classes and people per vehicle, in the order of the column; read-only.
    """
    mix = np.array([behaviour.vehicle_mix.motorcycle, behaviour.vehicle_mix.car, behaviour.vehicle_mix.truck])
    riders = behaviour.people_per_vehicle
    means = np.array([riders.motorcycle, riders.car, riders.truck])
    seats = np.maximum(np.array([1.0, 4.0, 28.0]), np.ceil(means - 1.0))
    enough = int(1.5 * people / float(mix @ means)) + 20
    uniform = build_generator(seed, "vehicle class", unit).random(enough)
    classes = np.minimum(np.searchsorted(np.cumsum(mix), uniform, side="right"), N_CLASSES - 1).astype(np.int8)
    draw = build_generator(seed, "people", unit)
    extra = draw.binomial(seats[classes].astype(np.int64), np.clip((means - 1.0) / seats, 0.0, 1.0)[classes])
    carried = 1.0 + extra
    n = int(np.searchsorted(np.cumsum(carried), people - 0.5)) + 1 if people >= 1.0 else 0
    classes, carried = classes[:n], carried[:n].astype(np.float64)
    classes.setflags(write=False)
    carried.setflags(write=False)
    return classes, carried


@lru_cache(maxsize=8192)
def draw_declared_vehicles(
    behaviour: Behaviour, declared: VehicleCounts, people: float, factor: float, seed: int, unit: str
) -> tuple[NDArray[np.int8], FloatArray]:
    """Draw the order of declared vehicles, and who rides on them so that the mean number of people is as declared.

    A larger factor adds vehicles between those that were there (common random numbers over turnout). The means of
    riders beyond the driver are those configured, all scaled alike.

    Returns
    -------
    Classes and people per vehicle, in the order of the column; read-only.
    """
    counts = np.array([declared.motorcycle, declared.car, declared.truck])
    riders = behaviour.people_per_vehicle
    extra_mean = np.array([riders.motorcycle, riders.car, riders.truck]) - 1.0
    expected = float(counts @ extra_mean)
    extra_mean = extra_mean * ((people - declared.total) / expected if expected > 0 else 0.0)
    seats = np.maximum(np.array([1, 4, 28]), np.ceil(extra_mean)).astype(np.int64)
    n = np.floor(counts * factor + 0.5).astype(np.int64)
    places, carried = [], []
    for kind in range(N_CLASSES):
        draw = build_generator(seed, "declared vehicles", f"{unit} {kind}")
        places.append(draw.random(n[kind]))
        draw = build_generator(seed, "people", f"{unit} {kind}")
        carried.append(1.0 + draw.binomial(seats[kind], extra_mean[kind] / seats[kind], n[kind]))
    order = np.argsort(np.concatenate(places), kind="stable")
    classes = np.repeat(np.arange(N_CLASSES, dtype=np.int8), n)[order]
    loads = np.concatenate(carried).astype(np.float64)[order]
    classes.setflags(write=False)
    loads.setflags(write=False)
    return classes, loads
