"""How the text of a file is a table, as far as CSV on the Web can say it: its dialect, and what its columns hold.

Only what holds for the whole file, by the way it was read, is said. A file whose text these words can't describe has
none.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fairwatt.core.metadata.entries import Frozen

# as https://www.w3.org/TR/tabular-data-model/#datatypes names them; "string" says nothing beyond its being there
Datatype = Literal["string", "number", "boolean", "dateTime", "date", "time"]


class TableColumn(Frozen):
    """One column: its heading as the file writes it, the reading's field where it is one, and how its values look.

    ``format`` is a pattern of CSVW's (``dd/MM/yyyy HH:mm``), ``decimal`` and ``group`` are the signs in numbers.
    """

    title: str = ""
    field: str = ""
    datatype: Datatype = "string"
    format: str = ""
    decimal: str = ""
    group: str = ""


class TableEntry(Frozen):
    """The dialect of a file and its columns, all of them, from the left.

    ``skip_rows`` rows stand before the heading, which is the last of ``header_rows``; ``missing`` are what stands where
    there is no value, the empty cell apart.
    """

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    encoding: str = "utf-8"
    skip_rows: int = Field(default=0, ge=0)
    has_header: bool = True
    missing: tuple[str, ...] = ()
    columns: tuple[TableColumn, ...] = Field(min_length=1)
