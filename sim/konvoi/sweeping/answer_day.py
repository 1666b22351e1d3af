"""The answer of a scenario's day: its profile, its windows, the plan to recommend, and what all that hangs on.

1. All starts of all venue choices, on the first days: where windows may be. Most days go to the planned venues' starts
   that may be in one.
2. The starts of the widest candidates, on days that chose nothing: which windows there are.
3. Where no start has the slack that is wanted: longer rallies, on days of their own.
4. The notified plan and the recommended one with all their contacts.
5. The standard what-ifs at both.

Each stage is a sweep of its own that goes on where it was interrupted; which plans the later ones look at depends on the earlier
ones alone, so the whole does not depend on when or by whom it was computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from konvoi import __version__
from konvoi.alone import plan_starts
from konvoi.cases import list_cases
from konvoi.config.settings import RunConfig
from konvoi.errors import RallyError
from konvoi.gap import ANOTHER_DAY
from konvoi.notice.lawfulness import (
    Hit,
    RallyTime,
    Rules,
    find_other_date,
    is_lawful,
    judge_plan,
    list_rallies,
    load_rules,
    read_day,
)
from konvoi.options import Settings, StartsSettings
from konvoi.plan.attendance import find_absences
from konvoi.plan.day_plan import UnitRoutes
from konvoi.plan.hours import compute_rally_starts_s
from konvoi.replication import prepare_routes
from konvoi.study.choice import Plan, choose_plan, lengthen_rally
from konvoi.study.day_answer import (
    CaseFacts,
    DayAnswer,
    Longer,
    Option,
    PlaceFacts,
    PlanFacts,
    Promising,
    RuleHit,
    Trap,
    choose_word,
)
from konvoi.study.design import PLAN, DesignPoint, Study
from konvoi.study.distance import judge_distance
from konvoi.study.inequalities import compute_edges, explain_gap
from konvoi.study.intervals import compute_wilson_interval
from konvoi.study.points import build_points
from konvoi.study.profile import ChoiceDays, build_profile, build_windows, compute_bootstrap_interval
from konvoi.study.spots import Landmark, find_spots, name_spot
from konvoi.study.windows import (
    Window,
    choose_candidates,
    compute_needed_days,
    confirm_windows,
    find_candidates,
)
from konvoi.sweeping.starts import (
    StartsStudy,
    add_full_days,
    build_choice_days,
    build_side_times,
    compute_starts_s,
    list_open_starts,
    list_shifts,
    run_starts,
)
from konvoi.sweeping.study import prepare_study
from konvoi.sweeping.sweep import run_sweep
from konvoi.tables.files import read_table
from konvoi.tables.sides import SIDE_CONTACTS
from konvoi.tables.starts import CASES
from konvoi.theory.bound import compute_falling_from_min
from konvoi.town import Town, prepare_town
from konvoi.units import METRES_PER_KILOMETRE, clock_to_s, minutes_to_s
from konvoi.workers import WorkerProcess

TRAP_FACTOR = 3.0  # a start with less than so many times the exposure of a better one is no trap worth a line
TOP_PLACES = 10


@dataclass(frozen=True)
class DayResult:
    """What a sweep of the day leaves: the answer, its tables, and the study of the plans simulated in full."""

    answer: DayAnswer
    profile: pd.DataFrame
    windows: pd.DataFrame
    cases: pd.DataFrame
    starts: pd.DataFrame
    points: pd.DataFrame
    replications: pd.DataFrame
    contacts: pd.DataFrame
    study: Study
    settings: Settings  # of that study


@dataclass(frozen=True)
class Day:
    """What all stages share."""

    settings: Settings
    starts: StartsSettings
    config: RunConfig
    town: Town
    routes: dict[str, UnitRoutes]  # by venue choice, the planned one first
    rules: Rules | None
    day: date | None
    planning_date: date
    notified_shift_min: float | None  # None for another day
    folder: Path
    idle: list[WorkerProcess]

    @property
    def venue_choices(self) -> tuple[str, ...]:
        """Keys of the venue choices, the planned one first."""
        return tuple(self.routes)

    @property
    def venues(self) -> dict[str, tuple[str, str]]:
        """Names of both venues, by venue choice."""
        return {choice: routes.venue_name for choice, routes in self.routes.items()}

    def list_shifts(self, step_min: float) -> tuple[float, ...]:
        """List all starts the hours of rallies allow, and the notified plan's."""
        return list_shifts(self.config.longest_gap_min, step_min, self.notified_shift_min or 0.0)

    def run_starts(self, name: str, shifts: Mapping[str, Sequence[float]], first: int, days: int) -> pd.DataFrame:
        """Run some days of venue choices at their starts."""
        at = tuple(tuple(own) for own in shifts.values())
        study = StartsStudy(self.config, self.town, tuple(shifts), at, first, days)
        return run_starts(self.settings, study, self.folder, name, self.idle)

    @property
    def planned(self) -> str:
        """Key of the planned venue choice."""
        return self.venue_choices[0]

    @property
    def length_s(self) -> float:
        """Length of the rallies as notified, s."""
        return minutes_to_s(self.config.scenario.rally.length_min)

    def list_rallies(self, starts_s: tuple[float, float], length_s: float) -> dict[int, RallyTime]:
        """List both rallies with their dates."""
        assert self.day is not None
        return list_rallies(self.day, starts_s, length_s)

    def judge(self, starts_s: tuple[float, float], length_s: float | None = None) -> list[Hit]:
        """List the rules a plan touches, of rallies as long as notified if not told otherwise; none without rules or date."""
        if self.rules is None or self.day is None:
            return []
        rallies = self.list_rallies(starts_s, self.length_s if length_s is None else length_s)
        return judge_plan(self.rules, rallies, self.planning_date)

    def keeps_away(self, choice: str, shift_min: float | None) -> bool:
        """Tell whether a side cannot be at its rally; only closures and halts with an hour keep one away.

        Without a shift, as notified.
        """
        if not self.config.scenario.closures and not any(halt.clock_s > 0.0 for halt in self.routes[choice].halts):
            return False
        config = self.config
        if shift_min is not None:
            config = plan_starts(config, compute_starts_s(config, shift_min), choice)
        return len(find_absences(config, self.town.network, prepare_routes(config, self.town))) > 0

    def can_be(self, choice: str, shift_min: float) -> bool:
        """Tell whether a start breaks no rule and keeps no side from its rally."""
        return is_lawful(self.judge(compute_starts_s(self.config, shift_min))) and not self.keeps_away(
            choice, shift_min
        )


