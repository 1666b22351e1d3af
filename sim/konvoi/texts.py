"""Texts from files as data: what XML, CSV, slides and pictures can all hold."""

from __future__ import annotations

import unicodedata

SPACES = "\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
INVISIBLE = "\ufeff\u200b\u2060"  # a lone byte-order mark, spaces of no width


def find_odd_character(text: str) -> str | None:
    """Return the code of the first character no table, slide or picture can hold, e.g. U+000B; None where all are fine.

    A line break or tab is fine, since `clean_text` makes a space of it.
    """
    odd = (c for c in join_surrogates(text) if c in SPACES[3:] or clean_text(f"a{c}b") == "ab")
    return next((f"U+{ord(c):04X}" for c in odd), None)


def clean_text(text: str) -> str:
    """Return a text on one line: white space as single spaces, without control characters and what is no character."""
    kept = (
        " " if c in SPACES else c
        for c in join_surrogates(text)
        if c in SPACES or not (unicodedata.category(c) in {"Cc", "Cs"} or c in INVISIBLE or _is_no_character(c))
    )
    return " ".join("".join(kept).split())


def join_surrogates(text: str) -> str:
    """Return a text whose pairs of surrogates, as JSON writes an emoji, are the characters they mean."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_no_character(c: str) -> bool:
    return ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF
