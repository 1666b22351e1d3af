"""Kernels that move vehicles: Newell's simplified car-following on directed links, exact in time.

There is no time step. A vehicle's ride along a link is known from two numbers, when it entered and when it left, so
the kernel computes only these, in the order in which they happen (`advance`). Between them Newell's rule gives the
whole trajectory (`konvoi.contacts.rides`).

Newell (2002, doi 10.1016/S0191-2615(00)00044-8): vehicle i repeats its leader's trajectory, δ_i later in space and
τ_i later in time, with δ_i = e_i/k_j and τ_i = e_i/q − δ_i/v_f for a vehicle of e_i pcu. At speed u it therefore follows
after the headway τ_i + δ_i/u, which at free-flow speed is e_i/q. A link that is full takes the next vehicle when the
room left by those that went out has travelled back against the traffic, L/w later (Newell 1993; Yperman 2007). Room is
counted in pcu, not in vehicles, and comes back at the rate q: however short a link, its capacity is q.
"""

from __future__ import annotations

import numpy as np

from konvoi.arrays import NONE
from konvoi.engine.agenda import READY, RELEASE, SERVE, push, take_earliest
from konvoi.engine.following import compute_headway, compute_passing_speed, compute_speed
from konvoi.engine.records import Records
from konvoi.engine.state import (
    ABSENT,
    AT_HOME,
    AT_ORIGIN,
    AT_PLACE,
    AT_VENUE,
    FURTHER_OFF,
    ON_STREET,
    RIDING_HOME,
    RIDING_OUT,
    Link,
    State,
)
from konvoi.kernels import inlined, kernel, part
from konvoi.plan.day_plan import MOTORCYCLE


@kernel
def advance(state: State, until_s: float) -> int:
    """Let everything happen that happens up to and including a moment, or until an agent is called.

    It comes back at once when a watch has seen the first or the last vehicle it waits for (`Watches.called_s`), so that
    who waits for that decides at this very moment.

    Parameters
    ----------
    until_s
        s after local midnight of the first day.

    Returns
    -------
    Number of events that happened.
    """
    agenda = state.agenda
    n_events = 0
    while True:
        entry = take_earliest(agenda, until_s)
        if entry == NONE:
            return n_events
        time_s = agenda.entries[entry].time_s
        kind = agenda.entries[entry].kind
        index = agenda.entries[entry].index
        n_events += 1
        if kind == RELEASE:
            _begin_trip(state, index, time_s)
        elif kind == READY:
            _line_up(state, index, time_s)
        elif state.links[index].serve_s == time_s:  # else superseded by an earlier one
            state.links[index].serve_s = np.inf
            _serve(state, index, time_s)
        if len(state.watches.n_passed) > 0 and state.watches.called_s[0] < np.inf:
            return n_events


@kernel
def release_vehicles(state: State, begin: int, end: int, stage: int, time_s: float, delay_s: np.ndarray) -> None:
    """Let those of a unit's vehicles that are at a stage leave a moment and their own delays later.

    Parameters
    ----------
    begin, end
        The unit's rows in the fleet.
    stage
        AT_ORIGIN for the outbound trip; AT_VENUE for the homebound one: who comes later turns round (`_end_trip`).
    delay_s
        (n_vehicles,) after ``time_s``.
    """
    for vehicle in range(begin, end):
        if state.fleet[vehicle].stage == stage:
            push(state.agenda, time_s + delay_s[vehicle], RELEASE, vehicle)


@kernel
def open_halt(state: State, link: int, time_s: float) -> None:
    """Let those at a halt go on from a moment on, and whoever comes later pass without stopping."""
    state.links[link].exit_s = time_s
    if state.links[link].head < state.links[link].next_row:
        _schedule_head(state, link)


