"""Local corrections of a map, kept in a small file of their own so that a new download keeps them.

The file lies beside the road file: ``kota.graphml`` is corrected by ``kota.edits.yaml``. Every correction names a spot by
its coordinates, never by a number of OpenStreetMap. Taking a line out takes the correction back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from konvoi.arrays import FloatArray
from konvoi.config.faults import describe_faults
from konvoi.config.reading import is_file, load_scenario
from konvoi.config.section import Key, Section
from konvoi.errors import NetworkError, ScenarioError
from konvoi.network.extract import XML_SUFFIXES
from konvoi.network.lines import Lines, Plane, build_lines, find_neighbours, find_plane
from konvoi.words import Sentence

REACH_M = 100.0  # how far from the road a spot may be
JUNCTION_REACH_M = 150.0
SAME_NODE_M = 3.0

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-85, le=85)]
Name = Annotated[str, Field(min_length=1, max_length=80)]


class Spot(Section):
    """Where a correction belongs, and why it is made."""

    lon_deg: Longitude = Field(description="longitude, WGS 84")
    lat_deg: Latitude = Field(description="latitude, WGS 84")
    reason: str = Field("", max_length=300, description="why, for those who come later")


class CloseRoad(Spot):
    """The road there is closed, from junction to junction, in both directions."""

    kind: Literal["close_road"]


class SetLanes(Spot):
    """The road there has this many lanes, both directions together, and this width, as far as its tags are the same."""

    kind: Literal["set_lanes"]
    lanes: int = Field(ge=1, le=12, description="lanes of both directions together")
    width_m: float | None = Field(None, ge=2, le=60, description="width of the carriageway")


class NameRoad(Spot):
    """The road there has this name, as far as its tags are the same."""

    kind: Literal["name_road"]
    name: Name = Field(description="street name")


class NameJunction(Spot):
    """The junction nearest to there is known by this name."""

    kind: Literal["name_junction"]
    name: Name = Field(description="name people use")


class BothWays(Spot):
    """The road there may be ridden in both directions, from junction to junction."""

    kind: Literal["both_ways"]


class JoinRoads(Spot):
    """The road there is joined with another one nearby."""

    kind: Literal["join_roads"]
    to_lon_deg: Longitude = Field(description="longitude on the other road")
    to_lat_deg: Latitude = Field(description="latitude on the other road")


class MergeJunction(Spot):
    """All nodes around there are one junction."""

    kind: Literal["merge_junction"]
    radius_m: float = Field(ge=1, le=100, description="nodes within this distance become one")


class MovePlace(Spot):
    """A venue or assembly point of the scenario lies there."""

    kind: Literal["move_place"]
    place: Key = Field(description="key of the venue or assembly point")


Edit = CloseRoad | SetLanes | NameRoad | NameJunction | BothWays | JoinRoads | MergeJunction | MovePlace


class Edits(Section):
    """All corrections of one map, in the order they are made."""

    edits: tuple[Annotated[Edit, Field(discriminator="kind")], ...] | None = Field(
        (), max_length=2000, description="corrections, in the order they are made"
    )

    @property
    def made(self) -> tuple[Edit, ...]:
        """The corrections; none where the last line has been taken out."""
        return self.edits or ()


def get_edits_path(road_file: Path) -> Path:
    """Return where the corrections of a road file are looked for."""
    name = road_file.name
    for suffix in sorted((*XML_SUFFIXES, ".osm.pbf", ".graphml"), key=len, reverse=True):
        if name.endswith(suffix):
            name = name.removesuffix(suffix)
            break
    return road_file.with_name(f"{name}.edits.yaml")


def load_edits(road_file: Path) -> Edits:
    """Load the corrections beside a road file; none when there is no such file.

    Raises
    ------
    NetworkError
        With every fault of the file.
    """
    path = get_edits_path(road_file)
    if not is_file(path):
        return Edits()
    try:
        return Edits.model_validate(load_scenario(path).content)
    except ValidationError as error:
        raise NetworkError(ScenarioError(str(path), describe_faults(error, Edits))) from None
    except ScenarioError as fault:
        raise NetworkError(fault) from None


def find_moves(edits: Edits) -> dict[str, tuple[float, float]]:
    """Return longitude and latitude of the places that are moved, by their keys."""
    return {edit.place: (edit.lon_deg, edit.lat_deg) for edit in edits.made if isinstance(edit, MovePlace)}


def apply_edits(graph: Any, edits: Edits, road_file: Path) -> int:
    """Correct a graph (longitude, latitude; not simplified, or simplified by OSMnx) in place.

    Returns
    -------
    How many corrections were made to the roads.

    Raises
    ------
    NetworkError
        When there is no road near a spot.
    """
    plane = find_plane(graph)
    lines: Lines | None = None
    n_made = 0
    for index, edit in enumerate(edits.made):
        if isinstance(edit, MovePlace):
            continue
        lines = lines or build_lines(graph, plane)
        try:
            is_shape_changed = _apply(graph, edit, plane, lines)
        except NetworkError as fault:
            raise NetworkError(
                Sentence("faults.edit_at", file=get_edits_path(road_file), index=index, kind=edit.kind, fault=fault)
            ) from None
        lines = None if is_shape_changed else lines
        n_made += 1
    return n_made


def _apply(graph: Any, edit: Edit, plane: Plane, lines: Lines) -> bool:
    """Make one correction; return whether the roads' lines have changed."""
    spot_m = plane.to_m(edit.lon_deg, edit.lat_deg)[0]
    match edit:
        case CloseRoad():
            for u, v, key in list(_trace_road(graph, _find_edge(lines, spot_m, edit), ())):
                graph.remove_edge(u, v, key)
            return True
        case SetLanes():
            for u, v, key in _trace_road(
                graph, _find_edge(lines, spot_m, edit), ("highway", "name", "lanes", "bridge")
            ):
                graph.edges[u, v, key]["lanes"] = str(edit.lanes)
                if edit.width_m is not None:
                    graph.edges[u, v, key]["width"] = str(edit.width_m)
        case NameRoad():
            for u, v, key in _trace_road(graph, _find_edge(lines, spot_m, edit), ("highway", "name")):
                graph.edges[u, v, key]["name"] = edit.name
        case NameJunction():
            graph.nodes[_find_junction(graph, spot_m, plane, edit)]["name"] = edit.name
        case BothWays():
            _open_both_ways(graph, list(_trace_road(graph, _find_edge(lines, spot_m, edit), ())))
            return True
        case JoinRoads():
            _join_roads(graph, spot_m, plane.to_m(edit.to_lon_deg, edit.to_lat_deg)[0], plane, lines)
            return True
        case MergeJunction():
            _merge_junction(graph, spot_m, edit.radius_m, plane)
            return True
    return False


