"""`konvoi sweep` as it comes: the answer of a scenario's day, on the screen and on disk before any picture is drawn."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from konvoi import __version__
from konvoi.commands.telling import tell
from konvoi.errors import OutputError
from konvoi.options import Settings
from konvoi.report.day_text import format_day
from konvoi.report.pictures import MAIN_PICTURE, draw_report
from konvoi.report.screen import format_screen
from konvoi.report.verdict import build_verdict
from konvoi.report.verdict_text import write_absences
from konvoi.study.design import Study
from konvoi.sweeping.answer_day import DayResult, answer_day
from konvoi.sweeping.answers import write_answers
from konvoi.sweeping.folder import open_folder
from konvoi.sweeping.map_files import write_map
from konvoi.sweeping.study import describe_study
from konvoi.sweeping.timetable import write_days
from konvoi.tables.files import write_table, write_text
from konvoi.tables.starts import CASES, PROFILE, STARTS, WINDOWS
from konvoi.tables.sweep import POINTS
from konvoi.words import Sentence
from konvoi.workers import WorkerProcess, keep_workers


def sweep_day(settings: Settings, study: Study, folder: Path) -> int:
    """Answer the day into a folder that is held; print ten lines, leave tables and pictures."""
    starts = settings.door.design.starts
    assert starts is not None
    open_folder(folder, describe_study(settings, study))
    tell(settings, "sweeping_day", days=starts.screening_days, confirming=starts.confirming_days, folder=folder)
    try:
        with keep_workers() as idle:
            result = answer_day(settings, folder, date.today(), idle)
            text, absent = _write_tables(settings, result, folder, idle)
    except KeyboardInterrupt:
        tell(settings, "sweep_interrupted", folder=folder)
        return 130
    except OutputError as fault:
        raise OutputError(Sentence("faults.sweep_stopped", fault=fault, folder=folder)) from None
    lang = settings.door.lang
    absences = write_absences(absent, lang)
    write_text(folder / "verdict.txt", "\n".join([*absences, text]) + "\n")
    print("\n".join([*absences, format_screen(result.answer, str(folder / MAIN_PICTURE), lang)]))
    sys.stdout.flush()  # the answer is out before the first picture is drawn
    drawn = draw_report(folder, lang)
    for note in drawn.notes:
        print(f"  ! {note}")
    print(folder.resolve())
    return 0


def _write_tables(
    settings: Settings, result: DayResult, folder: Path, idle: list[WorkerProcess]
) -> tuple[str, dict[str, float]]:
    """Write all tables and verdict.json; return the whole answer as text, and the sides that miss their rally."""
    answer, own, lang = result.answer, result.settings, settings.door.lang
    design = settings.door.design
    assert design.starts is not None
    for name, frame, schema in (
        ("profile.csv", result.profile, PROFILE),
        ("windows.csv", result.windows, WINDOWS),
        ("cases.csv", result.cases, CASES),
        ("starts.parquet", result.starts, STARTS),
        ("points.csv", result.points, POINTS),
    ):
        write_table(frame, folder / name, schema)
    write_map(own, result.study, folder)
    description = describe_study(own, result.study)
    verdict = build_verdict(
        result.points,
        threshold=design.threshold,
        confidence=design.confidence,
        seed=answer.seed,
        version=__version__,
        scenario_title=answer.scenario_title,
        timezone_label=answer.zone,
        map_quality=description["map_quality"],
        attendance_share=own.build_config().behaviour.attendance_share,
    )
    verdict = replace(verdict, day=answer, recommended_point=None if answer.option is None else 1)
    write_text(folder / "verdict.json", verdict.to_json())
    plans = list(range(len(result.study.design)))
    write_days(
        own, result.study, plans, result.replications, result.contacts, folder, design.starts.timetable_days, idle
    )
    write_answers(own, result.study, result.points, result.replications, folder)
    text = format_day(answer, result.profile, result.windows, str(folder / MAIN_PICTURE), lang)
    return text, verdict.absent_sides
