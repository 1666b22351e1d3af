"""From replications to design points: the numbers planners compare, with their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from konvoi.config.settings import RunConfig
from konvoi.errors import NetworkError
from konvoi.options import Settings
from konvoi.plan.strata import choose_strata
from konvoi.study.intervals import compute_mean_interval, compute_stratified_interval, compute_wilson_interval
from konvoi.sweeping.study import Study
from konvoi.tables.sweep import PLACES, POINTS, ROADS, WATER
from konvoi.theory.bound import compute_theory_bound
from konvoi.theory.meeting import compute_meeting_p
from konvoi.town import Town, load_water


def build_points(replications: pd.DataFrame, study: Study, settings: Settings) -> pd.DataFrame:
    """Build the table of design points (`konvoi.tables.sweep.POINTS`)."""
    base = settings.build_config()
    rows: list[dict[str, Any]] = []
    has_base = any(point.config == base for point in study.design)
    groups = {int(str(point)): group for point, group in replications.groupby("point")}
    for point in study.design:
        config, routes = point.config, study.routes[point.point]
        group = groups[point.point]
        good = group[group["error"] == ""]
        n, hits = len(good), int(good["has_contact"].sum())
        low, high, worth = _compute_interval(
            good["has_contact"].to_numpy(bool),
            good["replication"],
            config,
            settings.door.design.rule.interval_confidence,
        )
        row: dict[str, Any] = {
            "point": point.point,
            **config.rally.gap.columns,
            "venue_pair": config.venue_pair_key,
            "venue_1": routes.venue_name[0],
            "venue_2": routes.venue_name[1],
            "settings": point.settings,
            "euclid_km": routes.euclid_m / 1000.0,
            "road_km": routes.road_m / 1000.0,
            "shared_km": routes.shared_m / 1000.0,
            # The plan to judge is the unchanged one; where the design has none, those of its gap and venues.
            "is_planned": config == base
            if has_base
            else config.rally.gap_min == base.rally.gap_min and config.venue_pair_key == base.venue_pair_key,
            "replications": n,
            "contact_replications": hits,
            "effective_replications": worth,
            "p_contact": hits / n if n else np.nan,
            "p_contact_low": low,
            "p_contact_high": high,
            "p_theory": compute_meeting_p(config, routes, study.towns[point.point].network),
            "p_theory_bound": compute_theory_bound(config, routes),
        }
        rows.append({**row, **_measure(good, config, settings)})
    return POINTS.check(pd.DataFrame(rows), "points")


def _measure(good: pd.DataFrame, config: RunConfig, settings: Settings) -> dict[str, float]:
    """Measure what a design point's replications were like beside P(contact): shares and means with their intervals."""
    n, design = len(good), settings.door.design
    row: dict[str, float] = {}
    has_riders = good["contacts"] > good["contacts_passing"]
    row["p_riders"] = float(has_riders.mean()) if n else np.nan
    row["p_riders_low"], row["p_riders_high"], _ = _compute_interval(
        has_riders.to_numpy(bool), good["replication"], config, design.rule.interval_confidence
    )
    for name in ("large", "large_riders"):
        hit = good[f"has_{name}"].to_numpy(bool)
        row[f"p_{name}"] = float(hit.mean()) if n else np.nan
        row[f"p_{name}_low"], row[f"p_{name}_high"], _ = _compute_interval(
            hit, good["replication"], config, design.rule.interval_confidence
        )
    is_past = good["side_exposure_places_person_min"] > 0.0
    row["p_past_place"] = float(is_past.mean()) if n else np.nan
    for name in ("contacts", "exposure_person_min", "places_any", "side_exposure_person_min"):
        values = good[name].to_numpy(np.float64)
        row[f"{name}_mean"] = float(values.mean()) if n else np.nan
        row[f"{name}_low"], row[f"{name}_high"] = compute_mean_interval(values, design.confidence)
    for phase in ("out_out", "out_home", "home_home"):
        row[f"p_{phase}"] = float((good[f"contacts_{phase}"] > 0).mean()) if n else np.nan
    for side in (1, 2):
        row[f"at_rally_share_{side}_mean"] = float(good[f"at_rally_share_{side}"].mean()) if n else np.nan
    row["delay_vehicle_h_mean"] = float(good["delay_vehicle_h"].mean()) if n else np.nan
    row["stranded_mean"] = float(good["stranded"].mean()) if n else np.nan
    return row


