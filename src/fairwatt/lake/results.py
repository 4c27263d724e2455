"""What the lake hands back: the result of an ingest and a window of readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from fairwatt.core.findings import Finding

if TYPE_CHECKING:
    import polars

Columns = Mapping[str, np.ndarray[Any, Any]]


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
    columns
        ``start`` (datetime64 µs, UTC) and for each field ``<field>_min``, ``_mean``, ``_max`` (float64, NaN where
        missing) and ``_count`` (int64). A row without values stands in each gap, so that lines break.
    step_s
        Width of a bucket [s]; of raw readings their resolution, 0 where it is unknown.
    is_raw
        Whether each row is one reading.
    shown, total
        Rows drawn (those of gaps left out), and readings rows that the window holds.
    """

    columns: Columns = field(repr=False)
    step_s: float
    is_raw: bool
    shown: int
    total: int

    @property
    def frame(self) -> polars.DataFrame:
        """The same as a frame: ``start`` in UTC, missing values null."""
        return make_frame(self.columns)


def make_frame(columns: Columns) -> polars.DataFrame:
    """A window's columns as a frame: ``start`` in UTC, missing values null."""
    import polars  # noqa: PLC0415 - 40 MB that a server which only draws need not have

    frame = polars.DataFrame(dict(columns)).with_columns(polars.col("start").dt.replace_time_zone("UTC"))
    return frame.with_columns(polars.col(polars.Float64).fill_nan(None))
