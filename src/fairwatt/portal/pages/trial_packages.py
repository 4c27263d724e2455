"""A trial's data package as a download, and the page of its certificate."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from fairwatt.api.packages import send_package
from fairwatt.core.errors import Gone, Overloaded
from fairwatt.core.metadata.package_certificate import canonical_package_json
from fairwatt.core.metadata.package_schema_org import to_package_schema_org
from fairwatt.core.metadata.signing import MEDIA_TYPE, check_signature
from fairwatt.portal.pages.errors import error_page
from fairwatt.portal.pages.landing import script_of
from fairwatt.portal.pages.signed_in import actor_of
from fairwatt.services.links import absolute
from fairwatt.services.package_losses import withdrawn_since
from fairwatt.services.signing import list_keys
from fairwatt.services.trial_packages import get_package, package_path

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
    row, certificate = get_package(actor=actor_of(request), code=code, key=key)
    verdict = check_signature(canonical_package_json(certificate), row.signature, list_keys())
    page = absolute(package_path(row.trial.code, key))
    size = row.size if row.erased_at is None else None
    context = {
        "json_ld": script_of(to_package_schema_org(certificate, page=page, size=size)),
        "page": "trials",
        "row": row,
        "certificate": certificate,
        "verdict": verdict,
        "withdrawn": withdrawn_since(row),
        "members": certificate.members[:_SHOWN_MEMBERS],
        "crumbs": [
            ("Trials", reverse("trials")),
            (row.trial.code, reverse("trial", args=[row.trial.code])),
            ("Data package", ""),
        ],
    }
    answer = render(request, "portal/trials/package.html", context)
    links = [f'<{certificate.pid_url}>; rel="cite-as"', '<https://schema.org/Dataset>; rel="type"']
    if row.erased_at is None:
        links += [
            f'<{page.rstrip("/")}.certificate.json>; rel="describedby"; type="application/json"',
            f'<{page.rstrip("/")}.zip>; rel="item"; type="application/zip"',
        ]
    answer["Link"] = ", ".join(links)
    return answer


@require_safe
def send_certificate(request: HttpRequest, code: str, key: str, ending: str) -> HttpResponse:
    """Hand out a package's certificate as it is hashed, or its signature."""
    row, certificate = get_package(actor=actor_of(request), code=code, key=key)
    if row.erased_at is not None:
        raise Gone(
            "Parts of the data in this package were erased: it is not certified any more.",
            where={"package": key},
            next_step="Get the trial’s package again: it holds what is left.",
        )
    if ending == "jws":
        response = HttpResponse(row.signature, content_type=MEDIA_TYPE)
    else:
        response = HttpResponse(canonical_package_json(certificate), content_type="application/json")
    response["Content-Disposition"] = f'inline; filename="package.certificate.{ending}"'
    return response
