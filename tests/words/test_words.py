"""The words of both languages are the same sentences; every one of them is said somewhere, and nothing unsaid is asked for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
import yaml

import konvoi
from konvoi.report.workbook import SHEETS
from konvoi.words import LANGUAGES, Sentence, find_words, get_section, load_words, say

ROOT = Path(str(konvoi.__file__)).parent
# The files that write a section's keys without its name, because their own `say` adds it.
BARE_SECTIONS = {
    "report": ("/report/", "/commands/"),
    "view": ("/view/", "/commands/"),
    "notice": ("/notice",),
    "rules": ("/rules",),
}


def read_entries(lang: str) -> list[tuple[str, yaml.Node]]:
    """List every key of a file with its value as YAML sees it, those written twice twice."""
    text = (ROOT / "words" / f"{lang}.yaml").read_text(encoding="utf-8")

    def walk(node: yaml.Node, prefix: str) -> Iterator[tuple[str, yaml.Node]]:
        for key, value in node.value:
            if isinstance(value, yaml.MappingNode):
                yield from walk(value, f"{prefix}{key.value}.")
            else:
                yield f"{prefix}{key.value}", value

    root = yaml.compose(text, yaml.SafeLoader)
    assert root is not None
    return list(walk(root, ""))


def list_placeholders(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name})


def list_sources() -> list[Path]:
    return [path for pattern in ("*.py", "*.js") for path in sorted(ROOT.rglob(pattern))]


def find_bare_sections(path: Path) -> set[str]:
    return {section for section, places in BARE_SECTIONS.items() if any(place in path.as_posix() for place in places)}


def find_parts(path: Path) -> tuple[set[str], list[re.Pattern[str]]]:
    """Return the texts of a source file, and patterns for those it puts together ("type_" and a kind)."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        built = re.findall(r"`([a-z0-9_.${}A-Z]+)`", text)
        return set(re.findall(r'"([a-z0-9_]+)"', text)), [
            re.compile(re.sub(r"\\\$\\\{.*?\\\}", "[a-z0-9_]+", re.escape(one)))
            for one in built
            if "${" in one and one[0] != "$"
        ]
    nodes = list(ast.walk(ast.parse(text)))
    patterns = []
    for node in nodes:
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            pieces = [
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z0-9_]+" for part in node.values
            ]
            patterns.append(re.compile("".join(pieces)))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}, patterns


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_entry_is_a_text_and_stands_once(lang: str) -> None:
    entries = read_entries(lang)
    keys = [key for key, _ in entries]
    assert sorted(key for key in set(keys) if keys.count(key) > 1) == []
    for key, value in entries:
        assert value.tag == "tag:yaml.org,2002:str", f"{key}: put the text in quotes"
        assert value.value.strip(), key
    assert keys == list(load_words(lang))


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    indonesian = [key for key in load_words("id") if not key.startswith("columns.")]
    assert indonesian == list(load_words("en"))


def test_both_languages_fill_in_the_same_values() -> None:
    for key, text in load_words("en").items():
        assert list_placeholders(text) == list_placeholders(load_words("id")[key]), key
        assert text.count("\n") == load_words("id")[key].count("\n") or key.startswith("help."), key


def test_nothing_speaks_of_violence_or_calls_a_plan_safe() -> None:
    for lang in LANGUAGES:
        for key, text in load_words(lang).items():
            if key.split(".")[0] in {"report", "settings", "view"}:
                assert not re.search(r"\b(kekerasan|aman|rusuh|violence|safe|enemy|musuh)\b", text, re.I), key


def test_every_column_of_the_workbook_has_its_indonesian_meaning_and_no_other() -> None:
    columns = {column for schema in SHEETS.values() for column in schema.columns}
    assert columns <= set(get_section("columns", "id"))


def test_every_word_is_said_somewhere() -> None:
    parts = {path: find_parts(path) for path in list_sources()}
    everywhere = {text for texts, _ in parts.values() for text in texts}
    built = [pattern for _, patterns in parts.values() for pattern in patterns]
    for key in load_words("en"):
        section, name = key.split(".", 1)
        if section == "settings":
            continue
        near = [part for path, part in parts.items() if section in find_bare_sections(path)]
        is_said = key in everywhere or any(pattern.fullmatch(key) for pattern in built)
        is_said_near = any(name in texts or any(p.fullmatch(name) for p in patterns) for texts, patterns in near)
        assert is_said or is_said_near, key


def test_every_key_that_is_asked_for_is_there() -> None:
    for path in list_sources():
        if path.suffix != ".py" or path.parent.name == "words" or path.name == "errors.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            key = node.args[0].value
            if name in {"say", "find_words", "Sentence"} and isinstance(key, str):
                keys = {key} if "." in key else {f"{section}.{key}" for section in find_bare_sections(path)}
                assert keys & set(load_words("en")), f"{path.name}: {key}"


def test_a_sentence_is_said_in_the_readers_language_with_those_inside_it() -> None:
    inner = Sentence("report.gap", gap=60)
    outer = Sentence("report.another_day_result", value=inner, interval=5)
    assert outer.say("id") == find_words("report.another_day_result", "id").format(value="jeda 60 menit", interval=5)  # type: ignore[union-attr]
    assert "gap of 60 min" in str(outer)


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="lang=fr"):
        say("report.gap", "fr", gap=1)
