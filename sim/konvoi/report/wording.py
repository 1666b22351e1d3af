"""How sentences and numbers are written for planners, in Bahasa Indonesia and English; the sentences are in `konvoi.words`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from math import floor, isfinite, log10

from konvoi import words
from konvoi.gap import Gap
from konvoi.words.formats import format_number


def say(key: str, lang: str, **values: str | int) -> str:
    """Return a sentence of the report in a language, its placeholders filled in."""
    return words.say(f"report.{key}", lang, **values)


def format_mean(value: float | None, lang: str) -> str:
    """Write a mean with about three significant figures: what the intervals carry."""
    if value is None or not isfinite(value):
        return "–"
    size = abs(value)
    if size >= 1000.0:
        value = round(value, 2 - floor(log10(size)))
    digits = 0 if size >= 99.95 or size == 0 else 1 if size >= 0.095 else min(4, 1 - floor(log10(size)))
    return format_number(value, lang, digits)


def format_percent(share: float | None, lang: str) -> str:
    """Write a share (0 to 1) in percent: one decimal near 0 and 1, and never 0 % or 100 % unless it is exactly that."""
    if share is None or not isfinite(share):
        return "–"
    unit = " %" if lang == "id" else "%"
    percent = 100.0 * share
    if 0.0 < percent < 0.05:
        return "<" + format_number(0.1, lang, 1) + unit
    if 99.95 <= percent < 100.0:
        return ">" + format_number(99.9, lang, 1) + unit
    is_whole = abs(percent - round(percent)) < 0.05
    return format_number(percent, lang, 0 if is_whole or 9.95 <= percent <= 95.05 else 1) + unit


def format_level(share: float, lang: str) -> str:
    """Write a chosen share, a threshold or a confidence, in percent with all its figures."""
    text = f"{100.0 * share:.6g}"
    return (text.replace(".", ",") + " %") if lang == "id" else text + "%"


def format_interval(low: float | None, high: float | None, lang: str) -> str:
    """Write two ends of an interval of means."""
    first, second = format_mean(low, lang), format_mean(high, lang)
    if "–" in (first, second):
        return "–"
    if first.startswith("−"):
        return say("range_words", lang, low=first, high=second)
    return f"{first}–{second}"


def format_percent_interval(low: float | None, high: float | None, lang: str) -> str:
    """Write two ends of an interval of shares, the unit once."""
    first, second = format_percent(low, lang), format_percent(high, lang)
    if "–" in (first, second):
        return "–"
    return first.rstrip(" %") + "–" + second


def format_days(hits: int, replications: int, lang: str) -> str:
    """Write a share as a frequency of days, out of 100 where there are more replications than that."""
    if replications <= 100:
        return say("days_of", lang, hits=hits, days=replications)
    rounded = round(100.0 * hits / replications)
    if rounded == 0 and hits > 0:
        return say("days_less", lang, hits=1, days=100)
    if rounded == 100 and hits < replications:
        return say("days_more", lang, hits=99, days=100)
    return say("days_of", lang, hits=rounded, days=100)


def format_gap(gap: Gap | None, lang: str) -> str:
    """Write the gap of a plan in words."""
    if gap is None:
        return say("map_no_plan", lang)
    if gap.minutes is None:
        return say("another_day", lang)
    return say("same_start", lang) if gap.minutes == 0.0 else say("gap", lang, gap=format_minutes(gap.minutes, lang))


def format_gap_briefly(gap: Gap, lang: str) -> str:
    """Write a gap at the head of a column: its minutes, or "another day"."""
    return say("another_day", lang) if gap.minutes is None else format_minutes(gap.minutes, lang)


def format_minutes(gap_min: float | None, lang: str) -> str:
    """Write minutes of a gap: whole ones without decimals."""
    if gap_min is None:
        return say("none", lang)
    return format_number(gap_min, lang, 0 if float(gap_min).is_integer() else 1)


def format_runs(runs: Iterable[tuple[float, float]], lang: str) -> str:
    """Write runs of gaps: "120–150, 390"; a dash where there is none."""
    ends = [dict.fromkeys(format_minutes(gap_min, lang) for gap_min in run) for run in runs]
    return ", ".join("–".join(run) for run in ends) or "–"


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Wrap a sentence for the screen; a number stays with its unit."""
    lines = textwrap.wrap(glue(text), width, subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines]


