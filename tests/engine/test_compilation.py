"""Kernels are compiled once: what a worker unpickles is of the same types as what was loaded."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from konvoi.contacts import census, crowds, merge, proximity, rides
from konvoi.engine import movement
from konvoi.engine.following import forget_stale_kernels
from konvoi.replication import run_replication
from tests.support.crossroads import load_crossroads

KERNELS = (
    movement.advance,
    movement.release_vehicles,
    rides.sort_rides,
    rides.choose_rides,
    rides.write_rides,
    census.count_people,
    census.sort_counts,
    census.find_episodes,
    proximity.find_coverages,
    merge.merge_contacts,
    crowds.find_crowd_contacts,
    crowds.list_rides_on,
)


@pytest.mark.slow
def test_a_worker_runs_the_kernels_compiled_at_set_up() -> None:
    config, town, routes = load_crossroads()
    run_replication(config, town, routes, 0)
    before = [kernel.signatures for kernel in KERNELS]
    run_replication(*pickle.loads(pickle.dumps((config, town, routes))), 0)
    assert all(len(signatures) == 1 for signatures in before)
    assert [kernel.signatures for kernel in KERNELS] == before


def test_kernels_compiled_before_any_file_they_may_call_changed_are_forgotten(tmp_path: Path) -> None:
    rooms = [tmp_path / "engine", tmp_path / "contacts"]
    for name, changed_s in (
        ("engine/state.py", 1000.0),
        ("contacts/merge.py", 2000.0),
        ("engine/__pycache__/state.old-1.py311.nbi", 1500.0),
        ("engine/__pycache__/state.new-1.py311.nbi", 2500.0),
        ("contacts/__pycache__/merge.old-1.py311.1.nbc", 1999.0),
        ("contacts/__pycache__/merge.cpython-311.pyc", 100.0),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (changed_s, changed_s))
    forget_stale_kernels(rooms)
    left = sorted(path.name for room in rooms for path in room.glob("__pycache__/*"))
    assert left == ["merge.cpython-311.pyc", "state.new-1.py311.nbi"]
