"""Each side's day simulated once, alone; the two sides then meet at any pair of starts.

The sides are drawn independently, and how one moves depends on the other only where both are on a link, or at a
junction, at a time. With R_s(t) where the riders of side s are at t on its own day, whose rally starts at b_s, the day
on which the rallies start at a_1 and a_2 has

    R_1(t − (a_1 − b_1)) and R_2(t − (a_2 − b_2))

exactly, if so shifted the sides share no link and no junction in time; else each rides as if alone, and it is said so
(`Evaluation.is_exact`). People at venues, assembly points and halts move along with their side.

What is bound to the clock does not: closures and hours of holds bind a day to its start (but for whole days), fixed
signals to shifts by whole cycles, and the hours of rallies cut a late rally short from some start on. Such days are
simulated again at each start; a day on which a column waits for the other side to pass is never told alone.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import FloatArray
from konvoi.config.settings import ContactRule, RunConfig
from konvoi.contacts.both_sides import SideDay, find_side_contacts, follow_side
from konvoi.contacts.both_sides import meet_days as meet_side_days
from konvoi.contacts.crowds import build_crowds
from konvoi.contacts.rows import GradeLimits
from konvoi.contacts.search import time_rides_of
from konvoi.contacts.sides import SideContacts
from konvoi.contacts.stays import TURN_S, Stays, find_shared, find_stays
from konvoi.contacts.stretches import Stretches
from konvoi.engine.model import RallyModel
from konvoi.gap import ANOTHER_DAY
from konvoi.measures.side_contacts import SideOutcome, count_side_outcomes, measure_sides
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND, UnitRoutes
from konvoi.plan.hours import compute_rally_starts_s
from konvoi.replication import build_grade_limits, build_replication, prepare_routes
from konvoi.town import Town
from konvoi.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE, clock_to_s, minutes_to_s

KEPT_DAYS = 8  # of one side; tens of megabytes each


@dataclass(frozen=True)
class AloneDay:
    """One side's day by itself.

    Attributes
    ----------
    rally_start_s
        b: its rally's start, s after midnight of the first day.
    rally_end_s
        End of its rally.
    last_start_s
        From later starts on, the end of the hours of rallies would cut this day's rally short.
    clock_bound
        What binds it to its start, in words; empty when it may start at any hour.
    cycle_s
        It may start only whole cycles of signals earlier or later; 0 where there are none.
    waits_for_other
        A column waits for the other side: the day is never the same with it.
    stays
        When it is on which links and at which junctions.
    times_s
        (4,) when its first people gather or ride, all have arrived, the first leave the rally, and all are home; but for
        fewer people than make a contact. NaN where nobody did.
    """

    side: int
    day: SideDay
    routes: UnitRoutes
    rally_start_s: float
    rally_end_s: float
    last_start_s: float
    clock_bound: tuple[str, ...]
    cycle_s: float
    waits_for_other: bool
    stays: Stays
    times_s: FloatArray

    def can_start_at(self, start_s: float) -> bool:
        """Tell whether the day is the same at another start but for the hour."""
        shift_s = start_s - self.rally_start_s
        if shift_s % SECONDS_PER_DAY == 0.0:  # the same hour of another day
            return True
        if self.clock_bound or (self.cycle_s > 0.0 and shift_s % self.cycle_s != 0.0):
            return False
        hour_s = start_s % SECONDS_PER_DAY
        return max(hour_s, self.rally_start_s % SECONDS_PER_DAY) <= self.last_start_s

    @property
    def is_stranded(self) -> bool:
        """Whether vehicles never came home: how long they stand depends on the end of the run."""
        return STRANDED in self.clock_bound

    @property
    def n_bytes(self) -> int:
        """Memory of the day, bytes."""
        arrays = [*self.day.traces, *self.day.sightings, *self.day.crowds, *self.stays]
        return sum(int(np.asarray(one).nbytes) for one in arrays)


CLOSURES, HOLDS, STRANDED = "closures", "hours of holds", "stranded vehicles"


@dataclass(frozen=True)
class Evaluation:
    """The contact of the two sides on one day at a pair of starts.

    Attributes
    ----------
    sides
        Contacts at places.
    is_exact
        As if both sides had been simulated together; else they shared a road or junction in time.
    shared
        Links and, behind them, nodes which they shared; empty when exact.
    side_times_s
        Per side: `AloneDay.times_s`, at the start at hand.
    """

    town: Town
    routes: UnitRoutes
    sides: SideContacts
    is_exact: bool
    shared: tuple[int, ...]
    side_times_s: tuple[FloatArray, FloatArray]

    @cached_property
    def row(self) -> dict[str, Any]:
        """Outcomes of the day: `konvoi.tables.sides.SIDE_OUTCOMES`."""
        return count_side_outcomes(self.sides, len(get_stretches(self.town).link))

    def measure(self) -> SideOutcome:
        """Measure the day, with the rows of its tables."""
        town = self.town
        return measure_sides(self.sides, get_stretches(town), self.routes, town.network, town.junctions)


def get_stretches(town: Town) -> Stretches:
    """Return the places of a town's roads.

    Raises
    ------
    ValueError
        When the town was built without.
    """
    if town.stretches is None:
        raise ValueError("the town has no stretches: build it with prepare_town")
    return town.stretches


def ride_alone(config: RunConfig, town: Town, routes: UnitRoutes, replication: int, side: int) -> AloneDay:
    """Simulate one side (1 or 2) on a day on which nobody of the other one rides.

    Its draws are those of the same replication of any sweep: each is keyed by side or convoy.
    """
    scenario = config.scenario
    convoys = {
        name: convoy if convoy.side == side else convoy.model_copy(update={"people": 0, "vehicles": None})
        for name, convoy in scenario.convoys.items()
    }
    only = config.model_copy(update={"scenario": scenario.model_copy(update={"convoys": convoys})})
    model = build_replication(only, town, routes, replication)
    model.run()
    return keep_day(config, town, model, side)


def keep_day(config: RunConfig, town: Town, model: RallyModel, side: int) -> AloneDay:
    """Keep of a finished run what is needed of a side."""
    plan, scenario, limits = model.plan, config.scenario, build_grade_limits(config.contact)
    sights = town.sights
    if sights is None:
        raise ValueError("the town has no sights: build it with prepare_town")
    timed = time_rides_of(model)
    own = [convoy for convoy in scenario.convoys.values() if convoy.side == side]
    holds = [hold for convoy in own for hold in convoy.holds]
    rules = {
        CLOSURES: bool(plan.routes.closed),
        HOLDS: any(halt.clock_s > 0.0 for halt in plan.routes.halts if _get_side(plan.routes, halt.trip) == side),
        STRANDED: model.n_stranded > 0,
    }
    has_signals = config.junctions.signals == "fixed" and bool(town.network.node_has_signal.any())
    is_wide = bool(plan.unit_takes_both_lanes.any())
    links = np.arange(len(town.network.link_from), dtype=np.int32)
    late_s = max(0.0, float(plan.side_lateness_s[side - 1]))
    return AloneDay(
        side=side,
        day=follow_side(model, timed, build_crowds(model.state, sights, plan), get_stretches(town), limits, side),
        routes=plan.routes,
        rally_start_s=float(plan.rally_start_s[side - 1]),
        rally_end_s=float(plan.rally_end_s[side - 1]),
        last_start_s=clock_to_s(scenario.rally.window_end) - late_s - minutes_to_s(scenario.rally.length_min),
        clock_bound=tuple(rule for rule, is_there in rules.items() if is_there),
        cycle_s=config.junctions.cycle_s if has_signals else 0.0,
        waits_for_other=any(hold.until_passed is not None for hold in holds),
        stays=find_stays(
            timed,
            np.array(town.network.link_from),
            np.array(town.network.link_to),
            np.minimum(links, town.network.link_twin).astype(np.int32) if is_wide else links,
            len(town.network.node_x_m),
            side - 1,
            TURN_S + (config.junctions.max_hold_s if plan.unit_is_escorted.any() else 0.0),
        ),
        times_s=_find_times_s(model, side, config.contact.min_people),
    )


def _get_side(routes: UnitRoutes, trip: int) -> int:
    return int(routes.unit_side[trip // 2])


def _find_times_s(model: RallyModel, side: int, min_people: float) -> FloatArray:
    """Find when a side's people set out, have arrived, are let go and are home; but for the last few."""
    plan, rows = model.plan, model.list_rides()
    roads = model.state.roads
    trip = roads.step_trip[rows.step]
    is_own = (plan.routes.unit_side[trip // 2] == side) & np.isfinite(rows.end_s)
    is_last = roads.route_link[rows.step + 1] > 2**31 - 2
    people = plan.vehicle_people[rows.vehicle]
    gather_s = np.array([]) if plan.vehicle_gather_s is None else plan.vehicle_gather_s
    gather_s = gather_s[plan.routes.unit_side[plan.vehicle_unit] == side] if len(gather_s) else gather_s
    is_out, is_home = (is_own & (trip % 2 == phase) for phase in (OUTBOUND, HOMEBOUND))
    begins_s = [*gather_s[np.isfinite(gather_s)], *rows.begin_s[is_out]]
    return np.array(
        [
            min(begins_s, default=np.nan),
            _find_when_all_but_few(rows.end_s[is_out & is_last], people[is_out & is_last], min_people),
            rows.begin_s[is_home].min(initial=np.inf) if is_home.any() else np.nan,
            _find_when_all_but_few(rows.end_s[is_home & is_last], people[is_home & is_last], min_people),
        ]
    )


def _find_when_all_but_few(time_s: FloatArray, people: FloatArray, few: float) -> float:
    """Find the first moment after which fewer than so many people come."""
    if len(time_s) == 0:
        return np.nan
    order = np.argsort(time_s)[::-1]
    to_come = np.cumsum(people[order])
    return float(time_s[order][min(int(np.searchsorted(to_come, few)), len(order) - 1)])


def meet_days(
    town: Town, contact: ContactRule, day_1: AloneDay, day_2: AloneDay, shift_1_s: float = 0.0, shift_2_s: float = 0.0
) -> Evaluation:
    """Let the two sides' days meet, each shifted as a whole.

    Parameters
    ----------
    shift_1_s, shift_2_s
        How much later each side's rally starts than on its own day, s: multiples of ``contact.sample_s``.

    Raises
    ------
    ValueError
        When a day is bound to its start, or shifted by a part of a moment.
    """
    limits = build_grade_limits(contact)
    moments = [_count_moments(shift_s, limits) for shift_s in (shift_1_s, shift_2_s)]
    shared = find_shared_by_days(day_1, day_2, shift_1_s, shift_2_s)
    return Evaluation(
        town=town,
        routes=day_1.routes,
        sides=meet_side_days(day_1.day, day_2.day, moments[0], moments[1], town.cells, get_stretches(town), limits),
        is_exact=shared is not None and len(shared) == 0,
        shared=() if shared is None else tuple(shared.tolist()),
        side_times_s=(day_1.times_s + shift_1_s, day_2.times_s + shift_2_s),
    )


def find_shared_by_days(
    day_1: AloneDay, day_2: AloneDay, shift_1_s: float, shift_2_s: float
) -> NDArray[np.int64] | None:
    """Find the links, and behind them nodes, two shifted days share in time; the days are exact where that is none.

    None where the days are never exact, whatever they share: a column waits for the other side, or who never comes home
    stands there until the end of the run, which does not move.

    Raises
    ------
    ValueError
        When a day is bound to its start.
    """
    for day, shift_s in ((day_1, shift_1_s), (day_2, shift_2_s)):
        if not day.can_start_at(day.rally_start_s + shift_s):
            raise ValueError(
                f"side {day.side}: its day is bound to its start ({', '.join(day.clock_bound) or 'hours'})"
            )
    waits = day_1.waits_for_other or day_2.waits_for_other
    is_cut = (day_1.is_stranded and shift_1_s != 0.0) or (day_2.is_stranded and shift_2_s != 0.0)
    return None if waits or is_cut else find_shared(day_1.stays, day_2.stays, shift_1_s, shift_2_s)


def _count_moments(shift_s: float, limits: GradeLimits) -> int:
    """Count the moments in a shift."""
    moments = round(shift_s / limits.step_s)
    if abs(moments * limits.step_s - shift_s) > 1e-6:
        raise ValueError(f"a shift of {shift_s:g} s is no multiple of contact.sample_s, {limits.step_s:g} s")
    return moments


class Evaluator:
    """Evaluates a configuration's days at any starts and venue choices, and keeps what it has simulated.

    Parameters
    ----------
    config
        All but starts and venues.
    town
        Its town.
    keep_days
        How many days of one side are kept; those used longest ago go first.
    """

    def __init__(self, config: RunConfig, town: Town, *, keep_days: int = KEPT_DAYS) -> None:
        self.config = config
        self.town = town
        self.keep_days = keep_days
        self.count_simulated = 0  # days of one side
        self.count_resimulated = 0  # of which again at another start, being bound to the clock
        self.count_full = 0  # days of both sides
        self._days: OrderedDict[tuple[int, int, str, float], AloneDay] = OrderedDict()
        self._routes: dict[tuple[str, float, float], UnitRoutes] = {}

    def evaluate(
        self, replication: int, *, starts_s: tuple[float, float] | None = None, venue_pair: str | None = None
    ) -> Evaluation:
        """Evaluate one replication, each side riding as if alone.

        Parameters
        ----------
        replication
            Its number; its draws are those of the sweep's replication of that number.
        starts_s
            Start of the rally of each side, s after midnight of the first day, in whole minutes; the configuration's
            when not given.
        venue_pair
            Key of the scenario's venue pairs; the configuration's when not given.
        """
        starts_s, venue_pair = self._complete(starts_s, venue_pair)
        days, shifts_s = self._get_days(replication, starts_s, venue_pair)
        return meet_days(self.town, self.config.contact, days[0], days[1], shifts_s[0], shifts_s[1])

    def evaluate_exactly(
        self, replication: int, *, starts_s: tuple[float, float] | None = None, venue_pair: str | None = None
    ) -> Evaluation:
        """Evaluate one replication; where the sides share a road or junction in time, simulate both together.

        Times of the sides are those of their own days, with nobody of the other side on the road.
        """
        starts_s, venue_pair = self._complete(starts_s, venue_pair)
        days, shifts_s = self._get_days(replication, starts_s, venue_pair)
        shared = find_shared_by_days(days[0], days[1], shifts_s[0], shifts_s[1])
        if shared is not None and len(shared) == 0:
            return meet_days(self.town, self.config.contact, days[0], days[1], shifts_s[0], shifts_s[1])
        own_times_s = days[0].times_s + shifts_s[0], days[1].times_s + shifts_s[1]
        return replace(self.simulate(replication, starts_s=starts_s, venue_pair=venue_pair), side_times_s=own_times_s)

    def simulate(self, replication: int, *, starts_s: tuple[float, float], venue_pair: str) -> Evaluation:
        """Simulate both sides together; when each of them moved is not told (`Evaluation.side_times_s` is NaN)."""
        self.count_full += 1
        config = plan_starts(self.config, starts_s, venue_pair)
        model = build_replication(config, self.town, self._get_routes(config, starts_s), replication)
        model.run()
        limits = build_grade_limits(config.contact)
        return Evaluation(
            town=self.town,
            routes=model.plan.routes,
            sides=find_side_contacts(model, get_stretches(self.town), limits),
            is_exact=True,
            shared=(),
            side_times_s=(np.full(4, np.nan), np.full(4, np.nan)),
        )

    def _get_days(
        self, replication: int, starts_s: tuple[float, float], venue_pair: str
    ) -> tuple[tuple[AloneDay, AloneDay], tuple[float, float]]:
        """Return the day of each side, and how far each is to be shifted, s."""
        days = (
            self.get_day(replication, 1, starts_s, venue_pair),
            self.get_day(replication, 2, starts_s, venue_pair),
        )
        return days, (starts_s[0] - days[0].rally_start_s, starts_s[1] - days[1].rally_start_s)

    def get_day(self, replication: int, side: int, starts_s: tuple[float, float], venue_pair: str) -> AloneDay:
        """Return a day of one side that may start when asked for; simulate it if there is none."""
        start_s = starts_s[side - 1]
        base_s = clock_to_s(self.config.scenario.rally.first_start)
        for at_s in (base_s, start_s % SECONDS_PER_DAY):
            key = (replication, side, venue_pair, at_s)
            day = self._days.get(key)
            if day is None:
                config = plan_starts(self.config, (at_s, at_s), venue_pair)
                day = ride_alone(config, self.town, self._get_routes(config, (at_s, at_s)), replication, side)
                self.count_simulated += 1
                self.count_resimulated += at_s != base_s
                self._days[key] = day
                while len(self._days) > self.keep_days:
                    self._days.popitem(last=False)
            else:
                self._days.move_to_end(key)
            if day.can_start_at(start_s):
                return day
        raise ValueError(f"side {side}: its day of replication {replication} cannot start at {start_s:g} s")

    def _complete(
        self, starts_s: tuple[float, float] | None, venue_pair: str | None
    ) -> tuple[tuple[float, float], str]:
        """Put the configuration's starts and venues where none are given."""
        if starts_s is None:
            own = compute_rally_starts_s(self.config)
            starts_s = float(own[0]), float(own[1])
        return starts_s, self.config.venue_pair_key if venue_pair is None else venue_pair

    def _get_routes(self, config: RunConfig, starts_s: tuple[float, float]) -> UnitRoutes:
        """Return the routes to a venue pair; around closures they depend on the hours."""
        hours = starts_s if config.scenario.closures else (0.0, 0.0)
        key = (config.venue_pair_key, *hours)
        if key not in self._routes:
            self._routes[key] = prepare_routes(config, self.town)
        return self._routes[key]


def plan_starts(config: RunConfig, starts_s: tuple[float, float], venue_pair: str) -> RunConfig:
    """Set the starts of both rallies, s after midnight of the first day in whole minutes, and the venues.

    Raises
    ------
    ValueError
        When a start is no whole minute, or the earlier one is not on the first day.
    """
    first_s = min(starts_s)
    minutes = round(first_s / SECONDS_PER_MINUTE)
    if any(start_s % SECONDS_PER_MINUTE for start_s in starts_s) or not 0 <= first_s < SECONDS_PER_DAY:
        raise ValueError(f"starts of {starts_s} s: give whole minutes, the earlier one on the first day")
    gap_s = max(starts_s) - first_s
    rally = config.rally.model_copy(
        update={
            "gap_min": ANOTHER_DAY if gap_s == SECONDS_PER_DAY else gap_s / SECONDS_PER_MINUTE,
            "first_side": 1 if starts_s[0] <= starts_s[1] else 2,
            "venue_pair": venue_pair,
        }
    )
    hours = config.scenario.rally.model_copy(update={"first_start": f"{minutes // 60:02d}:{minutes % 60:02d}"})
    scenario = config.scenario.model_copy(update={"rally": hours})
    return config.model_copy(update={"rally": rally, "scenario": scenario})
