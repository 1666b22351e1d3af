"""What each command does. Every command says where its files went; the last line of a sweep is the folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.answers import add_tables, write_answers
from experiments.compare import are_folders, compare_folders, compose_plans, split_compare_words
from experiments.contours import build_contours
from experiments.days import write_days
from experiments.folder import hold_folder, open_folder, set_aside
from experiments.replay import write_replay_command
from experiments.roads import describe_network
from experiments.sensitivity import run_sensitivity
from experiments.settings import Settings, compose_settings
from experiments.study import Study, choose_folder, describe_study, prepare_study
from experiments.summary import build_places, build_points, build_roads, build_water
from experiments.sweep import describe_stopping, run_sweep
from sim import __version__
from sim.errors import OutputError, ScenarioError
from sim.replication import prepare_routes, prepare_town
from sim.report.contours import Contours
from sim.report.pack import draw_report, write_verdict
from sim.report.rakor import write_pack
from sim.report.verdict import WIDTH as SCREEN_WIDTH
from sim.report.verdict import build_verdict, format_verdict
from sim.report.wording import format_number, format_percent, say, wrap
from sim.rules import check_rules
from sim.stats import compute_wilson_interval
from sim.tables import (
    CONTOUR,
    PLACES,
    POINTS,
    ROADS,
    SAFE_GAPS,
    SLACK,
    WATER,
    write_table,
    write_text,
)

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
    return _run_design(settings)


def compare(words: list[str]) -> int:
    """Compare named plans, or the plans of finished sweeps, on the same simulated days."""
    names, path, rest = split_compare_words(words)
    if path is None and are_folders(names):
        return compare_folders(names, rest)
    return _run_design(compose_plans(names, path, rest), is_comparison=True)


def _run_design(settings: Settings, *, is_comparison: bool = False) -> int:
    """Run the design of the settings; a comparison prints how plans compare and not the verdict on one of them."""
    study = prepare_study(settings)
    folder = choose_folder(settings, study)
    if settings.door.new and (aside := set_aside(folder)) is not None:
        _say(settings, f"Hasil lama dipindahkan ke {aside}", f"The old results were moved to {aside}")
    with hold_folder(folder):
        return _sweep(settings, study, folder, is_comparison=is_comparison)


def _sweep(settings: Settings, study: Study, folder: Path, *, is_comparison: bool) -> int:
    """Run a design into a folder that is held."""
    description = describe_study(settings, study)
    open_folder(folder, description)
    replications_text = _describe_replications(settings)
    _say(settings, f"{len(study.design)} titik rancangan × {replications_text} ulangan → {folder}",
         f"{len(study.design)} design points × {replications_text} replications → {folder}")  # fmt: skip
    try:
        replications, contacts = run_sweep(settings, study, folder)
    except KeyboardInterrupt:
        _say(settings, f"Dihentikan; ulangan yang selesai tersimpan di {folder}. Perintah yang sama melanjutkannya.",
             f"Interrupted; finished replications are kept in {folder}. The same command goes on from there.")  # fmt: skip
        return 130
    except OutputError as fault:
        raise OutputError(
            f"{fault}\nfinished replications are kept in {folder}; mend this, and the same command goes on from there"
        ) from None
    points = build_points(replications, study, settings)
    write_table(points, folder / "points.csv", POINTS)
    contours = build_contours(replications, study, settings)
    write_table(contours.contour, folder / "contour.csv", CONTOUR)
    write_table(contours.safe_gaps, folder / "safe_gaps.csv", SAFE_GAPS)
    write_table(contours.slack, folder / "slack.csv", SLACK)
    write_table(build_roads(study.towns[0]), folder / "roads.parquet", ROADS)
    write_table(build_places(study, settings), folder / "places.csv", PLACES)
    write_table(build_water(study, settings), folder / "water.parquet", WATER)
    write_days(study, points, replications, contacts, settings.door.design.threshold, folder)
    texts = write_answers(settings, study, points, replications, folder)
    verdict = build_verdict(points, **_describe_for_verdict(settings, description))
    stopping = verdict["stopping"] = describe_stopping(settings, replications)
    write_text(folder / "verdict.json", json.dumps(verdict, indent=2, ensure_ascii=False) + "\n")
    written = [write_verdict(folder, settings.door.lang)]
    _report_failures(replications, study, settings)
    _report_gridlocks(replications, settings)
    if not is_comparison:
        print(format_verdict(verdict, points, settings.door.lang, Contours(contours.safe_gaps, contours.slack)))
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


def report(words: list[str]) -> int:
    """Print the verdict of a sweep folder, draw its figures again and write the pack for the coordination meeting."""
    folders = [word for word in words if "=" not in word]
    options = {"lang": "id", "animation": "true", **dict(word.split("=", 1) for word in words if "=" in word)}
    unknown = set(options) - {"lang", "animation", "template", "add"}
    if (
        len(folders) != 1
        or unknown
        or options["lang"] not in {"id", "en"}
        or options["animation"] not in {"true", "false"}
    ):
        usage = "write: konvoi report DIR [lang=id|en] [template=FILE.pptx] [animation=true|false] [add=DIR,…]"
        raise ScenarioError("the command line", [usage])
    folder, lang = Path(folders[0]), options["lang"]
    template = Path(options["template"]) if "template" in options else None
    for name in options.get("add", "").split(","):
        if name:
            taken = add_tables(folder, Path(name))
            print(f"  {name}: {', '.join(taken)} → {folder}")
    text = write_verdict(folder, lang)
    print(text.read_text(encoding="utf-8"), flush=True)
    drawn = draw_report(folder, lang)
    pack = write_pack(folder, lang, template=template, animation=options["animation"] == "true")
    for path in [text, *drawn.written, *pack.written]:
        print(f"  {path}")
    for note in [*drawn.notes, *pack.notes]:
        print(f"  ! {note}")
    print(folder.resolve())
    return 0


def check(words: list[str]) -> int:
    """Validate a scenario and its roads; list the hints of the rules."""
    settings = compose_settings(words)
    config = settings.build_config()
    scenario = config.scenario
    lang = settings.door.lang
    town = prepare_town(config, settings.scenario.path)
    for pair in scenario.venue_pairs:
        rally = config.rally.model_copy(update={"venue_pair": pair})
        prepare_routes(config.model_copy(update={"rally": rally}), town)
    print(f"{scenario.title}: {settings.scenario.path}")
    _say(settings, f"  {len(scenario.convoys)} konvoi, {len(scenario.assembly_points)} titik kumpul, {len(scenario.venues)} lokasi, {len(scenario.venue_pairs)} pasangan lokasi: sah",
         f"  {len(scenario.convoys)} convoys, {len(scenario.assembly_points)} assembly points, {len(scenario.venues)} venues, {len(scenario.venue_pairs)} venue pairs: valid")  # fmt: skip
    print(describe_network(town.network, Path(str(scenario.network.file)), lang))
    for key, distance_m in town.place_snap_m.items():
        if distance_m > 100.0:
            place = scenario.places[key]
            _say(settings, f"  {place.name}: {distance_m:.0f} m dari jalan terdekat (ketelitian titik {place.accuracy_m:.0f} m)",
                 f"  {place.name}: {distance_m:.0f} m from the nearest road (accuracy of the point {place.accuracy_m:.0f} m)")  # fmt: skip
    for hint in check_rules(config, lang):
        print(f"  ! {hint}")
    return 0


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
    _say(settings, f"{run} ulangan dijalankan; jumlah tetap dengan ketelitian yang sama memerlukan {fixed} (hemat {saved}).",
         f"{run} replications were run; a fixed number as precise would have taken {fixed} ({saved} saved).")  # fmt: skip


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
    _say(settings, f"PERHATIAN: {len(failed)} ulangan gagal dan tidak dihitung:",
         f"ATTENTION: {len(failed)} replications failed and are not counted:")  # fmt: skip
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
        _say(settings, f"PERHATIAN: pada {len(locked)} dari {len(replications)} ulangan lalu lintas macet total dan sebagian kendaraan tidak sampai, terutama di {names}",
             f"ATTENTION: in {len(locked)} of {len(replications)} replications traffic locked up for good and some vehicles did not arrive, mostly at {names}")  # fmt: skip


def _say(settings: Settings, indonesian: str, english: str) -> None:
    print(indonesian if settings.door.lang == "id" else english)
