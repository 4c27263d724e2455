"""The tables in a sheet: a grid of cells in which titles, notes and several tables may stand anywhere.

A sheet is given as a string for each row with a letter for each cell: ``T`` time, ``N`` number, ``S`` text, a blank
for none. That is enough to tell tables from what stands around them, and a million rows of it are small.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest

from fairwatt.core.files.cells import is_null
from fairwatt.core.files.meaning import is_identity, read_name, time_rank
from fairwatt.core.units import find_unit

TextOf = Callable[[int], Sequence[str]]
_DATA = frozenset("TN")
_MOST_HEADER_ROWS = 4
_MOST_TABLES = 50
_USUAL = 0.6
_FEW = 3
_LOOKED_AT = 100
_MOST_NOTES = 20
_KEYS_COLUMNS = 3
_CAPTION_ROWS = 2  # above a table, within which its caption stands
_MOST_KEYS = 8  # rows above a table that hold keys
_KEY_AND_VALUE = 2  # cells
_TOTALS = re.compile(r"(sub|grand )?total|sum\b|average|mean|min\b|max\b|minimum|maximum|count\b|end\b", re.IGNORECASE)
_NUMBERS = re.compile(r"[A-Z]{0,3}[0-9]{4,}|[0-9]{2}( [0-9]{4}){2} [0-9]{3}")


@dataclass(frozen=True, slots=True)
class Region:
    """A table's place in its sheet, counted from 0.

    Attributes
    ----------
    first_row, rows
        The first row of its header, or of its data where it has none; header and data together.
    first_column, columns
        Its columns, blank ones between included.
    header_rows
        How many rows name the columns.
    notes
        Rows right before and after it that are neither.
    is_last
        Whether nothing stands below it.
    """

    first_row: int
    rows: int
    first_column: int
    columns: int
    header_rows: int
    notes: tuple[int, ...] = ()
    is_last: bool = True


def find_regions(kinds: Sequence[str], text_of: TextOf) -> list[Region]:
    """Find the tables of a sheet, from the left to the right and from above to below.

    Parameters
    ----------
    kinds
        The letters of each row's cells.
    text_of
        The texts of one row's cells; asked for few rows only.
    """
    found: list[Region] = []
    blocks = _blocks(kinds, text_of)
    held: tuple[int, ...] = ()
    for block in blocks:
        is_final = block is blocks[-1]
        regions = _in_block(kinds, block, text_of)
        if not is_final and _is_preamble(kinds, regions):
            held += tuple(n for n in range(block.begin, block.end) if kinds[n].strip())
            continue
        for region, after in zip_longest(regions, regions[1:]):
            if after is not None and _is_key_of(kinds, region, after):
                held += tuple(range(region.first_row, region.first_row + region.rows))
                continue
            notes, held = (*held, *region.notes)[:_MOST_NOTES], ()
            found.append(replace(region, notes=notes, is_last=region.is_last and is_final))
    return found[:_MOST_TABLES]


@dataclass(frozen=True, slots=True)
class PartName:
    """What a table of a sheet or text goes by; whether that is a meter's name, and not that of a month, say."""

    text: str
    is_meter: bool = False


def names_of_parts(kinds: Sequence[str], regions: Sequence[Region], text_of: TextOf, whole: str) -> list[PartName]:
    """Names that tell the tables of one sheet or text apart: by what stands above them where that differs, else
    numbers.

    Above a table may stand its caption (Mill Lane), or keys with their values (MPAN, 1200012345678).
    """
    if len(regions) < 2:  # the sheet's only table
        return [PartName(whole) for _ in regions]
    above = [_captions_above(kinds, region, text_of) for region in regions]
    rows = [row for row in zip(*above, strict=False) if len(set(row)) == len(row)]  # from below to above
    told = next((row for row in rows if all(map(_names_meter, row))), rows[0] if rows else ())
    if not told:
        word = "Table" if read_name(whole).direction else whole  # Export 1 would be a channel of what is fed in
        return [PartName(f"{word} {number}") for number in range(1, len(regions) + 1)]
    is_meter = all(map(_names_meter, told))
    is_keyed = all(len(cells) == _KEY_AND_VALUE for cells in told) and len({cells[0] for cells in told}) == 1
    return [PartName(cells[-1] if is_keyed else " ".join(cells), is_meter) for cells in told]


