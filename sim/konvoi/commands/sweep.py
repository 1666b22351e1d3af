"""`konvoi sweep` over factors, plans or cases: run what is missing, then tables, verdict and pictures; its last line is the folder."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from konvoi import __version__
from konvoi.commands.telling import prepare_engine, tell
from konvoi.commands.whole_day import sweep_day
from konvoi.errors import OutputError
from konvoi.notice.lawfulness import is_lawful, judge_config, load_rules
from konvoi.options import Settings, compose_settings
from konvoi.report.pictures import draw_report, write_verdict
from konvoi.report.verdict import build_verdict
from konvoi.report.verdict_text import WIDTH as SCREEN_WIDTH
from konvoi.report.verdict_text import format_verdict
from konvoi.report.wording import format_percent, say, wrap
from konvoi.study.chosen import find_planned_point, find_recommended_point
from konvoi.study.contour_tables import build_contours
from konvoi.study.design import Study
from konvoi.study.intervals import compute_wilson_interval
from konvoi.study.points import build_points
from konvoi.sweeping.answers import write_answers
from konvoi.sweeping.folder import hold_folder, open_folder, set_aside
from konvoi.sweeping.map_files import write_map
from konvoi.sweeping.replay_command import write_replay_command
from konvoi.sweeping.sensitivity_study import run_sensitivity
from konvoi.sweeping.study import choose_folder, describe_study, prepare_study
from konvoi.sweeping.sweep import describe_stopping, run_sweep
from konvoi.sweeping.timetable import write_days
from konvoi.tables.files import write_table, write_text
from konvoi.tables.sweep import CONTOUR, POINTS, SAFE_GAPS, SLACK
from konvoi.words import Sentence
from konvoi.words.formats import format_number

MAX_FAILURES = 5  # shown at the end of a sweep; the table of replications holds all


def sweep(words: list[str]) -> int:
    """Run a design, print the verdict, leave tables and figures."""
    settings = compose_settings(words)
    spec = settings.door.design.sensitivity
    if spec is not None:
        folder, text = run_sensitivity(settings, spec)
        print(text)
        print(folder.resolve())
        return 0
    return run_design(settings)


def run_design(settings: Settings, *, is_comparison: bool = False) -> int:
    """Run the design of the settings; a comparison prints how plans compare and not the verdict on one of them."""
    config = settings.build_config()
    load_rules(config.scenario.rules, settings.scenario.path)  # not missed when the answer is written
    prepare_engine(settings)
    study = prepare_study(settings)
    folder = choose_folder(settings, study)
    if settings.door.new and (aside := set_aside(folder)) is not None:
        tell(settings, "set_aside", aside=aside)
    with hold_folder(folder):
        if settings.door.design.starts is not None:
            return sweep_day(settings, study, folder)
        return _sweep(settings, study, folder, is_comparison=is_comparison)


def _sweep(settings: Settings, study: Study, folder: Path, *, is_comparison: bool) -> int:
    """Run a design into a folder that is held."""
    description = describe_study(settings, study)
    open_folder(folder, description)
    replications_text = _describe_replications(settings)
    tell(settings, "sweeping", points=len(study.design), replications=replications_text, folder=folder)
    try:
        replications, contacts = run_sweep(settings, study, folder)
    except KeyboardInterrupt:
        tell(settings, "sweep_interrupted", folder=folder)
        return 130
    except OutputError as fault:
        raise OutputError(Sentence("faults.sweep_stopped", fault=fault, folder=folder)) from None
    design = settings.door.design
    points = build_points(
        replications, study, settings.build_config(), design.confidence, design.rule.interval_confidence
    )
    write_table(points, folder / "points.csv", POINTS)
    contours = build_contours(
        replications,
        study,
        threshold=design.threshold,
        confidence=design.confidence,
        seed=int(settings.run["seed"]),
    )
    write_table(contours.contour, folder / "contour.csv", CONTOUR)
    write_table(contours.safe_gaps, folder / "safe_gaps.csv", SAFE_GAPS)
    write_table(contours.slack, folder / "slack.csv", SLACK)
    write_map(settings, study, folder)
    recommended = _find_lawful(settings, study, find_recommended_point(points, settings.door.design.threshold))
    plans = [point for point in (find_planned_point(points), recommended) if point is not None]
    write_days(settings, study, list(dict.fromkeys(plans)), replications, contacts, folder)
    texts = write_answers(settings, study, points, replications, folder)
    stopping = describe_stopping(settings, replications)
    verdict = replace(
        build_verdict(points, **_describe_for_verdict(settings, description)),
        recommended_point=recommended,
        stopping=stopping,
    )
    write_text(folder / "verdict.json", verdict.to_json())
    written = [write_verdict(folder, settings.door.lang)]
    _report_failures(replications, study, settings)
    _report_gridlocks(replications, settings)
    if not is_comparison:
        print(format_verdict(verdict, points, settings.door.lang, contours.slack))
    print("\n\n".join(["", *texts]).lstrip() if is_comparison else "".join(f"\n{text}\n" for text in texts))
    if settings.door.design.stopping == "precision":
        _report_saving(stopping, settings)
    if settings.door.quick:
        print(_describe_quick(settings, points))
    sys.stdout.flush()  # the answer is out before the first picture is drawn
    drawn = draw_report(folder, settings.door.lang)
    for path in [*written, *drawn.written]:
        print(f"  {path}")
    for note in drawn.notes:
        print(f"  ! {note}")
    print(folder.resolve())
    return 0


def _find_lawful(settings: Settings, study: Study, point: int | None) -> int | None:
    """Return the point to recommend if its plan keeps the campaign's rules; a plan that breaks one never is."""
    if point is None:
        return None
    config = study.design[point].config
    rules = load_rules(config.scenario.rules, settings.scenario.path)
    return point if is_lawful(judge_config(config, rules, date.today())) else None


