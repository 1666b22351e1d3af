"""What commands print, in the language of the run."""

from __future__ import annotations

from konvoi.options import Settings
from konvoi.words import say


def tell(settings: Settings, key: str, **values: object) -> None:
    """Print a line of the words' ``commands`` in the language of the run."""
    print(say(f"commands.{key}", settings.door.lang, **values))
