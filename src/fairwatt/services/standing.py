"""What is said of a certificate now: without the access, the files and the readings that are gone since it was issued.

What was issued never changes. Every face that leads people or programs to data (pages, forms, links, catalogues) is
written from what :func:`as_it_stands` makes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import F, prefetch_related_objects

from fairwatt.core.metadata import Certificate
from fairwatt.core.metadata.certificate import ChannelEntry, FileEntry, FindingEntry, PartsErased, Validity
from fairwatt.records.models import Channel, Dataset, DatasetChannel, Doi, Erasure, File
from fairwatt.services.projects import get_project
from fairwatt.services.withdrawals import withdrawal_of


@dataclass(slots=True)
class Loss:
    """What was erased of a dataset: the orders, the files by key, and what its channels hold since, by field.

    And what it has been given since: the DOIs that can be followed, by the number of their version, of all together
    under 0.
    """

    erasures: list[Erasure] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)
    channels: dict[str, DatasetChannel] = field(default_factory=dict)
    dois: dict[int, str] = field(default_factory=dict)


def find_losses(datasets: Iterable[Dataset]) -> dict[int, Loss]:
    """Find what was erased of many datasets, in two queries where nothing was and in five where anything was."""
    rows = list(datasets)
    prefetch_related_objects(rows, "erasures")  # pages name them too
    found = {dataset.pk: Loss(list(dataset.erasures.all())) for dataset in rows}
    _add_dois(found)
    parted = [row for row, loss in found.items() if loss.erasures]
    if parted:
        names = ("dataset_id", "key", "name", "rows", "series_count", "erased_at", "original_erased_at")
        lost = File.objects.filter(dataset__in=parted, original_erased_at__isnull=False).only(*names)
        for file in lost.prefetch_related("channels"):
            found[file.dataset_id].files[file.key] = file
        for channel in DatasetChannel.objects.filter(dataset__in=parted):
            found[channel.dataset_id].channels[channel.field] = channel
    return found


def _add_dois(found: Mapping[int, Loss]) -> None:
    followed = Doi.objects.filter(dataset__in=found, registered_at__isnull=False)
    account = get_project().datacite
    for row, number, name in followed.values_list("dataset_id", F("version__number"), "name"):
        found[row].dois[number or 0] = account.address_of(name) if account else f"https://doi.org/{name}"


def as_it_stands(certificate: Certificate, dataset: Dataset, *, loss: Loss | None = None) -> Certificate:
    """Take from a certificate what its data have lost since it was issued, and say so.

    Parameters
    ----------
    loss
        From :func:`find_losses`, where many are written; by default it is looked up.

    Returns
    -------
    Certificate
        The same where nothing was withdrawn or erased.
    """
    if certificate.is_draft and dataset.state != Dataset.State.WITHDRAWN:
        return certificate
    if loss is None:
        loss = find_losses([dataset])[dataset.pk]
    certificate = _with_dois(without_erased(certificate, dataset, loss), loss)
    if dataset.state != Dataset.State.WITHDRAWN:
        return certificate
    gone = tuple(file.model_copy(update={"download_url": ""}) for file in certificate.files)
    closed = certificate.access.model_copy(update={"releases": ()})
    return certificate.model_copy(update={"access": closed, "files": gone, "withdrawal": withdrawal_of(dataset)})


def _with_dois(certificate: Certificate, loss: Loss) -> Certificate:
    """A dataset's certificate with the DOIs of it and its versions; a file has none, and is part of what has one."""
    if not loss.dois:
        return certificate
    if certificate.kind == "file":
        whole = certificate.part_of and certificate.part_of.model_copy(update={"doi_url": loss.dois.get(0, "")})
        return certificate.model_copy(update={"part_of": whole})
    versions = tuple(
        version.model_copy(update={"doi_url": loss.dois.get(version.number, "")})
        for version in (certificate.version, *certificate.versions)
    )
    named = {"doi_url": loss.dois.get(0, ""), "version": versions[0], "versions": versions[1:]}
    return certificate.model_copy(update=named)


