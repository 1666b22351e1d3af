"""The capacity manual: what a road carries and how fast one may ride on it, by its class and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field, ValidationError

from konvoi.config.faults import describe_faults
from konvoi.config.reading import load_scenario
from konvoi.config.section import Section
from konvoi.errors import NetworkError, ScenarioError
from konvoi.units import kmh_to_mps, per_hour_to_per_s
from konvoi.words import Sentence

Factor = Annotated[float, Field(gt=0, le=2)]
Metres = Annotated[float, Field(ge=2, le=60)]
Lanes = Annotated[float, Field(ge=1, le=12)]
SpeedKmh = Annotated[float, Field(ge=5, le=150)]


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
    lane_width_factor: FactorTable = Field(description="pairs: width of a lane (m), factor on capacity")
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

    Tags win over the manual's defaults: ``lanes`` (both directions of a two-way road), ``width``, ``oneway``,
    ``maxspeed``.
    """
    highway = str(_first(edge.get("highway"), "other"))
    main = highway.removesuffix("_link")
    is_one_way = str(_first(edge.get("oneway"), "False")).lower() in {"true", "yes", "1", "-1"}
    lanes_tag = _read_number(edge.get("lanes"))
    width_m = _read_number(edge.get("width"))
    maxspeed_kmh = _read_number(edge.get("maxspeed"))
    if lanes_tag is not None and not 1 <= lanes_tag <= 12:
        lanes_tag = None
    if width_m is not None and not 2.0 <= width_m <= 60.0:
        width_m = None
    if maxspeed_kmh is not None and not 5.0 <= maxspeed_kmh <= 150.0:
        maxspeed_kmh = None
    if is_one_way:
        kind, lanes = "divided", lanes_tag or float(rules["one_way_lanes"].get(main, rules["one_way_lanes"]["other"]))
    elif lanes_tag is not None and lanes_tag >= 4:
        kind, lanes = "divided" if main in {"motorway", "trunk", "primary"} else "undivided", lanes_tag / 2.0
    else:
        kind, lanes = "two_lane", 1.0
    row = rules["types"][kind]
    if kind == "two_lane":
        assumed_m = float(rules["width_m"].get(main, rules["width_m"]["other"]))
        factor = _interpolate(rules["two_lane_width_factor"], width_m if width_m is not None else assumed_m)
    else:
        n_lanes = lanes if is_one_way else 2.0 * lanes
        factor = _interpolate(rules["lane_width_factor"], width_m / n_lanes) if width_m is not None else 1.0
    speed_kmh = [float(row[f"{name}_kmh"]) for name in ("motorcycle", "car", "truck")]
    if maxspeed_kmh is not None:
        speed_kmh = [min(speed, maxspeed_kmh) for speed in speed_kmh]
    capacity_pcu_s = per_hour_to_per_s(float(row["capacity_pcu_h_lane"]) * lanes * factor)
    jam_density_pcu_m = float(rules["jam_density_pcu_km_lane"]) / 1000.0 * lanes
    # A triangular fundamental diagram needs q < k_j·v_f: at walking speed a road carries less than its capacity.
    capacity_pcu_s = min(capacity_pcu_s, 0.5 * jam_density_pcu_m * kmh_to_mps(min(speed_kmh)))
    name = edge.get("name")
    text = " / ".join(str(part) for part in name) if isinstance(name, list) else str(name or "")
    accuracy = _read_number(edge.get("konvoi:accuracy_m"))
    return {
        "highway": highway,
        "name": text,
        "lanes": lanes,
        "capacity_pcu_s": capacity_pcu_s,
        "jam_density_pcu_m": jam_density_pcu_m,
        "speed_mps": [kmh_to_mps(speed) for speed in speed_kmh],
        "accuracy_m": float("nan") if accuracy is None else accuracy,
        "is_lanes_assumed": lanes_tag is None,
        "is_width_assumed": width_m is None,
        "is_speed_assumed": maxspeed_kmh is None,
        "is_name_missing": not text,
    }


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
