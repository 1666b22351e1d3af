"""From the search to the proposal: the ladder, the front, what the proposal stands and what it does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

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
    ladder_days: int = 40  # of each rung, and of each plan of the front
    front_plans: int = 12
    has_what_ifs: bool = True


QUICK = FreshEffort(least_days=60, most_days=220, what_if_days=0, ladder_days=20, front_plans=6, has_what_ifs=False)


@dataclass(frozen=True)
class LadderRung:
    """One rung as it is told. ``part``: on the way to enough on the assumed day, or to firmness.

    ``removed``: what the step removed most of, with the exposure a day (person-min) before and after it.
    """

    plan: OfficialPlan
    step: Step | None
    part: str  # notified, enough or firm
    outcomes: Outcomes
    burden: Burden
    ratio: float
    removed: tuple[Meeting, float, float] | None


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
    """What to do on the day when a what-if comes true, with days with any contact before and after.

    ``later_min``: by how much each side's start is put off; ``hold_back_min`` of ``hold_back_side`` replaces the plan's.
    """

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
    none was found. ``robustness``: of the plan proposed, by world.
    """

    notified: OfficialPlan
    proposed: OfficialPlan
    enough: Confirmation | None
    firm: OfficialPlan | None
    ladder: list[LadderRung]
    front: list[FrontPlan]
    robustness: dict[str, Confirmation]
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
    firm: OfficialPlan | None = None
    if has_what_ifs:
        leaders = [one.plan for one in found if one.plan not in search.failed][: search.effort.beam]
        robust = search.find_robust(leaders, worlds)
        firm = search.drop_idle_steps(robust[0]) if robust else None
    firm_entries = [] if firm is None else [Entry(firm, world) for world in (ASSUMED, *worlds)]
    firm_confirmed = confirm(
        bench,
        firm_entries,
        guarantee,
        threshold,
        (fresh.what_if_days, max(fresh.what_if_days, int(guarantee.compute_days(threshold)[0]))),
        lambda share: tell("what_if_confirm", share),
        FIRST_FRESH_DAY + search.effort.attempts * ATTEMPT_DAYS,
    )
    enough = _choose_enough(confirmed, space, threshold)
    target = enough.entry.plan if enough is not None else _choose_least_harmful(confirmed, space, search.effort)
    proposed = firm or target
    robustness = {one.entry.world: one for one in firm_confirmed}
    return Proposal(
        space.notified,
        proposed,
        enough,
        firm,
        _build_ladder(space, bench, target, firm, search.effort, fresh, tell),
        _build_front(space, bench, found, [target, proposed], fresh, tell),
        robustness,
        _find_triggers(space, bench, proposed, robustness, threshold, search.effort, fresh, tell),
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


def _build_ladder(
    space: Space,
    bench: Bench,
    target: OfficialPlan,
    firm: OfficialPlan | None,
    effort: Effort,
    fresh: FreshEffort,
    tell: Tell,
) -> list[LadderRung]:
    """Climb from what was notified to the plan that is enough, and on to the firm one; told from fresh days."""
    days = range(FIRST_FRESH_DAY, FIRST_FRESH_DAY + fresh.ladder_days)
    known: dict[OfficialPlan, Outcomes] = {}

    def evaluate(plan: OfficialPlan) -> Outcomes:
        if plan not in known:
            (known[plan],) = bench.evaluate([plan], ASSUMED, days)
        return known[plan]

    def harm(plan: OfficialPlan) -> float:
        return compute_harm(evaluate(plan), effort.day_person_min)

    tell("ladder", 0.0)
    climbed = [
        (rung, "notified" if rung.step is None else "enough")
        for rung in climb(space.notified, target, harm, space.compute_cost)
    ]
    if firm is not None and firm != target:
        climbed += [(rung, "firm") for rung in climb(target, firm, harm, space.compute_cost)[1:]]
    meeting_days = range(FIRST_FRESH_DAY, FIRST_FRESH_DAY + effort.meeting_days)
    rungs = []
    below: dict[Meeting, float] = {}
    for rung, part in climbed:
        burden = space.compute_burden(rung.plan)
        here = bench.find_meetings(rung.plan, meeting_days)
        removed = find_removed(below, here)
        ratio = burden.compute_ratio(space.rules.limits)
        rungs.append(LadderRung(rung.plan, rung.step, part, evaluate(rung.plan), burden, ratio, removed))
        below = here
    return rungs


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
    space: Space,
    bench: Bench,
    plan: OfficialPlan,
    robustness: dict[str, Confirmation],
    threshold: float,
    effort: Effort,
    fresh: FreshEffort,
    tell: Tell,
) -> list[Trigger]:
    """Find what helps on the day in each what-if the plan does not stand: found on some days, told from fresh ones."""
    triggers = []
    failing = [
        world for world, one in robustness.items() if world != ASSUMED and one.outcomes.compute_share("any") > threshold
    ]
    for number, world in enumerate(failing):
        tell("triggers", number / len(failing))
        answers = list_answers(space, plan)
        tried = bench.evaluate(answers, world, range(effort.what_if_screening_days))
        before = robustness[world].outcomes.take(fresh.ladder_days)
        best = min(
            range(len(answers)),
            key=lambda index: (tried[index].compute_share("any"), tried[index].mean_exposure, index),
            default=None,
        )
        if best is None:
            continue
        answer = answers[best]
        days = range(FIRST_FRESH_DAY, FIRST_FRESH_DAY + before.n_days)
        (after,) = bench.evaluate([answer], world, days)
        if after.compute_share("any") < before.compute_share("any"):
            later = (
                (answer.starts_s[0] - plan.starts_s[0]) / SECONDS_PER_MINUTE,
                (answer.starts_s[1] - plan.starts_s[1]) / SECONDS_PER_MINUTE,
            )
            triggers.append(Trigger(world, later, answer.hold_back_min, answer.hold_back_side, before, after))
    return triggers


def list_answers(space: Space, plan: OfficialPlan) -> list[OfficialPlan]:
    """List what can still be changed on the day: the later start put off, columns held back (longer)."""
    later_side = 2 if plan.first_side == 1 else 1
    answers = []
    for later_min in LATER_MIN:
        starts = list(plan.starts_s)
        starts[later_side - 1] += later_min * SECONDS_PER_MINUTE
        answers.append(replace(plan, starts_s=(starts[0], starts[1])))
    sides: tuple[HeldSide, ...] = (1, 2, "both")
    for minutes in space.rules.levers.hold_back_min:
        answers += [
            replace(plan, hold_back_min=plan.hold_back_min + minutes, hold_back_side=side)
            for side in sides
            if plan.hold_back_side in (side, "both") or plan.hold_back_min == 0.0
        ]
    return [answer for answer in answers if not space.judge(answer).broken]
