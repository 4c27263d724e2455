"""The seasonal profile: what days around, of the same type, show at a time of day."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.cells import Cells

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MONDAY = 4  # 1970-01-01 was a Thursday: day 4 a Monday
_FADES = (2.0, 7.0, 28.0)  # days after which a day counts 1/e
_OTHERS = (0.0, 0.2, 1.0)  # by how much days of another type count
_WIDE = 4.0  # fades, beyond which no day counts
_BLOCK = 256  # days whose profiles are made at once
_LEAST_KNOWN = 0.5  # share of cells that must have a profile


@dataclass(frozen=True, slots=True)
class Profile:
    """Means of the days around each day, the day itself left out.

    Attributes
    ----------
    cells
        What it is made of.
    fade, other
        After how many days a day counts 1/e, and by how much days of another type do.
    usual
        The expected value of each cell, one day behind the other.
    """

    cells: Cells
    fade: float
    other: float
    usual: Floats = field(repr=False)

    def at(self, times: Ints) -> Floats:
        """The expected value at some times [µs]; between the middles of cells where rows are nearer than cells are."""
        return _looked_up(self.cells, self.usual, times)

    def across(self, begin: int, times: Ints) -> Floats:
        """The expected values of a gap that lasts a day or longer: of no day that it touches anything is known."""
        cells = self.cells
        days = cells.numbers(np.array([begin, times[-1]])) // cells.slots
        first, last = int(days[0]), int(days[1]) + 1
        own = _expected(cells, (first, last), (self.fade, self.other), without=(first, last))
        usual = self.usual.copy()
        usual[first * cells.slots : last * cells.slots] = _completed(own, cells).reshape(-1)
        return _looked_up(cells, usual, times)


def fit_profile(cells: Cells) -> Profile | None:
    """The profile that tells days best from the days around; None where there are too few days."""
    known = cells.count > 0
    if known.any(axis=1).sum() < 3:
        return None
    means = cells.means.reshape(known.shape)
    best: tuple[float, tuple[float, float], Floats] | None = None
    for fade in _FADES:
        for other in _OTHERS:
            found = _expected(cells, (0, len(known)), (fade, other))
            there = known & np.isfinite(found)
            if there.sum() < _LEAST_KNOWN * known.sum():
                continue
            off = float(((means - _completed(found, cells))[known] ** 2).mean())
            if best is None or off < best[0]:
                best = (off, (fade, other), found)
    if best is None:
        return None
    return Profile(cells, *best[1], _completed(best[2], cells).reshape(-1))


def _types(days: Ints) -> Ints:
    """Working days 0, Saturdays 1, Sundays 2."""
    weekday = (days - _MONDAY) % 7
    return np.asarray(np.maximum(weekday - 4, 0))


def _expected(
    cells: Cells, days: tuple[int, int], how: tuple[float, float], without: tuple[int, int] | None = None
) -> Floats:
    """Weighted means of the days around for some days; NaN where nothing is known."""
    fade, other = how
    wide, count = int(np.ceil(_WIDE * fade)), len(cells.total)
    found = []
    for begin in range(days[0], days[1], _BLOCK):
        own = np.arange(begin, min(begin + _BLOCK, days[1]))
        low = max(0, begin - wide - (0 if without is None else without[1] - without[0]))
        near = np.arange(low, min(count, own[-1] + 1 + wide + (0 if without is None else without[1] - without[0])))
        away = np.abs(own[:, None] - near)
        is_same = _types(own + cells.first_day)[:, None] == _types(near + cells.first_day)
        weight = np.exp(-away / fade) * np.where(is_same, 1.0, other) * (away > 0)
        if without is not None:
            weight[:, (near >= without[0]) & (near < without[1])] = 0.0
        amount = weight @ cells.count[near]
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append(np.where(amount > 1e-9, weight @ cells.total[near] / amount, np.nan))
    return np.concatenate(found)


def _completed(found: Floats, cells: Cells) -> Floats:
    """The same, with what is missing taken from the mean of all days at that time of day, or of all."""
    lacking = np.isnan(found)
    if not lacking.any():
        return found
    count = cells.count.sum(axis=0)
    whole = float(cells.total.sum() / max(cells.count.sum(), 1.0))
    slot = np.where(count > 0, cells.total.sum(axis=0) / np.maximum(count, 1.0), whole)
    return np.where(lacking, slot, found)


def _looked_up(cells: Cells, usual: Floats, times: Ints) -> Floats:
    if cells.step >= cells.width:
        return usual[cells.numbers(times)]
    at = cells.places(times) - 0.5
    low = np.clip(np.floor(at).astype(np.int64), 0, len(usual) - 1)
    high = np.minimum(low + 1, len(usual) - 1)
    share = np.clip(at - low, 0.0, 1.0)
    return np.asarray(usual[low] * (1 - share) + usual[high] * share)