def glue(text: str) -> str:
    """Put spaces that do not break between numbers and their units."""
    for unit in (" %", " km", " menit", " min", " m,", " → "):
        text = text.replace(unit, unit.replace(" ", "\u00a0"))
    return text


def shorten(text: str, width: int) -> str:
    """Cut a name to a number of characters, at a word where that loses little."""
    if len(text) <= width:
        return text
    cut = text[: width - 1]
    at_word = cut.rsplit(" ", 1)[0]
    return (at_word if len(at_word) >= 0.7 * width else cut).rstrip(" –-,") + "…"


def wrap_name(name: str, width: int, lines: int) -> str:
    """Break a name into at most so many lines of so many characters; what does not fit ends in an ellipsis."""
    parts = [part.replace("\u00a0", " ") for part in textwrap.wrap(glue(name), width)] or [""]
    if len(parts) > lines:
        parts = [*parts[: lines - 1], shorten(" ".join(parts[lines - 1 :]), width)]
    return "\n".join(parts)


def describe_map(quality: dict[str, object], lang: str) -> str:
    """Return one sentence on the road map behind the numbers (`konvoi.network.MapQuality` as plain values)."""
    kind = str(quality.get("kind") or "")
    if not kind:
        return say("map_unknown", lang)
    km = format_number(_number(quality, "road_km"), lang)
    place = ", ".join(str(quality[key]) for key in ("place", "date") if quality.get(key))
    place = f" {place}" if place else ""
    return " ".join([_describe_roads(kind, quality, km, place, lang), *_describe_worst_place(quality, lang)])


def _describe_roads(kind: str, quality: dict[str, object], km: str, place: str, lang: str) -> str:
    """Return one sentence on the roads of a map."""
    if kind in ("skeleton", "road_list"):
        median_m, largest_m = _number(quality, "position_error_median_m"), _number(quality, "position_error_max_m")
        error = (
            ""
            if median_m is None or largest_m is None
            else say("map_error", lang, median=format_number(median_m, lang), largest=format_number(largest_m, lang))
        )
        inferred = format_percent(_number(quality, "share_inferred"), lang)
        return say(f"map_{kind}", lang, km=km, place=place, inferred=inferred, error=error)
    if kind == "openstreetmap":
        shares = {
            name: format_percent(_number(quality, f"share_{name}_assumed"), lang)
            for name in ("lanes", "width", "speed")
        }
        left = _number(quality, "restrictions_left")
        turns = say("map_turns_left", lang, n=format_number(left, lang)) if left else ""
        turns = turns if quality.get("knows_turns", True) else say("map_turns_unknown", lang)
        return " ".join(part for part in (say("map_osm", lang, km=km, place=place, **shares), turns) if part)
    return say("map_other", lang, kind=kind, km=km, place=place)


def _describe_worst_place(quality: dict[str, object], lang: str) -> list[str]:
    """Return a sentence on the venue whose position is known worst, where the map's own error is not the larger one."""
    worst_m, largest_m = _number(quality, "worst_venue_error_m"), _number(quality, "position_error_max_m")
    if worst_m is None or worst_m <= (largest_m or 0.0):
        return []
    return [say("map_venue", lang, name=str(quality["worst_venue"]), metres=format_number(worst_m, lang))]


def _number(quality: dict[str, object], key: str) -> float | None:
    """Return a number of the map's quality, None when it is unknown."""
    value = quality.get(key)
    return float(value) if isinstance(value, (int, float)) and isfinite(value) else None
