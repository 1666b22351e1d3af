"""What 'konvoi roads' does: fetch, tell about, check and mend the roads of a town."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from konvoi import __version__
from konvoi.config.reading import is_file
from konvoi.errors import COMMAND_LINE, NetworkError, OutputError, ScenarioError
from konvoi.network import (
    MapService,
    Request,
    RoadNetwork,
    fetch_network,
    find_moves,
    load_edits,
    load_network,
    write_provenance,
)
from konvoi.network.checks import Inspection, inspect_graph
from konvoi.network.edits import apply_edits, get_edits_path
from konvoi.network.graph import read_graph
from konvoi.options import compose_settings
from konvoi.report.wording import format_level
from konvoi.tables.files import write_atomically, write_text
from konvoi.town import find_file
from konvoi.words import Sentence, say
from konvoi.words.formats import format_number

USAGE = Sentence("faults.usage_roads")
MUCH_DROPPED = 0.1  # of the roads: more are not the odd service road, but a map that was cut
FETCH_KEYS = frozenset(
    ("out", "place", "point", "radius_m", "box", "polygon", "extract", "overpass_url", "nominatim_url", "timeout_s",
     "retries", "cache", "manual", "lang", "progress")
)  # fmt: skip


def roads(words: list[str]) -> int:
    """Fetch, describe, check, repair or compile a road network."""
    action = words[0] if words else ""
    actions: dict[str, Callable[[list[str]], int]] = {
        "fetch": _fetch,
        "info": _info,
        "build": _info,
        "check": _check,
        "repair": _repair,
    }
    if action not in actions:
        raise ScenarioError(COMMAND_LINE, [USAGE])
    return actions[action](words[1:])


def _fetch(words: list[str]) -> int:
    """Download a town, or cut it out of an extract; write its road file and where it is from."""
    _, options = split_words(words, FETCH_KEYS, n_files=0)
    if "out" not in options:
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.roads_out_missing")])
    lang = read_lang(options)
    radius_m = _read_numbers(options, "radius_m", 1)
    request = Request(
        place=options.get("place"),
        point=_read_numbers(options, "point", 2),
        radius_m=radius_m[0] if radius_m else None,
        box=_read_numbers(options, "box", 4),
        polygon=Path(options["polygon"]) if "polygon" in options else None,
    )
    service = MapService(
        overpass_url=options.get("overpass_url"),
        nominatim_url=options.get("nominatim_url"),
        timeout_s=_read_whole(options, "timeout_s", MapService.timeout_s),
        retries=_read_whole(options, "retries", MapService.retries),
        cache_dir=Path(options["cache"]) if "cache" in options else None,
    )
    is_quiet = options.get("progress", "true").lower() == "false"
    target = fetch_network(
        Path(options["out"]),
        request,
        service,
        extract=Path(options["extract"]) if "extract" in options else None,
        say=lambda text: None if is_quiet else print(f"  … {text}", file=sys.stderr, flush=True),
    )
    network = load_network(target, _find_manual(options))
    print(describe_network(network, target, lang))
    print(f"  {write_provenance(target, network.quality)}")
    print(target.resolve())
    return 0


def _info(words: list[str]) -> int:
    """Tell what a road file holds; compile it on the way."""
    (name,), options = split_words(words, {"manual", "lang"}, n_files=1)
    path = find_road_file(name)
    print(describe_network(load_network(path, _find_manual(options)), path, read_lang(options)))
    return 0


def _check(words: list[str]) -> int:
    """List the faults of a road file, with a table and a picture."""
    (name,), options = split_words(words, {"lang", "out", "scenario"}, n_files=1)
    lang, path = read_lang(options), find_road_file(name)
    found, licence = _inspect(path, options.get("scenario"))
    folder = Path(options.get("out", f"outputs/roads-{path.name.split('.')[0]}"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputError(Sentence("faults.folder_unusable", folder=folder, fault=fault)) from None
    rows = [
        {
            "number": number, "kind": fault.kind, "lon_deg": fault.lon_deg, "lat_deg": fault.lat_deg,
            "fault": fault.describe(lang), "is_safe": fault.is_safe, "edit": format_edit(fault.edit) if fault.edit else "",
        }
        for number, fault in enumerate(found.faults, start=1)
    ]  # fmt: skip
    columns = ["number", "kind", "lon_deg", "lat_deg", "fault", "is_safe", "edit"]
    table = pd.DataFrame(rows, columns=columns)
    write_atomically(folder / "faults.csv", lambda target: table.to_csv(target, index=False, encoding="utf-8-sig"))
    _draw_check(path, found, folder / "faults.png", licence, lang)
    n_safe = sum(fault.is_safe for fault in found.faults)
    print(f"  {say('commands.map_faults', lang, name=path.name, n=len(rows))}")
    for row in rows:
        safe = f"  [{say('commands.map_safe', lang)}]" if row["is_safe"] else ""
        print(f"  {row['number']:>3}. {row['lat_deg']:.5f}, {row['lon_deg']:.5f}  {row['fault']}{safe}")
    if rows:
        print(f"  {say('commands.map_repair', lang, n_safe=n_safe, name=name)}")
    for written in ("faults.csv", "faults.png"):
        print(f"  {folder / written}")
    return 0


def _repair(words: list[str]) -> int:
    """Write the safe corrections into the edits file; offer the others there as comments."""
    (name,), options = split_words(words, {"lang", "scenario"}, n_files=1)
    lang, path = read_lang(options), Path(name)
    if not is_file(path):
        raise NetworkError(Sentence("faults.roads_file_embedded", path=path))
    found, _ = _inspect(path, options.get("scenario"))
    target = get_edits_path(path)
    text = target.read_text(encoding="utf-8") if target.is_file() else ""
    mended = [fault for fault in found.faults if fault.edit and fault.is_safe]
    offered = [
        fault for fault in found.faults if fault.edit and not fault.is_safe and format_edit(fault.edit) not in text
    ]
    if not text:
        text = EDITS_HEAD.format(name=path.name) + "edits:\n"
    elif mended and not re.search(r"^edits:", text, re.MULTILINE):
        text = text.rstrip("\n") + "\nedits:\n"
    lines = [f"  - {format_edit(fault.edit)} # {fault.describe(lang)}\n" for fault in mended if fault.edit]
    lines += [f"  # - {format_edit(fault.edit)} # {fault.describe(lang)}\n" for fault in offered if fault.edit]
    write_text(target, text.rstrip("\n") + "\n" + "".join(lines))
    load_network(path, _find_manual({}))  # says so if a correction cannot be made
    for each in mended:
        print(f"  + {each.describe(lang)}: {format_edit(each.edit or {})}")
    print(f"  {say('commands.map_repaired', lang, mended=len(mended), offered=len(offered))}")
    print(target.resolve())
    return 0


EDITS_HEAD = """\
# Koreksi setempat untuk {name}; tetap berlaku setelah unduhan baru. Hapus satu baris untuk membatalkannya.
# Local corrections of {name}; a new download keeps them. Take a line out to undo it. Kinds:
#   close_road, set_lanes (lanes, width_m), name_road (name), name_junction (name), both_ways,
#   join_roads (to_lon_deg, to_lat_deg), merge_junction (radius_m), move_place (place)
"""


def format_edit(edit: Mapping[str, Any]) -> str:
    """Format a correction as one line of an edits file."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in edit.items()) + "}"


