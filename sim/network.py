"""OSM extract, GraphML or compiled cache → RoadNetwork: read-only arrays in projected metres.

The only room that knows OSMnx and NetworkX, and only when a network is built: importing them costs five seconds, the
compiled cache three milliseconds.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import IO, Any, cast
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import numpy as np
import yaml
from numpy.typing import NDArray

from sim.errors import NetworkError
from sim.units import kmh_to_mps, per_hour_to_per_s

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

BUILDER_VERSION = "2"  # part of the cache key: raise it whenever the same file would give another network
MAX_XML_BYTES = 2_000_000_000  # decompressed
SHAPE_TOLERANCE_M = 5.0
OSM_LICENCE = "© OpenStreetMap contributors, ODbL 1.0"
DRIVABLE = frozenset(
    f"{name}{suffix}" for name in ("motorway", "trunk", "primary", "secondary", "tertiary") for suffix in ("", "_link")
) | {"residential", "unclassified", "living_street", "road", "busway"}
RANK = {
    name: rank for rank, name in enumerate(("motorway", "trunk", "primary", "secondary", "tertiary", "residential"))
}
WAY_TAGS = (
    "highway",
    "name",
    "lanes",
    "width",
    "maxspeed",
    "oneway",
    "bridge",
    "tunnel",
    "junction",
    "ref",
    "konvoi:accuracy_m",
)


@dataclass(frozen=True)
class MapQuality:
    """What is known of a network's source, and how much of it is assumed."""

    kind: str = "openstreetmap"  # or "skeleton"
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
    dropped_nodes: int = 0  # not strongly connected with the rest
    dropped_km: float = 0.0
    position_error_median_m: float = float("nan")
    position_error_max_m: float = float("nan")
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
    node_name: tuple[str, ...]  # junction name; empty for a node that is none
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

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def hash(self) -> str:
        """Return a key of everything the arrays say (32 hexadecimal digits)."""
        digest = hashlib.blake2b(digest_size=16)
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                digest.update(np.ascontiguousarray(value).tobytes())
            elif isinstance(value, tuple):
                digest.update("\x1f".join(value).encode())
        return digest.hexdigest()


# --- loading -----------------------------------------------------------------------------------------------------


def load_network(path: Path, manual: Path, cache_dir: Path | None = None) -> RoadNetwork:
    """Load a network from the compiled cache, or build it from its file and fill the cache.

    Parameters
    ----------
    manual
        Capacity manual (YAML).
    cache_dir
        Default: the user's cache folder. A cache that cannot be written is done without.

    Raises
    ------
    NetworkError
        When the file is missing or holds no usable roads.
    """
    if not path.is_file():
        raise NetworkError(f"{path}: no such road file")
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    file_hash = digest.hexdigest()
    digest.update((manual.read_bytes() if manual.is_file() else b"") + BUILDER_VERSION.encode())
    if cache_dir is None:
        import platformdirs

        cache_dir = Path(platformdirs.user_cache_dir("konvoi", appauthor=False)) / "networks"
    compiled = cache_dir / f"{path.name.split('.')[0]}-{digest.hexdigest()}.npz"
    if compiled.is_file():
        try:
            return read_compiled(compiled)
        except NetworkError:
            pass  # a damaged cache is built again
    network = build_network(path, manual)
    network = replace(network, quality=replace(network.quality, file_hash=file_hash))
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        write_compiled(network, compiled)
    except OSError:
        pass
    return network


