"""From replications to design points: the numbers planners compare, with their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from konvoi.config.settings import RunConfig
from konvoi.plan.strata import choose_strata
from konvoi.study.design import Study
from konvoi.study.intervals import compute_mean_interval, compute_stratified_interval, compute_wilson_interval
from konvoi.tables.sweep import POINTS
from konvoi.theory.bound import compute_theory_bound
from konvoi.theory.meeting import compute_meeting_p


def build_points(
    replications: pd.DataFrame, study: Study, base: RunConfig, confidence: float, interval_confidence: float
) -> pd.DataFrame:
    """Build the table of design points (`konvoi.tables.sweep.POINTS`).

    Parameters
    ----------
    replications
        `konvoi.tables.sweep.REPLICATIONS`; those that failed count nowhere.
    base
        The unchanged configuration: the plan to judge is of its gap and venues.
    confidence, interval_confidence
        Of the intervals of means and of shares; the latter is higher where points end by precision
        (`konvoi.study.stopping`).
    """
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
            interval_confidence,
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
        rows.append({**row, **_measure(good, config, confidence, interval_confidence)})
    return POINTS.check(pd.DataFrame(rows), "points")


def _measure(good: pd.DataFrame, config: RunConfig, confidence: float, interval_confidence: float) -> dict[str, float]:
    """Measure what a design point's replications were like beside P(contact): shares and means with their intervals."""
    n = len(good)
    row: dict[str, float] = {}
    has_riders = good["contacts"] > good["contacts_passing"]
    row["p_riders"] = float(has_riders.mean()) if n else np.nan
    row["p_riders_low"], row["p_riders_high"], _ = _compute_interval(
        has_riders.to_numpy(bool), good["replication"], config, interval_confidence
    )
    for name in ("large", "large_riders"):
        hit = good[f"has_{name}"].to_numpy(bool)
        row[f"p_{name}"] = float(hit.mean()) if n else np.nan
        row[f"p_{name}_low"], row[f"p_{name}_high"], _ = _compute_interval(
            hit, good["replication"], config, interval_confidence
        )
    is_past = good["side_exposure_places_person_min"] > 0.0
    row["p_past_place"] = float(is_past.mean()) if n else np.nan
    for name in ("contacts", "exposure_person_min", "places_any", "side_exposure_person_min"):
        values = good[name].to_numpy(np.float64)
        row[f"{name}_mean"] = float(values.mean()) if n else np.nan
        row[f"{name}_low"], row[f"{name}_high"] = compute_mean_interval(values, confidence)
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
