"""One rally day: `konvoi run`. Apart from the other commands, whose figures and slides it need not wait for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from konvoi import __version__
from konvoi.commands.telling import prepare_engine
from konvoi.engine.model import RallyModel
from konvoi.errors import OutputError
from konvoi.gap import ANOTHER_DAY
from konvoi.options import Settings, compose_settings
from konvoi.replication import prepare_routes, run_once
from konvoi.report.verdict_text import format_run
from konvoi.tables.day import EVENTS
from konvoi.tables.files import write_table, write_text
from konvoi.tables.sides import SIDE_CONTACTS
from konvoi.tables.sweep import CONTACTS
from konvoi.town import prepare_town
from konvoi.words import Sentence


def run(words: list[str]) -> int:
    """Run one replication, print a summary, leave its tables."""
    settings = compose_settings(words, takes_levels=False)
    config = settings.build_config()
    town = prepare_town(config, settings.scenario.path)
    routes = prepare_routes(config, town)
    folder = _choose_run_folder(settings)
    _make_folder(folder)
    prepare_engine(settings)
    with tqdm(total=1.0, disable=not settings.door.progress, bar_format="{l_bar}{bar}| {elapsed}") as bar:

        def watch(model: RallyModel) -> None:
            home = 1.0 - model.n_stranded / max(1, model.plan.n_vehicles)
            bar.update(max(0.0, home - bar.n))

        outcome, log = run_once(config, town, routes, settings.door.replication, watch)
        bar.update(1.0 - bar.n)
    contacts = pd.DataFrame({"point": 0, "replication": settings.door.replication, **outcome.contacts})
    summary: dict[str, Any] = {
        "scenario_title": config.scenario.title,
        "timezone_label": config.scenario.timezone_label,
        "venue_1": routes.venue_name[0],
        "venue_2": routes.venue_name[1],
        "gap_min": config.rally.gap_min,
        "euclid_km": routes.euclid_m / 1000.0,
        "road_km": routes.road_m / 1000.0,
        "shared_km": routes.shared_m / 1000.0,
        **outcome.row,
        "absent_sides": {
            str(side): share
            for side in (1, 2)
            if (share := outcome.row[f"at_rally_share_{side}"]) < config.behaviour.attendance_share
        },
        "map_quality": town.network.quality.to_dict(),
        "version": __version__,
    }
    summary = {key: None if isinstance(value, float) and value != value else value for key, value in summary.items()}
    manifest = {
        "version": __version__,
        "configuration": json.loads(config.model_dump_json()),
        "scenario_file": settings.scenario.path.name,
        "seed": config.seed,
        "replication": settings.door.replication,
        "replication_seed": outcome.row["seed"],
        "network_hash": town.network.hash,
        "map_quality": town.network.quality.to_dict(),
    }
    write_table(contacts, folder / "contacts.csv", CONTACTS)
    side_contacts = pd.DataFrame({"point": 0, "replication": settings.door.replication, **outcome.side_contacts})
    write_table(side_contacts, folder / "side_contacts.csv", SIDE_CONTACTS)
    write_table(log.build_table(), folder / "events.parquet", EVENTS)
    write_text(folder / "summary.json", json.dumps(summary, indent=2, ensure_ascii=False, default=str) + "\n")
    write_text(folder / "manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False, default=str) + "\n")
    print(format_run(summary, contacts, settings.door.lang))
    print(folder.resolve())
    return 0


def _choose_run_folder(settings: Settings) -> Path:
    if settings.door.out is not None:
        return Path(settings.door.out)
    gap = settings.run["rally"]["gap_min"]
    gap_text = "hari-berbeda" if gap == ANOTHER_DAY else f"{gap}min"
    return (
        Path("outputs")
        / f"run-{settings.scenario.path.stem}-{gap_text}-{settings.run['seed']}-{settings.door.replication}"
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputError(Sentence("faults.folder_unusable", folder=folder, fault=fault)) from None
