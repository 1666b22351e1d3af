"""Contacts of riders with the other side's crowds: at its venue, its assembly points and its halts (MODEL §6).

A crowd stands where its place meets the road, so whoever rides within the contact distance of that point, in a straight
line, is near all of it; the limit along the road is for those who ride. Who stands there when is known exactly: people
come to the assembly point before their convoy leaves, to the venue through its gate, and go when they are on the road.
Riders' positions are those of `konvoi.contacts.rides`, so start and end of a contact are exact, too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import FloatArray, IntArray
from konvoi.contacts.proximity import N_TYPES
from konvoi.contacts.rides import STANDING_MPS, Leader, get_row, sort_rides, time_ride
from konvoi.contacts.rows import Contacts, MergeRule, copy_contacts, make_contacts
from konvoi.contacts.segments import Cells
from konvoi.engine.layout import VirtualLinks
from konvoi.engine.state import State
from konvoi.kernels import allocating_kernel, allocating_part, inlined
from konvoi.network import RoadNetwork
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND, DayPlan
from konvoi.plan.stops import AT_ASSEMBLY, AT_HALT, AT_RALLY

PASSING_PLACE = N_TYPES  # the type that follows those of vehicles


class Sights(NamedTuple):
    """The parts of roads within the contact distance of places: a property of the map.

    Place p sees the links ``link[v]`` with v in ``offset[p]:offset[p + 1]``, on each the cells ``first[v]`` and so on,
    counted on their link, of cell c from the share ``share_from[c]`` to ``share_to[c]``, c in
    ``cell_offset[v]:cell_offset[v + 1]``.
    """

    node: IntArray  # (n_places,) ascending
    x_m: FloatArray
    y_m: FloatArray
    offset: IntArray  # (n_places + 1,)
    link: IntArray
    cell_offset: IntArray  # (n_links_in_sight + 1,)
    cell: IntArray  # counted on its link
    share_from: FloatArray
    share_to: FloatArray


class Crowds(NamedTuple):
    """Who stands where when: changes of the number of people, by crowd and time."""

    side: IntArray  # (n_crowds,) 1 or 2
    place: IntArray  # (n_crowds,) index in `Sights`
    offset: IntArray  # (n_crowds + 1,)
    time_s: FloatArray
    people: FloatArray  # from then on


def build_sights(network: RoadNetwork, cells: Cells, nodes: list[int]) -> Sights:
    """Find what can be seen of the roads from places at nodes.

    A cell is a straight line, so the part of it within the distance d of a point lies between the roots of |x(s)|² = d².
    """
    places = np.unique(np.array(nodes, np.int32))
    distance_m = float(cells.distance_m[0])
    n_cells = len(cells.link)
    on_link = np.arange(n_cells) - cells.offset[cells.link]
    bound = np.arange(n_cells) + cells.link
    length_m = cells.bound_m[bound + 1] - cells.bound_m[bound]
    ux, uy = cells.dx * length_m, cells.dy * length_m
    offset, cell_offset, link, cell, shares = [0], [0], [], [], []
    for node in places:
        x, y = cells.x0_m - network.node_x_m[node], cells.y0_m - network.node_y_m[node]
        a, b, c = ux * ux + uy * uy, x * ux + y * uy, x * x + y * y - distance_m**2
        root = np.sqrt(np.maximum(b * b - a * c, 0.0))
        low = np.maximum((-b - root) / np.maximum(a, 1e-12), 0.0)
        high = np.minimum((-b + root) / np.maximum(a, 1e-12), 1.0)
        seen = np.flatnonzero((b * b > a * c) & (low < high))
        for one in np.unique(cells.link[seen]):
            chosen = seen[cells.link[seen] == one]
            link.append(one)
            cell.append(on_link[chosen])
            shares.append(np.column_stack([low[chosen], high[chosen]]))
            cell_offset.append(cell_offset[-1] + len(chosen))
        offset.append(len(link))
    both = np.concatenate(shares) if shares else np.empty((0, 2))
    return Sights(
        node=places,
        x_m=network.node_x_m[places].astype(np.float64),
        y_m=network.node_y_m[places].astype(np.float64),
        offset=np.array(offset, np.int32),
        link=np.array(link, np.int32),
        cell_offset=np.array(cell_offset, np.int32),
        cell=(np.concatenate(cell) if cell else np.empty(0)).astype(np.int32),
        share_from=np.ascontiguousarray(both[:, 0]),
        share_to=np.ascontiguousarray(both[:, 1]),
    )


def find_place_contacts(
    state: State, cells: Cells, sights: Sights, plan: DayPlan, rule: MergeRule, until_s: float
) -> Contacts:
    """Find the contacts of riders with the crowds of a plan.

    In `Contacts`, crowd c is the unit behind the plan's units, and its trip is outbound but for those who stand at the
    venue after their rally's end, or at a halt of the way home.
    """
    routes = plan.routes
    crowds = build_crowds(state, sights, plan)
    found = find_crowd_contacts(state, cells, sights, crowds, routes.unit_side, plan.vehicle_people, rule, until_s)
    crowd_of_trip = found.trip_1 - 2 * routes.n_units, found.trip_2 - 2 * routes.n_units
    for trip, crowd_trip in zip((found.trip_1, found.trip_2), crowd_of_trip, strict=True):
        for row in np.flatnonzero(crowd_trip >= 0):
            crowd = routes.crowds[crowd_trip[row] // 2]
            is_home = (
                found.begin_s[row] >= plan.rally_end_s[crowd.side - 1]
                if crowd.kind == AT_RALLY
                else crowd.kind == AT_HALT and routes.halts[crowd.members[0]].trip % 2 == HOMEBOUND
            )
            trip[row] += HOMEBOUND if is_home else OUTBOUND
    return found


def build_crowds(state: State, sights: Sights, plan: DayPlan) -> Crowds:
    """Build who stands where when, from what the plan says of gathering and what happened at gates and halts."""
    routes, people = plan.routes, plan.vehicle_people
    n_virtual = VirtualLinks(0, routes.n_units, len(routes.halts)).n
    virtual = VirtualLinks(len(state.links) - n_virtual, routes.n_units, len(routes.halts))
    offset, times, counts = [0], [], []
    for crowd in routes.crowds:
        coming: list[tuple[FloatArray, FloatArray]] = []
        going: list[tuple[FloatArray, FloatArray]] = []
        if crowd.kind == AT_RALLY:
            vehicle, _, end_s = list_rides_on(state, virtual.find_gate(crowd.side - 1, OUTBOUND))
            coming.append((end_s, people[vehicle]))
            vehicle, _, end_s = list_rides_on(state, virtual.find_gate(crowd.side - 1, HOMEBOUND))
            going.append((end_s, people[vehicle]))
        for member in crowd.members:
            if crowd.kind == AT_ASSEMBLY and plan.vehicle_gather_s is not None:
                rows = slice(plan.vehicle_offset[member], plan.vehicle_offset[member + 1])
                coming.append((plan.vehicle_gather_s[rows], people[rows]))
                vehicle, _, end_s = list_rides_on(state, virtual.find_source(member, OUTBOUND))
                going.append((end_s, people[vehicle]))
            elif crowd.kind == AT_HALT:
                vehicle, begin_s, end_s = list_rides_on(state, virtual.first_halt + member)
                coming.append((begin_s, people[vehicle]))
                going.append((end_s, people[vehicle]))
        time_s = np.concatenate([np.empty(0), *(time for time, _ in [*coming, *going])])
        change = np.concatenate([np.empty(0), *(one for _, one in coming), *(-one for _, one in going)])
        has_been = np.isfinite(time_s)  # who has not gone yet is still there
        time_s, change = time_s[has_been], change[has_been]
        order = np.argsort(time_s, kind="stable")
        times.append(time_s[order])
        counts.append(np.round(np.cumsum(change[order]), 6))
        offset.append(offset[-1] + len(order))
    return Crowds(
        side=np.array([crowd.side for crowd in routes.crowds], np.int32),
        place=np.searchsorted(sights.node, [crowd.node for crowd in routes.crowds]).astype(np.int32),
        offset=np.array(offset, np.int32),
        time_s=np.concatenate([np.empty(0), *times]),
        people=np.concatenate([np.empty(0), *counts]),
    )


@allocating_kernel
def list_rides_on(state: State, link: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List the vehicles on a link in their order, with the times (s) at which they entered and left it."""
    rows, first = state.rides, state.links[link].first_row
    n = state.links[link].next_row - first
    vehicle, begin_s, end_s = np.empty(n, np.int32), np.empty(n), np.empty(n)
    for k in range(n):
        ride = rows[first + k]
        vehicle[k], begin_s[k], end_s[k] = ride.vehicle, ride.begin_s, ride.end_s
    return vehicle, begin_s, end_s


