"""The bench keeps what it knows, on disk too, and asks for nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from konvoi.config.reading import LoadedScenario
from konvoi.propose import bench as bench_module
from konvoi.propose.bench import FileBench
from konvoi.propose.outcomes import Meeting
from konvoi.propose.plans import OfficialPlan
from konvoi.propose.simulator import N_COLUMNS, Ground, Task
from konvoi.propose.verify import FIRST_FRESH_DAY

PLAN = OfficialPlan((32_400.0, 32_400.0), 150.0, "near")
LATER = replace(PLAN, starts_s=(32_400.0, 39_600.0))
LONGER = replace(LATER, length_min=180.0)
GROUND = Ground(LoadedScenario({}, Path("x.yaml")), {}, {})


class CountingWorkers:
    """Instead of processes: contact on every third day, exposure the day's number; counts what it is asked."""

    asked: list[Task]

    def __init__(self, ground: Ground, n_workers: int) -> None:
        self.n = n_workers
        self.asked = []
        STARTED.append(self)

    def run(self, tasks: Sequence[Task], keep: Callable[[Task, Any], None]) -> None:
        for task in tasks:
            self.asked.append(task)
            rows = np.zeros((len(task.plans), len(task.days), N_COLUMNS))
            for at, plan in enumerate(task.plans):
                rows[at, :, 2] = np.array(task.days) % 3 == 0
                rows[at, :, 4] = np.array(task.days) + plan.shift_min
            keep(task, rows)

    def find_meetings(self, plan: OfficialPlan, days: Sequence[int], world: str) -> dict[Meeting, float]:
        return {Meeting("p1", "p2", "out_out", "crossing", "Simpang"): 8.0}

    def close(self) -> None:
        pass


STARTED: list[CountingWorkers] = []


@pytest.fixture(autouse=True)
def _counting(monkeypatch: pytest.MonkeyPatch) -> None:
    STARTED.clear()
    monkeypatch.setattr(bench_module, "Workers", CountingWorkers)


def open_bench(path: Path | None, n_workers: int = 2) -> FileBench:
    return FileBench(GROUND, n_workers, path, lambda n_days: None)


def test_what_is_known_is_not_simulated_again_and_more_days_add_only_theirs(tmp_path: Path) -> None:
    with open_bench(tmp_path / "days.jsonl") as bench:
        first = bench.evaluate([PLAN, LATER], "assumed", range(6))
        more = bench.evaluate([LATER, LONGER], "assumed", range(10))
        asked = STARTED[0].asked
    assert first[1].count("any") == 2
    assert more[0].exposure_person_min.tolist() == [day + 120.0 for day in range(10)]
    per_plan = {
        plan: sorted(day for task in asked if plan in task.plans for day in task.days) for plan in (PLAN, LATER)
    }
    assert per_plan == {PLAN: list(range(6)), LATER: list(range(10))}
    assert all(len({plan.ride for plan in task.plans}) == 1 for task in asked)
    assert all(len({day % 2 for day in task.days}) == 1 for task in asked)  # a day stays with its worker


def test_an_interrupted_search_goes_on_from_what_was_written_a_torn_line_left_out(tmp_path: Path) -> None:
    path = tmp_path / "days.jsonl"
    with open_bench(path) as bench:
        known = bench.evaluate([PLAN], "assumed", range(20))
        meetings = bench.find_meetings(PLAN, range(4))
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.splitlines()[0][:40], encoding="utf-8")
    with open_bench(path, n_workers=3) as bench:
        again = bench.evaluate([PLAN], "assumed", range(20))
        assert bench.find_meetings(PLAN, range(4)) == meetings
        assert STARTED[1].asked == []
        bench.evaluate([PLAN], "rain", range(2))
    assert np.array_equal(known[0].grades, again[0].grades)
    assert np.array_equal(known[0].exposure_person_min, again[0].exposure_person_min)
    with open_bench(path) as bench:  # what was written after the torn line is whole
        bench.evaluate([PLAN], "rain", range(2))
        assert STARTED[2].asked == []
        assert bench.n_days == 22


def test_fresh_days_are_those_of_the_full_engine_and_never_mixed_with_the_others() -> None:
    with open_bench(None) as bench:
        bench.evaluate([PLAN], "assumed", range(2))
        bench.evaluate([PLAN], "assumed", range(FIRST_FRESH_DAY, FIRST_FRESH_DAY + 2))
        assert {(task.is_exact, task.days[0] >= FIRST_FRESH_DAY) for task in STARTED[0].asked} == {
            (False, False),
            (True, True),
        }


def test_the_rows_do_not_depend_on_the_number_of_workers() -> None:
    found = []
    for n_workers in (1, 2, 5):
        with open_bench(None, n_workers) as bench:
            found.append(bench.evaluate([PLAN, LATER], "assumed", range(13)))
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            assert np.array_equal(one.exposure_person_min, two.exposure_person_min)
