"""Files handed in by tests as a browser does it, and what became of them: on the pages, in the lake, in the queue."""

from __future__ import annotations

import html

from django.test import Client

from fairwatt.records.models import Deposit, File, Job
from fairwatt.services import uploads
from fairwatt.services.actors import Actor
from fairwatt.services.jobs import claim_job
from fairwatt.services.lakes import get_lake
from fairwatt.services.worker import run_job
from tests.services.entries import AT


def send(actor: Actor, deposit: Deposit, content: bytes, name: str) -> File:
    """Upload a file in two pieces, as a browser does."""
    upload = uploads.create_upload(actor=actor, code=deposit.code, filename=name, size=len(content), at=AT)
    for place, piece in ((0, content[: len(content) // 2]), (len(content) // 2, content[len(content) // 2 :])):
        if piece:
            upload = uploads.append_upload(actor=actor, upload_id=upload.pk, offset=place, chunks=[piece], at=AT)
    assert upload.file is not None
    return upload.file


def work_one_after_another() -> list[Job]:
    """Do what is due, a job at a time, as the worker does."""
    done = []
    while (job := claim_job(worker="tests", at=AT)) is not None:
        done.append(run_job(job=job, clock=lambda: AT))
    return done


def fresh(file: File) -> File:
    return File.objects.select_related("dataset").get(pk=file.pk)


def bytes_of(file: File) -> bytes:
    return b"".join(get_lake().raw.open_range(file.sha256))


def rows_in_lake(file: File) -> int:
    """Rows that the lake holds of a file, counted by a window over all its time."""
    lake, name = get_lake(), file.dataset.table
    fields = [field for field, kind in lake.fields(name).items() if kind != "VARCHAR"]
    return lake.window(name, fields=fields[:1], sources=[file.key]).total if fields else 0


def findings_of(file: File) -> list[tuple[str, str, str, int, list[str], str]]:
    rows = file.findings.values_list("code", "severity", "channel", "count", "where", "message")
    return sorted((code, severity, *rest) for code, severity, *rest in rows)


def page_of(actor: Actor, deposit: Deposit, file: File) -> str:
    """What the depositor's page of a file says, as a person reads it."""
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"/share/{deposit.code}/files/{file.key}/")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def assert_the_queue_goes_on(file: File, good: File) -> None:
    """A good file that came after a bad one is read, and the lake holds its readings alone."""
    assert (good.state, good.rows, rows_in_lake(good)) == ("read", 48, 48)
    assert list(good.channels.values_list("name", "count", "missing")) == [("power (kW)", 48, 0)]
    assert file.dataset.table == good.dataset.table
    assert not Job.objects.filter(state__in=["queued", "running"]).exists()
