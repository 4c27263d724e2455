"""Issuing certificates anew after parts of their data were erased: what is signed then is what is there.

A version keeps its number, its permanent address and its date; its certificate says that it is another issue, and why.
What was issued before is kept apart, so that who holds a file of then is told what it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fairwatt.core.metadata import Certificate, parse_certificate
from fairwatt.core.metadata.certificate import FileEntry, PartsErased
from fairwatt.records.models import Dataset, DatasetVersion, File, FormerIssue
from fairwatt.services.file_looks import profile_digest
from fairwatt.services.jobs import JobContext
from fairwatt.services.readings_digests import hash_readings
from fairwatt.services.signing import Signer
from fairwatt.services.standing import Loss, find_losses, without_erased


def reissue_certificates(dataset: Dataset, *, issued_by: str, at: datetime, context: JobContext) -> int:
    """Issue the certificates of all versions and files anew that parts were erased of; how many there were.

    Readings that are left are hashed for the latest version, which they are of. Of earlier ones no hash is told any
    more. Call it inside the transaction that notes the erasure as done.
    """
    whole = hash_readings(dataset, at=at, context=context)
    dataset = Dataset.objects.get(pk=dataset.pk)
    loss, signer = find_losses([dataset])[dataset.pk], Signer.open(at=at)
    files = {file.key: file for file in dataset.files.all()}
    count, latest = 0, True
    for version in DatasetVersion.objects.filter(dataset=dataset).order_by("-number"):
        old = parse_certificate(version.certificate)
        left = without_erased(old, dataset, loss)
        if left is not old:
            entries = tuple(_with_hash(entry, files) for entry in left.files)
            is_whole = latest and _holds_all(entries, files)
            said = {"files": entries, "readings_sha256": whole if is_whole else ""}
            new = _next_issue(left.model_copy(update=said), loss, issued_by=issued_by, at=at)
            _keep(old, version, at=at)
            version.certificate, version.digest = new.model_dump(mode="json"), new.checksum
            version.signatures, version.readings_sha256 = signer.sign(new), new.readings_sha256
            version.save(update_fields=["certificate", "digest", "signatures", "readings_sha256"])
            count += 1
        latest = False
    return count + _reissue_files(dataset, files, loss, signer, issued_by=issued_by, at=at)


def _reissue_files(
    dataset: Dataset, files: Mapping[str, File], loss: Loss, signer: Signer, *, issued_by: str, at: datetime
) -> int:
    count = 0
    for file in files.values():
        if not file.certificate:
            continue
        old = parse_certificate(file.certificate)
        left = without_erased(old, dataset, loss)
        if left is old:
            continue
        entries = tuple(_with_hash(entry, files) for entry in left.files)
        said = {"files": entries, "readings_sha256": entries[0].readings_sha256}
        new = _next_issue(left.model_copy(update=said), loss, issued_by=issued_by, at=at)
        _keep(old, file, at=at)
        file.certificate, file.signatures = new.model_dump(mode="json"), signer.sign(new)
        file.save(update_fields=["certificate", "signatures"])
        count += 1
    return count


def _keep(certificate: Certificate, subject: DatasetVersion | File, *, at: datetime) -> None:
    whose = {"file": subject} if isinstance(subject, File) else {"version": subject}
    FormerIssue.objects.get_or_create(
        digest=certificate.checksum,
        defaults={
            **whose,
            "certificate": certificate.model_dump(mode="json"),
            "signatures": subject.signatures,
            "readings_sha256": certificate.readings_sha256,
            "superseded_at": at,
        },
    )


def _next_issue(certificate: Certificate, loss: Loss, *, issued_by: str, at: datetime) -> Certificate:
    done = [erasure for erasure in loss.erasures if erasure.finished_at is not None]
    last = max((erasure.ordered_at for erasure in done), default=at)
    said = {
        "erasure": PartsErased(at=last, orders=len(done)),
        "issue": certificate.issue + 1,
        "issued_at": at,
        "issued_by": issued_by,
    }
    return Certificate.model_validate({**dict(certificate.without_values()), **said})


def _with_hash(entry: FileEntry, files: Mapping[str, File]) -> FileEntry:
    """An entry with the hash of the readings that are left, where they are read as they were when it was certified."""
    file = files.get(_key_of(entry))
    if file is None or entry.readings_sha256 or file.erased_at or entry.import_profile != profile_digest(file):
        return entry
    return entry.model_copy(update={"readings_sha256": file.readings_sha256})


def _holds_all(entries: tuple[FileEntry, ...], files: Mapping[str, File]) -> bool:
    """Whether these files' readings are all that there are now, read in the same way."""
    certified = {_key_of(entry): entry.import_profile for entry in entries if entry.kind == File.Kind.READINGS}
    present = {
        key: profile_digest(file)
        for key, file in files.items()
        if file.kind == File.Kind.READINGS and file.erased_at is None
    }
    return certified == present


def _key_of(entry: FileEntry) -> str:
    return entry.pid.rpartition("/")[2]
