"""Faults of a map that matter to convoys: where, what, and the correction that would mend it.

A correction is *safe* when the drawing leaves no doubt: two roads that end or cross within the width of a lane, on the
same level. All others are offered, for somebody who knows the place.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from konvoi.arrays import FloatArray, IntArray
from konvoi.network.lines import Lines, Plane, build_lines, find_neighbours, find_plane
from konvoi.network.roads import RANK
from konvoi.words import say
from konvoi.words.formats import format_number

SAFE_M = 5.0  # assumption: nearer than this on one level, two roads are meant to meet
LOOSE_M = 10.0
BRIDGE_M = 40.0
SPLIT_JUNCTION_M = 20.0
LEAST_PART_KM = 0.2  # smaller parts that hang loose are counted, not listed
MAIN_RANK = RANK["tertiary"]
MOST_LISTED = 25  # of each kind

DIGITS = {
    "loose_end": 1,
    "isolated": 1,
    "one_way_in": 1,
    "one_way_out": 1,
    "no_name": 1,
}  # decimals of the value, else none


@dataclass(frozen=True)
class Fault:
    """One finding."""

    kind: str  # ``roads.…`` of the words says what it is
    lon_deg: float
    lat_deg: float
    name: str
    value: float  # m, km or a count, as the kind's words say
    edit: Mapping[str, Any] | None = None  # the correction that would mend it, as a line of an edits file
    is_safe: bool = False

    def describe(self, lang: str) -> str:
        """Return what was found, in words."""
        # A name is one line, whatever the map says.
        name = " ".join(self.name.split()) or say("roads.nameless", lang)
        value = format_number(self.value, lang, DIGITS.get(self.kind, 0))
        return say(f"roads.{self.kind}", lang, name=name, value=value)


@dataclass(frozen=True)
class Inspection:
    """What was looked at, for a picture, and what was found."""

    faults: list[Fault]
    line_m: list[FloatArray]  # one line per road, both directions once
    line_is_kept: list[bool]  # part of the network konvoi would use
    plane: Plane


def inspect_graph(graph: Any, places: Mapping[str, tuple[str, float, float, float]] | None = None) -> Inspection:
    """Look for faults of a graph (longitude and latitude) before anything is dropped from it.

    Parameters
    ----------
    places
        Venues and assembly points: key → name, longitude, latitude, how far from a road they may be (m).
    """
    town = _Town(graph)
    faults: list[Fault] = []
    for find in (_find_open_bridges, _find_crossings, _find_loose_ends, _find_isolated, _find_traps,
                 _find_split_junctions, _find_nameless):  # fmt: skip
        faults += find(town)[:MOST_LISTED]
    faults += _find_lost_places(town, places or {})
    # A bridge that ends in the air is a loose end too: one correction per spot.
    seen: set[tuple[float, float]] = set()
    listed = []
    for fault in faults:
        spot = (round(fault.lon_deg, 4), round(fault.lat_deg, 4))
        if fault.edit is None or fault.edit["kind"] != "join_roads" or spot not in seen:
            listed.append(fault)
        if fault.edit is not None:
            seen.add(spot)
    drawn, kept = town.list_lines()
    return Inspection(listed, drawn, kept, town.plane)


class _Town:
    """A graph as arrays: N nodes, E edges."""

    def __init__(self, graph: Any) -> None:
        import shapely

        self.plane = find_plane(graph)
        self.nodes: list[Any] = list(graph.nodes)
        number = {node: index for index, node in enumerate(self.nodes)}
        self.node_m = self.plane.to_m(
            [float(x) for _, x in graph.nodes(data="x")], [float(y) for _, y in graph.nodes(data="y")]
        )
        self.lines: Lines = build_lines(graph, self.plane)
        self.tags: list[Mapping[str, Any]] = [graph.edges[edge] for edge in self.lines.edge]
        self.begin: IntArray = np.array([number[u] for u, _, _ in self.lines.edge], np.int32)
        self.end: IntArray = np.array([number[v] for _, v, _ in self.lines.edge], np.int32)
        self.length_m = np.array([float(tags["length"]) for tags in self.tags])
        self.rank = np.array([_get_rank(tags) for tags in self.tags], np.int32)
        self.level = [_get_level(tags) for tags in self.tags]
        self.n_neighbours = np.array([len(find_neighbours(graph, node)) for node in self.nodes], np.int32)
        links = csr_matrix((np.ones(len(self.begin)), (self.begin, self.end)), shape=(len(self.nodes),) * 2)
        self.strong = connected_components(links, connection="strong")[1]
        self.weak = connected_components(links, connection="weak")[1]
        self.is_main: NDArray[np.bool_] = self.strong == np.bincount(self.strong).argmax()
        self.is_edge_kept: NDArray[np.bool_] = self.is_main[self.begin] & self.is_main[self.end]
        # Each straight piece once, though two-way roads have it twice.
        ends = np.sort(np.stack([self.lines.first_m, self.lines.last_m], axis=1).view("f8,f8"), axis=1).view("f8")
        once = np.unique(ends.reshape(-1, 4), axis=0, return_index=True)[1]
        once.sort()
        self.segment_edge: IntArray = self.lines.owner[once]
        self.segments = shapely.linestrings(np.stack([self.lines.first_m[once], self.lines.last_m[once]], axis=1))
        self.tree = shapely.STRtree(self.segments)
        low, high = self.node_m.min(axis=0), self.node_m.max(axis=0)
        margin = 0.02 * (high - low)
        self.is_at_border = ((self.node_m < low + margin) | (self.node_m > high - margin)).any(axis=1)

    def name(self, edge: int) -> str:
        name = self.tags[edge].get("name")
        return " / ".join(map(str, name)) if isinstance(name, list) else str(name or "")

    def list_loose_ends(self) -> list[int]:
        nodes: list[int] = np.flatnonzero((self.n_neighbours == 1) & ~self.is_at_border).tolist()
        return nodes

    def edges_at(self, node: int) -> IntArray:
        return np.flatnonzero((self.begin == node) | (self.end == node)).astype(np.int32)

    def middle_m(self, edge: int) -> FloatArray:
        own = np.flatnonzero(self.lines.owner == edge)
        segment = own[len(own) // 2]
        return np.asarray((self.lines.first_m[segment] + self.lines.last_m[segment]) / 2.0)

    def road_km(self, edges: IntArray) -> float:
        """Return the length of edges, both directions once."""
        pairs = {(min(u, v), max(u, v)): m for u, v, m in zip(self.begin[edges].tolist(), self.end[edges].tolist(), self.length_m[edges].tolist(), strict=True)}  # fmt: skip
        return float(sum(pairs.values())) / 1000.0

    def list_lines(self) -> tuple[list[FloatArray], list[bool]]:
        drawn, kept, seen = [], [], set()
        bounds = np.searchsorted(self.lines.owner, np.arange(len(self.tags) + 1))
        for edge in range(len(self.tags)):
            key = (
                min(self.begin[edge], self.end[edge]),
                max(self.begin[edge], self.end[edge]),
                round(self.length_m[edge]),
            )
            if key in seen:
                continue
            seen.add(key)
            own = slice(bounds[edge], bounds[edge + 1])
            drawn.append(np.vstack([self.lines.first_m[own], self.lines.last_m[own][-1:]]))
            kept.append(bool(self.is_edge_kept[edge]))
        return drawn, kept


def _get_rank(tags: Mapping[str, Any]) -> int:
    value = tags.get("highway")
    value = value[0] if isinstance(value, list) else value
    return RANK.get(str(value).removesuffix("_link"), len(RANK))


def _get_level(tags: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what tells whether two roads can meet: bridge, tunnel and layer."""
    values = []
    for key in ("bridge", "tunnel", "layer"):
        value = tags.get(key)
        texts = {str(one) for one in (value if isinstance(value, list) else [value])}
        values.append(" ".join(sorted(texts - {"None", "no", "0", "nan"})))
    return tuple(values)


