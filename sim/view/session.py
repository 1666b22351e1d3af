"""A session: one viewer's desk, model and day. Sessions share towns, which never change, and nothing else."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from sim.config import RunConfig
from sim.engine.model import RallyModel
from sim.plan import UnitRoutes
from sim.replication import Town, build_model, load_water, prepare_routes, prepare_town
from sim.streams import compute_replication_seed
from sim.view.choices import Desk, apply_choices, describe_controls, open_preset
from sim.view.day import Day, record_day
from sim.view.ground import pack_ground

MAX_TOWNS = 6  # kept at a time: a few megabytes each

_towns: OrderedDict[str, tuple[Town, bytes]] = OrderedDict()
_lock = threading.Lock()


def open_town(desk: Desk, config: RunConfig) -> tuple[Town, bytes]:
    """Open the town of a desk and what is drawn of it; the latest ones are kept for all sessions."""
    scenario, contact = config.scenario, config.contact
    parts = (
        str(desk.scenario.path.resolve()),
        scenario.network.model_dump_json(),
        str({**scenario.venues, **scenario.assembly_points}),
        f"{config.engine.cell_length_m} {contact.distance_m} {contact.road_factor}",
    )
    key = "\n".join(parts)
    with _lock:
        if key in _towns:
            _towns.move_to_end(key)
        else:
            town = prepare_town(config, desk.scenario.path)
            _towns[key] = town, pack_ground(town, load_water(config, desk.scenario.path, town.network))
            while len(_towns) > MAX_TOWNS:
                _towns.popitem(last=False)
        return _towns[key]


class Session:
    """What one viewer sees; a change that fails leaves it as it was.

    Parameters
    ----------
    desk
        What to start from.
    """

    def __init__(self, desk: Desk) -> None:
        self._show(desk)

    def reset(self, values: Mapping[str, Any]) -> None:
        """Compute the day of other choices.

        Raises
        ------
        ChoiceFault
            When they are invalid.
        RallyError
            When no day can be made of them.
        """
        self._show(apply_choices(self.desk, values))

    def open_preset(self, path: str) -> None:
        """Open another scenario.

        Raises
        ------
        RallyError
            When it cannot be used.
        """
        self._show(open_preset(self.desk, path))

    def _show(self, desk: Desk) -> None:
        config = desk.build_config()
        town, ground = open_town(desk, config)
        routes = prepare_routes(config, town)
        model = build_day_model(config, town, routes, desk.replication)
        self.day: Day = record_day(model, config, town, desk.replication)
        self.desk, self.model, self.ground = desk, model, ground

    def describe_controls(self) -> dict[str, Any]:
        """Describe the controls of the page."""
        return describe_controls(self.desk)

    @property
    def file_stem(self) -> str:
        """Name for files of this day."""
        config = self.day.config
        return f"konvoi-{config.scenario.date or 'hari'}-{config.seed}-{self.day.replication}"


def build_day_model(config: RunConfig, town: Town, routes: UnitRoutes, replication: int) -> RallyModel:
    """Build the model of a day, as `konvoi run` does."""
    return build_model(config, town, routes, compute_replication_seed(config.seed, replication))
