"""Are a file's stamps regular? Found in one pass, chunk by chunk, with bounded memory.

The scanner is given UTC start stamps in file order, with a code for the series (meter) each row belongs to. It finds
the usual step, and counts gaps, duplicates, stamps off the grid and places where time runs backwards, with the first
places of each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.presence import CoverageCounter, SeenStamps, Stamps
from fairwatt.core.files.stamp_report import PLACES, REGULAR_SHARE, GapPlace, Place, StampReport

MICROS = 1_000_000
COVERAGE_PARTS = 60
_ENOUGH_STEPS = 500  # to say what the usual step is
_MOST_WAITING = 1_000_000  # rows before the step is decided with what is there
_PHASE_ROWS = 200  # of a series, that tell its place on the grid
_HOUR = 3600 * MICROS
_DAY = 24 * _HOUR
_FEW_MONTHS = 3
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Places:
    """The first places of something, in file order, though they are found in series order."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[Place] = []

    def add(self, chunk: _Chunk, which: NDArray[np.bool_]) -> None:
        rows = np.flatnonzero(which)
        self.count += len(rows)
        if len(rows) and len(self._first) < PLACES:
            for i in rows[np.argsort(chunk.lines[rows], kind="stable")[: PLACES - len(self._first)]]:
                self._first.append(Place(int(chunk.lines[i]), int(chunk.stamps[i]), int(chunk.written[i])))

    @property
    def first(self) -> tuple[Place, ...]:
        return tuple(self._first)


@dataclass(slots=True)
class _Gaps:
    """Runs of missing steps: how many, how long, and the first places."""

    count: int = 0
    missing: int = 0
    single: int = 0
    days: int = 0
    longest: int = 0
    places: list[GapPlace] = field(default_factory=list)

    def add(self, before: Stamps, after: Stamps, missing: Stamps, step: int) -> None:
        """Count runs between two stamps each."""
        if not len(missing):
            return
        self.count += len(missing)
        self.missing += int(missing.sum())
        self.single += int((missing == 1).sum())
        self.days += int((missing * step >= _DAY).sum())
        self.longest = max(self.longest, int(missing.max()))
        for i in range(min(len(missing), PLACES - len(self.places))):
            self.places.append(GapPlace(int(before[i]), int(after[i]), int(missing[i])))


@dataclass(slots=True)
class _Chunk:
    """Rows sorted by series, file order within one; ``before`` is the stamp of the series' row above."""

    stamps: Stamps
    series: Stamps
    lines: Stamps
    written: Stamps
    before: Stamps = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def has_before(self) -> NDArray[np.bool_]:
        return np.not_equal(self.before, _NONE)


_NONE = np.iinfo(np.int64).min  # also how numpy writes "no time"


