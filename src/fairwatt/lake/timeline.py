"""The stamps of a stage, gone through once in file order: to UTC, and how regular they are."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fairwatt.core.errors import InvalidInput, UnreadableFile
from fairwatt.core.files.extents import end_of, month_gaps
from fairwatt.core.files.form_words import say_form
from fairwatt.core.files.local_time import ClockChange, LocalClock, clock_changes
from fairwatt.core.files.regularity import StampScan
from fairwatt.core.files.stamp_report import StampReport
from fairwatt.core.files.zones import ClockWitness
from fairwatt.core.findings import Finding
from fairwatt.lake.direct.runs import RunRows
from fairwatt.lake.engine import EPOCH, Patient, micros_of, moment_of, wall
from fairwatt.lake.gathering import gather, shape_findings
from fairwatt.lake.staging import Stage
from fairwatt.lake.stamp_findings import repeat_findings, without_length
from fairwatt.lake.stamping import ends_by_calendar, has_zone

BATCH_ROWS = 100_000
_LONG = 1_000  # rows of a run from which it is worth to be taken at once
Micros = NDArray[np.int64]  # µs since 1970
_NOT_A_TIME = np.iinfo(np.int64).min
_MICROS = 1_000_000
_DAY = 86_400 * _MICROS


@dataclass(frozen=True, slots=True)
class Timeline:
    """How a stage's stamps become starts in UTC, and what was found about them.

    Attributes
    ----------
    is_sorted
        Whether the rows stand in the order of series and start already.
    rows_sql, start_sql
        SQL: the stage's rows as a FROM clause, and over it a row's start as TIMESTAMP in UTC, null where its
        stamp is not valid.
    reach
        How far a start can lie from its row's stamp [µs], for pruning.
    shift, offset, changes
        What was taken from every stamp to have its start: the length of its interval [µs], and what its clock is ahead
        of UTC, which ``changes`` change; without them it is ``offset`` [µs].
    first, last, end
        Start of the first and of the last reading, and the end of that [µs since 1970, UTC].
    """

    report: StampReport
    findings: tuple[Finding, ...]
    series: tuple[str, ...]
    is_sorted: bool
    rows_sql: str
    start_sql: str
    reach: int
    first: int
    last: int
    end: int
    shift: int
    offset: int
    changes: tuple[ClockChange, ...]

    @property
    def has_other_names(self) -> bool:
        """Whether its rows are not the stage's own."""
        return self.rows_sql not in {"stage", _WITH_SECOND}

    def taken_between(self, low: int, high: int) -> int | None:
        """What is taken from all stamps [µs] of [low, high]; None where the clock changes in it, or shows an hour
        twice or not at all."""
        if any(low - self.shift < change.local_to and change.local_from <= high for change in self.changes):
            return None
        if not self.changes:
            return self.offset + self.shift
        earlier = [change for change in self.changes if change.local_to <= low]
        return (earlier[-1].after if earlier else self.changes[0].before) + self.shift


def scan_stamps(stage: Stage, *, name: str, patient: Patient) -> Timeline:
    """Go through the stamps of a stage; where it has a row for each value, bring those of one time together.

    Raises
    ------
    UnreadableFile
        Where no row has a valid stamp.
    InvalidInput
        Where nobody has said which clock the stamps are of.
    """
    rule = stage.profile.timestamp
    if rule.time_zone is None and not has_zone(rule):
        raise InvalidInput(
            f"It is not known which clock the times of {name} are of.",
            where={"file": name, "field": "time_zone"},
            next_step="Say the time zone, then the file is read.",
        )
    if rule.is_dateless and rule.first_date is None:
        raise InvalidInput(
            f"It is not known on which day the times of {name} begin: they have no date.",
            where={"file": name, "field": "date"},
            next_step="Say the first row's date, then the file is read.",
        )
    zone = "UTC" if has_zone(rule) or rule.time_zone is None else rule.time_zone
    _refuse_without_stamps(stage, name=name)
    are_ends = rule.stamp == "end" and not ends_by_calendar(stage.profile)
    shift = round((stage.profile.resolution_s or 0.0) * _MICROS) if are_ends else 0
    walk = _Walk(stage, zone=zone, shift=shift, patient=patient)
    walk.run()
    if are_ends and not shift and (found := walk.scan.result().resolution_s):
        walk = _Walk(stage, zone=zone, shift=round(found * _MICROS), patient=patient)
        walk.run()
    if are_ends and walk.adds_by_clock():
        walk = _Walk(stage, zone=zone, shift=walk.shift, patient=patient, by_clock=True)
        walk.run()
    unknown = (without_length(name),) if are_ends and not walk.shift else ()
    odd = () if stage.shape.is_plain else shape_findings(stage, name=name)
    if stage.shape.is_gathered:
        return _gathered(stage, walk, (*odd, *unknown), patient)
    timeline = walk.timeline()
    return replace(timeline, findings=(*odd, *unknown, *_with_repeats(stage, timeline), *_month_gaps(stage)))