@inlined
def _begin_trip(state: State, vehicle: int, time_s: float) -> None:
    """Put a vehicle into the source of its next trip."""
    unit = state.fleet[vehicle].unit
    phase = 0 if state.fleet[vehicle].stage == AT_ORIGIN else 1
    state.fleet[vehicle].stage = RIDING_OUT if phase == 0 else RIDING_HOME
    state.units.n_left[unit, phase] += 1
    if (
        len(state.parking.place_pcu) > 0 and state.fleet[vehicle].parked == AT_PLACE
    ):  # who comes later may take the room
        state.parking.place_pcu[state.units.side[unit]] += state.fleet[vehicle].pcu
    first = state.fleet[vehicle].first_step_out if phase == 0 else state.fleet[vehicle].first_step_home
    _enter(state, vehicle, first, time_s)


@inlined
def _end_trip(state: State, vehicle: int, time_s: float) -> None:
    """Park a vehicle at the venue or at home; who comes after the unit was released turns round."""
    unit = state.fleet[vehicle].unit
    if state.fleet[vehicle].stage == RIDING_HOME:
        state.fleet[vehicle].stage = AT_HOME
        state.units.n_arrived[unit, 1] += 1
        return
    state.units.n_arrived[unit, 0] += 1
    successor = state.fleet[vehicle].successor
    if successor != NONE:  # its people go home with another unit
        state.fleet[vehicle].stage = ABSENT
        vehicle = successor
        unit = state.fleet[vehicle].unit
    state.fleet[vehicle].stage = AT_VENUE
    released_s = state.units.home_release_s[unit]
    if released_s < np.inf:
        leave_s = max(released_s + state.fleet[vehicle].home_delay_s, time_s + state.roads.turnaround_s[0])
        push(state.agenda, leave_s, RELEASE, vehicle)
    elif len(state.parking.place_pcu) > 0:
        _park(state, vehicle, unit, time_s)


@part
def _park(state: State, vehicle: int, unit: int, time_s: float) -> None:
    """Find room for a vehicle: at the venue, further off (and later back by the walk), or on the street."""
    parking, side, pcu = state.parking, state.units.side[unit], state.fleet[vehicle].pcu
    if side < 0:  # of neither side
        return
    if pcu <= parking.place_pcu[side]:
        parking.place_pcu[side] -= pcu
        state.fleet[vehicle].parked = AT_PLACE
        return
    parking.full_s[side] = min(parking.full_s[side], time_s)
    if pcu <= parking.further_pcu[side]:
        parking.further_pcu[side] -= pcu
        state.fleet[vehicle].home_delay_s += parking.walk_s[side]
        state.fleet[vehicle].parked = FURTHER_OFF
    else:
        state.fleet[vehicle].parked = ON_STREET


@inlined
def _enter(state: State, vehicle: int, step: int, time_s: float) -> None:
    """Put a vehicle on the link of a step of its route, behind the others."""
    link = state.roads.route_link[step]
    road = state.links[link]
    pcu = _find_pcu(state, vehicle, link)
    row = road.next_row
    road.next_row = row + 1
    ride = state.rides[row]
    own_mps = compute_speed(state.links, state.fleet, vehicle, link)
    ride.vehicle, ride.step, ride.pcu, ride.speed_mps = vehicle, step, pcu, own_mps
    ride.begin_s, ride.end_s = time_s, np.nan
    if len(state.watches.n_passed) > 0 and state.roads.step_watch[step] != NONE:
        _notice(state, state.roads.step_watch[step], time_s)
    if pcu < state.fleet[vehicle].pcu:
        road.n_abreast += 1
    road.entered_pcu += pcu
    behind_s = road.entry_s + pcu * road.entry_headway_s_pcu
    passing_mps = compute_passing_speed(own_mps, road.entry_speed_mps, time_s, behind_s)
    if passing_mps != road.entry_speed_mps:
        road.entry_speed_mps = passing_mps
        road.entry_headway_s_pcu = compute_headway(state.links, link, passing_mps)
    road.entry_s = time_s
    if road.head == row:
        _schedule_head(state, link)


