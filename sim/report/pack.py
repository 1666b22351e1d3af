"""From a sweep folder's tables to its pictures and the verdict's text."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import OutputError, TableError
from sim.report.figures import draw_contact_map, draw_heat_map
from sim.report.verdict import format_verdict
from sim.tables import CONTACTS, PLACES, POINTS, ROADS, WATER, read_table, write_atomically, write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 160


def write_report(folder: Path, lang: str) -> list[Path]:
    """Draw the figures of a sweep folder and write the verdict's text; tables alone are read.

    Returns
    -------
    The files written.

    Raises
    ------
    TableError
        When a table is missing or not one of a sweep.
    OutputError
        When the folder is none, or cannot be written.
    """
    if not folder.is_dir():
        raise OutputError(f"{folder}: no such folder; 'konvoi sweep out={folder}' makes it")
    points = read_table(folder / "points.csv", POINTS)
    contacts = read_table(folder / "contacts.parquet", CONTACTS)
    roads = read_table(folder / "roads.parquet", ROADS)
    places = read_table(folder / "places.csv", PLACES)
    water = read_table(folder / "water.parquet", WATER) if (folder / "water.parquet").is_file() else None
    try:
        verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise TableError(f"{folder / 'verdict.json'} cannot be read: {fault}") from None
    try:
        (folder / "figures").mkdir(exist_ok=True)
        written = []
        for name, figure in (
            ("heat_map", draw_heat_map(points, verdict, lang)),
            ("contact_map", draw_contact_map(contacts, roads, places, verdict, lang, water=water)),
        ):
            for suffix in ("png", "svg"):
                path = folder / "figures" / f"{name}.{suffix}"
                content = _render(figure, suffix)
                write_atomically(path, lambda temporary, content=content: temporary.write_bytes(content))  # type: ignore[misc]
                written.append(path)
        write_text(folder / "verdict.txt", format_verdict(verdict, points, lang) + "\n")
    except OSError as fault:
        raise OutputError(f"{folder} cannot be written: {fault}") from None
    return written


def _render(figure: Figure, suffix: str) -> bytes:
    """Render a figure; without a date, so that the same tables give the same file."""
    stream = BytesIO()
    figure.savefig(stream, format=suffix, dpi=DPI, metadata={"Date": None} if suffix == "svg" else {})
    return stream.getvalue()
