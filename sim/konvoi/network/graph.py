"""Road file → OSMnx graph → RoadNetwork. With `fetch` the only file that knows OSMnx and NetworkX."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import FloatArray, IntArray
from konvoi.errors import NetworkError
from konvoi.network.edits import Edits, apply_edits
from konvoi.network.extract import (
    OSM_LICENCE,
    ROAD_TAGS,
    SIGNAL,
    check_xml,
    cut_extract,
    find_licence,
    is_drivable,
    read_extract,
    write_extract,
)
from konvoi.network.manual import rate_link, read_manual
from konvoi.network.roads import RANK, MapQuality, RoadNetwork, name_junctions
from konvoi.network.turns import Turn, format_turns, parse_turns
from konvoi.texts import clean_text
from konvoi.words import Sentence

SHAPE_TOLERANCE_M = 5.0
KINDS = ("openstreetmap", "road_list", "skeleton")  # of maps of a real place
OFFICIAL, INFERRED = "official", "inferred"  # values of konvoi:quality: where a road's line is from
SIGNAL_REACH_M = 40.0  # from a stop line to its junction
ISO_DATE = r"\d{4}(-\d{2}(-\d{2})?)?"  # of these, the earlier one is the smaller text
# Attributes of a graph: which turns are forbidden, how many restrictions are not obeyed.
TURNS, TURNS_LEFT = "konvoi_turns", "konvoi_turns_left"
UNKNOWN = "unknown"  # in a GraphML file; the day it was written is not the day of its map


def build_network(path: Path, manual: Path, edits: Edits | None = None, day: str = "") -> RoadNetwork:
    """Build a network from an OSM extract (.osm, .osm.gz, .osm.bz2, .osm.pbf) or an OSMnx GraphML file.

    Drivable ways only; the largest strongly connected part is kept; what was dropped and what is assumed is counted in
    the network's quality.

    Parameters
    ----------
    edits
        Local corrections to make first.
    day
        ISO date; roads tagged with a later ``start_date`` are left out. Without one all roads are open.

    Raises
    ------
    NetworkError
        With one sentence, when the file cannot be used.
    """
    rules = read_manual(manual)
    graph, source = read_graph(path)
    if edits is not None and edits.made:
        source = replace(source, edits=apply_edits(graph, edits, path))
    source = replace(source, not_yet_open=_drop_unopened(graph, day))
    return _compile_graph(graph, rules, source, path)


def read_graph(path: Path, area: Any = None) -> tuple[Any, MapQuality]:
    """Read a road file as OSMnx's graph in longitude and latitude, with what the file says of itself.

    Parameters
    ----------
    area
        Shapely polygon; only roads in it are read.

    Raises
    ------
    NetworkError
        With one sentence, when the file cannot be used.
    """
    graph, quality = _read_graphml(path, area) if path.name.endswith(".graphml") else _read_osm(path, area)
    _unwrap_longitudes(graph)
    return graph, replace(quality, duplicate_pieces=_drop_duplicates(graph))


def set_tags(osmnx: Any) -> None:
    """Tell OSMnx which tags to keep."""
    osmnx.settings.useful_tags_way = list(dict.fromkeys([*osmnx.settings.useful_tags_way, *ROAD_TAGS]))
    osmnx.settings.useful_tags_node = list(dict.fromkeys([*osmnx.settings.useful_tags_node, "name"]))
    osmnx.settings.log_console = False


def _read_graphml(path: Path, area: Any) -> tuple[Any, MapQuality]:
    """Read an OSMnx GraphML file; its XML is looked through first, since NetworkX would expand entities."""
    check_xml(path)
    import osmnx

    try:
        graph = osmnx.load_graphml(path)
        if len(graph) == 0:
            raise NetworkError(Sentence("faults.graph_empty", path=path))
        if not graph.is_directed():
            raise NetworkError(Sentence("faults.graph_undirected", path=path))
        _require_numbers(graph, path)
        if str(graph.graph["crs"]).lower() not in {"epsg:4326", "wgs84"}:
            graph = osmnx.project_graph(graph, to_latlong=True)
        _require_degrees(graph, path)
    except NetworkError:
        raise
    except Exception as fault:  # NetworkX and OSMnx raise whatever the file provokes
        raise NetworkError(
            Sentence(
                "faults.graph_not_osmnx",
                path=path,
                reason=str(fault).splitlines()[0] if str(fault) else type(fault).__name__,
            )
        ) from None
    left_out = _drop_closed_ways(graph)
    if graph.number_of_edges() == 0:
        raise NetworkError(Sentence("faults.no_drivable_left", path=path, left_out=left_out))
    if area is not None:
        try:
            graph = osmnx.truncate.truncate_graph_polygon(graph, area)
        except ValueError:
            raise NetworkError(Sentence("faults.area_empty", path=path)) from None
    head = graph.graph
    quality = MapQuality(
        kind=str(head.get("konvoi_kind")) if head.get("konvoi_kind") in KINDS else "openstreetmap",
        place=str(head.get("konvoi_place", "")),
        date=str(head.get("konvoi_date") or head.get("created_date", ""))[:10].replace(UNKNOWN, ""),
        # OSMnx fetches from OpenStreetMap alone; what konvoi cut out of a file keeps that file's licence, or none.
        licence=str(head.get("konvoi_licence", OSM_LICENCE if "OSMnx" in str(head.get("created_with")) else "")),
        source=clean_text(str(head.get("konvoi_source") or path.name)),
        left_out=left_out,
        restrictions_left=int(left) if re.fullmatch(r"(?a:\d{1,9})", left := str(head.get(TURNS_LEFT))) else 0,
        knows_turns=TURNS in head,
    )
    return graph, quality


def _drop_closed_ways(graph: Any) -> str:
    """Take out footways, tracks and whatever else convoys may not ride; return their length (km) by class."""
    closed = [
        (u, v, key, edge)
        for u, v, key, edge in graph.edges(keys=True, data=True)
        if not is_drivable({str(name): _first_text(value) for name, value in edge.items()})
    ]
    length_km: dict[str, float] = {}
    for u, v, _, edge in closed:
        kind = _first_text(edge.get("highway")) or "–"
        # Both directions of a way are edges; each counts half.
        length_km[kind] = length_km.get(kind, 0.0) + float(edge["length"]) / (
            2000.0 if graph.has_edge(v, u) else 1000.0
        )
    graph.remove_edges_from([(u, v, key) for u, v, key, _ in closed])
    graph.remove_nodes_from([node for node, degree in list(graph.degree) if degree == 0])
    order = sorted(length_km.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{kind} {km:.1f} km" for kind, km in order)


def _first_text(value: Any) -> str:
    """Return a tag's value, or the first of several, as text; empty where it is missing."""
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    return "" if value is None or value != value else str(value)


