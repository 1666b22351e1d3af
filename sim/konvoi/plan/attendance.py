"""Who is at the rally when it begins, as planned: a closed road or a hold may keep a whole side away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from konvoi.arrays import FloatArray, IntArray
from konvoi.config.settings import RunConfig
from konvoi.network import RoadNetwork
from konvoi.plan.closures import ClosedLink
from konvoi.plan.day_plan import OUTBOUND, UnitRoutes
from konvoi.plan.hours import compute_rally_starts_s
from konvoi.units import SECONDS_PER_DAY, minutes_to_s


@dataclass(frozen=True)
class Absence:
    """A side most of which cannot be at its rally in time, whatever the traffic."""

    side: int
    share: float  # of its people who can be there when the rally begins
    start_s: float  # after local midnight
    late: tuple[tuple[str, float], ...]  # units that come later, with their arrival, s after local midnight


def find_absences(
    config: RunConfig, network: RoadNetwork, routes: UnitRoutes, starts_s: FloatArray | None = None
) -> list[Absence]:
    """Find the sides fewer of whose people than `behaviour.attendance_share` can be there when their rally begins.

    Parameters
    ----------
    starts_s
        Starts of both rallies, side 1 first, s after local midnight of the first day; without them those configured.
    """
    starts_s = compute_rally_starts_s(config) if starts_s is None else starts_s
    arrive_s = compute_planned_arrivals_s(config, network, routes, starts_s)
    areas = list(config.scenario.convoys.values())
    people = np.array(
        [
            0.0
            if is_tour
            else areas[area].people
            * config.behaviour.get_share(areas[area].organised_share, is_organised=bool(is_organised))
            for area, is_organised, is_tour in zip(
                routes.unit_area, routes.unit_is_organised, routes.unit_is_tour, strict=True
            )
        ]
    )
    absences = []
    for side, start_s in enumerate(starts_s.tolist(), start=1):
        own = (routes.unit_side == side) & (people > 0.0)
        is_late = own & (arrive_s > start_s + 1.0)
        if not own.any():
            continue
        share = float(1.0 - people[is_late].sum() / people[own].sum())
        if share < config.behaviour.attendance_share:
            late = tuple((routes.unit_name[unit], float(arrive_s[unit])) for unit in np.flatnonzero(is_late))
            absences.append(Absence(side, share, start_s, late))
    return absences


def compute_planned_arrivals_s(
    config: RunConfig, network: RoadNetwork, routes: UnitRoutes, starts_s: FloatArray | None = None
) -> FloatArray:
    """Compute when each unit is at its venue as planned (n_units,), s after local midnight of the first day.

    It leaves in time for its margin, rides as if alone, turns off before a closed road where there is a way around, and
    waits where there is none, or at a halt that has an hour. ``starts_s``: as in `find_absences`.
    """
    behaviour = config.behaviour
    starts_s = compute_rally_starts_s(config) if starts_s is None else starts_s
    arrive_s = np.empty(routes.n_units)
    for unit in range(routes.n_units):
        is_organised = bool(routes.unit_is_organised[unit])
        margin_min = behaviour.organised_margin_min if is_organised else behaviour.independent_margin_min
        trip = 2 * unit + OUTBOUND
        leave_s = starts_s[routes.unit_side[unit] - 1] - minutes_to_s(margin_min) - routes.free_time_s[trip]
        arrive_s[unit] = _ride(network, routes, trip, float(leave_s), float(routes.free_time_s[trip]))
    return arrive_s


def _ride(network: RoadNetwork, routes: UnitRoutes, trip: int, leave_s: float, free_s: float) -> float:
    """Return when a trip that begins at a moment ends (s), with its waits but without traffic."""
    links = routes.route_link[routes.route_offset[trip] : routes.route_offset[trip + 1]]
    car_s = network.link_length_m[links] / network.link_free_speed_mps[links]
    ride_s = car_s * (free_s / car_s.sum())  # the unit's own speed
    detours = {detour.after: detour.links for detour in routes.detours if detour.trip == trip}
    now_s = leave_s
    for after, link in enumerate(links.tolist()):
        for halt in routes.halts:
            if halt.trip == trip and halt.after == after and halt.clock_s > 0.0:
                day_s = np.floor(now_s / SECONDS_PER_DAY) * SECONDS_PER_DAY
                now_s = max(now_s, min(day_s + halt.clock_s, now_s + halt.patience_s))
        open_s = _find_opening_s(routes.closed, link, now_s)
        if open_s > now_s and after in detours:
            return now_s + _compute_around_s(network, detours[after], car_s, ride_s)
        now_s = open_s + ride_s[after]
    return float(now_s)


def _find_opening_s(closed: tuple[ClosedLink, ...], link: int, now_s: float) -> float:
    """Return from when on a link may be entered (s), not earlier than now; closed hours that touch are one."""
    own = [one for one in closed if one.link == link]
    for _ in range(2 * len(own)):  # each of them today, and over midnight
        for one in own:
            if one.begin_s <= now_s % SECONDS_PER_DAY < one.end_s:
                now_s += one.end_s - now_s % SECONDS_PER_DAY
    return now_s


def _compute_around_s(network: RoadNetwork, links: IntArray, car_s: FloatArray, ride_s: FloatArray) -> float:
    """Return the ride around a closed road (s), as much slower than a car as the trip itself."""
    slowness = float(ride_s.sum() / car_s.sum())
    return slowness * float((network.link_length_m[links] / network.link_free_speed_mps[links]).sum())
