"""What commands print, in the language of the run."""

from __future__ import annotations

from konvoi.options import Settings


def tell(settings: Settings, indonesian: str, english: str) -> None:
    """Print a line in the language of the run."""
    print(indonesian if settings.door.lang == "id" else english)
