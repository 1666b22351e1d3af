"""Packing: numbers as few bytes, and a message of texts and numbers as one block the browser can unpack."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

LIMIT = 2**53  # of the whole numbers that a browser's floats tell apart


def pack_numbers(values: NDArray[np.int32] | NDArray[np.int64]) -> bytes:
    """Pack whole numbers, none negative, into 7 bits a byte, the lowest first; small ones take one byte (LEB128).

    Raises
    ------
    ValueError
        When a number is negative, or larger than a browser's numbers hold whole.
    """
    if len(values) == 0:
        return b""
    if values.min() < 0 or values.max() >= LIMIT:
        raise ValueError(f"{values.min()} to {values.max()} given; only 0 to {LIMIT - 1} can be packed")
    rest = values.astype(np.uint64)
    size = np.ones(len(rest), np.int64)
    for bits in range(7, 56, 7):
        size += rest >= np.uint64(1 << bits)
    place = np.concatenate([[0], np.cumsum(size)])
    packed = np.zeros(place[-1], np.uint8)
    for k in range(8):
        chosen = size > k
        more = np.where(size[chosen] > k + 1, np.uint64(0x80), np.uint64(0))
        packed[place[:-1][chosen] + k] = ((rest[chosen] >> np.uint64(7 * k)) & np.uint64(0x7F)) | more
    return packed.tobytes()


def pack_signed(values: NDArray[np.int32] | NDArray[np.int64]) -> bytes:
    """Pack whole numbers of either sign: 0, −1, 1, −2 … become 0, 1, 2, 3 …."""
    wide = values.astype(np.int64)
    return pack_numbers((wide << 1) ^ (wide >> 63))


def pack_message(texts: Mapping[str, Any], blocks: Mapping[str, bytes]) -> bytes:
    """Pack texts (JSON) and blocks of bytes into one gzip block: length of the JSON (4 bytes), JSON, blocks in order."""
    head = {**texts, "blocks": {name: len(block) for name, block in blocks.items()}}
    words = json.dumps(head, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return gzip.compress(len(words).to_bytes(4, "little") + words + b"".join(blocks.values()), 6, mtime=0)
