"""What a person should know."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from fairwatt.core.errors import NotFound
from fairwatt.portal.pages.signed_in import signed_in
from fairwatt.services.actors import Actor
from fairwatt.services.notifications import MOST_NOTIFICATIONS, list_notifications, mark_read


@require_safe
@signed_in
def show_notifications(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List one's notifications, unread ones marked; ``?show=unread`` leaves the rest out."""
    unread_only = request.GET.get("show") == "unread"
    rows = list_notifications(actor=actor, limit=MOST_NOTIFICATIONS, unread_only=unread_only)
    context = {"rows": rows, "unread_only": unread_only, "page": "notifications"}
    return render(request, "portal/notifications/list.html", context)


@require_POST
@signed_in
def mark_all(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Mark all of one's notifications as read."""
    mark_read(actor=actor, at=timezone.now())
    return redirect("notifications")


@require_POST
@signed_in
def open_one(request: HttpRequest, actor: Actor, notification_id: int) -> HttpResponse:
    """Mark one notification as read and go to what it speaks of."""
    mine = list_notifications(actor=actor, limit=MOST_NOTIFICATIONS)
    found = next((row for row in mine if row.pk == notification_id), None)
    if found is None:
        raise NotFound("There is no such notification.", next_step="Go back to your notifications.")
    mark_read(actor=actor, at=timezone.now(), ids=[notification_id])
    return redirect(found.url if found.url.startswith("/") else "notifications")
