"""Which plan to recommend: one that can be, by law and by road, with the least exposure whose slack covers the lateness seen.

Never the shortest gap: a plan at the edge of a window is lost with the first late convoy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from konvoi.study.windows import Candidate, Window


@dataclass(frozen=True)
class Plan:
    """One start of a window."""

    venue_choice: str
    shift_min: float
    exposure_person_min: float
    slack_min: tuple[float, float]  # how much later than drawn side 1 and side 2 may be
    window: Window

    @property
    def least_slack_min(self) -> float:
        """The slack of the side that has less."""
        return min(self.slack_min)


def list_plans(windows: Sequence[Window]) -> list[Plan]:
    """List the confirmed starts of all windows."""
    return [
        Plan(window.venue_choice, float(shift), float(exposure), window.compute_slack_min(float(shift)), window)
        for window in windows
        for shift, exposure in zip(window.shift_min, window.exposure_person_min, strict=True)
    ]


def choose_plan(
    windows: Sequence[Window],
    can_be: Callable[[str, float], bool],
    lateness_min: float,
    planned_venue_choice: str,
) -> tuple[Plan, bool] | None:
    """Choose the plan to recommend.

    Among confirmed starts that can be and whose slack on both sides is at least the lateness seen, the one with the least
    exposure; the planned venues first, since moving a rally costs more than moving its hour. Where none covers it, the
    one with the most slack.

    Parameters
    ----------
    can_be
        Whether a shift (min) at a venue choice breaks no rule and keeps no side from its rally.
    lateness_min
        How much later than drawn a side may be.

    Returns
    -------
    The plan and whether its slack covers the lateness; None without a confirmed start that can be.
    """
    possible = [plan for plan in list_plans(windows) if can_be(plan.venue_choice, plan.shift_min)]
    if not possible:
        return None
    covering = [plan for plan in possible if plan.least_slack_min >= lateness_min]
    if covering:
        return min(covering, key=lambda plan: _rank_by_exposure(plan, planned_venue_choice, 2.0 * lateness_min)), True
    return min(possible, key=lambda plan: _rank_by_slack(plan, planned_venue_choice)), False


@dataclass(frozen=True)
class LongerRally:
    """A length of both rallies at which a start should have the slack, and the starts that have to prove it.

    The candidate holds the start itself in the middle, and on either side the one as far away as a side may be late.
    """

    length_min: float
    candidate: Candidate

    @property
    def shift_min(self) -> float:
        """The start itself."""
        return self.candidate.shift_min[self.candidate.middle]


def lengthen_rally(plan: Plan, length_min: float, lateness_min: float, step_min: float) -> LongerRally | None:
    """Find how much longer the rallies have to be for a start with the slack, after the inequalities of a window.

    Its near edge, towards rallies that start together, hangs on the ways out and home and stays where it is; its far edge,
    when the earlier crowd leaves, moves with the length (`konvoi.study.inequalities`). An edge is a start that was just
    confirmed: one step of room is left to it on either side.

    Parameters
    ----------
    plan
        The start with most slack as long as the rallies are now.
    length_min
        How long they are now.
    step_min
        Between two starts; the length grows by multiples of it.

    Returns
    -------
    None where no such edge is known: the window holds rallies that start together, or ends with the day.
    """
    first_min, last_min = float(plan.window.shift_min[0]), float(plan.window.shift_min[-1])
    if first_min <= 0.0 <= last_min:
        return None
    sign, near_min = (1.0, first_min) if first_min > 0.0 else (-1.0, -last_min)
    if (plan.window.after if sign > 0.0 else plan.window.before) == "hours":
        return None
    missing_min = 2.0 * (lateness_min + step_min) - plan.window.width_min
    longer_min = length_min + step_min * max(1, ceil(missing_min / step_min))
    shifts = sorted(sign * (near_min + step_min + lateness_min * k) for k in range(3))
    return LongerRally(longer_min, Candidate(plan.venue_choice, tuple(shifts), 1, None, None))


def _rank_by_exposure(plan: Plan, planned: str, enough_min: float) -> tuple[bool, float, float, float]:
    """Rank a plan: of equal exposure, to a person-minute, the one with more slack, up to enough; then the nearer start."""
    slack_min = min(plan.least_slack_min, enough_min)
    return plan.venue_choice != planned, float(round(plan.exposure_person_min)), -slack_min, abs(plan.shift_min)


def _rank_by_slack(plan: Plan, planned: str) -> tuple[float, bool, float]:
    return -plan.least_slack_min, plan.venue_choice != planned, plan.exposure_person_min
