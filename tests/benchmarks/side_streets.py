"""What a map without side streets does to the answer: python -m tests.benchmarks.side_streets FILE.osm [TOWNS].

A road file with side streets is read whole, and again with its primary, secondary and tertiary roads only. On both the
same invented rally days are simulated: venues and assembly points at random places of the main roads, two sides of five
convoys. Printed are the length of the two networks, how much of the ride uses side streets, the length of road both
sides ride, and the days on which they meet.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from konvoi.config.reading import build_config, load_scenario
from konvoi.data import find_data
from konvoi.network import load_network, unproject
from konvoi.network.extract import read_extract, write_extract
from konvoi.replication import prepare_routes, run_replication
from konvoi.town import prepare_town

MAIN = frozenset(
    f"{name}{suffix}" for name in ("trunk", "primary", "secondary", "tertiary") for suffix in ("", "_link")
)
GAPS_MIN = (0, 150, 300)
DAYS = 6
AREAS = 5  # assembly points of a side
PEOPLE = 300  # at each
LEAST_APART_DEG = 0.008  # of the venues


def write_scenario(path: Path, spots: list[tuple[float, float]], road_file: str) -> None:
    """Write an invented day: the first two spots are venues, the others assembly points, in turn of each side."""
    place = [{"name": f"T{k}", "lon_deg": lon, "lat_deg": lat, "accuracy_m": 500} for k, (lon, lat) in enumerate(spots)]
    sides = {k: 1 + k % 2 for k in range(2, len(spots))}
    content: dict[str, Any] = {
        "title": "side streets",
        "network": {"file": road_file},
        "venues": {"a": place[0], "b": place[1]},
        "venue_pairs": {"ab": {"side_1": "a", "side_2": "b"}},
        "planned_venue_pair": "ab",
        "assembly_points": {f"t{k}": place[k] for k in sides},
        "convoys": {f"c{k}": {"side": side, "assembly_point": f"t{k}", "people": PEOPLE} for k, side in sides.items()},
    }
    path.write_text(json.dumps(content), encoding="utf-8")


def measure(folder: Path, name: str) -> list[dict[str, float]]:
    """Simulate the day on one road file at every gap."""
    rows = []
    scenario = load_scenario(folder / f"{name}.yaml")
    town = None
    for gap_min in GAPS_MIN:
        config = build_config({"seed": 1, "rally": {"gap_min": gap_min}}, scenario)
        town = town or prepare_town(config, scenario.path, cache_dir=folder)
        routes = prepare_routes(config, town)
        length_m = town.network.link_length_m[routes.route_link]
        is_side = np.array([highway not in MAIN for highway in town.network.link_highway])[routes.route_link]
        days = [run_replication(config, town, routes, day).row for day in range(DAYS)]
        rows.append(
            {
                "road_km": town.network.quality.road_km,
                "ride_km": float(length_m.sum()) / 1000.0,
                "side_share": float(length_m[is_side].sum() / length_m.sum()),
                "shared_km": routes.shared_m / 1000.0,
                "p": float(np.mean([day["has_any"] for day in days])),
                "exposure": float(np.mean([day["side_exposure_person_min"] for day in days])),
            }
        )
    return rows


def main(file: Path, n_towns: int) -> None:
    """Print what leaving side streets out does, on average over invented days."""
    whole = read_extract(file)
    main_roads = replace(whole, ways=[(refs, tags) for refs, tags in whole.ways if tags.get("highway") in MAIN])
    draw = np.random.default_rng(1)
    found: list[list[list[dict[str, float]]]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for road_file, extract in (("whole.osm", whole), ("main.osm", main_roads)):
            write_extract(extract, folder / road_file)
        network = load_network(folder / "main.osm", find_data("scenarios") / "manuals" / "mkji1997.yaml", folder)
        spots = np.column_stack(unproject(network, network.node_x_m, network.node_y_m))
        if len(spots) < 2 + 2 * AREAS:
            raise SystemExit(f"{file.name}: only {len(spots)} junctions of its main roads hang together")
        for _ in range(50 * n_towns):
            chosen = [(lon, lat) for lon, lat in draw.choice(spots, 2 + 2 * AREAS, replace=False).tolist()]
            if np.hypot(*np.subtract(chosen[0], chosen[1])) < LEAST_APART_DEG:
                continue
            for kind in ("whole", "main"):
                write_scenario(folder / f"{kind}.yaml", chosen, f"{kind}.osm")
            found.append([measure(folder, "whole"), measure(folder, "main")])
            if len(found) == n_towns:
                break
    table = np.array([[[list(row.values()) for row in kind] for kind in town] for town in found]).mean(axis=0)
    print(f"{file.name}: {len(found)} invented days × {DAYS} replications")
    print(
        f"{'map':>6} {'gap':>4} {'road km':>8} {'ride km':>8} {'on side streets':>16} {'shared km':>10} {'P any':>6} {'exposure':>9}"
    )
    for kind, rows in zip(("whole", "main"), table.tolist(), strict=True):
        for gap_min, (road_km, ride_km, side_share, shared_km, p, exposure) in zip(GAPS_MIN, rows, strict=True):
            print(f"{kind:>6} {gap_min:>4} {road_km:>8.1f} {ride_km:>8.1f} {side_share:>16.0%} {shared_km:>10.1f} {p:>6.2f} {exposure:>9.0f}")  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10)
