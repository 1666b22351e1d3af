"""Each side's day alone, and the meeting of both at any starts: equal to the full engine wherever it says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konvoi.alone import Evaluation, Evaluator, meet_days, plan_starts
from konvoi.config.reading import LoadedScenario, build_config, load_scenario
from konvoi.contacts.sides import SideContacts
from konvoi.contacts.stays import Stays, find_shared
from konvoi.replication import prepare_routes, run_replication
from konvoi.town import prepare_town
from konvoi.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from tests.support.crossroads import SCENARIOS, load_crossroads

NINE_S = 9.0 * SECONDS_PER_HOUR
CROSSING = "bersilangan"
GAPS_MIN = (0, 15, 75, 180, 240, 360, -30, -195, -300)


def build_evaluator(*, content: dict[str, Any] | None = None, **keys: Any) -> Evaluator:
    """Build the evaluator of the crossroads, with other keys of its scenario and configuration."""
    if content is None:
        config, town, _ = load_crossroads(**keys)
        return Evaluator(config, town)
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    scenario = LoadedScenario({**loaded.content, **content}, loaded.path)
    config = build_config({"seed": 11, **keys}, scenario)
    return Evaluator(config, prepare_town(config, scenario.path))


def start_apart(gap_min: float) -> tuple[float, float]:
    """Start the earlier rally at nine, and that of side 2 so much later than that of side 1."""
    gap_s = gap_min * SECONDS_PER_MINUTE
    return (NINE_S, NINE_S + gap_s) if gap_s >= 0 else (NINE_S - gap_s, NINE_S)


def check_equal(one: Evaluation, other: Evaluation) -> None:
    """Two evaluations are the same to the last bit, but for empty ten minutes behind the last."""
    for name in SideContacts._fields:
        first, second = getattr(one.sides, name), getattr(other.sides, name)
        n = min(len(first), len(second)) if name == "bins" else None
        assert np.array_equal(first[:n], second[:n], equal_nan=True), name
    assert {**one.row, "first_side_contact_s": 0} == {**other.row, "first_side_contact_s": 0}


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    """The crossroads as they are."""
    return build_evaluator()


@pytest.mark.parametrize("replication", range(4))
def test_days_on_which_the_sides_never_share_a_road_are_those_of_the_full_engine(
    evaluator: Evaluator, replication: int
) -> None:
    n_exact = n_other = 0
    for gap_min in GAPS_MIN:
        found = evaluator.evaluate(replication, starts_s=start_apart(gap_min))
        assert found.is_exact == (len(found.shared) == 0)
        if found.is_exact:
            check_equal(found, evaluator.simulate(replication, starts_s=start_apart(gap_min), venue_pair=CROSSING))
            n_exact += 1
        else:
            n_other += 1
    assert n_exact >= 2
    assert n_other >= 2


def test_riders_past_a_crowd_are_exact_days_with_exposure() -> None:
    """Side 2's rally is where side 1 rides past: contact of riders with those who stand, and no road shared."""
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    venues = {**loaded.content["venues"], "tepi": {"name": "Lapangan Tepi", "lon_deg": 117.51, "lat_deg": 0.5003}}
    pairs = {CROSSING: {"side_1": "timur", "side_2": "tepi"}}
    evaluator = build_evaluator(content={"venues": venues, "venue_pairs": pairs})
    starts_s = start_apart(-120.0)
    found = [evaluator.evaluate(replication, starts_s=starts_s) for replication in range(6)]
    exact = [k for k, one in enumerate(found) if one.is_exact and one.row["side_exposure_places_person_min"] > 0.0]
    assert exact
    for k in exact:
        check_equal(found[k], evaluator.simulate(k, starts_s=starts_s, venue_pair=CROSSING))


def test_an_evaluated_day_is_that_replication_of_a_sweep() -> None:
    config, town, routes = load_crossroads(rally={"gap_min": 360})
    evaluator = Evaluator(config, town)
    for replication in (0, 5):
        found = evaluator.evaluate(replication)
        assert found.is_exact
        row = run_replication(config, town, routes, replication).row
        assert {name: row[name] for name in found.row} == pytest.approx(found.row, nan_ok=True, abs=0.0)


