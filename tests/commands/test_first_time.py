"""What the first run says: compiling takes minutes, and nothing would seem to happen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import konvoi.commands.telling
from tests.support.commands import call_konvoi


@pytest.mark.parametrize("are_compiled", [True, False])
def test_only_the_first_run_compiles_the_engine_and_says_so(
    are_compiled: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiled = []

    def compile_kernels(watch: Callable[[int, int], None]) -> None:
        watch(0, 28)
        compiled.append(28)

    monkeypatch.setattr(konvoi.commands.telling, "are_compiled", lambda: are_compiled)
    monkeypatch.setattr(konvoi.commands.telling, "compile_kernels", compile_kernels)
    told = call_konvoi("run", "scenario=crossroads", "progress=false", "lang=en", cwd=tmp_path).stdout
    assert ("engine is compiled for this computer" in told) != are_compiled
    assert bool(compiled) != are_compiled
