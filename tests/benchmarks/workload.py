"""The benchmark workload W: one town and one demand, from which every simulator is fed.

The town is a grid of 12 × 8 km from which streets have been taken at random, so that about 2,000 nodes keep 5,000
directed links (2.5 per node, as in OpenStreetMap towns). Nothing else is random but where convoys gather and when they
leave. Two simulators differ in their answers only by what they are, since all ride the same links at the same
departure times, and all are given one driver: time gap 1.2 s, jam spacing 1/150 km. That driver's triangular
fundamental diagram carries 1,800 vehicles per hour and lane at 30 km/h (the convoys' headway of 2 s) and 2,250 at 60.

`build_workload(n_nodes=...)` keeps demand and routes and changes only the map: beyond 2,035 nodes, suburbs with
streets of the same density are built around the town, below, streets far from all routes are left out. The cost of
nodes that nobody rides past can so be told from the cost of traffic.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from konvoi.network import LinkDraft, RoadNetwork, build_synthetic, read_compiled, write_compiled
from konvoi.routing import find_route

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

OUTBOUND, HOMEBOUND = 0, 1
HOUR_S = 3600.0
HORIZON_S = 5.0 * HOUR_S
HOME_FROM_S = 3.0 * HOUR_S
DEPARTURE_SPAN_S = HOUR_S  # every vehicle of a phase leaves inside it
CONVOY_VEHICLES = 100
CONVOY_HEADWAY_S = 2.0
CONVOY_SPAN_S = CONVOY_VEHICLES * CONVOY_HEADWAY_S
ASSEMBLY_POINTS = 10  # per side, half of them on either bank
PEOPLE_PER_VEHICLE = 2.0

TIME_GAP_S = 1.2  # of every driver
JAM_DENSITY_PER_M = 0.150  # per lane, as in build_synthetic
ARTERIAL_KMH, ARTERIAL_LANES = 60.0, 2.0
STREET_KMH, STREET_LANES = 30.0, 1.0  # also the bridges: one lane per direction

CONTACT_M, ROAD_FACTOR, MERGE_S, MIN_CONTACT_S, MIN_PEOPLE = 50.0, 2.0, 60.0, 10.0, 10.0

COLUMNS, ROWS = 55, 37
SPACING_M = 12_000.0 / (COLUMNS - 1)  # 222.2 m, and 8,000 m / 36
N_TOWN_NODES = COLUMNS * ROWS
ROADS_PER_NODE = 2500 / N_TOWN_NODES
ARTERIAL_COLUMNS = (5, 20, 35, 50)
ARTERIAL_ROWS = (6, 18, 30)
RIVER_AFTER_COLUMN = 27
BRIDGE_ROWS = (6, 30)
VENUES = ((5, 18), (50, 18))  # column and row: 45 · 222.2 m = 10 km apart


@dataclass(frozen=True)
class Workload:
    """A town and a day of convoys. C convoys of `CONVOY_VEHICLES`; trip ``2·convoy + phase``; links 2k and 2k + 1 are a road's two directions."""

    network: RoadNetwork
    convoy_side: IntArray  # (C,) 1 or 2
    depart_s: FloatArray  # (C, 2) of the convoy's first vehicle, outbound and homebound
    route_offset: IntArray  # (2 · C + 1,)
    route_link: IntArray

    @property
    def n_convoys(self) -> int:
        """Number of convoys of both sides."""
        return len(self.convoy_side)

    @property
    def n_vehicles(self) -> int:
        """Number of vehicles of both sides; each makes two trips."""
        return CONVOY_VEHICLES * self.n_convoys

    def get_route(self, trip: int) -> IntArray:
        """Return the links of a trip."""
        return self.route_link[self.route_offset[trip] : self.route_offset[trip + 1]]

    def compute_departures_s(self) -> FloatArray:
        """Compute when each vehicle leaves: (trips, vehicles of a convoy), s."""
        rank_s = CONVOY_HEADWAY_S * np.arange(CONVOY_VEHICLES)
        return self.depart_s.reshape(-1, 1) + rank_s

    def compute_free_time_s(self) -> FloatArray:
        """Compute each trip's time at free speed, s."""
        link_s = self.network.link_length_m / self.network.link_free_speed_mps
        return np.add.reduceat(link_s[self.route_link], self.route_offset[:-1])

    def save(self, folder: Path) -> None:
        """Write the workload into a folder."""
        write_compiled(self.network, folder / "network.npz")
        np.savez(
            folder / "demand.npz",
            convoy_side=self.convoy_side,
            depart_s=self.depart_s,
            route_offset=self.route_offset,
            route_link=self.route_link,
        )


