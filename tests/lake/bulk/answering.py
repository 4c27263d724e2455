"""One engine's answers about a lake, written to a folder: run in a process of its own, as its engine likes it.

python -m tests.lake.bulk.answering ENGINE LAKE FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
from pyarrow import feather

from fairwatt.lake import Lake
from fairwatt.lake.bulk.door import Bulk
from fairwatt.lake.bulk.expressions import sum_up

TABLE = "t"
QUESTIONS = ("rollup", "sums", "health")
DELTA = "delta"


def answers(bulk: Bulk) -> dict[str, pa.Table]:
    """What an engine says of the table's files."""
    return {
        "rollup": bulk.roll_up(TABLE, 3_600),
        "sums": bulk.sum_up(TABLE),
        "health": bulk.check_health(TABLE),
    }


def sums_of_delta(bulk: Bulk, lake: Lake) -> pa.Table:
    """What an engine says of the Delta table itself, without a word from us about its files."""
    fields = lake.fields(TABLE)
    readings = bulk.engine.read_delta(str(lake.root / "tables" / TABLE / "readings"))
    return bulk._answer(sum_up(readings, fields), fields)


def main() -> None:
    """Answer for the command line."""
    address, root, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    lake = Lake(root)
    with lake.bulk(address) as bulk:
        found = {} if address.startswith("sc://") else answers(bulk)
        if not address.startswith("local-cluster"):  # Spark reads Delta with a jar that its users' clusters have
            found[DELTA] = sums_of_delta(bulk, lake)
    for name, table in found.items():
        feather.write_feather(table, folder / name)


if __name__ == "__main__":
    main()
