"""A day of the crossroads with holds, joins, closures and tours."""

from __future__ import annotations

from typing import Any

from konvoi.config.reading import LoadedScenario, build_config, load_scenario
from konvoi.engine.model import RallyModel
from konvoi.replication import build_model, prepare_routes
from konvoi.town import prepare_town
from tests.support.crossroads import SCENARIOS

FIXED = {"lateness": {"earliest_min": -10, "median_min": 20, "sd_min": 0, "max_min": 120}, "turnout_sd": 0.0}


def build(changes: dict[str, Any], behaviour: dict[str, Any] | None = None, *, swapped: bool = False) -> RallyModel:
    """The crossroads with two waypoints, and with further keys of its convoys; sides swapped or not."""
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    content = dict(loaded.content)
    content["waypoints"] = {
        "singgah": {"name": "Lapangan Singgah", "lon_deg": 117.49, "lat_deg": 0.5},
        "taman": {"name": "Taman", "lon_deg": 117.5, "lat_deg": 0.519},
    }
    content["assembly_points"] = {
        **content["assembly_points"],
        "tengah": {"name": "Titik tengah", "lon_deg": 117.494, "lat_deg": 0.5},
    }
    convoys = {**{key: {} for key in changes if key != "closures"}, **content["convoys"]}
    content["convoys"] = {key: {**convoy, **changes.get(key, {})} for key, convoy in convoys.items()}
    content["closures"] = changes.get("closures", [])
    if swapped:
        content["convoys"] = {key: {**convoy, "side": 3 - convoy["side"]} for key, convoy in content["convoys"].items()}
        content["venue_pairs"] = {
            key: {"side_1": pair["side_2"], "side_2": pair["side_1"]} for key, pair in content["venue_pairs"].items()
        }
    settings = {
        "seed": 11,
        "behaviour": {**FIXED, **(behaviour or {})},
        "rally": {"first_side": 2 if swapped else 1, "gap_min": 5},
    }
    config = build_config(settings, LoadedScenario(content, loaded.path))
    town = prepare_town(config, loaded.path)
    model = build_model(config, town, prepare_routes(config, town), 5)
    model.town = town  # type: ignore[attr-defined]
    return model


ALL = {
    "p1-barat": {
        "holds": [
            {"at": "singgah", "until_passed": "Simpang Empat", "patience_min": 40},
            {"at": "singgah", "trip": "homebound", "until_closed_up": True},
        ],
        "tour": ["taman"],
    },
    "p1-tengah": {"side": 1, "assembly_point": "tengah", "people": 120, "joins": "p1-barat"},
    "closures": [{"street": "Jl. Timur", "begin": "08:15", "end": "08:40"}],
}


WAYS_HOME = {"early_leaver_share": 0.2, "return_alone_share": 0.3, "tour_share": 0.3, "patience_min": 5}
