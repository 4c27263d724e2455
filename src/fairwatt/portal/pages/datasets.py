"""The landing pages of datasets and of their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from fairwatt.core.errors import NotFound
from fairwatt.core.metadata import Certificate, ChannelEntry, cite, parse_certificate, to_erc
from fairwatt.portal.pages.landing import (
    accepts_a_page,
    answer_form,
    describe,
    get_form,
    point_ways,
    refuse_form,
    wanted_form,
)
from fairwatt.portal.pages.previews import Preview, draw_preview
from fairwatt.portal.pages.signed_in import actor_of
from fairwatt.portal.pages.snippets import write_snippets
from fairwatt.records.models import Dataset, DatasetVersion, File
from fairwatt.services.access import decide_data, describe_access, find_standing
from fairwatt.services.actors import MANAGE, Actor
from fairwatt.services.certificates import as_shown, certificate_of, get_certificate, measured_channels, shown_findings
from fairwatt.services.costs import cost_of
from fairwatt.services.datasets import get_dataset, get_file, resolve_ark
from fairwatt.services.dois import find_doi, may_have_doi, state_of_dois
from fairwatt.services.health_scans import latest_scan
from fairwatt.services.package_standing import get_described
from fairwatt.services.projects import get_project
from fairwatt.services.standing import as_it_stands
from fairwatt.services.verifying import find_former
from fairwatt.services.viewings import note_viewing

_AS_HASHED = "certificate.json"  # the one form that former issues are given in
_INFLECTIONS = frozenset({"info", "info=", "?"})  # how an ARK asks for a description: ?info, and ?? of old


@dataclass(frozen=True, slots=True)
class Shown:
    """A dataset as a page shows it: its row, the certificate of one version, and whether that is the latest."""

    dataset: Dataset
    certificate: Certificate
    latest: DatasetVersion | None
    is_latest: bool


@require_safe
def show_dataset(request: HttpRequest, key: str) -> HttpResponse:
    """Show a dataset: what it is, who may have it, a picture, its files, how to cite and to fetch it."""
    actor, at = actor_of(request), timezone.now()
    shown = find_shown(actor, get_dataset(actor=actor, key=key, at=at), request.GET.get("version", ""), at=at)
    if (form := wanted_form(request)) is not None:
        return answer_form(shown.certificate, shown.dataset, form, at=at)
    if not accepts_a_page(request):
        return refuse_form()
    preview = draw_preview(actor=actor, dataset=shown.dataset, at=at, wanted=request.GET.get("channel", ""))
    if _is_part(request):
        return _show_preview(request, preview, reverse("dataset", args=[key]))
    files = list(shown.dataset.files.all())
    context = {
        **_common(actor, shown.dataset, shown.certificate, at),
        "channels": _channels(actor, shown, at),
        "shown": shown,
        # a part may have been erased since the certificate was issued
        "readings": shown.dataset.readings_total if shown.is_latest else shown.certificate.readings,
        "versions": shown.dataset.versions.all(),
        "naan": get_project().identifiers.naan,
        "files": files,
        "originals": sum(1 for file in files if file.sha256 and file.original_erased_at is None),
        "preview": preview,
        "here": reverse("dataset", args=[key]),
        "cost": cost_of(shown.dataset, at=at),
        "doi": state_of_dois(shown.dataset) if actor.may(MANAGE) else None,
        "may_register": actor.may(MANAGE) and may_have_doi(shown.dataset),
        "is_own": actor.is_signed_in and find_standing(actor).owns(shown.dataset),
    }
    return point_ways(render(request, "portal/datasets/dataset.html", context), context["standing"])


@require_safe
def show_file(request: HttpRequest, key: str) -> HttpResponse:
    """Show one file of a dataset: how it was read, what was found in it, its first rows."""
    actor, at = actor_of(request), timezone.now()
    file = get_file(actor=actor, key=key, at=at)
    certificate = as_shown(certificate_of(file), actor=actor, dataset=file.dataset, at=at)
    if (form := wanted_form(request)) is not None:
        return answer_form(certificate, file.dataset, form, at=at)
    if not accepts_a_page(request):
        return refuse_form()
    dataset = file.dataset
    preview = draw_preview(actor=actor, dataset=dataset, at=at, wanted=request.GET.get("channel", ""), file=file)
    if _is_part(request):
        return _show_preview(request, preview, reverse("file", args=[key]))
    common = _common(actor, dataset, certificate, at, file=file)
    if common["decision"].allowed and file.sample.get("rows"):
        note_viewing(actor=actor, dataset=dataset, at=at)
    context = {
        **common,
        "file": file,
        "channels": measured_channels(certificate, file, actor=actor, at=at),
        "findings": shown_findings(file, actor=actor, at=at),
        "preview": preview,
        "health": latest_scan(dataset, file=file),
        "here": reverse("file", args=[key]),
    }
    return point_ways(render(request, "portal/datasets/file.html", context), common["standing"])


@require_safe
def send_dataset_form(request: HttpRequest, key: str, ending: str) -> HttpResponse:
    """Hand out the certificate of a dataset in the form that the address ends with."""
    actor, at = actor_of(request), timezone.now()
    dataset = get_dataset(actor=actor, key=key, at=at)
    if ending == _AS_HASHED and (digest := request.GET.get("sha256", "")):
        return answer_form(
            parse_certificate(find_former(dataset, digest).certificate), dataset, get_form(ending), at=at
        )
    shown = find_shown(actor, dataset, request.GET.get("version", ""), at=at)
    return answer_form(shown.certificate, dataset, get_form(ending), at=at)


@require_safe
def send_file_form(request: HttpRequest, key: str, ending: str) -> HttpResponse:
    """Hand out the certificate of a file in the form that the address ends with."""
    actor, at = actor_of(request), timezone.now()
    file = get_file(actor=actor, key=key, at=at)
    if ending == _AS_HASHED and (digest := request.GET.get("sha256", "")):
        former = find_former(file.dataset, digest, file=file)
        return answer_form(parse_certificate(former.certificate), file.dataset, get_form(ending), at=at)
    certificate = as_shown(certificate_of(file), actor=actor, dataset=file.dataset, at=at)
    return answer_form(certificate, file.dataset, get_form(ending), at=at)


@require_safe
def follow_ark(request: HttpRequest, ark: str) -> HttpResponse:
    """Lead from a permanent identifier to its page, whichever way it is spelled; with ``?info`` say what it names."""
    actor, at = actor_of(request), timezone.now()
    found = resolve_ark(actor=actor, ark=ark, at=at)
    if request.META.get("QUERY_STRING", "") in _INFLECTIONS:
        get = get_described if found.kind == "package" else get_certificate
        certificate = get(actor=actor, key=found.key, at=at)
        return HttpResponse(to_erc(certificate), content_type="text/plain; charset=utf-8")
    query = request.GET.urlencode()
    joint = "&" if "?" in found.path else "?"
    return redirect(f"{found.path}{joint}{query}" if query else found.path)


@require_safe
def follow_doi(request: HttpRequest, name: str) -> HttpResponse:
    """Lead from a DOI of ours to its page, as the resolver of DOIs does; of others this portal knows nothing."""
    actor, at = actor_of(request), timezone.now()
    doi = find_doi(name)
    if doi is None:
        raise NotFound("No dataset here has this DOI.", next_step="Ask https://doi.org, which knows them all.")
    dataset = get_dataset(actor=actor, key=doi.dataset.key, at=at)
    version = f"?version={doi.version.number}" if doi.version else ""
    return redirect(reverse("dataset", args=[dataset.key]) + version)


def _channels(actor: Actor, shown: Shown, at: datetime) -> tuple[ChannelEntry, ...]:
    """The data dictionary; of an older version as it was issued."""
    if not shown.is_latest:
        return shown.certificate.channels
    return measured_channels(shown.certificate, shown.dataset, actor=actor, at=at)


def find_shown(actor: Actor, dataset: Dataset, number: str, *, at: datetime) -> Shown:
    """Find the version of a dataset that is asked for, as the asker may see it; the latest where none is asked for.

    Raises
    ------
    NotFound
        Where there is no version of this number.
    """
    versions = list(dataset.versions.all())
    latest = versions[0] if versions else None
    if not number:
        certificate = parse_certificate(latest.certificate) if latest else certificate_of(dataset)
        certificate = as_shown(certificate, actor=actor, dataset=dataset, at=at)
        return Shown(dataset, certificate, latest, is_latest=True)
    version = next((version for version in versions if str(version.number) == number), None)
    if version is None:
        raise NotFound(
            f"This dataset has no version {number[:20]}.",
            where={"dataset": dataset.title},
            next_step="Its page lists the versions that there are.",
        )
    certificate = as_shown(parse_certificate(version.certificate), actor=actor, dataset=dataset, at=at)
    return Shown(dataset, certificate, latest, is_latest=version == latest)


def _common(
    actor: Actor, dataset: Dataset, certificate: Certificate, at: datetime, *, file: File | None = None
) -> dict[str, Any]:
    """Gather what the pages of datasets and files share."""
    access = describe_access(dataset, at)
    is_open = access.access_class == "open" and dataset.state != Dataset.State.WITHDRAWN
    standing = as_it_stands(certificate, dataset)
    return {
        "page": "catalogue",
        "dataset": dataset,
        "certificate": certificate,
        "standing": standing,
        "access": access,
        "decision": decide_data(actor=actor, dataset=dataset, at=at),
        "citation": cite(_with_doi(certificate, standing)),
        "snippets": write_snippets(dataset.key, is_open=is_open, file_key=file.key if file else "")
        if standing.offers_readings
        else [],
        **describe(standing, at=at),
    }


def _with_doi(certificate: Certificate, standing: Certificate) -> Certificate:
    """The certificate with the DOI that it has been given since."""
    return certificate.model_copy(update={"doi_url": standing.doi_url})


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Target") == "preview"


def _show_preview(request: HttpRequest, preview: Preview | None, here: str) -> HttpResponse:
    return render(request, "portal/datasets/preview.html", {"preview": preview, "here": here})
