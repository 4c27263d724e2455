"""Runs in arrays: where a mask is true, where values repeat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def runs_of(mask: Mask) -> tuple[Ints, Ints]:
    """The first position of each run of true values, and the one behind its last.

    Examples
    --------
    >>> [ends.tolist() for ends in runs_of(np.array([True, True, False, True]))]
    [[0, 3], [2, 4]]
    """
    if not mask.any():
        none = np.zeros(0, dtype=np.int64)
        return none, none
    edges = np.diff(mask.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def equal_runs(values: NDArray[np.float64]) -> tuple[Ints, Ints]:
    """Runs of the same value, single ones too: first positions and lengths."""
    if not len(values):
        none = np.zeros(0, dtype=np.int64)
        return none, none
    begins = np.concatenate(([0], np.flatnonzero(values[1:] != values[:-1]) + 1))
    return begins, np.diff(begins, append=len(values))


def mask_of(begins: Ints, ends: Ints, size: int) -> Mask:
    """The mask of runs, which may overlap."""
    steps = np.zeros(size + 1, dtype=np.int64)
    np.add.at(steps, begins, 1)
    np.add.at(steps, ends, -1)
    return np.asarray(np.cumsum(steps[:-1]) > 0)


def within(rows: Ints, begins: Ints, ends: Ints) -> Mask:
    """Which rows lie in one of some runs, sorted and apart from each other.

    Examples
    --------
    >>> within(np.array([0, 3, 5]), np.array([2]), np.array([5])).tolist()
    [False, True, False]
    """
    if not len(begins):
        return np.zeros(len(rows), dtype=np.bool_)
    at = np.searchsorted(begins, rows, side="right") - 1
    return np.asarray((at >= 0) & (rows < ends[np.maximum(at, 0)]))


def shared_rows(one: tuple[Ints, Ints], other: tuple[Ints, Ints]) -> int:
    """How many rows lie in runs of both; those of each are sorted and apart from each other.

    Examples
    --------
    >>> shared_rows((np.array([0, 10]), np.array([5, 12])), (np.array([3]), np.array([11])))
    3
    """
    if not len(one[0]) or not len(other[0]):
        return 0
    lengths = np.concatenate(([0], np.cumsum(other[1] - other[0])))
    low, high = (_rows_before(edges, other, lengths) for edges in one)
    return int((high - low).sum())


def _rows_before(rows: Ints, runs: tuple[Ints, Ints], lengths: Ints) -> Ints:
    """How many rows of runs lie before each row."""
    begins, ends = runs
    at = np.searchsorted(begins, rows, side="right")
    over = np.maximum(ends[np.maximum(at - 1, 0)] - rows, 0) * (at > 0)
    return np.asarray(lengths[at] - over)
