"""Supporters who wait on the way fall in with the column that passes, at the very moment it does."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.engine.model import RallyModel
from konvoi.plan.stops import Join, Watch
from tests.support.stops import build_life
from tests.support.towns import Unit, build_corridor, get_times

N, JOINING, HEADWAY = 30, 10, 2.0


def run(*, is_behind_tail: bool, depart_s: float = 1000.0, n: int = N, patience_s: float = 3600.0) -> RallyModel:
    """3 km from the start 10 vehicles wait that would leave at 1,200 s by themselves; a column of 10 m/s comes."""
    units = [
        Unit(1, [0, 2], [3, 1], depart_s=depart_s, n=n, home_s=50_000.0),
        Unit(1, [2], [3], depart_s=1200.0, n=JOINING, home_s=50_000.0),
    ]
    join = Join(1, 0, is_behind_tail, patience_s)
    model = build_life(build_corridor(6000.0, 2), units, joins=(join,), watches=(Watch(0, 1),))
    model.run()
    assert model.n_stranded == 0
    return model


@pytest.mark.parametrize("depart_s", [1000.0, 777.7])
def test_they_follow_the_tail_at_its_headway(depart_s: float) -> None:
    vehicle, begin_s, _ = get_times(run(is_behind_tail=True, depart_s=depart_s), 2)
    assert np.array_equal(vehicle, np.arange(N + JOINING))
    assert begin_s == pytest.approx(depart_s + 300.0 + HEADWAY * np.arange(N + JOINING), abs=1e-9)


def test_at_the_head_they_mix_with_the_column() -> None:
    """Both streams have the same capacity, so they take turns; together they are as long as before."""
    vehicle, begin_s, _ = get_times(run(is_behind_tail=False), 2)
    assert begin_s == pytest.approx(1300.0 + HEADWAY * np.arange(N + JOINING), abs=1e-9)
    places = np.flatnonzero(vehicle >= N)
    assert 1 <= places[0] <= 2
    assert np.all(np.diff(places) == 2)


def test_who_waits_in_vain_leaves_when_patience_ends() -> None:
    vehicle, begin_s, _ = get_times(run(is_behind_tail=True, depart_s=40_000.0, patience_s=600.0), 2)
    assert np.array_equal(vehicle[:JOINING], N + np.arange(JOINING))
    assert begin_s[:JOINING] == pytest.approx(1800.0 + HEADWAY * np.arange(JOINING), abs=1e-9)


def test_without_a_column_they_leave_at_their_own_hour() -> None:
    _, begin_s, _ = get_times(run(is_behind_tail=True, n=0), 2)
    assert begin_s == pytest.approx(1200.0 + HEADWAY * np.arange(JOINING), abs=1e-9)
