"""Places of unknown position: one configuration per candidate."""

from __future__ import annotations

from typing import NamedTuple

from konvoi.config.scenario import Place
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
    for group in ("venues", "assembly_points", "waypoints"):
        places: dict[str, Place] = getattr(scenario, group)
        for key, place in places.items():
            for candidate in place.candidates:
                spot = {"lon_deg": candidate.lon_deg, "lat_deg": candidate.lat_deg}
                moved = {**places, key: place.model_copy(update=spot)}
                own = config.model_copy(update={"scenario": scenario.model_copy(update={group: moved})})
                found.append(CandidateConfig(key, candidate.name, own))
    return found
