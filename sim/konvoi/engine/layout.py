"""Network + day plan → the state before the day begins: links, gates, halts, steps of every trip."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import NONE, FloatArray, IntArray
from konvoi.engine.crossings import Crossings, find_movements
from konvoi.engine.records import Records, build_records, make_room
from konvoi.engine.state import (
    ABSENT,
    AT_ORIGIN,
    BUSY_S,
    MOST_PAGE_S,
    MOST_PAGES,
    UNPARKED,
    Agenda,
    Entry,
    Link,
    Nodes,
    Parking,
    Ride,
    Roads,
    State,
    Units,
    Vehicle,
    Watches,
)
from konvoi.network import RoadNetwork
from konvoi.plan.day_plan import CAR, HOMEBOUND, MOTORCYCLE, OUTBOUND, TRUCK, DayPlan, UnitRoutes
from konvoi.units import SECONDS_PER_DAY


class VirtualLinks(NamedTuple):
    """Numbers of the links of no length, behind the real ones: sources out and home, gates in and out, halts."""

    n_links: int  # real ones
    n_units: int
    n_halts: int

    @property
    def n(self) -> int:
        """How many there are."""
        return 2 * self.n_units + 4 + self.n_halts

    @property
    def first_halt(self) -> int:
        """The first halt; the others follow."""
        return self.n_links + 2 * self.n_units + 4

    def find_source(self, unit: int, phase: int) -> int:
        """Return the source of a unit's trip."""
        return self.n_links + phase * self.n_units + unit

    def find_gate(self, side: int, phase: int) -> int:
        """Return the gate (in when outbound, out when homebound) of the venue of a side, 0 or 1."""
        return self.n_links + 2 * self.n_units + 2 * phase + side


def number_virtual_links(network: RoadNetwork, routes: UnitRoutes) -> VirtualLinks:
    """Return the numbers of the virtual links of a plan's routes."""
    return VirtualLinks(len(network.link_length_m), routes.n_units, len(routes.halts))


