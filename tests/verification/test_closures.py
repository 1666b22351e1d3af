"""Roads that close and open during the day: nobody enters meanwhile, nothing is lost, and who knows rides around."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from konvoi.config.scenario import Closure
from konvoi.errors import RouteError
from konvoi.network import LinkDraft, RoadNetwork, build_synthetic
from konvoi.plan.closures import ClosedLink, find_closed_links, find_open_route
from konvoi.plan.stops import Halt
from konvoi.routing import find_route
from konvoi.units import SECONDS_PER_DAY
from tests.support.detours import HEADWAY, N, build_way_around, run_around
from tests.support.stops import build_life
from tests.support.towns import Unit, build_corridor, get_times


@pytest.mark.parametrize("day", [0, 1])
def test_nobody_enters_while_it_is_closed_and_then_all_do_at_capacity(day: int) -> None:
    """Vehicle k comes to the closed piece at 1,100 + 2k s. From 1,120 s it is closed: k = 10 enters at 1,500 s."""
    column = Unit(1, [0, 2, 4], [5, 3, 1], depart_s=1000.0 + SECONDS_PER_DAY * day, n=N, home_s=100_000.0)
    model = build_life(build_corridor(3000.0, 3), [column], closed=(ClosedLink(2, 1120.0, 1500.0),))
    model.run()
    assert model.n_stranded == 0
    _, begin_s, _ = get_times(model, 2)
    k = np.arange(N)
    expected = np.where(k < 10, 1100.0 + HEADWAY * k, 1500.0 + HEADWAY * (k - 10)) + SECONDS_PER_DAY * day
    assert begin_s == pytest.approx(expected, abs=1e-9)
    _, home_s, _ = get_times(model, 3)  # the other direction is open
    assert home_s == pytest.approx(home_s[0] + HEADWAY * k, abs=1e-9)


def test_closures_that_follow_each_other_are_one() -> None:
    column = Unit(1, [0, 2, 4], [5, 3, 1], depart_s=1000.0, n=1, home_s=50_000.0)
    closed = (ClosedLink(2, 1450.0, 1600.0), ClosedLink(2, 1000.0, 1500.0), ClosedLink(2, 1600.0, 1700.0))
    model = build_life(build_corridor(3000.0, 3), [column], closed=closed)
    model.run()
    assert get_times(model, 2)[1] == pytest.approx([1700.0], abs=1e-9)


def build_bypass() -> RoadNetwork:
    """A straight way of two pieces from 0 over 1 to 2, and one around over 3."""
    nodes = [(0.0, 0.0), (1000.0, 0.0), (2000.0, 0.0), (1000.0, 900.0)]
    names = ("Simpang A", "Simpang B", "Simpang C", "")
    drafts = [
        LinkDraft(a, b, capacity_pcu_h=1800.0, speed_kmh=36.0, name=name)
        for a, b, name in ((0, 1, "Jl. Lurus"), (1, 2, "Jl. Lurus"), (0, 3, "Jl. Putar"), (3, 2, "Jl. Putar"))
    ]
    return replace(build_synthetic(nodes, drafts), node_name=names)


@pytest.mark.parametrize(
    ("begin_s", "end_s", "expected"),
    [(0.0, 1099.0, [0, 2]), (1100.0, 1101.0, [4, 6]), (1050.0, 1100.0, [0, 2]), (1101.0, 9000.0, [0, 2])],
)
def test_who_knows_of_it_takes_the_fastest_route_that_is_open_at_the_planned_time(
    begin_s: float, end_s: float, expected: list[int]
) -> None:
    """A start at 1,000 s reaches the second piece at 1,100 s."""
    network = build_bypass()
    cost_s = network.link_length_m / network.link_free_speed_mps

    def enter(route: np.ndarray) -> np.ndarray:
        return 1000.0 + np.cumsum(cost_s[route]) - cost_s[route]

    route = find_open_route(
        lambda cost: find_route(network, [0, 2], cost), cost_s, enter, (ClosedLink(2, begin_s, end_s),)
    )
    assert route.tolist() == expected


def test_where_no_way_is_open_the_fastest_is_taken() -> None:
    network = build_bypass()
    cost_s = network.link_length_m / network.link_free_speed_mps
    closed = tuple(ClosedLink(link, 0.0, 80_000.0) for link in (2, 6))
    route = find_open_route(
        lambda cost: find_route(network, [0, 2], cost), cost_s, lambda route: np.full(len(route), 1000.0), closed
    )
    assert route.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("closure", "expected"),
    [
        ({"street": "jl. lurus"}, [0, 1, 2, 3]),
        ({"between": ("Simpang B", "simpang c")}, [2, 3]),
        ({"between": ("Simpang B", "Simpang C"), "direction": "forward"}, [2]),
        ({"between": ("Simpang C", "Simpang B"), "direction": "forward"}, [3]),
        ({"between": ("Simpang A", "tempat"), "street": "Jl. Putar"}, [4, 5]),
    ],
)
def test_a_closure_is_a_street_or_a_piece_of_it_in_one_direction_or_both(closure: dict, expected: list[int]) -> None:
    found = find_closed_links(build_bypass(), {"tempat": 3}, [Closure(begin="08:00", end="09:30", **closure)])
    assert sorted(one.link for one in found) == expected
    assert {(one.begin_s, one.end_s) for one in found} == {(28_800.0, 34_200.0)}


@pytest.mark.parametrize(
    ("closure", "message"),
    [
        ({"street": "Jl. Tiada"}, r"closures\.0\.street: no street of the map"),
        ({"between": ("Simpang A", "Simpang X")}, r"closures\.0\.between: 'Simpang X' is neither .*did you mean"),
        ({"between": ("Simpang B", "tempat"), "street": "Jl. Lurus"}, r"closures\.0\.between: no way"),
    ],
)
def test_what_is_not_on_the_map_is_told(closure: dict, message: str) -> None:
    with pytest.raises(RouteError, match=message):
        find_closed_links(build_bypass(), {"tempat": 3}, [Closure(begin="08:00", end="09:30", **closure)])


def test_who_is_on_the_way_turns_off_at_the_junction_before() -> None:
    """Vehicle k is at the junction at 1,100 + 2k s; it closes at 1,120 s, and the way around takes 100 s longer."""
    model = run_around(build_way_around(), 1120.0)
    assert get_times(model, 2)[0].tolist() == list(range(10))
    vehicle, begin_s, _ = get_times(model, 6)
    assert vehicle.tolist() == list(range(10, N))
    assert begin_s == pytest.approx(1100.0 + HEADWAY * vehicle, abs=1e-9)
    vehicle, begin_s, _ = get_times(model, 4)
    assert begin_s == pytest.approx(1200.0 + HEADWAY * vehicle + np.where(vehicle < 10, 0.0, 100.0), abs=1e-9)
    first_s, last_s = model.compute_trip_times()
    assert first_s[0, 0].tolist() == pytest.approx([1000.0, 1058.0])
    assert last_s[0, 0].tolist() == pytest.approx([1300.0, 1458.0])
    assert np.isfinite(last_s[0, 1]).all()


def test_who_waits_before_it_when_it_closes_turns_off_too() -> None:
    """The piece takes a vehicle every 8 s. It closes at 1,152 s: the eighth, due at 1,156 s, and all behind turn off."""
    model = run_around(build_way_around(capacity_pcu_h=450.0), 1152.0)
    assert get_times(model, 2)[1] == pytest.approx(1100.0 + 8.0 * np.arange(7), abs=1e-9)
    vehicle, begin_s, _ = get_times(model, 6)
    assert vehicle.tolist() == list(range(7, N))
    assert begin_s == pytest.approx(1156.0 + HEADWAY * np.arange(N - 7), abs=1e-9)


def test_the_way_around_passes_the_halts_still_to_come() -> None:
    """All halt at node 2, before its last piece, until 2,000 s, however they have come."""
    halt = Halt(0, "Lapangan singgah", 2, 2, 2000.0, False, (), 1e5)
    model = run_around(build_way_around(), 1120.0, halt)
    vehicle, begin_s, _ = get_times(model, 4)
    assert vehicle.tolist() == list(range(N))
    assert begin_s == pytest.approx(2000.0 + HEADWAY * np.arange(N), abs=1e-9)
    assert model.count_coming(0) == 0
