"""How often a sweep of the day tells a start as safe that is not, at truths just above the threshold.

python -m tests.benchmarks.false_safe [SWEEPS]
"""

from __future__ import annotations

import sys

import numpy as np

from konvoi.options import compose_settings
from tests.support.windows import SHIFTS, draw_starts, find_windows

TRUTHS = (0.05, 0.055, 0.06)
TIES = (0.0, 0.9, 0.97)
INSIDE = (120.0, 165.0)  # of the profile with a safe window


def main() -> None:
    """Print the rates for the default numbers of days and candidates."""
    sweeps = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    design = compose_settings([]).door.design
    starts = design.starts
    assert starts is not None
    days = starts.screening_days + starts.confirming_days
    level = 1.0 - design.confidence
    inside = (INSIDE[0] <= SHIFTS) & (INSIDE[1] >= SHIFTS)
    print(f"{sweeps} sweeps, {starts.screening_days} + {starts.confirming_days} days, {starts.candidates} candidates")
    print(f"{'P(contact)':>10} {'tie':>5} {'all unsafe':>11} {'beside a window':>16}   stated: at most {level:.0%}")
    for truth in TRUTHS:
        for tie in TIES:
            generator = np.random.default_rng([round(1e4 * truth), round(1e4 * tie)])
            everywhere = np.full(len(SHIFTS), truth)
            beside = np.where(inside, 0.0, truth)
            false = [0, 0]
            for _ in range(sweeps):
                for kind, p in enumerate((everywhere, beside)):
                    drawn = draw_starts(p, p, days, generator, tie)
                    windows = find_windows(drawn, starts.screening_days, level, starts.candidates)
                    false[kind] += any(
                        kind == 0 or window.shift_min[0] < INSIDE[0] or window.shift_min[-1] > INSIDE[1]
                        for window in windows
                    )
            print(f"{truth:10.1%} {tie:5.2f} {false[0] / sweeps:11.2%} {false[1] / sweeps:16.2%}", flush=True)


if __name__ == "__main__":
    main()
