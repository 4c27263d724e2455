"""Write the cleaned rows of one series as they pass: what was found, what was done, and how much of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.bands import BANDS, band_of, bands_of
from fairwatt.core.cleaning.cleaned import DONE, CleanedChannel, CleanedWindow, Count, Refusal, Trial
from fairwatt.core.cleaning.fixes.refuse import BY_RECIPE, NEVER_WAS, waits_for
from fairwatt.core.cleaning.gaps import REACH
from fairwatt.core.cleaning.judging import MARK, MEND, NULL, WISHES, Judge, Judged
from fairwatt.core.cleaning.mending import Mended, Mender, Ways
from fairwatt.core.cleaning.recipe import Recipe
from fairwatt.core.cleaning.rows import Rows
from fairwatt.core.cleaning.series_course import SeriesWays
from fairwatt.core.quality import Channel
from fairwatt.core.quality.blocks import runs_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Runs = tuple[Ints, Ints]

_MARKED, _NULLED, _DROPPED, _REFUSED = (DONE.index(word) for word in ("marked", "nulled", "dropped", "refused"))


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


@dataclass(slots=True)
class _Open:
    """A gap that goes on behind the rows that were written: why it stays open."""

    at: int  # of the refusal in the book
    band: int


class SeriesWriter:
    """Writes one series."""

    def __init__(
        self, channels: Sequence[Channel], judge: Judge, recipe: Recipe, ways: SeriesWays, book: Book
    ) -> None:  # fmt: skip
        self._channels, self._judge, self._recipe, self._ways, self._book = channels, judge, recipe, ways, book
        self._menders = {
            one.field: Mender(recipe, ways.ways.get(one.field, Ways()), ways.signs.get(one.field, 1.0))
            for one in channels
        }
        self._open: dict[str, _Open] = {}
        self._last: dict[str, int] = {}  # what was found and done at the last row that was written

    def write(self, blocks: Iterable[Rows]) -> Iterator[CleanedWindow]:
        """All rows, when what follows the gaps among them is known."""
        held: Rows | None = None
        done = 0  # rows of those held that are written already
        coming = iter(blocks)
        following = next(coming, None)
        while following is not None:
            held = following if held is None else held.and_then(following)
            following = next(coming, None)
            judged = {one.field: self._judge.judge(held, one.field) for one in self._channels}
            cut = len(held)
            if following is not None:
                cut = min((self._cut(held, one) for one in judged.values()), default=cut)
            if cut > done:
                yield self._window(held, judged, done, cut)
                keep = _back(held, cut)
                held, done = held.part(keep, len(held)), cut - keep

    def _cut(self, rows: Rows, judged: Judged) -> int:
        """Up to which row all gaps have ended, and what follows them is there."""
        needed = (judged.action == MEND) & ~rows.is_dropped
        longest = waits_for(rows.step, self._recipe)
        begins, ends = runs_of(needed[~rows.is_dropped] if rows.is_dropped.any() else needed)
        if not len(begins):
            return len(rows)
        at = np.flatnonzero(~rows.is_dropped)
        is_late = (ends > len(at) - 2 * REACH) & (ends - begins <= longest)
        return int(at[begins[is_late][0]]) if is_late.any() else len(rows)

    def _window(self, rows: Rows, judged: dict[str, Judged], done: int, cut: int) -> CleanedWindow:
        kept = rows.without_dropped()
        at = np.flatnonzero(~rows.is_dropped)
        sound = {
            one.field: np.where(judged[one.field].is_sound[at], kept.values[one.field], np.nan)
            for one in self._channels
        }
        fresh = (int(np.searchsorted(at, done)), int(np.searchsorted(at, cut)))
        channels = {}
        for channel in self._channels:
            name = channel.field
            mended, runs = self._mended(kept, sound, name, (judged[name], at), fresh)
            channels[name] = self._channel(rows, (name, judged[name]), (mended, runs, at), (done, cut))
        window = CleanedWindow(
            series=rows.series,
            first_row=self._book.rows,
            times=rows.times[done:cut],
            source=rows.source[done:cut],
            is_dropped=rows.is_dropped[done:cut],
            step=rows.step,
            channels=channels,
            findings=self._judge.findings,
        )
        self._book.rows += cut - done
        return window

    def _mended(
        self, kept: Rows, sound: dict[str, Floats], name: str, known: tuple[Judged, Ints], fresh: tuple[int, int]
    ) -> tuple[Mended, Runs]:
        """Fill the gaps that begin among the new rows; those that began before stay open."""
        judged, at = known
        needed = judged.action[at] == MEND
        begins, ends = runs_of(needed)
        is_new = (begins >= fresh[0]) & (begins < fresh[1])  # what goes on behind the new rows is too long to be filled
        own = (begins[is_new], ends[is_new])
        if not len(own[0]):
            return Mended.empty(len(at)), own
        decided = self._decided(judged.finding[at], judged.wish[at], (needed, own), name)
        view = self._ways.view(kept, name, sound)
        with np.errstate(all="ignore"):  # as where they were learned
            return self._menders[name].mend(view, own, decided), own

    def _decided(self, finding: Codes, wish: Codes, which: tuple[Mask, Runs], channel: str) -> Codes:
        """How each row is to be filled: numbers of WISHES."""
        needed, (begins, ends) = which
        rows = np.repeat(begins, ends - begins) + _within(ends - begins)
        lengths = np.repeat(ends - begins, ends - begins)
        decided = np.zeros(len(needed), dtype=np.uint8)
        key = finding[rows].astype(np.int64) * len(WISHES) + wish[rows]
        for one in np.unique(key).tolist():
            own = key == one
            if one % len(WISHES):
                decided[rows[own]] = one % len(WISHES)
                continue
            code = self._judge.findings[one // len(WISHES)]
            for length in np.unique(lengths[own]).tolist():
                some = rows[own & (lengths == length)]
                decided[some] = WISHES.index(self._recipe.fix_for(code, channel, length))
        return decided

    def _channel(
        self, rows: Rows, known: tuple[str, Judged], filled: tuple[Mended, Runs, Ints], fresh: tuple[int, int]
    ) -> CleanedChannel:
        name, judged = known
        mended, runs, at = filled
        own = slice(*fresh)
        raw = rows.values[name][own]
        action, finding = judged.action[own], judged.finding[own]
        fix = np.zeros(len(raw), dtype=np.uint8)
        fix[action == MARK] = np.where(finding[action == MARK] > 0, _MARKED, 0)
        fix[action == NULL] = _NULLED
        fix[action == MEND] = _REFUSED
        cleaned = np.where(action >= NULL, np.nan, raw)
        p10, p90 = np.full(len(raw), np.nan), np.full(len(raw), np.nan)
        put = np.flatnonzero(mended.fix)
        put = put[at[put] < fresh[1]]
        to = at[put] - fresh[0]
        fix[to], cleaned[to], p10[to], p90[to] = mended.fix[put], mended.values[put], mended.p10[put], mended.p90[put]
        gone = rows.is_dropped[own]
        fix[gone], cleaned[gone] = _DROPPED, np.nan
        self._count(rows, (name, finding, fix), (mended, runs, at), fresh)
        return CleanedChannel(raw, cleaned, finding, fix, p10, p90)

    def _count(
        self, rows: Rows, what: tuple[str, Codes, Codes], filled: tuple[Mended, Runs, Ints], fresh: tuple[int, int]
    ) -> None:
        name, finding, fix = what
        _, (begins, ends), at = filled
        pair = finding.astype(np.int64) * len(DONE) + fix
        band = np.full(len(pair), -1, dtype=np.int64)
        numbers = bands_of(ends - begins)
        inside = at[np.repeat(begins, ends - begins) + _within(ends - begins)]
        is_written = inside < fresh[1]
        band[inside[is_written] - fresh[0]] = np.repeat(numbers, ends - begins)[is_written]
        if name in self._open:
            more = int(np.argmax(np.append(fix != _REFUSED, True)))
            band[:more] = self._open[name].band
        self._refuse(rows, (name, finding, fix), filled, fresh)
        told = np.flatnonzero(pair > 0)
        if not len(told):
            self._last[name] = 0
            return
        key = pair[told] * (len(BANDS) + 1) + band[told] + 1
        is_new = np.concatenate(([True], (np.diff(told) > 1) | (np.diff(key) != 0)))
        if told[0] == 0 and self._last.get(name, 0) == pair[0]:
            is_new[0] = False
        for one in np.unique(key).tolist():
            code, number = divmod(one, len(BANDS) + 1)
            words = (self._judge.findings[code // len(DONE)], DONE[code % len(DONE)])
            counted = self._book.blocks[rows.series, name, *words, BANDS[number - 1] if number else ""]
            counted[0] += int(is_new[key == one].sum())
            counted[1] += int((key == one).sum())
        self._last[name] = int(pair[-1])

    def _refuse(
        self, rows: Rows, what: tuple[str, Codes, Codes], filled: tuple[Mended, Runs, Ints], fresh: tuple[int, int]
    ) -> None:
        """Say which gaps stay open, and why; one that goes on is told of once."""
        mended, (begins, ends), at = filled
        name, finding, fix = what
        held = self._open.pop(name, None)
        if held is not None:
            more = int(np.argmax(np.append(fix != _REFUSED, True)))
            old = self._book.refusals[held.at]
            last = int(rows.times[fresh[0] + more - 1]) + rows.step if more else old.end
            self._book.refusals[held.at] = replace(old, end=last, rows=old.rows + more)
            if more == len(fix):
                self._open[name] = held
        lengths = dict(zip(begins.tolist(), ends.tolist(), strict=True)) if mended.reasons else {}
        for first, why in mended.reasons.items():
            code = self._judge.findings[finding[at[first] - fresh[0]]]
            reason = NEVER_WAS if code == "clock-change-fault" and why == BY_RECIPE else why
            end = min(lengths[first], int(np.searchsorted(at, fresh[1])))
            stop = int(rows.times[at[end - 1]]) + max(rows.step, 1)
            refusal = Refusal(rows.series, name, int(rows.times[at[first]]), stop, end - first, reason)
            self._book.refusals.append(refusal)
            if at[end - 1] == fresh[1] - 1 and fix[-1] == _REFUSED:
                self._open[name] = _Open(len(self._book.refusals) - 1, BANDS.index(band_of(lengths[first] - first)))


def _within(lengths: Ints) -> Ints:
    return np.asarray(np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths))


def _back(rows: Rows, cut: int) -> int:
    """From which row on rows are held, so that fixes see enough of what was before."""
    kept = np.flatnonzero(~rows.is_dropped[:cut])
    return int(kept[-REACH - 1]) if len(kept) > REACH + 1 else 0
