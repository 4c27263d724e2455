"""Write the time series of a NetCDF or HDF5 file as text: ``python arrays.py FILE FOLDER``.

Variables over the same dimensions, one of them time, make a table; where there are more dimensions, the places along
them become a first column ``series``. CF times are UTC, and are written so.
"""

from __future__ import annotations

import csv
import itertools
import json
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

MOST_SERIES = 5_000
CHUNK_VALUES = 500_000
MOST_TABLES = 50
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


def texts_of_times(variable: Any) -> list[str]:
    """A variable's times as ISO 8601 in UTC."""
    values = np.ma.filled(np.ma.asarray(variable[:]).astype(np.float64), np.nan)
    units, calendar = str(variable.units), str(getattr(variable, "calendar", "standard")).lower()
    match = _SINCE.match(units)
    factor = _SECONDS.get(match[1].lower() if match else "")
    if calendar not in _REAL_CALENDARS or factor is None:
        told = netCDF4.num2date(np.ma.masked_invalid(values), units, calendar)
        return ["" if one is np.ma.masked else str(one) for one in np.ma.asarray(told)]
    zeros: Any = netCDF4.num2date([0], f"seconds since {units[match.end() :] if match else ''}", "standard")
    base = zeros[0]
    start = datetime(base.year, base.month, base.day, base.hour, base.minute, base.second, base.microsecond)
    exact = np.issubdtype(variable.dtype, np.integer) or factor <= 1
    return [_moment(start, value * factor, exact=bool(exact)) for value in values.tolist()]


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


def rows_of(variables: Sequence[Any], dims: tuple[str, ...], count: int, place: tuple[int, ...]) -> Iterator[list[str]]:
    """The values of some variables along time, at one place of the other dimensions."""
    step = max(1, CHUNK_VALUES // max(1, len(variables)))
    for begin in range(0, count, step):
        columns = []
        for variable in variables:
            at = dict(zip(dims[1:], place, strict=True)) | {dims[0]: slice(begin, min(count, begin + step))}
            columns.append(np.ma.asarray(variable[tuple(at[dim] for dim in variable.dimensions)]))
        for row in zip(*columns, strict=True):
            yield [_number(value) for value in row]


def write_group(data: netCDF4.Dataset, dims: tuple[str, ...], variables: list[Any], time: Any, target: Path) -> int:
    """Write one table; return its rows."""
    stamps = texts_of_times(time)
    labels = [labels_of(data, dim) for dim in dims[1:]]
    count = 0
    with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        names = [_name_of(variable) for variable in variables]
        writer.writerow([*(["series"] if labels else []), _text(time.name), *names])
        for place in itertools.product(*(range(len(one)) for one in labels)):
            label = [" ".join(one[at] for one, at in zip(labels, place, strict=True))] if labels else []
            for stamp, cells in zip(stamps, rows_of(variables, dims, len(stamps), place), strict=True):
                if any(cells):
                    writer.writerow([*label, stamp, *cells])
                    count += 1
    return count


def _name_of(variable: Any) -> str:
    unit = _text(getattr(variable, "units", ""))
    return f"{_text(variable.name)} ({unit})" if unit and unit != "1" else _text(variable.name)


def main(path: Path, folder: Path) -> dict[str, object]:
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
            rows = write_group(data, dims, variables, times[dims[0]], folder / f"{number}.txt")
            if rows:
                title = " × ".join(dims)
                found.append({"file": f"{number}.txt", "title": title, "rows": rows})
    return {"tables": found, "description": told}


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; say in the manifest what went wrong."""
    path, folder = Path(arguments[0]), Path(arguments[1])
    try:
        manifest = main(path, folder)
    except MemoryError:
        manifest = {"error": "too-large", "detail": "reading it takes more memory than it may"}
    except (OSError, RuntimeError, ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        manifest = {"error": "damaged", "detail": " ".join(str(error).split())[:200]}
    (folder / "manifest.json").write_text(json.dumps(manifest, default=str), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
