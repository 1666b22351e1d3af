"""Batches reach their end whatever becomes of the workers: with workers that die by plan."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from konvoi.errors import OutputError
from konvoi.study.stopping import StoppingRule
from konvoi.sweeping.batches import FAILED, WITH, WITHOUT, Batch, cut_batches
from konvoi.sweeping.dispatch import Dispatch
from konvoi.sweeping.executors.work import Ended, Report, Task
from konvoi.sweeping.ledger import Ledger, Rounds
from konvoi.sweeping.parts import Parts, open_parts


class ScriptedExecutor:
    """Runs the oldest task; a batch that kills takes its task with it."""

    def __init__(self, killers: dict[Batch, int], *, width: int = 3, per_task: int = 1) -> None:
        self.killers, self.width, self.ahead, self.batches_per_task = killers, width, 0, per_task
        self.runs: Counter[Batch] = Counter()
        self.widest = 0
        self._tasks: list[Task] = []

    def submit(self, task: Task) -> None:
        self._tasks.append(task)
        self.widest = max(self.widest, len(self._tasks))

    def wait(self) -> list[Ended]:
        task = self._tasks.pop(0)
        for batch in task:
            self.runs[batch] += 1
            if self.killers.get(batch, 0) > 0:
                self.killers[batch] -= 1
                return [Ended(task, None, "its worker died")]
        return [Ended(task, Report(tuple((batch, np.full(len(batch), WITHOUT, np.uint8)) for batch in task)))]

    def close(self) -> None:
        self._tasks = []


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return open_parts(None, tmp_path, "key")


def run(executor: ScriptedExecutor, parts: Parts, *, replications: int = 200, n_points: int = 2) -> Dispatch:
    rounds = Rounds(Ledger(n_points), StoppingRule.fixed(replications), executor.width)
    dispatch = Dispatch(rounds, parts, executor, lambda: None)
    dispatch.run()
    assert rounds.ledger.count_finished(rounds.totals) == n_points * replications
    return dispatch


def test_a_batch_that_kills_its_worker_twice_is_finished_the_third_time(parts: Parts) -> None:
    killer = Batch(1, 25, 50)
    executor = ScriptedExecutor({killer: 2})
    dispatch = run(executor, parts)
    assert dispatch.given_up == {}
    assert executor.runs[killer] == 3
    assert executor.widest == 3


def test_a_batch_that_always_kills_is_given_up_and_no_innocent_one_with_it(parts: Parts) -> None:
    killer = Batch(0, 100, 125)
    executor = ScriptedExecutor({killer: 99})
    dispatch = run(executor, parts)
    assert list(dispatch.given_up) == [killer]
    assert dispatch.given_up[killer] == "WorkerLost: 3 times its worker died"
    assert (dispatch.rounds.ledger._known[0][100:125] == FAILED).all()
    assert (dispatch.rounds.ledger._known[0][:100] == WITHOUT).all()
    others = {batch: n for batch, n in executor.runs.items() if batch != killer}
    assert set(others.values()) == {1}


def test_of_a_job_only_the_batch_at_hand_is_blamed(parts: Parts) -> None:
    killer = Batch(0, 50, 75)
    executor = ScriptedExecutor({killer: 99}, per_task=4)
    dispatch = run(executor, parts)
    assert list(dispatch.given_up) != []
    assert sum(len(batch) for batch in dispatch.given_up) <= 25


def test_workers_that_all_die_end_the_sweep_with_a_message(parts: Parts) -> None:
    killers = {batch: 99 for point in (0, 1) for batch in cut_batches(point, [(0, 200)], 25)}
    with pytest.raises(OutputError, match="workers die before they finish anything: its worker died"):
        run(ScriptedExecutor(killers), parts)


def test_a_full_disk_ends_the_sweep_after_what_is_under_way(parts: Parts) -> None:
    class Full(ScriptedExecutor):
        def wait(self) -> list[Ended]:
            ended = super().wait()
            if self.runs.total() == 4:
                return [Ended(ended[0].task, Report((), "No space left on device"))]
            return ended

    executor = Full({})
    rounds = Rounds(Ledger(2), StoppingRule.fixed(200), executor.width)
    with pytest.raises(OutputError, match="No space left on device"):
        Dispatch(rounds, parts, executor, lambda: None).run()
    assert executor.runs.total() == 6  # the fourth failed; two more were under way
    assert rounds.ledger.count_finished(rounds.totals) == 5 * 25


def test_points_go_on_by_themselves_to_their_next_round() -> None:
    rule = StoppingRule(first=50, batch=50, cap=200, half_width=0.02)
    ledger = Ledger(2)
    rounds = Rounds(ledger, rule, width=2)
    chance = np.random.default_rng(1)
    waiting, order = rounds.start(), []
    while waiting:
        batch = waiting.pop(0)
        order.append(batch)
        is_open = batch.point == 1  # near the threshold; the other one always has contact
        known = np.where(chance.random(len(batch)) < (0.05 if is_open else 1.1), WITH, WITHOUT).astype(np.uint8)
        ledger.note(batch, known)
        waiting += rounds.go_on(batch.point)
    assert rounds.totals.tolist() == [50, 200]
    for point in (0, 1):
        own = sorted(batch for batch in order if batch.point == point)
        assert [batch.first for batch in own] == [0, *(batch.stop for batch in own[:-1])]


def test_failures_count_towards_the_cap_and_end_no_search_for_ever() -> None:
    rule = StoppingRule(first=50, batch=50, cap=200)
    ledger = Ledger(1)
    rounds = Rounds(ledger, rule, width=1)
    waiting = rounds.start()
    while waiting:
        batch = waiting.pop(0)
        ledger.note(batch, np.full(len(batch), FAILED, np.uint8))
        waiting += rounds.go_on(0)
    assert rounds.totals.tolist() == [200]


def test_batches_cover_their_ranges_once_and_keep_to_their_size() -> None:
    batches = list(cut_batches(3, [(0, 7), (20, 131)], 25))
    covered = [number for batch in batches for number in range(batch.first, batch.stop)]
    assert covered == [*range(7), *range(20, 131)]
    assert max(map(len, batches)) <= 25
    assert all(Batch.parse(batch.name) == batch for batch in batches)
    assert Batch.parse("p00000-r0000009-0000003") is None
    assert Batch.parse(".p00000-r0000000-0000003") is None
