"""The movement of a day said again in plain Python: dicts, lists and a heap; the safety net under the kernels.

Nothing of `konvoi.engine` is used, only the network and the plan. The rules, all of them per link and in the order of
entry (nobody overtakes on a link):

**Newell's rule** (2002). Vehicle i of e pcu repeats what its leader p did, δ = e/k_j later in space and
τ = e/q − δ/v_f later in time, unless it is slower. With T_i(x) the moment at which it passes x and u_i its free speed,

    T_i(x) = max(T_i(x − Δx) + Δx/u_i, T_p(x + δ_i) + τ_i).                                                       (1)

All headways follow from it.

*What a vehicle sees ahead.* From a point that it passes at t_i, as long as nobody stops them, vehicle i rides on as

    T_i(x) = max(t_i + x/u_i, f + x/v for each platoon ahead),                                                    (2)

where a platoon is who rides behind a slower one, the line (f, v) is this one's, and each follower shifts the lines by
(1): f becomes f + τ_i + δ_i/v. Lines to which i does not come up before the link ends cannot hinder it there and are
left out; so a column of one speed has one line.

*At the begin of a link* vehicle i enters at b_i ≥ T_p(δ_i) + τ_i, with T_p as in (2) from p's entry.

*At its end L* the leader is gone: T_p(L + δ_i) is (2) from p's exit, in the speeds of this link. Who was held at the
line rides off at its own speed, and who rode behind a slow one leaves at that one's. (Lines are left out here to which
i does not come up within its own spacing: beyond, the next link sees to it.) Before the end i rides at most at u_i:
by (1) with d = min(δ_i, L), T_i(L) ≥ T_p(L − d + δ_i) + τ_i + d/u_i. Together, with one term per line (f, v) of p,

    T_i(L) = max(b_i + L/u_i, f + τ_i + (δ_i − d)/v + d/min(u_i, v)).                                             (3)

On one road cut into links of whole spacings this is (1) without any error, free or queueing, whatever the speeds;
elsewhere queues lose the fraction of a vehicle that storage has room for.

*What the kernels remember of it* (`remembers_platoons=False`) is one speed instead of the lines: who passes a point as
close behind its leader as following allows has the lesser of both speeds there, and all others their own; and (3)
without its last term. But who enters a moment after the headway forgets the platoon it will soon be in, so a link may
take its followers before there is room behind a slow rider: they are at its begin then, instead of before it.

**Junctions**. Ways that cross have slots, given in the order of asking to who finds headway and room behind the
junction: e pcu keep those that cross waiting for e/C_0. Signals hold a link's first vehicle while its phase is not
green, unless it is escorted. An escorted unit's first vehicle takes the junction for the link on which it comes until
its last one has passed, at most for `max_hold_s`. Who may not go lets others go before. A convoy that takes both lanes
rides two abreast where a road has one lane each way, at half its pcu, and nobody else enters the other direction then.

**Closures** keep everybody out of a link between two moments. Who finds no room at the venue parks a walk away.

**Storage** (Newell 1993; Yperman 2007): N_in(t) ≤ N_out(t − L/w) + k_j·L in pcu, N_out growing at q in the last e/q
before a vehicle has left. **Merging**: start-time fair queueing (Goyal et al. 1997) with capacities as weights.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from konvoi.network import RoadNetwork
from konvoi.plan.day_plan import DayPlan

RELEASE, READY, SERVE = 0, 1, 2  # at one moment in this order, then by number of vehicle or road
AT_ORIGIN, OUT, AT_VENUE, HOME, AT_HOME = "at origin", "riding out", "at venue", "riding home", "at home"
NEVER = float("-inf")


class Line(NamedTuple):
    """A straight piece of a trajectory, by the moment at which it passes a point of a road and its speed."""

    passed_s: float
    speed_mps: float

    def reaches_s(self, ahead_m: float) -> float:
        """When they are a distance ahead of that point."""
        return self.passed_s + ahead_m / self.speed_mps


@dataclass
class Ride:
    """One vehicle on one road."""

    vehicle: int
    place: int  # of the road in the trip
    phase: int
    pcu: float  # on this road
    begin_s: float
    end_s: float | None = None


class Signal(NamedTuple):
    """When a road has green: from ``green_s`` on for ``length_s``, in every cycle."""

    cycle_s: float
    green_s: float
    length_s: float

    def find_green_s(self, time_s: float) -> float:
        """The first moment of green from a moment on."""
        phase_s = (time_s - self.green_s) % self.cycle_s
        until_next_s = self.cycle_s - phase_s
        return time_s if phase_s < self.length_s or until_next_s <= 1e-6 else time_s + until_next_s


@dataclass
class Junctions:
    """What a town's junctions do beyond merging."""

    crosses: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=dict)  # ways: from link, to link
    slot_s_pcu: float = 0.0
    signals: dict[int, Signal] = field(default_factory=dict)  # by link
    max_hold_s: float = 600.0


