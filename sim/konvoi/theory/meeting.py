"""The pocket theory with everybody's spread: P(contact) at long gaps without simulating a vehicle.

It follows the tail of each of the earlier side's units on its way home and the head of each of the later side's on its
way out. Both are told by people, not by the last rider: less than ``min_people`` behind the tail or before the head make
no contact. What is random is the lateness of both sides (its real shifted lognormal), the spread of convoys around their
side, the earlier side's turnout; the rest is taken as it is on average, vehicles in the configured mix:

- the venue's gate serves first whoever was ready first, whatever the unit; riders come to it as they set out for home;
- a road that leads less than the gate lets out delays the tail by N·h − t, with N the pcu that left before it along
  that road and h = 1/q − 1/(k_j·v_f) + 1/(k_j·v) the headway at the convoys' speed v (Newell); independent riders on
  their way home ride among the convoys, at their speed;
- on shared road the tail rides towards the head; they meet first where the tail comes latest before the head.

Pairs that are decided by the same lateness are not independent, so all is conditioned on it: with K the longest gap at
which a unit is met, P = 1 − E[Π_convoys Φ((x + late_later − K)/sd) · Π_riders P(none or too few | x)], x = gap − late_earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from konvoi.arrays import FloatArray
from konvoi.config.settings import Behaviour, Lateness, RunConfig
from konvoi.network import RoadNetwork, dampen_roads
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND, UnitRoutes
from konvoi.plan.draws import compute_lognormal, count_seats
from konvoi.theory.bound import compute_falling_from_min
from konvoi.units import SECONDS_PER_MINUTE, clock_to_s, kmh_to_mps, minutes_to_s, per_hour_to_per_s

STEP_S = 10.0  # of the gate's queue
# Gauss–Hermite nodes of the turnout, in standard deviations, and their weights: exact for polynomials of degree five.
TURNOUTS = ((-np.sqrt(3.0), 1.0 / 6.0), (0.0, 2.0 / 3.0), (np.sqrt(3.0), 1.0 / 6.0))
EARLIER_NODES, LATER_NODES = 400, 60  # midpoints of equal probability of the two sides' lateness


@dataclass(frozen=True)
class _Streams:
    """How a side's units leave the venue through its gate."""

    time_s: FloatArray  # (m,) after the end of the rally
    gone_pcu: FloatArray  # (m, units) through the gate
    total_pcu: FloatArray  # (units,)


@dataclass(frozen=True)
class _Meetings:
    """The longest gaps (min) at which punctual units of the later side meet the earlier side's tails."""

    convoy_min: FloatArray  # (convoys,)
    riders_min: FloatArray  # (dispersed groups,) were all to set out at their mean departure
    head: FloatArray  # so many standard deviations after which they are together in number
    full_vehicles: FloatArray  # vehicles with enough people by themselves


def compute_meeting_p(config: RunConfig, routes: UnitRoutes, network: RoadNetwork) -> float:
    """Compute P(contact) by the pocket theory with spread.

    Returns
    -------
    The probability; 0 on another day, NaN where the theory says nothing: no shared road, halts, joins, tours or closed
    roads, or a gap so short that the earlier side may still be at its rally
    (`konvoi.theory.bound.compute_falling_from_min`).
    """
    is_plain = not (routes.halts or routes.joins or routes.closed or routes.unit_is_tour.any())
    if routes.shared_m <= 0.0 or not is_plain:
        return float("nan")
    if (gap_min := config.rally.gap.minutes) is None:
        return 0.0
    if gap_min < compute_falling_from_min(config, routes):
        return float("nan")
    network = dampen_roads(network, *config.weather.factors)
    lateness, extra = config.behaviour.lateness, config.behaviour.extra_lateness
    earlier = config.rally.first_side
    earlier_min = np.maximum(_draw_quantiles(lateness, EARLIER_NODES) + extra.get_min(earlier), 0.0)
    scenario = config.scenario.rally
    room_s = clock_to_s(scenario.window_end) - clock_to_s(scenario.first_start) - minutes_to_s(scenario.length_min)
    x_min = gap_min - np.minimum(earlier_min, room_s / SECONDS_PER_MINUTE)  # a rally ends with its window
    later_min = _draw_quantiles(lateness, LATER_NODES) + extra.get_min(3 - earlier)
    p = 0.0
    places = _find_places(config, routes, network)
    for deviation, weight in TURNOUTS:
        turnout = max(0.2, 1.0 + deviation * config.behaviour.turnout_sd)
        meetings = _find_meetings(config, routes, network, turnout, places)
        missed = _miss_riders(config, meetings, x_min) * _miss_convoys(config, meetings, x_min, later_min)
        p += weight * (1.0 - float(missed.mean()))
    return p


