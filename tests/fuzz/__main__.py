"""Fuzz readers and sweeps for some minutes: ``python -m tests.fuzz minutes=30 [seed=1] [what=readers|sweeps] [out=DIR]``.

Ends with 1 when something was found. Every fourth round is a sweep with its pack; all others mutate files.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

from tests.fuzz.findings import Findings
from tests.fuzz.readers import Readers, fuzz_readers
from tests.fuzz.sweeps import draw_words, sweep_and_report

LIMIT_S = 120.0  # of the processor, for one small sweep and its pack


def main(words: list[str]) -> int:
    """Fuzz for the time asked; return whether anything was found."""
    options = {"minutes": "1", "seed": "1", "what": "", "out": "outputs/fuzz"} | dict(
        word.split("=", 1) for word in words
    )
    warnings.simplefilter("ignore")
    findings = Findings(Path(options["out"]))
    end_s = time.monotonic() + 60.0 * float(options["minutes"])
    number = int(options["seed"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        readers = Readers(folder)
        while time.monotonic() < end_s:
            if options["what"] == "sweeps" or (options["what"] == "" and number % 4 == 0):
                _try_sweep(number, folder / f"sweep-{number}", findings)
            else:
                fuzz_readers(number, readers, end_s, findings)
            number += 1
    print(f"rounds {options['seed']} to {number - 1}: {findings.describe()}")
    return min(len(findings.kinds), 1)


def _try_sweep(number: int, folder: Path, findings: Findings) -> None:
    with Path(os.devnull).open("w", encoding="utf-8") as silent, contextlib.redirect_stdout(silent):
        case = "\n".join(draw_words(number)).encode()
        findings.try_case("sweep", case, lambda: sweep_and_report(number, folder, has_pack=number % 8 == 0), LIMIT_S)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
