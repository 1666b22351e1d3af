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
    """

    def __init__(self, source: str, faults: Sequence[str]) -> None:
        self.source = source
        self.faults = tuple(faults)
        noun = "fault" if len(self.faults) == 1 else "faults"
        super().__init__(f"{source} has {len(self.faults)} {noun}\n" + "\n".join(f"  {fault}" for fault in self.faults))


class NetworkError(RallyError, ValueError):
    """A road file cannot be read or holds no usable road network."""


class RouteError(RallyError, ValueError):
    """No route joins two places of the network."""


class OutputError(RallyError, OSError):
    """An output folder cannot be used: in use, of another run, unreadable or not writable."""


class TableError(RallyError, ValueError):
    """A table does not have the columns its schema promises."""
