"""DOIs of datasets: registered after publishing, kept in step, hidden with what is gone, never in anybody's way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed
from fairwatt.core.metadata import parse_certificate, to_schema_org
from fairwatt.core.metadata.datacite import to_datacite
from fairwatt.records.models import AuditEvent, Dataset, DatasetVersion, Doi, Job, Notification
from fairwatt.services.catalogues import CatalogueQuery, search_catalogue
from fairwatt.services.certificates import certificate_of, issue_version
from fairwatt.services.dois import request_dois, schedule_dois
from fairwatt.services.erasures import confirmation_of, order_erasure
from fairwatt.services.listings import note_change
from fairwatt.services.standing import as_it_stands
from fairwatt.services.withdrawals import restore_dataset, withdraw_dataset
from fairwatt.services.worker import run_pending
from tests.connectors.datacite_server import PASSWORD, PREFIX, REPOSITORY, Repository, serve
from tests.portal.pages_stock import published
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WHY = "The clock of the logger was an hour late."


@pytest.fixture
def repository(settings: Any, tmp_path: Path) -> Iterator[Repository]:
    """The project has an account at a DataCite of its own."""
    with serve() as made:
        text = Path(settings.FAIRWATT_PROJECT_FILE).read_text()
        account = f'[datacite]\nprefix = "{PREFIX}"\nrepository = "{REPOSITORY}"\napi = "{made.api}"\n'
        settings.FAIRWATT_PROJECT_FILE = tmp_path / "project.toml"
        settings.FAIRWATT_PROJECT_FILE.write_text(f"{text}\n{account}")
        settings.FAIRWATT_DATACITE_PASSWORD = PASSWORD
        yield made


def work(at: datetime = NOW) -> None:
    """Let the worker do all that is due at an instant."""
    run_pending(worker="tests", clock=lambda: at)


def names(dataset: Dataset) -> list[str]:
    """The DOIs that a dataset and its versions should have, the dataset's first."""
    keys = [dataset.key, *dataset.versions.order_by("number").values_list("key", flat=True)]
    return [f"{PREFIX}/{key}".lower() for key in keys]


def manager() -> Any:
    return stock.actor(stock.person("mia", is_manager=True))


def withdraw(dataset: Dataset, at: datetime = NOW) -> None:
    withdraw_dataset(
        actor=manager(),
        dataset_key=dataset.key,
        reason=WHY,
        confirmation=confirmation_of(dataset, "dataset", ""),
        at=at,
    )
    dataset.refresh_from_db()


def test_a_dataset_and_its_version_are_reserved_and_then_made_findable(repository: Repository) -> None:
    dataset = published()
    assert repository.asked == []
    work()

    whole, first = names(dataset)
    assert repository.states() == {first: "findable", whole: "findable"}
    assert repository.asked == [
        ("POST", "/dois", ""),
        ("PUT", f"/dois/{first}", "publish"),
        ("POST", "/dois", ""),
        ("PUT", f"/dois/{whole}", "publish"),
    ]
    page = f"http://127.0.0.1:8000/datasets/{dataset.key}/"
    told, of_version = (repository.dois[name]["attributes"] for name in (whole, first))
    assert (told["url"], of_version["url"]) == (page, f"{page}?version=1")
    assert {"relationType": "HasVersion", "relatedIdentifierType": "DOI", "relatedIdentifier": first} in told[
        "relatedIdentifiers"
    ]
    assert {"relationType": "IsVersionOf", "relatedIdentifierType": "DOI", "relatedIdentifier": whole} in of_version[
        "relatedIdentifiers"
    ]
    assert set(AuditEvent.objects.filter(verb="doi.registered").values_list("detail__doi", flat=True)) == {whole, first}


def test_nothing_is_sent_twice_and_a_new_version_is_sent_with_what_it_changes(repository: Repository) -> None:
    dataset = published()
    work()
    repository.asked.clear()
    note_change(dataset, at=NOW)
    work()
    assert repository.asked == []

    issue_version(actor=manager(), dataset=dataset, at=NOW, note="Mended.")
    work()

    whole, first, second = names(dataset)
    assert [(method, path.removeprefix("/dois/")) for method, path, _ in repository.asked] == [
        ("PUT", first),  # there is a version after it now
        ("POST", "/dois"),
        ("PUT", second),
        ("PUT", whole),
    ]
    related = {
        (one["relationType"], one["relatedIdentifier"])
        for one in repository.dois[second]["attributes"]["relatedIdentifiers"]
    }
    assert {("IsVersionOf", whole), ("IsNewVersionOf", first)} <= related


