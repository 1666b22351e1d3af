"""The answer of a whole day, from end to end at the crossroads: ten lines, tables, pictures; the same when continued."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from konvoi.report.screen import MAX_LINES
from konvoi.study.day_answer import DayAnswer
from konvoi.tables.files import read_table
from konvoi.tables.starts import PROFILE, STARTS, WINDOWS
from tests.support.commands import Done, call_konvoi

# 75 confirming days without a contact confirm both halves of one candidate: 0.95⁷⁵ = 0.021 < 0.025.
WORDS = (
    "sweep", "scenario=crossroads", "out=hasil", "executor=serial", "progress=false",
    "design.replications=8", "design.starts.first_days=3", "design.starts.screening_days=8", "design.starts.step_min=30",
    "design.starts.other_step_min=60", "design.starts.other_days=2", "design.starts.confirming_days=75",
    "design.starts.candidates=1", "design.starts.case_days=0", "design.starts.timetable_days=8",
    "design.starts.longer_days=0",
)  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    base = tmp_path_factory.mktemp("day")
    done = call_konvoi(*WORDS, cwd=base)
    assert done.returncode == 0, done.stderr
    return done, base / "hasil"


def read_answer(folder: Path) -> DayAnswer:
    return DayAnswer.from_plain(json.loads((folder / "verdict.json").read_text(encoding="utf-8"))["day"])


def test_ten_lines_and_the_folder_are_all_that_is_printed(done: tuple[Done, Path]) -> None:
    lines = done[0].stdout.strip().splitlines()
    assert lines[0].startswith("Semua jam mulai")
    assert lines[1].startswith("HASIL: RENCANA")
    assert lines[-1] == str(done[1].resolve())
    assert len(lines) - 2 <= MAX_LINES


def test_every_start_of_every_venue_choice_is_in_the_profile(done: tuple[Done, Path]) -> None:
    profile = read_table(done[1] / "profile.csv", PROFILE)
    assert set(profile["venue_choice"]) == {"bersilangan", "terpisah"}
    own = profile[profile["venue_choice"] == "bersilangan"]
    assert own["shift_min"].tolist() == [30.0 * k for k in range(-16, 17)]  # 9.00 … 17.00 in both orders
    assert profile["is_planned"].sum() == 1
    assert set(own["days"]) <= {3, 8}
    assert own.loc[own["is_planned"], "days"].tolist() == [8]  # those simulated with all their contacts
    other = profile[profile["venue_choice"] == "terpisah"]
    assert other["shift_min"].tolist() == [60.0 * k for k in range(-8, 9)]
    assert set(other.loc[other["shift_min"] != 0.0, "days"]) == {2}
    assert other.loc[other["shift_min"] == 0.0, "days"].tolist() == [8]  # whether the distance alone would be enough


def test_the_recommended_plan_is_lawful_confirmed_and_simulated_in_full(done: tuple[Done, Path]) -> None:
    answer, windows = read_answer(done[1]), read_table(done[1] / "windows.csv", WINDOWS)
    assert len(windows) == 1
    assert answer.option is not None
    shift = (answer.option.plan.start_s[1] - answer.option.plan.start_s[0]) / 60.0
    assert windows["first_min"].iloc[0] <= shift <= windows["last_min"].iloc[0]
    assert answer.option.upper < answer.threshold
    assert not any(hit.is_hard for hit in answer.option.hits)
    assert answer.option.plan.large_days == 0
    timetable = pd.read_csv(done[1] / "timetable.csv")
    assert set(timetable["point"]) == {0, 1}
    assert (timetable["arrive_high_s"] % 600.0 == 0.0).all()


def test_the_other_day_is_a_date_and_never_in_the_quiet_period(done: tuple[Done, Path]) -> None:
    answer = read_answer(done[1])
    assert answer.other_day is not None
    assert answer.quiet is not None
    assert not answer.quiet[0] <= answer.other_day <= answer.quiet[1]


def test_pictures_and_the_whole_answer_are_left(done: tuple[Done, Path]) -> None:
    for name in ("day_profile", "start_map", "contact_map"):
        assert (done[1] / "figures" / f"{name}.png").stat().st_size > 10_000
    text = (done[1] / "verdict.txt").read_text(encoding="utf-8")
    for part in ("RENCANA DAN USULAN", "ATURAN", "JENDELA", "PILIHAN LOKASI"):
        assert part in text


def test_a_sweep_that_lost_batches_comes_to_the_same_tables(done: tuple[Done, Path]) -> None:
    folder = done[1]
    before = {
        name: (folder / name).read_bytes() for name in ("profile.csv", "windows.csv", "verdict.json", "timetable.csv")
    }
    starts = read_table(folder / "starts.parquet", STARTS)
    lost = [
        *sorted((folder / "starts-rest").glob("*.parquet"))[:1],
        *sorted((folder / "confirming").glob("*.parquet"))[:1],
        *sorted((folder / "hours-1").glob("*.parquet"))[:1],
    ]
    assert lost
    lost[0].unlink()
    for path in lost[1:]:
        path.write_bytes(path.read_bytes()[:-20])
    again = call_konvoi(*WORDS, cwd=folder.parent)
    assert again.returncode == 0, again.stderr
    assert {name: (folder / name).read_bytes() for name in before} == before
    pd.testing.assert_frame_equal(read_table(folder / "starts.parquet", STARTS), starts)