def write_compiled(network: RoadNetwork, path: Path) -> None:
    """Write a network as compressed arrays, whole or not at all."""
    columns: dict[str, Any] = {}
    for field in fields(network):
        value = getattr(network, field.name)
        if isinstance(value, MapQuality):
            value = json.dumps(value.to_dict())
        columns[field.name] = np.array(value) if not isinstance(value, tuple) else np.array(value, dtype=np.str_)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.npz")
    try:
        np.savez_compressed(temporary, **columns)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_compiled(path: Path) -> RoadNetwork:
    """Read what `write_compiled` wrote.

    Raises
    ------
    NetworkError
        When the file is damaged or of another version.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            columns: dict[str, Any] = {name: held[name] for name in held.files}
        for name in ("node_name", "link_name", "link_highway"):
            columns[name] = tuple(str(text) for text in columns[name])
        columns["crs"] = str(columns["crs"])
        columns["quality"] = MapQuality.from_dict(json.loads(str(columns["quality"])))
        return RoadNetwork(**columns)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        EOFError,
        NotImplementedError,
        zipfile.BadZipFile,
        zlib.error,
    ) as fault:
        raise NetworkError(f"{path}: not a compiled network of this version ({fault})") from None


# --- building from OpenStreetMap ---------------------------------------------------------------------------------


def build_network(path: Path, manual: Path) -> RoadNetwork:
    """Build a network from OSM XML (.osm, .osm.gz, .osm.bz2) or an OSMnx GraphML file.

    Drivable ways only; the largest strongly connected part is kept; what was dropped and what is assumed is counted in
    the network's quality.

    Raises
    ------
    NetworkError
        With one sentence, when the file cannot be used.
    """
    rules = _read_manual(manual)
    if path.name.endswith(".graphml"):
        graph, source = _read_graphml(path)
    elif path.name.endswith((".osm", ".osm.gz", ".osm.bz2", ".xml")):
        graph, source = _read_osm(path)
    else:
        raise NetworkError(f"{path}: a road file ends in .osm, .osm.gz, .osm.bz2 or .graphml")
    return _compile_graph(graph, rules, source, path)


def _read_manual(path: Path) -> dict[str, Any]:
    """Read a capacity manual and make sure that it is whole."""
    try:
        rules = yaml.safe_load(path.read_text(encoding="utf-8"))
        for kind in ("divided", "undivided", "two_lane"):
            for key in ("capacity_pcu_h_lane", "car_kmh", "truck_kmh", "motorcycle_kmh"):
                if not float(rules["types"][kind][key]) > 0.0:
                    raise ValueError(f"types.{kind}.{key} must be above zero")
        for key in (
            "jam_density_pcu_km_lane",
            "two_lane_width_factor",
            "lane_width_factor",
            "width_m",
            "one_way_lanes",
        ):
            rules[key]
    except OSError as fault:
        raise NetworkError(f"{path}: the capacity manual cannot be read ({fault.strerror})") from None
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as fault:
        raise NetworkError(
            f"{path}: not a whole capacity manual ({fault}); see scenarios/manuals/mkji1997.yaml"
        ) from None
    return cast("dict[str, Any]", rules)


def fetch_network(
    target: Path,
    *,
    place: str | None = None,
    point: tuple[float, ...] | None = None,
    radius_m: float | None = None,
    box: tuple[float, ...] | None = None,
) -> Path:
    """Download drivable roads from OpenStreetMap through OSMnx and write them as GraphML.

    Parameters
    ----------
    place
        Name as Nominatim knows it.
    point, radius_m
        Latitude and longitude, and the distance around them.
    box
        West, south, east, north.

    Raises
    ------
    NetworkError
        When exactly one of place, point and box is not given, or the download fails.
    """
    if sum(choice is not None for choice in (place, point, box)) != 1:
        raise NetworkError(
            "give exactly one of place=NAME, point=LAT,LON with radius_m=METRES, box=WEST,SOUTH,EAST,NORTH"
        )
    if not target.name.endswith(".graphml"):
        raise NetworkError(f"out={target}: the file's name must end in .graphml")
    import osmnx as package

    osmnx: Any = package
    _set_tags(osmnx)
    osmnx.settings.requests_timeout = 60
    how: dict[str, Any] = {"network_type": "drive", "simplify": False, "retain_all": True}
    try:
        if place is not None:
            graph = osmnx.graph_from_place(place, **how)
        elif point is not None:
            graph = osmnx.graph_from_point(point, dist=radius_m or 5000.0, **how)
        else:
            graph = osmnx.graph_from_bbox(box, **how)
    except Exception as fault:  # OSMnx lets many kinds through: requests', its own, ValueError
        reason = str(fault).splitlines()[0][:160] if str(fault) else type(fault).__name__
        raise NetworkError(
            f"OpenStreetMap could not be fetched ({reason}). Without internet: run this command on another machine and "
            "bring its file, or use the embedded skeleton of Sangatta"
        ) from None
    graph.graph["konvoi_place"] = place or f"{point or box}"
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{os.getpid()}.{target.name}")
    try:
        osmnx.save_graphml(graph, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _set_tags(osmnx: Any) -> None:
    """Tell OSMnx which tags to keep."""
    osmnx.settings.useful_tags_way = list(dict.fromkeys([*osmnx.settings.useful_tags_way, *WAY_TAGS]))
    osmnx.settings.useful_tags_node = list(dict.fromkeys([*osmnx.settings.useful_tags_node, "name"]))
    osmnx.settings.log_console = False


def _read_graphml(path: Path) -> tuple[Any, MapQuality]:
    """Read an OSMnx GraphML file; its XML is looked through first, since NetworkX would expand entities."""
    parser = _build_parser(path)
    with _open_plain(path) as stream:
        _feed(parser, stream, path)
    import osmnx

    try:
        graph = osmnx.load_graphml(path)
    except Exception as fault:  # NetworkX and OSMnx raise whatever the file provokes
        raise NetworkError(
            f"{path}: not a GraphML file of OSMnx ({str(fault).splitlines()[0] if str(fault) else type(fault).__name__})"
        ) from None
    date = str(graph.graph.get("created_date", ""))[:10]
    quality = MapQuality(
        place=str(graph.graph.get("konvoi_place", "")), date=date, licence=OSM_LICENCE, source=path.name
    )
    return graph, quality


def _read_osm(path: Path) -> tuple[Any, MapQuality]:
    """Read an OSM XML file through OSMnx, drivable ways only (OSMnx itself would make edges of buildings)."""
    nodes: dict[str, tuple[str, str, str]] = {}  # id → lon, lat, name
    ways: list[tuple[str, list[str], dict[str, str]]] = []
    current: dict[str, Any] = {}
    head: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag in {"node", "way", "relation"}:
            current.clear()
            current.update(tag=tag, attributes=attributes, refs=[], tags={})
        elif tag == "nd" and current.get("tag") == "way":
            current["refs"].append(attributes.get("ref", ""))
        elif tag == "tag" and current:
            current["tags"][attributes.get("k", "")] = attributes.get("v", "")
        elif tag in {"osm", "konvoi"}:
            head.update(attributes)

    def end(tag: str) -> None:
        if tag == "node" and current:
            own = current["attributes"]
            try:
                lon, lat = float(own["lon"]), float(own["lat"])
            except (KeyError, ValueError):
                return
            if abs(lon) <= 180.0 and abs(lat) <= 85.0:
                nodes[own.get("id", "")] = (own["lon"], own["lat"], _get_junction_name(current["tags"]))
        elif tag == "way" and current and _is_drivable(current["tags"]):
            kept = {
                key: value for key, value in current["tags"].items() if key in WAY_TAGS or key.startswith("konvoi:")
            }
            ways.append((current["attributes"].get("id", ""), current["refs"], kept))

    parser = _build_parser(path)
    parser.StartElementHandler, parser.EndElementHandler = start, end
    with _open_plain(path) as stream:
        _feed(parser, stream, path)
    roads = [(key, [ref for ref in refs if ref in nodes], tags) for key, refs, tags in ways]
    roads = [road for road in roads if len(road[1]) >= 2]
    if not roads:
        raise NetworkError(f"{path}: holds no drivable road (way with a highway tag)")
    import osmnx

    _set_tags(osmnx)
    handle, name = tempfile.mkstemp(suffix=".osm")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as target:
            target.writelines(_write_osm(roads, nodes))
        graph = osmnx.graph_from_xml(name, bidirectional=False, simplify=False, retain_all=True)
    except Exception as fault:  # OSMnx raises whatever the content provokes
        raise NetworkError(f"{path}: OSMnx cannot use it ({str(fault).splitlines()[0]})") from None
    finally:
        Path(name).unlink(missing_ok=True)
    is_skeleton = any(tags.get("konvoi:quality") == "skeleton" for _, _, tags in roads)
    quality = MapQuality(
        kind="skeleton" if is_skeleton else "openstreetmap",
        place=head.get("place", ""),
        date=head.get("date", head.get("timestamp", ""))[:10],
        licence=head.get("licence", "" if is_skeleton else OSM_LICENCE),
        source=path.name,
    )
    return graph, quality


def _is_drivable(tags: Mapping[str, str]) -> bool:
    """Whether a way is a road for all motor vehicles."""
    return (
        tags.get("highway") in DRIVABLE
        and tags.get("area") != "yes"
        and not {tags.get(key) for key in ("access", "vehicle", "motor_vehicle")} & {"no", "private"}
    )


def _get_junction_name(tags: Mapping[str, str]) -> str:
    """Return a node's name when it is that of a junction or place, not of a bus stop or shop."""
    is_other = tags.keys() & {"amenity", "shop", "public_transport", "barrier", "railway", "office", "tourism"}
    return "" if is_other or tags.get("highway") in {"bus_stop", "platform", "stop"} else tags.get("name", "")


