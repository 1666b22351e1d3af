"""What a person types wrong, and what the system refuses: our own words, what was meant, exit code 2, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import call_konvoi, start_konvoi
from tests.support.road_files import ROOT

CROSSROADS = "scenario=crossroads"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", CROSSROADS, "--gap", "60"], "--gap: cannot be read; settings are written KEY=VALUE"),
        (["run", CROSSROADS, "rally.gapmin=60"], "rally.gapmin: no such key; did you mean 'rally.gap_min'?"),
        (
            ["sweep", CROSSROADS, "experiment=gaps"],
            "experiment=gaps: no such choice; did you mean 'gap'?; there are: day, gap,",
        ),
        (
            ["check", CROSSROADS, "scenario.venues.timur.lon_deg=0.5", "scenario.venues.timur.lat_deg=117.522"],
            "swapped?",
        ),
        (["run", "scenario=crossroad"], "there is none of that name; did you mean 'crossroads'?"),
        (["chek", CROSSROADS], "there is no command 'chek'; did you mean 'check'?"),
        (["check", CROSSROADS, "scenario.network.water=tiada.geojson"], "tiada.geojson"),
        (["check", CROSSROADS, "scenario.rules=tiada"], "rules: "),
        (["sweep", CROSSROADS, "scenario.rules=tiada"], "rules: "),
    ],
)
def test_what_is_typed_wrong_is_told_in_our_own_words(words: list[str], told: str, tmp_path: Path) -> None:
    done = call_konvoi(*words, "lang=en", cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert not any(word in done.stderr for word in ("Lexer", "Hydra", "Could not", "Available options", "Traceback"))
    assert not any(tmp_path.rglob("*.parquet"))


@pytest.mark.skipif(os.name != "posix", reason="/dev/null is a file on POSIX systems only")
def test_a_folder_that_cannot_be_made_is_one_sentence_of_multirun_too(tmp_path: Path) -> None:
    words = ["run", "--multirun", CROSSROADS, "rally.gap_min=0,60", "hydra.sweep.dir=/dev/null/x", "lang=en"]
    done = start_konvoi(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("konvoi run: the system refuses: Not a directory: /dev/null/x")


def test_accents_and_brackets_in_a_value_need_no_quotes(tmp_path: Path) -> None:
    done = call_konvoi("run", CROSSROADS, "out=hasil é (1)", "progress=false", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "hasil é (1)" / "summary.json").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full exists on Linux only")
@pytest.mark.parametrize(
    ("words", "name"),
    [(["roads", "info", "crossroads.osm"], "konvoi roads"), (["run", "--help"], "konvoi run"), (["--help"], "konvoi")],
)
def test_a_full_disk_behind_the_screen_is_one_sentence(words: list[str], name: str, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "konvoi.cli", *words, "lang=en"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT / "sim")},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith(f"{name}: the system refuses: No space left on device")
    assert "Traceback" not in done.stderr


def test_rivers_that_are_missing_do_not_cost_the_answer(tmp_path: Path) -> None:
    words = ("rally.gap_min=0,60", "design.replications=1", "executor=serial", "progress=false", "lang=en", "out=h")
    done = call_konvoi("sweep", CROSSROADS, "scenario.network.water=tiada.geojson", *words, cwd=tmp_path)
    assert done.returncode == 0
    assert "  ! " in done.stdout
    assert "tiada.geojson" in done.stdout
    assert (tmp_path / "h" / "verdict.json").is_file()
