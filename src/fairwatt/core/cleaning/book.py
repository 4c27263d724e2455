"""Keep the book of cleaning: how much was done, which gaps stay open and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.bands import BANDS, band_of, bands_of
from fairwatt.core.cleaning.cleaned import DONE, Count, Refusal, Trial
from fairwatt.core.cleaning.fixes.refuse import BY_RECIPE, NEVER_WAS
from fairwatt.core.cleaning.mending import Mended
from fairwatt.core.cleaning.rows import Rows

Ints = NDArray[np.int64]
Codes = NDArray[np.uint8]

_REFUSED = DONE.index("refused")
_SPRING = "clock-change-fault"


@dataclass(slots=True)
class Book:
    """What was done so far, over all series."""

    rows: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    blocks: dict[tuple[str, str, str, str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def counts(self) -> tuple[Count, ...]:
        """Blocks and values, in the order of series, channel, finding, fix and band."""
        return tuple(Count(*key, *numbers) for key, numbers in sorted(self.blocks.items()))


@dataclass(frozen=True, slots=True)
class Fresh:
    """Rows that are written now: from ``begin`` to ``end`` of some rows; ``at`` are those that are not dropped."""

    rows: Rows
    at: Ints
    begin: int
    end: int

    @property
    def kept(self) -> tuple[int, int]:
        """The same, counted in the rows that are not dropped."""
        low, high = np.searchsorted(self.at, (self.begin, self.end))
        return int(low), int(high)


@dataclass(frozen=True, slots=True)
class Gapped:
    """The gaps that begin among fresh rows, counted in rows that are not dropped, and what came of filling them."""

    begins: Ints
    ends: Ints
    mended: Mended

    @property
    def rows(self) -> Ints:
        """Every row of every gap."""
        lengths = self.ends - self.begins
        first = self.begins - np.cumsum(lengths) + lengths
        return np.asarray(np.repeat(first, lengths) + np.arange(int(lengths.sum())))


@dataclass(slots=True)
class _Open:
    """A gap that goes on behind the rows that were written: its refusal in the book, and its band."""

    at: int
    band: int


class ChannelBook:
    """Enters what was done in one channel of one series.

    Parameters
    ----------
    findings
        The codes that numbers of findings stand for.
    """

    def __init__(self, book: Book, series: str, channel: str, findings: tuple[str, ...]) -> None:
        self._book, self._where, self._findings = book, (series, channel), findings
        self._open: _Open | None = None
        self._last = 0  # what was found and done at the last row that was entered

    def enter(self, fresh: Fresh, gapped: Gapped, finding: Codes, fix: Codes) -> None:
        """Enter what was found and done at each fresh row."""
        bands = self._bands(fresh, gapped, fix)
        self._go_on(fresh, fix)
        self._refuse(fresh, gapped, finding, fix)
        pair = finding.astype(np.int64) * len(DONE) + fix
        told = np.flatnonzero(pair > 0)
        if len(told):
            key = pair[told] * (len(BANDS) + 1) + bands[told] + 1
            is_new = np.concatenate(([True], (np.diff(told) > 1) | (np.diff(key) != 0)))
            is_new[0] = told[0] > 0 or self._last != pair[0]
            for one in np.unique(key).tolist():
                self._count(one, int(is_new[key == one].sum()), int((key == one).sum()))
        self._last = int(pair[-1])

    def _count(self, key: int, blocks: int, values: int) -> None:
        pair, band = divmod(key, len(BANDS) + 1)
        words = (self._findings[pair // len(DONE)], DONE[pair % len(DONE)])
        counted = self._book.blocks[*self._where, *words, BANDS[band - 1] if band else ""]
        counted[0] += blocks
        counted[1] += values

    def _bands(self, fresh: Fresh, gapped: Gapped, fix: Codes) -> Ints:
        """The band of the gap that each fresh row is in; -1 where it is in none."""
        bands = np.full(len(fix), -1, dtype=np.int64)
        at = fresh.at[gapped.rows]
        lengths = gapped.ends - gapped.begins
        own = at < fresh.end
        bands[at[own] - fresh.begin] = np.repeat(bands_of(lengths), lengths)[own]
        if self._open is not None:
            bands[: _leading(fix)] = self._open.band
        return bands

    def _go_on(self, fresh: Fresh, fix: Codes) -> None:
        """Make the refusal of a gap longer that began before the fresh rows."""
        if self._open is None:
            return
        more = _leading(fix)
        if more:
            old = self._book.refusals[self._open.at]
            last = int(fresh.rows.times[fresh.begin + more - 1]) + fresh.rows.step
            self._book.refusals[self._open.at] = replace(old, end=last, rows=old.rows + more)
        if more < len(fix):
            self._open = None

    def _refuse(self, fresh: Fresh, gapped: Gapped, finding: Codes, fix: Codes) -> None:
        """Say which gaps stay open, and why."""
        times, at = fresh.rows.times, fresh.at
        reasons = gapped.mended.reasons
        lengths = dict(zip(gapped.begins.tolist(), (gapped.ends - gapped.begins).tolist(), strict=True))
        for first, why in reasons.items():
            code = self._findings[finding[at[first] - fresh.begin]]
            reason = NEVER_WAS if code == _SPRING and why == BY_RECIPE else why
            behind = min(first + lengths[first], fresh.kept[1])
            end = int(times[at[behind - 1]]) + max(fresh.rows.step, 1)
            self._book.refusals.append(Refusal(*self._where, int(times[at[first]]), end, behind - first, reason))
            if at[behind - 1] == fresh.end - 1 and fix[-1] == _REFUSED:
                self._open = _Open(len(self._book.refusals) - 1, BANDS.index(band_of(lengths[first])))


def _leading(fix: Codes) -> int:
    """How many rows at the beginning are of a gap that stays open."""
    return int(np.argmax(np.append(fix != _REFUSED, True)))
