"""The bench: what is known of plans on days, kept on disk; what is not known is simulated by worker processes.

A day always goes to the same worker, which still holds the sides' movement of that day: another plan of the same ride
costs a search for contacts, no simulation. Which rows exist depends on the plans and days that were asked for, never on
the number of workers; a search that was interrupted reads what it had and goes on.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, astuple
from multiprocessing.connection import wait as wait_for_any
from pathlib import Path
from typing import IO, Any, Self

import numpy as np

from konvoi.arrays import FloatArray
from konvoi.errors import OutputError
from konvoi.propose.outcomes import ASSUMED, Meeting, Outcomes
from konvoi.propose.plans import OfficialPlan
from konvoi.propose.simulator import N_COLUMNS, Ground, Simulator, Task, read_rows
from konvoi.propose.verify import FIRST_FRESH_DAY
from konvoi.words import Sentence

DAYS_PER_TASK = 5  # between two signs of life
Row = tuple[float, ...]


class Workers:
    """Processes that simulate tasks; with one worker, this process itself."""

    def __init__(self, ground: Ground, n_workers: int) -> None:
        self.n = n_workers
        self._own = Simulator(ground) if n_workers == 1 else None
        context = multiprocessing.get_context("spawn")
        self._pools = (
            [ProcessPoolExecutor(1, context, _prepare, (ground,)) for _ in range(n_workers)] if n_workers > 1 else []
        )

    def run(self, tasks: Sequence[Task], keep: Callable[[Task, FloatArray], None]) -> None:
        """Run tasks, each by the worker of its days, and keep what comes back."""
        if self._own is not None:
            for task in tasks:
                keep(task, self._own.run(task))
            return
        futures: list[tuple[Task, Future[FloatArray]]] = [
            (task, self._pools[task.days[0] % self.n].submit(_run, task)) for task in tasks
        ]
        for task, future in futures:
            keep(task, future.result())

    def find_meetings(self, plan: OfficialPlan, days: Sequence[int], world: str) -> dict[Meeting, float]:
        """Return who meets whom on some days of a world."""
        if self._own is not None:
            return self._own.find_meetings(plan, days, world)
        futures = [self._pools[day % self.n].submit(_find_meetings, plan, [day], world) for day in days]
        total: dict[Meeting, float] = {}
        for future in futures:
            for meeting, exposure in future.result().items():
                total[meeting] = total.get(meeting, 0.0) + exposure
        return total

    def close(self) -> None:
        """End the workers."""
        for pool in self._pools:
            pool.shutdown(wait=True, cancel_futures=True)


_WORKER: list[Simulator] = []  # of this process


def _prepare(ground: Ground) -> None:
    """Keep the ground; Ctrl-C is for the parent; this process ends when its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _WORKER[:] = [Simulator(ground)]


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait_for_any([parent.sentinel])
    os._exit(1)


def _run(task: Task) -> FloatArray:
    return _WORKER[0].run(task)


def _find_meetings(plan: OfficialPlan, days: Sequence[int], world: str) -> dict[Meeting, float]:
    return _WORKER[0].find_meetings(plan, days, world)


