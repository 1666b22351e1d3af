"""A drawn day of a real town on Eclipse SUMO, mesoscopic: the same departures, routes and vehicles, SUMO's own movement.

What is matched, and how (SUMO 1.28, `MESegment`; Eissfeldt 2004):

- Links: length, lanes, shape, free speed by class. A vehicle of e pcu is e·δ long, δ = 1/k_j, so that a full link holds as
  much; it follows after e·τ + e·δ/v with the τ of its link's kind, which is its link's capacity.
- Drivers: their factor on the class speed; columns at most at their head speed. SUMO takes the gap behind a slow leader
  at the link's speed, Newell at the leader's: a column's τ is longer by what that makes on its way.
- A venue's gate is an edge of 20 m of the gate's capacity, in and out. Who comes home late turns round after the same time.
- A standing column asks for the road all at once, and SUMO's own rules of insertion let it in.

Three variants. `free`: nobody has right of way and whoever comes goes. `own`: SUMO's usual right of way, with its
mesoscopic junction control; konvoi's junctions (ways that cross share a capacity) lie between the two. `jams`: as free, but
SUMO's own headways in jams, which take a column of 20 km/h on a road of 44 km/h for one.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import libsumo
import numpy as np
import sumo

from konvoi.arrays import NONE
from konvoi.network import RoadNetwork
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND, DayPlan
from tests.benchmarks.movements import Positions, Trips

STANDARD_M = 7.5  # SUMO's own, with its gap
SEGMENT_M = 98.0  # SUMO's default
CLASSES = ("motorcycle", "passenger", "truck")  # MOTORCYCLE, CAR, TRUCK
GATE_M, GATE_MPS = 20.0, 14.0
LONGEST_S = 86_400.0
VARIANTS = {  # of nodes, options of the run, and whether its headways in jams are Newell's
    "free": (' type="unregulated"', [], True),
    "own": ("", ["--meso-junction-control"], True),
    "jams": (' type="unregulated"', [], False),
}


class Road(NamedTuple):
    """A link or a gate, in m and s; SUMO's edge."""

    name: str
    start: str
    end: str
    lanes: float
    length_m: float
    class_mps: Sequence[float]
    free_mps: float
    headway_s_pcu: float  # of one lane: lanes / capacity
    shape: str = ""


