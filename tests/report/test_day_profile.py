"""The main picture says what its table says, in clock hours, and fits on its page."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from konvoi.report.day_profile import ProfileNotes, describe_windows, draw_day_profile, order_choices
from konvoi.report.start_map import draw_start_map
from konvoi.study.profile import ChoiceDays, build_profile, build_windows
from konvoi.study.windows import confirm_windows, find_candidates
from konvoi.tables.starts import OUTCOMES

SHIFTS = np.arange(-390.0, 391.0, 15.0)
NINE_S = 9 * 3600.0


def build_tables(n_choices: int = 4, shifts: np.ndarray = SHIFTS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build a profile with a window at 120 … 165 min at every venue choice; bad, of falling exposure, elsewhere."""
    size = np.abs(shifts)
    is_bad = ~((shifts >= 120.0) & (shifts <= 165.0))
    choices = []
    for number in range(n_choices):
        hits = np.tile(is_bad, (200, 1))
        exposure = hits * 10.0 ** (5.3 - size / 100.0) * (1.0 + number)
        venues = (f"Lapangan Kecamatan Sangatta {number}", "Stadion Kudungga")
        choices.append(
            ChoiceDays(f"c{number}", venues, shifts, dict.fromkeys(OUTCOMES, hits), exposure, np.ones_like(hits))
        )
    found = [find_candidates(choice.venue_choice, choice.starts, 0.05) for choice in choices]
    fresh = {choice.venue_choice: choice.starts for choice in choices}
    windows = confirm_windows([candidate for own in found for candidate in own], fresh, 0.05, 0.05)
    lawful = dict.fromkeys(shifts.tolist(), True)
    return build_profile(choices, NINE_S, ("c0", 0.0), lawful, windows, 0.95, 1), build_windows(windows)


def build_notes(lang: str) -> ProfileNotes:
    return ProfileNotes(lang, 0.05, 0.95, 150.0, 200, 50.0, 60.0, "konvoi · contoh\nPeta")


def list_texts(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("draw", [draw_day_profile, draw_start_map])
@pytest.mark.parametrize("n_choices", [1, 4])
def test_all_that_is_written_is_on_the_page(lang: str, draw: object, n_choices: int) -> None:
    figure = draw(*build_tables(n_choices), build_notes(lang))  # type: ignore[operator]
    figure.canvas.draw()
    width, height = figure.get_size_inches() * figure.dpi
    for text in list_texts(figure):
        box = text.get_window_extent()
        assert box.x0 >= 0.0, text.get_text()
        assert box.x1 <= width, text.get_text()
        assert box.y0 >= 0.0, text.get_text()
        assert box.y1 <= height, text.get_text()


def test_the_title_names_the_planned_venues_windows_in_clock_hours() -> None:
    written = [text.get_text() for text in list_texts(draw_day_profile(*build_tables(), build_notes("id")))]
    assert "Jendela pada hari yang sama: Paslon 2 mulai 11.00–11.45" in written
    assert "09.00\nbersamaan" in written
    profile, windows = build_tables()
    none = draw_day_profile(profile.assign(window=0), windows.iloc[:0], build_notes("id"))
    assert any("tidak ada jam mulai yang terbukti cukup" in text.get_text() for text in list_texts(none))


def test_windows_are_told_by_the_hour_of_the_rally_that_starts_later() -> None:
    windows = pd.DataFrame({"first_min": [120.0, -390.0, -15.0], "last_min": [165.0, -375.0, 30.0]})
    assert describe_windows(windows, NINE_S, "id") == [
        "Paslon 2 mulai 11.00–11.45",
        "Paslon 1 mulai 15.15–15.30",
        "Paslon 1 mulai 09.00–09.15",
        "Paslon 2 mulai 09.00–09.30",
    ]


def test_the_planned_venues_come_first_and_alone_stand_for_themselves() -> None:
    profile, _ = build_tables(3)
    moved = profile.assign(is_planned=(profile["venue_choice"] == "c2") & (profile["shift_min"] == 0.0))
    assert order_choices(moved) == ["c2", "c0", "c1"]
    assert order_choices(profile.assign(is_planned=False)) == ["c0", "c1", "c2"]


def test_a_profile_of_one_order_only_has_the_axis_of_that_order_only() -> None:
    shifts = np.arange(0.0, 91.0, 15.0)
    written = [text.get_text() for text in list_texts(draw_day_profile(*build_tables(1, shifts), build_notes("id")))]
    assert any("Paslon 1 mulai 09.00" in text for text in written)
    assert not any("Paslon 2 mulai 09.00" in text for text in written)
