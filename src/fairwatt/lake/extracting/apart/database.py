"""Write the tables of an SQLite database as text: ``python database.py FILE FOLDER``."""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

MOST_TABLES = 100
_OWN = ("sqlite_", "gpkg_", "rtree_", "spatial_ref_sys", "geometry_columns")


def text_of(value: object) -> str:
    """A value as a cell; bytes are left out."""
    if value is None or isinstance(value, bytes):
        return ""
    if isinstance(value, float):
        return "" if value != value or value in {float("inf"), float("-inf")} else repr(value)  # noqa: PLR0124 - nan
    text = str(value)
    return " ".join(text.replace("\0", "").split()) if any(c < " " for c in text) else text


def main(path: Path, folder: Path) -> dict[str, object]:
    """Write all tables; return the manifest."""
    found: list[dict[str, object]] = []
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
    connection.text_factory = lambda data: data.decode("utf-8", errors="replace")
    connection.execute("PRAGMA trusted_schema = OFF")
    named = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%' ORDER BY name"
    ).fetchall()
    names = [str(name) for (name,) in named if not str(name).startswith(_OWN)]
    for number, name in enumerate(names[:MOST_TABLES]):
        escaped = name.replace('"', '""')
        rows = connection.execute(f'SELECT * FROM "{escaped}"')
        count = 0
        with (folder / f"{number}.txt").open("w", encoding="utf-8", errors="replace", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([text_of(column[0]) for column in rows.description])
            for row in rows:
                writer.writerow([text_of(value) for value in row])
                count += 1
        if count:
            found.append({"file": f"{number}.txt", "title": name, "rows": count})
    return {"tables": found, "description": {"tables": names}}


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; say in the manifest what went wrong."""
    path, folder = Path(arguments[0]), Path(arguments[1])
    try:
        manifest = main(path, folder)
    except MemoryError:
        manifest = {"error": "too-large", "detail": "reading it takes more memory than it may"}
    except (sqlite3.Error, ValueError, OverflowError) as error:
        manifest = {"error": "damaged", "detail": str(error)[:200]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
