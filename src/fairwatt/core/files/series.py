"""Whose reading each row is: the column that tells the meters of a file apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.autumn import passes, steps_as_passed
from fairwatt.core.files.cells import is_null, is_number
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import is_identity, read_name, words_of
from fairwatt.core.files.privacy import kind_of_points, names_person
from fairwatt.core.files.regularity import usual_step
from fairwatt.core.files.stamps import DAY, NOT_A_TIME, read_moment
from fairwatt.core.units import find_unit

Stamps = NDArray[np.int64]
Values = NDArray[np.float64]

_STRICT = 0.95
_UNIQUE = 0.98
_FEW_ROWS = 3
_FEWEST_DIGITS = 4  # of a meter's number where no name says that it is one
_ROWS_A_METER = 20
_MOST_PARTS = 6  # columns of which two together may name series
_FEW_LEVELS = 8  # of voltage, by which feeders may be called
_WITH_UNIT = re.compile(r"[+-]?\d+(?P<part>[.,]\d+)?\s?(?P<unit>[^\d\s].*)")
_DURATION = re.compile(r"P(?=.)(\d+[YMWD])*(T(\d+[HMS])+)?")  # of an interval: PT30M
_THING = re.compile(  # what a meter's reading may be of: no name of a row, an event or a person
    r"\b(meter|mpan|mprn|mpxn|msid|uprn|serial|site|station|substation|feeder|household|home|house|flat|apartment|plot|"
    r"building|device|sensor|asset|charger|inverter|location|node|bmu)s?( (id|no|nr|number|name|code|ref|reference))?$"
)
_READ = re.compile(r"\b(readings?|read|value)$|^(readings?|read|value)\b")
_RATED = re.compile(r"\b(capacity|rating|rated|installed|nameplate|maximum|limit)\b")
_METERED = frozenset({
    "energy", "reactive_energy", "apparent_energy", "power", "reactive_power", "apparent_power", "volume", "voltage",
    "current", "temperature", "state_of_charge",
})  # fmt: skip
BETWEEN = " / "  # the parts of a series' name
_STATES = frozenset({
    "true", "false", "yes", "no", "y", "n", "on", "off", "open", "closed", "ok", "good", "bad", "valid", "invalid",
    "actual", "estimated", "estimate", "measured", "raw", "normal",
})  # fmt: skip


def find_series(
    layout: Layout, names: Sequence[str], columns: Sequence[int], segments: Sequence[Stamps]
) -> tuple[int, ...]:
    """Find the column whose values each have times that only go forward, or that never come twice; or two columns,
    where only both together do; none where there is one series.

    Parameters
    ----------
    layout, names
        The file's layout and its columns' names.
    columns
        Those of the times.
    segments
        The rows' times [µs] by segment.
    """
    one = _find_one(layout, names, columns, segments)
    if one is not None and (not _needs_series(segments) or _share_unique(layout, (one,), segments) >= _UNIQUE):
        return (one,)
    if one is None and not _needs_series(segments):
        return ()
    options = [c for c in range(layout.columns) if c not in columns and _may_share_series(layout, names[c], c)]
    first = [one] if one is not None else options[:_MOST_PARTS]
    pairs = [(a, b) for a in first for b in options[:_MOST_PARTS] if a != b and (one is not None or a < b)]
    for pair in sorted(pairs, key=lambda pair: [not is_identity(names[c]) for c in pair]):
        codes = split_rows(layout, codes_of(layout, *pair))
        if _share_unique(layout, pair, segments) >= _UNIQUE and step_in_order(segments, codes) is not None:
            return tuple(sorted(pair))
    if one is None or not (is_identity(names[one]) or _tells_apart(layout, one, segments)):
        return ()
    return (one,)


def _tells_apart(layout: Layout, column: int, segments: Sequence[Stamps]) -> bool:
    """Whether rows of one time and one cell of a column are the same row twice, and not what several meters say."""
    stamps = np.concatenate(segments)
    rows = [row for segment in layout.segments for row in segment]
    different = {(int(at), row) for at, row in zip(stamps, rows, strict=True) if at != NOT_A_TIME}
    return len({(at, row[column]) for at, row in different}) >= _UNIQUE * len(different)


def _may_share_series(layout: Layout, name: str, column: int) -> bool:
    """Whether a column could name series together with another: it says nothing of whom they belong to."""
    cells = layout.cells(column)
    is_personal = bool(kind_of_points(name, cells)) or names_person(name)
    return not is_personal and len(set(cells)) > 1 and _may_name_series(layout, name, column, is_part=True)


def _share_unique(layout: Layout, columns: Sequence[int], segments: Sequence[Stamps]) -> float:
    """The share of rows whose time is no other's of their series, but for the hour that clocks repeat."""
    stamps = np.concatenate(segments)
    there = stamps != NOT_A_TIME
    return _share_single(stamps[there], codes_of(layout, *columns)[there])


