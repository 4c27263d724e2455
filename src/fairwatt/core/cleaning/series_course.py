"""Learn all channels of one series that have gaps, and choose how these are filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.bands import BANDS
from fairwatt.core.cleaning.cells import Cells
from fairwatt.core.cleaning.cleaned import Trial
from fairwatt.core.cleaning.companions import find_companions
from fairwatt.core.cleaning.filling import FILLS
from fairwatt.core.cleaning.gaps import View
from fairwatt.core.cleaning.judging import Judge
from fairwatt.core.cleaning.learning import ChannelCourse, Course
from fairwatt.core.cleaning.mending import Ways
from fairwatt.core.cleaning.meters import Meter, find_meters
from fairwatt.core.cleaning.recipe import Recipe
from fairwatt.core.cleaning.rows import Rows
from fairwatt.core.cleaning.totals import direction_of, increases
from fairwatt.core.cleaning.trying import Way, choose
from fairwatt.core.quality import Channel

Floats = NDArray[np.float64]

_ALONE = tuple(name for name in FILLS if name != "regression")


@dataclass(frozen=True, slots=True)
class Extent:
    """The first and the last row's time of a series [µs], as far as they are known, and its rows."""

    first: int
    last: int
    rows: int


@dataclass(frozen=True, slots=True)
class SeriesWays:
    """How the gaps of each channel of a series are filled.

    Attributes
    ----------
    ways
        By field, of the channels that have gaps.
    companions
        By field, the other channel that tells of it.
    signs
        By field, of running totals: -1 for those that fall.
    meters
        By field, the running total of the same flow.
    trials
        How each fix did.
    """

    ways: Mapping[str, Ways]
    companions: Mapping[str, str]
    signs: Mapping[str, float]
    meters: Mapping[str, Meter] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()

    def view(self, rows: Rows, channel: str, sound: Mapping[str, Floats]) -> View:
        """What fixes may see of a channel."""
        sign = self.signs.get(channel)
        if sign is not None:
            return View(rows.times, rows.step, increases(sound[channel], sign), {}, sign * sound[channel])
        other = self.companions.get(channel)
        beside = {} if other is None else {other: sound[other]}
        meter = self.meters.get(channel)
        total = None if meter is None else (meter.factor * sound[meter.field], meter.is_begin)
        return View(rows.times, rows.step, sound[channel], beside, meter=total)


def sound_values(rows: Rows, channels: Sequence[Channel], judge: Judge) -> dict[str, Floats]:
    """The sound values of all channels; NaN elsewhere. No row is dropped in ``rows``."""
    return {
        one.field: np.where(judge.judge(rows, one.field).is_sound, rows.values[one.field], np.nan) for one in channels
    }


def learn_series(
    blocks: Iterable[Rows], channels: Sequence[Channel], judge: Judge, recipe: Recipe, extent: Extent
) -> SeriesWays:
    """Learn how a series' gaps are best filled, while its rows pass once."""
    found: _Learning | None = None
    with np.errstate(all="ignore"):  # numbers at the ends of what floats hold make no gap fillable, and no warning
        for rows in blocks:
            kept = rows.without_dropped()
            if found is None:
                found = _Learning(kept, channels, judge, recipe, extent)
            found.take(kept)
        return found.ways() if found is not None else SeriesWays({}, {}, {})


class _Learning:
    def __init__(self, rows: Rows, channels: Sequence[Channel], judge: Judge, recipe: Recipe, extent: Extent) -> None:
        self._channels, self._judge = channels, judge
        self._series, self._step = rows.series, rows.step
        self._asked = frozenset({*(one.fix for one in recipe.steps), *(one.fix for one in recipe.choices)})
        course = Course(extent.rows, len(channels))
        self._courses: dict[str, ChannelCourse] = {}
        for channel in channels:
            lengths = judge.lengths(rows.series, channel.field)
            if len(lengths) and rows.step:
                cells = Cells.between(extent.first, extent.last, rows.step, recipe.zone)
                name = (rows.series, channel.field)
                self._courses[channel.field] = ChannelCourse(
                    name, lengths + int(channel.is_register), course, cells, recipe
                )
        self._known: SeriesWays | None = None
        self._slopes: dict[str, dict[str, Floats]] = {}

    def take(self, rows: Rows) -> None:
        """Take further rows."""
        if not self._courses:
            return
        sound = sound_values(rows, self._channels, self._judge)
        if self._known is None:
            self._known = self._first_look(sound)
        for name, course in self._courses.items():
            course.take(self._known.view(rows, name, sound))

    def _first_look(self, sound: Mapping[str, Floats]) -> SeriesWays:
        """Which channels tell of each other, and which way running totals go."""
        plain = {one.field: sound[one.field] for one in self._channels if not one.is_register}
        self._slopes = find_companions(plain, [name for name in self._courses if name in plain])
        signs = {one.field: direction_of(sound[one.field]) for one in self._channels if one.is_register}
        companions = {name: next(iter(one)) for name, one in self._slopes.items()}
        return SeriesWays({}, companions, signs, find_meters(self._channels, sound))

    def ways(self) -> SeriesWays:
        """How gaps are filled, now that all rows have passed."""
        if self._known is None:
            return SeriesWays({}, {}, {})
        found, trials = {}, []
        for name, course in self._courses.items():
            learned = course.learned(self._step, self._slopes.get(name, {}))
            chosen: dict[int, Way] = {}
            alone: dict[int, Way] = {}
            for band, cuts in course.cuts().items():
                way = choose(cuts, learned, asked=self._asked)
                if way is None:
                    continue
                chosen[band] = way
                without = choose(cuts, learned, _ALONE, self._asked) if learned.slopes else way
                alone[band] = without if without is not None else way
                trials += _trials((self._series, name), BANDS[band], way)
            found[name] = Ways(learned, chosen, alone)
        return replace(self._known, ways=found, trials=tuple(trials))


def _trials(where: tuple[str, str], band: str, way: Way) -> list[Trial]:
    usual = way.rmse / way.share if way.share else 0.0
    return [
        Trial(
            series=where[0],
            channel=where[1],
            band=band,
            fix=score.fix,
            gaps=way.gaps,
            values=score.values,
            rmse=score.rmse,
            bias=score.bias,
            share=score.rmse / usual if usual else 0.0,
            is_chosen=score.fix == way.fix,
            weights=score.weights,
        )
        for score in way.scores
    ]
