"""What a worker does with batches, wherever it is, and what an executor must be able to do."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from konvoi.errors import RallyError
from konvoi.study.design import Study
from konvoi.sweeping.batches import Batch, run_batch
from konvoi.sweeping.parts import Parts
from konvoi.sweeping.study import describe_code
from konvoi.words import Sentence

Task = tuple[Batch, ...]  # batches sent to a worker at once


class Job(Protocol):
    """All a worker needs to know; sent to it once."""

    @property
    def code(self) -> dict[str, str]:
        """The program of the process that sends the work."""

    def keep(self, batch: Batch) -> NDArray[np.uint8]:
        """Run a batch and keep it; say what became of each replication."""

    def read_known(self, batch: Batch) -> NDArray[np.uint8] | None:
        """Say what became of each replication of a batch that was kept; None when it was not."""


@dataclass(frozen=True)
class Work:
    """The replications of a design: a job."""

    study: Study
    parts: Parts
    code: dict[str, str]

    def keep(self, batch: Batch) -> NDArray[np.uint8]:
        """Run the replications of a batch and keep them."""
        return self.parts.keep(batch, run_batch(self.study, batch))

    def read_known(self, batch: Batch) -> NDArray[np.uint8] | None:
        """Read what became of them."""
        return self.parts.read_known(batch)


@dataclass(frozen=True)
class Report:
    """What a worker says of a task."""

    kept: tuple[tuple[Batch, NDArray[np.uint8]], ...]  # batches that are on disk, and what is known of each replication
    fault: str | Sentence = (
        ""  # what keeps this worker from going on, e.g. a full disk; batches after the kept are not run
    )
    is_machine_fault: bool = False  # no memory left: others, or the same later, may well succeed


@dataclass(frozen=True)
class Ended:
    """A task that is no longer under way; without a report when its worker died."""

    task: Task
    report: Report | None
    why: str = ""


class Executor(Protocol):
    """Sends tasks to workers. Dead workers are replaced, and told of; nothing is tried again here."""

    width: int  # workers
    ahead: int  # tasks worth sending beyond them, so that no worker waits for the sender
    batches_per_task: int

    def submit(self, task: Task) -> None:
        """Send a task to a worker."""

    def wait(self) -> list[Ended]:
        """Wait for a task under way; at least one ends."""

    def close(self) -> None:
        """Let the workers go; what is under way is given up."""


@dataclass
class Worker:
    """The work at hand in a worker process."""

    work: Job
    fault: str | Sentence = field(init=False)
    _is_settled: bool = False

    def __post_init__(self) -> None:
        self.fault = _compare_code(self.work.code)

    def run(self, task: Task) -> Report:
        """Run batches and keep each as soon as it is finished."""
        kept: list[tuple[Batch, NDArray[np.uint8]]] = []
        if self.fault:
            return Report((), self.fault)
        for batch in task:
            try:
                known = self.work.keep(batch)
            except MemoryError as fault:
                return Report(tuple(kept), f"out of memory {fault}".rstrip(), is_machine_fault=True)
            except OSError as fault:
                # A sentence of ours has no language yet: the sender knows who reads it.
                return Report(tuple(kept), fault.args[0] if isinstance(fault, RallyError) else str(fault))
            kept.append((batch, known))
            self._let_go()
        return Report(tuple(kept))

    def _let_go(self) -> None:
        """Let finished days go now: models refer to themselves, and Python would wait until there are hundreds."""
        gc.collect()
        if not self._is_settled:
            gc.freeze()  # libraries and compiled kernels stay; looking through them each time takes longer than a day
            self._is_settled = True


def _compare_code(code: dict[str, str]) -> str | Sentence:
    """Return in which way this worker's program is another than the sender's; empty when it is the same."""
    own = describe_code()
    different = [name for name in {**code, **own} if code.get(name) != own.get(name)]
    if not different:
        return ""
    return Sentence("faults.worker_program", different=", ".join(different[:5]))