def _inspect(path: Path, scenario: str | None) -> tuple[Inspection, str]:
    """Look for faults of a road file with its corrections made, and of a scenario's places on it; say its licence."""
    places: dict[str, tuple[str, float, float, float]] = {}
    moves = find_moves(load_edits(path))
    if scenario is not None:
        settings = compose_settings([f"scenario={scenario}"])
        config = settings.build_config()
        for key, place in config.scenario.places.items():
            if place.lon_deg is not None and place.lat_deg is not None:
                spot = moves.get(key, (place.lon_deg, place.lat_deg))
                limit_m = max(config.scenario.network.snap_limit_m, place.accuracy_m)
                places[key] = (place.name, *spot, limit_m)
    graph, quality = read_graph(path)
    apply_edits(graph, load_edits(path), path)
    return inspect_graph(graph, places), quality.licence


def _draw_check(path: Path, found: Inspection, target: Path, licence: str, lang: str) -> None:
    from konvoi.report.road_map import Marker, draw_road_check, save_picture

    spots_m = found.plane.to_m([fault.lon_deg for fault in found.faults], [fault.lat_deg for fault in found.faults])
    markers = [
        Marker(float(spot_m[0]), float(spot_m[1]), fault.describe(lang), fault.is_safe)
        for spot_m, fault in zip(spots_m, found.faults, strict=True)
    ]
    title = say("commands.map_faults", lang, name=path.name, n=len(markers))
    footer = f"konvoi {__version__} · {path.name} · {licence or say('commands.licence_unknown', lang)}"
    footer += f" · {say('commands.map_hollow', lang)}"
    save_picture(draw_road_check(found.line_m, found.line_is_kept, markers, title, footer, lang), target)


