"""Survey a table before anybody has answered: how many rows, from when to when, and what its rows show.

A small table is read whole, exactly as an ingest would. Of a large one an excerpt is read (head, tail and places
between), and what follows from it is said to be an estimate.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from fairwatt.core.files.encodings import width_of
from fairwatt.core.files.layout import Layout, find_layout
from fairwatt.core.files.profile import ImportProfile
from fairwatt.core.files.sampling import FileSample
from fairwatt.core.findings import Finding
from fairwatt.lake.engine import EPOCH, Patient
from fairwatt.lake.extracting import TextTable
from fairwatt.lake.limits import Limits
from fairwatt.lake.pseudonyms import with_pseudonyms
from fairwatt.lake.results import ChannelSummary
from fairwatt.lake.staging import Stage, stage_file
from fairwatt.lake.stamping import ends_by_calendar, has_zone
from fairwatt.lake.summary import find_odd_cells, row_findings, summarise, value_findings
from fairwatt.lake.timeline import Timeline, scan_stamps
from fairwatt.lake.work import WorkFolder

WHOLE_BYTES = 64 << 20  # tables up to this size are read whole
_LONGEST_CELL = 1 << 17  # characters; beyond, a quote was never closed
_SOME_DAY = date(2001, 1, 1)  # taken while nobody has said on which day times without a date begin
_LINE = re.compile(r"^line ([\d,]+)")
_ROW = re.compile(r"Row ([\d,]+) of ")


@dataclass(frozen=True, slots=True)
class Survey:
    """What a table's rows show.

    Attributes
    ----------
    rows
        Rows of data in the table as it is written; an estimate where the survey is not exact.
    readings
        Rows of readings they make: more than ``rows`` where a row holds a whole day, fewer where times are wrong.
    is_exact
        Whether all rows were read.
    start, end
        Start of the first reading and end of the last; in UTC, or naive where the zone is not known.
    resolution_s
        The usual step [s], None where there is none.
    null_texts
        Words found in the values that are read as missing.
    series
        The meters found, sorted.
    """

    rows: int
    readings: int
    is_exact: bool
    start: datetime
    end: datetime
    resolution_s: float | None
    null_texts: tuple[str, ...]
    series: tuple[str, ...]
    channels: tuple[ChannelSummary, ...]
    findings: tuple[Finding, ...]


def survey_table(
    table: TextTable,
    profile: ImportProfile,
    *,
    name: str,
    work: Path,
    zone: str = "UTC",
    whole_bytes: int = WHOLE_BYTES,
    memory_limit: str = "400MB",
    threads: int = 2,
) -> Survey:
    """Survey a table by its profile as it stands, guesses and all.

    Parameters
    ----------
    zone
        The zone that is taken while the profile has none: for what is found where clocks change. Start and end
        come naive then.
    whole_bytes
        Up to this size a table is read whole.

    Raises
    ------
    UnreadableFile
        Where no row has a valid time.
    TooLarge
        Where it needs more memory than it may take.
    """
    is_naive = profile.timestamp.time_zone is None and not has_zone(profile.timestamp)
    if is_naive:
        rule = profile.timestamp.model_copy(update={"time_zone": zone})
        if rule.is_dateless and rule.first_date is None:
            rule = rule.model_copy(update={"first_date": _SOME_DAY})
        profile = profile.model_copy(update={"timestamp": rule})
    size = table.path.stat().st_size if table.taken is None else table.taken.size
    is_whole = size <= whole_bytes and table.taken is None
    with WorkFolder.new(work) as folder:
        path, share = table.path, 1.0
        if not is_whole:
            path = folder.path / "excerpt.txt"
            share = _write_excerpt(table.sample(), path, profile.dialect.encoding) / size
        if table.rows_in_all is not None:
            is_whole, share = False, share * table.rows / table.rows_in_all
        limits = Limits(memory_limit, threads).for_columns(profile.columns)
        stage = stage_file(
            path,
            profile,
            work=folder.path,
            name=name,
            patient=Patient(),
            memory_limit=limits.memory,
            threads=limits.threads,
        )
        with stage:
            timeline = scan_stamps(stage, name=name, patient=Patient())
            return _survey_of(stage, timeline, table, name=name, share=share, is_exact=is_whole, is_naive=is_naive)


def _survey_of(
    stage: Stage, timeline: Timeline, table: TextTable, *, name: str, share: float, is_exact: bool, is_naive: bool
) -> Survey:
    _, channels = summarise(stage)
    odd = find_odd_cells(stage, channels)
    findings: Sequence[Finding] = ()
    if is_exact:  # an excerpt's lines are not the file's
        values = value_findings(stage, channels, odd, name=name)
        _, points = with_pseudonyms(stage, timeline, None)
        findings = placed((*points, *row_findings(stage, name=name), *timeline.findings, *values), table, name=name)
    marks = {mark.strip() for mark in stage.profile.dialect.null_texts}
    start, end = _naive_extent(stage, timeline) if is_naive else _extent(timeline)
    rows = stage.rows + len(stage.rejects)
    return Survey(
        rows=rows if is_exact else round(rows / share),
        readings=timeline.report.rows if is_exact else round(timeline.report.rows / share),
        is_exact=is_exact,
        start=start,
        end=end,
        resolution_s=timeline.report.resolution_s,
        null_texts=tuple(sorted({one.text for cells in odd for one in cells.texts} & marks)),
        series=timeline.series,
        channels=channels,
        findings=tuple(findings),
    )


def _step(timeline: Timeline) -> timedelta:
    return timedelta(microseconds=timeline.end - timeline.last if timeline.end - timeline.last > 1 else 0)


def _extent(timeline: Timeline) -> tuple[datetime, datetime]:
    start, last = (EPOCH + timedelta(microseconds=micros) for micros in (timeline.first, timeline.last))
    return start, last + _step(timeline)


def _naive_extent(stage: Stage, timeline: Timeline) -> tuple[datetime, datetime]:
    """As the file's own clock shows: no zone is known that could make it an instant."""
    first, last = stage.connection.execute("SELECT min(stamp), max(stamp) FROM stage").fetchall()[0]
    if stage.profile.timestamp.stamp == "end" and not ends_by_calendar(stage.profile):
        return first - _step(timeline), last
    return first, last + _step(timeline)