def _spot(town: _Town, point_m: FloatArray) -> dict[str, float]:
    lon, lat = town.plane.to_deg(point_m)
    return {"lon_deg": lon, "lat_deg": lat}


def _report(
    town: _Town,
    kind: str,
    point_m: FloatArray,
    *,
    name: str,
    value: float,
    edit: Mapping[str, Any] | None = None,
    is_safe: bool = False,
) -> Fault:
    lon, lat = town.plane.to_deg(point_m)
    return Fault(kind, lon, lat, name, float(value), edit, is_safe)


def _join(town: _Town, from_m: FloatArray, to_m: FloatArray) -> dict[str, Any]:
    lon, lat = town.plane.to_deg(to_m)
    return {"kind": "join_roads", **_spot(town, from_m), "to_lon_deg": lon, "to_lat_deg": lat}


def _find_other_roads(town: _Town, nodes: list[int]) -> dict[int, tuple[int, FloatArray, float]]:
    """Find the road nearest to each node, within reach, that is neither its own nor the next one along it.

    Returns
    -------
    Node → edge, the point on it, the distance (m).
    """
    import shapely

    points = shapely.points(town.node_m[nodes])
    one, other = town.tree.query(points, predicate="dwithin", distance=BRIDGE_M)
    distance_m = shapely.distance(points[one], town.segments[other])
    found: dict[int, tuple[int, FloatArray, float]] = {}
    own: dict[int, set[int]] = {}
    for k in np.argsort(distance_m, kind="stable").tolist():
        node, edge = nodes[one[k]], int(town.segment_edge[other[k]])
        if node in found:
            continue
        if node not in own:
            own[node] = {node, *town.end[town.begin == node].tolist(), *town.begin[town.end == node].tolist()}
        if not own[node] & {int(town.begin[edge]), int(town.end[edge])}:
            segment = town.segments[other[k]]
            at = segment.interpolate(segment.project(points[one[k]]))
            found[node] = (edge, np.array([at.x, at.y]), float(distance_m[k]))
    return found


