"""The film of two example days side by side, a typical and a bad one, minute by minute.

The background is drawn once; frames are painted as pixels and piped to the encoder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from konvoi.report import style
from konvoi.report.answer import Answer, write_time
from konvoi.report.contact_map import build_map_axes, choose_window, draw_places, draw_roads, draw_scale
from konvoi.report.fit import cut_to_lines, load_font
from konvoi.report.labels import Labels
from konvoi.report.sweep_tables import SweepTables
from konvoi.report.wording import format_mean, say
from konvoi.units import SECONDS_PER_MINUTE
from konvoi.words.formats import format_number

WIDTH_PX, HEIGHT_PX, DPI = 1280, 720, 100.0
FRAMES_PER_S = 12
RING_APART_PX = 14.0  # contacts nearer to each other than this share a ring, else they hide the vehicles
GIF_SHRINK, GIF_STEP, GIF_COLOURS = 2, 3, 48  # a GIF of every frame would be tens of megabytes
MAP_IN = (6.18, 5.35)
EXAMPLES = ("typical", "bad")

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class _Panel:
    """One example day on its map, in pixels of the frame."""

    traffic: dict[float, pd.DataFrame]  # by minute; with columns column, row
    contacts: pd.DataFrame  # with columns column, row
    left: int
    top: int
    right: int
    bottom: int


def render_film(tables: SweepTables, answer: Answer, lang: str) -> tuple[bytes, bytes] | None:
    """Render the film as MP4 and as GIF; None when the folder has no example days."""
    if tables.traffic is None or tables.examples is None or tables.shown is None or not len(tables.traffic):
        return None
    background, panels = _prepare(tables, answer, lang)
    times_s = np.unique(tables.traffic["time_s"].to_numpy(np.float64))
    images: list[Image.Image] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        encoder = _open_encoder(path)
        encoder.send(None)
        for index, frame in enumerate(_draw_frames(background, panels, times_s, tables.zone, lang)):
            encoder.send(frame.tobytes())
            if index % GIF_STEP == 0:
                small = Image.fromarray(frame).reduce(GIF_SHRINK)
                images.append(small.quantize(GIF_COLOURS, dither=Image.Dither.NONE))
        encoder.close()
        film = path.read_bytes()
    stream = BytesIO()
    duration_ms = int(1000 * GIF_STEP / FRAMES_PER_S)
    images[0].save(stream, "GIF", save_all=True, append_images=images[1:], duration=duration_ms, loop=0)
    return film, stream.getvalue()


def _open_encoder(path: Path) -> Any:
    """Open the encoder: H.264, as every projector's laptop plays it; without a date in the file."""
    import imageio_ffmpeg

    return imageio_ffmpeg.write_frames(
        str(path),
        (WIDTH_PX, HEIGHT_PX),
        fps=FRAMES_PER_S,
        codec="libx264",
        pix_fmt_out="yuv420p",
        quality=None,
        output_params=[
            "-crf",
            "24",
            "-preset",
            "fast",
            "-flags:v",
            "+bitexact",
            "-fflags",
            "+bitexact",
            "-movflags",
            "+faststart",
        ],
    )


def _prepare(tables: SweepTables, answer: Answer, lang: str) -> tuple[Pixels, list[_Panel]]:
    """Draw the background once, and put vehicles and contacts onto its pixels."""
    assert tables.examples is not None
    assert tables.traffic is not None
    assert tables.shown is not None
    width_in, height_in = WIDTH_PX / DPI, HEIGHT_PX / DPI
    with style.use_style():
        figure = Figure(figsize=(width_in, height_in), dpi=DPI)
        canvas = FigureCanvasAgg(figure)
        at_point = tables.contacts[tables.contacts["point"] == tables.shown["point"]]
        window = choose_window(answer.spots, at_point, tables.roads, tables.places, tables.shown, MAP_IN[0] / MAP_IN[1])
        maps: list[tuple[str, Axes]] = []
        for number, example in enumerate(EXAMPLES):
            chosen = tables.examples[tables.examples["example"] == example]
            if not len(chosen):
                continue
            left = 0.16 + number * (MAP_IN[0] + 0.12)
            axes = build_map_axes(figure, (left, 0.62, *MAP_IN), window, (width_in, height_in))
            draw_roads(axes, tables.roads, tables.water)
            labels = Labels(figure, axes, tables.roads)
            draw_places(axes, labels, tables.places, tables.shown, window)
            labels.place_waiting()
            draw_scale(axes, labels, window, MAP_IN[0], lang)
            title = say(
                "animation_title",
                lang,
                day=say(f"example_{example}", lang).capitalize(),
                contacts=format_number(int(chosen["contacts"].iloc[0]), lang),
                exposure=format_mean(float(chosen["exposure_person_min"].iloc[0]), lang),
                replication=int(chosen["replication"].iloc[0]),
            )
            figure.text(
                left / width_in, (0.70 + MAP_IN[1]) / height_in, title, fontsize=12.0, fontweight="bold", va="bottom"
            )
            maps.append((example, axes))
        _draw_legend(figure, lang)
        footer = cut_to_lines(answer.footer, 1, 8.0, 11.6)
        figure.text(0.16 / width_in, 0.10 / height_in, footer, fontsize=8.0, color=style.GREY)
        canvas.draw()  # type: ignore[no-untyped-call]
        background = np.asarray(canvas.buffer_rgba())[:, :, :3].copy()  # type: ignore[no-untyped-call]
        panels = [_build_panel(tables, example, axes) for example, axes in maps]
    return background, panels


