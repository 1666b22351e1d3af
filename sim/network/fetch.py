"""OpenStreetMap on the internet → road file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sim.errors import NetworkError
from sim.network.graph import set_tags


def fetch_network(
    target: Path,
    *,
    place: str | None = None,
    point: tuple[float, ...] | None = None,
    radius_m: float | None = None,
    box: tuple[float, ...] | None = None,
) -> Path:
    """Download drivable roads from OpenStreetMap through OSMnx and write them as GraphML.

    Parameters
    ----------
    place
        Name as Nominatim knows it.
    point, radius_m
        Latitude and longitude, and the distance around them.
    box
        West, south, east, north.

    Raises
    ------
    NetworkError
        When exactly one of place, point and box is not given, or the download fails.
    """
    if sum(choice is not None for choice in (place, point, box)) != 1:
        raise NetworkError(
            "give exactly one of place=NAME, point=LAT,LON with radius_m=METRES, box=WEST,SOUTH,EAST,NORTH"
        )
    if not target.name.endswith(".graphml"):
        raise NetworkError(f"out={target}: the file's name must end in .graphml")
    import osmnx as package

    osmnx: Any = package
    set_tags(osmnx)
    osmnx.settings.requests_timeout = 60
    how: dict[str, Any] = {"network_type": "drive", "simplify": False, "retain_all": True}
    try:
        if place is not None:
            graph = osmnx.graph_from_place(place, **how)
        elif point is not None:
            graph = osmnx.graph_from_point(point, dist=radius_m or 5000.0, **how)
        else:
            graph = osmnx.graph_from_bbox(box, **how)
    except Exception as fault:  # OSMnx lets many kinds through: requests', its own, ValueError
        reason = str(fault).splitlines()[0][:160] if str(fault) else type(fault).__name__
        raise NetworkError(
            f"OpenStreetMap could not be fetched ({reason}). Without internet: run this command on another machine and "
            "bring its file, or use the embedded skeleton of Sangatta"
        ) from None
    graph.graph["konvoi_place"] = place or f"{point or box}"
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{os.getpid()}.{target.name}")
    try:
        osmnx.save_graphml(graph, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target
