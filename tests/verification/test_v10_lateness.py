"""V10: with random lateness the share of replications with a contact lies around the Φ formula of MODEL §2."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.contacts.search import find_contacts
from konvoi.study.intervals import compute_wilson_interval
from tests.support.towns import Unit, build_corridor, build_town_model

N_RUNS = 150


@pytest.mark.slow
def test_the_share_of_contacts_lies_around_the_formula() -> None:
    """One vehicle each way on L = 3,000 m at 10 m/s, δ ~ Normal(200, 150): near iff |δ| ≤ (L + d)/v = 305 s."""
    from scipy.stats import norm

    expected = norm.cdf((305.0 - 200.0) / 150.0) - norm.cdf((-305.0 - 200.0) / 150.0)
    network = build_corridor(3000.0)
    hits = 0
    for delta_s in np.random.default_rng(4).normal(200.0, 150.0, N_RUNS):
        units = [Unit(1, [0], [1], depart_s=5000.0), Unit(2, [1], [0], depart_s=5000.0 + delta_s, home_s=90_000.0)]
        model = build_town_model(network, units)
        model.run()
        contacts = find_contacts(model)
        hits += bool(np.any((contacts.trip_1 == 0) & (contacts.trip_2 == 2)))
    low, high = compute_wilson_interval(hits, N_RUNS, 0.999)
    assert float(low) <= expected <= float(high)
