"""Workers as processes of their own, ended by kill -9 and by a polite signal, and two of them at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from fairwatt.records.models import Channel, Dataset, File, Job
from fairwatt.services.lakes import get_lake
from tests.services import entries
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def start_worker(fairwatt_home: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start worker processes on this test's data folder and database; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def start(where: str) -> subprocess.Popen[str]:
        name = str(connection.settings_dict["NAME"])
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "FAIRWATT_HOME": str(fairwatt_home),
            "FAIRWATT_SECRET_KEY": settings.SECRET_KEY,
            "FAIRWATT_PROJECT_FILE": str(settings.FAIRWATT_PROJECT_FILE),
        }
        command = [sys.executable, "-W", "ignore", "-m", "tests.services.worker_process", name, where]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def _all_ended() -> bool:
    return not Job.objects.filter(state__in=["queued", "running"]).exists()


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_job_whose_worker_is_killed_in_the_middle_is_done_again_and_doubles_nothing(
    start_worker: Callable[[str], subprocess.Popen[str]], where: str
) -> None:
    deposit = entries.entry(entries.partner())
    file = entries.hand_in(entries.partner(name="col"), deposit)
    victim = start_worker(where)
    assert victim.stdout is not None
    assert victim.stdout.readline().strip() == where
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    job = Job.objects.get()
    assert (job.state, job.attempts) == ("running", 1)
    assert File.objects.get().state == "reading"
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    start_worker("never")
    until(_all_ended)
    job.refresh_from_db()
    file.refresh_from_db()
    assert (job.state, job.attempts, file.state, file.rows) == ("done", 2, "read", 48)
    assert Channel.objects.count() == 1
    assert Dataset.objects.get().readings_total == 48
    table = file.dataset.table
    batches = get_lake().batches(table, fields=list(get_lake().fields(table)), start=None, end=None)
    assert sum(batch.num_rows for batch in batches) == 48


def test_two_workers_at_once_read_every_file_exactly_once(
    start_worker: Callable[[str], subprocess.Popen[str]],
) -> None:
    actor = entries.partner()
    one, two = entries.entry(actor), entries.entry(actor)
    for day in range(1, 5):
        content = entries.READABLE.replace(b"09-01", f"09-{day:02}".encode())
        for deposit in (one, two):
            entries.hand_in(actor, deposit, content, f"day{day}.csv")
    start_worker("never")
    start_worker("never")
    until(_all_ended)
    assert set(Job.objects.values_list("state", "attempts")) == {("done", 1)}
    assert set(File.objects.values_list("state", "rows")) == {("read", 48)}
    for deposit in (one, two):
        dataset = Dataset.objects.get(pk=deposit.dataset_id)
        assert (dataset.file_count, dataset.rows_total, dataset.readings_total) == (4, 192, 192)
        batches = get_lake().batches(dataset.table, fields=list(get_lake().fields(dataset.table)), start=None, end=None)
        assert sum(batch.num_rows for batch in batches) == 192
