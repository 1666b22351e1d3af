"""On one road, however it is cut into links, vehicles ride as Newell's recursion says, whatever speeds they like.

T_i(x) = max(T_i(x − Δx) + Δx/u_i, T_{i−1}(x + δ) + τ) with δ = 1/k_j = 6.67 m and τ = 1/q − δ/v_f = 1.33 s of a car.
It is evaluated here on a grid of δ/4, on which x + δ is a point again and speeds change nowhere in between, so it has
no error of its own. A gate at the end lets one vehicle pass every 1/Q: T_i(L) ≥ T_{i−1}(L) + 1/Q.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.naive_movement import run_day
from tests.support.towns import Unit, build_corridor, build_town_model, get_times

Q, V_F, K_J = 0.5, 10.0, 0.15
SPACING_M = 1.0 / K_J
REACTION_S = 1.0 / Q - SPACING_M / V_F
LENGTH_M, N = 800.0, 60
PER_SPACING = 4


def solve_newell(release_s: np.ndarray, speed_mps: np.ndarray, gate_pcu_s: float) -> np.ndarray:
    """Return (N, points) when each vehicle passes each point of the road, a quarter of a spacing apart."""
    step_m = SPACING_M / PER_SPACING
    n_road = round(LENGTH_M / step_m)
    n_points = n_road + (N + 1) * PER_SPACING + 1  # beyond the gate nobody follows farther than that
    passed = np.zeros((N, n_points))
    for i in range(N):
        behind = np.full(n_points, -np.inf)
        if i > 0:
            behind[:-PER_SPACING] = passed[i - 1, PER_SPACING:] + REACTION_S
            behind[n_road] = max(behind[n_road], passed[i - 1, n_road] + 1.0 / gate_pcu_s)
        passed[i, 0] = max(release_s[i], behind[0])
        for k in range(1, n_points):
            passed[i, k] = max(passed[i, k - 1] + step_m / speed_mps[i], behind[k])
    return passed[:, : n_road + 1]


def draw_speeds(kind: str) -> np.ndarray:
    """Draw the vehicles' free speeds: all alike, some at half, or spread like independent riders'."""
    chance = np.random.default_rng(7)
    if kind == "alike":
        return np.full(N, V_F)
    if kind == "some slow":
        return np.where(chance.random(N) < 0.1, V_F / 2.0, V_F)
    return np.clip(V_F * chance.normal(0.85, 0.12, N), 4.0, V_F)


@pytest.mark.parametrize("gate_pcu_s", [100.0, 0.45, 0.1])
@pytest.mark.parametrize("kind", ["alike", "some slow", "spread"])
@pytest.mark.parametrize("pieces", [1, 6, 20])
def test_a_road_cut_into_links_is_the_same_road(pieces: int, kind: str, gate_pcu_s: float) -> None:
    """Everybody leaves at once, or when there is room; the kernel and its twin pass every cut when Newell says."""
    speed_mps = draw_speeds(kind)
    east, west = [2 * k for k in range(pieces)], [2 * k + 1 for k in reversed(range(pieces))]
    unit = Unit(1, east, west, n=N, factor=speed_mps / V_F, home_s=90_000.0)
    network = build_corridor(LENGTH_M, pieces)
    model = build_town_model(network, [unit], gate_pcu_s=gate_pcu_s)
    model.run()
    expected = solve_newell(np.zeros(N), speed_mps, gate_pcu_s)
    cuts = np.linspace(0, expected.shape[1] - 1, pieces + 1).round().astype(int)
    mine = [get_times(model, link)[1][:N] for link in east] + [get_times(model, east[-1])[2][:N]]
    assert np.column_stack(mine) == pytest.approx(expected[:, cuts], abs=1e-8)


@pytest.mark.parametrize("pieces", [16, 32, 96, 160])
def test_links_that_hold_no_whole_number_of_vehicles_lose_no_capacity(pieces: int) -> None:
    """7.5 to 0.75 spacings each: at one speed every cut is passed when Newell says, also where a car is longer than that.

    (In a queue, or behind a slow rider, a fraction of a vehicle's room is lost at every cut; see docs/decisions.md.)
    """
    east, west = [2 * k for k in range(pieces)], [2 * k + 1 for k in reversed(range(pieces))]
    model = build_town_model(build_corridor(LENGTH_M, pieces), [Unit(1, east, west, n=N, home_s=90_000.0)])
    model.run()
    expected = solve_newell(np.zeros(N), draw_speeds("alike"), 100.0)
    cuts = np.linspace(0, expected.shape[1] - 1, pieces + 1).round().astype(int)
    mine = [get_times(model, link)[1][:N] for link in east] + [get_times(model, east[-1])[2][:N]]
    assert np.column_stack(mine) == pytest.approx(expected[:, cuts], abs=1e-8)


@pytest.mark.parametrize("pieces", [1, 6, 20])
def test_who_comes_late_and_catches_up_is_in_time_too(pieces: int) -> None:
    """Released at random, some enter a moment after the headway and come up to a slow one later on.

    The twin that remembers the platoons ahead is exact at every cut. The kernel is at the end of the road; at the
    begin it may take vehicles early that will have to follow (tests/support/naive_movement.py), never late.
    """
    speed_mps = draw_speeds("spread")
    release_s = np.sort(np.random.default_rng(3).uniform(0.0, 2.6 * N, N))
    east, west = [2 * k for k in range(pieces)], [2 * k + 1 for k in reversed(range(pieces))]
    unit = Unit(1, east, west, n=N, factor=speed_mps / V_F, home_s=90_000.0, release_s=release_s)
    model = build_town_model(build_corridor(LENGTH_M, pieces), [unit])
    model.run()
    day = run_day(model.network, model.plan)
    expected = solve_newell(release_s, speed_mps, 100.0)
    cuts = np.linspace(0, expected.shape[1] - 1, pieces + 1).round().astype(int)
    twin = [[ride.begin_s for ride in day.roads[link].rides[:N]] for link in east]
    twin.append([ride.end_s or np.nan for ride in day.roads[east[-1]].rides[:N]])
    assert np.column_stack(twin) == pytest.approx(expected[:, cuts], abs=1e-8)
    kernel = [get_times(model, link)[1][:N] for link in east] + [get_times(model, east[-1])[2][:N]]
    assert kernel[-1] == pytest.approx(expected[:, -1], abs=1e-8)
    assert np.all(np.column_stack(kernel) <= expected[:, cuts] + 1e-8)