def _captions_above(kinds: Sequence[str], region: Region, text_of: TextOf) -> list[tuple[str, ...]]:
    """The cells of the rows right above a table that hold a caption or a key with its value, from below to above."""
    begin, end = region.first_column, region.first_column + region.columns
    found: list[tuple[str, ...]] = []
    blank = 0
    for number in range(region.first_row - 1, max(-1, region.first_row - 1 - _MOST_KEYS), -1):
        row = kinds[number][begin:end]
        if not row.strip():
            blank += 1
            if found or blank >= _CAPTION_ROWS:
                break
        elif not _may_be_key(row):
            break
        else:
            found.append(tuple(cell.strip() for cell in text_of(number)[begin:end] if cell.strip()))
    return [cells for cells in found if not _TOTALS.match(cells[0])]


def _may_be_key(row: str) -> bool:
    """Whether a row may hold a caption, a number alone, or a key and its value."""
    return "T" not in row and 0 < _filled(row) <= _KEY_AND_VALUE and row.count("N") <= 1


def _names_meter(cells: Sequence[str]) -> bool:
    """Whether a caption says which meter is below it: by its key, or as it is a number alone."""
    return is_identity(" ".join(cells)) or bool(_NUMBERS.fullmatch(cells[-1]))


def used_columns(kinds: Sequence[str], region: Region) -> list[int]:
    """The positions of a table's columns in which anything stands."""
    patterns = set(kinds[region.first_row : region.first_row + region.rows])
    columns = range(region.first_column, region.first_column + region.columns)
    return [column for column in columns if any(row[column : column + 1].strip() for row in patterns)]


def _is_preamble(kinds: Sequence[str], regions: Sequence[Region]) -> bool:
    """Whether what stands above a table is keys with their values, and no table of its own."""
    return all(
        not region.header_rows
        and region.columns <= _KEYS_COLUMNS
        and not any(
            kinds[n][region.first_column : region.first_column + 1] == "T"
            for n in range(region.first_row, region.first_row + region.rows)
        )
        for region in regions
    )


def _is_key_of(kinds: Sequence[str], region: Region, table: Region) -> bool:
    """Whether a region is nothing but keys right above a table's heading."""
    end = region.first_row + region.rows
    is_above = table.header_rows > 0 and table.first_column == region.first_column and 0 <= table.first_row - end < 2
    return is_above and region.rows <= _MOST_KEYS and _is_preamble(kinds, [region])


def _in_block(kinds: Sequence[str], block: _Block, text_of: TextOf) -> list[Region]:
    """The tables of some rows, side by side or below one another."""
    rows = kinds[block.begin : block.end]
    found: list[Region] = []
    for begin, end in _bands(rows):
        band = [row[begin:end] for row in rows]

        def text_in_band(row: int, begin: int = begin, end: int = end) -> list[str]:
            return list(text_of(block.begin + row)[begin:end])

        found += [_moved(region, block.begin, begin) for region in _stacked(band, text_in_band)]
    return found


def _moved(region: Region, rows: int, columns: int) -> Region:
    return replace(
        region,
        first_row=region.first_row + rows,
        first_column=region.first_column + columns,
        notes=tuple(note + rows for note in region.notes),
    )


def _width(kinds: Sequence[str]) -> int:
    return max(map(len, kinds), default=0)


def _filled(row: str) -> int:
    return len(row) - row.count(" ")


def _has_data(row: str) -> bool:
    return "N" in row or "T" in row


