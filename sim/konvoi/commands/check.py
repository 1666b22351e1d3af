"""`konvoi check`: a scenario and its roads, validated, with the hints of the rules."""

from __future__ import annotations

from pathlib import Path

from konvoi.commands.roads import describe_network
from konvoi.commands.telling import tell
from konvoi.config.candidates import list_unknown_places
from konvoi.errors import ScenarioError
from konvoi.notice.lawfulness import load_rules
from konvoi.notice.rules import check_rules
from konvoi.options import compose_settings
from konvoi.plan.attendance import Absence, find_absences
from konvoi.replication import prepare_routes
from konvoi.town import load_water, prepare_town
from konvoi.words import Sentence
from konvoi.words.formats import format_clock


def check(words: list[str]) -> int:
    """Validate a scenario and its roads; list the hints of the rules."""
    settings = compose_settings(words, takes_levels=False)
    config = settings.build_config()
    scenario = config.scenario
    lang = settings.door.lang
    town = prepare_town(config, settings.scenario.path)
    load_water(config, settings.scenario.path, town.network)
    load_rules(scenario.rules, settings.scenario.path)
    others: list[tuple[str, Absence]] = []
    for pair in scenario.venue_pairs:
        rally = config.rally.model_copy(update={"venue_pair": pair})
        own = config.model_copy(update={"rally": rally})
        absences = find_absences(own, town.network, prepare_routes(own, town))
        if absences and pair == config.venue_pair_key:
            raise ScenarioError(str(settings.scenario.path), [_describe_absence(absence) for absence in absences])
        others += [(pair, absence) for absence in absences]
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
    for pair, absence in others:
        print(f"  ! {pair}: {_describe_absence(absence).say(lang)}")
    for hint in check_rules(config, lang):
        print(f"  ! {hint}")
    return 0


def _describe_absence(absence: Absence) -> Sentence:
    """Say that a side misses its rally, and which of its convoys can come when."""
    return Sentence(
        "faults.side_absent",
        side=absence.side,
        share=f"{100.0 * absence.share:.0f}",
        start=format_clock(absence.start_s, "id"),
        late=", ".join(f"{name} {format_clock(arrive_s, 'id')}" for name, arrive_s in absence.late[:8]),
    )
