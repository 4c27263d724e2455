"""Write the time series of a NetCDF or HDF5 file as text: ``python arrays.py FILE FOLDER MOST_CELLS``.

Variables over the same dimensions, one of them time, make a table; where there are more dimensions, the places along
them become a first column ``series``. CF times are UTC, and are written so. Of a table with more cells, an excerpt is
written: its first rows, some from places between, and its last ones, of the first series.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import netCDF4
import numpy as np

MOST_SERIES = 5_000
CHUNK_VALUES = 500_000
MOST_SECONDS = 1e10  # so far from its zero, a time still has a year of four digits
KEPT_TIMES = 1_000_000
MOST_TABLES = 50
HEAD_CELLS = 200_000  # of an excerpt; a mebibyte of text at least
PLACES, PLACE_ROWS, LAST_ROWS = 6, 2_048, 4_096
MANY_CELLS = 1_000_000
SURE_CHARS = 16  # of a number with its point: no longer one has more than fifteen digits
Write = Callable[[Sequence[str], Sequence[str], Sequence[Any]], int]
_SINCE = re.compile(r"\s*(\w+?)s?\s+since\s+", re.IGNORECASE)
_SECONDS = {
    "microsecond": 1e-6, "millisecond": 1e-3, "msec": 1e-3, "second": 1.0, "sec": 1.0, "": 1.0, "minute": 60.0,
    "min": 60.0, "hour": 3600.0, "hr": 3600.0, "h": 3600.0, "day": 86_400.0, "d": 86_400.0,
}  # fmt: skip
_REAL_CALENDARS = frozenset({"standard", "gregorian", "proleptic_gregorian"})


def time_variables(data: netCDF4.Dataset) -> dict[str, Any]:
    """The variable of time along each dimension that has one."""
    found: dict[str, Any] = {}
    for variable in data.variables.values():
        units = str(getattr(variable, "units", ""))
        if len(variable.dimensions) == 1 and _SINCE.match(units) and np.issubdtype(variable.dtype, np.number):
            dimension = variable.dimensions[0]
            if dimension not in found or variable.name == dimension:
                found[dimension] = variable
    return found


def starts_of(data: netCDF4.Dataset, variable: Any) -> Any | None:
    """The starts of intervals that a time variable has as its bounds by CF 7.1; None where it has none.

    Its own times may then be their middles, or either end.
    """
    bounds = data.variables.get(str(getattr(variable, "bounds", "")))
    count = int(variable.shape[0])
    if bounds is None or bounds.shape != (count, 2) or not np.issubdtype(bounds.dtype, np.number) or not count:
        return None
    places, calendar = [0, count - 1], str(getattr(variable, "calendar", "standard")).lower()
    own: Any = netCDF4.num2date(variable[places], str(variable.units), calendar)
    ends: Any = netCDF4.num2date(bounds[places], _units_of(bounds, variable), calendar)
    are_within = [begin <= at <= end and begin < end for at, (begin, end) in zip(own, ends, strict=True)]
    return bounds if all(are_within) else None


def _units_of(bounds: Any, variable: Any) -> str:
    """The units of bounds: their own, where a program wrote some, else those of their variable."""
    return str(getattr(bounds, "units", variable.units))


class Times:
    """The times of a variable as ISO 8601 in UTC, a slice at a time; the starts of its intervals, where it has some."""

    def __init__(self, variable: Any, bounds: Any | None = None) -> None:
        self._variable, self._bounds = variable, bounds
        self.count = int(variable.shape[0])
        self._kept: dict[tuple[int, int], list[str]] = {}
        self.name = str(variable.name) if bounds is None else f"{variable.name} (interval start)"
        self.dimension = variable.dimensions[0]
        self._units = str(variable.units) if bounds is None else _units_of(bounds, variable)
        self._calendar = str(getattr(variable, "calendar", "standard")).lower()
        match = _SINCE.match(self._units)
        self._factor = _SECONDS.get(match[1].lower() if match else "")
        since = f"seconds since {self._units[match.end() :] if match else ''}"
        if self._is_real:
            zeros: Any = netCDF4.num2date([0], since, "standard")
            base = zeros[0]
            day = datetime(base.year, base.month, base.day)
            self._start = day.replace(
                hour=base.hour, minute=base.minute, second=base.second, microsecond=base.microsecond
            )

    @property
    def _is_real(self) -> bool:
        return self._calendar in _REAL_CALENDARS and self._factor is not None

    def texts(self, begin: int, end: int) -> list[str]:
        """The times of some places; "" where there is none. Those of a short table are kept for its other series."""
        if self.count > KEPT_TIMES:
            return self._read(begin, end)
        if (begin, end) not in self._kept:
            self._kept[begin, end] = self._read(begin, end)
        return self._kept[begin, end]

    def _read(self, begin: int, end: int) -> list[str]:
        found = self._variable[begin:end] if self._bounds is None else self._bounds[begin:end, 0]
        values = np.ma.filled(np.ma.asarray(found).astype(np.float64), np.nan)
        factor = self._factor
        if not self._is_real or factor is None:
            told = netCDF4.num2date(np.ma.masked_invalid(values), self._units, self._calendar)
            return ["" if one is np.ma.masked else str(one) for one in np.ma.asarray(told)]
        exact = bool(np.issubdtype(self._variable.dtype, np.integer)) or factor <= 1
        if (whole := self._whole_seconds(values, factor)) is not None:
            return whole
        return [_moment(self._start, value * factor, exact=exact) for value in values.tolist()]

    def _whole_seconds(self, values: Any, factor: float) -> list[str] | None:
        """The times of many whole seconds at once; None of others."""
        seconds = values * factor
        if self._start.microsecond or not len(seconds) or not np.all(np.abs(seconds) < MOST_SECONDS):
            return None
        if not np.all(seconds == np.floor(seconds)):
            return None
        stamps = np.datetime64(self._start, "s") + seconds.astype("timedelta64[s]")
        return [f"{text[:10]} {text[11:]}Z" for text in np.datetime_as_string(stamps).tolist()]


def _moment(start: datetime, seconds: float, *, exact: bool) -> str:
    if seconds != seconds:  # noqa: PLR0124 - nan
        return ""
    try:
        moment = start + timedelta(microseconds=round(seconds * 1e6) if exact else round(seconds * 1e3) * 1_000)
    except OverflowError:
        return ""
    return f"{moment.isoformat(' ')}Z"


def labels_of(data: netCDF4.Dataset, dimension: str) -> list[str]:
    """What the places along a dimension are called: by an identifier's variable, else its coordinate, else number."""
    size = len(data.dimensions[dimension])
    named = [v for v in data.variables.values() if v.dimensions[:1] == (dimension,) and _is_text(v)]
    named.sort(key=lambda v: (getattr(v, "cf_role", "") != "timeseries_id", v.name))
    if named:
        return [_text(one) for one in _strings(named[0])]
    if dimension in data.variables:
        return [f"{dimension}={_number(value)}" for value in np.ma.asarray(data.variables[dimension][:])]
    return [str(number + 1) for number in range(size)]


