"""Which plans are allowed: levers, the hours and rules of the campaign, and what is fair.

A plan's *ride* is all of it but the hours. Of the starts that give a ride the same shift (start of side 2 minus start of
side 1) the movement is the same unless something is bound to the clock, so a shift is represented by its cheapest lawful
and fair pair of starts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from konvoi.config.levers import ProposalRules
from konvoi.propose.costs import Burden, Crowds, RideCosts, compute_burden, compute_ride_costs
from konvoi.propose.plans import ConvoyOrder, HeldSide, OfficialPlan
from konvoi.units import SECONDS_PER_MINUTE

ATTENDANCE = "attendance"  # the reason when a side could not be at its rally
FAIRNESS = "fairness"  # the reason when no rule of the campaign, but the limit of fairness excludes a plan


@dataclass(frozen=True)
class Judgement:
    """What the rules of the campaign say of a plan: rules it breaks, and daily prayers inside each side's rally."""

    broken: tuple[str, ...] = ()
    prayers: tuple[int, int] = (0, 0)


Judge = Callable[[OfficialPlan], Judgement]


class Placed(NamedTuple):
    """A plan that stands for all allowed starts of a ride with its shift, and how many those are."""

    plan: OfficialPlan
    n_allowed: int


@dataclass(frozen=True)
class Space:
    """All plans that may be proposed."""

    notified: OfficialPlan
    rules: ProposalRules
    crowds: Crowds
    window_s: tuple[float, float]  # earliest start and latest end of a rally, s after midnight
    judge: Judge
    excluded: Counter[str] = field(default_factory=Counter, compare=False)  # plans by what excluded them
    ride_costs: dict[OfficialPlan, RideCosts] = field(default_factory=dict, compare=False)  # of rides asked for before

    def compute_burden(self, plan: OfficialPlan, judgement: Judgement | None = None) -> Burden:
        """Compute what a plan costs; ``judgement`` where it is known already."""
        ride, costs = plan.ride, self.rules.costs
        if ride not in self.ride_costs:
            self.ride_costs[ride] = compute_ride_costs(self.notified, ride, self.crowds, costs)
        prayers = (judgement or self.judge(plan)).prayers
        return compute_burden(self.notified, plan, self.ride_costs[ride], costs, prayers)

    def compute_cost(self, plan: OfficialPlan) -> float:
        """Compute a plan's total burden, min."""
        return self.compute_burden(plan).total_min

    def is_allowed(self, plan: OfficialPlan) -> bool:
        """Tell whether a plan breaks no rule and is fair."""
        judgement = self.judge(plan)
        return not judgement.broken and self.compute_burden(plan, judgement).is_fair(self.rules.limits)

    @cached_property
    def lengths_min(self) -> tuple[float, ...]:
        """Lengths the rallies may have, what was notified among them, ascending."""
        return tuple(sorted({self.notified.length_min, *self.rules.levers.lengths_min}))

    @cached_property
    def venue_choices(self) -> tuple[str, ...]:
        """Venue choices, the notified one first."""
        offered = self.rules.levers.venue_choices
        others = self.crowds.venues if offered is None else offered
        return tuple(dict.fromkeys([self.notified.venue_choice, *others]))

    def list_starts(self, length_min: float) -> list[tuple[float, float]]:
        """List the pairs of starts (s) on the grid with both rallies inside the hours, and what was notified."""
        levers = self.rules.levers
        if not levers.starts:
            return [self.notified.starts_s]
        first_s, last_s = self.window_s[0], self.window_s[1] - length_min * SECONDS_PER_MINUTE
        step_s = levers.step_min * SECONDS_PER_MINUTE
        grid = np.arange(first_s, last_s + 1e-6, step_s).tolist()
        pairs = [
            (one, two)
            for one in grid
            for two in grid
            if levers.either_first or (one <= two) == (self.notified.starts_s[0] <= self.notified.starts_s[1])
        ]
        return list(dict.fromkeys([*pairs, self.notified.starts_s]))

    def place(self, ride: OfficialPlan) -> list[Placed]:
        """Find the cheapest allowed plan of each shift of a ride, by shift; what excluded the others is counted."""
        best: dict[float, tuple[float, float, OfficialPlan]] = {}
        n_allowed: Counter[float] = Counter()
        for starts_s in self.list_starts(ride.length_min):
            plan = replace(ride, starts_s=starts_s)
            judgement = self.judge(plan)
            if judgement.broken:
                self.excluded.update(judgement.broken)
                continue
            burden = self.compute_burden(plan, judgement)
            if not burden.is_fair(self.rules.limits):
                self.excluded[FAIRNESS] += 1
                continue
            n_allowed[plan.shift_min] += 1
            known = best.get(plan.shift_min)
            rank = burden.total_min, sum(starts_s)
            if known is None or rank < known[:2]:
                best[plan.shift_min] = (*rank, plan)
        return [Placed(best[shift][2], n_allowed[shift]) for shift in sorted(best)]

    def list_rides(self) -> list[OfficialPlan]:
        """List all rides the levers allow, orders of single convoys left out, the notified one first."""
        rides = [
            replace(held, length_min=length_min, venue_choice=choice)
            for choice in self.venue_choices
            for length_min in self.lengths_min
            for held in [self.notified.ride, *self.list_holds(self.notified.ride)]
        ]
        return list(dict.fromkeys([self.notified.ride, *rides]))

    def list_holds(self, ride: OfficialPlan) -> list[OfficialPlan]:
        """List the ways to hold columns back after the rally."""
        sides: tuple[HeldSide, ...] = (1, 2, "both")
        return [
            replace(ride, hold_back_min=minutes, hold_back_side=side)
            for minutes in self.rules.levers.hold_back_min
            for side in sides
            if minutes > 0.0
        ]

    def list_orders(self, plan: OfficialPlan, convoys: Sequence[str], n_points: int = 4) -> list[OfficialPlan]:
        """List plans with another order of one of some convoys: other assembly points of its side, the nearest first."""
        levers, crowds = self.rules.levers, self.crowds
        found = []
        for name in convoys:
            if name in levers.fixed_convoys or name not in crowds.side:
                continue
            own, known = crowds.assembly_point[name], plan.find_order(name)
            if levers.assembly_points:
                others = {
                    point
                    for other, point in crowds.assembly_point.items()
                    if crowds.side[other] == crowds.side[name] and point != own
                }
                nearest = sorted(others, key=lambda point: (crowds.measure_km(own, point), point))[:n_points]
                found += [plan.give_order(replace(known, assembly_point=point)) for point in nearest]
            if levers.one_column and not known.in_one_column and crowds.organised_share[name] < 1.0:
                found.append(plan.give_order(ConvoyOrder(name, known.assembly_point, True)))
        return found

    def list_neighbours(self, plan: OfficialPlan, convoys: Sequence[str]) -> list[OfficialPlan]:
        """List the rides one step away: orders of the convoys that still meet others, lengths, holds, escorts, venues."""
        ride = plan.ride
        found = self.list_orders(ride, convoys)
        found += [replace(ride, length_min=length_min) for length_min in self.lengths_min]
        found += self.list_holds(ride)
        found += [replace(ride, escort=escort) for escort in self.rules.levers.escorts]
        found += [replace(ride, venue_choice=choice) for choice in self.venue_choices]
        return [other for other in dict.fromkeys(found) if other != ride]
