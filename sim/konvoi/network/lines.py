"""An OSMnx graph as lines in metres, for finding what is near a point. Knows graphs by their methods only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from konvoi.arrays import FloatArray, IntArray

METRES_PER_DEGREE = 111_195.0  # of latitude, on the sphere OSMnx measures lengths on


@dataclass(frozen=True)
class Plane:
    """Metres east and north of a town's middle; good to 0.1 % over a hundred kilometres."""

    lon_deg: float
    lat_deg: float

    def to_m(self, lon_deg: Any, lat_deg: Any) -> FloatArray:
        """Return metres, shape (n, 2), from degrees; either side of the antimeridian is one place."""
        east_deg = (np.asarray(lon_deg, np.float64) - self.lon_deg + 180.0) % 360.0 - 180.0
        north_deg = np.asarray(lat_deg, np.float64) - self.lat_deg
        return np.column_stack([east_deg * np.cos(np.radians(self.lat_deg)), north_deg]) * METRES_PER_DEGREE

    def to_deg(self, xy_m: FloatArray) -> tuple[float, float]:
        """Return longitude and latitude of one point, rounded to 0.1 m."""
        lon = self.lon_deg + xy_m[0] / METRES_PER_DEGREE / np.cos(np.radians(self.lat_deg))
        lon = (lon + 180.0) % 360.0 - 180.0
        return round(float(lon), 6), round(float(self.lat_deg + xy_m[1] / METRES_PER_DEGREE), 6)


def find_plane(graph: Any) -> Plane:
    """Return the plane around the middle of a graph."""
    xy = np.array([(float(node["x"]), float(node["y"])) for _, node in graph.nodes(data=True)])
    lon, lat = (xy.min(axis=0) + xy.max(axis=0)) / 2.0
    return Plane(float(lon), float(lat))


@dataclass(frozen=True)
class Lines:
    """Edges of a graph as straight segments: S segments, E edges."""

    edge: list[tuple[Any, Any, Any]]  # (E,) from, to, key
    owner: IntArray  # (S,) index of the edge
    first_m: FloatArray  # (S, 2)
    last_m: FloatArray

    def find_nearest(self, point_m: FloatArray, is_allowed: Any = None) -> tuple[int, FloatArray, float]:
        """Find the edge nearest to a point: its index, the point on it, the distance (m; infinite of none)."""
        line = self.last_m - self.first_m
        square = np.maximum((line**2).sum(axis=1), 1e-12)
        share = np.clip(((point_m - self.first_m) * line).sum(axis=1) / square, 0.0, 1.0)
        at = self.first_m + share[:, None] * line
        distance = np.hypot(*(at - point_m).T)
        if is_allowed is not None:
            distance = np.where(is_allowed[self.owner], distance, np.inf)
        best = int(np.argmin(distance))
        return int(self.owner[best]), at[best], float(distance[best])


def build_lines(graph: Any, plane: Plane) -> Lines:
    """Build the lines of all edges of a graph."""
    longitudes = [float(x) for _, x in graph.nodes(data="x")]
    latitudes = [float(y) for _, y in graph.nodes(data="y")]
    position = dict(zip(graph.nodes, plane.to_m(longitudes, latitudes), strict=True))
    edges: list[tuple[Any, Any, Any]] = []
    owner: list[int] = []
    first: list[FloatArray] = []
    last: list[FloatArray] = []
    for u, v, key, edge in graph.edges(keys=True, data=True):
        if "geometry" in edge:
            xy = np.array(edge["geometry"].coords)
            points = list(plane.to_m(xy[:, 0], xy[:, 1]))
        else:
            points = [position[u], position[v]]
        owner += [len(edges)] * (len(points) - 1)
        first += points[:-1]
        last += points[1:]
        edges.append((u, v, key))
    return Lines(edges, np.array(owner, np.int32), np.array(first).reshape(-1, 2), np.array(last).reshape(-1, 2))


def find_neighbours(graph: Any, node: Any) -> set[Any]:
    """Return the nodes next to a node, whichever way the traffic runs."""
    return (set(graph.predecessors(node)) | set(graph.successors(node))) - {node}
