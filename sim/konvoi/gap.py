"""How far the starts of two rallies lie apart: minutes on one day, or another day."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from konvoi.units import SECONDS_PER_DAY, minutes_to_s

ANOTHER_DAY = "another_day"  # the level of ``rally.gap_min``


@dataclass(frozen=True)
class Gap:
    """Start of the later rally minus start of the earlier one; without minutes the rallies are on different days."""

    minutes: float | None

    @property
    def is_another_day(self) -> bool:
        """Whether the rallies are on different days."""
        return self.minutes is None

    @property
    def level(self) -> float | str:
        """The value of ``rally.gap_min`` that says so."""
        return ANOTHER_DAY if self.minutes is None else self.minutes

    @property
    def seconds(self) -> float:
        """The gap, s; another day is the next one."""
        return SECONDS_PER_DAY if self.minutes is None else minutes_to_s(self.minutes)

    @property
    def columns(self) -> dict[str, float | bool]:
        """What a table says of it: ``gap_min`` (NaN for another day) and ``is_another_day``."""
        return {
            "gap_min": math.nan if self.minutes is None else self.minutes,
            "is_another_day": self.is_another_day,
        }

    @classmethod
    def from_level(cls, level: float | str) -> Gap:
        """Read the value of ``rally.gap_min``."""
        return cls(None if level == ANOTHER_DAY else float(level))

    @classmethod
    def from_columns(cls, row: Mapping[str, Any]) -> Gap | None:
        """Read a row of a table with ``gap_min`` and ``is_another_day``; None where neither is known."""
        if row["is_another_day"]:
            return cls(None)
        minutes = row["gap_min"]
        return None if minutes is None or math.isnan(minutes) else cls(float(minutes))


DAY_APART = Gap(None)