def answer_day(settings: Settings, folder: Path, today: date, idle: list[WorkerProcess] | None = None) -> DayResult:
    """Run all stages into a folder that is held.

    Parameters
    ----------
    today
        The day deadlines count from where the scenario names no planning date.
    idle
        Workers all stages share: `konvoi.workers.keep_workers`.

    Raises
    ------
    KeyboardInterrupt
        After the batches under way have been kept.
    OutputError
        When a batch cannot be kept.
    """
    day = prepare_day(settings, today, folder, [] if idle is None else idle)
    design, own = settings.door.design, day.starts
    screened_starts = _screen(day)
    screened = build_choice_days(screened_starts, day.venues)
    shifts = {float(shift) for choice in screened.values() for shift in choice.shift_min}
    possible = {shift: day.can_be(day.planned, shift) for shift in sorted(shifts)}

    fresh_starts, windows, level = _confirm(day, screened, possible)
    chosen = choose_plan(windows, day.can_be, own.lateness_min, day.planned)
    plan = None if chosen is None else chosen[0]
    longer = None if chosen is None or chosen[1] else try_longer(day, chosen[0], level)
    starts = pd.concat([screened_starts, fresh_starts], ignore_index=True)

    full, full_study, replications, contacts = _run_plans(day, plan)
    confidences = full.door.design.confidence, full.door.design.rule.interval_confidence
    points = build_points(replications, full_study, full.build_config(), *confidences)
    cases, skipped = _run_cases(day, plan, full_study, replications)

    seed = int(settings.run["seed"])
    planned = (day.planned, np.nan if day.notified_shift_min is None else day.notified_shift_min)
    first_s = clock_to_s(day.config.scenario.rally.first_start)
    shown = _add_plans(day, screened_starts, replications, plan)
    choices = list(build_choice_days(shown, day.venues).values())
    profile = build_profile(choices, first_s, planned, possible, windows, design.confidence, seed)
    answer = _build_answer(
        day, profile, windows, chosen, longer, starts, full_study, replications, cases, skipped, folder
    )
    return DayResult(
        answer, profile, build_windows(windows), cases, starts, points, replications, contacts, full_study, full
    )


