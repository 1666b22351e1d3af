"""The tables of single days: events, example days, timetables, routes."""

from __future__ import annotations

from konvoi.tables.schema import FLOAT, INTEGER, TEXT, TRUTH, Schema

EVENTS = Schema(
    "events",
    {
        "time_s": (FLOAT, "s after local midnight; never decreases"),
        "code": (TEXT, "what happened"),
        "unit": (TEXT, "whom it concerns"),
        "other": (TEXT, "the other unit, of the other side; empty when there is none"),
        "place": (TEXT, "where"),
        "value": (FLOAT, "a number that belongs to the code; empty when there is none"),
    },
)
EXAMPLES = Schema(
    "example days",
    {
        "example": (TEXT, "typical or bad: the replication of the judged point nearest to a quantile of exposure"),
        "quantile": (FLOAT, "that quantile, 0 to 1"),
        "point": (INTEGER, "number of the design point"),
        "replication": (INTEGER, "number of the replication"),
        "seed": (INTEGER, "seed of the replication"),
        "exposure_person_min": (FLOAT, "its exposure, person-min"),
        "contacts": (INTEGER, "its contacts"),
        "lateness_1_min": (FLOAT, "lateness of side 1, min"),
        "lateness_2_min": (FLOAT, "lateness of side 2, min"),
        "rally_start_1_s": (FLOAT, "planned start of the rally of side 1, s after local midnight"),
        "rally_start_2_s": (FLOAT, "planned start of the rally of side 2, s after local midnight"),
        "rally_end_1_s": (FLOAT, "end of the rally of side 1 on that day, s after local midnight"),
        "rally_end_2_s": (FLOAT, "end of the rally of side 2 on that day, s after local midnight"),
    },
)
SPINE = Schema(
    "spine",
    {
        "order": (INTEGER, "number of the node along the road on which most exposure begins"),
        "at_m": (FLOAT, "distance along that road, m"),
        "x_m": (FLOAT, "east coordinate, m"),
        "y_m": (FLOAT, "north coordinate, m"),
        "junction": (TEXT, "name of the junction; empty when it has none"),
    },
)
COLUMNS = Schema(
    "columns",
    {
        "example": (TEXT, "typical or bad"),
        "unit": (TEXT, "convoy or dispersed group"),
        "side": (INTEGER, "1 or 2"),
        "is_organised": (TRUTH, "an organised convoy, not a dispersed group"),
        "trip": (TEXT, "out or home"),
        "run": (INTEGER, "nodes of the spine passed one after the other"),
        "order": (INTEGER, "number of the node on the spine"),
        "at_m": (FLOAT, "distance of the node along the spine, m"),
        "head_s": (FLOAT, "the first vehicle passes the node, s after local midnight"),
        "tail_s": (FLOAT, "the last vehicle passes the node, s after local midnight"),
        "vehicles": (INTEGER, "vehicles of the column"),
    },
)
TRAFFIC = Schema(
    "traffic",
    {
        "example": (TEXT, "typical or bad"),
        "time_s": (FLOAT, "full minute, s after local midnight"),
        "side": (INTEGER, "1 or 2"),
        "x_m": (FLOAT, "east coordinate of a short piece of road, m"),
        "y_m": (FLOAT, "north coordinate, m"),
        "vehicles": (INTEGER, "vehicles of the side on it"),
        "people": (FLOAT, "people on them"),
    },
)
CLEAR_BY = Schema(
    "clear-by times",
    {
        "point": (INTEGER, "number of the design point"),
        "node": (INTEGER, "number of the junction's node: two junctions may share a name"),
        "junction": (TEXT, "name of the junction"),
        "x_m": (FLOAT, "east coordinate, m"),
        "y_m": (FLOAT, "north coordinate, m"),
        "side": (INTEGER, "1 or 2"),
        "trip": (TEXT, "out or home"),
        "first_low_s": (
            FLOAT,
            "first vehicle arrives: 5 % quantile, lower confidence bound in tens of minutes over replications, s after local midnight",
        ),
        "first_median_s": (FLOAT, "first vehicle arrives: median, s after local midnight"),
        "clear_median_s": (FLOAT, "last vehicle has left: median, s after local midnight"),
        "clear_high_s": (
            FLOAT,
            "last vehicle has left: 95 % quantile, upper confidence bound in tens of minutes, s after local midnight",
        ),
        "vehicles": (FLOAT, "vehicles that pass, mean"),
        "replications": (INTEGER, "replications in which the side passes"),
    },
)
TIMETABLE = Schema(
    "timetable",
    {
        "point": (INTEGER, "number of the design point"),
        "unit": (TEXT, "organised convoy"),
        "side": (INTEGER, "1 or 2"),
        "assembly_point": (TEXT, "name of the assembly point"),
        "venue": (TEXT, "name of the venue"),
        "streets_out": (TEXT, "streets of the outbound route"),
        "streets_home": (TEXT, "streets of the homebound route"),
        "rally_start_s": (FLOAT, "planned start of the side's rally, s after local midnight"),
        "rally_end_s": (FLOAT, "planned end of the side's rally, s after local midnight"),
        "depart_s": (FLOAT, "planned departure, without lateness, s after local midnight"),
        "depart_low_s": (
            FLOAT,
            "departure: 5 % quantile, lower confidence bound in tens of minutes over replications, s after local midnight",
        ),
        "depart_high_s": (
            FLOAT,
            "departure: 95 % quantile, upper confidence bound in tens of minutes, s after local midnight",
        ),
        "arrive_high_s": (
            FLOAT,
            "last vehicle at the venue: 95 % quantile, upper confidence bound in tens of minutes, s after local midnight",
        ),
        "home_low_s": (
            FLOAT,
            "departure for home: 5 % quantile, lower confidence bound in tens of minutes, s after local midnight",
        ),
        "home_high_s": (
            FLOAT,
            "last vehicle home: 95 % quantile, upper confidence bound in tens of minutes, s after local midnight",
        ),
        "people": (FLOAT, "people of the convoy, mean"),
        "vehicles": (FLOAT, "vehicles of the convoy, mean"),
        "passing_min": (FLOAT, "time the column needs to arrive at the venue, head to tail, median, min"),
        "replications": (INTEGER, "replications"),
    },
)
ROUTES = Schema(
    "routes",
    {
        "point": (INTEGER, "number of the design point"),
        "unit": (TEXT, "organised convoy"),
        "side": (INTEGER, "1 or 2"),
        "trip": (TEXT, "out or home"),
        "vertex": (INTEGER, "vertex of the polyline"),
        "x_m": (FLOAT, "east coordinate, m"),
        "y_m": (FLOAT, "north coordinate, m"),
    },
)
