"""Kill sweeps at random moments, continue them, and compare their tables with those of an undisturbed one.

    python -m tests.benchmarks.kill_sweeps --kills 200            # konvoi sweep itself: parent, workers or both (SIGKILL)
    python -m tests.benchmarks.kill_sweeps --kills 24 --forked    # a small sweep in one process: fast enough for the suite

Not on Windows. Ends with an error at the first table that differs, batch that was lost, or process that stays behind.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from konvoi.sweeping.batches import Batch, run_batch
from konvoi.sweeping.parts import Folder, Parts, open_parts
from konvoi.sweeping.study import compute_fingerprint, describe_study
from tests.support.small_sweep import prepare, read_tables, sweep_into

COMMAND = (
    "scenario=crossroads", "experiment=gap", "rally.gap_min=0,30,60", "design.stopping=precision",
    "design.replications=100", "design.cap=600", "design.half_width=0.05", "progress=false", "workers=2", "seed=5",
)  # fmt: skip


class Sweep:
    """A sweep that can be started, killed and continued; and the check of what a kill leaves."""

    def __init__(self, folder: Path, parts_key: str) -> None:
        self.folder = folder
        self._parts = Parts(Folder(folder / "parts"), parts_key)
        self._finished: set[str] = set()

    def check(self) -> int:
        """Make sure that no finished batch was lost; return how many there are."""
        if not (self.folder / "parts").is_dir():
            return 0
        finished = {batch.name for batch in self._parts.list_batches() if self._parts.read(batch) is not None}
        lost = self._finished - finished
        if lost:
            raise SystemExit(f"lost: {sorted(lost)}")
        self._finished = finished
        return len(finished)


def kill_forked(n_kills: int, base: Path, chance: random.Random) -> Counter[str]:
    """Kill a small sweep that runs in a fork of this process, which has everything loaded."""
    settings, study = prepare()
    key = compute_fingerprint(describe_study(settings, study)["identity"])

    def start(folder: Path) -> int:
        child = os.fork()
        if child == 0:
            try:
                sweep_into(folder, settings, study)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        return child

    def wait(child: int) -> bool:
        """Return whether the sweep came to its end."""
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return False
        if os.waitstatus_to_exitcode(status) != 0:
            raise SystemExit(f"the sweep failed: {status}")
        return True

    # Load here what every fork would load again, in this one thread; and no process that watches over tqdm's locks.
    tqdm.set_lock(threading.RLock())
    batch, parts = Batch(0, 0, 5), open_parts(None, base / "warm", key)
    parts.keep(batch, run_batch(study, batch))
    parts.read(batch)
    began = time.monotonic()
    wait(start(base / "undisturbed"))
    undisturbed_s = time.monotonic() - began

    def disturb(folder: Path, number: int) -> tuple[str, bool]:
        child = start(folder)
        # Short lives at first; longer ones when a busy machine gets nowhere in them.
        time.sleep(chance.uniform(0.0, undisturbed_s * (0.2 + 0.01 * number)))
        os.kill(child, signal.SIGKILL)
        return "parent", wait(child)

    return _kill(n_kills, base, key, disturb)


def kill_commands(n_kills: int, base: Path, chance: random.Random) -> Counter[str]:
    """Kill the parent, a worker, or all processes of the command itself."""
    settings, study = prepare(COMMAND, executor="processes")
    key = compute_fingerprint(describe_study(settings, study)["identity"])

    def start(folder: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "konvoi.cli", "sweep", *COMMAND, f"out={folder}"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)

    began = time.monotonic()
    if start(base / "undisturbed").wait() != 0:
        raise SystemExit("the undisturbed sweep failed")
    longest_s = time.monotonic() - began

    def disturb(folder: Path, number: int) -> tuple[str, bool]:
        process = start(folder)
        # Not before the interpreter is up (a kill during the import of libraries tests nothing of ours), and up to the end.
        victim = ("parent", "worker", "all")[number % 3]
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(2.0, longest_s))
        workers = list_workers(process.pid)
        targets = {"parent": [process.pid], "worker": workers[:1], "all": [process.pid, *workers]}[victim]
        if process.poll() is None:
            for pid in targets:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if victim == "worker":
            if process.wait(600.0) != 0:
                raise SystemExit("a killed worker ended the sweep")
            return (victim if targets else "none", True)
        process.wait()
        deadline = time.monotonic() + 10.0
        while any(_is_alive(pid) for pid in workers):
            if time.monotonic() > deadline:
                raise SystemExit("workers outlived their parent")
            time.sleep(0.05)
        return (victim, process.returncode == 0)

    return _kill(n_kills, base, key, disturb)


def _kill(n_kills: int, base: Path, key: str, disturb: Callable[[Path, int], tuple[str, bool]]) -> Counter[str]:
    """Disturb sweeps until there were so many kills; a sweep that comes to its end is compared, and the next begun."""
    wanted = read_tables(base / "undisturbed")
    counts: Counter[str] = Counter()
    n_done, number, most, folder = 0, 0, 0, base / "disturbed"
    sweep = Sweep(folder, key)
    while n_done < n_kills or folder.exists():
        victim, is_finished = disturb(folder, number)
        number += 1
        n_finished = sweep.check()
        most = max(most, n_finished)
        if not is_finished or victim == "worker":
            counts[victim] += 1
            n_done += 1
            print(f"kill {n_done}: {victim}, {n_finished} batches finished", flush=True)
        if is_finished:
            if read_tables(folder) != wanted:
                raise SystemExit(f"the tables in {folder} differ from those of the undisturbed sweep")
            counts["compared"] += 1
            shutil.rmtree(folder)
            sweep = Sweep(folder, key)
    if most == 0:
        raise SystemExit("no kill came after a finished batch: nothing could have been lost")
    return counts


def list_workers(parent: int) -> list[int]:
    """List the worker processes of a sweep (Linux)."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            if f"\nPPid:\t{parent}\n" in status.read_text():
                command = (status.parent / "cmdline").read_bytes()
                if b"spawn_main" in command:
                    found.append(int(status.parent.name))
    return sorted(found)


def _is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def main() -> None:
    """Read the command line and kill."""
    parser = argparse.ArgumentParser(description="Kill sweeps at random moments and compare their tables.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--forked", action="store_true")
    given = parser.parse_args()
    kill = kill_forked if given.forked else kill_commands
    with tempfile.TemporaryDirectory() as base:
        counts = kill(given.kills, Path(base), random.Random(given.seed))
    print(", ".join(f"{name}: {count}" for name, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