def _compute_interval(
    hit: NDArray[np.bool_], replication: pd.Series[int], config: RunConfig, confidence: float
) -> tuple[float, float, float]:
    """Compute the interval of the share of replications that hit, and how many plain replications it is worth."""
    n, hits = len(hit), int(hit.sum())
    if config.sampling == "plain":
        low, high = compute_wilson_interval(hits, n, confidence)
        return float(low), float(high), float(n)
    strata = np.array([choose_strata(config.seed, int(number)) for number in replication]).reshape(-1, 2)
    return compute_stratified_interval(hit, strata, confidence)


def build_roads(town: Town) -> pd.DataFrame:
    """Build the table of road lines for drawing; a road of two directions is drawn once."""
    network = town.network
    drawn = np.flatnonzero(network.link_twin >= np.arange(len(network.link_twin)))
    frames = []
    for link in drawn:
        section = slice(network.shape_offset[link], network.shape_offset[link + 1])
        x_m = network.shape_x_m[section]
        frames.append(
            pd.DataFrame(
                {
                    "link": int(link),
                    "name": network.link_name[link],
                    "highway": network.link_highway[link],
                    "vertex": np.arange(len(x_m)),
                    "x_m": x_m,
                    "y_m": network.shape_y_m[section],
                }
            )
        )
    return ROADS.check(pd.concat(frames, ignore_index=True), "roads")


def build_places(study: Study, settings: Settings) -> pd.DataFrame:
    """Build the table of venues, assembly points and named junctions."""
    town, scenario = study.towns[0], study.design[0].config.scenario
    network = town.network
    side_of: dict[str, set[int]] = {key: set() for key in (*scenario.venues, *scenario.assembly_points)}
    for pair in scenario.venue_pairs.values():
        side_of[pair.side_1].add(1)
        side_of[pair.side_2].add(2)
    for convoy in scenario.convoys.values():
        side_of[convoy.assembly_point].add(convoy.side)
    rows: list[dict[str, Any]] = []
    for kind, group in (("venue", scenario.venues), ("assembly", scenario.assembly_points)):
        for key, place in group.items():
            node = town.place_node[key]
            rows.append(
                {
                    "key": key,
                    "name": place.name,
                    "kind": kind,
                    "side": min(side_of[key]) if len(side_of[key]) == 1 else 0,
                    "x_m": network.node_x_m[node],
                    "y_m": network.node_y_m[node],
                    "accuracy_m": place.accuracy_m,
                    "snap_m": town.place_snap_m[key],
                }
            )
    taken = set(town.place_node.values())
    for index, node in enumerate(town.junctions.node):
        if int(node) not in taken and network.node_name[node]:
            rows.append(
                {
                    "key": f"junction-{node}",
                    "name": town.junctions.name[index],
                    "kind": "junction",
                    "side": 0,
                    "x_m": network.node_x_m[node],
                    "y_m": network.node_y_m[node],
                    "accuracy_m": np.nan,
                    "snap_m": 0.0,
                }
            )
    return PLACES.check(pd.DataFrame(rows), "places")


def build_water(study: Study, settings: Settings) -> pd.DataFrame:
    """Build the table of river lines for drawing; empty when the scenario names none, or none that can be read.

    `konvoi check` refuses such a file; the answer of a sweep is worth more than its rivers.
    """
    try:
        lines = load_water(study.design[0].config, settings.scenario.path, study.towns[0].network)
    except NetworkError as fault:
        print(f"  ! {fault.say(settings.door.lang)}")
        lines = []
    frames = [
        pd.DataFrame({"line": line, "vertex": np.arange(len(x_m)), "x_m": x_m, "y_m": y_m})
        for line, (x_m, y_m) in enumerate(lines)
    ]
    return WATER.check(pd.concat(frames, ignore_index=True), "water") if frames else WATER.build_empty()