@inlined
def _notice(state: State, watch: int, time_s: float) -> None:
    """Count who passes the watches of a step; the first and the last one call the agents."""
    watches = state.watches
    while watch != NONE:
        watches.n_passed[watch] += 1
        watches.n_missing[watch] -= 1
        if watches.n_passed[watch] == 1 or watches.n_missing[watch] == 0:
            watches.called_s[0] = time_s
        watch = state.roads.next_watch[watch]


@inlined
def _schedule_head(state: State, link: int) -> None:
    """Note when the first vehicle of a link can be at its end: at free speed, or behind its leader (Newell)."""
    road = state.links[link]
    ride = state.rides[road.head]
    free_s = ride.begin_s + road.length_m / ride.speed_mps
    ready_s = max(free_s, road.exit_s + ride.pcu * road.exit_headway_s_pcu)
    if ready_s < np.inf:  # else at a halt that is not open
        push(state.agenda, ready_s, READY, link)


@inlined
def _line_up(state: State, link: int, time_s: float) -> None:
    """Let the first vehicle of a link ask for the next one, or end its trip."""
    road = state.links[link]
    vehicle = state.rides[road.head].vehicle
    wanted = state.roads.route_link[state.rides[road.head].step + 1]
    if wanted == NONE:
        _leave(state, link, time_s)
        _end_trip(state, vehicle, time_s)
        return
    road.tag = max(state.nodes.tag[road.end_node], road.finish_tag)
    road.next_waiting = state.links[wanted].waiting
    state.links[wanted].waiting = link
    _serve(state, wanted, time_s)


@inlined
def _serve(state: State, wanted: int, time_s: float) -> None:
    """Let waiting vehicles into a link as far as headway and room allow, in the order of fair queueing."""
    # Long: the rules by which a node serves a link, in the order in which they forbid it.
    links = state.links
    goal = links[wanted]
    while goal.waiting != NONE:
        if len(state.roads.closure_begin_s) > 0 and _is_closed(state, wanted, time_s):
            goal.reserved = NONE
            return
        link = goal.reserved
        has_slot = link != NONE
        if has_slot:
            if goal.slot_s > time_s:
                _schedule_serve(state, wanted, goal.slot_s)
                return
            goal.reserved = NONE  # who cannot go at its slot, whatever the reason, loses it
            if links[link].is_guarded and _find_opening(state, link, time_s) > time_s:
                continue
        else:
            link, opening_s = _choose(state, wanted, time_s)
            if link == NONE:
                _schedule_serve(state, wanted, opening_s)
                return
            if state.roads.pass_m[0] > 0.0:
                _let_motorcycle_pass(state, link, time_s)
        road = links[link]
        vehicle, step = state.rides[road.head].vehicle, state.rides[road.head].step
        if _is_lane_taken(state, vehicle, wanted):
            return
        pcu = _find_pcu(state, vehicle, wanted)
        free_s = goal.entry_s + pcu * goal.entry_headway_s_pcu
        if free_s > time_s:
            _schedule_serve(state, wanted, free_s)
            return
        room_s, hole, hole_pcu = _find_room(state, wanted, pcu)
        if room_s > time_s:
            if room_s < np.inf:
                _schedule_serve(state, wanted, room_s)
            return
        if not has_slot:
            slot_s = _reserve_slot(state, step, pcu, time_s)
            if slot_s > time_s:
                goal.reserved, goal.slot_s = link, slot_s
                _schedule_serve(state, wanted, slot_s)
                return
        goal.hole, goal.hole_pcu = hole, hole_pcu
        _take_from_waiting(links, wanted, link)
        node = road.end_node
        state.nodes.tag[node] = max(state.nodes.tag[node], road.tag)
        road.finish_tag = road.tag + pcu / road.weight_pcu_s
        _leave(state, link, time_s)
        _enter(state, vehicle, step + 1, time_s)
        if road.is_guarded and state.units.is_escorted[state.fleet[vehicle].unit]:
            _hold_junction(state, state.fleet[vehicle].unit, step, link, node, time_s)


