"""Channels of words and of yes and no, for whole columns at once: the texts that a column has, and a code a cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fairwatt.core.files.cells import ASCII_BLANKS
from fairwatt.core.files.profile import Dialect, Kind
from fairwatt.lake.cells import Cell
from fairwatt.lake.direct.arrays import arrow_of, named
from fairwatt.lake.direct.blocks import Block
from fairwatt.lake.direct.names import LONGEST, read_names, trimmed
from fairwatt.lake.direct.words import Mask

_NONE, _ODD = -1, -2
_YES_AND_NO = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "on"), 1),
    **dict.fromkeys(("false", "f", "no", "n", "0", "off"), 0),
}


@dataclass(slots=True)
class Labels:
    """What the cells of a channel hold: codes of ``texts``, or 1 and 0 for yes and no; -1 where there is nothing.

    ``texts`` is None for yes and no.
    """

    codes: NDArray[np.int32]
    texts: dict[str, int] | None

    def put(self, rows: NDArray[np.intp], values: list[str | bool | None]) -> None:
        """Put other values into some rows."""
        for row, value in zip(rows.tolist(), values, strict=True):
            if value is None:
                self.codes[row] = _NONE
            elif self.texts is None:
                self.codes[row] = int(value)
            else:
                self.codes[row] = self.texts.setdefault(str(value), len(self.texts))

    def keep(self, rows: Mask) -> None:
        """Let go of all rows but some."""
        self.codes = self.codes[rows]

    def to_arrow(self) -> pa.Array:
        """The values as Arrow has them."""
        gone = self.codes < 0
        if self.texts is None:
            there = pa.py_buffer(np.packbits(~gone, bitorder="little"))
            return pa.Array.from_buffers(
                pa.bool_(), len(gone), [there, pa.py_buffer(np.packbits(self.codes == 1, bitorder="little"))]
            )
        if not self.texts:
            return pa.nulls(len(gone), pa.string())
        words = named(np.zeros(0, dtype=np.int32), tuple(self.texts)).dictionary
        return pa.DictionaryArray.from_arrays(arrow_of(self.codes, pa.int32(), gone), words).dictionary_decode()


def read_labels(block: Block, cell: Cell, dialect: Dialect) -> tuple[Labels, Mask | None]:
    """Read a channel's cells; and say which rows have to be read by their text (None where none has)."""
    column = cell.rule.column
    starts, ends = block.starts[column], block.ends[column]
    long = ends - starts > LONGEST
    is_text = cell.rule.kind is Kind.TEXT
    found = read_names(block.text, starts, np.where(long, starts, ends), _bare if is_text else trimmed)
    names = found.names if found is not None else ()
    codes, texts = _coded(names, dialect, is_text=is_text)
    own = codes[found.codes] if found is not None else np.zeros(block.rows, dtype=np.int32)
    odd = (own == _ODD) | long
    return Labels(own, texts), odd if odd.any() else None


def _bare(text: str) -> str:
    return text.strip(ASCII_BLANKS)


def _coded(
    names: tuple[str, ...], dialect: Dialect, *, is_text: bool
) -> tuple[NDArray[np.int32], dict[str, int] | None]:
    """The code of each name, and the texts that codes stand for."""
    marks = {mark.strip() for mark in dialect.null_texts}
    texts: dict[str, int] = {}
    codes = []
    for name in names:
        if any(sign < " " and sign != "\t" for sign in name) or (name in marks and not is_text):
            codes.append(_ODD)
        elif not name or name in marks:
            codes.append(_NONE)
        elif is_text:
            codes.append(texts.setdefault(name, len(texts)))
        else:
            codes.append(_YES_AND_NO.get(name.lower(), _ODD))
    return np.array(codes, dtype=np.int32), texts if is_text else None
