"""From a scenario to what a proposal needs: the space of its plans, and the standard what-ifs as worlds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from konvoi.cases import list_cases
from konvoi.config.settings import RunConfig
from konvoi.notice.lawfulness import Rules, judge_plan, list_rallies, read_day
from konvoi.plan.day_plan import UnitRoutes
from konvoi.plan.hours import compute_rally_starts_s
from konvoi.propose.costs import Crowds
from konvoi.propose.outcomes import ASSUMED
from konvoi.propose.plans import OfficialPlan
from konvoi.propose.simulator import World
from konvoi.propose.space import ATTENDANCE, Judge, Judgement, Space
from konvoi.town import Town
from konvoi.units import clock_to_s, minutes_to_s

NOT_OF_PROPOSALS = ("home",)  # where supporters live is told by the robustness of the answer; no plan can stand it


def read_plan(config: RunConfig) -> OfficialPlan:
    """Read the plan of a configuration."""
    starts_s = compute_rally_starts_s(config)
    rally = config.rally
    return OfficialPlan(
        (float(starts_s[0]), float(starts_s[1])),
        config.scenario.rally.length_min,
        config.venue_pair_key,
        rally.hold_back_min,
        rally.hold_back_side,
        rally.escort,
    )


def build_space(
    config: RunConfig, town: Town, rules: Rules | None, is_missed: Callable[[OfficialPlan], bool] = lambda plan: False
) -> Space:
    """Build the space of plans of a scenario. ``is_missed``: whether a side cannot be at its rally under a plan."""
    scenario, behaviour = config.scenario, config.behaviour
    x_m, y_m = town.network.node_x_m, town.network.node_y_m
    crowds = Crowds(
        side={name: area.side for name, area in scenario.convoys.items()},
        people={name: float(area.people) for name, area in scenario.convoys.items()},
        organised_share={
            name: behaviour.organised_share if area.organised_share is None else area.organised_share
            for name, area in scenario.convoys.items()
        },
        assembly_point={name: area.assembly_point for name, area in scenario.convoys.items()},
        position_m={key: (float(x_m[node]), float(y_m[node])) for key, node in town.place_node.items()},
        venues={key: (pair.side_1, pair.side_2) for key, pair in scenario.venue_pairs.items()},
    )
    hours = scenario.rally
    window_s = clock_to_s(hours.window_start), clock_to_s(hours.window_end)
    if rules is not None:
        window_s = max(window_s[0], rules.begin_s), min(window_s[1], rules.end_s)
    return Space(read_plan(config), scenario.proposal, crowds, window_s, build_judge(config, rules, is_missed))


def build_judge(config: RunConfig, rules: Rules | None, is_missed: Callable[[OfficialPlan], bool]) -> Judge:
    """Build what tells whether a plan keeps the rules, and whether both sides can be at their rallies.

    A scenario whose date is no date is judged by the hours of rallies alone, one without rules not at all.
    """
    first_day = read_day(config.scenario.date)

    @cache
    def judge_hours(starts_s: tuple[float, float], length_min: float) -> Judgement:
        if rules is None:
            return Judgement()
        if first_day is None:
            is_inside = min(starts_s) >= rules.begin_s and max(starts_s) + minutes_to_s(length_min) <= rules.end_s
            return Judgement(() if is_inside else ("hours",))
        # Whoever proposes other hours for a day that was notified in time does so in time.
        in_time = first_day - timedelta(days=rules.notice_days)
        hits = judge_plan(rules, list_rallies(first_day, starts_s, minutes_to_s(length_min)), in_time)
        prayers = [sum(hit.rule == "prayer" and hit.side == side for hit in hits) for side in (1, 2)]
        return Judgement(tuple(dict.fromkeys(str(hit.rule) for hit in hits if hit.is_hard)), (prayers[0], prayers[1]))

    def judge(plan: OfficialPlan) -> Judgement:
        of_hours = judge_hours(plan.starts_s, plan.length_min)
        return of_hours if of_hours.broken or not is_missed(plan) else replace(of_hours, broken=(ATTENDANCE,))

    return judge


def build_worlds(config: RunConfig, content: dict[str, Any], town: Town, routes: UnitRoutes) -> dict[str, World]:
    """Build the assumed world and the standard what-ifs, by name ``group:label``."""
    cases = list_cases(config, content, town, routes)
    worlds = [World(f"{case.group}:{case.label}", case.changes) for case in cases if case.group not in NOT_OF_PROPOSALS]
    counts = Counter(world.name for world in worlds)
    assert max(counts.values()) == 1  # labels tell cases apart
    return {ASSUMED: World(ASSUMED, {}), **{world.name: world for world in worlds}}