def _find_edge(lines: Lines, spot_m: FloatArray, edit: Edit) -> tuple[Any, Any, Any]:
    if not lines.edge:
        raise NetworkError(Sentence("faults.no_road_left"))
    edge, _, distance_m = lines.find_nearest(spot_m)
    if distance_m > REACH_M:
        raise NetworkError(
            Sentence(
                "faults.edit_far", distance_m=distance_m, lon_deg=edit.lon_deg, lat_deg=edit.lat_deg, reach_m=REACH_M
            )
        )
    return lines.edge[edge]


def _find_junction(graph: Any, spot_m: FloatArray, plane: Plane, edit: Edit) -> Any:
    """Find the nearest node where three roads or more meet; where there is none in reach, the nearest node."""
    nodes, xy_m = _locate_nodes(graph, plane)
    distance_m = np.hypot(*(xy_m - spot_m).T)
    near = [int(k) for k in np.argsort(distance_m)[:200] if distance_m[k] <= JUNCTION_REACH_M]
    if not near:
        raise NetworkError(
            Sentence(
                "faults.edit_no_junction",
                junction_reach_m=JUNCTION_REACH_M,
                lon_deg=edit.lon_deg,
                lat_deg=edit.lat_deg,
                distance_m=distance_m.min(),
            )
        )
    return nodes[next((k for k in near if len(find_neighbours(graph, nodes[k])) >= 3), near[0])]


def _locate_nodes(graph: Any, plane: Plane) -> tuple[list[Any], FloatArray]:
    nodes = list(graph.nodes)
    xy = np.array([(float(graph.nodes[node]["x"]), float(graph.nodes[node]["y"])) for node in nodes])
    return nodes, plane.to_m(xy[:, 0], xy[:, 1])


def _trace_road(graph: Any, edge: tuple[Any, Any, Any], keys: tuple[str, ...]) -> set[tuple[Any, Any, Any]]:
    """Trace a road from one of its pieces to the junctions at its ends, or to where one of the tags changes."""
    u, v, _ = edge
    length_m = float(graph.edges[edge]["length"])
    tags = _get_tags(graph.edges[edge], keys)
    # Of several roads between the same two nodes only the one of this length is meant.
    traced = {one for one in _list_between(graph, u, v) if abs(float(graph.edges[one]["length"]) - length_m) < 1.0}
    for before, at in ((u, v), (v, u)):
        while len(neighbours := find_neighbours(graph, at)) == 2:
            (following,) = neighbours - {before} or {before}
            pieces = [one for one in _list_between(graph, at, following) if _get_tags(graph.edges[one], keys) == tags]
            if not pieces or traced.issuperset(pieces):
                break
            traced.update(pieces)
            before, at = at, following
    return traced


def _list_between(graph: Any, u: Any, v: Any) -> list[tuple[Any, Any, Any]]:
    return [(a, b, key) for a, b in ((u, v), (v, u)) if graph.has_edge(a, b) for key in graph[a][b]]


def _get_tags(edge: Any, keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(edge.get(key)) for key in keys)


