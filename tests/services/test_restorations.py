"""Undoing a withdrawal: everything is as it was, everybody is told, and the page keeps both reasons."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from fairwatt.core.metadata.signing import check_signature, parse_jwks
from fairwatt.records.models import AuditEvent, Dataset, LiveFeed, Membership, Notification
from fairwatt.services.erasures import confirmation_of, order_erasure
from fairwatt.services.live_feeds import open_live_feed
from fairwatt.services.withdrawals import restore_dataset, withdraw_dataset, withdrawal_of
from fairwatt.services.worker import run_pending
from tests.portal.pages_stock import file_of, published, signed_in
from tests.portal.test_downloads import body
from tests.services import stock
from tests.services.stock import NOW

pytestmark = pytest.mark.django_db
WHY, BACK = "The clock of the logger was an hour late.", "The clock was mended in all files."
LATER, LAST = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
OAI = "{http://www.openarchives.org/OAI/2.0/}"


def manager() -> Any:
    return stock.actor(stock.person("mia", is_manager=True))


def withdraw(dataset: Dataset) -> None:
    words = confirmation_of(dataset, "dataset", "")
    withdraw_dataset(actor=manager(), dataset_key=dataset.key, reason=WHY, confirmation=words, at=LATER)
    dataset.refresh_from_db()


def restore(dataset: Dataset, **changes: Any) -> None:
    restore_dataset(**{"actor": manager(), "dataset_key": dataset.key, "reason": BACK, "at": LAST, **changes})
    dataset.refresh_from_db()


def header(client: Client, dataset: Dataset) -> tuple[str | None, str | None]:
    """What harvesters are told of its record: its status and when it changed."""
    asked = {"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": f"ark:/99999/{dataset.key}"}
    found = next(ET.fromstring(client.get("/oai", asked).content).iter(f"{OAI}header"))
    return found.get("status"), found.findtext(f"{OAI}datestamp")


def test_the_data_the_versions_and_the_signatures_are_as_they_were(client: Client) -> None:
    dataset = published()
    kept = dataset.versions.values("key", "certificate", "digest", "signatures").get()
    withdraw(dataset)
    restore(dataset)

    assert dataset.versions.values("key", "certificate", "digest", "signatures").get() == kept
    for address in (f"/datasets/{dataset.key}/readings.csv", f"/files/{file_of(dataset).key}/original"):
        answer = client.get(address)
        assert (answer.status_code, len(body(answer)) > 100) == (200, True)
    shown = client.get(f"/datasets/{dataset.key}.certificate.json").content.decode()
    jws = client.get(f"/datasets/{dataset.key}.certificate.jws").content.decode()
    assert check_signature(shown, jws, parse_jwks(client.get("/.well-known/jwks.json").content.decode())).is_genuine
    assert client.get(f"/ark:/99999/{kept['key']}").status_code == 302


def test_every_catalogue_is_told_and_no_form_says_that_it_was_withdrawn(client: Client) -> None:
    dataset = published()
    withdraw(dataset)
    assert header(client, dataset) == ("deleted", "2026-06-01T13:00:00Z")
    restore(dataset)

    assert header(client, dataset) == (None, "2026-06-01T14:00:00Z")
    feed = client.get("/catalogue.atom").content.decode()
    assert ("deleted-entry" in feed, "2026-06-01T14:00:00Z" in feed) == (False, True)
    for ending in ("jsonld", "ttl", "datacite.xml", "oai_dc.xml"):
        assert "ithdrawn" not in client.get(f"/datasets/{dataset.key}.{ending}").content.decode(), ending
    assert client.get(f"/api/3/action/package_show?id={dataset.key}").json()["success"]
    assert dataset.key in client.get("/catalogue/").content.decode()
    assert withdrawal_of(dataset) is None


def test_the_page_keeps_both_reasons_and_the_log_who_did_it(client: Client) -> None:
    dataset = published()
    steward = stock.person("sam")
    Membership.objects.create(user=steward, organization=stock.organization(), role="steward")
    withdraw(dataset)
    restore(dataset)

    page = re.sub(r"</?time[^>]*>", "", client.get(f"/datasets/{dataset.key}/").content.decode())
    assert "Published again on 1 June 2026" in page
    assert BACK in page
    assert f"It was withdrawn on 1 June 2026: {WHY}" in page
    told = AuditEvent.objects.get(verb="dataset.restored")
    assert (told.detail["reason"], told.detail["withdrawal_reason"], told.actor_label) == (BACK, WHY, "mia")
    assert [note.text for note in Notification.objects.filter(recipient=steward).order_by("pk")][-1] == (
        f"“School load” is published again. Reason: {BACK}"
    )


def test_a_live_feed_that_the_withdrawal_closed_stays_closed() -> None:
    dataset = published()
    open_live_feed(actor=manager(), dataset_key=dataset.key, at=NOW)
    withdraw(dataset)
    restore(dataset)
    assert list(LiveFeed.objects.values_list("closed_at", flat=True)) == [LATER]


def test_it_may_be_withdrawn_and_erased_again_and_each_is_told_by_its_own_day() -> None:
    dataset = published()
    withdraw(dataset)
    restore(dataset)
    words = confirmation_of(dataset, "dataset", "")
    again = LAST + stock.DAY
    withdraw_dataset(actor=manager(), dataset_key=dataset.key, reason=WHY, confirmation=words, at=again)
    dataset.refresh_from_db()
    assert (dataset.withdrawn_at, dataset.restored_at) == (again, None)
    restore(dataset, at=again)
    order_erasure(
        actor=manager(), dataset_key=dataset.key, kind="dataset", reason=WHY, confirmation=words, at=again + stock.DAY
    )
    run_pending(worker="tests")
    dataset.refresh_from_db()
    gone = withdrawal_of(dataset)
    assert gone is not None
    assert (dataset.withdrawn_at, gone.sentence) == (again + stock.DAY, f"Erased on 3 Jun 2026: {WHY}")
    with pytest.raises(Conflict, match="was erased, for good"):
        restore(dataset)


def test_only_managers_with_a_reason_undo_what_is_withdrawn() -> None:
    dataset = published()
    with pytest.raises(Conflict, match="this dataset is published"):
        restore(dataset)
    withdraw(dataset)
    provider = stock.actor(stock.person(organization=dataset.provider))
    with pytest.raises(NotAllowed):
        restore(dataset, actor=provider)
    with pytest.raises(InvalidInput, match="Say why"):
        restore(dataset, reason="  mended ")
    with pytest.raises(NotFound):
        restore(dataset, dataset_key="0000000none")
    dataset.refresh_from_db()
    assert dataset.state == "withdrawn"


def test_a_manager_undoes_it_on_a_page(client: Client) -> None:
    dataset = published()
    withdraw(dataset)
    browser = signed_in(client, stock.person("mel", is_manager=True))
    address = f"/upkeep/restore/{dataset.key}/"
    assert f'href="{address}"' in browser.get(f"/datasets/{dataset.key}/").content.decode()
    refused = browser.post(address, {"reason": "mended"})
    assert (refused.status_code, "Say why in a sentence" in refused.content.decode()) == (422, True)
    done = browser.post(address, {"reason": BACK}, follow=True)
    assert "Published again on" in done.content.decode()
    assert "Only a withdrawal can be undone" in browser.get(address).content.decode()
