"""Every day at every start: each side's own day is simulated once and met with the other's at each shift of the two.

Where they then share a road in time, the whole day is simulated: no outcome is an approximation.

A batch is some days of one venue choice at all its starts, kept as one Parquet file as soon as it is finished. A sweep
that was interrupted goes on from there, to the same table, whatever runs the batches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from konvoi.alone import Evaluator
from konvoi.config.settings import RunConfig
from konvoi.options import Settings
from konvoi.streams import compute_replication_seed
from konvoi.study.inequalities import SideTimes
from konvoi.study.profile import ChoiceDays
from konvoi.study.stopping import StoppingRule
from konvoi.sweeping.batches import FAILED, WITH, WITHOUT, Batch, build_table, describe_fault
from konvoi.sweeping.ledger import Ledger
from konvoi.sweeping.parts import Place, decode_table, encode_table, open_place
from konvoi.sweeping.study import compute_fingerprint, describe_code
from konvoi.sweeping.sweep import run_rounds
from konvoi.tables.starts import OUTCOMES, SIDE_TIMES, STARTS
from konvoi.town import Town
from konvoi.units import SECONDS_PER_MINUTE, clock_to_s
from konvoi.workers import WorkerProcess

# Outcome of a day → column of an evaluation, and of a replication; riding past people who stand is told by its exposure.
COLUMN_OF = {
    "exposure_person_min": "side_exposure_person_min",
    "places_person_min": "side_exposure_places_person_min",
    "large": "has_large",
    "large_riders": "has_large_riders",
    "any": "has_any",
    "any_riders": "has_any_riders",
    "massed": "has_massed",
}


@dataclass(frozen=True, eq=False)
class StartsStudy:
    """Which days are to be met at which starts; a *point* of its batches is a venue choice.

    ``first`` is the number of the first replication: the batches count from 0.
    """

    config: RunConfig
    town: Town
    venue_choices: tuple[str, ...]
    shifts_min: tuple[tuple[float, ...], ...]  # of each venue choice, ascending
    first: int
    days: int

    @cached_property
    def evaluator(self) -> Evaluator:
        """The evaluator of this process."""
        return Evaluator(self.config, self.town)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the evaluator here: each process has its own."""
        return {name: value for name, value in self.__dict__.items() if name != "evaluator"}


@dataclass(frozen=True)
class StartsJob:
    """What a worker needs to meet days and to keep them."""

    study: StartsStudy
    place: Place
    study_key: str
    code: dict[str, str] = field(default_factory=describe_code)

    def keep(self, batch: Batch) -> NDArray[np.uint8]:
        """Run a batch and write it; say what became of each day."""
        table = build_table(STARTS, self._run(batch))
        self.place.write(f"starts-{batch.name}.parquet", encode_table(table, {"study": self.study_key}))
        return self._count(batch, table)

    def read_known(self, batch: Batch) -> NDArray[np.uint8] | None:
        """Say what became of each day of a batch; None when it is not there, damaged, or of another study."""
        table = self.read(batch)
        return None if table is None else self._count(batch, table)

    def read(self, batch: Batch) -> pa.Table | None:
        """Read a batch; None when it is not there, damaged, or of another study."""
        try:
            table, facts = decode_table(self.place.read(f"starts-{batch.name}.parquet"))
        except (OSError, ValueError, pa.ArrowException):
            return None
        wanted = len(batch) * len(self.study.shifts_min[batch.point])
        return table if facts == {"study": self.study_key} and table.num_rows == wanted else None

    def list_batches(self) -> list[Batch]:
        """List the batches that are there."""
        names = [name for name in self.place.list_names() if name.startswith("starts-")]
        stems = [name.removesuffix(".parquet").removeprefix("starts-") for name in names]
        return sorted(batch for stem in stems if (batch := Batch.parse(stem)) is not None)

    def _run(self, batch: Batch) -> dict[str, list[Any]]:
        """Meet the days of a batch; a day that fails is recorded with its error and stops no other."""
        columns: dict[str, list[Any]] = {name: [] for name in STARTS.columns}
        study = self.study
        choice, shifts = study.venue_choices[batch.point], study.shifts_min[batch.point]
        for number in range(batch.first, batch.stop):
            replication = study.first + number
            try:
                rows = [_measure(study, replication, choice, shift) for shift in shifts]
            except MemoryError:
                raise
            except Exception as fault:
                rows = [_record_failure(shift, describe_fault(fault)) for shift in shifts]
            for row in rows:
                row |= {
                    "venue_choice": choice,
                    "replication": replication,
                    "seed": compute_replication_seed(study.config.seed, replication),
                }
                for name in columns:
                    columns[name].append(row[name])
        return columns

    def _count(self, batch: Batch, table: pa.Table) -> NDArray[np.uint8]:
        shape = (len(batch), len(self.study.shifts_min[batch.point]))
        has_failed = (table["error"].to_numpy() != "").reshape(shape).any(axis=1)
        has_met = table["any"].to_numpy().reshape(shape).any(axis=1)
        return np.where(has_failed, FAILED, np.where(has_met, WITH, WITHOUT)).astype(np.uint8)


