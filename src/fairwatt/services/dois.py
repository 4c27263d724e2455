"""DOIs of datasets and of their versions: registered, kept in step with the certificates, hidden with what is gone.

A job does it after whatever changed has been stored, so that DataCite's troubles are nobody's but data managers'. Each
DOI is made of the key of its dataset or version; so an attempt that was cut off is simply made again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from fairwatt.connectors.datacite import ACCOUNT_REFUSED, DataCite, DoiTaken, Event, attributes_of, digest_of
from fairwatt.core.errors import Conflict, NotAllowed, NotFound
from fairwatt.core.metadata import Certificate, VersionEntry, parse_certificate
from fairwatt.core.metadata.datacite import to_datacite, to_withheld_datacite
from fairwatt.core.project.dois import DataCite as Repository
from fairwatt.records.models import Dataset, DatasetVersion, Doi, Job, User
from fairwatt.records.models.datasets import DatasetQuerySet
from fairwatt.records.search import index_dataset
from fairwatt.services.access import terms_of
from fairwatt.services.actors import Actor, require_manager
from fairwatt.services.audit import record_event
from fairwatt.services.doi_orders import (
    REGISTER,
    get_account,
    is_account_refused,
    note_refused_account,
    note_taken_account,
    order_dois,
    refuse_again,
)
from fairwatt.services.jobs import JobContext, register
from fairwatt.services.links import absolute, dataset_path
from fairwatt.services.listings import LISTED, note_change
from fairwatt.services.notifications import notify
from fairwatt.services.projects import get_project
from fairwatt.services.standing import as_it_stands

_AGAIN_AFTER = timedelta(hours=1)  # what failed for good
_MOST_AT_ONCE = 100  # datasets that are ordered in one go, as DataCite wants to be asked in moderation
_MOST_ROUNDS = 3  # of one job, where a dataset changes under it
_LONGEST_NAME = 200
_OPEN = (Job.State.QUEUED, Job.State.RUNNING)


@dataclass(frozen=True, slots=True)
class _Due:
    """What DataCite is to be told of one DOI."""

    doi: Doi
    event: Event
    attributes: dict[str, Any]

    @property
    def digest(self) -> str:
        return digest_of(self.event, self.attributes)

    @property
    def is_done(self) -> bool:
        wanted = Doi.State.FINDABLE if self.event is Event.PUBLISH else Doi.State.REGISTERED
        return self.doi.sent_sha256 == self.digest and self.doi.state == wanted


def schedule_dois(*, at: datetime) -> int:
    """Order what has no DOI yet, as before the account was named, and what failed an hour ago; how many datasets.

    An account that was refused is not tried again: once it is another, what it was refused for is ordered at once.
    """
    if get_project().datacite is None or not settings.FAIRWATT_DATACITE_PASSWORD or is_account_refused():
        return 0
    lacking = Q(dois__isnull=True) | Q(versions__isnull=False, versions__doi__isnull=True)
    failed = Q(dois__error__gt="", dois__tried_at__lte=at - _AGAIN_AFTER) | Q(dois__error__startswith=ACCOUNT_REFUSED)
    busy = Job.objects.filter(kind=REGISTER, state__in=_OPEN, dataset__isnull=False).values("dataset")
    listed = DatasetQuerySet(Dataset).filter(state__in=LISTED, versions__isnull=False).exclude(pk__in=busy)
    public = Q(metadata_withheld=False, state=Dataset.State.PUBLISHED) & lacking
    found = list(listed.filter(public | failed).order_by("pk").distinct()[:_MOST_AT_ONCE])
    for dataset in found:
        order_dois(dataset, at=at)
    return len(found)


def find_doi(name: str) -> Doi | None:
    """Find a DOI that can be followed, however it is capitalised; whether its dataset may be seen is not asked here."""
    rows = Doi.objects.select_related("dataset", "version")
    return rows.filter(name=name.lower()[:_LONGEST_NAME], registered_at__isnull=False).first()


def state_of_dois(dataset: Dataset) -> Doi | None:
    """The dataset's own DOI, for data managers: what DataCite has confirmed of it, and what went wrong last.

    None where it has none, or the project no account.
    """
    if get_project().datacite is None:
        return None
    return Doi.objects.filter(dataset=dataset, version=None).first()


def may_have_doi(dataset: Dataset) -> bool:
    """Whether the project has an account at DataCite, and a dataset is or was one to be told of there."""
    is_told = dataset.state == Dataset.State.PUBLISHED and not dataset.metadata_withheld
    return get_project().datacite is not None and (is_told or dataset.dois.exists())


def request_dois(*, actor: Actor, dataset_key: str, at: datetime) -> Dataset:
    """Have a dataset's DOIs registered, or brought up to date, at once.

    Raises
    ------
    NotSignedIn, NotAllowed
        For anybody but data managers.
    NotFound
        Where there is no such dataset.
    Conflict
        Where it was never published, or is withheld.
    InvalidInput
        Where the project has no account at DataCite, or its password is missing.
    """
    require_manager(actor)
    dataset = Dataset.objects.filter(key=dataset_key).first()
    if dataset is None:
        raise NotFound("There is no dataset at this address.", where={"dataset": dataset_key})
    get_account()
    if not may_have_doi(dataset):
        raise Conflict("Only what is published, and whose description is not withheld, is given a DOI.")
    order_dois(dataset, at=at, is_asked_for=True)
    return dataset


def _note_failure(job: Job, reason: str, at: datetime) -> None:
    """Note why it failed, and tell data managers the first time."""
    if job.dataset is None:
        return
    rows = Doi.objects.filter(dataset=job.dataset)
    was_told = rows.exclude(error="").exists()
    then = "It is tried again every hour."
    if reason.startswith(ACCOUNT_REFUSED):  # that is the same for all datasets
        was_told = Doi.objects.filter(error__startswith=ACCOUNT_REFUSED).exists()
        then = "Nothing more is sent there until the account or its password is another, or somebody asks for it."
        note_refused_account(job)
    rows.update(error=reason, tried_at=at)
    if not was_told:
        notify(
            recipients=User.objects.filter(is_manager=True),
            text=f"The DOI of “{job.dataset.title}” could not be registered. {reason} {then}",
            url=dataset_path(job.dataset.key),
            at=at,
        )


@register(REGISTER, on_failed=_note_failure)
def carry_out(context: JobContext) -> None:
    """Tell DataCite what it does not know yet of a dataset and its versions."""
    if context.job.dataset_id is None:
        return
    were_followed = _count_followed(context.job.dataset_id)
    for _ in range(_MOST_ROUNDS):
        dataset = Dataset.objects.get(pk=context.job.dataset_id)
        repository = get_project().datacite
        if repository is None or dataset.state not in LISTED:
            return
        _make_rows(dataset, repository)
        due = [one for one in _list_due(dataset, repository, at=context.clock()) if not one.is_done]
        if not due:
            break
        if is_account_refused() and not context.payload.get("asked_for"):
            refuse_again()
        with DataCite(get_account()) as datacite:
            for number, one in enumerate(due):
                context.progress(number / len(due), f"Telling DataCite of {one.doi.name}")
                with _of_another_prefix(one.doi, repository):
                    _send(context, datacite, one)
        note_taken_account()
    else:
        order_dois(dataset, at=context.clock())
    Doi.objects.filter(dataset=dataset).exclude(error="").update(error="")
    if _count_followed(dataset.pk) > were_followed:
        index_dataset(dataset)
        note_change(dataset, at=context.clock())


@contextmanager
def _of_another_prefix(doi: Doi, repository: Repository) -> Iterator[None]:
    """Say of a DOI from before the account was changed that it is this one that is refused, not the account."""
    try:
        yield
    except NotAllowed as error:
        if error.where.get("status") != HTTPStatus.FORBIDDEN or doi.name.startswith(f"{repository.prefix.lower()}/"):
            raise
        raise NotAllowed(
            f"DataCite does not let the account change {doi.name}.",
            where=error.where,
            next_step="It has another prefix than the project file names: ask DataCite to transfer it.",
        ) from error


def _count_followed(row: int) -> int:
    return Doi.objects.filter(dataset=row, registered_at__isnull=False).count()


def _make_rows(dataset: Dataset, repository: Repository) -> None:
    """A row for the dataset and one for each version; what has a name of another prefix keeps it."""
    versions = DatasetVersion.objects.filter(dataset=dataset)
    if dataset.metadata_withheld or dataset.state != Dataset.State.PUBLISHED:  # nothing new is told of it
        return
    if versions.exists() and not Doi.objects.filter(dataset=dataset, version=None).exists():
        Doi.objects.get_or_create(name=repository.name_for(dataset.key), defaults={"dataset": dataset, "version": None})
    for version in versions.filter(doi=None):
        name = repository.name_for(version.key)
        Doi.objects.get_or_create(name=name, defaults={"dataset": dataset, "version": version})


def _list_due(dataset: Dataset, repository: Repository, *, at: datetime) -> Iterator[_Due]:
    """What every DOI of a dataset should say now: the versions first, as the dataset's own names them."""
    dois = list(Doi.objects.filter(dataset=dataset).select_related("version").order_by("version__number"))
    is_shown = dataset.state == Dataset.State.PUBLISHED and not dataset.metadata_withheld
    event = Event.PUBLISH if is_shown else Event.HIDE
    if not is_shown:  # a draft is nobody's business, and stays one
        dois = [doi for doi in dois if doi.registered_at is not None]
    if dataset.metadata_withheld:
        for doi in dois:
            number = doi.version.number if doi.version else None
            address = absolute(dataset_path(dataset.key)) + (f"?version={number}" if number else "")
            yield _Due(doi, Event.HIDE, attributes_of(to_withheld_datacite(address, year=_year(dataset))))
        return
    words = get_project().audiences.words
    names = {doi.version.number if doi.version else 0: repository.address_of(doi.name) for doi in dois}
    rows = {row.number: row for row in DatasetVersion.objects.filter(dataset=dataset)}
    known = tuple(_entry(rows[number], names) for number in sorted(rows, reverse=True))
    for doi in sorted(dois, key=lambda one: one.version is None):
        row = doi.version or rows[max(rows)]
        enforced = parse_certificate(row.certificate).model_copy(update={"access": terms_of(dataset)})
        version = next(entry for entry in known if entry.number == row.number)
        named = {"doi_url": names.get(0, ""), "version": version, "versions": known}  # those not followed yet, too
        certificate = as_it_stands(enforced, dataset).model_copy(update=named)
        document = to_datacite(certificate, at=at, words=words, of_version=doi.version is not None)
        yield _Due(doi, event, attributes_of(document))


