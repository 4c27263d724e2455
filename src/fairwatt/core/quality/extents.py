"""From when to when readings are, without a few rows whose stamps are years away from all others."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.seasons import DAY

Ints = NDArray[np.int64]

_MONTH = 30 * DAY
_YEARS = 37  # months without a row, about three years
_FEW = 0.01  # of all rows


class Extent:
    """Counts rows by month, batch by batch; then tells between which times they are settled."""

    def __init__(self) -> None:
        self._rows: Counter[int] = Counter()
        self._ends: tuple[int, int] | None = None

    def add(self, times: Ints) -> None:
        """Take some rows' times [µs]."""
        if not len(times):
            return
        low, high = int(times.min()), int(times.max())
        self._ends = (low, high) if self._ends is None else (min(low, self._ends[0]), max(high, self._ends[1]))
        counts = np.bincount(times // _MONTH - low // _MONTH)
        self._rows.update({low // _MONTH + int(at): int(counts[at]) for at in np.flatnonzero(counts)})

    @property
    def whole(self) -> tuple[int, int] | None:
        """The first and the last time; None of no rows."""
        return self._ends

    @property
    def bounds(self) -> tuple[int, int] | None:
        """Times [first, behind) outside of which a few rows are, years away; None where there are none such."""
        months = np.array(sorted(self._rows), dtype=np.int64)
        if len(months) < 2:
            return None
        rows = np.array([self._rows[int(month)] for month in months])
        begins = np.concatenate(([0], np.flatnonzero(np.diff(months) > _YEARS) + 1))
        sums = np.add.reduceat(rows, begins)
        main = np.flatnonzero(sums > _FEW * rows.sum())
        if len(begins) == 1 or len(main) != 1:
            return None
        last = np.append(begins[1:], len(months))[main[0]] - 1
        return int(months[begins[main[0]]]) * _MONTH, (int(months[last]) + 1) * _MONTH


def settled(times: Ints) -> tuple[int, int] | None:
    """The first and the last of some times without a few that are years away from all others; None of none.

    Examples
    --------
    >>> settled(np.append(np.arange(500) * 60_000_000, 4 * 10**15))
    (0, 29940000000)
    """
    extent = Extent()
    extent.add(times)
    if extent.bounds is None:
        return extent.whole
    first, behind = extent.bounds
    own = times[(times >= first) & (times < behind)]
    return int(own.min()), int(own.max())
