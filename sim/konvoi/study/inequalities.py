"""The rule behind a window, in clock hours: while one crowd stands, the other rides.

With side A first and δ the later start minus the earlier one, the sides share no road at a time if

    out      everyone of A has arrived            before  B sets out:     a_A  <  δ + s_B
    standing everyone of B has arrived            before  A is let go:    δ + a_B  <  l_A
    home     everyone of A is home                before  B is let go:    h_A  <  δ + l_B

all counted from each side's own planned start: s (set out, negative), a (arrived), l (let go), h (home). They are
sufficient, not needed: people who share no road may break them unharmed. One that is broken at a start where, simulated,
nobody meets, is not needed there, and is told as such. What the others allow is shown beside what the simulation does:

    max(a_A − s_B, h_A − l_B)  <  δ  <  l_A − a_B

Only l_A − a_B grows with the length of the rally; the window closes when the rally is shorter than
length − (right edge − left edge). At long gaps another condition alone is enough:

    apart    everyone of A is home                before  B sets out:     h_A  <  δ + s_B
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np

from konvoi.arrays import FloatArray

Name = Literal["out", "standing", "home", "apart"]

HELD_SHARE = 0.9  # assumption: of days on which a condition has to hold to be what keeps the sides apart


@dataclass(frozen=True)
class SideTimes:
    """When a side moves on each of n days, min after its own planned start; the same days for both sides."""

    set_out_min: FloatArray  # the first people gather or ride
    arrived_min: FloatArray  # all have arrived, but for fewer than make a contact
    let_go_min: FloatArray  # the first leave the rally
    home_min: FloatArray  # all are home, but for fewer than make a contact

    def __post_init__(self) -> None:
        shapes = {values.shape for values in (self.set_out_min, self.arrived_min, self.let_go_min, self.home_min)}
        if len(shapes) != 1 or self.set_out_min.ndim != 1 or not len(self.set_out_min):
            raise ValueError(f"a side's times need one value a day each; got {sorted(shapes)}")


@dataclass(frozen=True)
class Inequality:
    """One condition at one start: by when the first must be over, from when on the second begins."""

    name: Name
    first_side: int  # the side whose moving must be over
    over_min: float  # when it is over on the median day, min after the earlier rally's planned start
    begin_min: float  # when the other begins on the median day
    slack_min: float  # to spare on so many of the days; negative where it does not hold
    held_share: float  # of days on which it holds

    @property
    def holds(self) -> bool:
        """Whether it holds on nearly all days, so that it may be what keeps the sides apart."""
        return self.held_share >= HELD_SHARE


@dataclass(frozen=True)
class Edges:
    """Which gaps the inequalities that are needed allow, min."""

    low_min: float
    high_min: float
    low_name: Name  # the inequality that binds
    needed_length_min: float  # rally length at which the window closes

    @property
    def width_min(self) -> float:
        """Width of the window; negative where there is none."""
        return self.high_min - self.low_min


def explain_gap(
    earlier: SideTimes, later: SideTimes, gap_min: float, earlier_side: int, confidence: float
) -> list[Inequality]:
    """Explain why a gap at which nobody meets is safe: by the three conditions of a window, or by that of sides apart.

    Returns
    -------
    The three, or the one, that hold on nearly all days. Else the three, where some do: at the times of the others the
    sides share no road. None where none does.
    """
    inside = compute_inequalities(earlier, later, gap_min, earlier_side, confidence)
    apart = _compare("apart", earlier_side, earlier.home_min, gap_min + later.set_out_min, confidence)
    if not all(rule.holds for rule in inside) and apart.holds:
        return [apart]
    return inside if any(rule.holds for rule in inside) else []


def compute_inequalities(
    earlier: SideTimes, later: SideTimes, gap_min: float, earlier_side: int, confidence: float
) -> list[Inequality]:
    """Compute the three conditions at a gap, each at the confidence (a share of days)."""
    pairs: list[tuple[Name, int, FloatArray, FloatArray]] = [
        ("out", earlier_side, earlier.arrived_min, gap_min + later.set_out_min),
        ("standing", 3 - earlier_side, gap_min + later.arrived_min, earlier.let_go_min),
        ("home", earlier_side, earlier.home_min, gap_min + later.let_go_min),
    ]
    return [_compare(name, side, over, begin, confidence) for name, side, over, begin in pairs]


def compute_edges(
    earlier: SideTimes,
    later: SideTimes,
    length_min: float,
    confidence: float,
    near: Collection[Name] = ("out", "home"),
) -> Edges:
    """Compute the gaps at which each condition holds on the share of days ``confidence``.

    Parameters
    ----------
    length_min
        Planned length of the earlier rally.
    near
        Which of the two conditions of the near edge are needed; one at least.
    """
    over_less_begin = {
        "out": earlier.arrived_min - later.set_out_min,
        "home": earlier.home_min - later.let_go_min,
    }
    lows: dict[Name, float] = {name: _find_quantile(over_less_begin[name], confidence) for name in near}
    low_name = max(lows, key=lambda name: lows[name])
    high_min = _find_quantile(earlier.let_go_min - later.arrived_min, 1.0 - confidence)
    return Edges(lows[low_name], high_min, low_name, length_min - (high_min - lows[low_name]))


def compute_broken_share(earlier: SideTimes, later: SideTimes, gap_min: FloatArray) -> FloatArray:
    """Compute on which share of days any condition is broken, at each gap: what theory says of P beside the simulation."""
    gap = np.asarray(gap_min, np.float64)[:, None]
    is_broken = (
        (earlier.arrived_min >= gap + later.set_out_min)
        | (gap + later.arrived_min >= earlier.let_go_min)
        | (earlier.home_min >= gap + later.let_go_min)
    )
    return np.asarray(is_broken.mean(axis=1), np.float64)


def _compare(name: Name, side: int, over: FloatArray, begin: FloatArray, confidence: float) -> Inequality:
    """Compare when one thing is over with when the other begins, day by day."""
    return Inequality(
        name,
        side,
        float(np.median(over)),
        float(np.median(begin)),
        _find_quantile(begin - over, 1.0 - confidence),
        float(np.mean(begin > over)),
    )


def _find_quantile(values: FloatArray, share: float) -> float:
    """Find an order statistic, so that rare days are not averaged away: from above for late times, from below for early."""
    return float(np.quantile(values, share, method="higher" if share >= 0.5 else "lower"))
