"""Write cleaned readings window by window: a row a value, or LEO's table with its labels; and LEO's cleaning log."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fairwatt.core.cleaning import DONE, CleanedWindow
from fairwatt.core.cleaning.leo_labels import Labeled, Tally
from fairwatt.core.errors import InvalidInput

KEY = b"fairwatt:cleaning"
_TIME = pa.timestamp("us", tz="UTC")
LONG = pa.schema([
    ("series", pa.string()), ("start", _TIME), ("channel", pa.string()), ("raw", pa.float64()),
    ("cleaned", pa.float64()), ("finding", pa.string()), ("fix", pa.string()), ("p10", pa.float64()),
    ("p90", pa.float64()),
])  # fmt: skip
LOG_COLUMNS = (
    "File name", "Date Cleaned", "Columns Cleaned",
    "Num of Single/Two Missing Values", "Num of Multiple Missing Values",
    "Num of Outliers", "Num of Large Gaps", "Num of Format Errors",
    "Linear Interpolation", "Spline Interpolation", "Hr_Day Filling", "Week Filling", "Format corrections",
)  # fmt: skip
_PRINTED_COLUMNS = ("Linear Interpolation", "Spline Interpolation", "Threshold Analysis", "Day Filling", "Week Filling")
_ROWS = 1 << 17  # of a table at once: as many values as there are channels times that


@dataclass(slots=True)
class Written:
    """What came of it: the file, its rows, and its size."""

    path: Path
    rows: int = 0
    bytes: int = 0
    read: int = field(default=0, repr=False)
    missing: int = field(default=0, repr=False)
    dropped: int = field(default=0, repr=False)


def write_long(windows: Iterable[CleanedWindow], out: Path, *, provenance: Mapping[str, object]) -> Written:
    """Write a row a value: ``series, start, channel, raw, cleaned, finding, fix, p10, p90``.

    Every row of the regular grid is there, those that were missing too; in the order of series, time and channel.

    Raises
    ------
    InvalidInput
        Where the name ends neither with .parquet nor with .csv, or the file can't be written.
    """
    written = Written(out)
    with _sink(out, LONG, provenance) as write:
        for window in windows:
            _count(written, window)
            step = max(1, _ROWS // max(len(window.channels), 1))
            for begin in range(0, len(window), step):
                write(_long_table(window, slice(begin, begin + step)))
    return _sized(written)


def _count(written: Written, window: CleanedWindow) -> None:
    written.rows += len(window) * len(window.channels)
    written.read += int((window.source >= 0).sum())
    written.missing += int((window.source < 0).sum())
    written.dropped += int(window.is_dropped.sum())


def _sized(written: Written) -> Written:
    written.bytes = written.path.stat().st_size
    return written


def _long_table(window: CleanedWindow, at: slice) -> pa.Table:
    times, wide = window.times[at], len(window.channels)
    every = list(window.channels.values())

    def numbers(name: str) -> pa.Array:
        return _numbers(np.stack([getattr(one, name)[at] for one in every], axis=1).ravel())

    def words(name: str, texts: Sequence[str]) -> pa.Array:
        return _words(np.stack([getattr(one, name)[at] for one in every], axis=1).ravel(), texts)

    columns = [
        _words(np.zeros(len(times) * wide, dtype=np.int8), [window.series]),
        pa.array(np.repeat(times, wide), pa.int64()).cast(_TIME),
        _words(np.tile(np.arange(wide, dtype=np.int32), len(times)), list(window.channels)),
        numbers("raw"), numbers("cleaned"), words("finding", window.findings), words("fix", DONE),
        numbers("p10"), numbers("p90"),
    ]  # fmt: skip
    return pa.Table.from_arrays(columns, schema=LONG)


def _numbers(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def _words(codes: NDArray[np.integer], texts: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(list(texts), pa.string())).cast(
        pa.string()
    )


def write_labeled(
    labeled: Iterable[Labeled],
    out: Path,
    *,
    names: Mapping[str, str],
    has_series: bool,
    provenance: Mapping[str, object],
) -> Written:
    """Write LEO's table: time, each column as it was, each as ``<col>_cl``, ``Errors`` and ``Solutions``.

    Parameters
    ----------
    names
        Of each channel's field, what its column is called.
    has_series
        Whether a first column says whose readings a row holds.
    """
    written = Written(out)
    schema = _wide_schema(names, has_series=has_series)
    with _sink(out, schema, provenance) as write:
        for one in labeled:
            _count(written, one.window)
            write(_wide_table(one, schema, has_series=has_series))
            written.rows += len(one.window) * (1 - len(one.window.channels))
    return _sized(written)


def _wide_schema(names: Mapping[str, str], *, has_series: bool) -> pa.Schema:
    columns = [("series", pa.string())] if has_series else []
    columns += [("start", _TIME), *((name, pa.float64()) for name in names.values())]
    columns += [(f"{name}_cl", pa.float64()) for name in names.values()]
    return pa.schema([*columns, ("Errors", pa.string()), ("Solutions", pa.string())])


def _wide_table(one: Labeled, schema: pa.Schema, *, has_series: bool) -> pa.Table:
    window = one.window
    channels = list(window.channels.values())
    columns = [pa.array([window.series] * len(window), pa.string())] if has_series else []
    columns += [pa.array(window.times, pa.int64()).cast(_TIME)]
    columns += [_numbers(channel.raw) for channel in channels] + [_numbers(channel.cleaned) for channel in channels]
    columns += [pa.array(one.texts(bits), pa.string()) for bits in (one.errors, one.solutions)]
    return pa.Table.from_arrays(columns, schema=schema)


@contextmanager
def _sink(out: Path, schema: pa.Schema, provenance: Mapping[str, object]) -> Iterator[Callable[[pa.Table], None]]:
    """Write tables to a file that is there whole or not at all."""
    part = out.with_name(out.name + ".part")
    told = schema.with_metadata({KEY: json.dumps(dict(provenance), sort_keys=True, ensure_ascii=False).encode()})
    try:
        if out.suffix.lower() == ".parquet":
            with pq.ParquetWriter(part, told) as parquet:
                yield lambda table: parquet.write_table(table.replace_schema_metadata(told.metadata))
        elif out.suffix.lower() == ".csv":
            with part.open("wb") as text:
                text.write((",".join(_quoted(name) for name in schema.names) + "\n").encode())
                yield lambda table: _write_csv(table, text)
        else:
            raise InvalidInput(
                f"{out.name} must end with .parquet or .csv, which says how it is written.", where={"field": "out"}
            )
        part.replace(out)
    except OSError as error:
        raise InvalidInput(f"{out} can't be written: {error.strerror}.", where={"field": "out"}) from error
    finally:
        part.unlink(missing_ok=True)


def _write_csv(table: pa.Table, file: IO[bytes]) -> None:
    frame = pl.DataFrame(pl.from_arrow(table))
    frame.write_csv(file, include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S%.fZ")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\r\n') else name


def append_log(path: Path, *, file: str, at: datetime, columns: Sequence[str], tally: Tally) -> None:
    """Add a line to LEO's Data Cleaning Log, with its thirteen columns; a new file begins with their names.

    The last five are called by LEO's table of solutions that was taken.

    Raises
    ------
    InvalidInput
        Where it can't be written, or is another table.
    """
    ways = LOG_COLUMNS[8:] if "fmt_correct" in tally.solutions else _PRINTED_COLUMNS
    errors = [tally.errors[name] for name in ("miss_val", "mul_miss_val", "outlier", "large_gap", "fmt_err")]
    row = [file, at.strftime("%Y-%m-%d %H:%M:%S"), "; ".join(columns), *errors, *tally.solutions.values()]
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    try:
        head = path.read_text(encoding="utf-8").partition("\n")[0] if path.exists() else ""
        if not head:
            lines.writerow([*LOG_COLUMNS[:8], *ways])
        elif next(csv.reader([head])) != [*LOG_COLUMNS[:8], *ways]:
            raise InvalidInput(f"{path} is no log of this kind.", where={"field": "log"}, next_step="Name another.")
        lines.writerow(row)
        with path.open("a", encoding="utf-8", newline="") as log:
            log.write(text.getvalue())
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} can't be written: {error}.", where={"field": "log"}) from error
