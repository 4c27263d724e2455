"""Packages that were made before: what they say of data that were erased or withdrawn since."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.test import Client

from fairwatt.cli import verifying_online
from fairwatt.records.models import ByteSum, Dataset, EventCount, Job, TrialPackage
from fairwatt.services import erasures
from fairwatt.services.actors import Actor
from fairwatt.services.event_counts import count_events
from fairwatt.services.trial_events import add_event
from fairwatt.services.trial_packages import hand_out_package
from fairwatt.services.worker import run_pending
from tests.cli.test_verify_after_erasures import through
from tests.services import stock
from tests.services.entries import manager
from tests.services.trial_stock import CODE, EVENT, logged, trial

pytestmark = pytest.mark.django_db
LATER = stock.NOW + stock.DAY


def package_of(actor: Actor, at: datetime = stock.NOW) -> TrialPackage:
    return hand_out_package(actor=actor, code=CODE, at=at).row


def erase(dataset: Dataset) -> None:
    erasures.order_erasure(
        actor=manager(),
        dataset_key=dataset.key,
        kind="file",
        target=dataset.files.get().key,
        reason="A household withdrew its consent.",
        confirmation="school.csv",
        at=LATER,
    )
    run_pending(worker="tests", clock=lambda: LATER)
    assert not Job.objects.exclude(state="done").exists()


def test_a_package_says_no_more_what_the_files_were_that_were_erased(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged("Open load")
    dataset = logged("Closed load", procedure="P5", release={}, days=19)  # other bytes
    add_event(actor=manager(), code=CODE, values=EVENT, at=stock.NOW)
    count_events(trial(), at=stock.NOW)
    file, table = dataset.files.get(), dataset.table
    row, others = package_of(manager()), package_of(Actor.anonymous())
    assert file.sha256 in json.dumps(row.certificate)
    erase(dataset)
    row.refresh_from_db()
    text = json.dumps(row.certificate)
    for gone in (file.sha256, f"datasets/{dataset.key}/"):
        assert gone not in text
    assert "Open load" in text
    assert not ByteSum.objects.filter(name__contains=file.sha256).exists()
    assert not ByteSum.objects.filter(name__contains=table).exists()
    assert not EventCount.objects.filter(dataset=dataset).exists()
    page = f"/trials/{CODE}/packages/{row.key}"
    shown = client.get(f"{page}/").content.decode()
    assert "Not certified any more" in shown
    assert "Signed" not in shown
    assert "DataDownload" not in shown
    assert [client.get(f"{page}.certificate.{ending}").status_code for ending in ("json", "jws")] == [410, 410]
    monkeypatch.setattr(verifying_online, "_client", lambda portal: through(client, portal))
    told = [verifying_online.fetch_package_standing("https://data.example", CODE, p.key) for p in (row, others)]
    assert told == [("Parts of the data in this package were erased.", True), ("", False)]
    others.refresh_from_db()
    assert others.erased_at is None  # it held nothing of it
    assert package_of(manager()).key != row.key


def test_a_package_says_what_was_withdrawn_since(client: Client) -> None:
    dataset = logged("Open load")
    logged("Other load")
    row = package_of(Actor.anonymous())
    Dataset.objects.filter(pk=dataset.pk).update(
        state="withdrawn", withdrawn_at=LATER, withdrawal_reason="A meter was wrong."
    )
    shown = client.get(f"/trials/{CODE}/packages/{row.key}/").content.decode()
    assert "“Open load” was withdrawn after this package was made.</strong> A meter was wrong." in shown
    after = client.get(
        f"/trials/{CODE}/packages/{package_of(Actor.anonymous(), at=LATER + stock.DAY).key}/"
    ).content.decode()
    assert "was withdrawn after" not in after
