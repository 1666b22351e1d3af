"""OpenStreetMap extracts → drivable roads in plain Python; what is damaged or hostile is refused in bounded memory."""

from __future__ import annotations

import bz2
import gzip
import itertools
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, NamedTuple, cast
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import numpy as np

from konvoi.errors import NetworkError
from konvoi.network.turns import NO_TURNS, RESTRICTION_TAGS, Restriction, Turns, find_turns, read_restriction
from konvoi.texts import clean_text
from konvoi.words import Sentence

MAX_XML_BYTES = 2_000_000_000  # decompressed
MAX_TAG_BYTES = (
    10_000_000  # expat collects a tag whole; the longest of road data (a way of 2,000 nodes) has none near it
)
MAX_DEPTH = 50  # of nested elements; OSM has three
MAX_WAY_NODES = 100_000  # OSM allows 2,000
MAX_MEMBERS = 100_000  # of a relation; a turn restriction has three
MAX_ROAD_NODES = 10_000_000  # an island's roads have some millions
MAX_GRAPHML_BYTES = 500_000_000  # NetworkX holds the whole file
OSM_LICENCE = "© OpenStreetMap contributors, ODbL 1.0"
XML_SUFFIXES = (".osm", ".osm.gz", ".osm.bz2", ".xml")
DRIVABLE = frozenset(
    f"{name}{suffix}" for name in ("motorway", "trunk", "primary", "secondary", "tertiary") for suffix in ("", "_link")
) | {"residential", "unclassified", "living_street", "road"}
WAY_TAGS = (
    "highway",
    "name",
    "lanes",
    "width",
    "lanes:forward",
    "lanes:backward",
    "maxspeed",
    "maxspeed:forward",
    "maxspeed:backward",
    "surface",
    "oneway",
    "bridge",
    "tunnel",
    "layer",
    "junction",
    "ref",
    "konvoi:accuracy_m",
    "konvoi:quality",
    "start_date",
)
ACCESS_TAGS = ("access", "vehicle", "motor_vehicle", "motorcycle")  # from the general to the special
CLOSED = frozenset(("no", "private"))
NOT_A_JUNCTION = frozenset(("amenity", "shop", "public_transport", "barrier", "railway", "office", "tourism"))
ROAD_TAGS = (*WAY_TAGS, *ACCESS_TAGS, "area", "toll", "motorroad")
READ_TAGS = frozenset((*ROAD_TAGS, *NOT_A_JUNCTION, *RESTRICTION_TAGS))  # nothing else is held
SIGNAL = "traffic_signals"  # value of a node's highway tag
HEAD_KEYS = frozenset(("place", "date", "timestamp", "licence", "license", "generator", "attribution", "copyright"))
# Words of a file's head that say its roads are OpenStreetMap's: its own, and those of programs that read nothing else.
OSM_MARKS = ("openstreetmap", "overpass", "cgimap", "osmium", "osmconvert", "osmosis")


@dataclass(frozen=True)
class Extract:
    """The drivable roads of an OSM file."""

    nodes: dict[int, tuple[float, float, str]]  # longitude, latitude (degrees), name of a junction
    ways: list[tuple[list[int], dict[str, str]]]  # nodes in order, tags
    head: dict[str, str]  # attributes of the file's root: place, date, licence where given
    signals: frozenset[int] = frozenset()  # nodes with a traffic signal
    turns: Turns = NO_TURNS


def read_extract(path: Path) -> Extract:
    """Read the drivable roads of an .osm, .osm.gz, .osm.bz2 or .osm.pbf file.

    The file is read twice, ways first, so that only nodes of roads are held.

    Raises
    ------
    NetworkError
        With one sentence, when the file cannot be used.
    """
    if path.name.endswith(".osm.pbf"):
        extract = _read_pbf(path)
    elif path.name.endswith(XML_SUFFIXES):
        extract = _read_xml(path)
    else:
        raise NetworkError(Sentence("faults.road_suffix", path=path))
    return _require_roads(extract, path)


