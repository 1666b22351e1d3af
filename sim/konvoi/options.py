"""Compose the configuration with Hydra and read the scenario: the only file that knows Hydra."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from konvoi.config.faults import describe_faults, suggest
from konvoi.config.reading import LoadedScenario, build_config, is_file, load_scenario
from konvoi.config.section import Section
from konvoi.config.settings import RunConfig
from konvoi.data import find_data
from konvoi.errors import COMMAND_LINE, CONFIGURATION, ScenarioError, find_meant
from konvoi.study.design import PLAN, set_key
from konvoi.study.stopping import MAX_CAP, StoppingRule
from konvoi.words import Sentence

MISSING = object()
PLANNED = "planned"  # as the scenario says
MAX_LEVELS = 1000  # of one factor
QUICK_RUNS = 240  # replications of all design points of a quick look: a minute or two on two cores
QUICK_REPLICATIONS = (4, 30)  # at least and at most, per design point
QUICK_DAYS = 12  # of the plans of a quick look at the day
QUICK_STARTS: dict[str, float] = {  # 75 days without contact are enough to confirm one window
    "step_min": 30.0, "first_days": 3, "screening_days": 12, "other_step_min": 60.0, "other_days": 2, "other_notified_days": 2,
    "confirming_days": 75, "candidates": 1, "longer_days": 0, "timetable_days": 75, "case_days": 0,
}  # fmt: skip
RUN_KEYS = ("rally", "behaviour", "junctions", "contact", "weather", "engine", "seed", "sampling")


# What a scenario may plan under rally.planned_…, and what holds where it does not.
PLANNED_DECISIONS: dict[str, Any] = {
    "gap_min": 0.0,
    "first_side": 1,
    "hold_back_min": 0.0,
    "hold_back_side": "both",
    "escort": "none",
}

PlanName = Annotated[str, Field(pattern=r"^[^;=\n]{1,80}$")]
Changes = dict[str, Any]  # configuration key: its value


class SensitivityInput(Section):
    """The range of a factor, or its levels where only some values make sense."""

    low: float | None = Field(None, ge=-1e9, le=1e9, description="lower end of the range")
    high: float | None = Field(None, ge=-1e9, le=1e9, description="upper end of the range")
    levels: list[Any] = Field([], max_length=20, description="values, from low to high, instead of a range")

    @model_validator(mode="after")
    def _has_a_range(self) -> Self:
        has_range = self.low is not None and self.high is not None and self.low < self.high
        if has_range == (len(self.levels) >= 2) or (self.levels and (self.low is not None or self.high is not None)):
            raise ValueError(Sentence("faults.input_range"))
        return self


class SensitivitySettings(Section):
    """Which factors matter: Morris screening of all, then Sobol indices of those that matter most."""

    outcome: Literal["exposure_person_min", "contacts", "has_contact"] = Field(
        "exposure_person_min", description="what is explained"
    )
    trajectories: int = Field(10, ge=2, le=1000, description="Morris: paths through the space of factors")
    survivors: int = Field(
        4, ge=1, le=20, description="how many factors, those with the largest effects, go on to Sobol"
    )
    sobol_samples: int = Field(64, ge=4, le=65_536, description="Sobol: base sample, a power of two")
    resamples: int = Field(1000, ge=10, le=100_000, description="bootstrap resamples behind the intervals")
    inputs: dict[str, SensitivityInput] = Field(min_length=2, max_length=50, description="configuration key: its range")

    @model_validator(mode="after")
    def _is_power_of_two(self) -> Self:
        if self.sobol_samples & (self.sobol_samples - 1):
            raise ValueError(Sentence("faults.sobol_power", sobol_samples=self.sobol_samples))
        if "seed" in self.inputs:
            raise ValueError(Sentence("faults.inputs_seed"))
        return self


class StartsSettings(Section):
    """The day's profile: all starts of all venue choices, windows, and the plan to recommend."""

    step_min: float = Field(15.0, ge=1, le=60, description="between two starts at the planned venues, min")
    first_days: int = Field(
        6, ge=1, le=100_000, description="days of every start; more only where not all of these met"
    )
    screening_days: int = Field(
        30, ge=1, le=100_000, description="days of the starts at the planned venues that may be in a window"
    )
    other_step_min: float = Field(30.0, ge=1, le=240, description="between two starts at the other venues, min")
    other_days: int = Field(3, ge=1, le=100_000, description="days of every start at the other venues")
    other_notified_days: int = Field(12, ge=1, le=100_000, description="days of the notified start at the other venues")
    confirming_days: int = Field(200, ge=0, le=100_000, description="further days that confirm the windows found")
    candidates: int = Field(2, ge=1, le=50, description="windows to confirm at most, the widest first")
    lateness_min: float = Field(
        30.0,
        ge=0,
        le=240,
        description="how much later than drawn a side may be without losing the recommended plan, min",
    )
    longer_days: int = Field(
        150, ge=0, le=100_000, description="days that confirm longer rallies where no start has the slack; 0 for none"
    )
    timetable_days: int = Field(
        400, ge=1, le=100_000, description="days behind the hours of the plan told to officials"
    )
    case_days: int = Field(6, ge=0, le=100_000, description="days of each standard what-if; 0 for none")