def _miss_convoys(config: RunConfig, meetings: _Meetings, x_min: FloatArray, later_min: FloatArray) -> FloatArray:
    """Compute the probability that no convoy of the later side meets the earlier side, for each x."""
    spread_min = max(config.behaviour.convoy_departure_sd_min, 1e-6)
    margin = x_min[:, None, None] + later_min[:, None] - meetings.convoy_min
    return np.asarray(special.ndtr(margin / spread_min).prod(axis=2).mean(axis=1), np.float64)


def _miss_riders(config: RunConfig, meetings: _Meetings, x_min: FloatArray) -> FloatArray:
    """Compute the probability that no independent riders of the later side meet the earlier side in number.

    Riders who set out before the tail is there are met. Enough people at a time are many of them, or one vehicle with
    enough people (a truck): the number of such vehicles among those met is taken as Poisson.
    """
    sd_min = max(config.behaviour.independent_margin_sd_min, 1e-6)
    met = (meetings.riders_min - x_min[:, None]) / sd_min  # in standard deviations of their departures
    full = (meetings.full_vehicles * _clip_ndtr(met)).sum(axis=1)
    return np.asarray(np.exp(-full) * np.all(met < meetings.head, axis=1), np.float64)


def _draw_quantiles(lateness: Lateness, n: int) -> FloatArray:
    """Return n equally likely values of a side's lateness (min)."""
    scale, sigma = compute_lognormal(lateness)
    normal = special.ndtri((np.arange(n) + 0.5) / n)
    return np.asarray(np.minimum(lateness.earliest_min + scale * np.exp(sigma * normal), lateness.max_min), np.float64)


def _find_meetings(
    config: RunConfig,
    routes: UnitRoutes,
    network: RoadNetwork,
    turnout: float,
    places: dict[tuple[int, int], tuple[float, float]],
) -> _Meetings:
    """Find the longest gaps at which each unit of the later side meets the earlier side."""
    behaviour = config.behaviour
    earlier = np.flatnonzero(routes.unit_side == config.rally.first_side)
    later = np.flatnonzero(routes.unit_side != config.rally.first_side)
    people = _count_people(config, routes)
    cap_mps = kmh_to_mps(behaviour.organised_speed_kmh)
    pcu_person = _compute_pcu_per_person(behaviour)
    home_people = people[earlier] * turnout
    streams = _let_out(behaviour, home_people * pcu_person, routes.unit_is_organised[earlier])
    tail_s = _delay_tails(config, routes, network, earlier, streams, home_people, pcu_person, cap_mps)
    base_min = config.scenario.rally.length_min + config.rally.get_hold_back_min(config.rally.first_side)
    convoy_min, riders = [], []
    for unit in later:
        is_organised = bool(routes.unit_is_organised[unit])
        margin_min = behaviour.organised_margin_min if is_organised else behaviour.independent_margin_min
        ahead_s = minutes_to_s(margin_min) + routes.free_time_s[2 * unit + OUTBOUND]
        longest_min, head = -np.inf, np.inf
        for index, other in enumerate(earlier):
            if min(people[unit], home_people[index]) < config.contact.min_people:
                continue
            met = places.get((int(other), int(unit)))
            if met is not None:
                gap_min = base_min + (tail_s[index] + met[0] + ahead_s) / SECONDS_PER_MINUTE
                if gap_min > longest_min:
                    longest_min = gap_min
                    head = _find_head(config.contact.min_people / float(people[unit]), met[1])
        if is_organised and np.isfinite(longest_min):
            convoy_min.append(longest_min)
        elif np.isfinite(longest_min):
            riders.append(
                (longest_min, head, people[unit] * _compute_full_per_person(behaviour, config.contact.min_people))
            )
    columns = np.array(riders).reshape(-1, 3).T
    return _Meetings(np.array(convoy_min), columns[0], columns[1], columns[2])


