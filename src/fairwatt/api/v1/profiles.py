"""How loggers are read: import profiles, saved ones and those of files."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from fairwatt.api.authentication import Caller, actor_of
from fairwatt.api.v1 import presenting, schemas
from fairwatt.api.v1.declaring import answers, bodies, needs, open_to_all
from fairwatt.api.v1.paging import Paging, cut_page
from fairwatt.core.errors import InvalidInput
from fairwatt.records.models import LoggerProfile
from fairwatt.services.import_profiles import (
    get_profile,
    give_document,
    import_profile,
    list_profiles,
    profile_document,
    remove_profile,
    use_profile,
    write_document,
)

router = Router(tags=["Import profiles"])
_READS, _WRITES = Caller("read", required=True), Caller("deposit", required=True)
_MEDIA_TYPES = {"json": "application/json", "toml": "application/toml"}
_MOST_LETTERS = 8 << 20


class ProfileItem(Schema):
    """A saved import profile."""

    id: str
    name: str = Field(description="What the logger is called.")
    organization: schemas.PartyOut
    sha256: str = Field(description="Of the profile's canonical JSON: the certificate names it by this.")
    version: int = Field(description="Of this kind of document.")
    columns: int = Field(description="Of the tables that it reads.")
    file_name: str = Field(description="What it was made from.")
    period_start: datetime | None = Field(description="Of the readings in that file.")
    created_at: datetime
    used: int = Field(description="How many files were read by it later.")
    used_at: datetime | None
    document_url: str


class ProfileOut(ProfileItem):
    """A saved import profile with its document."""

    profile: dict[str, Any]


class ProfilePage(Schema):
    """One page of profiles."""

    items: list[ProfileItem]
    next: str | None


class ProfileIn(Schema):
    """A profile's document, to be saved."""

    document: schemas.Text = Field(min_length=1, max_length=_MOST_LETTERS, description="TOML or JSON, as text.")
    name: schemas.Text = Field(min_length=1, max_length=120, description="What the logger is called.")
    organization: schemas.Text = Field("", max_length=20, description="Code of the organisation; your own without.")


class GivenProfileIn(Schema):
    """By what a file is to be read: a saved profile, or a document. One of the two."""

    profile: schemas.Text = Field("", max_length=18, pattern=r"^\d*$", description="The id of a saved profile.")
    document: schemas.Text = Field("", max_length=_MOST_LETTERS, description="TOML or JSON, as text.")


class Form(Schema):
    """How a document is written."""

    format: Literal["json", "toml"] = Field("json", description="'json' or 'toml'.")


@router.get(
    "/profiles",
    auth=_READS,
    response=answers(ProfilePage),
    url_name="profiles",
    operation_id="list_profiles",
    summary="Your organisations' import profiles",
    openapi_extra=needs("read"),
)
def read_profiles(request: HttpRequest, paging: Query[Paging]) -> ProfilePage:
    """List how your organisations' loggers are read, by organisation and name."""
    found = list_profiles(actor=actor_of(request))
    page = cut_page(request, found, paging, key_of=lambda saved: str(saved.pk))
    return ProfilePage(items=[ProfileItem(**_values(request, saved)) for saved in page.items], next=page.next)


@router.post(
    "/profiles",
    auth=_WRITES,
    response=answers({201: ProfileOut}),
    operation_id="save_profile",
    summary="Save an import profile",
    openapi_extra=needs("deposit"),
)
def write_profile(request: HttpRequest, response: HttpResponse, payload: ProfileIn) -> Status[ProfileOut]:
    """Save a profile's document for your organisation; it is offered for files that look like it."""
    saved = import_profile(
        actor=actor_of(request),
        document=payload.document,
        name=payload.name,
        organization=payload.organization,
        at=timezone.now(),
    )
    response["Location"] = presenting.address(request, "profile", saved.pk)
    return Status(201, _out(request, saved))


