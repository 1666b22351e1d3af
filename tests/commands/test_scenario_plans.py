"""Two scenario files are compared as two plans on the same days."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from konvoi.commands.scenario_plans import compose_scenarios, find_scenario_files, list_settings
from konvoi.config.reading import LoadedScenario
from konvoi.data import find_data
from konvoi.errors import ScenarioError

CROSSROADS = find_data("scenarios") / "crossroads.yaml"


def write_proposal(folder: Path) -> tuple[Path, Path]:
    """Write the crossroads as notified, and a proposal with other hours and columns of side 2 held."""
    notified, proposal = folder / "notified.yaml", folder / "proposal.yaml"
    text = CROSSROADS.read_text(encoding="utf-8")
    notified.write_text(text, encoding="utf-8")
    content = yaml.safe_load(text.replace("09:00", "'09:00'").replace("18:00", "'18:00'"))
    content["rally"] |= {"planned_gap_min": 90.0, "planned_first_side": 2, "planned_hold_back_min": 30.0}
    content["rally"]["planned_hold_back_side"] = 2
    proposal.write_text(yaml.safe_dump(content), encoding="utf-8")
    return notified, proposal


def test_a_plan_sets_what_its_file_writes_otherwise(tmp_path: Path) -> None:
    notified, proposal = write_proposal(tmp_path)
    settings = compose_scenarios([notified, proposal], ["design.replications=3"])
    plans = {plan["name"]: plan["set"] for plan in settings.door.design.factors["plan"]}
    assert list(plans) == ["notified", "proposal"]
    assert plans["notified"]["rally.gap_min"] == 0.0
    assert plans["proposal"]["rally.gap_min"] == 90.0
    assert plans["proposal"]["rally.hold_back_side"] == 2
    assert set(plans["proposal"]) - set(plans["notified"]) == {"scenario.rally"}
    assert settings.door.design.replications == 3


def test_the_hold_back_a_scenario_plans_is_the_one_that_is_run(tmp_path: Path) -> None:
    _, proposal = write_proposal(tmp_path)
    from konvoi.options import compose_settings

    config = compose_settings([f"scenario={proposal}"]).build_config()
    assert (config.rally.hold_back_min, config.rally.hold_back_side, config.rally.first_side) == (30.0, 2, 2)
    changed = compose_settings([f"scenario={proposal}", "rally.hold_back_min=0"]).build_config()
    assert changed.rally.hold_back_min == 0.0


def test_a_file_of_plans_is_no_scenario(tmp_path: Path) -> None:
    notified, proposal = write_proposal(tmp_path)
    plans = tmp_path / "rencana.yaml"
    plans.write_text("plans: {a: {rally.gap_min: 0}}", encoding="utf-8")
    assert find_scenario_files([str(notified), str(proposal), "design.replications=3"]) == [notified, proposal]
    assert find_scenario_files([str(notified), str(plans)]) == []
    assert find_scenario_files([str(notified)]) == []
    with pytest.raises(ScenarioError, match="given twice"):
        compose_scenarios([notified, notified], [])


def test_what_only_the_first_file_has_is_empty_in_the_other() -> None:
    first = LoadedScenario({"closures": [{"street": "x"}], "title": "a"}, Path("a"))
    other = LoadedScenario({"title": "a", "rally": {"planned_gap_min": 60}}, Path("b"))
    changes = list_settings(first, other)
    assert changes["scenario.closures"] == []
    assert changes["rally.gap_min"] == 60
