"""The capacity manual: what a road carries and how fast one may ride on it, by its class and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import AfterValidator, Field, ValidationError

from konvoi.config.faults import describe_faults
from konvoi.config.reading import load_scenario
from konvoi.config.section import Section
from konvoi.errors import NetworkError, ScenarioError
from konvoi.texts import clean_text
from konvoi.units import kmh_to_mps, per_hour_to_per_s
from konvoi.words import Sentence

SPEEDS = ("motorcycle_kmh", "car_kmh", "truck_kmh")
SLOWEST_KMH = 5.0
LANE_M = 3.5
ONE_LANE_M = 5.0  # both directions on one lane: the narrowest road of the manual

Factor = Annotated[float, Field(gt=0, le=2)]
Metres = Annotated[float, Field(ge=2, le=60)]
Lanes = Annotated[float, Field(ge=1, le=12)]
SpeedKmh = Annotated[float, Field(ge=5, le=150)]
ChangeKmh = Annotated[float, Field(ge=-30, le=30)]


def _check_other(row: dict[str, float]) -> dict[str, float]:
    if "other" not in row:
        raise ValueError(Sentence("faults.manual_other"))
    return row


def _check_rising(table: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    if any(one[0] >= other[0] for one, other in pairwise(table)):
        raise ValueError(Sentence("faults.manual_widths"))
    return table


FactorTable = Annotated[
    tuple[tuple[Metres, Factor], ...], Field(min_length=1, max_length=50), AfterValidator(_check_rising)
]


ChangeTable = Annotated[
    tuple[tuple[Metres, ChangeKmh], ...], Field(min_length=1, max_length=50), AfterValidator(_check_rising)
]


class RoadType(Section):
    """What a kind of road carries and allows."""

    capacity_pcu_h_lane: float = Field(ge=100, le=4000, description="capacity of a lane, one direction, pcu/h")
    car_kmh: SpeedKmh = Field(description="free speed of cars")
    truck_kmh: SpeedKmh = Field(description="free speed of trucks and buses")
    motorcycle_kmh: SpeedKmh = Field(description="free speed of motorcycles")


class RoadTypes(Section):
    """The kinds of road of a manual."""

    divided: RoadType = Field(description="four or more lanes with a median, or one-way")
    undivided: RoadType = Field(description="four or more lanes without a median")
    two_lane: RoadType = Field(description="two lanes, two ways")


class CapacityManual(Section):
    """A capacity manual: what roads carry."""

    name: str = Field("", max_length=120, description="title of the manual")
    jam_density_pcu_km_lane: float = Field(ge=20, le=1000, description="density of standing traffic, pcu/km and lane")
    types: RoadTypes = Field(description="capacities and free speeds by kind of road")
    two_lane_width_factor: FactorTable = Field(
        description="pairs: carriageway of a two-lane road (m), factor on capacity"
    )
    two_lane_width_kmh: ChangeTable = Field(
        description="pairs: carriageway of a two-lane road (m), what is added to its free speed, km/h"
    )
    lane_width_factor: FactorTable = Field(description="pairs: width of a lane (m), factor on capacity")
    lane_width_kmh: ChangeTable = Field(description="pairs: width of a lane (m), what is added to its free speed, km/h")
    class_kmh: dict[str, SpeedKmh] = Field({}, description="highest speed by OSM class")
    surface_kmh: dict[str, SpeedKmh] = Field({}, description="highest speed by OSM surface")
    width_m: Annotated[dict[str, Metres], AfterValidator(_check_other)] = Field(
        description="carriageway of a two-lane road by OSM class, where none is tagged"
    )
    one_way_lanes: Annotated[dict[str, Lanes], AfterValidator(_check_other)] = Field(
        description="lanes of a one-way road by OSM class, where none are tagged"
    )


def read_manual(path: Path) -> dict[str, Any]:
    """Read a capacity manual and make sure that it is whole.

    Raises
    ------
    NetworkError
        With every fault of the file.
    """
    try:
        return CapacityManual.model_validate(load_scenario(path).content).model_dump()
    except ValidationError as error:
        fault = ScenarioError(str(path), describe_faults(error, CapacityManual))
    except ScenarioError as error:
        fault = error
    raise NetworkError(Sentence("faults.manual_incomplete", fault=fault)) from None


def rate_link(edge: Mapping[str, Any], rules: Mapping[str, Any]) -> dict[str, Any]:
    """Rate one direction of a road by the manual: lanes, capacity, speeds, and which of them are assumed.

    Free speed is FV = FV_0 + FV_W, where FV_0 belongs to the kind of road and FV_W to its width, and at most what class,
    surface and ``maxspeed`` allow (MKJI 1997, urban roads; side friction and size of the city as in its base case).
    Tags win over the manual's defaults: ``lanes`` (both directions of a two-way road), ``lanes:forward`` and
    ``lanes:backward``, ``width``, ``oneway``, ``maxspeed`` (also of a direction), ``surface``.
    """
    highway = str(_first(edge.get("highway"), "other"))
    main = highway.removesuffix("_link")
    is_one_way = str(_first(edge.get("oneway"), "False")).lower() in {"true", "yes", "1", "-1"}
    tags = _read_lanes(edge)
    width_m = _read_in_range(edge.get("width"), 2.0, 60.0)
    maxspeed_kmh = _read_in_range(_get_own(edge, "maxspeed"), 5.0, 150.0)
    kind, lanes = _choose_kind(main, is_one_way, tags, rules)
    row = rules["types"][kind]
    known_m = width_m if width_m is not None or is_one_way else _assume_from_lanes(tags.total)
    factor, change_kmh = _correct_for_width(main, kind, tags.total or lanes, known_m, rules)
    speeds = row
    if is_one_way and lanes < 2.0:  # an alley of one lane is no faster than one of its width with two ways
        speeds, (_, change_kmh) = rules["types"]["two_lane"], _correct_for_width(main, "two_lane", 2.0, width_m, rules)
    limits_kmh = [
        limit
        for limit in (
            maxspeed_kmh,
            rules["class_kmh"].get(main),
            rules["surface_kmh"].get(str(_first(edge.get("surface"), ""))),
        )
        if limit is not None
    ] or [np.inf]
    speed_kmh = [min(max(float(speeds[name]) + change_kmh, SLOWEST_KMH), *limits_kmh) for name in SPEEDS]
    capacity_pcu_s = per_hour_to_per_s(float(row["capacity_pcu_h_lane"]) * lanes * factor)
    jam_density_pcu_m = float(rules["jam_density_pcu_km_lane"]) / 1000.0 * lanes
    # A triangular fundamental diagram needs q < k_j·v_f: at walking speed a road carries less than its capacity.
    capacity_pcu_s = min(capacity_pcu_s, 0.5 * jam_density_pcu_m * kmh_to_mps(min(speed_kmh)))
    name = edge.get("name")
    text = clean_text(" / ".join(str(part) for part in name) if isinstance(name, list) else str(name or ""))
    accuracy = _read_number(edge.get("konvoi:accuracy_m"))
    return {
        "highway": highway,
        "name": text,
        "lanes": lanes,
        "capacity_pcu_s": capacity_pcu_s,
        "jam_density_pcu_m": jam_density_pcu_m,
        "speed_mps": [kmh_to_mps(speed) for speed in speed_kmh],
        "accuracy_m": float("nan") if accuracy is None else accuracy,
        "is_lanes_assumed": tags.total is None,
        "is_width_assumed": width_m is None,
        "is_speed_assumed": maxspeed_kmh is None,
        "is_name_missing": not text,
    }


class _Lanes(NamedTuple):
    """Lanes as tagged, None where they are not."""

    total: float | None  # of the carriageway
    own: float | None  # of the direction, where it is told apart


def _read_lanes(edge: Mapping[str, Any]) -> _Lanes:
    """Read how many lanes a road has, and how many of them its direction has."""
    total = _read_in_range(edge.get("lanes"), 1.0, 12.0)
    there, back = (_read_in_range(edge.get(f"lanes:{way}"), 1.0, 12.0) for way in ("forward", "backward"))
    if there is None or back is None:
        return _Lanes(total, None)
    is_reversed = edge.get("reversed")
    own = None if isinstance(is_reversed, list) else back if str(is_reversed).lower() == "true" else there
    return _Lanes(there + back, own)


def _get_own(edge: Mapping[str, Any], key: str) -> Any:
    """Return a tag of the edge's own direction where there is one, else that of the road."""
    is_reversed = edge.get("reversed")
    if isinstance(is_reversed, list):
        return edge.get(key)
    own = edge.get(f"{key}:{'backward' if str(is_reversed).lower() == 'true' else 'forward'}")
    return edge.get(key) if own is None else own


