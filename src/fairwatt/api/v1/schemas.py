"""What goes over the wire. Instants are UTC in ISO 8601; periods are half-open; sizes are bytes."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, Field

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def _refuse_unstorable(value: Any) -> Any:
    """Refuse what no database keeps: NUL and half surrogates, anywhere in a text."""
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise ValueError("a text holds a character that can't be stored")
    elif isinstance(value, dict):
        for key, entry in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(entry)
    elif isinstance(value, list):
        for entry in value:
            _refuse_unstorable(entry)
    return value


Text = Annotated[str, AfterValidator(_refuse_unstorable)]
Storable = Annotated[Any, AfterValidator(_refuse_unstorable)]
Origin = Literal["foreground", "background"]
AccessClass = Literal["open", "shared", "embargoed", "closed"]


class PartyOut(Schema):
    """An organisation."""

    code: str
    name: str


class DatasetItem(Schema):
    """A dataset as the catalogue lists it."""

    id: str = Field(description="Opaque and stable; part of the ARK.")
    ark: str = Field(description="The persistent identifier.")
    identifier: str = Field(description="The project's own identifier, or empty.")
    title: str
    origin: Origin
    access: AccessClass = Field(description="What the catalogue says of the data's access now.")
    access_label: str = Field(description="The same in words: 'Embargoed until 1 Mar 2027'.")
    landing_page: str
    trial: str
    procedures: list[str]
    provider: PartyOut | None
    licence: str
    quantities: list[str]
    formats: list[str]
    period_start: datetime | None
    period_end: datetime | None
    resolution: str | None = Field(description="The usual step, ISO 8601: PT5S.")
    rows: int
    readings: int
    bytes: int
    files: int
    published_at: datetime | None


class FacetValueOut(Schema):
    """One choice of a facet, with how many datasets it leaves."""

    value: str
    label: str
    count: int
    selected: bool


class FacetOut(Schema):
    """A way to narrow the catalogue."""

    name: str
    label: str
    values: list[FacetValueOut]


class DatasetPage(Schema):
    """One page of the catalogue."""

    items: list[DatasetItem]
    next: str | None = Field(description="The address of the next page; null on the last.")
    total: int = Field(description="How many datasets match, on all pages.")
    facets: list[FacetOut] | None = Field(None, description="Present where facets=true was asked for.")


class AudienceOut(Schema):
    """From when an audience may have the data; null is never."""

    audience: str
    label: str = Field(description="What the project calls it.")
    description: str = Field(description="Who belongs to it, in the project's words.")
    available_from: datetime | None
    is_available: bool


class VersionOut(Schema):
    """A published version."""

    number: int
    ark: str
    doi: str = Field(description="The DOI of this version, or empty.")
    published_at: datetime
    note: str


class DatasetOut(DatasetItem):
    """A dataset with all that is known of it."""

    doi: str = Field(description="The DOI of all versions together, or empty.")
    description: str
    keywords: list[str]
    place: str
    receiver: PartyOut | None
    link: str = Field(description="Where a background dataset lies, if elsewhere.")
    state: str
    sensitivity: str
    restrictions: str
    provenance: str
    quality_statement: str
    access_sentence: str
    audiences: list[AudienceOut]
    may_read: bool = Field(description="Whether you may have the data now.")
    how_to_get_access: str
    opens_at: datetime | None = Field(description="From when you may, where that is known.")
    citation: str
    versions: list[VersionOut]
    certificate_url: str
    files_url: str
    readings_url: str


class FindingOut(Schema):
    """Something that was noticed in a file."""

    code: str
    severity: str
    channel: str
    count: int
    where: list[str]
    message: str


class QuestionOut(Schema):
    """What a file can't tell, with a guess and its reason."""

    id: str
    text: str
    guess: str
    why: str
    confidence: float
    choices: list[tuple[str, str]]


class FileOut(Schema):
    """One received file."""

    id: str
    ark: str
    dataset: str
    name: str
    identifier: str
    size: int
    sha256: str
    media_type: str
    format: str
    kind: str
    state: str = Field(description="received, reading, questions, read or failed.")
    error: str
    rows: int
    series: int
    period_start: datetime | None
    period_end: datetime | None
    resolution: str | None
    missing: int
    gaps: int
    duplicates: int
    received_at: datetime
    landing_page: str
    content_url: str


