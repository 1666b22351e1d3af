"""Worker processes answer, and their death at whatever moment is noticed and keeps nobody waiting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from konvoi.workers import WorkerLostError, WorkerProcess, pickle_answerer, wait_for_answers

pytestmark = pytest.mark.slow
POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal")
LARGE = bytes(4_000_000)  # more than a pipe holds


def make_answer(subject: bytes) -> Callable[[object], object]:
    """Answer with the subject's length, the process's number, a pause, or an error, as the task asks for."""

    def answer(task: object) -> object:
        if task == "length":
            return len(subject)
        if task == "number":
            return os.getpid()
        if task == "large":
            return LARGE
        if isinstance(task, float):
            time.sleep(task)
            return task
        raise ValueError(f"cannot answer {task}")

    return answer


@pytest.fixture
def worker() -> Iterator[WorkerProcess]:
    started = WorkerProcess()
    started.prepare(pickle_answerer(make_answer, LARGE))
    yield started
    started.end()
    assert not started.is_alive


def ask(worker: WorkerProcess, task: object) -> object:
    worker.send(task)
    assert wait_for_answers([worker]) == [worker]
    return worker.receive()


def test_a_worker_that_is_prepared_again_goes_on_with_the_new_subject(worker: WorkerProcess) -> None:
    number = ask(worker, "number")
    worker.prepare(pickle_answerer(make_answer, b"new"))
    assert (ask(worker, "length"), ask(worker, "number")) == (3, number)


def test_a_worker_answers_one_task_after_another(worker: WorkerProcess) -> None:
    assert ask(worker, "length") == len(LARGE)
    assert ask(worker, "number") not in (None, os.getpid())
    assert ask(worker, "large") == LARGE


def test_an_error_is_told_and_the_worker_goes_on(worker: WorkerProcess) -> None:
    with pytest.raises(RuntimeError, match="ValueError: cannot answer what"):
        ask(worker, "what")
    assert ask(worker, "length") == len(LARGE)


@POSIX
def test_a_worker_that_is_killed_at_its_task_is_lost(worker: WorkerProcess) -> None:
    number = ask(worker, "number")
    assert isinstance(number, int)
    worker.send(60.0)
    os.kill(number, signal.SIGKILL)
    assert wait_for_answers([worker]) == [worker]
    with pytest.raises(WorkerLostError, match="its worker process died"):
        worker.receive()


@POSIX
@pytest.mark.parametrize("pause_s", [0.0, 0.05, 0.5])
def test_a_worker_that_is_killed_while_it_starts_is_lost_however_much_was_to_be_sent(pause_s: float) -> None:
    worker = WorkerProcess()
    time.sleep(pause_s)
    assert worker._process.pid is not None
    os.kill(worker._process.pid, signal.SIGKILL)
    worker.prepare(pickle_answerer(make_answer, LARGE))
    worker.send("length")
    assert wait_for_answers([worker]) == [worker]
    with pytest.raises(WorkerLostError):
        worker.receive()
    worker.end()


@POSIX
def test_the_death_of_one_leaves_the_other_its_answer(worker: WorkerProcess) -> None:
    other = WorkerProcess()
    other.prepare(pickle_answerer(make_answer, b""))
    number = ask(other, "number")
    assert isinstance(number, int)
    worker.send(0.3)
    other.send(60.0)
    os.kill(number, signal.SIGKILL)
    assert wait_for_answers([worker, other]) == [other]
    with pytest.raises(WorkerLostError):
        other.receive()
    assert wait_for_answers([worker, other]) == [worker]
    assert worker.receive() == 0.3
    other.end()


def test_a_worker_is_let_go_in_the_middle_of_its_task() -> None:
    worker = WorkerProcess()
    worker.prepare(pickle_answerer(make_answer, b""))
    assert ask(worker, "length") == 0
    worker.send(600.0)
    worker.end()
    assert not worker.is_alive


@POSIX
def test_control_c_reaches_the_parent_alone_even_while_workers_start() -> None:
    program = (
        "import signal, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell in the background ignores it
        "from konvoi.workers import WorkerProcess, pickle_answerer, wait_for_answers\n"
        "from tests.test_workers import make_answer\n"
        "print('started', flush=True)\n"
        "workers = []\n"
        "try:\n"
        "    for _ in range(3): workers.append(WorkerProcess())\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted', flush=True)\n"
        "while len(workers) < 3: workers.append(WorkerProcess())\n"
        "for one in workers: one.prepare(pickle_answerer(make_answer, b'')); one.send('length')\n"
        "print(sum(one.receive() == 0 for one in workers), 'answers', flush=True)\n"
        "for one in workers: one.end()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[1], start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "started\n"
    time.sleep(0.03)
    os.killpg(child.pid, signal.SIGINT)
    said, faults = child.communicate(timeout=60)
    assert (said, faults) == ("interrupted\n3 answers\n", "")
