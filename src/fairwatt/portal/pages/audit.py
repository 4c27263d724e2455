"""The audit log: everything that was done, for those who answer for it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from fairwatt.core.spreadsheets import harmless_cell
from fairwatt.portal.forms.audit import AuditFilter
from fairwatt.portal.pages.signed_in import require_manager, signed_in
from fairwatt.records.models import AuditEvent
from fairwatt.services.actors import Actor
from fairwatt.services.audit import record_event

_PAGE = 100
_LONGEST_ID = 19  # digits: fits a bigint
_COLUMNS = ("at", "who", "verb", "subject_type", "subject_id", "subject_label", "dataset", "address", "detail")


@require_safe
@signed_in
def show_log(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the log, latest first, as filtered by the address; ``format=csv`` sends all of it as a file."""
    require_manager(actor)
    form = AuditFilter(request.GET)
    events = _filter(form)
    if request.GET.get("format") == "csv":
        return _export(request, actor, events)
    total = events.count()
    before = request.GET.get("before", "")
    is_id = before.isdecimal() and len(before) < _LONGEST_ID
    shown = list((events.filter(_comes_before(int(before))) if is_id else events)[: _PAGE + 1])
    chosen = {key: value for key, value in request.GET.items() if value and key not in {"before", "format"}}
    context = {
        "form": form,
        "events": shown[:_PAGE],
        "total": total,
        "is_filtered": bool(chosen),
        "older": urlencode({**chosen, "before": shown[_PAGE - 1].pk}) if len(shown) > _PAGE else "",
        "newest": urlencode(chosen) if before else None,
        "csv": urlencode({**chosen, "format": "csv"}),
        "page": "audit",
        "crumbs": [("Audit log", "")],
    }
    return render(request, "portal/audit/log.html", context)


def _comes_before(event_id: int) -> Q:
    """What stands below an event: two that write at once may be stored in another order than they happened in."""
    at = AuditEvent.objects.filter(pk=event_id).values_list("at", flat=True).first()
    return Q(at__lt=at) | Q(at=at, pk__lt=event_id) if at else Q(pk__lt=event_id)


def _filter(form: AuditFilter) -> QuerySet[AuditEvent]:
    events = AuditEvent.objects.order_by("-at", "-id")
    if not form.is_valid():
        return events.none()
    chosen = form.cleaned_data
    if text := chosen["text"]:
        places = ("actor_label", "subject_label", "subject_id", "dataset_key")
        any_of = Q()
        for place in places:
            any_of |= Q(**{f"{place}__icontains": text})
        events = events.filter(any_of)
    if verb := chosen["verb"]:
        events = events.filter(verb=verb)
    if start := chosen["start"]:
        events = events.filter(at__gte=form.instant(start))
    if (end := chosen["end"]) and end < date.max:
        events = events.filter(at__lt=form.instant(end + timedelta(days=1)))
    return events


class _Echo:
    """A file whose write hands back what it was given: csv writes into the answer."""

    def write(self, line: str) -> str:
        return line


def _lines(events: Iterable[AuditEvent]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(_COLUMNS)
    for event in events:
        row = (
            event.at.isoformat(),
            event.actor_label,
            event.verb,
            event.subject_type,
            event.subject_id,
            event.subject_label,
            event.dataset_key,
            event.address,
            event.detail or "",
        )
        yield writer.writerow(map(harmless_cell, row))


def _export(request: HttpRequest, actor: Actor, events: QuerySet[AuditEvent]) -> HttpResponse:
    now = timezone.now()
    if actor.user is not None:
        record_event(actor=actor, verb="audit.exported", subject=actor.user, at=now)
    response = StreamingHttpResponse(_lines(events.iterator(chunk_size=1000)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-log-{now:%Y-%m-%d}.csv"'
    return response  # type: ignore[return-value]  # a streaming answer has the same use here
