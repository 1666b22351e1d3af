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
    draft = _Draft(network)
    chosen, snap_m = np.empty(len(x_m), np.int32), np.empty(len(x_m))
    for place in range(len(x_m)):
        point = np.array([x_m[place], y_m[place]])
        nearest = int(owner[_find_nearest_segment(first, line, point)[0]])
        both_ways = {nearest, int(network.link_twin[nearest])}
        candidates = sorted(piece for one in both_ways for piece in draft.pieces.get(one, [one]))
        number, along, snap_m[place] = _find_nearest([draft.get_line(one) for one in candidates], point)
        link = candidates[number]
        offset = along * draft.length[link]
        if min(offset, draft.length[link] - offset) < min_spacing_m or min(along, 1.0 - along) < 1e-6:
            chosen[place] = draft.start[link] if along < 0.5 else draft.end[link]
        else:
            chosen[place] = draft.split(link, along, names[place])
    return draft.build(), chosen, snap_m


class _Draft:
    """A network whose links are being split."""

    def __init__(self, network: RoadNetwork) -> None:
        self.network = network
        self.lines: dict[int, FloatArray] = {}  # of links that were split, and of new ones
        self.pieces: dict[int, list[int]] = {}  # link of the given network → links on its line now
        self.parent = list(range(len(network.link_from)))
        self.start, self.end = network.link_from.tolist(), network.link_to.tolist()
        self.twin, self.length = network.link_twin.tolist(), network.link_length_m.tolist()
        self.node_x, self.node_y = network.node_x_m.tolist(), network.node_y_m.tolist()
        self.node_name = list(network.node_name)

    def get_line(self, link: int) -> FloatArray:
        """Return the line of a link as it is now."""
        return self.lines[link] if link in self.lines else get_shape(self.network, link)

    def split(self, link: int, along: float, name: str) -> int:
        """Split a link, and the other direction of its road, at a share of its line; return the new node."""
        node, other = len(self.node_x), self.twin[link]
        before, after, at = _split_shape(self.get_line(link), along)
        self.node_x.append(float(at[0]))
        self.node_y.append(float(at[1]))
        self.node_name.append(name)
        tail = self._cut(link, along, node, before, after)
        if other != link:
            other_tail = self._cut(other, 1.0 - along, node, after[::-1].copy(), before[::-1].copy())
            for a, b in ((link, other_tail), (tail, other)):
                self.twin[a], self.twin[b] = b, a
        return node

    def _cut(self, link: int, share: float, node: int, head: FloatArray, tail: FloatArray) -> int:
        """Let a link end at a node, and a new one lead from there to where it ended; return that."""
        new, parent = len(self.parent), self.parent[link]
        self.parent.append(parent)
        self.pieces.setdefault(parent, [parent]).append(new)
        self.start.append(node)
        self.end.append(self.end[link])
        self.length.append(self.length[link] * (1.0 - share))
        self.twin.append(new)
        self.lines[new], self.lines[link] = tail, head
        self.end[link], self.length[link], self.twin[link] = node, self.length[link] * share, link
        return new

    def build(self) -> RoadNetwork:
        """Return the network with all that was split."""
        network, parent, index = self.network, self.parent, np.array(self.parent, np.int64)
        n_new = len(self.node_x) - len(network.node_x_m)
        shapes = [self.get_line(one) for one in range(len(parent))]
        return replace(
            network,
            node_x_m=np.array(self.node_x),
            node_y_m=np.array(self.node_y),
            node_name=tuple(self.node_name),
            node_has_signal=np.concatenate([network.node_has_signal, np.zeros(n_new, bool)]),
            link_from=np.array(self.start, np.int32),
            link_to=np.array(self.end, np.int32),
            link_twin=np.array(self.twin, np.int32),
            link_length_m=np.array(self.length),
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
            forbidden_turns=self._follow_turns(),
        )

    def _follow_turns(self) -> IntArray:
        """Follow forbidden turns: of a link that was split, the last piece leads to the junction and the first keeps its number."""
        turns = self.network.forbidden_turns.copy()
        for turn in turns:
            junction = int(self.network.link_to[turn[0]])
            turn[0] = next(piece for piece in self.pieces.get(int(turn[0]), [turn[0]]) if self.end[piece] == junction)
        return turns


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
