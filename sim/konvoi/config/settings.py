"""The typed schema of a run: what may be written in a scenario and in the configuration, in which unit and range.

A run is described by plain mappings (from YAML files and command-line overrides). They are validated once, here, all
faults together, in the words of the person who wrote them. Nothing behind this door checks again.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import (
    Field,
    model_validator,
)

from konvoi.config.scenario import Scenario
from konvoi.config.section import Section, Share, Side
from konvoi.gap import ANOTHER_DAY, Gap
from konvoi.units import clock_to_s
from konvoi.words import Sentence

MAX_PEOPLE = 2_000_000  # of all convoys together: what a computer holds


class RallyPlan(Section):
    """What officials decide."""

    gap_min: float | Literal["another_day"] = Field(
        0.0, description="start of the later rally minus start of the earlier one, min"
    )
    first_side: Side = Field(1, description="the side whose rally starts first")
    venue_pair: str = Field("planned", max_length=61, description="key of scenario.venue_pairs, or 'planned'")
    hold_back_min: float = Field(
        0.0, ge=0, le=240, description="how long organised convoys are held at the venue after the rally, min"
    )
    hold_back_side: Side | Literal["both"] = Field("both", description="whose convoys are held: 1, 2 or both")

    escort: Literal["none", "side_1", "side_2", "both"] = Field(
        "none", description="whose organised convoys the police escort: cross streets are held, signals do not bind"
    )

    escort_takes_both_lanes: bool = Field(
        False, description="escorted convoys ride in the oncoming lane too where a road has one lane each way"
    )

    @property
    def gap(self) -> Gap:
        """The gap as a value of its own."""
        return Gap.from_level(self.gap_min)

    def get_hold_back_min(self, side: int) -> float:
        """Return how long a side's organised convoys are held, min."""
        return self.hold_back_min if self.hold_back_side in ("both", side) else 0.0

    @model_validator(mode="after")
    def _gap_in_range(self) -> Self:
        if not isinstance(self.gap_min, str) and not 0 <= self.gap_min <= 720:
            raise ValueError(Sentence("faults.gap_outside", gap_min=self.gap_min, another_day=ANOTHER_DAY))
        return self


class VehicleMix(Section):
    """Shares of the vehicle classes; they add up to one."""

    motorcycle: Share = Field(description="share of motorcycles")
    car: Share = Field(description="share of cars and minibuses")
    truck: Share = Field(description="share of open trucks and buses")

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = self.motorcycle + self.car + self.truck
        if abs(total - 1.0) > 1e-6:
            raise ValueError(Sentence("faults.shares_sum", total=total))
        return self


class PerClass(Section):
    """One positive number per vehicle class."""

    motorcycle: float = Field(gt=0, le=100, description="of a motorcycle")
    car: float = Field(gt=0, le=100, description="of a car or minibus")
    truck: float = Field(gt=0, le=100, description="of an open truck or bus")


class Lateness(Section):
    """Shifted lognormal lateness of a side's departure, cut at max_min."""

    earliest_min: float = Field(-10.0, ge=-120, le=0, description="shift of the lognormal: nobody leaves earlier")
    median_min: float = Field(20.0, ge=-60, le=240, description="median of the lognormal before the cut")
    sd_min: float = Field(15.0, ge=0, le=120, description="standard deviation of the lognormal before the cut")
    max_min: float = Field(120.0, ge=0, le=480, description="nobody leaves later")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.earliest_min < self.median_min <= self.max_min:
            raise ValueError(Sentence("faults.lateness_order"))
        return self


class PerSide(Section):
    """Minutes for each side."""

    side_1_min: float = Field(0.0, ge=-60, le=240, description="of side 1, min")
    side_2_min: float = Field(0.0, ge=-60, le=240, description="of side 2, min")

    def get_min(self, side: int) -> float:
        """Return the minutes of a side."""
        return self.side_1_min if side == 1 else self.side_2_min


class RouteChoice(Section):
    """How independent riders choose among several reasonable routes; organised convoys do not."""

    spread_min: float = Field(
        0.0, ge=0, le=60, description="so many minutes more make a route e times as rare; 0: all take the fastest"
    )
    most: int = Field(3, ge=1, le=10, description="so many routes at most")
    longest: float = Field(1.3, ge=1, le=3, description="none takes more than so many times the fastest one's time")
    overlap_share: Share = Field(0.7, description="none shares more than this share of its length with another one")


