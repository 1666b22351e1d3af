"""Scenario + network + streams → Plan: who rides, in which unit, on which route, when, with what traits.

All chance of a replication is spent here; the engine is a deterministic function of what this room hands over.
A *unit* is what makes contact as one: an organised convoy, or the dispersed group of independent riders of the same
assembly point. Every unit makes two trips, outbound and homebound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.config import ANOTHER_DAY, Behaviour, Lateness, Parking, RunConfig, Scenario, VehicleCounts
from sim.errors import RouteError
from sim.leaving import Column, compute_departure_s, compute_gathering_s, go_on_in_other_units, leave_early
from sim.network import RoadNetwork
from sim.routing import compute_route_length_m, compute_shared_length_m, find_route, find_route_along
from sim.stops import (
    AT_ASSEMBLY,
    AT_HALT,
    AT_RALLY,
    ClosedLink,
    Crowd,
    Detour,
    Halt,
    Join,
    Watch,
    build_halt,
    find_closed_links,
    find_detours,
    find_nodes,
    find_open_route,
    find_passing,
)
from sim.strata import choose_strata, stratify_normal
from sim.streams import build_generator
from sim.units import SECONDS_PER_DAY, clock_to_s, kmh_to_mps, minutes_to_s, per_hour_to_per_s

OUTBOUND, HOMEBOUND = 0, 1
MOTORCYCLE, CAR, TRUCK = 0, 1, 2
N_CLASSES = 3
NOBODY = np.int32(2**31 - 1)
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
    halts: tuple[Halt, ...] = ()
    joins: tuple[Join, ...] = ()
    watches: tuple[Watch, ...] = ()
    closed: tuple[ClosedLink, ...] = ()
    detours: tuple[Detour, ...] = ()
    crowds: tuple[Crowd, ...] = ()

    @property
    def n_units(self) -> int:
        """Number of units of both sides."""
        return len(self.unit_name)

    @property
    def unit_is_tour(self) -> NDArray[np.bool_]:
        """Whether each unit is the tour of a convoy: the second organised one of its area."""
        is_later = np.diff(self.unit_area, prepend=-1) == 0
        return np.asarray(self.unit_is_organised & is_later)


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
    # When each vehicle comes to the assembly point; −inf for those who do not gather. Nobody gathers when it is None.
    vehicle_gather_s: FloatArray | None = None
    # Who goes home with another unit has a second row there, which is absent until the first has come to the venue, as
    # the first is from then on. NOBODY for all others, and for everybody when it is None.
    vehicle_successor: IntArray | None = None

    # Room at each side's venue, and further off (pcu), and how much later those leave who park there.
    parking_pcu: tuple[tuple[float, float], tuple[float, float]] = ((np.inf, 0.0), (np.inf, 0.0))
    walk_s: tuple[float, float] = (0.0, 0.0)

    @property
    def n_vehicles(self) -> int:
        """Number of vehicles of both sides; those with two rows count twice."""
        return len(self.vehicle_unit)

    @property
    def is_second_row(self) -> NDArray[np.bool_]:
        """Whether each vehicle is the second row of another one, (n_vehicles,)."""
        is_second = np.zeros(self.n_vehicles, np.bool_)
        if self.vehicle_successor is not None:
            is_second[self.vehicle_successor[self.vehicle_successor != NOBODY]] = True
        return is_second

    def count_vehicles(self) -> IntArray:
        """Count each unit's vehicles on each trip, (n_units, 2)."""
        n = self.routes.n_units
        counts = np.repeat(np.bincount(self.vehicle_unit, minlength=n)[:, None], 2, axis=1)
        if self.vehicle_successor is not None and np.any(has_other := self.vehicle_successor != NOBODY):
            counts[:, OUTBOUND] -= np.bincount(self.vehicle_unit[self.is_second_row], minlength=n)
            counts[:, HOMEBOUND] -= np.bincount(self.vehicle_unit[has_other], minlength=n)
        return counts.astype(np.int32)


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
        When a place cannot be reached.
    """
    scenario = config.scenario
    pair = scenario.venue_pairs[config.venue_pair_key]
    venue_key = (pair.side_1, pair.side_2)
    cost_s = network.link_length_m / network.link_free_speed_mps
    closed = find_closed_links(network, place_node, scenario.closures)
    names: list[str] = []
    links: list[IntArray] = []
    sides, organised, areas, times = [], [], [], []
    # Who joins a convoy rides on with it, so that one's route comes first; units keep the order of the scenario.
    route_of: dict[str, _AreaRoutes] = {}
    for name, area in sorted(scenario.convoys.items(), key=lambda item: item[1].joins is not None):
        host = None if area.joins is None else route_of[area.joins]
        route_of[name] = _find_area_routes(config, network, place_node, name, host, cost_s, closed)
    organised_unit: dict[str, int] = {}
    for area_index, (name, area) in enumerate(scenario.convoys.items()):
        organised_unit[name] = len(names)
        own = route_of[name]
        for unit_name, is_organised, trips in (
            (name, True, own.column),
            (f"{name} (perorangan)", False, own.alone),
            (f"{name} (tur)", True, own.tour),
        ):
            if trips is None:
                continue
            names.append(unit_name)
            sides.append(area.side)
            organised.append(is_organised)
            areas.append(area_index)
            links += trips
            for route in trips:
                times.append(float(np.sum(_compute_ride_s(config, network, route, is_organised))))
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
    watches: list[Watch] = []
    halts = _build_halts(scenario, network, place_node, organised_unit, links, watches)
    joins = _build_joins(config, route_of, organised_unit, watches)
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
        halts=halts,
        joins=joins,
        watches=tuple(watches),
        closed=closed,
        detours=find_detours(network, links, halts, closed, cost_s) if closed else (),
        crowds=_build_crowds(scenario, place_node, venue_key, organised_unit, halts),
    )


class _AreaRoutes(NamedTuple):
    """Outbound and homebound links of the units of one assembly point."""

    column: list[IntArray]
    alone: list[IntArray]
    tour: list[IntArray] | None
    joined_after: int  # links of the joined convoy before the assembly point; 0 for those who join nobody


def _find_area_routes(
    config: RunConfig,
    network: RoadNetwork,
    place_node: dict[str, int],
    name: str,
    host: _AreaRoutes | None,
    cost_s: FloatArray,
    closed: tuple[ClosedLink, ...],
) -> _AreaRoutes:
    """Find the routes of a convoy, of the independent riders of its assembly point, and of its tour."""
    scenario, behaviour, rally = config.scenario, config.behaviour, config.rally
    area = scenario.convoys[name]
    pair = scenario.venue_pairs[config.venue_pair_key]
    origin = place_node[area.assembly_point]
    venue = place_node[(pair.side_1, pair.side_2)[area.side - 1]]
    start_s = float(compute_rally_starts_s(config)[area.side - 1])
    end_s = start_s + minutes_to_s(scenario.rally.length_min)

    def find_out(find: Callable[[FloatArray], IntArray], margin_min: float, is_organised: bool) -> IntArray:
        def compute_entry_s(route: IntArray) -> FloatArray:
            ride_s = _compute_ride_s(config, network, route, is_organised)
            return np.asarray(start_s - minutes_to_s(margin_min) - np.cumsum(ride_s[::-1])[::-1])

        return find_open_route(find, cost_s, compute_entry_s, closed)

    def find_home(find: Callable[[FloatArray], IntArray], leave_s: float, is_organised: bool) -> IntArray:
        def compute_entry_s(route: IntArray) -> FloatArray:
            ride_s = _compute_ride_s(config, network, route, is_organised)
            return np.asarray(leave_s + np.cumsum(ride_s) - ride_s)

        return find_open_route(find, cost_s, compute_entry_s, closed)

    def pass_holds(nodes: list[int], trip: str) -> list[int]:
        """Lead a route of places through its holds: those it does not pass anyhow are ridden to at last."""
        missing = [place_node[hold.at] for hold in area.holds if hold.trip == trip]
        if not missing:
            return nodes
        usual = find_route(network, nodes, cost_s)
        missing = [node for node in missing if find_passing(network, usual, [node]) is None]
        return [*nodes[:-1], *missing, nodes[-1]]

    joined_after = 0
    if host is not None:
        after = find_passing(network, host.column[OUTBOUND], [origin])
        if after is None or after == len(host.column[OUTBOUND]):
            raise RouteError(
                f"convoys.{name}.joins: the route of {area.joins!r} does not pass "
                f"{scenario.assembly_points[area.assembly_point].name}; choose another assembly_point"
            )
        joined_after = after
        out = host.column[OUTBOUND][after:]
    elif area.streets_out:
        out = find_out(
            lambda cost: find_route_along(network, origin, venue, area.streets_out, cost),
            behaviour.organised_margin_min,
            True,
        )
    else:
        places_out = pass_holds([origin, *(place_node[key] for key in area.via), venue], "outbound")
        out = find_out(lambda cost: find_route(network, places_out, cost), behaviour.organised_margin_min, True)
    leave_s = end_s + minutes_to_s(rally.hold_back_min)
    if area.streets_home:
        home = find_home(lambda cost: find_route_along(network, venue, origin, area.streets_home, cost), leave_s, True)
    else:
        places_home = pass_holds([venue, origin], "homebound")
        home = find_home(lambda cost: find_route(network, places_home, cost), leave_s, True)
    alone_out = find_out(
        lambda cost: find_route(network, [origin, venue], cost), behaviour.independent_margin_min, False
    )
    alone_home = find_home(lambda cost: find_route(network, [venue, origin], cost), end_s, False)
    tour = None
    if area.tour and behaviour.tour_share > 0.0:
        stops = [venue, *(place_node[key] for key in area.tour), origin]
        tour = [out, find_home(lambda cost: find_route(network, stops, cost), leave_s, True)]
    return _AreaRoutes([out, home], [alone_out, alone_home], tour, joined_after)


def _compute_ride_s(config: RunConfig, network: RoadNetwork, route: IntArray, is_organised: bool) -> FloatArray:
    """Compute the free ride (s) on each link of a route, at the speed of cars or of the column."""
    cap_mps = kmh_to_mps(config.behaviour.organised_speed_kmh) if is_organised else np.inf
    return np.asarray(network.link_length_m[route] / np.minimum(network.link_free_speed_mps[route], cap_mps))


def _build_halts(
    scenario: Scenario,
    network: RoadNetwork,
    place_node: dict[str, int],
    organised_unit: dict[str, int],
    links: list[IntArray],
    watches: list[Watch],
) -> tuple[Halt, ...]:
    """Build the halts of all columns, and add the watches they need."""
    phases = {"outbound": OUTBOUND, "homebound": HOMEBOUND}
    halts = []
    for name, area in scenario.convoys.items():
        first = [0, 0]
        for index, hold in enumerate(area.holds):
            path = f"convoys.{name}.holds.{index}"
            awaited = []
            if hold.until_passed is not None:
                nodes = find_nodes(network, place_node, hold.until_passed, f"{path}.until_passed")
                for other, other_area in scenario.convoys.items():
                    trip = 2 * organised_unit[other] + phases[hold.passed_trip]
                    # A column that ends its trip there does not pass.
                    on_way = np.flatnonzero(np.isin(network.link_from[links[trip]], nodes))
                    if other_area.side != area.side and len(on_way):
                        awaited.append(_watch(watches, Watch(trip, int(on_way[-1]))))
            phase = phases[hold.trip]
            trip = 2 * organised_unit[name] + phase
            halt = build_halt(
                network, scenario, place_node, links[trip], hold, trip, first[phase], tuple(awaited), path
            )
            first[phase] = halt.after
            halts.append(halt)
    return tuple(halts)


def _build_joins(
    config: RunConfig, route_of: dict[str, _AreaRoutes], organised_unit: dict[str, int], watches: list[Watch]
) -> tuple[Join, ...]:
    """Build what the columns that join another one wait for, and add the watches they need."""
    joins = []
    for name, area in config.scenario.convoys.items():
        if area.joins is not None:
            watch = Watch(2 * organised_unit[area.joins] + OUTBOUND, route_of[name].joined_after)
            joins.append(
                Join(
                    unit=organised_unit[name],
                    watch=_watch(watches, watch),
                    is_behind_tail=area.joins_at == "tail",
                    patience_s=minutes_to_s(config.behaviour.join_patience_min),
                )
            )
    return tuple(joins)


def _watch(watches: list[Watch], watch: Watch) -> int:
    """Return the number of a watch, one for all who need the same."""
    if watch not in watches:
        watches.append(watch)
    return watches.index(watch)


def _build_crowds(
    scenario: Scenario,
    place_node: dict[str, int],
    venue_key: tuple[str, str],
    organised_unit: dict[str, int],
    halts: tuple[Halt, ...],
) -> tuple[Crowd, ...]:
    """Build where people of a side stand: at their assembly points, hold points and venue."""
    crowds = []
    for side in (1, 2):
        gathering: dict[str, list[int]] = {}
        for name, area in scenario.convoys.items():
            if area.side == side:
                gathering.setdefault(area.assembly_point, []).append(organised_unit[name])
        for key, units in gathering.items():
            place = scenario.assembly_points[key]
            crowds.append(Crowd(place.name, side, place_node[key], AT_ASSEMBLY, tuple(units)))
        own = {organised_unit[name] for name, area in scenario.convoys.items() if area.side == side}
        standing: dict[tuple[int, int, str], list[int]] = {}
        for index, halt in enumerate(halts):
            if halt.trip // 2 in own:
                standing.setdefault((halt.node, halt.trip % 2, halt.name), []).append(index)
        for (node, _, name), members in standing.items():
            crowds.append(Crowd(name, side, node, AT_HALT, tuple(members)))
        key = venue_key[side - 1]
        crowds.append(Crowd(scenario.venues[key].name, side, place_node[key], AT_RALLY, ()))
    return tuple(crowds)


def build_plan(config: RunConfig, routes: UnitRoutes, seed: int, replication: int | None = None) -> Plan:
    """Spend all chance of one replication.

    Parameters
    ----------
    seed
        The replication's seed (`sim.streams.compute_replication_seed`).
    replication
        Its number, which tells its strata; not needed for plain sampling.

    Raises
    ------
    ValueError
        When sampling is stratified and the number is not given.
    """
    behaviour = config.behaviour
    areas = list(config.scenario.convoys.values())
    rally_start_s = compute_rally_starts_s(config)
    strata: tuple[int | None, int | None] = (None, None)
    if config.sampling == "stratified":
        if replication is None:
            raise ValueError("stratified sampling needs the number of the replication")
        strata = choose_strata(config.seed, replication)
    lateness_s = np.array([draw_lateness_s(behaviour.lateness, seed, side, strata[side - 1]) for side in (1, 2)])
    lateness_s += [minutes_to_s(behaviour.extra_lateness.get_min(side)) for side in (1, 2)]
    turnout = [draw_turnout(behaviour, seed, side) for side in (1, 2)]
    # A late side begins its rally late; the hours of rallies end it all the same. Every rally keeps its own day.
    day_start_s = np.floor(rally_start_s / SECONDS_PER_DAY) * SECONDS_PER_DAY
    window_end_s = day_start_s + clock_to_s(config.scenario.rally.window_end)
    length_s = minutes_to_s(config.scenario.rally.length_min)
    rally_end_s = np.minimum(rally_start_s + np.maximum(lateness_s, 0.0) + length_s, window_end_s)

    pair = config.scenario.venue_pairs[config.venue_pair_key]
    parking = [config.scenario.parking.get(key) for key in (pair.side_1, pair.side_2)]
    columns: list[Column] = []
    gatherings: list[FloatArray] = []
    depart_s = np.empty((routes.n_units, 2))
    for unit, name in enumerate(routes.unit_name):
        area = areas[routes.unit_area[unit]]
        side = area.side - 1
        is_organised = bool(routes.unit_is_organised[unit])
        organised = behaviour.organised_share if area.organised_share is None else area.organised_share
        share = organised if is_organised else 1.0 - organised
        if routes.unit_is_tour[unit]:
            # The tour goes home when the column does, with those of its vehicles that choose it.
            depart_s[unit] = depart_s[unit - 2]
            columns.append(Column(np.empty(0, np.int8), np.empty(0), np.empty(0), np.empty((0, 2))))
            gatherings.append(np.empty(0))
            continue
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
            held_min = config.rally.get_hold_back_min(area.side)
            depart_s[unit, HOMEBOUND] = rally_end_s[side] + minutes_to_s(held_min) + abs(spread_s[1])
            # A late convoy is late since its people still come; the first come at the hour that was announced.
            ready_s = float(depart_s[unit, OUTBOUND])
            planned_s = ready_s - float(lateness_s[side] + spread_s[0])
            first_s = min(planned_s, ready_s) - minutes_to_s(behaviour.gathering_min)
            gathering_s = compute_gathering_s(n, first_s, ready_s)
            depart_s[unit, OUTBOUND] = compute_departure_s(behaviour, gathering_s, planned_s, ready_s)
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
            gathering_s = np.full(n, -np.inf)
        column = Column(classes, people, factor, release_s)
        if behaviour.early_leaver_share > 0.0 and not is_organised:
            column = leave_early(behaviour, column, seed, name)
            depart_s[unit, HOMEBOUND] -= minutes_to_s(behaviour.early_leave_min)
        columns.append(column)
        gatherings.append(gathering_s)

    columns, successors = go_on_in_other_units(behaviour, columns, routes.unit_name, routes.unit_area, seed)
    counts = [len(column.people) for column in columns]
    vehicle_offset = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    vehicle_class = np.concatenate([column.vehicle_class for column in columns])
    gather_s, successor = np.full(len(vehicle_class), -np.inf), np.full(len(vehicle_class), NOBODY)
    for unit, gathering_s in enumerate(gatherings):
        gather_s[vehicle_offset[unit] : vehicle_offset[unit] + len(gathering_s)] = gathering_s
    for unit, rows, other, first in successors:
        successor[vehicle_offset[unit] + rows] = vehicle_offset[other] + first + np.arange(len(rows))
    is_escorted = (
        routes.unit_is_organised & ~routes.unit_is_tour & np.isin(routes.unit_side, ESCORTED_SIDES[config.rally.escort])
    )
    pcu = np.array([behaviour.pcu.motorcycle, behaviour.pcu.car, behaviour.pcu.truck])
    return Plan(
        routes=routes,
        seed=seed,
        vehicle_offset=vehicle_offset,
        vehicle_unit=np.repeat(np.arange(routes.n_units, dtype=np.int32), counts),
        vehicle_class=vehicle_class,
        vehicle_people=np.concatenate([column.people for column in columns]),
        vehicle_pcu=pcu[vehicle_class],
        vehicle_speed_factor=np.concatenate([column.factor for column in columns]),
        vehicle_release_s=np.concatenate([column.release_s for column in columns]),
        unit_speed_cap_mps=np.where(routes.unit_is_organised, kmh_to_mps(behaviour.organised_speed_kmh), np.inf),
        unit_is_escorted=is_escorted,
        unit_takes_both_lanes=is_escorted & config.rally.escort_takes_both_lanes,
        unit_depart_s=depart_s,
        side_lateness_s=lateness_s,
        rally_start_s=rally_start_s,
        rally_end_s=rally_end_s,
        gate_capacity_pcu_s=per_hour_to_per_s(behaviour.venue_gate_pcu_h),
        turnaround_s=behaviour.turnaround_s,
        vehicle_gather_s=gather_s,
        vehicle_successor=successor,
        parking_pcu=(_get_room(parking[0]), _get_room(parking[1])),
        walk_s=(_get_walk_s(parking[0]), _get_walk_s(parking[1])),
    )


def _get_room(parking: Parking | None) -> tuple[float, float]:
    """Return the room (pcu) at a venue and further off; without a limit there is enough at the venue."""
    return (np.inf, 0.0) if parking is None else (parking.places_pcu, parking.further_off_pcu)


def _get_walk_s(parking: Parking | None) -> float:
    return 0.0 if parking is None else minutes_to_s(parking.walk_min)


def compute_rally_starts_s(config: RunConfig) -> FloatArray:
    """Return the planned starts of both rallies, side 1 first, s after local midnight of the first day."""
    first_s = clock_to_s(config.scenario.rally.first_start)
    gap = config.rally.gap_min
    gap_s = SECONDS_PER_DAY if gap == ANOTHER_DAY else minutes_to_s(float(gap))
    later = 2 - config.rally.first_side
    return first_s + gap_s * np.array([later == 0, later == 1], dtype=np.float64)


def draw_lateness_s(lateness: Lateness, seed: int, side: int, stratum: int | None = None) -> float:
    """Draw one side's lateness: shift + lognormal with the given median and standard deviation, cut at the maximum.

    With m = median − shift and s the standard deviation, the lognormal's σ² = ln y solves y(y − 1) = (s/m)².

    Parameters
    ----------
    stratum
        Of `sim.strata`, which the draw is moved into; no other draw moves.
    """
    scale = lateness.median_min - lateness.earliest_min
    ratio = lateness.sd_min / scale
    sigma = np.sqrt(np.log((1.0 + np.sqrt(1.0 + 4.0 * ratio * ratio)) / 2.0))
    normal = build_generator(seed, "lateness", f"side {side}").standard_normal()
    if stratum is not None:
        normal = stratify_normal(normal, stratum)
    lateness_min = lateness.earliest_min + scale * np.exp(sigma * normal)
    return minutes_to_s(float(min(lateness_min, lateness.max_min)))


def draw_turnout(behaviour: Behaviour, seed: int, side: int) -> float:
    """Draw one side's turnout factor: Normal(turnout, turnout · sd), at least a fifth of the mean."""
    normal = build_generator(seed, "turnout", f"side {side}").standard_normal()
    return behaviour.turnout * max(0.2, 1.0 + behaviour.turnout_sd * float(normal))


@lru_cache(maxsize=2048)
def draw_normals(seed: int, stream: str, unit: str, n: int) -> FloatArray:
    """Draw standard normal numbers of a unit; cached, since the same replication of another design point does it again."""
    normals = build_generator(seed, stream, unit).standard_normal(n)
    normals.setflags(write=False)
    return normals


@lru_cache(maxsize=2048)
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


@lru_cache(maxsize=2048)
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
