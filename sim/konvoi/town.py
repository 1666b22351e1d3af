"""Scenario + network → everything a place needs for any number of days."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import FloatArray
from konvoi.config.reading import is_file
from konvoi.config.scenario import NetworkSource, Place
from konvoi.config.settings import JunctionRule, RunConfig
from konvoi.contacts.crowds import Sights, build_sights
from konvoi.contacts.segments import Cells, build_cells
from konvoi.contacts.stretches import Stretches, build_stretches
from konvoi.data import find_data
from konvoi.engine.crossings import Crossings, build_crossings
from konvoi.errors import NetworkError, ScenarioError
from konvoi.network import MapQuality, RoadNetwork, find_moves, insert_places_xy, load_edits, load_network, project
from konvoi.network.junctions import Junctions
from konvoi.network.roads import allow_all_turns
from konvoi.units import per_hour_to_per_s
from konvoi.words import Sentence


@dataclass(frozen=True)
class Town:
    """The place of a scenario, ready for any number of replications; it holds no chance and no decision."""

    network: RoadNetwork
    cells: Cells
    crossings: Crossings
    junctions: Junctions
    place_node: dict[str, int]
    place_snap_m: dict[str, float]
    sights: Sights | None = None
    stretches: Stretches | None = None


@dataclass(frozen=True)
class TownSettings:
    """All that a town depends on; `build_town` sees nothing else, so that equal settings are equal towns."""

    network: NetworkSource
    day: str  # roads that open later are not there yet
    venues: dict[str, Place]
    assembly_points: dict[str, Place]
    waypoints: dict[str, Place]
    junctions: JunctionRule
    cell_length_m: float
    contact_distance_m: float
    road_distance_m: float
    place_m: float
    scenario_path: Path

    @classmethod
    def from_config(cls, config: RunConfig, scenario_path: Path) -> Self:
        """Take out of a configuration what its town depends on."""
        scenario, contact = config.scenario, config.contact
        return cls(
            network=scenario.network,
            day=scenario.date,
            venues=scenario.venues,
            assembly_points=scenario.assembly_points,
            waypoints=scenario.waypoints,
            junctions=config.junctions,
            cell_length_m=config.engine.cell_length_m,
            contact_distance_m=contact.distance_m,
            road_distance_m=contact.distance_m * contact.road_factor,
            place_m=contact.place_m,
            scenario_path=scenario_path,
        )

    @property
    def places(self) -> dict[str, Place]:
        """All places by key: venues, assembly points, waypoints."""
        return {**self.venues, **self.assembly_points, **self.waypoints}

    @cached_property
    def key(self) -> str:
        """A short key; the same for equal settings, in every process."""
        return hashlib.blake2b(repr(self).encode(), digest_size=12).hexdigest()


def prepare_town(config: RunConfig, scenario_path: Path, *, cache_dir: Path | None = None) -> Town:
    """Build the town of a configuration (`build_town`)."""
    return build_town(TownSettings.from_config(config, scenario_path), cache_dir=cache_dir)


def build_town(settings: TownSettings, *, cache_dir: Path | None = None) -> Town:
    """Load the roads, put venues and assembly points on them, and cut them into cells.

    Raises
    ------
    NetworkError
        When the road file is missing or unusable.
    ScenarioError
        When places are too far from any road.
    """
    source, scenario_path = settings.network, settings.scenario_path
    if source.file is None:
        raise ScenarioError(str(scenario_path), [Sentence("faults.network_file")])
    road_file = find_road_file(source, scenario_path)
    network = load_network(
        road_file,
        find_file(source.manual, scenario_path, "manuals", suffix=".yaml"),
        cache_dir=cache_dir,
        day=settings.day,
    )
    if not source.obeys_turns:
        network = allow_all_turns(network)
    places = settings.places
    for key, (lon_deg, lat_deg) in find_moves(load_edits(road_file)).items():
        if key in places:
            moved = {"lon_deg": lon_deg, "lat_deg": lat_deg, "x_m": None, "y_m": None}
            places[key] = places[key].model_copy(update=moved)
    x_m, y_m = locate(network, list(places.values()))
    n_streets = len(network.node_x_m)
    network = replace(network, quality=_add_places(network.quality, settings))
    network, node, snap_m = insert_places_xy(network, x_m, y_m, [place.name for place in places.values()])
    _require_near_roads(settings, network, places, snap_m)
    rule = settings.junctions
    place_node = {key: int(index) for key, index in zip(places, node, strict=True)}
    cells = build_cells(network, settings.cell_length_m, settings.contact_distance_m, settings.road_distance_m)
    return Town(
        network=network,
        cells=cells,
        crossings=build_crossings(
            network,
            crossing_pcu_s=np.inf if rule.crossing_pcu_h is None else per_hour_to_per_s(rule.crossing_pcu_h),
            drives_on_left=rule.drives_on_left,
            cycle_s=rule.cycle_s if rule.signals == "fixed" else 0.0,
            lost_s=rule.lost_s,
        ),
        junctions=Junctions(
            network,
            places=range(n_streets, len(network.node_x_m)),
            venues=[place_node[key] for key in settings.venues],
        ),
        place_node=place_node,
        place_snap_m={key: float(distance) for key, distance in zip(places, snap_m, strict=True)},
        sights=build_sights(network, cells, node.tolist()),
        stretches=build_stretches(network, cells, settings.place_m),
    )


def _require_near_roads(
    settings: TownSettings, network: RoadNetwork, places: Mapping[str, Place], snap_m: FloatArray
) -> None:
    """Refuse places that are farther from any road than the limit, or than their own accuracy."""
    faults = []
    for (key, place), distance_m in zip(places.items(), snap_m, strict=True):
        limit_m = max(settings.network.snap_limit_m, place.accuracy_m)
        if distance_m > limit_m:
            groups = {"venues": settings.venues, "assembly_points": settings.assembly_points}
            group = next((name for name, known in groups.items() if key in known), "waypoints")
            swapped = "faults.swapped" if _is_swapped(network, place) else "faults.place_elsewhere"
            faults.append(
                Sentence(
                    "faults.place_off_road",
                    group=group,
                    key=key,
                    distance_m=distance_m,
                    limit_m=limit_m,
                    mend=Sentence(swapped),
                )
            )
    if faults:
        raise ScenarioError(str(settings.scenario_path), faults)


def _is_swapped(network: RoadNetwork, place: Place) -> bool:
    """Return whether a place would lie among the roads if its longitude were its latitude."""
    if place.lon_deg is None or place.lat_deg is None or abs(place.lon_deg) > 85.0 or not network.crs:
        return False
    x_m, y_m = project(network, np.array([place.lat_deg]), np.array([place.lon_deg]))
    node_x_m, node_y_m = network.node_x_m, network.node_y_m
    return bool(node_x_m.min() <= x_m[0] <= node_x_m.max() and node_y_m.min() <= y_m[0] <= node_y_m.max())


def _add_places(quality: MapQuality, settings: TownSettings) -> MapQuality:
    """Add what the scenario knows of the map: its licence where the file is silent, and how well venues are known."""
    worst = max(settings.venues.values(), key=lambda place: place.accuracy_m)
    if worst.lon_deg is None:
        return quality
    licence = quality.licence or settings.network.licence
    return replace(quality, licence=licence, worst_venue=worst.name, worst_venue_error_m=worst.accuracy_m)


def find_road_file(source: NetworkSource, scenario_path: Path) -> Path:
    """Find the road file of a scenario.

    Raises
    ------
    NetworkError
        When it is nowhere, with the command that makes it where the scenario knows one.
    """
    try:
        return find_file(str(source.file), scenario_path, "networks")
    except NetworkError:
        if not source.fetch:
            raise
        raise NetworkError(
            Sentence("faults.road_file_absent", file=source.file, name=scenario_path.name, fetch=source.fetch)
        ) from None


def find_file(name: str, scenario_path: Path, folder: str, *, suffix: str = "") -> Path:
    """Find a file a scenario names: beside it, in a folder beside it, in the current folder, or among the embedded ones.

    A scenario may name any file by its path, in plain sight. A symbolic link that leads out of the folder it lies in is
    refused: who reads the scenario could not see which file is meant.

    Raises
    ------
    NetworkError
        When it is nowhere, or hidden behind such a link.
    """
    scenarios = find_data("scenarios")
    beside = scenario_path.parent
    for base in (beside, beside / folder, Path(), scenarios / folder):
        for candidate in (base / name, base / f"{name}{suffix}"):
            if is_file(candidate):
                home = Path(os.path.normpath(candidate.absolute())).parent.resolve()
                is_own = home.is_relative_to(scenarios.resolve())  # an installer may link to its store
                if not is_own and not candidate.resolve().is_relative_to(home):
                    raise NetworkError(
                        Sentence(
                            "faults.symbolic_link",
                            scenario_path=scenario_path,
                            name=name,
                            candidate=candidate.resolve(),
                        )
                    )
                return candidate
    raise NetworkError(
        Sentence("faults.file_nowhere", scenario_path=scenario_path, name=name, beside=beside, beside_2=beside / folder)
    )


def load_water(
    config: RunConfig, scenario_path: Path, network: RoadNetwork
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Load the lines of rivers (coordinates in m) a scenario names for drawing; none when it names no file.

    Raises
    ------
    NetworkError
        When the file holds something else.
    """
    source = config.scenario.network.water
    if source is None:
        return []
    path = find_file(source, scenario_path, "networks")
    lines = []
    try:
        for number, feature in enumerate(json.loads(path.read_text(encoding="utf-8"))["features"]):
            if feature["geometry"]["type"] != "LineString":
                continue
            lon_lat = np.array(feature["geometry"]["coordinates"], np.float64)
            if not (np.abs(lon_lat[:, :2]) <= (180.0, 85.0)).all():
                raise ValueError(Sentence("faults.geojson_position", number=number))
            line = project(network, lon_lat[:, 0], lon_lat[:, 1])
            if not np.isfinite(line).all():  # too far from the town for its projection
                raise ValueError(Sentence("faults.geojson_position", number=number))
            lines.append(line)
    except (OSError, KeyError, TypeError, IndexError, ValueError, RecursionError) as fault:
        raise NetworkError(
            Sentence("faults.geojson_lines", path=path, kind=type(fault).__name__, fault=fault)
        ) from None
    return lines


def locate(network: RoadNetwork, places: list[Place]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the places' coordinates (m) in the network's projection."""
    x_m, y_m = np.empty(len(places)), np.empty(len(places))
    for index, place in enumerate(places):
        if place.x_m is not None and place.y_m is not None:
            x_m[index], y_m[index] = place.x_m, place.y_m
        else:
            lon_lat = np.array([place.lon_deg], np.float64), np.array([place.lat_deg], np.float64)
            projected = project(network, *lon_lat)
            x_m[index], y_m[index] = projected[0][0], projected[1][0]
    return x_m, y_m
