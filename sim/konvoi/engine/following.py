"""Newell's following rule for one vehicle, and how kernels are compiled."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba import njit

from konvoi.engine.records import Records
from konvoi.engine.state import Link, Vehicle
from konvoi.plan.day_plan import CAR, TRUCK

# Kernels that allocate nothing need no reference counting (_nrt, which Numba's type stubs do not know); it would cost
# more than the work they do. Inlined ones copy no tuples of arrays. Together a factor of seven (docs/decisions.md).
_compile: Any = njit
kernel = _compile(cache=True, _nrt=False, error_model="numpy")
inlined = _compile(cache=True, _nrt=False, error_model="numpy", forceinline=True)


def forget_stale_kernels(rooms: Sequence[Path]) -> None:
    """Remove the compiled kernels of rooms that are older than the newest source among them.

    Numba compares a kernel with its own file only, so one that calls into a file that has changed would go on as before;
    and it cannot even look at an index that names a type which is gone.
    """
    sources = [path.stat().st_mtime for room in rooms for path in room.glob("*.py")]
    newest = max(sources, default=0.0)
    if newest > time.time():  # a clock that was wrong must not compile everything again in every process
        return
    for room in rooms:
        for path in (*room.glob("__pycache__/*.nbi"), *room.glob("__pycache__/*.nbc")):
            with suppress(OSError):  # another process was first, or the folder cannot be written
                if path.stat().st_mtime < newest:
                    path.unlink()


# Here, since everybody who runs a kernel comes by: before the first one is looked up.
forget_stale_kernels([Path(__file__).parent, Path(__file__).parent.parent / "contacts"])


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
