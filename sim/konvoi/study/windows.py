"""Windows of the day: between which starts the two sides do not meet, found on some days and confirmed on others.

The *shift* of a plan is the start of side 2's rally minus the start of side 1's, in minutes; negative where side 2 starts
first. P is not monotone in it: while one crowd stands at its rally the other can ride, so safe starts form windows between
bad ones. A start is safe when the large contact of all and any contact of riders both have a P below the threshold.

Multiplicity. A profile of some 200 starts would hold a lucky one. So the days are split by their numbers: the first ones
show where windows may be, the others, which chose nothing, decide:

- m candidate windows share the error: α/m each (Bonferroni);
- in a candidate the middle is tested at α/m; then its two halves outwards at α/2m each, start by start, until the first
  start that fails (fixed sequence). What is told is one piece without holes;
- a start is tested in both outcomes at the full level, and holds when both do (intersection–union test);
- a test is exact: P ≥ threshold is refused when so few of n days or fewer have, under it, at most that probability
  (equivalently, the Clopper–Pearson upper bound lies below the threshold).

Whatever the truth and however the starts of one day depend on each other, the probability that any start told as safe is
not, is at most α: the first wrong step of a sequence has at most its level. Zero hits pass at level α from
n = ln α / ln(1 − threshold) days on: 59 for 5 % at α = 5 %, where 212 starts tested at once would take 163.

Sources: Clopper and Pearson (1934), Biometrika 26:404–413. Berger (1982), Technometrics 24:295–300 (intersection–union).
Maurer, Hothorn and Lehmacher (1995), in Biometrie in der chemisch-pharmazeutischen Industrie 6 (fixed sequences); Bretz,
Maurer, Brannath and Posch (2009), Statistics in Medicine 28:586–604 (splitting a level along a graph of tests).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf, log
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from konvoi.arrays import BoolArray, FloatArray, LongArray

# What ends a window: a start beyond it with too much contact; one that could not be confirmed; the rules' hours.
Bound = Literal["contact", "unconfirmed", "hours"]

SCREENED_SHARE = 0.7  # of the threshold: a candidate has at most this share of days in either outcome


@dataclass(frozen=True)
class Starts:
    """Outcomes of the same days at every start of one venue choice.

    ``shift_min`` (k,) ascending; ``is_large`` and ``is_met`` (n, k): a large contact of all, any contact of riders;
    ``exposure_person_min`` (n, k). A day that is not known at a start (``is_known``) counts as met there.
    """

    shift_min: FloatArray
    is_large: BoolArray
    is_met: BoolArray
    exposure_person_min: FloatArray
    is_known: BoolArray | None = None  # all are

    def __post_init__(self) -> None:
        shape = self.is_large.shape
        if self.shift_min.ndim != 1 or np.any(np.diff(self.shift_min) <= 0.0):
            raise ValueError("starts need ascending shifts")
        if shape != self.is_met.shape or shape != self.exposure_person_min.shape or shape[1:] != self.shift_min.shape:
            raise ValueError(f"outcomes of {len(self.shift_min)} starts need one column each; got {shape}")

    @property
    def n_days(self) -> int:
        """Number of days."""
        return len(self.is_large)

    @property
    def hits(self) -> LongArray:
        """Days with each outcome, (2, k): large, riders."""
        return np.stack([self.is_large.sum(axis=0), self.is_met.sum(axis=0)]).astype(np.int64)

    def find(self, shift_min: Sequence[float]) -> LongArray:
        """Find the columns of some shifts.

        Raises
        ------
        ValueError
            When one of them was not simulated.
        """
        column = np.minimum(np.searchsorted(self.shift_min, shift_min), len(self.shift_min) - 1)
        if not np.array_equal(self.shift_min[column], np.asarray(shift_min, np.float64)):
            raise ValueError(f"not all of the starts {list(shift_min)} were simulated")
        return column.astype(np.int64)

    def count_at(self, shift_min: float) -> tuple[int, int]:
        """Count the known days of a start with the outcome more of them have, and all of them."""
        column = int(self.find([shift_min])[0])
        is_known = np.ones(self.n_days, bool) if self.is_known is None else self.is_known[:, column]
        worse = max(int((hits[:, column] & is_known).sum()) for hits in (self.is_large, self.is_met))
        return worse, int(is_known.sum())

    def choose_days(self, days: slice) -> Starts:
        """Return the outcomes of some of the days."""
        is_known = None if self.is_known is None else self.is_known[days]
        return Starts(self.shift_min, self.is_large[days], self.is_met[days], self.exposure_person_min[days], is_known)


@dataclass(frozen=True)
class Candidate:
    """A piece of one venue choice's profile that may be a window: neighbouring starts, and those beside them.

    ``before_min`` and ``after_min`` are the starts beside it; None at an end of the profile.
    """

    venue_choice: str
    shift_min: tuple[float, ...]
    middle: int  # index of the start that is tested first
    before_min: float | None
    after_min: float | None

    @property
    def width_min(self) -> float:
        """From the first to the last start, min."""
        return self.shift_min[-1] - self.shift_min[0]


@dataclass(frozen=True)
class Window:
    """Neighbouring starts that are all confirmed.

    ``upper`` (2, k) holds the exact upper bounds of both outcomes at the levels they were tested at; the window holds
    ``first`` to ``last``. A bound of ``"hours"`` has nothing simulated beyond it.
    """

    venue_choice: str
    shift_min: FloatArray  # of the confirmed starts, ascending
    n_days: int
    hits: LongArray  # (2, len(shift_min))
    upper: FloatArray  # (2, len(shift_min))
    exposure_person_min: FloatArray  # (len(shift_min),) mean of the confirming days
    before: Bound
    after: Bound
    before_hits: tuple[int, int] | None = None  # of the start beyond: days with the worse outcome, of so many
    after_hits: tuple[int, int] | None = None
    is_open_before: bool = False  # theory: P cannot rise beyond
    is_open_after: bool = False

    @property
    def width_min(self) -> float:
        """From the first to the last confirmed start, min."""
        return float(self.shift_min[-1] - self.shift_min[0])

    def compute_slack_min(self, shift_min: float) -> tuple[float, float]:
        """Compute how much later than drawn side 1, and side 2, may be at a start and still be inside, min.

        A side that is m minutes later moves its convoys, its rally and its way home; that is at most as bad as the start
        m minutes earlier (side 1) or later (side 2) in the shift. Lateness as it is drawn is in every P already.

        Raises
        ------
        ValueError
            When the start is outside the window.
        """
        if not self.shift_min[0] <= shift_min <= self.shift_min[-1]:
            raise ValueError(f"a shift of {shift_min:g} min is outside the window")
        before = inf if self.is_open_before else float(shift_min - self.shift_min[0])
        after = inf if self.is_open_after else float(self.shift_min[-1] - shift_min)
        return before, after


def compute_upper_bound(hits: ArrayLike, n: ArrayLike, level: ArrayLike) -> FloatArray:
    """Compute the Clopper–Pearson upper bound of a share at a one-sided level.

    The largest p with P(X ≤ hits) ≥ level, X ~ Binomial(n, p): the quantile 1 − level of Beta(hits + 1, n − hits).

    Returns
    -------
    The bound; 1 for n of n and for no days.
    """
    x, days, error = np.broadcast_arrays(*(np.asarray(part, np.float64) for part in (hits, n, level)))
    if np.any(x < 0) or np.any(x > days):
        raise ValueError("hits must lie between 0 and n")
    bound = special.betaincinv(x + 1.0, np.maximum(days - x, 1.0), 1.0 - error)
    return np.where(x >= days, 1.0, bound)


def compute_needed_days(threshold: float, level: float) -> int:
    """Compute how many days without a hit confirm a start: the least n with (1 − threshold)ⁿ < level."""
    return ceil(log(level) / log(1.0 - threshold) + 1e-12)


def find_candidates(venue_choice: str, starts: Starts, threshold: float) -> list[Candidate]:
    """Find where windows may be: runs of starts with few hits of either outcome among the screening days.

    The middle is the start furthest from the run's ends; of two, the one with less exposure. An end of the profile
    counts as no end of the run: beyond the longest gap nothing bad is known.
    """
    if starts.n_days == 0:
        return []
    is_low = np.all(starts.hits <= SCREENED_SHARE * threshold * starts.n_days, axis=0).reshape(-1)
    edge = np.diff(np.concatenate([[0], is_low.astype(np.int8), [0]]))
    exposure = starts.exposure_person_min.mean(axis=0)
    shift, k = starts.shift_min.tolist(), len(starts.shift_min)
    found = []
    for first, after in zip(np.flatnonzero(edge == 1).tolist(), np.flatnonzero(edge == -1).tolist(), strict=True):
        index = np.arange(first, after)
        from_first = index - first if first > 0 else np.full(len(index), k)
        from_last = after - 1 - index if after < k else np.full(len(index), k)
        middle = int(np.lexsort((exposure[first:after], -np.minimum(from_first, from_last)))[0])
        found.append(
            Candidate(
                venue_choice,
                tuple(shift[first:after]),
                middle,
                shift[first - 1] if first > 0 else None,
                shift[after] if after < k else None,
            )
        )
    return found


def choose_candidates(
    candidates: Sequence[Candidate], screened: Mapping[str, Starts], most: int, planned_venue_choice: str
) -> list[Candidate]:
    """Choose the candidates worth a share of the error: the planned venues' first, then the widest.

    Of equals those with the least exposure.
    """

    def rank(candidate: Candidate) -> tuple[bool, float, float]:
        starts = screened[candidate.venue_choice]
        at = starts.find([candidate.shift_min[candidate.middle]])
        is_other = candidate.venue_choice != planned_venue_choice
        return is_other, -candidate.width_min, float(starts.exposure_person_min[:, at].mean())

    return sorted(candidates, key=rank)[:most]


def confirm_windows(
    candidates: Sequence[Candidate],
    fresh: Mapping[str, Starts],
    threshold: float,
    level: float,
    falling_from_min: float = inf,
    *,
    screened: Mapping[str, Starts] | None = None,
    n_sharing: int | None = None,
) -> list[Window]:
    """Confirm candidates on days that did not choose them.

    Parameters
    ----------
    fresh
        Outcomes by venue choice, of days that found no candidate; at least at the candidates' starts.
    level
        The probability that anything told is wrong, shared by all candidates.
    falling_from_min
        From this gap on, either order, P cannot rise with the gap (`compute_falling_from_min`); a window that reaches
        the end of the profile beyond it is open there.
    screened
        Outcomes of the days that found the candidates: what ends a window beside them; ``fresh`` if not given.
    n_sharing
        How many candidates share the level; those at hand if not given.

    Returns
    -------
    The windows whose middle holds, in the candidates' order.
    """
    own_level = level / max(1, len(candidates) if n_sharing is None else n_sharing)
    beside = fresh if screened is None else screened
    windows = (
        _confirm(
            candidate,
            fresh[candidate.venue_choice],
            beside[candidate.venue_choice],
            threshold,
            own_level,
            falling_from_min,
        )
        for candidate in candidates
    )
    return [window for window in windows if window is not None]


def _confirm(
    candidate: Candidate, starts: Starts, beside: Starts, threshold: float, level: float, falling_from_min: float
) -> Window | None:
    """Confirm one candidate, from its middle outwards."""
    n, own = starts.n_days, starts.find(candidate.shift_min)
    hits, exposure = starts.hits[:, own], starts.exposure_person_min[:, own]
    tested = np.full(len(own), 0.5 * level)
    tested[candidate.middle] = level
    upper = compute_upper_bound(hits, n, tested)
    is_safe = np.all(upper < threshold, axis=0).reshape(-1)
    if not is_safe[candidate.middle]:
        return None
    first = last = candidate.middle
    while first > 0 and is_safe[first - 1]:
        first -= 1
    while last < len(own) - 1 and is_safe[last + 1]:
        last += 1
    shift = candidate.shift_min

    def bound(beyond_min: float | None, known: Starts) -> tuple[Bound, tuple[int, int] | None]:
        if beyond_min is None:
            return "hours", None
        worse, days = known.count_at(beyond_min)
        return ("contact" if worse >= threshold * days else "unconfirmed"), (worse, days)

    before, before_hits = bound(shift[first - 1], starts) if first > 0 else bound(candidate.before_min, beside)
    is_last = last == len(own) - 1
    after, after_hits = bound(candidate.after_min, beside) if is_last else bound(shift[last + 1], starts)
    inside = slice(first, last + 1)
    return Window(
        candidate.venue_choice,
        np.array(shift[inside]),
        n,
        hits[:, inside],
        upper[:, inside],
        exposure[:, inside].mean(axis=0),
        before,
        after,
        before_hits,
        after_hits,
        is_open_before=before == "hours" and shift[0] <= -falling_from_min,
        is_open_after=after == "hours" and shift[-1] >= falling_from_min,
    )