def _month_gaps(stage: Stage) -> tuple[Finding, ...]:
    """The months that readings of the calendar's steps leave out."""
    months = stage.profile.calendar_months
    if not months or not stage.shape.is_plain:
        return ()
    series = "coalesce(series, '')" if stage.profile.has_series else "''"
    rows = stage.connection.execute(
        f"SELECT DISTINCT {series}, year(stamp) * 12 + month(stamp) - 1 FROM stage WHERE stamp IS NOT NULL ORDER BY ALL"
    ).fetchall()
    found: dict[str, list[int]] = {}
    for name, month in rows:
        found.setdefault(str(name), []).append(int(month))
    gaps = month_gaps(found, months=months)
    return () if gaps is None else (gaps,)


def _of_steps(findings: tuple[Finding, ...], months: int) -> tuple[Finding, ...]:
    """Findings that hold for steps of the calendar too, whose lengths differ."""
    return tuple(f for f in findings if not months or f.code not in {"gaps", "off-grid-stamps"})


def _with_repeats(stage: Stage, timeline: Timeline) -> tuple[Finding, ...]:
    return repeat_findings(stage, timeline.findings, rows_sql=timeline.rows_sql, start_sql=timeline.start_sql)


def _gathered(stage: Stage, walk: _Walk, odd: tuple[Finding, ...], patient: Patient) -> Timeline:
    """Bring the values of one time together by the starts that a walk found, and walk over the readings."""
    clock = walk.clock_findings()
    single = walk.timeline()
    gather(stage, rows_sql=single.rows_sql, start_sql=single.start_sql, patient=patient)
    again = _Walk(stage, zone="UTC", shift=0, patient=patient)
    again.run()
    timeline = again.timeline()
    return replace(timeline, findings=(*odd, *clock, *_with_repeats(stage, timeline)))


def _refuse_without_stamps(stage: Stage, *, name: str) -> None:
    if stage.parts or stage.connection.execute("SELECT count(stamp) FROM stage").fetchall()[0][0]:
        return
    rows = stage.rows + len(stage.rejects)
    if not rows:
        raise UnreadableFile(f"{name} holds no rows under its header.", where={"file": name})
    raise UnreadableFile(
        f"None of the {rows:,} rows of {name} has a time that is written {say_form(stage.profile.timestamp.format)}.",
        where={"file": name},
        next_step="Check which columns hold the time and how it is written.",
    )


