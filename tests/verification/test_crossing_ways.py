"""Ways that cross share a junction; the police hold it for an escorted convoy (MODEL §5)."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.engine.crossings import build_crossings, find_movements
from konvoi.network import LinkDraft, build_synthetic
from tests.support.towns import KMH_36, Unit, build_corridor, build_cross, build_town_model, get_times

WEST, EAST, NORTH, SOUTH = 0, 2, 4, 6  # links towards the junction; the next number leads back
SHARED_PCU_S = 0.5  # of the junction: 1,800 pcu/h, as much as either road


def find_crossing_ways(drives_on_left: bool) -> set[tuple[int, int, int, int]]:
    """Return which ways (from, to, other from, other to) cross at a junction of four arms."""
    crossings = build_crossings(build_cross(), crossing_pcu_s=SHARED_PCU_S, drives_on_left=drives_on_left)
    owner = np.repeat(np.arange(len(crossings.offset) - 1), np.diff(crossings.offset))
    pairs = set()
    for way in range(len(crossings.out_link)):
        for other in crossings.crossing[crossings.crossing_offset[way] : crossings.crossing_offset[way + 1]]:
            ways = (owner[way], crossings.out_link[way], owner[other], crossings.out_link[other])
            pairs.add(tuple(int(link) for link in ways))
    return pairs


def test_who_crosses_whom_follows_the_side_on_which_people_drive() -> None:
    """Straight on crosses straight on of the other road; the turn across the oncoming lane crosses the oncoming one."""
    left, right = find_crossing_ways(True), find_crossing_ways(False)
    straight, across = (WEST, EAST + 1), (SOUTH, NORTH + 1)
    oncoming = (EAST, WEST + 1)
    to_the_right, to_the_left = (WEST, SOUTH + 1), (WEST, NORTH + 1)
    assert (*straight, *across) in left
    assert (*straight, *across) in right
    assert (*straight, *oncoming) not in left | right
    assert (*to_the_right, *oncoming) in left
    assert (*to_the_right, *oncoming) not in right
    assert (*to_the_left, *oncoming) in right
    assert (*to_the_left, *oncoming) not in left
    assert all((c, d, a, b) in left for a, b, c, d in left)
    # Whoever turns to the near side crosses nobody.
    assert not any(pair[:2] == to_the_left for pair in left)


def test_movements_are_found_by_the_links_they_join() -> None:
    crossings = build_crossings(build_cross())
    found = find_movements(crossings, np.array([WEST, SOUTH]), np.array([EAST + 1, WEST + 1]))
    assert crossings.out_link[found].tolist() == [EAST + 1, WEST + 1]


def test_columns_that_cross_share_the_junction_alike() -> None:
    """Either road could take 1,800 pcu/h, the junction takes 1,800 of both: each passes one vehicle every 4 s."""
    units = [
        Unit(1, [WEST, EAST + 1], [EAST, WEST + 1], depart_s=0.0, n=100),
        Unit(2, [SOUTH, NORTH + 1], [NORTH, SOUTH + 1], depart_s=0.0, n=100),
    ]
    model = build_town_model(build_cross(), units, crossing_pcu_s=SHARED_PCU_S)
    model.run()
    first_s, second_s = get_times(model, EAST + 1)[1], get_times(model, NORTH + 1)[1]
    assert np.diff(first_s)[5:90] == pytest.approx(4.0)
    assert np.diff(second_s)[5:90] == pytest.approx(4.0)
    assert np.abs(first_s[:, None] - second_s[None, :]).min() >= 2.0 - 1e-9
    assert model.n_stranded == 0


def test_a_column_alone_or_turning_away_is_not_held_up() -> None:
    """From the south to the west crosses nobody who rides straight on from the east (people drive on the left)."""
    units = [
        Unit(1, [EAST, WEST + 1], [WEST, EAST + 1], depart_s=0.0, n=50),
        Unit(2, [NORTH, EAST + 1], [EAST, NORTH + 1], depart_s=0.0, n=50),
    ]
    model = build_town_model(build_cross(), units, crossing_pcu_s=SHARED_PCU_S)
    model.run()
    for link in (WEST + 1, EAST + 1):
        assert get_times(model, link)[1][:50] == pytest.approx(200.0 + 2.0 * np.arange(50))


@pytest.mark.parametrize(("max_hold_s", "first_across_s"), [(600.0, 298.0), (30.0, 230.0)])
def test_police_hold_the_cross_street_until_the_tail_has_passed_or_as_long_as_they_may(
    max_hold_s: float, first_across_s: float
) -> None:
    """The escorted column of 50 is at the junction from 200 to 298 s; the other one from 210 s on."""
    units = [
        Unit(1, [WEST, EAST + 1], [EAST, WEST + 1], depart_s=0.0, n=50, is_escorted=True),
        Unit(2, [SOUTH, NORTH + 1], [NORTH, SOUTH + 1], depart_s=10.0, n=10),
    ]
    model = build_town_model(build_cross(), units, max_hold_s=max_hold_s, crossing_pcu_s=1000.0)
    model.run()
    assert get_times(model, EAST + 1)[1] == pytest.approx(200.0 + 2.0 * np.arange(50))
    assert get_times(model, NORTH + 1)[1][0] == pytest.approx(first_across_s, abs=0.01)
    assert model.n_stranded == 0


def test_of_two_escorted_columns_the_first_at_the_junction_goes_first() -> None:
    units = [
        Unit(1, [WEST, EAST + 1], [EAST, WEST + 1], depart_s=5.0, n=20, is_escorted=True),
        Unit(2, [SOUTH, NORTH + 1], [NORTH, SOUTH + 1], depart_s=0.0, n=20, is_escorted=True),
    ]
    model = build_town_model(build_cross(), units, crossing_pcu_s=1000.0)
    model.run()
    assert get_times(model, NORTH + 1)[1] == pytest.approx(200.0 + 2.0 * np.arange(20))
    assert get_times(model, EAST + 1)[1][:20] == pytest.approx(238.0 + 2.0 * np.arange(20), abs=0.01)


def test_an_escorted_column_in_both_lanes_passes_in_half_the_time_and_keeps_the_oncoming_out() -> None:
    """60 vehicles on 2 × 1,000 m of one lane each way: 1 s apart instead of 2 s, the head rides 100 s a piece.

    The last one leaves the second piece 259 s and the first 159 s after the start. A vehicle of the other side comes to
    the end of the second piece at 150 s, waits until 259 s and rides 100 s; on the first piece nobody is any more.
    """
    units = [
        Unit(1, [0, 2], [3, 1], depart_s=0.0, n=60, is_escorted=True, takes_both_lanes=True),
        Unit(2, [3, 1], [0, 2], depart_s=150.0, home_s=90_000.0),
    ]
    model = build_town_model(build_corridor(2000.0, 2), units)
    model.run()
    assert get_times(model, 2)[2][:60] == pytest.approx(200.0 + np.arange(60))
    _, begin_s, _ = get_times(model, 3)
    assert begin_s[0] == pytest.approx(259.0)
    assert get_times(model, 1)[2][0] == pytest.approx(459.0)
    assert model.n_stranded == 0


def test_two_columns_in_both_lanes_that_come_towards_each_other_get_past() -> None:
    """Who comes second onto a piece keeps to its own lane: neither waits for the other, nobody is stranded."""
    units = [
        Unit(1, [0, 2, 4], [5, 3, 1], depart_s=0.0, n=60, is_escorted=True, takes_both_lanes=True),
        Unit(2, [5, 3, 1], [0, 2, 4], depart_s=0.0, n=60, is_escorted=True, takes_both_lanes=True),
    ]
    model = build_town_model(build_corridor(3000.0, 3), units)
    model.run()
    assert model.n_stranded == 0
    assert model.find_gridlocks() == []
    assert get_times(model, 4)[2][:60].max() < 300.0 + 2.0 * 60 + 1.0


def test_a_held_junction_wakes_those_who_wait_for_a_venue_there() -> None:
    """A column of 10 rides past side 1's venue at 1 km from 100 to 118 s; a rider who comes there at 110 s enters at 118 s."""
    units = [
        Unit(2, [0, 2], [3, 1], depart_s=0.0, n=10, is_escorted=True),
        Unit(1, [3], [2], depart_s=10.0),
    ]
    model = build_town_model(build_corridor(2000.0, 2), units)
    model.run()
    vehicle, _, end_s = get_times(model, 3)
    assert end_s[vehicle == 10][0] == pytest.approx(118.0)


def test_a_slot_that_comes_up_in_red_is_lost() -> None:
    """At 120 pcu/h a crossing vehicle blocks for 30 s, so slots given in green would be used in the other road's green."""
    nodes = [(0.0, 0.0), (-1000.0, 0.0), (1000.0, 0.0), (0.0, 1000.0), (0.0, -1000.0)]
    roads = [LinkDraft(k, 0, capacity_pcu_h=1800.0, speed_kmh=KMH_36) for k in (1, 2, 3, 4)]
    network = build_synthetic(nodes, roads, signals=[0])
    units = [
        Unit(1, [WEST, SOUTH + 1], [SOUTH, WEST + 1], depart_s=0.0, n=10),  # turns right, across
        Unit(2, [EAST, WEST + 1], [WEST, EAST + 1], depart_s=0.0, n=10),  # the oncoming ones
    ]
    model = build_town_model(network, units, crossing_pcu_s=1.0 / 30.0, cycle_s=60.0, lost_s=5.0)
    model.run()
    for link in (SOUTH + 1, WEST + 1):
        assert np.all(get_times(model, link)[1][:10] % 60.0 <= 25.0)
    assert model.n_stranded == 0
