"""Every word konvoi shows to people: one file a language, ``id.yaml`` and ``en.yaml``, for a translator to open.

The lowest room of the house, so that pictures, pages, commands and errors all take their words from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

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


def say(key: str, lang: str, **values: object) -> str:
    """Return the text of a key in a language, its placeholders filled in; a `Sentence` among the values is said too."""
    spoken = {name: value.say(lang) if isinstance(value, Sentence) else value for name, value in values.items()}
    return load_words(lang)[key].format(**spoken)


def find_words(key: str, lang: str) -> str | None:
    """Return the text of a key as it stands in the file; None where there is none."""
    return load_words(lang).get(key)


def get_section(section: str, lang: str) -> dict[str, str]:
    """Return all texts of a section by their keys within it."""
    prefix = f"{section}."
    return {key.removeprefix(prefix): text for key, text in load_words(lang).items() if key.startswith(prefix)}


@dataclass(frozen=True)
class Sentence:
    """A sentence before it has a language: who finds a fault does not know who will read it.

    Parameters
    ----------
    key
        In the files of words.
    values
        Of its placeholders: texts, numbers or other sentences.
    """

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: str) -> str:
        """Return the sentence in a language."""
        return say(self.key, lang, **self.values)

    def __str__(self) -> str:
        """Return it in English, the language of logs and tests."""
        return self.say("en")
