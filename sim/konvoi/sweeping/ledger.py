"""What is known of every replication, and what is still to be run: the rounds of a sweep, point by point."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from konvoi.study.stopping import StoppingRule, allocate
from konvoi.sweeping.batches import BATCH, FAILED, MAX_BATCH, MISSING, SMALLEST, WITH, Batch, cut_batches


class Ledger:
    """One byte per replication and design point."""

    def __init__(self, n_points: int) -> None:
        self._known = [np.zeros(0, np.uint8) for _ in range(n_points)]

    @property
    def n_points(self) -> int:
        """Number of design points."""
        return len(self._known)

    def note(self, batch: Batch, known: NDArray[np.uint8]) -> None:
        """Write down what became of a batch's replications."""
        self._grow(batch.point, batch.stop)
        self._known[batch.point][batch.first : batch.stop] = known

    def forget(self, batch: Batch) -> None:
        """Take a batch back whose files turned out to be damaged."""
        self._known[batch.point][batch.first : batch.stop] = MISSING

    def count_finished(self, totals: NDArray[np.int64]) -> int:
        """Count the replications that are known among those wanted."""
        return sum(
            int(np.count_nonzero(own[:total] != MISSING)) for own, total in zip(self._known, totals, strict=True)
        )

    def find_missing(self, point: int, total: int) -> list[tuple[int, int]]:
        """Find the ranges of replications below a total that are not known."""
        self._grow(point, total)
        is_missing = np.concatenate([[False], self._known[point][:total] == MISSING, [False]])
        edges = np.flatnonzero(is_missing[1:] != is_missing[:-1])
        return [(int(first), int(stop)) for first, stop in zip(edges[::2], edges[1::2], strict=True)]

    def follow_rounds(self, point: int, rule: StoppingRule) -> int:
        """Return the total a point is to have: the rounds of the rule, as far as all of their replications are known.

        A round looks only at replications below its own total. What else happens to be known, from an earlier sweep
        with other rounds, changes no decision.
        """
        total = rule.first
        while not self.find_missing(point, total):
            known = self._known[point][:total]
            with_contact, failed = (np.array([np.count_nonzero(known == kind)], np.int64) for kind in (WITH, FAILED))
            following = int(allocate(np.array([total], np.int64), with_contact, rule, failed)[0])
            if following <= total:
                break
            total = following
        return total

    def _grow(self, point: int, total: int) -> None:
        known = self._known[point]
        if len(known) < total:
            self._known[point] = np.concatenate([known, np.zeros(total - len(known), np.uint8)])


class Rounds:
    """Hands out the batches of a sweep. A point goes on to its next round as soon as its own last one is known."""

    def __init__(self, ledger: Ledger, rule: StoppingRule, width: int) -> None:
        self.ledger, self.rule, self.width = ledger, rule, width
        self.totals = np.zeros(ledger.n_points, np.int64)

    def start(self) -> list[Batch]:
        """Return the batches of all points that are to be run first, so that all points fill up together."""
        return self._cut(range(self.ledger.n_points))

    def go_on(self, point: int) -> list[Batch]:
        """Return the batches of a point's next round; none while its present one is not finished, or after its last."""
        if self.ledger.find_missing(point, int(self.totals[point])):
            return []
        return self._cut([point])

    def _cut(self, points: Iterable[int]) -> list[Batch]:
        ranges = {}
        for point in points:
            self.totals[point] = self.ledger.follow_rounds(point, self.rule)
            ranges[point] = self.ledger.find_missing(point, int(self.totals[point]))
        n_missing = sum(stop - first for own in ranges.values() for first, stop in own)
        largest = int(np.clip(self.totals.max() // 200, BATCH, MAX_BATCH))
        size = int(np.clip(n_missing // (4 * self.width), SMALLEST, largest))
        batches = [batch for point, own in ranges.items() for batch in cut_batches(point, own, size)]
        # As many ranges at a time as there are workers, point after point: a worker then tends to get the same
        # replications of the next point, whose draws it still has.
        rank = {first: number for number, first in enumerate(sorted({batch.first for batch in batches}))}
        return sorted(batches, key=lambda batch: (rank[batch.first] // self.width, batch.point, batch.first))
