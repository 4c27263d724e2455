"""Where the numbers at the ends of a panel's lines stand: shades alone don't tell eight lines apart. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HEIGHT_PX = 19.0  # of a number with its frame
_MARGIN = 0.05  # of the values' span, above and below
_LEVEL = 1e-9  # values that differ by less than this share of their size are one


@dataclass(frozen=True, slots=True)
class Limits:
    """The values at the foot and at the head of a panel."""

    low: float
    high: float

    def depth(self, value: float) -> float:
        """How far below the panel's head a value is drawn, 0-1."""
        return (self.high - value) / (self.high - self.low)


def find_limits(values: Sequence[np.ndarray[tuple[int], np.dtype[np.float64]]]) -> Limits | None:
    """Limits that hold all values with some room; None where there is none.

    Examples
    --------
    >>> find_limits([np.array([0.0, 5.0]), np.array([10.0, float("nan")])])
    Limits(low=-0.5, high=10.5)
    >>> find_limits([np.array([0.0])])
    Limits(low=-1.0, high=1.0)
    """
    there = [part[~np.isnan(part)] for part in values]
    there = [part for part in there if len(part)]
    if not there:
        return None
    low, high = min(float(part.min()) for part in there), max(float(part.max()) for part in there)
    is_level = high - low <= _LEVEL * max(abs(low), abs(high))
    room = _MARGIN * (abs(high) if is_level else high - low) or 1.0
    return Limits(low - room, high + room)


def spread_out(depths: Sequence[float], height: float, *, apart: float = HEIGHT_PX) -> list[float]:
    """Move places along a line as little as needed so that they are ``apart`` from each other.

    Parameters
    ----------
    depths
        Wished places in [0, ``height``], in any order.
    height
        How long the line is; what does not fit on it is spread evenly, closer than ``apart``.

    Returns
    -------
    list[float]
        The places, in the order of ``depths``.

    Examples
    --------
    >>> spread_out([50, 51, 200], 230)
    [50.0, 69.0, 200.0]
    >>> spread_out([229, 230], 230)
    [211.0, 230.0]
    """
    if len(depths) > 1:
        apart = min(apart, height / (len(depths) - 1))
    order = sorted(range(len(depths)), key=lambda at: depths[at])
    placed: list[float] = []
    for at in order:
        placed.append(max(float(depths[at]), placed[-1] + apart) if placed else float(depths[at]))
    below = height
    for place in reversed(range(len(placed))):
        placed[place] = min(placed[place], below)
        below = placed[place] - apart
    found = dict(zip(order, placed, strict=True))
    return [found[at] for at in range(len(depths))]
