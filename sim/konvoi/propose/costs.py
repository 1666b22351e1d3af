"""What a plan costs whom, counted from what each side notified, and whether that is fair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from konvoi.arrays import FloatArray
from konvoi.config.levers import Costs, Limits
from konvoi.propose.plans import OfficialPlan, list_steps
from konvoi.units import SECONDS_PER_MINUTE


@dataclass(frozen=True)
class Crowds:
    """What costs are counted on: people of each convoy, and how far places are apart.

    ``organised_share``: of each convoy; ``position_m``: (x, y) of each place by its key; ``venues``: of each venue choice,
    side 1 first.
    """

    side: Mapping[str, int]
    people: Mapping[str, float]
    organised_share: Mapping[str, float]
    assembly_point: Mapping[str, str]
    position_m: Mapping[str, tuple[float, float]]
    venues: Mapping[str, tuple[str, str]]

    def measure_km(self, place: str, other: str) -> float:
        """Measure how far two places are apart as the crow flies, km."""
        a, b = self.position_m[place], self.position_m[other]
        return float(np.hypot(a[0] - b[0], a[1] - b[1])) / 1000.0

    def count_people(self, side: int) -> float:
        """Count the people of a side."""
        return float(sum(people for name, people in self.people.items() if self.side[name] == side))


@dataclass(frozen=True)
class Burden:
    """What a plan costs: entries of pairs are side 1 and side 2, minutes are those of an average supporter."""

    moved_min: tuple[float, float]
    longer_min: tuple[float, float]
    waited_people_h: tuple[float, float]
    detour_people_km: tuple[float, float]
    prayers: tuple[int, int]
    officers: int
    instructions: int
    side_min: tuple[float, float]  # weighted
    total_min: float  # weighted: the sides' mean, and what officers and instructions weigh

    def compute_ratio(self, limits: Limits) -> float:
        """Compute the burden of the side that bears more over that of the other one, small ones alike."""
        floored = [max(limits.free_burden_min, minutes) for minutes in self.side_min]
        return max(floored) / min(floored)

    def is_fair(self, limits: Limits) -> bool:
        """Tell whether the sides' burdens are within the stated ratio."""
        return self.compute_ratio(limits) <= limits.largest_ratio + 1e-9


@dataclass(frozen=True)
class RideCosts:
    """What a ride costs, whatever its hours; pairs are side 1 and side 2."""

    n_people: FloatArray
    longer_min: FloatArray
    waited_person_min: FloatArray
    detour_people_km: FloatArray
    officers: int
    instructions: int


def compute_ride_costs(notified: OfficialPlan, ride: OfficialPlan, crowds: Crowds, costs: Costs) -> RideCosts:
    """Compute what a plan costs apart from its hours."""
    n_people = np.maximum([crowds.count_people(side) for side in (1, 2)], 1.0)
    waited = np.zeros(2)
    n_held = 0
    for side in (1, 2):
        held_min = _hold(ride, side) - _hold(notified, side)
        n_held += held_min > 0.0
        for name, people in crowds.people.items():
            if crowds.side[name] == side:
                share = 1.0 if ride.find_order(name).in_one_column else crowds.organised_share[name]
                waited[side - 1] += max(0.0, held_min) * people * share
    detour = np.zeros(2)
    for order in ride.orders:
        if order.assembly_point is not None:
            km = crowds.measure_km(crowds.assembly_point[order.convoy], order.assembly_point)
            detour[crowds.side[order.convoy] - 1] += km * crowds.people[order.convoy]
    for side, (venue, other) in enumerate(
        zip(crowds.venues[notified.venue_choice], crowds.venues[ride.venue_choice], strict=True)
    ):
        detour[side] += crowds.measure_km(venue, other) * n_people[side]
    return RideCosts(
        n_people,
        np.full(2, abs(ride.length_min - notified.length_min)),
        waited,
        detour,
        costs.officers_per_hold * int(n_held) + costs.officers_per_escort * _count_escorted(ride, crowds),
        sum(kind != "starts" for kind, _ in list_steps(notified, ride)),
    )


def compute_burden(
    notified: OfficialPlan, plan: OfficialPlan, ride: RideCosts, costs: Costs, prayers: tuple[int, int] = (0, 0)
) -> Burden:
    """Compute what a plan costs each side and all together.

    Parameters
    ----------
    ride
        Of the plan, by `compute_ride_costs`.
    prayers
        Daily prayers inside each side's rally: a pause at the venue, to be written into the permit.
    """
    moved = np.abs(np.array(plan.starts_s) - np.array(notified.starts_s)) / SECONDS_PER_MINUTE
    side_min = (
        costs.moved_factor * moved
        + costs.longer_factor * ride.longer_min
        + costs.waited_factor * ride.waited_person_min / ride.n_people
        + costs.gather_min_km * ride.detour_people_km / ride.n_people
        + costs.prayer_min * np.array(prayers)
    )
    instructions = int(np.count_nonzero(moved)) + ride.instructions
    return Burden(
        _pair(moved),
        _pair(ride.longer_min),
        _pair(ride.waited_person_min / 60.0),
        _pair(ride.detour_people_km),
        prayers,
        ride.officers,
        instructions,
        _pair(side_min),
        float(side_min.mean()) + costs.officer_min * ride.officers + costs.instruction_min * instructions,
    )


def _hold(plan: OfficialPlan, side: int) -> float:
    return plan.hold_back_min if plan.hold_back_side in ("both", side) else 0.0


def _count_escorted(plan: OfficialPlan, crowds: Crowds) -> int:
    """Count the escorted columns."""
    sides = {"none": (), "side_1": (1,), "side_2": (2,), "both": (1, 2)}[plan.escort]
    return sum(side in sides for side in crowds.side.values())


def _pair(values: FloatArray) -> tuple[float, float]:
    return float(values[0]), float(values[1])
