"""After a part was erased: every face says so and leads to nothing that is gone; a new version leaves it out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from fairwatt.core.metadata import parse_certificate
from fairwatt.records.models import Dataset, File, FileFinding, Listing
from fairwatt.records.search import rank_matches
from fairwatt.services.certificates import issue_version
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.erasures import confirmation_of, order_erasure
from fairwatt.services.listings import note_change
from fairwatt.services.site_maps import list_pages
from fairwatt.services.standing import as_it_stands, find_losses
from fairwatt.services.withdrawals import withdraw_dataset, withdrawal_of
from fairwatt.services.worker import run_pending
from tests.portal.test_downloads import body
from tests.services import stock
from tests.services.entries import manager
from tests.services.test_erasures import PROFILE, SECRET, WHY, content

pytestmark = pytest.mark.django_db
NOW = stock.NOW
LATER, LAST = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
SENTENCE = "Parts were erased on 1 Jun 2026"
FORMS = (
    "jsonld",
    "ttl",
    "rdf",
    "dcat.jsonld",
    "linkset.json",
    "croissant.json",
    "datapackage.json",
    "ro-crate-metadata.json",
    "datacite.json",
    "oemetadata.json",
    "csv-metadata.json",
    "oai_dc.xml",
)
SILENT = ("linkset.json",)  # a linkset holds links alone


@pytest.fixture
def homes() -> Dataset:
    """Two days: the first of two meters, the second of one; published as version 1."""
    dataset = stock.dataset(
        "Homes",
        release=dict.fromkeys(("public", "external", "partner"), NOW - stock.DAY),
        identifier="LEOD7",
        description="Power that two homes took from the grid, every ten minutes.",
    )
    for name, day, meters in (("zebra.csv", 0, (SECRET, "b")), ("okapi.csv", 1, ("b",))):
        file = stock.file(dataset, name)
        stock.fill_lake(file, PROFILE, content(day, meters))
        File.objects.filter(pk=file.pk).update(series_count=len(meters))
        stock.finding(file)
    update_totals(dataset, at=NOW)
    issue_version(actor=manager(), dataset=dataset, at=NOW)
    return dataset


def erase(dataset: Dataset, kind: str, target: str = "", *, reason: str = WHY, carried_out: bool = True) -> None:
    order_erasure(
        actor=manager(),
        dataset_key=dataset.key,
        kind=kind,
        target=target,
        reason=reason,
        confirmation=confirmation_of(dataset, kind, target),
        at=LATER,
    )
    if carried_out:
        run_pending(worker="tests", clock=lambda: LAST)
    dataset.refresh_from_db()


def faces(client: Client, dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Everything that programs are told of a dataset, by address."""
    page = client.get(f"/datasets/{dataset.key}/")
    yield "Link", page["Link"]
    yield "page", page.content.decode()
    for ending in FORMS:
        answer = client.get(f"/datasets/{dataset.key}.{ending}")
        yield ending, answer.content.decode() if answer.status_code == 200 else ""
        yield f"Link of {ending}", answer.get("Link", "")
    for address in (
        "/catalogue.ttl",
        f"/api/3/action/package_show?id={dataset.key}",
        "/oai?verb=ListRecords&metadataPrefix=dcat_ap",
    ):
        yield address, client.get(address).content.decode()


def test_no_face_leads_to_a_file_that_was_erased_and_every_one_says_that_parts_were(
    homes: Dataset, client: Client
) -> None:
    file = homes.files.get(name="zebra.csv")
    size = f'"{file.size} B"'
    erase(homes, "file", file.key)
    for face, told in faces(client, homes):
        assert f"/files/{file.key}/original" not in told, face
        assert file.sha256 not in told, face
        assert size not in told, face
        if face in FORMS and face not in SILENT:
            assert SENTENCE in told, face
        if face in FORMS:
            assert f"/files/{homes.files.get(name='okapi.csv').key}/original" in told or face in (
                "csv-metadata.json",
                "datacite.json",
                "oai_dc.xml",
            ), face
    gone = client.get(f"/files/{file.key}/")
    assert (gone.status_code, "/original" in gone["Link"], "/original" in gone.content.decode()) == (200, False, False)
    assert client.get(f"/api/3/action/resource_show?id={file.key}").status_code == 404
    told = client.get(f"/api/v1/files/{file.key}").json()
    assert (told["name"], told["size"], told["sha256"]) == ("zebra.csv", 0, "")


