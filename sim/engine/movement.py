"""Kernels that move vehicles: Newell's simplified car-following on directed links, exact in time.

There is no time step. A vehicle's passage of a link is known from two numbers, when it entered and when it left, so
the kernel computes only these, in the order in which they happen (`advance`). Between them Newell's rule gives the
whole trajectory (`sim.engine.proximity.compute_passages`).

Newell (2002, doi 10.1016/S0191-2615(00)00044-8): vehicle i repeats its leader's trajectory, δ_i later in space and
τ_i later in time, with δ_i = e_i/k_j and τ_i = e_i/q − δ_i/v_f for a vehicle of e_i pcu. At speed u it therefore follows
after the headway τ_i + δ_i/u, which at free-flow speed is e_i/q. A link that is full takes the next vehicle when the
room left by those that went out has travelled back against the traffic, L/w later (Newell 1993; Yperman 2007). Room is
counted in pcu, not in vehicles, and comes back at the rate q: however short a link, its capacity is q.
"""

from __future__ import annotations

import numpy as np

from sim.engine.following import compute_headway, compute_passing_speed, compute_speed, inlined, kernel
from sim.engine.state import (
    ABSENT,
    AT_HOME,
    AT_ORIGIN,
    AT_PLACE,
    AT_VENUE,
    FURTHER_OFF,
    NONE,
    ON_STREET,
    PAGE_S,
    RIDING_HOME,
    RIDING_OUT,
    Agenda,
    Links,
    State,
)
from sim.plan import MOTORCYCLE

# Kinds of events; at the same moment a vehicle that reaches the end of its link lines up before anyone is served.
RELEASE, READY, SERVE = np.int8(0), np.int8(1), np.int8(2)


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
        entry = _take_earliest(agenda, until_s)
        if entry == NONE:
            return n_events
        time_s = agenda.time_s[entry]
        kind = agenda.kind[entry]
        index = agenda.item[entry]
        n_events += 1
        if kind == RELEASE:
            _begin_trip(state, index, time_s)
        elif kind == READY:
            _line_up(state, index, time_s)
        elif state.links.serve_s[index] == time_s:  # else superseded by an earlier one
            state.links.serve_s[index] = np.inf
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
        if state.fleet.stage[vehicle] == stage:
            _push(state.agenda, time_s + delay_s[vehicle], RELEASE, vehicle)


@kernel
def open_halt(state: State, link: int, time_s: float) -> None:
    """Let those at a halt go on from a moment on, and whoever comes later pass without stopping."""
    state.links.exit_s[link] = time_s
    if state.links.head[link] != NONE:
        _schedule_head(state, link)


@kernel
def compute_delay_s(state: State, n_links: int) -> float:
    """Compute the vehicles' travel time on links beyond that at their own free speed (vehicle-s)."""
    rows = state.traversals
    delay_s = 0.0
    for row in range(rows.n[0]):
        link = rows.link[row]
        if link < n_links and not np.isnan(rows.end_s[row]):
            speed = compute_speed(state.roads, state.fleet, rows.vehicle[row], link)
            delay_s += rows.end_s[row] - rows.begin_s[row] - state.roads.length_m[link] / speed
    return delay_s


@inlined
def _begin_trip(state: State, vehicle: int, time_s: float) -> None:
    """Put a vehicle into the source of its next trip."""
    unit = state.fleet.unit[vehicle]
    phase = 0 if state.fleet.stage[vehicle] == AT_ORIGIN else 1
    state.fleet.stage[vehicle] = RIDING_OUT if phase == 0 else RIDING_HOME
    state.units.n_left[unit, phase] += 1
    if (
        len(state.parking.place_pcu) > 0 and state.fleet.parked[vehicle] == AT_PLACE
    ):  # who comes later may take the room
        state.parking.place_pcu[state.units.side[unit]] += state.fleet.pcu[vehicle]
    _enter(state, vehicle, state.roads.route_offset[2 * unit + phase], time_s)


