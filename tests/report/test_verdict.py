"""The verdict says what the numbers say, the answer first, for any design."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from konvoi.report.verdict import Verdict
from konvoi.report.verdict_text import describe_distance, format_run, format_verdict
from konvoi.study.pair_rows import split_rows
from konvoi.tables.sweep import CONTACTS, POINTS
from konvoi.words import LANGUAGES
from tests.support.results import ANOTHER_DAY, PAIRS, QUALITY, build_contacts, build_points, judge


def test_the_verdict_holds_what_the_table_says() -> None:
    verdict = judge(build_points())
    assert verdict.venue_pair == "km10"
    assert verdict.gap_min == 0.0
    assert (verdict.p_contact, verdict.replications, verdict.threshold) == (1.0, 100, 0.05)
    assert verdict.low == pytest.approx(0.963, abs=1e-3)
    assert verdict.high == 1.0
    assert verdict.is_below_threshold is False
    assert verdict.places_mean == pytest.approx(39.99, abs=0.02)
    assert verdict.places_low < verdict.places_mean < verdict.places_high
    assert verdict.exposure_person_min_mean == pytest.approx(300.0 * verdict.places_mean)
    assert verdict.safe_gaps_by_pair == dict.fromkeys(PAIRS, ((390.0, 390.0),))
    assert verdict.shared_km_by_pair == {key: pair[4] for key, pair in PAIRS.items()}
    assert verdict.another_day_p == 0.0
    assert verdict.another_day_high == pytest.approx(0.037, abs=1e-3)
    assert (verdict.seed, verdict.version, verdict.map_quality) == (7, "0.1.0", QUALITY)


@pytest.mark.parametrize(
    ("p", "is_below"),
    [(1.0, False), (0.5, False), (0.0, True), (0.05, None), (0.02, None), (0.08, None), (0.13, False)],
)
def test_an_interval_that_holds_the_threshold_decides_nothing(p: float, is_below: bool | None) -> None:
    assert judge(build_points(lambda gap_min, road_km: p)).is_below_threshold is is_below


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_contact_is_no_verdict_where_a_side_misses_its_rally(lang: str) -> None:
    points = build_points(lambda gap_min, road_km: 0.0).assign(at_rally_share_2_mean=0.1)
    verdict = judge(points, attendance_share=0.5)
    assert verdict.is_below_threshold is None
    assert verdict.absent_sides == {"2": 0.1}
    assert Verdict.from_json(verdict.to_json()) == verdict
    text = format_verdict(verdict, points, lang)
    assert {"id": "PERHATIAN: hanya 10 %", "en": "ATTENTION: only 10%"}[lang] in text
    assert judge(build_points(lambda gap_min, road_km: 0.0), attendance_share=0.5).absent_sides == {}


@pytest.mark.parametrize(
    "points",
    [
        build_points(),
        build_points(n=0),
        build_points(n=1),
        build_points(planned=(0.0, "km99")),
        build_points(gaps=(ANOTHER_DAY,), planned=(ANOTHER_DAY, "km03")),
        build_points(variants=("behaviour.turnout=1", "behaviour.turnout=2")),
        build_points(lambda gap_min, road_km: 0.0, contacts=lambda road_km: 0.0),
        POINTS.build_empty(),
    ],
    ids=["full", "failed", "one", "no plan", "another day", "variants", "nothing happens", "empty"],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_any_design_gives_plain_json_and_a_text_that_fits_the_screen(points: pd.DataFrame, lang: str) -> None:
    verdict = judge(points)
    assert Verdict.from_json(verdict.to_json()) == verdict
    text = format_verdict(verdict, points, lang)
    assert max(len(line) for line in text.split("\n")) <= 100
    assert text.count("\n") < 34
    assert "nan" not in re.sub(r"[A-Za-z]{4,}", "", text)
    assert "None" not in text
    assert "{" not in text


def test_where_p_is_near_one_contacts_and_exposure_lead() -> None:
    points = build_points()
    text = format_verdict(judge(points), points, "id")
    assert (
        text.index("Beban perjumpaan per hari")
        < text.index("Tempat perjumpaan per hari")
        < text.index("Peluang berjumpa")
    )
    assert "DI ATAS AMBANG 5 %. Perjumpaan di jalan terjadi pada 100 dari 100 hari simulasi." in text
    assert "100 % (96,3–100 %) dari 100 hari simulasi" in text
    assert "bandingkan bebannya" in text


def test_elsewhere_p_leads() -> None:
    points = build_points(lambda gap_min, road_km: 0.5)
    text = format_verdict(judge(points), points, "en")
    assert text.index("P(contact)  ") < text.index("Places of contact per day")
    assert "cannot tell plans apart" not in text


def test_the_text_says_that_no_gap_was_found_and_what_another_day_does() -> None:
    points = build_points(lambda gap_min, road_km: 1.0)
    verdict = judge(points)
    text = format_verdict(verdict, points, "id")
    assert verdict.safe_gaps_by_pair == dict.fromkeys(PAIRS, ())
    assert "tidak satu pun jeda yang disimulasikan (0–390 menit) cukup" in text.replace("\n", " ")
    assert "Pada hari berbeda: peluang berjumpa 0 % (0–3,7 %)." in text


def test_a_window_between_two_bad_gaps_is_found_and_a_longer_gap_is_said_to_be_worse() -> None:
    points = build_points(
        lambda gap_min, road_km: 0.0 if gap_min in (120.0, 240.0) else 1.0, gaps=(0.0, 120.0, 240.0, 300.0, 390.0)
    )
    verdict = judge(points)
    assert verdict.safe_gaps_by_pair["km10"] == ((120.0, 240.0),)
    recommended = points.loc[points["point"] == verdict.recommended_point].iloc[0]
    assert (recommended["venue_pair"], recommended["gap_min"]) == ("km10", 120.0)
    text = format_verdict(verdict, points, "id").replace("\n", " ")
    assert "Jeda yang cukup di lokasi rencana: 120–240 menit" in text
    assert "Jeda yang lebih lama dari 240 menit tidak cukup lagi." in text


def test_one_simulated_gap_says_nothing_of_others() -> None:
    points = build_points(gaps=(0.0,))
    text = format_verdict(judge(points), points, "id").replace("\n", " ")
    assert "Hanya jeda 0 menit yang disimulasikan" in text


def test_too_few_replications_are_named_as_the_reason() -> None:
    points = build_points(n=25)
    text = format_verdict(judge(points), points, "id")
    assert "Dengan 25 hari simulasi" in text
    assert "sedikitnya 73" in text


def test_a_plan_that_was_not_simulated_is_said_to_be_missing() -> None:
    points = build_points(planned=(0.0, "km99"))
    verdict = judge(points)
    assert verdict.p_contact is None
    assert verdict.is_below_threshold is None
    assert "tidak termasuk yang disimulasikan" in format_verdict(verdict, points, "id")


def test_other_factors_make_rows_of_their_own() -> None:
    points = build_points(variants=("rally.hold_back_min=0", "rally.hold_back_min=60"), gaps=(0.0,))
    rows = split_rows(points)
    assert len(rows) == 2 * len(PAIRS)
    assert {row.variant for row in rows} == {"rally.hold_back_min=0", "rally.hold_back_min=60"}
    verdict = judge(points)
    assert verdict.variant == "rally.hold_back_min=0"
    assert "km10; rally.hold_back_min=60" in verdict.safe_gaps_by_pair
    assert [row.variant for row in split_rows(points[points["point"] < len(PAIRS)])] == [""] * len(PAIRS)


def test_rows_are_ordered_by_road_and_gaps_by_length() -> None:
    points = build_points(gaps=(ANOTHER_DAY, 300.0, 0.0)).iloc[::-1]
    rows = split_rows(points)
    assert [row.road_km for row in rows] == [3.1, 6.6, 10.4, 12.9]
    assert rows[0].points["gap_min"].tolist()[:2] == [0.0, 300.0]
    assert rows[0].points["is_another_day"].tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("probability", "contacts", "wanted"),
    [
        (lambda gap, road: max(0.0, 0.9 - road / 15.0), lambda road: 40.0, "menurunkan peluang berjumpa"),
        (lambda gap, road: min(0.9, road / 15.0), lambda road: 40.0, "justru menaikkan peluang berjumpa"),
        (lambda gap, road: 0.5, lambda road: 40.0, "Jarak saja tidak menolong"),
        (lambda gap, road: 0.9 if 5.0 < road < 12.0 else 0.3, lambda road: 40.0, "Jarak bukan penentu"),
        (lambda gap, road: 0.0, lambda road: 40.0, "Jarak tidak menentukan di sini"),
        (lambda gap, road: 1.0, lambda road: 80.0 - road, "menurunkan beban perjumpaan"),
        (lambda gap, road: 1.0, lambda road: 40.0 + road, "justru menaikkan beban perjumpaan"),
        (
            lambda gap, road: 1.0,
            lambda road: 40.0,
            "Jarak saja tidak menolong: dari 3,1 ke 12,9 km beban perjumpaan",
        ),
    ],
)
def test_whether_distance_helps_follows_from_the_numbers(
    probability: Callable[[float, float], float], contacts: Callable[[float], float], wanted: str
) -> None:
    rows = split_rows(build_points(probability, contacts=contacts))
    sentence = describe_distance(rows, 0.05, "id")
    assert wanted in sentence
    assert "ruas yang dilalui kedua rombongan naik (31,2 → 35,5 km)" in sentence


def test_distance_that_helps_may_still_not_be_enough() -> None:
    rows = split_rows(build_points(lambda gap_min, road_km: 0.9 - road_km / 20.0))
    assert "tidak satu pun pilihan lokasi di bawah ambang" in describe_distance(rows, 0.05, "id")


def test_one_distance_says_nothing_about_distance() -> None:
    rows = split_rows(build_points(pairs={"km10": PAIRS["km10"]}))
    assert "tidak dapat dinilai" in describe_distance(rows, 0.05, "id")
    assert "tidak dapat dinilai" in describe_distance([], 0.05, "id")


def build_summary(**changes: Any) -> dict[str, Any]:
    """Build the summary of one replication."""
    summary: dict[str, Any] = {
        "scenario_title": "Kampanye akbar Kutai Timur",
        "venue_1": "Lapangan Town Hall",
        "venue_2": "Stadion Kudungga",
        "gap_min": 60,
        "euclid_km": 2.8,
        "road_km": 3.1,
        "shared_km": 31.2,
        "replication": 3,
        "seed": 123456789,
        "has_contact": True,
        "contacts": 2,
        "exposure_person_min": 450.0,
        "first_contact_s": 34800.0,
        "contacts_out_out": 1,
        "contacts_out_home": 1,
        "contacts_home_home": 0,
        "contacts_passing": 0,
        "absent_sides": {},
        "peak_people": 320.0,
        "lateness_1_min": 12.3,
        "lateness_2_min": -4.0,
        "vehicles_1": 2900,
        "vehicles_2": 3100,
        "people_1": 4800,
        "people_2": 5100,
        "delay_vehicle_h": 210.0,
        "stranded": 0,
        "gridlock": "",
        "map_quality": QUALITY,
        "version": "0.1.0",
    }
    return {**summary, **changes}


def test_one_replication_is_summed_up_with_its_worst_junction_first() -> None:
    text = format_run(build_summary(), build_contacts(["Simpang Tiga", "Patung Singa"]), "id")
    assert "SATU HARI · Kampanye akbar Kutai Timur · hari simulasi 3" in text
    assert "Jeda 60 menit; Lapangan Town Hall – Stadion Kudungga; 3,1 km lewat jalan" in text
    assert "Paslon 1: 4.800 (2.900)" in text
    assert "pukul 09.40 WITA" in text
    assert text.index("1. Patung Singa") < text.index("2. Simpang Tiga")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_replication_without_contact_on_another_day(lang: str) -> None:
    summary = build_summary(gap_min="another_day", first_contact_s=None, contacts=0, exposure_person_min=0.0)
    for contacts in (CONTACTS.build_empty(), pd.DataFrame({"point": [], "replication": []})):
        text = format_run(summary, contacts, lang)
        assert {"id": "Hari berbeda; ", "en": "Another day; "}[lang] in text
        assert "None" not in text
        assert max(len(line) for line in text.split("\n")) <= 100


def test_a_dip_between_equal_ends_is_no_effect_of_distance() -> None:
    rows = split_rows(build_points(lambda gap_min, road_km: 0.2 if road_km == 10.4 else 0.8))
    assert "tidak mengikuti jarak (80 % → 80 %)" in describe_distance(rows, 0.05, "id")


def test_a_grid_lock_is_told_with_its_junctions() -> None:
    text = format_run(build_summary(gridlock="Simpang Tiga; Patung Singa"), CONTACTS.build_empty(), "id")
    assert "Macet total di" in text
    assert "Simpang Tiga; Patung Singa" in text
    assert "Macet total" not in format_run(build_summary(), CONTACTS.build_empty(), "id")
