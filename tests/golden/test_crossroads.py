"""Golden numbers of the crossroads: they change only on purpose, with a changelog line that starts "Regression"."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from konvoi.replication import run_replication
from tests.fixtures import load_crossroads

GOLDEN = Path(__file__).parent / "crossroads.json"


def measure() -> list[dict[str, float]]:
    """Run ten replications and keep the numbers."""
    config, town, routes = load_crossroads()
    keys = ("vehicles_1", "vehicles_2", "people_1", "people_2", "contacts", "exposure_person_min", "delay_vehicle_h")
    rows = [run_replication(config, town, routes, replication).row for replication in range(10)]
    return [{key: round(float(row[key]), 6) for key in keys} for row in rows]


def test_the_numbers_are_those_of_the_last_release() -> None:
    expected = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert sum(row["contacts"] for row in expected) > 0
    for got, row in zip(measure(), expected, strict=True):
        assert got == pytest.approx(row, rel=1e-6, abs=1e-6)