@inlined
def _end_trip(state: State, vehicle: int, time_s: float) -> None:
    """Park a vehicle at the venue or at home; who comes after the unit was released turns round."""
    unit = state.fleet.unit[vehicle]
    if state.fleet.stage[vehicle] == RIDING_HOME:
        state.fleet.stage[vehicle] = AT_HOME
        state.units.n_arrived[unit, 1] += 1
        return
    state.units.n_arrived[unit, 0] += 1
    successor = state.fleet.successor[vehicle]
    if successor != NONE:  # its people go home with another unit
        state.fleet.stage[vehicle] = ABSENT
        vehicle = successor
        unit = state.fleet.unit[vehicle]
    state.fleet.stage[vehicle] = AT_VENUE
    released_s = state.units.home_release_s[unit]
    if released_s < np.inf:
        leave_s = max(released_s + state.fleet.home_delay_s[vehicle], time_s + state.roads.turnaround_s[0])
        _push(state.agenda, leave_s, RELEASE, vehicle)
    elif len(state.parking.place_pcu) > 0:
        _park(state, vehicle, unit, time_s)


@kernel
def _park(state: State, vehicle: int, unit: int, time_s: float) -> None:
    """Find room for a vehicle: at the venue, further off (and later back by the walk), or on the street."""
    parking, side, pcu = state.parking, state.units.side[unit], state.fleet.pcu[vehicle]
    if side < 0:  # of neither side
        return
    if pcu <= parking.place_pcu[side]:
        parking.place_pcu[side] -= pcu
        state.fleet.parked[vehicle] = AT_PLACE
        return
    parking.full_s[side] = min(parking.full_s[side], time_s)
    if pcu <= parking.further_pcu[side]:
        parking.further_pcu[side] -= pcu
        state.fleet.home_delay_s[vehicle] += parking.walk_s[side]
        state.fleet.parked[vehicle] = FURTHER_OFF
    else:
        state.fleet.parked[vehicle] = ON_STREET


@inlined
def _enter(state: State, vehicle: int, step: int, time_s: float) -> None:
    """Put a vehicle on the link of a step of its route, behind the others."""
    links, rows = state.links, state.traversals
    link = state.roads.route_link[step]
    row = rows.n[0]
    rows.n[0] = row + 1
    rows.vehicle[row] = vehicle
    rows.step[row] = step
    rows.link[row] = link
    rows.following[row] = NONE
    rows.begin_s[row] = time_s
    rows.end_s[row] = np.nan
    state.fleet.step[vehicle] = step
    if len(state.watches.n_passed) > 0 and state.roads.step_watch[step] != NONE:
        _notice(state, state.roads.step_watch[step], time_s)
    if links.first[link] == NONE:
        links.first[link] = row
    else:
        rows.following[links.last[link]] = row
    links.last[link] = row
    pcu = _find_pcu(state, vehicle, link)
    rows.pcu[row] = pcu
    if pcu < state.fleet.pcu[vehicle]:
        links.n_abreast[link] += 1
    links.entered_pcu[link] += pcu
    own_mps, leader_mps = compute_speed(state.roads, state.fleet, vehicle, link), links.entry_speed_mps[link]
    behind_s = links.entry_s[link] + compute_headway(state.roads, link, pcu, leader_mps)
    links.entry_speed_mps[link] = compute_passing_speed(own_mps, leader_mps, time_s, behind_s)
    links.entry_s[link] = time_s
    if links.head[link] == NONE:
        links.head[link] = row
        _schedule_head(state, link)


@inlined
def _notice(state: State, watch: int, time_s: float) -> None:
    """Count who passes a watch; the first and the last one call the agents."""
    watches = state.watches
    watches.n_passed[watch] += 1
    watches.n_missing[watch] -= 1
    if watches.n_passed[watch] == 1 or watches.n_missing[watch] == 0:
        watches.called_s[0] = time_s


@inlined
def _schedule_head(state: State, link: int) -> None:
    """Note when the first vehicle of a link can be at its end: at free speed, or behind its leader (Newell)."""
    row = state.links.head[link]
    vehicle = state.traversals.vehicle[row]
    speed = compute_speed(state.roads, state.fleet, vehicle, link)
    headway = compute_headway(state.roads, link, state.traversals.pcu[row], state.links.exit_speed_mps[link])
    free_s = state.traversals.begin_s[row] + state.roads.length_m[link] / speed
    ready_s = max(free_s, state.links.exit_s[link] + headway)
    if ready_s < np.inf:  # else at a halt that is not open
        _push(state.agenda, ready_s, READY, link)


@inlined
def _line_up(state: State, link: int, time_s: float) -> None:
    """Let the first vehicle of a link ask for the next one, or end its trip."""
    links = state.links
    vehicle = state.traversals.vehicle[links.head[link]]
    wanted = state.roads.route_link[state.fleet.step[vehicle] + 1]
    if wanted == NONE:
        _leave(state, link, time_s)
        _end_trip(state, vehicle, time_s)
        return
    links.tag[link] = max(state.agenda.node_tag[state.roads.end_node[link]], links.finish_tag[link])
    links.next_waiting[link] = links.waiting[wanted]
    links.waiting[wanted] = link
    _serve(state, wanted, time_s)


