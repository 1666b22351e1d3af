"""The compiled copy of a network: built once, then loaded in milliseconds and without OSMnx."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from konvoi.config.reading import is_file
from konvoi.errors import NetworkError
from konvoi.network.edits import load_edits
from konvoi.network.graph import build_network
from konvoi.network.roads import MapQuality, RoadNetwork
from konvoi.words import Sentence

BUILDER_VERSION = "8"  # part of the cache key: raise it whenever the same file would give another network
SEPARATOR = "\x1f"  # of names; no XML may hold it


def load_network(path: Path, manual: Path, cache_dir: Path | None = None, day: str = "") -> RoadNetwork:
    """Load a network from the compiled cache, or build it from its file and fill the cache.

    Corrections in a ``*.edits.yaml`` beside the road file are part of the network.

    Parameters
    ----------
    manual
        Capacity manual (YAML).
    cache_dir
        Default: the user's cache folder. A cache that cannot be written is done without.
    day
        ISO date; roads that open later are left out (`sim.network.graph.build_network`).

    Raises
    ------
    NetworkError
        When the file is missing or holds no usable roads.
    """
    if not is_file(path):
        raise NetworkError(Sentence("faults.road_file_missing", path=path))
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    file_hash = digest.hexdigest()
    edits = load_edits(path)
    digest.update(repr(edits).encode() if edits.made else b"")
    digest.update(day.encode())
    digest.update((manual.read_bytes() if is_file(manual) else b"") + BUILDER_VERSION.encode())
    if cache_dir is None:
        import platformdirs

        cache_dir = Path(platformdirs.user_cache_dir("konvoi", appauthor=False)) / "networks"
    compiled = cache_dir / f"{path.name.split('.')[0]}-{digest.hexdigest()}.npz"
    if is_file(compiled):
        try:
            return read_compiled(compiled)
        except NetworkError:
            pass  # a damaged cache is built again
    network = build_network(path, manual, edits, day)
    network = replace(network, quality=replace(network.quality, file_hash=file_hash))
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        write_compiled(network, compiled)
    except OSError:
        pass
    return network


def write_compiled(network: RoadNetwork, path: Path) -> None:
    """Write a network as compressed arrays, whole or not at all."""
    columns: dict[str, Any] = {}
    for field in fields(network):
        value = getattr(network, field.name)
        if isinstance(value, MapQuality):
            value = json.dumps(value.to_dict())
        if isinstance(value, tuple):
            value = np.frombuffer(SEPARATOR.join(value).encode(), np.uint8)
        columns[field.name] = np.array(value)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.npz")
    try:
        np.savez_compressed(temporary, **columns)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_compiled(path: Path) -> RoadNetwork:
    """Read what `write_compiled` wrote.

    Raises
    ------
    NetworkError
        When the file is damaged or of another version.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            columns: dict[str, Any] = {name: held[name] for name in held.files}
        for name in ("node_name", "link_name", "link_highway"):
            columns[name] = tuple(columns[name].tobytes().decode().split(SEPARATOR))
        if len(columns["node_name"]) != len(columns["node_x_m"]) or len(columns["link_name"]) != len(
            columns["link_from"]
        ):
            raise ValueError("names are missing")
        columns["crs"] = str(columns["crs"])
        columns["quality"] = MapQuality.from_dict(json.loads(str(columns["quality"])))
        return RoadNetwork(**columns)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        EOFError,
        NotImplementedError,
        zipfile.BadZipFile,
        zlib.error,
    ) as fault:
        raise NetworkError(Sentence("faults.road_file_version", path=path, fault=fault)) from None
