"""Names are data: whatever a file holds, tables, slides and pictures can hold what is kept of it."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konvoi.config.reading import LoadedScenario, build_config, load_scenario
from konvoi.errors import ScenarioError
from konvoi.texts import clean_text, find_odd_character
from tests.support.crossroads import SCENARIOS


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=40))
def test_what_is_kept_of_any_text_survives_xml_and_csv_and_stays_as_it_is(text: str) -> None:
    kept = clean_text(text)
    assert ET.fromstring(f"<a>{escape(kept)}</a>").text == (kept or None)
    line = io.StringIO()
    csv.writer(line).writerow([kept, "x"])
    assert list(csv.reader(io.StringIO(line.getvalue()))) == [[kept, "x"]]
    assert clean_text(kept) == kept
    assert find_odd_character(kept) is None


@pytest.mark.parametrize("code", ["\x0b", "\x1f", "\uffff", "\ufeff", "\x85", "\x00", "\u2028"])
@pytest.mark.parametrize("key", ["title", "venues.timur.name"])
def test_an_odd_character_in_a_scenario_is_told_with_its_key(key: str, code: str) -> None:
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    content = dict(loaded.content)
    if key == "title":
        content["title"] = f"Hari{code}ini"
    else:
        content["venues"] = {**content["venues"], "timur": {**content["venues"]["timur"], "name": f"Lapangan{code}"}}
    with pytest.raises(ScenarioError) as fault:
        build_config({}, LoadedScenario(content, loaded.path))
    assert f"{key}: holds a character that cannot be printed (U+{ord(code):04X})" in str(fault.value)


def test_line_breaks_and_emojis_as_json_writes_them_are_read() -> None:
    loaded = load_scenario(SCENARIOS / "crossroads.yaml")
    content = {**loaded.content, "title": "Rapat\r\nakbar\t\ud83d\ude00\n"}
    assert build_config({}, LoadedScenario(content, loaded.path)).scenario.title == "Rapat akbar 😀"
