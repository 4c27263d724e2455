"""A trial's data package as a download, and the page of its certificate."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from fairwatt.api.packages import send_package
from fairwatt.core.errors import Overloaded
from fairwatt.core.metadata.forms import Form
from fairwatt.core.metadata.package_certificate import PackageCertificate, canonical_package_json
from fairwatt.core.metadata.signing import MEDIA_TYPE, check_signature
from fairwatt.portal.pages.errors import error_page
from fairwatt.portal.pages.landing import (
    accepts_a_page,
    describe,
    get_form,
    point_ways,
    refuse_form,
    send_form,
    wanted_form,
    write_form,
)
from fairwatt.portal.pages.signed_in import actor_of
from fairwatt.records.models import TrialPackage
from fairwatt.services.actors import Actor
from fairwatt.services.package_losses import withdrawn_since
from fairwatt.services.package_standing import describe_row, require_certified
from fairwatt.services.signing import list_keys
from fairwatt.services.trial_packages import get_package

_SHOWN_MEMBERS = 200


@require_safe
def download_package(request: HttpRequest, code: str, key: str = "") -> HttpResponseBase:
    """Hand out everything of a trial that the asker may have, whole or in ranges.

    While it is being prepared a browser shows how far that is, and asks again by itself until it comes.
    """
    try:
        return send_package(request, actor=actor_of(request), code=code, at=timezone.now(), key=key)
    except Overloaded as error:
        answer = error_page(request, error)
        answer["Refresh"] = answer["Retry-After"]
        return answer


@require_safe
def show_package(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Show a package's certificate: for whom it was made, what is in it by hash, what was left out."""
    actor, at = actor_of(request), timezone.now()
    row, certificate = get_package(actor=actor, code=code, key=key)
    if (form := wanted_form(request)) is not None:
        return _answer(row, certificate, form, actor=actor, at=at)
    if not accepts_a_page(request):
        return refuse_form()
    described = describe_row(row, certificate, actor=actor, at=at)
    context = {
        **describe(described, at=at),
        "page": "trials",
        "row": row,
        "certificate": certificate,
        "verdict": check_signature(canonical_package_json(certificate), row.signature, list_keys()),
        "withdrawn": withdrawn_since(row),
        "members": certificate.members[:_SHOWN_MEMBERS],
        "crumbs": [
            ("Trials", reverse("trials")),
            (row.trial.code, reverse("trial", args=[row.trial.code])),
            ("Data package", ""),
        ],
    }
    return point_ways(render(request, "portal/trials/package.html", context), described)


@require_safe
def send_package_form(request: HttpRequest, code: str, key: str, ending: str) -> HttpResponse:
    """Hand out a package's certificate in the form that the address ends with."""
    actor, at = actor_of(request), timezone.now()
    row, certificate = get_package(actor=actor, code=code, key=key)
    return _answer(row, certificate, get_form(ending), actor=actor, at=at)


@require_safe
def send_package_signature(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Hand out the signature of a package's certificate."""
    row, _ = get_package(actor=actor_of(request), code=code, key=key)
    require_certified(row)
    response = HttpResponse(row.signature, content_type=MEDIA_TYPE)
    response["Content-Disposition"] = 'inline; filename="package.certificate.jws"'
    return response


def _answer(
    row: TrialPackage, certificate: PackageCertificate, form: Form, *, actor: Actor, at: datetime
) -> HttpResponse:
    """The document that is hashed is the package's own; the other forms are written of what is said of it."""
    described = describe_row(row, certificate, actor=actor, at=at)
    if form.as_hashed:
        require_certified(row)
        return send_form(canonical_package_json(certificate), described, form, key="package")
    return send_form(write_form(described, form, at=at), described, form, key=row.key)
