"""What the campaign's rules say of a plan: each hint where it belongs, with its source, and nothing changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from konvoi.config.reading import build_config, load_scenario
from konvoi.config.settings import RunConfig
from konvoi.errors import ScenarioError
from konvoi.notice.rules import check_rules
from tests.support.crossroads import SCENARIOS


def build(date: str = "2024-11-23", first_start: str = "09:00", length_min: float = 120, **rally: Any) -> RunConfig:
    scenario = load_scenario(SCENARIOS / "kutim_kampanye_akbar.yaml")
    scenario.content["date"] = date
    scenario.content["rally"] = {
        "window_start": "07:00", "window_end": "22:00", "first_start": first_start, "length_min": length_min,
    }  # fmt: skip
    return build_config({"rally": rally}, scenario)


def find(hints: list[str], word: str) -> list[str]:
    return [hint for hint in hints if word in hint]


def test_every_hint_of_the_rules_names_its_source() -> None:
    for lang in ("id", "en"):
        hints = check_rules(build(first_start="08:00", length_min=300), lang)
        assert all(hint.endswith("]") and ("PKPU" in hint or "Perpol" in hint) for hint in hints)
        assert len(hints) >= 6


def test_hours_outside_the_rule_are_told_with_indonesian_clock_times() -> None:
    hints = check_rules(build(first_start="08:20"), "id")
    assert find(hints, "Paslon 1: rapat umum 08.20–10.20 tidak seluruhnya di antara 09.00 dan 18.00 [PKPU 13/2024]")
    assert find(check_rules(build(first_start="08:20"), "en"), "the rally 08:20–10:20 is not entirely between")
    assert not find(check_rules(build(), "id"), "tidak seluruhnya")


def test_only_the_later_rally_may_be_outside() -> None:
    hints = find(check_rules(build(gap_min=500, first_side=2), "id"), "tidak seluruhnya")
    assert len(hints) == 1
    assert hints[0].startswith("Paslon 1: rapat umum 17.20–19.20")


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2024-11-24", "Minggu, 24 November 2024 adalah masa tenang"),
        ("2024-11-26", "Selasa, 26 November 2024 adalah masa tenang"),
        ("2024-11-27", "Rabu, 27 November 2024 adalah hari pemungutan suara"),
        ("2024-09-24", "di luar masa kampanye (Rabu, 25 September 2024 s.d. Sabtu, 23 November 2024)"),
    ],
)
def test_days_without_campaign_are_told_for_both_sides(date: str, expected: str) -> None:
    assert len(find(check_rules(build(date), "id"), expected)) == 2


def test_a_good_day_has_no_such_hint() -> None:
    for word in ("masa tenang", "di luar masa", "pemungutan"):
        assert not find(check_rules(build(), "id"), word)


def test_another_day_is_checked_as_the_day_it_is() -> None:
    """The first rally on the last day of the campaign, the other on the next: quiet period."""
    hints = find(check_rules(build(gap_min="another_day"), "id"), "masa tenang")
    assert hints == ["Paslon 2: Minggu, 24 November 2024 adalah masa tenang [PKPU 13/2024]"]


@pytest.mark.parametrize(
    ("date", "first_start", "names"),
    [
        ("2024-11-22", "10:00", {"salat Zuhur", "salat Jumat"}),  # a Friday
        ("2024-11-21", "10:00", {"salat Zuhur"}),
        ("2024-11-21", "12:30", set()),
        ("2024-11-21", "13:20", {"salat Asar"}),
        ("2024-11-17", "09:00", {"ibadah Minggu"}),
        ("2024-11-16", "09:00", set()),
    ],
)
def test_worship_is_told_when_a_rally_runs_over_it(date: str, first_start: str, names: set[str]) -> None:
    hints = find(check_rules(build(date, first_start), "id"), "Paslon 1: rapat umum")
    assert {
        name for name in ("salat Zuhur", "salat Jumat", "salat Asar", "ibadah Minggu") if find(hints, name)
    } == names


def test_deadlines_are_days_before_each_rally() -> None:
    hints = check_rules(build("2024-11-20", gap_min="another_day"), "id")
    assert find(hints, "Paslon 1: pemberitahuan ke polisi paling lambat Rabu, 13 November 2024, STTP paling lambat Minggu, 17 November 2024")  # fmt: skip
    assert find(hints, "Paslon 2: pemberitahuan ke polisi paling lambat Kamis, 14 November 2024")


def test_a_date_in_words_is_told_and_the_hours_are_checked_all_the_same() -> None:
    hints = check_rules(build("akhir November", "08:00"), "id")
    assert find(hints, "TTTT-BB-HH")
    assert find(hints, "tidak seluruhnya")
    assert find(hints, "pawai")


def test_rules_change_nothing() -> None:
    config = build(first_start="08:00")
    before = config.model_dump_json()
    check_rules(config, "id")
    assert config.model_dump_json() == before


def test_a_broken_file_of_rules_is_told(tmp_path: Path) -> None:
    path = tmp_path / "aturan.yaml"
    path.write_text("hours: {begin: pagi, end: sore, source: x}", encoding="utf-8")
    with pytest.raises(ScenarioError, match="not a complete file of rules") as fault:
        check_rules(build(), "id", path)
    assert "aturan.yaml" in str(fault.value)


def test_a_tour_after_the_rally_is_told_to_be_a_parade() -> None:
    plain = build()
    scenario = load_scenario(SCENARIOS / "kutim_kampanye_akbar.yaml")
    scenario.content["convoys"]["p1-pendidikan"]["tour"] = ["p1_karya_etam"]
    for share, expected in ((0.0, 0), (0.3, 1)):
        config = build_config({"behaviour": {"tour_share": share}}, scenario)
        hints = find(
            check_rules(config, "id"), "convoys.p1-pendidikan.tour) termasuk pawai yang dilarang [PKPU 13/2024"
        )
        assert len(hints) == expected
    assert not find(check_rules(plain, "en"), "such a parade")
