"""What is handed to the engine: the units' routes, and one drawn day as read-only arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import NONE, FloatArray, IntArray
from konvoi.plan.closures import (
    ClosedLink,
    Detour,
)
from konvoi.plan.stops import (
    Crowd,
    Halt,
    Join,
    Watch,
)

OUTBOUND, HOMEBOUND = 0, 1
MOTORCYCLE, CAR, TRUCK = 0, 1, 2
N_CLASSES = 3


@dataclass(frozen=True)
class Way:
    """Another route of a trip, for some of a dispersed group's riders; the rest take the usual one."""

    trip: int  # 2·unit + phase
    links: IntArray
    share: float  # of the riders


@dataclass(frozen=True)
class UnitRoutes:
    """Routes of all units for one venue pair; they hold no chance and are shared by all replications.

    ``route_offset`` has one entry per trip and one more; trip ``2·unit + phase`` rides
    ``route_link[route_offset[trip]:route_offset[trip + 1]]``, at least one link.
    """

    unit_name: tuple[str, ...]
    unit_side: IntArray  # 1 or 2
    unit_is_organised: NDArray[np.bool_]
    unit_area: IntArray  # index of the scenario's convoy
    route_offset: IntArray
    route_link: IntArray
    free_time_s: FloatArray  # per trip: at the unit's own speed, cars for dispersed groups
    venue_name: tuple[str, str]
    euclid_m: float
    road_m: float
    shared_m: float  # road pieces used by both sides on their outbound trips, each once
    halts: tuple[Halt, ...] = ()
    joins: tuple[Join, ...] = ()
    watches: tuple[Watch, ...] = ()
    closed: tuple[ClosedLink, ...] = ()
    detours: tuple[Detour, ...] = ()
    crowds: tuple[Crowd, ...] = ()
    ways: tuple[Way, ...] = ()  # besides the usual one, those of a trip side by side

    @property
    def n_units(self) -> int:
        """Number of units of both sides."""
        return len(self.unit_name)

    @property
    def unit_is_tour(self) -> NDArray[np.bool_]:
        """Whether each unit is the tour of a convoy: the second organised one of its area."""
        is_later = np.diff(self.unit_area, prepend=-1) == 0
        return np.asarray(self.unit_is_organised & is_later)


@dataclass(frozen=True)
class DayPlan:
    """One replication's day before it happens.

    Vehicles of a unit are contiguous: ``vehicle_offset[unit]:vehicle_offset[unit + 1]``.
    """

    routes: UnitRoutes
    seed: int
    vehicle_offset: IntArray
    vehicle_unit: IntArray
    vehicle_class: NDArray[np.int8]
    vehicle_people: FloatArray
    vehicle_pcu: FloatArray
    vehicle_speed_factor: FloatArray  # on the class speed of a link; 1 for organised vehicles
    vehicle_release_s: FloatArray  # (n, 2): after the unit's own departure, outbound and homebound
    unit_speed_cap_mps: FloatArray  # head speed of organised convoys; infinite for dispersed groups
    unit_is_escorted: NDArray[np.bool_]  # police hold the cross streets for it
    unit_takes_both_lanes: NDArray[
        np.bool_
    ]  # rides two abreast, in the oncoming lane too, on roads of one lane each way
    unit_depart_s: FloatArray  # (n_units, 2): after local midnight of the first day
    side_lateness_s: FloatArray  # (2,)
    rally_start_s: FloatArray  # (2,) planned
    rally_end_s: FloatArray  # (2,) with the side's lateness
    gate_capacity_pcu_s: float
    turnaround_s: float
    # When each vehicle comes to the assembly point; −inf for those who do not gather. Nobody gathers when it is None.
    vehicle_gather_s: FloatArray | None = None
    # Who goes home with another unit has a second row there, which is absent until the first has come to the venue, as
    # the first is from then on. NONE for all others, and for everybody when it is None.
    vehicle_successor: IntArray | None = None

    # Which way each vehicle takes outbound and homebound, (n, 2): 0 is the usual one, k the trip's k-th of `ways`. All take
    # the usual one when it is None.
    vehicle_way: IntArray | None = None

    # Room at each side's venue, and further off (pcu), and how much later those leave who park there.
    parking_pcu: tuple[tuple[float, float], tuple[float, float]] = ((np.inf, 0.0), (np.inf, 0.0))
    walk_s: tuple[float, float] = (0.0, 0.0)

    @property
    def n_vehicles(self) -> int:
        """Number of vehicles of both sides; those with two rows count twice."""
        return len(self.vehicle_unit)

    @property
    def is_second_row(self) -> NDArray[np.bool_]:
        """Whether each vehicle is the second row of another one, (n_vehicles,)."""
        is_second = np.zeros(self.n_vehicles, np.bool_)
        if self.vehicle_successor is not None:
            is_second[self.vehicle_successor[self.vehicle_successor != NONE]] = True
        return is_second

    def count_vehicles(self) -> IntArray:
        """Count each unit's vehicles on each trip, (n_units, 2)."""
        n = self.routes.n_units
        counts = np.repeat(np.bincount(self.vehicle_unit, minlength=n)[:, None], 2, axis=1)
        if self.vehicle_successor is not None and np.any(has_other := self.vehicle_successor != NONE):
            counts[:, OUTBOUND] -= np.bincount(self.vehicle_unit[self.is_second_row], minlength=n)
            counts[:, HOMEBOUND] -= np.bincount(self.vehicle_unit[has_other], minlength=n)
        return counts.astype(np.int32)
