"""Venue choice × start, coloured by exposure on a log scale, on a true time axis. Tables in, figure out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from konvoi import words
from konvoi.report import style
from konvoi.report.canvas import MARGIN_IN, build_figure, draw_titles
from konvoi.report.day_profile import ProfileNotes, find_first_start_s, order_choices, write_day_range
from konvoi.report.wording import format_level, format_mean, shorten, wrap_name
from konvoi.words.formats import format_clock, format_number

LABEL_IN = 2.75


def draw_start_map(profile: pd.DataFrame, windows: pd.DataFrame, notes: ProfileNotes) -> Figure:
    """Draw the map of starts.

    Parameters
    ----------
    profile, windows
        `konvoi.tables.starts` PROFILE and WINDOWS.
    """
    with style.use_style():
        figure = build_figure()
        order = order_choices(profile)
        _write_titles(figure, profile, order, notes)
        n = len(order)
        height_in = min(4.2, 1.05 * n)
        low_in = 1.75 + 0.5 * (4.2 - height_in)
        left_in = MARGIN_IN + LABEL_IN + 0.1
        box = (
            left_in / style.WIDTH_IN,
            low_in / style.HEIGHT_IN,
            (style.WIDTH_IN - left_in - MARGIN_IN) / style.WIDTH_IN,
            height_in / style.HEIGHT_IN,
        )
        axes = figure.add_axes(box)
        _draw_cells(axes, profile, windows, order, notes)
        _mark_hours(axes, profile, n, notes)
        _draw_colour_bar(figure, profile, notes)
        days = write_day_range(profile, notes.lang)
        note = _say("note", notes.lang, days=days, threshold=format_level(notes.threshold, notes.lang))
        left = MARGIN_IN / style.WIDTH_IN
        figure.text(left, 0.52 / style.HEIGHT_IN, note, fontsize=style.SMALL_PT, va="bottom")
        figure.text(left, 0.16 / style.HEIGHT_IN, notes.footer, fontsize=style.FOOTER_PT, color=style.GREY, va="bottom")
        return figure


def _draw_cells(
    axes: Axes, profile: pd.DataFrame, windows: pd.DataFrame, order: list[str], notes: ProfileNotes
) -> None:
    scale = _find_scale(profile)
    spans = [_find_spans(profile[profile["venue_choice"] == choice]) for choice in order]
    first = min(min(a for a, _ in span.values()) for span in spans)
    last = max(max(b for _, b in span.values()) for span in spans)
    axes.set_xlim(first, last)
    axes.set_ylim(len(order), 0.0)
    inches = axes.get_position().width * style.WIDTH_IN
    for y, choice in enumerate(order):
        rows, span = profile[profile["venue_choice"] == choice], spans[y]
        for _, row in rows.iterrows():
            a, b = span[float(row["shift_min"])]
            position = _find_colour(float(row["exposure_person_min_mean"]), scale)
            axes.add_patch(Rectangle((a, y + 0.06), b - a, 0.88, facecolor=style.PROBABILITY(position), linewidth=0.0))
            width_pt = (b - a) / (last - first) * inches * 72.0
            if row["days"] > 0 and width_pt >= 9.0:
                per_100 = 100.0 * float(row["large_days"]) / float(row["days"])
                text = "<1" if 0.0 < per_100 < 0.95 else format_number(per_100, notes.lang)
                axes.text(
                    0.5 * (a + b),
                    y + 0.5,
                    text,
                    ha="center",
                    va="center",
                    rotation=90 if len(text) > 2 and width_pt < 16.0 else 0,
                    fontsize=min(7.5, width_pt * 0.62),
                    color=style.choose_ink(position),
                )
            if row["is_planned"]:
                axes.add_patch(
                    Rectangle((a, y), b - a, 1.0, fill=False, edgecolor=style.THRESHOLD, linewidth=2.4, zorder=6)
                )
        for _, window in windows[windows["venue_choice"] == choice].iterrows():
            a, b = span[float(window["first_min"])][0], span[float(window["last_min"])][1]
            axes.add_patch(
                Rectangle((a, y + 0.06), b - a, 0.88, fill=False, edgecolor=style.FRAME, linewidth=2.2, zorder=5)
            )
        row = rows.iloc[0]
        name = f"{shorten(str(row['venue_1']), 32)} – {shorten(str(row['venue_2']), 32)}"
        axes.annotate(
            wrap_name(name, 32, 3),
            (first, y + 0.5),
            (-8, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=9.0,
            fontweight="bold" if rows["is_planned"].any() else "normal",
            linespacing=1.12,
            annotation_clip=False,
        )
    axes.spines[:].set_visible(False)
    axes.tick_params(left=False, labelleft=False)


def _find_spans(rows: pd.DataFrame) -> dict[float, tuple[float, float]]:
    """Find from where to where each start of a venue choice is drawn: half-way to the starts beside it, min."""
    shifts = np.sort(rows["shift_min"].to_numpy(np.float64))
    steps = np.diff(shifts) if len(shifts) > 1 else np.array([15.0])
    edges = np.concatenate(
        [[shifts[0] - 0.5 * steps[0]], shifts[:-1] + 0.5 * steps[: len(shifts) - 1], [shifts[-1] + 0.5 * steps[-1]]]
    )
    return {float(shift): (float(a), float(b)) for shift, a, b in zip(shifts, edges[:-1], edges[1:], strict=True)}


def _mark_hours(axes: Axes, profile: pd.DataFrame, n: int, notes: ProfileNotes) -> None:
    lang, first_s = notes.lang, find_first_start_s(profile)
    low, high = float(profile["shift_min"].min()), float(profile["shift_min"].max())
    every = next(step for step in (15.0, 30.0, 60.0, 120.0, 240.0, 480.0) if (high - low) / step <= 15.0)
    ticks = [every * k for k in range(int(np.ceil(low / every)), int(np.floor(high / every)) + 1)]
    first = format_clock(first_s, lang)
    labels = [
        _say("same", lang, first=first) if tick == 0.0 else format_clock(first_s + 60.0 * abs(tick), lang)
        for tick in ticks
    ]
    axes.set_xticks(ticks, labels, fontsize=style.SMALL_PT)
    axes.tick_params(axis="x", length=3.0, color=style.LIGHT)
    for key, place, align, is_shown in (("before", 0.0, "left", low < 0.0), ("after", 1.0, "right", high > 0.0)):
        if is_shown:
            axes.annotate(
                _say(key, lang, first=first),
                (place, 0.0),
                (0, -32),
                xycoords="axes fraction",
                textcoords="offset points",
                ha=align,
                va="top",
                fontsize=style.SMALL_PT,
                color=style.GREY,
                annotation_clip=False,
            )
    for shift in profile.loc[profile["is_planned"], "shift_min"]:
        axes.annotate(
            _say("planned", lang),
            (float(shift), 0.0),
            (0, 4),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=style.SMALL_PT,
            fontweight="bold",
            color=style.THRESHOLD,
            annotation_clip=False,
        )


def _draw_colour_bar(figure: Figure, profile: pd.DataFrame, notes: ProfileNotes) -> None:
    top = _find_scale(profile)
    width_in = 3.2
    left = (style.WIDTH_IN - MARGIN_IN - 0.3 - width_in) / style.WIDTH_IN
    bar = figure.add_axes((left, 0.62 / style.HEIGHT_IN, width_in / style.WIDTH_IN, 0.15 / style.HEIGHT_IN))
    step = max(1, round(top / 5))
    powers = list(range(0, int(top) + 1, step))
    figure.colorbar(ScalarMappable(Normalize(0.0, top), style.PROBABILITY), cax=bar, orientation="horizontal")
    bar.set_xticks(powers)
    bar.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: ("≤ " if value == 0 else "") + format_number(10.0**value, notes.lang))
    )
    bar.tick_params(labelsize=7.5, length=2.0, pad=2.0)
    bar.set_title(_say("colour", notes.lang), fontsize=style.SMALL_PT, loc="left", pad=4)


def _write_titles(figure: Figure, profile: pd.DataFrame, order: list[str], notes: ProfileNotes) -> None:
    """Write by how much the start, and by how much the venues at the plan's own start change exposure."""
    mean = profile.pivot_table(index="shift_min", columns="venue_choice", values="exposure_person_min_mean")
    known = mean.clip(lower=1.0)  # person-min; less is as good as none
    planned = profile.loc[profile["is_planned"], "shift_min"].tolist()
    if len(order) > 1 and planned:
        own, there = known[order[0]], known.loc[planned[0]]
        factors = (float(own.max() / own.min()), float(there.max() / there.min()))
        by_start, by_venue = (_round_factor(factor, notes.lang) for factor in factors)
        title = _say("title_factor", notes.lang, factor=by_start, by_venue=by_venue)
    else:
        title = _say("title", notes.lang)
    draw_titles(figure, title, _say("subtitle", notes.lang))


def _round_factor(factor: float, lang: str) -> str:
    """Write a factor with one or two figures: more no simulation carries."""
    digits = len(str(int(factor)))
    return format_number(round(factor, min(0, 1 - digits)), lang) if factor >= 10.0 else format_mean(factor, lang)


def _find_scale(profile: pd.DataFrame) -> float:
    """Find the power of ten at the dark end of the scale; the light end is 1 person-min."""
    most = float(profile["exposure_person_min_mean"].max())
    return max(1.0, float(np.ceil(np.log10(max(most, 1.0)))))


def _find_colour(exposure: float, scale: float) -> float:
    return float(np.clip(np.log10(max(exposure, 1.0)) / scale, 0.0, 1.0))


def _say(key: str, lang: str, **values: object) -> str:
    return words.say(f"start_map.{key}", lang, **values)
