"""The map of a study as tables for drawing: road lines, places and rivers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from konvoi.arrays import FloatArray
from konvoi.config.scenario import Scenario
from konvoi.tables.sweep import PLACES, ROADS, WATER
from konvoi.town import Town


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


def build_places(town: Town, scenario: Scenario) -> pd.DataFrame:
    """Build the table of venues, assembly points and named junctions."""
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


def build_water(lines: Iterable[tuple[FloatArray, FloatArray]]) -> pd.DataFrame:
    """Build the table of river lines (x and y, m) for drawing; empty when there are none."""
    frames = [
        pd.DataFrame({"line": line, "vertex": np.arange(len(x_m)), "x_m": x_m, "y_m": y_m})
        for line, (x_m, y_m) in enumerate(lines)
    ]
    return WATER.check(pd.concat(frames, ignore_index=True), "water") if frames else WATER.build_empty()
