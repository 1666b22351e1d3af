"""The tables of a sweep filled by hand, and the deck that is made of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from konvoi.report.answer import build_answer
from konvoi.report.fit import Text, measure_paragraphs_in, wrap_to_width
from konvoi.report.sweep_tables import SweepTables
from konvoi.tables.day import CLEAR_BY, COLUMNS, EXAMPLES, ROUTES, SPINE, TIMETABLE, TRAFFIC
from konvoi.tables.sweep import COMPARISON, CONTACTS, TORNADO, WHAT_IF
from tests.support.pictures import build_places, build_roads
from tests.support.results import build_contacts, build_points, build_side_contacts, judge

PLAN = 12  # gap 0 at km10 in the usual design
LATER = 16  # gap 390 there, the recommended one
HOUR = 3600.0
CONFIGURATION = {
    "scenario": {
        "date": "2024-11-23",
        "timezone_label": "WITA",
        "convoys": {"a": {"side": 1, "people": 5000}, "b": {"side": 2, "people": 4000}},
    },
    "behaviour": {
        "turnout": 1.0,
        "organised_share": 0.5,
        "organised_speed_kmh": 20.0,
        "lateness": {"median_min": 20.0, "sd_min": 15.0, "max_min": 120.0},
    },
    "contact": {"distance_m": 50.0, "min_people": 10, "min_duration_s": 10.0},
}


def build_timetable(point: int, gap_h: float, name: str = "Lapangan") -> pd.DataFrame:
    rows = []
    for side in (1, 2):
        start_s = 9 * HOUR + (gap_h * HOUR if side == 2 else 0.0)
        for number in range(3):
            rows.append(
                {
                    "point": point,
                    "unit": f"p{side}-{number}",
                    "side": side,
                    "assembly_point": f"Titik kumpul {number} ({side})",
                    "venue": f"{name} {side}",
                    "streets_out": "Jl. Yos Sudarso → Jl. Pendidikan",
                    "streets_home": "Jl. Pendidikan → Jl. Yos Sudarso",
                    "rally_start_s": start_s,
                    "rally_end_s": start_s + 2.5 * HOUR,
                    "depart_s": start_s - 1.5 * HOUR + 300.0 * number,
                    "depart_low_s": start_s - 1.5 * HOUR,
                    "depart_high_s": start_s - 0.8 * HOUR,
                    "arrive_high_s": start_s + 600.0,
                    "home_low_s": start_s + 2.5 * HOUR,
                    "home_high_s": start_s + 4.0 * HOUR,
                    "people": 250.0,
                    "vehicles": 150.0,
                    "passing_min": 6.0,
                    "replications": 40,
                }
            )
    return TIMETABLE.check(pd.DataFrame(rows), "timetable")


def build_clear_by(point: int, gap_h: float, junctions: list[str]) -> pd.DataFrame:
    rows = []
    for k, junction in enumerate(junctions):
        for side, trip in itertools.product((1, 2), ("out", "home")):
            first_s = 8 * HOUR + (gap_h * HOUR if side == 2 else 0.0) + (3.5 * HOUR if trip == "home" else 0.0)
            rows.append(
                {
                    "point": point,
                    "node": k,
                    "junction": junction,
                    "x_m": 100.0 * k,
                    "y_m": 0.0,
                    "side": side,
                    "trip": trip,
                    "first_low_s": first_s,
                    "first_median_s": first_s + 300.0,
                    "clear_median_s": first_s + 0.9 * HOUR,
                    "clear_high_s": first_s + HOUR + 60.0,
                    "vehicles": 400.0,
                    "replications": 40,
                }
            )
    return CLEAR_BY.check(pd.DataFrame(rows), "clear_by") if rows else CLEAR_BY.build_empty()


def build_columns() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build two columns that ride towards each other over three nodes, and one that crosses at the middle."""
    spine = pd.DataFrame(
        {
            "order": [0, 1, 2],
            "at_m": [0.0, 3000.0, 6000.0],
            "x_m": [-3000.0, 0.0, 3000.0],
            "y_m": [0.0, 0.0, 0.0],
            "junction": ["Simpang Tiga", "Patung Singa", "Simpang Kabo"],
        }
    )
    rows = []
    for run, (side, order, first_s) in enumerate(
        [(1, (0, 1, 2), 8 * HOUR), (2, (2, 1, 0), 8 * HOUR), (2, (1,), 9 * HOUR)]
    ):
        for step, node in enumerate(order):
            head_s = first_s + 540.0 * step
            rows.append(
                {
                    "example": "typical",
                    "unit": f"p{side}-{run}",
                    "side": side,
                    "is_organised": True,
                    "trip": "out",
                    "run": run,
                    "order": node,
                    "at_m": 3000.0 * node,
                    "head_s": head_s,
                    "tail_s": head_s + 1200.0,
                    "vehicles": 300,
                }
            )
    columns = COLUMNS.check(pd.DataFrame(rows), "columns")
    return SPINE.check(spine, "spine"), pd.concat([columns, columns.assign(example="bad")], ignore_index=True)