def prepare_day(settings: Settings, today: date, folder: Path, idle: list[WorkerProcess]) -> Day:
    """Prepare the town, the routes of every venue choice and the rules."""
    config, starts = settings.build_config(), settings.door.design.starts
    assert starts is not None
    path = settings.scenario.path
    town = prepare_town(config, path)
    planned = config.venue_pair_key
    order = [planned, *(choice for choice in config.scenario.venue_pairs if choice != planned)]
    routes = {}
    for choice in order:
        own = config.model_copy(update={"rally": config.rally.model_copy(update={"venue_pair": choice})})
        routes[choice] = prepare_routes(own, town)
    gap = config.rally.gap_min
    sign = 1.0 if config.rally.first_side == 1 else -1.0
    return Day(
        settings,
        starts,
        config,
        town,
        routes,
        load_rules(config.scenario.rules, path),
        read_day(config.scenario.date),
        read_day(config.scenario.planning_date) or today,
        None if gap == ANOTHER_DAY else sign * float(gap) + 0.0,
        folder,
        idle,
    )


def _screen(day: Day) -> pd.DataFrame:
    """Simulate the first days at all starts; where all of them met, those are enough.

    Moving a rally costs more than moving its hour: the other venue choices get fewer starts, and fewer days.
    """
    own, planned = day.starts, day.planned
    first = min(own.first_days, own.screening_days)
    frames = [day.run_starts("starts-first", {planned: day.list_shifts(own.step_min)}, 0, first)]
    still_open = list_open_starts(build_choice_days(frames[0], day.venues)[planned])
    if still_open and first < own.screening_days:
        frames.append(day.run_starts("starts-rest", {planned: still_open}, first, own.screening_days - first))
    others = dict.fromkeys(day.venue_choices[1:], day.list_shifts(own.other_step_min))
    if others:
        first = min(own.other_days, own.screening_days)
        frames.append(day.run_starts("starts-others", others, 0, first))
        rest = min(own.other_notified_days, own.screening_days) - first
        if rest > 0 and day.notified_shift_min is not None:  # whether another distance would do at the notified start
            notified = dict.fromkeys(others, (day.notified_shift_min,))
            frames.append(day.run_starts("starts-others-notified", notified, first, rest))
    return pd.concat(frames, ignore_index=True)


