"""What is learned of a channel before its gaps are filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.gaps import Gaps
from fairwatt.core.cleaning.profile import Profile
from fairwatt.core.quality.seasons import DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Learned:
    """What fixes know of a channel.

    Attributes
    ----------
    profile
        What days around show; None where there are too few.
    middle
        The mean of its sound values.
    lowest, highest
        Between which all sound values lie: fills never leave it.
    digits
        Decimals that fills are rounded to: two more than the channel has.
    covariance
        Of what is left when the profile is taken off, at distances of 0, 1, 2… rows.
    wander, noise
        Variances of a level that wanders, a row, and of the noise about it.
    slopes
        By field of another channel: by how much this one moves when that one does, over 1, 2, 4, 8… rows.
    """

    profile: Profile | None
    middle: float
    lowest: float
    highest: float
    digits: int
    covariance: Floats = field(repr=False)
    wander: float
    noise: float
    slopes: Mapping[str, Floats] = field(default_factory=dict)

    def expected(self, gaps: Gaps) -> Floats:
        """What the profile expects of the values asked for; the mean where there is none."""
        times = gaps.times
        if self.profile is None:
            return np.full(len(times), self.middle)
        found = self.profile.at(times)
        for long in np.flatnonzero(gaps.length * gaps.step >= DAY):
            first = int(gaps.length[:long].sum())
            own = slice(first, first + int(gaps.length[long]))
            found[own] = self.profile.across(int(gaps.begin[long]), times[own])
        return found

    def expected_at(self, times: Ints) -> Floats:
        """What the profile expects at some times; the mean where there is none."""
        if self.profile is None:
            return np.full(times.shape, self.middle)
        return self.profile.at(times.reshape(-1)).reshape(times.shape)
