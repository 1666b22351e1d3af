"""Measure how far each verification case is from the answer derived for it: a table of the largest differences.

    python -m tests.performance.errors

Runs tests/verification and notes what every comparison with a tolerance finds. Cases that compare exactly, or ask for
yes or no, have no number.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "verification"


class Measurement:
    """A pytest plugin that notes the largest absolute difference of each file, and the tests that have one."""

    def __init__(self) -> None:
        self.largest: dict[str, float] = {}
        self.tests: dict[str, int] = {}
        self.file = ""

    def note(self, actual: Any, expected: Any) -> None:
        """Note how far a value, or each of many, is from what was expected."""
        try:
            difference = np.abs(np.asarray(actual, float) - np.asarray(expected, float))
        except (TypeError, ValueError):
            return
        if difference.size:
            self.largest[self.file] = max(self.largest.get(self.file, 0.0), float(np.nanmax(difference)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Note the file of each test."""
        self.file = item.path.stem
        self.tests[self.file] = self.tests.get(self.file, 0) + 1
        yield


def measure(folder: Path) -> tuple[int, Measurement]:
    """Run the cases of a folder with their comparisons watched."""
    measurement = Measurement()

    def watch(compare: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **settings: Any) -> Any:
            approx, actual = arguments
            measurement.note(actual, approx.expected)
            return compare(*arguments, **settings)

        return watched

    for kind in {type(pytest.approx(value)) for value in (1.0, [1.0], np.ones(1))}:
        kind.__eq__ = watch(kind.__eq__)
    allclose = np.allclose

    def watched_allclose(actual: Any, expected: Any, **settings: Any) -> bool:
        measurement.note(actual, expected)
        return bool(allclose(actual, expected, **settings))

    np.allclose = watched_allclose
    status = pytest.main(["-q", "-p", "no:cacheprovider", str(folder)], plugins=[measurement])
    np.allclose = allclose
    return int(status), measurement


def main() -> int:
    """Measure and print the table."""
    status, measurement = measure(FOLDER)
    print("| case | tests | largest difference |\n|---|---|---|")
    for file in sorted(measurement.tests):
        largest = measurement.largest.get(file)
        print(
            f"| {file.removeprefix('test_')} | {measurement.tests[file]} | {'exact' if largest is None else f'{largest:.1e}'} |"
        )
    return status


if __name__ == "__main__":
    sys.exit(main())
