"""What a whole day's answer asks beside the day itself."""

import pandas as pd

from konvoi.config.scenario import Place
from konvoi.study.day_answer import Promising
from konvoi.sweeping.answer_day import find_promising, list_other_candidates


def test_a_place_of_unknown_position_is_tried_at_all_candidates_but_its_own() -> None:
    spots = [("utara", 117.55, 0.54), ("selatan", 117.54, 0.53), ("timur", 117.56, 0.53)]
    candidates = [{"name": name, "lon_deg": lon_deg, "lat_deg": lat_deg} for name, lon_deg, lat_deg in spots]
    place = Place.model_validate({"name": "Stadion", "candidates": candidates})
    assert [label for label, _ in list_other_candidates(place)] == ["selatan", "timur"]
    chosen = Place.model_validate({"name": "Stadion", "candidates": candidates, "lon_deg": 117.56, "lat_deg": 0.53})
    assert [label for label, _ in list_other_candidates(chosen)] == ["utara", "selatan"]
    known = Place.model_validate({"name": "Stadion", "candidates": candidates, "lon_deg": 117.5, "lat_deg": 0.5})
    assert list_other_candidates(known) == []


def test_the_most_promising_start_is_lawful_and_at_the_planned_venues() -> None:
    rows = [
        ("plan", 0.0, True, 10, 10, 900.0),
        ("plan", 120.0, True, 0, 0, 3.0),
        ("plan", 135.0, True, 0, 0, 1.0),
        ("plan", 150.0, False, 0, 0, 0.0),
        ("other", 135.0, True, 0, 0, 0.0),
    ]
    profile = pd.DataFrame(
        rows,
        columns=["venue_choice", "shift_min", "is_lawful", "large_days", "any_riders_days", "exposure_person_min_mean"],
    ).assign(days=10)
    profile["start_1_s"], profile["start_2_s"] = 32_400.0, 32_400.0 + 60.0 * profile["shift_min"]
    assert find_promising(profile, "plan") == Promising((32_400.0, 40_500.0), 0, 10)
    assert find_promising(profile[~profile["is_lawful"]], "plan") is None