class DesignSettings(Section):
    """What a sweep compares, and how sure it wants to be."""

    factors: dict[str, list[Any]] = Field({}, description="configuration key: its levels; every combination is run")
    plans: dict[PlanName, Changes] = Field({}, max_length=50, description="named plan: what it changes")
    cases: dict[PlanName, Changes] = Field({}, max_length=50, description="what if: named case: what it changes")
    one_at_a_time: dict[str, list[Any]] = Field({}, max_length=50, description="key: levels, one key changed at a time")
    compare: str | None = Field(None, max_length=200, description="factor whose levels are compared, else all points")
    sensitivity: SensitivitySettings | None = Field(None, description="which factors matter (needs the package SALib)")
    starts: StartsSettings | None = Field(None, description="all starts of the day; not beside factors or plans")
    replications: int = Field(100, ge=1, le=1_000_000, description="replications per design point")
    stopping: Literal["fixed", "precision"] = Field("fixed", description="when a design point has enough replications")
    half_width: float = Field(0.02, gt=0, lt=0.5, description="of P(contact), at which a point has enough replications")
    cap: int = Field(1000, ge=1, le=MAX_CAP, description="replications no point exceeds; stopping=precision")
    threshold: float = Field(0.05, gt=0, lt=1, description="largest acceptable P(contact)")
    confidence: float = Field(0.95, ge=0.5, le=0.9999, description="confidence of the intervals")

    @model_validator(mode="after")
    def _check_cap(self) -> DesignSettings:
        if self.stopping == "precision" and self.cap < self.replications:
            raise ValueError(Sentence("faults.cap_low", cap=self.cap, replications=self.replications))
        return self

    @model_validator(mode="after")
    def _compares_something(self) -> Self:
        if not (self.factors or self.plans or self.cases or self.one_at_a_time or self.sensitivity or self.starts):
            raise ValueError(Sentence("faults.factors_without_levels"))
        if self.compare is not None and self.compare not in {**self.factors, **({PLAN: []} if self.plans else {})}:
            raise ValueError(
                Sentence("faults.compare_unknown", compare=self.compare, factors=", ".join(self.factors) or "none")
            )
        if (self.cases or self.one_at_a_time) and self.factors:
            raise ValueError(Sentence("faults.factors_with_cases", factors=", ".join(self.factors)))
        if self.sensitivity and (self.factors or self.plans or self.cases or self.one_at_a_time):
            raise ValueError(Sentence("faults.sensitivity_alone"))
        return self

    @property
    def rule(self) -> StoppingRule:
        """When a design point has enough replications."""
        if self.stopping == "fixed":
            return StoppingRule.fixed(self.replications, self.threshold, self.confidence)
        return StoppingRule(
            first=self.replications,
            cap=self.cap,
            half_width=self.half_width,
            threshold=self.threshold,
            confidence=self.confidence,
        )


class RaySettings(Section):
    """Which Ray cluster; executor=ray."""

    address: str = Field("local", description="local, auto or HOST:PORT")


class SubmititSettings(Section):
    """Jobs of a Slurm cluster; executor=submitit."""

    cluster: Literal["slurm", "local"] = Field("slurm", description="slurm, or local for processes of this machine")
    partition: str | None = Field(None, description="Slurm's partition")
    timeout_min: int = Field(60, ge=1, le=100_000, description="longest time of a job, min")
    memory_gb: float = Field(2.0, gt=0, le=4096, description="memory of a job, GB")
    batches_per_job: int = Field(40, ge=1, le=100_000, description="batches sent to a job at once")
    slurm: dict[str, Any] = Field(default_factory=dict, description="further options of sbatch, e.g. account")


