"""Events of trials as a CSV file, ``start,end,name,asset``: what is written reads back to the same events."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fairwatt.core.errors import InvalidInput
from fairwatt.core.metadata.words import iso_instant
from fairwatt.core.project.trials import EVENT_YEARS
from fairwatt.core.spreadsheets import harmless_cell, plain_cell

MOST_ROWS = 5_000
MOST_BYTES = 1_000_000
_REQUIRED = ("start", "end", "name")
_COLUMNS = (*_REQUIRED, "asset")


@dataclass(frozen=True, slots=True)
class EventValues:
    """What an event is: its name, its window [start, end) in aware instants, and the asset that it is about."""

    name: str
    start: datetime
    end: datetime
    asset: str = ""


def write_events(events: Iterable[EventValues]) -> str:
    """Write events as the CSV that :func:`read_events` takes; no name becomes a formula in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for one in events:
        cells = (harmless_cell(one.name), harmless_cell(one.asset))
        writer.writerow([iso_instant(one.start), iso_instant(one.end), *cells])
    return text.getvalue()


def read_events(document: bytes, *, zone: str) -> Iterator[tuple[int, EventValues]]:
    """Read the events of a CSV file, each with its line.

    Times are ISO 8601; those without an offset are of the clock of ``zone``. Columns of other names are passed over.

    Raises
    ------
    InvalidInput
        Where it is no such file; the message names the line.
    """
    if len(document) > MOST_BYTES:
        raise InvalidInput(f"The file has more than {MOST_BYTES:,} bytes.", where={"field": "file"})
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("The file is not UTF-8 text.", where={"field": "file"}) from error
    head = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        rows.fieldnames = _checked_names([(name or "").strip().casefold() for name in rows.fieldnames or []])
        for number, row in enumerate(rows, start=1):
            if number > MOST_ROWS:
                raise InvalidInput(f"The file has more than {MOST_ROWS:,} events.", where={"field": "file"})
            if any(value and str(value).strip() for value in row.values()):
                yield rows.line_num, _read_row(row, rows.line_num, zone)
    except csv.Error as error:
        raise InvalidInput(f"Line {rows.line_num} can't be read as CSV: {error}.", where={"field": "file"}) from error


def _checked_names(names: Sequence[str]) -> list[str]:
    for name in _COLUMNS:
        if names.count(name) > 1 or (name in _REQUIRED and name not in names):
            raise InvalidInput(
                f"The file has {'two columns' if name in names else 'no column'} {name}.",
                where={"field": "file"},
                next_step=f"Its first line names the columns: {','.join(_COLUMNS)}",
            )
    return list(names)


def _read_row(row: Mapping[str | None, str | None], line: int, zone: str) -> EventValues:
    if None in row:  # where csv puts what stands behind the last column
        raise InvalidInput(
            f"Line {line} has more cells than the first line names.",
            where={"field": "file", "line": line},
            next_step="Put names with a comma in quotation marks.",
        )
    cells = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    start, end = (_read_time(cells[name], name, line, zone) for name in ("start", "end"))
    return EventValues(plain_cell(cells["name"]), start, end, plain_cell(cells["asset"]))


def _read_time(text: str, name: str, line: int, zone: str) -> datetime:
    try:
        return instant_of(datetime.fromisoformat(text), zone=zone)
    except ValueError as error:
        raise InvalidInput(
            f"Line {line}: the {name} '{text[:40]}' is no time.",
            where={"field": "file", "line": line},
            next_step=f"Write it as 2025-11-18 17:00 (in {zone}), or with an offset: 2025-11-18T17:00:00Z.",
        ) from error
    except InvalidInput as error:
        raise InvalidInput(
            f"Line {line}: {error.message}", where={"field": "file", "line": line}, next_step=error.next_step
        ) from error


def instant_of(time: datetime, *, zone: str) -> datetime:
    """The instant of a time: as it says itself, or as the clock of ``zone`` shows it.

    Raises
    ------
    InvalidInput
        Where no event is in that year, or the clock shows that time twice, or never, since it is put forward or back.
    """
    if time.year not in EVENT_YEARS:  # before any zone is asked: its arithmetic ends with the years of calendars
        raise InvalidInput(
            f"The year {time.year} is none of an event.",
            next_step=f"Events are between {EVENT_YEARS.start} and {EVENT_YEARS.stop - 1}.",
        )
    if time.tzinfo is not None:
        return time.astimezone(UTC)
    local = ZoneInfo(zone)
    first, second = (time.replace(tzinfo=local, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        often = "twice" if first < second else "never"
        raise InvalidInput(
            f"The clock of {zone} shows {time:%Y-%m-%d %H:%M} {often}.",
            next_step="Write the time with its offset: 2025-10-26T01:30:00+01:00.",
        )
    return first
