"""The contact of the two sides at places against its plain twin, in random towns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from konvoi.contacts.both_sides import find_side_contacts
from konvoi.contacts.rows import GradeLimits
from konvoi.contacts.segments import build_cells
from konvoi.contacts.stretches import build_stretches
from konvoi.engine.crossings import build_crossings
from konvoi.engine.model import RallyModel
from konvoi.network import LinkDraft, build_synthetic
from konvoi.routing import find_route
from tests.support import random_towns
from tests.support.naive_sides import Place, grade_place, watch_places
from tests.support.towns import LENIENT, Unit, build_plan_by_hand, build_town_model

SETTINGS = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
LIMITS = GradeLimits(
    people=(2.0, 4.0, 6.0, 3.0), duration_s=(10.0, 30.0, 60.0, 20.0), together_mps=2.0, merge_s=1e6, step_s=5.0
)


def compare_with_twin(model: RallyModel, place_m: float) -> int:
    """Compare all places of a run with those of the plain twin; return their number."""
    model.run()
    stretches = build_stretches(model.network, model.cells, place_m)
    found = find_side_contacts(model, stretches, LIMITS)
    moments = range(int(model.clock_s / LIMITS.step_s) + 1)
    expected = watch_places(model, stretches, LIMITS, moments)
    assert sorted(expected) == found.place.tolist()
    for row, number in enumerate(found.place.tolist()):
        place: Place = expected[number]
        assert found.peak_people[row] == pytest.approx(max(place.smaller.values()))
        assert found.exposure_person_s[row] == pytest.approx(place.exposure)
        assert found.together_person_s[row] == pytest.approx(place.exposure_together)
        assert found.phase_person_s[row, :3] == pytest.approx(np.array(place.phases), abs=1e-9)
        assert found.begin_s[row] == pytest.approx((min(place.smaller) - 0.5) * LIMITS.step_s)
        assert found.end_s[row] == pytest.approx((max(place.smaller) + 0.5) * LIMITS.step_s)
        # What is massed is any and large, too; time together may have been spent elsewhere, so it is a lower bound.
        for grade in (0, 1, 2):
            assert found.grade_s[row, grade] >= grade_place(place, LIMITS, grade) - 1e-9
        if max(place.together.values()) < LIMITS.people[3]:
            for grade in (0, 1):
                above = [grade_place(place, LIMITS, higher) for higher in range(grade, 3)]
                assert found.grade_s[row, grade] == pytest.approx(max(above))
    return len(expected)


@SETTINGS
@given(random_towns.draw_recipes(has_escorts=False), st.sampled_from([80.0, 200.0]))
def test_places_of_odd_towns_are_as_the_plain_twin_sees_them(recipe: random_towns.Recipe, place_m: float) -> None:
    """Self-loops, parallel roads, roads of half a metre, maps on which roads are longer or shorter than they lie."""
    network, plan = random_towns.build_town(recipe)
    cells = build_cells(network, 120.0, 50.0, 100.0)
    compare_with_twin(RallyModel(network, cells, build_crossings(network), plan, LENIENT, max_day_h=0.2), place_m)


@SETTINGS
@given(
    seed=st.integers(0, 10_000),
    distance_m=st.sampled_from([30.0, 50.0, 110.0]),
    n=st.integers(1, 14),
    spacing_m=st.sampled_from([35.0, 90.0, 240.0]),
)
def test_places_of_towns_like_maps_are_as_the_plain_twin_sees_them(
    seed: int, distance_m: float, n: int, spacing_m: float
) -> None:
    """Streets in a bent grid; columns of both sides ride through it at the same time."""
    rng = np.random.default_rng(seed)
    side = 4
    nodes = [
        (spacing_m * (x + rng.uniform(-0.3, 0.3)), spacing_m * (y + rng.uniform(-0.3, 0.3)))
        for y in range(side)
        for x in range(side)
    ]
    drafts = [
        LinkDraft(a, b, capacity_pcu_h=1800.0, speed_kmh=36.0)
        for a in range(side * side)
        for b in (a + 1, a + side)
        if b < side * side and not (b == a + 1 and b % side == 0)
    ]
    network = build_synthetic(nodes, drafts)
    units = []
    for unit in range(4):
        start, end = (int(node) for node in rng.choice(side * side, 2, replace=False))
        cost = network.link_length_m * rng.uniform(0.5, 1.5, len(network.link_length_m))
        units.append(
            Unit(
                1 + unit % 2,
                find_route(network, [start, end], cost).tolist(),
                find_route(network, [end, start], cost).tolist(),
                depart_s=100.0 + float(rng.uniform(0.0, 20.0)),
                home_s=260.0 + float(rng.uniform(0.0, 40.0)),
                n=n,
                people=float(rng.integers(1, 4)),
                pcu=0.4,
                release_s=np.sort(rng.uniform(0.0, 4.0 * n, n)).tolist(),
                factor=rng.uniform(0.4, 1.0, n).tolist(),
            )
        )
    compare_with_twin(build_town_model(network, units, distance_m=distance_m), 200.0)


def test_random_towns_are_no_empty_comparison() -> None:
    network = build_synthetic([(0.0, 0.0), (300.0, 40.0), (500.0, -60.0)], [LinkDraft(0, 1), LinkDraft(1, 2)])
    units = [Unit(1, [0, 2], [3, 1], depart_s=100.0, n=9), Unit(2, [3, 1], [0, 2], depart_s=105.0, n=9, home_s=900.0)]
    assert len(build_plan_by_hand(units).vehicle_people) == 18
    assert compare_with_twin(build_town_model(network, units), 200.0) > 3
