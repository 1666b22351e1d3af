"""Contacts of one replication as a table, and the outcomes counted from it (MODEL §6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from konvoi.network import RoadNetwork
from konvoi.network.junctions import Junctions
from konvoi.plan.day_plan import HOMEBOUND, UnitRoutes
from konvoi.units import SECONDS_PER_MINUTE

PHASES = ("out_out", "out_home", "home_home", "out_past_place", "home_past_place")
RIDING_PHASES, PAST_PLACE = PHASES[:3], 3  # the latter is added to whether the rider is homebound
TYPES = ("head_on", "crossing", "merging", "tailing", "queue_beside", "passing_place")


class ContactColumns(Protocol):
    """The engine's contacts: one entry per contact in each array, SI units."""

    @property
    def trip_1(self) -> NDArray[np.int32]: ...
    @property
    def trip_2(self) -> NDArray[np.int32]: ...
    @property
    def begin_s(self) -> NDArray[np.float64]: ...
    @property
    def end_s(self) -> NDArray[np.float64]: ...
    @property
    def kind(self) -> NDArray[np.int8]: ...
    @property
    def link(self) -> NDArray[np.int32]: ...
    @property
    def offset_m(self) -> NDArray[np.float64]: ...
    @property
    def closing_mps(self) -> NDArray[np.float64]: ...
    @property
    def least_m(self) -> NDArray[np.float64]: ...
    @property
    def people_1(self) -> NDArray[np.float64]: ...
    @property
    def people_2(self) -> NDArray[np.float64]: ...
    @property
    def exposure_person_s(self) -> NDArray[np.float64]: ...
    @property
    def is_standing(self) -> NDArray[np.bool_]: ...


def build_contact_columns(
    contacts: ContactColumns,
    routes: UnitRoutes,
    network: RoadNetwork,
    junctions: Junctions,
) -> dict[str, Any]:
    """Build the columns of the contacts table but for ``point`` and ``replication``, by begin."""
    order = np.lexsort((contacts.trip_2, contacts.trip_1, contacts.begin_s))
    trip_1, trip_2, link = contacts.trip_1[order], contacts.trip_2[order], contacts.link[order]
    # Crowds are numbered behind the units.
    names = np.array([*routes.unit_name, *(crowd.name for crowd in routes.crowds)], dtype=object)
    n_homebound = (trip_1 % 2 == HOMEBOUND).astype(int) + (trip_2 % 2 == HOMEBOUND)
    stands_1, stands_2 = trip_1 // 2 >= routes.n_units, trip_2 // 2 >= routes.n_units
    rider_trip = np.where(stands_1, trip_2, trip_1)
    phase = np.where(stands_1 | stands_2, PAST_PLACE + (rider_trip % 2 == HOMEBOUND), n_homebound)
    x_m, y_m = compute_positions_m(network, link, contacts.offset_m[order])
    return {
        "contact": np.arange(len(order)),
        "unit_1": names[trip_1 // 2],
        "unit_2": names[trip_2 // 2],
        "phase": np.array(PHASES, dtype=object)[phase],
        "type": np.array(TYPES, dtype=object)[contacts.kind[order]],
        "begin_s": contacts.begin_s[order],
        "end_s": contacts.end_s[order],
        "link": link.astype(np.int64),
        "offset_m": contacts.offset_m[order],
        "x_m": x_m,
        "y_m": y_m,
        "junction": junctions.find_names(x_m, y_m, link),
        "least_distance_m": contacts.least_m[order],
        "closing_speed_mps": contacts.closing_mps[order],
        "people_1": contacts.people_1[order],
        "people_2": contacts.people_2[order],
        "exposure_person_min": contacts.exposure_person_s[order] / SECONDS_PER_MINUTE,
        "is_standing": contacts.is_standing[order],
    }


def compute_positions_m(
    network: RoadNetwork, link: NDArray[np.int32], offset_m: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the coordinates (m) of points on links."""
    used, place = np.unique(link, return_inverse=True)
    begin, count = network.shape_offset[used], np.diff(network.shape_offset)[used]
    first = np.cumsum(count) - count  # of each used link, among the vertices of all of them
    vertex = np.repeat(begin - first, count) + np.arange(count.sum())
    x, y = network.shape_x_m[vertex], network.shape_y_m[vertex]
    step = np.hypot(np.diff(x, prepend=0.0), np.diff(y, prepend=0.0))
    step[first] = 0.0
    along = np.cumsum(step)
    along -= np.repeat(along[first], count)
    chord = along[first + count - 1]
    along *= np.repeat(network.link_length_m[used] / np.where(chord > 0.0, chord, 1.0), count)
    # Behind each other, a link a stretch longer than any, offsets ascend through all links: one search finds them all.
    stretch = network.link_length_m.max(initial=0.0) + 1.0
    found = np.searchsorted(
        along + np.repeat(np.arange(len(used)), count) * stretch, offset_m + place * stretch, "right"
    )
    before = np.clip(found - 1, first[place], first[place] + count[place] - 2)
    length = along[before + 1] - along[before]
    share = np.clip((offset_m - along[before]) / np.where(length > 0.0, length, 1.0), 0.0, 1.0)
    return x[before] + share * (x[before + 1] - x[before]), y[before] + share * (y[before + 1] - y[before])


def count_outcomes(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Count one replication's outcomes from its contacts."""
    phase = columns["phase"]
    n = len(phase)
    return {
        "has_contact": n > 0,
        "contacts": n,
        "exposure_person_min": float(np.sum(columns["exposure_person_min"])),
        "first_contact_s": float(columns["begin_s"][0]) if n else np.nan,
        **{f"contacts_{name}": int(np.count_nonzero(phase == name)) for name in RIDING_PHASES},
        "contacts_passing": int(np.count_nonzero(columns["type"] == "passing_place")),
        "peak_people": float(np.max(columns["people_1"] + columns["people_2"])) if n else 0.0,
    }
