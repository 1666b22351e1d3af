"""Plans on the same days: tests and intervals with known answers, and the words that follow from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from konvoi.report.comparison_text import format_comparison, format_robustness, format_what_if
from konvoi.study.comparison import (
    build_comparison,
    build_robustness,
    build_tornado,
    build_what_if,
    compute_mcnemar_p,
    compute_paired_share_interval,
    compute_paired_t_p,
    correct_holm,
)
from konvoi.study.intervals import compute_paired_difference
from konvoi.tables.sweep import REPLICATIONS


def build_replications(contact: dict[int, list[bool]], exposure: dict[int, list[float]] | None = None) -> pd.DataFrame:
    """Build the replications of design points; columns that do not matter are zero."""
    rows = []
    for point, days in contact.items():
        for replication, has_contact in enumerate(days):
            row = {name: "" if dtype == "string" else 0 for name, (dtype, _) in REPLICATIONS.columns.items()}
            minutes = exposure[point][replication] if exposure else 100.0 * has_contact
            row |= {"point": point, "replication": replication, "has_contact": has_contact}
            rows.append({**row, "side_exposure_person_min": minutes, "places_any": int(has_contact)})
    return REPLICATIONS.check(pd.DataFrame(rows), "replications")


@pytest.mark.parametrize(
    ("first_only", "second_only", "p"),
    [(0, 0, 1.0), (0, 1, 1.0), (0, 6, 2 / 64), (6, 0, 2 / 64), (1, 7, 2 * 9 / 256), (5, 5, 1.0)],
)
def test_mcnemar_is_the_two_sided_sign_test_of_days_that_differ(first_only: int, second_only: int, p: float) -> None:
    assert compute_mcnemar_p(first_only, second_only) == pytest.approx(p)


def test_holm_multiplies_the_smallest_by_their_number_and_never_falls() -> None:
    assert correct_holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert correct_holm([0.6, 0.9]) == pytest.approx([1.0, 1.0])
    assert correct_holm([]).size == 0


def test_a_p_value_of_the_t_test_is_one_minus_the_confidence_that_just_reaches_zero() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(1.0, 2.0, 25), rng.normal(0.0, 2.0, 25)
    p = compute_paired_t_p(first, second)
    _, low, high = compute_paired_difference(first, second, 1.0 - p)
    assert min(abs(low), abs(high)) == pytest.approx(0.0, abs=1e-9)
    assert compute_paired_t_p([2.0, 2.0], [1.0, 1.0]) == 0.0
    assert compute_paired_t_p([2.0, 2.0], [2.0, 2.0]) == 1.0


def test_the_interval_of_a_paired_difference_is_that_of_newcombe_for_his_own_counts() -> None:
    """Newcombe (1998): 20 pairs both, 12 and 2 one only, 16 neither; method 10 gives 0.0562 to 0.3292."""
    first, second = [True] * 32 + [False] * 18, [True] * 20 + [False] * 12 + [True] * 2 + [False] * 16
    assert compute_paired_share_interval(first, second) == pytest.approx((0.2, 0.0562, 0.3292), abs=5e-5)


def test_the_interval_of_a_paired_difference_says_something_where_nothing_differs() -> None:
    difference, low, high = compute_paired_share_interval([False] * 30, [False] * 30)
    assert difference == 0.0
    assert low == pytest.approx(-0.1135, abs=2e-4)  # the Wilson end of 0 of 30
    assert high == pytest.approx(0.1135, abs=2e-4)
    mirrored = compute_paired_share_interval([True, False, False], [True, True, False])
    assert compute_paired_share_interval([True, True, False], [True, False, False]) == pytest.approx(
        [-mirrored[0], -mirrored[2], -mirrored[1]]
    )


@pytest.mark.parametrize(("both", "first_only", "second_only"), [(0.3, 0.2, 0.1), (0.85, 0.1, 0.02), (0.02, 0.05, 0.0)])
def test_the_interval_of_a_paired_difference_holds_the_truth_on_nineteen_of_twenty_studies(
    both: float, first_only: float, second_only: float
) -> None:
    rng = np.random.default_rng(11)
    shares = [both, first_only, second_only, 1.0 - both - first_only - second_only]
    held = []
    for kinds in rng.choice(4, size=(600, 60), p=shares):
        _, low, high = compute_paired_share_interval(kinds <= 1, (kinds == 0) | (kinds == 2))
        held.append(low <= first_only - second_only <= high)
    assert np.mean(held) >= 0.93


def test_the_best_plan_is_marked_only_where_it_beats_every_other_one() -> None:
    days = 40
    contact = {0: [True] * 30 + [False] * 10, 1: [True] * 28 + [False] * 12, 2: [False] * days}
    names = {0: "a", 1: "b", 2: "c"}
    table = build_comparison(build_replications(contact), [[0, 1, 2]], names, 0.95).set_index("plan")
    assert table["is_best"].to_dict() == {"a": False, "b": False, "c": True}
    assert table.loc["b", "p_value"] > 0.05 > table.loc["c", "p_value"]
    assert table.loc["c", "difference"] == pytest.approx(-0.75)
    assert table.loc["c", "difference_high"] < 0.0 < table.loc["b", "difference_high"]
    two = build_comparison(build_replications({0: contact[0], 1: contact[1]}), [[0, 1]], names, 0.95)
    assert not two["is_best"].any()
    text = format_comparison(two, "id", 0.95)
    assert "a (pembanding): peluang berjumpa 75 %" in text
    assert "−5,0 poin persen" in text
    assert "belum terlihat bedanya" in " ".join(text.split())
    assert "not distinguishable" in format_comparison(two, "en", 0.95)


def test_exposure_decides_where_contact_is_certain() -> None:
    rng = np.random.default_rng(5)
    luck = rng.normal(0.0, 300.0, 30)  # the same days: what they share cancels
    contact = {0: [True] * 30, 1: [True] * 30}
    exposure = {0: list(2000.0 + luck), 1: list(1900.0 + luck + rng.normal(0.0, 20.0, 30))}
    table = build_comparison(build_replications(contact, exposure), [[0, 1]], {0: "a", 1: "b"}, 0.95)
    assert set(table["measure"]) == {"exposure_person_min"}
    assert list(table["is_best"]) == [False, True]
    assert table["difference"].iloc[1] == 0.0
    text = " ".join(format_comparison(table, "id", 0.95).split())
    assert "jelas lebih rendah" in text
    assert "orang-menit" in text


def test_99_percent_less_exposure_is_clearly_lower_although_contact_stays_certain_and_another_plan_has_none() -> None:
    # The trap: one plan without contact switched exposure off for all others, and 99 % less was "not distinguishable".
    rng = np.random.default_rng(6)
    contact = {0: [True] * 60, 1: [True] * 60, 2: [False] * 60}
    exposure = {0: list(rng.lognormal(12.0, 0.3, 60)), 1: list(rng.lognormal(7.2, 0.3, 60)), 2: [0.0] * 60}
    names = {0: "0", 1: "180", 2: "lain"}
    table = build_comparison(build_replications(contact, exposure), [[0, 1, 2]], names, 0.95).set_index("plan")
    assert table["measure"].to_dict() == {"0": "exposure_person_min", "180": "exposure_person_min", "lain": "p_contact"}
    text = " ".join(format_comparison(table.reset_index(), "id", 0.95).split())
    assert "jelas lebih rendah (beban turun 99 %)" in text
    assert "tidak dapat dibedakan" not in text.split("Selang 95 %")[0]
    assert table["is_best"].to_dict() == {"0": False, "180": False, "lain": True}


def test_plans_alike_are_told_apart_at_most_at_the_stated_rate() -> None:
    # Five plans drawn like the reference: anything told apart is false; Holm over ten tests keeps it at 5 %.
    rng = np.random.default_rng(2)
    false = 0
    for _ in range(100):
        contact = {point: list(rng.random(60) < 0.5) for point in range(6)}
        exposure = {point: list(rng.lognormal(3.0, 1.0, 60)) for point in range(6)}
        table = build_comparison(
            build_replications(contact, exposure), [list(range(6))], dict.fromkeys(range(6), ""), 0.95
        )
        others = table[~table["is_reference"]]
        false += bool((others[["p_value", "exposure_p_value"]] < 0.05).any(axis=None))
    assert false <= 5 + 3 * np.sqrt(100 * 0.05 * 0.95)


def test_more_often_but_less_is_told_as_both_and_is_not_the_best() -> None:
    days = np.arange(200)
    contact = {0: list(days < 60), 1: list(days < 160)}
    exposure = {0: list(np.where(days < 60, 5000.0, 0.0)), 1: list(np.where(days < 160, 10.0, 0.0))}
    table = build_comparison(build_replications(contact, exposure), [[0, 1]], {0: "a", 1: "b"}, 0.95)
    assert not table["is_best"].any()
    text = " ".join(format_comparison(table, "id", 0.95).split())
    assert "hari: jelas lebih tinggi; beban: jelas lebih rendah (beban turun 99 %)" in text


def test_days_that_failed_anywhere_count_nowhere() -> None:
    replications = build_replications({0: [True] * 10, 1: [False] * 10})
    replications.loc[(replications["point"] == 1) & (replications["replication"] == 3), "error"] = "broken"
    table = build_comparison(replications, [[0, 1]], {0: "a", 1: "b"}, 0.95)
    assert list(table["replications"]) == [9, 9]


def test_groups_are_compared_each_with_its_own_reference() -> None:
    contact = {0: [True] * 20, 1: [False] * 20, 2: [True] * 20, 3: [True] * 20}
    names = {0: "kering; 0", 1: "hujan; 0", 2: "kering; 390", 3: "hujan; 390"}
    table = build_comparison(build_replications(contact), [[0, 1], [2, 3]], names, 0.95)
    assert list(table["is_reference"]) == [True, False, True, False]
    assert list(table["measure"]) == ["exposure_person_min", "p_contact", "exposure_person_min", "exposure_person_min"]
    assert table["difference"].iloc[1] == -1.0
    assert not table["is_best"].any()


def test_single_changes_stand_around_the_base_in_order_and_make_the_tornado() -> None:
    contact = {0: [True] * 10 + [False] * 10, 1: [True] * 20, 2: [False] * 20, 3: [True] * 12 + [False] * 8}
    changes = {1: ("contact.distance_m", "200"), 2: ("contact.distance_m", "30"), 3: ("weather.rain", "heavy")}
    base = {"contact.distance_m": "50.0", "weather.rain": "dry"}
    table = build_robustness(build_replications(contact), 0, changes, base, 0.95)
    assert list(table["level"]) == ["30", "50.0", "200", "dry", "heavy"]
    assert list(table["is_base"]) == [False, True, False, True, False]
    tornado = build_tornado(table, "rally.gap_min=0")
    row = tornado.iloc[0]
    assert (row["factor"], row["outcome"], row["low_level"], row["high_level"]) == (
        "contact.distance_m", "p_contact", "30", "200"
    )  # fmt: skip
    assert (row["base"], row["at_low"], row["at_high"]) == (0.5, 0.0, 1.0)
    text = format_robustness(table, "id", 0.95)
    assert "jarak perjumpaan" in text
    assert "200 m: peluang berjumpa 100 %" in text
    assert "hujan lebat" in text
    assert "contact distance" in format_robustness(table, "en", 0.95)


def test_cases_are_told_with_their_intervals() -> None:
    table = build_what_if(
        build_replications({0: [False] * 20, 1: [True] * 10 + [False] * 10}),
        {"base": 0, "late_40": 1}, {0: "rally.gap_min=390", 1: "x=40"}, 0.95,
    )  # fmt: skip
    assert list(table["p_contact"]) == [0.0, 0.5]
    assert "satu Paslon terlambat 40 menit: peluang berjumpa 50 % (30–70 %)" in format_what_if(table, "id", 0.95)