@part
def _is_closed(state: State, wanted: int, time_s: float) -> bool:
    """Whether nobody may enter a link now. Those who wait for it then turn off, if they know another way.

    Not inlined, as it is rarely asked: the hot kernels stay as small as they are without closures.
    """
    links, roads = state.links, state.roads
    open_s = time_s
    closure = roads.closure[wanted]
    while closure != NONE and roads.closure_begin_s[closure] <= open_s:
        open_s = max(open_s, roads.closure_end_s[closure])
        closure = roads.next_closure[closure]
    if open_s <= time_s:
        return False
    link = links[wanted].waiting
    while link != NONE:
        following = links[link].next_waiting
        row = links[link].head
        detour = roads.detour[state.rides[row].step + 1]
        if detour != NONE:
            _take_from_waiting(links, wanted, link)
            state.rides[row].step = detour
            other = roads.route_link[detour + 1]
            links[link].next_waiting = links[other].waiting
            links[other].waiting = link
            _schedule_serve(state, other, time_s)
        link = following
    if links[wanted].waiting != NONE:
        _schedule_serve(state, wanted, open_s)
    return True


@inlined
def _choose(state: State, wanted: int, time_s: float) -> tuple[int, float]:
    """Choose whose turn it is: of those that may go, the least virtual start time.

    Start-time fair queueing (Goyal et al. 1997) shares a saturated merge in proportion to the weights, which are the
    capacities of the merging roads, and leaves what one does not use to the others.

    Returns
    -------
    The link, or NONE and the moment (s) when a signal or the police will let the first one go.
    """
    links = state.links
    best, opening_s = int(NONE), np.inf
    link = links[wanted].waiting
    while link != NONE:
        open_s = _find_opening(state, link, time_s) if state.links[link].is_guarded else time_s
        if open_s > time_s:
            opening_s = min(opening_s, open_s)
        elif best == NONE or links[link].tag < links[best].tag or (links[link].tag == links[best].tag and link < best):
            best = int(link)
        link = links[link].next_waiting
    return best, opening_s


@inlined
def _find_opening(state: State, link: int, time_s: float) -> float:
    """Find when the first vehicle of a link may go next, for all that signals and police say; now, or later.

    Signals do not bind an escorted convoy; the junction held for another column does.
    """
    roads, nodes = state.roads, state.nodes
    node = state.links[link].end_node
    opening_s = time_s
    unit = state.fleet[state.rides[state.links[link].head].vehicle].unit
    # A column that goes on from a halt while its tail is still coming is not held for itself.
    if nodes.held_until_s[node] > time_s and nodes.held_link[node] != link and nodes.held_unit[node] != unit:
        opening_s = nodes.held_until_s[node]
    if roads.cycle_s[link] > 0.0:
        phase_s = (opening_s - roads.green_s[link]) % roads.cycle_s[link]
        left_s = roads.cycle_s[link] - phase_s
        if phase_s >= roads.green_length_s[link] and left_s > 1e-6 and not state.units.is_escorted[unit]:
            opening_s += left_s
    return opening_s


@inlined
def _reserve_slot(state: State, step: int, pcu: float, time_s: float) -> float:
    """Give a vehicle its way across the others: the first moment (s) from now on at which nobody is on it.

    Ways that cross share the junction in the order in which vehicles ask (reservation as of Dresner and Stone 2008, but
    by the capacity of an unsignalised junction): a vehicle of e pcu keeps those that cross its way waiting for e/C_0.
    Only who finds room behind the junction asks, so nobody stands on it.
    """
    movement = state.roads.route_movement[step]
    if movement == NONE:
        return time_s
    clear_s, offset = state.nodes.clear_s, state.roads.crossing_offset
    slot_s: float = max(time_s, clear_s[movement])
    end_s = slot_s + pcu * state.roads.slot_s_pcu[0]
    for k in range(offset[movement], offset[movement + 1]):
        other = state.roads.crossing[k]
        clear_s[other] = max(clear_s[other], end_s)
    return slot_s