class Behaviour(Section):
    """How supporters travel. Numbers with their sources: configs/behaviour/default.yaml."""

    turnout: float = Field(1.0, ge=0, le=10, description="factor on the people of every convoy")
    turnout_sd: float = Field(
        0.15, ge=0, le=1, description="standard deviation of a side's turnout factor between replications"
    )
    organised_share: Share = Field(0.5, description="share of the supporters riding in the organised convoy")
    vehicle_mix: VehicleMix = Field(
        VehicleMix(motorcycle=0.80, car=0.18, truck=0.02), description="shares of the vehicle classes"
    )
    people_per_vehicle: PerClass = Field(
        PerClass(motorcycle=1.4, car=2.6, truck=15.0), description="mean number of people in a vehicle"
    )
    pcu: PerClass = Field(
        PerClass(motorcycle=0.25, car=1.0, truck=1.25), description="passenger car units of a vehicle"
    )
    organised_speed_kmh: float = Field(20.0, ge=3, le=80, description="speed of the head of an organised convoy")
    independent_speed_sd: float = Field(
        0.15, ge=0, le=0.5, description="standard deviation of independent riders' factor on the speed of the road"
    )
    route_choice: RouteChoice = Field(RouteChoice(), description="which of several routes independent riders take")
    lateness: Lateness = Field(Lateness(), description="lateness of a side's departure")
    extra_lateness: PerSide = Field(PerSide(), description="what a side is later still, on every day, min")
    convoy_departure_sd_min: float = Field(
        5.0, ge=0, le=120, description="standard deviation of a convoy's departure around the side's"
    )
    organised_margin_min: float = Field(
        45.0, ge=0, le=240, description="planned arrival of an organised convoy before the start"
    )
    attendance_share: Share = Field(
        0.5, description="a side misses its rally when fewer of its people than this share are there at its beginning"
    )
    gathering_min: float = Field(
        30.0, ge=0, le=240, description="first supporters stand at the assembly point before their planned departure"
    )
    patience_min: float | None = Field(
        None,
        ge=0,
        le=480,
        description="a convoy leaves at the latest this long after its planned departure; without, when all are there",
    )
    departure_share: float = Field(
        1.0, gt=0, le=1, description="share of its vehicles an organised convoy waits for; the others follow"
    )
    join_patience_min: float = Field(
        60.0, ge=0, le=480, description="who waits for another convoy leaves alone this long after the planned hour"
    )
    independent_margin_min: float = Field(
        40.0, ge=0, le=240, description="mean arrival of independent riders before the start"
    )
    independent_margin_sd_min: float = Field(
        20.0, ge=0, le=120, description="standard deviation of independent riders' arrival"
    )
    dispersal_sd_min: float = Field(
        10.0, ge=0, le=120, description="half-normal spread of independent riders leaving after the end"
    )
    early_leaver_share: Share = Field(0.0, description="share of the vehicles that leave before the rally ends, alone")
    early_leave_min: float = Field(
        30.0, ge=1, le=240, description="early leavers leave at any time in this span before the end"
    )
    return_alone_share: Share = Field(
        0.0, description="share of the organised convoys' vehicles that ride home alone, not in the column"
    )
    tour_share: Share = Field(
        0.0,
        description="share of the organised convoys' vehicles that ride home by their convoy's tour, where it has one",
    )
    venue_gate_pcu_h: float = Field(
        1800.0, ge=60, le=20_000, description="how many pcu an hour leave a venue, or enter it"
    )
    turnaround_s: float = Field(
        60.0, ge=0, le=3600, description="least stay at the venue for those who arrive after the end"
    )

    def get_share(self, own: float | None, *, is_organised: bool) -> float:
        """Return the share of a convoy's people that ride in the column, or independently; ``own`` is the convoy's."""
        organised = self.organised_share if own is None else own
        return organised if is_organised else 1.0 - organised


class JunctionRule(Section):
    """How traffic shares junctions. Numbers with their sources: configs/junctions/default.yaml."""

    drives_on_left: bool = Field(True, description="people drive on the left: who turns left crosses nobody")
    crossing_pcu_h: float | None = Field(
        2900.0,
        ge=100,
        le=100_000,
        description="pcu an hour that ways which cross share at a junction; null: all they want",
    )
    signals: Literal["fixed", "flashing"] = Field(
        "fixed", description="signals of the map run in two fixed phases, or only flash"
    )
    cycle_s: float = Field(90.0, ge=20, le=300, description="cycle of the signals")
    lost_s: float = Field(4.0, ge=0, le=20, description="all-red after each phase")
    motorcycles_pass_m: float = Field(
        0.0, ge=0, le=100, description="so far motorcycles pass cars and trucks that stand at a junction; 0: never"
    )
    max_hold_s: float = Field(
        600.0, ge=0, le=7200, description="longest time the police hold a cross street for an escorted convoy"
    )

    @model_validator(mode="after")
    def _has_green(self) -> Self:
        if self.cycle_s < 4.0 * self.lost_s + 10.0:
            raise ValueError(Sentence("faults.cycle_short", cycle_s=self.cycle_s, lost_s=self.lost_s))
        return self


class Grade(Section):
    """How many people of each side are in contact at one place, and for how long."""

    min_people: float = Field(ge=0, le=1_000_000, description="people of each side, at least")
    min_duration_s: float = Field(ge=0, le=86_400, description="for so long on end, at least")


class Together(Grade):
    """Who stands, or rides alike, beside the other side."""

    max_speed_mps: float = Field(ge=0, le=30, description="relative speed of who is together, at most")


