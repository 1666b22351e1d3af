"""The whole pass on one screen: configuration → town → plan → engine → outcomes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.config import NetworkSource, Place, RunConfig, is_file
from sim.engine.cells import Cells, build_cells
from sim.engine.crossings import Crossings, build_crossings
from sim.engine.model import ContactLimits, RallyModel
from sim.engine.places import Sights, build_sights
from sim.engine.state import FURTHER_OFF, ON_STREET
from sim.errors import NetworkError, ScenarioError
from sim.events import (
    ARRIVE_FIRST,
    ARRIVE_LAST,
    CONTACT_BEGIN,
    CONTACT_END,
    DEPART_HOME,
    DEPART_OUT,
    GRIDLOCK,
    HALT_BEGIN,
    HALT_END,
    HOME_LAST,
    PARKED_ON_STREET,
    PARKING_FULL,
    RALLY_BEGIN,
    RALLY_END,
    STRANDED,
    EventLog,
)
from sim.metrics.contacts import Junctions, build_contact_columns, count_outcomes
from sim.network import RoadNetwork, dampen_roads, find_moves, insert_places_xy, load_edits, load_network, project
from sim.plan import HOMEBOUND, OUTBOUND, UnitRoutes, build_plan, build_routes
from sim.streams import compute_replication_seed
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, per_hour_to_per_s


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


@dataclass(frozen=True)
class Outcome:
    """What is kept of one replication: a row of `tables.REPLICATIONS`, and columns of `tables.CONTACTS`."""

    row: dict[str, Any]
    contacts: dict[str, Any]


def prepare_town(config: RunConfig, scenario_path: Path, *, cache_dir: Path | None = None) -> Town:
    """Load the roads, put venues and assembly points on them, and cut them into cells.

    Raises
    ------
    NetworkError
        When the road file is missing or unusable.
    ScenarioError
        When places are too far from any road.
    """
    source = config.scenario.network
    if source.file is None:
        raise ScenarioError(str(scenario_path), ["network.file: is missing; 'konvoi roads fetch' makes a road file"])
    road_file = find_road_file(source, scenario_path)
    network = load_network(
        road_file,
        find_file(source.manual, scenario_path, "manuals", suffix=".yaml"),
        cache_dir=cache_dir,
    )
    places = config.scenario.places
    for key, (lon_deg, lat_deg) in find_moves(load_edits(road_file)).items():
        if key in places:
            moved = {"lon_deg": lon_deg, "lat_deg": lat_deg, "x_m": None, "y_m": None}
            places[key] = places[key].model_copy(update=moved)
    x_m, y_m = locate(network, list(places.values()))
    n_streets = len(network.node_x_m)
    network, node, snap_m = insert_places_xy(network, x_m, y_m, [place.name for place in places.values()])
    faults = []
    for (key, place), distance_m in zip(places.items(), snap_m, strict=True):
        limit_m = max(source.snap_limit_m, place.accuracy_m)
        if distance_m > limit_m:
            groups = {"venues": config.scenario.venues, "assembly_points": config.scenario.assembly_points}
            group = next((name for name, known in groups.items() if key in known), "waypoints")
            faults.append(
                f"{group}.{key}: {distance_m:,.0f} m from the nearest road (limit {limit_m:,.0f} m); "
                "check lon_deg and lat_deg, or give a larger accuracy_m"
            )
    if faults:
        raise ScenarioError(str(scenario_path), faults)
    contact, rule = config.contact, config.junctions
    place_node = {key: int(index) for key, index in zip(places, node, strict=True)}
    cells = build_cells(
        network, config.engine.cell_length_m, contact.distance_m, contact.distance_m * contact.road_factor
    )
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
            venues=[place_node[key] for key in config.scenario.venues],
        ),
        place_node=place_node,
        place_snap_m={key: float(distance) for key, distance in zip(places, snap_m, strict=True)},
        sights=build_sights(network, cells, node.tolist()),
    )


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
            f"the road file {source.file!r} of {scenario_path.name} is not there yet; make it in this folder with\n"
            f"  konvoi roads fetch out={source.file} {source.fetch}"
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
    scenarios = Path(str(files("scenarios")))
    beside = scenario_path.parent
    for base in (beside, beside / folder, Path(), scenarios / folder):
        for candidate in (base / name, base / f"{name}{suffix}"):
            if is_file(candidate):
                home = Path(os.path.normpath(candidate.absolute())).parent.resolve()
                is_own = home.is_relative_to(scenarios.resolve())  # an installer may link to its store
                if not is_own and not candidate.resolve().is_relative_to(home):
                    raise NetworkError(
                        f"{scenario_path}: {name!r} is a symbolic link out of its folder, to {candidate.resolve()}; "
                        "name that file by its path, or copy it here"
                    )
                return candidate
    raise NetworkError(
        f"{scenario_path}: the file {name!r} is neither in {beside} nor in {beside / folder} nor embedded; "
        "give its path, or make a road file with 'konvoi roads fetch'"
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
                raise ValueError(f"features.{number}: a position that is none on Earth")
            lines.append(project(network, lon_lat[:, 0], lon_lat[:, 1]))
    except (OSError, KeyError, TypeError, IndexError, ValueError, RecursionError) as fault:
        raise NetworkError(
            f"{path}: not a GeoJSON file of lines ({type(fault).__name__}: {fault}); mend it or take network.water out"
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


def build_replication(config: RunConfig, town: Town, routes: UnitRoutes, replication: int) -> RallyModel:
    """Build the model of a replication by its number, with its seed and, if sampling is stratified, its strata."""
    return build_model(config, town, routes, compute_replication_seed(config.seed, replication), replication)


def build_model(
    config: RunConfig, town: Town, routes: UnitRoutes, seed: int, replication: int | None = None
) -> RallyModel:
    """Build the model of one replication: the only way, for sweeps, browser and tests alike.

    Rain slows the ride, not the timetable: routes and departures were planned for a dry day.
    """
    contact = config.contact
    capacity_factor, speed_factor = config.weather.factors
    return RallyModel(
        dampen_roads(town.network, capacity_factor, speed_factor),
        town.cells,
        town.crossings._replace(slot_s_pcu=town.crossings.slot_s_pcu / capacity_factor),
        build_plan(config, routes, seed, replication),
        ContactLimits(contact.merge_s, contact.min_duration_s, contact.min_people),
        decision_interval_s=config.engine.decision_interval_s,
        max_day_h=config.engine.max_day_h,
        sights=town.sights,
        max_hold_s=config.junctions.max_hold_s,
        motorcycles_pass_m=config.junctions.motorcycles_pass_m,
    )


def run_replication(config: RunConfig, town: Town, routes: UnitRoutes, replication: int) -> Outcome:
    """Run one replication of one design point.

    Parameters
    ----------
    replication
        Its number; the same number has the same seed at every design point.
    """
    model = build_replication(config, town, routes, replication)
    model.run()
    return summarise(model, town, replication)


def summarise(model: RallyModel, town: Town, replication: int) -> Outcome:
    """Measure a finished run."""
    plan = model.plan
    columns = build_contact_columns(model.find_contacts(), plan.routes, town.network, town.junctions)
    # Who goes home in another unit has two rows; the first counts.
    vehicle_side = np.where(plan.is_second_row, 0, plan.routes.unit_side[plan.vehicle_unit])
    row: dict[str, Any] = {"replication": replication, "seed": plan.seed, **count_outcomes(columns)}
    for side in (1, 2):
        row[f"lateness_{side}_min"] = float(plan.side_lateness_s[side - 1] / SECONDS_PER_MINUTE)
        row[f"vehicles_{side}"] = int(np.count_nonzero(vehicle_side == side))
        row[f"people_{side}"] = int(plan.vehicle_people[vehicle_side == side].sum())
    row["delay_vehicle_h"] = model.compute_delay_s() / SECONDS_PER_HOUR
    row["stranded"] = model.n_stranded
    row["gridlock"] = "; ".join(name for names in name_gridlocks(model, town) for name in names)
    row["error"] = ""
    return Outcome(row, columns)


def name_gridlocks(model: RallyModel, town: Town) -> list[list[str]]:
    """Name the junctions of each grid-lock of a finished run, each once."""
    named = []
    for ring in model.find_gridlocks():
        node = town.network.link_to[ring]
        names = town.junctions.find_names(
            town.network.node_x_m[node], town.network.node_y_m[node], np.array(ring, np.int32)
        )
        named.append(list(dict.fromkeys(names.tolist())))
    return named


def run_once(
    config: RunConfig, town: Town, place_routes: UnitRoutes, replication: int, watch: Callable[[RallyModel], None]
) -> tuple[Outcome, EventLog]:
    """Run one replication and write down what happened, for `konvoi run`.

    Parameters
    ----------
    watch
        Is shown the model after each hour of the day, e.g. to draw a progress bar.
    """
    model = build_replication(config, town, place_routes, replication)
    while model.running:
        model.run_until(model.clock_s + SECONDS_PER_HOUR)
        watch(model)
    outcome = summarise(model, town, replication)
    return outcome, build_event_log(model, outcome, name_gridlocks(model, town))


def build_event_log(model: RallyModel, outcome: Outcome, gridlocks: list[list[str]]) -> EventLog:
    """Write down departures, arrivals, rallies, contacts, grid-locks and the stranded of a finished run."""
    plan, log = model.plan, EventLog()
    first_s, last_s = model.compute_trip_times()
    venue = plan.routes.venue_name
    for side in (1, 2):
        log.add(plan.rally_start_s[side - 1], RALLY_BEGIN, f"pasangan {side}", place=venue[side - 1])
        log.add(plan.rally_end_s[side - 1], RALLY_END, f"pasangan {side}", place=venue[side - 1])
    n_vehicles = plan.count_vehicles()
    for unit, name in enumerate(plan.routes.unit_name):
        place = venue[plan.routes.unit_side[unit] - 1]
        moments = (
            (DEPART_OUT, first_s[unit, OUTBOUND, 0], "", float(n_vehicles[unit, OUTBOUND])),
            (ARRIVE_FIRST, last_s[unit, OUTBOUND, 0], place, np.nan),
            (ARRIVE_LAST, last_s[unit, OUTBOUND, 1], place, np.nan),
            (DEPART_HOME, first_s[unit, HOMEBOUND, 0], place, float(n_vehicles[unit, HOMEBOUND])),
            (HOME_LAST, last_s[unit, HOMEBOUND, 1], "", np.nan),
        )
        for code, time_s, where, value in moments:
            if np.isfinite(time_s):
                log.add(time_s, code, name, place=where, value=value)
        n_stranded = model.count_stranded(unit)
        if n_stranded:
            log.add(model.clock_s, STRANDED, name, value=n_stranded)
    for junctions in gridlocks:
        log.add(model.last_move_s, GRIDLOCK, "", place="; ".join(junctions), value=model.n_riding)
    for index, halt in enumerate(plan.routes.halts):
        begin_s, end_s = model.compute_halt_times(index)
        unit = halt.trip // 2
        for code, time_s in ((HALT_BEGIN, begin_s), (HALT_END, end_s)):
            if np.isfinite(time_s):
                value = float(n_vehicles[unit, halt.trip % 2])
                log.add(time_s, code, plan.routes.unit_name[unit], place=halt.name, value=value)
    for side in (1, 2):
        full_s = float(model.state.parking.full_s[side - 1])
        if np.isfinite(full_s):
            for parked_code, parked_where in ((PARKING_FULL, FURTHER_OFF), (PARKED_ON_STREET, ON_STREET)):
                n_parked = model.count_parked(side, parked_where)
                log.add(full_s, parked_code, f"pasangan {side}", place=venue[side - 1], value=n_parked)
    columns = outcome.contacts
    for k in range(len(columns["contact"])):
        names = {"other": columns["unit_2"][k], "place": columns["junction"][k]}
        people = columns["people_1"][k] + columns["people_2"][k]
        log.add(columns["begin_s"][k], CONTACT_BEGIN, columns["unit_1"][k], value=people, **names)
        log.add(
            columns["end_s"][k], CONTACT_END, columns["unit_1"][k], value=columns["exposure_person_min"][k], **names
        )
    return log


def prepare_routes(config: RunConfig, town: Town) -> UnitRoutes:
    """Build the routes of a configuration's venue pair."""
    return build_routes(config, town.network, town.place_node)