class FilePage(Schema):
    """One page of a dataset's files."""

    items: list[FileOut]
    next: str | None


class DepositedFileOut(FileOut):
    """A file of a deposit, with what is asked about it and what was found in it."""

    questions: list[QuestionOut]
    answers: dict[str, str]
    findings: list[FindingOut]


class ChannelOut(Schema):
    """One quantity of the readings; ``field`` is its column."""

    field: str
    name: str
    quantity: str
    unit: str
    unit_label: str
    direction: str
    statistic: str
    resolution: str | None
    count: int
    missing: int
    minimum: float | None
    mean: float | None
    maximum: float | None


class ChannelPage(Schema):
    """The channels of a dataset: all on one page."""

    items: list[ChannelOut]
    next: None = None


class TaskOut(Schema):
    """One step of a deposit."""

    slug: str
    title: str
    state: str = Field(description="done, todo or blocked.")
    note: str = Field(description="What is still wanted.")


class CommentOut(Schema):
    """What was said about a deposit."""

    author: str
    text: str
    created_at: datetime


class DepositItem(Schema):
    """One entry of the Data Sharing Log."""

    code: str
    state: str = Field(description="draft, submitted, returned, approved or discarded.")
    origin: str
    title: str
    dataset: str = Field(description="The id of the dataset that it becomes.")
    organization: PartyOut | None
    page: str = Field(description="Its page in the portal.")
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None


class DepositOut(DepositItem):
    """An entry with its tasks, files and comments."""

    tasks: list[TaskOut]
    files: list[DepositedFileOut]
    comments: list[CommentOut]


class DepositPage(Schema):
    """One page of deposits."""

    items: list[DepositItem]
    next: str | None


class DepositIn(Schema):
    """A new entry. ``answers`` are step → field → value."""

    origin: Origin
    organization: Text = Field("", max_length=20, description="Code of the organisation it is for; your own without.")
    answers: dict[Text, dict[Text, Storable]] = Field(default_factory=dict)


class AnswersIn(Schema):
    """Answers to one step: field → value."""

    answers: dict[Text, Storable]


class FileAnswersIn(Schema):
    """Answers to a file's questions: question → value."""

    answers: dict[Text, Text]


class CommentIn(Schema):
    """A comment, in plain text."""

    comment: Text = Field(min_length=1, max_length=10_000)


class NoteIn(Schema):
    """A note that goes with a published version."""

    note: Text = Field("", max_length=10_000)


class SupplyPointIn(Schema):
    """A name that stands for a supply point, and why somebody has to know which."""

    series: Text = Field(min_length=1, max_length=200)
    reason: Text = Field(min_length=1, max_length=500)


class SupplyPointOut(Schema):
    """A supply point's number."""

    series: str
    number: str


class FieldOut(Schema):
    """One field of a step."""

    name: str
    label: str
    help: str
    type: str
    required: bool
    choices: list[tuple[str, str]]
    unit: str
    initial: str = Field(description="What the project proposes, where it does; nothing is answered by it.")


class StepOut(Schema):
    """A step with its fields and the answers given so far."""

    slug: str
    title: str
    hint: str
    state: str
    fields: list[FieldOut]
    answers: dict[str, Any]


class UploadOut(Schema):
    """How far an upload is."""

    id: UUID
    deposit: str
    filename: str
    size: int
    offset: int
    is_finished: bool
    expires_at: datetime | None
    file: str | None = Field(description="The id of the file that it became.")
    sha256: str | None
    upload_url: str


class LimitsOut(Schema):
    """What you may hand in. Bytes."""

    file_bytes: int
    quota_bytes: int
    used_bytes: int
    free_bytes: int


class CallerOut(Schema):
    """Who the server takes you for."""

    name: str
    email: str | None
    is_signed_in: bool
    is_manager: bool
    scopes: list[str] | None = Field(description="What the token may do; null without one.")
    organizations: list[PartyOut]