class _Walk:
    """One pass over the stamps in file order."""

    def __init__(self, stage: Stage, *, zone: str, shift: int, patient: Patient, by_clock: bool = False) -> None:
        self.stage, self.zone, self.shift, self.patient = stage, zone, shift, patient
        self.by_clock = by_clock  # ends are starts on the clock with the length added
        self.scan = StampScan(stage.profile.resolution_s)
        self.clock = None if zone == "UTC" else LocalClock(zone)
        self.witness = ClockWitness()
        self.has_series = stage.profile.has_series
        self.has_elapsed = stage.shape.has_elapsed and not stage.is_gathered
        self.has_labels = stage.shape.is_gathered and not stage.is_gathered
        self.codes: dict[str, int] = {}
        self.is_sorted = True
        self._is_met = np.zeros(0, dtype=np.bool_)
        self._last: tuple[str, int] | None = None
        self._second: list[tuple[pa.Array, pa.Array]] = []
        self._changes: tuple[ClockChange, ...] = ()
        self._offset = 0  # where there are no changes

    def run(self) -> None:
        """Scan all rows."""
        self._find_offsets()
        if self.stage.parts and all(part.runs is not None for part in self.stage.parts):
            self._take_runs()
            return
        # Nulls are filled here: pyarrow would load all of pandas to do it.
        columns = f"coalesce(epoch_us(stamp), {_NOT_A_TIME}) AS stamp, row"
        columns += f", {self._series_sql()} AS series" if self.has_series or self.has_labels else ""
        columns += ", coalesce(elapsed, 0) AS elapsed" if self.has_elapsed else ""
        there = " WHERE stamp IS NOT NULL" if self.stage.shape.is_plain else ""
        reader = self.stage.connection.sql(f"SELECT {columns} FROM stage{there}").to_arrow_reader(BATCH_ROWS)
        row, rows = 0, max(1, self.stage.rows * self.stage.shape.rows_a_line)
        for batch in _of_even_size(reader):
            self.patient.check(0.5 + 0.1 * min(1.0, row / rows), "Checking times")
            if not self.stage.shape.is_plain:
                row = self._take_shaped(batch, row)
                continue
            held = _whole_numbers(batch, "row")
            if len(held) and (held[0] < row or (np.diff(held) <= 0).any()):
                raise RuntimeError("the stage's rows did not come in the order of the file")
            codes = self._codes_of(batch.column(2)) if self.has_series else None
            self._take(_whole_numbers(batch, "stamp"), codes, held)
            row = int(held[-1]) + 1 if len(held) else row

    def _take_runs(self) -> None:
        """Take the rows of parts by the runs that were noted when they were read; nothing is read again."""
        runs = RunRows([part.runs.moved(part.offset) for part in self.stage.parts if part.runs is not None], long=_LONG)
        self.codes = {name: code for code, name in enumerate(runs.names)}
        may_jump = self.clock is None and runs.is_stepwise
        if self.clock is None and runs.is_forward:
            self.scan = StampScan(self.stage.profile.resolution_s, is_forward=True)
        row, rows = 0, len(runs)
        while row < rows:
            self.patient.check(0.5 + 0.1 * row / rows, "Checking times")
            end = row + BATCH_ROWS
            if may_jump and row:
                jumped = self._jump(runs, row)
                row += jumped
                if jumped > 1:
                    continue
                end = row + BATCH_ROWS if jumped else min(end, runs.next_long(row))
            stamps, codes = runs.rows(row, min(rows, end))
            self._take(stamps, codes, np.arange(row, row + len(stamps), dtype=np.int64))
            row += len(stamps)

    def _jump(self, runs: RunRows, row: int) -> int:
        """Take a long run's rows at once, the first of them on its own; return how many were taken."""
        stamp, step, count, code = runs.run_at(row)
        if count <= _LONG:
            return 0
        first, codes = np.array([stamp], dtype=np.int64), np.array([code]) if self.has_series else None
        self._take(first, codes, np.array([row], dtype=np.int64))
        if not self.scan.advance(step, count - 1, series=code if self.has_series else None):
            return 1
        self.witness.add_run(stamp + step, step, count - 1, code=code)
        name = runs.names[code] if self.has_series else self.stage.profile.series
        self._last = (name, stamp + (count - 1) * step - self.shift)
        return count

    def _series_sql(self) -> str:
        """SQL: what tells rows apart whose times run each on its own; while values stand alone, their labels do so."""
        series = "coalesce(series, '')" if self.has_series else "''"
        return f"{series} || chr(31) || coalesce(label, -1)" if self.has_labels else series

    def adds_by_clock(self) -> bool:
        """Whether ends are what the clock showed at the start with the length added, as a doubled hour shows."""
        return self.clock is not None and self.shift > 0 and self.witness.shows_added(self.shift, self.zone)

    def _starts(self, stamps: Micros, codes: Micros | None, lines: int | Micros) -> Micros:
        """Starts in UTC of some rows, as far as the clock tells; "not a time" stays."""
        valid, utc = stamps != _NOT_A_TIME, stamps.copy()
        if self.clock is not None and self.by_clock:
            utc[valid] -= self.shift
            return self.clock.to_utc(utc, codes, lines)
        if self.clock is not None:
            utc = self.clock.to_utc(stamps, codes, lines)
        utc[valid] -= self.shift
        return utc

    def clock_findings(self) -> tuple[Finding, ...]:
        """What the stamps say of the clock by which they were read."""
        found = self.clock.findings() if self.clock is not None else ()
        if has_zone(self.stage.profile.timestamp) or self.has_elapsed or self.stage.is_gathered:
            return found
        step = self.scan.result().resolution_s
        odd = self.witness.finding(self.zone, step=round(step * _MICROS) if step else None)
        return found if odd is None else (*found, odd)

    def _find_offsets(self) -> None:
        if self.clock is None:
            return
        low, high = self._ends()
        low -= 2 * _DAY if self.has_elapsed else 0  # the offset is that of a time's midnight
        changes = clock_changes(self.zone, moment_of(low - _DAY).year, moment_of(high + _DAY).year)
        self._changes = tuple(c for c in changes if low < c.local_to and c.local_from <= high)
        if not self._changes:
            self._offset = low - int(LocalClock(self.zone).to_utc(np.array([low], dtype=np.int64))[0])

    def _ends(self) -> tuple[int, int]:
        """The first and the last stamp [µs]."""
        if parts := self.stage.parts:
            return min(part.low + part.offset for part in parts), max(part.high + part.offset for part in parts)
        found = self.stage.connection.execute("SELECT epoch_us(min(stamp)), epoch_us(max(stamp)) FROM stage").fetchall()
        return int(found[0][0]), int(found[0][1])

    def _meet(self, codes: Micros | None, valid: NDArray[np.bool_]) -> None:
        """Note which series have a row with a time."""
        if codes is None:
            return
        more = max(0, len(self.codes) - len(self._is_met))
        self._is_met = np.pad(self._is_met, (0, more))
        self._is_met[codes if valid.all() else codes[valid]] = True

    def _take(self, stamps: Micros, codes: Micros | None, rows: Micros) -> None:
        """Take rows that all have a time, as many at once wherever lines between them are left out."""
        if not len(stamps):
            return
        valid = np.ones(len(stamps), dtype=np.bool_)
        self._meet(codes, valid)
        is_even = len(self.stage.lines.steps) == 1 and int(rows[-1] - rows[0]) == len(rows) - 1
        lines = self.stage.lines.line_of(int(rows[0])) if is_even else self.stage.lines.lines_of(rows)
        utc = self._starts(stamps, codes, lines)
        self.scan.update(utc, codes, lines, stamps)
        self.witness.add(stamps, codes)
        self._note_second_passes(stamps, utc, valid, rows)
        self._check_order(utc, codes)

    def _take_shaped(self, batch: pa.RecordBatch, before: int) -> int:
        """Take rows that share lines, or stand in several; returns the row after the last."""
        if not len(batch):
            return before
        stamps, rows = _whole_numbers(batch, "stamp"), _whole_numbers(batch, "row")
        if rows[0] < before or (np.diff(rows) <= 0).any():
            raise RuntimeError("the stage's rows did not come in the order of the file")
        valid = stamps != _NOT_A_TIME
        codes = self._codes_of(batch.column("series")) if self.has_series or self.has_labels else None
        self._meet(codes, valid)
        lines = self.stage.lines.lines_of(rows)
        utc = stamps.copy()
        midnights = stamps - _whole_numbers(batch, "elapsed") if self.has_elapsed else stamps
        if self.clock is not None and self.has_elapsed:
            utc[valid] -= self._plain_offsets(midnights[valid]) + self.shift
        else:
            utc = self._starts(stamps, codes, lines)
        self.scan.update(utc, codes, lines, stamps)
        self.witness.add(stamps, codes)
        if not self.has_elapsed:
            self._note_second_passes(stamps, utc, valid, rows)
        self._check_order(utc[valid], None if codes is None else codes[valid])
        return int(rows[-1]) + 1

    def _codes_of(self, names: pa.Array) -> Micros:
        encoded = names.dictionary_encode()
        known = np.array(
            [self.codes.setdefault(name, len(self.codes)) for name in encoded.dictionary.to_pylist()], dtype=np.int64
        )
        places = encoded.indices
        own = np.frombuffer(places.buffers()[1], dtype=np.int32)[places.offset :][: len(places)]
        return np.asarray(known[own], dtype=np.int64)

    def _note_second_passes(self, stamps: Micros, utc: Micros, valid: NDArray[np.bool_], rows: Micros) -> None:
        """Keep the rows whose start the plain rule of ``start_sql`` would get wrong: second passes in autumn."""
        if self.clock is None:
            return
        plain = stamps.copy()
        plain[valid] -= self._plain_offsets(stamps[valid]) + self.shift
        odd = np.flatnonzero(valid & (plain != utc))
        if len(odd):
            self._second.append((pa.array(rows[odd]), pa.array(utc[odd])))

    def _plain_offsets(self, stamps: Micros) -> Micros:
        if not self._changes:
            return np.full(len(stamps), self._offset, dtype=np.int64)
        ends = np.array([change.local_to for change in self._changes], dtype=np.int64)
        offsets = np.array([self._changes[0].before, *(change.after for change in self._changes)], dtype=np.int64)
        return offsets[np.searchsorted(ends, stamps, side="right")]

    def _check_order(self, utc: Micros, codes: Micros | None) -> None:
        """Note whether the rows still stand in the order of series and start."""
        if not self.is_sorted or not len(utc):
            return
        names = list(self.codes) if codes is not None else [self.stage.profile.series]
        held = codes if codes is not None else np.zeros(len(utc), dtype=np.int64)
        starts = np.flatnonzero(np.diff(held, prepend=-1))
        order = [names[code] for code in held[starts]]
        within = (utc[1:] < utc[:-1]) & (held[1:] == held[:-1])
        first = (order[0], int(utc[0]))
        backwards = bool(within.any()) or any(a > b for a, b in itertools.pairwise(order))
        self.is_sorted = not backwards and (self._last is None or first >= self._last)
        self._last = (order[-1], int(utc[-1]))

    def timeline(self) -> Timeline:
        """What the pass found."""
        report = self.scan.result()
        if report.first is None or report.last is None:
            raise UnreadableFile("The file holds no valid time.")  # refused before; says so to the type checker
        if self._second:
            self._write_second_passes()
        clock = self.clock_findings()
        return Timeline(
            report=report,
            findings=(*clock, *_of_steps(report.findings, self.stage.profile.calendar_months)),
            series=self._series(),
            is_sorted=self.is_sorted and not self._second,
            rows_sql=_WITH_SECOND if self._second else "stage",
            start_sql=self._start_sql(),
            reach=2 * _DAY + self.shift,
            first=micros_of(report.first),
            last=micros_of(report.last),
            end=micros_of(self._end_after(report)),
            shift=self.shift,
            offset=self._offset,
            changes=self._changes,
        )

    def _series(self) -> tuple[str, ...]:
        if not self.has_series:
            return (self.stage.profile.series,)
        return tuple(sorted(name for name, code in self.codes.items() if self._is_met[code]))

    def _end_after(self, report: StampReport) -> datetime:
        profile = self.stage.profile
        last = report.last or EPOCH
        return end_of(last, resolution_s=report.resolution_s, months=profile.calendar_months, zone=self.zone)

    def _write_second_passes(self) -> None:
        rows = pa.table(
            {
                "row": pa.chunked_array([row for row, _ in self._second], type=pa.int64()),
                "start": pa.chunked_array([start for _, start in self._second], type=pa.int64()),
            }
        )
        self.stage.connection.register("second_rows", rows)
        self.stage.connection.execute("CREATE OR REPLACE TABLE second AS SELECT * FROM second_rows")
        self.stage.connection.unregister("second_rows")

    def _start_sql(self) -> str:
        plain = "stamp"
        if self._changes or self._offset or self.shift:
            plain = f"make_timestamp(epoch_us(stamp) - ({self._offset_sql()}) - {self.shift})"
        if not self._second:
            return plain
        return f"CASE WHEN second_start IS NOT NULL THEN make_timestamp(second_start) ELSE {plain} END"

    def _offset_sql(self) -> str:
        if not self._changes:
            return str(self._offset)
        midnight = "make_timestamp(epoch_us(stamp) - elapsed)" if self.has_elapsed else "stamp"
        cases = " ".join(f"WHEN {midnight} < {wall(change.local_to)} THEN {change.before}" for change in self._changes)
        return f"CASE {cases} ELSE {self._changes[-1].after} END"


_WITH_SECOND = "(SELECT stage.*, second.start AS second_start FROM stage LEFT JOIN second ON stage.row = second.row)"


def _of_even_size(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of one size, wherever the stage's files end: which places are named goes by them."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) < BATCH_ROWS:
            continue
        joined = pa.concat_batches(waiting) if len(waiting) > 1 else batch
        while len(joined) >= BATCH_ROWS:
            yield joined.slice(0, BATCH_ROWS)
            joined = joined.slice(BATCH_ROWS)
        waiting = [joined] if len(joined) else []
    if waiting:
        yield pa.concat_batches(waiting) if len(waiting) > 1 else waiting[0]


def _whole_numbers(batch: pa.RecordBatch, name: str) -> Micros:
    """A column of whole numbers that has no nulls; pyarrow's own way would load all of pandas."""
    column = batch.column(name)
    return np.frombuffer(column.buffers()[1], dtype=np.int64)[column.offset :][: len(batch)]
