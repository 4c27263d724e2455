"""Canonical readings in a Parquet file, window by window: what the health scan reads, in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fairwatt.core.quality.extents import Extent
from fairwatt.core.quality.readings import CONTEXT_ROWS, WINDOW_ROWS, Channel, Window

_WINDOW_VALUES = 1 << 24
_KEY = b"fairwatt:channels"
_NUMBERS = (pa.types.is_floating, pa.types.is_integer, pa.types.is_decimal)


def is_canonical(path: Path) -> bool:
    """Whether a file is Parquet as ``fairwatt convert`` writes it: its readings need not be read anew."""
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError):
        return False
    return _KEY in (schema.metadata or {}) and schema.names[:2] == ["series", "start"]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows of one series that follow one another."""

    series: str
    times: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.times)


class ParquetReadings:
    """The readings of a Parquet file: ``series``, ``start``, then a column a channel, in that order.

    Parameters
    ----------
    path
        The file.
    null_values
        By field, the numbers that stand for a missing value and were left in.
    """

    def __init__(self, path: Path, null_values: dict[str, tuple[float, ...]] | None = None) -> None:
        self._file = pq.ParquetFile(path)
        self._channels = tuple(_channels(self._file.schema_arrow, null_values or {}))
        wide = max(1, len(self._channels))
        self._rows = max(4 * CONTEXT_ROWS, min(WINDOW_ROWS, _WINDOW_VALUES // wide))

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels whose values are numbers."""
        return self._channels

    @property
    def extent(self) -> tuple[int, int] | None:
        """The first and the last row's time [µs], a few that are years away from all others left out."""
        every = Extent()
        for times in self._starts():
            every.add(times)
        if every.bounds is None:
            return every.whole
        first, behind = every.bounds
        own = Extent()
        for times in self._starts():
            own.add(times[(times >= first) & (times < behind)])
        return own.whole

    def series_names(self) -> list[str]:
        """The series, in the order of the file."""
        found: dict[str, None] = {}
        for batch in self._file.iter_batches(1 << 20, columns=["series"]):
            found |= dict.fromkeys(pc.unique(batch.column(0)).to_pylist())
        return list(found)

    def _starts(self) -> Iterator[NDArray[np.int64]]:
        for batch in self._file.iter_batches(1 << 20, columns=["start"]):
            yield batch.column(0).drop_null().cast(pa.int64()).to_numpy(zero_copy_only=False)

    def windows(self) -> Iterator[Window]:
        """All rows, those of a series together."""
        held: list[_Piece] = []
        row = 0
        before: _Piece | None = None
        for piece in self._pieces():
            is_other = bool(held) and held[0].series != piece.series
            if held and (is_other or sum(map(len, held)) >= self._rows):
                whole = _united(held)
                yield _window(whole, before, row)
                row += len(whole)
                before = None if is_other else whole
                held = []
            held.append(piece)
        if held:
            yield _window(_united(held), before, row)

    def _pieces(self) -> Iterator[_Piece]:
        fields = [channel.field for channel in self._channels]
        for batch in self._file.iter_batches(self._rows, columns=["series", "start", *fields]):
            if not len(batch):
                continue
            times = batch.column("start").cast(pa.int64()).to_numpy(zero_copy_only=False)
            values = {name: _floats(batch.column(name)) for name in fields}
            names = batch.column("series").dictionary_encode()
            codes = names.indices.to_numpy(zero_copy_only=False)
            begins = np.concatenate(([0], np.flatnonzero(codes[1:] != codes[:-1]) + 1, [len(codes)]))
            for low, high in zip(begins[:-1].tolist(), begins[1:].tolist(), strict=True):
                series = names.dictionary[int(codes[low])].as_py()
                yield _Piece(series, times[low:high], {name: v[low:high] for name, v in values.items()})


def _channels(schema: pa.Schema, null_values: dict[str, tuple[float, ...]]) -> Iterator[Channel]:
    words = json.loads((schema.metadata or {}).get(_KEY, b"{}"))
    for column in schema:
        if column.name in {"series", "start"} or not any(is_kind(column.type) for is_kind in _NUMBERS):
            continue
        said = words.get(column.name, {})
        yield Channel(
            field=column.name,
            name=said.get("name", ""),
            quantity=said.get("quantity", ""),
            unit=said.get("unit_code", ""),
            direction=said.get("direction", ""),
            statistic=said.get("statistic", ""),
            is_register=said.get("kind") == "register",
            null_values=null_values.get(column.name, ()),
        )


def _floats(column: pa.Array) -> NDArray[np.float64]:
    found = column.cast(pa.float64())
    if found.null_count:
        found = pc.fill_null(found, float("nan"))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.float64)


def _united(pieces: list[_Piece]) -> _Piece:
    if len(pieces) == 1:
        return pieces[0]
    values = {name: np.concatenate([piece.values[name] for piece in pieces]) for name in pieces[0].values}
    return _Piece(pieces[0].series, np.concatenate([piece.times for piece in pieces]), values)


def _window(whole: _Piece, before: _Piece | None, row: int) -> Window:
    if before is None:
        return Window(whole.series, row, whole.times, whole.values)
    context = min(CONTEXT_ROWS, len(before))
    values = {name: np.concatenate((before.values[name][-context:], v)) for name, v in whole.values.items()}
    times = np.concatenate((before.times[-context:], whole.times))
    return Window(whole.series, row - context, times, values, context)
