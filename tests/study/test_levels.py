"""Levels are read back as they were written, whatever they hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from konvoi.study.levels import read_levels, write_levels

KEYS = st.from_regex(r"[a-z_]{1,8}(\.[a-z_]{1,8}){0,2}", fullmatch=True)
NAMES = st.text(min_size=1, max_size=20).filter(lambda name: "=" not in name and not name.startswith(" "))


@given(st.lists(st.tuples(KEYS, st.text(max_size=20)) | st.tuples(st.just(""), NAMES), max_size=5))
def test_what_was_written_is_read_back(levels: list[tuple[str, str]]) -> None:
    assert read_levels(write_levels(levels)) == tuple(levels)


def test_a_street_with_a_semicolon_stays_one_level() -> None:
    closures = [{"street": "Jl. Mawar; Gang 2"}]
    text = write_levels([("scenario.closures", closures), ("behaviour.speed_factor", 0.5)])
    assert read_levels(text) == (("scenario.closures", str(closures)), ("behaviour.speed_factor", "0.5"))


def test_no_text_holds_no_level() -> None:
    assert read_levels("") == ()
