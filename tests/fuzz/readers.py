"""Fuzz what konvoi reads: real files, mutated; whatever is in them, the reader takes it or refuses it in our words.

A case that ends in anything but a result or a RallyError, or that works longer than `LIMIT_S`, is a finding; the same
number draws it again.
"""

from __future__ import annotations

import csv
import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as hypothesis_seed
from hypothesis import strategies as st

from konvoi.config.reading import build_config, load_scenario
from konvoi.network import load_network
from konvoi.network.edits import load_edits
from konvoi.network.graph import build_network
from konvoi.notice.reading import build_plan_of_notice
from konvoi.options import compose_settings
from konvoi.replication import prepare_routes
from konvoi.town import prepare_town
from tests.fuzz.findings import Findings
from tests.support.road_files import MANUAL, ROOT

LIMIT_S = 30.0  # of the processor
CASES_PER_ROUND = 20
SCENARIOS = ROOT / "scenarios"
TOKEN = re.compile(rb"[^\s:=,;\"'<>{}\[\]/]+")
NASTY = (
    b"", b"0", b"-1", b"1e400", b".nan", b"nan", b"-.inf", b"inf", b"1e308", b"99999999999999999999", b"0x1F", b"1_000",
    b"true", b"null", b"~", b"[]", b"{}", b"[[]]", b"{a: 1}", b"- x", b"'", b'"', b"&a", b"*a", b"!!python/object:os.system",
    b"_target_", b"${oc.env:HOME}", b"\t", b"\x00", b"\xff\xfe", b"\xc3\x28", b"\xe2\x80\xae", b"25:00", b"24:00", b"-9:00",
    b"117.5", b"-91", b"181", b"1.000", b"1,5", b"&amp;", b"<", b"]]>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"a" * 5000,
    b"../../etc/passwd", b"Jl. ", b"31 Februari 2024", b"9.99",
)  # fmt: skip

Mutation = tuple[str, int, int, bytes]
MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(("token", "token", "token", "swap", "drop", "double", "cut", "flip", "insert")),
        st.integers(0, 2**31),
        st.integers(0, 2**31),
        st.one_of(st.sampled_from(NASTY), st.binary(max_size=12)),
    ),
    min_size=1,
    max_size=6,
)


def mutate(content: bytes, mutations: list[Mutation]) -> bytes:
    """Apply mutations one after the other: tokens replaced, lines dropped, doubled or swapped, bytes flipped, the end cut."""
    for kind, one, other, payload in mutations:
        lines = content.split(b"\n")
        tokens = list(TOKEN.finditer(content))
        if kind in {"token", "swap"} and tokens:
            found = tokens[one % len(tokens)]
            new = payload if kind == "token" else tokens[other % len(tokens)].group()
            content = content[: found.start()] + new + content[found.end() :]
        elif kind == "drop":
            del lines[one % len(lines)]
            content = b"\n".join(lines)
        elif kind == "double":
            lines.insert(other % (len(lines) + 1), lines[one % len(lines)])
            content = b"\n".join(lines)
        elif kind == "cut" and one % 4 == 0:
            content = content[: other % (len(content) + 1)]
        elif kind == "flip" and content:
            at = one % len(content)
            content = content[:at] + bytes([content[at] ^ (1 << other % 8)]) + content[at + 1 :]
        elif kind == "insert":
            at = one % (len(content) + 1)
            content = content[:at] + payload + content[at:]
    return content


