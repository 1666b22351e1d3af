"""The documentation says what is: every section, file, picture and figure it names is there, and the pages build offline."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
CODE = [path for folder in ("sim", "tests", "docs") for path in sorted((ROOT / folder).rglob("*.py"))]


def load(name: str) -> ModuleType:
    """Load a script of the documentation."""
    specification = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def test_every_section_of_the_model_that_is_cited_exists() -> None:
    sections = set(re.findall(r"^## (\d+)\. ", (DOCS / "model.md").read_text(encoding="utf-8"), re.MULTILINE))
    cited = {
        (path.relative_to(ROOT).as_posix(), number)
        for path in CODE
        for number in re.findall(r"MODEL §(\d+)", path.read_text(encoding="utf-8"))
    }
    assert len(cited) > 10
    assert sorted(place for place in cited if place[1] not in sections) == []


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "docs/concepts.md", "docs/town.md", "docs/decisions.md"]
)
def test_every_file_a_page_names_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:sim|tests|docs|configs|scenarios|experiments)/[\w./-]+)`", text))
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))], ids=lambda path: path.name
)
def test_pages_are_written_in_native_english(path: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    slips = re.findall(
        r"the begin\b.*|(?<![Tt]here) is no [a-z]+|(?:^|[.:] )Who(?:ever)? (?![^.]*\?).{20}|grid-lock",
        text,
        re.MULTILINE,
    )
    assert slips == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= 900


def read_example(name: str) -> str:
    """Return the Python example of a page."""
    return re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)[0]


@pytest.mark.slow
def test_the_python_example_runs_as_it_stands(tmp_path: Path) -> None:
    example = read_example("README.md")
    assert read_example("docs/api.md") == example
    outcome = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=600
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "contacts\n" in outcome.stdout
    assert (tmp_path / "heat_map.png").stat().st_size > 10_000


def test_the_pictures_are_what_their_script_draws() -> None:
    pictures = load("pictures")
    assert set(pictures.PICTURES) == {path.name for path in (DOCS / "pictures").glob("*.svg")}
    for name, draw in pictures.PICTURES.items():
        assert (DOCS / "pictures" / name).read_text(encoding="utf-8") == draw(), "python docs/pictures.py"


def test_every_verification_case_has_its_error_measured_and_within_its_tolerance() -> None:
    generate = load("generate")
    errors = generate.read_errors()
    assert sorted(errors) == sorted(path.stem for path, _, _ in generate.list_cases()), (
        "python -m tests.benchmarks.errors"
    )
    measured = [row for row in errors.values() if row["tolerance"] != "–"]
    assert len(measured) > 15
    assert [row["file"] for row in measured if float(row["largest_error"]) > float(row["tolerance"])] == []


def test_every_case_of_the_model_has_a_test_or_says_why_not() -> None:
    table = (DOCS / "model.md").read_text(encoding="utf-8").split("## 9.")[1].split("## 10.")[0]
    told = {
        number
        for numbers in re.findall(r"^\| (V[\dV, ]+) \|", table, re.MULTILINE)
        for number in re.findall(r"\d+", numbers)
    }
    assert told == {str(number) for number in range(1, 21)}
    cases = " ".join(docstring.partition("\n\n")[0] for _, docstring, _ in load("generate").list_cases())
    elsewhere = {"15", "16", "17"}
    assert told - elsewhere <= set(re.findall(r"\bV(\d+)\b", cases))


def test_every_key_and_every_command_has_its_line() -> None:
    from konvoi.cli import VERBS
    from konvoi.config.settings import Behaviour, ContactRule

    generate = load("generate")
    keys, commands = generate.format_keys(), generate.format_commands()
    for section, schema in (("behaviour", Behaviour), ("contact", ContactRule)):
        for name in schema.model_fields:
            assert f"`{section}.{name}" in keys
    assert "| `contact.distance_m` | `50.0` | 1 to 500 |" in keys
    assert "assumption" in keys
    assert commands.count("\n```text\n") == len(VERBS)


def test_every_decision_has_a_date_and_stands_in_the_index() -> None:
    text = (DOCS / "decisions.md").read_text(encoding="utf-8")
    titles = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert len(titles) > 40
    assert load("generate").format_decision_index(text).count("](#") == len(titles)


@pytest.mark.slow
def test_the_pages_build_without_a_warning_and_ask_nobody_for_anything(tmp_path: Path) -> None:
    built = tmp_path / "docs"
    outcome = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-W",
            "--keep-going",
            "-b",
            "html",
            "-d",
            tmp_path / "doctrees",
            DOCS,
            built,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert outcome.returncode == 0, outcome.stderr
    asked = [
        f"{path.name}: {address}"
        for path in sorted(built.rglob("*"))
        if path.suffix in {".html", ".css"}
        for address in re.findall(
            r"<(?:link|script|img|iframe)[^>]+(?:href|src)=\"((?:https?:)?//[^\"]+)|url\([\"']?((?:https?:)?//[^)]+)|@import[^;]+//",
            path.read_text(encoding="utf-8"),
        )
    ]
    assert asked == []


def test_the_tracked_pages_are_those_the_code_gives() -> None:
    generate = load("generate")
    given = {
        "keys": generate.format_keys(),
        "commands": generate.format_commands(),
        "verification": generate.format_verification(),
        "decisions": generate.format_decision_index(generate.DECISIONS.read_text(encoding="utf-8")),
    }
    stale = [
        name
        for name, text in given.items()
        if (DOCS / "generated" / f"{name}.part.md").read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run `python docs/generate.py`"