def _describe_for_verdict(settings: Settings, description: dict[str, Any]) -> dict[str, Any]:
    """Return what the verdict needs beside the points."""
    return {
        "threshold": settings.door.design.threshold,
        "confidence": settings.door.design.confidence,
        "seed": settings.run["seed"],
        "version": __version__,
        "scenario_title": description["scenario_title"],
        "timezone_label": settings.build_config().scenario.timezone_label,
        "map_quality": description["map_quality"],
        "attendance_share": settings.build_config().behaviour.attendance_share,
    }


def _describe_replications(settings: Settings) -> str:
    """Write how many replications a design point gets."""
    design = settings.door.design
    return str(design.replications) if design.stopping == "fixed" else f"{design.replications}–{design.cap}"


def _report_saving(stopping: dict[str, Any], settings: Settings) -> None:
    """Say what stopping by precision has saved."""
    lang = settings.door.lang
    run, fixed, saved = (
        format_number(stopping[f"replications{part}"], lang) for part in ("", "_of_fixed_number", "_saved")
    )
    tell(settings, "stopping_saved", run=run, fixed=fixed, saved=saved)


def _describe_quick(settings: Settings, points: pd.DataFrame) -> str:
    """Say how wide the intervals of a quick look are."""
    n = int(points["replications"].min()) if len(points) else 0
    high = float(compute_wilson_interval(0, n, settings.door.design.confidence)[1])
    lang = settings.door.lang
    return "\n".join(
        wrap(say("quick_note", lang, n=format_number(n, lang), high=format_percent(high, lang)), SCREEN_WIDTH)
    )


def _report_failures(replications: pd.DataFrame, study: Study, settings: Settings) -> None:
    """Name the replications that failed, and the commands that show the first of them again."""
    failed = replications[replications["error"] != ""]
    if not len(failed):
        return
    tell(settings, "replications_failed", failed=len(failed))
    for row in failed.head(MAX_FAILURES).itertuples():
        point = study.design[int(str(row.point))]
        print(f"  {point.settings or '–'}; replication={row.replication}; seed {row.seed}: {row.error}")
        print(f"    {write_replay_command(settings, point.levels, int(str(row.replication)))}")
    if len(failed) > MAX_FAILURES:
        print("  …")


def _report_gridlocks(replications: pd.DataFrame, settings: Settings) -> None:
    """Say how often traffic locked up for good, and at which junctions most often."""
    locked = replications.loc[replications["gridlock"] != "", "gridlock"]
    if len(locked):
        counts = locked.str.split("; ").map(set).explode().value_counts()
        names = ", ".join(sorted(counts.index, key=lambda name: (-int(counts[name]), str(name)))[:5])
        tell(settings, "gridlocks", locked=len(locked), replications=len(replications), names=names)
