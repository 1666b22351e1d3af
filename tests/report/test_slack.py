"""Slack as planners read it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from konvoi.report.verdict_text import WIDTH, format_verdict
from konvoi.tables.sweep import SLACK
from konvoi.words import LANGUAGES
from tests.support.results import build_points, judge


def build_slack(points: pd.DataFrame, safe_gap_min: float) -> pd.DataFrame:
    """Every pair with the same safe gap; slack to it."""
    slack = []
    for row, (pair, group) in enumerate(points.groupby("venue_pair")):
        for point, gap_min in zip(group["point"], group["gap_min"].dropna(), strict=False):
            room = gap_min - safe_gap_min if gap_min >= safe_gap_min else np.nan
            ends = {f"{side}_{end}min": room for side in ("earlier", "later") for end in ("", "low_", "high_")}
            slack.append({"point": point, "row": row, "venue_pair": pair, "settings": "", "gap_min": gap_min, **ends})
    return SLACK.check(pd.DataFrame(slack), "slack")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_verdict_gives_the_slack_of_the_sufficient_gap(lang: str) -> None:
    points = build_points()
    text = format_verdict(judge(points), points, lang, build_slack(points, 372.4))
    wanted = {"id": "Waktu cadangan: pada jeda 390 menit", "en": "Slack: at a gap of 390 min"}[lang]
    assert wanted in text.replace("\n", " ")
    assert " 18 " in text
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert wanted not in format_verdict(judge(points), points, lang).replace("\n", " ")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_slack_is_told_where_no_gap_is_enough(lang: str) -> None:
    points = build_points(lambda gap_min, road_km: 1.0)
    text = format_verdict(judge(points), points, lang, build_slack(points, np.inf))
    assert {"id": "Waktu cadangan", "en": "Slack"}[lang] not in text
