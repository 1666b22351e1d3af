"""Scenario + network + streams → Plan: who rides, in which unit, on which route, when, with what traits.

All chance of a replication is spent here; the engine is a deterministic function of what this room hands over.
A *unit* is what makes contact as one: an organised convoy, or the dispersed group of independent riders of the same
assembly point. Every unit makes two trips, outbound and homebound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from konvoi.arrays import FloatArray, IntArray
from konvoi.config.faults import suggest
from konvoi.config.scenario import Scenario
from konvoi.config.settings import RouteChoice, RunConfig
from konvoi.errors import RouteError
from konvoi.network import RoadNetwork
from konvoi.network.extract import DRIVABLE
from konvoi.plan.closures import (
    ClosedLink,
    find_closed_links,
    find_detours,
    find_open_route,
)
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND, UnitRoutes, Way
from konvoi.plan.hours import compute_rally_starts_s
from konvoi.plan.stops import (
    AT_ASSEMBLY,
    AT_HALT,
    AT_RALLY,
    Crowd,
    Halt,
    Join,
    Watch,
    build_halt,
    find_nodes,
    find_passing,
)
from konvoi.routing import (
    compute_route_length_m,
    compute_route_shares,
    compute_shared_length_m,
    find_alternatives,
    find_route,
    find_route_along,
)
from konvoi.units import kmh_to_mps, minutes_to_s
from konvoi.words import Sentence

AVOIDED_FACTOR = (
    1000.0  # on the cost of roads of avoided classes: no town is so large that they were ridden for a detour
)


def build_routes(config: RunConfig, network: RoadNetwork, place_node: dict[str, int]) -> UnitRoutes:
    """Build the routes of every unit for the configured venue pair.

    Organised convoys take the fastest route at the speeds of cars, through their declared via points on the way out, or
    along declared streets both ways. Independent riders take the fastest one too, or choose among several
    (`behaviour.route_choice`). Nobody takes a detour because of a queue.

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
    units = _list_units(config, network, place_node, cost_s, closed)
    links, organised_unit = units.links, units.organised_unit
    first, second = (place_node[key] for key in venue_key)
    road = find_route(network, [first, second], network.link_length_m) if first != second else np.empty(0, np.int32)
    out_links = [
        np.unique(
            np.concatenate(
                [links[2 * unit] for unit, side in enumerate(units.side) if side == wanted] or [np.empty(0, np.int32)]
            )
        )
        for wanted in (1, 2)
    ]
    watches: list[Watch] = []
    halts = _build_halts(scenario, network, place_node, organised_unit, links, watches)
    joins = _build_joins(config, units.route_of, organised_unit, watches)
    return UnitRoutes(
        unit_name=tuple(units.name),
        unit_side=np.array(units.side, np.int32),
        unit_is_organised=np.array(units.is_organised),
        unit_area=np.array(units.area, np.int32),
        route_offset=np.concatenate([[0], np.cumsum([len(route) for route in links])]).astype(np.int32),
        route_link=np.concatenate(links).astype(np.int32),
        free_time_s=np.array(units.time_s),
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
        ways=_find_ways(config.behaviour.route_choice, network, links, units.is_organised, cost_s, closed),
    )


class _Units(NamedTuple):
    """The units of all convoys, in the order of the scenario."""

    name: list[str]
    side: list[int]
    is_organised: list[bool]
    area: list[int]
    links: list[IntArray]  # of their trips, two each
    time_s: list[float]  # of their trips, on free roads
    organised_unit: dict[str, int]  # number of each convoy's own unit
    route_of: dict[str, _AreaRoutes]


