"""The days of the profile are whole days: what the full engine finds, at every start, and nothing rides as if alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from konvoi.alone import Evaluator
from konvoi.options import Settings, compose_settings
from konvoi.replication import prepare_routes, run_replication
from konvoi.study.profile import compute_bootstrap_interval
from konvoi.sweeping.starts import (
    StartsStudy,
    add_full_days,
    build_choice_days,
    compute_starts_s,
    list_open_starts,
    run_starts,
)
from konvoi.town import Town, prepare_town
from tests.support.crossroads import SCENARIOS

CROSSING = "bersilangan"
DAYS = 100


@pytest.fixture(scope="module")
def crossing() -> tuple[Settings, Town]:
    settings = compose_settings([f"scenario={SCENARIOS / 'crossroads.yaml'}", "executor=serial", "progress=false"])
    return settings, prepare_town(settings.build_config(), settings.scenario.path)


@pytest.fixture(scope="module")
def full(crossing: tuple[Settings, Town]) -> pd.DataFrame:
    """The known answer: days of both sides together in the full engine, both rallies at nine."""
    settings, town = crossing
    config = settings.build_config()
    routes = prepare_routes(config, town)
    return pd.DataFrame([run_replication(config, town, routes, day).row | {"error": ""} for day in range(DAYS)])


@pytest.fixture(scope="module")
def starts(crossing: tuple[Settings, Town], tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    settings, town = crossing
    study = StartsStudy(settings.build_config(), town, (CROSSING,), ((0.0,),), 0, DAYS)
    return run_starts(settings, study, tmp_path_factory.mktemp("starts"), "starts")


def test_the_profile_has_no_bias_where_the_sides_share_roads_and_sides_alone_would_have_one(
    crossing: tuple[Settings, Town], full: pd.DataFrame, starts: pd.DataFrame
) -> None:
    settings, town = crossing
    evaluator = Evaluator(settings.build_config(), town)
    at = compute_starts_s(settings.build_config(), 0.0)
    alone = [evaluator.evaluate(day, starts_s=at) for day in range(DAYS)]
    assert np.mean([day.is_exact for day in alone]) < 0.1  # they do share roads
    known = full["side_exposure_person_min"].to_numpy(np.float64)
    assert starts["exposure_person_min"].tolist() == known.tolist()
    assert starts["any_riders"].tolist() == full["has_any_riders"].tolist()
    assert starts["large"].tolist() == full["has_large"].tolist()
    # The difference is paired by day; shifted above 0, where the bootstrap of means lives.
    difference = np.array([day.row["side_exposure_person_min"] for day in alone]) - known
    low, high = compute_bootstrap_interval((difference - difference.min())[:, None], 0.95, 1)
    assert low[0] < high[0] < -difference.min()  # sides alone meet less than they would


def test_days_of_a_plan_simulated_with_all_its_contacts_are_those_of_the_profile_and_only_add_to_them(
    full: pd.DataFrame, starts: pd.DataFrame
) -> None:
    few = starts[starts["replication"] < 10]
    added = add_full_days(few, full, CROSSING, 0.0)
    assert len(added) == DAYS
    columns = [
        "replication",
        "seed",
        "any",
        "large",
        "massed",
        "past_place",
        "exposure_person_min",
        "places_person_min",
    ]
    pd.testing.assert_frame_equal(
        added[columns].reset_index(drop=True), starts[columns].reset_index(drop=True), check_dtype=False
    )


def test_a_start_is_closed_when_all_its_days_met_in_either_outcome(starts: pd.DataFrame) -> None:
    def build(large: list[bool], riders: list[bool]) -> tuple[float, ...]:
        rows = starts[starts["replication"] < 2].assign(large=large, any_riders=riders)
        return list_open_starts(build_choice_days(rows, {CROSSING: ("A", "B")})[CROSSING])

    assert build([True, True], [False, False]) == ()
    assert build([False, False], [True, True]) == ()
    assert build([True, False], [False, True]) == (0.0,)
