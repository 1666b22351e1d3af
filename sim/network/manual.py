"""The capacity manual: what a road carries and how fast one may ride on it, by its class and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import yaml

from sim.errors import NetworkError
from sim.units import kmh_to_mps, per_hour_to_per_s


def read_manual(path: Path) -> dict[str, Any]:
    """Read a capacity manual and make sure that it is whole."""
    try:
        rules = yaml.safe_load(path.read_text(encoding="utf-8"))
        for kind in ("divided", "undivided", "two_lane"):
            for key in ("capacity_pcu_h_lane", "car_kmh", "truck_kmh", "motorcycle_kmh"):
                if not float(rules["types"][kind][key]) > 0.0:
                    raise ValueError(f"types.{kind}.{key} must be above zero")
        for key in (
            "jam_density_pcu_km_lane",
            "two_lane_width_factor",
            "lane_width_factor",
            "width_m",
            "one_way_lanes",
        ):
            rules[key]
    except OSError as fault:
        raise NetworkError(f"{path}: the capacity manual cannot be read ({fault.strerror})") from None
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as fault:
        raise NetworkError(
            f"{path}: not a whole capacity manual ({fault}); see scenarios/manuals/mkji1997.yaml"
        ) from None
    return cast("dict[str, Any]", rules)


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