class Visits(NamedTuple):
    """Rides past a place while the other side's crowd stands there, one row per link."""

    trip: IntArray
    begin_s: FloatArray
    end_s: FloatArray
    people: FloatArray
    link: IntArray
    offset_m: FloatArray  # at the start
    closing_mps: FloatArray  # at the start
    least_m: FloatArray
    is_standing: NDArray[np.bool_]


class Riders(NamedTuple):
    """Who rides where and when, for all crowds alike."""

    unit_side: IntArray  # (n_units,) 1 or 2
    vehicle_people: FloatArray
    first_s: FloatArray  # (2, n_links) when each side first enters a link …
    last_s: FloatArray  # … and last leaves it
    order: IntArray  # of the rides, see `sort_rides`
    until_s: float  # the run's clock


@allocating_kernel
def find_crowd_contacts(
    state: State,
    cells: Cells,
    sights: Sights,
    crowds: Crowds,
    unit_side: np.ndarray,
    vehicle_people: np.ndarray,
    rule: MergeRule,
    until_s: float,
) -> Contacts:
    """Merge rides past each crowd to contacts, one trip after the other, with the limits of all contacts.

    People of the trip are those within the distance, people of the crowd all who stand there meanwhile.
    """
    n_links = len(cells.offset) - 1
    first_s, last_s = _find_times(state, n_links, unit_side, until_s)
    riders = Riders(unit_side, vehicle_people, first_s, last_s, sort_rides(state, n_links), until_s)
    out, n_out = make_contacts(256), 0
    for crowd in range(len(crowds.side)):
        if crowds.offset[crowd] == crowds.offset[crowd + 1]:
            continue
        visits = _find_visits(state, cells, sights, crowds, crowd, riders)
        by_trip = np.argsort(visits.begin_s, kind="mergesort")
        by_trip = by_trip[np.argsort(visits.trip[by_trip], kind="mergesort")]
        k = 0
        while k < len(by_trip):
            behind, end_s = _find_behind(visits, by_trip, k, rule.merge_s)
            mine = by_trip[k:behind]
            k = behind
            if end_s - visits.begin_s[mine[0]] < rule.min_duration_s:
                continue
            people = _count(visits, mine, crowds, crowd)
            if people[0] < rule.min_people or people[1] < rule.min_people:
                continue
            if n_out == len(out.begin_s):
                out = copy_contacts(out, make_contacts(2 * n_out), n_out)
            other = np.int32(2 * (len(unit_side) + crowd))
            _write_contact(visits, mine, end_s, people, other, crowds.side[crowd], out, n_out)
            n_out += 1
    return copy_contacts(out, make_contacts(n_out), n_out)