def test_a_day_on_which_the_sides_share_a_road_is_simulated_as_a_whole_when_asked_for(evaluator: Evaluator) -> None:
    starts_s = start_apart(0.0)
    assert not evaluator.evaluate(0, starts_s=starts_s).is_exact
    before = evaluator.count_full
    exact = evaluator.evaluate_exactly(0, starts_s=starts_s)
    assert evaluator.count_full == before + 1
    check_equal(exact, evaluator.simulate(0, starts_s=starts_s, venue_pair=CROSSING))
    evaluator.evaluate_exactly(0, starts_s=start_apart(360.0))
    assert evaluator.count_full == before + 2  # by `simulate` here above; none more was needed


def test_shifting_both_sides_alike_shifts_everything(evaluator: Evaluator) -> None:
    days = [evaluator.get_day(1, side, (NINE_S, NINE_S), CROSSING) for side in (1, 2)]
    contact = evaluator.config.contact
    early, late = (meet_days(evaluator.town, contact, days[0], days[1], shift_s, shift_s) for shift_s in (0.0, 1800.0))
    assert len(early.sides.place) > 0
    assert np.array_equal(early.sides.begin_s + 1800.0, late.sides.begin_s)
    assert np.array_equal(early.sides.exposure_person_s, late.sides.exposure_person_s)
    assert early.shared == late.shared
    assert np.allclose(np.add(early.side_times_s, 1800.0), late.side_times_s)


def test_a_rally_cut_short_by_the_end_of_the_hours_is_simulated_again() -> None:
    """A rally of an hour from 16.59 on, 20 min late or so, ends at six: the way home is not that of nine o'clock."""
    evaluator = build_evaluator()
    starts_s = (NINE_S, 16.0 * SECONDS_PER_HOUR + 59.0 * SECONDS_PER_MINUTE)
    found = evaluator.evaluate(0, starts_s=starts_s)
    assert evaluator.count_resimulated == 1
    check_equal(found, evaluator.simulate(0, starts_s=starts_s, venue_pair=CROSSING))


def test_another_day_is_the_same_hours_again(evaluator: Evaluator) -> None:
    starts_s = (NINE_S, NINE_S + SECONDS_PER_DAY)
    before = evaluator.count_resimulated
    found = evaluator.evaluate(0, starts_s=starts_s)
    assert found.is_exact
    assert evaluator.count_resimulated == before
    check_equal(found, evaluator.simulate(0, starts_s=starts_s, venue_pair=CROSSING))


def test_a_closed_road_binds_a_day_to_its_start() -> None:
    closure = {"between": ["barat", "Simpang Empat"], "begin": "08:00", "end": "12:00"}
    evaluator = build_evaluator(content={"closures": [closure]})
    starts_s = (NINE_S, NINE_S + 3.0 * SECONDS_PER_HOUR)
    found = evaluator.evaluate(0, starts_s=starts_s)
    assert evaluator.count_resimulated == 1  # side 2, which starts at noon
    assert evaluator.get_day(0, 2, starts_s, CROSSING).clock_bound == ("closures",)
    if found.is_exact:
        check_equal(found, evaluator.simulate(0, starts_s=starts_s, venue_pair=CROSSING))
    days = [evaluator.get_day(0, side, (NINE_S, NINE_S), CROSSING) for side in (1, 2)]
    with pytest.raises(ValueError, match="bound to its start"):
        meet_days(evaluator.town, evaluator.config.contact, days[0], days[1], 0.0, 3600.0)


def test_a_hold_until_a_clock_time_binds_its_side_alone() -> None:
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    convoys = dict(loaded.content["convoys"])
    convoys["p2-utara"] = {**convoys["p2-utara"], "holds": [{"at": "utara", "until": "09:30"}]}
    evaluator = build_evaluator(content={"convoys": convoys})
    starts_s = (NINE_S + 3600.0, NINE_S + 7200.0)
    evaluator.evaluate(0, starts_s=starts_s)
    assert evaluator.count_resimulated == 1
    assert evaluator.get_day(0, 1, starts_s, CROSSING).clock_bound == ()
    assert evaluator.get_day(0, 2, starts_s, CROSSING).clock_bound == ("hours of holds",)


