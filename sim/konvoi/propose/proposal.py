"""From the search to the proposal: the ladder, the front, what the proposal stands and what it does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from konvoi.propose.costs import Burden
from konvoi.propose.front import Mark, mark_front
from konvoi.propose.guarantee import THRESHOLDS, Guarantee
from konvoi.propose.ladder import climb
from konvoi.propose.outcomes import ASSUMED, Meeting, Outcomes, compute_harm
from konvoi.propose.plans import HeldSide, OfficialPlan, Step
from konvoi.propose.racing import Bench, Candidate, Effort, Search
from konvoi.propose.space import Space
from konvoi.propose.verify import ATTEMPT_DAYS, FIRST_FRESH_DAY, Confirmation, Entry, confirm
from konvoi.units import SECONDS_PER_MINUTE

Tell = Callable[[str, float], None]
FIRST_SHARE = 0.5  # of the error: spent on plans that never meet
LATER_MIN = (15.0, 30.0, 45.0, 60.0)  # by how much a start can still be put off on the day


@dataclass(frozen=True)
class FreshEffort:
    """How many fresh days are spent on what is told."""

    least_days: int = 60  # of each finalist
    most_days: int = 500  # one with two hits in so many days can still be declared
    what_if_days: int = 100  # of the firmest plan in each what-if
    lost_days: int = 20  # of it in those no hour stands
    rung_what_if_days: int = 10  # of the rungs below it in each what-if
    ladder_days: int = 40  # of each rung, and of each plan of the front
    front_plans: int = 12
    has_what_ifs: bool = True


QUICK = FreshEffort(least_days=60, most_days=220, what_if_days=0, ladder_days=20, front_plans=6, has_what_ifs=False)


@dataclass(frozen=True)
class LadderRung:
    """One rung as it is told. ``part``: on the way to enough on the assumed day, or to firmness.

    ``removed``: what the step removed most of, with the exposure a day (person-min) before and after it, in
    ``removed_world``. ``stood``: in how many what-ifs days with contact stayed within the threshold, and in how many
    the plan was tried; None where in none.
    """

    plan: OfficialPlan
    step: Step | None
    part: str  # notified, enough or firm
    outcomes: Outcomes
    burden: Burden
    ratio: float
    removed: tuple[Meeting, float, float] | None
    removed_world: str = ASSUMED
    stood: tuple[int, int] | None = None


@dataclass(frozen=True)
class FrontPlan:
    """A plan of the front and how sure it is."""

    plan: OfficialPlan
    outcomes: Outcomes
    burden: Burden
    ratio: float
    mark: Mark


@dataclass(frozen=True)
class Trigger:
    """What to do on the day under a plan when a what-if comes true, with days with any contact before and after.

    ``later_min``: by how much each side's start is put off; ``hold_back_min`` of ``hold_back_side`` replaces the plan's.
    """

    plan: OfficialPlan
    world: str
    later_min: tuple[float, float]
    hold_back_min: float
    hold_back_side: HeldSide
    before: Outcomes
    after: Outcomes


@dataclass(frozen=True)
class Proposal:
    """What is proposed, and all that is told about it.

    ``enough`` is the cheapest plan declared for the assumed day, ``firm`` the plan that fails fewest what-ifs; None where
    none was found. ``robustness``: of the plan proposed, by world; ``lost``: what-ifs that no hour stands.
    """

    notified: OfficialPlan
    proposed: OfficialPlan
    enough: Confirmation | None
    firm: OfficialPlan | None
    ladder: list[LadderRung]
    front: list[FrontPlan]
    robustness: dict[str, Confirmation]
    lost: list[str]
    triggers: list[Trigger]
    threshold: float
    guarantee: Guarantee
    n_plans: int
    is_whole: bool
    excluded: dict[str, int]


def build_proposal(search: Search, worlds: Sequence[str], fresh: FreshEffort, error: float, tell: Tell) -> Proposal:
    """Search, confirm, and put together what is told.

    Parameters
    ----------
    worlds
        The what-ifs by name.
    error
        Probability that anything declared is wrong.
    """
    space, bench, threshold = search.space, search.bench, search.threshold
    agreed = tuple(sorted({*THRESHOLDS, threshold}))
    has_what_ifs = fresh.has_what_ifs and bool(worlds)
    n_entered = search.effort.attempts * search.effort.finalists + (1 + len(worlds) if has_what_ifs else 0)
    guarantee = Guarantee(n_entered, error, agreed, FIRST_SHARE)
    confirmed: list[Confirmation] = []
    for attempt in range(search.effort.attempts):
        found = search.find_enough()
        entries = [Entry(plan, ASSUMED) for plan in search.choose_finalists(found)]
        first_day = FIRST_FRESH_DAY + attempt * ATTEMPT_DAYS
        days = fresh.least_days, fresh.most_days
        confirmed += confirm(
            bench, entries, guarantee, threshold, days, lambda share: tell("confirm", share), first_day
        )
        if any(one.is_declared(threshold) for one in confirmed) or search.round == search.effort.rounds:
            break
        search.give_up_enough()
    enough = _choose_enough(confirmed, space, threshold)
    target = enough.entry.plan if enough is not None else _choose_least_harmful(confirmed, space, search.effort)
    firm: OfficialPlan | None = None
    if has_what_ifs:
        robust = search.find_robust([target], worlds)
        firm = search.drop_idle_steps(robust[0]) if robust else None
    robustness: dict[str, Confirmation] = {}
    if firm is not None:
        robustness = _confirm_what_ifs(search, firm, worlds, guarantee, fresh, tell)
    watched = {one.entry.plan: one.outcomes for one in confirmed}
    if firm is not None:
        watched[firm] = robustness[ASSUMED].outcomes
    rungs = _build_ladder(search, target, firm, watched, robustness, fresh, tell)
    proposed = firm or target
    triggers = [
        *(_find_triggers(search, target, rungs.what_ifs, fresh, tell) if target != firm else []),
        *_find_triggers(search, proposed, {world: one.outcomes for world, one in robustness.items()}, fresh, tell),
    ]
    return Proposal(
        space.notified,
        proposed,
        enough,
        firm,
        rungs.rungs,
        _build_front(space, bench, found, [target, proposed], fresh, tell),
        robustness,
        search.lost,
        triggers,
        threshold,
        guarantee,
        search.n_plans,
        search.is_whole,
        dict(space.excluded.most_common()),
    )


def _choose_enough(confirmed: Sequence[Confirmation], space: Space, threshold: float) -> Confirmation | None:
    declared = [one for one in confirmed if one.is_declared(threshold)]
    return min(declared, key=lambda one: space.compute_cost(one.entry.plan), default=None)


def _choose_least_harmful(confirmed: Sequence[Confirmation], space: Space, effort: Effort) -> OfficialPlan:
    """Choose the plan with the least harm on fresh days; what was notified where no plan is allowed at all."""
    if not confirmed:
        return space.notified
    return min(
        confirmed,
        key=lambda one: (compute_harm(one.outcomes, effort.day_person_min), space.compute_cost(one.entry.plan)),
    ).entry.plan


def _confirm_what_ifs(
    search: Search, firm: OfficialPlan, worlds: Sequence[str], guarantee: Guarantee, fresh: FreshEffort, tell: Tell
) -> dict[str, Confirmation]:
    """Watch the firm plan on fresh days of the assumed world and of each what-if."""
    first_day = FIRST_FRESH_DAY + search.effort.attempts * ATTEMPT_DAYS
    least = fresh.what_if_days
    most = max(least, int(guarantee.compute_days(search.threshold)[0]))
    known: dict[str, Confirmation] = {}
    kept = [ASSUMED, *(world for world in worlds if world not in search.lost)]
    for group, days in ((kept, (least, most)), (search.lost, (fresh.lost_days, fresh.lost_days))):
        entries = [Entry(firm, world) for world in group]
        share = len(known) / (1 + len(worlds))
        confirmed = confirm(
            search.bench,
            entries,
            guarantee,
            search.threshold,
            days,
            lambda done, share=share: tell("what_if_confirm", max(share, done)),  # type: ignore[misc]
            first_day,
        )
        known |= {one.entry.world: one for one in confirmed}
    return {world: known[world] for world in (ASSUMED, *worlds)}


@dataclass(frozen=True)
class Ladder:
    """The rungs, and what came of the plan that is enough in the what-ifs."""

    rungs: list[LadderRung]
    what_ifs: dict[str, Outcomes]


def _build_ladder(
    search: Search,
    target: OfficialPlan,
    firm: OfficialPlan | None,
    watched: Mapping[OfficialPlan, Outcomes],
    robustness: Mapping[str, Confirmation],
    fresh: FreshEffort,
    tell: Tell,
) -> Ladder:
    """Climb from what was notified to the plan that is enough, and on to the firm one; told from fresh days.

    The first part is put in order by the harm of the assumed day, the second by that of all what-ifs.

    Parameters
    ----------
    watched
        What is known of plans that were watched on more fresh days than those of the rungs.
    """
    space, bench, effort = search.space, search.bench, search.effort
    days = range(FIRST_FRESH_DAY, FIRST_FRESH_DAY + fresh.ladder_days)
    what_if_days = range(FIRST_FRESH_DAY, FIRST_FRESH_DAY + fresh.rung_what_if_days)
    worlds = [world for world in robustness if world != ASSUMED and world not in search.lost]

    @cache
    def evaluate(plan: OfficialPlan) -> Outcomes:
        return watched[plan] if plan in watched else bench.evaluate([plan], ASSUMED, days)[0]

    @cache
    def evaluate_what_ifs(plan: OfficialPlan) -> dict[str, Outcomes]:
        if plan == firm:
            return {world: robustness[world].outcomes for world in worlds}
        return {world: bench.evaluate([plan], world, what_if_days)[0] for world in worlds}

    def harm(plan: OfficialPlan) -> float:
        return compute_harm(evaluate(plan), effort.day_person_min)

    def harm_anywhere(plan: OfficialPlan) -> float:
        return sum(compute_harm(own, effort.day_person_min) for own in evaluate_what_ifs(plan).values())

    tell("ladder", 0.0)
    climbed = [
        (rung, "notified" if rung.step is None else "enough")
        for rung in climb(space.notified, target, harm, space.compute_cost)
    ]
    hardest = ASSUMED
    if firm is not None and firm != target:
        climbed += [(rung, "firm") for rung in climb(target, firm, harm_anywhere, space.compute_cost)[1:]]
        of_target = evaluate_what_ifs(target)
        hardest = max(worlds, key=lambda world: of_target[world].compute_share("any"), default=ASSUMED)
    meeting_days = range(FIRST_FRESH_DAY, FIRST_FRESH_DAY + effort.meeting_days)
    rungs: list[LadderRung] = []
    for rung, part in climbed:
        burden = space.compute_burden(rung.plan)
        world = hardest if part == "firm" else ASSUMED
        below = bench.find_meetings(rungs[-1].plan, meeting_days, world) if rungs else {}
        removed = find_removed(below, bench.find_meetings(rung.plan, meeting_days, world))
        stood = None
        if firm is not None and (rung.plan == target or part == "firm"):
            stands = [own.compute_share("any") <= search.threshold for own in evaluate_what_ifs(rung.plan).values()]
            stood = sum(stands), len(worlds) + len(search.lost)
        ratio = burden.compute_ratio(space.rules.limits)
        rungs.append(LadderRung(rung.plan, rung.step, part, evaluate(rung.plan), burden, ratio, removed, world, stood))
    return Ladder(rungs, evaluate_what_ifs(target) if firm is not None else {})


def find_removed(
    before: Mapping[Meeting, float], after: Mapping[Meeting, float]
) -> tuple[Meeting, float, float] | None:
    """Find what a step removed most of; None where it removed nothing."""
    gone = {meeting: exposure - after.get(meeting, 0.0) for meeting, exposure in before.items()}
    most = max(sorted(gone), key=lambda meeting: gone[meeting], default=None)
    return (most, before[most], after.get(most, 0.0)) if most is not None and gone[most] > 0.0 else None


def _build_front(
    space: Space,
    bench: Bench,
    found: Sequence[Candidate],
    always: Sequence[OfficialPlan],
    fresh: FreshEffort,
    tell: Tell,
) -> list[FrontPlan]:
    """Compare the plans no other one beats on the days that were searched on, on fresh days."""
    tell("front", 0.0)
    limits = space.rules.limits
    rated = [(one, space.compute_burden(one.plan).compute_ratio(limits)) for one in found]

    def is_beaten(one: Candidate, ratio: float) -> bool:
        return any(
            other.harm <= one.harm
            and other.cost_min <= one.cost_min
            and rival_ratio <= ratio
            and (other.harm, other.cost_min, rival_ratio) != (one.harm, one.cost_min, ratio)
            for other, rival_ratio in rated
        )

    front = [one.plan for one, ratio in rated if not is_beaten(one, ratio)]
    plans = list(dict.fromkeys([*always, *front]))[: fresh.front_plans]
    days = range(FIRST_FRESH_DAY, FIRST_FRESH_DAY + fresh.ladder_days)
    outcomes = bench.evaluate(plans, ASSUMED, days)
    burdens = [space.compute_burden(plan) for plan in plans]
    ratios = [burden.compute_ratio(limits) for burden in burdens]
    marks = mark_front(
        np.stack([own.exposure_person_min for own in outcomes]), [own.total_min for own in burdens], ratios
    )
    return [FrontPlan(*row) for row in zip(plans, outcomes, burdens, ratios, marks, strict=True)]


def _find_triggers(
    search: Search, plan: OfficialPlan, known: Mapping[str, Outcomes], fresh: FreshEffort, tell: Tell
) -> list[Trigger]:
    """Find what helps on the day in each what-if the plan does not stand: found on some days, told from fresh ones.

    Parameters
    ----------
    known
        What came of the plan on fresh days, by world.
    """
    triggers = []
    failing = [
        world for world, own in known.items() if world != ASSUMED and own.compute_share("any") > search.threshold
    ]
    answers = list_answers(search.space, plan)
    for number, world in enumerate(failing if answers else []):
        tell("triggers", number / len(failing))
        tried = search.bench.evaluate(answers, world, range(search.effort.what_if_days))
        best = min(
            range(len(answers)),
            key=lambda index: (tried[index].compute_share("any"), tried[index].mean_exposure, index),
        )
        answer = answers[best]
        days = range(FIRST_FRESH_DAY, FIRST_FRESH_DAY + min(known[world].n_days, fresh.lost_days))
        before, after = search.bench.evaluate([plan, answer], world, days)
        if after.compute_share("any") < before.compute_share("any"):
            later = (
                (answer.starts_s[0] - plan.starts_s[0]) / SECONDS_PER_MINUTE,
                (answer.starts_s[1] - plan.starts_s[1]) / SECONDS_PER_MINUTE,
            )
            triggers.append(Trigger(plan, world, later, answer.hold_back_min, answer.hold_back_side, before, after))
    return triggers


def list_answers(space: Space, plan: OfficialPlan) -> list[OfficialPlan]:
    """List what can still be changed on the day: the later start put off, the earlier side held back (longer)."""
    first_side = plan.first_side
    answers = []
    for later_min in LATER_MIN:
        starts = list(plan.starts_s)
        starts[2 - first_side] += later_min * SECONDS_PER_MINUTE
        answers.append(replace(plan, starts_s=(starts[0], starts[1])))
    if plan.hold_back_min == 0.0 or plan.hold_back_side in (first_side, "both"):
        side: HeldSide = "both" if plan.hold_back_min > 0.0 and plan.hold_back_side == "both" else first_side
        answers += [
            replace(plan, hold_back_min=plan.hold_back_min + minutes, hold_back_side=side)
            for minutes in space.rules.levers.hold_back_min
        ]
    return [answer for answer in answers if not space.judge(answer).broken]
