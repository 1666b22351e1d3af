"""What every simulator answers about W, and contacts from sampled positions for those that know no contacts.

The definition is the engine's (MODEL §6): vehicles of both sides within 50 m in a straight line; near times of a pair of
convoys merged over interruptions shorter than 60 s; kept when they last 10 s with 10 people on each side. In W the
limit along the road never decides: streets meet at right angles, so two vehicles 50 m apart at a junction have at most
71 m of road between them, and parallel streets are 222 m apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from tests.benchmarks.workload import (
    CONTACT_M,
    CONVOY_VEHICLES,
    MERGE_S,
    MIN_CONTACT_S,
    MIN_PEOPLE,
    PEOPLE_PER_VEHICLE,
    Workload,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

PEOPLE_BIN_S = 5.0  # people are means over bins of at most this length, as in the engine


class Contacts(NamedTuple):
    """One row per contact; trip ``2·convoy + phase``, side 1 first."""

    trip_1: NDArray[np.int64]
    trip_2: NDArray[np.int64]
    begin_s: FloatArray
    end_s: FloatArray


class Answer(NamedTuple):
    """What a simulator says about W."""

    arrival_s: FloatArray  # (trips, vehicles of a convoy); NaN for who has not arrived by the horizon
    contacts: Contacts

    def save(self, path: Path) -> None:
        """Write the answer."""
        np.savez(path, arrival_s=self.arrival_s, **self.contacts._asdict())


def load_answer(path: Path) -> Answer:
    """Read what `Answer.save` wrote."""
    with np.load(path) as rows:
        return Answer(rows["arrival_s"], Contacts(*(rows[name] for name in Contacts._fields)))


class Sample(NamedTuple):
    """Who is where at one moment; rider ``trip · CONVOY_VEHICLES + rank``."""

    time_s: float
    rider: NDArray[np.int64]
    x_m: FloatArray
    y_m: FloatArray


def find_sampled_contacts(
    workload: Workload, samples: Iterable[Sample], period_s: float, vehicles_per_rider: int = 1
) -> Contacts:
    """Find contacts in positions sampled every ``period_s``, in the order of time.

    Parameters
    ----------
    vehicles_per_rider
        For simulators that move platoons.
    """
    is_first = np.repeat(workload.convoy_side == 1, 2 * CONVOY_VEHICLES)
    n_trips = 2 * workload.n_convoys
    people = PEOPLE_PER_VEHICLE * vehicles_per_rider
    found: list[tuple[float, NDArray[np.int64], FloatArray, FloatArray]] = []
    for sample in samples:
        is_mine = is_first[sample.rider]
        if is_mine.all() or not is_mine.any():  # also when nobody is on the road
            continue
        at = np.column_stack([sample.x_m, sample.y_m])
        mine, theirs = sample.rider[is_mine], sample.rider[~is_mine]
        mine_tree, their_tree = (
            cKDTree(at[chosen], balanced_tree=False, compact_nodes=False) for chosen in (is_mine, ~is_mine)
        )
        pairs = mine_tree.sparse_distance_matrix(their_tree, CONTACT_M, output_type="ndarray")
        if len(pairs) == 0:
            continue
        i, j = mine[pairs["i"]], theirs[pairs["j"]]
        met = i // CONVOY_VEHICLES * n_trips + j // CONVOY_VEHICLES
        near, n_1 = count_riders(met, i)
        _, n_2 = count_riders(met, j)
        found.append((sample.time_s, near, people * n_1, people * n_2))
    if not found:
        none = np.empty(0, np.int64)
        return Contacts(none, none, np.empty(0), np.empty(0))
    sizes = [len(row[1]) for row in found]
    time_s = np.repeat([row[0] for row in found], sizes)
    pair, people_1, people_2 = (np.concatenate([row[k] for row in found]) for k in (1, 2, 3))
    order = np.lexsort((time_s, pair))
    return merge_near_times(time_s[order], pair[order], people_1[order], people_2[order], n_trips, period_s)


def count_riders(met: NDArray[np.int64], rider: NDArray[np.int64]) -> tuple[NDArray[np.int64], FloatArray]:
    """Count the different riders of each pair of trips: the pairs, sorted, and the numbers."""
    unique = np.unique(met * np.int64(2**31) + rider) // np.int64(2**31)
    pair, count = np.unique(unique, return_counts=True)
    return pair, count.astype(np.float64)


def merge_near_times(
    time_s: FloatArray,
    pair: NDArray[np.int64],
    people_1: FloatArray,
    people_2: FloatArray,
    n_trips: int,
    period_s: float,
) -> Contacts:
    """Merge samples sorted by pair and time to contacts; a sample stands for half a period before and after it."""
    is_new = np.concatenate([[True], (np.diff(pair) != 0) | (np.diff(time_s) - period_s >= MERGE_S)])
    first = np.flatnonzero(is_new)
    last = np.concatenate([first[1:], [len(pair)]]) - 1
    begin_s, end_s = time_s[first] - period_s / 2, time_s[last] + period_s / 2
    episode = np.cumsum(is_new) - 1
    bin_index = np.floor((time_s - begin_s[episode]) / PEOPLE_BIN_S).astype(np.int64)
    starts = np.flatnonzero(np.concatenate([[True], (np.diff(episode) != 0) | (np.diff(bin_index) != 0)]))
    weight = min(1.0, period_s / PEOPLE_BIN_S)
    is_kept = end_s - begin_s >= MIN_CONTACT_S - 1e-9
    for people in (people_1, people_2):
        peak = np.zeros(len(first))
        np.maximum.at(peak, episode[starts], weight * np.add.reduceat(people, starts))
        is_kept &= peak >= MIN_PEOPLE - 1e-9
    rows = first[is_kept]
    return Contacts(pair[rows] // n_trips, pair[rows] % n_trips, begin_s[is_kept], end_s[is_kept])
