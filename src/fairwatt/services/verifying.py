"""Which certified things have a given hash: asked by whoever holds a file and wants to know what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q

from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.core.metadata import Certificate, ChainLink, parse_certificate
from fairwatt.core.metadata.chain import find_link, ways_to
from fairwatt.core.metadata.signing import Verdict
from fairwatt.records.models import Dataset, DatasetVersion, File, FormerIssue
from fairwatt.records.models.datasets import DatasetQuerySet
from fairwatt.services.access import visible_datasets
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import as_shown
from fairwatt.services.links import absolute, dataset_path, file_path
from fairwatt.services.signing import check_certificate, find_signature
from fairwatt.services.standing import as_it_stands

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST = 20


@dataclass(frozen=True, slots=True)
class Certified:
    """Something certified with the hash that was asked for.

    ``page`` is its landing page, ``certificate_url`` and ``signature_url`` where both can be had; ``is_latest`` says
    whether it is of the latest version, ``status`` whether the dataset is published, withdrawn or erased, ``standing``
    in a sentence what is gone since it was certified; ``is_former`` says that just this was erased, and so
    is not certified any more.
    """

    certificate: Certificate
    link: ChainLink
    chain: tuple[ChainLink, ...]
    verdict: Verdict | None
    page: str
    certificate_url: str
    signature_url: str
    is_latest: bool
    status: str
    standing: str
    is_former: bool = False


def find_certified(*, actor: Actor, sha256: str, at: datetime) -> list[Certified]:
    """Find what is certified with this hash, of files as received and of readings as exported, the latest first.

    Only of datasets that the asker may know of.

    Raises
    ------
    InvalidInput
        Where it is no sha256 in hexadecimal.
    """
    digest = sha256.strip().lower().removeprefix("sha256:")
    if not _SHA256.fullmatch(digest):
        raise InvalidInput(
            "This is no sha256: 64 characters from 0 to 9 and a to f were expected.",
            where={"field": "sha256"},
            next_step="Choose the file itself, or run: sha256sum FILE",
        )
    visible = visible_datasets(actor)
    found = [*_of_versions(visible, digest, actor, at), *_of_files(visible, digest, actor, at)]
    return (found or list(_of_former_issues(visible, digest)))[:_MOST]


def _of_versions(visible: DatasetQuerySet, digest: str, actor: Actor, at: datetime) -> Iterator[Certified]:
    rows = DatasetVersion.objects.filter(dataset__in=visible, readings_sha256=digest).select_related("dataset")
    latest = dict(rows.order_by().values_list("dataset").annotate(last=Max("dataset__versions__number")))
    seen: set[int] = set()
    for row in rows.order_by("dataset", "-number")[: 5 * _MOST]:
        if row.dataset_id not in seen:  # earlier versions have the same readings
            seen.add(row.dataset_id)
            query = "" if row.number == latest[row.dataset_id] else f"?version={row.number}"
            certificate = as_shown(parse_certificate(row.certificate), actor=actor, dataset=row.dataset, at=at)
            path = dataset_path(row.dataset.key)
            yield from _certified(certificate, row, digest, dataset=row.dataset, path=path, query=query)


def _of_files(visible: DatasetQuerySet, digest: str, actor: Actor, at: datetime) -> Iterator[Certified]:
    files = File.objects.filter(dataset__in=visible).exclude(certificate=None).select_related("dataset")
    for row in files.filter(Q(sha256=digest) | Q(readings_sha256=digest))[:_MOST]:
        certificate = as_shown(parse_certificate(row.certificate), actor=actor, dataset=row.dataset, at=at)
        yield from _certified(certificate, row, digest, dataset=row.dataset, path=file_path(row.key))


def _of_former_issues(visible: DatasetQuerySet, digest: str) -> Iterator[Certified]:
    """What was certified until parts of it were erased: said with that, and never as the latest."""
    rows = FormerIssue.objects.select_related("version__dataset", "file__dataset")
    of_version = rows.filter(version__dataset__in=visible, readings_sha256=digest)
    of_file = rows.filter(Q(file__sha256=digest) | Q(readings_sha256=digest), file__dataset__in=visible)
    for row in (*of_version[:_MOST], *of_file[:_MOST]):
        certificate = parse_certificate(row.certificate)
        subject = row.version or row.file
        if subject is None or find_link(certificate, digest) is None:
            continue
        present = parse_certificate(subject.certificate)
        path = dataset_path(row.version.dataset.key) if row.version else file_path(subject.key)
        yield from _certified(
            certificate, row, digest, dataset=subject.dataset, path=path, query=f"?sha256={row.digest}",
            standing=present.standing,
        )  # fmt: skip


def find_former(dataset: Dataset, digest: str, *, file: File | None = None) -> FormerIssue:
    """Find the former issue with this checksum, of a dataset's versions or of one of its files.

    Raises
    ------
    NotFound
        Where there is none.
    """
    rows = FormerIssue.objects.filter(digest=digest)
    found = (rows.filter(file=file) if file else rows.filter(version__dataset=dataset)).first()
    if found is None:
        raise NotFound(
            "There is no former certificate with this checksum.",
            where={"dataset": dataset.key},
            next_step="Leave ?sha256= out: the present one is here.",
        )
    return found


def _certified(
    certificate: Certificate,
    row: DatasetVersion | File | FormerIssue,
    digest: str,
    *,
    dataset: Dataset,
    path: str,
    query: str = "",
    standing: str = "",
) -> Iterator[Certified]:
    link = find_link(certificate, digest)
    if link is None:  # hashed since it was certified
        return
    jws = find_signature(certificate, row.signatures)
    form = absolute(path.rstrip("/"))
    yield Certified(
        certificate=certificate,
        link=link,
        chain=ways_to(certificate, link),
        verdict=check_certificate(certificate, jws) if jws else None,
        page=absolute(path) + (query if query.startswith("?version") else ""),
        certificate_url=f"{form}.certificate.json{query}",
        signature_url=f"{form}.certificate.jws{query}",
        is_latest=not query,
        status="erased" if dataset.erased_at else str(dataset.state),
        standing=standing or as_it_stands(certificate, dataset).standing,
        is_former=isinstance(row, FormerIssue) or dataset.erased_at is not None,
    )
