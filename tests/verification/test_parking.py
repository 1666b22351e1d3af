"""Parking at a venue: who finds no room stands further off and comes back later, or stands on the street."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from konvoi.contacts.segments import build_cells
from konvoi.engine.crossings import build_crossings
from konvoi.engine.model import RallyModel
from konvoi.engine.state import AT_PLACE, FURTHER_OFF, ON_STREET, UNPARKED
from tests.support.towns import LENIENT, Unit, build_corridor, build_plan_by_hand, get_times

N, HEADWAY = 10, 2.0


def run(places_pcu: float, further_pcu: float, *units: Unit) -> RallyModel:
    plan = replace(
        build_plan_by_hand(units), parking_pcu=((places_pcu, further_pcu), (np.inf, 0.0)), walk_s=(600.0, 0.0)
    )
    network = build_corridor(1000.0)
    model = RallyModel(network, build_cells(network, 120.0, 50.0, 100.0), build_crossings(network), plan, LENIENT)
    model.run()
    assert model.n_stranded == 0
    return model


def test_who_parks_further_off_leaves_later_by_the_walk_and_the_rest_is_counted() -> None:
    """Of ten cars four find room at the venue, three further off, three on the street. All may leave at 5,000 s."""
    model = run(4.0, 3.5, Unit(1, [0], [1], depart_s=1000.0, n=N, home_s=5000.0))
    assert model.state.fleet.parked.tolist() == [AT_PLACE] * 4 + [FURTHER_OFF] * 3 + [ON_STREET] * 3
    assert (model.count_parked(1, FURTHER_OFF), model.count_parked(1, ON_STREET)) == (3, 3)
    assert model.state.parking.full_s[0] == pytest.approx(1100.0 + HEADWAY * 4)
    vehicle, begin_s, _ = get_times(model, 1)
    assert vehicle.tolist() == [0, 1, 2, 3, 7, 8, 9, 4, 5, 6]
    expected = [5000.0 + HEADWAY * k for k in range(7)] + [5600.0 + HEADWAY * k for k in range(3)]
    assert begin_s == pytest.approx(expected, abs=1e-9)


def test_room_that_becomes_free_is_taken_again() -> None:
    """The first four go home at 2,000 s, before the others come."""
    first = Unit(1, [0], [1], depart_s=1000.0, n=4, home_s=2000.0)
    model = run(4.0, 0.0, first, Unit(1, [0], [1], depart_s=3000.0, n=5, home_s=9000.0))
    assert model.state.fleet.parked.tolist() == [AT_PLACE] * 8 + [ON_STREET]


def test_with_room_for_all_nothing_is_counted() -> None:
    model = run(np.inf, 0.0, Unit(1, [0], [1], depart_s=1000.0, n=N, home_s=5000.0))
    assert np.all(model.state.fleet.parked == UNPARKED)
    assert model.state.parking.full_s[0] == np.inf
