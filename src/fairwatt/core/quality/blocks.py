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
