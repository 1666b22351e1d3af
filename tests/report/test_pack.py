"""The Rakor pack: every slide fits, says what the tables hold and nothing else, in both languages, for any design."""

from __future__ import annotations

import importlib.util
import itertools
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from konvoi.errors import OutputError, ScenarioError, TableError
from konvoi.report.answer import AMBER, GREEN, GREY, RED, Number, build_answer
from konvoi.report.diagrams import draw_example, find_slack
from konvoi.report.fit import (
    Text,
    cut_to_height,
    cut_to_lines,
    measure_paragraphs_in,
    measure_width_in,
    wrap_to_width,
)
from konvoi.report.onepage import draw_one_page, render_pdf
from konvoi.report.pack import write_pack
from konvoi.report.slides import find_last_clear
from konvoi.report.sweep_tables import SweepTables, read_sweep
from konvoi.report.workbook import SHEETS, build_spot_table, build_workbook, find_unit
from konvoi.study.chosen import find_plan_points, find_recommended_point
from konvoi.tables.day import CLEAR_BY, TIMETABLE
from konvoi.tables.files import write_table
from konvoi.tables.sweep import CONTACTS, TORNADO
from konvoi.words import LANGUAGES, find_words
from konvoi.words.formats import format_date
from tests.support.folders import fill_folder
from tests.support.packs import (
    HOUR,
    LATER,
    PLAN,
    build_comparison,
    build_deck,
    build_tables,
    build_what_if,
    list_overflows,
)
from tests.support.pictures import HEAT_CASES, LONG, list_escapes
from tests.support.results import PAIRS, build_points

pptx = pytest.importorskip("pptx")
needs_report = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("xlsxwriter", "docx", "pyogrio", "imageio_ffmpeg")),
    reason="the optional packages of the report are not installed",
)