def _entry(row: DatasetVersion, names: dict[int, str]) -> VersionEntry:
    certified: Certificate = parse_certificate(row.certificate)
    return certified.version.model_copy(update={"doi_url": names.get(row.number, "")})


def _year(dataset: Dataset) -> int:
    return (dataset.published_at or dataset.created_at).year


def _send(context: JobContext, datacite: DataCite, due: _Due) -> None:
    """Reserve a new DOI as a draft, so that a refusal leaves nothing for good; then send what it should be."""
    doi = due.doi
    if doi.state == Doi.State.WANTED:
        try:
            record = datacite.reserve(doi.name, due.attributes)
        except DoiTaken:  # by an attempt that was cut off
            found = datacite.find(doi.name)
            if found is None:
                raise
            record = found
        _store(context, due, state=record.state)
    record = datacite.change(doi.name, due.attributes, due.event)
    _store(context, due, state=record.state, digest=due.digest)
    context.log(f"{doi.name}: {record.state}")


def _store(context: JobContext, due: _Due, *, state: str, digest: str = "") -> None:
    at, doi = context.clock(), due.doi
    with transaction.atomic():
        context.require_held()
        was_known = doi.registered_at is not None
        doi.state, doi.changed_at, doi.tried_at = state, at, at
        doi.sent_sha256 = digest or doi.sent_sha256
        if not was_known and state in {Doi.State.REGISTERED, Doi.State.FINDABLE}:
            doi.registered_at = at
            detail = {"doi": doi.name, "state": state}
            record_event(actor=Actor.system(), verb="doi.registered", subject=doi.dataset, at=at, detail=detail)
        doi.save(update_fields=["state", "changed_at", "tried_at", "sent_sha256", "registered_at"])
