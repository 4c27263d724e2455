"""Fill the gaps of one channel's rows by what its recipe decides and its trials chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.bands import LIMITS, bands_of
from fairwatt.core.cleaning.cleaned import DONE
from fairwatt.core.cleaning.fixes.refuse import BY_RECIPE, too_long, too_rough
from fairwatt.core.cleaning.gaps import Gaps, View
from fairwatt.core.cleaning.judging import WISHES
from fairwatt.core.cleaning.learned import Learned
from fairwatt.core.cleaning.recipe import CHOOSE, REFUSE, Recipe
from fairwatt.core.cleaning.trying import BLEND, SIMPLE, Way

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.uint8]

_AT_ONCE = 2_000  # gaps
_VALUES = 500_000
_UNTRIED = LIMITS[1]  # rows, up to which a straight line is drawn where too little is known to try anything
_ONE_SIDE = "Nothing sound is known on one side of the gap."
_NO_RULE = "A row can't be told where readings have no even step."
_UNTRIABLE = "Too few readings are known to try how well such gaps are filled."
_CANT = "No fix can tell what was here: what it would look at is missing too."
_FALLS = "The running total falls across the gap: it was reset, or the meter was changed."


@dataclass(frozen=True, slots=True)
class Ways:
    """What was learned of a channel, and how gaps of each band are filled.

    Attributes
    ----------
    alone
        The same without what other channels tell, for gaps in which these are missing too.
    """

    learned: Learned | None = None
    chosen: Mapping[int, Way] = field(default_factory=dict)
    alone: Mapping[int, Way] = field(default_factory=dict)


@dataclass(slots=True)
class Mended:
    """What came of filling: arrays of all rows, and reasons by the first row of each gap that stays open."""

    values: Floats
    p10: Floats
    p90: Floats
    fix: Codes
    reasons: dict[int, str] = field(default_factory=dict)

    @classmethod
    def empty(cls, size: int) -> Mended:
        """Nothing is filled."""
        values, p10, p90 = (np.full(size, np.nan) for _ in range(3))
        return cls(values, p10, p90, np.zeros(size, dtype=np.uint8))


@dataclass(frozen=True, slots=True)
class _Task:
    """Gaps of one band, the rows of them that are to be filled in one way, and how: a word of WISHES."""

    begins: Ints
    ends: Ints
    wish: str
    band: int
    mask: NDArray[np.bool_]

    def some(self, which: Ints) -> _Task:
        return replace(self, begins=self.begins[which], ends=self.ends[which])


class Mender:
    """Fills gaps of one channel.

    Parameters
    ----------
    sign
        -1 of a running total that falls.
    """

    def __init__(self, recipe: Recipe, ways: Ways, sign: float = 1.0) -> None:
        self._recipe, self._ways, self._sign = recipe, ways, sign

    def mend(self, view: View, runs: tuple[Ints, Ints], decided: Codes) -> Mended:
        """Fill gaps.

        Parameters
        ----------
        runs
            First row of each gap, and the row behind its last.
        decided
            How each row is filled: numbers of :data:`~fairwatt.core.cleaning.judging.WISHES`.
        """
        done = Mended.empty(len(view.times))
        begins, ends = runs
        bands = bands_of(ends - begins)
        for wish in np.unique(decided[decided > 0]).tolist():
            mask = decided == wish
            before = np.concatenate(([0], np.cumsum(mask)))
            own = before[ends] > before[begins]
            for band in np.unique(bands[own]).tolist():
                some = np.flatnonzero(own & (bands == band))
                for part in _parts(some, (ends - begins)[some]):
                    self._mend(view, _Task(begins[part], ends[part], WISHES[wish], band, mask), done)
        return done

    def _mend(self, view: View, task: _Task, done: Mended) -> None:
        """Fill gaps of one band, as far as they may be filled at all."""
        reasons = np.full(len(task.begins), "", dtype=object)
        if task.wish == REFUSE or not view.step:
            reasons[:] = BY_RECIPE if view.step else _NO_RULE
        else:
            lengths = (task.ends - task.begins).tolist()
            reasons[:] = [too_long(length, view.step, self._recipe) for length in lengths]
        extra = int(view.running is not None)  # the increase over the row behind the gap is asked for too
        reasons[(reasons == "") & (task.ends + extra > len(view.times))] = _ONE_SIDE
        at = np.flatnonzero(reasons == "")
        if len(at):
            open_task = task.some(at)
            reasons[at] = self._fill(view.gather(open_task.begins, open_task.ends + extra), open_task, done)
        some = np.flatnonzero(reasons != "")
        done.reasons.update(zip(task.begins[some].tolist(), reasons[some].tolist(), strict=True))

    def _fill(self, gaps: Gaps, task: _Task, done: Mended) -> NDArray[np.object_]:
        """Fill gaps by the best way that can tell; the reasons of those that stay open."""
        found = np.full((3, int(gaps.length.sum())), np.nan)
        fixes = np.zeros(len(gaps), dtype=np.uint8)
        reasons = _ends_known(gaps)
        learned, offers = self._ways.learned, self._offers(task)
        for way in offers if learned is not None else ():
            left = np.flatnonzero((fixes == 0) & (reasons == ""))
            if not len(left):
                break
            some = gaps.some(left)
            reason = "" if task.wish != CHOOSE else too_rough(int(some.length.max()), way.share, self._recipe)
            if reason:
                reasons[left] = reason
                break
            values = self._ranged(way, some)
            told = np.bincount(some.owner, ~np.isfinite(values[0]), len(some)) == 0
            which = np.zeros(len(gaps), dtype=np.bool_)
            which[left[told]] = True
            found[:, which[gaps.owner]] = values[:, told[some.owner]]
            fixes[which] = DONE.index(way.fix)
        reasons[(fixes == 0) & (reasons == "")] = _CANT if offers else _UNTRIABLE
        self._write(gaps, task, (found, fixes), done)
        return reasons

    def _offers(self, task: _Task) -> list[Way]:
        """The ways to fill gaps of a band, the best first."""
        offers = []
        for ways in (self._ways.chosen, self._ways.alone):
            way = _nearest(ways, task.band)
            if task.wish == CHOOSE:
                offers += [way] if way is not None else []
            elif task.wish != BLEND:
                offers.append(Way(task.wish, ranges=way.ranges if way is not None else {}))
            elif way is not None:
                offers.append(replace(way, fix=BLEND))
        if task.wish == CHOOSE and offers:  # where what they look at is missing too
            offers.append(Way(SIMPLE, ranges=offers[0].ranges, share=offers[0].share))
        elif not offers and task.band <= int(bands_of(np.array([_UNTRIED]))[0]):
            offers.append(Way(SIMPLE))
        return offers

    def _ranged(self, way: Way, gaps: Gaps) -> Floats:
        """The values, and between what the true ones lie."""
        learned = self._ways.learned
        assert learned is not None
        values = way.fill(gaps, learned)
        if way.fix not in way.ranges:
            return np.stack((values, np.full(len(values), np.nan), np.full(len(values), np.nan)))
        below, above = way.ranges[way.fix].of(gaps)
        low, high = values + below, values + above
        if gaps.base is None:
            low, high = np.maximum(low, learned.lowest), np.minimum(high, learned.highest)
        else:
            base = gaps.base[gaps.owner]
            assert gaps.total is not None
            low, high = np.maximum(low, base), np.minimum(high, base + gaps.total[gaps.owner])
        return np.asarray(np.round(np.stack((values, low, high)), learned.digits), dtype=np.float64)

    def _write(self, gaps: Gaps, task: _Task, what: tuple[Floats, Codes], done: Mended) -> None:
        """Put values in their rows; the one behind a gap of a running total is known."""
        found, fixes = what
        rows = task.begins[gaps.owner] + gaps.offset
        own = (rows < task.ends[gaps.owner]) & (fixes[gaps.owner] > 0)
        own[own] = task.mask[rows[own]]
        at = rows[own]
        sides = (1, 2) if self._sign > 0 else (2, 1)
        done.values[at] = self._sign * found[0, own]
        done.p10[at], done.p90[at] = (self._sign * found[k, own] for k in sides)
        done.fix[at] = fixes[gaps.owner][own]


def _parts(some: Ints, lengths: Ints) -> list[Ints]:
    """Gaps in parts that are not too many, nor too long together."""
    number = np.maximum(np.arange(len(some)) // _AT_ONCE, np.cumsum(lengths) // _VALUES)
    return [some[number == part] for part in np.unique(number)]


def _nearest(ways: Mapping[int, Way], band: int) -> Way | None:
    """The way of a band; where it wasn't tried, of the next longer one, or the next shorter."""
    return next((ways[one] for one in (band, band + 1, band - 1) if one in ways), None)


def _ends_known(gaps: Gaps) -> NDArray[np.object_]:
    """Why some gaps can't be filled at all; "" of the others."""
    reasons = np.full(len(gaps), "", dtype=object)
    open_ended = ~(np.isfinite(gaps.left).any(axis=1) & np.isfinite(gaps.right).any(axis=1))
    if gaps.base is not None and gaps.total is not None:
        open_ended = ~np.isfinite(gaps.total)
        with np.errstate(invalid="ignore"):
            reasons[gaps.total < 0] = _FALLS
    reasons[open_ended] = _ONE_SIDE
    return reasons