def _find_open_bridges(town: _Town) -> list[Fault]:
    """Find ends of bridges where nothing goes on."""
    ends = [node for node in town.list_loose_ends() if town.level[town.edges_at(node)[0]][0]]
    near = _find_other_roads(town, ends)
    faults = []
    for node in ends:
        _, at_m, distance_m = near.get(node, (0, town.node_m[node], np.inf))
        edit = _join(town, town.node_m[node], at_m) if distance_m <= BRIDGE_M else None
        name = town.name(int(town.edges_at(node)[0]))
        faults.append(_report(town, "bridge", town.node_m[node], name=name, value=0.0, edit=edit, is_safe=distance_m <= SAFE_M))  # fmt: skip
    return faults


def _find_crossings(town: _Town) -> list[Fault]:
    """Find roads that cross in mid-line on one level without a node."""
    faults, seen = [], set()
    for a, b in zip(*town.tree.query(town.segments, predicate="crosses").tolist(), strict=True):
        edge, cut = int(town.segment_edge[a]), int(town.segment_edge[b])
        ends = {int(town.begin[edge]), int(town.end[edge])}
        if a >= b or town.level[edge] != town.level[cut] or ends & {int(town.begin[cut]), int(town.end[cut])}:
            continue
        at = town.segments[a].intersection(town.segments[b])
        point_m = np.array([at.x, at.y])
        spot = tuple(np.round(point_m).tolist())
        if spot in seen:
            continue
        seen.add(spot)
        names = " × ".join(sorted({town.name(edge), town.name(cut)} - {""}))
        edit = _join(town, point_m, point_m)
        faults.append(_report(town, "crossing", point_m, name=names, value=0.0, edit=edit, is_safe=not any(town.level[edge])))  # fmt: skip
    return faults