@inlined
def _hold_junction(state: State, unit: int, step: int, link: int, node: int, time_s: float) -> None:
    """Let the police hold a junction for an escorted convoy, from its first vehicle there to its last, or as long as they may."""
    nodes = state.nodes
    nodes.n_passed[step] += 1
    if nodes.n_passed[step] == 1:
        nodes.held_unit[node], nodes.held_link[node] = unit, link
        nodes.held_until_s[node] = time_s + state.roads.max_hold_s[0]
    phase = 0 if step < state.roads.route_offset[2 * unit + 1] else 1
    if nodes.n_passed[step] == state.units.n_vehicles[unit, phase] and nodes.held_unit[node] == unit:
        nodes.held_until_s[node] = time_s
        for k in range(state.roads.out_offset[node], state.roads.out_offset[node + 1]):
            if state.links[state.roads.out_link[k]].waiting != NONE:
                _schedule_serve(state, state.roads.out_link[k], time_s)


@inlined
def _let_motorcycle_pass(state: State, link: int, time_s: float) -> None:
    """Put the first motorcycle that stands close behind a car or truck at the end of a link before it.

    Both must want the same way. The motorcycle must have been on the link when the other one came to its end, so nobody is passed for ever. From then on it is
    the first vehicle of the link. Its ride is drawn behind the one it passed, but for the end.
    """
    rows, fleet, roads = state.rides, state.fleet, state.roads
    road = state.links[link]
    head, passed = road.head, rows[road.head].vehicle
    if fleet[passed].vehicle_class == MOTORCYCLE:
        return
    came_s = rows[head].begin_s + road.length_m / rows[head].speed_mps
    wanted = roads.route_link[rows[head].step + 1]
    if came_s >= time_s or wanted == NONE:
        return
    ahead_m = rows[head].pcu * road.spacing_m_pcu
    for row in range(head + 1, road.next_row):
        if ahead_m > roads.pass_m[0]:
            return
        ride = rows[row]
        vehicle, step, begin_s, pcu, speed_mps = ride.vehicle, ride.step, ride.begin_s, ride.pcu, ride.speed_mps
        if begin_s > came_s or begin_s + road.length_m / speed_mps > time_s:
            return
        if roads.route_link[step + 1] == wanted and fleet[vehicle].vehicle_class == MOTORCYCLE:
            for behind in range(row, head, -1):
                ahead = rows[behind - 1]
                rows[behind].vehicle, rows[behind].step = ahead.vehicle, ahead.step
                rows[behind].begin_s, rows[behind].pcu, rows[behind].speed_mps = (
                    ahead.begin_s,
                    ahead.pcu,
                    ahead.speed_mps,
                )
            first = rows[head]
            first.vehicle, first.step, first.begin_s, first.pcu, first.speed_mps = (
                vehicle,
                step,
                begin_s,
                pcu,
                speed_mps,
            )
            return
        ahead_m += pcu * road.spacing_m_pcu


@inlined
def _find_pcu(state: State, vehicle: int, link: int) -> float:
    """Find how much of a link a vehicle takes: half its pcu where its convoy rides in both lanes, two abreast.

    It does so under escort, on roads with one lane a direction, unless a column comes towards it in the same way.
    """
    pcu: float = state.fleet[vehicle].pcu
    oncoming = state.links[link].opposite
    if oncoming == NONE or not state.units.takes_both_lanes[state.fleet[vehicle].unit]:
        return pcu
    return 0.5 * pcu if state.links[oncoming].n_abreast == 0 else pcu


