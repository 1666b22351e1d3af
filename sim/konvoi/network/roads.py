"""The road network as read-only arrays in projected metres, and how it is drawn by hand for tests and teaching."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import FloatArray, IntArray
from konvoi.units import kmh_to_mps, per_hour_to_per_s

RANK = {
    name: rank for rank, name in enumerate(("motorway", "trunk", "primary", "secondary", "tertiary", "residential"))
}


@dataclass(frozen=True)
class MapQuality:
    """What is known of a network's source, and how much of it is assumed."""

    kind: str = "openstreetmap"  # or "road_list", "skeleton", "synthetic"
    place: str = ""
    date: str = ""
    licence: str = ""
    source: str = ""
    n_nodes: int = 0
    n_links: int = 0
    road_km: float = 0.0  # each two-way road once
    share_lanes_assumed: float = 0.0  # shares by length, 0 to 1
    share_width_assumed: float = 0.0
    share_speed_assumed: float = 0.0
    share_names_missing: float = 0.0
    share_official: float = 0.0  # of lines from official lists, and of lines inferred from other facts
    share_inferred: float = 0.0
    not_yet_open: str = ""  # roads left out because they open after the day of the scenario
    dead_ends: int = 0
    bridges: int = 0  # ways tagged as one
    duplicate_pieces: int = 0  # roads drawn twice, of which one was left out
    edits: int = 0  # local corrections applied
    dropped_nodes: int = 0  # not strongly connected with the rest
    dropped_km: float = 0.0
    forbidden_turns: int = 0  # which no route takes
    restrictions_left: int = 0  # of turns, which cannot be obeyed: at certain hours, or over several roads
    knows_turns: bool = True  # OSMnx writes none, and neither do lists of roads
    left_out: str = ""  # ways convoys may not ride, by class with their length; of a GraphML file
    position_error_median_m: float = float("nan")
    position_error_max_m: float = float("nan")
    worst_venue: str = ""  # the venue whose position is known worst, and how far it may be off
    worst_venue_error_m: float = float("nan")
    file_hash: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; unknown numbers are None."""
        return {key: None if value != value else value for key, value in asdict(self).items()}

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> MapQuality:
        """Return the quality `to_dict` described."""
        known: dict[str, Any] = {key: float("nan") if value is None else value for key, value in content.items()}
        return MapQuality(**known)


@dataclass(frozen=True)
class RoadNetwork:
    """Nodes and directed links; all arrays read-only. N nodes, L links, P shape vertices."""

    node_x_m: FloatArray  # (N,) projected
    node_y_m: FloatArray
    node_name: tuple[str, ...]  # junction name; empty where a node is not a junction
    node_has_signal: NDArray[np.bool_]
    link_from: IntArray  # (L,)
    link_to: IntArray
    link_twin: IntArray  # the other direction of the same road; the link itself where there is none
    link_length_m: FloatArray
    link_capacity_pcu_s: FloatArray  # of the direction
    link_jam_density_pcu_m: FloatArray
    link_lanes: FloatArray
    link_free_speed_mps: FloatArray  # of cars
    link_class_speed_mps: FloatArray  # (L, 3): motorcycle, car, truck
    link_name: tuple[str, ...]
    link_highway: tuple[str, ...]
    shape_offset: IntArray  # (L + 1,)
    shape_x_m: FloatArray  # (P,)
    shape_y_m: FloatArray
    crs: str  # of the projection; empty for a synthetic network
    quality: MapQuality
    # (R, 2) from a link, onto one
    forbidden_turns: IntArray = field(default_factory=lambda: np.empty((0, 2), np.int32))

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def hash(self) -> str:
        """Return a key of everything the arrays say (32 hexadecimal digits)."""
        digest = hashlib.blake2b(digest_size=16)
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                digest.update(np.ascontiguousarray(value).tobytes())
            elif isinstance(value, tuple):
                digest.update("\x1f".join(value).encode())
        return digest.hexdigest()


def allow_all_turns(network: RoadNetwork) -> RoadNetwork:
    """Return the network without its forbidden turns, which are then restrictions that are not obeyed."""
    quality = network.quality
    left = quality.restrictions_left + quality.forbidden_turns
    return replace(
        network,
        forbidden_turns=np.empty((0, 2), np.int32),
        quality=replace(quality, forbidden_turns=0, restrictions_left=left),
    )


def dampen_roads(network: RoadNetwork, capacity_factor: float, speed_factor: float) -> RoadNetwork:
    """Return the network with every capacity and free speed multiplied, e.g. on a rainy day; jam densities stay."""
    if capacity_factor == speed_factor == 1.0:
        return network
    return replace(
        network,
        link_capacity_pcu_s=capacity_factor * network.link_capacity_pcu_s,
        link_free_speed_mps=speed_factor * network.link_free_speed_mps,
        link_class_speed_mps=speed_factor * network.link_class_speed_mps,
    )


def name_junctions(network: RoadNetwork) -> tuple[str, ...]:
    """Name each node where three or more roads meet after its streets, main ones first, unless it has a name."""
    n = len(network.node_x_m)
    neighbours: list[set[int]] = [set() for _ in range(n)]
    streets: list[dict[str, int]] = [{} for _ in range(n)]
    for index in range(len(network.link_from)):
        a, b = int(network.link_from[index]), int(network.link_to[index])
        neighbours[a].add(b)
        neighbours[b].add(a)
        rank = RANK.get(network.link_highway[index].removesuffix("_link"), len(RANK))
        for node in (a, b):
            if network.link_name[index]:
                streets[node][network.link_name[index]] = min(rank, streets[node].get(network.link_name[index], rank))
    names = []
    for node in range(n):
        ordered = [name for name, _ in sorted(streets[node].items(), key=lambda item: (item[1], item[0]))]
        is_junction = len(neighbours[node]) >= 3
        names.append(network.node_name[node] or (" – ".join(ordered[:2]) if is_junction else ""))
    return tuple(names)


@dataclass(frozen=True)
class LinkDraft:
    """A straight road between two nodes of a synthetic network."""

    start: int
    end: int
    capacity_pcu_h: float = 1450.0
    speed_kmh: float = 40.0
    lanes: float = 1.0
    is_two_way: bool = True
    name: str = ""
    length_m: float | None = None  # default: the straight line


def build_synthetic(
    nodes_m: Sequence[tuple[float, float]], roads: Sequence[LinkDraft], signals: Sequence[int] = ()
) -> RoadNetwork:
    """Build a network from nodes in metres, straight roads, and the nodes with a signal. For tests and teaching.

    All classes of vehicles share a road's speed.
    """
    position = np.array(nodes_m, dtype=np.float64)
    links: list[tuple[int, int, LinkDraft]] = []
    twins: list[int] = []
    for road in roads:
        index = len(links)
        links.append((road.start, road.end, road))
        twins.append(index + 1 if road.is_two_way else index)
        if road.is_two_way:
            links.append((road.end, road.start, road))
            twins.append(index)
    start = np.array([link[0] for link in links], np.int32)
    end = np.array([link[1] for link in links], np.int32)
    straight = np.hypot(*(position[end] - position[start]).T)
    length = np.array([straight[k] if link[2].length_m is None else link[2].length_m for k, link in enumerate(links)])
    speed = np.array([kmh_to_mps(link[2].speed_kmh) for link in links])
    draft = RoadNetwork(
        node_x_m=position[:, 0].copy(),
        node_y_m=position[:, 1].copy(),
        node_name=("",) * len(position),
        node_has_signal=np.isin(np.arange(len(position)), list(signals)),
        link_from=start,
        link_to=end,
        link_twin=np.array(twins, np.int32),
        link_length_m=length,
        link_capacity_pcu_s=np.array([per_hour_to_per_s(link[2].capacity_pcu_h) for link in links]),
        link_jam_density_pcu_m=np.array([0.150 * link[2].lanes for link in links]),
        link_lanes=np.array([link[2].lanes for link in links]),
        link_free_speed_mps=speed,
        link_class_speed_mps=np.repeat(speed[:, None], 3, axis=1),
        link_name=tuple(link[2].name for link in links),
        link_highway=("secondary",) * len(links),
        shape_offset=np.arange(0, 2 * len(links) + 1, 2, dtype=np.int32),
        shape_x_m=np.column_stack([position[start, 0], position[end, 0]]).ravel(),
        shape_y_m=np.column_stack([position[start, 1], position[end, 1]]).ravel(),
        crs="",
        quality=MapQuality(
            kind="synthetic", n_nodes=len(position), n_links=len(links), road_km=float(length.sum()) / 2000.0
        ),
    )
    return replace(draft, node_name=name_junctions(draft))


def get_shape(network: RoadNetwork, link: int) -> FloatArray:
    """Return the vertices (m) of a link's line, shape (n, 2)."""
    section = slice(network.shape_offset[link], network.shape_offset[link + 1])
    return np.column_stack([network.shape_x_m[section], network.shape_y_m[section]])
