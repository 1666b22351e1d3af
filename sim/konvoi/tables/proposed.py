"""The tables a proposal leaves behind: the ladder, the front, what the proposal stands, and what to do on the day."""

from __future__ import annotations

from typing import Any

from konvoi.tables.schema import FLOAT, INTEGER, TEXT, Schema

_HOURS: dict[str, tuple[Any, str]] = {
    "begin_1": (TEXT, "start of side 1's rally, local time"),
    "end_1": (TEXT, "end of side 1's rally, local time"),
    "begin_2": (TEXT, "start of side 2's rally, local time"),
    "end_2": (TEXT, "end of side 2's rally, local time"),
    "shift_min": (FLOAT, "start of side 2 minus start of side 1, min"),
    "venue_pair": (TEXT, "key of the venue pair"),
    "hold_back_min": (FLOAT, "how long columns are held at the venue after the rally, min"),
    "hold_back_side": (TEXT, "whose columns are held: 1, 2 or both"),
    "escort": (TEXT, "whose columns are escorted"),
    "orders": (TEXT, "what single convoys do otherwise than notified"),
}
_OUTCOMES: dict[str, tuple[Any, str]] = {
    "days": (INTEGER, "fresh days that were simulated"),
    "any_days": (INTEGER, "of them, days with any contact of the two sides"),
    "any_high": (FLOAT, "upper end of the Wilson interval of their share"),
    "riders_days": (INTEGER, "days with any contact of riders of both sides"),
    "large_days": (INTEGER, "days with a large contact"),
    "exposure_person_min": (FLOAT, "exposure of the two sides, mean of a day, person-min"),
}
_COSTS: dict[str, tuple[Any, str]] = {
    "moved_1_min": (FLOAT, "side 1: start moved by, min"),
    "moved_2_min": (FLOAT, "side 2: start moved by, min"),
    "longer_min": (FLOAT, "change of the rallies' length, min"),
    "waited_1_people_h": (FLOAT, "side 1: held back, people-hours"),
    "waited_2_people_h": (FLOAT, "side 2: held back, people-hours"),
    "detour_1_people_km": (FLOAT, "side 1: way to other assembly points or venues, people-km"),
    "detour_2_people_km": (FLOAT, "side 2: way to other assembly points or venues, people-km"),
    "prayers": (INTEGER, "daily prayers inside the rallies of both sides: a pause each"),
    "officers": (INTEGER, "officers needed for holds and escorts"),
    "instructions": (INTEGER, "separate instructions"),
    "burden_1_min": (FLOAT, "side 1: weighted burden of a supporter, min"),
    "burden_2_min": (FLOAT, "side 2: weighted burden of a supporter, min"),
    "burden_min": (FLOAT, "total burden, weighted, min"),
    "ratio": (FLOAT, "larger burden over the smaller one, small ones counted alike"),
}

LADDER = Schema(
    "the ladder",
    {
        "rung": (INTEGER, "number of the rung; 0 is the plan as notified"),
        "part": (TEXT, "notified; enough: on the way to the assumed day; firm: on the way to the what-ifs"),
        "step": (TEXT, "what the rung changes: starts, length, venues, hold_back, escort, order"),
        "convoy": (TEXT, "whose order it is"),
        **_HOURS,
        **_OUTCOMES,
        **_COSTS,
        "what_ifs_stood": (INTEGER, "what-ifs in which days with any contact stayed within the threshold"),
        "what_ifs": (INTEGER, "what-ifs the rung was tried in; 0 where in none"),
        "removed_unit_1": (TEXT, "of the contact the step removed most of: unit or place of side 1"),
        "removed_unit_2": (TEXT, "unit or place of side 2"),
        "removed_phase": (TEXT, "phase: out_out, out_home, home_home"),
        "removed_type": (TEXT, "type"),
        "removed_junction": (TEXT, "where"),
        "removed_world": (TEXT, "on which days: assumed, or the what-if"),
        "removed_before_person_min": (FLOAT, "its exposure a day before the step, person-min"),
        "removed_after_person_min": (FLOAT, "its exposure a day after the step, person-min"),
    },
)
FRONT = Schema(
    "the front",
    {
        "plan": (INTEGER, "number of the plan"),
        "mark": (TEXT, "certain, cannot_be_excluded or beaten"),
        **_HOURS,
        **_OUTCOMES,
        **_COSTS,
    },
)
ROBUSTNESS_OF_PROPOSAL = Schema(
    "robustness of the proposal",
    {
        "world": (TEXT, "assumed, or the what-if"),
        **_OUTCOMES,
        "bound_any": (FLOAT, "share within which days with any contact are declared to stay; empty where none is"),
        "bound_riders": (FLOAT, "the same for contacts of riders"),
        "is_met": (
            TEXT,
            "yes: declared within the threshold; seen: at most the threshold in these days; no; lost: no, and no hour would do",
        ),
    },
)
TRIGGERS = Schema(
    "triggers",
    {
        "part": (TEXT, "under which plan: enough (for the assumed day) or firm (for the what-ifs)"),
        "world": (TEXT, "what may come true on the day"),
        "later_1_min": (FLOAT, "side 1's start is put off by, min"),
        "later_2_min": (FLOAT, "side 2's start is put off by, min"),
        "hold_back_min": (FLOAT, "columns are then held at the venue for, min"),
        "hold_back_side": (TEXT, "whose columns are then held"),
        "decide_by": (TEXT, "latest local time to decide"),
        "days": (INTEGER, "fresh days that were simulated"),
        "any_days_before": (INTEGER, "days with any contact without it"),
        "any_days_after": (INTEGER, "days with any contact when it is obeyed"),
        "exposure_before_person_min": (FLOAT, "exposure without it, mean of a day, person-min"),
        "exposure_after_person_min": (FLOAT, "exposure when it is obeyed, person-min"),
    },
)
