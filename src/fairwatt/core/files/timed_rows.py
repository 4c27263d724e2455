"""The sampled rows that have a time."""

from __future__ import annotations

from dataclasses import replace

from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.stamps import NOT_A_TIME


def timed_rows(layout: Layout, times: FileTimes) -> tuple[Layout, FileTimes]:
    """A layout and its times without the sampled rows that have no time, such as those of totals: no readings."""
    sizes = [len(segment) for segment in layout.segments]
    if [len(stamps) for stamps in times.segments] != sizes:
        return layout, times
    there = [stamps != NOT_A_TIME for stamps in times.segments]
    if all(one.all() for one in there):
        return layout, times
    kept = tuple(
        tuple(row for row, is_there in zip(rows, one, strict=True) if is_there)
        for rows, one in zip(layout.segments, there, strict=True)
    )
    stamps = tuple(found[one] for found, one in zip(times.segments, there, strict=True))
    codes = times.codes and tuple(found[one] for found, one in zip(times.codes, there, strict=True))
    return replace(layout, segments=kept), replace(times, segments=stamps, codes=codes)