class FileBench:
    """A bench whose rows are kept in a file, one line a task; ``path=None`` keeps them in memory alone."""

    def __init__(self, ground: Ground, n_workers: int, path: Path | None, tell: Callable[[int], None]) -> None:
        self.n_days = 0  # plans × days that were asked for, each once
        self.n_exact = 0  # of them, those the fast evaluator alone knew exactly
        self._known: dict[tuple[str, int], Row] = {}
        self._meetings: dict[str, dict[Meeting, float]] = {}
        self._tell = tell
        self._file: IO[str] | None = None
        if path is not None:
            self._load(path)
            self._file = _open(path)
        self._workers = Workers(ground, n_workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        self._workers.close()
        if self._file is not None:
            self._file.close()

    def evaluate(self, plans: Sequence[OfficialPlan], world: str, days: range) -> list[Outcomes]:
        """Return the outcomes of each plan on some days of a world; fresh days always as the full engine sees them."""
        is_exact = days.start >= FIRST_FRESH_DAY
        names = {plan: name_plan(plan, world, is_exact) for plan in plans}
        tasks = []
        for ride in dict.fromkeys(plan.ride for plan in plans):
            own = [plan for plan in names if plan.ride == ride]
            for worker in range(self._workers.n):
                mine = [day for day in days if day % self._workers.n == worker]
                lacking = [day for day in mine if any((names[plan], day) not in self._known for plan in own)]
                for first in range(0, len(lacking), DAYS_PER_TASK):
                    chunk = tuple(lacking[first : first + DAYS_PER_TASK])
                    wanted = [plan for plan in own if any((names[plan], day) not in self._known for day in chunk)]
                    tasks.append(Task(tuple(wanted), world, chunk, is_exact))
        tasks.sort(key=lambda task: task.days[0] // self._workers.n)  # the workers' tasks in turn
        self._workers.run(tasks, self._keep)
        return [read_rows(np.array([self._known[names[plan], day] for day in days])) for plan in plans]

    def find_meetings(self, plan: OfficialPlan, days: range, world: str = ASSUMED) -> dict[Meeting, float]:
        """Return who meets whom under a plan, with the exposure of a day (person-min), in the order of names."""
        name = name_plan(plan, f"meetings of {days.start} to {days.stop} in {world}", is_exact=True)
        if name not in self._meetings:
            found = self._workers.find_meetings(plan, days, world)
            self._meetings[name] = {meeting: found[meeting] / len(days) for meeting in sorted(found)}
            rows = [[*astuple(meeting), exposure] for meeting, exposure in self._meetings[name].items()]
            self._write({"meetings": name, "rows": rows})
        return self._meetings[name]

    def _keep(self, task: Task, rows: FloatArray) -> None:
        for plan, own in zip(task.plans, rows, strict=True):
            name = name_plan(plan, task.world, task.is_exact)
            self._note(name, task.days, own.tolist())
            self._write({"plan": name, "days": task.days, "rows": own.tolist()})
        self._tell(len(task.plans) * len(task.days))

    def _note(self, name: str, days: Sequence[int], rows: Sequence[Sequence[float]]) -> None:
        for day, row in zip(days, rows, strict=True):
            if (name, day) not in self._known:
                self.n_days += 1
                self.n_exact += row[-1] > 0.5
            self._known[name, day] = tuple(row)

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is not None:
            try:
                self._file.write(json.dumps(line) + "\n")
                self._file.flush()
            except OSError as fault:
                raise OutputError(Sentence("faults.unwritable", path=self._file.name, fault=fault)) from None

    def _load(self, path: Path) -> None:
        """Read what an earlier search knew; a line that was being written when it ended is left out."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        except OSError as fault:
            raise OutputError(Sentence("faults.unreadable", path=path, fault=fault)) from None
        for line in lines:
            try:
                known = json.loads(line)
                if "meetings" in known:
                    self._meetings[str(known["meetings"])] = {
                        Meeting(*(str(part) for part in who)): float(exposure) for *who, exposure in known["rows"]
                    }
                elif all(len(row) == N_COLUMNS for row in known["rows"]):
                    self._note(str(known["plan"]), [int(day) for day in known["days"]], known["rows"])
            except (ValueError, KeyError, TypeError, AttributeError):
                continue


def name_plan(plan: OfficialPlan, world: str, is_exact: bool) -> str:
    """Return a short stable key of a plan in a world."""
    text = json.dumps([asdict(plan), world, is_exact], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()


def _open(path: Path) -> IO[str]:
    try:
        stream = path.open("a+b")
        stream.seek(0, os.SEEK_END)
        if stream.tell():
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":
                stream.write(b"\n")  # after a line that was torn
        stream.close()
        return path.open("a", encoding="utf-8")
    except OSError as fault:
        raise OutputError(Sentence("faults.unwritable", path=path, fault=fault)) from None
