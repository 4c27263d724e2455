"""Find the shape of a table: a row a day, numbered intervals, a row for each value, a date in parts; or plain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from fairwatt.core.files.across import find_across
from fairwatt.core.files.dates import DateSource, find_parts
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.half_days import find_half_days
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import time_rank
from fairwatt.core.files.numbered import find_numbered
from fairwatt.core.files.reshaped import Origin, Shape, plain_layout
from fairwatt.core.files.roles import find_date_column
from fairwatt.core.files.stamp_columns import find_stamp_column, read_hours
from fairwatt.core.files.tall import find_tall
from fairwatt.core.files.times import find_times
from fairwatt.core.files.wide import find_wide

__all__ = ["Shape", "find_shape"]

_DIGITS_OF_CLOCK = re.compile(r"hhmm(ss)?|hour[ /_]?min(ute)?|time.*", re.IGNORECASE)
_DIGITS = {"%H%M": 4, "%H%M%S": 6}
_COUNTED = (
    ("year", "week"),
    ("year", "year's day", "hour", "minute"),
    ("year", "year's day", "hour"),
    ("year", "year's day"),
)


def find_shape(layout: Layout, names: Sequence[str]) -> Shape | None:
    """Find the shape of a table.

    Parameters
    ----------
    layout
        The table's layout with its sampled rows.
    names
        The columns' names, unique.

    Returns
    -------
    Shape | None
        How it would look as a plain table; None where it is one already, or no table of readings.
    """
    for find in (find_across, find_wide, find_halves_apart, find_hours_apart, find_numbered, find_parted, find_tall):
        shape = find(layout, names)
        if shape is not None:
            return shape
    return None


def _clock_beside(layout: Layout, names: Sequence[str], source: DateSource) -> DateSource | None:
    """A date in parts together with the time of day in a column of its own."""
    if len(source.columns) != 3 and not source.form.endswith("%j"):  # year, month and day, or the day of the year
        return None
    for column in range(layout.columns):
        if column in source.columns or not (time_rank(names[column]) > 0 or _DIGITS_OF_CLOCK.fullmatch(names[column])):
            continue
        found = find_stamp_column(layout.cells(column)) or read_hours(layout.cells(column))
        if found is None or found.has_date or len(found.forms) != 1 or found.ends:
            continue
        width = _DIGITS.get(found.form, 0)  # 30 is 00:30
        cells = (cell.strip().zfill(width) for cell in layout.cells(column))
        texts = tuple(f"{day} {cell}" for day, cell in zip(source.texts, cells, strict=True))
        return DateSource((*source.columns, column), f"{source.form} {found.prefix}{found.form}", texts)
    return None


def find_hours_apart(layout: Layout, names: Sequence[str]) -> Shape | None:
    """Find a date beside its hour and minute, and perhaps second, in columns of their own."""
    everything = range(layout.columns)
    found = (find_parts(layout, names, everything, some) for some in (("hour", "minute", "second"), ("hour", "minute")))
    clock = next((source for source in found if source is not None), None)
    others = [c for c in everything if clock is not None and c not in clock.columns]
    date = find_date_column(layout, names, others)
    if clock is None or date is None:
        return None
    days = (cell.strip() for cell in layout.cells(date))
    texts = tuple(f"{day}{text}" if day and text else "" for day, text in zip(days, clock.texts, strict=True))
    return _as_shape(layout, names, DateSource((date, *clock.columns), "", texts))


def find_halves_apart(layout: Layout, names: Sequence[str]) -> Shape | None:
    """Find times of twelve hours with AM and PM in a column of their own, beside a date or with it in one cell."""
    half = find_half_days(layout, names)
    others = [c for c in range(layout.columns) if c != half]
    found = {
        c: column for c in others if half is not None and (column := find_stamp_column(layout.cells(c))) is not None
    }
    clock = next((c for c, column in found.items() if not column.has_date), None)
    whole = next((c for c, column in found.items() if column.has_date and column.has_clock), None)
    date = find_date_column(layout, names, [c for c in others if c != clock]) if clock is not None else None
    parts = (date, clock) if date is not None else (whole,)
    if half is None or None in parts:
        return None
    columns = (*(c for c in parts if c is not None), half)
    rows = zip(*(layout.cells(c) for c in columns), strict=True)
    texts = tuple(" ".join(cell.strip() for cell in row) if all(map(str.strip, row)) else "" for row in rows)
    return _as_shape(layout, names, DateSource(columns, "", texts), joint=":")


def _as_shape(layout: Layout, names: Sequence[str], source: DateSource, *, joint: str = " ") -> Shape | None:
    """The table with one column for its times in the place of several; None where these are no times."""
    others = [c for c in range(layout.columns) if c not in source.columns]
    heads = ("timestamp", *(names[c] for c in others))
    rows = iter(source.texts)
    segments = [[(next(rows), *(row[c] for c in others)) for row in segment] for segment in layout.segments]
    plain = plain_layout(layout, heads, segments)
    if layout.units:
        plain = replace(plain, units=("", *(layout.units[c] for c in others)))
    times = find_times(plain, heads)
    if not isinstance(times, FileTimes) or times.columns != (0,):
        return None
    form, *forms = (source.form,) if source.form else [one.replace(":", joint) for one in (times.form, *times.forms)]
    return Shape(
        layout=plain,
        names=heads,
        times=times,
        origins=(Origin(source.columns[0]), *(Origin(c) for c in others)),
        dates=replace(times, columns=source.columns, form=form, forms=tuple(forms) or times.forms),
        date_names=tuple(names[c] for c in source.columns),
        date_example=source.texts[0],
        file_columns=layout.columns,
    )


def find_parted(layout: Layout, names: Sequence[str]) -> Shape | None:
    """Find times whose year, month and day, and perhaps hour, minute and second, stand in columns of their own."""
    everything = range(layout.columns)
    parts = ("year", "month", "day", "hour", "minute", "second")
    wanted = [*(parts[:count] for count in (6, 5, 4, 3)), ("year", "quarter"), ("year", "month"), *_COUNTED]
    found = (find_parts(layout, names, everything, some) for some in wanted)
    source = next((source for source in found if source is not None), None)
    if source is None:
        return None
    if (clock := _clock_beside(layout, names, source)) is not None:
        source = clock
    return _as_shape(layout, names, source)
