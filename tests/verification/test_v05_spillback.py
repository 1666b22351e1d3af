"""V5: a link never holds more than its storage, and vehicles are conserved at every step."""

from __future__ import annotations

import numpy as np

from sim.engine.state import AT_HOME
from sim.network import LinkDraft, build_synthetic
from tests.towns import Unit, build_town_model


def test_a_queue_spills_back_within_the_storage_and_loses_nobody() -> None:
    """Behind an outflow Q = 0.1 pcu/s the queue has density k_j − Q/w = 0.15 − 0.1/5 = 0.13: 26 vehicles on 200 m."""
    network = build_synthetic(
        [(0.0, 0.0), (400.0, 0.0), (600.0, 0.0), (900.0, 0.0)],
        [
            LinkDraft(0, 1, capacity_pcu_h=1800.0, speed_kmh=36.0),
            LinkDraft(1, 2, capacity_pcu_h=1800.0, speed_kmh=36.0),
            LinkDraft(2, 3, capacity_pcu_h=360.0, speed_kmh=36.0),
        ],
    )
    model = build_town_model(network, [Unit(1, [0, 2, 4], [5, 3, 1], n=150, home_s=4000.0)], interval_s=7.0)
    n_links = len(network.link_length_m)
    most = 0
    while model.running:
        model.step()
        rows = model.state.traversals
        n = int(rows.n[0])
        on_link = np.isnan(rows.end_s[:n])
        held = np.bincount(rows.link[:n][on_link], minlength=n_links)[:n_links]
        storage = network.link_jam_density_pcu_m * network.link_length_m
        assert np.all(held <= storage + 1e-9)
        most = max(most, int(held[2]))
        # Whoever rides is in exactly one place; the others are at the origin, at the venue or home.
        assert len(np.unique(rows.vehicle[:n][on_link])) == np.count_nonzero(on_link) == model.n_riding
    assert abs(most - 26) <= 1
    assert np.all(model.state.fleet.stage == AT_HOME)
