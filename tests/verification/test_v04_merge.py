"""V4: a saturated merge of two roads shares the capacity behind it in proportion to the roads' own; nobody is lost.

Start-time fair queueing (Goyal et al. 1997): while both roads have vehicles waiting, what they have sent, divided by
their weights, differs by no more than one vehicle of each. For equal vehicles and weights 1:1 or 2:1 the turn
therefore repeats every two or three vehicles, and any run of M vehicles holds M·share of a road to within one.
"""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.network import LinkDraft, RoadNetwork, build_synthetic
from tests.support.towns import Unit, build_corridor, build_town_model, get_times

HEADWAY_S = 2.0  # of 1,800 pcu/h


def build_merge(major_pcu_h: float) -> RoadNetwork:
    """Links 0 and 2 merge into link 4."""
    return build_synthetic(
        [(0.0, 0.0), (-1000.0, 500.0), (-1000.0, -500.0), (1000.0, 0.0)],
        [
            LinkDraft(1, 0, capacity_pcu_h=major_pcu_h, speed_kmh=36.0, lanes=major_pcu_h / 1800.0),
            LinkDraft(2, 0, capacity_pcu_h=1800.0, speed_kmh=36.0),
            LinkDraft(0, 3, capacity_pcu_h=1800.0, speed_kmh=36.0),
        ],
    )


@pytest.mark.parametrize(("major", "expected"), [(1800.0, 0.5), (3600.0, 2.0 / 3.0)])
def test_a_saturated_merge_is_shared_by_capacity(major: float, expected: float) -> None:
    """Roads of 1,800 or 3,600 and 1,800 pcu/h merge into 1,800 pcu/h: 1:1 or 2:1, one vehicle every 2 s."""
    n = 400
    units = [Unit(1, [0, 4], [5, 1], n=n), Unit(1, [2, 4], [5, 3], n=n)]
    model = build_town_model(build_merge(major), units, gate_pcu_s=1e6)
    model.run()
    vehicle, begin_s, _ = get_times(model, 4)
    is_major = vehicle < n
    n_both = int(min(np.flatnonzero(is_major)[-1], np.flatnonzero(~is_major)[-1]))  # until one road is empty
    assert n_both > 590
    for length in (30, 100, 300):
        count = np.convolve(is_major[:n_both], np.ones(length), "valid")
        assert np.all(np.abs(count - length * expected) <= 1.0)
    assert np.diff(begin_s) == pytest.approx(HEADWAY_S, abs=1e-9)  # never idle, never more than its capacity
    left_s = np.concatenate([get_times(model, 0)[2], get_times(model, 2)[2]])
    assert np.array_equal(np.sort(left_s), begin_s)  # whoever left one of the roads entered the next one then
    assert model.n_stranded == 0


def test_what_one_road_does_not_use_goes_to_the_other() -> None:
    """A road with one vehicle every 10 s waits for one headway at most, and the other has all the rest: 4 of every 5."""
    units = [
        Unit(1, [0, 4], [5, 1], n=400),
        Unit(1, [2, 4], [5, 3], n=50, release_s=[10.0 * k + 0.3 for k in range(50)]),
    ]
    model = build_town_model(build_merge(1800.0), units)
    model.run()
    vehicle, begin_s, _ = get_times(model, 4)
    _, entered_s, left_s = get_times(model, 2)
    free_s = np.hypot(1000.0, 500.0) / 10.0
    assert np.all(left_s[:50] - entered_s[:50] <= free_s + HEADWAY_S + 1e-9)
    assert np.diff(begin_s[:240]) == pytest.approx(HEADWAY_S, abs=1e-9)
    assert np.count_nonzero(vehicle[40:240] < 400) == 160


def test_who_goes_home_leaves_the_venue_in_the_order_of_being_ready_whatever_the_convoy() -> None:
    """A column of 300 is ready at 20,000 s, one of 100 a minute later: through a gate of 0.5 pcu/s the 300 leave one
    behind the other, then the 100, the last one 399/0.5 s after the first."""
    units = [Unit(1, [0], [1], n=300), Unit(1, [0], [1], n=100, home_s=20_060.0)]
    model = build_town_model(build_corridor(1000.0, capacity_pcu_h=3600.0), units, gate_pcu_s=0.5)
    model.run()
    vehicle, begin_s, _ = get_times(model, 1)
    assert vehicle.tolist() == list(range(400))
    assert begin_s[-1] - begin_s[0] == pytest.approx(399 / 0.5)