def _find_loose_ends(town: _Town) -> list[Fault]:
    """Find dead ends that stop just short of another road on the same level; of two that face each other, one."""
    faults = []
    joined_m: list[tuple[FloatArray, FloatArray]] = []
    for node, (edge, at_m, distance_m) in _find_other_roads(town, town.list_loose_ends()).items():
        own = int(town.edges_at(node)[0])
        faces = any(
            np.hypot(*(town.node_m[node] - to_m)) < 1.0 and np.hypot(*(at_m - from_m)) < 1.0
            for from_m, to_m in joined_m
        )
        if distance_m <= LOOSE_M and town.level[own] == town.level[edge] and not faces:
            joined_m.append((town.node_m[node], at_m))
            edit = _join(town, town.node_m[node], at_m)
            faults.append(_report(town, "loose_end", town.node_m[node], name=town.name(own), value=distance_m, edit=edit, is_safe=distance_m <= SAFE_M))  # fmt: skip
    return sorted(faults, key=lambda fault: fault.value)


def _find_isolated(town: _Town) -> list[Fault]:
    """Find parts that no road joins with the rest, the longest first."""
    import shapely

    faults = []
    main = town.weak[np.flatnonzero(town.is_main)[0]]
    is_rest = town.weak[town.begin] == main
    tree = shapely.STRtree(town.segments[is_rest[town.segment_edge]])
    for part in np.unique(town.weak[town.weak != main]).tolist():
        edges = np.flatnonzero(town.weak[town.begin] == part).astype(np.int32)
        km = town.road_km(edges)
        if km < LEAST_PART_KM:
            continue
        members = np.flatnonzero(town.weak == part)
        (own, _), distance_m = tree.query_nearest(
            shapely.points(town.node_m[members]), return_distance=True, all_matches=False
        )
        from_m = town.node_m[members[own[np.argmin(distance_m)]]]
        _, at_m, gap_m = town.lines.find_nearest(from_m, is_rest)
        edit = _join(town, from_m, at_m) if gap_m <= BRIDGE_M else None
        name = _name_longest(town, edges)
        faults.append(_report(town, "isolated", from_m, name=name, value=km, edit=edit))
    return sorted(faults, key=lambda fault: -fault.value)


def _find_traps(town: _Town) -> list[Fault]:
    """Find parts that one-way roads let in but not out, or out but not in; the longest first."""
    main = town.weak[np.flatnonzero(town.is_main)[0]]
    is_lost = (town.weak == main) & ~town.is_main
    inside = is_lost[town.begin] & is_lost[town.end]
    links = csr_matrix(
        (np.ones(int(inside.sum())), (town.begin[inside], town.end[inside])), shape=(len(town.nodes),) * 2
    )
    group = connected_components(links, connection="weak")[1]
    faults = []
    for part in np.unique(group[is_lost]).tolist():
        members = is_lost & (group == part)
        edges = np.flatnonzero(members[town.begin] | members[town.end]).astype(np.int32)
        bounds = [edge for edge in edges.tolist() if town.is_main[town.begin[edge]] or town.is_main[town.end[edge]]]
        km = town.road_km(edges)
        if km < LEAST_PART_KM or not bounds or (members & town.is_at_border).any():
            continue  # a road cut off by the border of the map is no trap
        at_m = town.middle_m(bounds[0])
        edit = {"kind": "both_ways", **_spot(town, at_m)}
        kind = "one_way_in" if any(town.is_main[town.begin[edge]] for edge in bounds) else "one_way_out"
        faults.append(_report(town, kind, at_m, name=town.name(bounds[0]), value=km, edit=edit))
    return sorted(faults, key=lambda fault: -fault.value)


