"""The faults konvoi reports to people: one clear message in their language, exit code 2, no traceback."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from konvoi.words import Sentence, say, speak

COMMAND_LINE = Sentence("faults.command_line")
CONFIGURATION = Sentence("faults.configuration")
PAGE = Sentence("faults.page")


def find_meant(word: str, known: Iterable[str]) -> Sentence | str:
    """Ask whether the known word that is nearest to a mistyped one was meant; empty when none is near."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return Sentence("faults.did_you_mean", word=close[0]) if close else ""


class RallyError(Exception):
    """A fault the user can mend; its one argument, mostly a `konvoi.words.Sentence`, is the whole message."""

    def say(self, lang: str) -> str:
        """Return the message in a language."""
        return " ".join(speak(part, lang) for part in self.args)

    def __str__(self) -> str:
        """Return the message in English, the language of logs and tests."""
        return self.say("en")


class ScenarioError(RallyError, ValueError):
    """A scenario or configuration is not what it must be.

    Parameters
    ----------
    source
        The file, `COMMAND_LINE`, `CONFIGURATION` or `PAGE`.
    faults
        One line each: key path, what was given, what is allowed, how to mend.
    """

    def __init__(self, source: str | Sentence, faults: Sequence[str | Sentence]) -> None:
        super().__init__(source, tuple(faults))
        self.source = source
        self.faults = tuple(faults)

    def say(self, lang: str) -> str:
        """Return the heading and all faults in a language."""
        n = len(self.faults)
        heading = say("faults.one" if n == 1 else "faults.many", lang, source=self.source, n=n)
        return "\n".join([heading, *(f"  {speak(fault, lang)}" for fault in self.faults)])


class NetworkError(RallyError, ValueError):
    """A road file cannot be read or holds no usable road network."""


class RouteError(RallyError, ValueError):
    """No route joins two places of the network."""


class OutputError(RallyError, OSError):
    """An output folder cannot be used: in use, of another run, unreadable or not writable."""


class TableError(RallyError, ValueError):
    """A table does not have the columns its schema promises."""
