"""All work in this process: for debugging, and where processes are not to be had."""

from __future__ import annotations

from konvoi.sweeping.executors.work import Ended, Job, Task, Worker


class SerialExecutor:
    """Runs a task when it is waited for."""

    width, ahead, batches_per_task = 1, 0, 1

    def __init__(self, work: Job) -> None:
        self._worker = Worker(work)
        self._tasks: list[Task] = []

    def submit(self, task: Task) -> None:
        """Remember a task."""
        self._tasks.append(task)

    def wait(self) -> list[Ended]:
        """Run a task."""
        task = self._tasks.pop(0)
        return [Ended(task, self._worker.run(task))]

    def close(self) -> None:
        """Forget what was not run."""
        self._tasks.clear()
