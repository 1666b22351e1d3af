"""Who was at the rally when it began, and how long who had not set out yet waited for a road to open."""

from __future__ import annotations

import numpy as np

from konvoi.arrays import NONE, FloatArray
from konvoi.engine.model import RallyModel
from konvoi.plan.day_plan import OUTBOUND
from konvoi.units import SECONDS_PER_DAY


def measure_attendance(model: RallyModel) -> tuple[float, float]:
    """Measure the share of each side's people at its venue when its rally began; NaN of a side without people.

    A late side begins its rally late, so that lateness alone keeps nobody away.
    """
    plan = model.plan
    begin_s = plan.rally_start_s + np.maximum(plan.side_lateness_s, 0.0)
    is_second, side = plan.is_second_row, plan.routes.unit_side[plan.vehicle_unit] - 1
    is_there = find_arrivals_s(model) <= begin_s[side]
    shares = []
    for own in (0, 1):
        people = np.where((side == own) & ~is_second, plan.vehicle_people, 0.0)
        shares.append(float(people[is_there].sum() / people.sum()) if people.sum() > 0.0 else np.nan)
    return shares[0], shares[1]


def find_arrivals_s(model: RallyModel) -> FloatArray:
    """Find when each vehicle came to its venue (n_vehicles,), s after local midnight; infinite where it did not."""
    state = model.state
    roads, rides = state.roads, state.rides
    is_end = np.zeros(len(roads.route_link), np.bool_)
    is_end[:-1] = (roads.route_link[1:] == NONE) & (roads.step_trip[:-1] % 2 == OUTBOUND)
    is_end &= roads.route_link != NONE
    arrive_s = np.full(model.plan.n_vehicles, np.inf)
    for link in np.unique(roads.route_link[is_end]).tolist():
        rows = np.arange(state.links[link].first_row, state.links[link].next_row)
        rows = rows[is_end[rides.step[rows]] & np.isfinite(rides.end_s[rows])]
        arrive_s[rides.vehicle[rows]] = rides.end_s[rows]
    return arrive_s


def measure_wait_s(model: RallyModel) -> float:
    """Measure how long vehicles that had not entered the road waited while the first one of their way was closed, s."""
    state, routes = model.state, model.plan.routes
    if not routes.closed:
        return 0.0
    n_links = len(model.network.link_length_m)
    sources = [state.links[n_links + source] for source in range(2 * routes.n_units)]
    rows = np.concatenate([np.arange(source.first_row, source.next_row) for source in sources])
    first_link = routes.route_link[routes.route_offset[state.roads.step_trip[state.rides.step[rows]]]]
    begin_s, end_s = state.rides.begin_s[rows], state.rides.end_s[rows]
    end_s = np.where(np.isnan(end_s), model.clock_s, end_s)
    wait_s = 0.0
    for one in routes.closed:
        for day_s in np.arange(0.0, model.stop_s, SECONDS_PER_DAY):
            overlap_s = np.minimum(end_s, day_s + one.end_s) - np.maximum(begin_s, day_s + one.begin_s)
            wait_s += float(np.maximum(overlap_s, 0.0)[first_link == one.link].sum())
    return wait_s
