"""Defaults stand once: what the YAML files say is what the schema takes when nothing is said."""

from __future__ import annotations

import pytest
import yaml

from konvoi.config.settings import Behaviour, ContactRule, Engine, JunctionRule, RunConfig, Weather
from konvoi.data import find_data
from konvoi.options import DesignSettings, DoorSettings

SECTIONS = {
    "behaviour": Behaviour,
    "contact": ContactRule,
    "engine": Engine,
    "junctions": JunctionRule,
    "weather": Weather,
}


@pytest.mark.parametrize("name", SECTIONS)
def test_a_group_of_the_menu_says_every_default_of_its_section(name: str) -> None:
    written = yaml.safe_load((find_data("configs") / name / "default.yaml").read_text(encoding="utf-8"))
    assert SECTIONS[name].model_validate(written) == SECTIONS[name]()
    assert set(written) == set(SECTIONS[name].model_fields)


def test_the_commands_defaults_are_those_of_the_menu() -> None:
    written = yaml.safe_load((find_data("configs") / "config.yaml").read_text(encoding="utf-8"))
    design = written.pop("design")
    for key, field in DesignSettings.model_fields.items():
        if key in design:
            assert design[key] == field.get_default(call_default_factory=True), key
    for key, field in DoorSettings.model_fields.items():
        if key in written and key not in {"ray", "submitit"}:
            assert written[key] == field.get_default(call_default_factory=True), key
    assert written["sampling"] == RunConfig.model_fields["sampling"].default


def test_no_experiment_repeats_the_threshold() -> None:
    for path in sorted((find_data("configs") / "experiment").glob("*.yaml")):
        design = yaml.safe_load(path.read_text(encoding="utf-8"))["design"]
        assert {"threshold", "confidence"}.isdisjoint(design), path.name