class DoorSettings(Section):
    """Settings of the commands themselves."""

    lang: Literal["id", "en"] = Field("id", description="language of what planners read")
    out: str | None = Field(None, description="output folder")
    new: bool = Field(False, description="whether another sweep in the output folder is moved aside")
    workers: int | None = Field(None, ge=1, le=1024, description="processes, jobs or Ray tasks of a sweep at a time")
    executor: Literal["processes", "serial", "ray", "submitit"] = Field("processes", description="who runs a sweep")
    parts: str | None = Field(None, description="where finished batches are kept: a folder or a URL fsspec knows")
    ray: RaySettings = Field(default_factory=RaySettings, description="the Ray cluster")
    submitit: SubmititSettings = Field(default_factory=SubmititSettings, description="the Slurm cluster")
    progress: bool = Field(True, description="whether to draw progress bars")
    replication: int = Field(0, ge=0, description="which replication 'konvoi run' shows")
    quick: bool = Field(False, description="a first answer in a minute or two, with wider intervals")
    design: DesignSettings = Field(description="what a sweep compares")


@dataclass(frozen=True)
class Settings:
    """Everything a command needs."""

    door: DoorSettings
    run: dict[str, Any]  # keys of RunConfig but for the scenario
    scenario: LoadedScenario
    words: tuple[str, ...] = ()  # of the command line

    def build_config(self) -> RunConfig:
        """Validate the configuration of a single run."""
        return build_config(self.run, self.scenario)


def _parse_word(word: str) -> Any:
    """Parse one KEY=VALUE in Hydra's grammar; a value it cannot read, as one with accents, is taken as the text it is.

    Raises
    ------
    ScenarioError
        When it is not KEY=VALUE at all.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    key, is_given, value = word.partition("=")
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    for form in (word, f"{key}='{quoted}'"):
        try:
            return OverridesParser.create().parse_override(form)
        except HydraException:
            if not is_given or not re.fullmatch(r"[\w./@-]+", key):
                break
        except AttributeError:  # Hydra's parser leans on assertions, which PYTHONOPTIMIZE takes out
            raise ScenarioError(COMMAND_LINE, [Sentence("faults.python_optimised", word=word)]) from None
    raise ScenarioError(COMMAND_LINE, [Sentence("faults.word_unreadable", word=word)])


def _explain(said: str) -> Sentence:
    """Say what Hydra could not do in our own words, with the key or choice that was probably meant."""
    unknown = re.search(r"Could not override '([^']+)'", said)
    if unknown is not None:
        return Sentence("faults.key_unknown", key=unknown[1], meant=suggest(unknown[1], dict.fromkeys(_list_keys())))
    choice = re.search(r"Could not find '([^'/]+)/([^']+)'", said)
    if choice is not None:
        known = sorted(path.stem for path in (find_data("configs") / choice[1]).glob("*.yaml"))
        return Sentence(
            "faults.choice_unknown",
            key=choice[1],
            name=choice[2],
            known=", ".join(known),
            meant=find_meant(choice[2], known),
        )
    # Hydra would advise to write +KEY, which is not allowed here.
    return Sentence("faults.keys_hint", said=said.split(" To append to your config")[0])


def _list_keys() -> list[str]:
    """List the keys of the embedded configuration with their sections, KEY.KEY."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from omegaconf import OmegaConf

    GlobalHydra.instance().clear()
    with initialize_config_dir(str(find_data("configs")), version_base="1.3", job_name="konvoi"):
        composed = OmegaConf.to_container(compose("config"), resolve=True)
    keys: list[str] = []

    def collect(content: object, path: str) -> None:
        if isinstance(content, dict):
            for key, value in content.items():
                collect(value, f"{path}.{key}".lstrip("."))
        else:
            keys.append(path)

    collect(composed, "")
    return keys


