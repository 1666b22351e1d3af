"""What one finished day comes to: its row of `konvoi.tables.sweep.REPLICATIONS`, and where traffic locked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from konvoi.engine.model import RallyModel
from konvoi.measures.attendance import measure_attendance, measure_wait_s
from konvoi.measures.contacts import count_outcomes
from konvoi.town import Town
from konvoi.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE


def build_row(
    model: RallyModel, contacts: Mapping[str, Any], gridlocks: list[list[str]], replication: int
) -> dict[str, Any]:
    """Build the row of a finished run.

    Parameters
    ----------
    contacts
        Columns of `konvoi.tables.sweep.CONTACTS`.
    gridlocks
        Names of the junctions of each grid-lock.
    """
    plan = model.plan
    # Who goes home in another unit has two rows; the first counts.
    vehicle_side = np.where(plan.is_second_row, 0, plan.routes.unit_side[plan.vehicle_unit])
    row: dict[str, Any] = {"replication": replication, "seed": plan.seed, **count_outcomes(contacts)}
    for side in (1, 2):
        row[f"lateness_{side}_min"] = float(plan.side_lateness_s[side - 1] / SECONDS_PER_MINUTE)
        row[f"vehicles_{side}"] = int(np.count_nonzero(vehicle_side == side))
        row[f"people_{side}"] = int(plan.vehicle_people[vehicle_side == side].sum())
    row["at_rally_share_1"], row["at_rally_share_2"] = measure_attendance(model)
    row["delay_vehicle_h"] = (model.compute_delay_s() + measure_wait_s(model)) / SECONDS_PER_HOUR
    row["stranded"] = model.n_stranded
    row["gridlock"] = "; ".join(name for names in gridlocks for name in names)
    row["error"] = ""
    return row


def name_gridlocks(model: RallyModel, town: Town) -> list[list[str]]:
    """Name the junctions of each grid-lock of a finished run, each once."""
    named = []
    for ring in model.find_gridlocks():
        node = town.network.link_to[ring]
        names = town.junctions.find_names(
            town.network.node_x_m[node], town.network.node_y_m[node], np.array(ring, np.int32)
        )
        named.append(list(dict.fromkeys(names.tolist())))
    return named
