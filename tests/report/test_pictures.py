"""A sweep's folder gets its pictures and text, the same each time; any other folder a clear fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from konvoi.errors import OutputError, TableError
from konvoi.report import pictures
from konvoi.report.pictures import draw_report, find_worst_point, write_verdict
from konvoi.tables.files import write_table
from konvoi.tables.sweep import WATER
from tests.support.folders import fill_folder
from tests.support.results import build_points, judge

FILES = [
    "figures/heat_map.png",
    "figures/heat_map.svg",
    "figures/contact_map.png",
    "figures/contact_map.svg",
    "verdict.txt",
]


def write_both(folder: Path, lang: str) -> list[Path]:
    text, report = write_verdict(folder, lang), draw_report(folder, lang)
    assert report.notes == []
    return [*report.written, text]


def test_a_sweep_folder_gets_pictures_and_text_the_same_each_time(tmp_path: Path) -> None:
    fill_folder(tmp_path, build_points())
    assert write_both(tmp_path, "id") == [tmp_path / name for name in FILES]
    first = {name: (tmp_path / name).read_bytes() for name in FILES}
    assert first["figures/heat_map.png"].startswith(b"\x89PNG")
    assert b"<svg" in first["figures/contact_map.svg"]
    assert first["verdict.txt"].decode().startswith("HASIL · Kampanye akbar Kutai Timur\n")
    write_both(tmp_path, "id")
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == first
    assert not [path.name for path in (tmp_path / "figures").iterdir() if path.name.startswith(".")]


def test_a_plan_that_was_not_simulated_leaves_the_worst_point_on_the_map(tmp_path: Path) -> None:
    points = build_points(planned=(0.0, "km99"), gaps=(0.0, 390.0))
    write_table(WATER.build_empty(), tmp_path / "water.parquet", WATER)
    written = write_both(fill_folder(tmp_path, points), "en")
    assert [path.is_file() for path in written] == [True] * len(FILES)
    worst = find_worst_point(points)
    assert worst is not None
    assert worst["gap_min"] == 0.0
    assert find_worst_point(build_points(n=0)) is None


def test_a_folder_that_is_missing_or_not_of_a_sweep_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no such folder"):
        write_both(tmp_path / "absent", "id")
    with pytest.raises(TableError, match=r"points\.csv is missing"):
        write_both(tmp_path, "id")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "verdict.json is missing"),
        ("{", "cannot be read"),
        ("[]", "is not the verdict of a sweep"),
        ('{"threshold": 0.05}', "is not the verdict of a sweep"),
    ],
)
def test_a_damaged_verdict_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    fill_folder(tmp_path, build_points())
    (tmp_path / "verdict.json").unlink()
    if content is not None:
        (tmp_path / "verdict.json").write_text(content, encoding="utf-8")
    with pytest.raises(TableError, match=message):
        write_both(tmp_path, "id")


def test_a_verdict_of_another_sweep_or_version_is_refused(tmp_path: Path) -> None:
    points = build_points()
    fill_folder(tmp_path, points, replications=400)
    with pytest.raises(TableError, match="does not belong to the points beside it"):
        write_both(tmp_path, "id")
    short = {key: value for key, value in json.loads(judge(points).to_json()).items() if key != "another_day_p"}
    (tmp_path / "verdict.json").write_text(json.dumps(short), encoding="utf-8")
    with pytest.raises(TableError, match="missing: another_day_p"):
        write_both(tmp_path, "id")


def test_a_folder_that_cannot_be_written_is_one_clear_fault(tmp_path: Path) -> None:
    fill_folder(tmp_path, build_points(gaps=(0.0,)))
    (tmp_path / "figures").write_text("in the way", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        write_both(tmp_path, "id")


def test_a_picture_that_fails_is_named_and_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("no room for a label")

    monkeypatch.setattr(pictures, "draw_heat_map", fail)
    fill_folder(tmp_path, build_points())
    report = draw_report(tmp_path, "en")
    assert [path.name for path in report.written] == ["contact_map.png", "contact_map.svg"]
    assert report.notes == [
        "heat_map could not be made (ZeroDivisionError: no room for a label); the answer and the other files are complete"
    ]
