"""The form of a notice: an official's spreadsheet becomes a scenario, or every cell that cannot is named."""

from __future__ import annotations

import csv
import zipfile
from datetime import datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from konvoi.commands.init import init
from konvoi.config.reading import build_config, load_scenario
from konvoi.data import find_data
from konvoi.errors import ScenarioError
from konvoi.names import StreetIndex
from konvoi.network import RoadNetwork, load_network
from konvoi.notice.form import COLUMN_LABELS, HEAD_LABELS, read_table, write_template
from konvoi.notice.reading import build_plan_of_notice
from konvoi.options import compose_settings
from konvoi.replication import prepare_routes
from konvoi.town import prepare_town
from tests.support.road_files import MANUAL, ROOT

EXAMPLE = find_data("scenarios") / "notices" / "contoh_sangatta.csv"
Rows = list[list[Any]]


@pytest.fixture(scope="module")
def sangatta(tmp_path_factory: pytest.TempPathFactory) -> RoadNetwork:
    return load_network(ROOT / "scenarios" / "networks" / "sangatta.osm", MANUAL, tmp_path_factory.mktemp("cache"))


def read_example() -> Rows:
    with EXAMPLE.open(encoding="utf-8", newline="") as stream:
        return [list(row) for row in csv.reader(stream, delimiter=";")]


def write_xlsx(path: Path, rows: Rows) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def set_cell(rows: Rows, where: str, value: Any) -> Rows:
    column, row = ord(where[0]) - ord("A"), int(where[1:]) - 1
    changed = [list(line) for line in rows]
    changed[row][column] = value
    return changed


def test_the_example_becomes_a_scenario_that_can_be_prepared(tmp_path: Path, sangatta: RoadNetwork) -> None:
    plan = build_plan_of_notice(EXAMPLE, sangatta, "sangatta.osm")
    assert (plan.gap_min, plan.first_side) == (260.0, 1)
    convoy = plan.content["convoys"]["p1-karya-etam"]
    assert convoy["people"] == 1250
    assert convoy["vehicles"] == {"motorcycle": 640, "car": 90, "truck": 3}
    assert convoy["streets_out"] == ["Jl. Yos Sudarso II", "Jl. Yos Sudarso III", "Jl. Pendidikan"]
    assert plan.content["venues"]["lokasi-2"]["source"] == "contoh_sangatta.csv, C7"
    assert len(plan.routes) == 8
    (tmp_path / "x.yaml").write_text(str(plan.content), encoding="utf-8")
    scenario = load_scenario(tmp_path / "x.yaml")  # a flow mapping is YAML too
    config = build_config({"rally": {"gap_min": plan.gap_min}}, scenario)
    town = prepare_town(config, scenario.path, cache_dir=tmp_path)
    routes = prepare_routes(config, town)
    ridden = {town.network.link_name[k] for k in routes.route_link[routes.route_offset[0] : routes.route_offset[1]]}
    assert ridden == {
        "Jl. Yos Sudarso II / Jl. Yos Sudarso III", "Jl. Yos Sudarso III",
        "Jl. Pendidikan / Jl. A.W. Syahranie", "Jl. A.W. Syahranie", "Jl. Ilham Maulana",
    }  # fmt: skip


def test_a_spreadsheet_with_real_dates_times_and_numbers_says_the_same(tmp_path: Path, sangatta: RoadNetwork) -> None:
    rows = read_example()
    for where, value in (
        ("B5", datetime(2024, 11, 23)), ("C5", "Sabtu, 23 November 2024"), ("B8", time(9, 0)), ("C8", "13:20"), ("E12", 1250), ("F12", 640.0),
    ):  # fmt: skip
        rows = set_cell(rows, where, value)
    plan = build_plan_of_notice(write_xlsx(tmp_path / "contoh_sangatta.xlsx", rows), sangatta, "sangatta.osm")
    expected = build_plan_of_notice(EXAMPLE, sangatta, "sangatta.osm").content
    text = str(plan.content).replace("contoh_sangatta.xlsx", "contoh_sangatta.csv")
    assert text == str(expected)


def test_rallies_on_two_days_are_told_as_another_day(tmp_path: Path, sangatta: RoadNetwork) -> None:
    rows = set_cell(read_example(), "B5", "24/11/2024")
    plan = build_plan_of_notice(write_xlsx(tmp_path / "a.xlsx", rows), sangatta, "sangatta.osm")
    assert plan.gap_min is None
    assert plan.first_side == 2
    assert plan.content["date"] == "2024-11-23"


