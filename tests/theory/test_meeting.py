"""The pocket theory with spread: exact where one can derive it by hand, near the simulation where one cannot."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from konvoi.config.reading import build_config, load_scenario
from konvoi.config.settings import RunConfig
from konvoi.plan.day_plan import UnitRoutes
from konvoi.replication import prepare_routes
from konvoi.theory.bound import compute_theory_bound
from konvoi.theory.meeting import _find_head, _let_out, compute_meeting_p
from konvoi.town import prepare_town
from konvoi.units import kmh_to_mps
from tests.support.crossroads import SCENARIOS, load_crossroads
from tests.support.towns import build_corridor

# Share of 60 simulated days on which riders of both sides met (seed 20241123); the theory knows no people at places.
SANGATTA = {
    ("selatan_stadion", 345): 0.867,
    ("selatan_stadion", 360): 0.567,
    ("selatan_stadion", 375): 0.250,
    ("selatan_stadion", 390): 0.083,
    ("town_hall_stadion", 345): 0.917,
    ("town_hall_stadion", 360): 0.583,
    ("town_hall_stadion", 375): 0.317,
    ("town_hall_stadion", 390): 0.083,
}


def build_day(gap_min: float, **behaviour: object) -> tuple[RunConfig, UnitRoutes]:
    """One convoy of 400 people a side on a corridor of 6 km, side 1 home eastward, side 2 out westward."""
    config, _, routes = load_crossroads(rally={"gap_min": gap_min}, behaviour={"organised_share": 1.0, **behaviour})
    ride_s = 6000.0 / kmh_to_mps(20.0)
    links = [[1], [0], [1], [0], [1], [0], [1], [0]]  # out and home of two units of side 1, then of side 2
    return config, dataclasses.replace(
        routes,
        route_offset=np.arange(9, dtype=np.int32),
        route_link=np.concatenate(links).astype(np.int32),
        free_time_s=np.full(8, ride_s),
        shared_m=6000.0,
    )


def test_punctual_convoys_meet_up_to_the_gap_one_derives_by_hand() -> None:
    """Rally 60 + the tail's way out of town + both rides of 18 + margin 45 min; who are late by the same 20 min.

    The road leads h = 1/q + (1/v − 1/v_f)/k_j per pcu at 20 km/h, less than the gate, so all but the last ten people
    need 390 people · pcu per person · h to come by.
    """
    network = build_corridor()
    still = {"convoy_departure_sd_min": 0.0, "turnout_sd": 0.0, "lateness": {"sd_min": 0.0}}
    speed = kmh_to_mps(20.0)
    headway_s = (
        1 / network.link_capacity_pcu_s[0]
        + (1 / speed - 1 / network.link_free_speed_mps[0]) / (network.link_jam_density_pcu_m[0])
    )
    pcu_person = (0.8 * 0.25 + 0.18 + 0.02 * 1.25) / (0.8 * 1.4 + 0.18 * 2.6 + 0.02 * 15)
    longest_min = 60 + 45 + (390 * pcu_person * headway_s + 2 * 6000 / speed) / 60
    assert compute_meeting_p(*build_day(longest_min - 0.5, **still), network) == pytest.approx(1.0)
    assert compute_meeting_p(*build_day(longest_min + 0.5, **still), network) == pytest.approx(0.0)


def test_spread_turns_the_step_into_a_slope_and_p_falls_with_the_gap() -> None:
    network = build_corridor()
    p = [compute_meeting_p(*build_day(gap_min), network) for gap_min in (130, 150, 170, 190, 210, 230)]
    assert np.all(np.diff(p) < 0)
    assert p[0] > 0.8
    assert p[-1] < 0.1
    assert compute_meeting_p(*build_day(190, lateness={"sd_min": 30.0}), network) > p[3]


def test_where_the_theory_says_nothing_it_says_so() -> None:
    config, town, routes = load_crossroads(rally={"gap_min": 200})
    assert np.isnan(compute_meeting_p(config, routes, town.network))  # ways that only cross share no road
    network = build_corridor()
    assert np.isnan(compute_meeting_p(*build_day(30), network))
    day, own = build_day(0)
    day = day.model_copy(update={"rally": day.rally.model_copy(update={"gap_min": "another_day"})})
    assert compute_meeting_p(day, own, network) == 0.0


def test_a_gate_serves_first_whoever_came_first() -> None:
    """Two convoys, ready at once, leave mixed: 100 and 50 pcu at 1,800 pcu/h are gone together after 300 s."""
    behaviour = build_day(0, convoy_departure_sd_min=0.0, venue_gate_pcu_h=1800.0)[0].behaviour
    streams = _let_out(behaviour, np.array([100.0, 50.0]), np.array([True, True]))
    for time_s, gone_pcu in ((150.0, [50.0, 25.0]), (290.0, [290 / 3, 290 / 6]), (300.0, [100.0, 50.0])):
        assert streams.gone_pcu[np.searchsorted(streams.time_s, time_s)] == pytest.approx(gone_pcu)


def test_a_small_group_that_is_ready_late_is_the_last_at_a_gate() -> None:
    """1,800 pcu at 1,800 pcu/h are an hour; of 10 pcu ready over ten minutes most came after the queue had formed."""
    behaviour = build_day(0, convoy_departure_sd_min=0.0, dispersal_sd_min=10.0, venue_gate_pcu_h=1800.0)[0].behaviour
    streams = _let_out(behaviour, np.array([1800.0, 10.0]), np.array([True, False]))
    assert streams.gone_pcu[np.searchsorted(streams.time_s, 3500.0), 1] < 0.2
    assert streams.gone_pcu[-1] == pytest.approx([1800.0, 10.0])


def test_riders_are_together_later_where_they_are_fewer_or_the_tail_is_slow_to_pass() -> None:
    assert _find_head(0.01, 0.5) < _find_head(0.05, 0.5) < _find_head(0.2, 0.5)
    assert _find_head(0.05, 1.0) < _find_head(0.05, 0.3)
    assert _find_head(1e-9, 0.5) == pytest.approx(-2.0, abs=0.01)  # the earliest rider of all


def test_the_theory_is_above_the_simulation_of_sangatta_near_it_and_below_its_bound() -> None:
    scenario = load_scenario(SCENARIOS / "kutim_kampanye_akbar.yaml")
    config = build_config({"seed": 20241123, "rally": {"venue_pair": "selatan_stadion", "gap_min": 345}}, scenario)
    town = prepare_town(config, scenario.path)
    off = []
    for (pair, gap_min), simulated in SANGATTA.items():
        config = build_config({"seed": 20241123, "rally": {"venue_pair": pair, "gap_min": gap_min}}, scenario)
        routes = prepare_routes(config, town)
        p = compute_meeting_p(config, routes, town.network)
        assert p <= compute_theory_bound(config, routes) + 0.01
        off.append(p - simulated)
    assert min(off) > 0.0
    assert max(off) < 0.3
    assert np.mean(off) < 0.2


def test_a_later_side_that_is_later_still_is_a_longer_gap_and_an_earlier_one_a_shorter() -> None:
    """All ride in convoys, so only the difference of both sides' times counts; the bound trusts no later side to be late."""

    def compute(gap_min: float, **added: Any) -> tuple[float, float]:
        config, routes = build_day(gap_min, **added)
        return compute_meeting_p(config, routes, build_corridor()), compute_theory_bound(config, routes)

    plain, bound = compute(150.0)
    assert 0.0 < plain < 1.0
    assert compute(150.0, extra_lateness={"side_2_min": 25.0})[0] == pytest.approx(compute(175.0)[0], abs=1e-12)
    assert compute(150.0, extra_lateness={"side_2_min": 25.0})[1] == bound
    assert compute(175.0, extra_lateness={"side_1_min": 25.0})[0] > compute(175.0)[0]
    assert compute(175.0, extra_lateness={"side_1_min": 25.0})[1] == pytest.approx(bound, abs=1e-12)
