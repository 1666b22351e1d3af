"""The kernels said again in plain Python, as slowly and plainly as can be."""

from __future__ import annotations

import numpy as np

from sim.engine.model import RallyModel


def find_near_union(model: RallyModel, unit_1: int, unit_2: int, step_s: float) -> list[float]:
    """Return the sampled moments at which any two outbound vehicles of two units are within the contact distances.

    For a network of one straight road from x = 0 eastwards, where straight line and road are the same. Positions are
    interpolated between begin and end of each traversal, which is right for vehicles that nobody hinders.
    """
    rows = model.state.traversals
    n = int(rows.n[0])
    network = model.network
    tracks: dict[int, list[tuple[float, float, float, float]]] = {unit_1: [], unit_2: []}
    for k in range(n):
        link = int(rows.link[k])
        unit = int(model.state.fleet.unit[rows.vehicle[k]])
        first_home = int(model.state.roads.route_offset[2 * unit + 1])
        if link < len(network.link_from) and unit in tracks and rows.step[k] < first_home:
            x0, x1 = network.node_x_m[network.link_from[link]], network.node_x_m[network.link_to[link]]
            tracks[unit].append((rows.begin_s[k], rows.end_s[k], x0, x1))
    distance = float(model.cells.distance_m[0])
    start = min(track[0] for both in tracks.values() for track in both)
    stop = max(track[1] for both in tracks.values() for track in both)
    near = []
    for time_s in np.arange(start, stop, step_s):
        positions = []
        for unit in (unit_1, unit_2):
            positions.append(
                [x0 + (x1 - x0) * (time_s - a) / (b - a) for a, b, x0, x1 in tracks[unit] if a <= time_s < b]
            )
        if positions[0] and positions[1]:
            gaps = np.abs(np.subtract.outer(positions[0], positions[1]))
            if gaps.min() <= distance:
                near.append(float(time_s))
    return near
