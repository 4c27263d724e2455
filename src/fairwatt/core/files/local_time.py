"""Local clock stamps to UTC, chunk by chunk: the autumn hour that comes twice, the spring hour that never was.

Where clocks go back, an hour of stamps occurs twice. Which of the two is meant is told by the order of the file: the
first pass is summer time, the second (after the stamps jump back) winter time. Where clocks go forward, an hour of
stamps never was; a file that has them was probably not written in local time, so they are reported, and kept
shifted forward by the gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.doubled_hour import Run
from fairwatt.core.files.regularity import usual_step
from fairwatt.core.findings import Finding, Severity

Stamps = NDArray[np.int64]

_MICROS = 1_000_000
_NOT_A_TIME = np.iinfo(np.int64).min
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 1902, 2199
_PLACES = 10
_MIXED = 0.2  # of the steps against the others: rows in no order


@dataclass(frozen=True, slots=True)
class ClockChange:
    """One change of a zone's clock: when [µs, UTC], and its offset from UTC before and after [µs]."""

    at: int
    before: int
    after: int

    @property
    def local_from(self) -> int:
        """First local stamp [µs] that is doubled (clocks go back) or doesn't exist (forward)."""
        return self.at + min(self.before, self.after)

    @property
    def local_to(self) -> int:
        """End of those stamps [µs], exclusive."""
        return self.at + max(self.before, self.after)


def load_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises
    ------
    InvalidInput
        Where there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        raise InvalidInput(
            f"There is no time zone '{name}'.",
            where={"field": "time_zone"},
            next_step="Use a name such as UTC or Europe/London.",
        ) from None


def clock_changes(zone: str, first_year: int, last_year: int) -> tuple[ClockChange, ...]:
    """The clock changes of a zone from the start of one year to the end of another (UTC)."""
    years = range(max(_FIRST_YEAR, first_year), min(_LAST_YEAR, last_year) + 1)
    return tuple(change for year in years for change in _changes_of_year(zone, year))


@lru_cache(maxsize=2048)
def _changes_of_year(zone: str, year: int) -> tuple[ClockChange, ...]:
    info = load_zone(zone)
    start, end = (
        int(datetime(year, 1, 1, tzinfo=UTC).timestamp()),
        int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()),
    )
    changes: list[ClockChange] = []
    step = 86_400
    before = _offset(info, start)
    for moment in range(start, end, step):
        after = _offset(info, moment + step)
        if after != before:
            at = _bisect(info, moment, moment + step)
            changes.append(ClockChange(at * _MICROS, before * _MICROS, after * _MICROS))
        before = after
    return tuple(changes)


def _offset(info: ZoneInfo, second: int) -> int:
    offset = info.utcoffset((_EPOCH + timedelta(seconds=second)).astimezone(info))
    return round(offset.total_seconds()) if offset is not None else 0


