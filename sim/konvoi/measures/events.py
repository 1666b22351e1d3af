"""The event log: what happened in one run, in the order of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from konvoi.engine.model import RallyModel
from konvoi.engine.state import FURTHER_OFF, ON_STREET
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND
from konvoi.tables.day import EVENTS

DEPART_OUT = "depart_out"  # the unit's first vehicle leaves its assembly point; value: vehicles
ARRIVE_FIRST = "arrive_first"  # its first vehicle is at the venue
ARRIVE_LAST = "arrive_last"  # its last vehicle is at the venue
DEPART_HOME = "depart_home"
HOME_LAST = "home_last"  # its last vehicle is home
RALLY_BEGIN = "rally_begin"
RALLY_END = "rally_end"
PARKING_FULL = "parking_full"  # the first vehicle finds no room at the venue; value: vehicles that park further off
PARKED_ON_STREET = "parked_on_street"  # at the same moment; value: vehicles for which there is no room anywhere
HALT_BEGIN = "halt_begin"  # the unit's first vehicle comes to a halt of its own; value: vehicles
HALT_END = "halt_end"  # the first vehicle goes on
CONTACT_BEGIN = "contact_begin"  # value: most people of both sides
CONTACT_END = "contact_end"  # value: exposure, person-min
GRIDLOCK = "gridlock"  # traffic has locked up for good at the junctions of the place; value: vehicles on the road
STRANDED = "stranded"  # value: vehicles of the unit not home at the end of the run

# At the same moment what ends comes after what begins.
CODES = (
    RALLY_BEGIN, DEPART_OUT, HALT_BEGIN, HALT_END, ARRIVE_FIRST, PARKING_FULL, PARKED_ON_STREET, DEPART_HOME, CONTACT_BEGIN, CONTACT_END, ARRIVE_LAST, HOME_LAST, RALLY_END, GRIDLOCK, STRANDED,
)  # fmt: skip


@dataclass
class EventLog:
    """Rows of the events table, in any order until `build_table`."""

    rows: list[tuple[float, str, str, str, str, float]] = field(default_factory=list)

    def add(
        self, time_s: float, code: str, unit: str, *, other: str = "", place: str = "", value: float = np.nan
    ) -> None:
        """Add one event."""
        self.rows.append((float(time_s), code, unit, other, place, float(value)))

    def build_table(self) -> pd.DataFrame:
        """Build the table (`konvoi.tables.day.EVENTS`): time never decreases, ties by code and names."""
        rank = {code: index for index, code in enumerate(CODES)}
        ordered = sorted(self.rows, key=lambda row: (row[0], rank[row[1]], row[2], row[3]))
        return EVENTS.check(pd.DataFrame(ordered, columns=list(EVENTS.columns)), "events")


def build_event_log(model: RallyModel, columns: Mapping[str, Any], gridlocks: list[list[str]]) -> EventLog:
    """Write down departures, arrivals, rallies, contacts, grid-locks and the stranded of a finished run."""
    plan, log = model.plan, EventLog()
    first_s, last_s = model.compute_trip_times()
    venue = plan.routes.venue_name
    for side in (1, 2):
        log.add(plan.rally_start_s[side - 1], RALLY_BEGIN, f"Paslon {side}", place=venue[side - 1])
        log.add(plan.rally_end_s[side - 1], RALLY_END, f"Paslon {side}", place=venue[side - 1])
    n_vehicles = plan.count_vehicles()
    for unit, name in enumerate(plan.routes.unit_name):
        place = venue[plan.routes.unit_side[unit] - 1]
        moments = (
            (DEPART_OUT, first_s[unit, OUTBOUND, 0], "", float(n_vehicles[unit, OUTBOUND])),
            (ARRIVE_FIRST, last_s[unit, OUTBOUND, 0], place, np.nan),
            (ARRIVE_LAST, last_s[unit, OUTBOUND, 1], place, np.nan),
            (DEPART_HOME, first_s[unit, HOMEBOUND, 0], place, float(n_vehicles[unit, HOMEBOUND])),
            (HOME_LAST, last_s[unit, HOMEBOUND, 1], "", np.nan),
        )
        for code, time_s, where, value in moments:
            if np.isfinite(time_s):
                log.add(time_s, code, name, place=where, value=value)
        n_stranded = model.count_stranded(unit)
        if n_stranded:
            log.add(model.clock_s, STRANDED, name, value=n_stranded)
    for junctions in gridlocks:
        log.add(model.last_move_s, GRIDLOCK, "", place="; ".join(junctions), value=model.n_riding)
    for index, halt in enumerate(plan.routes.halts):
        begin_s, end_s = model.compute_halt_times(index)
        unit = halt.trip // 2
        for code, time_s in ((HALT_BEGIN, begin_s), (HALT_END, end_s)):
            if np.isfinite(time_s):
                value = float(n_vehicles[unit, halt.trip % 2])
                log.add(time_s, code, plan.routes.unit_name[unit], place=halt.name, value=value)
    for side in (1, 2):
        full_s = float(model.state.parking.full_s[side - 1])
        if np.isfinite(full_s):
            for parked_code, parked_where in ((PARKING_FULL, FURTHER_OFF), (PARKED_ON_STREET, ON_STREET)):
                n_parked = model.count_parked(side, parked_where)
                log.add(full_s, parked_code, f"Paslon {side}", place=venue[side - 1], value=n_parked)
    for k in range(len(columns["contact"])):
        names = {"other": columns["unit_2"][k], "place": columns["junction"][k]}
        people = columns["people_1"][k] + columns["people_2"][k]
        log.add(columns["begin_s"][k], CONTACT_BEGIN, columns["unit_1"][k], value=people, **names)
        log.add(
            columns["end_s"][k], CONTACT_END, columns["unit_1"][k], value=columns["exposure_person_min"][k], **names
        )
    return log
