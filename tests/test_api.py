"""`import konvoi` as in the README: load, change, run a day, sweep, compare, read, draw."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import konvoi


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    rally = konvoi.load_scenario("crossroads")
    day = konvoi.run_day(rally, replication=3)
    assert len(day.contacts) == day.outcome["contacts"]
    assert day.events["time_s"].is_monotonic_increasing
    same = konvoi.run_day(rally.change({"seed": rally.config.seed}), replication=3)
    assert same.contacts.equals(day.contacts)
    folders = []
    for escort in ("none", "both"):
        plan = rally.change({"rally.escort": escort})
        folders.append(tmp_path / escort)
        tables = konvoi.run_sweep(plan, folders[-1], {"rally.gap_min": [0, 120]}, replications=2)
        assert tables.points["gap_min"].tolist() == [0.0, 120.0]
        assert (tables.points["replications"] == 2).all()
    assert konvoi.read_tables(folders[0]).points.equals(konvoi.read_tables(folders[0]).points)
    assert konvoi.draw_heat_map(tables, "en").axes
    assert konvoi.draw_contact_map(tables, "en").axes


def test_a_change_that_is_not_allowed_is_refused_in_the_words_of_the_commands() -> None:
    with pytest.raises(konvoi.RallyError, match="gap_min"):
        konvoi.load_scenario("crossroads").change({"rally.gap_min": -5})


def test_importing_konvoi_imports_nothing_heavy() -> None:
    code = "import sys, konvoi; assert not {'numpy', 'pandas', 'mesa', 'hydra'} & set(sys.modules), 'heavy'"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_name_of_the_interface_is_there() -> None:
    assert all(hasattr(konvoi, name) for name in konvoi.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        konvoi.no_such_name  # noqa: B018
