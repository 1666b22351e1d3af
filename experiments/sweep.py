"""Run all replications of a design on all cores, in batches that are kept as soon as they are finished.

A batch is a number of replications of one design point. A worker writes its contacts, then its replications: the
second file commits the batch. An interrupted sweep loses at most the batches under way; the same command continues it.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from experiments.settings import Settings
from sim import __version__
from sim.design import DesignPoint, build_design, describe_config
from sim.errors import OutputError, RallyError
from sim.plan import UnitRoutes
from sim.replication import Outcome, Town, prepare_routes, prepare_town, run_replication
from sim.streams import compute_replication_seed
from sim.tables import CONTACTS, REPLICATIONS, read_table, write_table, write_text

BATCH = 25  # replications; one to ten seconds of work


@dataclass(frozen=True)
class Batch:
    """Replications of one design point that are kept or lost together."""

    point: int
    first: int
    stop: int

    @property
    def name(self) -> str:
        """File name stem of its parts."""
        return f"p{self.point:05d}-r{self.first:07d}-{self.stop - 1:07d}"


@dataclass(frozen=True)
class Study:
    """A design over one town, ready to run."""

    design: list[DesignPoint]
    towns: list[Town]  # one per design point; the same object where nothing of the town is varied
    routes: list[UnitRoutes]


def prepare_study(settings: Settings) -> Study:
    """Validate every design point and prepare what all replications share."""
    design = build_design(settings.run, settings.scenario, settings.door.design.factors)
    towns: dict[str, Town] = {}
    routes: dict[str, UnitRoutes] = {}
    town_of, routes_of = [], []
    for point in design:
        town_key = _fingerprint(
            point.config.scenario.model_dump(include={"network", "venues", "assembly_points", "waypoints"}),
            point.config.contact.distance_m * np.array([1.0, point.config.contact.road_factor]),
            point.config.engine.cell_length_m,
            point.config.junctions.model_dump(),
        )
        if town_key not in towns:
            towns[town_key] = prepare_town(point.config, settings.scenario.path)
        routes_key = _fingerprint(
            town_key,
            point.config.venue_pair_key,
            point.config.scenario.model_dump(include={"venue_pairs", "convoys", "closures"}),
            point.config.behaviour.organised_speed_kmh,
            point.config.behaviour.join_patience_min,
            point.config.behaviour.tour_share > 0.0,
            # Routes around closures depend on the planned hours.
            point.config.model_dump(include={"rally", "behaviour"}) if point.config.scenario.closures else None,
        )
        if routes_key not in routes:
            routes[routes_key] = prepare_routes(point.config, towns[town_key])
        town_of.append(towns[town_key])
        routes_of.append(routes[routes_key])
    return Study(design, town_of, routes_of)


def choose_folder(settings: Settings, study: Study) -> Path:
    """Return the output folder: as told, or one named after the scenario and the settings."""
    if settings.door.out is not None:
        return Path(settings.door.out)
    key = _fingerprint(describe_study(settings, study)["identity"])
    return Path("outputs") / f"{settings.scenario.path.stem}-{key[:8]}"


def describe_study(settings: Settings, study: Study) -> dict[str, Any]:
    """Describe a study for its manifest; ``identity`` holds all that the results depend on."""
    town = study.towns[0]
    return {
        "identity": {
            "version": __version__,
            "seed": settings.run["seed"],
            "scenario": settings.scenario.content,
            "settings": {key: value for key, value in settings.run.items() if key != "engine"},
            "factors": settings.door.design.factors,
            "network_hash": town.network.hash,
        },
        "scenario_file": settings.scenario.path.name,
        "scenario_title": study.design[0].config.scenario.title,
        "design": {"threshold": settings.door.design.threshold, "confidence": settings.door.design.confidence},
        "points": [{"point": point.point, "levels": point.levels} for point in study.design],
        "configuration": describe_config(study.design[0].config),
        "map_quality": town.network.quality.to_dict(),
        "crs": town.network.crs,
    }


def open_folder(folder: Path, description: dict[str, Any]) -> None:
    """Make the output folder, or make sure that it holds the same study.

    Raises
    ------
    OutputError
        When it holds another study, or cannot be written.
    """
    manifest = folder / "manifest.json"
    try:
        (folder / "parts").mkdir(parents=True, exist_ok=True)
        if manifest.is_file():
            held = json.loads(manifest.read_text(encoding="utf-8")).get("identity", {})
            wanted = json.loads(json.dumps(description["identity"], default=str))
            if held != wanted:
                different = [key for key in {**held, **wanted} if held.get(key) != wanted.get(key)]
                raise OutputError(
                    f"{folder} holds another sweep (different: {', '.join(different)}); choose another folder with out=DIR"
                )
        write_text(manifest, json.dumps(description, indent=2, ensure_ascii=False, default=str, sort_keys=True) + "\n")
    except (OSError, ValueError) as fault:
        if isinstance(fault, RallyError):
            raise
        raise OutputError(f"{folder} cannot be used as output folder: {fault}") from None


def list_batches(study: Study, replications: int) -> Iterator[Batch]:
    """List all batches, point after point for each range of replications, so that all points fill up together."""
    for first in range(0, replications, BATCH):
        for point in study.design:
            yield Batch(point.point, first, min(first + BATCH, replications))


def run_sweep(settings: Settings, study: Study, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run what is not finished yet and return the whole tables of replications and contacts.

    Raises
    ------
    KeyboardInterrupt
        After the batches under way have been kept.
    """
    batches = list(list_batches(study, settings.door.design.replications))
    missing = [batch for batch in batches if not (folder / "parts" / f"replications-{batch.name}.parquet").is_file()]
    done = sum(batch.stop - batch.first for batch in batches) - sum(batch.stop - batch.first for batch in missing)
    total = sum(batch.stop - batch.first for batch in batches)
    workers = min(settings.door.workers or os.cpu_count() or 1, max(1, len(missing)))
    with tqdm(
        total=total,
        initial=done,
        unit=" ulangan" if settings.door.lang == "id" else " replications",
        disable=not settings.door.progress,
        dynamic_ncols=True,
        smoothing=0.05,
    ) as bar:
        if missing:
            _run_batches(missing, study, folder, workers, bar)
    return _collect(batches, folder)


