"""The Data Certificate as a page: one sheet of A4, on screen, in print and as PDF."""

from __future__ import annotations

import io
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from fairwatt.core.metadata import Certificate, say_access, say_licence
from fairwatt.core.metadata.provenance_level import HIGHEST, ProvenanceLevel
from fairwatt.portal.pages.datasets import find_shown
from fairwatt.portal.pages.landing import accepts_a_page, answer_form, describe, point_ways, refuse_form, wanted_form
from fairwatt.portal.pages.signed_in import actor_of
from fairwatt.records.models import Dataset, File
from fairwatt.services.certificates import as_shown, certificate_of
from fairwatt.services.datasets import get_dataset, get_file
from fairwatt.services.projects import get_project
from fairwatt.services.signing import check_certificate, signature_of
from fairwatt.services.standing import as_it_stands

UNSIGNED = "Not signed: compare the checksum with the one on the page that the code leads to."
UNISSUED = "Signed when it is issued."
_MOST_FILES = 4  # that find room on the sheet


@require_safe
def show_dataset_certificate(request: HttpRequest, key: str) -> HttpResponse:
    """Show the certificate of a dataset, of its latest version or of the one asked for."""
    actor, at = actor_of(request), timezone.now()
    shown = find_shown(actor, get_dataset(actor=actor, key=key, at=at), request.GET.get("version", ""), at=at)
    return _show(request, shown.certificate, shown.dataset, at=at, page=reverse("dataset", args=[key]))


@require_safe
def show_file_certificate(request: HttpRequest, key: str) -> HttpResponse:
    """Show the certificate of one file."""
    actor, at = actor_of(request), timezone.now()
    file = get_file(actor=actor, key=key, at=at)
    certificate = as_shown(certificate_of(file), actor=actor, dataset=file.dataset, at=at)
    return _show(request, certificate, file, at=at, page=reverse("file", args=[key]))


@require_safe
def download_dataset_certificate(request: HttpRequest, key: str) -> HttpResponse:
    """Hand out the certificate of a dataset as PDF."""
    actor, at = actor_of(request), timezone.now()
    shown = find_shown(actor, get_dataset(actor=actor, key=key, at=at), request.GET.get("version", ""), at=at)
    return _as_pdf(shown.certificate, shown.dataset, at=at, signature=say_signature(shown.certificate, shown.dataset))


@require_safe
def download_file_certificate(request: HttpRequest, key: str) -> HttpResponse:
    """Hand out the certificate of a file as PDF."""
    actor, at = actor_of(request), timezone.now()
    file = get_file(actor=actor, key=key, at=at)
    certificate = as_shown(certificate_of(file), actor=actor, dataset=file.dataset, at=at)
    return _as_pdf(certificate, file.dataset, at=at, signature=say_signature(certificate, file))


def say_signature(certificate: Certificate, subject: Dataset | File) -> str:
    """Say whether a certificate is signed, by which key, and whether the signature is genuine."""
    if certificate.is_draft:
        return UNISSUED
    jws = signature_of(certificate, subject)
    return check_certificate(certificate, jws).reason if jws else UNSIGNED


def draw_code(text: str) -> SafeString:
    """Draw a QR code as SVG without colours of its own: the style sheet gives them."""
    import segno  # noqa: PLC0415 - 4 MB that only certificates need

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        border=2,
        xmldecl=False,
        svgns=False,
        omitsize=True,
        svgclass="sheet__qr",
        lineclass="sheet__dark",
    )
    return mark_safe(out.getvalue().decode())  # noqa: S308 - drawn by segno, holds no text of anybody's


def draw_steps(level: ProvenanceLevel) -> list[tuple[int, str, bool]]:
    """List the steps of the provenance scale: number, name, whether it is reached."""
    names = [ProvenanceLevel(level=step).name for step in range(HIGHEST + 1)]
    return [(step, name, step <= level.level) for step, name in enumerate(names)]


def sheet_of(certificate: Certificate, subject: Dataset | File, *, at: datetime) -> dict[str, object]:
    """Gather what ``portal/datasets/sheet.html`` draws; a review shows a draft with the same."""
    return {
        "certificate": certificate,
        "fields": dict(certificate.leo_fields()),
        "steps": draw_steps(certificate.level_of_provenancing),
        "licence": say_licence(certificate.licensing),
        "access_sentence": _say_access(certificate, at=at),
        "sheet_files": certificate.files[:_MOST_FILES],
        "more_files": max(0, len(certificate.files) - _MOST_FILES),
        "code": draw_code(certificate.pid_url),
        "signature": say_signature(certificate, subject),
    }


def _say_access(certificate: Certificate, *, at: datetime) -> str:
    words = get_project().audiences.words
    return say_access(certificate.access, at=at, zone=certificate.time_zone, words=words)


def _show(
    request: HttpRequest, certificate: Certificate, subject: Dataset | File, *, at: datetime, page: str
) -> HttpResponse:
    dataset = subject.dataset if isinstance(subject, File) else subject
    if (form := wanted_form(request)) is not None:
        return answer_form(certificate, dataset, form, at=at)
    if not accepts_a_page(request):
        return refuse_form()
    version = f"?version={certificate.version.number}" if request.GET.get("version") else ""
    standing = as_it_stands(certificate, dataset)
    context = {
        "page": "catalogue",
        "dataset": dataset,
        "subject_page": page,
        "pdf": f"{page}certificate.pdf{version}",
        **sheet_of(certificate, subject, at=at),
        "access_sentence": _say_access(standing, at=at),
        "doi": standing.doi,
        "parts_erased": "" if standing.withdrawal else standing.standing,
        **describe(standing, at=at),
    }
    return point_ways(render(request, "portal/datasets/certificate.html", context), standing)


def _as_pdf(certificate: Certificate, dataset: Dataset, *, at: datetime, signature: str) -> HttpResponse:
    from fairwatt.portal.documents import write_certificate_pdf  # noqa: PLC0415 - 7 MB that only PDFs need

    standing, project = as_it_stands(certificate, dataset), get_project()
    pdf = write_certificate_pdf(
        certificate,
        at=at,
        accent=project.branding.accent,
        words=project.audiences.words,
        gone=standing.standing,
        doi_url=standing.doi_url,
        signature=signature,
    )
    name = f"certificate-{certificate.pid.rpartition('/')[2]}.pdf"
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or "inline"
    return point_ways(response, standing)
