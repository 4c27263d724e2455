"""Certificates: built from records, issued as versions that never change, read back as issued."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairwatt.core.errors import Conflict, NotFound
from fairwatt.core.metadata import parse_certificate, to_schema_org
from fairwatt.records.models import AuditEvent, Dataset, Deposit, File, Procedure
from fairwatt.services.actors import Actor
from fairwatt.services.catalogues import CatalogueQuery, search_catalogue
from fairwatt.services.certificates import (
    certificate_of,
    draft_certificate,
    get_certificate,
    issue_version,
)
from fairwatt.services.readings_digests import hash_readings
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db

NOBODY = Actor.anonymous()
BASE = "http://127.0.0.1:8000"


def _full_dataset() -> Dataset:
    stock.trial("A1.2.1", {"P1": "Baseline the asset"})
    procedure = Procedure.objects.get(code="P1")
    row = stock.dataset(
        "School load",
        identifier="MVSA1.2.1-P1-LCH-D041",
        description="Load of a primary school, logged every half hour for a baseline.",
        keywords=["school"],
        provider=stock.organization("LCH"),
        receiver=stock.organization("GRID"),
        trial=procedure.trial,
        procedures=(procedure,),
        provenance="Logged at the incomer.",
        quality_statement="Compared with the supplier's meter.",
        place="Rose Hill",
        restrictions="None.",
        details=[{"procedure": "P1", "slug": "asset", "label": "Asset", "value": True, "unit": ""}],
        release={"public": NOW - DAY, "partner": NOW - 2 * DAY},
        period_start=datetime(2020, 6, 1, tzinfo=UTC),
        period_end=datetime(2020, 6, 2, tzinfo=UTC),
        resolution_s=1800.0,
        coverage=[1.0, 0.33333333],
        rows_total=48,
        readings_total=48,
    )
    user = stock.person("depositor")
    Deposit.objects.create(
        code="D-1234-5678",
        dataset=row,
        organization=row.provider,
        created_by=user,
        created_at=NOW - 10 * DAY,
        updated_at=NOW - 5 * DAY,
        submitted_at=NOW - 5 * DAY,
    )
    file = stock.file(row)
    stock.half_hours(file)
    stock.finding(file, "gaps", severity="info", count=1, message="One gap.")
    stock.finding(file, "missing-values", severity="warning", count=3)
    return row


def test_a_certificate_says_what_the_records_say() -> None:
    row = _full_dataset()
    file = row.files.get()
    made = certificate_of(row)
    assert made.is_draft
    assert made.leo_identifier == "MVSA1.2.1-P1-LCH-D041"
    assert (made.licensing.code, made.licensing.is_open) == ("CC-BY-4.0", True)
    assert made.date_of_data_validity.start == datetime(2020, 6, 1, tzinfo=UTC)
    assert made.dataset_url == f"{BASE}/datasets/{row.key}/"
    assert made.pid_url == f"{BASE}/ark:/99999/{row.key}"
    assert (made.data_provenance.logged_by, made.data_provenance.logged_at) == ("The LCH organisation", NOW - 5 * DAY)
    assert [p.code for p in made.procedures] == ["P1"]
    assert [(d.label, d.value) for d in made.details] == [("Asset", "yes")]
    assert made.coverage == (1.0, 0.333)
    assert [(c.field, c.unit_symbol, c.count) for c in made.channels] == [("active_power_l1_kw", "kW", 48)]
    assert made.channels[0].unit_uri.startswith("http://qudt.org/")
    (entry,) = made.files
    assert (entry.sha256, entry.size, entry.download_url) == (
        file.sha256,
        file.size,
        f"{BASE}/files/{file.key}/original",
    )
    assert entry.import_profile == made.import_profile != ""
    assert [(f.code, f.count, f.severity) for f in made.findings] == [
        ("missing-values", 3, "warning"),
        ("gaps", 1, "info"),
    ]
    assert [(r.audience, r.available_from) for r in made.access.releases] == [
        ("public", NOW - DAY),
        ("partner", NOW - 2 * DAY),
    ]
    assert made.level_of_provenancing.level == 4


def test_the_review_sees_what_approval_would_issue() -> None:
    row = _full_dataset()
    hash_readings(row, at=NOW)
    preview = certificate_of(row.deposit)
    version = issue_version(actor=Actor.system(), dataset=row, at=NOW, note="First")
    issued = parse_certificate(version.certificate)
    same = {"version", "versions", "issued_at", "issued_by", "readings_sha256"}
    assert preview.model_dump(exclude=same) == issued.model_dump(exclude=same)
    assert (issued.issued_at, issued.issued_by, issued.version.number, issued.version.note) == (
        NOW,
        "Fairwatt",
        1,
        "First",
    )


def test_issuing_keeps_certificate_and_digest_of_dataset_and_files() -> None:
    row = _full_dataset()
    manager = stock.person("manager", is_manager=True)
    version = issue_version(actor=stock.actor(manager), dataset=row, at=NOW, note="First")
    version.refresh_from_db()
    issued = parse_certificate(version.certificate)
    assert version.digest == issued.checksum
    assert (version.number, version.published_by, issued.version.pid) == (1, manager, f"ark:/99999/{version.key}")
    file = row.files.get()
    own = parse_certificate(file.certificate)
    assert (own.kind, own.title, own.pid, file.version) == ("file", "meter.csv", f"ark:/99999/{file.key}", version)
    assert own.part_of is not None
    assert own.part_of.pid_url == issued.pid_url
    assert own.level_of_provenancing.level == 4
    assert certificate_of(row) == issued
    assert certificate_of(file) == own
    event = AuditEvent.objects.get(verb="certificate.issued")
    assert event.detail == {"number": 1, "digest": version.digest, "files": 1}


def test_an_issued_certificate_stays_as_it_was_and_the_next_one_names_it() -> None:
    row = _full_dataset()
    first = issue_version(actor=Actor.system(), dataset=row, at=NOW)
    Dataset.objects.filter(pk=row.pk).update(title="School load, corrected")
    row.refresh_from_db()
    assert certificate_of(row).title == "School load"
    assert draft_certificate(row).title == "School load, corrected"
    second = issue_version(actor=Actor.system(), dataset=row, at=NOW + DAY, note="Corrected title")
    latest = certificate_of(row)
    assert (latest.title, [v.number for v in latest.versions]) == ("School load, corrected", [2, 1])
    assert to_schema_org(latest, at=NOW)["prov:wasRevisionOf"] == {"@id": f"{BASE}/ark:/99999/{first.key}"}
    assert get_certificate(actor=NOBODY, key=first.key, at=NOW).title == "School load"
    assert (
        get_certificate(actor=NOBODY, key=second.key, at=NOW)
        == latest
        == get_certificate(actor=NOBODY, key=row.key, at=NOW)
    )


def test_issuing_puts_a_dataset_into_the_search() -> None:
    row = _full_dataset()
    query = CatalogueQuery(text="incomer school half-hour active power")
    assert search_catalogue(actor=NOBODY, query=CatalogueQuery(text="school"), at=NOW).total == 0
    issue_version(actor=Actor.system(), dataset=row, at=NOW)
    assert search_catalogue(actor=NOBODY, query=CatalogueQuery(text="school meter.csv"), at=NOW).total == 1
    assert query.text


def test_a_file_that_waits_holds_the_version_back() -> None:
    row = _full_dataset()
    File.objects.update(state="questions")
    with pytest.raises(Conflict, match="has not been read yet: needs an answer"):
        issue_version(actor=Actor.system(), dataset=row, at=NOW)
    assert row.versions.count() == 0
    assert row.files.get().certificate is None


@pytest.mark.parametrize("kind", ["dataset", "file", "version"])
def test_certificates_of_what_one_may_not_know_of_are_not_there(kind: str) -> None:
    row = _full_dataset()
    version = issue_version(actor=Actor.system(), dataset=row, at=NOW)
    key = {"dataset": row.key, "file": row.files.get().key, "version": version.key}[kind]
    assert get_certificate(actor=NOBODY, key=key, at=NOW).pid_url
    Dataset.objects.update(metadata_withheld=True)
    with pytest.raises(NotFound):
        get_certificate(actor=NOBODY, key=key, at=NOW)
    with pytest.raises(NotFound):
        get_certificate(actor=NOBODY, key="nothing", at=NOW)


def test_a_preview_takes_as_many_queries_for_many_files_as_for_one() -> None:
    row = _full_dataset()

    def count() -> int:
        fresh = Dataset.objects.get(pk=row.pk)
        with CaptureQueriesContext(connection) as queries:
            draft_certificate(fresh)
        return len(queries)

    few = count()
    for _ in range(8):
        stock.channel(stock.file(row))
    assert count() == few <= 12


def test_a_link_alone_makes_a_certificate() -> None:
    row = stock.dataset(origin="background", link="https://source.example/data", state="published")
    version = issue_version(actor=Actor.system(), dataset=row, at=NOW)
    made = parse_certificate(version.certificate)
    assert (made.files, made.data_provenance.source) == ((), "https://source.example/data")
    assert made.level_of_provenancing.level == 1


def test_findings_of_one_kind_are_added_up_with_an_example() -> None:
    row = _full_dataset()
    (file,) = row.files.all()
    stock.finding(file, "missing-values", channel="Reactive Power", count=4, message="Four are missing.")

    made = certificate_of(row)

    assert [f.message for f in made.findings if f.code == "missing-values"] == [
        "7 in 2 channels. For example: Three readings are missing."
    ]


@pytest.mark.parametrize(
    ("extent", "bounds"),
    [
        ({"crs": "EPSG:4326", "bounds": [-1.5, 51.5, -1.25, 51.75]}, (-1.5, 51.5, -1.25, 51.75)),
        (
            {"crs": "EPSG:27700", "bounds": [4.5e5, 2e5, 4.6e5, 2.1e5], "bounds_wgs84": [-1.5, 51.5, -1.25, 51.75]},
            (-1.5, 51.5, -1.25, 51.75),
        ),
        ({"crs": "EPSG:27700", "bounds": [4.5e5, 2e5, 4.6e5, 2.1e5]}, ()),
        ({"crs": "EPSG:4326", "bounds": None}, ()),
    ],
    ids=["in degrees", "told in degrees too", "not in degrees", "empty"],
)
def test_where_a_map_lies_is_said_of_open_data_alone(extent: dict[str, Any], bounds: tuple[float, ...]) -> None:
    told = []
    for release in ({"public": NOW - DAY}, {"partner": NOW - DAY}):
        owner = stock.dataset(f"Areas for {next(iter(release))}", release=release)
        stock.file(owner, "areas.geojson", kind="spatial", extent={**extent, "fields": {"feeder": "text"}})
        issue_version(actor=Actor.system(), dataset=owner, at=NOW)
        (entry,) = certificate_of(owner).files
        told.append((entry.bounds, entry.attributes))

    assert told == [(bounds, ("feeder",)), ((), ("feeder",))]
