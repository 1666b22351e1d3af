"""Named junctions: the nearest one to any position, or the road between two."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from math import atan2, degrees

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from konvoi.network.roads import RoadNetwork
from konvoi.words import say

REACH_M = 500.0  # farther from every junction people name the street
ONE_PLACE_M = 60.0  # nodes of one name this near each other are one junction: carriageways, lanes for turning
COMPASS = ("north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west")


class Junctions:
    """Nodes people have a name for, to say where something happens: street junctions and venues.

    Attributes
    ----------
    node, name, x_m, y_m
        One entry per named node.
    node_name
        One entry per node of the network, empty where people have no name for it.
    is_landmark
        Whether a named node is found by its own name; the others are told by their distance from one that is, since a
        street whose side streets have no names would be one place along all its length.

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
        self.x_m, self.y_m = network.node_x_m[self.node], network.node_y_m[self.node]
        self._street = np.array([name.split(" / ")[0] for name in network.link_name], dtype=object)
        plain = self._plain = np.array(
            [self.node_name[index] or f"simpul {index}" for index in self.node], dtype=object
        )
        place = self._gather(plain)
        self.is_landmark = self._find_landmarks(plain, place, set(venues))
        self.name = plain if self.is_landmark.all() else self._tell_apart(plain, place)
        if len(named):
            names = dict(zip(self.node.tolist(), self.name.tolist(), strict=True))
            self.node_name = tuple(names.get(node, "") for node in range(len(network.node_x_m)))

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
        is_far = (np.min(square, axis=1) > REACH_M**2) & (street != "")
        names = self.name[nearest]
        for point in np.flatnonzero(is_far).tolist():
            names[point] = self._point_out(str(street[point]), float(x_m[point]), float(y_m[point]), 500.0)
        return np.asarray(names)

    def _gather(self, name: NDArray[np.object_]) -> NDArray[np.int64]:
        """Return which node, by its place in the list, stands for each: the first one of its name near it."""
        place = np.arange(len(name))
        for word, count in zip(*np.unique(name.astype(str), return_counts=True), strict=True):
            own = np.flatnonzero(name == word) if count > 1 else np.empty(0, np.int64)
            while len(own):
                is_near = np.hypot(self.x_m[own] - self.x_m[own[0]], self.y_m[own] - self.y_m[own[0]]) <= ONE_PLACE_M
                place[own[is_near]] = own[0]
                own = own[~is_near]
        return place

    def _find_landmarks(
        self, name: NDArray[np.object_], place: NDArray[np.int64], venues: Collection[int]
    ) -> NDArray[np.bool_]:
        """Return which nodes are found by their name alone: no other place has it, and no street is called so."""
        heads = name[np.unique(place)].astype(str)
        word, count = np.unique(heads, return_counts=True)
        once = set(word[count == 1].tolist())
        streets = set(self._street.tolist())
        is_venue = np.isin(self.node, list(venues))
        return np.array(
            [text in once and (venue or text not in streets) for text, venue in zip(name, is_venue, strict=True)]
        )

    def _tell_apart(self, name: NDArray[np.object_], place: NDArray[np.int64]) -> NDArray[np.object_]:
        """Say of each place that shares its name with others how far, and in which direction, it is from a landmark."""
        heads = name[np.unique(place)].astype(str)
        word, count = np.unique(heads, return_counts=True)
        often = set(word[count > 1].tolist())
        told = name.copy()
        for index, head in enumerate(place.tolist()):
            if name[index] in often:
                text = self._point_out(str(name[index]), float(self.x_m[head]), float(self.y_m[head]), 50.0)
                told[index] = f"{text} ({self.node[head]})" if text == name[index] else text
        return told

    def _point_out(self, name: str, x_m: float, y_m: float, step_m: float) -> str:
        """Add to a name how far it is from the nearest landmark, rounded to steps, and in which direction."""
        marks = self._landmarks
        if marks is None:
            return name
        found_m, nearest = marks[0].query([x_m, y_m])
        distance_m = float(found_m)
        if distance_m < 0.5 * step_m:
            return f"{name} ({marks[1][nearest]})"
        east, north = (np.array([x_m, y_m]) - marks[0].data[nearest]).tolist()
        bearing: float = degrees(atan2(east, north)) % 360.0
        direction = say(f"screen.direction_{COMPASS[round(bearing / 45.0) % 8]}", "id")
        return say(
            "roads.near_landmark",
            "id",
            name=name,
            distance_m=max(step_m, round(distance_m / step_m) * step_m),
            direction=direction,
            landmark=marks[1][nearest],
        )

    @cached_property
    def _landmarks(self) -> tuple[cKDTree, NDArray[np.object_]] | None:
        """Positions and names of the landmarks; None where there are none."""
        known = np.flatnonzero(self.is_landmark)
        return (cKDTree(np.column_stack([self.x_m, self.y_m])[known]), self._plain[known]) if len(known) else None
