"""What commands print, in the language of the run."""

from __future__ import annotations

import sys

from tqdm import tqdm

from konvoi.compiling import compile_kernels
from konvoi.kernels import are_compiled
from konvoi.options import Settings
from konvoi.words import say


def tell(settings: Settings, key: str, **values: object) -> None:
    """Print a line of the words' ``commands`` in the language of the run."""
    print(say(f"commands.{key}", settings.door.lang, **values))


def prepare_engine(settings: Settings) -> None:
    """Compile the engine's kernels where that has not been done, and say so: it takes a minute or more."""
    if are_compiled():
        return
    tell(settings, "compiling")
    sys.stdout.flush()
    with tqdm(disable=not settings.door.progress, bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}]") as bar:

        def watch(n_done: int, n: int) -> None:
            bar.total, bar.n = n, n_done
            bar.refresh()

        compile_kernels(watch)
