"""Measure how far each verification case is from the answer derived for it, and write docs/verification.csv.

    python -m tests.benchmarks.errors

Runs tests/verification and notes what every comparison with a tolerance finds. Cases that compare for equality, or with a
bound or an interval, have no number.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "verification"
TABLE = ROOT / "docs" / "verification.csv"
NO_NUMBER = "–"


class Measurement:
    """A pytest plugin that notes, for each file, the widest tolerance and the largest absolute difference."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[float, float]] = {}
        self.file = ""

    def note(self, actual: Any, expected: Any, tolerance: float) -> None:
        """Note how far a value is from what was expected."""
        if np.isfinite(expected) and np.isfinite(actual):
            widest, largest = self.found[self.file]
            self.found[self.file] = max(widest, tolerance), max(largest, abs(float(actual) - float(expected)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Note the file of each test."""
        self.file = item.path.stem
        self.found.setdefault(self.file, (0.0, 0.0))
        yield


def measure(folder: Path) -> tuple[int, Measurement]:
    """Run the cases of a folder with their comparisons watched."""
    measurement = Measurement()
    scalar: Any = type(pytest.approx(1.0))  # those of lists and arrays compare by it, number by number
    compare: Callable[[Any, Any], bool] = scalar.__eq__

    def watched(approx: Any, actual: Any) -> bool:
        if np.ndim(actual) == 0:
            measurement.note(actual, approx.expected, approx.tolerance)
        return compare(approx, actual)

    scalar.__eq__ = watched
    status = pytest.main(["-q", "-n", "0", "-p", "no:cacheprovider", str(folder)], plugins=[measurement])
    scalar.__eq__ = compare
    return int(status), measurement


def main() -> int:
    """Measure, and write the table when every case holds."""
    status, measurement = measure(FOLDER)
    if status == 0:
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["file", "tolerance", "largest_error"])
            for name, (tolerance, error) in sorted(measurement.found.items()):
                texts = (f"{tolerance:.1g}", f"{error:.1g}") if tolerance else (NO_NUMBER, NO_NUMBER)
                writer.writerow([name, *texts])
        print(TABLE.relative_to(ROOT))
    return status


if __name__ == "__main__":
    sys.exit(main())
