"""Commands of konvoi for tests: in this process, which is cheap, or in one of their own, as a user starts them."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

from konvoi.cli import main
from tests.support.road_files import ROOT

Done = subprocess.CompletedProcess[str]


def start_konvoi(*words: str, cwd: Path) -> Done:
    """Run a command in a process of its own, from the tree these tests stand in."""
    return subprocess.run(
        [sys.executable, "-m", "konvoi.cli", *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT / "sim")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )


def call_konvoi(*words: str, cwd: Path) -> Done:
    """Run a command in this process; imports and kernels are loaded once for all tests."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())
