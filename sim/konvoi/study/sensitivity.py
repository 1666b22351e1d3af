"""Which factors matter: Morris screening and Sobol indices of a model whose runs also depend on chance.

The seed takes part as a factor: rows that share it share the luck of their day, and its index says how much of the
differences between days is luck. Samples are drawn, and indices computed, by SALib (an optional package), all in the
unit cube; `list_settings` turns rows into keys and values.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from konvoi.arrays import FloatArray
from konvoi.errors import CONFIGURATION, ScenarioError
from konvoi.tables.sweep import MORRIS, SOBOL
from konvoi.words import Sentence

SEED = "seed"
N_SEEDS = 1000  # days the seed chooses among
MORRIS_LEVELS = 4
DIGITS = 6  # of a sampled value


@dataclass(frozen=True)
class Input:
    """A factor: a range, or levels in their order."""

    low: float = 0.0
    high: float = 1.0
    levels: Sequence[Any] = field(default=())

    def choose(self, share: float) -> Any:
        """Return the value at a share (0 to 1) of the range, or the level whose part of the range holds it."""
        if len(self.levels):
            return self.levels[min(int(share * len(self.levels)), len(self.levels) - 1)]
        return round(self.low + share * (self.high - self.low), DIGITS)


def sample_morris(names: Sequence[str], trajectories: int, seed: int) -> FloatArray:
    """Sample the paths of the Morris screening, shape (trajectories · (k + 1), k), in the unit cube."""
    _require_salib()
    from SALib.sample import morris

    with _silenced():
        return np.asarray(
            morris.sample(_describe(names), trajectories, num_levels=MORRIS_LEVELS, seed=seed), np.float64
        )


def sample_sobol(names: Sequence[str], n: int, seed: int) -> FloatArray:
    """Sample for first-order and total Sobol indices, shape (n · (k + 2), k), in the unit cube; n a power of two."""
    _require_salib()
    from SALib.sample import sobol

    with _silenced():
        return np.asarray(sobol.sample(_describe(names), n, calc_second_order=False, seed=seed), np.float64)


def list_settings(rows: FloatArray, inputs: Mapping[str, Input], seed: int) -> list[dict[str, Any]]:
    """Turn rows of the unit cube into keys and values; the column ``seed`` chooses one of `N_SEEDS` seeds."""
    chosen = {**inputs, SEED: Input(levels=range(seed, seed + N_SEEDS))}
    return [
        {name: chosen[name].choose(float(share)) for name, share in zip(inputs_and_seed(inputs), row, strict=True)}
        for row in rows
    ]


def inputs_and_seed(inputs: Mapping[str, Input]) -> list[str]:
    """Return the names of the factors, the seed last."""
    return [*inputs, SEED]


def analyse_morris(
    names: Sequence[str], rows: FloatArray, outcome: ArrayLike, kind: str, *, survivors: int, confidence: float,
    resamples: int, seed: int,
) -> pd.DataFrame:  # fmt: skip
    """Compute Morris's elementary effects (`konvoi.tables.sweep.MORRIS`), the largest mean absolute effect first.

    The seed always survives: it is what the others are measured against.

    Notes
    -----
    Morris (1991), Technometrics 33:161–174; Campolongo, Cariboni, Saltelli (2007), Environ. Model. Softw. 22:1509–1518.
    """
    _require_salib()
    from SALib.analyze import morris

    with _silenced():
        found = morris.analyze(
            _describe(names), rows, np.asarray(outcome, np.float64), num_resamples=resamples, conf_level=confidence,
            num_levels=MORRIS_LEVELS, seed=seed,
        )  # fmt: skip
    mu_star, half = np.asarray(found["mu_star"], np.float64), np.asarray(found["mu_star_conf"], np.float64)
    frame = pd.DataFrame(
        {
            "factor": list(names),
            "outcome": kind,
            "mu_star": mu_star,
            "mu_star_low": np.maximum(0.0, mu_star - half),
            "mu_star_high": mu_star + half,
            "mu": np.asarray(found["mu"], np.float64),
            "sigma": np.asarray(found["sigma"], np.float64),
            "is_survivor": False,
            "replications": len(rows),
        }
    ).sort_values(["mu_star", "factor"], ascending=[False, True], kind="stable", ignore_index=True)
    chosen = frame.loc[frame["factor"] != SEED, "factor"].head(survivors)
    frame["is_survivor"] = frame["factor"].isin([*chosen, SEED])
    return MORRIS.check(frame, "morris")


def analyse_sobol(
    names: Sequence[str], outcome: ArrayLike, kind: str, *, confidence: float, resamples: int, seed: int
) -> pd.DataFrame:
    """Compute Sobol indices (`konvoi.tables.sweep.SOBOL`), the largest total index first; NaN where nothing varies.

    Notes
    -----
    Saltelli et al. (2010), Comput. Phys. Commun. 181:259–270; intervals by bootstrap over rows of the base sample.
    """
    _require_salib()
    from SALib.analyze import sobol

    values = np.asarray(outcome, np.float64)
    with _silenced(), np.errstate(all="ignore"):
        found = sobol.analyze(
            _describe(names), values, calc_second_order=False, num_resamples=resamples, conf_level=confidence, seed=seed
        )
    columns: dict[str, Any] = {"factor": list(names), "outcome": kind}
    for name, key in (("total", "ST"), ("first", "S1")):
        middle, half = np.asarray(found[key], np.float64), np.asarray(found[f"{key}_conf"], np.float64)
        columns |= {name: middle, f"{name}_low": middle - half, f"{name}_high": middle + half}
    frame = pd.DataFrame({**columns, "replications": len(values)})
    frame = frame.sort_values(["total", "factor"], ascending=[False, True], kind="stable", ignore_index=True)
    return SOBOL.check(frame, "sobol")


def _describe(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _require_salib() -> None:
    if importlib.util.find_spec("SALib") is None:
        raise ScenarioError(CONFIGURATION, [Sentence("faults.salib_package")])


def _silenced() -> warnings.catch_warnings[None]:
    """Keep SALib's own deprecations from users; its results are checked against known functions by tests."""
    return warnings.catch_warnings(action="ignore")
