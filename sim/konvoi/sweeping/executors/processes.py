"""Worker processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_any

from konvoi.sweeping.executors.work import Ended, Job, Report, Task, Worker


class ProcessesExecutor:
    """A pool of spawned processes; a pool that lost a worker is replaced by a new one."""

    batches_per_task, knows_whose_worker_died = 1, False

    def __init__(self, work: Job, workers: int) -> None:
        self.width, self.ahead = workers, (workers + 1) // 2
        self._work = work
        self._pool: ProcessPoolExecutor | None = None
        self._under_way: dict[Future[Report], Task] = {}

    def submit(self, task: Task) -> None:
        """Send a task to the pool."""
        try:
            future = self._open_pool().submit(_run, task)
        except BrokenProcessPool:  # a worker died while it had nothing to do
            self._drop_pool()
            future = self._open_pool().submit(_run, task)
        self._under_way[future] = task

    def wait(self) -> list[Ended]:
        """Wait for a task; when a worker died, all tasks under way are lost, and any may have been its own."""
        ended, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
        if any(isinstance(future.exception(), BrokenProcessPool) for future in ended):
            ended, _ = wait(self._under_way)
        n_lost = sum(isinstance(future.exception(), BrokenProcessPool) for future in ended)
        reports = []
        for future in ended:
            task, fault = self._under_way.pop(future), future.exception()
            if isinstance(fault, BrokenProcessPool):
                reports.append(Ended(task, None, "its worker process died", is_certain=n_lost == 1))
            else:
                reports.append(Ended(task, future.result()))
        if n_lost:
            self._drop_pool()
        return reports

    def close(self) -> None:
        """End the workers."""
        self._drop_pool()

    def _open_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Mesa sets the start method of the whole process; be explicit. Spawned workers are the same everywhere.
            self._pool = ProcessPoolExecutor(
                self.width,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_prepare,
                initargs=(self._work,),
            )
        return self._pool

    def _drop_pool(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


_WORKER: list[Worker] = []  # of this process


def _prepare(work: Job) -> None:
    """Keep the work; Ctrl-C is for the parent, which lets workers finish their batch."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _WORKER[:] = [Worker(work)]


def _end_with_parent() -> None:
    """End this process when its parent is gone: a killed parent can no longer tell it to."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait_for_any([parent.sentinel])
    os._exit(1)


def _run(task: Task) -> Report:
    """Run a task in a worker process."""
    return _WORKER[0].run(task)
