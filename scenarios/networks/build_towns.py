"""Build the embedded road networks from the road lists in facts/: python scenarios/networks/build_towns.py.

Roads of different surveys meet within 0–25 m only, so ends are joined within `JOIN_M`. A junction of the lists stays
where it is: the road that passes it is bent to it. Roads that cross get a junction, except on the bridges over the
river. What hangs on nothing is dropped. Each join, crossing and dropped road is listed in TOWN.joins.csv. Nothing is
invented: no side street, no lane count or width beyond what the facts say.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

from shapely import LineString, Point

HERE = Path(__file__).parent
FACTS = HERE / "facts"

JOIN_M = 30.0  # ends of two surveys that lie this near each other are one junction (README of the facts)
BEND_M = 15.0  # stated accuracy of the lists: so far a road that passes a junction is bent to it
MOST_CHANGE = 0.005  # of its length, that bending or moving may cost a road; else a connecting piece is drawn
SAME_VERTEX_M = 10.0  # a vertex this near a junction is moved to it
SAME_JUNCTION_M = 8.0  # two junctions this near each other along a road are one: half the width of a main road
CROSSING_M = 3.0  # a crossing this near a vertex is there
RIVER_GAP_M = 250.0  # ends of river lines this near each other are drawn on

HIGHWAY = {"JKP-1": "primary", "JKP-2": "primary", "JKP-4": "secondary", "JLP": "tertiary", "JLing-P": "residential"}
SOURCE = "daftar jalan nasional dan kabupaten (WebGIS Dinas ESDM Kalimantan Timur, RBI 250K); lisensi tidak disebut"

Vertex = tuple[float, float]  # longitude and latitude (degrees): the same numbers are the same point of the map


@dataclass(frozen=True)
class Town:
    """A town to build."""

    key: str
    place: str
    bridges: dict[str, str] = field(default_factory=dict)  # road that crosses the river → name of its bridge


TOWNS = (
    Town(
        "sangatta",
        "Sangatta, Kutai Timur",
        {"N.20": "Jembatan Pinang", "015.006": "Jembatan Kajang", "N.JSL": "Jembatan Sangatta Lama"},
    ),
    Town("tanjung_redeb", "Tanjung Redeb, Berau"),
    Town("tana_paser", "Tana Paser, Paser"),
)


@dataclass
class Road:
    """A road of the lists, or a piece that joins two."""

    ref: str
    name: str
    highway: str
    status: str  # official or inferred
    accuracy_m: str
    line: list[Vertex]
    note: str = ""


@dataclass(frozen=True)
class Join:
    """What was done where, for the list of joins."""

    kind: str  # moved, bent, piece, crossing, merged or dropped
    ref: str
    other: str
    at: Vertex
    distance_m: float


class Plane:
    """Metres on a plane that touches the Earth in a town's middle."""

    def __init__(self, roads: Sequence[Road]) -> None:
        latitudes = [lat for road in roads for _, lat in road.line]
        self.lat_m = 110_574.0
        self.drawn: dict[tuple[Vertex, ...], LineString] = {}
        self.lon_m = 111_320.0 * math.cos(math.radians(sum(latitudes) / len(latitudes)))

    def to_m(self, vertex: Vertex) -> tuple[float, float]:
        """Return east and north."""
        return vertex[0] * self.lon_m, vertex[1] * self.lat_m

    def to_deg(self, point: Point) -> Vertex:
        """Return longitude and latitude, to a decimetre."""
        return round(point.x / self.lon_m, 6), round(point.y / self.lat_m, 6)

    def distance_m(self, one: Vertex, other: Vertex) -> float:
        """Return the distance of two points."""
        return math.dist(self.to_m(one), self.to_m(other))

    def draw(self, line: Sequence[Vertex]) -> LineString:
        """Return a line in metres."""
        key = tuple(line)
        if key not in self.drawn:
            self.drawn[key] = LineString([self.to_m(vertex) for vertex in key])
        return self.drawn[key]

    def measure_m(self, line: Sequence[Vertex]) -> float:
        """Return the length of a line."""
        return float(self.draw(line).length)