def cut_extract(extract: Extract, area: Any, path: Path) -> Extract:
    """Keep what lies in an area.

    Parameters
    ----------
    area
        Shapely polygon, longitude and latitude.

    Raises
    ------
    NetworkError
        When the area holds no road.
    """
    import shapely

    ids = list(extract.nodes)
    lon_lat = np.array([extract.nodes[number][:2] for number in ids])
    is_inside = dict(zip(ids, shapely.contains_xy(area, lon_lat[:, 0], lon_lat[:, 1]).tolist(), strict=True))
    ways = [
        (list(run), tags)
        for refs, tags in extract.ways
        for inside, run in itertools.groupby(refs, key=is_inside.__getitem__)
        if inside
    ]
    if not any(len(refs) >= 2 for refs, _ in ways):
        raise NetworkError(Sentence("faults.area_empty", path=path))
    return _require_roads(replace(extract, ways=ways), path)


def find_licence(head: Mapping[str, str]) -> str:
    """Return the licence a file's head states or implies; empty when it is unknown."""
    if head.get("licence"):
        return head["licence"]
    words = " ".join(head.get(key, "") for key in ("generator", "attribution", "copyright", "license", "origin"))
    return OSM_LICENCE if any(mark in words.casefold() for mark in OSM_MARKS) else ""


def write_extract(extract: Extract, path: Path) -> None:
    """Write roads as OSM XML, packed when the name ends in .gz; whole or not at all."""
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        opener: Callable[..., Any] = gzip.open if path.name.endswith(".gz") else open
        with opener(temporary, "wt", encoding="utf-8", newline="\n") as stream:
            stream.writelines(_format_xml(extract))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def check_xml(path: Path) -> None:
    """Look through a whole XML file, so that it is neither hostile nor damaged for readers that trust it."""
    if path.stat().st_size > MAX_GRAPHML_BYTES:
        raise NetworkError(Sentence("faults.file_large", path=path, limit=MAX_GRAPHML_BYTES))
    _parse(path, lambda tag, attributes: None, lambda tag: None)


def is_drivable(tags: Mapping[str, str]) -> bool:
    """Whether a way is a road that convoys of motorcycles may ride.

    The most special access tag decides (``access=no`` with ``motor_vehicle=yes`` is open). Toll roads and motor roads are
    closed to motorcycles in Indonesia unless ``motorcycle`` says otherwise.
    """
    if tags.get("highway") not in DRIVABLE or tags.get("area") == "yes":
        return False
    given = [tags[key] for key in ACCESS_TAGS if tags.get(key)]
    if given and given[-1] in CLOSED:
        return False
    return bool(tags.get("motorcycle")) or "yes" not in {tags.get("toll"), tags.get("motorroad")}


def _require_roads(extract: Extract, path: Path) -> Extract:
    """Return the extract with ways of two nodes and more, and their nodes; there must be some."""
    ways = [([ref for ref in refs if ref in extract.nodes], tags) for refs, tags in extract.ways]
    ways = [way for way in ways if len(way[0]) >= 2]
    if not ways:
        raise NetworkError(Sentence("faults.no_drivable", path=path))
    used = {ref for refs, _ in ways for ref in refs}
    return replace(extract, nodes={ref: node for ref, node in extract.nodes.items() if ref in used}, ways=ways)


def _read_xml(path: Path) -> Extract:
    """Read OSM XML in two passes: ways, then the nodes they use."""
    found = _read_ways(path)
    if not found.ways:
        return Extract({}, [], found.head)
    numbers = _number_nodes(found.ways)
    nodes, signals = _read_nodes(path, numbers)
    numbered = [([numbers[ref] for ref in refs], tags) for refs, tags in found.ways]
    turns = find_turns(numbered, found.way_ids, found.restrictions, numbers)
    return Extract(nodes, numbered, found.head, frozenset(signals), turns)


class _Ways(NamedTuple):
    """What the first pass over a file finds."""

    ways: list[tuple[list[str], dict[str, str]]]  # drivable: references of nodes, tags
    way_ids: list[str]
    head: dict[str, str]
    restrictions: list[Restriction]


