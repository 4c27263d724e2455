"""Who may have what, now: the one place that decides it, for pages, downloads, API, tools and lists alike.

A dataset's *metadata* are everyone's once published, unless withheld. Its *data* follow its release dates, an
audience at a time; audiences are nested, embargoes lift themselves. Managers, the provider's members and whoever
logged the dataset always may. ``DatasetQuerySet.visible_to`` and ``readable_by`` say the same to the database;
a test keeps them in step. Agreements, requests and grants will be further reasons here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.db.models import prefetch_related_objects

from fairwatt.core.errors import NotAllowed, NotFound, NotSignedIn
from fairwatt.core.files.privacy import METER_POINTS, PERSONAL_COLUMNS
from fairwatt.core.metadata.access import (
    AccessClass,
    AccessTerms,
    Audience,
    Release,
    classify_access,
    opening_date,
    say_access,
    say_label,
)
from fairwatt.core.metadata.words import say_date
from fairwatt.core.project import Project
from fairwatt.core.project.audiences import AudienceWords, Readers, begin
from fairwatt.records.models import Dataset, File, FileFinding, Membership
from fairwatt.records.models.datasets import DatasetQuerySet
from fairwatt.services.actors import Actor
from fairwatt.services.projects import get_project

ICONS = {
    AccessClass.OPEN: "unlock",
    AccessClass.SHARED: "people",
    AccessClass.EMBARGOED: "clock",
    AccessClass.CLOSED: "lock",
}
_LISTED = (Dataset.State.PUBLISHED, Dataset.State.WITHDRAWN)
_WITHHELD = {
    METER_POINTS: "The original file holds numbers of supply points (MPAN or MPRN), so it stays with its provider.",
    PERSONAL_COLUMNS: "The original file says whose its readings are (names, addresses), so it stays with its "
    "provider.",
}
_INSTEAD = {
    METER_POINTS: "Download the readings: other names stand for the supply points there.",
    PERSONAL_COLUMNS: "Download the readings: they are without these columns.",
}


class DataWithdrawn(NotAllowed):
    """The data were published once and have been taken back; their page says why."""

    code = "withdrawn"
    http_status = 410


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the asker may have it, why, and what they can do about it.

    ``http_status`` is 200, 401 (signing in would help), 403, 404 (they may not even know of it) or 410
    (withdrawn); ``opens_at`` is the instant from which this asker may, where there is one.
    """

    allowed: bool
    reason: str
    how: str = ""
    opens_at: datetime | None = None
    http_status: int = HTTPStatus.OK

    @property
    def is_hidden(self) -> bool:
        """Whether the asker may not even know of it."""
        return self.http_status == HTTPStatus.NOT_FOUND


@dataclass(frozen=True, slots=True)
class AudienceRow:
    """One row of a dataset's access table, in the project's words."""

    audience: Audience
    label: str
    description: str
    available_from: datetime | None
    is_available: bool
    text: str


@dataclass(frozen=True, slots=True)
class AccessSummary:
    """What a page says of a dataset's access: the same to every reader.

    ``always`` names those who have the data whatever the rows say.
    """

    access_class: AccessClass
    label: str
    sentence: str
    icon: str
    opens_at: datetime | None
    rows: tuple[AudienceRow, ...]
    always: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What an actor is, looked up once for any number of datasets."""

    user_id: int | None
    is_manager: bool
    may_read: bool
    audience: Audience
    organization_ids: frozenset[int]

    def owns(self, dataset: Dataset) -> bool:
        """Whether the dataset is the actor's own: logged by them, or provided by an organisation of theirs."""
        if self.is_manager:
            return True
        if self.user_id is None:
            return False
        return dataset.created_by_id == self.user_id or dataset.provider_id in self.organization_ids


_Memberships = list[tuple[int, bool]]  # an organisation, and whether it is a partner
_asked: ContextVar[dict[int, _Memberships] | None] = ContextVar("memberships that were asked for", default=None)


@contextmanager
def asking_once() -> Iterator[None]:
    """Look each person's memberships up once while the body runs: for a request that only shows, as of its begin."""
    token = _asked.set({})
    try:
        yield
    finally:
        _asked.reset(token)


def _memberships_of(user_id: int) -> _Memberships:
    asked = _asked.get()
    if asked is not None and user_id in asked:
        return asked[user_id]
    rows = list(Membership.objects.filter(user=user_id).values_list("organization_id", "organization__is_partner"))
    if asked is not None:
        asked[user_id] = rows
    return rows


def find_standing(actor: Actor) -> Standing:
    """Look up what ``actor`` is: one query for people, none for anybody else."""
    user_id = actor.user.pk if actor.user is not None and actor.is_signed_in else None
    rows = _memberships_of(user_id) if user_id is not None else []
    audience = Audience.PUBLIC if user_id is None else Audience.EXTERNAL
    if any(is_partner for _, is_partner in rows):
        audience = Audience.PARTNER
    return Standing(
        user_id=user_id,
        is_manager=actor.is_manager,
        may_read=actor.may("read"),
        audience=audience,
        organization_ids=frozenset(organization for organization, _ in rows),
    )


