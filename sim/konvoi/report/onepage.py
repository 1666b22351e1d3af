"""The answer on one sheet of A4, readable when printed in grey."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import Circle, Polygon, Rectangle

from konvoi.report import style
from konvoi.report.answer import AMBER, GREEN, RED, Answer, write_time
from konvoi.report.diagrams import draw_example
from konvoi.report.fit import cut_to_lines, measure_width_in, wrap_to_width
from konvoi.report.settings_words import describe_settings
from konvoi.report.sweep_tables import SweepTables
from konvoi.report.wording import (
    format_gap_briefly,
    format_level,
    format_minutes,
    format_percent,
    format_percent_interval,
    say,
    shorten,
)
from konvoi.study.pair_rows import list_gaps, split_rows
from konvoi.words.formats import format_clock, format_date, format_number

WIDTH_IN, HEIGHT_IN = 8.268, 11.693
MARGIN_IN = 0.7
ROOM_IN = WIDTH_IN - 2 * MARGIN_IN
TEXT_PT, SMALL_PT = 10.5, 8.5
LINE = 1.3
FOOT_IN = HEIGHT_IN - 0.95
LEAST_PICTURE_IN, PICTURE_DPI = 1.7, 220.0
NUMBER_PT = 20.0  # of the three numbers, where they are short enough
MOST_GAPS, MOST_PAIRS, MOST_SPOTS, MOST_CLEAR = 8, 6, 6, 5


class _Page:
    """A sheet written from top to bottom; one inch is one unit, y runs down."""

    def __init__(self) -> None:
        self.figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN))
        FigureCanvasAgg(self.figure)
        self.axes: Any = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_xlim(0.0, WIDTH_IN)
        self.axes.set_ylim(HEIGHT_IN, 0.0)
        self.axes.axis("off")
        self.y = MARGIN_IN

    def write(
        self,
        text: str,
        size_pt: float = TEXT_PT,
        *,
        bold: bool = False,
        colour: str = style.INK,
        x: float = MARGIN_IN,
        width: float = ROOM_IN,
        lines: int = 4,
    ) -> None:
        """Write a wrapped paragraph at the current height and go on below it."""
        for line in wrap_to_width(cut_to_lines(text, lines, size_pt, width, bold), size_pt, width, bold):  # fmt: skip
            self.put(x, line, size_pt, bold=bold, colour=colour)
            self.y += size_pt * LINE / 72.0

    def put(
        self, x: float, text: str, size_pt: float = TEXT_PT, *, bold: bool = False, colour: str = style.INK,
        align: str = "left",
    ) -> None:  # fmt: skip
        """Write one line at the current height."""
        weight = "bold" if bold else "normal"
        self.axes.text(x, self.y, text, fontsize=size_pt, fontweight=weight, color=colour, ha=align, va="top")

    def rule(self, colour: str = style.LIGHT) -> None:
        """Draw a line across the page."""
        self.axes.plot([MARGIN_IN, WIDTH_IN - MARGIN_IN], [self.y, self.y], color=colour, linewidth=0.8)


def draw_one_page(tables: SweepTables, answer: Answer, lang: str) -> Figure:
    """Draw the sheet: verdict, three numbers, proposal, conditions, heat table, junctions, clear-by times, source."""
    with style.use_style():
        page = _Page()
        _write_head(page, tables, lang)
        _write_verdict(page, answer)
        _write_numbers(page, tables, answer, lang)
        page.write(answer.recommendation, 12.0, bold=True)
        page.y += 0.12
        page.write(say("page_conditions", lang), TEXT_PT, bold=True)
        for index, text in enumerate(answer.conditions, start=1):
            page.put(MARGIN_IN, f"{index}.")
            page.write(text, x=MARGIN_IN + 0.25, width=ROOM_IN - 0.25, lines=3)
        page.y += 0.06
        page.write(answer.caveat)
        if tables.verdict.day is None:
            _write_heat(page, tables, lang)
        _write_spots(page, tables, answer, lang)
        _write_clear(page, tables, answer, lang)
        _show_why(page, tables, answer, lang)
        _write_foot(page, answer, lang)
        return page.figure


def render_pdf(figure: Figure) -> bytes:
    """Render the sheet as PDF, without a date."""
    stream = BytesIO()
    with style.use_style():
        figure.savefig(stream, format="pdf", metadata={"CreationDate": None, "Producer": "konvoi", "Creator": "konvoi"})
    return stream.getvalue()


def _write_head(page: _Page, tables: SweepTables, lang: str) -> None:
    page.write(tables.verdict.scenario_title, 17.0, bold=True, lines=2)
    date = format_date(tables.date, lang)
    heading = say("page_heading", lang)
    page.write(f"{heading} · {date}" if date else heading, TEXT_PT, colour=style.GREY, lines=1)
    page.y += 0.12


def _write_verdict(page: _Page, answer: Answer) -> None:
    """Write the verdict with a sign that does not need its colour: circle, triangle or octagon-like square."""
    top, height = page.y, 1.05
    page.axes.add_patch(Rectangle((MARGIN_IN, top), ROOM_IN, height, fill=False, edgecolor=style.INK, linewidth=1.6))
    x, y = MARGIN_IN + 0.45, top + 0.5 * height
    colour = {GREEN: "#1f7a4d", AMBER: "#9a6700", RED: "#b3261e"}.get(answer.light, style.GREY)
    if answer.light == GREEN:
        page.axes.add_patch(Circle((x, y), 0.24, facecolor=colour, edgecolor=style.INK))
    elif answer.light == AMBER:
        corners = [(x - 0.28, y + 0.22), (x + 0.28, y + 0.22), (x, y - 0.26)]
        page.axes.add_patch(Polygon(corners, facecolor=colour, edgecolor=style.INK))
    else:
        page.axes.add_patch(Rectangle((x - 0.23, y - 0.23), 0.46, 0.46, facecolor=colour, edgecolor=style.INK))
    page.y = top + 0.13
    inner = MARGIN_IN + 0.95
    page.write(f"{answer.word} · {answer.judgement}", 14.0, bold=True, x=inner, width=ROOM_IN - 1.1, lines=1)
    page.write(answer.headline + ".", 11.0, x=inner, width=ROOM_IN - 1.1, lines=2)
    page.write(answer.plan + ".", 9.5, x=inner, width=ROOM_IN - 1.1, lines=2, colour=style.GREY)
    page.y = top + height + 0.2


def _write_numbers(page: _Page, tables: SweepTables, answer: Answer, lang: str) -> None:
    if not answer.numbers:
        return
    width = ROOM_IN / len(answer.numbers)
    widest_in = max(measure_width_in(number.value, NUMBER_PT, bold=True) for number in answer.numbers)
    size_pt = NUMBER_PT * min(1.0, (width - 0.15) / widest_in)
    top = lowest = page.y
    for index, number in enumerate(answer.numbers):
        x = MARGIN_IN + index * width
        page.y = top
        page.put(x, number.value, size_pt, bold=True)
        page.y = top + 0.37
        page.write(number.label, 9.5, x=x, width=width - 0.15, lines=2)
        interval = say(
            "number_interval",
            lang,
            confidence=format_level(tables.verdict.confidence, lang),
            interval=number.interval,
        )
        page.write(interval, 9.5, x=x, width=width - 0.15, lines=1, colour=style.GREY)
        lowest = max(lowest, page.y)
    page.y = lowest + 0.24


def _write_heading(page: _Page, text: str) -> None:
    page.y += 0.16
    page.rule()
    page.y += 0.07
    page.write(text, TEXT_PT, bold=True, lines=1)
    page.y += 0.03


def _write_heat(page: _Page, tables: SweepTables, lang: str) -> None:
    """Write the heat map as a small table; darker is more often, and the number stands in it."""
    rows = split_rows(tables.points)
    own = [row for row in rows if (row.points["point"] == tables.verdict.point).any()]
    rows = (own + [row for row in rows if row not in own])[:MOST_PAIRS]
    same_day = [gap for gap in list_gaps(rows) if not gap.is_another_day]
    gaps = same_day[:: max(1, -(-len(same_day) // (MOST_GAPS - 1)))]
    gaps += [gap for gap in list_gaps(rows) if gap.is_another_day]
    if not rows or not gaps:
        return
    _write_heading(page, say("page_heat", lang))
    label_in = 2.35
    width, height = min(0.8, (ROOM_IN - label_in) / len(gaps)), 0.36
    for column, gap in enumerate(gaps):
        text = format_gap_briefly(gap, lang)
        page.put(MARGIN_IN + label_in + (column + 0.5) * width, text, SMALL_PT, bold=True, align="center")
    page.y += 0.18
    for row in rows:
        top = page.y
        page.y = top + 0.03
        width_in = label_in - 0.12
        road = say("heat_row_slide", lang, road=format_number(row.road_km, lang, 1))
        if row.variant:
            road = f"{road} {shorten(describe_settings(row.variant, lang), 24)}"
        names = f"{row.venue_1} – {row.venue_2}"
        if len(wrap_to_width(names, 7.5, width_in)) > 1:  # the road goes behind the second name
            page.write(f"{row.venue_1} –", 7.5, width=width_in, lines=1)
            room_in = width_in - measure_width_in(f" · {road}", 7.5)
            page.write(f"{cut_to_lines(row.venue_2, 1, 7.5, room_in)} · {road}", 7.5, width=width_in, lines=1)
        else:
            page.write(names, 7.5, width=width_in, lines=1)
            page.write(road, 7.5, width=width_in, lines=1, colour=style.GREY)
        for column, gap in enumerate(gaps):
            cell = row.find(gap)
            x = MARGIN_IN + label_in + column * width
            is_known = cell is not None and cell["replications"] > 0
            p = float(cell["p_contact"]) if cell is not None and is_known else 0.0
            is_plan = cell is not None and cell["point"] == tables.verdict.point
            page.axes.add_patch(
                Rectangle(
                    (x, top),
                    width,
                    height,
                    facecolor=style.PROBABILITY(p) if is_known else style.PAPER,
                    edgecolor=style.INK if is_plan else style.PAPER,
                    linewidth=2.0 if is_plan else 0.8,
                    zorder=3 if is_plan else 1,
                )
            )
            ink = style.choose_ink(p) if is_known else style.GREY
            text = format_percent(p, lang) if is_known else "–"
            page.axes.text(x + 0.5 * width, top + 0.125, text, fontsize=9.0, fontweight="bold", color=ink,
                           ha="center", va="center", zorder=4)  # fmt: skip
            if cell is not None and is_known:
                interval = format_percent_interval(
                    round(float(cell["p_contact_low"]), 2), round(float(cell["p_contact_high"]), 2), lang
                )
                page.axes.text(x + 0.5 * width, top + 0.27, interval, fontsize=6.5, color=ink, ha="center",
                               va="center", zorder=4)  # fmt: skip
        page.y = top + height + 0.02


def _write_spots(page: _Page, tables: SweepTables, answer: Answer, lang: str) -> None:
    total = sum(spot.exposure_person_min for spot in answer.spots)
    if not total > 0.0:
        return
    _write_heading(page, say("page_spots", lang))
    for rank, spot in enumerate(answer.spots[:MOST_SPOTS], start=1):
        first, last = format_clock(spot.early_s, lang), format_clock(spot.late_s, lang)
        hours = first if first == last else f"{first}–{last}"
        name = cut_to_lines(spot.junction or say("junction_unnamed", lang), 1, 9.0, 3.1)
        page.put(MARGIN_IN, f"{rank}. {name}", 9.0)
        page.put(MARGIN_IN + 3.45, say(f"type_{spot.kind}", lang), 9.0)
        page.put(MARGIN_IN + 5.05, f"{hours} {tables.zone}", 9.0)
        page.put(WIDTH_IN - MARGIN_IN, format_percent(spot.exposure_person_min / total, lang), 9.0, align="right")
        page.y += 0.175


def _write_clear(page: _Page, tables: SweepTables, answer: Answer, lang: str) -> None:
    """Write who waits for whom where, as far as the page has room."""
    if not answer.triggers:
        return
    _write_heading(page, say("page_clear", lang))
    for trigger in answer.triggers[:MOST_CLEAR]:
        slack = (
            say("slack_minutes", lang, minutes=format_minutes(float(int(trigger.slack_min)), lang))
            if trigger.slack_min > 0
            else say("slack_negative", lang)
        )
        early = say("head_clear_early", lang, side=trigger.early)
        late = say("head_first_late", lang, side=trigger.late)
        page.put(MARGIN_IN, cut_to_lines(trigger.junction, 1, 9.0, 1.9), 9.0, bold=True)
        page.put(MARGIN_IN + 2.05, f"{early} {write_time(trigger.clear_s, tables.zone, lang)}", 9.0)
        page.put(MARGIN_IN + 4.2, f"{late} {format_clock(trigger.first_s, lang)}", 9.0)
        page.put(WIDTH_IN - MARGIN_IN, slack, 9.0, align="right")
        page.y += 0.175


def _show_why(page: _Page, tables: SweepTables, answer: Answer, lang: str) -> None:
    """Show the space–time diagram in the room that is left, if it is enough to be read."""
    height = FOOT_IN - 0.55 - page.y
    figure = (
        draw_example(tables, answer, lang, (ROOM_IN, min(height, 3.2)), SMALL_PT)
        if height >= LEAST_PICTURE_IN
        else None
    )
    if figure is None:
        return
    _write_heading(page, say("page_why", lang))
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=PICTURE_DPI)
    stream.seek(0)
    bottom = page.y + float(figure.get_size_inches()[1])
    page.axes.imshow(
        imread(stream),
        extent=(MARGIN_IN, MARGIN_IN + ROOM_IN, bottom, page.y),
        aspect="auto",
        interpolation="antialiased",
    )
    page.y = bottom


def _write_foot(page: _Page, answer: Answer, lang: str) -> None:
    page.y = FOOT_IN
    page.rule()
    page.y += 0.06
    page.write(say("not_clash", lang), 7.5, colour=style.GREY, lines=1)
    page.write(answer.footer, 7.5, colour=style.GREY, lines=3)