def _require_numbers(graph: Any, path: Path) -> None:
    """Make sure that every node has a position and every edge a length."""
    numbers = [float(value) for key in ("x", "y") for _, value in graph.nodes(data=key, default="nan")]
    lengths = [float(length) for _, _, length in graph.edges(data="length", default="nan")]
    if not (np.isfinite(numbers).all() and np.isfinite(lengths).all() and min(lengths, default=0.0) >= 0.0):
        raise NetworkError(Sentence("faults.graph_incomplete", path=path))


def _require_degrees(graph: Any, path: Path) -> None:
    """Make sure that positions are longitudes and latitudes."""
    if not all(abs(float(n["x"])) <= 360.0 and abs(float(n["y"])) <= 85.0 for _, n in graph.nodes(data=True)):
        raise NetworkError(Sentence("faults.graph_position", path=path))


def _read_osm(path: Path, area: Any) -> tuple[Any, MapQuality]:
    """Read an OSM extract through OSMnx, drivable ways only (OSMnx itself would make edges of buildings)."""
    extract = read_extract(path)
    if area is not None:
        extract = cut_extract(extract, area, path)
    import osmnx

    set_tags(osmnx)
    try:
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / "roads.osm"
            write_extract(extract, plain)
            graph = osmnx.graph_from_xml(plain, bidirectional=False, simplify=False, retain_all=True)
    except Exception as fault:  # OSMnx raises whatever the content provokes
        raise NetworkError(
            Sentence("faults.graph_osmnx_refuses", path=path, reason=str(fault).splitlines()[0])
        ) from None
    marks = {tags.get("konvoi:quality") for _, tags in extract.ways}
    is_skeleton = "skeleton" in marks
    head = extract.head
    quality = MapQuality(
        kind="skeleton" if is_skeleton else "road_list" if marks & {OFFICIAL, INFERRED} else "openstreetmap",
        place=head.get("place", ""),
        date=head.get("date", head.get("timestamp", ""))[:10],
        licence=find_licence(head),
        source=path.name,
        restrictions_left=extract.turns.left,
        knows_turns=not marks & {OFFICIAL, INFERRED},
    )
    if quality.knows_turns:
        graph.graph[TURNS] = format_turns(extract.turns.forbidden)
    return graph, quality


