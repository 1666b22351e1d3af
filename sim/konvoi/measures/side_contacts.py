"""Contacts of the two sides at places as tables, and the outcomes counted from them (MODEL §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konvoi.contacts.sides import BIN_S, SideContacts
from konvoi.contacts.stretches import Stretches
from konvoi.measures.contacts import PHASES, TYPES, compute_positions_m
from konvoi.network import RoadNetwork
from konvoi.network.junctions import Junctions
from konvoi.plan.day_plan import UnitRoutes
from konvoi.units import SECONDS_PER_MINUTE

GRADES = ("any", "large", "massed")
N_RIDER_PHASES = 3  # the others are past a place


@dataclass(frozen=True)
class SideOutcome:
    """The contact of the two sides on one day.

    Attributes
    ----------
    row
        Outcomes of the day: columns of `konvoi.tables.sweep.REPLICATIONS`.
    contacts
        Columns of `konvoi.tables.sides.SIDE_CONTACTS`: the episodes of grade any.
    bins
        Columns of `konvoi.tables.sides.SIDE_BINS`: the day by ten minutes.
    """

    row: dict[str, Any]
    contacts: dict[str, Any]
    bins: dict[str, Any]


def measure_sides(
    found: SideContacts, stretches: Stretches, routes: UnitRoutes, network: RoadNetwork, junctions: Junctions
) -> SideOutcome:
    """Measure the contact of the two sides on one day."""
    return SideOutcome(
        count_side_outcomes(found, len(stretches.link)),
        build_side_columns(found, stretches, routes, network, junctions),
        build_bins(found),
    )


def count_side_outcomes(found: SideContacts, n_stretches: int) -> dict[str, Any]:
    """Count the outcomes of one day; a place counts once, however often it has a grade."""
    is_road, has_grade = found.place < n_stretches, found.grade_s > 0.0
    exposure_min = found.exposure_person_s / SECONDS_PER_MINUTE
    row: dict[str, Any] = {}
    for k, grade in enumerate(GRADES):
        row[f"has_{grade}_riders"] = bool((has_grade[:, k] & is_road).any())
        row[f"has_{grade}"] = bool(has_grade[:, k].any())
        row[f"places_{grade}"] = len(np.unique(found.place[has_grade[:, k]]))
        row[f"minutes_{grade}"] = float(found.grade_s[:, k].sum() / SECONDS_PER_MINUTE)
    row["side_exposure_person_min"] = float(exposure_min.sum())
    row["side_exposure_riders_person_min"] = float(exposure_min[is_road].sum())
    row["side_exposure_places_person_min"] = float(exposure_min[~is_road].sum())
    by_phase = found.phase_person_s.sum(axis=0) / SECONDS_PER_MINUTE
    for phase, value in zip(PHASES, by_phase, strict=True):
        row[f"side_exposure_{phase}_person_min"] = float(value)
    row["side_exposure_together_person_min"] = float(found.together_person_s.sum() / SECONDS_PER_MINUTE)
    row["peak_side_people"] = float(found.peak_people.max(initial=0.0))
    first_s = found.first_any_s[np.isfinite(found.first_any_s)]
    row["first_side_contact_s"] = float(first_s.min()) if len(first_s) else np.nan
    return row


def build_side_columns(
    found: SideContacts, stretches: Stretches, routes: UnitRoutes, network: RoadNetwork, junctions: Junctions
) -> dict[str, Any]:
    """Build the columns of the side contacts' table but for ``point`` and ``replication``, by begin."""
    chosen = np.flatnonzero(found.grade_s[:, 0] > 0.0)
    order = chosen[np.lexsort((found.place[chosen], found.begin_s[chosen]))]
    found = SideContacts._make([*(column[order] for column in found[:-1]), found.bins])
    n_stretches = len(stretches.link)
    is_road = found.place < n_stretches
    crowds = [crowd for side in (1, 2) for crowd in routes.crowds if crowd.side == side]
    link, offset_m = _find_spots(found.place, stretches, network, [crowd.node for crowd in crowds])
    x_m, y_m = compute_positions_m(network, link, offset_m)
    names = np.array([*(f"s{k}" for k in range(n_stretches)), *(crowd.name for crowd in crowds)], dtype=object)
    return {
        "contact": np.arange(len(order)),
        "kind": np.where(is_road, "road", "crowd").astype(object),
        "place": names[found.place],
        "link": link.astype(np.int64),
        "offset_m": offset_m,
        "x_m": x_m,
        "y_m": y_m,
        "junction": junctions.find_names(x_m, y_m, link),
        "begin_s": found.begin_s,
        "end_s": found.end_s,
        "peak_people": found.peak_people,
        "people_1": found.people_1,
        "people_2": found.people_2,
        "exposure_person_min": found.exposure_person_s / SECONDS_PER_MINUTE,
        "together_person_min": found.together_person_s / SECONDS_PER_MINUTE,
        **{f"is_{grade}": found.grade_s[:, k] > 0.0 for k, grade in enumerate(GRADES)},
        **{f"{grade}_min": found.grade_s[:, k] / SECONDS_PER_MINUTE for k, grade in enumerate(GRADES)},
        "phase": np.array(PHASES, dtype=object)[np.argmax(found.phase_person_s, axis=1)],
        "type": np.array(TYPES, dtype=object)[found.kind],
    }


def _find_spots(
    place: NDArray[np.int32], stretches: Stretches, network: RoadNetwork, crowd_node: list[int]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Find the link and offset (m) of places; a crowd is at the start of a link that leaves its node."""
    n_links = len(network.link_from)
    out_of = np.zeros(len(network.node_x_m), np.int32)
    out_of[network.link_from[::-1]] = np.arange(n_links - 1, -1, -1)
    node = np.array(crowd_node, np.int64)
    link = np.concatenate([stretches.link, out_of[node]]).astype(np.int32)
    offset_m = np.concatenate([stretches.offset_m, np.zeros(len(node))])
    return link[place], offset_m[place]


def build_bins(found: SideContacts) -> dict[str, Any]:
    """Build the columns of the bins' table but for ``point`` and ``replication``: ten minutes with contact."""
    used = np.flatnonzero(found.bins[:, 2] > 0.0)
    return {
        "bin_s": used * BIN_S,
        "riders_person_min": found.bins[used, 0] / SECONDS_PER_MINUTE,
        "places_person_min": found.bins[used, 1] / SECONDS_PER_MINUTE,
        "peak_people": found.bins[used, 2],
    }
