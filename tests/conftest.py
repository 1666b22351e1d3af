"""What the whole suite shares: renewing golden files, and measuring how far answers are from those derived by hand.

    python -m pytest tests/golden --update-golden
    python -m pytest tests/verification --measure-errors
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ERRORS = Path(__file__).parents[1] / "docs" / "verification.csv"
COLUMNS = ("file", "tolerance", "largest_error")
NOT_MEASURED = "–"  # the tests of a file compare for equality, or with a bound or an interval of their own


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("konvoi")
    group.addoption("--update-golden", action="store_true", help="write golden files anew instead of comparing with them")
    group.addoption("--measure-errors", action="store_true", help="write the largest errors to docs/verification.csv")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--measure-errors") and getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("--measure-errors: measures in one process; leave out -n")


@pytest.fixture
def compare_with_golden(request: pytest.FixtureRequest) -> Callable[[Path, Any], None]:
    """Return a function that compares numbers with a golden file, or writes them there with --update-golden."""

    def compare(path: Path, measured: Any) -> None:
        if request.config.getoption("--update-golden"):
            path.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
        expected = json.loads(path.read_text(encoding="utf-8"))
        assert len(measured) == len(expected)
        for got, row in zip(measured, expected, strict=True):
            assert got == pytest.approx(row, rel=1e-6, abs=1e-6)

    return compare


class Noted:
    """`pytest.approx` that also notes the tolerance and the error of each comparison."""

    __array_ufunc__ = None  # lets NumPy ask this class first
    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, expected: Any, rel: float | None, abs: float | None, note: Callable[[float, float], None]) -> None:
        self._expected, self._note = expected, note
        self._rel = 1e-6 if rel is None and abs is None else rel or 0.0
        self._abs = 1e-12 if abs is None else abs
        self._approx = _APPROX(expected, rel=rel, abs=abs)

    def __eq__(self, actual: object) -> bool:
        if not isinstance(self._expected, dict):
            expected, got = np.asarray(self._expected, float), np.asarray(actual, float)
            if expected.shape in ((), got.shape):
                known = np.isfinite(expected) & np.isfinite(got)
                tolerance = np.broadcast_to(np.maximum(self._rel * np.abs(expected), self._abs), got.shape)[known]
                if tolerance.size:
                    self._note(float(tolerance.max()), float(np.abs(got - expected)[known].max()))
        return bool(self._approx == actual)

    def __repr__(self) -> str:
        return repr(self._approx)


_APPROX = pytest.approx


@pytest.fixture(autouse=True)
def _note_errors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Note the errors of a verification file while --measure-errors is given."""
    path = request.path
    if not request.config.getoption("--measure-errors") or path.parent.name != "verification":
        yield
        return
    found: dict[str, tuple[float, float]] = request.config.stash.setdefault(_FOUND, {})
    found.setdefault(path.stem, (0.0, 0.0))

    def note(tolerance: float, error: float) -> None:
        widest, largest = found[path.stem]
        found[path.stem] = max(widest, tolerance), max(largest, error)

    monkeypatch.setattr(pytest, "approx", lambda expected, rel=None, abs=None: Noted(expected, rel, abs, note))
    yield


_FOUND = pytest.StashKey[dict[str, tuple[float, float]]]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    found = session.config.stash.get(_FOUND, {})
    if not found or exitstatus != pytest.ExitCode.OK:
        return
    rows = {}
    if ERRORS.exists():
        with ERRORS.open(encoding="utf-8", newline="") as file:
            rows = {row["file"]: row for row in csv.DictReader(file)}
    for name, (tolerance, error) in found.items():
        texts = (f"{tolerance:.1g}", f"{error:.1g}") if tolerance else (NOT_MEASURED, NOT_MEASURED)
        rows[name] = dict(zip(COLUMNS, (name, *texts), strict=True))
    with ERRORS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[name] for name in sorted(rows))
