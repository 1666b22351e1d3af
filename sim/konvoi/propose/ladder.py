"""The ladder: from the plan as notified, one step after the other, to a plan that works.

A plan differs from what was notified by steps (`konvoi.propose.plans`). *Look-back* drops every step without which the
plan is as good; *climb* puts the rest in an order, each time the step that removes most harm for what it costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from konvoi.propose.plans import OfficialPlan, Step, list_steps, take_steps

Harm = Callable[[OfficialPlan], float]  # person-min a day; infinite for a plan that may not be
Cost = Callable[[OfficialPlan], float]  # total burden, min

LEAST_COST_MIN = 1.0  # what a step costs at least when steps are put in order: nothing is free


@dataclass(frozen=True)
class Rung:
    """A plan on the ladder and the step that led to it; None for the plan as notified."""

    plan: OfficialPlan
    step: Step | None
    harm: float
    cost_min: float


def look_back(
    notified: OfficialPlan, plan: OfficialPlan, is_as_good: Callable[[OfficialPlan], bool], cost: Cost
) -> OfficialPlan:
    """Drop the steps that no longer help, the dearest first, until none can be dropped.

    Parameters
    ----------
    is_as_good
        Whether a plan with fewer steps does what this one does.
    """
    steps = list_steps(notified, plan)
    while True:
        shorter = [take_steps(notified, plan, [own for own in steps if own != step]) for step in steps]
        for candidate in sorted(shorter, key=cost):
            if is_as_good(candidate):
                plan, steps = candidate, list_steps(notified, candidate)
                break
        else:
            return plan


def climb(notified: OfficialPlan, plan: OfficialPlan, harm: Harm, cost: Cost) -> list[Rung]:
    """Put the steps to a plan in an order: each time the one that removes most harm per burden added.

    Where no step helps by itself, the one that does least damage is taken. Of equals, the first in the order of
    `list_steps`.
    """
    rungs = [Rung(notified, None, harm(notified), cost(notified))]
    taken: list[Step] = []
    left = list_steps(notified, plan)
    while left:
        below = rungs[-1]
        tried = [(step, take_steps(notified, plan, [*taken, step])) for step in left]
        values = [(step, candidate, harm(candidate), cost(candidate)) for step, candidate in tried]
        step, candidate, after, burden = max(
            values, key=lambda value: compute_gain(below.harm, value[2], value[3] - below.cost_min)
        )
        rungs.append(Rung(candidate, step, after, burden))
        taken.append(step)
        left.remove(step)
    return rungs


def compute_gain(harm_before: float, harm_after: float, added_cost_min: float) -> float:
    """Compute what a step is worth: harm removed per burden added; where it removes none, the damage it does."""
    removed = harm_before - harm_after
    return removed / max(added_cost_min, LEAST_COST_MIN) if removed > 0.0 else removed