def without_erased(certificate: Certificate, dataset: Dataset, loss: Loss) -> Certificate:
    """Take from a certificate what was erased since it was issued, and say so; the same where nothing was."""
    since = _erased_since(certificate, loss.erasures)
    lost = {entry.pid: loss.files[key] for entry in certificate.files if (key := _key_of(entry)) in loss.files}
    if not since or (certificate.kind == "file" and not lost):
        return certificate
    changed = {
        "erasure": PartsErased(at=max(erasure.ordered_at for erasure in since)),
        "files": tuple(_files_left(certificate, lost)),
        "readings_sha256": "",
        "coverage": (),
    }
    if certificate.kind == "file":
        return certificate.model_copy(update={**changed, **_file_left(certificate, lost)})
    return certificate.model_copy(update={**changed, **_dataset_left(certificate, lost, since, loss, dataset)})


def _erased_since(certificate: Certificate, erasures: Iterable[Erasure]) -> list[Erasure]:
    """The orders that took away anything after the certificate was issued, or issued anew after some of them."""
    pending = [erasure for erasure in erasures if erasure.finished_at is None]
    done = [(erasure.finished_at, erasure.pk, erasure) for erasure in erasures if erasure.finished_at is not None]
    counted = certificate.erasure.orders if certificate.erasure else 0
    if counted:
        return [*pending, *(erasure for _, _, erasure in sorted(done, key=lambda one: one[:2])[counted:])]
    issued = certificate.issued_at
    return [*pending, *(erasure for at, _, erasure in done if issued is None or at >= issued)]


def _key_of(entry: FileEntry) -> str:
    return entry.pid.rpartition("/")[2]


def _files_left(certificate: Certificate, lost: Mapping[str, File]) -> Iterable[FileEntry]:
    """The files that are left; of those whose readings alone are left, no address, size or hash of the original."""
    for entry in certificate.files:
        file = lost.get(entry.pid)
        if file is None:
            yield entry
        elif file.erased_at is None or certificate.kind == "file":
            rows = 0 if file.erased_at else file.rows
            gone = {"size": 0, "sha256": "", "download_url": "", "readings_sha256": "", "rows": rows, "bounds": ()}
            said = {"attributes": (), "columns": ()} if file.erased_at else {"columns": ()}
            yield entry.model_copy(update={**gone, **said})


def _file_left(certificate: Certificate, lost: Mapping[str, File]) -> dict[str, object]:
    """What a file's certificate counts now."""
    (file,) = lost.values()
    channels = () if file.erased_at else _channels_left(certificate, file.channels.all())
    return {
        "rows": 0 if file.erased_at else file.rows,
        "readings": sum(channel.count for channel in channels),
        "series_count": 0 if file.erased_at else file.series_count,
        "channels": channels,
        "findings": (),
    }


def _dataset_left(
    certificate: Certificate, lost: Mapping[str, File], since: Iterable[Erasure], loss: Loss, dataset: Dataset
) -> dict[str, object]:
    """What a dataset's certificate counts now: never more than was certified, whatever has been added since."""
    entries = [entry for entry in certificate.files if entry.pid in lost]
    removed = sum(entry.rows - (0 if lost[entry.pid].erased_at else lost[entry.pid].rows) for entry in entries)
    kinds = [erasure.kind for erasure in since]
    only_series = all(kind == Erasure.Kind.SERIES for kind in kinds)
    return {
        "rows": max(0, certificate.rows - removed),
        "readings": min(certificate.readings, dataset.readings_total),
        "series_count": max(0, certificate.series_count - len(kinds)) if only_series else 0,  # 0 is not noted
        "channels": _channels_left(certificate, loss.channels.values()),
        "findings": _findings_left(certificate, {entry.name for entry in entries}),
        "date_of_data_validity": _period_left(certificate.date_of_data_validity, dataset),
    }


def _channels_left(
    certificate: Certificate, channels: Iterable[Channel] | Iterable[DatasetChannel]
) -> tuple[ChannelEntry, ...]:
    held = {channel.field: channel for channel in channels}
    return tuple(
        entry.model_copy(update={"count": min(entry.count, found.count), "missing": min(entry.missing, found.missing)})
        for entry in certificate.channels
        if (found := held.get(entry.field)) is not None
    )


def _findings_left(certificate: Certificate, names: set[str]) -> tuple[FindingEntry, ...]:
    """What was noticed in the files that are untouched; what is said of others too gives no example of theirs."""
    return tuple(finding for finding in certificate.findings if not names.intersection(finding.files))


def _period_left(period: Validity, dataset: Dataset) -> Validity:
    start, end = period.start, period.end
    if start is not None and dataset.period_start is not None:
        start = max(start, dataset.period_start)
    if end is not None and dataset.period_end is not None:
        end = min(end, dataset.period_end)
    return Validity(start=start, end=end)
