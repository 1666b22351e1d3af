"""V5: a link never holds more than its storage, and vehicles are conserved, at every moment at which anything happens.

Behind an outflow Q the queue has density k_j − Q/w (triangular fundamental diagram): on L metres it holds
k_j·L − Q·L/w. Here w = q/(k_j − q/v_f) = 5 m/s and Q = 0.1 pcu/s, so 200 m hold 30 − 4 = 26 vehicles.
"""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.engine.state import AT_HOME
from konvoi.network import LinkDraft, RoadNetwork, build_synthetic
from tests.support.towns import Unit, build_town_model, get_times

N = 150


def build_bottleneck() -> RoadNetwork:
    """400 m and 200 m of 1,800 pcu/h, then 300 m of 360 pcu/h."""
    return build_synthetic(
        [(0.0, 0.0), (400.0, 0.0), (600.0, 0.0), (900.0, 0.0)],
        [
            LinkDraft(0, 1, capacity_pcu_h=1800.0, speed_kmh=36.0),
            LinkDraft(1, 2, capacity_pcu_h=1800.0, speed_kmh=36.0),
            LinkDraft(2, 3, capacity_pcu_h=360.0, speed_kmh=36.0),
        ],
    )


def test_a_queue_spills_back_within_the_storage_and_loses_nobody() -> None:
    network = build_bottleneck()
    model = build_town_model(network, [Unit(1, [0, 2, 4], [5, 3, 1], n=N, home_s=4000.0)])
    model.run()
    rows = model.list_rides()
    moments_s = np.unique(np.concatenate([rows.begin_s, rows.end_s]))
    storage = network.link_jam_density_pcu_m * network.link_length_m
    for link in range(len(storage)):
        _, begin_s, end_s = get_times(model, link)
        held = np.searchsorted(begin_s, moments_s, "right") - np.searchsorted(end_s, moments_s, "right")
        assert np.all((held >= 0) & (held <= storage[link] + 1e-9))
    # Everybody rides each road of a trip once, one after the other, and is in one place at every moment in between.
    order = np.lexsort((rows.step, rows.vehicle))
    begin_s, end_s = rows.begin_s[order].reshape(N, -1), rows.end_s[order].reshape(N, -1)
    assert begin_s.shape[1] == 10  # source, three links and the gate, out and home
    is_same_trip = np.arange(1, 10) != 5
    assert np.array_equal(begin_s[:, 1:][:, is_same_trip], end_s[:, :-1][:, is_same_trip])
    assert np.all(begin_s[:, 5] >= end_s[:, 4])
    assert np.all(model.state.fleet.stage == AT_HOME)


def test_a_spilled_back_queue_has_the_density_of_its_outflow() -> None:
    """26 vehicles after every entry, as soon as the queue has reached the begin of the link and until they run out."""
    network = build_bottleneck()
    model = build_town_model(network, [Unit(1, [0, 2, 4], [5, 3, 1], n=N, home_s=4000.0)])
    model.run()
    _, begin_s, end_s = get_times(model, 2)
    held = np.arange(1, N + 1) - np.searchsorted(end_s[:N], begin_s[:N] + 1e-6, "right")
    full = np.flatnonzero(np.diff(begin_s[:N]) > 9.0)[0] + 2  # from here on the entries come at the outflow's rate
    assert full < 60
    assert np.all(held[full:] == 26)
    assert np.diff(end_s[full:N]) == pytest.approx(10.0, abs=1e-9)
