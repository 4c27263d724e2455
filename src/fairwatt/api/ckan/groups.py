"""CKAN's actions about what datasets share: organisations (providers), groups (catalogues, trials) and tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fairwatt.api.ckan.answers import NOT_FOUND, CkanError
from fairwatt.api.ckan.calls import Call
from fairwatt.api.ckan.packages import as_package
from fairwatt.core.metadata.ckan import group_entry, name_of, stamp, tag_entry
from fairwatt.records.models import Organization
from fairwatt.services.package_queries import PackageQuery, Term
from fairwatt.services.packages import (
    FacetCount,
    list_groups,
    list_organizations,
    list_tags,
    search_packages,
)


def organization_list(call: Call) -> list[Any]:
    """The providers whose datasets the asker may know of."""
    found = [_organization(row, count) for row, count in list_organizations(actor=call.actor)]
    wanted = call.arguments.texts("organizations")
    return _listed(call, [one for one in found if not wanted or one["name"] in wanted])


def organization_show(call: Call) -> dict[str, Any]:
    """One provider, with its datasets where they are wanted."""
    name = call.arguments.required("id").lower()
    for row, count in list_organizations(actor=call.actor):
        if name_of(row.code) == name:
            return _organization(row, count) | {"users": [], **_packages(call, "organization", name)}
    raise CkanError(NOT_FOUND, "Not found: Organization was not found.")


def group_list(call: Call) -> list[Any]:
    """The two catalogues and the trials."""
    wanted = call.arguments.texts("groups")
    found = sorted(list_groups(actor=call.actor), key=lambda one: one.name)
    return _listed(call, [_group(one) for one in found if not wanted or one.name in wanted])


def group_show(call: Call) -> dict[str, Any]:
    """One catalogue or trial."""
    name = call.arguments.required("id").lower()
    for one in list_groups(actor=call.actor):
        if one.name == name:
            return _group(one) | {"users": [], **_packages(call, "groups", name)}
    raise CkanError(NOT_FOUND, "Not found: Group was not found.")


def tag_list(call: Call) -> list[Any]:
    """The keywords; there are no vocabularies."""
    wanted = call.arguments.text("query", "q").casefold()
    if call.arguments.text("vocabulary_id"):
        raise CkanError(NOT_FOUND, "Not found: there are no vocabularies here.")
    found = [tag for tag in list_tags(actor=call.actor) if wanted in tag.name.casefold()]
    if call.arguments.flag("all_fields"):
        return [tag_entry(tag.name) for tag in found]
    return [tag.name for tag in found]


def tag_show(call: Call) -> dict[str, Any]:
    """One keyword, with its datasets where they are wanted."""
    name = call.arguments.required("id")
    for tag in list_tags(actor=call.actor):
        if tag.name == name:
            return tag_entry(tag.name) | _packages(call, "tags", name)
    raise CkanError(NOT_FOUND, "Not found: Tag was not found.")


def _organization(row: Organization, count: int) -> dict[str, Any]:
    name = name_of(row.code)
    return {
        "id": name,
        "name": name,
        "title": row.name,
        "display_name": row.name,
        "description": f"Partner of the project: {row.code}" if row.is_partner else f"Provider of data: {row.code}",
        "image_url": "",
        "image_display_url": "",
        "created": stamp(row.created_at),
        "type": "organization",
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
        "package_count": count,
        "num_followers": 0,
        "groups": [],
        "tags": [],
        "extras": [{"key": "homepage", "value": row.homepage}] if row.homepage else [],
    }


def _group(one: FacetCount) -> dict[str, Any]:
    shown = group_entry(one.name, one.title)
    flags = {"type": "group", "is_organization": False, "approval_status": "approved", "state": "active"}
    return shown | flags | {"image_url": "", "created": None, "package_count": one.count, "num_followers": 0,
                            "groups": [], "tags": [], "extras": []}  # fmt: skip


def _listed(call: Call, found: Sequence[dict[str, Any]]) -> list[Any]:
    """The part of a list that is wanted: names, or all that is known."""
    given = call.arguments
    if given.text("sort").partition(" ")[0] == "package_count" or given.text("order_by") == "packages":
        found = sorted(found, key=lambda one: (-one["package_count"], one["name"]))
    start, limit = given.number("offset", 0), given.number("limit", 1_000)
    part: Iterable[dict[str, Any]] = found[start : start + limit]
    return list(part) if given.flag("all_fields") else [one["name"] for one in part]


def _packages(call: Call, field: str, name: str) -> dict[str, Any]:
    if not call.arguments.flag("include_datasets"):
        return {}
    query = PackageQuery(question=Term(field, name, is_quoted=True), rows=1_000)
    found = search_packages(actor=call.actor, query=query, at=call.at)
    return {"packages": [as_package(entry, call) for entry in found.entries]}
