"""Results of a sweep made by hand: points, contacts and verdict, for tests of what is written about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from konvoi.report.verdict import Verdict, build_verdict
from konvoi.study.intervals import compute_mean_interval, compute_wilson_interval
from konvoi.tables.sides import SIDE_CONTACTS
from konvoi.tables.sweep import CONTACTS, POINTS

ANOTHER_DAY = "another_day"


PAIRS = {  # key: venues, road km, straight km, shared km
    "km03": ("Lapangan Town Hall", "Stadion Kudungga", 3.1, 2.8, 31.2),
    "km07": ("Polder Ilham Maulana", "Stadion Kudungga", 6.6, 3.5, 33.0),
    "km10": ("Lapangan Sangatta Selatan", "Stadion Kudungga", 10.4, 7.3, 36.9),
    "km13": ("Bukit Pelangi", "Stadion Kudungga", 12.9, 6.1, 35.5),
}


GAPS: tuple[float | str, ...] = (0.0, 120.0, 240.0, 300.0, 390.0, ANOTHER_DAY)


QUALITY = {"kind": "skeleton", "road_km": 58.3, "position_error_median_m": 80.0, "position_error_max_m": 2500.0}


def saturate(gap_min: float, road_km: float) -> float:
    """P(contact) that is 1 below 300 min, one half there and 0 beyond, whatever the distance."""
    return 1.0 if gap_min < 300.0 else 0.5 if gap_min == 300.0 else 0.0


def build_points(
    probability: Callable[[float, float], float] = saturate,
    *,
    n: int = 100,
    gaps: Sequence[float | str] = GAPS,
    pairs: dict[str, tuple[str, str, float, float, float]] | None = None,
    planned: tuple[float | str, str] = (0.0, "km10"),
    variants: Sequence[str] = ("",),
    contacts: Callable[[float], float] = lambda road_km: 40.0,
) -> pd.DataFrame:
    """Build a table of design points with as many hits as the probability says."""
    rows: list[dict[str, Any]] = []
    for variant in variants:
        for key, (venue_1, venue_2, road_km, euclid_km, shared_km) in (PAIRS if pairs is None else pairs).items():
            for gap in gaps:
                is_day = isinstance(gap, str)
                p = 0.0 if isinstance(gap, str) else probability(gap, road_km)
                hits = round(p * n)
                counts = np.zeros(n)
                counts[:hits] = contacts(road_km) + np.arange(hits) % 3 - 1
                low, high = compute_wilson_interval(hits, n)
                row: dict[str, Any] = {
                    "point": len(rows),
                    "gap_min": np.nan if is_day else gap,
                    "is_another_day": is_day,
                    "venue_pair": key,
                    "venue_1": venue_1,
                    "venue_2": venue_2,
                    "settings": f"rally.venue_pair={key}; rally.gap_min={gap}" + (f"; {variant}" if variant else ""),
                    "euclid_km": euclid_km,
                    "road_km": road_km,
                    "shared_km": shared_km,
                    "is_planned": (gap, key) == planned,
                    "replications": n,
                    "contact_replications": hits,
                    "effective_replications": n,
                    "p_contact": hits / n if n else np.nan,
                    "p_contact_low": float(low),
                    "p_contact_high": float(high),
                    "p_riders": hits / n if n else np.nan,
                    "p_riders_low": float(low),
                    "p_riders_high": float(high),
                    "at_rally_share_1_mean": 0.98,
                    "at_rally_share_2_mean": 0.97,
                    "delay_vehicle_h_mean": 5.0,
                    "stranded_mean": 0.0,
                    "p_theory": 0.0 if is_day else saturate(float(gap), road_km),
                    "p_theory_bound": 0.0 if is_day else 1.0,
                }
                exposure = 300.0 * counts
                for name in ("large", "large_riders"):
                    row |= {f"p_{name}": row["p_riders"], f"p_{name}_low": float(low), f"p_{name}_high": float(high)}
                row["p_past_place"] = 0.0
                for name, values in (
                    ("contacts", counts),
                    ("places_any", counts),
                    ("exposure_person_min", exposure),
                    ("side_exposure_person_min", exposure),
                ):
                    row[f"{name}_mean"] = values.mean() if n else np.nan
                    row[f"{name}_low"], row[f"{name}_high"] = compute_mean_interval(values)
                for phase in ("out_out", "out_home", "home_home"):
                    row[f"p_{phase}"] = hits / n if n else np.nan
                rows.append(row)
    return POINTS.check(pd.DataFrame(rows), "points") if rows else POINTS.build_empty()


def judge(points: pd.DataFrame, **changes: Any) -> Verdict:
    """Build the verdict of a table."""
    settings: dict[str, Any] = {
        "threshold": 0.05,
        "confidence": 0.95,
        "seed": 7,
        "version": "0.1.0",
        "scenario_title": "Kampanye akbar Kutai Timur",
        "map_quality": QUALITY,
    }
    return build_verdict(points, **{**settings, **changes})


def build_contacts(junctions: Sequence[str], *, point: int = 0, replications: int = 1) -> pd.DataFrame:
    """Build one contact per replication and junction, on a circle of 2 km around the origin."""
    rows = []
    for replication in range(replications):
        for index, junction in enumerate(junctions):
            angle = 2.0 * np.pi * index / len(junctions)
            rows.append(
                {
                    "point": point,
                    "replication": replication,
                    "contact": index,
                    "unit_1": "p1",
                    "unit_2": "p2",
                    "phase": "out_out",
                    "type": "head_on",
                    "begin_s": 34800.0 + 60.0 * index,
                    "end_s": 34900.0 + 60.0 * index,
                    "link": 0,
                    "offset_m": 0.0,
                    "x_m": 2000.0 * np.cos(angle),
                    "y_m": 2000.0 * np.sin(angle),
                    "junction": junction,
                    "least_distance_m": 10.0,
                    "closing_speed_mps": 11.0,
                    "people_1": 100.0,
                    "people_2": 200.0,
                    "exposure_person_min": 100.0 * (1 + index),
                    "is_standing": False,
                }
            )
    return CONTACTS.check(pd.DataFrame(rows), "contacts") if rows else CONTACTS.build_empty()


def build_side_contacts(junctions: Sequence[str], *, point: int = 0, replications: int = 1) -> pd.DataFrame:
    """Build one contact of the sides per contact of `build_contacts`, at the same place and of the same exposure."""
    contacts = build_contacts(junctions, point=point, replications=replications)
    if not len(contacts):
        return SIDE_CONTACTS.build_empty()
    own = contacts.assign(kind="road", place="s0", together_person_min=0.0, peak_people=contacts["people_1"])
    for grade in ("any", "large", "massed"):
        own[f"is_{grade}"], own[f"{grade}_min"] = grade == "any", 1.0 * (grade == "any")
    return SIDE_CONTACTS.check(own[list(SIDE_CONTACTS.columns)], "side contacts")