def test_its_name_is_searched_no_more_and_its_page_is_in_no_site_map(homes: Dataset) -> None:
    file = homes.files.get(name="zebra.csv")
    assert rank_matches("zebra") == [homes.pk]
    erase(homes, "file", file.key, carried_out=False)
    assert rank_matches("zebra") == []
    assert rank_matches("okapi") == [homes.pk]
    erase_done(homes)
    assert rank_matches("zebra") == []
    block = file.pk // 5_000
    assert [path for path, _ in list_pages("files", block)] == [f"/files/{homes.files.get(name='okapi.csv').key}/"]


def erase_done(dataset: Dataset) -> None:
    run_pending(worker="tests", clock=lambda: LAST)
    dataset.refresh_from_db()


@pytest.mark.parametrize("kind", ["file", "series"])
def test_harvesters_learn_of_it_when_it_is_ordered_and_when_it_is_done(homes: Dataset, kind: str) -> None:
    target = homes.files.get(name="zebra.csv").key if kind == "file" else SECRET
    note_change(homes, at=NOW)
    erase(homes, kind, target, carried_out=False)
    assert Listing.objects.get(dataset=homes).changed_at == LATER
    erase_done(homes)
    assert Listing.objects.get(dataset=homes).changed_at == LAST


def test_what_was_certified_of_a_series_is_counted_no_more(homes: Dataset) -> None:
    issued = parse_certificate(homes.versions.get().certificate)
    before = (issued.rows, issued.readings, issued.series_count, [c.count for c in issued.channels])
    assert before == (432, 432, 2, [432])
    assert as_it_stands(issued, homes) == issued
    erase(homes, "series", SECRET)
    now = parse_certificate(homes.versions.get().certificate)
    assert as_it_stands(now, homes) == now
    assert (now.issue, now.version, now.issued_at) == (2, issued.version, LAST)
    assert (now.rows, now.readings, now.series_count, [c.count for c in now.channels]) == (288, 288, 1, [288])
    assert now.readings_sha256 not in {"", issued.readings_sha256}
    zebra, okapi = now.files
    assert (zebra.name, zebra.rows, zebra.size, zebra.sha256, zebra.download_url) == ("zebra.csv", 144, 0, "", "")
    assert zebra.readings_sha256 not in {"", issued.files[0].readings_sha256}
    assert okapi == issued.files[1]
    assert now.findings == ()
    assert now.standing.startswith(SENTENCE)


def test_a_new_version_leaves_erased_files_out_and_says_nothing_of_them(homes: Dataset, client: Client) -> None:
    file = homes.files.get(name="zebra.csv")
    erase(homes, "file", file.key)
    at = LAST + timedelta(hours=1)
    version = issue_version(actor=manager(), dataset=homes, at=at, note="Without what was erased.")
    issued = parse_certificate(version.certificate)
    assert [(entry.name, entry.rows) for entry in issued.files] == [("okapi.csv", 144)]
    assert (issued.rows, issued.readings, issued.series_count) == (144, 144, 1)
    homes.refresh_from_db()
    assert as_it_stands(issued, homes) == issued
    first = as_it_stands(parse_certificate(homes.versions.get(number=1).certificate), homes)
    assert ([entry.name for entry in first.files], first.rows) == (["okapi.csv"], 144)
    assert client.get(f"/files/{file.key}.certificate.json").json()["version"]["number"] == 1


@pytest.mark.parametrize("carried_out", [False, True], ids=["ordered", "done"])
def test_nothing_tells_where_an_erased_map_lay(client: Client, *, carried_out: bool) -> None:
    areas = stock.dataset("Areas", release={"public": NOW - stock.DAY}, description="The areas that feeders serve.")
    extent = {"crs": "EPSG:4326", "bounds": [-1.53125, 51.5, -1.25, 51.75], "fields": {"feeder_of_area": "text"}}
    file = stock.file(areas, "areas.geojson", kind="spatial", extent=extent)
    stock.file(areas, "notes.txt", kind="document")
    issue_version(actor=manager(), dataset=areas, at=NOW)
    assert "-1.53125" in client.get(f"/files/{file.key}.jsonld").content.decode()

    erase(areas, "file", file.key, carried_out=carried_out)

    for address in (f"/files/{file.key}", f"/datasets/{areas.key}"):
        for ending in (".jsonld", ".ttl", "/"):
            told = client.get(address + ending).content.decode()
            assert ("-1.53125" in told, "feeder_of_area" in told) == (False, False), address + ending


