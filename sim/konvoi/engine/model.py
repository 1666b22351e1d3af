"""RallyModel: one rally day. Its step is a table of contents; what it says happens in the kernels."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import NONE
from konvoi.engine.agents import Convoy
from konvoi.engine.crossings import Crossings
from konvoi.engine.layout import build_state
from konvoi.engine.movement import advance, open_halt, release_vehicles
from konvoi.engine.state import (
    ABSENT,
    AT_HOME,
    AT_ORIGIN,
    AT_VENUE,
    RIDING_HOME,
    RIDING_OUT,
    Rides,
    State,
    list_rides,
)
from konvoi.network import RoadNetwork
from konvoi.plan.day_plan import OUTBOUND, DayPlan
from konvoi.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from konvoi.contacts.crowds import Sights
    from konvoi.contacts.rows import ContactLimits
    from konvoi.contacts.segments import Cells


class RallyModel(mesa.Model):
    """Convoys of two sides on one road network for one rally day (or two, when the rallies are on different days).

    Parameters
    ----------
    network
        With every place of the plan as a node.
    cells
        Of the network, for the contact distances.
    crossings
        Of the network: whose ways cross, and the signals.
    plan
        One replication's day before it happens; all chance is spent in it.
    limits
        What counts as a contact.
    decision_interval_s
        Time between two decisions in `step`. Movement is exact in time, so answers do not depend on it.
    max_day_h
        A run that has not ended by then is cut; vehicles not home are stranded.
    max_hold_s
        Longest time the police hold a junction for an escorted convoy.
    motorcycles_pass_m
        So far motorcycles pass cars and trucks that stand at the end of a link; 0: never, the exact mode.
    sights
        What can be seen of the roads from the places where the plan's crowds stand; without them crowds are not looked at.
    """

    def __init__(
        self,
        network: RoadNetwork,
        cells: Cells,
        crossings: Crossings,
        plan: DayPlan,
        limits: ContactLimits,
        decision_interval_s: float = 5.0,
        max_day_h: float = 48.0,
        max_hold_s: float = 600.0,
        motorcycles_pass_m: float = 0.0,
        sights: Sights | None = None,
    ) -> None:
        super().__init__(rng=0)  # never drawn from: the engine has no chance of its own
        self.network = network
        self.cells = cells
        self.plan = plan
        self.limits = limits
        self.decision_interval_s = decision_interval_s
        # A copy that can be written: read-only arrays are another type to Numba, and the kernels would be compiled once
        # for the network as loaded and once more for the one unpickled in a worker.
        self.link_twin = np.array(network.link_twin)
        self.stop_s = max_day_h * SECONDS_PER_HOUR
        self.sights = sights
        self.state: State = build_state(network, crossings, plan, self.stop_s, max_hold_s, motorcycles_pass_m)
        self.clock_s = -np.inf
        self.convoys = [Convoy(self, unit) for unit in range(plan.routes.n_units)]
        # Mesa 3.3 numbers agents in a table that keeps every model for ever: some ten megabytes a replication.
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        # When whom to ask next; at the same moment in the order of their creation. Who is told that someone has passed
        # may change its mind: what does not agree with the agent any more is skipped.
        self._decisions: list[tuple[float, int]] = []
        for convoy in self.convoys:
            convoy.hear()
            self._note_decision(convoy)
        first_s = self.next_decision_s if self._decisions else 0.0
        self.clock_s = float(np.floor(first_s / decision_interval_s) * decision_interval_s)
        self.n_events = 0

    @property
    def next_decision_s(self) -> float:
        """When any agent next has something to decide, s after local midnight."""
        return self._decisions[0][0] if self._decisions else np.inf

    def step(self) -> None:
        """Let one decision interval pass."""
        self._pass_time(self.clock_s + self.decision_interval_s)

    def run(self) -> None:
        """Run the day to its end, from one decision to the next; idle hours cost nothing."""
        while self.running:
            self._pass_time(self.stop_s)

    def run_until(self, until_s: float) -> None:
        """Let everything up to a moment happen (s after local midnight)."""
        self._pass_time(min(until_s, self.stop_s))

    def _pass_time(self, until_s: float) -> None:
        """Move everybody up to a moment, stopping for each decision, and when someone passes who is waited for."""
        called_s = self.state.watches.called_s
        while True:
            decision_s = self.next_decision_s
            self.n_events += advance(self.state, min(decision_s, until_s))
            if called_s[0] < np.inf:
                self.clock_s, called_s[0] = float(called_s[0]), np.inf
                self._let_hear()
            elif decision_s <= until_s:
                self.clock_s = decision_s
                self._let_decide()
            else:
                break
        self.clock_s = until_s
        is_idle = self.state.agenda.n[0] == 0 and decision_s == np.inf
        self.running = not is_idle and self.clock_s < self.stop_s

    def _let_decide(self) -> None:
        """Let the agents decide for whom it is time; none sees another, so their order cannot matter."""
        while self._decisions and self._decisions[0][0] <= self.clock_s:
            convoy = self.convoys[heapq.heappop(self._decisions)[1]]
            convoy.step()
            self._note_decision(convoy)

    def _let_hear(self) -> None:
        """Tell the agents that wait that someone has passed."""
        for convoy in self.convoys:
            if convoy.is_waiting:
                convoy.hear()
                self._note_decision(convoy)

    def _note_decision(self, convoy: Convoy) -> None:
        """Note when an agent next decides; what was noted before does not count any more."""
        if convoy.next_decision_s < np.inf:
            heapq.heappush(self._decisions, (convoy.next_decision_s, convoy.unit))
        while self._decisions and self._decisions[0][0] != self.convoys[self._decisions[0][1]].next_decision_s:
            heapq.heappop(self._decisions)

    def count_passed(self, watch: int) -> int:
        """Count the vehicles that have passed a watch of the plan."""
        return int(self.state.watches.n_passed[len(self.plan.routes.halts) + watch])

    def count_missing(self, watch: int) -> int:
        """Count the vehicles that have not yet passed a watch of the plan."""
        return int(self.state.watches.n_missing[len(self.plan.routes.halts) + watch])

    def count_stopped(self, halt: int) -> int:
        """Count the vehicles that have come to a halt."""
        return int(self.state.watches.n_passed[halt])

    def count_coming(self, halt: int) -> int:
        """Count the vehicles that have not yet come to a halt."""
        return int(self.state.watches.n_missing[halt])

    def compute_halt_times(self, halt: int) -> tuple[float, float]:
        """Compute when the first vehicle came to a halt and went on (s); NaN when it has not."""
        link = self.state.links[self._first_halt + halt]
        if link.first_row == link.next_row:
            return np.nan, np.nan
        ride = self.state.rides[link.first_row]
        return float(ride.begin_s), float(ride.end_s)

    def count_parked(self, side: int, where: int) -> int:
        """Count a side's (1 or 2) vehicles that parked somewhere, ``FURTHER_OFF`` or ``ON_STREET``."""
        units = self.plan.routes.unit_side[self.plan.vehicle_unit]
        return int(np.count_nonzero((units == side) & (self.state.fleet.parked == where)))

    @property
    def _first_halt(self) -> int:
        """The first of the halts, which are the last of the links."""
        return len(self.state.links) - len(self.plan.routes.halts)

    def get_side(self, unit: int) -> int:
        """Return the index of a unit's side, 0 or 1."""
        return int(self.plan.routes.unit_side[unit]) - 1

    def open_halt(self, halt: int, time_s: float) -> None:
        """Let a column go on from its halt."""
        open_halt(self.state, self._first_halt + halt, time_s)

    def order_out(self, unit: int, time_s: float) -> None:
        """Let a unit leave for the rally."""
        rows = self.plan.vehicle_offset[unit : unit + 2]
        delay_s = np.ascontiguousarray(self.plan.vehicle_release_s[:, OUTBOUND])
        if self.plan.vehicle_gather_s is not None:  # who is not there yet follows
            delay_s = np.maximum(delay_s, self.plan.vehicle_gather_s - time_s)
        release_vehicles(self.state, int(rows[0]), int(rows[1]), AT_ORIGIN, time_s, delay_s)

    def order_home(self, unit: int, time_s: float) -> None:
        """Let a unit leave for home; who is not at the venue yet follows on arrival."""
        rows = self.plan.vehicle_offset[unit : unit + 2]
        self.state.units.home_release_s[unit] = time_s
        release_vehicles(
            self.state, int(rows[0]), int(rows[1]), AT_VENUE, time_s, np.array(self.state.fleet.home_delay_s)
        )

    @property
    def n_riding(self) -> int:
        """Number of vehicles on the road or waiting to get onto it."""
        stage = self.state.fleet.stage
        return int(np.count_nonzero((stage == RIDING_OUT) | (stage == RIDING_HOME)))

    @property
    def n_stranded(self) -> int:
        """Number of vehicles not home; of a finished run, those a grid-lock or the end of the run has stranded."""
        return int(np.count_nonzero(self._is_out))

    @property
    def _is_out(self) -> NDArray[np.bool_]:
        """Whether each vehicle is not home; rows whose people are in another row are not."""
        return np.isin(self.state.fleet.stage, (AT_HOME, ABSENT), invert=True)

    @property
    def last_move_s(self) -> float:
        """When a vehicle last left a link, s after local midnight; −inf when none has."""
        moved_s = self.state.links.exit_s
        return float(moved_s[moved_s < np.inf].max(initial=-np.inf))  # infinite at halts that are not open

    def list_rides(self) -> Rides:
        """List all rides along links so far, in the order in which they began."""
        return list_rides(self.state)

    def count_stranded(self, unit: int) -> int:
        """Count a unit's vehicles that are not home."""
        rows = self.plan.vehicle_offset[unit : unit + 2]
        return int(np.count_nonzero(self._is_out[rows[0] : rows[1]]))

    def find_gridlocks(self) -> list[list[int]]:
        """Find the grid-locks of a run that cannot go on: rings of links, each full and waiting for the next one.

        Returns
        -------
        Links of each ring, in the order in which they wait for each other, from the least on.
        """
        links = self.state.links
        waits_for: dict[int, int] = {}
        for wanted in np.flatnonzero(links.waiting != NONE):
            link = links[int(wanted)].waiting
            while link != NONE:
                waits_for[int(link)] = int(wanted)
                link = links[link].next_waiting
        rings, seen = [], set[int]()
        for start in waits_for:
            way: list[int] = []
            link = start
            while link in waits_for and link not in seen:
                seen.add(link)
                way.append(link)
                link = waits_for[link]
            if link in way:
                ring = way[way.index(link) :]
                first = ring.index(min(ring))
                rings.append(ring[first:] + ring[:first])
        return sorted(rings)

    def compute_trip_times(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Compute when each unit's trips began and ended.

        Returns
        -------
        Departures and arrivals, each (n_units, 2 phases, first and last vehicle), s; NaN where nobody did.
        """
        roads, rows = self.state.roads, self.list_rides()
        trip = roads.step_trip[rows.step]
        times = np.full((2, self.plan.routes.n_units, 2, 2), np.nan)
        source = rows.link - len(self.network.link_from)
        is_first = (source >= 0) & (source < 2 * self.plan.routes.n_units)
        is_last = roads.route_link[rows.step + 1] == NONE
        for k, (chosen, time_s) in enumerate(((is_first, rows.end_s), (is_last, rows.end_s))):
            chosen = chosen & np.isfinite(time_s)
            for j, reduce in enumerate((np.fmin, np.fmax)):
                reduce.at(times[k, :, :, j], (trip[chosen] // 2, trip[chosen] % 2), time_s[chosen])
        return times[0], times[1]

    def compute_delay_s(self) -> float:
        """Compute the vehicles' travel time on links beyond that at their own free speed, s."""
        return float(self.state.links.delay_s[: len(self.network.link_length_m)].sum())
