"""`konvoi check`: a scenario and its roads, validated, with the hints of the rules."""

from __future__ import annotations

from pathlib import Path

from konvoi.commands.roads import describe_network
from konvoi.commands.telling import tell
from konvoi.notice.rules import check_rules
from konvoi.options import compose_settings
from konvoi.replication import prepare_routes
from konvoi.town import prepare_town


def check(words: list[str]) -> int:
    """Validate a scenario and its roads; list the hints of the rules."""
    settings = compose_settings(words)
    config = settings.build_config()
    scenario = config.scenario
    lang = settings.door.lang
    town = prepare_town(config, settings.scenario.path)
    for pair in scenario.venue_pairs:
        rally = config.rally.model_copy(update={"venue_pair": pair})
        prepare_routes(config.model_copy(update={"rally": rally}), town)
    print(f"{scenario.title}: {settings.scenario.path}")
    tell(settings, f"  {len(scenario.convoys)} konvoi, {len(scenario.assembly_points)} titik kumpul, {len(scenario.venues)} lokasi, {len(scenario.venue_pairs)} pasangan lokasi: sah",
         f"  {len(scenario.convoys)} convoys, {len(scenario.assembly_points)} assembly points, {len(scenario.venues)} venues, {len(scenario.venue_pairs)} venue pairs: valid")  # fmt: skip
    print(describe_network(town.network, Path(str(scenario.network.file)), lang))
    for key, distance_m in town.place_snap_m.items():
        if distance_m > 100.0:
            place = scenario.places[key]
            tell(settings, f"  {place.name}: {distance_m:.0f} m dari jalan terdekat (ketelitian titik {place.accuracy_m:.0f} m)",
                 f"  {place.name}: {distance_m:.0f} m from the nearest road (accuracy of the point {place.accuracy_m:.0f} m)")  # fmt: skip
    for hint in check_rules(config, lang):
        print(f"  ! {hint}")
    return 0
