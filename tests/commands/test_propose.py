"""`konvoi propose` from end to end, on the crossroads with a few starts to choose from."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from konvoi.options import compose_settings
from konvoi.report.proposal_text import MAX_LINES
from konvoi.tables.proposed import FRONT, LADDER
from tests.support.commands import call_konvoi

FEW = (
    "scenario.proposal={levers: {lengths_min: [], hold_back_min: [], venue_choices: [bersilangan], "
    "assembly_points: false, one_column: false, step_min: 60}}"
)
WORDS = ("scenario=crossroads", FEW, "--quick", "progress=false")


@pytest.fixture(scope="module")
def proposal(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run the command once, with one worker; return its folder and what it printed."""
    folder = tmp_path_factory.mktemp("propose")
    done = call_konvoi("propose", *WORDS, "workers=1", f"out={folder / 'one'}", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "one", done.stdout


@pytest.mark.slow
def test_it_leaves_a_ladder_a_front_and_a_scenario_that_plans_the_proposal(proposal: tuple[Path, str]) -> None:
    folder, printed = proposal
    assert len(printed[: printed.index("  " + str(folder))].splitlines()) <= MAX_LINES
    ladder = pd.read_csv(folder / "ladder.csv")
    assert list(ladder.columns) == list(LADDER.columns)
    assert ladder["part"].iloc[0] == "notified"
    assert ladder["any_days"].iloc[-1] < ladder["any_days"].iloc[0]
    assert set(ladder["step"].dropna()) == {"starts"}
    assert list(pd.read_csv(folder / "front.csv").columns) == list(FRONT.columns)
    config = compose_settings([f"scenario={folder / 'proposal.yaml'}"]).build_config()
    last = ladder.iloc[-1]
    assert config.scenario.rally.first_start == min(last["begin_1"], last["begin_2"])
    assert float(config.rally.gap_min) == abs(last["shift_min"])
    assert {"ladder.png", "front.png", "robustness.csv", "triggers.csv"} <= {path.name for path in folder.iterdir()}


@pytest.mark.slow
def test_the_same_command_goes_on_from_what_is_known_and_two_workers_find_the_same(
    proposal: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = proposal
    known = (folder / "days.jsonl").read_bytes()
    ladder, front = ((folder / name).read_bytes() for name in ("ladder.csv", "front.csv"))
    (folder / "days.jsonl").write_bytes(known[: len(known) // 2])  # as if it had been stopped half-way
    done = call_konvoi("propose", *WORDS, "workers=2", f"out={folder}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (folder / "ladder.csv").read_bytes() == ladder
    assert (folder / "front.csv").read_bytes() == front
