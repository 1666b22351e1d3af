"""What was changed, in words: configuration keys and their levels as planners read them."""

from __future__ import annotations

import re
from math import isfinite

from konvoi.report.wording import format_number, format_percent, say

# Key → what is changed, and the unit of its level. A level is written behind it.
FACTORS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "rally.gap_min": ({"id": "jeda", "en": "gap"}, {"id": "menit", "en": "min"}),
    "rally.first_side": ({"id": "pasangan yang mulai dulu:", "en": "pair that starts first:"}, {"id": "", "en": ""}),
    "rally.venue_pair": ({"id": "lokasi", "en": "venues"}, {"id": "", "en": ""}),
    "rally.hold_back_min": (
        {"id": "penahanan sesudah rapat umum", "en": "hold-back after the rally"},
        {"id": "menit", "en": "min"},
    ),
    "rally.hold_back_side": ({"id": "pasangan yang ditahan:", "en": "pair that is held:"}, {"id": "", "en": ""}),
    "rally.escort": ({"id": "pengawalan", "en": "escort"}, {"id": "", "en": ""}),
    "behaviour.turnout": ({"id": "peserta", "en": "turnout"}, {"id": "×", "en": "×"}),
    "behaviour.organised_share": ({"id": "bagian dalam konvoi", "en": "share in convoys"}, {"id": "%", "en": "%"}),
    "behaviour.organised_speed_kmh": ({"id": "laju konvoi", "en": "convoy speed"}, {"id": "km/jam", "en": "km/h"}),
    "behaviour.pcu.motorcycle": ({"id": "smp sepeda motor", "en": "pcu of a motorcycle"}, {"id": "", "en": ""}),
    "behaviour.lateness.median_min": (
        {"id": "keterlambatan (median)", "en": "lateness (median)"},
        {"id": "menit", "en": "min"},
    ),
    "behaviour.lateness.sd_min": (
        {"id": "sebaran keterlambatan", "en": "spread of lateness"},
        {"id": "menit", "en": "min"},
    ),
    "behaviour.extra_lateness.side_1_min": (
        {"id": "pasangan 1 terlambat", "en": "pair 1 late by"},
        {"id": "menit", "en": "min"},
    ),
    "behaviour.extra_lateness.side_2_min": (
        {"id": "pasangan 2 terlambat", "en": "pair 2 late by"},
        {"id": "menit", "en": "min"},
    ),
    "behaviour.venue_gate_pcu_h": (
        {"id": "kapasitas pintu lokasi", "en": "gate capacity of a venue"},
        {"id": "smp/jam", "en": "pcu/h"},
    ),
    "behaviour.independent_margin_min": (
        {"id": "perorangan tiba lebih awal", "en": "independent riders arrive early by"},
        {"id": "menit", "en": "min"},
    ),
    "behaviour.dispersal_sd_min": ({"id": "lama bubar", "en": "spread of dispersal"}, {"id": "menit", "en": "min"}),
    "contact.distance_m": ({"id": "jarak kontak", "en": "contact distance"}, {"id": "m", "en": "m"}),
    "contact.min_people": ({"id": "orang tiap pihak", "en": "people on each side"}, {"id": "", "en": ""}),
    "scenario.rally.length_min": ({"id": "lama rapat umum", "en": "length of a rally"}, {"id": "menit", "en": "min"}),
    "scenario.closures": ({"id": "ditutup:", "en": "closed:"}, {"id": "", "en": ""}),
    "weather.rain": ({"id": "cuaca", "en": "weather"}, {"id": "", "en": ""}),
    "seed": ({"id": "benih (untung-untungan hari itu)", "en": "seed (the luck of the day)"}, {"id": "", "en": ""}),
}

# Levels that are words of their own: key → level → words, which say it all.
PHRASES: dict[str, dict[str, dict[str, str]]] = {
    "rally.gap_min": {
        "another_day": {"id": "hari lain", "en": "another day"},
        "0": {"id": "mulai bersamaan", "en": "same start"},
    },
    "rally.hold_back_min": {"0": {"id": "tanpa penahanan", "en": "no hold-back"}},
    "rally.hold_back_side": {"both": {"id": "keduanya ditahan", "en": "both are held"}},
    "rally.escort": {
        "none": {"id": "tanpa pengawalan", "en": "no escort"},
        "side_1": {"id": "pasangan 1 dikawal", "en": "pair 1 escorted"},
        "side_2": {"id": "pasangan 2 dikawal", "en": "pair 2 escorted"},
        "both": {"id": "keduanya dikawal", "en": "both escorted"},
    },
    "weather.rain": {
        "dry": {"id": "tanpa hujan", "en": "no rain"},
        "light": {"id": "hujan ringan", "en": "light rain"},
        "heavy": {"id": "hujan lebat", "en": "heavy rain"},
    },
}


def describe_factor(key: str, lang: str) -> str:
    """Name what a configuration key changes; a key without words stays as it is."""
    return FACTORS[key][0][lang].rstrip(" :") if key in FACTORS else key


def describe_level(key: str, level: str, lang: str) -> str:
    """Write a level with its unit."""
    phrases = PHRASES.get(key, {})
    if _plain(level) in phrases:
        return phrases[_plain(level)][lang]
    unit = FACTORS[key][1][lang] if key in FACTORS else ""
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
    words = describe_level(key, level, lang)
    if _plain(level) in PHRASES.get(key, {}) or key not in FACTORS:
        return words if key in FACTORS else f"{key}={words}"
    return f"{FACTORS[key][0][lang]} {words}"


def describe_settings(settings: str, lang: str) -> str:
    """Write the levels of a design point (`konvoi.tables.sweep.POINTS`, ``settings``) in words; a named plan by its name."""
    parts = []
    for part in settings.split("; "):
        key, equals, level = part.partition("=")
        if equals:
            parts.append(level if key == "plan" else describe_change(key, level, lang))
        elif part:
            parts.append(part)
    return "; ".join(parts) or say("case_base", lang)


def _plain(level: str) -> str:
    """Return a level without a decimal that says nothing: 0.0 is 0."""
    return re.sub(r"\.0+$", "", level)
