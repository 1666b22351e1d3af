"""One process's share of the days: plans of one ride, in one world, on some days, through the fast evaluator."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from konvoi.alone import Evaluator
from konvoi.arrays import FloatArray
from konvoi.config.reading import LoadedScenario, build_config
from konvoi.config.settings import RunConfig
from konvoi.propose.outcomes import ASSUMED, GRADES, Meeting, Outcomes
from konvoi.propose.plans import OfficialPlan, write_plan
from konvoi.replication import prepare_routes, run_replication
from konvoi.study.design import set_key
from konvoi.town import Town, prepare_town

N_COLUMNS = len(GRADES) + 2  # grades, exposure, whether the fast evaluator alone was exact
KEPT_EVALUATORS = 3
KEPT_DAYS = 40  # of each evaluator


@dataclass(frozen=True)
class World:
    """What is assumed: a name, and what it sets otherwise than configured (dotted keys)."""

    name: str
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Ground:
    """What all plans of a proposal share: the scenario as notified, the settings, the worlds by name."""

    scenario: LoadedScenario
    settings: Mapping[str, Any]  # keys of RunConfig but for the scenario
    worlds: Mapping[str, World]

    def build_config(self, plan: OfficialPlan, world: str) -> RunConfig:
        """Build the configuration of a plan in a world."""
        content = write_plan(self.scenario.content, plan)
        planned = content["rally"]
        settings: Mapping[str, Any] = {
            **self.settings,
            "rally": {
                **self.settings["rally"],
                **{key: planned[f"planned_{key}"] for key in PLANNED_KEYS},
                "venue_pair": "planned",
            },
        }
        for key, value in self.worlds[world].changes.items():
            if key.startswith("scenario."):
                content = set_key(content, key.removeprefix("scenario."), value)
            else:
                settings = set_key(settings, key, value)
        return build_config(settings, LoadedScenario(content, self.scenario.path))


PLANNED_KEYS = ("gap_min", "first_side", "hold_back_min", "hold_back_side", "escort")


@dataclass(frozen=True)
class Task:
    """Plans of one ride, on some days of a world."""

    plans: tuple[OfficialPlan, ...]
    world: str
    days: tuple[int, ...]
    is_exact: bool  # the full engine where the fast evaluator is not exact


class Simulator:
    """Simulates tasks; keeps towns, and the evaluators that were used last with their days."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._towns: dict[str, Town] = {}
        self._evaluators: OrderedDict[tuple[OfficialPlan, str], Evaluator] = OrderedDict()

    def run(self, task: Task) -> FloatArray:
        """Simulate a task, (plans, days, `N_COLUMNS`)."""
        evaluator = self._open_evaluator(task.plans[0], task.world)
        rows = np.empty((len(task.plans), len(task.days), N_COLUMNS))
        for at_day, day in enumerate(task.days):
            for at_plan, plan in enumerate(task.plans):
                evaluate = evaluator.evaluate_exactly if task.is_exact else evaluator.evaluate
                found = evaluate(day, starts_s=plan.starts_s)
                rows[at_plan, at_day, : len(GRADES)] = [bool(found.row[f"has_{grade}"]) for grade in GRADES]
                rows[at_plan, at_day, len(GRADES) :] = found.row["side_exposure_person_min"], found.is_exact
        return rows

    def find_meetings(self, plan: OfficialPlan, days: Sequence[int]) -> dict[Meeting, float]:
        """Return who meets whom on some days in the assumed world, with the exposure, person-min."""
        config = self.ground.build_config(plan, ASSUMED)
        town = self._open_town(config)
        routes = prepare_routes(config, town)
        total: dict[Meeting, float] = {}
        for day in days:
            contacts = run_replication(config, town, routes, day).contacts
            names = ("unit_1", "unit_2", "phase", "type", "junction", "exposure_person_min")
            for *who, exposure in zip(*(contacts[name] for name in names), strict=True):
                meeting = Meeting(*(str(part) for part in who))
                total[meeting] = total.get(meeting, 0.0) + float(exposure)
        return total

    def _open_evaluator(self, plan: OfficialPlan, world: str) -> Evaluator:
        key = plan.ride, world
        if key not in self._evaluators:
            config = self.ground.build_config(plan, world)
            self._evaluators[key] = Evaluator(config, self._open_town(config), keep_days=KEPT_DAYS)
            while len(self._evaluators) > KEPT_EVALUATORS:
                self._evaluators.popitem(last=False)
        self._evaluators.move_to_end(key)
        return self._evaluators[key]

    def _open_town(self, config: RunConfig) -> Town:
        key = json.dumps(
            [
                config.scenario.model_dump(include={"network", "venues", "assembly_points", "waypoints"}),
                config.contact.model_dump(),
                config.junctions.model_dump(),
                config.engine.cell_length_m,
            ],
            sort_keys=True,
            default=str,
        )
        if key not in self._towns:
            self._towns[key] = prepare_town(config, Path(self.ground.scenario.path))
        return self._towns[key]


def read_rows(rows: FloatArray) -> Outcomes:
    """Read the outcomes of one plan from its rows, (days, `N_COLUMNS`)."""
    return Outcomes(rows[:, : len(GRADES)] > 0.5, rows[:, len(GRADES)].copy())