def _bisect(info: ZoneInfo, low: int, high: int) -> int:
    before = _offset(info, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(info, middle) == before else (low, middle)
    return high


@dataclass(slots=True)
class _Pass:
    """How far a series is through a doubled hour: which change, its last stamp, whether it jumped back, and, where rows
    are in no order, the stamps that were there already."""

    change: int
    last: int
    jumped: bool
    seen: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Doubt:
    """A series' stamps in a doubled hour as long as no second pass has been seen."""

    count: int = 0
    places: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows in file order: stamps, which of them are times, series' codes, and the first row's line or each row's."""

    stamps: Stamps
    there: NDArray[np.bool_]
    codes: NDArray[np.integer] | None
    first_line: int | Stamps

    def places(self, rows: NDArray[np.intp]) -> list[str]:
        """Some rows' lines and times, in words."""
        lines = self.first_line + rows if isinstance(self.first_line, int) else self.first_line[rows]
        told = zip(lines.tolist(), self.stamps[rows].tolist(), strict=True)
        return [f"line {line:,} ({_say_local(stamp)})" for line, stamp in told]


class LocalClock:
    """Turn a file's local stamps into UTC, chunk by chunk in file order.

    Parameters
    ----------
    zone
        An IANA name.

    Raises
    ------
    InvalidInput
        Where there is no such zone.

    Examples
    --------
    >>> clock = LocalClock("Europe/London")
    >>> stamps = np.array(["2021-10-31T01:30", "2021-10-31T01:00"], dtype="datetime64[us]").astype(np.int64)
    >>> clock.to_utc(stamps).astype("datetime64[us]").astype(str).tolist()
    ['2021-10-31T00:30:00.000000', '2021-10-31T01:00:00.000000']
    """

    def __init__(self, zone: str) -> None:
        self.zone = zone
        load_zone(zone)
        self._passes: dict[int, _Pass] = {}
        self._ups = self._downs = 0
        self._doubled = self._absent = 0
        self._doubled_places: list[str] = []
        self._absent_places: list[str] = []
        self._step: int | None = None
        self._doubts: dict[tuple[int, int], _Doubt] = {}

    def to_utc(self, stamps: Stamps, series: NDArray[np.integer] | None = None, first_line: int | Stamps = 2) -> Stamps:
        """Turn the next rows' stamps into UTC.

        Parameters
        ----------
        stamps
            Local stamps [µs since 1970 on the local clock], in file order; the smallest int64 ("not a time") stays.
        series
            For each row its series' code; None where there is one series.
        first_line
            The file's line of the first row, or each row's line, for the findings.

        Returns
        -------
        numpy.ndarray
            Stamps [µs since 1970, UTC], as long as ``stamps``.
        """
        stamps = np.asarray(stamps, dtype=np.int64)
        there = stamps != _NOT_A_TIME
        utc = stamps.copy()
        if not there.any():
            return utc
        low, high = int(stamps[there].min()), int(stamps[there].max())
        changes = clock_changes(self.zone, _year(low) - 1, _year(high) + 1)
        met = [c for c in changes if low < c.local_to and c.local_from <= high]
        self._see_direction(stamps[there], met)
        if not met:
            utc[there] -= self._offset_at(changes, low)
            return utc
        self._convert(utc, there, met)
        for change in met:
            rows = np.flatnonzero(there & (stamps >= change.local_from) & (stamps < change.local_to))
            if len(rows):
                chunk = _Chunk(stamps, there, series, first_line)
                self._note(change, rows, chunk)
                self._mend(utc, rows, chunk, change)
        return utc

    def _offset_at(self, changes: tuple[ClockChange, ...], stamp: int) -> int:
        """The offset [µs] at a local stamp that no change leaves in doubt."""
        if changes:
            earlier = [c for c in changes if c.local_to <= stamp]
            return earlier[-1].after if earlier else changes[0].before
        second = min(max(stamp // _MICROS, -(10**10)), 10**11)
        return _offset(load_zone(self.zone), second) * _MICROS

    @staticmethod
    def _convert(utc: Stamps, there: NDArray[np.bool_], changes: list[ClockChange]) -> None:
        """Subtract the offset that holds outside the doubled and missing hours."""
        ends = np.array([c.local_to for c in changes], dtype=np.int64)
        offsets = np.array([changes[0].before, *(c.after for c in changes)], dtype=np.int64)
        utc[there] -= offsets[np.searchsorted(ends, utc[there], side="right")]

    def _see_direction(self, stamps: Stamps, met: list[ClockChange]) -> None:
        """Whether rows run forward or back, and their usual step; steps inside a doubled hour say nothing."""
        inside = np.zeros(len(stamps), dtype=np.bool_)
        for change in met:
            inside |= (stamps >= change.local_from) & (stamps < change.local_to)
        steps = np.diff(stamps)[~(inside[1:] & inside[:-1])]
        if self._step is None:
            self._step = usual_step(np.abs(steps))
        self._ups += int((steps > 0).sum())
        self._downs += int((steps < 0).sum())

    def _mend(self, utc: Stamps, rows: NDArray[np.intp], chunk: _Chunk, change: ClockChange) -> None:
        """Put the stamps of a doubled or missing hour, each series by itself, where they belong."""
        for code, own in _by_series(rows, chunk.codes):
            stamps = chunk.stamps[own]
            if change.after > change.before:  # clocks go forward: these stamps never were; count on as before
                utc[own] = stamps - change.before
            else:
                second = self._second_pass(code, own, chunk, change)
                utc[own] = stamps - np.where(second, change.after, change.before)

    def _second_pass(self, code: int, own: NDArray[np.intp], chunk: _Chunk, change: ClockChange) -> NDArray[np.bool_]:
        """Which of a series' stamps in a doubled hour belong to its second (winter) pass."""
        stamps = chunk.stamps[own]
        state = self._passes.get(code)
        if state is None or state.change != change.at:
            state = _Pass(change.at, _NOT_A_TIME, jumped=False)
        if self._is_mixed():
            later = _seen_before(stamps, state.seen)
            self._passes[code] = _Pass(change.at, int(stamps[-1]), jumped=False, seen=state.seen)
            return later
        backwards = self._downs > self._ups
        run = self._run_of(code, own, chunk, state.last, turned=-1 if backwards else 1)
        jumps, repeats = run.jumps(change.before - change.after), run.repeats()
        has_jumped = bool(state.jumped or jumps.any())
        if not state.jumped and run.are_pairs():
            later, is_sure = repeats, len(repeats) == 2 * int(repeats.sum())
        else:
            later = np.logical_or.accumulate(jumps) | state.jumped if has_jumped else run.by_gaps()
            is_sure = has_jumped
        self._note_doubt(code, own, chunk, change, is_sure=is_sure)
        self._passes[code] = _Pass(change.at, int(stamps[-1]), jumped=has_jumped)
        return np.asarray(later != backwards, dtype=np.bool_)

    def _run_of(self, code: int, own: NDArray[np.intp], chunk: _Chunk, last: int, *, turned: int) -> Run:
        """A series' stamps in a doubled hour with what stands around them; ``turned`` is -1 where time runs back."""
        is_other = chunk.there if chunk.codes is None else chunk.there & (np.asarray(chunk.codes) == code)
        before, after = np.flatnonzero(is_other[: own[0]]), np.flatnonzero(is_other[own[-1] + 1 :])
        return Run(
            stamps=turned * chunk.stamps[own],
            last=None if last == _NOT_A_TIME else turned * last,
            before=turned * int(chunk.stamps[before[-1]]) if len(before) else None,
            after=turned * int(chunk.stamps[own[-1] + 1 + after[0]]) if len(after) else None,
            step=self._step,
        )

    def _note_doubt(
        self, code: int, own: NDArray[np.intp], chunk: _Chunk, change: ClockChange, *, is_sure: bool
    ) -> None:
        """Keep the places of a series' stamps in a doubled hour until its second pass is seen."""
        if is_sure:
            self._doubts.pop((code, change.at), None)
            return
        doubt = self._doubts.setdefault((code, change.at), _Doubt())
        doubt.count += len(own)
        doubt.places += chunk.places(own[: _PLACES - len(doubt.places)])

    def _is_mixed(self) -> bool:
        """Whether rows are in no order of time."""
        return min(self._ups, self._downs) > _MIXED * max(self._ups, self._downs)

    def _note(self, change: ClockChange, rows: NDArray[np.intp], chunk: _Chunk) -> None:
        if change.after > change.before:
            places, self._absent = self._absent_places, self._absent + len(rows)
        else:
            places, self._doubled = self._doubled_places, self._doubled + len(rows)
        places += chunk.places(rows[: _PLACES - len(places)])

    def findings(self) -> tuple[Finding, ...]:
        """The findings ``nonexistent-local-times``, ``repeated-local-times``, ``repeated-hour-once``, as there are."""
        found: list[Finding] = []
        if self._absent:
            found.append(
                Finding(
                    code="nonexistent-local-times",
                    count=self._absent,
                    where=tuple(self._absent_places),
                    message=f"{self._absent:,} times fall into the hour that the clocks of {self.zone} skip in spring. "
                    "They were kept, counted on from the hour before. Check whether the file's times are really local.",
                )
            )
        if self._doubled:
            is_mixed = self._is_mixed()
            order = (
                " But the rows are in no order, so that the file can't tell which of two equal times is which."
                if is_mixed
                else ""
            )
            found.append(
                Finding(
                    code="repeated-local-times",
                    severity=Severity.WARNING if is_mixed else Severity.INFO,
                    count=self._doubled,
                    where=tuple(self._doubled_places),
                    message=f"{self._doubled:,} times fall into the hour that the clocks of {self.zone} repeat in "
                    f"autumn. The first pass was read as summer time, the second as winter time.{order}",
                )
            )
        if self._doubts:
            found.append(self._hour_once())
        return tuple(found)

    def _hour_once(self) -> Finding:
        count = sum(doubt.count for doubt in self._doubts.values())
        places = [place for doubt in self._doubts.values() for place in doubt.places]
        times = "1 time falls" if count == 1 else f"{count:,} times fall"
        return Finding(
            code="repeated-hour-once",
            severity=Severity.WARNING,
            count=count,
            where=tuple(places[:_PLACES]),
            message=f"{times} into the hour that the clocks of {self.zone} repeat in autumn, but the file does not "
            "show both its passes, so that it can't tell which of the two is meant. The one was taken that leaves the "
            "fewest gaps, else summer time; these readings may be an hour off. Compare them with the logger.",
        )


def _seen_before(stamps: Stamps, seen: set[int]) -> NDArray[np.bool_]:
    """Which stamps were there before, in ``seen`` or above; ``seen`` gets them all."""
    found = np.zeros(len(stamps), dtype=np.bool_)
    for at, stamp in enumerate(stamps.tolist()):
        found[at] = stamp in seen
        seen.add(stamp)
    return found


def _by_series(rows: NDArray[np.intp], series: NDArray[np.integer] | None) -> Iterator[tuple[int, NDArray[np.intp]]]:
    if series is None:
        yield 0, rows
        return
    codes = np.asarray(series)[rows]
    order = np.argsort(codes, kind="stable")
    cuts = np.flatnonzero(np.diff(codes[order])) + 1
    for part in np.split(order, cuts):
        yield int(codes[part[0]]), rows[part]


def _year(stamp: int) -> int:
    return int(np.datetime64(stamp, "us").astype("datetime64[Y]").astype(np.int64)) + 1970


def _say_local(stamp: int) -> str:
    return str(np.datetime64(stamp, "us")).replace("T", " ").removesuffix(".000000") + " local"
