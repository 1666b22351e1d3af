"""The standard what-ifs of any town: found, not named; people are moved, never lost."""

from __future__ import annotations

import pytest

from konvoi.study.standard_cases import AreaFacts, build_standard_cases, find_shared_street, gather_supporters

AREAS = [
    AreaFacts("p1-north", 1, 300, 0.0, 1000.0),
    AreaFacts("p1-south", 1, 700, 0.0, -1000.0),
    AreaFacts("p2-north", 2, 401, 100.0, 1000.0),
    AreaFacts("p2-middle", 2, 200, 100.0, 0.0),
    AreaFacts("p2-south", 2, 400, 100.0, -1000.0),
]
VENUES = ((0.0, -2000.0), (0.0, 2000.0))  # side 1 rallies in the south, side 2 in the north
CONTENT = {
    "venues": {"lapangan": {"name": "Lapangan", "lon_deg": 117.5, "lat_deg": 0.5}},
    "convoys": {area.key: {"side": area.side, "people": area.people, "vehicles": {"motorcycle": 50}} for area in AREAS},
}


def test_supporters_near_their_venues_keep_their_numbers_and_their_proportions() -> None:
    near = gather_supporters(AREAS, VENUES, True)
    assert near == {"p1-north": 0, "p1-south": 1000, "p2-north": 668, "p2-middle": 333, "p2-south": 0}
    far = gather_supporters(AREAS, VENUES, False)
    assert far["p1-north"] == 1000
    assert far["p2-north"] == 0
    assert sum(far.values()) == sum(near.values()) == 2001


def test_a_side_of_one_assembly_point_stays_where_it_is() -> None:
    assert gather_supporters(AREAS[:1], VENUES, False) == {"p1-north": 300}


def test_the_most_shared_street_is_found_by_the_people_of_the_smaller_side() -> None:
    # Jl. A carries many of side 1 only; Jl. B carries both; Jl. C carries both, but is short.
    street = ["Jl. A", "Jl. B", "Jl. B", "Jl. C", ""]
    found = find_shared_street(
        street, [5000.0, 300.0, 300.0, 100.0, 9000.0], [900, 400, 0, 800, 800], [0, 0, 500, 800, 800]
    )
    assert found == "Jl. B"
    assert find_shared_street(["Jl. A"], [100.0], [5.0], [0.0]) is None
    assert find_shared_street([], [], [], []) is None


def test_the_standard_set_covers_what_dominates_and_names_no_street_of_one_town() -> None:
    moved = [("lapangan", "Lapangan", {"lon_deg": 117.52, "lat_deg": 0.5})]
    cases = build_standard_cases(CONTENT, AREAS, VENUES, "Jl. Apa Saja", moved)
    assert [case.group for case in cases] == [
        "turnout", "turnout", "speed", "lateness", "late_side", "late_side", "rain", "closure", "venue", "home", "home",
    ]  # fmt: skip
    by_group = {case.group: case.changes for case in cases}
    assert by_group["closure"] == {"scenario.closures": [{"street": "Jl. Apa Saja", "begin": "00:00", "end": "23:59"}]}
    assert by_group["venue"]["scenario.venues"]["lapangan"]["lon_deg"] == 117.52
    home = by_group["home"]["scenario.convoys"]
    assert sum(area["people"] for area in home.values()) == 2001
    assert "vehicles" not in home["p1-north"]
    assert CONTENT["convoys"]["p1-north"]["people"] == 300  # the scenario itself is not changed


@pytest.mark.parametrize("street", [None, "Jl. B"])
def test_without_a_shared_street_there_is_none_to_close(street: str | None) -> None:
    groups = [case.group for case in build_standard_cases(CONTENT, AREAS, VENUES, street, [])]
    assert ("closure" in groups) == (street is not None)