def _write_osm(
    roads: Sequence[tuple[str, list[str], dict[str, str]]], nodes: Mapping[str, tuple[str, str, str]]
) -> Iterator[str]:
    """Write the kept roads as OSM XML, line by line."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n'
    numbers: dict[str, int] = {}  # OSMnx wants whole numbers as ids
    for _, refs, _ in roads:
        for ref in refs:
            if ref not in numbers:
                numbers[ref] = int(ref) if ref.lstrip("-").isdigit() else 10**15 + len(numbers)
                lon, lat, name = nodes[ref]
                tag = f'<tag k="name" v={quoteattr(name)}/>' if name else ""
                yield f'<node id="{numbers[ref]}" lat={quoteattr(lat)} lon={quoteattr(lon)}>{tag}</node>\n'
    for index, (_, refs, tags) in enumerate(roads, start=1):
        inside = "".join(f'<nd ref="{numbers[ref]}"/>' for ref in refs)
        inside += "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())
        yield f'<way id="{index}">{inside}</way>\n'
    yield "</osm>\n"


def _build_parser(path: Path) -> Any:
    """Build an XML parser that refuses document types, and with them every entity bomb."""
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise NetworkError(f"{path}: declares a document type or entities, which no road file needs; refused")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.buffer_text = False
    return parser


def _feed(parser: Any, stream: IO[bytes], path: Path) -> None:
    """Feed a file to a parser in blocks, in bounded memory."""
    n_bytes, last_end = 0, 0
    try:
        while block := stream.read(1 << 16):
            n_bytes += len(block)
            if n_bytes > MAX_XML_BYTES:
                raise NetworkError(f"{path}: more than {MAX_XML_BYTES:,} bytes when unpacked; cut out the town first")
            parser.Parse(block, False)
            # A single tag longer than this is no road data; expat would collect it whole.
            if n_bytes - parser.CurrentByteIndex > 10_000_000:
                raise NetworkError(f"{path}: holds a tag of more than 10,000,000 bytes; refused")
            last_end = n_bytes
        parser.Parse(b"", True)
    except expat.ExpatError as fault:
        raise NetworkError(
            f"{path}: damaged or no XML (line {fault.lineno}: {expat.errors.messages[fault.code]}); {last_end:,} bytes were read"
        ) from None
    except (OSError, EOFError, ValueError, zlib.error) as fault:
        if isinstance(fault, NetworkError):
            raise
        raise NetworkError(f"{path}: damaged file ({fault})") from None


@contextmanager
def _open_plain(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacking .gz and .bz2."""
    opener: Callable[..., Any] = gzip.open if path.suffix == ".gz" else bz2.open if path.suffix == ".bz2" else open
    with opener(path, "rb") as stream:
        yield cast("IO[bytes]", stream)


