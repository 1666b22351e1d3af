"""The notice to the police as input: a spreadsheet of what it lists → a scenario.

A notice (surat pemberitahuan) lists people, vehicles by kind, assembly points, outbound and return routes as street
names, times and venue. Persons are not read. Every line that cannot be understood is named with its cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from konvoi import words
from konvoi.errors import RouteError, ScenarioError
from konvoi.gap import Gap
from konvoi.names import StreetIndex
from konvoi.network import RoadNetwork, insert_places_xy, project, unproject
from konvoi.notice.form import COLUMN_LABELS, HEAD_LABELS, Cell, name_column, read_table
from konvoi.routing import find_route_along, match_street
from konvoi.units import clock_to_s
from konvoi.words import Sentence
from konvoi.words.formats import format_number

JUNCTION_M = 150.0  # two streets that come this close meet
POINT_ACCURACY_M, JUNCTION_ACCURACY_M = 50.0, 100.0


@dataclass
class Reading:
    """A form on its way to a scenario: what was understood, what was not."""

    source: str
    lang: str
    faults: list[Sentence] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def say(self, key: str, **values: object) -> str:
        """Return a sentence on the form in the language of the reader."""
        return words.say(f"notice.{key}", self.lang, **values)

    def fail(self, cell: Cell, key: str, **values: object) -> None:
        """Note a cell that cannot be used."""
        self.faults.append(Sentence("notice.at", where=cell.where, what=Sentence(f"notice.{key}", **values)))

    def warn(self, cell: Cell, key: str, **values: object) -> None:
        """Note how a cell was understood."""
        self.warnings.append(f"{cell.where}: {self.say(key, **values)}")

    def refuse(self, path: Path) -> None:
        """Stop if anything was not understood."""
        if self.faults:
            raise ScenarioError(str(path), self.faults)


@dataclass(frozen=True)
class NoticePlan:
    """A scenario made of a notice, with what a picture of it needs."""

    content: dict[str, Any]
    gap_min: float | None  # None: on different days
    first_side: int
    warnings: list[str]
    network: RoadNetwork  # with the places
    places: list[tuple[str, float, float]]  # name, x, y (m)
    routes: list[tuple[int, str, np.ndarray[Any, Any]]]  # side, words, links


def build_plan_of_notice(path: Path, network: RoadNetwork, road_file: str, lang: str = "id") -> NoticePlan:
    """Build a scenario of a form on a road network.

    Parameters
    ----------
    road_file
        How the scenario is to name its road file.
    lang
        ``"id"`` or ``"en"``: of what is told about the form.

    Raises
    ------
    ScenarioError
        With one line per cell that cannot be understood.
    """
    rows = read_table(path)
    reading = Reading(path.name, lang)
    index = StreetIndex(network.link_name)
    head, columns, body = _find_parts(rows, reading)
    reading.refuse(path)
    days = {side: _read_date(head["date"][side], reading) for side in (1, 2)}
    starts = {side: _read_clock(head["start"][side], reading) for side in (1, 2)}
    ends = {side: _read_clock(head["end"][side], reading) for side in (1, 2)}
    town = head["town"][1].text or head["town"][2].text
    places: dict[str, dict[str, Any]] = {}
    venues: dict[str, dict[str, Any]] = {}
    for side in (1, 2):
        name = head["venue"][side].text
        if not name:
            reading.fail(head["venue"][side], "venue_missing", label=HEAD_LABELS["venue"], side=side)
        venues[f"lokasi-{side}"] = _read_place(name, head["venue_at"][side], network, index, reading)
    convoys: dict[str, dict[str, Any]] = {}
    for row in body:
        _read_convoy(row, columns, network, index, reading, places, convoys)
    if not body:
        reading.faults.append(Sentence("notice.no_convoy", label=COLUMN_LABELS["name"]))
    for side in (1, 2):
        if starts[side] and ends[side] and clock_to_s(ends[side]) <= clock_to_s(starts[side]):
            reading.fail(head["end"][side], "end_before_start", end=ends[side], start=starts[side])
    reading.refuse(path)

    lengths = {side: (clock_to_s(ends[side]) - clock_to_s(starts[side])) / 60.0 for side in (1, 2)}
    if lengths[1] != lengths[2]:
        longest = max(lengths.values())
        reading.warnings.append(reading.say("two_lengths", first=lengths[1], second=lengths[2], longest=longest))
    is_one_day = days[1] == days[2]
    first_side = min((1, 2), key=lambda side: (days[side], clock_to_s(starts[side])))
    gap_min = abs(clock_to_s(starts[1]) - clock_to_s(starts[2])) / 60.0 if is_one_day else None
    first_start = starts[first_side]
    length_min = max(lengths.values())
    latest_s = clock_to_s(first_start) + ((gap_min or 0.0) + length_min) * 60.0
    window_end_s = min(max(latest_s, clock_to_s("18:00")), clock_to_s("23:59"))
    content = {
        "title": f"Rapat umum {town}".strip()[:120],
        "date": min(days.values()),
        "network": {"file": road_file},
        "rally": {
            "window_start": min(first_start, "09:00"),
            "window_end": f"{int(window_end_s // 3600):02d}:{int(window_end_s % 3600 // 60):02d}",
            "first_start": first_start,
            "length_min": length_min,
            "planned_gap_min": Gap(gap_min).level,
            "planned_first_side": first_side,
        },
        "venues": venues,
        "venue_pairs": {"surat": {"side_1": "lokasi-1", "side_2": "lokasi-2"}},
        "planned_venue_pair": "surat",
        "assembly_points": places,
        "convoys": convoys,
    }
    placed, drawn, routes = _build_routes(network, venues, places, convoys, body, columns, reading)
    reading.refuse(path)
    return NoticePlan(content, gap_min, first_side, reading.warnings, placed, drawn, routes)


def _find_parts(
    rows: Sequence[Sequence[Cell]], reading: Reading
) -> tuple[dict[str, dict[int, Cell]], dict[str, int], list[Sequence[Cell]]]:
    """Find the head's lines by their labels, the table's columns by theirs, and the rows of the table."""
    head: dict[str, dict[int, Cell]] = {}
    columns: dict[str, int] = {}
    body: list[Sequence[Cell]] = []
    for row in rows:
        labels = [_simplify(cell.text) for cell in row]
        if columns:
            if any(cell.text for cell in row):
                body.append(row)
            continue
        if _simplify(COLUMN_LABELS["name"]) in labels and _simplify(COLUMN_LABELS["side"]) in labels:
            for key, label in COLUMN_LABELS.items():
                found = [k for k, text in enumerate(labels) if text == _simplify(label)]
                if found:
                    columns[key] = found[0]
                else:
                    reading.fail(row[0], "column_missing", label=label)
            continue
        for key, label in HEAD_LABELS.items():
            if labels and labels[0] == _simplify(label):
                line = [*row, *(Cell("", f"{name_column(k)}{row[0].where[1:]}") for k in range(len(row), 3))]
                head[key] = {1: line[1], 2: line[2]}
    for key, label in HEAD_LABELS.items():
        if key not in head:
            reading.faults.append(Sentence("notice.line_missing", label=label))
    if not columns:
        reading.faults.append(
            Sentence("notice.headings_missing", one=COLUMN_LABELS["side"], other=COLUMN_LABELS["name"])
        )
    return head, columns, body


def _read_convoy(
    row: Sequence[Cell],
    columns: dict[str, int],
    network: RoadNetwork,
    index: StreetIndex,
    reading: Reading,
    places: dict[str, dict[str, Any]],
    convoys: dict[str, dict[str, Any]],
) -> None:
    """Read one convoy and its assembly point."""
    cells = {key: _get(row, column) for key, column in columns.items()}
    for cell in row[max(columns.values()) + 1 :]:
        if cell.text:
            reading.fail(cell, "beyond", given=cell.text)
    side_text = re.sub(r"\D", "", cells["side"].text)
    if side_text not in {"1", "2"}:
        reading.fail(cells["side"], "no_side", given=cells["side"].text)
        return
    side = int(side_text)
    name = cells["name"].text or cells["point"].text
    if not name:
        reading.fail(cells["name"], "no_name")
        return
    counts = {kind: _read_count(cells[kind], reading) for kind in ("motorcycle", "car", "truck")}
    n_faults = len(reading.faults)
    people = _read_count(cells["people"], reading)
    key = _make_key(f"p{side}-{name}", convoys)
    point_key = _make_key(f"titik-{key}", places)
    places[point_key] = _read_place(cells["point"].text or name, cells["point_at"], network, index, reading)
    convoy: dict[str, Any] = {"side": side, "assembly_point": point_key, "people": people}
    total = sum(counts.values())
    if not cells["people"].text:
        reading.fail(cells["people"], "no_people")
    elif total > people and len(reading.faults) == n_faults:
        reading.fail(cells["people"], "few_people", people=people, vehicles=total)
    if total:
        convoy["vehicles"] = {kind: count for kind, count in counts.items() if count}
        convoy["organised_share"] = 1.0
    for which in ("out", "home"):
        streets = _read_streets(cells[which], index, reading)
        if streets:
            convoy[f"streets_{which}"] = streets
    convoys[key] = convoy


def _read_streets(cell: Cell, index: StreetIndex, reading: Reading) -> list[str]:
    """Read a route: streets in their order, each as the map calls it."""
    streets: list[str] = []
    for part in (part.strip() for part in re.split(r"[;,→>\n]", cell.text)):
        if not part:
            continue
        whole = index.find(part)
        pieces = [part] if whole.name else [piece for piece in re.split(r"\s+[-–—]\s+", part) if piece.strip()]
        for piece in pieces:
            found = index.find(piece)
            if found.name:
                if not streets or streets[-1] != found.name:
                    streets.append(found.name)
                if not found.is_exact:
                    reading.warn(cell, "taken_for", given=piece, street=found.name)
            else:
                _fail_street(cell, piece, found.suggestions, reading)
    return streets


def _fail_street(cell: Cell, given: str, suggestions: Sequence[str], reading: Reading) -> None:
    perhaps = Sentence("notice.perhaps", names=", ".join(suggestions)) if suggestions else ""
    reading.fail(cell, "no_street", given=given, perhaps=perhaps)


def _read_place(name: str, cell: Cell, network: RoadNetwork, index: StreetIndex, reading: Reading) -> dict[str, Any]:
    """Read where a place lies: coordinates, a junction of two streets, or one street."""
    place: dict[str, Any] = {"name": name[:80] or "?", "lon_deg": 0.0, "lat_deg": 0.0}
    source = {"source": f"{reading.source}, {cell.where}"}
    if not cell.text:
        reading.fail(cell, "no_position", name=name)
        return place
    numbers = re.fullmatch(r"\s*(-?\d+[.,]\d+)\s*[,; ]\s*(-?\d+[.,]\d+)\s*", cell.text)
    if numbers:
        lat, lon = (float(text.replace(",", ".")) for text in numbers.groups())
        if abs(lat) > 85.0 or abs(lon) > 180.0:
            reading.fail(cell, "latitude_first", given=cell.text)
        return {**place, "lon_deg": lon, "lat_deg": lat, "accuracy_m": POINT_ACCURACY_M, **source}
    whole = index.find(cell.text)
    parts = [cell.text] if whole.name else re.split(r"\s+[x×/–-]\s+", cell.text, flags=re.IGNORECASE)
    streets = []
    for part in parts:
        found = index.find(part)
        if not found.name:
            _fail_street(cell, part, found.suggestions, reading)
            return place
        streets.append(found.name)
    if len(streets) > 2:
        reading.fail(cell, "many_streets", given=cell.text)
        return place
    xy_m, accuracy_m = _locate_streets(network, streets)
    if xy_m is None:
        reading.fail(cell, "no_junction", one=streets[0], other=streets[1])
        return place
    lon_deg, lat_deg = unproject(network, xy_m[:1], xy_m[1:])
    if len(streets) == 1:
        reading.warn(cell, "only_street", metres=accuracy_m)
    return {
        **place, "lon_deg": round(float(lon_deg[0]), 6), "lat_deg": round(float(lat_deg[0]), 6), "accuracy_m": round(accuracy_m), **source,
    }  # fmt: skip


def _locate_streets(network: RoadNetwork, streets: Sequence[str]) -> tuple[np.ndarray[Any, Any] | None, float]:
    """Find where two streets meet, or the middle of one, and how far from there one may be (m)."""
    xy = np.column_stack([network.node_x_m, network.node_y_m])
    if len(streets) == 1:
        links = np.flatnonzero(match_street(network, streets[0]))
        vertices = np.concatenate([np.arange(network.shape_offset[k], network.shape_offset[k + 1]) for k in links])
        line = np.column_stack([network.shape_x_m[vertices], network.shape_y_m[vertices]])
        middle = (line.min(axis=0) + line.max(axis=0)) / 2.0
        distance = np.hypot(*(line - middle).T)
        nearest = line[int(np.argmin(distance))]
        return nearest, max(POINT_ACCURACY_M, float(np.hypot(*(line - nearest).T).max()))
    nodes = [
        np.unique(np.concatenate([network.link_from[links], network.link_to[links]]))
        for links in (np.flatnonzero(match_street(network, street)) for street in streets)
    ]
    common = np.intersect1d(nodes[0], nodes[1])
    if len(common):
        return xy[common].mean(axis=0) if len(common) < 3 else xy[common[0]], JUNCTION_ACCURACY_M
    distance = np.hypot(*(xy[nodes[0]][:, None] - xy[nodes[1]][None]).transpose(2, 0, 1))
    first, second = np.unravel_index(int(np.argmin(distance)), distance.shape)
    if distance[first, second] > JUNCTION_M:
        return None, 0.0
    return (xy[nodes[0][first]] + xy[nodes[1][second]]) / 2.0, JUNCTION_ACCURACY_M


def _build_routes(
    network: RoadNetwork,
    venues: dict[str, dict[str, Any]],
    places: dict[str, dict[str, Any]],
    convoys: dict[str, dict[str, Any]],
    body: Sequence[Sequence[Cell]],
    columns: dict[str, int],
    reading: Reading,
) -> tuple[RoadNetwork, list[tuple[str, float, float]], list[tuple[int, str, np.ndarray[Any, Any]]]]:
    """Build every declared route, so that one that cannot be ridden is told with its cell."""
    every = {**venues, **places}
    lon_lat = np.array([(place["lon_deg"], place["lat_deg"]) for place in every.values()])
    x_m, y_m = project(network, lon_lat[:, 0], lon_lat[:, 1])
    placed, node, snap_m = insert_places_xy(network, x_m, y_m, [place["name"] for place in every.values()])
    number = dict(zip(every, node.tolist(), strict=True))
    for place, distance_m in zip(every.values(), snap_m.tolist(), strict=True):
        if distance_m > max(300.0, place["accuracy_m"]):
            where = Cell("", place["source"].split(", ")[-1])
            reading.fail(where, "far_away", name=place["name"], metres=distance_m)
    cost_s = placed.link_length_m / placed.link_free_speed_mps
    routes = []
    for (key, convoy), row in zip(convoys.items(), body, strict=True):
        ends = (number[convoy["assembly_point"]], number[f"lokasi-{convoy['side']}"])
        for which, (start, end) in (("out", ends), ("home", ends[::-1])):
            streets = convoy.get(f"streets_{which}", [])
            try:
                links = find_route_along(placed, start, end, streets, cost_s)
            except RouteError as fault:
                reading.fail(_get(row, columns[which]), "no_route", reason=fault)
                continue
            km = format_number(float(placed.link_length_m[links].sum()) / 1000.0, reading.lang, 1)
            way = ", ".join(streets) or reading.say("fastest")
            routes.append((convoy["side"], f"{key}, {reading.say(which)}, {km} km: {way}", links))
    drawn = [
        (place["name"], float(placed.node_x_m[number[key]]), float(placed.node_y_m[number[key]]))
        for key, place in every.items()
    ]
    return placed, drawn, routes


def _get(row: Sequence[Cell], column: int) -> Cell:
    return row[column] if column < len(row) else Cell("", f"{name_column(column)}{re.sub('[A-Z]', '', row[0].where)}")


def _read_count(cell: Cell, reading: Reading) -> int:
    """Read a number of people or vehicles; 1.250 is one thousand two hundred and fifty."""
    text = re.sub(r"(?<=\d)[.,\s](?=\d{3}\b)", "", cell.text)
    if not text or text in {"-", "–"}:
        return 0
    if not re.fullmatch(r"\d{1,6}", text):
        reading.fail(cell, "no_count", given=cell.text)
        return 0
    return int(text)


def _read_clock(cell: Cell, reading: Reading) -> str:
    """Read a time of day, 13.20 or 13:20, as HH:MM."""
    found = re.fullmatch(r"(?:pukul\s*)?(\d{1,2})[.:](\d{2})(?::00)?(?:\s*(?:wita|wib|wit))?", cell.text.casefold())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        reading.fail(cell, "no_clock", given=cell.text)
        return ""
    return f"{int(found[1]):02d}:{found[2]}"


def _read_date(cell: Cell, reading: Reading) -> str:
    """Read a date, 23-11-2024, 23 November 2024 or 2024-11-23, as YYYY-MM-DD."""
    text = cell.text.casefold().split(",")[-1].strip()
    months = words.say("calendar.months", "id").casefold().split(" ")
    numbers: tuple[int, int, int] | None = None
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        numbers = (int(found[1]), int(found[2]), int(found[3]))
    elif found := re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", text):
        numbers = (int(found[3]), int(found[2]), int(found[1]))
    elif (found := re.fullmatch(r"(\d{1,2}) ([a-z]+) (\d{4})", text)) and found[2] in months:
        numbers = (int(found[3]), months.index(found[2]) + 1, int(found[1]))
    try:
        if numbers:
            return date(*numbers).isoformat()
    except ValueError:
        pass
    reading.fail(cell, "no_date", given=cell.text)
    return "9999-01-01"


def _simplify(text: str) -> str:
    return re.sub(r"[^a-z/]", "", text.casefold().split("(")[0])


def _make_key(text: str, taken: dict[str, Any]) -> str:
    """Make a key of a name: letters, digits and hyphens, not used yet."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    key = base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or "konvoi"
    number = 2
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    return key
