"""The slides of the coordination meeting: tables in, a presentation of native text, tables and charts out."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.colors import to_hex
from pptx.enum.dml import MSO_THEME_COLOR

from konvoi.report import style
from konvoi.report.answer import AMBER, GREEN, GREY, RED, Answer, Number, find_rally_starts, write_time, write_trigger
from konvoi.report.comparison_text import judge_difference, name_case, write_signed
from konvoi.report.contact_map import write_map_title
from konvoi.report.day_profile import draw_day_profile, find_first_start_s, write_title
from konvoi.report.deck import (
    BULLET,
    NUMBER,
    PAD_X_IN,
    SMALLEST_PT,
    Cell,
    Column,
    Deck,
    Paragraph,
    count_rows,
    measure_text_in,
)
from konvoi.report.diagrams import choose_example, draw_example, draw_hot_spots, find_slack
from konvoi.report.fit import Text, cut_to_lines, measure_paragraphs_in, measure_width_in
from konvoi.report.heat_map import draw_heat_map, write_heat_title
from konvoi.report.pictures import write_notes
from konvoi.report.settings_words import describe_factor, describe_level, describe_settings
from konvoi.report.sweep_tables import SweepTables
from konvoi.report.template import Box
from konvoi.report.verdict import Verdict
from konvoi.report.wording import (
    describe_map,
    format_gap_briefly,
    format_interval,
    format_level,
    format_mean,
    format_minutes,
    format_percent,
    format_percent_interval,
    say,
    shorten,
)
from konvoi.study.comparison import EXPOSURE, choose_measure
from konvoi.study.day_answer import DayAnswer
from konvoi.study.pair_rows import PairRow, list_gaps, split_rows
from konvoi.units import SECONDS_PER_DAY
from konvoi.words.formats import format_clock, format_number

LIGHT_COLOUR = {GREEN: "#1f7a4d", AMBER: "#9a6700", RED: "#b3261e", GREY: "#62626c"}
MOST_COLUMNS = 8  # of the native heat map; a larger design is shown as a picture
TOP = 10
SPACE_PT = 5.0  # between paragraphs
NUMBER_GAP_IN = 0.15
NARROW_IN = 10.5  # a slide narrower than this has no room for a column of contact types
LONGEST_NAME = 60  # letters of a venue's name in the heat map
THRESHOLD_MARK = (style.THRESHOLD, 4.5)
N_CLEAR = 4
LONG_LABEL = 22  # characters of a label beside a bar that need more room


def build_slides(
    tables: SweepTables, answer: Answer, lang: str, template: Path | None = None
) -> tuple[bytes, list[str]]:
    """Build the presentation.

    Returns
    -------
    The file, and the names of the slides left out because their table is missing.

    Raises
    ------
    ScenarioError
        When the template cannot be used.
    """
    deck = Deck(template, answer.footer)
    left_out: list[str] = []
    steps: list[tuple[str | None, Callable[[Deck, SweepTables, Answer, str], bool]]] = [
        (None, _add_answer),
        (None, _add_heat),
        ("slide_why", _add_why),
        ("slide_hot_spots", _add_hot_spots),
        ("slide_junctions", _add_junctions),
        ("slide_comparison", _add_comparison),
        ("slide_what_if", _add_what_if),
        ("slide_timetable", _add_timetable),
        ("slide_tornado", _add_tornado),
    ]
    for name, add in steps:
        if not add(deck, tables, answer, lang) and name is not None:
            left_out.append(say(name, lang))
    _add_limits(deck, tables, left_out, lang)
    return deck.render(), left_out


def _add_answer(deck: Deck, tables: SweepTables, answer: Answer, lang: str) -> bool:
    """Slide 1: the answer on one page."""
    lines = [
        Paragraph(answer.recommendation, bold=True),
        *(Paragraph(text, mark=NUMBER) for text in answer.conditions),
        Paragraph(answer.caveat),
    ]
    whole = "\n".join(
        [
            answer.plan,
            answer.recommendation,
            *(f"{index}. {text}" for index, text in enumerate(answer.conditions, start=1)),
            answer.caveat,
        ]
    )
    slide, room = deck.add_slide(answer.headline, f"{say('note_answer', lang)}\n\n{whole}")
    # Where words are long, the panel and the numbers give way a little before the conditions leave the slide.
    for panel_in, value_in, space_in in ((1.2, 0.6, 0.12), (1.0, 0.5, 0.08)):
        widths, band_in = _lay_out_numbers(tables, answer, room.w, value_in, lang)
        rest_in = room.h - panel_in - space_in - band_in - space_in
        if measure_text_in(lines, SMALLEST_PT, room.w, SPACE_PT) <= rest_in:
            break
    top, rest = room.take_top(panel_in, space_in)
    panel, plan = top.take_left(0.42 * top.w, 0.3)
    deck.add_panel(
        slide,
        panel,
        LIGHT_COLOUR[answer.light],
        [
            Paragraph(answer.word, bold=True, colour=style.PAPER),
            Paragraph(answer.judgement, bold=True, colour=style.PAPER),
        ],
        26.0,
    )
    deck.add_text(slide, plan, [Paragraph(answer.plan)], 22.0, anchor="m")
    if answer.numbers:
        band, rest = rest.take_top(band_in, space_in)
        x = band.x
        for number, width in zip(answer.numbers, widths, strict=True):
            value, below = Box(x, band.y, width, band.h).take_top(value_in)
            deck.add_text(slide, value, [Paragraph(number.value, bold=True)], 34.0, anchor="b")
            deck.add_text(slide, below, [Paragraph(text) for text in _write_number(tables, number, lang)], SMALLEST_PT)
            x += width + NUMBER_GAP_IN
    if measure_text_in(lines, SMALLEST_PT, rest.w, SPACE_PT) <= rest.h:
        deck.add_text(slide, rest, lines, 24.0, space_pt=SPACE_PT, anchor="m")
    else:  # a narrow template or long names: nothing of the answer is cut, the conditions get a slide of their own
        deck.add_text(slide, rest, lines[:1], 24.0, anchor="m")
        _add_paragraphs(deck, say("page_conditions", lang), whole, lines[1:])
    return True


def _write_number(tables: SweepTables, number: Number, lang: str) -> list[str]:
    """Write what stands below a number: its name and its interval."""
    confidence = format_level(tables.verdict.confidence, lang)
    return [number.label, say("number_interval", lang, confidence=confidence, interval=number.interval)]


def _lay_out_numbers(
    tables: SweepTables, answer: Answer, width_in: float, value_in: float, lang: str
) -> tuple[list[float], float]:
    """Return the widths (in) of the numbers, by the length of their words, and the height of them all."""
    if not answer.numbers:
        return [], 0.0
    texts = [_write_number(tables, number, lang) for number in answer.numbers]
    needs = [max(measure_width_in(text, SMALLEST_PT) for text in pair) + 0.05 for pair in texts]
    room_in = width_in - NUMBER_GAP_IN * (len(texts) - 1)
    spare_in = (room_in - sum(needs)) / len(needs)
    widths = [need + spare_in for need in needs] if spare_in >= 0.0 else [room_in / len(needs)] * len(needs)
    heights = [
        measure_paragraphs_in([Text(text) for text in pair], SMALLEST_PT, width)
        for pair, width in zip(texts, widths, strict=True)
    ]
    return widths, value_in + max(heights) + 0.02


def _add_paragraphs(deck: Deck, title: str, notes: str, lines: list[Paragraph]) -> None:
    """Add as many slides as paragraphs need."""
    while lines:
        slide, room = deck.add_slide(title, notes)
        n = len(lines)
        while n > 1 and measure_text_in(lines[:n], SMALLEST_PT, room.w, SPACE_PT) > room.h:
            n -= 1
        deck.add_text(slide, room, lines[:n], 22.0, space_pt=SPACE_PT)
        lines = lines[n:]


def _add_heat(deck: Deck, tables: SweepTables, answer: Answer, lang: str) -> bool:
    """Slide 2: P(contact) by gap and venue pair, with the border of the threshold; of a whole day its profile."""
    if tables.verdict.day is not None:
        return _add_profile(deck, tables, tables.verdict.day, lang)
    rows = split_rows(tables.points)
    verdict = tables.verdict
    slide, room = deck.add_slide(write_heat_title(rows, verdict, lang)[0], say("note_heat", lang))
    gaps = list_gaps(rows)
    columns = [Column(say("heat_corner", lang), 2.6 + 0.25 * max(0, MOST_COLUMNS - len(gaps)))]
    columns += [Column(format_gap_briefly(gap, lang), 1.25, "c") for gap in gaps]
    cells = [[row.find(gap) for gap in gaps] for row in rows]
    borders = _find_borders(cells, verdict)
    has_border = any(mark == THRESHOLD_MARK for line in borders for cell in line for mark in cell.values())
    values = {"confidence": format_level(verdict.confidence, lang)}
    if has_border:
        values["threshold"] = format_level(verdict.threshold, lang)
    key = [Paragraph(say("heat_key_border" if has_border else "heat_key", lang, **values))]
    key_in = measure_text_in(key, SMALLEST_PT, room.w) + 0.05
    grid, _ = room.take_top(room.h - key_in - 0.1)
    for longest in (LONGEST_NAME, 24):  # whole names where they leave room for every row
        table: list[list[Cell | str]] = []
        for r, row in enumerate(rows):
            line: list[Cell | str] = [Cell(_name_row(row, longest, lang))]
            line += [_write_heat_cell(cell, borders[r][c], verdict.point, lang) for c, cell in enumerate(cells[r])]
            table.append(line)
        if is_whole := bool(rows) and count_rows(table, columns, grid, SMALLEST_PT) == len(rows):
            break
    if len(gaps) > MOST_COLUMNS or not is_whole:
        deck.add_picture(slide, room, draw_heat_map(tables.points, verdict, lang), say("page_heat", lang))
        return True
    height = deck.add_table(slide, grid, columns, table, fill_height=True)
    deck.add_text(slide, Box(room.x, room.y + height + 0.1, room.w, key_in), key, SMALLEST_PT)
    return True


def _add_profile(deck: Deck, tables: SweepTables, day: DayAnswer, lang: str) -> bool:
    """Slide 2 of a whole day: exposure and contacts over all starts, windows shaded."""
    if tables.profile is None or tables.windows is None:
        return False
    own = tables.windows[tables.windows["venue_choice"] == day.notified.venue_choice]
    title = write_title(own, find_first_start_s(tables.profile), lang)
    slide, room = deck.add_slide(title, say("note_heat", lang))
    notes = write_notes(day, tables.verdict, lang)
    deck.add_picture(slide, room, draw_day_profile(tables.profile, tables.windows, notes), title)
    return True


def _name_row(row: PairRow, longest: int, lang: str) -> str:
    """Name a venue pair in a cell of a slide, each name at most so many letters long."""
    road = say("heat_row_slide", lang, road=format_number(row.road_km, lang, 1))
    names = f"{shorten(row.venue_1, longest)} – {shorten(row.venue_2, longest)}"
    return f"{names}\n{road}" + (f", {shorten(describe_settings(row.variant, lang), longest)}" if row.variant else "")


def _write_heat_cell(
    cell: dict[str, Any] | None, borders: dict[str, tuple[str, float]], planned: int | None, lang: str
) -> Cell:
    """Write P and its interval, and which cell is the plan; an empty cell was not simulated."""
    if cell is None or not cell["replications"] > 0:
        return Cell("–", borders=borders)
    p = float(cell["p_contact"])
    interval = format_percent_interval(
        round(float(cell["p_contact_low"]), 2), round(float(cell["p_contact_high"]), 2), lang
    )
    mark = "►" if cell["point"] == planned else ""
    return Cell(
        f"{mark}{format_percent(p, lang)}\n{interval}",
        has_lead=True,
        fill=to_hex(style.PROBABILITY(p)),
        colour=style.choose_ink(p),
        borders=borders,
    )


def _find_borders(
    cells: list[list[dict[str, Any] | None]], verdict: Verdict
) -> list[list[dict[str, tuple[str, float]]]]:
    """Find the borders of the threshold between simulated cells, and the frame of the plan."""
    threshold = verdict.threshold
    white = dict.fromkeys("LRTB", (style.PAPER, 1.0))
    borders = [[dict(white) for _ in row] for row in cells]
    below = [
        [None if cell is None or not cell["replications"] > 0 else cell["p_contact_high"] < threshold for cell in row]
        for row in cells
    ]
    for r, row in enumerate(below):
        for c, own in enumerate(row):
            for dr, dc, here, there in ((0, 1, "R", "L"), (1, 0, "B", "T")):
                if r + dr < len(below) and c + dc < len(row):
                    other = below[r + dr][c + dc]
                    if own is not None and other is not None and own != other:
                        borders[r][c][here] = THRESHOLD_MARK
                        borders[r + dr][c + dc][there] = THRESHOLD_MARK
    for r, line in enumerate(cells):
        for c, cell in enumerate(line):
            if cell is not None and cell["point"] == verdict.point:
                for side in "LRTB":
                    borders[r][c][side] = (style.FRAME, 4.5)
                for dr, dc, there in ((0, 1, "L"), (0, -1, "R"), (1, 0, "T"), (-1, 0, "B")):
                    if 0 <= r + dr < len(cells) and 0 <= c + dc < len(line):
                        borders[r + dr][c + dc][there] = (style.FRAME, 4.5)
    return borders


def _add_why(deck: Deck, tables: SweepTables, answer: Answer, lang: str) -> bool:
    """Slide 3: why, as a space–time diagram of a typical day."""
    example = choose_example(tables.examples)
    figure = draw_example(tables, answer, lang, (deck.template.room.w, deck.template.room.h))
    if example is None or figure is None or tables.columns is None or tables.spine is None:
        return False
    columns = tables.columns[tables.columns["example"] == example["example"]]
    slack = find_slack(columns, tables.spine, answer.spots)
    if slack is None:
        title = say("title_why_apart", lang)
    else:
        key = "title_why_free" if slack.minutes > 0 else "title_why_overlap"
        minutes = format_minutes(float(round(abs(slack.minutes))), lang)
        title = say(key, lang, junction=slack.junction, minutes=minutes)
    slide, room = deck.add_slide(title, say("note_why", lang, replication=int(example["replication"])))
    deck.add_picture(slide, room, figure, title)
    return True


def _add_hot_spots(deck: Deck, tables: SweepTables, answer: Answer, lang: str) -> bool:
    """Slide 4: where, on the map."""
    shown = tables.shown
    if shown is None or not len(tables.roads):
        return False
    own = tables.choose_side_contacts(int(shown["point"]))
    title = write_map_title(answer.spots, shown, int(shown["replications"]), lang)[0]
    slide, room = deck.add_slide(title, say("note_hot_spots", lang))
    figure = draw_hot_spots(
        own, answer.spots, tables.roads, tables.places, shown, lang, tables.zone, tables.water, (room.w, room.h)
    )
    deck.add_picture(slide, room, figure, title)
    return True


def _add_junctions(deck: Deck, tables: SweepTables, answer: Answer, lang: str) -> bool:
    """Slide 5: the ten junctions with the largest exposure, and what helps there."""
    total = sum(spot.exposure_person_min for spot in answer.spots)
    if not total > 0.0:
        return False
    is_narrow = deck.template.room.w < NARROW_IN
    columns = [
        Column("", 0.6, "r"),
        Column(say("head_place", lang), 2.8),
        *([] if is_narrow else [Column(say("head_type", lang), 1.9)]),
        Column(say("head_hours", lang, zone=tables.zone), 1.8),
        Column(say("head_share", lang), 1.5, "r"),
        Column(say("head_remedy", lang), 3.9),
    ]
    name_in = columns[1].share / sum(column.share for column in columns) * deck.template.room.w - 2 * PAD_X_IN
    rows: list[list[Cell | str]] = []
    for rank, spot in enumerate(answer.spots[:TOP], start=1):
        first, last = format_clock(spot.early_s, lang), format_clock(spot.late_s, lang)
        kind, remedy = say(f"type_{spot.kind}", lang), say(f"remedy_{spot.kind}", lang)
        name = cut_to_lines(spot.junction or say("junction_unnamed", lang), 3, SMALLEST_PT, name_in, True)
        rows.append(
            [
                Cell(str(rank), bold=True),
                Cell(name, bold=True),
                *([] if is_narrow else [kind]),
                first if first == last else f"{first}–{last}",
                format_percent(spot.exposure_person_min / total, lang),
                say("type_remedy", lang, type=kind, remedy=remedy) if is_narrow else remedy,
            ]
        )
    title = "title_junctions"
    while rows:
        slide, room = deck.add_slide(say(title, lang), say("note_junctions", lang))
        fit = count_rows(rows, columns, room, SMALLEST_PT)
        n = ceil(len(rows) / ceil(len(rows) / fit))
        deck.add_table(slide, room, columns, rows[:n])
        rows, title = rows[n:], "title_junctions_more"
    return True


def _add_comparison(deck: Deck, tables: SweepTables, answer: Answer, lang: str) -> bool:
    """Slide 6: plans compared on the same days; the best is marked only if it is significantly better."""
    comparison = tables.comparison
    if comparison is None or not len(comparison):
        return False
    measures = set(comparison["measure"])
    best = comparison[comparison["is_best"]]
    if int(comparison["is_reference"].sum()) > 1:
        title = say("title_comparison_groups", lang)
    elif len(best) == 1:
        name = shorten(describe_settings(str(best["plan"].iloc[0]), lang), 60)
        title = say("title_comparison_best", lang, plan=name[:1].upper() + name[1:])
    else:
        title = say("title_comparison_none", lang)
    confidence = tables.verdict.confidence
    rows = [
        _write_compared({str(name): value for name, value in entry.items()}, len(best) == 1, confidence, lang)
        for _, entry in comparison.iterrows()
    ]
    columns = [
        Column(say("head_plan", lang), 3.6),
        Column(
            say(
                "head_exposure" if measures == {EXPOSURE} else "head_p" if EXPOSURE not in measures else "head_outcome",
                lang,
            ),
            2.6,
        ),
        Column(say("head_difference", lang), 3.4),
        Column(say("head_judgement", lang), 2.6),
    ]
    key = say(
        "compare_key_joint",
        lang,
        n=format_number(float(comparison["replications"].min()), lang),
        unit=" / ".join(
            say(unit, lang)
            for measure, unit in (("p_contact", "unit_points"), (EXPOSURE, "unit_person_min"))
            if measure in measures
        ),
        confidence=format_level(confidence, lang),
    )
    if EXPOSURE in measures:
        key += " " + say("comparison_by_exposure", lang)
    while rows:
        slide, room = deck.add_slide(title, say("note_comparison", lang))
        grid, rest = room.take_top(room.h - (1.05 if EXPOSURE in measures else 0.7), 0.1)
        fit = count_rows(rows, columns, grid, SMALLEST_PT)
        n = ceil(len(rows) / ceil(len(rows) / fit))
        deck.add_table(slide, grid, columns, rows[:n])
        deck.add_text(slide, rest, [Paragraph(key)], SMALLEST_PT, anchor="b")
        rows, title = rows[n:], say("title_comparison_more", lang)
    return True


def _write_compared(plan: dict[str, Any], has_best: bool, confidence: float, lang: str) -> list[Cell | str]:
    """Write one compared plan: its outcome, and how it differs from the reference."""
    is_best = bool(plan["is_best"]) and has_best
    measure = str(plan["measure"])
    if measure == EXPOSURE:
        value = format_mean(float(plan["exposure_person_min_mean"]), lang)
        low = max(0.0, float(plan["exposure_person_min_low"]))
        interval = format_interval(low, float(plan["exposure_person_min_high"]), lang)
    else:
        value = format_percent(float(plan["p_contact"]), lang)
        interval = format_percent_interval(float(plan["p_contact_low"]), float(plan["p_contact_high"]), lang)
    if plan["is_reference"]:
        difference, judgement = "–", say("compare_reference", lang)
    else:
        name = "exposure_difference" if measure == EXPOSURE else "difference"
        first, low_end, high_end = (
            write_signed(float(plan[f"{name}{end}"]), measure, lang) for end in ("", "_low", "_high")
        )
        difference = f"{first} ({low_end} … {high_end})"
        judgement = judge_difference(plan, measure, confidence, lang)
    name = describe_settings(str(plan["plan"]), lang)
    return [
        Cell(("★ " if is_best else "") + name, bold=is_best or bool(plan["is_reference"])),
        f"{value} ({interval})" + (f" {say('unit_person_min', lang)}" if measure == EXPOSURE else ""),
        difference,
        Cell(judgement, bold=is_best),
    ]


def _add_what_if(deck: Deck, tables: SweepTables, answer: Answer, lang: str) -> bool:
    """Slide 7: what if a side is late, it rains, twice as many come, a road is closed.

    Where contact is near certain in every case, exposure is shown: P could not tell them apart.
    """
    cases = tables.what_if
    if cases is None or not len(cases):
        return False
    is_saturated = choose_measure(cases["p_contact"]) == EXPOSURE
    slide, room = deck.add_slide(
        say("title_what_if_exposure" if is_saturated else "title_what_if", lang), say("note_what_if", lang)
    )
    chart, key = room.take_top(room.h - 1.0, 0.1)
    names = [shorten(name_case(str(case), lang), 40) for case in cases["case"]]
    if is_saturated:
        values = [float(value) for value in cases["exposure_person_min_mean"]]
        shown = [
            (
                format_mean(float(case["exposure_person_min_mean"]), lang),
                format_interval(
                    max(0.0, float(case["exposure_person_min_low"])), float(case["exposure_person_min_high"]), lang
                ),
            )
            for _, case in cases.iterrows()
        ]
    else:
        values = [100.0 * float(value) for value in cases["p_contact"]]
        shown = [
            (
                format_percent(float(case["p_contact"]), lang),
                format_percent_interval(float(case["p_contact_low"]), float(case["p_contact_high"]), lang),
            )
            for _, case in cases.iterrows()
        ]
    labels = [say("what_if_label", lang, value=value, interval=interval) for value, interval in shown]
    high = 1.5 * max(values) if is_saturated else 150.0
    deck.add_bars(slide, chart, names, [("P", values, labels, MSO_THEME_COLOR.ACCENT_1)], low=0.0, high=high)
    text = say(
        "what_if_key_exposure" if is_saturated else "what_if_key",
        lang,
        confidence=format_level(tables.verdict.confidence, lang),
        n=format_number(float(cases["replications"].min()), lang),
    )
    base = cases.loc[cases["case"] == "base", "settings"]
    if len(base) and base.iloc[0]:
        text += " " + say("plan_short", lang, plan=describe_settings(str(base.iloc[0]), lang))
    deck.add_text(slide, key, [Paragraph(text)], SMALLEST_PT, anchor="b")
    return True


def _add_timetable(deck: Deck, tables: SweepTables, answer: Answer, lang: str) -> bool:
    """Slides 8: the recommended timetable, clear-by times and go/no-go triggers."""
    plan = tables.recommended or tables.shown
    if plan is None or tables.timetable is None or tables.clear_by is None:
        return False
    own = tables.timetable[tables.timetable["point"] == plan["point"]]
    if not len(own):
        return False
    title = say("title_timetable" if tables.recommended is not None else "title_timetable_planned", lang)
    slide, room = deck.add_slide(title, say("note_timetable", lang))
    columns = [
        Column(say("head_side", lang), 3.0),
        *(Column(say(f"head_{name}", lang), 1.95, "c") for name in ("rally", "depart", "arrive", "home", "all_home")),
    ]
    rows: list[list[Cell | str]] = []
    notes: list[Paragraph] = []
    for side, group in own.groupby("side", sort=True):
        rows.append(
            [
                Cell(f"{say('side', lang, side=int(str(side)))}\n{group['venue'].iloc[0]}", bold=True),
                _write_span(group["rally_start_s"].min(), group["rally_end_s"].max(), lang)
                + (f"\n{say('second_day', lang)}" if group["rally_start_s"].min() >= SECONDS_PER_DAY else ""),
                _write_span(group["depart_s"].min(), group["depart_s"].max(), lang),
                _write_clock(group["arrive_high_s"].max(), lang),
                _write_clock(group["home_low_s"].min(), lang),
                _write_clock(group["home_high_s"].max(), lang),
            ]
        )
        first = group.sort_values("depart_s").iloc[0]
        low, high = _write_clock(first["depart_low_s"], lang), _write_clock(first["depart_high_s"], lang)
        notes.append(Paragraph(say("timetable_note", lang, side=int(str(side)), low=low, high=high)))
    notes.append(Paragraph(say("timetable_key", lang, zone=tables.zone)))
    height = deck.add_table(slide, room, columns, rows)
    below = Box(room.x, room.y + height + 0.25, room.w, room.h - height - 0.25)
    if measure_text_in(notes, SMALLEST_PT, room.w, SPACE_PT) <= below.h:
        deck.add_text(slide, below, notes, 20.0, space_pt=SPACE_PT)
    else:
        _add_paragraphs(deck, title, say("note_timetable", lang), notes)
    _add_clear(deck, tables, answer, plan, lang)
    return True


def _add_clear(deck: Deck, tables: SweepTables, answer: Answer, plan: dict[str, Any], lang: str) -> None:
    """Add the clear-by times of junctions, and when the next pair is held."""
    whole = "\n".join(write_trigger(trigger, tables.zone, lang) for trigger in answer.triggers if trigger.slack_min > 0)
    slide, room = deck.add_slide(say("title_clear", lang), f"{say('note_clear', lang)}\n\n{whole}".rstrip())
    assert tables.clear_by is not None
    known = tables.clear_by.loc[tables.clear_by["point"] == plan["point"], "replications"]
    n = format_number(int(known.max()) if len(known) else 0, lang)
    key = say("clear_key_comes" if answer.triggers else "clear_key", lang, n=n)
    if answer.triggers:
        early, late = answer.triggers[0].early, answer.triggers[0].late
        columns = [
            Column(say("head_junction", lang), 4.4),
            Column(say("head_clear_early", lang, side=early), 2.6, "c"),
            Column(say("head_first_late", lang, side=late), 2.6, "c"),
            Column(say("head_slack", lang), 2.2, "c"),
        ]
        rows: list[list[Cell | str]] = []
        for trigger in answer.triggers[:N_CLEAR]:
            slack = (
                say("slack_minutes", lang, minutes=format_minutes(float(int(trigger.slack_min)), lang))
                if trigger.slack_min > 0
                else say("slack_negative", lang)
            )
            rows.append(
                [
                    trigger.junction,
                    write_time(trigger.clear_s, tables.zone, lang),
                    write_time(trigger.first_s, tables.zone, lang),
                    Cell(slack, bold=trigger.slack_min <= 0, colour=None if trigger.slack_min > 0 else style.THRESHOLD),
                ]
            )
        grid, _ = room.take_top(0.55 * room.h)
        height = deck.add_table(slide, grid, columns, rows)
        rest = Box(room.x, room.y + height + 0.25, room.w, room.h - height - 0.25)
        held = [trigger for trigger in answer.triggers if trigger.slack_min > 0][:2]
        lines = [Paragraph(write_trigger(trigger, tables.zone, lang), bold=True) for trigger in held]
        deck.add_text(slide, rest, [*lines, Paragraph(key)], 20.0, space_pt=8.0)
        return
    starts = find_rally_starts(tables, int(plan["point"]))
    is_apart = len(starts) == 2 and abs(starts[1] - starts[2]) >= SECONDS_PER_DAY
    is_same = len(set(starts.values())) == 1
    key_none = "clear_none_day" if is_apart else "clear_none_start" if is_same else "clear_none_window"
    note = Paragraph(say(key_none, lang), bold=True)
    last = find_last_clear(tables, answer, int(plan["point"]))[: N_CLEAR + 1]
    columns = [
        Column(say("head_junction", lang), 5.0),
        *(Column(say("head_clear_early", lang, side=side), 3.0, "c") for side in (1, 2)),
    ]
    rows = [[name, *(write_time(time_s, tables.zone, lang) for time_s in times)] for name, *times in last]
    height = deck.add_table(slide, room.take_top(0.62 * room.h)[0], columns, rows) if rows else 0.0
    rest = Box(room.x, room.y + height + 0.25, room.w, room.h - height - 0.25)
    deck.add_text(slide, rest, [note, Paragraph(key)], 22.0, space_pt=10.0)


def find_last_clear(tables: SweepTables, answer: Answer, point: int) -> list[tuple[str, float, float]]:
    """Find when the junctions of both sides are finally clear of each (s), the largest exposure first."""
    assert tables.clear_by is not None
    own = tables.clear_by[(tables.clear_by["point"] == point) & (tables.clear_by["junction"] != "")]
    last = own.pivot_table(index="node", columns="side", values="clear_high_s", aggfunc="max")
    if not {1, 2} <= set(last.columns):
        return []
    last = last.dropna()
    name = own.groupby("node")["junction"].first()
    rank = {spot.junction: index for index, spot in enumerate(answer.spots)}
    order = sorted(last.index, key=lambda node: (rank.get(name[node], len(rank)), name[node], node))
    return [(str(name[node]), float(last.loc[node, 1]), float(last.loc[node, 2])) for node in order]


def _write_clock(time_s: float, lang: str) -> str:
    return "–" if pd.isna(time_s) else format_clock(float(time_s), lang)


def _write_span(first_s: float, last_s: float, lang: str) -> str:
    first, last = _write_clock(first_s, lang), _write_clock(last_s, lang)
    return first if first == last else f"{first}–{last}"


def _add_tornado(deck: Deck, tables: SweepTables, answer: Answer, lang: str) -> bool:
    """Slide 9: which factor matters most."""
    tornado = tables.tornado
    if tornado is None or not len(tornado):
        return False
    outcome = str(tornado["outcome"].iloc[0])
    own = tornado[tornado["outcome"] == outcome].copy()
    own["reach"] = (own[["at_low", "at_high"]].max(axis=1) - own[["at_low", "at_high"]].min(axis=1)).abs()
    own = own.sort_values(["reach", "factor"], ascending=[False, True], kind="stable").head(7)
    slide, room = deck.add_slide(
        say("title_tornado", lang, factor=describe_factor(str(own["factor"].iloc[0]), lang)), say("note_tornado", lang)
    )
    chart, key = room.take_top(room.h - 1.0, 0.1)

    def write(value: float) -> str:
        return format_percent(value, lang) if outcome == "p_contact" else format_mean(value, lang)

    ends: list[tuple[float, float]] = []
    labels: list[tuple[str, str]] = []
    for _, row in own.iterrows():
        low, high = (float(row[column]) - float(row["base"]) for column in ("at_low", "at_high"))
        first, second = (
            f"{describe_level(str(row['factor']), str(row[level]), lang)}: {write(float(row[column]))}"
            for column, level in (("at_low", "low_level"), ("at_high", "high_level"))
        )
        ends.append((low, high))
        if min(low, high) < 0.0 <= max(low, high):  # one to the left; the other, be it the base itself, to the right
            labels.append((first, second))
        else:  # both on one side, where their labels would cover each other: one label at the longer bar
            both = f"{first} · {second}"
            labels.append((both, "") if abs(low) > abs(high) else ("", both))
    reach = max(max(map(abs, pair)) for pair in ends) or 1.0
    room_for_label = 3.0 if any("" in pair or max(map(len, pair)) > LONG_LABEL for pair in labels) else 2.0
    left = room_for_label * reach if any(min(pair) < 0.0 for pair in ends) else 0.02 * reach
    right = room_for_label * reach if any(max(pair) >= 0.0 for pair in ends) else 0.02 * reach
    names = [shorten(describe_factor(str(factor), lang), 34) for factor in own["factor"]]
    series = [
        (say(name, lang), [pair[end] for pair in ends], [pair[end] for pair in labels], colour)
        for end, (name, colour) in enumerate(
            (("tornado_low", MSO_THEME_COLOR.ACCENT_5), ("tornado_high", MSO_THEME_COLOR.ACCENT_1))
        )
    ]
    deck.add_bars(slide, chart, names, series, overlap=100, low=-left, high=right)
    text = say(
        "tornado_key",
        lang,
        outcome=say(f"outcome_{outcome}", lang),
        n=format_number(float(own["replications"].min()), lang),
        base=write(float(own["base"].iloc[0])),
    )
    if own["plan"].iloc[0]:
        text += " " + say("plan_short", lang, plan=describe_settings(str(own["plan"].iloc[0]), lang))
    deck.add_text(slide, key, [Paragraph(text)], SMALLEST_PT, anchor="b")
    return True


def list_limits(tables: SweepTables, lang: str) -> list[str]:
    """List what the numbers rest on, as far as the folder knows it."""
    verdict, configuration = tables.verdict, tables.configuration
    lines = [describe_map(verdict.map_quality, lang)]
    behaviour, contact = configuration.get("behaviour", {}), configuration.get("contact", {})
    if contact:
        lines.append(
            say(
                "limit_contact",
                lang,
                people=format_number(contact["min_people"], lang),
                distance=format_number(contact["distance_m"], lang),
                duration=format_number(contact["min_duration_s"], lang),
            )
        )
    if behaviour:
        lateness = behaviour["lateness"]
        lines.append(
            say(
                "limit_lateness",
                lang,
                median=format_minutes(lateness["median_min"], lang),
                sd=format_minutes(lateness["sd_min"], lang),
                longest=format_minutes(lateness["max_min"], lang),
            )
        )
        convoys = configuration.get("scenario", {}).get("convoys", {}).values()
        people = {side: sum(area["people"] for area in convoys if area["side"] == side) for side in (1, 2)}
        lines.append(
            say(
                "limit_people",
                lang,
                people_1=format_number(people[1] * behaviour["turnout"], lang),
                people_2=format_number(people[2] * behaviour["turnout"], lang),
                share=format_percent(behaviour["organised_share"], lang),
                speed=format_minutes(behaviour["organised_speed_kmh"], lang),
            )
        )
        if "gathering_min" in behaviour:
            lines.append(say("limit_gathering", lang, minutes=format_minutes(behaviour["gathering_min"], lang)))
    n = format_number(int(tables.points["replications"].max()) if len(tables.points) else 0, lang)
    confidence = format_level(verdict.confidence, lang)
    lines.append(say("limit_sample", lang, n=n, seed=str(verdict.seed), confidence=confidence))
    return [*lines, say("limit_routes", lang), say("not_clash", lang)]


def _add_limits(deck: Deck, tables: SweepTables, left_out: list[str], lang: str) -> None:
    """Slide 10: assumptions, map quality, limits; what was left out."""
    notes = say("note_limits", lang)
    lines = list_limits(tables, lang)
    if left_out:
        missing = say("left_out", lang, slides=", ".join(left_out))
        notes += " " + missing
        lines.append(missing)
    _add_paragraphs(deck, say("title_limits", lang), notes, [Paragraph(line, mark=BULLET) for line in lines])
