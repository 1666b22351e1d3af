"""The agents: every unit of supporters decides when it leaves; its vehicles are rows of arrays and move by themselves.

An agent holds its index and its intention, never a position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from konvoi.units import SECONDS_PER_DAY

if TYPE_CHECKING:
    from konvoi.engine.model import RallyModel

GATHERING, OUT, HOME = "gathering", "out", "home"


class Convoy(mesa.Agent):
    """An organised convoy, or the dispersed group of independent riders of the same assembly point.

    It gathers, leaves for the rally when its hour has come, and orders everybody home when the rally has ended and the
    hold-back is over. Those still under way to the rally then turn round at the venue. A convoy that joins another one
    leaves when that has passed; one that halts on the way goes on when what it waits for has come.
    """

    model: RallyModel

    def __init__(self, model: RallyModel, unit: int) -> None:
        super().__init__(model)
        plan = model.plan
        self.unit = unit
        self.intention = GATHERING
        self.depart_s, self.home_s = (float(moment_s) for moment_s in plan.unit_depart_s[unit])
        self.join = next((join for join in plan.routes.joins if join.unit == unit), None)
        if self.join is not None and model.count_missing(self.join.watch):
            self.depart_s += self.join.patience_s
        # When each halt that still holds its vehicles is to be opened, as far as is known.
        self.opening_s = {
            index: np.inf for index, halt in enumerate(plan.routes.halts) if halt.trip // 2 == unit
        }  # fmt: skip
        self.patience_end_s = dict.fromkeys(self.opening_s, np.inf)

    @property
    def is_waiting(self) -> bool:
        """Whether the agent wants to hear who passes where."""
        return bool(self.opening_s) or (self.join is not None and self.intention == GATHERING)

    @property
    def next_decision_s(self) -> float:
        """When the agent next has something to decide, s after local midnight; infinite when it has not."""
        return min([self._next_order_s, *self.opening_s.values()])

    @property
    def _next_order_s(self) -> float:
        """When the agent next orders its vehicles out or home."""
        if self.intention == GATHERING:
            return self.depart_s
        if self.intention == OUT:
            # Nobody is ordered home before having left: a very late convoy still rides out first.
            return max(self.home_s, self.depart_s)
        return np.inf

    def hear(self) -> None:
        """Learn who has passed where up to the model's clock, and decide when to go on."""
        model, now_s = self.model, self.model.clock_s
        if self.join is not None and self.intention == GATHERING:
            has_tail_passed = not model.count_missing(self.join.watch)
            if model.count_passed(self.join.watch) and (has_tail_passed or not self.join.is_behind_tail):
                self.depart_s = min(self.depart_s, now_s)
        for index in self.opening_s:
            halt = model.plan.routes.halts[index]
            if self.patience_end_s[index] == np.inf and model.count_stopped(index):
                self.patience_end_s[index] = now_s + halt.patience_s
            is_free = all(model.count_missing(watch) == 0 for watch in halt.watches)
            if halt.is_closing_up:
                is_free &= model.count_stopped(index) > 0 and model.count_coming(index) == 0
            # Without a clock time it may go on at once; what is past is now.
            day_s = SECONDS_PER_DAY * np.floor(model.plan.rally_start_s[model.get_side(self.unit)] / SECONDS_PER_DAY)
            due_s = max(now_s, day_s + halt.clock_s) if is_free else np.inf
            self.opening_s[index] = max(now_s, min(due_s, self.patience_end_s[index]))

    def step(self) -> None:
        """Decide what is due at the model's clock."""
        now_s = self.model.clock_s
        for index in [index for index, due_s in self.opening_s.items() if due_s <= now_s]:
            del self.opening_s[index]
            self.model.open_halt(index, now_s)
        while (due_s := self._next_order_s) <= now_s:
            if self.intention == GATHERING:
                self.intention = OUT
                self.model.order_out(self.unit, due_s)
            else:
                self.intention = HOME
                self.model.order_home(self.unit, due_s)
