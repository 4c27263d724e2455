"""Where a file is cut, so that its parts can be read side by side and each becomes a Parquet file of its own."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from fairwatt.core.files.local_time import clock_changes, load_zone
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake.direct.blocks import LONGEST_LINE, Unplain
from fairwatt.lake.engine import micros_of, moment_of

_LOOK = 1 << 16
_MOST_MONTHS = 600
_LEAST_BYTES = 1 << 16  # a file of fewer is not cut
_FEW_LINES = 20  # without a time that can be read, before no cut is looked for

StampAt = Callable[[bytes], int | None]


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes [begin, end) of a file: whole lines."""

    begin: int
    end: int

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.end - self.begin


def data_span(path: Path, profile: ImportProfile) -> Span:
    """Where a file's rows begin, behind mark, preamble and header, and where they end, before trailing blank lines."""
    size = path.stat().st_size
    with path.open("rb") as file:
        begin = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
        file.seek(begin)
        kinds: set[bool] = set()
        for _ in range(profile.dialect.skip_lines + profile.dialect.header_lines):
            line = file.readline(LONGEST_LINE)
            kinds.add(line.endswith(b"\r\n"))
            begin += len(line)
            if line.count(b"\r") != line.endswith(b"\r\n") or len(line) == LONGEST_LINE:
                raise Unplain("a header that is no plain line")
        if begin < size:
            kinds.add(file.readline(LONGEST_LINE).endswith(b"\r\n"))
        if len(kinds) > 1:
            raise Unplain("line ends of two kinds")
        file.seek(max(begin, size - _LOOK))
        tail = file.read()
    bare = len(tail.rstrip(b"\r\n"))
    ending = tail[bare:]
    is_even = ending.replace(b"\r\n", b"\n").count(b"\n") == len(ending.replace(b"\r\n", b"\n"))
    if profile.columns == 1 or not is_even or ending.count(b"\r") not in {0, ending.count(b"\n")}:
        return Span(begin, size)
    return Span(begin, size - len(ending) + (ending.find(b"\n") + 1 or len(ending)))


def plan_spans(path: Path, span: Span, *, cuts: list[int], stamp_at: StampAt, size: int) -> list[Span]:
    """Cut a file's rows where its stamps pass some instants, and into pieces of about ``size`` bytes.

    Parameters
    ----------
    cuts
        Stamps [µs] as the file has them, ascending.
    stamp_at
        The stamp of a line's bytes, None where it can't be told.
    """
    if span.size < _LEAST_BYTES:
        return [span] if span.size else []
    with path.open("rb") as file:
        handle = file.fileno()
        places = [span.begin, *_places(handle, span, cuts, stamp_at), span.end]
        pieces: list[int] = []
        for begin, end in pairwise(places):
            count = max(1, round((end - begin) / size))
            inner = [_next_line(handle, begin + (end - begin) * n // count, end) for n in range(1, count)]
            pieces += [begin, *inner]
        pieces.append(span.end)
    edges = sorted(set(pieces))
    return [Span(begin, end) for begin, end in pairwise(edges)]


def _places(handle: int, span: Span, cuts: list[int], stamp_at: StampAt) -> Iterator[int]:
    """Where the rows reach each cut, as if they were in order; what is not so is found when they are read."""
    low = span.begin
    for cut in cuts:
        high = span.end
        while high - low > 1:
            middle = (low + high) // 2
            stamp = _stamp_from(handle, _next_line(handle, middle, span.end), span.end, stamp_at, beyond=cut)
            if stamp is None:
                return
            low, high = (middle, high) if stamp < cut else (low, middle)
        low = _next_line(handle, high, span.end)
        if low >= span.end:
            return
        yield low


def _stamp_from(handle: int, at: int, end: int, stamp_at: StampAt, *, beyond: int) -> int | None:
    """The stamp of the first of a few lines that has one; ``beyond`` where there are no more lines."""
    for _ in range(_FEW_LINES):
        if at >= end:
            return beyond
        line = _line(handle, at, end)
        if (stamp := stamp_at(line)) is not None:
            return stamp
        at += len(line)
    return None


def stamp_cuts(profile: ImportProfile, first: int, last: int, *, zone: str, shift: int) -> list[int]:
    """The stamps, as a file has them, at which a month of UTC begins or its clock changes.

    Parameters
    ----------
    first, last
        Stamps of the first and the last row [µs]; nothing is cut where they are far apart or run backwards.
    shift
        How far a stamp lies behind the start of its interval [µs].
    """
    begin, end = moment_of(first), moment_of(last)
    months = (end.year - begin.year) * 12 + end.month - begin.month
    if not 0 <= months <= _MOST_MONTHS:
        return []
    clock = load_zone(zone)
    changes = () if zone == "UTC" else clock_changes(zone, begin.year - 1, end.year + 1)
    found = {stamp for change in changes for stamp in (change.local_from, change.local_to)}
    for number in range(begin.year * 12 + begin.month - 1, end.year * 12 + end.month + 1):
        month = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
        offset = month.astimezone(clock).utcoffset() or timedelta(0)
        found.add(micros_of(month + offset) + shift)
    return sorted(stamp for stamp in found if first < stamp <= last)


def _next_line(handle: int, at: int, end: int) -> int:
    """Where the first line begins that does not begin before ``at``."""
    place = at - 1
    while place < end:
        ahead = os.pread(handle, min(_LOOK, end - place), place)
        found = ahead.find(b"\n")
        if found >= 0:
            return place + found + 1
        place += len(ahead)
    return end


def _line(handle: int, at: int, end: int) -> bytes:
    ahead = os.pread(handle, min(_LOOK, end - at), at)
    found = ahead.find(b"\n")
    return ahead if found < 0 else ahead[: found + 1]
