"""A town of 20,000 junctions is loaded from its compiled copy, and gets its places, without making anybody wait."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from konvoi.network import LinkDraft, build_synthetic, insert_places_xy, read_compiled, write_compiled

pytestmark = pytest.mark.slow


def test_a_large_town_is_loaded_from_its_compiled_copy_in_half_a_second(tmp_path: Path) -> None:
    side = 142
    nodes = [(200.0 * (k % side), 200.0 * (k // side)) for k in range(side * side)]
    roads = [LinkDraft(k, k + 1, name=f"Jl. {k // side}") for k in range(side * side) if (k + 1) % side]
    roads += [LinkDraft(k, k + side, name=f"Jl. Utara {k % side}") for k in range(side * (side - 1))]
    network = build_synthetic(nodes, roads)
    write_compiled(network, tmp_path / "kota.npz")
    begin_s = time.process_time()
    loaded = read_compiled(tmp_path / "kota.npz")
    loading_s = time.process_time() - begin_s
    assert loaded.hash == network.hash
    assert len(loaded.node_x_m) == 20_164
    assert loading_s < 0.5
    spots = np.linspace(150.0, 28_000.0, 30)
    begin_s = time.process_time()
    _, node, snap_m = insert_places_xy(loaded, spots, spots[::-1] + 37.0, [str(k) for k in range(30)])
    assert time.process_time() - begin_s < 5.0
    assert len(set(node.tolist())) == 30
    assert snap_m.max() <= 100.0
