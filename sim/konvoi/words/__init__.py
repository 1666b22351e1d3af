"""Every word konvoi shows to people: one file a language, ``id.yaml`` and ``en.yaml``, for a translator to open.

The lowest room of the house, so that pictures, pages, commands and errors all take their words from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

import yaml

LANGUAGES = ("id", "en")
DEFAULT_LANGUAGE = "id"


@cache
def load_words(lang: str) -> Mapping[str, str]:
    """Load the words of a language, read once per process.

    Returns
    -------
    Mapping
        Key, its sections joined by points (``"report.same_start"``), → text.

    Raises
    ------
    ValueError
        When there is no such language.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"lang={lang}: not a language konvoi speaks; there are: {', '.join(LANGUAGES)}")
    # The loader in C is ten times faster; a PyYAML built without it has only the other one.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content = yaml.load(Path(__file__).with_name(f"{lang}.yaml").read_bytes(), loader)  # noqa: S506 - both are safe
    words: dict[str, str] = {}
    _flatten(content, "", words)
    return MappingProxyType(words)


def _flatten(content: Mapping[str, object], prefix: str, words: dict[str, str]) -> None:
    for key, value in content.items():
        if isinstance(value, dict):
            _flatten(value, f"{prefix}{key}.", words)
        else:
            words[f"{prefix}{key}"] = str(value)


@runtime_checkable
class Sayable(Protocol):
    """What can be said in any language: a sentence, or a fault made of sentences."""

    def say(self, lang: str) -> str:
        """Return it in a language."""


class _Speaker(Formatter):
    """Fills in placeholders as the language writes them: ``{size:,}`` is 5,000 in English and 5.000 in Indonesian.

    An unknown number is a dash.
    """

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Sayable):
            return value.say(self.lang)
        if value is None or value != value:
            return "–"
        text = str(super().format_field(value, format_spec))
        is_number = isinstance(value, (int, float)) and format_spec
        return text.translate(str.maketrans(",.", ".,")) if is_number and self.lang == "id" else text


def say(key: str, lang: str, /, **values: object) -> str:
    """Return the text of a key in a language, its placeholders filled in; sentences among the values are said too."""
    return _Speaker(lang).vformat(load_words(lang)[key], (), values)


def find_words(key: str, lang: str) -> str | None:
    """Return the text of a key as it stands in the file; None where there is none."""
    return load_words(lang).get(key)


def get_section(section: str, lang: str) -> dict[str, str]:
    """Return all texts of a section by their keys within it."""
    prefix = f"{section}."
    return {key.removeprefix(prefix): text for key, text in load_words(lang).items() if key.startswith(prefix)}


class Sentence:
    """A sentence before it has a language: who finds a fault does not know who will read it.

    Parameters
    ----------
    key
        In the files of words.
    values
        Of its placeholders: texts, numbers or other sentences.
    """

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = values

    def say(self, lang: str) -> str:
        """Return the sentence in a language."""
        return say(self.key, lang, **self.values)

    def __str__(self) -> str:
        """Return it in English, the language of logs and tests."""
        return self.say("en")

    def __repr__(self) -> str:
        return f"Sentence({str(self)!r})"


class Joined:
    """Several parts as one, each said in the language of the whole."""

    def __init__(self, parts: Sequence[object], separator: str) -> None:
        self.parts = tuple(parts)
        self.separator = separator

    def say(self, lang: str) -> str:
        """Return the parts in a language, the separator between them."""
        return self.separator.join(speak(part, lang) for part in self.parts)

    def __str__(self) -> str:
        """Return it in English."""
        return self.say("en")


def speak(part: object, lang: str) -> str:
    """Return a part of a message in a language; what is no sentence (a path, a text of the system) as it is."""
    return part.say(lang) if isinstance(part, Sayable) else str(part)
