"""Rows as runs of equal steps: what a regular file's times are, in a few numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.lake.direct.stamps import Micros


@dataclass(frozen=True, slots=True)
class Runs:
    """Following rows, a run each of times that are equally far apart.

    Attributes
    ----------
    firsts, steps, counts
        Each run's first time and its step [µs], and how many rows it has.
    codes, names
        Each run's series, as a place among the names; None where there is one series.
    """

    firsts: Micros
    steps: Micros
    counts: NDArray[np.int64]
    codes: NDArray[np.int64] | None = None
    names: tuple[str, ...] = ()

    def moved(self, offset: int) -> Runs:
        """The same, ``offset`` later [µs]."""
        return Runs(self.firsts + offset, self.steps, self.counts, self.codes, self.names)


class RunRows:
    """The rows of runs, to be had from any row on.

    Parameters
    ----------
    runs
        Those of following parts of a file.
    long
        A run of more rows is a long one.
    """

    def __init__(self, runs: Iterable[Runs], *, long: int) -> None:
        parts = list(runs)
        self._firsts = np.concatenate([part.firsts for part in parts])
        self._steps = np.concatenate([part.steps for part in parts])
        self._ends = np.cumsum(np.concatenate([part.counts for part in parts]))
        self._begins = np.concatenate(([0], self._ends[:-1]))
        self._long = self._begins[self._ends - self._begins > long]
        known: dict[str, int] = {}
        codes = [_joined_codes(part, known) for part in parts if part.codes is not None]
        self.names = tuple(known)
        self._codes = np.concatenate(codes) if codes else None

    def __len__(self) -> int:
        return int(self._ends[-1])

    @property
    def is_stepwise(self) -> bool:
        """Whether there is one series, or each one's rows stand together and run forward."""
        return self._codes is None or self.is_forward

    @property
    def is_forward(self) -> bool:
        """Whether each series' rows stand together, and run forward: no time of any comes twice."""
        lasts = self._firsts + self._steps * (self._ends - self._begins - 1)
        runs_on = self._firsts[1:] > lasts[:-1]
        if self._codes is not None:
            steps = np.diff(self._codes)
            runs_on = (steps > 0) | ((steps == 0) & runs_on)
        return bool(runs_on.all())

    def run_at(self, row: int) -> tuple[int, int, int, int]:
        """The run from a row on: its time there and its step [µs], how many rows it still has, its series' place."""
        at = int(np.searchsorted(self._ends, row, side="right"))
        step = int(self._steps[at])
        stamp = int(self._firsts[at]) + step * (row - int(self._begins[at]))
        return stamp, step, int(self._ends[at]) - row, 0 if self._codes is None else int(self._codes[at])

    def next_long(self, row: int) -> int:
        """The first row after ``row`` that begins a long run; the end where there is none."""
        at = int(np.searchsorted(self._long, row, side="right"))
        return int(self._long[at]) if at < len(self._long) else len(self)

    def rows(self, begin: int, end: int) -> tuple[Micros, NDArray[np.int64] | None]:
        """The times [µs] of the rows [begin, end), and their series' places."""
        low, high = (int(n) for n in np.searchsorted(self._ends, [begin, end - 1], side="right"))
        own = slice(low, high + 1)
        begins = np.maximum(self._begins[own], begin)
        counts = np.minimum(self._ends[own], end) - begins
        firsts = self._firsts[own] + self._steps[own] * (begins - self._begins[own])
        stamps = np.arange(end - begin, dtype=np.int64) - np.repeat(begins - begin, counts)
        stamps *= np.repeat(self._steps[own], counts)
        stamps += np.repeat(firsts, counts)
        return stamps, None if self._codes is None else np.repeat(self._codes[own], counts)


def _joined_codes(part: Runs, known: dict[str, int]) -> NDArray[np.int64]:
    """A part's codes among the names of all parts, in the order in which they are met."""
    codes = np.asarray(part.codes, dtype=np.int64)
    met, firsts = np.unique(codes, return_index=True)
    table = np.zeros(len(part.names), dtype=np.int64)
    for code in met[np.argsort(firsts)]:
        table[code] = known.setdefault(part.names[code], len(known))
    return table[codes]
