"""Run all replications of a design, in batches that are kept as soon as they are finished.

A sweep that was interrupted, however, loses at most the batches under way; the same command continues it, to the same
tables. Which replications are run depends on the results alone, never on when or by whom they were computed.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from tqdm import tqdm

from konvoi.errors import OutputError
from konvoi.options import Settings
from konvoi.study.design import Study
from konvoi.study.stopping import StoppingRule
from konvoi.sweeping.batches import DETAILS, Batch, build_tables, record_failure
from konvoi.sweeping.dispatch import Dispatch
from konvoi.sweeping.executors.processes import ProcessesExecutor
from konvoi.sweeping.executors.serial import SerialExecutor
from konvoi.sweeping.executors.work import Executor, Job, Work
from konvoi.sweeping.ledger import Ledger, Rounds
from konvoi.sweeping.parts import Parts, open_parts
from konvoi.sweeping.study import compute_fingerprint, describe_code, describe_study
from konvoi.tables.files import write_table
from konvoi.tables.schema import Schema
from konvoi.tables.sweep import REPLICATIONS
from konvoi.words import Sentence, say
from konvoi.workers import WorkerProcess

TABLES = {"replications": REPLICATIONS, **DETAILS}


def run_sweep(
    settings: Settings, study: Study, folder: Path, idle: list[WorkerProcess] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run what is not finished yet, write all tables, and return those of replications and contacts.

    Parameters
    ----------
    idle
        Workers to go on with: `konvoi.workers.keep_workers`.

    Raises
    ------
    KeyboardInterrupt
        After the batches under way have been kept.
    OutputError
        When a batch cannot be kept, e.g. on a full disk; everything finished before is.
    """
    key = compute_fingerprint(describe_study(settings, study)["identity"])
    parts = open_parts(settings.door.parts, folder, key)
    parts.place.clean()
    ledger = Ledger(len(study.design))
    for batch in parts.list_batches():
        if batch.point < ledger.n_points and (known := parts.read_known(batch)) is not None:
            ledger.note(batch, known)
    given_up: dict[Batch, str] = {}
    before: list[Batch] = []
    while True:
        rounds = run_rounds(
            settings, Work(study, parts, describe_code()), ledger, settings.door.design.rule, folder, given_up, idle
        )
        tables, lacking = _collect(study, parts, rounds.totals, given_up)
        if not lacking:
            break
        if lacking == before:
            raise OutputError(Sentence("faults.parts_unreadable", place=parts.place, name=lacking[0].name))
        before = lacking
        for batch in lacking:  # a file was damaged after it had been written
            ledger.forget(batch)
    for table, (name, schema) in zip(tables, TABLES.items(), strict=True):
        write_table(table, folder / f"{name}.parquet", schema)
    parts.place.clean()
    return tables[0], tables[1]


def describe_stopping(settings: Settings, replications: pd.DataFrame) -> dict[str, Any]:
    """Describe how many replications were run, and what a fixed number of the same precision would have cost.

    A fixed design is planned for its most open point: it gives every point what that one had.
    """
    rule = settings.door.design.rule
    totals = replications.groupby("point").size().to_numpy(np.int64)
    fixed = int(totals.max(initial=0)) * len(totals)
    return {
        "rule": settings.door.design.stopping,
        "half_width": rule.half_width if settings.door.design.stopping == "precision" else None,
        "interval_confidence": rule.interval_confidence,
        "replications": int(totals.sum()),
        "replications_per_point_min": int(totals.min(initial=totals.max(initial=0))),
        "replications_per_point_max": int(totals.max(initial=0)),
        "replications_of_fixed_number": fixed,
        "replications_saved": fixed - int(totals.sum()),
    }