class Map:
    """The roads of a town while they are joined."""

    def __init__(self, roads: list[Road]) -> None:
        self.roads = roads
        self.plane = Plane(roads)
        self.joins: list[Join] = []

    def roads_at(self, vertex: Vertex) -> list[Road]:
        """Return the roads that have a vertex."""
        return [road for road in self.roads if vertex in road.line]

    def join_ends(self) -> None:
        """Join every end that touches no other road with what lies within `JOIN_M` of it."""
        for own in list(self.roads):
            for end in (own.line[0], own.line[-1]):
                if not any(end in road.line[1:-1] for road in self.roads):
                    self._join(end)

    def _join(self, end: Vertex) -> None:
        own = self.roads_at(end)
        others = [road for road in self.roads if road not in own and not self._meets_nearby(end, own, road)]
        ends = {vertex for road in others if road.ref for vertex in (road.line[0], road.line[-1])}
        near = min(ends, key=lambda vertex: self.plane.distance_m(vertex, end), default=None)
        if near is not None and self.plane.distance_m(near, end) <= JOIN_M and self._merge(end, near, "moved"):
            return
        point = Point(self.plane.to_m(end))
        passing = min(others, key=lambda road: self.plane.draw(road.line).distance(point), default=None)
        if passing is None or self.plane.draw(passing.line).distance(point) > JOIN_M:
            return
        if not self._bend(passing, end, own[0]):
            self._connect(passing, end, own[0])

    def _meets_nearby(self, end: Vertex, own: Sequence[Road], other: Road) -> bool:
        """Whether a road meets another one near its end anyhow: the other is then no road it was cut off from."""
        shared = {vertex for road in own for vertex in road.line} & set(other.line)
        return any(self.plane.distance_m(end, vertex) <= 2.0 * JOIN_M for vertex in shared)

    def _merge(self, one: Vertex, other: Vertex, kind: str) -> bool:
        """Move one of two points to the other, that of the longer roads first; tell whether that changes little."""
        for old, new in sorted([(one, other), (other, one)], key=lambda pair: -self._shortest_m(pair[0])):
            moved = self.roads_at(old)
            lines = [[new if vertex == old else vertex for vertex in road.line] for road in moved]
            if all(self._changes_little(road, line) for road, line in zip(moved, lines, strict=True)):
                names = " ".join(road.ref for road in self.roads_at(new))
                for road, line in zip(moved, lines, strict=True):
                    road.line = line
                    self.joins.append(Join(kind, road.ref, names, new, self.plane.distance_m(old, new)))
                return True
        return False

    def _shortest_m(self, vertex: Vertex) -> float:
        return min(self.plane.measure_m(road.line) for road in self.roads_at(vertex))

    def _changes_little(self, road: Road, line: list[Vertex]) -> bool:
        length_m = self.plane.measure_m(road.line)
        return abs(self.plane.measure_m(line) - length_m) <= MOST_CHANGE * length_m

    def _bend(self, road: Road, end: Vertex, own: Road) -> bool:
        """Bend a road that passes an end to it; tell whether that changes little."""
        distance_m = self.plane.draw(road.line).distance(Point(self.plane.to_m(end)))
        nearest = min(road.line[1:-1], key=lambda vertex: self.plane.distance_m(vertex, end), default=None)
        if (
            nearest is not None
            and self.plane.distance_m(nearest, end) <= SAME_VERTEX_M
            and self.roads_at(nearest) == [road]
        ):
            line = [end if vertex == nearest else vertex for vertex in road.line]
        else:
            line = self._insert(road.line, end)
        if distance_m > BEND_M or not self._changes_little(road, line):
            return False
        road.line = line
        self.joins.append(Join("bent", road.ref, own.ref, end, distance_m))
        return True

    def _connect(self, road: Road, end: Vertex, own: Road) -> None:
        """Draw a piece from an end to the nearest point of a road."""
        drawn = self.plane.draw(road.line)
        at = self.plane.to_deg(drawn.interpolate(drawn.project(Point(self.plane.to_m(end)))))
        near = min(road.line, key=lambda vertex: self.plane.distance_m(vertex, at))
        if self.plane.distance_m(near, at) <= SAME_VERTEX_M:
            at = near
        else:
            road.line = self._insert(road.line, at)
        self.roads.append(Road("", own.name, own.highway, "inferred", own.accuracy_m, [end, at], "connecting piece"))
        self.joins.append(Join("piece", own.ref, road.ref, end, self.plane.distance_m(end, at)))

    def _insert(self, line: Sequence[Vertex], vertex: Vertex) -> list[Vertex]:
        """Return a line with a vertex more, in the segment nearest to it."""
        point = Point(self.plane.to_m(vertex))
        segments = [self.plane.draw(pair) for pair in itertools.pairwise(line)]
        index = min(range(len(segments)), key=lambda number: segments[number].distance(point))
        return [*line[: index + 1], vertex, *line[index + 1 :]]

    def cross_roads(self) -> None:
        """Give a common vertex to roads that cross."""
        for one, other in itertools.combinations(self.roads, 2):
            for at in self._find_crossings(one, other):
                near = [min(road.line, key=lambda vertex: self.plane.distance_m(vertex, at)) for road in (one, other)]
                taken = next((vertex for vertex in near if self.plane.distance_m(vertex, at) <= CROSSING_M), at)
                for road in (one, other):
                    if taken not in road.line:
                        road.line = self._insert(road.line, taken)
                self.joins.append(Join("crossing", one.ref, other.ref, taken, 0.0))

    def _find_crossings(self, one: Road, other: Road) -> list[Vertex]:
        met = self.plane.draw(one.line).intersection(self.plane.draw(other.line))
        points = [part for part in getattr(met, "geoms", [met]) if isinstance(part, Point) and not part.is_empty]
        shared = set(one.line) & set(other.line)
        found = [self.plane.to_deg(point) for point in points]
        return [at for at in found if all(self.plane.distance_m(at, vertex) > 0.5 for vertex in shared)]

    def merge_junctions(self) -> None:
        """Make one of two junctions that lie next to each other on a road."""
        for road in self.roads:
            for one, other in itertools.pairwise(list(road.line)):
                is_near = self.plane.distance_m(one, other) <= SAME_JUNCTION_M and one != other
                if is_near and min(len(self.roads_at(vertex)) for vertex in (one, other)) >= 2:
                    self._merge(one, other, "merged")
        for road in self.roads:
            road.line = [vertex for vertex, _ in itertools.groupby(road.line)]

    def drop_loose(self) -> None:
        """Keep the roads that hang together with the most kilometres of others."""
        part = list(range(len(self.roads)))
        while True:
            smallest: dict[Vertex, int] = {}
            for number, road in zip(part, self.roads, strict=True):
                for vertex in road.line:
                    smallest[vertex] = min(number, smallest.get(vertex, number))
            spread = [min(smallest[vertex] for vertex in road.line) for road in self.roads]
            if spread == part:
                break
            part = spread
        length_m = dict.fromkeys(part, 0.0)
        for road, number in zip(self.roads, part, strict=True):
            length_m[number] += self.plane.measure_m(road.line)
        largest = max(length_m, key=length_m.__getitem__)
        for road, number in zip(self.roads, part, strict=True):
            if number != largest:
                self.joins.append(Join("dropped", road.ref, road.name, road.line[0], self.plane.measure_m(road.line)))
        self.roads = [road for road, number in zip(self.roads, part, strict=True) if number == largest]


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a table of facts; lines that begin with # are remarks."""
    if not path.exists():
        return []
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def read_roads(town: Town) -> list[Road]:
    """Read the roads of a town's lists."""
    roads = []
    for row in read_table(FACTS / f"{town.key}_roads.csv"):
        line = [(float(lon), float(lat)) for lon, lat in (vertex.split() for vertex in row["line"].split(", "))]
        highway = HIGHWAY.get(row["function"], "secondary")  # N.AWS is in no list: assumption
        roads.append(Road(row["ref"], row["name"], highway, row["status"], row["accuracy_m"], line, row["note"]))
    return roads


