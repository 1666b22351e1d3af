"""The example days tell where columns were, what was clear when, and lose no vehicle."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from konvoi.engine.model import RallyModel
from konvoi.measures.columns import (
    StepTimes,
    build_columns,
    build_route_lines,
    build_spine,
    build_traffic,
    compute_step_times,
    find_spine,
    list_streets,
    measure_junctions,
)
from konvoi.replication import build_model
from konvoi.tables.day import COLUMNS, ROUTES, SPINE, TRAFFIC
from tests.support.crossroads import load_crossroads


@lru_cache(maxsize=1)
def run_day() -> tuple[RallyModel, StepTimes]:
    config, town, routes = load_crossroads()
    model = build_model(config, town, routes, 5)
    model.run()
    return model, compute_step_times(model.state.roads, model.list_rides())


def find_crossing_spine() -> np.ndarray:
    _, town, routes = load_crossroads()
    # All exposure on the first link of side 1's way out.
    return find_spine(town.network, routes, routes.route_link[:1], np.array([5.0]))


def test_the_spine_follows_the_road_with_the_exposure() -> None:
    _, town, routes = load_crossroads()
    nodes = find_crossing_spine()
    spine = SPINE.check(build_spine(town.network, nodes, town.junctions.node_name), "spine")
    assert (spine["at_m"].diff().dropna() > 0).all()
    assert {int(town.network.link_from[routes.route_link[0]]), int(town.network.link_to[routes.route_link[0]])} <= set(
        nodes.tolist()
    )
    assert len(set(nodes.tolist())) == len(nodes)
    assert len(find_spine(town.network, routes, np.empty(0, np.int32), np.empty(0))) >= 2


def test_columns_move_along_the_spine_and_a_crossing_side_shows_as_one_node() -> None:
    _, town, routes = load_crossroads()
    _, times = run_day()
    nodes = np.concatenate([town.network.link_from[routes.route_link[:1]], town.network.link_to[
        routes.route_link[: int(routes.route_offset[1])]]]).astype(np.int32)  # fmt: skip
    spine = build_spine(town.network, nodes, town.junctions.node_name)
    columns = build_columns(town.network, routes, times, nodes, spine["at_m"].to_numpy())
    columns = COLUMNS.check(columns.assign(example="typical"), "columns")
    out = columns[(columns["side"] == 1) & (columns["trip"] == "out") & columns["is_organised"]]
    assert len(set(out["run"])) == 1
    assert (out.sort_values("at_m")["head_s"].diff().dropna() > 0).all()
    home = columns[(columns["side"] == 1) & (columns["trip"] == "home") & columns["is_organised"]]
    assert (home.sort_values("at_m")["head_s"].diff().dropna() < 0).all()
    crossing = columns[columns["side"] == 2]
    assert crossing.groupby("run").size().eq(1).all()
    assert len(crossing) == 4
    assert (columns["tail_s"] >= columns["head_s"]).all()


def test_every_vehicle_passes_its_junctions_and_the_last_one_clears_them() -> None:
    _, town, routes = load_crossroads()
    model, times = run_day()
    node = town.junctions.node.astype(np.int32)
    first_s, clear_s, vehicles = measure_junctions(town.network, routes, times, node)
    crossing = list(town.junctions.name).index("Simpang Empat")
    side = routes.unit_side[model.plan.vehicle_unit]
    assert vehicles[crossing].tolist() == [[int((side == 1).sum())] * 2, [int((side == 2).sum())] * 2]
    rows = model.list_rides()
    leaves = np.isin(rows.link, np.flatnonzero(town.network.link_from == node[crossing]))
    of_side_1 = side[rows.vehicle] == 1
    assert clear_s[crossing, 0].max() == pytest.approx(rows.begin_s[leaves & of_side_1].max())
    assert np.nanmin(first_s[crossing]) == pytest.approx(rows.begin_s[leaves].min())


def test_each_full_minute_holds_exactly_the_vehicles_on_the_road() -> None:
    _, town, _ = load_crossroads()
    model, _ = run_day()
    traffic = TRAFFIC.check(build_traffic(town.network, model.plan, model.list_rides()).assign(example="bad"), "t")
    rows = model.list_rides()
    on_road = rows.link < len(town.network.link_from)
    for time_s in (32_000.0 // 60 * 60, 37_800.0, 38_400.0):
        riding = on_road & (rows.begin_s <= time_s) & (rows.end_s > time_s)
        assert traffic.loc[traffic["time_s"] == time_s, "vehicles"].sum() == riding.sum() > 0
    assert isinstance(traffic, pd.DataFrame)


def test_routes_are_lines_with_streets() -> None:
    _, town, routes = load_crossroads()
    lines = ROUTES.check(build_route_lines(town.network, routes).assign(point=0), "routes")
    assert set(lines["trip"]) == {"out", "home"}
    assert lines.groupby(["unit", "trip"]).ngroups == 4
    assert list_streets(town.network, routes, 0, 0) == "Jl. Barat → Jl. Timur"