@pytest.mark.parametrize(
    ("where", "value", "expected"),
    [
        ("B5", "kemarin", "B5: 'kemarin' bukan tanggal"),
        ("C5", "31-02-2024", "C5: '31-02-2024' bukan tanggal"),
        ("B8", "25.00", "B8: '25.00' bukan jam"),
        ("B9", "08.00", "B9: Selesai 08:00 tidak sesudah Mulai 09:00"),
        ("C6", "", "C6: Lokasi rapat umum Paslon 2 belum diisi"),
        ("B7", "", "B7: letak"),
        ("B7", "117.5445, 0.5141", "B7: '117.5445, 0.5141': lintang lebih dahulu"),
        ("B7", "0.9000, 117.9000", "B7: Polder Ilham Maulana berjarak"),
        ("B7", "Jl. Antah Berantah", "B7: jalan 'Jl. Antah Berantah' tidak ada di peta"),
        ("D12", "Jl. Munthe x Jl. Inpres", "D12: Jl. Munthe dan Jl. Inpres tidak bertemu"),
        ("A12", "3", "A12: '3' bukan nomor Paslon"),
        ("E13", "banyak", "E13: 'banyak' bukan jumlah"),
        ("E13", "100", "E13: 100 orang untuk 240 kendaraan"),
        ("E13", 0, "E13: 0 orang untuk 240 kendaraan"),
        ("E13", "", "E13: jumlah orang belum diisi"),
        ("F14", "-5", "F14: '-5' bukan jumlah"),
        ("I14", "Jl. Dayung; Jl. Yos Sudarso V", "I14: jalan 'Jl. Yos Sudarso V' tidak ada di peta; mungkin: "),
        ("A11", "Pasang", "baris judul dengan 'Paslon'"),
        ("J11", "Rute", "A11: kolom 'Rute pulang' tidak ada"),
        ("A8", "Jam", "baris 'Mulai' tidak ada"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_understood_is_named(
    tmp_path: Path, sangatta: RoadNetwork, where: str, value: str, expected: str
) -> None:
    path = write_xlsx(tmp_path / "surat.xlsx", set_cell(read_example(), where, value))
    with pytest.raises(ScenarioError) as fault:
        build_plan_of_notice(path, sangatta, "sangatta.osm")
    assert expected in fault.value.say("id")


def test_a_route_that_semicolons_cut_into_cells_is_told(tmp_path: Path, sangatta: RoadNetwork) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("Jl. Yos Sudarso IV;", "Jl. Yos Sudarso IV;;Jl. Pendidikan")
    (tmp_path / "surat.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"K14: 'Jl\. Pendidikan' is beyond the last column"):
        build_plan_of_notice(tmp_path / "surat.csv", sangatta, "sangatta.osm")


def test_all_faults_are_told_at_once(tmp_path: Path, sangatta: RoadNetwork) -> None:
    rows = set_cell(set_cell(set_cell(read_example(), "B8", "x"), "E13", "y"), "I12", "z")
    with pytest.raises(ScenarioError, match="has 3 faults"):
        build_plan_of_notice(write_xlsx(tmp_path / "surat.xlsx", rows), sangatta, "sangatta.osm")


@pytest.mark.parametrize(
    ("written", "expected", "is_exact"),
    [
        ("Jl. Pendidikan", "Jl. Pendidikan", True),
        ("jalan PENDIDIKAN", "Jl. Pendidikan", True),
        ("Jln.Yos  Sudarso I", "Jl. Yos Sudarso I", True),
        ("Jalan Jend. Sudirman", "Jl. Jenderal Sudirman", True),
        ("Jl. Pendidkan", "Jl. Pendidikan", False),
        ("Jl Mayjend. Sutoyo", "Jalan Mayjen Sutoyo", True),
        ("Sudirman", "Jl. Jenderal Sudirman", False),
        ("WIENERSTRASSE", "Wiener Straße", False),
        ("Jl. Yos Sudarso III", None, False),  # never its neighbour
        ("Jl. Yos Sudarso", None, False),
        ("Jl. Ahmad Yani", None, False),
        ("Jl.", None, False),
    ],
)
def test_streets_are_found_as_people_write_them(written: str, expected: str | None, is_exact: bool) -> None:
    names = ["Jl. Pendidikan", "Jl. Yos Sudarso I", "Jl. Yos Sudarso II", "Jl. Jenderal Sudirman", "Jl. Karya Etam / Jl. Inpres", "Wiener Straße", "Jalan Mayjen Sutoyo"]  # fmt: skip
    found = StreetIndex(names).find(written)
    assert (found.name, found.is_exact) == (expected, is_exact)
    if written.startswith("Jl. Yos"):
        assert "Jl. Yos Sudarso I" in found.suggestions


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_the_empty_form_has_every_label_and_says_what_is_missing(
    tmp_path: Path, sangatta: RoadNetwork, suffix: str
) -> None:
    path = tmp_path / f"surat{suffix}"
    write_template(path)
    texts = {cell.text for row in read_table(path) for cell in row}
    assert {*HEAD_LABELS.values(), *COLUMN_LABELS.values()} <= texts
    with pytest.raises(ScenarioError) as fault:
        build_plan_of_notice(path, sangatta, "sangatta.osm")
    assert "B6: '' bukan tanggal" in fault.value.say("id")
    assert "belum ada konvoi" in fault.value.say("id")
    assert "has 11 faults" in str(fault.value)
    assert "B6: '' is not a date" in str(fault.value)
    assert "no convoy is listed" in str(fault.value)


def test_other_encodings_and_separators_of_spreadsheets_are_read(tmp_path: Path, sangatta: RoadNetwork) -> None:
    rows = set_cell(read_example(), "B6", "Polder “Ilham” – Maulana")
    path = tmp_path / "surat.csv"
    with path.open("w", encoding="cp1252", errors="replace", newline="") as stream:
        csv.writer(stream, delimiter=",").writerows([[str(cell).replace("→", ";") for cell in row] for row in rows])
    plan = build_plan_of_notice(path, sangatta, "sangatta.osm")
    assert plan.content["venues"]["lokasi-1"]["name"] == "Polder “Ilham” – Maulana"
    assert len(plan.content["convoys"]) == 4


def test_files_that_are_no_form_are_refused_in_one_message(tmp_path: Path, sangatta: RoadNetwork) -> None:
    write_template(tmp_path / "baik.xlsx")
    content = (tmp_path / "baik.xlsx").read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(content[: len(content) // 2])
    (tmp_path / "plain.xlsx").write_text("hello", encoding="utf-8")
    (tmp_path / "surat.ods").write_text("hello", encoding="utf-8")
    (tmp_path / "big.csv").write_bytes(b"x" * 5_000_001)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", "0" * 120_000_000)
    with zipfile.ZipFile(tmp_path / "laughs.xlsx", "w") as packed:
        packed.writestr("xl/workbook.xml", '<!DOCTYPE l [<!ENTITY a "ha">]><l>&a;</l>')
    for name in ("cut.xlsx", "plain.xlsx", "surat.ods", "big.csv", "bomb.xlsx", "laughs.xlsx", "none.xlsx"):
        with pytest.raises(ScenarioError) as fault:
            build_plan_of_notice(tmp_path / name, sangatta, "sangatta.osm")
        assert name in str(fault.value)
        assert len(str(fault.value).splitlines()) == 2


def test_the_command_writes_scenario_and_picture_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    form = EXAMPLE.read_text(encoding="utf-8").replace("Jl. Yos Sudarso IV;", "Jl. Yos Sudarsa IV;")
    (tmp_path / "surat.csv").write_text(form, encoding="utf-8")
    assert init(["surat.csv", "roads=sangatta.osm", "out=rapat.yaml"]) == 0
    out = capsys.readouterr().out
    assert "konvoi sweep scenario=rapat.yaml experiment=gap" in out
    assert "I14: 'Jl. Yos Sudarsa IV' dibaca sebagai 'Jl. Yos Sudarso IV'" in out
    assert (tmp_path / "rapat.png").stat().st_size > 20_000
    settings = compose_settings(["scenario=rapat.yaml", "experiment=gap"])
    assert settings.build_config().rally.gap_min == 260.0  # the notice's own plan is the one to judge
    assert settings.door.design.factors["rally.gap_min"] == [0, 60, 120, 180, 240, 300, "another_day", 260.0]
    assert init(["template=kosong.xlsx"]) == 0
    with pytest.raises(ScenarioError):
        init(["kosong.xlsx", "roads=sangatta.osm", "out=lain.yaml"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kosong.xlsx", "rapat.png", "rapat.yaml", "surat.csv"]
