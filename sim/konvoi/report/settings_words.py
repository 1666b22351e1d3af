"""What was changed, in words: configuration keys and their levels as planners read them."""

from __future__ import annotations

import re
from math import isfinite

from konvoi.report.wording import format_percent, say
from konvoi.study.levels import read_levels
from konvoi.words import find_words
from konvoi.words.formats import format_number


def describe_factor(key: str, lang: str) -> str:
    """Name what a configuration key changes; a key without words stays as it is."""
    return (find_words(f"settings.{key}.name", lang) or key).rstrip(" :")


def describe_level(key: str, level: str, lang: str) -> str:
    """Write a level with its unit."""
    if (phrase := _find_phrase(key, level, lang)) is not None:
        return phrase
    unit = find_words(f"settings.{key}.unit", lang) or ""
    try:
        value = float(level)
    except ValueError:
        if key == "scenario.closures":
            return ", ".join(re.findall(r"'street': '([^']+)'", level)) or level
        return re.sub(r"[\[\]'\"]", "", level)
    if not isfinite(value):
        return level
    if unit == "%":
        return format_percent(value, lang)
    if unit == "×":
        return f"× {format_number(value, lang, _count_digits(value))}"
    return f"{format_number(value, lang, _count_digits(value))} {unit}".rstrip()


def _count_digits(value: float) -> int:
    """Return how many decimals a level needs, at most three."""
    return next((n for n in range(3) if abs(value - round(value, n)) < 1e-9), 3)


def describe_change(key: str, level: str, lang: str) -> str:
    """Write a key with its level, e.g. "jeda 60 menit" or "hujan lebat"."""
    words, name = describe_level(key, level, lang), find_words(f"settings.{key}.name", lang)
    if name is None:
        return f"{key}={words}"
    return words if _find_phrase(key, level, lang) is not None else f"{name} {words}"


def describe_settings(settings: str, lang: str) -> str:
    """Write the levels of a design point (`konvoi.tables.sweep.POINTS`, ``settings``) in words; a named plan by its name."""
    parts = (
        level if key in {"", "plan"} else describe_change(key, level, lang) for key, level in read_levels(settings)
    )
    return "; ".join(parts) or say("case_base", lang)


def _find_phrase(key: str, level: str, lang: str) -> str | None:
    """Return the words of a level that says it all, "hujan lebat"; None where the level stands beside its key."""
    return find_words(f"settings.{key}.levels.{re.sub(r'[.]0+$', '', level)}", lang)
