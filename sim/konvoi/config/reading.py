"""Scenario files, read as plain data, and the configuration built of scenario and settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import (
    ValidationError,
)

from konvoi.config.faults import describe_faults
from konvoi.config.scenario import Scenario
from konvoi.config.settings import RunConfig
from konvoi.errors import CONFIGURATION, ScenarioError
from konvoi.texts import clean_text, find_odd_character
from konvoi.words import Sentence

MAX_SCENARIO_BYTES = 1_000_000


class LoadedScenario(NamedTuple):
    """A scenario as written, with the file it was read from."""

    content: dict[str, Any]
    path: Path


def load_scenario(path: Path) -> LoadedScenario:
    """Read a scenario file as plain mappings; nothing in it is executed.

    Raises
    ------
    ScenarioError
        When the file is missing, too large, not UTF-8, not YAML or not a mapping.
    """
    if not is_file(path):
        raise ScenarioError(str(path), [Sentence("faults.scenario_missing")])
    size = path.stat().st_size
    if size > MAX_SCENARIO_BYTES:
        raise ScenarioError(str(path), [Sentence("faults.scenario_size", size=size, limit=MAX_SCENARIO_BYTES)])
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as fault:
        raise ScenarioError(str(path), [Sentence("faults.unreadable_mend", strerror=fault.strerror)]) from None
    except UnicodeDecodeError as fault:
        raise ScenarioError(str(path), [Sentence("faults.not_utf8", start=fault.start)]) from None
    try:
        content = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - _PlainLoader is a SafeLoader
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        problem = fault.sentence if isinstance(fault, _Refusal) else fault.problem or Sentence("faults.yaml_wrong")
        where = {"line": mark.line + 1, "column": mark.column + 1} if mark else {}
        raise ScenarioError(
            str(path), [Sentence("faults.yaml_at", **where, problem=problem) if where else problem]
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise ScenarioError(str(path), [Sentence("faults.not_yaml", reason=str(fault).splitlines()[0])]) from None
    if not isinstance(content, dict):
        raise ScenarioError(str(path), [Sentence("faults.scenario_not_mapping", kind=type(content).__name__)])
    return LoadedScenario(content, path)


def is_file(path: Path) -> bool:
    """Return whether the path is a readable file; names the system refuses (too long, in a closed folder) count as missing."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


class _Refusal(yaml.MarkedYAMLError):
    """Something that is YAML, but not allowed here."""

    def __init__(self, sentence: Sentence, mark: yaml.Mark) -> None:
        super().__init__(problem=str(sentence), problem_mark=mark)
        self.sentence = sentence


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader without anchors and aliases (no entity bombs) and without duplicate keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise _Refusal(Sentence("faults.yaml_alias"), event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _Refusal(Sentence("faults.yaml_key_word"), key_node.start_mark)
            key = key_node.value
            if key in seen:
                raise _Refusal(Sentence("faults.yaml_key_twice", key=key), key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


# YAML 1.1 reads 09:00 as the number 540 and 2024-11-23 as a date object: here both stay text.
_SEXAGESIMAL_OR_DATE = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:timestamp"}
_PlainLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag not in _SEXAGESIMAL_OR_DATE]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))


def _clean(content: Any, path: str) -> tuple[Any, list[Sentence]]:
    """Return content with its texts on one line each, and a fault for each text that holds an odd character."""
    if isinstance(content, str):
        odd = find_odd_character(content)
        return clean_text(content), [Sentence("faults.odd_character", path=path, code=odd)] if odd else []
    if isinstance(content, Mapping):
        parts = {key: _clean(value, f"{path}.{key}".lstrip(".")) for key, value in content.items()}
        return {key: part for key, (part, _) in parts.items()}, [fault for _, own in parts.values() for fault in own]
    if isinstance(content, (list, tuple)):
        items = [_clean(value, f"{path}.{index}") for index, value in enumerate(content)]
        return [item for item, _ in items], [fault for _, own in items for fault in own]
    return content, []


def build_config(settings: Mapping[str, Any], scenario: LoadedScenario) -> RunConfig:
    """Validate settings and scenario together.

    Parameters
    ----------
    settings
        Keys of RunConfig but for ``scenario``.
    scenario
        The scenario as read by `load_scenario`.

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    content, faults = _clean(scenario.content, "")
    if faults:
        raise ScenarioError(str(scenario.path), faults)
    try:
        world = Scenario.model_validate(content)
    except ValidationError as error:
        raise ScenarioError(str(scenario.path), describe_faults(error, Scenario)) from None
    try:
        return RunConfig.model_validate({**settings, "scenario": world})
    except ValidationError as error:
        raise ScenarioError(CONFIGURATION, describe_faults(error, RunConfig)) from None
