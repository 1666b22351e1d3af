"""The only place that knows 3.6 and 3600: everything inside konvoi is SI."""

from __future__ import annotations

SECONDS_PER_MINUTE = 60.0
SECONDS_PER_HOUR = 3600.0
SECONDS_PER_DAY = 86_400.0
METRES_PER_KILOMETRE = 1000.0


def kmh_to_mps(speed_kmh: float) -> float:
    """Return a speed in m/s from km/h."""
    return speed_kmh / 3.6


def mps_to_kmh(speed_mps: float) -> float:
    """Return a speed in km/h from m/s."""
    return speed_mps * 3.6


def per_hour_to_per_s(flow_per_h: float) -> float:
    """Return a flow per second from a flow per hour."""
    return flow_per_h / SECONDS_PER_HOUR


def minutes_to_s(duration_min: float) -> float:
    """Return seconds from minutes."""
    return duration_min * SECONDS_PER_MINUTE


def s_to_minutes(duration_s: float) -> float:
    """Return minutes from seconds."""
    return duration_s / SECONDS_PER_MINUTE


def clock_to_s(text: str) -> float:
    """Return seconds after local midnight from "HH:MM".

    Raises
    ------
    ValueError
        When the text is no time of day between 00:00 and 23:59.
    """
    hours, separator, minutes = text.partition(":")
    if not (separator and hours.isdigit() and minutes.isdigit() and len(hours) <= 2 and len(minutes) == 2):
        raise ValueError(f"{text!r} is not a time of day; write HH:MM")
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError(f"{text!r} is not a time of day; write HH:MM")
    return int(hours) * SECONDS_PER_HOUR + int(minutes) * SECONDS_PER_MINUTE


def s_to_clock(time_s: float) -> str:
    """Return "HH:MM" (rounded to the minute) from seconds after local midnight; past midnight it reads 24:xx and on."""
    total_min = round(time_s / SECONDS_PER_MINUTE)
    return f"{total_min // 60:02d}:{total_min % 60:02d}"