def build_examples() -> pd.DataFrame:
    rows = [
        {
            "example": example,
            "quantile": quantile,
            "point": PLAN,
            "replication": number,
            "seed": 11,
            "exposure_person_min": 900.0,
            "contacts": 2,
            "lateness_1_min": 20.0,
            "lateness_2_min": 25.0,
            **{f"rally_{name}_{side}_s": 9 * HOUR for name in ("start", "end") for side in (1, 2)},
        }
        for number, (example, quantile) in enumerate((("typical", 0.5), ("bad", 0.95)))
    ]
    return EXAMPLES.check(pd.DataFrame(rows), "examples")


def build_traffic() -> pd.DataFrame:
    rows = [
        {"example": example, "time_s": 8 * HOUR + 60.0 * minute, "side": side, "x_m": 40.0 * minute * (3 - 2 * side),
         "y_m": 0.0, "vehicles": 1 + 4 * (minute % 3), "people": 3.0}
        for example in ("typical", "bad") for minute in range(12) for side in (1, 2)
    ]  # fmt: skip
    return TRAFFIC.check(pd.DataFrame(rows), "traffic")


def build_comparison(*, is_best: bool = True) -> pd.DataFrame:
    rows = [
        ("Rencana kabupaten", True, 0.97, np.nan, np.nan, np.nan, np.nan, False),
        ("Jeda 390 menit, rute terpisah", False, 0.02, -0.95, -0.98, -0.90, 0.0001, is_best),
        ("Tukar urutan", False, 0.96, -0.01, -0.05, 0.03, 0.6, False),
    ]
    frame = pd.DataFrame(
        rows,
        columns=[
            "plan",
            "is_reference",
            "p_contact",
            "difference",
            "difference_low",
            "difference_high",
            "p_value",
            "is_best",
        ],
    )
    frame["replications"], frame["contact_replications"] = 200, (200 * frame["p_contact"]).astype(int)
    frame["p_contact_low"], frame["p_contact_high"] = (
        frame["p_contact"] - 0.02,
        (frame["p_contact"] + 0.02).clip(upper=1),
    )
    frame["measure"] = "p_contact"
    frame["exposure_person_min_mean"] = 1000.0
    frame["exposure_person_min_low"], frame["exposure_person_min_high"] = 900.0, 1100.0
    for name in ("exposure_difference", "exposure_difference_low", "exposure_difference_high", "exposure_p_value"):
        frame[name] = np.nan
    return COMPARISON.check(frame, "comparison")


def build_what_if() -> pd.DataFrame:
    cases = [
        "base",
        "late_40",
        "rain",
        "turnout_double",
        "road_closed",
        "Jembatan Sangatta Lama ditutup untuk kendaraan berat",
    ]
    frame = pd.DataFrame({"case": cases, "p_contact": [0.02, 0.56, 0.05, 0.2, 1.0, 0.0]})
    frame["settings"], frame["replications"], frame["contacts_mean"] = "", 200, 3.0
    frame["contact_replications"] = (200 * frame["p_contact"]).astype(int)
    frame["p_contact_low"] = (frame["p_contact"] - 0.03).clip(lower=0)
    frame["p_contact_high"] = (frame["p_contact"] + 0.03).clip(upper=1)
    frame["contacts_low"], frame["contacts_high"] = 2.0, 4.0
    frame["exposure_person_min_mean"] = 100.0 * (1.0 + frame.index)
    for end in ("low", "high"):
        frame[f"exposure_person_min_{end}"] = frame["exposure_person_min_mean"]
    return WHAT_IF.check(frame, "what_if")


def build_tornado() -> pd.DataFrame:
    rows = [
        ("Keterlambatan", "0 menit", "60 menit", 0.30, 0.05, 0.80),
        ("Peserta", "2.500 orang", "10.000 orang", 0.30, 0.25, 0.40),
        ("smp sepeda motor", "0,15", "0,40", 0.30, 0.28, 0.31),
    ]
    frame = pd.DataFrame(rows, columns=["factor", "low_level", "high_level", "base", "at_low", "at_high"])
    return TORNADO.check(frame.assign(outcome="p_contact", plan="", replications=200), "tornado")


