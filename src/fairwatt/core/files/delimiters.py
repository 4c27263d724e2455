"""Which character separates the cells of a text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files.cells import is_number
from fairwatt.core.files.text_records import Record, Row, datum_kind, read_records

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LOOKED_AT = 200  # records that decide
_CONSISTENT = 0.9
_FEW = 3
_WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_DIGITS = re.compile(r"\d{1,9}", re.ASCII)


def find_delimiter(lines: Sequence[str], name: str) -> str | None:
    """The delimiter whose columns are the most even; None where no line has columns.

    Where the first lines have none, a long preamble may stand before the table, and the last ones decide.
    """
    filled = [line for line in lines if line.strip()]
    found = _find_among(filled[:_LOOKED_AT], name)
    return found if found is not None or len(filled) <= _LOOKED_AT else _find_among(filled[-_LOOKED_AT:], name)


def _find_among(look: Sequence[str], name: str) -> str | None:
    shares: dict[str, tuple[float, int]] = {}
    for delimiter in _DELIMITERS:
        records = read_records(look, delimiter, limit=_LOOKED_AT)
        counts = Counter(len(r.cells) for r in records)
        wide = {n: c for n, c in counts.items() if n > 1}
        if wide:
            width = max(wide, key=lambda n: (wide[n], n))
            shares[delimiter] = (wide[width] / max(1, len(records)), width)
    even = {d: width for d, (share, width) in shares.items() if share >= _CONSISTENT}
    if len(even) > 1 and "," in even:
        others = {d: w for d, w in even.items() if d != ","}
        other = max(others, key=lambda d: others[d])
        return other if others[other] >= even[","] or _has_decimal_commas(look, other) else ","
    if even:
        return max(even, key=lambda d: even[d])
    _refuse_mixed(look, shares, name)
    likely = {d: share for d, (share, _) in shares.items() if share >= 0.5}  # most lines
    return max(likely, key=lambda d: likely[d]) if likely else None


def _has_decimal_commas(lines: Sequence[str], delimiter: str) -> bool:
    rows = [r.cells for r in read_records(lines, delimiter, limit=_LOOKED_AT)][1:]
    cells = [cell for row in rows for cell in row if "," in cell]
    return bool(cells) and sum(is_number(cell, ",") for cell in cells) > len(cells) / 2


def _refuse_mixed(lines: Sequence[str], shares: dict[str, tuple[float, int]], name: str) -> None:
    """Raise where some lines are separated one way and others another."""
    kinds = {
        d: [i for i, line in enumerate(lines, 1) if d in line and not any(o in line for o in shares if o != d)]
        for d in shares
    }
    many = {d: places for d, places in kinds.items() if len(places) >= max(2, len(lines) // 10)}
    if len(many) < 2:  # two ways
        return
    first, second = sorted(many, key=lambda d: -len(many[d]))[:2]
    raise UnreadableFile(
        f"{name} is separated in two ways: by {_DELIMITERS[first]} as in line {many[first][0]:,}, "
        f"and by {_DELIMITERS[second]} as in line {many[second][0]:,}.",
        where={"file": name, "line": many[second][0]},
        next_step="Save it with one separator throughout and upload it again.",
    )


def refuse_cut_numbers(records: Sequence[Record], columns: int, name: str) -> None:
    """Raise where commas seem to stand in numbers and between cells too.

    Rows then have cells that no name of the header is for, and as many of whole numbers before bare digits.
    """
    first = next((at for at, record in enumerate(records) if len(record.cells) == columns), 0)
    header = records[first - 1].cells if first else ()
    unnamed = columns - len(header)
    if unnamed < 1 or len(header) < 2 or not all(cell.strip() for cell in header) or any(map(datum_kind, header)):
        return
    rows = [record.cells for record in records[first : first + _LOOKED_AT] if len(record.cells) == columns]
    if len(rows) < _FEW or _count_cut(rows, columns) < unnamed or (unnamed == 1 and _numbers_rows(rows)):
        return
    at = next(c for c in range(columns - 1) if _are_cut(rows, c))
    cells = "1 cell" if unnamed == 1 else f"{unnamed} cells"
    raise UnreadableFile(
        f"The rows of {name} have {cells} more than its header has names: {rows[0][at]},{rows[0][at + 1]} in line "
        f"{records[first].line:,} may be one number with a decimal comma, or two numbers.",
        where={"file": name, "line": records[first].line},
        next_step="Save it with semicolons between cells, or with decimal points; or name all its columns.",
    )


def _count_cut(rows: Sequence[Row], columns: int) -> int:
    """How many numbers may have been cut in two at their decimal commas, none of them twice."""
    found, column = 0, 0
    while column < columns - 1:
        is_cut = _are_cut(rows, column)
        found, column = found + is_cut, column + 1 + is_cut
    return found


def _numbers_rows(rows: Sequence[Row]) -> bool:
    """Whether the first cells count the rows, for which many programs write no name."""
    first = [row[0].strip() for row in rows]
    return all(map(_DIGITS.fullmatch, first)) and all(int(b) - int(a) == 1 for a, b in pairwise(first))


def _are_cut(rows: Sequence[Row], column: int) -> bool:
    return all(_WHOLE.fullmatch(row[column].strip()) and _DIGITS.fullmatch(row[column + 1].strip()) for row in rows)


def only_column(lines: Sequence[str]) -> str | None:
    """A delimiter that does not occur, where a text is one column of numbers or times."""
    look = [line.strip() for line in lines if line.strip()][:_LOOKED_AT]
    data = sum(bool(datum_kind(line)) for line in look[1:])
    return "," if len(look) > _FEW and data >= _CONSISTENT * (len(look) - 1) else None
