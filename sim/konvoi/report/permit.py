"""Proposed conditions for the receipt of notice (STTP), per side, as a text document officials can edit."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from math import ceil
from typing import Any

import pandas as pd

from konvoi.gap import Gap
from konvoi.report.answer import ROUND_S, Answer, Trigger, write_time
from konvoi.report.day_pack import list_pauses, write_basis
from konvoi.report.deck import MOMENT, fix_times
from konvoi.report.sweep_tables import SweepTables
from konvoi.report.wording import format_days, format_gap, format_minutes, say
from konvoi.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE
from konvoi.words.formats import format_clock, format_date, format_number

FONT = "Arial"
N_JUNCTIONS = 4


def build_permit(tables: SweepTables, answer: Answer, lang: str) -> bytes | None:
    """Build the conditions of the recommended plan, else of the plan to judge, with a warning; None without timetable."""
    import docx
    from docx.shared import Cm, Pt

    plan = tables.recommended or tables.shown
    if plan is None or tables.timetable is None or tables.clear_by is None:
        return None
    timetable = tables.timetable[tables.timetable["point"] == plan["point"]]
    if not len(timetable):
        return None
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin = section.bottom_margin = Cm(2.0)
    document.styles["Normal"].font.name = FONT
    document.styles["Normal"].font.size = Pt(11)
    document.styles["Normal"].paragraph_format.space_after = Pt(4)
    _write_heading(document, say("permit_heading", lang), 15)
    document.add_paragraph(tables.verdict.scenario_title)
    date = format_date(tables.date, lang)
    if date:
        document.add_paragraph(say("permit_day", lang, date=date))
    basis = say(
        "permit_basis_recommended" if tables.recommended is not None else "permit_basis_planned",
        lang,
        gap=format_gap(Gap.from_columns(plan), lang),
        days=format_days(int(plan["contact_replications"]), int(plan["replications"]), lang),
    )
    day = tables.verdict.day
    document.add_paragraph().add_run(basis if day is None else write_basis(day, lang)).bold = True
    document.add_paragraph().add_run(say("permit_draft", lang)).italic = True
    clear_by = tables.clear_by[tables.clear_by["point"] == plan["point"]]
    speed = tables.configuration.get("behaviour", {}).get("organised_speed_kmh")
    late_min = (timetable["depart_high_s"] - timetable["depart_s"]).max() / SECONDS_PER_MINUTE
    window_min = ceil(late_min / 5.0) * 5.0
    for side, convoys in timetable.groupby("side", sort=True):
        pauses = list_pauses(day, int(str(side)), lang)
        _write_side(document, int(str(side)), convoys, clear_by, answer, tables.zone, speed, window_min, pauses, lang)
    document.add_paragraph()
    document.add_paragraph(say("permit_footer", lang))
    small = document.add_paragraph().add_run(answer.footer)
    small.font.size = Pt(8)
    document.core_properties.created = document.core_properties.modified = MOMENT
    document.core_properties.author = document.core_properties.last_modified_by = "konvoi"
    document.core_properties.title = say("permit_heading", lang)
    stream = BytesIO()
    document.save(stream)
    return fix_times(stream.getvalue())


def _write_heading(document: Any, text: str, size: float) -> None:
    """Write a heading in plain black, as in official letters."""
    from docx.shared import Pt, RGBColor

    paragraph = document.add_heading(level=1)
    paragraph.paragraph_format.space_before = Pt(10)
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.font.bold = FONT, Pt(size), True
    run.font.color.rgb = RGBColor(0, 0, 0)


def list_conditions(
    side: int,
    convoys: pd.DataFrame,
    clear_by: pd.DataFrame,
    answer: Answer,
    zone: str,
    speed_kmh: float | None,
    window_min: float,
    pauses: Sequence[str],
    lang: str,
) -> list[str]:
    """List the conditions of one side in the wording of a notice; the window of departures is the same for both."""

    def clock(time_s: float) -> str:
        return write_time(time_s, zone, lang)

    start_s = float(convoys["rally_start_s"].min())
    second_day = f" ({say('second_day', lang)})" if start_s >= SECONDS_PER_DAY else ""
    conditions = [
        say(
            "permit_rally",
            lang,
            start=format_clock(start_s, lang),
            end=clock(float(convoys["rally_end_s"].max())),
            day=second_day,
        ),
        *pauses,
        say("permit_depart", lang, minutes=format_minutes(window_min, lang)),
        say(
            "permit_length",
            lang,
            vehicles=format_number(ceil(float(convoys["vehicles"].max()) / 10.0) * 10, lang),
            minutes=format_minutes(float(ceil(convoys["passing_min"].max())), lang),
        ),
        say("permit_interval", lang),
    ]
    if speed_kmh is not None:
        conditions.append(say("permit_escort", lang, speed=format_minutes(float(speed_kmh), lang)))
    held = [trigger for trigger in answer.triggers if trigger.late == side and trigger.slack_min > 0]
    if held:
        conditions.append(_write_hold(held[0], zone, lang))
    for name, time_s in find_last_home(clear_by, side, answer):
        conditions.append(say("permit_clear", lang, junction=name, time=clock(ceil(time_s / ROUND_S) * ROUND_S)))
    return [*conditions, say("permit_end", lang)]


def find_last_home(clear_by: pd.DataFrame, side: int, answer: Answer) -> list[tuple[str, float]]:
    """Find the clear-by times (s) of a side's way home: the junctions it shares, the largest exposure first."""
    shared = clear_by.loc[clear_by["side"] == 3 - side, "node"]
    own = clear_by[(clear_by["side"] == side) & (clear_by["trip"] == "home") & clear_by["node"].isin(shared)]
    rank = {spot.junction: index for index, spot in enumerate(answer.spots)}
    entries = [(str(row["junction"]), float(row["clear_high_s"])) for _, row in own.iterrows() if row["junction"]]
    return sorted(entries, key=lambda entry: (rank.get(entry[0], len(rank)), entry[0]))[:N_JUNCTIONS]


