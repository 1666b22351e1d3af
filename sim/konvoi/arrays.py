"""Names of the arrays that go from room to room, and the one word for "no index"."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]  # of indices: what kernels take
LongArray = NDArray[np.int64]  # of counts and sums
BoolArray = NDArray[np.bool_]

NONE: Any = np.int32(2**31 - 1)  # "no index": larger than any, so a forgotten check fails bounds checking
