"""The search: which plans are worth fresh days, for the assumed world and for every what-if.

All starts of a ride are tried on a few days, the promising ones on more (racing). Where no plan is good enough, the
contacts that are left tell which convoys to give another order, and rides one step away are tried: the best first, a
few at a time (beam). Small spaces are enumerated. Nothing that is found here is reported: `konvoi.propose.verify` watches
the finalists on fresh days.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Protocol

from konvoi.propose.ladder import look_back
from konvoi.propose.outcomes import ASSUMED, Meeting, Outcomes, compute_harm
from konvoi.propose.plans import OfficialPlan
from konvoi.propose.space import Space

ENOUGH_SHARE = 0.25  # of the threshold
FULL_ENUMERATION = 300  # plans; a space this small is tried whole


class Bench(Protocol):
    """Where plans are simulated."""

    def evaluate(self, plans: Sequence[OfficialPlan], world: str, days: range) -> list[Outcomes]:
        """Return the outcomes of each plan on some days of a world."""

    def find_meetings(self, plan: OfficialPlan, days: range) -> dict[Meeting, float]:
        """Return who meets whom under a plan, with the exposure of a day, person-min."""


@dataclass(frozen=True)
class Effort:
    """How much is spent on the search. Days are those of each plan."""

    first_days: int = 2  # of all plans
    kept: int = 20  # plans of a race that get more than those
    screening_days: int = 60
    beam: int = 3  # rides whose neighbours are tried
    meeting_days: int = 4  # whose contacts tell which convoys still meet others
    convoys: int = 2  # so many of them are given other orders
    neighbours: int = 24  # rides that are tried in a round
    rounds: int = 3  # steps away from what was notified
    finalists: int = 6  # plans that are watched on fresh days
    attempts: int = 2  # so often finalists are chosen, each time on other fresh days
    what_if_days: int = 6  # of each what-if at first
    what_if_screening_days: int = 20
    what_if_plans: int = 4  # starts of a ride that are tried in the what-ifs
    what_if_rounds: int = 3
    day_person_min: float = 100.0  # assumption: how much exposure a day with any contact weighs as


@dataclass(frozen=True)
class Candidate:
    """A plan with what came of it on the days that were searched on."""

    plan: OfficialPlan
    outcomes: Mapping[str, Outcomes]  # by world
    harm: float
    cost_min: float

    def compute_worst_share(self) -> float:
        """Compute the largest share of days with any contact over the worlds."""
        return max(own.compute_share("any") for own in self.outcomes.values())

    def count_failing(self, threshold: float) -> int:
        """Count the worlds with contact on a larger share of days than a threshold."""
        return sum(own.compute_share("any") > threshold for own in self.outcomes.values())


@dataclass
class Search:
    """One search, and what it has cost so far."""

    space: Space
    bench: Bench
    threshold: float
    effort: Effort
    tell: Callable[[str, float], None]  # stage, share of it that is done
    n_plans: int = 0  # allowed plans whose days are known, all pairs of starts
    is_whole: bool = False  # the space was enumerated
    rides: dict[OfficialPlan, float] = field(default_factory=dict)  # in order: up to which cost (min) it was tried
    pool: list[Candidate] = field(default_factory=list)  # that came to the end of a race
    failed: set[OfficialPlan] = field(
        default_factory=set
    )  # given up after fresh days did not confirm the finalists among them
    round: int = 0  # steps away from what was notified so far
    promising: dict[tuple[float, str], set[float]] = field(default_factory=dict)  # shifts by length and venue choice
    met_at: dict[OfficialPlan, set[float]] = field(
        default_factory=dict
    )  # by ride: shifts (min) with contact on too many days

    def find_enough(self) -> list[Candidate]:
        """Find plans that are enough in the assumed world, the cheapest first; where there are none, the least harmful.

        Starts alone are tried first, then rides one step away, until a plan seems enough; then the rides around those
        that cost less, as long as they would. A plan seems enough when its screening days have contact on at most a
        quarter of the threshold's share: what is nearer to the threshold would hardly be confirmed. Asked again after
        some of its plans have failed on fresh days, the search goes on.
        """
        if not self.pool:
            self.tell("search", 0.0)
            whole = self._list_whole_space()
            self.pool = self._race(self._place([self.space.notified.ride])) if whole is None else self._race(whole)
        while self._find_least_cost_min() == inf and self.round < self.effort.rounds:
            self.round += 1
            self.tell("search", self.round / (self.effort.rounds + 1))
            self.pool += self._race(self._place(self._look_around(inf)))
        limit_min = self._find_least_cost_min()
        if limit_min < inf and self.effort.rounds > 0 and not self.is_whole:
            rides = self._look_around(limit_min)
            self.pool += self._race(self._place(rides, limit_min), only_enough=True)
        return self._rank(self.pool)

    def _find_least_cost_min(self) -> float:
        """Find what the cheapest plan costs that seems enough; infinite where none does."""
        return min((one.cost_min for one in self.pool if self._is_enough(one)), default=inf)

    def find_robust(self, begin: Sequence[OfficialPlan], worlds: Sequence[str]) -> list[Candidate]:
        """Find plans that are enough in every what-if too, from some rides on: those that fail fewest first."""
        tried: dict[OfficialPlan, None] = {}
        pool: list[Candidate] = []
        frontier = list(dict.fromkeys(plan.ride for plan in begin))
        for round_number in range(self.effort.what_if_rounds + 1):
            self.tell("what_if", round_number / (self.effort.what_if_rounds + 1))
            for ride in frontier:
                tried[ride] = None
                pool += self._try_what_ifs(ride, worlds)
            pool.sort(key=self._rank_robust)
            pool = self._screen_what_ifs(pool, worlds)
            if not pool or pool[0].count_failing(self.threshold) == 0 or round_number == self.effort.what_if_rounds:
                break
            leaders = list(dict.fromkeys(one.plan.ride for one in pool[: self.effort.beam]))
            near = [other for ride in leaders for other in self._list_firmer(ride)]
            frontier = [ride for ride in dict.fromkeys(near) if ride not in tried][: 2 * self.effort.beam]
            if not frontier:
                break
        return pool

    def choose_finalists(self, found: Sequence[Candidate]) -> list[OfficialPlan]:
        """Choose the plans that enter the test, without idle steps: from the cheapest to the one with most room.

        Each costs more than the one before and stands further from the starts at which the sides met. Where no plan
        seems enough, the least harmful ones enter.
        """
        enough = [one for one in found if self._is_enough(one)]
        chosen: list[Candidate] = []
        for one in sorted(enough, key=lambda one: (one.cost_min, -self.measure_room_min(one.plan))):
            if not chosen or self.measure_room_min(one.plan) > self.measure_room_min(chosen[-1].plan):
                chosen.append(one)
        if len(chosen) > self.effort.finalists:  # evenly from the cheapest to the roomiest
            last = len(chosen) - 1
            places = [round(place * last / (self.effort.finalists - 1)) for place in range(self.effort.finalists)]
            chosen = [chosen[place] for place in dict.fromkeys(places)]
        return list(dict.fromkeys(self.drop_idle_steps(one) for one in chosen or found[: self.effort.finalists]))

    def give_up_enough(self) -> None:
        """Give up all plans that seemed enough: fresh days have not confirmed the finalists among them."""
        self.failed.update([one.plan for one in self.pool if self._is_enough(one)])

    def measure_room_min(self, plan: OfficialPlan) -> float:
        """Measure how far (min) a plan's shift is from the nearest one of its ride at which the sides met."""
        return min((abs(plan.shift_min - met) for met in self.met_at.get(plan.ride, ())), default=0.0)

    def drop_idle_steps(self, candidate: Candidate) -> OfficialPlan:
        """Drop the steps of a plan that no longer help on the days that were searched on."""
        worlds = list(candidate.outcomes)
        days = {world: range(own.n_days) for world, own in candidate.outcomes.items()}

        def is_as_good(plan: OfficialPlan) -> bool:
            if not self.space.is_allowed(plan):
                return False
            for world in worlds:
                (found,) = self.bench.evaluate([plan], world, days[world])
                known = candidate.outcomes[world]
                if found.count("any") > known.count("any") or found.mean_exposure > known.mean_exposure + 1e-9:
                    return False
            return True

        return look_back(self.space.notified, candidate.plan, is_as_good, self.space.compute_cost)

    def _list_whole_space(self) -> list[OfficialPlan] | None:
        """List all plans of a small space; None where it is not small."""
        whole: list[OfficialPlan] = []
        rides, n_plans = self._list_all_rides(), 0
        for ride in rides:
            placed = self.space.place(ride)
            whole += [one.plan for one in placed]
            n_plans += sum(one.n_allowed for one in placed)
            if len(whole) > FULL_ENUMERATION:
                self.space.excluded.clear()
                return None
        self.is_whole, self.n_plans, self.rides = True, n_plans, dict.fromkeys(rides, inf)
        return whole

    def _list_all_rides(self) -> list[OfficialPlan]:
        """List the rides with at most one order of a single convoy."""
        convoys = list(self.space.crowds.side)
        n_points = len(self.space.crowds.position_m)
        own = self.space.list_rides()
        escorted = [replace(ride, escort=escort) for ride in own for escort in self.space.rules.levers.escorts]
        ordered = [other for ride in own for other in self.space.list_orders(ride, convoys, n_points)]
        return list(dict.fromkeys([*own, *escorted, *ordered]))

    def _place(self, rides: Sequence[OfficialPlan], limit_min: float = inf) -> list[OfficialPlan]:
        """Give rides their hours: all, or those that looked promising for rides of the same length and venues.

        Parameters
        ----------
        limit_min
            Plans that cost as much are left out.
        """
        plans: list[OfficialPlan] = []
        for ride in rides:
            promising = self.promising.get((ride.length_min, ride.venue_choice))
            placed = [one for one in self.space.place(ride) if promising is None or one.plan.shift_min in promising]
            if ride not in self.rides:
                self.n_plans += sum(one.n_allowed for one in placed)
            self.rides[ride] = max(limit_min, self.rides.get(ride, 0.0))
            plans += [one.plan for one in placed if self.space.compute_cost(one.plan) < limit_min]
        return plans

    def _race(self, plans: Sequence[OfficialPlan], *, only_enough: bool = False) -> list[Candidate]:
        """Try plans on a few days, and the better ones on twice as many, until the best ones have all (racing).

        Parameters
        ----------
        only_enough
            Plans that can no longer seem enough leave the race.
        """
        if self.is_whole:
            return self._evaluate(plans, ASSUMED, self.effort.screening_days)
        n_days, kept = self.effort.first_days, self.effort.kept
        most_hits = ENOUGH_SHARE * self.threshold * self.effort.screening_days if only_enough else inf
        pool = self._evaluate(plans, ASSUMED, n_days)
        if not only_enough:
            self._note_promising(pool)
        while n_days < self.effort.screening_days:
            n_days = min(2 * n_days, self.effort.screening_days)
            left = [one for one in pool if one.outcomes[ASSUMED].count("any") <= most_hits]
            leaders = sorted(left, key=lambda one: (one.harm, -self.measure_room_min(one.plan), one.cost_min))[:kept]
            pool = self._evaluate([one.plan for one in leaders], ASSUMED, n_days)
            kept = max(self.effort.finalists, (2 * kept) // 3)
        return pool

    def _note_promising(self, pool: Sequence[Candidate]) -> None:
        """Note the shifts with least harm, for each length and venue choice that is new."""
        by_kind: dict[tuple[float, str], list[Candidate]] = {}
        for one in pool:
            by_kind.setdefault((one.plan.length_min, one.plan.venue_choice), []).append(one)
        for kind, own in by_kind.items():
            leaders = sorted(own, key=lambda one: (one.harm, one.cost_min))[: self.effort.kept]
            self.promising.setdefault(kind, {one.plan.shift_min for one in leaders})

    def _evaluate(self, plans: Sequence[OfficialPlan], world: str, n_days: int) -> list[Candidate]:
        if not plans:
            return []
        found = self.bench.evaluate(plans, world, range(n_days))
        for plan, own in zip(plans, found, strict=True):
            if own.compute_share("any") > self.threshold:
                self.met_at.setdefault(plan.ride, set()).add(plan.shift_min)
        return [self._describe(plan, {world: own}) for plan, own in zip(plans, found, strict=True)]

    def _describe(self, plan: OfficialPlan, outcomes: Mapping[str, Outcomes]) -> Candidate:
        harms = [compute_harm(own, self.effort.day_person_min) for own in outcomes.values()]
        return Candidate(plan, outcomes, sum(harms) / len(harms), self.space.compute_cost(plan))

    def _is_enough(self, candidate: Candidate) -> bool:
        is_new = candidate.plan not in self.failed
        return is_new and candidate.compute_worst_share() <= ENOUGH_SHARE * self.threshold

    def _rank(self, pool: Sequence[Candidate]) -> list[Candidate]:
        """Put those that are enough first, by cost; the others after them, by harm."""
        return sorted(
            pool,
            key=lambda one: (0, one.cost_min, one.harm) if self._is_enough(one) else (1, one.harm, one.cost_min),
        )

    def _look_around(self, limit_min: float) -> list[OfficialPlan]:
        """List the rides one step away from the best plans below a cost that were not tried yet up to it."""
        leaders: dict[OfficialPlan, Candidate] = {}
        cheaper = [one for one in self.pool if one.cost_min < limit_min]
        for one in sorted(cheaper, key=lambda one: (one.harm, one.cost_min)):
            leaders.setdefault(one.plan.ride, one)
        near: list[OfficialPlan] = []
        for one in list(leaders.values())[: self.effort.beam]:
            meetings = self.bench.find_meetings(one.plan, range(self.effort.meeting_days))
            convoys = rank_convoys(meetings, self.space.crowds.side)
            near += self.space.list_neighbours(one.plan, convoys[: self.effort.convoys])
        new = [ride for ride in dict.fromkeys(near) if self.rides.get(ride, 0.0) < limit_min]
        return new[: self.effort.neighbours]

    def _try_what_ifs(self, ride: OfficialPlan, worlds: Sequence[str]) -> list[Candidate]:
        """Try the starts of a ride that have most room on both sides, in all what-ifs, on a few days."""
        plans = self._place([ride])
        first = self._evaluate(plans, ASSUMED, self.effort.first_days)
        calm = [one for one in first if one.outcomes[ASSUMED].count("any") == 0] or sorted(
            first, key=lambda one: one.harm
        )[: self.effort.what_if_plans]
        chosen = sorted(calm, key=lambda one: (-self.measure_room_min(one.plan), one.cost_min))
        chosen = chosen[: self.effort.what_if_plans]
        return self._evaluate_what_ifs([one.plan for one in chosen], worlds, self.effort.what_if_days)

    def _screen_what_ifs(self, pool: Sequence[Candidate], worlds: Sequence[str]) -> list[Candidate]:
        """Try the leaders of a pool on more days."""
        n_days = self.effort.what_if_screening_days
        leaders = [one for one in pool[: self.effort.beam] if min(own.n_days for own in one.outcomes.values()) < n_days]
        known = {one.plan: one for one in self._evaluate_what_ifs([one.plan for one in leaders], worlds, n_days)}
        return sorted([known.get(one.plan, one) for one in pool], key=self._rank_robust)

    def _evaluate_what_ifs(self, plans: Sequence[OfficialPlan], worlds: Sequence[str], n_days: int) -> list[Candidate]:
        if not plans:
            return []
        by_world = {world: self.bench.evaluate(plans, world, range(n_days)) for world in (ASSUMED, *worlds)}
        return [
            self._describe(plan, {world: own[index] for world, own in by_world.items()})
            for index, plan in enumerate(plans)
        ]

    def _rank_robust(self, one: Candidate) -> tuple[int, float, float]:
        shares = sum(own.compute_share("any") for own in one.outcomes.values())
        return one.count_failing(self.threshold), shares, one.cost_min

    def _list_firmer(self, ride: OfficialPlan) -> list[OfficialPlan]:
        """List the rides one step away that give the sides more room: longer rallies, columns held back."""
        longer = [replace(ride, length_min=length) for length in self.space.lengths_min if length > ride.length_min]
        return [*longer[::-1], *self.space.list_holds(ride)]


def rank_convoys(meetings: Mapping[Meeting, float], known: Collection[str]) -> list[str]:
    """List the convoys that still meet the other side, those with most exposure first."""
    total: dict[str, float] = {}
    for meeting, exposure in meetings.items():
        for convoy in meeting.list_convoys(known):
            total[convoy] = total.get(convoy, 0.0) + exposure
    return sorted(total, key=lambda convoy: (-total[convoy], convoy))