@dataclass
class Hold:
    """A junction held for an escorted unit."""

    unit: int
    road: Road  # on which it comes
    until_s: float


@dataclass
class Road:
    """A link, a source (vehicles ready to leave) or a gate of a venue; the latter two have no length."""

    number: int
    length_m: float
    free_speed_mps: float
    class_speed_mps: list[float]
    capacity_pcu_s: float
    jam_density_pcu_m: float
    weight_pcu_s: float
    end: str  # where its vehicles merge
    rides: list[Ride] = field(default_factory=list)  # of the whole day, in the order of entry
    n_left: int = 0
    entered_pcu: float = 0.0
    entry: list[Line] = field(default_factory=list)  # (2) of the latest to enter, the platoon farthest ahead first
    exit: list[Line] = field(default_factory=list)  # (2) of the latest to leave
    waiting: list[Road] = field(default_factory=list)  # roads whose first vehicle waits to enter this one
    tag: float = 0.0  # virtual start time of the first vehicle, while it waits
    finish_tag: float = 0.0
    reserved: Road | None = None  # whose first vehicle has a slot to cross over into this one
    slot_s: float = float("inf")  # when it begins
    look_s: float = float("inf")  # when to look again who may enter
    signal: Signal | None = None  # at its end
    opposite: Road | None = None  # the other direction of a road with one lane each way
    closures_s: list[tuple[float, float]] = field(default_factory=list)  # nobody enters from a moment to another
    n_abreast: int = 0  # vehicles on it that take the lane of the opposite direction, too
    remembers_platoons: bool = True

    @property
    def head(self) -> Ride | None:
        """The first vehicle on the road."""
        return self.rides[self.n_left] if self.n_left < len(self.rides) else None

    @property
    def storage_pcu(self) -> float:
        """What fits on the road when all stand."""
        return self.jam_density_pcu_m * self.length_m if self.length_m > 0.0 else float("inf")

    @property
    def wave_time_s(self) -> float:
        """How long room needs from the end to the begin: w = q/(k_j − q/v_f)."""
        if self.length_m == 0.0:
            return 0.0
        q, k_j, v_f = self.capacity_pcu_s, self.jam_density_pcu_m, self.free_speed_mps
        return self.length_m * (k_j - q / v_f) / q

    def find_open_s(self, time_s: float) -> float:
        """When the road may next be entered; closures that follow each other are one."""
        for begin_s, end_s in sorted(self.closures_s):
            if begin_s <= time_s:
                time_s = max(time_s, end_s)
        return time_s

    def get_headway(self, pcu: float, leader_mps: float) -> float:
        """τ + δ/v behind a leader at speed v, never less than e/q."""
        q, k_j, v_f = self.capacity_pcu_s, self.jam_density_pcu_m, self.free_speed_mps
        reaction_s_pcu = 1.0 / q - 1.0 / (k_j * v_f)
        return pcu * max(1.0 / q, reaction_s_pcu + 1.0 / k_j / leader_mps)

    def get_spacing_m(self, pcu: float) -> float:
        """δ."""
        return pcu / self.jam_density_pcu_m

    def shift(self, line: Line, pcu: float) -> Line:
        """Newell's shift of a trajectory to the next vehicle."""
        return Line(line.passed_s + self.get_headway(pcu, line.speed_mps), line.speed_mps)

    def find_earliest_entry_s(self, pcu: float) -> float:
        """When a vehicle is far enough behind the latest to enter."""
        return max((self.shift(line, pcu).passed_s for line in self.entry), default=NEVER)

    def find_earliest_exit_s(self, pcu: float, own_mps: float) -> float:
        """When a vehicle is far enough behind the latest to leave (3)."""
        near_m = min(self.get_spacing_m(pcu), self.length_m)
        return max(
            (
                self.shift(line, pcu).passed_s
                + (near_m * max(0.0, 1.0 / own_mps - 1.0 / line.speed_mps) if self.remembers_platoons else 0.0)
                for line in self.exit
            ),
            default=NEVER,
        )

    def follow(self, ahead: list[Line], own: Line, pcu: float, reach_m: float) -> list[Line]:
        """Add a vehicle behind the platoons ahead, less those to which it does not come up within a distance (2)."""
        shifted = [self.shift(line, pcu) for line in ahead]
        if not self.remembers_platoons:
            is_following = bool(shifted) and own.passed_s <= shifted[-1].passed_s + 1e-9
            return [Line(own.passed_s, min(own.speed_mps, shifted[-1].speed_mps)) if is_following else own]
        return [line for line in shifted if line.reaches_s(reach_m) > own.reaches_s(reach_m)] + [own]

    def find_room_s(self, pcu: float) -> float:
        """When there is room for a vehicle; minus infinity when there is anyway, infinity when nobody knows yet."""
        needed_pcu = self.entered_pcu + pcu - self.storage_pcu
        if needed_pcu <= 1e-9 or not self.rides:
            return NEVER
        total_pcu = 0.0
        for ride in self.rides:  # whose room it is
            total_pcu += ride.pcu
            if total_pcu >= needed_pcu - 1e-9:
                break
        if ride.end_s is None:
            return float("inf")
        surplus_pcu = max(0.0, total_pcu - needed_pcu)
        return max(ride.end_s, ride.end_s + self.wave_time_s - surplus_pcu * (1.0 / self.capacity_pcu_s))


