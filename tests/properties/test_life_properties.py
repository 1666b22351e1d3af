"""Halts, joins, closed roads and ways around them on random small towns: the kernels against their plain twin."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from konvoi.engine.model import RallyModel
from konvoi.plan.closures import ClosedLink, find_detours
from konvoi.plan.stops import Halt, Join, Watch
from tests.support.naive_life import LifeDay
from tests.support.random_towns import (
    Recipe,
    _build_crossings,
    _get_any_cells,
    build_junctions,
    build_town,
    draw_recipes,
)
from tests.support.towns import LENIENT, check_rows


@dataclass(frozen=True)
class HaltRecipe:
    """A halt of some unit's trip; numbers are taken modulo what there is."""

    trip: int
    after: int
    clock_s: float
    is_closing_up: bool
    awaited: int | None  # trip
    awaited_after: int
    patience_s: float


@dataclass(frozen=True)
class Life:
    """What happens on the way in a town."""

    town: Recipe
    halts: list[HaltRecipe]
    joins: list[tuple[int, int, int, bool, float]]  # unit, host, after, behind the tail, patience
    closed: list[tuple[int, float, float]]  # step of some route, begin, length


some = st.integers(0, 50)
draw_lives = st.builds(
    Life,
    town=draw_recipes(has_escorts=False),
    halts=st.lists(
        st.builds(
            HaltRecipe,
            trip=some,
            after=some,
            clock_s=st.sampled_from([0.0, 63.37, 411.71]),
            is_closing_up=st.booleans(),
            awaited=st.none() | some,
            awaited_after=some,
            patience_s=st.sampled_from([0.0, 31.13, 207.91]),
        ),
        max_size=3,
    ),
    joins=st.lists(st.tuples(some, some, some, st.booleans(), st.sampled_from([11.19, 503.23])), max_size=2),
    closed=st.lists(
        st.tuples(some, st.sampled_from([7.17, 43.19, 101.53]), st.sampled_from([29.31, 613.07])), max_size=3
    ),
)


def build(life: Life) -> RallyModel:
    """Build the model of a town with what happens on the way."""
    network, plan = build_town(life.town)
    routes = plan.routes
    trips = [routes.route_link[routes.route_offset[k] : routes.route_offset[k + 1]] for k in range(2 * routes.n_units)]
    ends = [np.concatenate([network.link_from[links[:1]], network.link_to[links]]) for links in trips]
    watches: list[Watch] = []
    halts = []
    for one in life.halts:
        trip = one.trip % len(trips)
        awaited: tuple[int, ...] = ()
        if one.awaited is not None:
            other = one.awaited % len(trips)
            watches.append(Watch(other, one.awaited_after % len(trips[other])))
            awaited = (len(watches) - 1,)
        after = one.after % (len(trips[trip]) + 1)
        halts.append(
            Halt(trip, "", int(ends[trip][after]), after, one.clock_s, one.is_closing_up, awaited, one.patience_s)
        )
    halts.sort(key=lambda halt: (halt.trip, halt.after))
    joins: dict[int, Join] = {}
    for unit, host, after, is_behind_tail, patience_s in life.joins:
        if routes.n_units > 1:
            joining = unit % routes.n_units
            other = 2 * ((joining + 1 + host % (routes.n_units - 1)) % routes.n_units)
            if other // 2 not in joins:
                watches.append(Watch(other, after % len(trips[other])))
                joins[joining] = Join(joining, len(watches) - 1, is_behind_tail, patience_s)
    closed = routes.closed + tuple(
        ClosedLink(int(routes.route_link[step % len(routes.route_link)]), begin_s, begin_s + length_s)
        for step, begin_s, length_s in life.closed
    )
    cost_s = network.link_length_m / network.link_free_speed_mps
    routes = replace(
        routes,
        halts=tuple(halts),
        joins=tuple(joins.values()),
        watches=tuple(watches),
        closed=closed,
        detours=find_detours(network, trips, halts, closed, cost_s) if closed else (),
    )
    return RallyModel(
        network,
        _get_any_cells(),
        _build_crossings(life.town, network),
        replace(plan, routes=routes),
        LENIENT,
        max_day_h=6.0,
    )


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(life=draw_lives)
def test_everybody_halts_joins_and_turns_off_as_the_plain_twin_does(life: Life) -> None:
    model = build(life)
    model.run()
    day = LifeDay(model.network, model.plan, build_junctions(life.town, model.network))
    day.run(model.stop_s)
    check_rows(model)
    rows = model.list_rides()
    mine: dict[int, list[tuple[int, float, float]]] = {}
    for k in range(len(rows.vehicle)):
        ride = (int(rows.link[k]), float(rows.begin_s[k]), float(rows.end_s[k]))
        mine.setdefault(int(rows.vehicle[k]), []).append(ride)
    theirs = day.list_rides()
    assert mine.keys() == theirs.keys()
    for vehicle, rides in mine.items():
        assert [ride[0] for ride in rides] == [ride[0] for ride in theirs[vehicle]]
        one = np.array([ride[1:] for ride in rides])
        two = np.array([ride[1:] for ride in theirs[vehicle]], float)
        assert np.array_equal(np.isnan(one), np.isnan(two))
        assert np.all(np.isnan(one) | (np.abs(one - two) <= 1e-9)), (vehicle, one, two)
