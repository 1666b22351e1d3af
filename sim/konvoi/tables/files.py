"""Tables and texts on disk, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from konvoi.errors import OutputError, TableError
from konvoi.tables.schema import TEXT, Schema
from konvoi.words import Sentence


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file so that it is there whole or not at all, also when the power fails or two write it at once.

    Parameters
    ----------
    path
        The final file.
    write
        Writes to the path it is given, a temporary one with the same suffix in the same folder.

    Raises
    ------
    OutputError
        When the file cannot be written, e.g. for a full disk.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}-{secrets.token_hex(4)}{path.suffix}")
    try:
        write(temporary)
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
        if os.name == "posix":  # the folder's entry, too; Windows cannot
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as fault:
        raise OutputError(Sentence("faults.unwritable", path=path, fault=str(fault).splitlines()[0])) from None
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file, whole or not at all."""
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8", newline="\n"))


def write_table(frame: pd.DataFrame, path: Path, schema: Schema) -> None:
    """Check and write a table as .csv or .parquet, whole or not at all."""
    checked = schema.check(frame, path.name)
    if path.suffix == ".csv":
        write_atomically(path, lambda temporary: checked.to_csv(temporary, index=False, lineterminator="\n"))
    else:
        write_atomically(path, lambda temporary: checked.to_parquet(temporary, index=False, compression="zstd"))


def read_table(path: Path, schema: Schema) -> pd.DataFrame:
    """Read and check a table.

    Raises
    ------
    TableError
        When the file is missing, unreadable or holds another table.
    """
    if not path.is_file():
        raise TableError(Sentence("faults.table_missing", path=path))
    try:
        if path.suffix == ".csv":
            texts = {name: "string" for name, (dtype, _) in schema.columns.items() if dtype == TEXT}
            frame = pd.read_csv(
                path, dtype=texts, keep_default_na=False, na_values={n: [""] for n in schema.columns if n not in texts}
            )
        else:
            frame = pd.read_parquet(path)
    except (OSError, ValueError, pd.errors.ParserError) as fault:
        raise TableError(Sentence("faults.unreadable", path=path, fault=str(fault).splitlines()[0])) from None
    return schema.check(frame, str(path))