class ContactGrades(Section):
    """Grades of the contact of the two sides at a place (MODEL §6); reasons: configs/contact/default.yaml."""

    any: Grade = Field(Grade(min_people=10, min_duration_s=10), description="any contact")
    large: Grade = Field(Grade(min_people=50, min_duration_s=60), description="large contact")
    massed: Grade = Field(Grade(min_people=100, min_duration_s=300), description="massed contact")
    together: Together = Field(
        Together(min_people=50, min_duration_s=120, max_speed_mps=2.0),
        description="massed, too: so many who stand or ride alike",
    )


class ContactRule(Section):
    """What counts as a contact (MODEL §6)."""

    distance_m: float = Field(50.0, ge=1, le=500, description="two vehicles this near each other are in contact")
    road_factor: float = Field(
        2.0, ge=1, le=10, description="along the road the distance may be this many times distance_m"
    )
    merge_s: float = Field(60.0, ge=0, le=3600, description="contacts with a shorter pause between them are one")
    min_duration_s: float = Field(10.0, ge=0, le=3600, description="shorter ones are not counted")
    min_people: float = Field(10.0, ge=0, le=10_000, description="fewer people on a side are not counted")
    place_m: float = Field(200.0, ge=40, le=2000, description="so much road is one place, at most")
    sample_s: float = Field(
        5.0, ge=0.5, le=60, description="time between two counts of the sides at a place: durations are known so far"
    )
    grades: ContactGrades = Field(ContactGrades(), description="grades of the contact of the two sides at a place")


class Wetness(Section):
    """What rain leaves of a road."""

    capacity_factor: float = Field(gt=0, le=1, description="factor on the capacity of every road")
    speed_factor: float = Field(gt=0, le=1, description="factor on the free speed of every road")


class Weather(Section):
    """Rain, on the whole day and everywhere. Sources: configs/weather/default.yaml."""

    rain: Literal["dry", "light", "heavy"] = Field("dry", description="dry, light or heavy")
    light: Wetness = Field(Wetness(capacity_factor=0.92, speed_factor=0.97), description="roads in light rain")
    heavy: Wetness = Field(Wetness(capacity_factor=0.80, speed_factor=0.935), description="roads in heavy rain")

    @property
    def factors(self) -> tuple[float, float]:
        """The factors of the day on capacity and free speed; both 1 on a dry day."""
        if self.rain == "dry":
            return 1.0, 1.0
        wetness = self.light if self.rain == "light" else self.heavy
        return wetness.capacity_factor, wetness.speed_factor


class Engine(Section):
    """How finely the engine works. Only cell_length_m touches answers: positions inside a queue between its bounds."""

    decision_interval_s: float = Field(
        5.0, ge=0.1, le=3600, description="time between two decisions of an agent in the browser"
    )
    cell_length_m: float = Field(
        250.0, ge=20, le=1000, description="longest piece of road on which a vehicle's speed is taken constant"
    )
    max_day_h: float = Field(
        48.0, ge=1, le=240, description="a run that has not ended by then is cut and its vehicles are stranded"
    )


class RunConfig(Section):
    """One run: the scenario and every setting, validated."""

    scenario: Scenario = Field(description="the world of the day")
    rally: RallyPlan = Field(RallyPlan(), description="what officials decide")
    behaviour: Behaviour = Field(Behaviour(), description="how supporters travel")
    junctions: JunctionRule = Field(JunctionRule(), description="how traffic shares junctions")
    contact: ContactRule = Field(ContactRule(), description="what counts as a contact")
    weather: Weather = Field(Weather(), description="rain")
    engine: Engine = Field(Engine(), description="how finely the engine works")
    seed: int = Field(1, ge=0, le=2**63 - 1, description="of all chance")
    sampling: Literal["plain", "stratified"] = Field(
        "plain", description="stratified: the sides' lateness is drawn evenly over its strata"
    )

    @model_validator(mode="after")
    def _plan_fits_scenario(self) -> Self:
        pair = self.rally.venue_pair
        if pair != "planned" and pair not in self.scenario.venue_pairs:
            allowed = ", ".join(["planned", *self.scenario.venue_pairs])
            raise ValueError(Sentence("faults.venue_pair_unknown", pair=pair, allowed=allowed))
        if not isinstance(self.rally.gap_min, str) and self.rally.gap_min > self.longest_gap_min:
            raise ValueError(
                Sentence(
                    "faults.gap_long",
                    gap_min=self.rally.gap_min,
                    window_end=self.scenario.rally.window_end,
                    longest_gap_min=self.longest_gap_min,
                    another_day=ANOTHER_DAY,
                )
            )
        people = self.behaviour.turnout * sum(convoy.people for convoy in self.scenario.convoys.values())
        if people > MAX_PEOPLE:
            raise ValueError(Sentence("faults.turnout_many", people=people, max_people=MAX_PEOPLE))
        return self

    @property
    def longest_gap_min(self) -> float:
        """The longest gap (min) the window of rallies allows on one day."""
        rally = self.scenario.rally
        return (clock_to_s(rally.window_end) - clock_to_s(rally.first_start)) / 60.0 - rally.length_min

    @property
    def venue_pair_key(self) -> str:
        """The key of the venue pair, 'planned' resolved."""
        return self.scenario.planned_venue_pair if self.rally.venue_pair == "planned" else self.rally.venue_pair
