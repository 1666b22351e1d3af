"""Draw every vehicle's way along one unit's route, to see whether traffic looks as it should.

    python -m tests.benchmarks.pictures [--out outputs/pictures]

writes sangatta.png (the organised convoys' road of the planned layout) and bridge.png (a column of the workload W that
queues at a one-lane bridge). Time runs to the right, distance upwards: a column is a band, a queue a step whose end
travels backwards, who comes the other way falls.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection

from konvoi.config.reading import build_config, load_scenario
from konvoi.contacts.search import time_rides_of
from konvoi.engine.model import RallyModel
from konvoi.replication import build_model, prepare_routes
from konvoi.report.style import SIDE_COLOUR
from konvoi.streams import compute_replication_seed
from konvoi.town import prepare_town
from tests.benchmarks import konvoi
from tests.benchmarks.workload import build_workload

SCENARIO = Path(__file__).parents[2] / "scenarios" / "kutim_kampanye_akbar.yaml"


def find_ways(model: RallyModel, chain: np.ndarray, *, is_both_ways: bool) -> dict[int, list[np.ndarray]]:
    """Find how vehicles of either side rode along a chain of links, in its direction and, when asked, against it.

    Returns
    -------
    Side → lines of (h after midnight, km along the chain), one per vehicle and link.
    """
    timed, cells, network = time_rides_of(model), model.cells, model.network
    start_m = np.concatenate([[0.0], np.cumsum(network.link_length_m[chain])])
    ways: dict[int, list[np.ndarray]] = {1: [], 2: []}
    for position, link in enumerate(chain):
        for ridden in {int(link), int(network.link_twin[link]) if is_both_ways else int(link)}:
            bounds_m = cells.bound_m[cells.offset[ridden] + ridden : cells.offset[ridden + 1] + ridden + 1]
            at_m = start_m[position] + bounds_m if ridden == link else start_m[position + 1] - bounds_m
            for side in (1, 2):
                place = 2 * ridden + side - 1
                for times in timed.rides.times[timed.offset[place] : timed.offset[place + 1]]:
                    time_s = timed.time_s[times : times + len(bounds_m)]
                    ways[side].append(np.column_stack([time_s / 3600.0, at_m / 1000.0]))
    return ways


def draw(
    model: RallyModel, chain: np.ndarray, path: Path, title: str, hours: tuple[float, float] | None = None
) -> None:
    """Draw the ways along a chain of links; for a few hours only, those in its direction."""
    figure, axes = plt.subplots(figsize=(12, 7), layout="constrained")
    for side, ways in find_ways(model, chain, is_both_ways=hours is None).items():
        axes.add_collection(
            LineCollection(ways, colors=SIDE_COLOUR[side], linewidths=0.35 if hours is None else 0.6, alpha=0.8)
        )
    for at_km in np.cumsum(model.network.link_length_m[chain])[:-1] / 1000.0:
        axes.axhline(at_km, color="0.85", linewidth=0.5, zorder=0)
    axes.autoscale_view()
    if hours is not None:
        axes.set_xlim(*hours)
    axes.set(xlabel="time, h after midnight", ylabel="distance along the route, km", title=title)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def draw_sangatta(path: Path, gap_min: float) -> None:
    """Draw the road of the longest organised convoy of side 1."""
    scenario = load_scenario(SCENARIO)
    config = build_config({"seed": 20241123, "rally": {"gap_min": gap_min}}, scenario)
    town = prepare_town(config, scenario.path)
    routes = prepare_routes(config, town)
    model = build_model(config, town, routes, compute_replication_seed(config.seed, 0))
    model.run()
    mine = np.flatnonzero((routes.unit_side == 1) & routes.unit_is_organised)
    unit = int(mine[np.argmax(routes.free_time_s[2 * mine])])
    chain = routes.route_link[routes.route_offset[2 * unit] : routes.route_offset[2 * unit + 1]]
    draw(model, chain, path, f"{routes.unit_name[unit]}: assembly point to venue, gap {gap_min:g} min")


def draw_bridge(path: Path) -> None:
    """Draw the way of W's convoys over its busier bridge."""
    workload = build_workload(4000)
    town = konvoi.build_town(workload)
    model = konvoi.build_model(town, konvoi.build_plan(workload))
    model.run()
    routes, network = model.plan.routes, town.network
    rows = model.list_rides()
    is_real = rows.link < len(network.link_from)
    link, wait_s = rows.link[is_real], (rows.end_s - rows.begin_s)[is_real]
    late_s = wait_s - (network.link_length_m / network.link_free_speed_mps)[link]
    worst = int(np.argmax(np.bincount(link, np.nan_to_num(late_s), len(network.link_from))))
    begin_s = rows.begin_s[is_real]
    latest_h = begin_s[link == worst][np.nanargmax(late_s[link == worst])] / 3600.0
    for trip in range(2 * routes.n_units):
        chain = routes.route_link[routes.route_offset[trip] : routes.route_offset[trip + 1]]
        if worst in chain:
            position = int(np.flatnonzero(chain == worst)[0])
            chain = chain[max(0, position - 8) : position + 5]
            hours = (latest_h - 0.08, latest_h + 0.12)
            draw(model, chain, path, f"W: the link with most delay (number {worst}) and the road to it", hours)
            return


def main() -> None:
    """Draw both pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("outputs/pictures"))
    parser.add_argument("--gap", type=float, default=0.0, help="gap of the two rallies in Sangatta, min")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    draw_sangatta(given.out / "sangatta.png", given.gap)
    draw_bridge(given.out / "bridge.png")
    print(given.out.resolve())


if __name__ == "__main__":
    main()
