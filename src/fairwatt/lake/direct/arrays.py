"""Arrow arrays over numbers as they are: pyarrow's own way would load all of pandas to look at them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fairwatt.lake.direct.words import Mask


def arrow_of(numbers: NDArray[Any], kind: pa.DataType | None = None, missing: Mask | None = None) -> pa.Array:
    """An Arrow array over numbers, not copied.

    Parameters
    ----------
    kind
        Its type, of as many bytes as a number has; whole numbers of 64 bits unless told.
    missing
        Which of them are none.
    """
    bits = None if missing is None or not missing.any() else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(kind or pa.int64(), len(numbers), [bits, pa.py_buffer(np.ascontiguousarray(numbers))])


def absent(array: pa.Array) -> Mask:
    """Which values of an Arrow array are none."""
    bits = array.buffers()[0]
    if bits is None:
        return np.zeros(len(array), dtype=np.bool_)
    there = np.unpackbits(np.frombuffer(bits, dtype=np.uint8), bitorder="little")
    return np.asarray(there[array.offset : array.offset + len(array)] == 0, dtype=np.bool_)


def named(codes: NDArray[np.int32], names: tuple[str, ...]) -> pa.DictionaryArray:
    """Names by their codes."""
    return pa.DictionaryArray.from_arrays(arrow_of(codes, pa.int32()), _texts(names))


def _texts(names: tuple[str, ...]) -> pa.Array:
    words = [name.encode() for name in names]
    ends = np.cumsum([0, *map(len, words)]).astype(np.int32)
    return pa.StringArray.from_buffers(len(words), pa.py_buffer(ends), pa.py_buffer(b"".join(words)))
