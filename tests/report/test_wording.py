"""Both languages say the same; numbers are written as officials write them."""

from __future__ import annotations

import re

import pytest

from konvoi.gap import Gap
from konvoi.report.wording import (
    describe_map,
    format_days,
    format_gap,
    format_interval,
    format_level,
    format_mean,
    format_minutes,
    format_percent,
    format_percent_interval,
    say,
    shorten,
    wrap,
    wrap_name,
)
from konvoi.words.formats import format_clock, format_number


@pytest.mark.parametrize(
    ("value", "digits", "indonesian", "english"),
    [
        (5000.0, 0, "5.000", "5,000"),
        (1234567.891, 2, "1.234.567,89", "1,234,567.89"),
        (-3.25, 1, "−3,2", "−3.2"),
        (-0.01, 1, "0,0", "0.0"),
        (float("nan"), 1, "–", "–"),
        (None, 0, "–", "–"),
    ],
)
def test_numbers(value: float | None, digits: int, indonesian: str, english: str) -> None:
    assert format_number(value, "id", digits) == indonesian
    assert format_number(value, "en", digits) == english


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.0123, "0,012"),
        (0.4, "0,4"),
        (47.38, "47,4"),
        (379.2, "379"),
        (14190.0, "14.200"),
        (1e6, "1.000.000"),
    ],
)
def test_means_carry_three_figures(value: float, text: str) -> None:
    assert format_mean(value, "id") == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (1e-5, "<0,1 %"),
        (0.99999, ">99,9 %"),
        (0.037, "3,7 %"),
        (0.05, "5 %"),
        (0.37, "37 %"),
        (0.9633, "96,3 %"),
        (float("nan"), "–"),
    ],
)
def test_percentages_are_never_rounded_to_certainty(share: float, text: str) -> None:
    assert format_percent(share, "id") == text
    assert format_percent(share, "en") == text.replace(" %", "%").replace(",", ".")


def test_intervals_have_their_unit_once() -> None:
    assert format_percent_interval(0.963, 1.0, "id") == "96,3–100 %"
    assert format_percent_interval(0.0, 0.037, "en") == "0–3.7%"
    assert format_percent_interval(None, 0.5, "id") == "–"
    assert format_interval(11900.0, 12800.0, "id") == "11.900–12.800"
    assert format_interval(-1.5, 2.0, "id") == "−1,5 s.d. 2,0"
    assert format_interval(-1.5, 2.0, "en") == "−1.5 to 2.0"
    assert format_interval(float("nan"), 2.0, "en") == "–"


def test_chosen_levels_keep_all_figures() -> None:
    assert format_level(0.05, "id") == "5 %"
    assert format_level(0.025, "id") == "2,5 %"
    assert format_level(0.0005, "en") == "0.05%"


def test_times_of_day_are_those_of_the_clock_on_the_second_day_too() -> None:
    assert format_clock(9 * 3600 + 40 * 60, "id") == "09.40"
    assert format_clock(86400 + 9 * 3600 + 40 * 60 + 29, "en") == "09:40"
    assert format_clock(86399.0, "en") == "00:00"


@pytest.mark.parametrize(
    ("hits", "n", "text"),
    [
        (97, 100, "97 dari 100 hari simulasi"),
        (23, 25, "23 dari 25 hari simulasi"),
        (0, 1000, "0 dari 100 hari simulasi"),
        (1, 1000, "kurang dari 1 dari 100 hari simulasi"),
        (999, 1000, "lebih dari 99 dari 100 hari simulasi"),
        (1000, 1000, "100 dari 100 hari simulasi"),
        (652, 1000, "65 dari 100 hari simulasi"),
    ],
)
def test_frequencies_are_days_out_of_a_hundred(hits: int, n: int, text: str) -> None:
    assert format_days(hits, n, "id") == text


def test_gaps_are_said_in_words() -> None:
    assert format_gap(Gap(0.0), "id") == "mulai bersamaan"
    assert format_gap(Gap(90.0), "id") == "jeda 90 menit"
    assert format_gap(Gap(22.5), "en") == "gap of 22.5 min"
    assert format_gap(Gap(None), "en") == "another day"
    assert format_gap(None, "en") == say("map_no_plan", "en")
    assert format_minutes(None, "id") == "tidak ada"


def test_a_number_stays_with_its_unit_at_the_end_of_a_line() -> None:
    for width in range(12, 40):
        for line in wrap("ruas yang dilalui 31,2 km dan ambang 5 % serta jeda 390 menit", width):
            assert len(line) <= width
            assert not re.search(r"\d$", line)


def test_long_names_are_cut_at_words_where_that_loses_little() -> None:
    assert shorten("Stadion Kudungga", 16) == "Stadion Kudungga"
    assert shorten("Lapangan Town Hall Swarga Bara", 26) == "Lapangan Town Hall Swarga…"
    assert len(shorten("X" * 90, 20)) == 20
    assert wrap_name("Lapangan Town Hall Swarga Bara Kabupaten", 18, 2).count("\n") == 1
    assert all(len(line) <= 12 for line in wrap_name("Y" * 50, 12, 2).split("\n"))
    assert wrap_name("", 12, 2) == ""


def test_the_map_sentence_says_what_is_known() -> None:
    skeleton = {"kind": "skeleton", "road_km": 58.3, "position_error_median_m": 80.0, "position_error_max_m": 2500.0}
    assert "tanpa jalan kecil; kesalahan letak: median 80 m, terbesar 2.500 m" in describe_map(skeleton, "id")
    assert "kesalahan letak" not in describe_map(
        {"kind": "skeleton", "road_km": 5, "position_error_median_m": None}, "id"
    )
    osm = {
        "kind": "openstreetmap",
        "place": "Berau",
        "date": "2026-11-01",
        "road_km": 1200.0,
        "share_lanes_assumed": 0.5,
    }
    assert describe_map(osm, "en").startswith("Map: OpenStreetMap Berau, 2026-11-01, 1,200 km of roads")
    assert "lanes 50%, width –" in describe_map(osm, "en")
    assert describe_map({"kind": "grid", "road_km": 3.0}, "en") == "Map: grid, 3 km of roads."
    assert describe_map({}, "id") == say("map_unknown", "id")