class Day:
    """Everybody's day, event by event."""

    def __init__(
        self,
        network: RoadNetwork,
        plan: DayPlan,
        junctions: Junctions | None = None,
        *,
        remembers_platoons: bool = True,
    ) -> None:
        self.plan = plan
        self.junctions = junctions or Junctions()
        self.unit = [int(unit) for unit in plan.vehicle_unit]
        self.pcu = [float(pcu) for pcu in plan.vehicle_pcu]
        self.roads, self.trips = build_roads(network, plan)
        for road in self.roads:
            road.remembers_platoons = remembers_platoons
            road.signal = self.junctions.signals.get(road.number)
        self.clear_s: dict[tuple[int, int], float] = {}  # when nobody is on a way any more
        self.holds: dict[str, Hold] = {}  # by node, the latest
        self.n_passed: dict[tuple[int, int, int], int] = {}  # vehicles of an escorted unit, by phase and place
        self.stage = [AT_ORIGIN] * plan.n_vehicles
        self.home_delay_s = [float(delay_s) for delay_s in plan.vehicle_release_s[:, 1]]
        self.room_pcu = [list(room_pcu) for room_pcu in plan.parking_pcu]  # per side: at the venue, further off
        self.is_at_venue = [False] * plan.n_vehicles
        self.released_home_s = [float("inf")] * plan.routes.n_units
        self.node_tag: dict[str, float] = {}
        self.events: list[tuple[float, int, int]] = []

    def run(self, stop_s: float) -> None:
        """Let the day happen."""
        decisions = []
        for unit in range(self.plan.routes.n_units):
            out_s, home_s = (float(time_s) for time_s in self.plan.unit_depart_s[unit])
            decisions += [(out_s, unit, AT_ORIGIN), (max(out_s, home_s), unit, AT_VENUE)]
        decisions.sort(key=lambda decision: decision[0])  # stable: out before home
        for time_s, due in groupby(decisions, key=lambda decision: decision[0]):
            if time_s > stop_s:
                break
            self.advance(time_s)
            for _, unit, stage in due:
                self.send(unit, stage, time_s)
        self.advance(stop_s)

    def send(self, unit: int, stage: str, time_s: float) -> None:
        """Let those of a unit's vehicles leave that are there; the others follow home when they have come."""
        if stage == AT_VENUE:
            self.released_home_s[unit] = time_s
        for vehicle, its_unit in enumerate(self.unit):
            if its_unit == unit and self.stage[vehicle] == stage:
                is_out = stage == AT_ORIGIN
                delay_s = float(self.plan.vehicle_release_s[vehicle, 0]) if is_out else self.home_delay_s[vehicle]
                self.note(time_s + delay_s, RELEASE, vehicle)

    def note(self, time_s: float, kind: int, number: int) -> None:
        """Note what will happen."""
        heapq.heappush(self.events, (time_s, kind, number))

    def advance(self, until_s: float) -> None:
        """Let everything happen up to and with a moment."""
        while self.events and self.events[0][0] <= until_s:
            time_s, kind, number = heapq.heappop(self.events)
            if kind == RELEASE:
                self.begin_trip(number, time_s)
            elif kind == READY:
                self.line_up(self.roads[number], time_s)
            elif self.roads[number].look_s == time_s:
                self.roads[number].look_s = float("inf")
                self.serve(self.roads[number], time_s)

    def begin_trip(self, vehicle: int, time_s: float) -> None:
        """Put a vehicle into the source of its next trip."""
        phase = 0 if self.stage[vehicle] == AT_ORIGIN else 1
        self.stage[vehicle] = OUT if phase == 0 else HOME
        if self.is_at_venue[vehicle]:
            self.room_pcu[self.get_side(vehicle)][0] += self.pcu[vehicle]
            self.is_at_venue[vehicle] = False
        source = self.trips[self.unit[vehicle], phase][0]
        self.enter(Ride(vehicle, 0, phase, self.find_pcu(vehicle, source), time_s))

    def get_trip(self, ride: Ride) -> list[Road]:
        """All roads of a vehicle's trip."""
        return self.trips[self.unit[ride.vehicle], ride.phase]

    def get_speed(self, vehicle: int, road: Road) -> float:
        """A vehicle's free speed: its class's times its own factor, at most its convoy's and at most v_f."""
        plan = self.plan
        own_mps = road.class_speed_mps[plan.vehicle_class[vehicle]] * float(plan.vehicle_speed_factor[vehicle])
        return min(own_mps, float(plan.unit_speed_cap_mps[self.unit[vehicle]]), road.free_speed_mps)

    def find_pcu(self, vehicle: int, road: Road) -> float:
        """How much of a road a vehicle takes: half its pcu where its convoy rides two abreast, in both lanes."""
        takes_both = bool(self.plan.unit_takes_both_lanes[self.unit[vehicle]])
        is_abreast = takes_both and road.opposite is not None and road.opposite.n_abreast == 0
        return self.pcu[vehicle] * (0.5 if is_abreast else 1.0)

    def is_lane_taken(self, vehicle: int, road: Road) -> bool:
        """Whether a column that comes towards a vehicle two abreast takes the lane it wants."""
        takes_both = bool(self.plan.unit_takes_both_lanes[self.unit[vehicle]])
        return not takes_both and road.opposite is not None and road.opposite.n_abreast > 0

    def enter(self, ride: Ride) -> None:
        """Put a vehicle on a road, behind the others."""
        road = self.get_trip(ride)[ride.place]
        own = Line(ride.begin_s, self.get_speed(ride.vehicle, road))
        road.entry = road.follow(road.entry, own, ride.pcu, max(road.length_m, road.get_spacing_m(ride.pcu)))
        road.entered_pcu += ride.pcu
        if ride.pcu < self.pcu[ride.vehicle]:
            road.n_abreast += 1
        road.rides.append(ride)
        if road.head is ride:
            self.note_ready(road)

    def note_ready(self, road: Road) -> None:
        """Note when the first vehicle of a road can be at its end (3)."""
        ride = road.head
        assert ride is not None
        own_mps = self.get_speed(ride.vehicle, road)
        free_s = ride.begin_s + road.length_m / own_mps
        self.note(max(free_s, road.find_earliest_exit_s(ride.pcu, own_mps)), READY, road.number)

    def line_up(self, road: Road, time_s: float) -> None:
        """Let the first vehicle of a road ask for the next one, or end its trip."""
        ride = road.head
        assert ride is not None
        trip = self.get_trip(ride)
        if ride.place + 1 < len(trip):
            road.tag = max(self.node_tag.get(road.end, 0.0), road.finish_tag)
            wanted = trip[ride.place + 1]
            wanted.waiting.append(road)
            self.serve(wanted, time_s)
            return
        self.leave(road, time_s)
        vehicle = ride.vehicle
        self.stage[vehicle] = AT_VENUE if ride.phase == 0 else AT_HOME
        released_s = self.released_home_s[self.unit[vehicle]]
        if ride.phase == 0 and released_s < float("inf"):  # too late for the rally: turn round
            follow_s = released_s + self.home_delay_s[vehicle]
            self.note(max(follow_s, time_s + self.plan.turnaround_s), RELEASE, vehicle)
        elif ride.phase == 0:
            self.park(vehicle)

    def park(self, vehicle: int) -> None:
        """Find room at the venue, or further off and a walk away, or else on the street."""
        side, pcu = self.get_side(vehicle), self.pcu[vehicle]
        if pcu <= self.room_pcu[side][0]:
            self.room_pcu[side][0] -= pcu
            self.is_at_venue[vehicle] = True
        elif pcu <= self.room_pcu[side][1]:
            self.room_pcu[side][1] -= pcu
            self.home_delay_s[vehicle] += self.plan.walk_s[side]

    def get_side(self, vehicle: int) -> int:
        """Return the index of a vehicle's side, 0 or 1."""
        return int(self.plan.routes.unit_side[self.unit[vehicle]]) - 1

    def serve(self, wanted: Road, time_s: float) -> None:
        """Let waiting vehicles into a road as far as junction, headway and room allow, whose turn it is first."""
        while wanted.waiting:
            open_s = wanted.find_open_s(time_s)
            if open_s > time_s:
                wanted.reserved = None
                self.look_again(wanted, open_s)
                return
            road, possible_s = self.choose(wanted, time_s)
            has_slot = wanted.reserved is not None
            if possible_s <= time_s:  # who cannot go at its slot loses it
                wanted.reserved = None
            if has_slot and possible_s <= time_s < self.find_opening_s(road, time_s):
                continue
            ride = road.head
            assert ride is not None
            pcu = self.find_pcu(ride.vehicle, wanted)
            if possible_s <= time_s and self.is_lane_taken(ride.vehicle, wanted):
                return
            if possible_s <= time_s:
                possible_s = wanted.find_earliest_entry_s(pcu)
            if possible_s <= time_s:
                possible_s = wanted.find_room_s(pcu)
            if possible_s <= time_s and not has_slot:
                possible_s = self.give_slot_s(road, wanted, pcu, time_s)
                if possible_s > time_s:
                    wanted.reserved, wanted.slot_s = road, possible_s
            if possible_s > time_s:
                self.look_again(wanted, possible_s)
                return
            wanted.waiting.remove(road)
            self.node_tag[road.end] = max(self.node_tag.get(road.end, 0.0), road.tag)
            road.finish_tag = road.tag + pcu / road.weight_pcu_s
            self.leave(road, time_s)
            pcu = self.find_pcu(ride.vehicle, wanted)  # who turns round has cleared the lane by now
            self.enter(Ride(ride.vehicle, ride.place + 1, ride.phase, pcu, time_s))
            if self.plan.unit_is_escorted[self.unit[ride.vehicle]]:
                self.hold(road, ride, time_s)

    def choose(self, wanted: Road, time_s: float) -> tuple[Road, float]:
        """Choose whose turn it is, the least virtual start time of those that may go, and when it may."""
        if wanted.reserved:
            return wanted.reserved, wanted.slot_s
        opening_s = {road.number: self.find_opening_s(road, time_s) for road in wanted.waiting}
        may_go = [road for road in wanted.waiting if opening_s[road.number] <= time_s]
        road = min(may_go or wanted.waiting, key=lambda road: (road.tag, road.number))
        return road, min(opening_s.values())

    def look_again(self, wanted: Road, time_s: float) -> None:
        """Note when to look again who may enter a road; the earlier of two moments counts."""
        if time_s < wanted.look_s:
            wanted.look_s = time_s
            self.note(time_s, SERVE, wanted.number)

    def find_opening_s(self, road: Road, time_s: float) -> float:
        """When police and signal let the first vehicle of a road go; now, or later."""
        ride, hold = road.head, self.holds.get(road.end)
        assert ride is not None
        if hold and hold.road is not road and hold.unit != self.unit[ride.vehicle]:
            time_s = max(time_s, hold.until_s)
        if road.signal and not self.plan.unit_is_escorted[self.unit[ride.vehicle]]:
            time_s = road.signal.find_green_s(time_s)
        return time_s

    def give_slot_s(self, road: Road, wanted: Road, pcu: float, time_s: float) -> float:
        """Give a vehicle the first moment from now on at which nobody is on its way, and keep others off it then."""
        way = (road.number, wanted.number)
        slot_s = max(time_s, self.clear_s.get(way, NEVER))
        for other in self.junctions.crosses.get(way, []):
            end_s = slot_s + pcu * self.junctions.slot_s_pcu
            self.clear_s[other] = max(self.clear_s.get(other, NEVER), end_s)
        return slot_s

    def hold(self, road: Road, ride: Ride, time_s: float) -> None:
        """Let police hold a junction from an escorted unit's first vehicle to its last, or as long as they may."""
        unit = self.unit[ride.vehicle]
        key = (unit, ride.phase, ride.place)
        self.n_passed[key] = self.n_passed.get(key, 0) + 1
        if self.n_passed[key] == 1:
            self.holds[road.end] = Hold(unit, road, time_s + self.junctions.max_hold_s)
        if self.n_passed[key] == self.unit.count(unit) and self.holds[road.end].unit == unit:
            self.holds[road.end].until_s = time_s
            for wanted in self.roads:
                if any(waiting.end == road.end for waiting in wanted.waiting):
                    self.look_again(wanted, time_s)

    def leave(self, road: Road, time_s: float) -> None:
        """Take the first vehicle off a road."""
        ride = road.head
        assert ride is not None
        own = Line(time_s, self.get_speed(ride.vehicle, road))
        road.exit = road.follow(road.exit, own, ride.pcu, road.get_spacing_m(ride.pcu))
        ride.end_s = time_s
        road.n_left += 1
        if road.head is not None:
            self.note_ready(road)
        if ride.pcu < self.pcu[ride.vehicle]:
            road.n_abreast -= 1
            if road.n_abreast == 0 and road.opposite and road.opposite.waiting:
                self.look_again(road.opposite, time_s)
        if road.waiting and not road.reserved:  # its room will have travelled back some time
            chosen, opening_s = self.choose(road, time_s)
            assert chosen.head is not None
            room_s = road.find_room_s(self.find_pcu(chosen.head.vehicle, road))
            self.look_again(road, opening_s if opening_s > time_s else max(room_s, time_s))

    def list_rides(self) -> dict[int, list[tuple[int, float, float | None]]]:
        """List every vehicle's rides of the day: number of the road, begin and end (s; None while on it)."""
        rides: dict[int, list[tuple[int, int, int, float, float | None]]] = {}
        for road in self.roads:
            for ride in road.rides:
                row = (ride.phase, ride.place, road.number, ride.begin_s, ride.end_s)
                rides.setdefault(ride.vehicle, []).append(row)
        return {vehicle: [row[2:] for row in sorted(rows, key=lambda row: row[:2])] for vehicle, rows in rides.items()}