def _open_both_ways(graph: Any, pieces: list[tuple[Any, Any, Any]]) -> None:
    """Give every piece of a road its other direction."""
    for u, v, key in pieces:
        edge = graph.edges[u, v, key]
        edge["oneway"] = False
        if not graph.has_edge(v, u):
            back = {**edge, "reversed": True}
            if "geometry" in edge:
                back["geometry"] = edge["geometry"].reverse()
            graph.add_edge(v, u, **back)


def _join_roads(graph: Any, from_m: FloatArray, to_m: FloatArray, plane: Plane, lines: Lines) -> None:
    """Join two roads by a short piece of road, splitting them where they have no node."""
    edge, at_m, distance_m = lines.find_nearest(from_m)
    if distance_m > REACH_M:
        raise NetworkError(Sentence("faults.edit_road_away", distance_m=distance_m, reach_m=REACH_M))
    tags = {key: graph.edges[lines.edge[edge]].get(key) for key in ("highway", "name")}
    start = _make_node(graph, lines.edge[edge], at_m, plane)
    lines = build_lines(graph, plane)
    is_other = np.array([start not in (u, v) for u, v, _ in lines.edge])
    edge, at_m, distance_m = lines.find_nearest(to_m, is_other)
    if distance_m > REACH_M:
        raise NetworkError(Sentence("faults.edit_no_other_road", reach_m=REACH_M))
    end = _make_node(graph, lines.edge[edge], at_m, plane)
    span_m = plane.to_m(
        [graph.nodes[node]["x"] for node in (start, end)], [graph.nodes[node]["y"] for node in (start, end)]
    )
    road = {
        "osmid": 0,
        "oneway": False,
        "reversed": False,
        "length": max(1.0, float(np.hypot(*(span_m[1] - span_m[0])))),
        **{key: value for key, value in tags.items() if value is not None},
    }
    graph.add_edge(start, end, **road)
    graph.add_edge(end, start, **road)


def _make_node(graph: Any, edge: tuple[Any, Any, Any], at_m: FloatArray, plane: Plane) -> Any:
    """Return the node at a point of an edge: an end of it when that is near, else a new one that splits it."""
    from shapely import LineString, Point
    from shapely.ops import substring

    u, v, _ = edge
    ends_m = plane.to_m([graph.nodes[n]["x"] for n in (u, v)], [graph.nodes[n]["y"] for n in (u, v)])
    distance_m = np.hypot(*(ends_m - at_m).T)
    if distance_m.min() <= SAME_NODE_M:
        return (u, v)[int(np.argmin(distance_m))]
    node = max(int(number) for number in graph.nodes) + 1
    lon, lat = plane.to_deg(at_m)
    if float(graph.nodes[u]["x"]) > 180.0:
        lon %= 360.0
    graph.add_node(node, x=lon, y=lat)
    length_m = float(graph.edges[edge]["length"])
    for a, b, key in _list_between(graph, u, v):
        held = graph.edges[a, b, key]
        if abs(float(held["length"]) - length_m) >= 1.0:
            continue
        ends = [(float(graph.nodes[n]["x"]), float(graph.nodes[n]["y"])) for n in (a, b)]
        line = held.get("geometry") or LineString(ends)
        share = line.project(Point(lon, lat), normalized=True)
        for start, end, low, high in ((a, node, 0.0, share), (node, b, share, 1.0)):
            piece = {**held, "length": float(held["length"]) * (high - low)}
            if "geometry" in held:
                piece["geometry"] = substring(line, low, high, normalized=True)
            graph.add_edge(start, end, **piece)
        graph.remove_edge(a, b, key)
    return node


def _merge_junction(graph: Any, spot_m: FloatArray, radius_m: float, plane: Plane) -> None:
    """Make one node of all nodes around a spot; roads between them are gone."""
    from shapely import LineString

    nodes, xy_m = _locate_nodes(graph, plane)
    distance_m = np.hypot(*(xy_m - spot_m).T)
    members = [nodes[k] for k in np.argsort(distance_m) if distance_m[k] <= radius_m]
    if len(members) < 2:
        raise NetworkError(Sentence("faults.edit_few_nodes", radius_m=radius_m))
    kept, inside = members[0], set(members)
    names = [str(graph.nodes[node]["name"]) for node in members if graph.nodes[node].get("name")]
    if names:
        graph.nodes[kept]["name"] = names[0]
    at = (float(graph.nodes[kept]["x"]), float(graph.nodes[kept]["y"]))
    for node in members[1:]:
        for u, v, _, edge in [
            *graph.in_edges(node, keys=True, data=True),
            *graph.out_edges(node, keys=True, data=True),
        ]:
            if u in inside and v in inside:
                continue
            moved = dict(edge)
            if "geometry" in edge:
                line = list(edge["geometry"].coords)
                moved["geometry"] = LineString([*line[:-1], at] if v == node else [at, *line[1:]])
            graph.add_edge(kept if u == node else u, kept if v == node else v, **moved)
        graph.remove_node(node)
