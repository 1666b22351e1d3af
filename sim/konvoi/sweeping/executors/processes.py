"""Worker processes of this machine."""

from __future__ import annotations

from collections.abc import Callable

from konvoi.sweeping.executors.work import Ended, Job, Report, Task, Worker
from konvoi.workers import WorkerLostError, WorkerProcess, pickle_answerer, wait_for_answers


class ProcessesExecutor:
    """Processes with one task each; one that died is replaced by a new one.

    Parameters
    ----------
    idle
        Workers of an earlier sweep, taken before any is started; those that are idle at the end go back there.
    """

    ahead, batches_per_task = 0, 1

    def __init__(self, work: Job, workers: int, idle: list[WorkerProcess] | None = None) -> None:
        self.width = workers
        self._idle = idle
        self._content = pickle_answerer(_make_answerer, work)
        self._tasks: dict[WorkerProcess, Task | None] = {}

    def submit(self, task: Task) -> None:
        """Send a task to a worker without one."""
        self._fill()
        worker = next(worker for worker, own in self._tasks.items() if own is None)
        self._tasks[worker] = task
        worker.send(task)

    def wait(self) -> list[Ended]:
        """Wait for a task; one whose worker died is lost."""
        return [self._receive(worker) for worker in wait_for_answers(list(self._tasks))]

    def close(self) -> None:
        """End the workers, or give them back."""
        while self._tasks:
            worker, task = self._tasks.popitem()
            if self._idle is not None and task is None and worker.is_alive:
                self._idle.append(worker)
            else:
                worker.end()

    def _receive(self, worker: WorkerProcess) -> Ended:
        task = self._tasks[worker]
        assert task is not None
        try:
            report = worker.receive()
        except WorkerLostError as fault:
            self._drop(worker)
            return Ended(task, None, str(fault))
        self._tasks[worker] = None
        return Ended(task, report)

    def _fill(self) -> None:
        """Start workers until all are there; those that died while they had nothing to do are replaced."""
        for worker, task in list(self._tasks.items()):
            if task is None and not worker.is_alive:
                self._drop(worker)
        wanted = self.width - len(self._tasks)
        known = [self._idle.pop() for _ in range(min(wanted, len(self._idle)))] if self._idle else []
        started = [*known, *(WorkerProcess() for _ in range(wanted - len(known)))]
        for worker in started:  # once all have been started: what is sent is taken in when Python is up
            worker.prepare(self._content)
            self._tasks[worker] = None

    def _drop(self, worker: WorkerProcess) -> None:
        del self._tasks[worker]
        worker.end()


def _make_answerer(work: Job) -> Callable[[Task], Report]:
    return Worker(work).run
