"""The Rakor pack: everything a coordination meeting needs from one sweep folder, without a network."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from konvoi.errors import OutputError, ScenarioError
from konvoi.report.answer import Answer, build_answer
from konvoi.report.contact_map import draw_contact_map
from konvoi.report.diagrams import draw_example
from konvoi.report.heat_map import draw_heat_map
from konvoi.report.onepage import draw_one_page, render_pdf
from konvoi.report.pictures import render_figure
from konvoi.report.sweep_tables import SweepTables, read_sweep
from konvoi.report.wording import say
from konvoi.tables.files import write_atomically
from konvoi.words import Sentence

Content = TypeVar("Content")

PICTURE_DPI = 200
FRAMED_IN = (13.333, 7.5)


@dataclass
class Pack:
    """What was written, and what was left out and why."""

    written: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def write_pack(folder: Path, lang: str, *, template: Path | None = None, animation: bool = True) -> Pack:
    """Write the pack of a sweep folder into its folder ``report``; every file whole or not at all.

    Parameters
    ----------
    template
        The province's own .pptx to fill.
    animation
        Whether to draw the film, which takes longest.

    Raises
    ------
    TableError
        When the folder holds no finished sweep of this version.
    ScenarioError
        When the template cannot be used.
    OutputError
        When there is no such folder, or it cannot be written.
    """
    tables = read_sweep(folder)
    answer = build_answer(tables, lang)
    pack, target = Pack(), folder / "report"

    def add(name: str, render: Callable[[], bytes | None], *packages: tuple[str, str]) -> None:
        missing = [shown for module, shown in packages if importlib.util.find_spec(module) is None]
        if missing:
            pack.notes.append(say("pack_missing_package", lang, file=name, package=", ".join(missing)))
            return
        content = _attempt(name, render, pack, lang)
        if content is None:
            return
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lambda temporary: temporary.write_bytes(content))
        pack.written.append(path)

    def build_deck() -> bytes:
        from konvoi.report.slides import build_slides

        content, left_out = build_slides(tables, answer, lang, template)
        if left_out:
            pack.notes.append(say("pack_left_out", lang, slides=", ".join(left_out)))
        return content

    def build_book() -> bytes:
        from konvoi.report.workbook import build_workbook

        return build_workbook(tables, answer, lang)

    def build_conditions() -> bytes | None:
        from konvoi.report.permit import build_permit

        return build_permit(tables, answer, lang)

    try:
        add("rakor.pptx", build_deck, ("pptx", "python-pptx"))
        add("ringkasan.pdf", lambda: render_pdf(draw_one_page(tables, answer, lang)))
        add("hasil.xlsx", build_book, ("xlsxwriter", "xlsxwriter"))
        add("syarat_sttp.docx", build_conditions, ("docx", "python-docx"), ("pptx", "python-pptx"))
        groups: dict[str, Callable[[], dict[str, bytes]]] = {
            "gis": lambda: _render_maps(tables, answer, lang, pack),
            "gambar": lambda: draw_pictures(tables, answer, lang),
        }
        if animation:
            groups["perjumpaan.mp4"] = lambda: _render_film(tables, answer, lang, pack)
        for group, render in groups.items():
            for name, content in (_attempt(group, render, pack, lang) or {}).items():
                add(name, partial(bytes, content))
    except OSError as fault:
        if isinstance(fault, OutputError):
            raise
        raise OutputError(Sentence("faults.unwritable", path=target, fault=fault)) from None
    return pack


def _attempt(name: str, render: Callable[[], Content], pack: Pack, lang: str) -> Content | None:
    """Render a file or a group of files; one that fails is named, and costs only itself."""
    try:
        return render()
    except (OutputError, ScenarioError, OSError):
        raise
    except Exception as fault:  # whatever a file trips over, the others are written
        pack.notes.append(say("picture_failed", lang, name=name, fault=f"{type(fault).__name__}: {fault}"))
        return None


def _render_maps(tables: SweepTables, answer: Answer, lang: str, pack: Pack) -> dict[str, bytes]:
    """Render the GIS files; a map that lies nowhere on Earth has none."""
    if not tables.crs:
        pack.notes.append(say("pack_no_crs", lang))
        return {}
    if importlib.util.find_spec("pyogrio") is None:
        pack.notes.append(say("pack_missing_package", lang, file="gis", package="pyogrio"))
        return {}
    from konvoi.report.geo import build_layers, render_layers

    return render_layers(build_layers(tables, answer, lang))


def _render_film(tables: SweepTables, answer: Answer, lang: str, pack: Pack) -> dict[str, bytes]:
    """Render the film of the example days."""
    if importlib.util.find_spec("imageio_ffmpeg") is None:
        pack.notes.append(say("pack_missing_package", lang, file="perjumpaan.mp4", package="imageio-ffmpeg"))
        return {}
    from konvoi.report.animation import render_film

    films = render_film(tables, answer, lang)
    if films is None:
        pack.notes.append(say("pack_no_traffic", lang))
        return {}
    return {"perjumpaan.mp4": films[0], "perjumpaan.gif": films[1]}


def draw_pictures(tables: SweepTables, answer: Answer, lang: str) -> dict[str, bytes]:
    """Draw the pictures as PNG of 200 dpi and SVG, by file name."""
    figures = {"peta_panas": draw_heat_map(tables.points, tables.verdict, lang)}
    if tables.shown is not None:
        figures["peta_perjumpaan"] = draw_contact_map(
            tables.side_contacts, tables.roads, tables.places, tables.verdict, lang, tables.water, tables.shown
        )
    for example, name in (("typical", "ruang_waktu_biasa"), ("bad", "ruang_waktu_buruk")):
        figure = draw_example(tables, answer, lang, FRAMED_IN, wanted=example, is_framed=True)
        if figure is not None:
            figures[name] = figure
    return {
        f"gambar/{name}.{suffix}": render_figure(figure, suffix, PICTURE_DPI)
        for name, figure in figures.items()
        for suffix in ("png", "svg")
    }
