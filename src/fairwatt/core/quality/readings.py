"""What is scanned: readings in windows, and what is known of their channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.detections import Place
from fairwatt.core.quality.extents import settled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WINDOW_ROWS = 1 << 19
CONTEXT_ROWS = 1 << 14  # of the window before, that a window begins with: four hours of seconds


@dataclass(frozen=True, slots=True)
class Channel:
    """What is known of a channel; "" where unknown.

    Attributes
    ----------
    field, name
        Its column, and what the file calls it.
    quantity, unit
        Codes of :mod:`fairwatt.core.units`.
    direction
        ``import``, ``export``, ``net`` or "".
    statistic
        ``min``, ``mean``, ``max``… or "".
    is_register
        Whether it is a running total.
    null_values
        Numbers that are known to stand for a missing value.
    """

    field: str
    name: str = ""
    quantity: str = ""
    unit: str = ""
    direction: str = ""
    statistic: str = ""
    is_register: bool = False
    null_values: tuple[float, ...] = ()

    @property
    def label(self) -> str:
        """What a person knows it by."""
        return self.name or self.field


@dataclass(frozen=True, slots=True)
class Window:
    """Some rows of one series, in the order of time.

    Attributes
    ----------
    series
        The meter, "" where there is one.
    first_row
        Position of the first of these rows among all readings.
    times
        Start of each row's interval [µs since 1970, UTC], sorted; a time may come again.
    values
        For each field the values, NaN where missing.
    context
        Rows at the beginning that the window before had too.
    """

    series: str
    first_row: int
    times: Ints
    values: Mapping[str, Floats] = field(repr=False)
    context: int = 0


class Readings(Protocol):
    """Readings that are scanned window by window, in the order of series and time."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels whose values are numbers."""

    @property
    def extent(self) -> tuple[int, int] | None:
        """The first and the last row's time [µs], over all series, a few that are years away left out; None of none."""

    def windows(self) -> Iterator[Window]:
        """All rows; those of a series follow one another."""


@dataclass(frozen=True, slots=True)
class ReadingsInMemory:
    """Readings that are in memory already, of one series."""

    channels: tuple[Channel, ...]
    times: Ints
    values: Mapping[str, Floats]
    series: str = ""

    @property
    def extent(self) -> tuple[int, int] | None:
        """As :attr:`Readings.extent`."""
        return settled(self.times)

    def windows(self) -> Iterator[Window]:
        """As :meth:`Readings.windows`."""
        order = None if (np.diff(self.times) >= 0).all() else np.argsort(self.times, kind="stable")
        times = self.times if order is None else self.times[order]
        for begin in range(0, len(times), WINDOW_ROWS):
            at = slice(max(0, begin - CONTEXT_ROWS), begin + WINDOW_ROWS)
            values = {name: (v if order is None else v[order])[at] for name, v in self.values.items()}
            yield Window(self.series, at.start, times[at], values, begin - at.start)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One channel's values in a window, as the checks of one channel get them.

    Attributes
    ----------
    channel
        What is known of the channel.
    place
        Where the rows are.
    values
        Of every row; NaN where missing.
    usable
        Positions of the rows with a value, no mark of a missing one, and a time of their own.
    """

    channel: Channel
    place: Place
    values: Floats = field(repr=False)
    usable: Ints = field(repr=False)

    @property
    def times(self) -> Ints:
        """Times of the usable rows [µs]."""
        return self.place.times[self.usable]

    @property
    def numbers(self) -> Floats:
        """Values of the usable rows."""
        return self.values[self.usable]
