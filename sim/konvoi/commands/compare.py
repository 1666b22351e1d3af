"""What 'konvoi compare' does: named plans of a file, or the plans of finished sweeps, on the same simulated days."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from konvoi.commands.scenario_plans import compose_scenarios, find_scenario_files
from konvoi.commands.sweep import run_design
from konvoi.config.reading import is_file
from konvoi.errors import COMMAND_LINE, OutputError, ScenarioError, find_meant
from konvoi.options import Settings, compose_settings
from konvoi.report.comparison_text import format_comparison
from konvoi.report.sweep_tables import read_sweep
from konvoi.study.comparison import build_comparison
from konvoi.sweeping.answers import read_plans
from konvoi.tables.files import read_table, write_table
from konvoi.tables.sweep import COMPARISON, REPLICATIONS
from konvoi.words import Sentence

PLANS_FILE = "rencana.yaml"
USAGE = Sentence("faults.usage_compare")


def split_compare_words(words: list[str]) -> tuple[list[str], Path | None, list[str]]:
    """Split the words of the command into names, the file of plans, and settings."""
    names = [
        word for word in words if "=" not in word and not word.startswith("-") and not word.endswith((".yaml", ".yml"))
    ]
    files = [word for word in words if "=" not in word and word.endswith((".yaml", ".yml"))]
    files += [word.removeprefix("plans=") for word in words if word.startswith("plans=")]
    settings = [word for word in words if (("=" in word and not word.startswith("plans=")) or word.startswith("-"))]
    if len(files) > 1:
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.plans_files", files=len(files)), USAGE])
    return names, Path(files[0]) if files else None, settings


def compose_plans(names: list[str], path: Path | None, words: list[str]) -> Settings:
    """Compose the settings of a sweep over the chosen plans of a file; without names, over all of them.

    Raises
    ------
    ScenarioError
        When the file is missing or wrong, or a name is not in it.
    """
    if path is None:
        if not is_file(Path(PLANS_FILE)):
            raise ScenarioError(COMMAND_LINE, [Sentence("faults.plans_file_missing", plans_file=PLANS_FILE), USAGE])
        path = Path(PLANS_FILE)
    plans, scenario = read_plans(path)
    unknown = [name for name in names if name not in plans]
    if unknown:
        raise ScenarioError(
            str(path),
            [
                Sentence("faults.plan_unknown", name=name, plans=", ".join(plans), meant=find_meant(name, plans))
                for name in unknown
            ],
        )
    chosen = {name: plans[name] for name in dict.fromkeys(names)} if names else plans
    if len(chosen) < 2:
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.plans_two"), USAGE])
    if scenario is not None:
        words = ["scenario='{}'".format(scenario.replace("\\", "\\\\").replace("'", "\\'")), *words]
    return compose_settings(words, chosen)


def are_folders(names: list[str]) -> bool:
    """Return whether the names are folders of finished sweeps."""
    return len(names) >= 2 and all(Path(name).is_dir() for name in names)


def compare_folders(names: list[str], words: list[str]) -> int:
    """Compare the plans that sweeps judged, day by day; they must have the same seed.

    Raises
    ------
    ScenarioError
        When a setting is given that has no meaning here.
    OutputError
        When the days of the folders are not the same, or a folder has no plan to judge.
    """
    options = {"lang": "id", **dict(word.split("=", 1) for word in words if "=" in word)}
    if set(options) - {"lang", "out"} or options["lang"] not in {"id", "en"} or any("=" not in word for word in words):
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.usage_compare_folders")])
    comparison, confidence = compare_sweeps(names)
    print(format_comparison(comparison, options["lang"], confidence))
    if "out" in options:
        target = Path(options["out"])
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise OutputError(Sentence("faults.folder_unusable", folder=target, fault=fault)) from None
        write_table(comparison, target / "comparison.csv", COMPARISON)
        print(target.resolve())
    return 0


def compare_sweeps(folders: list[str]) -> tuple[pd.DataFrame, float]:
    """Compare the plans that sweeps judged, day by day; return the table and the confidence of its intervals.

    Raises
    ------
    OutputError
        When the days of the folders are not the same, or a folder has no plan to judge.
    """
    frames, confidences = [], []
    for number, name in enumerate(folders):
        folder = Path(name)
        tables = read_sweep(folder)
        point = tables.verdict.point
        if point is None:
            raise OutputError(Sentence("faults.folder_without_plan", folder=folder))
        replications = read_table(folder / "replications.parquet", REPLICATIONS)
        frames.append(replications[replications["point"] == point].assign(point=number))
        confidences.append(tables.verdict.confidence)
    joined = pd.concat(frames, ignore_index=True)
    seeds = joined.groupby("replication")["seed"].nunique()
    if (seeds > 1).any():
        raise OutputError(Sentence("faults.folders_seeds"))
    shown = {number: Path(name).name for number, name in enumerate(folders)}
    confidence = max(confidences)
    comparison = build_comparison(joined, [list(range(len(folders)))], shown, confidence)
    if not int(comparison["replications"].min()):
        raise OutputError(Sentence("faults.folders_nothing_common"))
    return comparison, confidence


def compare(words: list[str]) -> int:
    """Compare named plans, or the plans of finished sweeps, on the same simulated days."""
    scenarios = find_scenario_files(words)
    if scenarios:
        rest = [word for word in words if "=" in word or word.startswith("-")]
        return run_design(compose_scenarios(scenarios, rest), is_comparison=True)
    names, path, rest = split_compare_words(words)
    if path is None and are_folders(names):
        return compare_folders(names, rest)
    return run_design(compose_plans(names, path, rest), is_comparison=True)
