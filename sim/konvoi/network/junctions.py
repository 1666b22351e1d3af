"""Named junctions: the nearest one to any position, or the road between two."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from konvoi.network.roads import RoadNetwork

REACH_M = 500.0  # farther from every junction people name the street


class Junctions:
    """Nodes people have a name for, to say where something happens: street junctions and venues.

    Attributes
    ----------
    node, name, x_m, y_m
        One entry per named node.
    node_name
        One entry per node of the network, empty where people have no name for it.

    Parameters
    ----------
    places
        Nodes put on the roads for venues and assembly points.
    venues
        Those of them that are venues. An assembly point is a kerb and says nothing about where a contact is.
    """

    def __init__(self, network: RoadNetwork, places: Collection[int] = (), venues: Collection[int] = ()) -> None:
        hidden = set(places) - set(venues)
        self.node_name = tuple("" if node in hidden else name for node, name in enumerate(network.node_name))
        named = np.array([index for index, name in enumerate(self.node_name) if name], dtype=np.int64)
        self.node = named if len(named) else np.arange(len(network.node_x_m))
        self.name = np.array([self.node_name[index] or f"simpul {index}" for index in self.node], dtype=object)
        self.x_m, self.y_m = network.node_x_m[self.node], network.node_y_m[self.node]
        self._street = np.array([name.split(" / ")[0] for name in network.link_name], dtype=object)

    def find_names(
        self, x_m: NDArray[np.float64], y_m: NDArray[np.float64], link: NDArray[np.int32]
    ) -> NDArray[np.object_]:
        """Find what people would call each point: the nearest junction or venue, the street when none is in reach.

        Parameters
        ----------
        link
            The road each point is on.
        """
        if len(x_m) == 0:
            return np.empty(0, dtype=object)
        square = (x_m[:, None] - self.x_m) ** 2 + (y_m[:, None] - self.y_m) ** 2
        nearest, street = np.argmin(square, axis=1), self._street[link]
        is_far = np.min(square, axis=1) > REACH_M**2
        return np.asarray(np.where(is_far & (street != ""), street, self.name[nearest]))
