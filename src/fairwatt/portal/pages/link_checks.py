"""Looking again at the address where a dataset stays elsewhere."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from fairwatt.portal.pages.signed_in import signed_in
from fairwatt.services.actors import Actor
from fairwatt.services.link_checks import request_link_check


@require_POST
@signed_in
def check_link(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """Ask for a dataset's link to be looked at now."""
    request_link_check(actor=actor, dataset_key=key, at=timezone.now())
    messages.info(request, "The link is being looked at. Load this page again in a few seconds.")
    return redirect("dataset", key=key)
