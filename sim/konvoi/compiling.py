"""Compiling all kernels ahead, on all cores, so that the first day need not wait for one after another.

Numba compiles a kernel when it is first called, since only then does it know with what. A day of a handful of people,
run without compiling, tells that for all kernels in seconds; they are then compiled side by side, dearest first.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from types import FunctionType
from typing import Any

from konvoi.alone import keep_day, meet_days
from konvoi.config.reading import build_config, load_scenario
from konvoi.config.scenario import Hold
from konvoi.data import PACKAGE, find_data
from konvoi.kernels import KERNELS, NOTE_CALLS, Signature, are_compiled, get_calls
from konvoi.replication import build_replication, prepare_routes, summarise
from konvoi.town import prepare_town
from konvoi.view.trips import build_trips
from konvoi.workers import WorkerLostError, WorkerProcess, pickle_answerer, wait_for_answers

MAX_WORKERS = 4  # of about half a gigabyte each
NOTING_S = 300.0  # within which the small day must have been run
SHARE = 0.02  # of the people come on the small day


def compile_kernels(watch: Callable[[int, int], None]) -> None:
    """Compile all kernels for this computer, on as many cores as there are.

    A kernel whose worker dies is left to be compiled when it is first called; so are all when the small day fails.

    Parameters
    ----------
    watch
        Is told how many have been compiled, and of how many.
    """
    try:
        calls = list_calls()
    except (OSError, subprocess.SubprocessError):
        return
    waiting = sorted(calls.items(), key=lambda call: _weigh(KERNELS[call[0]]))
    n_done, n = 0, len(waiting)
    workers = [WorkerProcess() for _ in range(min(os.cpu_count() or 1, MAX_WORKERS))]
    try:
        for worker in workers:
            worker.prepare(pickle_answerer(_make_compiler, None))
        while waiting or any(worker.is_busy for worker in workers):
            for worker in workers:
                if waiting and not worker.is_busy:
                    worker.send(waiting.pop())
            watch(n_done, n)
            for worker in wait_for_answers(workers):
                try:
                    worker.receive()
                except WorkerLostError:
                    workers.remove(worker)
                    worker.end()
                n_done += 1
            if not workers:
                return
        watch(n, n)
    finally:
        for worker in workers:
            worker.end()


def list_calls() -> dict[str, Signature]:
    """List what each kernel is called with, by running a small day in a process that compiles nothing.

    Raises
    ------
    OSError, subprocess.SubprocessError
        When that process could not be started, failed, or did not end.
    """
    environment = {
        **os.environ,
        NOTE_CALLS: "1",
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), *sys.path[1:]]),
    }
    told = subprocess.run(
        [sys.executable, "-m", "konvoi.compiling", "--calls"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=NOTING_S,
        check=True,
    )
    found: dict[str, Signature] = pickle.loads(told.stdout)  # noqa: S301 - written by the process above
    return found


def _run_small_day() -> None:
    """Run a day on which every kernel is called."""
    scenario = load_scenario(find_data("scenarios") / "crossroads.yaml")
    config = build_config({"seed": 1, "behaviour": {"turnout": SHARE}}, scenario)
    convoys = {
        name: convoy.model_copy(update={"holds": [Hold(at=convoy.assembly_point, until_closed_up=True)]})
        for name, convoy in config.scenario.convoys.items()
    }
    config = config.model_copy(update={"scenario": config.scenario.model_copy(update={"convoys": convoys})})
    town = prepare_town(config, scenario.path)
    model = build_replication(config, town, prepare_routes(config, town), 0)
    model.run()
    summarise(model, town, 0)
    build_trips(model)
    day_1, day_2 = (keep_day(config, town, model, side) for side in (1, 2))
    meet_days(town, config.contact, day_1, day_2)


def _make_compiler(_: object) -> Callable[[tuple[str, Signature]], None]:
    """Make what compiles a kernel, in a worker."""

    def compile_kernel(call: tuple[str, Signature]) -> None:
        name, signature = call
        import_module(name.rpartition(".")[0])
        KERNELS[name].compile(signature)

    return compile_kernel


def _weigh(kernel: Any) -> int:
    """Estimate how long a kernel compiles: the bytes of its code and of all that it calls, each way there counted."""
    function: FunctionType = getattr(kernel, "py_func", kernel)
    called = [function.__globals__.get(name) for name in function.__code__.co_names]
    return len(function.__code__.co_code) + sum(_weigh(one) for one in called if hasattr(one, "py_func"))


def main() -> int:
    """Compile what is not yet compiled, and tell how far it is; or, for `compile_kernels`, list the calls."""
    if "--calls" in sys.argv:
        _run_small_day()
        sys.stdout.buffer.write(pickle.dumps(get_calls()))
        return 0
    if not are_compiled():
        compile_kernels(lambda n_done, n: print(f"\r{n_done}/{n}", end="\n" if n_done == n else "", flush=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
