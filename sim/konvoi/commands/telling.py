"""What commands print, in the language of the run."""

from __future__ import annotations

import sys

from konvoi.options import Settings
from konvoi.replication import is_compiled
from konvoi.words import say


def tell(settings: Settings, key: str, **values: object) -> None:
    """Print a line of the words' ``commands`` in the language of the run."""
    print(say(f"commands.{key}", settings.door.lang, **values))


def tell_of_compiling(settings: Settings) -> None:
    """Say, the first time, why nothing seems to happen for some minutes."""
    if not is_compiled():
        tell(settings, "compiling")
        sys.stdout.flush()
