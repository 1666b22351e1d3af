"""What a sweep leaves beside its points: compared plans, cases, single changes; as tables and in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from konvoi.config.reading import load_scenario
from konvoi.errors import OutputError, ScenarioError
from konvoi.options import DesignSettings, Settings
from konvoi.report.comparison_text import format_comparison, format_robustness, format_what_if
from konvoi.study.comparison import build_comparison, build_robustness, build_tornado, build_what_if
from konvoi.study.design import PLAN, DesignPoint, Study, list_levels
from konvoi.study.levels import write_levels
from konvoi.tables.files import read_table, write_table, write_text
from konvoi.tables.schema import Schema
from konvoi.tables.sweep import COMPARISON, ROBUSTNESS, TORNADO, WHAT_IF
from konvoi.words import Sentence

ANSWERS: dict[str, Schema] = {
    "comparison.csv": COMPARISON,
    "what_if.csv": WHAT_IF,
    "robustness.csv": ROBUSTNESS,
    "tornado.csv": TORNADO,
}
MOST_COMPARED = 12  # plans in a comparison that nobody chose


def write_answers(
    settings: Settings, study: Study, points: pd.DataFrame, replications: pd.DataFrame, folder: Path
) -> list[str]:
    """Write ``comparison.csv``, ``what_if.csv``, ``robustness.csv`` and ``tornado.csv``, those the design has.

    Returns
    -------
    Texts for the screen, which are kept in ``answers.txt`` too.
    """
    design, lang = settings.door.design, settings.door.lang
    confidence = design.confidence
    names = {point.point: point.settings for point in study.design}
    texts: list[str] = []
    tables: list[tuple[str, pd.DataFrame, Schema]] = []
    groups = choose_groups(design, study.design, points)
    if groups:
        shown = {point: name.removeprefix(f"{PLAN}=") for point, name in _name_points(study.design).items()}
        comparison = build_comparison(replications, groups, shown, confidence)
        tables.append(("comparison.csv", comparison, COMPARISON))
        if int(comparison["replications"].min()) > 0:
            texts.append(format_comparison(comparison, lang, confidence))
    config = settings.build_config()
    plan = write_levels([("rally.gap_min", config.rally.gap_min), ("rally.venue_pair", config.venue_pair_key)])
    if design.cases:
        cases = {"base": {}, **design.cases}
        chosen = {name: _find_plan(study.design, changes) for name, changes in cases.items()}
        what_if = build_what_if(replications, chosen, {**names, chosen["base"]: plan}, confidence)
        tables.append(("what_if.csv", what_if, WHAT_IF))
        texts.append(format_what_if(what_if, lang, confidence))
    if design.one_at_a_time:
        base_levels = {key: str(_read_key(settings, key)) for key in design.one_at_a_time}
        changes = {
            _find_plan(study.design, {key: level}): (key, str(level))
            for key, levels in design.one_at_a_time.items()
            for level in levels
        }
        base = _find_plan(study.design, {})
        robustness = build_robustness(replications, base, changes, base_levels, confidence)
        tables += [
            ("robustness.csv", robustness, ROBUSTNESS),
            ("tornado.csv", build_tornado(robustness, plan), TORNADO),
        ]
        texts.append(format_robustness(robustness, lang, confidence))
    for name, frame, schema in tables:
        write_table(frame, folder / name, schema)
    if texts:
        write_text(folder / "answers.txt", "\n\n".join(texts) + "\n")
    return texts


def choose_groups(design: DesignSettings, points: list[DesignPoint], table: pd.DataFrame) -> list[list[int]]:
    """Choose which design points are compared, the reference first in each group.

    With ``design.compare`` the levels of that factor, within each combination of the others. With named plans all of
    them, the first one the reference. Else all points, the plan to judge the reference; of a large design those that
    differ from it in one factor. Cases and single changes have tables of their own.
    """
    if design.compare is not None:
        groups: dict[str, list[int]] = {}
        for point in points:
            shared = repr([(key, level) for key, level in point.levels.items() if key != design.compare])
            groups.setdefault(shared, []).append(point.point)
        return [group for group in groups.values() if len(group) > 1]
    if design.plans and len(design.factors) == 1:
        return [[point.point for point in points if point.levels[PLAN]["name"]]] if len(design.plans) > 1 else []
    if design.cases or design.one_at_a_time or len(points) < 2:
        return []
    planned = table.loc[table["is_planned"], "point"]
    reference = int(planned.iloc[0]) if len(planned) else points[0].point
    own = next(point for point in points if point.point == reference)
    others = [point for point in points if point.point != reference]
    if len(others) >= MOST_COMPARED:
        others = [p for p in others if sum(p.levels[key] != own.levels[key] for key in own.levels) == 1]
    return [[reference, *(point.point for point in others[: MOST_COMPARED - 1])]] if others else []


def _name_points(points: list[DesignPoint]) -> dict[int, str]:
    """Name design points by the levels that differ between them."""
    constant = {key for key in points[0].levels if all(p.levels[key] == points[0].levels[key] for p in points)}
    named = {}
    for point in points:
        levels = {key: level for key, level in point.levels.items() if key not in constant}
        named[point.point] = write_levels(list_levels(levels))
    return named


def _find_plan(points: list[DesignPoint], changes: dict[str, Any]) -> int:
    """Find the design point that sets just these keys."""
    return next(point.point for point in points if point.levels[PLAN]["set"] == changes)


def _read_key(settings: Settings, key: str) -> Any:
    """Read the value of a dotted key of the unchanged plan."""
    value: Any = settings.build_config()
    for part in key.split("."):
        value = value[part] if isinstance(value, dict) else getattr(value, part)
    return value if not isinstance(value, tuple) else list(value)


def read_plans(path: Path) -> tuple[dict[str, Any], str | None]:
    """Read a file of named plans: ``plans:`` name → keys it sets, and the ``scenario`` they belong to, if it says so.

    Raises
    ------
    ScenarioError
        When it is missing, not YAML, or holds anything else.
    """
    content = load_scenario(path).content
    unknown = set(content) - {"plans", "scenario"}
    plans, scenario = content.get("plans"), content.get("scenario")
    faults = [Sentence("faults.plans_key", key=key) for key in sorted(unknown)]
    if not isinstance(plans, dict) or not plans:
        faults.append(Sentence("faults.plans_missing"))
    else:
        for name, changes in plans.items():
            if not isinstance(changes, dict) and changes is not None:
                faults.append(Sentence("faults.plan_keys", name=name, changes=changes))
    if scenario is not None and not isinstance(scenario, str):
        faults.append(Sentence("faults.plans_scenario"))
    if faults:
        raise ScenarioError(str(path), faults)
    assert isinstance(plans, dict)
    return {str(name): changes or {} for name, changes in plans.items()}, scenario


def add_tables(folder: Path, source: Path) -> list[str]:
    """Copy the tables of plans, cases and single changes of another sweep of the same scenario into a sweep's folder.

    A table the folder has already is kept.

    Returns
    -------
    Names of the files copied.

    Raises
    ------
    OutputError
        When the two are not of the same scenario, map and version, or there is nothing to take.
    """
    own, other = read_identity(folder), read_identity(source)
    different = [key for key in ("version", "scenario", "network_hash") if own.get(key) != other.get(key)]
    if different:
        raise OutputError(
            Sentence("faults.add_other_sweep", source=source, folder=folder, different=", ".join(different))
        )
    found = {name: schema for name, schema in ANSWERS.items() if (source / name).is_file()}
    taken = [name for name in found if not (folder / name).is_file()]
    if not found:
        raise OutputError(Sentence("faults.add_nothing", source=source, answers=", ".join(ANSWERS)))
    for name in taken:
        write_table(read_table(source / name, ANSWERS[name]), folder / name, ANSWERS[name])
    return taken


def read_identity(folder: Path) -> dict[str, Any]:
    """Read what the results of a sweep folder depend on.

    Raises
    ------
    OutputError
        When it is no folder of a sweep.
    """
    try:
        identity = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["identity"]
    except (OSError, ValueError, KeyError, TypeError):
        raise OutputError(Sentence("faults.not_sweep_folder", folder=folder)) from None
    return identity if isinstance(identity, dict) else {}
