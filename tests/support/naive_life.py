"""Halts, joins and closed roads said again in plain Python, on top of the movement (`tests.support.naive_movement`).

Halts are roads of no length that nobody leaves until they are opened. What is decided at a moment happens after all
that moves at it, units first. Who finds a road closed goes on by the way around, if it has one.
"""

from __future__ import annotations

import heapq

from konvoi.network import RoadNetwork
from konvoi.plan.day_plan import DayPlan
from tests.support.naive_movement import AT_ORIGIN, AT_VENUE, READY, RELEASE, Day, Junctions, Ride, Road

DECIDE = 9  # behind all that moves at the same moment
NEVER_S = float("inf")


class LifeDay(Day):
    """Everybody's day with what happens on the way."""

    def __init__(self, network: RoadNetwork, plan: DayPlan, junctions: Junctions) -> None:
        super().__init__(network, plan, junctions, remembers_platoons=False)
        routes = plan.routes
        self.n_sends = 10 * routes.n_units
        self.detour_of: dict[tuple[int, int], list[list[Road]]] = {}
        self.own_way: dict[tuple[int, int], list[Road]] = {}  # by vehicle and phase, of those who turned off
        self.halts = [self.add_halt(network, trip=halt.trip, after=halt.after, node=halt.node) for halt in routes.halts]
        self.usual = {key: list(trip) for key, trip in self.trips.items()}
        for index in reversed(range(len(routes.halts))):
            halt = routes.halts[index]
            key = (halt.trip // 2, halt.trip % 2)
            self.usual[key].insert(1 + halt.trip % 2 + halt.after, self.halts[index])
        self.is_open = [False] * len(self.halts)
        self.came = [0] * len(self.halts)
        self.passed = [0] * len(routes.watches)
        self.patience_s = [NEVER_S] * len(self.halts)
        self.join_of = {join.unit: join for join in routes.joins}
        self.is_out = [False] * routes.n_units

    def add_halt(self, network: RoadNetwork, *, trip: int, after: int, node: int) -> Road:
        """Add the road of a halt; it merges with the weight of the road behind it."""
        section = self.plan.routes.route_offset[trip : trip + 2]
        links = self.plan.routes.route_link[section[0] : section[1]]
        weight = float(network.link_capacity_pcu_s[links[min(after, len(links) - 1)]])
        no_speed = [1.0, 1.0, 1.0]
        road = Road(len(self.roads), 0.0, 1.0, no_speed, NEVER_S, NEVER_S, weight, f"node {node}")
        road.remembers_platoons = False
        self.roads.append(road)
        return road

    def count(self, trip: int) -> int:
        """How many vehicles a trip has."""
        return self.unit.count(trip // 2)

    def get_trip(self, ride: Ride) -> list[Road]:
        """The way of a vehicle: around a closed road, if it has turned off."""
        usual = self.usual[self.unit[ride.vehicle], ride.phase]
        return self.own_way.get((ride.vehicle, ride.phase), usual)

    def run(self, stop_s: float) -> None:
        """Let the day happen."""
        for unit in range(self.plan.routes.n_units):
            out_s, home_s = (float(time_s) for time_s in self.plan.unit_depart_s[unit])
            join = self.join_of.get(unit)
            if join is not None:
                host = self.plan.routes.watches[join.watch].trip
                self.note(out_s + (join.patience_s if self.count(host) else 0.0), DECIDE, 10 * unit)
            else:
                self.note(out_s, DECIDE, 10 * unit)
                self.note(max(out_s, home_s), DECIDE, 10 * unit + 1)
        self.hear(0.0)
        self.advance(stop_s)

    def advance(self, until_s: float) -> None:
        """Let everything happen up to and with a moment."""
        while self.events and self.events[0][0] <= until_s:
            time_s, kind, number = heapq.heappop(self.events)
            if kind == DECIDE:
                self.decide(number, time_s)
            elif kind == RELEASE:
                self.begin_trip(number, time_s)
            elif kind == READY:
                self.line_up(self.roads[number], time_s)
            elif self.roads[number].look_s == time_s:
                self.roads[number].look_s = NEVER_S
                self.serve(self.roads[number], time_s)

    def decide(self, number: int, time_s: float) -> None:
        """Send a unit out or home, or open a halt."""
        if number >= self.n_sends:
            index = number - self.n_sends
            if not self.is_open[index]:
                self.is_open[index] = True
                self.halts[index].exit = []
                if self.halts[index].head is not None:
                    self.note(time_s, READY, self.halts[index].number)
            return
        unit, is_home = number // 10, number % 10 == 1
        if is_home:
            self.send(unit, AT_VENUE, time_s)
        elif not self.is_out[unit]:
            self.is_out[unit] = True
            self.send(unit, AT_ORIGIN, time_s)
            if unit in self.join_of:
                self.note(max(time_s, float(self.plan.unit_depart_s[unit, 1])), DECIDE, 10 * unit + 1)

    def hear(self, time_s: float) -> None:
        """Note what is due by what has passed."""
        routes = self.plan.routes
        missing = [self.count(watch.trip) - passed for watch, passed in zip(routes.watches, self.passed, strict=True)]
        for unit, join in self.join_of.items():
            if self.passed[join.watch] and (missing[join.watch] == 0 or not join.is_behind_tail):
                self.note(time_s, DECIDE, 10 * unit)
        for index, halt in enumerate(routes.halts):
            if self.patience_s[index] == NEVER_S and self.came[index]:
                self.patience_s[index] = time_s + halt.patience_s
                self.note(self.patience_s[index], DECIDE, self.n_sends + index)
            is_free = all(missing[watch] == 0 for watch in halt.watches)
            if halt.is_closing_up:
                is_free &= self.came[index] == self.count(halt.trip) > 0
            if is_free:
                self.note(max(time_s, halt.clock_s), DECIDE, self.n_sends + index)

    def enter(self, ride: Ride) -> None:
        """Put a vehicle on a road, and count it where somebody waits for it."""
        super().enter(ride)
        trip, road = 2 * self.unit[ride.vehicle] + ride.phase, self.get_trip(ride)[ride.place]
        is_news = False
        if road in self.halts:
            index = self.halts.index(road)
            self.came[index] += 1
            is_news = self.came[index] in {1, self.count(trip)}
        elif (ride.vehicle, ride.phase) not in self.own_way:
            halts = self.plan.routes.halts
            for index, watch in enumerate(self.plan.routes.watches):
                n_halts = sum(halt.trip == trip and halt.after <= watch.after for halt in halts)
                if watch.trip == trip and ride.place == 1 + trip % 2 + watch.after + n_halts:
                    self.passed[index] += 1
                    is_news |= self.passed[index] in {1, self.count(trip)}
        if is_news:
            self.hear(ride.begin_s)

    def note_ready(self, road: Road) -> None:
        """Note when the first vehicle of a road can be at its end; not at a halt that is closed."""
        if road not in self.halts or self.is_open[self.halts.index(road)]:
            super().note_ready(road)

    def serve(self, wanted: Road, time_s: float) -> None:
        """Let waiting vehicles into a road unless it is closed; who then knows a way around waits for that."""
        open_s = wanted.find_open_s(time_s)
        if open_s <= time_s:
            super().serve(wanted, time_s)
            return
        wanted.reserved = None
        for road in list(wanted.waiting):
            ride = road.head
            assert ride is not None
            around = self.find_way_around(ride)
            if around is not None:
                wanted.waiting.remove(road)
                self.own_way[ride.vehicle, ride.phase] = [*self.get_trip(ride)[: ride.place + 1], *around]
                around[0].waiting.append(road)
                self.look_again(around[0], time_s)
        if wanted.waiting:
            self.look_again(wanted, open_s)

    def find_way_around(self, ride: Ride) -> list[Road] | None:
        """Find the way around the next road of a vehicle, with the halts on it and the gate of the venue."""
        trip = 2 * self.unit[ride.vehicle] + ride.phase
        usual = self.usual[self.unit[ride.vehicle], ride.phase]
        for way in self.plan.routes.detours:
            n_halts = sum(halt.trip == trip and halt.after <= way.after for halt in self.plan.routes.halts)
            if way.trip == trip and ride.place + 1 == 1 + ride.phase + way.after + n_halts:
                roads = [self.roads[link] for link in way.links]
                for index, after in reversed(way.halts):
                    roads.insert(after, self.halts[index])
                return roads + ([usual[-1]] if ride.phase == 0 else [])
        return None
