"""Write the cleaned rows of one series as they pass: what was found, and what was done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.book import Book, ChannelBook, Fresh, Gapped
from fairwatt.core.cleaning.cleaned import DONE, CleanedChannel, CleanedWindow
from fairwatt.core.cleaning.fixes.refuse import waits_for
from fairwatt.core.cleaning.gaps import REACH, View
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

_MARKED, _NULLED, _DROPPED, _REFUSED = (DONE.index(word) for word in ("marked", "nulled", "dropped", "refused"))


class SeriesWriter:
    """Writes one series."""

    def __init__(self, channels: Sequence[Channel], judge: Judge, recipe: Recipe, ways: SeriesWays, book: Book) -> None:
        self._channels, self._judge, self._recipe, self._ways, self._book = channels, judge, recipe, ways, book
        self._menders = {
            one.field: Mender(recipe, ways.ways.get(one.field, Ways()), ways.signs.get(one.field, 1.0))
            for one in channels
        }
        self._books: dict[str, ChannelBook] = {}

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
        fresh = Fresh(rows, np.flatnonzero(~rows.is_dropped), done, cut)
        kept = rows.without_dropped()
        sound = {name: np.where(one.is_sound[fresh.at], kept.values[name], np.nan) for name, one in judged.items()}
        channels = {}
        for name, one in judged.items():
            gapped = self._filled(name, one, self._ways.view(kept, name, sound), fresh)
            channels[name] = _channel(rows.values[name], one, fresh, gapped)
            if name not in self._books:
                self._books[name] = ChannelBook(self._book, rows.series, name, self._judge.findings)
            self._books[name].enter(fresh, gapped, channels[name].finding, channels[name].fix)
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

    def _filled(self, name: str, judged: Judged, view: View, fresh: Fresh) -> Gapped:
        """Fill the gaps that begin among the fresh rows; one that goes on behind them is too long to be filled."""
        begins, ends = runs_of(judged.action[fresh.at] == MEND)
        low, high = fresh.kept
        own = (begins >= low) & (begins < high)
        gapped = Gapped(begins[own], ends[own], Mended.empty(len(fresh.at)))
        if not own.any():
            return gapped
        decided = self._decided(name, judged.finding[fresh.at], judged.wish[fresh.at], gapped)
        with np.errstate(all="ignore"):  # as where they were learned
            return replace(gapped, mended=self._menders[name].mend(view, (gapped.begins, gapped.ends), decided))

    def _decided(self, channel: str, finding: Codes, wish: Codes, gapped: Gapped) -> Codes:
        """How each row is to be filled: numbers of WISHES."""
        rows, lengths = gapped.rows, gapped.ends - gapped.begins
        lengths = np.repeat(lengths, lengths)
        decided = np.zeros(len(finding), dtype=np.uint8)
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


def _channel(values: Floats, judged: Judged, fresh: Fresh, gapped: Gapped) -> CleanedChannel:
    """The fresh rows of a channel as they are now."""
    own = slice(fresh.begin, fresh.end)
    raw, action, finding = values[own], judged.action[own], judged.finding[own]
    fix = np.zeros(len(raw), dtype=np.uint8)
    fix[(action == MARK) & (finding > 0)] = _MARKED
    fix[action == NULL] = _NULLED
    fix[action == MEND] = _REFUSED
    cleaned = np.where(action >= NULL, np.nan, raw)
    p10, p90 = np.full(len(raw), np.nan), np.full(len(raw), np.nan)
    mended = gapped.mended
    put = np.flatnonzero(mended.fix)
    put = put[fresh.at[put] < fresh.end]
    to = fresh.at[put] - fresh.begin
    fix[to], cleaned[to], p10[to], p90[to] = mended.fix[put], mended.values[put], mended.p10[put], mended.p90[put]
    gone = fresh.rows.is_dropped[own]
    fix[gone], cleaned[gone] = _DROPPED, np.nan
    return CleanedChannel(raw, cleaned, finding, fix, p10, p90)


def _back(rows: Rows, cut: int) -> int:
    """From which row on rows are held, so that fixes see enough of what was before."""
    kept = np.flatnonzero(~rows.is_dropped[:cut])
    return int(kept[-REACH - 1]) if len(kept) > REACH + 1 else 0
