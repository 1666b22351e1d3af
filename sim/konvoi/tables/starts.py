"""Tables of the answer: outcomes of every day at every start, the day's profile, its windows."""

from __future__ import annotations

from konvoi.tables.schema import FLOAT, INTEGER, TEXT, TRUTH, Schema

# Outcomes of a day: column → what it means. Grades: MODEL §6.
OUTCOMES = {
    "large": "a large contact, people at places included",
    "large_riders": "a large contact of riders",
    "any": "any contact, people at places included",
    "any_riders": "any contact of riders",
    "massed": "a massed contact, people at places included",
    "past_place": "riders past people of the other side who stand",
}

# When a side moves on its own day.
SIDE_TIMES = {
    "set_out": "its first people gather or ride",
    "arrived": "all have arrived at the rally, but for fewer than make a contact",
    "let_go": "the first leave the rally",
    "home": "all are home, but for fewer than make a contact",
}

STARTS = Schema(
    "days at all starts",
    {
        "venue_choice": (TEXT, "key of the venue choice"),
        "shift_min": (FLOAT, "start of side 2's rally minus start of side 1's, min; negative: side 2 first"),
        "replication": (INTEGER, "number of the day; the same number has the same seed at every start"),
        "seed": (INTEGER, "seed of the day"),
        **{name: (TRUTH, f"the day has {text}") for name, text in OUTCOMES.items()},
        "exposure_person_min": (FLOAT, "exposure of the two sides, person-min"),
        "places_person_min": (FLOAT, "of it, riders past people who stand, person-min"),
        **{
            f"{name}_{side}_min": (FLOAT, f"when of side {side} {text}, min after its planned start")
            for name, text in SIDE_TIMES.items()
            for side in (1, 2)
        },
        "error": (TEXT, "what stopped the day; empty when it ended well"),
    },
)

PROFILE = Schema(
    "the day's profile",
    {
        "venue_choice": (TEXT, "key of the venue choice"),
        "venue_1": (TEXT, "venue of side 1"),
        "venue_2": (TEXT, "venue of side 2"),
        "shift_min": (FLOAT, "start of side 2's rally minus start of side 1's, min; negative: side 2 first"),
        "start_1_s": (FLOAT, "planned start of side 1's rally, s after local midnight"),
        "start_2_s": (FLOAT, "planned start of side 2's rally, s after local midnight"),
        "is_planned": (TRUTH, "the plan to judge"),
        "is_lawful": (TRUTH, "breaks no rule on the plan's date and keeps no side from its rally"),
        "window": (INTEGER, "number of the confirmed window the start lies in; 0 outside of all"),
        "days": (INTEGER, "simulated days of this start that ended without error"),
        **{f"{name}_days": (INTEGER, f"days with {text}") for name, text in OUTCOMES.items()},
        **{
            f"{name}_{end}": (FLOAT, f"{word} end of the Wilson interval of the share of days with {text}")
            for name, text in OUTCOMES.items()
            for end, word in (("low", "lower"), ("high", "upper"))
        },
        "exposure_person_min_mean": (FLOAT, "exposure of the two sides a day, person-min"),
        "exposure_person_min_low": (FLOAT, "lower end of its bootstrap interval"),
        "exposure_person_min_high": (FLOAT, "upper end of its bootstrap interval; empty where no day had any"),
    },
)

WINDOWS = Schema(
    "windows",
    {
        "window": (INTEGER, "number of the window, the widest first"),
        "venue_choice": (TEXT, "key of the venue choice"),
        "first_min": (FLOAT, "first confirmed start as a shift, min"),
        "last_min": (FLOAT, "last confirmed start as a shift, min"),
        "before": (TEXT, "what ends it before the first: contact, unconfirmed or hours"),
        "after": (TEXT, "what ends it after the last: contact, unconfirmed or hours"),
        "before_days": (FLOAT, "days with contact at the start before it; empty at the end of the day"),
        "before_of": (FLOAT, "of so many days"),
        "after_days": (FLOAT, "days with contact at the start after it; empty at the end of the day"),
        "after_of": (FLOAT, "of so many days"),
        "days": (INTEGER, "confirming days, which did not choose it"),
        "large_days_most": (INTEGER, "most days with a large contact at one of its starts"),
        "riders_days_most": (INTEGER, "most days with a contact of riders at one of its starts"),
        "upper_most": (FLOAT, "largest upper bound of either P at one of its starts; all hold together"),
        "exposure_person_min_least": (FLOAT, "least mean exposure of one of its starts, person-min"),
    },
)

CASES = Schema(
    "standard what-ifs",
    {
        "group": (TEXT, "what is changed: turnout, speed, lateness, late_side, rain, closure, venue, home"),
        "label": (TEXT, "to what"),
        "plan": (TEXT, "notified or recommended: the plan at which it is changed"),
        "days": (INTEGER, "days, the same with and without the change"),
        "large_days": (INTEGER, "days with a large contact"),
        "riders_days": (INTEGER, "days with a contact of riders"),
        "failed_days": (INTEGER, "days with either"),
        "exposure_person_min_mean": (FLOAT, "exposure of the two sides a day, person-min"),
        "base_exposure_person_min_mean": (FLOAT, "the same on the same days without the change, person-min"),
    },
)
