"""Small towns with answers one can derive by hand, and the model on them without any chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from konvoi.contacts.rows import ContactLimits
from konvoi.contacts.segments import build_cells
from konvoi.engine.crossings import build_crossings
from konvoi.engine.model import RallyModel
from konvoi.network import LinkDraft, RoadNetwork, build_synthetic
from konvoi.plan.day_plan import DayPlan, UnitRoutes

KMH_36 = 36.0  # 10 m/s
LENIENT = ContactLimits(merge_s=60.0, min_duration_s=0.0, min_people=0.0)


@dataclass(frozen=True)
class Unit:
    """Vehicles of one side that ride out along links and home along links."""

    side: int
    out: Sequence[int]
    home: Sequence[int]
    depart_s: float = 0.0
    home_s: float = 20_000.0
    n: int = 1
    pcu: float | Sequence[float] = 1.0
    people: float = 1.0
    cap_mps: float = np.inf
    release_s: Sequence[float] | None = None
    factor: Sequence[float] | None = None
    is_escorted: bool = False
    takes_both_lanes: bool = False
    classes: int | Sequence[int] = 1
    extra: dict[str, float] = field(default_factory=dict)


def build_corridor(length_m: float = 6000.0, pieces: int = 1, **road: float) -> RoadNetwork:
    """A straight road from west to east; link 2k leads east on piece k, link 2k + 1 west."""
    step = length_m / pieces
    nodes = [(step * k, 0.0) for k in range(pieces + 1)]
    settings = {"capacity_pcu_h": 1800.0, "speed_kmh": KMH_36, **road}
    return build_synthetic(nodes, [LinkDraft(k, k + 1, **settings) for k in range(pieces)])


def build_cross(arm_m: float = 2000.0) -> RoadNetwork:
    """Two straight roads that cross at node 0; arms to west 1, east 2, north 3, south 4; link 2k towards node 0."""
    nodes = [(0.0, 0.0), (-arm_m, 0.0), (arm_m, 0.0), (0.0, arm_m), (0.0, -arm_m)]
    return build_synthetic(
        nodes, [LinkDraft(k, 0, capacity_pcu_h=1800.0, speed_kmh=KMH_36, name=f"Jl. {k}") for k in (1, 2, 3, 4)]
    )


def build_plan_by_hand(units: Sequence[Unit], gate_pcu_s: float = 100.0) -> DayPlan:
    """Build a plan without chance."""
    counts = [unit.n for unit in units]
    links = [list(links) for unit in units for links in (unit.out, unit.home)]
    total = sum(counts)
    routes = UnitRoutes(
        unit_name=tuple(f"unit {k}" for k in range(len(units))),
        unit_side=np.array([unit.side for unit in units], np.int32),
        unit_is_organised=np.ones(len(units), bool),
        unit_area=np.arange(len(units), dtype=np.int32),
        route_offset=np.concatenate([[0], np.cumsum([len(part) for part in links])]).astype(np.int32),
        route_link=np.concatenate([np.array(part, np.int32) for part in links]),
        free_time_s=np.zeros(len(links)),
        venue_name=("A", "B"),
        euclid_m=0.0,
        road_m=0.0,
        shared_m=0.0,
    )
    release = np.zeros((total, 2))
    factor = np.ones(total)
    begin = 0
    for unit in units:
        if unit.release_s is not None:
            release[begin : begin + unit.n] = np.array(unit.release_s, float)[:, None]
        if unit.factor is not None:
            factor[begin : begin + unit.n] = unit.factor
        begin += unit.n
    return DayPlan(
        routes=routes,
        seed=0,
        vehicle_offset=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        vehicle_unit=np.repeat(np.arange(len(units), dtype=np.int32), counts),
        vehicle_class=np.concatenate([np.broadcast_to(unit.classes, unit.n) for unit in units]).astype(np.int8),
        vehicle_people=np.repeat([unit.people for unit in units], counts).astype(float),
        vehicle_pcu=np.concatenate([np.broadcast_to(unit.pcu, unit.n) for unit in units]).astype(float),
        vehicle_speed_factor=factor,
        vehicle_release_s=release,
        unit_speed_cap_mps=np.array([unit.cap_mps for unit in units], float),
        unit_is_escorted=np.array([unit.is_escorted for unit in units]),
        unit_takes_both_lanes=np.array([unit.takes_both_lanes for unit in units]),
        unit_depart_s=np.array([[unit.depart_s, unit.home_s] for unit in units], float),
        side_lateness_s=np.zeros(2),
        rally_start_s=np.zeros(2),
        rally_end_s=np.zeros(2),
        gate_capacity_pcu_s=gate_pcu_s,
        turnaround_s=60.0,
    )


def build_town_model(
    network: RoadNetwork,
    units: Sequence[Unit],
    *,
    distance_m: float = 50.0,
    cell_m: float = 120.0,
    limits: ContactLimits = LENIENT,
    gate_pcu_s: float = 100.0,
    interval_s: float = 5.0,
    max_hold_s: float = 600.0,
    motorcycles_pass_m: float = 0.0,
    **junctions: Any,
) -> RallyModel:
    """Build the model of units on a network; ways that cross disturb each other only when told so."""
    cells = build_cells(network, cell_m, distance_m, 2.0 * distance_m)
    crossings = build_crossings(network, **junctions)
    plan = build_plan_by_hand(units, gate_pcu_s)
    return RallyModel(
        network,
        cells,
        crossings,
        plan,
        limits,
        decision_interval_s=interval_s,
        max_hold_s=max_hold_s,
        motorcycles_pass_m=motorcycles_pass_m,
    )


def check_rows(model: RallyModel) -> None:
    """No link has more rides than there was room for: else they would be written over those of the next one."""
    links = model.state.links
    room_end = np.append(links.first_row[1:], len(model.state.rides))
    assert np.all(links.first_row <= links.head)
    assert np.all(links.head <= links.next_row)
    assert np.all(links.next_row <= room_end)


def get_times(model: RallyModel, link: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vehicle, begin and end (s) of the rides of a link, in their order."""
    rows = model.list_rides()
    chosen = np.flatnonzero(rows.link == link)
    return rows.vehicle[chosen], rows.begin_s[chosen], rows.end_s[chosen]
