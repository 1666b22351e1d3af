"""The numbers of a sweep as a workbook: one sheet per table, and one that explains every column."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

import pandas as pd

from konvoi.report import style
from konvoi.report.answer import Answer
from konvoi.report.sweep_tables import SweepTables
from konvoi.report.wording import say
from konvoi.tables.day import CLEAR_BY, TIMETABLE
from konvoi.tables.schema import FLOAT, INTEGER, TEXT, Schema
from konvoi.tables.sweep import COMPARISON, POINTS, REPLICATIONS, ROBUSTNESS, SAFE_GAPS, TORNADO, WHAT_IF
from konvoi.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE
from konvoi.words import find_words

SPOTS = Schema(
    "hot spots",
    {
        "junction": (TEXT, "junction or venue; the street where both are far"),
        "type": (TEXT, "type of contact that contributes most exposure"),
        "contacts_per_day": (FLOAT, "contacts per day around the place"),
        "exposure_per_day": (FLOAT, "exposure per day around the place, person-min"),
        "share": (FLOAT, "share of the plan's exposure, 0 to 1"),
        "early_s": (FLOAT, "begin of the shortest span with half of the contacts, s after local midnight"),
        "late_s": (FLOAT, "its end, s after local midnight"),
        "x_m": (FLOAT, "east coordinate, m"),
        "y_m": (FLOAT, "north coordinate, m"),
    },
)

# Table → its schema; the name of its sheet, at most 31 characters in Excel, is ``report.sheet_…`` of the words.
SHEETS: dict[str, Schema] = {
    "points": POINTS,
    "safe_gaps": SAFE_GAPS,
    "spots": SPOTS,
    "timetable": TIMETABLE,
    "clear_by": CLEAR_BY,
    "comparison": COMPARISON,
    "what_if": WHAT_IF,
    "robustness": ROBUSTNESS,
    "tornado": TORNADO,
    "replications": REPLICATIONS,
}

UNITS = {  # end of a column's name → ``report.unit_…`` of the words
    "_person_min": "person_min",
    "_person_min_mean": "person_min",
    "_person_min_low": "person_min",
    "_person_min_high": "person_min",
    "exposure_difference": "person_min",
    "exposure_difference_low": "person_min",
    "exposure_difference_high": "person_min",
    "exposure_per_day": "person_min",
    "_vehicle_h": "vehicle_h",
    "_vehicle_h_mean": "vehicle_h",
    "_min": "min",
    "_km": "km",
    "_m": "m",
    "_s": "time",
    "people": "people",
    "vehicles": "vehicles",
}
SHARES = ("share", "threshold", "confidence", "p_value", "difference", "difference_low", "difference_high")
MOMENT = datetime(1980, 1, 1)  # the same tables give the same file


def build_spot_table(answer: Answer) -> pd.DataFrame:
    """Build the table of hot spots, the largest exposure first."""
    total = sum(spot.exposure_person_min for spot in answer.spots)
    rows = [
        {
            "junction": spot.junction,
            "type": spot.kind,
            "contacts_per_day": spot.contacts,
            "exposure_per_day": spot.exposure_person_min,
            "share": spot.exposure_person_min / total if total > 0 else 0.0,
            "early_s": spot.early_s,
            "late_s": spot.late_s,
            "x_m": spot.x_m,
            "y_m": spot.y_m,
        }
        for spot in answer.spots
    ]
    return SPOTS.check(pd.DataFrame(rows), "spots") if rows else SPOTS.build_empty()


def list_sheets(tables: SweepTables, answer: Answer) -> dict[str, pd.DataFrame]:
    """Return the tables that become sheets; of the replications those of the plan and of the proposal."""
    replications = tables.replications
    if replications is not None:
        wanted = [plan["point"] for plan in (tables.shown, tables.recommended) if plan is not None]
        replications = replications[replications["point"].isin(wanted)]
    frames = {
        "points": tables.points,
        "safe_gaps": tables.safe_gaps if tables.safe_gaps is not None and len(tables.safe_gaps) else None,
        "spots": build_spot_table(answer),
        "timetable": tables.timetable,
        "clear_by": tables.clear_by,
        "comparison": tables.comparison,
        "what_if": tables.what_if,
        "robustness": tables.robustness,
        "tornado": tables.tornado,
        "replications": replications,
    }
    return {name: frame for name, frame in frames.items() if frame is not None}


def find_unit(column: str, lang: str) -> str:
    """Return the unit of a column by the end of its name; empty when it has none."""
    ends = [end for end in UNITS if column.endswith(end)]
    return say(f"unit_{UNITS[max(ends, key=len)]}", lang) if ends else "%" if is_share(column) else ""


def is_share(column: str) -> bool:
    """Return whether a column holds shares, which are shown in percent."""
    return column.startswith("p_") or column in SHARES


def build_workbook(tables: SweepTables, answer: Answer, lang: str) -> bytes:
    """Build the workbook: answer, explanation, then one sheet per table."""
    import xlsxwriter

    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "nan_inf_to_errors": False})
    book.set_properties({"created": MOMENT, "author": "konvoi", "comments": answer.footer})
    head = book.add_format(
        {
            "bold": True,
            "text_wrap": True,
            "valign": "top",
            "bg_color": "#e9e5f2",
            "bottom": 2,
            "bottom_color": style.HOT_SPOT,
        }
    )
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheets = list_sheets(tables, answer)
    _write_answer(book, answer, wrap, lang)
    _write_explanation(book, sheets, head, wrap, lang)
    formats = {
        "share": book.add_format({"num_format": "0.0%"}),
        "time": book.add_format({"num_format": '[hh]"."mm' if lang == "id" else "[hh]:mm"}),
        "float": book.add_format({"num_format": "#,##0.0"}),
        "integer": book.add_format({"num_format": "#,##0"}),
        "plain": book.add_format({"num_format": "0"}),
    }
    for name, frame in sheets.items():
        _write_sheet(book, say(f"sheet_{name}", lang), frame, SHEETS[name], head, formats, lang)
    book.close()
    return stream.getvalue()


def _write_answer(book: Any, answer: Answer, wrap: Any, lang: str) -> None:
    """Write the answer in words on the first sheet."""
    sheet = book.add_worksheet(say("sheet_answer", lang))
    sheet.set_column(0, 0, 100)
    bold = book.add_format({"bold": True, "font_size": 14, "text_wrap": True})
    sheet.write_string(0, 0, f"{answer.word} · {answer.judgement}", bold)
    lines = [answer.headline, answer.plan]
    lines += [f"{number.value} {number.label} ({number.interval})" for number in answer.numbers]
    lines += [answer.recommendation, *answer.conditions, answer.caveat, say("not_clash", lang), answer.footer]
    for row, text in enumerate(lines, start=1):
        sheet.write_string(row, 0, text, wrap)
    _set_paper(sheet)


def _write_explanation(book: Any, sheets: dict[str, pd.DataFrame], head: Any, wrap: Any, lang: str) -> None:
    """Write what every column of every sheet means."""
    sheet = book.add_worksheet(say("sheet_explanation", lang))
    for index, (key, width) in enumerate(
        (("explain_sheet", 18), ("explain_column", 26), ("explain_unit", 14), ("explain_meaning", 80))
    ):
        sheet.set_column(index, index, width)
        sheet.write_string(0, index, say(key, lang), head)
    row = 1
    for name in sheets:
        for column, (_, meaning) in SHEETS[name].columns.items():
            sheet.write_string(row, 0, say(f"sheet_{name}", lang), wrap)
            sheet.write_string(row, 1, column, wrap)
            sheet.write_string(row, 2, find_unit(column, lang), wrap)
            sheet.write_string(row, 3, find_words(f"columns.{column}", lang) or meaning, wrap)
            row += 1
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, row - 1), 3)
    _set_paper(sheet)


def _write_sheet(
    book: Any, name: str, frame: pd.DataFrame, schema: Schema, head: Any, formats: dict[str, Any], lang: str
) -> None:
    """Write a table: heading with unit, filter, frozen heading, a format per kind of number."""
    sheet = book.add_worksheet(name)
    for index, (column, (dtype, _)) in enumerate(schema.columns.items()):
        unit = find_unit(column, lang)
        sheet.write_string(0, index, f"{column}\n({unit})" if unit else column, head)
        values = frame[column]
        chosen, width = _choose_format(column, dtype, values)
        sheet.set_column(index, index, width, formats.get(chosen))
        for row, value in enumerate(values.tolist(), start=1):
            if value is None or value is pd.NA or value != value:
                continue
            if dtype == TEXT:
                sheet.write_string(row, index, str(value))
            elif dtype in {FLOAT, INTEGER}:
                # Excel keeps 15 figures: a seed has more, and is kept as text.
                if column == "seed":
                    sheet.write_string(row, index, str(value))
                else:
                    number = (
                        round(float(value) / SECONDS_PER_MINUTE) * SECONDS_PER_MINUTE / SECONDS_PER_DAY
                        if chosen == "time"
                        else float(value)
                    )
                    sheet.write_number(row, index, number)
            else:
                sheet.write_boolean(row, index, bool(value))
    sheet.set_row(0, 48)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(frame)), len(schema.columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:ZZ{len(frame) + 1}"})
    _set_paper(sheet)


def _choose_format(column: str, dtype: Any, values: pd.Series[Any]) -> tuple[str, float]:
    """Choose the format and width of a column."""
    if dtype == TEXT:
        longest = max((len(str(value)) for value in values.tolist()), default=0)
        return "", float(min(48, max(len(column) + 4, longest + 1)))
    width = float(max(11, min(24, len(column) + 3)))
    if is_share(column):
        return "share", width
    if column.endswith("_s"):
        return "time", width
    if dtype == INTEGER:
        return ("plain" if column in {"point", "replication", "seed", "side"} else "integer"), width
    return ("float" if dtype == FLOAT else ""), width


def _set_paper(sheet: Any) -> None:
    """Print on A4, landscape, one page wide."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
