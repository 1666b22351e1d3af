"""Hot spots, routes and clear-by times for maps: GeoPackage and GeoJSON for desks, KML for phones; all in WGS 84."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from konvoi.report.answer import Answer
from konvoi.report.sweep_tables import SweepTables
from konvoi.report.wording import format_mean, format_percent, say
from konvoi.report.workbook import build_spot_table
from konvoi.words.formats import format_clock

FILE_DRIVERS = {"geojson": "GeoJSON", "kml": "KML", "gpkg": "GPKG"}


def build_layers(tables: SweepTables, answer: Answer, lang: str) -> dict[str, Any]:
    """Build the layers as GeoDataFrames by name: hot spots, clear-by times, routes, places.

    The clear-by times and routes are those of the recommended plan, else of the plan to judge.
    """
    import geopandas

    plan = tables.recommended or tables.shown
    point = None if plan is None else plan["point"]
    spots = build_spot_table(answer)
    spots = spots.assign(
        name=spots["junction"],
        hours=[_write_span(row["early_s"], row["late_s"], tables.zone, lang) for _, row in spots.iterrows()],
        description=[
            say(
                "geo_spot",
                lang,
                contacts=format_mean(float(row["contacts_per_day"]), lang),
                share=format_percent(float(row["share"]), lang),
                hours=_write_span(row["early_s"], row["late_s"], tables.zone, lang),
            )
            for _, row in spots.iterrows()
        ],
    ).drop(columns=["junction", "early_s", "late_s"])
    frames: dict[str, pd.DataFrame] = {"titik_rawan": spots}
    if tables.clear_by is not None:
        own = tables.clear_by[tables.clear_by["point"] == point]
        frames["jam_bersih"] = own.assign(
            name=own["junction"],
            description=[
                say(
                    "geo_clear",
                    lang,
                    side=int(row["side"]),
                    trip=say(f"trip_{row['trip']}", lang),
                    time=f"{format_clock(float(row['clear_high_s']), lang)} {tables.zone}",
                )
                for _, row in own.iterrows()
            ],
        )
    frames["lokasi"] = tables.places.assign(description=tables.places["kind"]).drop(columns=["key"])
    layers: dict[str, Any] = {}
    for name, frame in frames.items():
        # Plain objects: what strings become differs between versions of pandas.
        plain = frame.astype({column: object for column in frame.columns if str(frame[column].dtype) == "string"})
        geometry = geopandas.points_from_xy(frame["x_m"], frame["y_m"], crs=tables.crs)
        layers[name] = geopandas.GeoDataFrame(plain.drop(columns=["x_m", "y_m"]), geometry=geometry).to_crs(4326)
    if tables.routes is not None:
        layers["rute"] = _build_routes(tables, point, lang)
    return {name: layer for name, layer in layers.items() if len(layer)}


def _build_routes(tables: SweepTables, point: int | None, lang: str) -> Any:
    """Build the routes of a point's organised convoys as lines."""
    import geopandas
    from shapely import LineString

    assert tables.routes is not None
    rows: list[dict[str, Any]] = []
    lines = []
    own = tables.routes[tables.routes["point"] == point]
    for (unit, side, trip), route in own.groupby(["unit", "side", "trip"], sort=True):
        vertices = route.sort_values("vertex")[["x_m", "y_m"]].to_numpy(np.float64)
        if len(vertices) < 2:
            continue
        rows.append(
            {
                "name": str(unit),
                "side": side,
                "trip": str(trip),
                "description": f"{say('side', lang, side=str(side))}, {say(f'trip_{trip}', lang)}",
            }
        )
        lines.append(LineString(vertices))
    frame = pd.DataFrame(rows, columns=["name", "side", "trip", "description"], dtype=object)
    return geopandas.GeoDataFrame(frame.astype({"side": int}), geometry=lines, crs=tables.crs).to_crs(4326)


def render_layers(layers: dict[str, Any]) -> dict[str, bytes]:
    """Render the layers: one GeoPackage and one KML with all of them, one GeoJSON each.

    A GeoPackage holds the moment of its making; OGR is told a fixed one, so that the same tables give the same file.
    """
    import pyogrio

    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "1980-01-01T00:00:00.000Z"})
    files: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("gpkg", "kml"):
            path = Path(folder) / f"konvoi.{suffix}"
            for index, (name, layer) in enumerate(layers.items()):
                shown = layer if suffix == "gpkg" else layer[["name", "description", "geometry"]]
                pyogrio.write_dataframe(
                    shown, path, layer=name, driver=FILE_DRIVERS[suffix], append=index > 0 and suffix == "kml"
                )
            files[f"gis/konvoi.{suffix}"] = path.read_bytes()
        for name, layer in layers.items():
            path = Path(folder) / f"{name}.geojson"
            pyogrio.write_dataframe(
                layer, path, driver=FILE_DRIVERS["geojson"], layer_options={"COORDINATE_PRECISION": "6"}
            )
            files[f"gis/{name}.geojson"] = path.read_bytes()
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return files


def _write_span(first_s: float, last_s: float, zone: str, lang: str) -> str:
    first, last = format_clock(float(first_s), lang), format_clock(float(last_s), lang)
    return f"{first} {zone}" if first == last else f"{first}–{last} {zone}"
