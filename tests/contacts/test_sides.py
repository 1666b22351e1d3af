"""The contact of the two sides at places: answers derived by hand."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.contacts.both_sides import find_side_contacts
from konvoi.contacts.crowds import PASSING_PLACE
from konvoi.contacts.rows import GradeLimits
from konvoi.contacts.sides import SideContacts
from konvoi.contacts.stretches import Stretches, build_stretches
from konvoi.engine.model import RallyModel
from konvoi.network import LinkDraft, build_synthetic
from konvoi.plan.stops import AT_ASSEMBLY, Crowd
from tests.support.stops import build_life
from tests.support.towns import Unit, build_corridor, build_cross, build_town_model


def build_limits(step_s: float = 0.5, **changes: object) -> GradeLimits:
    """Limits of all grades, fit for a handful of riders."""
    settings: dict[str, object] = {
        "people": (10.0, 50.0, 100.0, 50.0),
        "duration_s": (10.0, 60.0, 300.0, 120.0),
        "together_mps": 2.0,
        "merge_s": 60.0,
    }
    return GradeLimits(**{**settings, **changes}, step_s=step_s)  # type: ignore[arg-type]


def find(model: RallyModel, limits: GradeLimits, place_m: float = 200.0) -> tuple[SideContacts, Stretches]:
    """Run a model and find the contacts of its sides."""
    model.run()
    stretches = build_stretches(model.network, model.cells, place_m)
    return find_side_contacts(model, stretches, limits), stretches


def meet_head_on(**settings: float) -> tuple[SideContacts, Stretches]:
    """A truck of 12 and one of 20 come towards each other with 10 m/s each on 6 km of straight road."""
    units = [
        Unit(1, [0], [1], depart_s=1000.0, people=12.0),
        Unit(2, [1], [0], depart_s=1000.0 + settings.pop("late_s", 0.0), people=20.0, home_s=90_000.0),
    ]
    return find(build_town_model(build_corridor(6000.0), units), build_limits(**settings))


@pytest.mark.parametrize("late_s", [0.013, 3.3, 7.1, 11.7, 16.9])
def test_two_vehicles_that_pass_are_near_for_twice_the_distance_over_both_speeds(late_s: float) -> None:
    """2·50 m at 20 m/s: 5 s of 12 people, wherever on the road it is, and however many places share it."""
    found, _ = meet_head_on(late_s=late_s, step_s=0.1)
    assert found.exposure_person_s.sum() == pytest.approx(12.0 * 5.0, abs=12.0 * 0.1)
    assert found.peak_people.max() == 12.0
    assert (found.people_1.max(), found.people_2.max()) == (12.0, 20.0)


def test_a_meeting_in_the_middle_of_a_road_lasts_from_first_to_last_nearness() -> None:
    """They meet 300 s after departure, half way: near from 297.5 to 302.5 s; less than 10 s, so of no grade."""
    found, _ = meet_head_on(step_s=0.1)
    assert found.begin_s.min() == pytest.approx(1297.5, abs=0.2)
    assert found.end_s.max() == pytest.approx(1302.5, abs=0.2)
    assert np.all(found.grade_s == 0.0)
    assert np.all(found.kind == 0)


def test_a_meeting_as_long_as_a_grade_asks_for_has_it() -> None:
    grades = {"duration_s": (5.0, 60.0, 300.0, 120.0)}
    units = [
        Unit(1, [0], [1], depart_s=1000.0, people=12.0),
        Unit(2, [1], [0], depart_s=1000.0, people=20.0, home_s=90_000.0),
    ]
    found, _ = find(build_town_model(build_corridor(6000.0), units), build_limits(0.1, **grades))
    assert found.grade_s[:, 0].max() == pytest.approx(5.0, abs=0.2)
    assert np.nanmin(found.first_any_s) == pytest.approx(1297.5, abs=0.2)


def test_two_long_columns_expose_whoever_is_beside_the_other_column() -> None:
    """Columns of the length l, with a vehicle of p people every s m, that pass each other with 2v.

    While they overlap by o, o/s vehicles of each are beside the other column, and up to d/s more are near its end: there
    are no opponents where those are, so they count at places that see some, too. With o growing to l and falling again at
    2v, exposure is between p·l²/(2v·s) and p·(l + d)²/(2v·s). A window of 200 m holds 200 m / s vehicles of p people.
    """
    n, headway_s, v = 60, 2.0, 10.0
    release = [headway_s * k for k in range(n)]
    units = [
        Unit(1, [0], [1], depart_s=1000.0, n=n, release_s=release, people=2.0, pcu=0.01),
        Unit(2, [1], [0], depart_s=1000.0, n=n, release_s=release, people=2.0, pcu=0.01, home_s=90_000.0),
    ]
    found, _ = find(build_town_model(build_corridor(9000.0), units), build_limits())
    s = headway_s * v
    length = (n - 1) * s
    assert 2.0 * length**2 / (2.0 * v * s) < found.exposure_person_s.sum() < 2.0 * (length + 50.0) ** 2 / (2.0 * v * s)
    assert found.peak_people.max() == pytest.approx(2.0 * 200.0 / s, abs=2.0)


def test_a_side_cut_into_more_convoys_meets_the_other_as_before() -> None:
    """The same thirty riders, as one convoy or as two of fifteen that follow each other."""
    release = [2.0 * k for k in range(30)]
    other = Unit(2, [1], [0], depart_s=1000.0, n=20, release_s=release[:20], people=3.0, home_s=90_000.0)
    whole = [Unit(1, [0], [1], depart_s=1000.0, n=30, release_s=release, people=2.0), other]
    cut = [
        Unit(1, [0], [1], depart_s=1000.0, n=15, release_s=release[:15], people=2.0),
        Unit(1, [0], [1], depart_s=1000.0, n=15, release_s=release[15:], people=2.0),
        other,
    ]
    results = [find(build_town_model(build_corridor(6000.0), units), build_limits())[0] for units in (whole, cut)]
    assert len(results[0].place) > 0
    for one, two in zip(*results, strict=True):
        assert np.array_equal(one, two, equal_nan=True)


def test_swapping_the_sides_swaps_their_people_and_nothing_else() -> None:
    results = []
    for first in (1, 2):
        units = [
            Unit(first, [0, 2], [3, 1], depart_s=1000.0, n=35, people=1.5),
            Unit(3 - first, [3, 1], [0, 2], depart_s=1103.0, n=25, pcu=0.25, people=2.5, home_s=3000.0),
            Unit(3 - first, [3], [2], depart_s=1050.7, n=5, people=3.0, home_s=5000.0),
        ]
        results.append(find(build_town_model(build_corridor(5017.0, 2), units), build_limits())[0])
    one, two = results
    assert len(one.place) > 0
    assert np.array_equal(one.people_1, two.people_2)
    assert np.array_equal(one.people_2, two.people_1)
    for name in set(SideContacts._fields) - {"people_1", "people_2"}:
        assert np.allclose(getattr(one, name), getattr(two, name), rtol=1e-12, equal_nan=True), name


def test_mirroring_the_map_mirrors_the_places() -> None:
    results = []
    for sign in (1.0, -1.0):
        nodes = [(0.0, 0.0), (sign * 1503.0, 100.0), (sign * 3001.0, 0.0), (sign * 1500.0, 907.0)]
        network = build_synthetic(
            nodes, [LinkDraft(a, b, capacity_pcu_h=1800.0, speed_kmh=36.0) for a, b in ((0, 1), (1, 2), (1, 3))]
        )
        units = [
            Unit(1, [0, 2], [3, 1], depart_s=500.0, n=30, people=2.0),
            Unit(2, [5, 1], [0, 4], depart_s=520.0, n=30, people=2.0, home_s=6000.0),
        ]
        results.append(find(build_town_model(network, units), build_limits())[0])
    assert len(results[0].place) > 0
    for one, two in zip(*results, strict=True):
        assert np.allclose(one, two, rtol=1e-9, equal_nan=True)


def test_people_who_cross_at_a_junction_are_at_one_place() -> None:
    """Two trucks come to a crossing at the same moment from west and south: N is 12, and they cross."""
    units = [
        Unit(1, [0, 3], [2, 1], depart_s=1000.0, people=12.0, home_s=90_000.0),
        Unit(2, [6, 5], [4, 7], depart_s=1000.3, people=20.0, home_s=95_000.0),
    ]
    found, stretches = find(build_town_model(build_cross(), units), build_limits(0.1))
    most = int(np.argmax(found.exposure_person_s))
    assert found.peak_people[most] == 12.0
    assert found.place[most] == 0  # the stretch of node 0
    assert found.kind[most] == 1
    # Both within 35.4 m of the node, so for 50·√2 m at 10 m/s, they are 50 m apart or less.
    assert found.exposure_person_s.sum() == pytest.approx(12.0 * 5.0 * np.sqrt(2.0), rel=0.05)
    assert stretches.slot_stretch[stretches.link_slot[stretches.link_offset[1] - 1]] == 0


def test_who_rides_along_with_the_other_side_is_massed_wherever_they_ride() -> None:
    """Sixty of each side ride with 10 m/s side by side for ten minutes: no place sees them for two, but each other they do."""
    units = [
        Unit(1, [0], [1], depart_s=1000.0, people=60.0, pcu=0.01),
        Unit(2, [0], [1], depart_s=1001.0, people=60.0, pcu=0.01, home_s=90_000.0),
    ]
    found, _ = find(build_town_model(build_corridor(6000.0), units), build_limits())
    assert np.all(found.kind == 3)
    massed = found.grade_s[:, 2] > 0.0
    assert massed.any()
    assert found.begin_s[massed].min() >= 1000.0 + 100.0
    assert found.together_person_s.sum() == pytest.approx(found.exposure_person_s.sum())


def test_riders_past_a_crowd_are_exposed_to_it() -> None:
    """Rider k is within 50 m of forty people for 10 s, five riders at a time: 30 riders · 10 s, N = 5."""
    n = 30
    units = [
        Unit(1, [2], [3], depart_s=5000.0, n=40),
        Unit(2, [0, 2], [3, 1], depart_s=1000.0, n=n, home_s=90_000.0),
    ]
    crowd = Crowd("Titik kumpul", 1, 1, AT_ASSEMBLY, (0,))
    model = build_life(build_corridor(6000.0, 2), units, gather_s=[*[0.0] * 40, *[-np.inf] * n], crowds=[crowd])
    found, stretches = find(model, build_limits(0.25, people=(5.0, 50.0, 100.0, 50.0)))
    at_crowd = found.place >= len(stretches.link)
    assert at_crowd.sum() == 1
    assert found.exposure_person_s[at_crowd][0] == pytest.approx(10.0 * n, abs=0.25 * 5)
    assert found.peak_people[at_crowd][0] == 5.0
    assert (found.people_1[at_crowd][0], found.people_2[at_crowd][0]) == (40.0, 5.0)
    assert found.kind[at_crowd][0] == PASSING_PLACE
    assert found.phase_person_s[at_crowd][0, 3] == found.exposure_person_s[at_crowd][0]
    assert found.grade_s[at_crowd][0, 0] == pytest.approx(2.0 * (n - 4), abs=0.5)
    assert found.bins[:, 1].sum() == pytest.approx(found.exposure_person_s[at_crowd][0])


def test_no_place_is_longer_than_allowed_and_every_metre_is_in_one() -> None:
    """A road of 1,234 m: 50 m belong to either node, the rest to stretches of at most 100 m; a window holds 200 m."""
    model = build_town_model(build_corridor(1234.0), [Unit(1, [0], [1])])
    stretches = build_stretches(model.network, model.cells, 200.0)
    begin = stretches.link_begin_m[: stretches.link_offset[1]]
    length = np.diff([*begin, 1234.0])
    assert length.sum() == pytest.approx(1234.0)
    assert length.max() <= 50.0
    of_stretch = np.bincount(stretches.slot_stretch, weights=length)
    assert of_stretch.max() <= 100.0 + 1e-9
    in_window = np.bincount(stretches.window, weights=np.repeat(length, np.diff(stretches.window_offset)))
    assert in_window.max() <= 200.0 + 1e-9
    assert np.array_equal(
        stretches.link_slot[stretches.link_offset[1] :], stretches.link_slot[: stretches.link_offset[1]][::-1]
    )


def test_counting_twice_as_often_changes_little() -> None:
    """Exposure by moments 5 s apart is within 1 % of that by moments 0.5 s apart."""
    release = [2.7 * k for k in range(60)]
    units = [
        Unit(1, [0], [1], depart_s=1000.0, n=60, release_s=release, people=2.0),
        Unit(2, [1], [0], depart_s=1011.3, n=50, release_s=release[:50], people=3.0, home_s=90_000.0),
    ]
    exact, *coarser = (
        find(build_town_model(build_corridor(6000.0), units), build_limits(step_s))[0].exposure_person_s.sum()
        for step_s in (0.25, 2.5, 5.0)
    )
    assert coarser == pytest.approx([exact, exact], rel=0.01)
