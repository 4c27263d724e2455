"""How a delimited text file is laid out: line ends, delimiter, preamble, header rows, and its sampled rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from fairwatt.core.errors import TooLarge, UnreadableFile
from fairwatt.core.files.calendar_stamps import read_period
from fairwatt.core.files.cells import is_null
from fairwatt.core.files.delimiters import find_delimiter, only_column, refuse_cut_numbers
from fairwatt.core.files.encodings import LineEnd, decode_piece, find_encoding, find_line_end, width_of
from fairwatt.core.files.marks import find_marks
from fairwatt.core.files.meaning import time_rank
from fairwatt.core.files.profile import Dialect
from fairwatt.core.files.sampling import FileSample
from fairwatt.core.files.sheets import count_heading, is_body, usual_kinds
from fairwatt.core.files.slots import is_slot_heading
from fairwatt.core.files.text_records import Record, Row, datum_kind, is_rule, read_records, split_lines
from fairwatt.core.units import find_unit

_LOOKED_AT = 200  # records that decide the delimiter and the header
_MOST_CELLS = 100_000
_MARK_CELLS = 4_000
_HEAD_ROWS, _PIECE_ROWS = 3_000, 600
_PIECES = 8
_CONSISTENT = 0.9
_TYPED = 0.8
_HEADER_ROWS = 3
_PREAMBLE_LINES = 100
_LONGEST_PREAMBLE = 1_500  # looked for where a table does not begin sooner: loggers print all their settings
_PLAIN_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_LONGEST_CELL = 131_072
_LINES_BELOW = 10
_FEW_DATES = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """A delimited text file's form.

    Attributes
    ----------
    dialect
        How it is written; null texts beyond the standard ones are added later.
    columns
        How many columns most rows have.
    names, units
        The header's cells, blanks stripped, and the cells of a units row; empty where there is no such row.
    segments
        Sampled rows of data in file order, each piece of the file a segment; only within a segment do rows
        follow each other.
    ragged
        Lines among the head's with another number of columns (from 1).
    lines
        The head's whole lines of data, to look more closely at some of them.
    repeated
        Lines among the head's where the header stands once more, as in dumps that were put together; they are in no
        segment.
    headings
        Lines among the head's where another heading stands, of another table below: they are in no segment.
    """

    dialect: Dialect
    columns: int
    names: Row
    units: Row
    segments: tuple[tuple[Row, ...], ...]
    ragged: tuple[int, ...]
    lines: tuple[str, ...] = ()
    repeated: tuple[int, ...] = ()
    headings: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def rows_of(self, begin: int, end: int) -> list[Row]:
        """Rows among :attr:`lines`; those with another number of columns are left out."""
        records = read_records(self.lines[begin:end], self.dialect.delimiter, limit=end - begin)
        return [record.cells for record in records if len(record.cells) == self.columns]

    def cells(self, column: int) -> list[str]:
        """All sampled cells of a column."""
        return [row[column] for segment in self.segments for row in segment]


def find_layout(sample: FileSample, *, name: str, max_columns: int) -> Layout | None:
    """Find the layout of a text file.

    Parameters
    ----------
    sample
        Samples of its bytes.
    name
        What messages call the file.
    max_columns
        How many columns are allowed.

    Returns
    -------
    Layout | None
        None where the text has no columns.

    Raises
    ------
    UnreadableFile
        Where lines are separated in different ways, commas stand in numbers too, or there is a header but no row.
    TooLarge
        Where there are more than ``max_columns`` columns.
    """
    encoding = find_encoding(sample)
    text = decode_piece(sample.head, encoding, is_first=True)
    line_end = find_line_end(text)
    lines = split_lines(text, line_end)
    if not sample.complete and len(lines) > 1:
        lines.pop()  # cut off somewhere
    delimiter = find_delimiter(lines, name) or only_column(lines)
    if delimiter is None:
        return None
    records = [r for r in read_records(lines, delimiter, limit=_HEAD_ROWS + _PREAMBLE_LINES) if not is_rule(r)]
    columns = _usual_count(records)
    if columns > max_columns:
        raise TooLarge(
            f"{name} has {columns:,} columns; at most {max_columns:,} can be read.",
            where={"file": name, "columns": columns},
            next_step="Split the file, or ask the data manager to raise the limit in the project file.",
        )
    records = _without_last_blanks(records, columns)
    if delimiter == ",":
        refuse_cut_numbers(records, columns, name)
    head = _find_head(records, columns) or _find_head(records, columns, longest=_LONGEST_PREAMBLE)
    skip = head[0] if head is not None else _count_preamble(records, columns)
    heads = skip + max(1, head[1] if head is not None else 1)  # which may have a cell less than the rows below
    body = [
        r
        for n, r in enumerate(records[skip:], start=skip)
        if len(r.cells) == columns or (n < heads and len(r.cells) == columns - 1)
    ]
    form = _Form(encoding, line_end, delimiter, columns)
    return _lay_out(sample, name, form, lines, records, body, head[1] if head is not None else None)


@dataclass(frozen=True, slots=True)
class _Form:
    encoding: str
    line_end: LineEnd
    delimiter: str
    columns: int


def _lay_out(  # noqa: PLR0917 - what was found so far
    sample: FileSample,
    name: str,
    form: _Form,
    lines: list[str],
    records: list[Record],
    body: list[Record],
    known_header: int | None,
) -> Layout:
    rows = [_fit(record.cells, form.columns) for record in body]
    header = known_header if known_header is not None else _count_header_rows(rows)
    if header and _lack_first(body, header, form.columns):
        body = [replace(r, cells=("", *r.cells)) if len(r.cells) < form.columns else r for r in body]
        rows = [record.cells for record in body]
    if len(rows) <= header:
        raise UnreadableFile(
            f"{name} has a header but no rows of data.",
            where={"file": name, "line": body[0].line if body else 1},
            next_step="Upload the file with its readings.",
        )
    repeated, headings = _headings_inside(body[header:], rows[:header])
    body = [*body[:header], *(r for r in body[header:] if r.line not in repeated and r.line not in headings)]
    rows = [_fit(record.cells, form.columns) for record in body]
    first = body[header].line
    skip = body[0].line - 1 if header else first - 1
    most = max(50, _MOST_CELLS // form.columns)
    head = tuple(rows[header : header + min(_HEAD_ROWS, most // 2)])
    read_to = body[min(header + len(head), len(body)) - 1].line
    others = _later_segments(lines[read_to:], form, most) if sample.complete else _other_segments(sample, form, most)
    names, units = _header_cells(rows[:header], form.columns)
    some = islice((cell for row in head for cell in row), max(_MARK_CELLS, 5 * form.columns))
    mark, thousands, *_ = find_marks(some, form.delimiter)
    dialect = Dialect(
        encoding=form.encoding,
        delimiter=form.delimiter,
        line_end=form.line_end,
        skip_lines=skip,
        header_lines=first - 1 - skip,
        decimal_mark=mark,
        thousands_mark=thousands,
    )
    ragged = tuple(r.line for r in records if r.line > first and len(r.cells) not in {form.columns, 0})
    others = [segment for rows_of in others if (segment := _without(rows_of, rows[:header]))]
    segments = (head, *others)
    own = tuple(lines[first - 1 :])
    beside = (*lines[:skip], *_notes_below(sample, form, lines[first - 1 :]))
    return Layout(dialect, form.columns, names, units, segments, ragged, own, repeated, headings, beside)


def _usual_count(records: Sequence[Record]) -> int:
    counts = Counter(len(r.cells) for r in records)
    usual = max(counts, key=lambda n: (counts[n], n)) if counts else 0
    if usual == 1 and len(counts) > 1:  # the lines of a long preamble: the table stands below them
        return _usual_count(records[next(n for n, r in enumerate(records) if len(r.cells) > 1) :])
    return usual


def _without_last_blanks(records: Sequence[Record], columns: int) -> list[Record]:
    """The records, of those above the data without what delimiters at their ends leave."""
    first = next((n for n, record in enumerate(records) if len(record.cells) == columns), 0)
    above = [
        replace(record, cells=record.cells[:columns]) if not any(map(str.strip, record.cells[columns:])) else record
        for record in records[:first]
    ]
    return [*above, *records[first:]]


def _find_head(records: Sequence[Record], columns: int, *, longest: int = _PREAMBLE_LINES) -> tuple[int, int] | None:
    """Where the header begins among the records, and how many it has, by where data of the usual kind begin.

    None where the data are of no kind that tells them from names.
    """
    look = records[: longest + 2 * _LOOKED_AT]
    kinds = ["".join(_letter_of(cell) for cell in record.cells).rstrip() for record in look]
    fitting = [row for row, record in zip(kinds, look, strict=True) if len(record.cells) == columns]
    usual = usual_kinds(fitting, len(fitting) // 2, len(fitting))
    if "T" not in usual and "N" not in usual:
        return None
    fits = [n for n, row in enumerate(kinds) if len(look[n].cells) == columns and is_body(row, usual)]
    first = next((n for n in fits if not _has_names_below(kinds[n + 1 : n + 5], usual)), None)
    if first is None or first > longest:
        return None
    while first and (
        _is_untimed(look[first - 1], kinds[first - 1], usual, columns) or _has_period(look[first - 1], columns)
    ):
        first -= 1
    count = count_heading(kinds, 0, first, usual, lambda n: look[n].cells) if first else 0
    above = range(first - count, first)
    if not any(_names_columns(look[n].cells, kinds[n], usual) for n in above):
        count = 0
    while count and len(look[first - count].cells) not in {columns, columns - 1}:
        count -= 1
    while count > 1 and look[first - count].cells[0].startswith("#"):  # a database's notes on its columns
        count -= 1
    return first - count, count


def _is_untimed(record: Record, row: str, usual: str, columns: int) -> bool:
    """Whether a row above the first usual one is data too, its time missing."""
    return (
        len(record.cells) == columns and "N" in row and "S" not in row and not _names_columns(record.cells, row, usual)
    )


def _has_period(record: Record, columns: int) -> bool:
    """Whether a row begins with a month, a quarter or a year, as rows of data do however their values are marked."""
    cell = record.cells[0]
    return len(record.cells) == columns and not cell.strip().isdigit() and read_period(cell) is not None


def _has_names_below(rows: Sequence[str], usual: str) -> bool:
    """Whether a header follows: then what looks like data above it is a line of the preamble."""
    typed = [c for c, letter in enumerate(usual) if letter in "TN"]
    return any(all(row[c : c + 1] == "S" for c in typed) for row in rows)


def _letter_of(cell: str) -> str:
    if _PLAIN_NUMBER.fullmatch(cell):  # most cells of most files: looked at quickly
        return "N"
    if is_null(cell):
        return " "
    kind = datum_kind(cell)
    return "T" if kind == "time" else "N" if kind else "S"


def _names_columns(cells: Row, row: str, usual: str) -> bool:
    """Whether a row above the data names their columns, rather than being data that are not as usual."""
    typed = [c for c, letter in enumerate(usual) if letter in "TN"]
    there = [row[c] for c in typed if c < len(row) and row[c] != " "]
    if there.count("S") * 2 > len(typed) or (there and there.count("S") * 2 >= len(there)):
        return True
    times = [c for c in typed if usual[c] == "T" and c < len(row) and row[c] == "S"]
    dated = sum(row[c] == "T" and usual[c] == "N" for c in typed if c < len(row))
    if dated >= _FEW_DATES and dated * 2 > len(typed):  # a day a column
        return True
    return is_slot_heading(cells) or any(time_rank(cells[c]) > 0 for c in times)


def _headings_inside(body: Sequence[Record], header: Sequence[Row]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Lines among the data that hold the header once more, and lines that hold another heading."""
    names = [_folded(row) for row in header]
    kinds = ["".join(_letter_of(cell) for cell in record.cells) for record in body[:_LOOKED_AT]]
    usual = usual_kinds(kinds, 0, len(kinds))
    typed = [c for c, letter in enumerate(usual) if letter in "TN"]
    repeated: list[int] = []
    others: list[int] = []
    for record in body:
        if _has_period(record, len(header[0]) if header else 0):
            continue
        if _folded(record.cells) in names:
            repeated.append(record.line)
        elif (
            len(typed) > 1 and names and all(_letter_of(record.cells[c]) == "S" for c in typed if c < len(record.cells))
        ):
            others.append(record.line)
    return tuple(repeated), tuple(others)


