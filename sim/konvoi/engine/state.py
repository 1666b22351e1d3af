"""The arrays the kernels read and write. All SI; times in s after local midnight of the first day.

Real links come first in every link array; behind them stand *virtual links* of no length, so that the kernels know one
kind of thing only: the source of every unit's trips (an unlimited queue of vehicles ready to leave), the two gates of every
venue (a capacity in pcu/s, in and out), and the halts of columns (which nobody leaves before they are opened).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import FloatArray, IntArray
from konvoi.engine.records import Code, Flag, Index, Number, Records

# The calendar of what happens next has about one entry a page when all rides take place within BUSY_S.
BUSY_S, MOST_PAGE_S, MOST_PAGES = 14_400.0, 0.25, 1 << 20
# Stages of a vehicle's day.
AT_ORIGIN, RIDING_OUT, AT_VENUE, RIDING_HOME, AT_HOME = 0, 1, 2, 3, 4
ABSENT = 5  # its people are in another row, see `DayPlan.vehicle_successor`
UNPARKED, AT_PLACE, FURTHER_OFF, ON_STREET = 0, 1, 2, 3  # where a vehicle parks


class Link:
    """One link, real or virtual: what it is, and its queue.

    Its rides are the rows ``first_row`` to ``next_row``, in the order in which they leave it (FIFO); those from
    ``head`` on have not left.
    """

    # What it is; never changes in a run.
    length_m: Number  # 0 for virtual links
    free_speed_mps: Number  # v_f
    motorcycle_mps: Number  # free speeds of the classes
    car_mps: Number
    truck_mps: Number
    headway_s_pcu: Number  # 1/q, the least headway of one pcu
    reaction_s_pcu: Number  # 1/q − 1/(k_j·v_f), Newell's τ of one pcu
    spacing_m_pcu: Number  # 1/k_j, Newell's δ of one pcu
    wave_time_s: Number  # a hole needs from the end of the link to its start, L/w
    storage_pcu: Number  # k_j·L; infinite for virtual links
    weight_pcu_s: Number  # share in a merge: capacity of the link, for sources that of the first road
    # Who entered and left.
    entered_pcu: Number  # since the start of the run
    hole_pcu: Number  # entered before `hole`
    entry_s: Number  # latest entry
    entry_speed_mps: Number  # of the vehicle that entered latest, on this link
    entry_headway_s_pcu: Number  # what the next one keeps behind it
    exit_s: Number  # latest exit
    exit_speed_mps: Number  # of the vehicle that left latest, on this link
    exit_headway_s_pcu: Number  # what the next one keeps behind it
    delay_s: Number  # of those that left, beyond the time they need on a free road (vehicle-s)
    # Who waits.
    serve_s: Number  # time of the pending serve event; infinite when there is none
    slot_s: Number  # when the reserved slot begins
    tag: Number  # virtual start time of the waiting head (fair queueing)
    finish_tag: Number  # virtual finish time of the head served latest
    waiting: Index  # first link whose head waits to enter this one
    next_waiting: Index  # next link that waits for the same one
    reserved: Index  # link whose head has a slot to cross over into this one; NONE when there is none
    head: Index
    next_row: Index  # ride of whoever enters next
    first_row: Index
    hole: Index  # the first ride whose room nobody has taken
    end_node: Index  # where its vehicles merge
    opposite: Index  # other direction of a road with one lane in each; NONE of others, or where nobody takes it
    n_abreast: Index  # vehicles on it that take the oncoming lane too: nobody else may enter that one
    is_guarded: Flag  # a signal, or police, may hold the vehicles at its end


class Vehicle:
    """One vehicle."""

    pcu: Number
    factor: Number  # on the class speed
    speed_cap_mps: Number  # head speed of the organised convoy, else infinite
    home_delay_s: Number  # after the unit's homebound release
    unit: Index
    successor: Index  # row in which its people go home; NONE when in its own
    first_step_out: Index  # where its way begins in route_link
    first_step_home: Index
    vehicle_class: Code
    stage: Code  # AT_ORIGIN … ABSENT
    parked: Code  # where it stands at the venue: UNPARKED … ON_STREET


class Ride:
    """One vehicle's ride along one link; those of a link lie side by side, see `Link`."""

    begin_s: Number
    end_s: Number  # NaN while on the link
    pcu: Number  # of the vehicle, on this link
    speed_mps: Number  # its free speed on this link
    vehicle: Index
    step: Index  # index into route_link


class Entry:
    """One thing that will happen."""

    time_s: Number
    following: Index  # next entry of the same page, or next free one
    index: Index  # vehicle or link
    kind: Code