def read_river(town: Town, plane: Plane) -> list[list[Vertex]]:
    """Read the river of a town, its pieces joined to lines that do not break off."""
    path = FACTS / f"{town.key}_water.geojson"
    if not path.exists():
        return []
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    lines = [[(float(lon), float(lat)) for lon, lat in feature["geometry"]["coordinates"]] for feature in features]
    while True:
        pairs = [
            (plane.distance_m(a, b), one, other)
            for one, other in itertools.combinations(range(len(lines)), 2)
            for a in (lines[one][0], lines[one][-1])
            for b in (lines[other][0], lines[other][-1])
        ]
        gap_m, one, other = min(pairs)
        if gap_m > RIVER_GAP_M:
            return lines
        candidates = [a + b for a in (lines[one], lines[one][::-1]) for b in (lines[other], lines[other][::-1])]
        joined = min(candidates, key=plane.measure_m)
        lines = [line for number, line in enumerate(lines) if number not in (one, other)] + [joined]


def find_stretch(road: Road, rows: dict[str, str], roads: Sequence[Road]) -> tuple[int, int]:
    """Return the first and the last vertex of a stretch of a road."""

    def find(text: str) -> int:
        if text in ("start", "end"):
            return 0 if text == "start" else len(road.line) - 1
        if text.startswith("lat "):
            return min(range(len(road.line)), key=lambda index: abs(road.line[index][1] - float(text[4:])))
        if " " in text:
            lon, lat = text.split()
            return road.line.index((float(lon), float(lat)))
        met = {vertex for other in roads if other.ref == text for vertex in other.line}
        return next(index for index, vertex in enumerate(road.line) if vertex in met)

    begin, end = sorted((find(rows["from"]), find(rows["to"])))
    if begin == end:
        raise SystemExit(f"a stretch of no length: {rows}")
    return begin, end


