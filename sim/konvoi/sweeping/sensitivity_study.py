"""Which factors matter: screen all of them, then compute the indices of those that matter most."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from konvoi.errors import RallyError
from konvoi.options import SensitivitySettings, Settings
from konvoi.report.comparison_text import format_sensitivity
from konvoi.study.design import PLAN
from konvoi.study.sensitivity import (
    Input,
    analyse_morris,
    analyse_sobol,
    inputs_and_seed,
    list_settings,
    sample_morris,
    sample_sobol,
)
from konvoi.sweeping.folder import hold_folder, open_folder
from konvoi.sweeping.study import choose_folder, describe_study, prepare_study
from konvoi.sweeping.sweep import run_sweep
from konvoi.tables.files import write_table, write_text
from konvoi.tables.sweep import MORRIS, SOBOL
from konvoi.words import Sentence

QUICK_TRAJECTORIES, QUICK_SAMPLES = 4, 16


def run_sensitivity(settings: Settings, spec: SensitivitySettings) -> tuple[Path, str]:
    """Run both stages, each a sweep in a folder of its own that can be interrupted and goes on.

    Returns
    -------
    The folder, with ``morris.csv``, ``sobol.csv`` and ``sensitivity.txt``; and the text for the screen.
    """
    design, seed = settings.door.design, int(settings.run["seed"])
    trajectories, samples = spec.trajectories, spec.sobol_samples
    if settings.door.quick:
        trajectories, samples = min(trajectories, QUICK_TRAJECTORIES), min(samples, QUICK_SAMPLES)
    inputs = {
        key: Input(entry.low or 0.0, entry.high if entry.high is not None else 1.0, entry.levels)
        for key, entry in spec.inputs.items()
    }
    names = inputs_and_seed(inputs)
    rows = sample_morris(names, trajectories, _draw_seed(seed))
    folder, outcome = _run_stage(settings, None, "morris", list_settings(rows, inputs, seed), spec.outcome)
    shared: dict[str, Any] = {
        "confidence": design.confidence, "resamples": spec.resamples, "seed": _draw_seed(seed)
    }  # fmt: skip
    morris = analyse_morris(names, rows, outcome, spec.outcome, survivors=spec.survivors, **shared)
    write_table(morris, folder / "morris.csv", MORRIS)

    kept = {key: inputs[key] for key in inputs if key in set(morris.loc[morris["is_survivor"], "factor"])}
    names = inputs_and_seed(kept)
    rows = sample_sobol(names, samples, _draw_seed(seed))
    folder, outcome = _run_stage(settings, folder, "sobol", list_settings(rows, kept, seed), spec.outcome)
    sobol = analyse_sobol(names, outcome, spec.outcome, **shared)
    write_table(sobol, folder / "sobol.csv", SOBOL)
    text = format_sensitivity(morris, sobol, spec.outcome, settings.door.lang, design.confidence)
    write_text(folder / "sensitivity.txt", text + "\n")
    return folder, text


def _run_stage(
    settings: Settings, folder: Path | None, stage: str, rows: list[dict[str, Any]], outcome: str
) -> tuple[Path, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """Run one replication of every row; return the folder of the analysis and the outcomes in the order of the rows."""
    factors = {PLAN: [{"name": "", "set": row} for row in rows]}
    design = settings.door.design.model_copy(update={"factors": factors, "replications": 1})
    own = replace(settings, door=settings.door.model_copy(update={"design": design}))
    study = prepare_study(own)
    target = choose_folder(own, study) if folder is None else folder
    with hold_folder(target / stage):
        open_folder(target / stage, describe_study(own, study))
        replications, _ = run_sweep(own, study, target / stage)
    return target, _read_outcome(replications, len(rows), outcome)


def _read_outcome(
    replications: pd.DataFrame, n: int, outcome: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    failed = replications[replications["error"] != ""]
    if len(failed):
        raise RallyError(Sentence("faults.sensitivity_failed", failed=len(failed), n=n, first=failed["error"].iloc[0]))
    return replications.sort_values("point")[outcome].to_numpy(np.float64)


def _draw_seed(seed: int) -> int:
    """Return a seed SALib takes, 32 bits."""
    return seed % 2**32
