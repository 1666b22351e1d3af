"""Replications in rounds: when a point ends, that looking often costs no coverage, and what it saves."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom

from konvoi.study.intervals import compute_wilson_interval
from konvoi.study.stopping import StoppingRule, allocate, compute_coverage, compute_expected_replications, has_ended

RULE = StoppingRule()


def counts(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def simulate(rule: StoppingRule, p: float, sweeps: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Replications and contacts of many points of one P, each run to its end by `allocate` alone."""
    rng = np.random.default_rng(seed)
    total, hits = np.zeros(sweeps, np.int64), np.zeros(sweeps, np.int64)
    while (new := allocate(total, hits, rule) - total).any():
        hits += rng.binomial(new, p)
        total += new
    return total, hits


def test_a_point_starts_with_the_first_replications_and_ends_when_its_side_is_known() -> None:
    new = allocate(counts(0, 100, 100, 150, 100), counts(0, 100, 5, 0, 20), RULE)
    # Nothing yet; all contact; open; 0 of 150 lies below 5 %; 20 % lies above.
    assert new.tolist() == [100, 100, 150, 150, 100]


def test_a_point_ends_when_it_is_precise_or_at_the_cap_and_never_loses_replications() -> None:
    rule = StoppingRule(cap=1200, threshold=0.5, half_width=0.03)
    low, high = compute_wilson_interval(600, 1200, rule.interval_confidence)
    assert (high - low) / 2 > rule.half_width
    assert allocate(counts(1200, 1300), counts(600, 650), rule).tolist() == [1200, 1300]
    # 1 % against a threshold of 1 %: neither side, but narrow.
    assert has_ended(counts(900), counts(9), StoppingRule(threshold=0.01)).tolist() == [True]
    assert not has_ended(counts(100), counts(1), StoppingRule(threshold=0.01)).any()


def test_replications_go_where_the_answer_is_open() -> None:
    spent = compute_expected_replications(RULE, [0.001, 0.05, 0.3, 0.99])
    assert spent[1] > 4 * spent[0]
    assert spent[1] > 8 * spent[2]
    assert spent[3] == pytest.approx(RULE.first)


def test_failed_replications_count_towards_the_cap_and_tell_nothing() -> None:
    assert allocate(counts(150), counts(0), RULE).tolist() == [150]
    assert allocate(counts(150), counts(0), RULE, failed=counts(60)).tolist() == [250]
    assert allocate(counts(1000), counts(0), RULE, failed=counts(1000)).tolist() == [1000]


def test_a_points_total_depends_on_its_own_counts_alone() -> None:
    total, hits = counts(100, 150, 250, 400), counts(4, 9, 12, 22)
    together = allocate(total, hits, RULE)
    alone = [int(allocate(total[i : i + 1], hits[i : i + 1], RULE)[0]) for i in range(4)]
    assert together.tolist() == alone
    order = [2, 0, 3, 1]
    assert allocate(total[order], hits[order], RULE).tolist() == together[order].tolist()


def test_a_point_grows_by_half_per_round_in_whole_batches() -> None:
    totals = [0]
    while totals[-1] < RULE.cap:
        totals.append(int(allocate(counts(totals[-1]), counts(totals[-1] // 20), StoppingRule(half_width=1e-6))[0]))
    assert totals[1:] == [100, 150, 250, 400, 600, 900, 1000]
    assert all(later > earlier for earlier, later in pairwise(totals))


def test_a_fixed_number_is_one_look_at_the_stated_confidence() -> None:
    rule = StoppingRule.fixed(37, confidence=0.9)
    assert rule.interval_confidence == 0.9
    assert allocate(counts(0, 37), counts(0, 2), rule).tolist() == [37, 37]
    k = np.arange(38)
    low, high = compute_wilson_interval(k, 37, 0.9)
    p = np.array([0.03, 0.2, 0.5])
    expected = [binom.pmf(k, 37, q)[(low <= q) & (q <= high)].sum() for q in p]
    assert compute_coverage(rule, p) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "rule",
    [RULE, StoppingRule(first=50, batch=25, cap=400), StoppingRule(threshold=0.1, confidence=0.9)],
    ids=["default", "small", "10 % at 90 %"],
)
def test_the_stated_coverage_holds_although_points_stop_when_it_suits(rule: StoppingRule) -> None:
    p = np.concatenate([np.linspace(0.02, 0.15, 53), np.linspace(0.16, 0.98, 42)])
    assert compute_coverage(rule, p).min() >= rule.confidence - 0.002  # between the calibrated values of P
    # Without the correction it would not hold at the threshold.
    assert compute_coverage(rule, rule.threshold, rule.confidence) < rule.confidence - 0.05


@pytest.mark.parametrize("p", [0.01, 0.05, 0.055, 0.08, 0.4])
def test_simulated_sweeps_of_a_known_p_are_covered_as_computed(p: float) -> None:
    total, hits = simulate(RULE, p, 20_000, seed=11)
    low, high = compute_wilson_interval(hits, total, RULE.interval_confidence)
    covered = ((low <= p) & (p <= high)).mean()
    exact = float(compute_coverage(RULE, p))
    assert covered == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000) + 1e-9)
    assert covered >= 0.95
    assert total.mean() == pytest.approx(float(compute_expected_replications(RULE, p)), rel=0.02)


def test_a_sweep_of_sangatta_needs_a_quarter_of_a_fixed_number_for_the_same_precision() -> None:
    # P(contact) of the default sweep's points (experiments/README.md): four pairs, six gaps.
    p = np.array(
        [1, 1, 1, 1, 0.21, 0.5, 0.7, 0.79, 0.9, 0.98, 1, 1, 0.35, 0.7, 0.85, 0.93, 0, 0.02, 0.07, 0.11, 0, 0, 0, 0]
    )
    spent = compute_expected_replications(RULE, p)
    fixed = compute_expected_replications(RULE, RULE.threshold)  # what every point would have to get
    assert spent.sum() < 0.25 * len(p) * fixed


@pytest.mark.parametrize(
    ("given", "named"),
    [({"first": 0}, "first"), ({"cap": 50}, "first"), ({"cap": 30_000}, "cap"), ({"threshold": 1.0}, "threshold")],
)
def test_a_rule_that_makes_no_sense_is_refused_by_name(given: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        StoppingRule(**given)  # type: ignore[arg-type]


def test_counts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="fitting count"):
        allocate(counts(100), counts(1, 2), RULE)
    with pytest.raises(ValueError, match="between 0 and n"):
        allocate(counts(100), counts(101), RULE)
