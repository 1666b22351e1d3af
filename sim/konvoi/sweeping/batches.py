"""A batch: replications of one design point that are kept or lost together."""

from __future__ import annotations

import itertools
import re
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from konvoi.errors import TableError
from konvoi.replication import Outcome, run_replication
from konvoi.streams import compute_replication_seed
from konvoi.study.design import DesignPoint, Study
from konvoi.tables.schema import FLOAT, INTEGER, TEXT, TRUTH, Schema
from konvoi.tables.sides import SIDE_BINS, SIDE_CONTACTS
from konvoi.tables.sweep import CONTACTS, REPLICATIONS
from konvoi.words import Sentence

BATCH = 25  # replications; one to ten seconds of work
MAX_BATCH = 250  # where there are so many replications that the number of files counts
SMALLEST = 5  # when few are left, they are cut smaller, so that no worker waits long for another

# What a batch keeps besides its replications: any number of rows for each, columns in the field of `Outcome` so named.
DETAILS = {"contacts": CONTACTS, "side_contacts": SIDE_CONTACTS, "side_bins": SIDE_BINS}

MISSING, WITHOUT, WITH, FAILED = 0, 1, 2, 3  # what is known of a replication

_ARROW = {FLOAT: pa.float64(), INTEGER: pa.int64(), TEXT: pa.large_string(), TRUTH: pa.bool_()}
_NAME = re.compile(r"p(\d{5,})-r(\d{7,})-(\d{7,})")


@dataclass(frozen=True, order=True)
class Batch:
    """Replications ``first`` to ``stop - 1`` of one design point."""

    point: int
    first: int
    stop: int

    @property
    def name(self) -> str:
        """File name stem of its parts."""
        return f"p{self.point:05d}-r{self.first:07d}-{self.stop - 1:07d}"

    @classmethod
    def parse(cls, name: str) -> Batch | None:
        """Read a batch from a name; None when the name is not one."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        point, first, last = (int(digits) for digits in match.groups())
        return cls(point, first, last + 1) if first <= last else None

    def __len__(self) -> int:
        """Return the number of replications."""
        return self.stop - self.first


def cut_batches(point: int, ranges: Sequence[tuple[int, int]], size: int) -> Iterator[Batch]:
    """Cut ranges of replications into batches of nearly equal size, none larger than a size."""
    for first, stop in ranges:
        pieces = -(-(stop - first) // size)
        cuts = np.linspace(first, stop, pieces + 1).round().astype(int)
        for begin, end in itertools.pairwise(cuts):
            yield Batch(point, int(begin), int(end))


def run_batch(study: Study, batch: Batch) -> list[Outcome]:
    """Run the replications of a batch; one that fails is recorded with its error and stops no other.

    Raises
    ------
    MemoryError
        When the machine has no memory left: that is no property of the replication.
    """
    point = study.design[batch.point]
    outcomes = []
    for replication in range(batch.first, batch.stop):
        try:
            outcome = run_replication(point.config, study.towns[batch.point], study.routes[batch.point], replication)
        except MemoryError:
            raise
        except Exception as fault:
            outcome = record_failure(point, replication, describe_fault(fault))
        outcomes.append(outcome)
    return outcomes


def record_failure(point: DesignPoint, replication: int, error: str) -> Outcome:
    """Keep a place for a replication that failed."""
    row: dict[str, Any] = {}
    for name, (dtype, _) in REPLICATIONS.columns.items():
        row[name] = {"float64": np.nan, "int64": 0, "bool": False}.get(dtype, "")
    row["replication"] = replication
    row["seed"] = compute_replication_seed(point.config.seed, replication)
    row["error"] = error
    return Outcome(row, {}, {}, {})


def build_tables(batch: Batch, outcomes: Sequence[Outcome]) -> tuple[pa.Table, ...]:
    """Build the rows of replications of a batch, and then those of `DETAILS`.

    Without pandas, which takes longer for a batch of short days than the days themselves would allow.

    Raises
    ------
    TableError
        When an outcome has not the columns of its table.
    """
    rows = [{**outcome.row, "point": batch.point} for outcome in outcomes]
    replications = build_table(REPLICATIONS, {name: [row.get(name) for row in rows] for name in rows[0]})
    return replications, *(_join_details(batch, outcomes, name, schema) for name, schema in DETAILS.items())


def _join_details(batch: Batch, outcomes: Sequence[Outcome], detail: str, schema: Schema) -> pa.Table:
    """Put the columns of one kind of detail of all outcomes one below the other."""
    columns: dict[str, list[Any]] = {}
    for outcome in outcomes:
        own: dict[str, Any] = getattr(outcome, detail)
        n = len(next(iter(own.values()), ()))
        if n:
            named = {"point": [batch.point] * n, "replication": [outcome.row["replication"]] * n, **own}
            for name, values in named.items():
                columns.setdefault(name, []).extend(values)
    return build_table(schema, columns or {name: [] for name in schema.columns})


def build_table(schema: Schema, columns: dict[str, list[Any]]) -> pa.Table:
    """Build a table with exactly the columns of its schema."""
    different = sorted({*schema.columns} ^ {*columns})
    if different:
        raise TableError(Sentence("faults.batch_columns", name=schema.name, different=", ".join(different)))
    try:
        fields = [pa.field(name, _ARROW[dtype]) for name, (dtype, _) in schema.columns.items()]
        return pa.table({name: columns[name] for name in schema.columns}, schema=pa.schema(fields))
    except (pa.ArrowException, TypeError, ValueError) as fault:
        raise TableError(Sentence("faults.batch_table", name=schema.name, fault=fault)) from None


def describe_fault(fault: Exception) -> str:
    """Return what went wrong and where, as one line without paths of this machine."""
    said = " ".join(str(fault).split())
    frames = traceback.extract_tb(fault.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(fault).__name__}: {said}{where}"
