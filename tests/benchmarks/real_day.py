"""Drawn days of a real town on konvoi and on Eclipse SUMO: trips, arrivals, contacts and exposure side by side.

    python -m tests.benchmarks.real_day [--variants free own jams] [--gaps 0:5 120:5 135:5] [--out outputs/real_day]

Each day is drawn once by konvoi (departures, vehicles, drivers) and ridden by both (`tests.benchmarks.sumo_day` says what
is matched). Contacts of both are found by one search in positions every five seconds (`tests.benchmarks.sampled_sides`);
konvoi's own exact search stands beside. Days ridden are kept in the folder and not ridden again; the tables are of all that
is there. A day takes about 30 s, and SUMO its environment: `make bench` sets it up as .venv-bench.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from konvoi.config.settings import RunConfig
from konvoi.engine.model import RallyModel
from konvoi.options import compose_settings
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND
from konvoi.plan.stops import AT_RALLY
from konvoi.replication import build_replication, measure_both_sides, prepare_routes
from konvoi.tables.files import write_text
from konvoi.town import Town, prepare_town
from konvoi.units import SECONDS_PER_MINUTE
from tests.benchmarks.movements import Trips, list_trips, sample_positions
from tests.benchmarks.sampled_sides import Standing, find_sides_contacts, stand
from tests.benchmarks.sumo_day import VARIANTS, SumoDay, SumoTown, require_plain

PERIOD_S = 5.0
GAPS = ("0:5", "120:5", "135:5", "150:5", "165:5", "180:5")  # the notified plan, the window, and around its ends
GROUPS = {
    (phase, is_organised): f"{way}, {who}"
    for phase, way in ((OUTBOUND, "out"), (HOMEBOUND, "home"))
    for is_organised, who in ((True, "columns"), (False, "riders"))
}
OUTCOMES = ("has_any", "has_any_riders", "has_large")


def ride_day(config: RunConfig, town: Town, replication: int, variant: str) -> dict[str, Any]:
    """Let konvoi and SUMO ride one drawn day, and measure both."""
    model = build_replication(config, town, prepare_routes(config, town), replication)
    require_plain(model.plan)
    model.run()
    exact = measure_both_sides(model, town).row
    ours = list_trips(model)
    samples = sample_positions(model, PERIOD_S)
    sampled = find_sides_contacts(samples, PERIOD_S, model.plan, list_crowds(model, ours), config.contact)
    with tempfile.TemporaryDirectory() as folder:
        day = SumoDay(SumoTown(town.network, model.plan, Path(folder), variant), model.plan, PERIOD_S)
        positions = list(day.ride())
        theirs = day.list_trips()
    other = find_sides_contacts(positions, PERIOD_S, model.plan, list_crowds(model, theirs), config.contact)
    return {
        "exact": {name: exact[name] for name in OUTCOMES} | {"exposure_person_min": exact["side_exposure_person_min"]},
        "konvoi": sampled._asdict() | {"trips": describe_trips(model, ours)},
        "sumo": other._asdict() | {"trips": describe_trips(model, theirs)},
    }


def list_crowds(model: RallyModel, trips: Trips) -> list[Standing]:
    """List who stood where when: at the assembly point until on the road, at the venue from gate to gate."""
    plan, crowds = model.plan, []
    side = plan.routes.unit_side[plan.vehicle_unit]
    gather_s = np.full(plan.n_vehicles, -np.inf) if plan.vehicle_gather_s is None else plan.vehicle_gather_s
    for crowd in plan.routes.crowds:
        if crowd.kind == AT_RALLY:
            rows = np.flatnonzero(side == crowd.side)
            come_s, go_s = trips.arrived_s[rows, OUTBOUND], trips.left_s[rows, HOMEBOUND]
        else:
            rows = np.flatnonzero(np.isin(plan.vehicle_unit, crowd.members) & np.isfinite(gather_s))
            come_s, go_s = gather_s[rows], trips.left_s[rows, OUTBOUND]
        x_m, y_m = model.network.node_x_m[crowd.node], model.network.node_y_m[crowd.node]
        crowds.append(stand(crowd.side, float(x_m), float(y_m), come_s, go_s, plan.vehicle_people[rows]))
    return crowds


def describe_trips(model: RallyModel, trips: Trips) -> dict[str, dict[str, float]]:
    """Describe the trips of both sides: means and 95 % quantiles, minutes."""
    is_organised = model.plan.routes.unit_is_organised[model.plan.vehicle_unit]
    described = {}
    for (phase, organised), name in GROUPS.items():
        rows = is_organised == organised
        asked_s, left_s, arrived_s = (column[rows, phase] for column in trips)
        described[name] = {
            "wait": float(np.nanmean(left_s - asked_s)) / SECONDS_PER_MINUTE,
            "trip": float(np.nanmean(arrived_s - asked_s)) / SECONDS_PER_MINUTE,
            "trip_95": float(np.nanpercentile(arrived_s - asked_s, 95.0)) / SECONDS_PER_MINUTE,
            "last": float(np.nanmax(arrived_s)) / SECONDS_PER_MINUTE,
            "missing": float(np.count_nonzero(np.isnan(arrived_s))),
        }
    return described


def build_outcome_table(rows: Sequence[dict[str, Any]]) -> str:
    """Build the table of contacts by variant and gap."""
    lines = [
        "| SUMO | gap, min | days | any contact: konvoi's search, sampled, SUMO | only konvoi, only SUMO | riders | large | exposure, person-min |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for variant, gap in sorted({(row["variant"], row["gap_min"]) for row in rows}):
        days = [row for row in rows if (row["variant"], row["gap_min"]) == (variant, gap)]
        counts = {
            name: " : ".join(str(sum(day[who][name] for day in days)) for who in ("exact", "konvoi", "sumo"))
            for name in OUTCOMES
        }
        only = " : ".join(
            str(sum(day[one]["has_any"] and not day[other]["has_any"] for day in days))
            for one, other in (("konvoi", "sumo"), ("sumo", "konvoi"))
        )
        exposure = " : ".join(
            f"{np.mean([day[who]['exposure_person_min'] for day in days]):,.1f}" for who in ("exact", "konvoi", "sumo")
        )
        lines.append(
            f"| {variant} | {gap} | {len(days)} | {counts['has_any']} | {only} | {counts['has_any_riders']} "
            f"| {counts['has_large']} | {exposure} |"
        )
    return "\n".join(lines)


def build_trip_table(rows: Sequence[dict[str, Any]]) -> str:
    """Build the table of trips by variant, means over its days."""
    lines = [
        "| SUMO | trips | wait for the road, min | trip, min | 95 % of trips, min | last arrival, min apart | not arrived |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for variant in sorted({row["variant"] for row in rows}):
        days = [row for row in rows if row["variant"] == variant]
        for name in GROUPS.values():
            means = {
                key: [float(np.mean([day[who]["trips"][name][key] for day in days])) for who in ("konvoi", "sumo")]
                for key in ("wait", "trip", "trip_95", "last", "missing")
            }
            cells = [f"{means[key][0]:.1f} : {means[key][1]:.1f}" for key in ("wait", "trip", "trip_95")]
            cells[1] += f" ({means['trip'][1] / means['trip'][0] - 1.0:+.1%})"
            cells += [
                f"{means['last'][1] - means['last'][0]:+.1f}",
                f"{means['missing'][0]:.0f} : {means['missing'][1]:.0f}",
            ]
            lines.append(f"| {variant} | {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def read_days(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Read the days ridden so far."""
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    """Ride the days that are missing, and print the tables of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variants", nargs="*", choices=tuple(VARIANTS), default=["free", "own"])
    parser.add_argument("--gaps", nargs="*", default=GAPS, metavar="MINUTES:DAYS")
    parser.add_argument("--out", type=Path, default=Path("outputs/real_day"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for variant in given.variants:
        path = given.out / f"{variant}.jsonl"
        path.touch()
        known = {(row["gap_min"], row["replication"]) for row in read_days([path])}
        for gap_min, days in (map(int, word.split(":")) for word in given.gaps):
            settings = compose_settings([f"rally.gap_min={gap_min}"])
            config = settings.build_config()
            town = prepare_town(config, settings.scenario.path)
            for replication in sorted(set(range(days)) - {number for gap, number in known if gap == gap_min}):
                row = {"variant": variant, "gap_min": gap_min, "replication": replication}
                row |= ride_day(config, town, replication, variant)
                with path.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(row) + "\n")
                known.add((gap_min, replication))
                print(
                    variant,
                    gap_min,
                    replication,
                    *(row[who]["has_any"] for who in ("exact", "konvoi", "sumo")),
                    flush=True,
                )
    rows = read_days(sorted(given.out.glob("*.jsonl")))
    tables = f"{build_outcome_table(rows)}\n\n{build_trip_table(rows)}\n"
    write_text(given.out / "real_day.md", tables)
    print(tables)


if __name__ == "__main__":
    main()