@inlined
def _serve(state: State, wanted: int, time_s: float) -> None:
    """Let waiting vehicles into a link as far as headway and room allow, in the order of fair queueing."""
    links = state.links
    while links.waiting[wanted] != NONE:
        if len(state.roads.closure_begin_s) > 0 and _is_closed(state, wanted, time_s):
            return
        link = links.reserved[wanted]
        has_slot = link != NONE
        if has_slot:
            if links.slot_s[wanted] > time_s:
                _schedule_serve(state, wanted, links.slot_s[wanted])
                return
            if state.roads.is_guarded[link] and _find_opening(state, link, time_s) > time_s:
                links.reserved[wanted] = NONE  # red, or held, meanwhile: the slot is lost
                continue
        else:
            link, opening_s = _choose(state, wanted, time_s)
            if link == NONE:
                _schedule_serve(state, wanted, opening_s)
                return
            if state.roads.pass_m[0] > 0.0:
                _let_motorcycle_pass(state, link, time_s)
        row = links.head[link]
        vehicle = state.traversals.vehicle[row]
        if _is_lane_taken(state, vehicle, wanted):
            return
        pcu = _find_pcu(state, vehicle, wanted)
        headway = compute_headway(state.roads, wanted, pcu, links.entry_speed_mps[wanted])
        free_s = links.entry_s[wanted] + headway
        if free_s > time_s:
            _schedule_serve(state, wanted, free_s)
            return
        room_s, hole, hole_pcu = _find_room(state, wanted, pcu)
        if room_s > time_s:
            if room_s < np.inf:
                _schedule_serve(state, wanted, room_s)
            return
        step = state.fleet.step[vehicle]
        if not has_slot:
            slot_s = _reserve_slot(state, step, pcu, time_s)
            if slot_s > time_s:
                links.reserved[wanted], links.slot_s[wanted] = link, slot_s
                _schedule_serve(state, wanted, slot_s)
                return
        links.reserved[wanted] = NONE
        links.hole[wanted], links.hole_pcu[wanted] = hole, hole_pcu
        _take_from_waiting(links, wanted, link)
        node = state.roads.end_node[link]
        state.agenda.node_tag[node] = max(state.agenda.node_tag[node], links.tag[link])
        links.finish_tag[link] = links.tag[link] + pcu / state.roads.weight_pcu_s[link]
        _leave(state, link, time_s)
        _enter(state, vehicle, step + 1, time_s)
        if state.roads.is_guarded[link] and state.units.is_escorted[state.fleet.unit[vehicle]]:
            _hold_junction(state, state.fleet.unit[vehicle], step, link, node, time_s)


@kernel
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
    link = links.waiting[wanted]
    while link != NONE:
        following = links.next_waiting[link]
        row = links.head[link]
        vehicle = state.traversals.vehicle[row]
        detour = roads.detour[state.fleet.step[vehicle] + 1]
        if detour != NONE:
            _take_from_waiting(links, wanted, link)
            if links.reserved[wanted] == link:
                links.reserved[wanted] = NONE
            state.fleet.step[vehicle] = detour
            state.traversals.step[row] = detour
            other = roads.route_link[detour + 1]
            links.next_waiting[link] = links.waiting[other]
            links.waiting[other] = link
            _schedule_serve(state, other, time_s)
        link = following
    if links.waiting[wanted] != NONE:
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
    link = links.waiting[wanted]
    while link != NONE:
        open_s = _find_opening(state, link, time_s) if state.roads.is_guarded[link] else time_s
        if open_s > time_s:
            opening_s = min(opening_s, open_s)
        elif best == NONE or links.tag[link] < links.tag[best] or (links.tag[link] == links.tag[best] and link < best):
            best = int(link)
        link = links.next_waiting[link]
    return best, opening_s


@inlined
def _find_opening(state: State, link: int, time_s: float) -> float:
    """Find when the first vehicle of a link may go next, for all that signals and police say; now, or later.

    Signals do not bind an escorted convoy; the junction held for another column does.
    """
    roads, nodes = state.roads, state.nodes
    node = roads.end_node[link]
    opening_s = time_s
    unit = state.fleet.unit[state.traversals.vehicle[state.links.head[link]]]
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
            if state.links.waiting[state.roads.out_link[k]] != NONE:
                _schedule_serve(state, state.roads.out_link[k], time_s)