def test_what_is_withdrawn_is_hidden_what_comes_back_is_findable_and_what_is_erased_says_so(
    repository: Repository,
) -> None:
    dataset = published()
    work()
    withdraw(dataset)
    work()
    assert set(repository.states().values()) == {"registered"}
    assert all(WHY in str(held["attributes"]["descriptions"]) for held in repository.dois.values())

    restore_dataset(actor=manager(), dataset_key=dataset.key, reason="The clock was mended in all files.", at=NOW + DAY)
    work(NOW + DAY)
    assert set(repository.states().values()) == {"findable"}
    assert WHY not in str(repository.dois)

    order_erasure(
        actor=manager(), dataset_key=dataset.key, kind="dataset", reason=WHY,
        confirmation=confirmation_of(dataset, "dataset", ""), at=NOW + 2 * DAY,
    )  # fmt: skip
    work(NOW + 2 * DAY)
    assert set(repository.states().values()) == {"registered"}
    assert f"Erased on 3 Jun 2026: {WHY}" in str(repository.dois[names(dataset)[0]]["attributes"]["descriptions"])


def test_a_description_that_is_withheld_is_never_sent_and_taken_back_where_it_was(repository: Repository) -> None:
    published("Never told", metadata_withheld=True, identifier="X1")
    work()
    assert repository.asked == []
    assert schedule_dois(at=NOW) == 0

    dataset = published("Told once", identifier="X2")
    work()
    Dataset.objects.filter(pk=dataset.pk).update(metadata_withheld=True)
    dataset.refresh_from_db()
    note_change(dataset, at=NOW + HOUR)
    work(NOW + HOUR)
    assert set(repository.states().values()) == {"registered"}
    assert "Told once" not in str(repository.dois)
    assert "primary school" not in str(repository.dois)


def test_a_file_has_no_doi_and_is_part_of_what_has_one(repository: Repository) -> None:
    dataset = published("Of a DOI")
    work()
    whole, _ = names(dataset)
    certificate = certificate_of(dataset.files.get())
    standing = as_it_stands(certificate, dataset)

    assert (standing.doi, certificate.checksum) == ("", certificate_of(dataset.files.get()).checksum)
    assert {"relationType": "IsPartOf", "relatedIdentifierType": "DOI", "relatedIdentifier": whole} in to_datacite(
        standing, at=NOW
    )["relatedIdentifiers"]
    assert to_schema_org(standing, at=NOW)["isPartOf"]["sameAs"].endswith(whole)


def test_what_was_withdrawn_before_there_was_an_account_gets_no_doi(repository: Repository) -> None:
    dataset = published()
    Job.objects.all().delete()
    withdraw(dataset)
    work()
    assert repository.asked == []
    assert not Doi.objects.exists()


def test_datasets_from_before_the_account_are_given_theirs(repository: Repository) -> None:
    for number in range(3):
        published(f"Old {number}", identifier=f"OLD{number}")
    Job.objects.all().delete()

    assert (schedule_dois(at=NOW), schedule_dois(at=NOW)) == (3, 0)
    work()

    assert set(repository.states().values()) == {"findable"}
    assert len(repository.dois) == 6
    assert schedule_dois(at=NOW + DAY) == 0


def test_a_busy_datacite_is_asked_again_when_it_said(repository: Repository) -> None:
    dataset = published()
    repository.fail(429, Retry_After="600")
    work()
    job = Job.objects.get()
    assert (job.state, job.run_after, job.attempts) == ("queued", NOW + timedelta(seconds=600), 1)
    work(NOW + timedelta(seconds=599))
    assert len(repository.asked) == 1
    work(NOW + timedelta(seconds=600))
    assert repository.states()[names(dataset)[0]] == "findable"


def test_an_attempt_that_was_cut_off_is_taken_up_where_it_stopped(repository: Repository) -> None:
    dataset = published()
    whole, first = names(dataset)
    repository.dois[first] = {"state": "draft", "attributes": {}}
    repository.fail(503)
    work()
    work(NOW + HOUR)
    assert repository.states() == {first: "findable", whole: "findable"}
    assert ("GET", f"/dois/{first}", "") in repository.asked


