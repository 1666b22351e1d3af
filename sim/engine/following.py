"""Newell's following rule for one vehicle, and how kernels are compiled."""

from __future__ import annotations

from typing import Any

from numba import njit

from sim.engine.state import Fleet, Roads

# Kernels that allocate nothing need no reference counting (_nrt, which Numba's type stubs do not know); it would cost
# more than the work they do. Inlined ones copy no tuples of arrays. Together a factor of seven (sim/DECISIONS.md).
_compile: Any = njit
kernel = _compile(cache=True, _nrt=False, error_model="numpy")
inlined = _compile(cache=True, _nrt=False, error_model="numpy", forceinline=True)


@inlined
def compute_speed(roads: Roads, fleet: Fleet, vehicle: int, link: int) -> float:
    """Compute a vehicle's free speed on a link (m/s).

    Its class's times its own factor, at most its convoy's and at most v_f: beyond the free-flow speed the triangular
    fundamental diagram says nothing.
    """
    own = roads.class_speed_mps[link, fleet.vehicle_class[vehicle]] * fleet.factor[vehicle]
    speed: float = min(own, fleet.speed_cap_mps[vehicle], roads.free_speed_mps[link])
    return speed


@inlined
def compute_passing_speed(own_mps: float, leader_mps: float, time_s: float, behind_s: float) -> float:
    """Compute the speed (m/s) at which a vehicle passes a point.

    It is that of its leader if it comes as close behind it as following allows, at ``behind_s``. Else it is its own:
    it rode freely, or had to stand and starts at once, as Newell's vehicles do.
    """
    return min(own_mps, leader_mps) if time_s <= behind_s + 1e-9 else own_mps


@inlined
def compute_headway(roads: Roads, link: int, pcu: float, leader_mps: float) -> float:
    """Compute the time (s) a vehicle of ``pcu`` keeps behind a leader: τ + δ/u, and never less than e/q."""
    behind = roads.reaction_s_pcu[link] + roads.spacing_m_pcu[link] / leader_mps
    headway: float = pcu * max(roads.headway_s_pcu[link], behind)
    return headway
