"""What the whole suite shares: golden files, compared with or written anew (`pytest tests/golden --update-golden`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

Rows = Sequence[Mapping[str, float]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write golden files anew instead of comparing with them"
    )


@pytest.fixture
def compare_with_golden(request: pytest.FixtureRequest) -> Callable[[Path, Rows], None]:
    """Return a function that compares rows of numbers with a golden file, or writes them there with --update-golden."""

    def compare(path: Path, measured: Rows) -> None:
        if request.config.getoption("--update-golden"):
            path.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
        expected = json.loads(path.read_text(encoding="utf-8"))
        assert len(measured) == len(expected)
        for got, row in zip(measured, expected, strict=True):
            assert got == pytest.approx(row, rel=1e-6, abs=1e-6)

    return compare
