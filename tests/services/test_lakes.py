"""The platform in an object store: one setting, and what people and jobs are told when the store is in trouble."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.core import serializers
from django.test import Client

from fairwatt.cli import app as commands
from fairwatt.cli.checks import find_problems
from fairwatt.core.errors import Conflict, StoreRefused
from fairwatt.lake.stores.address import Patience
from fairwatt.records.models import AuditEvent, File, Job
from fairwatt.services import lakes
from fairwatt.services.actors import Actor
from fairwatt.services.datasets import open_original
from fairwatt.services.jobs import claim_job
from fairwatt.services.upkeep import request_upkeep
from fairwatt.services.worker import run_job
from tests import servers
from tests.services import entries
from tests.services.entries import AT, READABLE
from tests.waiting import until

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
UseStore = Callable[[str], servers.Gate]
_AT_ONCE = Patience(retries=0, most_s=1, each_s=60)  # clients that give up at once, so that nobody waits for them


@pytest.fixture
def use_store(request: pytest.FixtureRequest, settings: object, monkeypatch: pytest.MonkeyPatch) -> UseStore:
    """Have the platform keep its data in a store of a kind from now on."""
    servers.know(monkeypatch)
    prefix = uuid4().hex

    def use(kind: str) -> servers.Gate:
        gate: servers.Gate = request.getfixturevalue(f"{kind}_gate")
        settings.FAIRWATT_STORE = servers.setting(kind, gate, prefix)
        return gate

    return use


@pytest.fixture
def actor() -> Actor:
    return entries.partner()


def sent() -> bool:
    """Wait until the received files have left this machine."""

    def is_sent() -> bool:
        lakes.send_originals(at=AT)
        return lakes.get_lake().raw.waiting() == 0

    return until(is_sent)


@pytest.mark.parametrize("kind", ["s3", "azure"])
def test_a_file_is_handed_in_read_and_downloaded_with_nothing_left_on_this_machine(
    kind: str, use_store: UseStore, actor: Actor
) -> None:
    use_store(kind)
    file = entries.received(actor, entries.entry(actor), READABLE)
    assert file.state == File.State.READ
    assert sent()
    lake = lakes.get_lake()
    for copy in list((lake.root / "cache").rglob("*")):
        if copy.is_file():
            copy.unlink()
    original = open_original(actor=actor, file_key=file.key, at=AT)
    assert original.path is None
    assert b"".join(original.read(0, original.size)) == READABLE
    assert lake.window(file.dataset.table, fields=list(lake.fields(file.dataset.table)), points=100).total == 48


def test_no_table_of_the_records_no_page_and_no_answer_holds_the_credentials(
    use_store: UseStore, actor: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    use_store("s3")
    file = entries.received(actor, entries.entry(actor), READABLE)
    mel = entries.manager()
    for what in ("merge", "check", "clean"):
        request_upkeep(actor=mel, what=what, dataset_key=file.dataset.key, at=AT)
    entries.read_all()
    client, pages = Client(), list[bytes]()
    assert mel.user is not None
    client.force_login(mel.user, backend="django.contrib.auth.backends.ModelBackend")
    for path in ("/upkeep/", f"/datasets/{file.dataset.key}/", "/audit/", "/api/v1/upkeep"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        pages.append(b"".join(answer))
    rows = [row for model in apps.get_models() for row in model.objects.all()]
    told = [*pages, serializers.serialize("json", rows).encode(), caplog.text.encode()]
    docs = [path.read_bytes() for path in (Path(__file__).parents[2] / "docs").rglob("*.md")]

    assert any(b"s3://" in one for one in docs)
    for secret in (servers.AWS_SECRET, "AKIAEXAMPLE", servers.AZURITE_KEY):
        assert not any(secret.encode() in one for one in [*told, *docs])


def test_a_job_waits_while_the_store_is_away_and_goes_on_when_it_is_back(
    use_store: UseStore, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairwatt.lake.stores.objects._PAUSE_S", 0.0)
    gate = use_store("s3")
    deposit = entries.entry(actor)
    gate.answer = (503, b"<Error><Code>ServiceUnavailable</Code></Error>")
    monkeypatch.setattr("fairwatt.lake.stores.objects.READING", _AT_ONCE)
    monkeypatch.setattr("fairwatt.lake.stores.objects.WRITING", _AT_ONCE)
    file = entries.hand_in(actor, deposit)
    for times in range(5):  # more often than a job may fail
        job = claim_job(worker="tests", at=AT + times * timedelta(minutes=1))
        assert job is not None
        run_job(job=job, clock=lambda times=times: AT + times * timedelta(minutes=1))
        job.refresh_from_db()
        assert (job.state, job.attempts) == (Job.State.QUEUED, 0)
        assert "does not answer" in job.error
        assert (job.run_after - AT).total_seconds() == times * 60 + 30
    gate.answer = None
    entries.read_all(AT + timedelta(minutes=10))
    assert File.objects.get(pk=file.pk).state == File.State.READ
    assert sent()


def test_who_asks_for_readings_meanwhile_is_told_when_to_come_again(
    use_store: UseStore, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairwatt.lake.stores.objects.READING", _AT_ONCE)
    gate = use_store("s3")
    file = entries.received(actor, entries.entry(actor), READABLE)
    gate.answer = (400, b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>")
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"/api/v1/datasets/{file.dataset.key}/readings")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer.json()["type"].endswith("store-refused")
    assert "credentials for the store have expired" in answer.json()["detail"]
    page = client.get(f"/datasets/{file.dataset.key}/readings.csv")
    assert (page.status_code, page["Retry-After"]) == (503, "30")
    told = answer.content + page.content + repr(list(AuditEvent.objects.values())).encode()
    assert not any(secret.encode() in told for secret in (servers.AWS_SECRET, "AKIAEXAMPLE"))


def test_the_check_before_going_public_names_what_is_wrong_with_the_store_and_no_secret(
    use_store: UseStore, settings: object, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = use_store("s3")
    assert [problem for problem in find_problems() if "store" in problem.lower()] == [
        "Readings travel to their store unencrypted: give FAIRWATT_STORE an endpoint with https://."
    ]
    gate.answer = (403, b"<Error><Code>SignatureDoesNotMatch</Code><Key>" + servers.AWS_SECRET.encode() + b"</Key>")
    lakes._open.cache_clear()
    [problem] = [problem for problem in find_problems() if "the store" in problem]
    assert "does not accept its credentials" in problem
    settings.FAIRWATT_STORE = f"s3://bucket?secret_access_key={servers.AWS_SECRET}"
    problems = find_problems()
    assert any("FAIRWATT_STORE may not hold" in problem for problem in problems)
    assert servers.AWS_SECRET not in " ".join(problems) + problem + "".join(capsys.readouterr())


def test_the_platform_does_not_begin_with_a_store_that_would_lose_readings_or_refuses_it(use_store: UseStore) -> None:
    gate = use_store("s3")
    gate.dropped = frozenset({"if-none-match"})
    lakes._open.cache_clear()
    with pytest.raises(Conflict, match="does not enforce conditional puts"):
        commands._require_store()
    gate.dropped, gate.answer = frozenset(), (404, b"<Error><Code>NoSuchBucket</Code></Error>")
    with pytest.raises(StoreRefused, match="no such bucket"):
        commands._require_store()
    gate.answer = None
    commands._require_store()


def test_the_platform_begins_while_its_store_is_away_and_says_so(
    use_store: UseStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("fairwatt.lake.stores.objects.READING", _AT_ONCE)
    lakes._open.cache_clear()
    use_store("s3").answer = (503, b"")
    commands._require_store()
    assert "does not answer" in capsys.readouterr().err
