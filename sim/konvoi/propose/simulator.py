"""One process's share of the days: plans of one ride, in one world, on some days, through the fast evaluator."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from konvoi.alone import AloneDay, Evaluation, meet_days, ride_alone
from konvoi.arrays import FloatArray
from konvoi.config.reading import LoadedScenario, build_config
from konvoi.config.settings import RunConfig
from konvoi.plan.day_plan import UnitRoutes
from konvoi.propose.outcomes import GRADES, Meeting, Outcomes
from konvoi.propose.plans import OfficialPlan, write_plan
from konvoi.replication import prepare_routes, run_replication
from konvoi.study.design import set_key
from konvoi.town import Town, prepare_town

N_COLUMNS = len(GRADES) + 2  # grades, exposure, whether the fast evaluator alone was exact
KEPT_SETUPS = 40
KEPT_DAYS = 16  # of one side each, some 40 MB


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


class Setup(NamedTuple):
    """What days of a plan need."""

    config: RunConfig
    town: Town
    routes: UnitRoutes


PLANNED_KEYS = ("gap_min", "first_side", "hold_back_min", "hold_back_side", "escort")


@dataclass(frozen=True)
class Task:
    """Plans of one ride, on some days of a world."""

    plans: tuple[OfficialPlan, ...]
    world: str
    days: tuple[int, ...]
    is_exact: bool  # the full engine where the fast evaluator is not exact


def describe_side(plan: OfficialPlan, side: int, side_of: Mapping[str, int]) -> tuple[Any, ...]:
    """Return what a plan decides for one side, its hour apart."""
    return (
        plan.length_min,
        plan.venue_choice,
        plan.hold_back_min if plan.hold_back_side in ("both", side) else 0.0,
        plan.escort in ("both", f"side_{side}"),
        tuple(order for order in plan.orders if side_of.get(order.convoy) == side),
    )


class Simulator:
    """Simulates tasks; keeps towns, and the days of each side that were used last.

    What another side does otherwise changes nothing of a side's own day, so a day is kept by what its own side does.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._towns: dict[str, Town] = {}
        self._setups: OrderedDict[tuple[OfficialPlan, str], Setup] = OrderedDict()
        self._days: OrderedDict[tuple[Any, ...], list[tuple[AloneDay, Setup]]] = OrderedDict()

    def run(self, task: Task) -> FloatArray:
        """Simulate a task, (plans, days, `N_COLUMNS`)."""
        rows = np.empty((len(task.plans), len(task.days), N_COLUMNS))
        for at_day, day in enumerate(task.days):
            for at_plan, plan in enumerate(task.plans):
                met = self._meet(plan, task.world, day)
                row = met.row
                if task.is_exact and not met.is_exact:
                    setup = self.set_up(plan, task.world)
                    row = run_replication(setup.config, setup.town, setup.routes, day).row
                rows[at_plan, at_day, : len(GRADES)] = [bool(row[f"has_{grade}"]) for grade in GRADES]
                rows[at_plan, at_day, len(GRADES) :] = row["side_exposure_person_min"], met.is_exact
        return rows

    def _meet(self, plan: OfficialPlan, world: str, day: int) -> Evaluation:
        """Let the two sides' days meet at a plan's starts."""
        (first, setup), (second, _) = (self._ride_alone(plan, world, day, side) for side in (1, 2))
        shifts_s = plan.starts_s[0] - first.rally_start_s, plan.starts_s[1] - second.rally_start_s
        return meet_days(setup.town, setup.config.contact, first, second, *shifts_s)

    def _ride_alone(self, plan: OfficialPlan, world: str, day: int, side: int) -> tuple[AloneDay, Setup]:
        """Return a side's own day that may be shifted to a plan's start; simulated at that start where none is known."""
        key = describe_side(plan, side, self._side_of), world, day, side
        known = self._days.setdefault(key, [])
        self._days.move_to_end(key)
        for alone, setup in known:
            if alone.can_start_at(plan.starts_s[side - 1]):
                return alone, setup
        setup = self.set_up(plan, world)
        known.append((ride_alone(setup.config, setup.town, setup.routes, day, side), setup))
        while sum(len(own) for own in self._days.values()) > KEPT_DAYS and len(self._days) > 2:
            self._days.popitem(last=False)
        return known[-1]

    @cached_property
    def _side_of(self) -> dict[str, int]:
        return {str(name): int(area["side"]) for name, area in self.ground.scenario.content["convoys"].items()}

    def set_up(self, plan: OfficialPlan, world: str) -> Setup:
        """Prepare the configuration, the town and the routes of a plan in a world."""
        key = plan, world
        if key not in self._setups:
            config = self.ground.build_config(plan, world)
            town = self._open_town(config)
            self._setups[key] = Setup(config, town, prepare_routes(config, town))
            while len(self._setups) > KEPT_SETUPS:
                self._setups.popitem(last=False)
        self._setups.move_to_end(key)
        return self._setups[key]

    def find_meetings(self, plan: OfficialPlan, days: Sequence[int], world: str) -> dict[Meeting, float]:
        """Return who meets whom on some days of a world, with the exposure, person-min."""
        config, town, routes = self.set_up(plan, world)
        total: dict[Meeting, float] = {}
        for day in days:
            contacts = run_replication(config, town, routes, day).contacts
            names = ("unit_1", "unit_2", "phase", "type", "junction", "exposure_person_min")
            for *who, exposure in zip(*(contacts[name] for name in names), strict=True):
                meeting = Meeting(*(str(part) for part in who))
                total[meeting] = total.get(meeting, 0.0) + float(exposure)
        return total

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
