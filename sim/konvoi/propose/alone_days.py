"""Each side's day simulated once, alone; the two sides then meet at any pair of starts.

The sides are drawn independently, and how one moves depends on the other only where they share a road or a junction at
a time. So the rides of a side alone, shifted as a whole, are those of the full engine on every day on which the sides
never do; where they do, they are an estimate, and it is said so (`Met.is_exact`).

A day may not be shifted at will: what is bound to the clock does not move with it. The hours of holds and closures bind
it to its own start; fixed signals to shifts by whole cycles; and the end of the hours of rallies cuts a late rally short
from some start on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import LongArray
from konvoi.config.settings import ContactRule, RunConfig
from konvoi.contacts.both_sides import SideDay, follow_side, meet_days
from konvoi.contacts.crowds import build_crowds
from konvoi.contacts.rides import TimedRides
from konvoi.contacts.search import time_rides_of
from konvoi.measures.sides import count_side_outcomes
from konvoi.network import RoadNetwork
from konvoi.plan.day_plan import UnitRoutes
from konvoi.replication import build_grade_limits, build_replication
from konvoi.town import Town
from konvoi.units import SECONDS_PER_DAY, clock_to_s, minutes_to_s

BIN_S = 60  # roads are shared when both sides are there in the same minute
AT_JUNCTION_S = 30.0  # before and after its ride ends there, a vehicle may keep another one from crossing


@dataclass(frozen=True)
class AloneDay:
    """One side's day by itself.

    Attributes
    ----------
    start_s
        Its rally's start, s after midnight of the first day.
    last_start_s
        From later starts on, the end of the hours of rallies would cut this day's rally short.
    cycle_s
        It may be shifted by multiples of it; 0 where any shift will do, infinite where none.
    waits_for_other
        A column waits for the other side: the day is never the same with it.
    busy
        Which roads and junctions it is at in which minutes, as sorted keys.
    """

    side: SideDay
    start_s: float
    last_start_s: float
    cycle_s: float
    waits_for_other: bool
    busy: LongArray

    def can_start_at(self, start_s: float) -> bool:
        """Tell whether the day is the same at another start but for the hour."""
        shift_s = start_s - self.start_s
        if shift_s == 0.0:
            return True
        is_in_phase = self.cycle_s == 0.0 or (np.isfinite(self.cycle_s) and shift_s % self.cycle_s == 0.0)
        return bool(is_in_phase and max(start_s, self.start_s) <= self.last_start_s)


@dataclass(frozen=True)
class Met:
    """The contact of the two sides at a pair of starts: columns of `konvoi.tables.sweep.REPLICATIONS`."""

    row: Mapping[str, Any]
    is_exact: bool


def ride_alone(config: RunConfig, town: Town, routes: UnitRoutes, replication: int, side: int) -> AloneDay:
    """Simulate one side (1 or 2) on a day on which nobody of the other side rides; it draws what it draws with it."""
    scenario = config.scenario
    convoys = {
        name: area if area.side == side else area.model_copy(update={"people": 0, "vehicles": None})
        for name, area in scenario.convoys.items()
    }
    only = config.model_copy(update={"scenario": scenario.model_copy(update={"convoys": convoys})})
    model = build_replication(only, town, routes, replication)
    model.run()
    timed = time_rides_of(model)
    stretches, sights, limits = town.stretches, town.sights, build_grade_limits(config.contact)
    if stretches is None or sights is None:
        raise ValueError("the town has no stretches or sights: build it with prepare_town")
    crowds = build_crowds(model.state, sights, model.plan)
    start_s = float(model.plan.rally_start_s[side - 1])
    late_s = max(0.0, float(model.plan.side_lateness_s[side - 1]))
    day_s = start_s - start_s % SECONDS_PER_DAY
    end_s = day_s + clock_to_s(scenario.rally.window_end)
    holds = [hold for area in scenario.convoys.values() if area.side == side for hold in area.holds]
    is_bound = bool(routes.closed) or any(hold.until is not None for hold in holds)
    has_signals = config.junctions.signals == "fixed" and bool(town.network.node_has_signal.any())
    return AloneDay(
        side=follow_side(model, timed, crowds, stretches, limits, side),
        start_s=start_s,
        last_start_s=end_s - late_s - minutes_to_s(scenario.rally.length_min),
        cycle_s=np.inf if is_bound else config.junctions.cycle_s if has_signals else 0.0,
        waits_for_other=any(hold.until_passed is not None for hold in holds),
        busy=_find_busy(timed, town.network, side),
    )


def meet_alone_days(
    contact: ContactRule, town: Town, first: AloneDay, second: AloneDay, starts_s: tuple[float, float]
) -> Met:
    """Let two sides' days meet, each shifted as a whole to its start.

    Raises
    ------
    ValueError
        When a day cannot be shifted to its start.
    """
    if not (first.can_start_at(starts_s[0]) and second.can_start_at(starts_s[1])):
        raise ValueError(f"a day that is bound to the clock cannot start at {starts_s}")
    stretches, limits = town.stretches, build_grade_limits(contact)
    if stretches is None:
        raise ValueError("the town has no stretches: build it with prepare_town")
    shifts_s = starts_s[0] - first.start_s, starts_s[1] - second.start_s
    moments = [round(shift_s / limits.step_s) for shift_s in shifts_s]
    found = meet_days(first.side, second.side, moments[0], moments[1], town.cells, stretches, limits)
    bins = [round(shift_s / BIN_S) for shift_s in shifts_s]
    is_apart = not np.isin(first.busy + bins[0], second.busy + bins[1], assume_unique=True).any()
    is_alone = not (first.waits_for_other or second.waits_for_other)
    return Met(count_side_outcomes(found, len(stretches.link)), is_exact=is_apart and is_alone)


def _find_busy(timed: TimedRides, network: RoadNetwork, side: int) -> LongArray:
    """Find which roads (both directions are one) and junctions a side is at in which minutes.

    A key is place · 2¹⁶ + minute; places are roads and, behind them, junctions.
    """
    rides = timed.rides
    counts = np.diff(timed.offset)[side - 1 :: 2]
    begins = timed.offset[side - 1 : -1 : 2]
    own = np.repeat(begins - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    link = np.repeat(np.arange(len(counts)), counts)
    road = np.minimum(link, network.link_twin[link])
    begin_s, end_s = rides.begin_s[own], np.minimum(rides.end_s[own], timed.until_s[0])
    n_links = len(counts)
    keys = [_spread(road, begin_s, end_s)]
    keys.append(_spread(n_links + network.link_to[link], end_s - AT_JUNCTION_S, end_s + AT_JUNCTION_S))
    keys.append(_spread(n_links + network.link_from[link], begin_s - AT_JUNCTION_S, begin_s + AT_JUNCTION_S))
    return np.unique(np.concatenate(keys))


def _spread(place: NDArray[Any], begin_s: NDArray[np.float64], end_s: NDArray[np.float64]) -> LongArray:
    """Return a key for each minute of each stay."""
    first, last = np.floor(begin_s / BIN_S).astype(np.int64), np.floor(end_s / BIN_S).astype(np.int64)
    counts = np.maximum(last - first + 1, 1)
    minute = np.repeat(first, counts) + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.unique((np.repeat(place.astype(np.int64), counts) << 16) + minute)
