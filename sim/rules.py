"""Hints of the campaign's rules about a plan: warnings, never silent changes. The rules are data with sources."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from sim.config import ANOTHER_DAY, RunConfig, load_scenario
from sim.units import clock_to_s

DAY_NAMES = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def check_rules(config: RunConfig, lang: str, rules_file: Path | None = None) -> list[str]:
    """List what the rules say about a configuration, in the language asked for.

    Parameters
    ----------
    lang
        ``"id"`` or ``"en"``.
    rules_file
        YAML file of rules; default the embedded ones of 2024.
    """
    path = rules_file or Path(str(files("scenarios"))) / "rules" / "pilkada2024.yaml"
    rules = load_scenario(path).content
    hints: list[tuple[str, str]] = []
    rally = config.scenario.rally
    if clock_to_s(rally.window_start) < clock_to_s(rules["rally_begin"]) or clock_to_s(rally.window_end) > clock_to_s(
        rules["rally_end"]
    ):
        hints.append((
            f"rapat umum hanya boleh pukul {rules['rally_begin']}–{rules['rally_end']}; skenario memakai {rally.window_start}–{rally.window_end}",
            f"rallies are allowed from {rules['rally_begin']} to {rules['rally_end']} only; the scenario uses {rally.window_start}–{rally.window_end}",
        ))  # fmt: skip
    try:
        day = date.fromisoformat(config.scenario.date)
    except ValueError:
        hints.append((
            "tanggal skenario tidak ditulis sebagai TTTT-BB-HH; masa kampanye dan tenggat tidak diperiksa",
            "the scenario's date is not written as YYYY-MM-DD; campaign period and deadlines are not checked",
        ))  # fmt: skip
    else:
        hints += _check_day(day, config, rules)
    hints.append((
        f"pawai di jalan umum dilarang selama kampanye ({rules['parade_ban']}); konvoi hanya menuju lokasi dan pulang, dikawal polisi",
        f"travelling parades on public roads are banned in the campaign ({rules['parade_ban']}); convoys ride to the venue and home only, escorted",
    ))  # fmt: skip
    return [indonesian if lang == "id" else english for indonesian, english in hints]


def _check_day(day: date, config: RunConfig, rules: dict[str, Any]) -> list[tuple[str, str]]:
    """List the hints that hang on the date."""
    hints = []
    bounds = {
        key: date.fromisoformat(rules[key])
        for key in ("campaign_begin", "campaign_end", "quiet_begin", "quiet_end", "vote")
    }
    days = [day, day + timedelta(days=1)] if config.rally.gap_min == ANOTHER_DAY else [day]
    for each in days:
        if bounds["quiet_begin"] <= each <= bounds["quiet_end"]:
            hints.append((f"{each}: masa tenang ({bounds['quiet_begin']} s.d. {bounds['quiet_end']})",
                          f"{each}: quiet period ({bounds['quiet_begin']} to {bounds['quiet_end']})"))  # fmt: skip
        elif not bounds["campaign_begin"] <= each <= bounds["campaign_end"]:
            hints.append((f"{each}: di luar masa kampanye ({bounds['campaign_begin']} s.d. {bounds['campaign_end']})",
                          f"{each}: outside the campaign ({bounds['campaign_begin']} to {bounds['campaign_end']})"))  # fmt: skip
        for hours in rules["worship"]:
            if each.weekday() == hours["weekday"]:
                hints.append((f"{each}: {hours['name_id']} {hours['begin']}–{hours['end']}", f"{each}: {hours['name_en']} {hours['begin']}–{hours['end']}"))  # fmt: skip
    notice, receipt = day - timedelta(days=rules["notice_days"]), day - timedelta(days=rules["receipt_days"])
    hints.append((
        f"pemberitahuan ke polisi paling lambat {DAY_NAMES['id'][notice.weekday()]} {notice}, STTP paling lambat {DAY_NAMES['id'][receipt.weekday()]} {receipt}",
        f"notice to the police by {DAY_NAMES['en'][notice.weekday()]} {notice}, receipt (STTP) by {DAY_NAMES['en'][receipt.weekday()]} {receipt}",
    ))  # fmt: skip
    return hints
