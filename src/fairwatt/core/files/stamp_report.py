"""What going through a file's stamps found: their step, gaps, repeats, stamps off the grid, and the first places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fairwatt.core.findings import Finding, Severity
from fairwatt.core.periods import say_duration

PLACES = 10  # first places kept of each kind, as many as a Finding may show
REGULAR_SHARE = 0.7  # of the steps must be the usual one, else the readings have no resolution
_DRIFTING_SHARE = 0.05  # of the rows off the grid: no longer single faults
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found: a line of the file (from 1) and the start there [µs since 1970, UTC].

    ``written`` is the stamp as the line has it [µs], where that is another: local, or an interval's end.
    """

    line: int
    stamp: int
    written: int | None = None

    def __str__(self) -> str:
        if self.written is None or self.written == self.stamp:
            return f"line {self.line:,} ({say_stamp(self.stamp)})"
        return f"line {self.line:,} ({say_stamp(self.written).removesuffix(' UTC')} as written)"


@dataclass(frozen=True, slots=True)
class GapPlace:
    """A run of missing steps of one series: stamps [µs, UTC] of the readings around it, and how many are missing."""

    before: int
    after: int
    missing: int

    def __str__(self) -> str:
        rows = "1 reading" if self.missing == 1 else f"{self.missing:,} readings"
        return f"after {say_stamp(self.before)} ({rows})"


@dataclass(frozen=True, slots=True)
class StampReport:
    """What a scan found.

    Attributes
    ----------
    rows, series_count
        How many rows and series there were.
    first, last
        Earliest and latest stamp, None where there are no rows.
    resolution_s
        The usual step [s], None where there is none (readings written on change, or a single row).
    gap_count, missing_rows
        Runs of missing steps, and how many steps are missing in them; zero without a resolution.
    single_gaps, day_gaps, longest_gap
        Of the gaps: those of one step, those of a day or longer, and the steps missing in the longest.
    duplicate_count
        Rows whose series and stamp stood in an earlier row.
    off_grid_count
        Rows whose stamp is not a whole number of steps from the others.
    out_of_order_count
        Places where a series' stamp lies before the one in its row above.
    coverage
        For 60 equal parts of [first, last + step): the share 0-1 of expected readings that are there.
    exact
        Whether duplicates could be counted exactly; False only for files that jump back and forth over very
        many stamps, where the count is a lower bound.
    """

    rows: int
    series_count: int
    first: datetime | None
    last: datetime | None
    resolution_s: float | None
    gap_count: int
    missing_rows: int
    duplicate_count: int
    off_grid_count: int
    out_of_order_count: int
    coverage: tuple[float, ...]
    exact: bool
    gap_places: tuple[GapPlace, ...]
    duplicate_places: tuple[Place, ...]
    off_grid_places: tuple[Place, ...]
    out_of_order_places: tuple[Place, ...]
    single_gaps: int = 0
    day_gaps: int = 0
    longest_gap: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings ``gaps``, ``duplicate-stamps``, ``off-grid-stamps`` and ``out-of-order``, as there are."""
        found = (self._gaps(), self._duplicates(), self._off_grid(), self._out_of_order())
        return tuple(finding for finding in found if finding is not None)

    def _gaps(self) -> Finding | None:
        if not self.gap_count or self.resolution_s is None:
            return None
        return Finding(
            code="gaps",
            count=self.gap_count,
            where=tuple(map(str, self.gap_places)),
            message=f"{_are(self.gap_count, 'gap')} in the readings: with one every {say_duration(self.resolution_s)}, "
            f"{self.missing_rows:,} {'is' if self.missing_rows == 1 else 'are'} missing"
            f"{self._gap_lengths()}. Charts show gaps as breaks; nothing was filled in.",
        )

    def _gap_lengths(self) -> str:
        """How long the gaps are, where there are several: those of one reading, and those of a day or more."""
        if self.gap_count == 1 or not self.longest_gap:
            return ""
        longest = say_duration(self.longest_gap * (self.resolution_s or 0.0))
        parts = [f"{self.single_gaps:,} of a single reading"] if self.single_gaps else []
        parts += [f"{self.day_gaps:,} of a day or longer"] if self.day_gaps else []
        return f" ({', '.join([*parts, f'the longest lasts {longest}'])})"

    def _duplicates(self) -> Finding | None:
        if not self.duplicate_count:
            return None
        rows = _are(self.duplicate_count, "row") if self.exact else f"There are at least {self.duplicate_count:,} rows"
        return Finding(
            code="duplicate-stamps",
            count=self.duplicate_count,
            where=tuple(map(str, self.duplicate_places)),
            message=f"{rows} with a time that an earlier row already has. "
            "All are kept; cleaning can choose between them.",
        )

    def _off_grid(self) -> Finding | None:
        if not self.off_grid_count or self.resolution_s is None:
            return None
        often = self.off_grid_count > _DRIFTING_SHARE * self.rows
        why = " The logger's clock was probably reset or drifts." if often else ""
        kept = "It is kept as it came." if self.off_grid_count == 1 else "They are kept as they came."
        return Finding(
            code="off-grid-stamps",
            count=self.off_grid_count,
            where=tuple(map(str, self.off_grid_places)),
            message=f"{_are(self.off_grid_count, 'row')} at a time that does not fall on the usual "
            f"steps of {say_duration(self.resolution_s)}.{why} {kept}",
        )

    def _out_of_order(self) -> Finding | None:
        if not self.out_of_order_count:
            return None
        newest_first = self.out_of_order_count >= REGULAR_SHARE * max(1, self.rows - self.series_count)
        found = (
            "The file runs from the newest reading to the oldest."
            if newest_first
            else f"The rows are not in order of time: {_many(self.out_of_order_count, 'row')} "
            f"{'is' if self.out_of_order_count == 1 else 'are'} earlier than the row above, as where files were joined."
        )
        return Finding(
            code="out-of-order",
            severity=Severity.INFO if newest_first else Severity.WARNING,
            count=self.out_of_order_count,
            where=tuple(map(str, self.out_of_order_places)),
            message=f"{found} Readings are sorted by time; the original file stays as it came.",
        )


def _many(count: int, word: str) -> str:
    return f"1 {word}" if count == 1 else f"{count:,} {word}s"


def _are(count: int, word: str) -> str:
    return f"There is {_many(count, word)}" if count == 1 else f"There are {_many(count, word)}"


def say_stamp(stamp: int) -> str:
    """A stamp [µs since 1970, UTC] as a person reads it."""
    moment = _EPOCH + timedelta(microseconds=int(stamp))
    text = moment.strftime("%Y-%m-%d %H:%M:%S")
    return f"{text}.{moment.microsecond:06d}".rstrip("0") + " UTC" if moment.microsecond else f"{text} UTC"
