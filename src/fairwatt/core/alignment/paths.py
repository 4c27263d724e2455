"""How far one clock is behind another at each time: pieces between steps, with one drift."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.alignment.grids import Pair, means_from

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Path:
    """By how much the coarse series is behind the fine one, by its own times.

    Attributes
    ----------
    anchor
        The time at which offsets are said [µs].
    begins
        Where each piece begins [µs]; the first holds for all times before, too.
    offsets
        Of each piece, at the anchor [µs].
    slope
        What is added with each microsecond.
    """

    anchor: int
    begins: tuple[int, ...]
    offsets: tuple[float, ...]
    slope: float = 0.0

    @classmethod
    def constant(cls, offset: float, anchor: int) -> Path:
        """The same offset at all times."""
        return cls(anchor, (anchor,), (offset,))

    def pieces_at(self, times: Ints) -> Ints:
        """The piece that each time lies in."""
        found = np.searchsorted(np.array(self.begins[1:], dtype=np.int64), times, side="right")
        return np.asarray(found, dtype=np.int64)

    def at(self, times: Ints) -> Floats:
        """The offset at each time [µs]."""
        found = np.array(self.offsets)[self.pieces_at(times)] + self.slope * (times - self.anchor)
        return np.asarray(found, dtype=np.float64)

    def moved(self, by: Floats, slope: float = 0.0) -> Path:
        """The same with something added to each piece's offset, and to the slope."""
        offsets = tuple(float(o + d) for o, d in zip(self.offsets, by, strict=True))
        return replace(self, offsets=offsets, slope=self.slope + slope)


def carried(pair: Pair, path: Path) -> tuple[Floats, Floats]:
    """What the fine series shows in each cell of the coarse one, moved along the path; and what is left to move.

    Returns
    -------
    values
        Means over whole cells of the fine grid, NaN where unknown.
    left
        By how much more than carried each cell's path is behind [µs]; within half a fine step.
    """
    coarse, fine = pair.coarse, pair.fine
    begins = coarse.begin + np.arange(len(coarse), dtype=np.int64) * coarse.step
    exact = (begins - fine.begin - path.at(begins)) / fine.step
    index = np.rint(exact).astype(np.int64)
    return means_from(fine.values, index, pair.ratio), (index - exact) * fine.step