def build_state(
    network: RoadNetwork, crossings: Crossings, plan: DayPlan, horizon_s: float, max_hold_s: float, pass_m: float = 0.0
) -> State:
    """Lay out the arrays of one run of at most ``horizon_s``, everybody at their assembly points."""
    roads, links, first_step = build_roads(network, crossings, plan, horizon_s, max_hold_s, pass_m)
    n_all, n_units = len(links), plan.routes.n_units
    units = Units(
        side=(plan.routes.unit_side - 1).astype(np.int32),
        is_escorted=plan.unit_is_escorted,
        takes_both_lanes=plan.unit_takes_both_lanes,
        n_vehicles=plan.count_vehicles(),
        home_release_s=np.full(n_units, np.inf),
        n_left=np.zeros((n_units, 2), np.int32),
        n_arrived=np.zeros((n_units, 2), np.int32),
    )
    # Nobody leaves a halt until it is opened: its latest exit is a moment that never comes.
    links.exit_s[number_virtual_links(network, plan.routes).first_halt :] = np.inf
    watched = [halt.trip for halt in plan.routes.halts] + [watch.trip for watch in plan.routes.watches]
    watches = Watches(
        n_missing=np.array([units.n_vehicles[trip // 2, trip % 2] for trip in watched], np.int32),
        n_passed=np.zeros(len(watched), np.int32),
        called_s=np.full(1, np.inf),
    )
    n_nodes = len(network.node_x_m) + n_all
    nodes = Nodes(
        tag=np.zeros(n_nodes),
        clear_s=np.full(len(roads.crossing_offset) - 1, -np.inf),
        held_unit=np.full(n_nodes, NONE, np.int32),
        held_link=np.full(n_nodes, NONE, np.int32),
        held_until_s=np.full(n_nodes, -np.inf),
        n_passed=np.zeros(len(roads.route_link), np.int32),
    )
    # Each vehicle of a trip may ride every one of its steps.
    is_ride = roads.route_link != NONE
    riders = units.n_vehicles.ravel()[roads.step_trip[is_ride]]
    n_rides = np.bincount(roads.route_link[is_ride], riders, minlength=n_all).astype(np.int64)
    links.first_row[:] = links.next_row[:] = links.head[:] = links.hole[:] = np.cumsum(n_rides) - n_rides
    places_pcu = [room[0] for room in plan.parking_pcu]
    parking = Parking(
        place_pcu=np.array(places_pcu if np.isfinite(places_pcu).any() else []),
        further_pcu=np.array([room[1] for room in plan.parking_pcu]),
        walk_s=np.array(plan.walk_s),
        full_s=np.full(2, np.inf),
    )
    rides = make_room(Ride, int(n_rides.sum()) + 1)
    agenda = _build_agenda(plan.n_vehicles, n_all, int(n_rides.sum()), horizon_s)
    return State(roads, _build_fleet(plan, first_step), units, links, nodes, rides, agenda, watches, parking)


def _build_fleet(plan: DayPlan, first_step: IntArray) -> Records[Vehicle]:
    """Lay out the vehicles, everybody at their assembly points but second rows, which are absent."""
    unit, way = plan.vehicle_unit, plan.vehicle_way
    return build_records(
        Vehicle,
        plan.n_vehicles,
        pcu=plan.vehicle_pcu,
        factor=plan.vehicle_speed_factor,
        speed_cap_mps=plan.unit_speed_cap_mps[unit],
        home_delay_s=plan.vehicle_release_s[:, HOMEBOUND],
        unit=unit,
        successor=NONE if plan.vehicle_successor is None else plan.vehicle_successor,
        first_step_out=first_step[2 * unit, 0 if way is None else way[:, 0]],
        first_step_home=first_step[2 * unit + 1, 0 if way is None else way[:, 1]],
        vehicle_class=plan.vehicle_class,
        stage=np.where(plan.is_second_row, ABSENT, AT_ORIGIN),
        parked=UNPARKED,
    )


def _build_agenda(n_vehicles: int, n_all: int, n_rides: int, horizon_s: float) -> Agenda:
    """Make an empty calendar, with room for all that can be in it at a time."""
    # At most: one release per vehicle, one ready per link, and serves, of which superseded ones stay until their time.
    entries = make_room(Entry, n_vehicles + 16 * n_all + 1024)
    n_pages = min(max(n_rides * horizon_s / BUSY_S, horizon_s / MOST_PAGE_S), MOST_PAGES)
    return Agenda(
        n=np.zeros(1, np.int64),
        page=np.zeros(1, np.int64),
        pages_per_s=np.array([n_pages / horizon_s]),
        free=np.full(1, NONE, np.int32),
        n_used=np.zeros(1, np.int32),
        first=np.full(int(n_pages) + 2, NONE, np.int32),
        entries=entries,
    )


def build_roads(
    network: RoadNetwork, crossings: Crossings, plan: DayPlan, horizon_s: float, max_hold_s: float, pass_m: float
) -> tuple[Roads, Records[Link], IntArray]:
    """Append the virtual links to the real ones and lead every trip through them.

    Returns
    -------
    Roads, links, and the first step of each way of each trip, (n_trips, n_ways); −1 where there is no such way.
    """
    virtual = number_virtual_links(network, plan.routes)
    n_nodes, n_all = len(network.node_x_m), virtual.n_links + virtual.n
    ends = _lead_trips(network, plan, virtual)
    steps = ends.steps
    route_offset, route_link = np.array(steps.offset, np.int32), np.array(steps.link, np.int32)
    route_movement, crossing_offset, crossing = _find_route_crossings(crossings, route_link)
    end_node = np.concatenate([network.link_to, ends.node]).astype(np.int32)
    cycle_s = _append(crossings.cycle_s, np.zeros(virtual.n))
    # Every link that leads to a node through which an escorted unit rides may be held; so may those with a signal.
    is_on_escorted_way = np.zeros(n_nodes + virtual.n, np.bool_)
    for escorted in np.flatnonzero(plan.unit_is_escorted):
        ridden = route_link[route_offset[2 * escorted] : route_offset[2 * escorted + 2]]
        is_on_escorted_way[end_node[ridden[ridden != NONE]]] = True
    step = np.flatnonzero((route_link[:-1] != NONE) & (route_link[1:] != NONE))
    way_out = np.unique(end_node[route_link[step]].astype(np.int64) * n_all + route_link[step + 1])
    closures = _build_closures(plan, n_all, horizon_s)
    roads = Roads(
        route_offset=route_offset,
        route_link=route_link,
        step_trip=np.repeat(np.arange(2 * virtual.n_units, dtype=np.int32), np.diff(route_offset)),
        route_movement=route_movement,
        crossing_offset=crossing_offset,
        crossing=crossing,
        slot_s_pcu=np.array([crossings.slot_s_pcu]),
        cycle_s=cycle_s,
        green_s=_append(crossings.green_s, np.zeros(virtual.n)),
        green_length_s=_append(crossings.green_length_s, np.zeros(virtual.n)),
        pass_m=np.array([pass_m]),
        max_hold_s=np.array([max_hold_s]),
        out_offset=np.searchsorted(way_out, np.arange(n_nodes + virtual.n + 1) * n_all).astype(np.int32),
        out_link=(way_out % n_all).astype(np.int32),
        detour=np.array(steps.detour, np.int32),
        step_watch=np.array(steps.watch, np.int32),
        next_watch=np.array(steps.next_watch, np.int32),
        closure=closures[0],
        closure_begin_s=closures[1],
        closure_end_s=closures[2],
        next_closure=closures[3],
        turnaround_s=np.array([plan.turnaround_s]),
    )
    is_guarded = (cycle_s > 0.0) | is_on_escorted_way[end_node]
    links = _build_links(network, plan, ends, end_node, is_guarded)
    first_step = np.full((2 * virtual.n_units, max(map(len, steps.first))), -1, np.int32)
    for trip, firsts in enumerate(steps.first):
        first_step[trip, : len(firsts)] = firsts
    return roads, links, first_step


def _append(values: FloatArray, virtual: FloatArray) -> FloatArray:
    """Append the values of the virtual links to those of the real ones."""
    return np.concatenate([values, np.asarray(virtual, np.float64)])


class _Ends(NamedTuple):
    """Where the virtual links end, their capacity and their weight in merges; and the steps of all trips."""

    node: NDArray[np.int64]
    capacity_pcu_s: FloatArray
    weight_pcu_s: FloatArray
    steps: _Steps


def _lead_trips(network: RoadNetwork, plan: DayPlan, virtual: VirtualLinks) -> _Ends:
    """Lead every trip from its source over its links and halts through the gate, or the other way round."""
    routes, n_nodes, n_links = plan.routes, len(network.node_x_m), virtual.n_links
    weight, node = np.full(virtual.n, np.inf), np.arange(virtual.n) + n_nodes
    steps = _Steps(routes, virtual.first_halt)
    first_of_side = [int(np.argmax(routes.unit_side == side)) for side in (1, 2)]
    for unit in range(virtual.n_units):
        side = routes.unit_side[unit] - 1
        for phase in (OUTBOUND, HOMEBOUND):
            trip = 2 * unit + phase
            links = routes.route_link[routes.route_offset[trip] : routes.route_offset[trip + 1]]
            for index, halt in enumerate(routes.halts):
                if halt.trip == trip:
                    at = virtual.first_halt + index - n_links
                    weight[at] = network.link_capacity_pcu_s[links[min(halt.after, len(links) - 1)]]
                    node[at] = halt.node
            first_capacity, start_node = network.link_capacity_pcu_s[links[0]], network.link_from[links[0]]
            source, gate = virtual.find_source(unit, phase), virtual.find_gate(side, phase)
            weight[source - n_links] = first_capacity
            if phase == OUTBOUND:
                node[source - n_links] = start_node
                steps.add_trip(trip, links, [source], [gate])
            else:
                # Who goes home lines up at the gate in the order of being ready, whatever the convoy: all of a venue have
                # one source, that of the side's first unit. The gate merges with the road at the venue's node.
                source = virtual.find_source(first_of_side[side], phase)
                node[source - n_links] = n_nodes + gate - n_links
                weight[gate - n_links], node[gate - n_links] = first_capacity, start_node
                steps.add_trip(trip, links, [source, gate], [])
    weight[~np.isfinite(weight)] = plan.gate_capacity_pcu_s
    capacity = np.full(virtual.n, np.inf)
    capacity[2 * virtual.n_units : 2 * virtual.n_units + 4] = plan.gate_capacity_pcu_s
    return _Ends(node, capacity, weight, steps)


def _build_links(
    network: RoadNetwork, plan: DayPlan, ends: _Ends, end_node: IntArray, is_guarded: NDArray[np.bool_]
) -> Records[Link]:
    """Lay out all links, empty, with their triangular fundamental diagrams: w = q / (k_j − q/v_f)."""
    n_links, n_virtual = len(network.link_length_m), len(ends.node)

    def extend(values: FloatArray, virtual: FloatArray | float) -> FloatArray:
        return _append(values, np.broadcast_to(np.asarray(virtual, np.float64), n_virtual))

    v_f, q, k_j = network.link_free_speed_mps, network.link_capacity_pcu_s, network.link_jam_density_pcu_m
    class_speed_mps = network.link_class_speed_mps
    headway_s_pcu = extend(1.0 / q, 1.0 / ends.capacity_pcu_s)
    reaction_s_pcu = extend(1.0 / q - 1.0 / (k_j * v_f), 1.0 / ends.capacity_pcu_s)
    spacing_m_pcu = extend(1.0 / k_j, 0.0)
    # Nobody has passed yet; whoever were first would have ridden at 1 m/s.
    first_headway_s_pcu = np.maximum(headway_s_pcu, reaction_s_pcu + spacing_m_pcu)
    is_narrow = (network.link_twin != np.arange(n_links)) & (network.link_lanes <= 1.0)
    is_narrow &= plan.unit_takes_both_lanes.any()  # else nobody need look
    opposite = np.full(n_links + n_virtual, NONE, np.int32)
    opposite[:n_links][is_narrow] = network.link_twin[is_narrow]
    return build_records(
        Link,
        n_links + n_virtual,
        length_m=extend(network.link_length_m, 0.0),
        free_speed_mps=extend(v_f, 1.0),
        motorcycle_mps=extend(class_speed_mps[:, MOTORCYCLE], 1.0),
        car_mps=extend(class_speed_mps[:, CAR], 1.0),
        truck_mps=extend(class_speed_mps[:, TRUCK], 1.0),
        headway_s_pcu=headway_s_pcu,
        reaction_s_pcu=reaction_s_pcu,
        spacing_m_pcu=spacing_m_pcu,
        wave_time_s=extend(network.link_length_m * (k_j - q / v_f) / q, 0.0),
        storage_pcu=extend(k_j * network.link_length_m, np.inf),
        weight_pcu_s=extend(q, ends.weight_pcu_s),
        entered_pcu=0.0,
        hole_pcu=0.0,
        entry_s=-np.inf,
        entry_speed_mps=1.0,
        entry_headway_s_pcu=first_headway_s_pcu,
        exit_s=-np.inf,
        exit_speed_mps=1.0,
        exit_headway_s_pcu=first_headway_s_pcu,
        delay_s=0.0,
        serve_s=np.inf,
        slot_s=np.inf,
        tag=0.0,
        finish_tag=0.0,
        waiting=NONE,
        next_waiting=NONE,
        reserved=NONE,
        head=0,
        next_row=0,
        first_row=0,
        hole=0,
        end_node=end_node,
        opposite=opposite,
        n_abreast=0,
        is_guarded=is_guarded,
    )


class _Steps:
    """The steps of all trips, one after the other: each trip's usual way, its other ways, its ways around closed links."""

    def __init__(self, routes: UnitRoutes, first_halt: int) -> None:
        self.routes = routes
        self.first_halt = first_halt
        self.offset = [0]
        self.first: list[list[int]] = []  # of each way of each trip, the usual one first
        self.link: list[int] = []
        self.detour: list[int] = []
        self.watch: list[int] = []
        self.next_watch = [int(NONE)] * (len(routes.halts) + len(routes.watches))

    def add_trip(self, trip: int, links: IntArray, before: list[int], behind: list[int]) -> None:
        """Add a trip: virtual links, real links with the trip's halts between them, virtual links."""
        halts = [(index, halt.after) for index, halt in enumerate(self.routes.halts) if halt.trip == trip]
        self.first.append([len(self.link)])
        step_of_link = self._add_way(links, before, behind, halts)
        # Each watch counts who enters a step: by how many links have been ridden before.
        for index, watch in enumerate(self.routes.watches):
            if watch.trip == trip:
                step, number = step_of_link[watch.after], len(self.routes.halts) + index
                self.next_watch[number], self.watch[step] = self.watch[step], number
        for other in self.routes.ways:
            if other.trip == trip:
                self.first[-1].append(len(self.link))
                self._add_way(other.links, before, behind, [])
        for way in self.routes.detours:
            if way.trip == trip:
                closed = step_of_link[way.after]
                # The link before the closed one once more: who is on it, on this step, goes on around.
                self.detour[closed] = len(self.link)
                self._add_way(way.links, [self.link[closed - 1]], behind, list(way.halts))
        self.offset.append(len(self.link))

    def _add_way(
        self, links: IntArray, before: list[int], behind: list[int], halts: list[tuple[int, int]]
    ) -> list[int]:
        """Add steps that follow each other, and their end; return the step of each link, and that behind the last one."""
        begin = len(self.link)
        if halts:
            way, step_of_link, watch = list(before), [], [int(NONE)] * len(before)
            for k in range(len(links) + 1):
                for index in [index for index, after in halts if after == k]:
                    way.append(self.first_halt + index)
                    watch.append(index)
                step_of_link.append(begin + len(way))
                if k < len(links):
                    way.append(int(links[k]))
                    watch.append(int(NONE))
        else:
            way = [*before, *links.tolist()]
            step_of_link = list(range(begin + len(before), begin + len(way) + 1))
            watch = [int(NONE)] * len(way)
        way += [*behind, int(NONE)]
        watch += [int(NONE)] * (len(behind) + 1)
        self.link += way
        self.watch += watch
        self.detour += [int(NONE)] * len(way)
        return step_of_link


def _find_route_crossings(crossings: Crossings, route_link: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Find the movements between the steps of all routes, and among those that are ridden the ones that cross.

    Returns
    -------
    Movement from each step to the next one (NONE where no other crosses it), and the crossing ones of each movement.
    """
    n_links = len(crossings.offset) - 1
    movement = np.full(len(route_link), NONE, np.int32)
    if len(crossings.crossing) == 0:
        return movement, np.zeros(1, np.int32), np.zeros(0, np.int32)
    is_road = route_link < n_links
    step = np.flatnonzero(is_road[:-1] & is_road[1:])  # between two ways lies their end
    found = find_movements(crossings, route_link[step], route_link[step + 1])
    ridden, number = np.unique(found, return_inverse=True)
    new_number = np.full(len(crossings.out_link), NONE, np.int32)
    new_number[ridden] = np.arange(len(ridden), dtype=np.int32)
    count = np.diff(crossings.crossing_offset)[ridden]
    first = np.repeat(crossings.crossing_offset[ridden] - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    others = new_number[crossings.crossing[first + np.arange(len(first))]]
    owner = np.repeat(np.arange(len(ridden)), count)[others != NONE]
    offset = np.searchsorted(owner, np.arange(len(ridden) + 1)).astype(np.int32)
    movement[step] = np.where(np.diff(offset)[number] > 0, number, NONE)
    return movement, offset, others[others != NONE]


def _build_closures(plan: DayPlan, n_all: int, horizon_s: float) -> tuple[IntArray, FloatArray, FloatArray, IntArray]:
    """Chain the closures of each link, day after day: first of each link, begins, ends (s), next of the same link."""
    days = np.arange(np.ceil(horizon_s / SECONDS_PER_DAY)) * SECONDS_PER_DAY
    rows = sorted(
        (one.link, day_s + one.begin_s, day_s + one.end_s) for one in plan.routes.closed for day_s in days.tolist()
    )
    first, following = np.full(n_all, NONE, np.int32), np.full(len(rows), NONE, np.int32)
    for row in range(len(rows) - 1, -1, -1):
        link = rows[row][0]
        following[row] = first[link]
        first[link] = row
    return first, np.array([row[1] for row in rows]), np.array([row[2] for row in rows]), following
