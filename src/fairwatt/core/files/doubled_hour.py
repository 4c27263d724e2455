"""Which pass of the hour that clocks repeat in autumn a series' stamps belong to.

A step back in time tells the passes apart. Without one the hour stands in the file once, or as parts of both passes:
then those passes are taken that leave the fewest gaps, and somebody has to be told that the file can't tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Stamps = NDArray[np.int64]
Mask = NDArray[np.bool_]

_MINUTE = 60_000_000
_SLOW = 5 * _MINUTE  # steps from which a logger does not write the same time twice by jitter
_QUARTER = 4  # of the doubled hour: a step back that is the clock's whatever the usual step is
_GAP = 1.5  # steps


@dataclass(frozen=True, slots=True)
class Run:
    """A series' stamps in a doubled hour, in file order; all of them negated where the file's time runs back.

    Attributes
    ----------
    stamps
        Local stamps [µs].
    last
        The one that came before them in the hour, in an earlier chunk of the file; None where there is none.
    before, after
        The series' stamps in the rows before and after them, where those are at hand.
    step
        The usual step [µs], None where it is not known.
    """

    stamps: Stamps
    last: int | None
    before: int | None
    after: int | None
    step: int | None

    def _steps(self) -> Stamps:
        """Each stamp's distance from the one before; the first one's is a step forward where nothing is known."""
        first = self.stamps[0] - 1 if self.last is None else self.last
        return np.diff(self.stamps, prepend=first)

    def repeats(self) -> Mask:
        """Which stamps are the same as the one before."""
        return np.asarray(self._steps() == 0, dtype=np.bool_)

    def are_pairs(self) -> bool:
        """Whether most stamps come in pairs, as in a file sorted by its local clock; two after others tell nothing."""
        repeats = self.repeats()
        count = int(repeats.sum())
        return count * 2 > len(repeats) - count and (self.last is None or len(repeats) > 2)

    def jumps(self, length: int) -> Mask:
        """Where time steps back as the clock does.

        Parameters
        ----------
        length
            Of the doubled hour [µs].
        """
        steps, quarter = self._steps(), length // _QUARTER
        if self.step is None:
            return np.asarray(steps < -quarter, dtype=np.bool_)
        if self.step < _SLOW:
            return np.asarray(steps <= -min(quarter, max(2 * self.step, _MINUTE)), dtype=np.bool_)
        return np.asarray((steps <= -min(quarter, self.step)) | (steps == 0), dtype=np.bool_)

    def by_gaps(self) -> Mask:
        """Which stamps belong to the second pass if there is no jump: so that the fewest readings' runs are torn."""
        none = np.zeros(len(self.stamps), dtype=np.bool_)
        if self.step is None:
            return none
        begins = self.before is not None and self.stamps[0] - self.before <= _GAP * self.step
        ends = self.after is not None and self.after - self.stamps[-1] <= _GAP * self.step
        if ends and not begins:
            return np.logical_not(none)
        steps = np.diff(self.stamps)
        if begins and ends and len(steps) and int(steps.max()) > _GAP * self.step:
            none[int(np.argmax(steps)) + 1 :] = True
        return none
