"""The draws of a replication: lateness, turnout, vehicles and their people, each from its named stream."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from konvoi.arrays import FloatArray
from konvoi.config.scenario import VehicleCounts
from konvoi.config.settings import Behaviour, Lateness
from konvoi.plan.day_plan import N_CLASSES
from konvoi.plan.strata import stratify_normal
from konvoi.streams import DECLARED_VEHICLES, LATENESS, PEOPLE, TURNOUT, VEHICLE_CLASS, build_generator
from konvoi.units import minutes_to_s

SEATS = np.array([1.0, 4.0, 28.0])  # beside the driver, on a motorcycle, in a car, on a truck


def draw_lateness_s(lateness: Lateness, seed: int, side: int, stratum: int | None = None) -> float:
    """Draw one side's lateness: shift + lognormal with the given median and standard deviation, cut at the maximum.

    Parameters
    ----------
    stratum
        Of `konvoi.plan.strata`, which the draw is moved into; no other draw moves.
    """
    scale_min, sigma = compute_lognormal(lateness)
    normal = build_generator(seed, LATENESS, f"side {side}").standard_normal()
    if stratum is not None:
        normal = stratify_normal(normal, stratum)
    lateness_min = lateness.earliest_min + scale_min * np.exp(sigma * normal)
    return minutes_to_s(float(min(lateness_min, lateness.max_min)))


def compute_lognormal(lateness: Lateness) -> tuple[float, float]:
    """Compute scale (min) and σ of the lognormal of lateness from its median and standard deviation.

    With m = median − shift and s the standard deviation, σ² = ln y solves y(y − 1) = (s/m)².
    """
    scale_min = lateness.median_min - lateness.earliest_min
    ratio = lateness.sd_min / scale_min
    return scale_min, float(np.sqrt(np.log((1.0 + np.sqrt(1.0 + 4.0 * ratio * ratio)) / 2.0)))


def count_seats(extra_mean: FloatArray) -> FloatArray:
    """Count the seats beside the driver by kind of vehicle; more where the mean number of riders asks for more."""
    return np.asarray(np.maximum(SEATS, np.ceil(extra_mean)), np.float64)


def draw_turnout(behaviour: Behaviour, seed: int, side: int) -> float:
    """Draw one side's turnout factor: Normal(turnout, turnout · sd), at least a fifth of the mean."""
    normal = build_generator(seed, TURNOUT, f"side {side}").standard_normal()
    return behaviour.turnout * max(0.2, 1.0 + behaviour.turnout_sd * float(normal))


@lru_cache(maxsize=2048)
def draw_normals(seed: int, stream: str, unit: str, n: int) -> FloatArray:
    """Draw standard normal numbers of a unit; cached, since the same replication of another design point does it again."""
    normals = build_generator(seed, stream, unit).standard_normal(n)
    normals.setflags(write=False)
    return normals


@lru_cache(maxsize=2048)
def draw_vehicles(behaviour: Behaviour, people: float, seed: int, unit: str) -> tuple[NDArray[np.int8], FloatArray]:
    """Draw vehicles one after the other until they carry the people.

    More people therefore means the same vehicles and some more (common random numbers over turnout). Riders beyond
    the driver are binomial: of 1 more on a motorcycle, 4 in a car, 28 on a truck, with the configured means.

    Cached, since the same replication of another design point draws the same.

    Returns
    -------
    Classes and people per vehicle, in the order of the column; read-only.
    """
    mix = np.array([behaviour.vehicle_mix.motorcycle, behaviour.vehicle_mix.car, behaviour.vehicle_mix.truck])
    riders = behaviour.people_per_vehicle
    means = np.array([riders.motorcycle, riders.car, riders.truck])
    seats = count_seats(means - 1.0)
    enough = int(1.5 * people / float(mix @ means)) + 20
    uniform = build_generator(seed, VEHICLE_CLASS, unit).random(enough)
    classes = np.minimum(np.searchsorted(np.cumsum(mix), uniform, side="right"), N_CLASSES - 1).astype(np.int8)
    draw = build_generator(seed, PEOPLE, unit)
    extra = draw.binomial(seats[classes].astype(np.int64), np.clip((means - 1.0) / seats, 0.0, 1.0)[classes])
    carried = 1.0 + extra
    n = int(np.searchsorted(np.cumsum(carried), people - 0.5)) + 1 if people >= 1.0 else 0
    classes, loads = classes[:n], carried[:n].astype(np.float64)
    classes.setflags(write=False)
    loads.setflags(write=False)
    return classes, loads


@lru_cache(maxsize=2048)
def draw_declared_vehicles(
    behaviour: Behaviour, declared: VehicleCounts, people: float, factor: float, seed: int, unit: str
) -> tuple[NDArray[np.int8], FloatArray]:
    """Draw the order of declared vehicles, and who rides on them so that the mean number of people is as declared.

    A larger factor adds vehicles between those that were there (common random numbers over turnout). The means of
    riders beyond the driver are those configured, all scaled alike.

    Returns
    -------
    Classes and people per vehicle, in the order of the column; read-only.
    """
    counts = np.array([declared.motorcycle, declared.car, declared.truck])
    riders = behaviour.people_per_vehicle
    extra_mean = np.maximum(np.array([riders.motorcycle, riders.car, riders.truck]) - 1.0, 0.0)
    expected = float(counts @ extra_mean)
    extra_mean = extra_mean * ((people - declared.total) / expected if expected > 0 else 0.0)
    seats = count_seats(extra_mean).astype(np.int64)
    n = np.floor(counts * factor + 0.5).astype(np.int64)
    places, carried = [], []
    for kind in range(N_CLASSES):
        draw = build_generator(seed, DECLARED_VEHICLES, f"{unit} {kind}")
        places.append(draw.random(n[kind]))
        draw = build_generator(seed, PEOPLE, f"{unit} {kind}")
        carried.append(1.0 + draw.binomial(seats[kind], min(extra_mean[kind] / seats[kind], 1.0), n[kind]))
    order = np.argsort(np.concatenate(places), kind="stable")
    classes = np.repeat(np.arange(N_CLASSES, dtype=np.int8), n)[order]
    loads = np.concatenate(carried).astype(np.float64)[order]
    classes.setflags(write=False)
    loads.setflags(write=False)
    return classes, loads
