"""V14: beyond the safe gap nobody meets, in every replication; another day never."""

from __future__ import annotations

from konvoi.replication import run_replication
from konvoi.theory.bound import compute_clear_gap_min, compute_theory_bound
from tests.support.crossroads import load_crossroads


def test_no_replication_has_a_contact_beyond_the_gap_that_clears_the_road() -> None:
    config, town, routes = load_crossroads()
    clear_min = compute_clear_gap_min(config, routes) + config.behaviour.lateness.max_min
    assert clear_min < config.longest_gap_min
    far = config.model_copy(update={"rally": config.rally.model_copy(update={"gap_min": clear_min + 15.0})})
    day = config.model_copy(update={"rally": config.rally.model_copy(update={"gap_min": "another_day"})})
    near = [run_replication(config, town, routes, k).row["has_contact"] for k in range(20)]
    assert any(near)
    assert not any(run_replication(far, town, routes, k).row["has_contact"] for k in range(20))
    assert not any(run_replication(day, town, routes, k).row["has_contact"] for k in range(20))
    bound = compute_theory_bound(day, routes)
    assert bound != bound or bound == 0.0
