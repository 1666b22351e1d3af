"""V18: a signal splits an unescorted column, not an escorted one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from konvoi.contacts.search import time_rides_of
from konvoi.network import LinkDraft, RoadNetwork, build_synthetic
from konvoi.plan.day_plan import CAR, MOTORCYCLE
from tests.support.towns import Unit, build_town_model, get_times

CYCLE_S, LOST_S = 60.0, 5.0
GREEN_S = (CYCLE_S - 2 * LOST_S) / 2  # two equal roads
HEADWAY_S = 2.0  # 1,800 pcu/h


def build_signal_cross() -> RoadNetwork:
    """Two equal roads cross at node 0, which has a signal; links 0 and 2 come from west and east, 4 and 6 across."""
    nodes = [(0.0, 0.0), (-1000.0, 0.0), (1000.0, 0.0), (0.0, 1000.0), (0.0, -1000.0)]
    return build_synthetic(
        nodes, [LinkDraft(k, 0, capacity_pcu_h=1800.0, speed_kmh=36.0) for k in (1, 2, 3, 4)], signals=[0]
    )


@pytest.mark.parametrize("is_escorted", [False, True])
def test_a_signal_splits_a_column_unless_it_is_escorted(is_escorted: bool) -> None:
    """60 vehicles arrive 2 s apart from 100 s on; green lasts 25 of 60 s from 60·k on.

    The head comes in a red: it waits for 120 s. 25/2 = 12.5 headways fit in a green, so 13 vehicles go in each, 2 s
    apart: 5 groups. Escorted, the column rides through from 100 s on with all its headways.
    """
    unit = Unit(1, [0, 3], [2, 1], depart_s=0.0, n=60, is_escorted=is_escorted)
    model = build_town_model(build_signal_cross(), [unit], cycle_s=CYCLE_S, lost_s=LOST_S)
    model.run()
    _, passed_s, _ = get_times(model, 3)
    if is_escorted:
        assert passed_s == pytest.approx(100.0 + HEADWAY_S * np.arange(60))
        return
    phase_s = passed_s % CYCLE_S
    assert np.all(phase_s <= GREEN_S)
    groups = np.split(passed_s, np.flatnonzero(np.diff(passed_s) > HEADWAY_S + 1e-6) + 1)
    assert [len(group) for group in groups] == [13, 13, 13, 13, 8]
    assert [group[0] for group in groups] == pytest.approx(120.0 + CYCLE_S * np.arange(5))


def test_the_two_roads_of_a_signal_never_have_green_together() -> None:
    """Columns from west and north: the second phase is green from 30 to 55 s of the cycle."""
    units = [
        Unit(1, [0, 3], [2, 1], depart_s=0.0, n=60),
        Unit(2, [4, 7], [6, 5], depart_s=0.0, n=60),
    ]
    model = build_town_model(build_signal_cross(), units, cycle_s=CYCLE_S, lost_s=LOST_S)
    model.run()
    assert np.all(get_times(model, 3)[1] % CYCLE_S <= GREEN_S)
    across_s = get_times(model, 7)[1] % CYCLE_S
    assert np.all((across_s >= GREEN_S + LOST_S - 1e-6) & (across_s <= CYCLE_S - LOST_S))
    assert model.n_stranded == 0


@pytest.mark.parametrize(("pass_m", "order"), [(0.0, range(10)), (50.0, [5, 6, 7, 8, 9, 0, 1, 2, 3, 4])])
def test_motorcycles_come_first_at_a_queue_when_they_may(pass_m: float, order: Sequence[int]) -> None:
    """Five cars and behind them five motorcycles of 0.25 pcu wait for green at 120 s.

    Passing, the motorcycles go from 120 s on, 0.5 s apart, then the cars 2 s apart; else the cars go first.
    """
    unit = Unit(1, [0, 3], [2, 1], n=10, classes=[CAR] * 5 + [MOTORCYCLE] * 5, pcu=[1.0] * 5 + [0.25] * 5)
    model = build_town_model(build_signal_cross(), [unit], cycle_s=CYCLE_S, lost_s=LOST_S, motorcycles_pass_m=pass_m)
    model.run()
    vehicle, passed_s, _ = get_times(model, 3)
    assert vehicle.tolist() == list(order)
    headway_s = np.where(np.array(order) < 5, 2.0, 0.5)
    assert passed_s == pytest.approx(120.0 + np.cumsum(headway_s) - headway_s[0])
    assert model.n_stranded == 0
    timed = time_rides_of(model)
    n_cells = np.diff(model.cells.offset)
    assert len(timed.time_s) == np.sum(n_cells[timed.rides["link"]] + 1)  # the rides' times and nothing besides
    assert np.all(np.isfinite(timed.time_s))


def test_motorcycles_that_come_later_than_a_car_do_not_keep_it_waiting_for_ever() -> None:
    """Of 400 motorcycles 200 are on the road, 0.5 s apart from 0.5 s on, when the car stands at the signal, at 100 s; only these pass it.

    51 go in a green of 25 s: 153 in three of them, the last 47 in the fourth, until 323 s. The car could go 2 s later, at
    325 s, when green is over: it goes at 360 s.
    """
    unit = Unit(1, [0, 3], [2, 1], n=401, classes=[CAR] + [MOTORCYCLE] * 400, pcu=[1.0] + [0.25] * 400)
    model = build_town_model(build_signal_cross(), [unit], cycle_s=CYCLE_S, lost_s=LOST_S, motorcycles_pass_m=50.0)
    model.run()
    vehicle, passed_s, _ = get_times(model, 3)
    assert passed_s[vehicle == 0][0] == pytest.approx(360.0)
    assert np.count_nonzero(passed_s < 360.0) == 200
    assert model.n_stranded == 0
