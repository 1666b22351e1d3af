"""Two pictures of a proposal: the ladder, rung by rung with its hours, and the front of exposure against burden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from konvoi.report import style
from konvoi.report.canvas import build_figure, draw_titles
from konvoi.report.proposal_text import say_proposal, write_hours
from konvoi.report.wording import format_mean, shorten
from konvoi.words.formats import format_number

LEAST_EXPOSURE = 1.0  # person-min; below, the scale is linear


@dataclass(frozen=True)
class Origin:
    """Where a picture comes from."""

    title: str
    version: str
    seed: int
    lang: str


def draw_ladder(ladder: pd.DataFrame, steps: Sequence[str], origin: Origin, path: Path) -> None:
    """Draw the ladder (`konvoi.tables.proposed.LADDER`).

    Parameters
    ----------
    steps
        What each rung changes, in words.
    """
    with style.use_style():
        figure = build_figure()
        lang = origin.lang
        before, after = ladder["exposure_person_min"].iloc[0], ladder["exposure_person_min"].iloc[-1]
        draw_titles(
            figure,
            _say("ladder_title", lang, before=format_mean(before, lang), after=format_mean(after, lang)),
            _say("ladder_subtitle", lang, n=int(ladder["days"].min())),
        )
        hours = figure.add_axes((0.05, 0.12, 0.60, 0.66))
        exposure = figure.add_axes((0.68, 0.12, 0.29, 0.66), sharey=hours)
        _draw_hours(hours, ladder, steps, lang)
        _draw_exposure(exposure, ladder, lang)
        _sign(figure, origin)
        figure.savefig(path, dpi=style.PNG_DPI)


def draw_front(front: pd.DataFrame, origin: Origin, path: Path) -> None:
    """Draw the front (`konvoi.tables.proposed.FRONT`)."""
    with style.use_style():
        figure = build_figure()
        lang = origin.lang
        draw_titles(figure, _say("front_title", lang), _say("front_subtitle", lang))
        panel = figure.add_axes((0.09, 0.14, 0.86, 0.66))
        panel.spines[["top", "right"]].set_visible(False)
        panel.set_yscale("symlog", linthresh=LEAST_EXPOSURE, linscale=0.4)
        most = max(10.0, float(front["exposure_person_min"].max()))
        panel.set_yticks(_list_ticks(most))
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value, lang)))
        panel.minorticks_off()
        panel.set_xlabel(_say("burden", lang))
        panel.set_ylabel(_say("exposure", lang))
        markers = {"certain": "o", "cannot_be_excluded": "s", "beaten": "x"}
        for mark, marker in markers.items():
            own = front[front["mark"] == mark]
            colour = style.LIGHT if mark == "beaten" else style.HOT_SPOT
            panel.scatter(
                own["burden_min"], own["exposure_person_min"], s=70, marker=marker, color=colour, label=_say(mark, lang)
            )
        low, high = float(front["burden_min"].min()), float(front["burden_min"].max())
        for place, (_, row) in enumerate(front.iterrows()):
            is_right = row["burden_min"] > 0.5 * (low + high)
            text = f"{write_hours({str(k): v for k, v in row.items()}, lang)}  {_say('days', lang, hits=row['any_days'], n=row['days'])}"
            panel.annotate(
                text,
                (row["burden_min"], row["exposure_person_min"]),
                (-8 if is_right else 8, 7 if place % 2 == 0 else -13),
                textcoords="offset points",
                ha="right" if is_right else "left",
                fontsize=style.SMALL_PT,
                color=style.GREY,
            )
        panel.set_ylim(-0.3, 3.0 * most)
        panel.margins(x=0.1)
        panel.legend(loc="upper right", frameon=False, ncols=3)
        _sign(figure, origin)
        figure.savefig(path, dpi=style.PNG_DPI)


def _draw_hours(panel: Axes, ladder: pd.DataFrame, steps: Sequence[str], lang: str) -> None:
    """Draw both rallies of every rung as bars on the clock."""
    first_h, last_h = 24.0, 0.0
    for place, (_, row) in enumerate(ladder.iterrows()):
        for side in (1, 2):
            begin_h, end_h = _read_hour(str(row[f"begin_{side}"])), _read_hour(str(row[f"end_{side}"]))
            at = place + (0.02 if side == 1 else 0.24)
            panel.barh(at, end_h - begin_h, left=begin_h, height=0.18, color=style.SIDE_COLOUR[side])
            panel.text(begin_h + 0.06, at, str(side), va="center", fontsize=style.SMALL_PT, color=style.PAPER)
            first_h, last_h = min(first_h, begin_h), max(last_h, end_h)
        panel.text(0.0, place - 0.22, shorten(f"{row['rung']}. {steps[place]}", 92), transform=panel.get_yaxis_transform(), fontsize=style.TEXT_PT, va="center")  # fmt: skip
    panel.set_ylim(len(ladder) - 0.4, -0.5)
    panel.set_xlim(first_h - 0.25, last_h + 0.25)
    panel.set_yticks([])
    hours = range(int(first_h), int(last_h) + 2)
    panel.set_xticks(list(hours))
    panel.set_xticklabels([f"{hour:02d}.00" if lang == "id" else f"{hour:02d}:00" for hour in hours])
    panel.set_xlim(first_h - 0.25, last_h + 0.25)
    panel.spines[["top", "right", "left"]].set_visible(False)


def _draw_exposure(panel: Axes, ladder: pd.DataFrame, lang: str) -> None:
    """Draw the exposure of every rung, with its days with contact in words."""
    exposure = ladder["exposure_person_min"].to_numpy(float)
    panel.set_xscale("symlog", linthresh=LEAST_EXPOSURE, linscale=0.4)
    panel.barh(range(len(ladder)), exposure, height=0.3, color=style.HOT_SPOT)
    for place, (_, row) in enumerate(ladder.iterrows()):
        text = f"{format_mean(float(row['exposure_person_min']), lang)}  ·  {_say('days', lang, hits=row['any_days'], n=row['days'])}"
        panel.text(0.0, place - 0.27, text, transform=panel.get_yaxis_transform(), fontsize=style.SMALL_PT, va="center")
    most = max(10.0, float(exposure.max()))
    panel.set_xticks(_list_ticks(most))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value, lang)))
    panel.minorticks_off()
    panel.tick_params(axis="x", labelsize=style.SMALL_PT)
    panel.set_xlabel(_say("exposure", lang))
    panel.set_xlim(0.0, 1.5 * most)
    panel.tick_params(axis="y", left=False, labelleft=False)
    panel.spines[["top", "right"]].set_visible(False)


def _list_ticks(most: float) -> list[float]:
    """List nought and every second power of ten, or every one where there are few."""
    powers = range(int(np.floor(np.log10(most))) + 1)
    return [0.0, *(10.0**power for power in powers if len(powers) < 4 or power % 2 == 0)]


def _sign(figure: Figure, origin: Origin) -> None:
    text = _say("footer", origin.lang, version=origin.version, title=shorten(origin.title, 70), seed=origin.seed)
    figure.text(0.034, 0.03, text, fontsize=style.FOOTER_PT, color=style.GREY)


def _read_hour(clock: str) -> float:
    return int(clock[:2]) + int(clock[3:]) / 60.0


def _say(key: str, lang: str, **values: object) -> str:
    return say_proposal(f"picture_{key}", lang, **values)