def cut_ways(
    road: Road, stretches: Sequence[dict[str, str]], roads: Sequence[Road], bridge: tuple[str, set[int]]
) -> Iterator[tuple[list[Vertex], dict[str, str]]]:
    """Cut a road where its tags change."""
    tags = {
        "highway": road.highway,
        "name": road.name,
        "ref": road.ref,
        "konvoi:accuracy_m": road.accuracy_m,
        "konvoi:quality": road.status,
        "note": road.note,
    }
    name, on_bridge = bridge
    changes = [(find_stretch(road, row, roads), {row["key"]: row["value"]}) for row in stretches]
    changes += [((index, index + 1), {"bridge": "yes", "bridge:name": name}) for index in sorted(on_bridge)]
    cuts = sorted({0, len(road.line) - 1, *(index for span, _ in changes for index in span)})
    for begin, end in itertools.pairwise(cuts):
        own = dict(tags)
        for (first, last), change in changes:
            if first <= begin and end <= last:
                own |= change
        yield road.line[begin : end + 1], {key: value for key, value in own.items() if value}


def name_nodes(town: Town, roads: Sequence[Road], plane: Plane) -> dict[Vertex, str]:
    """Return the vertex of each junction or end people know by name."""
    neighbours: dict[Vertex, set[Vertex]] = {}
    for road in roads:
        for one, other in itertools.pairwise(road.line):
            neighbours.setdefault(one, set()).add(other)
            neighbours.setdefault(other, set()).add(one)
    junctions = sorted(vertex for vertex, others in neighbours.items() if len(others) != 2)
    ends = sorted({end for road in roads for end in (road.line[0], road.line[-1])})  # one road may go on as another
    named: dict[Vertex, str] = {}
    for row in read_table(FACTS / f"{town.key}_junctions.csv"):
        spot = (float(row["lon_deg"]), float(row["lat_deg"]))
        near = [vertex for vertex in (*junctions, *ends) if plane.distance_m(vertex, spot) <= JOIN_M]
        node = min(near, key=lambda vertex: (vertex not in junctions, plane.distance_m(vertex, spot)), default=None)
        if node is None:
            raise SystemExit(f"{town.key}: no junction within {JOIN_M:.0f} m of {row['name']}")
        if node in named:
            raise SystemExit(f"{town.key}: {row['name']} and {named[node]} are one junction")
        named[node] = row["name"]
    return named


