"""The wheel carries everything: code, menu of choices, and the embedded world."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


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


@pytest.mark.parametrize("pattern", ["**/*.py", "view/assets/*"])
def test_the_wheel_holds_every_file_of_the_package(unpacked_wheel: Path, pattern: str) -> None:
    expected = list_data(ROOT / "sim" / "konvoi", pattern)
    assert expected
    assert list_data(unpacked_wheel / "konvoi", pattern) == expected


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [
        ("configs", "**/*.yaml"),
        ("scenarios", "**/*.yaml"),
        ("scenarios", "networks/*.osm*"),
        ("scenarios", "notices/*"),
    ],
)
def test_the_wheel_holds_every_choice_and_scenario(unpacked_wheel: Path, folder: str, pattern: str) -> None:
    expected = list_data(ROOT / folder, pattern)
    assert expected
    assert list_data(unpacked_wheel / "konvoi" / folder, pattern) == expected


def test_the_wheel_holds_the_main_scenario_and_its_roads(unpacked_wheel: Path) -> None:
    for name in ("scenarios/kutim_kampanye_akbar.yaml", "scenarios/networks/sangatta.osm", "configs/config.yaml"):
        assert (unpacked_wheel / "konvoi" / name).is_file(), name


def test_every_folder_of_code_is_a_package(unpacked_wheel: Path) -> None:
    folders = {path.parent for path in (unpacked_wheel / "konvoi").rglob("*.py")}
    assert folders
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_wheel_puts_one_name_into_site_packages(unpacked_wheel: Path) -> None:
    (metadata,) = unpacked_wheel.glob("*.dist-info")
    assert {path.name for path in unpacked_wheel.iterdir()} == {"konvoi", metadata.name}
    assert (metadata / "licenses" / "LICENSE").is_file()
    assert "konvoi = konvoi.cli:main" in (metadata / "entry_points.txt").read_text(encoding="utf-8")


def test_the_installed_command_finds_its_scenarios_from_another_folder(unpacked_wheel: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked_wheel)}
    code = "import konvoi.cli as cli; print(cli.__file__); raise SystemExit(cli.main(['check']))"
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
