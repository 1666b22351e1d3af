"""Workers of a Ray cluster: of this machine alone, or of many that see one folder or object store."""

from __future__ import annotations

import os
import pickle
from typing import Any

from konvoi.errors import OutputError
from konvoi.sweeping.executors.work import Ended, Job, Report, Task, Worker
from konvoi.sweeping.study import compute_fingerprint
from konvoi.words import Sentence


class RayExecutor:
    """Sends tasks to Ray.

    Parameters
    ----------
    address
        ``local`` starts a cluster on this machine and ends it with the sweep; ``auto`` finds the cluster this machine
        belongs to; else the address of one, HOST:PORT.
    workers
        Tasks under way at once; with ``local`` also the size of the cluster. None for all there is.
    """

    batches_per_task = 1

    def __init__(self, work: Job, address: str, workers: int | None) -> None:
        self._ray = _connect(address, workers)
        self.width = workers or max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        self.ahead = (self.width + 1) // 2
        # As bytes: what Ray itself shares cannot be written to, which the compiled engine takes for another type.
        content = pickle.dumps(work)
        self._work = self._ray.put(content)
        self._key = compute_fingerprint(os.getpid(), id(self), len(content))
        # Lost tasks are tried again by the sweep, which counts how often.
        self._run = self._ray.remote(num_cpus=1, max_retries=0)(_run_on_node)
        self._under_way: dict[Any, Task] = {}

    def submit(self, task: Task) -> None:
        """Send a task to the cluster."""
        # In a list a reference is sent as such: only a worker that does not have the work yet fetches it.
        self._under_way[self._run.remote(self._key, [self._work], task)] = task

    def wait(self) -> list[Ended]:
        """Wait for a task; one whose worker or machine is gone is lost."""
        ended, _ = self._ray.wait(list(self._under_way), num_returns=1)
        reports = []
        for reference in ended:
            task = self._under_way.pop(reference)
            try:
                reports.append(Ended(task, self._ray.get(reference)))
            except self._ray.exceptions.RayTaskError:
                raise
            except self._ray.exceptions.RayError as fault:
                said = str(fault).strip().splitlines() or [""]
                reports.append(Ended(task, None, f"its Ray worker is gone ({type(fault).__name__}: {said[0]})"))
        return reports

    def close(self) -> None:
        """Leave the cluster, and end it when it was started here."""
        for reference in self._under_way:
            self._ray.cancel(reference, force=True)
        self._ray.shutdown()


def _connect(address: str, workers: int | None) -> Any:
    """Start or join a cluster."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # konvoi tells nobody that it is used
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError:
        raise OutputError(Sentence("faults.ray_package")) from None
    settings: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if address == "local":
        settings |= {"num_cpus": workers, "include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    try:
        ray.init(address, **settings)
    except Exception as fault:  # Ray raises plain ones, e.g. when a machine is too busy to start in time
        said = str(fault).strip().splitlines() or [""]
        raise OutputError(Sentence("faults.ray_address", address=address, said=said[0])) from None
    return ray


_WORKERS: dict[str, Worker] = {}  # of a process of the cluster, by the sweep they work for


def _run_on_node(key: str, work: list[Any], task: Task) -> Report:
    """Run a task in a worker process of the cluster."""
    if key not in _WORKERS:
        import ray

        _WORKERS.clear()
        _WORKERS[key] = Worker(pickle.loads(ray.get(work[0])))  # noqa: S301, from the sweep's own process
    return _WORKERS[key].run(task)