def _confirm(
    day: Day, screened: Mapping[str, ChoiceDays], possible: Mapping[float, bool]
) -> tuple[pd.DataFrame, list[Window], float]:
    """Find candidates among the screened starts and confirm them on other days; the widest window first.

    All candidates, and longer rallies where they may be tried, share the probability of being wrong; those at other
    venues are looked at only where the planned ones have no window that can be.

    Returns
    -------
    The confirming days, the windows, and the level of each candidate.
    """
    design, own = day.settings.door.design, day.starts
    known = {choice: days.starts for choice, days in screened.items()}
    found = [
        candidate
        for choice, starts in known.items()
        for candidate in find_candidates(choice, starts, design.threshold)
        if any(possible[shift] for shift in candidate.shift_min)
    ]
    candidates = choose_candidates(found, known, own.candidates, day.planned)
    falling = max(
        compute_falling_from_min(_let_start_first(day.config, side), day.routes[day.planned]) for side in (1, 2)
    )
    frames: list[pd.DataFrame] = []
    windows: list[Window] = []
    n_sharing = max(1, len(candidates)) + (own.longer_days > 0)
    level = 1.0 - design.confidence
    for name, is_planned in (("confirming", True), ("confirming-others", False)):
        tried = [candidate for candidate in candidates if (candidate.venue_choice == day.planned) == is_planned]
        has_possible = any(possible[float(shift)] for window in windows for shift in window.shift_min)
        if not tried or own.confirming_days == 0 or has_possible:
            continue
        needed = {
            choice: sorted({shift for one in tried if one.venue_choice == choice for shift in one.shift_min})
            for choice in dict.fromkeys(candidate.venue_choice for candidate in tried)
        }
        frames.append(day.run_starts(name, needed, own.screening_days, own.confirming_days))
        fresh = {choice: days.starts for choice, days in build_choice_days(frames[-1], day.venues).items()}
        windows += confirm_windows(tried, fresh, design.threshold, level, falling, screened=known, n_sharing=n_sharing)
    starts = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    windows.sort(key=lambda window: (window.venue_choice != day.planned, -window.width_min))
    return starts, windows, level / n_sharing


def try_longer(day: Day, plan: Plan, level: float) -> Longer | None:
    """Try rallies so much longer that a start has the slack, on days that chose nothing; None where there is no such start."""
    own, scenario = day.starts, day.config.scenario
    longer = lengthen_rally(plan, scenario.rally.length_min, own.lateness_min, own.step_min)
    if longer is None or own.longer_days == 0:
        return None
    starts_s, length_s = compute_starts_s(day.config, longer.shift_min), minutes_to_s(longer.length_min)
    hits, choice = day.judge(starts_s, length_s), longer.candidate.venue_choice
    if not is_lawful(hits) or day.keeps_away(choice, longer.shift_min):
        return None
    rally = scenario.rally.model_copy(update={"length_min": longer.length_min})
    config = day.config.model_copy(update={"scenario": scenario.model_copy(update={"rally": rally})})
    first = own.screening_days + own.confirming_days
    found = replace(day, config=config).run_starts(
        "longer", {choice: longer.candidate.shift_min}, first, own.longer_days
    )
    fresh = {choice: build_choice_days(found, day.venues)[choice].starts}
    design = day.settings.door.design
    window = next(iter(confirm_windows([longer.candidate], fresh, design.threshold, level)), None)
    is_confirmed = window is not None and len(window.shift_min) == len(longer.candidate.shift_min)
    hit_days, days = fresh[choice].count_at(longer.shift_min)
    return Longer(
        longer.length_min,
        starts_s,
        (starts_s[0] + length_s, starts_s[1] + length_s),
        days,
        hit_days,
        float(window.upper.max()) if window is not None and is_confirmed else None,
        window.compute_slack_min(longer.shift_min) if window is not None else (0.0, 0.0),
        tuple(_describe_hit(hit) for hit in hits),
    )


def _let_start_first(config: RunConfig, side: int) -> RunConfig:
    return config.model_copy(update={"rally": config.rally.model_copy(update={"first_side": side, "gap_min": 0.0})})


def _run_plans(day: Day, chosen: Plan | None) -> tuple[Settings, Study, pd.DataFrame, pd.DataFrame]:
    """Simulate the notified plan, and the recommended one, with all their contacts."""
    levels: list[dict[str, Any]] = [{"name": "", "set": {}}]
    if chosen is not None:
        levels.append({"name": "", "set": describe_plan(chosen)})
    own = set_levels(day.settings, levels, day.settings.door.design.replications)
    study = prepare_study(own)
    return own, study, *run_sweep(own, study, day.folder, day.idle)


