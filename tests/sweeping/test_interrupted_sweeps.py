"""A sweep that is killed, starved or refused loses nothing that was finished, and ends in the same tables."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from konvoi.commands.run import run
from konvoi.errors import OutputError
from konvoi.sweeping.folder import hold_folder, list_differences, open_folder, set_aside
from konvoi.sweeping.parts import open_parts
from konvoi.sweeping.study import compute_fingerprint, describe_study
from konvoi.sweeping.sweep import run_sweep
from konvoi.tables.files import write_text
from tests.support.small_sweep import prepare, read_tables, sweep_into

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal, limit or mount")


def run_python(*words: str, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    sweep_into(folder, *prepare())
    return folder


@POSIX
def test_a_sweep_killed_at_twenty_random_moments_ends_in_the_same_tables() -> None:
    done = run_python("-m", "tests.benchmarks.kill_sweeps", "--kills", "20", "--forked", timeout=600.0)
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.strip().splitlines()[-1]
    counts = dict(part.split(": ") for part in last.split(", "))
    assert int(counts["parent"]) >= 20
    assert int(counts["compared"]) >= 1


@POSIX
def test_a_killed_worker_does_not_end_the_sweep(undisturbed: Path, tmp_path: Path) -> None:
    settings, study = prepare(["workers=2"], executor="processes")
    killed = []

    def kill_one() -> None:
        deadline = time.monotonic() + 60.0
        while not killed and time.monotonic() < deadline:
            if list(tmp_path.glob("parts/replications-*")):
                with contextlib.suppress(ProcessLookupError, IndexError):
                    victim = multiprocessing.active_children()[0].pid
                    assert victim is not None
                    os.kill(victim, signal.SIGKILL)
                    killed.append(victim)
            time.sleep(0.002)

    killer = threading.Thread(target=kill_one)
    killer.start()
    sweep_into(tmp_path, settings, study)
    killer.join()
    assert killed
    assert read_tables(tmp_path) == read_tables(undisturbed)
    assert not list(tmp_path.glob("parts/.*"))


@POSIX
def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    sweep = subprocess.Popen(
        [sys.executable, "-m", "tests.support.small_sweep", str(tmp_path), "executor=processes", "workers=1",
         "design.replications=1000", "design.cap=20000"],
        cwd=ROOT,
    )  # fmt: skip
    deadline = time.monotonic() + 60.0
    while not list(tmp_path.glob("parts/replications-*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    sweep.kill()
    sweep.wait()
    while time.monotonic() < deadline:
        before = len(list(tmp_path.glob("parts/replications-*")))
        time.sleep(1.0)
        if len(list(tmp_path.glob("parts/replications-*"))) == before:
            break
    assert 0 < before < 80, "the worker went on to the end of the first round"
    with hold_folder(tmp_path):
        pass


@pytest.mark.parametrize("kind", ["replications", "contacts"])
@pytest.mark.parametrize("damage", ["cut", "empty", "changed", "foreign"])
def test_a_damaged_part_is_computed_again(kind: str, damage: str, undisturbed: Path, tmp_path: Path) -> None:
    shutil.copytree(undisturbed, tmp_path, dirs_exist_ok=True)
    parts = sorted((tmp_path / "parts").glob(f"{kind}-*"))
    content = bytearray(parts[1].read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "empty":
        content = bytearray()
    elif damage == "changed":
        content[60] ^= 0xFF
    else:
        content = bytearray(parts[0].read_bytes())
    parts[1].write_bytes(bytes(content))
    (tmp_path / "parts" / ".contacts-p00000-r0000000-0000014.123-ab.parquet").write_bytes(b"PAR1")
    for name in ("replications", "contacts"):
        (tmp_path / f"{name}.parquet").unlink()
    sweep_into(tmp_path, *prepare())
    assert read_tables(tmp_path) == read_tables(undisturbed)
    assert not list(tmp_path.glob("parts/.*"))


def test_parts_cut_in_another_way_are_used_and_none_counts_twice(undisturbed: Path, tmp_path: Path) -> None:
    """What an earlier, longer sweep with other rounds has left does not change which replications count."""
    sweep_into(tmp_path, *prepare(["design.stopping=fixed", "design.replications=43"]))
    sweep_into(tmp_path, *prepare(["design.stopping=fixed", "design.replications=130"]))
    sweep_into(tmp_path, *prepare())
    assert read_tables(tmp_path) == read_tables(undisturbed)


def test_stopping_by_precision_runs_more_where_the_answer_is_open(undisturbed: Path) -> None:
    replications = pd.read_parquet(undisturbed / "replications.parquet")
    totals = replications.groupby("point").size()
    assert totals.nunique() == 2
    assert totals.min() >= 30
    assert totals.max() <= 120
    for point, own in replications.groupby("point"):
        assert own["replication"].tolist() == list(range(totals[point]))


@POSIX
def test_a_limit_of_file_size_is_told_and_the_sweep_goes_on_later(undisturbed: Path, tmp_path: Path) -> None:
    code = (
        "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000));"
        f"import sys; sys.argv = ['', {str(tmp_path)!r}]; runpy.run_module('tests.support.small_sweep', run_name='__main__')"
    )
    done = run_python("-c", code)
    assert done.returncode == 2, done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    sweep_into(tmp_path, *prepare())
    assert read_tables(tmp_path) == read_tables(undisturbed)


@POSIX
def test_a_full_disk_is_told_and_the_sweep_goes_on_when_there_is_room(undisturbed: Path, tmp_path: Path) -> None:
    disk, rescued = tmp_path / "disk", tmp_path / "rescued"
    disk.mkdir()
    own = ["unshare", "--user", "--map-root-user", "--mount"]
    mount = f"mount -t tmpfs -o size=80k tmpfs {shlex.quote(str(disk))}"
    if shutil.which("unshare") is None or subprocess.run([*own, "sh", "-c", mount], check=False).returncode != 0:
        pytest.skip("this system lets no user mount a small file system")
    sweep = shlex.join([sys.executable, "-m", "tests.support.small_sweep", str(disk / "out")])
    script = f"{mount} && {sweep}; code=$?; cp -r {shlex.quote(str(disk))}/out {shlex.quote(str(rescued))}; exit $code"
    done = subprocess.run([*own, "sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    settings, study = prepare()
    key = compute_fingerprint(describe_study(settings, study)["identity"])
    parts = open_parts(None, rescued, key)
    kept = [batch for batch in parts.list_batches() if parts.read(batch) is not None]
    assert kept
    sweep_into(rescued, settings, study)
    assert read_tables(rescued) == read_tables(undisturbed)


def test_a_file_is_on_disk_before_its_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a power failure may take: nothing that was synchronised, in the order in which it was."""
    steps = []
    synchronise, replace = os.fsync, Path.replace

    def note_fsync(number: int) -> None:
        steps.append("folder" if Path(f"/dev/fd/{number}").is_dir() else "content")
        synchronise(number)

    def note_replace(path: Path, target: Path) -> Path:
        steps.append("name")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "replace", note_replace)
    write_text(tmp_path / "one.txt", "1")
    assert steps[:2] == ["content", "name"]
    if os.name == "posix":
        assert steps[2:] == ["folder"]


