"""Routes + chance → the day plan: who rides, in which unit, when, with what traits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import NONE, FloatArray, IntArray
from konvoi.config.scenario import Parking
from konvoi.config.settings import RunConfig
from konvoi.plan.day_plan import OUTBOUND, DayPlan, UnitRoutes
from konvoi.plan.draws import draw_declared_vehicles, draw_lateness_s, draw_normals, draw_turnout, draw_vehicles
from konvoi.plan.hours import compute_planned_departure_s, compute_rally_starts_s
from konvoi.plan.strata import choose_strata
from konvoi.plan.ways_home import Column, compute_departure_s, compute_gathering_s, go_on_in_other_units, leave_early
from konvoi.streams import DEPARTURE, ROUTE, ROUTE_OF_COLUMN, SPEED, build_generator
from konvoi.units import SECONDS_PER_DAY, clock_to_s, kmh_to_mps, minutes_to_s, per_hour_to_per_s

ESCORTED_SIDES = {"none": (), "side_1": (1,), "side_2": (2,), "both": (1, 2)}


class Rallies(NamedTuple):
    """The rallies of both sides, (2,) each."""

    start_s: FloatArray  # planned, after local midnight of the first day
    end_s: FloatArray  # with the side's lateness
    lateness_s: FloatArray


class Unit(NamedTuple):
    """The vehicles of one unit, and when they leave."""

    column: Column
    depart_s: tuple[float, float]  # outbound and homebound
    gather_s: FloatArray  # when each vehicle comes to the assembly point; −inf for those who do not gather


def build_plan(config: RunConfig, routes: UnitRoutes, seed: int, replication: int | None = None) -> DayPlan:
    """Spend all chance of one replication.

    Parameters
    ----------
    seed
        The replication's seed (`konvoi.streams.compute_replication_seed`).
    replication
        Its number, which tells its strata; not needed for plain sampling.

    Raises
    ------
    ValueError
        When sampling is stratified and the number is not given.
    """
    behaviour = config.behaviour
    rallies = _draw_rallies(config, seed, replication)
    units = _draw_units(config, routes, rallies, seed)
    n_own = [len(unit.column.people) for unit in units]
    columns, successors = go_on_in_other_units(
        behaviour, [unit.column for unit in units], routes.unit_name, routes.unit_area, seed
    )
    counts = [len(column.people) for column in columns]
    vehicle_offset = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    vehicle_class = np.concatenate([column.vehicle_class for column in columns])
    gather_s, successor = np.full(len(vehicle_class), -np.inf), np.full(len(vehicle_class), NONE)
    for first, unit in zip(vehicle_offset[:-1], units, strict=True):
        gather_s[first : first + len(unit.gather_s)] = unit.gather_s
    for own, rows, other, first in successors:
        successor[vehicle_offset[own] + rows] = vehicle_offset[other] + first + np.arange(len(rows))
    is_escorted = (
        routes.unit_is_organised & ~routes.unit_is_tour & np.isin(routes.unit_side, ESCORTED_SIDES[config.rally.escort])
    )
    pcu = np.array([behaviour.pcu.motorcycle, behaviour.pcu.car, behaviour.pcu.truck])
    pair = config.scenario.venue_pairs[config.venue_pair_key]
    parking = [config.scenario.parking.get(key) for key in (pair.side_1, pair.side_2)]
    return DayPlan(
        routes=routes,
        seed=seed,
        vehicle_offset=vehicle_offset,
        vehicle_unit=np.repeat(np.arange(routes.n_units, dtype=np.int32), counts),
        vehicle_class=vehicle_class,
        vehicle_people=np.concatenate([column.people for column in columns]),
        vehicle_pcu=pcu[vehicle_class],
        vehicle_speed_factor=np.concatenate([column.factor for column in columns]),
        vehicle_release_s=np.concatenate([column.release_s for column in columns]),
        unit_speed_cap_mps=np.where(routes.unit_is_organised, kmh_to_mps(behaviour.organised_speed_kmh), np.inf),
        unit_is_escorted=is_escorted,
        unit_takes_both_lanes=is_escorted & config.rally.escort_takes_both_lanes,
        unit_depart_s=np.array([unit.depart_s for unit in units]),
        side_lateness_s=rallies.lateness_s,
        rally_start_s=rallies.start_s,
        rally_end_s=rallies.end_s,
        gate_capacity_pcu_s=per_hour_to_per_s(behaviour.venue_gate_pcu_h),
        turnaround_s=behaviour.turnaround_s,
        vehicle_gather_s=gather_s,
        vehicle_successor=successor,
        vehicle_way=draw_ways(routes, n_own, counts, seed) if routes.ways else None,
        parking_pcu=(_get_room(parking[0]), _get_room(parking[1])),
        walk_s=(_get_walk_s(parking[0]), _get_walk_s(parking[1])),
    )


def _draw_rallies(config: RunConfig, seed: int, replication: int | None) -> Rallies:
    """Draw how late each side is. A late side begins its rally late; the hours of rallies end it all the same."""
    behaviour, start_s = config.behaviour, compute_rally_starts_s(config)
    strata: tuple[int | None, int | None] = (None, None)
    if config.sampling == "stratified":
        if replication is None:
            raise ValueError("stratified sampling needs the number of the replication")
        strata = choose_strata(config.seed, replication)
    lateness_s = np.array([draw_lateness_s(behaviour.lateness, seed, side, strata[side - 1]) for side in (1, 2)])
    lateness_s += [minutes_to_s(behaviour.extra_lateness.get_min(side)) for side in (1, 2)]
    # Every rally keeps its own day.
    window_end_s = np.floor(start_s / SECONDS_PER_DAY) * SECONDS_PER_DAY + clock_to_s(config.scenario.rally.window_end)
    length_s = minutes_to_s(config.scenario.rally.length_min)
    end_s = np.minimum(start_s + np.maximum(lateness_s, 0.0) + length_s, window_end_s)
    return Rallies(start_s, end_s, lateness_s)


def _draw_units(config: RunConfig, routes: UnitRoutes, rallies: Rallies, seed: int) -> list[Unit]:
    """Draw the vehicles of every unit and their departures; those of a tour join it when the column goes home."""
    behaviour, areas = config.behaviour, list(config.scenario.convoys.values())
    turnout = [draw_turnout(behaviour, seed, side) for side in (1, 2)]
    units: list[Unit] = []
    for unit, name in enumerate(routes.unit_name):
        if routes.unit_is_tour[unit]:
            nobody = Column(np.empty(0, np.int8), np.empty(0), np.empty(0), np.empty((0, 2)))
            units.append(Unit(nobody, units[unit - 2].depart_s, np.empty(0)))
            continue
        area = areas[routes.unit_area[unit]]
        is_organised = bool(routes.unit_is_organised[unit])
        share = behaviour.get_share(area.organised_share, is_organised=is_organised)
        came = turnout[area.side - 1]
        vehicles = (
            draw_vehicles(behaviour, area.people * came * share, seed, name)
            if area.vehicles is None
            else draw_declared_vehicles(behaviour, area.vehicles, area.people, came * share, seed, name)
        )
        free_out_s = float(routes.free_time_s[2 * unit + OUTBOUND])
        draw = _draw_column if is_organised else _draw_riders
        units.append(draw(config, area.side, vehicles, free_out_s, rallies, seed, name))
    return units


def _draw_column(
    config: RunConfig,
    side: int,
    vehicles: tuple[NDArray[np.int8], FloatArray],
    free_out_s: float,
    rallies: Rallies,
    seed: int,
    name: str,
) -> Unit:
    """Draw the departures of an organised convoy: all of its vehicles leave one behind the other."""
    behaviour, n = config.behaviour, len(vehicles[0])
    lateness_s = rallies.lateness_s[side - 1]
    spread_s = minutes_to_s(behaviour.convoy_departure_sd_min) * draw_normals(seed, DEPARTURE, name, 2)
    held_s = minutes_to_s(config.rally.get_hold_back_min(side))
    home_s = float(rallies.end_s[side - 1] + held_s + abs(spread_s[1]))
    # A late convoy is late since its people still come; the first come at the hour that was announced.
    planned_departure_s = compute_planned_departure_s(config, rallies.start_s[side - 1], free_out_s)
    ready_s = float(planned_departure_s + lateness_s + spread_s[0])
    planned_s = ready_s - float(lateness_s + spread_s[0])
    first_s = min(planned_s, ready_s) - minutes_to_s(behaviour.gathering_min)
    gather_s = compute_gathering_s(n, first_s, ready_s)
    out_s = compute_departure_s(behaviour, gather_s, planned_s, ready_s)
    return Unit(Column(*vehicles, np.ones(n), np.zeros((n, 2))), (out_s, home_s), gather_s)


def _draw_riders(
    config: RunConfig,
    side: int,
    vehicles: tuple[NDArray[np.int8], FloatArray],
    free_out_s: float,
    rallies: Rallies,
    seed: int,
    name: str,
) -> Unit:
    """Draw the departures of a dispersed group: each vehicle leaves on its own, and rides at its own speed."""
    behaviour, n = config.behaviour, len(vehicles[0])
    margin_s = minutes_to_s(behaviour.independent_margin_min)
    normals = draw_normals(seed, DEPARTURE, name, 2 * n)
    release_s = np.column_stack(
        [
            minutes_to_s(behaviour.independent_margin_sd_min) * np.clip(normals[:n], -2.0, 2.0),
            minutes_to_s(behaviour.dispersal_sd_min) * np.abs(normals[n:]),
        ]
    )
    earliest_s = release_s[:, OUTBOUND].min() if n else 0.0
    release_s[:, OUTBOUND] -= earliest_s
    out_s = float(rallies.start_s[side - 1] - margin_s - free_out_s + earliest_s)
    home_s = float(rallies.end_s[side - 1])
    factor = np.clip(1.0 + behaviour.independent_speed_sd * draw_normals(seed, SPEED, name, n), 0.5, 1.5)
    column = Column(*vehicles, factor, release_s)
    if behaviour.early_leaver_share > 0.0:
        column = leave_early(behaviour, column, seed, name)
        home_s -= minutes_to_s(behaviour.early_leave_min)
    return Unit(column, (out_s, home_s), np.full(n, -np.inf))


def draw_ways(routes: UnitRoutes, n_own: Sequence[int], counts: Sequence[int], seed: int) -> IntArray:
    """Draw which way each vehicle takes outbound and homebound, (n, 2); more people move nobody's draw.

    Parameters
    ----------
    n_own
        Vehicles of each unit's own.
    counts
        With those of a column who go home in the unit, behind its own.
    """
    ways = np.zeros((sum(counts), 2), np.int32)
    first = np.concatenate([[0], np.cumsum(counts)])
    for trip in sorted({way.trip for way in routes.ways}):
        unit, phase = divmod(trip, 2)
        shares = [way.share for way in routes.ways if way.trip == trip]
        bounds = np.cumsum([1.0 - sum(shares), *shares[:-1]])
        entity = f"{routes.unit_name[unit]} {phase}"
        own = build_generator(seed, ROUTE, entity).random(n_own[unit])
        joined = build_generator(seed, ROUTE_OF_COLUMN, entity).random(counts[unit] - n_own[unit])
        chosen = np.searchsorted(bounds, np.concatenate([own, joined]), side="right")
        ways[first[unit] : first[unit + 1], phase] = chosen
    return ways


def _get_room(parking: Parking | None) -> tuple[float, float]:
    """Return the room (pcu) at a venue and further off; without a limit there is enough at the venue."""
    return (np.inf, 0.0) if parking is None else (parking.places_pcu, parking.further_off_pcu)


def _get_walk_s(parking: Parking | None) -> float:
    return 0.0 if parking is None else minutes_to_s(parking.walk_min)
