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
from typing import Protocol, TypeVar

from konvoi.propose.ladder import look_back
from konvoi.propose.outcomes import ASSUMED, Meeting, Outcomes, compute_harm
from konvoi.propose.plans import OfficialPlan
from konvoi.propose.space import Space

Chosen = TypeVar("Chosen")

ENOUGH_SHARE = 0.5  # of the threshold
LOST_SHARE = 0.5  # of the days of a what-if: starts that meet on more are hopeless
LOST_PLANS = 4  # starts that must be hopeless for a what-if to be given up
ROOM_STEPS = 2.0  # of the grid of starts: room of a firm plan
FULL_ENUMERATION = 300  # plans; a space this small is tried whole


class Bench(Protocol):
    """Where plans are simulated."""

    def evaluate(self, plans: Sequence[OfficialPlan], world: str, days: range) -> list[Outcomes]:
        """Return the outcomes of each plan on some days of a world."""

    def find_meetings(self, plan: OfficialPlan, days: range, world: str = ASSUMED) -> dict[Meeting, float]:
        """Return who meets whom under a plan in a world, with the exposure of a day, person-min."""


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
    what_if_screening_days: int = 24
    what_if_plans: int = 12  # starts of a ride that are tried in the what-ifs
    what_if_rounds: int = 2  # steps away from the rides that are enough and from longer rallies
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
    lost: list[str] = field(default_factory=list)  # what-ifs that no hour stands
    promising: dict[tuple[float, str], set[float]] = field(default_factory=dict)  # shifts by length and venue choice
    met_at: dict[OfficialPlan, set[float]] = field(
        default_factory=dict
    )  # by ride: shifts (min) with contact on too many days

    def find_enough(self) -> list[Candidate]:
        """Find plans that are enough in the assumed world, the cheapest first; where there are none, the least harmful.

        Starts alone are tried first, then rides one step away, until a plan seems enough; then the rides around those
        that cost less, as long as they would. A plan seems enough when its screening days have contact on at most
        half of the threshold's share: what is nearer to the threshold would hardly be confirmed. Asked again after
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
        """Find plans that are enough in the what-ifs too: those that fail fewest first, then those that meet least.

        The rides given are tried, and longer rallies; while a what-if is failed, columns are held back and convoys that
        still meet the other side are given other orders. A what-if in which the sides meet on most days at whatever start
        is lost (`lost`): no days are spent on it.
        """
        rides = list(dict.fromkeys(plan.ride for plan in begin))
        lengths = self.space.lengths_min
        longer = [replace(ride, length_min=own) for ride in rides for own in lengths if own > ride.length_min]
        frontier = list(dict.fromkeys([*rides, *longer]))
        calm = {ride: self._find_calm(ride) for ride in frontier}
        self.lost = self._find_lost(max(calm.values(), key=len, default=[]), worlds)
        left = [world for world in worlds if world not in self.lost]
        pool: list[Candidate] = []
        for round_number in range(self.effort.what_if_rounds + 1):
            for place, ride in enumerate(frontier):
                self.tell("what_if", (round_number + place / len(frontier)) / (self.effort.what_if_rounds + 1))
                plans = calm[ride] if ride in calm else self._find_calm(ride)
                calm[ride] = plans
                pool += self._evaluate_what_ifs(plans, dict.fromkeys(left, self.effort.what_if_days))
            pool = self._screen_what_ifs(self._rank_robust(pool))
            if not pool or pool[0].count_failing(self.threshold) == 0:
                break
            frontier = [ride for ride in self._list_firmer(pool) if ride not in calm][: self.effort.beam]
            if not frontier:
                break
        return pool

    def choose_finalists(self, found: Sequence[Candidate]) -> list[OfficialPlan]:
        """Choose the plans that enter the test, without idle steps: from the cheapest to the one with most room.

        Each costs more than the one before and stands further from the starts at which the sides met; where few do,
        the cheapest others join them. Where no plan seems enough, the least harmful ones enter.
        """
        enough = [one for one in found if self._is_enough(one)]
        by_cost = sorted(enough, key=lambda one: (one.cost_min, -self.measure_room_min(one.plan)))
        roomier: list[Candidate] = []
        for one in by_cost:
            if not roomier or self.measure_room_min(one.plan) > self.measure_room_min(roomier[-1].plan):
                roomier.append(one)
        chosen = spread_evenly(roomier, self.effort.finalists)
        others = [one for one in by_cost if one not in chosen]
        chosen += others[: self.effort.finalists - len(chosen)]
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

    def _place(
        self, rides: Sequence[OfficialPlan], limit_min: float = inf, *, at_all_hours: bool = False
    ) -> list[OfficialPlan]:
        """Give rides their hours: all, or those that looked promising for rides of the same length and venues.

        Parameters
        ----------
        limit_min
            Plans that cost as much are left out.
        at_all_hours
            Unpromising hours, too.
        """
        plans: list[OfficialPlan] = []
        for ride in rides:
            promising = None if at_all_hours else self.promising.get((ride.length_min, ride.venue_choice))
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

    def _find_calm(self, ride: OfficialPlan) -> list[OfficialPlan]:
        """Find the starts of a ride without contact on the first assumed days, those with most room on both sides."""
        first = self._evaluate(self._place([ride], at_all_hours=True), ASSUMED, self.effort.first_days)
        calm = [one for one in first if one.outcomes[ASSUMED].count("any") == 0]
        calm.sort(key=lambda one: (-self.measure_room_min(one.plan), one.cost_min))
        return [one.plan for one in calm[: self.effort.what_if_plans]]

    def _find_lost(self, calm: Sequence[OfficialPlan], worlds: Sequence[str]) -> list[str]:
        """Find the what-ifs in which a few starts, from one end of the calm ones to the other, all meet on most days."""
        in_order = sorted(calm, key=lambda plan: plan.shift_min)
        few = spread_evenly(in_order, LOST_PLANS)
        days = range(self.effort.what_if_days)
        return [
            world
            for world in worlds
            if all(own.compute_share("any") > LOST_SHARE for own in self.bench.evaluate(few, world, days))
        ]

    def _screen_what_ifs(self, pool: Sequence[Candidate]) -> list[Candidate]:
        """Try the leaders of a pool on more days of those what-ifs in which any plan of it met."""
        leaders = pool[: self.effort.finalists]
        worlds = [world for world in pool[0].outcomes if world != ASSUMED] if pool else []
        is_hard = {world: any(one.outcomes[world].count("any") for one in pool) for world in worlds}
        few, more = self.effort.what_if_days, self.effort.what_if_screening_days
        n_days = {world: more if is_hard[world] else few for world in worlds}
        screened = self._evaluate_what_ifs([one.plan for one in leaders], n_days)
        return self._rank_robust([*screened, *pool[len(leaders) :]])

    def _evaluate_what_ifs(self, plans: Sequence[OfficialPlan], n_days: Mapping[str, int]) -> list[Candidate]:
        """Evaluate plans in the assumed world and on so many days of each what-if."""
        if not plans:
            return []
        days = {ASSUMED: max([self.effort.what_if_days, *n_days.values()]), **n_days}
        by_world = {world: self.bench.evaluate(plans, world, range(n)) for world, n in days.items()}
        return [
            self._describe(plan, {world: own[index] for world, own in by_world.items()})
            for index, plan in enumerate(plans)
        ]

    def _rank_robust(self, pool: Sequence[Candidate]) -> list[Candidate]:
        """Put those first that fail fewest what-ifs, then those that meet least; of equals, the cheapest with room.

        Room is how far a start is from the nearest one of its ride that fails a what-if: two steps of the grid are
        enough. A few days without contact say little of starts at the edge.
        """
        failed: dict[OfficialPlan, list[float]] = {}
        for one in pool:
            if one.count_failing(self.threshold):
                failed.setdefault(one.plan.ride, []).append(one.plan.shift_min)
        enough_min = ROOM_STEPS * self.space.rules.levers.step_min

        def rank(one: Candidate) -> tuple[int, float, float, float]:
            rooms = [abs(one.plan.shift_min - shift) for shift in failed.get(one.plan.ride, ())]
            room_min = min([self.measure_room_min(one.plan), *rooms])
            shares = sum(own.compute_share("any") for own in one.outcomes.values())
            return one.count_failing(self.threshold), shares, max(0.0, enough_min - room_min), one.cost_min

        return sorted(pool, key=rank)

    def _list_firmer(self, pool: Sequence[Candidate]) -> list[OfficialPlan]:
        """List the rides one step from the best plan: other orders of convoys that meet in its worst what-if, holds."""
        best = pool[0]
        worst = max(best.outcomes, key=lambda world: best.outcomes[world].compute_share("any"))
        meetings = self.bench.find_meetings(best.plan, range(self.effort.meeting_days), worst)
        convoys = rank_convoys(meetings, self.space.crowds.side)[: self.effort.convoys]
        return [*self.space.list_orders(best.plan.ride, convoys, 1), *self.space.list_holds(best.plan.ride)]


def spread_evenly(own: Sequence[Chosen], n: int) -> list[Chosen]:
    """Choose so many of a list, evenly from its first to its last."""
    if len(own) <= n:
        return list(own)
    places = [round(place * (len(own) - 1) / max(1, n - 1)) for place in range(n)]
    return [own[place] for place in dict.fromkeys(places)]


def rank_convoys(meetings: Mapping[Meeting, float], known: Collection[str]) -> list[str]:
    """List the convoys that still meet the other side, those with most exposure first."""
    total: dict[str, float] = {}
    for meeting, exposure in meetings.items():
        for convoy in meeting.list_convoys(known):
            total[convoy] = total.get(convoy, 0.0) + exposure
    return sorted(total, key=lambda convoy: (-total[convoy], convoy))
