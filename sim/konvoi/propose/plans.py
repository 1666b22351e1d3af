"""A plan of officials: what they decide about the day, how it differs from what was notified, and how it is written.

Sides are equals: starts, venues and orders carry the side's number and nothing else, so that exchanging the sides of a
scenario exchanges the sides of its proposal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from konvoi.gap import ANOTHER_DAY
from konvoi.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE, s_to_clock

HeldSide = Literal[1, 2, "both"]
Escort = Literal["none", "side_1", "side_2", "both"]


@dataclass(frozen=True, order=True)
class ConvoyOrder:
    """What one convoy does otherwise than notified."""

    convoy: str
    assembly_point: str | None = None
    in_one_column: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is ordered."""
        return self.assembly_point is None and not self.in_one_column


@dataclass(frozen=True)
class OfficialPlan:
    """What officials decide. ``starts_s``: of side 1 and side 2, s after midnight of the first day."""

    starts_s: tuple[float, float]
    length_min: float
    venue_choice: str
    hold_back_min: float = 0.0
    hold_back_side: HeldSide = "both"
    escort: Escort = "none"
    orders: tuple[ConvoyOrder, ...] = ()  # by convoy, none empty

    @property
    def shift_min(self) -> float:
        """Start of side 2 minus start of side 1, min; negative where side 2 is first."""
        return (self.starts_s[1] - self.starts_s[0]) / SECONDS_PER_MINUTE

    @property
    def first_side(self) -> Literal[1, 2]:
        """The side whose rally starts first; side 1 where both start together."""
        return 2 if self.starts_s[1] < self.starts_s[0] else 1

    @property
    def ends_s(self) -> tuple[float, float]:
        """Planned ends of both rallies, s after midnight of the first day."""
        length_s = self.length_min * SECONDS_PER_MINUTE
        return self.starts_s[0] + length_s, self.starts_s[1] + length_s

    @property
    def ride(self) -> OfficialPlan:
        """The plan without its hours: plans of one ride differ by shifts of whole sides alone."""
        return replace(self, starts_s=(0.0, 0.0))

    def give_order(self, order: ConvoyOrder) -> OfficialPlan:
        """Return the plan with another order of one convoy."""
        others = [own for own in self.orders if own.convoy != order.convoy]
        return replace(self, orders=tuple(sorted(others + ([] if order.is_empty else [order]))))

    def find_order(self, convoy: str) -> ConvoyOrder:
        """Return the order of a convoy, an empty one where it has none."""
        return next((own for own in self.orders if own.convoy == convoy), ConvoyOrder(convoy))

    def mirror(self, names: Mapping[str, str]) -> OfficialPlan:
        """Exchange the sides; ``names`` tells the other side's convoy, assembly point or venue choice of each."""
        held: HeldSide = self.hold_back_side if self.hold_back_side == "both" else 2 if self.hold_back_side == 1 else 1
        escorts: dict[Escort, Escort] = {"none": "none", "both": "both", "side_1": "side_2", "side_2": "side_1"}
        orders = tuple(
            sorted(
                ConvoyOrder(
                    names[order.convoy],
                    None if order.assembly_point is None else names[order.assembly_point],
                    order.in_one_column,
                )
                for order in self.orders
            )
        )
        return replace(
            self,
            starts_s=(self.starts_s[1], self.starts_s[0]),
            venue_choice=names.get(self.venue_choice, self.venue_choice),
            hold_back_side=held,
            escort=escorts[self.escort],
            orders=orders,
        )


# One step a ladder can take: everything of one kind, or the order of one convoy.
Step = tuple[Literal["starts", "length", "venues", "hold_back", "escort", "order"], str]


def list_steps(notified: OfficialPlan, plan: OfficialPlan) -> list[Step]:
    """List the steps from what was notified to a plan."""
    steps: list[Step] = []
    if plan.starts_s != notified.starts_s:
        steps.append(("starts", ""))
    if plan.length_min != notified.length_min:
        steps.append(("length", ""))
    if plan.venue_choice != notified.venue_choice:
        steps.append(("venues", ""))
    if (plan.hold_back_min, plan.hold_back_side) != (notified.hold_back_min, notified.hold_back_side):
        steps.append(("hold_back", ""))
    if plan.escort != notified.escort:
        steps.append(("escort", ""))
    convoys = sorted({order.convoy for order in (*plan.orders, *notified.orders)})
    steps += [("order", name) for name in convoys if plan.find_order(name) != notified.find_order(name)]
    return steps


def take_steps(notified: OfficialPlan, plan: OfficialPlan, steps: Sequence[Step]) -> OfficialPlan:
    """Take some of the steps from what was notified to a plan."""
    taken = notified
    for kind, name in steps:
        match kind:
            case "starts":
                taken = replace(taken, starts_s=plan.starts_s)
            case "length":
                taken = replace(taken, length_min=plan.length_min)
            case "venues":
                taken = replace(taken, venue_choice=plan.venue_choice)
            case "hold_back":
                taken = replace(taken, hold_back_min=plan.hold_back_min, hold_back_side=plan.hold_back_side)
            case "escort":
                taken = replace(taken, escort=plan.escort)
            case "order":
                taken = taken.give_order(plan.find_order(name))
    return taken


def write_plan(notified: Mapping[str, Any], plan: OfficialPlan) -> dict[str, Any]:
    """Write a plan into the content of the scenario that was notified: a scenario that plans it.

    What a scenario leaves to its defaults stays so; what the plan decides is written out.
    """
    first = plan.first_side
    gap_s = abs(plan.starts_s[1] - plan.starts_s[0])
    first_start_s = plan.starts_s[first - 1]
    rally = {
        **notified.get("rally", {}),
        "first_start": s_to_clock(first_start_s),
        "length_min": plan.length_min,
        "planned_gap_min": ANOTHER_DAY if gap_s == SECONDS_PER_DAY else gap_s / SECONDS_PER_MINUTE,
        "planned_first_side": first,
        "planned_hold_back_min": plan.hold_back_min,
        "planned_hold_back_side": plan.hold_back_side,
        "planned_escort": plan.escort,
    }
    convoys = {name: dict(area) for name, area in notified["convoys"].items()}
    for order in plan.orders:
        if order.assembly_point is not None:
            convoys[order.convoy]["assembly_point"] = order.assembly_point
        if order.in_one_column:
            convoys[order.convoy]["organised_share"] = 1.0
    return {**notified, "rally": rally, "planned_venue_pair": plan.venue_choice, "convoys": convoys}