def test_a_second_sweep_into_one_folder_is_refused(tmp_path: Path) -> None:
    with hold_folder(tmp_path):
        with pytest.raises(OutputError, match=rf"another sweep is writing there \(process {os.getpid()} on "):
            sweep_into(tmp_path, *prepare())
        assert not (tmp_path / "parts").exists()
    with hold_folder(tmp_path):
        pass


@POSIX
def test_a_killed_sweep_leaves_no_lock(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from konvoi.sweeping.folder import hold_folder\n"
        "with hold_folder(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(OutputError, match=rf"process {holder.pid} on "), hold_folder(tmp_path):
            pass
        holder.kill()
        holder.wait()
    with hold_folder(tmp_path):
        pass


def test_every_difference_to_the_sweep_in_a_folder_is_named(tmp_path: Path) -> None:
    settings, study = prepare()
    open_folder(tmp_path, describe_study(settings, study))
    other, other_study = prepare(
        ["contact.distance_m=80", "rally.gap_min=0,60,90", "scenario.convoys.p1-barat.people=99"]
    )
    with pytest.raises(OutputError) as refused:
        open_folder(tmp_path, describe_study(other, other_study))
    told = str(refused.value).splitlines()
    assert told[1:4] == [
        "  factors.rally.gap_min: [0, 60] there, [0, 60, 90] now",
        "  scenario.convoys.p1-barat.people: 400 there, 99 now",
        "  settings.contact.distance_m: 50.0 there, 80 now",
    ]
    assert "--new" in told[-1]
    manifest = tmp_path / "manifest.json"
    held = json.loads(manifest.read_text(encoding="utf-8"))
    held["identity"]["code"]["konvoi/plan/routes.py"] = "before"
    held["identity"]["network_hash"] = "before"
    held["identity"]["code"]["numpy"] = "1.0"
    manifest.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(
        OutputError, match=r"konvoi/plan/routes.py: the program has changed\n(.|\n)*network_hash: \"before\" there"
    ):
        open_folder(tmp_path, describe_study(settings, study))
    assert list_differences(held["identity"], held["identity"]) == []


def test_more_replications_or_other_judgement_is_no_other_sweep(tmp_path: Path) -> None:
    open_folder(tmp_path, describe_study(*prepare()))
    open_folder(tmp_path, describe_study(*prepare(["design.replications=50", "design.threshold=0.1", "workers=3"])))


def test_new_moves_the_old_sweep_aside(tmp_path: Path) -> None:
    folder = tmp_path / "hasil"
    assert set_aside(folder) is None
    for number in (1, 2):
        open_folder(folder, describe_study(*prepare([f"seed={number}"])))
        aside = set_aside(folder)
        assert aside == tmp_path / f"hasil.old-{number}"
        assert json.loads((aside / "manifest.json").read_text(encoding="utf-8"))["identity"]["seed"] == number
    assert not folder.exists()


def test_a_row_of_a_sweep_is_run_again_by_the_command_in_its_manifest(undisturbed: Path, tmp_path: Path) -> None:
    manifest = json.loads((undisturbed / "manifest.json").read_text(encoding="utf-8"))
    replications = pd.read_parquet(undisturbed / "replications.parquet")
    contacts = pd.read_parquet(undisturbed / "contacts.parquet")
    chosen = replications[(replications["contacts"] > 1)].groupby("point").tail(1)
    assert len(chosen) == 2
    for row in chosen.to_dict("records"):
        command = manifest["points"][row["point"]]["replay"].replace("=N", f"={row['replication']}")
        assert shlex.split(command)[:2] == ["konvoi", "run"]
        folder = tmp_path / str(row["point"])
        assert run([*shlex.split(command)[2:], f"out={folder}", "progress=false"]) == 0
        again = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        for key in ("seed", "contacts", "exposure_person_min", "lateness_1_min", "delay_vehicle_h", "people_2"):
            assert again[key] == row[key], key
        wanted = contacts[(contacts["point"] == row["point"]) & (contacts["replication"] == row["replication"])]
        columns = ["unit_1", "unit_2", "begin_s", "end_s", "link", "exposure_person_min"]
        pd.testing.assert_frame_equal(
            pd.read_csv(folder / "contacts.csv")[columns], wanted[columns].reset_index(drop=True), check_dtype=False
        )


def test_a_failing_replication_is_recorded_and_stops_no_other(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import konvoi.sweeping.batches

    simulate = konvoi.sweeping.batches.run_replication

    def fail_once(config: object, town: object, routes: object, replication: int) -> object:
        if replication == 7:
            raise ZeroDivisionError("on\npurpose")
        return simulate(config, town, routes, replication)  # type: ignore[arg-type]

    monkeypatch.setattr(konvoi.sweeping.batches, "run_replication", fail_once)
    settings, study = prepare(["design.stopping=fixed"])
    replications, _ = sweep_into(tmp_path, settings, study)
    failed = replications[replications["error"] != ""]
    assert failed[["point", "replication"]].to_numpy().tolist() == [[0, 7], [1, 7]]
    assert failed["error"].str.startswith("ZeroDivisionError: on purpose (test_interrupted_sweeps.py:").all()
    good = pd.read_parquet(undisturbed / "replications.parquet")
    assert (failed["seed"] == good.loc[good["replication"] == 7, "seed"].to_numpy()).all()
    assert len(replications) == 60
    rest = replications[replications["error"] == ""].reset_index(drop=True)
    wanted = good[(good["replication"] < 30) & (good["replication"] != 7)].reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, wanted)
    monkeypatch.undo()
    run_sweep(settings, study, tmp_path)
    again = pd.read_parquet(tmp_path / "replications.parquet")
    pd.testing.assert_frame_equal(again, replications)
