"""The main picture: how much and how often the two sides meet, over all starts of the day. Tables in, figure out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from konvoi import words
from konvoi.arrays import FloatArray
from konvoi.report import style
from konvoi.report.canvas import MARGIN_IN, build_figure, draw_titles
from konvoi.report.wording import format_level, shorten, wrap_name
from konvoi.words.formats import format_clock, format_number

SAFE = "#dfeaf2"  # a pale blue behind the lines: no party's green, and light enough to print
UNLAWFUL = "#efefef"
LEGEND_IN = 2.75
LEFT_IN = 1.15
LEAST_EXPOSURE = 1.0  # person-min; below it the axis is linear, so that 0 has a place
LINE_STYLES = ("-", (0, (5, 1.6)), (0, (1.3, 1.3)), (0, (5, 1.5, 1.2, 1.5)), (0, (2.5, 1.2)))
LINE_COLOURS = (style.INK, "#8a76b8", "#5d4693", "#8c8c94", "#b7a8d6")
MAX_LINES = len(LINE_STYLES)
TOLD = 2  # windows in the title, the widest first


@dataclass(frozen=True)
class ProfileNotes:
    """What the picture says beside the table."""

    lang: str
    threshold: float
    confidence: float
    length_min: float  # of a rally
    confirming_days: int
    large_people: float
    large_s: float
    footer: str


def draw_day_profile(profile: pd.DataFrame, windows: pd.DataFrame, notes: ProfileNotes) -> Figure:
    """Draw exposure, P(large) and P(any, riders) over all starts, one line per venue choice.

    Parameters
    ----------
    profile, windows
        `konvoi.tables.starts` PROFILE and WINDOWS.
    """
    with style.use_style():
        figure = build_figure()
        order = order_choices(profile)[:MAX_LINES]
        own = windows[windows["venue_choice"] == order[0]]
        first_s = find_first_start_s(profile)
        _write_titles(figure, profile, own, first_s, notes)
        axes = _build_axes(figure)
        strip, panels = axes[0], axes[1:]
        for panel in panels:
            _shade(panel, profile[profile["venue_choice"] == order[0]], own)
        _draw_strip(strip, windows, order, notes.lang)
        for number, choice in reversed(list(enumerate(order))):
            rows = profile[profile["venue_choice"] == choice].sort_values("shift_min")
            _draw_choice(panels, rows, number)
        _finish_exposure(panels[0], profile, notes)
        for panel, name in zip(panels[1:], ("large", "any_riders"), strict=True):
            _finish_share(panel, name, notes)
        _mark_hours(axes, profile, first_s, notes)
        _draw_legend(figure, profile, order, notes)
        _write_foot(figure, notes)
        return figure


def order_choices(profile: pd.DataFrame) -> list[str]:
    """Order the venue choices: the planned one first, then as in the table."""
    known = list(dict.fromkeys(profile["venue_choice"].astype(str)))
    planned = profile.loc[profile["is_planned"], "venue_choice"].astype(str).tolist()
    return [*planned[:1], *(choice for choice in known if choice not in planned[:1])]


def find_first_start_s(profile: pd.DataFrame) -> float:
    """Find the start of the earlier rally, s after local midnight."""
    return float(np.minimum(profile["start_1_s"], profile["start_2_s"]).min())


def write_day_range(profile: pd.DataFrame, lang: str) -> str:
    """Write the fewest and the most days of a start."""
    ends = dict.fromkeys(format_number(float(days), lang) for days in (profile["days"].min(), profile["days"].max()))
    return "–".join(ends)


def describe_windows(windows: pd.DataFrame, first_start_s: float, lang: str) -> list[str]:
    """Write each window in clock hours of the rally that starts later."""
    texts = []
    for first, last in zip(windows["first_min"], windows["last_min"], strict=True):
        if first < 0.0 < last:
            spans = [(1, 0.0, -first), (2, 0.0, last)]
        elif last <= 0.0:
            spans = [(1, -last, -first)]
        else:
            spans = [(2, first, last)]
        for later, begin, end in spans:
            clocks = [format_clock(first_start_s + 60.0 * shift, lang) for shift in (begin, end)]
            key = "window" if clocks[0] != clocks[1] else "window_single"
            texts.append(_say(key, lang, later=later, begin=clocks[0], end=clocks[1]))
    return texts


def write_title(own: pd.DataFrame, first_start_s: float, lang: str) -> str:
    """Write the planned venues' windows, the widest first, or that there is none."""
    texts = describe_windows(own, first_start_s, lang)
    if not texts:
        return _say("title_none", lang)
    title = _say("title_windows", lang, windows=_say("and", lang).join(texts[:TOLD]))
    return title + (_say("title_more", lang, n=len(texts) - TOLD) if len(texts) > TOLD else "")