def terms_of(dataset: Dataset) -> AccessTerms:
    """Read a dataset's release rules as the one access object; no query where they were prefetched."""
    order = list(Audience)
    releases = [
        Release(audience=Audience(rule.audience), available_from=rule.available_from)
        for rule in dataset.release_rules.all()
    ]
    return AccessTerms(
        releases=tuple(sorted(releases, key=lambda release: order.index(release.audience))),
        sensitivity=dataset.sensitivity,
        sensitivity_reason=dataset.sensitivity_reason,
        metadata_withheld=dataset.metadata_withheld,
        contact=get_project().branding.contact_email,
    )


def visible_datasets(actor: Actor) -> DatasetQuerySet:
    """Ask for the datasets whose metadata ``actor`` may see, for lists and look-ups.

    Raises
    ------
    NotAllowed
        Where a token's scopes leave out reading.
    """
    if not actor.may("read"):
        refusal = _token_may_not_read()
        raise NotAllowed(refusal.reason, next_step=refusal.how)
    datasets = DatasetQuerySet(Dataset)
    return datasets if actor.is_system else datasets.visible_to(actor.user if actor.is_signed_in else None)


def decide_metadata(*, actor: Actor, dataset: Dataset, at: datetime) -> Decision:
    """Decide whether ``actor`` may know of the dataset: its page, certificate, and place in lists."""
    del at  # metadata have no dates of their own yet
    return _judge_metadata(find_standing(actor), dataset)


def decide_data(*, actor: Actor, dataset: Dataset, at: datetime) -> Decision:
    """Decide whether ``actor`` may have the dataset's data at the instant ``at``."""
    return _judge_data(find_standing(actor), dataset, at=at)


def decide_many(*, actor: Actor, datasets: Iterable[Dataset], at: datetime) -> dict[int, Decision]:
    """Decide about the data of many datasets in two queries; the decisions are keyed by the datasets' pk."""
    rows = list(datasets)
    prefetch_related_objects(rows, "release_rules")
    standing = find_standing(actor)
    return {dataset.pk: _judge_data(standing, dataset, at=at) for dataset in rows}


def require_metadata(*, actor: Actor, dataset: Dataset, at: datetime) -> None:
    """Refuse whoever may not know of the dataset.

    Raises
    ------
    NotFound
        Where it is a draft or withheld: the answer is that of a dataset that does not exist.
    NotAllowed
        Where a token's scopes leave out reading.
    """
    _enforce(decide_metadata(actor=actor, dataset=dataset, at=at), dataset)


def require_data(*, actor: Actor, dataset: Dataset, at: datetime) -> None:
    """Refuse whoever may not have the data, saying how to get access.

    Raises
    ------
    NotSignedIn
        Where signing in would help.
    NotAllowed
        Where it would not; DataWithdrawn where there is nothing to be had any more.
    NotFound
        Where the asker may not even know of the dataset.
    """
    _enforce(decide_data(actor=actor, dataset=dataset, at=at), dataset)


def require_original(*, actor: Actor, file: File, at: datetime) -> None:
    """Refuse whoever may not have a file's own bytes: who may not have the data, and beyond its owners and managers
    everybody where the file says whose its readings are, by numbers of supply points or names, which the stored
    readings do not.

    Raises
    ------
    NotSignedIn, NotAllowed, NotFound
        As :func:`require_data` does.
    """
    require_data(actor=actor, dataset=file.dataset, at=at)
    if find_standing(actor).owns(file.dataset):
        return
    if refusal := withheld_originals([file]).get(file.pk):
        raise refusal


def withheld_originals(files: Iterable[File]) -> dict[int, NotAllowed]:
    """Which files' own bytes stay with their providers and managers, by pk, each with the refusal; in one query."""
    rows = {file.pk: file for file in files}
    found = FileFinding.objects.filter(file__in=rows, code__in=(METER_POINTS, PERSONAL_COLUMNS))
    refused: dict[int, NotAllowed] = {}
    for pk, code in sorted(found.values_list("file_id", "code"), key=lambda one: one[1] == METER_POINTS):
        if code == METER_POINTS or rows[pk].kind == File.Kind.READINGS:
            refused[pk] = NotAllowed(_WITHHELD[code], where={"file": rows[pk].key}, next_step=_INSTEAD[code])
    return refused


def describe_access(dataset: Dataset, at: datetime) -> AccessSummary:
    """Say who may have the data, now and later, in a word, a sentence and a table."""
    terms, project = terms_of(dataset), get_project()
    zone = project.time_zone
    access_class = classify_access(terms, at=at)
    return AccessSummary(
        access_class=access_class,
        label=say_label(terms, at=at, zone=zone),
        sentence=say_access(terms, at=at, zone=zone, words=project.audiences.words),
        icon=ICONS[access_class],
        opens_at=opening_date(terms, at=at),
        rows=tuple(_row(terms, audience, at=at, project=project) for audience in Audience),
        always=f"{begin(project.audiences.manager.name)}, and the provider’s own people",
    )


