"""What konvoi and SUMO are compared with on the real day gives known answers; SUMO itself is not needed here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from konvoi.config.settings import ContactRule
from konvoi.network import LinkDraft, build_synthetic
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND, DayPlan
from tests.benchmarks.movements import Positions, list_trips, sample_positions
from tests.benchmarks.sampled_sides import SidesDay, Standing, find_sides_contacts, stand
from tests.support.towns import Unit, build_corridor, build_plan_by_hand, build_town_model

PERIOD_S = 5.0
RULE = ContactRule()


def build_two_sides(n_1: int, n_2: int) -> DayPlan:
    return build_plan_by_hand([Unit(1, [0], [1], n=n_1), Unit(2, [0], [1], n=n_2)])


def find(
    plan: DayPlan, x_m: np.ndarray, moments: int, crowds: Sequence[Standing] = (), vehicles: np.ndarray | None = None
) -> SidesDay:
    """Let vehicles stand in a line for some moments."""
    vehicle = np.arange(plan.n_vehicles) if vehicles is None else vehicles
    samples = [Positions(PERIOD_S * k, vehicle, x_m, np.full(len(vehicle), 100.0)) for k in range(moments)]
    return find_sides_contacts(samples, PERIOD_S, plan, crowds, RULE)


def test_people_of_the_smaller_side_who_are_near_are_counted_for_as_long_as_they_are() -> None:
    """20 people beside 12, all within 50 m and one square of each laying, for a minute: N = 12, 12 person-min."""
    plan = build_two_sides(20, 12)
    day = find(plan, np.full(32, 90.0), moments=12)
    assert (day.has_any, day.has_any_riders, day.has_large) == (True, True, False)
    assert day.exposure_person_min == pytest.approx(12.0)
    assert (day.places_any, day.first_any_s) == (1, 0.0)


def test_fifty_for_a_minute_are_a_large_contact_and_for_less_not() -> None:
    plan = build_two_sides(60, 50)
    assert find(plan, np.full(110, 90.0), moments=12).has_large
    assert not find(plan, np.full(110, 90.0), moments=11).has_large


@pytest.mark.parametrize(("apart_m", "moments", "has_any"), [(49.0, 2, True), (51.0, 2, False), (49.0, 1, False)])
def test_who_is_too_far_away_or_passes_too_quickly_makes_no_contact(
    apart_m: float, moments: int, has_any: bool
) -> None:
    plan = build_two_sides(15, 15)
    x_m = np.concatenate([np.full(15, 110.0), np.full(15, 110.0 + apart_m)])
    assert find(plan, x_m, moments).has_any is has_any


def test_riders_past_a_crowd_meet_those_who_still_stand_there() -> None:
    """200 come at 0 s and go at 20 s; 15 of the other side are there at 0, 5, …, 55 s: 15 people for four moments."""
    plan = build_two_sides(1, 15)
    crowd = stand(1, 100.0, 100.0, np.zeros(200), np.full(200, 20.0), np.ones(200))
    day = find(plan, np.full(15, 120.0), 12, [crowd], np.arange(1, 16))
    assert (day.has_any, day.has_any_riders, day.places_any) == (True, False, 1)
    assert day.exposure_person_min == pytest.approx(15 * 20.0 / 60.0)


def test_a_rider_on_a_free_road_is_where_its_speed_takes_it() -> None:
    model = build_town_model(build_corridor(1000.0), [Unit(1, [0], [1], depart_s=3.0)])
    model.run()
    out = [sample for sample in sample_positions(model, PERIOD_S) if sample.time_s < 1000.0]
    assert [float(sample.x_m[0]) for sample in out] == pytest.approx(np.arange(20.0, 1000.0, 50.0))
    trips = list_trips(model)
    assert (trips.asked_s[0, OUTBOUND], trips.left_s[0, OUTBOUND]) == (3.0, 3.0)
    assert trips.arrived_s[0, OUTBOUND] == pytest.approx(103.0)
    assert trips.arrived_s[0, HOMEBOUND] == pytest.approx(20_100.0)


def test_a_queue_before_a_bottleneck_stands_as_close_as_newell_says() -> None:
    """v = 10 m/s, q = 0.5 pcu/s, k_j = 0.15: δ = 6.67 m, τ = 1.33 s; at 4 s a vehicle u = δ/(4 − τ) = 2.5 m/s, 10 m apart."""
    network = build_synthetic(
        [(0.0, 0.0), (2000.0, 0.0), (3000.0, 0.0)],
        [LinkDraft(0, 1, capacity_pcu_h=1800.0, speed_kmh=36.0), LinkDraft(1, 2, capacity_pcu_h=900.0, speed_kmh=36.0)],
    )
    model = build_town_model(network, [Unit(1, [0, 2], [3, 1], n=200)])
    model.run()
    sample = next(sample for sample in sample_positions(model, PERIOD_S) if sample.time_s == 400.0)
    queue_m = np.sort(sample.x_m[(sample.x_m > 1600.0) & (sample.x_m < 1950.0)])
    assert len(queue_m) > 20
    assert np.diff(queue_m).mean() == pytest.approx(10.0, rel=0.02)
