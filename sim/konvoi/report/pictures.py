"""From a sweep folder's tables to its pictures and the verdict's text."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from konvoi.errors import OutputError, TableError
from konvoi.report import style
from konvoi.report.canvas import FOOTER_SIGNS
from konvoi.report.contact_map import draw_contact_map
from konvoi.report.day_profile import ProfileNotes, draw_day_profile
from konvoi.report.day_text import format_day
from konvoi.report.heat_map import draw_heat_map
from konvoi.report.start_map import draw_start_map
from konvoi.report.verdict import Verdict, build_verdict
from konvoi.report.verdict_text import format_verdict
from konvoi.report.wording import describe_map, say, shorten, wrap_name
from konvoi.study.day_answer import DayAnswer
from konvoi.tables.files import read_table, write_atomically, write_text
from konvoi.tables.sides import SIDE_CONTACTS
from konvoi.tables.starts import PROFILE, WINDOWS
from konvoi.tables.sweep import PLACES, POINTS, ROADS, SLACK, WATER
from konvoi.words import Sentence
from konvoi.words.formats import format_number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MAIN_PICTURE = Path("figures") / "day_profile.png"


@dataclass(frozen=True)
class Report:
    """What was drawn, and one note for each picture that could not be."""

    written: list[Path]
    notes: list[str]


def write_verdict(folder: Path, lang: str) -> Path:
    """Write the verdict of a sweep folder as text; tables alone are read.

    Raises
    ------
    TableError
        When a table is missing or not one of a sweep.
    OutputError
        When the folder is missing, or cannot be written.
    """
    if not folder.is_dir():
        raise OutputError(Sentence("faults.folder_missing", folder=folder))
    points = read_table(folder / "points.csv", POINTS)
    verdict = read_verdict(folder / "verdict.json", points)
    path, slack = folder / "verdict.txt", folder / "slack.csv"
    day = _read_day(folder, verdict)
    text = (
        format_verdict(verdict, points, lang, read_table(slack, SLACK) if slack.is_file() else None)
        if day is None
        else format_day(day.answer, day.profile, day.windows, str(folder / MAIN_PICTURE), lang)
    )
    try:
        write_text(path, text + "\n")
    except OSError as fault:
        raise OutputError(Sentence("faults.unwritable", path=folder, fault=fault)) from None
    return path


def draw_report(folder: Path, lang: str) -> Report:
    """Draw the figures of a sweep folder as PNG and SVG; a picture that fails is named and costs only itself.

    Raises
    ------
    TableError
        When a table is missing or not one of a sweep.
    OutputError
        When the folder cannot be written.
    """
    points = read_table(folder / "points.csv", POINTS)
    contacts = read_table(folder / "side_contacts.parquet", SIDE_CONTACTS)
    roads = read_table(folder / "roads.parquet", ROADS)
    places = read_table(folder / "places.csv", PLACES)
    water = read_table(folder / "water.parquet", WATER) if (folder / "water.parquet").is_file() else None
    verdict = read_verdict(folder / "verdict.json", points)
    shown = None if verdict.point is not None else find_worst_point(points)
    day = _read_day(folder, verdict)
    first: dict[str, Callable[[], Figure]] = (
        {"heat_map": lambda: draw_heat_map(points, verdict, lang)}
        if day is None
        else {
            "day_profile": lambda: draw_day_profile(day.profile, day.windows, write_notes(day.answer, verdict, lang)),
            "start_map": lambda: draw_start_map(day.profile, day.windows, write_notes(day.answer, verdict, lang)),
        }
    )
    pictures: dict[str, Callable[[], Figure]] = {
        **first,
        "contact_map": lambda: draw_contact_map(contacts, roads, places, verdict, lang, water=water, point=shown),
    }
    report = Report([], [])
    try:
        (folder / "figures").mkdir(exist_ok=True)
        for name, draw in pictures.items():
            try:
                figure = draw()
                rendered = {suffix: render_figure(figure, suffix) for suffix in ("png", "svg")}
            except Exception as fault:  # whatever a picture trips over, the answer and the other pictures stand
                report.notes.append(say("picture_failed", lang, name=name, fault=f"{type(fault).__name__}: {fault}"))
                continue
            for suffix, content in rendered.items():
                path = folder / "figures" / f"{name}.{suffix}"
                _write_bytes(path, content)
                report.written.append(path)
    except OSError as fault:
        raise OutputError(Sentence("faults.unwritable", path=folder, fault=fault)) from None
    return report


@dataclass(frozen=True)
class _DayTables:
    """The answer of a whole day, and its tables."""

    answer: DayAnswer
    profile: pd.DataFrame
    windows: pd.DataFrame


def _read_day(folder: Path, verdict: Verdict) -> _DayTables | None:
    """Read the tables of a whole day's answer; None where a sweep compared something else."""
    if verdict.day is None:
        return None
    return _DayTables(
        verdict.day, read_table(folder / "profile.csv", PROFILE), read_table(folder / "windows.csv", WINDOWS)
    )


