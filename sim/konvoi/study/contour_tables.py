"""From replications to contours: where P(contact) falls below the threshold, the safe gap of each row, and its slack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from konvoi.arrays import FloatArray
from konvoi.study.contour import Crossing, Curve, build_curve, compute_band, compute_slack, find_crossing
from konvoi.study.design import DesignPoint, Study, list_levels
from konvoi.study.levels import write_levels
from konvoi.tables.sweep import CONTOUR, SAFE_GAPS, SLACK
from konvoi.theory.bound import compute_falling_from_min

GAP, VENUE_PAIR = "rally.gap_min", "rally.venue_pair"
STEPS = 10  # places of the contour's table from one simulated level to the next


@dataclass(frozen=True)
class Contours:
    """The three tables."""

    contour: pd.DataFrame  # konvoi.tables.sweep.CONTOUR
    safe_gaps: pd.DataFrame  # konvoi.tables.sweep.SAFE_GAPS
    slack: pd.DataFrame  # konvoi.tables.sweep.SLACK


def build_contours(
    replications: pd.DataFrame, study: Study, *, threshold: float, confidence: float, seed: int
) -> Contours:
    """Build contours along the gap, or along the first factor of numbers where the gap is not varied.

    All points that differ in nothing else are one row; with two factors the rows together are the contour over both.
    Another day is not a gap of minutes. Safe gaps and slack are told of gaps only.

    Parameters
    ----------
    threshold
        Largest acceptable P(contact).
    confidence
        Of the bands and intervals.
    seed
        Of the bootstrap.
    """
    factor = find_factor(study.design)
    other = _find_other(study.design, factor)
    good = {int(str(point)): part for point, part in replications[replications["error"] == ""].groupby("point")}
    tables: tuple[list[dict[str, Any]], ...] = ([], [], [])
    if factor is not None:
        for number, row in enumerate(_split_rows(study.design, factor)):
            row = [point for point in row if point.point in good]
            if len(row) < 2:
                continue
            falling_from = (
                max(compute_falling_from_min(point.config, study.routes[point.point]) for point in row)
                if factor == GAP
                else None
            )
            x = np.array([float(point.levels[factor]) for point in row])
            curve = build_curve(x, _pivot([good[point.point] for point in row]), seed, falling_from)
            first = row[0]
            own = {
                "row": number,
                "venue_pair": first.config.venue_pair_key,
                "settings": write_levels(
                    list_levels({key: level for key, level in first.levels.items() if key != factor})
                ),
            }
            road_km = study.routes[first.point].road_m / 1000.0
            y = {"factor": factor, "y_factor": other, "y": road_km if other == VENUE_PAIR else first.levels.get(other)}
            tables[0].extend(_tell_contour({**own, **y}, curve, threshold, confidence))
            if factor == GAP:
                place = {
                    "venue_1": study.routes[first.point].venue_name[0],
                    "venue_2": study.routes[first.point].venue_name[1],
                    "road_km": road_km,
                }
                most = max(len(good[point.point]) for point in row)
                tables[1].append(_tell_safe_gap({**own, **place}, curve, x, falling_from, threshold, confidence, most))
                tables[2].extend(_tell_slack(own, curve, x, [point.point for point in row], threshold, confidence))
    frames = [
        schema.check(pd.DataFrame(rows), schema.name) if rows else schema.build_empty()
        for rows, schema in zip(tables, (CONTOUR, SAFE_GAPS, SLACK), strict=True)
    ]
    return Contours(*frames)


def _tell_safe_gap(
    own: dict[str, Any],
    curve: Curve,
    x: FloatArray,
    falling_from_min: float | None,
    threshold: float,
    confidence: float,
    replications: int,
) -> dict[str, Any]:
    """Tell the safe gap of a row of points."""
    return {
        **own,
        "threshold": threshold,
        "confidence": confidence,
        "shortest_gap_min": x[0],
        "longest_gap_min": x[-1],
        "falling_from_min": falling_from_min,
        **_tell_crossing("safe_gap", find_crossing(curve, threshold, confidence)),
        "replications": replications,
    }


def _tell_slack(
    own: dict[str, Any], curve: Curve, x: FloatArray, points: list[int], threshold: float, confidence: float
) -> list[dict[str, Any]]:
    """Tell what lateness of either side each point of a row survives."""
    rows = []
    for level, point in enumerate(points):
        earlier, later = compute_slack(curve, level, threshold, confidence)
        crossings = {**_tell_crossing("earlier", earlier), **_tell_crossing("later", later)}
        rows.append({"point": point, **own, "gap_min": x[level], **crossings})
    return rows


def find_factor(points: list[DesignPoint]) -> str | None:
    """Find the factor along which contours run: the gap if it has two levels on one day, else the first of numbers."""
    factors = list(points[0].levels)
    for factor in ([GAP] if GAP in factors else []) + factors:
        if len({point.levels[factor] for point in points if _is_number(point.levels[factor])}) >= 2:
            return factor
    return None


def _find_other(points: list[DesignPoint], factor: str | None) -> str:
    """Find the other factor of a contour over two: venue pairs or numbers, at two levels or more; empty when none."""
    for other in points[0].levels:
        levels = {repr(point.levels[other]) for point in points}
        is_measured = other == VENUE_PAIR or all(_is_number(point.levels[other]) for point in points)
        if other != factor and is_measured and len(levels) > 1:
            return other
    return ""


def _split_rows(points: list[DesignPoint], factor: str) -> list[list[DesignPoint]]:
    """Split points by the levels of all other factors, each row by its level of the factor; each level once."""
    rows: dict[str, dict[float, DesignPoint]] = {}
    for point in points:
        level = point.levels[factor]
        if _is_number(level):
            key = repr([(name, value) for name, value in point.levels.items() if name != factor])
            rows.setdefault(key, {}).setdefault(float(level), point)
    return [[row[level] for level in sorted(row)] for row in rows.values()]


def _is_number(level: Any) -> bool:
    """Whether a level is a number; another day and truths are none."""
    return isinstance(level, (int, float)) and not isinstance(level, bool)


def _pivot(parts: list[pd.DataFrame]) -> NDArray[np.float64]:
    """Lay out contact by number of the replication (rows) and point (columns); NaN where not run or failed."""
    table = np.full((1 + max(int(part["replication"].max()) for part in parts), len(parts)), np.nan)
    for column, part in enumerate(parts):
        table[part["replication"].to_numpy(np.int64), column] = part["has_contact"].to_numpy(np.float64)
    return table


def _tell_contour(own: dict[str, Any], curve: Curve, threshold: float, confidence: float) -> list[dict[str, Any]]:
    """Write a row's curve at the simulated levels and at places between them."""
    x = np.interp(np.arange(STEPS * (len(curve.x) - 1) + 1) / STEPS, np.arange(len(curve.x)), curve.x)
    x[::STEPS] = curve.x
    p, low, high, below = compute_band(curve, x, threshold, confidence)
    return [
        {
            **own,
            "x": x[k],
            "is_simulated": k % STEPS == 0,
            "p_contact": p[k],
            "p_contact_low": low[k],
            "p_contact_high": high[k],
            "below_share": below[k],
        }
        for k in range(len(x))
    ]


def _tell_crossing(name: str, crossing: Crossing) -> dict[str, float]:
    """Write a safe gap or a slack (min); empty where it lies beyond what was simulated."""
    ends = {f"{name}_min": crossing.at, f"{name}_low_min": crossing.low, f"{name}_high_min": crossing.high}
    return {key: value if np.isfinite(value) else np.nan for key, value in ends.items()}
