"""Where the menu of choices and the embedded world lie: inside an installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

PACKAGE = Path(__file__).resolve().parent


def find_data(name: Literal["configs", "scenarios"]) -> Path:
    """Return the folder of the configurations or of the scenarios.

    A wheel carries both inside the package; in a checkout, and so in an editable install, they are folders of the
    project, two levels above the package (sim/konvoi).
    """
    installed = PACKAGE / name
    return installed if installed.is_dir() else PACKAGE.parents[1] / name
