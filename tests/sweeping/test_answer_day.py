"""What a whole day's answer asks beside the day itself."""

from konvoi.config.scenario import Place
from konvoi.sweeping.answer_day import list_other_candidates


def test_a_place_of_unknown_position_is_tried_at_all_candidates_but_its_own() -> None:
    spots = [("utara", 117.55, 0.54), ("selatan", 117.54, 0.53), ("timur", 117.56, 0.53)]
    candidates = [{"name": name, "lon_deg": lon_deg, "lat_deg": lat_deg} for name, lon_deg, lat_deg in spots]
    place = Place.model_validate({"name": "Stadion", "candidates": candidates})
    assert [label for label, _ in list_other_candidates(place)] == ["selatan", "timur"]
    chosen = Place.model_validate({"name": "Stadion", "candidates": candidates, "lon_deg": 117.56, "lat_deg": 0.53})
    assert [label for label, _ in list_other_candidates(chosen)] == ["utara", "selatan"]
    known = Place.model_validate({"name": "Stadion", "candidates": candidates, "lon_deg": 117.5, "lat_deg": 0.5})
    assert list_other_candidates(known) == []
