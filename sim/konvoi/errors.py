"""The faults konvoi reports to people: one clear message, exit code 2, no traceback."""

from __future__ import annotations

from collections.abc import Sequence


class RallyError(Exception):
    """A fault the user can mend; its text is the whole message."""


class ScenarioError(RallyError, ValueError):
    """A scenario or configuration is not what it must be.

    Parameters
    ----------
    source
        The file, or the words "command line".
    faults
        One line each: key path, what was given, what is allowed, how to mend.
    lang
        Of the heading: ``"id"`` where the faults are told in Bahasa Indonesia.
    """

    def __init__(self, source: str, faults: Sequence[str], lang: str = "en") -> None:
        self.source = source
        self.faults = tuple(faults)
        n = len(self.faults)
        heading = f"has {n} fault{'' if n == 1 else 's'}" if lang == "en" else f"perlu {n} perbaikan"
        super().__init__(f"{source} {heading}\n" + "\n".join(f"  {fault}" for fault in self.faults))


class NetworkError(RallyError, ValueError):
    """A road file cannot be read or holds no usable road network."""


class RouteError(RallyError, ValueError):
    """No route joins two places of the network."""


class OutputError(RallyError, OSError):
    """An output folder cannot be used: in use, of another run, unreadable or not writable."""


class TableError(RallyError, ValueError):
    """A table does not have the columns its schema promises."""
