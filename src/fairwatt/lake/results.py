"""What the lake hands back: the result of an ingest and a window of readings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from fairwatt.core.findings import Finding

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """One channel over a whole file; the extremes and the mean are None where it holds no number."""

    field: str
    count: int
    missing: int
    minimum: float | None
    mean: float | None
    maximum: float | None


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What one file brought into its table.

    Attributes
    ----------
    rows
        Rows with a valid stamp: those in the table.
    readings
        Values that are not missing, over all channels.
    series
        The series of this file, sorted.
    first, last
        Start of the first and of the last reading (UTC).
    period_end
        End of the last reading: ``last`` plus the resolution.
    resolution_s
        The usual step of the readings [s], None where there is none.
    missing_count, missing_rows
        Values that are missing, and rows with at least one of them.
    coverage
        The period in 60 equal parts: the share of the expected readings that each holds, 0-1.
    stored_bytes
        Bytes of the Parquet files, rollups left out.
    """

    rows: int
    readings: int
    series: tuple[str, ...]
    first: datetime
    last: datetime
    period_end: datetime
    resolution_s: float | None
    channels: tuple[ChannelSummary, ...]
    missing_count: int
    missing_rows: int
    gap_count: int
    duplicate_count: int
    coverage: tuple[float, ...]
    findings: tuple[Finding, ...]
    stored_bytes: int
    rollup_bytes: int = 0


@dataclass(frozen=True, slots=True)
class WindowFrame:
    """Readings of a window, made for drawing.

    Attributes
    ----------
    frame
        ``start`` (Datetime µs UTC) and for each field ``<field>_min``, ``_mean``, ``_max`` (Float64, null
        where missing) and ``_count`` (Int64). A row of nulls stands in each gap, so that lines break.
    step_s
        Width of a bucket [s]; of raw readings their resolution, 0 where it is unknown.
    is_raw
        Whether each row is one reading.
    shown, total
        Rows drawn (those of gaps left out), and readings rows that the window holds.
    """

    frame: polars.DataFrame = field(repr=False)
    step_s: float
    is_raw: bool
    shown: int
    total: int
