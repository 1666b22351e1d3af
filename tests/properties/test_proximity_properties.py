"""The contact kernel against its plain twin on random corridors, and the laws of following in random traffic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from konvoi.contacts.search import find_contacts, time_rides_of
from tests.support.naive import find_near_union
from tests.support.towns import Unit, build_corridor, build_town_model

SETTINGS = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@SETTINGS
@given(
    delta_s=st.floats(-500, 500),
    n_1=st.integers(1, 6),
    n_2=st.integers(1, 6),
    spread=st.floats(1.0, 30.0),
    pieces=st.integers(1, 5),
    same=st.booleans(),
    cell_m=st.sampled_from([30.0, 120.0, 1000.0]),
)
def test_contacts_are_where_the_plain_twin_sees_someone_near(
    delta_s: float, n_1: int, n_2: int, spread: float, pieces: int, same: bool, cell_m: float
) -> None:
    """Each sampled near moment lies in a contact, and each contact's begin and end are near moments within a step."""
    east, west = list(range(0, 2 * pieces, 2)), list(range(2 * pieces - 1, 0, -2))
    out_2, home_2 = (east, west) if same else (west, east)
    units = [
        Unit(1, east, west, depart_s=1000.0, n=n_1, pcu=0.01, release_s=[spread * k for k in range(n_1)]),
        Unit(2, out_2, home_2, depart_s=1000.0 + delta_s, n=n_2, pcu=0.01, home_s=90_000.0,
             release_s=[1.3 * spread * k for k in range(n_2)]),
    ]  # fmt: skip
    model = build_town_model(build_corridor(3000.0, pieces), units, cell_m=cell_m)
    model.run()
    contacts = find_contacts(model)
    outbound = (contacts.trip_1 == 0) & (contacts.trip_2 == 2)
    spans = np.column_stack([contacts.begin_s[outbound], contacts.end_s[outbound]])
    near = find_near_union(model, 0, 1, 0.05)
    for moment in near:
        assert np.any((spans[:, 0] <= moment + 1e-6) & (moment <= spans[:, 1] + 1e-6))
    for begin_s, end_s in spans:
        if end_s - begin_s > 0.2:
            assert min(abs(np.array(near) - begin_s)) < 0.06
            assert min(abs(np.array(near) - end_s)) < 0.06


@SETTINGS
@given(
    n=st.integers(2, 60),
    factors=st.lists(st.floats(0.5, 1.0), min_size=60, max_size=60),
    capacity=st.floats(200, 1800),
    pcu=st.floats(0.1, 1.5),
)
def test_nobody_overtakes_in_a_link_or_drives_faster_than_it_allows(
    n: int, factors: list[float], capacity: float, pcu: float
) -> None:
    """At every bound of every cell times keep the order of entry; speeds stay at or below the road's."""
    network = build_corridor(1200.0, 3, capacity_pcu_h=capacity)
    model = build_town_model(network, [Unit(1, [0, 2, 4], [5, 3, 1], n=n, pcu=pcu, factor=factors[:n], home_s=50_000.0)],
                             gate_pcu_s=capacity / 7200.0)  # fmt: skip
    model.run()
    assert model.n_stranded == 0
    timed = time_rides_of(model)
    for link in range(6):
        n_cells = int(model.cells.offset[link + 1] - model.cells.offset[link])
        bounds = model.cells.bound_m[model.cells.offset[link] + link :][: n_cells + 1]
        entries = range(timed.offset[2 * link], timed.offset[2 * link + 1])
        times = np.array([timed.time_s[timed.rides.times[e] :][: n_cells + 1] for e in entries])
        assert len(times) == n
        assert np.all(np.diff(times, axis=0) >= -1e-6)
        assert np.all(np.diff(bounds) / np.diff(times, axis=1) <= 10.0 * (1 + 1e-6))
