"""The commands as a user gives them, in this process; a sweep on two workers and one of each kind in real processes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.support.commands import call_konvoi, start_konvoi

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("commands")]  # they share one sweep

SWEEP = [
    "sweep", "scenario=crossroads", "rally.gap_min=0,another_day", "rally.venue_pair=bersilangan,terpisah",
    "design.replications=30", "progress=false",
]  # fmt: skip


@pytest.fixture(scope="module")
def sweep_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sweep")
    done = start_konvoi(*SWEEP, "workers=2", f"out={folder / 'two'}", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip().splitlines()[-1]) == (folder / "two").resolve()
    return folder / "two"


def test_a_sweep_leaves_its_tables_verdict_and_pictures(sweep_folder: Path) -> None:
    points = pd.read_csv(sweep_folder / "points.csv")
    assert len(points) == 4
    assert (points["replications"] == 30).all()
    assert points.loc[points["is_another_day"], "p_contact"].eq(0).all()
    assert len(pd.read_parquet(sweep_folder / "replications.parquet")) == 120
    verdict = json.loads((sweep_folder / "verdict.json").read_text(encoding="utf-8"))
    for key in (
        "p_contact",
        "low",
        "high",
        "replications",
        "threshold",
        "safe_gaps_by_pair",
        "map_quality",
        "seed",
        "version",
    ):
        assert key in verdict
    for name in ("heat_map", "contact_map"):
        assert (sweep_folder / "figures" / f"{name}.png").stat().st_size > 20_000
        assert (sweep_folder / "figures" / f"{name}.svg").stat().st_size > 5_000


def test_a_report_is_the_whole_pack_of_a_sweep(sweep_folder: Path) -> None:
    pytest.importorskip("pptx")
    done = call_konvoi("report", str(sweep_folder), "animation=false", cwd=sweep_folder)
    assert done.returncode == 0, done.stderr
    pack = sweep_folder / "report"
    for name in ("rakor.pptx", "ringkasan.pdf", "hasil.xlsx", "syarat_sttp.docx", "gis/konvoi.gpkg", "gis/rute.geojson",
                 "gambar/ruang_waktu_biasa.png"):  # fmt: skip
        assert (pack / name).stat().st_size > 500, name
        assert str(pack / name) in done.stdout
    refused = call_konvoi("report", str(sweep_folder), "template=absent.pptx", cwd=sweep_folder)
    assert refused.returncode == 2
    assert "absent.pptx" in refused.stderr
    assert call_konvoi("report", str(sweep_folder), "colour=blue", cwd=sweep_folder).returncode == 2


def test_one_worker_gives_the_tables_of_two(sweep_folder: Path, tmp_path: Path) -> None:
    """V17; and different replications differ."""
    done = call_konvoi(*SWEEP, "workers=1", f"out={tmp_path / 'one'}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("replications.parquet", "contacts.parquet"):
        one, two = pd.read_parquet(tmp_path / "one" / name), pd.read_parquet(sweep_folder / name)
        pd.testing.assert_frame_equal(one, two)
    assert (sweep_folder / "points.csv").read_bytes() == (tmp_path / "one" / "points.csv").read_bytes()
    assert pd.read_parquet(sweep_folder / "replications.parquet")["lateness_1_min"].nunique() == 30


def test_a_sweep_that_lost_parts_is_completed_to_the_same_tables(sweep_folder: Path) -> None:
    before = (sweep_folder / "points.csv").read_bytes()
    for part in sorted((sweep_folder / "parts").glob("replications-*"))[:3]:
        part.unlink()
    done = call_konvoi(*SWEEP, "workers=1", f"out={sweep_folder}", cwd=sweep_folder)
    assert done.returncode == 0, done.stderr
    assert (sweep_folder / "points.csv").read_bytes() == before


def test_another_sweep_is_refused_in_a_used_folder(sweep_folder: Path) -> None:
    done = call_konvoi(*SWEEP, "seed=2", "lang=en", f"out={sweep_folder}", cwd=sweep_folder)
    assert done.returncode == 2
    assert "holds another sweep; these differ:\n  seed: 20241123 there, 2 now\n" in done.stderr


def test_a_report_is_drawn_again_in_english(sweep_folder: Path) -> None:
    done = call_konvoi("report", str(sweep_folder), "lang=en", "animation=false", cwd=sweep_folder)
    assert done.returncode == 0, done.stderr
    assert "VERDICT" in done.stdout.upper()


def test_folders_of_finished_sweeps_are_compared_day_by_day(sweep_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(sweep_folder, tmp_path / "salinan")
    done = call_konvoi("compare", str(sweep_folder), "salinan", "out=banding", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "30 hari simulasi yang sama" in done.stdout
    assert "belum terlihat bedanya" in " ".join(done.stdout.split())
    assert len(pd.read_csv(tmp_path / "banding" / "comparison.csv")) == 2


def test_named_plans_are_compared_and_reported(tmp_path: Path) -> None:
    plans = "scenario: crossroads\nplans:\n  bersamaan: {rally.gap_min: 0}\n  hari lain: {rally.gap_min: another_day}\n"
    (tmp_path / "rencana.yaml").write_text(plans, encoding="utf-8")
    words = ["compare", "bersamaan", "hari lain", "design.replications=12", "workers=1", "progress=false", "out=hasil"]
    done = start_konvoi(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "bersamaan (pembanding): peluang berjumpa" in done.stdout
    assert "hari lain: peluang berjumpa 0 %" in done.stdout
    assert (tmp_path / "hasil" / "points.csv").is_file()
    assert list(pd.read_csv(tmp_path / "hasil" / "comparison.csv")["plan"]) == ["bersamaan", "hari lain"]


def test_a_run_writes_its_files(tmp_path: Path) -> None:
    done = call_konvoi(
        "run", "scenario=crossroads", "seed=7", "rally.gap_min=60", "out=hari", "progress=false",
        "scenario.timezone_label=WIB", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "hari" / "summary.json").read_text(encoding="utf-8"))["timezone_label"] == "WIB"
    for name in ("summary.json", "contacts.csv", "events.parquet", "manifest.json"):
        assert (tmp_path / "hari" / name).is_file()
    times = pd.read_parquet(tmp_path / "hari" / "events.parquet")["time_s"]
    assert times.is_monotonic_increasing
    assert len(times) > 10


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["fly"], "there is no command 'fly'"),
        (["run", "scenario=nowhere"], "there is none of that name"),
        (["run", "rally.gap_mn=3"], "rally.gap_mn"),
        (["run", "rally.gap_min=900"], "outside 0 to 720 min"),
        (["run", "rally.gap_min=500"], "at most 390"),
        (["run", "scenario.rally.length_min=abc"], "rally.length_min: 'abc' given"),
        (["run", "behaviour.vehicle_mix.car=0.5"], "they must add up to 1"),
        (["report", "nowhere"], "no such folder"),
        (["compare"], "there is no rencana.yaml here"),
        (["roads", "info", "nowhere.osm"], "neither in"),
        (["sweep", "design.replications=0"], "design.replications"),
    ],
)
def test_bad_input_gets_one_message_and_exit_code_2(words: list[str], message: str, tmp_path: Path) -> None:
    done = call_konvoi(*words, "lang=en", cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    usual = call_konvoi(*words, cwd=tmp_path)
    assert usual.returncode == 2
    assert usual.stderr != done.stderr  # in Bahasa Indonesia
    assert list(tmp_path.iterdir()) == []


def test_a_fault_leaves_a_real_process_with_exit_code_2_and_without_a_traceback(tmp_path: Path) -> None:
    done = start_konvoi("run", "rally.gap_mn=3", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("konvoi run: perintah: ada 1 hal yang perlu dibetulkan\n  ")
    assert "rally.gap_mn" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["run", "sweep", "compare", "propose", "report", "roads", "init", "check"])
def test_help_has_an_example(verb: str, tmp_path: Path) -> None:
    for example, *lang in (("Contoh",), ("Example", "lang=en")):
        done = call_konvoi(verb, "--help", *lang, cwd=tmp_path)
        assert done.returncode == 0
        assert f"{example}: konvoi {verb}" in done.stdout


def test_check_lists_the_rules(tmp_path: Path) -> None:
    done = call_konvoi("check", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "STTP" in done.stdout


def test_check_takes_a_scenario_with_venue_pairs_of_its_own(tmp_path: Path) -> None:
    done = call_konvoi("check", "scenario=crossroads", "lang=en", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 venue pairs: valid" in done.stdout
