"""What a sweep leaves beside its numbers: two example days, the timetable and the clear-by times of its plans.

Chance of a replication is a function of its seed, so a day is simply run again. Only its movement is: the contacts are
in the sweep's own tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from konvoi.arrays import FloatArray
from konvoi.engine.model import RallyModel
from konvoi.measures.columns import (
    TRIPS,
    StepTimes,
    build_columns,
    build_route_lines,
    build_spine,
    build_traffic,
    compute_step_times,
    find_spine,
    list_streets,
)
from konvoi.options import Settings
from konvoi.plan.day_plan import HOMEBOUND, OUTBOUND
from konvoi.plan.hours import compute_planned_departure_s, compute_rally_starts_s
from konvoi.replication import build_replication
from konvoi.study.design import Study
from konvoi.study.quantiles import compute_low_quantile_bound, compute_quantile_bound, round_down_s, round_up_s
from konvoi.sweeping.hours import DayHours, run_hours
from konvoi.tables.day import CLEAR_BY, COLUMNS, EXAMPLES, ROUTES, SPINE, TIMETABLE, TRAFFIC
from konvoi.tables.files import write_table
from konvoi.units import SECONDS_PER_MINUTE, minutes_to_s
from konvoi.workers import WorkerProcess

QUANTILES = {"typical": 0.5, "bad": 0.95}  # of exposure
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Day:
    """One replication, moved to its end."""

    model: RallyModel
    times: StepTimes


def write_days(
    settings: Settings,
    study: Study,
    plans: Sequence[int],
    replications: pd.DataFrame,
    contacts: pd.DataFrame,
    folder: Path,
    days: int | None = None,
    idle: list[WorkerProcess] | None = None,
) -> None:
    """Write the tables of the example days and of the plans (`konvoi.tables.sweep` EXAMPLES to ROUTES).

    Parameters
    ----------
    plans
        Design points: the plan to judge, and the one to recommend where there is one. The last one's hours are those
        officials are told.
    days
        Simulated days behind the hours of the last plan; None, and for the other plans, all that were simulated.
    idle
        Workers to go on with: `konvoi.workers.keep_workers`.

    Raises
    ------
    KeyboardInterrupt
        After the batches under way have been kept.
    OutputError
        When something cannot be written.
    """
    if plans:
        examples = choose_examples(replications, plans[0])
        _write_examples(study, examples, contacts, folder)
    timetables, clears, routes = [TIMETABLE.build_empty()], [CLEAR_BY.build_empty()], [ROUTES.build_empty()]
    for point in plans:
        known = int((replications["point"] == point).sum())
        wanted = known if days is None or point != plans[-1] else max(days, known)
        hours = run_hours(settings, study, point, wanted, folder, idle) if known else []
        if not hours:
            continue
        clears.append(_build_clear_by(study, point, hours))
        timetables.append(_build_timetable(study, point, hours))
        routes.append(build_route_lines(study.towns[point].network, study.routes[point]).assign(point=point))
    for name, frames, schema in (
        ("timetable.csv", timetables, TIMETABLE),
        ("clear_by.csv", clears, CLEAR_BY),
        ("routes.parquet", routes, ROUTES),
    ):
        filled = [frame for frame in frames if len(frame)] or frames[:1]
        write_table(pd.concat(filled, ignore_index=True), folder / name, schema)


def choose_examples(replications: pd.DataFrame, point: int) -> pd.DataFrame:
    """Choose the replications of a point nearest to the quantiles of exposure; the lowest number of equals."""
    good = replications[(replications["point"] == point) & (replications["error"] == "")]
    rows = []
    for example, quantile in QUANTILES.items():
        if len(good):
            wanted = float(good["exposure_person_min"].quantile(quantile))
            distance = (good["exposure_person_min"] - wanted).abs()
            chosen = good.assign(distance=distance).sort_values(["distance", "replication"], kind="stable").iloc[0]
            rows.append({**chosen.to_dict(), "example": example, "quantile": quantile})
    return pd.DataFrame(rows)


def _run_days(study: Study, point: int, numbers: Iterable[int]) -> Iterator[Day]:
    """Run replications of a point again, movement only."""
    config = study.design[point].config
    for number in numbers:
        model = build_replication(config, study.towns[point], study.routes[point], int(number))
        model.run()
        yield Day(model, compute_step_times(model.state.roads, model.list_rides()))


def _write_examples(study: Study, examples: pd.DataFrame, contacts: pd.DataFrame, folder: Path) -> None:
    """Write the example days: who they are, the spine, the columns along it and the traffic of every minute."""
    if not len(examples):
        return
    point = int(examples["point"].iloc[0])
    network, own = study.towns[point].network, study.routes[point]
    at_point = contacts[contacts["point"] == point]
    nodes = find_spine(
        network,
        own,
        at_point["link"].to_numpy(np.int32),
        at_point["exposure_person_min"].to_numpy(np.float64),
    )
    spine = build_spine(network, nodes, study.towns[point].junctions.node_name)
    rows, columns, traffic = [], [], []
    for (_, example), day in zip(examples.iterrows(), _run_days(study, point, examples["replication"]), strict=True):
        plan = day.model.plan
        rally = {
            f"rally_{name}_{side}_s": float(values[side - 1])
            for name, values in (("start", plan.rally_start_s), ("end", plan.rally_end_s))
            for side in (1, 2)
        }
        kept = {name: example[name] for name in EXAMPLES.columns if name not in rally}
        rows.append({**kept, **rally})
        at_m = spine["at_m"].to_numpy(np.float64)
        columns.append(build_columns(network, own, day.times, nodes, at_m).assign(example=example["example"]))
        traffic.append(build_traffic(network, plan, day.model.list_rides()).assign(example=example["example"]))
    write_table(pd.DataFrame(rows), folder / "examples.csv", EXAMPLES)
    write_table(spine, folder / "spine.csv", SPINE)
    write_table(pd.concat(columns, ignore_index=True), folder / "columns.parquet", COLUMNS)
    write_table(pd.concat(traffic, ignore_index=True), folder / "traffic.parquet", TRAFFIC)


def _build_timetable(study: Study, point: int, hours: Sequence[DayHours]) -> pd.DataFrame:
    """Build the timetable of a point's organised convoys (`konvoi.tables.day.TIMETABLE`)."""
    config, network, own = study.design[point].config, study.towns[point].network, study.routes[point]
    scenario = config.scenario
    areas = list(scenario.convoys.values())
    start_s = compute_rally_starts_s(config)
    stack = np.stack([day.units for day in hours])
    rows = []
    for unit in np.flatnonzero(own.unit_is_organised):
        side = int(own.unit_side[unit])
        depart_s, arrive_s, passing_s, home_s, back_s, people, vehicles = stack[:, unit, :].T
        if not np.isfinite(depart_s).any():
            continue
        rows.append(
            {
                "point": point,
                "unit": own.unit_name[unit],
                "side": side,
                "assembly_point": scenario.assembly_points[areas[own.unit_area[unit]].assembly_point].name,
                "venue": own.venue_name[side - 1],
                "streets_out": list_streets(network, own, int(unit), OUTBOUND),
                "streets_home": list_streets(network, own, int(unit), HOMEBOUND),
                "rally_start_s": start_s[side - 1],
                "rally_end_s": start_s[side - 1] + minutes_to_s(scenario.rally.length_min),
                "depart_s": compute_planned_departure_s(config, start_s[side - 1], float(own.free_time_s[2 * unit])),
                "depart_low_s": find_early_s(depart_s),
                "depart_high_s": find_late_s(depart_s),
                "arrive_high_s": find_late_s(arrive_s),
                "home_low_s": find_early_s(home_s),
                "home_high_s": find_late_s(back_s),
                "people": people.mean(),
                "vehicles": vehicles.mean(),
                "passing_min": float(np.nanmedian(passing_s)) / SECONDS_PER_MINUTE,
                "replications": len(stack),
            }
        )
    return TIMETABLE.check(pd.DataFrame(rows), "timetable") if rows else TIMETABLE.build_empty()


