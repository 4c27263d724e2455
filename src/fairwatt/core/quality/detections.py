"""What checks find: blocks of readings, as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.blocks import mask_of, runs_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Detections:
    """All blocks that one check found in one channel of one series: the i-th block is the i-th of each array.

    This is what cleaning takes: a block is a half-open period and a run of rows, so that a mask is made of either.

    Attributes
    ----------
    code
        What was found, of :data:`fairwatt.core.quality.codes.CODES`.
    series
        The meter, "" where the readings name none.
    channel
        The channel's field; "" where whole rows are meant.
    begin, end
        The period [begin, end) of each block [µs since 1970, UTC].
    row, rows
        Position of the block's first row among the readings (in the order of series and start), and how many rows.
        Where rows are missing: the row before which they should stand, and 0.
    count
        Values concerned; of missing rows, how many there should be.
    evidence
        How much speaks for it, in the unit that the code's description says.
    value
        Of each block the value that is meant, the one with most evidence; empty where a code is about no values.
    """

    code: str
    series: str
    channel: str
    begin: Ints
    end: Ints
    row: Ints
    rows: Ints
    count: Ints
    evidence: Floats
    value: Floats = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.begin)

    @property
    def total(self) -> int:
        """Values concerned, over all blocks."""
        return int(self.count.sum())

    def mask(self, first_row: int, size: int) -> NDArray[np.bool_]:
        """Which of ``size`` rows from ``first_row`` on lie in a block."""
        begins = np.clip(self.row - first_row, 0, size)
        ends = np.clip(self.row + self.rows - first_row, 0, size)
        return mask_of(begins, ends, size)

    def some(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Detections:
        """Some of the blocks."""
        parts = {name: getattr(self, name)[which] for name in _ARRAYS}
        return replace(self, **parts, value=self.value[which] if len(self.value) else self.value)


_ARRAYS = ("begin", "end", "row", "rows", "count", "evidence")


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows are: what turns positions into blocks.

    Attributes
    ----------
    series
        The meter.
    times
        Start of each row [µs], sorted.
    first_row
        Position of the first of these rows among all readings.
    step
        The usual step [µs], 0 where there is none.
    """

    series: str
    times: Ints
    first_row: int
    step: int

    def ends_of(self, last: Ints) -> Ints:
        """The end of each row's interval: a step later; without one, a microsecond."""
        return np.asarray(self.times[last] + max(self.step, 1))

    def blocks(
        self,
        code: str,
        channel: str,
        runs: tuple[Ints, Ints],
        *,
        evidence: Floats | None = None,
        count: Ints | None = None,
    ) -> Detections:
        """Detections of runs of rows [begin, end)."""
        begins, ends = runs
        return Detections(
            code=code,
            series=self.series,
            channel=channel,
            begin=self.times[begins],
            end=self.ends_of(ends - 1),
            row=begins + self.first_row,
            rows=ends - begins,
            count=ends - begins if count is None else count,
            evidence=np.ones(len(begins)) if evidence is None else np.asarray(evidence, dtype=np.float64),
        )

    def of_mask(
        self,
        code: str,
        channel: str,
        mask: NDArray[np.bool_],
        weight: Floats | None = None,
        values: Floats | None = None,
    ) -> Detections:
        """Detections of the runs of a mask; the evidence of a run is its rows' largest weight, with its value."""
        runs = runs_of(mask)
        if weight is None or not len(runs[0]):
            return self.blocks(code, channel, runs)
        at = runs[0].copy()
        for i in np.flatnonzero(runs[1] - runs[0] > 1):
            at[i] += int(np.argmax(weight[runs[0][i] : runs[1][i]]))
        found = self.blocks(code, channel, runs, evidence=weight[at])
        return found if values is None else replace(found, value=values[at])


def joined(parts: Iterable[Detections]) -> Detections | None:
    """Detections of one code, channel and series that were found in stretches which overlap, as one; None of none.

    Blocks whose rows overlap or touch become one (rows, not times: those of repeated rows touch in time): its count is
    that of its rows, its evidence the largest.
    """
    found = [part for part in parts if len(part)]
    if not found:
        return None
    arrays = {name: np.concatenate([getattr(part, name) for part in found]) for name in _ARRAYS}
    if len(found) == 1:
        return found[0]
    order = np.lexsort((arrays["end"], arrays["row"]))
    arrays = {name: array[order] for name, array in arrays.items()}
    reach = np.maximum.accumulate(arrays["row"] + arrays["rows"])
    is_new = np.concatenate(([True], arrays["row"][1:] > reach[:-1]))
    first = np.flatnonzero(is_new)
    shown = np.concatenate([part.value for part in found])
    most = {name: np.maximum.reduceat(array, first) for name, array in arrays.items()}
    rows = reach[np.append(first[1:], len(is_new)) - 1] - arrays["row"][first]
    count = np.where(rows == most["rows"], most["count"], rows)  # of one that holds all the others, as it said
    is_length = bool((arrays["evidence"] == arrays["count"]).all())
    return replace(
        found[0],
        begin=arrays["begin"][first],
        end=most["end"],
        row=arrays["row"][first],
        rows=rows,
        count=count,
        evidence=count.astype(np.float64) if is_length else most["evidence"],
        value=shown[order][first] if len(shown) == len(order) else found[0].value[:0],
    )