def _compile_graph(graph: Any, rules: Mapping[str, Any], quality: MapQuality, path: Path) -> RoadNetwork:
    """Turn an OSMnx graph into arrays by the capacity manual, counting what is assumed."""
    import osmnx

    total_km = _compute_road_km(graph)
    useless = [
        (u, v, k) for u, v, k, length in graph.edges(keys=True, data="length") if u == v or not float(length) > 0.0
    ]
    graph.remove_edges_from(useless)  # loops and doubled points lead nowhere a convoy could want to go
    if graph.number_of_edges() == 0:
        raise NetworkError(f"{path}: holds no road of any length")
    n_before = len(graph)
    graph = osmnx.truncate.largest_component(graph, strongly=True)
    if graph.number_of_edges() == 0:
        raise NetworkError(f"{path}: no two places of its roads can be reached from each other in both directions")
    kept_km = _compute_road_km(graph)
    dropped_nodes = n_before - len(graph)
    if not graph.graph.get("simplified", False):
        graph = osmnx.simplify_graph(
            graph,
            node_attrs_include=["name"],
            edge_attrs_differ=["name", "highway", "lanes", "width", "maxspeed", "oneway", "konvoi:accuracy_m"],
        )
    if str(graph.graph["crs"]).lower() in {"epsg:4326", "wgs84"}:
        graph = osmnx.project_graph(graph)
    nodes = list(graph.nodes)
    number = {node: index for index, node in enumerate(nodes)}
    x_m = np.array([float(graph.nodes[node]["x"]) for node in nodes])
    y_m = np.array([float(graph.nodes[node]["y"]) for node in nodes])

    links: list[dict[str, Any]] = []
    for u, v, _, edge in sorted(
        graph.edges(keys=True, data=True), key=lambda item: (number[item[0]], number[item[1]], item[2])
    ):
        length = float(edge["length"])
        if u == v or length <= 0.0:
            continue  # a ring road without junctions, made a loop by simplification
        geometry = edge.get("geometry")
        shape = (
            np.array(geometry.coords)
            if geometry is not None
            else np.array([[x_m[number[u]], y_m[number[u]]], [x_m[number[v]], y_m[number[v]]]])
        )
        shape = _thin_shape(shape[:, :2].astype(np.float64))
        links.append(
            {
                "from": number[u],
                "to": number[v],
                "length": length,
                "shape": shape,
                "osmid": edge.get("osmid"),
                **_rate_link(edge, rules),
            }
        )
    twins = _find_twins(links)
    length_m = np.array([link["length"] for link in links])
    if len(links) == 0:
        raise NetworkError(f"{path}: holds no road between two junctions")

    def share(key: str) -> float:
        return float(length_m[[link[key] for link in links]].sum() / length_m.sum())

    errors = [(link["accuracy_m"], link["length"]) for link in links if link["accuracy_m"] == link["accuracy_m"]]
    shapes = [link["shape"] for link in links]
    draft = RoadNetwork(
        node_x_m=x_m,
        node_y_m=y_m,
        node_name=tuple(str(graph.nodes[node].get("name", "") or "") for node in nodes),
        link_from=np.array([link["from"] for link in links], np.int32),
        link_to=np.array([link["to"] for link in links], np.int32),
        link_twin=twins,
        link_length_m=length_m,
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
            quality,
            n_nodes=len(nodes),
            n_links=len(links),
            road_km=float(np.sum(length_m[twins >= np.arange(len(links))])) / 1000.0,
            share_lanes_assumed=share("is_lanes_assumed"),
            share_width_assumed=share("is_width_assumed"),
            share_speed_assumed=share("is_speed_assumed"),
            share_names_missing=share("is_name_missing"),
            dropped_nodes=dropped_nodes,
            dropped_km=total_km - kept_km,
            position_error_median_m=_compute_weighted_median(errors),
            position_error_max_m=max((error for error, _ in errors), default=float("nan")),
        ),
    )
    return replace(draft, node_name=_name_junctions(draft))


