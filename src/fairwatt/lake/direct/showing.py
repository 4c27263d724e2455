"""SQL over parts as if they were the stage of a file read by its text."""

from __future__ import annotations

import pyarrow as pa

from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake.cells import Cell
from fairwatt.lake.direct.recipe import Part
from fairwatt.lake.engine import literal, quoted


def staged_rows(part: Part, profile: ImportProfile, cells: tuple[Cell, ...]) -> str:
    """SQL: a part's rows with the columns of a stage."""
    stamp = f"make_timestamp(epoch_us(start) + {part.offset})"  # a cast would ask for the zone row by row
    series = ["series"] if profile.series_column is not None else []
    values = [f"{quoted(cell.rule.field)} AS {cell.staged}" for cell in cells]
    columns = [f"file_row_number + {part.row} AS row", f"{stamp} AS stamp", *series, *values]
    return (
        f"SELECT {', '.join(columns)}, NULL::VARCHAR[] AS raw "
        f"FROM read_parquet({literal(str(part.path))}, file_row_number = true, hive_partitioning = false)"
    )


def odd_rows_of(parts: tuple[Part, ...]) -> pa.Table | None:
    """The rows of all parts that have their text, with the columns of a stage; None where there are none."""
    tables = [
        table.set_column(
            table.schema.get_field_index("row"), "row", pa.compute.add(table.column("row"), pa.scalar(part.row))
        )
        for part in parts
        for table in part.odd
        if table.num_rows
    ]
    return pa.concat_tables(tables) if tables else None
