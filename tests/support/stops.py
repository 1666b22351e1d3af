"""Small towns with halts, joins, closures and crowds: the model on them without any chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from konvoi.arrays import NONE
from konvoi.contacts.crowds import build_sights
from konvoi.contacts.rows import ContactLimits
from konvoi.contacts.segments import build_cells
from konvoi.engine.crossings import build_crossings
from konvoi.engine.model import RallyModel
from konvoi.network import RoadNetwork
from konvoi.plan.stops import Crowd
from tests.support.towns import LENIENT, Unit, build_plan_by_hand


def build_life(
    network: RoadNetwork,
    units: Sequence[Unit],
    *,
    gather_s: Sequence[float] | None = None,
    successor: dict[int, int] | None = None,
    crowds: Sequence[Crowd] = (),
    limits: ContactLimits = LENIENT,
    distance_m: float = 50.0,
    rally_end_s: tuple[float, float] = (0.0, 0.0),
    **stops: Any,
) -> RallyModel:
    """Build the model of units on a network with what happens to them on the way (`konvoi.plan.day_plan.UnitRoutes`).

    Parameters
    ----------
    gather_s
        When each vehicle comes to the assembly point.
    successor
        Second rows of vehicles by their first ones.
    """
    plan = build_plan_by_hand(units)
    heir = np.full(plan.n_vehicles, NONE)
    for row, second in (successor or {}).items():
        heir[row] = second
    plan = replace(
        plan,
        routes=replace(plan.routes, crowds=tuple(crowds), **stops),
        vehicle_gather_s=None if gather_s is None else np.array(gather_s, float),
        vehicle_successor=heir,
        rally_end_s=np.array(rally_end_s),
    )
    cells = build_cells(network, 120.0, distance_m, 2.0 * distance_m)
    sights = build_sights(network, cells, [crowd.node for crowd in crowds]) if crowds else None
    return RallyModel(network, cells, build_crossings(network), plan, limits, sights=sights)