def _build_clear_by(study: Study, point: int, hours: Sequence[DayHours]) -> pd.DataFrame:
    """Build the clear-by times of a point's junctions (`konvoi.tables.day.CLEAR_BY`)."""
    junctions = study.towns[point].junctions
    first_s, clear_s = np.stack([day.first_s for day in hours]), np.stack([day.clear_s for day in hours])
    vehicles = np.stack([day.vehicles for day in hours])
    rows = []
    for k, side, trip in np.argwhere(vehicles.any(axis=0)):
        passes = np.isfinite(first_s[:, k, side, trip])
        early_s, late_s = first_s[passes, k, side, trip], clear_s[passes, k, side, trip]
        rows.append(
            {
                "point": point,
                "node": int(junctions.node[k]),
                "junction": junctions.name[k],
                "x_m": junctions.x_m[k],
                "y_m": junctions.y_m[k],
                "side": side + 1,
                "trip": TRIPS[trip],
                "first_low_s": find_early_s(early_s),
                "first_median_s": np.median(early_s),
                "clear_median_s": np.median(late_s),
                "clear_high_s": find_late_s(late_s),
                "vehicles": vehicles[:, k, side, trip].mean(),
                "replications": len(early_s),
            }
        )
    return CLEAR_BY.check(pd.DataFrame(rows), "clear_by") if rows else CLEAR_BY.build_empty()


def find_late_s(values: FloatArray) -> float:
    """Find by when it is over on 95 % of days: the quantile's upper confidence bound, rounded up to 10 minutes.

    Of fewer than 59 days no bound can be given; the latest is taken.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan")
    bound = compute_quantile_bound(known, HIGH)
    return round_up_s(float(known.max()) if np.isnan(bound) else bound)


def find_early_s(values: FloatArray) -> float:
    """Find from when on it begins on 95 % of days: the lower bound, rounded down to 10 minutes."""
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan")
    bound = compute_low_quantile_bound(known, LOW)
    return round_down_s(float(known.min()) if np.isnan(bound) else bound)