@inlined
def _let_motorcycle_pass(state: State, link: int, time_s: float) -> None:
    """Put the first motorcycle that stands close behind a car or truck at the end of a link before it.

    Both must want the same way. The motorcycle must have been on the link when the other one came to its end, so nobody is passed for ever. From then on it is
    the first vehicle of the link. Its passage is drawn behind the one it passed, but for the end.
    """
    links, rows, fleet, roads = state.links, state.traversals, state.fleet, state.roads
    head = links.head[link]
    passed = rows.vehicle[head]
    if fleet.vehicle_class[passed] == MOTORCYCLE:
        return
    came_s = rows.begin_s[head] + roads.length_m[link] / compute_speed(roads, fleet, passed, link)
    wanted = roads.route_link[rows.step[head] + 1]
    if came_s >= time_s or wanted == NONE:
        return
    ahead_m = rows.pcu[head] * roads.spacing_m_pcu[link]
    before, row = head, rows.following[head]
    while row != NONE and ahead_m <= roads.pass_m[0]:
        vehicle = rows.vehicle[row]
        speed = compute_speed(roads, fleet, vehicle, link)
        if rows.begin_s[row] > came_s or rows.begin_s[row] + roads.length_m[link] / speed > time_s:
            return
        if roads.route_link[rows.step[row] + 1] == wanted and fleet.vehicle_class[vehicle] == MOTORCYCLE:
            rows.following[before] = rows.following[row]
            rows.following[row] = head
            if links.gone[link] == NONE:
                links.first[link] = row
            else:
                rows.following[links.gone[link]] = row
            links.head[link] = row
            if links.last[link] == row:
                links.last[link] = before
            return
        ahead_m += rows.pcu[row] * roads.spacing_m_pcu[link]
        before, row = row, rows.following[row]


@inlined
def _find_pcu(state: State, vehicle: int, link: int) -> float:
    """Find how much of a link a vehicle takes: half its pcu where its convoy rides in both lanes, two abreast.

    It does so under escort, on roads with one lane a direction, unless a column comes towards it in the same way.
    """
    pcu: float = state.fleet.pcu[vehicle]
    oncoming = state.roads.opposite[link]
    if oncoming == NONE or not state.units.takes_both_lanes[state.fleet.unit[vehicle]]:
        return pcu
    return 0.5 * pcu if state.links.n_abreast[oncoming] == 0 else pcu


@inlined
def _is_lane_taken(state: State, vehicle: int, link: int) -> bool:
    """Whether a column coming towards a vehicle takes the lane it wants; who is on it already pulls over."""
    oncoming = state.roads.opposite[link]
    if oncoming == NONE or state.links.n_abreast[oncoming] == 0:
        return False
    return not state.units.takes_both_lanes[state.fleet.unit[vehicle]]


@inlined
def _take_from_waiting(links: Links, wanted: int, link: int) -> None:
    """Take a link out of the waiting list of another."""
    if links.waiting[wanted] == link:
        links.waiting[wanted] = links.next_waiting[link]
        return
    before = links.waiting[wanted]
    while links.next_waiting[before] != link:
        before = links.next_waiting[before]
    links.next_waiting[before] = links.next_waiting[link]


@inlined
def _leave(state: State, link: int, time_s: float) -> None:
    """Take the first vehicle off a link; the next one moves up, and its room travels back to the begin."""
    links, rows = state.links, state.traversals
    row = links.head[link]
    rows.end_s[row] = time_s
    vehicle = rows.vehicle[row]
    own_mps, leader_mps = compute_speed(state.roads, state.fleet, vehicle, link), links.exit_speed_mps[link]
    behind_s = links.exit_s[link] + compute_headway(state.roads, link, rows.pcu[row], leader_mps)
    links.exit_speed_mps[link] = compute_passing_speed(own_mps, leader_mps, time_s, behind_s)
    links.exit_s[link] = time_s
    links.gone[link] = row
    links.head[link] = rows.following[row]
    if links.head[link] != NONE:
        if state.roads.pass_m[0] > 0.0:
            _let_motorcycle_pass(state, link, time_s)
        _schedule_head(state, link)
    if rows.pcu[row] < state.fleet.pcu[vehicle]:
        links.n_abreast[link] -= 1
        oncoming = state.roads.opposite[link]
        if links.n_abreast[link] == 0 and links.waiting[oncoming] != NONE:
            _schedule_serve(state, oncoming, time_s)
    if links.waiting[link] != NONE and links.reserved[link] == NONE:
        chosen, opening_s = _choose(state, link, time_s)
        if chosen == NONE:
            _schedule_serve(state, link, opening_s)
            return
        room_s, _, _ = _find_room(state, link, _find_pcu(state, rows.vehicle[links.head[chosen]], link))
        if room_s < np.inf:
            _schedule_serve(state, link, max(room_s, time_s))


