"""The answer of the day as plain facts: what the screen, the first slide and the page all say alike."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from konvoi.study.distance import DistanceAnswer
from konvoi.study.inequalities import Inequality

Word = Literal["enough", "unsure", "change"]


@dataclass(frozen=True)
class PlanFacts:
    """A plan and what its simulated days were like."""

    venue_choice: str
    venues: tuple[str, str]
    start_s: tuple[float, float]  # of sides 1 and 2, after local midnight
    end_s: tuple[float, float]
    days: int
    large_days: int
    any_riders_days: int
    any_days: int
    exposure_person_min: float
    exposure_low_person_min: float
    exposure_high_person_min: float | None
    people: float  # of the smaller side, mean


@dataclass(frozen=True)
class RuleHit:
    """A rule the plan touches, ready to be written."""

    rule: str
    is_hard: bool
    side: int
    day: date
    worship: Mapping[str, str] | None  # name by language
    worship_s: tuple[float, float] | None
    deadline: date | None
    source: str


@dataclass(frozen=True)
class Option:
    """The plan to recommend on one date."""

    plan: PlanFacts
    upper: float  # bound of both P that holds for all that is told together
    slack_min: tuple[float, float]  # how much later than drawn side 1 and side 2 may be; infinite: as late as can be
    covers_lateness: bool
    lateness_min: float  # what it should cover
    window_min: tuple[float, float]  # first and last confirmed shift
    theory_min: tuple[float, float] | None  # the shifts the inequalities allow; None for windows they do not explain
    inequalities: tuple[Inequality, ...]
    needed_length_min: float | None
    hits: tuple[RuleHit, ...]  # conditions only


@dataclass(frozen=True)
class Longer:
    """A start with the slack that is wanted, for rallies longer than notified; where they were tried."""

    length_min: float
    start_s: tuple[float, float]  # of sides 1 and 2, after local midnight
    end_s: tuple[float, float]
    days: int  # that chose nothing
    hit_days: int  # with a large contact, or one of riders
    upper: float | None  # bound of both P, here and as late as wanted; None where it was not confirmed
    slack_min: tuple[float, float]  # as far as it was confirmed
    hits: tuple[RuleHit, ...]  # conditions only


@dataclass(frozen=True)
class Trap:
    """A start that looks safer than the recommended one and is not."""

    start_s: tuple[float, float]
    large_days: int
    riders_days: int
    days: int
    exposure_person_min: float
    before_s: tuple[float, float]  # the better start on the way to it
    before_exposure_person_min: float


@dataclass(frozen=True)
class Promising:
    """The lawful start at the planned venues that looks best where none was confirmed; it proves nothing."""

    start_s: tuple[float, float]
    hit_days: int  # with a large contact, or one of riders
    days: int


@dataclass(frozen=True)
class PlaceFacts:
    """A place of contacts: nearest landmark, how far, in which direction; its share of exposure."""

    landmark: str
    distance_m: float
    direction: str | None
    share: float


@dataclass(frozen=True)
class CaseFacts:
    """A what-if at the notified plan and at the recommended one."""

    group: str
    label: str
    exposure_factor: float | None  # of the notified plan's exposure; None where that is 0
    option_hit_days: int | None  # days on which the recommended plan fails in either outcome
    option_days: int | None


@dataclass(frozen=True)
class DayAnswer:
    """All of it."""

    scenario_title: str
    version: str
    seed: int
    zone: str
    day: date | None
    threshold: float
    confidence: float
    word: Word
    notified: PlanFacts
    notified_hits: tuple[RuleHit, ...]
    distance: DistanceAnswer | None
    option: Option | None
    longer: Longer | None  # None where the option has the slack, or no longer rally was tried
    promising: Promising | None  # None where there is an option
    windows: int  # confirmed at the planned venues
    needed_days: int | None  # how many fresh days it would take to confirm anything; None where there were enough
    other_day: date | None  # to which one side may move
    quiet: tuple[date, date] | None
    trap: Trap | None
    places: tuple[PlaceFacts, ...]
    cases: tuple[CaseFacts, ...]
    screening_days: int
    confirming_days: int
    length_min: float  # of a rally
    large_people: float  # of each side, from which on a contact is large …
    large_s: float  # … when it lasts as long
    skipped: tuple[str, ...]  # what-ifs that could not be simulated, and why

    def to_plain(self) -> dict[str, Any]:
        """Return it as values JSON can hold; dates as ISO texts, infinity as null beside ``slack_min``."""
        plain: dict[str, Any] = _to_plain(dataclasses.asdict(self))
        return plain

    @classmethod
    def from_plain(cls, content: Mapping[str, Any]) -> DayAnswer:
        """Build it from what `to_plain` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            When it is no such content.
        """
        answer = _from_plain(cls, content)
        assert isinstance(answer, cls)
        return answer


def choose_word(large: tuple[float, float], riders: tuple[float, float], threshold: float, is_possible: bool) -> Word:
    """Choose the word of the result from the intervals of P(large) and P(any, riders) of the notified plan.

    A plan that breaks a rule, or keeps a side from its rally, is not possible: that nobody meets then proves nothing.
    """
    if not is_possible or large[0] >= threshold or riders[0] >= threshold:
        return "change"
    return "enough" if max(large[1], riders[1]) < threshold else "unsure"


def _to_plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return value if value - value == 0.0 else None if value != value else ("inf" if value > 0.0 else "-inf")
    return value


def _from_plain(kind: Any, value: Any) -> Any:
    """Build a value of a type from plain content."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        return _from_plain(next(argument for argument in arguments if argument is not type(None)), value)
    if origin is Literal:
        if value not in arguments:
            raise ValueError(f"{value!r} is not one of {arguments}")
        return value
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return tuple(_from_plain(arguments[0], item) for item in value)
        return tuple(_from_plain(argument, item) for argument, item in zip(arguments, value, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {str(key): _from_plain(arguments[1], item) for key, item in value.items()}
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(
            **{field.name: _from_plain(hints[field.name], value[field.name]) for field in dataclasses.fields(kind)}
        )  # type: ignore[operator]
    if kind is date:
        return date.fromisoformat(value)
    if kind is float:
        return float("nan") if value is None else float(value)
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