def _drop_unopened(graph: Any, day: str) -> str:
    """Take out the roads that open after a day; return their names with the dates."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        return ""
    later = [
        (u, v, key, edge)
        for u, v, key, edge in graph.edges(keys=True, data=True)
        if re.fullmatch(ISO_DATE, str(edge.get("start_date"))) and str(edge["start_date"]) > day
    ]
    graph.remove_edges_from([(u, v, key) for u, v, key, _ in later])
    graph.remove_nodes_from([node for node, degree in list(graph.degree) if degree == 0])
    return ", ".join(sorted({f"{edge.get('name') or '–'} ({edge['start_date']})" for *_, edge in later}))


def _unwrap_longitudes(graph: Any) -> None:
    """Let longitudes run on beyond 180° where roads cross the antimeridian."""
    longitudes = [float(x) for _, x in graph.nodes(data="x")]
    if max(longitudes) - min(longitudes) <= 180.0:
        return
    import shapely

    for _, node in graph.nodes(data=True):
        node["x"] = float(node["x"]) % 360.0
    for _, _, edge in graph.edges(data=True):
        if "geometry" in edge:
            edge["geometry"] = shapely.transform(
                edge["geometry"], lambda xy: np.column_stack([np.mod(xy[:, 0], 360.0), xy[:, 1]])
            )


def _drop_duplicates(graph: Any) -> int:
    """Keep one of several pieces of road on the same line, that of the highest class; return how many were left out."""
    seen: dict[tuple[Any, Any, float], tuple[int, Any]] = {}
    doubled = []
    for u, v, key, edge in graph.edges(keys=True, data=True):
        # Without a line of its own a piece is straight: two between the same nodes are one road.
        bend_m = round(float(edge["length"])) if "geometry" in edge else -1
        rank = RANK.get(str(edge.get("highway")).removesuffix("_link"), len(RANK))
        other = seen.get((u, v, bend_m))
        if other is None:
            seen[u, v, bend_m] = (rank, key)
        else:
            doubled.append((u, v, max((rank, key), other)[1]))
            seen[u, v, bend_m] = min((rank, key), other)
    graph.remove_edges_from(doubled)
    return len(doubled)


SEPARATE_ROADS = (
    "name",
    "highway",
    "lanes",
    "width",
    "maxspeed",
    "oneway",
    "surface",
    "konvoi:accuracy_m",
    "konvoi:quality",
)  # where any of these changes, a link ends


def _compile_graph(graph: Any, rules: Mapping[str, Any], quality: MapQuality, path: Path) -> RoadNetwork:
    """Turn an OSMnx graph into arrays by the capacity manual, counting what is assumed."""
    import osmnx

    total_km = _compute_road_km(graph)
    turns = parse_turns(str(graph.graph.get(TURNS, "")))
    spot = {node: _get_spot(graph, node) for turn in turns for node in turn if node in graph}
    graph, dropped_nodes = _keep_connected(graph, path)
    kept_km = _compute_road_km(graph)
    signals = np.array(
        [[float(n["x"]), float(n["y"])] for _, n in graph.nodes(data=True) if n.get("highway") == SIGNAL]
    )
    if not graph.graph.get("simplified", False):
        graph = osmnx.simplify_graph(graph, node_attrs_include=["name"], edge_attrs_differ=list(SEPARATE_ROADS))
    forbidden = _match_turns(graph, turns, spot)
    n_bridges = len({str(edge.get("osmid")) for _, _, edge in graph.edges(data=True) if _is_bridge(edge)})
    graph = osmnx.project_graph(graph, to_crs=_choose_crs(graph))
    nodes = list(graph.nodes)
    x_m = np.array([float(graph.nodes[node]["x"]) for node in nodes])
    y_m = np.array([float(graph.nodes[node]["y"]) for node in nodes])
    if not (np.isfinite(x_m).all() and np.isfinite(y_m).all()):
        raise NetworkError(Sentence("faults.graph_far_apart", path=path))
    links = _list_links(graph, rules, x_m, y_m)
    if len(links) == 0:
        raise NetworkError(Sentence("faults.graph_no_junctions", path=path))
    twins = _find_twins(links)  # first: both directions of a road get one line and one length
    counted = _count_assumptions(replace(quality, n_nodes=len(nodes)), links, twins)
    shapes = [link["shape"] for link in links]
    number = {link["edge"]: index for index, link in enumerate(links)}
    turned = [(number[a], number[b]) for a, b in forbidden if a in number and b in number]
    draft = RoadNetwork(
        node_x_m=x_m,
        node_y_m=y_m,
        node_name=tuple(clean_text(_first_text(graph.nodes[node].get("name"))) for node in nodes),
        node_has_signal=_find_signal_nodes(signals, graph, links, x_m, y_m),
        link_from=np.array([link["from"] for link in links], np.int32),
        link_to=np.array([link["to"] for link in links], np.int32),
        link_twin=twins,
        link_length_m=np.array([link["length"] for link in links]),
        link_capacity_pcu_s=np.array([link["capacity_pcu_s"] for link in links]),
        link_jam_density_pcu_m=np.array([link["jam_density_pcu_m"] for link in links]),
        link_lanes=np.array([link["lanes"] for link in links]),
        link_free_speed_mps=np.array([link["speed_mps"][1] for link in links]),
        link_class_speed_mps=np.array([link["speed_mps"] for link in links]),
        link_name=tuple(link["name"] for link in links),
        link_highway=tuple(link["highway"] for link in links),
        shape_offset=np.concatenate([[0], np.cumsum([len(shape) for shape in shapes])]).astype(np.int32),
        shape_x_m=np.concatenate([shape[:, 0] for shape in shapes]),
        shape_y_m=np.concatenate([shape[:, 1] for shape in shapes]),
        crs=str(graph.graph["crs"]),
        quality=replace(
            counted,
            bridges=n_bridges,
            dropped_nodes=dropped_nodes,
            dropped_km=total_km - kept_km,
            forbidden_turns=len(turned),
        ),
        forbidden_turns=np.array(turned, np.int32).reshape(-1, 2),
    )
    return replace(draft, node_name=name_junctions(draft))


def _match_turns(
    graph: Any, turns: Sequence[Turn], spot: Mapping[int, tuple[float, float]]
) -> list[tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]]:
    """Find the two edges of each forbidden turn in a graph that is simplified and not yet projected.

    Parameters
    ----------
    spot
        Longitude and latitude of the nodes of turns: most are no nodes any more, but points of a line.
    """
    junctions = {via for _, via, _ in turns}
    arriving: dict[tuple[Any, Any], list[Any]] = {}
    leaving: dict[tuple[Any, Any], list[Any]] = {}
    for u, v, key, edge in graph.edges(keys=True, data=True):
        if u not in junctions and v not in junctions:
            continue
        geometry = edge.get("geometry")
        line = [_get_spot(graph, u), _get_spot(graph, v)] if geometry is None else [xy[:2] for xy in geometry.coords]
        leaving.setdefault((u, line[1]), []).append((u, v, key))
        arriving.setdefault((v, line[-2]), []).append((u, v, key))
    return [
        (one, other)
        for before, via, behind in turns
        for one in arriving.get((via, spot.get(before)), ())
        for other in leaving.get((via, spot.get(behind)), ())
    ]


def _get_spot(graph: Any, node: Any) -> tuple[float, float]:
    return float(graph.nodes[node]["x"]), float(graph.nodes[node]["y"])


def _keep_connected(graph: Any, path: Path) -> tuple[Any, int]:
    """Keep the largest part in which every place can be reached from every other; return how many nodes were not in it."""
    import osmnx

    useless = [
        (u, v, k) for u, v, k, length in graph.edges(keys=True, data="length") if u == v or not float(length) > 0.0
    ]
    graph.remove_edges_from(useless)  # loops and doubled points lead nowhere a convoy could want to go
    if graph.number_of_edges() == 0:
        raise NetworkError(Sentence("faults.graph_no_length", path=path))
    n_before = len(graph)
    graph = osmnx.truncate.largest_component(graph, strongly=True)
    if graph.number_of_edges() == 0:
        raise NetworkError(Sentence("faults.graph_unconnected", path=path))
    return graph, n_before - len(graph)


def _list_links(graph: Any, rules: Mapping[str, Any], x_m: FloatArray, y_m: FloatArray) -> list[dict[str, Any]]:
    """List the links of a projected graph by the numbers of their nodes, rated by the capacity manual."""
    number = {node: index for index, node in enumerate(graph.nodes)}
    links: list[dict[str, Any]] = []
    for u, v, key, edge in sorted(
        graph.edges(keys=True, data=True), key=lambda item: (number[item[0]], number[item[1]], item[2])
    ):
        length = float(edge["length"])
        if u == v or length <= 0.0:
            continue  # a ring road without junctions, made a loop by simplification
        geometry = edge.get("geometry")
        shape = (
            np.array(geometry.coords)
            if geometry is not None and not geometry.is_empty
            else np.array([[x_m[number[u]], y_m[number[u]]], [x_m[number[v]], y_m[number[v]]]])
        )
        links.append(
            {
                "edge": (u, v, key),
                "from": number[u],
                "to": number[v],
                "length": length,
                "shape": _thin_shape(shape[:, :2].astype(np.float64)),
                "osmid": edge.get("osmid"),
                "is_official": edge.get("konvoi:quality") == OFFICIAL,
                "is_inferred": edge.get("konvoi:quality") == INFERRED,
                **rate_link(edge, rules),
            }
        )
    return links


def _count_assumptions(quality: MapQuality, links: Sequence[Mapping[str, Any]], twins: IntArray) -> MapQuality:
    """Count what had to be assumed of links, by length, and what is known of their position."""
    length_m = np.array([link["length"] for link in links])
    errors = [(link["accuracy_m"], link["length"]) for link in links if link["accuracy_m"] == link["accuracy_m"]]

    def share(key: str) -> float:
        return float(length_m[[link[key] for link in links]].sum() / length_m.sum())

    return replace(
        quality,
        n_links=len(links),
        road_km=float(np.sum(length_m[twins >= np.arange(len(links))])) / 1000.0,
        share_lanes_assumed=share("is_lanes_assumed"),
        share_width_assumed=share("is_width_assumed"),
        share_speed_assumed=share("is_speed_assumed"),
        share_names_missing=share("is_name_missing"),
        share_official=share("is_official"),
        share_inferred=share("is_inferred"),
        dead_ends=_count_dead_ends(links, quality.n_nodes),
        position_error_median_m=_compute_weighted_median(errors),
        position_error_max_m=max((error for error, _ in errors), default=float("nan")),
    )


def _find_signal_nodes(
    signals: FloatArray, graph: Any, links: Sequence[Mapping[str, Any]], x_m: FloatArray, y_m: FloatArray
) -> NDArray[np.bool_]:
    """Find the junctions that have a signal: they or a stop line near them are tagged so.

    Parameters
    ----------
    signals
        (n, 2) longitude and latitude of all tagged nodes; those of pedestrian crossings are near no junction.
    """
    has_signal = np.zeros(len(x_m), np.bool_)
    if len(signals) == 0:
        return has_signal
    import pyproj
    from scipy.spatial import cKDTree

    to_plane = pyproj.Transformer.from_crs("EPSG:4326", graph.graph["crs"], always_xy=True)
    signal_m = np.column_stack(to_plane.transform(signals[:, 0], signals[:, 1]))
    into = np.bincount([link["to"] for link in links], minlength=len(x_m))
    junctions = np.flatnonzero(into >= 2)
    if len(junctions) == 0:
        return has_signal
    distance_m, nearest = cKDTree(np.column_stack([x_m, y_m])[junctions]).query(signal_m)
    has_signal[junctions[np.asarray(nearest)[distance_m <= SIGNAL_REACH_M]]] = True
    return has_signal


def _is_bridge(edge: Mapping[str, Any]) -> bool:
    tag = edge.get("bridge")
    return any(value not in {None, "", "no"} for value in (tag if isinstance(tag, list) else [tag]))


def _count_dead_ends(links: Sequence[Mapping[str, Any]], n_nodes: int) -> int:
    """Count nodes from which one can only go back."""
    neighbours: list[set[int]] = [set() for _ in range(n_nodes)]
    for link in links:
        neighbours[link["from"]].add(link["to"])
        neighbours[link["to"]].add(link["from"])
    return sum(len(each) == 1 for each in neighbours)


def _choose_crs(graph: Any) -> str | None:
    """Return the UTM zone of roads across the antimeridian; None lets OSMnx choose, as it can everywhere else."""
    longitudes = np.array([float(x) for _, x in graph.nodes(data="x")])
    if longitudes.max() <= 180.0:
        return None
    middle = (longitudes.mean() + 180.0) % 360.0 - 180.0
    is_north = np.mean([float(y) for _, y in graph.nodes(data="y")]) >= 0.0
    return f"EPSG:{326 if is_north else 327}{min(int((middle + 180.0) // 6.0) + 1, 60):02d}"


def _compute_road_km(graph: Any) -> float:
    """Compute the length of all roads of a graph, a two-way road once (km)."""
    lengths: dict[tuple[Any, Any, float], float] = {}
    for u, v, length in graph.edges(data="length"):
        lengths[min(u, v), max(u, v), round(float(length), 1)] = float(length)
    return sum(lengths.values()) / 1000.0


def _compute_weighted_median(pairs: Sequence[tuple[float, float]]) -> float:
    """Compute the median of values weighted by length; NaN of none."""
    if not pairs:
        return float("nan")
    values, weights = np.array(sorted(pairs)).T
    return float(values[np.searchsorted(np.cumsum(weights), weights.sum() / 2.0)])


def _find_twins(links: Sequence[dict[str, Any]]) -> IntArray:
    """Pair each link with the other direction of the same road: same ends, like length."""
    twins = np.arange(len(links), dtype=np.int32)
    waiting: dict[tuple[int, int], list[int]] = {}
    for index, link in enumerate(links):
        partners = waiting.get((link["to"], link["from"]), [])
        # Two carriageways of a divided road may have the same ends and length: only mirrored lines are one road.
        alike = [other for other in partners if _is_mirrored(links[other]["shape"], link["shape"])]
        best = min(alike, key=lambda other: abs(links[other]["length"] - link["length"]), default=None)
        if best is not None:
            twins[index], twins[best] = best, index
            partners.remove(best)
            # One line for both directions, so that positions on either can be compared.
            link["shape"] = links[best]["shape"][::-1].copy()
            link["length"] = links[best]["length"]
        else:
            waiting.setdefault((link["from"], link["to"]), []).append(index)
    return twins


def _is_mirrored(shape: FloatArray, other: FloatArray) -> bool:
    """Whether two thinned lines are one and the same, drawn in opposite directions."""
    return len(shape) == len(other) and bool(np.all(np.hypot(*(shape - other[::-1]).T) <= SHAPE_TOLERANCE_M))


def _thin_shape(shape: FloatArray) -> FloatArray:
    """Drop vertices nearer than a tolerance to the line without them (Douglas–Peucker)."""
    keep = np.zeros(len(shape), dtype=bool)
    keep[[0, -1]] = True
    stack = [(0, len(shape) - 1)]
    while stack:
        first, last = stack.pop()
        if last <= first + 1:
            continue
        line = shape[last] - shape[first]
        offset = shape[first + 1 : last] - shape[first]
        square = float(line @ line)
        along = np.clip(offset @ line / square, 0.0, 1.0) if square > 0 else np.zeros(len(offset))
        distance = np.hypot(*(offset - along[:, None] * line).T)
        farthest = int(np.argmax(distance))
        if distance[farthest] > SHAPE_TOLERANCE_M:
            middle = first + 1 + farthest
            keep[middle] = True
            stack += [(first, middle), (middle, last)]
    return np.asarray(shape[keep])