def load_workload(folder: Path) -> Workload:
    """Read what `Workload.save` wrote."""
    with np.load(folder / "demand.npz") as demand:
        return Workload(read_compiled(folder / "network.npz"), **dict(demand))


def build_workload(n_vehicles: int = 4000, n_nodes: int = N_TOWN_NODES, seed: int = 1) -> Workload:
    """Build W.

    Parameters
    ----------
    n_vehicles
        Of both sides, a multiple of 200.
    n_nodes
        At least as many as the routes pass (about 500), see the head of this file.
    seed
        Of the streets left out, the assembly points and the departure times.

    Raises
    ------
    ValueError
        When the numbers do not fit.
    """
    if n_vehicles % (2 * CONVOY_VEHICLES) or n_vehicles <= 0:
        raise ValueError(f"n_vehicles: {n_vehicles} given; a positive multiple of {2 * CONVOY_VEHICLES} is needed")
    streets, places, departures = (np.random.default_rng([seed, stream]) for stream in range(3))
    nodes, roads = lay_out_town(streets)
    if n_nodes > len(nodes):
        nodes, roads = build_suburbs(nodes, roads, n_nodes, streets)
    network = build_synthetic(nodes, roads)
    origins = choose_assembly_points(network, places)

    per_side = n_vehicles // (2 * CONVOY_VEHICLES)
    sides = np.repeat(np.array([1, 2], np.int32), per_side)
    gathers_at = np.tile(np.arange(per_side) % ASSEMBLY_POINTS, 2)
    cost_s = network.link_length_m / network.link_free_speed_mps
    rides: dict[tuple[int, int], tuple[IntArray, IntArray]] = {}
    for side in (1, 2):
        column, row = VENUES[side - 1]
        venue = row * COLUMNS + column
        for place, origin in enumerate(origins[side - 1]):
            out, home = find_route(network, [origin, venue], cost_s), find_route(network, [venue, origin], cost_s)
            rides[side, place] = out, home
    routes = [route for side, place in zip(sides, gathers_at, strict=True) for route in rides[int(side), int(place)]]
    route_link = np.concatenate(routes)
    if n_nodes < len(nodes):
        used = np.unique(np.concatenate([route for both in rides.values() for route in both]))
        network, new_link = thin_town(network, roads, used, n_nodes)
        route_link = new_link[route_link]
    return Workload(
        network=network,
        convoy_side=sides,
        depart_s=draw_departures_s(gathers_at, departures),
        route_offset=np.concatenate([[0], np.cumsum([len(route) for route in routes])]).astype(np.int32),
        route_link=route_link.astype(np.int32),
    )


