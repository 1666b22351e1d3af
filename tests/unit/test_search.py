"""What is left out of the search for contacts could tell nothing."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest

from sim.engine.model import RallyModel
from sim.replication import build_model
from tests.fixtures import load_crossroads


@pytest.mark.parametrize("gap_min", [0, 60, 150])
def test_rides_without_the_other_side_in_sight_change_no_contact(gap_min: int) -> None:
    config, town, routes = load_crossroads(rally={"gap_min": gap_min})
    model = build_model(config, town, routes, 3)
    model.run()
    chosen, everything = model.compute_passages(is_everywhere=False), model.compute_passages(is_everywhere=True)
    assert len(chosen.rides) < len(everything.rides)
    found = model.find_contacts()
    with patch.object(RallyModel, "compute_passages", lambda *_, **__: everything):
        among_all = model.find_contacts()
    for one, other in zip(found, among_all, strict=True):
        assert np.array_equal(one, other)
