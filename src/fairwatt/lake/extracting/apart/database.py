"""Write the tables of an SQLite database as text: ``python database.py FILE FOLDER MOST_ROWS``.

Of a table with more rows, an excerpt is written: its first rows, some from places between, and its last ones.
"""

from __future__ import annotations

import csv
import itertools
import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

MOST_TABLES = 100
HEAD_ROWS = 50_000  # of an excerpt; a mebibyte of text at least
PLACES, PLACE_ROWS, LAST_ROWS = 6, 2_048, 4_096
_OWN = ("sqlite_", "gpkg_", "rtree_", "spatial_ref_sys", "geometry_columns")


def text_of(value: object) -> str:
    """A value as a cell; bytes are left out."""
    if value is None or isinstance(value, bytes):
        return ""
    if isinstance(value, float):
        return "" if value != value or value in {float("inf"), float("-inf")} else repr(value)  # noqa: PLR0124 - nan
    text = str(value)
    return " ".join(text.replace("\0", "").split()) if any(c < " " for c in text) else text


def rows_of(
    connection: sqlite3.Connection, name: str, most: int
) -> tuple[list[str], Iterator[tuple[object, ...]], int]:
    """The names of a table's columns, its rows or an excerpt of them, and about how many it has where that is one."""
    escaped = name.replace('"', '""')
    everything = f'SELECT * FROM "{escaped}"'
    rows = connection.execute(everything)
    names = [text_of(column[0]) for column in rows.description]
    try:
        first, last = connection.execute(f'SELECT min(rowid), max(rowid) FROM "{escaped}"').fetchone()
    except sqlite3.OperationalError:  # it has no numbers of rows
        return names, rows, 0
    if not isinstance(first, int) or not isinstance(last, int) or last - first < most:
        return names, rows, 0
    room = last - first + 1
    places = [first, *(first + room * n // (PLACES + 1) for n in range(1, PLACES + 1)), last - LAST_ROWS + 1]
    counts = [HEAD_ROWS, *([PLACE_ROWS] * PLACES), LAST_ROWS]
    some = f"{everything} WHERE rowid >= ? ORDER BY rowid LIMIT ?"
    pieces = (connection.execute(some, (at, count)) for at, count in zip(places, counts, strict=True))
    return names, itertools.chain.from_iterable(pieces), room


def own_columns(connection: sqlite3.Connection, name: str) -> set[str]:
    """The columns of a map's layer that are its own: shapes, and the rows' numbers; none of another table."""
    try:
        found = connection.execute(
            "SELECT column_name FROM gpkg_geometry_columns WHERE lower(table_name) = lower(?)", (name,)
        ).fetchall()
    except sqlite3.OperationalError:  # no map
        return set()
    return {str(column) for (column,) in found} | ({"fid", "ogc_fid"} if found else set())


def write_table(connection: sqlite3.Connection, name: str, target: Path, most: int) -> dict[str, object]:
    """Write a table; return what is said of it."""
    names, rows, estimate = rows_of(connection, name, most)
    own = own_columns(connection, name)
    kept = [at for at, one in enumerate(names) if one not in own]
    count = 0
    with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([names[at] for at in kept])
        for row in rows:
            writer.writerow([text_of(row[at]) for at in kept])
            count += 1
    told: dict[str, object] = {"file": target.name, "title": name, "rows": max(count, estimate)}
    return told | ({"rows_written": count} if estimate else {})


def main(path: Path, folder: Path, most: int) -> dict[str, object]:
    """Write all tables; return the manifest."""
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
    connection.text_factory = lambda data: data.decode("utf-8", errors="replace")
    connection.execute("PRAGMA trusted_schema = OFF")
    named = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%' ORDER BY name"
    ).fetchall()
    names = [str(name) for (name,) in named if not str(name).startswith(_OWN)]
    some = enumerate(names[:MOST_TABLES])
    found = [write_table(connection, name, folder / f"{number}.txt", most) for number, name in some]
    return {"tables": [table for table in found if table["rows"]], "description": {"tables": names}}


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; say in the manifest what went wrong."""
    path, folder, most = Path(arguments[0]), Path(arguments[1]), int(arguments[2])
    try:
        manifest = main(path, folder, most)
    except MemoryError:
        manifest = {"error": "too-large", "detail": "reading it takes more memory than it may"}
    except (sqlite3.Error, ValueError, OverflowError) as error:
        manifest = {"error": "damaged", "detail": str(error)[:200]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
