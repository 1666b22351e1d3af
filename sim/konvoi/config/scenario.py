"""The world of the day, as a scenario file may write it: places, roads, convoys, holds, closures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    model_validator,
)

from konvoi.config.faults import suggest
from konvoi.config.levers import ProposalRules
from konvoi.config.section import Clock, Key, Section, Share, Side
from konvoi.units import clock_to_s
from konvoi.words import Sentence

MAX_COORDINATE_M = 2e7


def _get_spot(place: object) -> tuple[object, object]:
    """Return longitude and latitude as written."""
    return (place.get("lon_deg"), place.get("lat_deg")) if isinstance(place, Mapping) else (None, None)


class Candidate(Section):
    """Where a place may be whose position nobody has given."""

    name: str = Field(min_length=1, max_length=80, description="what the position is known by")
    lon_deg: float = Field(ge=-180, le=180, description="longitude, WGS 84")
    lat_deg: float = Field(ge=-85, le=85, description="latitude, WGS 84")


class Place(Section):
    """A point people know by name: a venue, an assembly point.

    A place of unknown position has candidates instead of one; it stands at the first of them until lon_deg and lat_deg
    are given.
    """

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
    candidates: tuple[Candidate, ...] = Field(
        (), max_length=20, description="positions it may have, instead of lon_deg and lat_deg"
    )

    @model_validator(mode="before")
    @classmethod
    def _stands_at_a_candidate_or_is_known(cls, content: object) -> object:
        """Stand at the first candidate without a position; with one that is none of theirs, need no candidates."""
        if not isinstance(content, Mapping) or not content.get("candidates"):
            return content
        spots = [_get_spot(candidate) for candidate in content["candidates"]]
        if all(content.get(key) is None for key in ("lon_deg", "lat_deg", "x_m", "y_m")):
            return {**content, "lon_deg": spots[0][0], "lat_deg": spots[0][1]}
        return content if _get_spot(content) in spots else {**content, "candidates": ()}

    @model_validator(mode="after")
    def _has_one_position(self) -> Self:
        geographic = self.lon_deg is not None and self.lat_deg is not None
        planar = self.x_m is not None and self.y_m is not None
        if geographic == planar:
            raise ValueError(Sentence("faults.place_position"))
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
            raise ValueError(Sentence("faults.hold_until"))
        return self


Corner = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-85, le=85)]]


class Closure(Section):
    """Roads nobody may enter for some hours: a piece of one, in one direction or both, or all within an area."""

    street: str | None = Field(
        None, min_length=1, max_length=120, description="street name; without between, the whole street"
    )
    between: tuple[str, str] | None = Field(
        None, description="from one junction or place to another (names of junctions, keys of places), shortest way"
    )
    direction: Literal["both", "forward"] = Field(
        "both", description="both, or only forward: from the first of between to the second"
    )
    area: tuple[Corner, ...] = Field(
        (), max_length=100, description="corners [lon_deg, lat_deg] of an area, instead of street and between"
    )
    classes: tuple[Annotated[str, Field(max_length=40)], ...] = Field(
        (), max_length=20, description="of the area only roads of these OSM classes, e.g. residential; empty: all"
    )
    begin: Clock = Field(description="closed from this local time on")
    end: Clock = Field(description="open again from this local time on; before begin: on the next day")

    @model_validator(mode="after")
    def _is_a_piece_of_road_for_a_while(self) -> Self:
        faults = []
        if self.street is None and self.between is None and not self.area:
            faults.append(Sentence("faults.closure_street"))
        if self.area and (self.street is not None or self.between is not None):
            faults.append(Sentence("faults.closure_area_alone"))
        if self.area and len(set(self.area)) < 3:
            faults.append(Sentence("faults.closure_area_corners"))
        if self.classes and not self.area:
            faults.append(Sentence("faults.closure_classes"))
        if self.direction == "forward" and self.between is None:
            faults.append(Sentence("faults.closure_forward"))
        if clock_to_s(self.end) == clock_to_s(self.begin):
            faults.append(Sentence("faults.closure_end"))
        if faults:
            raise ValueError(*faults)
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
    avoids: tuple[Annotated[str, Field(max_length=40)], ...] = Field(
        (),
        max_length=20,
        description="OSM classes of roads its column rides only where there is no other way, e.g. residential",
    )
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
            faults.append(Sentence("faults.joins_route"))
        if self.via and self.streets_out:
            faults.append(Sentence("faults.via_or_streets"))
        if self.vehicles is not None and not 1 <= self.vehicles.total <= self.people:
            faults.append(Sentence("faults.vehicles_people", total=self.vehicles.total, people=self.people))
        if faults:
            raise ValueError(*faults)
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
    planned_hold_back_min: float = Field(
        0.0, ge=0, le=240, description="the plan to judge: how long columns are held at the venue after the rally, min"
    )
    planned_hold_back_side: Side | Literal["both"] = Field(
        "both", description="the plan to judge: whose columns are held: 1, 2 or both"
    )
    planned_escort: Literal["none", "side_1", "side_2", "both"] = Field(
        "none", description="the plan to judge: whose columns the police escort"
    )


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
    licence: str = Field("", max_length=300, description="licence of the road file, where it says none itself")
    manual: str = Field(
        "mkji1997",
        min_length=1,
        max_length=400,
        description="capacity manual: a name in scenarios/manuals or a file",
    )
    water: str | None = Field(
        None, min_length=1, max_length=400, description="GeoJSON of river lines, for drawing only"
    )
    obeys_turns: bool = Field(
        True, description="whether routes obey the turn restrictions of the map; false where police open the junctions"
    )
    snap_limit_m: float = Field(
        300.0, gt=0, le=5000, description="a place farther than this (and than its accuracy) from a road is a fault"
    )


class Scenario(Section):
    """The world of one rally day: the place, the sides, who gathers where."""

    title: str = Field(min_length=1, max_length=120, description="title of what is written about it")
    date: str = Field("", max_length=40, description="the day, in words")
    planning_date: str = Field(
        "",
        pattern=r"^(\d{4}-\d{2}-\d{2})?$",
        description="the day on which the plan is made, YYYY-MM-DD: deadlines count from it; empty: today",
    )
    rules: str = Field(
        "pilkada2024",
        min_length=1,
        max_length=400,
        description="campaign rules the plan is judged by: a name in scenarios/rules or a file; none for no campaign rally",
    )
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
    proposal: ProposalRules = Field(
        ProposalRules(), description="what 'konvoi propose' may change, what it costs, and what is fair"
    )

    @property
    def places(self) -> dict[str, Place]:
        """All places by key: venues, assembly points, waypoints."""
        return {**self.venues, **self.assembly_points, **self.waypoints}

    @model_validator(mode="after")
    def _references_are_known(self) -> Self:
        faults = []

        def refer(path: str, key: str, known: Mapping[str, object]) -> None:
            if key not in known:
                faults.append(Sentence("faults.not_defined", path=path, key=key, meant=suggest(key, known)))

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
                    faults.append(Sentence("faults.joins_other_side", name=name, joins=convoy.joins))
                if host is not None and host.joins is not None:
                    faults.append(Sentence("faults.joins_joiner", name=name, joins=convoy.joins))
        for key in self.parking:
            refer(f"parking.{key}", key, self.venues)
        for key in sorted(self.venues.keys() & self.assembly_points.keys()):
            faults.append(Sentence("faults.key_venue_too", key=key))
        for key in sorted(self.waypoints.keys() & (self.venues.keys() | self.assembly_points.keys())):
            faults.append(Sentence("faults.key_place_too", key=key))
        if clock_to_s(self.rally.window_end) <= clock_to_s(self.rally.window_start):
            faults.append(Sentence("faults.window_end"))
        if (
            not clock_to_s(self.rally.window_start)
            <= clock_to_s(self.rally.first_start)
            < clock_to_s(self.rally.window_end)
        ):
            faults.append(
                Sentence(
                    "faults.start_outside",
                    first_start=self.rally.first_start,
                    window_start=self.rally.window_start,
                    window_end=self.rally.window_end,
                )
            )
        elif clock_to_s(self.rally.first_start) + self.rally.length_min * 60.0 > clock_to_s(self.rally.window_end):
            faults.append(
                Sentence(
                    "faults.rally_long",
                    length_min=self.rally.length_min,
                    first_start=self.rally.first_start,
                    window_end=self.rally.window_end,
                )
            )
        if not any(convoy.people for convoy in self.convoys.values()):
            faults.append(Sentence("faults.nobody"))
        if faults:
            raise ValueError(*faults)
        return self
