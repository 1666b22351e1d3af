"""The wheel carries everything: code, menu of choices, and the embedded world."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("sim", "experiments", "configs", "scenarios")


@pytest.fixture(scope="module")
def unpacked_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and unpack it, as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def list_data(folder: Path, *patterns: str) -> set[str]:
    """List the files of a folder that match, relative to it."""
    return {path.relative_to(folder).as_posix() for pattern in patterns for path in folder.glob(pattern)}


@pytest.mark.parametrize(
    "pattern",
    [
        "configs/**/*.yaml",
        "scenarios/**/*.yaml",
        "scenarios/manuals/*.yaml",
        "scenarios/networks/*.osm*",
        *(f"{name}/**/*.py" for name in PACKAGES),
    ],
)
def test_the_wheel_holds_every_file_of_a_kind(unpacked_wheel: Path, pattern: str) -> None:
    expected = list_data(ROOT, pattern)
    assert expected
    assert list_data(unpacked_wheel, pattern) == expected


def test_the_wheel_holds_the_main_scenario_and_its_roads(unpacked_wheel: Path) -> None:
    for name in ("scenarios/kutim_kampanye_akbar.yaml", "scenarios/networks/sangatta.osm", "configs/config.yaml"):
        assert (unpacked_wheel / name).is_file(), name


def test_every_folder_of_code_or_choices_is_a_package(unpacked_wheel: Path) -> None:
    # Without __init__.py a folder of configurations is not found once konvoi is installed.
    files = [path for name in PACKAGES for path in (unpacked_wheel / name).rglob("*") if path.is_file()]
    folders = {path.parent for path in files if path.suffix in {".py", ".yaml", ".osm"}}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_wheel_holds_nothing_else(unpacked_wheel: Path) -> None:
    (metadata,) = unpacked_wheel.glob("*.dist-info")
    assert {path.name for path in unpacked_wheel.iterdir()} == {*PACKAGES, metadata.name}
    assert (metadata / "licenses" / "LICENSE").is_file()
    assert "konvoi = experiments.cli:main" in (metadata / "entry_points.txt").read_text(encoding="utf-8")


def test_the_installed_command_finds_its_scenarios_from_another_folder(unpacked_wheel: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked_wheel)}
    code = "import experiments.cli as cli; print(cli.__file__); raise SystemExit(cli.main(['check']))"
    outcome = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert Path(outcome.stdout.splitlines()[0]).is_relative_to(unpacked_wheel)
