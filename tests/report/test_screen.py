"""The answer on the screen: at most ten lines, lawful, in clock hours, with what is not known; and its plain form."""

from __future__ import annotations

import dataclasses
import json
from datetime import date

import pytest

from konvoi.report.screen import MAX_LINES, WIDTH, format_screen, write_days, write_exposure, write_limits, write_upper
from konvoi.study.day_answer import (
    CaseFacts,
    DayAnswer,
    Longer,
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


@pytest.mark.parametrize("lang", ["id", "en"])
def test_longer_rallies_with_the_slack_come_before_a_start_that_lacks_it(lang: str) -> None:
    longer = Longer(
        180.0, (9 * H, 11.5 * H), (12 * H, 14.5 * H), 150, 0, 0.04, (30.0, 30.0), build_answer().option.hits
    )  # type: ignore[union-attr]
    answer = dataclasses.replace(build_answer(), longer=longer)
    lines = format_screen(answer, "profile.png", lang).splitlines()
    assert len(lines) <= MAX_LINES
    assert not any("…" in line for line in lines), lines
    first = next(number for number, line in enumerate(lines) if "180" in line)
    assert "09.00–12.00" in lines[first].replace(":", ".")
    assert "11.30–14.30" in lines[first].replace(":", ".")
    assert "30/30" in lines[first]
    assert "150" in lines[first + 1]
    assert "15/∞" in lines[first + 1]
    unproven = dataclasses.replace(answer, longer=dataclasses.replace(longer, upper=None))
    assert format_screen(unproven, "profile.png", lang) == format_screen(build_answer(), "profile.png", lang)


def test_a_closed_road_is_a_condition_and_what_can_be_watched_comes_first() -> None:
    cases = (
        CaseFacts("closure", "Jl. Poros", 9.0, 6, 6),
        CaseFacts("turnout", "2", 3.1, 2, 6),
        CaseFacts("rain", "heavy", 1.0, 0, 6),
    )
    (line,) = write_limits(dataclasses.replace(build_answer(), cases=cases), "id")
    assert line == (
        "Belum pasti: peserta × 2 → beban × 3,1; usulan gagal 2 dari 6 hari bila peserta × 2; Jl. Poros harus terbuka; "
        "bertahan 1 dari 3 uji."
    )


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
