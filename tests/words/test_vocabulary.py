"""What officials read has no word that means something else to them (an arrest, a court ruling, a party's colour)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

import konvoi
from konvoi.words import load_words
from tests.support.crossroads import SCENARIOS

ROOT = Path(str(konvoi.__file__)).parent
# Words of everyday Bahasa Indonesia that would be misread here, and jargon that says nothing to a reader.
BANNED = re.compile(
    r"\b("
    r"ditahan|penahanan|titik tahan|bersih|putusan|paparan|kontak\w*|hari biasa|hari buruk|ulangan|benih|selang|"
    r"kepala|ekor|pasangan|hijau|kuning|merah|galat|rancangan|taraf|jalan bersama|mengekor|menyatu|bersilangan|barisan|"
    r"nyata (?:lebih|berbeda|berubah)|tidak dapat dibedakan|untung-untungan|slaid|sapuan|acuan|km(?:03|07|10|13)"
    r")\b",
    re.IGNORECASE,
)
# What is no word for officials: the fault of a signal's red time, and an example of a key on the command line.
ALLOWED = {"faults.cycle_short", "help.keys", "columns.effective_replications"}


@pytest.mark.parametrize(
    ("text", "is_banned"),
    [
        ("Paslon 2 ditahan di titik kumpul", True),
        ("Perjumpaan pada hari buruk", True),
        ("kontak di jalan", True),
        ("MERAH", True),
        ("rencana km10", True),
        ("kepulangan Paslon 2 ditunda", False),
        ("hari terburuk (1 dari 20)", False),
        ("KETAHANAN JAWABAN", False),
        ("peserta, kendaraan terdepan", False),
    ],
)
def test_the_list_finds_what_it_should(text: str, is_banned: bool) -> None:
    assert bool(BANNED.search(text)) == is_banned


def test_no_sentence_has_a_banned_word() -> None:
    found = {key: text for key, text in load_words("id").items() if key not in ALLOWED and BANNED.search(text)}
    assert found == {}


def test_no_text_in_the_code_has_one() -> None:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in told
                and BANNED.search(node.value)
            ):
                found.append((path.name, node.lineno, node.value))
    for path in sorted(ROOT.rglob("*.js")):
        found += [
            (path.name, 0, text)
            for text in re.findall(r"[\"'`]([^\"'`\n]*)[\"'`]", path.read_text("utf-8"))
            if BANNED.search(text)
        ]
    assert found == []


def test_no_name_that_comes_with_konvoi_has_one() -> None:
    """Plans of the experiments, and titles and names in the scenarios: they are printed as they are written."""
    folder = SCENARIOS.parent / "configs" / "experiment"
    names = [
        name
        for path in sorted(folder.glob("*.yaml"))
        for name in _list_plan_names(yaml.safe_load(path.read_text("utf-8")))
    ]
    for path in sorted(SCENARIOS.glob("*.yaml")):
        names += re.findall(r"\b(?:title|name): *\"?([^,}\"\n]+)", path.read_text(encoding="utf-8"))
    names += [path.read_text(encoding="utf-8") for path in sorted((SCENARIOS / "notices").glob("*.csv"))]
    assert len(names) > 50
    assert [name for name in names if BANNED.search(name)] == []


def _list_plan_names(content: object) -> list[str]:
    if not isinstance(content, dict):
        return []
    found = [str(name) for name in content.get("plans", {}) or {}]
    return found + [name for value in content.values() for name in _list_plan_names(value)]
