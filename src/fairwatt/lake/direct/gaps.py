"""Lines of a file that are no rows of its parts: blank ones, those of another length, those without a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from fairwatt.lake.lines import LineMap, map_without


@dataclass(frozen=True, slots=True)
class Gaps:
    """The lines of a part that are no rows of it, by their numbers in the part from 0.

    Attributes
    ----------
    lines
        How many lines the part has.
    blank
        Those that hold nothing.
    rejected
        Those of another number of cells, and their first bytes in the file.
    untimed
        Those without a time that can be read: as the stage has rows, ``row`` being the number.
    """

    lines: int = 0
    blank: tuple[int, ...] = ()
    rejected: tuple[tuple[int, int], ...] = ()
    untimed: tuple[pa.Table, ...] = ()

    @property
    def unread(self) -> list[int]:
        """Those that an engine reads no row from either."""
        return sorted([*self.blank, *(number for number, _ in self.rejected)])

    @property
    def all(self) -> list[int]:
        """All of them."""
        timeless = (row for table in self.untimed for row in table.column("row").to_pylist())
        return sorted([*self.unread, *timeless])


def numbered(parts: Iterable[Gaps], first_line: int) -> Iterator[tuple[int, Gaps]]:
    """The gaps of following parts with the line in which each part begins."""
    line = first_line
    for gaps in parts:
        yield line, gaps
        line += gaps.lines


def lines_of_rows(parts: Sequence[Gaps], first_line: int) -> LineMap:
    """The lines of the rows of parts."""
    return map_without(first_line, (line + at for line, gaps in numbered(parts, first_line) for at in gaps.all))


def lines_of_read(parts: Sequence[Gaps], first_line: int) -> LineMap:
    """The lines of the rows that an engine reads from the file, rows without a time among them."""
    return map_without(first_line, (line + at for line, gaps in numbered(parts, first_line) for at in gaps.unread))


def untimed_rows_of(parts: Sequence[Gaps], first_line: int) -> pa.Table | None:
    """The rows without a time of all parts, ``row`` being the line; None where there are none."""
    tables = [
        table.set_column(
            table.schema.get_field_index("row"), "row", pc.add(table.column("row"), pa.scalar(line, pa.int64()))
        )
        for line, gaps in numbered(parts, first_line)
        for table in gaps.untimed
        if table.num_rows
    ]
    return pa.concat_tables(tables) if tables else None
