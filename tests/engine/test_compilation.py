"""Kernels are compiled once: what a worker unpickles is of the same types as what was loaded."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from konvoi.compiling import compile_kernels, list_calls
from konvoi.kernels import KERNELS, Signature, are_compiled, forget_stale_kernels
from konvoi.replication import run_replication
from tests.support.crossroads import load_crossroads


@pytest.fixture(scope="module")
def calls() -> dict[str, Signature]:
    return list_calls()


@pytest.mark.slow
def test_a_worker_runs_the_kernels_compiled_at_set_up(calls: dict[str, Signature]) -> None:
    config, town, routes = load_crossroads()
    run_replication(config, town, routes, 0)
    run_replication(*pickle.loads(pickle.dumps((config, town, routes))), 0)
    called = {name: kernel.signatures for name, kernel in KERNELS.items() if kernel.signatures}
    assert len(called) > 20
    assert called == {name: [calls[name]] for name in called}


@pytest.mark.slow
def test_the_small_day_calls_every_kernel(calls: dict[str, Signature]) -> None:
    assert set(calls) == set(KERNELS)


@pytest.mark.slow
def test_kernels_are_compiled_by_workers_and_counted(
    calls: dict[str, Signature], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dict(list(calls.items())[:3])  # found as compiled, which is all that workers need do here
    monkeypatch.setattr("konvoi.compiling.list_calls", lambda: first)
    told: list[tuple[int, int]] = []
    compile_kernels(lambda n_done, n: told.append((n_done, n)))
    assert told == sorted(told)
    assert (told[0], told[-1]) == ((0, 3), (3, 3))
    assert are_compiled()


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
