"""Learn a channel as its rows pass: days, stretches, and gaps that are cut to try the fixes."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.bands import bands_of
from fairwatt.core.cleaning.cells import Cells
from fairwatt.core.cleaning.fixes.refuse import LONGEST
from fairwatt.core.cleaning.gaps import REACH, View, together
from fairwatt.core.cleaning.learned import Learned
from fairwatt.core.cleaning.profile import Profile, fit_profile
from fairwatt.core.cleaning.recipe import Recipe
from fairwatt.core.cleaning.resemblance import covariances, level_and_noise
from fairwatt.core.cleaning.trying import Cuts
from fairwatt.core.quality.spread import resolution_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STRETCH = 1 << 14
_STRETCHES = 16
_MOST_CUT = 16_000  # rows, of one band
_GAPS = (16, 800)  # cut of one band, at least and at most
_SPARE = 2  # times as many are looked at: some places can't be cut
_MOST_DIGITS = 9
_KNOWN = 0.5  # of the values of a gap that is cut


class Course:
    """Where stretches and cuts are taken of a series of so many rows: the same for every channel.

    Parameters
    ----------
    rows
        Of the series.
    channels
        How many channels there are: of many, less is kept of each.
    """

    def __init__(self, rows: int, channels: int) -> None:
        self.rows = rows
        self.stretch = max(4 * REACH, min(STRETCH, (1 << 20) // max(1, channels)))
        self.is_whole = rows <= _STRETCHES * self.stretch
        self.starts = [k * rows // _STRETCHES for k in range(_STRETCHES)]

    def stretches(self, base: int, count: int) -> Sequence[tuple[int, int]]:
        """Which of ``count`` rows from row ``base`` on belong to stretches."""
        if self.is_whole:
            return [(0, count)]
        ends = [(max(start - base, 0), min(start + self.stretch - base, count)) for start in self.starts]
        return [(a, b) for a, b in ends if b - a > REACH]


class ChannelCourse:
    """What is kept of one channel while its rows pass."""

    def __init__(self, name: tuple[str, str], lengths: Ints, course: Course, cells: Cells | None, recipe: Recipe):
        self._course, self._cells = course, cells
        self._base = 0
        self._stretches: list[tuple[int, Floats]] = []  # time of the first row, values
        self._cuts: dict[int, list[Cuts]] = {}
        self._plan = _plan_cuts(name, lengths, course.rows, recipe.seed)
        self._sum = self._count = 0.0
        self._low, self._high = np.inf, -np.inf

    def take(self, view: View) -> None:
        """Take further rows."""
        sound = view.sound
        known = sound[np.isfinite(sound)]
        if len(known):
            self._sum, self._count = self._sum + float(known.sum()), self._count + len(known)
            self._low, self._high = min(self._low, float(known.min())), max(self._high, float(known.max()))
        if self._cells is not None:
            self._cells.add(view.times, sound)
        for band, (starts, lengths) in self._plan.items():
            own = (starts >= self._base + 1) & (starts + lengths < self._base + len(sound))
            cuts = _cut(view, starts[own] - self._base, lengths[own])
            if cuts is not None:
                self._cuts.setdefault(band, []).append(cuts)
        for low, high in self._course.stretches(self._base, len(sound)):
            self._stretches.append((int(view.times[low]), sound[low:high].copy()))
        self._base += len(sound)

    def learned(self, step: int, slopes: Mapping[str, Floats]) -> Learned:
        """What fixes know of the channel, when all its rows have passed."""
        profile = fit_profile(self._cells) if self._cells is not None else None
        middle = self._sum / self._count if self._count else 0.0
        rest = [_rest(profile, first, values, step, middle) for first, values in self._stretches]
        stretches = [values for _, values in self._stretches]
        wander, noise = level_and_noise(stretches)
        known = np.concatenate([one[np.isfinite(one)] for one in stretches] or [np.zeros(0)])
        digits = int(np.ceil(-np.log10(resolution_of(known)))) + 2 if len(known) else _MOST_DIGITS
        return Learned(
            profile=profile,
            middle=middle,
            lowest=self._low,
            highest=self._high,
            digits=min(max(digits, 0), _MOST_DIGITS),
            covariance=covariances(rest),
            wander=wander,
            noise=noise,
            slopes=slopes,
        )

    def cuts(self) -> dict[int, Cuts]:
        """The gaps that were cut, by the number of their band."""
        return {band: _joined(parts).some(_wanted(self._plan[band][1])) for band, parts in self._cuts.items()}


def _rest(profile: Profile | None, first: int, values: Floats, step: int, middle: float) -> Floats:
    if profile is None:
        return values - middle
    return np.asarray(values - profile.at(first + np.arange(len(values), dtype=np.int64) * step))


def _plan_cuts(name: tuple[str, str], lengths: Ints, rows: int, seed: int) -> dict[int, tuple[Ints, Ints]]:
    """Where gaps are cut and how long they are, by the number of their band: as long as those that there are."""
    found = {}
    bands = bands_of(lengths)
    for band in np.unique(bands).tolist():
        own = lengths[(bands == band) & (lengths < rows // 3) & (lengths <= LONGEST)]
        if not len(own):
            continue
        random = np.random.default_rng([seed, band, *(zlib.crc32(text.encode()) for text in name)])
        count = _SPARE * _wanted(own)
        places = random.choice(rows, min(count, rows), replace=False)
        found[band] = (places.astype(np.int64), random.choice(own, len(places)))
    return found


def _wanted(lengths: Ints) -> int:
    """How many gaps are cut."""
    return int(np.clip(_MOST_CUT // float(lengths.mean()), *_GAPS))


def _cut(view: View, starts: Ints, lengths: Ints) -> Cuts | None:
    """Cut gaps where there is room and the truth is known."""
    known = np.concatenate(([0], np.cumsum(np.isfinite(view.sound))))
    ends = starts + lengths
    is_running = view.running is not None
    is_good = np.isfinite(view.sound[starts - 1]) & np.isfinite(view.sound[ends])
    share = (known[ends] - known[starts]) / np.maximum(lengths, 1)
    is_good &= (share >= (1.0 if is_running else _KNOWN)) & (lengths > int(is_running))
    if not is_good.any():
        return None
    gaps = view.gather(starts[is_good], ends[is_good])
    inside = np.repeat(starts[is_good], gaps.length) + gaps.offset
    truth = view.sound[inside] if view.running is None else view.running[inside]
    asked = np.ones(len(inside), dtype=np.bool_)
    if is_running:  # the row behind the gap is known
        asked = gaps.offset < gaps.length[gaps.owner] - 1
    return Cuts(gaps, truth, asked)


def _joined(parts: list[Cuts]) -> Cuts:
    return Cuts(
        together([part.gaps for part in parts]),
        np.concatenate([part.truth for part in parts]),
        np.concatenate([part.is_asked for part in parts]),
    )