def _compute_road_km(graph: Any) -> float:
    """Compute the length of all roads of a graph, a two-way road once (km)."""
    lengths: dict[tuple[Any, Any, float], float] = {}
    for u, v, length in graph.edges(data="length"):
        lengths[min(u, v), max(u, v), round(float(length), 1)] = float(length)
    return sum(lengths.values()) / 1000.0


def _rate_link(edge: Mapping[str, Any], rules: Mapping[str, Any]) -> dict[str, Any]:
    """Rate one direction of a road by the manual: lanes, capacity, speeds, and which of them are assumed.

    Tags win over the manual's defaults: ``lanes`` (both directions of a two-way road), ``width``, ``oneway``,
    ``maxspeed``.
    """
    highway = str(_first(edge.get("highway"), "other"))
    main = highway.removesuffix("_link")
    is_one_way = str(_first(edge.get("oneway"), "False")).lower() in {"true", "yes", "1", "-1"}
    lanes_tag = _read_number(edge.get("lanes"))
    width_m = _read_number(edge.get("width"))
    maxspeed_kmh = _read_number(edge.get("maxspeed"))
    if lanes_tag is not None and not 1 <= lanes_tag <= 12:
        lanes_tag = None
    if width_m is not None and not 2.0 <= width_m <= 60.0:
        width_m = None
    if maxspeed_kmh is not None and not 5.0 <= maxspeed_kmh <= 150.0:
        maxspeed_kmh = None
    if is_one_way:
        kind, lanes = "divided", lanes_tag or float(rules["one_way_lanes"].get(main, rules["one_way_lanes"]["other"]))
    elif lanes_tag is not None and lanes_tag >= 4:
        kind, lanes = "divided" if main in {"motorway", "trunk", "primary"} else "undivided", lanes_tag / 2.0
    else:
        kind, lanes = "two_lane", 1.0
    row = rules["types"][kind]
    if kind == "two_lane":
        assumed_m = float(rules["width_m"].get(main, rules["width_m"]["other"]))
        factor = _interpolate(rules["two_lane_width_factor"], width_m if width_m is not None else assumed_m)
    else:
        n_lanes = lanes if is_one_way else 2.0 * lanes
        factor = _interpolate(rules["lane_width_factor"], width_m / n_lanes) if width_m is not None else 1.0
    speed_kmh = [float(row[f"{name}_kmh"]) for name in ("motorcycle", "car", "truck")]
    if maxspeed_kmh is not None:
        speed_kmh = [min(speed, maxspeed_kmh) for speed in speed_kmh]
    capacity_pcu_s = per_hour_to_per_s(float(row["capacity_pcu_h_lane"]) * lanes * factor)
    jam_density_pcu_m = float(rules["jam_density_pcu_km_lane"]) / 1000.0 * lanes
    # A triangular fundamental diagram needs q < k_j·v_f: at walking speed a road carries less than its capacity.
    capacity_pcu_s = min(capacity_pcu_s, 0.5 * jam_density_pcu_m * kmh_to_mps(min(speed_kmh)))
    name = edge.get("name")
    text = " / ".join(str(part) for part in name) if isinstance(name, list) else str(name or "")
    accuracy = _read_number(edge.get("konvoi:accuracy_m"))
    return {
        "highway": highway,
        "name": text,
        "lanes": lanes,
        "capacity_pcu_s": capacity_pcu_s,
        "jam_density_pcu_m": jam_density_pcu_m,
        "speed_mps": [kmh_to_mps(speed) for speed in speed_kmh],
        "accuracy_m": float("nan") if accuracy is None else accuracy,
        "is_lanes_assumed": lanes_tag is None,
        "is_width_assumed": width_m is None,
        "is_speed_assumed": maxspeed_kmh is None,
        "is_name_missing": not text,
    }