def _list_units(
    config: RunConfig,
    network: RoadNetwork,
    place_node: dict[str, int],
    cost_s: FloatArray,
    closed: tuple[ClosedLink, ...],
) -> _Units:
    """List the units of every convoy with their routes: the column, its independent riders, and its tour."""
    convoys = config.scenario.convoys
    # Who joins a convoy rides on with it, so that one's route comes first; units keep the order of the scenario.
    route_of: dict[str, _AreaRoutes] = {}
    for name, area in sorted(convoys.items(), key=lambda item: item[1].joins is not None):
        host = None if area.joins is None else route_of[area.joins]
        route_of[name] = _find_area_routes(config, network, place_node, name, host, cost_s, closed)
    units = _Units([], [], [], [], [], [], {}, route_of)
    for area_index, (name, area) in enumerate(convoys.items()):
        units.organised_unit[name] = len(units.name)
        own = route_of[name]
        for unit_name, is_organised, trips in (
            (name, True, own.column),
            (f"{name} (perorangan)", False, own.alone),
            (f"{name} (tur)", True, own.tour),
        ):
            if trips is None:
                continue
            units.name.append(unit_name)
            units.side.append(area.side)
            units.is_organised.append(is_organised)
            units.area.append(area_index)
            units.links.extend(trips)
            units.time_s.extend(float(np.sum(_compute_ride_s(config, network, one, is_organised))) for one in trips)
    return units


