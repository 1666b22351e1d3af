"""A session: one viewer's model and day. Sessions share towns, which never change, and nothing else."""

from __future__ import annotations

import threading
from collections import OrderedDict

from konvoi.config.settings import RunConfig
from konvoi.replication import build_replication, prepare_routes
from konvoi.town import Town, TownSettings, build_town, load_water
from konvoi.view.choices import Desk
from konvoi.view.day_message import record_day
from konvoi.view.ground import pack_ground

MAX_TOWNS = 6  # kept at a time: a few megabytes each

_towns: OrderedDict[str, tuple[Town, bytes]] = OrderedDict()
_lock = threading.Lock()


def open_town(desk: Desk, config: RunConfig) -> tuple[Town, bytes]:
    """Open the town of a desk and what is drawn of it; the latest ones are kept for all sessions."""
    settings = TownSettings.from_config(config, desk.scenario.path)
    key = settings.key
    with _lock:
        if key in _towns:
            _towns.move_to_end(key)
        else:
            town = build_town(settings)
            _towns[key] = town, pack_ground(town, load_water(config, desk.scenario.path, town.network))
            while len(_towns) > MAX_TOWNS:
                _towns.popitem(last=False)
        return _towns[key]


class Session:
    """What one viewer sees: a model, built as `konvoi run` builds it, and its day.

    Parameters
    ----------
    desk
        The choices it is made of.

    Raises
    ------
    RallyError
        When no day can be made of them.
    """

    def __init__(self, desk: Desk) -> None:
        config = desk.build_config()
        town, self.ground = open_town(desk, config)
        self.desk = desk
        self.model = build_replication(config, town, prepare_routes(config, town), desk.replication)
        self.day = record_day(self.model, config, town, desk.replication)

    @property
    def file_stem(self) -> str:
        """Name for files of this day."""
        config = self.day.config
        return f"konvoi-{config.scenario.date or 'hari'}-{config.seed}-{self.day.replication}"