@pytest.fixture(autouse=True)
def _draw_coarsely(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested does not depend on how fine pictures are; their drawing is what takes time."""
    monkeypatch.setattr("konvoi.report.deck.PICTURE_DPI", 40.0)
    monkeypatch.setattr("konvoi.report.pack.PICTURE_DPI", 40)


@lru_cache(maxsize=1)
def build_usual_deck() -> Any:
    return build_deck(build_tables())[0]


def list_titles(presentation: Any) -> list[str]:
    return [slide.shapes.title.text_frame.text for slide in presentation.slides]


def list_items(slide: Any) -> list[str]:
    """List the items of a slide's numbered list."""
    return [
        paragraph.text
        for shape in slide.shapes
        if shape.has_text_frame
        for paragraph in shape.text_frame.paragraphs
        if paragraph._p.find(".//{*}buAutoNum") is not None
    ]


def list_sizes(presentation: Any) -> Iterator[float]:
    """List the font sizes (pt) of all runs but the footer's."""
    for slide in presentation.slides:
        for shape in slide.shapes:
            frames = [shape.text_frame] if shape.has_text_frame and not shape.is_placeholder else []
            if shape.has_table:
                frames += [cell.text_frame for row in shape.table.rows for cell in row.cells]
            for frame in frames:
                for paragraph in frame.paragraphs:
                    yield from (run.font.size.pt for run in paragraph.runs)


ALL_SLIDES = 12  # the list of junctions and the timetable take two
EXTREMES: dict[str, dict[str, Any]] = {
    "usual": {},
    "all one": {"points": HEAT_CASES["all one"]},
    "all zero": {"points": HEAT_CASES["all zero"], "junctions": []},
    "one cell": {"points": HEAT_CASES["one cell"]},
    "failed": {"points": HEAT_CASES["failed"], "junctions": []},
    "another day": {"points": HEAT_CASES["another day"]},
    "variants": {"points": HEAT_CASES["variants"]},
    "many": {"points": HEAT_CASES["many"]},
    "empty": {"points": HEAT_CASES["empty"], "junctions": []},
    "200 junctions": {"junctions": [f"{LONG} {number}" for number in range(200)]},
}


@pytest.mark.parametrize("case", EXTREMES)
def test_no_slide_overflows_whatever_the_design(case: str) -> None:
    presentation, _ = build_deck(build_tables(**EXTREMES[case]))
    assert list(list_overflows(presentation)) == []
    assert min(list_sizes(presentation)) >= 18.0


def test_all_slides_are_native_with_notes_footer_and_pictures_that_show_something() -> None:
    presentation, left_out = build_deck(build_tables(), "en")
    assert left_out == []
    assert len(list_items(presentation.slides[0])) == 3  # the answer is on one page, conditions and all
    assert len(presentation.slides) >= ALL_SLIDES - 1
    charts = tables = pictures = 0
    for slide in presentation.slides:
        assert slide.has_notes_slide
        assert len(slide.notes_slide.notes_text_frame.text) > 60
        assert any("seed 7" in shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        for shape in slide.shapes:
            charts += shape.has_chart
            tables += shape.has_table
            if shape.shape_type == 13:
                pictures += 1
                image = np.asarray(Image.open(BytesIO(shape.image.blob)).convert("L"), float)
                assert image.std() > 5.0
    assert (charts, pictures) == (2, 2)
    assert tables >= 5
    assert list(list_overflows(presentation)) == []


def test_slides_without_their_table_are_left_out_and_said_to_be() -> None:
    bare = build_tables(comparison=None, what_if=None, tornado=None, columns=None, timetable=None)
    presentation, left_out = build_deck(bare)
    assert left_out == [
        "diagram ruang–waktu", "perbandingan rencana", "bagaimana jika", "jadwal", "yang paling menentukan"
    ]  # fmt: skip
    last = presentation.slides[len(presentation.slides) - 1]
    assert "Tidak disertakan" in last.notes_slide.notes_text_frame.text
    assert not any("Bagaimana jika" in title for title in list_titles(presentation))


def test_the_answer_slide_says_verdict_numbers_proposal_and_conditions() -> None:
    first = build_usual_deck().slides[0]
    text = "\n".join(shape.text_frame.text for shape in first.shapes if shape.has_text_frame).replace("\u00a0", " ")
    for part in (
        "Perjumpaan di jalan terjadi pada 100 dari 100 hari simulasi",
        "PERLU DIUBAH",
        "Di atas ambang 5 %",
        "100 %",
        "rentang 95 %: 96,3–100 %",
        "Usulan: jeda 390 menit. Perjumpaan turun menjadi 0 dari 100 hari simulasi (paling banyak 3,7 %).",
        "\nRapat umum kedua mulai paling cepat pukul 15.30 WITA, 390 menit sesudah yang pertama.",
        "\nBila rombongan Paslon 1 belum selesai melintas",
        "\nTempatkan petugas di",
        "Catatan: peta hanya memuat jalan utama",
    ):
        assert part in text
    assert [item.split()[0] for item in list_items(first)] == ["Rapat", "Bila", "Tempatkan"]  # a native list of three
    assert "2. Bila rombongan" in first.notes_slide.notes_text_frame.text


@pytest.mark.parametrize(
    ("p", "n", "light"),
    [(1.0, 100, RED), (0.0, 100, GREEN), (0.05, 100, AMBER), (0.0, 25, AMBER), (0.0, 0, GREY)],
)
def test_the_light_follows_the_interval(p: float, n: int, light: str) -> None:
    points = build_points(lambda gap_min, road_km: p, n=n)
    answer = build_answer(build_tables(points), "id")
    assert answer.light == light
    assert len(answer.conditions) == 3
    assert len(answer.numbers) == (0 if n == 0 else 3)


def test_too_few_replications_recommend_nothing_and_say_why() -> None:
    tables = build_tables(build_points(n=25))
    assert find_recommended_point(tables.points, 0.05) is None
    answer = build_answer(tables, "id")
    assert answer.recommendation.startswith("Belum ada usulan")
    assert "perlu sedikitnya 73" in answer.recommendation
    assert "baru 25 hari simulasi" in answer.caveat
    assert answer.triggers == []


def test_another_day_is_recommended_where_no_gap_is_enough() -> None:
    points = build_points(lambda gap_min, road_km: 1.0)
    recommended = build_tables(points).recommended
    assert recommended is not None
    assert recommended["is_another_day"]
    assert find_plan_points(points, 0.05) == [12, 17]


def test_two_junctions_of_one_name_are_two_places() -> None:
    tables = build_tables(junctions=["Simpang Tiga", "Simpang Tiga", "Patung Singa"])
    answer = build_answer(tables, "id")
    assert sorted(trigger.junction for trigger in answer.triggers) == ["Patung Singa", "Simpang Tiga", "Simpang Tiga"]
    assert [name for name, *_ in find_last_clear(tables, answer, LATER)].count("Simpang Tiga") == 2


def test_triggers_hold_the_later_side_after_the_clear_by_time_of_the_earlier() -> None:
    answer = build_answer(build_tables(), "id")
    assert {trigger.junction for trigger in answer.triggers} == {"Simpang Tiga", "Patung Singa"}
    trigger = answer.triggers[0]
    assert (trigger.early, trigger.late) == (1, 2)
    assert trigger.clear_s == 12 * HOUR + 2100.0  # 12:31 to the next five minutes
    assert trigger.first_s == 14.5 * HOUR
    assert trigger.slack_min == pytest.approx(115.0)


def test_a_plan_is_called_best_only_when_the_table_says_so() -> None:
    best = build_usual_deck()
    assert "Jeda 390 menit, rute terpisah jelas lebih baik daripada semua rencana lain" in list_titles(best)
    none, _ = build_deck(build_tables(comparison=build_comparison(is_best=False)))
    assert "Tidak ada rencana yang jelas lebih baik daripada semua yang lain" in list_titles(none)
    slide = none.slides[list_titles(none).index("Tidak ada rencana yang jelas lebih baik daripada semua yang lain")]
    cells = [cell.text for shape in slide.shapes if shape.has_table for row in shape.table.rows for cell in row.cells]
    assert "belum terlihat bedanya" in cells
    assert "−95,0 (−98,0 … −90,0)" in cells
    assert not any("★" in cell for cell in cells)


def test_charts_hold_the_values_of_their_tables() -> None:
    presentation = build_usual_deck()
    charts = [shape.chart for slide in presentation.slides for shape in slide.shapes if shape.has_chart]
    what_if, tornado = charts
    assert [round(value) for value in what_if.plots[0].series[0].values] == [0, 100, 20, 5, 56, 2]  # noqa: PD011
    assert list(tornado.plots[0].categories)[-1] == "Keterlambatan"
    assert tornado.plots[0].series[1].values[-1] == pytest.approx(0.5)  # noqa: PD011


def test_levels_on_one_side_of_the_base_share_a_label_and_keys_are_told_in_words() -> None:
    rows = [("rally.hold_back_min", "0", "60", 0.0, 0.0, 0.75), ("contact.distance_m", "30", "200", 0.0, 0.0, 0.1)]
    frame = pd.DataFrame(rows, columns=["factor", "low_level", "high_level", "base", "at_low", "at_high"])
    plan = "rally.gap_min=390.0; rally.venue_pair=km10"
    tornado = TORNADO.check(frame.assign(outcome="p_contact", plan=plan, replications=12), "tornado")
    presentation, _ = build_deck(build_tables(tornado=tornado))
    slide = presentation.slides[list_titles(presentation).index("Yang paling menentukan: kepulangan ditunda")]
    (chart,) = (shape.chart for shape in slide.shapes if shape.has_chart)
    xml = chart._chartSpace.xml
    assert "kepulangan tidak ditunda: 0 % · 60 menit: 75 %" in xml
    assert "30 m: 0 % · 200 m: 10 %" in xml
    assert xml.count(" · ") == 2
    text = "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame).replace("\u00a0", " ")
    assert "Rencana: jeda 390 menit; lokasi km10." in text


def test_exposure_is_shown_where_contact_is_certain_in_every_case_and_plan() -> None:
    what_if = build_what_if().assign(p_contact=1.0, p_contact_low=0.96, p_contact_high=1.0)
    comparison = build_comparison(is_best=False).assign(measure="exposure_person_min", exposure_p_value=0.001)
    comparison = comparison.assign(
        exposure_difference=-300.0, exposure_difference_low=-400.0, exposure_difference_high=-200.0
    )
    presentation, _ = build_deck(build_tables(what_if=what_if, comparison=comparison))
    assert "Bagaimana jika …? Beban perjumpaan per hari dalam orang-menit" in list_titles(presentation)
    charts = [shape.chart for slide in presentation.slides for shape in slide.shapes if shape.has_chart]
    assert list(charts[0].plots[0].series[0].values) == [600.0, 500.0, 400.0, 300.0, 200.0, 100.0]
    cells = [
        cell.text
        for slide in presentation.slides
        for shape in slide.shapes
        if shape.has_table
        for row in shape.table.rows
        for cell in row.cells
    ]
    assert "−300 (−400 … −200)" in cells
    assert any(cell.startswith("jelas lebih rendah (beban turun 23") for cell in cells)
    assert list(list_overflows(presentation)) == []


def test_a_long_comparison_goes_on_on_a_further_slide() -> None:
    comparison = pd.concat([build_comparison(is_best=False)] * 6, ignore_index=True)
    comparison["plan"] = [f"rally.gap_min={60 * k}; weather.rain=heavy" for k in range(len(comparison))]
    comparison["is_reference"] = comparison.index == 0
    presentation, _ = build_deck(build_tables(comparison=comparison))
    assert "Perbandingan rencana (lanjutan)" in list_titles(presentation)
    cells = [cell.text for slide in presentation.slides for shape in slide.shapes if shape.has_table
             for row in shape.table.rows for cell in row.cells]  # fmt: skip
    assert "jeda 1.020 menit; hujan lebat" in [cell.replace("\u00a0", " ") for cell in cells]
    assert list(list_overflows(presentation)) == []


def test_the_slack_is_the_narrowest_time_at_the_junction_with_most_exposure() -> None:
    tables = build_tables()
    answer = build_answer(tables, "id")
    assert tables.columns is not None
    assert tables.spine is not None
    own = tables.columns[tables.columns["example"] == "typical"]
    slack = find_slack(own, tables.spine, answer.spots)
    assert slack is not None
    assert slack.junction == answer.spots[0].junction
    middle = find_slack(own, tables.spine[tables.spine["junction"] == "Patung Singa"], [])
    assert middle is not None
    assert middle.minutes == pytest.approx(-20.0)  # both heads at 08:09, both columns 20 min long
    apart = own.assign(
        head_s=own["head_s"] + 7200.0 * (own["side"] - 1), tail_s=own["tail_s"] + 7200.0 * (own["side"] - 1)
    )
    late = find_slack(apart, tables.spine[tables.spine["junction"] == "Patung Singa"], [])
    assert late is not None
    assert late.minutes == pytest.approx(100.0)


@pytest.mark.parametrize("case", ["usual", "all zero", "200 junctions"])
def test_the_space_time_diagram_and_the_page_keep_their_text_inside(case: str) -> None:
    tables = build_tables(**EXTREMES[case])
    answer = build_answer(tables, "id")
    figure = draw_example(tables, answer, "id", (13.333, 7.5), is_framed=True)
    assert figure is not None
    assert list(list_escapes(figure)) == []
    page = draw_one_page(tables, answer, "id")
    assert list(list_escapes(page)) == []
    assert render_pdf(page).startswith(b"%PDF")


def test_long_numbers_of_the_page_stand_beside_each_other() -> None:
    tables = build_tables()
    answer = build_answer(tables, "id")
    days = [Number("hari rombongan bertemu di jalan", "260 dari 300 hari", "94–100 %") for _ in range(3)]
    page = draw_one_page(tables, replace(answer, numbers=days), "id")
    boxes = [text.get_window_extent() for text in page.axes[0].texts if text.get_text() == "260 dari 300 hari"]
    assert len(boxes) == 3
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


@pytest.mark.parametrize("case", ["many", "variants", "empty", "another day"])
def test_the_page_keeps_its_text_inside_for_any_design(case: str) -> None:
    tables = build_tables(**EXTREMES[case])
    assert list(list_escapes(draw_one_page(tables, build_answer(tables, "en"), "en"))) == []


def test_a_template_of_the_province_keeps_its_size_master_and_fonts(tmp_path: Path) -> None:
    own = pptx.Presentation()
    own.slides.add_slide(own.slide_layouts[0]).shapes.title.text = "Contoh"
    path = tmp_path / "provinsi.pptx"
    own.save(str(path))
    presentation, _ = build_deck(build_tables(), template=path)
    assert (presentation.slide_width, presentation.slide_height) == (own.slide_width, own.slide_height)
    assert "Contoh" not in list_titles(presentation)
    assert {slide.slide_layout.name for slide in presentation.slides} <= {layout.name for layout in own.slide_layouts}
    assert len(presentation.slide_layouts) == len(own.slide_layouts)
    assert list(list_overflows(presentation)) == []


def test_a_template_that_cannot_be_used_is_one_clear_fault(tmp_path: Path) -> None:
    bare = pptx.Presentation()
    for layout in list(bare.slide_layouts):
        if layout.name != "Blank":
            bare.slide_layouts.remove(layout)
    bare.save(str(tmp_path / "kosong.pptx"))
    (tmp_path / "rusak.pptx").write_bytes(b"PK no presentation")
    with zipfile.ZipFile(tmp_path / "lain.pptx", "w") as other:
        other.writestr("hello.txt", "hello")
    with zipfile.ZipFile(tmp_path / "kosong.pptx") as whole, zipfile.ZipFile(tmp_path / "cacat.pptx", "w") as unsound:
        for part in whole.namelist():
            if "slideMasters/" not in part:
                unsound.writestr(part, whole.read(part))
    for name, message in (
        ("kosong.pptx", "no layout has one title and one content placeholder"),
        ("rusak.pptx", "not a presentation"),
        ("lain.pptx", "not a presentation"),
        ("cacat.pptx", "not a presentation"),
        ("tidak-ada.pptx", "no such file"),
    ):
        with pytest.raises(ScenarioError, match=message):
            build_deck(build_tables(), template=tmp_path / name)


def test_every_column_of_the_workbook_is_explained_in_both_languages() -> None:
    for sheet in SHEETS:
        assert all(0 < len(find_words(f"report.sheet_{sheet}", lang) or "") <= 31 for lang in LANGUAGES)
    assert find_unit("exposure_person_min_mean", "id") == "orang-menit"
    assert find_unit("clear_high_s", "en") == "time of day"
    assert find_unit("p_contact_low", "id") == "%"
    assert find_unit("junction", "id") == ""


@needs_report
def test_the_workbook_has_a_sheet_per_table_with_filters_and_frozen_headings() -> None:
    tables = build_tables()
    content = build_workbook(tables, build_answer(tables, "id"), "id")
    with zipfile.ZipFile(BytesIO(content)) as book:
        names = [
            element.get("name")
            for element in ET.fromstring(book.read("xl/workbook.xml")).iter()
            if element.tag.endswith("}sheet")
        ]
        assert names == ["Jawaban", "Penjelasan", "Rencana", "Tempat", "Jadwal", "Jam simpang kosong", "Perbandingan",
                         "Bagaimana jika", "Paling menentukan"]  # fmt: skip
        for number in range(2, len(names) + 1):
            sheet = book.read(f"xl/worksheets/sheet{number}.xml").decode()
            assert 'state="frozen"' in sheet
            assert "<autoFilter" in sheet
        words = book.read("xl/sharedStrings.xml").decode()
    assert "batas atas rentangnya" in words
    assert "PERLU DIUBAH · Di atas ambang 5 %" in words
    assert build_spot_table(build_answer(tables, "id"))["share"].sum() == pytest.approx(1.0)


@needs_report
def test_permit_conditions_name_windows_hold_points_and_clear_by_times() -> None:
    import docx

    from konvoi.report.permit import build_permit

    tables = build_tables()
    content = build_permit(tables, build_answer(tables, "id"), "id")
    assert content is not None
    document = docx.Document(BytesIO(content))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for part in (
        "Hari kampanye: Sabtu, 23 November 2024",
        "Dasar: rencana yang diusulkan (jeda 390 menit), perjumpaan pada 0 dari 100 hari simulasi.",
        "Paslon 2: Lapangan 2",
        "Rapat umum pukul 15.30–18.00 WITA.",
        "Titik tunggu: titik kumpul masing-masing. Konvoi menunggu di sana bila rombongan Paslon 1 belum selesai melintas",
        "pukul 12.35 WITA",
        "kecepatan kendaraan terdepan paling tinggi 20 km/jam",
    ):
        assert part in text
    assert [len(table.rows) for table in document.tables] == [4, 4]
    warned = build_tables(build_points(n=25))
    content = build_permit(warned, build_answer(warned, "id"), "id")
    assert content is not None
    text = "\n".join(paragraph.text for paragraph in docx.Document(BytesIO(content)).paragraphs)
    assert "PERHATIAN: rencana ini belum terbukti di bawah ambang" in text
    assert build_permit(replace(tables, timetable=None), build_answer(tables, "id"), "id") is None


@needs_report
def test_maps_lie_on_earth_and_hold_hot_spots_routes_and_clear_by_times(tmp_path: Path) -> None:
    import pyogrio

    from konvoi.report.geo import build_layers, render_layers

    tables = build_tables()
    files = render_layers(build_layers(tables, build_answer(tables, "id"), "id"))
    assert set(files) == {"gis/konvoi.gpkg", "gis/konvoi.kml"} | {
        f"gis/{name}.geojson" for name in ("titik_rawan", "jam_bersih", "lokasi", "rute")
    }
    for name, content in files.items():
        (tmp_path / Path(name).name).write_bytes(content)
    for path in ("konvoi.gpkg", "konvoi.kml"):
        assert {name for name, _ in pyogrio.list_layers(tmp_path / path)} == {
            "titik_rawan",
            "jam_bersih",
            "lokasi",
            "rute",
        }
    spots = pyogrio.read_dataframe(tmp_path / "titik_rawan.geojson")
    assert spots.crs.to_epsg() == 4326
    assert set(spots["name"]) == {"Simpang Tiga", "Patung Singa"}
    assert files == render_layers(build_layers(tables, build_answer(tables, "id"), "id"))


@needs_report
def test_the_film_plays_both_days_with_a_clock() -> None:
    import imageio_ffmpeg

    from konvoi.report.animation import HEIGHT_PX, WIDTH_PX, render_film

    tables = build_tables()
    films = render_film(tables, build_answer(tables, "id"), "id")
    assert films is not None
    film, gif = films
    images = Image.open(BytesIO(gif))
    assert images.n_frames == 4  # every third of twelve minutes
    assert b"ftyp" in film[:16]
    assert imageio_ffmpeg.get_ffmpeg_exe()
    first = np.asarray(images.convert("RGB"), float)
    images.seek(3)
    assert np.abs(np.asarray(images.convert("RGB"), float) - first).sum() > 0
    assert first.shape == (HEIGHT_PX // 2, WIDTH_PX // 2, 3)
    assert render_film(replace(tables, traffic=None), build_answer(tables, "id"), "id") is None


def fill_sweep(folder: Path) -> SweepTables:
    """Write a folder as a small sweep leaves it."""
    tables = build_tables(build_points(gaps=(0.0, 390.0), pairs={"km10": PAIRS["km10"]}))
    fill_folder(folder, tables.points)
    write_table(tables.contacts, folder / "contacts.parquet", CONTACTS)
    assert tables.timetable is not None
    assert tables.clear_by is not None
    numbers = {PLAN: 0, LATER: 1}
    for name, frame, schema in (("timetable", tables.timetable, TIMETABLE), ("clear_by", tables.clear_by, CLEAR_BY)):
        write_table(frame.assign(point=frame["point"].map(numbers)), folder / f"{name}.csv", schema)
    return tables


@needs_report
def test_the_same_tables_give_the_same_files(tmp_path: Path) -> None:
    fill_sweep(tmp_path)
    pack = write_pack(tmp_path, "id", animation=False)
    names = {str(path.relative_to(tmp_path / "report")) for path in pack.written}
    assert {"rakor.pptx", "ringkasan.pdf", "hasil.xlsx", "syarat_sttp.docx", "gambar/peta_panas.png"} <= names
    first = {path: path.read_bytes() for path in pack.written}
    again = write_pack(tmp_path, "id", animation=False)
    assert {path: path.read_bytes() for path in again.written} == first
    assert not list((tmp_path / "report").rglob(".*"))
    assert any("tanpa koordinat bumi" in note for note in pack.notes)  # there is no manifest here


def test_missing_packages_are_named_and_the_rest_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_sweep(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr("konvoi.report.pack.draw_pictures", lambda tables, answer, lang: {})
    pack = write_pack(tmp_path, "en")
    assert {path.name for path in pack.written if path.parent.name == "report"} == {"ringkasan.pdf"}
    for file, package in (
        ("rakor.pptx", "python-pptx"),
        ("hasil.xlsx", "xlsxwriter"),
        ("perjumpaan.mp4", "imageio-ffmpeg"),
    ):
        assert any(note.startswith(file) and package in note and "konvoi[report]" in note for note in pack.notes)


def test_folders_that_hold_no_finished_sweep_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no such folder"):
        read_sweep(tmp_path / "absent")
    (tmp_path / "parts").mkdir()
    with pytest.raises(TableError, match="is not finished"):
        read_sweep(tmp_path)
    fill_sweep(tmp_path)
    (tmp_path / "manifest.json").write_text("[]", encoding="utf-8")
    with pytest.raises(TableError, match="is not the manifest"):
        read_sweep(tmp_path)
    (tmp_path / "manifest.json").unlink()
    (tmp_path / "clear_by.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"clear_by\.csv is not a table of clear-by times"):
        read_sweep(tmp_path)
    assert not (tmp_path / "report").exists()


def test_a_report_folder_that_cannot_be_written_is_one_clear_fault(tmp_path: Path) -> None:
    fill_sweep(tmp_path)
    (tmp_path / "report").write_text("in the way", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        write_pack(tmp_path, "id", animation=False)


def test_text_is_measured_wrapped_and_cut_to_its_room() -> None:
    assert measure_width_in("WWWW", 18.0) > measure_width_in("iiii", 18.0)
    lines = wrap_to_width("satu dua tiga empat lima " + "x" * 200, 18.0, 2.0)
    assert all(measure_width_in(line, 18.0) <= 2.0 for line in lines)
    assert "".join(lines).replace(" ", "").count("x") == 200
    assert cut_to_lines("pendek", 1, 18.0, 5.0) == "pendek"
    cut = cut_to_lines(LONG * 3, 2, 18.0, 4.0)
    assert cut.endswith("…")
    assert len(wrap_to_width(cut, 18.0, 4.0)) <= 2
    kept = cut_to_height([Text(LONG, True)] * 6, 18.0, 4.0, 1.5)
    assert measure_paragraphs_in(kept, 18.0, 4.0) <= 1.5
    assert 1 <= len(kept) < 6


def test_dates_are_written_in_words() -> None:
    assert format_date("2024-11-23", "id") == "Sabtu, 23 November 2024"
    assert format_date("2024-11-23", "en") == "Saturday, 23 November 2024"
    assert format_date("akhir kampanye", "id") == "akhir kampanye"


@pytest.mark.skipif(
    shutil.which("soffice") is None or shutil.which("pdftotext") is None,
    reason="LibreOffice or poppler is not installed",
)
def test_slides_as_people_see_them_keep_all_words_above_the_footer(tmp_path: Path) -> None:
    """Rendered by LibreOffice: no word leaves the page, none comes near the footer, no page is empty."""
    from konvoi.report.slides import build_slides

    tables = build_tables(junctions=[f"{LONG} {number}" for number in range(12)])
    content, _ = build_slides(tables, build_answer(tables, "id"), "id")
    (tmp_path / "rakor.pptx").write_bytes(content)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "rakor.pptx")],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    subprocess.run(
        ["pdftotext", "-bbox", str(tmp_path / "rakor.pdf"), str(tmp_path / "words.html")], check=True, timeout=60
    )
    pages = [element for element in ET.parse(tmp_path / "words.html").iter() if element.tag.endswith("page")]
    assert len(pages) >= ALL_SLIDES
    for page in pages:
        width, height = float(page.attrib["width"]), float(page.attrib["height"])
        words = [{key: float(value) for key, value in word.attrib.items()} for word in page]
        assert len(words) > 20
        assert all(word["xMin"] >= 0 and word["xMax"] <= width and word["yMax"] <= height for word in words)
        footer = 6.85 / 7.5 * height
        assert not [word for word in words if word["yMin"] < footer < word["yMax"] - 1.0]
