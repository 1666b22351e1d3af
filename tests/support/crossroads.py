"""The crossroads scenario, prepared once per set of settings."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from konvoi.config.reading import build_config, load_scenario
from konvoi.config.settings import RunConfig
from konvoi.plan.day_plan import UnitRoutes
from konvoi.replication import prepare_routes
from konvoi.town import Town, prepare_town

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def load_crossroads(**settings: Any) -> tuple[RunConfig, Town, UnitRoutes]:
    """Return configuration, town and routes of the crossroads."""
    return _load(json.dumps(settings, sort_keys=True))


@lru_cache(maxsize=32)
def _load(settings: str) -> tuple[RunConfig, Town, UnitRoutes]:
    scenario = load_scenario(SCENARIOS / "crossroads.yaml")
    config = build_config({"seed": 11, **json.loads(settings)}, scenario)
    town = prepare_town(config, scenario.path)
    return config, town, prepare_routes(config, town)
