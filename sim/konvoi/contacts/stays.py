"""When a side is on each road and at each junction: where the two sides share neither, neither moves the other.

Vehicles act on each other through the link both are on (headway, room) and the junction both pass (whose turn it is). A
link that all of one side has left holds no vehicle up any more: within its storage there is room, and the last headway
is over after a few seconds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from konvoi.arrays import FloatArray, IntArray
from konvoi.contacts.rides import TimedRides
from konvoi.kernels import allocating_kernel

HEADWAY_S = 10.0  # at most, of the largest vehicle behind the slowest: the link acts on the next one for so long
TURN_S = 30.0  # a vehicle may ask for its turn so long before it passes, and keep crossing ways for so long after


class Stays(NamedTuple):
    """Times without a break, by place; links come first, then nodes."""

    offset: IntArray  # (n_links + n_nodes + 1,)
    begin_s: FloatArray
    end_s: FloatArray


@allocating_kernel
def find_stays(
    timed: TimedRides,
    link_from: np.ndarray,
    link_to: np.ndarray,
    road: np.ndarray,
    n_nodes: int,
    side: int,
    turn_s: float,
) -> Stays:
    """Find when a side (0 or 1) is on links and at nodes.

    Parameters
    ----------
    road
        (n_links,) under whose name a stay on a link is kept: its own, or that of its road where columns take both lanes.
    turn_s
        How long before and after it passes a junction a vehicle counts as there.
    """
    n_links, rides = len(link_from), timed.rides
    n_room = 3 * len(rides) + 1
    place, begin_s, end_s = np.empty(n_room, np.int64), np.empty(n_room), np.empty(n_room)
    n = 0
    for link in range(n_links):
        for kind in range(3):
            first, here = n, np.int64(road[link])
            if kind > 0:
                here = np.int64(n_links + (link_from[link] if kind == 1 else link_to[link]))
            for one in range(timed.offset[2 * link + side], timed.offset[2 * link + side + 1]):
                leaves_s = min(rides[one].end_s, timed.until_s[0])
                begin, end = rides[one].begin_s, leaves_s + HEADWAY_S
                if kind == 1:
                    begin, end = rides[one].begin_s - turn_s, rides[one].begin_s + turn_s
                elif kind == 2:
                    begin, end = leaves_s - turn_s, leaves_s + turn_s
                if n > first and begin <= end_s[n - 1]:
                    end_s[n - 1] = max(end_s[n - 1], end)
                else:
                    place[n], begin_s[n], end_s[n] = here, begin, end
                    n += 1
    order = np.argsort(begin_s[:n], kind="mergesort")
    order = order[np.argsort(place[:n][order], kind="mergesort")]
    offset = np.zeros(n_links + n_nodes + 1, np.int32)
    merged_begin, merged_end, n_merged = np.empty(n), np.empty(n), 0
    before = -1
    for k in order:
        if place[k] == before and begin_s[k] <= merged_end[n_merged - 1]:
            merged_end[n_merged - 1] = max(merged_end[n_merged - 1], end_s[k])
            continue
        before = place[k]
        merged_begin[n_merged], merged_end[n_merged] = begin_s[k], end_s[k]
        n_merged += 1
        offset[before + 1] += 1
    return Stays(np.cumsum(offset).astype(np.int32), merged_begin[:n_merged].copy(), merged_end[:n_merged].copy())


@allocating_kernel
def find_shared(first: Stays, second: Stays, shift_1_s: float, shift_2_s: float) -> np.ndarray:
    """Find the links and, behind them, nodes at which both sides are at a time, each so much later than its stays say."""
    n_places = len(first.offset) - 1
    shared, n = np.empty(n_places, np.int32), 0
    for place in range(n_places):
        i, j = first.offset[place], second.offset[place]
        while i < first.offset[place + 1] and j < second.offset[place + 1]:
            if first.end_s[i] + shift_1_s < second.begin_s[j] + shift_2_s:
                i += 1
            elif second.end_s[j] + shift_2_s < first.begin_s[i] + shift_1_s:
                j += 1
            else:
                shared[n] = place
                n += 1
                break
    return shared[:n].copy()
