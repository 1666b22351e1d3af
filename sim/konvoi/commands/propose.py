"""`konvoi propose`: which plan would work, and the smallest change that gets there."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tqdm import tqdm

from konvoi import __version__
from konvoi.config.settings import RunConfig
from konvoi.data import find_data
from konvoi.notice.lawfulness import load_rules
from konvoi.options import Settings, compose_settings
from konvoi.propose.attending import Attendance, find_impossible_worlds
from konvoi.propose.bench import FileBench
from konvoi.propose.outcomes import ASSUMED
from konvoi.propose.plans import write_plan
from konvoi.propose.proposal import QUICK, FreshEffort, Proposal, build_proposal
from konvoi.propose.proposal_tables import build_front, build_ladder, build_robustness, build_triggers
from konvoi.propose.racing import Effort, Search
from konvoi.propose.simulator import Ground, Setup
from konvoi.propose.worlds import build_space, build_worlds, read_plan
from konvoi.replication import prepare_routes
from konvoi.report.proposal_pictures import Origin, draw_front, draw_ladder
from konvoi.report.proposal_text import ProposalFacts, describe_step, format_proposal, say_proposal
from konvoi.sweeping.folder import hold_folder, open_folder, set_aside
from konvoi.sweeping.study import compute_fingerprint, describe_code
from konvoi.tables.files import write_table, write_text
from konvoi.tables.proposed import FRONT, LADDER, ROBUSTNESS_OF_PROPOSAL, TRIGGERS
from konvoi.town import find_road_file, prepare_town
from konvoi.words.formats import format_date

QUICK_EFFORT = Effort(screening_days=32, kept=16, rounds=2, finalists=2, attempts=1, beam=2, neighbours=6)
PROPOSAL_FILE = "proposal.yaml"
DAYS_FILE = "days.jsonl"


@dataclass(frozen=True)
class Written:
    """What a proposal left behind: the text for the screen and its files."""

    proposal: Proposal
    text: str
    files: list[Path]


def propose(words: list[str]) -> int:
    """Search a plan that works, print the ladder to it, leave it as a scenario."""
    settings = compose_settings(words, takes_levels=False)
    folder = choose_proposal_folder(settings)
    if settings.door.new:
        set_aside(folder)
    with hold_folder(folder):
        open_folder(folder, {"identity": describe_identity(settings), "scenario_file": settings.scenario.path.name})
        written = write_proposal(settings, folder, is_quick=settings.door.quick)
    print(written.text)
    for path in written.files:
        print(f"  {path}")
    print(folder.resolve())
    return 0


def choose_proposal_folder(settings: Settings) -> Path:
    """Return the output folder: as told, or one named after the scenario and the settings."""
    if settings.door.out is not None:
        return Path(settings.door.out)
    key = compute_fingerprint(describe_identity(settings))
    return Path("outputs") / f"propose-{settings.scenario.path.stem}-{key[:8]}"


def describe_identity(settings: Settings) -> dict[str, Any]:
    """Describe all that the simulated days of a proposal depend on."""
    return {
        "version": __version__,
        "code": describe_code(),
        "seed": settings.run["seed"],
        "scenario": settings.scenario.content,
        "settings": {key: value for key, value in settings.run.items() if key != "seed"},
    }


def write_proposal(settings: Settings, folder: Path, *, is_quick: bool) -> Written:
    """Search a proposal and write it into a folder; days known there are not simulated again.

    The sweep of the default scenario calls this in its quick form.
    """
    begin = time.monotonic()
    config = settings.build_config()
    town = prepare_town(config, settings.scenario.path)
    rules = load_rules(config.scenario.rules, settings.scenario.path)
    routes = prepare_routes(config, town)
    ground = Ground(settings.scenario, settings.run, build_worlds(config, settings.scenario.content, town, routes))
    impossible = find_impossible_worlds(ground, read_plan(config))
    attendance = Attendance(ground, Setup(config, town, routes))
    space = build_space(config, town, rules, attendance.is_missed)
    effort = QUICK_EFFORT if is_quick else Effort()
    fresh = QUICK if is_quick else FreshEffort()
    design = settings.door.design
    lang = settings.door.lang
    workers = settings.door.workers or os.cpu_count() or 1
    with tqdm(
        total=100.0,
        disable=not settings.door.progress,
        dynamic_ncols=True,
        bar_format="{desc} {bar} {elapsed} · {postfix}",
    ) as bar:

        def tell(stage: str, share: float) -> None:
            bar.set_description_str(say_proposal(f"stage_{stage}", lang))
            bar.n = 100.0 * share
            bar.refresh()

        def count(n_days: int) -> None:
            bar.set_postfix_str(f"{bench_days[0]:,}", refresh=True)
            bench_days[0] += n_days

        bench_days = [0]
        with FileBench(ground, workers, folder / DAYS_FILE, count) as bench:
            search = Search(space, bench, design.threshold, effort, tell)
            worlds = [name for name in ground.worlds if name != ASSUMED and name not in impossible]
            proposal = build_proposal(search, worlds, fresh, 1.0 - design.confidence, tell)
            n_days = bench.n_days
    facts = _gather_facts(settings, config, proposal, n_days, time.monotonic() - begin, impossible)
    return _write(settings, config, proposal, facts, folder)


def _gather_facts(
    settings: Settings,
    config: RunConfig,
    proposal: Proposal,
    n_days: int,
    seconds: float,
    impossible: Mapping[str, frozenset[int]],
) -> ProposalFacts:
    scenario, lang = config.scenario, settings.door.lang
    confirmed = proposal.robustness.get(ASSUMED) or proposal.enough
    return ProposalFacts(
        scenario.title,
        format_date(scenario.date, lang),
        proposal.threshold,
        None if confirmed is None else confirmed.bound_any,
        {key: place.name for key, place in scenario.assembly_points.items()},
        {name: scenario.assembly_points[area.assembly_point].name for name, area in scenario.convoys.items()},
        {name: area.side for name, area in scenario.convoys.items()},
        {
            key: (scenario.venues[pair.side_1].name, scenario.venues[pair.side_2].name)
            for key, pair in scenario.venue_pairs.items()
        },
        proposal.n_plans,
        proposal.is_whole,
        n_days,
        seconds,
        proposal.excluded,
        impossible,
        lang,
    )


def _write(settings: Settings, config: RunConfig, proposal: Proposal, facts: ProposalFacts, folder: Path) -> Written:
    """Write tables, pictures and the scenario of the proposal."""
    behaviour = config.behaviour
    lead_min = behaviour.organised_margin_min + behaviour.gathering_min
    ladder, front = build_ladder(proposal), build_front(proposal)
    robustness = build_robustness(proposal)
    triggers = build_triggers(proposal, {1: lead_min, 2: lead_min})
    orders = {order.convoy: (order.assembly_point, order.in_one_column) for order in proposal.proposed.orders}
    rows = [{str(key): value for key, value in row.items()} for _, row in ladder.iterrows()]
    steps = [describe_step(row, facts, orders) for row in rows]
    origin = Origin(config.scenario.title, __version__, config.seed, facts.lang)
    files = [
        folder / name
        for name in (
            PROPOSAL_FILE,
            "ladder.csv",
            "front.csv",
            "robustness.csv",
            "triggers.csv",
            "ladder.png",
            "front.png",
        )
    ]
    content = write_plan(settings.scenario.content, proposal.proposed)
    content["network"] = _find_network(settings, config, content["network"])
    header = "".join(f"# {line}\n" for line in steps)
    write_text(files[0], header + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120))
    for table, path, schema in zip(
        (ladder, front, robustness, triggers),
        files[1:5],
        (LADDER, FRONT, ROBUSTNESS_OF_PROPOSAL, TRIGGERS),
        strict=True,
    ):
        write_table(table, path, schema)
    draw_ladder(ladder, steps, origin, files[5])
    draw_front(front, origin, files[6])
    text = format_proposal(ladder, robustness, triggers, facts, orders)
    write_text(folder / "proposal.txt", text + "\n")
    summary = {
        "threshold": proposal.threshold,
        "error": proposal.guarantee.error,
        "entered": proposal.guarantee.n_entered,
        "bound_any": facts.bound,
        "plans": proposal.n_plans,
        "is_whole": proposal.is_whole,
        "days": facts.n_days,
        "excluded": proposal.excluded,
        "impossible_what_ifs": {world: sorted(sides) for world, sides in facts.impossible.items()},
        "version": __version__,
        "seed": config.seed,
    }
    write_text(folder / "proposal.json", json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    return Written(proposal, text, files)


def _find_network(settings: Settings, config: RunConfig, source: dict[str, Any]) -> dict[str, Any]:
    """Name the road file so that it is found from the proposal's folder; embedded ones are found by their names."""
    path = find_road_file(config.scenario.network, settings.scenario.path)
    is_embedded = path.resolve().is_relative_to(find_data("scenarios").resolve())
    return source if is_embedded else {**source, "file": str(path.resolve())}
