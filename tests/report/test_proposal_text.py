"""The proposal in words: what changes, why, what it costs, and what it does not stand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from konvoi.report.proposal_pictures import Origin, draw_front, draw_ladder
from konvoi.report.proposal_text import (
    MAX_LINES,
    ProposalFacts,
    describe_step,
    describe_world,
    explain_step,
    format_proposal,
)
from konvoi.tables.proposed import FRONT, LADDER, ROBUSTNESS_OF_PROPOSAL, TRIGGERS


def build_facts(lang: str = "id", **values: Any) -> ProposalFacts:
    facts: dict[str, Any] = {
        "title": "Kampanye akbar",
        "day": "Sabtu, 23 November 2024",
        "threshold": 0.05,
        "bound": 0.05,
        "place_name": {"poros": "Poros Bengalon (1)", "kota": "Jl. Soekarno-Hatta (1)"},
        "convoy_name": {"p1-bengalon": "Poros Bengalon (1)"},
        "side": {"p1-bengalon": 1},
        "venues": {"km10": ("Lapangan Selatan", "Stadion Kudungga")},
        "n_plans": 1234,
        "is_whole": False,
        "n_days": 5678,
        "seconds": 61.4,
        "excluded": {"worship": 12, "fairness": 3},
        "impossible": {},
        "lang": lang,
    }
    return ProposalFacts(**{**facts, **values})


def build_ladder() -> pd.DataFrame:
    base: dict[str, Any] = dict.fromkeys(LADDER.columns, 0)
    base |= {"venue_pair": "km10", "hold_back_side": "both", "escort": "none", "orders": "", "days": 40}
    base |= {name: "" for name in LADDER.columns if name.startswith("removed_") and not name.endswith("person_min")}
    base |= {"removed_world": "assumed"}
    rungs = [
        {"rung": 0, "part": "notified", "step": "", "convoy": "", "begin_1": "09:00", "end_1": "11:30",
         "begin_2": "09:00", "end_2": "11:30", "any_days": 40, "large_days": 40, "exposure_person_min": 69_533.0},
        {"rung": 1, "part": "enough", "step": "starts", "convoy": "", "begin_1": "09:00", "end_1": "11:30",
         "begin_2": "11:15", "end_2": "13:45", "any_days": 40, "large_days": 0, "exposure_person_min": 133.0,
         "moved_2_min": 135.0, "shift_min": 135.0, "instructions": 1, "what_ifs_stood": 4, "what_ifs": 11,
         "removed_unit_1": "p1-bengalon",
         "removed_unit_2": "p2-kota (perorangan)", "removed_phase": "out_out", "removed_type": "head_on",
         "removed_junction": "Simpang Tiga", "removed_before_person_min": 5000.0, "removed_after_person_min": 0.0},
        {"rung": 2, "part": "firm", "step": "order", "convoy": "p1-bengalon", "begin_1": "09:00", "end_1": "11:30",
         "begin_2": "11:15", "end_2": "13:45", "any_days": 0, "large_days": 0, "exposure_person_min": 0.0,
         "moved_2_min": 135.0, "detour_1_people_km": 4000.0, "instructions": 2, "prayers": 1,
         "removed_unit_1": "p1-bengalon (perorangan)", "removed_unit_2": "Stadion Kudungga", "removed_phase": "home_home",
         "removed_type": "passing_place", "removed_junction": "Stadion", "removed_world": "turnout:1.5", "removed_before_person_min": 133.0,
         "removed_after_person_min": 0.0},
    ]  # fmt: skip
    return LADDER.check(pd.DataFrame([{**base, **rung} for rung in rungs]), "ladder")


def build_robustness(*cases: tuple[str, int, str]) -> pd.DataFrame:
    rows = [
        {"world": world, "days": 100, "any_days": hits, "any_high": 0.1, "riders_days": 0, "large_days": 0,
         "exposure_person_min": 0.0, "bound_any": float("nan"), "bound_riders": float("nan"), "is_met": is_met}
        for world, hits, is_met in cases
    ]  # fmt: skip
    return ROBUSTNESS_OF_PROPOSAL.check(pd.DataFrame(rows, columns=list(ROBUSTNESS_OF_PROPOSAL.columns)), "robustness")


ORDERS = {"p1-bengalon": ("kota", False)}


def get_row(number: int) -> dict[str, Any]:
    return {str(key): value for key, value in build_ladder().iloc[number].items()}


def test_each_rung_says_what_changes_and_why_as_an_official_would() -> None:
    facts = build_facts()
    assert (
        describe_step(get_row(0), facts, ORDERS) == "Seperti diberitahukan: Paslon 1 09.00–11.30, Paslon 2 09.00–11.30"
    )
    assert describe_step(get_row(1), facts, ORDERS) == "Jam mulai: Paslon 1 09.00–11.30, Paslon 2 11.15–13.45"
    assert (
        describe_step(get_row(2), facts, ORDERS)
        == "Rombongan Poros Bengalon (1) (Paslon 1) berkumpul di Jl. Soekarno-Hatta (1)"
    )
    assert explain_step(get_row(0), facts) == ""
    assert explain_step(get_row(2), facts) == (
        "bila massa 1,5 kali: sebab pengendara dari Poros Bengalon (1) melewati Stadion Kudungga (Paslon 2) saat pulang: "
        "133 menjadi 0 orang-menit"
    )
    assert "Simpang Tiga" in explain_step(get_row(1), facts)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_screen_has_at_most_25_lines_and_says_what_is_proven(lang: str) -> None:
    robustness = build_robustness(
        ("assumed", 0, "yes"), ("turnout:2", 31, "no"), ("rain:heavy", 2, "seen"), ("venue:Stadion", 100, "lost")
    )
    trigger = {"part": "enough", "world": "late_side:1", "later_1_min": 0.0, "later_2_min": 45.0, "hold_back_min": 0.0,
               "hold_back_side": "both", "decide_by": "10:00", "days": 40, "any_days_before": 20, "any_days_after": 1,
               "exposure_before_person_min": 500.0, "exposure_after_person_min": 2.0}  # fmt: skip
    triggers = TRIGGERS.check(pd.DataFrame([trigger]), "triggers")
    text = format_proposal(build_ladder(), robustness, triggers, build_facts(lang), ORDERS)
    assert len(text.splitlines()) <= MAX_LINES
    assert max(len(line) for line in text.splitlines()) <= 112
    assert ("5 %" if lang == "id" else "5%") in text
    assert "1.234" in text if lang == "id" else "1,234" in text
    assert "31" in text
    assert "45" in text
    joined = " ".join(text.split())
    assert ("bertahan pada 4 dari 11 pengandaian" in joined) if lang == "id" else ("stands 4 of 11 what-ifs" in joined)
    assert ("Jam berapa pun tidak menolong" in joined) if lang == "id" else ("No hour helps" in joined)
    none = format_proposal(
        build_ladder(), build_robustness(), TRIGGERS.build_empty(), build_facts(lang, bound=None), {}
    )
    assert ("BELUM ADA" in none) if lang == "id" else ("NO plan" in none)


def test_what_ifs_are_named_without_keys() -> None:
    assert describe_world("turnout:1.5", "id") == "massa 1,5 kali"
    assert describe_world("late_side:2", "id") == "Paslon 2 terlambat 40 menit"


@pytest.mark.parametrize("lang", ["id", "en"])
def test_ladder_and_front_are_drawn(tmp_path: Any, lang: str) -> None:
    ladder = build_ladder()
    origin = Origin("Kampanye akbar", "0.1.0", 7, lang)
    draw_ladder(ladder, ["a", "b", "c"], origin, tmp_path / "ladder.png")
    shared = {name: ladder[name] for name in FRONT.columns if name in ladder}
    front = pd.DataFrame({**shared, "plan": range(3), "mark": ["beaten", "certain", "cannot_be_excluded"]})
    draw_front(FRONT.check(front, "front"), origin, tmp_path / "front.png")
    assert (tmp_path / "ladder.png").stat().st_size > 20_000
    assert (tmp_path / "front.png").stat().st_size > 20_000


def test_a_what_if_that_was_not_tried_says_who_could_not_be_there() -> None:
    facts = build_facts(impossible={"closure:Jl. Poros": frozenset({1}), "venue:Stadion": frozenset()})
    text = " ".join(format_proposal(build_ladder(), build_robustness(), TRIGGERS.build_empty(), facts, {}).split())
    assert "Jl. Poros ditutup: Paslon 1 tidak dapat berada di lokasi rapat umumnya tepat waktu" in text
    assert "tidak dapat disimulasikan" in text