def _read_ways(path: Path) -> _Ways:
    """Read the drivable ways, what the head says, and the turn restrictions."""
    found = _Ways([], [], {}, [])
    refs: list[str] = []
    tags: dict[str, str] = {}
    members: list[tuple[str, str, str]] = []
    current: dict[str, str] = {}
    n_refs = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "nd":
            if len(refs) >= MAX_WAY_NODES:
                raise NetworkError(Sentence("faults.way_long", path=path, max_way_nodes=MAX_WAY_NODES))
            refs.append(attributes.get("ref", ""))
        elif tag == "member" and len(members) < MAX_MEMBERS:
            members.append((attributes.get("role", ""), attributes.get("type", ""), attributes.get("ref", "")))
        elif tag == "tag":
            _read_tag(attributes, tags)
        elif tag in {"node", "way", "relation"}:
            refs.clear()
            tags.clear()
            members.clear()
            current.clear()
            current.update(attributes)
        elif tag == "remark":
            raise NetworkError(Sentence("faults.server_remark", path=path))
        elif tag == "bounds":
            found.head["origin"] = attributes.get("origin", "")  # of what JOSM was given
        elif tag in {"osm", "konvoi"}:
            found.head.update({key: value for key, value in attributes.items() if key in HEAD_KEYS})

    def end(tag: str) -> None:
        nonlocal n_refs
        if is_removed(current):
            return
        if tag == "relation" and (restriction := read_restriction(tags, members)):
            found.restrictions.append(restriction)
        if tag == "way" and is_drivable(tags):
            found.ways.append((list(refs), _keep_tags(tags)))
            found.way_ids.append(current.get("id", ""))
            n_refs += len(refs)
            _require_few(n_refs, path)

    _parse(path, start, end)
    return found


def _read_nodes(path: Path, numbers: Mapping[str, int]) -> tuple[dict[int, tuple[float, float, str]], set[int]]:
    """Read the nodes that ways use, by their numbers, and which of them have a signal."""
    nodes: dict[int, tuple[float, float, str]] = {}
    signals: set[int] = set()
    current: dict[str, str] = {}
    tags: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "tag":
            _read_tag(attributes, tags)
        elif tag in {"node", "way", "relation"}:
            tags.clear()
            current.clear()
            if tag == "node":
                current.update(attributes)

    def end(tag: str) -> None:
        if tag == "node" and current.get("id", "") in numbers:
            try:
                lon, lat = float(current["lon"]), float(current["lat"])
            except (KeyError, ValueError):
                return
            if abs(lon) <= 180.0 and abs(lat) <= 85.0:
                nodes[numbers[current["id"]]] = (lon, lat, _get_junction_name(tags))
            if tags.get("highway") == SIGNAL:
                signals.add(numbers[current["id"]])

    _parse(path, start, end)
    return nodes, signals


def is_removed(attributes: Mapping[str, str]) -> bool:
    """Whether an element is one that an editor has marked as removed, and keeps until it is uploaded."""
    return attributes.get("action") == "delete" or attributes.get("visible") == "false"


def _read_tag(attributes: Mapping[str, str], tags: dict[str, str]) -> None:
    key = attributes.get("k", "")
    if key in READ_TAGS:
        tags[key] = clean_text(attributes.get("v", ""))


def _require_few(n_refs: int, path: Path) -> None:
    if n_refs > MAX_ROAD_NODES:
        raise NetworkError(Sentence("faults.nodes_many", path=path, max_road_nodes=MAX_ROAD_NODES))


def _number_nodes(ways: list[tuple[list[str], dict[str, str]]]) -> dict[str, int]:
    """Give each node a whole number, as OSMnx wants: its own where it is one."""
    numbers: dict[str, int] = {}
    for refs, _ in ways:
        for ref in refs:
            if ref not in numbers:
                is_number = ref.lstrip("-").isascii() and ref.lstrip("-").isdigit() and len(ref) < 19
                numbers[ref] = int(ref) if is_number else 10**18 + len(numbers)
    return numbers


def _read_pbf(path: Path) -> Extract:
    """Read a PBF file through osmium."""
    try:
        import osmium as package
    except ImportError:
        raise NetworkError(Sentence("faults.pbf_package", path=path)) from None
    osmium: Any = package
    ways: list[tuple[list[int], dict[str, str]]] = []
    way_ids: list[str] = []
    n_refs = 0
    nodes: dict[int, tuple[float, float, str]] = {}
    signals: set[int] = set()
    try:
        with_highway = osmium.filter.KeyFilter("highway")
        for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(with_highway):
            tags = {key: clean_text(value) for key, value in dict(way.tags).items()}
            if is_drivable(tags):
                ways.append(([node.ref for node in way.nodes], _keep_tags(tags)))
                way_ids.append(str(way.id))
                n_refs += len(way.nodes)
                _require_few(n_refs, path)
        wanted = osmium.filter.IdFilter({ref for refs, _ in ways for ref in refs})
        with_restriction = osmium.filter.TagFilter(("type", "restriction"))
        relations = osmium.FileProcessor(str(path), osmium.osm.RELATION).with_filter(with_restriction)
        restrictions = [
            restriction
            for relation in relations
            if (restriction := read_restriction(dict(relation.tags), _list_members(relation)))
        ]
        for node in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(wanted):
            if node.location.valid() and abs(node.location.lat) <= 85.0:
                tags = {key: clean_text(value) for key, value in dict(node.tags).items()}
                nodes[node.id] = (node.location.lon, node.location.lat, _get_junction_name(tags))
                if tags.get("highway") == SIGNAL:
                    signals.add(node.id)
    except NetworkError:
        raise
    except (RuntimeError, ValueError, OSError) as fault:
        raise NetworkError(Sentence("faults.pbf_damaged", path=path, reason=str(fault).splitlines()[0])) from None
    # Nothing but OpenStreetMap's data is given away in this format.
    turns = find_turns(ways, way_ids, restrictions, {str(node): node for refs, _ in ways for node in refs})
    return Extract(nodes, ways, {"generator": "osmium"}, frozenset(signals), turns)