def no_such_dataset(key: str) -> NotFound:
    """Make the error for a dataset that does not exist, or that the asker may not know of: the same for both."""
    return NotFound(
        "There is no dataset at this address.",
        where={"dataset": key},
        next_step="Check the address, or look in the catalogue. If you have an account, sign in first.",
    )


def _row(terms: AccessTerms, audience: Audience, *, at: datetime, project: Project) -> AudienceRow:
    start = terms.available_from(audience)
    is_available = terms.is_available(audience, at=at)
    later = f"From {say_date(start, zone=project.time_zone)}" if start else "Not shared"
    called: Readers = getattr(project.audiences, audience)
    text = "Now" if is_available else later
    return AudienceRow(audience, begin(called.name), called.description, start, is_available, text)


def _judge_metadata(standing: Standing, dataset: Dataset) -> Decision:
    if not standing.may_read:
        return _token_may_not_read()
    if standing.owns(dataset):
        return Decision(allowed=True, reason="You are a data manager, or the dataset is yours.")
    if dataset.state in _LISTED and not dataset.metadata_withheld:
        return Decision(allowed=True, reason="Metadata are open to everyone.")
    return Decision(allowed=False, reason="There is no dataset at this address.", http_status=404)


def _judge_data(standing: Standing, dataset: Dataset, *, at: datetime) -> Decision:
    metadata = _judge_metadata(standing, dataset)
    if not metadata.allowed:
        return metadata
    if dataset.erased_at is not None:
        return _erased(dataset)
    if standing.owns(dataset):
        return metadata
    if dataset.state == Dataset.State.WITHDRAWN:
        return _withdrawn(dataset)
    terms = terms_of(dataset)
    if terms.is_available(standing.audience, at=at):
        words = get_project().audiences.words
        return Decision(allowed=True, reason=f"Released to: {words.within(standing.audience)}.")
    return _refusal(standing, terms, at=at)


def _token_may_not_read() -> Decision:
    return Decision(
        allowed=False,
        reason="This token may not read.",
        how="Make a token with the scope 'read' on your account page.",
        http_status=403,
    )


def _erased(dataset: Dataset) -> Decision:
    when = say_date(dataset.erased_at, zone=get_project().time_zone) if dataset.erased_at else ""
    return Decision(
        allowed=False,
        reason=f"The data were erased on {when}, for good.",
        how="The dataset's page says why; its certificate stays.",
        http_status=410,
    )


def _withdrawn(dataset: Dataset) -> Decision:
    when = f" on {say_date(dataset.withdrawn_at, zone=get_project().time_zone)}" if dataset.withdrawn_at else ""
    why = f" Reason: {dataset.withdrawal_reason}" if dataset.withdrawal_reason else ""
    return Decision(
        allowed=False,
        reason=f"The data were withdrawn{when}.{why}",
        how="The dataset's page and certificate stay; write to the project if you need to know more.",
        http_status=410,
    )


def _refusal(standing: Standing, terms: AccessTerms, *, at: datetime) -> Decision:
    project = get_project()
    zone, words = project.time_zone, project.audiences.words
    opens_at = terms.next_opening(standing.audience, at=at)
    hints = [_opening_hint(terms, at=at, zone=zone, words=words)]
    is_anonymous = standing.user_id is None
    helps = is_anonymous and any(
        terms.is_available(audience, at=at) for audience in (Audience.EXTERNAL, Audience.PARTNER)
    )
    if helps:
        hints.insert(0, "Sign in, or call the API with a token.")
    if terms.contact:
        hints.append(f"To ask for access, write to {terms.contact}.")
    return Decision(
        allowed=False,
        reason=say_access(terms, at=at, zone=zone, words=words),
        how=" ".join(hint for hint in hints if hint),
        opens_at=opens_at,
        http_status=401 if helps else 403,
    )


def _opening_hint(terms: AccessTerms, *, at: datetime, zone: str, words: AudienceWords) -> str:
    public = terms.next_opening(Audience.PUBLIC, at=at)
    return f"They open to {words.public} on {say_date(public, zone=zone)}." if public else ""


def _enforce(decision: Decision, dataset: Dataset) -> None:
    if decision.allowed:
        return
    if decision.is_hidden:
        raise no_such_dataset(dataset.key)
    where: dict[str, object] = {"dataset": dataset.key}
    if decision.opens_at is not None:
        where["opens_at"] = decision.opens_at.isoformat()
    errors = {401: NotSignedIn, 410: DataWithdrawn}
    raise errors.get(decision.http_status, NotAllowed)(decision.reason, where=where, next_step=decision.how)