def test_who_waits_for_the_other_side_is_never_told_alone() -> None:
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    convoys = dict(loaded.content["convoys"])
    hold = {"at": "utara", "until_passed": "Simpang Empat", "patience_min": 60}
    convoys["p2-utara"] = {**convoys["p2-utara"], "holds": [hold]}
    evaluator = build_evaluator(content={"convoys": convoys})
    found = evaluator.evaluate(0, starts_s=start_apart(360.0))
    assert not found.is_exact
    assert evaluator.evaluate_exactly(0, starts_s=start_apart(360.0)).is_exact
    assert evaluator.count_full == 1


def test_fixed_signals_allow_whole_cycles(evaluator: Evaluator) -> None:
    day = evaluator.get_day(0, 1, (NINE_S, NINE_S), CROSSING)
    with_signals = replace(day, cycle_s=90.0)
    assert with_signals.can_start_at(NINE_S + 900.0)
    assert not with_signals.can_start_at(NINE_S + 960.0)
    assert day.can_start_at(NINE_S + 960.0)


def test_a_shift_of_part_of_a_moment_is_refused(evaluator: Evaluator) -> None:
    days = [evaluator.get_day(0, side, (NINE_S, NINE_S), CROSSING) for side in (1, 2)]
    with pytest.raises(ValueError, match=r"multiple of contact\.sample_s"):
        meet_days(evaluator.town, evaluator.config.contact, days[0], days[1], 0.0, 901.0)


def test_few_days_are_kept() -> None:
    config, town, _ = load_crossroads()
    evaluator = Evaluator(config, town, keep_days=2)
    for replication in (0, 1, 0):
        evaluator.evaluate(replication)
    assert evaluator.count_simulated == 6
    evaluator.evaluate(0)
    assert evaluator.count_simulated == 6


@pytest.mark.parametrize("gap_min", [0, 90, -45, 24 * 60])
def test_planned_starts_are_those_asked_for(gap_min: float) -> None:
    from konvoi.plan.hours import compute_rally_starts_s

    config, _, _ = load_crossroads()
    starts_s = start_apart(gap_min)
    assert compute_rally_starts_s(plan_starts(config, starts_s, "terpisah")).tolist() == list(starts_s)


def test_everybody_is_out_before_all_are_there_and_home_last(evaluator: Evaluator) -> None:
    set_out, arrived, let_go, home = evaluator.evaluate(2, starts_s=start_apart(240.0)).side_times_s[0]
    assert set_out < NINE_S < let_go < home
    assert set_out < arrived < home


STAY = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 10)), max_size=6)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(first=st.lists(STAY, min_size=3, max_size=3), second=st.lists(STAY, min_size=3, max_size=3),
       shift=st.integers(-40, 40))  # fmt: skip
def test_places_are_shared_where_two_stays_overlap(
    first: list[list[tuple[int, int]]], second: list[list[tuple[int, int]]], shift: int
) -> None:
    sides = []
    for places in (first, second):
        begins, ends, offset = [], [], [0]
        for stays in places:
            at = 0
            for gap, length in stays:  # one behind the other
                begins.append(at + gap)
                ends.append(at + gap + length)
                at += gap + length + 1
            offset.append(len(begins))
        sides.append(Stays(np.array(offset, np.int32), np.array(begins, float), np.array(ends, float)))
    one, other = sides
    expected = [
        place
        for place in range(3)
        if any(
            one.begin_s[i] <= other.end_s[j] + shift and other.begin_s[j] + shift <= one.end_s[i]
            for i in range(one.offset[place], one.offset[place + 1])
            for j in range(other.offset[place], other.offset[place + 1])
        )
    ]
    assert find_shared(one, other, 0.0, float(shift)).tolist() == expected


def test_routes_of_the_evaluator_are_those_of_a_sweep(evaluator: Evaluator) -> None:
    expected = prepare_routes(evaluator.config, evaluator.town)
    found = evaluator.get_day(0, 1, (NINE_S, NINE_S), CROSSING).routes
    assert np.array_equal(found.route_link, expected.route_link)
