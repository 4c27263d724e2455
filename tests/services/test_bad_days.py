"""Bad days of the platform itself: a full disk, a worker killed in the middle, two workers at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from fairwatt.lake import ingesting, staging
from fairwatt.records.models import Channel, Dataset, Deposit, FileFinding, Job
from fairwatt.services import deposits
from fairwatt.services.actors import Actor
from fairwatt.services.lakes import get_lake
from fairwatt.services.worker import run_pending
from tests.services import entries
from tests.services.entries import AT, HOUR, READABLE
from tests.services.handed_in import (
    assert_the_queue_goes_on,
    bytes_of,
    fresh,
    rows_in_lake,
    send,
    work_one_after_another,
)
from tests.services.test_bad_input import REFUSED
from tests.waiting import until

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


def second_by_second(rows: int) -> bytes:
    start = "2020-09-01T{:02}:{:02}:{:02}Z,{}.{}"
    lines = (start.format(n // 3600, n // 60 % 60, n % 60, n % 97, n % 10) for n in range(rows))
    return "\n".join(["start time,power (kW)", *lines, ""]).encode()


@dataclass
class NearlyFull:
    """A disk under the lake that can be filled up and given room again."""

    fill: Callable[[], None]
    give_room: Callable[[], None]


@pytest.fixture
def nearly_full(fairwatt_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NearlyFull]:
    """A real small disk where one can be mounted; elsewhere the reader meets the system's own error."""
    folder, ballast = fairwatt_home / "lake", fairwatt_home / "lake" / "ballast"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0:
        yield NearlyFull(lambda: fill_up(ballast), ballast.unlink)
        subprocess.run(["umount", "-l", str(folder)], check=True)
        return

    def no_room(*_args: object, **_fields: object) -> None:
        raise OSError(28, "No space left on device")

    yield NearlyFull(
        lambda: monkeypatch.setattr(ingesting, "stage_file", no_room),
        lambda: monkeypatch.setattr(ingesting, "stage_file", staging.stage_file),
    )


def fill_up(ballast: Path) -> None:
    """Leave 32 kB on the ballast's disk."""
    free = os.statvfs(ballast.parent)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - 32_768))


def test_a_disk_that_is_full_fails_the_job_with_the_reason_and_harms_nothing(
    actor: Actor, deposit: Deposit, nearly_full: NearlyFull
) -> None:
    good = entries.hand_in(actor, deposit)
    work_one_after_another()
    content = second_by_second(30_000)
    large = send(actor, deposit, content, "seconds.csv")
    nearly_full.fill()
    at, said = (
        AT,
        "The disk of the platform is full. What was stored before is unharmed, and nothing half-written is kept.",
    )
    for _ in range(3):
        run_pending(clock=lambda moment=at: moment)
        at += HOUR
    large, job = fresh(large), Job.objects.get(file=large)
    assert (job.state, job.attempts, large.state) == ("failed", 3, "failed")
    assert job.error == large.error == f"{said} Make room on the disk, or ask a data manager to, then try again."
    assert (bytes_of(large), large.rows, large.channels.count()) == (content, 0, 0)
    assert (fresh(good).state, rows_in_lake(good), Dataset.objects.get().readings_total) == ("read", 48, 48)
    assert get_lake().sources(good.dataset.table) == [good.key]

    nearly_full.give_room()
    deposits.read_again(actor=actor, file_key=large.key, at=at)
    run_pending(clock=lambda: at)

    large = fresh(large)
    assert (large.state, large.error, large.rows, rows_in_lake(large)) == ("read", "", 30_000, 30_000)
    assert Dataset.objects.get().readings_total == 30_048


@pytest.fixture
def start_worker(fairwatt_home: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start worker processes on this test's data folder and database; none outlives the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(where: str = "never") -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "FAIRWATT_HOME": str(fairwatt_home),
            "FAIRWATT_SECRET_KEY": settings.SECRET_KEY,
            "FAIRWATT_PROJECT_FILE": str(settings.FAIRWATT_PROJECT_FILE),
        }
        database = str(connection.settings_dict["NAME"])
        command = [sys.executable, "-W", "ignore", "-m", "tests.services.worker_process", database, where]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_in_the_middle_of_a_file_leaves_nothing_double(
    start_worker: Callable[..., subprocess.Popen[bytes]],
) -> None:
    actor = entries.partner()
    deposit = entries.entry(actor)
    content = second_by_second(86_000)
    file = send(actor, deposit, content, "seconds.csv")
    victim = start_worker("middle")
    until(lambda: Job.objects.filter(state="running", progress__gte=0.1).exists())
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    [job] = Job.objects.all()
    assert (job.state, job.attempts, fresh(file).state) == ("running", 1, "reading")
    assert (fresh(file).rows, Channel.objects.count(), Dataset.objects.get().readings_total) == (0, 0, 0)
    assert rows_in_lake(file) in {0, 86_000}
    assert run_pending() == 0, "the lease of the dead worker counts until it ends"

    good = entries.hand_in(actor, deposit)
    later = timezone.now() + timedelta(minutes=2)
    run_pending(clock=lambda: later)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
    assert (fresh(file).state, fresh(file).rows, rows_in_lake(file), bytes_of(file)) == (
        "read",
        86_000,
        86_000,
        content,
    )
    assert (Channel.objects.filter(file=file).count(), FileFinding.objects.filter(file=file).count()) == (1, 0)
    assert Dataset.objects.get().readings_total == 86_048
    assert list((get_lake().root / "work").iterdir()) == []
    assert_the_queue_goes_on(file, fresh(good))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_share_the_queue_good_files_and_bad(
    start_worker: Callable[..., subprocess.Popen[bytes]],
) -> None:
    actor = entries.partner()
    deposit = entries.entry(actor)
    good = [
        entries.hand_in(actor, deposit, READABLE.replace(b"09-01", f"09-{day:02}".encode()), f"day{day}.csv")
        for day in range(1, 6)
    ]
    bad = [send(actor, deposit, REFUSED[name].content, name) for name in ("empty.csv", "junk.csv", "cut.zip")]
    start_worker()
    start_worker()
    until(lambda: not Job.objects.filter(state__in=["queued", "running"]).exists())
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}
    assert [(fresh(file).state, rows_in_lake(file)) for file in good] == [("read", 48)] * 5
    assert [(fresh(file).state, fresh(file).error) for file in bad] == [
        ("failed", REFUSED[file.name].said) for file in bad
    ]
    assert Channel.objects.count() == 5
    dataset = Dataset.objects.get()
    assert (dataset.readings_total, get_lake().window(dataset.table, fields=["power_kw"]).total) == (240, 240)
