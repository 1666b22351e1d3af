"""V9: same direction at equal speed, and crossing at one junction (MODEL §2), each to 1e-6 s."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.contacts.rows import Contacts
from konvoi.contacts.search import find_contacts
from tests.support.towns import Unit, build_corridor, build_cross, build_town_model

N, HEADWAY, D, V = 31, 2.0, 50.0, 10.0
PASSING_S = (N - 1) * HEADWAY
HALF_M = np.sqrt(2.0) * D  # heads on roads at right angles are D apart when one is √2·D behind the other


def find_outbound(contacts: Contacts) -> tuple[np.ndarray, np.ndarray]:
    """Return begins and ends of the contacts on the way out."""
    outbound = (contacts.trip_1 % 2 == 0) & (contacts.trip_2 % 2 == 0)
    return contacts.begin_s[outbound], contacts.end_s[outbound]


def ride_along(delta_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Let two columns take the same corridor of 6 km, the second one δ later."""
    units = [
        Unit(1, [0], [1], depart_s=1000.0, n=N),
        Unit(2, [0], [1], depart_s=1000.0 + delta_s, n=N, home_s=90_000.0),
    ]
    model = build_town_model(build_corridor(6000.0), units)
    model.run()
    return find_outbound(find_contacts(model))


def ride_across(delta_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Let two columns cross at a junction, the second one δ later."""
    units = [
        Unit(1, [0, 3], [2, 1], depart_s=1000.0, n=N),
        Unit(2, [4, 7], [6, 5], depart_s=1000.0 + delta_s, n=N, home_s=90_000.0),
    ]
    model = build_town_model(build_cross(), units)
    model.run()
    return find_outbound(find_contacts(model))


@pytest.mark.parametrize("delta_s", [-65.001, -64.999, -60.0, 0.0, 60.0, 64.999, 65.001])
def test_columns_in_the_same_direction_meet_iff_their_passing_times_overlap(delta_s: float) -> None:
    """−D_B ≤ δ ≤ D_A with D = 60 s, wider by d/v = 5 s."""
    begin_s, _ = ride_along(delta_s)
    assert bool(len(begin_s)) == (abs(delta_s) <= PASSING_S + D / V)


@pytest.mark.parametrize("delta_s", [62.0, 64.9])
def test_a_head_close_behind_a_tail_is_in_contact_until_the_tail_parks(delta_s: float) -> None:
    """The second head enters 10·(δ − 60) m behind the first tail, and that one arrives 600 s after its start at 1,060 s."""
    begin_s, end_s = ride_along(delta_s)
    assert begin_s.tolist() == pytest.approx([1000.0 + delta_s], abs=1e-6)
    assert end_s.tolist() == pytest.approx([1000.0 + PASSING_S + 600.0], abs=1e-6)


@pytest.mark.parametrize("delta_s", [-67.072, -67.071, -60.0, 0.0, 60.0, 67.071, 67.072])
def test_columns_that_cross_meet_iff_their_times_at_the_junction_overlap(delta_s: float) -> None:
    """West–east and north–south at 10 m/s: heads come within 50 m of each other iff |δ| ≤ √2·50/10 s of overlapping."""
    begin_s, _ = ride_across(delta_s)
    assert bool(len(begin_s)) == (abs(delta_s) <= PASSING_S + HALF_M / V)


@pytest.mark.parametrize("delta_s", [62.0, 64.0, 66.5])
def test_begin_and_end_of_a_crossing_are_exact(delta_s: float) -> None:
    """Two that are Δ apart at the junction are within d from m − h to m + h, m in the middle of their times there.

    (v·(t − m))²·2 + (v·Δ)²/2 ≤ d², so h = √((d/v)²/2 − Δ²/4); all pairs of both columns together make the contact.
    """
    first_s = 1200.0 + HEADWAY * np.arange(N)
    second_s = first_s + delta_s
    apart_s = second_s[None, :] - first_s[:, None]
    middle_s = (second_s[None, :] + first_s[:, None]) / 2.0
    half_s = np.sqrt(np.maximum((D / V) ** 2 / 2.0 - apart_s**2 / 4.0, 0.0))
    meets = np.abs(apart_s) <= HALF_M / V
    begin_s, end_s = ride_across(delta_s)
    assert begin_s.tolist() == pytest.approx([(middle_s - half_s)[meets].min()], abs=1e-6)
    assert end_s.tolist() == pytest.approx([(middle_s + half_s)[meets].max()], abs=1e-6)
