"""Build sangatta.osm, the embedded road network, from the facts beside it: python scenarios/networks/build_sangatta.py.

The lines of facts/sangatta_arterials.geojson were checked pair by pair: all roads that meet share a vertex, no two
cross in mid-line, and one end (Jl. Jenderal Sudirman, 3 m from Jl. Karya Etam) must be joined by hand. The river is
crossed by the three bridges only. Ring Road B is left out: not joined to the rest in 2024, geometry unknown. Nothing is
invented: no side street, no lane count or width beyond what the facts say.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from xml.sax.saxutils import quoteattr

HERE = Path(__file__).parent

# Junctions and ends people know by name (facts README; ends are where the other kecamatan enter).
NAMED = {
    (117.5317, 0.497): "Patung Singa",
    (117.5327, 0.5001): "Simpang Karya Etam",
    (117.53608, 0.51387): "Simpang Tiga",
    (117.52747, 0.52692): "Simpang Dayung",
    (117.52724, 0.52861): "Simpang Munthe",
    (117.52655, 0.5338): "Simpang Kabo",
    (117.52636, 0.53696): "Putaran Town Hall",
    (117.52667, 0.54186): "Tikungan Soekarno-Hatta",
    (117.5404, 0.51379): "Simpang Inpres – Pendidikan",
    (117.53845, 0.50005): "Simpang Inpres – Karya Etam",
    (117.537, 0.50004): "Simpang Sudirman – Karya Etam",
    (117.53607, 0.495): "Simpang APT Pranoto – Sudirman",
    (117.5315, 0.4856): "Simpang Sangatta Lama",
    (117.5323, 0.4945): "Simpang Diponegoro",
    (117.62032, 0.59619): "Arah Bengalon",
    (117.51381, 0.38081): "Arah Teluk Pandan",
    (117.51426, 0.5326): "Arah Rantau Pulung",
    (117.6155, 0.5122): "Ujung Kenyamukan",
    (117.545, 0.475): "Ujung Sangatta Selatan",
    (117.5332, 0.4815): "Sangatta Selatan (Jembatan Lama)",
    (117.53688, 0.52734): "Ujung Jl. Dayung",
    (117.51859, 0.52785): "Ujung Jl. Munthe",
}
# What people read on the map, where the facts describe a line instead of naming it.
RENAMED = {
    "A. Wahab Syahranie - Kenyamukan": "Jl. A. Wahab Syahranie - Kenyamukan",
    "Jl. APT Pranoto (east)": "Jl. APT Pranoto",
    "Jl. APT Pranoto (west)": "Jl. APT Pranoto",
    "Jl. Diponegoro - Kantor Camat / Sudirman link": "Jl. Diponegoro - Kantor Camat",
    "Jl. Yos Sudarso IV (north)": "Jl. Yos Sudarso IV",
}
# A vertex to add: (road, after vertex, vertex), where another road ends within the position error.
JOINED = {("Jl. Karya Etam", 0): (117.537, 0.50004)}
# Yos Sudarso has a median in Teluk Lingga (facts README); assumption: a divided road of four lanes, on the whole
# stretch from Simpang Tiga to Simpang Munthe. No other lane count is known.
LANES = {"Jl. Yos Sudarso III-IV": 4}
# Bridges, the only crossings of the river: (road, segment that crosses).
BRIDGES = {
    ("Jembatan Sangatta Lama", 1): "Jembatan Sangatta Lama",
    ("Jl. APT Pranoto - Jembatan Kajang - Sangatta Selatan", 1): "Jembatan Kajang",
    ("Jl. Poros Sangatta-Bontang", 0): "Jembatan Pinang",
    ("Jl. Poros Sangatta-Bontang", 1): "Jembatan Pinang",  # the drawn river is crossed on both sides of the vertex
}


def build() -> str:
    """Return the OSM XML."""
    roads = json.loads((HERE / "facts" / "sangatta_arterials.geojson").read_text(encoding="utf-8"))["features"]
    node_id: dict[tuple[float, float], int] = {}
    ways: list[str] = []
    for road in roads:
        tags = road["properties"]
        if "leave out" in tags["status"]:
            continue
        name = tags["name"]
        line: list[tuple[float, float]] = []
        for index, (lon, lat) in enumerate(road["geometry"]["coordinates"]):
            line.append((lon, lat))
            if (name, index) in JOINED:
                line.append(JOINED[name, index])
        for point in line:
            node_id.setdefault(point, len(node_id) + 1)
        common = {
            "highway": tags["highway"],
            "name": RENAMED.get(name, name),
            "konvoi:accuracy_m": str(tags["accuracy_m"]),
            "konvoi:quality": "skeleton",
            "note": tags["note"],
        }
        if name in LANES:
            common["lanes"] = str(LANES[name])
        bridge_at = [index for index in range(len(line) - 1) if (name, index) in BRIDGES]
        cuts = sorted({0, len(line) - 1, *bridge_at, *(index + 1 for index in bridge_at)})
        for begin, end in itertools.pairwise(cuts):
            own = dict(common)
            if begin in bridge_at:
                own |= {"bridge": "yes", "bridge:name": BRIDGES[name, begin]}
            refs = "".join(f'\n    <nd ref="{node_id[point]}"/>' for point in line[begin : end + 1])
            inside = "".join(f"\n    <tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in sorted(own.items()))
            ways.append(f'  <way id="{len(ways) + 1}" version="1">{refs}{inside}\n  </way>')
    missing = set(NAMED) - set(node_id)
    if missing:
        raise SystemExit(f"named places that are on no road: {missing}")
    nodes = []
    for point, number in node_id.items():
        tag = f'<tag k="name" v={quoteattr(NAMED[point])}/>' if point in NAMED else ""
        nodes.append(f'  <node id="{number}" lat="{point[1]}" lon="{point[0]}" version="1">{tag}</node>')
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<osm version="0.6" generator="build_sangatta.py" place="Sangatta, Kutai Timur (kerangka)" '
        'licence="hand-digitised; village boundaries: cahyadsn/wilayah_boundaries, MIT">\n'
        "  <!-- A hand-digitised skeleton of main roads: no side streets, bridges placed to 400-600 m. Position error of\n"
        "       each road: konvoi:accuracy_m. Replace it by OpenStreetMap: konvoi roads fetch. -->\n"
    )
    return head + "\n".join([*nodes, *ways]) + "\n</osm>\n"


if __name__ == "__main__":
    (HERE / "sangatta.osm").write_text(build(), encoding="utf-8", newline="\n")
