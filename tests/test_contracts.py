"""The promises of the repository itself: who imports whom, what is tracked, and what is pinned."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from konvoi import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

TOP_LEVEL = (
    "pyproject.toml",
    "sim",
    "configs",
    "scenarios",
    "experiments",
    "tests",
    "docs",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "Makefile",
    "requirements*.txt",
    ".*",
    "outputs",
)
NOT_PROJECT = {".git", ".venv", "outputs", "build", "dist", "__pycache__"}

# Where packages come from is a setting of each machine. (The brackets keep this file from matching itself.)
REGISTRY = re.compile(
    r"py[p]i\.(?:python\.)?org|python[h]osted\.org|ana[c]onda\.(?:org|com)|conda-[f]orge\.org|registry\.np[m]js"
    r"|https?://[^\s\"'<>]+/simp[l]e\b"
    r"|--(?:extra-|default-)?inde[x](?:-url)?[ =]|--fin[d]-links|--truste[d]-host"
    r"|^\s*(?:extra-|default-)?inde[x]-url\s*=|\[\[?tool\.uv\.inde[x]|(?:UV|PIP)_(?:EXTRA_|DEFAULT_)?INDE[X]",
    re.IGNORECASE | re.MULTILINE,
)


def list_project_files() -> list[Path]:
    """List the files that are, or could be, committed; a copy without git is walked instead."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", "."],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
            encoding="utf-8",
        ).stdout
        names = [ROOT / name for name in listing.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [
            path
            for path in ROOT.rglob("*")
            if not NOT_PROJECT & set(path.relative_to(ROOT).parts)
            and not any(part.endswith("_cache") or part == ".hypothesis" for part in path.relative_to(ROOT).parts)
        ]
    files = sorted(path for path in names if path.is_file())
    assert ROOT / "sim" / "konvoi" / "__init__.py" in files
    return files


def read_pins(name: str) -> list[Requirement]:
    """Read a pinned file; check on the way that each pin is exact and carries a hash."""
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8").strip())
    pins = []
    for entry in entries:
        specification, *hashes = re.split(r"\s*\\\n\s*", entry)
        pin = Requirement(specification)
        assert hashes, f"{pin}: no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", text) for text in hashes), f"{pin}: {hashes}"
        assert [bound.operator for bound in pin.specifier] == ["=="], f"{pin}: not exact"
        pins.append(pin)
    return pins


def find_pin(pins: list[Requirement], name: str, python: str) -> Requirement:
    """Return the one pin of a package that holds on a Python version (on Linux)."""
    environment = {"python_version": python, "python_full_version": f"{python}.5", "sys_platform": "linux"}
    found = [
        pin
        for pin in pins
        if canonicalize_name(pin.name) == canonicalize_name(name)
        and (pin.marker is None or Marker(str(pin.marker)).evaluate(environment))
    ]
    assert len(found) == 1, f"{name} on Python {python}: {[str(pin) for pin in found]}"
    return found[0]


def test_every_import_contract_is_kept() -> None:
    # In a process of its own, as a user calls it: the linter sets up logging and sys.path for itself.
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    outcome = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_no_file_tells_where_packages_come_from() -> None:
    faults = []
    for path in list_project_files():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        for match in REGISTRY.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            faults.append(f"{path.relative_to(ROOT)}:{line}: {match.group().strip()}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "text",
    [
        "https://{}.org/project/numpy".format("py" + "pi"),
        "https://mirror.example/{}/".format("sim" + "ple"),
        "pip install --{}-url X".format("ind" + "ex"),
        "extra-{}-url = X".format("ind" + "ex"),
    ],
)
def test_the_search_for_registries_finds_one(text: str) -> None:
    assert REGISTRY.search(text)


def test_the_top_level_holds_only_what_belongs_there() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in list_project_files()}
    strangers = sorted(name for name in names if not any(fnmatch(name, pattern) for pattern in TOP_LEVEL))
    assert not strangers


def test_tests_mirror_the_rooms_and_import_no_other_test() -> None:
    rooms = {path.name for path in (ROOT / "sim" / "konvoi").iterdir() if path.is_dir()}
    kinds = {"benchmarks", "browser", "fuzz", "golden", "properties", "smoke", "support", "verification"}
    files = [path for path in list_project_files() if path.is_relative_to(ROOT / "tests") and path.suffix == ".py"]
    folders = {path.parent.name for path in files if path.parent != ROOT / "tests"}
    assert sorted(folders - rooms - kinds) == []
    importing = re.compile(r"^\s*(?:from|import) tests\.(?:\w+\.)*test_", re.MULTILINE)
    assert [path.name for path in files if importing.search(path.read_text(encoding="utf-8"))] == []


def test_the_version_is_told_once() -> None:
    assert PROJECT["version"] == __version__


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_dependency_is_pinned_within_its_bounds(python: str) -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = {
        "requirements.txt": PROJECT["dependencies"] + extras["build"] + extras["report"],
        "requirements-dev.txt": PROJECT["dependencies"]
        + extras["build"]
        + extras["report"]
        + extras["dev"]
        + extras["docs"],
        "requirements-docs.txt": PROJECT["dependencies"] + extras["build"] + extras["report"] + extras["docs"],
    }
    for name, dependencies in wanted.items():
        pins = read_pins(name)
        for dependency in map(Requirement, dependencies):
            version = next(iter(find_pin(pins, dependency.name, python).specifier)).version
            assert dependency.specifier.contains(version), f"{name}: {dependency}, pinned {version}"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-docs.txt"])
def test_the_development_pins_hold_the_others(name: str) -> None:
    # Otherwise `make run`, `make docs` and `make test` would pull the packages of one .venv to and fro.
    assert {str(pin) for pin in read_pins(name)} <= {str(pin) for pin in read_pins("requirements-dev.txt")}
