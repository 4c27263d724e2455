"""Downloads through a real server: a month of one-second readings in every format, and who waits behind slow readers.

python -m bench.bench_export [--days 31] [--runs 3]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import duckdb
import httpx
import pandas as pd
import polars as pl

from bench.serving import Portal, memory_of, running_portal
from bench.stocking import stock_dataset

FORMATS = ("csv", "parquet", "arrow", "json")
SLOW_READERS = 12


def run(*, days: float, runs: int) -> None:
    """Print seconds, first bytes and memory beside DuckDB, polars and pandas, which write the same file to a disk."""
    with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as name, running_portal(with_worker=False) as portal:
        folder = Path(name)
        key = stock_dataset("year", folder, days / 365)
        address = f"/api/v1/datasets/{key}/readings"
        sources = _files_of(key)
        print(f"\n### A download of {days * 86_400 / 1e6:.1f} M rows × 2 channels through the server\n")
        print("| | MB | all s | first byte ms | server above idle MB | DuckDB s (×) | polars s (×) | pandas s (×) |")
        print("|---|---|---|---|---|---|---|---|")
        headers = {"Authorization": f"Bearer {portal.token}"}
        with httpx.Client(base_url=portal.url, headers=headers, timeout=600) as http:
            http.get(address, params={"format": "csv", "end": "2019-01-01T00:10:00Z"}).raise_for_status()
            _settle(portal)
            for form in FORMATS:
                _report(form, http, address, sources=sources, folder=folder, portal=portal, runs=runs)
        _crowd(portal, address, headers)


def _settle(portal: Portal) -> None:
    """Wait until the server has loaded what it loads before anybody asks: its tools."""
    deadline, last = time.monotonic() + 60, 0.0
    while abs((now := memory_of(portal.server, "VmRSS")) - last) > 1 and time.monotonic() < deadline:
        last = now
        time.sleep(3)


def _files_of(key: str) -> list[str]:
    from fairwatt.services.lakes import get_lake

    return [str(path) for path in (get_lake().root / "tables" / key / "readings").rglob("*.parquet")]


def _report(
    form: str, http: httpx.Client, address: str, *, sources: list[str], folder: Path, portal: Portal, runs: int
) -> None:
    idle = memory_of(portal.server, "VmRSS")
    took, first, size = [], [], 0
    peers: dict[str, list[float]] = {}
    with _watched(portal) as highest:
        for number in range(runs):
            # Each time another question, so that nothing is handed out that was made before.
            params = {"format": form, "start": f"2019-01-01T00:00:00.{number + 1:06d}Z", "channels": "kw,v"}
            begin = time.perf_counter()
            size, seconds = _download(http, address, params)
            first.append(seconds)
            took.append(time.perf_counter() - begin)
            for name, write in _peers(form, sources, folder).items():
                peers.setdefault(name, []).append(_seconds(write))
    ours = statistics.median(took)
    beside = " | ".join(f"{statistics.median(t):.2f} ({ours / statistics.median(t):.2f})" for t in peers.values())
    above = highest[0] - idle
    print(
        f"| {form} | {size / 1e6:.0f} | {ours:.2f} | {1_000 * statistics.median(first):.0f} | {above:.0f} | {beside} |",
        flush=True,
    )


def _download(http: httpx.Client, address: str, params: dict[str, str]) -> tuple[int, float]:
    """Take a whole answer, as cheaply as Python can: its bytes, and when the first of them came [s]."""
    asked = urllib.request.Request(
        f"{http.base_url}{address}?{urlencode(params)}".replace("//api", "/api"),
        headers={"Authorization": http.headers["Authorization"]},
    )
    begin, size, first = time.perf_counter(), 0, 0.0
    with urllib.request.urlopen(asked) as answer:
        while part := answer.read1(1 << 20):
            first = first or time.perf_counter() - begin
            size += len(part)
    return size, first


def _peers(form: str, sources: list[str], folder: Path) -> dict[str, Callable[[], object]]:
    """The same rows written by others, from the same files, to a file."""
    target, names = folder / f"peer.{form}", ", ".join(f"'{source}'" for source in sources)
    rows = f"SELECT start, kw, v FROM read_parquet([{names}], hive_partitioning = false)"
    scan = pl.scan_parquet(sources, hive_partitioning=False).select("start", "kw", "v")

    def by_duckdb() -> None:
        with duckdb.connect(config={"threads": "2", "memory_limit": "400MB"}) as connection:
            if form == "arrow":
                connection.sql(rows).to_arrow_table()
            else:
                connection.execute(f"COPY ({rows}) TO '{target}' (FORMAT {form})")

    def by_polars() -> None:
        write = {"csv": "write_csv", "parquet": "write_parquet", "arrow": "write_ipc_stream", "json": "write_json"}
        getattr(scan.collect(), write[form])(target)

    def by_pandas() -> None:
        frame = pd.concat(pd.read_parquet(source, columns=["start", "kw", "v"]) for source in sources)
        if form == "csv":
            frame.to_csv(target, index=False)
        elif form == "parquet":
            frame.to_parquet(target)

    return {"duckdb": by_duckdb, "polars": by_polars, "pandas": by_pandas}


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


@contextmanager
def _watched(portal: Portal) -> Iterator[list[float]]:
    """The server's highest resident memory [MB] during the block, in a list of one."""
    highest, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            highest[0] = max(highest[0], memory_of(portal.server, "VmRSS"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield highest
    finally:
        done.set()
        watcher.join()


def _crowd(portal: Portal, address: str, headers: dict[str, str]) -> None:
    """Time a page alone, and while many have asked for a download that they do not read."""
    with httpx.Client(base_url=portal.url, timeout=30) as http:
        alone = statistics.median(_seconds(lambda: http.get("/")) for _ in range(9))
        with httpx.Client(base_url=portal.url, headers=headers, timeout=30) as slow:
            asked = [slow.build_request("GET", address, params={"format": "csv"}) for _ in range(SLOW_READERS)]
            answers = [slow.send(request, stream=True) for request in asked]
            time.sleep(1)
            crowded = statistics.median(_seconds(lambda: http.get("/")) for _ in range(9))
            told = sorted(answer.status_code for answer in answers)
            for answer in answers:
                answer.close()
    print(
        f"\nA page takes {1_000 * alone:.0f} ms alone, {1_000 * crowded:.0f} ms while {SLOW_READERS} downloads are "
        f"asked for and not read (answered {told.count(200)} with the data, {told.count(429)} with 429)."
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=float, default=31.0)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    run(days=options.days, runs=options.runs)
