"""The command that runs one row of a sweep again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from konvoi.options import DoorSettings, Settings
from konvoi.study.design import PLAN

# Read by Hydra as the text it is, without quotes.
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_\-./]*")
READ_OTHERWISE = {"true", "false", "null", "nan", "inf"}


def write_replay_command(settings: Settings, levels: Mapping[str, Any], replication: int | str) -> str:
    """Write the ``konvoi run`` command of one replication of one design point.

    Parameters
    ----------
    levels
        Of the design point.
    replication
        Its number, or a letter that stands for it.
    """
    changes: dict[str, Any] = {}
    for key, level in levels.items():  # a plan changes several keys at once
        changes |= level["set"] if key == PLAN else {key: level}
    own = []
    for word in settings.words:
        key = word.split("=", 1)[0]
        if key.split(".")[0] not in DoorSettings.model_fields and key not in changes:
            own.append(word)
    for key, level in changes.items():
        own.append(f"{key}={write_value(level)}")
    return shlex.join(["konvoi", "run", *own, f"replication={replication}"])


def write_value(value: Any) -> str:
    """Write a value in Hydra's grammar."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if PLAIN.fullmatch(value) and value.lower() not in READ_OTHERWISE:
            return value
        # A backslash counts only before a quote and at the end (Hydra's grammar of quoted values).
        escaped = re.sub(r"(\\*)'", lambda match: match.group(1) * 2 + r"\'", value)
        return "'" + re.sub(r"(\\+)$", lambda match: match.group(1) * 2, escaped) + "'"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{write_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(write_value(item) for item in value) + "]"
    return str(value)
