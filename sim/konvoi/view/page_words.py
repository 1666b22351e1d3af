"""What the page says: the browser gets the words of both languages and switches by itself."""

from __future__ import annotations

from konvoi import words
from konvoi.words import LANGUAGES


def build_page_words() -> dict[str, dict[str, str]]:
    """Build the page's table of words: key → language → text."""
    sections = {lang: words.get_section("view", lang) for lang in LANGUAGES}
    return {key: {lang: section[key] for lang, section in sections.items()} for key in sections["id"]}


def say(key: str, lang: str, **values: str | int) -> str:
    """Return a sentence of the page in a language, its placeholders filled in."""
    return words.say(f"view.{key}", lang, **values)
