"""The instance's key: made once, kept from others, rotated and revoked, and never needed to check what it signed."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed
from fairwatt.core.metadata import parse_certificate
from fairwatt.core.metadata.signing import load_private, public_key_of, write_private
from fairwatt.records.models import AuditEvent, Dataset, DatasetVersion, File
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from fairwatt.services.signing import (
    KEY_FILE,
    check_certificate,
    list_keys,
    revoke_key,
    rotate_key,
    sign_missing,
    signature_of,
)
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system()
SEED = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    """A data folder without a key; its lake is not needed."""
    settings.FAIRWATT_HOME = tmp_path
    return tmp_path


def _issued(at: Any = NOW) -> Dataset:
    dataset = stock.dataset("Layer", link="https://source.example/data")
    issue_version(actor=SYSTEM, dataset=dataset, at=at, note="First")
    return dataset


def _told(row: DatasetVersion | File) -> str:
    return f"{row} ({row.key})"


def _verdict(dataset: Dataset) -> bool:
    certificate = parse_certificate(dataset.versions.get().certificate)
    return check_certificate(certificate, signature_of(certificate, dataset)).is_genuine


def test_the_first_certificate_makes_the_key_and_only_its_owner_can_read_it(home: Path) -> None:
    dataset = _issued()
    path = home / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (key,) = list_keys()
    assert key == public_key_of(load_private(path.read_text()), valid_from=NOW)
    assert _verdict(dataset)
    assert [one.name for one in home.iterdir() if one.name.startswith(".")] == []


def test_the_private_key_is_nowhere_in_the_database(home: Path) -> None:
    _issued()
    secret = (home / KEY_FILE).read_text().split("\n")[1]
    assert secret not in str([*DatasetVersion.objects.values(), *AuditEvent.objects.values()])


def test_a_key_in_the_setting_is_used_and_nothing_is_written(settings: Any, home: Path) -> None:
    settings.FAIRWATT_SIGNING_KEY = SEED
    assert _verdict(_issued())
    assert list_keys()[0].kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert not (home / KEY_FILE).exists()
    with pytest.raises(Conflict, match="FAIRWATT_SIGNING_KEY"):
        rotate_key(actor=SYSTEM, at=NOW)


def test_after_a_rotation_the_old_key_still_tells_what_it_signed(home: Path) -> None:
    before = _issued()
    old = (home / KEY_FILE).read_text()
    new = rotate_key(actor=SYSTEM, at=NOW + DAY)
    after = _issued(NOW + 2 * DAY)
    assert (home / KEY_FILE).read_text() != old
    assert [(key.kid == new.kid, key.valid_until) for key in list_keys()] == [(True, None), (False, NOW + DAY)]
    assert _verdict(before)
    assert _verdict(after)
    assert AuditEvent.objects.get(verb="key.rotated").detail == {"kid": new.kid}


def test_a_retired_key_that_comes_back_is_refused(home: Path) -> None:
    _issued()
    old = (home / KEY_FILE).read_text()
    rotate_key(actor=SYSTEM, at=NOW + DAY)
    (home / KEY_FILE).write_text(old)
    with pytest.raises(Conflict, match="retired or revoked"):
        _issued(NOW + 2 * DAY)


def test_what_a_revoked_key_signed_is_refused_until_it_is_signed_anew(home: Path) -> None:
    dataset = _issued()
    old = list_keys()[0]
    rotate_key(actor=SYSTEM, at=NOW + DAY)
    with pytest.raises(InvalidInput, match="Say why"):
        revoke_key(actor=SYSTEM, kid=old.kid, reason="stolen", at=NOW + DAY)
    revoke_key(actor=SYSTEM, kid=old.kid, reason="A backup lay open.", at=NOW + DAY)
    assert not _verdict(dataset)
    assert sign_missing(actor=SYSTEM, at=NOW + 2 * DAY) == (1, [])
    assert _verdict(dataset)


def test_what_was_issued_before_there_were_signatures_is_signed_if_it_was_not_altered(home: Path) -> None:
    kept, altered = _issued(), _issued()
    DatasetVersion.objects.update(signatures={})
    row = altered.versions.get()
    row.certificate["title"] = "Another"
    row.save()
    assert sign_missing(actor=SYSTEM, at=NOW + DAY) == (1, [_told(altered.versions.get())])
    assert _verdict(kept)
    assert sign_missing(actor=SYSTEM, at=NOW + DAY) == (0, [_told(altered.versions.get())])


def _issued_with_a_file() -> File:
    dataset = stock.dataset("Layer", link="")
    file = stock.file(dataset)
    issue_version(actor=SYSTEM, dataset=dataset, at=NOW, note="First")
    file.refresh_from_db()
    return file


def _revoke() -> None:
    """The key that signed so far."""
    old = list_keys()[0]
    rotate_key(actor=SYSTEM, at=NOW + DAY)
    revoke_key(actor=SYSTEM, kid=old.kid, reason="A backup lay open.", at=NOW + DAY)


def test_a_files_certificate_is_signed_anew_only_as_it_was_signed_before() -> None:
    kept, altered = _issued_with_a_file(), _issued_with_a_file()
    _revoke()
    altered.certificate["title"] = "Another"
    altered.save()
    assert sign_missing(actor=SYSTEM, at=NOW + 2 * DAY) == (3, [_told(altered)])
    kept.refresh_from_db()
    altered.refresh_from_db()
    found = [parse_certificate(file.certificate) for file in (kept, altered)]
    assert check_certificate(found[0], signature_of(found[0], kept)).is_genuine
    assert signature_of(found[1], altered) == ""


def test_a_signature_that_is_moved_to_an_altered_certificate_does_not_vouch_for_it() -> None:
    file = _issued_with_a_file()
    _revoke()
    (jws, *_) = file.signatures.values()
    file.certificate["title"] = "Another"
    file.signatures = {parse_certificate(file.certificate).checksum: jws}
    file.save()
    assert sign_missing(actor=SYSTEM, at=NOW + 2 * DAY) == (1, [_told(file)])


def test_a_version_whose_checksum_was_altered_with_it_is_not_signed_anew() -> None:
    row = _issued().versions.get()
    row.certificate["title"] = "Another"
    row.digest = parse_certificate(row.certificate).checksum
    row.save()
    assert sign_missing(actor=SYSTEM, at=NOW + DAY) == (0, [_told(row)])


def test_a_file_that_was_never_signed_is_signed_with_the_next_version() -> None:
    file = _issued_with_a_file()
    File.objects.update(signatures={})
    assert sign_missing(actor=SYSTEM, at=NOW + DAY) == (0, [_told(file)])
    issue_version(actor=SYSTEM, dataset=file.dataset, at=NOW + DAY, note="Second")
    assert sign_missing(actor=SYSTEM, at=NOW + 2 * DAY) == (0, [])


def test_a_rotation_that_fails_leaves_no_key_behind(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _issued()
    before = (home / KEY_FILE).read_text()

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("fairwatt.services.signing.record_event", fail)
    with pytest.raises(OSError, match="no space left"):
        rotate_key(actor=SYSTEM, at=NOW + DAY)
    assert (home / KEY_FILE).read_text() == before
    assert [one.name for one in home.iterdir() if KEY_FILE in one.name] == [KEY_FILE]


def test_what_is_issued_for_an_earlier_day_is_signed_too() -> None:
    assert _verdict(_issued(NOW))
    assert _verdict(_issued(NOW - 100 * DAY))


def test_only_managers_rotate_and_revoke() -> None:
    _issued()
    visitor = stock.actor(stock.person())
    with pytest.raises(NotAllowed):
        rotate_key(actor=visitor, at=NOW)
    with pytest.raises(NotAllowed):
        revoke_key(actor=visitor, kid=list_keys()[0].kid, reason="Just because.", at=NOW)
    with pytest.raises(NotAllowed):
        sign_missing(actor=visitor, at=NOW)


def test_a_key_of_another_kind_is_refused(settings: Any) -> None:
    settings.FAIRWATT_SIGNING_KEY = "short"
    with pytest.raises(InvalidInput, match="can't be read"):
        _issued()
    assert not File.objects.exclude(certificate=None).exists()
    assert write_private(load_private(SEED)).startswith("-----BEGIN PRIVATE KEY-----")
