"""What is left out of the search for contacts could tell nothing."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest

from konvoi.contacts.search import find_contacts, time_rides_of
from konvoi.replication import build_model
from tests.support.crossroads import load_crossroads


@pytest.mark.parametrize("gap_min", [0, 60, 150])
def test_rides_without_the_other_side_in_sight_change_no_contact(gap_min: int) -> None:
    config, town, routes = load_crossroads(rally={"gap_min": gap_min})
    model = build_model(config, town, routes, 3)
    model.run()
    chosen, everything = time_rides_of(model, is_everywhere=False), time_rides_of(model, is_everywhere=True)
    assert len(chosen.rides) < len(everything.rides)
    found = find_contacts(model)
    with patch("konvoi.contacts.search.time_rides_of", lambda *_, **__: everything):
        among_all = find_contacts(model)
    for one, other in zip(found, among_all, strict=True):
        assert np.array_equal(one, other)
