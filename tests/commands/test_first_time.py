"""What the first run says: compiling takes minutes, and nothing would seem to happen."""

from __future__ import annotations

from pathlib import Path

import pytest

import konvoi.commands.telling
from tests.support.commands import call_konvoi


@pytest.mark.parametrize("is_compiled", [True, False])
def test_only_the_first_run_says_that_the_engine_is_compiled(
    is_compiled: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(konvoi.commands.telling, "is_compiled", lambda: is_compiled)
    told = call_konvoi("run", "scenario=crossroads", "progress=false", "lang=en", cwd=tmp_path).stdout
    assert ("engine is compiled for this computer" in told) != is_compiled
