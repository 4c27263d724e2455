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
from fairwatt.core.findings import Finding, Severity

Stamps = NDArray[np.int64]

_MICROS = 1_000_000
_NOT_A_TIME = np.iinfo(np.int64).min
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 1902, 2199
_PLACES = 10
_MIXED = 0.2  # of the steps against the others: rows in no order
_JUMP = 4  # a step back of more than a quarter of the repeated hour is the clock's, less is a logger's jitter


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
        if not met:
            utc[there] -= self._offset_at(changes, low)
            return utc
        self._convert(utc, there, met)
        self._see_direction(stamps[there], met)
        for change in met:
            rows = np.flatnonzero(there & (stamps >= change.local_from) & (stamps < change.local_to))
            if len(rows):
                self._note(change, rows, stamps, first_line)
                self._mend(utc, stamps, _by_series(rows, series), change)
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
        """Whether rows run forward or back; steps inside a doubled hour say nothing."""
        inside = np.zeros(len(stamps), dtype=np.bool_)
        for change in met:
            inside |= (stamps >= change.local_from) & (stamps < change.local_to)
        steps = np.diff(stamps)[~(inside[1:] & inside[:-1])]
        self._ups += int((steps > 0).sum())
        self._downs += int((steps < 0).sum())

    def _mend(
        self,
        utc: Stamps,
        stamps: Stamps,
        groups: Iterator[tuple[int, NDArray[np.intp]]],
        change: ClockChange,
    ) -> None:
        for code, own in groups:
            if change.after > change.before:  # clocks go forward: these stamps never were; count on as before
                utc[own] = stamps[own] - change.before
            else:
                second = self._second_pass(code, stamps[own], change)
                utc[own] = stamps[own] - np.where(second, change.after, change.before)

    def _second_pass(self, code: int, stamps: Stamps, change: ClockChange) -> NDArray[np.bool_]:
        """Which of a series' stamps in a doubled hour belong to its second (winter) pass."""
        backwards = self._downs > self._ups
        state = self._passes.get(code)
        if state is None or state.change != change.at:
            state = _Pass(change.at, _NOT_A_TIME, jumped=False)
        if self._is_mixed():
            later = _seen_before(stamps, state.seen)
            self._passes[code] = _Pass(change.at, int(stamps[-1]), jumped=False, seen=state.seen)
            return later
        last = state.last if state.last != _NOT_A_TIME else int(stamps[0])
        steps = np.diff(stamps, prepend=last)
        jump = (change.before - change.after) // _JUMP
        jumps = steps > jump if backwards else steps < -jump
        repeats = steps == 0
        repeats[0] &= state.last != _NOT_A_TIME
        if not jumps.any() and not state.jumped and int(repeats.sum()) * 2 > len(stamps) - int(repeats.sum()):
            later = repeats  # most stamps come in pairs, as in a file sorted by its local clock
        else:
            later = np.logical_or.accumulate(jumps) | state.jumped
        self._passes[code] = _Pass(change.at, int(stamps[-1]), jumped=bool(state.jumped or jumps.any()))
        return np.asarray(later != backwards, dtype=np.bool_)

    def _is_mixed(self) -> bool:
        """Whether rows are in no order of time."""
        return min(self._ups, self._downs) > _MIXED * max(self._ups, self._downs)

    def _note(self, change: ClockChange, rows: NDArray[np.intp], stamps: Stamps, first_line: int | Stamps) -> None:
        if change.after > change.before:
            places, self._absent = self._absent_places, self._absent + len(rows)
        else:
            places, self._doubled = self._doubled_places, self._doubled + len(rows)
        first = rows[: _PLACES - len(places)]
        lines = first_line + first if isinstance(first_line, int) else first_line[first]
        places.extend(
            f"line {line:,} ({_say_local(stamp)})"
            for line, stamp in zip(lines.tolist(), stamps[first].tolist(), strict=True)
        )

    def findings(self) -> tuple[Finding, ...]:
        """The findings ``nonexistent-local-times`` and ``repeated-local-times``, as there are."""
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
        return tuple(found)


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
