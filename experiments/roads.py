"""What 'konvoi roads' does: fetch, tell about, check and mend the roads of a town."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from sim.errors import ScenarioError
from sim.network import MapService, Request, RoadNetwork, fetch_network, load_network, write_provenance
from sim.replication import find_file

USAGE = "write: konvoi roads fetch out=FILE.graphml …, konvoi roads info FILE or konvoi roads build FILE; see konvoi roads --help"
FETCH_KEYS = frozenset(
    ("out", "place", "point", "radius_m", "box", "polygon", "extract", "overpass_url", "nominatim_url", "timeout_s",
     "retries", "cache", "manual", "lang", "progress")
)  # fmt: skip


def roads(words: list[str]) -> int:
    """Fetch, describe or compile a road network."""
    action = words[0] if words else ""
    actions: dict[str, Callable[[list[str]], int]] = {"fetch": _fetch, "info": _info, "build": _info}
    if action not in actions:
        raise ScenarioError("the command line", [USAGE])
    return actions[action](words[1:])


def _fetch(words: list[str]) -> int:
    """Download a town, or cut it out of an extract; write its road file and where it is from."""
    _, options = _split(words, FETCH_KEYS, n_files=0)
    if "out" not in options:
        raise ScenarioError("the command line", ["out=FILE.graphml: is missing (the road file to write)"])
    lang = _read_lang(options)
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
    (name,), options = _split(words, {"manual", "lang"}, n_files=1)
    path = find_road_file(name)
    print(describe_network(load_network(path, _find_manual(options)), path, _read_lang(options)))
    return 0


def find_road_file(name: str) -> Path:
    """Find a road file by its path, or an embedded one by its name."""
    path = Path(name)
    return path if path.is_file() else find_file(name, Path(), "networks")


def describe_network(network: RoadNetwork, path: Path, lang: str) -> str:
    """Describe a network in a few lines."""
    quality = network.quality
    classes = pd.Series(network.link_length_m).groupby(list(network.link_highway)).sum() / 1000.0

    def km_text(km: float) -> str:
        return f"{km:.1f}".replace(".", ",") if lang == "id" else f"{km:,.1f}"

    by_class = ", ".join(f"{name} {km_text(km)}" for name, km in classes.sort_values(ascending=False).items())
    shares = (
        quality.share_lanes_assumed,
        quality.share_width_assumed,
        quality.share_speed_assumed,
        quality.share_names_missing,
    )
    has_error = quality.position_error_median_m == quality.position_error_median_m
    if lang == "id":
        lines = [
            f"{path.name}: {quality.n_nodes} simpul, {quality.n_links} ruas, {km_text(quality.road_km)} km; {quality.kind}",
            f"tempat: {quality.place or '–'}; tanggal: {quality.date or '–'}; lisensi: {quality.licence or '–'}",
            "bagian panjang yang diandaikan: lajur {:.0%}, lebar {:.0%}, kecepatan {:.0%}; tanpa nama {:.0%}".format(
                *shares
            ),
            f"tidak dipakai karena tidak tersambung dua arah: {quality.dropped_nodes} titik, {km_text(quality.dropped_km)} km",
            f"{quality.dead_ends} jalan buntu, {quality.bridges} jembatan, {quality.duplicate_pieces} potong jalan tergambar dua kali, {quality.edits} koreksi setempat",
        ]
        if has_error:
            lines.append(
                f"kesalahan letak: median {quality.position_error_median_m:.0f} m, terbesar {quality.position_error_max_m:.0f} m"
            )
        lines.append(f"km ruas per kelas: {by_class}")
    else:
        lines = [
            f"{path.name}: {quality.n_nodes:,} nodes, {quality.n_links:,} links, {km_text(quality.road_km)} km; {quality.kind}",
            f"place: {quality.place or '–'}; date: {quality.date or '–'}; licence: {quality.licence or '–'}",
            "assumed by length: lanes {:.0%}, width {:.0%}, speed {:.0%}; without name {:.0%}".format(*shares),
            f"dropped, not strongly connected: {quality.dropped_nodes} nodes, {km_text(quality.dropped_km)} km",
            f"{quality.dead_ends} dead ends, {quality.bridges} bridges, {quality.duplicate_pieces} pieces of road drawn twice, {quality.edits} local corrections",
        ]
        if has_error:
            lines.append(
                f"position error: median {quality.position_error_median_m:.0f} m, largest {quality.position_error_max_m:.0f} m"
            )
        lines.append(f"link km by class: {by_class}")
    return "\n".join(f"  {line}" for line in lines)


def _split(words: Sequence[str], keys: frozenset[str] | set[str], n_files: int) -> tuple[list[str], dict[str, str]]:
    """Split words into files and KEY=VALUE options; refuse what is not known."""
    options = dict(word.split("=", 1) for word in words if "=" in word)
    files = [word for word in words if "=" not in word]
    faults = [f"{key}: there is no such key; there are: {', '.join(sorted(keys))}" for key in options.keys() - keys]
    if len(files) != n_files:
        faults.append(USAGE)
    if faults:
        raise ScenarioError("the command line", sorted(faults))
    return files, options


def _read_lang(options: Mapping[str, str]) -> str:
    lang = options.get("lang", "id")
    if lang not in {"id", "en"}:
        raise ScenarioError("the command line", [f"lang={lang}: id or en is allowed"])
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
        allowed = "a number is" if count == 1 else f"{count} numbers with commas between them are"
        raise ScenarioError("the command line", [f"{key}={options[key]}: {allowed} allowed"])
    return values


def _read_whole(options: Mapping[str, str], key: str, default: int) -> int:
    text = options.get(key, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise ScenarioError("the command line", [f"{key}={text}: a whole number is allowed"])
    return int(text)


def _find_manual(options: Mapping[str, str]) -> Path:
    return find_file(options.get("manual", "mkji1997"), Path(), "manuals", suffix=".yaml")
