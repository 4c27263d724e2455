"""The Foreground and the Background Catalogue: finding datasets by words and facets, and LEO's two tables.

Only published datasets that the asker may see are found or counted. The number of queries depends on the
question, never on how many datasets there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Case, CharField, Count, Exists, OuterRef, QuerySet, Value, When

from fairwatt.core.errors import InvalidInput
from fairwatt.core.metadata.access import AccessClass, classify_access, say_access, say_label
from fairwatt.core.project import Project
from fairwatt.core.units import QUANTITIES
from fairwatt.records.models import Dataset, Organization, Procedure, ReleaseRule
from fairwatt.records.models import FacetValue as IndexedFacet
from fairwatt.records.models.datasets import DatasetQuerySet
from fairwatt.records.search import RESOLUTIONS, match_words, rank_matches
from fairwatt.services.access import ICONS, decide_many, terms_of, visible_datasets
from fairwatt.services.actors import Actor
from fairwatt.services.catalogue_queries import DEFAULT_LIMIT, FACETS, MOST_ITEMS, SORTS, CatalogueQuery
from fairwatt.services.links import dataset_path
from fairwatt.services.pages import Position, next_and_previous, page_by_rank, page_of
from fairwatt.services.projects import get_project

__all__ = [
    "DEFAULT_LIMIT",
    "FACETS",
    "MOST_ITEMS",
    "SORTS",
    "TABLE_COLUMNS",
    "CatalogueEntry",
    "CataloguePage",
    "CatalogueQuery",
    "Facet",
    "FacetValue",
    "Suggestion",
    "TableRow",
    "catalogue_table",
    "count_catalogues",
    "search_catalogue",
    "suggest",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One dataset in a list. Sizes in bytes, ``resolution_s`` in seconds, the period half-open and UTC."""

    key: str
    path: str
    identifier: str
    title: str
    description: str
    origin: str
    keywords: tuple[str, ...]
    provider: str
    provider_code: str
    receiver: str
    trial: str
    trial_title: str
    procedures: tuple[str, ...]
    formats: tuple[str, ...]
    quantities: tuple[str, ...]
    quantity_labels: tuple[str, ...]
    licence: str
    file_count: int
    bytes_total: int
    rows_total: int
    readings_total: int
    period_start: datetime | None
    period_end: datetime | None
    resolution_s: float | None
    coverage: tuple[float, ...]
    published_at: datetime | None
    updated_at: datetime
    access: str
    access_label: str
    access_sentence: str
    access_icon: str
    can_read: bool
    is_withheld: bool


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet: how many datasets it would leave, the other facets applied."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with its values, those that leave something and those that are chosen."""

    name: str
    label: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """One page of an answer; ``next`` and ``previous`` are cursors, "" at the ends."""

    items: tuple[CatalogueEntry, ...]
    total: int
    facets: tuple[Facet, ...]
    next: str
    previous: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of LEO's catalogue tables; ``key`` and ``path`` lead to the dataset."""

    data_id: str
    title: str
    key: str
    path: str
    file_count: int
    formats: tuple[str, ...]
    procedures: tuple[str, ...]
    provider: str
    receiver: str

    def cells(self, origin: str) -> tuple[str, ...]:
        """The row's texts, in the order of :data:`TABLE_COLUMNS`."""
        formats = ", ".join(self.formats)
        if origin == Dataset.Origin.FOREGROUND:
            return (self.data_id, self.title, str(self.file_count), formats, ", ".join(self.procedures))
        return (self.data_id, self.title, self.provider, self.receiver, formats)