def _lack_first(body: Sequence[Record], header: int, columns: int) -> bool:
    """Whether header lines lack the first column's cell, which only numbers the rows, rather than the last one's."""
    following = [record.cells for record in body[header : header + _LOOKED_AT] if len(record.cells) == columns]
    if any(len(record.cells) == columns for record in body[:header]) or len(following) < _FEW_DATES:
        return False
    first = [cells[0].strip() for cells in following]
    is_counted = all(map(str.isdecimal, first)) and all(int(b) - int(a) == 1 for a, b in pairwise(first))
    return is_counted and any(cells[-1].strip() for cells in following)


def _has_no_digit(cells: Row, column: int) -> bool:
    return column < len(cells) and not any(c.isdigit() for c in cells[column])


def _folded(row: Row) -> tuple[str, ...]:
    return tuple(cell.strip().casefold() for cell in row)


def _without(rows: tuple[Row, ...], header: Sequence[Row]) -> tuple[Row, ...]:
    """Rows that are not the header once more."""
    names = {_folded(row) for row in header}
    return tuple(row for row in rows if _folded(row) not in names) if names else rows


def _count_preamble(records: Sequence[Record], columns: int) -> int:
    """How many records stand before the table begins."""
    for i, record in enumerate(records[:_PREAMBLE_LINES]):
        following = records[i + 1 : i + 6]
        fits = len(record.cells) == columns
        if not fits and len(record.cells) == columns - 1:  # a delimiter at the end of each row but the header's
            fits = bool(following) and all(len(r.cells) == columns and not r.cells[-1].strip() for r in following)
        if record.cells[0].casefold().startswith("sep="):  # a spreadsheet's own note
            continue
        filled = sum(bool(cell.strip()) for cell in record.cells)
        if fits and filled * 2 >= columns - 1 and all(len(r.cells) == columns for r in following):
            return i
    return next((i for i, r in enumerate(records) if len(r.cells) == columns), 0)


