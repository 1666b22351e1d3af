"""Polylines of a table, for drawing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def read_lines(frame: pd.DataFrame, key: str) -> list[NDArray[np.float64]]:
    """Return polylines (vertices, 2) by key, in the order of the keys."""
    ordered = frame.sort_values([key, "vertex"], kind="stable")
    keys = ordered[key].to_numpy()
    xy = ordered[["x_m", "y_m"]].to_numpy(np.float64)
    return np.split(xy, np.flatnonzero(keys[1:] != keys[:-1]) + 1)


def densify(line: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Return points along a polyline (vertices, 2), at most a step apart."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(0.0, along[-1], int(along[-1] / step) + 2)
    return np.column_stack([np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])])
