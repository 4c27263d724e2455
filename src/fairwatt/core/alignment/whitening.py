"""From values to what is new in each: so that neither a level nor a daily pattern looks like a match."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_DAY = 86_400_000_000
_BLOCK_DAYS = 28  # over which a daily pattern is taken to stay the same
_FEWEST_DAYS = 4
_MANY = 1 << 17  # samples that suffice to learn from
_ORDER = 24  # values before, that the next one is foretold from
_MOST_WIDTHS = 4.0
_WIDEST = 30.0  # typical changes, beyond which one counts no more


@dataclass(frozen=True, slots=True)
class News:
    """What is new in each value: no level, no daily pattern, nothing that the values before foretell.

    Attributes
    ----------
    values
        0 where nothing is known.
    known
        Where something is.
    """

    values: Floats = field(repr=False)
    known: Mask = field(repr=False)

    def __len__(self) -> int:
        return len(self.values)


def changes_of(values: Floats) -> News:
    """From each value to the next; 0 across gaps, and glitches no higher than thirty typical changes."""
    since = np.diff(values, prepend=np.nan)
    known = np.isfinite(since)
    since = np.where(known, since, 0.0)
    moved = np.abs(since[since != 0])
    if len(moved):
        most = _WIDEST * float(np.median(moved))
        since = np.clip(since, -most, most)
    return News(since, known)


def without_days(news: News, step: int) -> News:
    """The same without what is usual at each time of day; as it was where days are too few or no multiple of steps."""
    if _DAY % step or step >= _DAY // 2:
        return news
    a_day = _DAY // step
    days = len(news) // a_day
    if days < _FEWEST_DAYS:
        return news
    blocks = max(1, round(days / _BLOCK_DAYS))
    edges = [round(len(news) * i / blocks) for i in range(blocks + 1)]
    left = news.values.copy()
    for low, high in itertools.pairwise(edges):
        slots = np.arange(low, high) % a_day
        known = news.known[low:high]
        counts = np.bincount(slots[known], minlength=a_day)
        usual = np.bincount(slots[known], weights=news.values[low:high][known], minlength=a_day) / np.maximum(counts, 1)
        left[low:high] -= np.where(known & (counts[slots] > 1), usual[slots], 0.0)
    return News(left, news.known)


def whitened(news: News) -> News:
    """What an autoregression over the values before does not foretell."""
    values = news.values
    order = min(_ORDER, len(values) // 20)
    if order < 1 or news.known.sum() <= order or not values.any():
        return news
    lagged = _autocorrelations(values, order)
    weights = _levinson(lagged * (1 - 1e-6 * (np.arange(order + 1) > 0)))
    left = np.convolve(values, np.concatenate(([1.0], -weights)))[: len(values)]
    return News(np.where(news.known, left, 0.0), news.known)


def _autocorrelations(values: Floats, order: int) -> Floats:
    """Of the values, or of eight stretches of them where they are many."""
    length = len(values) if len(values) <= _MANY else _MANY // 8
    starts = range(0, len(values) - length + 1, max(1, (len(values) - length) // 7))
    sums = np.zeros(order + 1)
    for start in starts:
        part = values[start : start + length]
        sums += [part[: length - k] @ part[k:] for k in range(order + 1)]
    return sums / sums[0] if sums[0] > 0 else np.append(1.0, np.zeros(order))


def _levinson(lagged: Floats) -> Floats:
    """The weights of an autoregression from its autocorrelations (Levinson and Durbin's recursion)."""
    weights = np.zeros(0)
    left = 1.0
    for k in range(1, len(lagged)):
        reflected = (lagged[k] - weights @ lagged[k - 1 : 0 : -1][: k - 1]) / left
        if not abs(reflected) < 1:
            return np.concatenate((weights, np.zeros(len(lagged) - k)))
        weights = np.concatenate((weights - reflected * weights[::-1], [reflected]))
        left *= 1 - reflected**2
    return weights


def compressed(news: News) -> News:
    """Square roots with their signs, and none beyond four times their width: giants must not speak for all others."""
    rooted = np.sign(news.values) * np.sqrt(np.abs(news.values))
    count = int(news.known.sum())
    width = np.sqrt(float(rooted @ rooted) / max(count, 1))
    return News(np.clip(rooted, -_MOST_WIDTHS * width, _MOST_WIDTHS * width), news.known)


def news_of(values: Floats, step: int, *, keeps_days: bool = False) -> News:
    """All of it: changes, without days, whitened, compressed."""
    changes = changes_of(values)
    if not keeps_days:
        changes = without_days(changes, step)
    return compressed(whitened(changes))