@allocating_part
def _find_behind(visits: Visits, by_trip: np.ndarray, first: int, merge_s: float) -> tuple[int, float]:
    """Find the end of a contact: all rides of a trip, each less than ``merge_s`` after those before it.

    Returns
    -------
    The first ride behind it, and when the last one in it ends (s).
    """
    trip, end_s = visits.trip[by_trip[first]], visits.end_s[by_trip[first]]
    for k in range(first + 1, len(by_trip)):
        row = by_trip[k]
        if visits.trip[row] != trip or not (visits.begin_s[row] - end_s < merge_s or visits.begin_s[row] <= end_s):
            return k, end_s
        end_s = max(end_s, visits.end_s[row])
    return len(by_trip), end_s


@allocating_part
def _write_contact(
    visits: Visits,
    mine: np.ndarray,
    end_s: float,
    people: tuple[float, float, float],
    crowd_trip: np.int32,
    crowd_side: int,
    out: Contacts,
    n_out: int,
) -> None:
    """Write a contact of rides with a crowd; people are the most riders, the most who stand, and the exposure."""
    first, trip = mine[0], visits.trip[mine[0]]
    out.trip_1[n_out], out.trip_2[n_out] = (crowd_trip, trip) if crowd_side == 1 else (trip, crowd_trip)
    peaks = (people[1], people[0]) if crowd_side == 1 else (people[0], people[1])
    out.people_1[n_out], out.people_2[n_out] = peaks
    out.exposure_person_s[n_out] = people[2]
    out.begin_s[n_out], out.end_s[n_out] = visits.begin_s[first], end_s
    out.kind[n_out] = PASSING_PLACE
    out.link[n_out], out.offset_m[n_out] = visits.link[first], visits.offset_m[first]
    out.closing_mps[n_out] = visits.closing_mps[first]
    least, is_standing = np.inf, False
    for row in mine:
        least = min(least, visits.least_m[row])
        is_standing |= visits.is_standing[row]
    out.least_m[n_out], out.is_standing[n_out] = least, is_standing