def _find_places(
    config: RunConfig, routes: UnitRoutes, network: RoadNetwork
) -> dict[tuple[int, int], tuple[float, float]]:
    """Find, for each pair of units of the earlier and the later side that share road, what `_find_last_meeting` tells."""
    cap_mps = kmh_to_mps(config.behaviour.organised_speed_kmh)
    is_earlier = routes.unit_side == config.rally.first_side
    found = {}
    for earlier in np.flatnonzero(is_earlier).tolist():
        for later in np.flatnonzero(~is_earlier).tolist():
            met = _find_last_meeting(routes, network, earlier, later, cap_mps)
            if met is not None:
                found[earlier, later] = met
    return found


def _compute_full_per_person(behaviour: Behaviour, min_people: float) -> float:
    """Compute how many vehicles that carry enough people by themselves there are per person (cf. `konvoi.plan.draws.draw_vehicles`)."""
    mix = np.array([behaviour.vehicle_mix.motorcycle, behaviour.vehicle_mix.car, behaviour.vehicle_mix.truck])
    riders = behaviour.people_per_vehicle
    means = np.array([riders.motorcycle, riders.car, riders.truck])
    seats = count_seats(means - 1.0)
    share = np.clip((means - 1.0) / seats, 0.0, 1.0)
    fewer = np.ceil(min_people) - 2.0  # riders beyond the driver that are one too few
    is_full = np.where(fewer < 0.0, 1.0, 1.0 - special.bdtr(np.clip(fewer, 0.0, seats), seats.astype(int), share))
    return float((mix * is_full).sum() / (mix * means).sum())


def _count_people(config: RunConfig, routes: UnitRoutes) -> FloatArray:
    """Count each unit's people at the mean turnout."""
    areas = list(config.scenario.convoys.values())
    people = np.empty(routes.n_units)
    for unit in range(routes.n_units):
        area = areas[routes.unit_area[unit]]
        is_organised = bool(routes.unit_is_organised[unit])
        people[unit] = area.people * config.behaviour.get_share(area.organised_share, is_organised=is_organised)
    return people * config.behaviour.turnout


def _compute_pcu_per_person(behaviour: Behaviour) -> float:
    """Compute the mean pcu per person of the vehicle mix."""
    mix, riders, size = behaviour.vehicle_mix, behaviour.people_per_vehicle, behaviour.pcu
    people = mix.motorcycle * riders.motorcycle + mix.car * riders.car + mix.truck * riders.truck
    return (mix.motorcycle * size.motorcycle + mix.car * size.car + mix.truck * size.truck) / people


def _let_out(behaviour: Behaviour, pcu: FloatArray, is_organised: NDArray[np.bool_]) -> _Streams:
    """Let a side's units out through the gate, which serves first whoever came first.

    Convoys come to it half-normally spread by ``convoy_departure_sd_min``, independent riders by ``dispersal_sd_min``.
    As many as have gone through by a moment are those who had come by an earlier one.
    """
    gate = per_hour_to_per_s(behaviour.venue_gate_pcu_h)
    sd_s = np.where(
        is_organised, minutes_to_s(behaviour.convoy_departure_sd_min), minutes_to_s(behaviour.dispersal_sd_min)
    )
    n = int((pcu.sum() / gate + 4.0 * sd_s.max()) / STEP_S) + 2
    time_s = STEP_S * np.arange(n, dtype=np.float64)
    come = pcu * np.clip(special.erf(time_s[:, None] / np.maximum(sd_s, 1e-6) / np.sqrt(2.0)), 0.0, 1.0)
    come[-1] = pcu
    all_come = come.sum(axis=1)
    all_gone = np.zeros(n)
    for k in range(1, n):
        all_gone[k] = min(all_come[k], all_gone[k - 1] + gate * STEP_S)
    came_s = np.interp(all_gone, all_come, time_s)
    gone = np.stack([np.interp(came_s, time_s, one) for one in come.T], axis=1)
    return _Streams(time_s, gone, pcu)


