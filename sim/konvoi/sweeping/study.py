"""A study: a design over its towns, ready to run, and all that its results depend on."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from konvoi import __version__
from konvoi.data import PACKAGE
from konvoi.options import Settings
from konvoi.plan.day_plan import UnitRoutes
from konvoi.replication import prepare_routes
from konvoi.study.design import Study, build_design, describe_config
from konvoi.sweeping.replay_command import write_replay_command
from konvoi.town import Town, TownSettings, build_town

# The rooms a row of a result comes from: a change elsewhere leaves old rows valid. Points, contours and texts are made
# of the rows each time.
DECIDING = (
    "alone.py", "arrays.py", "config", "contacts", "engine", "gap.py", "measures", "network", "plan", "replication.py", "routing.py", "names.py", "streams.py", "town.py", "units.py",
)  # fmt: skip
NUMERICS = ("numpy", "numba", "scipy")


def prepare_study(settings: Settings) -> Study:
    """Validate every design point and prepare what all replications share."""
    design = build_design(settings.run, settings.scenario, settings.door.design.factors)
    towns: dict[str, Town] = {}
    routes: dict[str, UnitRoutes] = {}
    town_of, routes_of = [], []
    for point in design:
        town_settings = TownSettings.from_config(point.config, settings.scenario.path)
        town_key = town_settings.key
        if town_key not in towns:
            towns[town_key] = build_town(town_settings)
        routes_key = compute_fingerprint(
            town_key,
            point.config.venue_pair_key,
            point.config.scenario.model_dump(include={"venue_pairs", "convoys", "closures"}),
            point.config.behaviour.organised_speed_kmh,
            point.config.behaviour.join_patience_min,
            point.config.behaviour.tour_share > 0.0,
            # Routes around closures depend on the planned hours.
            point.config.model_dump(include={"rally", "behaviour"}) if point.config.scenario.closures else None,
        )
        if routes_key not in routes:
            routes[routes_key] = prepare_routes(point.config, towns[town_key])
        town_of.append(towns[town_key])
        routes_of.append(routes[routes_key])
    return Study(design, town_of, routes_of)


def choose_folder(settings: Settings, study: Study) -> Path:
    """Return the output folder: as told, or one named after the scenario and the settings."""
    if settings.door.out is not None:
        return Path(settings.door.out)
    key = compute_fingerprint(describe_study(settings, study)["identity"])
    return Path("outputs") / f"{settings.scenario.path.stem}-{key[:8]}"


def describe_study(settings: Settings, study: Study) -> dict[str, Any]:
    """Describe a study for its manifest; ``identity`` holds all that the results depend on.

    How many replications are run and how it is judged is not part of it: a finished sweep can be continued with more.
    """
    town = study.towns[0]
    networks = list(dict.fromkeys(own.network.hash for own in _find_different(study.towns)))
    engine = {key: value for key, value in settings.run["engine"].items() if key != "decision_interval_s"}
    return {
        "identity": {
            "version": __version__,
            "code": describe_code(),
            "seed": settings.run["seed"],
            "scenario": settings.scenario.content,
            "settings": {key: value for key, value in settings.run.items() if key != "seed"} | {"engine": engine},
            "factors": settings.door.design.factors,
            "network_hash": networks[0] if len(networks) == 1 else networks,
        },
        "scenario_file": settings.scenario.path.name,
        "scenario_title": study.design[0].config.scenario.title,
        "design": settings.door.design.model_dump(exclude={"factors"}),
        "points": [
            {
                "point": point.point,
                "levels": point.levels,
                "replay": write_replay_command(settings, point.levels, "N"),
            }
            for point in study.design
        ],
        "configuration": describe_config(study.design[0].config),
        "map_quality": town.network.quality.to_dict(),
        "crs": town.network.crs,
    }


@lru_cache(maxsize=1)
def describe_code() -> dict[str, str]:
    """Return a key of each source file the results depend on, and the versions of the libraries that compute them."""
    root = PACKAGE
    described = {}
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] in DECIDING:
            text = path.read_bytes().replace(b"\r\n", b"\n")
            described[f"konvoi/{name}"] = hashlib.blake2b(text, digest_size=6).hexdigest()
    return described | {name: version(name) for name in NUMERICS}


def compute_fingerprint(*parts: Any) -> str:
    """Return a short stable key of plain values."""
    text = json.dumps(
        [part.tolist() if isinstance(part, np.ndarray) else part for part in parts], sort_keys=True, default=str
    )
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _find_different(towns: list[Town]) -> list[Town]:
    """Return each object of a list once."""
    return list({id(town): town for town in towns}.values())
