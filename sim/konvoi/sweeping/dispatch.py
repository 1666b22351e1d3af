"""Hand batches to an executor until all are finished, whatever becomes of its workers."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from konvoi.errors import OutputError
from konvoi.sweeping.batches import FAILED, Batch
from konvoi.sweeping.executors.work import Ended, Executor, Job, Report, Task
from konvoi.sweeping.ledger import Rounds
from konvoi.words import Sentence

STRIKES = 3  # times a batch may kill its worker


@dataclass
class Dispatch:
    """Batches on their way.

    A batch whose worker died is run again. One that took its worker with it three times is given up, and its
    replications count as failed; the next run of the sweep tries them again, for the cause may lie with the machine.
    """

    rounds: Rounds
    job: Job
    executor: Executor
    watch: Callable[[], None]  # is called after each batch
    given_up: dict[Batch, str] = field(default_factory=dict)
    _waiting: deque[Batch] = field(default_factory=deque)
    _strikes: Counter[Batch] = field(default_factory=Counter)
    _n_under_way: int = 0
    _n_kept: int = 0
    _fault: str | Sentence = ""

    def run(self) -> None:
        """Run all rounds.

        Raises
        ------
        OutputError
            When a worker cannot go on, e.g. for a full disk; what was under way elsewhere has been kept.
        KeyboardInterrupt
            After the batches under way have been kept; at once when it comes twice.
        """
        self._waiting.extend(self.rounds.start())
        self._n_kept = self.rounds.ledger.count_finished(self.rounds.totals)
        try:
            while self._send():
                self._receive()
        except KeyboardInterrupt:
            while self._n_under_way:
                self._receive()
            raise
        if self._fault:
            raise OutputError(self._fault)

    def _send(self) -> bool:
        """Send what can be sent; return whether anything is under way."""
        while not self._fault and self._waiting and self._n_under_way < self.executor.width + self.executor.ahead:
            n = min(self.executor.batches_per_task, -(-len(self._waiting) // self.executor.width))
            self.executor.submit(tuple(self._waiting.popleft() for _ in range(n)))
            self._n_under_way += 1
        return self._n_under_way > 0

    def _receive(self) -> None:
        """Take in what has ended."""
        for ended in self.executor.wait():
            self._n_under_way -= 1
            if ended.report is not None:
                self._take(ended.task, ended.report)
            else:
                self._search(ended)

    def _take(self, task: Task, report: Report) -> None:
        """Note what a worker kept."""
        for batch, known in report.kept:
            self.rounds.ledger.note(batch, known)
            self._n_kept += 1
            self._finish(batch)
        rest = task[len(report.kept) :]
        if rest and report.is_machine_fault:
            self._strike(rest[0], report.fault)
            self._waiting.extendleft(reversed(rest[1:]))
        elif report.fault:
            self._fault = self._fault or report.fault

    def _search(self, ended: Ended) -> None:
        """See what a dead worker had finished, and have the rest run again."""
        rest = list(ended.task)
        for batch in self._find_kept(ended.task):
            rest.remove(batch)
            self._finish(batch)
        if rest:
            self._strike(rest[0], ended.why)
            self._waiting.extendleft(reversed(rest[1:]))

    def _find_kept(self, task: Task) -> Iterator[Batch]:
        for batch in task:
            known = self.job.read_known(batch)
            if known is not None:
                self.rounds.ledger.note(batch, known)
                yield batch

    def _strike(self, batch: Batch, why: str | Sentence) -> None:
        """Try a batch again, or give it up."""
        self._strikes[batch] += 1
        if self._strikes[batch] < STRIKES:
            self._waiting.appendleft(batch)
            return
        self.given_up[batch] = f"WorkerLost: {STRIKES} times {why}"
        if len(self.given_up) >= STRIKES and not self._n_kept:
            self._fault = Sentence("faults.workers_die", why=why)
            return
        self.rounds.ledger.note(batch, np.full(len(batch), FAILED, np.uint8))
        self._finish(batch)

    def _finish(self, batch: Batch) -> None:
        self.watch()
        self._waiting.extend(self.rounds.go_on(batch.point))
