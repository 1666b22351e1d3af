"""The tables a sweep leaves behind: each column's name, type, unit and meaning; checked on write and on read."""

from __future__ import annotations

from typing import Any

from konvoi.tables.schema import FLOAT, INTEGER, TEXT, TRUTH, Schema
from konvoi.tables.sides import SIDE_OUTCOMES

POINTS = Schema(
    "design points",
    {
        "point": (INTEGER, "number of the design point"),
        "gap_min": (FLOAT, "start of the later rally minus start of the earlier, min; empty for another day"),
        "is_another_day": (TRUTH, "the rallies are on different days"),
        "venue_pair": (TEXT, "key of the venue pair"),
        "venue_1": (TEXT, "venue of side 1"),
        "venue_2": (TEXT, "venue of side 2"),
        "settings": (TEXT, "the factor levels of this point"),
        "euclid_km": (FLOAT, "straight-line distance of the venues, km"),
        "road_km": (FLOAT, "shortest distance of the venues along roads, km"),
        "shared_km": (FLOAT, "road used by both sides on their way to the rallies, each piece once, km"),
        "is_planned": (TRUTH, "the layout to judge"),
        "replications": (INTEGER, "replications that ended without error"),
        "contact_replications": (INTEGER, "replications with at least one contact"),
        "effective_replications": (
            FLOAT,
            "number of plain replications that would tell P(contact) as well; more than there are when sampling is stratified",
        ),
        "p_contact": (FLOAT, "share of replications with at least one contact"),
        "p_contact_low": (FLOAT, "lower end of its Wilson interval"),
        "p_contact_high": (FLOAT, "upper end of its Wilson interval"),
        "contacts_mean": (FLOAT, "contacts per replication"),
        "contacts_low": (FLOAT, "lower end of its t interval"),
        "contacts_high": (FLOAT, "upper end of its t interval"),
        "exposure_person_min_mean": (FLOAT, "exposure per replication, person-min"),
        "exposure_person_min_low": (FLOAT, "lower end of its t interval"),
        "exposure_person_min_high": (FLOAT, "upper end of its t interval"),
        "p_riders": (FLOAT, "share of replications with a contact of both sides' riders, people at places not counted"),
        "p_riders_low": (FLOAT, "lower end of its interval"),
        "p_riders_high": (FLOAT, "upper end of its interval"),
        "p_large": (FLOAT, "share of replications with a large contact of the two sides (contact.grades.large)"),
        "p_large_low": (FLOAT, "lower end of its interval"),
        "p_large_high": (FLOAT, "upper end of its interval"),
        "p_large_riders": (FLOAT, "share of replications with a large contact of both sides' riders"),
        "p_large_riders_low": (FLOAT, "lower end of its interval"),
        "p_large_riders_high": (FLOAT, "upper end of its interval"),
        "p_past_place": (FLOAT, "share of replications in which riders pass people of the other side who stand"),
        "places_any_mean": (FLOAT, "places at which the two sides meet, per replication"),
        "places_any_low": (FLOAT, "lower end of its t interval"),
        "places_any_high": (FLOAT, "upper end of its t interval"),
        "side_exposure_person_min_mean": (
            FLOAT,
            "exposure of the two sides, however convoys are cut, per replication, person-min",
        ),
        "side_exposure_person_min_low": (FLOAT, "lower end of its t interval"),
        "side_exposure_person_min_high": (FLOAT, "upper end of its t interval"),
        "p_out_out": (FLOAT, "share of replications with a contact of riders, both outbound"),
        "p_out_home": (FLOAT, "share of replications with a contact of riders, one outbound and one homebound"),
        "p_home_home": (FLOAT, "share of replications with a contact of riders, both homebound"),
        "at_rally_share_1_mean": (
            FLOAT,
            "share of side 1's people at its rally when it began, mean of the replications",
        ),
        "at_rally_share_2_mean": (
            FLOAT,
            "share of side 2's people at its rally when it began, mean of the replications",
        ),
        "delay_vehicle_h_mean": (FLOAT, "travel time beyond free flow per replication, vehicle-h"),
        "stranded_mean": (FLOAT, "vehicles not home at the end of the run, per replication"),
        "p_theory": (
            FLOAT,
            "p_contact by the pocket theory with everybody's spread (konvoi.theory.meeting); empty where it says nothing: "
            "gaps so short that the earlier side may be at its rally, or no shared road",
        ),
        "p_theory_bound": (
            FLOAT,
            "upper bound of it by the longest rides and the earliest riders; empty where the sides share no road",
        ),
    },
)
REPLICATIONS = Schema(
    "replications",
    {
        "point": (INTEGER, "number of the design point"),
        "replication": (INTEGER, "number of the replication; the same number has the same seed at every point"),
        "seed": (INTEGER, "seed of the replication"),
        "has_contact": (TRUTH, "at least one contact"),
        "contacts": (INTEGER, "number of contacts"),
        "exposure_person_min": (FLOAT, "people of the smaller side in contact × time, person-min"),
        "first_contact_s": (FLOAT, "begin of the first contact, s after local midnight; empty without contact"),
        "contacts_out_out": (INTEGER, "contacts of riders, both outbound"),
        "contacts_out_home": (INTEGER, "contacts of riders, one outbound and one homebound"),
        "contacts_home_home": (INTEGER, "contacts of riders, both homebound"),
        "contacts_passing": (INTEGER, "contacts of riders with people at the other side's places (type passing_place)"),
        "peak_people": (FLOAT, "largest number of people, both sides, in one contact at a time"),
        **SIDE_OUTCOMES,
        "lateness_1_min": (FLOAT, "lateness of side 1, min"),
        "lateness_2_min": (FLOAT, "lateness of side 2, min"),
        "vehicles_1": (INTEGER, "vehicles of side 1"),
        "vehicles_2": (INTEGER, "vehicles of side 2"),
        "people_1": (INTEGER, "people of side 1"),
        "people_2": (INTEGER, "people of side 2"),
        "at_rally_share_1": (
            FLOAT,
            "share of side 1's people at its rally when it began; empty of a side without people",
        ),
        "at_rally_share_2": (
            FLOAT,
            "share of side 2's people at its rally when it began; empty of a side without people",
        ),
        "delay_vehicle_h": (
            FLOAT,
            "travel time beyond free flow, and waiting at the start for a closed road to open, vehicle-h",
        ),
        "stranded": (INTEGER, "vehicles not home at the end of the run"),
        "gridlock": (TEXT, "junctions at which traffic locked up for good, joined by '; '; empty when none did"),
        "error": (TEXT, "what stopped the replication; empty when it ended well"),
    },
)
CONTOUR = Schema(
    "contour",
    {
        "row": (INTEGER, "number of the row: points that differ in nothing but the factor"),
        "venue_pair": (TEXT, "key of the venue pair"),
        "settings": (TEXT, "the levels of the other factors"),
        "factor": (TEXT, "configuration key of the factor along which the contour runs"),
        "x": (FLOAT, "its level, or a place between two simulated levels, in the unit of the key"),
        "is_simulated": (TRUTH, "a simulated level; P is linear between two of them"),
        "y_factor": (TEXT, "configuration key of the other factor; empty when there is none of numbers"),
        "y": (FLOAT, "its level in the unit of the key; of venue pairs the road between them, km"),
        "p_contact": (FLOAT, "share of replications with contact; never rising where theory says so"),
        "p_contact_low": (FLOAT, "lower end of its bootstrap band"),
        "p_contact_high": (FLOAT, "upper end of its bootstrap band"),
        "below_share": (
            FLOAT,
            "bootstrap samples in which P is below the threshold; 0.5 on the contour, the tails of the confidence on its band",
        ),
    },
)
SAFE_GAPS = Schema(
    "safe gaps",
    {
        "row": (INTEGER, "number of the row, as in contour"),
        "venue_pair": (TEXT, "key of the venue pair"),
        "settings": (TEXT, "the levels of the other factors"),
        "venue_1": (TEXT, "venue of side 1"),
        "venue_2": (TEXT, "venue of side 2"),
        "road_km": (FLOAT, "shortest distance of the venues along roads, km"),
        "threshold": (FLOAT, "largest acceptable P(contact)"),
        "confidence": (FLOAT, "confidence of the interval"),
        "shortest_gap_min": (FLOAT, "shortest simulated gap on one day, min"),
        "longest_gap_min": (FLOAT, "longest simulated gap on one day, min"),
        "falling_from_min": (
            FLOAT,
            "gap from which on P cannot rise with the gap: rally, hold-back, egress and margin, min",
        ),
        "safe_gap_min": (
            FLOAT,
            "gap from which on P stays below the threshold, read off the contour, min; empty beyond the longest simulated one",
        ),
        "safe_gap_low_min": (FLOAT, "lower end of its bootstrap interval, min; empty beyond"),
        "safe_gap_high_min": (FLOAT, "upper end of its bootstrap interval, min; empty beyond"),
        "replications": (INTEGER, "most replications of a point of the row"),
    },
)
SLACK = Schema(
    "slack",
    {
        "point": (INTEGER, "number of the design point"),
        "row": (INTEGER, "number of the row, as in contour"),
        "venue_pair": (TEXT, "key of the venue pair"),
        "settings": (TEXT, "the levels of the other factors"),
        "gap_min": (FLOAT, "gap, min"),
        "earlier_min": (
            FLOAT,
            "extra lateness of the earlier side, of whatever size up to this, that leaves P below the threshold, min; "
            "cut at the shortest simulated gap; empty where P is not below",
        ),
        "earlier_low_min": (FLOAT, "lower end of its bootstrap interval, min"),
        "earlier_high_min": (FLOAT, "upper end of its bootstrap interval, min"),
        "later_min": (FLOAT, "the same for the later side, min; cut at the longest simulated gap"),
        "later_low_min": (FLOAT, "lower end of its bootstrap interval, min"),
        "later_high_min": (FLOAT, "upper end of its bootstrap interval, min"),
    },
)
CONTACTS = Schema(
    "contacts",
    {
        "point": (INTEGER, "number of the design point"),
        "replication": (INTEGER, "number of the replication"),
        "contact": (INTEGER, "number of the contact within the replication, by begin"),
        "unit_1": (TEXT, "convoy or dispersed group of side 1, or the place where its people stand"),
        "unit_2": (TEXT, "convoy or dispersed group of side 2, or the place where its people stand"),
        "phase": (
            TEXT,
            "of riders out_out, out_home or home_home; out_past_place or home_past_place where one side stands at a place",
        ),
        "type": (
            TEXT,
            "head_on, crossing, merging, tailing, queue_beside, or passing_place: passing the other side's venue, assembly point or halt",
        ),
        "begin_s": (FLOAT, "begin, s after local midnight"),
        "end_s": (FLOAT, "end, s after local midnight"),
        "link": (INTEGER, "link of side 1's first vehicle in the contact; of side 2's where side 1 stands"),
        "offset_m": (FLOAT, "its distance from the link's begin, m"),
        "x_m": (FLOAT, "east coordinate of the start, m"),
        "y_m": (FLOAT, "north coordinate of the start, m"),
        "junction": (TEXT, "nearest junction or venue; the street where both are over 500 m away"),
        "least_distance_m": (
            FLOAT,
            "least distance seen of two vehicles, or of one from the place, m; 0 where they passed each other on one road, in long contacts an upper bound",
        ),
        "closing_speed_mps": (
            FLOAT,
            "closing speed of the first two vehicles, or of the first one and the place, m/s; negative when they part",
        ),
        "people_1": (FLOAT, "most people of side 1 in contact at a time"),
        "people_2": (FLOAT, "most people of side 2 in contact at a time"),
        "exposure_person_min": (FLOAT, "people of the smaller side in contact × time, person-min"),
        "is_standing": (TRUTH, "two vehicles, or one beside a standing crowd, stood still within the contact distance"),
    },
)
ROADS = Schema(
    "roads",
    {
        "link": (INTEGER, "link"),
        "name": (TEXT, "street name"),
        "highway": (TEXT, "OSM road class"),
        "vertex": (INTEGER, "vertex of the polyline"),
        "x_m": (FLOAT, "east coordinate, m"),
        "y_m": (FLOAT, "north coordinate, m"),
    },
)
PLACES = Schema(
    "places",
    {
        "key": (TEXT, "key in the scenario"),
        "name": (TEXT, "name people use"),
        "kind": (TEXT, "venue, assembly or junction"),
        "side": (INTEGER, "1 or 2; 0 for both or none"),
        "x_m": (FLOAT, "east coordinate, m"),
        "y_m": (FLOAT, "north coordinate, m"),
        "accuracy_m": (FLOAT, "how far the true place may be, m; empty when unknown"),
        "snap_m": (FLOAT, "distance to the point of the road used instead, m"),
    },
)
WATER = Schema(
    "water",
    {
        "line": (INTEGER, "number of the line"),
        "vertex": (INTEGER, "vertex of the polyline"),
        "x_m": (FLOAT, "east coordinate, m"),
        "y_m": (FLOAT, "north coordinate, m"),
    },
)
# Of a plan from its reference on the same replications; empty for the reference itself.
_DIFFERENCES: dict[str, tuple[Any, str]] = {
    "difference": (FLOAT, "paired difference of P(contact) from the reference; empty for the reference"),
    "difference_low": (FLOAT, "lower end of its interval; the intervals of all differences hold jointly"),
    "difference_high": (FLOAT, "upper end of its interval"),
    "p_value": (FLOAT, "McNemar's, of no difference, corrected for the number of differences by Holm"),
    "exposure_difference": (FLOAT, "paired difference of exposure from the reference, person-min"),
    "exposure_difference_low": (FLOAT, "lower end of its t interval; the intervals of all differences hold jointly"),
    "exposure_difference_high": (FLOAT, "upper end of its t interval"),
    "exposure_p_value": (FLOAT, "of the paired t test, corrected for the number of differences by Holm"),
}
COMPARISON = Schema(
    "comparison of plans",
    {
        "plan": (TEXT, "name of the plan"),
        "is_reference": (TRUTH, "the plan the next ones are compared with"),
        "measure": (
            TEXT,
            "what plans are judged by: p_contact, or exposure_person_min where contact is near certain in all",
        ),
        "replications": (INTEGER, "replications, the same seeds for every plan"),
        "contact_replications": (INTEGER, "replications with at least one contact"),
        "p_contact": (FLOAT, "share of replications with at least one contact"),
        "p_contact_low": (FLOAT, "lower end of its interval"),
        "p_contact_high": (FLOAT, "upper end of its interval"),
        "exposure_person_min_mean": (FLOAT, "exposure per replication, person-min"),
        "exposure_person_min_low": (FLOAT, "lower end of its t interval"),
        "exposure_person_min_high": (FLOAT, "upper end of its t interval"),
        **_DIFFERENCES,
        "is_best": (TRUTH, "significantly better than every other plan"),
    },
)
WHAT_IF = Schema(
    "what if",
    {
        "case": (TEXT, "late_40, rain, turnout_double, road_closed, or a name of its own"),
        "settings": (TEXT, "what was changed; of the unchanged plan its gap and venues"),
        "replications": (INTEGER, "replications"),
        "contact_replications": (INTEGER, "replications with at least one contact"),
        "p_contact": (FLOAT, "share of replications with at least one contact"),
        "p_contact_low": (FLOAT, "lower end of its interval"),
        "p_contact_high": (FLOAT, "upper end of its interval"),
        "contacts_mean": (FLOAT, "contacts per replication"),
        "contacts_low": (FLOAT, "lower end of its t interval"),
        "contacts_high": (FLOAT, "upper end of its t interval"),
        "exposure_person_min_mean": (FLOAT, "exposure per replication, person-min"),
        "exposure_person_min_low": (FLOAT, "lower end of its t interval"),
        "exposure_person_min_high": (FLOAT, "upper end of its t interval"),
    },
)
ROBUSTNESS = Schema(
    "robustness",
    {
        "factor": (TEXT, "configuration key that was changed, alone"),
        "level": (TEXT, "its level"),
        "is_base": (TRUTH, "the level of the unchanged plan"),
        "measure": (
            TEXT,
            "what levels are judged by: p_contact, or exposure_person_min where contact is near certain in all",
        ),
        **{name: entry for name, entry in WHAT_IF.columns.items() if name not in {"case", "settings"}},
        **_DIFFERENCES,
    },
)
MORRIS = Schema(
    "Morris screening",
    {
        "factor": (TEXT, "configuration key; seed is the number of the day"),
        "outcome": (TEXT, "what is explained: exposure_person_min, contacts or has_contact"),
        "mu_star": (FLOAT, "mean absolute effect, scaled to the whole range of the factor, in the unit of the outcome"),
        "mu_star_low": (FLOAT, "lower end of its bootstrap interval, not below 0"),
        "mu_star_high": (FLOAT, "upper end of its bootstrap interval"),
        "mu": (FLOAT, "mean effect, with sign"),
        "sigma": (FLOAT, "standard deviation of the effects: interaction and curvature"),
        "is_survivor": (TRUTH, "goes on to the Sobol indices"),
        "replications": (INTEGER, "replications of the screening"),
    },
)
SOBOL = Schema(
    "Sobol indices",
    {
        "factor": (TEXT, "configuration key; seed is the number of the day"),
        "outcome": (TEXT, "what is explained: exposure_person_min, contacts or has_contact"),
        "total": (FLOAT, "total index ST: share of the variance the factor takes part in"),
        "total_low": (FLOAT, "lower end of its bootstrap interval"),
        "total_high": (FLOAT, "upper end of its bootstrap interval"),
        "first": (FLOAT, "first-order index S1: share of the variance the factor explains alone"),
        "first_low": (FLOAT, "lower end of its bootstrap interval"),
        "first_high": (FLOAT, "upper end of its bootstrap interval"),
        "replications": (INTEGER, "replications of the indices"),
    },
)
TORNADO = Schema(
    "tornado",
    {
        "factor": (TEXT, "what was varied: a configuration key, or words"),
        "low_level": (TEXT, "its low level, as in the configuration, or with unit"),
        "high_level": (TEXT, "its high level"),
        "outcome": (TEXT, "p_contact, contacts or exposure_person_min"),
        "plan": (TEXT, "gap and venues of the unchanged plan"),
        "base": (FLOAT, "outcome at the base level, in its own unit"),
        "at_low": (FLOAT, "outcome at the low level"),
        "at_high": (FLOAT, "outcome at the high level"),
        "replications": (INTEGER, "replications per level"),
    },
)
