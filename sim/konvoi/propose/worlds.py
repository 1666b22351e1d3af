"""From a scenario to what a proposal needs: the space of its plans, and the standard what-ifs as worlds."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np

from konvoi.config.settings import RunConfig
from konvoi.notice.lawfulness import Rules, judge_plan, list_rallies, read_day
from konvoi.plan.day_plan import UnitRoutes
from konvoi.plan.hours import compute_rally_starts_s
from konvoi.propose.costs import Crowds
from konvoi.propose.outcomes import ASSUMED
from konvoi.propose.plans import OfficialPlan
from konvoi.propose.simulator import World
from konvoi.propose.space import Judge, Judgement, Space
from konvoi.study.standard_cases import (
    UNCERTAIN_M,
    AreaFacts,
    build_standard_cases,
    find_shared_street,
)
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


def build_space(config: RunConfig, town: Town, rules: Rules | None) -> Space:
    """Build the space of plans of a scenario."""
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
    return Space(read_plan(config), scenario.proposal, crowds, window_s, build_judge(config, rules))


def build_judge(config: RunConfig, rules: Rules | None) -> Judge:
    """Build what tells whether a plan keeps the rules.

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

    return lambda plan: judge_hours(plan.starts_s, plan.length_min)


def build_worlds(config: RunConfig, content: dict[str, Any], town: Town, routes: UnitRoutes) -> dict[str, World]:
    """Build the assumed world and the standard what-ifs, by name ``group:label``."""
    scenario, network = config.scenario, town.network
    x_m, y_m = network.node_x_m, network.node_y_m
    areas = [
        AreaFacts(name, area.side, area.people, *_locate(town, area.assembly_point))
        for name, area in scenario.convoys.items()
    ]
    pair = scenario.venue_pairs[config.venue_pair_key]
    venue_m = _locate(town, pair.side_1), _locate(town, pair.side_2)
    people = np.zeros((2, len(network.link_from)))
    all_people = [area.people for area in scenario.convoys.values()]
    for unit in range(routes.n_units):
        links = np.unique(routes.route_link[routes.route_offset[2 * unit] : routes.route_offset[2 * unit + 1]])
        people[routes.unit_side[unit] - 1, links] += 0.5 * all_people[routes.unit_area[unit]]
    street = find_shared_street(
        network.link_name, network.link_length_m.tolist(), people[0].tolist(), people[1].tolist()
    )
    moved = []
    for side, key in ((1, pair.side_1), (2, pair.side_2)):
        place = scenario.venues[key]
        if place.accuracy_m > UNCERTAIN_M:
            # As far off as it may be, at the node on the side of the other venue: where it is most in the way.
            other = np.array(venue_m[2 - side])
            off_m = np.hypot(x_m - venue_m[side - 1][0], y_m - venue_m[side - 1][1])
            ring = np.flatnonzero(np.abs(off_m - place.accuracy_m) <= 0.25 * place.accuracy_m)
            if len(ring):
                node = int(ring[np.argmin(np.hypot(x_m[ring] - other[0], y_m[ring] - other[1]))])
                position = {"lon_deg": None, "lat_deg": None, "x_m": float(x_m[node]), "y_m": float(y_m[node])}
                moved.append((key, place.name, position))
    cases = build_standard_cases(content, areas, venue_m, street, moved)
    worlds = [World(f"{case.group}:{case.label}", case.changes) for case in cases if case.group not in NOT_OF_PROPOSALS]
    counts = Counter(world.name for world in worlds)
    assert max(counts.values()) == 1  # labels tell cases apart
    return {ASSUMED: World(ASSUMED, {}), **{world.name: world for world in worlds}}


def _locate(town: Town, place: str) -> tuple[float, float]:
    node = town.place_node[place]
    return float(town.network.node_x_m[node]), float(town.network.node_y_m[node])