def _share_single(stamps: Stamps, codes: Stamps) -> float:
    rows = np.stack([stamps, codes, passes(stamps, codes)])
    return float(np.unique(rows, axis=1).shape[1] / max(1, rows.shape[1]))


def _find_one(layout: Layout, names: Sequence[str], columns: Sequence[int], segments: Sequence[Stamps]) -> int | None:
    is_needed = _needs_series(segments)
    options = [c for c in range(layout.columns) if c not in columns and _may_name_series(layout, names[c], c)]
    named = [c for c in options if is_identity(names[c])]
    others = [c for c in options if c not in named and is_needed]
    count = sum(map(len, segments))
    for some in (named, others):
        shares = {c: _share_forward(layout, c, segments) for c in some}
        fitting = [c for c in some if shares[c] >= _STRICT or count == 1]
        if fitting:  # meters one after another leave a constant column with hardly a step back: not the one that tells
            return max(fitting, key=lambda c: (shares[c], -c)) if is_needed else fitting[0]
    for column in (*named, *others) if is_needed else ():
        codes = split_rows(layout, codes_of(layout, column))
        if step_in_order(segments, codes) is not None:
            return column
    return _of_snapshot(layout, names, columns, segments)


def _of_snapshot(
    layout: Layout, names: Sequence[str], columns: Sequence[int], segments: Sequence[Stamps]
) -> int | None:
    """The column of things that were each read once or a few times within a day, where all numbers are readings and no
    other row is of that thing and time."""
    rows = sum(map(len, segments))
    stamps = np.concatenate(segments)
    stamps = stamps[stamps != NOT_A_TIME]
    if not len(stamps) or stamps.max() - stamps.min() > DAY:
        return None
    for column in (c for c in range(layout.columns) if c not in columns and _THING.search(words_of(names[c]))):
        cells = [cell.strip() for cell in layout.cells(column)]
        things = len(set(cells))
        are_names = all(cells) and not any(read_moment(cell) for cell in cells[:5])
        if are_names and things > 1 and rows <= _FEW_ROWS * things:
            others = [c for c in range(layout.columns) if c not in {column, *columns}]
            if _are_read(layout, names, others) and _share_unique(layout, (column,), segments) >= _UNIQUE:
                return column
    return None


def _are_read(layout: Layout, names: Sequence[str], columns: Sequence[int]) -> bool:
    """Whether columns hold what meters show: numbers called readings or by a quantity, hardly any words, no times."""
    words = 0
    for column in columns:
        filled = [cell for cell in layout.cells(column) if not is_null(cell)]
        if any(read_moment(cell) for cell in filled[:5]):
            return False  # of when another reading was taken, perhaps
        if sum(map(is_number, filled)) < _STRICT * len(filled):
            words += 1
        elif not _READ.search(words_of(names[column])) and not _is_measured(layout, names[column], column):
            return False
    return words <= 1 < len(columns) + 1 - words


def _is_measured(layout: Layout, name: str, column: int) -> bool:
    meaning = read_name(name, units_row=layout.units[column] if column < len(layout.units) else "")
    return meaning.quantity in _METERED and not _RATED.search(words_of(name))