def test_publishing_goes_on_without_datacite_and_managers_are_told_once(repository: Repository, client: Client) -> None:
    boss = stock.person("boss", is_manager=True)
    repository.fail(500, times=100)
    dataset = published()
    for hours in range(8):
        work(NOW + hours * HOUR)
    assert Job.objects.get().state == "failed"
    told = Notification.objects.filter(recipient=boss)
    assert told.get().text == (
        "The DOI of “School load” could not be registered. DataCite does not answer as it should (500). "
        "It is tried again every hour."
    )
    page = client.get(f"/datasets/{dataset.key}/").content.decode()
    assert (client.get(f"/datasets/{dataset.key}/").status_code, PREFIX in page) == (200, False)

    assert schedule_dois(at=NOW + 10 * HOUR) == 1
    for hours in range(10, 18):
        work(NOW + hours * HOUR)
    assert told.count() == 1

    repository.troubles.clear()
    assert schedule_dois(at=NOW + 20 * HOUR) == 1
    work(NOW + 20 * HOUR)
    assert set(repository.states().values()) == {"findable"}
    assert set(Doi.objects.values_list("error", flat=True)) == {""}


def test_a_wrong_password_is_told_and_not_tried_again_at_once(repository: Repository, settings: Any) -> None:
    settings.FAIRWATT_DATACITE_PASSWORD = "wrong"
    boss = stock.person("boss", is_manager=True)
    published()
    work()
    assert [(job.state, job.attempts) for job in Job.objects.all()] == [("failed", 1)]
    assert "DataCite refuses the repository account." in Notification.objects.get(recipient=boss).text
    assert "wrong" not in Notification.objects.get(recipient=boss).text


def test_that_the_account_is_refused_is_told_once_for_all_datasets(repository: Repository, settings: Any) -> None:
    settings.FAIRWATT_DATACITE_PASSWORD = "wrong"
    boss = stock.person("boss", is_manager=True)
    for number in range(3):
        published(identifier=f"LEOD{number}")
    work()
    assert (Doi.objects.filter(error="").count(), Notification.objects.filter(recipient=boss).count()) == (0, 1)


def test_a_refused_account_is_not_tried_again_until_it_is_another_or_somebody_asks(
    repository: Repository, settings: Any
) -> None:
    settings.FAIRWATT_DATACITE_PASSWORD = "wrong"
    boss = stock.person("boss", is_manager=True)
    first = published(identifier="LEOD1")
    published(identifier="LEOD2")
    work()
    assert len(repository.asked) == 1
    assert Notification.objects.get(recipient=boss).text.endswith(
        "Nothing more is sent there until the account or its password is another, or somebody asks for it."
    )

    assert schedule_dois(at=NOW + DAY) == 0
    published(identifier="LEOD3")
    work(NOW + DAY)
    request_dois(actor=manager(), dataset_key=first.key, at=NOW + DAY)
    work(NOW + DAY)
    assert (len(repository.asked), Notification.objects.filter(recipient=boss).count()) == (2, 1)

    settings.FAIRWATT_DATACITE_PASSWORD = PASSWORD
    assert schedule_dois(at=NOW + DAY) == 3
    work(NOW + DAY)
    assert (len(repository.states()), set(repository.states().values())) == (6, {"findable"})
    assert not any("wrong" in str(job.payload) for job in Job.objects.all())


def test_an_account_that_is_taken_again_goes_on_with_everything(repository: Repository) -> None:
    repository.fail(401)
    first = published(identifier="LEOD1")
    published(identifier="LEOD2")
    work()
    assert (repository.states(), schedule_dois(at=NOW + HOUR)) == ({}, 0)
    request_dois(actor=manager(), dataset_key=first.key, at=NOW + HOUR)
    work(NOW + HOUR)
    assert (len(repository.states()), schedule_dois(at=NOW + HOUR)) == (2, 1)


def test_a_doi_of_an_earlier_prefix_that_is_refused_holds_up_no_other(repository: Repository) -> None:
    old = published(identifier="LEOD1")
    work()
    Doi.objects.filter(dataset=old, version=None).update(name=f"10.9999/{old.key}", state="wanted", sent_sha256="")
    request_dois(actor=manager(), dataset_key=old.key, at=NOW + HOUR)
    published(identifier="LEOD2")
    work(NOW + HOUR)
    assert "ask DataCite to transfer it" in Doi.objects.get(dataset=old, version=None).error
    assert Doi.objects.exclude(dataset=old).filter(state="findable").count() == 2


