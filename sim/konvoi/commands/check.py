"""`konvoi check`: a scenario and its roads, validated, with the hints of the rules."""

from __future__ import annotations

from pathlib import Path

from konvoi.commands.roads import describe_network
from konvoi.commands.telling import tell
from konvoi.config.candidates import list_unknown_places
from konvoi.notice.rules import check_rules
from konvoi.options import compose_settings
from konvoi.replication import prepare_routes
from konvoi.town import prepare_town


def check(words: list[str]) -> int:
    """Validate a scenario and its roads; list the hints of the rules."""
    settings = compose_settings(words, takes_levels=False)
    config = settings.build_config()
    scenario = config.scenario
    lang = settings.door.lang
    town = prepare_town(config, settings.scenario.path)
    for pair in scenario.venue_pairs:
        rally = config.rally.model_copy(update={"venue_pair": pair})
        prepare_routes(config.model_copy(update={"rally": rally}), town)
    print(f"{scenario.title}: {settings.scenario.path}")
    tell(
        settings,
        "scenario_valid",
        convoys=len(scenario.convoys),
        assembly_points=len(scenario.assembly_points),
        venues=len(scenario.venues),
        venue_pairs=len(scenario.venue_pairs),
    )
    print(describe_network(town.network, Path(str(scenario.network.file)), lang))
    for key, distance_m in town.place_snap_m.items():
        if distance_m > 100.0:
            place = scenario.places[key]
            tell(settings, "place_off_road", name=place.name, distance_m=distance_m, accuracy_m=place.accuracy_m)
    for group, key, place in list_unknown_places(scenario):
        path, names = f"scenario.{group}.{key}", ", ".join(candidate.name for candidate in place.candidates)
        setting = f"{path}.lon_deg={place.lon_deg:.5f} {path}.lat_deg={place.lat_deg:.5f} {path}.accuracy_m=20"
        tell(settings, "place_unknown", name=place.name, n=len(place.candidates), candidates=names, setting=setting)
    for hint in check_rules(config, lang):
        print(f"  ! {hint}")
    return 0
