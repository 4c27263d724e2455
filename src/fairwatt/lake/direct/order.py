"""What is noted of the order of a part's rows while they are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from fairwatt.lake.direct.names import Codes
from fairwatt.lake.direct.stamps import Micros

_MOST_RUNS = 10_000


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
    step, runs
        Runs of starts of the only series that are ``step`` apart [µs]: how each begins and how many there are; None
        where there are too many, or several series.
    """

    series: str
    low: int = 0
    high: int = 0
    first: tuple[str, int] | None = None
    last: tuple[str, int] | None = None
    is_sorted: bool = True
    step: int = 0
    runs: list[list[int]] | None = field(default_factory=list)

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
            self.runs = None
            self.is_sorted = self.is_sorted and _is_sorted(steps, codes)
        else:
            self.is_sorted = self.is_sorted and not (steps < 0).any()
            self._note_runs(starts, steps, None if before is None else before[1])

    def _note_runs(self, starts: Micros, steps: Micros, before: int | None) -> None:
        if self.runs is None:
            return
        if not self.step and len(steps):
            self.step = max(1, int(steps[0]))
        heads = [0, *(np.flatnonzero(steps != self.step) + 1).tolist()]
        if len(self.runs) + len(heads) > _MOST_RUNS:
            self.runs = None
            return
        runs = [[int(starts[a]), b - a] for a, b in pairwise([*heads, len(starts)])]
        if before is not None and runs[0][0] - before == self.step:
            self.runs[-1][1] += runs.pop(0)[1]
        self.runs += runs


def _is_sorted(steps: Micros, codes: Codes) -> bool:
    """Whether rows of several series stand in order."""
    same = codes.codes[1:] == codes.codes[:-1]
    heads = np.flatnonzero(~same) + 1
    if len(heads) >= len(codes.names) or (same & (steps < 0)).any():
        return False
    runs = [codes.names[code] for code in codes.codes[[0, *heads]]]
    return all(a < b for a, b in pairwise(runs))