@inlined
def _find_room(state: State, link: int, pcu: float) -> tuple[float, int, float]:
    """Find when a link has room for a vehicle.

    N_in(t) ≤ N_out(t − L/w) + k_j·L, in pcu (Newell 1993). N_out grows from that of the one ahead to that of vehicle m
    in the last e_m/q before m has left, so a link whose storage is no whole number of vehicles loses no capacity.

    Returns
    -------
    The moment (s), −inf when there is room anyway, inf when that depends on someone who has not left; and whose room it
    is, with all that had entered up to that one (pcu).
    """
    links, rows = state.links, state.traversals
    needed_pcu = links.entered_pcu[link] + pcu - state.roads.storage_pcu[link]
    row, total = links.hole[link], links.hole_pcu[link]
    if needed_pcu <= 1e-9:
        return -np.inf, row, total
    while total < needed_pcu - 1e-9:
        following = links.first[link] if row == NONE else rows.following[row]
        if following == NONE:  # it is longer than the link and waits until that is empty
            break
        row = following
        total += rows.pcu[row]
    if row == NONE:
        return -np.inf, row, total
    end_s = rows.end_s[row]
    if np.isnan(end_s):
        return np.inf, row, total
    surplus_s = max(0.0, total - needed_pcu) * state.roads.headway_s_pcu[link]
    return max(end_s, end_s + state.roads.wave_time_s[link] - surplus_s), row, total


@inlined
def _schedule_serve(state: State, link: int, time_s: float) -> None:
    """Note when a link can take the next vehicle; the earlier of two notes counts."""
    if time_s < state.links.serve_s[link]:
        state.links.serve_s[link] = time_s
        _push(state.agenda, time_s, SERVE, link)


@inlined
def _push(agenda: Agenda, time_s: float, kind: int, index: int) -> None:
    """Note what will happen."""
    entry = agenda.free[0]
    if entry == NONE:
        raise RuntimeError("the agenda is full")
    agenda.free[0] = agenda.following[entry]
    page = _get_page(agenda, time_s)
    agenda.following[entry] = agenda.first[page]
    agenda.first[page] = entry
    agenda.time_s[entry] = time_s
    agenda.kind[entry] = kind
    agenda.item[entry] = index
    agenda.n[0] += 1
    agenda.page[0] = min(agenda.page[0], page)


@inlined
def _take_earliest(agenda: Agenda, until_s: float) -> int:
    """Take the earliest entry up to a moment off the agenda; what it says stays readable. NONE when there is none."""
    last = _get_page(agenda, until_s)
    page = agenda.page[0]
    while page < last and agenda.first[page] == NONE:
        page += 1
    agenda.page[0] = page
    best = int(agenda.first[page])
    if best == NONE:
        return best
    before_best, before = int(NONE), best
    entry = int(agenda.following[best])
    while entry != NONE:
        if _is_earlier(agenda, entry, best):
            best, before_best = entry, before
        before = entry
        entry = int(agenda.following[entry])
    if agenda.time_s[best] > until_s:
        return int(NONE)
    if before_best == NONE:
        agenda.first[page] = agenda.following[best]
    else:
        agenda.following[before_best] = agenda.following[best]
    agenda.following[best] = agenda.free[0]
    agenda.free[0] = best
    agenda.n[0] -= 1
    return best


@inlined
def _get_page(agenda: Agenda, time_s: float) -> int:
    """Return the page of a moment."""
    return int(min(max(time_s / PAGE_S, 0.0), float(len(agenda.first) - 1)))


@inlined
def _is_earlier(agenda: Agenda, entry: int, other: int) -> bool:
    """Whether an entry comes before another."""
    if agenda.time_s[entry] != agenda.time_s[other]:
        return bool(agenda.time_s[entry] < agenda.time_s[other])
    if agenda.kind[entry] != agenda.kind[other]:
        return bool(agenda.kind[entry] < agenda.kind[other])
    return bool(agenda.item[entry] < agenda.item[other])
