"""The standard what-ifs of a town: one list for the answer of a day and for proposals."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, hypot, radians
from typing import Any

import numpy as np

from konvoi.arrays import FloatArray
from konvoi.config.scenario import Place
from konvoi.config.settings import RunConfig
from konvoi.plan.day_plan import OUTBOUND, UnitRoutes
from konvoi.study.standard_cases import UNCERTAIN_M, AreaFacts, Case, build_standard_cases, find_shared_street
from konvoi.town import Town
from konvoi.units import METRES_PER_KILOMETRE

METRES_PER_DEGREE = 111_320.0  # of latitude


def list_cases(config: RunConfig, content: Mapping[str, Any], town: Town, routes: UnitRoutes) -> list[Case]:
    """List the standard what-ifs of a town.

    Parameters
    ----------
    content
        The scenario as plain values.
    routes
        Of the configuration's venues: they tell which street most people of both sides share.
    """
    scenario, network = config.scenario, town.network

    def locate(key: str) -> tuple[float, float]:
        node = town.place_node[key]
        return float(network.node_x_m[node]), float(network.node_y_m[node])

    areas = [
        AreaFacts(key, area.side, area.people, *locate(area.assembly_point)) for key, area in scenario.convoys.items()
    ]
    pair = scenario.venue_pairs[config.venue_pair_key]
    venue_m = locate(pair.side_1), locate(pair.side_2)
    people = _count_people(areas, routes, len(network.link_length_m))
    street = find_shared_street(
        network.link_name, network.link_length_m.tolist(), people[0].tolist(), people[1].tolist()
    )
    moved = []
    for side, key in ((1, pair.side_1), (2, pair.side_2)):
        place = scenario.venues[key]
        if place.candidates:  # the first is where it is taken to be
            elsewhere = list_other_candidates(place)
        elif place.accuracy_m > UNCERTAIN_M:
            elsewhere = move_place(place, venue_m[side - 1], venue_m[2 - side])
        else:
            elsewhere = []
        moved += [(key, f"{place.name} {label}", position) for label, position in elsewhere]
    return build_standard_cases(content, areas, venue_m, street, moved)


def _count_people(areas: list[AreaFacts], routes: UnitRoutes, n_links: int) -> FloatArray:
    """Count the people of each side who ride over each link on their way to the rally, (2, n_links)."""
    people = np.zeros((2, n_links))
    for unit in range(routes.n_units):
        area = areas[routes.unit_area[unit]]
        share = 0.5 * area.people  # of an organised convoy and of the independent riders beside it
        trip = 2 * unit + OUTBOUND
        links = routes.route_link[routes.route_offset[trip] : routes.route_offset[trip + 1]]
        np.add.at(people[area.side - 1], links, share)
    return people


def list_other_candidates(place: Place) -> list[tuple[str, dict[str, float]]]:
    """List where a place of unknown position may be instead: the candidates but for the one it is taken to be at."""
    return [
        (candidate.name, {"lon_deg": candidate.lon_deg, "lat_deg": candidate.lat_deg})
        for candidate in place.candidates
        if (candidate.lon_deg, candidate.lat_deg) != (place.lon_deg, place.lat_deg)
    ]


def move_place(
    place: Place, at_m: tuple[float, float], other_m: tuple[float, float]
) -> list[tuple[str, dict[str, float]]]:
    """Move a place towards another one, and away from it, by as much as it may be misplaced."""
    length_m = hypot(other_m[0] - at_m[0], other_m[1] - at_m[1])
    if length_m == 0.0:
        return []
    east, north = ((other_m[k] - at_m[k]) / length_m for k in (0, 1))
    moved = []
    for label, sign in (("+", 1.0), ("−", -1.0)):
        reach_m = sign * place.accuracy_m
        if sign > 0.0:
            reach_m = min(reach_m, 0.5 * length_m)
        if place.x_m is not None and place.y_m is not None:
            position = {"x_m": place.x_m + reach_m * east, "y_m": place.y_m + reach_m * north}
        else:
            assert place.lon_deg is not None
            assert place.lat_deg is not None
            position = {
                "lat_deg": place.lat_deg + reach_m * north / METRES_PER_DEGREE,
                "lon_deg": place.lon_deg + reach_m * east / (METRES_PER_DEGREE * cos(radians(place.lat_deg))),
            }
        kilometres = abs(reach_m) / METRES_PER_KILOMETRE
        moved.append((f"{label}{kilometres:.1f} km", position))
    return moved
