"""The catalogues as CKAN's clients ask for them: packages, organisations, groups and tags.

Only published datasets that the asker may know of are found, counted or named: an organisation, a group or a tag of
hidden datasets alone is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Lower

from fairwatt.core.errors import InvalidInput
from fairwatt.core.metadata import find_licensing
from fairwatt.core.metadata.ckan import licence_id, name_of, tag_of
from fairwatt.core.metadata.licences import Licensing
from fairwatt.records.models import Dataset, FacetValue, File, Organization, Trial
from fairwatt.records.models.datasets import DatasetQuerySet
from fairwatt.records.search import match_words, rank_matches
from fairwatt.services.access import visible_datasets
from fairwatt.services.actors import Actor
from fairwatt.services.harvests import Entry, find_entries, find_entry, list_parts
from fairwatt.services.package_queries import MOST_TERMS, Either, Node, Not, PackageQuery, Term, count_terms
from fairwatt.services.projects import get_project

MOST_ROWS = 1_000
FACETS: Mapping[str, str] = {
    "organization": "provider",
    "groups": "trial",
    "tags": "keyword",
    "res_format": "format",
    "license_id": "licence",
}
READINGS = ("CSV", "Parquet")  # what all readings can be had as
_SORTS = {
    "id": "key",
    "name": "key",
    "title": "title_sorted",
    "title_string": "title_sorted",
    "metadata_modified": "listing__changed_at",
    "metadata_created": "published_at",
}
_ALWAYS = {  # what is true of everything here
    "type": "dataset",
    "dataset_type": "dataset",
    "entity_type": "package",
    "state": "active",
    "capacity": "public",
}
_NOW = re.compile(r"NOW(?:/[A-Z]+)?(?:([+-]\d{1,6})(SECOND|MINUTE|HOUR|DAY)S?)?")


@dataclass(frozen=True, slots=True)
class PackageAnswer:
    """What was found: how many in all, those of the page, and the counts of each facet by its names."""

    count: int
    entries: tuple[Entry, ...]
    facets: Mapping[str, list[FacetCount]]


@dataclass(frozen=True, slots=True)
class FacetCount:
    """One value of a facet: its name, what people call it, and how many datasets have it."""

    name: str
    title: str
    count: int


def search_packages(*, actor: Actor, query: PackageQuery, at: datetime) -> PackageAnswer:
    """Find datasets by a question in CKAN's syntax.

    Raises
    ------
    InvalidInput
        Where it asks for a field that is not there, by a value that can't be one, or by too many.
    """
    if count_terms(query.question) > MOST_TERMS:  # SQLite takes a thousand at most
        raise InvalidInput(f"A question has at most {MOST_TERMS} words and conditions.", where={"field": "q"})
    found = _packages(actor).filter(_Translator(at).condition(query.question))
    count = found.order_by().count()
    rows = _page(found, query)
    facets = {name: _count(found, name) for name in query.facets}
    return PackageAnswer(count, tuple(find_entries(actor=actor, rows=rows, at=at)), facets)


def list_packages(*, actor: Actor, start: int = 0, limit: int | None = None) -> list[str]:
    """The names of all datasets that ``actor`` may know of, sorted."""
    names = _packages(actor).order_by("key").values_list("key", flat=True)
    return list(names[start:] if limit is None else names[start : start + limit])


def find_package(*, actor: Actor, name: str, at: datetime) -> Entry | None:
    """Find one dataset by its name; None where there is none that the asker may know of."""
    return find_entry(actor=actor, key=name, at=at)


def find_package_of_resource(*, actor: Actor, resource: str, at: datetime) -> Entry | None:
    """Find the dataset that a resource is of: one of its files, or all its readings in some form."""
    head, _, ending = resource.partition("-")
    if ending:
        return find_entry(actor=actor, key=head, at=at)
    key = File.objects.filter(key=resource).values_list("dataset__key", flat=True).first()
    return find_entry(actor=actor, key=key, at=at) if key else None


def find_withdrawn(*, actor: Actor, name: str) -> bool:
    """Whether a dataset of this name was withdrawn, and its page stays."""
    return visible_datasets(actor).filter(key=name, state=Dataset.State.WITHDRAWN).exists()


def list_organizations(*, actor: Actor) -> list[tuple[Organization, int]]:
    """The providers of datasets that ``actor`` may know of, with how many they have."""
    counts = {part.code: part.count for part in list_parts(actor=actor, kind="provider")}
    rows = Organization.objects.filter(code__in=counts).order_by("code")
    return [(row, counts[row.code]) for row in rows]


def list_groups(*, actor: Actor) -> list[FacetCount]:
    """The catalogues and trials of datasets that ``actor`` may know of."""
    return _groups(_packages(actor))


def list_tags(*, actor: Actor) -> list[FacetCount]:
    """The keywords of datasets that ``actor`` may know of, as tags."""
    return sorted(_count(_packages(actor), "tags"), key=lambda tag: tag.name)


def _packages(actor: Actor) -> DatasetQuerySet:
    return visible_datasets(actor).published().filter(listing__isnull=False)


# --- pages ---------------------------------------------------------------------------------------------------


def _page(found: DatasetQuerySet, query: PackageQuery) -> list[int]:
    begin, end = query.start, query.start + min(query.rows, MOST_ROWS)
    order = [_order(name, falls=falls) for name, falls in query.sort]
    if query.rows <= 0:
        return []
    if query.words and not query.sort:
        known = set(found.order_by().values_list("pk", flat=True))
        return [row for row in rank_matches(query.words) if row in known][begin:end]
    rows = found.alias(title_sorted=Lower("title")).order_by(*(order or ["-listing__changed_at"]), "pk")
    return list(rows.values_list("pk", flat=True)[begin:end])


def _order(name: str, *, falls: bool) -> str:
    if name not in _SORTS:
        raise InvalidInput(
            f"Datasets can't be sorted by '{name[:40]}'.",
            where={"field": "sort"},
            next_step=f"They can by: {', '.join(['score', *sorted(_SORTS)])}.",
        )
    return f"{'-' if falls else ''}{_SORTS[name]}"


# --- facets --------------------------------------------------------------------------------------------------


def _count(found: DatasetQuerySet, facet: str) -> list[FacetCount]:
    if facet == "groups":
        return _groups(found)
    if facet not in FACETS:
        return []
    rows = FacetValue.objects.filter(name=FACETS[facet], dataset__in=found.order_by().values("pk"))
    if facet == "res_format":
        return _formats(found, rows.values_list("value", "dataset"))
    counted = dict(rows.values_list("value").annotate(count=Count("pk")).order_by())
    name = _NAMES[facet]
    titles = _titles(facet, counted)
    merged: dict[str, FacetCount] = {}
    for value, count in counted.items():
        if called := name(value):
            before = merged[called].count if called in merged else 0
            merged[called] = FacetCount(called, titles.get(value, called), before + count)
    return _most_first(merged.values())


def _groups(found: DatasetQuerySet) -> list[FacetCount]:
    rows = dict(found.order_by().values_list("origin").annotate(count=Count("pk")))
    counts = [FacetCount(origin, f"{origin.capitalize()} Catalogue", count) for origin, count in rows.items()]
    trials = found.filter(trial__isnull=False).order_by().values_list("trial__code", "trial__title")
    counts += [
        FacetCount(name_of(code, before="trial-"), f"{code} {title}".strip(), count)
        for code, title, count in trials.annotate(count=Count("pk"))
    ]
    return _most_first(counts)


def _formats(found: DatasetQuerySet, originals: Any) -> list[FacetCount]:
    """Count the formats of the resources: of the files as received, and of the readings."""
    having: dict[str, set[int]] = {}
    for value, row in originals:
        having.setdefault(value, set()).add(row)
    with_readings = set(found.filter(readings_total__gt=0).order_by().values_list("pk", flat=True))
    for name in READINGS if with_readings else ():
        having.setdefault(name, set()).update(with_readings)
    return _most_first(FacetCount(name, name, len(rows)) for name, rows in having.items())


def _titles(facet: str, values: Mapping[str, int]) -> dict[str, str]:
    if facet == "organization":
        return dict(Organization.objects.filter(code__in=values).values_list("code", "name"))
    if facet == "license_id":
        return {licence.code: licence.title for licence in get_project().licences}
    return {}


def _most_first(counts: Iterable[FacetCount]) -> list[FacetCount]:
    return sorted(counts, key=lambda one: (-one.count, one.name))


def _licence_id(code: str) -> str:
    return licence_id(find_licensing(code) or Licensing(code=code))


# --- conditions ----------------------------------------------------------------------------------------------


class _Translator:
    """Write a question as a condition on datasets."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._fields: Mapping[str, Callable[[Term], Q]] = {
            "id": lambda term: Q(key=term.value),
            "name": lambda term: _by_pattern("key", term.value),
            "title": lambda term: _by_words("title", term),
            "text": self._by_any_word,
            "notes": lambda term: _by_words("description", term),
            "organization": self._by_organization,
            "owner_org": self._by_organization,
            "groups": self._by_group,
            "tags": lambda term: self._by_facet("keyword", term, tag_of),
            "license_id": lambda term: self._by_facet("licence", term, _licence_id),
            "res_format": self._by_format,
            "metadata_modified": lambda term: self._by_time("listing__changed_at", term),
            "metadata_created": lambda term: self._by_time("published_at", term),
            "private": lambda term: Q(metadata_withheld=term.value.lower() == "true"),
            "extras_origin": lambda term: Q(origin=term.value.lower()),
            "site_id": lambda term: Q(),
        }

    def condition(self, node: Node) -> Q:
        """The condition of a part of the question."""
        if isinstance(node, Not):
            inner = self.condition(node.part)
            return ~inner if inner else _NOTHING  # not everything
        if isinstance(node, Term):
            return self._of_term(node)
        parts = [self.condition(part) for part in node.parts]
        if isinstance(node, Either):
            either = parts[0]
            for part in parts[1:]:
                either = either | part if either and part else Q()  # one that holds of all
            return either
        every = Q()
        for part in parts:
            every &= part
        return every

    def _of_term(self, term: Term) -> Q:
        name = term.field
        if name in {"", "*"} and (term.value in {"*:*", "*"} or term.low):
            return Q()
        if not name:
            return self._by_any_word(term)
        if name in _ALWAYS:
            return Q() if term.value in {_ALWAYS[name], "*"} else _NOTHING
        if name not in self._fields:
            raise InvalidInput(
                f"Datasets can't be asked for by '{name[:40]}'.",
                where={"field": name[:40]},
                next_step=f"Known fields: {', '.join(sorted({*self._fields, *_ALWAYS}))}.",
            )
        if "*" in {term.value, term.low} and term.high in {"", "*"}:
            return Q()
        if term.low and name not in {"metadata_modified", "metadata_created"}:
            raise InvalidInput(f"'{name}' has no ranges.", where={"field": name})
        return self._fields[name](term)

    def _by_any_word(self, term: Term) -> Q:
        matches = match_words(term.value)
        return Q(pk__in=matches) if matches is not None else Q()

    def _by_organization(self, term: Term) -> Q:
        codes = Organization.objects.values_list("code", flat=True)
        return Q(provider__code__in=[code for code in codes if name_of(code) == term.value.lower()])

    def _by_group(self, term: Term) -> Q:
        if term.value in Dataset.Origin.values:
            return Q(origin=term.value)
        codes = Trial.objects.values_list("code", flat=True)
        return Q(trial__code__in=[code for code in codes if name_of(code, before="trial-") == term.value.lower()])

    def _by_facet(self, facet: str, term: Term, called: Callable[[str], str]) -> Q:
        values = FacetValue.objects.filter(name=facet).order_by().values_list("value", flat=True).distinct()
        fitting = [value for value in values if _fits(called(value), term.value)]
        return Q(pk__in=FacetValue.objects.filter(name=facet, value__in=fitting).values("dataset"))

    def _by_format(self, term: Term) -> Q:
        term = replace(term, value=term.value.casefold())  # people write csv, GeoJSON, geojson
        found = self._by_facet("format", term, str.casefold)
        is_made = any(_fits(name.casefold(), term.value) for name in READINGS)
        return found | Q(readings_total__gt=0) if is_made else found

    def _by_time(self, column: str, term: Term) -> Q:
        if not term.low:
            return Q(**{column: self._instant(term.value)})
        found = Q()
        for word, text in (("gte", term.low), ("lte", term.high)):
            if text != "*":
                found &= Q(**{f"{column}__{word}": self._instant(text)})
        return found

    def _instant(self, text: str) -> datetime:
        relative = _NOW.fullmatch(text)
        try:
            if relative is not None:
                amount, unit = relative.groups()
                return self._at + (timedelta(**{f"{unit.lower()}s": int(amount)}) if amount else timedelta())
            at = datetime.fromisoformat(text)
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, OverflowError) as error:
            raise InvalidInput(
                f"'{text[:40]}' is no instant.", next_step="Write it as 2026-06-01T12:00:00Z, NOW or NOW-7DAYS."
            ) from error


_NOTHING = Q(pk__in=())
_NAMES: Mapping[str, Callable[[str], str]] = {"organization": name_of, "tags": tag_of, "license_id": _licence_id}


def _fits(name: str, wanted: str) -> bool:
    """Whether a name is the one that is wanted; a star stands for whatever follows."""
    return name.startswith(wanted[:-1]) if wanted.endswith("*") else name == wanted


def _by_pattern(column: str, value: str) -> Q:
    return Q(**{f"{column}__startswith": value[:-1]}) if value.endswith("*") else Q(**{column: value})


def _by_words(column: str, term: Term) -> Q:
    return Q(**{f"{column}__icontains": term.value.strip("*").replace("\0", "")})