def _find_split_junctions(town: _Town) -> list[Fault]:
    """Find main junctions drawn as three nodes or more, the most split first."""
    is_main_road = np.zeros(len(town.nodes), bool)
    is_main_road[town.begin[town.rank <= MAIN_RANK]] = True
    is_main_road[town.end[town.rank <= MAIN_RANK]] = True
    junctions = np.flatnonzero((town.n_neighbours >= 3) & is_main_road & town.is_main)
    if len(junctions) < 3:
        return []
    pairs = cKDTree(town.node_m[junctions]).query_pairs(SPLIT_JUNCTION_M, output_type="ndarray")
    links = csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(junctions),) * 2)
    cluster = connected_components(links, connection="weak")[1]
    faults = []
    for one in np.flatnonzero(np.bincount(cluster) >= 3).tolist():
        members = junctions[cluster == one]
        middle_m = town.node_m[members].mean(axis=0)
        radius_m = float(np.hypot(*(town.node_m[members] - middle_m).T).max()) + 1.0
        if radius_m > 60.0:
            continue  # a row of junctions, not one
        edit = {"kind": "merge_junction", **_spot(town, middle_m), "radius_m": round(radius_m, 1)}
        edges = np.unique(np.concatenate([town.edges_at(int(node)) for node in members]))
        names = sorted({town.name(int(edge)) for edge in edges} - {""})
        faults.append(_report(town, "split_junction", middle_m, name=" – ".join(names[:2]), value=len(members), edit=edit))  # fmt: skip
    return sorted(faults, key=lambda fault: -fault.value)


def _find_nameless(town: _Town) -> list[Fault]:
    """Find main roads without a name, the longest first: junctions on them cannot be called anything."""
    is_nameless = np.array([not town.name(edge) for edge in range(len(town.tags))], bool)
    is_nameless &= (town.rank <= MAIN_RANK) & town.is_edge_kept
    links = csr_matrix(
        (np.ones(int(is_nameless.sum())), (town.begin[is_nameless], town.end[is_nameless])),
        shape=(len(town.nodes),) * 2,
    )
    part = connected_components(links, connection="weak")[1]
    faults = []
    chosen = np.flatnonzero(is_nameless)
    order = chosen[np.argsort(part[town.begin[chosen]], kind="stable")]
    for _, group in itertools.groupby(order.tolist(), key=lambda edge: int(part[town.begin[edge]])):
        edges = np.array(list(group), np.int32)
        km = town.road_km(edges)
        if km >= LEAST_PART_KM:
            longest = int(edges[np.argmax(town.length_m[edges])])
            faults.append(_report(town, "no_name", town.middle_m(longest), name="", value=km))
    return sorted(faults, key=lambda fault: -fault.value)


def _find_lost_places(town: _Town, places: Mapping[str, tuple[str, float, float, float]]) -> list[Fault]:
    """Find places nearest to a road that is dropped, or far from every road."""
    faults = []
    for key, (name, lon, lat, limit_m) in places.items():
        point_m = town.plane.to_m(lon, lat)[0]
        _, at_m, kept_m = town.lines.find_nearest(point_m, town.is_edge_kept)
        nearest_m = town.lines.find_nearest(point_m)[2]
        edit = {"kind": "move_place", "place": key, **_spot(town, at_m)} if np.isfinite(kept_m) else None
        if kept_m > limit_m:
            faults.append(Fault("place_far", lon, lat, name, kept_m, edit))
        elif kept_m > nearest_m + 30.0:
            faults.append(Fault("place_on_lost_part", lon, lat, name, kept_m - nearest_m, edit))
    return faults


def _name_longest(town: _Town, edges: IntArray) -> str:
    lengths: dict[str, float] = {}
    for edge in edges.tolist():
        if town.name(edge):
            lengths[town.name(edge)] = lengths.get(town.name(edge), 0.0) + town.length_m[edge]
    return max(lengths, key=lambda name: lengths[name], default="")