@inlined
def _is_lane_taken(state: State, vehicle: int, link: int) -> bool:
    """Whether a column coming towards a vehicle takes the lane it wants; who is on it already pulls over."""
    oncoming = state.links[link].opposite
    if oncoming == NONE or state.links[oncoming].n_abreast == 0:
        return False
    return not state.units.takes_both_lanes[state.fleet[vehicle].unit]


@inlined
def _take_from_waiting(links: Records[Link], wanted: int, link: int) -> None:
    """Take a link out of the waiting list of another."""
    if links[wanted].waiting == link:
        links[wanted].waiting = links[link].next_waiting
        return
    before = links[wanted].waiting
    while links[before].next_waiting != link:
        before = links[before].next_waiting
    links[before].next_waiting = links[link].next_waiting


@inlined
def _leave(state: State, link: int, time_s: float) -> None:
    """Take the first vehicle off a link; the next one moves up, and its room travels back to the start."""
    road, fleet = state.links[link], state.fleet
    ride = state.rides[road.head]
    ride.end_s = time_s
    behind_s = road.exit_s + ride.pcu * road.exit_headway_s_pcu
    passing_mps = compute_passing_speed(ride.speed_mps, road.exit_speed_mps, time_s, behind_s)
    if passing_mps != road.exit_speed_mps:
        road.exit_speed_mps = passing_mps
        road.exit_headway_s_pcu = compute_headway(state.links, link, passing_mps)
    road.exit_s = time_s
    road.delay_s += time_s - ride.begin_s - road.length_m / ride.speed_mps
    road.head += 1
    if road.head < road.next_row:
        if state.roads.pass_m[0] > 0.0:
            _let_motorcycle_pass(state, link, time_s)
        _schedule_head(state, link)
    if ride.pcu < fleet[ride.vehicle].pcu:
        road.n_abreast -= 1
        if road.n_abreast == 0 and state.links[road.opposite].waiting != NONE:
            _schedule_serve(state, road.opposite, time_s)
    if road.waiting != NONE and road.reserved == NONE:
        chosen, opening_s = _choose(state, link, time_s)
        if chosen == NONE:
            _schedule_serve(state, link, opening_s)
            return
        first = state.rides[state.links[chosen].head].vehicle
        room_s, _, _ = _find_room(state, link, _find_pcu(state, first, link))
        if room_s < np.inf:
            _schedule_serve(state, link, max(room_s, time_s))


@inlined
def _find_room(state: State, link: int, pcu: float) -> tuple[float, int, float]:
    """Find when a link has room for a vehicle.

    N_in(t) ≤ N_out(t − L/w) + k_j·L, in pcu (Newell 1993). N_out grows from that of the one ahead to that of vehicle m
    in the last e_m/q before m has left, so a link whose storage is no whole number of vehicles loses no capacity.

    Returns
    -------
    The moment (s), −inf when there is room anyway, inf when that depends on someone who has not left; and the first
    ride whose room it does not take, with all that entered before that one (pcu).
    """
    road = state.links[link]
    needed_pcu = road.entered_pcu + pcu - road.storage_pcu
    hole, total = road.hole, road.hole_pcu
    if needed_pcu <= 1e-9:
        return -np.inf, hole, total
    while total < needed_pcu - 1e-9 and hole < road.next_row:  # who is longer than the link waits until it is empty
        total += state.rides[hole].pcu
        hole += 1
    if hole == road.first_row:
        return -np.inf, hole, total
    end_s = state.rides[hole - 1].end_s
    if np.isnan(end_s):
        return np.inf, hole, total
    surplus_s = max(0.0, total - needed_pcu) * road.headway_s_pcu
    return max(end_s, end_s + road.wave_time_s - surplus_s), hole, total


@inlined
def _schedule_serve(state: State, link: int, time_s: float) -> None:
    """Note when a link can take the next vehicle; the earlier of two notes counts."""
    if time_s < state.links[link].serve_s:
        state.links[link].serve_s = time_s
        push(state.agenda, time_s, SERVE, link)
