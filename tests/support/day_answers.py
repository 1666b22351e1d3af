"""The answer of a whole day, made by hand."""

from __future__ import annotations

from datetime import date
from math import inf

from konvoi.study.day_answer import (
    CaseFacts,
    DayAnswer,
    Option,
    PlaceFacts,
    PlanFacts,
    RuleHit,
    Trap,
)
from konvoi.study.distance import ChoiceRow, DistanceAnswer
from konvoi.study.inequalities import Inequality

H = 3600.0
SATURDAY = date(2024, 11, 23)


def build_plan(start_h: tuple[float, float] = (9.0, 9.0), large: int = 100, exposure: float = 69_533.0) -> PlanFacts:
    return PlanFacts(
        "km10",
        ("Lapangan Sangatta Selatan", "Stadion Kudungga"),
        (start_h[0] * H, start_h[1] * H),
        ((start_h[0] + 2.5) * H, (start_h[1] + 2.5) * H),
        100,
        large,
        large,
        large,
        exposure,
        0.93 * exposure,
        1.06 * exposure if exposure > 0.0 else None,
        4900.0,
    )


def build_answer() -> DayAnswer:
    rows = tuple(
        ChoiceRow(key, km, accuracy, large_days, 100, 1e5, 135.0, best_days, 100, 1.0)
        for key, km, accuracy, large_days, best_days in (
            ("km03", 3.4, 2500.0, 100, 0),
            ("km07", 7.3, 2500.0, 100, 1),
            ("km10", 10.1, 2500.0, 100, 0),
            ("km13", 13.0, 2500.0, 99, 0),
        )
    )
    prayer = RuleHit(
        "prayer", False, 2, SATURDAY, {"id": "salat Zuhur", "en": "noon prayer"}, (42900.0, 45000.0), None, "PKPU"
    )
    option = Option(
        build_plan((9.0, 11.25), 0, 12.0),
        0.0209,
        (15.0, inf),
        False,
        30.0,
        (120.0, 165.0),
        (118.0, 150.0),
        (
            Inequality("out", 1, 50.0, 62.0, 5.0, 0.97),
            Inequality("standing", 2, 160.0, 170.0, 4.0, 0.96),
            Inequality("home", 1, 200.0, 300.0, 60.0, 1.0),
        ),
        118.0,
        (prayer,),
    )
    return DayAnswer(
        "Kampanye akbar Kutai Timur, Sangatta", "0.2.0", 20241123, "WITA", SATURDAY, 0.05, 0.95, "change", build_plan(),
        (), DistanceAnswer(rows, "km10", False, True, "none", 100), option, None, None, 1, None, date(2024, 11, 22),
        (date(2024, 11, 24), date(2024, 11, 26)), Trap((9 * H, 14 * H), 35, 100, 100, 11_343.0, (9 * H, 12 * H), 1_109.0),
        (
            PlaceFacts("Simpang Tiga", 20.0, None, 0.37),
            PlaceFacts("Patung Singa", 60.0, None, 0.12),
            PlaceFacts("Stadion Kudungga", 612.0, "west", 0.07),
        ),
        (
            CaseFacts("turnout", "2", 4.1, 67, 100), CaseFacts("turnout", "0.5", 0.26, 0, 100),
            CaseFacts("home", "near", 0.0, 0, 100), CaseFacts("rain", "heavy", 1.06, 2, 100),
            CaseFacts("closure", "Jl. Yos Sudarso II", 0.9, 0, 100),
        ),
        100, 300, 150.0, 50.0, 60.0, (),
    )  # fmt: skip