def _is_text(variable: Any) -> bool:
    if variable.dtype is str:
        return len(variable.dimensions) == 1
    return variable.dtype.kind == "S" and len(variable.dimensions) == 2  # characters of a name


def _strings(variable: Any) -> Sequence[Any]:
    values = variable[:]
    return list(
        values if variable.dtype is str or values.ndim == 1 else netCDF4.chartostring(np.ma.filled(values, b""))
    )


def _text(value: Any) -> str:
    return " ".join(str(value).replace("\0", "").split())


def _number(value: Any) -> str:
    """A number as short as its own precision; "" where it is missing."""
    if value is np.ma.masked or value is None:
        return ""
    if isinstance(value, np.floating | float):
        if not np.isfinite(value):
            return ""
        return str(value) if isinstance(value, np.float32) else repr(float(f"{float(value):.15g}"))
    return str(value)


def groups_of(data: netCDF4.Dataset, times: dict[str, Any]) -> dict[tuple[str, ...], list[Any]]:
    """Variables of numbers by their dimensions, where one of these is time."""
    groups: dict[tuple[str, ...], list[Any]] = {}
    bounds = {str(getattr(v, "bounds", "")) for v in data.variables.values()}
    for variable in data.variables.values():
        dims = tuple(variable.dimensions)
        is_time = any(variable is one or variable.name == one.name for one in times.values())
        if is_time or variable.name in bounds or not any(dim in times for dim in dims):
            continue
        if variable.dtype is str or variable.dtype.kind not in "iuf":
            continue
        groups.setdefault(tuple(sorted(dims, key=lambda dim: dim not in times)), []).append(variable)
    return groups