def _notes_below(sample: FileSample, form: _Form, lines: Sequence[str]) -> tuple[str, ...]:
    """The last lines that have other columns than the table."""
    last = list(lines)
    if sample.tail:
        offset = sample.size - len(sample.tail)
        last = split_lines(_decode_inside(sample, offset, sample.tail, form.encoding), form.line_end)[1:]
    records = read_records(last[-_LINES_BELOW:], form.delimiter, limit=_LINES_BELOW)
    return tuple(" ".join(r.cells) for r in records if len(r.cells) != form.columns or _is_one_text(r.cells))


def _is_one_text(cells: Row) -> bool:
    return [cell for cell in cells if cell.strip()] == [cells[0]] and not datum_kind(cells[0])


def _fit(cells: Row, columns: int) -> Row:
    return cells if len(cells) == columns else (*cells, *[""] * (columns - len(cells)))


def _count_header_rows(rows: Sequence[Row]) -> int:
    """How many rows name the columns: those that hold something else than the data below them."""
    below = rows[1 : _LOOKED_AT + 1]
    if not below:
        return 0 if any(datum_kind(cell) for cell in rows[0]) else 1
    kinds = {c: _usual_kind([row[c] for row in below]) for c in range(len(rows[0]))}
    typed = {c: kind for c, kind in kinds.items() if kind}
    if not typed:
        return 1 if len(set(rows[0])) == len(rows[0]) and not any(map(datum_kind, rows[0])) else 0
    names = sum(datum_kind(rows[0][c]) != kind for c, kind in typed.items())
    if names * 2 <= len(typed) and not is_slot_heading(rows[0]):
        return 0
    count = 1
    while count < min(_HEADER_ROWS, len(rows) - 1) and _is_header_too(rows[count], tuple(typed)):
        count += 1
    return count


