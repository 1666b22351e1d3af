"""Days told alone against the full engine at all starts: time, share of exact days, and what the others get wrong.

    python -m tests.benchmarks.alone [DAYS] [SCENARIO] [STEP_MIN]

One row per shift of side 2's rally against side 1's. Errors are those of all days as told alone, before any is corrected
by the full engine: of exposure of the sides, and of the shares of days with riders' and with large contact.
"""

from __future__ import annotations

import sys
from time import process_time

import numpy as np

from konvoi.alone import Evaluation, Evaluator
from konvoi.options import compose_settings
from konvoi.town import prepare_town
from konvoi.units import SECONDS_PER_MINUTE, clock_to_s

LONGEST_MIN = 390
COLUMNS = ("side_exposure_person_min", "has_any_riders", "has_large")


def main(words: list[str]) -> None:
    """Print the table."""
    days, name, step_min = (int(words[0]) if words else 100), (words[1:2] or [""])[0], int((words[2:3] or ["15"])[0])
    settings = compose_settings([f"scenario={name}"] if name else [])
    config = settings.build_config()
    town = prepare_town(config, settings.scenario.path)
    evaluator = Evaluator(config, town, keep_days=40)
    first_s = clock_to_s(config.scenario.rally.first_start)
    evaluator.evaluate(0)
    evaluator.simulate(0, starts_s=(first_s, first_s), venue_pair=config.venue_pair_key)  # both are compiled now
    shifts_min = range(-LONGEST_MIN, LONGEST_MIN + 1, step_min)
    alone_s, full_s = np.zeros((days, len(shifts_min))), np.zeros((days, len(shifts_min)))
    is_exact = np.zeros((days, len(shifts_min)), bool)
    told, true = np.zeros((days, len(shifts_min), 3)), np.zeros((days, len(shifts_min), 3))
    n_unequal = 0
    for day in range(days):
        for k, shift_min in enumerate(shifts_min):
            shift_s = shift_min * SECONDS_PER_MINUTE
            starts_s = (first_s + max(0.0, -shift_s), first_s + max(0.0, shift_s))
            for side in (1, 2):
                evaluator.get_day(day, side, starts_s, config.venue_pair_key)
            begin_s = process_time()
            found = evaluator.evaluate(day, starts_s=starts_s)
            told[day, k] = _measure(found)
            alone_s[day, k] = process_time() - begin_s
            begin_s = process_time()
            full = evaluator.simulate(day, starts_s=starts_s, venue_pair=config.venue_pair_key)
            true[day, k] = _measure(full)
            full_s[day, k] = process_time() - begin_s
            is_exact[day, k] = found.is_exact
            n_unequal += found.is_exact and found.row != full.row and not _is_equal(found, full)
    print(
        "shift  exact  alone_ms  full_ms  exposure_alone  exposure_full  riders_alone  riders_full  large_alone  large_full"
    )
    for k, shift_min in enumerate(shifts_min):
        own, both = told[:, k].mean(axis=0), true[:, k].mean(axis=0)
        print(
            f"{shift_min:5d} {is_exact[:, k].mean():6.2f} {1e3 * alone_s[:, k].mean():9.1f} {1e3 * full_s[:, k].mean():8.0f}"
            f" {own[0]:15.1f} {both[0]:14.1f} {own[1]:13.3f} {both[1]:12.3f} {own[2]:12.3f} {both[2]:11.3f}"
        )
    print(
        f"{days} days: {evaluator.count_simulated} days of one side simulated, {evaluator.count_resimulated} of them again; "
        f"{is_exact.mean():.2f} exact, {n_unequal} of them not equal to the full engine; "
        f"alone {1e3 * alone_s.mean():.1f} ms a day and start, full {1e3 * full_s.mean():.0f} ms"
    )


def _measure(found: Evaluation) -> list[float]:
    return [float(found.row[column]) for column in COLUMNS]


def _is_equal(one: Evaluation, other: Evaluation) -> bool:
    """Whether two evaluations have the same outcomes to the last bit."""
    return all(np.array_equal(one.row[name], other.row[name], equal_nan=True) for name in one.row)


if __name__ == "__main__":
    main(sys.argv[1:])
