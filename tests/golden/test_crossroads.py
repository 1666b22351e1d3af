"""Golden numbers of the crossroads: they change only on purpose, with a changelog line that starts "Regression" (--update-golden)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from konvoi.replication import run_replication
from tests.support.crossroads import load_crossroads

Rows = Sequence[Mapping[str, float]]
GOLDEN = Path(__file__).parent / "crossroads.json"


def measure() -> Rows:
    """Run ten replications and keep the numbers."""
    config, town, routes = load_crossroads()
    keys = ("vehicles_1", "vehicles_2", "people_1", "people_2", "contacts", "exposure_person_min", "delay_vehicle_h")
    rows = [run_replication(config, town, routes, replication).row for replication in range(10)]
    return [{key: round(float(row[key]), 6) for key in keys} for row in rows]


def test_the_numbers_are_those_of_the_last_release(compare_with_golden: Callable[[Path, Rows], None]) -> None:
    measured = measure()
    assert sum(row["contacts"] for row in measured) > 0
    compare_with_golden(GOLDEN, measured)