def _draw_legend(figure: Figure, lang: str) -> None:
    """Say below the maps what dots and rings are."""
    axes = figure.add_axes((0.0, 0.30 / (HEIGHT_PX / DPI), 1.0, 0.30 / (HEIGHT_PX / DPI)))
    axes.set_xlim(0.0, WIDTH_PX / DPI)
    axes.set_ylim(0.0, 1.0)
    axes.axis("off")
    x = 0.24
    for side in (1, 2):
        axes.scatter([x], [0.5], s=40.0, color=style.SIDE_COLOUR[side])
        axes.text(x + 0.14, 0.5, say("animation_vehicles", lang, side=side), fontsize=11.0, va="center")
        x += 2.75
    axes.scatter([x], [0.5], s=110.0, facecolor="none", edgecolor=style.INK, linewidth=2.0)
    axes.text(x + 0.18, 0.5, say("animation_contact", lang), fontsize=11.0, va="center")


def _build_panel(tables: SweepTables, example: str, axes: Axes) -> _Panel:
    """Put an example's vehicles and contacts onto the pixels of its map."""
    assert tables.examples is not None
    assert tables.traffic is not None
    chosen = tables.examples[tables.examples["example"] == example].iloc[0]
    traffic = _to_pixels(tables.traffic[tables.traffic["example"] == example], axes)
    contacts = _to_pixels(
        tables.contacts[
            (tables.contacts["point"] == chosen["point"]) & (tables.contacts["replication"] == chosen["replication"])
        ],
        axes,
    )
    box = axes.get_window_extent()
    return _Panel(
        {float(str(time_s)): group for time_s, group in traffic.groupby("time_s")},
        contacts,
        int(box.x0) + 2,
        HEIGHT_PX - int(box.y1) + 2,
        int(box.x1) - 2,
        HEIGHT_PX - int(box.y0) - 2,
    )


def _to_pixels(frame: pd.DataFrame, axes: Axes) -> pd.DataFrame:
    """Add the pixel column and row of each point."""
    pixels = axes.transData.transform(frame[["x_m", "y_m"]].to_numpy(np.float64).reshape(-1, 2))
    return frame.assign(column=np.round(pixels[:, 0]).astype(int), row=np.round(HEIGHT_PX - pixels[:, 1]).astype(int))


def _draw_frames(
    background: Pixels, panels: list[_Panel], times_s: NDArray[np.float64], zone: str, lang: str
) -> Iterator[Pixels]:
    """Paint one frame per minute: vehicles, the contacts under way, the clock."""
    font = load_font(bold=True).font_variant(size=34)
    ring = _list_ring(8.0, 10.0)
    discs = [_list_disc(radius) for radius in (1.6, 2.3, 3.2)]
    colours = {
        side: np.array([round(255 * part) for part in to_rgb(style.SIDE_COLOUR[side])], np.uint8) for side in (1, 2)
    }
    for number, time_s in enumerate(times_s):
        frame = background.copy()
        for panel in panels:
            own = panel.traffic.get(float(time_s))
            # The sides take turns in being on top.
            for side in (1, 2) if number % 2 else (2, 1):
                if own is not None:
                    _paint_dots(frame, own[own["side"] == side], panel, discs, colours[side])
            begin_s, end_s = (panel.contacts[name].to_numpy(np.float64) for name in ("begin_s", "end_s"))
            ringed: list[tuple[int, int]] = []
            for column, row in panel.contacts.loc[
                (begin_s < time_s + SECONDS_PER_MINUTE) & (end_s > time_s), ["column", "row"]
            ].to_numpy(int):
                if all(np.hypot(column - x, row - y) >= RING_APART_PX for x, y in ringed):
                    ringed.append((column, row))
                    _paint(frame, panel, column, row, ring, np.zeros(3, np.uint8))
        _write_clock(frame, write_time(float(time_s), zone, lang), font)
        yield frame


def _paint_dots(
    frame: Pixels, rows: pd.DataFrame, panel: _Panel, discs: list[NDArray[np.int64]], colour: Pixels
) -> None:
    """Paint vehicles; the more in one place, the larger the dot."""
    vehicles = rows["vehicles"].to_numpy(int)
    size = np.digitize(vehicles, [2, 6])
    for index, disc in enumerate(discs):
        chosen = rows[size == index]
        _paint(frame, panel, chosen["column"].to_numpy(int), chosen["row"].to_numpy(int), disc, colour)


def _paint(frame: Pixels, panel: _Panel, column: Any, row: Any, shape: NDArray[np.int64], colour: Pixels) -> None:
    """Paint a shape (offsets of rows and columns) around points, inside the panel."""
    rows = (np.atleast_1d(row)[:, None] + shape[:, 0]).ravel()
    columns = (np.atleast_1d(column)[:, None] + shape[:, 1]).ravel()
    inside = (rows >= panel.top) & (rows < panel.bottom) & (columns >= panel.left) & (columns < panel.right)
    frame[rows[inside], columns[inside]] = colour


def _list_disc(radius: float) -> NDArray[np.int64]:
    """List the pixel offsets of a disc."""
    return _list_ring(-1.0, radius)


def _list_ring(inner: float, outer: float) -> NDArray[np.int64]:
    """List the pixel offsets of a ring."""
    reach = int(np.ceil(outer))
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    distance = np.hypot(rows, columns)
    chosen = (distance > inner) & (distance <= outer)
    return np.column_stack([rows[chosen], columns[chosen]]).astype(np.int64)


def _write_clock(frame: Pixels, text: str, font: ImageFont.FreeTypeFont) -> None:
    """Write the clock at the top."""
    box = Image.new("RGB", (260, 48), style.PAPER)
    ImageDraw.Draw(box).text((0, 4), text, font=font, fill=style.INK)
    frame[12:60, 16:276] = np.asarray(box)
