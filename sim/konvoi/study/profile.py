"""The profile of the day: every start of every venue choice, as a table (`profile.csv`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from konvoi.arrays import FloatArray
from konvoi.streams import build_generator
from konvoi.study.intervals import compute_wilson_interval
from konvoi.study.windows import Starts, Window
from konvoi.tables.starts import OUTCOMES, PROFILE, WINDOWS

SAMPLES = 2000


@dataclass(frozen=True)
class ChoiceDays:
    """Outcomes of n days at the k starts of one venue choice: each of `OUTCOMES` and exposure, (n, k).

    Where all of the first days met, the others are not simulated: ``is_known`` (n, k) tells which were. What is not known
    counts as met where windows are looked for, and nowhere else.
    """

    venue_choice: str
    venues: tuple[str, str]
    shift_min: FloatArray
    outcomes: Mapping[str, NDArray[np.bool_]]
    exposure_person_min: FloatArray
    is_known: NDArray[np.bool_]

    @property
    def starts(self) -> Starts:
        """The outcomes windows are made of."""
        large, met = (self.outcomes[name] | ~self.is_known for name in ("large", "any_riders"))
        exposure = np.where(self.is_known, self.exposure_person_min, 0.0)
        return Starts(self.shift_min, large, met, exposure, self.is_known)


def build_profile(
    choices: Sequence[ChoiceDays],
    first_start_s: float,
    planned: tuple[str, float],
    lawful: Mapping[float, bool],
    windows: Sequence[Window],
    confidence: float,
    seed: int,
) -> pd.DataFrame:
    """Build the profile table (`konvoi.tables.starts.PROFILE`).

    Parameters
    ----------
    first_start_s
        Planned start of the earlier rally, s after local midnight.
    planned
        Venue choice and shift (min) of the plan to judge.
    lawful
        Whether each shift breaks no rule.
    windows
        As numbered in `WINDOWS`, from 1.
    seed
        Of the bootstrap.
    """
    frames = []
    for choice in choices:
        known, shift = choice.is_known, choice.shift_min
        n = known.sum(axis=0)
        exposure = np.where(known, choice.exposure_person_min, np.nan)
        low, high = compute_bootstrap_interval(exposure, confidence, seed)
        columns: dict[str, Any] = {
            "venue_choice": choice.venue_choice,
            "venue_1": choice.venues[0],
            "venue_2": choice.venues[1],
            "shift_min": shift,
            "start_1_s": first_start_s + 60.0 * np.maximum(-shift, 0.0),
            "start_2_s": first_start_s + 60.0 * np.maximum(shift, 0.0),
            "is_planned": [(choice.venue_choice, float(at)) == planned for at in shift],
            "is_lawful": [lawful[float(at)] for at in shift],
            "window": [_find_window(windows, choice.venue_choice, float(at)) for at in shift],
            "days": n,
            "exposure_person_min_mean": np.nansum(exposure, axis=0) / np.maximum(n, 1),
            "exposure_person_min_low": low,
            "exposure_person_min_high": high,
        }
        for name in OUTCOMES:
            hits = (choice.outcomes[name] & known).sum(axis=0)
            columns[f"{name}_days"] = hits
            columns[f"{name}_low"], columns[f"{name}_high"] = compute_wilson_interval(hits, n, confidence)
        frames.append(pd.DataFrame(columns))
    return PROFILE.check(pd.concat(frames, ignore_index=True), "profile")


def build_windows(windows: Sequence[Window]) -> pd.DataFrame:
    """Build the table of windows (`WINDOWS`), numbered from 1."""
    rows = [
        {
            "window": number,
            "venue_choice": window.venue_choice,
            "first_min": float(window.shift_min[0]),
            "last_min": float(window.shift_min[-1]),
            "before": window.before,
            "after": window.after,
            "before_days": None if window.before_hits is None else window.before_hits[0],
            "before_of": None if window.before_hits is None else window.before_hits[1],
            "after_days": None if window.after_hits is None else window.after_hits[0],
            "after_of": None if window.after_hits is None else window.after_hits[1],
            "days": window.n_days,
            "large_days_most": int(window.hits[0].max()),
            "riders_days_most": int(window.hits[1].max()),
            "upper_most": float(window.upper.max()),
            "exposure_person_min_least": float(window.exposure_person_min.min()),
        }
        for number, window in enumerate(windows, start=1)
    ]
    return WINDOWS.check(pd.DataFrame(rows, columns=list(WINDOWS.columns)), "windows")


def compute_bootstrap_interval(values: ArrayLike, confidence: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """Compute the interval of each column's mean by the Bayesian bootstrap (Rubin 1981); it stays above 0 as means do.

    Each day weighs Gamma(1) in a sample, the same at every start, so that what common random numbers have in common is
    kept. A day that is NaN at a start is left out there.

    Returns
    -------
    Lower and upper ends, (k,); NaN above where all days are 0, and both for no days.
    """
    sample = np.asarray(values, np.float64)
    known = np.isfinite(sample)
    if len(sample) == 0:
        return np.full(sample.shape[1], np.nan), np.full(sample.shape[1], np.nan)
    weight = build_generator(seed, "bootstrap", "mean").standard_gamma(1.0, (SAMPLES, len(sample)))
    total = weight @ known.astype(np.float64)
    means = np.divide(weight @ np.where(known, sample, 0.0), total, out=np.full(total.shape, np.nan), where=total > 0.0)
    outside = 0.5 * (1.0 - confidence)
    low, high = np.quantile(means, [outside, 1.0 - outside], axis=0)
    return low, np.where((np.where(known, sample, 0.0) > 0.0).any(axis=0), high, np.nan)


def _find_window(windows: Sequence[Window], venue_choice: str, shift_min: float) -> int:
    """Find the number of the window that holds a start; 0 for none."""
    for number, window in enumerate(windows, start=1):
        if window.venue_choice == venue_choice and window.shift_min[0] <= shift_min <= window.shift_min[-1]:
            return number
    return 0
