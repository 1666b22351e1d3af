"""A small sweep of the crossroads, in this process, for tests that interrupt, starve and continue it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from konvoi.errors import OutputError
from konvoi.options import Settings, compose_settings
from konvoi.study.design import Study
from konvoi.sweeping.folder import hold_folder, open_folder
from konvoi.sweeping.study import describe_study, prepare_study
from konvoi.sweeping.sweep import run_sweep

# Two points that end in different rounds: batches of five replications, tens of milliseconds each.
WORDS = (
    "scenario=crossroads", "experiment=gap", "rally.gap_min=0,60", "design.stopping=precision",
    "design.replications=30", "design.cap=120", "design.half_width=0.1", "progress=false", "lang=en", "seed=5",
)  # fmt: skip


def prepare(words: Sequence[str] = (), *, executor: str = "serial") -> tuple[Settings, Study]:
    """Compose and prepare the sweep; later words count more."""
    own = {word.split("=", 1)[0]: word for word in (*WORDS, f"executor={executor}", *words)}
    settings = compose_settings(list(own.values()))
    return settings, prepare_study(settings)


def sweep_into(folder: Path, settings: Settings, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run the sweep as the command does, but for verdict and pictures."""
    with hold_folder(folder):
        open_folder(folder, describe_study(settings, study))
        return run_sweep(settings, study, folder)


def read_tables(folder: Path) -> tuple[bytes, bytes]:
    """Return the bytes of the final tables."""
    return (folder / "replications.parquet").read_bytes(), (folder / "contacts.parquet").read_bytes()


if __name__ == "__main__":
    try:
        sweep_into(Path(sys.argv[1]), *prepare(sys.argv[2:]))
    except OutputError as fault:
        print(fault, file=sys.stderr)
        raise SystemExit(2) from None