class Readers:
    """Every reader, with the real files it is fuzzed with."""

    def __init__(self, folder: Path) -> None:
        import osmnx

        self.folder = folder
        self.cache = folder / "cache"
        self.sangatta = load_network(SCENARIOS / "networks" / "sangatta.osm", MANUAL, self.cache)
        crossroads = SCENARIOS / "networks" / "crossroads.osm"
        load_network(crossroads, MANUAL, self.cache)
        osmnx.save_graphml(osmnx.graph_from_xml(crossroads, retain_all=True), folder / "kota.graphml")
        example = SCENARIOS / "notices" / "contoh_sangatta.csv"
        book = openpyxl.Workbook()
        with example.open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream, delimiter=";"):
                book.worksheets[0].append(row)
        book.save(folder / "surat.xlsx")
        with zipfile.ZipFile(folder / "surat.xlsx") as packed:
            self.parts = {name: packed.read(name) for name in packed.namelist()}
        self.sheet = next(name for name in self.parts if name.endswith("sheet1.xml"))
        self.corpus: list[tuple[str, bytes, Callable[[bytes], object]]] = [
            *((path.name, path.read_bytes(), self.read_scenario) for path in sorted(SCENARIOS.glob("*.yaml"))),
            ("crossroads.osm", crossroads.read_bytes(), self.read_osm),
            ("sangatta.osm", (SCENARIOS / "networks" / "sangatta.osm").read_bytes(), self.read_osm),
            ("kota.graphml", (folder / "kota.graphml").read_bytes(), self.read_graphml),
            ("kota.edits.yaml", EDITS, self.read_edits),
            ("contoh_sangatta.csv", example.read_bytes(), self.read_form_csv),
            ("surat.xlsx", (folder / "surat.xlsx").read_bytes(), self.read_form_xlsx),
            ("sheet1.xml", self.parts[self.sheet], self.read_form_sheet),
            ("mkji1997.yaml", MANUAL.read_bytes(), self.read_manual),
            ("command line", COMMAND_LINE, self.read_command_line),
        ]

    def write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def read_scenario(self, content: bytes) -> object:
        scenario = load_scenario(self.write("rapat.yaml", content))
        config = build_config({}, scenario)
        town = prepare_town(config, scenario.path, cache_dir=self.cache)
        return prepare_routes(config, town)

    def read_osm(self, content: bytes) -> object:
        return build_network(self.write("jalan.osm", content), MANUAL)

    def read_graphml(self, content: bytes) -> object:
        return build_network(self.write("jalan.graphml", content), MANUAL)

    def read_edits(self, content: bytes) -> object:
        self.write("kota.edits.yaml", content)
        road_file = self.folder / "kota.graphml"
        return build_network(road_file, MANUAL, load_edits(road_file))

    def read_form_csv(self, content: bytes) -> object:
        return build_plan_of_notice(self.write("surat.csv", content), self.sangatta, "sangatta.osm")

    def read_form_xlsx(self, content: bytes) -> object:
        return build_plan_of_notice(self.write("surat.xlsx", content), self.sangatta, "sangatta.osm")

    def read_form_sheet(self, content: bytes) -> object:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as book:
            for name, part in self.parts.items():
                book.writestr(name, content if name == self.sheet else part)
        return self.read_form_xlsx(packed.getvalue())

    def read_manual(self, content: bytes) -> object:
        return build_network(SCENARIOS / "networks" / "crossroads.osm", self.write("manual.yaml", content))

    def read_command_line(self, content: bytes) -> object:
        words = content.decode("utf-8", errors="replace").split("\n")
        settings = compose_settings(["scenario=crossroads", *(word for word in words if word)])
        return settings.build_config()


EDITS = b"""edits:
- {kind: close_road, lon_deg: 117.51, lat_deg: 0.5, reason: pasar}
- {kind: set_lanes, lon_deg: 117.49, lat_deg: 0.5, lanes: 4, width_m: 14}
- {kind: name_road, lon_deg: 117.49, lat_deg: 0.5, name: Jl. Barat}
- {kind: name_junction, lon_deg: 117.5, lat_deg: 0.5, name: Simpang Lima}
- {kind: both_ways, lon_deg: 117.5, lat_deg: 0.51}
- {kind: merge_junction, lon_deg: 117.5, lat_deg: 0.5, radius_m: 30}
- {kind: move_place, lon_deg: 117.5, lat_deg: 0.49, place: selatan}
"""
COMMAND_LINE = b"""rally.gap_min=0,60,another_day
rally.first_side=2
rally.venue_pair=bersilangan
rally.hold_back_min=30
behaviour.turnout=2
behaviour.vehicle_mix={motorcycle: 0.5, car: 0.4, truck: 0.1}
behaviour.lateness.max_min=60
contact.distance_m=100
engine.cell_length_m=100
scenario.rally.length_min=90
scenario.convoys.p1-barat.people=100
design.replications=10
design.factors={rally.gap_min: [0, 60]}
seed=7
lang=en"""


def fuzz_readers(number: int, readers: Readers, end_s: float, findings: Findings) -> None:
    """Try one round of cases on the reader whose turn it is."""
    name, content, read = readers.corpus[number % len(readers.corpus)]

    @hypothesis_seed(number)
    @settings(
        max_examples=CASES_PER_ROUND, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(MUTATIONS)
    def try_case(mutations: list[Mutation]) -> None:
        if time.monotonic() < end_s:
            case = mutate(content, mutations)
            findings.try_case(name, case, lambda: read(case), LIMIT_S)

    try_case()
