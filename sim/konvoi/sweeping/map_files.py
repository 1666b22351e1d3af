"""The map a sweep leaves beside its numbers, for pictures."""

from __future__ import annotations

from pathlib import Path

from konvoi.errors import NetworkError
from konvoi.measures.map_tables import build_places, build_roads, build_water
from konvoi.options import Settings
from konvoi.study.design import Study
from konvoi.tables.files import write_table
from konvoi.tables.sweep import PLACES, ROADS, WATER
from konvoi.town import load_water


def write_map(settings: Settings, study: Study, folder: Path) -> None:
    """Write ``roads.parquet``, ``places.csv`` and ``water.parquet`` of a study's first town.

    Rivers that cannot be read are told and left out: `konvoi check` refuses such a file, but the answer of a sweep is
    worth more than its rivers.
    """
    town, config = study.towns[0], study.design[0].config
    try:
        lines = load_water(config, settings.scenario.path, town.network)
    except NetworkError as fault:
        print(f"  ! {fault.say(settings.door.lang)}")
        lines = []
    write_table(build_roads(town), folder / "roads.parquet", ROADS)
    write_table(build_places(town, config.scenario), folder / "places.csv", PLACES)
    write_table(build_water(lines), folder / "water.parquet", WATER)
