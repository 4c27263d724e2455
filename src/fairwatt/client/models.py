"""What the API answers, as values. Fields that a newer server adds are kept out of the way."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Party(_Answer):
    """An organisation."""

    code: str
    name: str


class Dataset(_Answer):
    """A dataset as the catalogue lists it. Times are UTC, the period is half-open."""

    id: str
    title: str
    origin: str
    access: str
    landing_page: str
    ark: str = ""
    identifier: str = ""
    description: str = ""
    access_label: str = ""
    trial: str = ""
    procedures: tuple[str, ...] = ()
    provider: Party | None = None
    licence: str = ""
    quantities: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    period_start: datetime | None = None
    period_end: datetime | None = None
    resolution: str | None = None
    rows: int = 0
    readings: int = 0
    bytes: int = 0
    published_at: datetime | None = None
    citation: str = ""
    may_read: bool | None = None


class File(_Answer):
    """One file of a dataset; ``sha256`` names its bytes."""

    id: str
    name: str
    size: int
    sha256: str
    state: str
    dataset: str = ""
    media_type: str = ""
    format: str = ""
    kind: str = ""
    content_url: str = ""
    rows: int = 0
    period_start: datetime | None = None
    period_end: datetime | None = None
    resolution: str | None = None
    error: str = ""


class Channel(_Answer):
    """One quantity of a dataset's readings; ``field`` is its column."""

    field: str
    name: str
    quantity: str = ""
    unit: str = ""
    unit_label: str = ""
    direction: str = ""
    statistic: str = ""
    resolution: str | None = None
    count: int = 0
    missing: int = 0


class Question(_Answer):
    """What a file can't tell, with the server's guess and its reason."""

    id: str
    text: str
    guess: str
    why: str
    choices: tuple[tuple[str, str], ...] = ()


class Finding(_Answer):
    """Something noticed in a file."""

    code: str
    severity: str
    message: str
    channel: str = ""
    count: int = 1
    where: tuple[str, ...] = ()


class Task(_Answer):
    """One step of a deposit: ``done``, ``todo`` or ``blocked``."""

    slug: str
    title: str
    state: str
    note: str = ""


class DepositedFile(File):
    """A file of a deposit, with what is asked and what was found."""

    questions: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()


class Deposit(_Answer):
    """One entry of the Data Sharing Log."""

    code: str
    state: str
    origin: str
    title: str = ""
    dataset: str = ""
    page: str = ""
    created_at: datetime
    updated_at: datetime
    tasks: tuple[Task, ...] = ()
    files: tuple[DepositedFile, ...] = ()


class Limits(_Answer):
    """What may be handed in [bytes]."""

    file_bytes: int
    quota_bytes: int
    used_bytes: int
    free_bytes: int


class Receipt(_Answer):
    """What a finished upload became."""

    deposit: str
    file: str
    name: str
    size: int
    sha256: str = Field(min_length=64, max_length=64)
