"""The answer on the screen: at most ten lines, lawful, in clock hours, with what is not known; and its plain form."""

from __future__ import annotations

import dataclasses
import json
from datetime import date

import pytest

from konvoi.report.screen import MAX_LINES, WIDTH, format_screen, write_days, write_exposure, write_upper
from konvoi.study.day_answer import (
    DayAnswer,
    Promising,
    RuleHit,
    choose_word,
)
from tests.support.day_answers import H, build_answer, build_plan


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
    promising = Promising((9 * H, 11.25 * H), 0, 12)
    changes = {"option": None, "promising": promising, "notified_hits": (quiet,), "needed_days": 59, "other_day": None}
    text = format_screen(dataclasses.replace(build_answer(), **changes), "profile.png", "id")
    assert "Rencana melanggar aturan: Paslon 2 pada masa tenang (Minggu, 24 November 2024) [PKPU 13/2024]" in text
    assert (
        "Satu hari: belum ada jam yang terbukti cukup; terbaik Paslon 1 09.00, Paslon 2 11.15 (0 dari 12 hari); "
        "perlu ≥ 59 hari simulasi lagi.\n" in text
    )
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
