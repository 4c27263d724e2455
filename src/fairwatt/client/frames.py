"""Readings as frames, while they arrive."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx
import polars as pl
import pyarrow as pa

from fairwatt.core.errors import SourceUnavailable


def read_arrow(response: httpx.Response) -> Iterator[pl.DataFrame]:
    """Yield the batches of an Arrow stream as frames while it arrives; first an empty one with the columns.

    Raises
    ------
    SourceUnavailable
        Where the stream breaks off.
    """
    source = io.BufferedReader(_Body(response), buffer_size=1024 * 1024)
    try:
        with pa.ipc.open_stream(source) as reader:
            yield pl.DataFrame(pl.from_arrow(reader.schema.empty_table()))
            for batch in reader:
                yield pl.DataFrame(pl.from_arrow(batch))
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceUnavailable(
            f"The readings broke off: {error}.", next_step="Ask for them again; what came is not all."
        ) from error


class _Body(io.RawIOBase):
    """A response's body as a file, so that Arrow reads it as it arrives."""

    def __init__(self, response: httpx.Response) -> None:
        self._pieces = response.iter_bytes()
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
