"""Readings as a program sends them, checked one by one and turned into columns.

A point is the values of one series at one time. Whatever is wrong with one is said with its place in the request and
its field, so that whoever sends it can find it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.profile import Kind
from fairwatt.lake.engine import EPOCH, micros_of, moment_of

Value = float | int | str | bool | None

AHEAD = timedelta(days=1)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LONGEST_TEXT = 1_000
LONGEST_SERIES = 200
LONGEST_NAME = 200
MOST_EXACT = 2**53  # beyond it a float does not hold every whole number
PRECISIONS = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}  # µs
_ARROW = {Kind.NUMBER: pa.float64(), Kind.TEXT: pa.string(), Kind.BOOLEAN: pa.bool_()}
_KINDS = {float: Kind.NUMBER, int: Kind.NUMBER, str: Kind.TEXT, bool: Kind.BOOLEAN}
_SAID = {Kind.NUMBER: "numbers", Kind.TEXT: "text", Kind.BOOLEAN: "true or false"}


@dataclass(frozen=True, slots=True)
class Rejection:
    """One point that can't be taken: its place (record or line, from 1), its field, and why."""

    place: int
    field: str
    reason: str


@dataclass(slots=True)
class Points:
    """Points by column, as they came; all lists are as long as ``starts``.

    Attributes
    ----------
    word
        What a point's place is called: record, line or row.
    starts
        µs since 1970, UTC.
    columns
        By the name that the sender uses; None where a point has no value of it.
    """

    word: str = "record"
    places: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    series: list[str] = field(default_factory=list)
    columns: dict[str, list[Value]] = field(default_factory=dict)
    rejected: list[Rejection] = field(default_factory=list)

    def add(self, place: int, start: int, series: str, values: Iterable[tuple[str, Value]]) -> None:
        """Add a point."""
        row = len(self.starts)
        self.places.append(place)
        self.starts.append(start)
        self.series.append(series)
        for name, value in values:
            if value is None:
                continue
            column = self.columns.get(name)
            if column is None:
                column = self.columns[name] = []
            if len(column) > row:
                raise self.refusal(place, name, f"“{name}” stands twice in it.")
            if len(column) < row:
                column.extend([None] * (row - len(column)))
            column.append(value)

    def reject(self, place: int, name: str, reason: str) -> None:
        """Note a point that can't be taken."""
        self.rejected.append(Rejection(place, name, reason))

    def refusal(self, place: int, name: str, reason: str, *, more: int = 0) -> InvalidInput:
        """The error for a request that is refused because of one point."""
        others = f" {more:,} more can't be taken either." if more else ""
        where: dict[str, object] = {self.word: place} | ({"field": name} if name else {})
        return InvalidInput(
            f"{self.word.capitalize()} {place:,}: {reason} Nothing of this request was kept.{others}",
            where=where,
            next_step="Mend it, and send the whole request again.",
        )

    def refuse_rejected(self) -> None:
        """Raise where a point was rejected: all or nothing."""
        if self.rejected:
            first = min(self.rejected, key=lambda one: one.place)
            raise self.refusal(first.place, first.field, first.reason, more=len(self.rejected) - 1)

    def pad(self) -> None:
        """Make all columns as long as there are points."""
        for column in self.columns.values():
            column.extend([None] * (len(self.starts) - len(column)))

    def check(self, now: datetime, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
        """Reject the points that can't be taken, and say what kind each name's values are of.

        Parameters
        ----------
        now
            Times more than a day after it are rejected.
        kinds
            The kinds of names that are known already; another kind of value is rejected.
        """
        self.pad()
        self._check_times(now)
        self._check_series()
        return {name: self._check_column(name, column, kinds.get(name)) for name, column in self.columns.items()}

    def _check_times(self, now: datetime) -> None:
        low, high = micros_of(EARLIEST), micros_of(now + AHEAD)
        starts = np.asarray(self.starts, dtype=np.int64)
        for row in np.flatnonzero((starts < low) | (starts > high)).tolist():
            told = _told(self.starts[row])
            if self.starts[row] < low:
                why = f"its time is {told}; it may be of another precision than it says."
            else:
                why = f"its time is {told}, more than a day ahead of the platform's clock."
            self.reject(self.places[row], "start", why)

    def _check_series(self) -> None:
        for row, name in enumerate(self.series):
            if len(name) > LONGEST_SERIES or not name.isprintable():
                self.reject(
                    self.places[row], "series", f"a series' name is printable, of at most {LONGEST_SERIES} characters."
                )

    def _check_column(self, name: str, column: list[Value], known: Kind | None) -> Kind:
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            place = self.places[next(row for row, value in enumerate(column) if value is not None)] if column else 1
            self.reject(place, name[:60], f"a field's name is printable, of 1 to {LONGEST_NAME} characters.")
            return known or Kind.NUMBER
        types = {type(value) for value in column}
        types.discard(type(None))
        kind = known or next((_KINDS[type(v)] for v in column if type(v) in _KINDS), Kind.NUMBER)
        if all(_KINDS.get(one) is kind for one in types):
            self._check_values(name, column, kind, types)
            return kind
        for row, value in enumerate(column):
            if value is not None and _KINDS.get(type(value)) is not kind:
                self.reject(self.places[row], name, _wrong_kind(name, value, kind))
                column[row] = None
        self._check_values(name, column, kind, {type(value) for value in column})
        return kind

    def _check_values(self, name: str, column: list[Value], kind: Kind, types: set[type]) -> None:
        if kind is Kind.TEXT:
            for row, value in enumerate(column):
                if isinstance(value, str) and (len(value) > LONGEST_TEXT or not _is_storable(value)):
                    why = f"“{name}” is longer than {LONGEST_TEXT:,} characters, or holds some that no text has."
                    self.reject(self.places[row], name, why)
                    column[row] = None
        if kind is not Kind.NUMBER:
            return
        if int in types:
            for row, value in enumerate(column):
                if isinstance(value, int) and abs(value) > MOST_EXACT:
                    self.reject(self.places[row], name, f"“{name}” has more digits than can be kept exactly.")
                    column[row] = None
        numbers = np.array([0.0 if value is None else value for value in column], dtype=np.float64)
        for row in np.flatnonzero(~np.isfinite(numbers)).tolist():
            self.reject(self.places[row], name, f"“{name}” is {column[row]}, which is no measured value.")
            column[row] = None

    def taken(self) -> Points:
        """The points of which nothing was rejected."""
        bad = {one.place for one in self.rejected}
        if not bad:
            return self
        keep = [row for row, place in enumerate(self.places) if place not in bad]
        columns = {name: [column[row] for row in keep] for name, column in self.columns.items()}
        return Points(
            self.word,
            [self.places[row] for row in keep],
            [self.starts[row] for row in keep],
            [self.series[row] for row in keep],
            {name: column for name, column in columns.items() if column.count(None) < len(column)},
        )

    def to_arrow(self, fields: Mapping[str, tuple[str, Kind]]) -> bytes:
        """As an Arrow stream; ``fields`` gives each name's field and kind."""
        arrays: list[pa.Array] = [
            pa.array(self.starts, type=pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            pa.array(self.series, type=pa.string()),
        ]
        names = ["start", "series"]
        for name, column in self.columns.items():
            field_name, kind = fields[name]
            values = [None if v is None else float(v) for v in column] if kind is Kind.NUMBER else column
            arrays.append(pa.array(values, type=_ARROW[kind]))
            names.append(field_name)
        batch = pa.RecordBatch.from_arrays(arrays, names=names)
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        return sink.getvalue()

    @property
    def readings(self) -> int:
        """How many values there are."""
        return sum(len(column) - column.count(None) for column in self.columns.values())


def _is_storable(text: str) -> bool:
    """Whether a text is one in UTF-8: without NUL and halves of surrogate pairs."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text))


def _wrong_kind(name: str, value: Value, kind: Kind) -> str:
    if type(value) not in _KINDS:
        return f"“{name}” is neither a number nor text, true, false or null."
    told = repr(value)[:40] if isinstance(value, str) else str(value).lower()[:40]
    return f"“{name}” is {told}, but this channel holds {_SAID[kind]}."


def _told(micros: int) -> str:
    try:
        return f"{moment_of(micros):%d %b %Y, %H:%M:%S} UTC"
    except (OverflowError, ValueError):
        return "far beyond the calendar"


def parse_time(text: str) -> int:
    """An instant as ISO 8601 writes it, in µs since 1970.

    Raises
    ------
    ValueError
        Where it is none, or has no zone; its text says so in words.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"“{text[:40]}” is no time as ISO 8601 writes it (2026-05-01T12:00:00Z).") from None
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError(f"the time “{text[:40]}” has no zone; write it as 2026-05-01T12:00:00Z or with an offset.")
    return (moment - EPOCH) // timedelta(microseconds=1)


def scaled_time(number: int, precision: str) -> int:
    """A whole number since 1970 of a precision, in µs; of nanoseconds, what is below a microsecond is left out."""
    return number // 1_000 if precision == "ns" else number * round(PRECISIONS[precision])


def check_precision(precision: str, *, known: Sequence[str] = tuple(PRECISIONS)) -> str:
    """The precision of whole-number times; raises InvalidInput."""
    if precision not in known:
        raise InvalidInput(
            f"There is no precision '{precision[:20]}'.",
            where={"field": "precision"},
            next_step="Use one of: " + ", ".join(known),
        )
    return precision
