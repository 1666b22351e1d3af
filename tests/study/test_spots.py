"""Spots stand where contacts are, none wider than 400 m, named by what is near."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konvoi.study.spots import CELL_M, SPOT_M, Landmark, find_spots, name_spot


def test_contacts_along_a_street_are_several_spots_and_each_stands_where_they_happened() -> None:
    # The trap: 9.4 km of one street, all contacts at its two ends; their average is where nobody meets.
    x = np.concatenate([np.linspace(0.0, 100.0, 30), np.linspace(9300.0, 9400.0, 10)])
    spot = find_spots(x, np.zeros(40), np.ones(40))
    assert spot[:30].tolist() == [0] * 30
    assert spot[30:].tolist() == [1] * 10


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 2000), st.floats(0, 2000), st.floats(0, 100)), min_size=1, max_size=120))
def test_no_spot_is_wider_than_400_m_and_the_heaviest_comes_first(contacts: list[tuple[float, float, float]]) -> None:
    x, y, weight = np.array(contacts).T
    spot = find_spots(x, y, weight)
    assert sorted(set(spot.tolist())) == list(range(spot.max() + 1))
    for number in range(spot.max() + 1):
        own = spot == number
        apart = np.hypot(x[own][:, None] - x[own], y[own][:, None] - y[own])
        assert apart.max() <= SPOT_M + 2.0 * np.sqrt(2.0) * CELL_M
    total = np.bincount(spot, weight)
    assert np.all(np.diff(total) <= 1e-6)


def test_a_spot_lies_around_the_most_exposure_not_in_the_middle_of_all() -> None:
    x = np.array([0.0, 10.0, 20.0, 350.0, 700.0])
    spot = find_spots(x, np.zeros(5), np.array([100.0, 100.0, 100.0, 1.0, 50.0]))
    assert spot.tolist() == [0, 0, 0, 2, 1]


def test_no_contact_makes_no_spot() -> None:
    assert find_spots(np.empty(0), np.empty(0), np.empty(0)).tolist() == []


@pytest.mark.parametrize(
    ("x_m", "y_m", "landmark", "distance_m", "direction"),
    [
        (-600.0, 0.0, "Stadion", 600.0, "west"),
        (0.0, 80.0, "Stadion", 80.0, None),
        (300.0, 300.0, "Stadion", 424.3, "north_east"),
        (0.0, 1900.0, "Town Hall", 100.0, None),
        (0.0, 1700.0, "Town Hall", 300.0, "south"),
    ],
)
def test_a_spot_is_named_by_the_nearest_landmark_its_distance_and_direction(
    x_m: float, y_m: float, landmark: str, distance_m: float, direction: str | None
) -> None:
    name = name_spot(x_m, y_m, [Landmark("Stadion", 0.0, 0.0), Landmark("Town Hall", 0.0, 2000.0)])
    assert name is not None
    assert (name.landmark, round(name.distance_m, 1), name.direction) == (landmark, distance_m, direction)


def test_without_landmarks_there_is_no_name() -> None:
    assert name_spot(0.0, 0.0, []) is None
