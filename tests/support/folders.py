"""The folder of a sweep, filled by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from konvoi.tables.files import write_table
from konvoi.tables.sides import SIDE_CONTACTS
from konvoi.tables.sweep import CONTACTS, PLACES, POINTS, ROADS
from tests.support.pictures import build_places, build_roads
from tests.support.results import build_contacts, build_side_contacts, judge


def fill_folder(folder: Path, points: pd.DataFrame, **changes: Any) -> Path:
    """Write the tables a sweep leaves."""
    write_table(points, folder / "points.csv", POINTS)
    write_table(build_contacts(["Simpang Tiga", "Patung Singa"], point=12), folder / "contacts.parquet", CONTACTS)
    side_contacts = build_side_contacts(["Simpang Tiga", "Patung Singa"], point=12)
    write_table(side_contacts, folder / "side_contacts.parquet", SIDE_CONTACTS)
    write_table(build_roads(), folder / "roads.parquet", ROADS)
    write_table(build_places(), folder / "places.csv", PLACES)
    (folder / "verdict.json").write_text(replace(judge(points), **changes).to_json(), encoding="utf-8")
    return folder