def _write_titles(
    figure: Figure, profile: pd.DataFrame, own: pd.DataFrame, first_s: float, notes: ProfileNotes
) -> None:
    lang = notes.lang
    title = write_title(own, first_s, lang)
    subtitle = _say(
        "subtitle",
        lang,
        days=write_day_range(profile, lang),
        confidence=format_level(notes.confidence, lang),
        first=format_clock(first_s, lang),
    )
    draw_titles(figure, title, subtitle)


def _build_axes(figure: Figure) -> list[Axes]:
    """Build the strip of windows and the three panels, all over the same starts."""
    width_in = style.WIDTH_IN - LEFT_IN - LEGEND_IN - MARGIN_IN - 0.25
    rows_in = [(6.00, 0.30), (3.86, 1.88), (2.60, 0.98), (1.34, 0.98)]  # from below, height
    axes: list[Axes] = []
    for low_in, height_in in rows_in:
        box = (
            LEFT_IN / style.WIDTH_IN,
            low_in / style.HEIGHT_IN,
            width_in / style.WIDTH_IN,
            height_in / style.HEIGHT_IN,
        )
        axes.append(figure.add_axes(box, sharex=axes[0] if axes else None))
    for panel in axes[1:]:
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(axis="both", labelsize=style.SMALL_PT, length=3.0, color=style.LIGHT)
        panel.grid(axis="y", color="#ececef", linewidth=0.7)
        panel.set_axisbelow(True)
    return axes


def _shade(panel: Axes, rows: pd.DataFrame, own: pd.DataFrame) -> None:
    """Shade the planned venues' windows and the starts that break a rule."""
    step = _find_step(rows)
    for first, last in zip(own["first_min"], own["last_min"], strict=True):
        panel.axvspan(first - 0.25 * step, last + 0.25 * step, color=SAFE, linewidth=0.0, zorder=0)
    for shift in rows.loc[~rows["is_lawful"], "shift_min"]:
        panel.axvspan(shift - 0.5 * step, shift + 0.5 * step, color=UNLAWFUL, linewidth=0.0, zorder=0)


def _draw_strip(strip: Axes, windows: pd.DataFrame, order: list[str], lang: str) -> None:
    """Draw each venue choice's windows as bars, the planned one on top."""
    for number, choice in enumerate(order):
        for _, window in windows[windows["venue_choice"] == choice].iterrows():
            strip.plot(
                [window["first_min"] - 3.0, window["last_min"] + 3.0],
                [-number, -number],
                color=LINE_COLOURS[number],
                linewidth=4.5,
                solid_capstyle="butt",
            )
    strip.set_ylim(-len(order) + 0.4, 0.6)
    strip.axis("off")
    if not len(windows):
        return
    strip.annotate(
        _say("safe", lang),
        (0.0, 0.5),
        (-8, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=style.SMALL_PT,
        color=style.GREY,
    )


def _draw_choice(panels: list[Axes], rows: pd.DataFrame, number: int) -> None:
    """Draw one venue choice's three lines; the planned one with its intervals."""
    shift = rows["shift_min"].to_numpy(np.float64)
    is_planned = number == 0
    line: dict[str, Any] = {
        "color": LINE_COLOURS[number],
        "linestyle": LINE_STYLES[number],
        "linewidth": 2.2 if is_planned else 1.3,
        "zorder": 4.0 if is_planned else 3.0,
    }
    dots: dict[str, Any] = {"marker": "o", "markersize": 2.6} if is_planned else {}
    mean = rows["exposure_person_min_mean"].to_numpy(np.float64)
    days = rows["days"].to_numpy(np.float64)
    panels[0].plot(shift, mean, **line, **dots)
    for panel, name in zip(panels[1:], ("large", "any_riders"), strict=True):
        share = np.divide(rows[f"{name}_days"], days, out=np.full(len(rows), np.nan), where=days > 0)
        panel.plot(shift, share, **line, **dots)
    if is_planned:
        met = np.divide(rows["any_days"], days, out=np.full(len(rows), np.nan), where=days > 0)
        panels[2].plot(shift, met, linestyle="", marker="o", markersize=2.2, color=style.GREY, zorder=3.5)
    alpha = 0.20 if is_planned else 0.10
    ends = [("exposure_person_min_low", "exposure_person_min_high")] + [
        (f"{name}_low", f"{name}_high") for name in ("large", "any_riders")
    ]
    for panel, (low, high) in zip(panels, ends, strict=True):
        top = rows[high].fillna(0.0)
        panel.fill_between(shift, rows[low], top, color=LINE_COLOURS[number], alpha=alpha, linewidth=0.0, zorder=2)


def _finish_exposure(panel: Axes, profile: pd.DataFrame, notes: ProfileNotes) -> None:
    most = float(profile["exposure_person_min_high"].max(skipna=True))
    most = most if np.isfinite(most) and most > 10.0 else 10.0
    panel.set_yscale("symlog", linthresh=LEAST_EXPOSURE, linscale=0.35)
    top = int(np.ceil(np.log10(most)))
    panel.set_ylim(0.0, 1.3 * most)
    panel.set_yticks([0.0, *(10.0**power for power in range(top + 1) if 10.0**power <= 1.3 * most)])
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value, notes.lang)))
    panel.minorticks_off()
    _name_panel(panel, "exposure", notes.lang)