def _first(value: Any, default: Any) -> Any:
    """Return a tag's value, or the first of several."""
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    return default if value is None or value != value else value


def _read_number(value: Any) -> float | None:
    """Read a tag as a number: the least of several, mph as km/h, anything else as not tagged."""
    if isinstance(value, (list, tuple)):
        numbers = [number for number in map(_read_number, value) if number is not None]
        return min(numbers, default=None)
    text = str("" if value is None else value).strip().lower().replace(",", ".")
    factor = 1.609344 if text.endswith("mph") else 1.0
    for unit in ("mph", "km/h", "kmh", "m"):
        text = text.removesuffix(unit).strip()
    parts = text.replace("|", ";").split(";")
    try:
        number = min(float(part) for part in parts) * factor
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _interpolate(table: Sequence[Sequence[float]], value: float) -> float:
    x, y = np.array(table, dtype=np.float64).T
    return float(np.interp(value, x, y))


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


def _name_junctions(network: RoadNetwork) -> tuple[str, ...]:
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


# --- synthetic networks and places -------------------------------------------------------------------------------


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


def build_synthetic(nodes_m: Sequence[tuple[float, float]], roads: Sequence[LinkDraft]) -> RoadNetwork:
    """Build a network from nodes in metres and straight roads; all classes share a road's speed. For tests and teaching."""
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
    return replace(draft, node_name=_name_junctions(draft))


