"""English is written as a native engineer writes it: the words people read, and the first lines of the rooms."""

from __future__ import annotations

import re

import pytest

from konvoi.words import load_words

# Translated syntax that reads wrong: "is no X", "begin" as a noun, sentences without a head, "so far" of a distance.
SLIPS = re.compile(
    r"(?<!there )\bis no (?!longer|more)[a-z]+|\b(?:the|its|their|a) begin\b|(?:^|[.:] )Who(?:ever)? (?!goes first)[^?]*$|"
    r"\bgoes? on from there\b|\bholds the threshold\b|\bone's own\b",
    re.IGNORECASE | re.MULTILINE,
)


@pytest.mark.parametrize(
    ("text", "is_slip"),
    [
        ("'x' is no time of day", True),
        ("contact, numbered by its begin", True),
        ("Who cannot go loses its slot", True),
        ("there is no such key", False),
        ("Who goes first: choose pair 1 or pair 2", False),
        ("not a time of day; Home: start of day", False),
    ],
)
def test_the_list_finds_what_it_should(text: str, is_slip: bool) -> None:
    assert bool(SLIPS.search(text)) == is_slip


def test_what_people_read_is_native_english() -> None:
    assert {key: text for key, text in load_words("en").items() if SLIPS.search(text)} == {}
