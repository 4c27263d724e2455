"""Finding: the catalogues, datasets and their certificates."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from fairwatt.api.authentication import Caller, actor_of
from fairwatt.api.v1 import presenting, schemas
from fairwatt.api.v1.declaring import absolute, answers, bodies, open_to_all
from fairwatt.api.v1.negotiating import choose_media_type
from fairwatt.core.metadata import Certificate, cite, to_schema_org
from fairwatt.core.metadata.certificate import doi_of
from fairwatt.records.models import Dataset
from fairwatt.services.access import decide_data, describe_access
from fairwatt.services.actors import Actor
from fairwatt.services.catalogues import DEFAULT_LIMIT, MOST_ITEMS, CatalogueQuery, search_catalogue
from fairwatt.services.certificates import certificate_of, get_certificate
from fairwatt.services.datasets import get_dataset
from fairwatt.services.links import absolute as canonical
from fairwatt.services.links import dataset_path
from fairwatt.services.projects import get_project
from fairwatt.services.standing import as_it_stands

router = Router(tags=["Finding"])
JSON_LD = "application/ld+json"
_Values = Annotated[list[str], Field(max_length=50)]


class Search(Schema):
    """A question to the catalogues: the same parameters as the catalogue's page."""

    q: str = Field("", max_length=300, description="Words to look for; words that begin so count too.")
    origin: _Values = Field([], description="foreground, background.")
    trial: _Values = Field([], description="Code of a trial.")
    procedure: _Values = Field([], description="Trial and procedure: A1.2.P11.")
    provider: _Values = Field([], description="Code of an organisation.")
    quantity: _Values = Field([], description="power, energy, voltage…")
    resolution: _Values = Field([], description="A class of resolutions, as the facets list them.")
    access: _Values = Field([], description="open, shared, embargoed, closed.")
    licence: _Values = Field([], description="Code of a licence: CC-BY-4.0.")
    format: _Values = Field([], description="CSV, GeoJSON…")
    period: _Values = Field([], description="Years.")
    period_start: str = Field("", max_length=10, description="Data on or after this day: 2019-11-18.")
    period_end: str = Field("", max_length=10, description="Data until this day, counted in.")
    sort: Literal["", "relevance", "newest", "title", "period"] = Field(
        "", description="In which order; by relevance where words are looked for, else newest first."
    )
    cursor: str = Field("", max_length=500, description="From the address in 'next'.")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MOST_ITEMS, description="Datasets on a page.")
    facets: bool = Field(False, description="Whether to count what each further choice would leave.")


@router.get(
    "/datasets",
    auth=Caller("read"),
    response=answers(schemas.DatasetPage),
    url_name="datasets",
    operation_id="list_datasets",
    summary="Search the catalogues",
    openapi_extra=open_to_all(),
)
def list_datasets(request: HttpRequest, search: Query[Search]) -> schemas.DatasetPage:
    """List the published datasets whose metadata you may see, page by page.

    Within one facet any of the values is enough; all facets must fit.
    """
    asked = search.model_dump(exclude={"facets", "limit"})
    query = CatalogueQuery.from_params(asked | {"limit": str(search.limit)})
    page = search_catalogue(actor=actor_of(request), query=query, at=timezone.now(), facets=search.facets)
    return schemas.DatasetPage(
        items=[schemas.DatasetItem(**presenting.entry_values(entry)) for entry in page.items],
        next=_next_address(request, page.next),
        total=page.total,
        facets=presenting.facets(page.facets) if search.facets else None,
    )


@router.get(
    "/datasets/{key}",
    auth=Caller("read"),
    response=answers(schemas.DatasetOut, 404),
    url_name="dataset",
    operation_id="get_dataset",
    summary="One dataset",
    openapi_extra=open_to_all(),
)
def read_dataset(request: HttpRequest, key: str) -> schemas.DatasetOut:
    """Say all that is known of a dataset, and whether you may have its data."""
    at, actor = timezone.now(), actor_of(request)
    dataset = get_dataset(actor=actor, key=key, at=at)
    return schemas.DatasetOut(**_dataset_values(request, dataset, actor=actor, at=at))