def _needs_series(segments: Sequence[Stamps]) -> bool:
    """Whether times come again: in following rows, or anywhere where one meter's rows stand after another's."""
    plain = steps_of(segments, None)
    if not len(plain):
        return False
    if float((plain == 0).mean()) > 1 - _STRICT:
        return True
    stamps = np.concatenate(segments)
    stamps = stamps[stamps != NOT_A_TIME]
    starts = [s[s != NOT_A_TIME][0] for s in segments if (s != NOT_A_TIME).any()]
    turns = np.diff(np.array(starts, dtype=np.int64))
    jumps_back = bool((turns < 0).any() and (turns > 0).any())
    return jumps_back or _share_single(stamps, np.zeros_like(stamps)) < _UNIQUE


def _share_forward(layout: Layout, column: int, segments: Sequence[Stamps]) -> float:
    """Share of the steps within a column's values that go the same way; 0 where there are hardly any."""
    steps = steps_of(segments, split_rows(layout, codes_of(layout, column)))
    if len(steps) < 0.3 * sum(map(len, segments)):
        return 0.0
    return max(float((steps > 0).mean()), float((steps < 0).mean()))


def _may_name_series(layout: Layout, name: str, column: int, *, is_part: bool = False) -> bool:
    """Whether a column's cells could be names of meters: few, whole, no times, no measurement by its name."""
    meaning = read_name(name, units_row=layout.units[column] if layout.units else "")
    if meaning.unit or (meaning.quantity and not is_identity(name)):
        return False
    cells = [row[column].strip() for segment in layout.segments for row in segment[:300]]
    filled = [cell for cell in cells if not is_null(cell)]
    if len(filled) < len(cells) or any(read_moment(cell) for cell in filled[:5]):
        return False
    if all(_is_length(cell) or (_is_state(cell) and not is_identity(name)) for cell in set(filled)):
        return False
    numbers = [cell for cell in set(filled) if is_number(cell)]
    if any("." in cell or (cell.startswith("-") and not is_identity(name)) for cell in numbers):
        return False
    if numbers and not is_identity(name) and not is_part and not _are_meter_numbers(numbers, len(cells)):
        return False
    return (len(cells) == 1 or len(set(filled)) <= 0.7 * len(cells)) and not _are_measured(set(filled))


def _are_measured(texts: set[str]) -> bool:
    """Whether all texts are numbers with a unit behind them: 0.25 kW; a few whole ones (11 kV) may be names."""
    found = [_WITH_UNIT.fullmatch(text) for text in texts]
    measured = [match for match in found if match is not None and find_unit(match["unit"]) is not None]
    return len(measured) == len(texts) and (len(texts) > _FEW_LEVELS or any(match["part"] for match in measured))


def _is_length(text: str) -> bool:
    """Whether a text is a unit, or the length of an interval, which no name of a column makes a thing of."""
    return _DURATION.fullmatch(text) is not None or (len(text) > 1 and find_unit(text) is not None)


def _is_state(text: str) -> bool:
    """Whether a text is a unit, or says how good or in which state something is: no meter is called so."""
    return text.casefold() in _STATES or (len(text) > 1 and find_unit(text) is not None)


def _are_meter_numbers(numbers: Sequence[str], rows: int) -> bool:
    """Whether whole numbers without a name are those of meters: long, all of one length, and few."""
    lengths = {len(number) for number in numbers}
    return len(lengths) == 1 and min(lengths) >= _FEWEST_DIGITS and len(numbers) * _ROWS_A_METER <= rows


def split_rows(layout: Layout, stamps: Stamps) -> tuple[Stamps, ...]:
    """All sampled stamps by segment."""
    ends = np.cumsum([len(segment) for segment in layout.segments])[:-1]
    return tuple(np.split(stamps, ends))


def codes_of(layout: Layout, *columns: int) -> Stamps:
    """For all sampled rows, whose each is, as a small number."""
    cells = [series_name(parts) for parts in zip(*(layout.cells(c) for c in columns), strict=True)]
    return np.unique(np.array(cells), return_inverse=True)[1].astype(np.int64)


