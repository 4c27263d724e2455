"""Move times by what a clock was behind: a step of a recipe, with where it came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.alignment.paths import Path

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shift:
    """By how much times are behind, by these times themselves.

    Attributes
    ----------
    starts
        From when on each offset holds [µs since 1970]; the first holds for all times before, too.
    offsets
        At each start [µs]; positive: these times are behind, and are moved back.
    slope
        What is added with each microsecond since the start.
    """

    starts: tuple[int, ...]
    offsets: tuple[int, ...]
    slope: float = 0.0

    def moved(self, times: Ints) -> Ints:
        """The times as the other clock has them [µs].

        Examples
        --------
        >>> Shift((0,), (7_200_000,)).moved(np.array([60_000_000]))
        array([52800000])
        """
        piece = np.searchsorted(np.array(self.starts[1:], dtype=np.int64), times, side="right")
        since = times - np.array(self.starts, dtype=np.int64)[piece]
        return np.asarray(
            times - np.array(self.offsets, dtype=np.int64)[piece] - np.rint(self.slope * since).astype(np.int64)
        )


def shift_of(path: Path, sign: int) -> Shift:
    """What moves B's times onto A's, of how far the coarse series is behind the fine one.

    Parameters
    ----------
    sign
        1 where the coarse series is B; -1 where it is A.
    """
    begins = np.array(path.begins, dtype=np.int64)
    pieces = np.arange(len(begins))
    offsets = np.array(path.offsets)[pieces] + path.slope * (begins - path.anchor)
    if sign < 0:  # A is behind B by these, by A's times
        begins = begins - np.rint(offsets).astype(np.int64)
        offsets = -offsets
    slope = sign * path.slope / (1.0 if sign > 0 else 1.0 - path.slope)
    return Shift(tuple(map(int, begins)), tuple(round(float(one)) for one in offsets), slope)
