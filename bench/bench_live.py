"""How many live readings a second are acknowledged: ``python -m bench.bench_live [--seconds 10] [--kills 0]``.

Meters send rows of ten channels, a row a second each, in requests as Telegraf makes them (line protocol, gzip) and as a
program does (JSON). Beside it the same bytes appended to a bare file with an fsync a request. A reader looks all the
time how old the newest reading is that it can see. ``--kills`` ends server and worker by kill -9 at random moments, and
counts afterwards what was acknowledged and what is there.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bench.serving import Portal, running_portal

CHANNELS = 10
METERS = 50
ROWS = 200  # in a request: four seconds of all meters
SENDERS = 4


@dataclass
class Sent:
    """What one run sent."""

    readings: int = 0
    latencies_s: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0
    ages_s: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Readings acknowledged a second."""
        return self.readings / self.seconds


def rows_of(
    sender: int, number: int, begin: datetime, chance: random.Random
) -> Iterator[tuple[datetime, str, list[float]]]:
    """The rows of a sender's request."""
    for row in range(ROWS):
        meter = sender * METERS + row % METERS
        second = number * (ROWS // METERS) + row // METERS
        yield begin + timedelta(seconds=second), f"m{meter}", [round(chance.gauss(230, 3), 1) for _ in range(CHANNELS)]


def as_lines(rows: Iterator[tuple[datetime, str, list[float]]]) -> bytes:
    """Line protocol, packed as Telegraf packs it."""
    lines = [
        f"meter,series={meter} "
        + ",".join(f"c{n}_v={value}" for n, value in enumerate(values))
        + f" {int(at.timestamp() * 1e6)}"
        for at, meter, values in rows
    ]
    return gzip.compress("\n".join(lines).encode(), 1)


def as_json(rows: Iterator[tuple[datetime, str, list[float]]]) -> bytes:
    """Records, as a program writes them."""
    return json.dumps(
        [
            {"start": at.isoformat(), "series": meter} | {f"c{n}_v": value for n, value in enumerate(values)}
            for at, meter, values in rows
        ]
    ).encode()


Post = Callable[[httpx.Client, bytes], httpx.Response]


def prepare(portal: Portal) -> tuple[str, str]:
    """Make a dataset with a live feed; its key and a deploy token."""
    del portal
    import secrets

    from django.utils import timezone

    from fairwatt.core.identifiers import new_key
    from fairwatt.records.models import Dataset, Organization, User
    from fairwatt.services.actors import Actor
    from fairwatt.services.live_feeds import make_deploy_token, open_live_feed

    at, user = timezone.now(), User.objects.get(email="bench@people.example")
    key = new_key(secrets.token_bytes(16))
    Dataset.objects.create(
        key=key, title="Live bench", origin="foreground", table=key, created_at=at, updated_at=at, created_by=user,
        provider=Organization.objects.filter(is_partner=True)[0],
    )  # fmt: skip
    actor = Actor(user=user)
    open_live_feed(actor=actor, dataset_key=key, at=at)
    return key, make_deploy_token(actor=actor, dataset_key=key, name="bench", days=30, at=at)[1]


def post_lines(portal: Portal, key: str, token: str) -> Post:
    """How Telegraf sends."""
    headers = {"Authorization": f"Token {token}", "Content-Encoding": "gzip"}
    url = f"{portal.url}/api/v2/write?bucket={key}&precision=us"
    return lambda client, body: client.post(url, content=body, headers=headers)


def post_json(portal: Portal, key: str, token: str) -> Post:
    """How a program sends."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    url = f"{portal.url}/api/v1/datasets/{key}/readings"
    return lambda client, body: client.post(url, content=body, headers=headers)


def measure(portal: Portal, key: str, token: str, *, form: str, seconds: float, begin: datetime) -> Sent:
    """Send as fast as it is acknowledged, from several programs at once."""
    make, post = (as_lines, post_lines) if form == "lines" else (as_json, post_json)
    chance = random.Random(7)
    bodies = {
        sender: [make(rows_of(sender, number, begin, chance)) for number in range(60)] for sender in range(SENDERS)
    }
    sent, guard, stop = Sent(), threading.Lock(), threading.Event()

    def send(sender: int) -> None:
        with httpx.Client(timeout=30) as client:
            call = post(portal, key, token)
            made = bodies[sender]
            number = 0
            while not stop.is_set():
                if number == len(made):  # bodies are made meanwhile: what they cost is counted too
                    made.append(make(rows_of(sender, number, begin, random.Random(number))))
                started = time.perf_counter()
                answer = call(client, made[number])
                passed = time.perf_counter() - started
                with guard:
                    if answer.is_success:
                        sent.readings += ROWS * CHANNELS
                        sent.latencies_s.append(passed)
                    else:
                        sent.refused += 1
                number += answer.is_success

    started = time.perf_counter()
    watcher = threading.Thread(target=watch, args=(portal, key, stop, sent.ages_s))
    watcher.start()
    with ThreadPoolExecutor(SENDERS) as pool:
        running = [pool.submit(send, sender) for sender in range(SENDERS)]
        time.sleep(seconds)
        stop.set()
        for one in running:
            one.result()
    sent.seconds = time.perf_counter() - started
    watcher.join()
    return sent


def watch(portal: Portal, key: str, stop: threading.Event, ages_s: list[float]) -> None:
    """Send one reading a second of a meter of its own, and note how long each takes to be seen."""
    from django.utils import timezone

    from fairwatt.lake.live.points import Points
    from fairwatt.records.models import LiveFeed
    from fairwatt.services.live_writing import accept_points

    feed = LiveFeed.objects.select_related("dataset", "file").get(dataset__key=key)
    headers = {"Authorization": f"Bearer {portal.token}"}
    with httpx.Client(timeout=30, headers=headers) as client:
        while not stop.wait(1.0):
            at = timezone.now()
            points = Points()
            points.add(1, int(at.timestamp() * 1e6), "watched", [("seen_w", 1.0)])
            accept_points(feed, points, at=at)
            acknowledged = time.perf_counter()
            address = f"{portal.url}/api/v1/datasets/{key}/readings"
            asked = {"format": "json", "channels": "seen_w", "series": "watched", "start": at.isoformat()}
            while not stop.is_set():
                with suppress(httpx.HTTPError, ValueError):
                    if client.get(address, params=asked).json():
                        ages_s.append(time.perf_counter() - acknowledged)
                        break
                time.sleep(0.1)


def bare_append(*, seconds: float, body: bytes, folder: Path) -> float:
    """Readings a second of the same bytes appended to a file with an fsync each: the machine's limit."""
    file = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        os.write(file, body)
        os.fdatasync(file)
        count += 1
    os.close(file)
    return count * ROWS * CHANNELS / (time.perf_counter() - started)


def run(*, seconds: float = 10.0, runs: int = 3) -> None:
    """Print the table."""
    print("## Live readings\n")
    print(f"{SENDERS} programs at once, {ROWS} rows of {CHANNELS} channels a request, {seconds:.0f} s a run.\n")
    print("| form | readings acknowledged a second | median ms a request | 99 % ms | seen after, median / longest s |")
    print("|---|---|---|---|---|")
    bare: list[float] = []
    with running_portal() as portal, tempfile.TemporaryDirectory(dir=portal.home) as folder:
        key, token = prepare(portal)
        begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)
        for form in ("lines", "json"):
            found = []
            for number in range(runs):
                body = (as_lines if form == "lines" else as_json)(rows_of(0, 0, begin, random.Random(1)))
                bare.append(bare_append(seconds=min(2.0, seconds), body=body, folder=Path(folder)))
                start = begin + timedelta(days=number + (10 if form == "json" else 0))
                found.append(measure(portal, key, token, form=form, seconds=seconds, begin=start))
            print(_line(form, found))
    bound = statistics.median(bare)
    print(f"\nThe same bytes appended to a bare file with an fsync each: {bound:,.0f} readings a second.")


