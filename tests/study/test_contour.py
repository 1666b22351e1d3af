"""Contours, safe gaps and slack: exact where one can derive them, covered by their bands, never outside what was simulated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import special

from konvoi.engine.model import RallyModel
from konvoi.options import compose_settings
from konvoi.plan.build import build_plan
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND
from konvoi.replication import build_model, run_replication, summarise
from konvoi.streams import compute_replication_seed
from konvoi.study.contour import Curve, build_curve, compute_band, compute_slack, find_crossing
from konvoi.study.contour_tables import build_contours, find_factor
from konvoi.sweeping.study import prepare_study
from konvoi.tables.sweep import REPLICATIONS
from tests.support.crossroads import load_crossroads

GAPS = np.arange(300.0, 391.0, 15.0)
JUDGED = {"threshold": 0.05, "confidence": 0.95, "seed": 20241123}


def curve_of(x: list[float], p: list[float]) -> Curve:
    """A curve known for sure."""
    return Curve(np.array(x), np.array(p), np.array([p]))


def draw_days(n: int, rng: np.random.Generator) -> np.ndarray:
    """Contact of n replications at every gap: each has a gap of its own, Normal(350, 20²) min, from which on there is none."""
    return (rng.normal(350.0, 20.0, n)[:, None] > GAPS).astype(float)


def test_the_crossing_lies_where_a_straight_line_meets_the_threshold() -> None:
    crossing = find_crossing(curve_of([300, 345, 390], [1.0, 0.35, 0.0]), 0.05)
    assert crossing.at == pytest.approx(345 + 45 * 0.30 / 0.35)
    assert crossing.low == crossing.high == pytest.approx(crossing.at)


def test_every_longer_gap_must_be_enough_too() -> None:
    dip = curve_of([90, 120, 150, 300, 390], [0.8, 0.01, 0.02, 0.9, 0.0])
    assert find_crossing(dip, 0.05).at == pytest.approx(300 + 90 * 0.85 / 0.90)


def test_nothing_is_said_outside_the_simulated_box() -> None:
    assert find_crossing(curve_of([0, 390], [1.0, 0.2]), 0.05).at == np.inf
    assert find_crossing(curve_of([330, 390], [0.03, 0.0]), 0.05).at == 330.0
    with pytest.raises(ValueError, match="only 330 … 390"):
        compute_band(curve_of([330, 390], [0.03, 0.0]), np.array([329.0]), 0.05)


def test_a_curve_falls_where_theory_says_so_and_nowhere_else() -> None:
    rng = np.random.default_rng(1)
    contact = (rng.random((60, 5)) < [0.1, 0.5, 0.3, 0.34, 0.05]).astype(float)
    free, falling = (build_curve(np.arange(5.0), contact, 1, start, 200) for start in (None, 2.0))
    assert free.p[0] < free.p[1]
    assert np.array_equal(falling.p[:2], free.p[:2])
    assert np.all(np.diff(falling.p[2:]) <= 0.0)
    assert np.all(np.diff(falling.samples[:, 2:], axis=1) <= 1e-12)
    assert np.any(np.diff(free.samples[:, 2:], axis=1) > 0.0)


def test_a_sample_weights_a_replication_alike_at_every_gap() -> None:
    curve = build_curve(GAPS, draw_days(50, np.random.default_rng(2)), 3, samples=300)
    # Each day's contacts end at one gap, so with common weights every sample falls; with weights of each gap's own, none would.
    assert np.all(np.diff(curve.samples, axis=1) <= 1e-12)


def test_none_of_a_hundred_is_no_certainty() -> None:
    curve = build_curve(np.array([0.0, 1.0]), np.zeros((100, 2)), 4)
    _, low, high, below = compute_band(curve, np.array([0.5]), 0.05)
    assert low[0] >= 0.0
    assert high[0] == pytest.approx(special.betaincinv(0.5, 100.5, 0.975), rel=0.15)  # Jeffreys' interval
    assert below[0] > 0.99


def test_points_may_have_different_numbers_of_replications() -> None:
    contact = np.zeros((200, 2))
    contact[:20] = 1.0
    contact[50:, 0] = np.nan
    curve = build_curve(np.array([0.0, 1.0]), contact, 5)
    assert curve.p.tolist() == [0.4, 0.1]
    assert curve.samples.mean(axis=0) == pytest.approx([0.4, 0.1], abs=0.01)
    with pytest.raises(ValueError, match="at least one replication"):
        build_curve(np.array([0.0, 1.0]), contact[:, :1] * [1.0, np.nan], 5)


@pytest.mark.slow
def test_the_intervals_of_safe_gap_and_slack_hold_the_truth() -> None:
    rng = np.random.default_rng(6)
    true = special.ndtr((350.0 - GAPS) / 20.0)
    at = find_crossing(curve_of(GAPS.tolist(), true.tolist()), 0.05).at
    assert at == pytest.approx(350 + 1.645 * 20, abs=2.5)  # what being straight between gaps costs
    is_in, has_slack = [], []
    for seed in range(200):
        curve = build_curve(GAPS, draw_days(100, rng), seed, monotone_from=300.0, samples=300)
        crossing = find_crossing(curve, 0.05)
        is_in.append(crossing.low <= at <= crossing.high)
        earlier, _ = compute_slack(curve, len(GAPS) - 1, 0.05)
        if np.isfinite(earlier.at):  # else no slack is stated
            has_slack.append(earlier.low <= 390.0 - at <= earlier.high)
    assert np.mean(is_in) > 0.92
    assert np.mean(has_slack) > 0.90


def test_slack_is_the_room_on_either_side_and_cut_at_the_box() -> None:
    dip = curve_of([90, 120, 150, 180], [0.85, 0.01, 0.01, 0.41])
    earlier, later = compute_slack(dip, 1, 0.05)
    assert earlier.at == pytest.approx(30 * 0.04 / 0.84)
    assert later.at == pytest.approx(30 + 30 * 0.04 / 0.40)
    last, beyond = compute_slack(curve_of([330, 360, 390], [0.01, 0.01, 0.0]), 1, 0.05)
    assert (last.at, beyond.at) == (30.0, 30.0)
    assert np.isnan(compute_slack(dip, 0, 0.05)[0].at)


@pytest.mark.slow
def test_lateness_of_the_earlier_side_is_a_shorter_gap() -> None:
    late_min, met = 30.0, []
    config, town, routes = load_crossroads(rally={"gap_min": 150})
    shorter, _, _ = load_crossroads(rally={"gap_min": 120})
    is_first = routes.unit_side == 1
    for replication in range(8):
        plan = build_plan(config, routes, compute_replication_seed(config.seed, replication))
        depart_s = plan.unit_depart_s.copy()
        depart_s[is_first & routes.unit_is_organised, OUTBOUND] += 60.0 * late_min
        depart_s[is_first, HOMEBOUND] += 60.0 * late_min
        model = build_model(config, town, routes, plan.seed)
        late = replace(plan, unit_depart_s=depart_s)
        model = RallyModel(town.network, town.cells, town.crossings, late, model.limits, sights=town.sights)
        model.run()
        row = run_replication(shorter, town, routes, replication).row
        assert summarise(model, town, replication).row["contacts_out_home"] == row["contacts_out_home"]
        met.append(row["contacts_out_home"] > 0)
    assert 0 < sum(met) < 8


def build_replications(hits: list[int], n: int = 40) -> pd.DataFrame:
    """Replications of points with as many contacts as given, the first ones; one of each point failed."""
    rows = []
    for point, k in enumerate(hits):
        for replication in range(n + 1):
            row = {
                name: {"float64": 0.0, "int64": 0, "bool": False}.get(dtype, "")
                for name, (dtype, _) in REPLICATIONS.columns.items()
            }
            row |= {"point": point, "replication": replication, "has_contact": replication < k}
            rows.append(row | {"error": "ValueError: x" if replication == n else ""})
    return REPLICATIONS.check(pd.DataFrame(rows), "replications")


def test_tables_of_gap_and_venues_have_a_row_per_pair_within_the_box() -> None:
    words = ["scenario=crossroads", "rally.gap_min=60,120,another_day", "rally.venue_pair=bersilangan,terpisah"]
    settings = compose_settings(words)
    study = prepare_study(settings)
    pairs = [point.levels["rally.venue_pair"] for point in study.design]
    gaps = [point.levels["rally.gap_min"] for point in study.design]
    hits = [
        {60: 20, 120: 0}.get(gap, 40) if pair == "bersilangan" else 0 for pair, gap in zip(pairs, gaps, strict=True)
    ]
    tables = build_contours(build_replications(hits), study, **JUDGED)
    safe = tables.safe_gaps.set_index("venue_pair")
    assert safe.loc["bersilangan", "safe_gap_min"] == pytest.approx(60 + 60 * 0.45 / 0.5)
    assert safe.loc["terpisah", "safe_gap_min"] == 60.0
    assert safe["replications"].tolist() == [40, 40]
    assert tables.contour["x"].between(60, 120).all()
    assert set(tables.contour["y"]) == set(safe["road_km"])
    assert tables.contour["is_simulated"].sum() == 4
    assert len(tables.slack) == 4
    again = build_contours(build_replications(hits), study, **JUDGED)
    pd.testing.assert_frame_equal(tables.contour, again.contour)


def test_a_contour_runs_over_any_two_factors_of_numbers() -> None:
    settings = compose_settings(
        [
            "scenario=crossroads",
            "experiment=gap",
            "rally.gap_min=60",
            "contact.distance_m=30,50",
            "behaviour.turnout=0.5,1",
        ]
    )
    study = prepare_study(settings)
    assert find_factor(study.design) == "contact.distance_m"
    contour = build_contours(build_replications([0, 10, 20, 30]), study, **JUDGED).contour
    assert sorted(set(contour["x"])) == pytest.approx(np.linspace(30, 50, 11))
    assert set(contour["y"]) == {0.5, 1.0}
    assert set(contour["y_factor"]) == {"behaviour.turnout"}


def test_a_design_without_numbers_has_no_contour() -> None:
    settings = compose_settings(["scenario=crossroads", "rally.gap_min=60", "rally.venue_pair=bersilangan,terpisah"])
    study = prepare_study(settings)
    tables = build_contours(build_replications([3, 3]), study, **JUDGED)
    assert len(tables.contour) == len(tables.safe_gaps) == len(tables.slack) == 0