def _run_batches(batches: Sequence[Batch], study: Study, folder: Path, workers: int, bar: tqdm[Any]) -> None:
    """Send batches to worker processes; on Ctrl-C keep those under way."""
    # Mesa sets the start method of the whole process; be explicit. Spawned workers are the same on every system.
    executor = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_prepare_worker, initargs=(study, folder)
    )
    try:
        futures = {executor.submit(_run_batch, batch): batch for batch in batches}
        for future in as_completed(futures):
            bar.update(future.result())
    except KeyboardInterrupt:
        bar.set_description_str("…")
        executor.shutdown(wait=True, cancel_futures=True)
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


_STUDY: list[tuple[Study, Path]] = []  # of a worker process


def _prepare_worker(study: Study, folder: Path) -> None:
    """Keep the study in the worker; Ctrl-C is for the parent, which lets workers finish their batch."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _STUDY[:] = [(study, folder)]


def _run_batch(batch: Batch) -> int:
    """Run one batch in a worker and keep it."""
    study, folder = _STUDY[0]
    keep_batch(run_batch(study, batch), batch, folder)
    return batch.stop - batch.first


def run_batch(study: Study, batch: Batch) -> list[Outcome]:
    """Run the replications of a batch; one that fails is recorded with its error and stops no other."""
    point = study.design[batch.point]
    outcomes = []
    for replication in range(batch.first, batch.stop):
        try:
            outcome = run_replication(point.config, study.towns[batch.point], study.routes[batch.point], replication)
        except Exception as fault:
            outcome = _record_failure(point, replication, fault)
        outcomes.append(outcome)
    return outcomes


def _record_failure(point: DesignPoint, replication: int, fault: Exception) -> Outcome:
    """Keep a place for a replication that failed."""
    row: dict[str, Any] = {}
    for name, (dtype, _) in REPLICATIONS.columns.items():
        row[name] = {"float64": np.nan, "int64": 0, "bool": False}.get(dtype, "")
    row["replication"] = replication
    row["seed"] = compute_replication_seed(point.config.seed, replication)
    row["error"] = f"{type(fault).__name__}: {fault}"
    return Outcome(row, {})


def keep_batch(outcomes: Sequence[Outcome], batch: Batch, folder: Path) -> None:
    """Write a batch: contacts first, then replications, which commits it."""
    replications = pd.DataFrame([{"point": batch.point, **outcome.row} for outcome in outcomes])
    frames = [
        pd.DataFrame({"point": batch.point, "replication": outcome.row["replication"], **outcome.contacts})
        for outcome in outcomes
        if outcome.row["contacts"] > 0
    ]
    contacts = pd.concat(frames, ignore_index=True) if frames else CONTACTS.build_empty()
    write_table(contacts, folder / "parts" / f"contacts-{batch.name}.parquet", CONTACTS)
    write_table(replications, folder / "parts" / f"replications-{batch.name}.parquet", REPLICATIONS)


def _collect(batches: Sequence[Batch], folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put the parts together, by point and replication."""
    tables = []
    for kind, schema in (("replications", REPLICATIONS), ("contacts", CONTACTS)):
        ordered = sorted(batches, key=lambda batch: (batch.point, batch.first))
        parts = [read_table(folder / "parts" / f"{kind}-{batch.name}.parquet", schema) for batch in ordered]
        parts = [part for part in parts if len(part)]
        table = pd.concat(parts, ignore_index=True) if parts else schema.build_empty()
        write_table(table, folder / f"{kind}.parquet", schema)
        tables.append(table)
    return tables[0], tables[1]


def _fingerprint(*parts: Any) -> str:
    """Return a short stable key of plain values."""
    text = json.dumps(
        [part.tolist() if isinstance(part, np.ndarray) else part for part in parts], sort_keys=True, default=str
    )
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