def _bands(kinds: Sequence[str]) -> list[tuple[int, int]]:
    """Runs of columns that make tables of their own: apart by a blank column, with times or an extent of their own."""
    width = _width(kinds)
    rows = Counter(row for row in kinds if _filled(row) > 1 and _has_data(row))
    if not rows:
        return [(0, width)] if width else []
    half = max(map(_filled, rows)) / 2
    rows_and_heads = rows + Counter(row for row in kinds if _filled(row) > half)
    used = [sum(n for row, n in rows_and_heads.items() if c < len(row) and row[c] != " ") for c in range(width)]
    runs: list[list[int]] = []
    for column, count in enumerate(used):
        if count and runs and runs[-1][1] == column:
            runs[-1][1] = column + 1
        elif count:
            runs.append([column, column + 1])
    runs = _joined_runs(runs, rows)
    cuts = [0, *(run[0] for run in runs[1:]), width]
    return list(pairwise(cuts))


def _joined_runs(runs: list[list[int]], rows: Counter[str]) -> list[list[int]]:
    """Runs that go together as one table with blank columns in it."""
    joined: list[list[int]] = []
    for run in runs:
        if joined and not _are_apart(joined[-1], run, rows):
            joined[-1][1] = run[1]
        else:
            joined.append(list(run))
    return joined


def _are_apart(left: Sequence[int], right: Sequence[int], rows: Counter[str]) -> bool:
    if right[1] - right[0] < 2:  # one column is no table
        return False
    if _has_times(left, rows) and _has_times(right, rows):
        return True
    heights = [sum(n for row, n in rows.items() if _has_data(row[a:b])) for a, b in (left, right)]
    return min(heights) < max(heights) / 2


def _has_times(run: Sequence[int], rows: Counter[str]) -> bool:
    for column in range(run[0], run[1]):
        letters = Counter({"T": 0})
        for row, n in rows.items():
            letters[row[column] if column < len(row) else " "] += n
        data = letters.total() - letters[" "]
        if letters["T"] >= _FEW and letters["T"] >= _USUAL * data:
            return True
    return False


@dataclass(slots=True)
class _Block:
    """Rows [begin, end) of a band that make one table with what stands around it."""

    begin: int
    end: int


def _stacked(band: Sequence[str], text_of: TextOf) -> list[Region]:
    """The tables of a band, one below the other."""
    blocks = _blocks(band, text_of)
    regions = [region for block in blocks if (region := _region(band, block, text_of)) is not None]
    if not regions:
        return []
    last = regions[-1]
    end = last.first_row + last.rows
    is_last = not any(row.strip() for row in band[end:])
    return [*(replace(region, is_last=False) for region in regions[:-1]), replace(last, is_last=is_last)]


def _blocks(band: Sequence[str], text_of: TextOf) -> list[_Block]:
    """Cut a band where a new heading with data below begins after data."""
    cuts = [0]
    number = 0
    keys = _keys_over_headings(band, text_of)
    is_data = [_has_data(row) and at not in keys for at, row in enumerate(band)]
    while number < len(band):
        if is_data[number]:
            number += 1
            continue
        begin = number
        while number < len(band) and not is_data[number]:
            number += 1
        if number >= len(band):
            break
        if _begins_table(band, begin, number, cuts[-1], text_of):
            cuts.append(_first_of_heading(band, begin, number))
    return [_Block(a, b) for a, b in zip(cuts, [*cuts[1:], len(band)], strict=True)]


def _keys_over_headings(band: Sequence[str], text_of: TextOf) -> set[int]:
    """Rows right above a heading that hold a meter's number, or a key and its number, and are no data."""
    found: set[int] = set()
    first = next((number for number, row in enumerate(band) if "T" in row), len(band))  # above, nothing is parted
    for heading in range(first + 1, len(band) - 1):
        if _has_data(band[heading]) or _filled(band[heading]) < 2 or "T" not in band[heading + 1]:  # names of columns
            continue
        for number in range(heading - 1, max(first, heading - 1 - _MOST_KEYS), -1):
            row = band[number]
            if row.strip() and not _may_be_key(row):
                break
            if "N" in row and not _TOTALS.match(next(cell for cell in text_of(number) if cell.strip()).strip()):
                found.add(number)
    return found


def _first_of_heading(band: Sequence[str], begin: int, end: int) -> int:
    """Where the text above a new table begins: after the blank row before it, else with the text itself."""
    blank = [number for number in range(begin, end) if not band[number].strip()]
    return blank[0] + 1 if blank else begin