def _usual_kind(cells: Sequence[str]) -> str:
    counts = Counter(datum_kind(cell) for cell in cells if not is_null(cell))
    kind, count = counts.most_common(1)[0] if counts else ("", 0)
    return kind if count >= _TYPED * counts.total() else ""


def _is_header_too(row: Row, typed: Sequence[int]) -> bool:
    """Whether a row under the header holds units or more names rather than data."""
    cells = [row[c].strip() for c in typed]
    if any(datum_kind(cell) for cell in cells):
        return False
    words = [cell for cell in cells if not is_null(cell)]
    return any(find_unit(cell) is not None for cell in words) or len(words) == len(cells)


def _header_cells(rows: Sequence[Row], columns: int) -> tuple[Row, Row]:
    if not rows:
        return (), ()
    rows = [tuple(_on_one_line(cell) for cell in row) for row in rows]
    names = list(rows[0])
    names[0] = names[0].lstrip("#").strip()
    units: list[str] = []
    for row in rows[1:]:
        words = list(row)
        known = [find_unit(word) is not None for word in words if not is_null(word)]
        if known and sum(known) * 2 >= len(known):
            units = words
            if any(word and not name for name, word in zip(names, words, strict=True)):  # names stand over several
                names = _joined(names, words)
        else:
            names = _joined(names, words)
    return tuple(names[:columns]), tuple(units)


