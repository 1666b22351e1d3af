"""The agents: every unit of supporters decides when it leaves; its vehicles are rows of arrays and move by themselves.

An agent holds its index and its intention, never a position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.plan import HOMEBOUND, OUTBOUND

if TYPE_CHECKING:
    from sim.engine.model import RallyModel

GATHERING, OUT, HOME = "gathering", "out", "home"


class Convoy(mesa.Agent):
    """An organised convoy, or the dispersed group of independent riders of the same assembly point.

    It gathers, leaves for the rally when its hour has come, and orders everybody home when the rally has ended and the
    hold-back is over. Those still under way to the rally then turn round at the venue.
    """

    model: RallyModel

    def __init__(self, model: RallyModel, unit: int) -> None:
        super().__init__(model)
        self.unit = unit
        self.intention = GATHERING

    @property
    def next_decision_s(self) -> float:
        """When the agent next has something to decide, s after local midnight; infinite when it has not."""
        depart_s = self.model.plan.unit_depart_s[self.unit]
        if self.intention == GATHERING:
            return float(depart_s[OUTBOUND])
        if self.intention == OUT:
            # Nobody is ordered home before having left: a very late convoy still rides out first.
            return float(max(depart_s[HOMEBOUND], depart_s[OUTBOUND]))
        return np.inf

    def step(self) -> None:
        """Decide what is due at the model's clock."""
        while self.next_decision_s <= self.model.clock_s:
            due_s = self.next_decision_s
            if self.intention == GATHERING:
                self.intention = OUT
                self.model.order_out(self.unit, due_s)
            else:
                self.intention = HOME
                self.model.order_home(self.unit, due_s)