class Roads(NamedTuple):
    """What never changes in a run, besides the links; n_all = real + virtual links."""

    route_offset: IntArray  # (n_trips + 1,)
    route_link: IntArray  # (n_steps,) with virtual links; NONE behind the last of each way
    step_trip: IntArray  # (n_steps,) 2·unit + phase
    route_movement: IntArray  # from the link of a step to that of the next one; NONE where nobody's way crosses it
    crossing_offset: IntArray  # (n_movements + 1,) those that cross a movement, of the ones ridden in this run
    crossing: IntArray
    slot_s_pcu: FloatArray  # (1,) how long one pcu keeps those waiting that cross its way
    cycle_s: FloatArray  # (n_all,) of the signal at its end; 0 where there is none
    green_s: FloatArray  # (n_all,) begin of green in the cycle …
    green_length_s: FloatArray  # … and its length
    pass_m: FloatArray  # (1,) so far motorcycles pass others that stand at the end of a link; 0: never
    max_hold_s: FloatArray  # (1,) longest time a junction is held for an escorted convoy
    out_offset: IntArray  # (n_nodes + n_virtual + 1,) what is ridden next from a node, gates and halts too: `out_link`
    out_link: IntArray
    detour: IntArray  # (n_steps,) a copy of the step before, behind which another way avoids this one; NONE for most
    step_watch: IntArray  # (n_steps,) first watch that notices who enters this step of a route; NONE for most
    next_watch: IntArray  # (n_watches,) of the same step; NONE at the last
    closure: IntArray  # (n_all,) first closure of the link; NONE for most
    closure_begin_s: FloatArray  # (n_closures,) nobody enters from here …
    closure_end_s: FloatArray  # … to here
    next_closure: IntArray  # of the same link, later; NONE at the last
    turnaround_s: FloatArray  # (1,) least stay at the venue for those who come after their unit has been released


class Units(NamedTuple):
    """One row per unit; what its agent has ordered and what it can see."""

    side: IntArray  # index, 0 or 1
    is_escorted: NDArray[np.bool_]
    takes_both_lanes: NDArray[np.bool_]  # the oncoming one too, where a road has no more
    n_vehicles: IntArray  # (n_units, 2) on each trip
    home_release_s: FloatArray  # infinite until the agent releases the homebound trip
    n_left: IntArray  # (n_units, 2) vehicles that have begun the trip
    n_arrived: IntArray  # (n_units, 2) vehicles that have ended it


class Parking(NamedTuple):
    """Room for vehicles at each side's venue, (2,); place_pcu is empty when there is no limit at either."""

    place_pcu: FloatArray  # free at the venue
    further_pcu: FloatArray  # free further off
    walk_s: FloatArray  # from there
    full_s: FloatArray  # when the first vehicle found no room at the venue; infinite until then


class Watches(NamedTuple):
    """Who has passed where, for agents that wait for it: one row per halt (those who came to it), then per watch."""

    n_missing: IntArray  # vehicles still to come
    n_passed: IntArray
    called_s: FloatArray  # (1,) when the first or the last vehicle passed one, until it is read; else infinite


class Nodes(NamedTuple):
    """Junctions: who has to wait for whose way, and for which escorted convoy."""

    tag: FloatArray  # (n_nodes + n_virtual,) virtual time of the merge
    clear_s: FloatArray  # (n_movements,) nobody given a way across a movement is on it any more
    held_unit: IntArray  # (n_nodes + n_virtual,) escorted unit a junction is held for; NONE before the first one
    held_link: IntArray  # the link on which it comes
    held_until_s: FloatArray  # for all other links
    n_passed: IntArray  # (n_steps,) vehicles of an escorted unit that have passed from a step to the next


class Rides(NamedTuple):
    """All rides along links, in the order in which they began: one row per vehicle and link."""

    vehicle: IntArray
    step: IntArray  # index into route_link
    link: IntArray
    begin_s: FloatArray
    end_s: FloatArray  # NaN while on the link
    pcu: FloatArray  # of the vehicle, on this link


class Agenda(NamedTuple):
    """What happens next: a calendar, with on each page a chain of entries in any order.

    A page holds few entries, so the earliest is found by looking at all of them; a heap of thousands costs more
    (Brown 1988, calendar queues). Entries are ordered by time, then kind, then index.
    """

    n: NDArray[np.int64]  # (1,) entries in use
    page: NDArray[np.int64]  # (1,) earliest page that may hold entries
    pages_per_s: FloatArray  # (1,)
    free: IntArray  # (1,) first free entry of those used before, chained like those in use; NONE when there is none
    n_used: IntArray  # (1,) entries that have ever been in use
    first: IntArray  # (n_pages,) NONE on an empty page; the last page holds all that is later, too
    entries: Records[Entry]


class State(NamedTuple):
    """Everything the movement kernels touch."""

    roads: Roads
    fleet: Records[Vehicle]
    units: Units
    links: Records[Link]  # real ones, then virtual ones
    nodes: Nodes
    rides: Records[Ride]
    agenda: Agenda
    watches: Watches
    parking: Parking


def list_rides(state: State) -> Rides:
    """List all rides so far, in the order in which they began."""
    links, rows = state.links, state.rides
    used = links.next_row - links.first_row
    row = np.repeat(links.first_row - np.cumsum(used) + used, used) + np.arange(used.sum())
    link = np.repeat(np.arange(len(links), dtype=np.int32), used)
    order = np.lexsort((rows.vehicle[row], rows.step[row], rows.begin_s[row]))
    row, link = row[order], link[order]
    return Rides(rows.vehicle[row], rows.step[row], link, rows.begin_s[row], rows.end_s[row], rows.pcu[row])