def lay_out_town(draw: np.random.Generator) -> tuple[list[tuple[float, float]], list[LinkDraft]]:
    """Lay out the town: arterials and bridges first, then as many streets as there is room for, connected."""
    nodes = [(SPACING_M * column, SPACING_M * row) for row in range(ROWS) for column in range(COLUMNS)]
    arterials, streets = [], []
    for row in range(ROWS):
        for column in range(COLUMNS):
            here = row * COLUMNS + column
            if column + 1 < COLUMNS and column != RIVER_AFTER_COLUMN:
                (arterials if row in ARTERIAL_ROWS else streets).append((here, here + 1))
            if row + 1 < ROWS:
                (arterials if column in ARTERIAL_COLUMNS else streets).append((here, here + COLUMNS))
    bridges = [(row * COLUMNS + RIVER_AFTER_COLUMN, row * COLUMNS + RIVER_AFTER_COLUMN + 1) for row in BRIDGE_ROWS]
    chosen = choose_streets(len(nodes), arterials + bridges, streets, round(ROADS_PER_NODE * len(nodes)), draw)
    roads = [draft_road(*ends, ARTERIAL_KMH, ARTERIAL_LANES, "Arteri") for ends in arterials]
    roads += [draft_road(*ends, STREET_KMH, STREET_LANES, "Jembatan") for ends in bridges]
    return nodes, roads + [draft_road(*ends, STREET_KMH, STREET_LANES, "") for ends in chosen]


def draft_road(start: int, end: int, speed_kmh: float, lanes: float, name: str) -> LinkDraft:
    """Draft a two-way road whose capacity is that of the one driver: v/(v·τ + δ) per lane."""
    speed_mps = speed_kmh / 3.6
    per_lane_h = HOUR_S * speed_mps / (speed_mps * TIME_GAP_S + 1.0 / JAM_DENSITY_PER_M)
    return LinkDraft(start, end, capacity_pcu_h=lanes * per_lane_h, speed_kmh=speed_kmh, lanes=lanes, name=name)


def choose_streets(
    n_nodes: int, given: list[tuple[int, int]], streets: list[tuple[int, int]], n_roads: int, draw: np.random.Generator
) -> list[tuple[int, int]]:
    """Choose streets in random order: those that connect what is not connected yet, then any, up to a number of roads."""
    order = draw.permutation(len(streets))
    joined = list(range(n_nodes))

    def find_root(node: int) -> int:
        while joined[node] != node:
            joined[node] = joined[joined[node]]
            node = joined[node]
        return node

    for start, end in given:
        joined[find_root(start)] = find_root(end)
    tree, rest = [], []
    for index in order:
        start, end = (find_root(node) for node in streets[index])
        (tree if start != end else rest).append(int(index))
        joined[start] = end
    chosen = tree + rest[: max(0, n_roads - len(given) - len(tree))]
    return [streets[index] for index in sorted(chosen)]


def build_suburbs(
    nodes: list[tuple[float, float]], roads: list[LinkDraft], n_nodes: int, draw: np.random.Generator
) -> tuple[list[tuple[float, float]], list[LinkDraft]]:
    """Build streets around the town, ring by ring; nodes and roads of the town keep their numbers."""
    number = {(column, row): row * COLUMNS + column for row in range(ROWS) for column in range(COLUMNS)}
    ring = 0
    outside: list[tuple[int, int]] = []
    while len(nodes) + len(outside) < n_nodes:
        ring += 1
        box = [(column, row) for row in range(-ring, ROWS + ring) for column in range(-ring, COLUMNS + ring)]
        outside = [cell for cell in box if cell not in number]
    inner = {cell for cell in outside if -ring < cell[0] < COLUMNS + ring - 1 and -ring < cell[1] < ROWS + ring - 1}
    outside.sort(key=lambda cell: cell not in inner)  # of the last ring only as many as are needed
    for cell in outside[: n_nodes - len(nodes)]:
        number[cell] = len(number)
    grown = nodes + [(SPACING_M * column, SPACING_M * row) for column, row in list(number)[len(nodes) :]]
    streets = [
        (here, number[there])
        for (column, row), here in number.items()
        for there in ((column + 1, row), (column, row + 1))
        if there in number and max(here, number[there]) >= len(nodes)
    ]
    town = [(road.start, road.end) for road in roads]
    chosen = choose_streets(len(grown), town, streets, round(ROADS_PER_NODE * len(grown)), draw)
    return grown, roads + [draft_road(*ends, STREET_KMH, STREET_LANES, "") for ends in chosen]