def build_roads(network: RoadNetwork, plan: DayPlan) -> tuple[list[Road], dict[tuple[int, int], list[Road]]]:
    """Build links, sources and gates in this order, and every unit's trips through them."""
    roads = [
        Road(
            number=link,
            length_m=float(network.link_length_m[link]),
            free_speed_mps=float(network.link_free_speed_mps[link]),
            class_speed_mps=[float(speed) for speed in network.link_class_speed_mps[link]],
            capacity_pcu_s=float(network.link_capacity_pcu_s[link]),
            jam_density_pcu_m=float(network.link_jam_density_pcu_m[link]),
            weight_pcu_s=float(network.link_capacity_pcu_s[link]),
            end=f"node {network.link_to[link]}",
        )
        for link in range(len(network.link_length_m))
    ]
    for link, twin in enumerate(network.link_twin):
        if twin != link and network.link_lanes[link] <= 1.0:
            roads[link].opposite = roads[twin]
    for closed in plan.routes.closed:
        roads[closed.link].closures_s.append((closed.begin_s, closed.end_s))
    routes = plan.routes
    gate_pcu_s = float(plan.gate_capacity_pcu_s)

    def add(capacity_pcu_s: float, end: str) -> Road:
        road = Road(len(roads), 0.0, 1.0, [1.0, 1.0, 1.0], capacity_pcu_s, float("inf"), gate_pcu_s, end)
        roads.append(road)
        return road

    sources = [[add(float("inf"), "") for _ in range(routes.n_units)] for _ in range(2)]
    gates_in = [add(gate_pcu_s, "nowhere") for _ in range(2)]
    gates_out = [add(gate_pcu_s, "") for _ in range(2)]
    trips = {}
    for unit in range(routes.n_units):
        side = int(routes.unit_side[unit]) - 1
        for phase in range(2):
            section = routes.route_offset[2 * unit + phase : 2 * unit + phase + 2]
            links = [roads[link] for link in routes.route_link[section[0] : section[1]]]
            start = f"node {network.link_from[links[0].number]}"
            source = sources[phase][unit]
            source.weight_pcu_s = links[0].capacity_pcu_s
            if phase == 0:  # sources merge with the road at the first link's begin
                source.end = start
                trips[unit, phase] = [source, *links, gates_in[side]]
            else:  # who goes home lines up at the gate in one queue, and the gate merges with the road
                source = sources[phase][routes.unit_side.tolist().index(side + 1)]
                source.end = f"gate {side}"
                gates_out[side].end, gates_out[side].weight_pcu_s = start, links[0].capacity_pcu_s
                trips[unit, phase] = [source, gates_out[side], *links]
    return roads, trips


def run_day(
    network: RoadNetwork,
    plan: DayPlan,
    junctions: Junctions | None = None,
    *,
    stop_s: float = 48 * 3600.0,
    remembers_platoons: bool = True,
) -> Day:
    """Run a day of a town."""
    day = Day(network, plan, junctions, remembers_platoons=remembers_platoons)
    day.run(stop_s)
    return day
