"""Street names as people write them → as the map has them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LEAST_SCORE = 86.0  # of 100; below it a name is another street's
LEAST_LEAD = 5.0  # before the second best
ABBREVIATIONS = {
    "jl": "", "jln": "", "jalan": "", "gg": "gang", "jend": "jenderal", "jendral": "jenderal", "kapt": "kapten",
    "letjen": "letnan jenderal", "mayjen": "mayor jenderal", "brigjen": "brigadir jenderal", "kol": "kolonel",
    "letjend": "letnan jenderal", "mayjend": "mayor jenderal", "brigjend": "brigadir jenderal",
    "st": "sultan", "pang": "pangeran", "ps": "pasar", "hm": "haji muhammad",
}  # fmt: skip
ROMAN = re.compile(r"[ivx]+|\d+[a-z]?")


@dataclass(frozen=True)
class Match:
    """What a written name was found to be; without a name, what it might be."""

    name: str | None
    is_exact: bool
    suggestions: tuple[str, ...] = ()


class StreetIndex:
    """The street names of one map."""

    def __init__(self, link_names: Iterable[str]) -> None:
        names = sorted({part for name in set(link_names) for part in name.split(" / ") if part})
        self.plain = {name: normalise(name) for name in names}

    def find(self, written: str) -> Match:
        """Find the street a written name means.

        Same words, whatever their spelling of "Jalan", are the same street. Else the most similar name is taken when it
        is similar enough, clearly before the next, and its numbers (II, 3) are the same: Jl. Yos Sudarso I is never
        taken for Jl. Yos Sudarso II.
        """
        from rapidfuzz import process

        wanted = normalise(written)
        if not wanted:
            return Match(None, False)
        same = [name for name, plain in self.plain.items() if plain == wanted]
        if same:
            exact = [name for name in same if name.casefold() == written.strip().casefold()] or same
            return Match(exact[0], True)
        found = process.extract(wanted, self.plain, scorer=_score, limit=4, score_cutoff=55.0)
        ranked = [(name, score) for _, score, name in found]
        numbers = _list_numbers(wanted)
        good = [(name, score) for name, score in ranked if _list_numbers(self.plain[name]) == numbers]
        if good and good[0][1] >= LEAST_SCORE and (len(good) < 2 or good[0][1] - good[1][1] >= LEAST_LEAD):
            return Match(good[0][0], False)
        words = set(wanted.split())
        holding = [name for name, plain in self.plain.items() if words <= set(plain.split())]
        alike = [name for name in holding if _list_numbers(self.plain[name]) == numbers]
        if len(alike) == 1:
            return Match(alike[0], False)
        return Match(None, False, tuple(dict.fromkeys([*holding[:3], *(name for name, _ in ranked)]))[:4])


def _score(one: str, other: str, **_: object) -> float:
    """Return how alike two names are, 0 to 100, whatever the order of their words or where words are joined."""
    from rapidfuzz import fuzz

    joined = fuzz.ratio(one.replace(" ", ""), other.replace(" ", ""))
    return max(joined, fuzz.token_sort_ratio(one, other))


def normalise(name: str) -> str:
    """Return a name in small letters, without accents and points, with its abbreviations written out."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)
    return " ".join(word for word in (ABBREVIATIONS.get(word, word) for word in words) if word)


def _list_numbers(plain: str) -> list[str]:
    return sorted(word for word in plain.split() if ROMAN.fullmatch(word))
