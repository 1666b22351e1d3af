"""The typed schema of a run: what may be written in a scenario and in the configuration, in which unit and range.

A run is described by plain mappings (from YAML files and command-line overrides). They are validated once, here, all
faults together, in the words of the person who wrote them. Nothing behind this door checks again.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from sim.errors import ScenarioError
from sim.units import clock_to_s

MAX_SCENARIO_BYTES = 1_000_000
MAX_PEOPLE = 2_000_000  # of all convoys together: what a computer holds
MAX_COORDINATE_M = 2e7
ANOTHER_DAY = "another_day"

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Side = Literal[1, 2]


def _check_clock(text: str) -> str:
    clock_to_s(text)
    return text


Clock = Annotated[str, AfterValidator(_check_clock)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,60}$")]


class Section(BaseModel):
    """A mapping whose keys are all known: an unknown key is a fault, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _are_no_other_numbers(cls, content: object) -> object:
        """Refuse what pydantic would silently count as another number: yes as 1, and 1.000 people as one."""
        if not isinstance(content, Mapping):
            return content
        faults = []
        for key, field in cls.model_fields.items():
            value = content.get(key)
            if isinstance(value, bool) and field.annotation is not bool:
                faults.append(f"{key}: {str(value).lower()} given; yes, no, true and false are no value here")
            elif isinstance(value, float) and field.annotation in (int, int | None):
                faults.append(f"{key}: {value:g} given; write a whole number without a point: 1.000 is read as 1")
        if faults:
            raise ValueError("\n".join(faults))
        return content


class Place(Section):
    """A point people know by name: a venue, an assembly point."""

    name: str = Field(min_length=1, max_length=80, description="name people use")
    lon_deg: float | None = Field(None, ge=-180, le=180, description="longitude, WGS 84")
    lat_deg: float | None = Field(None, ge=-85, le=85, description="latitude, WGS 84")
    x_m: float | None = Field(
        None,
        ge=-MAX_COORDINATE_M,
        le=MAX_COORDINATE_M,
        description="east coordinate on a synthetic network, instead of lon_deg",
    )
    y_m: float | None = Field(
        None,
        ge=-MAX_COORDINATE_M,
        le=MAX_COORDINATE_M,
        description="north coordinate on a synthetic network, instead of lat_deg",
    )
    accuracy_m: float = Field(50.0, ge=0, le=5000, description="how far the true place may be from this point")
    source: str = Field("", max_length=500, description="where the place is taken from")

    @model_validator(mode="after")
    def _has_one_position(self) -> Self:
        geographic = self.lon_deg is not None and self.lat_deg is not None
        planar = self.x_m is not None and self.y_m is not None
        if geographic == planar:
            raise ValueError("give the position either as lon_deg and lat_deg or as x_m and y_m")
        return self


class Parking(Section):
    """Where the vehicles of a side stand during the rally."""

    places_pcu: float = Field(ge=0, le=100_000, description="room at the venue, pcu (a motorcycle takes 0.25)")
    further_off_pcu: float = Field(0.0, ge=0, le=100_000, description="more room further off, pcu")
    walk_min: float = Field(
        10.0, ge=0, le=120, description="whoever parks further off leaves this much later, after the walk, min"
    )


class VenuePair(Section):
    """Which venue each side has."""

    side_1: str = Field(max_length=61, description="venue key of side 1")
    side_2: str = Field(max_length=61, description="venue key of side 2")


class VehicleCounts(Section):
    """Declared vehicles by kind, as on the notice to the police."""

    motorcycle: int = Field(0, ge=0, le=100_000, description="motorcycles")
    car: int = Field(0, ge=0, le=100_000, description="cars and minibuses")
    truck: int = Field(0, ge=0, le=100_000, description="open trucks and buses")

    @property
    def total(self) -> int:
        """All vehicles."""
        return self.motorcycle + self.car + self.truck


Trip = Literal["outbound", "homebound"]


class Hold(Section):
    """A halt of an organised convoy off the carriageway, until all that is named holds or its patience ends."""

    at: str = Field(max_length=61, description="key of a waypoint, assembly point or venue; the route leads there")
    trip: Trip = Field("outbound", description="the trip on which it halts: outbound or homebound")
    until: Clock | None = Field(None, description="goes on at this local time, and not earlier")
    until_closed_up: bool = Field(False, description="goes on when its last vehicle has closed up")
    until_passed: str | None = Field(
        None,
        max_length=80,
        description="goes on when the other side's columns have passed this junction (its name, or the key of a place)",
    )
    passed_trip: Trip = Field("outbound", description="the other side's trip meant by until_passed")
    patience_min: float = Field(
        60.0, ge=0, le=600, description="goes on at the latest this long after its first vehicle has come, min"
    )

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.until is None and not self.until_closed_up and self.until_passed is None:
            raise ValueError("give at least one of until, until_closed_up: true, until_passed")
        return self


