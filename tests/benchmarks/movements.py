"""One drawn day as any simulator rode it, and konvoi's in that form.

What is compared on the real day (`tests.benchmarks.real_day`) is who asked to leave when, got onto the road when, arrived
when, and was where every few seconds. All of it is written down here apart from the engine's own search and measures.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import FloatArray
from konvoi.engine.layout import number_virtual_links
from konvoi.engine.model import RallyModel
from konvoi.engine.state import Rides
from konvoi.network import RoadNetwork
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND


class Positions(NamedTuple):
    """Who rides where at one moment."""

    time_s: float
    vehicle: NDArray[np.int64]
    x_m: FloatArray
    y_m: FloatArray


class Trips(NamedTuple):
    """When each vehicle rode out and home, (n_vehicles, 2) s after midnight; NaN where it did not."""

    asked_s: FloatArray  # wanted to leave
    left_s: FloatArray  # got onto the road
    arrived_s: FloatArray  # at the venue behind its gate, or at home


def list_trips(model: RallyModel) -> Trips:
    """List the trips of a finished day of konvoi's."""
    rows, plan = model.list_rides(), model.plan
    virtual = number_virtual_links(model.network, plan.routes)
    phase = model.state.roads.step_trip[rows.step] % 2
    asked_s, left_s, arrived_s = (np.full((plan.n_vehicles, 2), np.nan) for _ in range(3))
    is_source = (rows.link >= virtual.n_links) & (rows.link < virtual.n_links + 2 * virtual.n_units)
    is_road = rows.link < virtual.n_links
    asked_s[rows.vehicle[is_source], phase[is_source]] = rows.begin_s[is_source]
    first = np.flatnonzero(is_road)[::-1]  # in the order of begins, so the first one is written last
    left_s[rows.vehicle[first], phase[first]] = rows.begin_s[first]
    last = np.flatnonzero((is_road & (phase == HOMEBOUND)) | (~is_source & ~is_road & (phase == OUTBOUND)))
    arrived_s[rows.vehicle[last], phase[last]] = rows.end_s[last]
    return Trips(asked_s, left_s, arrived_s)


def sample_positions(model: RallyModel, period_s: float) -> Iterator[Positions]:
    """Sample konvoi's positions by Newell's rule from when vehicles entered and left links.

    With c the pcu that entered a link up to a vehicle, one that leaves its end at E bounds who follows P = Δc behind it:
    x(t) ≤ L − P·δ + v·max(0, t − E − P·τ). The bound that counts is that of the first one not gone by then, E − c·τ > t −
    c_own·τ, or of the one before, which has just gone.
    """
    rows = model.list_rides()
    road = np.flatnonzero((rows.link < len(model.network.link_from)) & np.isfinite(rows.end_s))
    road = road[np.lexsort((rows.begin_s[road], rows.link[road]))]
    parts = []
    for a, b in pairwise(np.flatnonzero(np.diff(rows.link[road], prepend=-1, append=-1))):
        parts.append(_sample_link(model, Rides(*(column[road[a:b]] for column in rows)), period_s))
    tick, vehicle, x_m, y_m = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(tick, kind="stable")
    for a, b in pairwise(np.flatnonzero(np.diff(tick[order], prepend=-1, append=-1))):
        chosen = order[a:b]
        yield Positions(period_s * tick[chosen[0]], vehicle[chosen], x_m[chosen], y_m[chosen])


def _sample_link(model: RallyModel, rides: Rides, period_s: float) -> tuple[NDArray[np.int64], ...]:
    """Sample the rides of one link, in the order in which they leave it."""
    network, link = model.network, int(rides.link[0])
    length_m, free_mps = network.link_length_m[link], network.link_free_speed_mps[link]
    delta_m = 1.0 / network.link_jam_density_pcu_m[link]
    tau_s = 1.0 / network.link_capacity_pcu_s[link] - delta_m / free_mps
    speed_mps = compute_speeds(model, rides)
    entered_pcu = np.cumsum(rides.pcu)
    gone_s = np.maximum.accumulate(rides.end_s - entered_pcu * tau_s)
    first = np.ceil(rides.begin_s / period_s).astype(np.int64)
    counts = np.maximum(0, np.ceil(rides.end_s / period_s).astype(np.int64) - first)
    row = np.repeat(np.arange(len(counts)), counts)
    tick = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts) + first[row]
    time_s = period_s * tick
    at_m = np.minimum(speed_mps[row] * (time_s - rides.begin_s[row]), length_m)
    seen_s = time_s - entered_pcu[row] * tau_s
    ahead = np.searchsorted(gone_s, seen_s, side="right")
    for other in (ahead, ahead - 1):
        leader = np.clip(other, 0, len(row) and len(counts) - 1)
        bound_m = length_m - delta_m * (entered_pcu[row] - entered_pcu[leader])
        bound_m += speed_mps[row] * np.maximum(0.0, seen_s - gone_s[leader])
        at_m = np.where((other >= 0) & (leader < row), np.minimum(at_m, np.maximum(bound_m, 0.0)), at_m)
    x_m, y_m = place_on_link(network, link, at_m)
    return tick, rides.vehicle[row].astype(np.int64), x_m, y_m


def compute_speeds(model: RallyModel, rides: Rides) -> FloatArray:
    """Compute the free speeds (m/s) of rides on one link: of the class times the vehicle's factor, at most its column's."""
    network, plan, link = model.network, model.plan, int(rides.link[0])
    own = network.link_class_speed_mps[link, plan.vehicle_class[rides.vehicle]]
    own = np.minimum(own * plan.vehicle_speed_factor[rides.vehicle], network.link_free_speed_mps[link])
    return np.minimum(own, plan.unit_speed_cap_mps[plan.vehicle_unit[rides.vehicle]])


def place_on_link(network: RoadNetwork, link: int, at_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Compute coordinates (m) of offsets along a link; its shape is stretched to its length."""
    shape = slice(network.shape_offset[link], network.shape_offset[link + 1])
    x_m, y_m = network.shape_x_m[shape], network.shape_y_m[shape]
    along_m = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x_m), np.diff(y_m)))])
    share_m = at_m * (along_m[-1] / network.link_length_m[link])
    return np.interp(share_m, along_m, x_m), np.interp(share_m, along_m, y_m)
