"""What planners may change on the page: each control with its range, and how a set of choices becomes a configuration."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from konvoi.config.reading import LoadedScenario, build_config, load_scenario
from konvoi.config.settings import RunConfig
from konvoi.data import find_data
from konvoi.errors import PAGE, RallyError, ScenarioError
from konvoi.gap import ANOTHER_DAY
from konvoi.plan.hours import compute_rally_starts_s
from konvoi.town import find_road_file
from konvoi.units import SECONDS_PER_MINUTE, clock_to_s, s_to_clock
from konvoi.words import Joined, Sentence

LARGEST_SEED = 2**63 - 1  # more than a browser's numbers hold: the seed travels as text


@dataclass(frozen=True)
class Control:
    """A control for one number of the configuration."""

    name: str
    path: tuple[str, ...]  # of its key in the configuration
    low: float
    high: float
    step: float
    unit: str  # a word of `konvoi.view.page_words`
    group: str
    is_whole: bool = False


ESCORTS = ("none", "side_1", "side_2", "both")

CONTROLS = (
    Control("hold_back_min", ("rally", "hold_back_min"), 0, 240, 5, "unit_min", "plan"),
    Control("late_1_min", ("behaviour", "extra_lateness", "side_1_min"), -60, 240, 5, "unit_min", "people"),
    Control("late_2_min", ("behaviour", "extra_lateness", "side_2_min"), -60, 240, 5, "unit_min", "people"),
    Control("turnout", ("behaviour", "turnout"), 0.1, 3, 0.1, "unit_times", "people"),
    Control("speed_kmh", ("behaviour", "organised_speed_kmh"), 5, 60, 1, "unit_kmh", "people"),
    Control("distance_m", ("contact", "distance_m"), 10, 200, 5, "unit_m", "count"),
    Control("seed", ("seed",), 0, LARGEST_SEED, 1, "unit_none", "count", is_whole=True),
    Control("replication", ("replication",), 0, 1_000_000, 1, "unit_none", "count", is_whole=True),
)


@dataclass(frozen=True)
class Desk:
    """What a page starts from: settings (keys of RunConfig but for the scenario), a scenario, and a replication."""

    run: dict[str, Any]
    scenario: LoadedScenario
    replication: int = 0

    def build_config(self) -> RunConfig:
        """Validate."""
        return build_config(self.run, self.scenario)


def list_presets(desk: Desk) -> list[dict[str, str]]:
    """List the scenarios that can be opened: the one at hand, and the embedded ones whose road file is there."""
    known = {str(desk.scenario.path.resolve()): str(desk.scenario.content.get("title", desk.scenario.path.stem))}
    return [{"path": path, "title": title} for path, title in {**dict(list_embedded()), **known}.items()]


@lru_cache(maxsize=1)
def list_embedded() -> tuple[tuple[str, str], ...]:
    """List path and title of the embedded scenarios whose road file is there; 'konvoi check' tells what others miss."""
    found = []
    for path in sorted(find_data("scenarios").glob("*.yaml")):
        try:
            scenario = load_scenario(path)
            find_road_file(build_config({}, scenario).scenario.network, path)
        except RallyError:
            continue
        found.append((str(path.resolve()), str(scenario.content["title"])))
    return tuple(found)


def open_preset(desk: Desk, path: str) -> Desk:
    """Open another scenario with the settings at hand and its own plan: venues, gap, and who goes first.

    Raises
    ------
    ScenarioError
        When it is not in the list.
    """
    if path not in {preset["path"] for preset in list_presets(desk)}:
        raise ScenarioError(PAGE, [Sentence("faults.preset_unknown", path=path)])
    run = copy.deepcopy(desk.run)
    scenario = load_scenario(Path(path))
    hours = build_config({}, scenario).scenario.rally
    plan = {"venue_pair": "planned", "gap_min": hours.planned_gap_min, "first_side": hours.planned_first_side}
    run["rally"] = {**run["rally"], **plan}
    return replace(desk, run=run, scenario=scenario)


def read_choices(desk: Desk) -> dict[str, Any]:
    """Read what the controls show for a desk."""
    config = desk.build_config()
    starts_s = compute_rally_starts_s(config)
    is_another_day = config.rally.gap.is_another_day
    if is_another_day:
        starts_s[:] = starts_s.min()
    values: dict[str, Any] = {
        "start_1": s_to_clock(float(starts_s[0])),
        "start_2": s_to_clock(float(starts_s[1])),
        "another_day": is_another_day,
        "first_side": config.rally.first_side,
        "venue_pair": config.venue_pair_key,
        "escort": config.rally.escort,
    }
    settings = {**config.model_dump(), "replication": desk.replication}
    for control in CONTROLS:
        value: Any = settings
        for part in control.path:
            value = value[part]
        values[control.name] = str(value) if control.name == "seed" else value
    return values


def describe_controls(desk: Desk) -> dict[str, Any]:
    """Describe the controls for the page: ranges, units, and the lists to choose from."""
    scenario = desk.build_config().scenario
    return {
        "numbers": [
            {
                "name": control.name,
                "low": control.low,
                "high": control.high,
                "step": control.step,
                "unit": control.unit,
                "group": control.group,
                "is_whole": control.is_whole,
            }
            for control in CONTROLS
        ],
        "venue_pairs": [
            {"key": key, "venue_1": scenario.venues[pair.side_1].name, "venue_2": scenario.venues[pair.side_2].name}
            for key, pair in scenario.venue_pairs.items()
        ],
        "escorts": list(ESCORTS),
        "window": [scenario.rally.window_start, scenario.rally.window_end],
        "length_min": scenario.rally.length_min,
        "presets": list_presets(desk),
        "preset": str(desk.scenario.path.resolve()),
        "values": read_choices(desk),
    }


class ChoiceError(RallyError):
    """What is wrong with a set of choices, a line each."""

    def __init__(self, faults: Sequence[str | Sentence]) -> None:
        super().__init__(Joined(faults, "\n"))


def apply_choices(desk: Desk, values: Mapping[str, Any]) -> Desk:
    """Return a desk with other choices.

    The starts of both rallies become the start of the earlier one and the gap.

    Raises
    ------
    ChoiceError
        With all that is wrong; nothing is changed then.
    """
    faults: list[Sentence] = []

    def refuse(key: str, what: str = "", **values: Any) -> None:
        control = {"what": Sentence(f"view.{what}")} if what else {}
        faults.append(Sentence(f"view.{key}", **control, **values))

    run, content = copy.deepcopy(desk.run), copy.deepcopy(desk.scenario.content)
    replication = desk.replication
    for control in CONTROLS:
        value = _read_control(control, values[control.name], refuse) if control.name in values else None
        if value is None:
            continue
        if control.name == "replication":
            replication = int(value)
        else:
            section = run
            for part in control.path[:-1]:
                section = section.setdefault(part, {})
            section[control.path[-1]] = value
    starts_s: dict[int, float] = {}
    for side in (1, 2):
        given = values.get(f"start_{side}")
        if given is None:
            continue
        try:
            starts_s[side] = clock_to_s(str(given))
        except ValueError:
            refuse("fault_clock", what=f"control_start_{side}", given=str(given)[:20])
    first_side = values.get("first_side", run["rally"]["first_side"])
    if first_side not in (1, 2):
        refuse("fault_first_side")
    if len(starts_s) == 2 and first_side in (1, 2):
        gap_min: float | str = (starts_s[3 - first_side] - starts_s[first_side]) / SECONDS_PER_MINUTE
        if values.get("another_day"):
            gap_min = ANOTHER_DAY
        elif float(gap_min) < 0:
            first_side, gap_min = 3 - first_side, -float(gap_min)
        run["rally"] = {**run["rally"], "first_side": first_side, "gap_min": gap_min}
        content["rally"] = {**content.get("rally", {}), "first_start": s_to_clock(starts_s[first_side])}
        check_window(desk, starts_s if gap_min != ANOTHER_DAY else {first_side: starts_s[first_side]}, refuse)
    if "venue_pair" in values:
        if values["venue_pair"] in content.get("venue_pairs", {}):
            is_planned = values["venue_pair"] == content.get("planned_venue_pair")
            run["rally"] = {**run["rally"], "venue_pair": "planned" if is_planned else values["venue_pair"]}
        else:
            refuse("fault_pair", given=str(values["venue_pair"])[:61])
    if "escort" in values:
        if values["escort"] in ESCORTS:
            run["rally"] = {**run["rally"], "escort": values["escort"]}
        else:
            refuse("fault_escort", given=str(values["escort"])[:20])
    if faults:
        raise ChoiceError(faults)
    changed = Desk(run, LoadedScenario(content, desk.scenario.path), replication)
    try:
        changed.build_config()
    except ScenarioError as fault:
        raise ChoiceError(fault.faults) from None
    return changed


def _read_control(control: Control, value: Any, refuse: Callable[..., None]) -> int | float | None:
    """Return the value of a control that is a number within its range; else refuse it."""
    what, low, high = f"control_{control.name}", f"{control.low:g}", f"{control.high:.15g}"
    if control.is_whole:
        high = f"{int(control.high)}"
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        refuse("fault_number", what=what, low=low, high=high)
    elif not control.low <= value <= control.high:
        refuse("fault_range", what=what, given=f"{value:.15g}", low=low, high=high)
    elif control.is_whole and value != int(value):
        refuse("fault_whole", what=what, given=f"{value:g}")
    else:
        return int(value) if control.is_whole else float(value)
    return None


def check_window(desk: Desk, starts_s: Mapping[int, float], refuse: Any) -> None:
    """Refuse rallies outside the hours the scenario allows."""
    rally = desk.build_config().scenario.rally
    for side, start_s in starts_s.items():
        end_s = start_s + rally.length_min * SECONDS_PER_MINUTE
        if start_s < clock_to_s(rally.window_start) or end_s > clock_to_s(rally.window_end):
            refuse(
                "fault_window",
                what=f"control_start_{side}",
                given=s_to_clock(start_s),
                length=f"{rally.length_min:g}",
                first=rally.window_start,
                last=s_to_clock(clock_to_s(rally.window_end) - rally.length_min * SECONDS_PER_MINUTE),
            )
