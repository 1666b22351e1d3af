"""Places of unknown position."""

from __future__ import annotations

from konvoi.config.scenario import Place, Scenario


def list_unknown_places(scenario: Scenario) -> list[tuple[str, str, Place]]:
    """List the places whose position is not known: section of the scenario, key, place."""
    groups = {"venues": scenario.venues, "assembly_points": scenario.assembly_points, "waypoints": scenario.waypoints}
    return [
        (group, key, place) for group, places in groups.items() for key, place in places.items() if place.candidates
    ]
