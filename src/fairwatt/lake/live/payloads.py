"""Readings in the forms that programs send them: JSON, lines of JSON, CSV and Arrow, all made into points.

A record is ``{"start": "2026-05-01T12:00:00Z", "series": "meter-7", "power_kw": 1.25}``: the same words in every form,
and the same as readings are handed out with. ``time`` may stand for ``start``; ``series`` may be left out.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from fairwatt.core.errors import InvalidInput, TooLarge
from fairwatt.lake.live.points import Points, Value, parse_time, scaled_time

TIMES = ("start", "time", "timestamp")
SERIES = "series"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False}
MOST_READINGS = 1_000_000


def parse_json(data: bytes, *, precision: str = "") -> Points:
    """Parse an array of records, or ``{"readings": [...]}``.

    Parameters
    ----------
    precision
        Of times that are whole numbers; "" where they must be ISO 8601.

    Raises
    ------
    InvalidInput
        Where it is no JSON of that shape.
    """
    try:
        found = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"This is no JSON: {error}.", where={"field": "body"}) from None
    records = found.get("readings") if isinstance(found, dict) else found
    if not isinstance(records, list):
        raise InvalidInput(
            "Readings are an array of records, or an object that holds one as “readings”.",
            where={"field": "body"},
            next_step='Send [{"start": "2026-05-01T12:00:00Z", "power_kw": 1.25}].',
        )
    return _points_of(records, Points("record"), precision)


def parse_json_lines(data: bytes, *, precision: str = "") -> Points:
    """Parse a record a line."""
    records: list[Any] = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            try:
                records.append(json.loads(line, parse_constant=_refuse_constant))
            except (ValueError, RecursionError) as error:
                raise InvalidInput(f"Line {number:,} is no JSON: {error}.", where={"line": number}) from None
    return _points_of(records, Points("record"), precision)


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is no measured value; leave the field out, or send null")


def _points_of(records: Iterable[Any], points: Points, precision: str) -> Points:
    for place, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise points.refusal(place, "", "it is no object with fields.")
        _add_record(points, place, record, precision)
        if place > MOST_READINGS:
            raise _too_many()
    return points


def _add_record(points: Points, place: int, record: Mapping[str, Any], precision: str) -> None:
    name = next((word for word in TIMES if word in record), None)
    if name is None:
        points.reject(place, "start", "it has no time: “start” is missing.")
        return
    try:
        start = _start_of(record[name], precision)
    except ValueError as error:
        points.reject(place, name, str(error))
        return
    series = record.get(SERIES)
    if series is not None and not isinstance(series, str):
        points.reject(place, SERIES, "the name of a series is text.")
        return
    values = [(key, value) for key, value in record.items() if key not in (name, SERIES)]
    if all(value is None for _, value in values):
        points.reject(place, "", "it holds no value.")
        return
    points.add(place, start, series or "", values)


def _start_of(value: Any, precision: str) -> int:
    if isinstance(value, str):
        return parse_time(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if not precision:
            raise ValueError("a time that is a number needs its precision: add ?precision=s, ms, us or ns.")
        return scaled_time(value, precision)
    raise ValueError("a time is ISO 8601 text: 2026-05-01T12:00:00Z.")


def parse_csv(data: bytes, *, precision: str = "") -> Points:
    """Parse a table with a header of ``start``, ``series`` and fields, and commas between.

    Empty cells are missing; what is no number, true or false is text.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The CSV is not UTF-8: {error.reason} at byte {error.start:,}.") from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    points = Points("line")
    try:
        header = [cell.strip() for cell in next(rows, [])]
        if not any(word in header for word in TIMES):
            raise InvalidInput(
                "The first line names the columns; one of them is “start”.",
                where={"line": 1},
                next_step="Begin with a line such as: start,series,power_kw",
            )
        if len(set(header)) < len(header):
            raise points.refusal(1, "", "two columns have the same name.")
        for row in rows:
            if row:
                _add_cells(points, rows.line_num, header, row, precision)
    except csv.Error as error:
        raise InvalidInput(f"Line {rows.line_num:,} is no CSV: {error}.", where={"line": rows.line_num}) from None
    return points


def _add_cells(points: Points, place: int, header: list[str], row: list[str], precision: str) -> None:
    if len(row) != len(header):
        points.reject(place, "", f"it has {len(row)} cells where the header has {len(header)}.")
        return
    record: dict[str, Value] = {}
    for name, cell in zip(header, row, strict=True):
        bare = cell.strip()
        if name in TIMES:
            record[name] = int(bare) if precision and bare.lstrip("-").isdigit() else bare
        elif name == SERIES:
            record[name] = bare
        elif bare:
            record[name] = _cell_value(bare)
    _add_record(points, place, record, precision)


def _cell_value(text: str) -> Value:
    if _NUMBER.fullmatch(text):
        return float(text)
    return _WORDS.get(text.lower(), text)


def parse_arrow(data: bytes) -> Points:
    """Parse an Arrow IPC stream with ``start`` (a timestamp with a zone), ``series`` and fields."""
    points = Points("row")
    try:
        with pa.ipc.open_stream(pa.BufferReader(data)) as reader:
            table = reader.read_all()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, EOFError) as error:
        raise InvalidInput(f"This is no Arrow stream: {str(error)[:200]}.", where={"field": "body"}) from None
    if table.num_rows > MOST_READINGS:
        raise _too_many()
    _fill_from_arrow(points, table)
    return points


def _fill_from_arrow(points: Points, table: pa.Table) -> None:
    name = next((word for word in TIMES if word in table.column_names), None)
    if name is None:
        raise InvalidInput("The Arrow stream has no column “start”.", where={"field": "start"})
    if len(set(table.column_names)) < len(table.column_names):
        raise InvalidInput("Two columns of the Arrow stream have the same name.", where={"field": "body"})
    kind = table.schema.field(name).type
    if not pa.types.is_timestamp(kind) or kind.tz is None:
        raise InvalidInput(
            f"“{name}” is {kind}: times need a zone.",
            where={"field": name},
            next_step='Cast it to timestamp("us", tz="UTC").',
        )
    starts = table.column(name).cast(pa.timestamp("us", tz="UTC"), safe=False).cast(pa.int64())
    series = table.column(SERIES).cast(pa.string()).to_pylist() if SERIES in table.column_names else None
    columns = {one: _arrow_values(table, one) for one in table.column_names if one not in (name, SERIES)}
    for row, start in enumerate(starts.to_pylist()):
        place = row + 1
        values = [(one, column[row]) for one, column in columns.items() if column[row] is not None]
        if start is None:
            points.reject(place, name, "its time is missing.")
        elif not values:
            points.reject(place, "", "it holds no value.")
        else:
            points.add(place, start, (series[row] or "") if series else "", values)


def _arrow_values(table: pa.Table, name: str) -> list[Value]:
    kind = table.schema.field(name).type
    column = table.column(name)
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        column = column.cast(pa.float64())
    elif pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        column = column.cast(pa.string())
    elif not (pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_boolean(kind)):
        raise InvalidInput(
            f"“{name}” holds {kind}, which is neither numbers nor text, true or false.", where={"field": name[:60]}
        )
    values: list[Value] = column.to_pylist()
    return values


def _too_many() -> TooLarge:
    return TooLarge(
        f"More than {MOST_READINGS:,} records can't be taken at once.", next_step="Send them in several requests."
    )