class StampScan:
    """Scan stamps chunk by chunk.

    Parameters
    ----------
    resolution_s
        The step, where it is known [s]; else it is found in the first rows.
    is_forward
        Whether each series' rows stand together and run forward: no stamp comes again then, and none is remembered.

    Examples
    --------
    >>> scan = StampScan()
    >>> scan.update(np.array([0, 5, 10, 15, 30], dtype=np.int64) * 1_000_000)
    >>> report = scan.result()
    >>> report.resolution_s, report.gap_count, report.missing_rows
    (5.0, 1, 2)
    """

    def __init__(self, resolution_s: float | None = None, *, is_forward: bool = False) -> None:
        self._is_forward = is_forward
        self._step = round(resolution_s * MICROS) if resolution_s else None
        self._is_decided = self._step is not None
        self._waiting: list[_Chunk] = []
        self._steps_waiting = 0
        self._last = np.zeros(0, dtype=np.int64)  # by series code
        self._phases = np.zeros(0, dtype=np.int64)
        self._has_phase = np.zeros(0, dtype=np.bool_)
        self._grid = self._step or MICROS
        self._rows = 0
        self._first_stamp: int | None = None
        self._last_stamp: int | None = None
        self._seen: SeenStamps | None = None
        self._coverage: CoverageCounter | None = None
        self._gaps = _Gaps()
        self._duplicates, self._off_grid, self._backwards = _Places(), _Places(), _Places()

    def update(
        self,
        stamps: Stamps,
        series: NDArray[np.integer] | None = None,
        first_line: int | Stamps = 2,
        written: Stamps | None = None,
    ) -> None:
        """Scan the next rows of the file.

        Parameters
        ----------
        stamps
            Start stamps [µs since 1970, UTC], in file order; the smallest int64 (numpy's "not a time") is skipped.
        series
            For each row, its series' code: small numbers from 0 without holes. None where there is one series.
        first_line
            The file's line of the chunk's first row, from 1; or each row's line.
        written
            The stamps as the file has them [µs], where they are others; for the places.
        """
        stamps = np.ascontiguousarray(stamps, dtype=np.int64)
        codes = np.zeros(len(stamps), dtype=np.int64) if series is None else np.asarray(series, dtype=np.int64)
        lines = first_line + np.arange(len(stamps)) if isinstance(first_line, int) else first_line
        spelled = stamps if written is None else written
        there = stamps != _NONE
        if not there.all():
            stamps, codes, lines, spelled = stamps[there], codes[there], lines[there], spelled[there]
        if len(stamps):
            self._take(self._sorted(stamps, codes, lines, spelled))

    def advance(self, step: int, count: int, series: int | None = None) -> bool:
        """Take ``count`` further rows of a series, each a step [µs] after the row above.

        Parameters
        ----------
        series
            The series' code, whose rows so far must all be earlier; None for the only one.

        Returns
        -------
        bool
            Whether that could be done at once; else nothing was taken, and :meth:`update` has to look at each.
        """
        if not self._is_decided or self._step != step or self._seen is None or self._coverage is None:
            return False
        code = series or 0
        last, phase = int(self._last[code]), int(self._phases[code])
        newest = self._last_stamp
        is_only = series is not None or (last == newest and int((self._last != _NONE).sum()) == 1)
        if newest is None or last == _NONE or not is_only or (last - phase) % step:
            return False
        self._coverage.add_run(last + step, step, count)
        if not self._is_forward:
            self._seen.add_run(last + step, count, phase, series=code)
        self._rows += count
        self._last[code] = last + step * count
        self._last_stamp = max(newest, last + step * count)
        return True

    def _sorted(self, stamps: Stamps, codes: Stamps, lines: Stamps, written: Stamps) -> _Chunk:
        if len(codes) > 1 and (codes[1:] < codes[:-1]).any():
            order = np.argsort(codes, kind="stable")
            stamps, codes, lines, written = stamps[order], codes[order], lines[order], written[order]
        self._make_room(int(codes.max()) + 1)
        chunk = _Chunk(stamps, codes, lines, written, np.empty_like(stamps))
        starts = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
        chunk.before[1:] = stamps[:-1]
        chunk.before[starts] = self._last[codes[starts]]
        ends = np.concatenate((starts[1:], [len(codes)])) - 1
        self._last[codes[ends]] = stamps[ends]
        return chunk

    def _make_room(self, size: int) -> None:
        more = size - len(self._last)
        if more > 0:
            more += size // 2  # so that many new series don't mean many copies
            self._last = np.pad(self._last, (0, more), constant_values=_NONE)
            self._phases = np.pad(self._phases, (0, more))
            self._has_phase = np.pad(self._has_phase, (0, more))

    def _take(self, chunk: _Chunk) -> None:
        self._rows += len(chunk.stamps)
        low, high = int(chunk.stamps.min()), int(chunk.stamps.max())
        self._first_stamp = low if self._first_stamp is None else min(low, self._first_stamp)
        self._last_stamp = high if self._last_stamp is None else max(high, self._last_stamp)
        if self._is_decided:
            self._scan(chunk)
            return
        self._waiting.append(chunk)
        self._steps_waiting += int(chunk.has_before.sum())
        if self._steps_waiting >= _ENOUGH_STEPS or self._rows >= _MOST_WAITING:
            self._decide()

    def _decide(self) -> None:
        steps = np.concatenate([np.abs(c.stamps - c.before)[c.has_before] for c in self._waiting])
        self._step = usual_step(steps)
        self._is_decided = True
        self._grid = self._step or int(np.gcd.reduce(steps[steps > 0], initial=0)) or MICROS
        waiting, self._waiting = self._waiting, []
        for chunk in waiting:
            self._scan(chunk)

    def _scan(self, chunk: _Chunk) -> None:
        if self._seen is None or self._coverage is None:
            self._seen, self._coverage = SeenStamps(self._grid), CoverageCounter(max(self._grid, MICROS))
        self._find_phases(chunk)
        phases = self._phases[chunk.series]
        self._coverage.add(chunk.stamps)
        if not self._is_forward:
            self._duplicates.add(chunk, self._seen.add(chunk.stamps, chunk.series, phases))
        has_before = chunk.has_before
        steps = np.where(has_before, chunk.stamps - np.where(has_before, chunk.before, 0), 0)
        back = steps < 0
        self._backwards.add(chunk, back)
        if self._step is None:
            return
        off = _off_grid(chunk.stamps - phases, self._step)
        self._off_grid.add(chunk, off)
        missing = np.rint(steps / self._step).astype(np.int64) - 1
        rows = np.flatnonzero(missing > 0)
        self._gaps.add(chunk.before[rows], chunk.stamps[rows], missing[rows], self._step)

    def _find_phases(self, chunk: _Chunk) -> None:
        """Give each new series its place on the grid: the commonest among its first rows."""
        starts = np.flatnonzero(np.concatenate(([True], chunk.series[1:] != chunk.series[:-1])))
        ends = np.concatenate((starts[1:], [len(chunk.series)]))
        new = ~self._has_phase[chunk.series[starts]]
        if not new.any():
            return
        begins, ends = starts[new], np.minimum(ends[new], starts[new] + _PHASE_ROWS)
        places = chunk.stamps % self._grid
        changes = np.concatenate(([0], np.cumsum(places[1:] != places[:-1])))
        self._phases[chunk.series[begins]] = places[begins]
        self._has_phase[chunk.series[begins]] = True
        mixed = changes[ends - 1] != changes[begins]
        for begin, end in zip(begins[mixed], ends[mixed], strict=True):
            values, counts = np.unique(places[begin:end], return_counts=True)
            self._phases[chunk.series[begin]] = values[np.argmax(counts)]

    def result(self) -> StampReport:
        """What was found so far; more rows may follow."""
        if not self._is_decided and self._waiting:
            self._decide()
        gaps = self._final_gaps()
        series_count = int((self._last != _NONE).sum())
        return StampReport(
            rows=self._rows,
            series_count=series_count,
            first=None if self._first_stamp is None else _moment(self._first_stamp),
            last=None if self._last_stamp is None else _moment(self._last_stamp),
            resolution_s=self._step / MICROS if self._step else None,
            gap_count=gaps.count,
            missing_rows=gaps.missing,
            duplicate_count=self._duplicates.count,
            off_grid_count=self._off_grid.count,
            out_of_order_count=self._backwards.count,
            coverage=self._shares(series_count),
            exact=self._seen is None or self._seen.exact,
            gap_places=tuple(gaps.places),
            duplicate_places=self._duplicates.first,
            off_grid_places=self._off_grid.first,
            out_of_order_places=self._backwards.first,
            single_gaps=gaps.single,
            day_gaps=gaps.days,
            longest_gap=gaps.longest,
        )

    def _final_gaps(self) -> _Gaps:
        """Gaps as counted on the way, or, where time ran backwards, from what was seen in the end."""
        if self._seen is None or not self._backwards.count or not self._seen.exact or self._step is None:
            return self._gaps
        found = _Gaps()
        for before, after, missing in self._seen.missing_runs(self._phases):
            ends = np.array([[before], [after], [missing]], dtype=np.int64)
            found.add(ends[0], ends[1], ends[2], self._step)
        return found

    def _shares(self, series_count: int) -> tuple[float, ...]:
        if self._coverage is None or self._first_stamp is None or self._last_stamp is None:
            return (0.0,) * COVERAGE_PARTS
        end = self._last_stamp + (self._step or self._grid)
        expected = (end - self._first_stamp) / self._step * series_count if self._step else None
        return self._coverage.shares(self._first_stamp, end, expected, COVERAGE_PARTS)


