"""What differs between two versions of a dataset, as a page and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from fairwatt.core.metadata import Certificate
from fairwatt.portal.pages.signed_in import actor_of
from fairwatt.services.version_differences import VersionDifference, compare_versions


@require_safe
def show_difference(request: HttpRequest, key: str) -> HttpResponse:
    """Say what differs between two versions: the latest two, or ``?from=1&to=3``; JSON by ``&format=json``."""
    found = compare_versions(
        actor=actor_of(request),
        key=key,
        before=request.GET.get("from", ""),
        after=request.GET.get("to", ""),
        at=timezone.now(),
    )
    if request.GET.get("format") == "json":
        response = JsonResponse(_as_json(found))
        response["Access-Control-Allow-Origin"] = "*"
        return response
    added, removed, changed = found.totals
    context = {
        "found": found,
        "dataset": found.dataset,
        "added": added,
        "removed": removed,
        "changed": changed,
        "channels": _named(found),
        "changes": [(change.label, _said(change.before), _said(change.after)) for change in found.changes],
        "json": f"?from={found.before.version.number}&to={found.after.version.number}&format=json",
        "page": "catalogue",
        "crumbs": [
            (found.after.title, reverse("dataset", args=[key])),
            (f"From version {found.before.version.number} to {found.after.version.number}", ""),
        ],
    }
    return render(request, "portal/datasets/difference.html", context)


def _named(found: VersionDifference) -> list[tuple[str, int]]:
    names = {channel.field: channel.name for one in (found.before, found.after) for channel in one.channels}
    return [(names.get(field, field), count) for field, count in found.channels.items()]


def _said(value: Any) -> str:
    """A value of the certificate as people read it; "" where there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(map(_said, value))
    if isinstance(value, dict):
        return ", ".join(_said(part) for part in value.values() if part not in (None, "", []))
    return "" if value is None else str(value)


def _version(certificate: Certificate) -> dict[str, Any]:
    version = certificate.version
    return {
        "number": version.number,
        "pid": version.pid,
        "published_at": version.published_at.isoformat() if version.published_at else None,
        "note": version.note,
        "rows": certificate.rows,
        "readings": certificate.readings,
    }


def _as_json(found: VersionDifference) -> dict[str, Any]:
    added, removed, changed = found.totals
    readings = None
    if found.months is not None:
        readings = {
            "added": added,
            "removed": removed,
            "changed": changed,
            "channels": found.channels,
            "months": [asdict(month) for month in found.months],
        }
    return {
        "dataset": found.after.pid,
        "from": _version(found.before),
        "to": _version(found.after),
        "metadata": [{**change._asdict(), "kind": change.kind} for change in found.changes],
        "readings": readings,
        "reason": found.reason,
    }
