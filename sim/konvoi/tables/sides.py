"""Tables of the contact of the two sides at places (MODEL §6)."""

from __future__ import annotations

from typing import Any

from konvoi.tables.schema import FLOAT, INTEGER, TEXT, TRUTH, Schema

_GRADES = {"any": "any contact", "large": "large contact", "massed": "massed contact"}

# Of one day; a part of `konvoi.tables.sweep.REPLICATIONS`.
SIDE_OUTCOMES: dict[str, tuple[Any, str]] = {
    **{
        name: entry
        for key, words in _GRADES.items()
        for name, entry in (
            (f"has_{key}_riders", (TRUTH, f"{words} of both sides' riders somewhere")),
            (f"has_{key}", (TRUTH, f"{words} somewhere, with people at places too")),
            (f"places_{key}", (INTEGER, f"places with {words}; on the border of two places it counts at both")),
            (f"minutes_{key}", (FLOAT, f"time of {words}, added up over places, min")),
        )
    },
    "side_exposure_person_min": (
        FLOAT,
        "exposure of the two sides: people of the smaller side near the other, place by place, × time, person-min",
    ),
    "side_exposure_riders_person_min": (FLOAT, "of which riders of both sides, person-min"),
    "side_exposure_places_person_min": (FLOAT, "of which riders past people who stand, person-min"),
    "side_exposure_out_out_person_min": (FLOAT, "riders' exposure, both outbound, person-min"),
    "side_exposure_out_home_person_min": (FLOAT, "riders' exposure, one outbound and one homebound, person-min"),
    "side_exposure_home_home_person_min": (FLOAT, "riders' exposure, both homebound, person-min"),
    "side_exposure_out_past_place_person_min": (FLOAT, "exposure of outbound riders past people who stand, person-min"),
    "side_exposure_home_past_place_person_min": (
        FLOAT,
        "exposure of homebound riders past people who stand, person-min",
    ),
    "side_exposure_together_person_min": (
        FLOAT,
        "of all exposure, that of people who stand or ride alike beside the other side, person-min",
    ),
    "peak_side_people": (FLOAT, "most people of the smaller side near the other at one place at a time"),
    "first_side_contact_s": (FLOAT, "start of the first contact of grade any, s after local midnight; empty without"),
}

SIDE_CONTACTS = Schema(
    "contacts of the two sides",
    {
        "point": (INTEGER, "number of the design point"),
        "replication": (INTEGER, "number of the replication"),
        "contact": (INTEGER, "number of the contact within the replication, by begin"),
        "kind": (TEXT, "road: a stretch of road; crowd: where people of a side stand"),
        "place": (TEXT, "number of the stretch behind an s, or name of the place where people stand"),
        "link": (INTEGER, "link of the middle of the place"),
        "offset_m": (FLOAT, "its distance from the link's begin, m"),
        "x_m": (FLOAT, "east coordinate of the middle, m"),
        "y_m": (FLOAT, "north coordinate of the middle, m"),
        "junction": (TEXT, "nearest junction or venue; the street where both are over 500 m away"),
        "begin_s": (FLOAT, "begin, s after local midnight"),
        "end_s": (FLOAT, "end, s after local midnight"),
        "peak_people": (FLOAT, "N: most people of the smaller side near the other at a time"),
        "people_1": (FLOAT, "most people of side 1 near the other side at a time"),
        "people_2": (FLOAT, "most people of side 2 near the other side at a time"),
        "exposure_person_min": (FLOAT, "people of the smaller side × time, person-min"),
        "together_person_min": (FLOAT, "of which people who stand or ride alike, person-min"),
        **{f"is_{key}": (TRUTH, f"of grade {key}") for key in _GRADES},
        **{f"{key}_min": (FLOAT, f"for how long of grade {key}, min") for key in _GRADES},
        "phase": (TEXT, "of most exposure: out_out, out_home, home_home; out_past_place, home_past_place at crowds"),
        "type": (TEXT, "of most of it: head_on, crossing, merging, tailing, queue_beside, passing_place"),
    },
)

SIDE_BINS = Schema(
    "contact of the two sides by ten minutes",
    {
        "point": (INTEGER, "number of the design point"),
        "replication": (INTEGER, "number of the replication"),
        "bin_s": (FLOAT, "begin of the ten minutes, s after local midnight; those without contact are left out"),
        "riders_person_min": (FLOAT, "exposure of riders of both sides, person-min"),
        "places_person_min": (FLOAT, "exposure of riders past people who stand, person-min"),
        "peak_people": (FLOAT, "most people of the smaller side near the other at one place at a time"),
    },
)