def build_tables(points: pd.DataFrame | None = None, junctions: list[str] | None = None, **changes: Any) -> SweepTables:
    """Build all tables a folder can hold, those of later tools too."""
    points = build_points() if points is None else points
    names = ["Simpang Tiga", "Patung Singa"] if junctions is None else junctions
    spine, columns = build_columns()
    routes = pd.DataFrame(
        {"point": LATER, "unit": "p1-0", "side": 1, "trip": "out", "vertex": [0, 1], "x_m": [0.0, 900.0], "y_m": 0.0}
    )
    contacts = build_contacts(names, point=PLAN) if names else CONTACTS.build_empty()
    tables = SweepTables(
        points=points,
        contacts=contacts.assign(x_m=0.0 + contacts["x_m"], y_m=0.0 + contacts["y_m"]),
        side_contacts=build_side_contacts(names, point=PLAN),
        roads=build_roads(),
        places=build_places(),
        verdict=judge(points),
        configuration=CONFIGURATION,
        crs="EPSG:32650",
        examples=build_examples(),
        spine=spine,
        columns=columns,
        traffic=build_traffic(),
        clear_by=pd.concat([build_clear_by(PLAN, 0.0, names), build_clear_by(LATER, 6.5, names)], ignore_index=True),
        timetable=pd.concat([build_timetable(PLAN, 0.0), build_timetable(LATER, 6.5)], ignore_index=True),
        routes=ROUTES.check(routes, "routes"),
        comparison=build_comparison(),
        what_if=build_what_if(),
        tornado=build_tornado(),
    )
    return replace(tables, **changes)


def build_deck(tables: SweepTables, lang: str = "id", template: Path | None = None) -> tuple[Any, list[str]]:
    """Build the deck, and say what was left out."""
    import pptx  # an optional package

    from konvoi.report.slides import build_slides

    content, left_out = build_slides(tables, build_answer(tables, lang), lang, template)
    return pptx.Presentation(BytesIO(content)), left_out


def list_overflows(presentation: Any) -> Iterator[str]:
    """List what leaves its shape, its slide, or lies on something else."""
    inch = 914_400
    width, height = presentation.slide_width / inch, presentation.slide_height / inch
    for number, slide in enumerate(presentation.slides, start=1):
        boxes = []
        for shape in slide.shapes:
            x, y, w, h = (value / inch for value in (shape.left, shape.top, shape.width, shape.height))
            if x < -0.01 or y < -0.01 or x + w > width + 0.01 or y + h > height + 0.01:
                yield f"slide {number}: {shape.name} leaves the slide"
            if shape.has_text_frame and not shape.is_placeholder:
                frame = shape.text_frame
                inset = frame.margin_left / inch
                need = 0.0
                for p in (p for p in frame.paragraphs if p.runs):
                    properties, font = p._p.pPr, p.runs[0].font
                    hang = (
                        0.0 if properties is None else int(properties.get("marL", "0")) / inch
                    )  # behind a list's mark
                    need += 0.0 if p.space_before is None else p.space_before.pt / 72.0
                    need += measure_paragraphs_in([Text(p.text, bool(font.bold))], font.size.pt, w - 2 * inset - hang)
                if need > h - 2 * inset + 0.02:
                    yield f"slide {number}: {frame.text[:40]!r} needs {need:.2f} of {h:.2f} in"
            if shape.has_table:
                h = sum(row.height for row in shape.table.rows) / inch
                for row in shape.table.rows:
                    for column, cell in zip(shape.table.columns, row.cells, strict=True):
                        room = column.width / inch - (cell.margin_left + cell.margin_right) / inch
                        need = sum(
                            len(wrap_to_width(p.text, p.runs[0].font.size.pt, room, bool(p.runs[0].font.bold)))
                            * p.runs[0].font.size.pt * 1.2 / 72.0
                            for p in cell.text_frame.paragraphs if p.runs
                        )  # fmt: skip
                        if need > row.height / inch + 0.02:
                            yield f"slide {number}: cell {cell.text[:30]!r} needs {need:.2f} of {row.height / inch:.2f} in"
            boxes.append((shape.name, x, y, x + w, y + h))
        for (a, ax, ay, ar, ab), (b, bx, by, br, bb) in itertools.combinations(boxes, 2):
            if min(ar, br) - max(ax, bx) > 0.02 and min(ab, bb) - max(ay, by) > 0.02:
                yield f"slide {number}: {a} lies on {b}"
