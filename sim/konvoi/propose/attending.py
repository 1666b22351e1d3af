"""Whether both sides can be at their rallies: a plan that keeps a side away, and a what-if that does, prove nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from konvoi.errors import RallyError
from konvoi.plan.attendance import find_absences
from konvoi.propose.outcomes import ASSUMED
from konvoi.propose.plans import OfficialPlan
from konvoi.propose.simulator import Ground, Setup, Simulator


@dataclass
class Attendance:
    """Tells which sides cannot be at their rallies under plans of the assumed world.

    Only closed roads and halts with an hour keep a side away, so that without them nothing is looked at. Each side is
    asked once for each of its starts, not for each pair of starts.
    """

    ground: Ground
    notified: Setup
    _simulator: Simulator = field(init=False)
    _setups: dict[OfficialPlan, Setup] = field(init=False, default_factory=dict)
    _known: dict[tuple[OfficialPlan, float], frozenset[int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._simulator = Simulator(self.ground)

    def is_missed(self, plan: OfficialPlan) -> bool:
        """Tell whether a side cannot be at its rally."""
        if not _is_bound_to_clock(self.notified):
            return False
        return any(side in self._find_absent(plan, plan.starts_s[side - 1]) for side in (1, 2))

    def _find_absent(self, plan: OfficialPlan, start_s: float) -> frozenset[int]:
        """Find the sides that would miss a rally that starts at an hour (s after midnight)."""
        key = plan.ride, start_s
        if key not in self._known:
            if plan.ride not in self._setups:  # of any of its starts: the hours that were set up do not matter
                self._setups[plan.ride] = self._simulator.set_up(plan, ASSUMED)
            config, town, routes = self._setups[plan.ride]
            absences = find_absences(config, town.network, routes, np.array([start_s, start_s]))
            self._known[key] = frozenset(absence.side for absence in absences)
        return self._known[key]


def _is_bound_to_clock(setup: Setup) -> bool:
    return bool(setup.routes.closed) or any(halt.clock_s > 0.0 for halt in setup.routes.halts)


def find_impossible_worlds(ground: Ground, notified: OfficialPlan) -> dict[str, frozenset[int]]:
    """Find the what-ifs nothing can be learnt from, by name, with the sides that cannot be at their rallies as notified.

    No side where the what-if cannot be simulated at all, such as a place beyond the roads of the town.
    """
    simulator = Simulator(ground)

    def find_absent(world: str) -> frozenset[int]:
        config, town, routes = simulator.set_up(notified, world)
        return frozenset(absence.side for absence in find_absences(config, town.network, routes))

    known = find_absent(ASSUMED)
    impossible: dict[str, frozenset[int]] = {}
    for world in ground.worlds:
        try:
            absent = find_absent(world) - known
        except RallyError:
            impossible[world] = frozenset()
        else:
            if absent:
                impossible[world] = absent
    return impossible