def thin_town(
    network: RoadNetwork, roads: list[LinkDraft], used: IntArray, n_nodes: int
) -> tuple[RoadNetwork, IntArray]:
    """Keep the nodes nearest to the used links, in links to ride; return the new network and links' new numbers."""
    n = len(network.node_x_m)
    graph = csr_matrix((np.ones(len(network.link_from)), (network.link_from, network.link_to)), shape=(n, n))
    on_routes = np.unique(np.concatenate([network.link_from[used], network.link_to[used]]))
    if len(on_routes) > n_nodes:
        raise ValueError(f"n_nodes: {n_nodes} given; the routes alone pass {len(on_routes)} nodes")
    hops = dijkstra(graph, indices=on_routes, unweighted=True, min_only=True)
    kept = np.sort(np.argsort(hops, kind="stable")[:n_nodes])
    new_node = np.full(n, -1)
    new_node[kept] = np.arange(n_nodes)
    new_link = np.full(2 * len(roads), -1, np.int32)
    kept_roads = []
    for index, road in enumerate(roads):
        start, end = int(new_node[road.start]), int(new_node[road.end])
        if start >= 0 and end >= 0:
            new_link[2 * index : 2 * index + 2] = 2 * len(kept_roads) + np.arange(2)
            kept_roads.append(LinkDraft(start, end, road.capacity_pcu_h, road.speed_kmh, road.lanes, name=road.name))
    nodes = [(float(network.node_x_m[node]), float(network.node_y_m[node])) for node in kept]
    return build_synthetic(nodes, kept_roads), new_link


def choose_assembly_points(network: RoadNetwork, draw: np.random.Generator) -> tuple[list[int], list[int]]:
    """Choose where convoys gather: corners of streets (no arterial) of the town, half of each side's on either bank."""
    is_arterial = network.link_lanes == ARTERIAL_LANES
    corner = np.ones(len(network.node_x_m), bool)
    corner[network.link_from[is_arterial]] = False
    corner[N_TOWN_NODES:] = False
    is_east = np.arange(len(corner)) % COLUMNS > RIVER_AFTER_COLUMN
    chosen: tuple[list[int], list[int]] = ([], [])
    for bank in (~is_east, is_east):
        drawn = draw.choice(np.flatnonzero(corner & bank), size=ASSEMBLY_POINTS, replace=False)
        for k, node in enumerate(drawn):
            chosen[k % 2].append(int(node))
    # Alternate banks, so that a small demand, which does not use all assembly points, crosses the river too.
    half = ASSEMBLY_POINTS // 2
    order = [k + half * bank for k in range(half) for bank in (0, 1)]
    return [chosen[0][k] for k in order], [chosen[1][k] for k in order]


def draw_departures_s(gathers_at: NDArray[np.int64], draw: np.random.Generator) -> FloatArray:
    """Draw when convoys leave: those of an assembly point one after the other, those of a venue as it comes."""
    per_side = len(gathers_at) // 2
    slots = -(-per_side // ASSEMBLY_POINTS)
    slot_s = DEPARTURE_SPAN_S / slots
    if slot_s < CONVOY_SPAN_S:
        raise ValueError(f"{slots} convoys cannot leave one assembly point inside {DEPARTURE_SPAN_S:.0f} s")
    slot = np.tile(np.arange(per_side) // ASSEMBLY_POINTS, 2)
    out_s = slot * slot_s + draw.uniform(0.0, slot_s - CONVOY_SPAN_S, len(gathers_at))
    home_s = HOME_FROM_S + draw.uniform(0.0, DEPARTURE_SPAN_S - CONVOY_SPAN_S, len(gathers_at))
    return np.column_stack([out_s, home_s])
