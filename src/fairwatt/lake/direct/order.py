"""What is noted of the order of a part's rows while they are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fairwatt.lake.direct.names import Codes
from fairwatt.lake.direct.runs import Runs
from fairwatt.lake.direct.stamps import Micros

_FEW_RUNS = 10_000
_LEAST_ROWS = 32  # of a run on average, where there are many: shorter ones are no less to keep than the rows


@dataclass(slots=True)
class Order:
    """The order of rows that come block by block.

    Attributes
    ----------
    series
        The only series' name, where no column names it.
    low, high
        The first and the last start [µs].
    first, last
        Series and start of the first row and of the last.
    is_sorted
        Whether the rows stand in the order of series and start.
    step
        How far apart starts are [µs], as far as it is known; 0 before.
    """

    series: str
    low: int = 0
    high: int = 0
    first: tuple[str, int] | None = None
    last: tuple[str, int] | None = None
    is_sorted: bool = True
    step: int = 0
    _rows: int = 0
    _runs: int = 0
    _is_regular: bool = True
    _names: dict[str, int] = field(default_factory=dict)
    _firsts: list[Micros] = field(default_factory=list)
    _counts: list[NDArray[np.int64]] = field(default_factory=list)
    _codes: list[NDArray[np.int64]] = field(default_factory=list)

    def note(self, starts: Micros, codes: Codes | None) -> None:
        """Take note of the next rows."""
        low, high = int(starts.min()), int(starts.max())
        names = codes.names if codes is not None else (self.series,)
        begin, end = (0, 0) if codes is None else (int(codes.codes[0]), int(codes.codes[-1]))
        first, before = (names[begin], int(starts[0])), self.last
        if before is None:
            self.first, self.low, self.high = first, low, high
        elif before > first:
            self.is_sorted = False
        self.low, self.high = min(low, self.low), max(high, self.high)
        self.last = names[end], int(starts[-1])
        steps = np.diff(starts)
        if codes is not None:
            self.is_sorted = self.is_sorted and _is_sorted(steps, codes)
        else:
            self.is_sorted = self.is_sorted and not (steps < 0).any()
        if self._is_regular:
            gap = first[1] - before[1] if before is not None and before[0] == first[0] else None
            self._note_runs(starts, steps, codes, gap)
        self._rows += len(starts)

    def _note_runs(self, starts: Micros, steps: Micros, codes: Codes | None, gap: int | None) -> None:
        """Note the next runs; the first row is ``gap`` after the row above, where that is of the same series [µs]."""
        if not self.step and len(steps):
            self.step = max(1, int(steps[0]))
        breaks = steps != self.step
        if codes is not None:
            breaks |= codes.codes[1:] != codes.codes[:-1]
        heads = np.concatenate(([0], np.flatnonzero(breaks) + 1))
        counts = np.diff(heads, append=len(starts))
        if self._counts and self.step and gap == self.step:
            self._counts[-1][-1] += counts[0]
            heads, counts = heads[1:], counts[1:]
        if not len(heads):
            return
        self._runs += len(heads)
        if self._runs > _FEW_RUNS + (self._rows + len(starts)) // _LEAST_ROWS:
            self._is_regular = False
            self._firsts, self._counts, self._codes = [], [], []
            return
        self._firsts.append(starts[heads])
        self._counts.append(counts)
        if codes is not None:
            known = [self._names.setdefault(name, len(self._names)) for name in codes.names]
            self._codes.append(np.array(known, dtype=np.int64)[codes.codes[heads]])

    @property
    def runs(self) -> Runs | None:
        """The rows as runs of starts; None where they are too irregular for that."""
        if not self._is_regular or not self._firsts:
            return None
        firsts = np.concatenate(self._firsts)
        return Runs(
            firsts=firsts,
            steps=np.full(len(firsts), max(1, self.step), dtype=np.int64),
            counts=np.concatenate(self._counts),
            codes=np.concatenate(self._codes) if self._codes else None,
            names=tuple(self._names),
        )


def _is_sorted(steps: Micros, codes: Codes) -> bool:
    """Whether rows of several series stand in order."""
    same = codes.codes[1:] == codes.codes[:-1]
    heads = np.flatnonzero(~same) + 1
    if len(heads) >= len(codes.names) or (same & (steps < 0)).any():
        return False
    runs = [codes.names[code] for code in codes.codes[[0, *heads]]]
    return all(a < b for a, b in pairwise(runs))
