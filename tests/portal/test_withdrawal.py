"""After a withdrawal or an erasure: the page stays and says so in every form, the data are gone, the provider knows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed
from fairwatt.core.metadata import canonical_json, parse_certificate
from fairwatt.core.metadata.signing import check_signature, parse_jwks
from fairwatt.records.models import AuditEvent, Dataset, Membership, Notification, User
from fairwatt.services.erasures import order_erasure
from fairwatt.services.withdrawals import withdraw_dataset, withdrawal_of
from fairwatt.services.worker import run_pending
from tests.portal.pages_stock import file_of, published, signed_in
from tests.services import stock

pytestmark = pytest.mark.django_db

REASON = "The clock of the logger was an hour late."
AT = stock.NOW
PROBLEM = "application/problem+json"


def _manager() -> User:
    return stock.person("mia", is_manager=True)


def _withdrawn() -> Dataset:
    dataset = published()
    withdraw_dataset(
        actor=stock.actor(_manager()),
        dataset_key=dataset.key,
        reason=REASON,
        confirmation=dataset.identifier,
        decided_by="Testshire County Council",
        at=AT,
    )
    dataset.refresh_from_db()
    return dataset


def _erased() -> Dataset:
    dataset = published()
    order_erasure(
        actor=stock.actor(_manager()),
        dataset_key=dataset.key,
        kind="dataset",
        reason=REASON,
        confirmation=dataset.identifier,
        at=AT,
    )
    run_pending(worker="tests")
    dataset.refresh_from_db()
    return dataset


GONE = {"withdrawn": _withdrawn, "erased": _erased}


@pytest.mark.parametrize("how", list(GONE))
def test_the_pages_stay_and_the_files_are_gone(client: Client, how: str) -> None:
    dataset = GONE[how]()
    file = file_of(dataset)
    for address in (f"/datasets/{dataset.key}/", f"/files/{file.key}/", f"/datasets/{dataset.key}/certificate/"):
        page = client.get(address)
        assert page.status_code == 200
        assert f"{how.capitalize()} on 1 June 2026" in page.content.decode() or f"{how.capitalize()} on 1 Jun 2026" in (
            page.content.decode()
        )
        assert REASON in page.content.decode()
    assert client.get(f"/ark:/99999/{dataset.key}").status_code == 302
    for address in (f"/datasets/{dataset.key}/readings.csv", f"/files/{file.key}/original"):
        answer = client.get(address)
        problem = json.loads(answer.content)
        assert (answer.status_code, answer["Content-Type"], problem["status"]) == (410, PROBLEM, 410)


def test_nothing_of_what_may_be_gone_in_an_hour_is_left_to_shared_caches(client: Client) -> None:
    dataset = published()
    file = file_of(dataset)
    for address in (
        f"/datasets/{dataset.key}/",
        f"/datasets/{dataset.key}.ttl",
        f"/datasets/{dataset.key}.certificate.json",
        f"/datasets/{dataset.key}/readings.csv",
        f"/files/{file.key}/",
        f"/ark:/99999/{dataset.key}",
        "/catalogue/",
        "/catalogue/foreground.csv",
        "/catalogue.ttl",
        "/trials/",
    ):
        answer = client.get(address)
        answer.getvalue()  # what is streamed holds a file open until it is read
        assert answer["Cache-Control"] == "private, no-cache", address


@pytest.mark.parametrize("how", list(GONE))
def test_every_form_says_so_and_no_form_offers_the_data(client: Client, how: str) -> None:
    dataset = GONE[how]()
    sentence = f"{how.capitalize()} on 1 Jun 2026" + (" by Testshire County Council" if how == "withdrawn" else "")
    for ending in ("jsonld", "ttl", "rdf", "dcat.jsonld", "datacite.json", "datacite.xml", "oai_dc.xml"):
        answer = client.get(f"/datasets/{dataset.key}.{ending}")
        assert answer.status_code == 200
        assert f"{sentence}: {REASON}" in answer.content.decode(), ending
    schema = client.get(f"/datasets/{dataset.key}.jsonld").json()
    assert (schema["creativeWorkStatus"], schema["isAccessibleForFree"]) == (how.capitalize(), False)
    assert "dataset-status/WITHDRAWN" in client.get(f"/datasets/{dataset.key}.ttl").content.decode()


@pytest.mark.parametrize("how", list(GONE))
def test_the_signature_still_fits_what_is_shown(client: Client, how: str) -> None:
    dataset = GONE[how]()
    page = f"/datasets/{dataset.key}"
    shown = client.get(f"{page}.certificate.json").content.decode()
    jws = client.get(f"{page}.certificate.jws").content.decode()
    keys = parse_jwks(client.get("/.well-known/jwks.json").content.decode())
    assert check_signature(shown, jws, keys).is_genuine
    assert not parse_certificate(shown).tells_values


def test_nothing_that_is_kept_of_an_erased_dataset_tells_values() -> None:
    dataset = published()
    assert parse_certificate(dataset.versions.get().certificate).tells_values
    order_erasure(
        actor=stock.actor(_manager()), dataset_key=dataset.key, kind="dataset", reason=REASON,
        confirmation=dataset.identifier, at=AT,
    )  # fmt: skip
    run_pending(worker="tests")
    for row in (dataset.versions.get(), file_of(dataset)):
        assert row.certificate is not None
        kept = parse_certificate(row.certificate)
        assert not kept.tells_values
        assert kept.checksum in row.signatures
    assert dataset.versions.get().digest == parse_certificate(dataset.versions.get().certificate).checksum
    assert not dataset.readings_digests.exists()


@pytest.mark.parametrize("how", list(GONE))
def test_the_provider_is_told_and_the_log_has_it(how: str) -> None:
    steward = stock.person("sam")
    Membership.objects.create(user=steward, organization=stock.organization(), role="steward")
    dataset = GONE[how]()
    (told,) = Notification.objects.filter(recipient=steward)
    assert REASON in told.text
    assert told.url == f"/datasets/{dataset.key}/"
    verb = {"withdrawn": "dataset.withdrawn", "erased": "erasure.ordered"}[how]
    assert AuditEvent.objects.get(verb=verb).detail["reason"] == REASON
    withdrawal = withdrawal_of(dataset)
    assert withdrawal is not None
    assert (withdrawal.at, withdrawal.is_erased) == (AT, how == "erased")


def test_only_managers_withdraw_with_a_reason_and_the_name() -> None:
    dataset = published()
    asked: dict[str, Any] = {"dataset_key": dataset.key, "reason": REASON, "confirmation": dataset.identifier, "at": AT}
    with pytest.raises(NotAllowed):
        withdraw_dataset(actor=stock.actor(stock.person()), **asked)
    manager = stock.actor(_manager())
    for wrong, match in (({"reason": "wrong"}, "Say why"), ({"confirmation": "School"}, "exactly as it is written")):
        with pytest.raises(InvalidInput, match=match):
            withdraw_dataset(actor=manager, **{**asked, **wrong})
    dataset.refresh_from_db()
    assert dataset.state == "published"
    withdraw_dataset(actor=manager, **asked)
    with pytest.raises(Conflict, match="this one is withdrawn"):
        withdraw_dataset(actor=manager, **asked)


def test_a_manager_withdraws_on_a_page_that_asks_for_the_name(client: Client) -> None:
    dataset = published()
    browser = signed_in(client, _manager())
    address = f"/upkeep/withdraw/{dataset.key}/"
    assert f'href="{address}"' in browser.get(f"/datasets/{dataset.key}/").content.decode()
    refused = browser.post(address, {"reason": REASON, "confirmation": "something else"})
    assert (refused.status_code, "exactly as it is written" in refused.content.decode()) == (422, True)
    done = browser.post(
        address, {"reason": REASON, "confirmation": dataset.identifier, "decided_by": "The council"}, follow=True
    )
    assert "Decided by The council." in done.content.decode()
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("page", "more"), [("withdraw", {}), ("erase", {"kind": "dataset"})], ids=["withdraw", "erase"]
)
def test_a_short_reason_is_refused_in_words_for_people(client: Client, page: str, more: dict[str, str]) -> None:
    dataset = published()
    asked = {"reason": "wrong", "confirmation": dataset.identifier, **more}
    refused = signed_in(client, _manager()).post(f"/upkeep/{page}/{dataset.key}/", asked)
    told = refused.content.decode()
    assert (refused.status_code, "Say why in a sentence that somebody else understands." in told) == (422, True)
    assert "Ensure this value" not in told


def test_what_is_published_says_nothing_of_a_withdrawal(client: Client) -> None:
    dataset = published()
    assert withdrawal_of(dataset) is None
    assert "withdrawal" not in canonical_json(parse_certificate(dataset.versions.get().certificate))
    assert "creativeWorkStatus" not in client.get(f"/datasets/{dataset.key}.jsonld").json()
