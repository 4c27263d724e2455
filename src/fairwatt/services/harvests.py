"""Reading the catalogues page by page, in the order in which things changed: for OAI-PMH, DCAT, Atom and CKAN alike.

A page costs a fixed number of queries, the hundredth as much as the first: it begins after a place, not after a number
of rows. What the asker may not know of is in no page and in no total. Whoever could once know of a dataset that was
withdrawn, erased or withheld since learns that it has gone; of one that is withheld no more than that and which of the
two catalogues it was in, so that those who keep a copy of one catalogue learn it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, Min, OuterRef, Q

from fairwatt.core.metadata import Certificate, parse_certificate
from fairwatt.records.models import Dataset, DatasetVersion, Listing
from fairwatt.records.models.datasets import DatasetQuerySet
from fairwatt.services.access import Decision, decide_many, terms_of, visible_datasets
from fairwatt.services.actors import MANAGE, Actor
from fairwatt.services.certificates import draft_certificate
from fairwatt.services.listings import LISTED
from fairwatt.services.standing import Loss, as_it_stands, find_losses

MOST_ENTRIES = 1_000
ANY = "*"  # whichever, but one


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after the dataset of this row that changed at this instant."""

    changed_at: datetime
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What is asked of the catalogues.

    Attributes
    ----------
    origin, trial, provider
        Only datasets of this origin, of the trial or the provider with this code (:data:`ANY` of them); "" is all.
    since, until
        Only what changed in [since, until).
    after
        Where the page begins; None is at the beginning.
    limit
        Datasets on a page.
    with_gone
        Whether those that have gone are told of.
    newest_first
        The latest change first, else the earliest.
    counts
        Whether the total is wanted.
    """

    origin: str = ""
    trial: str = ""
    provider: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: Place | None = None
    limit: int = 100
    with_gone: bool = False
    newest_first: bool = False
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One dataset: with its certificate as this asker may see it; None where it was withheld since it was public.

    ``is_gone`` is true of datasets that were withdrawn or erased, or are withheld from the asker now.
    """

    dataset: Dataset
    changed_at: datetime
    is_gone: bool
    certificate: Certificate | None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One page; ``next`` is where the one after it begins, None at the end. ``total`` is 0 where none was wanted."""

    entries: tuple[Entry, ...]
    next: Place | None
    total: int


def harvest(*, actor: Actor, asked: Harvest, at: datetime) -> EntryPage:
    """Read a page of what ``actor`` may know of.

    Raises
    ------
    NotAllowed
        Where a token's scopes leave out reading.
    """
    tells_withheld = asked.with_gone and not (asked.trial or asked.provider)  # whose they were isn't told
    known = _narrowed(_known_to(actor, with_gone=asked.with_gone, with_withheld=tells_withheld), asked)
    when = _time_for(actor)
    total = known.filter(_within(asked, f"listing__{when}")).order_by().count() if asked.counts else 0
    sign, beyond = ("-", "lt") if asked.newest_first else ("", "gt")
    # along the listings' own index, each dataset looked up as it is passed: a page stops where it is full
    found = Listing.objects.filter(_within(asked, when), Exists(known.filter(pk=OuterRef("pk"))))
    if asked.after is not None:
        instant, row = asked.after.changed_at, asked.after.row
        found = found.filter(**{f"{when}__{beyond}e": instant}).filter(
            Q(**{f"{when}__{beyond}": instant}) | Q(**{f"dataset__{beyond}": row})
        )
    limit = max(1, min(asked.limit, MOST_ENTRIES))
    rows = found.order_by(f"{sign}{when}", f"{sign}dataset_id")
    places = list(rows.values_list("dataset_id", when)[: limit + 1])
    more, places = len(places) > limit, places[:limit]
    after = Place(places[-1][1], places[-1][0]) if more else None
    return EntryPage(tuple(_entries(dict(places), actor=actor, at=at)), after, total)


def find_entry(*, actor: Actor, key: str, at: datetime, with_gone: bool = False) -> Entry | None:
    """Find one dataset of the catalogues; None where the asker may not know of it, or it was never published."""
    found = _known_to(actor, with_gone=with_gone).filter(key=key)
    place = dict(found.values_list("pk", f"listing__{_time_for(actor)}"))
    return next((entry for entry in _entries(place, actor=actor, at=at) if with_gone or entry.certificate), None)


def find_entries(*, actor: Actor, rows: Sequence[int], at: datetime) -> list[Entry]:
    """Fetch the datasets of these rows in their order, those left out that the asker may not know of."""
    known_rows = _known_to(actor, with_gone=False).filter(pk__in=rows)
    places = dict(known_rows.values_list("pk", f"listing__{_time_for(actor)}"))
    known = {row: places[row] for row in rows if row in places}
    return [entry for entry in _entries(known, actor=actor, at=at) if entry.certificate]  # one may be withheld just now


def earliest_change(*, actor: Actor) -> datetime | None:
    """When the dataset changed that has not changed for longest, of those that the asker may know of."""
    known = _known_to(actor, with_gone=True).order_by()
    found: datetime | None = known.aggregate(first=Min(f"listing__{_time_for(actor)}"))["first"]
    return found


def latest_change(*, actor: Actor, origin: str = "") -> datetime | None:
    """When anything last changed that the asker may know of."""
    known = _narrowed(_known_to(actor, with_gone=True), Harvest(origin=origin)).order_by()
    found: datetime | None = known.aggregate(last=Max(f"listing__{_time_for(actor)}"))["last"]
    return found


def _time_for(actor: Actor) -> str:
    """Which time of a listing an asker is told: all changes, or those that everybody may know of.

    It is one for all datasets, so that a page can follow an index; so owners who are no data managers are told of what
    happens to a dataset of theirs that was withheld later when it is withheld no more.
    """
    return "changed_at" if actor.may(MANAGE) else "told_at"


def _known_to(actor: Actor, *, with_gone: bool, with_withheld: bool = True) -> DatasetQuerySet:
    """The datasets that are told of: published ones that are visible.

    ``with_gone`` also those that were withdrawn or erased, and ``with_withheld`` of these also what was public once.
    """
    if not with_gone:
        return visible_datasets(actor).published().filter(listing__isnull=False)
    visible = Q(Exists(visible_datasets(actor).filter(pk=OuterRef("pk"))))
    told = Q(listing__was_public=True) | visible if with_withheld else visible
    return DatasetQuerySet(Dataset).filter(told, listing__isnull=False, state__in=LISTED)


def _narrowed(found: DatasetQuerySet, asked: Harvest) -> DatasetQuerySet:
    if asked.origin:
        found = found.filter(origin=asked.origin)
    for name in ("trial", "provider"):
        code = getattr(asked, name)
        if code == ANY:
            found = found.filter(**{f"{name}__isnull": False})
        elif code:
            found = found.filter(**{f"{name}__code": code})
    return found


def _within(asked: Harvest, column: str) -> Q:
    bounds = Q()
    if asked.since is not None:
        bounds &= Q(**{f"{column}__gte": asked.since})
    if asked.until is not None:
        bounds &= Q(**{f"{column}__lt": asked.until})
    return bounds


def _entries(places: Mapping[int, datetime], *, actor: Actor, at: datetime) -> list[Entry]:
    rows = Dataset.objects.select_related("trial", "provider").prefetch_related("release_rules", "procedures")
    datasets = rows.in_bulk(list(places))
    decisions = decide_many(actor=actor, datasets=datasets.values(), at=at)
    issued, losses = _issued_certificates(places), find_losses(datasets.values())
    return [
        _entry(datasets[row], changed_at, issued.get(row), decisions[row], losses[row])
        for row, changed_at in places.items()
        if row in datasets
    ]


def _issued_certificates(rows: Mapping[int, datetime]) -> dict[int, Certificate]:
    """The certificates of the latest versions, in one query."""
    numbered = DatasetVersion.objects.filter(dataset=OuterRef("dataset")).order_by("-number").values("number")[:1]
    latest = DatasetVersion.objects.filter(dataset__in=list(rows), number=numbered)
    return {row: parse_certificate(stored) for row, stored in latest.values_list("dataset", "certificate")}


def _entry(dataset: Dataset, changed_at: datetime, issued: Certificate | None, decision: Decision, loss: Loss) -> Entry:
    if decision.is_hidden:
        return Entry(dataset, changed_at, is_gone=True, certificate=None)
    gone = dataset.state == Dataset.State.WITHDRAWN or dataset.erased_at is not None
    certificate = issued or draft_certificate(dataset)
    if certificate.tells_values and not decision.allowed:
        certificate = certificate.without_values()
    enforced = certificate.model_copy(update={"access": terms_of(dataset)})
    return Entry(dataset, changed_at, is_gone=gone, certificate=as_it_stands(enforced, dataset, loss=loss))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the catalogues, by what its datasets have in common, and how many it has."""

    kind: str  # origin, trial or provider
    code: str
    name: str
    count: int


def list_parts(*, actor: Actor, kind: str) -> list[Part]:
    """The origins, trials or providers of the published datasets that ``actor`` may know of, with their numbers."""
    fields = {"origin": ("origin", "origin"), "trial": ("trial__code", "trial__title")}
    code, name = fields.get(kind, ("provider__code", "provider__name"))
    rows = _known_to(actor, with_gone=False).order_by().values_list(code, name).annotate(count=Count("pk"))
    return [Part(kind, found, called, count) for found, called, count in rows.order_by(code) if found]