def _delay_tails(
    config: RunConfig,
    routes: UnitRoutes,
    network: RoadNetwork,
    units: NDArray[np.intp],
    streams: _Streams,
    people: FloatArray,
    pcu_person: float,
    cap_mps: float,
) -> FloatArray:
    """Compute when each unit's tail is past the gate and the road that delays it most, s after the rally's end."""
    speed = np.minimum(network.link_free_speed_mps, cap_mps)
    headway_s = 1.0 / network.link_capacity_pcu_s + (1.0 / speed - 1.0 / network.link_free_speed_mps) / (
        network.link_jam_density_pcu_m
    )
    uses = np.zeros((len(units), len(network.link_length_m)), bool)
    for index, unit in enumerate(units):
        uses[index, _get_links(routes, int(unit), HOMEBOUND)] = True
    tail_s = np.empty(len(units))
    for index in range(len(units)):
        behind = min(config.contact.min_people, people[index]) * pcu_person
        k = int(np.searchsorted(streams.gone_pcu[:, index], streams.total_pcu[index] - behind))
        k = min(k, len(streams.time_s) - 1)
        before_pcu = streams.gone_pcu[k] @ uses
        delay_s = (before_pcu * headway_s)[uses[index]].max(initial=0.0) - streams.time_s[k]
        tail_s[index] = streams.time_s[k] + max(0.0, delay_s)
    return tail_s


def _find_last_meeting(
    routes: UnitRoutes, network: RoadNetwork, earlier: int, later: int, cap_mps: float
) -> tuple[float, float] | None:
    """Find where the tail of a homebound unit comes latest before the head of an outbound one.

    Returns
    -------
    By how much later the tail comes there than the head, both counted from their departures (s), and the pace of the
    outbound unit over that of the tail; None when they share no road.
    """
    home, out = _get_links(routes, earlier, HOMEBOUND), _get_links(routes, later, OUTBOUND)
    cap_later = cap_mps if routes.unit_is_organised[later] else np.inf
    home_s = network.link_length_m[home] / np.minimum(network.link_free_speed_mps[home], cap_mps)
    out_s = network.link_length_m[out] / np.minimum(network.link_free_speed_mps[out], cap_later)
    home_end, out_begin = np.cumsum(home_s), np.cumsum(out_s) - out_s
    piece_home, piece_out = (np.minimum(links, network.link_twin[links]) for links in (home, out))
    _, i, j = np.intersect1d(piece_home, piece_out, return_indices=True)
    if len(i) == 0:
        return None
    lag = home_end[i] - out_begin[j]
    best = int(lag.argmax())
    return float(lag[best]), float(out_s[j[best]] / home_s[i[best]])


@lru_cache(maxsize=4096)
def _find_head(wanted: float, pace: float) -> float:
    """Find from when on a share of independent riders is together, in standard deviations after their mean departure.

    Riders who set out before the tail has reached the start of their shared road are in its way: those of the last
    (D − t)·pace, when at t the tail is D − t from there. The least D is found at which that share is among them.
    """
    low, high = -2.0, 30.0
    for _ in range(30):
        middle = 0.5 * (low + high)
        t = np.linspace(0.0, middle + 2.0, 241)  # nobody sets out earlier than two standard deviations
        at = middle - t
        share = (_clip_ndtr(at) - _clip_ndtr(at - t * pace)).max()
        low, high = (low, middle) if share >= wanted else (middle, high)
    return high


def _clip_ndtr(z: FloatArray) -> FloatArray:
    """Compute the distribution of a standard normal cut at two standard deviations (what is beyond sits at the cut)."""
    return np.where(z >= 2.0, 1.0, np.where(z < -2.0, 0.0, special.ndtr(z)))


def _get_links(routes: UnitRoutes, unit: int, phase: int) -> NDArray[np.int32]:
    """Return the links of a trip."""
    trip = 2 * unit + phase
    return routes.route_link[routes.route_offset[trip] : routes.route_offset[trip + 1]]
