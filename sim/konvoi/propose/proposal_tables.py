"""A proposal as tables (`konvoi.tables.proposed`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from konvoi.propose.costs import Burden
from konvoi.propose.outcomes import Outcomes
from konvoi.propose.plans import OfficialPlan
from konvoi.propose.proposal import Proposal
from konvoi.study.intervals import compute_wilson_interval
from konvoi.tables.proposed import FRONT, LADDER, ROBUSTNESS_OF_PROPOSAL, TRIGGERS
from konvoi.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE, s_to_clock


def build_ladder(proposal: Proposal) -> pd.DataFrame:
    """Build the table of the ladder, from the plan as notified upwards."""
    rows = []
    for number, rung in enumerate(proposal.ladder):
        kind, convoy = rung.step or ("", "")
        row = {"rung": number, "part": rung.part, "step": kind, "convoy": convoy}
        row |= dict(zip(("what_ifs_stood", "what_ifs"), rung.stood or (0, 0), strict=True))
        row |= _describe(rung.plan) | _count(rung.outcomes) | _cost(rung.burden, rung.ratio)
        names = ("unit_1", "unit_2", "phase", "type", "junction")
        meeting, before, after = rung.removed or (None, np.nan, np.nan)
        row |= {f"removed_{name}": getattr(meeting, name, "") for name in names}
        row |= {"removed_world": rung.removed_world if rung.removed else ""}
        row |= {"removed_before_person_min": before, "removed_after_person_min": after}
        rows.append(row)
    return LADDER.check(pd.DataFrame(rows), "ladder")


def build_front(proposal: Proposal) -> pd.DataFrame:
    """Build the table of the front, by burden."""
    plans = sorted(proposal.front, key=lambda one: (one.burden.total_min, one.ratio))
    rows = [
        {"plan": number, "mark": one.mark} | _describe(one.plan) | _count(one.outcomes) | _cost(one.burden, one.ratio)
        for number, one in enumerate(plans)
    ]
    return FRONT.check(pd.DataFrame(rows, columns=list(FRONT.columns)), "front")


def build_robustness(proposal: Proposal) -> pd.DataFrame:
    """Build the table of what the proposal stands: the assumed day first, then the what-ifs."""
    known = dict(proposal.robustness)
    if not known and proposal.enough is not None:
        known = {proposal.enough.entry.world: proposal.enough}
    rows = []
    for world, one in known.items():
        if one.is_declared(proposal.threshold):
            is_met = "yes"
        elif one.outcomes.compute_share("any") <= proposal.threshold:
            is_met = "seen"
        else:
            is_met = "lost" if world in proposal.lost else "no"
        bounds = {"bound_any": one.bound_any, "bound_riders": one.bound_riders, "is_met": is_met}
        rows.append({"world": world} | _count(one.outcomes) | bounds)
    return ROBUSTNESS_OF_PROPOSAL.check(
        pd.DataFrame(rows, columns=list(ROBUSTNESS_OF_PROPOSAL.columns)), "robustness of the proposal"
    )


def build_triggers(proposal: Proposal, lead_min: Mapping[int, float]) -> pd.DataFrame:
    """Build the table of triggers.

    Parameters
    ----------
    lead_min
        By side: how long before its rally its first people gather.
    """
    rows = []
    for one in proposal.triggers:
        plan = one.plan
        later_side = 2 if plan.first_side == 1 else 1
        if any(one.later_min):  # the later side must not have begun to gather
            decide_s = plan.starts_s[later_side - 1] - lead_min[later_side] * SECONDS_PER_MINUTE
        else:  # before the first of those who are held would leave
            held = (1, 2) if one.hold_back_side == "both" else (one.hold_back_side,)
            decide_s = min(plan.ends_s[side - 1] for side in held)
        rows.append(
            {
                "part": "firm" if plan == proposal.firm else "enough",
                "world": one.world,
                "later_1_min": one.later_min[0],
                "later_2_min": one.later_min[1],
                "hold_back_min": one.hold_back_min,
                "hold_back_side": str(one.hold_back_side),
                "decide_by": s_to_clock(decide_s % SECONDS_PER_DAY),
                "days": one.after.n_days,
                "any_days_before": one.before.count("any"),
                "any_days_after": one.after.count("any"),
                "exposure_before_person_min": one.before.mean_exposure,
                "exposure_after_person_min": one.after.mean_exposure,
            }
        )
    return TRIGGERS.check(pd.DataFrame(rows, columns=list(TRIGGERS.columns)), "triggers")


def _describe(plan: OfficialPlan) -> dict[str, Any]:
    begins = [s_to_clock(start_s % SECONDS_PER_DAY) for start_s in plan.starts_s]
    ends = [s_to_clock(end_s % SECONDS_PER_DAY) for end_s in plan.ends_s]
    orders = []
    for order in plan.orders:
        parts = [] if order.assembly_point is None else [f"gathers at {order.assembly_point}"]
        parts += ["all in one column"] if order.in_one_column else []
        orders.append(f"{order.convoy}: {', '.join(parts)}")
    return {
        "begin_1": begins[0],
        "end_1": ends[0],
        "begin_2": begins[1],
        "end_2": ends[1],
        "shift_min": plan.shift_min,
        "venue_pair": plan.venue_choice,
        "hold_back_min": plan.hold_back_min,
        "hold_back_side": str(plan.hold_back_side),
        "escort": plan.escort,
        "orders": "; ".join(orders),
    }


def _count(outcomes: Outcomes) -> dict[str, Any]:
    hits, n = outcomes.count("any"), outcomes.n_days
    return {
        "days": n,
        "any_days": hits,
        "any_high": float(compute_wilson_interval(hits, n)[1]) if n else float("nan"),
        "riders_days": outcomes.count("any_riders"),
        "large_days": outcomes.count("large"),
        "exposure_person_min": outcomes.mean_exposure,
    }


def _cost(burden: Burden, ratio: float) -> dict[str, Any]:
    return {
        "moved_1_min": burden.moved_min[0],
        "moved_2_min": burden.moved_min[1],
        "longer_min": burden.longer_min[0],
        "waited_1_people_h": burden.waited_people_h[0],
        "waited_2_people_h": burden.waited_people_h[1],
        "detour_1_people_km": burden.detour_people_km[0],
        "detour_2_people_km": burden.detour_people_km[1],
        "prayers": sum(burden.prayers),
        "officers": burden.officers,
        "instructions": burden.instructions,
        "burden_1_min": burden.side_min[0],
        "burden_2_min": burden.side_min[1],
        "burden_min": burden.total_min,
        "ratio": ratio,
    }