def _list_members(relation: Any) -> list[tuple[str, str, str]]:
    """List role, type and reference of the members of osmium's relation."""
    types = {"n": "node", "w": "way", "r": "relation"}
    return [(member.role, types.get(member.type, ""), str(member.ref)) for member in relation.members]


def _keep_tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key in WAY_TAGS}


def _get_junction_name(tags: Mapping[str, str]) -> str:
    """Return a node's name when it is that of a junction or place, not of a bus stop or shop."""
    return (
        ""
        if tags.keys() & NOT_A_JUNCTION or tags.get("highway") in {"bus_stop", "platform", "stop"}
        else tags.get("name", "")
    )


def _format_xml(extract: Extract) -> Iterator[str]:
    """Format roads as OSM XML, line by line."""
    head = "".join(
        f" {key}={quoteattr(value)}" for key, value in extract.head.items() if key in {"place", "date", "licence"}
    )
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6"{head}>\n'
    written = set()
    for refs, _ in extract.ways:
        for ref in refs:
            if ref not in written:
                written.add(ref)
                lon, lat, name = extract.nodes[ref]
                tag = f'<tag k="name" v={quoteattr(name)}/>' if name else ""
                tag += f'<tag k="highway" v="{SIGNAL}"/>' if ref in extract.signals else ""
                yield f'<node id="{ref}" lat="{lat!r}" lon="{lon!r}">{tag}</node>\n'
    for index, (refs, tags) in enumerate(extract.ways, start=1):
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        inside += "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())
        yield f'<way id="{index}">{inside}</way>\n'
    yield "</osm>\n"


def _parse(path: Path, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None]) -> None:
    """Parse an XML file with two handlers."""
    parser = _build_parser(path)
    depth = 0

    def enter(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise NetworkError(Sentence("faults.xml_deep", path=path, max_depth=MAX_DEPTH))
        start(tag, attributes)

    def leave(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(tag)

    parser.StartElementHandler, parser.EndElementHandler = enter, leave
    with _open_plain(path) as stream:
        _feed(parser, stream, path)


def _build_parser(path: Path) -> Any:
    """Build an XML parser that refuses document types, and with them every entity bomb."""
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise NetworkError(Sentence("faults.doctype", path=path))

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
                raise NetworkError(Sentence("faults.unpacked_large", path=path, limit=MAX_XML_BYTES))
            parser.Parse(block, False)
            if n_bytes - parser.CurrentByteIndex > MAX_TAG_BYTES:
                raise NetworkError(Sentence("faults.tag_large", path=path, max_tag_bytes=MAX_TAG_BYTES))
            last_end = n_bytes
        parser.Parse(b"", True)
    except expat.ExpatError as fault:
        raise NetworkError(
            Sentence(
                "faults.xml_damaged",
                path=path,
                lineno=fault.lineno,
                messages=expat.errors.messages[fault.code],
                last_end=last_end,
            )
        ) from None
    except (OSError, EOFError, LookupError, ValueError, zlib.error) as fault:  # LookupError: an encoding nobody knows
        if isinstance(fault, NetworkError):
            raise
        raise NetworkError(Sentence("faults.file_damaged", path=path, fault=fault)) from None


@contextmanager
def _open_plain(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacking .gz and .bz2."""
    opener: Callable[..., Any] = gzip.open if path.suffix == ".gz" else bz2.open if path.suffix == ".bz2" else open
    with opener(path, "rb") as stream:
        yield cast("IO[bytes]", stream)
