"""Scenario files as plans: `konvoi compare notified.yaml proposal.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from konvoi.config.reading import LoadedScenario, load_scenario
from konvoi.errors import COMMAND_LINE, ScenarioError
from konvoi.options import PLANNED_DECISIONS, Settings, compose_settings
from konvoi.words import Sentence

SCENARIO_KEY = "convoys"  # a scenario has it, a file of plans has not


def find_scenario_files(words: Sequence[str]) -> list[Path]:
    """Return the scenario files among the words where there are at least two; files of plans are none."""
    paths = [Path(word) for word in words if "=" not in word and word.endswith((".yaml", ".yml"))]
    if len(paths) < 2 or not all(SCENARIO_KEY in load_scenario(path).content for path in paths):
        return []
    return paths


def compose_scenarios(paths: Sequence[Path], words: Sequence[str]) -> Settings:
    """Compose the settings of a sweep that compares what scenario files plan, the first one with the others.

    A plan sets whatever its file writes otherwise than the first one.

    Raises
    ------
    ScenarioError
        When a file cannot be read, or two have one name.
    """
    loaded = [load_scenario(path) for path in paths]
    names = [path.stem for path in paths]
    if len(set(names)) < len(names):
        names = [str(path.with_suffix("")) for path in paths]
    if len(set(names)) < len(names):
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.scenario_twice")])
    plans = {name: list_settings(loaded[0], own) for name, own in zip(names, loaded, strict=True)}
    first = str(paths[0]).replace("\\", "\\\\").replace("'", "\\'")
    return compose_settings([f"scenario='{first}'", *words], plans)


def list_settings(first: LoadedScenario, other: LoadedScenario) -> dict[str, Any]:
    """List what another scenario file sets otherwise than the first, and the plan it decides on."""
    changes: dict[str, Any] = {}
    for key in dict.fromkeys([*first.content, *other.content]):
        if key in other.content and other.content[key] != first.content.get(key):
            changes[f"scenario.{key}"] = other.content[key]
        elif key not in other.content:
            changes[f"scenario.{key}"] = type(first.content[key])()  # an empty one, as it is by default
    hours = other.content.get("rally")
    planned = hours if isinstance(hours, dict) else {}
    for key, otherwise in PLANNED_DECISIONS.items():
        changes[f"rally.{key}"] = planned.get(f"planned_{key}", otherwise)
    return changes
