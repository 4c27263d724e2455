"""Clean readings by a recipe, window by window, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import chain, groupby

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.book import Book
from fairwatt.core.cleaning.cleaned import CleanedWindow, Count, Refusal, Trial
from fairwatt.core.cleaning.judging import Judge
from fairwatt.core.cleaning.recipe import DEFAULT, Recipe
from fairwatt.core.cleaning.rows import Rows, lay_rows
from fairwatt.core.cleaning.series_course import Extent, SeriesWays, learn_series
from fairwatt.core.cleaning.writing import SeriesWriter
from fairwatt.core.quality import Channel, Readings, Scan, ScanOptions, scan_health
from fairwatt.core.quality.detections import Detections

Floats = NDArray[np.float64]

_HELD = 4_000_000  # values of a series up to which its rows are kept between learning and filling


class Cleaned:
    """Readings, cleaned: its windows are made as they are asked for, the same each time.

    Attributes
    ----------
    recipe
        By which they are cleaned.
    channels
        Whose values are numbers.
    scan
        What was found.
    counts, refusals, trials
        What was done, which gaps were not filled, and how the fixes did: whole when all windows have been made.
    rows
        Of the result, so far.
    """

    def __init__(self, readings: Readings, recipe: Recipe, scan: Scan, more: tuple[Detections, ...]) -> None:
        self.recipe = recipe
        self.scan = scan
        self._readings = readings
        self._bounds = readings.extent or (0, 0)
        self._judge = Judge(recipe, (*scan.detections, *more), scan.report.rows)
        self._book = Book()

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels whose values are numbers."""
        return self._readings.channels

    @property
    def counts(self) -> tuple[Count, ...]:
        """What was done, by series, channel, finding, fix and band of gaps."""
        return self._book.counts()

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The gaps that were not filled, and why."""
        return tuple(self._book.refusals)

    @property
    def trials(self) -> tuple[Trial, ...]:
        """How each fix did where gaps were cut."""
        return tuple(self._book.trials)

    @property
    def rows(self) -> int:
        """How many rows the result has so far."""
        return self._book.rows

    def windows(self) -> Iterator[CleanedWindow]:
        """All rows, series by series, in the order of time."""
        self._book = book = Book()
        again: Iterator[tuple[str, Iterator[Rows]]] | None = None
        for name, passing in groupby(lay_rows(self._readings, self._bounds), key=lambda rows: rows.series):
            blocks = iter(passing)
            held, is_whole = _held(blocks, len(self.channels))
            extent = self._extent(held, is_whole=is_whole)
            ways = learn_series(chain(held, blocks), self.channels, self._judge, self.recipe, extent)
            book.trials += ways.trials
            if is_whole:
                yield from self._written(held, ways, book)
                continue
            del held
            again = again or groupby(lay_rows(self._readings, self._bounds), key=lambda rows: rows.series)
            yield from self._written(next(rows for other, rows in again if other == name), ways, book)

    def _extent(self, held: list[Rows], *, is_whole: bool) -> Extent:
        first, last = int(held[0].times[0]), int(held[-1].times[-1])
        near = [rows.times[~rows.is_dropped] for rows in held if not rows.is_dropped.all()]
        if near:
            first, last = int(near[0][0]), int(near[-1][-1])
        if not is_whole:
            last = max(last, self._bounds[1])
        step = held[0].step
        return Extent(first, last, (last - first) // step + 1 if step else sum(map(len, held)))

    def _written(self, blocks: list[Rows] | Iterator[Rows], ways: SeriesWays, book: Book) -> Iterator[CleanedWindow]:
        yield from SeriesWriter(self.channels, self._judge, self.recipe, ways, book).write(blocks)


def _held(blocks: Iterator[Rows], channels: int) -> tuple[list[Rows], bool]:
    """The first rows of a series, and whether they are all: then in one piece, whatever windows they came in."""
    held, values = [], 0
    for rows in blocks:
        held.append(rows)
        values += len(rows) * (channels + 2)
        if values > _HELD:
            return held, False
    return [reduce(Rows.and_then, held)], True


def clean(
    readings: Readings,
    recipe: Recipe = DEFAULT,
    *,
    scan: Scan | None = None,
    place: tuple[float, float] | None = None,
    more: tuple[Detections, ...] = (),
) -> Cleaned:
    """Clean readings: what was found is marked, taken away or mended, and every row of the even grid is there.

    Parameters
    ----------
    readings
        Of one table. They are read several times, in windows: to scan, to learn and to fill.
    recipe
        What is done about each finding.
    scan
        What was found in them, where that is known already.
    place
        Latitude and longitude [degrees] of where the sun shines, for the scan.
    more
        What others found in them, by the same rows: cells that are no numbers, say.

    Examples
    --------
    >>> from fairwatt.core.quality import ReadingsInMemory
    >>> times = np.arange(480, dtype=np.int64) * 60_000_000
    >>> load = np.round(10 + np.sin(np.arange(480) / 30), 3)
    >>> gap = np.delete(np.arange(480), [100, 101])
    >>> cleaned = clean(ReadingsInMemory((Channel("kw"),), times[gap], {"kw": load[gap]}))
    >>> [window] = cleaned.windows()
    >>> len(window), window.source[99:103].tolist(), bool(abs(window.channels["kw"].cleaned[100] - load[100]) < 0.01)
    (480, [99, -1, -1, 100], True)
    """
    found = scan or scan_health(readings, options=ScanOptions(zone=recipe.zone, place=place))
    return Cleaned(readings, recipe, found, more)