def test_a_new_version_after_a_series_names_no_original_that_is_gone(homes: Dataset) -> None:
    erase(homes, "series", SECRET)
    at = LAST + timedelta(hours=1)
    version = issue_version(actor=manager(), dataset=homes, at=at, note="Without what was erased.")
    zebra, okapi = parse_certificate(version.certificate).files
    assert (zebra.rows, zebra.size, zebra.sha256, zebra.download_url) == (144, 0, "", "")
    assert len(zebra.readings_sha256) == 64
    assert okapi.download_url.endswith(f"{homes.files.get(name='okapi.csv').key}/original")


@pytest.mark.parametrize("kind", ["file", "series"])
def test_whoever_asks_by_hash_is_told_that_parts_were_erased_since(homes: Dataset, client: Client, kind: str) -> None:
    file = homes.files.get(name="zebra.csv")
    readings = homes.versions.get().readings_sha256
    erase(homes, kind, file.key if kind == "file" else SECRET)
    for digest in (readings, file.sha256):
        (found,) = client.get("/verify/", {"sha256": digest, "format": "json"}).json()["found"]
        assert (found["status"], found["is_genuine"]) == ("published", True)
        assert found["standing"].startswith(SENTENCE)
        assert SENTENCE in client.get("/verify/", {"sha256": digest}).content.decode()
    other = homes.files.get(name="okapi.csv").sha256
    assert client.get("/verify/", {"sha256": other, "format": "json"}).json()["found"][0]["standing"] == ""
    fresh = body(client.get(f"/datasets/{homes.key}/readings.csv"))
    (left,) = client.get("/verify/", {"sha256": sha256(fresh).hexdigest(), "format": "json"}).json()["found"][:1]
    assert (left["is_genuine"], left["is_latest"]) == (True, True)
    assert left["standing"] == "Parts were erased on 1 Jun 2026: the certificate was issued anew for what is left."


@pytest.mark.parametrize("how", ["withdrawn", "erased"])
def test_forms_of_what_can_not_be_had_offer_nothing_and_say_so(homes: Dataset, client: Client, how: str) -> None:
    if how == "erased":
        erase(homes, "dataset")
    else:
        withdraw(homes)
    for face, told in faces(client, homes):
        assert "/original" not in told, face
        assert "/readings." not in told, face
        if face in FORMS and face not in (*SILENT, "csv-metadata.json"):
            assert f"{how.capitalize()} on 1 Jun 2026" in told, face
        assert "Use it in code" not in told, face


def withdraw(dataset: Dataset, reason: str = "The clock was an hour late.") -> datetime:
    withdraw_dataset(
        actor=manager(),
        dataset_key=dataset.key,
        reason=reason,
        confirmation=dataset.identifier,
        decided_by="Board A",
        at=LATER,
    )
    dataset.refresh_from_db()
    return LATER


def test_erasing_what_was_withdrawn_is_said_with_its_own_reason_and_not_by_who_withdrew_it(homes: Dataset) -> None:
    withdraw(homes)
    erase(homes, "dataset")
    gone = withdrawal_of(homes)
    assert gone is not None
    assert gone.sentence == (
        f"Erased on 1 Jun 2026: {WHY} Withdrawn on 1 Jun 2026 by Board A: The clock was an hour late."
    )
    assert gone.decided_by == ""


def test_a_package_has_no_size_and_no_hash_of_an_original_that_is_gone(homes: Dataset, client: Client) -> None:
    erase(homes, "series", SECRET)
    assert not FileFinding.objects.filter(file__name="zebra.csv").exists()
    told = client.get(f"/api/3/action/package_show?id={homes.key}").json()["result"]
    zebra = next(row for row in told["resources"] if row["name"] == "zebra.csv")
    assert (zebra["size"], zebra["hash"], zebra["download_url"]) == (None, "", "")
    assert SENTENCE in told["notes"]
    assert json.dumps(told).count("/original") == 2, "the other's, as url and as download_url"


def test_lists_of_many_datasets_ask_once_what_was_erased(
    homes: Dataset, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    others = [stock.dataset("Untouched"), stock.dataset("Untouched too")]
    with django_assert_num_queries(2):
        assert not any(loss.erasures for loss in find_losses([homes, *others]).values())
    erase(homes, "series", SECRET)
    with django_assert_num_queries(5):
        losses = find_losses([homes, *others])
    assert [len(losses[dataset.pk].erasures) for dataset in (homes, *others)] == [1, 0, 0]
    issued = parse_certificate(homes.versions.get().certificate)
    with django_assert_num_queries(0):
        assert as_it_stands(issued, homes, loss=losses[homes.pk]).rows == 288
