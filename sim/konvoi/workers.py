"""Worker processes, each at a pipe of its own.

Nothing is shared between them, neither queue nor lock: a worker that is killed at whatever moment keeps nobody else
waiting, and it is known which task was at it.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for_any
from multiprocessing.resource_tracker import ensure_running
from typing import Any

END_S = 5.0  # a worker that has not ended so long after it was told to is killed


class WorkerLostError(Exception):
    """A worker process died before it answered."""


class WorkerProcess:
    """A spawned process that answers one task after another.

    `send` and `receive` alternate. Of what is sent and answered nothing is written by others: it is pickled.

    Attributes
    ----------
    is_busy
        It was sent a task whose answer has not been received.
    """

    def __init__(self) -> None:
        # Spawned workers are the same on every system, whatever start method a library has set.
        context = multiprocessing.get_context("spawn")
        self._pipe, other_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(other_end,), daemon=True)
        self.is_busy = False
        with _without_interrupts():
            self._process.start()
            other_end.close()  # else its end would go unnoticed

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.is_alive()

    @property
    def sentinels(self) -> tuple[Any, Any]:
        """What becomes ready when there is an answer, or when the process has ended."""
        return self._pipe, self._process.sentinel

    def prepare(self, content: bytes) -> None:
        """Tell it how to answer from now on: `pickle_answerer`. One that has died meanwhile is noticed by `receive`."""
        with suppress(OSError):
            self._pipe.send_bytes(content)

    def send(self, task: object) -> None:
        """Send it a task. A process that has died meanwhile is noticed by `receive`."""
        self.is_busy = True
        with suppress(OSError):
            self._pipe.send(task)

    def receive(self) -> Any:
        """Wait for its answer.

        Raises
        ------
        WorkerLostError
            When it died before it answered.
        RuntimeError
            When answering failed, with what Python says of it.
        """
        self.is_busy = False
        try:
            answer = self._pipe.recv()
        except (EOFError, OSError):
            raise WorkerLostError("its worker process died") from None
        if isinstance(answer, _Fault):
            raise RuntimeError(answer.said)
        return answer

    def end(self) -> None:
        """Let it go; what it is at is given up."""
        self._pipe.close()  # an idle worker ends by itself
        if self.is_busy:
            self._process.terminate()
        self._process.join(END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def pickle_answerer(make: Callable[[Any], Callable[[Any], Any]], subject: object) -> bytes:
    """Pack what makes a worker answer: ``make(subject)`` is called there once, its result with every task."""
    return pickle.dumps(_Preparation(make, subject))


@contextmanager
def keep_workers() -> Iterator[list[WorkerProcess]]:
    """Keep idle workers from one piece of work to the next: to start one takes as long as twenty days of a town."""
    idle: list[WorkerProcess] = []
    try:
        yield idle
    finally:
        for worker in idle:
            worker.end()


def wait_for_answers(workers: Sequence[WorkerProcess]) -> list[WorkerProcess]:
    """Wait until one of the busy workers has answered or died, and return those that have."""
    busy = [worker for worker in workers if worker.is_busy]
    ready = wait_for_any([one for worker in busy for one in worker.sentinels])
    return [worker for worker in busy if any(one in ready for one in worker.sentinels)]


class _Preparation:
    """What makes a worker answer."""

    def __init__(self, make: Callable[[Any], Callable[[Any], Any]], subject: object) -> None:
        self.make, self.subject = make, subject


class _Fault:
    """What went wrong in a worker."""

    def __init__(self, said: str) -> None:
        self.said = said


def _serve(pipe: Connection) -> None:
    """Answer until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which lets workers finish their task
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        answer: Callable[[Any], Any] | None = None
        while True:
            task = pipe.recv()
            if isinstance(task, _Preparation):
                answer = None  # what it needed may go before the next is made
                answer = task.make(task.subject)
            elif answer is not None:
                pipe.send(_try(answer, task))


def _try(answer: Callable[[Any], Any], task: object) -> object:
    try:
        return answer(task)
    except Exception:
        return _Fault(traceback.format_exc())


def _end_with_parent() -> None:
    """End this process when its parent is gone: a killed parent can no longer tell it to."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait_for_any([parent.sentinel])
    os._exit(1)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back: a process started meanwhile never gets it, not even before its first line; this one does after."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    ensure_running()  # Python's own helper, which would let Ctrl-C through again when it is started with the first process
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
