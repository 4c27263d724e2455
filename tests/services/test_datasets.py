"""Datasets, files, original bytes and permanent identifiers, for whoever may see them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairwatt.core.errors import NotAllowed, NotFound
from fairwatt.records.models import AuditEvent
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from fairwatt.services.datasets import citation, get_dataset, get_file, open_original, resolve_ark
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db

NOBODY = Actor.anonymous()


def test_a_dataset_page_takes_as_many_queries_for_many_files_as_for_one() -> None:
    row = stock.dataset(release={"public": NOW - DAY, "partner": NOW - DAY})
    user = stock.actor(stock.person(organization=stock.organization("LCH")))

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            found = get_dataset(actor=user, key=row.key, at=NOW)
            assert [rule.audience for rule in found.release_rules.all()] == ["public", "partner"]
            assert [file.name for file in found.files.all()]
            assert found.provider is not None
            list(found.procedures.all())
            list(found.versions.all())
        return len(queries)

    stock.channel(stock.file(row))
    few = count()
    for _ in range(10):
        stock.channel(stock.file(row))
    assert count() == few <= 12


def test_what_one_may_not_know_of_is_not_there() -> None:
    withheld = stock.dataset(metadata_withheld=True)
    file = stock.file(withheld)
    for ask in (
        lambda: get_dataset(actor=NOBODY, key=withheld.key, at=NOW),
        lambda: get_dataset(actor=NOBODY, key="nothing", at=NOW),
        lambda: get_file(actor=NOBODY, key=file.key, at=NOW),
        lambda: get_file(actor=NOBODY, key="nothing", at=NOW),
        lambda: citation(actor=NOBODY, key=file.key, at=NOW),
        lambda: open_original(actor=NOBODY, file_key=file.key, at=NOW),
        lambda: resolve_ark(actor=NOBODY, ark=withheld.key, at=NOW),
        lambda: resolve_ark(actor=NOBODY, ark=file.key, at=NOW),
    ):
        with pytest.raises(NotFound):
            ask()
    manager = stock.actor(stock.person(is_manager=True))
    assert get_dataset(actor=manager, key=withheld.key, at=NOW) == withheld
    assert get_file(actor=manager, key=file.key, at=NOW) == file


def test_original_bytes_come_as_they_were_received_and_are_logged_once() -> None:
    row = stock.dataset(release={"public": NOW - DAY})
    file = stock.file(row, "meter.csv")
    stock.half_hours(file)
    original = open_original(actor=NOBODY, file_key=file.key, at=NOW)
    content = original.path.read_bytes()
    assert content.startswith(b"Time,Active Power L1\n2020-06-01 00:00,0.0\n")
    assert (original.name, original.size, original.sha256) == ("meter.csv", len(content), file.sha256)
    open_original(actor=NOBODY, file_key=file.key, at=NOW, is_first=False)
    event = AuditEvent.objects.get()
    assert (event.verb, event.subject_label, event.dataset_key) == ("file.downloaded", "meter.csv", row.key)


def test_original_bytes_are_refused_to_whoever_may_not_have_the_data() -> None:
    file = stock.file(stock.dataset())
    with pytest.raises(NotAllowed):
        open_original(actor=NOBODY, file_key=file.key, at=NOW)
    assert AuditEvent.objects.count() == 0


def test_bytes_that_are_gone_are_said_to_be() -> None:
    file = stock.file(stock.dataset(release={"public": NOW - DAY}))
    with pytest.raises(NotFound, match="are not in this platform's store"):
        open_original(actor=NOBODY, file_key=file.key, at=NOW)


def test_an_ark_leads_to_dataset_version_and_file_however_it_is_spelled() -> None:
    row = stock.dataset(release={"public": NOW - DAY})
    file = stock.file(row)
    version = issue_version(actor=Actor.system(), dataset=row, at=NOW)
    for spelling in ("ark:/99999/{}", "ark:99999/{}", "99999/{}", "{}", "ARK:/99999/{}", "ark:/99999/{}/"):
        found = resolve_ark(actor=NOBODY, ark=spelling.format(row.key), at=NOW)
        assert (found.kind, found.key, found.path) == ("dataset", row.key, f"/datasets/{row.key}/")
    hyphened = f"{row.key[:4]}-{row.key[4:]}"
    assert resolve_ark(actor=NOBODY, ark=f"ark:/99999/{hyphened}", at=NOW).key == row.key
    found = resolve_ark(actor=NOBODY, ark=f"ark:/99999/{version.key}", at=NOW)
    assert (found.kind, found.version, found.path) == ("version", 1, f"/datasets/{row.key}/?version=1")
    found = resolve_ark(actor=NOBODY, ark=f"ark:/99999/{file.key}", at=NOW)
    assert (found.kind, found.dataset_key, found.path) == ("file", row.key, f"/files/{file.key}/")


@pytest.mark.parametrize(
    ("ark", "message"),
    [
        ("ark:/12345/0000000gnp8", "was not given out here"),
        ("ark:/99999/0000000gnp8", "Nothing is known under ark:/99999/0000000gnp8"),
        ("ark:/99999/0000000gnp9", "mistyped"),
        ("ark:/99999/", "mistyped"),
        ("ark:/99999/a/b/c", "was not given out here"),
        ("", "mistyped"),
        ("ark:/99999/../../etc", "was not given out here"),
    ],
)
def test_an_ark_that_leads_nowhere_says_why(ark: str, message: str) -> None:
    with pytest.raises(NotFound, match=message):
        resolve_ark(actor=NOBODY, ark=ark, at=NOW)


def test_a_dataset_and_a_file_are_cited() -> None:
    row = stock.dataset("School load")
    file = stock.file(row, "meter.csv")
    issue_version(actor=Actor.system(), dataset=row, at=NOW)
    assert citation(actor=NOBODY, key=row.key, at=NOW).text == (
        "The TCC organisation (2026): School load. Version 1. Testshire County Council. "
        f"[Dataset] http://127.0.0.1:8000/ark:/99999/{row.key}"
    )
    assert "meter.csv. In: School load. Version 1." in citation(actor=NOBODY, key=file.key, at=NOW).text
