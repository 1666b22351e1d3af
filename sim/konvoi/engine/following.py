"""Newell's following rule for one vehicle."""

from __future__ import annotations

from konvoi.engine.records import Records
from konvoi.engine.state import Link, Vehicle
from konvoi.kernels import inlined
from konvoi.plan.day_plan import CAR, TRUCK


@inlined
def compute_speed(links: Records[Link], fleet: Records[Vehicle], vehicle: int, link: int) -> float:
    """Compute a vehicle's free speed on a link (m/s).

    Its class's times its own factor, at most its convoy's and at most v_f: beyond the free-flow speed the triangular
    fundamental diagram says nothing.
    """
    own, road = fleet[vehicle], links[link]
    class_mps = road.motorcycle_mps
    if own.vehicle_class == CAR:
        class_mps = road.car_mps
    elif own.vehicle_class == TRUCK:
        class_mps = road.truck_mps
    speed: float = min(class_mps * own.factor, own.speed_cap_mps, road.free_speed_mps)
    return speed


@inlined
def compute_passing_speed(own_mps: float, leader_mps: float, time_s: float, behind_s: float) -> float:
    """Compute the speed (m/s) at which a vehicle passes a point.

    It is that of its leader if it comes as close behind it as following allows, at ``behind_s``. Else it is its own:
    it rode freely, or had to stand and starts at once, as Newell's vehicles do.
    """
    return min(own_mps, leader_mps) if time_s <= behind_s + 1e-9 else own_mps


@inlined
def compute_headway(links: Records[Link], link: int, leader_mps: float) -> float:
    """Compute the time (s) a vehicle of one pcu keeps behind a leader: τ + δ/u, and never less than 1/q."""
    road = links[link]
    headway: float = max(road.headway_s_pcu, road.reaction_s_pcu + road.spacing_m_pcu / leader_mps)
    return headway