def compose_settings(
    overrides: Sequence[str], plans: Mapping[str, Any] | None = None, *, takes_levels: bool = True
) -> Settings:
    """Compose the settings from the embedded configuration and overrides in Hydra's grammar.

    ``scenario.KEY=VALUE`` changes a value of the scenario file. A list of choices, ``rally.gap_min=0,60``, makes the
    key a factor of the design. ``--quick`` is ``quick=true``.

    Parameters
    ----------
    plans
        Named plans that are compared instead of the experiment's design.
    takes_levels
        Whether a key may have several values; a command that shows one day takes one value of each.

    Raises
    ------
    ScenarioError
        With one line per fault.
    """
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    overrides = expand_flags(overrides)
    parsed = [_parse_word(word) for word in overrides]
    plain, scenario_values, swept = _sort_overrides(parsed, takes_levels=takes_levels)
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(find_data("configs")), version_base="1.3", job_name="konvoi"):
            composed = OmegaConf.to_container(compose("config", overrides=plain), resolve=True)
    except (HydraException, OmegaConfBaseException, RecursionError, ValueError, OSError) as fault:
        raise ScenarioError(COMMAND_LINE, [_explain(_first_line(fault))]) from None
    assert isinstance(composed, dict)
    content: dict[str, Any] = {str(key): value for key, value in composed.items()}
    _require_all_heard(parsed, content)

    scenario = load_scenario(find_scenario(str(content.pop("scenario"))))
    changed = scenario.content
    for key, value in scenario_values.items():
        changed = set_key(changed, key, value)
    design = content["design"]
    if not isinstance(design, dict) or not isinstance(design.get("factors", {}), dict):
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.factors_empty")])
    if plans is not None:
        for own in ("factors", "cases", "one_at_a_time", "compare", "sensitivity", "starts"):
            design.pop(own, None)
        design["plans"] = dict(plans)
    factors = dict(design.get("factors", {}))
    for override in parsed:
        key = override.get_key_element()
        if key in factors and not override.is_sweep_override():
            factors[key] = [_plain(override.value())]
    design["factors"] = {**factors, **swept}
    run = {key: content.pop(key) for key in RUN_KEYS}
    run["rally"], design["factors"] = _resolve_plan(run["rally"], design["factors"], changed)
    try:
        door = DoorSettings.model_validate(content)
    except ValidationError as fault:
        raise ScenarioError(CONFIGURATION, describe_faults(fault, DoorSettings)) from None
    has_own_replications = any(override.get_key_element() == "design.replications" for override in parsed)
    door = door.model_copy(update={"design": _complete_design(door, has_own_replications)})
    return Settings(door, run, LoadedScenario(changed, scenario.path), tuple(overrides))


def _sort_overrides(
    parsed: Sequence[Any], *, takes_levels: bool
) -> tuple[list[str], dict[str, Any], dict[str, list[Any]]]:
    """Sort overrides: plain ones for Hydra, values of the scenario file, and the levels of factors."""
    from hydra.errors import HydraException

    plain: list[str] = []
    scenario_values: dict[str, Any] = {}
    swept: dict[str, list[Any]] = {}
    for override in parsed:
        key = override.get_key_element().lstrip("+~")
        if override.input_line is None or override.is_delete() or override.is_add():
            raise ScenarioError(COMMAND_LINE, [Sentence("faults.only_key_value", input_line=override.input_line)])
        if override.is_sweep_override():
            _refuse_levels(key, override.input_line, takes_levels)
            if not (override.is_choice_sweep() or override.is_range_sweep()):
                raise ScenarioError(COMMAND_LINE, [Sentence("faults.levels_form", given=override.input_line, key=key)])
            try:
                swept[key] = [_plain(value) for value in islice(override.sweep_iterator(), MAX_LEVELS + 1)]
            except HydraException:
                raise ScenarioError(COMMAND_LINE, [Sentence("faults.levels_form", given=key, key=key)]) from None
            if len(swept[key]) > MAX_LEVELS:
                raise ScenarioError(COMMAND_LINE, [Sentence("faults.levels_many", key=key, max_levels=MAX_LEVELS)])
        elif key.startswith("scenario."):
            scenario_values[key.removeprefix("scenario.")] = _plain(override.value())
        else:
            plain.append(override.input_line)
    return plain, scenario_values, swept


def _refuse_levels(key: str, line: str, takes_levels: bool) -> None:
    """Refuse several values where one is meant: of a day, of a key that is no factor, or with a decimal comma."""
    if not takes_levels:
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.one_value", given=line, key=key)])
    if key.split(".")[0] not in {*RUN_KEYS, "scenario", "replication"} or key == "scenario":
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.not_a_factor", given=line, key=key)])
    number = re.fullmatch(r"-?(\d+),(\d+)", line.partition("=")[2].strip())
    if number is not None and int(number[2]) < int(number[1]):
        whole, part = number.groups()
        raise ScenarioError(
            COMMAND_LINE, [Sentence("faults.decimal_comma", given=line, key=key, whole=whole, part=part)]
        )