def _write_hold(trigger: Trigger, zone: str, lang: str) -> str:
    return say(
        "permit_hold",
        lang,
        place=say("permit_hold_points", lang),
        other=trigger.early,
        junction=trigger.junction,
        time=write_time(trigger.clear_s, zone, lang),
    )


def _write_side(
    document: Any,
    side: int,
    convoys: pd.DataFrame,
    clear_by: pd.DataFrame,
    answer: Answer,
    zone: str,
    speed_kmh: float | None,
    window_min: float,
    pauses: Sequence[str],
    lang: str,
) -> None:
    """Write one side: its numbered conditions, then the table of its convoys."""
    from docx.shared import Cm, Pt

    _write_heading(document, say("permit_side", lang, side=side, venue=str(convoys["venue"].iloc[0])), 13)
    conditions = list_conditions(side, convoys, clear_by, answer, zone, speed_kmh, window_min, pauses, lang)
    for number, text in enumerate(conditions, start=1):
        paragraph = document.add_paragraph(f"{number}.\t{text}")
        paragraph.paragraph_format.left_indent = Cm(0.8)
        paragraph.paragraph_format.first_line_indent = Cm(-0.8)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(0.8))
    headings = [
        say("permit_head_assembly", lang),
        say("permit_head_depart", lang, zone=zone),
        say("permit_head_vehicles", lang),
        say("permit_head_route", lang),
    ]
    widths = (4.0, 2.5, 2.8, 7.7)
    table = document.add_table(rows=1, cols=len(headings), style="Table Grid")
    table.autofit = False
    rows = [headings]
    for _, convoy in convoys.sort_values(["depart_s", "unit"]).iterrows():
        rows.append(
            [
                str(convoy["assembly_point"]),
                format_clock(float(convoy["depart_s"]), lang),
                format_number(float(round(convoy["vehicles"])), lang),
                str(convoy["streets_out"]) or "–",
            ]
        )
    for index, texts in enumerate(rows):
        cells = table.rows[0].cells if index == 0 else table.add_row().cells
        for cell, text, width in zip(cells, texts, widths, strict=True):
            cell.width = Cm(width)
            cell.paragraphs[0].paragraph_format.space_after = Pt(1)
            run = cell.paragraphs[0].add_run(text)
            run.font.size, run.font.bold = Pt(9.5), index == 0
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    _set_row(table.rows[0], "w:tblHeader")
    for row in table.rows:
        _set_row(row, "w:cantSplit")


def _set_row(row: Any, name: str) -> None:
    """Let a row be repeated on every page (``w:tblHeader``), or not be split between pages (``w:cantSplit``)."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(name)
    element.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(element)
