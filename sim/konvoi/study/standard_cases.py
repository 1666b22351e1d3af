"""The standard set of what-ifs, for any town: what dominates the answer beside the luck of the day.

Nothing is named: the most shared street is found, uncertain venues are moved by as much as they may be misplaced, and
supporters are gathered where their side would like them and where it would not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any, Literal

Group = Literal["turnout", "speed", "lateness", "late_side", "rain", "closure", "venue", "home"]

TURNOUTS = (0.5, 2.0)
SLOW_KMH = 15.0
LATENESS_SD_MIN = 30.0
LATE_MIN = 40.0
UNCERTAIN_M = 500.0  # a venue that may be misplaced by more than this is moved
WHOLE_DAY = ("00:00", "23:59")


@dataclass(frozen=True)
class Case:
    """One what-if: its group, a label that needs no words, and what it sets (dotted keys)."""

    group: Group
    label: str
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class AreaFacts:
    """An area that gathers: one of the scenario's convoys."""

    key: str
    side: int
    people: int
    x_m: float
    y_m: float


def build_standard_cases(
    content: Mapping[str, Any],
    areas: Sequence[AreaFacts],
    venue_m: tuple[tuple[float, float], tuple[float, float]],
    shared_street: str | None,
    moved_venues: Sequence[tuple[str, str, Mapping[str, Any]]],
) -> list[Case]:
    """Build the cases of a scenario.

    Parameters
    ----------
    content
        The scenario as plain values.
    areas
        Its convoys with the positions of their assembly points, m.
    venue_m
        Position of each side's venue, m.
    shared_street
        The street most people of both sides use; None where they share none.
    moved_venues
        (key, label, position) of each uncertain venue where it may be instead.
    """
    cases = [Case("turnout", f"{factor:g}", {"behaviour.turnout": factor}) for factor in TURNOUTS]
    cases.append(Case("speed", f"{SLOW_KMH:g}", {"behaviour.organised_speed_kmh": SLOW_KMH}))
    cases.append(Case("lateness", f"{LATENESS_SD_MIN:g}", {"behaviour.lateness.sd_min": LATENESS_SD_MIN}))
    cases += [Case("late_side", str(side), {f"behaviour.extra_lateness.side_{side}_min": LATE_MIN}) for side in (1, 2)]
    cases.append(Case("rain", "heavy", {"weather.rain": "heavy"}))
    if shared_street is not None:
        closure = {"street": shared_street, "begin": WHOLE_DAY[0], "end": WHOLE_DAY[1]}
        closures = [*content.get("closures", []), closure]
        cases.append(Case("closure", shared_street, {"scenario.closures": closures}))
    for key, label, position in moved_venues:
        venue = {**content["venues"][key], **position}
        cases.append(Case("venue", label, {"scenario.venues": {**content["venues"], key: venue}}))
    for label, is_near in (("near", True), ("far", False)):
        people = gather_supporters(areas, venue_m, is_near)
        convoys = {key: {**area, "people": people[key]} for key, area in content["convoys"].items()}
        # Declared vehicles carry the people they were declared for; elsewhere they are drawn from the mix.
        for key, area in convoys.items():
            if people[key] != content["convoys"][key]["people"]:
                area.pop("vehicles", None)
        cases.append(Case("home", label, {"scenario.convoys": convoys}))
    return cases


def gather_supporters(
    areas: Sequence[AreaFacts], venue_m: tuple[tuple[float, float], tuple[float, float]], is_near: bool
) -> dict[str, int]:
    """Let each side's supporters live in the half of its assembly points nearest to its own venue, or in the other half.

    Nearer means nearer to the own venue than to the other one. Numbers of a side stay what they are; within a half they
    keep their proportions. A side of one assembly point stays where it is.

    Returns
    -------
    People by the key of the convoy.
    """
    people: dict[str, int] = {}
    for side in (1, 2):
        own = [area for area in areas if area.side == side]

        def rank(area: AreaFacts, side: int = side) -> tuple[float, str]:
            to_own, to_other = (
                hypot(area.x_m - x_m, area.y_m - y_m) for x_m, y_m in (venue_m[side - 1], venue_m[2 - side])
            )
            return (to_own - to_other) * (1.0 if is_near else -1.0), area.key

        kept = sorted(own, key=rank)[: (len(own) + 1) // 2]
        total, weight = sum(area.people for area in own), sum(area.people for area in kept)
        people |= {area.key: 0 for area in own}
        if weight == 0:
            people |= {area.key: area.people for area in own}
            continue
        given = 0
        for number, area in enumerate(kept):
            is_last = number == len(kept) - 1
            people[area.key] = total - given if is_last else round(total * area.people / weight)
            given += people[area.key]
    return people


def find_shared_street(
    link_street: Sequence[str], link_length_m: Sequence[float], people_1: Sequence[float], people_2: Sequence[float]
) -> str | None:
    """Find the street with the most person-metres of the smaller side, both directions together.

    Parameters
    ----------
    people_1, people_2
        People of each side who ride over each link on their way to the rally, (n_links,).
    """
    total: dict[str, float] = {}
    sides: dict[str, list[float]] = {}
    for street, length_m, first, second in zip(link_street, link_length_m, people_1, people_2, strict=True):
        if street:
            own = sides.setdefault(street, [0.0, 0.0])
            own[0] += first * length_m
            own[1] += second * length_m
    for street, (first, second) in sides.items():
        total[street] = min(first, second)
    if not total or max(total.values()) <= 0.0:
        return None
    return min(total, key=lambda street: (-total[street], street))