def usual_step(steps: Stamps) -> int | None:
    """The step [µs] that most of some steps have, None where none does; zeros are repeats and don't count."""
    forward = steps[steps > 0]
    if not len(forward):
        return None
    values, counts = np.unique(forward, return_counts=True)
    best = int(np.argmax(counts))
    return int(values[best]) if counts[best] >= REGULAR_SHARE * len(forward) else None


def calendar_months(stamps: Stamps) -> int:
    """How many months apart most of some sorted stamps [µs] are (1, 3, 6 or 12), each at the same place in its month; 0
    where they are not.

    Local midnights of a month's first day may lie up to a day before it in UTC.
    """
    stamps = stamps[stamps != _NONE]
    if len(stamps) < _FEW_MONTHS:
        return 0
    for shift in (0, 14 * _HOUR):
        moved = np.unique(stamps + shift).astype("datetime64[us]")
        months = moved.astype("datetime64[M]")
        within = (moved - months).astype(np.int64)
        if within.max() - within.min() > 2 * _HOUR:
            continue
        numbers = np.asarray(months.view("int64"), dtype=np.int64)
        step = usual_step(np.diff(numbers))
        if step in {1, 3, 6, 12}:
            return step
    return 0


def _off_grid(since: Stamps, step: int) -> NDArray[np.bool_]:
    """Which are no whole number of steps [µs]; a clock change doesn't put steps of hours or days off the grid."""
    odd = since % step
    if step <= _HOUR:
        return np.not_equal(odd, 0)
    return np.logical_and(odd > _HOUR, odd < step - _HOUR)


def _moment(stamp: int) -> datetime:
    return _EPOCH + timedelta(microseconds=stamp)