def _add_plans(day: Day, starts: pd.DataFrame, replications: pd.DataFrame, chosen: Plan | None) -> pd.DataFrame:
    """Add the days of the plans simulated in full to those of the profile."""
    plans = [] if day.notified_shift_min is None else [(0, day.planned, day.notified_shift_min)]
    if chosen is not None:
        plans.append((1, chosen.venue_choice, chosen.shift_min))
    for point, choice, shift in plans:
        starts = add_full_days(starts, replications[replications["point"] == point], choice, shift)
    return starts


def describe_plan(plan: Plan) -> dict[str, Any]:
    """Return the keys a plan of the profile sets."""
    return {
        "rally.gap_min": abs(plan.shift_min),
        "rally.first_side": 1 if plan.shift_min >= 0.0 else 2,
        "rally.venue_pair": plan.venue_choice,
    }


def set_levels(settings: Settings, levels: list[dict[str, Any]], replications: int) -> Settings:
    """Return the settings of a sweep over plans."""
    design = settings.door.design.model_copy(
        update={"factors": {PLAN: levels}, "starts": None, "replications": replications, "stopping": "fixed"}
    )
    return replace(settings, door=settings.door.model_copy(update={"design": design}))


def _run_cases(
    day: Day, chosen: Plan | None, plans: Study, replications: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """Run the standard what-ifs at the notified plan and at the recommended one; those that cannot be are left out."""
    n = min(day.starts.case_days, day.settings.door.design.replications)
    bases: list[dict[str, Any]] = [{}] if chosen is None else [{}, describe_plan(chosen)]
    content, routes = day.settings.scenario.content, day.routes[day.planned]
    cases, skipped = [], []
    for case in list_cases(day.config, content, day.town, routes) if n > 0 else []:
        try:
            prepare_study(set_levels(day.settings, [{"name": "", "set": dict(case.changes)}], n))
        except RallyError as fault:
            skipped.append(f"{case.group} {case.label}: {fault}")
        else:
            cases.append(case)
    if not cases:
        return CASES.build_empty(), skipped
    levels = [{"name": "", "set": {**base, **case.changes}} for case in cases for base in bases]
    own = set_levels(day.settings, levels, n)
    study = prepare_study(own)
    target = day.folder / "cases"
    target.mkdir(exist_ok=True)
    found, _ = run_sweep(own, study, target, day.idle)
    rows = []
    for number, case in enumerate(cases):
        for base in range(len(bases)):
            own_days = _choose_good(found, number * len(bases) + base)
            as_planned = _choose_good(replications, base)
            both = sorted(set(own_days["replication"]) & set(as_planned["replication"]))
            at_case, at_base = (
                frame[frame["replication"].isin(both)].sort_values("replication") for frame in (own_days, as_planned)
            )
            rows.append(
                {
                    "group": case.group,
                    "label": case.label,
                    "plan": ("notified", "recommended")[base],
                    "days": len(both),
                    "large_days": int(at_case["has_large"].sum()),
                    "riders_days": int(at_case["has_any_riders"].sum()),
                    "failed_days": int((at_case["has_large"] | at_case["has_any_riders"]).sum()),
                    "exposure_person_min_mean": _mean(at_case),
                    "base_exposure_person_min_mean": _mean(at_base),
                }
            )
    return CASES.check(pd.DataFrame(rows), "cases"), skipped


def _mean(days: pd.DataFrame) -> float:
    return float(days["side_exposure_person_min"].mean()) if len(days) else float("nan")


def _choose_good(replications: pd.DataFrame, point: int) -> pd.DataFrame:
    return replications[(replications["point"] == point) & (replications["error"] == "")]


def _build_answer(
    day: Day,
    profile: pd.DataFrame,
    windows: list[Window],
    chosen: tuple[Plan, bool] | None,
    longer: Longer | None,
    starts: pd.DataFrame,
    study: Study,
    replications: pd.DataFrame,
    cases: pd.DataFrame,
    skipped: list[str],
    folder: Path,
) -> DayAnswer:
    """Put the answer together."""
    design, scenario = day.settings.door.design, day.config.scenario
    notified = _measure_plan(day, study.design[0], replications)
    hits = day.judge(notified.start_s)
    is_possible = is_lawful(hits) and not day.keeps_away(day.planned, day.notified_shift_min)
    large, riders = (
        _compute_interval(count, notified.days, design.confidence)
        for count in (notified.large_days, notified.any_riders_days)
    )
    is_decided = day.notified_shift_min is not None
    distance = None
    if is_decided:
        road_km = {choice: routes.road_m / METRES_PER_KILOMETRE for choice, routes in day.routes.items()}
        accuracy_m = {
            choice: max(scenario.venues[key].accuracy_m for key in (pair.side_1, pair.side_2))
            for choice, pair in scenario.venue_pairs.items()
        }
        distance = judge_distance(profile, road_km, accuracy_m, day.notified_shift_min or 0.0, design.threshold)
    n_fresh = windows[0].n_days if windows else day.starts.confirming_days
    needed = None
    if not windows:
        level = (1.0 - design.confidence) / (day.starts.candidates + (day.starts.longer_days > 0))
        needed = max(0, compute_needed_days(design.threshold, 0.5 * level) - day.starts.confirming_days) or None
    option = None if chosen is None else _build_option(day, *chosen, starts, replications)
    return DayAnswer(
        scenario_title=scenario.title,
        version=__version__,
        seed=int(day.settings.run["seed"]),
        zone=scenario.timezone_label,
        day=day.day,
        threshold=design.threshold,
        confidence=design.confidence,
        word=choose_word(large, riders, design.threshold, is_possible),
        notified=notified,
        notified_hits=tuple(_describe_hit(hit) for hit in hits),
        distance=distance,
        option=option,
        longer=longer,
        promising=None if option is not None else find_promising(profile, day.planned),
        windows=sum(window.venue_choice == day.planned for window in windows),
        needed_days=needed,
        other_day=_find_other_day(day, notified.start_s),
        quiet=None if day.rules is None else day.rules.quiet,
        trap=find_trap(day, profile, option),
        places=_find_places(day, read_table(folder / "side_contacts.parquet", SIDE_CONTACTS)),
        cases=_list_case_facts(cases),
        screening_days=day.starts.screening_days,
        confirming_days=n_fresh,
        length_min=scenario.rally.length_min,
        large_people=day.config.contact.grades.large.min_people,
        large_s=day.config.contact.grades.large.min_duration_s,
        skipped=tuple(skipped),
    )


def _measure_plan(day: Day, point: DesignPoint, replications: pd.DataFrame) -> PlanFacts:
    """Measure the days of a plan that was simulated in full."""
    good = _choose_good(replications, point.point)
    config, confidence = point.config, day.settings.door.design.confidence
    first_s, second_s = compute_rally_starts_s(config).tolist()
    exposure = good["side_exposure_person_min"].to_numpy(np.float64)
    low, high = compute_bootstrap_interval(exposure[:, None], confidence, int(day.settings.run["seed"]))
    return PlanFacts(
        config.venue_pair_key,
        day.routes[config.venue_pair_key].venue_name,
        (first_s, second_s),
        (first_s + day.length_s, second_s + day.length_s),
        len(good),
        int(good["has_large"].sum()),
        int(good["has_any_riders"].sum()),
        int(good["has_any"].sum()),
        float(exposure.mean()) if len(good) else float("nan"),
        float(low[0]),
        None if np.isnan(high[0]) else float(high[0]),
        float(np.minimum(good["people_1"], good["people_2"]).mean()) if len(good) else 0.0,
    )


def _build_option(day: Day, plan: Plan, covers: bool, starts: pd.DataFrame, replications: pd.DataFrame) -> Option:
    """Build the one-date option: its numbers from the days that confirmed it, its hours from all its days."""
    window, shift = plan.window, plan.shift_min
    at = int(np.flatnonzero(window.shift_min == shift)[0])
    starts_s = compute_starts_s(day.config, shift)
    own = starts[
        (starts["venue_choice"] == plan.venue_choice) & (starts["shift_min"] == shift) & (starts["error"] == "")
    ]
    fresh = own[own["replication"] >= day.starts.screening_days]
    exposure = fresh["exposure_person_min"].to_numpy(np.float64)
    confidence = day.settings.door.design.confidence
    low, high = compute_bootstrap_interval(exposure[:, None], confidence, int(day.settings.run["seed"]))
    good = _choose_good(replications, 1)
    facts = PlanFacts(
        plan.venue_choice,
        day.routes[plan.venue_choice].venue_name,
        starts_s,
        (starts_s[0] + day.length_s, starts_s[1] + day.length_s),
        window.n_days,
        int(window.hits[0, at]),
        int(window.hits[1, at]),
        int(fresh["any"].sum()),
        plan.exposure_person_min,
        float(low[0]),
        None if np.isnan(high[0]) else float(high[0]),
        float(np.minimum(good["people_1"], good["people_2"]).mean()) if len(good) else 0.0,
    )
    times = build_side_times(starts, plan.venue_choice)
    earlier = 1 if shift >= 0.0 else 2
    rules = explain_gap(times[earlier], times[3 - earlier], abs(shift), earlier, confidence)
    theory, needed = None, None
    needed_rules = [rule.name for rule in rules if rule.holds]
    near = [name for name in needed_rules if name in {"out", "home"}]
    if "standing" in needed_rules and near:
        length_min = day.config.scenario.rally.length_min
        edges = compute_edges(times[earlier], times[3 - earlier], length_min, confidence, near)
        sign = 1.0 if earlier == 1 else -1.0
        ends = sorted([sign * edges.low_min, sign * edges.high_min])
        theory, needed = (ends[0], ends[1]), edges.needed_length_min
    return Option(
        facts,
        float(window.upper[:, at].max()),
        plan.slack_min,
        covers,
        day.starts.lateness_min,
        (float(window.shift_min[0]), float(window.shift_min[-1])),
        theory,
        tuple(rules),
        needed,
        tuple(_describe_hit(hit) for hit in day.judge(starts_s)),
    )


def find_promising(profile: pd.DataFrame, planned: str) -> Promising | None:
    """Find the lawful start of the planned venues with the smallest share of days that count, then the least exposure."""
    own = profile[(profile["venue_choice"] == planned) & profile["is_lawful"] & (profile["days"] > 0)]
    if not len(own):
        return None
    hits = own[["large_days", "any_riders_days"]].max(axis=1)
    ranked = own.assign(hits=hits, share=hits / own["days"])
    best = ranked.sort_values(["share", "exposure_person_min_mean"], kind="stable").iloc[0]
    return Promising((float(best["start_1_s"]), float(best["start_2_s"])), int(best["hits"]), int(best["days"]))


def find_trap(day: Day, profile: pd.DataFrame, option: Option | None) -> Trap | None:
    """Find the start with most exposure among those that lie further from the notified one than the recommended one does.

    Whoever moves on "to be safer" comes there. None where it has no more than a few times the exposure, or no contact to
    speak of.
    """
    if option is None:
        return None
    own = profile[profile["venue_choice"] == option.plan.venue_choice].sort_values("shift_min")
    shift = (option.plan.start_s[1] - option.plan.start_s[0]) / 60.0
    is_beyond = own["shift_min"] > option.window_min[1] if shift >= 0.0 else own["shift_min"] < option.window_min[0]
    beyond = own[is_beyond & own["is_lawful"]]
    if not len(beyond):
        return None
    worst = beyond.sort_values("exposure_person_min_mean", kind="stable").iloc[-1]
    before = own[own["shift_min"] == shift].iloc[0]
    exposure, better = float(worst["exposure_person_min_mean"]), float(before["exposure_person_min_mean"])
    threshold = day.settings.door.design.threshold
    met_days = max(worst["large_days"], worst["any_riders_days"])
    if exposure < TRAP_FACTOR * max(better, 1.0) or met_days < threshold * worst["days"]:
        return None
    return Trap(
        (float(worst["start_1_s"]), float(worst["start_2_s"])),
        int(worst["large_days"]),
        int(worst["any_riders_days"]),
        int(worst["days"]),
        exposure,
        (float(before["start_1_s"]), float(before["start_2_s"])),
        better,
    )


def _find_places(day: Day, found: pd.DataFrame) -> tuple[PlaceFacts, ...]:
    """Find where most exposure of the notified plan is, in spots of at most 400 m."""
    own = found[found["point"] == 0]
    x_m, y_m, weight = (own[name].to_numpy(np.float64) for name in ("x_m", "y_m", "exposure_person_min"))
    if not len(own) or not weight.sum() > 0.0:
        return ()
    network, scenario, town = day.town.network, day.config.scenario, day.town
    pair = scenario.venue_pairs[day.planned]
    marks = [
        Landmark(place.name, float(network.node_x_m[town.place_node[key]]), float(network.node_y_m[town.place_node[key]]))
        for key, place in {**{key: scenario.venues[key] for key in (pair.side_1, pair.side_2)}, **scenario.assembly_points}.items()
    ] + [
        Landmark(name, float(x), float(y))
        for name, x, y, is_found in zip(
            town.junctions.name, town.junctions.x_m, town.junctions.y_m, town.junctions.is_landmark, strict=True
        )
        if is_found
    ]  # fmt: skip
    spot = find_spots(x_m, y_m, weight)
    places = []
    for number in range(min(TOP_PLACES, int(spot.max()) + 1)):
        inside = spot == number
        heaviest = int(np.flatnonzero(inside)[np.argmax(weight[inside])])
        name = name_spot(float(x_m[heaviest]), float(y_m[heaviest]), marks)
        if name is not None:
            share = float(weight[inside].sum() / weight.sum())
            places.append(PlaceFacts(name.landmark, name.distance_m, name.direction, share))
    return tuple(places)


def _list_case_facts(cases: pd.DataFrame) -> tuple[CaseFacts, ...]:
    """List the what-ifs: what each makes of the notified plan's exposure, and of the recommended plan's days."""
    facts = []
    for (group, label), rows in cases.groupby(["group", "label"], sort=False):
        at = {str(row["plan"]): row for _, row in rows.iterrows()}
        notified, option = at.get("notified"), at.get("recommended")
        factor = None
        if notified is not None and notified["base_exposure_person_min_mean"] > 0.0:
            factor = float(notified["exposure_person_min_mean"] / notified["base_exposure_person_min_mean"])
        facts.append(
            CaseFacts(
                str(group),
                str(label),
                factor,
                None if option is None else int(option["failed_days"]),
                None if option is None else int(option["days"]),
            )
        )
    return tuple(facts)


def _find_other_day(day: Day, starts_s: tuple[float, float]) -> date | None:
    """Find the nearest lawful date to which either side may move its rally."""
    if day.rules is None or day.day is None:
        return None
    rallies = day.list_rallies(starts_s, day.length_s)
    found = [find_other_date(day.rules, rallies, side, day.planning_date) for side in (1, 2)]
    known = [other for other in found if other is not None]
    own = day.day
    return min(known, key=lambda other: (abs((other - own).days), other), default=None)


def _describe_hit(hit: Hit) -> RuleHit:
    worship = hit.worship
    return RuleHit(
        hit.rule,
        hit.is_hard,
        hit.side,
        hit.day,
        None if worship is None else dict(worship.name),
        None if worship is None else (worship.begin_s, worship.end_s),
        hit.deadline,
        hit.source,
    )


def _compute_interval(hits: int, n: int, confidence: float) -> tuple[float, float]:
    if n == 0:
        return 0.0, 1.0
    low, high = compute_wilson_interval(hits, n, confidence)
    return float(low), float(high)