def run_rounds(
    settings: Settings,
    job: Job,
    ledger: Ledger,
    rule: StoppingRule,
    folder: Path,
    given_up: dict[Batch, str] | None = None,
    idle: list[WorkerProcess] | None = None,
) -> Rounds:
    """Run all rounds on the executor that was chosen; nothing is started when nothing is missing.

    Parameters
    ----------
    given_up
        Takes the batches that killed their workers again and again, and why.
    idle
        Workers to go on with: `konvoi.workers.keep_workers`.
    """
    workers = settings.door.workers or os.cpu_count() or 1
    rounds = Rounds(ledger, rule, workers)
    if not rounds.start():
        return rounds
    executor = _open_executor(settings, job, folder, workers, idle)
    try:
        rounds.width = executor.width
        rounds.start()
        with tqdm(
            total=int(rounds.totals.sum()),
            initial=ledger.count_finished(rounds.totals),
            unit=f" {say('commands.replications', settings.door.lang)}",
            disable=not settings.door.progress,
            dynamic_ncols=True,
            smoothing=0.0,
        ) as bar:

            def watch() -> None:
                if bar.disable:
                    return
                if bar.n == bar.initial:  # the time left is reckoned from here: starting workers tells nothing
                    bar.initial, bar.start_t = ledger.count_finished(rounds.totals), time.time()
                bar.total = int(rounds.totals.sum())
                bar.update(ledger.count_finished(rounds.totals) - bar.n)

            Dispatch(rounds, job, executor, watch, {} if given_up is None else given_up).run()
    finally:
        executor.close()
    return rounds


def _open_executor(
    settings: Settings, job: Job, folder: Path, workers: int, idle: list[WorkerProcess] | None
) -> Executor:
    """Open the executor that was chosen; Ray and submitit are imported here and nowhere else."""
    door = settings.door
    if door.executor == "serial":
        return SerialExecutor(job)
    if door.executor == "ray":
        from konvoi.sweeping.executors.ray_cluster import RayExecutor

        return RayExecutor(job, door.ray.address, door.workers)
    if door.executor == "submitit":
        from konvoi.sweeping.executors.slurm import SubmititExecutor

        return SubmititExecutor(job, door.submitit, folder / "jobs", workers)
    return ProcessesExecutor(job, workers, idle)


def _collect(
    study: Study, parts: Parts, totals: NDArray[np.int64], given_up: dict[Batch, str]
) -> tuple[tuple[pd.DataFrame, ...], list[Batch]]:
    """Put the parts together, by point and replication, each replication once; and say which are nowhere whole."""
    tables: tuple[list[pa.Table], ...] = tuple([] for _ in TABLES)
    reached = [0] * len(totals)  # by point: the replications below are in the tables, or known to be lacking
    lacking = []
    for batch in sorted([*parts.list_batches(), *given_up], key=lambda batch: (batch.point, batch.first, -batch.stop)):
        point = batch.point
        if point >= len(totals) or batch.first >= totals[point] or batch.stop <= reached[point]:
            continue
        found = _build_failures(study, batch, given_up[batch]) if batch in given_up else parts.read(batch)
        if found is None:
            continue
        first, stop = max(batch.first, reached[point]), min(batch.stop, int(totals[point]))
        if first > reached[point]:
            lacking.append(Batch(point, reached[point], first))
        for table, part in zip(tables, found, strict=True):
            number = part["replication"].to_numpy()
            table.append(part.filter((number >= first) & (number < stop)))
        reached[point] = stop
    lacking += [Batch(k, reached[k], int(total)) for k, total in enumerate(totals) if reached[k] < total]
    return tuple(_join(parts, schema) for parts, schema in zip(tables, TABLES.values(), strict=True)), lacking


def _build_failures(study: Study, batch: Batch, why: str) -> tuple[pa.Table, ...]:
    """Build the rows of a batch that was given up."""
    point = study.design[batch.point]
    outcomes = [record_failure(point, replication, why) for replication in range(batch.first, batch.stop)]
    return build_tables(batch, outcomes)


def _join(parts: list[pa.Table], schema: Schema) -> pd.DataFrame:
    """Put tables one below the other."""
    return schema.check(pa.concat_tables(parts).to_pandas(), schema.name) if parts else schema.build_empty()
