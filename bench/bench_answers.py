"""Questions to a meter's year through the real server and through the service that charts ask, first and again.

python -m bench.bench_answers [--share 0.2] [--runs 9]
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bench.serving import Portal, running_portal
from bench.stocking import stock_dataset

FIRST = datetime(2019, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POINTS = 2_000
FEWEST = 9


def run(*, share: float, runs: int) -> None:
    """Print tables: the first answer, and the median of the following ones, each to another question."""
    with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as name, running_portal(with_worker=False) as portal:
        key = stock_dataset("year", Path(name), share)
        whole = timedelta(seconds=round(31_536_000 * share))
        print(f"\n### Answers about {31.5 * share:.1f} M rows × 2 channels, through the server\n")
        print("| | MB | first ms | again, median ms | wanted again |\n|---|---|---|---|---|")
        _ask_server(portal, f"/api/v1/datasets/{key}/readings", FIRST + whole, max(FEWEST, runs))
        print(f"\n### Windows of {31.5 * share:.1f} M rows × 2 channels through the service, {POINTS:,} points\n")
        print("| | lake opened anew ms | again, median ms | wanted again |\n|---|---|---|---|")
        _ask_service(key, FIRST + whole, whole, max(FEWEST, runs))


def _ask_server(portal: Portal, address: str, end: datetime, runs: int) -> None:
    headers = {"Authorization": f"Bearer {portal.token}"}
    questions: dict[str, tuple[dict[str, str], timedelta | None, int]] = {
        "the last hour, raw, as JSON": ({"format": "json"}, HOUR, 25),
        "the last hour, raw, as Arrow": ({"format": "arrow"}, HOUR, 25),
        "a day, raw, as Arrow": ({"format": "arrow"}, DAY, 40),
        "local months of it all": ({"format": "json", "resolution": "P1M", "zone": "Europe/London"}, None, 15),
        "local days of it all": ({"format": "json", "resolution": "P1D", "zone": "Europe/London"}, None, 0),
        "settlement periods of 30 days": ({"format": "json", "resolution": "settlement-period"}, 30 * DAY, 0),
    }
    with httpx.Client(base_url=portal.url, headers=headers, timeout=60) as http:
        http.get(address, params={"format": "csv", "end": "2019-01-01T00:10:00Z"}).raise_for_status()
        for label, (asked, length, wanted) in questions.items():
            took, size = [], 0
            for number in range(runs + 1):
                params = asked | {"channels": "kw,v"} | _another(number, None if length is None else end - length)
                begin = time.perf_counter()
                size = len(http.get(address, params=params).raise_for_status().content)
                took.append(1_000 * (time.perf_counter() - begin))
            _report(label, f" {size / 1e6:.2f} |", took, wanted)


def _another(number: int, start: datetime | None) -> dict[str, str]:
    """What makes a question another one, so that nothing is handed out that was made before."""
    if start is not None:
        return {"start": (start + timedelta(microseconds=number + 1)).isoformat()}
    orders = list(itertools.permutations(("mean", "min", "max", "count")))
    return {"aggregate": ",".join(orders[number % len(orders)])}


def _ask_service(key: str, end: datetime, whole: timedelta, runs: int) -> None:
    from fairwatt.records.models import User
    from fairwatt.services import lakes
    from fairwatt.services.actors import Actor
    from fairwatt.services.readings import get_window

    actor = Actor(user=User.objects.get(is_superuser=True))
    lengths = {"all of it": (whole, 15), "a tenth": (whole / 10, 30), "a week": (7 * DAY, 30), "a day": (DAY, 30)}
    for label, (length, wanted) in (lengths | {"an hour": (HOUR, 30), "a minute": (HOUR / 60, 30)}).items():
        lakes.get_lake.__globals__["_open"].cache_clear()
        lakes.get_lake().wake()  # as the server does before anybody asks
        window = {"start": end - min(length, whole), "end": end}
        ask = _asking(get_window, actor=actor, dataset_key=key, fields=["kw", "v"], points=POINTS, at=end, **window)
        _report(label, "", [_milliseconds(ask) for _ in range(runs + 1)], wanted)


def _asking(get_window: Callable[..., object], **asked: Any) -> Callable[[], object]:
    return lambda: get_window(**asked)


def _milliseconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return 1_000 * (time.perf_counter() - begin)


def _report(label: str, more: str, took: list[float], wanted: int) -> None:
    again = statistics.median(took[1:])
    print(f"| {label} |{more} {took[0]:.0f} | {again:.1f} | {f'≤ {wanted}' if wanted else ''} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    run(share=options.share, runs=options.runs)