def placed(findings: Sequence[Finding], table: TextTable, *, name: str) -> tuple[Finding, ...]:
    """The findings with the places in the received file, where its table was written out as text first."""
    if not table.places:
        return tuple(findings)

    def place(match: re.Match[str]) -> str:
        return table.place_of(int(match[1].replace(",", "")))

    return tuple(
        finding.model_copy(
            update={
                "where": tuple(_LINE.sub(place, where) for where in finding.where),
                "message": _ROW.sub(lambda match: _capital(f"{place(match)} of "), finding.message, count=1),
            }
        )
        for finding in findings
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _write_excerpt(sample: FileSample, target: Path, encoding: str) -> int:
    """Write the whole lines of a sample one after the other; return how many bytes they are."""
    width, end = _line_end(encoding, sample.head)
    pieces = [sample.head[: _last_end(sample.head, end, width)]]
    for at, piece in (*sample.middles, (sample.size - len(sample.tail), sample.tail)):
        aligned = piece[-at % width :]
        begin = _first_end(aligned, end, width)
        is_last = at + len(piece) >= sample.size
        pieces.append(aligned[begin : len(aligned) if is_last else _last_end(aligned, end, width)])
    with target.open("wb") as file:
        return sum(file.write(piece) for piece in pieces)


def _line_end(encoding: str, head: bytes) -> tuple[int, bytes]:
    """Bytes of a character, and those that end a line."""
    width = width_of(encoding)
    if width > 1:
        is_big = encoding.endswith("be") or (encoding == "utf-16" and head.startswith(b"\xfe\xff"))
        zeros = b"\0" * (width - 1)
        return width, zeros + b"\n" if is_big else b"\n" + zeros
    return 1, b"\n" if b"\n" in head else b"\r"


def _first_end(piece: bytes, end: bytes, width: int) -> int:
    at = piece.find(end)
    while at >= 0 and at % width:
        at = piece.find(end, at + 1)
    return at + len(end) if at >= 0 else len(piece)


def _last_end(piece: bytes, end: bytes, width: int) -> int:
    at = piece.rfind(end)
    while at >= 0 and at % width:
        at = piece.rfind(end, 0, at + len(end) - 1)
    return at + len(end) if at >= 0 else 0


def layout_of(table: TextTable, *, name: str) -> Layout | None:
    """How a table without readings is written; None where it is no table."""
    return find_layout(table.sample(), name=name, max_columns=sys.maxsize)


def count_rows(table: TextTable, layout: Layout) -> int | None:
    """The rows of a table without readings; None where it is too large to count them."""
    if table.taken is not None or table.path.stat().st_size > WHOLE_BYTES:
        return None
    dialect = layout.dialect
    ends = {"\r\r\n": "\n", "\r": "\r"}.get(dialect.line_end, "\n")
    with table.path.open(encoding=dialect.encoding, errors="replace", newline=ends) as file:
        rows = csv.reader(
            (line.replace("\r", "") for line in file), delimiter=dialect.delimiter, quotechar=dialect.quote or None
        )
        filled = 0
        try:
            for row in rows:
                if max(map(len, row), default=0) > _LONGEST_CELL:
                    return None
                filled += any(row)
        except csv.Error:  # the same, where this process keeps to the standard limit
            return None
    return max(0, filled - dialect.header_lines - dialect.skip_lines)
