"""A sweep on Ray, on Slurm's stand-in or with parts in an object store ends in the tables of one process."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from konvoi.errors import OutputError
from konvoi.sweeping.executors.work import Work, Worker
from konvoi.sweeping.parts import ObjectStore, open_parts
from konvoi.sweeping.study import compute_fingerprint, describe_code, describe_study
from tests.support.small_sweep import prepare, read_tables, sweep_into

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def needs(package: str, extra: str) -> pytest.MarkDecorator:
    is_there = importlib.util.find_spec(package) is not None
    return pytest.mark.skipif(
        not is_there, reason=f"an optional package is not installed: pip install 'konvoi[{extra}]'"
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    sweep_into(folder, *prepare())
    return folder


def kill_when_parts_are_there(folder: Path, find: Callable[[], list[int]], killed: list[int]) -> threading.Thread:
    """Start a thread that kills one worker process once the first batch is finished."""

    def kill() -> None:
        deadline = time.monotonic() + 90.0
        while not killed and time.monotonic() < deadline:
            if list(folder.glob("parts/replications-*")):
                for pid in find()[:1]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                        killed.append(pid)
            time.sleep(0.005)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def find_processes(words: bytes) -> list[int]:
    """Find processes by what stands in their command line (Linux)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if words in path.read_bytes():
                found.append(int(path.parent.name))
    return found


@needs("ray", "ray")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the worker to kill is found in /proc")
# Ray reads and forks on its own account; what it leaves open is not ours.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_ray_cluster_that_loses_a_worker_ends_in_the_same_tables(undisturbed: Path, tmp_path: Path) -> None:
    settings, study = prepare(["workers=3", "ray.address=local"], executor="ray")
    killed: list[int] = []
    killer = kill_when_parts_are_there(tmp_path, lambda: find_processes(b"ray::_run_on_node"), killed)
    sweep_into(tmp_path, settings, study)
    killer.join()
    assert killed
    assert read_tables(tmp_path) == read_tables(undisturbed)


@needs("submitit", "slurm")
def test_jobs_of_submitit_end_in_the_same_tables(undisturbed: Path, tmp_path: Path) -> None:
    words = ["workers=2", "submitit.cluster=local", "submitit.timeout_min=5"]
    sweep_into(tmp_path, *prepare(words, executor="submitit"))
    assert read_tables(tmp_path) == read_tables(undisturbed)
    assert list((tmp_path / "jobs").glob("*/*_submitted.pkl"))


@needs("fsspec", "store")
def test_parts_in_an_object_store_end_in_the_same_tables(undisturbed: Path, tmp_path: Path) -> None:
    import fsspec

    words = ["parts=memory://provinsi/konvoi"]
    settings, study = prepare(words)
    sweep_into(tmp_path / "one", settings, study)
    assert read_tables(tmp_path / "one") == read_tables(undisturbed)
    assert not (tmp_path / "one" / "parts").exists()
    store = fsspec.filesystem("memory")
    key = compute_fingerprint(describe_study(settings, study)["identity"])
    names = sorted(store.ls(f"/provinsi/konvoi/{key}", detail=False))
    assert len(names) > 8
    store.rm(names[-1])
    store.pipe_file(names[0], store.cat_file(names[0])[:100])
    sweep_into(tmp_path / "two", settings, study)
    assert read_tables(tmp_path / "two") == read_tables(undisturbed)


@needs("s3fs", "store")
@needs("moto", "store")
@needs("flask", "store")
def test_parts_in_a_store_that_speaks_s3_end_in_the_same_tables(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        _, port = server.get_host_and_port()
        for name, value in (("ENDPOINT_URL", f"http://127.0.0.1:{port}"), ("ACCESS_KEY_ID", "any"),
                            ("SECRET_ACCESS_KEY", "any"), ("DEFAULT_REGION", "us-east-1")):  # fmt: skip
            monkeypatch.setenv(f"AWS_{name}", value)
        import s3fs

        s3fs.S3FileSystem().mkdir("provinsi")
        sweep_into(tmp_path, *prepare(["parts=s3://provinsi/konvoi", "workers=2"], executor="processes"))
        assert read_tables(tmp_path) == read_tables(undisturbed)
        assert len(s3fs.S3FileSystem().find("provinsi/konvoi")) > 8
    finally:
        server.stop()


def test_parts_in_a_shared_folder_serve_several_studies(undisturbed: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    for number in (5, 6):
        sweep_into(tmp_path / str(number), *prepare([f"parts={shared}", f"seed={number}"]))
    assert read_tables(tmp_path / "5") == read_tables(undisturbed)
    assert read_tables(tmp_path / "6") != read_tables(undisturbed)
    assert len(list(shared.iterdir())) == 2


@pytest.mark.parametrize("where", ["nowhere-known://x/y", "below a file"])
def test_a_place_for_parts_that_cannot_be_used_is_told(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    where = where if "://" in where else str(tmp_path / "file" / "below")
    with pytest.raises(OutputError, match=r"parts=.*cannot be used"):
        open_parts(where, tmp_path, "key")


def test_a_worker_with_another_program_refuses_to_work(tmp_path: Path) -> None:
    settings, study = prepare()
    del settings
    parts = open_parts(None, tmp_path, "key")
    worker = Worker(Work(study, parts, {**describe_code(), "numpy": "1.0"}))
    assert str(worker.run(()).fault) == (
        "a worker has another konvoi or other libraries (different: numpy); install the same"
    )
    assert Worker(Work(study, parts, describe_code())).run(()).fault == ""


def test_neither_ray_nor_submitit_is_imported_unless_asked_for() -> None:
    code = (
        "import sys, konvoi.commands.sweep, tests.support.small_sweep as s; s.prepare();"
        "print(sorted({'ray', 'submitit', 'fsspec', 's3fs'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("package", "executor"), [("ray", "ray"), ("submitit", "submitit")])
def test_a_missing_cluster_package_is_told_with_its_remedy(
    package: str, executor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(OutputError, match=r"pip install 'konvoi\["):
        sweep_into(tmp_path, *prepare(executor=executor))


def test_an_object_store_needs_no_folder() -> None:
    assert ObjectStore("s3://a/b").clean() is None
