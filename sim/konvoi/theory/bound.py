"""The pocket theory of MODEL §2, applied to a whole day: the oracle beside every simulated answer, never instead of it.

Both sides live all over town, so on one day they do not meet only if the earlier side is home before the later one
comes out. The earlier side's last vehicle leaves the shared road a rally length, an egress time D = N·e/q through the
venue's gate and a ride L/v after its start; the later side's first vehicle is on the road a margin and a ride before
its own start. Lateness of the earlier side eats the rest of the gap: P = P(lateness > gap − safe gap without lateness).
"""

from __future__ import annotations

from math import erf, log, sqrt

import numpy as np

from konvoi.config.settings import Lateness, RunConfig
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND, UnitRoutes
from konvoi.plan.draws import compute_lognormal
from konvoi.units import SECONDS_PER_MINUTE, per_hour_to_per_s


def compute_falling_from_min(config: RunConfig, routes: UnitRoutes) -> float:
    """Compute the gap (min) from which on P(contact) cannot rise with the gap: rally, hold-back, egress N·e/q, margin.

    Beyond it the later side's convoys, which are to arrive a margin before their start, find the earlier side on its
    way home, so a longer gap only parts them further. Before it the later side may come out while the earlier one is
    still at its rally, and P dips.
    """
    behaviour = config.behaviour
    margin_min = max(behaviour.organised_margin_min, behaviour.independent_margin_min)
    earlier = config.rally.first_side
    rally_min = config.scenario.rally.length_min + config.rally.get_hold_back_min(earlier)
    rally_min += behaviour.extra_lateness.get_min(earlier)
    return float(rally_min + margin_min + _compute_egress_s(config, config.rally.first_side) / SECONDS_PER_MINUTE)


def _compute_egress_s(config: RunConfig, side: int) -> float:
    """Compute how long a side needs to leave its venue through the gate, N·e/q (s)."""
    behaviour = config.behaviour
    people = sum(area.people for area in config.scenario.convoys.values() if area.side == side) * behaviour.turnout
    mix, riders, size = behaviour.vehicle_mix, behaviour.people_per_vehicle, behaviour.pcu
    per_vehicle = mix.motorcycle * riders.motorcycle + mix.car * riders.car + mix.truck * riders.truck
    pcu_per_vehicle = mix.motorcycle * size.motorcycle + mix.car * size.car + mix.truck * size.truck
    return float(people / per_vehicle * pcu_per_vehicle / per_hour_to_per_s(behaviour.venue_gate_pcu_h))


def compute_clear_gap_min(config: RunConfig, routes: UnitRoutes) -> float:
    """Compute the least gap (min) at which the sides do not meet when everybody is punctual.

    Rally length + hold-back + walk to parking further off + egress N·e/q + longest ride home of the earlier side +
    earliest planned arrival before the start + longest ride out of the later side, at the free speeds of the day's
    weather. A column's arrival counts from its gathering on, since who stands at the assembly point can be passed. What
    the earlier side is later on every day (``extra_lateness``) is added; what the later side is later would help and is
    left out.
    """
    behaviour = config.behaviour
    earlier = config.rally.first_side
    egress_s = _compute_egress_s(config, earlier)
    times_s = routes.free_time_s.reshape(-1, 2)
    home_s = times_s[routes.unit_side == earlier, HOMEBOUND].max(initial=0.0)
    out_s = times_s[routes.unit_side != earlier, OUTBOUND].max(initial=0.0)
    margin_min = max(
        behaviour.organised_margin_min + behaviour.gathering_min,
        behaviour.independent_margin_min + 2.0 * behaviour.independent_margin_sd_min,
    )
    pair = config.scenario.venue_pairs[config.venue_pair_key]
    parking = config.scenario.parking.get(pair.side_1 if earlier == 1 else pair.side_2)
    walk_min = parking.walk_min if parking is not None else 0.0
    held_min, late_min = config.rally.get_hold_back_min(earlier), behaviour.extra_lateness.get_min(earlier)
    ride_s = (home_s + out_s) / config.weather.factors[1]
    rally_min = config.scenario.rally.length_min + held_min + late_min + walk_min
    return float(rally_min + margin_min + (egress_s + ride_s) / SECONDS_PER_MINUTE)


def compute_late_probability(lateness: Lateness, minutes: float) -> float:
    """Compute the probability that a side is later than some minutes (shifted lognormal, cut at its maximum)."""
    if minutes >= lateness.max_min:
        return 0.0
    if minutes < lateness.earliest_min:
        return 1.0
    if lateness.sd_min == 0.0:
        return float(lateness.median_min > minutes)
    scale, sigma = compute_lognormal(lateness)
    x = minutes - lateness.earliest_min
    return 1.0 if x <= 0.0 else 0.5 * (1.0 - erf(log(x / scale) / sigma / sqrt(2.0)))


def compute_theory_bound(config: RunConfig, routes: UnitRoutes) -> float:
    """Compute an upper bound of P(contact) by the longest rides and the earliest riders; NaN where it does not apply.

    That is where the sides share no road, and where halts or closed roads keep people longer on their way than a ride
    and a queue at the gate.
    """
    if routes.shared_m <= 0.0 or routes.halts or routes.closed:
        return float(np.nan)
    if (planned_min := config.rally.gap.minutes) is None:
        return 0.0
    behaviour, earlier = config.behaviour, config.rally.first_side
    added_earlier_min, added_later_min = (behaviour.extra_lateness.get_min(side) for side in (earlier, 3 - earlier))
    # Riders of the later side come as planned, however late its convoys are.
    gap_min = planned_min + min(added_later_min, 0.0) - added_earlier_min
    rest_min = gap_min - compute_clear_gap_min(config, routes)
    return compute_late_probability(behaviour.lateness, rest_min)
