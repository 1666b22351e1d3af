"""The ground the day happens on: roads, water and junctions of a town, packed once for the browser."""

from __future__ import annotations

from typing import Any

import numpy as np

from konvoi.arrays import FloatArray
from konvoi.network import RoadNetwork, project
from konvoi.network.roads import RANK
from konvoi.town import Town
from konvoi.view.packing import pack_message, pack_numbers, pack_signed

SHAPE_STEP_M = 0.5  # coordinates are told in half metres from the south-west corner
LENGTH_STEP_M = 0.1


def pack_ground(town: Town, water: list[tuple[FloatArray, FloatArray]]) -> bytes:
    """Pack the roads (each two-way road once), which link rides which of them in which direction, water and junctions.

    Parameters
    ----------
    water
        Lines of rivers, coordinates in m.
    """
    network = town.network
    n_links = len(network.link_length_m)
    drawn = np.flatnonzero(network.link_twin >= np.arange(n_links))
    road = np.empty(n_links, np.int64)
    road[drawn] = 2 * np.arange(len(drawn))
    back = np.flatnonzero(network.link_twin < np.arange(n_links))
    road[back] = road[network.link_twin[back]] + 1  # ridden from its end to its start
    origin = np.array([network.shape_x_m.min(), network.shape_y_m.min()])
    count = np.diff(network.shape_offset)[drawn]
    vertex = np.concatenate([np.arange(network.shape_offset[k], network.shape_offset[k + 1]) for k in drawn])
    names, name = np.unique(np.array(["", *(network.link_name[k] for k in drawn)]), return_inverse=True)
    rank = [RANK.get(network.link_highway[k].removesuffix("_link"), len(RANK)) for k in drawn]
    lines = {
        "road_x": network.shape_x_m[vertex] - origin[0],
        "road_y": network.shape_y_m[vertex] - origin[1],
        "water_x": np.concatenate([x for x, _ in water]) - origin[0] if water else np.empty(0),
        "water_y": np.concatenate([y for _, y in water]) - origin[1] if water else np.empty(0),
    }
    is_named = [index for index, node in enumerate(town.junctions.node) if network.node_name[node]]
    taken = set(town.place_node.values())
    texts: dict[str, Any] = {
        "origin_m": origin.tolist(),
        "shape_step_m": SHAPE_STEP_M,
        "length_step_m": LENGTH_STEP_M,
        "names": names.tolist(),
        "junctions": [
            [str(town.junctions.name[index]), float(town.junctions.x_m[index]), float(town.junctions.y_m[index])]
            for index in is_named
            if int(town.junctions.node[index]) not in taken
        ],
        "globe": fit_globe(network),
        "is_openstreetmap": network.quality.kind == "openstreetmap",
    }
    blocks = {
        "road_count": pack_numbers(count),
        "road_name": pack_numbers(name[1:].astype(np.int64)),
        "road_rank": pack_numbers(np.array(rank, np.int64)),
        "link_road": pack_numbers(road),
        "link_length": pack_numbers(np.rint(network.link_length_m / LENGTH_STEP_M).astype(np.int64)),
        "water_count": pack_numbers(np.array([len(x) for x, _ in water], np.int64)),
        **{
            key: pack_signed(np.diff(np.rint(values / SHAPE_STEP_M).astype(np.int64), prepend=0))
            for key, values in lines.items()
        },
    }
    return pack_message(texts, blocks)


def fit_globe(network: RoadNetwork) -> list[list[float]] | None:
    """Fit where a longitude and latitude lie on the map: x and y (m) as sums over 1, lon, lat, lon·lat, lon², lat².

    Only for pictures from elsewhere under the roads; over a town it holds to a metre. None on a network that lies
    nowhere on Earth.
    """
    if not network.crs:
        return None
    from pyproj import Transformer

    back = Transformer.from_crs(network.crs, "EPSG:4326", always_xy=True)
    lon, lat = back.transform(
        [network.shape_x_m.min(), network.shape_x_m.max()], [network.shape_y_m.min(), network.shape_y_m.max()]
    )
    shares = np.linspace(0.0, 1.0, 5)
    grid = np.meshgrid(lon[0] + (lon[1] - lon[0]) * shares, lat[0] + (lat[1] - lat[0]) * shares)
    across, up = grid[0].ravel(), grid[1].ravel()
    x_m, y_m = project(network, across, up)
    terms = np.column_stack([np.ones_like(across), across, up, across * up, across**2, up**2])
    solution = np.linalg.lstsq(terms, np.column_stack([x_m, y_m]), rcond=None)[0]
    return [solution[:, 0].tolist(), solution[:, 1].tolist()]
