"""The pack says of a whole day what the screen says: the plan it recommends, its hours, and numbers of the tables."""

from __future__ import annotations

import dataclasses
from io import BytesIO
from typing import Any

import pytest

from konvoi.report.answer import RED, build_answer
from konvoi.report.screen import format_screen
from konvoi.report.sweep_tables import SweepTables
from konvoi.study.day_answer import DayAnswer
from tests.support.day_answers import build_answer as build_day
from tests.support.packs import LATER, build_deck, build_tables, list_overflows

pptx = pytest.importorskip("pptx", reason="slides need the package python-pptx")


def build(day: DayAnswer) -> SweepTables:
    tables = build_tables()
    point = None if day.option is None else LATER
    return dataclasses.replace(tables, verdict=dataclasses.replace(tables.verdict, day=day, recommended_point=point))


def read_first(tables: SweepTables, lang: str = "id") -> tuple[str, Any]:
    deck, _ = build_deck(tables, lang)
    first = deck.slides[0]
    text = "\n".join(shape.text_frame.text for shape in first.shapes if shape.has_text_frame)
    return text.replace("\u00a0", " "), deck


def test_the_first_slide_is_the_screen() -> None:
    day = build_day()
    tables = build(day)
    text, deck = read_first(tables)
    screen = format_screen(day, "profile.png", "id").splitlines()
    answer = build_answer(tables, "id")
    assert answer.light == RED
    assert "PERLU DIUBAH" in text
    assert answer.recommendation in screen  # the same sentence, with the same hours
    assert answer.recommendation in text
    for condition in answer.conditions:
        assert condition.lower() in " ".join(line.strip() for line in screen).lower(), condition
    assert answer.headline + "." in screen
    assert list(list_overflows(deck)) == []


@pytest.mark.parametrize("lang", ["id", "en"])
def test_numbers_of_the_first_slide_are_those_of_the_notified_plan(lang: str) -> None:
    day = build_day()
    text, _ = read_first(build(day), lang)
    plan = day.notified
    of = "dari" if lang == "id" else "of"
    for hits in (plan.large_days, plan.any_riders_days):
        assert f"{hits} {of} {plan.days}" in text


def test_without_an_option_nothing_is_recommended_anywhere() -> None:
    day = dataclasses.replace(build_day(), option=None)
    tables = dataclasses.replace(build(day), comparison=None, what_if=None)  # of one plan there is none
    assert tables.recommended is None
    text, deck = read_first(tables)
    assert "belum ada jam yang terbukti cukup" in text
    for slide in deck.slides:
        for shape in slide.shapes:
            assert not (shape.has_text_frame and "jeda 390" in shape.text_frame.text.replace("\u00a0", " ").lower())


def test_permit_conditions_pause_for_prayer_and_have_one_window_for_both_sides() -> None:
    docx = pytest.importorskip("docx", reason="permit conditions need the package python-docx")
    from konvoi.report.permit import build_permit

    day = build_day()
    tables = build(day)
    content = build_permit(tables, build_answer(tables, "id"), "id")
    assert content is not None
    texts = [paragraph.text.replace("\u00a0", " ") for paragraph in docx.Document(BytesIO(content)).paragraphs]
    assert any("Jeda salat Zuhur pukul 11.55–12.30" in text for text in texts)
    assert any(text.startswith("Dasar: usulan hasil simulasi. Bila satu hari: Paslon 1 09.00") for text in texts)
    windows = [text.split("\t")[1] for text in texts if "sejak jam pada tabel" in text]
    assert len(windows) == 2
    assert windows[0] == windows[1]
