"""Places of unknown position: one configuration per candidate."""

from __future__ import annotations

from typing import NamedTuple

from konvoi.config.scenario import Place, Scenario
from konvoi.config.settings import RunConfig


class CandidateConfig(NamedTuple):
    """A configuration with a place of unknown position at one of its candidates."""

    place: str  # its key
    candidate: str  # the candidate's name
    config: RunConfig


def list_candidates(config: RunConfig) -> list[CandidateConfig]:
    """Return one configuration per candidate of every place of unknown position, the other places as they are.

    The answer depends on a position when these differ in it; it is settled by ``lon_deg`` and ``lat_deg``.
    """
    found = []
    scenario = config.scenario
    for group, key, place in list_unknown_places(scenario):
        for candidate in place.candidates:
            spot = {"lon_deg": candidate.lon_deg, "lat_deg": candidate.lat_deg}
            moved = {**getattr(scenario, group), key: place.model_copy(update=spot)}
            own = config.model_copy(update={"scenario": scenario.model_copy(update={group: moved})})
            found.append(CandidateConfig(key, candidate.name, own))
    return found


def list_unknown_places(scenario: Scenario) -> list[tuple[str, str, Place]]:
    """List the places whose position is not known: section of the scenario, key, place."""
    groups = {"venues": scenario.venues, "assembly_points": scenario.assembly_points, "waypoints": scenario.waypoints}
    return [
        (group, key, place) for group, places in groups.items() for key, place in places.items() if place.candidates
    ]
