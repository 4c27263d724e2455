"""Signatures of certificates, the keys to check them by, and the page that says what a file is by its hash."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.core.metadata import Certificate, parse_certificate
from fairwatt.core.metadata.signing import MEDIA_TYPE, to_jwks
from fairwatt.portal.pages.datasets import find_shown
from fairwatt.portal.pages.signed_in import actor_of
from fairwatt.records.models import FormerIssue
from fairwatt.services.certificates import as_shown, certificate_of
from fairwatt.services.datasets import get_dataset, get_file
from fairwatt.services.signing import find_signature, list_keys, signature_of
from fairwatt.services.verifying import Certified, find_certified, find_former

_KEYS_FOR_S = 3_600
_LONGEST_NAME = 200


@require_safe
def show_verify(request: HttpRequest) -> HttpResponse:
    """Ask for a file (which stays where it is) or a hash, and say which certified thing it is."""
    asked = request.GET.get("sha256", "").strip()
    found: list[Certified] = []
    problem: InvalidInput | None = None
    if asked:
        try:
            found = find_certified(actor=actor_of(request), sha256=asked, at=timezone.now())
        except InvalidInput as error:
            problem = error
    if request.GET.get("format") == "json":
        return _as_json(found, problem)
    context = {
        "asked": asked[:80],
        "name": request.GET.get("name", "")[:_LONGEST_NAME],
        "found": found,
        "problem": problem,
        "keys": list_keys(),
        "page": "verify",
    }
    return render(request, "portal/verify.html", context, status=422 if problem else 200)


def _as_json(found: list[Certified], problem: InvalidInput | None) -> HttpResponse:
    if problem is not None:
        document = {"type": "about:blank", "title": "Not a sha256", "status": 422, "detail": str(problem)}
        return JsonResponse(document, status=422, content_type="application/problem+json")
    response = JsonResponse({"found": [_entry(one) for one in found]})
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _entry(one: Certified) -> dict[str, Any]:
    return {
        "pid": one.certificate.pid,
        "title": one.certificate.title,
        "version": one.certificate.version.number,
        "is_latest": one.is_latest,
        "status": one.status,
        "standing": one.standing,
        "is_former": one.is_former,
        "page": one.page,
        "link": one.link._asdict(),
        "chain": [link._asdict() for link in one.chain],
        "certificate": one.certificate_url,
        "signature": one.signature_url,
        "is_genuine": one.verdict.is_genuine if one.verdict else None,
        "reason": one.verdict.reason if one.verdict else "The certificate has no signature.",
    }


@require_safe
def send_keys(request: HttpRequest) -> HttpResponse:
    """Publish the public keys, the old ones with the instants until which they signed, as a JWK set."""
    del request
    response = JsonResponse(to_jwks(list_keys()), content_type="application/jwk-set+json")
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={_KEYS_FOR_S}"
    return response


@require_safe
def send_dataset_signature(request: HttpRequest, key: str) -> HttpResponse:
    """Hand out the signature of a dataset's certificate, of the latest version or of the one asked for."""
    actor, at = actor_of(request), timezone.now()
    dataset = get_dataset(actor=actor, key=key, at=at)
    if digest := request.GET.get("sha256", ""):
        return _send_former(find_former(dataset, digest), key)
    shown = find_shown(actor, dataset, request.GET.get("version", ""), at=at)
    return _send(shown.certificate, signature_of(shown.certificate, dataset), key)


@require_safe
def send_file_signature(request: HttpRequest, key: str) -> HttpResponse:
    """Hand out the signature of a file's certificate."""
    actor, at = actor_of(request), timezone.now()
    file = get_file(actor=actor, key=key, at=at)
    if digest := request.GET.get("sha256", ""):
        return _send_former(find_former(file.dataset, digest, file=file), key)
    certificate = as_shown(certificate_of(file), actor=actor, dataset=file.dataset, at=at)
    return _send(certificate, signature_of(certificate, file), key)


def _send_former(issue: FormerIssue, key: str) -> HttpResponse:
    certificate = parse_certificate(issue.certificate)
    return _send(certificate, find_signature(certificate, issue.signatures), key)


def _send(certificate: Certificate, jws: str, key: str) -> HttpResponse:
    if not jws:
        raise NotFound(
            "This certificate has not been signed."
            if not certificate.is_draft
            else "This is a draft: only issued certificates are signed.",
            where={"certificate": certificate.pid},
            next_step="Compare its checksum with the one on its page.",
        )
    response = HttpResponse(jws, content_type=MEDIA_TYPE)
    name = f"{key}.certificate.jws"
    response["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or "inline"
    response["Access-Control-Allow-Origin"] = "*"
    return response
