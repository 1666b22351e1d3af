"""The search on toys whose answer is known by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, inf
from typing import Any

import numpy as np
import pytest
from scipy import special

from konvoi.config.levers import Costs, Levers, Limits, ProposalRules
from konvoi.propose.costs import Crowds
from konvoi.propose.guarantee import Guarantee
from konvoi.propose.ladder import climb, compute_gain, look_back
from konvoi.propose.outcomes import Meeting, Outcomes
from konvoi.propose.plans import ConvoyOrder, OfficialPlan, list_steps, take_steps, write_plan
from konvoi.propose.proposal import FreshEffort, build_proposal
from konvoi.propose.racing import LOST_PLANS, Effort, Search
from konvoi.propose.space import Judgement, Space
from konvoi.propose.verify import Entry, confirm

HOUR = 3600.0
NOTIFIED = OfficialPlan((9 * HOUR, 9 * HOUR), 150.0, "near")
CROWDS = Crowds(
    side={"a1": 1, "b1": 1, "a2": 2, "b2": 2},
    people={"a1": 1000.0, "b1": 200.0, "a2": 1000.0, "b2": 200.0},
    organised_share=dict.fromkeys(("a1", "b1", "a2", "b2"), 0.5),
    assembly_point={"a1": "pa1", "b1": "pb1", "a2": "pa2", "b2": "pb2"},
    position_m={
        "pa1": (0.0, 0.0),
        "pb1": (10_000.0, 0.0),
        "pa2": (0.0, 500.0),
        "pb2": (10_000.0, 500.0),
        "v1": (2000.0, 0.0),
        "v2": (2000.0, 9000.0),
    },
    venues={"near": ("v1", "v2"), "mirrored": ("v2", "v1")},
)
ONLY_STARTS = Levers(
    lengths_min=(), venue_choices=(), hold_back_min=(), assembly_points=False, one_column=False, step_min=15.0
)


class Corridor:
    """Columns that meet in one corridor, in opposite directions: contact iff −(D + L/v) ≤ δ ≤ D + L/v.

    While the rally of the first side is on, its people are off the road; on the way home they meet who is late on the
    way out. All in minutes; the sides' lateness is normal, and the same on each day for every plan.
    """

    def __init__(self, passing_min: float, sd_min: float, *, has_way_home: bool = False, seed: int = 1) -> None:
        self.passing_min, self.sd_min, self.has_way_home, self.seed = passing_min, sd_min, has_way_home, seed
        self.known: set[tuple[OfficialPlan, int]] = set()

    @property
    def n_days(self) -> int:
        """Days that were simulated: a bench keeps what it knows."""
        return len(self.known)

    def evaluate(self, plans: Sequence[OfficialPlan], world: str, days: range) -> list[Outcomes]:
        found = []
        for plan in plans:
            rows = []
            for day in days:
                lateness = np.random.default_rng((self.seed, day)).normal(0.0, self.sd_min, 2)
                delta = plan.shift_min + float(lateness[1] - lateness[0])
                overlap = max(0.0, self.passing_min - abs(delta))
                if self.has_way_home:  # first side home against second side out
                    overlap += max(0.0, self.passing_min - abs(abs(delta) - plan.length_min))
                rows.append(overlap)
            exposure = np.array(rows)
            found.append(Outcomes(np.repeat((exposure > 0.0)[:, None], 4, axis=1), exposure))
            self.known |= {(plan, day) for day in days}
        return found

    def find_meetings(self, plan: OfficialPlan, days: range, world: str = "assumed") -> dict[Meeting, float]:
        return {Meeting("a1", "Lapangan", "home_home", "passing_place", "Simpang"): 5.0}


def build_space(
    rules: ProposalRules, notified: OfficialPlan = NOTIFIED, crowds: Crowds = CROWDS, **kwargs: object
) -> Space:
    return Space(notified, rules, crowds, (9 * HOUR, 18 * HOUR), kwargs.get("judge", lambda plan: Judgement()))  # type: ignore[arg-type]


def find_cheapest(search: Search, threshold: float = 0.05, n_fresh: int = 600) -> OfficialPlan | None:
    """Search, and return the cheapest plan that fresh days confirm."""
    entries = [Entry(plan, "assumed") for plan in search.choose_finalists(search.find_enough())]
    confirmed = confirm(search.bench, entries, Guarantee(len(entries)), threshold, (0, n_fresh), lambda share: None)
    declared = [one.entry.plan for one in confirmed if one.is_declared(threshold)]
    return min(declared, key=search.space.compute_cost, default=None)


def build_search(bench: Corridor, space: Space, effort: Effort | None = None) -> Search:
    return Search(space, bench, 0.05, effort or Effort(screening_days=200, finalists=4), lambda stage, share: None)


def test_the_start_found_in_a_corridor_is_that_of_the_formula_to_one_grid_step() -> None:
    # D = 20 min, L/v = 18 min, σ = 10 min a side: the safe gap is 38 + z₀.₉₅ · 10√2 = 61.3 min.
    passing, sd = 38.0, 10.0
    safe_min = passing + float(special.ndtri(0.95)) * sd * np.sqrt(2.0)
    plan = find_cheapest(build_search(Corridor(passing, sd), build_space(ProposalRules(levers=ONLY_STARTS))))
    assert plan is not None
    assert abs(abs(plan.shift_min) - 15.0 * ceil(safe_min / 15.0)) <= 15.0
    assert abs(plan.shift_min) > safe_min - 1e-9


def test_with_a_way_home_the_start_lies_in_the_window_while_the_other_side_is_at_its_rally() -> None:
    # Out against out below 38, home against out around 150 ± 38: the window is 38 … 112 min less lateness.
    plan = find_cheapest(
        build_search(Corridor(38.0, 4.0, has_way_home=True), build_space(ProposalRules(levers=ONLY_STARTS)))
    )
    assert plan is not None
    assert abs(plan.shift_min) in {60.0, 75.0}


def test_mirrored_sides_have_the_mirrored_proposals() -> None:
    notified = replace(NOTIFIED, starts_s=(9 * HOUR, 10 * HOUR))
    names = {"a1": "a2", "a2": "a1", "b1": "b2", "b2": "b1"}
    names |= {"pa1": "pa2", "pa2": "pa1", "pb1": "pb2", "pb2": "pb1", "near": "mirrored", "mirrored": "near"}
    rules = ProposalRules()
    mirrored = Crowds(
        {names[name]: 3 - side for name, side in CROWDS.side.items()},
        {names[name]: people for name, people in CROWDS.people.items()},
        {names[name]: share for name, share in CROWDS.organised_share.items()},
        {names[name]: names[point] for name, point in CROWDS.assembly_point.items()},
        {names.get(place, place): position for place, position in CROWDS.position_m.items()},
        {names[choice]: venues[::-1] for choice, venues in CROWDS.venues.items()},
    )
    space, other = build_space(rules, notified), build_space(rules, notified.mirror(names), mirrored)
    ride = replace(NOTIFIED.ride, length_min=180.0)
    plans, others = [one.plan for one in space.place(ride)], [one.plan for one in other.place(ride.mirror(names))]
    assert len(plans) == len(others) > 20
    assert {plan.mirror(names) for plan in plans} == set(others)
    for plan in plans:
        burden, mirror = space.compute_burden(plan), other.compute_burden(plan.mirror(names))
        assert burden.side_min == pytest.approx(mirror.side_min[::-1])
        assert burden.total_min == pytest.approx(mirror.total_min)


def test_a_forbidden_lever_is_never_used() -> None:
    levers = Levers(
        either_first=False,
        lengths_min=(180.0,),
        venue_choices=("near",),
        hold_back_min=(30.0,),
        assembly_points=False,
        one_column=False,
    )
    search = build_search(Corridor(200.0, 5.0), build_space(ProposalRules(levers=levers)), Effort(rounds=3))
    search.find_enough()
    search.find_robust([NOTIFIED], ["what if"])
    assert len(search.rides) > 1
    for ride in search.rides:
        assert ride.venue_choice == "near"
        assert ride.length_min in {150.0, 180.0}
        assert not ride.orders
        assert ride.escort == "none"
    assert all(one <= two for one, two in search.space.list_starts(150.0))
    fixed = Levers(fixed_convoys=("b1",))
    space = build_space(ProposalRules(levers=fixed))
    assert {plan.orders[0].convoy for plan in space.list_orders(NOTIFIED, ["a1", "b1"])} == {"a1"}


def test_an_unlawful_plan_is_never_listed_and_the_rule_is_counted() -> None:
    def judge(plan: OfficialPlan) -> Judgement:
        return Judgement(broken=("worship",) if plan.starts_s[1] < 10 * HOUR else ())

    space = build_space(ProposalRules(levers=ONLY_STARTS), judge=judge)
    assert all(plan.starts_s[1] >= 10 * HOUR for plan, _ in space.place(NOTIFIED.ride))
    assert space.excluded["worship"] == 27 * 4


def test_burdens_are_counted_from_what_each_side_notified() -> None:
    costs = Costs(
        moved_factor=1.0, longer_factor=1.0, waited_factor=2.0, gather_min_km=6.0, officer_min=0.2, instruction_min=5.0
    )
    plan = replace(NOTIFIED, starts_s=(9 * HOUR, 11 * HOUR), hold_back_min=30.0, hold_back_side=1)
    plan = plan.give_order(ConvoyOrder("b2", assembly_point="pa2"))
    space = build_space(ProposalRules(costs=costs))
    burden = space.compute_burden(plan)
    assert burden.moved_min == (0.0, 120.0)
    assert burden.waited_people_h == (0.5 * 0.5 * 1200.0, 0.0)  # half of 1,200 people for half an hour
    assert burden.detour_people_km == (0.0, 10.0 * 200.0)
    assert burden.side_min == pytest.approx((2.0 * 15.0, 120.0 + 6.0 * 2000.0 / 1200.0))
    assert burden.instructions == 3
    assert burden.total_min == pytest.approx((30.0 + 130.0) / 2.0 + 0.2 * 10 + 15.0)
    assert burden.compute_ratio(Limits(free_burden_min=60.0)) == pytest.approx(130.0 / 60.0)
    assert space.compute_cost(NOTIFIED) == 0.0


def test_an_unfair_plan_is_never_listed() -> None:
    space = build_space(ProposalRules(levers=ONLY_STARTS, limits=Limits(largest_ratio=2.0, free_burden_min=60.0)))
    for plan, _ in space.place(NOTIFIED.ride):
        one, two = (max(60.0, minutes) for minutes in space.compute_burden(plan).side_min)
        assert max(one, two) <= 2.0 * min(one, two)
    assert space.excluded["fairness"] > 0


def test_the_ladder_takes_the_step_worth_most_first_and_ends_at_the_plan() -> None:
    plan = replace(NOTIFIED, starts_s=(9 * HOUR, 11 * HOUR)).give_order(ConvoyOrder("b1", "pa1"))

    def harm(other: OfficialPlan) -> float:
        return (10_000.0 if other.shift_min == 0.0 else 90.0) + (10.0 if not other.orders else 0.0)

    rungs = climb(NOTIFIED, plan, harm, build_space(ProposalRules()).compute_cost)
    assert [rung.step for rung in rungs] == [None, ("starts", ""), ("order", "b1")]
    assert [rung.harm for rung in rungs] == [10_010.0, 100.0, 90.0]
    assert rungs[-1].plan == plan
    assert list_steps(NOTIFIED, plan) == [("starts", ""), ("order", "b1")]
    assert take_steps(NOTIFIED, plan, []) == NOTIFIED


def test_look_back_drops_what_no_longer_helps() -> None:
    plan = replace(NOTIFIED, starts_s=(9 * HOUR, 11 * HOUR), hold_back_min=60.0)
    kept = look_back(NOTIFIED, plan, lambda other: other.shift_min == 120.0, build_space(ProposalRules()).compute_cost)
    assert list_steps(NOTIFIED, kept) == [("starts", "")]


@pytest.mark.parametrize("harm_after", [0.0, 50.0, 99.0, 120.0])
def test_a_dearer_step_is_never_worth_more(harm_after: float) -> None:
    gains = [compute_gain(100.0, harm_after, cost) for cost in (0.0, 1.0, 10.0, 20.0, 1000.0)]
    assert gains == sorted(gains, reverse=True)


def test_doubling_the_cost_of_a_measure_never_puts_it_earlier_or_into_the_proposal() -> None:
    # Holding back costs twice as much: its place on the ladder can only go up, and a plan without it can only gain.
    plan = replace(NOTIFIED, starts_s=(9 * HOUR, 11 * HOUR), hold_back_min=30.0, length_min=180.0)
    generator = np.random.default_rng(7)
    for _ in range(50):
        worth = generator.gamma(1.0, 100.0, 3)

        def harm(other: OfficialPlan, worth: np.ndarray = worth) -> float:
            gone = [other.shift_min != 0.0, other.hold_back_min > 0.0, other.length_min != 150.0]
            return float(np.prod(1.0 - np.array(gone) * worth / (worth + 50.0))) * 1000.0

        places = []
        for waited in (2.0, 4.0):
            space = build_space(ProposalRules(costs=Costs(waited_factor=waited)))
            steps = [rung.step for rung in climb(NOTIFIED, plan, harm, space.compute_cost)]
            places.append(steps.index(("hold_back", "")))
            assert len(steps) == 4
        assert places[0] <= places[1]


def test_a_small_space_is_enumerated_and_the_cheapest_enough_plan_comes_first() -> None:
    levers = ONLY_STARTS.model_copy(update={"step_min": 60.0})
    bench = Corridor(38.0, 0.5)
    search = build_search(bench, build_space(ProposalRules(levers=levers)), Effort(screening_days=30))
    found = search.find_enough()
    assert search.is_whole
    assert {abs(one.plan.shift_min) for one in found} >= {0.0, 60.0, 120.0, 180.0}
    assert abs(found[0].plan.shift_min) == 60.0
    assert found[0].outcomes["assumed"].count("any") == 0


def test_racing_spends_at_most_40_percent_of_the_days_of_equal_allocation() -> None:
    bench = Corridor(38.0, 10.0)
    search = build_search(bench, build_space(ProposalRules(levers=ONLY_STARTS)), Effort(rounds=0))
    n_plans = len(search.space.place(NOTIFIED.ride))
    search._list_whole_space = lambda: None  # type: ignore[method-assign]
    search.find_enough()
    assert bench.n_days <= 0.4 * n_plans * search.effort.screening_days


def test_all_plans_equal_none_is_declared_better_than_it_is() -> None:
    class Coin(Corridor):
        """Contact on 8 % of days, whatever the plan."""

        def evaluate(self, plans: Sequence[OfficialPlan], world: str, days: range) -> list[Outcomes]:
            found = []
            for plan in plans:
                key = (self.seed, int(plan.starts_s[0]), int(plan.starts_s[1]))
                hits = np.array([np.random.default_rng((*key, day)).random() < 0.08 for day in days], np.bool_)
                exposure = np.where(hits, 100.0, 0.0)
                found.append(Outcomes(np.repeat(hits[:, None], 4, axis=1), exposure))
            return found

    levers = ONLY_STARTS.model_copy(update={"step_min": 60.0})
    declared = 0
    for seed in range(20):
        search = build_search(
            Coin(0.0, 0.0, seed=seed), build_space(ProposalRules(levers=levers)), Effort(screening_days=30)
        )
        declared += find_cheapest(search, n_fresh=160) is not None
    assert declared <= 3  # expected at most 5 %


def test_a_plan_is_written_as_a_scenario_that_plans_it() -> None:
    notified: dict[str, Any] = {
        "title": "x",
        "rally": {"window_start": "09:00"},
        "planned_venue_pair": "near",
        "convoys": {"b2": {"side": 2, "assembly_point": "pb2", "people": 200}},
    }
    plan = OfficialPlan((11 * HOUR + 900.0, 9 * HOUR), 180.0, "mirrored", 30.0, 2).give_order(
        ConvoyOrder("b2", "pa2", True)
    )
    content = write_plan(notified, plan)
    assert content["rally"] == {
        "window_start": "09:00",
        "first_start": "09:00",
        "length_min": 180.0,
        "planned_gap_min": 135.0,
        "planned_first_side": 2,
        "planned_hold_back_min": 30.0,
        "planned_hold_back_side": 2,
        "planned_escort": "none",
    }
    assert content["planned_venue_pair"] == "mirrored"
    assert content["convoys"]["b2"]["assembly_point"] == "pa2"
    assert content["convoys"]["b2"]["organised_share"] == 1.0
    assert notified["convoys"]["b2"]["assembly_point"] == "pb2"  # what was notified is not touched


def test_more_plans_than_agreed_on_are_refused() -> None:
    entries = [Entry(NOTIFIED, "assumed")] * 3
    with pytest.raises(ValueError, match="agreed on for 2"):
        confirm(Corridor(1.0, 1.0), entries, Guarantee(2), 0.05, (0, 20), lambda share: None)


def test_when_fresh_days_confirm_no_finalist_the_search_goes_on_with_other_rides() -> None:
    bench = Corridor(38.0, 0.5)
    search = build_search(bench, build_space(ProposalRules()), Effort(rounds=1, screening_days=16, neighbours=2))
    first = search.find_enough()
    assert list(search.rides.values()).count(inf) == 1  # of others, only plans that would cost less
    search.give_up_enough()
    again = search.find_enough()
    assert list(search.rides.values()).count(inf) == 3
    assert again[0].plan not in {one.plan for one in first}


def test_starts_alone_are_proposed_where_they_are_enough_though_a_longer_rally_is_safer() -> None:
    # The window is 38 … 112 min at 150 min, 38 … 202 at 240: all of it is enough, and moving one start costs least.
    bench = Corridor(38.0, 4.0, has_way_home=True)
    search = build_search(bench, build_space(ProposalRules()), Effort(screening_days=32, finalists=2, attempts=1))
    plan = find_cheapest(search)
    assert plan is not None
    assert list_steps(NOTIFIED, plan) == [("starts", "")]
    dearer = [one.plan for one in search.pool if one.plan.ride != NOTIFIED.ride]
    assert all(search.space.compute_cost(one) < search.space.compute_cost(plan) for one in dearer)


class Worlds(Corridor):
    """A corridor with what-ifs: columns that need longer to pass, and one in which the sides always meet."""

    def evaluate(self, plans: Sequence[OfficialPlan], world: str, days: range) -> list[Outcomes]:
        self.known |= {(plan, hash((world, day))) for plan in plans for day in days if world == "lost"}
        passing_min = {"assumed": 38.0, "slow": 80.0, "lost": 10_000.0}[world]
        return Corridor(passing_min, self.sd_min, has_way_home=True).evaluate(plans, world, days)


def test_what_is_enough_on_the_assumed_day_is_made_firm_by_longer_rallies_and_a_later_start() -> None:
    # Slow columns have no window at 150 min and one narrower than lateness at 180: it is 80 … L − 80.
    bench = Worlds(38.0, 6.0)
    search = build_search(bench, build_space(ProposalRules()))
    start_only = replace(NOTIFIED, starts_s=(9 * HOUR, 10.25 * HOUR))
    pool = search.find_robust([start_only], ["slow", "lost"])
    best = pool[0]
    assert best.plan.length_min > 180.0
    assert 86.0 < abs(best.plan.shift_min) < best.plan.length_min - 86.0
    assert best.count_failing(0.05) == 0
    assert search.lost == ["lost"]
    assert bench.n_days == LOST_PLANS * search.effort.what_if_days


def test_a_firm_rung_tells_in_how_many_what_ifs_it_stands() -> None:
    bench = Worlds(38.0, 4.0)
    search = build_search(bench, build_space(ProposalRules()), Effort(screening_days=60, finalists=2, attempts=1))
    fresh = FreshEffort(most_days=300, what_if_days=40, ladder_days=20)
    found = build_proposal(search, ["slow", "lost"], fresh, 0.05, lambda stage, share: None)
    assert found.enough is not None
    assert found.firm == found.proposed != found.enough.entry.plan
    parts = [rung.part for rung in found.ladder]
    assert parts == sorted(parts, key=["notified", "enough", "firm"].index)
    by_plan = {rung.plan: rung.stood for rung in found.ladder}
    assert by_plan[found.enough.entry.plan] == (0, 2)
    assert by_plan[found.firm] == (1, 2)
    assert {world: one.outcomes.count("any") for world, one in found.robustness.items()} == {
        "assumed": 0,
        "slow": 0,
        "lost": fresh.lost_days,
    }
    helped = {(one.plan, one.world) for one in found.triggers}
    assert (found.enough.entry.plan, "slow") in helped  # a later start helps slow columns on the day
    assert all(one.after.count("any") < one.before.count("any") for one in found.triggers)


def test_proposals_of_many_searches_are_right_by_brute_force() -> None:
    # Truth of every plan from 1,000 days no search sees; the same on the crossroads: `tests.benchmarks.proposals`.
    levers = ONLY_STARTS.model_copy(update={"step_min": 30.0})
    space = build_space(ProposalRules(levers=levers))
    plans = [one.plan for one in space.place(NOTIFIED.ride)]
    true = Corridor(38.0, 5.0, has_way_home=True, seed=99).evaluate(plans, "assumed", range(1000))
    truth = {plan: own.compute_share("any") for plan, own in zip(plans, true, strict=True)}
    cheapest_min = min(space.compute_cost(plan) for plan, share in truth.items() if share <= 0.05)
    n_seeds, n_right = 20, 0
    for seed in range(n_seeds):
        bench = Corridor(38.0, 5.0, has_way_home=True, seed=seed)
        found = find_cheapest(build_search(bench, space, Effort(screening_days=32, attempts=1)), n_fresh=200)
        n_right += found is not None and truth[found] <= 0.05 and space.compute_cost(found) <= cheapest_min + 15.0
    assert n_right >= 0.95 * n_seeds
