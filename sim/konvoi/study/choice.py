"""Which plan to recommend: a lawful one with the least exposure whose slack covers the lateness seen.

Never the shortest gap: a plan at the edge of a window is lost with the first late convoy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from konvoi.study.windows import Window


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
    is_lawful: Callable[[float], bool],
    lateness_min: float,
    planned_venue_choice: str,
) -> tuple[Plan, bool] | None:
    """Choose the plan to recommend.

    Among lawful confirmed starts whose slack on both sides is at least the lateness seen, the one with the least
    exposure; the planned venues first, since moving a rally costs more than moving its hour. Where none covers it, the
    one with the most slack.

    Parameters
    ----------
    is_lawful
        Whether a shift (min) breaks no rule.
    lateness_min
        How much later than drawn a side may be.

    Returns
    -------
    The plan and whether its slack covers the lateness; None without a lawful confirmed start.
    """
    lawful = [plan for plan in list_plans(windows) if is_lawful(plan.shift_min)]
    if not lawful:
        return None
    covering = [plan for plan in lawful if plan.least_slack_min >= lateness_min]
    if covering:
        return min(covering, key=lambda plan: _rank_by_exposure(plan, planned_venue_choice, 2.0 * lateness_min)), True
    return min(lawful, key=lambda plan: _rank_by_slack(plan, planned_venue_choice)), False


def _rank_by_exposure(plan: Plan, planned: str, enough_min: float) -> tuple[bool, float, float, float]:
    """Rank a plan: of equal exposure, to a person-minute, the one with more slack, up to enough; then the nearer start."""
    slack_min = min(plan.least_slack_min, enough_min)
    return plan.venue_choice != planned, float(round(plan.exposure_person_min)), -slack_min, abs(plan.shift_min)


def _rank_by_slack(plan: Plan, planned: str) -> tuple[float, bool, float]:
    return -plan.least_slack_min, plan.venue_choice != planned, plan.exposure_person_min
