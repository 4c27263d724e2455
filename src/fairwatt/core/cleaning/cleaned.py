"""What cleaning gives: every row of the regular grid, each value as it was and as it is now, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.recipe import FIXES
from fairwatt.core.quality.blocks import runs_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

# What was done with a value: numbers in `CleanedChannel.fix`. "refused": a gap that was not filled, see `Refusal`.
DONE = ("", "marked", "nulled", "dropped", "refused", *FIXES)


@dataclass(frozen=True, slots=True)
class CleanedChannel:
    """One channel in a window; all arrays have a value for each row.

    Attributes
    ----------
    raw
        As it was read; NaN where missing.
    cleaned
        As it is now; NaN where missing.
    finding
        What was found: a number of :attr:`CleanedWindow.findings`; 0: nothing.
    fix
        What was done: a number of :data:`DONE`; 0: nothing.
    p10, p90
        Of filled values, between what the true one lies in 80 of 100 cases; NaN elsewhere.
    """

    raw: Floats = field(repr=False)
    cleaned: Floats = field(repr=False)
    finding: Codes = field(repr=False)
    fix: Codes = field(repr=False)
    p10: Floats = field(repr=False)
    p90: Floats = field(repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """All blocks of a window that one fix made of one finding in one channel of one series.

    The i-th block is the i-th of ``begin``, ``end``, ``row`` and ``rows``; its values follow those of the block before
    in ``raw``, ``cleaned``, ``p10`` and ``p90``.

    Attributes
    ----------
    finding, fix
        What was found, and what was done (a word of :data:`DONE`).
    begin, end
        The period [begin, end) of each block [µs since 1970, UTC].
    row, rows
        Each block's first row among all rows of the result, and how many.
    """

    series: str
    channel: str
    finding: str
    fix: str
    begin: Ints
    end: Ints
    row: Ints
    rows: Ints
    raw: Floats
    cleaned: Floats
    p10: Floats
    p90: Floats

    def __len__(self) -> int:
        return len(self.begin)


@dataclass(frozen=True, slots=True)
class CleanedWindow:
    """Some rows of one series, in the order of time: those that were read, and those that were missing.

    Attributes
    ----------
    series
        The meter, "" where there is one.
    first_row
        Position of the first of these rows among all rows of the result.
    times
        Start of each row's interval [µs since 1970, UTC].
    source
        Position of each row among the readings; -1 where the row was missing.
    is_dropped
        Rows that the result does without: repeats of the row before, and rows that are years away from all others.
        Their values are in ``raw``, and ``cleaned`` is empty, so that every other time is there once.
    step
        The usual step [µs]; 0 where there is none, and then no row is added.
    channels
        By field.
    findings
        The codes that the numbers in :attr:`CleanedChannel.finding` stand for; the first is "".
    """

    series: str
    first_row: int
    times: Ints = field(repr=False)
    source: Ints = field(repr=False)
    is_dropped: Mask = field(repr=False)
    step: int
    channels: Mapping[str, CleanedChannel]
    findings: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.times)

    def changes(self) -> Iterator[Change]:
        """All that was changed or marked here, channel by channel; a block that a window's end cuts comes in two."""
        for name, channel in self.channels.items():
            pair = channel.finding.astype(np.int64) * len(DONE) + channel.fix
            for number in np.unique(pair[pair > 0]):
                yield self._change(name, channel, int(number) // len(DONE), int(number) % len(DONE))

    def _change(self, name: str, channel: CleanedChannel, finding: int, fix: int) -> Change:
        mask = (channel.finding == finding) & (channel.fix == fix)
        begins, ends = runs_of(mask)
        return Change(
            series=self.series,
            channel=name,
            finding=self.findings[finding],
            fix=DONE[fix],
            begin=self.times[begins],
            end=self.times[ends - 1] + max(self.step, 1),
            row=begins + self.first_row,
            rows=ends - begins,
            raw=channel.raw[mask],
            cleaned=channel.cleaned[mask],
            p10=channel.p10[mask],
            p90=channel.p90[mask],
        )


@dataclass(frozen=True, slots=True)
class Count:
    """How much was done: blocks and values of one finding and fix in the gaps of one band; "" where nothing was
    taken away."""

    series: str
    channel: str
    finding: str
    fix: str
    band: str
    blocks: int
    values: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A gap that was not filled: its period [begin, end) [µs], its rows, and why."""

    series: str
    channel: str
    begin: int
    end: int
    rows: int
    reason: str


@dataclass(frozen=True, slots=True)
class Trial:
    """How one fix did where gaps of one band were cut into the series itself.

    Attributes
    ----------
    gaps, values
        How many were cut, and how many values the fix was held against.
    rmse, bias
        Root of the mean squared error, and mean error [the channel's unit].
    share
        The error as a share of the channel's spread.
    is_chosen
        Whether gaps of this band are filled so.
    weights
        Of a blend: by how much each fix counts.
    """

    series: str
    channel: str
    band: str
    fix: str
    gaps: int
    values: int
    rmse: float
    bias: float
    share: float
    is_chosen: bool
    weights: tuple[tuple[str, float], ...] = ()
