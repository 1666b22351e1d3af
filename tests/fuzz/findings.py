"""What a fuzzer has tried, and what it has found: one file a kind of fault, with the case that shows it."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from konvoi.errors import RallyError


class Findings:
    """Counts cases, and writes the first of each kind of fault into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.slowest_s: dict[str, float] = {}

    def try_case(self, name: str, case: bytes, read: Callable[[], object], limit_s: float) -> None:
        """Try a case: it is taken, refused in our words, or found."""
        self.cases[name] += 1
        began_s = time.process_time()  # a busy machine makes no reader slow
        reason = trace = ""
        try:
            read()
            self.taken[name] += 1
        except RallyError:
            pass
        except Exception as fault:
            frame = traceback.extract_tb(fault.__traceback__)[-1]
            reason = f"{type(fault).__name__} in {Path(frame.filename).name}:{frame.lineno}"
            trace = traceback.format_exc()
        lasted_s = time.process_time() - began_s
        self.slowest_s[name] = max(self.slowest_s.get(name, 0.0), lasted_s)
        if not reason and lasted_s > limit_s:
            reason, trace = f"slow {name}", f"{lasted_s:.0f} s"
        if reason:
            self.kinds[reason] += 1
            if self.kinds[reason] == 1:
                self._write(name, case, reason, trace)

    def describe(self) -> str:
        """Say how much was tried, how much of it was taken, and what was found."""
        lines = [f"{sum(self.cases.values())} cases; {len(self.kinds)} kinds of fault"]
        for name, n in sorted(self.cases.items()):
            lines.append(f"  {name}: {n} cases, {self.taken[name]} taken, slowest {self.slowest_s[name]:.1f} s")
        lines += [f"  ! {reason}: {n} times" for reason, n in self.kinds.most_common()]
        return "\n".join(lines)

    def _write(self, name: str, case: bytes, reason: str, trace: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        stem = self.folder / f"{len(self.kinds)}-{name.replace(' ', '-')}"
        stem.with_suffix(".case").write_bytes(case)
        stem.with_suffix(".txt").write_text(f"{name}: {reason}\n{trace}", encoding="utf-8")
        print(f"FOUND {name}: {reason} → {stem}.txt", flush=True)
