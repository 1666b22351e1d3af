"""The tables of a sweep folder, read and checked once; what a sweep has not left is None."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from konvoi.errors import OutputError, TableError
from konvoi.report.pictures import read_verdict
from konvoi.report.verdict import Verdict
from konvoi.study.chosen import find_planned_point, get_point
from konvoi.tables.day import (
    CLEAR_BY,
    COLUMNS,
    EXAMPLES,
    ROUTES,
    SPINE,
    TIMETABLE,
    TRAFFIC,
)
from konvoi.tables.files import read_table
from konvoi.tables.schema import Schema
from konvoi.tables.sides import SIDE_CONTACTS
from konvoi.tables.starts import PROFILE, WINDOWS
from konvoi.tables.sweep import (
    COMPARISON,
    CONTACTS,
    PLACES,
    POINTS,
    REPLICATIONS,
    ROADS,
    ROBUSTNESS,
    SAFE_GAPS,
    SLACK,
    TORNADO,
    WATER,
    WHAT_IF,
)
from konvoi.words import Sentence

OPTIONAL: dict[str, Schema] = {
    "water.parquet": WATER,
    "replications.parquet": REPLICATIONS,
    "examples.csv": EXAMPLES,
    "spine.csv": SPINE,
    "columns.parquet": COLUMNS,
    "traffic.parquet": TRAFFIC,
    "clear_by.csv": CLEAR_BY,
    "timetable.csv": TIMETABLE,
    "routes.parquet": ROUTES,
    "comparison.csv": COMPARISON,
    "what_if.csv": WHAT_IF,
    "robustness.csv": ROBUSTNESS,
    "tornado.csv": TORNADO,
    "safe_gaps.csv": SAFE_GAPS,
    "slack.csv": SLACK,
    "profile.csv": PROFILE,
    "windows.csv": WINDOWS,
}


@dataclass(frozen=True)
class SweepTables:
    """All that a report may know of a sweep."""

    points: pd.DataFrame
    contacts: pd.DataFrame
    side_contacts: pd.DataFrame
    roads: pd.DataFrame
    places: pd.DataFrame
    verdict: Verdict
    configuration: dict[str, Any]  # of the first design point; empty when the manifest is missing
    crs: str  # of the coordinates; empty when they lie nowhere on Earth
    water: pd.DataFrame | None = None
    replications: pd.DataFrame | None = None
    examples: pd.DataFrame | None = None
    spine: pd.DataFrame | None = None
    columns: pd.DataFrame | None = None
    traffic: pd.DataFrame | None = None
    clear_by: pd.DataFrame | None = None
    timetable: pd.DataFrame | None = None
    routes: pd.DataFrame | None = None
    comparison: pd.DataFrame | None = None
    what_if: pd.DataFrame | None = None
    robustness: pd.DataFrame | None = None
    tornado: pd.DataFrame | None = None
    safe_gaps: pd.DataFrame | None = None
    slack: pd.DataFrame | None = None
    profile: pd.DataFrame | None = None
    windows: pd.DataFrame | None = None

    def choose_side_contacts(self, point: int) -> pd.DataFrame:
        """Choose the contacts of the two sides at a design point (`konvoi.tables.sides.SIDE_CONTACTS`)."""
        return self.side_contacts[self.side_contacts["point"] == point]

    @cached_property
    def shown(self) -> dict[str, Any] | None:
        """The design point the pictures show: the layout to judge, or the worst where it was not simulated."""
        return get_point(self.points, find_planned_point(self.points))

    @cached_property
    def recommended(self) -> dict[str, Any] | None:
        """The design point to recommend; None when no simulated one is enough."""
        return get_point(self.points, self.verdict.recommended_point)

    @property
    def zone(self) -> str:
        """Label of local time."""
        scenario = self.configuration.get("scenario", {})
        return str(scenario.get("timezone_label", self.verdict.timezone_label))

    @property
    def date(self) -> str:
        """The day as the scenario writes it; empty when unknown."""
        return str(self.configuration.get("scenario", {}).get("date", ""))


def read_sweep(folder: Path) -> SweepTables:
    """Read the tables of a sweep folder.

    Raises
    ------
    OutputError
        When there is no such folder.
    TableError
        When it holds no finished sweep, or a table of another version.
    """
    if not folder.is_dir():
        raise OutputError(Sentence("faults.folder_missing", folder=folder))
    if not (folder / "points.csv").is_file() and (folder / "parts").is_dir():
        raise TableError(Sentence("faults.sweep_unfinished", folder=folder))
    points = read_table(folder / "points.csv", POINTS)
    manifest = _read_manifest(folder / "manifest.json")
    optional = {
        Path(name).stem: read_table(folder / name, schema)
        for name, schema in OPTIONAL.items()
        if (folder / name).is_file()
    }
    return SweepTables(
        points=points,
        contacts=read_table(folder / "contacts.parquet", CONTACTS),
        side_contacts=read_table(folder / "side_contacts.parquet", SIDE_CONTACTS),
        roads=read_table(folder / "roads.parquet", ROADS),
        places=read_table(folder / "places.csv", PLACES),
        verdict=read_verdict(folder / "verdict.json", points),
        configuration=manifest.get("configuration", {}),
        crs=str(manifest.get("crs", "")),
        **optional,
    )


def _read_manifest(path: Path) -> dict[str, Any]:
    """Read the manifest; a folder without one has tables all the same."""
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise TableError(Sentence("faults.unreadable", path=path, fault=fault)) from None
    if not isinstance(content, dict):
        raise TableError(Sentence("faults.not_manifest", path=path))
    return content