def slices_of(count: int, columns: int, series: int, most_cells: int) -> Iterator[tuple[int, int]]:
    """The places along time that are written, in slices that fit into memory: all of them, or those of an excerpt."""
    step = max(1, CHUNK_VALUES // max(1, columns))
    if count * columns * series <= most_cells:
        yield from ((begin, min(count, begin + step)) for begin in range(0, count, step))
        return
    head = max(PLACE_ROWS, HEAD_CELLS // (columns * series))
    pieces = [(0, head), *((count * n // (PLACES + 1), PLACE_ROWS) for n in range(1, PLACES + 1))]
    done = 0
    for begin, rows in (*pieces, (count - LAST_ROWS, LAST_ROWS)):
        first, end = max(begin, done), min(count, begin + rows)
        yield from ((at, min(end, at + step)) for at in range(first, end, step))
        done = max(done, end)


def columns_of(
    variables: Sequence[Any], dims: tuple[str, ...], places: tuple[int, int], at_others: tuple[int, ...]
) -> list[Any]:
    """The values of some variables along a slice of time, at one place of the other dimensions."""
    at = dict(zip(dims[1:], at_others, strict=True)) | {dims[0]: slice(*places)}
    return [np.ma.asarray(variable[tuple(at[dim] for dim in variable.dimensions)]) for variable in variables]


def _row_by_row(file: IO[bytes], names: Sequence[str]) -> Write:
    """Write few rows; those without a value are left out."""
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=True)
    put = csv.writer(text, lineterminator="\n").writerow
    put(names)

    def write(label: Sequence[str], stamps: Sequence[str], columns: Sequence[Any]) -> int:
        count = 0
        for stamp, values in zip(stamps, zip(*columns, strict=True), strict=True):
            cells = [_number(value) for value in values]
            if any(cells):
                put([*label, stamp, *cells])
                count += 1
        return count

    return write


def _line_of(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _in_bulk(file: IO[bytes], names: Sequence[str]) -> Write:
    """Write many rows, the same in far less time by a library that takes long to start."""
    import pyarrow as pa
    import pyarrow.compute as pc

    file.write(f"{_line_of(names)}\n".encode("utf-8", errors="replace"))

    def texts_of(values: Any) -> Any:
        data, missing = np.ma.getdata(values), np.ma.getmaskarray(values)
        if data.dtype.kind == "f":
            missing = missing | ~np.isfinite(data)
        data = np.ascontiguousarray(data, dtype=data.dtype.newbyteorder("="))
        texts = pc.cast(pa.array(data, mask=missing), pa.string())
        if data.dtype != np.float64:
            return texts
        is_long = pc.fill_null(pc.greater(pc.utf8_length(texts), SURE_CHARS), fill_value=False)
        if not pc.any(is_long).as_py():
            return texts
        rounded = [_number(value) for value in data[is_long.to_numpy(zero_copy_only=False)]]
        return pc.replace_with_mask(texts, is_long, pa.array(rounded, pa.string()))

    def write(label: Sequence[str], stamps: Sequence[str], columns: Sequence[Any]) -> int:
        cells = [texts_of(column) for column in columns]
        is_there = np.logical_or.reduce([cell.is_valid().to_numpy(zero_copy_only=False) for cell in cells])
        begin = [pa.array([_line_of(label)] * len(stamps), pa.string())] if label else []
        parts = [*begin, pa.array(stamps, pa.string()), *cells]
        lines = pc.binary_join_element_wise(*parts, ",", null_handling="replace", null_replacement="")
        some = lines.filter(pa.array(is_there)).to_pylist()
        file.write("".join(f"{line}\n" for line in some).encode("utf-8", errors="replace"))
        return int(is_there.sum())

    return write


def write_group(
    data: netCDF4.Dataset, variables: list[Any], times: Times, target: Path, most_cells: int
) -> tuple[int, int]:
    """Write one table; return its rows, and how many of them were written."""
    dims = tuple(sorted(variables[0].dimensions, key=lambda dim: dim != times.dimension))
    labels = [labels_of(data, dim) for dim in dims[1:]]
    series = list(itertools.product(*(range(len(one)) for one in labels)))
    names = [*(["series"] if labels else []), _text(times.name), *map(_name_of, variables)]
    is_long = MANY_CELLS < times.count * len(variables) * len(series) <= most_cells
    written = passed = 0
    with target.open("wb") as file:
        write = _in_bulk(file, names) if is_long else _row_by_row(file, names)
        for place in series:
            label = [" ".join(one[at] for one, at in zip(labels, place, strict=True))] if labels else []
            for begin, end in slices_of(times.count, len(variables), len(series), most_cells):
                passed += end - begin
                written += write(label, times.texts(begin, end), columns_of(variables, dims, (begin, end), place))
            if passed * len(variables) > most_cells:  # an excerpt of an excerpt: the other series look the same
                break
    whole = times.count * len(series)
    return (written if passed == whole else round(written * whole / max(1, passed))), written


def _name_of(variable: Any) -> str:
    unit = _text(getattr(variable, "units", ""))
    return f"{_text(variable.name)} ({unit})" if unit and unit != "1" else _text(variable.name)


def main(path: Path, folder: Path, most_cells: int) -> dict[str, object]:
    """Write all tables; return the manifest."""
    found: list[dict[str, object]] = []
    with netCDF4.Dataset(path, "r") as data:
        times = time_variables(data)
        told = {
            "dimensions": {name: len(one) for name, one in data.dimensions.items()},
            "variables": {name: list(one.dimensions) for name, one in itertools.islice(data.variables.items(), 500)},
            "attributes": {name: _text(data.getncattr(name))[:500] for name in data.ncattrs()[:50]},
        }
        for number, (dims, variables) in enumerate(itertools.islice(groups_of(data, times).items(), MOST_TABLES)):
            series = int(np.prod([len(data.dimensions[dim]) for dim in dims[1:]], initial=1))
            if series > MOST_SERIES:
                continue
            name = f"{number}.txt"
            along = Times(times[dims[0]], starts_of(data, times[dims[0]]))
            rows, written = write_group(data, variables, along, folder / name, most_cells)
            if rows:
                table = {"file": name, "title": " × ".join(dims), "rows": rows}
                found.append(table | ({"rows_written": written} if written < rows else {}))
    return {"tables": found, "description": told}


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; say in the manifest what went wrong."""
    path, folder, most_cells = Path(arguments[0]), Path(arguments[1]), int(arguments[2])
    try:
        manifest = main(path, folder, most_cells)
    except MemoryError:
        manifest = {"error": "too-large", "detail": "reading it takes more memory than it may"}
    except (OSError, RuntimeError, ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        manifest = {"error": "damaged", "detail": " ".join(str(error).split())[:200]}
    (folder / "manifest.json").write_text(json.dumps(manifest, default=str), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
