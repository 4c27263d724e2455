"""Datasets and files for whoever may see them: with all that a page needs, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.db.models import Prefetch, QuerySet

from fairwatt.core.errors import Gone, NotFound
from fairwatt.core.identifiers import ark_of, check_key
from fairwatt.core.metadata import Citation, cite
from fairwatt.core.metadata.words import say_date
from fairwatt.records.models import AuditEvent, Dataset, DatasetVersion, File
from fairwatt.services.access import no_such_dataset, require_original, visible_datasets
from fairwatt.services.actors import Actor
from fairwatt.services.audit import record_event
from fairwatt.services.certificates import certificate_of
from fairwatt.services.lakes import get_lake
from fairwatt.services.links import dataset_path, file_path
from fairwatt.services.projects import get_project
from fairwatt.services.trial_packages import find_package_path

_LEAST_ARK_PARTS = 2
_ONE_DOWNLOAD = timedelta(days=1)  # a download in ranges may take so long and still be one event


@dataclass(frozen=True, slots=True)
class Original:
    """The bytes of a file as they were received: where they lie, and what to tell the receiver.

    ``path`` is None where they are not on this machine; ``read`` yields the bytes from one place to before another.
    """

    path: Path | None
    read: Callable[[int, int], Iterator[bytes]]
    name: str
    size: int
    sha256: str
    media_type: str
    key: str
    dataset_key: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """What an ARK names, and the page it leads to. ``version`` is None for the latest."""

    kind: str  # dataset, version, file or package
    key: str
    dataset_key: str
    version: int | None
    path: str


def get_dataset(*, actor: Actor, key: str, at: datetime) -> Dataset:
    """Return a dataset with its people, procedures, files, versions and release rules, in a handful of queries.

    Channels and findings of all its files are on its certificate.

    Raises
    ------
    NotFound
        Where there is none of this key, or the asker may not know of it.
    """
    del at  # metadata have no dates of their own yet
    dataset = _with_relations(visible_datasets(actor)).filter(key=key).first()
    if dataset is None:
        raise no_such_dataset(key)
    return dataset


def get_file(*, actor: Actor, key: str, at: datetime) -> File:
    """Return a file with its dataset, channels and findings.

    Raises
    ------
    NotFound
        Where there is none of this key, or the asker may not know of its dataset.
    """
    del at
    file = (
        File.objects.filter(key=key, dataset__in=visible_datasets(actor))
        .select_related("dataset__trial", "dataset__provider", "dataset__receiver", "version")
        .prefetch_related("channels", "findings", "dataset__procedures", "dataset__release_rules", "dataset__versions")
        .first()
    )
    if file is None:
        raise NotFound(
            "There is no file at this address.",
            where={"file": key},
            next_step="Check the address, or look in the catalogue. If you have an account, sign in first.",
        )
    return file


def open_original(
    *, actor: Actor, file_key: str, at: datetime, is_first: bool = True, is_download: bool = True
) -> Original:
    """Find the bytes of a file for a download, and write it to the audit log.

    Parameters
    ----------
    is_first
        False for what looks like the further ranges of a download: they are no events of their own where the log
        has that download, by the same asker within a day. Where it does not, they are one: nobody fetches a file
        unseen by asking for all but its first byte.
    is_download
        False for a question about the headers alone (HEAD): that is no event of the log.

    Raises
    ------
    NotFound
        Where there is no such file, or its bytes are gone.
    NotSignedIn, NotAllowed
        Where the asker may not have the data; the error says how to get access.
    """
    file = get_file(actor=actor, key=file_key, at=at)
    require_original(actor=actor, file=file, at=at)
    if file.original_erased_at is not None:
        when = say_date(file.original_erased_at, zone=get_project().time_zone)
        raise Gone(
            f"The original of {file.name} was erased on {when}, for good.",
            where={"file": file.key},
            next_step="The file's page and certificate stay.",
        )
    if not file.sha256:
        raise NotFound(
            f"{file.name} came reading by reading: there is no file as it was sent.",
            where={"file": file.key},
            next_step="Download its readings instead.",
        )
    raw = get_lake().raw
    if not raw.exists(file.sha256):
        raise NotFound(
            f"The bytes of {file.name} are not in this platform's store.",
            where={"file": file.key, "sha256": file.sha256},
            next_step="Tell the project's data manager: a backup may hold them.",
        )
    if is_download and (is_first or not _is_logged(actor, file, at)):
        record_event(actor=actor, verb="file.downloaded", subject=file, at=at, detail={"sha256": file.sha256})
    return Original(
        path=raw.find(file.sha256),
        read=partial(raw.open_range, file.sha256),
        name=file.name,
        size=raw.size(file.sha256),
        sha256=file.sha256,
        media_type=file.media_type,
        key=file.key,
        dataset_key=file.dataset.key,
    )


def _is_logged(actor: Actor, file: File, at: datetime) -> bool:
    """Whether the log has a download of this file by this asker, recent enough for these bytes to be part of it."""
    return AuditEvent.objects.filter(
        subject_id=file.key,
        verb="file.downloaded",
        actor_id=actor.user.pk if actor.user is not None else None,
        address=actor.address,
        at__gt=at - _ONE_DOWNLOAD,
    ).exists()


def citation(*, actor: Actor, key: str, at: datetime) -> Citation:
    """Write how to cite the dataset or the file of this key, as text and BibTeX."""
    if File.objects.filter(key=key).exists():
        return cite(certificate_of(get_file(actor=actor, key=key, at=at)))
    return cite(certificate_of(get_dataset(actor=actor, key=key, at=at)))


def resolve_ark(*, actor: Actor, ark: str, at: datetime) -> Resolved:
    """Find what an ARK names: a dataset (its latest version), one version, a file, or a package of a trial.

    Parameters
    ----------
    ark
        With or without ``ark:`` or ``ark:/`` before it: ``ark:/99999/0000000gnp8``, ``99999/0000000gnp8``, or a bare
        key.

    Raises
    ------
    NotFound
        Where it is not ours, mistyped (the check character tells), or nothing the asker may know of.
    """
    del at
    naan = get_project().identifiers.naan
    key = _key_of(ark, naan)
    visible = visible_datasets(actor)
    if dataset_key := visible.filter(key=key).values_list("key", flat=True).first():
        return Resolved("dataset", key, dataset_key, None, dataset_path(dataset_key))
    version = DatasetVersion.objects.filter(key=key, dataset__in=visible).values_list("dataset__key", "number").first()
    if version is not None:
        dataset_key, number = version
        return Resolved("version", key, dataset_key, number, f"{dataset_path(dataset_key)}?version={number}")
    file = File.objects.filter(key=key, dataset__in=visible).values_list("dataset__key", flat=True).first()
    if file is not None:
        return Resolved("file", key, file, None, file_path(key))
    if path := find_package_path(actor=actor, key=key):
        return Resolved("package", key, "", None, path)
    raise NotFound(
        f"Nothing is known under {ark_of(naan, key)}.",
        where={"ark": ark_of(naan, key)},
        next_step="Check the identifier. If you have an account, sign in first.",
    )


def _key_of(ark: str, naan: str) -> str:
    """Take the key out of an ARK; hyphens mean nothing in ARKs, and a last slash neither."""
    text = ark.strip().lower().removeprefix("ark:").strip("/").replace("-", "")
    parts = text.split("/")
    if len(parts) > _LEAST_ARK_PARTS or (len(parts) == _LEAST_ARK_PARTS and parts[0] != naan):
        raise NotFound(
            "This ARK was not given out here.",
            where={"ark": ark[:100]},
            next_step=f"Those of this platform begin with ark:/{naan}/.",
        )
    key = parts[-1]
    if not check_key(key, naan):
        raise NotFound(
            "This ARK is mistyped: its check character does not fit.",
            where={"ark": ark[:100]},
            next_step="Compare it, character by character, with where you have it from.",
        )
    return key


def _with_relations(datasets: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """Fetch what a page needs; what may run to megabytes (certificates, samples, channels) stays where it is."""
    large = (
        "certificate",
        "sample",
        "profile",
        "inspected",
        "given",
        "questions",
        "answers",
        "extent",
        "coverage",
        "identifier_parts",
    )
    files = File.objects.defer(*large)
    return datasets.select_related("trial", "provider", "receiver", "created_by").prefetch_related(
        "procedures",
        "release_rules",
        Prefetch("versions", DatasetVersion.objects.defer("certificate")),
        Prefetch("files", files),
    )
