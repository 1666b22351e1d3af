"""What the map says about junctions: which ways through one cross each other, and which roads have a signal.

A *movement* leads from one link to another at the node between them. Two movements cross when their lines through the
junction do. Who merges does not cross (`konvoi.engine.movement` shares a merge by capacity), and who turns off to the
side on which people drive crosses nobody.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import FloatArray, IntArray
from konvoi.network import RoadNetwork

KEEP_SIDE_RAD = 0.02  # between the lines into and out of the same road; less than that between two roads
PHASE_COS = np.cos(np.pi / 4)  # roads within 45° of the main one, or of its other direction, have green with it


class Crossings(NamedTuple):
    """Movements from link l have the numbers ``offset[l]:offset[l + 1]``, by the link they lead to.

    The movements that cross movement m are ``crossing[c]`` with c in ``crossing_offset[m]:crossing_offset[m + 1]``.
    """

    offset: IntArray  # (n_links + 1,)
    out_link: IntArray  # (n_movements,) where each leads to, ascending for every link
    crossing_offset: IntArray  # (n_movements + 1,)
    crossing: IntArray
    slot_s_pcu: float  # how long one pcu keeps those that cross it waiting
    cycle_s: FloatArray  # (n_links,) of the signal at the link's end; 0 where there is none
    green_s: FloatArray  # (n_links,) begin of green in the cycle …
    green_length_s: FloatArray  # … and how long it lasts


def build_crossings(
    network: RoadNetwork,
    *,
    crossing_pcu_s: float = np.inf,
    drives_on_left: bool = True,
    cycle_s: float = 0.0,
    lost_s: float = 0.0,
) -> Crossings:
    """Find the movements of all junctions, those that cross, and the phases of signals.

    Parameters
    ----------
    crossing_pcu_s
        Capacity that crossing movements share (MKJI 1997: of an unsignalised junction); infinite for none.
    cycle_s
        Of fixed-time signals with two phases, the road of the largest capacity first; 0 when they only flash.
    lost_s
        Of each phase (all-red).
    """
    n_nodes = len(network.node_x_m)
    leaving, leaving_offset = _group(network.link_from, n_nodes)
    arriving, arriving_offset = _group(network.link_to, n_nodes)
    n_out = np.diff(leaving_offset)[network.link_to]
    offset = np.concatenate([[0], np.cumsum(n_out)]).astype(np.int32)
    rank = np.arange(offset[-1]) - np.repeat(offset[:-1], n_out)
    bearing_in, bearing_out = _compute_bearings(network)
    # Seen from the junction, who comes in on a road keeps to the right of who goes out where people drive on the left.
    keep = KEEP_SIDE_RAD if drives_on_left else -KEEP_SIDE_RAD
    pairs = [np.empty((2, 0), np.int64)]
    arms = np.column_stack([np.diff(arriving_offset), np.diff(leaving_offset)])
    for n_into, n_out_of in np.unique(arms, axis=0) if np.isfinite(crossing_pcu_s) else []:
        if n_into < 2 or n_out_of < 2:
            continue
        nodes = np.flatnonzero((arms == (n_into, n_out_of)).all(axis=1))
        into = arriving[arriving_offset[nodes, None] + np.arange(n_into)]
        out_of = leaving[leaving_offset[nodes, None] + np.arange(n_out_of)]
        movement, begin, end, goal = (
            np.broadcast_to(part, (len(nodes), n_into, n_out_of)).reshape(len(nodes), -1)
            for part in (
                offset[into][:, :, None] + np.arange(n_out_of),
                bearing_in[into][:, :, None] - keep,
                bearing_out[out_of][:, None, :] + keep,
                out_of[:, None, :],
            )
        )
        node, one, other = np.nonzero(_find_crossings(begin, end) & (goal[:, :, None] != goal[:, None, :]))
        pairs.append(np.stack([movement[node, one], movement[node, other]]))
    first, second = np.concatenate(pairs, axis=1)
    order = np.lexsort((second, first))
    green_s, green_length_s, has_signal = _build_signals(
        network, arriving, arriving_offset, bearing_in, cycle_s, lost_s
    )
    return Crossings(
        offset=offset,
        out_link=leaving[np.repeat(leaving_offset[network.link_to], n_out) + rank],
        crossing_offset=np.searchsorted(first[order], np.arange(offset[-1] + 1)).astype(np.int32),
        crossing=second[order].astype(np.int32),
        slot_s_pcu=1.0 / crossing_pcu_s,
        cycle_s=np.where(has_signal, cycle_s, 0.0),
        green_s=green_s,
        green_length_s=green_length_s,
    )


def find_movements(crossings: Crossings, link: IntArray, next_link: IntArray) -> IntArray:
    """Find the movements from links to the links that follow them."""
    n_links = len(crossings.offset) - 1
    key = np.repeat(np.arange(n_links, dtype=np.int64), np.diff(crossings.offset)) * n_links + crossings.out_link
    return np.searchsorted(key, link.astype(np.int64) * n_links + next_link).astype(np.int32)


def _group(node: IntArray, n_nodes: int) -> tuple[IntArray, IntArray]:
    """Group links by a node of theirs: the links, ascending for every node, and where each node's begin."""
    order = np.argsort(node, kind="stable").astype(np.int32)
    return order, np.searchsorted(node[order], np.arange(n_nodes + 1)).astype(np.int32)


