"""Routes by hand-countable examples: the cheapest links, through given nodes, and what two routes share."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konvoi.errors import RouteError
from konvoi.network import LinkDraft, build_synthetic
from konvoi.plan.routes import weigh_classes
from konvoi.routing import compute_route_length_m, compute_shared_length_m, find_route, find_route_along

# A square 0-1-2-3 of 100 m sides, a slow diagonal, and a dead end 4.
SQUARE = build_synthetic(
    [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (200.0, 0.0)],
    [
        LinkDraft(0, 1),
        LinkDraft(1, 2),
        LinkDraft(2, 3),
        LinkDraft(3, 0),
        LinkDraft(0, 2, length_m=250.0),
        LinkDraft(1, 4),
    ],
)
TIME_S = SQUARE.link_length_m / SQUARE.link_free_speed_mps


def list_nodes(links: np.ndarray) -> list[int]:
    """Nodes a route passes; checks on the way that each link begins where the last one ended."""
    starts, ends = SQUARE.link_from[links], SQUARE.link_to[links]
    np.testing.assert_array_equal(ends[:-1], starts[1:])
    return [int(starts[0]), *(int(node) for node in ends)]


def test_the_cheapest_way_is_taken() -> None:
    route = find_route(SQUARE, [4, 2], SQUARE.link_length_m)
    assert list_nodes(route) == [4, 1, 2]
    assert route.dtype == np.int32
    assert compute_route_length_m(SQUARE, route) == pytest.approx(200.0)


def test_costs_decide_not_lengths() -> None:
    cost = SQUARE.link_length_m.copy()
    cost[(SQUARE.link_from == 0) & (SQUARE.link_to == 2)] = 1.0
    assert list_nodes(find_route(SQUARE, [0, 2], cost)) == [0, 2]


def test_via_points_are_passed_in_their_order_and_links_may_repeat() -> None:
    route = find_route(SQUARE, [0, 4, 1, 4, 3], TIME_S)
    nodes = list_nodes(route)
    assert nodes[:5] == [0, 1, 4, 1, 4]
    assert nodes[-1] == 3
    assert len(set(route.tolist())) < len(route)


def test_the_same_via_point_twice_in_a_row_is_passed_once() -> None:
    np.testing.assert_array_equal(find_route(SQUARE, [0, 1, 1, 2], TIME_S), find_route(SQUARE, [0, 1, 2], TIME_S))


def test_the_cheapest_of_parallel_roads_is_taken_and_the_first_of_equals() -> None:
    drafts = [LinkDraft(0, 1, length_m=300.0), LinkDraft(0, 1, length_m=150.0), LinkDraft(0, 1, length_m=150.0)]
    network = build_synthetic([(0.0, 0.0), (100.0, 0.0)], drafts)
    np.testing.assert_array_equal(find_route(network, [0, 1], network.link_length_m), [2])


def test_a_way_there_need_not_be_a_way_back() -> None:
    network = build_synthetic([(0.0, 0.0), (100.0, 0.0)], [LinkDraft(0, 1, is_two_way=False, name="Jl. Satu Arah")])
    assert len(find_route(network, [0, 1], network.link_length_m)) == 1
    with pytest.raises(RouteError, match="no route from"):
        find_route(network, [1, 0], network.link_length_m)


def test_a_missing_route_names_the_places() -> None:
    network = build_synthetic(
        [(0.0, 0.0), (100.0, 0.0), (0.0, 100.0), (-100.0, 0.0), (900.0, 0.0), (900.0, 100.0)],
        [LinkDraft(0, 1, name="Jl. A"), LinkDraft(0, 2, name="Jl. B"), LinkDraft(0, 3, name="Jl. C"), LinkDraft(4, 5)],
    )
    with pytest.raises(RouteError, match=r"from Jl\. A – Jl\. B to \(900 m, 0 m\)"):
        find_route(network, [0, 4], network.link_length_m)


def test_a_route_from_a_place_to_itself_is_refused() -> None:
    with pytest.raises(RouteError, match="same place"):
        find_route(SQUARE, [2, 2], TIME_S)


def test_routes_are_the_same_every_time() -> None:
    # Both ways round the square are equally long.
    first = find_route(SQUARE, [1, 3], SQUARE.link_length_m)
    for _ in range(5):
        np.testing.assert_array_equal(find_route(SQUARE, [1, 3], SQUARE.link_length_m), first)


def test_shared_road_counts_each_piece_once_in_whatever_direction() -> None:
    there = find_route(SQUARE, [4, 1, 0], TIME_S)
    back = find_route(SQUARE, [0, 1, 4], TIME_S)
    twice = np.concatenate([there, back, there])
    assert compute_shared_length_m(SQUARE, there, there) == pytest.approx(200.0)
    assert compute_shared_length_m(SQUARE, there, back) == pytest.approx(200.0)
    assert compute_shared_length_m(SQUARE, twice, back) == pytest.approx(200.0)
    aside = find_route(SQUARE, [2, 3], TIME_S)
    assert compute_shared_length_m(SQUARE, there, aside) == 0.0
    assert compute_shared_length_m(SQUARE, there, np.empty(0, np.int32)) == 0.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=12, max_size=12), st.permutations(range(5)))
def test_no_other_way_is_cheaper(costs: list[int], order: list[int]) -> None:
    cost = np.array(costs, dtype=np.float64)
    start, end = order[0], order[1]
    found = float(cost[find_route(SQUARE, [start, end], cost)].sum())
    best = min(
        sum(
            float(cost[(SQUARE.link_from == a) & (SQUARE.link_to == b)].min(initial=np.inf))
            for a, b in itertools.pairwise((start, *middle, end))
        )
        for size in range(4)
        for middle in itertools.permutations(order[2:], size)
    )
    assert found == pytest.approx(best)


# A ladder: two long streets from west to east, joined by three cross streets.
LADDER = build_synthetic(
    [(0, 0), (1000, 0), (2000, 0), (0, 900), (1000, 900), (2000, 900)],
    [
        LinkDraft(0, 1, name="Jl. Selatan"), LinkDraft(1, 2, name="Jl. Selatan"), LinkDraft(3, 4, name="Jl. Utara"),
        LinkDraft(4, 5, name="Jl. Utara / Jl. Raya"), LinkDraft(0, 3, name="Gg. A", length_m=950.0), LinkDraft(1, 4, name="Gg. B"), LinkDraft(2, 5, name="Gg. C"),
    ],
)  # fmt: skip


def test_a_start_on_the_first_street_has_used_it_and_needs_no_detour() -> None:
    """The assembly point stands on A beside the corner of B: west along A and back would be 200 m longer."""
    town = build_synthetic(
        [(-100.0, 0.0), (0.0, 0.0), (0.0, 500.0), (100.0, 500.0)],
        [LinkDraft(0, 1, name="A"), LinkDraft(1, 2, name="B"), LinkDraft(2, 3, name="C")],
    )
    route = find_route_along(town, 1, 2, ["A", "B", "C"], town.link_length_m)
    assert [town.link_name[link] for link in route] == ["B"]
    assert compute_route_length_m(town, route) == 500.0


@pytest.mark.parametrize(
    ("streets", "expected"),
    [
        ([], [0, 1, 2]),
        (["Jl. Selatan"], [0, 1, 2]),
        (["Jl. Utara"], [0, 3, 4, 5, 2]),
        (["jl. utara", "GG. B", "Jl. Selatan"], [0, 3, 4, 1, 2]),
        (["Jl. Raya"], [0, 1, 4, 5, 2]),
        (["Gg. C", "Gg. B", "Gg. C"], [0, 1, 2, 5, 4, 1, 2]),  # it ends on Gg. C
    ],
)
def test_a_route_along_streets_uses_them_in_their_order(streets: list[str], expected: list[int]) -> None:
    links = find_route_along(LADDER, 0, 2, streets, LADDER.link_length_m)
    nodes = [int(LADDER.link_from[links[0]]), *(int(LADDER.link_to[link]) for link in links)]
    assert nodes == expected
    np.testing.assert_array_equal(LADDER.link_to[links[:-1]], LADDER.link_from[links[1:]])


def test_a_tour_along_streets_comes_back_to_where_it_began() -> None:
    links = find_route_along(LADDER, 0, 0, ["Gg. A", "Jl. Utara", "Gg. C", "Jl. Selatan"], LADDER.link_length_m)
    assert [int(LADDER.link_to[link]) for link in links] == [3, 4, 5, 2, 1, 0]


def test_an_unknown_street_is_told_with_one_like_it() -> None:
    with pytest.raises(RouteError, match=r"'Jl\. Utaraa'; did you mean 'Jl\. Utara'"):
        find_route_along(LADDER, 0, 2, ["Jl. Utaraa"], LADDER.link_length_m)


def test_a_street_that_cannot_be_reached_gives_no_route() -> None:
    roads = [LinkDraft(0, 1, name="A"), LinkDraft(1, 2), LinkDraft(2, 3, name="B", is_two_way=False)]
    one_way = build_synthetic([(0, 0), (100, 0), (200, 0), (300, 0)], roads)
    with pytest.raises(RouteError, match="along B in this order"):
        find_route_along(one_way, 0, 1, ["B"], one_way.link_length_m)


def test_a_column_rides_avoided_classes_only_where_there_is_no_other_way() -> None:
    """From 0 to 2 straight on is 2,000 m; over the other street 3,850 m; node 0 itself is left by an avoided one."""
    classes = ["residential" if name == "Jl. Selatan" else "secondary" for name in LADDER.link_name]
    town = dataclasses.replace(LADDER, link_highway=tuple(classes))
    cost = town.link_length_m * weigh_classes(town, ["residential"], "convoys.a.avoids")
    route = find_route(town, [0, 2], cost)
    assert "Jl. Selatan" not in {town.link_name[link] for link in route}
    assert find_route(town, [0, 1], town.link_length_m * weigh_classes(town, [], "")).tolist() == [0]
    with pytest.raises(RouteError, match=r"convoys\.a\.avoids\.0: 'residental' is not a class .* 'residential'"):
        weigh_classes(town, ["residental"], "convoys.a.avoids")