def _begins_table(band: Sequence[str], begin: int, end: int, table: int, text_of: TextOf) -> bool:
    """Whether rows of text [begin, end), with data above and below, head another table than the one above."""
    above = [row for row in band[max(table, begin - _LOOKED_AT) : begin] if _has_data(row)]
    if not above:
        return False
    heads = [number for number in range(begin, end) if _filled(band[number]) > 1]
    below = [row for row in band[end : end + _LOOKED_AT] if _has_data(row)]
    if not heads or not below:
        return False
    head = band[heads[-1]]
    columns = [c for c in range(len(below[0])) if below[0][c] in _DATA]
    named = sum(c < len(head) and head[c] == "S" for c in columns)
    if named < max(1, _USUAL * len(columns)):
        return False
    if _same_cells(text_of(heads[-1]), _heading_of(band, table, text_of)):
        # The same heading once more, as dumps have it that were put together, unless it has a caption of its own.
        return _has_own_caption(band, table, range(begin, heads[-1]), text_of)
    has_times = any("T" in row for row in below[:_FEW])
    return has_times or _shape(below) != _shape(above)


def _has_own_caption(band: Sequence[str], table: int, above: range, text_of: TextOf) -> bool:
    """Whether the rows above a heading say what is below it in other words than those above the table before."""
    own = _captions(band, above, text_of)
    end = next((n for n in range(table, above.start) if _has_data(band[n])), above.start)
    before = _captions(band, range(table, end), text_of)
    return bool(own) and own != before[-len(own) :]


def _captions(band: Sequence[str], rows: range, text_of: TextOf) -> list[str]:
    """The texts of rows that hold a caption, or a key and its value."""
    return [" ".join(text_of(n)).strip() for n in rows if _may_be_key(band[n])]


def _heading_of(band: Sequence[str], table: int, text_of: TextOf) -> Sequence[str]:
    """The last row of text above a table's first data."""
    end = min(len(band), table + _LOOKED_AT)
    first = next((n for n in range(table, end) if _has_data(band[n])), table)
    return text_of(first - 1) if first > table else ()


def _same_cells(one: Sequence[str], other: Sequence[str]) -> bool:
    cells = [[cell.strip().casefold() for cell in row if cell.strip()] for row in (one, other)]
    return bool(cells[0]) and cells[0] == cells[1]


def _shape(rows: Sequence[str]) -> str:
    return usual_kinds(rows, 0, len(rows)).rstrip()


def usual_kinds(band: Sequence[str], begin: int, end: int) -> str:
    """The usual letter of each column among the rows [begin, end) with data; blank where there is none."""
    rows = Counter(row for row in band[begin:end] if _has_data(row) and _filled(row) > 1)
    if not rows:
        rows = Counter(row for row in band[begin:end] if _has_data(row))
    width = max(map(len, rows), default=0)
    usual = []
    for column in range(width):
        letters: Counter[str] = Counter()
        for row, n in rows.items():
            letters[row[column] if column < len(row) else " "] += n
        del letters[" "]
        letter, count = letters.most_common(1)[0] if letters else (" ", 0)
        usual.append(letter if count >= _USUAL * letters.total() else " ")
    return "".join(usual)


def _region(band: Sequence[str], block: _Block, text_of: TextOf) -> Region | None:
    usual = usual_kinds(band, block.begin, block.end)
    body = [n for n in range(block.begin, block.end) if is_body(band[n], usual)]
    if not body:
        return _text_region(band, block)
    first, last = body[0], body[-1]
    heading = count_heading(band, block.begin, first, usual, text_of)
    used = [row for row in Counter(band[n] for n in range(first - heading, last + 1)) if row.strip()]
    left = min(len(row) - len(row.lstrip()) for row in used)
    right = max(len(row.rstrip()) for row in used)
    if right - left < 2 and len(body) < 2:  # a single cell is no table
        return None
    around = [*range(block.begin, first - heading), *range(last + 1, block.end)]
    notes = tuple(n for n in around if band[n].strip())[:_MOST_NOTES]
    return Region(first - heading, last + 1 - first + heading, left, right - left, heading, notes)


