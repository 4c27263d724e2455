"""CKAN's actions about datasets and their resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairwatt.api.ckan.answers import BAD_QUERY, NOT_FOUND, CkanError
from fairwatt.api.ckan.calls import Call
from fairwatt.core.errors import InvalidInput
from fairwatt.core.metadata.ckan import to_ckan
from fairwatt.services.harvests import Entry
from fairwatt.services.links import absolute, dataset_path
from fairwatt.services.package_queries import All, Node, PackageQuery, Unreadable, parse_question, words_of
from fairwatt.services.packages import (
    MOST_ROWS,
    PackageAnswer,
    find_package,
    find_package_of_resource,
    find_withdrawn,
    list_packages,
    search_packages,
)
from fairwatt.services.projects import get_project

_SORTED = {"asc": False, "desc": True}


def package_list(call: Call) -> list[str]:
    """The names of all datasets."""
    limit = call.arguments.number("limit", -1, least=-1)
    start = call.arguments.number("offset", 0)
    return list_packages(actor=call.actor, start=start, limit=None if limit < 0 else limit)


def package_show(call: Call) -> dict[str, Any]:
    """One dataset, by id or name."""
    name = call.arguments.required("id", "name_or_id")
    entry = find_package(actor=call.actor, name=name, at=call.at)
    if entry is None:
        raise no_package(call, name)
    return as_package(entry, call)


def current_package_list_with_resources(call: Call) -> list[dict[str, Any]]:
    """The datasets, the latest change first."""
    limit = call.arguments.number("limit", MOST_ROWS)
    start = call.arguments.number("offset", 0) or limit * (call.arguments.number("page", 1, least=1) - 1)
    found = search_packages(actor=call.actor, query=PackageQuery(start=start, rows=limit), at=call.at)
    return [as_package(entry, call) for entry in found.entries]


def package_search(call: Call) -> dict[str, Any]:
    """Datasets by a question, with facets."""
    given = call.arguments
    asked = given.text("q") or "*:*"
    filters = [text for text in (given.text("fq"), *given.texts("fq_list")) if text]
    try:
        question = _read_question(asked)
        words = words_of(question) if asked != "*:*" else ""
        query = PackageQuery(
            question=All((question, *map(parse_question, filters))),
            words=(words or "").replace("*:*", ""),
            sort=_sort(given.text("sort")),
            start=given.number("start", 0),
            rows=min(given.number("rows", 10), MOST_ROWS),
            facets=given.texts("facet.field") if given.flag("facet", default=True) else [],
        )
        found = search_packages(actor=call.actor, query=query, at=call.at)
    except InvalidInput as error:
        raise CkanError(BAD_QUERY, f"Search Query is invalid: {error.message} {error.next_step}".strip()) from error
    limit, least = given.number("facet.limit", 50, least=-1), given.number("facet.mincount", 1)
    return {
        "count": found.count,
        "sort": given.text("sort") or "score desc, metadata_modified desc",
        **_facets(found, None if limit < 0 else limit, least),
        "results": [as_package(entry, call) for entry in found.entries],
    }


def resource_show(call: Call) -> dict[str, Any]:
    """One resource, by id."""
    wanted = call.arguments.required("id")
    entry = find_package_of_resource(actor=call.actor, resource=wanted, at=call.at)
    resources = as_package(entry, call)["resources"] if entry is not None else []
    found: dict[str, Any] | None = next((one for one in resources if one["id"] == wanted), None)
    if found is None:
        raise CkanError(NOT_FOUND, "Not found: Resource was not found.")
    return found


def package_autocomplete(call: Call) -> list[dict[str, Any]]:
    """Datasets whose words begin so."""
    query = PackageQuery(
        question=_read_question(call.arguments.text("q", "incomplete") or "*:*"),
        rows=min(call.arguments.number("limit", 10), 100),
    )
    found = search_packages(actor=call.actor, query=query, at=call.at)
    packages = [as_package(entry, call) for entry in found.entries]
    return [
        {
            "name": package["name"],
            "title": package["title"],
            "match_field": "title",
            "match_displayed": package["title"],
        }
        for package in packages
    ]


def nothing(call: Call) -> list[Any]:
    """What there is none of here: views, relationships, followers."""
    del call
    return []


def as_package(entry: Entry, call: Call) -> dict[str, Any]:
    """A dataset as CKAN writes it."""
    assert entry.certificate is not None  # what is withheld is no package
    return to_ckan(
        entry.certificate,
        key=entry.dataset.key,
        changed_at=entry.changed_at,
        is_private=entry.dataset.metadata_withheld,
        at=call.at,
        words=get_project().audiences.words,
    )


def no_package(call: Call, name: str) -> CkanError:
    """Why there is no such dataset: one that was withdrawn keeps its page."""
    if find_withdrawn(actor=call.actor, name=name):
        page = absolute(dataset_path(name))
        return CkanError(NOT_FOUND, f"Not found: Dataset was withdrawn. Its page says why: {page}")
    return CkanError(NOT_FOUND, "Not found: Dataset was not found.")


def _read_question(text: str) -> Node:
    """Read a question; one that is no question in Solr's syntax is taken for plain words, as CKAN does.

    Signs alone are no words: taken for them, they would find everything.
    """
    try:
        return parse_question(text)
    except Unreadable:
        plain = "".join(sign if sign.isalnum() else " " for sign in text)
        if not plain.strip():
            raise
        return parse_question(plain)


def _sort(text: str) -> Sequence[tuple[str, bool]]:
    found = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(" ")
        direction = direction.strip().lower() or "asc"
        if direction not in _SORTED:
            raise InvalidInput(f"'{part.strip()[:40]}' is no order.", next_step="Write it as 'metadata_modified desc'.")
        if name and name not in {"score", "relevance"}:
            found.append((name, _SORTED[direction]))
    return found


def _facets(found: PackageAnswer, most: int | None, least: int) -> Mapping[str, Any]:
    kept = {name: [one for one in counts if one.count >= least][:most] for name, counts in found.facets.items()}
    items = {
        name: [{"name": one.name, "display_name": one.title, "count": one.count} for one in counts]
        for name, counts in kept.items()
    }
    return {
        "facets": {name: {one.name: one.count for one in counts} for name, counts in kept.items()},
        "search_facets": {name: {"title": name, "items": listed} for name, listed in items.items()},
    }
