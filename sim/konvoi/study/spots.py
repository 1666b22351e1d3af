"""Where contacts happen: spots of at most 400 m, named by the nearest landmark and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees, hypot

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from konvoi.arrays import FloatArray, LongArray

SPOT_M = 400.0  # two contacts of one spot are at most this far apart, give or take a cell
CELL_M = 10.0
AT_M = 100.0  # a landmark this near is where the spot is; as exact as the places of a map are
COMPASS = ("north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west")


@dataclass(frozen=True)
class Landmark:
    """A place people know by name."""

    name: str
    x_m: float
    y_m: float


@dataclass(frozen=True)
class SpotName:
    """Nearest landmark, how far, and in which direction the spot lies from it; no direction within `AT_M`."""

    landmark: str
    distance_m: float
    direction: str | None


def find_spots(x_m: FloatArray, y_m: FloatArray, weight: FloatArray) -> LongArray:
    """Gather contacts into spots, the one with the largest weight first.

    Greedy: the contact around which most weight lies within 200 m makes a spot of all that is there and not yet taken.
    So no spot is wider than 400 m and every spot's centre is where a contact was; a chain of contacts along a street
    stays several spots.

    Parameters
    ----------
    x_m, y_m
        (n,) where contacts were.
    weight
        (n,) exposure; contacts without any count among equals by their number.

    Returns
    -------
    (n,) number of each contact's spot, 0 for the heaviest.
    """
    if len(x_m) == 0:
        return np.empty(0, np.int64)
    # Contacts of one cell share a candidate, so that a million contacts stay a few thousand places.
    cell, own = np.unique(np.floor(np.stack([x_m, y_m], axis=1) / CELL_M), axis=0, return_inverse=True)
    own = own.reshape(-1)
    count = np.bincount(own).astype(np.float64)
    place = np.stack([np.bincount(own, x_m), np.bincount(own, y_m)], axis=1) / count[:, None]
    heavy = np.bincount(own, weight) + 1e-9 * count * max(1.0, float(weight.max()))
    near = _find_near(place)
    reach = near @ heavy
    cell_spot = np.full(len(cell), -1, np.int64)
    number = 0
    while (cell_spot < 0).any():
        centre = int(np.where(cell_spot < 0, reach, -1.0).argmax())
        around = near.indices[near.indptr[centre] : near.indptr[centre + 1]]
        taken = around[cell_spot[around] < 0]
        cell_spot[taken] = number
        gone = np.zeros(len(cell))
        gone[taken] = heavy[taken]
        reach -= near @ gone
        number += 1
    rank = np.empty(number, np.int64)
    rank[np.argsort(-np.bincount(cell_spot, heavy), kind="stable")] = np.arange(number)
    return rank[cell_spot[own]]


def _find_near(place: FloatArray) -> sparse.csr_array:
    """Find which places lie within half a spot of each other, itself included, as a matrix of ones."""
    pairs = cKDTree(place).query_pairs(0.5 * SPOT_M, output_type="ndarray")
    own = np.arange(len(place))
    row, column = (np.concatenate([pairs[:, side], pairs[:, 1 - side], own]) for side in (0, 1))
    return sparse.csr_array((np.ones(len(row)), (row, column)), shape=(len(place), len(place)))


def name_spot(x_m: float, y_m: float, landmarks: list[Landmark]) -> SpotName | None:
    """Name a place by the nearest landmark; None where there is none."""
    if not landmarks:
        return None
    nearest = min(landmarks, key=lambda mark: (hypot(mark.x_m - x_m, mark.y_m - y_m), mark.name))
    east, north = x_m - nearest.x_m, y_m - nearest.y_m
    distance_m = hypot(east, north)
    if distance_m <= AT_M:
        return SpotName(nearest.name, distance_m, None)
    bearing = degrees(atan2(east, north)) % 360.0
    return SpotName(nearest.name, distance_m, COMPASS[round(bearing / 45.0) % 8])
