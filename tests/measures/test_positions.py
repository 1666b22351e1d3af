"""Points on links lie where their shape says, all of them found at once."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.measures.contacts import compute_positions_m
from tests.support.crossroads import load_crossroads


def test_points_lie_along_the_shapes_of_their_links() -> None:
    _, town, _ = load_crossroads()
    network = town.network
    draw = np.random.default_rng(5)
    link = draw.integers(0, len(network.link_from), 500).astype(np.int32)
    offset_m = draw.uniform(0.0, 1.0, 500) * network.link_length_m[link]
    offset_m[:40], offset_m[40:80] = 0.0, network.link_length_m[link[40:80]]
    x_m, y_m = compute_positions_m(network, link, offset_m)
    for k, one in enumerate(link):
        part = slice(network.shape_offset[one], network.shape_offset[one + 1])
        x, y = network.shape_x_m[part], network.shape_y_m[part]
        along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
        along *= network.link_length_m[one] / along[-1]
        assert x_m[k] == pytest.approx(np.interp(offset_m[k], along, x), abs=1e-6)
        assert y_m[k] == pytest.approx(np.interp(offset_m[k], along, y), abs=1e-6)


def test_no_points_are_nowhere() -> None:
    _, town, _ = load_crossroads()
    assert [len(found) for found in compute_positions_m(town.network, np.empty(0, np.int32), np.empty(0))] == [0, 0]