def _choose_kind(main: str, is_one_way: bool, tags: _Lanes, rules: Mapping[str, Any]) -> tuple[str, float]:
    """Choose the kind of road, and the lanes of one direction."""
    if is_one_way:
        return "divided", tags.total or float(rules["one_way_lanes"].get(main, rules["one_way_lanes"]["other"]))
    if tags.total is not None and tags.total >= 4:
        return "divided" if main in {"motorway", "trunk", "primary"} else "undivided", tags.own or tags.total / 2.0
    if tags.own is not None and tags.own >= 2:
        return "undivided", tags.own
    return "two_lane", 1.0


def _assume_from_lanes(lanes: float | None) -> float | None:
    """Return the carriageway (m) of a two-way road whose lanes are tagged and whose width is not, if not two lanes."""
    if lanes is None or lanes == 2:
        return None
    return ONE_LANE_M if lanes < 2 else LANE_M * lanes


def _correct_for_width(
    main: str, kind: str, n_lanes: float, width_m: float | None, rules: Mapping[str, Any]
) -> tuple[float, float]:
    """Return the factor on capacity, and what is added to the free speed (km/h), for the width of a carriageway."""
    if kind == "two_lane":
        known_m = width_m if width_m is not None else _assume_width_m(main, rules)
        return _interpolate(rules["two_lane_width_factor"], known_m), _interpolate(rules["two_lane_width_kmh"], known_m)
    if width_m is None:
        return 1.0, 0.0
    lane_m = width_m / n_lanes
    return _interpolate(rules["lane_width_factor"], lane_m), _interpolate(rules["lane_width_kmh"], lane_m)


