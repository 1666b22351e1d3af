"""The form of a notice: an empty one to fill in, and the cells of a filled one, from .xlsx and .csv."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from konvoi.config.reading import is_file
from konvoi.errors import ScenarioError
from konvoi.texts import clean_text
from konvoi.words import Sentence

MAX_BYTES, MAX_UNPACKED_BYTES = 5_000_000, 100_000_000
MAX_ROWS, MAX_COLUMNS = 2000, 40

# Labels of the form, in its order; what is read by its label may stand anywhere.
TITLE = "PEMBERITAHUAN RAPAT UMUM: ISIAN KONVOI"
HEAD_LABELS = {
    "town": "Kabupaten/kota",
    "date": "Tanggal",
    "venue": "Lokasi rapat umum",
    "venue_at": "Letak lokasi",
    "start": "Mulai",
    "end": "Selesai",
}
COLUMN_LABELS = {
    "side": "Paslon",
    "name": "Nama konvoi",
    "point": "Titik kumpul",
    "point_at": "Letak titik kumpul",
    "people": "Orang",
    "motorcycle": "Sepeda motor",
    "car": "Mobil",
    "truck": "Truk/bus",
    "out": "Rute berangkat",
    "home": "Rute pulang",
}
HINTS = (
    "Letak: koordinat (lintang, bujur) seperti 0.5139, 117.5361; atau simpang Jl. A x Jl. B; atau satu nama jalan.",
    "Rute: nama jalan menurut urutan, dipisah koma; kosong = rute tercepat. Jam: 13.20. Nama orang tidak dibaca.",
)


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, as text, and where: column letter and row, as spreadsheets count."""

    text: str
    where: str


def read_table(path: Path) -> list[list[Cell]]:
    """Read the first sheet of an .xlsx file, or a .csv file, as rows of cells.

    Raises
    ------
    ScenarioError
        When the file is missing, too large, or none of the two.
    """
    suffix = path.suffix.lower()
    if suffix not in {".xlsx", ".csv"}:
        raise ScenarioError(str(path), [Sentence("faults.form_suffix")])
    if not is_file(path):
        raise ScenarioError(str(path), [Sentence("faults.form_missing")])
    if path.stat().st_size > MAX_BYTES:
        raise ScenarioError(str(path), [Sentence("faults.form_size", size=path.stat().st_size, max_bytes=MAX_BYTES)])
    values = _read_xlsx(path) if suffix == ".xlsx" else _read_csv(path)
    return [
        [Cell(_format_value(value), f"{name_column(column)}{row}") for column, value in enumerate(line[:MAX_COLUMNS])]
        for row, line in enumerate(values[:MAX_ROWS], start=1)
    ]


def _read_xlsx(path: Path) -> list[list[Any]]:
    import openpyxl

    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED_BYTES:
                raise ScenarioError(
                    str(path), [Sentence("faults.form_unpacked", max_unpacked_bytes=MAX_UNPACKED_BYTES)]
                )
            if any(
                b"<!DOCTYPE" in packed.read(part)[:4096] for part in packed.infolist() if part.filename.endswith(".xml")
            ):
                raise ScenarioError(str(path), [Sentence("faults.form_doctype")])
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            rows = book.worksheets[0].iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
            return [list(row) for row in rows]
        finally:
            book.close()
    except ScenarioError:
        raise
    except Exception as fault:  # openpyxl raises whatever a damaged file provokes
        reason = str(fault).splitlines()[0][:120] if str(fault) else type(fault).__name__
        raise ScenarioError(str(path), [Sentence("faults.xlsx_damaged", reason=reason)]) from None


def _read_csv(path: Path) -> list[list[Any]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # what spreadsheets write on Windows
    first = next((line for line in text.splitlines() if HEAD_LABELS["date"].casefold() in line.casefold()), text[:500])
    delimiter = max(";,\t", key=first.count)
    try:
        return [list(row) for row in csv.reader(text.splitlines(), delimiter=delimiter)]
    except csv.Error as fault:
        raise ScenarioError(str(path), [Sentence("faults.csv_damaged", fault=fault)]) from None


def _format_value(value: Any) -> str:
    """Return a cell's value as the text a person would have typed."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.strftime("%H.%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H.%M")
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return clean_text(str(value).replace("\n", "; "))


def name_column(index: int) -> str:
    """Return the letters of a column from its number, 0 for A."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def list_template_rows() -> list[list[str]]:
    """Return the cells of an empty form."""
    rows = [[TITLE], *([hint] for hint in HINTS), ["", "Paslon 1", "Paslon 2"]]
    rows += [[label, "", ""] for label in HEAD_LABELS.values()]
    return [*rows, [], list(COLUMN_LABELS.values())]


def write_template(path: Path) -> None:
    """Write an empty form as .xlsx or .csv."""
    rows = list_template_rows()
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows(rows)
        return
    import openpyxl
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.worksheet.datavalidation import DataValidation

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Pemberitahuan"
    label_fill, heading_fill = PatternFill("solid", fgColor="EFEDE8"), PatternFill("solid", fgColor="3B3B45")
    thin = Side(style="thin", color="B9B9C0")
    border = Border(left=thin, right=thin, top=thin, bottom=thin)
    for row in rows:
        sheet.append(row)
    table_row = len(rows)
    sheet["A1"].font = Font(bold=True, size=14)
    for hint_row in (2, 3):
        sheet.cell(hint_row, 1).font = Font(italic=True, color="62626C")
    for head_row in range(4, 5 + len(HEAD_LABELS)):
        for column in (1, 2, 3):
            cell = sheet.cell(head_row, column)
            cell.border = border
            cell.number_format = "@"
            if column == 1 or head_row == 4:
                cell.fill, cell.font = label_fill, Font(bold=True)
    for column in range(1, len(COLUMN_LABELS) + 1):
        heading = sheet.cell(table_row, column)
        heading.fill, heading.font, heading.border = heading_fill, Font(bold=True, color="FFFFFF"), border
        heading.alignment = Alignment(wrap_text=True, vertical="center")
        for body_row in range(table_row + 1, table_row + 41):
            cell = sheet.cell(body_row, column)
            cell.border, cell.alignment = border, Alignment(wrap_text=True, vertical="top")
            if column not in {1, 5, 6, 7, 8}:
                cell.number_format = "@"
    sheet.row_dimensions[table_row].height = 32
    sides = DataValidation(type="list", formula1='"1,2"', allow_blank=True)
    sheet.add_data_validation(sides)
    sides.add(f"A{table_row + 1}:A{table_row + 40}")
    for letter, width in zip("ABCDEFGHIJ", (19, 22, 22, 24, 8, 9, 8, 8, 36, 36), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = sheet.cell(table_row + 1, 1)
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = "landscape", 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    book.save(path)
