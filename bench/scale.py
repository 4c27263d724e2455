"""What many loggers take: the arithmetic of docs/how-to/scale.md, and a table's log of that size, really written.

python -m bench.scale [--loggers 10000 --channels 3 --step 1 --tables 200 …] [--simulate]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass, fields
from pathlib import Path

YEAR_S = 31_557_600
MONTHS = 12


@dataclass(frozen=True)
class Plan:
    """What is assumed; each is an option of the command line. Prices are in GBP and are checked before use."""

    loggers: int = 10_000
    channels: float = 3.2
    step: float = 1.0  # s
    tables: int = 200  # datasets, each of some loggers
    bytes_per_reading: float = 1.30  # measured on a meter of one-second kW and V, without rollups
    rollup_share: float = 0.054  # of the readings' bytes, measured there too
    original_bytes: float = 2.25  # a reading as received, packed; 0 where live readings have no originals
    file_mb: float = 256.0  # of a merged month's files
    commits_per_day: int = 96  # of live batches into each table, merged every night
    hot: float = 0.016  # a GB and month
    cool: float = 0.011
    hot_months: int = 3
    per_10k_writes: float = 0.045
    per_10k_reads: float = 0.0036
    readings_per_core_s: float = 5e6  # one core scanning and adding up two channels of a file
    years: int = 10


def reckon(plan: Plan) -> list[tuple[str, str]]:
    """The figures that follow, with their units."""
    per_second = plan.loggers * plan.channels / plan.step
    readings = per_second * YEAR_S
    own = readings * plan.bytes_per_reading * (1 + plan.rollup_share)
    originals = readings * plan.original_bytes
    files = max(1.0, own / plan.tables / MONTHS / (plan.file_mb * 1e6)) * plan.tables * MONTHS
    month_gb = (own + originals) / MONTHS / 1e9
    first, later = _storage_cost(plan, month_gb)
    # A batch writes a file of readings, a note and a log entry; a night's merge as many again.
    writes = plan.commits_per_day * plan.tables * 365.25 * 3 + files * 3
    hours = readings / plan.readings_per_core_s / 3_600
    return [
        ("readings a second", f"{per_second:,.0f}"),
        ("readings a year", f"{readings:.2e}"),
        ("tables with rollups, TB a year", f"{own / 1e12:.2f}"),
        ("originals, TB a year", f"{originals / 1e12:.2f}"),
        ("files a year, merged", f"{files:,.0f}"),
        ("files of a table after all years", f"{files / plan.tables * plan.years:,.0f}"),
        ("storage of the first year, GBP", f"{first:,.0f}"),
        (f"storage of year {plan.years}, GBP", f"{later:,.0f}"),
        ("writes a year, millions", f"{writes / 1e6:.1f}"),
        ("writes a year, GBP", f"{writes / 1e4 * plan.per_10k_writes:,.0f}"),
        ("core-hours of one pass over a year", f"{hours:,.0f}"),
        ("minutes of that pass on 64 cores", f"{hours * 60 / 64:,.0f}"),
    ]


def _storage_cost(plan: Plan, month_gb: float) -> tuple[float, float]:
    """What the first and the last year's storage cost, month by month: what is older than ``hot_months`` is cool."""

    def month(number: int) -> float:
        kept = month_gb * (number + 1)
        hot = min(kept, month_gb * plan.hot_months)
        return hot * plan.hot + (kept - hot) * plan.cool

    last = MONTHS * plan.years
    return sum(map(month, range(MONTHS))), sum(map(month, range(last - MONTHS, last)))


def simulate(files: int, commits: int) -> list[tuple[str, str]]:
    """Write the log of a table of so many files and commits, without the files themselves, and open it."""
    from deltalake import DeltaTable, Field, Schema
    from deltalake.schema import PrimitiveType
    from deltalake.transaction import AddAction, create_table_with_add_actions

    kinds = {"source": "string", "month": "string", "series": "string", "start": "timestamp", "kw": "decimal(18,3)"}
    schema = Schema([Field(name, PrimitiveType(kind)) for name, kind in kinds.items()])

    def add(number: int) -> AddAction:
        month = f"{2021 + number // 12 % 10}-{number % 12 + 1:02d}"
        stats = {"numRecords": 10**8, "minValues": {"start": f"{month}-01T00:00:00.000Z"}}
        stats["maxValues"] = {"start": f"{month}-28T00:00:00.000Z"}
        place = f"source=all/month={month}/{number:032x}-0001.parquet"
        return AddAction(place, 256_000_000, {"source": "all", "month": month}, 0, True, json.dumps(stats))

    with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as name:
        root = Path(name) / "table"
        each = max(1, files // commits)
        begin = time.perf_counter()
        create_table_with_add_actions(
            str(root), schema, [add(n) for n in range(each)], mode="error", partition_by=["source", "month"]
        )
        for commit in range(1, commits):
            table = DeltaTable(root)
            table.create_write_transaction(
                [add(n) for n in range(commit * each, (commit + 1) * each)], mode="append", schema=schema,
                partition_by=["source", "month"],
            )  # fmt: skip
        written = (time.perf_counter() - begin) / commits
        before = _opened(root)
        DeltaTable(root).create_checkpoint()
        return [
            (f"a commit to a log of up to {files:,} files, ms", f"{1_000 * written:.0f}"),
            ("opening it and listing its files, ms", f"{1_000 * before:.0f}"),
            ("the same after a checkpoint, ms", f"{1_000 * _opened(root):.0f}"),
        ]


def _opened(root: Path) -> float:
    from deltalake import DeltaTable

    begin = time.perf_counter()
    DeltaTable(root).get_add_actions(flatten=True)
    return time.perf_counter() - begin


def main() -> None:
    """Reckon for the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for one in fields(Plan):
        parser.add_argument(f"--{one.name.replace('_', '-')}", type=type(one.default), default=one.default)
    parser.add_argument("--simulate", action="store_true", help="write and open a log of a table's files too")
    options = vars(parser.parse_args())
    is_simulated = options.pop("simulate")
    plan = Plan(**options)
    found = reckon(plan)
    if is_simulated:
        each = float(dict(found)["files of a table after all years"].replace(",", ""))
        found += simulate(round(each), min(120, round(each)))
    print("| | |\n|---|---|")
    for name, figure in found:
        print(f"| {name} | {figure} |")


if __name__ == "__main__":
    main()
