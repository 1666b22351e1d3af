"""Factors × levels → design points → replications with shared seeds."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from konvoi.config.reading import LoadedScenario, build_config
from konvoi.config.settings import RunConfig
from konvoi.errors import CONFIGURATION, ScenarioError
from konvoi.plan.day_plan import UnitRoutes
from konvoi.study.levels import write_levels
from konvoi.town import Town
from konvoi.words import Sentence

MAX_POINTS = 10_000
PLAN = "plan"  # the factor whose levels are plans: several keys at once


@dataclass(frozen=True)
class DesignPoint:
    """One combination of factor levels, validated."""

    point: int
    levels: dict[str, Any]
    config: RunConfig

    @property
    def changes(self) -> dict[str, Any]:
        """What the point sets: key → value, a plan written out."""
        return list_changes(self.levels)

    @property
    def settings(self) -> str:
        """The levels as one line of text."""
        return write_levels(list_levels(self.levels))


@dataclass(frozen=True)
class Study:
    """A design over one town, ready to run."""

    design: list[DesignPoint]
    towns: list[Town]  # one per design point; the same object where nothing of the town is varied
    routes: list[UnitRoutes]


def list_levels(levels: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """List factors with their levels; of a plan its name, or what it sets where it has none."""
    listed: list[tuple[str, Any]] = []
    for key, level in levels.items():
        if key != PLAN:
            listed.append((key, level))
        elif level["name"]:
            listed.append((PLAN, level["name"]))
        else:
            listed += level["set"].items()
    return listed


def build_design(
    settings: Mapping[str, Any], scenario: LoadedScenario, factors: Mapping[str, Sequence[Any]]
) -> list[DesignPoint]:
    """Build the full factorial of the factors over a base configuration.

    Parameters
    ----------
    settings
        Keys of RunConfig but for ``scenario``; a factor's level replaces its value here.
    factors
        Key path (``rally.gap_min``, ``scenario.rally.length_min``) → levels. A level of the factor ``plan`` is a
        mapping of its ``name`` and what it changes, ``set``: key path → value.

    Raises
    ------
    ScenarioError
        With the faults of the first point that is not valid, or of the factors themselves.
    """
    faults = []
    for key, given in factors.items():
        if not isinstance(given, Sequence) or isinstance(given, str) or len(given) == 0:
            faults.append(Sentence("faults.levels_list", key=key, given=given))
    if not faults and (n_points := math.prod(len(given) for given in factors.values())) > MAX_POINTS:
        faults.append(Sentence("faults.points_many", n_points=n_points, max_points=MAX_POINTS))
    if faults:
        raise ScenarioError(CONFIGURATION, faults)
    points = []
    for point, combination in enumerate(itertools.product(*factors.values())):
        levels = dict(zip(factors, combination, strict=True))
        own: dict[str, Any] = {**settings, "scenario": scenario.content}
        for key, value in list_changes(levels).items():
            own = set_key(own, key, value)
        content = own.pop("scenario")
        points.append(DesignPoint(point, levels, build_config(own, LoadedScenario(content, scenario.path))))
    return points


def list_changes(levels: Mapping[str, Any]) -> dict[str, Any]:
    """Return what factor levels set: key → value, a plan written out; a later factor wins over an earlier one."""
    changes: dict[str, Any] = {}
    for key, level in levels.items():
        changes |= level["set"] if key == PLAN else {key: level}
    return changes


def set_key(settings: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Return the settings with the value at a dotted key replaced; nothing is changed in place."""
    head, _, rest = key.partition(".")
    changed = dict(settings)
    if not rest:
        changed[head] = value
        return changed
    below = settings.get(head, {})
    if not isinstance(below, Mapping):
        raise ScenarioError(CONFIGURATION, [Sentence("faults.key_without_keys", key=key, head=head)])
    changed[head] = set_key(below, rest, value)
    return changed


def describe_config(config: RunConfig) -> dict[str, Any]:
    """Return a configuration as plain mappings, for the manifest and for comparing two runs."""
    described: dict[str, Any] = json.loads(config.model_dump_json())
    return described
