"""Project LEO's labels: for each value five characters of errors and five of solutions; and what its log counts.

For k cleaned columns a label has 5k characters; column j owns the characters from 5j to 5j + 4, "00000" is untouched.
It is text, never a number. LEO's code and its printed table name the bits of solutions differently: both are here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.cleaned import DONE, CleanedChannel, CleanedWindow

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
Bits = NDArray[np.uint8]

WIDTH = 5
ERRORS = ("miss_val", "mul_miss_val", "outlier", "large_gap", "fmt_err")
_BLOCKS = frozenset({"miss_val", "mul_miss_val", "large_gap"})  # of which blocks are counted, not values
_SHORT, _LONG = 2, 10  # rows: up to which a gap is one of few, and of several
_FILLED_BY = {
    "linear": ("line",),
    "regression": ("line",),
    "spline": ("curve",),
    "kalman": ("curve",),
    "kriging": ("curve",),
    "same-hour": ("day",),
    "same-day": ("day",),
    "profile": ("day",),
    "same-week": ("week",),
    "blend": ("curve", "day"),
}
_TEXT = "not-a-number"
_GAPS = frozenset({"", "missing-values", "missing-rows", _TEXT})


class Table(StrEnum):
    """Which of LEO's two tables of solutions: that of its code, or the printed one."""

    CODE = "code"
    PRINTED = "printed"


SOLUTIONS = {
    Table.CODE: ("lin_intpol", "spln_intpol", "hr_day_fill", "week_fill", "fmt_correct"),
    Table.PRINTED: ("lin_intpol", "spln_intpol", "threshold_analysis", "day_filling", "week_filling"),
}
_PLACES = {
    Table.CODE: {"line": 0, "curve": 1, "day": 2, "week": 3, "format": 4},
    Table.PRINTED: {"line": 0, "curve": 1, "outlier": 2, "day": 3, "week": 4},
}


@dataclass(frozen=True, slots=True)
class Labeled:
    """A window with LEO's bits: for each channel a row × 5 array of 0 and 1 of errors, and one of solutions."""

    window: CleanedWindow
    errors: Mapping[str, Bits] = field(repr=False)
    solutions: Mapping[str, Bits] = field(repr=False)

    def texts(self, which: Mapping[str, Bits]) -> list[str]:
        """The label of each row, all channels beside each other."""
        every = np.concatenate(list(which.values()), axis=1) if which else np.zeros((len(self.window), 0), np.uint8)
        if not every.shape[1]:
            return [""] * len(self.window)
        joined = np.ascontiguousarray(every + ord("0")).view(f"S{every.shape[1]}").ravel()
        return [one.decode() for one in joined.tolist()]


@dataclass(slots=True)
class Tally:
    """What LEO's log counts: blocks of missing values and of fills, values of outliers and of format errors."""

    errors: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ERRORS, 0))
    solutions: dict[str, int] = field(default_factory=dict)


def parse_label(text: str) -> list[tuple[bool, ...]]:
    """The bits of each column.

    Raises
    ------
    ValueError
        Where the text is no label.

    Examples
    --------
    >>> parse_label("0000010100")
    [(False, False, False, False, False), (True, False, True, False, False)]
    """
    if len(text) % WIDTH or set(text) - {"0", "1"}:
        raise ValueError(f"'{text[:40]}' is no label of {WIDTH} characters a column, 0 or 1")
    return [tuple(cell == "1" for cell in text[at : at + WIDTH]) for at in range(0, len(text), WIDTH)]


def write_label(columns: Iterable[Iterable[bool]]) -> str:
    """The text of the bits of each column: what :func:`parse_label` reads."""
    return "".join("1" if bit else "0" for column in columns for bit in column)


def labeled(windows: Iterable[CleanedWindow], table: Table, tally: Tally) -> Iterator[Labeled]:
    """Windows without dropped rows, with their labels; counted as they pass.

    A gap that a window's end cuts counts as the one that it is: the rows behind are looked at before.
    """
    tally.solutions = dict.fromkeys(SOLUTIONS[table], 0)
    for _, passing in groupby(filter(len, map(_kept, windows)), key=lambda window: window.series):
        before: dict[str, int] = {}
        held: list[CleanedWindow] = []
        for window in passing:
            held.append(window)
            while sum(map(len, held[1:])) > _LONG:
                yield _labeled(held, before, table, tally)
                del held[0]
        while held:
            yield _labeled(held, before, table, tally)
            del held[0]


