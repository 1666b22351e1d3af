"""Compare the movement kernel with its plain twin on as many random small towns as one likes.

    python -m tests.benchmarks.twin --towns 2000 --seed 1
    python -m tests.benchmarks.twin --towns 500 --bounds     (kernels with bounds checking, compiled for it alone)
    NUMBA_DISABLE_JIT=1 python -m tests.benchmarks.twin --towns 100     (kernels as plain Python)

The towns are those of tests/properties/test_movement_properties.py. The first one that differs is made as small as it
goes, printed with the first ride that differs, and the command ends with 1; the same seed finds it again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from hypothesis import HealthCheck, given, seed, settings


def compare(n_towns: int, number: int) -> None:
    """Compare on a number of towns, or fail with the smallest that differs."""
    from numba import config

    from tests.support.random_towns import Recipe, draw_recipes
    from tests.support.twin import compare_with_twin

    begin_s = time.monotonic()

    @seed(number)
    @settings(max_examples=n_towns, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(recipe=draw_recipes(has_escorts=True))
    def compare_all(recipe: Recipe) -> None:
        compare_with_twin(recipe)

    compare_all()
    way = "without JIT" if config.DISABLE_JIT else "with bounds checking" if config.BOUNDSCHECK else "compiled"
    print(f"{n_towns} towns, {way}: all alike ({time.monotonic() - begin_s:.0f} s)")


def run_with_bounds_checking(arguments: Sequence[str]) -> int:
    """Run this command again with kernels that check every index; a cached build would leave that out."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": folder}
        command = [sys.executable, "-m", "tests.benchmarks.twin", *arguments]
        return subprocess.run(command, env=environment, check=False).returncode


def main() -> int:
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(description="Compare the movement kernel with its plain twin.")
    parser.add_argument("--towns", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bounds", action="store_true", help="compile for it, with bounds checking (minutes)")
    chosen = parser.parse_args()
    if chosen.bounds:
        return run_with_bounds_checking(["--towns", str(chosen.towns), "--seed", str(chosen.seed)])
    compare(chosen.towns, chosen.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
