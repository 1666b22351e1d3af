"""When convoys and junctions are busy on each day of a plan: movement alone, in batches that are kept like all others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from konvoi.arrays import FloatArray
from konvoi.engine.model import RallyModel
from konvoi.measures.columns import compute_step_times, measure_junctions
from konvoi.options import Settings
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND
from konvoi.replication import build_replication
from konvoi.study.design import Study
from konvoi.study.stopping import StoppingRule
from konvoi.sweeping.batches import FAILED, WITHOUT, Batch, describe_fault
from konvoi.sweeping.ledger import Ledger
from konvoi.sweeping.parts import Place, decode_table, encode_table, open_place
from konvoi.sweeping.study import compute_fingerprint, describe_code, describe_study
from konvoi.sweeping.sweep import run_rounds
from konvoi.workers import WorkerProcess

UNIT_COLUMNS = 7  # of `DayHours.units`


@dataclass(frozen=True)
class DayHours:
    """A day of a plan.

    Attributes
    ----------
    units
        (n_units, 7) departure, last arrival, passing time, departure for home, last home (s), people, vehicles.
    first_s, clear_s, vehicles
        (junctions, sides, trips) as of `measure_junctions`.
    """

    units: FloatArray
    first_s: FloatArray
    clear_s: FloatArray
    vehicles: FloatArray


@dataclass(frozen=True)
class HoursJob:
    """What a worker needs to run days of a plan and to keep their hours."""

    study: Study
    point: int
    place: Place
    study_key: str
    code: dict[str, str] = field(default_factory=describe_code)

    def keep(self, batch: Batch) -> NDArray[np.uint8]:
        """Run a batch and write it; a day that fails is recorded and stops no other."""
        units, junctions, errors = [], [], []
        for replication in range(batch.first, batch.stop):
            try:
                own_units, own_junctions = self._measure(replication)
            except MemoryError:
                raise
            except Exception as fault:
                own_units, own_junctions, error = np.empty(0), np.empty(0), describe_fault(fault)
            else:
                error = ""
            units.append(own_units)
            junctions.append(own_junctions)
            errors.append(error)
        table = pa.table({"units": units, "junctions": junctions, "error": errors})
        self.place.write(_name_file(batch), encode_table(table, {"study": self.study_key}))
        return _count(table)

    def read_known(self, batch: Batch) -> NDArray[np.uint8] | None:
        """Say what became of each day of a batch; None when it is not there, damaged, or of another study."""
        table = self.read(batch)
        return None if table is None else _count(table)

    def read(self, batch: Batch) -> pa.Table | None:
        """Read a batch; None when it is not there, damaged, or of another study."""
        try:
            table, facts = decode_table(self.place.read(_name_file(batch)))
        except (OSError, ValueError, pa.ArrowException):
            return None
        return table if facts == {"study": self.study_key} and table.num_rows == len(batch) else None

    def list_batches(self) -> list[Batch]:
        """List the batches that are there."""
        stems = [name.removesuffix(".parquet").removeprefix("hours-") for name in self.place.list_names()]
        return sorted(batch for stem in stems if (batch := Batch.parse(stem)) is not None)

    def list_days(self, days: int) -> Iterator[DayHours]:
        """List the first days, each once, in order; those that failed are left out."""
        junctions, reached = len(self.study.towns[self.point].junctions.node), 0
        for batch in sorted(self.list_batches(), key=lambda batch: (batch.first, -batch.stop)):
            table = self.read(batch)
            if table is None or batch.stop <= reached:
                continue
            rows = zip(*(table[name].to_pylist() for name in ("units", "junctions", "error")), strict=True)
            for number, (units, at_junctions, error) in enumerate(rows, start=batch.first):
                if reached <= number < days and not error:
                    first_s, clear_s, vehicles = np.array(at_junctions).reshape(3, junctions, 2, 2)
                    yield DayHours(np.array(units).reshape(-1, UNIT_COLUMNS), first_s, clear_s, vehicles)
            reached = batch.stop

    def _measure(self, replication: int) -> tuple[FloatArray, FloatArray]:
        """Run one day, movement only, and measure its units and junctions, each flattened."""
        town, routes = self.study.towns[self.point], self.study.routes[self.point]
        model = build_replication(self.study.design[self.point].config, town, routes, replication)
        model.run()
        times = compute_step_times(model.state.roads, model.list_rides())
        measured = measure_junctions(town.network, routes, times, town.junctions.node.astype(np.int32))
        return measure_units(model).ravel(), np.stack([np.asarray(one, np.float64) for one in measured]).ravel()


def run_hours(
    settings: Settings, study: Study, point: int, days: int, folder: Path, idle: list[WorkerProcess] | None = None
) -> list[DayHours]:
    """Run the first days of a plan that are not there yet and return the hours of all of them.

    Raises
    ------
    KeyboardInterrupt
        After the batches under way have been kept.
    OutputError
        When a batch cannot be kept.
    """
    key = compute_fingerprint(describe_study(settings, study)["identity"], point, "hours")
    job = HoursJob(study, point, open_place(settings.door.parts, folder / f"hours-{point}", key), key)
    job.place.clean()
    ledger = Ledger(1)
    for batch in job.list_batches():
        if (known := job.read_known(batch)) is not None:
            ledger.note(batch, known)
    run_rounds(settings, job, ledger, StoppingRule.fixed(days), folder, idle=idle)
    return list(job.list_days(days))


def measure_units(model: RallyModel) -> FloatArray:
    """Measure the units of a finished run: `DayHours.units`."""
    plan = model.plan
    first_s, last_s = model.compute_trip_times()
    people = np.bincount(plan.vehicle_unit, plan.vehicle_people, plan.routes.n_units)
    return np.column_stack(
        [
            first_s[:, OUTBOUND, 0],
            last_s[:, OUTBOUND, 1],
            last_s[:, OUTBOUND, 1] - last_s[:, OUTBOUND, 0],
            first_s[:, HOMEBOUND, 0],
            last_s[:, HOMEBOUND, 1],
            people,
            np.diff(plan.vehicle_offset),
        ]
    )


def _name_file(batch: Batch) -> str:
    return f"hours-{batch.name}.parquet"


def _count(table: pa.Table) -> NDArray[np.uint8]:
    return np.where(table["error"].to_numpy() != "", FAILED, WITHOUT).astype(np.uint8)
