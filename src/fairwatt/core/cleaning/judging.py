"""What a recipe says of each value: what was found there, and what is done about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.recipe import ANY, CHOOSE, FIXES, REFUSE, Action, Recipe
from fairwatt.core.cleaning.rows import Rows
from fairwatt.core.quality.blocks import mask_of
from fairwatt.core.quality.codes import CODES, Aspect
from fairwatt.core.quality.detections import Detections

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

ACTIONS = tuple(Action)
KEEP, MARK, NULL, MEND = (ACTIONS.index(one) for one in (Action.KEEP, Action.MARK, Action.NULL, Action.MEND))
WISHES = ("", CHOOSE, REFUSE, *FIXES)  # how a person wants a block to be filled; "": as the steps say
ROWS, VALUES = "missing-rows", "missing-values"
_OF_ABSENT = {"clock-change-fault"}  # of an hour that is there twice, the repeats are told of by themselves
_DOUBTED = {Aspect.VALIDITY, Aspect.PLAUSIBILITY}
_MOST_DOUBTED = 0.05  # share of the rows, up to which values that are only marked are no neighbours of fills
_FEW = 20
_REPEATED = "duplicate-rows"


@dataclass(frozen=True, slots=True)
class Judged:
    """One channel's rows, judged.

    Attributes
    ----------
    finding
        What was found: a number of :attr:`Judge.findings`.
    action
        What is done: a number of :data:`ACTIONS`.
    wish
        How a person wants it filled: a number of :data:`WISHES`.
    is_sound
        Whether the value is there and nothing speaks against it.
    """

    finding: Codes
    action: Codes
    wish: Codes
    is_sound: Mask


class Judge:
    """Judges rows by what was found and by a recipe.

    Parameters
    ----------
    detections
        All that was found in the readings.
    rows
        How many readings there are.
    """

    def __init__(self, recipe: Recipe, detections: Iterable[Detections], rows: int) -> None:
        self._recipe = recipe
        self._found: dict[tuple[str, str], list[Detections]] = defaultdict(list)
        codes = {ROWS, VALUES, _REPEATED}
        self._share: dict[tuple[str, str], float] = defaultdict(float)
        for one in detections:
            self._found[one.series, one.channel].append(one)
            codes.add(one.code)
            self._share[one.code, one.channel] += float(one.rows.sum()) / max(1, rows)
        few = _FEW / max(1, rows)  # of so few values no share is known
        self._share.update({key: 0.0 for key, share in self._share.items() if share < few})
        self.findings = ("", *sorted(codes))
        self._last: Rows | None = None
        self._known: dict[str, Judged] = {}
        self._number = {code: at for at, code in enumerate(self.findings)}

    def lengths(self, series: str, channel: str) -> Ints:
        """How long the runs are that are to be filled, by what was found; runs that touch are still apart."""
        found = [
            one.count
            for one in (*self._found[series, channel], *self._found[series, ""])
            if self._may_be_filled(one.code, channel) and (one.channel or one.code == ROWS)
        ]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def _usual(self, code: str, channel: str) -> int:
        """What the steps do about a finding: a number of :data:`ACTIONS`."""
        return ACTIONS.index(self._recipe.action_for(code, channel, self._share.get((code, channel), 0.0)))

    def _may_be_filled(self, code: str, channel: str) -> bool:
        chosen = any(one.finding in {code, ANY} and one.action is Action.MEND for one in self._recipe.choices)
        return chosen or self._usual(code, channel) == MEND

    def judge(self, rows: Rows, channel: str) -> Judged:
        """Judge one channel's rows; of the last ones it is remembered how."""
        if self._last is not rows:
            self._last, self._known = rows, {}
        if channel not in self._known:
            self._known[channel] = self._judged(rows, channel)
        return self._known[channel]

    def _judged(self, rows: Rows, channel: str) -> Judged:
        size = len(rows)
        finding, action, wish = (np.zeros(size, dtype=np.uint8) for _ in range(3))
        doubted = np.zeros(size, dtype=np.bool_)
        for code, mask in self._masks(rows, channel):
            free = mask & (finding == 0)
            if not free.any():
                continue
            finding[free], action[free] = self._number[code], self._usual(code, channel)
            self._choose(rows, (code, channel), free, action, wish)
            finding[free & (action == KEEP)] = 0
            is_rare = self._share.get((code, channel), 0.0) <= _MOST_DOUBTED
            if is_rare and code in CODES and CODES[code].aspect in _DOUBTED:
                doubted |= free & (action != KEEP)
        dropped = rows.is_dropped & (finding == 0)
        finding[dropped], action[dropped] = self._number[_REPEATED], NULL
        is_sound = np.isfinite(rows.values[channel]) & (action < NULL) & ~doubted & ~rows.is_dropped
        return Judged(finding, action, wish, is_sound)

    def _choose(self, rows: Rows, where: tuple[str, str], mask: Mask, action: Codes, wish: Codes) -> None:
        """Put a person's choices in place of what the steps say."""
        for choice in self._recipe.choices:
            if choice.fits(rows.series, *where):
                low, high = np.searchsorted(rows.times, (choice.begin, choice.end))
                own = np.zeros(len(mask), dtype=np.bool_)
                own[low:high] = mask[low:high]
                action[own], wish[own] = ACTIONS.index(choice.action), WISHES.index(choice.fix)

    def _masks(self, rows: Rows, channel: str) -> Iterator[tuple[str, Mask]]:
        """Which rows each code was found at, those of the earliest steps first."""
        found = [*self._found[rows.series, channel], *self._found[rows.series, ""]]
        made: list[tuple[str, Mask]] = []
        absent = rows.source < 0
        if absent.any():
            made.append((ROWS, absent))
        empty = np.isnan(rows.values[channel]) & ~absent
        if empty.any():
            made.append((VALUES, empty))
        made += [(one.code, mask) for one in found if (mask := _mask(one, rows)) is not None]
        last = len(self._recipe.steps)

        def order(one: tuple[str, Mask]) -> tuple[int, str]:
            at = self._recipe.step_for(one[0], channel)
            return (last if at is None else at), one[0]

        yield from sorted(made, key=order)


def _mask(found: Detections, rows: Rows) -> Mask | None:
    """Which rows lie in what was found; None: none does."""
    if found.code in {ROWS, VALUES} or not len(found) or not len(rows):
        return None
    if found.begin.min() > rows.times[-1] or found.end.max() <= rows.times[0]:
        return None
    mask = np.zeros(len(rows), dtype=np.bool_)
    held = found.rows > 0
    there = np.flatnonzero(rows.source >= 0)
    if held.any() and len(there) and found.code not in _OF_ABSENT:
        first, last = int(rows.source[there[0]]), int(rows.source[there[-1]])
        near = held & (found.row <= last) & (found.row + found.rows > first)
        if near.any():
            inside = found.some(near).mask(first, last - first + 1)
            mask[there] = inside[rows.source[there] - first]
    if not held.all():  # of rows that are missing, the times tell
        low = np.searchsorted(rows.times, found.begin[~held])
        high = np.searchsorted(rows.times, found.end[~held])
        mask |= mask_of(low, high, len(rows)) & (rows.source < 0)
    return mask if mask.any() else None