def _finish_share(panel: Axes, name: str, notes: ProfileNotes) -> None:
    """Finish a panel of shares; its axis is a square root, so that 5 % can be told from 0."""
    panel.set_yscale("function", functions=(_take_root, np.square))
    panel.set_ylim(0.0, 1.04)
    panel.set_yticks([0.0, notes.threshold, 0.25, 0.5, 1.0])
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_level(value, notes.lang)))
    panel.minorticks_off()
    panel.axhline(notes.threshold, color=style.THRESHOLD, linewidth=1.1, zorder=2.5)
    _name_panel(panel, name, notes.lang)


def _take_root(value: FloatArray) -> FloatArray:
    return np.sqrt(np.maximum(value, 0.0))


def _name_panel(panel: Axes, name: str, lang: str) -> None:
    panel.annotate(
        _say(name, lang),
        (0.0, 1.0),
        (0, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        va="bottom",
        fontsize=style.SMALL_PT,
        fontweight="bold",
    )


def _mark_hours(axes: list[Axes], profile: pd.DataFrame, first_s: float, notes: ProfileNotes) -> None:
    """Write clock hours, and mark the plan and the end of the rules' hours."""
    lang, panels, bottom = notes.lang, axes[1:], axes[-1]
    low, high = float(profile["shift_min"].min()), float(profile["shift_min"].max())
    room = 0.02 * max(high - low, 60.0)
    bottom.set_xlim(low - room, high + room)
    every = next(step for step in (15.0, 30.0, 60.0, 120.0, 240.0, 480.0) if (high - low) / step <= 15.0)
    ticks = [every * k for k in range(int(np.ceil(low / every)), int(np.floor(high / every)) + 1)]
    labels = [
        _say("same", lang, first=format_clock(first_s, lang))
        if tick == 0.0
        else format_clock(first_s + 60.0 * abs(tick), lang)
        for tick in ticks
    ]
    bottom.set_xticks(ticks, labels, fontsize=style.SMALL_PT)
    for panel in panels[:-1]:
        panel.tick_params(axis="x", labelbottom=False)
    for key, place, align in (("before", 0.0, "left"), ("after", 1.0, "right")):
        if (low < 0.0 and key == "before") or (high > 0.0 and key == "after"):
            text = _say(key, lang, first=format_clock(first_s, lang))
            bottom.annotate(
                text if key == "after" else f"← {text}" if align == "right" else text,
                (place, 0.0),
                (0, -34),
                xycoords="axes fraction",
                textcoords="offset points",
                ha=align,
                va="top",
                fontsize=style.SMALL_PT,
                color=style.GREY,
                annotation_clip=False,
            )
    _mark_plan(panels, profile, lang)
    end = format_clock(first_s + 60.0 * (max(high, -low) + notes.length_min), lang)
    for shift in (low, high):
        for panel in panels:
            panel.axvline(shift, color=style.GREY, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1.5)
    panels[0].annotate(
        _say("limit", lang, end=end),
        (1.0, 0.0),
        (3, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="left",
        va="bottom",
        rotation=90,
        fontsize=7.5,
        color=style.GREY,
    )


def _mark_plan(panels: list[Axes], profile: pd.DataFrame, lang: str) -> None:
    """Mark the start that was notified."""
    planned = profile.loc[profile["is_planned"], "shift_min"]
    for shift in planned:
        for panel in panels:
            panel.axvline(shift, color=style.FRAME, linewidth=1.4, zorder=5)
        panels[0].annotate(
            _say("planned", lang),
            (shift, 0.03),
            (3, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="left",
            va="bottom",
            fontsize=style.SMALL_PT,
            fontweight="bold",
        )


def _draw_legend(figure: Figure, profile: pd.DataFrame, order: list[str], notes: ProfileNotes) -> None:
    """Name the lines, and say what the shading means."""
    lang = notes.lang
    left = (style.WIDTH_IN - MARGIN_IN - LEGEND_IN) / style.WIDTH_IN
    axes = figure.add_axes((left, 1.0 / style.HEIGHT_IN, LEGEND_IN / style.WIDTH_IN, 5.2 / style.HEIGHT_IN))
    axes.set_xlim(0.0, LEGEND_IN)
    axes.set_ylim(-5.2, 0.0)
    axes.axis("off")
    y = -0.08
    axes.text(0.0, y, _say("venues", lang), fontsize=style.TEXT_PT, fontweight="bold", va="center")
    y -= 0.32
    for number, choice in enumerate(order):
        row = profile[profile["venue_choice"] == choice].iloc[0]
        name = f"{shorten(str(row['venue_1']), 30)} – {shorten(str(row['venue_2']), 30)}"
        if number == 0 and profile["is_planned"].any():
            name += f" ({_say('is_planned', lang)})"
        text = wrap_name(name, 30, 3)
        axes.plot(
            [0.0, 0.36],
            [y, y],
            color=LINE_COLOURS[number],
            linestyle=LINE_STYLES[number],
            linewidth=2.2 if number == 0 else 1.5,
        )
        axes.text(0.46, y + 0.06, text, fontsize=8.5, va="top", linespacing=1.12)
        y -= 0.16 * (text.count("\n") + 1) + 0.16
    y -= 0.10
    axes.fill_between([0.0, 0.36], [y - 0.07] * 2, [y + 0.07] * 2, color=SAFE, edgecolor=style.LIGHT, linewidth=0.5)
    axes.text(0.46, y, _say("safe", lang), fontsize=8.5, fontweight="bold", va="center")
    note = _say(
        "safe_note",
        lang,
        days=format_number(notes.confirming_days, lang),
        threshold=format_level(notes.threshold, lang),
    )
    text = wrap_name(note, 34, 7)
    axes.text(0.46, y - 0.14, text, fontsize=8.0, va="top", color=style.GREY, linespacing=1.15)
    y -= 0.14 + 0.155 * (text.count("\n") + 1) + 0.16
    axes.plot([0.0, 0.36], [y, y], color=style.THRESHOLD, linewidth=1.4)
    axes.text(
        0.46, y, _say("threshold", lang, threshold=format_level(notes.threshold, lang)), fontsize=8.5, va="center"
    )
    if not profile["is_lawful"].all():
        y -= 0.30
        axes.fill_between(
            [0.0, 0.36], [y - 0.07] * 2, [y + 0.07] * 2, color=UNLAWFUL, edgecolor=style.LIGHT, linewidth=0.5
        )
        axes.text(0.46, y, _say("unlawful", lang), fontsize=8.5, va="center")


def _write_foot(figure: Figure, notes: ProfileNotes) -> None:
    definition = _say(
        "definition",
        notes.lang,
        people=format_number(notes.large_people, notes.lang),
        seconds=format_number(notes.large_s, notes.lang),
    )
    left = MARGIN_IN / style.WIDTH_IN
    figure.text(left, 0.52 / style.HEIGHT_IN, definition, fontsize=style.SMALL_PT, color=style.INK, va="bottom")
    figure.text(
        left,
        0.16 / style.HEIGHT_IN,
        notes.footer,
        fontsize=style.FOOTER_PT,
        color=style.GREY,
        va="bottom",
        linespacing=1.3,
    )


def _find_step(rows: pd.DataFrame) -> float:
    shift = np.sort(rows["shift_min"].to_numpy(np.float64))
    return float(np.diff(shift).min()) if len(shift) > 1 else 15.0


def _say(key: str, lang: str, **values: object) -> str:
    return words.say(f"day_profile.{key}", lang, **values)
