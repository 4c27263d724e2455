"""Records and services' answers as what goes over the wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from fairwatt.api.v1 import schemas
from fairwatt.api.v1.declaring import absolute
from fairwatt.api.v1.paging import Paging, cut_page
from fairwatt.core.identifiers import ark_of
from fairwatt.core.periods import format_duration
from fairwatt.core.units import UNITS
from fairwatt.records.models import Comment, Deposit, File, Organization, Upload
from fairwatt.services.catalogues import CatalogueEntry, Facet
from fairwatt.services.links import absolute as canonical
from fairwatt.services.links import deposit_path, file_path
from fairwatt.services.projects import get_project


def address(request: HttpRequest, name: str, *args: object) -> str:
    """The absolute address of an operation of this API."""
    return absolute(request, reverse(f"v1:{name}", args=args))


def ark(key: str) -> str:
    """The persistent identifier of a key."""
    return ark_of(get_project().identifiers.naan, key)


def resolution(seconds: float | None) -> str | None:
    """A resolution in ISO 8601."""
    return format_duration(seconds) if seconds else None


def party(organization: Organization | None) -> schemas.PartyOut | None:
    """An organisation, where there is one."""
    return schemas.PartyOut(code=organization.code, name=organization.name) if organization else None


def entry_values(entry: CatalogueEntry) -> dict[str, Any]:
    """The fields of a catalogue's entry."""
    provider = schemas.PartyOut(code=entry.provider_code, name=entry.provider) if entry.provider_code else None
    return {
        "id": entry.key,
        "ark": ark(entry.key),
        "identifier": entry.identifier,
        "title": entry.title,
        "origin": entry.origin,
        "access": entry.access,
        "access_label": entry.access_label,
        "landing_page": canonical(entry.path),
        "trial": entry.trial,
        "procedures": list(entry.procedures),
        "provider": provider,
        "licence": entry.licence,
        "quantities": list(entry.quantities),
        "formats": list(entry.formats),
        "period_start": entry.period_start,
        "period_end": entry.period_end,
        "resolution": resolution(entry.resolution_s),
        "rows": entry.rows_total,
        "readings": entry.readings_total,
        "bytes": entry.bytes_total,
        "files": entry.file_count,
        "published_at": entry.published_at,
    }


def facets(found: Sequence[Facet]) -> list[schemas.FacetOut]:
    """The catalogue's facets with their counts."""
    return [
        schemas.FacetOut(
            name=facet.name,
            label=facet.label,
            values=[
                schemas.FacetValueOut(value=v.value, label=v.label, count=v.count, selected=v.selected)
                for v in facet.values
            ],
        )
        for facet in found
    ]


def file_values(request: HttpRequest, file: File) -> dict[str, Any]:
    """The fields of a file; its dataset must be loaded. Of an original that was erased there is no size and no hash."""
    kept = file.original_erased_at is None
    return {
        "id": file.key,
        "ark": ark(file.key),
        "dataset": file.dataset.key,
        "name": file.name,
        "identifier": file.identifier,
        "size": file.size if kept else 0,
        "sha256": file.sha256 if kept else "",
        "media_type": file.media_type,
        "format": file.format,
        "kind": file.kind,
        "state": file.state,
        "error": file.error,
        "rows": file.rows,
        "series": file.series_count,
        "period_start": file.period_start,
        "period_end": file.period_end,
        "resolution": resolution(file.resolution_s),
        "missing": file.missing_count,
        "gaps": file.gap_count,
        "duplicates": file.duplicate_count,
        "received_at": file.received_at,
        "landing_page": canonical(file_path(file.key)),
        "content_url": address(request, "file-content", file.key),
    }


def deposited_file(request: HttpRequest, file: File) -> schemas.DepositedFileOut:
    """A file of a deposit, with its questions and findings (prefetch ``findings``)."""
    return schemas.DepositedFileOut(
        **file_values(request, file),
        questions=[schemas.QuestionOut(**_question(question)) for question in file.questions],
        answers={str(key): str(value) for key, value in file.answers.items()},
        findings=[
            schemas.FindingOut(
                code=finding.code,
                severity=finding.severity,
                channel=finding.channel,
                count=finding.count,
                where=[str(place) for place in finding.where],
                message=finding.message,
            )
            for finding in file.findings.all()
        ],
    )


def deposit_values(deposit: Deposit) -> dict[str, Any]:
    """The fields of a deposit in a list."""
    return {
        "code": deposit.code,
        "state": deposit.state,
        "origin": deposit.dataset.origin,
        "title": deposit.dataset.title,
        "dataset": deposit.dataset.key,
        "organization": party(deposit.organization),
        "page": canonical(deposit_path(deposit.code)),
        "created_at": deposit.created_at,
        "updated_at": deposit.updated_at,
        "submitted_at": deposit.submitted_at,
    }


def deposit_item(deposit: Deposit) -> schemas.DepositItem:
    """A deposit in a list."""
    return schemas.DepositItem(**deposit_values(deposit))


def deposit_page(request: HttpRequest, deposits: Sequence[Deposit], paging: Paging) -> schemas.DepositPage:
    """One page of a list of deposits."""
    page = cut_page(request, deposits, paging, key_of=lambda deposit: deposit.code)
    return schemas.DepositPage(items=[deposit_item(deposit) for deposit in page.items], next=page.next)


def comment(said: Comment) -> schemas.CommentOut:
    """A comment with its author's name."""
    return schemas.CommentOut(author=str(said.author or ""), text=said.text, created_at=said.created_at)


def upload_state(request: HttpRequest, upload: Upload) -> schemas.UploadOut:
    """How far an upload is."""
    return schemas.UploadOut(
        id=upload.pk,
        deposit=upload.deposit.code,
        filename=upload.filename,
        size=upload.size,
        offset=upload.offset,
        is_finished=upload.finished_at is not None,
        expires_at=None if upload.finished_at else upload.expires_at,
        file=upload.file.key if upload.file else None,
        sha256=upload.file.sha256 if upload.file else None,
        upload_url=absolute(request, reverse("tus-upload", args=[upload.pk])),
    )


def unit_label(code: str) -> str:
    """A unit's symbol, or its code where it has none."""
    unit = UNITS.get(code)
    return (unit.symbol or unit.label) if unit else code


def _question(question: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": question["id"],
        "text": question["text"],
        "guess": question["guess"],
        "why": question["why"],
        "confidence": question.get("confidence", 0.5),
        "choices": [(str(value), str(label)) for value, label in question.get("choices", ())],
    }