@router.get(
    "/profiles/{profile_id}",
    auth=_READS,
    response=answers(ProfileOut, 404),
    url_name="profile",
    operation_id="get_profile",
    summary="One import profile",
    openapi_extra=needs("read"),
)
def read_profile(request: HttpRequest, profile_id: int) -> ProfileOut:
    """Return a saved profile with its document."""
    return _out(request, get_profile(actor=actor_of(request), profile_id=profile_id))


@router.delete(
    "/profiles/{profile_id}",
    auth=_WRITES,
    response=answers({204: None}, 404),
    operation_id="remove_profile",
    summary="Remove an import profile",
    openapi_extra=needs("deposit"),
)
def drop_profile(request: HttpRequest, profile_id: int) -> Status[None]:
    """Remove a saved profile. Files that were read by it stay as they are."""
    remove_profile(actor=actor_of(request), profile_id=profile_id, at=timezone.now())
    return Status(204, None)


@router.get(
    "/profiles/{profile_id}/document",
    auth=_READS,
    response=answers({200: None}, 404),
    url_name="profile-document",
    operation_id="read_profile_document",
    summary="An import profile's document",
    openapi_extra=needs("read") | bodies(*_MEDIA_TYPES.values()),
)
def read_profile_document(request: HttpRequest, profile_id: int, form: Query[Form]) -> HttpResponse:
    """Send the document alone, as JSON or TOML: what ``fairwatt convert --profile`` takes."""
    saved = get_profile(actor=actor_of(request), profile_id=profile_id)
    return _document(write_document(saved, form.format), form)


@router.get(
    "/files/{key}/profile",
    auth=Caller("read"),
    response=answers({200: None}, 404),
    url_name="file-profile",
    operation_id="read_file_profile",
    summary="How a file was read",
    openapi_extra=open_to_all() | bodies(*_MEDIA_TYPES.values()),
)
def read_file_profile(request: HttpRequest, key: str, form: Query[Form]) -> HttpResponse:
    """Send the import profile by which a file was read. The same profile and the same bytes give the same readings."""
    _, text = profile_document(actor=actor_of(request), file_key=key, form=form.format, at=timezone.now())
    return _document(text, form)


@router.post(
    "/files/{key}/profile",
    auth=_WRITES,
    response=answers(schemas.DepositedFileOut, 404, 409),
    operation_id="give_profile",
    summary="Say by which profile a file is read",
    openapi_extra=needs("deposit"),
)
def give_profile(request: HttpRequest, key: str, payload: GivenProfileIn) -> schemas.DepositedFileOut:
    """Have a file of an entry read by a saved profile or by a document: it answers all that would be asked.

    What does not fit a file that has been looked at is refused with the reason; a file that has not is judged when it
    is read, and a finding says so.
    """
    if bool(payload.profile) == bool(payload.document):
        raise InvalidInput("Give either the id of a saved profile, or a document.", where={"field": "profile"})
    actor, at = actor_of(request), timezone.now()
    if payload.profile:
        file = use_profile(actor=actor, file_key=key, profile_id=int(payload.profile), at=at)
    else:
        file = give_document(actor=actor, file_key=key, document=payload.document, at=at)
    return presenting.deposited_file(request, file)


def _values(request: HttpRequest, saved: LoggerProfile) -> dict[str, Any]:
    return {
        "id": str(saved.pk),
        "name": saved.name,
        "organization": schemas.PartyOut(code=saved.organization.code, name=saved.organization.name),
        "sha256": saved.digest,
        "version": saved.profile["version"],
        "columns": saved.columns,
        "file_name": saved.file_name,
        "period_start": saved.period_start,
        "created_at": saved.created_at,
        "used": saved.used_count,
        "used_at": saved.used_at,
        "document_url": presenting.address(request, "profile-document", saved.pk),
    }


def _out(request: HttpRequest, saved: LoggerProfile) -> ProfileOut:
    return ProfileOut(**_values(request, saved), profile=saved.profile)


def _document(text: str, form: Form) -> HttpResponse:
    return HttpResponse(text, content_type=f"{_MEDIA_TYPES[form.format]}; charset=utf-8")