@allocating_part
def _find_times(state: State, n_links: int, unit_side: np.ndarray, until_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Find when each side first enters and last leaves each link (s), each (2, n_links)."""
    first_s, last_s = np.full((2, n_links), np.inf), np.full((2, n_links), -np.inf)
    for link in range(n_links):
        for row in range(state.links[link].first_row, state.links[link].next_row):
            ride = state.rides[row]
            side = unit_side[state.roads.step_trip[ride.step] // 2] - 1
            if 0 <= side < 2:
                end_s = until_s if np.isnan(ride.end_s) else ride.end_s
                first_s[side, link] = min(first_s[side, link], ride.begin_s)
                last_s[side, link] = max(last_s[side, link], end_s)
    return first_s, last_s


@allocating_part
def _find_visits(state: State, cells: Cells, sights: Sights, crowds: Crowds, crowd: int, riders: Riders) -> Visits:
    """Find the rides of the other side past a crowd while somebody stands there, cut where nobody does."""
    place, side = crowds.place[crowd], 2 - crowds.side[crowd]  # index of the riders' side
    stands, opens_s, closes_s = crowds.offset[crowd], crowds.time_s[crowds.offset[crowd]], riders.until_s
    if crowds.people[crowds.offset[crowd + 1] - 1] <= 0.0:
        closes_s = crowds.time_s[crowds.offset[crowd + 1] - 1]
    room = 0
    for seen in range(sights.offset[place], sights.offset[place + 1]):
        link = sights.link[seen]
        if riders.first_s[side, link] >= closes_s or riders.last_s[side, link] <= opens_s:
            continue
        for k in range(state.links[link].first_row, state.links[link].next_row):
            if _is_there(state, k, riders.unit_side, side, opens_s):
                room += sights.cell_offset[seen + 1] - sights.cell_offset[seen]
    visits = _make_visits(room)
    n = 0
    for seen in range(sights.offset[place], sights.offset[place + 1]):
        link = sights.link[seen]
        if room > 0 and riders.first_s[side, link] < closes_s and riders.last_s[side, link] > opens_s:
            n = _visit_link(state, cells, sights, seen, riders, (side, opens_s, closes_s), visits, n)
    return _cut_visits(visits, n, crowds, stands, crowds.offset[crowd + 1])


@allocating_part
def _make_visits(n: int) -> Visits:
    return Visits(
        np.empty(n, np.int32),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n, np.int32),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n, np.bool_),
    )


@allocating_part
def _visit_link(
    state: State,
    cells: Cells,
    sights: Sights,
    seen: int,
    riders: Riders,
    wanted: tuple[int, float, float],
    visits: Visits,
    n: int,
) -> int:
    """Add the rides on one link in sight; wanted are the riders' side, and since and until when somebody stands there."""
    link, (side, opens_s, closes_s) = sights.link[seen], wanted
    n_cells = cells.offset[link + 1] - cells.offset[link]
    bounds = cells.bound_m[cells.offset[link] + link : cells.offset[link + 1] + link + 1]
    time_s = np.empty(2 * (n_cells + 1))
    used, leader = 0, Leader(-1, 1.0, -np.inf)
    for k in range(state.links[link].first_row, state.links[link].next_row):
        row = get_row(riders.order, k)
        ride = state.rides[row]
        if ride.begin_s >= closes_s:
            break
        leader = time_ride(state, row, link, bounds, leader, riders.until_s, time_s, used)
        if _is_there(state, row, riders.unit_side, side, opens_s):
            trip, people = state.roads.step_trip[ride.step], riders.vehicle_people[ride.vehicle]
            n = _visit(cells, sights, seen, time_s[used : used + n_cells + 1], trip, people, visits, n)
        used = n_cells + 1 - used
    return n


@inlined
def _is_there(state: State, row: int, unit_side: np.ndarray, side: int, opens_s: float) -> bool:
    """Whether a ride is one of a side, and not over before a moment."""
    ride = state.rides[row]
    return unit_side[state.roads.step_trip[ride.step] // 2] == side + 1 and not ride.end_s <= opens_s


@allocating_part
def _visit(
    cells: Cells,
    sights: Sights,
    seen: int,
    time_s: np.ndarray,
    trip: int,
    people: float,
    visits: Visits,
    n: int,
) -> int:
    """Add one vehicle's time in sight on one link, in one piece where the parts of its cells touch."""
    link = sights.link[seen]
    place = np.searchsorted(sights.offset, seen, side="right") - 1
    x_m, y_m = sights.x_m[place], sights.y_m[place]
    before_to = -1.0
    for c in range(sights.cell_offset[seen], sights.cell_offset[seen + 1]):
        k = sights.cell[c]
        cell = cells.offset[link] + k
        bound = cell + link
        length_m = cells.bound_m[bound + 1] - cells.bound_m[bound]
        spent_s = time_s[k + 1] - time_s[k]
        begin_s = time_s[k] if sights.share_from[c] == 0.0 else time_s[k] + sights.share_from[c] * spent_s
        end_s = time_s[k + 1] if sights.share_to[c] == 1.0 else time_s[k] + sights.share_to[c] * spent_s
        x0, y0 = cells.x0_m[cell] - x_m, cells.y0_m[cell] - y_m
        dx, dy = cells.dx[cell], cells.dy[cell]
        along = -(x0 * dx + y0 * dy) / max(dx * dx + dy * dy, 1e-12)  # of the nearest point, m from the cell's begin
        at = min(max(along, sights.share_from[c] * length_m), sights.share_to[c] * length_m)
        least = np.hypot(x0 + at * dx, y0 + at * dy)
        is_standing = length_m < STANDING_MPS * spent_s
        touches = c > sights.cell_offset[seen] and sights.cell[c - 1] == k - 1 and before_to == 1.0
        before_to = sights.share_to[c]
        if touches and sights.share_from[c] == 0.0:
            visits.end_s[n - 1] = end_s
            visits.least_m[n - 1] = min(visits.least_m[n - 1], least)
            visits.is_standing[n - 1] |= is_standing
            continue
        at = sights.share_from[c] * length_m
        x, y, mps = x0 + at * dx, y0 + at * dy, length_m / max(spent_s, 1e-12)
        apart = np.hypot(x, y)
        visits.trip[n], visits.people[n], visits.link[n] = trip, people, link
        visits.begin_s[n], visits.end_s[n] = begin_s, end_s
        visits.offset_m[n] = cells.bound_m[bound] + at
        visits.closing_mps[n] = -(x * dx + y * dy) * mps / apart if apart > 1e-9 else -np.hypot(dx, dy) * mps
        visits.least_m[n], visits.is_standing[n] = least, is_standing
        n += 1
    return n


@allocating_part
def _cut_visits(visits: Visits, n: int, crowds: Crowds, first: int, last: int) -> Visits:
    """Keep of the first n rides past a place the times during which somebody stands there."""
    n_spans = 0
    opens_s, closes_s = np.empty(last - first), np.empty(last - first)
    is_open = False
    for change in range(first, last):
        stands = crowds.people[change] > 0.0
        if stands and not is_open:
            opens_s[n_spans], closes_s[n_spans] = crowds.time_s[change], np.inf
            n_spans += 1
        elif is_open and not stands:
            closes_s[n_spans - 1] = crowds.time_s[change]
        is_open = stands
    source, begin_s, end_s = (
        np.empty(n * max(n_spans, 1), np.int64),
        np.empty(n * max(n_spans, 1)),
        np.empty(n * max(n_spans, 1)),
    )
    kept = 0
    for row in range(n):
        for span in range(n_spans):
            begin, end = max(visits.begin_s[row], opens_s[span]), min(visits.end_s[row], closes_s[span])
            if end > begin:
                source[kept], begin_s[kept], end_s[kept] = row, begin, end
                kept += 1
    source = source[:kept]
    return Visits(
        visits.trip[source],
        begin_s[:kept].copy(),
        end_s[:kept].copy(),
        visits.people[source],
        visits.link[source],
        visits.offset_m[source],
        visits.closing_mps[source],
        visits.least_m[source],
        visits.is_standing[source],
    )


@allocating_part
def _count(visits: Visits, mine: np.ndarray, crowds: Crowds, crowd: int) -> tuple[float, float, float]:
    """Count the most riders and the most who stand while somebody rides past, and the exposure (person-s).

    Exposure is the people of the smaller side × time.
    """
    n = len(mine)
    moment_s, change = np.empty(2 * n), np.empty(2 * n)
    for k in range(n):
        # Who is handed on from one link to the next at a moment does not count twice then: ends come first.
        moment_s[k], change[k] = visits.end_s[mine[k]], -visits.people[mine[k]]
        moment_s[n + k], change[n + k] = visits.begin_s[mine[k]], visits.people[mine[k]]
    at = crowds.offset[crowd]
    last = crowds.offset[crowd + 1]
    before_s = moment_s.min()
    while at < last and crowds.time_s[at] <= before_s:
        at += 1
    riders, standing = 0.0, crowds.people[at - 1] if at > crowds.offset[crowd] else 0.0
    most_riders, most_standing, exposure = 0.0, 0.0, 0.0
    for k in np.argsort(moment_s, kind="mergesort"):
        while True:
            is_change = at < last and crowds.time_s[at] <= moment_s[k]
            now_s = crowds.time_s[at] if is_change else moment_s[k]
            if riders > 1e-9 and now_s > before_s:
                most_riders, most_standing = max(most_riders, riders), max(most_standing, standing)
                exposure += min(riders, standing) * (now_s - before_s)
            before_s = now_s
            if not is_change:
                break
            standing = crowds.people[at]
            at += 1
        riders += change[k]
    return most_riders, most_standing, exposure