def find_road_file(name: str) -> Path:
    """Find a road file by its path, or an embedded one by its name."""
    path = Path(name)
    return path if is_file(path) else find_file(name, Path(), "networks")


def describe_network(network: RoadNetwork, path: Path, lang: str) -> str:
    """Describe a network in a few lines."""
    quality = network.quality
    is_once = network.link_twin >= np.arange(len(network.link_twin))  # a road of two directions counts once
    classes = pd.Series(network.link_length_m * is_once).groupby(list(network.link_highway)).sum() / 1000.0

    by_class = ", ".join(
        f"{name} {format_number(km, lang, 1)}" for name, km in classes.sort_values(ascending=False).items()
    )
    has_error = quality.position_error_median_m == quality.position_error_median_m
    values = {**quality.to_dict(), "file": path.name, "by_class": by_class}
    values |= {key: values[key] or "–" for key in ("place", "date")}
    values["licence"] = quality.licence or say("commands.licence_unknown", lang)
    whole_km = quality.road_km + quality.dropped_km
    values["dropped_share"] = format_level(round(quality.dropped_km / whole_km, 2), lang) if whole_km > 0.0 else "–"
    keys = ["size", "origin", "assumed", "dropped", "oddities"]
    keys += ["cut_off"] if quality.dropped_km > MUCH_DROPPED * whole_km else []
    keys += ["left_out"] if quality.left_out else []
    keys += ["turns_obeyed"] if quality.forbidden_turns else []
    keys += ["turns_left"] if quality.restrictions_left else []
    keys += [] if quality.knows_turns else ["turns_unknown"]
    keys += ["error"] if has_error else []
    keys += ["lines"] if quality.kind == "road_list" else []
    keys += ["not_yet_open"] if quality.not_yet_open else []
    keys.append("classes")
    return "\n".join(f"  {say(f'commands.network_{key}', lang, **values)}" for key in keys)


def split_words(
    words: Sequence[str], keys: frozenset[str] | set[str], n_files: int, usage: Sentence = USAGE
) -> tuple[list[str], dict[str, str]]:
    """Split words into files and KEY=VALUE options; refuse what is not known."""
    options = dict(word.split("=", 1) for word in words if "=" in word)
    files = [word for word in words if "=" not in word]
    faults = [Sentence("faults.option_unknown", key=key, keys=", ".join(sorted(keys))) for key in options.keys() - keys]
    if len(files) != n_files:
        faults.append(usage)
    if faults:
        raise ScenarioError(COMMAND_LINE, sorted(faults, key=str))
    return files, options


def read_lang(options: Mapping[str, str]) -> str:
    """Return the language asked for."""
    lang = options.get("lang", "id")
    if lang not in {"id", "en"}:
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.lang_unknown", lang=lang)])
    return lang


def _read_numbers(options: Mapping[str, str], key: str, count: int) -> tuple[float, ...] | None:
    """Read an option of numbers with commas between them; None when it is not given."""
    if key not in options:
        return None
    try:
        values = tuple(float(part) for part in options[key].split(","))
    except ValueError:
        values = ()
    if len(values) != count or not all(abs(value) < 1e9 for value in values):
        kind = "option_number" if count == 1 else "option_numbers"
        raise ScenarioError(COMMAND_LINE, [Sentence(f"faults.{kind}", key=key, text=options[key], count=count)])
    return values


def _read_whole(options: Mapping[str, str], key: str, default: int) -> int:
    text = options.get(key, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.option_whole", key=key, text=text)])
    return int(text)


def _find_manual(options: Mapping[str, str]) -> Path:
    return find_file(options.get("manual", "mkji1997"), Path(), "manuals", suffix=".yaml")
