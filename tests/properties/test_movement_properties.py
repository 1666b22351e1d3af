"""The movement kernel on random small towns: against its plain twin, and against laws that hold whatever the rules."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from konvoi.arrays import NONE
from konvoi.engine.model import RallyModel
from konvoi.engine.state import AT_HOME
from tests.support.random_towns import Recipe, build_junctions, build_model, draw_recipes
from tests.support.twin import compare_with_twin, list_rides

SETTINGS = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@SETTINGS
@given(recipe=draw_recipes(has_escorts=True))
def test_the_kernel_moves_everybody_as_its_plain_twin_does(recipe: Recipe) -> None:
    compare_with_twin(recipe)


@dataclass(frozen=True)
class Passing:
    """What one road has seen, in the order of entry; ends are infinite for those still on it."""

    road: int
    vehicle: np.ndarray
    begin_s: np.ndarray
    end_s: np.ndarray
    pcu: np.ndarray
    is_first_of_trip: np.ndarray


def list_passings(model: RallyModel) -> list[Passing]:
    """List what each road of a finished run has seen."""
    rows = model.list_rides()
    first_steps = model.state.roads.route_offset
    passings = []
    for road in np.unique(rows.link):
        chosen = np.flatnonzero(rows.link == road)
        vehicle = rows.vehicle[chosen]
        end_s = np.where(np.isnan(rows.end_s[chosen]), np.inf, rows.end_s[chosen])
        is_first = np.isin(rows.step[chosen], first_steps)
        passings.append(Passing(int(road), vehicle, rows.begin_s[chosen], end_s, rows.pcu[chosen], is_first))
    return passings


@pytest.mark.slow
@SETTINGS
@given(recipe=draw_recipes())
def test_whatever_the_town_traffic_keeps_its_laws(recipe: Recipe) -> None:
    """Nobody is lost, overtakes, is too fast, rides through a red, or finds more room or capacity than there is."""
    model = build_model(recipe)
    model.run()
    junctions = build_junctions(recipe, model.network)
    plan, roads, network = model.plan, model.state.roads, model.network
    n_links = len(network.link_length_m)

    rides = list_rides(model)
    assert set(rides) == set(range(plan.n_vehicles))
    for vehicle, mine in rides.items():
        unit = int(plan.vehicle_unit[vehicle])
        steps = [roads.route_link[roads.route_offset[t] : roads.route_offset[t + 1]] for t in (2 * unit, 2 * unit + 1)]
        trips = [[link for link in trip.tolist() if link != NONE] for trip in steps]
        links = [ride[0] for ride in mine]
        assert links == (trips[0] + trips[1])[: len(links)]
        assert all(np.isfinite(ride[2]) for ride in mine[:-1])
        for k, (one, two) in enumerate(pairwise(mine)):
            assert two[1] >= one[2] if k + 1 == len(trips[0]) else two[1] == one[2]
        if np.isfinite(mine[-1][2]):
            assert len(links) in (len(trips[0]), len(trips[0]) + len(trips[1]))
        is_home = len(links) == len(trips[0]) + len(trips[1]) and np.isfinite(mine[-1][2])
        assert is_home == (model.state.fleet.stage[vehicle] == AT_HOME)
        for link, begin_s, end_s, pcu in mine:
            share = pcu / plan.vehicle_pcu[vehicle]
            assert share == 1.0 or (share == 0.5 and plan.unit_takes_both_lanes[unit])
            if link < n_links and np.isfinite(end_s):
                own = (
                    network.link_class_speed_mps[link, plan.vehicle_class[vehicle]] * plan.vehicle_speed_factor[vehicle]
                )
                speed = min(own, plan.unit_speed_cap_mps[unit], network.link_free_speed_mps[link])
                assert end_s - begin_s >= network.link_length_m[link] / speed - 1e-9

    passings = {passing.road: passing for passing in list_passings(model)}
    for passing in passings.values():
        begin_s, end_s, pcu = passing.begin_s, passing.end_s, passing.pcu
        assert np.all(np.diff(begin_s) >= 0.0)
        assert np.all(end_s[1:] >= end_s[:-1])
        headway_s = pcu * model.state.links.headway_s_pcu[passing.road]
        if not passing.is_first_of_trip.any():
            assert np.all(np.diff(begin_s) >= headway_s[1:] - 1e-9)
        left = np.isfinite(end_s)
        assert np.all(np.diff(end_s[left]) >= headway_s[left][1:] - 1e-9)
        if passing.road < n_links:
            storage_pcu = network.link_jam_density_pcu_m[passing.road] * network.link_length_m[passing.road]
            for k in range(len(pcu)):
                on_link = pcu[: k + 1][end_s[: k + 1] > begin_s[k]]
                assert on_link.sum() <= storage_pcu + 1e-9 or len(on_link) == 1
        for closed in plan.routes.closed:
            is_closed = (begin_s >= closed.begin_s) & (begin_s < closed.end_s) & (closed.link == passing.road)
            assert not is_closed.any()
        opposite = model.state.links.opposite[passing.road]
        if opposite in passings:
            other = passings[opposite]
            is_abreast = other.pcu < plan.vehicle_pcu[other.vehicle]
            for vehicle, entered_s in zip(passing.vehicle, begin_s, strict=True):
                is_taken = is_abreast & (other.begin_s < entered_s) & (entered_s < other.end_s)
                assert not is_taken.any() or plan.unit_takes_both_lanes[plan.vehicle_unit[vehicle]]
        if passing.road in junctions.signals and np.isinf(
            recipe.crossing_pcu_h
        ):  # a slot given in green is kept in red
            for vehicle, passed_s in zip(passing.vehicle[left], end_s[left], strict=True):
                is_green = junctions.signals[passing.road].find_green_s(passed_s) == passed_s
                assert (
                    is_green or plan.unit_is_escorted[plan.vehicle_unit[vehicle]] or ends_here(rides, vehicle, passed_s)
                )


def ends_here(rides: dict[int, list[tuple[int, float, float, float]]], vehicle: int, time_s: float) -> bool:
    """Whether a vehicle comes home at a moment: who stops before the signal does not wait for it."""
    return rides[vehicle][-1][2] == time_s


@pytest.mark.slow
@SETTINGS
@given(recipe=draw_recipes())
def test_crossing_ways_are_never_used_at_the_same_time(recipe: Recipe) -> None:
    """Who has gone keeps all ways that cross its own free of others for e/C_0.

    Who rides two abreast asks for half its pcu, and may find itself in one lane again when it has turned round.
    """
    model = build_model(recipe)
    model.run()
    is_abreast = model.plan.unit_takes_both_lanes[model.plan.vehicle_unit]
    junctions = build_junctions(recipe, model.network)
    used: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for vehicle, mine in list_rides(model).items():
        for one, two in pairwise(mine):
            pcu = 0.5 * model.plan.vehicle_pcu[vehicle] if is_abreast[vehicle] else two[3]
            used.setdefault((one[0], two[0]), []).append((two[1], pcu))
    for way, passed in used.items():
        for other in junctions.crosses.get(way, []):
            for time_s, pcu in passed:
                for other_s, other_pcu in used.get(other, []):
                    first_pcu = pcu if time_s < other_s else other_pcu
                    assert abs(other_s - time_s) >= first_pcu * junctions.slot_s_pcu - 1e-9


@pytest.mark.slow
def test_the_kernel_as_plain_python_moves_everybody_alike() -> None:
    """Compiled or not: without JIT the same kernels run as Python, and a wrong index or type would show."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.benchmarks.twin", "--towns", "15", "--seed", "5"]
    run = subprocess.run(
        command, cwd=root, env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    assert "15 towns, without JIT: all alike" in run.stdout
