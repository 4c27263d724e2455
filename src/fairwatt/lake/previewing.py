"""A few rows of a file as they will be read: by the same engine as all of them, before anything is stored."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files.profile import Compression, Dialect, ImportProfile
from fairwatt.lake.engine import Patient, quoted
from fairwatt.lake.limits import Limits
from fairwatt.lake.staging import Stage, stage_file
from fairwatt.lake.summary import summarise
from fairwatt.lake.timeline import Timeline, scan_stamps
from fairwatt.lake.work import WorkFolder
from fairwatt.lake.writing import stored_types, stored_value

HEAD_LINES = 8
_HEAD_BYTES = 1 << 20
_LIMITS = Limits("150MB", 1)

Value = object  # a Decimal, float, bool, text, or None where the cell is missing


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row of readings.

    Attributes
    ----------
    row
        The row it comes from, counted from 0 among those given.
    start
        When its interval starts, in UTC; None where its time can't be read.
    values
        A value for each channel of the profile, in its unit.
    """

    row: int
    start: datetime | None
    series: str
    values: tuple[Value, ...]


def read_head(path: Path, dialect: Dialect, *, most: int = HEAD_LINES) -> list[list[str]]:
    """The lines before the first row of data, cell by cell: the header, its units, and what stands above them.

    Parameters
    ----------
    path
        The text, unpacked.
    most
        How many lines, the last ones first of all.
    """
    before = dialect.skip_lines + dialect.header_lines
    with path.open("rb") as file:
        text = file.read(_HEAD_BYTES).decode(dialect.encoding, "replace").removeprefix("\ufeff")
    lines = io.StringIO(text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n"))
    above = [line.rstrip("\n") for line in itertools.islice(lines, dialect.skip_lines)]
    quote = dialect.quote or None
    reader = csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=quote,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    try:
        head = list(itertools.takewhile(lambda _: reader.line_num <= dialect.header_lines, reader))
    except csv.Error:
        head = []
    return [*([line] for line in above if line.strip()), *head][-most:] if before else []


def read_rows(
    rows: Sequence[Sequence[str]], profile: ImportProfile, *, work: Path, limits: Limits = _LIMITS
) -> list[PreviewRow]:
    """Read a few rows by a profile, in their order.

    Parameters
    ----------
    rows
        Cells as the file has them; short rows are filled up.
    work
        The folder for temporary files.

    Raises
    ------
    UnreadableFile
        Where no row has a time that can be read.
    InvalidInput
        Where the clock is not known.
    """
    if not rows:
        raise UnreadableFile("There are no rows to show.")
    limits = limits.for_columns(profile.columns)
    with WorkFolder.new(work) as folder:
        path = folder.path / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows(_filled(row, profile.columns) for row in rows)
        with stage_file(
            path,
            _of_plain_text(profile),
            work=folder.path,
            name="these rows",
            patient=Patient(),
            memory_limit=limits.memory,
            threads=limits.threads,
        ) as stage:
            return _read(stage, scan_stamps(stage, name="these rows", patient=Patient()))


def _filled(row: Sequence[str], columns: int) -> list[str]:
    cells = [cell.replace("\n", " ").replace("\r", " ") for cell in row[:columns]]
    return cells + [""] * (columns - len(cells))


def _of_plain_text(profile: ImportProfile) -> ImportProfile:
    """The same, for rows that are written out as plain text without a header."""
    plain = {
        "encoding": "utf-8",
        "compression": Compression.NONE,
        "member": "",
        "delimiter": ",",
        "quote": '"',
        "line_end": "\n",
        "skip_lines": 0,
        "header_lines": 0,
    }
    return profile.model_copy(update={"dialect": profile.dialect.model_copy(update=plain)})


def _read(stage: Stage, timeline: Timeline) -> list[PreviewRow]:
    _, channels = summarise(stage)
    types = stored_types(stage.cells, channels)
    values = "".join(
        f", {stored_value(cell, types[cell.rule.field])} AS {quoted(cell.rule.field)}" for cell in stage.cells
    )
    has_series = stage.profile.has_series
    series = "coalesce(series, '')" if has_series else "''"
    sql = (
        f"SELECT row, CASE WHEN stamp IS NOT NULL THEN epoch_us({timeline.start_sql}) END, {series}{values} "
        f"FROM {timeline.rows_sql} ORDER BY row, 2"
    )
    found = stage.connection.execute(sql).fetchall()
    constant = "" if has_series else stage.profile.series
    times, cycle = stage.shape.rows_a_line, stage.lines.cycle
    return [
        PreviewRow(
            row=int(row) % cycle if cycle else int(row) // times,
            start=None if start is None else datetime.fromtimestamp(start / 1e6, UTC),
            series=constant or name,
            values=tuple(rest),
        )
        for row, start, name, *rest in found
    ]
