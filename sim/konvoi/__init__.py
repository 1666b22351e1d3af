"""konvoi tells how often the convoys of two rallies meet on the road."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from konvoi.api import (
        Rally,
        RallyDay,
        compare,
        draw_contact_map,
        draw_heat_map,
        load_scenario,
        read_tables,
        run_day,
        run_sweep,
    )
    from konvoi.errors import RallyError

__version__ = "0.2.0"

__all__ = [
    "Rally",
    "RallyDay",
    "RallyError",
    "compare",
    "draw_contact_map",
    "draw_heat_map",
    "load_scenario",
    "read_tables",
    "run_day",
    "run_sweep",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for, and no more: a command need not wait for what it does not use."""
    if name not in __all__:
        raise AttributeError(f"module 'konvoi' has no attribute {name!r}")
    return getattr(import_module("konvoi.errors" if name == "RallyError" else "konvoi.api"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