def _assume_width_m(main: str, rules: Mapping[str, Any]) -> float:
    """Return the carriageway (m) of a two-lane road of a class, where none is tagged."""
    return float(rules["width_m"].get(main, rules["width_m"]["other"]))


def _first(value: Any, default: Any) -> Any:
    """Return a tag's value, or the first of several."""
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    return default if value is None or value != value else value


def _read_number(value: Any) -> float | None:
    """Read a tag as a number: the least of several, mph as km/h, anything else as not tagged."""
    if isinstance(value, (list, tuple)):
        numbers = [number for number in map(_read_number, value) if number is not None]
        return min(numbers, default=None)
    return _read_number_text(str("" if value is None else value))


def _read_in_range(value: Any, least: float, most: float) -> float | None:
    """Read a tag as a number; one outside the range counts as not tagged."""
    number = _read_number(value)
    return number if number is not None and least <= number <= most else None


@lru_cache(maxsize=4096)
def _read_number_text(text: str) -> float | None:
    text = text.strip().lower().replace(",", ".")
    factor = 1.609344 if text.endswith("mph") else 1.0
    for unit in ("mph", "km/h", "kmh", "m"):
        text = text.removesuffix(unit).strip()
    parts = text.replace("|", ";").split(";")
    try:
        number = min(float(part) for part in parts) * factor
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _interpolate(table: Sequence[Sequence[float]], value: float) -> float:
    x, y = np.array(table, dtype=np.float64).T
    return float(np.interp(value, x, y))
