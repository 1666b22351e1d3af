"""Stratified lateness: exact strata, exact marginals, nothing else moved, and the same answer with fewer replications."""

import numpy as np
import pytest
from scipy import special, stats

from konvoi.config.settings import Lateness
from konvoi.plan.build import build_plan
from konvoi.plan.draws import draw_lateness_s
from konvoi.plan.strata import COARSE, STRATA, choose_strata, stratify_normal
from konvoi.replication import run_replication
from konvoi.streams import compute_replication_seed
from konvoi.study.intervals import compute_stratified_interval, compute_wilson_interval
from tests.support.crossroads import load_crossroads


def draw_strata(seed: int, n: int) -> np.ndarray:
    return np.array([choose_strata(seed, replication) for replication in range(n)])


def draw_normals(seed: int, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Strata and stratified standard normals of both sides, (n, 2) each."""
    strata = draw_strata(seed, n)
    return strata, special.ndtri((strata + rng.random((n, 2))) / STRATA)


def meet_early(normals: np.ndarray) -> np.ndarray:
    """A surrogate of a long gap: contact the likelier the later side 1 is; P = Φ(−1.5/√(1 + 0.3²)) = 7.5 %."""
    return special.ndtr((normals[:, 0] - 1.5) / 0.3)


def meet_difference(normals: np.ndarray) -> np.ndarray:
    """A surrogate of a short gap: the lateness difference decides; P = Φ(−1.5/√(2 + 0.3²))."""
    return special.ndtr((normals[:, 0] - normals[:, 1] - 1.5) / 0.3)


def test_every_block_has_each_stratum_and_each_cell_once() -> None:
    strata = draw_strata(3, 4 * STRATA).reshape(4, STRATA, 2)
    for block in strata:
        assert sorted(block[:, 0]) == sorted(block[:, 1]) == list(range(STRATA))
        assert len({(a // COARSE, b // COARSE) for a, b in block.tolist()}) == STRATA
    assert not np.array_equal(strata[0], strata[1])


def test_strata_belong_to_the_number_of_the_replication_whatever_the_design_point() -> None:
    plans = []
    for gap_min in (0, 120):
        config, _, routes = load_crossroads(rally={"gap_min": gap_min}, sampling="stratified")
        plans.append([build_plan(config, routes, 5, replication).side_lateness_s for replication in range(30)])
    assert np.array_equal(plans[0], plans[1])
    assert len({tuple(lateness) for lateness in plans[0]}) == 30


def test_a_draw_lands_in_its_stratum_in_the_order_of_the_plain_draw() -> None:
    normals = [-6.0, -1.0, 0.0, 2.5, 6.0]
    for stratum in (0, 12, 24):
        moved = [stratify_normal(normal, stratum) for normal in normals]
        assert moved == sorted(moved)
        assert np.all(np.floor(special.ndtr(moved) * STRATA + [1e-9, 0, 0, 0, -1e-9]) == stratum)
    assert np.isfinite(draw_lateness_s(Lateness(), 5, 1, STRATA - 1))


def test_each_sides_lateness_keeps_its_distribution() -> None:
    rng = np.random.default_rng(1)
    _, normals = draw_normals(7, 4000, rng)
    for side in (0, 1):
        assert stats.kstest(normals[:, side], "norm").pvalue > 0.01
    assert abs(np.corrcoef(normals.T)[0, 1]) < 0.04
    # The same through the plan's own draw: quantiles of the shifted lognormal.
    lateness = Lateness()
    seeds = [compute_replication_seed(7, replication) for replication in range(500)]
    drawn = [draw_lateness_s(lateness, s, 1, choose_strata(7, r)[0]) / 60.0 for r, s in enumerate(seeds)]
    assert np.median(drawn) == pytest.approx(lateness.median_min, abs=0.5)


def test_no_other_draw_moves() -> None:
    config, _, routes = load_crossroads()
    stratified, _, _ = load_crossroads(sampling="stratified")
    plain, moved = build_plan(config, routes, 5, 3), build_plan(stratified, routes, 5, 3)
    assert not np.any(plain.side_lateness_s == moved.side_lateness_s)
    assert np.array_equal(plain.vehicle_class, moved.vehicle_class)
    assert np.array_equal(plain.vehicle_people, moved.vehicle_people)
    assert np.array_equal(plain.vehicle_release_s, moved.vehicle_release_s)
    organised = routes.unit_is_organised
    own = moved.unit_depart_s[organised, 0] - moved.side_lateness_s[routes.unit_side[organised] - 1]
    was = plain.unit_depart_s[organised, 0] - plain.side_lateness_s[routes.unit_side[organised] - 1]
    assert own == pytest.approx(was)


def test_stratified_sampling_without_a_number_is_refused() -> None:
    config, _, routes = load_crossroads(sampling="stratified")
    with pytest.raises(ValueError, match="number of the replication"):
        build_plan(config, routes, 5)


@pytest.mark.parametrize(("meet", "least"), [(meet_early, 2.5), (meet_difference, 2.0)])
def test_a_share_is_unbiased_and_worth_two_to_three_times_its_replications(meet, least: float) -> None:  # type: ignore[no-untyped-def]
    rng, n, sweeps = np.random.default_rng(2), 100, 500
    scale = 1.0 if meet is meet_early else np.sqrt(2.0)
    p = special.ndtr(-1.5 / np.hypot(scale, 0.3))
    shares, covered, worth = [], 0, []
    for seed in range(sweeps):
        strata, normals = draw_normals(seed, n, rng)
        hit = rng.random(n) < meet(normals)
        low, high, number = compute_stratified_interval(hit, strata)
        shares.append(hit.mean())
        worth.append(number)
        covered += low <= p <= high
    assert np.mean(shares) == pytest.approx(p, abs=4 * np.std(shares) / np.sqrt(sweeps))
    reduction = p * (1 - p) / n / np.var(shares)
    assert reduction > least
    assert n < np.mean(worth) < n * reduction  # the number that is stated does not flatter
    assert covered / sweeps > 0.95


def test_a_block_that_is_not_finished_is_unbiased_too() -> None:
    rng, n = np.random.default_rng(3), 40
    shares = [(rng.random(n) < meet_early(draw_normals(seed, n, rng)[1])).mean() for seed in range(700)]
    p = special.ndtr(-1.5 / np.hypot(1.0, 0.3))
    assert np.mean(shares) == pytest.approx(p, abs=4 * np.std(shares) / np.sqrt(700))


def test_where_lateness_decides_nothing_the_interval_is_wilsons_or_nearly() -> None:
    rng, n, p, covered = np.random.default_rng(4), 100, 0.2, 0
    for seed in range(500):
        low, high, _ = compute_stratified_interval(rng.random(n) < p, draw_strata(seed, n))
        covered += low <= p <= high
    assert covered / 500 > 0.92
    assert compute_stratified_interval(np.zeros(n), draw_strata(0, n)) == (
        0.0,
        float(compute_wilson_interval(0, n)[1]),
        n,
    )
    assert compute_stratified_interval([], np.empty((0, 2)))[2] == 0.0
    with pytest.raises(ValueError, match="shape"):
        compute_stratified_interval([True], [1, 2])


def test_stratified_and_plain_sampling_agree_on_the_crossroads() -> None:
    hits = {}
    for sampling in ("plain", "stratified"):
        config, town, routes = load_crossroads(rally={"gap_min": 120}, sampling=sampling)
        hits[sampling] = sum(run_replication(config, town, routes, r).row["has_contact"] for r in range(50))
    low, high = compute_wilson_interval(hits["plain"], 50, 0.999)
    assert low < hits["stratified"] / 50 < high
    assert 0 < hits["stratified"] < 50