def write_notes(answer: DayAnswer, verdict: Verdict, lang: str) -> ProfileNotes:
    """Collect what the day's pictures say beside their tables."""
    text = say(
        "footer",
        lang,
        version=answer.version,
        title=shorten(answer.scenario_title, 70),
        n=format_number(answer.notified.days, lang),
        seed=str(answer.seed),
    )
    return ProfileNotes(
        lang,
        answer.threshold,
        answer.confidence,
        answer.length_min,
        answer.confirming_days,
        answer.large_people,
        answer.large_s,
        f"{text}\n{wrap_name(describe_map(verdict.map_quality, lang), FOOTER_SIGNS, 2)}",
    )


def read_verdict(path: Path, points: pd.DataFrame) -> Verdict:
    """Read verdict.json and make sure that it belongs to the points beside it.

    Raises
    ------
    TableError
        When it is missing, unreadable, of another version's form or of another sweep.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except OSError:
        raise TableError(Sentence("faults.table_missing", path=path)) from None
    except ValueError as fault:
        raise TableError(Sentence("faults.unreadable", path=path, fault=fault)) from None
    try:
        keys = ("threshold", "confidence", "seed", "version", "scenario_title", "map_quality", "timezone_label")
        expected = build_verdict(points, **{key: content[key] for key in keys})
        missing = sorted(set(json.loads(expected.to_json())) - set(content))
        verdict = None if missing else Verdict.from_json(text)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise TableError(Sentence("faults.not_verdict", path=path)) from None
    if verdict is None:
        raise TableError(Sentence("faults.verdict_version", path=path, missing=", ".join(missing)))
    same = ("point", "venue_pair", "replications", "contact_replications")
    if any(getattr(verdict, name) != getattr(expected, name) for name in same) or set(verdict.safe_gaps_by_pair) != set(
        expected.safe_gaps_by_pair
    ):
        raise TableError(Sentence("faults.verdict_points", path=path))
    return verdict


def find_worst_point(points: pd.DataFrame) -> dict[str, Any] | None:
    """Find the design point with the largest exposure, to be drawn where the planned layout was not simulated."""
    known = points.dropna(subset=["side_exposure_person_min_mean"])
    if not len(known):
        return None
    row = known.sort_values(["side_exposure_person_min_mean", "point"], ascending=[False, True], kind="stable").iloc[0]
    return {str(name): value for name, value in row.items()}


def render_figure(figure: Figure, suffix: str, dpi: float = style.PNG_DPI) -> bytes:
    """Render a figure as "png" or "svg"; without a date, so that the same tables give the same file."""
    metadata: dict[str, Any] = {"Software": None} if suffix == "png" else {"Date": None}
    stream = BytesIO()
    with style.use_style():
        figure.savefig(stream, format=suffix, dpi=dpi, metadata=metadata)
    return stream.getvalue()


def _write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    write_atomically(path, lambda temporary: temporary.write_bytes(content))