def compute_starts_s(config: RunConfig, shift_min: float) -> tuple[float, float]:
    """Compute the starts of both rallies at a shift, s after local midnight: the earlier one keeps the scenario's."""
    first_s = clock_to_s(config.scenario.rally.first_start)
    return first_s + 60.0 * max(-shift_min, 0.0), first_s + 60.0 * max(shift_min, 0.0)


def list_shifts(longest_gap_min: float, step_min: float, planned_min: float) -> tuple[float, ...]:
    """List all shifts the hours of rallies allow, both orders, and the plan's own."""
    steps = int(longest_gap_min // step_min)
    gaps = {step_min * k for k in range(steps + 1)} | {longest_gap_min}
    return tuple(sorted({sign * gap + 0.0 for gap in gaps for sign in (-1.0, 1.0)} | {planned_min}))


def run_starts(
    settings: Settings, study: StartsStudy, folder: Path, name: str, idle: list[WorkerProcess] | None = None
) -> pd.DataFrame:
    """Meet what is not met yet and return the whole table (`konvoi.tables.starts.STARTS`).

    Parameters
    ----------
    name
        Of the parts' own folder.
    idle
        Workers to go on with: `konvoi.workers.keep_workers`.

    Raises
    ------
    KeyboardInterrupt
        After the batches under way have been kept.
    OutputError
        When a batch cannot be kept.
    """
    described = study.config.model_dump(mode="json")
    key = compute_fingerprint(
        describe_code(), described, study.town.network.hash, study.venue_choices, study.shifts_min, study.first
    )  # fmt: skip
    job = StartsJob(study, open_place(settings.door.parts, folder / name, key), key)
    job.place.clean()
    ledger = Ledger(len(study.venue_choices))
    for batch in job.list_batches():
        if batch.point < ledger.n_points and (known := job.read_known(batch)) is not None:
            ledger.note(batch, known)
    run_rounds(settings, job, ledger, StoppingRule.fixed(study.days), folder, idle=idle)
    return _collect(job, study)


def _collect(job: StartsJob, study: StartsStudy) -> pd.DataFrame:
    """Put the batches together by venue choice, day and start, each day once."""
    frames = []
    reached = [0] * len(study.venue_choices)
    for batch in sorted(job.list_batches(), key=lambda batch: (batch.point, batch.first, -batch.stop)):
        if batch.point >= len(reached) or batch.stop <= reached[batch.point] or batch.first >= study.days:
            continue
        table = job.read(batch)
        if table is not None:
            frame = table.to_pandas()
            number = frame["replication"] - study.first
            frames.append(frame[(number >= reached[batch.point]) & (number < study.days)])
            reached[batch.point] = batch.stop
    if not frames:
        return STARTS.build_empty()
    return STARTS.check(pd.concat(frames, ignore_index=True), "starts")


def add_full_days(
    starts: pd.DataFrame, replications: pd.DataFrame, venue_choice: str, shift_min: float
) -> pd.DataFrame:
    """Add the days of a plan that was simulated in full; a day that is there already is the same."""
    rows: dict[str, Any] = {name: replications[column].to_numpy() for name, column in COLUMN_OF.items()}
    own = pd.DataFrame(
        {
            **{name: replications[name].to_numpy() for name in ("replication", "seed", "error")},
            **rows,
            "past_place": rows["places_person_min"] > 0.0,
            "venue_choice": venue_choice,
            "shift_min": shift_min,
        }
    )
    both = pd.concat([starts, own], ignore_index=True)
    return both.drop_duplicates(["venue_choice", "shift_min", "replication"], ignore_index=True)


def build_choice_days(starts: pd.DataFrame, venues: dict[str, tuple[str, str]]) -> dict[str, ChoiceDays]:
    """Arrange the outcomes of all days that ended well at every start, by venue choice."""
    found = {}
    for choice, rows in starts.groupby("venue_choice", sort=False):
        failed = set(rows.loc[rows["error"] != "", "replication"])
        good = rows[~rows["replication"].isin(failed)]
        tables = {
            name: good.pivot_table(
                index="replication", columns="shift_min", values=name, aggfunc="first", observed=True
            )
            for name in (*OUTCOMES, "exposure_person_min")
        }
        exposure = tables["exposure_person_min"].to_numpy(np.float64)
        found[str(choice)] = ChoiceDays(
            str(choice),
            venues[str(choice)],
            tables["exposure_person_min"].columns.to_numpy(np.float64),
            {name: tables[name].to_numpy(np.float64) == 1.0 for name in OUTCOMES},
            exposure,
            np.isfinite(exposure),
        )
    return found


def list_open_starts(choice: ChoiceDays) -> tuple[float, ...]:
    """List the starts of which the days so far do not all have a large contact, nor all one of riders."""
    is_certain = choice.starts.is_large.all(axis=0) | choice.starts.is_met.all(axis=0)
    return tuple(choice.shift_min[~is_certain].tolist())


def build_side_times(starts: pd.DataFrame, venue_choice: str) -> dict[int, SideTimes]:
    """Arrange when each side moves on its own days; a day's are the same at every start."""
    own = starts[(starts["venue_choice"] == venue_choice) & (starts["error"] == "")]
    days = own.drop_duplicates("replication").sort_values("replication")
    return {
        side: SideTimes(*(days[f"{name}_{side}_min"].to_numpy(np.float64) for name in SIDE_TIMES)) for side in (1, 2)
    }


def _measure(study: StartsStudy, replication: int, choice: str, shift_min: float) -> dict[str, Any]:
    """Meet one day at one start."""
    starts_s = compute_starts_s(study.config, shift_min)
    found = study.evaluator.evaluate_exactly(replication, starts_s=starts_s, venue_pair=choice)
    row: dict[str, Any] = {name: found.row[column] for name, column in COLUMN_OF.items()}
    row["past_place"] = found.row["side_exposure_places_person_min"] > 0.0
    for side in (1, 2):
        for name, time_s in zip(SIDE_TIMES, found.side_times_s[side - 1], strict=True):
            row[f"{name}_{side}_min"] = (time_s - starts_s[side - 1]) / SECONDS_PER_MINUTE
    return {**row, "shift_min": shift_min, "error": ""}


def _record_failure(shift_min: float, error: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, (dtype, _) in STARTS.columns.items():
        row[name] = {"float64": np.nan, "int64": 0, "bool": False}.get(dtype, "")
    return {**row, "shift_min": shift_min, "error": error}