def _line(form: str, found: list[Sent]) -> str:
    latencies = sorted(one for sent in found for one in sent.latencies_s)
    ages = [one for sent in found for one in sent.ages_s] or [float("nan")]
    refused = sum(sent.refused for sent in found)
    return (
        f"| {'line protocol, gzip' if form == 'lines' else 'JSON'}{f' ({refused} refused)' if refused else ''} | "
        f"{statistics.median(sent.rate for sent in found):,.0f} | {1e3 * statistics.median(latencies):.0f} | "
        f"{1e3 * latencies[int(0.99 * len(latencies))]:.0f} | {statistics.median(ages):.1f} / {max(ages):.1f} |"
    )


def run_kills(kills: int) -> None:
    """End server and worker by kill -9 at random moments, and count what was acknowledged and what is there."""
    from fairwatt.cli import supervisor

    chance = random.Random()
    with running_portal() as portal:
        key, token = prepare(portal)
        port = int(portal.url.rsplit(":", 1)[1])
        begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)
        acknowledged: set[int] = set()
        stop = threading.Event()
        post = post_json(portal, key, token)
        sender = threading.Thread(target=_send_numbered, args=(post, begin, acknowledged, stop))
        sender.start()
        own = supervisor.Children(portal.home / "logs-again")
        for _ in range(kills):
            time.sleep(chance.uniform(0.3, 4.0))
            _kill_all(portal.home)
            own.start("server", *supervisor.server_command("127.0.0.1", port, workers=1, threads=8))
            own.start("worker", *supervisor.worker_command())
            supervisor.wait_until_ready(portal.url, own)
        time.sleep(2)
        stop.set()
        sender.join()
        found = _numbers_there(portal, key, begin, max(acknowledged))
        own.stop()
        lost, twice = acknowledged - set(found), len(found) - len(set(found))
        print(f"{kills} kills, {len(acknowledged):,} acknowledged, {len(lost)} lost, {twice} there twice.")


def _send_numbered(post: Post, begin: datetime, acknowledged: set[int], stop: threading.Event) -> None:
    number = 0
    with httpx.Client(timeout=10) as client:
        while not stop.is_set():
            batch = range(number, number + 20)
            body = [{"start": (begin + timedelta(seconds=n)).isoformat(), "n_w": n} for n in batch]
            try:
                answer = post(client, json.dumps(body).encode())
            except httpx.HTTPError:
                time.sleep(0.05)
                continue  # not acknowledged: sent again, which adds nothing twice
            if answer.is_success:
                acknowledged.update(batch)
                number += 20


def _kill_all(home: Path) -> None:
    """End every process of this portal at once, by its data folder in the environment; this one lives."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            with suppress(OSError):
                if f"FAIRWATT_HOME={home}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    os.kill(int(folder.name), signal.SIGKILL)


def _numbers_there(portal: Portal, key: str, begin: datetime, last: int) -> list[int]:
    deadline = time.monotonic() + 60
    rows: list[int] = []
    while time.monotonic() < deadline:
        answer = httpx.get(
            f"{portal.url}/api/v1/datasets/{key}/readings?format=json&channels=n_w",
            headers={"Authorization": f"Bearer {portal.token}"},
            timeout=60,
        )
        rows = [round(row["n_w"]) for row in answer.json()] if answer.is_success else []
        if last in rows:
            break
        time.sleep(1)
    return rows


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    if options.kills:
        run_kills(options.kills)
        return
    run(seconds=options.seconds, runs=options.runs)


if __name__ == "__main__":
    main()
