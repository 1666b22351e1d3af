"""V11: the answer does not depend on the step: the log of decisions every 1, 2, 5 or 10 s, or in one go, is the same."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.contacts.search import find_contacts
from konvoi.replication import build_model
from konvoi.streams import compute_replication_seed
from tests.support.crossroads import load_crossroads


@pytest.mark.slow
@pytest.mark.parametrize("interval_s", [1.0, 2.0, 5.0, 10.0])
def test_steps_of_any_length_give_the_same_rides_and_contacts(interval_s: float) -> None:
    config, town, routes = load_crossroads(engine={"decision_interval_s": interval_s})
    n_contacts = 0
    for replication in range(4):
        seed = compute_replication_seed(config.seed, replication)
        stepped, whole = build_model(config, town, routes, seed), build_model(config, town, routes, seed)
        while stepped.running:
            stepped.step()
        whole.run()
        assert np.array_equal(stepped.list_rides().end_s, whole.list_rides().end_s)
        one, two = find_contacts(stepped), find_contacts(whole)
        n_contacts += len(one.begin_s)
        for a, b in zip(one, two, strict=True):
            assert np.array_equal(a, b)
    assert n_contacts > 0