class SumoTown:
    """The files of a town, with the routes of a plan's units, in a folder.

    SUMO takes the headways of jams from the number of vehicles on a segment, which it takes for 7.5 m long each. So its
    unit of length is such that the mean vehicle of the plan is as long, and its unit of τ that of the mean vehicle.
    """

    def __init__(self, network: RoadNetwork, plan: DayPlan, folder: Path, variant: str) -> None:
        self.network, self.routes, self.folder = network, plan.routes, folder
        self.node_attributes, self.options, self.has_newell_jams = VARIANTS[variant]
        self.mean_pcu = float(plan.vehicle_pcu.mean())
        self.delta_m = float(np.median(network.link_lanes / network.link_jam_density_pcu_m))
        self.stretch = STANDARD_M / (self.mean_pcu * self.delta_m)
        self.column_mps = float(plan.unit_speed_cap_mps.min())
        headway_s = network.link_lanes / network.link_capacity_pcu_s
        self.tau_s = headway_s - self.delta_m / network.link_free_speed_mps
        offset = plan.routes.route_offset
        self.trip_links = [plan.routes.route_link[a:b].tolist() for a, b in pairwise(offset)]
        roads = [
            Road(
                str(link),
                str(network.link_from[link]),
                str(network.link_to[link]),
                network.link_lanes[link],
                network.link_length_m[link],
                network.link_class_speed_mps[link],
                network.link_free_speed_mps[link],
                headway_s[link],
                self._describe_shape(link),
            )
            for link in range(len(network.link_from))
        ]
        for side in (1, 2):
            gate, venue = f"gate{side}", str(network.link_from[self._list_links(side, HOMEBOUND)[0][0]])
            for name, start, end in ((f"in{side}", venue, gate), (f"out{side}", gate, venue)):
                headway_s_pcu = 1.0 / plan.gate_capacity_pcu_s
                roads.append(Road(name, start, end, 1.0, GATE_M, [GATE_MPS] * len(CLASSES), GATE_MPS, headway_s_pcu))
        self._write(roads)

    def _list_links(self, side: int, phase: int) -> list[list[int]]:
        """List the links of all trips of a side and phase."""
        return [self.trip_links[2 * unit + phase] for unit in np.flatnonzero(self.routes.unit_side == side).tolist()]

    def _describe_shape(self, link: int) -> str:
        shape = slice(self.network.shape_offset[link], self.network.shape_offset[link + 1])
        points = zip(self.network.shape_x_m[shape], self.network.shape_y_m[shape], strict=True)
        return " ".join(f"{x:.3f},{y:.3f}" for x, y in points)

    def _describe_kind(self, road: Road) -> tuple[str, str]:
        """Describe a road's speeds to netconvert, and its headways to SUMO, each road of its own kind.

        On Newell's line a column at speed u rides at capacity at the share 1/(1 + τu/δ) of jam density: up to there a road
        is free. From there to a full road SUMO's headway grows linearly; so it does that at half the capacity both agree.
        """
        tau_s = road.headway_s_pcu - self.delta_m / road.free_mps
        free_share = 1.0 / (1.0 + tau_s * min(self.column_mps, road.free_mps) / self.delta_m)
        half_share = 1.0 - tau_s / (2.0 * road.headway_s_pcu)
        full_s = road.headway_s_pcu * (1.0 + (1.0 - free_share) / (half_share - free_share))
        n_segments = max(1, int(road.length_m / SEGMENT_M + 0.5))
        most = self.stretch * road.length_m / n_segments / STANDARD_M
        if not self.has_newell_jams:
            free_share, full_s = -1.0, most * tau_s  # SUMO's: free up to what rides at capacity at the road's speed
        taus = {"ff": tau_s, "fj": tau_s, "jf": tau_s, "jj": full_s / most}
        words = " ".join(f'tau{pair}="{self.mean_pcu * value_s:.6f}"' for pair, value_s in taus.items())
        control = str(bool(self.options)).lower()
        speeds = "".join(
            f'<restriction vClass="{name}" speed="{self.stretch * min(class_mps, road.free_mps):.6f}"/>'
            for name, class_mps in zip(CLASSES, road.class_mps, strict=True)
        )
        return (
            f'<type id="{road.name}">{speeds}</type>',
            f'<type id="{road.name}"><meso {words} jamThreshold="{free_share:.6f}" junctionControl="{control}"/></type>',
        )

    def _write(self, roads: Sequence[Road]) -> None:
        """Write the network and its kinds of roads."""
        network = self.network
        places = {str(node): xy for node, xy in enumerate(zip(network.node_x_m, network.node_y_m, strict=True))}
        for road in roads[len(network.link_from) :]:
            if road.end.startswith("gate"):
                places[road.end] = (places[road.start][0] + GATE_M, places[road.start][1])
        nodes = [
            f'<node id="{node}" x="{x:.3f}" y="{y:.3f}"{self.node_attributes}/>' for node, (x, y) in places.items()
        ]
        edges = [
            f'<edge id="{road.name}" type="{road.name}" from="{road.start}" to="{road.end}" numLanes="{road.lanes:.0f}" '
            f'priority="{road.lanes:.0f}" speed="{self.stretch * road.free_mps:.6f}" '
            f'length="{self.stretch * road.length_m:.3f}"' + (f' shape="{road.shape}"/>' if road.shape else "/>")
            for road in roads
        ]
        ways = [self.list_edges(trip) for trip in range(len(self.trip_links))]
        turns = sorted({turn for way in ways for turn in pairwise(way)})
        connections = [f'<connection from="{one}" to="{other}"/>' for one, other in turns]
        types, kinds = zip(*map(self._describe_kind, roads), strict=True)
        parts = {"node": nodes, "edge": edges, "connection": connections, "type": types}
        command = [
            Path(sumo.SUMO_HOME) / "bin" / "netconvert", "--no-internal-links", "--lefthand", "--no-warnings",
            "--offset.disable-normalization", "--xml-validation", "never", "--junctions.limit-turn-speed", "-1",
            "--output-file", self.folder / "town.net.xml",
        ]  # fmt: skip
        for tag, lines in parts.items():
            path = self.folder / f"town.{tag}.xml"
            path.write_text("\n".join([f"<{tag}s>", *lines, f"</{tag}s>\n"]))
            command += [f"--{tag}-files", path]
        (self.folder / "kinds.add.xml").write_text("\n".join(["<additional>", *kinds, "</additional>\n"]))
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300)

    def list_edges(self, trip: int) -> list[str]:
        """List the edges of a trip, with the gate of its venue."""
        side, links = self.routes.unit_side[trip // 2], list(map(str, self.trip_links[trip]))
        return [*links, f"in{side}"] if trip % 2 == OUTBOUND else [f"out{side}", *links]

    def describe_vehicles(self, plan: DayPlan) -> list[str]:
        """Describe a kind of vehicle for every class, on its own and in each column."""
        pcu = {one: float(plan.vehicle_pcu[plan.vehicle_class == one][0]) for one in range(len(CLASSES))}
        lines = []
        for unit in range(self.routes.n_units):
            cap_mps = float(plan.unit_speed_cap_mps[unit])
            links = np.unique(self.trip_links[2 * unit] + self.trip_links[2 * unit + 1])
            weight_m = self.network.link_length_m[links]
            free_mps = self.network.link_free_speed_mps[links]
            more_s = self.delta_m * np.maximum(0.0, 1.0 / np.minimum(cap_mps, free_mps) - 1.0 / free_mps)
            slower = 1.0 + float(np.average(more_s / self.tau_s[links], weights=weight_m))
            lines += [
                f'<vType id="{unit}_{one}" vClass="{name}" length="{pcu[one] / self.mean_pcu * STANDARD_M:.6f}" minGap="0" '
                f'tau="{pcu[one] / self.mean_pcu * slower:.6f}" maxSpeed="{self.stretch * min(cap_mps, 100.0):.6f}" speedDev="0" sigma="0"/>'
                for one, name in enumerate(CLASSES)
            ]
        return lines


class SumoDay:
    """One day on SUMO; there is one at a time, since SUMO keeps its state in the process."""

    def __init__(self, town: SumoTown, plan: DayPlan, period_s: float) -> None:
        self.town, self.plan, self.period_s = town, plan, period_s
        self.asked_s = np.full((plan.n_vehicles, 2), np.nan)
        unit = plan.vehicle_unit
        ready_s = plan.unit_depart_s[unit, OUTBOUND] + plan.vehicle_release_s[:, OUTBOUND]
        gather_s = np.full(plan.n_vehicles, -np.inf) if plan.vehicle_gather_s is None else plan.vehicle_gather_s
        self.asked_s[:, OUTBOUND] = np.maximum(ready_s, gather_s)
        self.side = plan.routes.unit_side[unit]
        self.n_away = [int(np.count_nonzero(self.side == side)) for side in (1, 2)]
        earliest_s = np.where(np.isfinite(gather_s), gather_s, self.asked_s[:, OUTBOUND])
        self.first_s = [float(earliest_s[self.side == side].min()) for side in (1, 2)]
        self.home_s = np.maximum(plan.unit_depart_s[unit, HOMEBOUND], plan.unit_depart_s[unit, OUTBOUND])
        network = town.network
        car_mps = network.link_free_speed_mps
        # A factor beyond the free speed of cars has no effect in konvoi; the classes' limits leave them this much.
        room = [
            float(np.average(car_mps / network.link_class_speed_mps[:, one], weights=network.link_length_m))
            for one in range(len(CLASSES))
        ]
        self.factor = np.minimum(plan.vehicle_speed_factor, np.array(room)[plan.vehicle_class])

    def ride(self) -> Iterator[Positions]:
        """Let the day pass, and say where everybody rides every ``period_s`` while neither side is all at home."""
        folder, plan = self.town.folder, self.plan
        (folder / "cars.add.xml").write_text(
            "\n".join(["<additional>", *self.town.describe_vehicles(plan), "</additional>\n"])
        )
        time_s = self.period_s * np.floor(np.nanmin(self.asked_s) / self.period_s)
        both_from_s = max(self.first_s)
        libsumo.start(
            ["sumo", "--mesosim", "--meso-edgelength", f"{self.town.stretch * SEGMENT_M:.3f}", "--meso-interpolate-pos", "--net-file", str(folder / "town.net.xml"),
             "--additional-files", f"{folder / 'kinds.add.xml'},{folder / 'cars.add.xml'}", "--begin", str(time_s),
             "--step-length", "1", "--time-to-teleport", "-1", "--no-step-log", "--no-warnings",
             "--xml-validation", "never", "--vehroute-output", str(folder / "trips.xml"),
             "--vehroute-output.exit-times", "--vehroute-output.write-unfinished", *self.town.options]
        )  # fmt: skip
        for trip in range(len(self.town.trip_links)):
            libsumo.route.add(str(trip), self.town.list_edges(trip))
        for vehicle in np.argsort(self.asked_s[:, OUTBOUND], kind="stable").tolist():
            self._add(vehicle, OUTBOUND)
        end_s = time_s + LONGEST_S
        while libsumo.simulation.getMinExpectedNumber() > 0 and time_s < end_s:
            time_s += self.period_s
            libsumo.simulationStep(time_s)
            self._send_home(time_s)
            names = libsumo.vehicle.getIDList() if time_s >= both_from_s and min(self.n_away) > 0 else ()
            if names:
                trip = np.fromiter(map(int, names), np.int64, len(names))
                at_m = np.fromiter(chain.from_iterable(map(libsumo.vehicle.getPosition, names)), float, 2 * len(names))
                yield Positions(time_s, trip // 2, at_m[0::2], at_m[1::2])
        libsumo.close()

    def _add(self, vehicle: int, phase: int) -> None:
        """Add a trip, whose name is ``2·vehicle + phase``."""
        unit, name = self.plan.vehicle_unit[vehicle], str(2 * vehicle + phase)
        kind = f"{unit}_{self.plan.vehicle_class[vehicle]}"
        depart = f"{self.asked_s[vehicle, phase]:.2f}"
        libsumo.vehicle.add(
            name, str(2 * unit + phase), kind, depart, departLane="best", departPos="base", departSpeed="max"
        )
        libsumo.vehicle.setSpeedFactor(name, float(self.factor[vehicle]))

    def _send_home(self, time_s: float) -> None:
        """Ask for the way home of those who have come; who is late turns round."""
        plan = self.plan
        for name in libsumo.simulation.getArrivedIDList():
            vehicle, phase = divmod(int(name), 2)
            if phase == HOMEBOUND:
                self.n_away[self.side[vehicle] - 1] -= 1
            else:
                release_s = self.home_s[vehicle]
                leave_s = release_s + plan.vehicle_release_s[vehicle, HOMEBOUND]
                is_late = time_s > release_s
                self.asked_s[vehicle, HOMEBOUND] = max(leave_s, time_s + plan.turnaround_s) if is_late else leave_s
                self._add(vehicle, HOMEBOUND)

    def list_trips(self) -> Trips:
        """List the trips of a day that has passed, from SUMO's own output."""
        left_s, arrived_s = (np.full((self.plan.n_vehicles, 2), np.nan) for _ in range(2))
        for _, element in ElementTree.iterparse(self.town.folder / "trips.xml"):  # written by SUMO a moment ago
            if element.tag != "vehicle":
                continue
            vehicle, phase = divmod(int(element.attrib["id"]), 2)
            route = element.find("route")
            if route is not None and "arrival" in element.attrib:
                exits_s = [float(one) for one in route.attrib["exitTimes"].split()]
                left_s[vehicle, phase] = float(element.attrib["depart"]) if phase == OUTBOUND else exits_s[0]
                arrived_s[vehicle, phase] = exits_s[-2] if phase == OUTBOUND else float(element.attrib["arrival"])
            element.clear()
        return Trips(self.asked_s, left_s, arrived_s)


def require_plain(plan: DayPlan) -> None:
    """Refuse days with what this comparison does not know.

    Raises
    ------
    ValueError
        When a plan has halts, joins, closures, other ways, people who go home in another unit or limited parking.
    """
    routes = plan.routes
    successor = plan.vehicle_successor
    has_more = routes.halts or routes.joins or routes.closed or routes.ways
    has_more = has_more or (successor is not None and bool((successor != NONE).any()))
    if has_more or bool(plan.unit_takes_both_lanes.any()) or np.isfinite([room[0] for room in plan.parking_pcu]).any():
        raise ValueError(
            "the comparison knows plain days only: no halts, joins, closures, other ways or limits of parking"
        )
