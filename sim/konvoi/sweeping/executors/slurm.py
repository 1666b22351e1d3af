"""Jobs of a Slurm cluster through submitit; with ``submitit.cluster=local`` as processes of this machine."""

from __future__ import annotations

import pickle
import time
from pathlib import Path
from typing import Any

from konvoi.errors import OutputError
from konvoi.options import SubmititSettings
from konvoi.sweeping.executors.work import Ended, Job, Report, Task, Worker
from konvoi.tables.files import write_atomically
from konvoi.words import Sentence

POLL_S = 0.5


class SubmititExecutor:
    """Sends tasks as jobs. A job takes seconds to start, so a task is many batches.

    Parameters
    ----------
    folder
        Where jobs and their logs lie; every node must see it.
    """

    def __init__(self, work: Job, settings: SubmititSettings, folder: Path, workers: int) -> None:
        try:
            import submitit
        except ImportError:
            raise OutputError(Sentence("faults.slurm_package")) from None
        self._lost = (submitit.core.utils.UncompletedJobError, submitit.core.utils.FailedJobError)
        self.width, self.ahead, self.batches_per_task = workers, 0, settings.batches_per_job
        folder.mkdir(parents=True, exist_ok=True)
        self._work_file = folder.absolute() / "work.pickle"
        write_atomically(self._work_file, lambda temporary: temporary.write_bytes(pickle.dumps(work)))
        try:
            self._submitit = submitit.AutoExecutor(folder=folder / "%j", cluster=settings.cluster)
        except (RuntimeError, ValueError) as fault:
            raise OutputError(Sentence("faults.slurm_cluster", cluster=settings.cluster, fault=fault)) from None
        parameters: dict[str, Any] = {
            "name": "konvoi",
            "timeout_min": settings.timeout_min,
            "cpus_per_task": 1,
            "mem_gb": settings.memory_gb,
        }
        if self._submitit.cluster == "slurm":
            parameters |= {"slurm_partition": settings.partition, "slurm_additional_parameters": settings.slurm}
        self._submitit.update_parameters(**{key: value for key, value in parameters.items() if value is not None})
        self._under_way: dict[Any, Task] = {}

    def submit(self, task: Task) -> None:
        """Send a task as a job."""
        self._under_way[self._submitit.submit(_run_in_job, self._work_file, task)] = task

    def wait(self) -> list[Ended]:
        """Wait for a job; one that was killed, or ran out of time, is lost."""
        while not (ended := [job for job in self._under_way if job.done()]):
            time.sleep(POLL_S)
        reports = []
        for job in ended:
            task = self._under_way.pop(job)
            try:
                reports.append(Ended(task, job.result()))
            except self._lost as fault:
                said = str(fault).strip().splitlines() or [""]
                reports.append(Ended(task, None, f"job {job.job_id} ended without a result ({said[-1]})"))
        return reports

    def close(self) -> None:
        """Cancel what is under way."""
        for job in self._under_way:
            job.cancel()


def _run_in_job(work_file: Path, task: Task) -> Report:
    """Run a task in a job."""
    work: Job = pickle.loads(work_file.read_bytes())  # noqa: S301, written by this very sweep
    return Worker(work).run(task)
