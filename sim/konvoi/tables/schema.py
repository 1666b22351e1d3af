"""Schemas of tables: columns with kind, meaning and unit, checked when written and when read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from konvoi.errors import TableError
from konvoi.words import Joined, Sentence

FLOAT, INTEGER, TEXT, TRUTH = "float64", "int64", "string", "bool"


@dataclass(frozen=True)
class Schema:
    """The columns of one table: name → (dtype, meaning with unit)."""

    name: str
    columns: dict[str, tuple[Any, str]]

    def check(self, frame: pd.DataFrame, origin: str) -> pd.DataFrame:
        """Return the frame with the schema's columns, order and dtypes.

        Raises
        ------
        TableError
            When a column is missing, unknown or of another kind.
        """
        missing = [column for column in self.columns if column not in frame.columns]
        unknown = [column for column in frame.columns if column not in self.columns]
        if missing or unknown:
            parts = [Sentence("faults.columns_missing", names=", ".join(missing))] if missing else []
            parts += [Sentence("faults.columns_unknown", names=", ".join(map(str, unknown)))] if unknown else []
            raise TableError(Sentence("faults.not_table", origin=origin, name=self.name, parts=Joined(parts, "; ")))
        try:
            return pd.DataFrame(
                {name: frame[name].astype(dtype) for name, (dtype, _) in self.columns.items()}
            ).reset_index(drop=True)
        except (TypeError, ValueError) as fault:
            raise TableError(Sentence("faults.not_table", origin=origin, name=self.name, parts=fault)) from None

    def build_empty(self) -> pd.DataFrame:
        """Build the table without rows."""
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, (dtype, _) in self.columns.items()})
