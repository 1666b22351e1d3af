"""The event log: what happened in one run, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sim.tables import EVENTS

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
        """Build the table (`sim.tables.EVENTS`): time never decreases, ties by code and names."""
        rank = {code: index for index, code in enumerate(CODES)}
        ordered = sorted(self.rows, key=lambda row: (row[0], rank[row[1]], row[2], row[3]))
        return EVENTS.check(pd.DataFrame(ordered, columns=list(EVENTS.columns)), "events")
