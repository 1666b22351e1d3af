"""Records: rows of numbers for the kernels."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.engine.records import LINE_BYTES, Code, Flag, Index, Number, build_records, make_room


class Lamp:
    """A row of every kind of column."""

    lit_s: Number
    place: Index
    colour: Code
    is_lit: Flag


def test_a_row_is_written_and_read_by_column_and_by_row() -> None:
    lamps = build_records(Lamp, 3, lit_s=[1.0, 2.0, 3.0], place=7, colour=[0, 1, 2], is_lit=False)
    lamps[1].lit_s = 5.5
    lamps[2].is_lit = True
    lamps.place[:2] = (8, 9)
    assert len(lamps) == 3
    assert lamps.lit_s.tolist() == [1.0, 5.5, 3.0]
    assert lamps.is_lit.tolist() == [False, False, True]
    assert [lamps[k].place for k in range(3)] == [8, 9, 7]
    assert [column.dtype for column in (lamps.lit_s, lamps.place, lamps.colour, lamps.is_lit)] == [
        np.float64,
        np.int32,
        np.int8,
        np.bool_,
    ]


@pytest.mark.parametrize("n", [1, 2, 1000])
def test_rows_begin_where_a_line_of_memory_does(n: int) -> None:
    lamps = make_room(Lamp, n)
    assert len(lamps) == n
    assert lamps.lit_s.ctypes.data % LINE_BYTES == 0


def test_columns_that_are_missing_or_unknown_are_named() -> None:
    with pytest.raises(TypeError, match="Lamp: columns that differ: colour, size"):
        build_records(Lamp, 1, lit_s=0.0, place=0, is_lit=True, size=1)
