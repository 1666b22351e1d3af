"""Commands that are written are read back as what was meant."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from konvoi.commands.multirun import run_many
from konvoi.commands.run import run
from konvoi.commands.sweep import MAX_FAILURES, _report_failures
from konvoi.errors import ScenarioError
from konvoi.options import compose_settings, expand_flags
from konvoi.sweeping.replay_command import write_replay_command, write_value
from tests.support.small_sweep import prepare

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "value",
    [7, 0.25, True, None, "km07", "another_day", "true", "12", "a b", "it's", 'a "b"', "C:\\x\\", "x,y", "9:00", "",
     "${a}", [1, 2.5, "c d"], {"car": 0.5, "motor cycle": ["b c"]}, "Jl. A×B", "\\'"],
)  # fmt: skip
def test_a_value_written_for_hydra_is_read_back(value: Any) -> None:
    settings = compose_settings([f"scenario.extra={write_value(value)}"])
    assert settings.scenario.content["extra"] == value


def test_a_command_holds_what_was_given_and_the_levels_and_nothing_of_the_sweep() -> None:
    words = ["scenario=crossroads", "experiment=gap", "rally.gap_min=0,60", "seed=3", "design.replications=7", "workers=2",
             "out=x", "scenario.title=Satu hari", "ray.address=auto", "contact.distance_m=100"]  # fmt: skip
    settings = compose_settings(words)
    command = write_replay_command(settings, {"rally.gap_min": 60, "rally.venue_pair": "terpisah"}, 5)
    assert shlex.split(command) == [
        "konvoi", "run", "scenario=crossroads", "experiment=gap", "seed=3", "scenario.title=Satu hari",
        "contact.distance_m=100", "rally.gap_min=60", "rally.venue_pair=terpisah", "replication=5",
    ]  # fmt: skip
    again = compose_settings(shlex.split(command)[2:])
    assert again.run["rally"]["gap_min"] == 60
    assert again.scenario.content["title"] == "Satu hari"


def test_short_forms_are_keys() -> None:
    assert expand_flags(["-j", "3", "--new", "-j4", "seed=1"]) == ["workers=3", "new=true", "workers=4", "seed=1"]
    with pytest.raises(ScenarioError, match="workers"):
        compose_settings(["-j", "many"])
    with pytest.raises(ScenarioError, match="must be at least 100"):
        compose_settings(["experiment=gap", "design.stopping=precision", "design.cap=50"])


def test_failures_are_told_with_their_commands(capsys: pytest.CaptureFixture[str]) -> None:
    settings, study = prepare()
    rows = [{"point": k % 2, "replication": k, "seed": 11 * k, "error": "" if k == 3 else f"E: {k}"} for k in range(8)]
    _report_failures(pd.DataFrame(rows), study, settings)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "ATTENTION: 7 replications failed and are not counted:"
    assert told[3] == "  rally.gap_min=60; replication=1; seed 11: E: 1"
    assert told[4].endswith("rally.gap_min=60 replication=1")
    assert len(told) == 2 + 2 * MAX_FAILURES
    _report_failures(pd.DataFrame(rows[3:4]), study, settings)
    assert capsys.readouterr().out == ""


def test_plain_hydra_runs_one_day_per_combination(tmp_path: Path) -> None:
    words = [
        "run",
        "--multirun",
        "scenario=crossroads",
        "rally.gap_min=0,60",
        "scenario.convoys.p1-barat.people=300",
        "seed=7",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "konvoi.cli", *words, f"hydra.sweep.dir={tmp_path}"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    summaries = [json.loads((tmp_path / str(job) / "summary.json").read_text(encoding="utf-8")) for job in (0, 1)]
    assert [summary["gap_min"] for summary in summaries] == [0, 60]
    assert summaries[0]["seed"] == summaries[1]["seed"]
    alone = tmp_path / "alone"
    assert run(["scenario=crossroads", "rally.gap_min=60", "scenario.convoys.p1-barat.people=300", "seed=7",
                f"out={alone}", "progress=false"]) == 0  # fmt: skip
    assert json.loads((alone / "summary.json").read_text(encoding="utf-8")) == summaries[1]


def test_plain_hydra_refuses_a_combination_before_any_is_run() -> None:
    with pytest.raises(ScenarioError, match="outside 0 to 720 min"):
        run_many(["-m", "scenario=crossroads", "rally.gap_min=0,900"])
    with pytest.raises(ScenarioError, match="--fast"):
        run_many(["-m", "--fast", "scenario=crossroads"])