class Closure(Section):
    """A piece of road nobody may enter for some hours, in one direction or both."""

    street: str | None = Field(
        None, min_length=1, max_length=120, description="street name; without between, the whole street"
    )
    between: tuple[str, str] | None = Field(
        None, description="from one junction or place to another (names of junctions, keys of places), shortest way"
    )
    direction: Literal["both", "forward"] = Field(
        "both", description="both, or only forward: from the first of between to the second"
    )
    begin: Clock = Field(description="closed from this local time on")
    end: Clock = Field(description="open again from this local time on")

    @model_validator(mode="after")
    def _is_a_piece_of_road_for_a_while(self) -> Self:
        faults = []
        if self.street is None and self.between is None:
            faults.append("street: is missing; give street, between, or both")
        if self.direction == "forward" and self.between is None:
            faults.append("direction: forward needs between, which tells what forward is")
        if clock_to_s(self.end) <= clock_to_s(self.begin):
            faults.append("end: must be later than begin")
        if faults:
            raise ValueError("\n".join(faults))
        return self


class ConvoyArea(Section):
    """Supporters of one side who gather at one assembly point: one organised convoy and one dispersed group."""

    side: Side = Field(description="1 or 2")
    assembly_point: str = Field(max_length=61, description="key of an assembly point")
    people: int = Field(ge=0, le=200_000, description="supporters taking part, before the turnout factor")
    via: tuple[str, ...] = Field(
        (), max_length=20, description="keys of waypoints, assembly points or venues the outbound route passes"
    )
    streets_out: tuple[str, ...] = Field((), max_length=40, description="streets of the outbound route, in order")
    streets_home: tuple[str, ...] = Field((), max_length=40, description="streets of the return route, in order")
    vehicles: VehicleCounts | None = Field(None, description="declared vehicles; otherwise drawn from the mix")
    organised_share: Share | None = Field(
        None, description="share riding in the organised convoy, instead of behaviour.organised_share"
    )
    holds: tuple[Hold, ...] = Field((), max_length=20, description="where the organised convoy halts, in riding order")
    joins: str | None = Field(
        None,
        max_length=61,
        description="key of the convoy it waits for at its assembly point and rides on with, instead of its own hour",
    )
    joins_at: Literal["tail", "head"] = Field(
        "tail", description="falls in when the tail of that convoy has passed, or already when its head does"
    )
    tour: tuple[str, ...] = Field(
        (), max_length=20, description="keys of waypoints, assembly points or venues a tour after the rally passes"
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        faults = []
        if self.joins is not None and (self.via or self.streets_out):
            faults.append("joins: it rides the route of the convoy it joins; leave out via and streets_out")
        if self.via and self.streets_out:
            faults.append("streets_out: the route is given by via already; give one of the two")
        if self.vehicles is not None and not 1 <= self.vehicles.total <= self.people:
            faults.append(
                f"vehicles: {self.vehicles.total} vehicles for {self.people} people; each carries at least one, and there must be one"
            )
        if faults:
            raise ValueError("\n".join(faults))
        return self


class RallyWindow(Section):
    """The hours a rally may use, and how long one lasts."""

    window_start: Clock = Field("09:00", description="earliest start of a rally, local time")
    window_end: Clock = Field("18:00", description="latest end of a rally, local time")
    first_start: Clock = Field("09:00", description="start of the earlier rally, local time")
    length_min: float = Field(150.0, ge=10, le=600, description="planned length of a rally, min")
    planned_gap_min: Annotated[float, Field(ge=0, le=720)] | Literal["another_day"] = Field(
        0.0, description="the plan to judge: start of the later rally minus start of the earlier one, min"
    )
    planned_first_side: Side = Field(1, description="the plan to judge: the side whose rally starts first")


class NetworkSource(Section):
    """Where the roads come from."""

    file: str | None = Field(
        None,
        min_length=1,
        max_length=400,
        description="road file (.osm, .osm.gz, .osm.bz2, .osm.pbf, .graphml) beside the scenario",
    )
    fetch: str = Field(
        "",
        pattern=r"^[-A-Za-z0-9_.,=' ]{0,200}$",
        description="the area 'konvoi roads fetch' makes the road file of, while it is not there",
    )
    manual: str = Field(
        "mkji1997",
        min_length=1,
        max_length=400,
        description="capacity manual: a name in scenarios/manuals or a file",
    )
    water: str | None = Field(
        None, min_length=1, max_length=400, description="GeoJSON of river lines, for drawing only"
    )
    snap_limit_m: float = Field(
        300.0, gt=0, le=5000, description="a place farther than this (and than its accuracy) from a road is a fault"
    )


class Scenario(Section):
    """The world of one rally day: the place, the sides, who gathers where."""

    title: str = Field(min_length=1, max_length=120, description="title of what is written about it")
    date: str = Field("", max_length=40, description="the day, in words")
    timezone_label: str = Field("WITA", max_length=10, description="label of local time")
    network: NetworkSource = Field(description="where the roads come from")
    rally: RallyWindow = Field(RallyWindow(), description="the hours of the rallies")
    venues: dict[Key, Place] = Field(min_length=1, max_length=200, description="venues by key")
    venue_pairs: dict[Key, VenuePair] = Field(
        min_length=1, max_length=200, description="which venue each side has, by key"
    )
    planned_venue_pair: str = Field(max_length=61, description="key of the venue pair that is planned")
    assembly_points: dict[Key, Place] = Field(min_length=1, max_length=500, description="assembly points by key")
    parking: dict[Key, Parking] = Field(
        {},
        max_length=200,
        description="parking by venue; without it there is room for all. The rest park on the street",
    )
    waypoints: dict[Key, Place] = Field(
        {}, max_length=200, description="other places by key: hold points, via points, points of tours"
    )
    convoys: dict[Key, ConvoyArea] = Field(min_length=1, max_length=500, description="who gathers where, by key")
    closures: tuple[Closure, ...] = Field((), max_length=100, description="roads closed for some hours")

    @property
    def places(self) -> dict[str, Place]:
        """All places by key: venues, assembly points, waypoints."""
        return {**self.venues, **self.assembly_points, **self.waypoints}

    @model_validator(mode="after")
    def _references_are_known(self) -> Self:
        faults = []

        def refer(path: str, key: str, known: Mapping[str, object]) -> None:
            if key not in known:
                faults.append(f"{path}: {key!r} is not defined{_suggest(key, known)}")

        for name, pair in self.venue_pairs.items():
            refer(f"venue_pairs.{name}.side_1", pair.side_1, self.venues)
            refer(f"venue_pairs.{name}.side_2", pair.side_2, self.venues)
        refer("planned_venue_pair", self.planned_venue_pair, self.venue_pairs)
        for name, convoy in self.convoys.items():
            refer(f"convoys.{name}.assembly_point", convoy.assembly_point, self.assembly_points)
            for index, via in enumerate(convoy.via):
                refer(f"convoys.{name}.via.{index}", via, self.places)
            for index, stop in enumerate(convoy.tour):
                refer(f"convoys.{name}.tour.{index}", stop, self.places)
            for index, hold in enumerate(convoy.holds):
                refer(f"convoys.{name}.holds.{index}.at", hold.at, self.places)
            if convoy.joins is not None:
                refer(f"convoys.{name}.joins", convoy.joins, self.convoys)
                host = self.convoys.get(convoy.joins)
                if host is not None and host.side != convoy.side:
                    faults.append(f"convoys.{name}.joins: {convoy.joins!r} is a convoy of the other side")
                if host is not None and host.joins is not None:
                    faults.append(f"convoys.{name}.joins: {convoy.joins!r} joins a convoy itself; name that one")
        for key in self.parking:
            refer(f"parking.{key}", key, self.venues)
        for key in sorted(self.venues.keys() & self.assembly_points.keys()):
            faults.append(f"assembly_points.{key}: the key is used for a venue too; rename one")
        for key in sorted(self.waypoints.keys() & (self.venues.keys() | self.assembly_points.keys())):
            faults.append(f"waypoints.{key}: the key is used for a venue or an assembly point too; rename one")
        if clock_to_s(self.rally.window_end) <= clock_to_s(self.rally.window_start):
            faults.append("rally.window_end: must be later than rally.window_start")
        if (
            not clock_to_s(self.rally.window_start)
            <= clock_to_s(self.rally.first_start)
            < clock_to_s(self.rally.window_end)
        ):
            faults.append(
                f"rally.first_start: {self.rally.first_start!r} is outside the window of rallies, "
                f"{self.rally.window_start} to {self.rally.window_end}"
            )
        elif clock_to_s(self.rally.first_start) + self.rally.length_min * 60.0 > clock_to_s(self.rally.window_end):
            faults.append(
                f"rally.length_min: a rally of {self.rally.length_min:g} min from {self.rally.first_start} ends after "
                f"rally.window_end, {self.rally.window_end}"
            )
        if not any(convoy.people for convoy in self.convoys.values()):
            faults.append("convoys: nobody takes part; give at least one of them people")
        if faults:
            raise ValueError("\n".join(faults))
        return self


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

    def get_hold_back_min(self, side: int) -> float:
        """Return how long a side's organised convoys are held, min."""
        return self.hold_back_min if self.hold_back_side in ("both", side) else 0.0

    @model_validator(mode="after")
    def _gap_in_range(self) -> Self:
        if not isinstance(self.gap_min, str) and not 0 <= self.gap_min <= 720:
            raise ValueError(
                f"gap_min: {self.gap_min:g} is outside 0 to 720 min; for separate days write {ANOTHER_DAY}"
            )
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
            raise ValueError(f"the shares add up to {total:g}; they must add up to 1")
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
            raise ValueError("earliest_min < median_min <= max_min must hold")
        return self


class PerSide(Section):
    """Minutes for each side."""

    side_1_min: float = Field(0.0, ge=-60, le=240, description="of side 1, min")
    side_2_min: float = Field(0.0, ge=-60, le=240, description="of side 2, min")

    def get_min(self, side: int) -> float:
        """Return the minutes of a side."""
        return self.side_1_min if side == 1 else self.side_2_min


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
    lateness: Lateness = Field(Lateness(), description="lateness of a side's departure")
    extra_lateness: PerSide = Field(PerSide(), description="what a side is later still, on every day, min")
    convoy_departure_sd_min: float = Field(
        5.0, ge=0, le=120, description="standard deviation of a convoy's departure around the side's"
    )
    organised_margin_min: float = Field(
        45.0, ge=0, le=240, description="planned arrival of an organised convoy before the start"
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
            raise ValueError(
                f"cycle_s: {self.cycle_s:g} s leaves no green beside two phases of {self.lost_s:g} s all-red; "
                "give a longer cycle_s or a shorter lost_s"
            )
        return self


class ContactRule(Section):
    """What counts as a contact (MODEL §6)."""

    distance_m: float = Field(50.0, ge=1, le=500, description="two vehicles this near each other are in contact")
    road_factor: float = Field(
        2.0, ge=1, le=10, description="along the road the distance may be this many times distance_m"
    )
    merge_s: float = Field(60.0, ge=0, le=3600, description="contacts with a shorter pause between them are one")
    min_duration_s: float = Field(10.0, ge=0, le=3600, description="shorter ones are not counted")
    min_people: float = Field(10.0, ge=0, le=10_000, description="fewer people on a side are not counted")


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
            raise ValueError(
                f"rally.venue_pair: {pair!r} is not one of the scenario's: {allowed}; "
                "a sweep of another town than Sangatta: experiment=gap"
            )
        if not isinstance(self.rally.gap_min, str) and self.rally.gap_min > self.longest_gap_min:
            raise ValueError(
                f"rally.gap_min: {self.rally.gap_min:g} min puts the later rally's end after {self.scenario.rally.window_end}; "
                f"at most {self.longest_gap_min:g}, or {ANOTHER_DAY}"
            )
        people = self.behaviour.turnout * sum(convoy.people for convoy in self.scenario.convoys.values())
        if people > MAX_PEOPLE:
            raise ValueError(
                f"behaviour.turnout: {people:,.0f} people in all; at most {MAX_PEOPLE:,}, or give the convoys fewer people"
            )
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


class LoadedScenario(NamedTuple):
    """A scenario as written, with the file it was read from."""

    content: dict[str, Any]
    path: Path


def load_scenario(path: Path) -> LoadedScenario:
    """Read a scenario file as plain mappings; nothing in it is executed.

    Raises
    ------
    ScenarioError
        When the file is missing, too large, not UTF-8, not YAML or not a mapping.
    """
    if not is_file(path):
        raise ScenarioError(
            str(path), ["no such file; give a name from the scenarios folder or the path of a .yaml file"]
        )
    size = path.stat().st_size
    if size > MAX_SCENARIO_BYTES:
        raise ScenarioError(str(path), [f"{size:,} bytes; a scenario has at most {MAX_SCENARIO_BYTES:,}"])
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as fault:
        raise ScenarioError(str(path), [f"cannot be read ({fault.strerror}); make it readable"]) from None
    except UnicodeDecodeError as fault:
        raise ScenarioError(str(path), [f"byte {fault.start}: not UTF-8; save the file with UTF-8 encoding"]) from None
    try:
        content = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - _PlainLoader is a SafeLoader
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ScenarioError(str(path), [f"{where}{fault.problem or 'not valid YAML'}"]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise ScenarioError(str(path), [f"not valid YAML: {str(fault).splitlines()[0]}"]) from None
    if not isinstance(content, dict):
        raise ScenarioError(str(path), [f"holds a {type(content).__name__}; it must hold keys and values"])
    return LoadedScenario(content, path)


def is_file(path: Path) -> bool:
    """Tell whether there is a file; a name the system refuses (too long, a folder that is closed) is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader without anchors and aliases (no entity bombs) and without duplicate keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(
                None, None, "aliases (*) are not allowed; write the value out", event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key_node.start_mark)
            key = key_node.value
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


# YAML 1.1 reads 09:00 as the number 540 and 2024-11-23 as a date object: here both stay text.
_SEXAGESIMAL_OR_DATE = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:timestamp"}
_PlainLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag not in _SEXAGESIMAL_OR_DATE]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))


def build_config(settings: Mapping[str, Any], scenario: LoadedScenario) -> RunConfig:
    """Validate settings and scenario together.

    Parameters
    ----------
    settings
        Keys of RunConfig but for ``scenario``.
    scenario
        The scenario as read by `load_scenario`.

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    try:
        world = Scenario.model_validate(scenario.content)
    except ValidationError as error:
        raise ScenarioError(str(scenario.path), describe_faults(error, Scenario)) from None
    try:
        return RunConfig.model_validate({**settings, "scenario": world})
    except ValidationError as error:
        raise ScenarioError("the configuration", describe_faults(error, RunConfig)) from None


def _suggest(word: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(str(word), list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; defined: {', '.join(list(known)[:12])}"


def describe_faults(error: ValidationError, schema: type[Section]) -> list[str]:
    """Turn each of pydantic's findings into: key path, what was given, what is allowed."""
    lines = []
    for fault in error.errors(include_url=False):
        path = ".".join(str(part) for part in fault["loc"] if part not in {"float", "literal['another_day']"})
        given = _shorten(fault.get("input"))
        message = str(fault["msg"])
        match fault["type"]:
            case "missing":
                lines.append(f"{path}: is missing{_help(schema, fault['loc'])}")
            case "extra_forbidden":
                siblings = _fields_at(schema, fault["loc"][:-1])
                lines.append(
                    f"{path}: there is no such key{_suggest(str(fault['loc'][-1]), siblings) if siblings else ''}"
                )
            case "value_error":
                for line in message.removeprefix("Value error, ").splitlines():
                    lines.append(f"{path}: {line}" if path else line)
            case _:
                allowed = message[0].lower() + message[1:]
                lines.append(f"{path}: {given} given; {allowed}{_help(schema, fault['loc'])}")
    return list(dict.fromkeys(lines))


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _fields_at(schema: type[Section], location: tuple[int | str, ...]) -> dict[str, Any]:
    """Return the fields of the section at a location, following lists and mappings of sections."""
    current: Any = schema
    for part in location:
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(part))
            if field is None:
                return {}
            current = field.annotation
            if isinstance(current, UnionType):  # a section that may be left out
                current = next((part for part in current.__args__ if part is not type(None)), None)
        else:
            arguments = [part for part in getattr(current, "__args__", ()) if part is not Ellipsis]
            current = arguments[-1] if arguments else None
    return dict(current.model_fields) if isinstance(current, type) and issubclass(current, BaseModel) else {}


def _help(schema: type[Section], location: tuple[int | str, ...]) -> str:
    named = tuple(part for part in location if part not in {"float", "literal['another_day']"})
    field = _fields_at(schema, named[:-1]).get(str(named[-1])) if named else None
    return f" ({field.description})" if field is not None and field.description else ""
