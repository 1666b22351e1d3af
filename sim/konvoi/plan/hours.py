"""When rallies start and convoys are told to leave, as officials plan it; no chance."""

from __future__ import annotations

import numpy as np

from konvoi.arrays import FloatArray
from konvoi.config.settings import RunConfig
from konvoi.units import clock_to_s, minutes_to_s


def compute_rally_starts_s(config: RunConfig) -> FloatArray:
    """Return the planned starts of both rallies, side 1 first, s after local midnight of the first day."""
    first_s = clock_to_s(config.scenario.rally.first_start)
    later = 2 - config.rally.first_side
    return first_s + config.rally.gap.seconds * np.array([later == 0, later == 1], dtype=np.float64)


def compute_planned_departure_s(config: RunConfig, rally_start_s: float, free_out_s: float) -> float:
    """Return when an organised convoy is told to leave, s after local midnight: its ride and a margin before the rally."""
    return rally_start_s - minutes_to_s(config.behaviour.organised_margin_min) - free_out_s
