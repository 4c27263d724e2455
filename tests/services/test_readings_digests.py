"""The hashes of readings: made once, again when a file was read anew, by a worker where there is much of it."""

from __future__ import annotations

from hashlib import sha256

import pytest

from fairwatt.core.errors import Conflict
from fairwatt.core.metadata import chain_of, parse_certificate
from fairwatt.records.models import Dataset, File, Job, LiveFeed, ReadingsDigest
from fairwatt.services import readings_digests
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.live_feeds import open_live_feed
from fairwatt.services.readings import ReadingSelection, hand_out_readings
from fairwatt.services.readings_digests import hash_readings, prepare_hashes, require_hashed
from fairwatt.services.worker import run_pending
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system()


def _two_files() -> Dataset:
    dataset = stock.dataset()
    for number, name in enumerate(("first.csv", "second.csv")):
        stock.half_hours(stock.file(dataset, name), begin=NOW.replace(hour=0) + number * DAY)
    update_totals(dataset, at=NOW)
    return dataset


def _downloaded(dataset: Dataset, file: File | None = None) -> str:
    """The sha256 of what a reader downloads."""
    selection = ReadingSelection(format="csv", file_key=file.key if file else None)
    manager = stock.actor(stock.person(is_manager=True))
    handed = hand_out_readings(actor=manager, dataset_key=dataset.key, selection=selection, at=NOW, as_file=True)
    assert handed.path is not None
    return sha256(handed.path.read_bytes()).hexdigest()


def test_certified_are_just_the_bytes_of_the_download() -> None:
    dataset = _two_files()
    version = issue_version(actor=SYSTEM, dataset=dataset, at=NOW)
    certificate = parse_certificate(version.certificate)
    assert certificate.readings_sha256 == version.readings_sha256 == _downloaded(dataset)
    by_name = {entry.name: entry.readings_sha256 for entry in certificate.files}
    assert by_name == {file.name: _downloaded(dataset, file) for file in dataset.files.all()}
    assert chain_of(certificate)[-1].made_from == tuple(by_name.values())


def test_what_was_hashed_is_not_hashed_again_until_a_file_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = _two_files()
    first = hash_readings(dataset, at=NOW)
    hashed: list[str | None] = []
    real = readings_digests._hash

    def note(owner: Dataset, key: str | None) -> str:
        hashed.append(key)
        return real(owner, key)

    monkeypatch.setattr(readings_digests, "_hash", note)
    assert hash_readings(dataset, at=NOW) == first
    assert hashed == []
    again = dataset.files.get(name="second.csv")
    File.objects.filter(pk=again.pk).update(readings_sha256="")  # as reading it anew does
    assert hash_readings(dataset, at=NOW) == first
    assert hashed == [again.key]
    assert ReadingsDigest.objects.filter(dataset=dataset).count() == 1


def test_much_is_hashed_by_a_worker_and_published_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings_digests, "_AT_ONCE_ROWS", 10)
    dataset = _two_files()
    prepare_hashes(dataset, at=NOW)
    prepare_hashes(dataset, at=NOW)
    assert Job.objects.filter(kind=readings_digests.HASH).count() == 1
    with pytest.raises(Conflict, match=r"still being hashed for the certificate \(0% done\)"):
        require_hashed(dataset, at=NOW)
    run_pending(worker="tests")
    require_hashed(dataset, at=NOW)
    assert hash_readings(dataset, at=NOW) == _downloaded(dataset)


def test_what_still_grows_has_no_hash() -> None:
    dataset = _two_files()
    LiveFeed.objects.create(dataset=dataset, file=dataset.files.get(name="second.csv"), opened_at=NOW)
    assert hash_readings(dataset, at=NOW) == ""
    assert [bool(file.readings_sha256) for file in dataset.files.order_by("position")] == [True, False]


def test_a_feed_that_is_opened_again_is_hashed_again_once_it_is_closed() -> None:
    dataset = _two_files()
    manager = stock.actor(stock.person(is_manager=True))
    LiveFeed.objects.create(
        dataset=dataset, file=dataset.files.get(name="second.csv"), opened_at=NOW - DAY, closed_at=NOW
    )
    first = hash_readings(dataset, at=NOW)
    open_live_feed(actor=manager, dataset_key=dataset.key, at=NOW)
    assert dataset.files.get(name="second.csv").readings_sha256 == ""
    LiveFeed.objects.update(closed_at=NOW + DAY)
    assert hash_readings(dataset, at=NOW + DAY) == first


def test_a_link_and_a_document_have_none() -> None:
    assert hash_readings(stock.dataset(link="https://source.example"), at=NOW) == ""
    dataset = stock.dataset()
    stock.file(dataset, "map.pdf", kind="document")
    assert hash_readings(dataset, at=NOW) == ""
