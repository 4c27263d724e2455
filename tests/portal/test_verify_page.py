"""The page that says what a file is by its hash: the file itself is never sent."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from django.test import Client

from fairwatt.records.models import Dataset, SigningKey
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from fairwatt.services.signing import revoke_key
from tests.portal.pages_stock import PARTNERS_ONLY, file_of, published, signed_in
from tests.portal.test_downloads import body
from tests.services import stock

pytestmark = pytest.mark.django_db


def _ask(client: Client, digest: str) -> list[dict[str, Any]]:
    return client.get("/verify/", {"sha256": digest, "format": "json"}).json()["found"]


def test_the_form_is_sent_by_address_and_holds_no_file() -> None:
    page = Client().get("/verify/").content.decode()
    form = page[page.index("<form") : page.index("</form>")]
    assert 'method="get"' in form
    assert "enctype" not in form
    assert 'type="file"' in form
    assert 'name="' not in form[form.index('type="file"') : form.index(">", form.index('type="file"'))]


def test_the_original_and_the_readings_are_found_by_their_hash(client: Client) -> None:
    dataset = published()
    file = file_of(dataset)
    readings = sha256(body(client.get(f"/datasets/{dataset.key}/readings.csv"))).hexdigest()
    (raw,) = _ask(client, file.sha256)
    assert (raw["link"]["step"], raw["page"].endswith(f"/files/{file.key}/"), raw["is_genuine"]) == ("raw", True, True)
    found = _ask(client, f"sha256:{readings.upper()}")
    assert [(one["link"]["step"], one["version"], one["status"]) for one in found] == [("readings", 1, "published")] * 2
    assert [link["step"] for link in found[0]["chain"]] == ["raw", "profile", "readings"]
    page = client.get("/verify/", {"sha256": readings, "name": "mine.csv"}).content.decode()
    assert "mine.csv is certified" in page
    assert f"/datasets/{dataset.key}.certificate.jws" in page


def test_a_later_version_with_the_same_readings_is_the_one_that_is_named(client: Client) -> None:
    dataset = published()
    issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW, note="Once more.")
    found = _ask(client, dataset.versions.get(number=1).readings_sha256)
    assert [(one["version"], one["is_latest"]) for one in found] == [(2, True), (2, True)]


@pytest.mark.parametrize("digest", ["abc", "g" * 64, "a" * 63])
def test_what_is_no_hash_is_said_to_be_none(client: Client, digest: str) -> None:
    assert client.get("/verify/", {"sha256": digest}).status_code == 422
    assert client.get("/verify/", {"sha256": digest, "format": "json"}).json()["status"] == 422


def test_an_unknown_hash_is_answered_with_what_may_be_the_reason(client: Client) -> None:
    assert _ask(client, "0" * 64) == []
    assert "not a certified file that you may know of" in client.get("/verify/", {"sha256": "0" * 64}).content.decode()


def test_of_what_is_withheld_only_its_owners_learn(client: Client) -> None:
    dataset = published(metadata_withheld=True)
    digest = file_of(dataset).sha256
    assert _ask(client, digest) == []
    assert len(_ask(signed_in(client, stock.person(is_manager=True)), digest)) == 1


def test_of_data_that_are_not_open_the_hash_tells_what_the_certificate_tells(client: Client) -> None:
    (found,) = _ask(client, file_of(published(release=PARTNERS_ONLY)).sha256)
    assert found["is_genuine"] is True


def test_what_was_withdrawn_since_is_said_to_be(client: Client) -> None:
    dataset = published()
    Dataset.objects.filter(pk=dataset.pk).update(state="withdrawn", withdrawn_at=stock.NOW)
    digest = file_of(dataset).sha256
    assert _ask(client, digest)[0]["status"] == "withdrawn"
    assert "The dataset has been withdrawn since" in client.get("/verify/", {"sha256": digest}).content.decode()


def test_a_certificate_by_a_revoked_key_is_refused_with_the_reason(client: Client) -> None:
    dataset = published()
    revoke_key(
        actor=Actor.system(), kid=SigningKey.objects.get().kid, reason="A backup lay open.", at=stock.NOW
    )  # fmt: skip
    digest = file_of(dataset).sha256
    assert _ask(client, digest)[0]["is_genuine"] is False
    page = client.get("/verify/", {"sha256": digest}).content.decode()
    assert "The certificate is refused" in page
    assert "A backup lay open." in page
