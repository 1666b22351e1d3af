"""The answer on the screen: at most ten lines, lawful, in clock hours, with what is not known; and its plain form."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from math import inf

import pytest

from konvoi.report.screen import MAX_LINES, WIDTH, format_screen, write_days, write_exposure, write_upper
from konvoi.study.day_answer import (
    CaseFacts,
    DayAnswer,
    Option,
    PlaceFacts,
    PlanFacts,
    RuleHit,
    Trap,
    choose_word,
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
        (), DistanceAnswer(rows, "km10", False, True, "none", 100), option, 1, None, date(2024, 11, 22),
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


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_screen_has_ten_lines_at_most_and_none_is_cut(lang: str) -> None:
    lines = format_screen(build_answer(), "outputs/kutim/figures/profile.png", lang).splitlines()
    assert len(lines) <= MAX_LINES
    assert not any("…" in line for line in lines), "\n".join(lines)
    assert all(len(line) <= WIDTH for line in lines)


def test_the_screen_says_what_to_do_why_when_and_what_is_not_known() -> None:
    text = format_screen(build_answer(), "profile.png", "id")
    for part in (
        "HASIL: RENCANA PERLU DIUBAH",
        "Sabtu, 23 November 2024",
        "100 dari 100 hari",
        "10 km tidak cukup",
        "jarak bukan penentu",
        "Paslon 1 09.00–11.30, Paslon 2 11.15–13.45",
        "jeda salat Zuhur",
        "satu paslon pindah ke Jumat, 22 November 2024",
        "24–26 masa tenang",
        "14.00",
        "Jangan 14.00 (Paslon 2): bertemu pada 100 dari 100 hari",
        "600 m barat Stadion Kudungga",
        "pendukung dekat lokasi sendiri → beban × 0",
        "usulan gagal 67 dari 100 hari bila peserta × 2",
        "profile.png",
    ):
        assert part in text, part
    for banned in ("kontak", "paparan", "putusan", "pasangan", "ditahan", "bersih", "ulangan", "selang", "10,1"):
        assert banned not in text.lower()


def test_an_unlawful_plan_is_told_as_such_and_without_an_option_nothing_is_recommended() -> None:
    quiet = RuleHit("quiet", True, 2, date(2024, 11, 24), None, None, None, "PKPU 13/2024")
    answer = dataclasses.replace(build_answer(), option=None, notified_hits=(quiet,), needed_days=59, other_day=None)
    text = format_screen(answer, "profile.png", "id")
    assert "Rencana melanggar aturan: Paslon 2 pada masa tenang (Minggu, 24 November 2024) [PKPU 13/2024]" in text
    assert "tidak ada jam mulai yang terbukti cukup" in text
    assert "sedikitnya 59 hari" in text
    assert "tidak ada tanggal kampanye yang masih sesuai" in text


def test_none_of_n_is_an_upper_bound_and_never_an_interval_from_0_to_0() -> None:
    assert write_days(0, 100, 0.95, "id") == "perjumpaan besar 0 dari 100 hari (paling tinggi 3,7 %)"
    assert (
        write_exposure(dataclasses.replace(build_plan(), exposure_person_min=0.0, exposure_high_person_min=None), "id")
        == "0"
    )
    assert write_exposure(build_plan(), "id") == "70.000 (64.000–74.000)"
    assert write_upper(0.0496, "id", 0.05) == "4,96 %"
    assert write_upper(0.0537, "en") == "5.4%"


@pytest.mark.parametrize(
    ("large", "riders", "lawful", "word"),
    [
        ((0.0, 0.037), (0.0, 0.037), True, "enough"),
        ((0.0, 0.037), (0.0, 0.037), False, "change"),
        ((0.01, 0.08), (0.0, 0.037), True, "unsure"),
        ((0.0, 0.037), (0.06, 0.2), True, "change"),
        ((0.9, 1.0), (0.9, 1.0), True, "change"),
    ],
)
def test_the_word_needs_both_outcomes_and_the_law(
    large: tuple[float, float], riders: tuple[float, float], lawful: bool, word: str
) -> None:
    assert choose_word(large, riders, 0.05, lawful) == word


def test_the_answer_survives_its_plain_form() -> None:
    answer = build_answer()
    plain = json.loads(json.dumps(answer.to_plain(), allow_nan=False))
    assert DayAnswer.from_plain(plain) == answer
    with pytest.raises((KeyError, TypeError, ValueError)):
        DayAnswer.from_plain({**plain, "word": "hijau"})