def _joined(names: Sequence[str], words: Sequence[str]) -> list[str]:
    """Names with those in the row below them; a cell that stands in both rows counts once."""
    pairs = zip(_carry(names), names, words, strict=True)
    return [word if name == word else f"{above} {word}".strip() for above, name, word in pairs]


def _on_one_line(cell: str) -> str:
    """A name that a spreadsheet may have wrapped."""
    return " ".join(cell.split()) if "\n" in cell or "\r" in cell else cell.strip()


def _carry(names: Sequence[str]) -> list[str]:
    """Group names over several columns stand over the first only."""
    carried: list[str] = []
    for name in names:
        carried.append(name or (carried[-1] if carried else ""))
    return carried


def _later_segments(lines: list[str], form: _Form, most: int) -> list[tuple[Row, ...]]:
    """Rows from the lines after the head's, evenly spread and up to the last."""
    limit = min(_PIECE_ROWS, max(10, most // (2 * _PIECES)))
    if len(lines) <= limit * _PIECES:
        begins = list(range(0, len(lines), limit))
    else:
        begins = [(len(lines) - limit) * part // (_PIECES - 1) for part in range(_PIECES)]
    found = [_rows(lines[begin : begin + limit], form, limit) for begin in begins]
    return [rows for rows in found if rows]


def _rows(lines: Sequence[str], form: _Form, limit: int) -> tuple[Row, ...]:
    return tuple(r.cells for r in read_records(lines, form.delimiter, limit=limit) if len(r.cells) == form.columns)


def _other_segments(sample: FileSample, form: _Form, most: int) -> list[tuple[Row, ...]]:
    """Whole rows of the pieces after the head."""
    tail = [(sample.size - len(sample.tail), sample.tail)] if sample.tail else []
    pieces = [*sample.middles, *tail]
    limit = min(_PIECE_ROWS, max(10, most // (2 * max(1, len(pieces)))))
    found: list[tuple[Row, ...]] = []
    for number, (offset, piece) in enumerate(pieces):
        is_tail = bool(tail) and number == len(pieces) - 1
        lines = split_lines(_decode_inside(sample, offset, piece, form.encoding), form.line_end)[1:]
        if is_tail:
            lines = lines[-limit:]
        elif lines:
            lines.pop()
        if rows := _rows(lines, form, limit):
            found.append(rows)
    return found


def _decode_inside(sample: FileSample, offset: int, piece: bytes, encoding: str) -> str:
    if (width := width_of(encoding)) > 1:
        piece = piece[-offset % width :]
        if encoding == "utf-16":
            encoding = "utf-16-be" if sample.head.startswith(b"\xfe\xff") else "utf-16-le"
    return decode_piece(piece, encoding, is_first=False)
