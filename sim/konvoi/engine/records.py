"""Records: one row per link, vehicle or ride, with all that is known of it side by side in memory.

A kernel that looks at a link wants a dozen of its numbers. In arrays of their own each has a base and a length to keep at
hand; in a row they are two or three lines of memory behind one address (docs/decisions.md).
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Protocol, TypeVar, cast, get_type_hints

import numpy as np
from numpy.typing import NDArray

Number = Annotated[float, np.float64]
Index = Annotated[int, np.int32]
Code = Annotated[int, np.int8]
Flag = Annotated[bool, np.bool_]

LINE_BYTES = 64  # of memory that is fetched at once

Row = TypeVar("Row")
RowOut = TypeVar("RowOut", covariant=True)


class Records(Protocol[RowOut]):
    """An array of rows: ``records[index].name`` is a number, ``records.name`` a column."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> RowOut: ...
    def __getattr__(self, name: str) -> NDArray[Any]: ...


@cache
def find_layout(row: type[Any]) -> np.dtype[np.void]:
    """Find how a row lies in memory: the annotations of its class are the columns."""
    columns = get_type_hints(row, include_extras=True).items()
    return np.dtype([(name, kind.__metadata__[0]) for name, kind in columns], align=True)


def make_room(row: type[Row], n: int) -> Records[Row]:
    """Make room for n rows; what has not been written is undefined, and memory that is never written costs nothing."""
    layout = find_layout(cast(Any, row))
    raw = np.empty(n * layout.itemsize + LINE_BYTES, np.uint8)
    begin = -raw.ctypes.data % LINE_BYTES
    return cast(Records[Row], raw[begin : begin + n * layout.itemsize].view(layout).view(np.recarray))


def build_records(row: type[Row], n: int, **columns: Any) -> Records[Row]:
    """Build n rows from all of their columns, each an array or one number for all rows.

    Raises
    ------
    TypeError
        When a column is missing or unknown.
    """
    records, names = make_room(row, n), find_layout(cast(Any, row)).names or ()
    if set(names) != columns.keys():
        raise TypeError(f"{row.__name__}: columns that differ: {', '.join(sorted(set(names) ^ columns.keys()))}")
    for name in names:
        getattr(records, name)[:] = columns[name]
    return records