def project(network: RoadNetwork, lon_deg: FloatArray, lat_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Project WGS 84 coordinates to the network's metres.

    Raises
    ------
    NetworkError
        When the network is synthetic and lies nowhere on Earth.
    """
    if not network.crs:
        raise NetworkError("the network is synthetic: give places as x_m and y_m, not as lon_deg and lat_deg")
    import pyproj

    transformer = pyproj.Transformer.from_crs("EPSG:4326", network.crs, always_xy=True)
    x_m, y_m = transformer.transform(lon_deg, lat_deg)
    return np.asarray(x_m, np.float64), np.asarray(y_m, np.float64)


def insert_places_xy(
    network: RoadNetwork, x_m: FloatArray, y_m: FloatArray, names: Sequence[str], min_spacing_m: float = 20.0
) -> tuple[RoadNetwork, IntArray, FloatArray]:
    """Put places on the nearest point of any road, splitting it (both directions) there with a new node.

    Parameters
    ----------
    min_spacing_m
        A node nearer than this along the road is taken instead of a new one.

    Returns
    -------
    The network, the places' nodes (P,) and their distances from the road (P,), m.
    """
    shapes = [_get_shape(network, link) for link in range(len(network.link_from))]
    parent = list(range(len(shapes)))
    start, end = network.link_from.tolist(), network.link_to.tolist()
    twin, length = network.link_twin.tolist(), network.link_length_m.tolist()
    node_x, node_y, node_name = network.node_x_m.tolist(), network.node_y_m.tolist(), list(network.node_name)
    chosen = np.empty(len(x_m), np.int32)
    snap_m = np.empty(len(x_m))
    for place in range(len(x_m)):
        point = np.array([x_m[place], y_m[place]])
        link, along, distance = _find_nearest(shapes, point)
        snap_m[place] = distance
        offset = along * length[link]
        if min(offset, length[link] - offset) < min_spacing_m or min(along, 1.0 - along) < 1e-6:
            chosen[place] = start[link] if along < 0.5 else end[link]
            continue
        node = len(node_x)
        both = [(link, along)] + ([(twin[link], 1.0 - along)] if twin[link] != link else [])
        before, after, at = _split_shape(shapes[link], along)
        node_x.append(float(at[0]))
        node_y.append(float(at[1]))
        node_name.append(names[place])
        chosen[place] = node
        pieces = {}
        for one, share in both:
            new = len(shapes)
            head, tail = (before, after) if one == link else (after[::-1].copy(), before[::-1].copy())
            parent.append(parent[one])
            shapes.append(tail)
            start.append(node)
            end.append(end[one])
            length.append(length[one] * (1.0 - share))
            twin.append(new)
            shapes[one], end[one], length[one] = head, node, length[one] * share
            twin[one] = one
            pieces[one] = new
        if len(both) == 2:
            other = both[1][0]
            for a, b in ((link, pieces[other]), (pieces[link], other)):
                twin[a], twin[b] = b, a
    index = np.array(parent)
    changed = replace(
        network,
        node_x_m=np.array(node_x),
        node_y_m=np.array(node_y),
        node_name=tuple(node_name),
        link_from=np.array(start, np.int32),
        link_to=np.array(end, np.int32),
        link_twin=np.array(twin, np.int32),
        link_length_m=np.array(length),
        link_capacity_pcu_s=network.link_capacity_pcu_s[index],
        link_jam_density_pcu_m=network.link_jam_density_pcu_m[index],
        link_lanes=network.link_lanes[index],
        link_free_speed_mps=network.link_free_speed_mps[index],
        link_class_speed_mps=network.link_class_speed_mps[index],
        link_name=tuple(network.link_name[k] for k in index),
        link_highway=tuple(network.link_highway[k] for k in index),
        shape_offset=np.concatenate([[0], np.cumsum([len(shape) for shape in shapes])]).astype(np.int32),
        shape_x_m=np.concatenate([shape[:, 0] for shape in shapes]),
        shape_y_m=np.concatenate([shape[:, 1] for shape in shapes]),
    )
    return changed, chosen, snap_m


def _get_shape(network: RoadNetwork, link: int) -> FloatArray:
    section = slice(network.shape_offset[link], network.shape_offset[link + 1])
    return np.column_stack([network.shape_x_m[section], network.shape_y_m[section]])


def _find_nearest(shapes: Sequence[FloatArray], point: FloatArray) -> tuple[int, float, float]:
    """Find the link nearest to a point, the share of its line up to there, and the distance (m)."""
    first = np.concatenate([shape[:-1] for shape in shapes])
    line = np.concatenate([np.diff(shape, axis=0) for shape in shapes])
    owner = np.repeat(np.arange(len(shapes)), [len(shape) - 1 for shape in shapes])
    square = np.maximum((line**2).sum(axis=1), 1e-12)
    share = np.clip(((point - first) * line).sum(axis=1) / square, 0.0, 1.0)
    distance = np.hypot(*(first + share[:, None] * line - point).T)
    best = int(np.argmin(distance))
    link = int(owner[best])
    chord = np.hypot(*np.diff(shapes[link], axis=0).T)
    k = best - int(np.searchsorted(owner, link))
    return link, float((chord[:k].sum() + share[best] * chord[k]) / chord.sum()), float(distance[best])


def _split_shape(shape: FloatArray, along: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Split a line at a share of its length: the two lines and the point."""
    chord = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(shape, axis=0).T))])
    at = np.array([np.interp(along * chord[-1], chord, shape[:, axis]) for axis in (0, 1)])
    k = int(np.clip(np.searchsorted(chord, along * chord[-1], side="right"), 1, len(chord) - 1))
    return np.vstack([shape[:k], at]), np.vstack([at, shape[k:]]), at