@router.get(
    "/datasets/{key}/certificate",
    auth=Caller("read"),
    response=answers({200: None}, 404, 406),
    url_name="dataset-certificate",
    operation_id="get_dataset_certificate",
    summary="A dataset's Data Certificate",
    openapi_extra=open_to_all() | bodies(JSON_LD, "application/json", schema={"type": "object"}),
)
def read_dataset_certificate(request: HttpRequest, key: str) -> HttpResponse:
    """Return the certificate as schema.org JSON-LD, or with ``Accept: application/json`` as the model itself."""
    at, actor = timezone.now(), actor_of(request)
    dataset = get_dataset(actor=actor, key=key, at=at)
    return write_certificate(request, get_certificate(actor=actor, key=key, at=at), dataset, at=at)


def write_certificate(
    request: HttpRequest, certificate: Certificate, dataset: Dataset, *, at: datetime
) -> HttpResponse:
    """Write a certificate in the form that the request prefers: as it was issued, or for machines as it stands."""
    chosen = choose_media_type(request, (JSON_LD, "application/json"))
    words = get_project().audiences.words
    linked = chosen == JSON_LD
    if linked:
        content = to_schema_org(as_it_stands(certificate, dataset), at=at, words=words)
    else:
        content = certificate.model_dump(mode="json")
    answer = JsonResponse(content, content_type=chosen, json_dumps_params={"ensure_ascii": False})
    answer["Link"] = f'<{certificate.pid_url}>; rel="cite-as", <{certificate.dataset_url}>; rel="describes"'
    return answer


def _next_address(request: HttpRequest, cursor: str) -> str | None:
    if not cursor:
        return None
    params = request.GET.copy()
    params["cursor"] = cursor
    return absolute(request, f"{request.path}?{params.urlencode()}")


def _dataset_values(request: HttpRequest, dataset: Dataset, *, actor: Actor, at: datetime) -> dict[str, Any]:
    access = describe_access(dataset, at)
    decision = decide_data(actor=actor, dataset=dataset, at=at)
    standing = as_it_stands(certificate_of(dataset), dataset)
    dois = {version.number: doi_of(version.doi_url) for version in (standing.version, *standing.versions)}
    return _listed_values(dataset) | {
        "access": access.access_class.value,
        "access_label": access.label,
        "access_sentence": access.sentence,
        "audiences": [
            schemas.AudienceOut(
                audience=row.audience.value,
                label=row.label,
                description=row.description,
                available_from=row.available_from,
                is_available=row.is_available,
            )
            for row in access.rows
        ],
        "may_read": decision.allowed,
        "how_to_get_access": "" if decision.allowed else decision.how,
        "opens_at": decision.opens_at,
        "doi": standing.doi,
        "citation": cite(standing).text,
        "versions": [
            schemas.VersionOut(
                number=version.number,
                ark=presenting.ark(version.key),
                doi=dois.get(version.number, ""),
                published_at=version.published_at,
                note=version.note,
            )
            for version in dataset.versions.all()
        ],
        "certificate_url": presenting.address(request, "dataset-certificate", dataset.key),
        "files_url": presenting.address(request, "dataset-files", dataset.key),
        "readings_url": presenting.address(request, "dataset-readings", dataset.key),
    }


_COPIED = (
    "identifier",
    "title",
    "origin",
    "licence",
    "period_start",
    "period_end",
    "published_at",
    "description",
    "place",
    "link",
    "state",
    "sensitivity",
    "restrictions",
    "provenance",
    "quality_statement",
)


def _listed_values(dataset: Dataset) -> dict[str, Any]:
    return {name: getattr(dataset, name) for name in _COPIED} | {
        "id": dataset.key,
        "ark": presenting.ark(dataset.key),
        "landing_page": canonical(dataset_path(dataset.key)),
        "trial": dataset.trial.code if dataset.trial else "",
        "procedures": [procedure.code for procedure in dataset.procedures.all()],
        "provider": presenting.party(dataset.provider),
        "receiver": presenting.party(dataset.receiver),
        "keywords": [str(word) for word in dataset.keywords],
        "quantities": [str(quantity) for quantity in dataset.quantities],
        "formats": [str(name) for name in dataset.formats],
        "resolution": presenting.resolution(dataset.resolution_s),
        "rows": dataset.rows_total,
        "readings": dataset.readings_total,
        "bytes": dataset.bytes_total,
        "files": dataset.file_count,
    }
