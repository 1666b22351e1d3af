"""RallyModel: one rally day. Its step is a table of contents; what it says happens in the kernels."""

from __future__ import annotations

from dataclasses import dataclass

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.engine.agents import Convoy
from sim.engine.cells import Cells
from sim.engine.movement import advance, release_vehicles
from sim.engine.proximity import (
    Contacts,
    Coverages,
    PairSums,
    build_scratch,
    compute_passages,
    find_contacts,
    find_coverages,
)
from sim.engine.state import AT_HOME, AT_ORIGIN, AT_VENUE, RIDING_HOME, RIDING_OUT, State, build_state
from sim.network import RoadNetwork
from sim.plan import OUTBOUND, Plan
from sim.units import SECONDS_PER_HOUR


@dataclass(frozen=True)
class ContactLimits:
    """What makes near times a contact (MODEL §6); the distances are in the cells."""

    merge_s: float
    min_duration_s: float
    min_people: float


class RallyModel(mesa.Model):
    """Convoys of two sides on one road network for one rally day (or two, when the rallies are on different days).

    Parameters
    ----------
    network
        With every place of the plan as a node.
    cells
        Of the network, for the contact distances.
    plan
        One replication's day before it happens; all chance is spent in it.
    limits
        What counts as a contact.
    decision_interval_s
        Time between two decisions in `step`. Movement is exact in time, so answers do not depend on it.
    max_day_h
        A run that has not ended by then is cut; vehicles not home are stranded.
    """

    def __init__(
        self,
        network: RoadNetwork,
        cells: Cells,
        plan: Plan,
        limits: ContactLimits,
        decision_interval_s: float = 5.0,
        max_day_h: float = 48.0,
    ) -> None:
        super().__init__(rng=0)  # never drawn from: the engine has no chance of its own
        self.network = network
        self.cells = cells
        self.plan = plan
        self.limits = limits
        self.decision_interval_s = decision_interval_s
        self.state: State = build_state(network, plan)
        self.convoys = [Convoy(self, unit) for unit in range(plan.routes.n_units)]
        first_s = min((convoy.next_decision_s for convoy in self.convoys), default=0.0)
        self.clock_s = float(np.floor(first_s / decision_interval_s) * decision_interval_s)
        self.stop_s = max_day_h * SECONDS_PER_HOUR
        self.n_events = 0

    @property
    def next_decision_s(self) -> float:
        """When any agent next has something to decide, s after local midnight."""
        return min((convoy.next_decision_s for convoy in self.convoys), default=np.inf)

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
        """Move everybody up to a moment, stopping for each decision on the way."""
        while (decision_s := self.next_decision_s) <= until_s:
            self.n_events += advance(self.state, decision_s)
            self.clock_s = decision_s
            self.agents.do("step")  # in the order of their creation; none sees another, so the order cannot matter
        self.n_events += advance(self.state, until_s)
        self.clock_s = until_s
        is_idle = self.state.agenda.n[0] == 0 and decision_s == np.inf
        self.running = not is_idle and self.clock_s < self.stop_s

    def order_out(self, unit: int, time_s: float) -> None:
        """Let a unit leave for the rally."""
        rows = self.plan.vehicle_offset[unit : unit + 2]
        delay_s = np.ascontiguousarray(self.plan.vehicle_release_s[:, OUTBOUND])
        release_vehicles(self.state, int(rows[0]), int(rows[1]), AT_ORIGIN, time_s, delay_s)

    def order_home(self, unit: int, time_s: float) -> None:
        """Let a unit leave for home; who is not at the venue yet follows on arrival."""
        rows = self.plan.vehicle_offset[unit : unit + 2]
        self.state.units.home_release_s[unit] = time_s
        release_vehicles(self.state, int(rows[0]), int(rows[1]), AT_VENUE, time_s, self.state.fleet.home_delay_s)

    @property
    def n_riding(self) -> int:
        """Number of vehicles on the road or waiting to get onto it."""
        stage = self.state.fleet.stage
        return int(np.count_nonzero((stage == RIDING_OUT) | (stage == RIDING_HOME)))

    @property
    def n_stranded(self) -> int:
        """Number of vehicles not home; of a finished run, those a grid-lock or the end of the run has stranded."""
        return int(np.count_nonzero(self.state.fleet.stage != AT_HOME))

    def find_contacts(self) -> tuple[Contacts, PairSums]:
        """Find all contacts of the run so far."""
        plan = self.plan
        passages = compute_passages(self.state, self.cells, plan.routes.unit_side, plan.vehicle_people)
        n_trips = 2 * plan.routes.n_units
        sums = PairSums(np.full((n_trips, n_trips), np.inf), np.zeros((n_trips, n_trips), np.bool_))
        scratch = build_scratch(passages, self.cells, n_trips)
        both = []
        for side in (0, 1):
            room = _build_room(8 * len(passages.people) + 1024)
            needed = find_coverages(passages, self.cells, self.network.link_twin, sums, side, room, scratch)
            if needed > len(room.begin_s):
                room = _build_room(needed)
                find_coverages(passages, self.cells, self.network.link_twin, sums, side, room, scratch)
            both.append((room, needed))
        (first, n_first), (second, n_second) = both
        limits = self.limits
        contacts = find_contacts(
            first, n_first, second, n_second, n_trips, limits.merge_s, limits.min_duration_s, limits.min_people
        )
        return contacts, sums

    def count_stranded(self, unit: int) -> int:
        """Count a unit's vehicles that are not home."""
        rows = self.plan.vehicle_offset[unit : unit + 2]
        return int(np.count_nonzero(self.state.fleet.stage[rows[0] : rows[1]] != AT_HOME))

    def compute_trip_times(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Compute when each unit's trips began and ended.

        Returns
        -------
        Departures and arrivals, each (n_units, 2 phases, first and last vehicle), s; NaN where nobody did.
        """
        roads, rows = self.state.roads, self.state.traversals
        n = int(rows.n[0])
        step, unit = rows.step[:n], self.state.fleet.unit[rows.vehicle[:n]]
        trip = np.searchsorted(roads.route_offset, step, side="right") - 1
        times = np.full((2, self.plan.routes.n_units, 2, 2), np.nan)
        is_first, is_last = step == roads.route_offset[trip], step == roads.route_offset[trip + 1] - 1
        for k, (chosen, time_s) in enumerate(((is_first, rows.end_s[:n]), (is_last, rows.end_s[:n]))):
            chosen = chosen & np.isfinite(time_s)
            for j, reduce in enumerate((np.fmin, np.fmax)):
                reduce.at(times[k, :, :, j], (unit[chosen], trip[chosen] % 2), time_s[chosen])
        return times[0], times[1]

    def compute_delay_s(self) -> float:
        """Compute the vehicles' travel time on links beyond that at their own free speed, s."""
        roads, fleet, rows = self.state.roads, self.state.fleet, self.state.traversals
        n = int(rows.n[0])
        link, vehicle = rows.link[:n], rows.vehicle[:n]
        is_over = np.isfinite(rows.end_s[:n]) & (link < len(self.network.link_length_m))
        link, vehicle = link[is_over], vehicle[is_over]
        own = roads.class_speed_mps[link, fleet.vehicle_class[vehicle]] * fleet.factor[vehicle]
        speed = np.minimum(np.minimum(own, fleet.speed_cap_mps[vehicle]), roads.free_speed_mps[link])
        spent_s = rows.end_s[:n][is_over] - rows.begin_s[:n][is_over]
        return float(np.sum(spent_s - roads.length_m[link] / speed))


def _build_room(n: int) -> Coverages:
    def floats() -> NDArray[np.float64]:
        return np.empty(n)

    return Coverages(
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        floats(),
        floats(),
        floats(),
        np.empty(n, np.int8),
        np.empty(n, np.int32),
        floats(),
        floats(),
    )
