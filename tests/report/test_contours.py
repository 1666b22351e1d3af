"""Safe gaps and slack as planners read them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from konvoi.report.contours import Contours, format_safe_gap, read_contours
from konvoi.report.heat_map import draw_heat_map
from konvoi.report.verdict import Verdict, build_verdict
from konvoi.report.verdict_text import WIDTH, format_verdict
from konvoi.tables.files import write_table
from konvoi.tables.sweep import SAFE_GAPS, SLACK
from konvoi.words import LANGUAGES
from tests.support.pictures import list_escapes, list_texts
from tests.support.results import QUALITY, build_points


def build_contours(points: pd.DataFrame, at: float, low: float, high: float) -> Contours:
    """Every pair with the same safe gap; slack to it."""
    safe_gaps, slack = [], []
    for row, (pair, group) in enumerate(points.groupby("venue_pair")):
        own = {"row": row, "venue_pair": pair, "settings": ""}
        gaps = group["gap_min"].dropna()
        safe_gaps.append(
            {
                **own,
                "venue_1": "a",
                "venue_2": "b",
                "road_km": 3.0,
                "threshold": 0.05,
                "confidence": 0.95,
                "shortest_gap_min": gaps.min(),
                "longest_gap_min": gaps.max(),
                "falling_from_min": 200.0,
                "safe_gap_min": at,
                "safe_gap_low_min": low,
                "safe_gap_high_min": high,
                "replications": 100,
            }
        )
        for point, gap_min in zip(group["point"], gaps, strict=False):
            room = gap_min - at if gap_min >= at else np.nan
            ends = {f"{side}_{end}min": room for side in ("earlier", "later") for end in ("", "low_", "high_")}
            slack.append({"point": point, **own, "gap_min": gap_min, **ends})
    return Contours(SAFE_GAPS.check(pd.DataFrame(safe_gaps), "safe gaps"), SLACK.check(pd.DataFrame(slack), "slack"))


def judge(points: pd.DataFrame) -> Verdict:
    return build_verdict(points, threshold=0.05, seed=1, version="0", scenario_title="T", map_quality=QUALITY)


def test_a_safe_gap_is_written_with_its_interval_and_never_beyond_the_box() -> None:
    points = build_points()
    known = build_contours(points, 372.4, 365.0, np.nan).find_safe_gap([0])
    assert known is not None
    assert format_safe_gap(known, "en") == "372 (365–>390)"
    beyond = build_contours(points, np.nan, np.nan, np.nan).find_safe_gap([0])
    assert beyond is not None
    assert format_safe_gap(beyond, "id") == ">390"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_verdict_gives_the_contour_and_the_slack_of_the_sufficient_gap(lang: str) -> None:
    points = build_points()
    text = format_verdict(judge(points), points, lang, build_contours(points, 372.4, 365.0, 380.0))
    assert text.count("372 (365–380)") == 5  # the sentence, and the table's four rows
    assert {"id": "Waktu cadangan: pada jeda 390 menit", "en": "Slack: at a gap of 390 min"}[lang] in text.replace(
        "\n", " "
    )
    assert " 18 " in text
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert "372" not in format_verdict(judge(points), points, lang)


@pytest.mark.parametrize("ends", [(372.0, 365.0, 380.0), (np.nan, 388.0, np.nan), (np.nan, np.nan, np.nan)])
def test_the_heat_map_shows_safe_gaps_within_the_simulated_gaps(ends: tuple[float, float, float]) -> None:
    points = build_points()
    figure = draw_heat_map(points, judge(points), "id", build_contours(points, *ends))
    assert list(list_escapes(figure)) == []
    grid = figure.axes[0]
    marks = [x for line in grid.lines for x in np.atleast_1d(line.get_xdata())]
    assert all(0.5 <= x <= 4.5 for x in marks)  # the middles of gap 0 and gap 390
    assert ("perkiraan jeda cukup,\ndengan rentangnya" in list_texts(figure)) == bool(np.isfinite(ends[1]))


def test_a_folder_without_contours_has_none(tmp_path: Path) -> None:
    assert read_contours(tmp_path) is None
    contours = build_contours(build_points(), 372.0, 365.0, 380.0)
    write_table(contours.safe_gaps, tmp_path / "safe_gaps.csv", SAFE_GAPS)
    write_table(contours.slack, tmp_path / "slack.csv", SLACK)
    read = read_contours(tmp_path)
    assert read is not None
    pd.testing.assert_frame_equal(read.safe_gaps, contours.safe_gaps)
