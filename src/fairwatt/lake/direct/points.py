"""Columns from which no reading comes, and which of them may hold numbers of supply points at all."""

from __future__ import annotations

import numpy as np

from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake.direct.blocks import Block
from fairwatt.lake.direct.words import PAD, Mask

_DIGITS = 13  # of such a number
_ZERO, _NINE, _BLANK, _HYPHEN = 0x30, 9, 0x20, 0x2D


def unread_columns(profile: ImportProfile) -> tuple[int, ...]:
    """The positions of the columns that neither hold readings, times or series nor are known to be personal."""
    rule = profile.timestamp
    read = {*rule.columns, *profile.personal_columns, *profile.series_parts, *(c.column for c in profile.channels)}
    if profile.series_column is not None:
        read.add(profile.series_column)
    if rule.periods is not None:
        read |= {slot.column for slot in rule.periods.slots} | {day.column for day in rule.periods.days}
        read |= set() if rule.periods.column is None else {rule.periods.column}
    if profile.spread is not None:
        read |= {profile.spread.name_column, profile.spread.value_column}
        read |= set() if profile.spread.unit_column is None else {profile.spread.unit_column}
    return tuple(column for column in range(profile.columns) if column not in read)


def pointed_columns(block: Block, columns: tuple[int, ...], *, delimiter: int) -> set[int]:
    """Those of some columns in which thirteen digits follow each other somewhere, blanks and hyphens between left out.

    What holds the number of a supply point is among them, whatever else is: others need not be searched cell by cell.
    """
    if not columns:
        return set()
    if delimiter in {_BLANK, _HYPHEN}:
        return set(columns)
    data = block.text.data[PAD : PAD + block.size]
    digits = (data - np.uint8(_ZERO)) <= _NINE
    begins = _begins_of_long(digits | (data == _BLANK) | (data == _HYPHEN))
    if not len(begins):
        return set()
    breaks = np.flatnonzero(np.diff(begins) != 1)
    firsts = begins[np.concatenate(([0], breaks + 1))]
    lasts = begins[np.concatenate((breaks, [len(begins) - 1]))] + _DIGITS
    edges = np.stack((firsts, np.minimum(lasts, len(digits) - 1)), axis=1).ravel()
    counts = np.add.reduceat(digits, edges, dtype=np.int64)[::2]
    counts += digits[-1] & (lasts == len(digits))  # a run to the very end of the text
    firsts = firsts[counts >= _DIGITS]
    cells = np.searchsorted(block.ends.T.ravel(), firsts + PAD, side="right")
    found = np.unique(cells % len(block.ends))
    return set(columns) & set(found.tolist())


def _begins_of_long(signs: Mask) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Where thirteen following signs are there."""
    two = signs[:-1] & signs[1:]
    four = two[:-2] & two[2:]
    eight = four[:-4] & four[4:]
    twelve = eight[:-4] & four[8:]
    return np.flatnonzero(twelve[:-1] & signs[12:])
