"""Made series with a known truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality import Channel, ReadingsInMemory, Scan, scan_health

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SECOND = 1_000_000
HALF_HOUR = 1_800 * SECOND
DAY = 86_400 * SECOND
YEAR_2019 = 1_546_300_800 * SECOND


def times(count: int, step: int = HALF_HOUR, first: int = YEAR_2019) -> Ints:
    """Even times."""
    return first + np.arange(count, dtype=np.int64) * step


def load(count: int, step: int = HALF_HOUR, seed: int = 1) -> Floats:
    """A load with days, weeks and noise, to three decimals."""
    hours = np.arange(count) * step / 3_600 / SECOND
    days = 40 * np.sin(2 * np.pi * (hours - 8) / 24)
    weeks = 10 * np.sin(2 * np.pi * hours / 168)
    return np.round(100 + days + weeks + np.random.default_rng(seed).normal(0, 3, count), 3)


def scan(values: Floats, at: Ints | None = None, **known: object) -> Scan:
    """Scan one channel called ``x``."""
    stamps = times(len(values)) if at is None else at
    channel = Channel("x", **known)  # type: ignore[arg-type]
    return scan_health(ReadingsInMemory((channel,), stamps, {"x": values}))


def rows_of(scan: Scan, code: str) -> list[int]:
    """The rows that were told of by a code."""
    found = [one for one in scan.detections if one.code == code]
    return [int(row) for one in found for a, n in zip(one.row, one.rows, strict=True) for row in range(a, a + n)]


def codes_of(scan: Scan) -> set[str]:
    """All codes that were told of."""
    return {finding.code for finding in scan.report.findings}
