"""Send a trial's data package of several GB through the server as it runs, and watch the memory of server and worker.

    python -m bench.bench_package [--gigabytes 5]

The file as received is sparse, so that no disk is filled; its bytes are hashed, summed and sent as any are. Prints how
long the worker took for the sums, when the first byte came, how long all took, and the memory that was held meanwhile.
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from bench.serving import Portal, running_portal

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LONGEST_S = 600
PIECE = 1 << 20


def publish_large(portal: Portal, gigabytes: float) -> str:
    """Publish an open dataset of one large file in the first trial of the project; the trial's code."""
    from fairwatt.core.identifiers import new_key
    from fairwatt.records.models import Dataset, File, Organization, ReleaseRule, Trial
    from fairwatt.services.actors import Actor
    from fairwatt.services.certificates import issue_version
    from fairwatt.services.lakes import get_lake

    path = portal.home / "large.bin"
    with path.open("wb") as file:
        file.truncate(int(gigabytes * 10**9))
    raw = get_lake().raw.add(path)
    trial, key = Trial.objects.all()[0], new_key(1)
    dataset = Dataset.objects.create(
        key=key, table=key, title="A large file", origin="foreground", state="published", licence="CC-BY-4.0",
        provider=Organization.objects.first(), trial=trial, created_at=NOW, updated_at=NOW, published_at=NOW,
    )  # fmt: skip
    ReleaseRule.objects.create(dataset=dataset, audience="public", available_from=NOW)
    File.objects.create(
        dataset=dataset, key=new_key(2), name="large.bin", position=1, sha256=raw.sha256, size=raw.size, format="other",
        media_type="application/octet-stream", kind="document", state="read", received_at=NOW,
    )  # fmt: skip
    issue_version(actor=Actor.system(), dataset=dataset, at=NOW, note="First version")
    return str(trial.code)


def wait_for_sums() -> float:
    """Wait for the worker's sums [s]."""
    from fairwatt.records.models import ByteSum

    begun = time.monotonic()
    while not ByteSum.objects.exists():
        if time.monotonic() - begun > LONGEST_S:
            raise TimeoutError("the worker found no sums")
        time.sleep(0.2)
    return time.monotonic() - begun


def held_mb(process: int) -> float:
    """The memory that a process and its children hold [MB], as the system counts it."""
    total = 0
    for one in (process, *_children(process)):
        for line in Path(f"/proc/{one}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                total += int(line.split()[1])
    return total / 1000


def _children(process: int) -> list[int]:
    found = [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return [*found, *(inner for one in found for inner in _children(one))]


def run(*, gigabytes: float = 5.0) -> None:
    """Set up, publish, download, clean up."""
    import httpx

    with running_portal() as portal:
        code = publish_large(portal, gigabytes)
        summed_s = wait_for_sums()
        client = httpx.Client(base_url=portal.url, timeout=60)
        client.get(f"/trials/{code}/")
        before = most = held_mb(portal.server)
        begun, first_ms, received = time.monotonic(), 0.0, 0
        with client.stream("GET", f"/trials/{code}/package.zip") as answer:
            assert answer.status_code == HTTPStatus.OK, answer.status_code
            for piece in answer.iter_raw(PIECE):
                first_ms = first_ms or 1000 * (time.monotonic() - begun)
                if (received + len(piece)) // (64 * PIECE) > received // (64 * PIECE):
                    most = max(most, held_mb(portal.server))
                received += len(piece)
        taken = time.monotonic() - begun
    print(f"\n### A package of {gigabytes:g} GB\n")
    print("| GB | sums, by the worker s | first byte ms | all s | server before MB | at most meanwhile MB |")
    print("|---|---|---|---|---|---|")
    print(f"| {received / 1e9:.2f} | {summed_s:.1f} | {first_ms:.0f} | {taken:.1f} | {before:.0f} | {most:.0f} |")
    print(f"\nLoad average meanwhile: {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=5.0)
    run(gigabytes=parser.parse_args().gigabytes)
