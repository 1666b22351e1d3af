"""Each experiment is composed as it stands and run small, in one process; plans, cases and closures do what they say."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from konvoi.commands.compare import compose_plans, split_compare_words
from konvoi.commands.sweep import _describe_for_verdict
from konvoi.data import find_data
from konvoi.errors import OutputError, ScenarioError
from konvoi.network import dampen_roads
from konvoi.options import Settings, compose_settings
from konvoi.plan.build import build_plan
from konvoi.replication import build_model
from konvoi.report.settings_words import describe_settings
from konvoi.study.design import Study, build_design
from konvoi.study.points import build_points
from konvoi.sweeping.answers import add_tables, read_plans, write_answers
from konvoi.sweeping.batches import Batch, run_batch
from konvoi.sweeping.sensitivity_study import run_sensitivity
from konvoi.sweeping.study import describe_study, prepare_study
from konvoi.tables.files import read_table, write_text
from konvoi.tables.sweep import COMPARISON, ROBUSTNESS, TORNADO, WHAT_IF
from konvoi.theory.bound import compute_clear_gap_min
from tests.support.crossroads import SCENARIOS, load_crossroads

# All but the answer of a whole day, which has its own test from end to end.
EXPERIMENTS = sorted({path.stem for path in (find_data("configs") / "experiment").glob("*.yaml")} - {"day"})
LEFT_BY = {  # the tables an experiment leaves beside its points
    "what_if": {"what_if.csv"},
    "robustness": {"what_if.csv", "robustness.csv", "tornado.csv"},
}


@pytest.fixture(scope="module")
def small_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the scenario of Sangatta with a fiftieth of its people."""
    content = yaml.safe_load((SCENARIOS / "kutim_kampanye_akbar.yaml").read_text(encoding="utf-8"))
    for convoy in content["convoys"].values():
        convoy["people"] = convoy["people"] // 50
    content["date"] = str(content["date"])
    for key in ("window_start", "window_end", "first_start"):
        content["rally"][key] = "09:00" if key != "window_end" else "18:00"
    path = tmp_path_factory.mktemp("town") / "kota.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def run_here(settings: Settings, study: Study, folder: Path | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run a study in this process, without batches on disk."""
    n = settings.door.design.replications
    rows = [
        {"point": point.point, **outcome.row}
        for point in study.design
        for outcome in run_batch(study, Batch(point.point, 0, n))
    ]
    replications = pd.DataFrame(rows)
    assert (replications["error"] == "").all(), replications["error"].unique()
    return replications, pd.DataFrame()


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_runs_and_leaves_its_tables(
    name: str, small_town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [f"experiment={name}", f"scenario={small_town}", "design.replications=2", f"out={tmp_path}"]
    head = (find_data("configs") / "experiment" / f"{name}.yaml").read_text(encoding="utf-8")
    for part in ("# Question:", "# Command:", "# Time:"):
        assert part in head
    if name == "sensitivity":
        pytest.importorskip("SALib", reason="this experiment needs the optional package SALib")
        monkeypatch.setattr("konvoi.sweeping.sensitivity_study.run_sweep", run_here)
        few = ["trajectories=2", "sobol_samples=4", "survivors=1"]
        settings = compose_settings([*words, *(f"design.sensitivity.{word}" for word in few)])
        spec = settings.door.design.sensitivity
        assert spec is not None
        folder, text = run_sensitivity(settings, spec)
        assert folder == tmp_path
        assert "Sobol (16 hari simulasi)" in text
        assert sorted(path.name for path in tmp_path.glob("*.*")) == ["morris.csv", "sensitivity.txt", "sobol.csv"]
        return
    settings = compose_settings(words)
    study = prepare_study(settings)
    replications, _ = run_here(settings, study)
    points = build_points(replications, study, settings.build_config(), 0.95, 0.95)
    texts = write_answers(settings, study, points, replications, tmp_path)
    assert texts
    assert {path.name for path in tmp_path.iterdir()} == {"answers.txt", *LEFT_BY.get(name, {"comparison.csv"})}
    if name not in LEFT_BY:
        comparison = read_table(tmp_path / "comparison.csv", COMPARISON)
        assert (comparison["replications"] == 2).all()
        assert comparison["is_reference"].any()
        assert not comparison["is_reference"].all()


def test_single_changes_and_cases_share_the_unchanged_plan_and_name_their_levels(
    small_town: Path, tmp_path: Path
) -> None:
    settings = compose_settings(["experiment=robustness", f"scenario={small_town}", "design.replications=1"])
    design = build_design(settings.run, settings.scenario, settings.door.design.factors)
    assert sum(not point.settings for point in design) == 1
    assert len({point.settings for point in design}) == len(design)
    assert design[0].config == settings.build_config()


def test_an_experiment_may_set_the_scenario_and_a_word_wins_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(find_data("configs"), tmp_path / "own_configs")
    (tmp_path / "own_configs" / "experiment" / "own_town.yaml").write_text(
        "# @package _global_\nscenario: crossroads\nrally: {gap_min: 30}\n"
        "design: {factors: {scenario.rally.length_min: [60, 90]}, replications: 1}\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(
        "konvoi.options.find_data", lambda name: tmp_path / "own_configs" if name == "configs" else find_data(name)
    )
    settings = compose_settings(["experiment=own_town"])
    assert settings.scenario.path.stem == "crossroads"
    assert settings.run["rally"]["gap_min"] == 30
    design = build_design(settings.run, settings.scenario, settings.door.design.factors)
    assert [point.config.scenario.rally.length_min for point in design] == [60.0, 90.0]
    changed = compose_settings(["experiment=own_town", "scenario=kutim_kampanye_akbar", "rally.gap_min=60"])
    assert changed.scenario.path.stem == "kutim_kampanye_akbar"
    assert changed.run["rally"]["gap_min"] == 60


def test_rain_takes_capacity_and_speed_and_a_dry_day_takes_nothing() -> None:
    config, town, routes = load_crossroads()
    assert dampen_roads(town.network, *config.weather.factors) is town.network
    wet, _, _ = load_crossroads(weather={"rain": "heavy"})
    rainy = build_model(wet, town, routes, 3).state
    dry = build_model(config, town, routes, 3).state
    n = len(town.network.link_length_m)
    assert rainy.links.headway_s_pcu[:n] == pytest.approx(dry.links.headway_s_pcu[:n] / 0.80)
    for name in ("free_speed_mps", "motorcycle_mps", "car_mps", "truck_mps"):
        assert getattr(rainy.links, name)[:n] == pytest.approx(0.935 * getattr(dry.links, name)[:n])
    assert rainy.links.storage_pcu[:n] == pytest.approx(dry.links.storage_pcu[:n])
    assert build_plan(wet, routes, 3).unit_depart_s == pytest.approx(build_plan(config, routes, 3).unit_depart_s)


def test_a_late_side_leaves_later_by_just_that_much_and_the_other_does_not() -> None:
    config, _, routes = load_crossroads()
    late, _, _ = load_crossroads(behaviour={"extra_lateness": {"side_1_min": 40.0}})
    shift_s = build_plan(late, routes, 3).unit_depart_s - build_plan(config, routes, 3).unit_depart_s
    organised = routes.unit_is_organised
    assert shift_s[organised & (routes.unit_side == 1), 0] == pytest.approx(2400.0)
    assert shift_s[routes.unit_side == 2] == pytest.approx(0.0)
    assert compute_clear_gap_min(late, routes) == pytest.approx(compute_clear_gap_min(config, routes) + 40.0)


@pytest.mark.parametrize(("held", "sides"), [("both", {1, 2}), (1, {1}), (2, {2})])
def test_only_the_held_side_waits_after_the_rally(held: Any, sides: set[int]) -> None:
    config, _, routes = load_crossroads()
    waits, _, _ = load_crossroads(rally={"hold_back_min": 30, "hold_back_side": held})
    shift_s = build_plan(waits, routes, 3).unit_depart_s[:, 1] - build_plan(config, routes, 3).unit_depart_s[:, 1]
    for side, wait_s in zip(routes.unit_side[routes.unit_is_organised], shift_s[routes.unit_is_organised], strict=True):
        assert wait_s == pytest.approx(1800.0 if side in sides else 0.0)


def test_a_closure_among_the_cases_leads_everybody_around_the_street(small_town: Path) -> None:
    settings = compose_settings(["experiment=what_if", f"scenario={small_town}"])
    study = prepare_study(settings)
    network = study.towns[0].network
    ridden = [{network.link_name[link] for link in routes.route_link} for routes in study.routes]
    closed = [point.point for point in study.design if "closures" in point.settings]
    assert len(closed) == 1
    assert "Jl. Yos Sudarso II" in ridden[0]
    assert "Jl. Yos Sudarso II" not in ridden[closed[0]]
    assert describe_settings(study.design[closed[0]].settings, "id") == "ditutup: Jl. Yos Sudarso II"


def test_the_verdict_says_the_time_zone_of_its_scenario() -> None:
    words = ["scenario=crossroads", "experiment=gap", "scenario.timezone_label=WIB"]
    settings = compose_settings(words)
    described = _describe_for_verdict(settings, describe_study(settings, prepare_study(settings)))
    assert described["timezone_label"] == "WIB"


def test_a_quick_look_has_few_replications_unless_they_are_given() -> None:
    whole_day = compose_settings(["--quick"]).door.design
    assert whole_day.starts is not None
    assert (whole_day.replications, whole_day.starts.confirming_days, whole_day.starts.candidates) == (12, 75, 1)
    grid = "experiment=gap_x_separation"
    assert compose_settings([grid, "--quick"]).door.design.replications == 10
    assert compose_settings([grid, "quick=true", "design.replications=50"]).door.design.replications == 50
    one = compose_settings([grid, "quick=true", "rally.gap_min=0", "rally.venue_pair=polder_stadion"])
    assert one.door.design.replications == 30


def test_who_names_what_to_compare_gets_that_and_not_the_whole_day() -> None:
    assert compose_settings([]).door.design.starts is not None
    assert compose_settings(["rally.gap_min=60"]).door.design.starts is not None  # the plan to judge
    assert compose_settings(["rally.gap_min=0,60"]).door.design.starts is None
    assert compose_settings(["experiment=rain"]).door.design.starts is None


PLANS = """\
scenario: crossroads
plans:
  bersamaan: {rally.gap_min: 0}
  hari lain: {rally.gap_min: another_day}
  jeda 60, hujan:
    rally.gap_min: 60
    weather.rain: heavy
"""


def test_named_plans_of_a_file_are_compared(tmp_path: Path) -> None:
    path = tmp_path / "rencana.yaml"
    path.write_text(PLANS, encoding="utf-8")
    names, file, words = split_compare_words(["bersamaan", "jeda 60, hujan", f"plans={path}", "design.replications=8"])
    settings = compose_plans(names, file, words)
    study = prepare_study(settings)
    assert [point.settings for point in study.design] == ["plan=bersamaan", "plan=jeda 60, hujan"]
    assert study.design[1].config.weather.rain == "heavy"
    replications, _ = run_here(settings, study)
    points = build_points(replications, study, settings.build_config(), 0.95, 0.95)
    (text,) = write_answers(settings, study, points, replications, tmp_path)
    assert "8 hari simulasi yang sama" in text
    assert "bersamaan (pembanding)" in text
    assert len(compose_plans([], file, []).door.design.plans) == 3


@pytest.mark.parametrize(
    ("content", "names", "message"),
    [
        ("plans: {a: {rally.gap_min: 0}, b: {}}\n", ["c", "d"], "'c' is not a plan; there are: a, b"),
        ("plans: {a: {}}\n", [], "at least two plans"),
        ("plan: {a: {}}\n", [], "plan: there is no such key"),
        ("plans: {a: 3, b: {}}\n", [], "plans.a: 3 given"),
        ("plans: {a=b: {}, c: {}}\n", [], "design.plans"),
        ("plans: {a: {rally.gap_mn: 0}, b: {}}\n", [], "rally.gap_mn: there is no such key"),
    ],
)
def test_a_wrong_file_of_plans_is_refused_in_words(
    content: str, names: list[str], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "rencana.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ScenarioError, match=message):
        prepare_study(compose_plans(names, path, ["scenario=crossroads"]))


def test_a_file_of_plans_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no such file"):
        read_plans(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["design.compare=rally.gap"], "compare: 'rally.gap' is not a factor"),
        (["experiment=sensitivity", "design.sensitivity.sobol_samples=60"], "60 is not a power of two"),
        (["experiment=sensitivity", "rally.gap_min=0,60"], "chooses its own design points"),
        (["experiment=robustness", "rally.gap_min=0,60"], "change one thing of one plan"),
        (["weather.rain=wet"], "weather.rain: 'wet' given"),
        (["rally.hold_back_side=3"], "rally.hold_back_side"),
        (["behaviour.extra_lateness.side_1_min=-90"], "behaviour.extra_lateness.side_1_min"),
    ],
)
def test_wrong_designs_are_refused_in_words(words: list[str], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        compose_settings(words).build_config()


def test_tables_of_another_sweep_are_added_only_if_it_is_of_the_same_scenario(tmp_path: Path) -> None:
    own, other, foreign = (tmp_path / name for name in ("own", "other", "foreign"))
    for folder, scenario in ((own, "a"), (other, "a"), (foreign, "b")):
        folder.mkdir()
        identity = f'{{"identity": {{"version": "1", "scenario": "{scenario}", "network_hash": "x"}}}}'
        write_text(folder / "manifest.json", identity)
    with pytest.raises(OutputError, match=r"has none of comparison\.csv"):
        add_tables(own, other)
    for folder in (other, foreign):
        WHAT_IF.build_empty().to_csv(folder / "what_if.csv", index=False)
        TORNADO.build_empty().to_csv(folder / "tornado.csv", index=False)
    ROBUSTNESS.build_empty().to_csv(own / "robustness.csv", index=False)
    with pytest.raises(OutputError, match="different: scenario"):
        add_tables(own, foreign)
    assert add_tables(own, other) == ["what_if.csv", "tornado.csv"]
    assert add_tables(own, other) == []
    with pytest.raises(OutputError, match="not the folder of a sweep"):
        add_tables(own, tmp_path)


def test_the_plan_to_judge_is_the_unchanged_one_of_a_design(small_town: Path) -> None:
    settings = compose_settings(
        ["experiment=gap", f"scenario={small_town}", "rally.gap_min=0", "contact.distance_m=30,50,100",
         "design.replications=1"]
    )  # fmt: skip
    study = prepare_study(settings)
    points = build_points(run_here(settings, study)[0], study, settings.build_config(), 0.95, 0.95)
    assert list(points["is_planned"]) == [False, True, False]
    others = replace(settings, run={**settings.run, "contact": {**settings.run["contact"], "distance_m": 60}})
    assert np.all(build_points(run_here(others, study)[0], study, others.build_config(), 0.95, 0.95)["is_planned"])