def _find_ways(
    rule: RouteChoice,
    network: RoadNetwork,
    trips: list[IntArray],
    organised: list[bool],
    cost_s: FloatArray,
    closed: tuple[ClosedLink, ...],
) -> tuple[Way, ...]:
    """Find the other routes of dispersed groups, with the shares of riders who take them; none over a closed road."""
    if rule.spread_min == 0.0:
        return ()
    ways = []
    for trip, usual in enumerate(trips):
        if organised[trip // 2]:
            continue
        others = find_alternatives(
            network, usual, cost_s, most=rule.most, longest=rule.longest, overlap_share=rule.overlap_share
        )
        others = [route for route in others if not np.isin(route, [link.link for link in closed]).any()]
        shares = compute_route_shares(network, [usual, *others], cost_s, minutes_to_s(rule.spread_min))
        ways += [Way(trip, route, float(share)) for route, share in zip(others, shares[1:], strict=True)]
    return tuple(ways)


class _AreaRoutes(NamedTuple):
    """Outbound and homebound links of the units of one assembly point."""

    column: list[IntArray]
    alone: list[IntArray]
    tour: list[IntArray] | None
    joined_after: int  # links of the joined convoy before the assembly point; 0 for those who join nobody


class _Finder(NamedTuple):
    """Finds routes that pass no road while it is closed to who rides there."""

    config: RunConfig
    network: RoadNetwork
    cost_s: FloatArray
    column_cost_s: FloatArray  # of columns, which avoid some classes of roads
    closed: tuple[ClosedLink, ...]

    def find_out(self, find: Callable[[FloatArray], IntArray], arrive_s: float, is_organised: bool) -> IntArray:
        """Find a route for who wants to arrive at a moment."""

        def compute_entry_s(route: IntArray) -> FloatArray:
            ride_s = _compute_ride_s(self.config, self.network, route, is_organised)
            return np.asarray(arrive_s - np.cumsum(ride_s[::-1])[::-1])

        return find_open_route(find, self._get_cost_s(is_organised), compute_entry_s, self.closed)

    def find_home(self, find: Callable[[FloatArray], IntArray], leave_s: float, is_organised: bool) -> IntArray:
        """Find a route for who leaves at a moment."""

        def compute_entry_s(route: IntArray) -> FloatArray:
            ride_s = _compute_ride_s(self.config, self.network, route, is_organised)
            return np.asarray(leave_s + np.cumsum(ride_s) - ride_s)

        return find_open_route(find, self._get_cost_s(is_organised), compute_entry_s, self.closed)

    def pass_holds(self, nodes: list[int], holds: list[int]) -> list[int]:
        """Lead a route of places through its holds: those it does not pass anyhow are ridden to at last."""
        if not holds:
            return nodes
        usual = find_route(self.network, nodes, self.column_cost_s)
        missing = [node for node in holds if find_passing(self.network, usual, [node]) is None]
        return [*nodes[:-1], *missing, nodes[-1]]

    def _get_cost_s(self, is_organised: bool) -> FloatArray:
        return self.column_cost_s if is_organised else self.cost_s


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
    scenario, behaviour = config.scenario, config.behaviour
    area = scenario.convoys[name]
    column_cost_s = cost_s * weigh_classes(network, area.avoids, f"convoys.{name}.avoids")
    finder = _Finder(config, network, cost_s, column_cost_s, closed)
    pair = scenario.venue_pairs[config.venue_pair_key]
    origin = place_node[area.assembly_point]
    venue = place_node[(pair.side_1, pair.side_2)[area.side - 1]]
    start_s = float(compute_rally_starts_s(config)[area.side - 1])
    end_s = start_s + minutes_to_s(scenario.rally.length_min)
    leave_s = end_s + minutes_to_s(config.rally.hold_back_min)
    holds = {
        trip: [place_node[hold.at] for hold in area.holds if hold.trip == trip] for trip in ("outbound", "homebound")
    }
    joined_after = 0
    arrive_s = start_s - minutes_to_s(behaviour.organised_margin_min)
    if host is not None:
        joined_after = _find_joining(scenario, network, name, host, origin)
        out = host.column[OUTBOUND][joined_after:]
    elif area.streets_out:
        out = finder.find_out(
            lambda cost: find_route_along(network, origin, venue, area.streets_out, cost), arrive_s, True
        )
    else:
        places_out = finder.pass_holds([origin, *(place_node[key] for key in area.via), venue], holds["outbound"])
        out = finder.find_out(lambda cost: find_route(network, places_out, cost), arrive_s, True)
    if area.streets_home:
        home = finder.find_home(
            lambda cost: find_route_along(network, venue, origin, area.streets_home, cost), leave_s, True
        )
    else:
        places_home = finder.pass_holds([venue, origin], holds["homebound"])
        home = finder.find_home(lambda cost: find_route(network, places_home, cost), leave_s, True)
    alone_s = start_s - minutes_to_s(behaviour.independent_margin_min)
    alone_out = finder.find_out(lambda cost: find_route(network, [origin, venue], cost), alone_s, False)
    alone_home = finder.find_home(lambda cost: find_route(network, [venue, origin], cost), end_s, False)
    tour = None
    if area.tour and behaviour.tour_share > 0.0:
        stops = [venue, *(place_node[key] for key in area.tour), origin]
        tour = [out, finder.find_home(lambda cost: find_route(network, stops, cost), leave_s, True)]
    return _AreaRoutes([out, home], [alone_out, alone_home], tour, joined_after)


def _find_joining(scenario: Scenario, network: RoadNetwork, name: str, host: _AreaRoutes, origin: int) -> int:
    """Find how many links of a convoy's way out lie before the assembly point of another one that joins it there."""
    area = scenario.convoys[name]
    after = find_passing(network, host.column[OUTBOUND], [origin])
    if after is None or after == len(host.column[OUTBOUND]):
        place = scenario.assembly_points[area.assembly_point].name
        raise RouteError(Sentence("faults.joins_route_away", name=name, joins=area.joins, place=place))
    return after


def weigh_classes(network: RoadNetwork, avoided: Sequence[str], path: str) -> FloatArray:
    """Return a factor on the cost of each link (L,): that of avoided classes is worth any detour on a map.

    Raises
    ------
    RouteError
        When there is no such class of roads.
    """
    for index, name in enumerate(avoided):
        if name not in DRIVABLE:
            meant = suggest(name, dict.fromkeys(sorted(DRIVABLE)))
            raise RouteError(Sentence("faults.class_unknown", path=f"{path}.{index}", name=name, meant=meant))
    return np.where(np.isin(network.link_highway, list(avoided)), AVOIDED_FACTOR, 1.0)


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
