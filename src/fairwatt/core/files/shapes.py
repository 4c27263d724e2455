"""Find the shape of a table: a row a day, numbered intervals, a row for each value, a date in parts; or plain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fairwatt.core.files.dates import find_parts
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.numbered import find_numbered
from fairwatt.core.files.reshaped import Origin, Shape, plain_layout
from fairwatt.core.files.tall import find_tall
from fairwatt.core.files.times import FileTimes, find_times
from fairwatt.core.files.wide import find_wide

__all__ = ["Shape", "find_shape"]


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
    for find in (find_wide, find_numbered, find_parted, find_tall):
        shape = find(layout, names)
        if shape is not None:
            return shape
    return None


def find_parted(layout: Layout, names: Sequence[str]) -> Shape | None:
    """Find times whose year, month and day, and perhaps hour, minute and second, stand in columns of their own."""
    everything = range(layout.columns)
    parts = ("year", "month", "day", "hour", "minute", "second")
    found = (find_parts(layout, names, everything, parts[:count]) for count in (6, 5, 4, 3))
    source = next((source for source in found if source is not None), None)
    if source is None:
        return None
    others = [c for c in everything if c not in source.columns]
    heads = ("timestamp", *(names[c] for c in others))
    rows = iter(source.texts)
    segments = [[(next(rows), *(row[c] for c in others)) for row in segment] for segment in layout.segments]
    plain = plain_layout(layout, heads, segments)
    if layout.units:
        plain = replace(plain, units=("", *(layout.units[c] for c in others)))
    times = find_times(plain, heads)
    if not isinstance(times, FileTimes) or times.columns != (0,):
        return None
    return Shape(
        layout=plain,
        names=heads,
        times=times,
        origins=(Origin(source.columns[0]), *(Origin(c) for c in others)),
        dates=replace(times, columns=source.columns, form=source.form),
        date_names=tuple(names[c] for c in source.columns),
        date_example=source.texts[0],
        file_columns=layout.columns,
    )
