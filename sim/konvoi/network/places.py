"""Places people know → nodes of the network: projection, and roads split where a place is nearest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from konvoi.arrays import FloatArray, IntArray
from konvoi.errors import NetworkError
from konvoi.network.roads import RoadNetwork, get_shape
from konvoi.words import Sentence


def project(network: RoadNetwork, lon_deg: FloatArray, lat_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Project WGS 84 coordinates to the network's metres.

    Raises
    ------
    NetworkError
        When the network is synthetic and lies nowhere on Earth.
    """
    if not network.crs:
        raise NetworkError(Sentence("faults.synthetic_places"))
    import pyproj

    transformer = pyproj.Transformer.from_crs("EPSG:4326", network.crs, always_xy=True)
    x_m, y_m = transformer.transform(lon_deg, lat_deg)
    return np.asarray(x_m, np.float64), np.asarray(y_m, np.float64)


def unproject(network: RoadNetwork, x_m: FloatArray, y_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude (WGS 84) of points in the network's metres.

    Raises
    ------
    NetworkError
        When the network is synthetic and lies nowhere on Earth.
    """
    if not network.crs:
        raise NetworkError(Sentence("faults.synthetic_lon_lat"))
    import pyproj

    transformer = pyproj.Transformer.from_crs(network.crs, "EPSG:4326", always_xy=True)
    lon_deg, lat_deg = transformer.transform(x_m, y_m)
    return np.asarray(lon_deg, np.float64), np.asarray(lat_deg, np.float64)


def insert_places_xy(
    network: RoadNetwork, x_m: FloatArray, y_m: FloatArray, names: Sequence[str], min_spacing_m: float = 20.0
) -> tuple[RoadNetwork, IntArray, FloatArray]:
    """Put places on the nearest point of any road, splitting it (both directions) there with a new node.

    Parameters
    ----------
    min_spacing_m
        A node nearer than this along the road is taken instead of a new one.

    Returns
    -------
    The network, the places' nodes (P,) and their distances from the road (P,), m.
    """
    first, line, owner = _list_segments(network)
    n_before = len(network.link_from)
    changed: dict[int, FloatArray] = {}  # lines of links that were split, and of new ones
    pieces: dict[int, list[int]] = {}  # link of the given network → links on its line now
    parent = list(range(n_before))
    start, end = network.link_from.tolist(), network.link_to.tolist()
    twin, length = network.link_twin.tolist(), network.link_length_m.tolist()
    node_x, node_y, node_name = network.node_x_m.tolist(), network.node_y_m.tolist(), list(network.node_name)
    chosen = np.empty(len(x_m), np.int32)
    snap_m = np.empty(len(x_m))
    for place in range(len(x_m)):
        point = np.array([x_m[place], y_m[place]])
        nearest = int(owner[_find_nearest_segment(first, line, point)[0]])
        both_ways = {nearest, int(network.link_twin[nearest])}
        candidates = sorted(piece for one in both_ways for piece in pieces.get(one, [one]))
        shapes = [changed[one] if one in changed else get_shape(network, one) for one in candidates]
        number, along, distance = _find_nearest(shapes, point)
        link = candidates[number]
        snap_m[place] = distance
        offset = along * length[link]
        if min(offset, length[link] - offset) < min_spacing_m or min(along, 1.0 - along) < 1e-6:
            chosen[place] = start[link] if along < 0.5 else end[link]
            continue
        node = len(node_x)
        both = [(link, along)] + ([(twin[link], 1.0 - along)] if twin[link] != link else [])
        before, after, at = _split_shape(shapes[number], along)
        node_x.append(float(at[0]))
        node_y.append(float(at[1]))
        node_name.append(names[place])
        chosen[place] = node
        tails = {}
        for one, share in both:
            new = len(parent)
            head, tail = (before, after) if one == link else (after[::-1].copy(), before[::-1].copy())
            parent.append(parent[one])
            changed[new] = tail
            pieces.setdefault(parent[one], [parent[one]]).append(new)
            start.append(node)
            end.append(end[one])
            length.append(length[one] * (1.0 - share))
            twin.append(new)
            changed[one], end[one], length[one] = head, node, length[one] * share
            twin[one] = one
            tails[one] = new
        if len(both) == 2:
            other = both[1][0]
            for a, b in ((link, tails[other]), (tails[link], other)):
                twin[a], twin[b] = b, a
    index = np.array(parent, np.int64)
    shapes = [changed[one] if one in changed else get_shape(network, one) for one in range(len(parent))]
    inserted = replace(
        network,
        node_x_m=np.array(node_x),
        node_y_m=np.array(node_y),
        node_name=tuple(node_name),
        node_has_signal=np.concatenate([network.node_has_signal, np.zeros(len(node_x) - len(network.node_x_m), bool)]),
        link_from=np.array(start, np.int32),
        link_to=np.array(end, np.int32),
        link_twin=np.array(twin, np.int32),
        link_length_m=np.array(length),
        link_capacity_pcu_s=network.link_capacity_pcu_s[index],
        link_jam_density_pcu_m=network.link_jam_density_pcu_m[index],
        link_lanes=network.link_lanes[index],
        link_free_speed_mps=network.link_free_speed_mps[index],
        link_class_speed_mps=network.link_class_speed_mps[index],
        link_name=tuple(network.link_name[k] for k in parent),
        link_highway=tuple(network.link_highway[k] for k in parent),
        shape_offset=np.concatenate([[0], np.cumsum([len(shape) for shape in shapes])]).astype(np.int32),
        shape_x_m=np.concatenate([shape[:, 0] for shape in shapes]),
        shape_y_m=np.concatenate([shape[:, 1] for shape in shapes]),
    )
    return inserted, chosen, snap_m


def _list_segments(network: RoadNetwork) -> tuple[FloatArray, FloatArray, IntArray]:
    """List the straight segments of all lines: first vertex, way to the last one (m), link."""
    xy = np.column_stack([network.shape_x_m, network.shape_y_m])
    owner = np.repeat(np.arange(len(network.link_from), dtype=np.int32), np.diff(network.shape_offset))
    inside = owner[1:] == owner[:-1]
    return xy[:-1][inside], np.diff(xy, axis=0)[inside], owner[:-1][inside]


def _find_nearest_segment(first: FloatArray, line: FloatArray, point: FloatArray) -> tuple[int, float, float]:
    """Find the segment nearest to a point, the share of it up to there, and the distance (m)."""
    square = np.maximum((line**2).sum(axis=1), 1e-12)
    share = np.clip(((point - first) * line).sum(axis=1) / square, 0.0, 1.0)
    distance = np.hypot(*(first + share[:, None] * line - point).T)
    best = int(np.argmin(distance))
    return best, float(share[best]), float(distance[best])


def _find_nearest(shapes: Sequence[FloatArray], point: FloatArray) -> tuple[int, float, float]:
    """Find the line nearest to a point, the share of its length up to there, and the distance (m)."""
    first = np.concatenate([shape[:-1] for shape in shapes])
    line = np.concatenate([np.diff(shape, axis=0) for shape in shapes])
    owner = np.repeat(np.arange(len(shapes)), [len(shape) - 1 for shape in shapes])
    best, share, distance = _find_nearest_segment(first, line, point)
    number = int(owner[best])
    chord = np.hypot(*np.diff(shapes[number], axis=0).T)
    k = best - int(np.searchsorted(owner, number))
    return number, float((chord[:k].sum() + share * chord[k]) / chord.sum()), distance


def _split_shape(shape: FloatArray, along: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Split a line at a share of its length: the two lines and the point."""
    chord = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(shape, axis=0).T))])
    at = np.array([np.interp(along * chord[-1], chord, shape[:, axis]) for axis in (0, 1)])
    k = int(np.clip(np.searchsorted(chord, along * chord[-1], side="right"), 1, len(chord) - 1))
    return np.vstack([shape[:k], at]), np.vstack([at, shape[k:]]), at
