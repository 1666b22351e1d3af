"""How numbers, times of day and dates are written in each language."""

from __future__ import annotations

from datetime import date
from math import isfinite

from konvoi.units import SECONDS_PER_DAY, s_to_clock
from konvoi.words import say


def format_number(value: float | None, lang: str, digits: int = 0) -> str:
    """Write a number with the decimal and thousands signs of the language; an unknown one as a dash."""
    if value is None or not isfinite(value):
        return "–"
    text = f"{value:,.{digits}f}"
    if not text.strip("-0.,"):
        text = text.removeprefix("-")
    if lang == "id":
        text = text.translate(str.maketrans(",.", ".,"))
    return text.replace("-", "−")


def format_clock(time_s: float, lang: str) -> str:
    """Write a time of day, "09.40" or "09:40"; a time on the second day without saying so."""
    clock = s_to_clock(time_s % SECONDS_PER_DAY)
    clock = "00:00" if clock == "24:00" else clock
    return clock.replace(":", ".") if lang == "id" else clock


def format_day(day: date, lang: str) -> str:
    """Write a day in words: Sabtu, 23 November 2024."""
    weekday = say("calendar.weekdays", lang).split(" ")[day.weekday()]
    return f"{weekday}, {day.day} {say('calendar.months', lang).split(' ')[day.month - 1]} {day.year}"


def format_date(text: str, lang: str) -> str:
    """Write an ISO date in words, "Sabtu, 23 November 2024"; any other text as it is."""
    try:
        return format_day(date.fromisoformat(text), lang)
    except ValueError:
        return text
