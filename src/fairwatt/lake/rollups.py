"""Rollups: minimum, maximum, sum and count over whole buckets, made when readings arrive."""

from __future__ import annotations

LEVELS = (10, 60, 600, 1_800, 86_400)  # widths [s], each a whole number of those that it is made from
WORTH = 12  # readings in a bucket from which a rollup is worth its bytes
LEAST_ROWS = 20_000  # below that, opening a rollup costs as much as reading the readings
STATISTICS = ("min", "max", "sum", "n")


def levels_for(resolution_s: float | None, rows: int, span_s: float) -> tuple[int, ...]:
    """Which rollups are worth making.

    A rollup of few readings a bucket costs much and saves nothing: ten-second buckets of one-second data would
    take a third of the readings' own bytes, and a raw read is as quick there.

    Parameters
    ----------
    resolution_s
        The usual step [s]; where there is none, the mean step counts.
    rows, span_s
        How many rows, over how long [s].
    """
    step = resolution_s or (span_s / rows if rows else 0)
    if step <= 0 or rows < LEAST_ROWS:
        return ()
    return tuple(level for level in LEVELS if level >= WORTH * step and span_s >= level)


def parent_of(level: int, levels: tuple[int, ...]) -> int | None:
    """The rollup that a coarser one is made from: the coarsest finer one that divides it."""
    fitting = [finer for finer in levels if finer < level and level % finer == 0]
    return max(fitting, default=None)