def is_body(row: str, usual: str) -> bool:
    """Whether a row is data as most rows with data are: its time is one, or most of its numbers are."""
    if not _has_data(row):
        return False
    times = [c for c, letter in enumerate(usual) if letter == "T"]
    if times:
        return any(c < len(row) and row[c] == "T" for c in times)
    numbers = [c for c, letter in enumerate(usual) if letter == "N"]
    fitting = sum(c < len(row) and row[c] == "N" for c in numbers)
    wrong = sum(c < len(row) and row[c] in "ST" for c in numbers)
    return fitting > wrong


def count_heading(band: Sequence[str], begin: int, first: int, usual: str, text_of: TextOf) -> int:
    """How many rows right above the first row of data name the columns, blank rows between included.

    Parameters
    ----------
    begin, first
        The rows that may, and the first row of data.
    usual
        As :func:`usual_kinds` has it.
    text_of
        The texts of one row's cells.
    """
    count = 0
    while count < 2 and first - count - 1 >= begin and not band[first - count - 1].strip():  # blank rows
        count += 1  # between heading and data
    gap = count
    while count < _MOST_HEADER_ROWS + gap and first - count - 1 >= begin:
        row = band[first - count - 1]
        filled = _filled(row)
        if count == gap > 0 and filled < _USUAL * _filled(usual):
            break
        is_one = filled == 1 and len(usual.strip()) > 1 and row[:1].strip()
        if not filled or (is_one and (count > gap or not _names_the_first(band, first - count - 1, begin))):
            break
        if count > gap and not _goes_above(band, first - count, text_of):
            break
        count += 1
    return count if count > gap else 0


def _names_the_first(band: Sequence[str], number: int, begin: int) -> bool:
    """Whether a row of one cell names the first column only, as its own row below the others' names does."""
    above = band[number - 1] if number > begin else ""
    return not above[:1].strip() and _filled(above) > 1


def _goes_above(band: Sequence[str], number: int, text_of: TextOf) -> bool:
    """Whether the row above a row of names is part of the heading: groups of columns, or names over a row of units."""
    lower, upper = band[number], band[number - 1]
    if not upper[:1].strip():
        return True
    both = max(len(lower), len(upper))
    gaps = sum(c >= len(lower) or lower[c] == " " for c in range(both) if c < len(upper) and upper[c] != " ")
    if gaps and _filled(upper) > 1:
        return True
    names, below = text_of(number - 1), text_of(number)
    is_merged = names[:1] == below[:1] and time_rank(names[0]) > 0  # the time's cell, merged down, is in both rows
    if is_merged and list(names) != list(below) and not _has_data(upper):
        return True
    words = [text for text in below if not is_null(text)]
    units = sum(find_unit(word) is not None for word in words)
    if not units or units * 2 < len(words) or _filled(upper) < _filled(lower) or _has_data(upper):
        return False
    # A row of names has a time among them, as a row of units mostly does not; a key with its value has none either.
    return not any(time_rank(word) > 0 for word in words) or any(time_rank(name) > 0 for name in names)


def _text_region(band: Sequence[str], block: _Block) -> Region | None:
    """A table of texts alone: rows with at least two cells, from the first that is as wide as most."""
    rows = [n for n in range(block.begin, block.end) if _filled(band[n]) > 1]
    if len(rows) < 2:  # a heading and a row
        return None
    usual = Counter(_filled(band[n]) for n in rows).most_common(1)[0][0]
    first = next(n for n in rows if _filled(band[n]) >= usual)
    last = rows[-1]
    used = [band[n] for n in range(first, last + 1) if band[n].strip()]
    left = min(len(row) - len(row.lstrip()) for row in used)
    right = max(len(row.rstrip()) for row in used)
    around = [*range(block.begin, first), *range(last + 1, block.end)]
    return Region(
        first, last + 1 - first, left, right - left, 1, tuple(n for n in around if band[n].strip())[:_MOST_NOTES]
    )