def _compute_bearings(network: RoadNetwork) -> tuple[FloatArray, FloatArray]:
    """Compute the bearings (rad, anticlockwise from east) at which links leave their end and begin, seen from there."""
    first, last = network.shape_offset[:-1], network.shape_offset[1:] - 1
    x, y = network.shape_x_m, network.shape_y_m
    bearing_in = np.arctan2(y[last - 1] - y[last], x[last - 1] - x[last])
    bearing_out = np.arctan2(y[first + 1] - y[first], x[first + 1] - x[first])
    return bearing_in, bearing_out


def _find_crossings(begin: NDArray[Any], end: NDArray[Any]) -> NDArray[np.bool_]:
    """Find which chords of a circle cross: just one end of the other lies on the arc from start to end.

    Parameters
    ----------
    begin, end
        (n, k) angles of k chords on each of n circles.

    Returns
    -------
    (n, k, k); chords that begin together do not cross.
    """
    turn = 2.0 * np.pi
    arc = ((end - begin) % turn)[:, :, None]
    is_begin_on_it = (begin[:, None, :] - begin[:, :, None]) % turn < arc
    is_end_on_it = (end[:, None, :] - begin[:, :, None]) % turn < arc
    is_together = begin[:, None, :] == begin[:, :, None]
    is_crossing = (is_begin_on_it != is_end_on_it) & ~is_together
    # Chords that end on each other's begin (roads at the same angle) cross only if they do seen from both.
    return np.asarray(is_crossing & is_crossing.transpose(0, 2, 1))


def _build_signals(
    network: RoadNetwork,
    arriving: IntArray,
    arriving_offset: IntArray,
    bearing: FloatArray,
    cycle_s: float,
    lost_s: float,
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Give the roads at each signal one of two phases, in proportion to the larger capacity in either."""
    n_links = len(network.link_from)
    green_s, length_s, has_signal = np.zeros(n_links), np.zeros(n_links), np.zeros(n_links, np.bool_)
    if cycle_s <= 0.0:
        return green_s, length_s, has_signal
    for node in np.flatnonzero(network.node_has_signal):
        links = arriving[arriving_offset[node] : arriving_offset[node + 1]]
        if len(links) < 2:
            continue
        capacity = network.link_capacity_pcu_s[links]
        main = links[np.argmax(capacity)]
        is_main = np.abs(np.cos(bearing[links] - bearing[main])) >= PHASE_COS
        if is_main.all():
            continue  # a crossing of pedestrians
        share = capacity[is_main].max() / (capacity[is_main].max() + capacity[~is_main].max())
        main_s = share * (cycle_s - 2.0 * lost_s)
        has_signal[links] = True
        green_s[links] = np.where(is_main, 0.0, main_s + lost_s)
        length_s[links] = np.where(is_main, main_s, cycle_s - 2.0 * lost_s - main_s)
    return green_s, length_s, has_signal