def counted(windows: Iterable[CleanedWindow], table: Table, tally: Tally) -> Iterator[CleanedWindow]:
    """Pass windows on as they are, and count what LEO's log counts."""
    waiting: list[CleanedWindow] = []

    def passing() -> Iterator[CleanedWindow]:
        for window in windows:
            waiting.append(window)
            yield window

    for _ in labeled(passing(), table, tally):
        yield from waiting
        waiting.clear()
    yield from waiting


def _kept(window: CleanedWindow) -> CleanedWindow:
    if not window.is_dropped.any():
        return window
    at = ~window.is_dropped
    channels = {
        name: CleanedChannel(one.raw[at], one.cleaned[at], one.finding[at], one.fix[at], one.p10[at], one.p90[at])
        for name, one in window.channels.items()
    }
    return replace(
        window, times=window.times[at], source=window.source[at], is_dropped=window.is_dropped[at], channels=channels
    )


def _labeled(held: list[CleanedWindow], before: dict[str, int], table: Table, tally: Tally) -> Labeled:
    """The first window's labels; ``before`` holds for each channel how many rows were missing up to its beginning."""
    window = held[0]
    errors, solutions = {}, {}
    for name, channel in window.channels.items():
        missing = np.isnan(channel.raw)
        later = np.isnan(np.concatenate([np.zeros(0), *(one.channels[name].raw[: _LONG + 1] for one in held[1:])]))
        run = _lengths(missing, before.get(name, 0), later)
        errors[name] = _errors(window, channel, missing, run)
        solutions[name] = _solutions(window, channel, table)
        begins = missing & ~np.concatenate(([before.get(name, 0) > 0], missing[:-1]))
        _count(tally, errors[name], solutions[name], begins)
        before[name] = _open_end(missing, before.get(name, 0))
    return Labeled(window, errors, solutions)


def _lengths(missing: Mask, before: int, later: Mask) -> Ints:
    """For each row the length of the run of missing ones that it is in, 0 of none; with what is around the window."""
    size = len(missing)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], missing, [False]))))
    begins, ends = edges[::2], edges[1::2]
    lengths = (ends - begins).astype(np.int64)
    if len(lengths) and begins[0] == 0:
        lengths[0] += before
    if len(lengths) and ends[-1] == size:
        lengths[-1] += len(later) if later.all() else int(np.argmin(later))
    found = np.zeros(size, dtype=np.int64)
    found[missing] = np.repeat(lengths, ends - begins)
    return found


def _open_end(missing: Mask, before: int) -> int:
    """How many rows are missing up to the window's end."""
    if not missing.any():
        return 0
    if missing.all():
        return before + len(missing)
    return int(np.argmin(missing[::-1]))


def _errors(window: CleanedWindow, channel: CleanedChannel, missing: Mask, run: Ints) -> Bits:
    code = np.array(window.findings, dtype=object)[channel.finding]
    is_gone = channel.fix >= DONE.index("nulled")
    odd = (
        ~missing & is_gone & np.isin(channel.finding, [i for i, one in enumerate(window.findings) if one not in _GAPS])
    )
    odd |= ~missing & (code == "outliers")
    bits = (missing & (run <= _SHORT), missing & (run > _SHORT) & (run <= _LONG), odd, run > _LONG, code == _TEXT)
    return np.stack(bits, axis=1).astype(np.uint8)


def _solutions(window: CleanedWindow, channel: CleanedChannel, table: Table) -> Bits:
    places = _PLACES[table]
    bits = np.zeros((len(window), WIDTH), dtype=np.uint8)
    for number in np.unique(channel.fix):
        for way in _FILLED_BY.get(DONE[number], ()):
            bits[channel.fix == number, places[way]] = 1
    is_gone = channel.fix >= DONE.index("nulled")
    if "format" in places and _TEXT in window.findings:
        bits[is_gone & (channel.finding == window.findings.index(_TEXT)), places["format"]] = 1
    if "outlier" in places:
        bits[is_gone & ~np.isnan(channel.raw), places["outlier"]] = 1
    return bits


def _count(tally: Tally, errors: Bits, solutions: Bits, begins: Mask) -> None:
    for place, name in enumerate(ERRORS):
        bit = errors[:, place].astype(np.bool_)
        tally.errors[name] += int((bit & begins).sum() if name in _BLOCKS else bit.sum())
    for place, name in enumerate(tally.solutions):
        bit = solutions[:, place].astype(np.bool_)
        tally.solutions[name] += int((bit & ~np.concatenate(([False], bit[:-1]))).sum())
