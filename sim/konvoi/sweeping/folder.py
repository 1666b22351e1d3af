"""The output folder of a sweep: one sweep at a time, and of one study only."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from konvoi.errors import OutputError
from konvoi.tables.files import write_text
from konvoi.words import Joined, Sentence

MAX_SHOWN = 12  # differences
LOCK = ".lock"
_FAR = 1 << 30  # byte that is locked on Windows; the text before it stays readable


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Hold the output folder against other sweeps, for as long as this process lives.

    The lock belongs to the operating system: it ends with the process, however that ends. The file stays.

    Raises
    ------
    OutputError
        When another sweep holds the folder, or it cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / LOCK).open("a+b")
    except OSError as fault:
        raise OutputError(Sentence("faults.folder_unusable", folder=folder, fault=fault)) from None
    with stream:
        try:
            _lock(stream)
        except BlockingIOError:
            stream.seek(0)
            owner = stream.read(200).decode("utf-8", "replace").strip()
            raise OutputError(Sentence("faults.folder_held", folder=folder, owner=owner or "unknown")) from None
        except OSError as fault:
            raise OutputError(Sentence("faults.folder_unlockable", folder=folder, fault=fault)) from None
        stream.truncate(0)
        started = datetime.now().astimezone().isoformat(timespec="seconds")
        stream.write(f"process {os.getpid()} on {platform.node()} since {started}\n".encode())
        stream.flush()
        yield


def set_aside(folder: Path) -> Path | None:
    """Move a folder that holds a sweep aside, to NAME.old-1, NAME.old-2, …; None when it holds none.

    Raises
    ------
    OutputError
        When a sweep is writing there, or the folder cannot be moved.
    """
    if not (folder / "manifest.json").is_file():
        return None
    with hold_folder(folder):
        pass
    number = 1
    while (aside := folder.with_name(f"{folder.name}.old-{number}")).exists():
        number += 1
    try:
        return folder.rename(aside)
    except OSError as fault:
        raise OutputError(Sentence("faults.folder_unmovable", folder=folder, aside=aside, fault=fault)) from None


def open_folder(folder: Path, description: dict[str, Any]) -> None:
    """Make the output folder, or make sure that it holds the same study.

    Raises
    ------
    OutputError
        When it holds another study, or cannot be written.
    """
    manifest = folder / "manifest.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if manifest.is_file():
            held = json.loads(manifest.read_text(encoding="utf-8")).get("identity", {})
            different = list_differences(held, json.loads(json.dumps(description["identity"], default=str)))
            if different:
                more = [Sentence("faults.more", n=len(different) - MAX_SHOWN)] if len(different) > MAX_SHOWN else []
                lines = Joined([*different[:MAX_SHOWN], *more], "\n  ")
                raise OutputError(Sentence("faults.folder_other_sweep", folder=folder, lines=lines))
        write_text(manifest, json.dumps(description, indent=2, ensure_ascii=False, default=str, sort_keys=True) + "\n")
    except (OSError, ValueError) as fault:
        if isinstance(fault, OutputError):
            raise
        raise OutputError(Sentence("faults.folder_unusable", folder=folder, fault=fault)) from None


def list_differences(held: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Sentence]:
    """List, key by key, in what two descriptions differ."""
    before, now = _flatten(held), _flatten(wanted)
    lines = []
    for key in sorted({*before, *now}):
        if before.get(key, _ABSENT) == now.get(key, _ABSENT):
            continue
        if key.startswith("code."):
            lines.append(Sentence("faults.program_changed", key=key.removeprefix("code.")))
        else:
            lines.append(Sentence("faults.key_differs", key=key, there=_show(before, key), now=_show(now, key)))
    return lines


_ABSENT = object()


def _show(values: dict[str, Any], key: str) -> str:
    text = json.dumps(values[key], ensure_ascii=False) if key in values else "absent"
    return text if len(text) <= 60 else f"{text[:57]}…"


def _flatten(value: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Return nested mappings as one, with dotted keys."""
    flat: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, Mapping) and item:
            flat |= _flatten(item, f"{above}{key}.")
        else:
            flat[f"{above}{key}"] = item
    return flat


if sys.platform == "win32":
    import msvcrt

    def _lock(stream: IO[bytes]) -> None:
        stream.seek(_FAR)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as fault:
            raise BlockingIOError(*fault.args) from None
else:
    import fcntl

    def _lock(stream: IO[bytes]) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