def test_what_datacite_does_not_take_leaves_a_draft_and_the_reason(repository: Repository) -> None:
    dataset = published()
    repository.troubles.extend([(201, {}, _draft(names(dataset)[1])), (422, {}, '{"errors":[{"title":"URL is bad"}]}')])
    work()
    (first, whole) = Doi.objects.order_by("version_id")
    assert {first.state, whole.state} == {"draft", "wanted"}
    assert "URL is bad" in first.error


def _draft(name: str) -> str:
    return json.dumps({"data": {"id": name, "attributes": {"state": "draft"}}})


def test_a_doi_is_shown_once_it_can_be_followed_in_every_form_and_never_in_what_was_signed(
    repository: Repository, client: Client
) -> None:
    dataset = published()
    issued = dataset.versions.get().certificate
    before = client.get(f"/datasets/{dataset.key}/").content.decode()
    work()

    whole, first = names(dataset)
    address = f"https://handle.test.datacite.org/{whole}"
    page = client.get(f"/datasets/{dataset.key}/")
    assert whole not in before
    assert f'href="{address}"' in page.content.decode()
    assert f'<{address}>; rel="cite-as"' in page["Link"]
    assert f"[Dataset] {address}" in page.content.decode()
    for ending in (
        "jsonld", "ttl", "rdf", "dcat.jsonld", "datacite.json", "datacite.xml", "oai_dc.xml", "datapackage.json",
        "csv-metadata.json", "ro-crate-metadata.json", "croissant.json", "linkset.json",
    ):  # fmt: skip
        assert whole in client.get(f"/datasets/{dataset.key}.{ending}").content.decode(), ending
    for ending in ("jsonld", "ttl", "datacite.json"):
        assert first in client.get(f"/datasets/{dataset.key}.{ending}").content.decode(), ending
    assert whole in client.get(f"/datasets/{dataset.key}/certificate/").content.decode()
    assert client.get(f"/datasets/{dataset.key}/certificate.pdf").status_code == 200
    assert whole not in client.get(f"/datasets/{dataset.key}.certificate.json").content.decode()
    assert DatasetVersion.objects.get().certificate == issued
    assert as_it_stands(parse_certificate(issued), dataset).version.doi_url.endswith(first)


@pytest.mark.parametrize(
    "asked", ["{}", "https://doi.org/{}", "doi:{}", "http://dx.doi.org/{}"], ids=["bare", "address", "doi", "dx"]
)
def test_a_search_for_a_doi_finds_its_dataset(repository: Repository, asked: str) -> None:
    published("Another", identifier="OTHER")
    dataset = published()
    work()
    for name in names(dataset):
        query = CatalogueQuery(text=asked.format(name))
        found = search_catalogue(actor=stock.actor(), query=query, at=NOW)
        assert [entry.key for entry in found.items] == [dataset.key]
    assert repository.dois


def test_the_portal_leads_from_a_doi_to_the_page(repository: Repository, client: Client) -> None:
    dataset = published()
    work()
    whole, first = names(dataset)
    page = f"/datasets/{dataset.key}/"
    assert [client.get(f"/doi/{name}")["Location"] for name in (whole, whole.upper())] == [page] * 2
    assert client.get(f"/doi/{first}")["Location"] == f"{page}?version=1"
    assert client.get(f"/doi/{PREFIX}/unknown").status_code == 404
    Dataset.objects.filter(pk=dataset.pk).update(metadata_withheld=True)
    assert client.get(f"/doi/{whole}").status_code == 404
    assert repository.dois


def test_only_managers_ask_for_it_and_only_of_what_may_have_one(repository: Repository, settings: Any) -> None:
    dataset, draft = published(), stock.dataset("Draft", state="draft", published_at=None)
    work()
    with pytest.raises(NotAllowed):
        request_dois(actor=stock.actor(stock.person()), dataset_key=dataset.key, at=NOW)
    with pytest.raises(Conflict):
        request_dois(actor=manager(), dataset_key=draft.key, at=NOW)
    request_dois(actor=manager(), dataset_key=dataset.key, at=NOW)
    assert Job.objects.filter(state="queued").count() == 1
    settings.FAIRWATT_DATACITE_PASSWORD = ""
    with pytest.raises(InvalidInput, match="FAIRWATT_DATACITE_PASSWORD"):
        request_dois(actor=manager(), dataset_key=dataset.key, at=NOW)
    assert repository.dois


def test_without_an_account_nothing_is_ordered() -> None:
    published()
    assert (Job.objects.count(), schedule_dois(at=NOW)) == (0, 0)
