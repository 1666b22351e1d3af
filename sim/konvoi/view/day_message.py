"""A day as the page shows it: the model driven to its end, measured as `konvoi run` does, and packed for the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from konvoi import __version__
from konvoi.config.settings import RunConfig
from konvoi.engine.model import RallyModel
from konvoi.measures.day_summary import name_gridlocks
from konvoi.measures.events import EventLog, build_event_log
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND, UnitRoutes
from konvoi.replication import Outcome, summarise
from konvoi.town import Town
from konvoi.units import SECONDS_PER_HOUR
from konvoi.view.packing import pack_message, pack_numbers, pack_signed
from konvoi.view.trips import TIME_STEP_S, WAY_STEP_M, Trips, build_trips

MARGIN_S = 120.0  # shown before the first departure and after the last arrival
# Columns of the contacts table the page shows; the others tell the engine's inner life.
SHOWN = ("contact", "unit_1", "unit_2", "phase", "type", "begin_s", "end_s", "x_m", "y_m", "junction",
         "people_1", "people_2", "exposure_person_min", "is_standing")  # fmt: skip


@dataclass(frozen=True)
class Day:
    """A finished day."""

    config: RunConfig
    replication: int
    outcome: Outcome
    log: EventLog
    trips: Trips
    message: bytes  # for the browser


def play_out(model: RallyModel) -> None:
    """Drive a model to the end of its day by its steps; at full hours it stands where `konvoi run` looks at it."""
    while model.running:
        hour_s = min(model.clock_s + SECONDS_PER_HOUR, model.stop_s)
        while model.running and model.clock_s + model.decision_interval_s < hour_s:
            model.step()
        model.run_until(hour_s)


def record_day(model: RallyModel, config: RunConfig, town: Town, replication: int) -> Day:
    """Play a model's day out, measure it, and pack it."""
    play_out(model)
    outcome = summarise(model, town, replication)
    trips = build_trips(model)
    message = pack_day(model, config, town, outcome, trips)
    log = build_event_log(model, outcome.contacts, name_gridlocks(model, town))
    return Day(config, replication, outcome, log, trips, message)


def pack_day(model: RallyModel, config: RunConfig, town: Town, outcome: Outcome, trips: Trips) -> bytes:
    """Pack a finished day: who rode where when, its contacts, its phases and where all that comes from."""
    plan = model.plan
    routes, vehicle_class = plan.routes, plan.vehicle_class
    first, count = trips.offset[:-1], np.diff(trips.offset)
    step_time, step_way = np.diff(trips.time), np.diff(trips.way)
    is_inside = np.ones(max(len(trips.time) - 1, 0), np.bool_)
    is_inside[first[1:] - 1] = False
    shown_s = [float(trips.time.min()), float(trips.time.max())] if len(trips.time) else [0.0, 0.0]
    quality = town.network.quality
    columns = {name: outcome.contacts[name] for name in SHOWN}
    texts: dict[str, Any] = {
        "begin_s": max(0.0, shown_s[0] * TIME_STEP_S - MARGIN_S),
        "end_s": shown_s[1] * TIME_STEP_S + MARGIN_S,
        "time_step_s": TIME_STEP_S,
        "way_step_m": WAY_STEP_M,
        "step_s": model.decision_interval_s,
        "line_side": routes.unit_side[trips.line_trip // 2].tolist(),
        "sides": [describe_side(model, outcome, side) for side in (1, 2)],
        "places": list_places(config, town, routes),
        "contacts": {name: np.asarray(values).tolist() for name, values in columns.items()},
        "outcome": {
            name: None if isinstance(value, float) and value != value else value for name, value in outcome.row.items()
        }
        | {"seed": str(outcome.row["seed"])},  # more than a browser's numbers hold
        "title": config.scenario.title,
        "date": config.scenario.date,
        "zone": config.scenario.timezone_label,
        "gap_min": config.rally.gap_min,
        "distance_m": config.contact.distance_m,
        "euclid_km": routes.euclid_m / 1000.0,
        "road_km": routes.road_m / 1000.0,
        "shared_km": routes.shared_m / 1000.0,
        "seed": str(config.seed),
        "replication": outcome.row["replication"],
        "version": __version__,
        "map": {"kind": quality.kind, "place": quality.place, "date": quality.date, "licence": quality.licence,
                "error_m": None if np.isnan(quality.position_error_median_m) else quality.position_error_median_m},
    }  # fmt: skip
    blocks = {
        "line_count": pack_numbers(np.diff(trips.line_offset)),
        "line_link": pack_numbers(trips.line_link),
        "ride_begin": pack_signed(np.diff(trips.time[first], prepend=0)),
        "ride_kind": pack_numbers(4 * trips.line.astype(np.int64) + vehicle_class[trips.vehicle]),
        "ride_count": pack_numbers(count),
        "ride_time": pack_numbers(step_time[is_inside]),
        "ride_way": pack_numbers(step_way[is_inside]),
    }
    return pack_message(texts, blocks)


def describe_side(model: RallyModel, outcome: Outcome, side: int) -> dict[str, Any]:
    """Describe one side's day: its phases (s after local midnight, None where nobody rode) and its size."""
    plan = model.plan
    own = np.flatnonzero(plan.routes.unit_side == side)
    depart_s, arrive_s = model.compute_trip_times()

    def find(times: Any, phase: int, reduce: Any, which: int) -> float | None:
        values = times[own, phase, which]
        values = values[np.isfinite(values)]
        return float(reduce(values)) if len(values) else None

    return {
        "venue": plan.routes.venue_name[side - 1],
        "rally_start_s": float(plan.rally_start_s[side - 1]),
        "rally_end_s": float(plan.rally_end_s[side - 1]),
        "lateness_s": float(plan.side_lateness_s[side - 1]),
        "out_s": [find(depart_s, OUTBOUND, np.min, 0), find(arrive_s, OUTBOUND, np.max, 1)],
        "home_s": [find(depart_s, HOMEBOUND, np.min, 0), find(arrive_s, HOMEBOUND, np.max, 1)],
        "vehicles": outcome.row[f"vehicles_{side}"],
        "people": outcome.row[f"people_{side}"],
    }


def list_places(config: RunConfig, town: Town, routes: UnitRoutes) -> list[dict[str, Any]]:
    """List the venues of the day and the assembly points that are used, with their sides (0: both)."""
    scenario, network = config.scenario, town.network
    pair = scenario.venue_pairs[config.venue_pair_key]
    sides: dict[tuple[str, str], set[int]] = {}
    for side, key in ((1, pair.side_1), (2, pair.side_2)):
        sides.setdefault(("venue", key), set()).add(side)
    for convoy in scenario.convoys.values():
        sides.setdefault(("assembly", convoy.assembly_point), set()).add(convoy.side)
    places = []
    for (kind, key), own in sides.items():
        place = scenario.places[key]
        node = town.place_node[key]
        places.append(
            {
                "kind": kind,
                "name": place.name,
                "side": min(own) if len(own) == 1 else 0,
                "x_m": float(network.node_x_m[node]),
                "y_m": float(network.node_y_m[node]),
            }
        )
    return places