def series_name(parts: Sequence[str]) -> str:
    """The name of a series that several columns tell apart, as the lake's SQL writes it."""
    return BETWEEN.join(part.strip() for part in parts)


def steps_of(segments: Sequence[Stamps], codes: Sequence[Stamps] | None) -> Stamps:
    """Steps [µs] between following readings of one series, within segments; where clocks go back, as time passed."""
    found: list[Stamps] = []
    for at, stamps in enumerate(segments):
        there = stamps != NOT_A_TIME
        if codes is None:
            found.append(steps_as_passed(stamps[there][:-1], stamps[there][1:]))
            continue
        whose = codes[at][there]
        order = np.argsort(whose, kind="stable")
        same = np.diff(whose[order]) == 0
        ordered = stamps[there][order]
        found.append(steps_as_passed(ordered[:-1][same], ordered[1:][same]))
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def step_in_order(segments: Sequence[Stamps], codes: Sequence[Stamps] | None) -> int | None:
    """The usual step once rows are sorted, where hardly a series has a time twice: rows in no order, or by turns."""
    stamps = np.concatenate(segments)
    whose = np.zeros(len(stamps), dtype=np.int64) if codes is None else np.concatenate(codes)
    there = stamps != NOT_A_TIME
    there &= passes(stamps, whose) == 0
    order = np.lexsort((stamps[there], whose[there]))
    stamps, whose = stamps[there][order], whose[there][order]
    diffs = np.diff(stamps)[np.diff(whose) == 0]
    if len(diffs) < _FEW_ROWS or float((diffs > 0).mean()) < _UNIQUE:
        return None
    return usual_step(diffs)


def order_of(
    layout: Layout, segments: Sequence[Stamps], series: Sequence[int], runs_of: Sequence[Stamps] | None = None
) -> Callable[[Values], list[Values]]:
    """Find how to cut all sampled values of a column into runs: one series of one segment each, in order of time.

    Parameters
    ----------
    layout
        The file's layout.
    segments
        The rows' times [µs] by segment.
    series
        The columns that say whose reading a row is.
    runs_of
        Where there are none and times begin anew, by segment, which run a row belongs to.
    """
    sizes = [len(segment) for segment in layout.segments]
    stamps = list(segments) if [len(s) for s in segments] == sizes else [np.arange(size) for size in sizes]
    cuts: list[list[NDArray[np.intp]]] = []
    parted = runs_of if runs_of is not None and [len(s) for s in runs_of] == sizes else None
    for at, (rows, moments) in enumerate(zip(layout.segments, stamps, strict=True)):
        whose = np.array([series_name([row[c] for c in series]) for row in rows]) if series else None
        codes = np.zeros(len(moments), np.intp) if whose is None else np.unique(whose, return_inverse=True)[1]
        codes = parted[at].astype(np.intp) if whose is None and parted is not None else codes
        order = _in_order(moments, codes)
        cuts.append(np.split(order, np.flatnonzero(np.diff(codes[order])) + 1))
    ends = np.cumsum(sizes)[:-1]

    def runs(values: Values) -> list[Values]:
        found: list[Values] = []
        for part, pieces in zip(np.split(values, ends), cuts, strict=True):
            found += [part[piece][np.isfinite(part[piece])] for piece in pieces]
        return found

    return runs


def _in_order(moments: Stamps, codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """The rows that have a time by series, each in order of time.

    Rows that follow time are left as they stand: on a local clock an hour comes twice, and sorting would mix it.
    """
    there = np.flatnonzero(moments != NOT_A_TIME)
    for rows in (there, there[::-1]):
        order = rows[np.argsort(codes[rows], kind="stable")]
        steps = np.diff(moments[order])[np.diff(codes[order]) == 0]
        if len(steps) and float((steps >= 0).mean()) >= _STRICT:
            return order
    return there[np.lexsort((moments[there], codes[there]))]
