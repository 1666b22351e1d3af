"""Riding past the place where the other side's people stand: begin, end, people and exposure derived by hand."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.config.reading import LoadedScenario, build_config, load_scenario
from konvoi.contacts.crowds import PASSING_PLACE
from konvoi.contacts.rows import ContactLimits, Contacts
from konvoi.contacts.search import find_contacts
from konvoi.network import LinkDraft, build_synthetic
from konvoi.plan.stops import AT_ASSEMBLY, AT_RALLY, Crowd
from konvoi.replication import prepare_routes, run_replication
from konvoi.town import prepare_town
from tests.support.crossroads import SCENARIOS
from tests.support.naive import count_at_place
from tests.support.stops import build_life
from tests.support.towns import Unit, build_corridor, build_cross

GATHERED = Crowd("Titik kumpul", 1, 1, AT_ASSEMBLY, (0,))
RIDERS = 30


def find(gather_s: list[float], side: int = 1, limits: ContactLimits | None = None) -> Contacts:
    """3 km west of an assembly point a column of 30 leaves at 1,000 s with 10 m/s; those who gather leave at 5,000 s."""
    units = [
        Unit(side, [2], [3], depart_s=5000.0, n=len(gather_s)),
        Unit(3 - side, [0, 2], [3, 1], depart_s=1000.0, n=RIDERS, home_s=90_000.0),
    ]
    crowd = Crowd("Titik kumpul", side, 1, AT_ASSEMBLY, (0,))
    more = {} if limits is None else {"limits": limits}
    gather_s = [*gather_s, *[-np.inf] * RIDERS]
    model = build_life(build_corridor(6000.0, 2), units, gather_s=gather_s, crowds=[crowd], **more)
    model.run()
    contacts = find_contacts(model)
    return Contacts(*(column[contacts.kind == PASSING_PLACE] for column in contacts))


def test_a_column_that_rides_past_is_in_contact_from_its_head_to_its_tail() -> None:
    """Rider k is within 50 m from 1,295 + 2k to 1,305 + 2k s: five at a time, each for 10 s."""
    found = find([0.0] * 40)
    assert len(found.begin_s) == 1
    assert found.begin_s[0] == pytest.approx(1295.0, abs=1e-6)
    assert found.end_s[0] == pytest.approx(1305.0 + 2.0 * (RIDERS - 1), abs=1e-6)
    assert (found.people_1[0], found.people_2[0]) == (40.0, 5.0)
    assert found.exposure_person_s[0] == pytest.approx(RIDERS * 10.0, abs=1e-6)
    assert found.least_m[0] == pytest.approx(0.0, abs=1e-9)
    assert found.closing_mps[0] == pytest.approx(10.0)
    assert not found.is_standing[0]
    # The crowd is the unit behind the two, outbound; the place of the contact is that of the first rider.
    assert (found.trip_1[0], found.trip_2[0]) == (4, 2)
    assert (found.link[0], found.offset_m[0]) == (0, pytest.approx(2950.0))


def test_a_crowd_is_there_from_the_moment_its_people_come() -> None:
    """Three people come at 1,310 s: min(riders, 3) is 3 until 1,359 s, then 2 and 1 for 2 s each: 147 + 4 + 2."""
    found = find([1310.0, 1310.0, 1310.0])
    assert found.begin_s == pytest.approx([1310.0], abs=1e-6)
    assert found.exposure_person_s == pytest.approx([153.0], abs=1e-6)
    assert (found.people_1[0], found.people_2[0]) == (3.0, 5.0)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (ContactLimits(60.0, 68.0, 5.0), 1),  # it lasts 68 s with five riders …
        (ContactLimits(60.0, 68.1, 5.0), 0),  # … not longer …
        (ContactLimits(60.0, 68.0, 5.1), 0),  # … and not more
    ],
)
def test_a_contact_needs_its_least_time_and_people_on_both_sides(limits: ContactLimits, expected: int) -> None:
    assert len(find([0.0] * 40, limits=limits).begin_s) == expected


def test_a_crowd_too_small_is_no_contact() -> None:
    assert len(find([0.0] * 4, limits=ContactLimits(60.0, 10.0, 5.0)).begin_s) == 0


def test_swapping_the_sides_mirrors_the_contact() -> None:
    one, two = find([0.0] * 40), find([0.0] * 40, side=2)
    assert (one.trip_1, one.trip_2) == (two.trip_2, two.trip_1)
    assert (one.people_1, one.people_2) == (two.people_2, two.people_1)
    for name in ("begin_s", "end_s", "exposure_person_s", "link", "offset_m", "closing_mps", "least_m"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name


def test_rides_with_a_short_pause_are_one_contact() -> None:
    """Two of three riders 50 s apart are one contact, the third, 71 s later, one of its own (the pause is 61 s)."""
    riders = Unit(2, [0, 2], [3, 1], depart_s=1000.0, n=3, home_s=90_000.0, release_s=[0.0, 50.0, 121.0])
    units = [Unit(1, [2], [3], depart_s=5000.0, n=1), riders]
    model = build_life(build_corridor(6000.0, 2), units, gather_s=[0.0, *[-np.inf] * 3], crowds=[GATHERED])
    model.run()
    found = find_contacts(model)
    assert found.begin_s == pytest.approx([1295.0, 1295.0 + 121.0], abs=1e-6)
    assert found.end_s == pytest.approx([1305.0 + 50.0, 1305.0 + 121.0], abs=1e-6)


def test_on_a_road_beside_the_place_the_straight_line_counts() -> None:
    """A road passes 30 m north of the place: within 50 m over 2·√(50² − 30²) = 80 m, 8 s; there is no way between."""
    nodes = [(0.0, 0.0), (3000.0, 0.0), (0.0, 30.0), (6000.0, 30.0), (0.0, -400.0)]
    network = build_synthetic(
        nodes,
        [LinkDraft(a, b, capacity_pcu_h=1800.0, speed_kmh=36.0) for a, b in ((0, 1), (2, 3), (0, 4), (4, 2))],
    )
    units = [
        Unit(1, [1], [0], depart_s=5000.0, n=1),
        Unit(2, [2], [3], depart_s=1000.0, n=1, home_s=90_000.0),
    ]
    model = build_life(network, units, gather_s=[0.0, -np.inf], crowds=[GATHERED])
    model.run()
    found = find_contacts(model)
    assert found.begin_s == pytest.approx([1296.0], abs=1e-6)
    assert found.end_s == pytest.approx([1304.0], abs=1e-6)
    assert found.least_m == pytest.approx([30.0], abs=1e-6)


def test_a_crowd_at_the_venue_agrees_with_a_plain_count() -> None:
    """Side 1 comes in two groups to a venue at a crossing, over which side 2 rides out and home; both queue there."""
    units = [
        Unit(1, [0], [1], depart_s=0.0, n=15, people=2.0, home_s=400.0),
        Unit(1, [2], [3], depart_s=150.0, n=20, people=1.0, home_s=700.0),
        Unit(2, [4, 7], [6, 5], depart_s=100.0, n=60, people=1.5, home_s=300.0),
    ]
    venue = Crowd("Lapangan", 1, 0, AT_RALLY, ())
    model = build_life(build_cross(600.0), units, crowds=[venue], rally_end_s=(350.0, 0.0))
    model.run()
    found = find_contacts(model)
    rows = np.flatnonzero(found.kind == PASSING_PLACE)
    assert len(rows) >= 2
    phases = {int(found.trip_2[row]) % 2: int(found.trip_1[row]) for row in rows}
    assert phases[0] == 6  # outbound riders meet those who wait for the rally …
    for row in rows:
        assert found.trip_1[row] % 2 == (found.begin_s[row] >= 350.0)  # … which has ended for those after 350 s
        standing, riders, exposure_s = count_at_place(model, venue, found, int(row), 0.05)
        assert (found.people_1[row], found.people_2[row]) == (standing, riders)
        assert found.exposure_person_s[row] == pytest.approx(exposure_s, rel=2e-3)


def test_a_scenario_tells_whose_assembly_point_was_passed() -> None:
    """Side 2 gathers on side 1's way. Swapped sides give the same contacts, mirrored."""
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    fixed = {"lateness": {"earliest_min": -10, "median_min": 20, "sd_min": 0, "max_min": 120}, "turnout_sd": 0.0}
    points = {
        **loaded.content["assembly_points"],
        "puncak": {"name": "Titik tengah", "lon_deg": 117.49, "lat_deg": 0.5},
    }
    content = {**loaded.content, "assembly_points": points}
    convoys = {key: {**convoy, "side": 3 - convoy["side"]} for key, convoy in content["convoys"].items()}
    pairs = {key: {"side_1": pair["side_2"], "side_2": pair["side_1"]} for key, pair in content["venue_pairs"].items()}
    outcomes = []
    for changed, first_side in ((content, 1), ({**content, "convoys": convoys, "venue_pairs": pairs}, 2)):
        scenario = LoadedScenario(changed, loaded.path)
        settings = {"seed": 11, "behaviour": fixed, "rally": {"gap_min": 5, "first_side": first_side}}
        config = build_config(settings, scenario)
        town = prepare_town(config, scenario.path)
        outcomes.append(run_replication(config, town, prepare_routes(config, town), 0))
    one, two = outcomes
    passing = one.contacts["type"] == "passing_place"
    assert passing.any()
    assert set(one.contacts["unit_2"][passing]) == {"Titik tengah"}
    assert set(one.contacts["unit_1"][passing]) <= {"p1-barat", "p1-barat (perorangan)"}
    assert set(one.contacts["phase"][passing]) == {"out_past_place"}
    assert one.row["contacts"] == len(passing) == two.row["contacts"]
    assert np.all(np.diff(one.contacts["begin_s"]) >= 0.0)
    mirrored = two.contacts["type"] == "passing_place"
    assert list(two.contacts["unit_1"][mirrored]) == list(one.contacts["unit_2"][passing])
    assert two.contacts["people_1"][mirrored] == pytest.approx(one.contacts["people_2"][passing])
    assert two.contacts["begin_s"][mirrored] == pytest.approx(one.contacts["begin_s"][passing], abs=1e-6)