def _require_all_heard(parsed: Sequence[Any], content: Mapping[str, Any]) -> None:
    """Make sure that every value asked for is the value composed: none is dropped without a word."""
    for override in parsed:
        key, value = override.get_key_element().lstrip("+~"), override.value()
        if override.is_sweep_override() or key.startswith("scenario.") or "${" in str(override.input_line):
            continue
        found: Any = content
        for part in key.split("."):
            found = found.get(part, MISSING) if isinstance(found, Mapping) else MISSING
        if isinstance(found, Mapping) and not isinstance(value, dict):
            continue  # a group of files: its choice is not kept
        if found is not MISSING and found != _plain(value):
            raise ScenarioError(
                COMMAND_LINE, [Sentence("faults.not_heard", given=override.input_line, found=str(found))]
            )


def expand_flags(words: Sequence[str]) -> list[str]:
    """Write the short forms -j N, --new and --quick as the keys they stand for."""
    expanded: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--new":
            expanded.append("new=true")
        elif word == "--quick":
            expanded.append("quick=true")
        elif word == "-j":
            expanded.append(f"workers={next(rest, '')}")
        elif re.fullmatch(r"-j\d+", word):
            expanded.append(f"workers={word[2:]}")
        else:
            expanded.append(word)
    return expanded


def list_plans(design: DesignSettings) -> list[dict[str, Any]]:
    """List the levels of the factor ``plan``: named plans, cases, and one key changed at a time, each setting once.

    The unchanged settings come first where cases or single changes are compared with them.
    """
    named = [{"name": name, "set": changes} for name, changes in design.plans.items()]
    others: list[Changes] = [{}] if design.cases or design.one_at_a_time else []
    others += design.cases.values()
    others += [{key: level} for key, levels in design.one_at_a_time.items() for level in levels]
    known = [plan["set"] for plan in named]
    for changes in others:
        if changes not in known:
            named.append({"name": "", "set": changes})
            known.append(changes)
    return named


def _complete_design(door: DoorSettings, has_own_replications: bool) -> DesignSettings:
    """Make plans a factor, and choose the replications of a quick look."""
    design = door.design
    plans = list_plans(design)
    factors = {PLAN: plans, **design.factors} if plans else design.factors
    if factors or design.sensitivity is not None:  # who names what to compare asks for that, not for the whole day
        design = design.model_copy(update={"starts": None})
    elif door.quick and design.starts is not None:
        starts = design.starts.model_copy(update=QUICK_STARTS)
        own = design.replications if has_own_replications else QUICK_DAYS
        return design.model_copy(update={"starts": starts, "replications": own})
    replications = design.replications
    if door.quick and not has_own_replications:
        fewest, most = QUICK_REPLICATIONS
        replications = min(
            most, max(fewest, QUICK_RUNS // max(1, math.prod(len(levels) for levels in factors.values())))
        )
    return design.model_copy(update={"factors": factors, "replications": replications})


def _resolve_plan(
    rally: Any, factors: dict[str, Any], scenario: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Put the scenario's own plan where 'planned' is written: in the rally's settings, and once among the levels."""
    hours = scenario.get("rally")
    rally, factors = dict(rally) if isinstance(rally, Mapping) else rally, dict(factors)
    for key, otherwise in PLANNED_DECISIONS.items():
        planned = hours.get(f"planned_{key}", otherwise) if isinstance(hours, Mapping) else otherwise
        if isinstance(rally, dict) and rally.get(key) == PLANNED:
            rally[key] = planned
        levels = factors.get(f"rally.{key}")
        if isinstance(levels, list) and PLANNED in levels:
            given = [level for level in levels if level != PLANNED]
            factors[f"rally.{key}"] = given if planned in given else [*given, planned]
    return rally, factors


def find_scenario(name: str) -> Path:
    """Find a scenario by path or by its name among the embedded ones.

    Raises
    ------
    ScenarioError
        When there is none of that name.
    """
    path = Path(name)
    if path.suffix in {".yaml", ".yml"} or "/" in name or "\\" in name:
        return path
    folder = find_data("scenarios")
    embedded = folder / f"{name}.yaml"
    if not is_file(embedded):
        known = sorted(file.stem for file in folder.glob("*.yaml"))
        meant = find_meant(name, known)
        raise ScenarioError(
            COMMAND_LINE, [Sentence("faults.scenario_unknown", name=name, known=", ".join(known), meant=meant)]
        )
    return embedded


def _plain(value: Any) -> Any:
    """Turn Hydra's quoted strings and containers into plain ones."""
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (int, float, bool)) or value is None else str(getattr(value, "text", value))


def _first_line(fault: Exception) -> str:
    """Return what a library says of a fault, as one line."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return " ".join(lines[:2]) if lines else type(fault).__name__
