"""konvoi from Python: what `import konvoi` offers. The commands do the same with the same words and keys."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from konvoi.commands.compare import compare_sweeps
from konvoi.commands.sweep import run_design
from konvoi.config.settings import RunConfig
from konvoi.options import Settings, compose_settings
from konvoi.replication import prepare_routes, run_once
from konvoi.report.contact_map import draw_contact_map as _draw_contact_map
from konvoi.report.heat_map import draw_heat_map as _draw_heat_map
from konvoi.report.sweep_tables import SweepTables, read_sweep
from konvoi.sweeping.replay_command import write_value
from konvoi.tables.sweep import CONTACTS
from konvoi.town import prepare_town


@dataclass(frozen=True)
class Rally:
    """A scenario with everything that is chosen about its day; nothing in it changes, `change` returns another one.

    Parameters
    ----------
    words
        What a command would be given: ``KEY=VALUE`` each.
    """

    words: tuple[str, ...]

    def change(self, values: Mapping[str, Any]) -> Rally:
        """Return the rally with values at dotted keys replaced, e.g. ``{"rally.gap_min": 120}``.

        Raises
        ------
        ScenarioError
            With every fault found.
        """
        changed = replace(self, words=(*self.words, *(f"{key}={write_value(value)}" for key, value in values.items())))
        changed.compose().build_config()
        return changed

    @property
    def config(self) -> RunConfig:
        """The validated configuration; every value has its unit in its name."""
        return self.compose().build_config()

    def compose(self, *more: str) -> Settings:
        """Compose the settings of a command."""
        return compose_settings([*self.words, *more])


@dataclass(frozen=True)
class RallyDay:
    """One simulated day."""

    outcome: dict[str, Any]  # one row of `konvoi.tables.sweep.REPLICATIONS`
    contacts: pd.DataFrame  # `konvoi.tables.sweep.CONTACTS`
    events: pd.DataFrame  # `konvoi.tables.day.EVENTS`


def load_scenario(name: str | Path) -> Rally:
    """Load a scenario by its name among the embedded ones, or by the path of a ``.yaml`` file.

    Raises
    ------
    ScenarioError
        When there is none, or with every fault found in it.
    """
    rally = Rally((f"scenario={write_value(str(name))}",))
    rally.compose().build_config()
    return rally


def run_day(rally: Rally, replication: int = 0) -> RallyDay:
    """Simulate one day; the same replication is the same day.

    Examples
    --------
    >>> import konvoi
    >>> day = konvoi.run_day(konvoi.load_scenario("crossroads"))
    >>> len(day.contacts) == day.outcome["contacts"]
    True
    """
    settings = rally.compose()
    config = settings.build_config()
    town = prepare_town(config, settings.scenario.path)
    outcome, log = run_once(config, town, prepare_routes(config, town), replication, lambda _: None)
    contacts = pd.DataFrame({"point": 0, "replication": replication, **outcome.contacts})
    return RallyDay(outcome.row, CONTACTS.check(contacts, "contacts"), log.build_table())


def run_sweep(
    rally: Rally,
    folder: str | Path,
    factors: Mapping[str, Sequence[Any]],
    replications: int = 100,
    workers: int = 1,
) -> SweepTables:
    """Simulate every combination of the factors' levels on the same days, into a folder; an interrupted one goes on.

    Parameters
    ----------
    factors
        Dotted key: its levels, e.g. ``{"rally.gap_min": [0, 120, "another_day"]}``.
    replications
        Days per combination.
    workers
        Processes; with more than one a script needs ``if __name__ == "__main__":``.

    Returns
    -------
    The tables of the folder as DataFrames, with the verdict.
    """
    settings = rally.compose(
        *(f"{key}={','.join(write_value(level) for level in levels)}" for key, levels in factors.items()),
        f"design.replications={replications}",
        f"out={write_value(str(folder))}",
        "progress=false",
        *(("executor=serial",) if workers == 1 else (f"workers={workers}",)),
    )
    design = settings.door.design
    # A key of one level is no list on the command line, hence no factor yet.
    levels_of = {key: design.factors.get(key, list(levels)) for key, levels in factors.items()}
    own = design.model_copy(update={"factors": levels_of, "compare": None, "starts": None})
    with redirect_stdout(io.StringIO()):
        run_design(replace(settings, door=settings.door.model_copy(update={"design": own})))
    return read_sweep(Path(folder))


def compare(*folders: str | Path) -> pd.DataFrame:
    """Compare the plans that finished sweeps judged, day by day (`konvoi.tables.sweep.COMPARISON`)."""
    return compare_sweeps([str(folder) for folder in folders])[0]


def read_tables(folder: str | Path) -> SweepTables:
    """Read the tables of a finished sweep as DataFrames, and its verdict."""
    return read_sweep(Path(folder))


def draw_heat_map(tables: SweepTables, lang: str = "id") -> Figure:
    """Draw how much and how often the sides meet, by gap and venue pair."""
    return _draw_heat_map(tables.points, tables.verdict, lang)


def draw_contact_map(tables: SweepTables, lang: str = "id") -> Figure:
    """Draw where contacts start on the days of the plan."""
    return _draw_contact_map(
        tables.side_contacts, tables.roads, tables.places, tables.verdict, lang, tables.water, tables.shown
    )