TABLE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "foreground": ("Data ID", "Title", "Number of files", "Associated formats", "Associated MVS procedures"),
    "background": ("Data ID", "Title", "Provider", "Receiver", "Format(s)"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A dataset whose words begin like what has been typed so far."""

    label: str
    key: str
    path: str


def search_catalogue(*, actor: Actor, query: CatalogueQuery, at: datetime, facets: bool = True) -> CataloguePage:
    """Find the published datasets that ``actor`` may see and that answer ``query``, with counts for each facet.

    Raises
    ------
    InvalidInput
        Where the cursor is not one of ours.
    NotAllowed
        Where a token's scopes leave out reading.
    """
    base = visible_datasets(actor).published()
    found = _filtered(base, query, at=at)
    position = Position.parse(query.cursor, sort=query.order)
    if query.order == "relevance":
        page = page_by_rank(found, rank_matches(query.text), position=position, limit=query.limit, at=at)
    else:
        page = page_of(found, sort=query.order, position=position, limit=query.limit)
    rows = _with_relations(page.keys)
    after, before = next_and_previous(page, rows, sort=query.order)
    counts = _count_facets(base, query, at=at) if facets else {}
    return CataloguePage(
        items=tuple(_entries(rows, actor=actor, at=at)),
        total=_total(counts["access"], query) if facets else found.count(),
        facets=_facets(counts, query) if facets else (),
        next=after,
        previous=before,
    )


def _total(by_access: Mapping[str, int], query: CatalogueQuery) -> int:
    """Add up what was found: every dataset is of exactly one access class."""
    chosen = query.values("access") or tuple(by_access)
    return sum(by_access.get(access, 0) for access in chosen)


def count_catalogues(*, actor: Actor, at: datetime) -> dict[str, int]:
    """Count the published datasets that ``actor`` may see, by origin."""
    del at
    rows = visible_datasets(actor).published().order_by().values_list("origin").annotate(Count("pk"))
    return dict.fromkeys(Dataset.Origin.values, 0) | dict(rows)


def catalogue_table(
    *, actor: Actor, origin: str, at: datetime, start: int = 0, most: int | None = None
) -> list[TableRow]:
    """List one of LEO's two catalogues: exactly one row for each dataset that ``actor`` may see.

    Parameters
    ----------
    start, most
        The first row, and how many; all of them where nothing is said.

    Raises
    ------
    InvalidInput
        Where ``origin`` is neither foreground nor background.
    """
    del at
    if origin not in Dataset.Origin.values:
        raise InvalidInput(
            f"There is no catalogue '{origin}'.",
            where={"field": "origin"},
            next_step="Ask for 'foreground' or 'background'.",
        )
    found = visible_datasets(actor).published().filter(origin=origin)
    rows = found.order_by("identifier", "title", "pk").values(
        "pk", "key", "identifier", "title", "file_count", "formats", "provider__name", "receiver__name"
    )
    shown = list(rows if most is None else rows[start : start + most])
    of_these = found if most is None else found.filter(pk__in=[row["pk"] for row in shown])
    procedures: dict[int, list[str]] = {}
    logged = Procedure.objects.filter(datasets__in=of_these.order_by().values("pk"))
    for key, trial, code in logged.values_list("datasets", "trial__code", "code").order_by("position", "code"):
        procedures.setdefault(key, []).append(f"{trial} {code}")
    return [_table_row(row, tuple(procedures.get(row["pk"], ()))) for row in shown]


def suggest(*, actor: Actor, text: str, at: datetime, limit: int = 8) -> list[Suggestion]:
    """Suggest datasets for what has been typed so far, the best match first."""
    query = CatalogueQuery(text=text, limit=max(1, min(limit, DEFAULT_LIMIT)))
    ranked = rank_matches(query.text)
    found = _filtered(visible_datasets(actor).published(), query, at=at) if ranked else Dataset.objects.none()
    page = page_by_rank(found, ranked, position=None, limit=query.limit, at=at)
    rows = Dataset.objects.filter(pk__in=page.keys).values_list("pk", "title", "key")
    titles = {pk: (title, key) for pk, title, key in rows}
    return [Suggestion(title, key, dataset_path(key)) for title, key in map(titles.__getitem__, page.keys)]


# --- filters -------------------------------------------------------------------------------------------------


def _filtered(base: DatasetQuerySet, query: CatalogueQuery, *, at: datetime, leaving: str = "") -> DatasetQuerySet:
    """Apply everything that is asked, save for the facet ``leaving``."""
    found = base
    if (matches := match_words(query.text)) is not None:
        found = found.filter(pk__in=matches)
    elif query.text:
        found = found.none()  # only signs: nothing is called so
    if query.period_start is not None:
        found = found.filter(period_end__gt=query.period_start)
    if query.period_end is not None:
        found = found.filter(period_start__lt=query.period_end)
    for name in FACETS:
        values = query.values(name)
        if not values or name == leaving:
            continue
        if name == "access":
            found = found.alias(access_class=_access_class(at)).filter(access_class__in=values)
        elif name == "origin":
            found = found.filter(origin__in=values)
        else:
            chosen = IndexedFacet.objects.filter(name=name, value__in=values)
            found = found.filter(pk__in=chosen.values("dataset"))
    return found


def _access_class(at: datetime) -> Case:
    """Class a dataset's access in SQL, as core.metadata.access.classify_access does."""
    rules = ReleaseRule.objects.filter(dataset=OuterRef("pk"), available_from__isnull=False)
    public = rules.filter(audience=ReleaseRule.Audience.PUBLIC)
    return Case(
        When(Exists(public.filter(available_from__lte=at)), then=Value(AccessClass.OPEN.value)),
        When(Exists(public), then=Value(AccessClass.EMBARGOED.value)),
        When(Exists(rules.filter(available_from__lte=at)), then=Value(AccessClass.SHARED.value)),
        When(Exists(rules), then=Value(AccessClass.EMBARGOED.value)),
        default=Value(AccessClass.CLOSED.value),
        output_field=CharField(),
    )


# --- facets --------------------------------------------------------------------------------------------------


def _facets(counts: Mapping[str, Mapping[str, int]], query: CatalogueQuery) -> tuple[Facet, ...]:
    labels = _Labels(counts)
    found = []
    for name, label in FACETS.items():
        chosen = query.values(name)
        counted = {**dict.fromkeys(chosen, 0), **counts[name]}
        values = [
            FacetValue(value, labels.label(name, value), count, value in chosen) for value, count in counted.items()
        ]
        found.append(Facet(name, label, tuple(sorted(values, key=partial(_facet_order, name)))))
    return tuple(found)


def _count_facets(base: DatasetQuerySet, query: CatalogueQuery, *, at: datetime) -> dict[str, dict[str, int]]:
    """Count each facet's values with the other facets applied: one query for all that have no choice."""
    counts: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    indexed = [name for name in FACETS if name != "access"]
    free = [name for name in indexed if not query.values(name)]
    rows = list(_count_indexed(_filtered(base, query, at=at), free))
    for name in indexed:
        if query.values(name):
            rows += _count_indexed(_filtered(base, query, at=at, leaving=name), [name])
    for name, value, count in rows:
        counts[name][value] = count
    by_access = _filtered(base, query, at=at, leaving="access").annotate(access_now=_access_class(at))
    counts["access"] = dict(by_access.order_by().values_list("access_now").annotate(Count("pk")))
    return counts


def _count_indexed(found: DatasetQuerySet, names: list[str]) -> list[tuple[str, str, int]]:
    if not names:
        return []
    rows = IndexedFacet.objects.filter(name__in=names, dataset__in=found.order_by().values("pk"))
    return list(rows.values_list("name", "value").annotate(count=Count("pk")).order_by())


class _Labels:
    """What facet values are called: two queries, whatever their number."""

    def __init__(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        self._licences = {licence.code: licence.title for licence in get_project().licences}
        self._resolutions = {code: label for code, label, _ in RESOLUTIONS}
        self._providers = dict(Organization.objects.filter(code__in=counts["provider"]).values_list("code", "name"))
        self._trials: dict[str, str] = {}
        self._procedures: dict[str, str] = {}
        wanted = {*counts["trial"], *(value.rpartition(".")[0] for value in counts["procedure"])}
        for procedure in Procedure.objects.filter(trial__code__in=wanted).select_related("trial"):
            trial = procedure.trial
            self._trials[trial.code] = f"{trial.code} {trial.title}"
            self._procedures[f"{trial.code}.{procedure.code}"] = f"{trial.code} {procedure.code} {procedure.title}"

    def label(self, name: str, value: str) -> str:
        if name == "quantity":
            return QUANTITIES[value].label if value in QUANTITIES else value
        if name in ("origin", "access"):
            return value.capitalize()
        known = {
            "trial": self._trials,
            "procedure": self._procedures,
            "provider": self._providers,
            "resolution": self._resolutions,
            "licence": self._licences,
        }
        return known.get(name, {}).get(value, value)


def _facet_order(name: str, value: FacetValue) -> tuple[Any, ...]:
    if name == "resolution":
        return (next((place for place, entry in enumerate(RESOLUTIONS) if entry[0] == value.value), 99),)
    if name == "access":
        return (next((place for place, entry in enumerate(AccessClass) if entry == value.value), 99),)
    if name == "origin":
        return (value.value != Dataset.Origin.FOREGROUND, value.value)
    if name == "period":
        return (-int(value.value) if value.value.isdecimal() else 0, value.value)
    return (-value.count, value.label.casefold(), value.value)


# --- entries -------------------------------------------------------------------------------------------------


def _with_relations(keys: Sequence[int]) -> list[Dataset]:
    rows: QuerySet[Dataset] = (
        Dataset.objects.filter(pk__in=keys)
        .select_related("trial", "provider", "receiver")
        .prefetch_related("procedures", "release_rules")
        .defer("provenance", "details", "quality_statement", "restrictions")
    )
    by_key = {dataset.pk: dataset for dataset in rows}
    return [by_key[key] for key in keys if key in by_key]


def _entries(rows: list[Dataset], *, actor: Actor, at: datetime) -> list[CatalogueEntry]:
    decisions = decide_many(actor=actor, datasets=rows, at=at)
    project = get_project()
    return [_entry(dataset, can_read=decisions[dataset.pk].allowed, at=at, project=project) for dataset in rows]


_COPIED = (
    "key",
    "identifier",
    "title",
    "description",
    "origin",
    "licence",
    "file_count",
    "bytes_total",
    "rows_total",
    "readings_total",
    "period_start",
    "period_end",
    "resolution_s",
    "published_at",
    "updated_at",
)


def _entry(dataset: Dataset, *, can_read: bool, at: datetime, project: Project) -> CatalogueEntry:
    terms, zone = terms_of(dataset), project.time_zone
    access = classify_access(terms, at=at)
    quantities = tuple(map(str, dataset.quantities))
    plain = {name: getattr(dataset, name) for name in _COPIED}
    return CatalogueEntry(
        **plain,
        path=dataset_path(dataset.key),
        keywords=tuple(map(str, dataset.keywords)),
        formats=tuple(map(str, dataset.formats)),
        quantities=quantities,
        quantity_labels=tuple(QUANTITIES[code].label if code in QUANTITIES else code for code in quantities),
        coverage=tuple(dataset.coverage),
        provider=dataset.provider.name if dataset.provider else "",
        provider_code=dataset.provider.code if dataset.provider else "",
        receiver=dataset.receiver.name if dataset.receiver else "",
        trial=dataset.trial.code if dataset.trial else "",
        trial_title=dataset.trial.title if dataset.trial else "",
        procedures=tuple(procedure.code for procedure in dataset.procedures.all()),
        access=access.value,
        access_label=say_label(terms, at=at, zone=zone),
        access_sentence=say_access(terms, at=at, zone=zone, words=project.audiences.words),
        access_icon=ICONS[access],
        can_read=can_read,
        is_withheld=dataset.metadata_withheld,
    )


def _table_row(row: Mapping[str, Any], procedures: tuple[str, ...]) -> TableRow:
    return TableRow(
        data_id=row["identifier"] or row["key"],
        title=row["title"],
        key=row["key"],
        path=dataset_path(row["key"]),
        file_count=row["file_count"],
        formats=tuple(map(str, row["formats"])),
        procedures=procedures,
        provider=row["provider__name"] or "",
        receiver=row["receiver__name"] or "",
    )
