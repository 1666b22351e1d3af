"""Kernels are compiled once: what a worker unpickles is of the same types as what was loaded."""

from __future__ import annotations

import pickle

import pytest

from konvoi.contacts import census, crowds, merge, proximity, rides
from konvoi.engine import movement
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