def build(town: Town) -> dict[str, str]:
    """Return the files of a town by name: its roads as OSM XML, what was joined, and its river where there is one."""
    drawn = Map(read_roads(town))
    drawn.join_ends()
    drawn.cross_roads()
    drawn.merge_junctions()
    drawn.drop_loose()
    plane, roads = drawn.plane, drawn.roads
    river = read_river(town, plane)
    stretches = read_table(FACTS / f"{town.key}_stretches.csv")
    ways: list[tuple[list[Vertex], dict[str, str]]] = []
    for road in roads:
        on_bridge = {
            index
            for index, pair in enumerate(itertools.pairwise(road.line))
            if any(plane.draw(pair).intersects(plane.draw(line)) for line in river)
        }
        if bool(on_bridge) != (road.ref in town.bridges):
            raise SystemExit(f"{town.key}: {road.ref} {road.name} crosses the river, or its bridge does not")
        own = [row for row in stretches if row["ref"] == road.ref]
        ways += cut_ways(road, own, roads, (town.bridges.get(road.ref, ""), on_bridge))
    files = {f"{town.key}.osm": format_xml(town, ways, name_nodes(town, roads, plane))}
    files[f"{town.key}.joins.csv"] = format_joins(drawn.joins)
    if river:
        features = [
            {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}}
            for line in river
        ]
        text = json.dumps({"type": "FeatureCollection", "features": features}, indent=None)
        files[f"{town.key}_water.geojson"] = text.replace('{"type": "Feature",', '\n{"type": "Feature",') + "\n"
    return files


def format_xml(town: Town, ways: Sequence[tuple[list[Vertex], dict[str, str]]], named: dict[Vertex, str]) -> str:
    """Format roads as OSM XML."""
    number = {vertex: n for n, vertex in enumerate(dict.fromkeys(v for line, _ in ways for v in line), start=1)}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<osm version="0.6" generator="konvoi build_towns.py" place={quoteattr(town.place)} licence={quoteattr(SOURCE)}>',
        "  <!-- Main roads of official lists, without side streets; position error of each road: konvoi:accuracy_m. What was",
        f"       joined and left out: {town.key}.joins.csv. Replace it by OpenStreetMap: konvoi roads fetch. -->",
    ]
    for (lon, lat), n in number.items():
        tag = f'<tag k="name" v={quoteattr(named[lon, lat])}/>' if (lon, lat) in named else ""
        lines.append(f'  <node id="{n}" lat="{lat}" lon="{lon}" version="1">{tag}</node>')
    for n, (line, tags) in enumerate(ways, start=1):
        refs = "".join(f'<nd ref="{number[vertex]}"/>' for vertex in line)
        inside = "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in sorted(tags.items()))
        lines.append(f'  <way id="{n}" version="1">{refs}\n    {inside}\n  </way>')
    return "\n".join([*lines, "</osm>", ""])


def format_joins(joins: Sequence[Join]) -> str:
    """Format what was joined as a table."""
    text = io.StringIO()
    text.write(
        "# What build_towns.py did to the lists. moved: the end of ref was moved to that of other · bent: ref was bent to the\n"
        "# end of other · piece: a piece was drawn from the end of ref to other · crossing: they got a common junction there ·\n"
        "# merged: two junctions of ref made one · dropped: ref hangs on nothing and is left out (distance_m: its length).\n"
    )
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["kind", "ref", "other", "lon_deg", "lat_deg", "distance_m"])
    for join in joins:
        writer.writerow([join.kind, join.ref, join.other, *join.at, f"{join.distance_m:.1f}"])
    return text.getvalue()


if __name__ == "__main__":
    for each in TOWNS:
        for name, content in build(each).items():
            (HERE / name).write_text(content, encoding="utf-8", newline="\n")
