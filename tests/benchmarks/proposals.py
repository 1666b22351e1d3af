"""Proposals on the crossroads against the truth: every plan of a small space on many days, and many searches.

    python -m tests.benchmarks.proposals [TRUTH_DAYS] [SEEDS]

The truth is the full engine's exposure and share of days with contact of each plan, on days no search uses. A search is
right when its proposal keeps the threshold in truth, and its exposure is at most 5 % of the notified plan's above that
of the best plan that keeps it and costs no more.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

from tqdm import tqdm

from konvoi.config.levers import Levers, ProposalRules
from konvoi.notice.lawfulness import load_rules
from konvoi.options import Settings, compose_settings
from konvoi.propose.bench import FileBench
from konvoi.propose.outcomes import ASSUMED, Outcomes
from konvoi.propose.plans import OfficialPlan
from konvoi.propose.proposal import QUICK, build_proposal
from konvoi.propose.racing import Effort, Search
from konvoi.propose.simulator import Ground, World
from konvoi.propose.space import Space
from konvoi.propose.worlds import build_space
from konvoi.town import prepare_town

THRESHOLD = 0.05
FIRST_TRUE_DAY = 5_000_000
LEVERS = Levers(lengths_min=(90.0,), hold_back_min=(), assembly_points=False, one_column=False, step_min=60.0)
NEAR = 0.05  # of the notified plan's exposure


def main(words: list[str]) -> None:
    """Print how often a search was right."""
    n_days, n_seeds = (int(words[0]) if words else 2000), (int(words[1]) if words[1:] else 100)
    settings = compose_settings(["scenario=crossroads"])
    space = _build_space(settings)
    plans = [one.plan for ride in space.list_rides() for one in space.place(ride)]
    days = range(FIRST_TRUE_DAY, FIRST_TRUE_DAY + n_days)
    begin_s = process_time()
    with FileBench(_build_ground(settings), 1, None, lambda n: None) as bench:
        found = bench.evaluate([space.notified, *plans], ASSUMED, days)
    truth = dict(zip([space.notified, *plans], found, strict=True))
    kept = [plan for plan in plans if truth[plan].compute_share("any") <= THRESHOLD]
    print(
        f"{len(plans)} plans, {n_days} days each, {len(kept)} keep {THRESHOLD:.0%}; {process_time() - begin_s:.0f} CPU s"
    )
    begin_s, right, n_plan_days = process_time(), 0, 0
    for seed in tqdm(range(n_seeds)):
        own = compose_settings(["scenario=crossroads", f"seed={seed}"])
        with FileBench(_build_ground(own), 1, None, lambda n: None) as bench:
            search = Search(
                _build_space(own), bench, THRESHOLD, Effort(attempts=1, finalists=3), lambda stage, share: None
            )
            proposed = build_proposal(search, [], QUICK, 0.05, lambda stage, share: None).proposed
            n_plan_days += bench.n_days
        is_right = judge(proposed, truth, space)
        right += is_right
        if not is_right:
            tqdm.write(f"seed {seed}: {proposed}: {truth[proposed].compute_share('any'):.3f}")
    spent = f"{n_plan_days / n_seeds:.0f} plan-days and {(process_time() - begin_s) / n_seeds:.1f} CPU s a search"
    print(f"{right} of {n_seeds} searches right; {spent}")


def judge(proposed: OfficialPlan, truth: dict[OfficialPlan, Outcomes], space: Space) -> bool:
    """Tell whether a proposal keeps the threshold and is near the best plan that does and costs no more."""
    cost_min = space.compute_cost(proposed)
    rivals = [
        own.mean_exposure
        for plan, own in truth.items()
        if own.compute_share("any") <= THRESHOLD and space.compute_cost(plan) <= cost_min
    ]
    own = truth[proposed]
    allowance = NEAR * truth[space.notified].mean_exposure
    return own.compute_share("any") <= THRESHOLD and own.mean_exposure <= min(rivals) + allowance


def _build_space(settings: Settings) -> Space:
    config = settings.build_config()
    scenario = config.scenario.model_copy(update={"proposal": ProposalRules(levers=LEVERS)})
    config = config.model_copy(update={"scenario": scenario})
    path = Path(settings.scenario.path)
    return build_space(config, prepare_town(config, path), load_rules(scenario.rules, path))


def _build_ground(settings: Settings) -> Ground:
    return Ground(settings.scenario, settings.run, {ASSUMED: World(ASSUMED, {})})


if __name__ == "__main__":
    main(sys.argv[1:])
